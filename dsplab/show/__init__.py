"""Looking and listening: for notebooks, lessons and reports.

plots      waveform, spectrogram, spectrum; figure_html puts a figure into a page
curves     values over a common axis: a loss, a level
player     play(x, sample_rate) in a notebook; audio_html for a page
analysis_page   what `dsplab analyse` writes about a sound

Matplotlib is imported when something is drawn. Nothing in dsplab imports this folder.
"""

from dsplab.show import curves as curves
from dsplab.show import player as player
from dsplab.show import plots as plots
from dsplab.show.curves import plot_curves as plot_curves
from dsplab.show.curves import plot_panels as plot_panels
from dsplab.show.player import audio_html as audio_html
from dsplab.show.player import play as play
from dsplab.show.plots import figure_html as figure_html
from dsplab.show.plots import plot_spectrogram as plot_spectrogram
from dsplab.show.plots import plot_spectrum as plot_spectrum
from dsplab.show.plots import plot_waveform as plot_waveform

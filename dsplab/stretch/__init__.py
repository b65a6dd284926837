"""Stretching: changing the duration of a sound without its pitch, or the reverse.

time_map        which moment of the input sounds when: speeds, anchor points, freezes
ola             overlap-add, for drums
wsola           waveform similarity, for voices and music in the time domain
psola           pitch-synchronous, for one voice; pitch and duration apart
phase_vocoder   in the frequency domain; phases locked, attacks kept
adaptive_vocoder   the same, with longer frames under low chords: for music of any kind
hptsm           harmonic and percussive parts stretched each in its own way
pitch_shift     stretching and resampling, formants moved or kept

time_stretch    the method by name; by default adaptive_vocoder

Each file is imported as the function it is about: `dsplab.stretch.wsola(x, 0.8, ...)`.
"""

from dsplab.stretch import time_map as time_map
from dsplab.stretch.adaptive_vocoder import adaptive_vocoder as adaptive_vocoder
from dsplab.stretch.hptsm import hptsm as hptsm
from dsplab.stretch.ola import ola as ola
from dsplab.stretch.phase_vocoder import phase_vocoder as phase_vocoder
from dsplab.stretch.pitch_shift import pitch_shift as pitch_shift
from dsplab.stretch.psola import psola as psola
from dsplab.stretch.time_stretch import time_stretch as time_stretch
from dsplab.stretch.wsola import wsola as wsola

"""Measuring sound.

pitch         how high a voice sounds: autocorrelation, YIN
pitch_marks   a mark in each period of a voice
peaks         the sinusoids of every moment of a sound
separation    harmonic and percussive parts
onsets        when notes and hits begin, and whether they still begin as sharply
comparison    how far one sound is from another
"""

from dsplab.analysis import comparison as comparison
from dsplab.analysis import onsets as onsets
from dsplab.analysis import peaks as peaks
from dsplab.analysis import pitch as pitch
from dsplab.analysis import pitch_marks as pitch_marks
from dsplab.analysis import separation as separation

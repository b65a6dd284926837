"""Stretching: changing the duration of a sound without its pitch, or the reverse.

time_map        which moment of the input sounds when: speeds, anchor points, freezes
ola             overlap-add, for drums
wsola           waveform similarity, for voices and music in the time domain
psola           pitch-synchronous, for one voice; pitch and duration apart
phase_vocoder   in the frequency domain, classic and with locked phases
hptsm           harmonic and percussive parts stretched each in its own way
pitch_shift     stretching and resampling, formants moved or kept

`time_stretch.time_stretch` takes the method by name; its default is hptsm.
"""

from dsplab.stretch import hptsm as hptsm
from dsplab.stretch import ola as ola
from dsplab.stretch import phase_vocoder as phase_vocoder
from dsplab.stretch import pitch_shift as pitch_shift
from dsplab.stretch import psola as psola
from dsplab.stretch import time_map as time_map
from dsplab.stretch import time_stretch as time_stretch
from dsplab.stretch import wsola as wsola

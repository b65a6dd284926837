"""Measuring sound.

pitch         how high a voice sounds: autocorrelation, YIN
pyin          the same by YIN with all thresholds at once, and a path through them
two_way_mismatch  the same from peaks, where the fundamental is missing too
cepstral_pitch  the same from the ripple of the log spectrum
pitch_marks   a mark in each period of a voice
peaks         the sinusoids of every moment of a sound
separation    harmonic and percussive parts
onsets        when notes and hits begin, and whether they still begin as sharply
loudness      of a programme: BS.1770, EBU R 128, true peak
frame_loudness  of each moment, A-weighted
envelope      level, zero crossings, attack time
spectral_shape  centroid, spread, rolloff, flatness, contrast, flux
mfcc          timbre in a few numbers
chroma        pitch classes: chroma, HPCP, tuning
consonance    roughness, inharmonicity, the stretch of strings
key           C major or A minor?
beats         onset strength, tempo, beats
description   a sound as a vector of numbers
collections   many of them: nearest neighbours, groups
folders       a folder of sound files as a table
comparison    how far one sound is from another
"""

from dsplab.analysis import beats as beats
from dsplab.analysis import cepstral_pitch as cepstral_pitch
from dsplab.analysis import chroma as chroma
from dsplab.analysis import collections as collections
from dsplab.analysis import comparison as comparison
from dsplab.analysis import consonance as consonance
from dsplab.analysis import description as description
from dsplab.analysis import envelope as envelope
from dsplab.analysis import folders as folders
from dsplab.analysis import frame_loudness as frame_loudness
from dsplab.analysis import key as key
from dsplab.analysis import loudness as loudness
from dsplab.analysis import mfcc as mfcc
from dsplab.analysis import onsets as onsets
from dsplab.analysis import peaks as peaks
from dsplab.analysis import pitch as pitch
from dsplab.analysis import pitch_marks as pitch_marks
from dsplab.analysis import pyin as pyin
from dsplab.analysis import separation as separation
from dsplab.analysis import spectral_shape as spectral_shape
from dsplab.analysis import two_way_mismatch as two_way_mismatch

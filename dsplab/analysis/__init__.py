"""Measuring sound.

pitch         how high a voice sounds (autocorrelation, YIN), and a mark in each period
separation    harmonic and percussive parts
onsets        when notes and hits begin, and whether they still begin as sharply
comparison    how far one sound is from another
"""

"""Measuring sound.

pitch         how high a voice sounds (autocorrelation, YIN), and a mark in each period
separation    harmonic and percussive parts
comparison    how far one sound is from another
"""

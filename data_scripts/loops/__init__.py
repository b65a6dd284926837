"""Loops by what they do in a piece: one bar of percussion, bass, chords, melody, fx.

instruments   what plays, and which of it is never heard while learning
phrases       a bar of notes: keys, harmonies, rhythms
noises        sounds that are no notes: risers, sirens, wind
roles         a loop of one or more roles, with effects
"""

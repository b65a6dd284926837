"""Classifiers: what the measures of a model listen with.

short_chunk   a picture of a sound to classes, the network of several
family        the family of an instrument, of a note
pitch         which key was played: a stack of harmonics, the same for each key
clap          words and sounds in one space: which text describes this sound?
loop_style    the style of a drum loop
harmonic_cnn  the roles of a loop: percussion, bass, chords, melody, fx
hearing       what a classifier of notes hears of a sound
"""

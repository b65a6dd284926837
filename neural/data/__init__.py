"""Data for the learned models: readers, renderers, batches.

notes      single notes rendered by dsplab, split by (instrument, pitch) pairs
nsynth     the NSynth data set, and sets in its format that we render ourselves
archives   files inside a .tar.gz, read without unpacking it
"""

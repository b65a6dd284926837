"""Classifiers: what the measures of a model listen with.

short_chunk   a picture of a sound to classes: families of instruments, styles of loops
"""

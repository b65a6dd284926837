"""Pieces that the parsers of several commands share."""

import argparse
import math

FILES = """\
Files may be WAV, AIFF, FLAC, Ogg, Opus or MP3, with any number of channels and any
sample rate; the extension of OUTPUT decides what is written. WAV holds 32-bit floats
unless --subtype says otherwise. Exit status: 0 done, 1 failed (nothing is written),
2 wrong usage."""
FORMAT = {"formatter_class": argparse.RawDescriptionHelpFormatter}


def number(text):
    """A finite number from the command line."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"must be a number, got {text!r}")
    return value


def positive(text):
    """A number above 0."""
    value = number(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"must be above 0, got {text!r}")
    return value


def between(text):
    """A number from 0 to 1."""
    value = number(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"must be from 0 to 1, got {text!r}")
    return value


def share(text):
    """A number above 0, to 1."""
    if between(text) == 0:
        raise argparse.ArgumentTypeError(f"must be above 0, got {text!r}")
    return float(text)

"""Pieces that the parsers of several commands share."""

import argparse
import importlib
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


def later(name):
    """The command of that name in its module, which is imported when it is called."""

    def run(arguments):
        return getattr(importlib.import_module(f"dsplab._{name}"), name)(arguments)

    return run


def add_morph(commands):
    """Add the command to those of `dsplab`."""
    parser = commands.add_parser(
        "morph",
        help="make a sound between two",
        description="Make a sound between two, by their harmonics or their spectra.",
        epilog=FILES,
        **FORMAT,
    )
    parser.add_argument("input", metavar="ONE", help="the first sound")
    parser.add_argument("other", metavar="OTHER", help="the second sound")
    parser.add_argument("output", metavar="OUTPUT", help="sound file to write")
    parser.add_argument(
        "--share",
        type=between,
        default=0.5,
        help="of the second sound: 0 is the first, 1 the second (default: 0.5)",
    )
    parser.add_argument(
        "--to", type=between, help="where the share has moved at the end"
    )
    parser.add_argument(
        "--method",
        choices=("harmonic", "spectrum"),
        default="harmonic",
        help="'harmonic' for two sounds with a pitch (default), as long as the longer;"
        " 'spectrum' shapes the first one, whatever it is, by the second",
    )
    parser.add_argument(
        "--smoothing",
        type=share,
        default=0.1,
        help="spectrum: share of the second spectrum's detail that is kept, to 1"
        " (default: 0.1)",
    )
    parser.add_argument("--subtype", help="as for stretch")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress line")
    parser.set_defaults(run=later("morph"))


def add_analyse(commands):
    """Add the command to those of `dsplab`."""
    parser = commands.add_parser(
        "analyse",
        help="write a page of plots and figures about a sound",
        description="Write one HTML file, which needs no network: waveform, loudness,"
        " spectrogram and pitch, partials, timbre, pitch classes, onsets of a sound,"
        " and what they come to in figures. Long files are read piece by piece.",
        epilog="Exit status: 0 done, 1 failed (nothing is written), 2 wrong usage.",
        **FORMAT,
    )
    parser.add_argument("input", metavar="INPUT", help="sound file to read")
    parser.add_argument(
        "-o", "--output", metavar="PAGE.html", help="default: beside the input"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress line")
    parser.set_defaults(run=later("analyse"))


def add_describe(commands):
    """Add the command to those of `dsplab`."""
    parser = commands.add_parser(
        "describe",
        help="describe a folder of sounds by a table of numbers",
        description="Describe every sound file of a folder by 53 numbers (level,"
        " spectral shape, timbre, attack), as a table; find the sounds most like one,"
        " or groups of sounds that are alike. Files that cannot be read are named and"
        " left out.",
        epilog="Exit status: 0 done, 1 failed (nothing is written), 2 wrong usage.",
        **FORMAT,
    )
    parser.add_argument(
        "input", metavar="FOLDER", help="with sound files, however deep"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="TABLE",
        help=".csv or .json (default: CSV to standard output)",
    )
    parser.add_argument(
        "--like", metavar="FILE", help="print the sounds most like this one"
    )
    parser.add_argument(
        "--neighbours", type=int, default=5, help="how many of them (default: 5)"
    )
    parser.add_argument(
        "--groups", type=int, metavar="K", help="a column with the group, 0 to K - 1"
    )
    parser.add_argument(
        "--sample-rate",
        type=positive,
        default=22050,
        help="Hz to which all are resampled before (default: 22050)",
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress line")
    parser.set_defaults(run=later("describe"))

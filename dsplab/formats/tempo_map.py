"""Tempo maps: when a beat is, and which beat it is when.

A map is rows (seconds, beats a minute), in order of time: the tempo from there on. The
first tempo also holds before its time, the last one for ever.
"""

from dsplab._arguments import as_values, require
from dsplab._array import array_namespace


def beats_to_seconds(beats, tempos):
    """Say when beats are, counted from the beginning of the music.

    Args:
      beats: numbers of beats (quarter notes in a MIDI file), of any shape; 0 is the
        beginning.
      tempos: the map, rows (seconds, beats a minute), such as `MidiFile.tempos`.

    Returns:
      Seconds, of the shape, library and dtype of beats.

    Raises:
      ValueError: if tempos are no such rows, or not above 0.

    >>> beats_to_seconds([0.0, 4.0, 6.0], [(0.0, 120.0), (2.0, 60.0)]).tolist()
    [0.0, 2.0, 4.0]
    """
    beats = as_values(beats, name="beats")
    xp = array_namespace(beats)
    times, rates = _read(tempos, xp)
    marks = _beats_of(times, rates, xp)
    k = xp.maximum(xp.searchsorted(marks, beats, side="right") - 1, 0)
    return (times[k] + (beats - marks[k]) / rates[k]).astype(beats.dtype)


def seconds_to_beats(seconds, tempos):
    """Say which beat it is at given times: the inverse of `beats_to_seconds`.

    Args:
      seconds: of any shape.
      tempos: the map, rows (seconds, beats a minute), such as `MidiFile.tempos`.

    Returns:
      Beats since second 0, of the shape, library and dtype of seconds.

    Raises:
      ValueError: if tempos are no such rows, or not above 0.

    >>> seconds_to_beats([1.0, 3.0], [(0.0, 120.0), (2.0, 60.0)]).tolist()
    [2.0, 5.0]
    """
    seconds = as_values(seconds, name="seconds")
    xp = array_namespace(seconds)
    times, rates = _read(tempos, xp)
    marks = _beats_of(times, rates, xp)
    k = xp.maximum(xp.searchsorted(times, seconds, side="right") - 1, 0)
    return (marks[k] + (seconds - times[k]) * rates[k]).astype(seconds.dtype)


def _read(tempos, xp):
    """Times in seconds and rates in beats a second, each (n_tempos,)."""
    tempos = as_values(tempos, name="tempos")
    if tempos.ndim != 2 or tempos.shape[-1] != 2:
        raise ValueError(
            f"tempos must be rows (seconds, beats a minute), got shape {tempos.shape}"
        )
    times, rates = xp.asarray(tempos[:, 0]), xp.asarray(tempos[:, 1]) / 60.0
    require(times[1:] >= times[:-1], "tempos must be in order of time")
    require(rates > 0.0, "tempos must be above 0 beats a minute")
    return times, rates


def _beats_of(times, rates, xp):
    """The beat of each row; the first is reached at its own tempo from second 0."""
    passed = (times[1:] - times[:-1]) * rates[:-1]
    first = times[:1] * rates[:1]
    return xp.concatenate([first, first + xp.cumsum(passed)])

"""MIDI modulation: wheels, pedals, pressure and velocity as smooth curves.

MIDI sends events, (time in seconds, value), whenever a controller moves; a synthesizer
needs a value at every sample, without steps.
"""

import numpy as np

from dsplab._arguments import as_values, integer, positive, require
from dsplab._array import array_namespace, lfilter
from dsplab.sources.notes import as_notes

PEDAL_DOWN = 64  # from this value on a switch is on
BEND_BELOW, BEND_ABOVE = 8192.0, 8191.0  # ends of the pitch wheel, off its centre


def controller_curve(
    events, length, sample_rate, *, initial=0.0, full=127.0, smoothing=0.01
):
    """Turn the events of a controller into a smooth curve from 0 to 1.

    Each event holds until the next; a one-pole filter rounds the steps:

        y[n] = y[n-1] + (1 - exp(-1 / (smoothing sample_rate))) (x[n] - y[n-1])

    For the modulation wheel, expression, channel pressure (0 to 127 all of them), or
    for velocity: [(note.onset, note.velocity) for note in notes], smoothing=0.

    Args:
      events: rows (seconds, value), shape (n_events, 2), in order of time.
      length: samples of the curve.
      sample_rate: Hz.
      initial: value before the first event.
      full: the value that becomes 1.
      smoothing: seconds in which 63 % of a step are done; 0 leaves the steps.

    Returns:
      Curve, shape (length,), of the library and dtype of events.

    Raises:
      ValueError: if events are not rows of two numbers in order of time.

    >>> controller_curve([(0.2, 127.0)], 4, 10, smoothing=0).tolist()
    [0.0, 0.0, 1.0, 1.0]
    """
    times, values = _read_events(events)
    xp = array_namespace(times)
    positive(full, name="full")
    rate = positive(sample_rate, name="sample_rate")
    positive(smoothing, name="smoothing", allow_zero=True)
    initial = xp.asarray(as_values(initial, name="initial"), dtype=values.dtype)
    values = xp.concatenate([initial[None], values]) / full
    n = xp.arange(integer(length, name="length"))
    begins = xp.ceil(xp.clip(times * rate - 1e-3, -1.0, length)).astype(n.dtype)
    x = values[xp.searchsorted(begins, n, side="right")]
    if smoothing == 0:
        return x
    pole = float(np.exp(-1.0 / (smoothing * rate)))
    return x[0] + lfilter([1.0 - pole], [1.0, -pole], x - x[0])


def pitch_bend_curve(events, length, sample_rate, *, semitones=2.0, smoothing=0.005):
    """Turn the events of a pitch wheel into semitones, for the `bend` of a synthesizer.

    Args:
      events: rows (seconds, wheel), shape (n_events, 2), in order of time, wheel from
        -8192 to 8191, 0 at rest.
      length: samples of the curve.
      sample_rate: Hz.
      semitones: the wheel's range, reached exactly at both of its ends.
      smoothing: seconds in which 63 % of a step are done; 0 leaves the steps.

    Returns:
      Semitones, shape (length,), of the library and dtype of events.

    Raises:
      ValueError: if events are not rows of two numbers in order of time.

    >>> pitch_bend_curve([(0.0, -8192), (0.1, 8191)], 2, 10, smoothing=0).tolist()
    [-2.0, 2.0]
    """
    times, wheel = _read_events(events)
    within = (wheel >= -BEND_BELOW) & (wheel <= BEND_ABOVE)
    require(within, "events of a pitch wheel must be within -8192..8191")
    xp = array_namespace(times)
    bend = wheel / xp.where(wheel < 0, BEND_BELOW, BEND_ABOVE).astype(wheel.dtype)
    events = xp.stack([times, bend * semitones], axis=-1)
    options = {"full": 1.0, "smoothing": smoothing}
    return controller_curve(events, length, sample_rate, **options)


def sustain_pedal(notes, events):
    """Hold the notes that are let go while the pedal is down, as a piano does.

    A note sounds on until the pedal comes up, or until its own key is struck again. If
    the pedal never comes up, everything ends with the last key or event.

    Args:
      notes: `Note`s, or rows (onset, duration, pitch[, velocity]).
      events: rows (seconds, value) of controller 64, in order of time; the pedal is
        down from 64 on.

    Returns:
      List of `Note`s with their new durations.

    Raises:
      ValueError: if notes or events are none.

    >>> sustain_pedal([(0, 1, 60), (3, 1, 64)], [(0.5, 127), (2.0, 0)])[0].duration
    2.0
    """
    notes = as_notes(notes)
    times, values = (np.asarray(part, dtype=float) for part in _read_events(events))
    down = values >= PEDAL_DOWN
    lifts = np.append(np.flatnonzero(~down), len(times))
    last = max([times[-1], *(note.onset + note.duration for note in notes)])
    lifted = np.append(times, last)
    sustained, struck = [], {}  # backwards: when each key is struck next
    for note in reversed(notes):
        release = note.onset + note.duration
        before = np.searchsorted(times, release, side="right") - 1
        if before >= 0 and down[before]:
            lift = lifted[lifts[np.searchsorted(lifts, before)]]
            release = max(min(lift, struck.get(note.pitch, lift)), release)
        struck[note.pitch] = note.onset
        sustained.append(note._replace(duration=float(release - note.onset)))
    return sustained[::-1]


def _read_events(events):
    """Times and values, each (n_events,)."""
    events = as_values(events, name="events")
    if events.ndim != 2 or events.shape[-1] != 2:
        raise ValueError(f"events must be rows (seconds, value), got {events.shape}")
    events = events.astype(array_namespace(events).result_type(events, np.float32))
    times, values = events[:, 0], events[:, 1]
    require(times[1:] >= times[:-1], "events must be in order of time")
    return times, values

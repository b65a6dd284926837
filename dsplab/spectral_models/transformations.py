"""Transformations of partials: slower, higher, stretched, filtered.

A sound that is known as partials is changed by changing their curves. Angles follow:
how far each partial turns from frame to frame is measured, scaled, and summed anew, so
that what is left as it is keeps its waveform.
"""

import numpy as np

from dsplab._arguments import as_signal, as_values, integer, positive
from dsplab._array import array_namespace, nearest_in, running_max, take
from dsplab.convert import amplitude_to_db, db_to_amplitude
from dsplab.spectral_models.tracking import Partials
from dsplab.stretch.time_map import input_position, output_length

TURN = 2.0 * np.pi


def scale_time(partials, rate, sample_rate, *, hop_length):
    """Play partials slower or faster, or along a time map; the pitch stays.

    Args:
      partials: `Partials`, arrays (..., n_partials, n_frames).
      rate: speed (2.0 is twice as fast), or anchors (n_anchors, 2) of (input sample,
        output sample), see `dsplab.stretch.time_map`.
      sample_rate: Hz.
      hop_length: samples between frames, before and after.

    Returns:
      `Partials` of the new duration. A rate of 1 changes nothing.

    Raises:
      ValueError: if rate is neither a positive number nor a time map.

    >>> f = np.full((1, 101), 440.0)
    >>> angle = 2 * np.pi * f * np.arange(101) * 80 / 8000
    >>> slow = scale_time(Partials(f, f / 880, angle), 0.5, 8000, hop_length=80)
    >>> slow.frequency.shape, bool(np.allclose(slow.frequency, 440.0))
    ((1, 201), True)
    """
    partials = checked(partials, sample_rate, hop_length)
    xp = array_namespace(*partials)
    n_frames = partials.frequency.shape[-1]
    n_samples = (n_frames - 1) * hop_length
    places = np.arange(1 + -(-output_length(rate, n_samples) // hop_length))
    where = input_position(rate, places * hop_length, n_samples=n_samples) / hop_length
    where = np.clip(where, 0.0, n_frames - 1.0)
    turned = _turned(partials, sample_rate, hop_length)  # since the first frame
    f, a = (_between(partials, curve, where) for curve in partials[:2])
    total = _between(partials, turned, where)
    near = np.minimum((where + 0.5).astype(int), n_frames - 1)
    angle = total + (partials.angle - turned)[..., near]  # one number along a partial
    step = np.diff(where)
    moves = np.abs(step) > 1e-9
    pace = f * (TURN * hop_length / sample_rate)  # radians a hop, where time stands
    ahead = (total[..., 1:] - total[..., :-1]) / np.where(moves, step, 1.0)
    ahead = xp.where(moves, ahead, pace[..., 1:])
    return with_steps(Partials(f, a, angle), ahead)


def scale_frequency(
    partials,
    ratio,
    sample_rate,
    *,
    hop_length,
    stretching=1.0,
    keep_timbre=False,
):
    """Move partials in frequency: a harmonic voice is transposed.

        f' = f ratio stretching^k,  k = 0, 1, 2 ... the row

    Args:
      partials: `Partials`, arrays (..., n_partials, n_frames).
      ratio: 2.0 is an octave up; a number, or a curve (n_frames,).
      sample_rate: Hz; partials that would pass half of it fall silent.
      hop_length: samples between frames.
      stretching: how much farther each row is than the one below; above 1 makes bells
        of harmonics. For the rows of `harmonic_analysis`.
      keep_timbre: whether formants stay where they are: each partial is as loud as the
        sound was at its new frequency, on straight lines of decibels.

    Returns:
      `Partials` of the same shape.

    Raises:
      ValueError: if ratio or stretching is not positive.

    >>> f = np.full((2, 5), [[440.0], [880.0]])
    >>> up = scale_frequency(Partials(f, f / f, 0 * f), 1.5, 8000, hop_length=80)
    >>> up.frequency[:, 0].tolist()
    [660.0, 1320.0]
    """
    partials = checked(partials, sample_rate, hop_length)
    xp = array_namespace(*partials)
    frequency = partials.frequency
    ratio = as_values(ratio, name="ratio")
    positive(stretching, name="stretching")
    rows = np.arange(frequency.shape[-2])[:, None]
    ratio = ratio * xp.asarray(float(stretching) ** rows, dtype=frequency.dtype)
    moved = (frequency * ratio).astype(frequency.dtype)
    moved = xp.where(moved < sample_rate / 2.0, moved, 0.0)
    here = moved > 0.0
    amplitude = xp.where(here, partials.amplitude, 0.0)
    if keep_timbre:
        amplitude = _on_envelope(partials, moved)
    ratio = xp.broadcast_to(ratio, frequency.shape)
    mean = 0.5 * (ratio[..., 1:] + ratio[..., :-1])
    ahead = _steps(partials, sample_rate, hop_length) * mean
    angle = xp.where(here, partials.angle, 0.0)
    return with_steps(Partials(moved, amplitude, angle), ahead.astype(moved.dtype))


def filter_partials(partials, frequencies, gains_db):
    """Make partials louder or softer by where they are.

    Args:
      partials: `Partials`.
      frequencies: Hz, ascending, (n_points,).
      gains_db: decibels there, (n_points,); between them on straight lines, beyond them
        as at the last one.

    Returns:
      `Partials` with other amplitudes.

    >>> f = np.array([[100.0], [1000.0]])
    >>> low = filter_partials(Partials(f, f / f, f), [200.0, 900.0], [0.0, -20.0])
    >>> low.amplitude.round(3).tolist()
    [[1.0], [0.1]]
    """
    partials = checked(partials)
    xp = array_namespace(*partials)
    points = [
        as_values(v, name="frequencies and gains_db") for v in (frequencies, gains_db)
    ]
    if points[0].ndim != 1 or points[0].shape != points[1].shape:
        raise ValueError(
            "frequencies and gains_db must have one value for each point, got shapes "
            f"{points[0].shape} and {points[1].shape}"
        )
    gain = db_to_amplitude(xp.interp(partials.frequency, *points))
    amplitude = partials.amplitude * gain.astype(partials.amplitude.dtype)
    return partials._replace(amplitude=amplitude)


def checked(partials, sample_rate=1.0, hop_length=1):
    """The partials after a check of their shapes."""
    positive(sample_rate, name="sample_rate")
    integer(hop_length, name="hop_length")
    partials = Partials(*(as_signal(a, name="partials") for a in partials))
    shapes = {a.shape for a in partials}
    if len(shapes) > 1 or partials.frequency.ndim < 2:
        raise ValueError(
            "partials must be three arrays (..., n_partials, n_frames) of one shape, "
            f"got {', '.join(map(str, (a.shape for a in partials)))}"
        )
    return partials


def _steps(partials, sample_rate, hop_length):
    """Radians that each partial turns from frame to frame, (..., n_frames - 1).

    The frequency says how many whole turns, the angles say the rest.
    """
    xp = array_namespace(*partials)
    f, angle = partials.frequency, partials.angle
    pace = f * (TURN * hop_length / sample_rate)
    mean = 0.5 * (pace[..., 1:] + pace[..., :-1])
    rest = angle[..., 1:] - angle[..., :-1] - mean
    rest = rest - TURN * xp.round(rest / TURN)
    goes_on = (f[..., 1:] > 0.0) & (f[..., :-1] > 0.0)
    return xp.where(goes_on, mean + rest, 0.0)


def _turned(partials, sample_rate, hop_length):
    """Radians turned since the first frame, (..., n_partials, n_frames)."""
    xp = array_namespace(*partials)
    steps = _steps(partials, sample_rate, hop_length)
    return xp.cumsum(xp.pad(steps, [(0, 0)] * (steps.ndim - 1) + [(1, 0)]), axis=-1)


def _between(partials, curve, where):
    """A curve read between frames: on straight lines along a partial, else nearest."""
    xp = array_namespace(curve)
    low = np.minimum(where.astype(int), curve.shape[-1] - 1)
    high = np.minimum(low + 1, curve.shape[-1] - 1)
    share = where - low
    both = (partials.frequency[..., low] > 0.0) & (partials.frequency[..., high] > 0.0)
    near = np.where(share < 0.5, low, high)
    line = curve[..., low] * (1.0 - share) + curve[..., high] * share
    return xp.where(both, line, curve[..., near]).astype(curve.dtype)


def with_steps(partials, ahead):
    """The partials, their angles summed anew from where each of them begins."""
    xp = array_namespace(*partials)
    here = partials.frequency > 0.0
    goes_on = here[..., 1:] & here[..., :-1]
    still = [(0, 0)] * (ahead.ndim - 1) + [(1, 0)]
    total = xp.cumsum(xp.pad(xp.where(goes_on, ahead, 0.0), still), axis=-1)
    begins = here & ~xp.pad(goes_on, still)
    place = xp.broadcast_to(np.arange(here.shape[-1]), here.shape)
    begin = running_max(xp.where(begins, place, 0))
    angle = total + take(partials.angle - total, begin)
    angle = xp.where(here, angle - TURN * xp.round(angle / TURN), 0.0)
    return partials._replace(angle=angle.astype(partials.angle.dtype))


def _on_envelope(partials, frequency):
    """Amplitude that the sound has at other frequencies of each frame."""
    xp = array_namespace(*partials)
    f, a, wanted = (
        xp.swapaxes(v, -1, -2) for v in (*partials[:2], frequency)
    )  # (..., n_frames, n_partials)
    there = xp.where(f > 0.0, f, 4.0 * xp.max(f) + 1.0)
    order = xp.argsort(there, axis=-1)
    there, level = take(there, order), amplitude_to_db(take(a, order))
    count = (f > 0.0).sum(axis=-1, keepdims=True)
    near = nearest_in(there, wanted)
    low = xp.where(take(there, near) > wanted, near - 1, near)
    high = xp.clip(low + 1, 0, xp.maximum(count - 1, 0))
    low = xp.clip(low, 0, xp.maximum(count - 1, 0))
    gap = take(there, high) - take(there, low)
    share = xp.clip((wanted - take(there, low)) / xp.where(gap > 0, gap, 1.0), 0.0, 1.0)
    level = (1.0 - share) * take(level, low) + share * take(level, high)
    amplitude = xp.where(wanted > 0.0, db_to_amplitude(level), 0.0)
    return xp.swapaxes(amplitude, -1, -2).astype(frequency.dtype)

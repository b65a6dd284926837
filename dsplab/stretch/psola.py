"""TD-PSOLA: a voice cut into its periods and put together again.

Three steps, each usable by itself: `dsplab.analysis.pitch_marks` finds the periods,
`plan_grains` decides where each grain of the output comes from and goes to (both NumPy:
how many there are depends on the sound), and `place_grains` cuts, moves and adds them
(NumPy or JAX: of fixed shape once the plan is there, so it may be jitted and batched).
"""

import numpy as np

from dsplab._arguments import as_array, as_signal, positive
from dsplab.analysis.pitch import autocorrelation_pitch, track_hop_length
from dsplab.analysis.pitch_marks import check_track, pitch_marks
from dsplab.stretch._attacks import QUIET, bend
from dsplab.stretch._grains import Grains, place_grains
from dsplab.stretch.time_map import (
    check_rate,
    input_position,
    local_rate,
    output_length,
)

LARGEST_RATIO = 8.0  # pitch may be changed by three octaves
WIDEST = 2.0  # a grain reaches at most over this many of its neighbours
GOLDEN = 0.6180339887498949  # its multiples modulo 1 never repeat and spread evenly


def psola(
    x,
    rate,
    *,
    sample_rate,
    f0=None,
    f0_hop_length=None,
    pitch_ratio=1.0,
    target_f0=None,
    f_min=60.0,
    f_max=1000.0,
):
    """Change duration and melody of a voice independently, and keep its vowels.

    A period of a voice holds the whole shape of the mouth. Grains of two periods, cut
    around each pitch mark, are repeated or left out to change the duration, and set at
    another distance to change the pitch; a grain itself is never stretched, so the
    formants stay:

        s[j + 1] = s[j] + T(tau(s[j])) / ratio,
        y[n] = sum_j w_j[n - s[j]] x[n - s[j] + a[j]],

    tau the time map from output to input, T the period there, a[j] the pitch mark
    nearest to tau(s[j]), w_j a Hann window to the neighbouring grains (of the original
    distance where the pitch is changed). Nothing is divided by the sum of the windows:
    grains that no longer overlap leave a gap, as in a low voice. Instead they are
    weighted by ratio^(-1/2), which keeps the loudness. Where the voice is
    unvoiced the pitch is not changed, grains are taken from exactly tau(s[j]), and when
    stretched more than twice every other one is played backwards and their places vary,
    so that noise does not begin to buzz. An attack there (`ola` says what that is) is
    crossed at speed 1, so that it sounds once and on time.

    Args:
      x: one voice (or one-voiced instrument), (n_samples,) or (n_channels, n_samples);
        the marks come from the mean of the channels.
      rate: speed, or a time map with freezes and reversals, see `time_map`.
      sample_rate: Hz.
      f0: track of x in Hz, (n_frames,), NaN or 0 where unvoiced; None measures it by
        `autocorrelation_pitch`.
      f0_hop_length: samples of x from frame to frame of f0, target_f0 and pitch_ratio;
        None for 10 ms.
      pitch_ratio: factor on the pitch, in 1/8..8: a number, or a curve (n_frames,).
      target_f0: the wanted melody in Hz, (n_frames,); NaN or 0 leaves the pitch as it
        is. pitch_ratio multiplies this, too.
      f_min: lowest pitch that is looked for, in Hz.
      f_max: highest pitch that is looked for, in Hz.

    Returns:
      Sound of the kind of x, (..., round(n_samples / rate)) or as long as the time map
      says. At rate 1 and ratio 1 it is x, to the last bit but one.

    Raises:
      ValueError: if x has more than two dimensions, or an argument is out of range. A
        JAX tracer cannot be cut by its marks: see `plan_grains` and `place_grains`.

    Reference:
      Moulines and Charpentier, "Pitch-synchronous waveform processing techniques for
      text-to-speech synthesis using diphones", Speech Communication 9, 1990. Ours:
      grains are placed between the samples (linear interpolation at the doubled
      sampling rate), and loudness is kept.

    >>> x = np.sin(2 * np.pi * 200 * np.arange(8000) / 16000)
    >>> psola(x, 0.5, sample_rate=16000, pitch_ratio=1.5).shape
    (16000,)
    """
    x = as_signal(x, ndim=(1, 2))
    positive(sample_rate, name="sample_rate")
    rate = check_rate(rate, x.shape[-1])
    hop_length = track_hop_length(f0_hop_length, sample_rate)
    mono = np.asarray(x if x.ndim == 1 else x.mean(axis=0))
    if f0 is None:
        f0 = autocorrelation_pitch(
            mono,
            sample_rate=sample_rate,
            hop_length=hop_length,
            f_min=f_min,
            f_max=f_max,
        ).f0
    marks = pitch_marks(mono, f0, sample_rate=sample_rate, hop_length=hop_length)
    grains = plan_grains(
        marks,
        rate,
        x.shape[-1],
        ratio=_ratio_between(marks, pitch_ratio, target_f0, sample_rate, hop_length),
        bend_at=_bender(mono, sample_rate),
    )
    return place_grains(x, grains)


def _bender(x, sample_rate):
    """The function of moments, speeds and reach that says how attacks bend the map."""
    before = round(QUIET * sample_rate) + 8
    padded = np.pad(x[None], [(0, 0), (before, before)])

    def bend_at(moments, speed, half):
        options = {"half": half, "sample_rate": sample_rate, "begin": before}
        return bend(padded, moments + before, speed, **options)

    return bend_at


def plan_grains(marks, rate, n_samples, *, ratio=None, bend_at=None):
    """Decide which grain of the input goes where in the output. NumPy only.

    The integral of 1 / T along the output, with T the distance of the marks at
    tau(time), divided by the pitch ratio, counts the periods; a grain is set wherever
    it is whole. At rate 1 that is at the marks themselves.

    Args:
      marks: `PitchMarks` of the sound.
      rate: speed or time map.
      n_samples: length of the sound.
      ratio: pitch ratio from each mark to the next, (n_marks - 1,); None for 1.
      bend_at: function of moments of x, speeds and half a grain that says how attacks
        bend the time map (`dsplab.stretch._attacks`); None if there are none.

    Returns:
      `Grains`, for `place_grains`.

    >>> from dsplab.analysis.pitch_marks import PitchMarks
    >>> marks = PitchMarks(np.arange(-80.0, 200.0, 40.0), np.ones(7, bool))
    >>> plan_grains(marks, 1.0, 100).centre.tolist()
    [0, 40, 80, 120]
    """
    positions, voiced = marks
    n_out = output_length(rate, n_samples)
    period = np.diff(positions)
    ratio = np.ones(len(period)) if ratio is None else ratio

    time = _breakpoints(positions, rate, n_samples, n_out)
    here = _interval(positions, rate, 0.5 * (time[1:] + time[:-1]), n_samples)
    cycles = np.cumsum(np.diff(time) * ratio[here] / period[here])
    cycles = np.concatenate([[0.0], cycles])
    target = np.interp(np.arange(np.floor(cycles[-1]) + 1.0), cycles, time)
    # one grain is centred at or before the first sample, one after the last
    first = max(np.searchsorted(target, 0.0, side="right") - 1, 0)
    target = target[first : np.searchsorted(target, n_out - 1.0, side="right") + 1]

    distance = np.diff(target)
    here = _interval(positions, rate, target[:-1] + 0.5 * distance, n_samples)
    width = distance * np.minimum(ratio[here], WIDEST)
    source, backwards, is_voiced = _sources(marks, rate, n_samples, target, bend_at)
    here = np.append(here, here[-1])
    gain = np.where(is_voiced, np.minimum(ratio[here], WIDEST) ** -0.5, 1.0)
    return _grains(target, source, backwards, width, gain, n_out)


def _breakpoints(positions, rate, n_samples, n_out):
    """Output times between which the period is constant, from before 0 to the end.

    They are the times at which the map passes a mark, and the anchors of the map.
    """
    longest = np.diff(positions).max()
    if isinstance(rate, float):
        last = max(positions[-1] / rate, n_out)
        return np.append(positions / rate, last + 2.0 * longest)
    times = []
    ends = rate.copy()
    for row, neighbour in ((0, 1), (-1, -2)):  # the map goes on as it began and ended
        step = rate[row] - rate[neighbour]
        ends[row] = rate[row] + step * (2.0 * longest / abs(step[1]))
    for (where, when), (to, until) in zip(ends[:-1], ends[1:], strict=True):
        if to != where:
            low, high = sorted((where, to))
            first, last = np.searchsorted(positions, (low, high))
            passed = positions[first:last]
            times.append(when + (passed - where) * ((until - when) / (to - where)))
    times = np.unique(np.concatenate([*times, [n_out + 2.0 * longest]]))
    # the first grain is cut at a mark, at or before the first sample
    before = times[times <= 0.0][-1:] if (times <= 0.0).any() else [-longest]
    times = np.concatenate([times, rate[:, 1]])
    return np.concatenate([before, np.unique(times[times > 0.0])])


def _interval(positions, rate, time, n_samples):
    """The marks between which an output time lies on the input."""
    at = input_position(rate, time, n_samples=n_samples)
    return np.clip(np.searchsorted(positions, at, "right") - 1, 0, len(positions) - 2)


def _sources(marks, rate, n_samples, target, bend_at):
    """Where each grain is centred on the input, whether backwards, whether voiced."""
    positions, voiced = marks
    at = input_position(rate, target, n_samples=n_samples)
    after = np.clip(np.searchsorted(positions, at), 1, len(positions) - 1)
    nearest = after - (at - positions[after - 1] < positions[after] - at)
    is_voiced = voiced[nearest]
    # noise: the same stretch must not come back at a regular distance
    distance = np.gradient(target) if len(target) > 1 else np.ones(1)
    speed = np.abs(np.gradient(at)) / distance if len(target) > 1 else np.ones(1)
    j = np.arange(len(target))
    slow = ~is_voiced & (speed < 0.5)
    spread = np.minimum(1.0 - 2.0 * speed, 1.0) * distance
    wobble = np.where(slow, 2.0 * spread * (j * GOLDEN % 1.0 - 0.5), 0.0)
    if bend_at is not None:
        speed = local_rate(rate, target, n_samples=n_samples)
        bent = bend_at(at, speed, distance)
        at = at + bent.shift
        near = np.minimum(np.abs(bent.behind + bent.shift), bent.ahead - bent.shift)
        wobble = np.where(near < 2.0 * distance, 0.0, wobble)
        slow = slow & ~bent.belongs
    shift = np.round(target - at - wobble)  # whole samples, for want of a period
    source = np.where(is_voiced, positions[nearest], target - shift)
    return source, slow & (j % 2 == 1), is_voiced


def _grains(target, source, backwards, width, gain, n_out):
    """Split the real numbers of a plan into integers and what is left of them."""
    direction = np.where(backwards, -1, 1)
    offset = np.where(backwards, np.round(-target - source), target - source) * 2.0
    centre = np.ceil(target).astype(int)
    shift = np.ceil(offset)
    begins = np.append(np.clip(centre, 0, n_out), n_out)
    begins[0] = 0
    return Grains(
        centre=centre,
        ahead=centre - target,
        left=np.append(width[:1], width),
        right=np.append(width, width[-1:]),
        gain=gain,
        shift=shift.astype(int),
        fraction=shift - offset,
        direction=direction,
        n_samples=n_out,
        reach=1 if (width <= np.diff(target)).all() else 2,
        longest=int(np.diff(begins).max()),
    )


def _ratio_between(marks, pitch_ratio, target_f0, sample_rate, hop_length):
    """The pitch ratio from each mark to the next; 1 where there is no voice."""
    positions, voiced = marks
    middle = 0.5 * (positions[1:] + positions[:-1])
    ratio = np.ones(len(middle))
    if target_f0 is not None:
        target = check_track(target_f0, "target_f0", sample_rate)
        wanted = _read(target, middle / hop_length)
        ratio = np.where(wanted > 0.0, wanted * np.diff(positions) / sample_rate, 1.0)
        ratio = np.clip(ratio, 1.0 / LARGEST_RATIO, LARGEST_RATIO)
    factor = np.asarray(as_array(pitch_ratio, name="pitch_ratio"), dtype=np.float64)
    inside = (factor >= 1.0 / LARGEST_RATIO) & (factor <= LARGEST_RATIO)  # not if NaN
    if factor.ndim > 1 or factor.size == 0 or not inside.all():
        raise ValueError(
            "pitch_ratio must be a number or a curve (n_frames,) within 1/8..8, "
            f"got {pitch_ratio!r}"
        )
    if factor.ndim == 1:
        factor = _read(factor, middle / hop_length)
    return np.where(voiced[:-1] & voiced[1:], ratio * factor, 1.0)


def _read(curve, frame):
    """A curve between its frames; next to a frame with 0, that of the nearest one."""
    frame = np.clip(frame, 0, len(curve) - 1)
    whole = np.floor(frame).astype(int)
    following = np.minimum(whole + 1, len(curve) - 1)
    part = frame - whole
    between = curve[whole] * (1.0 - part) + curve[following] * part
    nearest = curve[np.round(frame).astype(int)]
    return np.where((curve[whole] > 0.0) & (curve[following] > 0.0), between, nearest)

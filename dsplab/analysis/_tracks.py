"""From candidates frame by frame to one track of pitch."""

from typing import NamedTuple

import numpy as np

from dsplab._arguments import as_signal, integer, positive
from dsplab._array import array_namespace, frames_at, scan

FAR = 0.2  # octaves between frames: such a step is a jump, no movement
TINY = 1e-30  # amplitude of nothing


class Pitch(NamedTuple):
    """A track of pitch. Frame m belongs to sample m hop_length.

    times: seconds, (n_frames,).
    f0: Hz, (..., n_frames), NaN where there is no pitch.
    voicing: how well the sound repeats after 1 / f0, (..., n_frames), 1 is perfect.
    """

    times: np.ndarray
    f0: np.ndarray
    voicing: np.ndarray


def check_voice(x, sample_rate, hop_length, f_min, f_max):
    """The signal and the hop in samples, if the arguments of a tracker are right."""
    x = as_signal(x)
    positive(sample_rate, name="sample_rate")
    positive(f_min, name="f_min")
    positive(f_max, name="f_max")
    if not f_min < f_max <= sample_rate / 4:
        raise ValueError(
            "f_min and f_max must satisfy f_min < f_max <= sample_rate / 4, "
            f"got {f_min!r}, {f_max!r} at sample_rate {sample_rate!r}"
        )
    return x, track_hop_length(hop_length, sample_rate)


def track_hop_length(hop_length, sample_rate):
    """The hop of a track in samples: 10 ms where None is given."""
    if hop_length is None:
        return max(1, round(0.01 * sample_rate))
    return integer(hop_length, name="hop_length")


def framed(low, n_samples, hop_length, factor, frame_length):
    """Frames of the reduced signal centred on every hop, (..., n_frames, length).

    Returned, too: how many hops what each frame stands for lies after its middle.
    """
    low, starts, late = frame_starts(low, n_samples, hop_length, factor, frame_length)
    return frames_at(low, starts, frame_length), late


def frame_starts(low, n_samples, hop_length, factor, frame_length):
    """Where frames centred on every hop begin, (n_frames,); `late` as of `framed`.

    Those at the ends are moved inside, and stand for their middle. The signal is
    returned, too, with zeros on either side where it is shorter than a frame.
    """
    xp = array_namespace(low)
    short = frame_length - low.shape[-1]
    if short > 0:
        low = xp.pad(low, [*[(0, 0)] * (low.ndim - 1), (short // 2, -(-short // 2))])
    centres = np.arange(1 + n_samples // hop_length) * (hop_length / factor)
    wanted = centres - 0.5 * (frame_length - 1)
    starts = np.clip(np.round(wanted).astype(int), 0, low.shape[-1] - frame_length)
    late = wanted - starts
    late = np.where(np.abs(late) < 1.0, late, 0.0) * (factor / hop_length)
    return low, starts, xp.asarray(late, dtype=low.dtype)


def quietness(peak, threshold):
    """How far below `threshold` times the loudest frame each is: 0 at it and above, 1
    in silence. peak is the amplitude of the frames, (..., n_frames).
    """
    xp = array_namespace(peak)
    loudness = peak / xp.maximum(xp.max(peak, axis=-1, keepdims=True), TINY)
    return xp.maximum(1.0 - loudness / max(threshold, TINY), 0.0)


def middle_peak(frames, length):
    """Largest amplitude within `length` samples in the middle of each frame."""
    xp = array_namespace(frames)
    first = (frames.shape[-1] - length) // 2
    middle = frames[..., first : first + length]
    return xp.maximum(xp.max(middle, axis=-1), -xp.min(middle, axis=-1))


def likeliest(f0, score, unvoiced, jump_cost, voicing_cost):
    """The `best_path` through candidates f0; an octave costs jump_cost."""
    xp = array_namespace(f0)
    return best_path(
        xp.concatenate([unvoiced[..., None], score], axis=-1),
        xp.log2(f0),
        lambda octaves: jump_cost * octaves,
        voicing_cost,
    )


def best_path(score, octaves, jump, change):
    """Viterbi: the best state of each frame, 0 for unvoiced, k + 1 for candidate k.

    score is (..., n_frames, 1 + n_candidates), octaves the pitches of the candidates; a
    step between them costs jump(octaves), one between voiced and unvoiced `change`.
    """
    xp = array_namespace(score)
    *batch, n_frames, n_states = score.shape
    score = score.reshape(-1, n_frames, n_states)
    octaves = octaves.reshape(-1, n_frames, n_states - 1)
    rows = np.arange(score.shape[0])
    # cost[..., i, j] of coming from state j to state i: (n, n_frames - 1, i, j)
    octaves = xp.pad(octaves, [(0, 0), (0, 0), (1, 0)])
    voiced = np.arange(n_states) > 0
    cost = jump(xp.abs(octaves[:, 1:, :, None] - octaves[:, :-1, None, :]))
    fixed = xp.asarray(change * (voiced[:, None] != voiced), dtype=score.dtype)
    cost = xp.where(voiced[:, None] & voiced, cost, fixed)

    def forward(total, parts):
        cost_n, score_n = parts
        total = (total[:, None, :] - cost_n).max(axis=-1) + score_n
        return total, total

    def back(state, came_from):
        state = came_from[rows, state]
        return state, state

    if n_frames == 1:
        return xp.argmax(score, axis=-1).reshape(*batch, 1)
    moved = xp.moveaxis(cost, 1, 0), xp.moveaxis(score[:, 1:], 1, 0)
    last, totals = scan(forward, score[:, 0], moved, axis=0)
    before = xp.concatenate([score[None, :, 0], totals[:-1]])
    came_from = xp.argmax(before[:, :, None, :] - moved[0], axis=-1)
    last = xp.argmax(last, axis=-1)
    _, states = scan(back, last, came_from[::-1], axis=0)
    states = xp.moveaxis(states, 0, -1)  # (n, n_frames - 1)
    states = xp.concatenate([states[:, ::-1], last[:, None]], axis=-1)
    return states.reshape(*batch, n_frames)


def chosen_track(f0, strength, state, hop):
    """The track of the chosen states (0: unvoiced), a frame every hop seconds."""
    xp = array_namespace(f0)
    chosen = xp.maximum(state - 1, 0)[..., None]
    f0 = xp.take_along_axis(f0, chosen, axis=-1)[..., 0]
    best = xp.max(strength, axis=-1)
    chosen = xp.take_along_axis(strength, chosen, axis=-1)[..., 0]
    times = xp.asarray(np.arange(f0.shape[-1]) * hop, dtype=f0.dtype)
    voiced = state > 0
    return Pitch(times, xp.where(voiced, f0, xp.nan), xp.where(voiced, chosen, best))


def sharpened(f0, late, spread):
    """f0 at the times it stands for, and as it moves, not as the frames average it.

    A frame measures the mean of f0 over its window; to second order, with the movement
    seen between the frames,

        f0(t + late) = f0 + late f0' + (late^2 - spread^2) f0'' / 2,

    where spread is the standard deviation of the window in time. Both are in hops. The
    second difference spans `spread` at least, so that it does not amplify noise.
    """
    xp = array_namespace(f0)
    step = max(1, round(spread))
    if f0.shape[-1] <= 2 * step:
        return f0
    still = [(0, 0)] * (f0.ndim - 1)
    after, here, before = f0[..., 2 * step :], f0[..., step:-step], f0[..., : -2 * step]
    slope = xp.pad((after - before) / (2.0 * step), [*still, (step, step)])
    bend = xp.pad((after - 2.0 * here + before) / step**2, [*still, (step, step)])
    near = FAR * f0  # NaN, and so not smooth, where there is no pitch
    smooth = xp.maximum(xp.abs(slope), xp.abs(bend)) * step < near
    slope, bend = xp.where(smooth, slope, 0.0), xp.where(smooth, bend, 0.0)
    return f0 + late * slope + 0.5 * (late**2 - spread**2) * bend

"""From labelled recordings to units: measure harmonics and noise, cut at the joints.

An articulation reaches from the joint of one sound to that of the next. The joint of a
consonant is its quietest frame in the middle half, that of a vowel at most a tenth of a
second from its edge; silence is kept for a twentieth.
"""

import math
from typing import NamedTuple

import numpy as np

from dsplab._arguments import as_signal, integer, positive
from dsplab.analysis.pitch import autocorrelation_pitch
from dsplab.convert import amplitude_to_db, hz_to_midi
from dsplab.spectral_models import harmonic_analysis, with_noise
from dsplab.synths.singing.database import FLOOR_DB, Unit
from dsplab.synths.singing.phonemes import (
    SILENCE,
    SILENT_LABELS,
    SONORANTS,
    STOPS,
    VOWELS,
    is_voiced,
)

VOWEL_REACH = 0.1  # seconds of a vowel that belong to an articulation, at most
SILENCE_REACH = 0.05
HELD = 0.4  # seconds of a vowel from which it is stationary inside
INSIDE = 0.12  # seconds at its ends that are not
N_BANDS = 20  # of the noise
TOP = 7000.0  # Hz; above it a voice is noise
PERIODS = 4  # in a window of "blackman", which then keeps harmonics apart
WINDOW = 0.023  # seconds of the window at least, or what is between leaks into breath
RINGING = 0.012  # seconds that a voiced sound rings on
EDGE = 0.06  # seconds around the edge of a sound in which the tongue moves
STEADY = 0.06  # seconds before and after, over which breath is a mean
GAP = 4  # frames for which a harmonic may be lost


class Model(NamedTuple):
    """A recording as harmonics and noise, in frames."""

    f0: np.ndarray
    level_db: np.ndarray
    shape: np.ndarray
    noise_db: np.ndarray


def cut_units(x, labels, sample_rate, *, hop_length=256):
    """Cut a labelled recording into units.

    Args:
      x: signal, (n_samples,), sung at one pitch as far as can be.
      labels: rows (begin, end, phoneme) in seconds; what no label covers is silence,
        and so are labels such as "sil" or "_".
      sample_rate: Hz.
      hop_length: samples between frames, even; 256 at 44.1 kHz.

    Returns:
      List of `Unit`s.

    Raises:
      ValueError: if labels lie beyond the end, or no pitch is found at all.
    """
    x = as_signal(x, ndim=1)
    positive(sample_rate, name="sample_rate")
    integer(hop_length, name="hop_length", least=2)
    sounds = with_silence(labels, len(x) / sample_rate)
    model = measure(x, sounds, sample_rate, hop_length=hop_length)
    pace = hop_length / sample_rate
    joints = [_joint(model, sound, pace) for sound in sounds]
    units = []
    for k, (one, other) in enumerate(zip(sounds, sounds[1:], strict=False)):
        begin = joints[k][1] if k else max(joints[k][1], 0)
        end = joints[k + 1][0]
        if end > begin and one[2] != other[2]:
            boundary = one[1] - begin * pace
            units.append(_cut(model, begin, end, one[2], other[2], boundary))
    for begin, end, phoneme in sounds:
        if phoneme in VOWELS and end - begin >= HELD:
            rows = (math.ceil((begin + INSIDE) / pace), int((end - INSIDE) / pace))
            units.append(_cut(model, *rows, phoneme, phoneme, 0.0))
    return [unit for unit in units if unit is not None]


def with_silence(labels, duration):
    """Rows (begin, end, phoneme) without gaps, from silence to silence.

    >>> with_silence([(0.5, 1.0, "a")], 1.0)
    [(0.0, 0.5, '_'), (0.5, 1.0, 'a'), (1.0, 1.0, '_')]
    """
    rows, now = [], 0.0
    for begin, end, text in labels:
        if end > duration + 0.02:
            raise ValueError(
                f"labels must end with the sound at {duration:.3f} s, got {text!r} "
                f"to {end:.3f} s"
            )
        if text in SILENT_LABELS:
            continue
        if begin > now + 1e-3 or not rows:
            rows.append((now, begin, SILENCE))
        rows.append((begin, min(end, duration), text))
        now = rows[-1][1]
    return [*rows, (now, duration, SILENCE)] if rows else []


def measure(x, sounds, sample_rate, *, hop_length):
    """Harmonics and noise of a recording whose sounds are known: a `Model`."""
    n_frames = 1 + -(-len(x) // hop_length)
    f0, middle = _pitch(x, sounds, sample_rate, hop_length, n_frames)
    periods = max(PERIODS, round(WINDOW * middle))
    length = 2 * math.ceil(0.5 * periods * sample_rate / middle) + 1
    n_harmonics = max(int(min(TOP, 0.45 * sample_rate) / middle), 1)
    partials = harmonic_analysis(
        x,
        sample_rate,
        f0=f0,
        window="blackman",
        window_length=length,
        n_fft=2 ** math.ceil(math.log2(2 * length)),
        hop_length=hop_length,
        threshold_db=FLOOR_DB,
        n_harmonics=n_harmonics,
        shortest=0.0,
    )
    sizes = {"n_fft": hop_length, "n_bands": N_BANDS}
    noise = with_noise(x, partials, sample_rate, hop_length=hop_length, **sizes)
    f0, shape = _shapes(partials, f0, hop_length / sample_rate)
    levels = (partials.amplitude, noise.envelope)
    level_db, noise_db = (amplitude_to_db(a, floor_db=FLOOR_DB) for a in levels)
    level_db = _filled(np.maximum(level_db, FLOOR_DB), f0)
    noise_db = _steady(np.maximum(noise_db, FLOOR_DB), sounds, hop_length / sample_rate)
    noise_db = _calm(noise_db, sounds, hop_length / sample_rate)
    return Model(f0, level_db, shape, noise_db)


def _steady(noise_db, sounds, pace):
    """Noise inside sounds that last: the middle of what surrounds each moment.

    A noise that is measured in short frames seems to rise and fall; made again of
    such an envelope it would do so twice as much, and units would meet by chance.
    """
    steady = noise_db.copy()
    for begin, end, phoneme in sounds:
        first, last = (2.0 * t / pace for t in (begin + EDGE, end - EDGE))
        for m in range(math.ceil(first), int(last) + 1) if phoneme not in STOPS else ():
            reach = int(min(m - first, last - m, 2.0 * STEADY / pace))
            near = noise_db[:, max(m - reach, 0) : m + reach + 1]
            steady[:, m : m + 1] = np.median(near, axis=-1, keepdims=True)
    return steady


def _calm(noise_db, sounds, pace):
    """Noise without what harmonics leave over where they come, go or change fast.

    Between silence, vowels and sonorants nothing hisses: there the noise goes on
    straight lines from one side of the edge to the other.
    """
    frames = np.arange(noise_db.shape[-1])
    for one, other in zip(sounds, sounds[1:], strict=False):
        if {one[2], other[2]} <= {*VOWELS, *SONORANTS, SILENCE}:
            far = [min(EDGE, 0.5 * (end - begin)) for begin, end, _ in (one, other)]
            ends = [2.0 * (one[1] + t) / pace for t in (-far[0], far[1])]
            ends = np.clip(ends, 0, frames[-1]).astype(int)
            inside = (frames > ends[0]) & (frames < ends[1])
            way = (frames - ends[0]) / max(ends[1] - ends[0], 1)
            line = [(1.0 - way) * row[ends[0]] + way * row[ends[1]] for row in noise_db]
            noise_db = np.where(inside, np.minimum(line, noise_db), noise_db)
    return noise_db


def _filled(level_db, f0):
    """Levels, and lines over short gaps where a voice lost a harmonic."""
    frames = np.arange(level_db.shape[-1])
    rows = []
    for row in level_db:
        found = np.flatnonzero(row > FLOOR_DB)
        if not found.size:
            rows.append(row)
            continue
        after = np.minimum(np.searchsorted(found, frames), len(found) - 1)
        gap = found[after] - found[np.maximum(after - 1, 0)]
        short = (gap > 1) & (gap <= GAP + 1) & (frames <= found[-1]) & (f0 > 0.0)
        rows.append(np.where(short, np.interp(frames, found, row[found]), row))
    return np.stack(rows)


def _pitch(x, sounds, sample_rate, hop_length, n_frames):
    """f0 at frames, 0 in sounds without voice, and the middle pitch in Hz."""
    options = {"sample_rate": sample_rate, "hop_length": hop_length}
    rough = autocorrelation_pitch(x, **options).f0
    if not np.isfinite(rough).any():
        raise ValueError("x must have a pitch somewhere; none was found")
    middle = float(np.nanmedian(rough))
    near = {"f_min": 0.7 * middle, "f_max": min(1.5 * middle, sample_rate / 4)}
    track = autocorrelation_pitch(x, **options, **near)
    found = np.flatnonzero(np.isfinite(track.f0))
    if not found.size:
        raise ValueError("x must have a steady pitch; none was found")
    frames = np.arange(n_frames)
    f0 = np.interp(frames, found, track.f0[found])
    voiced = np.zeros(n_frames, bool)
    for begin, end, phoneme in sounds:
        inside = (frames * hop_length >= begin * sample_rate - 1e-6) & (
            frames * hop_length < (end + RINGING) * sample_rate
        )
        voiced |= inside & is_voiced(phoneme)
    return np.where(voiced, f0, 0.0), middle


def _shapes(partials, f0, pace):
    """The pitch that all harmonics turn with, and what is left of their phases, cycles.

    Each frame's step of the pitch is the one that leaves least of the harmonics' steps,
    the loud ones counting most.
    """
    here = partials.amplitude > 0.0
    number = np.arange(1, len(here) + 1)[:, None]
    turns = np.cumsum(np.append(0.0, 0.5 * (f0[1:] + f0[:-1]))) * pace
    shape = partials.angle / (2.0 * np.pi) - number * turns
    # where there is no such harmonic, the shape stays what it was
    last = np.maximum.accumulate(np.where(here, np.arange(here.shape[-1]), 0), axis=-1)
    shape = np.take_along_axis(shape, last, axis=-1)
    step = np.diff(shape, axis=-1)
    step = step - np.round(step)
    heard = np.minimum(partials.amplitude[:, 1:], partials.amplitude[:, :-1]) ** 2
    total = np.maximum((heard * number**2).sum(axis=0), 1e-20)
    ahead = (heard * number * step).sum(axis=0) / total
    step = step - number * ahead
    shape = shape[:, :1] % 1.0 + np.cumsum(np.pad(step, [(0, 0), (1, 0)]), axis=-1)
    more = np.pad(ahead, 1, mode="edge") / pace
    return np.where(f0 > 0.0, f0 + 0.5 * (more[1:] + more[:-1]), 0.0), shape


def _joint(model, sound, pace):
    """Frames at which a sound is left for it, and entered from it."""
    begin, end, phoneme = sound
    first, last = math.ceil(begin / pace), int(end / pace)
    reach = {True: VOWEL_REACH, False: SILENCE_REACH}[phoneme in VOWELS]
    if phoneme in VOWELS or phoneme == SILENCE:
        half, far = (last - first) // 2, round(reach / pace)
        return first + min(half, far), last - min(half, far)
    quarter = (last - first) // 4
    inside = np.arange(first + quarter, max(last - quarter, first + quarter) + 1)
    inside = np.minimum(inside, len(model.f0) - 1)
    power = (10.0 ** (model.level_db[:, inside] / 10.0)).sum(axis=0)
    power = power + (10.0 ** (model.noise_db[:, 2 * inside] / 10.0)).sum(axis=0)
    quietest = int(inside[np.argmin(power)])
    return quietest, quietest


def _cut(model, begin, end, left, right, boundary):
    """The unit of some frames."""
    end = min(end, len(model.f0) - 1, (model.noise_db.shape[-1] - 1) // 2)
    if end - begin < 1:
        return None
    rows = slice(begin, end + 1)
    f0 = model.f0[rows]
    # of the whole recording: a unit may have too few periods to say
    pitch = float(hz_to_midi(np.median(model.f0[model.f0 > 0.0])))
    arrays = (a[:, rows] for a in (model.level_db, model.shape))
    noise = model.noise_db[:, 2 * begin : 2 * end + 1]
    return Unit(left, right, pitch, boundary, f0, *arrays, noise)

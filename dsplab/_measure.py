"""What `dsplab analyse` measures of a sound file, piece by piece.

A file is read in blocks of some ten seconds, each with a second or more of what is
before and after it; every measure is taken of such a block, and what belongs to its
core is kept. So an hour takes no more memory than a minute, but for the curves.
"""

import itertools
import math
from typing import NamedTuple

import numpy as np

N_COLUMNS = 1000  # of pictures: more than a screen shows side by side
CORE_SECONDS, BEFORE_SECONDS, AFTER_SECONDS = 10.0, 1.0, 4.0
EXCERPT_SECONDS = 4.0  # whose partials are drawn


class Sizes(NamedTuple):
    """Sizes of everything, in samples; n_fft about 46 ms, hop_length about 10 ms."""

    sample_rate: int
    n_channels: int
    n_samples: int
    step: int
    hop_length: int
    n_fft: int

    @property
    def seconds(self):
        """Of the whole sound."""
        return self.n_samples / self.sample_rate


class Measures(NamedTuple):
    """What was measured of a file.

    outline: least and greatest sample of each channel and column, (2, n_channels, n).
    power: mean power of a sine's amplitude in bins and columns, (n_bins, n).
    tracks: name to its curve, one value a frame of `times`.
    momentary, short_term: LUFS, ten times a second; empty where too short.
    classes: HPCP by columns, (12, n).
    excerpt, excerpt_start: the loudest seconds, mono, and where they begin.
    peak, true_peak, rms: linear, dBTP, linear.
    tuning: semitones above 440 Hz.
    """

    sizes: Sizes
    outline: np.ndarray
    power: np.ndarray
    times: np.ndarray
    tracks: dict
    momentary: np.ndarray
    short_term: np.ndarray
    classes: np.ndarray
    excerpt: np.ndarray
    excerpt_start: float
    peak: float
    true_peak: float
    rms: float
    tuning: float


def sizes_of(size):
    """Sizes for a file of that rate, number of channels and length."""
    step = max(round(0.1 * size.sample_rate), 1)
    n_fft = 2 ** max(round(math.log2(0.046 * size.sample_rate)), 4)
    return Sizes(*size, step, max(step // 10, 1), n_fft)


def padded_blocks(blocks, sizes):
    """Yield (start, x, head, core): sample `start` of the file is sample `head` of x.

    Args:
      blocks: pieces of the file, each of `core_length(sizes)` samples but the last.
      sizes: of the file.
    """
    before = sizes.step * math.ceil(BEFORE_SECONDS * sizes.sample_rate / sizes.step)
    after = round(AFTER_SECONDS * sizes.sample_rate)
    nothing = np.zeros((sizes.n_channels, 0), np.float32)
    past, here, start = nothing, None, 0
    for coming in itertools.chain(blocks, [nothing]):
        if here is not None:
            x = np.concatenate([past, here, coming[:, :after]], axis=-1)
            yield start, x, past.shape[-1], here.shape[-1]
            start, past = start + here.shape[-1], here[:, -before:]
        here = coming


def core_length(sizes):
    """Samples of a block: whole steps, so that loudness is measured on one grid."""
    return sizes.step * math.ceil(CORE_SECONDS * sizes.sample_rate / sizes.step)


def measure(blocks, sizes):
    """Measure a sound that comes in blocks of `core_length(sizes)` samples.

    Args:
      blocks: float32 pieces (n_channels, n_samples).
      sizes: of `sizes_of`.

    Returns:
      `Measures`.
    """
    so_far = _SoFar(sizes)
    for block in padded_blocks(blocks, sizes):
        so_far.add(*block)
    return so_far.result()


class _SoFar:
    """What was measured of the blocks up to now."""

    def __init__(self, sizes):
        self.sizes = sizes
        n = min(N_COLUMNS, max(sizes.n_samples // sizes.hop_length, 1))
        ends = (np.full((sizes.n_channels, n), sign * np.inf) for sign in (1, -1))
        self.outline, self.count = np.stack([*ends]), np.zeros(n)
        self.power = np.zeros((sizes.n_fft // 2 + 1, n))
        self.classes = np.zeros((12, n))
        self.tracks, self.loudness = [], ([], [])
        self.excerpt, self.cents = (-1.0, 0.0, np.zeros(1)), None
        self.energy, self.peak, self.true_peak = 0.0, 0.0, -300.0

    def add(self, start, x, head, core):
        """Measure a block."""
        sizes, own = self.sizes, x[:, head : head + core]
        mono = x.mean(axis=0)
        if self.cents is None:
            self.cents = _tuning(mono, sizes)
        columns = self._columns(start + np.arange(core))
        _draw(self.outline, own, columns)
        self.energy += float(np.vdot(own, own)) / sizes.n_channels
        self.peak = max(self.peak, float(np.abs(own).max()))
        self.true_peak = max(self.true_peak, _true_peak(own, sizes))
        self.excerpt = max(
            self.excerpt, _excerpt(own, start, sizes), key=lambda e: e[0]
        )
        self._add_frames(start, x, mono, head, core)
        first, n = head // sizes.step, -(-core // sizes.step)
        for kept, curve in zip(self.loudness, _loudness(x, sizes), strict=True):
            kept.append(curve[first : first + n])

    def _columns(self, places):
        n = len(self.count)
        return np.minimum(places * n // max(self.sizes.n_samples, 1), n - 1)

    def _add_frames(self, start, x, mono, head, core):
        """Keep the frames of the core; add what is drawn to its columns."""
        tracks, power, classes = _frames(x, mono, self.cents, self.sizes)
        places = np.arange(tracks["level"].size) * self.sizes.hop_length - head
        ends = start + core >= self.sizes.n_samples
        keep = (places >= 0) & ((places < core) | ends)
        columns = self._columns(start + places[keep])
        np.add.at(self.power.T, columns, power[:, keep].T)
        np.add.at(self.classes.T, columns, classes[:, keep].T)
        np.add.at(self.count, columns, 1.0)
        times = (start + places[keep]) / self.sizes.sample_rate
        kept = {name: curve[keep] for name, curve in tracks.items()}
        self.tracks.append({"times": times} | kept)

    def result(self):
        """`Measures` of all blocks."""
        joined = {
            k: np.concatenate([t[k] for t in self.tracks]) for k in self.tracks[0]
        }
        filled = np.maximum.accumulate(
            np.where(self.count, np.arange(self.count.size), 0)
        )
        share = 1.0 / np.maximum(self.count, 1.0)
        return Measures(
            sizes=self.sizes,
            outline=np.where(np.isfinite(self.outline), self.outline, 0.0),
            power=(self.power * share)[:, filled],
            times=joined.pop("times"),
            tracks=joined,
            momentary=np.concatenate(self.loudness[0]),
            short_term=np.concatenate(self.loudness[1]),
            classes=(self.classes * share)[:, filled],
            excerpt=self.excerpt[2],
            excerpt_start=self.excerpt[1],
            peak=self.peak,
            true_peak=self.true_peak,
            rms=math.sqrt(self.energy / max(self.sizes.n_samples, 1)),
            tuning=self.cents,
        )


def _draw(outline, own, columns):
    """Take the least and greatest samples of each column into the outline."""
    begins = np.flatnonzero(np.diff(columns, prepend=-1))
    place = columns[begins]
    low = np.minimum.reduceat(own, begins, axis=-1)
    high = np.maximum.reduceat(own, begins, axis=-1)
    outline[0][:, place] = np.minimum(outline[0][:, place], low)
    outline[1][:, place] = np.maximum(outline[1][:, place], high)


def _tuning(mono, sizes):
    """Semitones that the sound is tuned above 440 Hz, by its first block."""
    from dsplab.analysis.chroma import tuning

    if sizes.sample_rate < 2000 or mono.size < sizes.n_fft or not mono.any():
        return 0.0
    return float(tuning(mono, sizes.sample_rate))


def _frames(x, mono, cents, sizes):
    """Curves (n_frames,), power (n_bins, n_frames) and pitch classes (12, n_frames)."""
    from dsplab.analysis.beats import onset_strength
    from dsplab.analysis.chroma import hpcp
    from dsplab.analysis.envelope import rms, zero_crossing_rate
    from dsplab.analysis.spectral_shape import (
        spectral_flatness,
        spectral_moments,
        spectral_rolloff,
    )
    from dsplab.spectral import stft

    rate, options = sizes.sample_rate, {"hop_length": sizes.hop_length}
    framed = options | {"frame_length": sizes.n_fft}
    options |= {"n_fft": sizes.n_fft}
    X = stft(x, scaling="magnitude", **options)
    power = (4.0 * (X.real**2 + X.imag**2)).mean(axis=0)
    moments = spectral_moments(mono, rate, **options)
    n_mels = min(128, sizes.n_fft // 16)
    tracks = {
        "level": np.sqrt((rms(x, **framed) ** 2).mean(axis=0)),
        "centroid": moments.centroid,
        "spread": moments.spread,
        "rolloff": spectral_rolloff(mono, rate, **options),
        "flatness": spectral_flatness(mono, **options),
        "crossings": zero_crossing_rate(mono, **framed) * rate,
        "strength": onset_strength(mono, rate, n_mels=n_mels, **options),
    }
    tracks |= _pitch(mono, sizes)
    n_frames = min(power.shape[-1], *(curve.size for curve in tracks.values()))
    classes = np.zeros((12, n_frames))
    if rate >= 2000:
        # chords last: every fourth frame is enough
        options = {"f_max": min(5000.0, 0.45 * rate), "tuning": cents}
        classes = hpcp(mono, rate, hop_length=4 * sizes.hop_length, **options)
        classes = np.repeat(classes, 4, axis=-1)
        n_frames = min(n_frames, classes.shape[-1])
    tracks = {name: curve[:n_frames] for name, curve in tracks.items()}
    return tracks, power[:, :n_frames], classes[:, :n_frames]


def _pitch(mono, sizes):
    """f0 in Hz (NaN without pitch) and voicing, where the rate is high enough."""
    from dsplab.analysis.pitch import autocorrelation_pitch

    rate, hop = sizes.sample_rate, sizes.hop_length
    nothing = np.full(1 + mono.size // hop, np.nan)
    if rate < 1000 or mono.size < 0.1 * rate:
        return {"f0": nothing, "voicing": 0.0 * nothing}
    f_max = min(1000.0, rate / 4)
    found = autocorrelation_pitch(mono, sample_rate=rate, hop_length=hop, f_max=f_max)
    return {"f0": found.f0, "voicing": found.voicing}


def _loudness(x, sizes):
    """Momentary and short-term loudness of a block, LUFS; empty where too short."""
    from dsplab.analysis.loudness import momentary_loudness, short_term_loudness

    nothing = np.zeros(0)
    if sizes.sample_rate <= 4000:
        return nothing, nothing
    gains = None if sizes.n_channels in (1, 2, 3, 5, 6) else np.ones(sizes.n_channels)
    rate = sizes.sample_rate
    return tuple(
        f(x, rate, channel_gains=gains) if x.shape[-1] >= n * sizes.step else nothing
        for f, n in ((momentary_loudness, 4), (short_term_loudness, 30))
    )


def _true_peak(own, sizes):
    from dsplab.analysis.loudness import true_peak

    return float(np.max(true_peak(own, sizes.sample_rate)))


def _excerpt(own, start, sizes):
    """The loudest seconds of a block: (energy, where they begin in seconds, mono)."""
    mono = own.mean(axis=0)
    n = min(round(EXCERPT_SECONDS * sizes.sample_rate), mono.size)
    energy = np.append(0.0, np.cumsum(mono.astype(np.float64) ** 2))
    begins = np.arange(0, mono.size - n + 1, sizes.step)
    sums = energy[begins + n] - energy[begins]
    best = int(np.argmax(sums))
    first = int(begins[best])
    return sums[best], (start + first) / sizes.sample_rate, mono[first : first + n]

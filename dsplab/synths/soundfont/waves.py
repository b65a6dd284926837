"""A sample at another pitch, as long as a note needs it, and a store of them.

The recording is unrolled: up to the end of its loop, then the loop again and again. At
a pitch that stands still the whole of it is transposed at once: of its spectrum, what
would rise above half the sample rate is left out, and the rest is turned back into as
many samples as it shall last. That is exact, and notes of one pitch share it. A pitch
that moves is read between the samples (`sources.transposition`).
"""

import functools
import math
from collections import OrderedDict
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from dsplab._array import fft
from dsplab.formats.soundfont import waveform
from dsplab.sources.spline import read_unchecked, spline
from dsplab.synths.soundfont import filtering
from dsplab.synths.soundfont import generators as g
from dsplab.synths.soundfont.envelopes import TICK

GUARD = 1024  # samples that keep the two ends of what is transformed apart
AHEAD = 8192  # samples that may be read after the last round: a tick, 7 octaves up
FADE = 1024  # samples in which what is cut off fades out, for the same reason
LONGEST = 2**19  # samples of a transposed wave; what lasts longer is read
MORE_TICKS = 200  # by which a shared tone grows at least, 0.3 s at 44.1 kHz
SHORTEST = 2**15  # samples of a wave that is kept, if the sample has as many
DRIFT = 1e-5  # greatest error of a pitch's ratio, 0.02 cents
MOST_PARTS = 4000  # of a sample, in the fraction that stands for a ratio
PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31)
STEPS = 12  # in an octave of the highest ratios for which a doubled wave is kept
LOOP, RELEASE_STARTS, LOOP_UNTIL_RELEASE = 1, 2, 3  # sample modes
# samples gone by in a tick, for a ratio of 1 at its beginning and for one at its end
_LATE = np.arange(TICK) ** 2 / (2.0 * TICK)
_WAYS = np.stack([np.arange(TICK) - _LATE, _LATE])


class Source(NamedTuple):
    """Which part of a sample is played."""

    sample: int
    start: int
    end: int
    loop: tuple | None  # (start, end)

    def length(self, turns):
        """Samples of it unrolled; turns of the loop, None for endless ones."""
        if self.loop is None:
            return self.end - self.start
        if turns is None:
            return math.inf
        first, last = self.loop
        return self.end - self.start + turns * (last - first)

    def turns(self, place):
        """How often the loop has begun anew at a place of the unrolled sample."""
        first, last = self.loop
        return max(int((place + self.start - first) // (last - first)), 0)


def source_of(values, index, sample):
    """What the generators leave of a sample."""
    n = len(sample.pcm) if sample.pcm.dtype != np.uint8 else len(waveform(sample))

    def moved(place, fine, coarse):
        place += int(values[fine]) + 32768 * int(values[coarse])
        return min(max(place, 0), n)

    start = moved(0, g.START, g.START_COARSE)
    end = moved(n, g.END, g.END_COARSE)
    first = moved(sample.loop[0], g.LOOP_START, g.LOOP_START_COARSE)
    last = moved(sample.loop[1], g.LOOP_END, g.LOOP_END_COARSE)
    start, end = min(start, end), max(start, end)
    first, last = min(first, last), max(first, last)
    loops = values[g.SAMPLE_MODES] in (LOOP, LOOP_UNTIL_RELEASE)
    loops = loops and last - first > 1 and last > start
    return Source(index, start, end, (first, last) if loops else None)


class Waves:
    """A store of samples and transposed samples, up to so many bytes."""

    def __init__(self, samples, sample_rate, *, limit=2**29):
        """Keep the waves of `samples` at a sample rate."""
        self.samples, self.sample_rate = samples, sample_rate
        self.limit, self.held, self.store = limit, 0, OrderedDict()
        self.tones = {}  # of what is shared, by its kind

    def _kept(self, key, make, *, enough=0):
        """Fetch from the store, or make and keep; the oldest go when it is full."""
        y = self.store.get(key)
        if y is not None and len(y) >= enough:
            self.store.move_to_end(key)
            return y
        y = make()  # which may drop others, or what was there of this
        before = self.store.pop(key, None)
        self.held += y.nbytes - (0 if before is None else before.nbytes)
        self.store[key] = y
        while self.held > self.limit and len(self.store) > 1:
            key, oldest = self.store.popitem(last=False)
            self.held -= oldest.nbytes
            if isinstance(key, tuple) and key[0] == "shared":
                self.tones.pop(key[1], None)
        return y

    def recording(self, index):
        """The sound of a sample, float32."""
        return self._kept(index, lambda: waveform(self.samples[index]))

    def unrolled(self, source, turns, length):
        """The first `length` samples of a source with its loop repeated."""
        x = self.recording(source.sample)
        if source.loop is None:
            return x[source.start : min(source.end, source.start + length)]
        first, last = source.loop
        head = x[source.start : last]
        if length <= len(head):
            return head[:length]
        again, body = -(-(length - len(head)) // (last - first)), x[first:last]
        if turns is None or again <= turns:
            return np.concatenate([head, np.tile(body, again)])[:length]
        parts = [head, np.tile(body, turns), x[last : source.end]]
        return np.concatenate(parts)[:length]

    def steady(self, source, turns, ratio, *, length, cutoff=math.inf, q=1.0):
        """A source at a ratio that stands still: its first samples, `length` or more.

        Args:
          source, turns: see `unrolled`.
          ratio: samples of the source for each of the result, a `nearest_fraction`.
          length: samples wanted; where the source ends earlier, there are fewer.
          cutoff: of a filter that stands still, Hz; infinite for none.
          q: its resonance, which takes something off the level even then.
        """
        total = math.ceil(min(source.length(turns) / ratio, 2.0**40))
        enough = min(length, total)
        key = source, turns, ratio, cutoff, q
        longer = min(self._longer(key, enough), total)

        def make():
            if cutoff == math.inf:
                return self._transposed(key, longer)
            x = self.steady(source, turns, ratio, length=longer)
            b, a = filtering.coefficients(cutoff, q, self.sample_rate)
            return filtering.still(x, b, a)

        return self._kept(key, make, enough=enough)

    def _transposed(self, key, length):
        """The wave of a key; what is there already is gone on from.

        Sample k of it lies at k down / up of the source, so that each up samples a
        whole number of the source's has gone by, and one can begin there anew.
        """
        source, turns, ratio, _, q = key
        up, down = ratio.denominator, ratio.numerator
        x = self._cut(source, turns, length, ratio)
        before = self.store.get(key, ())
        done = max(len(before) - math.ceil(GUARD / ratio), 0) // up
        back = min(-(-2 * GUARD // down), done)  # of what is there, to swing in
        x = x[(done - back) * down :]
        if done > back:
            x = x.copy()
            x[:FADE] *= np.linspace(0.0, 1.0, FADE, dtype=x.dtype)[: len(x)]
        y = transposed(x, ratio, length - (done - back) * up)
        y *= np.float32(q**-0.5)
        return np.concatenate([before[: done * up], y[back * up :]]) if done else y

    def _longer(self, key, enough):
        """A length that does for longer notes too, so that it need not grow often."""
        before = self.store.get(key, ())
        return max(enough, round(1.25 * len(before)), SHORTEST)

    def shared(self, kind, begin, *, n_ticks):
        """The first ticks of something that many notes share.

        Args:
          kind: what it is.
          begin: called for its tone, a function of (first tick, last) that is called
            for one stretch after the other.
          n_ticks: how many are wanted.

        Returns:
          As many ticks, or more, (n,).
        """
        key = "shared", kind
        before = self.store.get(key, np.zeros(0, np.float32))
        tone = self.tones[kind] if len(before) else begin()
        done = len(before) // TICK

        def make():
            more = tone(done, max(n_ticks, done + MORE_TICKS))
            self.tones[kind] = tone
            return np.concatenate([before, more])

        return self._kept(key, make, enough=n_ticks * TICK)

    def _cut(self, source, turns, n_out, ratio):
        """As much of a source as is needed; where it is cut off, it fades out."""
        needed = math.ceil(n_out * ratio) + GUARD + FADE
        x = self.unrolled(source, turns, needed)
        if len(x) == needed and source.length(turns) > needed:
            x = x.copy()
            x[-FADE:] *= np.linspace(1.0, 0.0, FADE, dtype=x.dtype)
        return x

    def read(self, source, turns, starts, edges):
        """A source at a pitch that moves; silence beyond its end.

        Args:
          source, turns: see `unrolled`.
          starts: places in the unrolled source where ticks begin, (n_ticks,).
          edges: samples of the source for each of the result, where ticks begin and
            at the end of the last, (n_ticks + 1,): straight between.

        Returns:
          (n_ticks * TICK,)
        """
        highest = max(float(edges.max()), 1.0)
        step = max(math.ceil(math.log2(highest) * STEPS - 1e-9), 0)
        if source.loop is None:
            return self._read(source, step, starts, edges)
        first, last = source.loop
        if turns is None:
            return self._read_round(source, step, starts, edges)
        jump = turns * (last - first)  # from there on the sample goes on to its end
        k = int(np.searchsorted(starts, first - source.start + jump))
        out = source._replace(loop=None)
        parts = (
            self._read_round(source, step, starts[:k], edges[: k + 1]),
            self._read(out, step, starts[k:] - jump, edges[k:]),
        )
        return np.concatenate(parts)

    def _read_round(self, source, step, starts, edges):
        """Places after the first turn are brought back to where sound lies around."""
        first, last = source.loop
        period, base = last - first, _before_rounds(source)
        starts = np.where(starts < base, starts, base + (starts - base) % period)
        return self._read(source, step, starts, edges)

    def _read(self, source, step, starts, edges):
        if not len(starts):
            return np.zeros(0, np.float32)
        x = self._kept((source, step), lambda: self._prepared(source, step))
        places = np.stack([edges[:-1], edges[1:]], axis=-1) @ _WAYS
        places += starts[:, None]
        return read_unchecked(x, places.reshape(-1))

    def _prepared(self, source, step):
        length = source.end - source.start
        if source.loop is not None:
            period = source.loop[1] - source.loop[0]
            length = _before_rounds(source) + period + AHEAD
        x = self.unrolled(source, None, length)
        return spline(x, 2.0 ** (step / STEPS))


def _before_rounds(source):
    """Samples until there is at least GUARD of the loop behind."""
    first, last = source.loop
    return last - source.start + -(-GUARD // (last - first)) * (last - first)


def edges_of(ratio, before=None):
    """Ratios at the edges of ticks, of which each has its own on average (to a hair).

    Args:
      ratio: of each tick, (n_ticks,).
      before: at the first edge, where another tick went before.
    """
    first = ratio[0] if before is None else before
    last = ratio[-1] + 0.5 * (ratio[-1] - ratio[max(len(ratio) - 2, 0)])
    return np.concatenate([[first], 0.5 * (ratio[1:] + ratio[:-1]), [last]])


def passed(edges):
    """Samples of a source that have gone by at the edges of ticks; see `Waves.read`."""
    means = 0.5 * (edges[1:] + edges[:-1])
    return np.concatenate([[0.0], np.cumsum(TICK * means)])


def transposed(x, ratio, length):
    """x at a `nearest_fraction` of its pace, by its spectrum; at most (length,)."""
    up, down = ratio.denominator, ratio.numerator
    factors = _smooth(7)
    least = (len(x) + GUARD) / down
    place = np.searchsorted(factors, least)
    m = int(factors[place]) if place < len(factors) else math.ceil(least)
    X = fft(x).rfft(x, down * m)
    y = fft(x).irfft(X[: min(down, up) * m // 2], up * m)
    y = y[: min(length, math.ceil(len(x) / ratio))]
    y *= np.asarray(up / down, dtype=x.dtype)
    return y


@functools.lru_cache(maxsize=4096)
def nearest_fraction(ratio):
    """A fraction whose two numbers have no large prime factors, DRIFT away at most.

    Spectra of such lengths are quick to turn into sound.

    >>> nearest_fraction(1.5)
    Fraction(3, 2)
    """
    smooth, cost = _smooth(31), _cost(31)
    up = np.flatnonzero((smooth >= 2) & (smooth <= MOST_PARTS))
    down = np.searchsorted(smooth, ratio * smooth[up])
    down = np.clip(down, 1, len(smooth) - 1)
    near = smooth[down] - ratio * smooth[up] > ratio * smooth[up] - smooth[down - 1]
    down = down - near
    error = np.abs(smooth[down] / (ratio * smooth[up]) - 1.0)
    best = np.where(error < DRIFT, cost[up] + cost[down], np.inf)
    k = best.argmin() if np.isfinite(best).any() else error.argmin()
    return Fraction(int(smooth[down[k]]), int(smooth[up[k]]))


@functools.cache
def _smooth(largest):
    """Whole numbers up to 2^16 without prime factors above the largest, sorted."""
    found = np.array([1])
    for prime in PRIMES:
        if prime <= largest:
            powers = prime ** np.arange(int(math.log(2**16, prime)) + 1)
            found = np.outer(found, powers).ravel()
            found = found[found <= 2**16]
    return np.sort(found)


@functools.cache
def _cost(largest):
    """The sum of prime factors of each: what a transform of that length takes."""
    left, cost = _smooth(largest).copy(), np.zeros(len(_smooth(largest)))
    for prime in PRIMES:
        while (divides := left % prime == 0).any():
            left[divides] //= prime
            cost[divides] += prime
    return cost

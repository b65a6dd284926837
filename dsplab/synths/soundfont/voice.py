"""One voice: a sample that sounds, from its start to its silence, a stretch at a time.

All that moves (envelopes, LFOs, wheels) is worked out at the edges of ticks, from a
closed form wherever there is one; samples are touched by whole-array operations only.
"""

import math

import numpy as np

from dsplab.synths.soundfont import envelopes, filtering
from dsplab.synths.soundfont import generators as g
from dsplab.synths.soundfont import modulators as m
from dsplab.synths.soundfont.envelopes import TICK
from dsplab.synths.soundfont.waves import LONGEST, LOOP_UNTIL_RELEASE, RELEASE_STARTS

SHORTEST = 0.01  # seconds that a note sounds at least
QUIET_DB = 102.0  # below full scale, a voice that dies away has ended
OPEN_GAIN = np.float32(filtering.resonance(0.0) ** -0.5)
# what a voice still hears after it has begun
LIVE = frozenset((
    g.MOD_LFO_TO_PITCH, g.VIB_LFO_TO_PITCH, g.MOD_ENV_TO_PITCH, g.FILTER_CUTOFF,
    g.FILTER_Q, g.MOD_LFO_TO_CUTOFF, g.MOD_ENV_TO_CUTOFF, g.MOD_LFO_TO_VOLUME,
    g.CHORUS_SEND, g.REVERB_SEND, g.PAN, g.ATTENUATION, g.COARSE_TUNE, g.FINE_TUNE,
    g.BALANCE,
))  # fmt: skip


class Voice:
    """A region that sounds for a key. Times are samples, from the start of the piece."""

    def __init__(self, region, channel, key, velocity, *, begin, waves, source, note):
        """Begin at a sample; `note` is the number that voices of one stroke share."""
        self.region, self.channel, self.key = region, channel, key
        self.begin, self.waves, self.source, self.note = begin, waves, source, note
        base = region.generators
        self.pitch_key = int(base[g.FORCED_KEY]) if base[g.FORCED_KEY] >= 0 else key
        forced = int(base[g.FORCED_VELOCITY])
        self.velocity = forced if forced > 0 else velocity
        self.values, self.changes = list(base), {}
        for number in region.moved:
            self.values[number] += self._modulation(number)
        for number, offset in channel.offsets.items():
            self.values[number] += offset
        self.exclusive = int(base[g.EXCLUSIVE_CLASS])
        self.mode = int(base[g.SAMPLE_MODES])
        self._prepare()

    def _modulation(self, number):
        def source(word):
            return self.channel.source(word, self.pitch_key, self.velocity)

        return sum(
            m.value(modulator, source) for modulator in self.region.moved[number]
        )

    def _prepare(self):
        rate, values = self.waves.sample_rate, self.values
        sample = self.waves.samples[self.source.sample]
        root = self.region.generators[g.ROOT_KEY]
        root = root if root >= 0 else sample.root
        tuning = self.region.generators[g.SCALE_TUNING]
        self.cents = tuning * (self.pitch_key - root) + sample.correction
        self.slowness = sample.sample_rate / rate
        key = self.pitch_key
        self.volume = envelopes.envelope(values, g.VOL_ENV, key, rate)
        self.modulation = envelopes.envelope(values, g.MOD_ENV, key, rate)
        self.lfos = tuple(
            (
                int(g.seconds(values[delay], envelopes.LONGEST_DELAY) * rate / TICK),
                4.0
                * TICK
                * float(g.hertz(min(max(values[step], -16e3), 4.5e3)))
                / rate,
            )
            for delay, step in (
                (g.MOD_LFO_DELAY, g.MOD_LFO_FREQUENCY),
                (g.VIB_LFO_DELAY, g.VIB_LFO_FREQUENCY),
            )
        )
        self.tick, self.place, self.turns = 0, 0.0, None
        self.steady = self.mode != RELEASE_STARTS  # whether the pitch has never moved
        self.prior, self.past = (0.0,) * 4, None  # of the filter: x, x, y, y
        self.let_go, self.released, self.stopped = False, math.inf, math.inf
        self.held_by = ""  # the pedal that holds it
        self.last = self._last_tick()

    def _last_tick(self):
        """The tick at which the voice is silent, as far as that is known."""
        end = self.volume.silent(self.released)
        if self.source.loop is None and self.mode != RELEASE_STARTS:
            ratio = self.slowness * 2.0 ** (self._pitch_now() / 1200.0)
            end = min(end, self.source.length(0) / ratio / TICK + 1.0)
        return min(end, self.stopped)

    def _pitch_now(self):
        coarse, fine = self.values[g.COARSE_TUNE], self.values[g.FINE_TUNE]
        return self.cents + 100.0 * coarse + fine

    @property
    def end(self):
        """The sample at which the voice is silent."""
        return self.begin + self.last * TICK

    def hear(self, words, numbers, at):
        """Let sources that moved, or generators, be heard from sample `at` on."""
        moved = self.region.listening
        affected = set(numbers).union(*(moved.get(word, ()) for word in words))
        for number in affected:
            value = self.region.generators[number] + self._modulation_or_0(number)
            value += self.channel.offsets.get(number, 0.0)
            if value != self.values[number]:
                if number in LIVE:
                    past = self.changes.setdefault(number, [(0, self.values[number])])
                    past.append((self.tick_at(at), value))
                self.values[number] = value

    def _modulation_or_0(self, number):
        return self._modulation(number) if number in self.region.moved else 0.0

    def tick_at(self, at):
        """The tick nearest to a sample."""
        return max(round((at - self.begin) / TICK), self.tick)

    def release(self, at, *, timecents=None):
        """Let the key go; or choke the sound, in so many timecents."""
        if self.released < math.inf and timecents is None:
            return
        rate = self.waves.sample_rate
        soonest = math.ceil(SHORTEST * rate / TICK)
        if timecents is None:
            timecents = max(self.values[g.VOL_ENV + 5], envelopes.SHORTEST_RELEASE)
        ticks = 1.0 + int(g.seconds(timecents) * rate / TICK)
        self.released = min(max(self.tick_at(at), soonest), self.released)
        self.volume = self.volume._replace(release=ticks)
        ticks = 1.0 + int(g.seconds(self.values[g.MOD_ENV + 5]) * rate / TICK)
        self.modulation = self.modulation._replace(release=ticks)
        self.last = self._last_tick()

    def stop(self, at):
        """Be silent at once: one tick to fade."""
        self.stopped = min(self.tick_at(at) + 1, self.stopped)
        self.last = min(self.last, self.stopped)

    def ticks_until(self, until):
        """Ticks to the first at or after a sample, or to the end."""
        return math.ceil(min((until - self.begin) / TICK, self.last)) - self.tick

    def render(self, until):
        """Sound up to the first tick at or after sample `until`, or to the end.

        Returns:
          Signal of whole ticks (n,), without the place between left and right.
        """
        n = self.ticks_until(until)
        ticks = np.arange(self.tick, self.tick + n + 1, dtype=float)
        lfo, shape = self._lfo(0, ticks), self._shape(ticks)
        level = self._level(ticks, lfo)
        y = self._tone(ticks, lfo, shape)
        size = len(y)
        y *= filtering.straight(level.astype(y.dtype))[:size]
        self.tick += n
        self.changes = {}
        return y

    def curve(self, number, n):
        """A generator in n ticks: a number, or its values at their n + 1 edges."""
        changes = self.changes.get(number)
        if changes is None:
            return self.values[number]
        y = np.full(n + 1, changes[0][1])
        for tick, value in changes[1:]:
            y[max(tick - self.tick, 0) :] = value
        return y

    def _used(self, *numbers):
        return any(self.values[k] != 0.0 or k in self.changes for k in numbers)

    def _lfo(self, which, ticks):
        """An LFO at the edges of the ticks, 0 where nothing listens to it."""
        listening = (
            (g.MOD_LFO_TO_PITCH, g.MOD_LFO_TO_CUTOFF, g.MOD_LFO_TO_VOLUME),
            (g.VIB_LFO_TO_PITCH,),
        )[which]
        if not self._used(*listening):
            return 0.0
        return envelopes.triangle(ticks, *self.lfos[which])

    def _shape(self, ticks):
        if not self._used(g.MOD_ENV_TO_PITCH, g.MOD_ENV_TO_CUTOFF):
            return 0.0
        return self.modulation.modulation(ticks, self.released)

    def _level(self, ticks, lfo):
        n = len(ticks) - 1
        attenuation = np.clip(self.curve(g.ATTENUATION, n), 0.0, 1440.0)
        louder = lfo * np.clip(self.curve(g.MOD_LFO_TO_VOLUME, n), -960.0, 960.0)
        level = self.volume.volume(ticks, self.released)
        level = level * g.amplitude(attenuation - louder)
        if ticks[-1] >= self.last:
            level[ticks >= self.last] = 0.0
        if self.mode == RELEASE_STARTS:
            level[ticks <= self.released] = 0.0
        return level

    def _tone(self, ticks, lfo, shape):
        """The sample at its pitch, through its filter, (n_ticks * TICK,)."""
        n = len(ticks) - 1
        cents = self.cents + 100.0 * self.curve(g.COARSE_TUNE, n)
        cents = cents + self.curve(g.FINE_TUNE, n)
        vibrato = self._lfo(1, ticks)
        cents = cents + vibrato * self.curve(g.VIB_LFO_TO_PITCH, n)
        cents = cents + lfo * self.curve(g.MOD_LFO_TO_PITCH, n)
        cents = cents + shape * self.curve(g.MOD_ENV_TO_PITCH, n)
        cutoff = self.curve(g.FILTER_CUTOFF, n)
        cutoff = np.clip(cutoff, 1500.0, 13500.0)
        cutoff = cutoff + lfo * self.curve(g.MOD_LFO_TO_CUTOFF, n)
        cutoff = cutoff + shape * self.curve(g.MOD_ENV_TO_CUTOFF, n)
        q = self.curve(g.FILTER_Q, n)
        still = np.ndim(cents) == 0 and self.steady
        if still and (self.tick + n) * TICK < LONGEST:
            return self._still(cents, cutoff, q, n)
        x = self._moving(cents, n)
        return self._filtered(x, cutoff, q, n)

    def _turns(self, n, ratio):
        """Turns of the loop after which the sample goes on to its end; None: never."""
        if self.mode != LOOP_UNTIL_RELEASE or self.source.loop is None:
            return None
        if self.turns is None and self.released < self.tick + n:
            after = max(self.released - self.tick, 0) * TICK * np.mean(ratio)
            self.turns = self.source.turns(self.place + after)
        return self.turns

    def _still(self, cents, cutoff, q, n):
        """A pitch that has not moved: a piece of a wave that others may have used."""
        ratio = self.slowness * 2.0 ** (float(cents) / 1200.0)
        turns = self._turns(n, ratio)
        first, last = self.tick * TICK, (self.tick + n) * TICK
        self.place = last * ratio
        fixed = np.ndim(cutoff) == 0 and np.ndim(q) == 0 and self.past is None
        options = {"length": last}
        if fixed and (cutoff < filtering.OPEN or q > 0.0):
            options |= {"cutoff": float(g.hertz(cutoff)), "q": filtering.resonance(q)}
        x = self.waves.steady(self.source, turns, ratio, **options)[first:last]
        if len(x) < last - first:
            x = np.concatenate([x, np.zeros(last - first - len(x), x.dtype)])
        if not fixed:
            return self._filtered(x, cutoff, q, n)
        y = x.copy() if "cutoff" in options else x * OPEN_GAIN
        self.prior = y[-1] / OPEN_GAIN, y[-2] / OPEN_GAIN, y[-1], y[-2]
        return y

    def _moving(self, cents, n):
        """A pitch that moves: places worked out tick by tick, and read."""
        self.steady = False
        ratio = self.slowness * 2.0 ** (np.broadcast_to(cents, n + 1)[1:] / 1200.0)
        if self.mode == RELEASE_STARTS:
            ratio = ratio * (np.arange(self.tick, self.tick + n) >= self.released)
        turns = self._turns(n, ratio)
        starts = self.place + np.concatenate([[0.0], np.cumsum(ratio * TICK)])
        self.place = float(starts[-1])
        places = (starts[:-1, None] + ratio[:, None] * np.arange(TICK)).reshape(-1)
        return self.waves.read(self.source, turns, places, float(ratio.max()))

    def _filtered(self, x, cutoff, q, n):
        """Through a filter that moves, or has moved."""
        before = self.prior if self.past is None else self.past
        if np.min(cutoff) >= filtering.OPEN and np.max(q) <= 0.0:
            y = x * OPEN_GAIN
            self.past = x[-1], x[-2], y[-1], y[-2]
            return y
        rate, cutoff = self.waves.sample_rate, g.hertz(cutoff)
        if np.ndim(cutoff) == 0 and np.ndim(q) == 0:
            q = filtering.resonance(q)
            y, self.past = filtering.fixed(x, cutoff, q, rate, before=before)
            return y
        cutoff = np.broadcast_to(cutoff, n + 1)
        q = np.array([filtering.resonance(v) for v in np.broadcast_to(q, n + 1)])
        y, self.past = filtering.moving(x, cutoff, q, rate, before=before)
        return y

"""One voice: a sample that sounds, from its start to its silence, a stretch at a time.

All that moves (envelopes, LFOs, wheels) is worked out at the edges of ticks, from a
closed form wherever there is one; samples are touched by whole-array operations only.
"""

import math
from fractions import Fraction

import numpy as np

from dsplab.synths.soundfont import envelopes, filtering
from dsplab.synths.soundfont import generators as g
from dsplab.synths.soundfont import modulators as m
from dsplab.synths.soundfont.envelopes import TICK
from dsplab.synths.soundfont.motion import MOD_LFO, SETTINGS, VIB_LFO, Motion
from dsplab.synths.soundfont.tone import Tone
from dsplab.synths.soundfont.waves import (
    LONGEST,
    LOOP_UNTIL_RELEASE,
    RELEASE_STARTS,
    edges_of,
    nearest_fraction,
    passed,
)

SHORTEST = 0.01  # seconds that a note sounds at least
# what a voice still hears after it has begun
LIVE = frozenset((
    *SETTINGS, g.MOD_LFO_TO_VOLUME, g.CHORUS_SEND, g.REVERB_SEND, g.PAN, g.ATTENUATION,
    g.BALANCE,
))  # fmt: skip


class Voice:
    """A region that sounds for a key. Times are samples of the piece."""

    def __init__(
        self, region, channel, key, velocity, *, begin, waves, source, note, range_db
    ):
        """Begin at a sample.

        Args:
          region, channel, key, velocity: what is played.
          begin: sample of the piece.
          waves, source: the store, and what is read from it.
          note: the number that voices of one stroke share.
          range_db: how far below its full scale a voice is still heard.
        """
        self.region, self.channel, self.key = region, channel, key
        self.range_db = range_db
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

    def _source(self, word):
        return self.channel.source(word, self.pitch_key, self.velocity)

    def _modulation(self, number):
        return sum(m.value(k, self._source) for k in self.region.moved[number])

    def _prepare(self):
        rate, base = self.waves.sample_rate, self.region.generators
        sample = self.waves.samples[self.source.sample]
        root = base[g.ROOT_KEY] if base[g.ROOT_KEY] >= 0 else sample.root
        cents = base[g.SCALE_TUNING] * (self.pitch_key - root) + sample.correction
        self.began = tuple(self.values)
        self.volume, shape = (
            envelopes.envelope(self.values, first, self.pitch_key, rate)
            for first in (g.VOL_ENV, g.MOD_ENV)
        )
        self.motion = Motion(float(cents), sample.sample_rate / rate, shape, rate)
        self.tick, self.turns, self.tone = 0, None, None
        moves = self.motion.moves(self.values.__getitem__)
        if self.mode == RELEASE_STARTS or not moves:
            self.tone = Tone(self.waves, self.source)
        self.let_go, self.released, self.stopped = False, math.inf, math.inf
        self.held_by = None  # the pedal that holds it
        self._find_end()

    def _find_end(self):
        """Work out when the voice is silent, as far as that is known."""
        end = self.volume.silent(self.released, self._audible())
        if self.source.loop is None and self.mode != RELEASE_STARTS:
            cents = self.motion.cents + self.values[g.FINE_TUNE]
            cents += 100.0 * self.values[g.COARSE_TUNE]
            ratio = self.motion.slowness * 2.0 ** (cents / 1200.0)
            end = min(end, self.source.length(0) / ratio / TICK + 1.0)
        self._ends(min(end, self.stopped))

    def _ends(self, tick):
        self.last, self.end = tick, self.begin + tick * TICK

    def _audible(self):
        """Decibels by which its envelope can fall before it is heard no more.

        Controllers do not count: they may rise again.
        """
        moved = self.region.moved.get(g.ATTENUATION, ())
        struck = [k for k in moved if k.source & 0xFF == m.VELOCITY]
        quieter = sum(m.value(k, self._source) for k in struck)
        quieter += self.region.generators[g.ATTENUATION]
        quieter -= abs(self.values[g.MOD_LFO_TO_VOLUME])
        return self.range_db - max(quieter, 0.0) / 10.0

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
        shape = self.motion.envelope._replace(release=ticks)
        self.motion = self.motion._replace(envelope=shape)
        self._find_end()

    def stop(self, at):
        """Be silent at once: one tick to fade."""
        self.stopped = min(self.tick_at(at) + 1, self.stopped)
        self._ends(min(self.last, self.stopped))

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
        x = self._sound(ticks)
        y = filtering.straight(self._level(ticks).astype(x.dtype))
        y *= x
        self.tick += n
        self.changes = {}
        if self.tone and self.tone.place >= self.source.length(self.turns):
            self._ends(min(self.last, self.tick))
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

    def _level(self, ticks):
        n = len(ticks) - 1
        attenuation = g.within(self.curve(g.ATTENUATION, n), 0.0, 1440.0)
        louder = self.curve(g.MOD_LFO_TO_VOLUME, n)
        if g.present(louder):
            lfo = self.motion.lfo(MOD_LFO, self.values.__getitem__, ticks)
            attenuation = attenuation - lfo * louder
        level = self.volume.volume(ticks, self.released)
        level *= g.amplitude(attenuation)
        if ticks[-1] >= self.last:
            level[ticks >= self.last] = 0.0
        if self.mode == RELEASE_STARTS:
            level[ticks <= self.released] = 0.0
        return level

    def _sound(self, ticks):
        """The sample at its pitch, through its filter, (n_ticks * TICK,)."""
        n, k, parts = len(ticks) - 1, 0, []  # k ticks need no tone of their own
        if self.mode == RELEASE_STARTS:
            k = int(min(max(self.released - self.tick, 0), n))
            parts.append(np.zeros(k * TICK, np.float32))
        elif self.tone is None:
            k = int(min(max(self._followed() - self.tick, 0), n))
            if k:
                shared = self._shared_to(self.tick + k)
                parts.append(shared[self.tick * TICK :])
            if k < n:
                self._diverge(self.tick + k)
        if k < n:
            curves = self.motion.curves(
                lambda number: self.curve(number, n), ticks, self.released
            )
            turns = self._turns(k, n, curves[0])
            curves = (c[k:] if np.ndim(c) else c for c in curves)
            parts.append(self.tone.render(n - k, *curves, turns))
        return np.concatenate(parts) if k and k < n else parts[-1]

    def _followed(self):
        """The tick up to which the tone goes as all of its kind go."""
        moved = [past[1][0] for k, past in self.changes.items() if k in SETTINGS]
        return min([self.released, float(LONGEST // TICK), *moved])

    def _shared_to(self, last):
        """A tone that moves by itself, up to a tick, which held notes share."""
        get, motion = self.began.__getitem__, self.motion
        settings = tuple(get(k) for k in (*SETTINGS, *MOD_LFO, *VIB_LFO))
        held = motion._replace(envelope=motion.envelope._replace(release=0.0))

        def begin():
            tone = Tone(self.waves, self.source)

            def go_on(first, last):
                curves = motion.curves(get, np.arange(first, last + 1, dtype=float))
                return tone.render(last - first, *curves, None)

            return go_on

        y = self.waves.shared((self.source, held, settings), begin, n_ticks=last)
        return y[: last * TICK]

    def _diverge(self, tick):
        """Have a tone of its own, which goes on from the shared one."""
        self.tone = Tone(self.waves, self.source)
        if tick == 0:
            return
        ticks = np.arange(tick + 1, dtype=float)
        ratio, made = self.motion.curves(self.began.__getitem__, ticks)[0], tick * TICK
        if isinstance(ratio, float):
            ratio = nearest_fraction(ratio)
            place = made * float(ratio)
            x = self.waves.steady(self.source, None, ratio, length=made)
            x = [*x[made - 2 : made], 0.0, 0.0]  # silence beyond the end of the sample
        else:
            edges = edges_of(ratio)
            place = float(passed(edges)[-1])
            back = np.array([place - 2.0 * edges[-1]])
            x = self.waves.read(self.source, None, back, edges[[-1, -1]])
        y = self._shared_to(tick)[-2:]
        self.tone = Tone(
            self.waves,
            self.source,
            made=made,
            place=place,
            before=(x[1], x[0], y[1], y[0]),
        )
        still = isinstance(ratio, Fraction)
        self.tone.pitch = ratio if still else None
        self.tone.pace = float(ratio if still else edges[-1])

    def _turns(self, k, n, ratio):
        """Turns of the loop after which the sample goes on to its end; None: never."""
        if self.mode != LOOP_UNTIL_RELEASE or self.source.loop is None:
            return None
        if self.turns is None and self.released < self.tick + n:
            after = max(self.released - self.tick - k, 0) * TICK * np.mean(ratio)
            self.turns = self.source.turns(self.tone.place + after)
        return self.turns

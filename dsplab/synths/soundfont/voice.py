"""One voice: a sample that sounds, from its start to its silence, a stretch at a time.

All that moves (envelopes, LFOs, wheels) is worked out at the edges of ticks, from a
closed form wherever there is one; samples are touched by whole-array operations only.
"""

import math
from typing import NamedTuple

import numpy as np

from dsplab.synths.soundfont import envelopes, filtering
from dsplab.synths.soundfont import generators as g
from dsplab.synths.soundfont import modulators as m
from dsplab.synths.soundfont.envelopes import TICK
from dsplab.synths.soundfont.motion import (
    MOD_LFO,
    PITCH_DEPTHS,
    SETTINGS,
    VIB_LFO,
    Motion,
    curves,
    moves,
)
from dsplab.synths.soundfont.ticks import Ticks
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


class Held(NamedTuple):
    """A voice whose key stays down while nothing else is touched, see `Ticks`."""

    values: tuple
    motion: Motion
    changes: dict = {}  # noqa: RUF012 - which nobody changes
    released: float = math.inf

    def curves(self, first, last):
        """See `motion.curves`, in ticks from the first to before the last."""
        ticks = Ticks([self], [first + 1], [last - first])
        return curves(ticks, self.motion.sample_rate)


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
        if self.mode == RELEASE_STARTS or not moves(self.values):
            self.tone = Tone(self.waves, self.source)
        self.let_go, self.released, self.stopped = False, math.inf, math.inf
        self.held_by = None  # the pedal that holds it
        self._find_end()

    def _find_end(self):
        """Work out when the voice is silent, as far as that is known."""
        end = self.volume.silent(self.released, self._audible())
        if self.source.loop is None and self.mode != RELEASE_STARTS:
            ratio = self._ratio(self.values)
            end = min(end, self.source.length(0) / ratio / TICK + 1.0)
        self._ends(min(end, self.stopped))

    def _ratio(self, values):
        """Samples of the source for each of the result, where nothing moves it."""
        cents = self.motion.cents + values[g.FINE_TUNE] + 100.0 * values[g.COARSE_TUNE]
        return self.motion.slowness * 2.0 ** (cents / 1200.0)

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

    def heard(self):
        """The ticks after which, and before which, it is not silent."""
        return self.released if self.mode == RELEASE_STARTS else -1.0, self.last

    def lead(self, n):
        """What the next n ticks begin with, before the voice has a tone of its own.

        Returns:
          How many ticks, and the sound of them: silence, or what many notes share.
        """
        if self.mode == RELEASE_STARTS:
            k = int(min(max(self.released - self.tick, 0), n))
            return k, [np.zeros(k * TICK, np.float32)] * (k > 0)
        if self.tone is not None:
            return 0, []
        k = int(min(max(self._followed() - self.tick, 0), n))
        parts = [self._shared_to(self.tick + k)[self.tick * TICK :]] if k else []
        if k < n:
            self._diverge(self.tick + k)
        return k, parts

    def is_still(self):
        """Whether neither pitch nor filter moves in this block."""
        return not (moves(self.values) or self.changes.keys() & set(SETTINGS))

    def render(self, k, n, curves):
        """The parts of the next ticks but the first k, up to n; see `Tone.render`."""
        return self.tone.render(n - k, curves, self._turns(k, n, curves[0]))

    def advance(self, n):
        """Be n ticks older."""
        self.tick += n
        self.changes = {}
        if self.tone and self.tone.place >= self.source.length(self.turns):
            self._ends(min(self.last, self.tick))

    def _followed(self):
        """The tick up to which the tone goes as all of its kind go."""
        moved = [past[1][0] for k, past in self.changes.items() if k in SETTINGS]
        return min([self.released, float(LONGEST // TICK), *moved])

    def _shared_to(self, last):
        """A tone that moves by itself, up to a tick, which held notes share."""
        held = self._held()
        settings = tuple(held.values[k] for k in (*SETTINGS, *MOD_LFO, *VIB_LFO))

        def begin():
            tone = Tone(self.waves, self.source)

            def go_on(first, last):
                moving = held.curves(first, last)
                parts = filtering.sounded([tone.render(last - first, moving, None)])
                return np.concatenate(parts[0])

            return go_on

        kind = self.source, held.motion, settings
        return self.waves.shared(kind, begin, n_ticks=last)[: last * TICK]

    def _held(self):
        """This voice as long as nothing moves it from outside."""
        shape = self.motion.envelope._replace(release=1.0)
        return Held(self.began, self.motion._replace(envelope=shape))

    def _diverge(self, tick):
        """Have a tone of its own, which goes on from the shared one."""
        self.tone = Tone(self.waves, self.source)
        if tick == 0:
            return
        made = tick * TICK
        if moves(self.began, PITCH_DEPTHS):
            pitch, edges = None, edges_of(self._held().curves(0, tick)[0])
            pace, place = float(edges[-1]), float(passed(edges)[-1])
            back = np.array([place - 2.0 * pace])
            x = self.waves.read(self.source, None, back, edges[[-1, -1]])
        else:
            pitch = nearest_fraction(self._ratio(self.began))
            pace, place = float(pitch), made * float(pitch)
            x = self.waves.steady(self.source, None, pitch, length=made)
            x = [*x[made - 2 : made], 0.0, 0.0]  # silence beyond the end of the sample
        y = self._shared_to(tick)[-2:]
        before = x[1], x[0], y[1], y[0]
        place = {"made": made, "place": place, "before": before}
        self.tone = Tone(self.waves, self.source, **place)
        self.tone.pitch, self.tone.pace = pitch, pace

    def _turns(self, k, n, ratio):
        """Turns of the loop after which the sample goes on to its end; None: never."""
        if self.mode != LOOP_UNTIL_RELEASE or self.source.loop is None:
            return None
        if self.turns is None and self.released < self.tick + n:
            after = max(self.released - self.tick - k, 0) * TICK * np.mean(ratio)
            self.turns = self.source.turns(self.tone.place + after)
        return self.turns

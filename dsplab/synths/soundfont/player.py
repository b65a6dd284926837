"""A SoundFont played from MIDI events: the whole synthesizer.

Events start voices, move them and let them go; voices are added up, each at its place
between left and right, and part of each is sent to a reverberator and a chorus. Sound
is made a block at a time, so that a piece may be as long as it likes.

NumPy only: how many voices there are depends on the data.
"""

import math

import numpy as np

from dsplab.synths.soundfont import channels, filtering, regions
from dsplab.synths.soundfont import generators as g
from dsplab.synths.soundfont import group as groups
from dsplab.synths.soundfont import modulators as m
from dsplab.synths.soundfont.channels import Channel
from dsplab.synths.soundfont.envelopes import TICK
from dsplab.synths.soundfont.ticks import Ticks
from dsplab.synths.soundfont.voice import Voice
from dsplab.synths.soundfont.waves import Waves, source_of

DRUM_CHANNEL = 9  # of every sixteen
CHOKED = -2000.0  # timecents: how fast a closed hi-hat ends an open one
DOWN = 64  # from this value on a pedal is down
QUIET_DB = 96.0  # below full scale nothing is heard: half the last of 16 bits
AT_ONCE = 8192  # ticks of voices that are made together: enough, and they fit caches
ADDED = 8192  # samples: BLAS sets several threads on more, which cost more than they do
LEFT, RIGHT, REVERB, CHORUS = range(4)  # rows of what is mixed


class Player:
    """Channels and voices; `play` takes an event, `mix` makes sound."""

    def __init__(
        self, sound_font, sample_rate, *, gain=0.2, polyphony=256, sends=(True, True)
    ):
        """Begin with General MIDI's settings on as many channels as are used.

        Args:
          sound_font: a `SoundFont`.
          sample_rate: Hz.
          gain: of everything.
          polyphony: voices that may sound at once.
          sends: whether anybody hears what is sent to the reverberator, the chorus.
        """
        self.sound_font, self.rate = sound_font, sample_rate
        self.gain, self.polyphony, self.sends = gain, polyphony, sends
        self.range_db = QUIET_DB + 20.0 * math.log10(max(gain, 1e-9))
        self.waves = Waves(sound_font.samples, sample_rate)
        self.channels, self.voices, self.strokes = {}, [], 0
        self.presets, self.regions = {}, {}
        for index, preset in enumerate(sound_font.presets):
            self.presets.setdefault((preset.bank, preset.program), index)
        self.rest = np.zeros((4, TICK), np.float32)  # made beyond the last block
        self.scratch = np.empty(0, np.float32)

    def channel(self, number):
        """The state of a channel; the tenth of every sixteen plays drums."""
        if number not in self.channels:
            drums = number % 16 == DRUM_CHANNEL
            self.channels[number] = channel = Channel(drums=drums)
            self._choose(channel, channel.program)
        return self.channels[number]

    def _choose(self, channel, program):
        channel.program = program
        channel.preset = regions.find_preset(
            self.presets, channel.bank, program, drums=channel.drums
        )

    def play(self, event, at):
        """Take an event at a sample."""
        channel = self.channel(event.channel)
        kind, number, value = event.kind, event.number, event.value
        if kind == "note_on" and value > 0:
            self._strike(channel, number, value, at)
        elif kind in ("note_on", "note_off"):
            self._let_go(channel, number, at)
        elif kind == "control":
            self._control(channel, number, value, at)
        elif kind == "program":
            self._choose(channel, value)
        elif kind == "pitch_bend":
            channel.bend = value + channels.CENTRE
            self._tell(channel, (m.PITCH_WHEEL,), at)
        elif kind == "channel_pressure":
            channel.pressure = value
            self._tell(channel, (m.CHANNEL_PRESSURE,), at)
        elif kind == "key_pressure":
            channel.key_pressure[number] = value
            self._tell(channel, (m.KEY_PRESSURE,), at)

    def _sounding(self, channel, at):
        channel.voices = [voice for voice in channel.voices if voice.end > at]
        return channel.voices

    def _tell(self, channel, sources, at, numbers=()):
        """Let the channel's voices hear sources, through whatever curve."""
        for voice in self._sounding(channel, at):
            listening = voice.region.listening
            words = [word for word in listening if word & 0xFF in sources]
            if words or numbers:
                voice.hear(words, numbers, at)

    def _strike(self, channel, key, velocity, at):
        if channel.preset is None:
            return
        self.strokes += 1
        for voice in self._sounding(channel, at):
            if voice.key == key and not voice.let_go:
                self._release(voice, at)
        tuned = channel.tuned(key)
        for region, source in self._regions(channel.preset, tuned, velocity):
            options = {"begin": at, "source": source, "note": self.strokes}
            options |= {"waves": self.waves, "range_db": self.range_db}
            voice = Voice(region, channel, key, velocity, **options)
            self._choke(voice, at)
            self._make_room(at)
            self.voices.append(voice)
            channel.voices.append(voice)

    def _regions(self, preset, key, velocity):
        """The regions that a note starts, each with the part of the sample it plays."""
        if preset not in self.regions:
            samples = self.sound_font.samples
            self.regions[preset] = [
                (r, source_of(r.generators, r.sample, samples[r.sample]))
                for r in regions.regions_of(self.sound_font, preset)
            ]
        note = preset, key, velocity
        if note not in self.regions:
            found = [r for r in self.regions[preset] if r[0].holds(key, velocity)]
            self.regions[note] = found
        return self.regions[note]

    def _choke(self, voice, at):
        """End what cannot sound together with a voice: an open hi-hat, a whistle."""
        if voice.exclusive == 0:
            return
        for other in self._sounding(voice.channel, at):
            if other.exclusive == voice.exclusive and other.note != voice.note:
                other.exclusive = 0
                other.release(at, timecents=CHOKED)

    def _make_room(self, at):
        """Take voices away where there would be more than are allowed."""
        if len(self.voices) < self.polyphony:
            return
        sounding = [voice for voice in self.voices if voice.end > at]
        if len(sounding) >= self.polyphony:
            min(sounding, key=lambda voice: self._worth(voice, at)).stop(at)

    def _worth(self, voice, at):
        """How much a voice would be missed: FluidSynth's rule."""
        worth = 0.0
        if voice.channel.drums:
            worth += 4000.0
        elif voice.released < math.inf:
            worth -= 2000.0
        elif voice.let_go:
            worth -= 1000.0
        worth += 1000.0 * self.rate / max(at - voice.begin, 1)
        return worth + 500.0 / max(voice.values[g.ATTENUATION], 0.1)

    def _let_go(self, channel, key, at):
        for voice in self._sounding(channel, at):
            if voice.key == key and not voice.let_go:
                self._release(voice, at)

    def _release(self, voice, at):
        """A key is let go; a pedal may hold the sound."""
        voice.let_go = True
        channel = voice.channel
        if voice.note <= channel.caught and _down(channel, channels.SOSTENUTO):
            voice.held_by = channels.SOSTENUTO
        elif _down(channel, channels.SUSTAIN):
            voice.held_by = channels.SUSTAIN
        else:
            voice.release(at)

    def _control(self, channel, number, value, at):
        words, numbers = channel.control(number, value)
        if number in (channels.SUSTAIN, channels.SOSTENUTO):
            self._pedal(channel, number, value, at)
        elif number == channels.SOUNDS_OFF:
            for voice in self._sounding(channel, at):
                voice.stop(at)
        elif number == channels.RESET:
            channel.reset()
            for pedal in (channels.SUSTAIN, channels.SOSTENUTO):
                self._pedal(channel, pedal, 0, at)
            for voice in self._sounding(channel, at):
                voice.hear(voice.region.listening, range(g.COUNT), at)
        elif number in channels.MODE_CHANGES:
            for voice in self._sounding(channel, at):
                if not voice.let_go:
                    self._release(voice, at)
        if words or numbers:
            self._tell(channel, words, at, numbers)

    def _pedal(self, channel, pedal, value, at):
        if value >= DOWN:
            if pedal == channels.SOSTENUTO:
                channel.caught = self.strokes
            return
        for voice in self._sounding(channel, at):
            if voice.held_by == pedal:
                voice.held_by = ""
                voice.release(at)

    def finish(self, at):
        """Let go of what nobody has let go."""
        for voice in self.voices:
            voice.release(at)

    def mix(self, begin, n):
        """Sound of all voices from sample `begin` on, (4, n): left, right, both sends.

        What voices make beyond, up to the end of a tick, begins the next block.
        """
        y = np.zeros((4, n + TICK), np.float32)
        y[:, :TICK] = self.rest
        group, total = [], 0
        for voice in self.voices:
            count = voice.ticks_until(begin + n)
            if count > 0:
                group.append((voice, count))
                total += count
            if total >= AT_ONCE:
                self._add(y, begin, group)
                group, total = [], 0
        if group:
            self._add(y, begin, group)
        self.voices = [v for v in self.voices if v.end > v.begin + v.tick * TICK]
        self.rest = y[:, n:].copy()
        return y[:, :n]

    def _add(self, y, begin, group):
        """Add a group of voices, with how many ticks of each, to the rows of y."""
        voices, counts = zip(*group, strict=True)
        firsts = np.array([voice.tick for voice in voices])
        edges = Ticks(voices, firsts, np.array(counts) + 1)
        lines = groups.lines(edges, self.gain * groups.levels(edges, self.rate))
        gains = groups.gains(edges, self.sends)
        sounds = groups.sounds(voices, counts, self.rate)
        last = np.cumsum(counts)
        for voice, parts, line, share in zip(
            voices, sounds, np.split(lines, last[:-1]), gains, strict=True
        ):
            start = voice.begin + voice.tick * TICK - begin
            self._add_voice(y, start, self._shaped(parts, line), share)
            voice.advance(len(line))

    def _shaped(self, parts, line):
        """Parts of a sound, in a row, at a level of straight lines."""
        n = len(line) * TICK
        if len(self.scratch) < n:
            self.scratch = np.empty(n, np.float32)
        x, done = filtering.straight(line, out=self.scratch[:n]), 0
        for part in parts:
            x[done : done + len(part)] *= part
            done += len(part)
        return x

    def _add_voice(self, y, start, x, gains):
        from scipy.linalg.blas import saxpy

        for row, gain in zip(y, gains, strict=True):
            if np.ndim(gain):
                row[start : start + len(x)] += x * np.repeat(gain, TICK)
            elif gain:
                for at in range(0, len(x), ADDED):
                    saxpy(x, row, min(ADDED, len(x) - at), gain, at, 1, start + at)


def _down(channel, pedal):
    return channel.controllers[pedal] >= DOWN

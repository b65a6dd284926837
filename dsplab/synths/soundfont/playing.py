"""Playing a SoundFont: events in, sound out, at once or block by block."""

import math

import numpy as np

from dsplab._arguments import integer, positive
from dsplab.formats.midi import Event
from dsplab.formats.soundfont import SoundFont, read_soundfont
from dsplab.synths.soundfont.envelopes import TICK
from dsplab.synths.soundfont.player import CHORUS, LEFT, REVERB, Player
from dsplab.synths.soundfont.sends import Chorus, Room, room_response

BLOCK = 2**17  # samples: long enough for whole notes, short enough for a processor


def stream(
    events,
    sample_rate,
    *,
    sound_font,
    gain=0.2,
    reverb=True,
    chorus=True,
    polyphony=256,
    block_length=BLOCK,
):
    """Play MIDI events on a SoundFont, block by block, however long they are.

    It does what General MIDI and the format ask of a synthesizer, with FluidSynth's
    answers where they leave a choice. Memory is that of a block, the voices that
    sound, and at most 512 MB of transposed samples.

    Args:
      events: `dsplab.formats.midi.Event`s in order of time, in seconds; an iterator
        will do.
      sample_rate: Hz, any.
      sound_font: a `SoundFont`, or the path of a file.
      gain: of everything; 0.2 leaves room for a dozen loud voices.
      reverb: whether to have a room; or its response to an impulse, (2, n_taps); or
        settings of `effects.feedback_delay_network`, a dictionary.
      chorus: whether to have a chorus; or its settings, see `sends.Chorus`.
      polyphony: most voices at a time; a note may need several.
      block_length: samples in a block; the last one is shorter. Shorter blocks cost
        more time.

    Yields:
      Blocks (2, n), float32.

    Raises:
      ValueError: if an argument is out of range.
      FormatError: if the file cannot be read.

    Reference:
      E-mu Systems, "SoundFont Technical Specification", version 2.04, 2006; P.
      Hanappe and others, FluidSynth 2.6, 2026. Ours are exact transposition, pitch
      to fractions of a cent, a bend range of exactly its semitones, and the effects.
    """
    rate = positive(sample_rate, name="sample_rate")
    n = integer(block_length, name="block_length", least=TICK)
    if not isinstance(sound_font, SoundFont):
        sound_font = read_soundfont(sound_font)
    options = {"gain": positive(gain, name="gain", allow_zero=True)}
    options |= {"polyphony": integer(polyphony, name="polyphony")}
    room, choir = _room(reverb, rate), _choir(chorus, rate)
    options["sends"] = room is not None, choir is not None
    player = Player(sound_font, rate, **options)
    return _blocks(iter(events), player, room, choir, n)


def _room(reverb, rate):
    if reverb is None or reverb is False:
        return None
    settings = reverb if isinstance(reverb, dict) else {}
    given = reverb is not True and not isinstance(reverb, dict)
    return Room(reverb if given else room_response(rate, **settings))


def _choir(chorus, rate):
    if chorus is None or chorus is False:
        return None
    return Chorus(rate, **(chorus if isinstance(chorus, dict) else {}))


def _blocks(events, player, room, choir, length):
    begin, event = 0, next(events, None)
    while event is not None or player.voices:
        while event is not None:
            at = round(event.time * player.rate)
            if at >= begin + length:
                break
            player.play(event, max(at, begin))
            event = next(events, None)
            if event is None:
                player.finish(at)
        n = length
        if event is None:
            n = min(n, max(_end(player) - begin, 1))
        yield _mixed(player.mix(begin, n), room, choir)
        begin += n
    for start in range(0, room.ringing if room else 0, length):
        yield room(np.zeros(min(length, room.ringing - start), np.float32))


def _end(player):
    """The sample at which all is silent, as far as that is known."""
    return max((math.ceil(min(v.end, 2.0**62)) for v in player.voices), default=0)


def _mixed(y, room, choir):
    both = y[LEFT:REVERB].copy()
    if choir:
        both += choir(y[CHORUS])
    if room:
        both += room(y[REVERB])
    return both


def play_events(events, sample_rate, *, sound_font, **options):
    """Play MIDI events on a SoundFont; options as for `stream`.

    Returns:
      Signal (2, n_samples), float32, until the last sound has died away.
    """
    blocks = list(stream(events, sample_rate, sound_font=sound_font, **options))
    return np.concatenate([np.zeros((2, 0), np.float32), *blocks], axis=-1)


def play_note(
    key,
    held,
    sample_rate,
    *,
    sound_font,
    velocity=100,
    program=0,
    bank=0,
    channel=0,
    controls=(),
    **options,
):
    """Play one note on a SoundFont.

    Args:
      key: MIDI number, 0 to 127.
      held: seconds for which the key is down.
      sample_rate: Hz.
      sound_font: a `SoundFont`, or the path of a file.
      velocity: 1 to 127.
      program: 0 to 127; which instrument.
      bank: 0 to 127; 128 for drums.
      channel: 9 plays drums.
      controls: pairs (controller, value) set before the note.
      options: as for `stream`.

    Returns:
      Signal (2, n_samples), float32, until the sound has died away.
    """
    channel = 9 if bank == 128 else channel
    before = [Event(0.0, "control", channel, *pair) for pair in controls]
    if bank != 128:
        before.append(Event(0.0, "control", channel, 0, bank))
    events = [
        *before,
        Event(0.0, "program", channel, 0, program),
        Event(0.0, "note_on", channel, key, velocity),
        Event(held, "note_off", channel, key, 64),
    ]
    return play_events(events, sample_rate, sound_font=sound_font, **options)

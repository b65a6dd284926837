"""MIDI in, sound out: into a file, an array, or the loudspeakers."""

import itertools

import numpy as np

from dsplab._arguments import integer, positive
from dsplab.formats.audio_streams import audio_writer
from dsplab.formats.midi import DRUMS, Event, MidiFile, read_midi
from dsplab.formats.midi_notes import midi_of
from dsplab.rendering.fluidsynth import fluidsynth_blocks
from dsplab.rendering.loudspeakers import play_blocks
from dsplab.rendering.strips import as_engine, strip_blocks

BLOCK = 2**17  # samples
LIMIT = 4 * 3600.0  # seconds
SUSTAIN, SOSTENUTO, NOTES_OFF = 64, 66, 123  # controllers
FADE = 0.05  # seconds, where music is cut off


def midi_to_audio(
    midi, path, *, sound_font=None, sample_rate=44100, subtype=None, progress=None,
    **options,
):  # fmt: skip
    """Render a MIDI file into a sound file, as long as it likes.

    Music is made and written block by block; the file appears when all is written.

    Args:
      midi: a path, bytes, a file object, a `MidiFile`, or notes.
      path: the sound file, .wav, .flac, .mp3, ...; see `write_audio`.
      sound_font: path of a SoundFont (.sf2, .sf3), or a `SoundFont`; the package's own
        by default.
      sample_rate: Hz.
      subtype: how samples are stored; see `write_audio`.
      progress: function that is told the seconds done so far, after each block.
      options: engine, engines, gain, reverb ... of `render_midi`.

    Raises:
      FormatError: if a file cannot be read, or the format cannot hold the sound.
      ValueError: if an argument is out of range, or the music longer than the limit.
      OSError: if a file cannot be opened, or the disk is full.

    Warns:
      ClippedWarning: with the peak, if it is beyond 1 and the format is not float.

    >>> import tempfile
    >>> from dsplab.formats.audio_files import read_audio
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     song = f"{folder}/song.wav"
    ...     midi_to_audio([(0.0, 0.5, 60)], song, sample_rate=8000, reverb=False)
    ...     read_audio(song)[0].shape[0]
    2
    """
    rate = integer(sample_rate, name="sample_rate")
    done = 0
    with audio_writer(path, rate, n_channels=2, subtype=subtype) as write:
        for block in _blocks(midi, rate, sound_font=sound_font, **options):
            write(block)
            done += block.shape[-1]
            if progress is not None:
                progress(done / rate)


def render_midi(
    midi,
    sample_rate,
    *,
    sound_font=None,
    engine="soundfont",
    engines=None,
    programs=None,
    gain=0.2,
    reverb=True,
    chorus=True,
    duration=None,
    limit=LIMIT,
):
    """Render a MIDI file, or notes, into an array.

    A SoundFont plays everything, unless a synthesizer is chosen for a channel, for a
    program, or for all. Whoever plays: bends and their range, volume, pan, expression,
    modulation and the sustain pedal are obeyed.

    Args:
      midi: a path, bytes, a file object, a `MidiFile`, or notes.
      sample_rate: Hz.
      sound_font: path of a SoundFont (.sf2, .sf3), or a `SoundFont`; the package's own
        by default.
      engine: who plays what nobody else does: "soundfont", "fluidsynth" where that is
        installed, or a synthesizer, such as "fm:electric piano" or "additive"; drums
        are then played by "drums".
      engines: dictionary from channels (from 0; 9 are drums) to synthesizers:
        {0: "fm:bell", 9: "drums:909"}. `dsplab synth --list` shows all; a pair
        (module, patch) will do.
      programs: dictionary from programs (from 0) to synthesizers, likewise, on all
        channels but the drums'.
      gain: of everything; 0.2 leaves room for a dozen loud voices.
      reverb: whether there is a room.
      chorus: whether there is a chorus.
      duration: seconds to render, then it fades; all of it by default.
      limit: longest music, in seconds, that is rendered if no duration is given: a
        damaged file may say that it lasts for years.

    Returns:
      Signal, (2, n_samples), float32, until the last sound has died away.

    Raises:
      FormatError: if a file cannot be read.
      ValueError: if an argument is out of range, or the music longer than the limit.

    >>> notes = [(0.0, 0.1, 60)]
    >>> y = render_midi(notes, 8000, engine="additive:organ", reverb=False)
    >>> y.shape, y.dtype
    ((2, 1040), dtype('float32'))
    """
    blocks = list(
        _blocks(
            midi, sample_rate, sound_font=sound_font, engine=engine, engines=engines,
            programs=programs, gain=gain, reverb=reverb, chorus=chorus,
            duration=duration, limit=limit,
        )
    )  # fmt: skip
    return np.concatenate([np.zeros((2, 0), np.float32), *blocks], axis=-1)


def play_midi(midi, *, sample_rate=44100, **options):
    """Play a MIDI file, or notes, on the loudspeakers of this computer.

    Sound goes to the first of the programs in `loudspeakers.PLAYERS` that is there. In
    a notebook, show a player instead: `dsplab.show.play(render_midi(...), ...)`.

    Args:
      midi: a path, bytes, a file object, a `MidiFile`, or notes.
      sample_rate: Hz.
      options: sound_font, engine, gain ... of `render_midi`.

    Raises:
      FormatError: if the file cannot be read.
      ValueError: if an argument is out of range, or nothing here plays sound.
    """
    rate = integer(sample_rate, name="sample_rate")
    play_blocks(_blocks(midi, rate, block_length=2**14, **options), rate)


def _blocks(
    midi, sample_rate, *, sound_font=None, engine="soundfont", engines=None,
    programs=None, gain=0.2, reverb=True, chorus=True, duration=None, limit=LIMIT,
    block_length=BLOCK,
):  # fmt: skip
    """Blocks (2, n) of the music; arguments are checked before the first is made."""
    rate = positive(sample_rate, name="sample_rate")
    midi = _within(_as_midi(midi), duration, limit)
    chosen = _chosen(engine, engines or {}, programs or {})
    options = {"gain": positive(gain, name="gain", allow_zero=True)}
    options |= {"reverb": reverb, "chorus": chorus, "block_length": block_length}
    sources = [strip_blocks(midi, chosen, rate, **options)]
    rest = _unclaimed(midi, chosen)
    if any(event.kind == "note_on" for event in rest.events):
        sources.append(_font_blocks(rest, rate, engine, sound_font, options))
    blocks = _mixed(sources, round(midi.duration * rate), block_length)
    return blocks if duration is None else _cut(blocks, round(duration * rate), rate)


def _as_midi(midi):
    """A `MidiFile` of whatever comes."""
    if isinstance(midi, MidiFile):
        return midi
    if isinstance(midi, list | tuple | dict | np.ndarray):
        return midi_of(midi)
    return read_midi(midi)


def _within(midi, duration, limit):
    """The music, unless it is too long; only what is to be heard."""
    positive(limit, name="limit")
    if duration is not None:
        positive(duration, name="duration")
        events = [event for event in midi.events if event.time < duration]
        return midi._replace(events=events, duration=min(midi.duration, duration))
    last = midi.events[-1].time if midi.events else 0.0
    if max(last, midi.duration) > limit:
        raise ValueError(
            f"midi must not last for more than limit = {limit:g} s, it does for "
            f"{max(last, midi.duration):g} s; raise the limit, or say a duration"
        )
    return midi


def _chosen(engine, engines, programs):
    """Function (channel, program): the synthesizer that plays, or None: a SoundFont."""
    of_channel = {channel: as_engine(spec) for channel, spec in engines.items()}
    of_program = {program: as_engine(spec) for program, spec in programs.items()}
    others = drums = None
    if engine not in ("soundfont", "fluidsynth"):
        others = as_engine(engine)
        drums = others if engine.partition(":")[0] == "drums" else as_engine("drums")

    def chosen(channel, program):
        if channel in of_channel:
            return of_channel[channel]
        if channel % 16 == DRUMS:
            return drums
        return of_program.get(program, others)

    return chosen


def _unclaimed(midi, chosen):
    """The music without the notes that a synthesizer plays; at its end all is let go.

    A key or a pedal left down would sound for ever.
    """
    program, events = {}, []
    for event in midi.events:
        if event.kind == "program":
            program[event.channel] = event.value
        playing = program.get(event.channel, 0)
        if event.kind != "note_on" or chosen(event.channel, playing) is None:
            events.append(event)
    end = max([midi.duration, *(event.time for event in events[-1:])])
    channels = sorted({event.channel for event in events})
    for number in (SUSTAIN, SOSTENUTO, NOTES_OFF):
        events += [Event(end, "control", channel, number, 0) for channel in channels]
    return midi._replace(events=events, duration=end)


def _font_blocks(midi, sample_rate, engine, sound_font, options):
    """Blocks of what a SoundFont plays."""
    from dsplab.banks import general_midi

    font = general_midi() if sound_font is None else sound_font
    if engine == "fluidsynth":
        return fluidsynth_blocks(midi, sample_rate, sound_font=font, **options)
    from dsplab.synths.soundfont.playing import stream

    return stream(midi.events, sample_rate, sound_font=font, **options)


def _mixed(sources, least, block_length):
    """Blocks of several sources, added up, and rests to the end of the music."""
    done = 0
    for blocks in itertools.zip_longest(*sources):
        blocks = [block for block in blocks if block is not None]
        y = np.zeros((2, max(block.shape[-1] for block in blocks)), np.float32)
        for block in blocks:
            y[:, : block.shape[-1]] += block
        yield y
        done += y.shape[-1]
    for start in range(done, least, block_length):
        yield np.zeros((2, min(block_length, least - start)), np.float32)


def _cut(blocks, length, sample_rate):
    """The blocks up to a length, faded out if there was more."""
    begin, n_fade = 0, max(round(FADE * sample_rate), 1)
    for block in blocks:
        left = length - begin - np.arange(block.shape[-1])
        block = block * np.clip(left / n_fade, 0.0, 1.0).astype(block.dtype)
        yield block[:, : max(length - begin, 0)]
        begin += block.shape[-1]
        if begin >= length:
            return

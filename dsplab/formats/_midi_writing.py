"""A `MidiFile` as the bytes of a Standard MIDI File; mido packs them."""

import io

import numpy as np

from dsplab._arguments import integer
from dsplab.formats import _midi_tracks as tracks
from dsplab.formats.midi import TEXT_KINDS
from dsplab.formats.tempo_map import seconds_to_beats

SLOWEST = 6e7 / 0xFFFFFF  # beats a minute that three bytes of microseconds can say
FASTEST = 6e7
LONGEST = 2**28 - 1  # ticks between two events
MESSAGES = {  # kind: as mido calls it, its number and its value
    "note_on": ("note_on", "note", "velocity"),
    "note_off": ("note_off", "note", "velocity"),
    "key_pressure": ("polytouch", "note", "value"),
    "control": ("control_change", "control", "value"),
    "program": ("program_change", None, "program"),
    "channel_pressure": ("aftertouch", None, "value"),
    "pitch_bend": ("pitchwheel", None, "pitch"),
    "sysex": ("sysex", None, "data"),
}


def encoded(midi):
    """The bytes of the file."""
    import mido

    resolution = integer(midi.ticks_per_beat, name="ticks_per_beat", most=32767)
    clock = _Ticks(midi.tempos, resolution)
    channels = {}
    for number, event in enumerate(midi.events):
        message = _message(event, number)
        channel = None if event.kind == "sysex" else event.channel
        channels.setdefault(channel, []).append((event.time, message))
    rows = _conductor(midi) + channels.pop(None, [])
    file = mido.MidiFile(type=1, ticks_per_beat=resolution)
    file.tracks.append(_track(rows, clock, end=midi.duration))
    with_ports = any(channel >= 16 for channel in channels)
    for channel, rows in sorted(channels.items()):
        head = [_meta(tracks.PORT, [channel // 16])] if with_ports else []
        if channel in midi.names:
            head.append(_meta(tracks.NAME, midi.names[channel].encode()))
        file.tracks.append(_track([(0.0, part) for part in head] + rows, clock))
    written = io.BytesIO()
    file.save(file=written)
    return written.getvalue()


class _Ticks:
    """From seconds to ticks."""

    def __init__(self, tempos, resolution):
        self.tempos, self.resolution = tempos, resolution

    def __call__(self, seconds):
        beats = seconds_to_beats(np.asarray(seconds, dtype=float), self.tempos)
        return np.rint(np.maximum(beats, 0.0) * self.resolution).astype(np.int64)


def _track(rows, clock, end=None):
    """A track of rows (seconds, message)."""
    import mido

    if end is not None:
        rows = [*rows, (max([end, *(row[0] for row in rows)]), None)]
    if not rows:
        return mido.MidiTrack()
    ticks = clock([row[0] for row in rows])
    order = np.argsort(ticks, kind="stable")
    steps = np.diff(ticks[order], prepend=0)
    if steps.max() > LONGEST:
        raise ValueError(
            f"midi must not pause for more than {LONGEST} ticks, it does for "
            f"{steps.max()}; lower ticks_per_beat"
        )
    last = mido.MetaMessage("end_of_track")
    return mido.MidiTrack(
        (rows[k][1] or last).copy(skip_checks=True, time=step)
        for k, step in zip(order.tolist(), steps.tolist(), strict=True)
    )


def _meta(kind, data):
    import mido

    return mido.UnknownMetaMessage(kind, data=list(data))


def _conductor(midi):
    """Tempos, meters, keys and texts: rows (seconds, message)."""
    rows = []
    for time, rate in midi.tempos:
        if not SLOWEST <= rate <= FASTEST:
            raise ValueError(f"tempos must be in 3.58..6e7 beats a minute, got {rate}")
        beat = round(6e7 / rate)  # microseconds
        rows.append((time if rows else 0.0, _meta(tracks.TEMPO, beat.to_bytes(3))))
    for time, beats, value in midi.meters:
        data = [beats, int(value).bit_length() - 1, 24, 8]
        rows.append((time, _meta(tracks.METER, data)))
    for time, sharps, minor in midi.keys:
        rows.append((time, _meta(tracks.KEY, [sharps % 256, int(minor)])))
    for time, kind, text in midi.texts:
        number = 1 + TEXT_KINDS.index(kind)
        rows.append((time, _meta(number, text.encode())))
    return rows


def _message(event, number):
    """The message of an event."""
    import mido

    channel = integer(event.channel, name=f"events[{number}].channel", least=0)
    try:
        kind, numbered, valued = MESSAGES[event.kind]
        options = {valued: event.value}
        if numbered:
            options[numbered] = event.number
        if event.kind != "sysex":
            options["channel"] = channel % 16
        return mido.Message(kind, **options)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"events[{number}] is no MIDI event: {error}") from None

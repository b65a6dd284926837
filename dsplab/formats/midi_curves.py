"""What controllers, the pitch wheel and tuning do to a channel of a MIDI file.

The rows that come out, (seconds, value), are what `sources.midi_modulation` makes
smooth curves of.
"""

import numpy as np

from dsplab._arguments import integer
from dsplab.sources.midi_modulation import BEND_ABOVE, BEND_BELOW

VALUES = 128
DATA, DATA_FINE, INCREMENT, DECREMENT = 6, 38, 96, 97  # controllers
NRPN_FINE, NRPN, RPN_FINE, RPN = 98, 99, 100, 101
SOUND_OFF, RESET, NOTES_OFF = 120, 121, 123
BEND_RANGE, FINE_TUNING, COARSE_TUNING, NO_PARAMETER = 0, 1, 2, 0x3FFF


def controller_events(midi, number, *, channel):
    """Collect what a controller of a channel does, for `controller_curve`.

    "Reset all controllers" counts as what it does: expression to 127, wheels and pedals
    to 0; volume, pan, and the effects stay.

    Args:
      midi: a `MidiFile`.
      number: of the controller, 0..119: 1 modulation, 7 volume, 10 pan, 11 expression,
        64 sustain pedal, ...
      channel: 0..15.

    Returns:
      Rows (seconds, value), (n_events, 2), in order of time; there may be none.

    >>> from dsplab.formats.midi import Event, MidiFile
    >>> midi = MidiFile([Event(0.5, "control", 0, 7, 100)])
    >>> controller_events(midi, 7, channel=0).tolist()
    [[0.5, 100.0]]
    """
    number = integer(number, name="number", least=0, most=SOUND_OFF - 1)
    reset = {11: 127.0, 1: 0.0, 2: 0.0, 4: 0.0} | dict.fromkeys(range(64, 70), 0.0)
    rows = []
    for event in midi.events:
        if event.channel != channel or event.kind != "control":
            continue
        if event.number == number:
            rows.append((event.time, float(event.value)))
        elif event.number == RESET and number in reset:
            rows.append((event.time, reset[number]))
    return np.array(rows).reshape(-1, 2)


def bend_events(midi, *, channel):
    """Collect how far a channel is bent, in semitones: wheel, its range and tuning.

    The wheel reaches two semitones unless the file says otherwise by registered
    parameter 0; parameters 1 and 2 tune the whole channel.

    Args:
      midi: a `MidiFile`.
      channel: 0..15.

    Returns:
      Rows (seconds, semitones), (n_events, 2), for `controller_curve` with full=1;
      there may be none.

    >>> from dsplab.formats.midi import Event, MidiFile
    >>> midi = MidiFile([Event(0.5, "pitch_bend", 0, 0, -8192)])
    >>> bend_events(midi, channel=0).tolist()
    [[0.5, -2.0]]
    """
    wheel, rows = _Wheel(), []
    for event in midi.events:
        if event.channel == channel and wheel.turn(event):
            rows.append((event.time, wheel.semitones()))
    return np.array(rows).reshape(-1, 2)


class _Wheel:
    """A pitch wheel and the registered parameters that decide what it does."""

    def __init__(self):
        self.value, self.chosen = 0, NO_PARAMETER
        self.data = {BEND_RANGE: [2, 0], FINE_TUNING: [64, 0], COARSE_TUNING: [64, 0]}

    def turn(self, event):
        """Take an event; say whether the pitch may have changed."""
        if event.kind == "pitch_bend":
            self.value = event.value
        elif event.kind != "control":
            return False
        elif event.number == RESET:
            self.value, self.chosen = 0, NO_PARAMETER
        elif event.number in (RPN, RPN_FINE):
            coarse, fine = divmod(self.chosen, VALUES)
            pair = (event.value, fine) if event.number == RPN else (coarse, event.value)
            self.chosen = VALUES * pair[0] + pair[1]
        elif event.number in (NRPN, NRPN_FINE):
            self.chosen = NO_PARAMETER
        else:
            return self._enter(event)
        return event.kind == "pitch_bend" or event.number == RESET

    def _enter(self, event):
        """Data for the parameter that is chosen."""
        data = self.data.get(self.chosen)
        if data is None:
            return False
        if event.number in (DATA, DATA_FINE):
            data[event.number == DATA_FINE] = event.value
        elif event.number in (INCREMENT, DECREMENT):
            data[0] += 1 if event.number == INCREMENT else -1
            data[0] = min(max(data[0], 0), 127)
        else:
            return False
        return True

    def semitones(self):
        """How far everything is bent."""
        coarse, fine = self.data[BEND_RANGE]
        end = BEND_BELOW if self.value < 0 else BEND_ABOVE
        bend = self.value / end * (coarse + fine / 100.0)
        coarse, fine = self.data[FINE_TUNING]
        cents = (VALUES * coarse + fine - 8192) / 8192.0 * 100.0
        return bend + cents / 100.0 + self.data[COARSE_TUNING][0] - 64

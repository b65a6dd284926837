"""What a MIDI channel remembers: its program, its wheels and its pedals."""

from dsplab.synths.soundfont import generators as g
from dsplab.synths.soundfont import modulators as m

BANK, DATA, BANK_LOW, DATA_LOW = 0, 6, 32, 38
VOLUME, BALANCE, PAN, EXPRESSION, EXPRESSION_LOW = 7, 8, 10, 11, 43
SUSTAIN, SOSTENUTO, SOUNDS = 64, 66, range(70, 80)
NRPN_LOW, NRPN_HIGH, RPN_LOW, RPN_HIGH = 98, 99, 100, 101
SOUNDS_OFF, RESET, NOTES_OFF = 120, 121, 123
MODE_CHANGES = range(NOTES_OFF, 128)
CENTRE = 8192  # of the pitch wheel
BEND_RANGE, FINE_TUNING, COARSE_TUNING, WHEEL_RANGE = 0, 1, 2, 5  # registered numbers
SOUNDFONT_NUMBERS = 120  # the high byte of unregistered numbers that are generators
NOTHING = 127
# a reset leaves alone what belongs to the sound and not to the performance (RP-015)
KEPT = frozenset((BANK, BANK_LOW, 7, 39, 8, 40, 10, 42, *SOUNDS, *range(91, 96)))
# units of the data of unregistered numbers, where they are not 1
WIDE = dict.fromkeys((5, 6, 7, 8, 10, 11, 21, 23, *range(25, 29), 30), 2)
WIDE |= dict.fromkeys((*range(33, 37), 38), 2) | {22: 4, 24: 4}


class Channel:
    """The state of one channel; times do not matter here."""

    def __init__(self, *, drums=False):
        """Begin as General MIDI demands: volume 100, everything else at rest."""
        self.drums = drums
        self.bank, self.program = 128 if drums else 0, 0
        self.preset = None  # index of the preset that plays
        self.voices = []  # that sound, or did lately
        self.caught = 0  # the last stroke when the sostenuto pedal went down
        self.controllers = [0] * 128
        self.controllers[VOLUME] = 100
        self.controllers[PAN] = self.controllers[BALANCE] = 64
        self.bend_range, self.wheel_range = 2.0, 50.0  # semitones, cents
        self.offsets = {}  # generator -> what registered numbers add to it
        for number in SOUNDS:
            self.controllers[number] = 64
        self._rest()

    def _rest(self):
        self.pressure, self.key_pressure = 0, {}
        self.bend = CENTRE
        self.offsets.clear()
        for number in (NRPN_LOW, NRPN_HIGH, RPN_LOW, RPN_HIGH):
            self.controllers[number] = NOTHING
        self.controllers[EXPRESSION] = self.controllers[EXPRESSION_LOW] = 127
        self.unregistered, self.generator = False, 0

    def reset(self):
        """Put wheels and pedals to rest: controller 121."""
        for number in range(SOUNDS_OFF):
            if number not in KEPT:
                self.controllers[number] = 0
        self._rest()

    def control(self, number, value):
        """Take note of a controller.

        Returns:
          What sounding notes may hear: the source words that moved, and the generators.
        """
        self.controllers[number] = value
        if number == BANK:
            self.bank = value + 128 if self.drums else value
        elif number in (DATA, DATA_LOW):
            return self._data(number)
        elif number in (NRPN_LOW, NRPN_HIGH):
            self._select(number, value)
        elif number in (RPN_LOW, RPN_HIGH):
            self.unregistered = False
            self.controllers[DATA] = self.controllers[DATA_LOW] = 0
        elif number not in m.NO_SOURCES:
            return (m.CONTROLLER | number,), ()
        return (), ()

    def _select(self, number, value):
        """Choose an unregistered number; its tens and hundreds may come one by one."""
        self.controllers[DATA] = self.controllers[DATA_LOW] = 0
        self.unregistered = True
        if number == NRPN_HIGH:
            self.controllers[NRPN_LOW] = self.generator = 0
        elif self.controllers[NRPN_HIGH] == SOUNDFONT_NUMBERS and value < 103:
            self.generator += 10 ** (value - 98) if value >= 100 else value

    def _data(self, number):
        """The value of the number chosen before."""
        high, low = self.controllers[DATA], self.controllers[DATA_LOW]
        data = high * 128 + low - CENTRE
        if self.unregistered:
            return self._generator_offset(data) if number == DATA else ((), ())
        if self.controllers[RPN_HIGH] != 0:
            return (), ()
        chosen = self.controllers[RPN_LOW]
        if chosen == BEND_RANGE:
            self.bend_range = high + low / 100.0
            return (m.BEND_RANGE,), ()
        if chosen == FINE_TUNING:
            self.offsets[g.FINE_TUNE] = data * 100.0 / CENTRE
            return (), (g.FINE_TUNE,)
        if chosen == COARSE_TUNING:
            self.offsets[g.COARSE_TUNE] = float(high - 64)
            return (), (g.COARSE_TUNE,)
        if chosen == WHEEL_RANGE and not self.drums:
            self.wheel_range = 100.0 * high + low * 100.0 / 128.0
            return (m.CONTROLLER | 1,), ()
        return (), ()

    def _generator_offset(self, data):
        """An unregistered number of the format's own: its high byte comes last."""
        chosen, self.generator = self.generator, 0
        if self.controllers[NRPN_HIGH] != SOUNDFONT_NUMBERS or chosen >= g.COUNT:
            return (), ()
        self.offsets[chosen] = float(data * WIDE.get(chosen, 1))
        return (), (chosen,)

    def tuned(self, key):
        """The key whose samples suit best where the channel is tuned elsewhere."""
        if self.drums or not self.offsets:
            return key
        cents = self.offsets.get(g.FINE_TUNE, 0.0) / 100.0
        return int(key + self.offsets.get(g.COARSE_TUNE, 0.0) + cents + 0.5)

    def source(self, word, key, velocity):
        """The bent value of a source for a note; see `modulators.value`."""
        number = word & 0x7F
        if word & m.CONTROLLER:
            share = m.curve(word)[self.controllers[number]]
            return share * self.wheel_range / 50.0 if number == 1 else share
        if number == m.PITCH_WHEEL:
            return m.bend(word, self.bend / (2.0 * CENTRE), 2 * CENTRE)
        if number == m.BEND_RANGE:
            return m.bend(word, self.bend_range / 128.0)
        if number == m.VELOCITY:
            return m.curve(word)[velocity]
        if number == m.KEY:
            return m.curve(word)[key]
        if number == m.KEY_PRESSURE:
            return m.curve(word)[self.key_pressure.get(key, 0)]
        if number == m.CHANNEL_PRESSURE:
            return m.curve(word)[self.pressure]
        return 1.0

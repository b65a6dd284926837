"""Which recordings a key starts, and with which settings.

A preset's zones lead to instruments, an instrument's zones to samples; all whose ranges
hold the key and the velocity sound together. An instrument *sets* generators and
modulators, over the defaults; a preset *adds* to what is there. In both, what a zone
says itself comes before what its global zone says for all.
"""

from typing import NamedTuple

from dsplab.formats.soundfont import GENERATORS
from dsplab.synths.soundfont import generators as g
from dsplab.synths.soundfont import modulators

DRUM_BANK = 128
EVERYTHING = (0, 127)


class Region(NamedTuple):
    """A sample, for some keys and velocities, and how it is played."""

    keys: tuple
    velocities: tuple
    sample: int  # index into the samples of the file
    generators: tuple  # all, g.COUNT numbers
    moved: dict  # generator -> the modulators that move it
    listening: dict  # source word -> the generators that it moves

    def holds(self, key, velocity):
        """Whether a note starts this sample."""
        low, high = self.keys
        soft, loud = self.velocities
        return low <= key <= high and soft <= velocity <= loud


def regions_of(sound_font, preset):
    """All regions of a preset, as `Region`s.

    Args:
      sound_font: a `dsplab.formats.soundfont.SoundFont`.
      preset: index into its presets.
    """
    shared, zones = _global_first(sound_font.presets[preset].zones)
    found = []
    for zone in zones:
        instrument = sound_font.instruments[zone.target]
        common, parts = _global_first(instrument.zones)
        above = _joined(shared, zone)
        for part in parts:
            found.append(_region(above, _joined(common, part), part.target))
    return [region for region in found if region is not None]


def _global_first(zones):
    """The global zone or None, and the others."""
    if zones and zones[0].target is None:
        return zones[0], [zone for zone in zones[1:] if zone.target is not None]
    return None, [zone for zone in zones if zone.target is not None]


def _joined(shared, zone):
    """Generators and modulators of a zone, over those of the global zone."""
    local = modulators.merged((), modulators.usable(zone.modulators))
    if shared is None:
        return zone.generators, local
    common = modulators.usable(shared.modulators)
    return shared.generators | zone.generators, modulators.merged(common, local)


def _region(above, below, sample):
    """What a zone of an instrument becomes within a zone of a preset."""
    (added, more), (own, replacing) = above, below
    keys = _overlap(added, own, g.KEY_RANGE)
    velocities = _overlap(added, own, g.VELOCITY_RANGE)
    if keys[0] > keys[1] or velocities[0] > velocities[1]:
        return None
    values = list(g.DEFAULTS)
    for number, amount in _numbers(own):
        values[number] = amount
    for number, amount in _numbers(added):
        if GENERATORS[number].preset:
            values[number] += amount
    both = modulators.merged(modulators.DEFAULTS, replacing)
    both = modulators.merged(both, more, add=True)
    return Region(keys, velocities, sample, tuple(values), *_directory(both))


def _directory(both):
    """Modulators by what they move, and what is moved by what they listen to."""
    moved, listening = {}, {}
    for modulator in both:
        if modulator.amount:
            moved.setdefault(modulator.destination, []).append(modulator)
            for word in (modulator.source, modulator.amount_source):
                listening.setdefault(word, set()).add(modulator.destination)
    return moved, listening


def _overlap(added, own, number):
    low, high = own.get(number, EVERYTHING)
    least, most = added.get(number, EVERYTHING)
    return max(low, least), min(high, most)


def _numbers(generators):
    """Generators that are single numbers, in the units of the synthesis."""
    for number, amount in generators.items():
        if number == g.ATTENUATION:
            yield number, amount * g.ATTENUATION_SCALE
        elif number in GENERATORS and not isinstance(amount, tuple):
            yield number, float(amount)


def find_preset(places, bank, program, *, drums=False):
    """The preset that a program number calls, or what stands in for it.

    A bank that lacks the program is answered from bank 0, and a program that bank 0
    lacks by its first; drums by the drums with that number, and then by the first.

    Args:
      places: {(bank, program): index of the preset}.
      bank, program: as chosen on the channel.
      drums: whether the channel plays drums.

    Returns:
      An index, or None if there is nothing to play.

    >>> find_preset({(0, 0): 0, (0, 40): 1}, 8, 40), find_preset({(0, 0): 0}, 0, 40)
    (1, 0)
    """
    home = DRUM_BANK if drums else 0
    for place in ((bank, program), (home, program), (home, 0)):
        if place in places:
            return places[place]
    return None

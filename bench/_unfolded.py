"""A bank on which a player's interpolation plays no part.

Every sample that a key starts is written with four times as many samples a second, so
that even a coarse interpolation is exact, and without what the key would raise above
half the sample rate, so that nothing folds back. Loops are unrolled until the filter's
swing has died away. On that bank FluidSynth must sound as we do on the bank itself.
"""

import math

import numpy as np

from dsplab.formats.soundfont import waveform, write_soundfont
from dsplab.synths.soundfont import generators as g
from dsplab.synths.soundfont.regions import regions_of
from dsplab.synths.soundfont.waves import source_of

TIMES = 4
SWING = 4096  # samples of loop before the one that is repeated
EDGE = 0.94  # of the highest frequency that stays: where the cut begins
OFFSETS = frozenset((
    g.START, g.END, g.LOOP_START, g.LOOP_END, g.START_COARSE, g.END_COARSE,
    g.LOOP_START_COARSE, g.LOOP_END_COARSE,
))  # fmt: skip
LEFT_OUT = np.zeros(64)


def write_unfolded(path, sound_font, key, *, rate):
    """Write the bank for notes of one key, played at a sample rate."""
    highest = _highest(sound_font, key, rate)
    made, samples = {}, []

    def sample(index, generators):
        values = list(g.DEFAULTS)
        for number, amount in generators.items():
            if number in OFFSETS or number == g.SAMPLE_MODES:
                values[number] = float(amount)
        part = source_of(values, index, sound_font.samples[index])
        part = part if index in highest else None
        if part not in made:
            made[part] = len(samples)
            before = sound_font.samples[index]
            samples.append(_sample(before, part, highest.get(index), rate))
        return made[part]

    instruments = tuple(_instrument(one, sample) for one in sound_font.instruments)
    written = sound_font._replace(instruments=instruments, samples=tuple(samples))
    write_soundfont(path, written)


def _highest(sound_font, key, rate):
    """{sample: the highest ratio at which a key plays it}."""
    highest = {}
    for preset in range(len(sound_font.presets)):
        for region in regions_of(sound_font, preset):
            if region.keys[0] <= key <= region.keys[1]:
                values, one = region.generators, sound_font.samples[region.sample]
                root = values[g.ROOT_KEY] if values[g.ROOT_KEY] >= 0 else one.root
                at = values[g.FORCED_KEY] if values[g.FORCED_KEY] >= 0 else key
                cents = values[g.SCALE_TUNING] * (at - root) + one.correction
                cents += 100.0 * values[g.COARSE_TUNE] + values[g.FINE_TUNE]
                cents += max(values[g.MOD_ENV_TO_PITCH], 0.0)
                cents += abs(values[g.MOD_LFO_TO_PITCH])
                cents += abs(values[g.VIB_LFO_TO_PITCH])
                ratio = one.sample_rate / rate * 2.0 ** (cents / 1200.0)
                highest[region.sample] = max(highest.get(region.sample, 0.0), ratio)
    return highest


def _instrument(instrument, sample):
    """An instrument whose zones play what `sample` makes of their samples."""
    zones, common = [], {}
    for zone in instrument.zones:
        own = {k: v for k, v in zone.generators.items() if k not in OFFSETS}
        if zone.target is None:
            common = common or zone.generators
            zones.append(zone._replace(generators=own))
        else:
            target = sample(zone.target, common | zone.generators)
            zones.append(zone._replace(generators=own, target=target))
    return instrument._replace(zones=tuple(zones))


def _sample(sample, part, ratio, rate):
    """The part of a sample that is played, unfolded; silence where none is."""
    sample = sample._replace(channel="mono", link=None)
    if part is None:
        return _with_sound(sample, LEFT_OUT, (8, 56), sample.sample_rate)
    x = waveform(sample)[part.start : max(part.end, part.loop[1] if part.loop else 0)]
    if part.loop is None:
        y, loop = _raised(x, ratio), (0, 0)
    else:
        first, last = (place - part.start for place in part.loop)
        period = last - first
        turns = -(-SWING // period)
        end = last + turns * period
        rounds = np.tile(x[first:last], 2 * turns + 1)
        endless = np.concatenate([x[:last], rounds])
        ending = np.concatenate([endless[:end], x[last:]])
        y = _raised(ending, ratio)
        y[: TIMES * end] = _raised(endless, ratio)[: TIMES * end]
        loop = TIMES * (end - period), TIMES * end
    return _with_sound(sample, y, loop, TIMES * sample.sample_rate)


def _with_sound(sample, x, loop, rate):
    """A sample with another sound, in 24 bits."""
    whole = np.clip(np.round(x * 2.0**23), -(2**23), 2**23 - 1).astype(np.int64)
    return sample._replace(
        pcm=(whole >> 8).astype(np.int16),
        low=(whole & 255).astype(np.uint8),
        loop=loop,
        sample_rate=rate,
    )


def _raised(x, ratio):
    """x with TIMES as many samples, without what a ratio raises too high."""
    n = 1 << math.ceil(math.log2(len(x) + SWING))
    spectrum = np.fft.rfft(x, n)
    if ratio > 1.0:
        top = 0.5 / ratio
        place = np.arange(len(spectrum)) / n
        slope = np.clip((top - place) / ((1.0 - EDGE) * top), 0.0, 1.0)
        spectrum = spectrum * (0.5 - 0.5 * np.cos(np.pi * slope))
    return TIMES * np.fft.irfft(spectrum, TIMES * n)[: TIMES * len(x)]

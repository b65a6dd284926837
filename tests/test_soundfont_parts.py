"""The pieces of the SoundFont player: regions, modulators, envelopes, filter, waves."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import scipy.signal

from dsplab.formats.soundfont import (
    Instrument,
    Modulator,
    Preset,
    Sample,
    SoundFont,
    Zone,
)
from dsplab.synths.soundfont import channels, envelopes, filtering, modulators, regions
from dsplab.synths.soundfont import generators as g
from dsplab.synths.soundfont.envelopes import TICK, Envelope
from dsplab.synths.soundfont.tone import Tone
from dsplab.synths.soundfont.waves import Source, Waves, nearest_fraction, source_of

RATE = 44100
RNG = np.random.default_rng(0)


def font(inner, outer):
    """A bank of one preset over one instrument."""
    pcm = np.zeros(100, np.int16)
    samples = (Sample("a", pcm, None, RATE), Sample("b", pcm, None, RATE))
    preset = Preset("p", 0, 0, tuple(outer))
    return SoundFont({}, (preset,), (Instrument("i", tuple(inner)),), samples)


def only(inner, outer):
    (region,) = regions.regions_of(font(inner, outer), 0)
    return region


def test_instruments_set_and_presets_add():
    inner = [Zone({8: 9000, 9: 40}), Zone({8: 7000, 54: 1}, (), 1)]
    outer = [Zone({8: 100, 52: 7}), Zone({8: -500, 54: 1, 58: 3}, (), 0)]
    region = only(inner, outer)
    assert region.sample == 1
    assert region.generators[8] == 7000 - 500  # local over global, in both
    assert region.generators[9] == 40 and region.generators[52] == 7
    assert region.generators[54] == 1 and region.generators[58] == -1


def test_ranges_overlap():
    inner = [Zone({g.KEY_RANGE: (40, 80)}), Zone({g.VELOCITY_RANGE: (1, 99)}, (), 0)]
    outer = [Zone({g.KEY_RANGE: (60, 127)}, (), 0)]
    region = only(inner, outer)
    assert region.keys == (60, 80) and region.velocities == (1, 99)
    assert region.holds(60, 99) and not region.holds(59, 99)
    assert not region.holds(60, 100)
    assert regions.regions_of(font(inner, [Zone({43: (0, 20)}, (), 0)]), 0) == []


def test_modulators_replace_and_add():
    velocity, wheel = modulators.DEFAULTS[0], modulators.DEFAULTS[8]
    inner = [
        Zone({}, (velocity._replace(amount=300),)),
        Zone({}, (velocity._replace(amount=500),), 0),
    ]
    outer = [Zone({}, (velocity._replace(amount=60), wheel._replace(amount=1)), 0)]
    moved = only(inner, outer).moved
    assert [k.amount for k in moved[g.ATTENUATION] if k.source == velocity.source] == [
        560
    ]
    assert [k.amount for k in moved[g.FINE_TUNE]] == [12801]


def test_modulators_that_mean_nothing_are_left_out():
    bad = [
        Modulator(0x7F, 48, 10, 0, 0),  # a link
        Modulator(2, 0x8001, 10, 0, 0),
        Modulator(2 | 0x2000, 48, 10, 0, 0),
        Modulator(0x80 | 6, 48, 10, 0, 0),
        Modulator(0x102, 8, -2400, 0xC02, 0),
    ]
    assert modulators.usable(bad) == ()


@pytest.mark.parametrize("value", [0, 1, 32, 63, 64, 100, 127])
def test_curves(value):
    """The sixteen curves of the format against its formulas."""
    c = modulators.CONTROLLER | 1
    up, down = value / 128, (127 - value) / 128
    assert modulators.curve(c)[value] == up
    assert modulators.curve(c | modulators.NEGATIVE)[value] == down
    concave = min(-20 / 48 * math.log10(max(1 - value / 127, 1e-9)), 127 / 128)
    ours = modulators.curve(c | modulators.CONCAVE)[value]
    assert abs(ours - (127 / 128 if value == 127 else concave)) < 1e-9
    ours = modulators.curve(c | modulators.CONVEX)[value]
    convex = 1 + 20 / 48 * math.log10(max(value / 127, 1e-9))
    assert abs(ours - min(max(convex, 0.0), 127 / 128)) < 1e-9
    assert modulators.curve(c | modulators.SWITCH)[value] == (value >= 64)
    both = modulators.curve(c | modulators.BIPOLAR)[value]
    assert abs(both - (127 / 128 if value == 127 else 2 * up - 1)) < 1e-12
    switch = modulators.curve(c | modulators.SWITCH | modulators.BIPOLAR)[value]
    assert switch == (1.0 if value >= 64 else -1.0)


def test_modulator_transform():
    bent = Modulator(0x28A, 17, 500, 0, modulators.ABSOLUTE)
    assert modulators.value(bent, lambda word: -1.0) == 500.0


def test_channel_reset_keeps_volume_and_pan():
    channel = channels.Channel()
    for number, value in ((7, 30), (10, 5), (1, 90), (64, 127), (91, 40), (11, 3)):
        channel.control(number, value)
    channel.bend = 0
    channel.reset()
    kept = [channel.controllers[k] for k in (7, 10, 91)]
    assert kept == [30, 5, 40]
    assert [channel.controllers[k] for k in (1, 64, 11)] == [0, 0, 127]
    assert channel.bend == 8192


def test_envelope_against_its_steps():
    """The closed form equals FluidSynth's count of ticks, one after the other."""
    e = Envelope(3.0, 5.0, 4.0, 20.0, 0.3, 10.0)
    level = [0.0] * 4 + [k / 5 for k in range(1, 6)] + [1.0] * 4
    level += [max(1 - k / 20, 0.3) for k in range(1, 30)]
    height = e.height(np.arange(len(level), dtype=float))[0]
    assert np.allclose(height, level)
    volume = e.volume(np.arange(len(level), dtype=float))
    assert np.allclose(volume[9:], 10 ** (-4.8 * (1 - np.array(level[9:]))))
    assert np.allclose(volume[:9], level[:9])


@pytest.mark.parametrize("released", [5.0, 11.0, 17.0, 60.0])
def test_release_goes_on_from_where_it_is(released):
    e = Envelope(3.0, 5.0, 4.0, 20.0, 0.3, 10.0)
    ticks = np.arange(90.0)
    y, held = e.volume(ticks, released), e.volume(ticks)
    k = int(released)
    assert np.allclose(y[: k + 1], held[: k + 1])
    fall = 20 * np.log10(y[k + 2] / y[k + 1])
    assert abs(fall + 9.6) < 1e-9
    end = e.silent(released)
    assert abs(20 * np.log10(e.volume(np.array([end]), released)[0]) + 96.0) < 1e-6


def test_key_shortens_hold_and_decay():
    values = list(g.DEFAULTS)
    values[g.VOL_ENV + 3], values[g.VOL_ENV + 7] = 0.0, 100.0
    low, high = (envelopes.envelope(values, g.VOL_ENV, k, RATE).decay for k in (60, 72))
    assert abs(high / low - 0.5) < 1e-2


def test_triangle_begins_upwards():
    y = envelopes.triangle(np.arange(0.0, 40.0), 4, 0.25)
    assert y[:5].tolist() == [0.0] * 5
    assert y[8] == 1.0 and y[16] == -1.0 and y[20] == 0.0


def filtered(before, *parts):
    run = filtering.Run(before, RATE)
    for part in parts:
        run.add(*part)
    filtering.filter_together([run])
    return run.take(), run.before


def test_runs_filtered_together_do_not_hear_each_other():
    """Short and long, in one round or more, still or moving, as each one alone."""
    kinds = [(3, 1500.0), (filtering.AT_ONCE, 1300.0), (1, 2000.0), (90, 60.0)]
    parts = [
        (RNG.standard_normal(n * TICK), np.geomspace(low, 5000.0, n), 0.9)
        for n, low in kinds
    ]
    befores = RNG.standard_normal((len(parts), 4))
    runs = [filtering.Run(before, RATE) for before in befores]
    for run, part in zip(runs, parts, strict=True):
        run.add(*part)
        run.add(part[0], 700.0, 0.9)
    filtering.filter_together(runs)
    for run, part, before in zip(runs, parts, befores, strict=True):
        y, after = filtered(before, part, (part[0], 700.0, 0.9))
        assert np.allclose(run.take(), y, atol=1e-5)
        assert np.allclose(run.before, after, atol=1e-5)


@pytest.mark.parametrize(("lowest", "tolerance"), [(400.0, 1e-11), (1300.0, 2e-5)])
def test_moving_filter_is_its_difference_equation(lowest, tolerance):
    n = filtering.AT_ONCE + 20  # in two rounds; high cutoffs are filtered in float32
    x, before = RNG.standard_normal(n * TICK), (0.1, -0.2, 0.3, 0.5)
    cutoff = np.geomspace(lowest, 5000.0, n)
    y, after = filtered(before, (x, cutoff, 2.0))
    b0, c1, c2 = filtering._looked_up(cutoff, 2.0, RATE)[:, :3].T
    xs, ys = [before[1], before[0], *x], [before[3], before[2]]
    for k in range(len(x)):
        t = k // TICK
        v = b0[t] * (xs[k + 2] + 2.0 * xs[k + 1] + xs[k])
        ys.append(v + c1[t] * ys[-1] + c2[t] * ys[-2])
    assert np.allclose(y, ys[2:], atol=tolerance)
    assert np.allclose(after, (x[-1], x[-2], ys[-1], ys[-2]), atol=tolerance)


def test_filter_that_goes_on():
    x = RNG.standard_normal(1024)
    b, a = filtering.coefficients(np.array(900.0), np.array(3.0), RATE)
    whole = scipy.signal.lfilter(b, a, x)
    first, before = filtered((0.0,) * 4, (x[:448], 900.0, 3.0))
    second, _ = filtered(before, (x[448:], 900.0, 3.0))
    assert np.allclose(np.concatenate([first, second]), whole)
    assert np.allclose(filtering.still(x, b, a), whole)


@pytest.mark.parametrize("ratio", [0.031, 0.5, 0.9438743, 1.0, 1.4983, 2.7, 17.3])
def test_fractions_are_near(ratio):
    fraction = nearest_fraction(ratio)
    assert isinstance(fraction, Fraction)
    assert abs(1200 * math.log2(float(fraction) / ratio)) < 0.1


def wave(loop=None, n=20000):
    """A smooth random recording in a store."""
    x = scipy.signal.lfilter(*scipy.signal.butter(4, 0.3), RNG.standard_normal(n))
    pcm = np.round(x / np.abs(x).max() * 20000).astype(np.int16)
    return Waves([Sample("a", pcm, None, RATE, loop or (0, 0))], RATE)


@pytest.mark.parametrize("loop", [None, (8000, 14000), (900, 1050)])
@pytest.mark.parametrize("turns", [None, 2])
def test_ready_waves_and_read_ones_are_alike(loop, turns):
    store = wave(loop)
    source = Source(0, 100, 20000, loop)
    ratio = nearest_fraction(1.1224)
    n = 240 if loop is None else 150
    y = store.steady(source, turns, ratio, length=n * TICK)[: n * TICK]
    starts = np.arange(n) * TICK * float(ratio)
    z = store.read(source, turns, starts, np.full(n + 1, float(ratio)))
    n = min(len(y), len(z))
    assert np.abs(y[:n] - z[:n]).max() < 2e-2 * np.abs(y).max()
    error = np.sqrt(np.mean((y[300:n] - z[300:n]) ** 2) / np.mean(y[300:n] ** 2))
    assert 20 * np.log10(error) < -50.0


def test_waves_that_grow_are_those_that_were_long():
    short, long = wave((8000, 14000)), None
    source, ratio = Source(0, 0, 20000, (8000, 14000)), nearest_fraction(1.234)
    long = Waves(short.samples, RATE).steady(source, None, ratio, length=100000)
    for n in (33000, 50000, 70000, 100000):
        grown = short.steady(source, None, ratio, length=n)
    error = np.abs(grown[:100000] - long[:100000]).max() / np.abs(long).max()
    assert 20 * np.log10(error) < -60.0


def test_the_store_is_bounded():
    store = wave((8000, 14000))
    store.limit = 10**6
    for k in range(12):
        source = Source(0, k, 20000, (8000, 14000))
        store.steady(source, None, Fraction(1), length=50000)
    assert store.held <= 10**6
    assert store.held == sum(y.nbytes for y in store.store.values())


def test_what_is_shared_goes_on_and_begins_anew_when_it_was_dropped():
    store, made = wave(), []

    def begin():
        stretches = []
        made.append(stretches)

        def tone(first, last):
            stretches.append((first, last))
            return np.arange(first * TICK, last * TICK, dtype=np.float32)

        return tone

    def ask(n):
        y = store.shared("a", begin, n_ticks=n)
        assert len(y) >= n * TICK and (y == np.arange(len(y))).all()

    for n in (3, 500, 100, 900):
        ask(n)
    assert len(made) == 1 and len(made[0]) == 3
    assert all(one[1] == other[0] for one, other in itertools.pairwise(made[0]))
    store.limit = 1
    store.recording(0)
    ask(5)
    assert len(made) == 2 and len(store.tones) == 1


def test_source_keeps_its_bounds():
    values = list(g.DEFAULTS)
    values[g.START], values[g.END_COARSE], values[g.LOOP_END] = 10.0, 3.0, 900.0
    values[g.SAMPLE_MODES] = 1.0
    sample = Sample("a", np.zeros(500, np.int16), None, RATE, (400, 450))
    assert source_of(values, 0, sample) == Source(0, 10, 500, (400, 500))
    values[g.SAMPLE_MODES] = 0.0
    assert source_of(values, 0, sample).loop is None


def test_tone_settles_without_a_jump():
    """A sine whose pitch moves, stands still, moves and stands still again."""
    n = 44100
    x = np.round(16000 * np.sin(2 * np.pi * 441 / RATE * np.arange(n))).astype(np.int16)
    store = Waves([Sample("a", x, None, RATE, (0, n))], RATE)
    ratio = np.concatenate(
        [np.ones(50), np.linspace(1.0, 1.1, 40), np.full(90, 1.1), np.full(90, 1.0)]
    )
    tone = Tone(store, Source(0, 0, n, (0, n)))
    still = np.full_like(ratio, math.inf), np.full_like(ratio, filtering.FLAT)
    y = np.concatenate(tone.render(len(ratio), np.stack([ratio, *still]), None))
    steps = np.abs(np.diff(y))
    assert len(y) == len(ratio) * TICK
    assert steps[500:].max() < 1.01 * 2 * np.pi * 441 * 1.1 / RATE * np.abs(y).max()
    assert tone.pitch == nearest_fraction(1.0)

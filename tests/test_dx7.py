"""DX7: its measured tables, its laws, its 32 algorithms, in both libraries."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dsplab.formats.dx7 import Operator, Patch
from dsplab.synths import dx7
from dsplab.synths.dx7 import ALGORITHMS, PRESETS, block_length, play, tail, voice
from dsplab.synths.operators import lines, sidebands

RATE, N = 44100, 4096
STEADY = {"rates": (99, 99, 99, 99), "levels": (99, 99, 99, 99)}
ON = Operator(level=99, **STEADY)


def sine(op=ON, **more):
    """A patch with one operator heard, all others silent."""
    return Patch((op, *(Operator(),) * 5), 32, **more)


def note(patch, pitch=60.0, *, n=N, held=9.0, velocity=100.0, rate=RATE, **options):
    f0 = np.full(n, 440.0 * 2.0 ** ((pitch - 69.0) / 12.0))
    return voice(f0, held, rate, velocity=velocity, patch=patch, **options)


def level_db(y):
    """Level of what follows the first blocks, of a sine of full level."""
    window = np.hanning(y.size - 512)
    power = 2.0 * (window * y[512:] ** 2).sum() / window.sum()
    return 10.0 * np.log10(power) - 20.0 * np.log10(0.5 / 6)


def track(y):
    """Level in dB of each period of a sine, and the middle of each in seconds."""
    x = y[: y.size // 337 * 337].reshape(-1, 337)  # two periods of middle C
    rms = np.sqrt((x**2).mean(axis=1))
    return 20.0 * np.log10(rms + 1e-30), (np.arange(len(x)) + 0.5) * 337 / RATE


@pytest.mark.parametrize(
    "level, db",
    [(99, 0), (98, -0.75), (90, -6.77), (80, -14.3), (50, -36.9), (20, -59.5),
     (10, -72.3), (5, -80.5)],
)  # fmt: skip
def test_output_levels(level, db):
    y = note(sine(ON._replace(level=level)))
    assert level_db(y) == pytest.approx(db, abs=0.06 if db < -7 else 0.006)


@pytest.mark.parametrize(
    "level, db", [(99, 0), (98, 0), (97, -1.51), (90, -6.02), (50, -36.1)]
)
def test_envelope_levels(level, db):
    y = note(sine(ON._replace(levels=(level,) * 4)))
    assert level_db(y) == pytest.approx(db, abs=0.05 if db < -7 else 0.006)


@pytest.mark.parametrize(
    "velocity, db",
    [(127, 5.27), (100, 0.38), (80, -4.9), (64, -10.5), (40, -19.9), (20, -31.6),
     (1, -78.6)],
)  # fmt: skip
def test_velocity(velocity, db):
    touchy = sine(ON._replace(velocity_sensitivity=7))
    y = note(touchy, velocity=float(velocity))
    assert level_db(y) == pytest.approx(db, abs=0.05 if db < -1 else 0.006)
    still = note(sine(), velocity=float(velocity))
    assert level_db(still) == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize(
    "rate, slope", [(35, 12.15), (50, 64.82), (60, 194.5), (70, 518.6)]
)
def test_decay_slopes(rate, slope):
    falling = ON._replace(rates=(99, rate, 99, 99), levels=(99, 0, 0, 0))
    db, t = track(note(sine(falling), n=8192))
    first, last = 3, min(len(t) - 1, 3 + int(50.0 / slope * RATE / 337))
    measured = (db[first] - db[last]) / (t[last] - t[first])
    assert measured == pytest.approx(slope, rel=2e-3)


@pytest.mark.parametrize(
    "rate, seconds",
    [(30, 1.51), (40, 0.528), (50, 0.164), (60, 0.0537), (70, 0.0189), (80, 0.0058)],
)
def test_attack_times(rate, seconds):
    slow = ON._replace(rates=(rate, 99, 99, 99))
    db = envelope_db(slow, int(1.1 * seconds * RATE / 64) + 4)
    arrived = (np.argmax(db >= 20.0 * np.log10(0.9)) + 0.5) * 64 / RATE
    assert arrived == pytest.approx(seconds, rel=0.01, abs=1.5e-3)
    assert envelope_db(ON._replace(rates=(90, 99, 99, 99)), 2)[1] > -0.2


@pytest.mark.parametrize("key, cents", [(36, 13.88), (60, 8.4), (84, 4.7)])
def test_detuning(key, cents):
    for sign in (-1, 1):
        y = note(sine(ON._replace(detune=7 * sign)), key, n=44100)
        window = np.hanning(22050)
        a, b = (np.fft.rfft(window * y[k : k + 22050]) for k in (1000, 1441))
        k = np.argmax(abs(a))
        turned = np.angle(b[k] / a[k]) / (2 * np.pi)
        expected = 440.0 * 2.0 ** ((key - 69) / 12.0)
        cycles = turned + np.round(expected * 441 / RATE - turned)
        measured = 1200.0 * np.log2(cycles * RATE / 441 / expected)
        assert measured == pytest.approx(sign * cents, abs=0.06)


def test_rates_of_both_ends_and_scaling_over_the_keyboard():
    speed = dx7._dx7_levels.speed
    ends = speed(np.array([0.0, 99.0]), np.array(0.0)) * RATE / 64 * 6.0206
    np.testing.assert_allclose(ends, [0.253, 14518.0], rtol=2e-3)
    op = dx7._columns((ON._replace(rate_scaling=7),) * 6, np.zeros(1))
    keys = np.array([[21.0], [60.0], [108.0], [127.0]])
    quicker = dx7._dx7_levels.rate_scaling(op, keys)[:, 0]
    assert quicker.tolist() == [0.0, 11.0, 25.0, 27.0]


def test_levels_over_the_keyboard():
    # depth 99: 7.95 steps of 0.7526 dB with every three keys from the breakpoint on
    def at(key, **more):
        op = ON._replace(level=80, breakpoint=39, **more)
        return level_db(note(sine(op), key)) - level_db(
            note(sine(ON._replace(level=80)), key)
        )

    assert at(56, right_depth=99) == pytest.approx(0.0, abs=0.05)
    assert at(58, right_depth=99) == pytest.approx(-7 * 0.7526, abs=0.1)
    assert at(70, right_depth=99) == pytest.approx(-39 * 0.7526, abs=0.2)
    assert at(70, right_depth=99, right_curve=3) == pytest.approx(19 * 0.7526, abs=0.1)
    assert at(42, left_depth=50) == pytest.approx(-20 * 0.7526, abs=0.1)
    assert at(84, right_depth=99, right_curve=1) == pytest.approx(-8 * 0.7526, abs=0.1)
    assert at(84, left_depth=99, left_curve=3) == pytest.approx(0.0, abs=0.05)


HIGH = {"fixed": 1, "coarse": 3, "fine": 99}  # 9772 Hz: shows its envelope


def envelope_db(op, n, **options):
    """Level of an operator in each block, in dB of full level."""
    y = abs(note(sine(op._replace(**HIGH)), n=n * 64, **options))
    return 20.0 * np.log10(y.reshape(-1, 64).max(axis=1) / (0.5 / 6) + 1e-9)


@pytest.mark.parametrize("rate, seconds", [(50, 0.15), (60, 0.051), (99, 0.0)])
def test_a_segment_that_has_nowhere_to_go_takes_its_time(rate, seconds):
    waits = ON._replace(rates=(99, rate, 70, 99), levels=(99, 99, 0, 0))
    db = envelope_db(waits, 220)
    begins = (np.argmax(db < -12.0) - 12.0 / 518.6 * RATE / 64) * 64 / RATE
    assert begins == pytest.approx(seconds + 0.003, abs=0.003)
    first = ON._replace(rates=(rate, 99, 99, 99), levels=(0, 99, 99, 0))
    begun = np.argmax(envelope_db(first, 220) > -40.0) * 64 / RATE
    # a twentieth, where level 1 is silence
    assert begun == pytest.approx(seconds / (20 if rate < 77 else 1), abs=0.003)


def test_a_key_let_go_falls_from_where_it_is():
    op = ON._replace(rates=(99, 99, 99, 70), levels=(99, 99, 80, 0))
    db = envelope_db(op, 200, held=0.06)
    t = np.arange(200) * 64 / RATE
    steady = db[np.argmin(abs(t - 0.05))]
    np.testing.assert_allclose(
        db[60:100], steady - 518.6 * (t[60:100] - 0.06), atol=1.5
    )
    assert db[-1] == -180.0


def test_frequencies():
    half = note(sine(ON._replace(coarse=0)), 72.0)
    np.testing.assert_allclose(half, note(sine(), 60.0), atol=1e-12)
    up = note(sine(transpose=12), 48.0)
    np.testing.assert_allclose(up, note(sine(), 60.0), atol=1e-12)
    odd = note(sine(ON._replace(coarse=2, fine=50)), 60.0)
    np.testing.assert_allclose(odd, note(sine(ON._replace(coarse=3)), 60.0), atol=1e-12)
    for coarse, fine, hertz in ((3, 99, 9772.4), (2, 0, 100.0), (6, 50, 316.2)):
        y = note(sine(ON._replace(fixed=1, coarse=coarse, fine=fine)), 30.0, n=44100)
        peak = np.argmax(abs(np.fft.rfft(y)))
        assert peak == pytest.approx(hertz, abs=1.0)


def test_the_spectrum_is_that_of_bessel():
    rate, n = 32768, 8192
    pair = (ON, ON._replace(level=83, coarse=3), *(Operator(),) * 4)
    y = voice(np.full(n, 256.0), 9.0, rate, patch=Patch(pair, 1))
    index = 4.0 * np.pi * 2.0 ** (-16 / 8)
    frequency, amplitude = lines(*sidebands(256.0, 768.0, index, sample_rate=rate))
    x = y[n // 2 :] / 0.25
    spectrum = np.fft.rfft(x) / (n / 4)
    heights = abs(spectrum[np.round(frequency * n / 2 / rate).astype(int)])
    # a quarter of a cycle into its phase, a line stays as high
    np.testing.assert_allclose(heights, abs(amplitude), atol=1e-9)


# every algorithm once more, as it is drawn: what is in brackets modulates what is
# before them, * marks the operator that modulates itself (in 4 and 6: a ring)
CHART = """
1(2) 3(4(5(6*)));  1(2*) 3(4(5(6)));  1(2(3)) 4(5(6*));  1(2(3)) 4(5(6))
1(2) 3(4) 5(6*);  1(2) 3(4) 5(6);  1(2) 3(4,5(6*));  1(2) 3(4*,5(6))
1(2*) 3(4,5(6));  1(2(3*)) 4(5,6);  1(2(3)) 4(5,6*);  1(2*) 3(4,5,6)
1(2) 3(4,5,6*);  1(2) 3(4(5,6*));  1(2*) 3(4(5,6));  1(2,3(4),5(6*))
1(2*,3(4),5(6));  1(2,3*,4(5(6)));  1(2(3)) 4(6*) 5(6*);  1(3*) 2(3*) 4(5,6)
1(3*) 2(3*) 4(6) 5(6);  1(2) 3(6*) 4(6*) 5(6*);  1 2(3) 4(6*) 5(6*)
1 2 3(6*) 4(6*) 5(6*)
1 2 3 4(6*) 5(6*);  1 2(3) 4(5,6*);  1 2(3*) 4(5,6);  1(2) 3(4(5*)) 6
1 2 3(4) 5(6*);  1 2 3(4(5*)) 6;  1 2 3 4 5(6*);  1 2 3 4 5 6*
"""
DRAWN = re.split("[;\n]", CHART.strip())
COARSE = (1, 2, 3, 5, 7, 4)
DEEP = 78


def drawn(number, n):
    """What an algorithm sounds like, computed from its drawing a sample at a time."""
    gain = 4.0 * np.pi * 2.0 ** ((DEEP - 99) / 8.0)
    ring = {4: (6, 4), 6: (6, 5)}.get(number)
    back = 0.5 * 2.0 ** (6 - 8) / (4.0 if number in (4, 6, 32) else 1.0)
    last = {k: (0.0, 0.0) for k in range(1, 7)}
    tokens = re.findall(r"\d\*?|[(),]", DRAWN[number - 1])
    out = []

    def play(n, at, level):
        k, self_made = int(tokens[at][0]), tokens[at].endswith("*")
        moved, at = 0.0, at + 1
        if at < len(tokens) and tokens[at] == "(":
            while tokens[at] != ")":
                x, at = play(n, at + 1, level)
                moved += x
            at += 1
        source = k if self_made else ring[1] if ring and k == ring[0] else None
        if source is not None:
            moved += back * sum(last[source])
        angle = 2.0 * np.pi * 256.0 * COARSE[k - 1] * n / 16384
        now[k] = level * np.sin(angle + moved)
        return now[k], at

    for sample in range(n):
        now, at, heard = {}, 0, 0.0
        while at < len(tokens):
            x, at = play(sample, at, gain * min((sample + 1) / 32, 1.0))
            heard += x
        last = {k: (now[k], last[k][0]) for k in now}
        out.append(heard)
    return (
        np.array(out)
        * 0.25
        / (
            2.0
            * np.pi
            * sum(depth(tokens, i) == 0 for i, t in enumerate(tokens) if t[0].isdigit())
        )
    )


def depth(tokens, i):
    return tokens[:i].count("(") - tokens[:i].count(")")


@pytest.mark.parametrize("number", range(1, 33))
def test_algorithms_are_connected_as_they_are_drawn(number):
    operators = tuple(ON._replace(level=DEEP, coarse=c) for c in COARSE)
    patch = Patch(operators, number, 6)
    y = voice(np.full(160, 256.0), 9.0, 16384, patch=patch)
    np.testing.assert_allclose(y, drawn(number, 160), atol=1e-9)
    assert len(ALGORITHMS) == len(DRAWN) == 32


def test_lfo_moves_pitch_and_level():
    moved = sine(lfo_speed=99, lfo_pitch_depth=99, pitch_sensitivity=7, lfo_wave=3)
    hertz = 49.261 * 1.0332
    y = note(moved, 96.0, n=3584)
    low = np.round(RATE / hertz / 2 / 64).astype(int) * 64  # half a cycle down first
    for part, octaves in ((y[64 : low - 64], -0.5), (y[low + 64 : 2 * low - 64], 0.5)):
        crossings = np.flatnonzero((part[:-1] < 0) & (part[1:] >= 0))
        period = np.diff(crossings).mean()
        expected = 2093.005 * 2.0 ** (octaves * 255 / 256 * 255 / 128)
        assert RATE / period == pytest.approx(expected, rel=0.03)
    depth = {"lfo_speed": 99, "lfo_amplitude_depth": 99, "pitch_sensitivity": 0}
    softer = sine(ON._replace(amplitude_sensitivity=3), lfo_wave=0, **depth)
    y = abs(note(softer, 96.0, n=2048))
    assert y[64:128].max() > 20 * y[384:512].max()  # it begins at the top
    still = note(sine(**depth), 96.0, n=2048)
    np.testing.assert_allclose(still, note(sine(), 96.0, n=2048), atol=1e-12)


def test_lfo_waves_and_delay():
    lfo = dx7._dx7_lfo
    start = np.array([0.5])
    seconds = 64 / RATE
    cycle = round(1 / (49.261 * 1.0332 * seconds))
    for wave, first, later in (
        (0, 1, 0),
        (1, 1, 0.5),
        (2, 0, 0.5),
        (3, 0, 1),
        (4, 0.5, 0.5),
    ):
        patch = Patch(lfo_speed=99, lfo_wave=wave)
        x = lfo.oscillator(patch, start=start, n_blocks=40, seconds=seconds)
        assert x[0] == pytest.approx(first, abs=0.3)
        assert x[cycle // 2] == pytest.approx(later, abs=0.3)
        assert x.min() >= 0.0 and x.max() <= 1.0
    patch = Patch(lfo_speed=99, lfo_wave=5)
    x = lfo.oscillator(patch, start=start, n_blocks=200, seconds=seconds)
    assert 9 <= np.count_nonzero(np.diff(x)) + 1 <= 16 and len(np.unique(x)) > 8
    faded = lfo.delay(60, n_blocks=3000, seconds=seconds, like=np.zeros(1))
    begins, ends = np.argmax(faded > 0.0), np.argmax(faded == 1.0)
    assert 0 < begins < ends and np.all(np.diff(faded) >= 0.0)
    assert (
        lfo.delay(0, n_blocks=3, seconds=seconds, like=np.zeros(1)).tolist() == [1] * 3
    )


def test_pitch_envelope_and_wheel():
    rates, levels = (99, 99, 99, 60), (75, 50, 50, 50)
    bent = sine(pitch_rates=rates, pitch_levels=levels)
    octaves = dx7._dx7_envelopes.pitch_envelope(
        np.array(rates, float), np.array([99.0, 0, 50, 50]), off=np.array([1000.0]),
        n_blocks=1100, block=1.0,
    )  # fmt: skip
    assert octaves.max() == pytest.approx(127 / 32) and octaves.min() == -4.0
    rise = np.argmax(octaves == octaves.max()) + 1
    assert rise * 64 / RATE == pytest.approx(127 / 32 / (255 / 21.3), abs=2e-3)
    assert octaves[950] == 0.0
    assert abs(note(bent, 60.0) - note(sine(), 60.0)).max() > 0.01
    vibrato = sine(lfo_speed=70, pitch_sensitivity=7)
    wheel = np.linspace(0.0, 1.0, N)
    moved = note(vibrato, 60.0, wheel=wheel)
    assert abs(moved - note(vibrato, 60.0)).max() > 0.05
    f0 = np.full(N, 440.0 * 2 ** (-9 / 12))
    bend = voice(f0 * np.linspace(1.0, 1.1, N), 9.0, RATE, patch=sine())
    assert bend.shape == f0.shape and abs(bend - note(sine(), 60.0)).max() > 0.05


def test_what_does_not_begin_with_the_key_runs_on():
    free = sine(key_sync=0)
    f0 = np.full(N, 100.25)
    again = voice(f0, 9.0, RATE, patch=free, onset=0.01)
    long = voice(np.full(N + 441, f0[0]), 9.0, RATE, patch=free)
    np.testing.assert_allclose(again[64:], long[441 + 64 :], atol=1e-9)
    ends = ON._replace(levels=(99, 99, 99, 0))
    notes = [(0.0, 0.05, 60), (0.1, 0.05, 60)]
    pair = play(notes, RATE, patch=sine(ends, key_sync=0))
    assert abs(pair[:2000] - pair[4410:6410]).max() > 0.01
    synced = play(notes, RATE, patch=sine(ends))
    np.testing.assert_allclose(synced[:2000], synced[4410:6410], atol=1e-12)


@pytest.mark.parametrize(
    "rate, length", [(8000, 8), (16000, 32), (48000, 64), (96000, 128)]
)
def test_any_sampling_rate(rate, length):
    assert block_length(rate) in (length, 2 * length)
    patch = sine(ON._replace(rates=(60, 45, 50, 60), levels=(99, 70, 60, 0)))
    t = np.array([0.1, 0.2, 0.4, 0.55])
    envelopes = []
    for r in (rate, RATE):
        f0 = np.full(int(0.7 * r), 500.0)
        y = voice(f0, 0.5, r, patch=patch)
        power = np.convolve(y**2, np.ones(r // 100) / (r // 100), "same")
        envelopes.append(10.0 * np.log10(power[(t * r).astype(int)]))
    np.testing.assert_allclose(*envelopes, atol=1.0)


def test_batches_and_dtype():
    patch = PRESETS["brass"]
    f0 = np.stack([np.full(N, 220.0), np.full(N, 330.0)])
    held, velocity = np.array([0.02, 9.0]), np.array([60.0, 127.0])
    both = voice(f0, held, RATE, velocity=velocity, patch=patch)
    for k in range(2):
        one = voice(f0[k], held[k], RATE, velocity=velocity[k], patch=patch)
        np.testing.assert_allclose(both[k], one, atol=1e-12)
    short = voice(f0.astype(np.float32), held, RATE, velocity=velocity, patch=patch)
    assert short.dtype == np.float32
    np.testing.assert_allclose(short, both, atol=2e-4)


def test_jax_and_learning():
    patch = PRESETS["strings"]
    f0, weights = np.full(1024, 220.0), np.random.default_rng(0).standard_normal(1024)

    def changed(level, rate, fine, feedback):
        ops = list(patch.operators)
        ops[0] = ops[0]._replace(rates=(rate, 70, 70, 70), fine=fine)
        ops[1] = ops[1]._replace(level=level)
        return patch._replace(operators=tuple(ops), feedback=feedback)

    def total(numbers, f0):
        y = voice(f0, 0.015, RATE, patch=changed(*numbers))
        return (weights * y).sum(), y

    numbers = np.array([80.3, 61.4, 3.2, 5.5])
    both = jax.jit(jax.value_and_grad(total, has_aux=True))
    (_, y), slopes = both(jnp.asarray(numbers), jnp.asarray(f0))
    np.testing.assert_allclose(np.asarray(y), total(numbers, f0)[1], atol=1e-9)
    for k, slope in enumerate(slopes):
        step = np.zeros(4)
        step[k] = 1e-6
        ends = [total(numbers + sign * step, f0)[0] for sign in (1, -1)]
        assert slope == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_loud_enough_and_end(name):
    n = int((1.0 + tail(name)) * 8000)
    y = voice(np.full(n, 220.0), 1.0, 8000, velocity=127.0, patch=name)
    assert 0.1 < abs(y).max() < 0.6 and abs(y.mean()) < 0.05
    assert abs(y[-10:]).max() < 2e-3


def harmonics(name, n=12, *, at=0.3, pitch=60):
    """Level in dB of the harmonics of a preset, and their share of its power."""
    rate = 22050
    f0 = np.full(rate, 440.0 * 2.0 ** ((pitch - 69) / 12))
    y = voice(f0, 9.0, rate, patch=name)[int(at * rate) :][:8192]
    power = abs(np.fft.rfft(y * np.hanning(8192))) ** 2
    f = np.fft.rfftfreq(8192, 1 / rate)
    base = f0[0] * 2.0 ** (PRESETS[name].transpose / 12)
    near = [power[abs(f - k * base) < 9.0].sum() for k in range(1, n + 1)]
    levels = 10.0 * np.log10(np.array(near) / max(near) + 1e-12)
    return levels, sum(near) / power.sum()


def decay_db(name, t, *, rate=22050):
    """How much softer a held note is at a time than at its loudest."""
    y = voice(np.full(int(1.1 * t * rate) + 2000, 220.0), 9.0, rate, patch=name)
    rms = np.sqrt(np.convolve(y**2, np.ones(441) / 441, "same"))
    return 20.0 * np.log10(rms[int(t * rate)] / rms.max())


def test_presets_sound_like_their_names():
    clarinet, _ = harmonics("clarinet")
    assert clarinet[[0, 2, 4]].min() > -35.0 and clarinet[[1, 3, 5]].max() < -60.0
    for name in ("grand", "e piano", "trumpet", "horn", "flute", "oboe", "guitar"):
        levels, share = harmonics(name)
        assert share > 0.9, name  # it has a pitch
    assert harmonics("gong")[1] < 0.3 and harmonics("churchbell")[1] < 0.8
    bright = {name: (harmonics(name)[0] > -30.0).sum() for name in PRESETS}
    assert bright["trumpet"] > bright["horn"] > bright["flute"] - 1
    assert bright["saw lead"] >= 5 and bright["harpsichrd"] > bright["guitar"]
    for name in ("drawbars", "pipe organ", "clarinet", "trumpet", "oboe"):
        assert decay_db(name, 1.0) > -8.0, name
    for name, least, most in (
        ("marimba", -60, -20), ("xylophone", -180, -40), ("grand", -45, -15),
        ("tube bells", -15, -3), ("vibraphone", -25, -5), ("clavinet", -60, -20),
    ):  # fmt: skip
        assert least < decay_db(name, 1.0) < most, name
    for name in ("soft pad", "strings"):  # slow to begin
        y = voice(np.full(4000, 220.0), 9.0, 22050, patch=name)
        assert abs(y[:400]).max() < 0.3 * abs(y).max(), name


def test_long_releases_end():
    endless = sine()
    assert tail(endless) == dx7.LONGEST
    y = note(endless, n=int(10.2 * 8000), held=0.1, rate=8000)
    assert y[8000] != 0.0 and not y[-700:].any()


def test_errors():
    f0 = np.full(64, 220.0)
    with pytest.raises(ValueError, match="algorithm must be an integer in 1..32"):
        voice(f0, 0.1, RATE, patch=Patch(algorithm=33))
    with pytest.raises(ValueError, match="lfo_wave"):
        voice(f0, 0.1, RATE, patch=Patch(lfo_wave=6))
    with pytest.raises(ValueError, match="operators must be 6"):
        voice(f0, 0.1, RATE, patch=Patch(operators=(ON,)))
    with pytest.raises(ValueError, match="patch must be"):
        voice(f0, 0.1, RATE, patch="no such")

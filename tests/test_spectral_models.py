"""Harmonics, noise, what they leave over, and what is done to them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dsplab.spectral_models import (
    Partials,
    add_noise,
    add_residual,
    filter_partials,
    harmonic_analysis,
    morph_partials,
    scale_frequency,
    scale_time,
    sinusoidal_synthesis,
    stochastic_analysis,
    stochastic_synthesis,
    with_noise,
    with_residual,
)

RATE = 16000
HOP = 64
T = np.arange(RATE // 2) / RATE
PITCH = 200.0 + 10 * np.sin(2 * np.pi * 4 * T)
TURNS = np.cumsum(PITCH) / RATE
VOICE = sum(0.3 / h * np.cos(2 * np.pi * h * TURNS + h) for h in range(1, 6))
OPTIONS = {"hop_length": HOP, "n_harmonics": 8, "window_length": 641}
WHITE = np.random.default_rng(0).standard_normal(RATE)


@pytest.fixture(scope="module")
def partials():
    return harmonic_analysis(VOICE, RATE, **OPTIONS)


def sound(partials, length=RATE // 2):
    return sinusoidal_synthesis(partials, RATE, hop_length=HOP, length=length)


def snr_db(x, y):
    inside = slice(1600, -1600)
    return 10 * np.log10((x[inside] ** 2).sum() / ((x - y)[inside] ** 2).sum())


def test_harmonics_lie_in_their_rows(partials):
    m = np.arange(30, 90)
    wanted = np.arange(1, 6)[:, None] * PITCH[m * HOP]
    cents = 1200 * np.log2(partials.frequency[:5, m] / wanted)
    assert abs(cents).max() < 2.0
    assert not partials.frequency[5:, m].any()
    assert snr_db(VOICE, sound(partials)) > 45


def test_harmonics_of_both_libraries_and_of_a_given_pitch(partials):
    f0 = np.append(PITCH[::HOP], PITCH[-1])
    given = harmonic_analysis(VOICE, RATE, f0=f0, **OPTIONS)
    np.testing.assert_allclose(
        given.frequency[:5, 30:90], partials.frequency[:5, 30:90]
    )

    def analysed(x):
        return harmonic_analysis(x, RATE, f0=jnp.asarray(f0), **OPTIONS)

    jitted = jax.jit(analysed)(jnp.asarray(VOICE))
    for a, b in zip(given, jitted, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-8)


def test_without_pitch_there_are_no_harmonics():
    f0 = np.full(126, np.nan)
    assert not harmonic_analysis(VOICE, RATE, f0=f0, **OPTIONS).frequency.any()
    with pytest.raises(ValueError, match="f0 must have a value for each of 126 frames"):
        harmonic_analysis(VOICE, RATE, f0=f0[:100], **OPTIONS)


def test_a_missing_harmonic_is_not_taken_from_its_neighbour():
    x = 0.3 * np.cos(2 * np.pi * 200 * T) + 0.2 * np.cos(2 * np.pi * 610 * T)
    f0 = np.full(126, 200.0)
    f = harmonic_analysis(x, RATE, f0=f0, **OPTIONS).frequency[:4, 60]
    np.testing.assert_allclose(f, [200, 0, 610, 0], atol=0.1)


def test_a_peak_between_two_multiples_belongs_to_the_nearer_one():
    """Near enough to both, as a wide slope lets it be, and to one of them only."""
    for frequency, wanted in ((490.0, [0, 490]), (510.0, [0, 0, 510])):
        x = np.cos(2 * np.pi * frequency * T)
        f0, wanted = np.full(126, 200.0), np.pad(wanted, (0, 8 - len(wanted)))
        options = {"f0": f0, "slope": 0.4, **OPTIONS}
        f = harmonic_analysis(x, RATE, **options).frequency[:, 60]
        np.testing.assert_allclose(f, wanted, atol=0.1)


@pytest.mark.parametrize("slope, wanted", [(0.0, 0.0), (0.02, 1690.0)])
def test_high_harmonics_may_be_sharp_by_the_slope(slope, wanted):
    x = np.cos(2 * np.pi * 200 * T) + 0.5 * np.cos(2 * np.pi * 1690 * T)
    options = {"f0": np.full(126, 200.0), "slope": slope, **OPTIONS}
    f = harmonic_analysis(x, RATE, **options).frequency[:, 60]
    np.testing.assert_allclose(f[[0, 7]], [200.0, wanted], atol=0.1)  # 90 Hz from 8 f0


def test_partials_and_residual_add_up(partials):
    model = with_residual(VOICE, partials, RATE, hop_length=HOP)
    again = add_residual(model, RATE, hop_length=HOP)
    assert abs(again - VOICE).max() < 1e-15


@pytest.mark.parametrize("sizes", [{}, {"n_fft": 400, "hop_length": 100}])
def test_white_noise_keeps_its_level(xp, sizes):
    x = xp.asarray(0.1 * WHITE)
    envelope = stochastic_analysis(x, RATE, **sizes)
    other = np.random.default_rng(1).standard_normal(RATE)
    y = np.asarray(stochastic_synthesis(envelope, xp.asarray(other), RATE, **sizes))
    assert abs(20 * np.log10(y.std() / 0.1)) < 0.15  # dB


def test_the_noise_follows_its_envelope_in_time_and_frequency():
    envelope = np.zeros((20, 400))
    envelope[8:12, 100:200] = 0.2
    y = stochastic_synthesis(envelope, WHITE, RATE)
    hop = round(RATE * 256 / 44100)
    inside = y[105 * hop : 150 * hop]
    assert inside.std() > 30 * abs(y[: 98 * hop]).max() + 1e-3
    again = stochastic_analysis(y, RATE, n_bands=20)
    assert again[9:11, 110:150].mean() == pytest.approx(0.2, rel=0.1)
    assert again[[0, 4, 16], 110:150].max() < 0.02


def test_both_libraries_make_the_same_noise():
    envelope = abs(WHITE[:400]).reshape(20, 20)
    y = stochastic_synthesis(envelope, WHITE[:4000], RATE)
    j = jax.jit(lambda e, w: stochastic_synthesis(e, w, RATE))(
        jnp.asarray(envelope), jnp.asarray(WHITE[:4000])
    )
    np.testing.assert_allclose(y, j, atol=1e-9)


def test_partials_with_noise_have_the_level_of_the_sound(partials):
    x = VOICE + 0.03 * WHITE[: len(VOICE)]
    f0 = np.append(PITCH[::HOP], PITCH[-1])
    model = with_noise(
        x, harmonic_analysis(x, RATE, f0=f0, **OPTIONS), RATE, hop_length=HOP
    )
    y = add_noise(model, WHITE[::-1][: len(VOICE)], RATE, hop_length=HOP)
    assert abs(20 * np.log10(y.std() / x.std())) < 0.1


def test_time_by_one_and_frequency_by_one_change_nothing(partials):
    before = sound(partials)
    for same in (
        scale_time(partials, 1.0, RATE, hop_length=HOP),
        scale_frequency(partials, 1.0, RATE, hop_length=HOP),
        scale_frequency(partials, 1.0, RATE, hop_length=HOP, keep_timbre=True),
    ):
        assert abs(sound(same) - before).max() < 1e-10


@pytest.mark.parametrize("rate", [0.5, 0.8, 2.0])
def test_a_slow_sine_is_a_sine(rate):
    f = np.full((1, 101), 440.0)
    angle = 2 * np.pi * f * np.arange(101) * HOP / RATE + 1.0
    slow = scale_time(Partials(f, f / 880, angle), rate, RATE, hop_length=HOP)
    n = round(6400 / rate)
    wanted = 0.5 * np.cos(2 * np.pi * 440 * np.arange(n) / RATE + 1.0)
    assert abs(sound(slow, n) - wanted)[: n - HOP].max() < 1e-9


def test_a_freeze_and_a_way_back_keep_the_pitch():
    f = np.full((1, 101), 440.0)
    angle = 2 * np.pi * f * np.arange(101) * HOP / RATE
    anchors = [[0, 0], [3200, 3200], [3200, 6400], [1600, 8000]]
    there = scale_time(Partials(f, f / 880, angle), anchors, RATE, hop_length=HOP)
    y = sound(there, 8000)
    spectrum = abs(np.fft.rfft(y[3300:6300] * np.hanning(3000), 2**16))
    assert np.argmax(spectrum) * RATE / 2**16 == pytest.approx(440.0, abs=0.5)
    assert y[:6000].std() == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


def test_an_octave_up_with_and_without_the_formants(partials):
    up = scale_frequency(partials, 2.0, RATE, hop_length=HOP)
    kept = scale_frequency(partials, 2.0, RATE, hop_length=HOP, keep_timbre=True)
    m = slice(30, 90)
    np.testing.assert_allclose(up.frequency[:, m], 2 * partials.frequency[:, m])
    np.testing.assert_allclose(up.amplitude[:5, m], partials.amplitude[:5, m])
    np.testing.assert_allclose(
        kept.amplitude[:2, m], partials.amplitude[[1, 3], m], rtol=1e-3
    )
    y, wanted = (
        sound(up),
        sum(0.3 / h * np.cos(4 * np.pi * h * TURNS + h) for h in range(1, 6)),
    )
    magnitudes = [abs(np.fft.rfft(v * np.hanning(len(v)))) for v in (y, wanted)]
    assert abs(magnitudes[0] - magnitudes[1]).sum() < 0.03 * magnitudes[1].sum()


def test_what_passes_half_the_rate_falls_silent_and_stretching_spreads():
    f = np.full((3, 5), [[1000.0], [2000.0], [3000.0]])
    one = Partials(f, f / f, 0 * f)
    up = scale_frequency(one, 3.0, RATE, hop_length=HOP)
    assert up.frequency[:, 0].tolist() == [3000, 6000, 0]
    assert up.amplitude[:, 0].tolist() == [1, 1, 0]
    bell = scale_frequency(one, 1.0, RATE, hop_length=HOP, stretching=1.1)
    np.testing.assert_allclose(bell.frequency[:, 0], [1000, 2200, 3630])


def test_filtering_is_linear_between_its_points():
    f = np.array([[100.0], [500.0], [3000.0]])
    out = filter_partials(Partials(f, f / f, f), [200.0, 800.0], [0.0, -12.0])
    np.testing.assert_allclose(20 * np.log10(out.amplitude[:, 0]), [0, -6, -12])


def test_morphing_ends_at_either_sound(partials):
    other = harmonic_analysis(
        sum(0.3 / h**2 * np.cos(2 * np.pi * 300 * h * T[:6000]) for h in (1, 2, 3)),
        RATE,
        **OPTIONS,
    )
    options = {"hop_length": HOP}
    first = morph_partials(partials, other, 0.0, RATE, **options)
    np.testing.assert_allclose(
        first.frequency[:3, 30:80], partials.frequency[:3, 30:80], rtol=1e-9
    )
    np.testing.assert_allclose(
        first.amplitude[:3, 30:80], partials.amplitude[:3, 30:80], rtol=1e-9
    )
    last = morph_partials(partials, other, 1.0, RATE, **options)
    assert last.frequency.shape == partials.frequency.shape
    np.testing.assert_allclose(last.frequency[:3, 60], [300, 600, 900], rtol=1e-4)


def test_transformations_are_the_same_in_jax(partials):
    there = jax.tree.map(jnp.asarray, partials)
    for change in (
        lambda p: scale_time(p, 0.8, RATE, hop_length=HOP),
        lambda p: scale_frequency(p, 1.3, RATE, hop_length=HOP, keep_timbre=True),
        lambda p: filter_partials(p, [100.0, 900.0], [0.0, 6.0]),
        lambda p: morph_partials(p, p, 0.3, RATE, hop_length=HOP),
    ):
        for a, b in zip(change(partials), jax.jit(change)(there), strict=True):
            np.testing.assert_allclose(np.exp(1j * a), np.exp(1j * b), atol=1e-8)


def test_errors(partials):
    ragged = partials._replace(angle=partials.angle[:, :5])
    with pytest.raises(ValueError, match="partials must be three arrays"):
        scale_time(ragged, 1.0, RATE, hop_length=HOP)
    with pytest.raises(ValueError, match="same number of partials"):
        fewer = Partials(*(a[:2] for a in partials))
        morph_partials(partials, fewer, 0.5, RATE, hop_length=HOP)
    with pytest.raises(ValueError, match="frequencies and gains_db"):
        filter_partials(partials, [1.0, 2.0], [0.0])
    with pytest.raises(ValueError, match="envelope must have shape"):
        stochastic_synthesis(np.ones(5), WHITE, RATE)

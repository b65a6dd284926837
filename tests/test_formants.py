"""Formants: peaks where the tables say, smooth ways between, both arrangements."""

import itertools

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest
import scipy.signal

from dsplab.filters import formants
from dsplab.filters.formants import formant_filter, resonator, vowel, vowel_curve

RATE, N = 16000, 400
X = np.random.default_rng(0).standard_normal((2, N))
CLICK = np.eye(1, 8000)[0]


def spectrum_db(y):
    return 20 * np.log10(abs(np.fft.rfft(np.asarray(y), RATE)))  # a bin is 1 Hz


def test_a_resonator_peaks_at_its_frequency_and_is_as_wide_as_it_says(xp):
    db = spectrum_db(resonator(xp.asarray(CLICK), 1000.0, RATE, bandwidth=80.0))
    top = db.argmax()
    above = np.flatnonzero(db > db[top] - 10 * np.log10(2))
    assert abs(top - 1000) <= 2 and abs(len(above) - 80) <= 2
    assert abs(db[0]) < 1e-9


def test_a_moving_resonator_is_its_loop(xp):
    f = np.linspace(300, 2500, N)
    y = resonator(xp.asarray(X), f, RATE, bandwidth=90.0)
    r = np.exp(-np.pi * 90 / RATE)
    out, past, before = np.zeros((2, N)), 0.0, 0.0
    for n in range(N):
        b, c = 2 * r * np.cos(2 * np.pi * f[n] / RATE), -(r**2)
        out[:, n] = (1 - b - c) * X[:, n] + b * past + c * before
        past, before = out[:, n], past
    np.testing.assert_allclose(y, out, atol=1e-9)


@pytest.mark.parametrize("voice", formants.VOICES)
@pytest.mark.parametrize("name", ["i", "a", "u"])
def test_in_a_row_the_peaks_are_those_of_the_table(voice, name):
    table = vowel(name, voice=voice)
    db = spectrum_db(formant_filter(CLICK, table, RATE))
    peaks = scipy.signal.find_peaks(db)[0]
    for f in table.frequencies[:3]:
        assert abs(peaks - f).min() < 40


def test_every_voice_has_every_vowel_in_rising_order():
    for voice in formants.VOICES:
        for name in formants.VOWELS:
            assert (np.diff(vowel(name, voice=voice).frequencies) > 0).all()
    assert len(formants.VOWELS) == 10


def test_the_table_is_the_mean_of_the_measurements():
    call = pytest.importorskip("parselmouth.praat").call
    table = call("Create formant table (Peterson & Barney 1952)")

    def column(name, kind=str):
        n = int(call(table, "Get number of rows"))
        return np.array([kind(call(table, "Get value", k + 1, name)) for k in range(n)])

    who, what = column("Type"), column("Vowel")
    hertz = np.stack([column(name, float) for name in ("F1", "F2", "F3")], axis=-1)
    names = dict(
        zip(formants.VOWELS, "iy ih eh ae aa ao uh uw ah er".split(), strict=True)
    )
    for voice, name in itertools.product(formants.VOICES, formants.VOWELS):
        chosen = (who == voice[0]) & (what == names[name])
        three = vowel(name, voice=voice).frequencies[:3]
        np.testing.assert_allclose(hertz[chosen].mean(axis=0), three, rtol=0.027)


def test_side_by_side_the_peaks_have_their_levels(xp):
    f, levels = np.array([600.0, 1900.0, 3700.0]), np.array([1.0, 0.5, 0.25])
    pair = (xp.asarray(f), np.array([30.0, 30.0, 30.0]))
    y = formant_filter(xp.asarray(CLICK), pair, RATE, amplitudes=levels)
    db = spectrum_db(y)
    np.testing.assert_allclose(db[f.astype(int)], 20 * np.log10(levels), atol=1.0)
    between = db[620:3700]
    assert between.min() > db[3700] - 30  # no deep zero between two formants


def test_the_curve_passes_each_vowel_and_moves_in_equal_intervals(xp):
    position = xp.asarray(np.array([-1.0, 0.0, 0.25, 1.0, 2.0, 7.0]))
    curve = vowel_curve(["a", "i", "u"], position, voice="woman")
    a, i, u = (vowel(name, voice="woman").frequencies for name in "aiu")
    expected = np.stack([a, a, a**0.75 * i**0.25, i, u, u], axis=-1)
    np.testing.assert_allclose(curve.frequencies, expected, rtol=1e-12)
    assert curve.bandwidths.shape == (5, 6)


def test_both_libraries_agree_on_a_moving_vowel():
    def speak(x, position, **more):
        return formant_filter(x, vowel_curve(["o", "e"], position), RATE, **more)

    position = np.linspace(0, 1, N)
    for more in ({}, {"amplitudes": np.linspace(1, 0.2, 5)}):
        got = jax.jit(lambda x, p, more=more: speak(x, p, **more))(
            jnp.asarray(X), jnp.asarray(position)
        )
        expected = speak(X, position, **more)
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-9)


def test_formants_out_of_reach_are_left_out(xp):
    table = vowel("i", voice="child")
    y = formant_filter(xp.asarray(CLICK[:200]), table, 8000)
    three = formants.Formants(*(part[:2] for part in table))
    expected = formant_filter(CLICK[:200], (three[0], three[1]), 8000)
    # 3200 and 3730 Hz sound; 4900 and 6300 Hz do not
    assert not np.allclose(y, expected)
    three = formants.Formants(*(part[:3] for part in table))
    np.testing.assert_allclose(y, formant_filter(CLICK[:200], three, 8000), atol=1e-9)


def test_dtype_is_kept(xp):
    x = xp.asarray(X, dtype=xp.float32)
    y = formant_filter(x, vowel("a"), RATE)
    assert y.dtype == np.float32 and type(y) is type(x)


def test_gradients():
    def filtered(frequency, bandwidth):
        x = jnp.asarray(X[0, :30])
        return resonator(x, frequency, RATE, bandwidth=bandwidth)

    numbers = (jnp.asarray(900.0), jnp.asarray(90.0))
    jax.test_util.check_grads(jax.jit(filtered), numbers, 1, rtol=1e-5)


def test_errors():
    with pytest.raises(ValueError, match="name must be one of 'i', 'I'"):
        vowel("y")
    with pytest.raises(ValueError, match="vowels must be two names or more"):
        vowel_curve("ai", np.zeros(4))
    with pytest.raises(ValueError, match="frequency must be a number or have shape"):
        resonator(X, np.ones(7), RATE, bandwidth=50.0)
    with pytest.raises(ValueError, match="bandwidth must be positive"):
        resonator(X, 100.0, RATE, bandwidth=0.0)
    with pytest.raises(ValueError, match="amplitudes must be one for each formant"):
        formant_filter(X, vowel("a"), RATE, amplitudes=np.ones(3))

"""Additive voices: partials where and as strong as the patch says; presets."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

from dsplab.synths import additive
from dsplab.synths.additive import PRESETS, Patch, drawbars, voice

RATE, N = 16000, 8000
PLAIN = Patch(n_partials=8, attack=0.0, dynamics_db=0.0)
F0 = np.full(N, 250.0)


def levels_db(y, frequencies, part=slice(0, None)):
    x = np.asarray(y)[part]
    t = np.arange(len(x)) / RATE
    window = np.hanning(len(x))
    found = [abs((x * window) @ np.exp(-2j * np.pi * f * t)) for f in frequencies]
    return 20 * np.log10(np.array(found) + 1e-12)


def run(xp, f0, patch, held=0.4, velocity=127.0):
    def f(f0):
        return voice(f0, held, RATE, velocity=velocity, patch=patch)

    return np.asarray(jax.jit(f)(xp.asarray(f0)) if xp is jnp else f(f0))


def test_tilt_and_even_partials(xp):
    y = run(xp, F0, PLAIN._replace(tilt_db=-9.0, even=0.1))
    found = levels_db(y, 250.0 * np.arange(1, 9), slice(0, 6000))
    expected = -9.0 * np.log2(np.arange(1, 9)) - 20.0 * (np.arange(1, 9) % 2 == 0)
    np.testing.assert_allclose(found - found[0], expected, atol=0.05)


def test_a_stiff_string_has_its_partials_apart(xp):
    k = np.arange(1, 9)
    y = run(xp, F0, PLAIN._replace(inharmonicity=1e-3, tilt_db=0.0))
    found = levels_db(y, 250.0 * k * np.sqrt(1 + 1e-3 * k**2), slice(0, 6000))
    np.testing.assert_allclose(found, found[0], atol=0.05)


def test_partials_die_away_each_in_its_time(xp):
    y = run(xp, F0, PLAIN._replace(t60=1.0, damping=0.5), held=10.0)
    harmonics = 250.0 * np.arange(1, 9)
    early = levels_db(y, harmonics, slice(1000, 2600))
    late = levels_db(y, harmonics, slice(5000, 6600))
    expected = -60.0 * 0.25 * np.sqrt(np.arange(1, 9))
    np.testing.assert_allclose(late - early, expected, atol=0.3)


def test_drawbars_are_pipes():
    levels = drawbars("80 0000 004")
    assert levels[0] == 1 and levels[15] == pytest.approx(10 ** (-12 / 20))
    assert sum(level > 0 for level in levels) == 2
    assert np.count_nonzero(drawbars("888888888")) == 9
    for bad in ("88", "988888888", 8, "88888888a"):
        with pytest.raises(ValueError, match="registration must be nine digits"):
            drawbars(bad)


def test_the_choir_has_the_formants_of_its_vowel():
    one = PRESETS["choir"]._replace(unison=1, vibrato_cents=0.0, attack=0.01, bloom=0.0)
    f0 = np.full(N, 100.0)
    ah, ee = (run(np, f0, one._replace(vowel=v), held=10.0) for v in ("a", "i"))
    near = [800, 900, 1200]  # formants of ah, where ee has none
    assert (levels_db(ah, near) - levels_db(ee, near)).min() > 12


def test_unison_beats_and_vibrato_moves():
    y = run(np, F0, PLAIN._replace(n_partials=1, unison=2, detune_cents=50.0), 10.0)
    envelope = abs(y).reshape(-1, 160).max(axis=-1)
    beat = 250.0 * (2 ** (25 / 1200) - 2 ** (-25 / 1200))  # 7.2 Hz
    spectrum = abs(np.fft.rfft(envelope - envelope.mean(), n=4000))
    assert abs(spectrum.argmax() * 100 / 4000 - beat) < 0.5


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_in_tune_and_end(name):
    y = additive.play([(0.0, 0.5, 60, 127)], RATE, patch=name)
    patch = PRESETS[name]
    assert y.shape == (RATE * (0.5 + additive.tail(name)),)
    assert 0.25 < abs(y).max() < 0.6
    assert abs(y[0]) < 0.02 and abs(y[-20:]).max() < 1e-3
    f0 = 261.63 * 2 ** (patch.transpose / 12)
    X = abs(np.fft.rfft(y[: RATE // 2] * np.hanning(RATE // 2), n=8 * RATE))
    top = X.argmax() / 8 / f0
    ratios = patch.ratios or np.arange(1, patch.n_partials + 1)
    assert abs(np.asarray(ratios) - top).min() < 0.03


def test_velocity_is_loudness_and_brightness():
    soft, hard = (run(np, F0, "brass", held=10.0, velocity=v) for v in (40.0, 127.0))
    rms_db = 20 * np.log10(np.std(hard) / np.std(soft))
    assert abs(rms_db - 40 * np.log10(127 / 40)) < 4

    def slope(y):
        return np.diff(levels_db(y, [250.0, 2000.0], slice(4000, None)))[0]

    assert slope(hard) > slope(soft) + 10


def test_libraries_agree_and_dtype_is_kept():
    for name in ("choir", "bell"):
        np.testing.assert_allclose(
            run(np, F0[:2000], name), run(jnp, F0[:2000], name), atol=1e-9
        )
    y = run(jnp, F0[:2000].astype(np.float32), "clarinet")
    assert y.dtype == np.float32
    assert run(np, F0[:2000].astype(np.float32), "clarinet").dtype == np.float32


def test_gradient_of_a_patch():
    def loss(tilt, even, attack):
        patch = PLAIN._replace(tilt_db=tilt, even=even, attack=attack)
        return (voice(jnp.asarray(F0[:2000]), 0.1, RATE, patch=patch) ** 2).sum()

    where = tuple(map(jnp.asarray, (-6.0, 0.5, 0.0301)))
    jax.test_util.check_grads(jax.jit(loss), where, 1, ["rev"], rtol=1e-3)


def test_errors():
    with pytest.raises(ValueError, match="'organ', 'bell'"):
        voice(F0, 0.1, RATE, patch="kazoo")

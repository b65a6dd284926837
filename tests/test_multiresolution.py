"""Sinusoids found with a window for each band."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dsplab.spectral_models import (
    multiresolution_analysis,
    sinusoidal_analysis,
    sinusoidal_synthesis,
)

RATE = 16000
T = np.arange(8000) / RATE
OPTIONS = {
    "window_lengths": (1801, 901, 451),
    "edges": (600.0, 2000.0),
    "hop_length": 64,
    "n_partials": 6,
}


def analysed(x):
    return multiresolution_analysis(x, RATE, **OPTIONS)


JITTED = jax.jit(analysed)


def snr_db(x, partials):
    y = sinusoidal_synthesis(partials, RATE, hop_length=64, length=len(x))
    x, y = x[1600:-1600], np.asarray(y)[1600:-1600]
    return 10 * np.log10((x**2).sum() / ((x - y) ** 2).sum())


def test_low_partials_are_kept_apart_and_high_ones_followed():
    low = np.cos(2 * np.pi * 200 * T) + np.cos(2 * np.pi * 240 * T)
    high = np.cos(2 * np.pi * (2600 * T + 1500 * T**2))  # 3 kHz a second
    x = 0.2 * (low + high)
    partials = analysed(x)
    np.testing.assert_allclose(partials.frequency[:2, 60], [200, 240], atol=0.2)
    assert snr_db(x, partials) > 38
    for length in (1801, 451):  # neither alone does both
        options = {"window_length": length, "hop_length": 64, "n_partials": 6}
        assert snr_db(x, sinusoidal_analysis(x, RATE, **options)) < 25


def test_a_partial_passes_the_edges(xp):
    x = 0.3 * np.cos(2 * np.pi * (550 * T + 100 * T**2))  # to 650 Hz
    partials = (analysed if xp is np else JITTED)(xp.asarray(x))
    f = np.asarray(partials.frequency)[:, 20:-20]
    assert ((f > 0).sum(axis=0) == 1).all()
    assert (f[0] > 0).all()  # one row all along
    np.testing.assert_allclose(f[0], 550 + 200 * np.arange(20, 106) * 64 / RATE, atol=1)
    assert snr_db(x, partials) > 55


@pytest.mark.parametrize("frequency", [599.0, 600.0, 601.5, 1999.9, 2000.1])
def test_a_sine_at_an_edge_is_found_once(frequency):
    partials = analysed(0.3 * np.cos(2 * np.pi * frequency * T))
    f = partials.frequency[:, 20:-20]
    assert ((f > 0).sum(axis=0) == 1).all()
    np.testing.assert_allclose(f[0], frequency, atol=0.05)


def test_both_libraries_and_channels():
    x = np.stack([np.cos(2 * np.pi * f * T) for f in (300.0, 2400.0)])
    both = analysed(x)
    for a, b, c in zip(both, analysed(x[1]), analysed(jnp.asarray(x)), strict=True):
        np.testing.assert_allclose(a[1], b, atol=1e-9)
        np.testing.assert_allclose(a, c, atol=1e-8)


def test_errors():
    for edges in [(100.0,), (300.0, 200.0), (0.0, 200.0)]:
        with pytest.raises(ValueError, match="edges must be positive, ascending"):
            multiresolution_analysis(T, RATE, edges=edges)

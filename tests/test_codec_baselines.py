"""What a codec is compared with: mu-law at a bit rate, and principal components."""

import numpy as np

from neural.evaluation.codec_baselines import Components, lloyd_max, mu_law


def test_mu_law_keeps_to_its_bits():
    t = np.arange(4000) / 8000
    x = 0.2 * np.sin(2 * np.pi * np.array([[200.0], [250.0]]) * t) * np.exp(-20 * t)
    y = mu_law(x, 1000, 8000, depth=4, hold=True)  # 250 samples a second
    assert y.shape == x.shape and len(np.unique(y[0])) <= 16
    assert np.count_nonzero(np.diff(y[0])) < 125
    close = mu_law(x, 8 * 8000, 8000, depth=8)
    half = np.log(256) / 256  # of the widest cell
    assert np.abs(close - x).max() < 1.02 * half * np.abs(x).max()


def test_components_share_bits_by_water_filling_and_find_levels():
    rng = np.random.default_rng(0)
    blocks = rng.standard_normal((4000, 3)) * [8.0, 2.0, 0.5] + 5.0
    components = Components(blocks)
    assert components.shared(4).tolist() == [3, 1, 0]
    errors = [
        np.mean((components.there_and_back(blocks, bits) - blocks) ** 2)
        for bits in (0, 3, 6, 12)
    ]
    assert all(a > 1.5 * b for a, b in zip(errors, errors[1:], strict=False))
    # Max (1960): the best four levels of a Gaussian
    levels = lloyd_max(rng.standard_normal(200_000), 4, n_rounds=60)
    np.testing.assert_allclose(levels, [-1.51, -0.4528, 0.4528, 1.51], atol=0.03)

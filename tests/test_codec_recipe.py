"""How the codec learns: crops of notes, what comes back; and what its rivals are."""

import jax
import numpy as np
import pytest
import small_models

import neural
from neural.data.bank_notes import bank_notes
from neural.evaluation.codec_baselines import SpectrumComponents, mu_law
from neural.evaluation.spectral_distance import multi_scale_distance
from neural.notes import codec
from neural.recipes import codec as recipe

SMALL = small_models.codec_config()


def notes(n=6, n_samples=16384):
    """Notes that fall silent, each of a number of its own."""
    t = np.arange(n_samples) / 8000
    x = np.sin(2 * np.pi * np.arange(200, 200 + 50 * n, 50)[:, None] * t)
    return (0.2 * x * np.exp(-20 * t)).astype(np.float32)


def test_rows_are_crops_that_can_be_heard_at_some_level():
    x = notes()
    found = recipe.batch(x, 3, 0, SMALL, batch_size=64)
    assert found["x"].shape == (64, 8192) and found["x"].dtype == np.float32
    peaks = np.abs(found["x"]).max(axis=1)
    lowest = 10 ** (recipe.LEVELS[0] / 20) * recipe.SALIENT
    assert peaks.min() > lowest and peaks.max() < 1.0 and np.ptp(peaks) > 0.3
    onsets = np.abs(found["x"][:, :2000]).max(axis=1) > 10 * np.abs(
        found["x"][:, 2000:]
    ).max(axis=1)
    assert onsets.mean() > recipe.ONSETS / 2
    assert (found["n_used"][32:] == 4).all() and found["n_used"].min() >= 1


def test_how_many_codebooks_count_is_drawn_for_some():
    rows = [recipe.drawn(np.random.default_rng(k), 8, SMALL) for k in range(50)]
    assert all((row[4:] == 4).all() for row in rows)
    assert {int(n) for row in rows for n in row[:4]} == {1, 2, 3, 4}


def test_a_batch_is_a_function_of_seed_and_step_and_comes_in_parts():
    x = notes()
    whole = recipe.batch(x, 3, 7, SMALL, batch_size=8)
    part = recipe.batch(x, 3, 7, SMALL, batch_size=8, part=slice(2, 5))
    for name, column in whole.items():
        np.testing.assert_array_equal(column[2:5], part[name])
    other = recipe.batch(x, 3, 8, SMALL, batch_size=8)
    assert np.any(other["x"] != whole["x"])


def test_what_comes_back_is_as_long_and_as_loud():
    params = codec.init(jax.random.key(0), SMALL)
    x = notes(3, 1001)
    y = recipe.there_and_back(params, x, SMALL)
    assert y.shape == x.shape
    louder = recipe.there_and_back(params, 4 * x, SMALL)
    np.testing.assert_allclose(louder, 4 * y, rtol=1e-4, atol=1e-6)
    assert np.isfinite(recipe.there_and_back(params, 0 * x, SMALL)).all()


def test_generate_plays_as_long_as_it_is_asked_to():
    params = codec.init(jax.random.key(0), SMALL)
    x = recipe.generate(params, SMALL, duration=0.125, pitch=64, instrument="oboe")
    assert x.shape == (1000,) and np.any(x)
    with pytest.raises(ValueError, match="instrument"):
        recipe.generate(params, SMALL, duration=0.1, instrument="kazoo")


TRAINED = "flute+organ+guitar+violin+cello+strings+choir+oboe+square+sawtooth"
UNHEARD = "trumpet+recorder+piano+vibraphone+clarinet"  # of nsynth-valid and -test


def bank(names, pitches, config):
    sizes = {"sample_rate": config.sample_rate, "n_samples": 8192}
    return np.concatenate([bank_notes(names, pitch, **sizes) for pitch in pitches])


def test_the_shipped_codec_is_nearer_than_mu_law_and_components_at_any_bit_rate():
    params, config = neural.pretrained("codec")
    x = bank(UNHEARD, (45, 57, 66, 78), config)
    spectra = SpectrumComponents(
        bank(TRAINED, range(36, 84, 5), config), n_fft=512, together=4
    )
    for n in (5, 9, 14, 18):
        bits = n * config.bit_rate / config.n_codebooks
        own = recipe.distance(params, x, config, n_codebooks=n)
        rivals = (
            spectra(x, bits, config.sample_rate),
            mu_law(x, bits, config.sample_rate, depth=5, hold=True),
        )
        for y in rivals:
            assert own < np.mean(multi_scale_distance(x, y)), n

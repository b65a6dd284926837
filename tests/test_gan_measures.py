"""The benchmark's own measures of GANSynth's notes: do phases hold, do they matter?"""

import jax.numpy as jnp
import numpy as np
import pytest

from bench.gan_pictures import KINDS, by_lot, sizes
from bench.gansynth import kept
from neural import growing
from neural.notes.gansynth import Config
from neural.spectrogram_pictures import drawn, from_patches, sounding

CONFIG = Config.tiny()
RATE = CONFIG.sample_rate


def notes(change):
    """Four notes whose angles wander, every 64 samples by `change` half turns."""
    t = np.arange(CONFIG.n_samples) / RATE
    f0 = np.array([262.0, 330.0, 466.0, 700.0])[:, None]
    rng = np.random.default_rng(0)
    off = np.cumsum(change * rng.standard_normal((4, CONFIG.n_samples // 64)), axis=1)
    angle = 2.0 * np.pi * f0 * t + np.pi * np.repeat(off, 64, axis=1)
    return np.sin(angle) + 0.5 * np.sin(2.0 * angle)


def test_a_steady_tone_comes_again():
    """Also while it decays."""
    decay = np.exp(-np.arange(CONFIG.n_samples) / 500.0)
    assert kept(notes(0.0), CONFIG) > 0.98
    assert kept(decay * notes(0.0), CONFIG) > 0.98


def test_less_the_more_phases_wander():
    wandering = [kept(notes(change), CONFIG) for change in (0.0, 0.1, 0.2)]
    assert np.all(np.diff(wandering) < -0.1)
    noise = np.random.default_rng(1).standard_normal((4, CONFIG.n_samples))
    assert kept(noise, CONFIG) < 0.15
    assert kept(notes(1.0), CONFIG) < 0.3


def test_loudness_does_not_matter():
    x = notes(0.3)
    gain = np.array([[0.1], [1.0], [10.0], [3.0]])
    np.testing.assert_allclose(kept(gain * x, CONFIG), kept(x, CONFIG), rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_frames_that_overlap_as_the_papers(kind):
    """32 frames of 128 bins, which cover the note and hold what is loudest."""
    config = sizes(kind, 4)
    how = config.pictures
    assert (how.n_frames, how.n_bins, how.n_fft, how.hop_length) == (32, 128, 256, 64)
    assert config.n_samples <= how.n_covered < config.n_samples + how.n_fft
    assert growing.size_of(config) == (16, 64)
    assert sizes(kind, 2) == Config.tiny(kind)
    with pytest.raises(ValueError, match="2 or 4"):
        sizes(kind, 8)


def test_phases_by_lot_leave_the_loudness():
    config = sizes("if", 4)
    patches = drawn(jnp.asarray(notes(0.0), jnp.float32), config)
    before, after = (
        np.asarray(from_patches(p, config.patch)) for p in (patches, by_lot(patches))
    )
    np.testing.assert_array_equal(before[..., 0], after[..., 0])
    assert abs(np.corrcoef(before[..., 1].ravel(), after[..., 1].ravel())[0, 1]) < 0.02
    assert np.abs(after[..., 1]).max() <= config.scale[1]
    assert kept(np.asarray(sounding(patches, config)), config) > 0.95
    assert kept(np.asarray(sounding(by_lot(patches), config)), config) < 0.5

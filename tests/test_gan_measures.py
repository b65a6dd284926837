"""The benchmark's own measure of GANSynth's notes: do phases hold?"""

import numpy as np

from bench.gansynth import kept
from neural.notes.gansynth import Config

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

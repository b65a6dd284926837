"""Sound as pictures and back: round trips, steady tones, and the mel matrix."""

import dataclasses
import functools

import jax.numpy as jnp
import numpy as np
import pytest

from dsplab.spectral import istft, stft
from neural.spectrogram_pictures import (
    Pictures,
    from_patches,
    from_sound,
    in_patches,
    inverse,
    mel_matrix,
    to_sound,
)

SMALL = Pictures(kind="if", sample_rate=8000, n_frames=16, n_bins=128)
N = 2000  # 16 frames cover 1216, so pictures are of their ends


def how_of(kind):
    return dataclasses.replace(SMALL, kind=kind, n_frames=32)


@functools.cache
def sound():
    """Two notes with harmonics and a little noise: (2, N)."""
    t, rng = np.arange(N) / 8000.0, np.random.default_rng(0)
    partials = [np.sin(2 * np.pi * 440.0 * k * t + k) / k for k in range(1, 6)]
    x = np.array([0.2, 0.1])[:, None] * sum(partials)
    x = x + 0.005 * rng.standard_normal((2, N))
    return jnp.asarray(x, jnp.float64)


def test_sizes_of_the_paper():
    high, low = Pictures(), Pictures(n_frames=256, n_bins=512)
    assert (high.n_fft, high.hop_length, high.n_covered) == (2048, 512, 67072)
    assert (low.n_fft, low.hop_length, low.n_covered) == (1024, 256, 66304)
    assert (high.n_covered - 64000, low.n_covered - 64000) == (3072, 2304)


@pytest.mark.parametrize("kind", ["phase", "if"])
def test_all_but_the_offset_comes_back(kind):
    """Within 1e-5 away from the edges, where all frames cover the sound."""
    how, x = how_of(kind), np.asarray(sound())
    pictures = from_sound(x, how)
    assert pictures.shape == (2, 32, 128, 2)
    again = to_sound(pictures, how, n_samples=N)
    padded = jnp.pad(sound(), [(0, 0), (how.n_covered - N, 0)])
    X = stft(padded, n_fft=256, hop_length=64, center=False)
    lost = _istft(X.at[..., 1:, :].set(0.0), how)
    inner = slice(64, -256)
    np.testing.assert_allclose(
        np.asarray(again + lost)[:, inner], x[:, inner], atol=1e-5
    )


def test_frames_that_overlap_by_half_leave_the_loudness():
    """Two frames weigh neighbours unequally; the sound has to be even."""
    how = dataclasses.replace(SMALL, kind="phase", overlap=2)
    t = np.arange(how.n_covered) / 8000.0
    x = np.sin(2 * np.pi * 1010.0 * t)[None]
    again = to_sound(from_sound(x, how), how, n_samples=how.n_covered)
    inner = slice(how.hop_length, -how.hop_length)
    np.testing.assert_allclose(np.asarray(again)[:, inner], x[:, inner], atol=1e-4)
    assert np.abs(again[:, :9]).max() < 1e-3  # and fades where one frame begins


def _istft(X, how):
    y = istft(X, hop_length=how.hop_length, center=False, length=how.n_covered)
    return y[:, how.n_covered - N :]


def test_a_steady_tone_has_a_steady_frequency():
    t = np.arange(1216) / 8000.0
    x = np.cos(2 * np.pi * 1010.0 * t)[None]
    picture = from_sound(x, SMALL)[0]
    row = round(1010.0 * 256 / 8000) - 1  # the bin at 0 Hz is left out
    half_turns = 2 * 1010.0 * SMALL.hop_length / 8000
    wanted = half_turns - 2 * np.round(half_turns / 2)
    np.testing.assert_allclose(picture[1:, row, 1], wanted, atol=1e-4)
    assert np.abs(picture[..., 1]).max() <= 1.0 + 1e-9


def test_phases_and_frequencies_are_numpys():
    x = np.asarray(sound())[:, :1216]
    angle = np.pi * np.asarray(
        from_sound(x, dataclasses.replace(SMALL, kind="phase"))[..., 1]
    )
    turning = np.diff(np.unwrap(angle, axis=1), axis=1) / np.pi
    found = from_sound(x, SMALL)[..., 1]
    off = found[:, 1:] - turning
    np.testing.assert_allclose(off - 2 * np.round(off / 2), 0.0, atol=1e-9)
    np.testing.assert_allclose(found[:, 0], angle[:, 0] / np.pi, atol=1e-9)


def test_mel_pictures_are_the_published_steps():
    """Power gathered, unwrapped phases gathered, then differences again."""
    how = how_of("if_mel")
    x = np.asarray(sound())
    plain = np.asarray(from_sound(x, how_of("if")))
    gather = mel_matrix(128, 128, 8000, aliased=True)
    power = np.exp(2 * plain[..., 0]) @ gather
    phase = np.cumsum(np.pi * plain[..., 1], axis=1) @ gather
    turning = np.diff(np.unwrap(phase, axis=1), axis=1) / np.pi
    found = np.asarray(from_sound(x, how))
    np.testing.assert_allclose(found[..., 0], np.log(power + 1e-6), atol=1e-9)
    np.testing.assert_allclose(found[:, 0, :, 1], phase[:, 0] / np.pi, atol=1e-9)
    off = found[:, 1:, :, 1] - turning
    np.testing.assert_allclose(off - 2 * np.round(off / 2), 0.0, atol=1e-8)
    y = to_sound(found, how, n_samples=N)
    assert y.shape == x.shape and np.abs(y).max() < 1.0
    level = np.log10(np.mean(np.square(y[:, 256:-256])) / np.mean(x[:, 256:-256] ** 2))
    assert abs(10 * level) < 3.0  # dB: as loud as before


@pytest.mark.parametrize(
    "n_mels, n_bins, aliased, norm, total",
    [
        (1024, 1024, True, 26.1175, 1021.0982),
        (1024, 1024, False, None, 1179.160),
        (512, 512, True, 18.4559, 509.1017),
        (32, 200, True, 11.2641, 190.2658),
        (32, 200, False, 11.2641, 190.2658),
        (64, 512, True, 18.24, 499.4969),
        (64, 512, False, 18.24, 499.4969),
    ],
)
def test_the_published_mel_matrix(n_mels, n_bins, aliased, norm, total):
    matrix = mel_matrix(n_mels, n_bins, 16000, aliased=aliased)
    assert matrix.shape == (n_bins, n_mels) and not matrix[0].any()
    np.testing.assert_allclose(matrix.sum(), total, atol=1e-3)
    if norm:
        np.testing.assert_allclose(np.linalg.norm(matrix), norm, atol=1e-4)


def test_the_inverse_keeps_the_sum_of_each_bin():
    matrix = mel_matrix(128, 128, 8000, aliased=False)
    sums = (matrix @ inverse(matrix)).sum(axis=0)
    np.testing.assert_allclose(sums[1:-1], 1.0, atol=1e-9)


def test_too_long_a_sound_is_refused():
    with pytest.raises(ValueError, match="at most 1216 samples"):
        from_sound(jnp.zeros((1, 1217)), SMALL)


def test_patches_are_the_picture():
    picture = jnp.arange(2 * 4 * 6 * 2.0).reshape(2, 4, 6, 2)
    patches = in_patches(picture, 2)
    assert patches.shape == (2, 2, 3, 8)
    wanted = picture[1, 2:4, 4:6].reshape(-1)
    np.testing.assert_array_equal(patches[1, 1, 2], wanted)
    np.testing.assert_array_equal(from_patches(patches, 2), picture)

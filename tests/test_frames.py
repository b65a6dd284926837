"""Framing and overlap-add: defined by a loop, adjoint to each other, batched, typed."""

import jax.test_util
import numpy as np
import pytest

from dsplab.frames import frame, overlap_add

GRID = pytest.mark.parametrize(
    "frame_length, hop_length", [(8, 2), (8, 3), (8, 8), (1, 1), (5, 4), (4, 7)]
)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


@GRID
def test_frame_is_the_loop(xp, compiled, frame_length, hop_length):
    x = noise(2, 40)
    sizes = {"frame_length": frame_length, "hop_length": hop_length}
    frames = np.asarray(compiled(lambda x: frame(x, **sizes))(xp.asarray(x)))
    assert frames.shape == (2, frame_length, 1 + (40 - frame_length) // hop_length)
    for m in range(frames.shape[-1]):
        start = m * hop_length
        np.testing.assert_array_equal(
            frames[..., m], x[:, start : start + frame_length]
        )


@GRID
def test_overlap_add_is_the_loop(xp, compiled, frame_length, hop_length):
    frames = noise(3, frame_length, 6)
    expected = np.zeros((3, frame_length + 5 * hop_length))
    for m in range(6):
        expected[:, m * hop_length : m * hop_length + frame_length] += frames[..., m]
    add = compiled(lambda frames: overlap_add(frames, hop_length=hop_length))
    y = add(xp.asarray(frames))
    np.testing.assert_allclose(y, expected, atol=1e-14)


@GRID
def test_overlap_add_is_the_adjoint_of_frame(frame_length, hop_length):
    x = noise(40)  # in JAX, too, both functions are their loops
    frames = frame(x, frame_length=frame_length, hop_length=hop_length)
    other = noise(*frames.shape, seed=1)
    y = overlap_add(other, hop_length=hop_length)
    written = (x[: y.shape[0]] * y).sum()
    np.testing.assert_allclose((frames * other).sum(), written, rtol=1e-12)


def test_library_and_dtype_are_those_of_the_input(xp):
    x = xp.asarray(noise(50), dtype=xp.float32)
    y = overlap_add(frame(x, frame_length=8, hop_length=2), hop_length=2)
    assert type(y) is type(x) and y.dtype == x.dtype


def test_frames_are_a_copy():
    x = noise(20)
    frames = frame(x, frame_length=4, hop_length=2)
    frames[...] = 0.0
    assert (x != 0).all()


def test_gradient():
    def energy(x):
        frames = frame(x, frame_length=8, hop_length=3)
        return (overlap_add(frames**2, hop_length=5) ** 2).sum()

    jax.test_util.check_grads(energy, (jax.numpy.asarray(noise(40)),), 1, ["rev"])


def test_errors():
    with pytest.raises(ValueError, match="x must have at least 9 samples"):
        frame(np.ones(8), frame_length=9, hop_length=1)
    with pytest.raises(ValueError, match="hop_length must be an integer at least 1"):
        frame(np.ones(8), frame_length=4, hop_length=0)
    with pytest.raises(ValueError, match="frame_length must be an integer"):
        frame(np.ones(8), frame_length=2.5, hop_length=1)
    with pytest.raises(ValueError, match="frames must have shape"):
        overlap_add(np.ones(8), hop_length=1)

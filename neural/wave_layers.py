"""Layers of networks that take a wave to a few channels, and back.

    Snake       an activation with a wave in it
    NormConv    a convolution with weight normalisation: plain, strided, transposed
    NormConv2d  one of pictures

A convolution whose taps are two strides long is computed as a product of frames, and
the transposed one as a product whose frames overlap: the same numbers, quick on every
machine. Arrays are `(batch, time, channels)`.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn

SQUARED_SINE = (9.8696043, -32.4696712, 42.7271963, -30.1014658, 13.0500981, -3.3565926)


class Snake(nn.Module):
    """x + sin(a x)^2 / a: a line with a wave on it, for what is periodic. a is learned.

    Reference: L. Ziyin et al., "Neural Networks Fail to Learn Periodic Functions and
    How to Fix It", NeurIPS 2020.
    """

    @nn.compact
    def __call__(self, x):
        """(..., channels), each with its own a, 1 at the start."""
        a = self.param("a", nn.initializers.ones, (x.shape[-1],), jnp.float32)
        return x + squared_sine(a * x) / (a + 1e-9)


def squared_sine(x):
    """sin(x)^2 to 2e-8, and its gradient: a polynomial, three times as quick on a CPU.

    With x = pi (u + k), k whole and |u| <= 1/2, it is v (c0 + c1 v + ...), v = u^2;
    c were fitted at Chebyshev's points.
    """
    u = x / jnp.pi
    u = u - jax.lax.stop_gradient(jnp.round(u))
    v = u * u
    total = jnp.zeros_like(v)
    for c in SQUARED_SINE[::-1]:
        total = total * v + jnp.asarray(c, v.dtype)
    return v * total


class NormConv(nn.Module):
    """A convolution with weight normalisation: direction and length learned apart.

    Three kinds, all (batch, time, in) to (batch, time * ..., features): plain and
    dilated (as long as the input); `stride` s > 1, 2 s taps (time / s);
    `transposed` s > 1, 2 s taps (time * s).
    """

    features: int
    taps: int = 1
    dilation: int = 1
    stride: int = 1
    transposed: int = 1

    @nn.compact
    def __call__(self, x):
        """Convolve."""
        n_in, s = x.shape[-1], max(self.stride, self.transposed)
        taps = 2 * s if s > 1 else self.taps
        # a transposed convolution's lengths belong to its inputs, as in PyTorch
        axes = (0, 2) if self.transposed > 1 else (0, 1)
        start = nn.initializers.lecun_normal()
        shape = (taps, n_in, self.features)
        kernel = self.param("kernel", start, shape, jnp.float32)
        length = jnp.sqrt(jnp.sum(kernel**2, axis=axes, keepdims=True))
        scale = self.param("scale", lambda _: length)
        zeros = nn.initializers.zeros
        bias = self.param("bias", zeros, (self.features,), jnp.float32)
        kernel = kernel * (scale / length)
        if self.transposed > 1:
            return _spread(x, kernel, s) + bias
        if self.stride > 1:
            return _gathered(x, kernel, s) + bias
        if taps == 1:
            return x @ kernel[0] + bias
        around = (taps - 1) * self.dilation // 2
        return bias + jax.lax.conv_general_dilated(
            x,
            kernel,
            window_strides=(1,),
            padding=[(around, around)],
            rhs_dilation=(self.dilation,),
            dimension_numbers=("NTC", "TIO", "NTC"),
        )


class NormConv2d(nn.Module):
    """A convolution of pictures with weight normalisation; taps are odd numbers.

    (batch, height, width, in) to (batch, height / strides[0], ..., features), rounded
    up.
    """

    features: int
    taps: tuple[int, int]
    strides: tuple[int, int] = (1, 1)

    @nn.compact
    def __call__(self, x):
        """Convolve."""
        start, zeros = nn.initializers.lecun_normal(), nn.initializers.zeros
        shape = (*self.taps, x.shape[-1], self.features)
        kernel = self.param("kernel", start, shape, jnp.float32)
        length = jnp.sqrt(jnp.sum(kernel**2, axis=(0, 1, 2), keepdims=True))
        scale = self.param("scale", lambda _: length)
        bias = self.param("bias", zeros, (self.features,), jnp.float32)
        return bias + jax.lax.conv_general_dilated(
            x,
            kernel * (scale / length),
            window_strides=self.strides,
            padding=[(n // 2, n // 2) for n in self.taps],
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
        )


def _gathered(x, kernel, s):
    """Every s samples one product with 2 s of them: (batch, time, in) to time / s."""
    batch, time, n_in = x.shape
    before = -(-s // 2)
    padded = jnp.pad(x, [(0, 0), (before, 2 * s - before), (0, 0)])
    frames = padded[:, : (time // s + 1) * s].reshape(batch, -1, s * n_in)
    pairs = jnp.concatenate([frames[:, :-1], frames[:, 1:]], axis=-1)
    return pairs @ kernel.reshape(2 * s * n_in, -1)


def _spread(x, kernel, s):
    """Each of (batch, time, in) to 2 s samples, s of which it shares with the next."""
    batch, time, n_in = x.shape
    wide = jnp.moveaxis(kernel, 1, 0).reshape(n_in, -1)
    frames = (x @ wide).reshape(batch, time, 2, -1)  # two halves of s samples
    first = jnp.pad(frames[:, :, 0], [(0, 0), (0, 1), (0, 0)])
    second = jnp.pad(frames[:, :, 1], [(0, 0), (1, 0), (0, 0)])
    samples = (first + second).reshape(batch, (time + 1) * s, -1)
    before = -(-s // 2)
    return samples[:, before : before + time * s]

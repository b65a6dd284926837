"""Layers of networks that take a wave to a few channels, and back.

    Snake       an activation with a wave in it
    NormConv    a convolution with weight normalisation: plain, strided, transposed

A convolution whose taps are two strides long is computed as a product of frames, and
the transposed one as a product whose frames overlap: the same numbers, quick on every
machine. Arrays are `(batch, time, channels)`.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn


class Snake(nn.Module):
    """x + sin(a x)^2 / a: a line with a wave on it, for what is periodic. a is learned.

    Reference: L. Ziyin et al., "Neural Networks Fail to Learn Periodic Functions and
    How to Fix It", NeurIPS 2020.
    """

    @nn.compact
    def __call__(self, x):
        """(..., channels), each with its own a, 1 at the start."""
        a = self.param("a", nn.initializers.ones, (x.shape[-1],), jnp.float32)
        return x + jnp.sin(a * x) ** 2 / (a + 1e-9)


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

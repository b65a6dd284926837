"""A vector by the nearest of a few that are learned: what codecs make their codes with.

**Factorized codes.** The codebook looks at a projection of the vector to a few
dimensions. What is handed on is the nearest row, projected back. *Normalized*, nearest
means of the largest cosine, whatever the lengths (the row handed on has its own);
otherwise of the least distance.

**Learning through a choice.** To choose has no gradient, so the gradient for the row q
is given to the projection e as if q were e (*straight through*), and two terms draw
them together: |stop(e) - q|^2 moves the row, |e - stop(q)|^2 moves what is before it.

**A start.** `seeded` takes rows from vectors that occur, and projects back by the
pseudo-inverse, so that what is left over is less than what came from the first step on.

Reference: A. van den Oord, O. Vinyals, K. Kavukcuoglu, "Neural Discrete Representation
Learning", NeurIPS 2017; J. Yu et al., "Vector-Quantized Image Modeling with Improved
VQGAN", ICLR 2022, for projections and directions.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn

from neural.wave_layers import NormConv


class Quantizer(nn.Module):
    """One codebook.

    size: its rows; width: dimensions in which they are compared; n_latent: of vectors;
    normalized: compare directions alone.
    """

    size: int
    width: int
    n_latent: int
    normalized: bool = True

    def setup(self):
        """Projections there and back, and the codebook (size, width)."""
        self.down, self.up = NormConv(self.width), NormConv(self.n_latent)
        start, shape = nn.initializers.normal(1.0), (self.size, self.width)
        self.codebook = self.param("codebook", start, shape, jnp.float32)

    def __call__(self, r):
        """(batch, frames, n_latent) to vectors of that shape, codes and two losses.

        Codes are (batch, frames), losses (batch,): of the codebook, and commitment.
        """
        e = self.down(r)
        codes = nearest(e, self.codebook, normalized=self.normalized)
        q = self.codebook[codes]
        pull = jnp.mean((jax.lax.stop_gradient(e) - q) ** 2, axis=(1, 2))
        stay = jnp.mean((e - jax.lax.stop_gradient(q)) ** 2, axis=(1, 2))
        through = e + jax.lax.stop_gradient(q - e)
        return self.up(through), codes, pull, stay

    def look_up(self, codes):
        """The vectors (..., n_latent) of codes."""
        return self.up(self.codebook[codes])


def nearest(e, codebook, *, normalized):
    """Numbers (...) of the rows (size, width) nearest to e (..., width)."""
    if normalized:
        return jnp.argmax(unit(e) @ unit(codebook).T, axis=-1)
    # |e - c|^2 = |e|^2 - 2 (e c - |c|^2 / 2)
    return jnp.argmax(e @ codebook.T - jnp.sum(codebook**2, axis=-1) / 2, axis=-1)


def seeded(params, key, r):
    """Parameters of a `Quantizer` that begins with what occurs.

    Args:
      params: fresh ones.
      key: draws the rows.
      r: vectors (batch, frames, n_latent), as many as the codebook has rows or more.
    """
    size, width = params["codebook"].shape
    e = NormConv(width).apply({"params": params["down"]}, r).reshape(-1, width)
    rows = jax.random.choice(key, e, (size,), replace=False)
    kernel = params["down"]["kernel"]  # begins as long as its scale says
    back = jnp.linalg.pinv(kernel[0])[None]
    length = jnp.sqrt(jnp.sum(back**2, axis=(0, 1), keepdims=True))
    up = {**params["up"], "kernel": back, "scale": length}
    return {**params, "codebook": rows, "up": up}


def unit(x):
    """Vectors of length 1, along the last axis."""
    length = jnp.sqrt(jnp.sum(x**2, axis=-1, keepdims=True))
    return x / jnp.maximum(length, 1e-12)

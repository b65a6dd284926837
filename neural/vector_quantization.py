"""A vector by the nearest of a few that are learned: what codecs make their codes with.

**Factorized codes.** The codebook looks at a projection of the vector to a few
dimensions. What is handed on is the nearest row, projected back. *Normalized*, nearest
means of the largest cosine, whatever the lengths (the row handed on has its own);
otherwise of the least distance.

**Learning through a choice.** To choose has no gradient, so the gradient for the row q
is given to the projection e as if q were e (*straight through*), and two terms draw
them together: |stop(e) - q|^2 moves the row, |e - stop(q)|^2 moves what is before it.

**Residual vector quantization.** A million vectors in one codebook could not be
learned, but ten codebooks of 1024, each for what the ones before have left over, can.

**A start.** `residual_k_means` finds rows for vectors that occur, without gradients.

Reference: A. van den Oord, O. Vinyals, K. Kavukcuoglu, "Neural Discrete Representation
Learning", NeurIPS 2017; J. Yu et al., "Vector-Quantized Image Modeling with Improved
VQGAN", ICLR 2022, for projections and directions; N. Zeghidour et al., "SoundStream",
2021 (arXiv:2107.03312), for residuals and k-means.
"""

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn

from neural.wave_layers import NormConv


class Quantizer(nn.Module):
    """One codebook.

    size: its rows; width: dimensions in which they are compared; n_latent: of vectors,
    which are compared as they are if width is as much; normalized: directions alone.
    """

    size: int
    width: int
    n_latent: int
    normalized: bool = True

    def setup(self):
        """Projections there and back, and the codebook (size, width)."""
        width = min(self.width, self.n_latent)
        if width < self.n_latent:
            self.down, self.up = NormConv(width), NormConv(self.n_latent)
        else:
            self.down = self.up = lambda vectors: vectors
        start, shape = nn.initializers.normal(1.0), (self.size, width)
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


class ResidualQuantizer(nn.Module):
    """Codebook after codebook, each for what the ones before have left over.

    n_codebooks: how many; the others as in `Quantizer`.
    """

    n_codebooks: int
    size: int
    width: int
    n_latent: int
    normalized: bool = True

    def setup(self):
        """Declare them."""
        sizes = (self.size, self.width, self.n_latent, self.normalized)
        self.quantizers = [Quantizer(*sizes) for _ in range(self.n_codebooks)]

    def __call__(self, z, n_used=None):
        """Quantize.

        Args:
          z: (batch, frames, n_latent).
          n_used: (batch,), codebooks that count; None for all.

        Returns:
          Vectors like z, codes (batch, n_codebooks, frames), and the two losses, means
          over the batch of the sums over codebooks that count.
        """
        n_used = jnp.full(len(z), self.n_codebooks) if n_used is None else n_used
        y, rest, codes, pull, stay = jnp.zeros_like(z), z, [], 0.0, 0.0
        for number, quantizer in enumerate(self.quantizers):
            q, chosen, pulled, stayed = quantizer(rest)
            counts = (number < n_used).astype(z.dtype)
            y, rest = y + counts[:, None, None] * q, rest - q
            codes.append(chosen)
            pull, stay = pull + (counts * pulled), stay + (counts * stayed)
        return y, jnp.stack(codes, axis=1), pull.mean(), stay.mean()

    def look_up(self, codes):
        """The sum of the vectors of codes (batch, n, frames), n of the codebooks."""
        rows = jnp.moveaxis(codes, 1, 0)
        used = self.quantizers[: len(rows)]
        return sum(q.look_up(row) for q, row in zip(used, rows, strict=True))


def k_means(points, n_rows, rng, n_rounds):
    """The means of n_rows groups of points (n, d), each in the group of its nearest.

    A group that nobody is in begins anew at a point drawn by chance. NumPy.
    """
    rows = points[rng.choice(len(points), n_rows)]
    for _ in range(n_rounds):
        group = np.asarray(nearest(points, rows, normalized=False))
        size = np.bincount(group, minlength=n_rows)
        total = np.zeros_like(rows)
        np.add.at(total, group, points)
        fresh = points[rng.choice(len(points), n_rows)]
        some = np.maximum(size, 1)[:, None]
        rows = np.where(size[:, None] > 0, total / some, fresh).astype(points.dtype)
    return rows


def residual_k_means(points, n_codebooks, n_rows, rng, *, n_rounds=10):
    """A list of codebooks (n_rows, d), each of what those before leave of points."""
    books = []
    for _ in range(n_codebooks):
        books.append(k_means(points, n_rows, rng, n_rounds))
        chosen = np.asarray(nearest(points, books[-1], normalized=False))
        points = points - books[-1][chosen]
    return books


def unit(x):
    """Vectors of length 1, along the last axis."""
    length = jnp.sqrt(jnp.sum(x**2, axis=-1, keepdims=True))
    return x / jnp.maximum(length, 1e-12)

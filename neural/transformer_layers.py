"""Transformers: layers in which every step hears every step before it.

    positions   the number of a step, as sines
    Attention   questions, keys and values
    ToldLayer   a layer that hears its past, and what it is told

Reference:
  A. Vaswani et al., "Attention is all you need", NIPS 2017 (arXiv:1706.03762); the
  layers are normalised first, and without biases, as in J. Copet et al., "Simple and
  Controllable Music Generation", NeurIPS 2023 (arXiv:2306.05284).
"""

import math

import jax
import jax.numpy as jnp
from flax import linen as nn


def positions(steps, width):
    """Sines and cosines of step numbers: (len(steps), width)."""
    half = width // 2
    angle = steps[:, None] / 10000.0 ** (jnp.arange(half) / (half - 1))
    return jnp.concatenate([jnp.cos(angle), jnp.sin(angle)], axis=-1)


class Attention(nn.Module):
    """Every x asks, everything heard answers, as much as question and key agree.

    y = softmax(q k' / sqrt(d)) v, in n_heads parts of width d at once.
    """

    n_heads: int
    n_width: int

    def setup(self):
        """Declare the maps to questions, keys and values, and the one out."""
        self.ask, self.keys, self.values, self.out = (
            nn.Dense(self.n_width, use_bias=False) for _ in range(4)
        )

    def heard(self, x):
        """Keys and values (batch, time, n_heads, d) of x (batch, time, width)."""
        return self.parts(self.keys(x)), self.parts(self.values(x))

    def parts(self, x):
        """(batch, time, width) to (batch, time, n_heads, d)."""
        return x.reshape(*x.shape[:2], self.n_heads, -1)

    def __call__(self, x, keys, values, seen=None):
        """What x (batch, steps, width) hears; seen (steps, time): what it may hear."""
        q, k, v = (rows_of(each) for each in (self.parts(self.ask(x)), keys, values))
        score = q @ jnp.swapaxes(k, 1, 2) / math.sqrt(q.shape[-1])
        score = score.astype(jnp.float32)  # a softmax is not for 16 bits
        if seen is not None:
            score = jnp.where(seen, score, -jnp.inf)
        y = jax.nn.softmax(score, axis=-1).astype(x.dtype) @ v
        y = jnp.moveaxis(y.reshape(len(x), self.n_heads, *y.shape[1:]), 1, 2)
        return self.out(y.reshape(x.shape))


def rows_of(x):
    """(batch, time, n_heads, d) to (batch * n_heads, time, d): a product for each."""
    return jnp.moveaxis(x, 2, 1).reshape(-1, x.shape[1], x.shape[3])


class ToldLayer(nn.Module):
    """Attention to what was written, to what was told, and two linear maps.

        x <- x + attention of x to itself and what came before
        x <- x + attention of x to what was told
        x <- x + W_2 gelu(W_1 x)            each time x is normalised first

    One call serves training, a whole text in one step, and writing, a step of one: keys
    and values of the past are kept, so both compute the same.
    """

    n_heads: int
    n_width: int

    def setup(self):
        """Declare them."""
        n, heads = self.n_width, self.n_heads
        self.past, self.told = Attention(heads, n), Attention(heads, n)
        self.norms = [nn.LayerNorm() for _ in range(3)]
        self.wide = nn.Dense(4 * n, use_bias=False)
        self.out = nn.Dense(n, use_bias=False)

    def __call__(self, x, told, memory, t):
        """Steps t, t + 1 ... of a text.

        Args:
          x: (batch, steps, width).
          told: keys and values of what is told.
          memory: keys and values (batch, n_steps, heads, d) of the steps before t.
          t: number of the first of these steps.

        Returns:
          The next x, and the memory with these steps.
        """
        y = self.norms[0](x)
        memory = jax.tree.map(
            lambda old, new: jax.lax.dynamic_update_slice_in_dim(old, new, t, axis=1),
            memory,
            self.past.heard(y),
        )
        now = t + jnp.arange(x.shape[1])
        seen = jnp.arange(memory[0].shape[1]) <= now[:, None]
        x = x + self.past(y, *memory, seen)
        x = x + self.told(self.norms[1](x), *told)
        return x + self.out(nn.gelu(self.wide(self.norms[2](x)))), memory

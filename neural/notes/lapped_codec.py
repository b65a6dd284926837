"""A codec without a network: cosines that overlap, and residual vector quantization.

What a neural codec learns end to end stands here in two steps that can be followed by
hand. The encoder is a *lapped transform*, the MDCT of J. Princen, A. Johnson and A.
Bradley, "Subband/Transform Coding Using Filter Bank Designs Based on Time Domain
Aliasing Cancellation", ICASSP 1987: frames of 2 H samples, H apart, under a sine
window, and H numbers of each,

    X[k] = sqrt(2 / H) sum over n of w[n] x[n] cos(pi / H (n + 1/2 + H / 2) (k + 1/2)),

which is orthogonal: its transpose, frames added up, is its inverse, and an error of the
numbers is as large an error of the sound. Each frame of H numbers is then given by
`n_codebooks` codes: the row of the first codebook nearest to it, the row of the second
nearest to what is left over, and so on, as in `neural.notes.codec`; but rows are
compared as they are. The codebooks are learned one after the other, by k-means.

It needs seconds to learn, and a language model can write its codes as well as any
other's. What it cannot do is what a decoder that has learned does: put what is likely
in place of what was lost.

    params, config = neural.pretrained("lapped-codec")
    codes = encode(params, x, config)          # (batch, n_codebooks, frames)
    y = decode(params, codes, config)
"""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np

from neural.vector_quantization import nearest, residual_k_means


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes.

    Attributes:
      sample_rate: Hz.
      hop_length: samples to a frame of codes.
      n_codebooks: one after the other.
      codebook_size: rows of each.
    """

    sample_rate: int = 44100
    hop_length: int = 512
    n_codebooks: int = 9
    codebook_size: int = 1024

    @classmethod
    def paper(cls):
        """As many codes as the neural codec of InstrumentGen has: DAC's."""
        return cls()

    @classmethod
    def tiny(cls):
        """8 kHz, 62.5 frames of 4 codes of 8 bits a second: 2 kbit/s."""
        return cls(sample_rate=8000, hop_length=128, n_codebooks=4, codebook_size=256)


@functools.cache
def basis(hop_length):
    """Windowed cosines (2 H, H), float32; their columns are orthogonal."""
    n, k = np.arange(2 * hop_length)[:, None] + 0.5, np.arange(hop_length) + 0.5
    window = np.sin(np.pi * n / (2 * hop_length))
    cosines = np.cos(np.pi / hop_length * (n + hop_length / 2) * k)
    return (np.sqrt(2.0 / hop_length) * window * cosines).astype(np.float32)


def forward(x, hop_length):
    """Signals (batch, frames * H) to (batch, frames, H).

    The first frame begins H samples before the signal; the last H samples, for which
    there would be one more frame, fade out.
    """
    x = jnp.pad(jnp.asarray(x, jnp.float32), [(0, 0), (hop_length, 0)])
    blocks = x.reshape(len(x), -1, hop_length)
    frames = jnp.concatenate([blocks[:, :-1], blocks[:, 1:]], axis=-1)
    return frames @ basis(hop_length)


def back(X, hop_length):
    """And back: (batch, frames, H) to (batch, frames * H)."""
    frames = X @ basis(hop_length).T
    late = jnp.pad(frames[:, :-1, hop_length:], [(0, 0), (1, 0), (0, 0)])
    y = frames[:, :, :hop_length] + late  # frame t begins in block t - 1
    last = frames[:, -1:, hop_length:]
    return jnp.concatenate([y[:, 1:], last], axis=1).reshape(len(X), -1)


def init(key, config):
    """Codebooks (n_codebooks, codebook_size, hop_length) that have learned nothing."""
    shape = (config.n_codebooks, config.codebook_size, config.hop_length)
    return {"codebooks": 0.1 * jax.random.normal(key, shape, jnp.float32)}


def fit(x, config, *, seed=0, n_frames=12000, n_rounds=10):
    """Learn codebooks.

    Args:
      x: signals (batch, n_samples), whole frames.
      config: the sizes.
      seed: of the frames that are drawn, loud ones more often.
      n_frames: how many.
      n_rounds: of k-means.

    Returns:
      params, float32.
    """
    frames = np.asarray(forward(x, config.hop_length)).reshape(-1, config.hop_length)
    level = np.sqrt((frames**2).sum(axis=1)) + 1e-9
    rng = np.random.default_rng(seed)
    rest = frames[rng.choice(len(frames), n_frames, p=level / level.sum())]
    books = residual_k_means(
        rest, config.n_codebooks, config.codebook_size, rng, n_rounds=n_rounds
    )
    return {"codebooks": np.stack(books)}


@functools.partial(jax.jit, static_argnames="config")
def _encode(params, x, config):
    rest, codes = forward(x, config.hop_length), []
    for book in params["codebooks"]:
        codes.append(nearest(rest, book, normalized=False).astype(jnp.int32))
        rest = rest - book[codes[-1]]
    return jnp.stack(codes, axis=1)


@functools.partial(jax.jit, static_argnames="config")
def _decode(params, codes, config):
    rows = jnp.moveaxis(codes, 1, 0)
    books = params["codebooks"][: len(rows)]
    X = sum(book[row] for book, row in zip(books, rows, strict=True))
    return back(X, config.hop_length)


def encode(params, x, config):
    """Sound to codes.

    Args:
      params: from `fit` or `neural.pretrained`.
      x: signals (batch, n_samples) at config.sample_rate, about as loud as those that
        were learned from; silence follows to a whole number of frames.
      config: the sizes.

    Returns:
      Codes (batch, n_codebooks, frames) int32, a frame for each hop_length samples.
    """
    x = jnp.asarray(x, jnp.float32)
    if x.ndim != 2 or not x.shape[1]:
        raise ValueError(f"x must be signals (batch, n_samples), got shape {x.shape}")
    x = jnp.pad(x, [(0, 0), (0, -x.shape[1] % config.hop_length)])
    return _encode(params, x, config)


def decode(params, codes, config):
    """Codes (batch, n, frames) to signals (batch, frames * hop_length).

    Args:
      params: from `fit` or `neural.pretrained`.
      codes: n may be fewer than n_codebooks: the first ones.
      config: the sizes.
    """
    codes = jnp.asarray(codes)
    n_most = config.n_codebooks
    if codes.ndim != 3 or not 1 <= codes.shape[1] <= n_most or not codes.shape[2]:
        raise ValueError(
            f"codes must be (batch, 1 to {n_most} codebooks, frames), got shape "
            f"{codes.shape}"
        )
    return _decode(params, codes, config)

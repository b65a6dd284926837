"""CLAP: words and sounds as points of one space, near where one describes the other.

Two encoders that meet: one reads a caption, one hears a note, and both end in a vector
of length 1. In a batch of n pairs each sound has one caption that belongs to it and
n - 1 that do not, and the other way round; that is all there is to learn from:

    s[i, j] = exp(T) <a_i, b_j>
    loss = mean of -log softmax(s)[i, i], over rows and over columns, halved

(*InfoNCE*; the temperature, exp(-T), is learned). Afterwards a text and a sound can be
used for each other: to find a sound by words, or to tell a generator which to make.

**Sound**: `short_chunk`, whose last layer gives the vector, on a mel picture as loud as
any other (`hearing`).

**Words**: a text is the mean of its words, in any order, and a word the mean of the
learned vectors of itself and of each three letters in a row of it; two dense layers
follow. Which vector, a hash says: so every word has one. "guitars" is near "guitar";
a word none of whose parts was ever learned adds nothing to a text, and a text of such
words alone is what an empty one is.

**Differences.** The published encoders, HTSAT and RoBERTa, have 158 million parameters
and learned from 630 thousand pairs. These have learned from captions made of labels
(`neural.data.captions`), and know their words only.

    a = embed(params, x, sample_rate, config)         # (n, n_joint)
    b = read(params, ["bright plucked string"], config)

Reference:
  Y. Wu, K. Chen, T. Zhang, Y. Hui, T. Berg-Kirkpatrick, S. Dubnov, "Large-Scale
  Contrastive Language-Audio Pretraining with Feature Fusion and Keyword-to-Caption
  Augmentation", ICASSP 2023 (arXiv:2211.06687). P. Bojanowski et al., "Enriching Word
  Vectors with Subword Information", 2017: the words.
"""

import dataclasses
import functools
import re
import zlib

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import linen as nn

from neural.classifiers import short_chunk
from neural.classifiers.family import picture
from neural.classifiers.hearing import in_batches, notes_heard
from neural.optimization import step_of

__all__ = ["Config", "bags", "embed", "init", "loss", "picture", "read", "train_step"]
MOST_PARTS = 96  # of a text that are read
WARMEST = 100.0  # exp(T) is at most


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config(short_chunk.Config):
    """What it hears, how it reads, and the sizes of `short_chunk.Config`.

    Attributes:
      n_classes: width of the space that both meet in.
      n_rows: vectors that words and their parts are hashed to.
      n_width: of these vectors and of the layer above.
      sample_rate: Hz, to which sounds are resampled.
      duration: seconds that are heard.
      n_fft, hop_length: samples.
      f_min: Hz, where the lowest band begins.
      floor_db: what lies so far below the loudest spot is not seen.
    """

    n_classes: int = 512
    n_rows: int = 1 << 16
    n_width: int = 512
    sample_rate: int = 48000
    duration: float = 10.0
    n_fft: int = 1024
    hop_length: int = 480
    f_min: float = 50.0
    floor_db: float = 80.0

    @classmethod
    def paper(cls):
        """Hears as the published one: 48 kHz, 10 s, 64 bands. The networks are ours."""
        channels = (64, 128, 256, 512)
        return cls(n_bands=64, n_channels=channels, n_hidden=512)

    @classmethod
    def tiny(cls):
        """The shipped one: a second at 8 kHz, 32 numbers."""
        return cls(
            n_classes=32,
            n_bands=48,
            n_channels=(8, 16, 24, 32),
            n_hidden=48,
            n_rows=1024,
            n_width=32,
            sample_rate=8000,
            duration=1.0,
            n_fft=512,
            hop_length=256,
        )

    @property
    def n_joint(self):
        """Width of the space that both meet in."""
        return self.n_classes


def parts(text):
    """The words of a text, and their parts: a list of lists.

    >>> parts("A harp!")
    [['<a>'], ['<harp>', '<ha', 'har', 'arp', 'rp>']]
    """
    words = [f"<{word}>" for word in re.findall(r"[^\W_]+", text.lower())]
    grams = ([w[i : i + 3] for i in range(len(w) - 2)] for w in words)
    return [
        [w, *(g for g in gram if g != w)] for w, gram in zip(words, grams, strict=True)
    ]


def bags(texts, config):
    """Texts as rows of the table and how much each counts.

    Args:
      texts: list of strings.
      config: the sizes.

    Returns:
      rows (n, MOST_PARTS) int32 and weights float32, whose sum is 1, or 0 for a text
      without words; what is beyond MOST_PARTS is not read.
    """
    rows = np.zeros((len(texts), MOST_PARTS), np.int32)
    weights = np.zeros(rows.shape, np.float32)
    for n, text in enumerate(texts):
        words = parts(text)
        found = [
            (zlib.crc32(part.encode()) % config.n_rows, 1.0 / len(word) / len(words))
            for word in words
            for part in word
        ][:MOST_PARTS]
        if found:
            rows[n, : len(found)], weights[n, : len(found)] = zip(*found, strict=True)
    return rows, weights


class Reader(nn.Module):
    """From words to a vector."""

    config: Config

    @nn.compact
    def __call__(self, rows, weights):
        """(batch, n_joint) of what `bags` gives."""
        c, zeros = self.config, nn.initializers.zeros
        shape = (c.n_rows, c.n_width)
        table = self.param("table", zeros, shape, jnp.float32)
        x = jnp.einsum("bp,bpw->bw", weights.astype(table.dtype), table[rows])
        x = nn.Dense(c.n_width)(x) * np.sqrt(c.n_width)
        return nn.Dense(c.n_joint)(nn.gelu(x))


class Clap(nn.Module):
    """Both encoders, and the temperature."""

    config: Config

    def setup(self):
        """Declare them."""
        self.listener, self.reader = (
            short_chunk.ShortChunk(self.config),
            Reader(self.config),
        )
        self.log_scale = self.param(
            "log_scale", nn.initializers.constant(np.log(1.0 / 0.07)), (), jnp.float32
        )

    def __call__(self, picture, rows, weights):
        """Similarities (batch, batch): sounds down, texts across."""
        scale = jnp.minimum(jnp.exp(self.log_scale), WARMEST)
        return scale * self.hear(picture) @ self.read(rows, weights).T

    def hear(self, picture):
        """Pictures to vectors of length 1."""
        return unit(self.listener(picture)[0])

    def read(self, rows, weights):
        """Texts, as `bags` gives them, likewise."""
        return unit(self.reader(rows, weights))


def unit(x):
    """Vectors of length 1, along the last axis."""
    x = x.astype(jnp.float32)
    return x / jnp.sqrt(jnp.sum(x**2, axis=-1, keepdims=True) + 1e-12)


@functools.partial(jax.jit, static_argnames="config")
def init(key, config):
    """Fresh parameters."""
    side = 2 ** len(config.n_channels)  # frames that the last block needs
    sound, text = jnp.zeros((1, side, config.n_bands)), jnp.zeros((1, MOST_PARTS))
    return Clap(config).init(key, sound, text.astype(int), text)["params"]


@functools.partial(jax.jit, static_argnames="config")
def _hear(params, seen, config):
    return Clap(config).apply({"params": params}, seen, method="hear")


@functools.partial(jax.jit, static_argnames="config")
def _read(params, rows, weights, config):
    return Clap(config).apply({"params": params}, rows, weights, method="read")


def embed(params, x, sample_rate, config):
    """Notes, (n_samples,) or (n, n_samples), at any rate: vectors (n, n_joint)."""
    seen = picture(notes_heard(x, sample_rate, config), config)
    return in_batches(functools.partial(_hear, params, config=config), seen)


def read(params, texts, config):
    """Texts, a list of strings, or one: vectors (n, n_joint)."""
    texts = [texts] if isinstance(texts, str) else list(texts)
    return np.asarray(_read(params, *bags(texts, config), config))


def loss(params, *, picture, rows, weights, config):
    """InfoNCE in nats; ln of the batch's size if nothing is known.

    Args:
      params: from `init`.
      picture: (batch, frames, bands).
      rows, weights: of the captions, in the same order: `bags`.
      config: sizes.
    """
    s = Clap(config).apply({"params": params}, picture, rows, weights)
    own, cross = jnp.arange(len(s)), optax.softmax_cross_entropy_with_integer_labels
    return 0.5 * (cross(s, own).mean() + cross(s.T, own).mean())


train_step = step_of(loss)

"""Short-chunk CNN: what is this sound? A small picture of it through small filters.

A logarithmic mel spectrogram of a few seconds is looked at as if it were a photograph:
each block

    x <- max over 2 x 2 of relu(norm(W * x + b)),   W: 3 x 3 (frames, bands)

halves time and frequency and sees twice as far as the one before. The maximum over
what is left of time makes the answer independent of *when* something was heard; a
dense layer (its output is the `embed`ding) and a second one give a logit for each
class, softmax their probabilities.

`Config.paper()` is the network that gives LoopTest its inception score: 80 bands, 320
frames (a bar of two seconds), 66 genres, 2 300 100 parameters.

**Differences.** The published network normalises by the batch, which makes a sound's
probabilities depend on its neighbours while training and needs running averages beside
the parameters. Here each sound is normalised by itself (groups of channels; the
picture as a whole at the input, which takes its level away), with as many parameters.

    logits = apply(params, picture, config)          picture: (batch, frames, bands)

Reference:
  M. Won, A. Ferraro, D. Bogdanov, X. Serra, "Evaluation of CNN-based Automatic Music
  Tagging Models", 2020 (arXiv:2006.00751): the short-chunk CNN. T. Hung, B. Chen,
  Y. Yeh, Y. Yang, "A Benchmarking Initiative for Audio-Domain Music Generation Using
  the Freesound Loop Dataset", ISMIR 2021 (arXiv:2108.01576): its use for loops.
"""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import optax
from flax import linen as nn

from neural.optimization import step_of


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of the network.

    Attributes:
      n_classes: answers.
      n_bands: of the picture.
      n_channels: of each block.
      n_hidden: of the dense layer, the embedding.
      n_groups: of channels that are normalised together, at most.
      dropout: share of the embedding that is left out while training.
    """

    n_classes: int
    n_bands: int = 64
    n_channels: tuple[int, ...] = (16, 24, 32, 48)
    n_hidden: int = 64
    n_groups: int = 8
    dropout: float = 0.0

    @classmethod
    def paper(cls):
        """LoopTest's: 66 genres of loops, a bar each."""
        channels = (128, 128, 256, 256, 256, 256)
        return cls(
            n_classes=66, n_bands=80, n_channels=channels, n_hidden=256, dropout=0.5
        )


class ShortChunk(nn.Module):
    """The network."""

    config: Config

    @nn.compact
    def __call__(self, picture, dice=None):
        """Logits (batch, n_classes) and embedding (batch, n_hidden)."""
        c = self.config
        x = nn.GroupNorm(1, name="level")(picture[..., None])
        for n_channels in c.n_channels:
            x = nn.Conv(n_channels, (3, 3))(x)
            x = nn.relu(nn.GroupNorm(min(c.n_groups, n_channels))(x))
            x = halved(x)
        x = x.max(axis=1)  # whenever it was heard: (batch, bands, channels)
        x = nn.Dense(c.n_hidden)(x.reshape(len(x), -1))
        hidden = nn.relu(nn.LayerNorm()(x))
        return nn.Dense(c.n_classes)(dropped(hidden, c.dropout, dice)), hidden


def halved(x):
    """The maximum of each 2 x 2 of (batch, frames, bands, channels); odd rests go.

    Said with reshape, because the gradient of a pooling window is slow on CPUs.
    """
    n, frames, bands, channels = x.shape
    x = x[:, : frames // 2 * 2, : bands // 2 * 2]
    return x.reshape(n, frames // 2, 2, bands // 2, 2, channels).max(axis=(2, 4))


def dropped(x, share, dice):
    """Leave out a share of (batch, n), drawn row by row from dice; all of it if None.

    Rows draw by themselves, so it does not matter on which device one is.
    """
    if dice is None or not share:
        return x

    def draw(seed):
        return jax.random.bernoulli(jax.random.key(seed), 1.0 - share, x.shape[1:])

    return jnp.where(jax.vmap(draw)(dice), x / (1.0 - share), 0.0)


def init(key, config):
    """Random parameters."""
    side = 2 ** len(config.n_channels)  # frames that the last block needs
    picture = jnp.zeros((1, side, config.n_bands))
    return ShortChunk(config).init(key, picture)["params"]


@functools.partial(jax.jit, static_argnames="config")
def apply(params, picture, config):
    """Logits (batch, n_classes) of pictures (batch, frames, bands).

    Frames may be any number of at least 2 ** len(n_channels); the softmax of the
    logits is what the inception score takes.
    """
    return ShortChunk(config).apply({"params": params}, picture)[0]


@functools.partial(jax.jit, static_argnames="config")
def embed(params, picture, config):
    """The last layer but one, (batch, n_hidden): what sounds alike is near."""
    return ShortChunk(config).apply({"params": params}, picture)[1]


def loss(params, *, picture, label, config, dice=None):
    """Cross-entropy in nats; ln n_classes if nothing is known.

    Args:
      params: from `init`.
      picture: (batch, frames, bands).
      label: (batch,) integers.
      config: sizes.
      dice: (batch,) uint32, from which dropout is drawn; None for none.
    """
    logits, _ = ShortChunk(config).apply({"params": params}, picture, dice)
    logits = logits.astype(jnp.float32)  # a sum over classes is not for 16 bits
    return optax.softmax_cross_entropy_with_integer_labels(logits, label).mean()


train_step = step_of(loss)

"""What does this loop do in a piece? Percussion, bass, chords, melody, fx: one or more.

Harmonics first: the power spectrum is gathered by triangular filters that stand not
only on the frequencies f of a musical scale, but on h f for h = 1 .. H, and the H
pictures become channels of one:

    band(f, h) = 10 log10 sum_k |X[k]|^2 max(0, 1 - 2 |f_k - h f| / w(h f)),
    w(f) = (0.1079 f + 24.7) / Q

w is the ear's bandwidth, and Q is learned. So a small filter of the first convolution
sees a note's harmonics one behind the other, wherever the note is. Blocks of two
convolutions with a way around them,

    x <- max over 2 x 2 of relu(x + norm(W2 * relu(norm(W1 * x))))

and, where the number of channels changes, blocks of one convolution without, shrink the
picture to a point; two dense layers give a logit for each role. Roles do not exclude
one another: each has its own probability, sigmoid of its logit.

`Config.paper()` is the published network, 3 620 243 parameters.

**Differences.** The published code puts a sigmoid into the network and takes the loss
for logits of its output: a sigmoid of a sigmoid, between 0.5 and 0.73 for whatever it
is given; here there is one. Normalisation is by groups of channels of one sound instead
of batches, with as many parameters, see `short_chunk`. Of what is left of time the
maximum is taken.

    logits = apply(params, power, config)         power: (batch, frames, bins)

Reference:
  J. Ching, A. Ramires, Y.-H. Yang, "Instrument Role Classification: Auto-tagging for
  Loop Based Music", 2020. M. Won, S. Chun, O. Nieto, X. Serra, "Data-driven Harmonic
  Filters for Audio Representation Learning", ICASSP 2020.
"""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import linen as nn

from dsplab.convert import midi_to_hz
from dsplab.spectral import stft
from neural.classifiers.hearing import in_batches
from neural.classifiers.loop_style import bars
from neural.classifiers.short_chunk import dropped, halved
from neural.optimization import step_of

SLOPE, OFFSET = 0.1079, 24.7  # of the ear's bandwidth over frequency; Hz
LEAST = 1e-10  # power that is heard


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of the network, and what it looks at.

    Attributes:
      n_classes: answers.
      classes: their names, in the order of the logits; empty if unknown.
      sample_rate: Hz.
      n_fft: samples in a frame.
      hop_length: samples between frames.
      seconds: of sound that are looked at.
      n_harmonics: H.
      lowest: MIDI pitch of the lowest f, whole.
      n_levels: how many f there are.
      per_semitone: of them.
      n_channels: of each block; one with as many as the block before has a way around.
      n_hidden: of the dense layer, the embedding.
      n_groups: of channels that are normalised together, at most.
      dropout: share of the embedding that is left out while training.
    """

    n_classes: int
    classes: tuple[str, ...] = ()
    sample_rate: int = 16000
    n_fft: int = 1024
    hop_length: int = 800
    seconds: float = 2.0
    n_harmonics: int = 3
    lowest: int = 24
    n_levels: int = 64
    per_semitone: int = 1
    n_channels: tuple[int, ...] = (12, 12, 24, 24, 48)
    n_hidden: int = 48
    n_groups: int = 4
    dropout: float = 0.3

    @classmethod
    def paper(cls):
        """The published one: six roles, three seconds."""
        return cls(
            n_classes=6,
            classes=("percussion", "bass", "chords", "melody", "fx", "vocal"),
            n_fft=513,
            hop_length=256,
            seconds=3.0,
            n_harmonics=6,
            n_levels=128,
            per_semitone=2,
            n_channels=(128, 128, 128, 128, 256, 256, 256),
            n_hidden=256,
            dropout=0.5,
        )

    @classmethod
    def tiny(cls):
        """The shipped one: the roles that `data_scripts.render_loops` renders."""
        roles = ("bass", "chords", "fx", "melody", "percussion")
        return cls(n_classes=len(roles), classes=roles)


@functools.partial(jax.jit, static_argnames="config")
def spectra(x, config):
    """What the network sees of loops (batch, n_samples): (batch, frames, bins)."""
    before = (config.n_fft - config.hop_length) // 2
    x = jnp.pad(x, [(0, 0), (before, before)], mode="reflect")
    X = stft(x, n_fft=config.n_fft, hop_length=config.hop_length, center=False)
    return (X.real**2 + X.imag**2).swapaxes(1, 2)


def probabilities(params, x, sample_rate, config):
    """How probable each role is, one by one.

    Args:
      params: from `neural.pretrained("loop-role")`.
      x: loops, (n_samples,) or (n, n_samples), at any rate; what is shorter than
        config.seconds is followed by silence, of longer ones the beginning is taken.
      sample_rate: Hz.
      config: sizes.

    Returns:
      (n, n_classes), each from 0 to 1.
    """
    heard = bars(x, sample_rate, config, seconds=config.seconds)
    return in_batches(lambda rows: _probabilities(params, rows, config), heard)


@functools.partial(jax.jit, static_argnames="config")
def _probabilities(params, x, config):
    return jax.nn.sigmoid(apply(params, spectra(x, config), config))


def harmonic_filters(quality, config):
    """Triangles around the harmonics of a scale.

    Args:
      quality: Q, an array (1,).
      config: sizes.

    Returns:
      (n_fft // 2 + 1, n_harmonics, n_levels).
    """
    pitches = config.lowest + np.arange(config.n_levels) / config.per_semitone
    f = np.arange(1, config.n_harmonics + 1)[:, None] * midi_to_hz(pitches)
    bins = np.arange(config.n_fft // 2 + 1) * (config.sample_rate / config.n_fft)
    away = jnp.asarray(abs(bins[:, None, None] - f), quality.dtype)
    width = jnp.asarray(SLOPE * f + OFFSET, quality.dtype) / quality
    return jnp.maximum(1.0 - 2.0 * away / width, 0.0)


class Block(nn.Module):
    """One convolution, or two with a way around; then half as many points each way."""

    n_channels: int
    n_groups: int

    @nn.compact
    def __call__(self, x):
        """(batch, frames, levels, channels) to half the frames and levels."""
        n_groups = min(self.n_groups, self.n_channels)
        y = nn.GroupNorm(n_groups)(nn.Conv(self.n_channels, (3, 3))(x))
        if x.shape[-1] == self.n_channels:
            y = nn.Conv(self.n_channels, (3, 3))(nn.relu(y))
            y = x + nn.GroupNorm(n_groups)(y)
        return halved(nn.relu(y))


class HarmonicCNN(nn.Module):
    """The network."""

    config: Config

    @nn.compact
    def __call__(self, power, dice=None):
        """Logits (batch, n_classes) and embedding (batch, n_hidden)."""
        c = self.config
        quality = self.param("quality", nn.initializers.ones, (1,))
        x = jnp.einsum("btk,khl->btlh", power, harmonic_filters(quality, c))
        x = 10.0 * jnp.log10(jnp.maximum(x, LEAST))
        x = nn.GroupNorm(1, name="level")(x)
        for n_channels in c.n_channels:
            x = Block(n_channels, c.n_groups)(x)
        x = x.max(axis=1)  # whenever it was heard: (batch, levels, channels)
        x = nn.LayerNorm()(nn.Dense(c.n_hidden)(x.reshape(len(x), -1)))
        hidden = nn.relu(x)
        return nn.Dense(c.n_classes)(dropped(hidden, c.dropout, dice)), hidden


def init(key, config):
    """Random parameters."""
    side = 2 ** len(config.n_channels)  # frames that the last block needs
    power = jnp.ones((1, side, config.n_fft // 2 + 1))
    return HarmonicCNN(config).init(key, power)["params"]


@functools.partial(jax.jit, static_argnames="config")
def apply(params, power, config):
    """Logits (batch, n_classes) of power spectra (batch, frames, bins)."""
    return HarmonicCNN(config).apply({"params": params}, power)[0]


@functools.partial(jax.jit, static_argnames="config")
def embed(params, power, config):
    """The last layer but one, (batch, n_hidden): what sounds alike is near."""
    return HarmonicCNN(config).apply({"params": params}, power)[1]


def loss(params, *, power, label, config, dice=None):
    """Cross-entropy in nats a role, mean over roles; ln 2 if nothing is known.

    Args:
      params: from `init`.
      power: (batch, frames, bins).
      label: (batch, n_classes), 1 where the loop has the role, 0 where not.
      config: sizes.
      dice: (batch,) uint32, from which dropout is drawn; None for none.
    """
    logits, _ = HarmonicCNN(config).apply({"params": params}, power, dice)
    logits = logits.astype(jnp.float32)
    return optax.sigmoid_binary_cross_entropy(logits, label).mean()


train_step = step_of(loss)

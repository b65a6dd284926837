"""Pitch classifier: which key was played? A stack of harmonics, the same for each key.

On an axis of semitones the spectrum of a note is a comb whose teeth stand at the same
distances for every key: 12 log2(h) semitones above it for harmonic h. So the picture,

    P[t, m]: power at MIDI pitch m, m in thirds of a semitone, in decibels,

is laid above itself, shifted by those distances (and an octave down, against errors of
an octave: if something is there, the note is lower),

    S[t, m, h] = P[t, m + 12 log2(h)],   h = 1/2, 1, 2, ... 10,

and small convolutions along m read that stack: the *same* weights for every key. After
the second one there is a position for each semitone. The mean over frames is taken,
neighbours and octaves are compared once more, and each semitone has its logit.

Because weights are shared, few suffice (8 thousand), and a hundred notes of one key
teach something about all of them. The shipped one was trained on keys 36 to 84; it
knows some beyond, 28 to 101, and takes those further out for an octave nearer.

There is no paper of this network: GANSynth's classifier of pitches, whose place it
takes, was never published.

Reference:
  R. Bittner, B. McFee, J. Salamon, P. Li, J. Bello, "Deep Salience Representations for
  F0 Estimation in Polyphonic Music", ISMIR 2017: shifted copies as channels. J. Engel,
  K. Agrawal, S. Chen, I. Gulrajani, C. Donahue, A. Roberts, "GANSynth: Adversarial
  Neural Audio Synthesis", 2019 (arXiv:1902.08710): what it is for.
"""

import dataclasses
import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import linen as nn

from dsplab.convert import midi_to_hz
from dsplab.spectral import stft
from dsplab.windows import hann
from neural.classifiers.hearing import decibels, in_batches, notes_heard
from neural.optimization import step_of

MARGIN = 3  # semitones beyond the keys, so that the outermost have neighbours


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """What it hears, and its sizes.

    Attributes:
      sample_rate: Hz, to which sounds are resampled.
      duration: seconds that are heard.
      window_length: samples; a quarter of a second separates the lowest harmonics.
      n_fft: samples, the window and zeros: bins closer than the narrowest band.
      hop_length: samples between frames.
      bands: in a semitone; odd, so that one is in its middle.
      floor_db: what lies so far below the loudest spot is not seen.
      lowest_pitch: MIDI.
      n_pitches: how many semitones.
      harmonics: shifts of the stack, as ratios of frequencies.
      n_channels: of each layer.
    """

    sample_rate: int = 16000
    duration: float = 1.0
    window_length: int = 4096
    n_fft: int = 8192
    hop_length: int = 1024
    bands: int = 3
    floor_db: float = 80.0
    lowest_pitch: int = 21
    n_pitches: int = 88
    harmonics: tuple[float, ...] = (0.5, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
    n_channels: int = 24

    @classmethod
    def paper(cls):
        """None was published; wide enough for all of NSynth."""
        return cls(n_channels=96)

    @classmethod
    def tiny(cls):
        """The shipped one: logits for the keys of a piano."""
        return cls()

    @property
    def lowest_band(self):
        """Semitone at which the picture begins: what the lowest shift needs."""
        lowest = 12.0 * math.log2(min(self.harmonics))
        return self.lowest_pitch - MARGIN + math.floor(lowest)

    @property
    def n_bands(self):
        """Bands of the picture, up to the Nyquist frequency."""
        semitones = 69 + 12.0 * math.log2(self.sample_rate / 2 / 440.0)
        return self.bands * (math.floor(semitones) - self.lowest_band)


@functools.cache
def filters(config):
    """Triangles around the bands (n_bands, n_fft // 2 + 1), each with sum 1."""
    below = (config.bands - 1) / 2  # the first band of a semitone, seen from its middle
    steps = np.arange(config.n_bands + 1) - below
    edges = midi_to_hz(config.lowest_band + steps / config.bands)
    middle = edges[:-1, None]
    spacing = config.sample_rate / config.n_fft
    # a band narrower than a bin reads between two of them
    width = np.maximum(np.diff(edges)[:, None], spacing)
    bins = np.arange(config.n_fft // 2 + 1) * spacing
    triangles = np.maximum(1.0 - np.abs(bins - middle) / width, 0.0)
    return (triangles / triangles.sum(axis=1, keepdims=True)).astype(np.float32)


def picture(x, config):
    """What the network sees of sounds as `heard` gives them.

    Args:
      x: (batch, n_samples) at config.sample_rate, float32.
      config: for the sizes.

    Returns:
      (batch, n_frames, n_bands) in 0 ... 1; MIDI pitch m is in the middle band of
      semitone m - config.lowest_band.
    """
    zeros = (config.n_fft - config.window_length) // 2
    window = np.pad(hann(config.window_length), zeros)
    X = stft(x, n_fft=config.n_fft, hop_length=config.hop_length, window=window)
    power = filters(config) @ (X.real**2 + X.imag**2)
    return decibels(np.swapaxes(power, -1, -2), config.floor_db)


def stack(picture, config):
    """Shifted copies: (batch, frames, bands) to (batch, frames, positions, harmonics).

    Positions are the bands of all keys and MARGIN semitones beyond on either side;
    what lies outside the picture is 0.
    """
    n = config.bands * (config.n_pitches + 2 * MARGIN)
    first = config.bands * (config.lowest_pitch - MARGIN - config.lowest_band)
    shifts = [round(12 * config.bands * math.log2(h)) for h in config.harmonics]
    missing = max(first + max(shifts) + n - picture.shape[-1], 0)
    picture = jnp.pad(picture, [(0, 0), (0, 0), (0, missing)])
    return jnp.stack([picture[..., first + s :][..., :n] for s in shifts], axis=-1)


class PitchNetwork(nn.Module):
    """The network."""

    config: Config

    @nn.compact
    def __call__(self, picture):
        """Logits (batch, n_pitches), what they are read from (batch, n_pitches, c)."""
        c = self.config
        x = stack(picture, c)
        x = nn.relu(nn.Conv(c.n_channels, (1, 2 * c.bands + 1), name="comb")(x))
        # from bands to semitones
        steps = {"kernel_size": (1, c.bands), "strides": (1, c.bands)}
        x = nn.relu(nn.Conv(c.n_channels, **steps, name="semitones")(x))
        x = nn.LayerNorm(name="level")(x.mean(axis=1))
        x = nn.relu(nn.Conv(c.n_channels, (7,), name="neighbours")(x))
        logits = nn.Conv(1, (27,), name="octaves")(x)[..., 0]
        keys = slice(MARGIN, MARGIN + c.n_pitches)
        return logits[:, keys], x[:, keys]


@functools.partial(jax.jit, static_argnames="config")
def init(key, config):
    """Random parameters."""
    return PitchNetwork(config).init(key, jnp.zeros((1, 1, config.n_bands)))["params"]


@functools.partial(jax.jit, static_argnames="config")
def apply(params, picture, config):
    """Logits (batch, n_pitches) of pictures; the first is config.lowest_pitch."""
    return PitchNetwork(config).apply({"params": params}, picture)[0]


def probabilities(params, x, sample_rate, config):
    """How probable each pitch is.

    Args:
      params: from `neural.pretrained("pitch-classifier")`.
      x: notes, (n_samples,) or (n, n_samples), at any rate.
      sample_rate: Hz.
      config: sizes.

    Returns:
      (n, n_pitches), rows that sum to 1; the first column is config.lowest_pitch. What
      `pitch_accuracy` and `inception_score` take.
    """
    seen = picture(notes_heard(x, sample_rate, config), config)
    return in_batches(functools.partial(_probabilities, params, config=config), seen)


def embed(params, x, sample_rate, config):
    """What is seen of the pitch that is heard, of notes at any rate: (n, n_channels).

    The channels before the last layer at each key, weighted by its probability.
    """
    seen = picture(notes_heard(x, sample_rate, config), config)
    return in_batches(functools.partial(_seen, params, config=config), seen)


@functools.partial(jax.jit, static_argnames="config")
def _probabilities(params, picture, config):
    return jax.nn.softmax(apply(params, picture, config))


@functools.partial(jax.jit, static_argnames="config")
def _seen(params, picture, config):
    logits, channels = PitchNetwork(config).apply({"params": params}, picture)
    return jnp.einsum("bp,bpc->bc", jax.nn.softmax(logits), channels)


def loss(params, *, picture, label, config):
    """Cross-entropy in nats; ln n_pitches if nothing is known.

    Args:
      params: from `init`.
      picture: (batch, frames, bands).
      label: (batch,) integers, MIDI pitch less config.lowest_pitch.
      config: sizes.
    """
    logits, _ = PitchNetwork(config).apply({"params": params}, picture)
    logits = logits.astype(jnp.float32)  # a sum over classes is not for 16 bits
    return optax.softmax_cross_entropy_with_integer_labels(logits, label).mean()


train_step = step_of(loss)

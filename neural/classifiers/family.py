"""Instrument family: is this note a bass, a flute, a string? NSynth's eleven families.

`short_chunk`, the network, and what it looks at here: 64 mel bands of the first second
of a note, 32 ms by 32 ms, from its loudest spot down to 80 dB below. Its probabilities
give the inception score of generated notes, its last layer but one the features for a
Frechet distance where VGGish's weights are not at hand.

    p = probabilities(params, x, sample_rate, config)          (n, 11)

Reference: see `short_chunk`; the families are those of J. Engel, C. Resnick,
A. Roberts, S. Dieleman, D. Eck, K. Simonyan, M. Norouzi, "Neural Audio Synthesis of
Musical Notes with WaveNet Autoencoders", ICML 2017.
"""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np

from dsplab.mel import mel_spectrogram
from neural.classifiers import short_chunk
from neural.classifiers.hearing import decibels, in_batches, notes_heard
from neural.classifiers.short_chunk import init, loss, train_step
from neural.data.nsynth import FAMILIES

__all__ = ["Config", "embed", "init", "loss", "picture", "probabilities", "train_step"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config(short_chunk.Config):
    """What it hears, and the sizes of `short_chunk.Config`.

    Attributes:
      classes: names of the answers, in the order of the logits.
      sample_rate: Hz, to which sounds are resampled.
      duration: seconds that are heard.
      n_fft: samples in a frame.
      hop_length: samples between frames.
      f_min: Hz, where the lowest band begins.
      floor_db: what lies so far below the loudest spot is not seen.
    """

    n_classes: int = len(FAMILIES)
    classes: tuple[str, ...] = tuple(FAMILIES)
    sample_rate: int = 16000
    duration: float = 1.0
    n_fft: int = 1024
    hop_length: int = 512
    f_min: float = 40.0
    floor_db: float = 80.0

    @classmethod
    def paper(cls):
        """As wide as the published short-chunk CNN, for all of NSynth."""
        channels = (128, 128, 256, 256, 256, 256)
        return cls(n_channels=channels, n_hidden=256, dropout=0.5)

    @classmethod
    def tiny(cls):
        """The shipped one."""
        return cls(n_channels=(16, 32, 48, 64), dropout=0.1)


def picture(x, config):
    """What the network sees of sounds as `heard` gives them.

    Args:
      x: (batch, n_samples) at config.sample_rate, float32.
      config: for the sizes.

    Returns:
      (batch, n_frames, n_bands) in 0 ... 1.
    """
    bands = {"n_mels": config.n_bands, "f_min": config.f_min, "norm": "peak"}
    frames = {"n_fft": config.n_fft, "hop_length": config.hop_length}
    power = mel_spectrogram(x, config.sample_rate, **frames, **bands)
    return decibels(np.swapaxes(power, -1, -2), config.floor_db)


def probabilities(params, x, sample_rate, config):
    """How probable each family is.

    Args:
      params: from `neural.pretrained("family-classifier")`.
      x: notes, (n_samples,) or (n, n_samples), at any rate.
      sample_rate: Hz.
      config: sizes.

    Returns:
      (n, 11), rows that sum to 1: what `inception_score` takes.
    """
    seen = picture(notes_heard(x, sample_rate, config), config)
    return in_batches(functools.partial(_probabilities, params, config=config), seen)


def embed(params, x, sample_rate, config):
    """The last layer but one of notes at any rate: (n, n_hidden)."""
    seen = picture(notes_heard(x, sample_rate, config), config)
    hidden = functools.partial(short_chunk.embed, params, config=config)
    return in_batches(hidden, seen)


@functools.partial(jax.jit, static_argnames="config")
def _probabilities(params, seen, config):
    return jax.nn.softmax(short_chunk.apply(params, jnp.asarray(seen), config))

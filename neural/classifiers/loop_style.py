"""Which style is this drum loop? LoopTest's classifier, for a bar of two seconds.

`short_chunk`, the network, and what it looks at here: `neural.data.loop_mel` of a bar.
Its probabilities give the inception score of generated loops, its last layer but one
the features for a Frechet distance.

`Config.paper()` is LoopTest's: 44.1 kHz, 80 bands, 320 frames, 66 genres.
`Config.tiny()` has four frames a sixteenth note of 32 bands, and the fourteen styles of
`dsplab.synths.drum_loops`; it is shipped.

    p = probabilities(params, x, sample_rate, config)          (n, n_classes)

Reference: see `short_chunk`.
"""

import dataclasses
import functools

import jax
import numpy as np

from dsplab._arguments import as_signal
from dsplab.resampling import resample
from dsplab.synths.drum_loops import STYLES
from neural.classifiers import short_chunk
from neural.classifiers.hearing import in_batches
from neural.classifiers.short_chunk import init, loss, train_step
from neural.data.loop_mel import log_mel

__all__ = [
    "Config",
    "bars",
    "embed",
    "init",
    "loss",
    "picture",
    "probabilities",
    "train_step",
]
SECONDS = 2.0  # a bar


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config(short_chunk.Config):
    """Sizes of the network, and what it looks at.

    Attributes:
      classes: names of the answers, in the order of the logits; empty if unknown.
      sample_rate: Hz.
      n_fft: samples in a frame.
      hop_length: samples between frames.
    """

    classes: tuple[str, ...] = ()
    sample_rate: int = 16000
    n_fft: int = 1024
    hop_length: int = 500

    @classmethod
    def paper(cls):
        """LoopTest's: 66 genres of loops, a bar each, 2 300 100 parameters."""
        sizes = dataclasses.asdict(short_chunk.Config.paper())
        return cls(**sizes, sample_rate=44100, n_fft=1024, hop_length=275)

    @classmethod
    def tiny(cls):
        """The shipped one."""
        return cls(
            classes=tuple(sorted(STYLES)),
            n_classes=len(STYLES),
            n_bands=32,
            n_channels=(16, 32, 48, 64),
            n_hidden=64,
            dropout=0.3,
        )


@functools.partial(jax.jit, static_argnames="config")
def picture(x, config):
    """What the network sees of bars (batch, n_samples): (batch, frames, bands)."""
    options = {"n_fft": config.n_fft, "hop_length": config.hop_length}
    return log_mel(x, config.sample_rate, n_mels=config.n_bands, **options)


def probabilities(params, x, sample_rate, config):
    """How probable each style is.

    Args:
      params: from `neural.pretrained("loop-style")`.
      x: bars, (n_samples,) or (n, n_samples), at any rate.
      sample_rate: Hz.
      config: sizes.

    Returns:
      (n, n_classes), rows that sum to 1: what `inception_score` takes.
    """
    heard = bars(x, sample_rate, config)
    return in_batches(lambda rows: _probabilities(params, rows, config), heard)


def embed(params, x, sample_rate, config):
    """The last layer but one of bars at any rate: (n, n_hidden)."""
    heard = bars(x, sample_rate, config)
    return in_batches(lambda rows: _hidden(params, rows, config), heard)


@functools.partial(jax.jit, static_argnames="config")
def _probabilities(params, x, config):
    logits = short_chunk.apply(params, picture(x, config), config)
    return jax.nn.softmax(logits)


@functools.partial(jax.jit, static_argnames="config")
def _hidden(params, x, config):
    return short_chunk.embed(params, picture(x, config), config)


def bars(x, sample_rate, config, *, seconds=SECONDS):
    """Sounds as a network hears them: (n, n_samples) float32 at its rate.

    Silence follows what is shorter than so many seconds, of what is longer the
    beginning is taken.
    """
    x = np.atleast_2d(np.asarray(as_signal(x, ndim=(1, 2))))
    if sample_rate != config.sample_rate:
        x = resample(x, round(x.shape[-1] * config.sample_rate / sample_rate))
    length = round(seconds * config.sample_rate)
    x = x[..., :length].astype(np.float32)
    return np.pad(x, [(0, 0), (0, length - x.shape[-1])])

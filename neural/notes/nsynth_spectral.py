"""NSynth's spectral autoencoder: a note as a picture, a picture as a few numbers.

Jesse Engel et al., "Neural Audio Synthesis of Musical Notes with WaveNet Autoencoders",
ICML 2017 (arXiv:1704.01279): the baseline that their WaveNet is compared with.

**Idea.** The magnitudes of a note's STFT, in decibels under its loudest point,

    picture = 1 + max(20 log10(|X| / max |X|), -range_db) / range_db   in 0 ... 1,

are looked at as an image. Convolutions that halve it again and again (*encoder*) leave
one vector z, the code. From z and the note's pitch, convolutions that double it again
(*decoder*) paint the picture anew:

    z = encode(picture),   painted = decode(z, pitch),
    loss = mean of mask(f) (painted - picture)^2,

where the mask lets low frequencies count up to ten times as much. Since the pitch is
told, z needs to say only the rest, the timbre: decode(z, another pitch) transposes,
decode((z_a + z_b) / 2, pitch) is an instrument between two. Phases come from
`griffin_lim`.

**Pitch in the code.** Nothing in that loss keeps the pitch out of z, and a decoder that
finds it there does not look at the one it is told. `loss` takes a `target` at another
pitch than the picture: another note of the same instrument. Then z can be of no use
but for what the two have in common.

**Differences.** The published network normalises by the batch, which takes running
averages beside the parameters; here each sound is normalised by itself, with as many
parameters. `Config.tiny` reads all frames of a frequency at once (`n_folded`), so that
its convolutions go along frequency only, and doubles by reordering channels
(`upsampled`) where the paper has transposed convolutions, which are slow on CPUs.

    params, config = neural.pretrained("nsynth-spectral")
    z = encode(params, picture(x, config), config)
    y = generate(params, z, pitch + 5, config=config)
"""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn

from dsplab._array import array_namespace
from dsplab.phase_retrieval import griffin_lim
from dsplab.spectral import stft
from neural.layers import once
from neural.optimization import step_of

FLOOR = 1e-13  # power that counts as silence
N_PITCHES = 128


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of the picture and of the networks.

    Attributes:
      sample_rate: Hz.
      n_samples: of a note.
      n_fft: of the STFT; the picture has n_fft / 2 rows, without the Nyquist bin.
      hop_length: of the STFT.
      n_frames: columns of the picture.
      range_db: what is further below the loudest point is black.
      n_folded: frames that are read as channels of one column; a power of two.
      encoder_channels: of each halving.
      encoder_kernels: side of each filter.
      decoder_channels: of each doubling, as many.
      decoder_kernels: likewise.
      n_hidden: width before the code.
      n_first: width after it.
      n_code: length of z.
      n_pitch: length of what stands for a pitch.
      normalised: whether each layer's output is normalised.
      transposed: whether the decoder's convolutions are transposed, or `upsampled`.
      low_weight: weight of an error at 0 Hz; it falls to 1 at weighted_to.
      weighted_to: Hz.
    """

    sample_rate: int = 16000
    n_samples: int = 64000
    n_fft: int = 1024
    hop_length: int = 256
    n_frames: int = 256
    range_db: float = 120.0
    n_folded: int = 1
    encoder_channels: tuple[int, ...] = (128, 128, 128, 256, 256, 256, 512, 512, 512)
    encoder_kernels: tuple[int, ...] = (5, 4, 4, 4, 4, 4, 4, 4, 4)
    decoder_channels: tuple[int, ...] = (512, 512, 256, 256, 256, 128, 128, 128, 128)
    decoder_kernels: tuple[int, ...] = (4, 4, 4, 4, 4, 4, 4, 5, 5)
    n_hidden: int = 1024
    n_first: int = 1024
    n_code: int = 1984
    n_pitch: int = 128
    normalised: bool = True
    transposed: bool = True
    low_weight: float = 10.0
    weighted_to: float = 4000.0

    @classmethod
    def paper(cls):
        """The published network: 36.8 million parameters, 4 s at 16 kHz."""
        return cls()

    @classmethod
    def tiny(cls):
        """A quarter of a million parameters, 1 s at 8 kHz; every frequency counts 1."""
        return cls(
            sample_rate=8000,
            n_samples=8192,
            n_fft=512,
            n_frames=32,
            n_folded=32,
            encoder_channels=(48, 64, 64, 64, 64),
            encoder_kernels=(5, 4, 4, 4, 4),
            decoder_channels=(64, 64, 64, 48, 32),
            decoder_kernels=(3, 3, 3, 3, 3),
            n_hidden=64,
            n_first=512,
            n_code=16,
            n_pitch=16,
            normalised=False,
            transposed=False,
            low_weight=1.0,
        )

    @property
    def n_rows(self):
        """Of the picture: one for each frequency."""
        return self.n_fft // 2

    def strides(self, n):
        """What layer n halves or doubles: frequency, and time while there is some."""
        columns = self.n_frames // self.n_folded
        return 2, 2 if 2 ** (n + 1) <= columns else 1

    def kernel(self, side):
        """A filter of a side: along frequency only where there is but one column."""
        return side, side if self.n_frames > self.n_folded else 1

    @property
    def coarsest(self):
        """Rows and columns that the encoder's convolutions leave."""
        columns = self.n_frames // self.n_folded
        n = len(self.encoder_channels)
        return self.n_rows // 2**n, max(columns // 2**n, 1)


class Activated(nn.Module):
    """What follows a convolution: normalisation, if any, and leaky ReLU."""

    normalised: bool

    @nn.compact
    def __call__(self, x):
        """The same shape."""
        return nn.leaky_relu(centred(x, self.normalised), 0.1)


def centred(x, normalised):
    """A sound's numbers with mean 0 and deviation 1, then a bias for each channel."""
    if not normalised:
        return x
    return nn.GroupNorm(1, epsilon=1e-3, use_scale=False)(x)


xavier = nn.initializers.glorot_uniform()


class Encoder(nn.Module):
    """From pictures to codes."""

    config: Config

    @nn.compact
    def __call__(self, picture):
        """(batch, rows, frames) to (batch, n_code)."""
        c = self.config
        options = {"use_bias": not c.normalised, "kernel_init": xavier}
        shape = (c.n_frames // c.n_folded, c.n_folded)
        x = picture.reshape(*picture.shape[:2], *shape)
        rows = zip(c.encoder_channels, c.encoder_kernels, strict=True)
        for n, (channels, side) in enumerate(rows):
            x = nn.Conv(channels, c.kernel(side), c.strides(n), **options)(x)
            x = Activated(c.normalised)(x)
        x = nn.Dense(c.n_hidden, **options)(x.reshape(len(x), -1))
        x = Activated(c.normalised)(x)
        return centred(nn.Dense(c.n_code, **options)(x), c.normalised)


class Decoder(nn.Module):
    """From codes and pitches to pictures."""

    config: Config

    @nn.compact
    def __call__(self, z, pitch):
        """(batch, n_code) and MIDI numbers (batch,) to (batch, rows, frames)."""
        c = self.config
        options = {"use_bias": not c.normalised, "kernel_init": xavier}
        normal = nn.initializers.normal(1.0)
        told = nn.Embed(N_PITCHES, c.n_pitch, embedding_init=normal)(pitch)
        x = jnp.concatenate([z, told.astype(z.dtype)], axis=-1)
        x = Activated(c.normalised)(nn.Dense(c.n_first, **options)(x))
        x = x.reshape(len(x), *c.coarsest, -1)
        rows = zip(c.decoder_channels, c.decoder_kernels, strict=True)
        for n, (channels, side) in enumerate(rows):
            kernel, strides = c.kernel(side), c.strides(n)
            if c.transposed:
                x = nn.ConvTranspose(channels, kernel, strides, **options)(x)
            else:
                x = nn.Conv(channels * strides[0] * strides[1], kernel, **options)(x)
                x = upsampled(x, strides)
            x = Activated(c.normalised)(x)
        x = nn.sigmoid(nn.Conv(c.n_folded, (1, 1), kernel_init=xavier)(x))
        return x.reshape(len(x), c.n_rows, c.n_frames)


def upsampled(x, strides):
    """Channels as neighbours: (b, h, w, c s t) to (b, h s, w t, c), strides (s, t)."""
    (b, h, w, c), (s, t) = x.shape, strides
    x = x.reshape(b, h, w, s, t, c // (s * t))
    return x.swapaxes(2, 3).reshape(b, h * s, w * t, -1)


def picture(x, config):
    """Look at notes: decibels under the loudest point, as numbers from 0 to 1.

    How loud a note was is lost; a silent one is black.

    Args:
      x: (..., n_samples), NumPy or JAX; from the onset.
      config: the sizes.

    Returns:
      (..., rows, frames): frames beyond the sound are black, those beyond n_frames
      left out.
    """
    xp, c = array_namespace(x), config
    X = stft(x, n_fft=c.n_fft, hop_length=c.hop_length)[..., : c.n_rows, : c.n_frames]
    power = xp.real(X) ** 2 + xp.imag(X) ** 2
    loudest = xp.max(power, axis=(-2, -1), keepdims=True)
    ratio = xp.maximum(power, FLOOR) / xp.maximum(loudest, FLOOR)
    y = 1.0 + xp.maximum(10.0 * xp.log10(ratio), -c.range_db) / c.range_db
    y = xp.where(loudest > FLOOR, y, 0.0).astype(x.dtype)
    missing = [(0, 0)] * (y.ndim - 1) + [(0, c.n_frames - y.shape[-1])]
    return xp.pad(y, missing)


def sound(picture, config, *, n_iterations=60):
    """Hear pictures: magnitudes from decibels, phases by Griffin and Lim.

    Args:
      picture: (..., rows, frames).
      config: the sizes.
      n_iterations: of `griffin_lim`.

    Returns:
      (..., n_samples), NumPy; the largest sample of each is 1.
    """
    c, y = config, np.asarray(picture, np.float32)
    magnitude = np.where(y > 0.0, 10.0 ** ((y - 1.0) * c.range_db / 20.0), 0.0)
    nyquist = [(0, 0)] * (y.ndim - 2) + [(0, 1), (0, 0)]
    x = griffin_lim(
        np.pad(magnitude, nyquist).astype(np.float32),
        hop_length=c.hop_length,
        n_iterations=n_iterations,
        length=c.n_samples,
    )
    # beyond the middle of the last frame hardly anything is known of the sound
    x[..., (c.n_frames - 1) * c.hop_length :] = 0.0
    return x / np.maximum(np.abs(x).max(axis=-1, keepdims=True), 1e-9)


def mask(config):
    """How much an error counts at each frequency: (rows, 1)."""
    n_low = round(config.weighted_to * config.n_fft / config.sample_rate)
    low = np.linspace(config.low_weight, 1.0, n_low, dtype=np.float32)
    weights = np.concatenate([low, np.ones(config.n_rows, np.float32)])
    return weights[: config.n_rows, None]


@once
def init(key, config):
    """Fresh parameters: a dict of encoder and decoder."""
    keys = jax.random.split(key)
    empty = jnp.zeros((1, config.n_rows, config.n_frames), jnp.float32)
    z, pitch = jnp.zeros((1, config.n_code), jnp.float32), jnp.zeros(1, jnp.int32)
    return {
        "encoder": Encoder(config).init(keys[0], empty)["params"],
        "decoder": Decoder(config).init(keys[1], z, pitch)["params"],
    }


@functools.partial(jax.jit, static_argnames="config")
def encode(params, picture, config):
    """Codes (batch, n_code) of pictures (batch, rows, frames)."""
    return Encoder(config).apply({"params": params["encoder"]}, picture)


@functools.partial(jax.jit, static_argnames="config")
def decode(params, z, pitch, *, config):
    """Pictures (batch, rows, frames) of codes (batch, n_code) at MIDI pitches."""
    return Decoder(config).apply({"params": params["decoder"]}, z, pitch)


def apply(params, picture, pitch, *, config):
    """Paint pictures anew from their codes, at MIDI pitches (batch,)."""
    return decode(params, encode(params, picture, config), pitch, config=config)


def loss(params, *, picture, pitch, config, target=None):
    """Weighted mean square error of what is painted.

    Args:
      params: from `init`.
      picture: (batch, rows, frames), what is encoded.
      pitch: (batch,) MIDI numbers of what is to be painted.
      config: the sizes.
      target: what is to be painted, of the same instrument; the picture itself if None.
    """
    target = picture if target is None else target
    error = apply(params, picture, pitch, config=config) - target
    weights = jnp.asarray(mask(config), error.dtype)
    return (weights * error**2).astype(jnp.float32).mean()


train_step = step_of(loss, ema_decay=0.98)


def generate(params, z, pitch, *, config, n_iterations=60):
    """Play codes.

    Args:
      params: from training or `neural.pretrained`.
      z: (batch, n_code), from `encode`, or on the way from one such code to another.
      pitch: (batch,) MIDI numbers, whole.
      config: the sizes.
      n_iterations: of `griffin_lim`.

    Returns:
      Signals (batch, n_samples), NumPy float32, the largest sample of each 1.
    """
    painted = decode(params, jnp.asarray(z), jnp.asarray(pitch), config=config)
    return sound(painted, config, n_iterations=n_iterations)

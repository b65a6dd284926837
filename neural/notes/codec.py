"""A neural audio codec: sound as a few small numbers, a hundred times a second.

Rithesh Kumar et al., "High-Fidelity Audio Compression with Improved RVQGAN" (DAC),
NeurIPS 2023 (arXiv:2306.06546); before it N. Zeghidour et al., "SoundStream", 2021
(arXiv:2107.03312), and A. Defossez et al., "High Fidelity Neural Audio Compression"
(EnCodec), 2022 (arXiv:2210.13438).

**Idea.** Convolutions take hop_length samples to one vector; a *quantizer* puts the
nearest of a few learned vectors in its place, whose number is the code; convolutions
take the vectors back to sound:

    codes = quantize(encode(x)),   y = decode(vectors of the codes).

**Residual vector quantization.** A million vectors in one codebook could not be
learned, but ten codebooks of 1024, each for what the ones before have left over, can:

    r = encode(x);   for each codebook:  q = nearest(r),  y += q,  r -= q.

The first codes say most, each further one refines; who reads only the first few gets a
worse sound, not noise. In training the number of codebooks used is drawn anew for part
of the batch, so that this holds (*quantizer dropout*).

**Factorized, normalized codes.** Each codebook looks at a projection of r to a few
dimensions, and at its direction alone: nearest means of the largest cosine. What is
handed on is the codebook's row as it is, projected back.

**Learning through a choice.** To choose has no gradient, so the gradient for q is given
to r as if q were r (*straight through*), and two terms draw them together:
|stop(r) - q|^2 moves codebooks, |r - stop(q)|^2, a quarter of it, moves the encoder.

**Sound.** `loss` compares mel spectra in decades of several resolutions. The published
model learns against discriminators as well.

**Differences.** A convolution as long as two strides is computed as a product of
frames, and the transposed one as a product whose frames overlap: the same numbers, and
quick on every machine. Kernels begin with 1 / sqrt(inputs), where the published code
has 0.02 for every width. `Config.tiny` strides most in its first block, the paper in
its last.

    params, config = neural.pretrained("codec")
    codes = encode(params, x, config)          # (batch, n_codebooks, frames)
    y = decode(params, codes, config)
"""

import dataclasses
import functools
import math

import jax
import jax.numpy as jnp
from flax import linen as nn

from dsplab._arguments import integer
from dsplab.mel import mel_spectrogram
from neural.optimization import descend
from neural.wave_layers import NormConv, Snake

WEIGHTS = {"mel": 15.0, "codebook": 1.0, "commitment": 0.25}  # of the losses
FLOOR = 1e-5  # magnitude that counts as silence


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of the networks and of the codebooks.

    Attributes:
      sample_rate: Hz.
      rates: stride of each block of the encoder; of the decoder, from last to first.
      encoder_channels: width before the first block; each block doubles it.
      decoder_channels: width before the first block; each block halves it.
      dilations: of the residual units of each block.
      n_codebooks: how many quantizers, one after the other.
      codebook_size: rows of each codebook.
      codebook_width: dimensions in which they are compared.
      dropout: part of a training batch that uses fewer codebooks.
      mel_scales: pairs (window, bands) of the loss.
    """

    sample_rate: int = 44100
    rates: tuple[int, ...] = (2, 4, 8, 8)
    encoder_channels: int = 64
    decoder_channels: int = 1536
    dilations: tuple[int, ...] = (1, 3, 9)
    n_codebooks: int = 9
    codebook_size: int = 1024
    codebook_width: int = 8
    dropout: float = 0.5
    mel_scales: tuple[tuple[int, int], ...] = tuple(
        (32 * 2**i, 5 * 2**i) for i in range(7)
    )

    @classmethod
    def paper(cls):
        """DAC at 44.1 kHz: 76.7 million parameters, 86 frames of 9 codes a second."""
        return cls()

    @classmethod
    def tiny(cls):
        """8 kHz, 125 frames of 4 codes of 6 bits a second: 3 kbit/s."""
        return cls(
            sample_rate=8000,
            rates=(8, 4, 2),
            encoder_channels=8,
            decoder_channels=64,
            dilations=(1, 3),
            n_codebooks=4,
            codebook_size=64,
            mel_scales=((64, 8), (128, 16), (256, 32), (512, 64), (1024, 80)),
        )

    @property
    def hop_length(self):
        """Samples to a frame of codes."""
        return math.prod(self.rates)

    @property
    def n_latent(self):
        """Width of what is quantized."""
        return self.encoder_channels * 2 ** len(self.rates)

    @property
    def bit_rate(self):
        """Bits a second."""
        bits = self.n_codebooks * math.log2(self.codebook_size)
        return bits * self.sample_rate / self.hop_length


class Unit(nn.Module):
    """Snake, dilated convolution, Snake, 1x1, plus what came in."""

    dilation: int

    @nn.compact
    def __call__(self, x):
        """(batch, time, channels) to the same."""
        width = x.shape[-1]
        y = NormConv(width, taps=7, dilation=self.dilation)(Snake()(x))
        return x + NormConv(width)(Snake()(y))


class Encoder(nn.Module):
    """From sound to what is quantized."""

    config: Config

    @nn.compact
    def __call__(self, x):
        """(batch, n_samples) to (batch, n_samples / hop_length, n_latent)."""
        width = self.config.encoder_channels
        x = NormConv(width, taps=7)(x[..., None])
        for rate in self.config.rates:
            for dilation in self.config.dilations:
                x = Unit(dilation)(x)
            width *= 2
            x = NormConv(width, stride=rate)(Snake()(x))
        return NormConv(width, taps=3)(Snake()(x))


class Decoder(nn.Module):
    """And back."""

    config: Config

    @nn.compact
    def __call__(self, z):
        """(batch, frames, n_latent) to (batch, frames * hop_length) in -1 ... 1."""
        width = self.config.decoder_channels
        x = NormConv(width, taps=7)(z)
        for rate in reversed(self.config.rates):
            width //= 2
            x = NormConv(width, transposed=rate)(Snake()(x))
            for dilation in self.config.dilations:
                x = Unit(dilation)(x)
        return jnp.tanh(NormConv(1, taps=7)(Snake()(x)))[..., 0]


class Quantizer(nn.Module):
    """One codebook: what is nearest to what is left over."""

    config: Config

    def setup(self):
        """Projections there and back, and the codebook (size, width)."""
        c = self.config
        self.down, self.up = NormConv(c.codebook_width), NormConv(c.n_latent)
        shape = (c.codebook_size, c.codebook_width)
        self.codebook = self.param(
            "codebook", nn.initializers.normal(1.0), shape, jnp.float32
        )

    def __call__(self, r):
        """(batch, frames, n_latent) to vectors of that shape, codes and two losses.

        Codes are (batch, frames), losses (batch,): of the codebook, and commitment.
        """
        e = self.down(r)
        codes = jnp.argmax(unit(e) @ unit(self.codebook).T, axis=-1)
        q = self.codebook[codes]
        pull = jnp.mean((jax.lax.stop_gradient(e) - q) ** 2, axis=(1, 2))
        stay = jnp.mean((e - jax.lax.stop_gradient(q)) ** 2, axis=(1, 2))
        through = e + jax.lax.stop_gradient(q - e)
        return self.up(through), codes, pull, stay

    def look_up(self, codes):
        """The vectors (..., n_latent) of codes."""
        return self.up(self.codebook[codes])


def unit(x):
    """Vectors of length 1, along the last axis."""
    length = jnp.sqrt(jnp.sum(x**2, axis=-1, keepdims=True))
    return x / jnp.maximum(length, 1e-12)


class Codec(nn.Module):
    """Encoder, quantizers, decoder."""

    config: Config

    def setup(self):
        """Declare the three."""
        self.encoder, self.decoder = Encoder(self.config), Decoder(self.config)
        self.quantizers = [
            Quantizer(self.config) for _ in range(self.config.n_codebooks)
        ]

    def __call__(self, x, n_used=None):
        """(batch, n_samples) there and back; see `quantize`."""
        y, codes, pull, stay = self.quantize(self.encoder(x), n_used)
        return self.decoder(y), codes, pull, stay

    def quantize(self, z, n_used=None):
        """Codebook after codebook, each for what is left over.

        Args:
          z: (batch, frames, n_latent).
          n_used: (batch,), codebooks that count; None for all.

        Returns:
          Vectors like z, codes (batch, n_codebooks, frames), and the two losses, means
          over the batch of the sums over codebooks that count.
        """
        n_codebooks = len(self.quantizers)
        n_used = jnp.full(len(z), n_codebooks) if n_used is None else n_used
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

    def from_codes(self, codes):
        """Sound of codes."""
        return self.decoder(self.look_up(codes))

    def to_codes(self, x):
        """Codes of sound."""
        return self.quantize(self.encoder(x))[1]


@functools.partial(jax.jit, static_argnames="config")
def init(key, config):
    """Fresh parameters."""
    return Codec(config).init(key, jnp.zeros((1, config.hop_length), jnp.float32))[
        "params"
    ]


@functools.partial(jax.jit, static_argnames="config")
def _encode(params, x, config):
    return Codec(config).apply({"params": params}, x, method="to_codes")


@functools.partial(jax.jit, static_argnames="config")
def _decode(params, codes, config):
    return Codec(config).apply({"params": params}, codes, method="from_codes")


def encode(params, x, config):
    """Sound to codes.

    Args:
      params: from `init`.
      x: signals (batch, n_samples) in -1 ... 1, at config.sample_rate; silence follows
        to a whole number of frames.
      config: the sizes.

    Returns:
      Codes (batch, n_codebooks, frames), a frame for each hop_length samples.
    """
    x = jnp.asarray(x, jnp.float32)
    if x.ndim != 2 or not x.shape[1]:
        raise ValueError(f"x must be signals (batch, n_samples), got shape {x.shape}")
    x = jnp.pad(x, [(0, 0), (0, -x.shape[1] % config.hop_length)])
    return _encode(params, x, config)


def decode(params, codes, config):
    """Codes to sound.

    Args:
      params: from `init`.
      codes: (batch, n, frames) integers below codebook_size; n may be fewer than
        n_codebooks: the first ones.
      config: the sizes.

    Returns:
      Signals (batch, frames * hop_length).
    """
    codes = jnp.asarray(codes)
    n_most = config.n_codebooks
    if codes.ndim != 3 or not 1 <= codes.shape[1] <= n_most or not codes.shape[2]:
        raise ValueError(
            f"codes must be (batch, 1 to {n_most} codebooks, frames), got shape "
            f"{codes.shape}"
        )
    return _decode(params, codes, config)


def mel_distance(x, y, config):
    """Mean difference of mel spectra in decades, summed over resolutions."""
    total = 0.0
    both = jnp.stack([x, y])
    for n_fft, n_mels in config.mel_scales:
        mel = mel_spectrogram(
            both, config.sample_rate, n_fft=n_fft, n_mels=n_mels, power=1.0
        )
        logs = jnp.log10(jnp.maximum(mel, FLOOR))
        total += jnp.mean(jnp.abs(logs[0] - logs[1]))
    return total


def loss(params, x, config, *, n_used=None):
    """What training makes small.

    Args:
      params: from `init`.
      x: signals (batch, n_samples), whole frames.
      config: the sizes.
      n_used: (batch,), codebooks that count for each; see `drawn`.
    """
    y, _, pull, stay = Codec(config).apply({"params": params}, x, n_used)
    heard = mel_distance(x, y, config)
    parts = {"mel": heard, "codebook": pull, "commitment": stay}
    return sum(WEIGHTS[name] * part for name, part in parts.items())


def drawn(rng, batch_size, config):
    """How many codebooks count for each row: all, and for some by chance fewer.

    Args:
      rng: `numpy.random.Generator`.
      batch_size: rows; the first int(dropout * batch_size) of them are drawn.
      config: the sizes.
    """
    n_used = rng.integers(1, config.n_codebooks + 1, integer(batch_size, name="rows"))
    n_used[int(config.dropout * batch_size) :] = config.n_codebooks
    return n_used


@functools.partial(
    jax.jit, static_argnames=("config", "optimizer", "ema_decay", "dtype")
)
def train_step(state, batch, *, config, optimizer, ema_decay=0.99, dtype="float32"):
    """Take one step of gradient descent.

    Args:
      state: from `neural.optimization.init_state`.
      batch: dict of x (batch, n_samples) and n_used (batch,).
      config: the sizes.
      optimizer: from optax.
      ema_decay: how slowly the running average of the parameters follows.
      dtype: what the networks compute in, see `neural.optimization`.

    Returns:
      The new state, and a dict of loss and grad_norm.
    """
    return descend(
        loss,
        state,
        batch["x"],
        optimizer=optimizer,
        ema_decay=ema_decay,
        dtype=dtype,
        config=config,
        n_used=batch["n_used"],
    )

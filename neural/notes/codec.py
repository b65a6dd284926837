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

How one codebook chooses, and learns: `neural.vector_quantization`.

**Sound.** `loss` compares mel spectra in decades of several resolutions. The published
model learns against discriminators as well: `neural.notes.codec_discriminators`.

**Differences.** Kernels begin with 1 / sqrt(inputs), where the published code has 0.02
for every width. `Config.tiny` strides most in its first block, the paper in its last;
it compares rows by distance, and begins with rows that occur (`seeded`).

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
from neural import vector_quantization
from neural.layers import once
from neural.optimization import descend
from neural.vector_quantization import Quantizer
from neural.wave_layers import NormConv, Snake

WEIGHTS = {"mel": 15.0, "codebook": 1.0, "commitment": 0.25}  # of the losses
SILENCE = 1e-3  # mean magnitude of a wave below which an error counts no more
QUIET = 0.05  # of a convolution's usual start: where that of the sound itself begins


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of the networks and of the codebooks.

    Attributes:
      sample_rate: Hz.
      rates: stride of each block of the encoder; of the decoder, from last to first.
      encoder_channels: width before the first block; each block doubles it.
      decoder_channels: width before the first block; each block halves it.
      dilations: of the residual units of each block.
      wave_dilations: of those of the block that works at the rate of the sound itself:
        the encoder's first, the decoder's last.
      n_codebooks: how many quantizers, one after the other.
      codebook_size: rows of each codebook.
      codebook_width: dimensions in which they are compared.
      normalized: by direction alone, as DAC does, or by distance, as EnCodec does.
      dropout: part of a training batch that uses fewer codebooks.
      windows: of the mel spectra of the loss, samples; 5 bands for each 32 of them.
      floor: magnitude in those bands that counts as silence.
      wave_weight: of the error of the wave itself; DAC has none of it, EnCodec some.
    """

    sample_rate: int = 44100
    rates: tuple[int, ...] = (2, 4, 8, 8)
    encoder_channels: int = 64
    decoder_channels: int = 1536
    dilations: tuple[int, ...] = (1, 3, 9)
    wave_dilations: tuple[int, ...] = (1, 3, 9)
    n_codebooks: int = 9
    codebook_size: int = 1024
    codebook_width: int = 8
    normalized: bool = True
    dropout: float = 0.5
    windows: tuple[int, ...] = (32, 64, 128, 256, 512, 1024, 2048)
    floor: float = 1e-5
    wave_weight: float = 0.0

    @classmethod
    def paper(cls):
        """DAC at 44.1 kHz: 76.7 million parameters, 86 frames of 9 codes a second."""
        return cls()

    @classmethod
    def tiny(cls):
        """8 kHz, 62.5 frames of 4 codes of 8 bits a second: 2 kbit/s."""
        return cls(
            sample_rate=8000,
            rates=(16, 8),
            encoder_channels=16,
            decoder_channels=96,
            dilations=(1, 3),
            wave_dilations=(),
            n_codebooks=4,
            codebook_size=256,
            normalized=False,
            windows=(64, 256, 1024),
            floor=1e-3,
        )

    @property
    def hop_length(self):
        """Samples to a frame of codes."""
        return math.prod(self.rates)

    @property
    def n_latent(self):
        """Width of what is quantized."""
        return self.encoder_channels * 2 ** len(self.rates)

    def dilations_of(self, number):
        """Of the units of a block, counted from the sound."""
        return self.dilations if number else self.wave_dilations

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
        for number, rate in enumerate(self.config.rates):
            for dilation in self.config.dilations_of(number):
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
        for number, rate in reversed(list(enumerate(self.config.rates))):
            width //= 2
            x = NormConv(width, transposed=rate)(Snake()(x))
            for dilation in self.config.dilations_of(number):
                x = Unit(dilation)(x)
        return jnp.tanh(NormConv(1, taps=7, name="last")(Snake()(x)))[..., 0]


class Codec(nn.Module):
    """Encoder, quantizers, decoder."""

    config: Config

    def setup(self):
        """Declare the three."""
        self.encoder, self.decoder = Encoder(self.config), Decoder(self.config)
        c = self.config
        sizes = (c.codebook_size, c.codebook_width, c.n_latent, c.normalized)
        self.quantizers = [Quantizer(*sizes) for _ in range(c.n_codebooks)]

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

    def left_over(self, z, number):
        """What the first `number` codebooks leave of z (batch, frames, n_latent)."""
        for quantizer in self.quantizers[:number]:
            z = z - quantizer(z)[0]
        return z

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


@once
def init(key, config):
    """Fresh parameters; what they sound like is quiet."""
    x = jnp.zeros((1, config.hop_length), jnp.float32)
    params = Codec(config).init(key, x)["params"]
    last = params["decoder"]["last"]
    last["scale"] = QUIET * last["scale"]
    return params


@functools.partial(jax.jit, static_argnames="config")
def seeded(params, key, x, *, config):
    """Parameters whose codebooks are vectors that occur, so that none is dead.

    x are signals (batch, n_samples) of at least codebook_size frames in all.
    """
    codec = Codec(config)
    z = codec.apply({"params": params}, x, method=lambda net, x: net.encoder(x))
    for number in range(config.n_codebooks):
        rest = codec.apply({"params": params}, z, number, method="left_over")
        name, draw = f"quantizers_{number}", jax.random.fold_in(key, number)
        begun = vector_quantization.seeded(params[name], draw, rest)
        params = {**params, name: begun}
    return params


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
    for n_fft in config.windows:
        n_mels = 5 * n_fft // 32
        mel = mel_spectrogram(
            both, config.sample_rate, n_fft=n_fft, n_mels=n_mels, power=1.0
        )
        logs = jnp.log10(jnp.maximum(mel, config.floor))
        total += jnp.mean(jnp.abs(logs[0] - logs[1]))
    return total


def loss(params, x, config, *, n_used=None):
    """What training makes small.

    Args:
      params: from `init`.
      x: signals (batch, n_samples), whole frames.
      config: the sizes.
      n_used: (batch,), codebooks that count for each; see `drawn`.

    Returns:
      A number, and a pair: a dict of its parts, and what comes back of x.
    """
    y, _, pull, stay = Codec(config).apply({"params": params}, x, n_used)
    heard = mel_distance(x, y, config)
    parts = {"mel": heard, "codebook": pull, "commitment": stay}
    total = sum(WEIGHTS[name] * part for name, part in parts.items())
    if config.wave_weight:
        error, size = (jnp.mean(jnp.abs(a), axis=-1) for a in (y - x, x))
        parts["wave"] = jnp.mean(error / jnp.maximum(size, SILENCE))
        total += config.wave_weight * parts["wave"]
    return total, (parts, y)


def drawn(rng, batch_size, config):
    """How many codebooks count for each row: all, and for some by chance fewer.

    rng is a `numpy.random.Generator`; the first int(dropout * batch_size) are drawn.
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
      The new state, and a dict of loss, its parts and grad_norm.
    """
    state, metrics, (parts, _) = descend(
        loss,
        state,
        batch["x"],
        optimizer=optimizer,
        ema_decay=ema_decay,
        dtype=dtype,
        has_aux=True,
        config=config,
        n_used=batch["n_used"],
    )
    return state, {**metrics, **parts}

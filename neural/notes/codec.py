"""A neural audio codec: sound as a few small numbers, many times a second.

Rithesh Kumar et al., "High-Fidelity Audio Compression with Improved RVQGAN" (DAC),
NeurIPS 2023 (arXiv:2306.06546); before it N. Zeghidour et al., "SoundStream", 2021
(arXiv:2107.03312), and A. Defossez et al., "High Fidelity Neural Audio Compression"
(EnCodec), 2022 (arXiv:2210.13438).

**Idea.** Convolutions take hop_length samples to one vector; a *quantizer* puts the
nearest of a few learned vectors in its place, whose number is the code; convolutions
take the vectors back to sound:

    codes = quantize(encode(x)),   y = decode(vectors of the codes).

**Residual vector quantization.** One codebook after the other, each for what the ones
before have left over:

    r = encode(x);   for each codebook:  q = nearest(r),  y += q,  r -= q.

The first codes say most, each further one refines; who reads only the first few gets a
worse sound, not noise. In training the number of codebooks used is drawn anew for part
of the batch, so that this holds (*quantizer dropout*). How one codebook chooses, and
learns: `neural.vector_quantization`.

**Sound.** What goes in and comes out is the wave, as published; `loss` compares mel
spectra in decades of several resolutions, and the published model learns against
discriminators as well (`neural.notes.codec_discriminators`), for 400 000 steps. With
`Config.n_fft` the same networks hear and make log magnitudes of spectra instead, as
principal components, a few frames together, and add to what goes straight through;
phases come from Griffin and Lim's algorithm. That is learned in minutes. How either is
seen, heard and compared: `neural.notes.codec_sound`.

**Differences.** Kernels begin with 1 / sqrt(inputs), where the published code has 0.02
for every width. `Config.tiny` codes spectra; it compares whole vectors by distance, as
EnCodec does, and its codebooks begin with k-means (`begun`).

    params, config = neural.pretrained("codec")
    codes = encode(params, x, config)          # (batch, n_codebooks, frames)
    y = decode(params, codes, config)
"""

import dataclasses
import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn

from neural.layers import once
from neural.notes.codec_sound import (
    band_distance,
    components,
    heard,
    log_magnitude,
    log_magnitude_of,
    mel_distance,
    pieces,
    seen,
    unknown_components,
)
from neural.optimization import descend
from neural.vector_quantization import ResidualQuantizer, residual_k_means
from neural.wave_layers import NormConv, Snake

WEIGHTS = {"mel": 15.0, "codebook": 1.0, "commitment": 0.25}  # of the losses, or 1
QUIET = 0.05  # of a convolution's usual start: where that of the sound itself begins


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of the networks and of the codebooks.

    Attributes:
      sample_rate: Hz.
      n_fft: window, samples, of the spectra that are coded; 0 to code the wave itself.
      together: spectra that are seen as one.
      rates: stride of each block of the encoder; of the decoder, from last to first.
      encoder_channels: width before the first block; each block doubles it.
      decoder_channels: width before the first block; each block halves it.
      taps: of the residual units.
      dilations: of the residual units of each block.
      n_codebooks: how many quantizers, one after the other.
      codebook_size: rows of each codebook.
      codebook_width: dimensions in which they are compared.
      normalized: by direction alone, as DAC does, or by distance, as EnCodec does.
      dropout: part of a training batch that uses fewer codebooks.
      windows: of the mel spectra of the loss of waves, samples; 5 bands for each 32.
      floor: magnitude that counts as silence.
    """

    sample_rate: int = 44100
    n_fft: int = 0
    together: int = 1
    rates: tuple[int, ...] = (2, 4, 8, 8)
    encoder_channels: int = 64
    decoder_channels: int = 1536
    taps: int = 7
    dilations: tuple[int, ...] = (1, 3, 9)
    n_codebooks: int = 9
    codebook_size: int = 1024
    codebook_width: int = 8
    normalized: bool = True
    dropout: float = 0.5
    windows: tuple[int, ...] = (32, 64, 128, 256, 512, 1024, 2048)
    floor: float = 1e-5

    def __post_init__(self):
        """Spectra go straight through: as many numbers before and after."""
        whole = math.prod(self.rates) == 1 and self.codebook_width >= self.n_latent
        if self.n_fft % 32 or (self.n_fft and not whole):
            text = "n_fft must be a multiple of 32, and with it rates must be 1 and "
            raise ValueError(f"{text}codebook_width at least {self.n_latent}: {self}")

    @classmethod
    def paper(cls):
        """DAC at 44.1 kHz: 76.7 million parameters, 86 frames of 9 codes a second."""
        return cls()

    @classmethod
    def tiny(cls):
        """8 kHz, 15.6 frames of 18 codes of 7 bits a second: 2 kbit/s."""
        return cls(
            sample_rate=8000,
            n_fft=1024,
            together=2,
            rates=(1,),
            encoder_channels=48,
            decoder_channels=176,
            taps=3,
            dilations=(1,),
            n_codebooks=18,
            codebook_size=128,
            codebook_width=96,
            normalized=False,
        )

    @property
    def hop_length(self):
        """Samples to a frame of codes."""
        return (self.together * self.n_fft // 4 or 1) * math.prod(self.rates)

    @property
    def n_seen(self):
        """Numbers in each of what the networks see: components, or one sample."""
        return self.n_latent if self.n_fft else 1

    @property
    def n_latent(self):
        """Width of what is quantized."""
        return self.encoder_channels * 2 ** len(self.rates)

    @property
    def end_taps(self):
        """Of the first convolution and the last."""
        return 1 if self.n_fft else 7

    @property
    def bit_rate(self):
        """Bits a second."""
        bits = self.n_codebooks * math.log2(self.codebook_size)
        return bits * self.sample_rate / self.hop_length


class Unit(nn.Module):
    """Snake, dilated convolution, Snake, 1x1, plus what came in."""

    taps: int
    dilation: int

    @nn.compact
    def __call__(self, x):
        """(batch, time, channels) to the same."""
        width = x.shape[-1]
        y = NormConv(width, taps=self.taps, dilation=self.dilation)(Snake()(x))
        return x + NormConv(width)(Snake()(y))


class Encoder(nn.Module):
    """From what is seen to what is quantized."""

    config: Config

    @nn.compact
    def __call__(self, shown):
        """(batch, time, n_seen) to (batch, frames, n_latent)."""
        c, width = self.config, self.config.encoder_channels
        x = NormConv(width, taps=c.end_taps)(shown)
        for rate in c.rates:
            for dilation in c.dilations:
                x = Unit(c.taps, dilation)(x)
            width *= 2
            x = NormConv(width, stride=rate)(Snake()(x))
        z = NormConv(width, taps=3, name="last")(Snake()(x))
        return shown + z if c.n_fft else z


class Decoder(nn.Module):
    """And back."""

    config: Config

    @nn.compact
    def __call__(self, z):
        """(batch, frames, n_latent) to (batch, time, n_seen); samples in -1 ... 1."""
        c, width = self.config, self.config.decoder_channels
        x = NormConv(width, taps=c.taps)(z)
        for rate in reversed(c.rates):
            width //= 2
            x = NormConv(width, transposed=rate)(Snake()(x))
            for dilation in c.dilations:
                x = Unit(c.taps, dilation)(x)
        x = NormConv(c.n_seen, taps=c.end_taps, name="last")(Snake()(x))
        return z + x if c.n_fft else jnp.tanh(x)


class Codec(nn.Module):
    """Encoder, quantizers, decoder."""

    config: Config

    def setup(self):
        """Declare the three."""
        self.encoder, self.decoder = Encoder(self.config), Decoder(self.config)
        c = self.config
        sizes = (c.codebook_size, c.codebook_width, c.n_latent, c.normalized)
        self.quantizer = ResidualQuantizer(c.n_codebooks, *sizes)

    def __call__(self, shown, n_used=None):
        """There and back: what is seen (batch, time, n_seen); see `ResidualQuantizer`.

        Returns what comes back, and the two losses of the codebooks.
        """
        y, _, pull, stay = self.quantizer(self.encoder(shown), n_used)
        return self.decoder(y), (pull, stay)

    def from_codes(self, codes):
        """What is made of codes."""
        return self.decoder(self.quantizer.look_up(codes))

    def to_codes(self, shown):
        """Codes of what is seen."""
        return self.quantizer(self.encoder(shown))[1]


@once
def init(key, config):
    """Fresh parameters; what they sound like is quiet."""
    x = jnp.zeros((1, math.prod(config.rates), config.n_seen), jnp.float32)
    params = Codec(config).init(key, x)["params"]
    last = params["decoder"]["last"]
    last["scale"] = QUIET * last["scale"]
    if config.n_fft:
        last = params["encoder"]["last"]
        last["scale"] = QUIET * last["scale"]
        params["components"] = unknown_components(config)
    return params


def begun(params, x, config, *, seed=0, n_frames=12000):
    """Parameters of a codec of spectra that begin with what occurs.

    Principal components of the log spectra, and codebooks by k-means of what the
    encoder makes of them: all in order before the first step of training.

    Args:
      params: from `init`.
      x: signals (batch, n_samples), whole frames.
      config: the sizes.
      seed: of the frames that are drawn for k-means.
      n_frames: how many.
    """
    params = {**params, "components": components(x, config)}
    z = np.concatenate([_latent(params, some, config) for some in pieces(x)])
    z = z.reshape(-1, config.n_latent)
    rng = np.random.default_rng(seed)
    books = residual_k_means(
        rng.permutation(z)[:n_frames], config.n_codebooks, config.codebook_size, rng
    )
    quantizer = {f"quantizers_{k}": {"codebook": b} for k, b in enumerate(books)}
    return {**params, "quantizer": quantizer}


@functools.partial(jax.jit, static_argnames="config")
def _latent(params, x, config):
    net, shown = Encoder(config), seen(params, x, config)
    return net.apply({"params": params["encoder"]}, shown)


@functools.partial(jax.jit, static_argnames="config")
def _encode(params, x, config):
    net = Codec(config)
    return net.apply({"params": params}, seen(params, x, config), method="to_codes")


@functools.partial(jax.jit, static_argnames="config")
def _decode(params, codes, config):
    made = Codec(config).apply({"params": params}, codes, method="from_codes")
    return heard(params, made, config)


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


def loss(params, x, config, *, n_used=None):
    """What training makes small.

    Args:
      params: from `init`.
      x: signals (batch, n_samples), whole frames.
      config: the sizes.
      n_used: (batch,), codebooks that count for each; None for all.

    Returns:
      A number, and a pair: a dict of its parts, and what comes back of x: signals, or
      spectra as the networks make them.
    """
    shown = seen(params, x, config)
    made, (pull, stay) = Codec(config).apply({"params": params}, shown, n_used)
    parts = {"codebook": pull, "commitment": stay}
    if config.n_fft:
        own = log_magnitude(x, config)
        back = log_magnitude_of(params, made, config)
        parts["bands"] = band_distance(own, back)
        parts["linear"] = jnp.mean(jnp.abs(jnp.exp(own) - jnp.exp(back)))
    else:
        made = made[..., 0]
        parts["mel"] = mel_distance(x, made, config)
    total = sum(WEIGHTS.get(name, 1.0) * part for name, part in parts.items())
    return total, (parts, made)


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

"""The NSynth autoencoder: a WaveNet that is told what to play by another network.

Jesse Engel et al., "Neural Audio Synthesis of Musical Notes with WaveNet Autoencoders",
ICML 2017 (arXiv:1704.01279).

**Idea.** A WaveNet that is told nothing plays anything; told a pitch and an instrument,
only what it has a name for. Here nobody names anything: an *encoder* hears the note and
writes a few numbers every 32 ms, z, and the decoder, a WaveNet, has to play the note
from z alone,

    z = encode(x),     p(x | z) = prod_t p(x[t] | x[0], ..., x[t - 1], z).

Both learn together, by the decoder's cross-entropy. Since the past tells the decoder
most of the next sample, z is left with what the past does not tell: which note it is,
how it began, how it will go on. Between the codes of two notes lie sounds that no
instrument makes: mean, path and product of codes are the model's instruments.

**Encoder.** Not causal: a convolution, layers of

    ReLU, dilated convolution, ReLU, 1x1, plus what came in,

a 1x1 convolution to n_latent channels, and the mean of each hop_length samples.

**Decoder.** `layers.GatedStack` over one channel, the mu-law code as a number in
-1 ... 1, so that near codes are near; every layer is told z, each frame of it for
hop_length samples, and so is the head. The front's output joins the skips.

**Differences.** Their gate has the sigmoid on the first half of the channels, ours on
the second. Their full-scale sample gets the label 256 of 256; ours is clipped. The last
layer's residual, which nothing reads, exists in theirs, too (262 656 parameters).

    params, config = neural.pretrained("nsynth-wavenet")
    z = encode(params, x, config)
    y = generate(params, jax.random.key(0), (z[:1] + z[1:]) / 2, config=config)
"""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import optax
from flax import linen as nn

from dsplab._arguments import positive
from dsplab.quantise import mu_law_decode, mu_law_encode
from neural import autoregression
from neural.layers import GatedStack, frame_at, held, once
from neural.optimization import step_of


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of both networks.

    Attributes:
      sample_rate: Hz.
      n_codes: quantisation levels.
      hop_length: samples to a frame of z.
      n_latent: numbers in a frame of z.
      encoder_channels: width of the encoder.
      encoder_kernel_size: taps of its convolutions.
      encoder_dilations: one for each of its layers.
      n_channels: width of the decoder's residual path.
      n_gated: width behind its gates.
      n_skip: width of its skip path.
      kernel_size: taps of its dilated convolutions and of its front.
      dilations: one for each layer of the decoder.
    """

    sample_rate: int = 16000
    n_codes: int = 256
    hop_length: int = 512
    n_latent: int = 16
    encoder_channels: int = 128
    encoder_kernel_size: int = 3
    encoder_dilations: tuple[int, ...] = 3 * tuple(2**i for i in range(10))
    n_channels: int = 512
    n_gated: int = 512
    n_skip: int = 256
    kernel_size: int = 3
    dilations: tuple[int, ...] = 3 * tuple(2**i for i in range(10))

    @classmethod
    def paper(cls):
        """61.8 million parameters; 16 numbers every 32 ms; 6141 samples of past."""
        return cls()

    @classmethod
    def tiny(cls):
        """8 kHz, 8 numbers every 32 ms, 512 samples of past."""
        return cls(
            sample_rate=8000,
            hop_length=256,
            n_latent=8,
            encoder_channels=32,
            encoder_dilations=(1, 2, 4, 8, 16, 32, 64),
            n_channels=32,
            n_gated=32,
            n_skip=48,
            kernel_size=2,
            dilations=tuple(2**i for i in range(9)),
        )

    @property
    def receptive_field(self):
        """How many past samples a prediction depends on, apart from z."""
        return 1 + (self.kernel_size - 1) * (1 + sum(self.dilations))


class Encoder(nn.Module):
    """From a signal to a few numbers a frame."""

    config: Config

    @nn.compact
    def __call__(self, x):
        """(batch, time, 1) to (batch, time / hop_length, n_latent)."""
        c = self.config
        width, taps = c.encoder_channels, (c.encoder_kernel_size,)
        x = nn.Conv(width, taps)(x)
        for dilation in c.encoder_dilations:
            wide = nn.Conv(width, taps, kernel_dilation=(dilation,))
            x = x + nn.Dense(width)(nn.relu(wide(nn.relu(x))))
        z = nn.Dense(c.n_latent)(x)
        batch, time, _ = z.shape
        frames = z.reshape(batch, time // c.hop_length, c.hop_length, c.n_latent)
        return frames.mean(axis=2)


class Autoencoder(nn.Module):
    """Encoder and decoder, whole sequences; the decoder sample by sample, too."""

    config: Config

    def setup(self):
        """The encoder, the decoder's stack, and its head."""
        c = self.config
        self.encoder = Encoder(c)
        self.stack = GatedStack(
            1,
            c.n_channels,
            c.n_gated,
            c.n_skip,
            c.dilations,
            kernel_size=c.kernel_size,
            front_kernel_size=c.kernel_size,
            front_bias=True,
            n_told=c.n_latent,
            told_bias=True,
        )
        self.begin, self.head = nn.Dense(c.n_skip), nn.Dense(c.n_skip)
        self.told = nn.Dense(c.n_skip)
        # a small start: every code is about equally likely, the loss about ln n_codes
        small = nn.initializers.variance_scaling(0.01, "fan_in", "normal")
        self.logits = nn.Dense(c.n_codes, kernel_init=small)

    def __call__(self, codes):
        """Logits (batch, time, n_codes) of codes that the encoder may hear."""
        return self.decode(codes, self.encode(codes))

    def encode(self, codes):
        """(batch, time) integers to z (batch, frames, n_latent)."""
        return self.encoder(self.level(codes))

    def decode(self, codes, z):
        """Logits (batch, time, n_codes), each from the codes before it and z."""
        silence = jnp.full_like(codes[:, :1], self.config.n_codes // 2)
        past = jnp.concatenate([silence, codes[:, :-1]], axis=1)
        return self.from_levels(self.level(past), z)

    def from_levels(self, past, z):
        """Logits of the code after each of (batch, time, 1)."""
        hop_length = self.config.hop_length
        first, skips = self.stack(past, z, hop_length)
        return self.read(first, skips, held(self.told(z), hop_length, past.shape[1]))

    def level(self, codes):
        """The networks' input: a code as a number in -1 ... 1, (..., 1)."""
        half = self.config.n_codes / 2
        return ((codes - half) / half).astype(self.dtype)[..., None]

    @property
    def dtype(self):
        """What everything is computed in."""
        return self.stack.dtype

    def read(self, first, skips, told):
        """The head: from what the stack gives, and what is told, to logits."""
        x = nn.relu(skips + self.begin(first))
        return self.logits(nn.relu(self.head(x) + told))

    def stepper(self, z):
        """What `autoregression` needs: step, its first state, the code before all."""
        frames, told = self.stack.condition(z), self.told(z)
        hop_length = self.config.hop_length

        def step(code, buffers, t):
            conditions = [frame_at(f, t, hop_length) for f in frames]
            past = self.level(code)
            first, skips, buffers = self.stack.step(past, conditions, buffers, t)
            return self.read(first, skips, frame_at(told, t, hop_length)), buffers

        silence = jnp.full(len(z), self.config.n_codes // 2)
        return step, self.stack.empty_buffers(len(z)), silence


@once
def init(key, config):
    """Fresh parameters."""
    codes = jnp.zeros((1, config.hop_length), int)
    return Autoencoder(config).init(key, codes)["params"]


def encode(params, x, config):
    """Hear notes.

    Args:
      params: from `init`.
      x: signals (batch, n_samples) in -1 ... 1, at config.sample_rate; what is beyond
        a whole number of frames is followed by silence.
      config: the sizes.

    Returns:
      z (batch, frames, n_latent), a frame for each hop_length samples.
    """
    x = jnp.asarray(x)
    if x.ndim != 2 or not x.shape[1]:
        raise ValueError(f"x must be signals (batch, n_samples), got shape {x.shape}")
    x = jnp.pad(x, [(0, 0), (0, -x.shape[1] % config.hop_length)])
    return encode_codes(params, mu_law_encode(x, n_codes=config.n_codes), config)


@functools.partial(jax.jit, static_argnames="config")
def encode_codes(params, codes, config):
    """What `encode` hears in codes (batch, time), whole frames of them."""
    return Autoencoder(config).apply({"params": params}, codes, method="encode")


def apply(params, codes, config, *, z=None):
    """Predict every code from those before it, and from z.

    Args:
      params: from `init`.
      codes: (batch, time) integers, time a multiple of config.hop_length.
      config: the sizes.
      z: (batch, frames, n_latent); None encodes the codes themselves.

    Returns:
      Logits (batch, time, n_codes); given z, those at t depend on codes before t only.
    """
    if codes.shape[1] % config.hop_length:
        raise ValueError(
            f"codes must be whole frames of {config.hop_length} samples, got "
            f"{codes.shape[1]} samples"
        )
    net = Autoencoder(config)
    if z is None:
        return net.apply({"params": params}, codes)
    return net.apply({"params": params}, codes, z, method="decode")


def loss(params, codes, config, *, z=None):
    """Mean cross-entropy of codes (batch, time), in nats a sample."""
    logits = apply(params, codes, config, z=z).astype(jnp.float32)
    return optax.softmax_cross_entropy_with_integer_labels(logits, codes).mean()


train_step = step_of(loss)


def generate(params, key, z, *, config, temperature=1.0):
    """Play what z says.

    Args:
      params: from training or `neural.pretrained`.
      key: PRNG key; the same key plays the same notes.
      z: (batch, frames, n_latent), from `encode`, or made of such.
      config: the sizes.
      temperature: below 1 the model takes fewer risks, at 0 none.

    Returns:
      Signals (batch, frames * hop_length), float32.
    """
    z = jnp.asarray(z, jnp.float32)
    if z.ndim != 3 or z.shape[2] != config.n_latent or not z.shape[1]:
        raise ValueError(
            f"z must be (batch, frames, {config.n_latent}), got shape {z.shape}"
        )
    temperature = positive(temperature, name="temperature", allow_zero=True)
    codes = sample(params, key, z, temperature, config=config)
    return mu_law_decode(codes, n_codes=config.n_codes)


@functools.partial(jax.jit, static_argnames="config")
def sample(params, key, z, temperature, *, config):
    """Draw codes (batch, frames * hop_length), told z."""
    start = Autoencoder(config).bind({"params": params}).stepper(z)
    n_samples = z.shape[1] * config.hop_length
    return autoregression.draw(*start, key, n_samples, temperature)


@functools.partial(jax.jit, static_argnames="config")
def apply_stepwise(params, codes, config, *, z):
    """`apply`, computed by the ring buffers of `generate`: the same logits."""
    start = Autoencoder(config).bind({"params": params}).stepper(z)
    return autoregression.read(*start, codes)

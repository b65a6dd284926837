"""WaveNet: a network that composes sound one sample at a time.

Aaron van den Oord et al., "WaveNet: a generative model for raw audio", 2016
(arXiv:1609.03499); fast generation after Tom Le Paine et al., "Fast Wavenet generation
algorithm", 2016 (arXiv:1611.09482).

**Idea.** Any signal's probability is a product of "what comes next?",

    p(x) = prod_t p(x[t] | x[0], ..., x[t - 1]),

so a network that answers that question can be trained by reading sound (all t at once,
since the true past is known: *teacher forcing*) and can then write sound, by drawing
x[t], appending it, and asking again. Samples are 8-bit mu-law codes, and the answer is
a softmax over the 256 of them: no assumption about the shape of the distribution.

**Network.** A stack of causal convolutions whose dilation doubles, 1, 2, 4, ..., so
that the past it sees, the *receptive field*, grows exponentially with depth:

    receptive field = 1 + (front kernel - 1) + (kernel - 1) * sum(dilations)   samples.

Each layer has a gated unit, where * is a dilated causal convolution,

    z = tanh(W_f * x + V_f h) . sigmoid(W_g * x + V_g h),

a 1x1 convolution of z that is added to x (residual, the input of the next layer) and
another whose sum over all layers (skip) passes ReLU, 1x1, ReLU, 1x1 to the logits.

**Conditioning.** h says what to play. What holds for the whole note (*global*: the
paper's speaker, here the instrument) is a one-hot vector. What changes in time
(*local*: the paper's linguistic features and log f0, here pitch and loudness) comes as
feature frames, every `hop_length` samples. A frame holds for its hop_length samples; a
1x1 convolution commutes with that repetition, so V is applied to frames: hop_length
times cheaper than to samples.

**Fast generation.** Re-reading the receptive field for every sample costs
O(2^layers). But a layer needs only its own inputs k - 1 dilations back, so each keeps
them in a ring buffer (`layers.CausalConv.step`): O(layers) a sample, the same logits.

**Differences.** DeepMind never published the numbers of channels. `Config.paper()` is
the default of the best-known public re-implementation (ibab/tensorflow-wavenet);
`Config.tiny()` is what two CPU cores train in ten minutes. The paper shifts the input
by one sample; here `apply` does it, so logits[:, t] never saw codes[:, t].

    params, config = neural.pretrained("wavenet")
    x = generate(params, jax.random.key(0), n_samples=8000, config=config,
                 pitch=jnp.array([60, 64, 67]), instrument=jnp.array([0, 1, 2]))
"""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import optax
from flax import linen as nn

from dsplab._arguments import integer, positive
from dsplab.quantise import mu_law_decode
from neural import autoregression
from neural.conditions import condition_frames, told
from neural.layers import GatedStack, frame_at
from neural.optimization import step_of


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of the network and what it is told.

    Attributes:
      sample_rate: Hz.
      n_codes: quantisation levels.
      n_channels: width of the residual path.
      n_gated: width of z.
      n_skip: width of the skip path.
      kernel_size: taps of each dilated convolution.
      front_kernel_size: taps of the undilated convolution over one-hot codes.
      dilations: one for each layer.
      n_instruments: size of the global condition; 0 for none.
      n_features: size of a local feature frame, see `neural.conditions`; 0 for none.
      pitches: the lowest and the highest MIDI number that may be asked for.
      hop_length: samples a feature frame holds for.
    """

    sample_rate: int = 16000
    n_codes: int = 256
    n_channels: int = 32
    n_gated: int = 32
    n_skip: int = 32
    kernel_size: int = 2
    front_kernel_size: int = 1
    dilations: tuple[int, ...] = tuple(2**i for i in range(10))
    n_instruments: int = 0
    n_features: int = 0
    pitches: tuple[int, int] = (48, 72)
    hop_length: int = 80

    @classmethod
    def paper(cls):
        """50 layers, 1.5 million parameters, 5117 samples (0.32 s at 16 kHz) of past.

        Channels after ibab/tensorflow-wavenet's wavenet_params.json, since the paper
        gives none.
        """
        blocks = 5 * tuple(2**i for i in range(10))
        return cls(n_skip=512, front_kernel_size=2, dilations=blocks)

    @classmethod
    def tiny(cls):
        """9 layers, 8 kHz, 512 samples (64 ms) of past; 4 instruments, two octaves."""
        return cls(
            sample_rate=8000,
            dilations=tuple(2**i for i in range(9)),
            n_instruments=4,
            n_features=10,
        )

    @property
    def receptive_field(self):
        """How many past samples a prediction depends on."""
        layers = (self.kernel_size - 1) * sum(self.dilations)
        return 1 + (self.front_kernel_size - 1) + layers


class WaveNet(nn.Module):
    """The stack, for whole sequences (`__call__`) and sample by sample (`step`)."""

    config: Config

    def setup(self):
        """The gated layers and the head."""
        c = self.config
        self.stack = GatedStack(
            c.n_codes,
            c.n_channels,
            c.n_gated,
            c.n_skip,
            c.dilations,
            kernel_size=c.kernel_size,
            front_kernel_size=c.front_kernel_size,
            n_told=c.n_instruments + c.n_features,
        )
        self.head = nn.Dense(c.n_skip)
        # a small start: every code is about equally likely, the loss about ln n_codes
        small = nn.initializers.variance_scaling(0.01, "fan_in", "normal")
        self.logits = nn.Dense(c.n_codes, kernel_init=small)

    def __call__(self, codes, h):
        """Logits (batch, time, n_codes) from codes and condition frames."""
        silence = jnp.full_like(codes[:, :1], self.config.n_codes // 2)
        past = jnp.concatenate([silence, codes[:, :-1]], axis=1)
        return self.from_one_hot(self.one_hot(past), h)

    def from_one_hot(self, past, h):
        """Logits of the code after each of (batch, time, n_codes)."""
        return self.read(self.stack(past, h, self.config.hop_length)[1])

    def one_hot(self, codes):
        """The network's input: (..., n_codes), one channel for each code."""
        return jax.nn.one_hot(codes, self.config.n_codes, dtype=self.stack.dtype)

    def read(self, skips):
        """The head: from the sum of the skips to logits."""
        return self.logits(nn.relu(self.head(nn.relu(skips))))

    def stepper(self, h, batch):
        """What `autoregression` needs: step, its first state, the code before all."""
        frames = self.stack.condition(h)
        hop_length = self.config.hop_length

        def step(code, buffers, t):
            told = [frame_at(f, t, hop_length) for f in frames]
            past = self.one_hot(code)
            _, skips, buffers = self.stack.step(past, told, buffers, t)
            return self.read(skips), buffers

        silence = jnp.full(batch, self.config.n_codes // 2)
        return step, self.stack.empty_buffers(batch), silence


@functools.partial(jax.jit, static_argnames="config")
def init(key, config):
    """Fresh parameters."""
    h = None
    if config.n_instruments or config.n_features:
        width = config.n_instruments + config.n_features
        h = jnp.zeros((1, 1, width), jnp.float32)
    return WaveNet(config).init(key, jnp.zeros((1, 2), int), h)["params"]


def apply(params, codes, config, *, instrument=None, features=None):
    """Predict every code from those before it.

    Args:
      params: from `init`.
      codes: (batch, time) integers.
      config: the sizes.
      instrument: (batch,) integers, if config.n_instruments.
      features: (batch, frames, n_features), if config.n_features; see
        `neural.conditions.note_features`.

    Returns:
      Logits (batch, time, n_codes); those at t depend on codes before t only.
    """
    h = condition_frames(config, instrument=instrument, features=features)
    return WaveNet(config).apply({"params": params}, codes, h)


def loss(params, codes, config, *, instrument=None, features=None):
    """Mean cross-entropy of codes (batch, time), in nats a sample."""
    logits = apply(params, codes, config, instrument=instrument, features=features)
    logits = logits.astype(jnp.float32)  # a sum over 256 codes is not for 16 bits
    return optax.softmax_cross_entropy_with_integer_labels(logits, codes).mean()


train_step = step_of(loss)


def generate(
    params,
    key,
    *,
    n_samples,
    config,
    pitch=None,
    instrument=None,
    loudness=None,
    temperature=1.0,
):
    """Play notes, all of them at once.

    Args:
      params: from training or `neural.pretrained`.
      key: PRNG key; the same key plays the same notes.
      n_samples: length of each.
      config: the sizes.
      pitch: MIDI number of each note, (batch,), or its curve (batch, frames).
      instrument: (batch,) integers, or one for all.
      loudness: (batch, frames) or (frames,) in 0 ... 1; a held note by default.
        A frame is config.hop_length samples, the last one begun counts.
      temperature: below 1 the model takes fewer risks, at 0 none: a cleaner tone, in
        the end a machine's.

    Returns:
      Signals (batch, n_samples), float32.
    """
    n_samples = integer(n_samples, name="n_samples")
    temperature = positive(temperature, name="temperature", allow_zero=True)
    h = told(n_samples, config, pitch=pitch, instrument=instrument, loudness=loudness)
    codes = sample(params, key, h, temperature, n_samples=n_samples, config=config)
    return mu_law_decode(codes, n_codes=config.n_codes)


@functools.partial(jax.jit, static_argnames=("n_samples", "config", "batch"))
def sample(params, key, h, temperature, *, n_samples, config, batch=1):
    """Draw codes (batch, n_samples), told condition frames h; without, `batch` rows."""
    model = WaveNet(config).bind({"params": params})
    start = model.stepper(h, batch if h is None else len(h))
    return autoregression.draw(*start, key, n_samples, temperature)


@functools.partial(jax.jit, static_argnames="config")
def apply_stepwise(params, codes, config, *, instrument=None, features=None):
    """`apply`, computed by the ring buffers of `generate`: the same logits."""
    h = condition_frames(config, instrument=instrument, features=features)
    model = WaveNet(config).bind({"params": params})
    return autoregression.read(*model.stepper(h, len(codes)), codes)

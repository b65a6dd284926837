"""WaveRNN as a vocoder: from a mel spectrogram to sound, one sample at a time.

After Nal Kalchbrenner et al., "Efficient neural audio synthesis", ICML 2018
(arXiv:1802.08435), as most who say WaveRNN know it: the "alternative" network of the
public code fatchord/WaveRNN (2019), which is not the paper's.

**Idea.** What a text-to-speech system plans is a mel spectrogram, a frame for every
hundredth of a second; a vocoder makes it sound. What to say is then settled by the
frames, and two small recurrent layers suffice to say how: they add what a spectrogram
leaves out, phase and noise.

**What it is told.** Frames m reach the sample rate on two ways. One keeps the spectrum:
each of `scales` repeats it s times and smooths with a kernel of 2 s + 1 taps, at the
start their mean. The other looks around: a convolution over 2 n_around + 1 frames and
residual blocks; their outputs, held for a whole frame, are cut into four parts
a_1 ... a_4, which come in at four depths:

    z = I [x[t - 1], m[t], a_1]
    z = z + GRU_1(z),   z = z + GRU_2([z, a_2])
    o = W ReLU(F_2 [ReLU(F_1 [z, a_3]), a_4]).

**What it says.** o is either the logits of 9 bits, or weights, means and widths of
`n_logistics` bells over all 16: `neural.mixtures`.

**Differences.** Batch normalisation, which needs averages of other sounds, is
normalisation over the channels of a frame here: as many parameters, nothing to carry.

    params = init(jax.random.key(0), config := Config.tiny())
    x = generate(params, jax.random.key(1), mel=mel, config=config)
"""

import dataclasses
import functools
import math

import jax
import jax.numpy as jnp
from flax import linen as nn

from dsplab._arguments import positive
from neural import autoregression, mixtures
from neural.optimization import step_of


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of the network.

    Attributes:
      sample_rate: Hz.
      n_codes: values of a sample.
      n_logistics: bells of the mixture; 0 for a softmax over all codes.
      n_hidden: width of both memories and of what follows them.
      n_mels: bands of the spectrogram.
      scales: factors from frames to samples; their product is the hop length.
      n_around: frames that are looked at on either side of one.
      n_blocks, n_channels: residual blocks of the second way, and their width, of which
        each depth is told a quarter.
    """

    sample_rate: int = 22050
    n_codes: int = 65536
    n_logistics: int = 10
    n_hidden: int = 512
    n_mels: int = 80
    scales: tuple[int, ...] = (5, 5, 11)
    n_around: int = 2
    n_blocks: int = 10
    n_channels: int = 128

    @classmethod
    def paper(cls):
        """16 bits by ten logistics, 4.23 million parameters."""
        return cls()

    @classmethod
    def nine_bits(cls):
        """A softmax over 512 codes, 4.48 million parameters."""
        return cls(n_codes=512, n_logistics=0)

    @classmethod
    def tiny(cls):
        """4 kHz, 10 ms to a frame."""
        return cls(
            sample_rate=4000,
            n_logistics=3,
            n_hidden=48,
            n_mels=20,
            scales=(5, 8),
            n_blocks=2,
            n_channels=16,
        )

    @property
    def hop_length(self):
        """Samples to a frame."""
        return math.prod(self.scales)

    @property
    def n_outputs(self):
        """Numbers that the network says about each sample."""
        return 3 * self.n_logistics or self.n_codes


class Memory(nn.Module):
    """A gated recurrent unit as cuDNN has it: the reset acts after the product.

    u, r = sigmoid(W x + U h),   c = tanh(W_c x + r . (U_c h))
    h <- u . h + (1 - u) . c                          (W and U with a bias each)
    """

    n_hidden: int

    def setup(self):
        """Declare W and U."""
        self.inward, self.recurrent = (nn.Dense(3 * self.n_hidden) for _ in range(2))

    def __call__(self, x, h):
        """(batch, time, in) to states (batch, time, n_hidden)."""
        kernel = self.recurrent(jnp.zeros_like(h)), self.recurrent.variables["params"]
        bias, weight = kernel[0], kernel[1]["kernel"]

        def step(h, a):
            h = renewed(h, a, h @ weight + bias)
            return h, h

        _, states = jax.lax.scan(step, h, jnp.moveaxis(self.inward(x), 1, 0))
        return jnp.moveaxis(states, 0, 1)

    def step(self, x, h):
        """One sample: (batch, in) and the state to the next state."""
        return renewed(h, self.inward(x), self.recurrent(h))


def renewed(h, a, heard):
    """The next state from W x and U h, (batch, 3 n)."""
    u, r = jnp.split(nn.sigmoid((a + heard)[:, : 2 * h.shape[-1]]), 2, axis=-1)
    n = h.shape[-1]
    c = jnp.tanh(a[:, 2 * n :] + r * heard[:, 2 * n :])
    return u * h + (1.0 - u) * c


class Surroundings(nn.Module):
    """The second way: what frames around a frame say, (batch, frames, n_channels)."""

    config: Config

    @nn.compact
    def __call__(self, mel):
        """Reads (batch, frames + 2 n_around, n_mels)."""
        c = self.config
        width = (2 * c.n_around + 1,)
        x = nn.Conv(c.n_channels, width, use_bias=False, padding="VALID")(mel)
        x = nn.relu(nn.LayerNorm()(x))
        for _ in range(c.n_blocks):
            y = nn.relu(nn.LayerNorm()(nn.Dense(c.n_channels, use_bias=False)(x)))
            x = x + nn.LayerNorm()(nn.Dense(c.n_channels, use_bias=False)(y))
        return nn.Dense(c.n_channels)(x)


class Smoothing(nn.Module):
    """The first way: frames repeated and smoothed, scale by scale, to samples."""

    config: Config

    @nn.compact
    def __call__(self, mel):
        """(batch, frames + 2 n_around, n_mels) to (batch, frames * hop, n_mels)."""
        c = self.config
        rows = jnp.moveaxis(mel, -1, 1).reshape(-1, mel.shape[1])  # a row for each band
        for number, scale in enumerate(c.scales):
            mean = nn.initializers.constant(1.0 / (2 * scale + 1))
            kernel = self.param(f"kernel_{number}", mean, (2 * scale + 1,), jnp.float32)
            rows = jnp.repeat(rows, scale, axis=1)
            smooth = functools.partial(jnp.convolve, v=kernel, mode="same")
            rows = jax.vmap(smooth)(rows)
        edge = c.n_around * c.hop_length
        rows = rows[:, edge:-edge] if edge else rows
        return jnp.moveaxis(rows.reshape(len(mel), c.n_mels, -1), 1, -1)


class MelWaveRNN(nn.Module):
    """Both ways in, two memories, two layers, for whole sequences and by sample."""

    config: Config

    def setup(self):
        """Declare them."""
        c = self.config
        self.smoothing, self.surroundings = Smoothing(c), Surroundings(c)
        self.inward = nn.Dense(c.n_hidden)
        self.memories = [Memory(c.n_hidden) for _ in range(2)]
        self.heads = [nn.Dense(c.n_hidden) for _ in range(2)]
        small = nn.initializers.variance_scaling(0.01, "fan_in", "normal")
        self.outputs = nn.Dense(c.n_outputs, kernel_init=small)

    def told(self, mel):
        """m, a_1 ... a_4 for each sample, side by side: (batch, time, ...)."""
        smooth = self.smoothing(mel)
        around = jnp.repeat(self.surroundings(mel), self.config.hop_length, axis=1)
        return jnp.concatenate([smooth, around], axis=-1)

    def through(self, past, told, remember):
        """From the samples before, (...,), to outputs; remember: (k, z) to GRU_k(z)."""
        n = self.config.n_mels
        m, *a = jnp.split(
            told, [n + k * (told.shape[-1] - n) // 4 for k in range(4)], -1
        )
        join = functools.partial(jnp.concatenate, axis=-1)
        x = mixtures.amplitudes(past, self.config.n_codes)[..., None]
        z = self.inward(join([x, m, a[0]]))
        z = z + remember(0, z)
        z = z + remember(1, join([z, a[1]]))
        for head, more in zip(self.heads, a[2:], strict=True):
            z = nn.relu(head(join([z, more])))
        return self.outputs(z)

    def __call__(self, codes, mel):
        """Outputs (batch, time, n_outputs); those at t of samples before t only."""
        first, memories = self.start(len(codes))
        past = jnp.concatenate([first[:, None], codes[:, :-1]], axis=1)
        return self.through(
            past, self.told(mel), lambda k, z: self.memories[k](z, memories[k])
        )

    def step(self, carry, told):
        """One sample: the last ones (batch,) and both states to outputs and states."""
        past, states = carry
        after = []

        def remember(k, z):
            after.append(self.memories[k].step(z, states[k]))
            return after[k]

        return self.through(past, told, remember), after

    def start(self, batch):
        """Before the first sample: silence, and empty memories."""
        c = self.config
        silence = jnp.full(batch, c.n_codes // 2, jnp.int32)
        return silence, [jnp.zeros((batch, c.n_hidden), jnp.float32)] * 2


@functools.partial(jax.jit, static_argnames="config")
def init(key, config):
    """Fresh parameters."""
    mel = jnp.zeros((1, 1 + 2 * config.n_around, config.n_mels), jnp.float32)
    codes = jnp.zeros((1, config.hop_length), int)
    return MelWaveRNN(config).init(key, codes, mel)["params"]


def apply(params, codes, config, *, mel):
    """What the network says of every sample, having seen those before it.

    Args:
      params: from `init`.
      codes: (batch, frames * hop_length) integers 0 ... n_codes - 1.
      config: the sizes.
      mel: (batch, frames + 2 n_around, n_mels), frames that go before and after too.

    Returns:
      (batch, time, n_outputs): logits, or what `neural.mixtures` takes.
    """
    return MelWaveRNN(config).apply({"params": params}, codes, mel)


def loss(params, codes, config, *, mel):
    """Mean of -ln p(sample), in nats."""
    outputs = apply(params, codes, config, mel=mel)
    if not config.n_logistics:
        return autoregression.nats(outputs, codes)
    return -mixtures.log_probability(outputs, codes, n_codes=config.n_codes).mean()


train_step = step_of(loss)


def generate(params, key, *, mel, config, temperature=1.0):
    """Let mel spectrograms sound.

    Args:
      params: from training.
      key: PRNG key; the same key, the same sound.
      mel: (batch, frames + 2 n_around, n_mels).
      config: the sizes.
      temperature: below 1 the model takes fewer risks, at 0 none.

    Returns:
      Signals (batch, frames * hop_length), float32.
    """
    temperature = positive(temperature, name="temperature", allow_zero=True)
    codes = sample(params, key, mel, temperature, config=config)
    return mixtures.amplitudes(codes, config.n_codes).astype(jnp.float32)


@functools.partial(jax.jit, static_argnames="config")
def sample(params, key, mel, temperature, *, config):
    """Draw codes (batch, time)."""
    if config.n_logistics:
        draw = functools.partial(mixtures.drawn, n_codes=config.n_codes)

    def choose(t, outputs):
        if not config.n_logistics:
            return autoregression.drawn(key, t, outputs, temperature)
        return draw(jax.random.fold_in(key, t), outputs, temperature=temperature)

    return written(params, mel, choose, config)[0]


@functools.partial(jax.jit, static_argnames="config")
def apply_stepwise(params, codes, config, *, mel):
    """The outputs of `apply`, computed one sample at a time as `generate` does."""
    return written(params, mel, lambda t, _: codes[:, t], config)[1]


def written(params, mel, choose, config):
    """Codes (batch, time) that `choose`, (t, outputs) to codes, makes; the outputs."""
    net = MelWaveRNN(config).bind({"params": params})
    told = jnp.moveaxis(net.told(mel), 1, 0)

    def body(carry, row):
        t, now = row
        outputs, states = net.step(carry, now)
        code = choose(t, outputs)
        return (code, states), (code, outputs)

    rows = (jnp.arange(len(told)), told)
    _, kept = jax.lax.scan(body, net.start(len(mel)), rows)
    return jax.tree.map(lambda each: jnp.moveaxis(each, 0, 1), kept)

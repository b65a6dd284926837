"""SampleRNN: memories that run at different speeds, the slowest hears the longest.

Soroush Mehri et al., "SampleRNN: an unconditional end-to-end neural audio generation
model", ICLR 2017 (arXiv:1612.07837).

**Idea.** A recurrent network could remember any past, but at one step a sample it would
have thousands of steps to learn a single note through. So several are stacked, each at
a slower clock than the one below. The top *tier* takes one step for each frame of, say,
8 samples; what it makes of them is spread over the steps of the tier below, which reads
shorter frames; and at the bottom a network without memory sees the last few samples and
says how likely each code comes next: p(x[t] | x[0], ..., x[t - 1]).

**Network.** Tier k reads frames f of FS(k) samples, as numbers in -2 ... 2, and what
comes from above:

    input = W_x f + c(k + 1)            (the top tier: f itself)
    h     = GRU(h before, input)
    c(k)  = W_j h,  j = 1 ... r: one vector for each of the r = FS(k) / FS(k - 1) steps
            of the tier below

and the sample level, with e the embeddings of the last FS(1) codes, gives

    logits = W ReLU(W_3 ReLU(W_2 (W_1 e + c(1)))).

**Training** is truncated back-propagation through time: after `n_truncated` samples the
parameters take a step, and the memories go on. A note's first state is learned.

**Conditioning** is ours, the paper has none: frames of pitch, loudness and instrument
(`neural.conditions`), projected, are added to what GRUs and the sample level read.

**Differences.** The layers are those of the authors' code: weight normalisation
everywhere but the embedding, no ReLU before W_2, codes of equal steps. It scales each
excerpt to full range; here loudness is kept, being a condition. There, the top tier has
a second output that guesses the next frame's samples independently of each other; here
it is `independent`, and its cross-entropy is added to the loss.

    params, config = neural.pretrained("samplernn")
    x = generate(params, jax.random.key(0), n_samples=8000, config=config,
                 pitch=[60, 64, 67], instrument=[0, 1, 2])
"""

import dataclasses
import functools

import jax
import jax.numpy as jnp
from flax import linen as nn

from dsplab._arguments import integer, positive
from dsplab.quantise import uniform_decode
from neural.autoregression import drawn, nats
from neural.conditions import condition_frames, told
from neural.layers import GRU, NormDense, frame_at, held
from neural.optimization import descend_through_time, in_pieces


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of the network and what it is told.

    Attributes:
      sample_rate: Hz.
      n_codes: quantisation levels, equal steps.
      frame_sizes: samples a step of each tier reads, slowest first: multiples.
      n_layers: GRUs, one on the other, in each tier.
      n_hidden: width of everything.
      n_embedding: width of a code's embedding.
      n_truncated: samples between two steps of gradient descent.
      independent: the top tier also guesses the samples of each frame directly.
      n_instruments, n_features, pitches: what a condition frame holds, see
        `neural.conditions`; 0 for none.
      hop_length: samples a feature frame holds for, a multiple of the largest frame.
    """

    sample_rate: int = 16000
    n_codes: int = 256
    frame_sizes: tuple[int, ...] = (8, 2)
    n_layers: int = 1
    n_hidden: int = 1024
    n_embedding: int = 256
    n_truncated: int = 512
    independent: bool = False
    n_instruments: int = 0
    n_features: int = 0
    pitches: tuple[int, int] = (48, 72)
    hop_length: int = 80

    @classmethod
    def paper(cls):
        """Three tiers, 18.7 million parameters: the best one for speech."""
        return cls()

    @classmethod
    def two_tier(cls):
        """Two tiers, frames of 16, three GRUs, 39 million: the best one for music."""
        return cls(frame_sizes=(16,), n_layers=3)

    @classmethod
    def tiny(cls):
        """Three tiers at 4 kHz; four instruments, two octaves."""
        return cls(
            sample_rate=4000,
            frame_sizes=(8, 4),
            n_hidden=96,
            n_embedding=24,
            n_truncated=200,
            n_instruments=4,
            n_features=10,
            hop_length=40,
        )

    @property
    def n_told(self):
        """Width of a condition frame."""
        return self.n_features + self.n_instruments


class Tier(nn.Module):
    """One clock: reads frames, remembers, and speaks to the tier below."""

    config: Config
    level: int  # 0 is the slowest

    def setup(self):
        """Declare the way in, the GRUs and the way out."""
        c, n, size = self.config, self.config.n_hidden, self.frame_size
        below = (*c.frame_sizes, 1)[self.level + 1]
        if self.level:
            self.inward = NormDense(size, n)
        widths = [n if self.level else size] + (c.n_layers - 1) * [n]
        self.grus = [GRU(width, n) for width in widths]
        self.outward = NormDense(n, size // below * n)
        if c.n_told:
            self.condition = nn.Dense(3 * n, use_bias=False)

    @property
    def frame_size(self):
        """Samples to a step."""
        return self.config.frame_sizes[self.level]

    def __call__(self, codes, above, extra, hidden):
        """Take a step for each frame.

        Args:
          codes: (batch, steps * frame_size), those *before* what is to be predicted.
          above: (batch, steps, n_hidden), ignored at the top.
          extra: (batch, steps or 1, 3 n_hidden), the condition, already projected.
          hidden: (n_layers, batch, n_hidden), the GRUs' states.

        Returns:
          For the tier below (batch, its steps, n_hidden); the last layer's states
          (batch, steps, n_hidden); hidden, afterwards.
        """
        c = self.config
        frames = codes.reshape(len(codes), -1, self.frame_size)
        x = (frames * (4.0 / c.n_codes) - 2.0).astype(extra.dtype)
        if self.level:
            x = self.inward(x) + above
        after = []
        for layer, (gru, h) in enumerate(zip(self.grus, hidden, strict=True)):
            x, h = gru(x, h, 0.0 if layer else extra)
            after.append(h)
        below = self.outward(x).reshape(len(codes), -1, c.n_hidden)
        return below, x, jnp.stack(after)


class Predictor(nn.Module):
    """The sample level: from the last few codes to the logits of the next."""

    config: Config

    def setup(self):
        """Declare embedding and four linear layers."""
        c, n = self.config, self.config.n_hidden
        normal, kaiming = nn.initializers.normal(1.0), nn.initializers.kaiming_normal()
        self.embedding = self.param(
            "embedding", normal, (c.n_codes, c.n_embedding), jnp.float32
        )
        self.first = NormDense(c.frame_sizes[-1] * c.n_embedding, n, use_bias=False)
        self.second = NormDense(n, n, kernel_init=kaiming)
        self.third = NormDense(n, n, kernel_init=kaiming)
        # a small start: every code is about equally likely, the loss about ln n_codes
        small = nn.initializers.variance_scaling(0.01, "fan_in", "normal")
        self.logits = NormDense(n, c.n_codes, kernel_init=small)
        if c.n_told:
            self.condition = nn.Dense(n, use_bias=False)

    def __call__(self, codes, above, extra):
        """(batch, size - 1 + time) codes to logits (batch, time, n_codes)."""
        size, time = self.config.frame_sizes[-1], above.shape[1]
        e = self.embedding[codes]
        e = jnp.concatenate([e[:, j : j + time] for j in range(size)], axis=-1)
        x = self.first(e) + above + extra
        x = nn.relu(self.second(x))
        return self.logits(nn.relu(self.third(x)))


class SampleRNN(nn.Module):
    """Tiers and sample level, for whole sequences and sample by sample."""

    config: Config

    def setup(self):
        """Declare both."""
        c = self.config
        self.tiers = [Tier(c, level) for level in range(len(c.frame_sizes))]
        self.predictor = Predictor(c)
        if c.independent:
            self.guess = NormDense(c.n_hidden, c.frame_sizes[0] * c.n_codes)

    def conditions(self, h):
        """What is added in each tier and the sample level: (batch, frames, width)."""
        dtype = self.predictor.embedding.dtype
        if h is None:
            return [jnp.zeros((1, 1, 1), dtype)] * (len(self.tiers) + 1)
        parts = (*self.tiers, self.predictor)
        return [part.condition(h.astype(dtype)) for part in parts]

    def __call__(self, codes, h, carry):
        """Whole sequences: logits, the independent guess (or None), the next carry."""
        c, top, time = self.config, self.config.frame_sizes[0], codes.shape[1]
        hidden, past = carry
        known = jnp.concatenate([past, codes], axis=1)  # top samples of past first
        *extras, extra = self.conditions(h)
        above, guess, after = None, None, []
        for tier, more, state in zip(self.tiers, extras, hidden, strict=True):
            size = tier.frame_size
            more = held(more, c.hop_length // size, time // size)
            seen = known[:, top - size : -size]
            above, states, state = tier(seen, above, more, state)
            after.append(state)
            if tier.level == 0 and c.independent:
                guess = self.guess(states).reshape(*codes.shape, c.n_codes)
        seen = known[:, top - c.frame_sizes[-1] : -1]
        logits = self.predictor(seen, above, held(extra, c.hop_length, time))
        return logits, guess, (after, known[:, -top:])

    def start(self, batch):
        """Before the first sample: the learned first states, and silence."""
        c = self.config
        firsts = [jnp.stack([gru.first for gru in tier.grus]) for tier in self.tiers]
        hidden = [jnp.repeat(first[:, None], batch, axis=1) for first in firsts]
        return hidden, jnp.full((batch, c.frame_sizes[0]), c.n_codes // 2, jnp.int32)

    def write(self, carry, h, choose, n_frames):
        """Sample by sample, each tier at its own clock: all that `choose` kept.

        Args:
          carry: as `start` gives it.
          h: condition frames, or None.
          choose: (t, logits (batch, n_codes)) to the code of sample t and what is kept.
          n_frames: steps of the slowest tier, a Python number.
        """
        c, (*extras, extra) = self.config, self.conditions(h)

        def frame(level, carry, above):
            """One step of a tier, and all below it that belong to it."""
            hidden, past, t = carry
            if level == len(self.tiers):
                return one(carry, above)
            tier, now = self.tiers[level], frame_at(extras[level], t, c.hop_length)
            seen, now = past[:, -tier.frame_size :], now[:, None]
            below, _, state = tier(seen, above, now, hidden[level])
            carry = [*hidden[:level], state, *hidden[level + 1 :]], past, t
            step = functools.partial(frame, level + 1)
            rows = jnp.moveaxis(below, 1, 0)[:, :, None]  # (r, batch, 1, n_hidden)
            carry, kept = jax.lax.scan(step, carry, rows)
            deeper = level + 1 < len(self.tiers)  # then frames of frames: one row
            return carry, kept.reshape(-1, *kept.shape[2:]) if deeper else kept

        def one(carry, above):
            """One sample."""
            hidden, past, t = carry
            now = frame_at(extra, t, c.hop_length)[:, None]
            seen = past[:, -c.frame_sizes[-1] :]
            code, kept = choose(t, self.predictor(seen, above, now)[:, 0])
            past = jnp.concatenate([past[:, 1:], code[:, None]], axis=1)
            return (hidden, past, t + 1), kept

        step = functools.partial(frame, 0)
        _, kept = jax.lax.scan(step, (*carry, 0), None, n_frames)
        return kept.reshape(-1, *kept.shape[2:])


@functools.partial(jax.jit, static_argnames="config")
def init(key, config):
    """Fresh parameters."""

    def build(net):
        h = jnp.zeros((1, 1, config.n_told), "float32") if config.n_told else None
        return net(jnp.zeros((1, config.frame_sizes[0]), int), h, net.start(1))

    return nn.init(build, SampleRNN(config))(key)["params"]


def apply(
    params, codes, config, *, instrument=None, features=None, carry=None, reset=None
):
    """Predict every code from those before it.

    Args:
      params: from `init`.
      codes: (batch, time) integers; time is a multiple of the largest frame.
      config: the sizes.
      instrument, features: what the config wants, see `neural.conditions`.
      carry: what is remembered of the codes before these; `start` if None.
      reset: (batch,) booleans: rows that begin anew, whatever is carried.

    Returns:
      Logits (batch, time, n_codes), those at t depend on codes before t only; likewise
      the independent guess, at t on codes before its frame (or None); and the carry for
      the codes that follow.
    """
    h = condition_frames(config, instrument=instrument, features=features)
    net = SampleRNN(config).bind({"params": params})
    first = net.start(len(codes))
    if carry is None:
        carry = first
    elif reset is not None:
        rows = reset[:, None]  # hidden is (n_layers, batch, n_hidden), past (batch, n)
        carry = jax.tree.map(lambda new, old: jnp.where(rows, new, old), first, carry)
    return net(codes, h, carry)


def loss(params, codes, config, **options):
    """Mean cross-entropy of codes (batch, time) under `apply`, and the next carry."""
    *logits, carry = apply(params, codes, config, **options)
    return sum(nats(each, codes) for each in logits if each is not None), carry


@functools.partial(
    jax.jit, static_argnames=("config", "optimizer", "ema_decay", "dtype")
)
def train_step(state, batch, *, config, optimizer, ema_decay=0.99, dtype="float32"):
    """Take a step of gradient descent on each piece of a batch of notes, in turn.

    Args:
      state: from `neural.optimization.init_state`.
      batch: dict of codes (batch, time), and instrument and features if conditioned;
        time is a multiple of config.n_truncated.
      config: the sizes.
      optimizer, ema_decay, dtype: see `neural.optimization.descend`.

    Returns:
      The new state, and a dict of loss and grad_norm, means over the pieces.
    """
    net = SampleRNN(config).bind({"params": state["params"]})
    return descend_through_time(
        loss,
        state,
        net.start(len(batch["codes"])),
        in_pieces(batch, config.n_truncated),
        optimizer=optimizer,
        ema_decay=ema_decay,
        dtype=dtype,
        config=config,
    )


def generate(params, key, *, n_samples, config, temperature=1.0, **note):
    """Play notes, all of them at once: (batch, n_samples), float32.

    Args:
      params: from training or `neural.pretrained`.
      key: PRNG key; the same key plays the same notes.
      n_samples: length of each.
      config: the sizes.
      temperature: below 1 the model takes fewer risks, at 0 none.
      **note: pitch, instrument, loudness: see `neural.conditions.told`.
    """
    n_samples = integer(n_samples, name="n_samples")
    temperature = positive(temperature, name="temperature", allow_zero=True)
    h = told(n_samples, config, **note)
    codes = sample(params, key, h, temperature, n_samples=n_samples, config=config)
    return uniform_decode(codes, n_codes=config.n_codes)


@functools.partial(jax.jit, static_argnames=("n_samples", "config", "batch"))
def sample(params, key, h, temperature, *, n_samples, config, batch=1):
    """Draw codes (batch, n_samples), told condition frames h; without, `batch` rows."""

    def choose(t, logits):
        code = drawn(key, t, logits, temperature)
        return code, code

    net = SampleRNN(config).bind({"params": params})
    carry = net.start(batch if h is None else len(h))
    n_frames = -(-n_samples // config.frame_sizes[0])
    return net.write(carry, h, choose, n_frames).T[:, :n_samples]


@functools.partial(jax.jit, static_argnames="config")
def apply_stepwise(params, codes, config, *, instrument=None, features=None):
    """The logits of `apply`, computed one sample at a time as `generate` does."""
    h = condition_frames(config, instrument=instrument, features=features)
    net = SampleRNN(config).bind({"params": params})
    n_frames = codes.shape[1] // config.frame_sizes[0]
    carry = net.start(len(codes))
    logits = net.write(carry, h, lambda t, a: (codes[:, t], a), n_frames)
    return jnp.moveaxis(logits, 0, 1)

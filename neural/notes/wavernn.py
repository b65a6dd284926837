"""WaveRNN: one recurrent layer, and 16 bits in two halves.

Nal Kalchbrenner et al., "Efficient neural audio synthesis", ICML 2018
(arXiv:1802.08435).

**Idea.** WaveNet needs many layers for each sample because convolutions forget; a
single recurrent layer remembers, so it can be as good with a fraction of the
operations. And a softmax over 65 536 values would be hopeless, but a sample of 16 bits
is two numbers of 8, as hours and minutes are: *coarse* c = u // 256 and *fine*
f = u % 256, u = 0 ... 65535,

    p(u[t] | past) = p(c[t] | past) p(f[t] | c[t], past),

two small softmaxes (*dual softmax*). Nothing is rounded away.

**Network.** The state h has two halves, one that leads to the coarse, one to the fine
bits. Numbers go in as -1 ... 1. At each sample, with x = (c[t-1], f[t-1], c[t]),

    u = sigmoid(R_u h + I_u x + b_u)          what to keep
    r = sigmoid(R_r h + I_r x + b_r)          what to hear of the past
    e = tanh(r . (R_e h) + I_e x + b_e)       what is new
    h = u . h + (1 - u) . e,   (h_c, h_f) = h
    p(c[t]) = softmax(O_2 ReLU(O_1 h_c)),   p(f[t]) = softmax(O_4 ReLU(O_3 h_f)).

The matrices I are *masked*: the coarse half does not see c[t], which would be cheating;
the fine half does. Since both halves hear the h before, R h is computed once. In
generation c[t] is drawn from h_c before the fine half is computed.

The recurrence has to be walked through sample by sample in training too; what does not
depend on h (I x before, O after it) is computed for all samples at once.

**Training** is truncated back-propagation through time: a step of gradient descent
after each `n_truncated` samples, the state carried on.

**Conditioning** (pitch, loudness, instrument: `neural.conditions`) is a projection of
feature frames that is added to I x in all three gates.

    params, config = neural.pretrained("wavernn")
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
from neural.layers import frame_at, held
from neural.optimization import descend_through_time, in_pieces


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of the network and what it is told.

    Attributes:
      sample_rate: Hz.
      n_bits: of a sample, even: half of them are coarse, half fine.
      n_hidden: size of the state, even: likewise.
      n_truncated: samples between two steps of gradient descent.
      n_instruments, n_features, pitches: what a condition frame holds, see
        `neural.conditions`; 0 for none.
      hop_length: samples a feature frame holds for.
    """

    sample_rate: int = 24000
    n_bits: int = 16
    n_hidden: int = 896
    n_truncated: int = 960
    n_instruments: int = 0
    n_features: int = 0
    pitches: tuple[int, int] = (48, 72)
    hop_length: int = 80

    @classmethod
    def paper(cls):
        """A state of 896, 16 bits, 3.05 million parameters."""
        return cls()

    @classmethod
    def tiny(cls):
        """A state of 128 and 12 bits at 4 kHz; four instruments, two octaves."""
        return cls(
            sample_rate=4000,
            n_bits=12,
            n_hidden=128,
            n_truncated=200,
            n_instruments=4,
            n_features=10,
            hop_length=40,
        )

    @property
    def n_codes(self):
        """Values of a sample."""
        return 2**self.n_bits

    @property
    def n_half(self):
        """Values of its coarse half, and of its fine half."""
        return 2 ** (self.n_bits // 2)

    @property
    def n_told(self):
        """Width of a condition frame."""
        return self.n_features + self.n_instruments


def split(codes, config):
    """Cut codes 0 ... 2**n_bits - 1 into coarse and fine halves.

    >>> [int(half) for half in split(jnp.array(0x1234), Config())]
    [18, 52]
    """
    return codes // config.n_half, codes % config.n_half


def join(coarse, fine, config):
    """Undo `split`."""
    return coarse * config.n_half + fine


class WaveRNN(nn.Module):
    """The gates and the two heads, for whole sequences and sample by sample."""

    config: Config

    def setup(self):
        """Declare R, the two parts of I, biases, heads and the condition."""
        c, n = self.config, self.config.n_hidden
        orthogonal = nn.initializers.orthogonal(column_axis=0)
        shape = (n, 3, n)  # the gates u, r, e; of each, coarse half first
        self.recurrent = self.param("recurrent", orthogonal, shape, jnp.float32)
        self.to_coarse = nn.Dense(3 * n // 2, use_bias=False)
        self.to_fine = nn.Dense(3 * n // 2, use_bias=False)
        self.bias = self.param("bias", nn.initializers.zeros, (3, n), jnp.float32)
        # a small start: every value is about equally likely
        small = nn.initializers.variance_scaling(0.01, "fan_in", "normal")
        self.heads = [nn.Dense(n // 2) for _ in range(2)]
        self.logits = [nn.Dense(c.n_half, kernel_init=small) for _ in range(2)]
        if c.n_told:
            self.condition = nn.Dense(3 * n, use_bias=False)

    def extra(self, h):
        """What frames of a condition add to the gates: (batch, frames, 3, n_hidden)."""
        n, dtype = self.config.n_hidden, self.bias.dtype
        if h is None:
            return jnp.zeros((1, 1, 3, n), dtype)
        return self.condition(h.astype(dtype)).reshape(*h.shape[:2], 3, n)

    def numbers(self, values):
        """Halves of samples as the network sees them, in -1 ... 1."""
        middle = 0.5 * (self.config.n_half - 1)
        return (values / middle - 1.0).astype(self.bias.dtype)

    def inward(self, past, coarse):
        """I x for both halves of the state: two arrays (..., 3, n_hidden / 2).

        Args:
          past: samples before, (...,).
          coarse: those of the samples to come; what the fine half alone sees.
        """
        before = [self.numbers(half) for half in split(past, self.config)]
        x = jnp.stack([*before, self.numbers(coarse)], axis=-1)
        shape = (*past.shape, 3, self.config.n_hidden // 2)
        a_coarse, a_fine = self.to_coarse(x[..., :2]), self.to_fine(x)
        return a_coarse.reshape(shape), a_fine.reshape(shape)

    def read(self, half, which):
        """Logits of the coarse (0) or fine (1) bits from their half of the state."""
        return self.logits[which](nn.relu(self.heads[which](half)))

    def __call__(self, codes, h, carry):
        """Whole sequences: logits of coarse and fine, and the next carry."""
        c, (state, last) = self.config, carry
        past = jnp.concatenate([last[:, None], codes[:, :-1]], axis=1)
        a = jnp.concatenate(self.inward(past, split(codes, c)[0]), axis=-1)
        extra = held(self.extra(h), c.hop_length, codes.shape[1])
        a = jnp.moveaxis(a + extra + self.bias, 1, 0)  # (time, batch, 3, n_hidden)
        flat = self.recurrent.reshape(c.n_hidden, -1)

        def step(state, a):
            state = gated(state, (state @ flat).reshape(a.shape), a)
            return state, state

        state, states = jax.lax.scan(step, state, a)
        halves = jnp.split(jnp.moveaxis(states, 0, 1), 2, axis=-1)
        logits = [self.read(half, which) for which, half in enumerate(halves)]
        return *logits, (state, codes[:, -1])

    def step(self, carry, extra, choose):
        """One sample: coarse half, choice, fine half, choice.

        Args:
          carry: state (batch, n_hidden) and the last sample (batch,).
          extra: (batch, 3, n_hidden), the condition, already projected.
          choose: (which, logits) to values (batch,), which: 0 coarse, 1 fine.

        Returns:
          The next carry, and both logits.
        """
        c, (state, last) = self.config, carry
        heard = jnp.einsum("bi,igo->bgo", state, self.recurrent)
        heard, extra, states = (
            jnp.split(whole, 2, axis=-1) for whole in (heard, extra + self.bias, state)
        )
        nothing = jnp.zeros_like(last)  # c[t] is not known yet, nor looked at
        a = self.inward(last, nothing)[0] + extra[0]
        coarse_state = gated(states[0], heard[0], a)
        coarse_logits = self.read(coarse_state, 0)
        coarse = choose(0, coarse_logits)
        a = self.inward(last, coarse)[1] + extra[1]
        fine_state = gated(states[1], heard[1], a)
        fine_logits = self.read(fine_state, 1)
        code = join(coarse, choose(1, fine_logits), c)
        state = jnp.concatenate([coarse_state, fine_state], axis=-1)
        return (state, code), (coarse_logits, fine_logits)

    def start(self, batch):
        """Before the first sample: an empty state, and silence."""
        c = self.config
        state = jnp.zeros((batch, c.n_hidden), self.bias.dtype)
        return state, jnp.full(batch, c.n_codes // 2, jnp.int32)


def gated(state, heard, a):
    """The next state from R h and I x + b, (..., 3, n): gates u, r and what is new."""
    u = nn.sigmoid(heard[..., 0, :] + a[..., 0, :])
    r = nn.sigmoid(heard[..., 1, :] + a[..., 1, :])
    e = jnp.tanh(r * heard[..., 2, :] + a[..., 2, :])
    return u * state + (1.0 - u) * e


@functools.partial(jax.jit, static_argnames="config")
def init(key, config):
    """Fresh parameters."""

    def build(net):
        h = jnp.zeros((1, 1, config.n_told), "float32") if config.n_told else None
        return net(jnp.zeros((1, 2), int), h, net.start(1))

    return nn.init(build, WaveRNN(config))(key)["params"]


def start(params, config, batch):
    """What the network remembers before a note: a carry for `apply`."""
    return WaveRNN(config).bind({"params": params}).start(batch)


def apply(
    params, codes, config, *, instrument=None, features=None, carry=None, reset=None
):
    """Predict every sample from those before it.

    Args:
      params: from `init`.
      codes: (batch, time) integers 0 ... 2**n_bits - 1.
      config: the sizes.
      instrument: (batch,) integers, if config.n_instruments.
      features: (batch, frames, n_features), if config.n_features; see
        `neural.conditions.note_features`.
      carry: what is remembered of the codes before these; `start` if None.
      reset: (batch,) booleans: rows that begin anew, whatever is carried.

    Returns:
      Coarse logits (batch, time, 2**(n_bits / 2)), those at t of samples before t only;
      fine logits, likewise and of coarse[t]; and the carry for the codes that follow.
    """
    h = condition_frames(config, instrument=instrument, features=features)
    net = WaveRNN(config).bind({"params": params})
    first = net.start(len(codes))
    if carry is None:
        carry = first
    elif reset is not None:
        state = jnp.where(reset[:, None], first[0], carry[0])
        carry = state, jnp.where(reset, first[1], carry[1])
    return net(codes, h, carry)


def halves_nats(params, codes, config, **options):
    """Mean cross-entropies of the coarse and the fine halves, and the next carry.

    Args are those of `apply`.
    """
    *logits, carry = apply(params, codes, config, **options)
    coarse, fine = map(nats, logits, split(codes, config))
    return coarse, fine, carry


def loss(params, codes, config, **options):
    """Mean cross-entropy of samples (batch, time), both halves, and the next carry."""
    coarse, fine, carry = halves_nats(params, codes, config, **options)
    return coarse + fine, carry


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
    return descend_through_time(
        loss,
        state,
        start(state["params"], config, len(batch["codes"])),
        in_pieces(batch, config.n_truncated),
        optimizer=optimizer,
        ema_decay=ema_decay,
        dtype=dtype,
        config=config,
    )


def generate(params, key, *, n_samples, config, temperature=1.0, **note):
    """Play notes, all of them at once.

    Args:
      params: from training or `neural.pretrained`.
      key: PRNG key; the same key plays the same notes.
      n_samples: length of each.
      config: the sizes.
      temperature: below 1 the model takes fewer risks, at 0 none.
      **note: pitch, instrument, loudness: see `neural.conditions.told`.

    Returns:
      Signals (batch, n_samples), float32.
    """
    n_samples = integer(n_samples, name="n_samples")
    temperature = positive(temperature, name="temperature", allow_zero=True)
    h = told(n_samples, config, **note)
    codes = sample(params, key, h, temperature, n_samples=n_samples, config=config)
    return uniform_decode(codes, n_codes=config.n_codes)


@functools.partial(jax.jit, static_argnames=("n_samples", "config", "batch"))
def sample(params, key, h, temperature, *, n_samples, config, batch=1):
    """Draw codes (batch, n_samples), told condition frames h; without, `batch` rows."""
    net = WaveRNN(config).bind({"params": params})
    extra = net.extra(h)

    def body(carry, t):
        def choose(which, logits):
            return drawn(key, 2 * t + which, logits, temperature)

        carry, _ = net.step(carry, frame_at(extra, t, config.hop_length), choose)
        return carry, carry[1]

    first = net.start(batch if h is None else len(h))
    return jax.lax.scan(body, first, jnp.arange(n_samples))[1].T


@functools.partial(jax.jit, static_argnames="config")
def apply_stepwise(params, codes, config, *, instrument=None, features=None):
    """Both logits of `apply`, computed one sample at a time as `generate` does."""
    h = condition_frames(config, instrument=instrument, features=features)
    net = WaveRNN(config).bind({"params": params})
    extra = net.extra(h)

    def body(carry, row):
        t, code = row
        halves = split(code, config)
        now = frame_at(extra, t, config.hop_length)
        return net.step(carry, now, lambda which, _: halves[which])

    rows = (jnp.arange(codes.shape[1]), codes.T)
    _, logits = jax.lax.scan(body, net.start(len(codes)), rows)
    return tuple(jnp.moveaxis(half, 0, 1) for half in logits)

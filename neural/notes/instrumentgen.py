"""InstrumentGen: a language model whose words are sounds, asked for an instrument.

S. Nercessian, J. Imort, N. Devis, F. Blang, "Generating Sample-Based Musical
Instruments Using Neural Audio Codec Language Models", ISMIR 2024 (arXiv:2407.15641); on
the model of J. Copet et al., "Simple and Controllable Music Generation" (MusicGen),
NeurIPS 2023 (arXiv:2306.05284).

**Idea.** A neural codec turns a note into K small numbers for each of T frames, and
back. Numbers in a row are a text, and a *transformer* learns to go on with a text: to
say how likely each number comes next, given all before it. Told the key, how hard it is
struck, and what the instrument should sound like, it writes notes; told the same sound
at all keys, a whole instrument.

**Delay pattern.** The K codes of a frame depend on each other, but writing them one by
one would take K T steps. So codebook k is written k steps late:

    step       1  2  3  4  5  6
    codebook 1 a1 a2 a3 a4 .  .
    codebook 2 .  b1 b2 b3 b4 .        T + K - 1 steps, K codes in each;
    codebook 3 .  .  c1 c2 c3 c4       "." is a code of its own: nothing here

b2 is written when a2 is known, c2 when a2 and b2 are.

**Network.** The K codes of a step are looked up and added, with a position; layers of
`neural.transformer_layers` hear the steps before and what is told; K linear maps give
the logits of the next step's K codes. What is told is a few vectors: pitch and velocity
(and family and source) looked up, the embedding of a text or a sound mapped.

**Guidance.** In training, what is told is sometimes withheld: a learned vector stands
in for it. So the model also knows what notes are like in general, and in writing can be
pushed away from that, towards what was asked for:

    logits = u + guidance (c - u),     c told, u not;   1 is c itself.

**Differences.** Look-ups are not followed by a linear map, which would only multiply
two matrices. A velocity between two that were learned is between their vectors. The
width and depth of the published network are not known to us: `Config.paper()` is a
MusicGen of twelve layers, 59 million parameters, over DAC's nine codebooks.

    params, config = neural.pretrained("instrumentgen")
    codes = generate(params, key, config=config, pitch=[60, 64], embedding=z)
"""

import dataclasses
import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from optax import softmax_cross_entropy_with_integer_labels as cross_entropy

from dsplab._arguments import positive
from neural.autoregression import delayed, draw, undelayed
from neural.conditions import between, within
from neural.optimization import step_of
from neural.transformer_layers import ToldLayer, positions

TOLD = ("pitch", "velocity", "family", "source", "embedding")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of the network, of the codes and of what is told.

    Attributes:
      sample_rate: Hz, of the sound that the codec makes of the codes.
      n_codebooks, codebook_size: the codec's.
      n_frames: of a note.
      n_layers, n_width, n_heads: of the transformer.
      lowest_pitch, n_pitches: MIDI.
      velocities: those that are looked up.
      n_families, n_sources: how many are told apart, 0 where they are not told.
      n_embedding: width of the embedding of text or sound.
    """

    sample_rate: int = 44100
    n_codebooks: int = 9
    codebook_size: int = 1024
    n_frames: int = 345
    n_layers: int = 12
    n_width: int = 512
    n_heads: int = 8
    lowest_pitch: int = 21
    n_pitches: int = 88
    velocities: tuple[int, ...] = (25, 50, 75, 100, 127)
    n_families: int = 11
    n_sources: int = 3
    n_embedding: int = 512

    @classmethod
    def paper(cls):
        """Four seconds of DAC at 44.1 kHz, 88 keys; sizes of layers are ours."""
        return cls()

    @classmethod
    def tiny(cls):
        """A second of the small codec; two octaves."""
        return cls(
            sample_rate=8000,
            n_codebooks=4,
            codebook_size=256,
            n_frames=64,
            n_layers=3,
            n_width=80,
            n_heads=4,
            lowest_pitch=48,
            n_pitches=25,
            velocities=(50, 100),
            n_families=0,
            n_sources=0,
            n_embedding=32,
        )

    @property
    def n_steps(self):
        """In which a note is written."""
        return self.n_frames + self.n_codebooks - 1

    @property
    def nothing(self):
        """The code that says that there is none."""
        return self.codebook_size

    @property
    def told(self):
        """Names of what is told, in the order of their vectors."""
        without = {"family": not self.n_families, "source": not self.n_sources}
        return tuple(name for name in TOLD if not without.get(name))


class InstrumentGen(nn.Module):
    """The transformer, for whole texts and step by step."""

    config: Config

    def setup(self):
        """Declare look-ups, layers and logits."""
        c = self.config
        normal = nn.initializers.normal(1.0 / math.sqrt(c.n_width))
        sizes = {
            "pitch": c.n_pitches,
            "velocity": len(c.velocities),
            "family": c.n_families,
            "source": c.n_sources,
            "embedding": c.n_embedding,
        }
        tables = (c.n_codebooks, c.codebook_size + 1, c.n_width)
        self.codes = self.param("codes", normal, tables, jnp.float32)
        self.rows = [
            self.param(name, normal, (sizes[name], c.n_width), jnp.float32)
            for name in c.told
        ]
        shape = (len(c.told), c.n_width)
        self.withheld = self.param("withheld", normal, shape, jnp.float32)
        self.layers = [ToldLayer(c.n_heads, c.n_width) for _ in range(c.n_layers)]
        self.norm = nn.LayerNorm()
        small = nn.initializers.variance_scaling(0.01, "fan_in", "normal")
        width = c.n_codebooks * c.codebook_size
        self.logits = nn.Dense(width, use_bias=False, kernel_init=small)

    def vectors(self, weights, known):
        """Keys and values, for each layer, of what is told.

        Args:
          weights: one (batch, n) for each name in config.told: of the rows of its
            table (one of them 1, of a look-up), or the embedding.
          known: (batch, len(weights)) booleans; the others are withheld.
        """
        pairs = zip(weights, self.rows, strict=True)
        x = jnp.stack([w.astype(row.dtype) @ row for w, row in pairs], axis=1)
        x = jnp.where(known[..., None], x, self.withheld)
        x = x * math.sqrt(self.config.n_width)  # as large as what is normalised
        return [layer.told.heard(x) for layer in self.layers]

    def empty(self, batch, n_steps):
        """The memory of each layer before the first step."""
        c = self.config
        shape = (batch, n_steps, c.n_heads, c.n_width // c.n_heads)
        nothing = jnp.zeros(shape, self.codes.dtype)
        return [(nothing, nothing) for _ in self.layers]

    def __call__(self, before, told, memory, t):
        """Steps t, t + 1 ... from the codes written in the step before each.

        Args:
          before: (batch, steps, n_codebooks).
          told: from `vectors`.
          memory: from `empty`, or from the steps before.
          t: the first step.

        Returns:
          Logits (batch, steps, n_codebooks, codebook_size) and the memory.
        """
        c, n = self.config, before.shape[1]
        x = sum(self.codes[k][before[..., k]] for k in range(c.n_codebooks))
        x = x + positions(t + jnp.arange(n), c.n_width).astype(x.dtype)
        after = []
        for layer, heard, past in zip(self.layers, told, memory, strict=True):
            x, past = layer(x, heard, past, t)
            after.append(past)
        logits = self.logits(self.norm(x))
        return logits.reshape(*before.shape, c.codebook_size), after


@functools.partial(jax.jit, static_argnames="config")
def init(key, config):
    """Fresh parameters."""

    def build(net):
        before = jnp.zeros((1, 1, config.n_codebooks), int)
        sizes = [row.shape[0] for row in net.rows]
        weights = [jnp.zeros((1, size)) for size in sizes]
        told = net.vectors(weights, jnp.ones((1, len(sizes)), bool))
        net(before, told, net.empty(1, 1), 0)

    return nn.init(build, InstrumentGen(config))(key)["params"]


def weights_of(told, known, config):
    """What is told, as `InstrumentGen.vectors` takes it: weights of rows, and known.

    Args:
      told: dict: pitch, velocity, family, source (batch,), embedding (batch, n).
      known: (batch, len(config.told)) booleans; all if None.
      config: the sizes.
    """

    def row(name, first, n):
        return jax.nn.one_hot(jnp.asarray(told[name], jnp.int32) - first, n)

    weights = {
        "pitch": lambda: row("pitch", config.lowest_pitch, config.n_pitches),
        "velocity": lambda: between(told["velocity"], config.velocities),
        "family": lambda: row("family", 0, config.n_families),
        "source": lambda: row("source", 0, config.n_sources),
        "embedding": lambda: jnp.asarray(told["embedding"]),
    }
    every = jnp.ones((len(told["pitch"]), len(config.told)), bool)
    return [weights[name]() for name in config.told], every if known is None else known


def apply(params, codes, config, *, known=None, **told):
    """Predict every code from those written before it.

    Args:
      params: from `init`.
      codes: (batch, n_codebooks, frames).
      config: the sizes.
      known: (batch, len(config.told)) booleans: what is told, not withheld; all if
        None.
      **told: what config.told names: pitch, velocity (MIDI), family, source (batch,)
        integers, embedding (batch, n_embedding).

    Returns:
      Logits (batch, n_codebooks, frames, codebook_size).
    """
    return undelayed(_steps(params, codes, config, known, told)[0])


def _steps(params, codes, config, known, told):
    """Logits of every step of `delayed` codes, and those codes."""
    net = InstrumentGen(config).bind({"params": params})
    written = delayed(codes, config.nothing)
    before = jnp.pad(
        written[:, :-1], [(0, 0), (1, 0), (0, 0)], constant_values=config.nothing
    )
    vectors = net.vectors(*weights_of(told, known, config))
    memory = net.empty(*before.shape[:2])
    return net(before, vectors, memory, 0)[0], written


def loss(params, codes, config, *, known=None, **told):
    """Mean cross-entropy of codes (batch, n_codebooks, frames) under `apply`."""
    logits, written = _steps(params, codes, config, known, told)
    there = written < config.nothing
    nats = cross_entropy(logits.astype(jnp.float32), jnp.where(there, written, 0))
    return jnp.sum(jnp.where(there, nats, 0.0)) / codes.size


train_step = step_of(loss)


def generate(
    params,
    key,
    *,
    config,
    pitch,
    velocity=100,
    guidance=1.0,
    temperature=1.0,
    **timbre,
):
    """Write notes, all of them at once: codes (batch, n_codebooks, n_frames).

    Args:
      params: from training or `neural.pretrained`.
      key: PRNG key; the same key writes the same notes.
      config: the sizes.
      pitch: MIDI numbers, whole, one for each note.
      velocity: 1 to 127, likewise, or one for all.
      guidance: how far from what notes are like in general to what was asked for: 0 is
        the former, 1 the latter, more exaggerates.
      temperature: below 1 the model takes fewer risks, at 0 none.
      **timbre: embedding (batch, n) or (n,); family, source: integers, one for each
        note or for all. What is not told is up to the model.

    Raises:
      ValueError: naming what is out of range, or not known to the model.
    """
    for name, value in (("guidance", guidance), ("temperature", temperature)):
        positive(value, name=name, allow_zero=True)
    asked = {"pitch": pitch, "velocity": velocity, **timbre}
    weights, known = weights_of(*_told(asked, config), config)
    told, guided = (weights, known), guidance != 1.0
    return write(params, key, told, guidance, temperature, config=config, guided=guided)


@functools.partial(jax.jit, static_argnames=("config", "guided"))
def write(params, key, told, guidance, temperature, *, config, guided):
    """What `generate` does once everything is checked.

    Args:
      params, key, guidance, temperature, config: see `generate`.
      told: weights and known, see `InstrumentGen.vectors`.
      guided: whether guidance is other than 1.
    """
    step, memory, n = step_of(params, told, guidance, config, guided)
    first = jnp.full((n, config.n_codebooks), config.nothing, jnp.int32)
    written = draw(step, memory, first, key, config.n_steps, temperature)
    return undelayed(written)


def step_of(params, told, guidance, config, guided):
    """The model as `neural.autoregression` takes it: step, first memory, batch size."""
    net, (weights, known) = InstrumentGen(config).bind({"params": params}), told
    n = len(known)
    if guided:  # every note twice: told, and not
        weights = [jnp.concatenate([w, w]) for w in weights]
        known = jnp.concatenate([known, jnp.zeros_like(known)])
    vectors = net.vectors(weights, known)
    late = jnp.arange(config.n_codebooks)

    def step(code, memory, t):
        frame = t - 1 - late  # which frame each code of the step before was of
        there = (frame >= 0) & (frame < config.n_frames)
        code = jnp.where(there, code, config.nothing)
        code = jnp.concatenate([code, code]) if guided else code
        logits, memory = net(code[:, None], vectors, memory, t)
        logits = logits[:, 0]
        if guided:
            told, withheld = logits[:n], logits[n:]
            logits = withheld + guidance * (told - withheld)
        return logits, memory

    return step, net.empty(len(known), config.n_steps), n


def _told(asked, config):
    """What `weights_of` takes: what was asked for, checked, for every note."""
    low, told = config.lowest_pitch, {}
    ends = {
        "pitch": (low, low + config.n_pitches - 1),
        "velocity": (1, 127),
        "family": (0, config.n_families - 1),
        "source": (0, config.n_sources - 1),
    }
    for name, values in asked.items():
        if name not in config.told:
            known = ", ".join(config.told)
            raise ValueError(f"the model is told {known}; it takes no {name!r}")
        if name == "embedding" and values is not None:
            told[name] = np.atleast_2d(np.asarray(values, np.float32))
            if told[name].shape[1] != config.n_embedding:
                raise ValueError(f"embedding must be {config.n_embedding} numbers")
        elif values is not None:
            told[name] = within(values, *ends[name], name=name)
            if name != "velocity" and (told[name] != np.round(told[name])).any():
                raise ValueError(f"{name} must be whole, got {values}")
    n = max(len(values) for values in told.values())
    known = np.array([[name in told for name in config.told]] * n)
    for name in config.told:
        shape = (n, config.n_embedding) if name == "embedding" else (n,)
        told[name] = np.broadcast_to(told.get(name, np.float32(0.0)), shape)
    return told, known

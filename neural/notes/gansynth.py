"""GANSynth: notes drawn at once, as pictures of loudness and instantaneous frequency.

Jesse Engel et al., "GANSynth: Adversarial Neural Audio Synthesis", ICLR 2019
(arXiv:1902.08710).

**Idea.** A GAN makes a whole note in one pass of convolutions, thousands of times
quicker than sample by sample. On waves GANs do badly: a filter would have to hit the
phase of every partial at every place. As a picture of log magnitude and *instantaneous
frequency* (`spectrogram_pictures`) a steady tone is a steady row.

**Network.** The progressive GAN (`growing`), told a pitch: a one-hot vector beside z.

    x = denormalised(G(z, pitch)),    D(x) = a logit and, from the same last layer,
                                             log p(pitch | x) over the pitches

**Training.** Wasserstein distance with gradient penalty, and an auxiliary classifier:

    D:  E D(fake) - E D(real) + 10 penalty + 0.001 E D(real)^2 + 10 CE(pitch | real)
    G:  -E D(fake) + 10 CE(pitch | fake)

CE is the cross-entropy of the pitch; that of fakes is of the pitch they were asked for.
So z is left with all but the pitch: timbre, loudness, envelope.

**Normalised.** Networks see pictures in [-1, 1], a picture times `scale` plus `offset`
for each channel, clipped. In the published code D normalises what it is given, so the
penalty wants a slope of 1 for a change of the log magnitude by 1 (`penalty_of_logs`).

**Differences.** All blocks are trained at once (`progress` at its end) unless a
progress is given; the optimizer is not started anew for each block. `Config.tiny()`
takes its penalty in normalised pictures, overlaps frames by half and has its networks
see 2 x 2 points as one, for speed; z is smaller, which tells the pitch louder.

    params, config = neural.pretrained("gansynth")
    x = generate(params, jax.random.key(0), config=config, pitch=jnp.array([60, 64]))
"""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax

from dsplab._arguments import as_values
from neural import growing
from neural.adversarial import GAMES, alternate, gradient_penalty
from neural.spectrogram_pictures import (
    denormalised,
    normalised,
    pictures_of,
    sounding,
)

GAME = GAMES["wasserstein"]
# Scale and offset of the first channel, at high resolution and not, by which silence,
# ln 1e-6, becomes -0.8 and the loudest that notes have 0.8. For the paper's if_mel the
# published constants; its code measures the others of the notes at hand: here the
# loudest is half of if_mel's, a magnitude instead of a power.
RANGES = {
    ("paper", "if_mel"): ((0.0661371661726, 0.113718730221),) * 2,
    ("paper", "if"): ((0.0841936, 0.3631789),) * 2,
    ("tiny", "if_mel"): ((0.0835, 0.3536), (0.0878, 0.4128)),
    ("tiny", "if"): ((0.0967, 0.5364), (0.0996, 0.5764)),
}


def _ranges(size, kind, high):
    """start, scale and offset of a config."""
    by_level = RANGES[size, "if" if kind == "phase" else kind]
    scale, offset = by_level[0 if high else 1]
    start = (2, 16) if high else (4, 8)  # finer in frequency, or in time
    return {"start": start, "scale": (scale, 0.8), "offset": (offset, 0.0)}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of the networks, of their pictures, and what they are told.

    Attributes:
      kind: of the pictures: "phase", "if" or "if_mel".
      sample_rate: Hz.
      n_samples: of a note.
      overlap: frames over each sample.
      aliased: with the published mel matrix, see `spectrogram_pictures.mel_matrix`.
      start: (time, frequency) of the first block's picture.
      n_blocks: blocks, each after the first twice the size.
      n_base: channels of block b are n_base / 2^b ...
      n_most: ... but at most as many.
      patch: pixels in each direction that the networks see as channels of one.
      n_latent: size of z.
      lowest_pitch: MIDI number of the first pitch.
      n_pitches: how many semitones.
      scale: normalised = scale * picture + offset, for each of the two channels.
      offset: see scale.
      penalty_of_logs: whether the penalty is of D's slope for the picture as it is,
        or as normalised.
      penalty: weight of the gradient penalty.
      drift: weight of the real logits' squares.
      told: weight of the pitch's cross-entropy, in both networks.
    """

    kind: str = "if_mel"
    sample_rate: int = 16000
    n_samples: int = 64000
    overlap: int = 4
    aliased: bool = True
    start: tuple[int, int] = (2, 16)
    n_blocks: int = 7
    n_base: int = 4096
    n_most: int = 256
    patch: int = 1
    n_latent: int = 256
    lowest_pitch: int = 24
    n_pitches: int = 61
    scale: tuple[float, float] = (0.0661371661726, 0.8)
    offset: tuple[float, float] = (0.113718730221, 0.0)
    penalty_of_logs: bool = True
    penalty: float = 10.0
    drift: float = 0.001
    told: float = 10.0

    squashed = True

    @classmethod
    def paper(cls, kind="if_mel", *, high=True):
        """Four seconds as 128 x 1024 (not `high`: 256 x 512); 7.3 and 6.8 million."""
        return cls(kind=kind, **_ranges("paper", kind, high))

    @classmethod
    def tiny(cls, kind="if_mel", *, high=True):
        """Half a second at 4 kHz as 16 x 128 (or 32 x 64), two octaves from middle C.

        Args:
          kind: "phase", "if" or "if_mel", see `spectrogram_pictures`.
          high: twice as many rows of frequency and half as many frames, the paper's H.
        """
        return cls(
            kind=kind,
            sample_rate=4000,
            n_samples=2048,
            overlap=2,
            aliased=False,
            n_blocks=3,
            n_base=512,
            n_most=32,
            patch=2,
            n_latent=8,
            lowest_pitch=60,
            n_pitches=25,
            penalty_of_logs=False,
            **_ranges("tiny", kind, high),
        )

    @property
    def n_channels(self):
        """Of the networks' pictures: two for each pixel of a patch."""
        return 2 * self.patch**2

    @property
    def pictures(self):
        """How its sound is drawn."""
        return pictures_of(self)

    @property
    def grown(self):
        """Progress at the end."""
        return self.n_blocks - 1.0


def _networks(config):
    return (
        growing.Generator(config),
        growing.Discriminator(config, n_asked=config.n_pitches),
    )


def _told(z, pitch, config):
    """z beside the one-hot pitch, (batch, n_latent + n_pitches)."""
    one_hot = jax.nn.one_hot(pitch - config.lowest_pitch, config.n_pitches)
    return jnp.concatenate([z, one_hot.astype(z.dtype)], axis=-1)


@functools.partial(jax.jit, static_argnames="config")
def init(key, config):
    """Fresh parameters of the generator."""
    z = jnp.zeros((1, config.n_latent + config.n_pitches), jnp.float32)
    return _networks(config)[0].init(key, z, config.grown)["params"]


@functools.partial(jax.jit, static_argnames="config")
def init_discriminator(key, config):
    """Fresh parameters of the discriminator."""
    shape = (1, *growing.size_of(config), config.n_channels)
    picture = jnp.zeros(shape, jnp.float32)
    return _networks(config)[1].init(key, picture, config.grown)["params"]


def apply(params, z, pitch, config, *, progress=None):
    """Draw notes.

    Args:
      params: from `init`.
      z: (batch, n_latent), normal.
      pitch: (batch,) MIDI integers.
      config: the sizes.
      progress: how far the network has grown; all of it if None.

    Returns:
      Normalised pictures (batch, time, frequency, 2).
    """
    progress = config.grown if progress is None else progress
    told = _told(z, pitch, config)
    return _networks(config)[0].apply({"params": params}, told, progress)


def discriminate(params, pictures, config, *, progress=None):
    """Judge normalised pictures: logits (batch,), of pitches (batch, n_pitches)."""
    progress = config.grown if progress is None else progress
    return _networks(config)[1].apply({"params": params}, pictures, progress)


def pitch_loss(logits, pitch, config):
    """Cross-entropy of MIDI pitches, nats; ln n_pitches of one who does not know."""
    labels = pitch - config.lowest_pitch
    losses = optax.softmax_cross_entropy_with_integer_labels(
        logits.astype(jnp.float32), labels
    )
    return losses.mean()


def loss(params, discriminator, batch, key, *, config):
    """G's loss: to be taken for real, at the pitch it was asked for."""
    fake = apply(params, batch["z"], batch["asked"], config, progress=_at(batch))
    logits, heard = discriminate(discriminator, fake, config, progress=_at(batch))
    told = pitch_loss(heard, batch["asked"], config)
    return GAME.generator(logits) + config.told * told


def discriminator_loss(params, generator, batch, key, *, config):
    """D's loss: fake from real by a smooth function, and the pitch of the real."""
    at, real = _at(batch), batch["x"]
    if at is not None:
        real = growing.blended(real, at, config.n_blocks)
    fake = apply(generator, batch["z"], batch["asked"], config, progress=at)
    # one after the other: the batch's deviation is that of real or of fakes alone
    real_logits, heard = discriminate(params, real, config, progress=at)
    fake_logits, _ = discriminate(params, fake, config, progress=at)

    def judge(pictures):
        if config.penalty_of_logs:
            pictures = normalised(pictures, config)
        return discriminate(params, pictures, config, progress=at)[0]

    if config.penalty_of_logs:
        real, fake = denormalised(real, config), denormalised(fake, config)
    return (
        GAME.critic(real_logits, fake_logits)
        + config.penalty * gradient_penalty(judge, real, fake, key)
        + config.drift * jnp.mean(real_logits**2)
        + config.told * pitch_loss(heard, batch["pitch"], config)
    )


def _at(batch):
    """The progress a batch is for, None for all."""
    return batch["progress"].mean() if "progress" in batch else None


@functools.partial(
    jax.jit, static_argnames=("config", "optimizers", "ema_decay", "dtype")
)
def train_step(state, batch, *, config, optimizers, ema_decay=0.999, dtype="float32"):
    """Take one step of D, then one of G.

    Args:
      state: from `neural.adversarial.init_state`.
      batch: dict of x (batch, time, frequency, 2), normalised; their pitch (batch,);
        z (batch, n_latent) and asked (batch,), what fakes are made of; seed (batch,),
        of the penalty's points; perhaps progress (batch,), all the same.
      config: the sizes.
      optimizers: G's and D's, from optax.
      ema_decay: of G's moving average.
      dtype: what the networks compute in, see `neural.optimization`.

    Returns:
      The new state, and metrics, see `neural.adversarial.alternate`.
    """
    batch = dict(batch)
    key = jax.random.key(batch.pop("seed")[0])
    return alternate(
        state,
        batch,
        key,
        losses=(
            functools.partial(loss, config=config),
            functools.partial(discriminator_loss, config=config),
        ),
        optimizers=optimizers,
        ema_decay=ema_decay,
        dtype=dtype,
    )


def generate(params, key, *, config, pitch, z=None):
    """Play notes, all of them at once.

    Args:
      params: of the generator, from training or `neural.pretrained`.
      key: PRNG key; the same key plays the same notes.
      config: the sizes.
      pitch: MIDI numbers, (batch,) or one, whole.
      z: (batch, n_latent) or (n_latent,), the timbre; drawn from the key if None.

    Returns:
      Signals (batch, config.n_samples), float32.

    Raises:
      ValueError: if a pitch is not among those the network knows.
    """
    pitch = np.atleast_1d(np.asarray(as_values(pitch, name="pitch")))
    highest = config.lowest_pitch + config.n_pitches - 1
    wrong = (pitch < config.lowest_pitch) | (pitch > highest) | (pitch % 1 != 0)
    if wrong.any():
        raise ValueError(
            f"pitch must be a whole number within {config.lowest_pitch} and {highest}, "
            f"got {pitch[wrong][0]:g}"
        )
    if z is None:
        z = _normal(key, shape=(len(pitch), config.n_latent))
    return played(params, jnp.asarray(z, jnp.float32), pitch.astype(np.int32), config)


_normal = jax.jit(
    functools.partial(jax.random.normal, dtype=jnp.float32), static_argnames="shape"
)


@functools.partial(jax.jit, static_argnames="config")
def played(params, z, pitch, config):
    """Signals (batch, n_samples) of z (batch, n_latent) or one, pitches (batch,)."""
    z = jnp.broadcast_to(z, (len(pitch), config.n_latent))
    return sounding(apply(params, z, pitch, config), config)

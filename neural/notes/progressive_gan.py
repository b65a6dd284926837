"""Progressive GAN: pictures of any kind, learned small first.

T. Karras, T. Aila, S. Laine, J. Lehtinen, "Progressive Growing of GANs for Improved
Quality, Stability, and Variation", ICLR 2018.

**Idea.** That a picture of 1024 x 1024 pixels is fake is easily seen, and so a
generator that starts there gets no useful answer. Let both networks start with 4 x 4:
that is learned in minutes. Then a block for twice the size is faded in, and the next.
Most of the training works on small pictures, and the large structure is there when the
detail comes.

**Network and growth** are in `neural.growing`. How far the networks are is a number,
`progress`; how much of them is computed, `n_blocks`, is the stage: blocks that are not
yet there cost nothing.

    progress     0   0 ... 1   1   1 ... 2   2   ...
    n_blocks     1      2      2      3      3   ...

**Training.** Wasserstein distance with gradient penalty; D's real logits are kept near
0 by a drift term, which the distance does not see:

    D:  E D(fake) - E D(real) + 10 penalty + 0.001 E D(real)^2        G:  -E D(fake)

**Notes.** Pictures of sound (`spectrogram_pictures`) are pictures. `Config.tiny()` has
notes of any key, and nobody tells it which: GANSynth is told.

**Differences.** The optimizers are those of the caller: for the published training give
each stage fresh ones.

    params, config = neural.pretrained("progressive-gan")
    x = play(params, jax.random.key(1), n_notes=4, config=config)
"""

import dataclasses
import functools

import jax
import jax.numpy as jnp

from dsplab._arguments import integer
from neural import growing
from neural.adversarial import GAMES, alternate, gradient_penalty
from neural.spectrogram_pictures import sounding

GAME = GAMES["wasserstein"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of the networks.

    Attributes:
      start: (height, width) of the first block's picture.
      n_blocks: blocks, each after the first twice the size.
      n_base: channels of block b are n_base / 2^b ...
      n_most: ... but at most as many.
      n_channels: of the pictures.
      n_latent: size of z.
      squashed: whether pictures are kept in [-1, 1] by tanh.
      penalty: weight of the gradient penalty.
      drift: weight of the real logits' squares.
      sample_rate: Hz, of pictures that are notes; 0 of all others. What follows says
        how notes are drawn, see `neural.spectrogram_pictures`.
      n_samples: of a note.
      kind: of the pictures: "phase", "if" or "if_mel".
      overlap: frames over each sample.
      aliased: with the published mel matrix.
      patch: pixels in each direction that the networks see as channels of one.
      scale: normalised = scale * picture + offset, for each of the two channels.
      offset: see scale.
    """

    start: tuple[int, int] = (4, 4)
    n_blocks: int = 9
    n_base: int = 8192
    n_most: int = 512
    n_channels: int = 3
    n_latent: int = 512
    squashed: bool = False
    penalty: float = 10.0
    drift: float = 0.001
    sample_rate: int = 0
    n_samples: int = 0
    kind: str = "if_mel"
    overlap: int = 2
    aliased: bool = False
    patch: int = 1
    scale: tuple[float, float] = (1.0, 1.0)
    offset: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def paper(cls):
        """1024 x 1024 pixels in three colours; 23 million parameters in each."""
        return cls()

    @classmethod
    def tiny(cls):
        """Notes of half a second at 4 kHz as 16 x 128; grows from 4 x 32."""
        return cls(
            start=(2, 16),
            n_blocks=3,
            n_base=512,
            n_most=32,
            n_channels=8,
            n_latent=16,
            squashed=True,
            sample_rate=4000,
            n_samples=2048,
            patch=2,
            scale=(0.0835, 0.8),
            offset=(0.3536, 0.0),
        )


def _generator(params, z, config, progress, n_blocks):
    network = growing.Generator(config)
    return network.apply({"params": params}, z, progress, n_blocks)


def _discriminator(params, pictures, config, progress, n_blocks):
    network = growing.Discriminator(config)
    return network.apply({"params": params}, pictures, progress, n_blocks)


@functools.partial(jax.jit, static_argnames="config")
def init(key, config):
    """Fresh parameters of the generator, all its blocks."""
    z = jnp.zeros((1, config.n_latent), jnp.float32)
    return growing.Generator(config).init(key, z, config.n_blocks - 1.0)["params"]


@functools.partial(jax.jit, static_argnames="config")
def init_discriminator(key, config):
    """Fresh parameters of the discriminator, all its blocks."""
    pictures = jnp.zeros((1, *growing.size_of(config), config.n_channels), jnp.float32)
    network = growing.Discriminator(config)
    return network.init(key, pictures, config.n_blocks - 1.0)["params"]


def apply(params, z, config, *, progress=None, n_blocks=None):
    """Draw pictures.

    Args:
      params: from `init`.
      z: (batch, n_latent), normal.
      config: the sizes.
      progress: how far the network has grown; all of it if None.
      n_blocks: how many blocks are computed, more than `progress`; all if None.

    Returns:
      (batch, height, width, n_channels), always of full size: what has not grown yet
      is coarse.
    """
    progress = config.n_blocks - 1.0 if progress is None else progress
    return _generator(params, z, config, progress, n_blocks)


def loss(params, discriminator, batch, key, *, config, progress, n_blocks=None):
    """G's loss: to be taken for real."""
    fake = _generator(params, batch["z"], config, progress, n_blocks)
    return GAME.generator(
        _discriminator(discriminator, fake, config, progress, n_blocks)
    )


def discriminator_loss(
    params, generator, batch, key, *, config, progress, n_blocks=None
):
    """D's loss: fake from real, as blurred as the generator's, by a smooth function."""
    real = growing.blended(batch["x"], progress, config.n_blocks)
    fake = _generator(generator, batch["z"], config, progress, n_blocks)

    def judge(pictures):
        return _discriminator(params, pictures, config, progress, n_blocks)

    logits = judge(real)
    return (
        GAME.critic(logits, judge(fake))
        + config.penalty * gradient_penalty(judge, real, fake, key)
        + config.drift * jnp.mean(logits**2)
    )


@functools.partial(
    jax.jit, static_argnames=("config", "optimizers", "n_blocks", "ema_decay", "dtype")
)
def train_step(
    state,
    batch,
    key,
    *,
    progress,
    config,
    optimizers,
    n_blocks=None,
    ema_decay=0.999,
    dtype="float32",
):
    """Take one step of D, then one of G.

    Args:
      state: from `neural.adversarial.init_state`.
      batch: dict of x (batch, height, width, n_channels), full size, and z (batch,
        n_latent).
      key: of the penalty's points.
      progress: how far the networks have grown, see `growing.progress_of`.
      config: the sizes.
      optimizers: G's and D's, from optax.
      n_blocks: how many blocks are computed; all if None.
      ema_decay: of G's moving average.
      dtype: what the networks compute in, see `neural.optimization`.

    Returns:
      The new state, and metrics, see `neural.adversarial.alternate`.
    """
    at = {"config": config, "progress": progress, "n_blocks": n_blocks}
    losses = functools.partial(loss, **at), functools.partial(discriminator_loss, **at)
    return alternate(
        state,
        batch,
        key,
        losses=losses,
        optimizers=optimizers,
        ema_decay=ema_decay,
        dtype=dtype,
    )


def generate(params, key, *, n_pictures, config):
    """Draw new pictures (n_pictures, height, width, n_channels)."""
    n_pictures = integer(n_pictures, name="n_pictures")
    z = jax.random.normal(key, (n_pictures, config.n_latent), jnp.float32)
    return apply(params, z, config)


def play(params, key, *, n_notes, config):
    """Play new notes, signals (n_notes, config.n_samples)."""
    return played(params, key, config, integer(n_notes, name="n_notes"))


@functools.partial(jax.jit, static_argnames=("config", "n_notes"))
def played(params, key, config, n_notes):
    """`play`, compiled whole."""
    pictures = generate(params, key, n_pictures=n_notes, config=config)
    return sounding(pictures, config)

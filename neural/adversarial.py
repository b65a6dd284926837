"""Two networks against each other: how every GAN of the lecture is trained.

The *generator* makes sounds of noise z, the *discriminator* tells them from real ones
by a number, its logit. In turn

    D: tell real from fake better         G: make what D takes for real

State is {"generator": ..., "discriminator": ...}, each as in `optimization`:
parameters, their moving average, an optimizer of its own. One step is `n_critic` steps
of D, each on a part of the batch, and then one of G.

    GAN        real                fake               generator
    logistic   softplus(-D)        softplus(D)        softplus(-D)     "non-saturating"
    hinge      relu(1 - D)         relu(1 + D)        -D
    wasserstein  -D                D                  -D               needs a penalty

Penalties on D's gradient for its input keep D smooth:

    gradient_penalty   (|grad D(u)| - 1)^2 at points u between real and fake (WGAN-GP)
    r1                 |grad D(x)|^2 at real x, / 2

Reference: I. Goodfellow et al., "Generative Adversarial Nets", 2014. I. Gulrajani et
al., "Improved Training of Wasserstein GANs", 2017. L. Mescheder et al., "Which Training
Methods for GANs do actually Converge?", 2018. J. H. Lim, J. C. Ye, "Geometric GAN",
2017.
"""

import typing

import jax
import jax.numpy as jnp

from neural import optimization


class Game(typing.NamedTuple):
    """What the two play for: means over a batch of logits.

    Attributes:
      critic: (logits of real, logits of fake) to D's loss.
      generator: logits of fake to G's loss.
    """

    critic: typing.Callable
    generator: typing.Callable


GAMES = {
    "logistic": Game(
        lambda real, fake: jax.nn.softplus(-real).mean() + jax.nn.softplus(fake).mean(),
        lambda fake: jax.nn.softplus(-fake).mean(),
    ),
    "hinge": Game(
        lambda real, fake: jax.nn.relu(1 - real).mean() + jax.nn.relu(1 + fake).mean(),
        lambda fake: -fake.mean(),
    ),
    "wasserstein": Game(
        lambda real, fake: fake.mean() - real.mean(), lambda fake: -fake.mean()
    ),
}


def gradient_penalty(discriminate, real, fake, key, *, target=1.0):
    """Mean squared distance of D's slope from `target`, between real and fake.

    Args:
      discriminate: x (batch, ...) to logits (batch, ...).
      real: sounds or pictures (batch, ...).
      fake: as many.
      key: draws the point between each pair.
      target: the slope wanted.
    """
    shape = (len(real),) + (1,) * (real.ndim - 1)
    between = jax.random.uniform(key, shape, real.dtype)
    norms = jnp.sqrt(_slopes(discriminate, real + between * (fake - real)) + 1e-12)
    return jnp.mean((norms - target) ** 2)


def r1(discriminate, real):
    """Half the mean squared slope of D at real sounds (batch, ...)."""
    return 0.5 * jnp.mean(_slopes(discriminate, real))


def _slopes(discriminate, x):
    """Squared length of the gradient of each row's logit, (batch,)."""
    gradient = jax.grad(lambda x: jnp.sum(discriminate(x)))(x)
    return jnp.sum(gradient.astype(jnp.float32) ** 2, axis=tuple(range(1, x.ndim)))


def init_state(generator, discriminator, optimizers, *, dtype="float32"):
    """State before the first step, from G's and D's parameters and optimizers."""
    return {
        "generator": optimization.init_state(generator, optimizers[0], dtype=dtype),
        "discriminator": optimization.init_state(
            discriminator, optimizers[1], dtype=dtype
        ),
    }


def alternate(
    state,
    batch,
    key,
    *,
    losses,
    optimizers,
    n_critic=1,
    ema_decay=0.999,
    dtype="float32",
):
    """Take one step: `n_critic` times D, then G.

    Args:
      state: from `init_state`.
      batch: tree of arrays (rows, ...), rows a multiple of n_critic; each step of D
        takes its part, G the last.
      key: PRNG key of this step.
      losses: two functions, G's (g_params, d_params, batch, key) and D's
        (d_params, g_params, batch, key), each to a number.
      optimizers: G's and D's, from optax.
      n_critic: steps of D for each of G.
      ema_decay: of G's moving average.
      dtype: what both compute in, see `optimization`.

    Returns:
      The new state; metrics with loss (G's), critic_loss and the norms of both
      gradients.

    Raises:
      ValueError: if the rows cannot be shared among the steps of D.
    """
    parts = _parts(batch, n_critic)
    g, d = state["generator"], state["discriminator"]
    for i, part in enumerate(parts):
        d, critic = optimization.descend(
            losses[1],
            d,
            g["params"],
            part,
            jax.random.fold_in(key, i),
            optimizer=optimizers[1],
            dtype=dtype,
        )
    g, metrics = optimization.descend(
        losses[0],
        g,
        d["params"],
        parts[-1],
        jax.random.fold_in(key, n_critic),
        optimizer=optimizers[0],
        ema_decay=ema_decay,
        dtype=dtype,
    )
    metrics |= {f"critic_{name}": value for name, value in critic.items()}
    return {"generator": g, "discriminator": d}, metrics


def _parts(batch, n_critic):
    """A batch in n_critic parts of equal rows."""
    for leaf in jax.tree.leaves(batch):
        if len(leaf) % n_critic:
            raise ValueError(
                f"each array of the batch must have a multiple of n_critic={n_critic} "
                f"rows; got shape {leaf.shape}"
            )
    # every n_critic-th row: each device's share of the batch has some of each part

    def part(i):
        return jax.tree.map(lambda leaf: leaf[i::n_critic], batch)

    return [part(i) for i in range(n_critic)]

"""Between timbres: ways through a latent space, and a keyboard laid along one.

A generator hears a timbre as a point, and points on the way from one to another are
timbres that nobody has built. A way also goes on beyond its ends: what makes b differ
from a is then exaggerated.

    between(a, b, part)     on the sphere, for points that were drawn from a normal law
    straight(a, b, part)    on a line, for codes and tables
    places(pitch, ...)      which part of the way each key gets
"""

import jax.numpy as jnp
import numpy as np

NEAR = 1e-4  # sine of an angle, below which there is no one great circle


def between(a, b, part):
    """The way from z vector a to b, on the sphere: part 0 is a, part 1 is b.

    Normal vectors lie near a sphere; the straight line between two runs through its
    inside, where the generator has never been.

        sin((1 - t) w) / sin w a + sin(t w) / sin w b,   w the angle between the two

    Args:
      a: (..., n_latent).
      b: (..., n_latent).
      part: a number or (...); below 0 and above 1 it goes on along the circle.

    Returns:
      (..., n_latent).

    >>> [round(float(v), 3) for v in between([1.0, 0.0], [0.0, 1.0], 0.5)]
    [0.707, 0.707]
    """
    a, b = jnp.asarray(a), jnp.asarray(b)
    t = jnp.asarray(part, a.dtype)[..., None]
    unit = [v / jnp.linalg.norm(v, axis=-1, keepdims=True) for v in (a, b)]
    cosine = jnp.clip(jnp.sum(unit[0] * unit[1], axis=-1, keepdims=True), -1.0, 1.0)
    w = jnp.arccos(cosine)
    near = jnp.sin(w) < NEAR  # the two are one, or opposite: a straight line
    sine = jnp.where(near, 1.0, jnp.sin(w))
    weights = jnp.sin((1.0 - t) * w) / sine, jnp.sin(t * w) / sine
    return jnp.where(near, (1 - t) * a + t * b, weights[0] * a + weights[1] * b)


def straight(a, b, part):
    """The way from a to b on a line: part 0 is a, part 1 is b, see `between`.

    >>> straight([0.0, 2.0], [4.0, 2.0], [0.5, 1.5]).tolist()
    [[2.0, 2.0], [6.0, 2.0]]
    """
    a, b = jnp.asarray(a, jnp.float32), jnp.asarray(b, jnp.float32)
    t = jnp.asarray(part, a.dtype)[..., None]
    return (1.0 - t) * a + t * b


def places(pitch, keys, reach=(0.0, 1.0)):
    """Lay a way along a keyboard: the part of it that each pitch gets.

    Args:
      pitch: MIDI numbers (n,).
      keys: lowest and highest, where the way begins and ends.
      reach: parts there; (0, 1) is the whole way, (0.5, 0.5) halfway everywhere,
        (-0.5, 1.5) beyond both ends.

    Returns:
      (n,) float32.

    >>> places([48, 60, 72], (48, 72)).tolist()
    [0.0, 0.5, 1.0]
    """
    (lowest, highest), (first, last) = keys, reach
    up = (np.asarray(pitch, float) - lowest) / max(highest - lowest, 1)
    return (first + (last - first) * up).astype(np.float32)

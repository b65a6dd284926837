"""Discretised mixtures of logistics: 16-bit samples without 65 536 logits.

A softmax over all values of a sample knows nothing of their order, and has as many
outputs as there are values. A few bell curves do with three numbers each: weight,
middle and width. The bell is the logistic one, since its integral is a sigmoid,

    P(X <= x) = sigmoid((x - mu) / s),

so that the probability of a code, the bell's share of its cell, is a difference of two
sigmoids; the first and the last cell have all that lies beyond them too. With codes
0 ... K - 1 at x = -1 ... 1 and cells D = 2 / (K - 1) wide,

    p(code) = sum_i w_i (sigmoid(a_i) - sigmoid(b_i)),
    a_i = (x + D / 2 - mu_i) / s_i,   b_i = (x - D / 2 - mu_i) / s_i.

Both sigmoids are nearly the same number where a bell is wide or far away. Their
difference is computed as a product, which loses nothing in float32:

    ln(sigmoid(a) - sigmoid(b)) = ln sigmoid(a) + ln sigmoid(-b) + ln(1 - e^(b - a)).

Reference: T. Salimans et al., "PixelCNN++", ICLR 2017. There (and in code for sound
that followed it) the difference is taken as it is and replaced by the density where it
is small, and every x beyond +-0.999 counts as the last cell, which with 65 536 codes
are 33 cells on either side: their sum is not 1. Here it is.
"""

import jax
import jax.numpy as jnp

LEAST_LOG_SCALE = -32.0  # narrower than any cell; below it float32 has no more room


def unpacked(outputs):
    """Log weights, means and log scales, (..., n) each, of outputs (..., 3 n)."""
    weights, mean, log_scale = jnp.split(outputs.astype(jnp.float32), 3, axis=-1)
    return jax.nn.log_softmax(weights), mean, jnp.maximum(log_scale, LEAST_LOG_SCALE)


def amplitudes(codes, n_codes):
    """Codes 0 ... n_codes - 1 as numbers -1 ... 1."""
    return codes * (2.0 / (n_codes - 1)) - 1.0


def log_probability(outputs, codes, *, n_codes):
    """How likely codes are, in nats.

    Args:
      outputs: (..., 3 n), of a network: see `unpacked`.
      codes: (...,) integers.
      n_codes: their number, 65536 for 16 bits.

    Returns:
      (...,), at most 0; exponentials of all codes' sum to 1.

    >>> outputs = jnp.array([0.0, 0.1, -3.0])  # one bell, at 0.1
    >>> p = jnp.exp(log_probability(outputs, jnp.arange(256), n_codes=256))
    >>> int(p.argmax()), round(float(p.sum()), 4)
    (140, 1.0)
    """
    log_weights, mean, log_scale = unpacked(outputs)
    away = amplitudes(jnp.asarray(codes), n_codes)[..., None] - mean
    half, sharpness = 1.0 / (n_codes - 1), jnp.exp(-log_scale)
    above = jax.nn.log_sigmoid((away + half) * sharpness)  # of all that lies below a
    below = jax.nn.log_sigmoid((half - away) * sharpness)  # of all that lies above b
    width = jnp.log(-jnp.expm1(-2.0 * half * sharpness))
    code = jnp.asarray(codes)[..., None]
    inside = above + below + width
    each = jnp.where(code == 0, above, jnp.where(code == n_codes - 1, below, inside))
    return jax.nn.logsumexp(log_weights + each, axis=-1)


def drawn(key, outputs, *, n_codes, temperature=1.0):
    """Draw codes: a bell by its weight, a place in it, and the code nearest to that.

    Args:
      key: PRNG key.
      outputs: (..., 3 n).
      n_codes: as in `log_probability`.
      temperature: below 1 the likelier bells are preferred and all are narrower; at 0
        it is the middle of the heaviest.

    Returns:
      (...,) int32.
    """
    log_weights, mean, log_scale = unpacked(outputs)
    which, where = jax.random.split(key)
    bell = jax.random.categorical(which, log_weights / jnp.maximum(temperature, 1e-4))
    mean, log_scale = (
        jnp.take_along_axis(each, bell[..., None], axis=-1)[..., 0]
        for each in (mean, log_scale)
    )
    place = jax.random.logistic(where, mean.shape, jnp.float32)
    x = mean + temperature * jnp.exp(log_scale) * place
    code = jnp.round((jnp.clip(x, -1.0, 1.0) + 1.0) * (0.5 * (n_codes - 1)))
    return code.astype(jnp.int32)

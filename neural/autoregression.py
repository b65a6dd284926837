"""Writing codes one after the other: what every autoregressive model does.

    step(code, state, t) -> (logits, state)

A model brings `step`: from the code before, (batch,), and whatever it remembers to the
logits of code t, (batch, n_codes). `draw` lets it write by itself; `read` has it
predict a text that is there already, which must give the logits of the model's parallel
form and so is what tests compare with it.

Where several codes are written at once, they are (batch, n), and their logits (batch,
n, n_codes). If they depend on each other, each is written a step later than the one
before: `delayed`, and `undelayed` again.
"""

import jax
import jax.numpy as jnp
import optax


def draw(step, state, first, key, n_samples, temperature=1.0):
    """Draw codes, each from what the model makes of those before it.

    Args:
      step: see the module.
      state: what the model remembers before the first code.
      first: (batch, ...) integers, what stands in for a code before the first.
      key: PRNG key; the same key draws the same codes.
      n_samples: codes to draw, a Python number.
      temperature: of the softmax; at 0 the likeliest code is taken.

    Returns:
      (batch, n_samples, ...) integers.
    """

    def body(carry, t):
        code, state = carry
        logits, state = step(code, state, t)
        code = drawn(key, t, logits, temperature)
        return (code, state), code

    _, codes = jax.lax.scan(body, (first, state), jnp.arange(n_samples))
    return jnp.moveaxis(codes, 0, 1)


def drawn(key, t, logits, temperature):
    """The t-th codes, (...,) int32, drawn from logits (..., n_codes)."""
    logits = logits / jnp.maximum(temperature, 1e-4)
    code = jax.random.categorical(jax.random.fold_in(key, t), logits)
    return code.astype(jnp.int32)


def nats(logits, codes):
    """Mean cross-entropy of codes (...,) under logits (..., n_codes)."""
    logits = logits.astype(jnp.float32)  # a sum over the codes is not for 16 bits
    return optax.softmax_cross_entropy_with_integer_labels(logits, codes).mean()


def read(step, state, first, codes):
    """Logits of codes that are there, (batch, time, ...), one after the other.

    Returns:
      (batch, time, ..., n_codes).
    """

    def body(carry, row):
        code, state = carry
        t, following = row
        logits, state = step(code, state, t)
        return (following, state), logits

    rows = (jnp.arange(codes.shape[1]), jnp.moveaxis(codes, 1, 0))
    _, logits = jax.lax.scan(body, (first, state), rows)
    return jnp.moveaxis(logits, 0, 1)


def delayed(codes, nothing):
    """Write codebook k k steps late.

    Args:
      codes: (batch, n_codebooks, frames).
      nothing: the code where there is none.

    Returns:
      (batch, frames + n_codebooks - 1, n_codebooks): what is written in each step.
    """
    n = codes.shape[1]
    rows = [
        jnp.pad(codes[:, k], [(0, 0), (k, n - 1 - k)], constant_values=nothing)
        for k in range(n)
    ]
    return jnp.stack(rows, axis=-1)


def undelayed(steps):
    """Undo `delayed`, of (batch, steps, n_codebooks, ...); what is beyond is cut."""
    n = steps.shape[2]
    n_frames = steps.shape[1] - n + 1
    rows = [steps[:, k : k + n_frames, k] for k in range(n)]
    return jnp.stack(rows, axis=1)

"""One step of gradient descent, as every model takes it.

    state, metrics = descend(loss, state, batch, optimizer=..., ema_decay=...)
    train_step = step_of(loss)    # the same, compiled, for a batch with names

State is a dict, and all that training carries from step to step:

    params     what the optimizer changes
    ema        their exponential moving average, which is what plays and is shipped:
               ema <- d ema + (1 - d) params
    opt_state  the optimizer's memory
    scale      of the loss, with float16 only

**Mixed precision.** With dtype "bfloat16" or "float16" the network computes in 16 bits:
half the memory, and the matrix units of a GPU. Parameters, their average and the
optimizer stay in float32, so that small steps are not lost. float16 has few exponents:
gradients below 6e-8 would vanish, so the loss is multiplied by a scale before and the
gradients divided by it after; a step whose gradients overflow is left out and the scale
halved, 2000 good steps in a row double it. bfloat16 has the range of float32 and needs
none of it; choose it where the device has it (TPU, NVIDIA from Ampere on).

Reference: P. Micikevicius et al., "Mixed Precision Training", ICLR 2018.
"""

import functools

import jax
import jax.numpy as jnp
import optax
from flax.training.dynamic_scale import DynamicScale

from dsplab._arguments import one_of

DTYPES = ("float32", "bfloat16", "float16")


def schedule(peak, n_steps, *, warmup=0, end=0.02):
    """Learning rate of each step: a straight line up, then a cosine down.

    Args:
      peak: the highest rate.
      n_steps: steps in all.
      warmup: how many of them the line takes.
      end: the last rate, as a part of the peak.
    """
    if not warmup:
        return optax.cosine_decay_schedule(peak, n_steps, alpha=end)
    return optax.warmup_cosine_decay_schedule(
        0.0, peak, warmup, n_steps, end_value=end * peak
    )


def clipped(optimizer, norm=1.0):
    """An optimizer whose gradients are first shortened to `norm` where longer."""
    return optax.chain(optax.clip_by_global_norm(norm), optimizer)


def init_state(params, optimizer, *, dtype="float32"):
    """What training carries, before the first step.

    Args:
      params: of the model, float32.
      optimizer: from optax.
      dtype: what the network will compute in; see the module.
    """
    average = jax.tree.map(jnp.copy, params)
    state = {"params": params, "ema": average, "opt_state": optimizer.init(params)}
    if one_of(dtype, DTYPES, name="dtype") == "float16":
        scale = jnp.float32(2.0**15)  # float16 ends at 65504
        steps = jnp.int32(0)
        state["scale"] = DynamicScale(scale=scale, fin_steps=steps)
    return state


def in_precision(loss, dtype):
    """A loss whose network computes in dtype; it and its gradients stay in float32."""

    def cast(leaf):
        narrow = jnp.issubdtype(jnp.result_type(leaf), jnp.floating)
        return jnp.asarray(leaf, dtype) if narrow else leaf

    def widen(leaf):
        wide = jnp.issubdtype(leaf.dtype, jnp.floating)
        return leaf.astype(jnp.float32) if wide else leaf

    def narrow_loss(params, *args, **kwargs):
        params, args, kwargs = jax.tree.map(cast, (params, args, kwargs))
        return jax.tree.map(widen, loss(params, *args, **kwargs))

    return loss if dtype == "float32" else narrow_loss


def value_and_grad(loss, state, *args, dtype="float32", has_aux=False, **kwargs):
    """A loss at the state's parameters, its gradients, and the next scale.

    Returns:
      value, grads (like params, float32), scale (None without one) and good: whether
      the gradients are to be used (always, but for an overflow in float16). With
      has_aux the loss, and so value, is a pair: a number and whatever else.
    """
    narrow = in_precision(loss, dtype)
    if "scale" not in state:
        found = jax.value_and_grad(narrow, has_aux=has_aux)
        value, grads = found(state["params"], *args, **kwargs)
        return value, grads, None, True
    scaled = state["scale"].value_and_grad(narrow, has_aux=has_aux)
    scale, good, value, grads = scaled(state["params"], *args, **kwargs)
    return value, grads, scale, good


def descend(
    loss,
    state,
    *args,
    optimizer,
    ema_decay=0.99,
    dtype="float32",
    has_aux=False,
    **kwargs,
):
    """Take one step.

    Args:
      loss: (params, *args, **kwargs) to a number, the mean over the batch.
      state: from `init_state`.
      *args: what the loss is given besides the parameters, and **kwargs.
      optimizer: from optax, the one of `init_state`.
      ema_decay: how slowly the moving average follows, 0 to 1.
      dtype: "float32", "bfloat16" or "float16": what the network computes in.
      has_aux: the loss returns a pair, the number and something to hand on.

    Returns:
      The new state, and metrics: loss and grad_norm (before clipping), with float16
      also scale; a step left out has grad_norm 0. With has_aux also what is handed on.
    """
    value, grads, scale, good = value_and_grad(
        loss, state, *args, dtype=dtype, has_aux=has_aux, **kwargs
    )
    value, aux = value if has_aux else (value, None)
    updates, opt_state = optimizer.update(grads, state["opt_state"], state["params"])
    params = optax.apply_updates(state["params"], updates)
    ema = optax.incremental_update(params, state["ema"], 1.0 - ema_decay)
    following = {"params": params, "ema": ema, "opt_state": opt_state}
    metrics = {"loss": value, "grad_norm": optax.tree.norm(grads)}
    if scale is not None:
        following = jax.tree.map(
            lambda new, old: jnp.where(good, new, old),
            following,
            {name: state[name] for name in following},
        )
        following["scale"] = scale
        metrics["grad_norm"] = jnp.where(good, metrics["grad_norm"], 0.0)
        metrics["scale"] = scale.scale
    return (following, metrics, aux) if has_aux else (following, metrics)


def step_of(loss, *, ema_decay=0.99):
    """The `train_step` of a model: `descend` on a batch, compiled.

    Args:
      loss: (params, *, config, **batch) to a number.
      ema_decay: what the step takes where it is given none.

    Returns:
      train_step(state, batch, *, config, optimizer, ema_decay, dtype), which gives the
      new state, and metrics: loss and grad_norm. `batch` is a dict of what the loss
      takes by name, `config` the sizes; the rest is that of `descend`.
    """

    @functools.partial(
        jax.jit, static_argnames=("config", "optimizer", "ema_decay", "dtype")
    )
    def train_step(
        state, batch, *, config, optimizer, ema_decay=ema_decay, dtype="float32"
    ):
        """One step of `optimization.descend` on a batch: what `loss` takes by name."""
        options = {"optimizer": optimizer, "ema_decay": ema_decay, "dtype": dtype}
        return descend(loss, state, config=config, **options, **batch)

    return train_step


def descend_through_time(loss, state, carry, pieces, **options):
    """Truncated back-propagation through time: a step on each piece of a sequence.

    Each piece begins in the state the one before ended in, taken as given: gradients
    do not reach back across the cut, so memory is that of one piece.

    Args:
      loss: (params, carry=..., **piece, **kwargs) to a number and the next carry.
      state: from `init_state`.
      carry: what the model remembers before the first piece.
      pieces: dict of arrays (n_pieces, ...), in the order of time.
      **options: of `descend`, and what else the loss is given.

    Returns:
      The new state, and metrics: the means over the pieces.
    """

    def learn(both, piece):
        state, carry = both
        state, metrics, carry = descend(
            loss, state, carry=carry, has_aux=True, **piece, **options
        )
        return (state, carry), metrics

    (state, _), metrics = jax.lax.scan(learn, (state, carry), pieces)
    return state, jax.tree.map(jnp.mean, metrics)


def in_pieces(batch, n_samples):
    """Cut a batch along time, for `descend_through_time`.

    Args:
      batch: dict of codes (batch, time) and arrays (batch, frames, ...), cut alike, and
        (batch,), which hold for all pieces.
      n_samples: codes to a piece.

    Returns:
      dict of arrays (n_pieces, batch, ...), and reset (n_pieces, batch): true in the
      first, where a note begins.
    """
    rows, time = batch["codes"].shape
    n_pieces, rest = divmod(time, n_samples)
    if rest:
        raise ValueError(f"time must be a multiple of {n_samples}, got {time}")

    def cut(leaf):
        if leaf.ndim == 1:
            return jnp.broadcast_to(leaf, (n_pieces, rows))
        parts = leaf.reshape(rows, n_pieces, -1, *leaf.shape[2:])
        return jnp.moveaxis(parts, 1, 0)

    pieces = {name: cut(leaf) for name, leaf in batch.items()}
    begins = jnp.arange(n_pieces) == 0
    return {**pieces, "reset": jnp.broadcast_to(begins[:, None], (n_pieces, rows))}

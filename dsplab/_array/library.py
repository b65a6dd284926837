"""What depends on which library an array is of, whatever is computed."""

import functools
import math
import sys

import numpy as np

BOOLEANS = bool, np.bool_


def array_namespace(*arrays):
    """Return `jax.numpy` if any argument is a JAX array or tracer, else `numpy`."""
    for array in arrays:
        namespace = getattr(array, "__array_namespace__", None)
        if namespace is not None and namespace() is not np:
            return namespace()
    return np


def is_array(x):
    """Whether x is a NumPy or JAX array (a NumPy scalar counts)."""
    return hasattr(x, "__array_namespace__") or isinstance(x, np.generic)


def is_traced(x):
    """Whether x is an abstract value inside `jax.jit`, `vmap` or `grad`."""
    jax = sys.modules.get("jax")  # nothing is traced in a process without JAX
    return jax is not None and isinstance(x, jax.core.Tracer)


def is_finite(x):
    """Whether every element is finite; True where x is traced, its values unknown."""
    if is_traced(x):
        return True
    # Inf and NaN survive a sum: one read of x; but a sum may overflow by itself
    with np.errstate(all="ignore"):
        if is_traced(x.sum()):  # a constant of the function being traced
            x = np.asarray(x)
        return bool(np.isfinite(x.sum())) or bool(array_namespace(x).isfinite(x).all())


def batch_size(x):
    """How many arrays like x `jax.vmap` computes at once, as far as can be seen here.

    1 without it, and inside of a function that has been jitted before it is batched.
    """
    if not is_traced(x):
        return 1
    import jax

    sizes = []

    @jax.custom_batching.custom_vmap
    def seen(x):
        return x

    @seen.def_vmap
    def of_batch(size, is_batched, x):
        sizes.append(size)
        return seen(x), is_batched[0]

    seen(stop_gradient(x))
    return math.prod(sizes)


def fft(x):
    """The FFT module for x: `jax.numpy.fft`, or `scipy.fft` (faster than NumPy's)."""
    xp = array_namespace(x)
    if xp is not np:
        return xp.fft
    import scipy.fft

    return scipy.fft


def stop_gradient(x):
    """x, as a constant to differentiation."""
    if array_namespace(x) is np:
        return x
    import jax

    return jax.lax.stop_gradient(x)


def either(condition, then, otherwise):
    """then() if the condition is true, else otherwise(); both where it is traced."""
    if isinstance(condition, BOOLEANS):
        return then() if condition else otherwise()
    import jax

    return jax.tree.map(
        lambda a, b: jax.numpy.where(condition, a, b), then(), otherwise()
    )


def computed_once(x):
    """x, written to memory before it is used: for what is expensive and used shifted.

    XLA computes elementwise expressions anew wherever they are used, on a CPU even
    across its own barrier, but not across a branch.
    """
    return by_itself(lambda x: x, x) if is_traced(x) else x


def between_zeros(x, n):
    """n zeros, x and n zeros along the last axis, written to memory before it is used.

    In XLA joining takes half as long as padding and a copy of what came of it.
    """
    zeros = array_namespace(x).zeros((*x.shape[:-1], n), dtype=x.dtype)
    return by_itself(lambda x: array_namespace(x).concatenate([zeros, x, zeros], -1), x)


def by_itself(function, *arrays):
    """function(*arrays): arguments and result are written to memory, as `computed_once`
    does it. Where a result is only reshaped, cut or moved afterwards, XLA would fold
    that into the loop that computes it, and find the place of every sample anew.
    """
    if not any(is_traced(array) for array in arrays):
        return function(*arrays)
    import jax

    def never(*arrays):
        like = jax.eval_shape(function, *arrays)
        return jax.tree.map(lambda a: jax.numpy.zeros(a.shape, a.dtype), like)

    true = _hardly_known()(stop_gradient(arrays[0]))
    return jax.lax.cond(true, function, never, *arrays)


@functools.cache
def _hardly_known():
    """A function of arrays that is true; the compiler does not see why.

    It is one number for a whole batch, too: a branch for each signal would be a `where`
    of both. The sample is from the middle, as the first may be known from padding.
    """
    import jax

    @jax.custom_batching.custom_vmap
    def true(x):
        sample = x.reshape(-1)[x.size // 2]
        return (sample < 1) | (sample >= 1) | (sample != sample)

    @true.def_vmap
    def of_batch(size, is_batched, x):
        return true(x), False

    return true


def in_turn(function, x):
    """function(x), where x is one signal; on a CPU those of a batch take turns.

    `jax.vmap` takes each step for all of the batch before the next: what is between two
    steps has left the cache when it is wanted, and is so large that the system gives it
    anew, in blank pages, every time. Accelerators, and gradients, take all at once.
    """
    if not is_traced(x):
        return function(x)
    import jax

    alone = jax.custom_batching.custom_vmap(function)

    @alone.def_vmap
    def of_batch(size, is_batched, x):
        one_by_one = functools.partial(jax.lax.map, alone)
        y = jax.lax.platform_dependent(x, cpu=one_by_one, default=jax.vmap(function))
        return y, True

    differentiable = jax.custom_jvp(alone)
    differentiable.defjvp(functools.partial(jax.jvp, function))
    return differentiable(x)

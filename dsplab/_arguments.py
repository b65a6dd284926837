"""What a public function accepts, in one place: one rule, one wording of each error.

A signal is a float32 or float64 array of NumPy or JAX (or a list of floats), finite,
with time last. Integers and float16 are refused because their full scale or precision
would have to be guessed. Values are never checked under `jit`.
"""

import numbers

import numpy as np

from dsplab._array import array_namespace, is_array, is_finite, is_traced


def as_signal(x, *, name="x", ndim=None, min_length=1, complex_=False):
    """Return x as a floating array after checking library, dtype, rank and values.

    Args:
      x: array, or (nested) list of floats.
      name: how the caller calls it, for the message.
      ndim: the permitted rank, or a tuple of ranks; None permits any above 0.
      min_length: least size of the last axis.
      complex_: whether x must be complex (a spectrum) instead of real.

    Raises:
      ValueError: naming the argument, what is required and what came.
    """
    x = as_array(x, name=name)
    kind = "complex64 or complex128" if complex_ else "float32 or float64"
    if str(x.dtype) not in kind:
        hint = ""
        if np.issubdtype(x.dtype, np.integer):
            hint = "; scale integers to [-1, 1], for int16: x / 32768.0"
        raise ValueError(f"{name} must be {kind}, got {x.dtype}{hint}")
    ranks = (ndim,) if isinstance(ndim, int) else ndim
    if x.ndim == 0 or (ranks is not None and x.ndim not in ranks):
        wanted = "1 or more" if ranks is None else " or ".join(map(str, ranks))
        raise ValueError(
            f"{name} must have {wanted} dimensions (time last), got shape {x.shape}"
        )
    if x.shape[-1] < min_length or x.size == 0:
        least = f"at least {min_length} samples along" if min_length > 1 else "no empty"
        raise ValueError(f"{name} must have {least} axis, got shape {x.shape}")
    return require_finite(x, name=name)


def as_array(x, *, name="x"):
    """Return x, or the array made of a (nested) list or number."""
    if not is_array(x):
        try:
            array = np.asarray(x)
        except ValueError:
            raise ValueError(
                f"{name} must be an array, got a ragged sequence"
            ) from None
    else:
        array = np.asarray(x) if isinstance(x, np.generic) else x
    if array.dtype.kind in "OUSMmV" and not _is_jax_float(array):
        raise ValueError(
            f"{name} must be an array of numbers, got {type(x).__name__} {array.dtype}"
        )
    return array


def _is_jax_float(array):
    return str(array.dtype).startswith(("bfloat", "float8"))  # kind "V" to NumPy


def as_values(x, *, name="x"):
    """Return numbers, a list or an array as a finite floating array of any rank.

    For parameters and unit conversions, where integers are as good as floats.
    """
    x = as_array(x, name=name)
    if x.dtype.kind == "c":
        raise ValueError(f"{name} must be real, got {x.dtype}")
    if x.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {x.shape}")
    if x.dtype.kind != "f":
        x = x.astype(array_namespace(x).result_type(float))
    return require_finite(x, name=name)


def as_curves(x, *, called="x", **curves):
    """Return the signal, and its parameters, as arrays of one library and dtype.

    Each parameter is a number or an array that broadcasts to x: a curve in time, a
    value for each channel. `called` is what the caller calls x.
    """
    x = as_signal(x, name=called)
    arrays = {name: as_values(value, name=name) for name, value in curves.items()}
    for name, array in arrays.items():
        sizes = zip(reversed(array.shape), reversed(x.shape), strict=False)
        if array.ndim > x.ndim or any(a not in (1, b) for a, b in sizes):
            raise ValueError(
                f"{name} must be a number or broadcast to the shape of {called}, "
                f"{x.shape}; got shape {array.shape}"
            )
    xp = array_namespace(x, *arrays.values())
    return xp.asarray(x), *(xp.asarray(a, dtype=x.dtype) for a in arrays.values())


def require_finite(x, *, name="x"):
    """Return the array x, or raise if it contains NaN or infinity."""
    if not is_finite(x):
        raise ValueError(f"{name} contains NaN or infinity")
    return x


def require(condition, message):
    """Raise message unless condition, an array, holds everywhere (or is traced)."""
    if not is_traced(condition) and not condition.all():
        raise ValueError(message)


def positive(value, *, name, allow_zero=False):
    """Return a finite Python number above zero (or at least zero)."""
    ok = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not ok or not np.isfinite(value) or value < 0 or (value == 0 and not allow_zero):
        kind = "at least 0" if allow_zero else "positive"
        raise ValueError(f"{name} must be a number, finite and {kind}, got {value!r}")
    return value


def integer(value, *, name, least=1, most=None):
    """Return an integer within bounds (both included)."""
    try:
        number = int(value)
        ok = number == value and not isinstance(value, bool)
    except (TypeError, ValueError, OverflowError):
        ok = False
    if not ok or number < least or (most is not None and number > most):
        bounds = f"at least {least}" if most is None else f"in {least}..{most}"
        raise ValueError(f"{name} must be an integer {bounds}, got {value!r}")
    return number


def one_of(value, choices, *, name):
    """Return value if it is among choices."""
    if value not in choices:
        listed = ", ".join(repr(choice) for choice in choices)
        raise ValueError(f"{name} must be one of {listed}; got {value!r}")
    return value

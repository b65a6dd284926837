"""What is wrong with an array, in a sentence: not "arrays differ" but how.

Most wrong answers are the right one with one thing changed: a factor, a sign, a shift
by a sample, two axes the wrong way round. `agree` tries those before it gives up.
"""

import numpy as np

from dsplab.check.trial import Wrong


def agree(got, wanted, *, tolerance=1e-6, what="Your result", inside=None):
    """Raise `Wrong`, saying how, unless got is wanted up to tolerance.

    Args:
      got: the student's array.
      wanted: what the definition gives.
      tolerance: largest difference, relative to the largest wanted value. Raised to
        1e-3 when got is in single precision.
      what: how a message begins.
      inside: slice of the last axis that counts, where the ends are left open.
    """
    same_shape(got, wanted.shape, what=what)
    same_kind(got, wanted, what=what)
    if inside is not None:
        got, wanted = got[..., inside], wanted[..., inside]
    if got.dtype.name in ("float32", "complex64"):
        tolerance = max(tolerance, 1e-3)
    scale = max(np.abs(wanted).max(), 1e-3)
    if np.abs(got - wanted).max() <= tolerance * scale:
        return
    if got.ndim == 0:
        raise Wrong(f"{what} is {_number(got)}, where {_number(wanted)} is right.")
    cause = next((text for text in _causes(got, wanted, tolerance * scale)), "")
    raise Wrong(f"{what} {cause or _largest(got, wanted, inside)}.")


def same_shape(got, shape, *, what="Your result"):
    """Raise `Wrong` unless got has that shape; name the usual reasons."""
    shape = tuple(shape)
    if got.shape == shape:
        return
    came = f"{what} has shape {got.shape}, expected {shape}"
    if got.shape == shape[::-1]:
        raise Wrong(f"{came}: the axes are the wrong way round.")
    if len(shape) == got.ndim and got.shape[:-1] == shape[:-1]:
        more = got.shape[-1] - shape[-1]
        side = "too many" if more > 0 else "too few"
        raise Wrong(f"{came}: {abs(more)} {side}.")
    raise Wrong(f"{came}.")


def same_kind(got, wanted, *, what="Your result"):
    """Raise `Wrong` if one is complex or integer and the other is not."""
    if got.dtype.kind == "c" and wanted.dtype.kind != "c":
        raise Wrong(
            f"{what} is complex, expected real numbers.",
            "An inverse transform of a real signal's spectrum is real: np.fft.irfft, "
            "or the real part (.real).",
        )
    if wanted.dtype.kind == "c" and got.dtype.kind != "c":
        raise Wrong(
            f"{what} is real, expected complex numbers.",
            "Half of the spectrum, its phase, is lost. An array made by np.zeros(n) "
            "keeps real numbers only: np.zeros(n, dtype=complex).",
        )
    if wanted.dtype.kind == "f" and got.dtype.kind in "iub":
        raise Wrong(
            f"{what} holds integers ({got.dtype}), expected fractions.",
            "Everything after the decimal point was cut off: make the array with "
            "np.zeros(n), not with dtype=int or from integers.",
        )


def _causes(got, wanted, tolerance):
    """Yield a phrase for each simple change of `wanted` that gives `got`."""
    if np.abs(got).max() <= tolerance:
        yield "is zero everywhere"
    if np.abs(got + wanted).max() <= tolerance:
        yield "has the wrong sign"
    if wanted.dtype.kind == "c" and np.abs(got - wanted.conj()).max() <= tolerance:
        yield "is the complex conjugate of the right one: look at the sign of the angle"
    energy = np.vdot(wanted, wanted).real
    factor = np.vdot(wanted, got).real / energy if energy > 0 else 0.0
    many = np.count_nonzero(wanted) > 1  # one number is always a multiple of another
    if (
        many
        and factor > 0
        and np.abs(got - factor * wanted).max() <= tolerance * max(1, factor)
    ):
        yield f"is {factor:.4g} times the right one"
    if np.abs(got[..., ::-1] - wanted).max() <= tolerance:
        yield "is the right one backwards"
    for shift in (1, 2, -1, -2):
        if _is_shifted(got, wanted, shift, tolerance):
            late = f"{abs(shift)} {'late' if shift > 0 else 'early'}"
            yield f"is the right one, but {late} along the last axis"


def _is_shifted(got, wanted, shift, tolerance):
    if got.shape[-1] <= 2 * abs(shift) or np.ptp(np.abs(wanted)) <= 10 * tolerance:
        return False
    if shift < 0:
        got, wanted, shift = wanted, got, -shift
    return np.abs(got[..., shift:] - wanted[..., :-shift]).max() <= tolerance


def _largest(got, wanted, inside):
    where = np.unravel_index(np.argmax(np.abs(got - wanted)), got.shape)
    start = (inside.start or 0) if inside is not None else 0
    place = tuple(int(i) for i in where)
    place = (*place[:-1], place[-1] + start)
    place = place[0] if len(place) == 1 else place
    yours, right = _number(got[where]), _number(wanted[where])
    return f"is {yours} at index {place}, where {right} is right"


def _number(value):
    return f"{value:.4g}"

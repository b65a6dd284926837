"""Quantisation: 256 codes that sound like 12 bits, by mu-law companding.

A quantiser with equal steps wastes codes on loud samples: speech and music are mostly
near zero, and the ear hears noise relative to the signal it hides behind. Companding
(*com*press, then ex*pand*) bends the scale before quantising and bends it back after,

    f(x) = sign(x) ln(1 + mu |x|) / ln(1 + mu),   mu = 255,

so that the step near zero is 1/46 of the step of plain 8 bits, and the one near full
scale about 5.6 times as large (f'(0) = 46, f'(1) = 0.18). Telephones have used it since
1972 (ITU-T G.711, there in piecewise-linear form); WaveNet (2016) took it over because
a network can then say *which of 256 codes comes next* instead of a real number.

This file belongs to `dsplab` and not to `neural`: the law is signal processing, has no
parameters to learn, and serves a bit-crusher as well as a network.

Published code has (at least) three different quantisers under the name "mu-law", which
differ by half a step and at full scale. Here it is the *mid-rise* one: the interval
[-1, 1] of f is cut into n_codes equal cells, a code is the number of its cell, and it
is decoded to the middle of the cell:

    code = clip(floor(n_codes (f(x) + 1) / 2), 0, n_codes - 1)
    x'   = f^-1(2 (code + 1/2) / n_codes - 1)

Consequences, all tested: every code survives decoding and encoding; x = 1 is a valid
input (without the clip it would be code 256); x and -x have mirrored codes; digital
silence is code n_codes / 2 and decodes to 8.5e-5 (-81 dB), not to zero.
"""

import numpy as np

from dsplab._arguments import (
    as_signal,
    as_values,
    integer,
    positive,
    require,
    require_finite,
)
from dsplab._array import array_namespace


def mu_law_compress(x, *, mu=255.0):
    """Bend the amplitude scale so that quiet samples get most of it.

    Args:
      x: signal, any shape, nominally in [-1, 1].
      mu: strength of the bend; 255 goes with 256 codes.

    Returns:
      f(x) of the module's equation, same shape; [-1, 1] maps onto [-1, 1].

    >>> mu_law_compress(np.array([-1.0, 0.0, 0.01, 1.0])).round(3).tolist()
    [-1.0, 0.0, 0.228, 1.0]
    """
    x = as_signal(x)
    xp = array_namespace(x)
    mu = positive(mu, name="mu")
    # one logarithm for each sign: unlike sign(x) log(1 + mu |x|), this has the right
    # derivative at zero under automatic differentiation
    zero = xp.zeros_like(x)
    above, below = xp.maximum(x, zero), xp.maximum(-x, zero)
    return (xp.log1p(mu * above) - xp.log1p(mu * below)) / float(np.log1p(mu))


def mu_law_expand(y, *, mu=255.0):
    """Undo `mu_law_compress`.

        f^-1(y) = sign(y) ((1 + mu)^|y| - 1) / mu

    Args:
      y: compressed signal, any shape, nominally in [-1, 1].
      mu: the value it was compressed with.

    Returns:
      Signal, same shape.

    >>> mu_law_expand(mu_law_compress(np.array([-0.5, 0.25]))).round(12).tolist()
    [-0.5, 0.25]
    """
    y = as_signal(y, name="y")
    xp = array_namespace(y)
    mu = positive(mu, name="mu")
    scale, zero = float(np.log1p(mu)), xp.zeros_like(y)
    above, below = xp.maximum(y, zero), xp.maximum(-y, zero)
    with np.errstate(over="ignore"):
        x = (xp.expm1(scale * above) - xp.expm1(scale * below)) / mu
    return require_finite(x, name="the expansion of y")


def mu_law_encode(x, *, n_codes=256):
    """Turn a signal into integer codes, n_codes cells of equal width in f(x).

    Args:
      x: signal, any shape; values outside [-1, 1] get the outermost codes.
      n_codes: number of codes; mu is n_codes - 1.

    Returns:
      Codes 0 ... n_codes - 1, int32, same shape.

    Reference: the companding of van den Oord et al., "WaveNet: a generative model for
    raw audio" (2016); the paper leaves the rounding open, see the module's text.

    >>> mu_law_encode(np.array([-1.0, -0.01, 0.0, 0.01, 1.0])).tolist()
    [0, 98, 128, 157, 255]
    """
    x = as_signal(x)
    xp = array_namespace(x)
    n_codes = integer(n_codes, name="n_codes", least=2)
    cell = xp.floor(0.5 * n_codes * (mu_law_compress(x, mu=n_codes - 1.0) + 1.0))
    return xp.clip(cell, 0, n_codes - 1).astype(np.int32)


def mu_law_decode(codes, *, n_codes=256):
    """Turn codes back into a signal, each into the middle of its cell.

    Args:
      codes: integers 0 ... n_codes - 1, any shape with time last.
      n_codes: the number they were encoded with.

    Returns:
      Signal in (-1, 1), float32, same shape.

    >>> [round(float(y), 4) for y in mu_law_decode([0, 128, 255])]
    [-0.9785, 0.0001, 0.9785]
    """
    n_codes = integer(n_codes, name="n_codes", least=2)
    codes = _as_codes(codes, n_codes)
    y = (2.0 * codes + 1.0) / n_codes - 1.0
    return mu_law_expand(y.astype(np.float32), mu=n_codes - 1.0)


def uniform_encode(x, *, n_codes=256):
    """Turn a signal into integer codes, n_codes cells of equal width in x itself.

        code = clip(floor(n_codes (x + 1) / 2), 0, n_codes - 1)

    Plain 8 bits (256) or 16 bits (65536); `mu_law_encode` with a straight law.

    Args:
      x: signal, any shape; values outside [-1, 1] get the outermost codes.
      n_codes: number of codes, at most 65536.

    Returns:
      Codes 0 ... n_codes - 1, int32, same shape.

    >>> uniform_encode(np.array([-1.0, -0.01, 0.0, 0.01, 1.0])).tolist()
    [0, 126, 128, 129, 255]
    """
    x = as_signal(x)
    xp = array_namespace(x)
    n_codes = _uniform_codes(n_codes)
    cell = xp.floor(0.5 * n_codes * (x + 1.0))
    return xp.clip(cell, 0, n_codes - 1).astype(np.int32)


def uniform_decode(codes, *, n_codes=256):
    """Turn codes of `uniform_encode` back into a signal, each its cell's middle.

    Args:
      codes: integers 0 ... n_codes - 1, any shape with time last.
      n_codes: the number they were encoded with.

    Returns:
      Signal in (-1, 1), float32, same shape.

    >>> [float(y) for y in uniform_decode([0, 128, 255])]
    [-0.99609375, 0.00390625, 0.99609375]
    """
    codes = _as_codes(codes, _uniform_codes(n_codes))
    return ((2.0 * codes + 1.0) / n_codes - 1.0).astype(np.float32)


def _uniform_codes(n_codes):
    return integer(n_codes, name="n_codes", least=2, most=65536)


def _as_codes(codes, n_codes):
    """Codes as an array with time last, all of them 0 ... n_codes - 1."""
    codes = as_values(codes, name="codes")
    if codes.ndim == 0:
        raise ValueError(
            "codes must have at least 1 dimension (time last), got one code"
        )
    inside = (codes >= 0) & (codes < n_codes) & (codes % 1.0 == 0)
    require(inside, f"codes must be integers in 0..{n_codes - 1}")
    return codes

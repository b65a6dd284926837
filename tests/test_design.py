"""Filter design: the closed forms, SciPy's designs, and gradients."""

import functools

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest
import scipy.signal

from dsplab.filters import design

RATE = 8000
W = np.linspace(0.0, np.pi, 101)


def cookbook(kind, cutoff, q, gain_db):
    """Bristow-Johnson's formulae as he writes them, not divided by a0."""
    w = 2 * np.pi * cutoff / RATE
    c, alpha, A = np.cos(w), np.sin(w) / (2 * q), 10 ** (gain_db / 40)
    up, down, r = A + 1, A - 1, 2 * np.sqrt(A) * alpha
    plain = [1 + alpha, -2 * c, 1 - alpha]
    return {
        "lowpass": ([(1 - c) / 2, 1 - c, (1 - c) / 2], plain),
        "highpass": ([(1 + c) / 2, -1 - c, (1 + c) / 2], plain),
        "bandpass": ([alpha, 0, -alpha], plain),
        "bandpass_skirt": ([q * alpha, 0, -q * alpha], plain),
        "notch": ([1, -2 * c, 1], plain),
        "allpass": (plain[::-1], plain),
        "peaking": (
            [1 + alpha * A, -2 * c, 1 - alpha * A],
            [1 + alpha / A, -2 * c, 1 - alpha / A],
        ),
        "lowshelf": (
            [A * (up - down * c + r), 2 * A * (down - up * c), A * (up - down * c - r)],
            [up + down * c + r, -2 * (down + up * c), up + down * c - r],
        ),
        "highshelf": (
            [
                A * (up + down * c + r),
                -2 * A * (down + up * c),
                A * (up + down * c - r),
            ],
            [up - down * c + r, 2 * (down - up * c), up - down * c - r],
        ),
    }[kind]


@pytest.mark.parametrize("kind", design.KINDS)
def test_second_order_is_the_cookbooks(xp, kind):
    cutoff, q, gain_db = (np.array(v) for v in ([700.0, 30], [3.0, 0.6], [7.0, -12]))
    b, a = design.second_order(kind, xp.asarray(cutoff), RATE, q=q, gain_db=gain_db)
    for k in range(2):
        wanted_b, wanted_a = map(np.array, cookbook(kind, cutoff[k], q[k], gain_db[k]))
        np.testing.assert_allclose(b[k], wanted_b / wanted_a[0], rtol=0, atol=1e-12)
        np.testing.assert_allclose(a[k], wanted_a / wanted_a[0], rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    "kind, levels",
    [
        ("lowpass", (0.0, -3.0103, -300.0)),
        ("highpass", (-300.0, -3.0103, 0.0)),
        ("allpass", (0.0, 0.0, 0.0)),
        ("lowshelf", (8.0, 4.0, 0.0)),
        ("highshelf", (0.0, 4.0, 8.0)),
    ],
)
def test_first_order_has_its_levels(xp, kind, levels):
    b, a = design.first_order(kind, xp.asarray(900.0), RATE, gain_db=8.0)
    w = np.array([0.0, 2 * np.pi * 900 / RATE, np.pi])
    _, h = scipy.signal.freqz(b, a, w)
    db = np.maximum(20 * np.log10(abs(h) + 1e-30), -300.0)
    np.testing.assert_allclose(db, levels, atol=1e-4)
    if kind == "allpass":
        assert np.angle(h[1]) == pytest.approx(-np.pi / 2)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_bilinear_is_scipys_and_keeps_the_matched_frequency(xp, order):
    rng = np.random.default_rng(order)
    b, a = rng.uniform(0.5, 2, order), rng.uniform(0.5, 2, order + 1)
    expected = scipy.signal.bilinear(b, a, 3.0)
    for got, wanted in zip(
        design.bilinear(xp.asarray(b), a, 3.0), expected, strict=True
    ):
        np.testing.assert_allclose(got, wanted, atol=1e-12)
    got = design.bilinear(b, a, 3.0, match=1.2)
    _, digital = scipy.signal.freqz(*got, [2 * np.pi * 1.2 / 3.0])
    _, analogue = scipy.signal.freqs(b, a, [2 * np.pi * 1.2])
    np.testing.assert_allclose(digital, analogue, atol=1e-12)


@pytest.mark.parametrize("kind", design.STEEP_KINDS)
@pytest.mark.parametrize("order", [1, 2, 5, 8])
def test_steep_filters_are_scipys(xp, kind, order):
    cutoff = xp.asarray(1000.0)
    flat = design.butterworth(kind, cutoff, RATE, order=order)
    wavy = design.chebyshev(kind, cutoff, RATE, order=order, ripple_db=2.0)
    oracle = functools.partial(scipy.signal.iirfilter, order, fs=RATE, btype=kind)
    for ours, theirs in (
        (flat, oracle(1000.0, output="sos")),
        (wavy, oracle(1000.0, rp=2.0, ftype="cheby1", output="sos")),
    ):
        _, h = scipy.signal.sosfreqz(np.asarray(ours), W)
        np.testing.assert_allclose(h, scipy.signal.sosfreqz(theirs, W)[1], atol=1e-12)


def test_series_and_parallel_multiply_and_add_responses(xp):
    one = design.second_order("lowpass", xp.asarray(500.0), RATE, q=2.0)
    other = design.first_order("highpass", xp.asarray(90.0), RATE)
    h1, h2 = (scipy.signal.freqz(*pair, W)[1] for pair in (one, other))
    both = scipy.signal.freqz(*design.series(one, other), W)[1]
    np.testing.assert_allclose(both, h1 * h2, atol=1e-12)
    beside = scipy.signal.freqz(*design.parallel(one, other), W)[1]
    np.testing.assert_allclose(beside, h1 + h2, atol=1e-12)


def test_polynomials_of_sections(xp):
    sections = design.butterworth("lowpass", xp.asarray(1000.0), RATE, order=5)
    h = scipy.signal.freqz(*design.polynomials(sections), W)[1]
    expected = scipy.signal.sosfreqz(np.asarray(sections), W)[1]
    np.testing.assert_allclose(h, expected, atol=1e-12)


def test_curves_give_rows_of_coefficients(xp):
    cutoff = xp.asarray([[200.0, 400.0, 800.0]])
    b, a = design.second_order("peaking", cutoff, RATE, q=2.0, gain_db=6.0)
    one = design.second_order("peaking", 400.0, RATE, q=2.0, gain_db=6.0)
    assert b.shape == a.shape == (1, 3, 3) and type(b) is type(cutoff)
    np.testing.assert_allclose(b[0, 1], one[0], atol=1e-12)
    sections = design.butterworth("highpass", cutoff, RATE, order=3)
    assert sections.shape == (1, 3, 2, 6)


def test_dtype_is_kept(xp):
    cutoff = xp.asarray(300.0, dtype=xp.float32)
    for part in (
        *design.second_order("lowshelf", cutoff, RATE, gain_db=3.0),
        *design.first_order("lowpass", cutoff, RATE),
        design.chebyshev("lowpass", cutoff, RATE, order=3),
    ):
        assert part.dtype == np.float32 and type(part) is type(cutoff)


@pytest.mark.parametrize("kind", ["lowpass", "peaking", "highshelf"])
def test_gradients(kind):
    def coefficients(cutoff, q, gain_db):
        return design.second_order(kind, cutoff, RATE, q=q, gain_db=gain_db)

    numbers = (jnp.asarray(700.0), jnp.asarray(3.0), jnp.asarray(5.0))
    jax.test_util.check_grads(jax.jit(coefficients), numbers, 1, rtol=1e-5)


def test_errors():
    with pytest.raises(ValueError, match="kind must be one of 'lowpass'"):
        design.second_order("low", 100.0, RATE)
    with pytest.raises(ValueError, match="cutoff must be above 0 and below 4000"):
        design.second_order("lowpass", [100.0, 4000.0], RATE)
    with pytest.raises(ValueError, match="q must be positive"):
        design.second_order("lowpass", 100.0, RATE, q=0.0)
    with pytest.raises(ValueError, match="order must be an integer at least 1"):
        design.butterworth("lowpass", 100.0, RATE, order=0)
    with pytest.raises(ValueError, match="b must not be longer than a"):
        design.bilinear([1.0, 1.0], [1.0], RATE)
    with pytest.raises(ValueError, match="sections must have shape"):
        design.polynomials(np.ones((2, 5)))

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_ola import MAP, NOISE, RATES, clicks

from dsplab.analysis.comparison import (
    interchannel_correlation,
    sine_snr_db,
    spectral_convergence,
)
from dsplab.analysis.onsets import onset_error, pre_echo_db
from dsplab.stretch.ola import ola
from dsplab.stretch.wsola import wsola

SAMPLE_RATE = 16000


def vibrato(rate=1.0, seconds=1.0, sample_rate=SAMPLE_RATE):
    """A pulse-like tone around 200 Hz, exactly as it should be at a speed."""
    t = np.arange(round(seconds * sample_rate / rate)) / sample_rate * rate
    angle = 2 * np.pi * 200 * (t - 0.03 * np.cos(2 * np.pi * 5 * t) / (10 * np.pi))
    angle /= rate
    x = sum(np.cos(k * angle) / k for k in range(1, 15))
    return x * np.clip(np.minimum(t, seconds - t) / 0.1, 0, 1)


def textbook(x, rate, frame_length, hop_length, tolerance):
    """Search every place in full, on sound without attacks; half-overlapping frames."""
    n, n_out, half = frame_length - hop_length, round(len(x) / rate), frame_length / 2
    pad = 4 * (frame_length + tolerance)
    x = np.pad(x, (pad, 8 * pad))
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(frame_length) / frame_length)

    def score(start, natural):
        a, b = x[start : start + n], x[natural : natural + n]
        return (a @ b) / (a @ a + b @ b + 1e-300)

    y = np.zeros(n_out + 2 * pad)
    place = None
    for m in range(-1, -(-n_out // hop_length)):
        middle = m * hop_length + half
        target = int(np.floor(middle * rate - half + 0.5)) + pad
        if place is None:
            place = (target, 0.0)
        else:
            natural, fraction = place[0] + hop_length, place[1]
            moves = np.arange(-tolerance, tolerance + 1)
            gains = [
                score(target + d, natural) - 0.4 * (d / tolerance) ** 2 for d in moves
            ]
            start = target + moves[np.argmax(gains)]
            a, b, c = (score(start + d, natural) for d in (-1, 0, 1))
            if b >= a and b >= c and 2 * b > a + c:
                fraction += 0.5 * (c - a) / (2 * b - a - c)
            whole = int(np.floor(fraction + 0.5))
            if start != natural:
                place = (start + whole, fraction - whole)
            else:
                place = (natural, place[1])
        start, f = place
        four = [x[start + k :][:frame_length] for k in (-1, 0, 1, 2)]
        at = np.array([-1.0, 0.0, 1.0, 2.0])
        weights = [
            np.prod([(f - q) / (p - q) for q in at if q != p]) for p in at
        ]  # Lagrange
        frame = sum(w * part for w, part in zip(weights, four, strict=True))
        y[pad + m * hop_length :][:frame_length] += window * frame
    return y[pad : pad + n_out]


@pytest.mark.parametrize("rate", [0.7, 1.4])
@pytest.mark.parametrize("frequencies", [(300.0, 500.0), (97.0, 411.0, 920.0)])
def test_is_the_textbook_loop_where_there_is_no_attack(rate, frequencies):
    n = np.arange(3000)
    x = sum(np.sin(f * n / 800 + 2e-7 * f * n**2) for f in frequencies)
    x = x * np.exp((n - 3000) / 300)  # begins too softly for an attack
    sizes = {"frame_length": 256, "hop_length": 128, "tolerance": 60}
    y = wsola(x, rate, sample_rate=5000, **sizes)  # so low that all places are tried
    np.testing.assert_allclose(y, textbook(x, rate, *sizes.values()), atol=1e-9)


def test_no_tolerance_is_overlap_add():
    sizes = {"sample_rate": SAMPLE_RATE, "frame_length": 300, "hop_length": 150}
    y = wsola(NOISE, 0.8, tolerance=0, **sizes)
    np.testing.assert_allclose(y, ola(NOISE, 0.8, **sizes), atol=1e-12)


@given(
    st.integers(1, 2000),
    st.floats(0.1, 20.0),
    st.integers(1, 300),
    st.integers(0, 200),
    st.sampled_from([8000, 11025, 44100, 96000]),
)
@settings(max_examples=40, deadline=None)
def test_length_is_exact_and_result_finite(n, rate, frame_length, tolerance, fs):
    if round(n / rate) < 1:
        return
    sizes = {"frame_length": frame_length, "tolerance": tolerance}
    y = wsola(NOISE[:n], rate, sample_rate=fs, **sizes)
    assert y.shape == (round(n / rate),) and np.isfinite(y).all()


@pytest.mark.parametrize("sizes", [{}, {"frame_length": 200, "hop_length": 60}])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_speed_one_changes_nothing(sizes, dtype):
    x = NOISE.astype(dtype)
    for n_samples in (1, 17, 9000):
        y = wsola(x[:n_samples], 1, sample_rate=SAMPLE_RATE, **sizes)
        assert y.dtype == x.dtype and np.array_equal(y, x[:n_samples])


def test_what_runs_at_speed_one_in_a_map_is_untouched():
    y = wsola(NOISE, MAP, sample_rate=SAMPLE_RATE)
    assert y.shape == (13000,) and np.isfinite(y).all()
    assert np.array_equal(y[:2600], NOISE[:2600])


def test_a_freeze_holds_the_tone():
    x = vibrato()
    anchors = [(0, 0), (8000, 8000), (8000, 24000), (16000, 32000)]
    y = wsola(x, anchors, sample_rate=SAMPLE_RATE)
    assert y.shape == (32000,) and np.isfinite(y).all()
    level = [np.sqrt(np.mean(y[n : n + 800] ** 2)) for n in range(8000, 24000, 800)]
    assert min(level) > 0.8 * np.sqrt(np.mean(x[6000:10000] ** 2))


def test_silence_and_extreme_rates():
    assert not wsola(np.zeros(500), 0.3, sample_rate=SAMPLE_RATE).any()
    assert wsola([0.5], 0.5, sample_rate=SAMPLE_RATE).shape == (2,)
    for rate in (0.01, 100):
        y = wsola(NOISE[:2000], rate, sample_rate=SAMPLE_RATE)
        assert y.shape == (round(2000 / rate),) and np.isfinite(y).all()


def test_loudness_and_sign_pass_through():
    y = wsola(NOISE, 0.8, sample_rate=SAMPLE_RATE)
    for gain in (-1.0, 4.0, 1e-3):
        scaled = wsola(gain * NOISE, 0.8, sample_rate=SAMPLE_RATE)
        np.testing.assert_allclose(scaled, gain * y, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("rate", [0.7, MAP])
def test_both_libraries_agree(rate):
    x = np.stack([NOISE, clicks([0.1, 0.25, 0.4], SAMPLE_RATE, 9000 / SAMPLE_RATE)])
    y = wsola(x, rate, sample_rate=SAMPLE_RATE)
    stretch = jax.jit(lambda x: wsola(x, rate, sample_rate=SAMPLE_RATE))
    np.testing.assert_allclose(stretch(jax.numpy.asarray(x)), y, atol=1e-9)


def test_a_batch_is_as_good_as_one_after_the_other():
    x = np.stack([NOISE[:4000], vibrato()[6000:10000]])
    y = jax.jit(jax.vmap(lambda x: wsola(x, 0.7, sample_rate=44100)))(x)
    for one, channel in zip(y, x, strict=True):
        alone = wsola(channel, 0.7, sample_rate=44100)
        np.testing.assert_allclose(one, alone, atol=1e-9)


def test_gradient_is_the_transposed_reading():
    x = jax.numpy.asarray(vibrato()[4000:6000])

    def total(x):
        return (wsola(x, 0.8, sample_rate=SAMPLE_RATE) ** 2).sum()

    value, gradient = jax.jit(jax.value_and_grad(total))(x)
    # wsola is linear in x once the places are chosen: Euler's rule for squares
    assert float(gradient @ x) == pytest.approx(2.0 * float(value), rel=1e-9)


@pytest.mark.parametrize("rate", RATES)
def test_stereo_image_stays(rate):
    lag = 12
    x = np.stack([np.roll(NOISE, -lag), NOISE])[:, :-lag]
    y = wsola(x, rate, sample_rate=SAMPLE_RATE)
    assert interchannel_correlation(y, lag=lag) > 0.98


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("frequency", [110.0, 443.7, 1234.5])
def test_a_sine_stays_a_sine(rate, frequency):
    n = np.arange(66150)
    x = np.sin(2 * np.pi * frequency * n / 44100) * np.minimum(n / 4410, 1)
    y = wsola(x, rate, sample_rate=44100)
    assert sine_snr_db(y, frequency=frequency, sample_rate=44100) > 60


@pytest.mark.parametrize("rate", RATES)
def test_vibrato_is_nearly_the_ideal(rate):
    y = wsola(vibrato(), rate, sample_rate=SAMPLE_RATE)
    assert spectral_convergence(vibrato(rate), y, n_fft=1024, hop_length=256) < 0.12


@pytest.mark.parametrize("sample_rate", [16000, 44100, 48000])
@pytest.mark.parametrize("rate", RATES)
def test_attacks_sound_once_and_in_time(sample_rate, rate):
    onsets = np.array([0.15, 0.32, 0.45, 0.7, 1.0, 1.13, 1.4])
    x = clicks(onsets, sample_rate, 1.7)
    y = wsola(x, rate, sample_rate=sample_rate)
    options = {"sample_rate": sample_rate}
    error = onset_error(x, y, onsets, onsets / rate, **options)
    assert np.nanmedian(error) < 0.002
    added = pre_echo_db(y, onsets / rate, **options) - pre_echo_db(x, onsets, **options)
    assert np.nanmedian(added) < 1.0


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"sample_rate": -1}, "sample_rate"),
        ({"frame_length": 0}, "frame_length"),
        ({"frame_length": 100, "hop_length": 101}, "hop_length"),
        ({"tolerance": -1}, "tolerance"),
    ],
)
def test_wrong_sizes_are_named(options, name):
    with pytest.raises(ValueError, match=name):
        wsola(NOISE, 0.5, **{"sample_rate": SAMPLE_RATE, **options})

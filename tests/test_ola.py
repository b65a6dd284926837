import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsplab.analysis.comparison import interchannel_correlation
from dsplab.analysis.onsets import onset_error, pre_echo_db
from dsplab.stretch.ola import ola

SAMPLE_RATE = 16000
RNG = np.random.default_rng(3)
NOISE = RNG.standard_normal(9000)
MAP = [(0, 0), (3000, 3000), (3000, 5000), (1000, 7000), (9000, 13000)]
RATES = (0.5, 0.8, 1.25, 2.0)


def faded_noise(n_samples=6000):
    """Noise that rises too slowly to have an attack."""
    n = np.arange(n_samples)
    return np.random.default_rng(0).standard_normal(n_samples) * np.exp(n / 2000 - 5)


def clicks(onsets, sample_rate, seconds):
    """Short bursts of noise, over nearly nothing."""
    x = np.zeros(round(seconds * sample_rate))
    t = np.arange(round(0.03 * sample_rate)) / sample_rate
    burst = np.random.default_rng(1).standard_normal(t.size) * np.exp(-t / 0.005)
    for onset in onsets:
        start = round(onset * sample_rate)
        x[start : start + t.size] += burst
    return x


def textbook(x, rate, frame_length, hop_length):
    n_out = round(len(x) / rate)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(frame_length) / frame_length)
    pad = 4 * frame_length
    padded = np.pad(x, (pad, 8 * pad))
    y, total = np.zeros(n_out + 2 * pad), np.zeros(n_out + 2 * pad)
    for m in range(-4, n_out // hop_length + 4):
        begin = m * hop_length
        middle = (begin + frame_length / 2) * rate
        start = int(np.floor(middle - frame_length / 2 + 0.5)) + pad
        frame = padded[max(start, 0) :][:frame_length]
        y[pad + begin :][:frame_length] += window * frame
        total[pad + begin :][:frame_length] += window
    return (y / np.maximum(total, 1e-9))[pad : pad + n_out]


@pytest.mark.parametrize("rate", [0.5, 0.9, 1.3, 2.0])
@pytest.mark.parametrize("sizes", [(128, 64), (128, 32), (128, 100), (90, 40)])
def test_is_the_textbook_loop_where_there_is_no_attack(rate, sizes):
    x = faded_noise()
    options = {"frame_length": sizes[0], "hop_length": sizes[1]}
    y = ola(x, rate, sample_rate=SAMPLE_RATE, **options)
    np.testing.assert_allclose(y, textbook(x, rate, *sizes), atol=1e-12)


@given(
    st.integers(1, 3000),
    st.floats(0.05, 20.0),
    st.integers(1, 300),
    st.sampled_from([8000, 11025, 44100, 96000]),
)
@settings(max_examples=60, deadline=None)
def test_length_is_exact_and_result_finite(n_samples, rate, frame_length, sample_rate):
    if round(n_samples / rate) < 1:
        return
    y = ola(NOISE[:n_samples], rate, sample_rate=sample_rate, frame_length=frame_length)
    assert y.shape == (round(n_samples / rate),)
    assert np.isfinite(y).all() and abs(y).max() <= abs(NOISE).max() * (1 + 1e-9)


@pytest.mark.parametrize("sizes", [{}, {"frame_length": 100, "hop_length": 30}])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_speed_one_changes_nothing(sizes, dtype):
    x = NOISE.astype(dtype)
    for n_samples in (1, 17, 9000):
        y = ola(x[:n_samples], 1, sample_rate=SAMPLE_RATE, **sizes)
        assert y.dtype == x.dtype and np.array_equal(y, x[:n_samples])


def test_speed_one_changes_nothing_in_jax():
    x = jax.numpy.asarray(NOISE, dtype="float32")
    y = jax.jit(lambda x: ola(x, 1, sample_rate=SAMPLE_RATE))(x)
    assert y.dtype == x.dtype and jax.numpy.array_equal(y, x)


def test_what_runs_at_speed_one_in_a_map_is_untouched():
    y = ola(NOISE, MAP, sample_rate=SAMPLE_RATE)
    assert y.shape == (13000,) and np.isfinite(y).all()
    assert np.array_equal(y[:2600], NOISE[:2600])


def test_backwards_plays_pieces_in_reverse_order():
    x = clicks([0.2, 0.5], SAMPLE_RATE, 0.8)
    n = len(x)
    y = ola(x, [(n, 0), (0, n)], sample_rate=SAMPLE_RATE)
    loud = np.flatnonzero(abs(y) > 0.5 * abs(x).max()) / SAMPLE_RATE
    near = np.minimum(abs(loud - 0.3), abs(loud - 0.6))
    assert near.max() < 0.01


def test_silence_and_extreme_rates():
    assert not ola(np.zeros(500), 0.3, sample_rate=SAMPLE_RATE).any()
    assert ola([0.5], 0.5, sample_rate=SAMPLE_RATE).shape == (2,)
    for rate in (0.01, 100):
        y = ola(NOISE, rate, sample_rate=SAMPLE_RATE)
        assert y.shape == (round(9000 / rate),) and np.isfinite(y).all()


def test_loudness_and_sign_pass_through():
    y = ola(NOISE, 0.8, sample_rate=SAMPLE_RATE)
    for gain in (-1.0, 4.0, 1e-3):
        scaled = ola(gain * NOISE, 0.8, sample_rate=SAMPLE_RATE)
        np.testing.assert_allclose(scaled, gain * y, rtol=1e-12)


@pytest.mark.parametrize("rate", [0.7, MAP])
def test_both_libraries_agree(rate):
    x = np.stack([NOISE, clicks([0.1, 0.25, 0.4], SAMPLE_RATE, 9000 / SAMPLE_RATE)])
    y = ola(x, rate, sample_rate=SAMPLE_RATE)
    stretch = jax.jit(lambda x: ola(x, rate, sample_rate=SAMPLE_RATE))
    np.testing.assert_allclose(stretch(jax.numpy.asarray(x)), y, atol=1e-9)


def test_a_batch_is_as_good_as_one_after_the_other():
    x = np.stack([NOISE, faded_noise(9000)])
    y = jax.jit(jax.vmap(lambda x: ola(x, 0.7, sample_rate=SAMPLE_RATE)))(x)
    for one, channel in zip(y, x, strict=True):
        alone = ola(channel, 0.7, sample_rate=SAMPLE_RATE)
        np.testing.assert_allclose(one, alone, atol=1e-9)


def test_gradient_of_a_batch_is_the_transposed_reading():
    x = jax.numpy.asarray(np.stack([NOISE[:4000], NOISE[4000:8000]]))

    def totals(x):
        y = jax.vmap(lambda x: ola(x, 0.7, sample_rate=SAMPLE_RATE))(x)
        return (y**2).sum(axis=-1)

    values, back = jax.vjp(jax.jit(totals), x)
    gradient = back(jax.numpy.ones(2))[0]
    # ola is linear in x once the places are chosen: Euler's rule for squares
    np.testing.assert_allclose((gradient * x).sum(-1), 2.0 * values, rtol=1e-9)


@pytest.mark.parametrize("rate", RATES)
def test_stereo_image_stays(rate):
    lag = 12
    x = np.stack([np.roll(NOISE, -lag), NOISE])[:, :-lag]
    y = ola(x, rate, sample_rate=SAMPLE_RATE)
    assert interchannel_correlation(y, lag=lag) > 0.98


@pytest.mark.parametrize("sample_rate", [16000, 44100, 48000])
@pytest.mark.parametrize("rate", RATES)
def test_attacks_sound_once_and_in_time(sample_rate, rate):
    onsets = np.array([0.15, 0.32, 0.45, 0.7, 1.0, 1.13, 1.4])
    x = clicks(onsets, sample_rate, 1.7)
    y = ola(x, rate, sample_rate=sample_rate)
    options = {"sample_rate": sample_rate}
    error = onset_error(x, y, onsets, onsets / rate, **options)
    assert np.nanmax(error) < 0.0005
    added = pre_echo_db(y, onsets / rate, **options) - pre_echo_db(x, onsets, **options)
    assert np.nanmax(added) < 1.0
    energy = (y**2).sum() / (x**2).sum()
    assert energy == pytest.approx(1.0, abs=0.05)  # none is lost, none is repeated


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"sample_rate": 0}, "sample_rate"),
        ({"frame_length": 0}, "frame_length"),
        ({"frame_length": 100, "hop_length": 101}, "hop_length"),
        ({"hop_length": 0.5}, "hop_length"),
    ],
)
def test_wrong_sizes_are_named(options, name):
    with pytest.raises(ValueError, match=name):
        ola(NOISE, 0.5, **{"sample_rate": SAMPLE_RATE, **options})


def test_a_batch_is_refused():
    with pytest.raises(ValueError, match="x must have 1 or 2 dimensions"):
        ola(np.zeros((2, 2, 100)), 0.5, sample_rate=SAMPLE_RATE)

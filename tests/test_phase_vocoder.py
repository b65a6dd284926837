"""The phase vocoder: its definition, its laws, and what it does to known sounds."""

import jax
import numpy as np
import pytest
from jax.test_util import check_grads

from dsplab.spectral import stft
from dsplab.stretch.phase_vocoder import (
    LOCKING,
    dual_window,
    nearest_peak,
    phase_vocoder,
)
from dsplab.windows import hann

RATE = 8000  # Hz
SIZES = {"sample_rate": RATE, "n_fft": 256, "hop_length": 64}
FREEZE = [(0, 0), (1000, 1000), (1000, 4000), (2000, 5000)]


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape) * 0.1


def sine(frequency, n_samples=4000, sample_rate=RATE):
    return np.sin(2 * np.pi * frequency * np.arange(n_samples) / sample_rate)


def textbook(x, rate, n_fft, hop_length, locking, follow=False):
    """Frame by frame, with angles: what `phase_vocoder` computes in blocks."""
    w = np.sin(np.pi * np.arange(n_fft) / n_fft) ** 1.3
    n_out = round(len(x) / rate)
    padded = np.pad(x, 4 * n_fft)
    n_frames = 2 + (n_out + n_fft // 2 - 2) // hop_length

    def spectrum(centre):
        start = centre + 4 * n_fft - n_fft // 2
        return np.fft.rfft(w * padded[start : start + n_fft])

    y = np.zeros(n_out + 4 * n_fft)
    total = np.zeros_like(y)
    angle = np.zeros(n_fft // 2 + 1)
    before = -2 * hop_length
    for m in range(-1, n_frames - 1):
        centre = int(round(m * hop_length * rate)) if m > 0 else m * hop_length
        now = spectrum(centre)
        change = spectrum(before + hop_length) * np.conj(now)
        if locking == "identity":
            behind = spectrum(centre - hop_length)
            change = change + spectrum(before) * np.conj(behind)
            change = np.convolve(change, [1, 1, 1], mode="same")
        angle = angle + np.angle(change)
        if locking == "identity":
            angle = angle[textbook_peaks(abs(now) ** 2)]
        if follow:
            power, past = abs(now) ** 2, abs(spectrum(before)) ** 2
            near = [
                k - 2 + power[k - 2 : k + 3].argmax() for k in range(2, len(now) - 2)
            ]
            new = (power > 2.0 * past) & (power > 1e-5 * power.max())
            angle[2:-2] = np.where(new[2:-2], angle[near], angle[2:-2])
        if locking == "loose":
            pull = abs(now) ** 2 * np.exp(1j * angle)
            angle = np.angle(np.convolve(pull, [1, 1, 1], mode="same"))
        frame = w * np.fft.irfft(now * np.exp(1j * angle))
        start = m * hop_length + 2 * n_fft
        y[start : start + n_fft] += frame
        total[start : start + n_fft] += w**2
        before = centre
    start = 2 * n_fft + n_fft // 2
    return (y / np.where(total > 1e-9, total, 1.0))[start : start + n_out]


def textbook_peaks(power):
    p = np.concatenate([[0, 0], power, [0, 0]])
    n = len(power)
    rises = [p[k + 2] > max(p[k], p[k + 1]) for k in range(n)]
    holds = [p[k + 2] >= max(p[k + 3], p[k + 4]) for k in range(n)]
    peaks = [k for k in range(n) if rises[k] and holds[k]]
    if not peaks:
        return np.arange(n)
    return np.array([min(peaks, key=lambda p: (abs(p - k), p)) for k in range(n)])


@pytest.mark.parametrize("locking", LOCKING)
@pytest.mark.parametrize("rate", [0.6, 1.7])
def test_equals_the_textbook_loop(locking, rate):
    x = noise(3000)
    y = phase_vocoder(x, rate, **SIZES, locking=locking, transients=False)
    inside = slice(256, -256)  # at the very ends fewer windows overlap in the loop
    expected = textbook(x, rate, 256, 64, locking)
    np.testing.assert_allclose(y[inside], expected[inside], atol=1e-9)


@pytest.mark.parametrize("rate", [0.6, 1.7])
def test_what_is_new_in_a_bin_turns_as_the_loudest_near_it(rate):
    x = vibrato(1, RATE)  # no attack in it
    y = phase_vocoder(x, rate, **SIZES, locking="none")
    inside = slice(256, -256)
    expected = textbook(x, rate, 256, 64, "none", follow=True)
    np.testing.assert_allclose(y[inside], expected[inside], atol=1e-9)
    assert abs(expected - textbook(x, rate, 256, 64, "none"))[inside].max() > 0.1


@pytest.mark.parametrize("locking", LOCKING)
@pytest.mark.parametrize("shape", [(1,), (50,), (3000,), (2, 3000)])
def test_rate_one_returns_the_input(locking, shape):
    x = noise(*shape)
    y = phase_vocoder(x, 1, **SIZES, locking=locking)
    np.testing.assert_allclose(y, x, atol=1e-12)


@pytest.mark.parametrize("locking", LOCKING)
def test_jax_does_the_same(locking):
    def both(x, rate, **options):
        options = SIZES | {"locking": locking} | options
        y = jax.jit(lambda x: phase_vocoder(x, rate, **options))(x)
        return y, phase_vocoder(x, rate, **options)

    x = noise(2, 2000)
    y, _ = both(x, 1)
    np.testing.assert_allclose(y, x, atol=1e-12)
    for case in (
        both(x, 0.6, transients=False),
        both(click([0.3, 0.75], 16000), 0.8, sample_rate=16000),
    ):
        np.testing.assert_allclose(*case, atol=1e-9)


@pytest.mark.parametrize("locking", LOCKING)
@pytest.mark.parametrize("rate", [0.01, 0.5, 1.3, 100.0])
@pytest.mark.parametrize("n_samples", [100, 777])
def test_length_is_exact_and_values_finite(locking, rate, n_samples):
    y = phase_vocoder(noise(n_samples), rate, **SIZES, locking=locking)
    assert y.shape == (round(n_samples / rate),)
    assert np.isfinite(y).all()


def test_silence_stays_silent(xp, compiled):
    stretch = compiled(lambda x: phase_vocoder(x, 0.8, **SIZES))
    assert not np.any(np.asarray(stretch(xp.zeros(2000))))


def test_a_freeze_holds_the_pitch(xp, compiled):
    x = xp.asarray(sine(500.0, 2000))
    y = np.asarray(compiled(lambda x: phase_vocoder(x, FREEZE, **SIZES))(x))
    assert y.shape == (5000,)
    frozen = y[1300:3700]
    spectrum = abs(np.fft.rfft(frozen * hann(2400), 24000))
    assert abs(spectrum.argmax() * RATE / 24000 - 500.0) < 1.0
    loudness = [np.std(frozen[n : n + 400]) for n in range(0, 2000, 400)]
    assert max(loudness) / min(loudness) < 1.01


def test_backwards_is_finite_and_as_loud():
    x = sine(500.0, 2000)
    y = phase_vocoder(x, [(2000, 0), (0, 3000)], **SIZES)
    assert abs(np.std(y[500:2500]) / np.std(x) - 1) < 0.02


@pytest.mark.parametrize("rate", [0.5, 0.8, 1.25, 2.0])
def test_a_sine_stays_a_sine(rate):
    y = phase_vocoder(sine(443.7, 30000, 22050), rate, sample_rate=22050)
    inside = y[3000:-3000]
    t = np.arange(len(inside)) / 22050
    basis = np.stack([np.cos(2 * np.pi * 443.7 * t), np.sin(2 * np.pi * 443.7 * t)], 1)
    fit = basis @ np.linalg.lstsq(basis, inside, rcond=None)[0]
    assert np.std(inside - fit) < 10 ** (-83 / 20) * np.std(fit)


def vibrato(rate, sample_rate=16000):
    """One second of a tone with vibrato, 20 harmonics, as it should sound at a rate."""
    t = np.arange(round(sample_rate / rate)) * rate / sample_rate
    phase = (2 * np.pi * 220 * t + 1.5 * np.sin(2 * np.pi * 5 * t)) / rate
    return sum(np.cos(k * phase) / k for k in range(1, 21)) * np.sin(np.pi * t)


@pytest.mark.parametrize("rate", [0.5, 0.8, 1.25])
def test_locking_keeps_a_vibrato_tone(rate):
    def error(locking, transients=False):
        options = {"locking": locking, "transients": transients}
        y = phase_vocoder(vibrato(1), rate, sample_rate=16000, **options)
        wanted, got = (
            abs(stft(v, n_fft=512, hop_length=128)) for v in (vibrato(rate), y)
        )
        return np.linalg.norm(got - wanted) / np.linalg.norm(wanted)

    assert error("identity") < 0.06
    assert error("identity") < error("loose") / 1.5 < error("none") / 3
    assert error("none", transients=True) < error("none") / 2


def click(times, n_samples, sample_rate=16000):
    y = np.zeros(n_samples)
    for time in times:
        n = int(round(time * sample_rate))
        y[n : n + 300] += noise(300, seed=3) * np.exp(-np.arange(300) / 60)
    return y


def pre_echo_db(y, n):
    """Energy in the 25 ms before an attack at sample n, to that around it."""
    before, after = y[n - 440 : n - 40] ** 2, y[n - 40 : n + 120] ** 2
    return 10 * np.log10(before.mean() / after.mean() + 1e-12)


@pytest.mark.parametrize("locking", LOCKING)
@pytest.mark.parametrize("rate", [0.5, 0.8, 1.7])
def test_attacks_stay_sharp_and_on_time(locking, rate):
    times = np.array([0.3, 0.75, 1.1])
    x = click(times, 24000)

    def echoes(transients):
        y = phase_vocoder(
            x, rate, sample_rate=16000, locking=locking, transients=transients
        )
        return [pre_echo_db(y, int(round(t / rate * 16000))) for t in times]

    assert max(echoes(True)) < -38
    assert min(echoes(False)) > -25


@pytest.mark.parametrize("rate", [0.5, 1.7])
def test_a_tone_goes_on_through_an_attack(rate):
    tone = 0.2 * sine(443.7, 32000, 16000)
    y = phase_vocoder(tone + click([1.0], 32000), rate, sample_rate=16000)
    n = int(round(16000 / rate))
    hit = click([1.0], 20000)[15600:16400]
    rest = y[n - 2400 : n + 2400].copy()
    rest[2000:2800] -= hit
    t = np.arange(4800) / 16000
    basis = np.stack([np.cos(2 * np.pi * 443.7 * t), np.sin(2 * np.pi * 443.7 * t)], 1)
    fit = basis @ np.linalg.lstsq(basis, rest, rcond=None)[0]
    assert abs(np.std(fit) / np.std(tone) - 1) < 0.05
    assert np.std(rest - fit) < 0.15 * np.std(fit)


def test_without_attacks_transients_change_nothing():
    x = vibrato(1) + 0.0
    kept, plain = (
        phase_vocoder(x, 0.8, sample_rate=16000, transients=t) for t in (True, False)
    )
    inside = slice(len(kept) // 2, None)
    assert np.corrcoef(kept[inside], plain[inside])[0, 1] > 0.99


def test_gain_passes_through(xp, compiled):
    x = xp.asarray(noise(2000))
    stretch = compiled(lambda x: phase_vocoder(x, 0.8, **SIZES))
    np.testing.assert_allclose(stretch(1e-3 * x), 1e-3 * stretch(x), 1e-6)


@pytest.mark.parametrize("rate", [0.7, 1.5])
@pytest.mark.parametrize("locking", LOCKING)
def test_a_delay_between_channels_stays(rate, locking):
    source = np.convolve(noise(20000), np.ones(3))
    x = np.stack([source[8:16008], source[:16000]])  # the right one 8 samples later
    y = phase_vocoder(x, rate, sample_rate=22050, locking=locking)
    left, right = y[0, 2000:-2008], y[1, 2008:-2000]
    assert np.corrcoef(left, right)[0, 1] > 0.98


def test_equal_channels_sound_like_one(xp, compiled):
    x = noise(2000)
    pair = xp.asarray(np.stack([x, x]))
    y = compiled(lambda x: phase_vocoder(x, 0.8, **SIZES))(pair)
    np.testing.assert_allclose(y[1], phase_vocoder(x, 0.8, **SIZES), atol=1e-9)


def test_opposite_channels_do_not_cancel():
    x = noise(2000)
    y = phase_vocoder(np.stack([x, -x]), 0.8, **SIZES)
    np.testing.assert_allclose(y[0], phase_vocoder(x, 0.8, **SIZES), atol=1e-9)


def test_both_libraries_and_a_batch_under_jit():
    x = noise(3, 1500)
    one = jax.jit(jax.vmap(lambda x: phase_vocoder(x, 0.8, **SIZES)))
    expected = np.stack([phase_vocoder(row, 0.8, **SIZES) for row in x])
    np.testing.assert_allclose(one(x), expected, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_and_library_are_kept(xp, compiled, dtype):
    x = xp.asarray(noise(2000), dtype=dtype)
    y = compiled(lambda x: phase_vocoder(x, 0.8, **SIZES))(x)
    assert y.dtype == dtype
    assert isinstance(y, type(xp.zeros(1)))


def test_float32_is_nearly_as_good():
    x = sine(500.0, 20000) * hann(20000)
    y = phase_vocoder(x.astype(np.float32), 0.8, **SIZES)
    np.testing.assert_allclose(y, phase_vocoder(x, 0.8, **SIZES), atol=1e-3)


def test_gradient():
    sizes = {"sample_rate": RATE, "n_fft": 16, "hop_length": 4, "locking": "none"}
    x = jax.numpy.asarray(noise(40))

    def stretched(x):
        return phase_vocoder(x, 0.8, **sizes)

    options = {"order": 1, "modes": ["rev"], "eps": 1e-7, "rtol": 1e-4}
    check_grads(jax.jit(stretched), (x,), **options)


def test_gradient_of_silence_is_finite():
    total = jax.jit(jax.grad(lambda x: phase_vocoder(x, 0.8, **SIZES).sum()))
    g = total(jax.numpy.zeros(500))
    assert np.isfinite(np.asarray(g)).all()


@pytest.mark.parametrize("hop_length", [50, 128])
def test_dual_window_inverts(hop_length):
    w = hann(256)
    product = np.zeros(256 + 40 * hop_length)
    for m in range(41):
        product[m * hop_length :][:256] += w * dual_window(w, hop_length)
    np.testing.assert_allclose(product[256:-256], 1.0, atol=1e-12)


def test_last_region_runs_to_nyquist(xp):
    power = xp.asarray([0.0, 1, 5, 1, 0, 0, 0, 2, 0, 0, 0, 0.0])
    assert np.asarray(nearest_peak(power)).tolist() == [2] * 5 + [7] * 7


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"n_fft": 2}, "n_fft must be an integer at least 4"),
        ({"hop_length": 200}, "hop_length must be an integer in 1..128"),
        ({"locking": "yes"}, "locking must be one of"),
        ({"sample_rate": 0}, "sample_rate must be"),
    ],
)
def test_errors(change, match):
    with pytest.raises(ValueError, match=match):
        phase_vocoder(noise(1000), 0.8, **(SIZES | change))

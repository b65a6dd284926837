import jax
import numpy as np
import pytest
from jax.test_util import check_grads

from dsplab.analysis.comparison import (
    cents_between,
    crest_db,
    interchannel_correlation,
    log_spectral_distance,
    mel_cepstral_distance,
    pitch_error,
    rms_db,
    sine_snr_db,
    snr_db,
    spectral_convergence,
)

RATE = 16000
RNG = np.random.default_rng(0)
NOISE = RNG.standard_normal((2, RATE))
T = np.arange(2 * RATE) / RATE
PAIRS = [
    snr_db,
    spectral_convergence,
    log_spectral_distance,
    lambda x, y: mel_cepstral_distance(x, y, sample_rate=RATE),
]
NAMES = ["snr", "convergence", "log_spectral", "mel_cepstral"]


def test_snr_of_noise_at_a_known_level(xp, compiled):
    x = NOISE[0] / np.linalg.norm(NOISE[0])
    error = NOISE[1] / np.linalg.norm(NOISE[1])
    levels = np.array([0.0, 20.0, 60.0, 120.0])
    y = x + 10.0 ** (-levels[:, None] / 20) * error
    got = compiled(snr_db)(xp.asarray(np.broadcast_to(x, y.shape)), xp.asarray(y))
    np.testing.assert_allclose(got, levels, atol=1e-6)


def test_snr_of_equal_and_of_silent_signals(xp):
    x, zero = xp.asarray(NOISE[0]), xp.zeros(9)
    assert abs(float(snr_db(x, x)) - 300) < 1e-9
    assert float(snr_db(zero, zero)) == 0
    assert float(snr_db(x.astype(xp.float32), x.astype(xp.float32))) > 200


def test_spectra_of_a_quieter_copy(xp, compiled):
    x = xp.asarray(NOISE)

    def measures(y):
        return (
            spectral_convergence(x, y),
            log_spectral_distance(x, y, floor_db=-400.0),
            mel_cepstral_distance(x, y, sample_rate=RATE),
        )

    measures = compiled(measures)
    for ratio in (0.5, 0.1, 0.001):
        convergence, level, cepstral = measures(ratio * x)
        np.testing.assert_allclose(convergence, 1 - ratio, atol=1e-9)
        np.testing.assert_allclose(level, -20 * np.log10(ratio), atol=1e-6)
        np.testing.assert_allclose(cepstral, 0, atol=1e-6)


def test_spectral_convergence_is_its_definition():
    x, y = NOISE[0][:5000], NOISE[1][:5000]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / 512)
    padded = np.pad([x, y], [(0, 0), (256, 256)])
    starts = range(0, 5001, 128)
    X, Y = ([abs(np.fft.rfft(z[s : s + 512] * window)) for s in starts] for z in padded)
    expected = np.linalg.norm(np.subtract(X, Y)) / np.linalg.norm(X)
    got = spectral_convergence(x, y, n_fft=512, hop_length=128)
    assert abs(got - expected) < 1e-9


def test_spectra_of_silence(xp, compiled):
    x, zero = xp.asarray(NOISE[0]), xp.zeros(RATE)
    convergence = compiled(spectral_convergence)
    distance = compiled(log_spectral_distance)
    assert float(convergence(x, zero)) == 1
    assert float(convergence(zero, zero)) == 0
    assert float(distance(zero, zero)) == 0
    assert 50 < float(distance(x, zero)) <= 80


def test_mel_cepstral_distance_hears_timbre_more_than_phase():
    harmonics = np.arange(1, 20)[:, None]
    angle = 2 * np.pi * 200 * harmonics * T
    dull = (np.sin(angle) / harmonics**2).sum(axis=0)
    bright = np.sin(angle).sum(axis=0)
    shifted = (np.cos(angle) / harmonics**2).sum(axis=0)
    far = mel_cepstral_distance(dull, bright, sample_rate=RATE)
    near = mel_cepstral_distance(dull, shifted, sample_rate=RATE)
    assert far > 5 and near < 0.2 * far


def sine_snr(x):
    return sine_snr_db(x, frequency=440.0, sample_rate=RATE)


def test_sine_snr_finds_the_noise_not_the_detuning(xp, compiled):
    cases = [(f, level) for f in (441.37, 440.9, 439.0) for level in (40.0, 80.0)]
    x = np.empty((len(cases), RATE))
    for row, (frequency, level) in zip(x, cases, strict=True):
        noise = RNG.standard_normal(RATE) * np.sqrt(0.5) * 10 ** (-level / 20)
        row[:] = np.cos(2 * np.pi * frequency * T[:RATE] + 1) + noise
    got = compiled(sine_snr)(xp.asarray(x))
    np.testing.assert_allclose(got, [level for _, level in cases], atol=0.3)


def test_sine_snr_of_a_perfect_sine_and_of_silence(xp, compiled):
    measure = compiled(sine_snr)
    x = xp.asarray(0.3 * np.sin(2 * np.pi * 440.123 * T[:RATE]))
    assert float(measure(x)) > 200
    assert np.isfinite(measure(xp.zeros(RATE) + 1e-9))
    assert 95 < float(measure(x.astype(xp.float32))) < 160


def test_crest_of_known_waves(xp, compiled):
    angle = 2 * np.pi * 100 * T
    square, sine = np.sign(np.sin(angle + 0.01)), np.sin(angle)
    pulses = np.where(np.arange(T.size) % 160 == 0, 1.0, 0.0)
    x = xp.asarray(np.stack([square, sine, pulses]))
    measure = compiled(lambda x: crest_db(x, sample_rate=RATE))
    for amplitude in (1.0, 0.01):
        got = measure(amplitude * x)
        np.testing.assert_allclose(got, [0, 3.0103, 10 * np.log10(160)], atol=1e-3)


def test_crest_leaves_out_what_is_quiet():
    x = np.sin(2 * np.pi * 100 * T)
    x[RATE:] = 0.0
    x[RATE::777] = 1e-3
    assert abs(crest_db(x, sample_rate=RATE) - 3.0103) < 1e-3


def test_rms(xp, compiled):
    x = xp.asarray(np.stack([np.ones(100), 0.1 * np.ones(100), np.zeros(100)]))
    np.testing.assert_allclose(compiled(rms_db)(x), [0, -20, -300], atol=1e-6)


def test_cents(xp, compiled):
    f0 = xp.asarray([440.0, 880.0, 220.0, np.nan, 440.0, 0.0])
    reference = xp.asarray([440.0, 440.0, 440.0, 440.0, np.nan, 440.0])
    expected = [0, 1200, -1200, np.nan, np.nan, np.nan]
    got = compiled(cents_between)(f0, reference)
    np.testing.assert_allclose(got, expected, atol=1e-9)


def test_pitch_error(xp, compiled):
    reference = xp.asarray([np.nan, 100.0, 100.0, 100.0, 100.0])
    cents = np.array([0.0, 3.0, -5.0, 1200.0, np.nan])
    f0 = 100.0 * 2 ** (xp.asarray(cents) / 1200)
    error = compiled(pitch_error)(f0, reference)
    assert abs(float(error.cents) - 5.0) < 1e-6
    assert float(error.percent_wrong) == 50.0


@pytest.mark.parametrize("lag", [0, 7, -7])
def test_interchannel_correlation_of_a_delayed_pair(xp, lag):
    left = NOISE[0].copy()
    left[:10] = left[-10:] = 0
    x = xp.asarray(np.stack([left, np.roll(left, lag)]))
    assert abs(float(interchannel_correlation(x, lag=lag)) - 1) < 1e-12
    assert abs(float(interchannel_correlation(x, lag=lag + 1))) < 0.05
    assert (
        abs(
            float(interchannel_correlation(x * xp.asarray([[1.0], [-3.0]]), lag=lag))
            + 1
        )
        < 1e-12
    )
    assert float(interchannel_correlation(xp.zeros((2, 9)))) == 0


@pytest.mark.parametrize("measure", PAIRS, ids=NAMES)
def test_batches_dtype_jit_and_vmap(measure):
    x, y = (NOISE[:, :6000].astype(np.float32) for _ in range(2))
    y = y + 0.1 * NOISE[::-1, :6000].astype(np.float32)
    together = measure(x, y)
    assert together.shape == (2,) and together.dtype == np.float32
    single = [measure(a, b) for a, b in zip(x, y, strict=True)]
    np.testing.assert_allclose(together, single, rtol=1e-5)
    np.testing.assert_allclose(jax.jit(measure)(x, y), together, rtol=1e-3)
    mixed = jax.jit(lambda y: measure(x, y))(y)  # a NumPy and a JAX array
    np.testing.assert_allclose(mixed, together, rtol=1e-3)
    np.testing.assert_allclose(jax.jit(jax.vmap(measure))(x, y), together, rtol=1e-3)


@pytest.mark.parametrize("measure", PAIRS, ids=NAMES)
def test_gradient(measure):
    x, y = NOISE[:, :3000]
    options = {"order": 1, "modes": ["rev"], "atol": 1e-3, "rtol": 1e-3}
    check_grads(jax.jit(lambda y: measure(x, y)), (jax.numpy.asarray(y),), **options)


@pytest.mark.parametrize("measure", PAIRS, ids=NAMES)
def test_shapes_must_agree(measure):
    with pytest.raises(ValueError, match=r"y must have the shape of x, \(90,\)"):
        measure(np.zeros(90), np.zeros(91))


def test_wrong_arguments():
    with pytest.raises(ValueError, match=r"x must have shape \(..., 2, n_samples\)"):
        interchannel_correlation(NOISE[0])
    with pytest.raises(ValueError, match="lag must be an integer"):
        interchannel_correlation(NOISE, lag=RATE)
    with pytest.raises(ValueError, match="frame_seconds must be"):
        crest_db(NOISE, sample_rate=RATE, frame_seconds=0)
    with pytest.raises(ValueError, match="x must have at least 9600 samples"):
        sine_snr_db(NOISE[0, :9000], frequency=440, sample_rate=RATE)
    with pytest.raises(ValueError, match="n_coefficients must be .* 1..39"):
        mel_cepstral_distance(*NOISE, sample_rate=RATE, n_coefficients=40)

"""Two-way mismatch, pYIN and the cepstrum: voices, missing fundamentals, silence."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import jit

from dsplab.analysis.cepstral_pitch import cepstral_pitch
from dsplab.analysis.pitch import autocorrelation_pitch, yin
from dsplab.analysis.pyin import probabilities, pyin
from dsplab.analysis.two_way_mismatch import mismatch, two_way_mismatch

RATE = 16000
N = 12800  # of every sound, so that JAX compiles once
T = np.arange(N) / RATE
NEW = [two_way_mismatch, pyin, cepstral_pitch]
TRACKERS = [autocorrelation_pitch, *NEW]
# each is compiled for one call: that takes longer than the call
JITTED = {f: jit(lambda x, f=f: f(x, sample_rate=RATE)) for f in NEW}
FULL = {k: 1 / k for k in range(1, 30)}
NOISE = np.random.default_rng(0).standard_normal(N)


def voice(f0, partials=None):
    """A harmonic tone with a constant f0, or a function of time; its f0."""
    curve = f0(T) if callable(f0) else np.full(N, f0)
    cycles = np.cumsum(curve) / RATE - 0.5 * curve / RATE
    cycles = cycles - 0.5 * (curve - curve[0]) / RATE
    x = sum(
        a * np.cos(2 * np.pi * k * cycles + 0.7 * k * k)
        for k, a in (partials or FULL).items()
        if k * curve.max() < 0.45 * RATE
    )
    return 0.1 * x, curve


def cents(track, curve, edge=0.1):
    """Error of every frame inside; NaN where it is unvoiced."""
    wanted = np.interp(track.times * RATE, np.arange(N), curve)
    inside = (track.times > edge) & (track.times < track.times[-1] - edge)
    return np.abs(1200 * np.log2(np.asarray(track.f0) / wanted))[inside]


VOICES = {
    "220 Hz": (220.0, None),
    "low": (70.0, None),
    "high": (950.0, None),
    "one sine": (440.0, {1: 1.0}),
    "no fundamental": (200.0, {k: 1 / k for k in range(2, 12)}),
    "none of the first three": (150.0, dict.fromkeys(range(4, 12), 1.0)),
    "odd harmonics": (150.0, {k: 1 / k for k in range(1, 30, 2)}),
    "weak fundamental": (200.0, {1: 0.05, 2: 1.0, 3: 0.3, 4: 0.2}),
    "a gap": (130.0, {1: 1.0, 2: 0.6, 3: 0.5, 11: 0.5, 12: 1.0, 13: 0.4}),
}


@pytest.mark.parametrize("tracker", TRACKERS)
@pytest.mark.parametrize("name", VOICES)
def test_steady_voices_to_a_twentieth_of_a_cent(tracker, name):
    f0, partials = VOICES[name]
    x, curve = voice(f0, partials)
    assert np.median(cents(tracker(x, sample_rate=RATE), curve)) < 0.05


@pytest.mark.parametrize("tracker", [*TRACKERS, yin])
@pytest.mark.parametrize("sample_rate", [22050, 44100, 48000])
def test_high_voices_full_of_partials_to_a_twentieth_of_a_cent(tracker, sample_rate):
    t = np.arange(0.4 * sample_rate) / sample_rate
    for f0 in (777.0, 1117.0, 1950.0):
        some = range(1, int(0.4 * sample_rate / f0) + 1)
        x = sum(np.cos(2 * np.pi * k * f0 * t + 0.7 * k * k) / k for k in some)
        track = tracker(x, sample_rate=sample_rate, f_min=200.0, f_max=2200.0)
        error = 1200 * np.log2(track.f0[8:-8] / f0)
        assert np.median(np.abs(error)) < 0.05


@pytest.mark.parametrize("tracker", TRACKERS)
def test_vibrato_and_glides_as_they_move(tracker):
    x, curve = voice(lambda t: 220 * 2 ** (0.05 * np.sin(2 * np.pi * 5.5 * t)))
    error = cents(tracker(x, sample_rate=RATE, f_min=65), curve)
    assert np.median(error) < 1.0 and error.max() < 2.5
    x, curve = voice(lambda t: 90 * 4 ** (t / T[-1]))
    most = 0.8 if tracker is pyin else 0.3
    assert np.median(cents(tracker(x, sample_rate=RATE), curve)) < most


@pytest.mark.parametrize("tracker", TRACKERS)
def test_loud_noise_moves_no_frame_by_a_quarter_tone(tracker):
    x, curve = voice(220.0)
    # within 8 kHz as loud as noise at 0 dB within 22 kHz
    error = cents(tracker(x + 0.6 * x.std() * NOISE, sample_rate=RATE), curve)
    assert error.max() < 50 and np.median(error) < 6


@pytest.mark.parametrize("tracker", TRACKERS)
def test_noise_and_silence_have_no_pitch(tracker):
    dark = np.convolve(NOISE, np.hanning(16), mode="same")
    for x in (NOISE, dark, 0 * NOISE):
        track = tracker(x, sample_rate=RATE)
        assert np.isnan(track.f0).all() and np.isfinite(track.voicing).all()


@pytest.mark.parametrize("tracker", TRACKERS)
def test_voiced_unvoiced_and_silent_parts_are_told_apart(tracker):
    x, curve = voice(lambda t: 180 * 2 ** (0.3 * np.sin(8 * t)))
    place = T % 0.4
    hiss = np.diff(NOISE, prepend=0.0)
    x = np.where(place < 0.2, x, np.where(place < 0.32, 0.05 * hiss, 0.0))
    track = tracker(x, sample_rate=RATE)
    at = track.times % 0.4
    voiced, silent = (at > 0.025) & (at < 0.175), (at > 0.225) & (at < 0.375)
    assert np.isfinite(track.f0[voiced]).all()
    assert np.isnan(track.f0[silent]).all()
    wanted = np.interp(track.times * RATE, np.arange(N), curve)
    assert np.abs(1200 * np.log2(track.f0 / wanted))[voiced].max() < 20


def test_random_voices_are_followed():
    """Any spectrum, pitch, glide and vibrato, with noise 10 dB below and less."""
    right = dict.fromkeys(TRACKERS, 0)
    rng = np.random.default_rng(1)
    n_voices = 12
    for k in range(n_voices):
        n = np.arange(1, rng.integers(6, 30))
        level = n ** -rng.uniform(0.3, 1.5) * rng.uniform(0.2, 1.0, len(n))
        level = np.where(n <= k % 4, 0.0, level) if k % 2 else level
        low, slide, depth = rng.uniform(75, 500), rng.normal() * 0.2, rng.uniform(0, 40)
        x, curve = voice(
            lambda t, low=low, slide=slide, depth=depth: (
                low * 2 ** (slide * t + depth / 1200 * np.sin(30 * t))
            ),
            dict(zip(n.tolist(), level, strict=True)),
        )
        x = x + x.std() * 10 ** -rng.uniform(0.5, 2.0) * NOISE
        for tracker in TRACKERS:
            error = cents(tracker(x, sample_rate=RATE), curve)
            right[tracker] += (error < 50).all()
    assert right[autocorrelation_pitch] == n_voices
    assert right[two_way_mismatch] == n_voices
    assert right[cepstral_pitch] >= n_voices - 1
    assert right[pyin] >= n_voices - 1


@pytest.mark.parametrize("tracker", NEW)
def test_both_libraries_batches_and_dtype(tracker):
    x = np.stack([voice(220.0)[0], voice(150.0)[0] * np.sin(np.pi * T / T[-1])])
    wanted = tracker(x, sample_rate=RATE)
    track = JITTED[tracker](jnp.asarray(x))
    assert isinstance(track.f0, jax.Array) and track.f0.dtype == np.float64
    for a, b in zip(track, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)
    one = tracker(x[1], sample_rate=RATE)
    np.testing.assert_allclose(one.f0, wanted.f0[1], rtol=1e-9)
    single = tracker(x.astype(np.float32), sample_rate=RATE)
    assert single.f0.dtype == single.voicing.dtype == np.float32
    np.testing.assert_allclose(single.f0[0, 10:-10], 220.0, rtol=1e-4)


def test_the_gradient_of_the_pitch_by_the_pitch_is_one():
    t, k = np.arange(1600) / 8000, np.arange(1, 8)[:, None]

    @jit
    @jax.grad
    def slope(f0):
        x = jnp.sum(jnp.cos(2 * jnp.pi * k * f0 * t) / k, axis=0)
        track = two_way_mismatch(x, sample_rate=8000, f_min=80.0)
        return track.f0[5:15].mean()

    assert abs(slope(200.0) - 1.0) < 2e-3


@pytest.mark.parametrize("tracker", NEW)
def test_frames_are_those_of_every_tracker(tracker):
    x, _ = voice(220.0)
    track = tracker(x[:1600], sample_rate=RATE, hop_length=100)
    same = autocorrelation_pitch(x[:1600], sample_rate=RATE, hop_length=100)
    np.testing.assert_array_equal(track.times, same.times)
    assert track.f0.shape == track.voicing.shape == (17,)
    assert tracker(x[:3], sample_rate=RATE).f0.shape == (1,)


@pytest.mark.parametrize("tracker", TRACKERS)
def test_hops_do_not_matter(tracker):
    x, curve = voice(lambda t: 220 * 2 ** (0.05 * np.sin(2 * np.pi * 5.5 * t)))
    for hop_length in (40, 400):
        track = tracker(x, sample_rate=RATE, hop_length=hop_length, f_min=65)
        assert np.median(cents(track, curve)) < 2.5


@pytest.mark.parametrize("tracker", NEW)
def test_errors(tracker):
    with pytest.raises(ValueError, match="f_min < f_max"):
        tracker(T, sample_rate=RATE, f_min=500, f_max=400)
    with pytest.raises(ValueError, match="hop_length"):
        tracker(T, sample_rate=RATE, hop_length=0)
    with pytest.raises(ValueError, match="sample_rate"):
        tracker(T, sample_rate=-1)
    with pytest.raises(ValueError, match="int16"):
        tracker(T.astype(np.int16), sample_rate=RATE)


def test_errors_of_their_own():
    with pytest.raises(ValueError, match="threshold must be below 1"):
        pyin(T, sample_rate=RATE, threshold=1.0)
    with pytest.raises(ValueError, match="switch"):
        pyin(T, sample_rate=RATE, switch=0.0)
    with pytest.raises(ValueError, match="n_peaks"):
        two_way_mismatch(T, sample_rate=RATE, n_peaks=1)
    with pytest.raises(ValueError, match="tolerance"):
        two_way_mismatch(T, sample_rate=RATE, tolerance=0.0)
    with pytest.raises(ValueError, match="range_db"):
        cepstral_pitch(T, sample_rate=RATE, range_db=0.0)


def test_probabilities_are_the_share_of_thresholds():
    dips = np.array([0.5, 0.2, 0.3, 0.05, 0.4, 2.0])
    s = np.linspace(0, 1, 200001)
    beta = np.cumsum(s * (1 - s) ** 17)  # Beta(2, 18), summed by rectangles
    thresholds = np.interp((np.arange(200000) + 0.5) / 200000, beta / beta[-1], s)
    first = np.argmax(dips[:, None] < thresholds, axis=0)
    taken = (dips[:, None] < thresholds).any(axis=0)
    wanted = np.bincount(first[taken], minlength=6) / len(thresholds)
    wanted[3] += 0.01 * (1 - taken.mean())  # the deepest, where none is deep enough
    np.testing.assert_allclose(probabilities(dips, 0.1, 0.01), wanted, atol=2e-5)


def test_mismatch_equals_its_definition():
    f0, tolerance, missing = 100.0, 0.2, 0.4
    frequency, amplitude = np.array([205.0, 390.0, 640.0]), np.array([1.0, 0.25, 0.04])
    close = np.maximum(1 - np.array([0.05, 0.1, 0.4]) / tolerance, 0)
    measured = 1 - (1.0 * close[0] + 0.5 * close[1]) / (1.0 + 0.5 + 0.2)
    predicted = 1 - close.sum() / 6
    got = mismatch(np.array([f0]), frequency, amplitude, missing, tolerance)
    np.testing.assert_allclose(got, measured + missing * predicted)


@pytest.mark.parametrize("tracker", [*TRACKERS, yin])
def test_recordings(tracker, recordings):
    import soundfile

    for name, f0 in (("flute-A4", 443.0), ("trumpet-A4", 440.0), ("soprano-E4", 329.6)):
        x, sample_rate = soundfile.read(recordings / f"{name}.wav")
        f = tracker(x[: 2 * sample_rate], sample_rate=sample_rate).f0
        assert abs(1200 * np.log2(np.nanmedian(f) / f0)) < 60, name
    x, sample_rate = soundfile.read(recordings / "ocean.wav")
    f = tracker(x[: 2 * sample_rate], sample_rate=sample_rate).f0
    assert np.isfinite(f).mean() < 0.1

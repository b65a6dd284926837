"""TD-PSOLA and the resampling under it."""

import jax
import numpy as np
import pytest
from jax.test_util import check_grads

from dsplab.analysis.onsets import onset_error, pre_echo_db
from dsplab.analysis.pitch import autocorrelation_pitch
from dsplab.analysis.pitch_marks import PitchMarks, pitch_marks
from dsplab.resampling import TAPS, halfway, resample
from dsplab.stretch.psola import Grains, place_grains, plan_grains, psola

RATE = 16000


def vowel(f0=120.0, seconds=1.0, ratio=1.0):
    """Cosines under two formants at 700 and 1200 Hz, which `ratio` leaves in place."""
    t = np.arange(int(seconds * RATE)) / RATE
    f = np.full_like(t, f0) if np.isscalar(f0) else f0(t)
    phase = 2 * np.pi * np.cumsum(f * ratio) / RATE
    y = 0.0
    for k in range(1, int(6000 / (f.max() * ratio)) + 1):
        gain = sum(1 / (1 + ((k * f * ratio - c) / 60) ** 2) for c in (700, 1200))
        y = y + gain * np.cos(k * phase)
    return 0.1 * y * np.clip(np.minimum(t, seconds - t) / 0.02, 0, 1)


def creaky(seconds=1.0):
    """A low voice with two gaps of noise and one of silence."""
    x = vowel(lambda t: 60 + 60 * t, seconds)
    noise = 0.05 * np.random.default_rng(0).standard_normal(len(x))
    x[4000:6000], x[9000:10000] = noise[4000:6000], 0.0
    return x


def frames(y):
    """Magnitude spectra of 128 ms each, without the two ends."""
    y = y[1024:-1024]
    y = y[: len(y) // 2048 * 2048].reshape(-1, 2048)
    return np.abs(np.fft.rfft(y * np.hanning(2048)))


def median_f0(y, **options):
    return np.nanmedian(autocorrelation_pitch(y, sample_rate=RATE, **options).f0)


@pytest.mark.parametrize("f0", [60.0, 120.0, 233.0, 700.0])
@pytest.mark.parametrize("rate", [0.5, 0.8, 1.25, 2.0])
def test_a_stretched_vowel_is_the_vowel(f0, rate):
    x, wanted = vowel(f0), vowel(f0, 1 / rate)
    y = psola(x, rate, sample_rate=RATE)
    assert y.shape == wanted.shape
    a, b = frames(y), frames(wanted)
    assert np.linalg.norm(a - b) < 0.06 * np.linalg.norm(b)


@pytest.mark.parametrize("semitones", [-12, -5, 4, 12])
def test_pitch_is_shifted_and_formants_stay(semitones):
    ratio = 2 ** (semitones / 12)
    x = vowel(140.0)
    y = psola(x, 1.0, sample_rate=RATE, pitch_ratio=ratio)
    f0 = median_f0(y)
    assert abs(1200 * np.log2(f0 / (140 * ratio))) < 1.5
    power = np.abs(np.fft.rfft(y * np.hanning(len(y)))) ** 2
    f = np.fft.rfftfreq(len(y), 1 / RATE)
    first = (f > 400) & (f < 950)
    assert abs(np.sum(f[first] * power[first]) / np.sum(power[first]) - 700) < 40
    if semitones < 12:  # as loud as before; then no partial is on a formant any more
        assert abs(20 * np.log10(y.std() / x.std())) < 2.0


def test_an_octave_down_has_no_clicks():
    x = vowel(140.0)
    y = psola(x, 1.0, sample_rate=RATE, pitch_ratio=0.5)
    assert np.abs(np.diff(y)).max() < 1.6 * np.abs(np.diff(x)).max()

    def high(z):  # share of the power above 6.5 kHz, where the vowel has nothing
        power = np.abs(np.fft.rfft(z * np.hanning(len(z)))) ** 2
        return power[int(6500 / RATE * len(z)) :].sum() / power.sum()

    assert high(y) < 1e-6


@pytest.mark.parametrize("make", [creaky, vowel], ids=["creaky", "vowel"])
def test_nothing_to_do_returns_the_input(make):
    x = make()
    y = psola(x, 1.0, sample_rate=RATE)
    np.testing.assert_allclose(y, x, rtol=0, atol=1e-15)
    noise = np.random.default_rng(1).standard_normal(5000)
    np.testing.assert_allclose(psola(noise, 1, sample_rate=RATE), noise, atol=4e-15)
    same = [(0, 0), (700, 700), (len(x), len(x))]
    np.testing.assert_allclose(psola(x, same, sample_rate=RATE), x, atol=1e-15)


@pytest.mark.parametrize("n", [1, 2, 50, 777])
@pytest.mark.parametrize("rate", [0.31, 1.0, 1.7])
def test_lengths(n, rate):
    x = vowel(200.0, 0.1)[:n]
    if round(n / rate) >= 1:
        y = psola(x, rate, sample_rate=RATE)
        assert y.shape == (round(n / rate),) and np.isfinite(y).all()


@pytest.mark.parametrize("x", [np.zeros(3000), creaky()], ids=["silence", "creaky"])
@pytest.mark.parametrize("rate", [0.01, 0.1, 50.0])
def test_extreme_rates_stay_finite_and_bounded(x, rate):
    y = psola(x, rate, sample_rate=RATE)
    assert len(y) == round(len(x) / rate) and np.isfinite(y).all()
    assert np.abs(y).max() <= 1.2 * np.abs(x).max()


def test_time_map_with_freeze_and_reversal():
    x = vowel(lambda t: 100 + 100 * t)
    rate = [(0, 0), (8000, 8000), (8000, 16000), (2000, 22000)]
    y = psola(x, rate, sample_rate=RATE)
    assert y.shape == (22000,) and np.isfinite(y).all()
    np.testing.assert_allclose(y[:7500], x[:7500], atol=1e-12)
    assert abs(1200 * np.log2(median_f0(y[9000:15000]) / 150)) < 10
    assert abs(1200 * np.log2(median_f0(y[20500:22000]) / 120)) < 100


def test_start_in_the_middle_of_a_time_map():
    x = vowel(150.0)
    y = psola(x, [(4000, 0), (12000, 8000)], sample_rate=RATE)
    np.testing.assert_allclose(y[200:-200], x[4200:11800], atol=1e-12)


def test_target_and_ratio_curves():
    x = vowel(150.0)
    target = np.linspace(120, 200, 101)
    y = psola(x, 1.0, sample_rate=RATE, target_f0=target)
    f0 = autocorrelation_pitch(y, sample_rate=RATE).f0
    assert np.nanmedian(np.abs(1200 * np.log2(f0[10:-10] / target[10:-10]))) < 3
    z = psola(x, 1.0, sample_rate=RATE, pitch_ratio=target / 150)
    assert np.abs(z - y).max() < 0.1
    leave = np.where(np.arange(101) < 50, np.nan, 200.0)
    y = psola(x, 1.0, sample_rate=RATE, target_f0=leave)
    assert abs(1200 * np.log2(median_f0(y[1000:7000]) / 150)) < 3
    assert abs(1200 * np.log2(median_f0(y[9000:15000]) / 200)) < 3
    y = psola(x, 0.5, sample_rate=RATE, target_f0=np.full(101, 300.0), pitch_ratio=0.5)
    assert abs(1200 * np.log2(median_f0(y) / 150)) < 3


def test_f0_may_be_given_with_gaps():
    x = creaky()
    f0 = autocorrelation_pitch(x, sample_rate=RATE, hop_length=80).f0
    options = {"sample_rate": RATE, "f0_hop_length": 80, "pitch_ratio": 1.5}
    y = psola(x, 0.8, f0=f0, **options)
    z = psola(x, 0.8, f0=np.nan_to_num(f0), **options)
    np.testing.assert_array_equal(y, z)
    unvoiced = psola(x, 1.0, sample_rate=RATE, f0=np.full(9, np.nan), pitch_ratio=2.0)
    np.testing.assert_allclose(unvoiced, x, atol=1e-15)


def test_noise_keeps_its_level_and_does_not_buzz():
    x = np.random.default_rng(3).standard_normal(RATE)
    y = psola(x, 0.2, sample_rate=RATE)
    assert abs(20 * np.log10(y.std() / x.std())) < 2.0
    r = np.correlate(y[:20000], y[:20000], "full")[20000 : 20000 + 400]
    assert np.abs(r[40:]).max() < 0.3 * np.sum(y[:20000] ** 2)


@pytest.mark.parametrize("rate", [0.4, 0.8, 1.25, 2.0])
def test_attacks_without_a_voice_sound_once_and_on_time(rate):
    onsets = np.array([0.15, 0.32, 0.45, 0.7])
    x = np.zeros(RATE)
    burst = np.random.default_rng(1).standard_normal(480) * np.exp(-np.arange(480) / 80)
    for onset in onsets:
        x[round(onset * RATE) :][:480] += burst
    y = psola(x, rate, sample_rate=RATE)
    options = {"sample_rate": RATE}
    assert np.nanmax(onset_error(x, y, onsets, onsets / rate, **options)) < 0.0005
    added = pre_echo_db(y, onsets / rate, **options) - pre_echo_db(x, onsets, **options)
    assert np.nanmax(added) < 1.0


def test_stereo_is_cut_alike():
    x = vowel(lambda t: 110 + 30 * t)
    pair = np.stack([x, np.roll(x, 9) * 0.7])
    y = psola(pair, 0.7, sample_rate=RATE, pitch_ratio=1.2)
    assert y.shape == (2, round(RATE / 0.7))
    r = np.corrcoef(y[0][:-9], y[1][9:])[0, 1]
    assert r > 0.98
    np.testing.assert_array_equal(psola(pair[:1], 0.7, sample_rate=RATE).shape[0], 1)


def test_as_near_to_the_ideal_as_praat():
    parselmouth = pytest.importorskip("parselmouth")
    from parselmouth.praat import call

    def curve(t):
        return 150 * 2 ** (0.02 * np.sin(2 * np.pi * 5 * t))

    x = vowel(curve)
    wanted = vowel(lambda t: curve(t * 0.8), 1.25)
    ours = psola(x, 0.8, sample_rate=RATE)
    sound = parselmouth.Sound(x, RATE)
    theirs = call(sound, "Lengthen (overlap-add)", 70, 800, 1.25).values[0]

    def distance(y):
        a, b = (
            np.abs(np.fft.rfft(z[: 1024 * 19].reshape(-1, 1024) * np.hanning(1024)))
            for z in (y, wanted)
        )
        return np.linalg.norm(a - b) / np.linalg.norm(b)

    assert distance(ours) < 0.5 * distance(theirs)


def test_placing_grains_equals_the_sum(xp, compiled):
    """y[n] = sum_j gain w((n - s) / half) x(n - s + a) with whole shifts."""
    x = np.random.default_rng(4).standard_normal(400)
    marks = PitchMarks(np.arange(-40.0, 480.0, 40.0), np.ones(13, bool))
    ratio = np.full(12, 0.5)
    grains = plan_grains(marks, 1.0, 400, ratio=ratio)
    wanted = np.zeros(400)
    for s in range(-40, 480, 80):
        for n in range(max(s - 40, 0), min(s + 41, 400)):
            w = 0.5 + 0.5 * np.cos(np.pi * (n - s) / 40)
            wanted[n] += 0.5**-0.5 * w * x[n]
    got = compiled(lambda x: place_grains(x, grains))(xp.asarray(x))
    assert isinstance(got, xp.ndarray)
    np.testing.assert_allclose(got, wanted, atol=1e-9)


def test_both_libraries_and_dtypes(xp):
    x = creaky(0.4)
    y = psola(xp.asarray(x), 0.7, sample_rate=RATE, pitch_ratio=1.3)
    assert isinstance(y, xp.ndarray)
    np.testing.assert_allclose(
        y, psola(x, 0.7, sample_rate=RATE, pitch_ratio=1.3), atol=1e-9
    )
    assert psola(xp.asarray(x, np.float32), 2, sample_rate=RATE).dtype == np.float32


def test_placing_may_be_jitted_batched_and_differentiated():
    x = np.stack([vowel(100.0, 0.3), vowel(150.0, 0.3)])
    grains = []
    for one in x:
        f0 = autocorrelation_pitch(one, sample_rate=RATE).f0
        marks = pitch_marks(one, f0, sample_rate=RATE)
        grains.append(plan_grains(marks, 0.8, len(one)))
    wanted = [place_grains(a, g) for a, g in zip(x, grains, strict=True)]
    most = max(len(g.centre) for g in grains)
    padded = [
        [np.pad(v, (0, most - len(v)), mode="edge") for v in g[:-3]] for g in grains
    ]
    stacked = [np.stack(parts) for parts in zip(*padded, strict=True)]

    sizes = grains[0].n_samples, 1, max(g.longest for g in grains)

    @jax.jit
    def place(x, parts):
        return jax.vmap(lambda x, p: place_grains(x, Grains(*p, *sizes)))(x, parts)

    np.testing.assert_allclose(place(x, stacked), wanted, atol=1e-9)
    place_first = jax.jit(lambda x: place_grains(x, grains[0]))
    check_grads(place_first, (x[0],), order=1, modes=["rev"])


def test_errors():
    x = vowel(150.0, 0.1)
    with pytest.raises(ValueError, match="rate must be a positive"):
        psola(x, 0, sample_rate=RATE)
    for ratio in (0.0, 9.0, np.nan, np.ones((2, 2)), []):
        with pytest.raises(ValueError, match="pitch_ratio must"):
            psola(x, 1, sample_rate=RATE, pitch_ratio=ratio)
    with pytest.raises(ValueError, match="target_f0 must"):
        psola(x, 1, sample_rate=RATE, target_f0=[-3.0])
    with pytest.raises(ValueError, match="x must have 1 or 2"):
        psola(x[None, None], 1, sample_rate=RATE)


def test_resampling_moves_a_sine(xp, compiled):
    t = np.arange(4000)
    fade = np.clip(np.minimum(t, 3999 - t) / 400, 0, 1)
    x = np.sin(2 * np.pi * 0.05 * t) * np.sin(np.pi * fade / 2) ** 2
    y = compiled(lambda x: resample(x, 3000))(xp.asarray(x))
    assert isinstance(y, xp.ndarray)
    wanted = np.interp(np.arange(3000) * 4 / 3, t, fade)
    wanted = np.sin(np.pi * wanted / 2) ** 2 * np.sin(
        2 * np.pi * 0.05 * 4 / 3 * np.arange(3000)
    )
    np.testing.assert_allclose(y, wanted, atol=2e-4)
    back = compiled(lambda y: resample(y, 4000))(y)
    np.testing.assert_allclose(back, x, atol=1e-3)


@pytest.mark.parametrize("n", [16, 31, 64, 500])
def test_samples_half_way_between(xp, compiled, n):
    x = np.sin(2 * np.pi * 0.2 * np.arange(500)) * np.hanning(500)
    y = np.asarray(compiled(halfway)(xp.asarray(np.stack([x, -x])[:, :n])))
    assert y.shape == (2, n - 2 * TAPS + 1)
    t = np.arange(y.shape[-1]) + TAPS - 0.5
    wanted = np.sin(2 * np.pi * 0.2 * t) * np.interp(t, np.arange(500), np.hanning(500))
    np.testing.assert_allclose(y[1], -wanted, atol=2e-3)


def test_recordings(recordings):
    import soundfile

    x, sample_rate = soundfile.read(recordings / "speech-female.wav")
    np.testing.assert_allclose(psola(x, 1, sample_rate=sample_rate), x, atol=1e-14)
    y = psola(x, 0.8, sample_rate=sample_rate, pitch_ratio=2 ** (-5 / 12))
    assert np.abs(y).max() < 1.3 * np.abs(x).max()

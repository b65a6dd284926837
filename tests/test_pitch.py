"""Pitch trackers and pitch marks."""

import numpy as np
import pytest

from dsplab.analysis import _periods, _tracks, pitch
from dsplab.analysis.pitch import autocorrelation_pitch, yin
from dsplab.analysis.pitch_marks import pitch_marks

RATE = 16000
TRACKERS = [autocorrelation_pitch, yin]


def voice(f0, seconds=1.0, partials=None, sample_rate=RATE):
    """A harmonic tone with a constant f0, or a function of time."""
    t = np.arange(int(seconds * sample_rate)) / sample_rate
    curve = f0(t) if callable(f0) else np.full_like(t, f0)
    phase = 2 * np.pi * np.cumsum(curve) / sample_rate
    partials = partials or {k: 1.0 / k for k in range(1, 20)}
    top = 0.45 * sample_rate
    parts = [
        a * np.cos(k * phase) for k, a in partials.items() if k * curve.max() < top
    ]
    return 0.15 * sum(parts), curve


def cents(track, curve, sample_rate=RATE, edge=0.1):
    wanted = np.interp(track.times, np.arange(len(curve)) / sample_rate, curve)
    inside = (track.times > edge) & (track.times < track.times[-1] - edge)
    return np.abs(1200 * np.log2(np.asarray(track.f0) / wanted))[inside]


def glide(t):
    return 100 * 4**t


CASES = {
    "220 Hz": (220.0, None),
    "70 Hz": (70.0, None),
    "900 Hz": (900.0, None),
    "no fundamental": (200.0, {k: 1 / k for k in range(2, 12)}),
    "odd harmonics": (150.0, {k: 1 / k for k in range(1, 20, 2)}),
    "weak fundamental": (200.0, {1: 0.05, 2: 1.0, 3: 0.3, 4: 0.2}),
}


@pytest.mark.parametrize("tracker", TRACKERS)
@pytest.mark.parametrize("case", CASES)
def test_steady_tones_to_a_third_of_a_cent(tracker, case):
    f0, partials = CASES[case]
    x, curve = voice(f0, partials=partials)
    assert cents(tracker(x, sample_rate=RATE), curve).max() < 0.33


@pytest.mark.parametrize("tracker", TRACKERS)
def test_a_strong_second_harmonic_is_not_taken_for_the_first(tracker):
    x, curve = voice(lambda t: 190 * 0.7**t, partials={1: 0.22, 2: 1.0})
    noise = np.random.default_rng(0).standard_normal(len(x))
    track = tracker(x + 0.2 * x.std() * noise, sample_rate=RATE)
    assert cents(track, curve).max() < 50


@pytest.mark.parametrize("tracker", TRACKERS)
def test_glides_and_vibrato(tracker):
    x, curve = voice(glide)
    assert np.median(cents(tracker(x, sample_rate=RATE), curve)) < 2.5
    x, curve = voice(lambda t: 220 * 2 ** (0.05 * np.sin(2 * np.pi * 5.5 * t)))
    assert np.median(cents(tracker(x, sample_rate=RATE, f_min=80), curve)) < 2.0


@pytest.mark.parametrize("tracker", TRACKERS)
def test_noise_is_unvoiced_and_does_not_hide_a_tone(tracker):
    noise = np.random.default_rng(0).standard_normal(RATE)
    assert not np.isfinite(tracker(noise, sample_rate=RATE).f0).any()
    x, curve = voice(220.0)
    error = cents(tracker(x + noise * x.std(), sample_rate=RATE), curve)
    assert (error < 50).mean() > 0.8 and np.median(error) < 15


def test_a_frame_of_yin_asks_its_neighbours_where_they_are_surer():
    f0 = np.array([[100.0, 50.0], [100.0, 50.0], [103.0, 206.0], [99.0, 198.0]])
    dips = np.array([[0.1, 0.4], [0.3, 0.2], [0.3, 0.25], [_periods.NO_DIP, 0.4]])
    first = np.array([0, 1, 1, 1])
    # the second takes the pitch of the first; the third would, were it near; and the
    # fourth finds the pitch of the third among its own
    assert pitch._surer(f0, dips, first, 1).tolist() == [0, 0, 1, 1]
    assert pitch._surer(f0, dips, first, 0).tolist() == [0, 1, 1, 1]


def test_yin_finds_voices_in_noise_as_loud():
    right = []
    for f0 in (90.0, 150.0, 330.0, 450.0):
        x, curve = voice(f0, sample_rate=44100)
        noise = np.random.default_rng(round(f0)).standard_normal(len(x))
        track = yin(x + noise * x.std(), sample_rate=44100, f_min=65, f_max=1200)
        right.append((cents(track, curve, 44100) < 50).mean())
    assert np.mean(right) > 0.97


@pytest.mark.parametrize("tracker", TRACKERS)
def test_silence_is_unvoiced(tracker):
    track = tracker(np.zeros(4000), sample_rate=RATE)
    assert np.isnan(track.f0).all() and np.isfinite(track.voicing).all()


def test_as_precise_as_praat():
    parselmouth = pytest.importorskip("parselmouth")
    for f0 in (lambda t: 220 * 2 ** (0.05 * np.sin(35 * t)), glide):
        x, curve = voice(f0, sample_rate=44100)
        theirs = parselmouth.Sound(x, 44100).to_pitch_ac(
            time_step=0.01, pitch_floor=65, pitch_ceiling=1000
        )
        f = theirs.selected_array["frequency"]
        theirs = _tracks.Pitch(theirs.xs(), np.where(f > 0, f, np.nan), f)
        ours = autocorrelation_pitch(x, sample_rate=44100, f_min=65, f_max=1000)
        bar = np.median(cents(theirs, curve, 44100))
        assert np.median(cents(ours, curve, 44100)) < 1.05 * bar + 0.02


def test_autocorrelation_is_divided_by_that_of_the_window():
    frames = np.cos(2 * np.pi * np.arange(600) / 50)[None]
    r = _periods.autocorrelation(frames, 201)
    np.testing.assert_allclose(r[0, ::50], 1.0, atol=2e-3)


def test_difference_function_equals_its_definition():
    x = np.random.default_rng(1).standard_normal(300)
    n_lags, length = 100, 200
    fade = np.cumsum(np.sin(np.pi * np.arange(1, 9) / 9) ** 2) / 4.5
    w = np.concatenate([fade, np.ones(length - 16), fade[::-1]])
    later = [x[k : k + length] for k in range(n_lags)]
    d = np.array([np.sum(w * (x[:length] - y) ** 2) for y in later])
    wanted = d[1:] * np.arange(1, n_lags) / np.cumsum(d[1:])
    energy = _periods.stretch_energy(x[None], length)[:, :n_lags]
    got, mean, energy = _periods.difference(x[None], energy, length)
    np.testing.assert_allclose(got[0], d, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose((got / mean)[0, 1:], wanted, rtol=1e-9)
    wanted = [np.sum(w * (x[:length] ** 2 + y**2)) for y in later]
    np.testing.assert_allclose(energy[0], wanted)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_yin_of_a_quiet_voice_after_a_loud_one(dtype):
    """As of the quiet one alone: no energy is what large sums leave of each other."""
    x, _ = voice(220.0, 0.5)
    x = x + 0.05 * np.random.default_rng(0).standard_normal(len(x))
    level = {"float32": 2.0**-10, "float64": 2.0**-20}[dtype]
    x = np.concatenate([x[:4000], level * x[:4000]]).astype(dtype)
    track = yin(x, sample_rate=RATE, hop_length=100)
    alone = yin(x[4000:], sample_rate=RATE, hop_length=100)
    tolerance = {"float32": 1e-4, "float64": 1e-9}[dtype]
    for a, b in zip(track[1:], alone[1:], strict=True):
        np.testing.assert_allclose(a[50:-6], b[10:-6], rtol=tolerance)


def test_interpolated_maximum_of_a_cosine():
    r = np.cos(2 * np.pi * np.arange(120) / 23.37)[None]
    lag, height = _periods.interpolated_maximum(r, np.array([[23, 47]]))
    np.testing.assert_allclose(lag, [[23.37, 46.74]], atol=1e-3)
    np.testing.assert_allclose(height, 1.0, atol=1e-4)


def test_best_path_equals_trying_all():
    rng = np.random.default_rng(2)
    score, f = rng.random((1, 5, 3)), rng.random((1, 5, 2))
    paths = np.array(list(np.ndindex(3, 3, 3, 3, 3)))

    def value(path):
        total = sum(score[0, n, s] for n, s in enumerate(path))
        for n in range(4):
            a, b = path[n], path[n + 1]
            if (a == 0) != (b == 0):
                total -= 0.3
            elif a:
                total -= abs(f[0, n, a - 1] - f[0, n + 1, b - 1])
        return total

    wanted = max(paths, key=value)
    assert _tracks.best_path(score, f, np.abs, 0.3)[0].tolist() == wanted.tolist()


@pytest.mark.parametrize("tracker", TRACKERS)
def test_both_libraries_batches_and_dtype(tracker, xp, compiled):
    x = np.stack([voice(220.0, 0.3)[0], voice(150.0, 0.3)[0]])
    # more frames than NumPy takes at a time
    follow = compiled(lambda x: tracker(x, sample_rate=RATE, hop_length=16))
    track = follow(xp.asarray(x))
    one = tracker(x[1], sample_rate=RATE, hop_length=16)
    assert isinstance(track.f0, xp.ndarray)
    np.testing.assert_allclose(track.f0[1], one.f0, rtol=1e-9)
    single = follow(xp.asarray(x, dtype=np.float32))
    assert single.f0.dtype == np.float32
    np.testing.assert_allclose(single.f0[0], 220.0, rtol=1e-4)


@pytest.mark.parametrize("tracker", TRACKERS)
def test_frames_and_short_sounds(tracker):
    track = tracker(voice(220.0, 0.1)[0], sample_rate=RATE, hop_length=100)
    assert track.f0.shape == track.times.shape == track.voicing.shape == (17,)
    np.testing.assert_allclose(np.diff(track.times), 100 / RATE)
    assert tracker(np.ones(3) * 0.1, sample_rate=RATE).f0.shape == (1,)


@pytest.mark.parametrize("tracker", TRACKERS)
def test_errors(tracker):
    x = np.zeros(1000)
    with pytest.raises(ValueError, match="f_min < f_max"):
        tracker(x, sample_rate=RATE, f_min=500, f_max=400)
    with pytest.raises(ValueError, match="hop_length"):
        tracker(x, sample_rate=RATE, hop_length=0)
    with pytest.raises(ValueError, match="sample_rate"):
        tracker(x, sample_rate=-1)
    with pytest.raises(ValueError, match="int16"):
        tracker(x.astype(np.int16), sample_rate=RATE)


@pytest.mark.parametrize("f0", [60.0, 200.0, 1000.0])
def test_marks_are_a_period_apart(f0):
    x, curve = voice(f0)
    marks = pitch_marks(x, np.full(101, f0), sample_rate=RATE)
    between = np.diff(marks.positions[marks.voiced])
    np.testing.assert_allclose(between[3:-3], RATE / f0, atol=0.02 + 2 / 256)
    # the pulses of a cosine series are at whole periods
    phase = (marks.positions[marks.voiced] * f0 / RATE) % 1.0
    assert np.abs((phase[2:-2] + 0.5) % 1.0 - 0.5).max() < 0.04 + f0 / RATE


def test_marks_stay_on_the_waveform_through_a_glide():
    x, curve = voice(lambda t: 60 * 2**t)
    track = np.interp(np.arange(101) * 160, np.arange(len(curve)), curve)
    marks = pitch_marks(x, track * 1.01, sample_rate=RATE)  # a percent too high
    cycles = np.cumsum(curve) / RATE
    at = marks.positions[marks.voiced]
    phase = np.interp(at, np.arange(len(x)), cycles)
    assert len(at) in (86, 87, 88)
    # the distances are right, whatever the track says
    np.testing.assert_allclose(np.diff(phase)[1:-1], 1.0, atol=0.02)


def test_marks_go_on_while_the_sound_repeats_but_not_far():
    x, _ = voice(120.0)
    track = np.where((np.arange(101) >= 40) & (np.arange(101) < 60), 120.0, np.nan)
    noise = np.random.default_rng(5).standard_normal(len(x))
    ends = []
    for begin, end in ((0.0, 1.0), (0.38, 0.61)):  # of the voice; noise around it
        t = np.arange(len(x)) / RATE
        sound = np.where((t > begin) & (t < end), x, noise)
        marks = pitch_marks(sound, track, sample_rate=RATE)
        ends.append(marks.positions[marks.voiced][[0, -1]] / RATE)
    np.testing.assert_allclose(ends[0], [0.365, 0.625], atol=0.01)
    np.testing.assert_allclose(ends[1], [0.38, 0.6], atol=0.0125)


def test_marks_enclose_the_sound_and_increase():
    x, _ = voice(120.0)
    track = np.full(101, 120.0)
    track[30:50] = np.nan
    track[70:] = 0.0
    track[60:70] = 240.0
    marks = pitch_marks(x, track, sample_rate=RATE)
    assert marks.positions[0] < 0 and marks.positions[-1] > len(x)
    assert (np.diff(marks.positions) > 0).all()
    unvoiced = (marks.positions > 0.335 * RATE) & (marks.positions < 0.46 * RATE)
    assert not marks.voiced[unvoiced].any() and unvoiced.sum() > 20
    for nothing in (np.full(101, np.nan), np.zeros(1)):
        assert not pitch_marks(x, nothing, sample_rate=RATE).voiced.any()


def test_mark_errors():
    x = np.zeros(1000)
    for f0 in (np.zeros((2, 3)), np.array([np.inf]), np.array([-1.0]), np.zeros(0)):
        with pytest.raises(ValueError, match="f0 must"):
            pitch_marks(x, f0, sample_rate=RATE)
    with pytest.raises(ValueError, match="x must have 1 dim"):
        pitch_marks(np.zeros((2, 9)), np.zeros(1), sample_rate=RATE)


def test_recordings(recordings):
    import soundfile

    x, sample_rate = soundfile.read(recordings / "soprano-E4.wav")
    f0 = autocorrelation_pitch(x, sample_rate=sample_rate).f0
    assert abs(1200 * np.log2(np.nanmedian(f0) / 329.6)) < 60
    x, sample_rate = soundfile.read(recordings / "ocean.wav")
    f0 = autocorrelation_pitch(x, sample_rate=sample_rate).f0
    assert np.isfinite(f0).mean() < 0.15

"""The singer: in tune, on the beat, without a seam, formants where they were."""

import functools

import jax.numpy as jnp
import numpy as np
import pytest

from bench._singing_measures import steps_at_joints
from dsplab.analysis.pitch import autocorrelation_pitch
from dsplab.convert import db_to_amplitude
from dsplab.filters.formants import vowel
from dsplab.sources.notes import Note
from dsplab.spectral_models import harmonic_analysis
from dsplab.synths.singing import STYLES, Style, SungNote, parse_song, sing
from dsplab.synths.singing.database import find_voice
from dsplab.synths.singing.envelope import all_pole, model_db, transpose, widened
from dsplab.synths.singing.expression import loudness_curve, pitch_curve, vibrato
from dsplab.synths.singing.joints import alignment, calmed, spread, wrapped
from dsplab.synths.singing.phonemes import Syllable
from dsplab.synths.singing.selection import place_units, timetable
from dsplab.synths.singing.singer import LEAD, as_partials, plan, render

RATE, HOP = 44100, 256
PACE = HOP / RATE
TEXT = "tempo 100\nnotes C3 E3 G3 F3/2 A2/2\nwords sa ma ta la fo"
SONG = parse_song(TEXT)
STRAIGHT = STYLES["straight"]


@pytest.fixture(scope="module")
def voice():
    return find_voice("tenor")


@pytest.fixture(scope="module")
def tracks(voice):
    return plan(SONG, voice, STRAIGHT)


@pytest.fixture(scope="module")
def sung(voice, tracks):
    return render(tracks, voice, STRAIGHT)


def test_in_tune(sung):
    track = autocorrelation_pitch(sung, sample_rate=RATE, hop_length=HOP)
    times = track.times - LEAD
    steady = np.zeros(len(times), bool)
    for note, _ in SONG:
        end = note.onset + note.duration
        steady |= (times > note.onset + 0.15) & (times < end - 0.2)
    wanted = pitch_curve([note for note, _ in SONG], times, STRAIGHT)
    cents = 1200.0 * np.log2(track.f0[steady] / wanted[steady])
    assert steady.sum() > 150 and np.isfinite(cents).all()
    assert np.median(abs(cents)) < 0.5 and abs(cents).max() < 5.0


def jumps(tracks):
    """What the phase of each harmonic jumps by at the joints, in cycles."""
    partials = as_partials(tracks, PACE)
    number = np.arange(1, len(tracks.level_db) + 1)[:, None]
    turns = number * 0.5 * (tracks.f0[1:] + tracks.f0[:-1]) * PACE
    found = wrapped(np.diff(partials.angle, axis=-1) / (2.0 * np.pi) - turns)
    loud = np.minimum(tracks.level_db[:, 1:], tracks.level_db[:, :-1]) > -60.0
    joints = np.array(tracks.joints) - 1
    return np.where(loud, abs(found), 0.0)[:, joints]


def test_no_phase_jumps_at_joints(voice, tracks):
    assert len(tracks.joints) > 12
    assert jumps(tracks).max() < 1e-6
    assert jumps(plan(SONG, voice, STRAIGHT, joined=False)).max() > 0.1


def test_no_spectral_jumps_at_joints(voice, tracks, sung):
    """From frame to frame not more than half as much again as inside the same vowel."""
    table = timetable(place_units(SONG, voice))
    takes = [sung, *(render(tracks, voice, STRAIGHT, rng=seed) for seed in (1, 2))]
    ratio, inside, _ = steps_at_joints(tracks, takes, table)
    assert len(ratio) == 10 and (ratio <= 1.5).all()
    assert 0.9 < np.median(inside) < 1.1
    apart = plan(SONG, voice, STRAIGHT, joined=False)
    ratio, *_ = steps_at_joints(apart, [render(apart, voice, STRAIGHT)], table)
    assert np.median(ratio) > 3.0


def test_vowels_begin_on_the_beat(voice, sung):
    table = timetable(place_units(SONG, voice))
    vowels = [time for time, sound in table if sound in "aeiou"]
    assert np.allclose(vowels, [note.onset for note, _ in SONG], atol=1e-9)
    for note, words in SONG:
        begin = round((note.onset + LEAD - 0.1) * RATE)
        x = sung[begin : begin + round(0.25 * RATE)]
        power = np.convolve(x**2, np.hanning(441) / 220.0, mode="same")
        level = 10.0 * np.log10(power + 1e-9)
        at = np.arange(len(x)) / RATE - 0.1
        middle = 0.5 * (
            np.median(level[at > 0.08]) + np.median(level[(at > -0.04) & (at < -0.015)])
        )
        rises = np.flatnonzero((level[1:] >= middle) & (level[:-1] < middle))
        assert abs(at[rises]).min() < 0.015, words


def test_formants_stay(voice):
    def peaks(semitones):
        style = Style(vibrato_cents=100.0, vibrato_delay=0.0)
        song = [SungNote(Note(0.0, 1.2, 45.0 + semitones), Syllable((), "a", ()))]
        units = tuple(u for u in voice.units if u.left == u.right or "_" in u[:2])
        low = voice._replace(units=tuple(u for u in units if u.pitch < 49))
        y = render(plan(song, low, style), low, style)
        x = y[round((LEAD + 0.3) * RATE) : round((LEAD + 1.0) * RATE)]
        times = 0.3 + np.arange(1 + -(-len(x) // HOP)) * PACE
        f0 = pitch_curve([song[0].note], times, style)
        sizes = {"window": "blackman", "window_length": 2205, "hop_length": HOP}
        found = harmonic_analysis(x, RATE, f0=f0, n_harmonics=40, **sizes)
        heard = found.amplitude > 0.0
        f, level = found.frequency[heard], 20.0 * np.log10(found.amplitude[heard])
        rows = []
        for low, high in ((560.0, 880.0), (950.0, 1250.0), (2200.0, 2650.0)):
            near = (f > low) & (f < high)
            # the top of a resonance: a cubic through all points around it
            curve = np.polynomial.Polynomial.fit(f[near], level[near], 4)
            grid = np.linspace(low, high, 500)
            rows.append(grid[np.argmax(curve(grid))])
        return np.array(rows)

    recorded = peaks(0.0)
    for semitones in (-6.0, 6.0):
        assert (abs(peaks(semitones) / recorded - 1.0) < 0.03).all(), semitones


@pytest.mark.parametrize("style", STYLES)
def test_nothing_clips(style):
    text = "dynamics ff\ntempo 240\nnotes A2! C4! E4!\nwords a o i"
    peak = abs(sing(text, RATE, style=style)).max()
    assert 0.1 < peak < 1.0


def test_breath_brightness_and_seed():
    text = "notes A2\nwords a"
    plain, again, other = (
        sing(text, RATE, style="straight", rng=seed) for seed in (0, 0, 1)
    )
    assert np.array_equal(plain, again) and not np.array_equal(plain, other)
    breathy = [
        sing(text, RATE, style=STRAIGHT._replace(breath=1.0), rng=k) for k in range(2)
    ]

    def noise_db(x, y):  # what two takes differ by is their noise, twice
        return 20.0 * np.log10((x - y).std() / np.sqrt(2.0) / x.std())

    assert noise_db(plain, other) < -30.0 and noise_db(*breathy) > -12.0
    bright = sing(text, RATE, style=STRAIGHT._replace(brightness=6.0))

    def high(x):
        power = abs(np.fft.rfft(x)) ** 2
        return power[round(3000 / RATE * len(x)) :].sum() / power.sum()

    assert high(bright) > 2.0 * high(plain)


def test_louder_notes_are_louder_and_brighter():
    soft, loud = (sing(f"dynamics {d}\nnotes A2", RATE) for d in ("p", "f"))
    assert 6.0 < 20.0 * np.log10(loud.std() / soft.std()) < 16.0


def test_another_sample_rate(sung):
    y = sing(SONG, 22050, style=STRAIGHT)
    assert abs(len(y) - (4.2 + 0.15 + LEAD) * 22050) < 2
    level = 20.0 * np.log10(y.std() / sung.std())
    assert abs(level) < 1.0


def test_sounds_that_never_met_are_parted_by_silence(voice):
    song = [SungNote(Note(0.0, 0.5, 50.0), Syllable(("p", "Z"), "a", ()))]
    placed = place_units(song, voice)
    assert [(p.unit.left, p.unit.right) for p in placed[:3]] == [
        ("_", "p"), ("p", "_"), ("_", "Z"),
    ]  # fmt: skip
    few = voice._replace(units=tuple(u for u in voice.units if u.right != "Z"))
    with pytest.raises(ValueError, match="never sung 'p' before 'Z'"):
        place_units(song, few)


def test_long_consonants_hurry(voice):
    text = "tempo 300\nnotes C3 C3 C3\nwords stra stra stra"
    song = parse_song(text)
    table = timetable(place_units(song, voice))
    times = [time for time, _ in table]
    assert times == sorted(times)
    begins = [time for time, sound in table if sound == "a"]
    assert np.allclose(begins, [0.0, 0.2, 0.4])


def test_songs_that_are_none():
    for song in ([], [1], 7):
        with pytest.raises(ValueError, match="song must be a text or a list"):
            sing(song, RATE)
    with pytest.raises(ValueError, match="style must be one of"):
        sing("notes C3", RATE, style="loud")
    with pytest.raises(ValueError, match="sample_rate"):
        sing("notes C3", 0)


# the parts


def test_all_pole_finds_the_throat_from_few_harmonics(xp, compiled):
    w = np.pi * np.arange(1, 31) / 31
    poles = [0.97 * np.exp(0.31j), 0.95 * np.exp(0.9j)]
    A = np.poly([*poles, *np.conj(poles)])
    level = -20.0 * np.log10(abs(np.exp(-1j * w[:, None] * np.arange(5)) @ A))
    fit = compiled(functools.partial(all_pole, order=4, n_iterations=30))
    a = fit(xp.asarray(level)[:, None])
    assert np.allclose(np.asarray(a)[0] / a[0, 0], A, atol=0.02)
    assert np.allclose(model_db(np.asarray(a), w[:, None])[:, 0], level, atol=0.5)


@pytest.mark.parametrize(("f0", "most_db"), [(110.0, 0.25), (175.0, 0.7)])
def test_between_harmonics_it_is_the_throat(f0, most_db):
    """Half an octave up and down a vowel is as loud as its resonances are there."""

    def throat(frequency, name):
        formants = vowel(name)
        radius = np.exp(-np.pi * formants.bandwidths / RATE)
        poles = radius * np.exp(2j * np.pi * formants.frequencies / RATE)
        z = np.exp(-2j * np.pi * frequency[:, None] / RATE)
        both = abs((1.0 - poles * z) * (1.0 - poles.conj() * z)) / abs(1.0 - poles) ** 2
        return -20.0 * np.log10(both).sum(axis=-1) - 20.0 * np.log10(frequency / 100.0)

    errors = []
    for name in "aeiou":
        number = np.arange(1, int(5500.0 / f0) + 1)
        level = throat(number * f0, name)[:, None]
        for wanted in f0 * 2.0 ** (np.array([-6.0, -3.0, 3.0, 6.0]) / 12.0):
            rows = number[: int(4000.0 / wanted)]
            moved = transpose(
                level, np.array([f0]), np.array([wanted]), n_rows=len(rows)
            )
            errors.append(moved[:, 0] - throat(rows * wanted, name))
    errors = np.concatenate(errors)
    assert np.sqrt((errors**2).mean()) < most_db and np.median(abs(errors)) < 0.1


def test_widened_keeps_wide_resonances_and_reflects():
    wide = np.array([[2.0, -1.2, 0.5]])
    assert np.allclose(widened(wide, np.array([0.01])), wide)
    outside = np.array([[1.0, -2.0, 1.5]])
    assert (abs(np.roots(widened(outside, np.array([0.01]))[0])) < 1.0).all()


def test_transposing_by_nothing_changes_nothing():
    level = np.random.default_rng(0).uniform(-60.0, -10.0, (30, 4))
    f0 = np.full(4, 120.0)
    assert np.allclose(transpose(level, f0, f0), level)
    assert transpose(level, f0, 2.0 * f0).shape == level.shape


def test_one_envelope_for_all_pitches():
    """Harmonics of any pitch lie on the curve that a pitch far below shows densely."""
    level = np.random.default_rng(0).uniform(-60.0, -10.0, (30, 2))
    f0, wanted = np.array([120.0, 300.0]), np.array([170.0, 424.0])
    moved = transpose(level, f0, wanted)
    dense = transpose(level, f0, wanted / 8.0, n_rows=240)
    assert np.allclose(moved, dense[7::8], atol=1e-9)


def test_calmed_only_at_the_joint(xp):
    frames = np.arange(40)
    rows = np.stack([0.1 * (frames % 2), 0.02 * frames, 1.0 * (frames > 33)])
    there = np.stack([frames >= 0, frames >= 0, frames > 33])

    def calm(rows, heard, side):
        y = calmed(xp.asarray(rows), 12, 3, side=side, heard=xp.asarray(heard))
        return np.asarray(y)

    left = calm(rows, there, "left")
    assert np.array_equal(left[:, :28], rows[:, :28])
    steps = abs(np.diff(left[0]))
    assert steps[-2:].max() < 0.005 and steps[:27].min() > 0.099
    assert np.allclose(left[1, :-3], rows[1, :-3])  # a line stays one
    begins = slice(0, 37)
    assert np.array_equal(left[2, begins], rows[2, begins])  # and is not smeared
    right = calm(rows[:, ::-1], there[:, ::-1], "right")
    assert np.allclose(right, left[:, ::-1], atol=1e-12)


def test_alignment_and_spread(xp, compiled):
    h = np.arange(1, 12)
    shift = 73 / 256
    difference = xp.asarray((h * shift + 3.0) % 1.0)
    found = compiled(alignment)(difference, xp.asarray(1.0 / h))
    assert abs(float(found) - shift) < 1e-9
    rows = xp.zeros((2, 9))
    jump = xp.asarray([1.0, -2.0])
    left, right = (spread(rows, jump, 4, side=side) for side in ("left", "right"))
    assert np.allclose(left, np.asarray(right)[:, ::-1])
    quarter = 0.5 - 0.5 * np.sqrt(0.5)
    assert np.allclose(left[0], [0, 0, 0, 0, 0, quarter, 0.5, 1.0 - quarter, 1.0])
    assert isinstance(left, type(xp.zeros(1))) or xp is jnp
    whole = spread(rows, jump, 99, side="left")  # shorter than that: over all of it
    assert np.allclose(whole[1], -1.0 + np.cos(np.pi * np.arange(9) / 8))


def test_expression():
    notes = [Note(0.0, 1.0, 60.0, 85.0), Note(1.0, 1.0, 72.0, 40.0)]
    times = np.linspace(0.0, 2.0, 201)
    f0 = pitch_curve(notes, times, STRAIGHT)
    assert np.allclose(f0[[0, 90]], 261.6256) and np.allclose(f0[[110, 200]], 523.2511)
    assert (np.diff(f0) >= 0.0).all()
    cents = vibrato(notes[:1], times, Style())
    assert abs(cents).max() == pytest.approx(35.0, rel=0.05) and not cents[:35].any()
    loud = loudness_curve(notes, times)
    assert loud[0] == 0.0 and loud[-1] == pytest.approx(40.0 * np.log10(40.0 / 85.0))
    assert db_to_amplitude(loud).max() <= 1.0

"""Excerpts of notes: what is disturbed, how far, and that seed and step decide it."""

import numpy as np
import pytest

from data_scripts.render_notes import main as render_notes
from neural.classifiers.hearing import decibels, heard, in_batches, notes_heard
from neural.classifiers.pitch import Config
from neural.data import excerpts
from neural.data.nsynth import FAMILIES

RATE = 16000


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notes") / "set"
    programs = ["--programs", "0", "6", "40", "73"]
    numbers = ["--pitches", "60", "64", "2", "--velocities", "100"]
    bank = ["--sound-font", "dsplab/banks/general_midi.sf2", "--jobs", "1"]
    held_out = ["--held-out", "0", "0"]
    assert render_notes([*programs, *numbers, *bank, *held_out, str(folder)]) == 0
    return excerpts.open_pool([folder, folder], split="train")


def test_a_pool_is_all_notes_of_its_sets(pool):
    assert len(pool.place) == 24 and pool.place[:, 0].sum() == 12
    assert sorted(set(pool.pitch.tolist())) == [60, 62, 64]
    families = {FAMILIES[k] for k in pool.family}
    assert families == {"keyboard", "string", "flute"}
    x = excerpts.sound(pool, 13, RATE)
    np.testing.assert_array_equal(x, excerpts.sound(pool, 1, RATE))
    assert np.abs(x[0]) > 0.01 * np.abs(x).max()
    with pytest.raises(ValueError, match="notes must be at 8000 Hz, got 16000 Hz"):
        excerpts.sound(pool, 0, 8000)


def test_pairs_part_it_in_two(pool):
    most, tenth = excerpts.parted_by_pairs(pool)
    assert len(most.place) + len(tenth.place) == 24
    assert ((tenth.pitch + 3 * tenth.instrument) % 10 == 0).all()
    assert not ((most.pitch + 3 * most.instrument) % 10 == 0).any()


def test_a_batch_is_of_seed_step_and_place(pool):
    options = {"batch_size": 6, "n_samples": 4000, "sample_rate": RATE}
    whole = excerpts.batch(pool, 1, 5, **options)
    part = excerpts.batch(pool, 1, 5, part=slice(2, 4), **options)
    for name, rows in whole.items():
        np.testing.assert_array_equal(rows[2:4], part[name])
    assert whole["x"].dtype == np.float32 and whole["dice"].dtype == np.uint32
    other = excerpts.batch(pool, 1, 6, **options)
    assert not (other["x"] == whole["x"]).all()
    # two of four instruments are keyboards: balanced, they are a third of the notes
    options["batch_size"] = 300
    options["n_samples"] = 400
    even = excerpts.batch(pool, 1, 0, balanced=True, **options)
    counts = np.bincount(even["family"], minlength=11)
    assert counts.sum() == 300 and (counts[counts > 0] > 70).all()


def test_disturbing_stays_within_its_bounds():
    x = np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE).astype("f4")
    starts, ends, bright = [], [], []
    for seed in range(60):
        y = excerpts.disturbed(x, RATE, RATE, np.random.default_rng(seed))
        assert y.shape == (RATE,) and y.dtype == np.float32
        loud = np.flatnonzero(np.abs(y) > 0.5)
        starts.append(loud[0] / RATE)
        ends.append(loud[-1] / RATE)
        spectrum = np.abs(np.fft.rfft(y))
        bright.append(spectrum[5000:].mean() / spectrum.max())
    assert max(starts) < excerpts.LATEST + 0.01 and max(starts) > 0.03
    lengths = np.subtract(ends, starts)
    assert lengths.min() > excerpts.SHORTEST - 0.02 and lengths.max() > 0.9
    share = np.mean(np.array(ends) < 0.98)
    assert 0.55 < share < 0.95  # three in four
    assert max(bright) < 0.01  # noise is at least 25 dB below


def test_low_passed_as_a_lower_rate():
    x = np.random.default_rng(0).standard_normal(RATE).astype("f4")
    y = excerpts.low_passed(x, 2000.0, RATE)
    X, Y = np.abs(np.fft.rfft(x)), np.abs(np.fft.rfft(y))
    np.testing.assert_allclose(Y[:2000], X[:2000], rtol=1e-2, atol=1e-2)
    assert Y[2000:].max() < 1e-2


def test_short_notes_at_a_rate_of_their_own(pool):
    found = list(excerpts.short_notes(pool, sample_rate=4000, seconds=0.5, every=5))
    x = np.concatenate([x for x, _, _ in found])
    rows = np.concatenate([rows for _, rows, _ in found])
    assert x.shape == (5, 2000) and rows.tolist() == [0, 5, 10, 15, 20]
    assert found[0][2] == 4000


def test_no_notes_is_an_error(pool):
    folders = [notes.place.parent for notes in pool.sets[:1]]
    with pytest.raises(ValueError, match="there is no note of split 'train'"):
        excerpts.open_pool(folders, split="train", pitches=(10, 20))


def test_heard_begins_at_the_onset_and_fits():
    x = np.concatenate([np.zeros(300), np.ones(500)])
    y = heard(x, 8000, 8000, 600)
    assert y.shape == (600,) and y.dtype == np.float32
    np.testing.assert_array_equal(y, np.repeat([1.0, 0.0], [500, 100]))
    assert not heard(np.zeros(50), 8000, 8000, 600).any()
    two = notes_heard(np.stack([x, 0 * x]), 8000, Config(sample_rate=16000))
    assert two.shape == (2, 16000) and two[0].any() and not two[1].any()
    with pytest.raises(ValueError, match="sample_rate"):
        heard(x, 0, 8000, 600)


def test_decibels_are_relative_to_the_loudest():
    power = np.array([[[1.0, 1e-2, 1e-9]], [[1e-5, 0.0, 1e-7]]])
    expected = [[[1.0, 0.75, 0.0]], [[1.0, 0.0, 0.75]]]
    np.testing.assert_allclose(decibels(power, 80.0), expected, atol=1e-6)
    assert not decibels(np.zeros((1, 2, 3)), 80.0).any()


def test_batches_change_nothing():
    rows = np.arange(80.0).reshape(40, 2)
    shapes = []

    def function(some):
        shapes.append(some.shape)
        return some * 2

    np.testing.assert_array_equal(in_batches(function, rows), 2 * rows)
    assert set(shapes) == {(16, 2)}

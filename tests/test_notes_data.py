"""Rendered notes: deterministic, in tune, split by pairs."""

import numpy as np
import pytest

from dsplab.analysis.pitch import yin
from neural.data import notes

SIZES = {"batch_size": 3, "n_samples": 800, "sample_rate": 8000, "hop_length": 80}


def test_a_batch_is_a_function_of_seed_and_step():
    first, again = notes.batch(1, 2, **SIZES), notes.batch(1, 2, **SIZES)
    for name in ("x", "instrument", "pitch", "loudness"):
        np.testing.assert_array_equal(first[name], again[name])
    for other in (notes.batch(1, 3, **SIZES), notes.batch(2, 2, **SIZES)):
        assert (other["x"] != first["x"]).any()
    assert first["x"].shape == (3, 800) and first["x"].dtype == np.float32
    assert first["loudness"].shape == (3, 10)


@pytest.mark.parametrize("held_out", [False, True])
def test_processes_share_a_batch_and_render_only_their_own(held_out, monkeypatch):
    options = {**SIZES, "batch_size": 6, "held_out": held_out}
    one, played = notes.batch(1, 2, **options), []

    def counting(chance, *args, **sizes):
        played.append(args)
        return sound(chance, *args, **sizes)

    sound = notes.sound
    monkeypatch.setattr(notes, "sound", counting)
    parts = [notes.batch(1, 2, **options, part=slice(k, k + 2)) for k in (0, 2, 4)]
    assert len(played) == 6
    for name, values in one.items():
        joined = np.concatenate([part[name] for part in parts])
        np.testing.assert_array_equal(joined, values)
        assert joined.dtype == values.dtype


def test_the_notes_are_those_that_checkpoints_were_measured_on():
    # their figures hold for these only: what chance decides may not change its order
    told = notes.batch(2026, 0, **{**SIZES, "n_samples": 6000}, held_out=True)
    np.testing.assert_array_equal(told["instrument"], [3, 3, 0])
    np.testing.assert_allclose(
        told["pitch"], [61.387978, 71.443794, 50.264149], rtol=1e-6
    )
    found, wanted = told["x"][:, 3000], [-0.60991, 0.13237, 0.50418]
    np.testing.assert_allclose(found, wanted, atol=1e-4)
    sums = (told["x"].astype(float) ** 2).sum(axis=1)
    np.testing.assert_allclose(sums, [977.9406, 380.4272, 643.4103], rtol=1e-4)


def test_the_split_is_by_pairs():
    train, test = notes.pairs(held_out=False), notes.pairs(held_out=True)
    assert not set(train) & set(test)
    assert len(train) + len(test) == 4 * 25 and len(test) == 10
    # everything asked for in the test was heard in training, in other combinations
    assert {i for i, _ in test} <= {i for i, _ in train}
    assert {p for _, p in train} == set(notes.PITCHES)


@pytest.mark.parametrize("held_out", [False, True])
def test_batches_keep_to_their_side(held_out):
    batch = notes.batch(0, 0, **{**SIZES, "batch_size": 60}, held_out=held_out)
    sides = [
        notes.is_held_out(i, p)
        for i, p in zip(batch["instrument"], batch["pitch"], strict=True)
    ]
    assert sides == [held_out] * 60
    assert batch["pitch"].min() >= 48 and batch["pitch"].max() <= 72


@pytest.mark.parametrize("instrument", notes.NAMES)
@pytest.mark.parametrize("pitch", [48.0, 60.5, 72.0])
def test_a_note_is_in_tune_and_as_loud_as_it_says(instrument, pitch):
    rng = np.random.default_rng(1)
    x, loudness = notes.render(
        rng, instrument, pitch, duration=0.75, sample_rate=16000, hop_length=160
    )
    assert len(x) == 160 * len(loudness) == 12000
    f0 = np.median(yin(x, sample_rate=16000).f0[20:60])
    assert abs(69 + 12 * np.log2(f0 / 440) - pitch) < 0.25
    peaks = np.abs(x.reshape(-1, 160)).max(axis=1)
    middle = slice(20, 55)
    assert (peaks[middle] < 1.05 * loudness[middle] + 0.01).all()
    assert np.abs(x[-160:]).max() < 0.2 * np.abs(x).max()  # released


def test_players_slide_back_into_tune():
    rng = np.random.default_rng(0)
    errors = np.stack([notes.intonation(rng, 75, 0.01) for _ in range(400)])
    assert errors.std(axis=0)[0] > 50 > 30 > errors.std(axis=0)[30:].max()
    assert np.abs(errors.mean(axis=0)).max() < 10

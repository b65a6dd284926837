"""Tempo and beats: known beats found, the textbook's chain, both libraries."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dsplab.analysis import beats as bt

RATE = 16000


def rhythm(bpm, *, seconds=12.0, start=0.4, seed=0):
    """Drums and a bass: kick and snare in turn, hats on eighths; and their beats."""
    rng = np.random.default_rng(seed)
    times = np.arange(start, seconds - 0.5, 60.0 / bpm)
    x = 1e-3 * rng.standard_normal(int(seconds * RATE))
    t = np.arange(int(0.2 * RATE)) / RATE
    kick = np.sin(2 * np.pi * 55 * t) * np.exp(-t / 0.08)
    for beat, time in enumerate(times):
        snare = rng.standard_normal(len(t)) * np.exp(-t / 0.05)
        bass = sum(np.sin(2 * np.pi * 82 * k * t) / k for k in range(1, 8))
        for hit, late, gain in (
            (snare if beat % 2 else kick, 0.0, 0.6),
            (rng.standard_normal(len(t)) * np.exp(-t / 0.015), 0.5, 0.15),
            (bass * np.exp(-t / 0.1), 0.0, 0.2),
        ):
            at = round((time + late * 60.0 / bpm) * RATE)
            x[at : at + len(t)] += gain * hit
    return x, times


def f_measure(found, true, *, window=0.07):
    """Beats within 70 ms of a true one, as the community counts them."""
    hits = sum(np.abs(found - time).min() < window for time in true)
    return 2.0 * hits / (len(found) + len(true))


@pytest.mark.parametrize("bpm", [96.0, 127.0])
def test_beats_of_a_rhythm(bpm):
    x, times = rhythm(bpm)
    found = bt.beats(x, RATE)
    assert abs(found.tempo / bpm - 1.0) < 0.002
    assert f_measure(found.times, times) == 1.0
    error = [np.abs(found.times - time).min() for time in times]
    assert np.median(error) < 0.01


def test_stereo_is_one_piece_and_the_level_does_not_matter():
    x, times = rhythm(103.0)
    mono, stereo = bt.beats(x, RATE), bt.beats(np.stack([x, x]), RATE)
    np.testing.assert_allclose(stereo.times, mono.times, atol=1e-9)
    np.testing.assert_allclose(bt.beats(0.01 * x, RATE).times, mono.times, atol=1e-6)
    twice = bt.beats(x, RATE, bpm=206.0)
    assert len(twice.times) >= 2 * len(mono.times) - 2


def test_nothing_begins_in_silence():
    assert len(bt.beats(np.zeros(RATE), RATE).times) == 0


@pytest.mark.parametrize("period", [31.3, 40.0, 57.9])
def test_tempo_of_pulses_between_frames(xp, compiled, period):
    frame = np.arange(800)
    places = np.arange(10.0, 790.0, period)
    pulses = np.maximum(0.0, 1.0 - abs(frame[:, None] - places) / 2.0).sum(axis=1)
    found = compiled(lambda s: bt.tempo(s, 86.0))(xp.asarray(pulses))
    assert abs(float(found) * period / (60.0 * 86.0) - 1.0) < 0.002


def slow_chain(s, period, tightness):
    """The recursion and the way back, frame by frame."""
    s = s / s.std()
    score, before = np.zeros(len(s)), -np.ones(len(s), dtype=int)
    for t in range(len(s)):
        best = 0.0
        for lag in range(1, len(s)):
            if 0.5 * period <= lag <= 2.0 * period:
                earlier = score[t - lag] if lag <= t else 0.0
                value = earlier - tightness * np.log(lag / period) ** 2
                if value > best:
                    best, before[t] = value, t - lag
        score[t] = s[t] + best
    first = int(np.ceil(len(s) - period))
    t, chain = first + int(score[first:].argmax()), []
    while t >= 0:
        chain.append(t)
        t = before[t]
    return chain[::-1]


def test_the_chain_is_the_best_one(xp):
    rng = np.random.default_rng(1)
    strength = rng.random((2, 160)) ** 4
    strength[0, 5::21] += 1.0
    period = np.array([20.4, 9.3])
    found = bt.beat_frames(xp.asarray(strength), xp.asarray(period), tightness=60.0)
    for row in range(2):
        chain = slow_chain(strength[row], period[row], 60.0)
        assert np.flatnonzero(found[row]).tolist() == chain


def test_the_chain_under_jit():
    strength = np.random.default_rng(1).random(160) ** 4
    expected = bt.beat_frames(strength, 20.4)
    found = jax.jit(bt.beat_frames)(jnp.asarray(strength), 20.4)
    np.testing.assert_array_equal(found, expected)


def test_errors():
    with pytest.raises(ValueError, match="period must be positive"):
        bt.beat_frames(np.ones(50), 0.0)
    with pytest.raises(ValueError, match="average must be one of"):
        bt.onset_strength(np.zeros(4000), RATE, average="most")
    with pytest.raises(ValueError, match="x must have 1 or 2 dimensions"):
        bt.beats(np.zeros((1, 1, 4000)), RATE)

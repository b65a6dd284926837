"""Drums: in tune, as long as asked, the same in both libraries; kits that play."""

import functools

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

from dsplab.synths import drum_kits, drums
from dsplab.synths.drum_kits import DRUMS, KITS, NUMBERS, place_hits, render_kit

RATE, N = 16000, 4000
NOISE = np.random.default_rng(9).uniform(-1, 1, N)
INSTRUMENTS = ("kick", "snare", "hi_hat", "clap", "tom", "rim", "cowbell", "shaker")


def run(xp, name, **settings):
    f = functools.partial(getattr(drums, name), sample_rate=RATE, **settings)
    noise = xp.asarray(NOISE)
    return np.asarray(jax.jit(f)(noise) if xp is jnp else f(noise))


def loudest(y, first=0):
    """Hz of the greatest peak of the spectrum from a sample on."""
    X = abs(np.fft.rfft(y[first:] * np.hanning(len(y) - first), n=8 * RATE))
    return X.argmax() / 8


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_libraries_agree(name):
    a, b = run(np, name), run(jnp, name)
    np.testing.assert_allclose(a, b, atol=1e-9)
    assert 0.02 < abs(a).max() < 1.6 and abs(a[-1]) < 0.2


def test_what_has_a_pitch_is_in_tune():
    assert abs(loudest(run(np, "kick", pitch=55.0, t60=2.0), 2500) - 55) < 2
    assert abs(loudest(run(np, "tom", pitch=120.0, t60=2.0), 2500) - 120) < 3
    assert abs(loudest(run(np, "rim", pitch=480.0, click=0.0, t60=0.5)) - 480) < 3
    assert abs(loudest(run(np, "snare", wires=0.0, t60=0.5), 1000) - 185) < 4
    assert abs(loudest(run(np, "cowbell", pitch=540.0, t60=1.0)) - 800) < 3


def test_t60_is_the_time_of_sixty_db():
    y = run(np, "kick", t60=0.2, click=0.0, sweep=0.0, pitch=400.0)
    envelope = abs(y).reshape(-1, 40).max(axis=-1)  # a period
    fall = 20 * np.log10(envelope[60] / envelope[10])  # 50 periods, 0.125 s
    # the overdrive presses the loud beginning
    assert -60 * 0.125 / 0.2 < fall < -60 * 0.125 / 0.2 + 2.5
    x = run(np, "shaker", t60=0.1, attack=0.0)
    early, late = (np.std(x[k : k + 400]) for k in (0, 800))
    assert abs(20 * np.log10(late / early) + 30) < 2


def test_a_clap_is_several_hands():
    y = run(np, "clap", spread=0.02, hands=3)
    energy = (y[:1280] ** 2).reshape(-1, 80).sum(axis=-1)  # 5 ms
    assert all(energy[k] > 3 * energy[k - 1] for k in (4, 8))


def test_hats_have_no_bass():
    y = run(np, "hi_hat", brightness=5000.0)
    X = abs(np.fft.rfft(y)) ** 2
    assert X[: N // 8].sum() < 1e-3 * X.sum()  # below 2000 Hz


def test_float32_and_gradient():
    for xp in (np, jnp):
        noise = xp.asarray(NOISE, dtype=xp.float32)
        y = jax.jit(drums.tom, static_argnums=1)(noise, RATE)
        y = y if xp is jnp else drums.tom(noise, RATE)
        assert y.dtype == np.float32 and type(y) is type(noise)

    def energy(t60, drive):
        y = drums.kick(jnp.asarray(NOISE), RATE, t60=t60, drive=1.5 + 0.0 * t60)
        return (y**2).sum() * drive

    where = jnp.asarray(0.3), jnp.asarray(1.0)
    jax.test_util.check_grads(jax.jit(energy), where, 1, ["rev"], rtol=1e-3)


@pytest.mark.parametrize("kit", KITS)
def test_kits_have_every_drum_at_its_level(kit):
    hits = render_kit(kit, RATE)
    assert set(hits) == set(DRUMS)
    for name, (hit, pan) in hits.items():
        drum = KITS[kit][name]
        assert abs(abs(hit).max() - drum.level) < 0.02 and -1 <= pan <= 1
        assert abs(hit[-1]) < 0.01 and len(hit) == round(drum.seconds * RATE)


def test_variety_makes_another_kit():
    rng = np.random.default_rng
    a = render_kit("808", RATE, rng=rng(1), variety=0.3)
    b = render_kit("808", RATE, rng=rng(1), variety=0.3)
    c = render_kit("808", RATE, rng=rng(2), variety=0.3)
    np.testing.assert_array_equal(a["kick"][0], b["kick"][0])
    assert abs(loudest(a["low_tom"][0]) - loudest(c["low_tom"][0])) > 0.5


def test_only_the_drums_that_are_wanted_are_rendered():
    for options in ({}, {"rng": np.random.default_rng(3), "variety": 0.2}):
        some = render_kit("909", RATE, drums=("snare", "kick"), **options)
        assert list(some) == ["kick", "snare"]
    every = render_kit("909", RATE)
    np.testing.assert_array_equal(some["kick"][0].shape, every["kick"][0].shape)


def test_hits_are_added_where_they_begin():
    hits = {"kick": (np.ones(5), 0.0), "rim": (np.full(3, 2.0), -1.0)}
    starts, names, gains = [0, 2, 8], ["kick", "rim", "kick"], [1.0, 0.5, 0.25]
    y = place_hits(hits, starts, names, gains, length=10)
    np.testing.assert_allclose(y, [1, 1, 2, 2, 2, 0, 0, 0, 0.25, 0.25])
    y = place_hits(hits, starts, names, gains, length=10, around=True)
    np.testing.assert_allclose(y[:3], [1.25, 1.25, 2.25])
    y = place_hits(hits, starts, names, gains, length=10, stereo=True)
    np.testing.assert_allclose(y[:, 3], [1 + 0.5**0.5, 0.5**0.5])  # the rim is left
    np.testing.assert_allclose(y[0, 8:], 0.25 * 0.5**0.5)


def test_a_long_hit_goes_around_more_than_once():
    y = place_hits({"kick": (np.arange(7.0), 0.0)}, [1], ["kick"], [1.0], length=3,
                   around=True)  # fmt: skip
    np.testing.assert_allclose(y, [2 + 5, 0 + 3 + 6, 1 + 4])


def test_a_closed_hat_shuts_the_open_one():
    hits = {"open_hat": (np.ones(8), 0.0), "closed_hat": (np.zeros(1), 0.0)}
    options = {"length": 10, "fade": 2}
    hats = ["open_hat", "closed_hat"]
    y = place_hits(hits, [0, 3], hats, [1, 1], **options)
    np.testing.assert_allclose(y, [1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    y = place_hits(hits, [7, 1], hats, [1, 1], around=True, **options)
    np.testing.assert_allclose(y, [1, 1, 0, 0, 0, 0, 0, 1, 1, 1])


def test_play_reads_general_midi():
    notes = [(0.0, 0.1, 36), (0.25, 0.1, 38, 127)]
    y = drum_kits.play(notes, RATE, kit="909")
    hits = render_kit("909", RATE)
    np.testing.assert_allclose(
        y[: RATE // 4], (100 / 127) ** 2 * hits["kick"][0][: RATE // 4]
    )
    assert drum_kits.play(notes, RATE, kit=hits, stereo=True).shape == (2, len(y))
    with pytest.raises(ValueError, match="notes' pitch must be one of 36"):
        drum_kits.play([(0.0, 0.1, 60)], RATE)
    assert NUMBERS["closed_hat"] == 42


def test_errors():
    with pytest.raises(ValueError, match="kit must be one of '808', '909'"):
        render_kit("606", RATE)
    with pytest.raises(ValueError, match="noise must be float"):
        drums.kick(np.zeros(10, dtype=int), RATE)

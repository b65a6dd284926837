"""Loops: exactly in time, seamless, in style, and each time another."""

import numpy as np
import pytest

from dsplab.sources.rhythm import pattern
from dsplab.synths.drum_kits import DRUMS, render_kit
from dsplab.synths.drum_loops import (
    FILLS,
    STEPS,
    STYLES,
    Style,
    drum_loop,
    drum_pattern,
)

RATE = 8000
CLICKS = {name: (np.ones(1), 0.0) for name in DRUMS}  # a kit of single samples


def rng(seed=0):
    return np.random.default_rng(seed)


def test_every_row_is_a_bar_of_known_drums():
    for name, style in STYLES.items():
        for drum, options in style.rows.items():
            assert drum in DRUMS
            assert all(len(pattern(text)) == STEPS for text in options), (name, drum)
    for fill in FILLS:
        assert set(fill) <= set(DRUMS)
        assert all(len(pattern(text)) == STEPS // 2 for text in fill.values())


@pytest.mark.parametrize("style", STYLES)
def test_every_style_plays(style):
    y = drum_loop(style, sample_rate=RATE, rng=rng())
    assert y.shape == (round(8 * 60 / STYLES[style].tempo * RATE),)
    assert 0.3 < abs(y).max() <= 0.95 + 1e-9


@pytest.mark.parametrize(
    ("tempo", "rate", "length"),
    [(120, 44100, 88200), (120, 8000, 16000), (97, 8000, 19794)],
)
def test_a_bar_is_exactly_as_long_as_it_should_be(tempo, rate, length):
    y = drum_loop("rock", sample_rate=rate, bars=1, tempo=tempo, kit=CLICKS)
    assert y.shape == (length,)


def test_without_a_generator_the_first_row_is_played_as_written():
    hits = drum_pattern("hip_hop", bars=1, swing=0.5)
    style = STYLES["hip_hop"]
    for drum, options in style.rows.items():
        velocities = np.zeros(STEPS)
        for hit in hits:
            if hit.drum == drum:
                velocities[round(hit.beat * 4)] = hit.velocity
        np.testing.assert_allclose(velocities, pattern(options[0]))


def test_clicks_fall_on_the_grid():
    style = Style(120.0, 0.5, "808", {"kick": ("X...x..x....o...",)})
    y = drum_loop(style, sample_rate=RATE, bars=1, kit=CLICKS)
    np.testing.assert_array_equal(np.flatnonzero(y), [0, 4000, 7000, 12000])
    expected = (np.array([120, 90, 90, 40]) / 127) ** 2
    np.testing.assert_allclose(y[y > 0], expected)
    swung = drum_loop(style, sample_rate=RATE, bars=1, kit=CLICKS, swing=2 / 3)
    np.testing.assert_array_equal(np.flatnonzero(swung), [0, 4000, 7333, 12000])


def test_a_loop_repeats_without_a_seam():
    """Played twice it is what a player would play twice, but for the first start."""
    rows = {"kick": ("X...X...........",), "crash": ("X...............",)}
    style = Style(160.0, 0.5, "808", rows)  # a bar is shorter than a crash
    once = drum_loop(style, sample_rate=RATE, bars=1)
    twice = drum_loop(style, sample_rate=RATE, bars=2, fill=False)
    np.testing.assert_allclose(np.tile(once, 2), twice, atol=1e-12)
    assert len(render_kit("808", RATE)["crash"][0]) > len(once)


def test_variation_comes_from_the_generator_alone():
    a, b, c = (drum_loop("funk", sample_rate=RATE, rng=rng(s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(a, b)
    assert abs(a - c).max() > 0.1
    plain = drum_pattern("funk", variation=0.0, fill=False, rng=rng())
    assert plain == drum_pattern("funk", fill=False)


def test_many_loops_of_a_style_keep_its_character():
    for seed in range(10):
        hits = drum_pattern("rock", bars=2, fill=False, rng=rng(seed))
        snares = {h.beat for h in hits if h.drum == "snare" and h.velocity > 80}
        assert {1.0, 3.0, 5.0, 7.0} <= snares
        assert len({round(h.velocity) for h in hits}) > 5  # no two alike


def test_ghosts_and_rolls_need_variation():
    counts = {len(drum_pattern("samba", rng=rng(s))) for s in range(5)}
    assert len(counts) > 1
    hits = [
        h for s in range(5) for h in drum_pattern("trap", variation=1.0, rng=rng(s))
    ]
    beats = [hit.beat for hit in hits if hit.drum == "closed_hat"]
    assert any(abs(4 * b - round(4 * b)) > 0.2 for b in beats)


def test_the_last_bar_ends_in_a_fill():
    with_fill, without = (drum_pattern("house", bars=4, fill=f) for f in (True, False))

    def late(hits):
        return {h.drum for h in hits if h.beat >= 14.0}

    assert "snare" in late(with_fill) and "snare" not in late(without)
    assert "open_hat" not in late(with_fill)
    assert [h.beat for h in with_fill if h.drum == "crash"] == [0.0]
    with_fill = [h for h in with_fill if h.drum != "crash"]
    assert [h for h in with_fill if 1 < h.beat < 14] == [
        h for h in without if 1 < h.beat < 14
    ]


def test_looseness_moves_hits_by_milliseconds():
    style = Style(120.0, 0.5, "808", {"rim": ("x" * 16,)})
    options = {"sample_rate": RATE, "bars": 8, "kit": CLICKS, "fill": False}
    loop = drum_loop(style, looseness=0.004, variation=0.0, rng=rng(), **options)
    error = (np.flatnonzero(loop) + 500) % 1000 - 500
    assert 20 < error.std() < 50  # 32 samples


def test_stereo_has_the_same_length():
    y = drum_loop("disco", sample_rate=RATE, stereo=True, rng=rng())
    assert y.shape == (2, round(8 * 60 / 118 * RATE))
    assert abs(y[0] - y[1]).max() > 0.05


def test_errors():
    with pytest.raises(ValueError, match="style must be one of 'house'"):
        drum_loop("polka", sample_rate=RATE)
    with pytest.raises(ValueError, match="kit must be one of"):
        drum_loop("rock", sample_rate=RATE, kit="tin")
    with pytest.raises(ValueError, match="bars must be an integer"):
        drum_loop("rock", sample_rate=RATE, bars=0)
    with pytest.raises(ValueError, match="tempo"):
        drum_loop("rock", sample_rate=RATE, tempo=-1)

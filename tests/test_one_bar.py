"""Loops cut into bars at 120 beats a minute: lengths, hits, and what is left out."""

import numpy as np
import pytest

from dsplab.analysis.onsets import onset_times
from dsplab.synths.drum_loops import drum_loop
from neural.data.one_bar import one_bar_loops

RATE = 16000


def loop(tempo, bars=2, style="rock"):
    options = {"sample_rate": RATE, "bars": bars, "fill": False, "variation": 0.0}
    return drum_loop(style, tempo=tempo, **options)


def onsets(x):
    return onset_times(x, sample_rate=RATE, threshold=0.3)


def test_a_loop_of_the_right_tempo_is_only_cut():
    x = np.stack([loop(120.0), 0.5 * loop(120.0)])
    found = one_bar_loops(x, RATE, bpm=120.0)
    np.testing.assert_array_equal(found.x, x.reshape(2, 2, 32000).swapaxes(0, 1))
    assert found.starts.tolist() == [0.0, 2.0] and found.bpm == 120.0


@pytest.mark.parametrize("tempo", [104.0, 133.0])
@pytest.mark.parametrize("told", [True, False])
def test_hits_are_where_they_are_at_120(tempo, told):
    found = one_bar_loops(loop(tempo), RATE, bpm=tempo if told else None)
    assert found.x.shape == (2, 32000) and found.why_not == ""
    assert abs(found.bpm - tempo) < 0.01
    wanted = onsets(loop(120.0, bars=1))
    for bar in found.x:
        heard = onsets(bar)
        away = abs(wanted[:, None] - heard).min(axis=1)
        assert np.median(away) < 0.004 and away.max() < 0.02
        assert abs(bar[:400]).max() > 0.3 * abs(bar).max()  # the first hit is there


def test_bars_of_a_loop_cut_badly_begin_with_the_bass():
    """A bar and a quarter of silence is played before, a part of a bar after."""
    x = loop(112.0, bars=4)
    bar = round(4 * 60 / 112 * RATE)
    x = x[bar // 4 * 3 : bar * 4 - bar // 3]  # from the last beat of a bar
    found = one_bar_loops(x, RATE)
    assert len(found.x) == 2 and abs(found.bpm - 112.0) < 1.0
    np.testing.assert_allclose(found.starts, (bar / 4 + bar * np.arange(2)) / RATE,
                               atol=0.02)  # fmt: skip


@pytest.mark.parametrize("style", ["rock", "funk"])
def test_the_last_bar_counts_if_the_sound_ends_where_it_ends(style):
    x = loop(120.0, bars=3, style=style)[round(0.5 * RATE) :]  # a quarter is missing
    found = one_bar_loops(x, RATE)
    np.testing.assert_allclose(found.starts, [1.5, 3.5], atol=0.02)


def test_what_is_left_out_says_why():
    far = one_bar_loops(loop(172.0), RATE, bpm=172.0)
    assert (
        far.x.shape == (0, 32000) and "172.0 beats a minute are too far" in far.why_not
    )
    near = one_bar_loops(loop(172.0), RATE, bpm=172.0, farthest=1.5)
    assert near.x.shape == (2, 32000)
    short = one_bar_loops(loop(120.0, bars=1)[:20000], RATE, bpm=120.0)
    assert short.x.shape[0] == 0 and "no whole bar of 2.00 s in 1.25 s" in short.why_not
    silent = one_bar_loops(np.zeros(50000), RATE)
    assert silent.x.shape[0] == 0 and silent.why_not == "no beat was found"
    with pytest.raises(ValueError, match="farthest must be at least 1"):
        one_bar_loops(np.zeros(500), RATE, farthest=0.5)

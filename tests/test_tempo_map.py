"""Tempo maps: by hand, inverse of each other, both libraries."""

import numpy as np
import pytest

from dsplab.formats.tempo_map import beats_to_seconds, seconds_to_beats

TEMPOS = [(0.0, 120.0), (2.0, 60.0), (5.0, 240.0)]


def test_by_hand(xp, compiled):
    beats = xp.asarray([-2.0, 0.0, 4.0, 5.5, 7.0, 11.0])
    seconds = xp.asarray([-1.0, 0.0, 2.0, 3.5, 5.0, 6.0])
    found = compiled(lambda x: beats_to_seconds(x, TEMPOS))(beats)
    assert isinstance(found, type(beats))
    np.testing.assert_allclose(found, seconds, atol=1e-12)
    found = compiled(lambda x: seconds_to_beats(x, TEMPOS))(seconds)
    np.testing.assert_allclose(found, beats, atol=1e-12)


def test_the_first_tempo_holds_before_its_time():
    assert beats_to_seconds([0.0, 1.0, 4.0], [(2.0, 60.0)]).tolist() == [0.0, 1.0, 4.0]
    late = [(2.0, 60.0), (4.0, 120.0)]
    assert seconds_to_beats([1.0, 4.0, 5.0], late).tolist() == [1.0, 4.0, 6.0]


def test_inverse_on_a_random_map():
    rng = np.random.default_rng(1)
    tempos = np.stack(
        [np.cumsum(rng.uniform(0.0, 3.0, 40)), rng.uniform(20.0, 300.0, 40)], axis=-1
    )
    seconds = rng.uniform(-1.0, 100.0, (3, 50))
    beats = seconds_to_beats(seconds, tempos)
    np.testing.assert_allclose(beats_to_seconds(beats, tempos), seconds, atol=1e-10)
    # and against the integral of the tempo
    steps = np.linspace(0.0, 50.0, 2_000_001)
    rates = tempos[np.maximum(np.searchsorted(tempos[:, 0], steps) - 1, 0), 1] / 60.0
    area = np.sum(rates[:-1] * np.diff(steps))
    assert seconds_to_beats(50.0, tempos) == pytest.approx(area, rel=1e-5)


def test_dtype_is_kept(xp, compiled):
    for function in (beats_to_seconds, seconds_to_beats):
        y = compiled(lambda x, f=function: f(x, TEMPOS))(xp.ones(6, xp.float32))
        assert y.dtype == xp.float32


@pytest.mark.parametrize(
    "tempos, reason",
    [
        ([(0.0, 0.0)], "above 0"),
        ([(1.0, 60.0), (0.0, 60.0)], "in order of time"),
        ([120.0], "must be rows"),
        ([(0.0, np.nan)], "NaN"),
    ],
)
def test_what_is_no_map(tempos, reason):
    with pytest.raises(ValueError, match=f"tempos .*{reason}"):
        beats_to_seconds([1.0], tempos)
    with pytest.raises(ValueError, match=f"tempos .*{reason}"):
        seconds_to_beats([1.0], tempos)

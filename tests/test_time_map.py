import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsplab.stretch.time_map import (
    check_rate,
    input_position,
    local_rate,
    output_length,
)

FREEZE = [(0, 0), (50, 50), (50, 150), (20, 200), (100, 240)]


@given(st.integers(1, 10**6), st.floats(0.01, 100.0))
def test_length_is_rounded(n_samples, rate):
    if round(n_samples / rate) >= 1:
        assert output_length(rate, n_samples) == round(n_samples / rate)


def test_map_is_the_line_through_its_anchors():
    t = np.linspace(0, 240, 97)
    where, when = np.array(FREEZE, dtype=float).T
    position = input_position(FREEZE, t, n_samples=100)
    np.testing.assert_allclose(position, np.interp(t, when, where), atol=1e-12)
    assert output_length(FREEZE, 100) == 240


def test_map_goes_on_before_its_start_and_after_its_end():
    position = input_position(FREEZE, [-10, 250], n_samples=100)
    assert position.tolist() == [-10.0, 120.0]


def test_rate_is_the_map_through_the_origin():
    t = np.arange(5.0)
    assert input_position(2, t, n_samples=10).tolist() == [0, 2, 4, 6, 8]
    line = input_position([(0, 0), (10, 5)], t, n_samples=10)
    assert line.tolist() == [0, 2, 4, 6, 8]


def test_local_rate_is_the_slope():
    t = np.array([0.0, 49.0, 50.0, 149.0, 151.0, 201.0, 239.0])
    slope = local_rate(FREEZE, t, n_samples=100)
    np.testing.assert_allclose(slope, [1, 1, 0, 0, -0.6, 2, 2])
    step = input_position(FREEZE, t + 0.5, n_samples=100)
    np.testing.assert_allclose(
        step - input_position(FREEZE, t, n_samples=100), 0.5 * slope, atol=1e-12
    )
    assert local_rate(0.5, t, n_samples=100).tolist() == [0.5] * 7


def test_anchors_may_be_a_list_or_integers_and_are_not_changed():
    anchors = np.array([[0, 0], [100, 50]])
    checked = check_rate(anchors, 100)
    assert checked.dtype == np.float64
    checked[:] = -1
    assert anchors.tolist() == [[0, 0], [100, 50]]


@pytest.mark.parametrize(
    ("rate", "message"),
    [
        (0, "positive"),
        (-1.0, "positive"),
        (float("nan"), "positive"),
        (True, "positive"),
        ("fast", "positive"),
        (1000.0, "leaves nothing"),
        ([(0, 0)], "n_anchors"),
        ([0.0, 1.0], "n_anchors"),
        ([(0, 0, 0), (1, 1, 1)], "n_anchors"),
        ([(0, 1), (10, 10)], "start at 0"),
        ([(0, 0), (5, 5), (9, 5)], "increase"),
        ([(0, 0), (101, 10)], r"within 0\.\.100"),
        ([(-1, 0), (50, 10)], r"within 0\.\.100"),
        ([(0, 0), (np.nan, 10)], "NaN"),
    ],
)
def test_wrong_rates_are_named(rate, message):
    with pytest.raises(ValueError, match=rf"rate .*{message}"):
        check_rate(rate, 100)

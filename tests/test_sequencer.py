"""Step sequencer: which note when, how long, how hard; curves with glides."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

from dsplab.sources.notes import Note
from dsplab.sources.sequencer import sequence, step_curve


def test_steps_become_notes():
    notes = sequence([36, None, ("C3", 55), "C2"], tempo=120, value="1/8", gate=0.8)
    assert [(n.onset, n.pitch) for n in notes] == [
        (0.0, 36), (0.5, 48), (0.5, 55), (0.75, 36),
    ]  # fmt: skip
    assert [n.duration for n in notes] == pytest.approx([0.2] * 4)
    assert isinstance(notes[0], Note)
    assert notes == sequence("C2 - C3+G3 | C2", tempo=120, value="1/8", gate=0.8)


def test_rows_of_different_lengths_go_round():
    notes = sequence(
        [60, 62], tempo=60, value="1/4", n_repeats=3, velocity=[100, 80, 0, 60],
        accents="x..", gate=[0.5, 0.25],
    )  # fmt: skip
    assert [(n.onset, n.pitch) for n in notes] == [
        (0.0, 60), (1.0, 62), (3.0, 62), (4.0, 60), (5.0, 62),
    ]  # fmt: skip
    assert [n.velocity for n in notes] == pytest.approx([127, 80, 78, 100, 80])
    assert [n.duration for n in notes] == [0.5, 0.25, 0.25, 0.5, 0.25]


def test_a_slid_step_overlaps_the_next():
    first, second, third = sequence("C2 D2 E2", tempo=60, value="1/4", slides="x..")
    assert first.onset + first.duration == pytest.approx(second.onset + 0.2)
    assert second.onset + second.duration < third.onset


def test_swing_is_in_notes_and_curves_alike(xp):
    notes = sequence("C2 D2 E2 F2", tempo=60, value="1/4", swing=0.6, gate=1.0)
    assert [n.onset for n in notes] == pytest.approx([0, 1.2, 2, 3.2])
    assert [n.duration for n in notes] == pytest.approx([1.2, 0.8, 1.2, 0.8])
    pitches = xp.asarray([n.pitch for n in notes])
    y = step_curve(pitches, 500, 100, tempo=60, value="1/4", swing=0.6)
    expected = np.repeat([36.0, 38, 40, 41, 36], [120, 80, 120, 80, 100])
    np.testing.assert_array_equal(y, expected)


def test_curves_glide_where_asked(xp):
    values = xp.asarray([[1.0, 2.0, 4.0], [0.0, 1.0, 0.0]], dtype=xp.float32)
    timing = {"tempo": 60, "value": "1/4", "glide": 0.5}
    y = step_curve(values, 400, 100, **timing)
    assert y.dtype == np.float32 and type(y) is type(values)
    expected = np.interp(
        np.arange(400), [100, 150, 200, 250, 300, 350], [1.0, 2, 2, 4, 4, 1]
    )
    np.testing.assert_allclose(y[0], expected, atol=1e-6)
    y = step_curve(values, 400, 100, slides="..x.", **timing)
    expected[100:200] = 2.0  # at once
    expected[300:] = 1.0
    np.testing.assert_allclose(y[0], expected, atol=1e-6)


def test_gradient_reaches_the_steps():
    def f(values):
        y = step_curve(values, 300, 100, tempo=60, value="1/4", glide=0.3)
        return (y**2).mean()

    jax.test_util.check_grads(jax.jit(f), (jnp.asarray([1.0, 2.0]),), 1, ["rev"])


def test_errors():
    with pytest.raises(ValueError, match="steps must contain a note"):
        sequence("- -", tempo=120)
    with pytest.raises(ValueError, match="steps must be notes.*H2"):
        sequence("C2 H2", tempo=120)
    with pytest.raises(ValueError, match="steps must be notes"):
        sequence(3, tempo=120)
    with pytest.raises(ValueError, match="gate must be at least 0"):
        sequence("C2", tempo=120, gate=-1)
    with pytest.raises(ValueError, match="duration positive"):
        sequence("C2", tempo=120, gate=0)
    with pytest.raises(ValueError, match="glide must be at most as long as a step"):
        step_curve([1.0, 2.0], 100, 100, tempo=120, glide=0.2)
    with pytest.raises(ValueError, match="values must have shape"):
        step_curve(1.0, 100, 100, tempo=120)

"""Steps of gradient descent: average, precision, clipping, schedule."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from neural import optimization
from neural.optimization import clipped, descend, init_state, schedule, step_of

OPTIMIZER = optax.sgd(0.5)
X = np.array([1.0, -2.0, 3.0], np.float32)


def loss(params, x):
    """Its gradient is mean(x^2) w."""
    return 0.5 * jnp.mean((params["w"] * x) ** 2)


def start(dtype="float32", w=1.0):
    return init_state({"w": jnp.float32(w)}, OPTIMIZER, dtype=dtype)


def test_a_step_is_the_textbook_s():
    state, metrics = descend(loss, start(), X, optimizer=OPTIMIZER, ema_decay=0.9)
    slope = np.mean(X**2)
    np.testing.assert_allclose(metrics["loss"], 0.5 * slope, rtol=1e-6)
    np.testing.assert_allclose(metrics["grad_norm"], slope, rtol=1e-6)
    w = 1.0 - 0.5 * slope
    np.testing.assert_allclose(state["params"]["w"], w, rtol=1e-6)
    np.testing.assert_allclose(state["ema"]["w"], 0.9 + 0.1 * w, rtol=1e-6)


def test_a_model_s_step_is_descent_on_what_its_loss_takes_by_name():
    def of_model(params, x, config):
        return config * loss(params, x)

    train_step = step_of(of_model, ema_decay=0.9)
    told = {"config": 2.0, "optimizer": OPTIMIZER}
    for options in ({}, {"ema_decay": 0.5}, {"dtype": "bfloat16"}):
        found = train_step(start(), {"x": X}, **told, **options)
        usual = {"ema_decay": 0.9} | options
        wanted = descend(of_model, start(), x=X, **told, **usual)
        rtol = 1e-2 if "dtype" in options else 1e-6
        close = functools.partial(np.testing.assert_allclose, rtol=rtol)
        jax.tree.map(close, found, wanted)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_the_network_is_narrow_and_what_stays_is_not(dtype):
    seen = []

    def watched(params, x):
        seen.extend([params["w"].dtype, x.dtype])
        return loss(params, x)

    state, metrics = descend(
        watched, start(dtype, w=1.01), X / 10, optimizer=OPTIMIZER, dtype=dtype
    )
    assert set(seen) == {jnp.dtype(dtype)}
    kept = jax.tree.leaves({name: state[name] for name in ("params", "ema")})
    assert {leaf.dtype for leaf in kept} == {jnp.dtype("float32")}
    exact, _ = descend(loss, start(w=1.01), X / 10, optimizer=OPTIMIZER)
    moved, wanted = (s["params"]["w"] - 1.01 for s in (state, exact))
    np.testing.assert_allclose(moved, wanted, rtol=0.02)
    assert metrics["loss"].dtype == jnp.float32


def test_whole_numbers_stay_whole_in_mixed_precision():
    def of_codes(params, codes):
        assert codes.dtype == jnp.int32
        return params["w"] * codes.sum()

    codes = jnp.array([300, 1], jnp.int32)  # 301 is not in bfloat16
    state, _ = descend(of_codes, start(), codes, optimizer=OPTIMIZER, dtype="bfloat16")
    assert state["params"]["w"] < -100


def test_float16_keeps_gradients_that_would_vanish():
    def faint(params, x):
        return loss(params, x) * 2e-4

    x = X / 100  # 2e-4 x^2 / 3 is below 6e-8, the least number of float16
    alone = jax.grad(optimization.in_precision(faint, "float16"))
    assert (
        abs(alone({"w": jnp.float32(1.0)}, x)["w"] / (2e-4 * np.mean(x**2)) - 1) > 0.3
    )
    state, metrics = descend(
        faint, start("float16"), x, optimizer=OPTIMIZER, dtype="float16"
    )
    np.testing.assert_allclose(metrics["grad_norm"], 2e-4 * np.mean(x**2), rtol=0.02)
    assert metrics["scale"] == 2.0**15 and state["scale"].fin_steps == 1


def test_a_step_that_overflows_is_left_out_and_the_scale_halved():
    before = start("float16")

    def steep(params, x):
        return loss(params, x) * 1e3  # times 65536: beyond float16

    state, metrics = descend(steep, before, X, optimizer=OPTIMIZER, dtype="float16")
    assert state["params"]["w"] == 1.0 and state["ema"]["w"] == 1.0
    assert metrics["scale"] == 2.0**14
    assert metrics["grad_norm"] == 0.0 and np.isfinite(metrics["loss"])
    for _ in range(20):
        state, metrics = descend(
            steep, state, X, optimizer=optax.sgd(1e-5), dtype="float16"
        )
    assert 0 < state["params"]["w"] < 1.0 and metrics["grad_norm"] > 0


def test_schedules_rise_and_fall():
    rate = schedule(2.0, 100, warmup=10)
    values = np.array([rate(step) for step in (0, 5, 10, 55, 100)])
    np.testing.assert_allclose(values, [0.0, 1.0, 2.0, 1.02, 0.04], atol=1e-6)
    assert schedule(2.0, 100)(0) == 2.0
    np.testing.assert_allclose(schedule(2.0, 100, end=0.5)(100), 1.0)


def test_clipping_shortens_long_gradients_only():
    rule = clipped(optax.sgd(1.0), norm=2.0)
    for length, step in ((10.0, 2.0), (1.0, 1.0)):
        params = {"w": jnp.zeros(1)}
        updates, _ = rule.update({"w": jnp.array([length])}, rule.init(params))
        np.testing.assert_allclose(updates["w"], [-step], rtol=1e-6)


def test_a_dtype_that_is_none():
    with pytest.raises(ValueError, match="dtype must be one of 'float32', 'bfloat16'"):
        start("int8")


def test_float16_state_survives_a_checkpoint(tmp_path):
    from neural import checkpoints

    state = start("float16")
    checkpoints.save(tmp_path / "a.ckpt", state)
    found = checkpoints.load(tmp_path / "a.ckpt", state)["state"]
    assert found["scale"].scale == 2.0**15
    step = functools.partial(descend, loss, optimizer=OPTIMIZER, dtype="float16")
    jax.tree.map(np.testing.assert_array_equal, step(state, X)[0], step(found, X)[0])


def test_precision_is_named_once():
    assert optimization.DTYPES == ("float32", "bfloat16", "float16")

"""What only `_array` knows: each primitive equals its loop, in both libraries."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest
import scipy.signal

from dsplab import _array


def test_namespace_is_jax_if_any_argument_is():
    assert _array.array_namespace(np.ones(2), 3.0) is np
    assert _array.array_namespace(np.ones(2), jnp.ones(2)) is jnp
    assert jax.jit(lambda x: x + (_array.array_namespace(x) is jnp))(0) == 1


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_is_finite_sees_a_single_value(xp, bad):
    x = np.ones(100)
    assert _array.is_finite(xp.asarray(x))
    x[57] = bad
    assert not _array.is_finite(xp.asarray(x))


def test_is_finite_sees_a_constant_of_a_traced_function():
    x = jnp.asarray([1.0, np.nan])

    def f(y):
        return y * _array.is_finite(x) + _array.is_finite(x[:1])

    assert jax.jit(f)(5.0) == 1.0


def test_is_finite_is_not_fooled_by_a_sum_that_overflows(xp):
    assert _array.is_finite(xp.asarray(np.full(10, 1e308)))


def test_scan_runs_tuples_and_keeps_steps_last(xp):
    x = xp.arange(12.0).reshape(2, 6)

    def step(total, pair):
        a, b = pair
        total = total + a * b
        return total, (total, a)

    end, (sums, seen) = _array.scan(step, xp.zeros(2), (x, x))
    np.testing.assert_allclose(sums, np.cumsum(np.asarray(x) ** 2, axis=-1))
    np.testing.assert_array_equal(seen, x)
    np.testing.assert_array_equal(end, sums[..., -1])


def test_wrapped_cumsum_is_a_cumsum_modulo_one(xp):
    x = np.random.default_rng(0).uniform(-1, 1, (2, 500))
    y = _array.wrapped_cumsum(xp.asarray(x))
    turns = np.asarray(y) - np.cumsum(x, axis=-1)
    np.testing.assert_allclose(turns, np.round(turns), atol=1e-12)
    assert (np.asarray(y) >= 0).all() and (np.asarray(y) <= 1).all()


def test_wrapped_cumsum_keeps_a_float32_phase_for_ten_seconds(xp):
    step = np.float32(440 / 44100)
    n = 10 * 44100
    y = np.asarray(_array.wrapped_cumsum(xp.full(n, step, dtype=xp.float32)), float)
    turns = np.arange(1, n + 1) * float(step)
    sine = np.exp(2j * np.pi * (y - turns))
    # slow drift is a change of frequency; what a second holds besides it is noise
    blocks = sine.reshape(10, -1)
    noise = blocks - blocks.mean(axis=1, keepdims=True)
    assert 10 * np.log10((abs(noise) ** 2).mean()) < -60
    assert y.dtype == np.float64 and np.isfinite(y).all()


@pytest.mark.parametrize("order", [(3, 3), (1, 3), (3, 1), (5, 2)])
def test_lfilter_is_scipys(xp, order):
    rng = np.random.default_rng(1)
    b, a = rng.uniform(-0.3, 0.3, order[0]), rng.uniform(-0.2, 0.2, order[1])
    a[0] = 1.0
    x = rng.standard_normal((2, 200))
    expected = scipy.signal.lfilter(b, a, x)
    np.testing.assert_allclose(
        _array.lfilter(b, a, xp.asarray(x)), expected, atol=1e-12
    )


def test_frames_at_copies_from_each_start(xp):
    x = np.random.default_rng(2).standard_normal((2, 50))
    starts = np.array([3, 0, 40, 7])
    frames = _array.frames_at(xp.asarray(x), starts, 10)
    assert frames.shape == (2, 4, 10)
    for m, s in enumerate(starts):
        np.testing.assert_array_equal(frames[:, m], x[:, s : s + 10])


def test_rows_are_read_one_array_of_starts_after_the_other(xp):
    x = np.random.default_rng(2).standard_normal((2, 50))
    starts = np.array([3, 0]), np.array([40, 7])
    read = _array.block_reader(xp.asarray(x), 10)
    for rows, some in zip(read(*starts), starts, strict=True):
        np.testing.assert_array_equal(rows, _array.frames_at(x, some, 10))
    table, which = np.arange(12.0).reshape(4, 3), np.array([2, 0, 2])
    rows = _array.table_rows(xp.asarray(table), xp.asarray(which))
    np.testing.assert_array_equal(rows, table[which])


def test_frames_of_a_batch_are_read_where_each_has_its_own():
    x = np.random.default_rng(2).standard_normal((3, 2, 50))
    starts = np.array([[3, 0], [40, 7], [11, 12]])

    def both(x, starts):
        more = _array.block_reader(x, 10)(starts, 40 - starts)
        return _array.frames_at(x, starts, 10), jnp.stack(list(more))

    frames, blocks = jax.jit(jax.vmap(both))(jnp.asarray(x), jnp.asarray(starts))
    for k in range(3):
        wanted = _array.frames_at(x[k], starts[k], 10)
        np.testing.assert_array_equal(frames[k], wanted)
        np.testing.assert_array_equal(blocks[k, 0], wanted)
        wanted = _array.frames_at(x[k], 40 - starts[k], 10)
        np.testing.assert_array_equal(blocks[k, 1], wanted)
    first = jnp.asarray(starts[0])

    def energy(x):
        return sum((rows**3).sum() for rows in both(x, first))

    jax.test_util.check_grads(energy, (jnp.asarray(x[0]),), order=1)


def test_the_size_of_a_batch_is_seen():
    sizes = []

    def see(x):
        sizes.append(_array.batch_size(x))
        return x

    x = jnp.ones((2, 3, 4))
    assert _array.batch_size(np.ones(3)) == 1
    jax.jit(jax.vmap(see))(x)
    jax.vmap(jax.vmap(see))(x)
    jax.vmap(jax.grad(lambda x: see(x).sum()))(x)
    jax.vmap(jax.jit(see))(x)  # traced before it is batched
    assert sizes == [2, 6, 2, 1]


def test_linear_recursion_is_its_loop(xp):
    rng = np.random.default_rng(1)
    v = rng.standard_normal((2, 300))
    a = [rng.uniform(-0.6, 0.6, (2, 300)), rng.uniform(-0.3, 0.3, 300), 0.1]
    y = _array.linear_recursion([xp.asarray(a_k) for a_k in a], xp.asarray(v))
    expected = np.zeros_like(v)
    for n in range(300):
        expected[:, n] = v[:, n]
        for k, a_k in enumerate(a, start=1):
            if n >= k:
                now = np.broadcast_to(a_k, v.shape)[:, n]
                expected[:, n] -= now * expected[:, n - k]
    np.testing.assert_allclose(y, expected, atol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_linear_recursion_may_reach_further_back_than_its_signal(xp, n):
    v, a = np.array([[1.0, 2.0, 4.0]])[:, :n], [xp.full(n, -0.5)] * 4
    y = _array.linear_recursion(a, xp.asarray(v))
    np.testing.assert_allclose(y, np.array([[1.0, 2.5, 5.75]])[:, :n])


def test_recursions_keep_the_dtype(xp):
    v = xp.ones((2, 5), dtype=xp.float32)
    assert _array.linear_recursion((0.5,), v).dtype == xp.float32


def test_the_phase_is_differentiable():
    x = jnp.linspace(0.1, 0.2, 50)
    jax.test_util.check_grads(
        lambda x: jnp.sin(2 * jnp.pi * _array.wrapped_cumsum(x)), (x,), 1, rtol=1e-4
    )


@pytest.mark.parametrize("n, n_taps", [(7, 7), (300, 50), (65, 2), (64, 33)])
def test_correlate_long_is_the_sum_of_products(xp, n, n_taps):
    rng = np.random.default_rng(n)
    x, taps = rng.standard_normal((2, n)), rng.standard_normal(n_taps)
    y = _array.correlate_long(xp.asarray(x), taps)
    expected = [np.correlate(row, taps, "valid") for row in x]
    np.testing.assert_allclose(y, expected, atol=1e-12)


def test_delay_loop_is_its_loop(xp):
    """Two lines that feed each other, read at fixed and at moving places."""
    rng = np.random.default_rng(0)
    n, rows = 80, 2
    x = rng.standard_normal((rows, n))
    delays = rng.integers(5, 9, (rows, n)), np.array([[7]])
    weights = rng.uniform(-0.3, 0.3, (3, rows, n)), rng.uniform(-0.3, 0.3, (2, 1, 1))

    def step(state, past, now):
        a = xp.tanh(now[0] + past[1])
        return state, (a, past[0]), (a, 2.0 * past[0])

    lines = [
        (xp.asarray(d), xp.asarray(w)) for d, w in zip(delays, weights, strict=True)
    ]
    y, z = _array.delay_loop(step, (), (xp.asarray(x),), lines, longest=12)

    fed = np.zeros((2, rows, n))
    for i in range(n):
        past = np.zeros((2, rows))
        for line, (delay, weight) in enumerate(zip(delays, weights, strict=True)):
            delay = np.broadcast_to(delay, (rows, n))[:, i]
            for k, w in enumerate(weight):
                at = i - delay - k
                value = np.where(at >= 0, fed[line, range(rows), at], 0.0)
                past[line] += np.broadcast_to(w, (rows, n))[:, i] * value
        fed[0, :, i], fed[1, :, i] = np.tanh(x[:, i] + past[1]), past[0]
    np.testing.assert_allclose(y, fed[0], atol=1e-12)
    np.testing.assert_allclose(z, 2.0 * fed[1], atol=1e-12)


def test_a_steady_delay_loop_is_the_moving_one(xp):
    x = xp.asarray(np.random.default_rng(1).standard_normal((1, 80)))
    weights = xp.asarray([[[0.3]], [[0.6]]])

    def step(state, past, now):
        y = now[0] + past[0]
        return state, (y,), y

    steady = (xp.asarray([[7]]), weights)
    moving = (xp.full((1, 80), 7), weights + xp.zeros((2, 1, 80)))
    a, b = (
        _array.delay_loop(step, (), (x,), [line], longest=12)
        for line in (steady, moving)
    )
    np.testing.assert_allclose(a, b, atol=1e-12)


def two_integrators(s, x, c):
    g, k = c
    band = (s[0] + g * (x - s[1])) / (1.0 + g * (g + k))
    low = s[1] + g * band
    return (2.0 * band - s[0], 2.0 * low - s[1]), (low, x - k * band)


@pytest.mark.parametrize("run", [_array.linear_scan, _array.number_scan])
def test_scans_of_steps_are_their_loop(xp, run, monkeypatch):
    monkeypatch.setattr("dsplab._array.stepwise.BLOCK", 128)  # NumPy: three blocks
    rng = np.random.default_rng(0)
    x, g = rng.standard_normal((2, 300)), rng.uniform(0.01, 5, 300)
    k = np.array([[0.1], [2.0]])
    start = (np.array([0.3, -0.2]), 0.5)
    end, y = run(two_integrators, start, xp.asarray(x), (g, k))
    s = (start[0], np.full(2, 0.5))
    for n in range(300):
        s, wanted = two_integrators(s, x[:, n], (g[n], k[:, 0]))
        np.testing.assert_allclose([part[:, n] for part in y], wanted, atol=1e-12)
    np.testing.assert_allclose(end, s, atol=1e-12)


def test_a_scan_may_prepare_and_give_one_output(xp):
    x = xp.asarray(np.random.default_rng(1).standard_normal(50), dtype=xp.float32)

    def step(s, x, c):
        return (c[0] * s[0] + x,), c[0] * s[0] + x

    for run in (_array.linear_scan, _array.number_scan):
        _, y = run(step, (0.0,), x, (0.25,), prepare=lambda r: (2.0 * r,))
        expected = scipy.signal.lfilter([1.0], [1.0, -0.5], np.asarray(x))
        assert y.dtype == np.float32 and type(y) is type(x)
        np.testing.assert_allclose(y, expected, atol=1e-6)


def test_tangent_and_tanh_ratio(xp):
    x = np.linspace(0.0, 0.49 * np.pi, 1001)
    np.testing.assert_allclose(_array.tangent(xp.asarray(x)), np.tan(x), rtol=1e-12)
    x = np.linspace(-9, 9, 2001)
    expected = np.tanh(x[x != 0]) / x[x != 0]
    got = np.asarray(_array.tanh_ratio(xp.asarray(x)))
    np.testing.assert_allclose(got[x != 0], expected, rtol=1e-12)
    assert _array.tanh_ratio(0.0) == got[x == 0] == 1.0
    assert _array.tanh_ratio(2.5) == pytest.approx(np.tanh(2.5) / 2.5, rel=1e-14)


@pytest.mark.parametrize("sourced", ["nowhere", "everywhere", "somewhere"])
@pytest.mark.parametrize("restarted", [True, False])
def test_running_product_is_its_loop(xp, sourced, restarted):
    rng = np.random.default_rng(3)
    a = rng.standard_normal((5, 3)) + 1j
    source = None if sourced == "nowhere" else rng.integers(0, 3, (5, 3))
    only = rng.random((5, 3)) < 0.5 if sourced == "somewhere" else None
    restart = rng.random((5, 3)) < 0.3 if restarted else None
    y, expected = np.full(3, 2.0 + 0j), []
    for n in range(5):
        y = a[n] * y
        moved = y if source is None else y[source[n]]
        y = moved if only is None else np.where(only[n], moved, y)
        y = np.where(restart[n], 1.0, y) if restarted else y
        expected.append(y)
    options = {"source": source, "only": only, "restart": restart}
    options = {k: None if v is None else xp.asarray(v) for k, v in options.items()}
    start = xp.full(3, 2.0 + 0j)
    got = _array.running_product(xp.asarray(a), start, **options)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_angles_all_around(xp, dtype):
    turns = np.linspace(-0.4999, 0.4999, 1001)
    z = 3.0 * np.exp(2j * np.pi * turns).astype(dtype)
    z = np.append(z, np.array([0, 1, -1, 1j, -1j, 1 + 1j, -1 - 1j], dtype=dtype))
    got = _array.angle(xp.asarray(z))
    assert got.dtype == z.real.dtype
    np.testing.assert_allclose(got, np.angle(z), atol=5e-7)


def test_the_slope_of_an_angle():
    for x, y in ((0.3, 0.8), (-0.7, 0.2), (-0.1, -0.9)):
        find = jax.grad(lambda x, y: _array.angle(x + 1j * y), argnums=(0, 1))
        slope = find(np.float32(x), np.float32(y))
        r2 = x * x + y * y
        np.testing.assert_allclose(slope, (-y / r2, x / r2), rtol=1e-4)


def test_unit_is_one_where_nothing_is(xp):
    z = xp.asarray([3.0 - 4.0j, 0.0, 1e-200j, -1e-30])
    np.testing.assert_allclose(_array.unit(z), [0.6 - 0.8j, 1.0, 1.0, -1.0], rtol=1e-12)
    z, length = xp.asarray([3.0 - 4.0j, 0.0, 2j]), xp.asarray([10.0, 3.0, 0.0])
    np.testing.assert_allclose(_array.unit(z, length), [6.0 - 8.0j, 3.0, 0.0])


@pytest.mark.parametrize("sizes", [(16, 4), (15, 4), (8, 8)])
def test_through_frames_cuts_changes_and_adds(xp, sizes):
    frame_length, hop_length = sizes
    n_frames = 37  # more than NumPy takes at a time
    y = np.random.default_rng(0).standard_normal((2, frame_length + 36 * hop_length))
    gain = np.random.default_rng(1).standard_normal((2, n_frames, frame_length))
    wanted = np.zeros_like(y)
    for m in range(n_frames):
        some = slice(m * hop_length, m * hop_length + frame_length)
        wanted[:, some] += gain[:, m] * y[:, some] ** 2
    got = _array.through_frames(
        lambda frames, gain: gain * frames**2,
        xp.asarray(y), xp.asarray(gain),
        frame_length=frame_length, hop_length=hop_length,
    )  # fmt: skip
    np.testing.assert_allclose(got, wanted, atol=1e-12)


def test_nearest_true_is_the_nearest(xp):
    mask = np.random.default_rng(0).random((20, 40)) < 0.15
    mask[3], mask[4, :35] = False, False
    expected = [
        [min(np.flatnonzero(row), key=lambda p: (abs(p - k), p)) for k in range(40)]
        if row.any()
        else range(40)
        for row in mask
    ]
    np.testing.assert_array_equal(_array.nearest_true(xp.asarray(mask)), expected)


@pytest.mark.parametrize("shape", [(3, 7), (2, 40000, 7)])  # several blocks of rows
def test_rows_times_is_the_product(xp, shape):
    rng = np.random.default_rng(0)
    rows, matrix = rng.standard_normal(shape), rng.standard_normal((7, 5))
    y = _array.rows_times(xp.asarray(rows), matrix)
    np.testing.assert_allclose(y, rows @ matrix, atol=1e-12)


def test_sums_reader_reads_sums_of_neighbours(xp):
    x = np.random.default_rng(0).standard_normal(60)
    read = _array.sums_reader(xp.asarray(x), 7)
    expected = np.convolve(x, np.ones(7), "valid")
    np.testing.assert_allclose(read(5, 9), expected[5:14], atol=1e-12)
    np.testing.assert_allclose(read(53, 1), expected[53:], atol=1e-12)


def test_greatest_near_is_the_greatest_and_of_equals_the_nearest(xp):
    values = np.random.default_rng(0).integers(0, 5, (7, 30)).astype(float)
    where = np.zeros(values.shape, dtype=bool)
    where[:, 2:-2] = np.random.default_rng(1).random((7, 26)) < 0.6
    got = _array.greatest_near(xp.asarray(values), xp.asarray(where), 2)
    for m, k in zip(*np.nonzero(where), strict=True):
        near = [k, k - 1, k + 1, k - 2, k + 2]
        assert got[m, k] == max(near, key=lambda j: (values[m, j], -abs(j - k), -j))


def test_once_each_calls_for_different_keys_only():
    asked = []

    def square(keys):
        asked.extend(keys)
        return keys**2

    keys = np.array([30, 10, 30, 0])
    squares, which = _array.once_each(square, keys, apart=10, most=50)
    assert squares[which].tolist() == [900, 100, 900, 0] and asked == [0, 10, 30]


def test_once_each_is_the_function_of_each(xp, compiled):
    keys = np.array([0, 7, 7, 12, 40, 47, 0, 60, 60])

    def both(keys):
        rows, which = _array.once_each(lambda k: k * k + 1, keys, apart=5, most=60)
        return rows[which]

    np.testing.assert_array_equal(compiled(both)(xp.asarray(keys)), keys * keys + 1)


def test_once_each_goes_on_until_the_last_of_a_batch_is_done():
    keys = jnp.asarray([[0, 9, 9] + [0] * 17, [7 * k for k in range(20)]])

    def both(keys):
        rows, which = _array.once_each(lambda k: k * k + 1, keys, apart=6, most=140)
        return rows[which]

    y = jax.jit(jax.vmap(both))(keys)
    np.testing.assert_array_equal(y, keys * keys + 1)


def test_sum_of_squares_is_along_the_last_axis(xp):
    x = np.random.default_rng(3).standard_normal((2, 3, 5))
    y = _array.sum_of_squares(xp.asarray(x))
    np.testing.assert_allclose(y, (x**2).sum(axis=-1), rtol=1e-14)


def test_between_zeros(xp):
    x = xp.asarray(np.arange(1.0, 7.0).reshape(2, 3), dtype="float32")
    y = _array.between_zeros(x, 2)
    assert y.dtype == x.dtype
    np.testing.assert_array_equal(y, np.pad(x, [(0, 0), (2, 2)]))


def test_computed_once_changes_nothing(xp):
    x = xp.linspace(-1.0, 1.0, 12).reshape(3, 4)
    np.testing.assert_array_equal(_array.computed_once(x), x)
    jax.test_util.check_grads(lambda x: _array.computed_once(x) ** 2, (jnp.ones(3),), 1)
    mapped = jax.vmap(_array.computed_once)(jnp.asarray(x))
    np.testing.assert_array_equal(mapped, x)


def reversed_product(x):
    return x[::-1] * x.cumsum()


def in_turns(x):
    return _array.in_turn(reversed_product, x)


def test_in_turn_changes_nothing(xp):
    x = xp.linspace(-1.0, 1.0, 24).reshape(2, 3, 4)
    np.testing.assert_array_equal(in_turns(x[0, 0]), reversed_product(x[0, 0]))
    nested = jax.vmap(jax.vmap(in_turns))
    for batched in (nested, jax.jit(nested)):
        for y, signals in zip(batched(jnp.asarray(x)), x, strict=True):
            for one, signal in zip(y, signals, strict=True):
                np.testing.assert_allclose(one, reversed_product(signal), rtol=1e-12)


def test_in_turn_has_the_gradient_of_the_function():
    x = jnp.linspace(-1.0, 1.0, 12).reshape(3, 4)
    for wrap in (lambda f: f, jax.jit):
        jax.test_util.check_grads(wrap(in_turns), (x[0],), 2)
        jax.test_util.check_grads(wrap(jax.vmap(in_turns)), (x,), 2)
        jacobian = jax.vmap(jax.jacrev(wrap(in_turns)))(x)
        np.testing.assert_allclose(jacobian, jax.vmap(jax.jacfwd(reversed_product))(x))


def test_in_turn_is_a_loop_on_a_cpu_only():
    def text(platform):
        traced = jax.jit(jax.vmap(in_turns)).trace(jnp.ones((3, 4)))
        return traced.lower(lowering_platforms=(platform,)).as_text()

    assert "stablehlo.while" in text("cpu")
    assert "stablehlo.while" not in text("cuda")


def test_by_itself_changes_nothing_and_stays_a_branch_in_a_batch(xp):
    x = xp.linspace(-1.0, 1.0, 12).reshape(3, 4)
    x = xp.where(x > 0.5, xp.nan, x)

    def whole(x):
        return _array.by_itself(lambda x, k: (x * x, k + x), x[::-1], 2)

    for one, other in zip(whole(x), (x[::-1] ** 2, 2 + x[::-1]), strict=True):
        np.testing.assert_array_equal(one, other)
    if xp is not np:
        mapped = jax.jit(jax.vmap(whole))
        for one, other in zip(
            mapped(x), (x[:, ::-1] ** 2, 2 + x[:, ::-1]), strict=True
        ):
            np.testing.assert_array_equal(one, other)
        assert "conditional(" in mapped.lower(x).compile().as_text()
        x = jnp.linspace(-1.0, 1.0, 5)
        jax.test_util.check_grads(jax.vmap(whole), (jnp.stack([x, 2 * x]),), 2)


def test_sine_of_arrays_and_of_python_numbers(xp):
    x = xp.linspace(-9.0, 9.0, 50)
    np.testing.assert_allclose(_array.sine(x), np.sin(np.asarray(x)), atol=1e-15)
    assert _array.sine(1.5) == np.sin(1.5) and isinstance(_array.sine(1.5), float)


def test_an_output_that_is_the_state_survives_the_next_block(monkeypatch):
    monkeypatch.setattr("dsplab._array.stepwise.BLOCK", 16)
    x = np.random.default_rng(2).standard_normal(50)
    _, y = _array.linear_scan(lambda s, x, c: ((0.5 * s[0] + x,), s[0]), (0.0,), x)
    expected = scipy.signal.lfilter([0.0, 1.0], [1.0, -0.5], x)
    np.testing.assert_allclose(y, expected, atol=1e-12)


@pytest.mark.parametrize("n", [12, 3])  # more than there are, and fewer
@pytest.mark.parametrize("width", [20, 21])
def test_the_largest_of_a_mask_in_order_of_place(xp, n, width):
    x = np.random.default_rng(0).uniform(0.1, 1, (2, 3, width))
    middle = x[..., 1:-1]
    mask = (middle > x[..., :-2]) & (middle >= x[..., 2:])
    mask[1, 1] = False
    some = _array.largest(xp.asarray(middle), xp.asarray(mask), n)
    wanted = np.zeros((2, 3, n))
    for at in np.ndindex(2, 3):
        row, values, here = wanted[at], x[at], mask[at]
        (places,) = here.nonzero()
        best = np.sort(places[np.argsort(-values[1 + places])[:n]])
        row[: len(best)] = values[best + 2]
    np.testing.assert_array_equal(some.put(some.read(xp.asarray(x), 2)), wanted)
    columns = np.asarray(some.put(some.column))
    read = np.take_along_axis(x, columns + 2, axis=-1)
    np.testing.assert_array_equal(np.where(wanted > 0, read, 0), wanted)
    assert (wanted > 0).sum() > 10


@pytest.mark.parametrize("least", [1, 12])
def test_gathered_elements_are_those_of_the_mask(xp, least):
    rng = np.random.default_rng(0)
    mask, x = rng.random((2, 3, 20)) < 0.3, rng.random((2, 3, 24))[..., 2:-2]
    mask[1, 1] = False
    place, rows = xp.arange(20), (xp.asarray(mask), xp.asarray(x))
    there, places, values = _array.gathered(rows[0], place, rows[1], least=least)
    width = max(mask.sum(axis=-1).max(), least) if xp is np else 20
    assert there.shape == (2, 3, width)
    places = np.broadcast_to(places, there.shape)
    for at in np.ndindex(2, 3):
        here = np.asarray(there)[at]
        np.testing.assert_array_equal(places[at][here], mask[at].nonzero()[0])
        np.testing.assert_array_equal(values[at][here], x[at][mask[at]])


@pytest.mark.parametrize("n_rows", [3, 40])  # more than NumPy takes at a time
def test_lag_products_are_their_definition(xp, n_rows):
    x = np.random.default_rng(0).standard_normal((2, n_rows, 30))
    w = np.pad(np.linspace(1.0, 2.0, 20), (0, 10))
    wanted = [(w[:20] * x[..., :20] * x[..., k : k + 20]).sum(-1) for k in range(11)]
    got = _array.lag_products(xp.asarray(x), w, 11)
    np.testing.assert_allclose(got, np.stack(wanted, axis=-1), atol=1e-12)


@pytest.mark.parametrize("length", [1, 7, 40, 100])
def test_moving_sums_are_exact_where_x_gets_small(xp, length):
    x = np.random.default_rng(0).random((2, 100))
    x[:, 50:] *= 1e-12
    rows = np.lib.stride_tricks.sliding_window_view(x, length, axis=-1)
    got = _array.moving_sum(xp.asarray(x), length)
    np.testing.assert_allclose(got, rows.sum(axis=-1), rtol=1e-14)


def test_nobody_has_a_number_that_another_had_in_the_row_before(xp):
    rng = np.random.default_rng(1)
    exists = rng.random((2, 30, 6)) < 0.7
    before = np.argsort(rng.random((2, 30, 6)), axis=-1)
    last = np.pad(exists, [(0, 0), (1, 0), (0, 0)])[:, :-1]
    goes_on = np.take_along_axis(last, before, axis=-1) & (rng.random(last.shape) < 0.6)
    before = np.where(goes_on, before, -1)
    n = 7
    number = (
        jax.jit(_array.numbered, static_argnums=2) if xp is jnp else _array.numbered
    )
    got = np.asarray(number(xp.asarray(exists), xp.asarray(before), n))
    for signal in range(2):
        had = np.full(7, n)
        rows = exists[signal], before[signal], got[signal]
        for there, index, numbers in zip(*rows, strict=True):
            wanted = np.where(there & (index >= 0), had[index], n)
            free = [k for k in range(n) if k not in had]
            for thing in np.flatnonzero(there & (wanted == n)):
                wanted[thing] = free.pop(0) if free else n
            np.testing.assert_array_equal(numbers, wanted)
            had = np.append(numbers, n)
    assert (got[exists] == n).any()  # there were more than numbers


@pytest.mark.parametrize("n", [6, 37])
def test_nearest_in_rows(xp, n):
    rng = np.random.default_rng(1)
    rows, values = np.sort(rng.uniform(0, 9, (4, n))), rng.uniform(0, 12, (4, 5))
    wanted = np.abs(values[:, :, None] - rows[:, None, :]).argmin(axis=-1)
    places = _array.nearest_in(xp.asarray(rows), xp.asarray(values))
    np.testing.assert_array_equal(places, wanted)
    middle = _array.nearest_in(xp.asarray([1.0, 3.0, 5.0]), xp.asarray([2.0, 4.0]))
    np.testing.assert_array_equal(middle, [0, 1])  # the lower of two


@pytest.mark.parametrize("shape", [(5,), (2, 5)])
def test_put_at_undoes_take(xp, shape):
    values = xp.asarray(np.random.default_rng(2).uniform(size=shape))
    places = xp.broadcast_to(xp.asarray([3, 0, 7, 5, 8]), shape)
    rows = _array.put_at(places, values, 8)
    assert rows.shape == (*shape[:-1], 8)
    np.testing.assert_array_equal(_array.take(rows, places[..., :4]), values[..., :4])
    assert float(rows.sum()) == pytest.approx(float(values[..., :4].sum()))


def test_occupied_leaves_out_what_is_zero_in_numpy_only(xp):
    x = np.zeros((2, 6))
    x[1, [1, 3]] = 1.0
    narrow, other = _array.occupied(xp.asarray(x), xp.asarray(x + 1.0))
    width = 2 if xp is np else 6
    assert narrow.shape == other.shape == (2, width)
    assert float(narrow.sum()) == 2.0
    assert _array.occupied(xp.zeros((3, 4)))[0].shape == (3, 1 if xp is np else 4)


@pytest.mark.parametrize("n", [1, 7, 23, 64])
def test_sums_of_sinusoids(xp, n):
    rng = np.random.default_rng(3)
    cycles, start, amplitude = rng.uniform(-3, 3, (3, 2, 5))
    bend = 1e-6 * rng.uniform(-1, 1, (2, 5))
    run = lambda *rows: _array.sinusoids(*rows, n)  # noqa: E731
    run = run if xp is np else jax.jit(run)
    y = run(*(xp.asarray(v) for v in (amplitude, cycles, start, bend)))
    t = np.arange(-n, n)[:, None]
    a, c, s, b = (v[:, None, :] for v in (amplitude, cycles, start, bend))
    wanted = (a * np.cos(2 * np.pi * (s + t * c) + b * t**2)).sum(axis=-1)
    assert y.shape == (2, 2 * n)
    np.testing.assert_allclose(y, wanted, atol=5e-12 + 15 * (1e-6 * n**2) ** 2)
    rows = (xp.asarray(v, dtype=np.float32) for v in (amplitude, cycles, start, bend))
    assert _array.sinusoids(*rows, n).dtype == np.float32


@pytest.mark.parametrize("size, hop, length", [(4, 3, 8), (16, 5, 2), (3, 4, 4)])
def test_frames_in_blocks_are_those_of_the_whole(xp, size, hop, length):
    x = np.random.default_rng(4).uniform(size=(2, 31))
    n = 7
    options = {"frame_length": length, "hop_length": hop, "size": size}

    def run(x):
        return _array.frames_in_blocks(lambda f: (f, f[..., :1]), x, n, **options)

    frames, first = run(xp.asarray(x)) if xp is np else jax.jit(run)(jnp.asarray(x))
    padded = np.pad(x, ((0, 0), (0, 40)))
    wanted = [padded[:, m * hop : m * hop + length] for m in range(n)]
    np.testing.assert_array_equal(frames, np.stack(wanted, axis=1))
    np.testing.assert_array_equal(first, frames[..., :1])


def test_rows_in_blocks_are_those_of_all_at_once(xp):
    x = np.random.default_rng(4).uniform(size=(2, 7, 3))

    mine = xp.asarray([[[1.0]], [[5.0]]])  # what belongs to each of the leading axes

    def squares(a, b):
        return mine * a * b, (a + b).sum(axis=-1, keepdims=True)

    for size in (3, 7, 100):
        y, z = _array.in_blocks(squares, xp.asarray(x), xp.asarray(2 * x), size=size)
        np.testing.assert_allclose(y, 2 * np.asarray(mine) * x * x)
        np.testing.assert_allclose(z, 3 * x.sum(axis=-1, keepdims=True))


@pytest.mark.parametrize("size", [3, 32])
def test_spectra_of_rows_under_a_window(xp, size):
    x = xp.asarray(np.random.default_rng(5).standard_normal((2, 40)))
    starts = range(0, 32, 4)
    rows = _array.frames_seen(x, starts, 9)
    np.testing.assert_array_equal(rows, _array.frames_at(x, starts, 9))
    w = np.hanning(9)
    wanted = np.fft.rfft(np.asarray(rows) * w, 16)
    spectra = _array.row_spectra(rows, w, 16, size=size)
    np.testing.assert_allclose(spectra, wanted, atol=1e-12)
    light = _array.row_spectra(rows.astype(np.float32), w, 16, size=size)
    assert light.dtype == np.complex64

"""Running a still filter over a signal: whole, block by block, both ways."""

from dsplab._arguments import as_signal, as_values, require
from dsplab._array import array_namespace, lfilter_rows, lfilter_sections
from dsplab.filters.design import as_sections


def filter_signal(x, b, a):
    """Filter a signal of any length by the difference equation of b and a.

        a[0] y[n] = b[0] x[n] + b[1] x[n-1] + ... - a[1] y[n-1] - a[2] y[n-2] - ...

    Args:
      x: signal, shape (..., n_samples).
      b: coefficients, shape (order + 1,), as from `design`.
      a: likewise, a[0] not 0.

    Returns:
      Signal like x.

    >>> print(filter_signal(np.ones(4), [0.5, 0.5], [1.0]))
    [0.5 1.  1.  1. ]
    """
    return filter_block(x, b, a)[0]


def filter_block(x, b, a, *, state=None):
    """Filter a part of a signal, and keep what the next part needs to go on.

    Args:
      x: signal, shape (..., n_samples).
      b: coefficients, shape (order + 1,).
      a: likewise, a[0] not 0.
      state: what the last call returned; None: silence before.

    Returns:
      Signal like x, and the state, shape (order, ...).

    >>> x = np.ones(6)
    >>> first, state = filter_block(x[:4], [1.0], [1.0, -0.5])
    >>> second, _ = filter_block(x[4:], [1.0], [1.0, -0.5], state=state)
    >>> bool((np.append(first, second) == filter_signal(x, [1.0], [1.0, -0.5])).all())
    True
    """
    x = as_signal(x)
    b, a = as_values(b, name="b"), as_values(a, name="a")
    for name, p in (("b", b), ("a", a)):
        if p.ndim != 1:
            raise ValueError(f"{name} must have shape (order + 1,), got {p.shape}")
    require(a[0] != 0.0, "a must not begin with 0")
    xp = array_namespace(x, b, a)
    order = max(b.shape[0], a.shape[0]) - 1
    b, a = (
        xp.pad(xp.asarray(p / a[0], dtype=x.dtype), (0, order + 1 - p.shape[0]))
        for p in (b, a)
    )
    shape = (order, *x.shape[:-1])
    if state is None:
        state = xp.zeros(shape, dtype=x.dtype)
    state = as_values(state, name="state") if order else state
    if state.shape != shape:
        raise ValueError(f"state must have shape {shape}, got {state.shape}")
    if not order:
        return b[0] * x, state
    state = xp.asarray(state, dtype=x.dtype)[..., None]
    y, state = lfilter_rows(b[:, None], a[:, None], x[..., None, :], state)
    return y[..., 0, :], state[..., 0]


def filter_sections(x, sections):
    """Filter by sections in series, one after the other.

    Args:
      x: signal, shape (..., n_samples).
      sections: shape (n_sections, 6), as from `design.butterworth`.

    Returns:
      Signal like x.

    >>> from dsplab.filters.design import butterworth
    >>> sections = butterworth("lowpass", 500.0, 8000, order=4)
    >>> print(filter_sections(np.ones(400), sections)[-1].round(6))
    1.0
    """
    x, sections = as_signal(x), _one_filter(sections)
    return lfilter_sections(sections / sections[:, 3:4], x)


def zero_phase(x, sections):
    """Filter forwards and backwards: nothing is delayed, each slope is twice as steep.

    Not for what happens live: the future is heard before it comes. The ends are turned
    around their last sample, and the filter begins as if it had always been there.

    Args:
      x: signal, shape (..., n_samples).
      sections: shape (n_sections, 6).

    Returns:
      Signal like x; each frequency has the gain |H|^2 and its own phase.

    Reference:
      F. Gustafsson, Determining the initial states in forward-backward filtering, IEEE
      Trans. Signal Processing 44(4), 1996; SciPy's choice of states is ours too.

    >>> from dsplab.filters.design import butterworth
    >>> x = np.sin(0.02 * np.arange(200))  # 25 Hz: neither delayed nor softened
    >>> y = zero_phase(x, butterworth("lowpass", 500.0, 8000, order=2))
    >>> bool(abs(y - x).max() < 0.01)
    True
    """
    x, sections = as_signal(x), _one_filter(sections)
    xp = array_namespace(x, sections)
    n = min(3 * (2 * sections.shape[0] + 1), x.shape[-1] - 1)
    before = 2.0 * x[..., :1] - x[..., n:0:-1]
    after = 2.0 * x[..., -1:] - x[..., -2 : -n - 2 : -1]
    y = xp.concatenate([before, x, after], axis=-1) if n else x
    for _ in range(2):
        y = _from_the_first_value(y, sections)[..., ::-1]
    return y[..., n : n + x.shape[-1]]


def _from_the_first_value(x, sections):
    """Filter as if the first sample had stood there for ever."""
    xp = array_namespace(x, sections)
    still = x[..., 0]
    for k in range(sections.shape[0]):
        b, a = sections[k, :3] / sections[k, 3], sections[k, 3:] / sections[k, 3]
        answer = still * (b.sum() / a.sum())
        state = xp.stack([answer - b[0] * still, b[2] * still - a[2] * answer])
        x, _ = filter_block(x, b, a, state=state)
        still = answer
    return x


def _one_filter(sections):
    sections = as_sections(sections)
    if sections.ndim != 2:
        raise ValueError(
            f"sections must have shape (n_sections, 6), got {sections.shape}"
        )
    return sections

"""A delay line read between its samples, at a delay that moves, with feedback."""

import numpy as np

from dsplab._array import array_namespace, delay_loop
from dsplab.sources.interpolation import lagrange, tap_weights

ORDER = 3  # of the polynomial through the samples around a place
LEAST = 2.0  # samples of delay, so that all of these have been there before


def moving_line(v, delay, feedback, *, longest, filter_back=None, state=()):
    """The end s of a line that is fed with w = v + feedback F(s).

        s[n] = w(n - delay[n])

    Args:
      v: signal, (..., n_samples).
      delay: samples, at least LEAST, fractions allowed, broadcasts to v.
      feedback: number or curve.
      longest: no delay is longer.
      filter_back: F, a function of (s, state) that returns the same; None for none.
      state: of F, before the start.
    """
    xp = array_namespace(v, delay, feedback)
    v = xp.asarray(v)
    delay = xp.clip(xp.broadcast_to(delay, v.shape), LEAST, longest)
    whole = xp.floor(delay)
    weights = tap_weights(delay - whole, lagrange(ORDER))
    first = whole.astype("int32") - (ORDER // 2)

    def step(state, past, now):
        back = past[0]
        if filter_back is not None:
            back, state = filter_back(back, state)
        return state, (now[0] + now[1] * back,), past[0]

    now = (v, xp.broadcast_to(feedback, v.shape))
    room = int(np.ceil(longest)) + ORDER + 1
    return delay_loop(step, state, now, [(first, weights)], longest=room)

"""Fewer samples per second: all that is needed to tell periods apart."""

import functools

import numpy as np

from dsplab._array import array_namespace, pairs_times

LOWEST_RATE = 10_000.0  # Hz that suffice to tell periods apart, whatever f_max
TAPS = 8  # of the low-pass in front of the reduction, per output sample and side


def reduce_rate(x, sample_rate, f_max):
    """Keep every factor-th sample of the low-passed signal: (..., n), factor."""
    factor = max(1, int(sample_rate / max(LOWEST_RATE, 10.0 * f_max)))
    if factor == 1:
        return x, 1
    xp = array_namespace(x)
    n_out = -(-x.shape[-1] // factor)
    # 2 TAPS outputs at a time; what they need lies within two blocks of the input
    block = 2 * TAPS * factor
    n_blocks = -(-n_out // (2 * TAPS))
    after = (n_blocks + 1) * block - block // 2 - x.shape[-1]
    still = [(0, 0)] * (x.ndim - 1)
    blocks = xp.pad(x, [*still, (block // 2, after)])
    blocks = blocks.reshape(*x.shape[:-1], n_blocks + 1, block)
    low = pairs_times(blocks, _low_pass(factor))
    return low.reshape(*x.shape[:-1], -1)[..., :n_out], factor


@functools.cache
def _low_pass(factor):
    """What 2 TAPS outputs take of two blocks of the input."""
    block = 2 * TAPS * factor
    n = np.arange(block + 1) - block // 2
    kernel = np.sinc(0.8 * n / factor) * np.kaiser(block + 1, 5.0)
    matrix = np.zeros((2 * block, 2 * TAPS))
    for output in range(2 * TAPS):
        matrix[output * factor :, output][: block + 1] = kernel / kernel.sum()
    return matrix

"""Windows: SciPy's numbers, sums to one, checks."""

import numpy as np
import pytest
import scipy.signal

from dsplab import windows

SCIPY = {
    "hann": "hann",
    "hamming": "hamming",
    "blackman": "blackman",
    "blackman_harris": "blackmanharris",
    "triangular": "bartlett",
    "rectangular": "boxcar",
}


@pytest.mark.parametrize("name", SCIPY)
@pytest.mark.parametrize("length", [1, 2, 7, 16])
@pytest.mark.parametrize("symmetric", [False, True])
def test_is_scipys(name, length, symmetric):
    expected = scipy.signal.get_window(SCIPY[name], length, fftbins=not symmetric)
    if length == 1:
        expected = windows.WINDOWS[name](1, symmetric=symmetric)  # a matter of taste
        assert expected.shape == (1,)
    w = windows.WINDOWS[name](length, symmetric=symmetric)
    np.testing.assert_allclose(w, expected, atol=1e-15)


def test_sine_squared_is_hann():
    np.testing.assert_allclose(windows.sine(64) ** 2, windows.hann(64), atol=1e-15)


@pytest.mark.parametrize("length, hop", [(16, 8), (16, 4), (512, 128)])
def test_hann_windows_sum_to_a_constant(length, hop):
    total = windows.hann(length).reshape(-1, hop).sum(axis=0)
    np.testing.assert_allclose(total, length / hop / 2, atol=1e-14)


def test_get_window_takes_names_and_arrays():
    w = np.linspace(0, 1, 8)
    assert windows.get_window(w, 8) is w
    np.testing.assert_array_equal(windows.get_window("sine", 8), windows.sine(8))
    with pytest.raises(ValueError, match="window must be one of 'hann'"):
        windows.get_window("han", 8)
    with pytest.raises(ValueError, match="window must have 9 samples, got 8"):
        windows.get_window(w, 9)

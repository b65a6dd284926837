"""The picture of a bar: published values, sizes, both libraries."""

import numpy as np
import pytest

from neural.data.loop_mel import log_mel

# n_samples, sample rate, n_fft, hop, bands; sum, first, last of noise of seed 1: what
# the published code gives, whose filters are in float32
PUBLISHED = [
    (88200, 44100, 1024, 275, 80, -36374.861548, -1.43217256, -1.32592738),
    (32000, 16000, 1024, 160, 64, -12437.803997, -1.01998804, -0.92949351),
    (32000, 16000, 1024, 500, 32, -1975.892308, -1.06020176, -0.95528118),
]


@pytest.mark.parametrize("row", PUBLISHED)
def test_it_is_the_picture_of_melgan_and_looptest(row):
    n, rate, n_fft, hop, bands, total, first, last = row
    x = np.random.RandomState(1).randn(n) * 0.1
    mel = log_mel(x, rate, n_fft=n_fft, hop_length=hop, n_mels=bands)
    assert mel.shape == (n // hop, bands)
    np.testing.assert_allclose(mel.sum(), total, rtol=1e-6)
    np.testing.assert_allclose([mel[0, 0], mel[-1, -1]], [first, last], rtol=1e-6)


def test_silence_is_minus_five_and_rows_do_not_mix(xp):
    x = np.zeros((2, 3000))
    x[1] = np.random.default_rng(0).normal(size=3000)
    options = {"n_fft": 256, "hop_length": 100, "n_mels": 10}
    mel = np.asarray(log_mel(xp.asarray(x), 8000, **options))
    np.testing.assert_allclose(mel[0], -5.0, rtol=1e-12)
    np.testing.assert_allclose(mel[1], log_mel(x[1], 8000, **options), atol=1e-9)


def test_what_is_too_short_to_be_mirrored_is_refused():
    with pytest.raises(ValueError, match="at least 363 samples"):
        log_mel(np.zeros(300), 16000, n_fft=1024, hop_length=300, n_mels=20)

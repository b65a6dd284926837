"""HPTSM: tones and hits are separated, and each stretched in the way that suits it."""

import numpy as np

from dsplab._arguments import as_signal, positive
from dsplab.analysis.separation import harmonic_percussive
from dsplab.stretch.ola import ola
from dsplab.stretch.phase_vocoder import phase_vocoder
from dsplab.stretch.time_map import check_rate

# A hit is what is over in half of DURATION and loud over half of BANDWIDTH.
DURATION, BANDWIDTH = 0.15, 500.0  # s, Hz


def hptsm(x, rate, *, sample_rate, n_fft=None, margin=6.0):
    """Change the duration of music, not its pitch, its hits kept as sharp as they are.

    A plain phase vocoder keeps tones and smears hits, overlap-add keeps hits and
    roughens tones. So the sound is separated, each part goes its way, and the results
    add up:

        y = phase_vocoder(x - p, rate) + ola(p, rate),  p = the percussive part of x

    Args:
      x: signal, shape (n_samples,) or (n_channels, n_samples); the channels share one
        separation and are stretched together, so that the stereo image stays.
      rate: speed, 2.0 plays twice as fast; or a time map, see
        `dsplab.stretch.time_map`.
      sample_rate: Hz; the windows are as long in seconds at every rate.
      n_fft: samples in a frame of the vocoder, by default about 46 ms.
      margin: how clearly percussive a bin of the spectrum must be to leave the
        vocoder: 1 as much percussive as harmonic, 6 six times as much. Low values
        keep soft hits, and take something from the tones.

    Returns:
      Signal of round(n_samples / rate) samples, or as long as the time map says, with
      the rank, library and dtype of x.

    Raises:
      ValueError: if x is not such a signal, or an argument is out of range.

    Reference:
      Driedger, Mueller and Ewert, "Improving time-scale modification of music signals
      using harmonic-percussive separation", IEEE Signal Processing Letters, 2014. They
      give each bin to the larger median (margin 1); by default, the vocoder keeps here
      what is not clearly a hit, which serves voices and tones with vibrato.

    >>> x = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> hptsm(x, 0.5, sample_rate=22050).shape
    (44100,)
    """
    x = as_signal(x, ndim=(1, 2))
    rate = check_rate(rate, x.shape[-1])
    positive(sample_rate, name="sample_rate")
    hits = _hits(x, sample_rate, margin)
    tones = phase_vocoder(x - hits, rate, sample_rate=sample_rate, n_fft=n_fft)
    return tones + ola(hits, rate, sample_rate=sample_rate)


def _hits(x, sample_rate, margin):
    """The percussive part of x, found in frames short enough to see its beginning."""
    parts = harmonic_percussive(
        x,
        sample_rate=sample_rate,
        n_fft=max(2 ** round(np.log2(sample_rate * 2048 / 44100)), 4),
        harmonic_duration=DURATION,
        percussive_bandwidth=BANDWIDTH,
        bass=0.0,
        margin=margin,
        mask="binary",
    )
    return parts.percussive

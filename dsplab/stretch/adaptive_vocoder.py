"""A phase vocoder whose frames get longer in the bass when chords are played there.

Low notes are close to one another in Hz. Two partials that one frame cannot separate
beat within it, and a vocoder that takes the beating for a change of loudness stretches
it: a chord gets rough, and its roughness slows down. Frames twice as long separate
twice as finely, but smear whatever glides. So they are used where they help: below a
crossover, while the spectrum is steadier in them than in short ones.
"""

import numpy as np

from dsplab._arguments import as_signal, positive
from dsplab._array import (
    array_namespace,
    correlate_long,
    is_traced,
    running_median,
    stop_gradient,
)
from dsplab.resampling import downsample, upsample
from dsplab.spectral import stft
from dsplab.stretch.phase_vocoder import phase_vocoder, vocoder_sizes
from dsplab.stretch.time_map import check_rate, output_length
from dsplab.windows import hann

SLOPE = 60.0  # Hz, the width of the crossover
LOW_RATE = 5.0  # crossovers; the least sampling rate at which the bass is stretched
LOWEST = 40.0  # Hz, below which nothing is asked
CHORDS = 0.4, 0.6  # change in long frames, over that in short: surely, surely not
STILL = 0.01  # change that counts as none
OVERLAP = 4  # of the frames in which change is measured
MEDIAN, SPACING = 15, 0.07  # values and the s between them that decide together
FADE = 0.2  # s, in which long frames take over


def adaptive_vocoder(x, rate, *, sample_rate, crossover=400.0):
    """Change the duration of music, not its pitch, its low chords kept clear.

    The best choice for music of any kind. Two phase vocoders, with locked phases and
    attacks kept, share the sound:

        y = phase_vocoder(x - b, rate) + phase_vocoder(b, rate, twice as long frames),
        b = w (x below the crossover)

    The weight w, between 0 and 1, asks how much the magnitudes M of the bass change
    from frame to frame, in long frames and in short ones:

        c = sum_k |M[k, m + 1] - M[k, m]| / sum_k M[k, m].

    Where partials beat in short frames, long ones change less than half as much; in
    glides, vibrato and speech they change as much or more, and w is 0. Medians over a
    second decide, so that single attacks do not.

    Args:
      x: signal, shape (n_samples,) or (n_channels, n_samples); the channels share w, so
        that the stereo image stays.
      rate: speed, 2.0 plays twice as fast; or a time map, see
        `dsplab.stretch.time_map`.
      sample_rate: Hz.
      crossover: Hz, the highest at which frames may get longer. Higher ones serve dense
        chords, and take something from the sharpness of what plays beside them.

    Returns:
      Signal of round(n_samples / rate) samples, or as long as the time map says, with
      the rank, library and dtype of x. At rate 1 that is x, up to rounding.

    Raises:
      ValueError: if x is not such a signal, or an argument is out of range.

    Reference:
      Liuni, Roebel, Matusiak, Romito and Rodet, "Automatic adaptation of the time-
      frequency resolution for sound analysis and re-synthesis", IEEE Trans. Audio,
      Speech and Language Processing, 2013, who choose by entropy; Ottosen and Doerfler,
      "A phase vocoder based on nonstationary Gabor frames", IEEE/ACM Trans. Audio,
      Speech and Language Processing, 2017. The measure of beating is ours.

    >>> x = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> adaptive_vocoder(x, 0.5, sample_rate=22050).shape
    (44100,)
    """
    x = as_signal(x, ndim=(1, 2))
    rate = check_rate(rate, x.shape[-1])
    positive(sample_rate, name="sample_rate")
    positive(crossover, name="crossover")
    n_samples, factor = x.shape[-1], _reduction(sample_rate, crossover)
    n_out = output_length(rate, n_samples)
    options = {"sample_rate": sample_rate}
    if min(n_samples, n_out) < factor or sample_rate <= 2.0 * crossover:
        return phase_vocoder(x, rate, **options)  # there is no bass, or nothing else
    low_rate = sample_rate / factor
    low = _below(downsample(x, factor), crossover, low_rate)
    n_fft, hop_length = vocoder_sizes(low_rate, None, None, OVERLAP)
    weight = _weight(low, low_rate, crossover, n_fft, hop_length)
    if not is_traced(weight) and not weight.any():
        return phase_vocoder(x, rate, **options)
    low = low * weight
    bass = upsample(low, factor)[..., :n_samples]
    y = phase_vocoder(x - bass, rate, **options)
    rate = rate if isinstance(rate, float) else rate / factor
    low = phase_vocoder(low, rate, sample_rate=low_rate, n_fft=2 * n_fft)
    return y + _fitted(upsample(low, factor), n_out)


def _reduction(sample_rate, crossover):
    """How many times fewer samples hold the bass: 1, 2, 4, ..."""
    return 2 ** max(int(np.log2(sample_rate / (LOW_RATE * crossover))), 0)


def _below(x, crossover, sample_rate):
    """What of x is below the crossover, without delay: a windowed sinc."""
    half = int(np.ceil(1.65 * sample_rate / SLOPE))
    t = np.arange(-half, half + 1)
    taps = np.sinc(2.0 * crossover / sample_rate * t) * hann(2 * half + 1)
    x = array_namespace(x).pad(x, [(0, 0)] * (x.ndim - 1) + [(half, half)])
    return correlate_long(x, taps / taps.sum())


def _weight(low, sample_rate, crossover, n_fft, hop_length):
    """How much of the bass long frames should get, from 0 to 1: (n_samples,)."""
    xp = array_namespace(low)
    band = LOWEST / sample_rate, crossover / sample_rate
    frames_rate = sample_rate / hop_length
    options = {"spacing": max(round(SPACING * frames_rate), 1)}
    short, long = (
        running_median(_change(low, n, hop_length, band), MEDIAN, **options)
        for n in (n_fft, 2 * n_fft)
    )
    least, most = CHORDS
    ratio = (long + STILL) / (short + STILL)
    chords = xp.clip((most - ratio) / (most - least), 0.0, 1.0)
    fade = hann(2 * round(FADE / 2 * frames_rate) + 2)[1:]
    chords = xp.pad(chords, len(fade) // 2, mode="edge")
    chords = correlate_long(chords, fade / fade.sum())
    at = np.arange(low.shape[-1]) / hop_length
    return xp.interp(at, np.arange(len(chords)), chords).astype(low.dtype)


def _change(low, n_fft, hop_length, band):
    """How much the magnitudes in a band change from frame to frame: (n_frames,)."""
    xp = array_namespace(low)
    low = stop_gradient(low.reshape(-1, low.shape[-1]))
    X = stft(low, n_fft=n_fft, hop_length=hop_length)
    first, last = (round(edge * n_fft) for edge in band)
    X = X[:, first : last + 1]
    M = xp.sqrt((X.real**2 + X.imag**2).sum(axis=0))
    change = abs(M[:, 1:] - M[:, :-1]).sum(axis=0)
    total = M.sum(axis=0)
    tiny = float(np.finfo(M.dtype).tiny) ** 0.5
    return xp.pad(change, (0, 1)) / (total + tiny)


def _fitted(y, n_samples):
    """y, cut or followed by zeros, as its last samples may be missing."""
    y = y[..., :n_samples]
    missing = n_samples - y.shape[-1]
    return array_namespace(y).pad(y, [(0, 0)] * (y.ndim - 1) + [(0, missing)])

"""Loudness: how loud programme material is, as broadcasters measure it.

    k_weighting          the filters that stand for head and ear
    loudness             the whole programme, gated, LUFS
    momentary_loudness   the last 0.4 s of it, ten times a second
    short_term_loudness  the last 3 s
    loudness_range       how much quiet and loud passages differ, LU
    true_peak            the highest point of the wave, also between samples, dBTP

The loudness of a block is that of all channels together,

    L = -0.691 + 10 log10 sum_c G_c mean(y_c^2),   y the K-weighted channel,

with G = 1, but 1.41 (1.5 dB) for the channels behind and 0 for the bass effects. A
signal of one dimension is one channel; of more, (..., n_channels, n_samples).
"""

import numpy as np

from dsplab._arguments import as_signal, as_values, integer, positive
from dsplab._array import array_namespace, moving_sum
from dsplab.filters.static import filter_sections
from dsplab.resampling import upsample

STEP = 0.1  # s between two blocks
ABSOLUTE_GATE = -70.0  # LUFS: what is quieter is no programme
SILENCE = -300.0  # what silence is given, in LUFS and dBTP
# L R, C or LFE, then the surrounds, in the order of a WAV file
CHANNEL_GAINS = {
    1: (1.0,),
    2: (1.0, 1.0),
    3: (1.0, 1.0, 1.0),
    5: (1.0, 1.0, 1.0, 1.41, 1.41),
    6: (1.0, 1.0, 1.0, 0.0, 1.41, 1.41),
}


def k_weighting(sample_rate):
    """The K-weighting: a shelf for the head as a sphere, and a high-pass.

    The standard prints the coefficients for 48 kHz. Here are the analogue filters that
    the bilinear transform takes there, transformed for any rate; s is in units of the
    corner frequency:

        shelf (1682 Hz, 4 dB, Q 0.707)  (G s^2 + G^0.4997 s / Q + 1) / (s^2 + s / Q + 1)
        high-pass (38 Hz, Q 0.500)      s^2 / (s^2 + s / Q + 1)

    The standard's high-pass has the numerator 1 - 2/z + 1/z^2, by that 0.04 dB more.

    Args:
      sample_rate: Hz; more than 4 kHz, so that the shelf is below half of it.

    Returns:
      Sections of `dsplab.filters.static.filter_sections`, NumPy array (2, 6).

    Raises:
      ValueError: if sample_rate is not above 4000.

    Reference:
      ITU-R BS.1770-5, "Algorithms to measure audio programme loudness and true-peak
      audio level", 2023, Annex 1; the analogue parameters: B. De Man, "Evaluation of
      implementations of the EBU R128 loudness measurement", AES 145, 2018.

    >>> k_weighting(48000).round(5)[0].tolist()
    [1.53512, -2.6917, 1.19839, 1.0, -1.69066, 0.73248]
    """
    if positive(sample_rate, name="sample_rate") <= 4000:
        raise ValueError(f"sample_rate must be above 4000 Hz, got {sample_rate!r}")
    gain, slope = 10.0 ** (3.999843853973347 / 20.0), 0.4996667741545416
    K = np.tan(np.pi * 1681.974450955533 / sample_rate)
    b = _bilinear(gain, gain**slope * K / 0.7071752369554196, K * K)
    a = _bilinear(1.0, K / 0.7071752369554196, K * K)
    shelf = np.append(b, a) / a[0]
    K = np.tan(np.pi * 38.13547087602444 / sample_rate)
    a = _bilinear(1.0, K / 0.5003270373238773, K * K)
    return np.stack([shelf, [1.0, -2.0, 1.0, *(a / a[0])]])


def _bilinear(second, first, zeroth):
    """second s^2 + first s + zeroth times (1 + 1/z)^2: s = (1 - 1/z) / (1 + 1/z)."""
    middle = 2.0 * (zeroth - second)
    return np.array([second + first + zeroth, middle, second - first + zeroth])


def momentary_loudness(x, sample_rate, *, channel_gains=None):
    """Loudness of every 0.4 s, ten times a second: what a meter's bar shows.

    Args:
      x: signal, (n_samples,) or (..., n_channels, n_samples), at least 0.4 s.
      sample_rate: Hz.
      channel_gains: G of each channel; by default as the standard has them, for 1
        channel, 2, 3 (L R C), 5 (and Ls Rs) and 6 (L R C LFE Ls Rs).

    Returns:
      LUFS, (..., n_blocks); block m begins at m 0.1 s. Silence has -300.

    Raises:
      ValueError: if x is shorter, or has a number of channels without default gains.

    Reference:
      EBU Tech 3341, "Loudness metering: EBU mode", 2023.

    >>> x = 0.1 * np.sin(2 * np.pi * 1000 * np.arange(48000) / 48000)
    >>> momentary_loudness(np.stack([x, x]), 48000).round(1).tolist()
    [-20.0, -20.0, -20.0, -20.0, -20.0, -20.0, -20.0]
    """
    return _lufs(_block_powers(x, sample_rate, channel_gains, 4))


def short_term_loudness(x, sample_rate, *, channel_gains=None):
    """Loudness of every 3 s, ten times a second: of a phrase, not of a note.

    Args:
      x: signal, (n_samples,) or (..., n_channels, n_samples), at least 3 s.
      sample_rate: Hz.
      channel_gains: as in `momentary_loudness`.

    Returns:
      LUFS, (..., n_blocks); block m begins at m 0.1 s. Silence has -300.

    Raises:
      ValueError: as in `momentary_loudness`.

    Reference:
      EBU Tech 3341, "Loudness metering: EBU mode", 2023.

    >>> x = 0.1 * np.sin(2 * np.pi * 1000 * np.arange(96000) / 24000)
    >>> short_term_loudness(np.stack([x, x]), 24000).shape
    (11,)
    """
    return _lufs(_block_powers(x, sample_rate, channel_gains, 30))


def loudness(x, sample_rate, *, channel_gains=None):
    """Loudness of a whole programme (integrated loudness), for levelling two of them.

    Pauses must not make a programme quieter. So of the momentary blocks only those
    above -70 LUFS count, and of those only the ones less than 10 LU below the mean of
    their power:

        L = -0.691 + 10 log10 mean(power of the blocks that are left).

    Args:
      x: signal, (n_samples,) or (..., n_channels, n_samples), at least 0.4 s.
      sample_rate: Hz.
      channel_gains: as in `momentary_loudness`.

    Returns:
      LUFS, (...); -300 where nothing is above -70. Streaming asks for about -14,
      European television for -23.

    Raises:
      ValueError: as in `momentary_loudness`.

    Reference:
      ITU-R BS.1770-5, Annex 1; EBU R 128. Blocks begin at multiples of the sample
      nearest to 0.1 s.

    >>> x = np.sin(2 * np.pi * 997 * np.arange(48000) / 48000)
    >>> float(loudness(x, 48000).round(2))  # so the standard is calibrated
    -3.01
    """
    return gated_loudness(_block_powers(x, sample_rate, channel_gains, 4))


def gated_loudness(power):
    """`loudness` of the powers of its blocks, (..., n_blocks), however they came."""
    return _lufs(_mean_of(power, _above_gates(power, -10.0)))


def loudness_range(x, sample_rate, *, channel_gains=None):
    """How much quiet and loud passages differ, LU: dynamics of the large kind.

    The 10th and the 95th percentile of the short-term loudness, of those blocks that
    are above -70 LUFS and less than 20 LU below the mean of their power.

    Args:
      x: signal, (n_samples,) or (..., n_channels, n_samples), at least 3 s.
      sample_rate: Hz.
      channel_gains: as in `momentary_loudness`.

    Returns:
      LU, (...): about 5 for pop, 15 and more for an orchestra; 0 for silence.

    Raises:
      ValueError: as in `momentary_loudness`.

    Reference:
      EBU Tech 3342, "Loudness range", 2023.

    >>> t = np.arange(20 * 8000) / 8000
    >>> level = np.where(t < 10, 0.1, 0.01)
    >>> x = level * np.sin(2 * np.pi * 1000 * t)
    >>> float(loudness_range(x, 8000).round(2))
    20.0
    """
    return gated_range(_block_powers(x, sample_rate, channel_gains, 30))


def gated_range(power):
    """`loudness_range` of the powers of its blocks, (..., n_blocks)."""
    xp = array_namespace(power)
    chosen = _above_gates(power, -20.0)
    count = chosen.sum(axis=-1, keepdims=True)
    # ascending, those that do not count behind the others
    rows = xp.sort(xp.where(chosen, _lufs(power), np.inf), axis=-1)
    quiet, loud = (_percentile(rows, count, share) for share in (0.1, 0.95))
    return xp.where(count[..., 0] > 0, loud - quiet, 0.0)


def true_peak(x, sample_rate, *, factor=None):
    """The highest point of the wave between its samples, dBTP: what a converter meets.

    Samples of a sine may all miss its crest. They are read `factor` times as densely,
    by band-limited interpolation, before the largest is taken.

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      factor: 1, 2, 4, 8 ...; by default what makes at least 160 kHz of it. With 4, a
        sine at half the sampling rate reads 0.7 dB low at worst, one at a quarter of
        it 0.2 dB.

    Returns:
      dB of full scale, one value for each channel, (...); -300 for silence.

    Raises:
      ValueError: if factor is not a power of two.

    Reference:
      ITU-R BS.1770-5, Annex 2. Ours is flatter than the standard's example of 48 taps.

    >>> x = 0.5 * np.sin(2 * np.pi * (np.arange(4800) / 4 + 1 / 8))  # at 12 kHz
    >>> x = np.hanning(4800) * x
    >>> print(abs(x).max().round(3), (10 ** (true_peak(x, 48000) / 20)).round(3))
    0.354 0.5
    """
    positive(sample_rate, name="sample_rate")
    if factor is None:
        factor = 2 ** max(int(np.ceil(np.log2(160_000 / sample_rate))), 0)
    y = upsample(x, integer(factor, name="factor"))
    xp = array_namespace(y)
    peak = xp.maximum(y.max(axis=-1), -y.min(axis=-1))
    return 20.0 * xp.log10(xp.maximum(peak, 10.0 ** (SILENCE / 20.0)))


def _block_powers(x, sample_rate, channel_gains, n_steps):
    """sum_c G_c mean(y_c^2) of blocks of n_steps 0.1 s, (..., n_blocks)."""
    sections = k_weighting(sample_rate)
    step = round(STEP * sample_rate)
    x = as_signal(x, min_length=n_steps * step)
    xp = array_namespace(x)
    x = x[None] if x.ndim == 1 else x
    gains = xp.asarray(_gains(channel_gains, x.shape[-2]), dtype=x.dtype)
    y = filter_sections(x, sections)
    n = y.shape[-1] // step
    rows = y[..., : n * step].reshape(*y.shape[:-1], n, step)
    power = (gains[:, None] * xp.vecdot(rows, rows)).sum(axis=-2) / step
    return moving_sum(power, n_steps) / n_steps


def _gains(channel_gains, n_channels):
    if channel_gains is None and n_channels not in CHANNEL_GAINS:
        raise ValueError(
            f"x must have {', '.join(map(str, CHANNEL_GAINS))} channels along the last "
            f"axis but one, or channel_gains must be given; got {n_channels} channels"
        )
    if channel_gains is None:
        return np.array(CHANNEL_GAINS[n_channels])
    gains = as_values(channel_gains, name="channel_gains")
    if gains.shape != (n_channels,):
        raise ValueError(
            f"channel_gains must have shape ({n_channels},), got {gains.shape}"
        )
    return gains


def _lufs(power):
    xp = array_namespace(power)
    least = 10.0 ** ((SILENCE + 0.691) / 10.0)
    return -0.691 + 10.0 * xp.log10(xp.maximum(power, least))


def _above_gates(power, relative):
    """Which blocks count: above -70 LUFS, and above the mean of those, less some LU."""
    chosen = _lufs(power) > ABSOLUTE_GATE
    gate = _lufs(_mean_of(power, chosen)) + relative
    return chosen & (_lufs(power) > gate[..., None])


def _mean_of(power, chosen):
    xp = array_namespace(power)
    count = xp.maximum(chosen.sum(axis=-1), 1).astype(power.dtype)
    return xp.where(chosen, power, 0.0).sum(axis=-1) / count


def _percentile(rows, count, share):
    """Value at `share` of the first `count` of ascending rows, between two of them."""
    xp = array_namespace(rows)
    place = xp.maximum(count - 1, 0) * share
    low = xp.floor(place).astype(int)
    high = xp.minimum(low + 1, xp.maximum(count - 1, 0))
    a, b = (xp.take_along_axis(rows, k, axis=-1)[..., 0] for k in (low, high))
    empty = count[..., 0] == 0
    a, b = xp.where(empty, 0.0, a), xp.where(empty, 0.0, b)
    return a + (place - low)[..., 0].astype(rows.dtype) * (b - a)

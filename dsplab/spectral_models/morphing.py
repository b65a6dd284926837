"""Sounds between two sounds: harmonic by harmonic, band by band."""

from dsplab._arguments import as_signal, as_values
from dsplab._array import array_namespace
from dsplab.convert import amplitude_to_db, db_to_amplitude
from dsplab.spectral_models.combined import WithNoise
from dsplab.spectral_models.stochastic import scale_noise_time, stochastic_sizes
from dsplab.spectral_models.tracking import Partials
from dsplab.spectral_models.transformations import (
    TURN,
    checked,
    scale_time,
    with_steps,
)


def morph_partials(one, other, share, sample_rate, *, hop_length, amplitude_share=None):
    """Make a sound between two, row by row: harmonic by harmonic.

        f = f1^(1 - share) f2^share,  a dB value likewise

    Args:
      one, other: `Partials` of `harmonic_analysis`; the shorter is lengthened to the
        longer (`scale_time`), and where one of them has no such harmonic, the other's
        frequency stands and the level sinks.
      share: of the second sound's frequencies: 0 to 1, a number or a curve (n_frames,).
      sample_rate: Hz.
      hop_length: samples between frames.
      amplitude_share: of its amplitudes; None for the same share.

    Returns:
      `Partials`, (..., n_partials, n_frames) of the longer one.

    Raises:
      ValueError: if the numbers of rows differ.

    >>> f = np.full((1, 5), 400.0)
    >>> other = Partials(2.25 * f, 0.01 * f / f, 0 * f)
    >>> one = Partials(f, f / f, 0 * f)
    >>> both = morph_partials(one, other, 0.5, 8000, hop_length=80)
    >>> [round(float(row[0, 0]), 6) for row in both[:2]]
    [600.0, 0.1]
    """
    one, other = (checked(p, sample_rate, hop_length) for p in (one, other))
    if one.frequency.shape[:-1] != other.frequency.shape[:-1]:
        raise ValueError(
            "one and other must have the same number of partials, got shapes "
            f"{one.frequency.shape} and {other.frequency.shape}"
        )
    share = as_values(share, name="share")
    loud = (
        share
        if amplitude_share is None
        else as_values(amplitude_share, name="amplitude_share")
    )
    one, other = _as_long(one, other, sample_rate, hop_length)
    xp = array_namespace(*one, *other)
    f1 = xp.where(one.frequency > 0.0, one.frequency, other.frequency)
    f2 = xp.where(other.frequency > 0.0, other.frequency, one.frequency)
    frequency = xp.maximum(f1, 1e-9) ** (1.0 - share) * xp.maximum(f2, 1e-9) ** share
    frequency = xp.where(f1 > 0.0, frequency, 0.0)
    levels = (amplitude_to_db(a.amplitude) for a in (one, other))
    first, second = levels
    amplitude = db_to_amplitude((1.0 - loud) * first + loud * second)
    amplitude = xp.where(f1 > 0.0, amplitude, 0.0)
    angle = xp.where(one.frequency > 0.0, one.angle, other.angle)
    pace = frequency * (TURN * hop_length / sample_rate)
    mean = 0.5 * (pace[..., 1:] + pace[..., :-1])
    values = (frequency, amplitude, angle, mean)
    *values, mean = (v.astype(one.frequency.dtype) for v in values)
    return with_steps(Partials(*values), mean)


def morph_noise(one, other, share, sample_rate, *, n_fft=None, hop_length=None):
    """Make a noise between two: decibels on a straight line, band by band.

    Args:
      one, other: envelopes (..., n_bands, n_frames) of `stochastic_analysis`; the
        shorter is lengthened to the longer.
      share: of the second, 0 to 1: a number or a curve (n_frames,).
      sample_rate: Hz.
      n_fft, hop_length: as in the analysis.

    Returns:
      Envelope, (..., n_bands, n_frames) of the longer one.

    Raises:
      ValueError: if the numbers of bands differ.

    >>> one, other = np.full((8, 5), 1.0), np.full((8, 5), 0.01)
    >>> round(float(morph_noise(one, other, 0.5, 8000)[0, 0]), 6)
    0.1
    """
    one, other = as_signal(one, name="one"), as_signal(other, name="other")
    if min(one.ndim, other.ndim) < 2 or one.shape[-2] != other.shape[-2]:
        raise ValueError(
            "one and other must have the same bands, (..., n_bands, n_frames), got "
            f"shapes {one.shape} and {other.shape}"
        )
    share = as_values(share, name="share")
    n_fft, hop_length = stochastic_sizes(sample_rate, n_fft, hop_length)
    n = max(one.shape[-1], other.shape[-1])

    def as_long(envelope):
        if envelope.shape[-1] == n:
            return envelope
        last, end = (k * hop_length for k in (envelope.shape[-1] - 1, n - 1))
        options = {"n_fft": n_fft, "hop_length": hop_length, "length": n * hop_length}
        return scale_noise_time(envelope, [[0, 0], [last, end]], sample_rate, **options)

    first, second = (amplitude_to_db(as_long(e)) for e in (one, other))
    return db_to_amplitude(first + share * (second - first)).astype(one.dtype)


def morph_with_noise(
    one,
    other,
    share,
    sample_rate,
    *,
    hop_length,
    amplitude_share=None,
    noise_share=None,
    n_fft=None,
):
    """Make a sound between two that are known as harmonics and noise.

    Args:
      one, other: `WithNoise` of both sounds, harmonics in rows.
      share: of the second sound's frequencies, 0 to 1: a number, or a curve over the
        frames of the partials.
      sample_rate: Hz.
      hop_length: samples between the frames of the partials.
      amplitude_share: of its amplitudes; None for the same share.
      noise_share: of its noise, a number or a curve over the noise's frames; None for
        the same share, a curve read at their times.
      n_fft: of the noise's frames, as in `with_noise`.

    Returns:
      `WithNoise`, as long as the longer.

    >>> f, noise = np.full((1, 41), 400.0), np.full((8, 21), 0.01)
    >>> one = WithNoise(Partials(f, f / f, 0 * f), noise)
    >>> other = WithNoise(Partials(2.25 * f, f / f, 0 * f), 0.01 * noise)
    >>> both = morph_with_noise(one, other, 0.5, 8000, hop_length=23)
    >>> [round(float(a[0, 0]), 6) for a in (both.partials.frequency, both.envelope)]
    [600.0, 0.001]
    """
    partials = morph_partials(
        one.partials,
        other.partials,
        share,
        sample_rate,
        hop_length=hop_length,
        amplitude_share=amplitude_share,
    )
    if noise_share is None:
        n_frames = max(m.envelope.shape[-1] for m in (one, other))
        hop = stochastic_sizes(sample_rate, n_fft, None)[1]
        noise_share = _at_frames(share, n_frames, hop / hop_length)
    noise = morph_noise(
        one.envelope, other.envelope, noise_share, sample_rate, n_fft=n_fft
    )
    return WithNoise(partials, noise)


def _at_frames(share, n_frames, spacing):
    """A number as it is, a curve over frames read at others, so many of them apart."""
    share = as_values(share, name="share")
    if share.ndim == 0:
        return share
    xp = array_namespace(share)
    return xp.interp(xp.arange(n_frames) * spacing, xp.arange(share.shape[-1]), share)


def _as_long(one, other, sample_rate, hop_length):
    """Both, as long as the longer of them."""
    n = [p.frequency.shape[-1] for p in (one, other)]
    if n[0] == n[1]:
        return one, other
    short, last = (one, n[1] - 1) if n[0] < n[1] else (other, n[0] - 1)
    ends = [[0.0, 0.0], [(min(n) - 1.0) * hop_length, last * hop_length]]
    long = scale_time(short, ends, sample_rate, hop_length=hop_length)
    return (long, other) if short is one else (one, long)

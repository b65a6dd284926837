"""Partials and what they leave over: a residual sound, or its stochastic model."""

from typing import Any, NamedTuple

from dsplab._arguments import as_signal
from dsplab.spectral_models.sinusoidal import sinusoidal_synthesis
from dsplab.spectral_models.stochastic import (
    scale_noise_time,
    stochastic_analysis,
    stochastic_synthesis,
)
from dsplab.spectral_models.tracking import Partials
from dsplab.spectral_models.transformations import scale_time


class WithResidual(NamedTuple):
    """A sound as partials and the rest, (..., n_samples)."""

    partials: Partials
    residual: Any


class WithNoise(NamedTuple):
    """A sound as partials and the envelope of the rest, (..., n_bands, n_frames)."""

    partials: Partials
    envelope: Any


def with_residual(x, partials, sample_rate, *, hop_length):
    """Take partials out of a sound: breath, bow and hammer remain.

    With `sinusoidal_analysis` this is the sinusoidal plus residual model, with
    `harmonic_analysis` the harmonic plus residual one.

    Args:
      x: signal, (..., n_samples).
      partials: of its analysis.
      sample_rate: Hz.
      hop_length: samples between its frames.

    Returns:
      `WithResidual`; partials and residual add up to x exactly.

    >>> x = 0.5 * np.cos(2 * np.pi * 440.0 * np.arange(8000) / 8000)
    >>> from dsplab.spectral_models import sinusoidal_analysis
    >>> partials = sinusoidal_analysis(x, 8000, hop_length=32)
    >>> model = with_residual(x, partials, 8000, hop_length=32)
    >>> bool(abs(model.residual[1000:-1000]).max() < 1e-4)
    True
    """
    x = as_signal(x)
    sinusoids = sinusoidal_synthesis(
        partials, sample_rate, hop_length=hop_length, length=x.shape[-1]
    )
    return WithResidual(partials, x - sinusoids)


def with_noise(x, partials, sample_rate, *, hop_length, n_bands=None, n_fft=None):
    """Take partials out of a sound and describe what remains as a noise.

    Args:
      x: signal, (..., n_samples).
      partials: of its analysis.
      sample_rate: Hz.
      hop_length: samples between the frames of the partials.
      n_bands, n_fft: of the noise, as for `stochastic_analysis`; its frames are half of
        n_fft apart.

    Returns:
      `WithNoise`.

    >>> x = np.random.default_rng(0).standard_normal(8000)
    >>> from dsplab.spectral_models import sinusoidal_analysis
    >>> partials = sinusoidal_analysis(x, 8000, hop_length=32, threshold_db=0.0)
    >>> with_noise(x, partials, 8000, hop_length=32).envelope.shape
    (9, 174)
    """
    residual = with_residual(x, partials, sample_rate, hop_length=hop_length).residual
    sizes = {"n_bands": n_bands, "n_fft": n_fft}
    return WithNoise(partials, stochastic_analysis(residual, sample_rate, **sizes))


def add_residual(model, sample_rate, *, hop_length):
    """The sound of a `WithResidual`, (..., n_samples)."""
    length = as_signal(model.residual, name="residual").shape[-1]
    options = {"hop_length": hop_length, "length": length}
    return sinusoidal_synthesis(model.partials, sample_rate, **options) + model.residual


def add_noise(model, noise, sample_rate, *, hop_length, n_fft=None):
    """The sound of a `WithNoise`; white noise (..., length) gives what is random."""
    length = as_signal(noise, name="noise").shape[-1]
    options = {"hop_length": hop_length, "length": length}
    sinusoids = sinusoidal_synthesis(model.partials, sample_rate, **options)
    hiss = stochastic_synthesis(model.envelope, noise, sample_rate, n_fft=n_fft)
    return sinusoids + hiss


def scale_time_with_noise(model, rate, sample_rate, *, hop_length, n_fft=None):
    """Play a `WithNoise` slower or faster, or along a time map; breath stays breath.

    Args:
      model: `WithNoise`.
      rate: speed or time map, as for `scale_time`.
      sample_rate: Hz.
      hop_length: samples between the frames of the partials.
      n_fft: of the noise's frames, as in `with_noise`.

    Returns:
      `WithNoise` of the new duration.

    >>> f = np.full((1, 41), 400.0)
    >>> model = WithNoise(Partials(f, f / f, 0 * f), np.full((8, 21), 0.01))
    >>> slow = scale_time_with_noise(model, 0.5, 8000, hop_length=23)
    >>> slow.partials.frequency.shape, slow.envelope.shape
    ((1, 81), (8, 41))
    """
    partials = scale_time(model.partials, rate, sample_rate, hop_length=hop_length)
    length = (model.partials.frequency.shape[-1] - 1) * hop_length
    options = {"n_fft": n_fft, "length": length}
    envelope = scale_noise_time(model.envelope, rate, sample_rate, **options)
    return WithNoise(partials, envelope)

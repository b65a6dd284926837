"""Partials and what they leave over: a residual sound, or its stochastic model."""

from typing import Any, NamedTuple

from dsplab._arguments import as_signal
from dsplab.spectral_models.sinusoidal import sinusoidal_synthesis
from dsplab.spectral_models.stochastic import stochastic_analysis, stochastic_synthesis
from dsplab.spectral_models.tracking import Partials


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


def with_noise(x, partials, sample_rate, *, hop_length, **sizes):
    """Take partials out of a sound and describe what remains as a noise.

    Args:
      x: signal, (..., n_samples).
      partials: of its analysis.
      sample_rate: Hz.
      hop_length: samples between the frames of the partials.
      **sizes: of the noise's frames, as for `stochastic_analysis` but for the hop.

    Returns:
      `WithNoise`.

    >>> x = np.random.default_rng(0).standard_normal(8000)
    >>> from dsplab.spectral_models import sinusoidal_analysis
    >>> partials = sinusoidal_analysis(x, 8000, hop_length=32, threshold_db=0.0)
    >>> with_noise(x, partials, 8000, hop_length=32).envelope.shape
    (9, 174)
    """
    residual = with_residual(x, partials, sample_rate, hop_length=hop_length).residual
    return WithNoise(partials, stochastic_analysis(residual, sample_rate, **sizes))


def add_residual(model, sample_rate, *, hop_length):
    """The sound of a `WithResidual`, (..., n_samples)."""
    length = as_signal(model.residual, name="residual").shape[-1]
    options = {"hop_length": hop_length, "length": length}
    return sinusoidal_synthesis(model.partials, sample_rate, **options) + model.residual


def add_noise(model, noise, sample_rate, *, hop_length, **sizes):
    """The sound of a `WithNoise`; white noise (..., length) gives what is random."""
    length = as_signal(noise, name="noise").shape[-1]
    options = {"hop_length": hop_length, "length": length}
    sinusoids = sinusoidal_synthesis(model.partials, sample_rate, **options)
    return sinusoids + stochastic_synthesis(model.envelope, noise, sample_rate, **sizes)

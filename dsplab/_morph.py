"""What the command `dsplab morph` does: a sound between two sound files."""

import os
import sys

import numpy as np

from dsplab._commands import UsageError, _Progress, check_folder, check_format


def morph(arguments):
    """Write a sound between two: a mixture of their harmonics, or of their spectra."""
    from dsplab.formats.audio_files import read_audio, write_audio

    target = arguments.output
    for source in (arguments.input, arguments.other):
        if os.path.realpath(source) == os.path.realpath(target):
            raise UsageError(f"'{target}' is an input; choose another name")
    check_folder(target)
    x, sample_rate = read_audio(arguments.input, dtype="float32")
    other, other_rate = read_audio(arguments.other, dtype="float32")
    check_format(arguments, np.zeros((*x.shape[:-1], 2000), x.dtype), sample_rate)
    longer = max(x.shape[-1] * other_rate, other.shape[-1] * sample_rate) // other_rate
    length = np.broadcast_to(np.float32(0), (longer,))
    with _Progress("morphing", length, sample_rate, arguments.quiet):
        other = _like(x, other, sample_rate, other_rate)
        x = np.broadcast_to(x, (*other.shape[:-1], x.shape[-1]))
        make = _spectra if arguments.method == "spectrum" else _harmonics
        y = make(x, other, sample_rate, arguments)
    peak = float(abs(y).max())
    if peak > 1.0:
        print(f"dsplab: warning: turned down from peak {peak:.2f}", file=sys.stderr)
        y = y / peak
    write_audio(target, y, sample_rate, subtype=arguments.subtype)


def _like(x, other, sample_rate, other_rate):
    """The other sound at the rate of x, and with its channels or more."""
    from dsplab.resampling import resample

    if other_rate != sample_rate:
        other = resample(other, round(other.shape[-1] * sample_rate / other_rate))
    if x.ndim == other.ndim == 2 and len(x) != len(other):
        raise UsageError(
            f"the sounds have {len(x)} and {len(other)} channels; make one of them mono"
        )
    if x.ndim > other.ndim:
        other = np.broadcast_to(other, (len(x), other.shape[-1]))
    return other


def _share(arguments, n):
    """The share of the second sound at n moments from the beginning to the end."""
    if arguments.to is None:
        return arguments.share
    return np.linspace(arguments.share, arguments.to, n).astype(np.float32)


def _harmonics(x, other, sample_rate, arguments):
    """Harmonic by harmonic, band of noise by band of noise; the longer one's length."""
    from dsplab.spectral_models import (
        add_noise,
        harmonic_analysis,
        morph_with_noise,
        with_noise,
    )

    hop_length = max(round(sample_rate * 128 / 44100), 1)
    models = []
    for sound in (x, other):
        partials = harmonic_analysis(sound, sample_rate, hop_length=hop_length)
        if not (partials.frequency > 0).any():
            name = arguments.input if sound is x else arguments.other
            raise UsageError(f"no pitch was found in '{name}'; try --method spectrum")
        models.append(with_noise(sound, partials, sample_rate, hop_length=hop_length))
    length = max(x.shape[-1], other.shape[-1])
    n_frames = max(model.partials.frequency.shape[-1] for model in models)
    share = _share(arguments, n_frames)
    between = morph_with_noise(*models, share, sample_rate, hop_length=hop_length)
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((*x.shape[:-1], length), dtype=np.float32)
    return add_noise(between, noise, sample_rate, hop_length=hop_length)


def _spectra(x, other, sample_rate, arguments):
    """The first sound's waveform under the second one's spectral envelope."""
    from dsplab.spectral_models import morph_spectra

    n_fft = 2 ** max(round(np.log2(0.046 * sample_rate)), 3)
    hop_length = n_fft // 4
    balance = _share(arguments, 1 + x.shape[-1] // hop_length)
    options = {"n_fft": n_fft, "hop_length": hop_length}
    options |= {"smoothing": arguments.smoothing, "balance": balance}
    return morph_spectra(x, other, sample_rate, **options)

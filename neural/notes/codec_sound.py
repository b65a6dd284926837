"""Sound as the networks of a codec see it, and how far a copy of it is from it.

Waves are seen as they are and compared by mel spectra in decades, as DAC does.

Spectra are seen as principal components of natural logarithms of magnitudes, a few
frames together: the mean of many sounds is taken away, what is left is projected onto
the directions in which they differ most. `params["components"]` holds both; they are
found once, by `components`, and do not learn on. Phases are found by Griffin and Lim's
algorithm. Spectra are compared by the energies of bins and of bands of 2, 4, 8 and 16
bins: what shorter windows would hear of the same sound.

`config` is a `neural.notes.codec.Config`.
"""

import jax
import jax.numpy as jnp
import numpy as np

from dsplab.mel import mel_spectrogram
from dsplab.phase_retrieval import griffin_lim
from dsplab.spectral import stft

BANDS = (1, 2, 4, 8, 16)  # bins whose energies are compared together
LOUDEST = 8.0  # log magnitude above which a decoder's is cut
SPREAD = 3.0  # nats that are 1 to the networks
AT_ONCE = 64  # signals


def log_magnitude(x, config):
    """Natural logarithms (batch, time, bins) of spectra of signals (batch, n_samples).

    A quarter of a window apart; the one that lies behind the end is left out.
    """
    X = stft(x, n_fft=config.n_fft, hop_length=config.n_fft // 4)
    power = jnp.maximum(X.real**2 + X.imag**2, config.floor**2)
    return 0.5 * jnp.log(power).swapaxes(1, 2)[:, :-1]


def _grouped(logs, config):
    """(batch, time, bins) to (batch, time / together, together * bins)."""
    return logs.reshape(len(logs), -1, config.together * logs.shape[2])


def pieces(x):
    """Many signals (n, n_samples), a few at a time: spectra of all would be large."""
    return [x[first : first + AT_ONCE] for first in range(0, len(x), AT_ONCE)]


def unknown_components(config):
    """What `components` gives, of no sounds at all."""
    size = config.together * (config.n_fft // 2 + 1)
    vectors = np.eye(size, config.n_seen, dtype=np.float32)
    return {"mean": np.zeros(size, np.float32), "vectors": vectors}


def components(x, config):
    """Mean and principal components of the log spectra of signals (batch, n_samples).

    Returns:
      Dict of mean (size,) and vectors (size, n_seen), size = together * bins; NumPy.
    """
    logs = jax.jit(lambda x: _grouped(log_magnitude(x, config), config))
    size = config.together * (config.n_fft // 2 + 1)
    n, total, products = 0, np.zeros(size), np.zeros((size, size))
    for some in pieces(x):
        seen = np.asarray(logs(some), np.float64).reshape(-1, size)
        n, total = n + len(seen), total + seen.sum(axis=0)
        products += seen.T @ seen
    mean = total / n
    vectors = np.linalg.eigh(products / n - np.outer(mean, mean))[1]
    vectors = vectors[:, ::-1][:, : config.n_seen]
    return {"mean": mean.astype(np.float32), "vectors": vectors.astype(np.float32)}


def seen(params, x, config):
    """Signals (batch, whole frames) as the networks see them: (batch, time, n_seen)."""
    if not config.n_fft:
        return x[..., None]
    known = jax.lax.stop_gradient(params["components"])
    logs = _grouped(log_magnitude(x, config), config)
    return (logs - known["mean"]) @ known["vectors"] / SPREAD


def log_magnitude_of(params, made, config):
    """And back to log magnitudes (batch, time, bins)."""
    known = jax.lax.stop_gradient(params["components"])
    logs = SPREAD * made @ known["vectors"].T + known["mean"]
    return jnp.minimum(logs.reshape(len(made), -1, config.n_fft // 2 + 1), LOUDEST)


def heard(params, made, config):
    """And back to signals."""
    if not config.n_fft:
        return made[..., 0]
    logs = log_magnitude_of(params, made, config)
    hop_length = config.n_fft // 4
    length = logs.shape[1] * hop_length
    after = jnp.pad(logs, [(0, 0), (0, 1), (0, 0)], "edge")
    magnitude = jnp.exp(after).swapaxes(1, 2)
    return griffin_lim(magnitude, hop_length=hop_length, length=length)


def mel_distance(x, y, config):
    """Mean difference of mel spectra in decades, summed over resolutions."""
    total = 0.0
    both = jnp.stack([x, y])
    for n_fft in config.windows:
        n_mels = 5 * n_fft // 32
        mel = mel_spectrogram(
            both, config.sample_rate, n_fft=n_fft, n_mels=n_mels, power=1.0
        )
        logs = jnp.log10(jnp.maximum(mel, config.floor))
        total += jnp.mean(jnp.abs(logs[0] - logs[1]))
    return total


def band_distance(a, b):
    """Of log magnitudes (..., bins): in nats, means over bands of BANDS' widths."""
    total = 0.0
    a, b = (jnp.exp(2.0 * logs[..., :-1]) for logs in (a, b))  # energies
    for width in BANDS:
        logs = (
            jnp.log(jnp.mean(e.reshape(*e.shape[:-1], -1, width), axis=-1) + 1e-10)
            for e in (a, b)
        )
        total += 0.5 * jnp.mean(jnp.abs(next(logs) - next(logs)))
    return total / len(BANDS)

"""Who listens while a neural audio codec learns: discriminators of waves and spectra.

Rithesh Kumar et al., "High-Fidelity Audio Compression with Improved RVQGAN" (DAC),
NeurIPS 2023 (arXiv:2306.06546); by period after J. Kong et al., "HiFi-GAN", 2020
(arXiv:2010.05646).

**Idea.** A spectral distance forgives what ears do not: phases that jump, partials that
buzz. Two kinds of networks learn to tell the sound from its copy, and the codec learns
to please them. They judge every place of the sound, and their numbers are not added up:

    by period   samples that lie p apart stand under one another, as rows of a picture
                p wide, and a convolution runs down its columns; one for each p
    by band     real and imaginary parts of a spectrum, cut into five bands, each with
                convolutions of its own; one for each length of the window

Periods are prime, so that no two hear the same samples together.

**Game** (least squares). D should say 1 to sound and 0 to copies, G's copies should get
a 1; and what D's layers see in both should be alike, which is the better teacher:

    D: (1 - D(x))^2 + D(y)^2      G: (1 - D(y))^2 + 2 sum over layers |f(x) - f(y)|

in sums over discriminators; each is a mean over places. What is judged is as loud as
all else: offset removed, peak 0.8.

    state = adversarial.init_state(codec_params, init(key, sizes), optimizers)
    state, metrics = train_step(state, batch, config=..., sizes=..., optimizers=...)
"""

import dataclasses
import functools

import jax
import jax.numpy as jnp
from flax import linen as nn

from dsplab.spectral import stft
from neural import adversarial
from neural.notes import codec
from neural.wave_layers import NormConv2d

FEATURES = 2.0  # weight of what the layers see; that of the game itself is 1
BANDS = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)  # their edges, as parts of a spectrum


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sizes:
    """Sizes of the discriminators.

    Attributes:
      periods: samples, one network each.
      period_channels: widths of their layers; all but the last keep every third row.
      windows: samples, one network of bands each.
      band_channels: width of all their layers.
    """

    periods: tuple[int, ...] = (2, 3, 5, 7, 11)
    period_channels: tuple[int, ...] = (32, 128, 512, 1024, 1024)
    windows: tuple[int, ...] = (2048, 1024, 512)
    band_channels: int = 32

    @classmethod
    def paper(cls):
        """42.5 million parameters."""
        return cls()

    @classmethod
    def tiny(cls):
        """For 8 kHz."""
        return cls(
            periods=(2, 3, 5),
            period_channels=(8, 16, 32),
            windows=(512, 128),
            band_channels=8,
        )


def leaky(x):
    """Rectifier with a slope of 0.1 below zero."""
    return jax.nn.leaky_relu(x, 0.1)


class ByPeriod(nn.Module):
    """Compares samples that lie a period apart."""

    period: int
    channels: tuple[int, ...]

    @nn.compact
    def __call__(self, x):
        """(batch, n_samples) to what the layers see; the last is the judgement."""
        # a whole period is added where none is needed, as in the published code
        missing = self.period - x.shape[1] % self.period
        x = jnp.pad(x, [(0, 0), (0, missing)], mode="reflect")
        x, seen = x.reshape(len(x), -1, self.period, 1), []
        for number, width in enumerate(self.channels):
            stride = 3 if number < len(self.channels) - 1 else 1
            x = leaky(NormConv2d(width, (5, 1), strides=(stride, 1))(x))
            seen.append(x)
        return [*seen, NormConv2d(1, (3, 1))(x)]


class ByBand(nn.Module):
    """Looks at complex spectra, each band with layers of its own."""

    window: int
    channels: int

    @nn.compact
    def __call__(self, x):
        """(batch, n_samples) to what the layers see; the last is the judgement."""
        parts, seen = [], []
        for band in in_bands(x, self.window):
            for taps, stride in (*LAYERS, ((3, 3), 1)):
                conv = NormConv2d(self.channels, taps, strides=(1, stride))
                band = leaky(conv(band))
                seen.append(band)
            parts.append(band)
        return [*seen, NormConv2d(1, (3, 3))(jnp.concatenate(parts, axis=2))]


LAYERS = (((3, 9), 1), ((3, 9), 2), ((3, 9), 2), ((3, 9), 2))  # taps, stride in bins


def in_bands(x, window):
    """Spectra of (batch, n_samples): for each band (batch, frames, bins, 2).

    Frames are a quarter of a window apart and centred on their quarters.
    """
    hop_length = window // 4
    around = (window - hop_length) // 2
    after = around + -x.shape[1] % hop_length
    x = jnp.pad(x, [(0, 0), (around, after)], mode="reflect")
    X = stft(x, n_fft=window, hop_length=hop_length, center=False)
    X = jnp.moveaxis(jnp.stack([X.real, X.imag], axis=-1), 1, 2)
    edges = [int(edge * X.shape[2]) for edge in BANDS]
    return [X[:, :, a:b] for a, b in zip(edges, edges[1:], strict=False)]


class Discriminators(nn.Module):
    """All of them."""

    sizes: Sizes

    @nn.compact
    def __call__(self, x):
        """(batch, n_samples) to a list, one for each, of what its layers see."""
        x = x - x.mean(axis=1, keepdims=True)
        x = 0.8 * x / (jnp.abs(x).max(axis=1, keepdims=True) + 1e-9)
        s = self.sizes
        judges = [ByPeriod(period, s.period_channels) for period in s.periods]
        judges += [ByBand(window, s.band_channels) for window in s.windows]
        return [judge(x) for judge in judges]


@functools.partial(jax.jit, static_argnames="sizes")
def init(key, sizes):
    """Fresh parameters."""
    x = jnp.zeros((1, 2 * max(sizes.windows)), jnp.float32)
    return Discriminators(sizes).init(key, x)["params"]


def seen(params, x, sizes):
    """What every layer of every discriminator sees in x (batch, n_samples)."""
    return Discriminators(sizes).apply({"params": params}, x)


def critic_loss(params, x, y, sizes):
    """What the discriminators make small: x sound, y copies, (batch, n_samples)."""
    both = jnp.concatenate([x, jax.lax.stop_gradient(y)])  # in one pass
    judged = [judge[-1] for judge in seen(params, both, sizes)]
    n = len(x)
    return sum(jnp.mean((1 - a[:n]) ** 2) + jnp.mean(a[n:] ** 2) for a in judged)


def generator_loss(params, x, y, sizes):
    """What the codec makes small besides its own loss."""
    real, fake = (seen(params, heard, sizes) for heard in (x, y))
    game = sum(jnp.mean((1 - judge[-1]) ** 2) for judge in fake)
    alike = sum(
        jnp.mean(jnp.abs(jax.lax.stop_gradient(a) - b))
        for pair in zip(real, fake, strict=True)
        for a, b in list(zip(*pair, strict=True))[:-1]
    )
    return game + FEATURES * alike


@functools.partial(
    jax.jit, static_argnames=("config", "sizes", "optimizers", "ema_decay", "dtype")
)
def train_step(
    state, batch, *, config, sizes, optimizers, ema_decay=0.99, dtype="float32"
):
    """One step of the discriminators, and one of the codec.

    Args:
      state: from `neural.adversarial.init_state`: of the codec and of these.
      batch: dict of x (batch, n_samples) and n_used (batch,).
      config: a `codec.Config` that codes waves: n_fft is 0.
      sizes: a `Sizes`.
      optimizers: the codec's and the discriminators', from optax.
      ema_decay: of the codec's running average.
      dtype: what the networks compute in, see `neural.optimization`.

    Returns:
      The new state, and metrics as `adversarial.alternate` gives them.

    Raises:
      ValueError: if the codec makes spectra, which have no phases to be judged.
    """
    if config.n_fft:
        raise ValueError(f"config must code waves (n_fft 0), got n_fft {config.n_fft}")

    def codec_loss(params, critics, batch, key):
        own, (_, y) = codec.loss(params, batch["x"], config, n_used=batch["n_used"])
        return own + generator_loss(critics, batch["x"], y, sizes)

    def critics_loss(critics, params, batch, key):
        _, (_, y) = codec.loss(params, batch["x"], config, n_used=batch["n_used"])
        return critic_loss(critics, batch["x"], y, sizes)

    return adversarial.alternate(
        state,
        batch,
        jax.random.key(0),  # nothing is drawn
        losses=(codec_loss, critics_loss),
        optimizers=optimizers,
        ema_decay=ema_decay,
        dtype=dtype,
    )

"""Sound as pictures, and back: what a network of pictures learns sound from.

A note becomes a picture (time, frequency, 2): in the first channel how loud, the log of
the magnitude, in the second where in its turn, of each bin of an STFT.

    phase    the angle / pi
    if       instantaneous frequency: how far the angle turns from frame to frame,
             wrapped, / pi; of the first frame the angle itself. A steady partial keeps
             one value where its phase runs through all of them, which is why networks
             learn it best
    if_mel   the same, with frequencies gathered by a mel-spaced matrix: low harmonics
             lie further apart, high ones share their rows. The first channel is then
             the log of *power*

The bin at 0 Hz is left out, so that sizes are powers of two: n_fft is twice the number
of rows. The hop is n_fft / overlap. Silence is put before the note, as much as is
needed for the last frame to end with it.

**Both ways.** From phase and if, all but the offset at 0 Hz comes back. The mel matrix
gathers several bins in one row: what returns has their sum where it was, and phases
that fit together only nearly.

**What networks see.** A model's config tells how: kind, sample_rate, overlap and
aliased as in `Pictures`; start and n_blocks, whose `growing.size_of` is the size;
n_samples of a note; scale and offset for each channel, so that values lie in [-1, 1];
patch, how many pixels in each direction are seen as channels of one.

    drawn      notes to what networks learn from        sounding    and back

Reference: J. Engel et al., "GANSynth: Adversarial Neural Audio Synthesis", ICLR 2019.
The matrix and the constants are those of the published code.
"""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np

from dsplab.spectral import (
    angle_from_frequency,
    instantaneous_frequency,
    inverse_energy,
    istft,
    stft,
)
from dsplab.windows import get_window
from neural import growing

KINDS = ("phase", "if", "if_mel")
FLOOR = 1e-6  # what is added before a log


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pictures:
    """How sound is drawn.

    Attributes:
      kind: one of KINDS.
      sample_rate: Hz.
      n_frames: columns of time.
      n_bins: rows of frequency.
      overlap: frames that cover each sample.
      aliased: with the published code's mistake in the mel matrix, see `mel_matrix`.
    """

    kind: str = "if_mel"
    sample_rate: int = 16000
    n_frames: int = 128
    n_bins: int = 1024
    overlap: int = 4
    aliased: bool = True

    @property
    def n_fft(self):
        """Samples in a frame."""
        return 2 * self.n_bins

    @property
    def hop_length(self):
        """Samples between frames."""
        return self.n_fft // self.overlap

    @property
    def n_covered(self):
        """Samples that all frames cover, the silence before the note included."""
        return self.hop_length * (self.n_frames - 1) + self.n_fft


def _wrapped(turns):
    """Into [-1, 1], in half turns."""
    return turns - 2.0 * jnp.round(turns / 2.0)


@functools.partial(jax.jit, static_argnames="how")
def from_sound(x, how):
    """Draw notes.

    Args:
      x: (batch, n_samples), at most how.n_covered of them.
      how: `Pictures`.

    Returns:
      (batch, n_frames, n_bins, 2).
    """
    silence = how.n_covered - x.shape[-1]
    if silence < 0:
        raise ValueError(
            f"x must have at most {how.n_covered} samples, which {how.n_frames} frames "
            f"cover, got {x.shape[-1]}"
        )
    x = jnp.pad(x, [(0, 0), (silence, 0)])
    X = stft(x, n_fft=how.n_fft, hop_length=how.hop_length, center=False)
    loud, angle = jnp.log(jnp.abs(X) + FLOOR), jnp.angle(X)
    turning = angle / jnp.pi
    if how.kind != "phase":
        turning = _wrapped(instantaneous_frequency(angle, **_half_turns(how)))
    loud, turning = (jnp.swapaxes(p[:, 1:], -1, -2) for p in (loud, turning))
    if how.kind == "if_mel":
        gather = jnp.asarray(matrix(how), x.dtype)
        loud = jnp.log(jnp.exp(2.0 * loud) @ gather + FLOOR)
        turning = turning @ gather
        later = _wrapped(turning[:, 1:])  # the first frame is not a difference
        turning = jnp.concatenate([turning[:, :1], later], axis=1)
    return jnp.stack([loud, turning], axis=-1)


def _half_turns(how):
    """Settings in which a frequency is counted in half turns a hop."""
    return {"hop_length": how.hop_length, "sample_rate": 2.0 * how.hop_length}


@functools.partial(jax.jit, static_argnames=("how", "n_samples"))
def to_sound(pictures, how, *, n_samples):
    """Play pictures.

    Args:
      pictures: (batch, n_frames, n_bins, 2).
      how: `Pictures`.
      n_samples: of each note, the last of what the frames cover.

    Returns:
      (batch, n_samples).
    """
    loud, turning = pictures[..., 0], pictures[..., 1]
    if how.kind == "if_mel":
        spread = jnp.asarray(inverse(matrix(how)), pictures.dtype)
        loud = 0.5 * jnp.log(jnp.exp(loud) @ spread + FLOOR)
        turning = turning @ spread
    loud, turning = (jnp.swapaxes(p, -1, -2) for p in (loud, turning))
    angle = jnp.pi * turning
    if how.kind != "phase":
        angle = angle_from_frequency(turning, **_half_turns(how))
    X = jnp.pad(jnp.exp(loud + 1j * angle), [(0, 0), (1, 0), (0, 0)])
    y = istft(X, hop_length=how.hop_length, center=False, length=how.n_covered)
    y = y * jnp.asarray(_edges(how), y.dtype)
    return y[:, how.n_covered - n_samples :]


def _edges(how):
    """1 where all frames cover a sample; towards the ends less, by energy.

    `istft` divides by little where few do, which makes noise of phases that do not fit.
    """
    window = get_window("hann", how.n_fft)
    inverse_ = inverse_energy(window, how.hop_length, how.n_frames)
    within = inverse_[how.n_fft - how.hop_length : how.n_fft]  # a hop that all cover
    covered = np.where(inverse_ > 0, inverse_, np.inf)
    return np.minimum(1.0, np.max(within) / covered)


def matrix(how):
    """The mel matrix (n_bins, n_bins) of pictures."""
    return mel_matrix(how.n_bins, how.n_bins, how.sample_rate, aliased=how.aliased)


@functools.cache
def mel_matrix(n_mels, n_bins, sample_rate, *, f_min=0.0, f_max=None, aliased=True):
    """Triangles, even in mel but straight in Hz, none narrower than 1.5 bins.

    Where the triangles would be narrower than that, they are widened about their
    centres. The published code keeps lower edges, centres and upper edges as three
    views of one array, so that widening one triangle moves the next ones' centres and
    edges, which are then widened again. `aliased` computes just that, which checkpoints
    trained with it need; without, each triangle is widened for itself.

    Args:
      n_mels: columns.
      n_bins: rows, of which the first is 0 Hz and empty.
      sample_rate: Hz.
      f_min: Hz where the first triangle begins.
      f_max: Hz where the last one ends; sample_rate / 2 if None.
      aliased: see above.

    Returns:
      NumPy array (n_bins, n_mels), float64.
    """
    nyquist = sample_rate / 2.0
    low, high = _mel(np.array([f_min, nyquist if f_max is None else f_max]))
    edges = np.linspace(low, high, n_mels + 2)
    views = edges[:-2], edges[1:-1], edges[2:]
    lower, centre, upper = views if aliased else map(np.copy, views)
    narrowest = 1.5 * nyquist / n_bins
    for i in range(n_mels):
        if _hz(upper[i]) - _hz(lower[i]) < narrowest:
            part = 0.5 * narrowest / (_hz(centre[i]) + 700.0)
            half = 1127.0 * np.arcsinh(part)
            lower[i], upper[i] = centre[i] - half, centre[i] + half
    lower, centre, upper = _hz(lower), _hz(centre), _hz(upper)
    bins = np.linspace(0.0, nyquist, n_bins)[1:, None]
    rising = (bins - lower) / (centre - lower)
    falling = (upper - bins) / (upper - centre)
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return np.pad(triangles, [(1, 0), (0, 0)])


def _mel(hz):
    return 1127.0 * np.log1p(hz / 700.0)


def _hz(mel):
    return 700.0 * np.expm1(mel / 1127.0)


def inverse(gather):
    """An approximate inverse of a mel matrix M: M^T diag(1 / column sums of M M^T)."""
    sums = (gather @ gather.T).sum(axis=0)
    return gather.T / np.where(np.abs(sums) > 1e-8, sums, 1.0)


def pictures_of(config):
    """The `Pictures` of a model."""
    n_frames, n_bins = (config.patch * n for n in growing.size_of(config))
    return Pictures(
        kind=config.kind,
        sample_rate=config.sample_rate,
        n_frames=n_frames,
        n_bins=n_bins,
        overlap=config.overlap,
        aliased=config.aliased,
    )


def drawn(x, config):
    """Notes (batch, n_samples) as a model's networks learn from them."""
    pictures = normalised(from_sound(x, pictures_of(config)), config)
    return in_patches(pictures, config.patch)


def sounding(patches, config):
    """Back from `drawn`: (batch, config.n_samples)."""
    pictures = denormalised(from_patches(patches, config.patch), config)
    return to_sound(pictures, pictures_of(config), n_samples=config.n_samples)


def normalised(pictures, config):
    """config.scale * pictures + config.offset, of each channel, cut to [-1, 1]."""
    scale, offset = _for_each_channel(pictures, config)
    return jnp.clip(scale * pictures + offset, -1.0, 1.0)


def denormalised(pictures, config):
    """Back from `normalised`."""
    scale, offset = _for_each_channel(pictures, config)
    return (pictures - offset) / scale


def _for_each_channel(pictures, config):
    times = pictures.shape[-1] // 2
    values = (config.scale, config.offset)
    return (jnp.array(times * v, pictures.dtype) for v in values)


def in_patches(pictures, n):
    """Squares of n x n pixels as channels: (b, t, f, c) to (b, t/n, f/n, n n c)."""
    b, t, f, c = pictures.shape
    cut = pictures.reshape(b, t // n, n, f // n, n, c)
    return cut.transpose(0, 1, 3, 2, 4, 5).reshape(b, t // n, f // n, n * n * c)


def from_patches(patches, n):
    """Back from `in_patches`."""
    b, t, f, c = patches.shape
    cut = patches.reshape(b, t, f, n, n, c // n**2).transpose(0, 1, 3, 2, 4, 5)
    return cut.reshape(b, n * t, n * f, c // n**2)

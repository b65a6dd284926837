"""VGGish: 0.96 seconds of any sound, summed up in 128 numbers.

A network that learned to tell the sounds of millions of videos apart; the numbers
before its last layer are what the Frechet audio distance compares. Its input is a
picture,

    16 kHz -> 25 ms Hann windows every 10 ms, |DFT| of 512 -> 64 mel bands,
    125 ... 7500 Hz -> ln(. + 0.01) -> patches of 96 frames,

and the network is a small VGG: 3x3 convolutions and 2x2 maxima, then dense layers,

    64 M 128 M 256 256 M 512 512 M | 4096 4096 128,     72 141 184 parameters.

The embedding is taken before a last ReLU, as in the original; torchvggish adds one
unless told otherwise, and its results then differ.

**Resampling.** Sound of any rate is resampled first. (Code that drops the rate of the
file has been published, and its figures are those of slowed-down sound.) We resample by
DFT; the original uses resampy, whose low-pass is gentler near 8 kHz, above all bands.

**Weights.** `load` reads the published vggish_model.ckpt, which `data_scripts.download`
fetches. `init` draws random ones, which serve to test code, not to measure sounds.

Reference:
  S. Hershey, S. Chaudhuri, D. Ellis, J. Gemmeke et al., "CNN Architectures for
  Large-Scale Audio Classification", 2017 (arXiv:1609.09430). Settings, names and PCA
  after tensorflow/models, research/audioset/vggish.
"""

import dataclasses
import math
import zipfile

import jax
import jax.numpy as jnp
import numpy as np

from dsplab._arguments import as_signal, integer, positive
from dsplab.formats.errors import unreadable
from dsplab.resampling import resample
from neural.data.vggish_mel import HOP, N_MELS, SAMPLE_RATE, WINDOW, log_mel
from neural.evaluation.tensorflow_checkpoint import read_tensorflow_checkpoint

N_FRAMES = 96  # of a patch
SHORTEST = (WINDOW + (N_FRAMES - 1) * HOP) / SAMPLE_RATE  # seconds that hold a patch
QUANTISED = (-2.0, 2.0)  # what the 256 steps of `quantise` span
BATCH = 16  # patches that go through the network together
CONVOLUTIONS = (
    ("conv1",),
    ("conv2",),
    ("conv3/conv3_1", "conv3/conv3_2"),
    ("conv4/conv4_1", "conv4/conv4_2"),
)  # a maximum after each row
DENSE = ("fc1/fc1_1", "fc1/fc1_2", "fc2")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of the network.

    Attributes:
      n_channels: of the four groups of convolutions.
      n_hidden: of the two dense layers.
      n_features: of the embedding.
    """

    n_channels: tuple[int, ...] = (64, 128, 256, 512)
    n_hidden: int = 4096
    n_features: int = 128

    @classmethod
    def paper(cls):
        """The published network."""
        return cls()

    @classmethod
    def tiny(cls):
        """The same shape, narrow: for tests."""
        return cls(n_channels=(3, 4, 5, 6), n_hidden=8, n_features=7)


def shapes(config):
    """Shape of each parameter, by its published name.

    >>> sum(math.prod(shape) for shape in shapes(Config.paper()).values())
    72141184
    """
    found, n_in = {}, 1
    for names, n_out in zip(CONVOLUTIONS, config.n_channels, strict=True):
        for name in names:
            found[f"vggish/{name}/weights"] = (3, 3, n_in, n_out)
            found[f"vggish/{name}/biases"] = (n_out,)
            n_in = n_out
    n_in *= (N_FRAMES // 16) * (N_MELS // 16)
    widths = (config.n_hidden, config.n_hidden, config.n_features)
    for name, n_out in zip(DENSE, widths, strict=True):
        found[f"vggish/{name}/weights"] = (n_in, n_out)
        found[f"vggish/{name}/biases"] = (n_out,)
        n_in = n_out
    return found


def init(key, config):
    """Random parameters, scaled to keep the size of a signal (He); biases are 0."""
    params = {}
    for name, shape in shapes(config).items():
        key, own = jax.random.split(key)
        if len(shape) == 1:
            params[name] = jnp.zeros(shape, jnp.float32)
        else:
            scale = math.sqrt(2.0 / math.prod(shape[:-1]))
            params[name] = scale * jax.random.normal(own, shape, jnp.float32)
    return params


@jax.jit
def apply(params, patches):
    """Embed patches (n, 96, 64) of `log_mel`: (n, n_features)."""
    x = patches[..., None]  # (n, time, bands, channels)
    for names in CONVOLUTIONS:
        for name in names:
            weights = params[f"vggish/{name}/weights"]
            x = jax.lax.conv_general_dilated(
                x, weights, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
            )
            x = jax.nn.relu(x + params[f"vggish/{name}/biases"])
        n, time, bands, channels = x.shape
        x = x.reshape(n, time // 2, 2, bands // 2, 2, channels).max(axis=(2, 4))
    x = x.reshape(len(x), -1)
    for name in DENSE:
        x = x @ params[f"vggish/{name}/weights"] + params[f"vggish/{name}/biases"]
        x = x if name == DENSE[-1] else jax.nn.relu(x)
    return x


def load(path, config=None):
    """Read the published parameters.

    Args:
      path: vggish_model.ckpt, TensorFlow's old format of one file.
      config: sizes; the published ones by default.

    Returns:
      The parameters for `apply`, float32.

    Raises:
      FormatError: if it is no such file, or a tensor is missing or of another shape.
    """
    config = Config.paper() if config is None else config
    tensors = read_tensorflow_checkpoint(path)
    params = {}
    for name, shape in shapes(config).items():
        if name not in tensors:
            raise unreadable(path, f"it has no tensor '{name}', as VGGish must")
        if tensors[name].shape != shape:
            reason = f"'{name}' must have shape {shape}, got {tensors[name].shape}"
            raise unreadable(path, reason)
        params[name] = jnp.asarray(tensors[name], jnp.float32)
    return params


def patches(x, sample_rate, *, hop_frames=N_FRAMES):
    """What the network sees of a sound.

    Args:
      x: signal (n_samples,) or (n_channels, n_samples), of which the mean is taken.
      sample_rate: Hz.
      hop_frames: frames of 10 ms from patch to patch; 96 (no overlap) by default. 50,
        half a second, is what the first Frechet audio distance took.

    Returns:
      (n, 96, 64) float32; what is left at the end is left out.

    Raises:
      ValueError: if x is shorter than 0.975 s.
    """
    x = np.asarray(as_signal(x, ndim=(1, 2)), dtype=np.float64)
    x = x.mean(axis=0) if x.ndim == 2 else x
    rate = positive(sample_rate, name="sample_rate")
    hop_frames = integer(hop_frames, name="hop_frames")
    if len(x) / rate < SHORTEST - 0.5 / SAMPLE_RATE:
        raise ValueError(
            f"x must be at least {SHORTEST} s long, which makes one patch, "
            f"got {len(x) / rate:.3f} s"
        )
    if rate != SAMPLE_RATE:
        x = resample(x, round(len(x) * SAMPLE_RATE / rate))
    frames = log_mel(x)
    starts = range(0, len(frames) - N_FRAMES + 1, hop_frames)
    return np.stack([frames[start : start + N_FRAMES] for start in starts]).astype("f4")


def embed(params, x, sample_rate, *, hop_frames=N_FRAMES):
    """Embed a sound: its patches, through the network.

    Args:
      params: from `load`.
      x: signal (n_samples,) or (n_channels, n_samples), at least 0.975 s.
      sample_rate: Hz.
      hop_frames: see `patches`.

    Returns:
      (n_patches, n_features), float32.
    """
    seen = patches(x, sample_rate, hop_frames=hop_frames)
    found = []
    for start in range(0, len(seen), BATCH):
        part = seen[start : start + BATCH]
        filled = np.zeros(
            (BATCH, *part.shape[1:]), part.dtype
        )  # one shape: one compile
        filled[: len(part)] = part
        found.append(np.asarray(apply(params, filled))[: len(part)])
    return np.concatenate(found)


def load_pca(path):
    """Read vggish_pca_params.npz for `quantise`: matrix (128, 128), means (128,)."""
    try:
        with np.load(path, allow_pickle=False) as file:
            matrix, means = file["pca_eigen_vectors"], file["pca_means"].ravel()
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise unreadable(path, f"it holds no PCA of VGGish: {error}") from None
    if matrix.shape != (len(means), len(means)):
        raise unreadable(path, f"its matrix has shape {matrix.shape}")
    return matrix, means


def quantise(embeddings, pca):
    """Turn, whiten and round embeddings to bytes, as AudioSet's own were published.

    Not for the Frechet audio distance, which takes embeddings as they are.

    Args:
      embeddings: (n, 128).
      pca: from `load_pca`.

    Returns:
      (n, 128) uint8; what lies beyond -2 ... 2 becomes 0 or 255, and fractions are cut
      off, as in the original (torchvggish rounds).
    """
    matrix, means = pca
    low, high = QUANTISED
    white = (np.asarray(embeddings) - means) @ matrix.T
    return ((np.clip(white, low, high) - low) * (255.0 / (high - low))).astype(np.uint8)

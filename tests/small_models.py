"""What tests of models share: parameters, batches and compilation that take no time."""

import dataclasses
import functools

import jax
import numpy as np

from neural.notes import codec

# What is run hundreds of times is compiled better than `conftest.py` asks for
polished_jit = functools.partial(
    jax.jit,
    compiler_options={
        "xla_backend_optimization_level": 1,
        "xla_cpu_use_fusion_emitters": True,
    },
)


@functools.cache
def random_params(model, config, size=0.3):
    """Parameters with nothing left at zero, and logits of a trained model's size.

    Of the shapes that `model.init` would give; nothing is compiled.
    """
    rng = np.random.default_rng(0)

    def draw(path, leaf):
        usual = 1.0 / np.sqrt(np.prod(leaf.shape[:-1])) if leaf.ndim > 1 else 0.0
        noise = np.hypot(usual, size) * rng.standard_normal(leaf.shape)
        around = 1.0 if path[-1].key == "scale" else 0.0  # the length of a column
        return np.asarray(around + noise, leaf.dtype)

    shapes = jax.eval_shape(lambda: model.init(jax.random.key(0), config))
    return jax.tree_util.tree_map_with_path(draw, shapes)


def random_batch(config, *, time, batch=2):
    """Codes, and what the config says the model is told."""
    rng = np.random.default_rng(0)
    told = {"codes": rng.integers(config.n_codes, size=(batch, time)).astype(np.int32)}
    if config.n_instruments:
        told["instrument"] = np.arange(batch) % config.n_instruments
    if config.n_features:
        frames = -(-time // config.hop_length)
        told["features"] = rng.random((batch, frames, config.n_features), np.float32)
    return told


def codec_config():
    """A neural codec of spectra that nobody waits for."""
    sizes = {"encoder_channels": 4, "decoder_channels": 8, "codebook_width": 8}
    sizes |= {"n_fft": 64, "n_codebooks": 4, "codebook_size": 8}
    return dataclasses.replace(codec.Config.tiny(), **sizes)


def part(batch, first, last, config):
    """The same batch from sample first to last."""
    frames = slice(first // config.hop_length, last // config.hop_length)
    cut = {"codes": slice(first, last), "features": frames}
    return {
        name: value[:, cut[name]] if name in cut else value
        for name, value in batch.items()
    }

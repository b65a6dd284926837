"""neural: sound models that learn, in JAX.

    layers         what several models are made of
    wave_layers    the same, of networks between waves and frames
    vector_quantization   a vector by the nearest of a few
    transformer_layers   the same, of transformers
    autoregression writing codes one after the other
    mixtures       bells over codes, where there are too many for a softmax
    conditions     what a model is told: pitch, loudness, instrument
    growing        layers of GANs whose pictures grow
    spectrogram_pictures   sound as pictures, and back
    optimization   a step of gradient descent: average, mixed precision, schedules
    adversarial    two networks against each other: the step of every GAN
    devices        the same step on many devices and many machines
    latents        ways between timbres, and along a keyboard
    instruments    a model as an instrument: notes in tune, with loops
    sampled        those as a SoundFont, for songs and other players
    training       one loop for all: progress, log, checkpoints, exact resumption
    runs           the run folder: log, picture, samples
    checkpoints    files that survive power cuts, full disks and flipped bits
    data           notes rendered by dsplab, in batches
    evaluation     measures of a model
    classifiers    what measures listen with: kinds of sounds, pitches
    notes          models of notes and raw audio: WaveNet
    recipes        how each shipped checkpoint was made
    pretrained     pretrained("wavenet"): parameters and configuration that come along

Modules are imported when first used.
"""

import importlib
import pathlib

__all__ = (
    "layers wave_layers vector_quantization transformer_layers autoregression "
    "mixtures conditions growing spectrogram_pictures optimization adversarial "
    "devices latents instruments sampled training runs checkpoints data evaluation "
    "classifiers notes recipes pretrained"
).split()

MODELS = {
    "wavenet": "neural.notes.wavenet",
    "samplernn": "neural.notes.samplernn",
    "wavernn": "neural.notes.wavernn",
    "nsynth-spectral": "neural.notes.nsynth_spectral",
    "nsynth-wavenet": "neural.notes.nsynth_wavenet",
    "sing": "neural.notes.sing",
    "progressive-gan": "neural.notes.progressive_gan",
    "gansynth": "neural.notes.gansynth",
    "codec": "neural.notes.codec",
    "lapped-codec": "neural.notes.lapped_codec",
    "instrumentgen": "neural.notes.instrumentgen",
    "pitch-classifier": "neural.classifiers.pitch",
    "family-classifier": "neural.classifiers.family",
    "clap": "neural.classifiers.clap",
    "loop-style": "neural.classifiers.loop_style",
    "loop-role": "neural.classifiers.harmonic_cnn",
}
PLAYERS = tuple(name for name, path in MODELS.items() if ".classifiers." not in path)


def pretrained(name):
    """Load a shipped model.

    Args:
      name: one of MODELS, for example "wavenet".

    Returns:
      params, config: what the functions of the model's module take.

    Raises:
      ValueError: if there is no such model, or none of it comes along.

    >>> params, config = pretrained("wavenet")
    >>> config.receptive_field
    512
    """
    if name not in MODELS:
        known = ", ".join(MODELS)
        raise ValueError(f"name must be one of {known}; got {name!r}")
    model = importlib.import_module(MODELS[name])
    checkpoints = importlib.import_module("neural.checkpoints")
    path = pathlib.Path(__file__).parent / "pretrained" / f"{name}.ckpt"
    if not path.exists():
        raise ValueError(f"no {name} comes along yet: neural train {name} makes one")
    return checkpoints.load_model(path, model.Config)


def __getattr__(name):
    if name in __all__:
        return importlib.import_module(f"neural.{name}")
    raise AttributeError(f"module 'neural' has no attribute {name!r}")


def __dir__():
    return __all__

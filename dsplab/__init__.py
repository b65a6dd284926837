"""dsplab: sound made and changed with equations, in NumPy or JAX.

    convert         hertz, MIDI notes, cents, decibels, samples, mel
    windows         Hann and its relatives
    quantise        mu-law: 256 codes that sound like 12 bits
    frames          cutting a signal into frames and adding them up again
    spectral        DFT, FFT, STFT and inverse, instantaneous frequency
    phase_retrieval a sound from magnitudes alone: Griffin-Lim
    mel             mel spectra and back
    resampling      reading a signal between its samples
    sources         oscillators
    filters         design, responses, filters that move: state-variable, ladder, vowels
    shaping         wave shaping without aliases, phase distortion, combining waves
    stretch         duration and pitch: OLA, WSOLA, PSOLA, phase vocoder, HPTSM
    spectral_models sinusoids, harmonics and noise: analysis, synthesis, morphing
    effects         delays, chorus, phaser, reverb, dynamics and their relatives
    synths          from notes to sound, one module for each kind of synthesis
    analysis        pitch, pitch marks, separation, onsets, comparison
    formats         audio files, MIDI files, SoundFonts, DX7 voices
    banks           sounds that come along: General MIDI
    rendering       MIDI files to sound
    show            plots and players (matplotlib, IPython)
    check           does my own solution of an exercise do the right thing?

Modules are imported when first used, so that `import dsplab` is quick.
"""

import importlib

__all__ = (
    "convert windows quantise frames spectral phase_retrieval mel resampling sources "
    "filters shaping stretch spectral_models effects synths analysis formats banks "
    "rendering show check"
).split()


def __getattr__(name):
    if name in __all__:
        return importlib.import_module(f"dsplab.{name}")
    raise AttributeError(f"module 'dsplab' has no attribute {name!r}")


def __dir__():
    return __all__

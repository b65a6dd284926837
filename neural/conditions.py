"""What a model is told to play: condition frames.

*Global* is what holds for a whole note: the instrument, a one-hot vector. *Local* is
what changes within it: pitch and loudness, in frames that hold for `config.hop_length`
samples each. Together they are one array

    h: (batch, frames, n_features + n_instruments).

A model's config says what it takes: `n_features`, the width of a local frame,
`n_instruments`, `hop_length` (0 for none), and `pitches`, the lowest and the highest.

**Pitch is told as a number, not as a key.** With a channel for each semitone (a piano
roll) what is learned of one key says nothing about the next: on pairs of instrument and
pitch that it has never heard, a network then plays a note nearby that it has, 50 to 100
cents off. So a frame holds the position p within `pitches`, -1 ... 1, and waves in p,

    p,  sin(pi/2 p 2^j), cos(pi/2 p 2^j),  j = 0 ... n_waves - 1,

coarse ones that tell registers apart, fine ones that tell neighbours apart. All are
smooth, so that what holds between two pitches that were heard is not far from both.
"""

import jax
import jax.numpy as jnp
import numpy as np

from dsplab._arguments import as_values
from dsplab._array import is_traced


def condition_frames(config, *, instrument=None, features=None):
    """Put what is told into condition frames (batch, frames, features + instruments).

    Args:
      config: tells which of the two are needed.
      instrument: (batch,) integers 0 ... n_instruments - 1, for the whole note.
      features: (batch, frames, n_features), see `note_features`.

    Returns:
      The frames, or None for an unconditional model.
    """
    parts = []
    if config.n_features:
        parts.append(jnp.asarray(features, jnp.float32))
    if config.n_instruments:
        n, frames = config.n_instruments, parts[0].shape[1] if parts else 1
        h = jax.nn.one_hot(jnp.asarray(instrument), n, dtype=jnp.float32)
        parts.append(jnp.broadcast_to(h[:, None], (len(h), frames, n)))
    return jnp.concatenate(parts, axis=-1) if parts else None


def note_features(pitch, loudness, config):
    """Write pitch and loudness as the model's local condition.

    Args:
      pitch: MIDI numbers, (batch, frames) or (batch, 1).
      loudness: 0 (silence) to 1, (batch, frames).
      config: for pitches and n_features, which is 2 and 2 for each wave.

    Returns:
      (batch, frames, n_features): the position, its sines, its cosines, and loudness in
      the last channel. See the module.
    """
    lowest, highest = config.pitches
    pitch = jnp.asarray(pitch, jnp.float32)[..., None]
    place = (2.0 * pitch - (lowest + highest)) / (highest - lowest)
    angle = jnp.pi / 2 * place * 2.0 ** jnp.arange((config.n_features - 2) // 2)
    told = jnp.concatenate([place, jnp.sin(angle), jnp.cos(angle)], axis=-1)
    loudness = jnp.asarray(loudness, jnp.float32)[..., None]
    told = jnp.broadcast_to(told, (*loudness.shape[:2], told.shape[-1]))
    return jnp.concatenate([told, loudness], axis=-1)


def told(n_samples, config, *, pitch=None, instrument=None, loudness=None):
    """Check what a model is asked to play and put it into condition frames.

    Args:
      n_samples: length of the notes.
      config: the model's.
      pitch: MIDI numbers, one for each note, (batch,), or curves, (batch, frames).
      instrument: integers, (batch,), or one for all.
      loudness: (batch, frames) or (frames,) in 0 ... 1; `held` if None.

    Returns:
      (batch, frames, n_features + n_instruments), or None for an unconditional model.

    Raises:
      ValueError: naming what is missing, not wanted, out of range or of wrong length.
    """
    _require("pitch", pitch, config.n_features)
    _require("instrument", instrument, config.n_instruments)
    features, n_frames = None, -(-n_samples // config.hop_length)
    if config.n_instruments:
        most = config.n_instruments - 1
        instrument = within(instrument, 0, most, name="instrument").astype(int)
    if config.n_features:
        pitch = within(pitch, *config.pitches, name="pitch")
        level = held(n_frames) if loudness is None else loudness
        level = jnp.atleast_2d(within(level, 0, 1, name="loudness"))
        if level.shape[1:] != (n_frames,):
            raise ValueError(
                f"loudness must have {n_frames} frames, got shape {level.shape}"
            )
        n = max(len(pitch), len(level), np.size(instrument))
        instrument = jnp.broadcast_to(instrument, n) if config.n_instruments else None
        level = jnp.broadcast_to(level, (n, n_frames))
        features = note_features(pitch.reshape(len(pitch), -1), level, config)
    return condition_frames(config, instrument=instrument, features=features)


def _require(name, given, wanted):
    if wanted and given is None:
        raise ValueError(f"{name} is needed: the model was trained with it")
    if given is not None and not wanted:
        raise ValueError(f"{name} cannot be told: the model takes no {name}")


def within(values, least, most, *, name):
    """Values as an array of rank 1 or more, all of them in least ... most.

    Inside `jax.jit` they are not known, and taken on trust.
    """
    values = as_values(values, name=name)
    if not is_traced(values):
        for worst in (np.min(values), np.max(values)):
            if not least <= worst <= most:
                raise ValueError(
                    f"{name} must be within {least} and {most}, got {worst:g}"
                )
    return jnp.atleast_1d(values)


def held(frames):
    """Loudness of a held note, 4 frames attack and 8 frames release: (frames,)."""
    t = jnp.arange(frames)
    return 0.7 * jnp.clip(jnp.minimum(t / 4.0, (frames - 1 - t) / 8.0), 0.0, 1.0)


def between(values, known):
    """Weights (batch, len(known)) with which `known` makes values: of two at most.

    >>> between(jnp.array([50.0, 75.0, 127.0]), (50, 100)).tolist()
    [[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]
    """
    rows = jnp.eye(len(known))
    xs = jnp.asarray(known, jnp.float32)
    each = [jnp.interp(jnp.asarray(values, jnp.float32), xs, row) for row in rows]
    return jnp.stack(each, axis=-1)

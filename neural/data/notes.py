"""Single notes, rendered by `dsplab` as they are needed: nothing to download.

Four instruments, each a recipe of harmonic amplitudes for `dsplab`'s band-limited
oscillator, play two octaves (MIDI 48 ... 72), quarter tones and everything between
included. Pitch, envelope, velocity, colour, starting phase and intonation are drawn
anew for every note, over a noise floor at about -74 dB: an endless stream of notes that
never repeats. A batch is a pure function of (seed, step), which is what lets an
interrupted training go on exactly where it was.

**Intonation.** The players are human: they start a note up to a semitone off, slip now
and then, and slide back to the written pitch within a tenth of a second,

    error[m] = r error[m - 1] + slip[m],   r = exp(-frame / 40 ms)   (in cents).

This is not decoration. A network that reads perfectly steady notes learns to take the
pitch from the past alone and to ignore what it is told; when it then plays by itself,
nothing calls it back once it drifts. Having heard corrections, it corrects itself.

**The split.** A network told pitch and instrument must be asked for *combinations* it
has not heard: `is_held_out` sets one pair of instrument and semitone in ten aside, with
all pitches that round to it, so that each pitch is known from other instruments and
each instrument from other pitches. (Holding out whole pitches would ask for a condition
whose weights were never trained.)
"""

import dataclasses
from typing import NamedTuple

import numpy as np

from dsplab.convert import midi_to_hz
from dsplab.sources.oscillators import harmonic_oscillator

PITCHES = range(48, 73)


@dataclasses.dataclass(frozen=True)
class Instrument:
    """How an instrument sounds: the harmonics, and the shape of a note.

    Attributes:
      harmonics: amplitudes of the partials 1, 2, 3, ...
      attack: fastest and slowest rise, in seconds.
      sustain: least and greatest level after the decay, relative to the peak.
    """

    harmonics: tuple[float, ...]
    attack: tuple[float, float]
    sustain: tuple[float, float]


INSTRUMENTS = {
    "flute": Instrument((1.0, 0.25, 0.08, 0.02), (0.04, 0.1), (0.8, 1.0)),
    "clarinet": Instrument(
        (1.0, 0.03, 0.55, 0.04, 0.3, 0.04, 0.12), (0.02, 0.06), (0.7, 1.0)
    ),
    "trumpet": Instrument(
        (0.7, 1.0, 0.8, 0.55, 0.35, 0.2, 0.1), (0.01, 0.05), (0.6, 0.9)
    ),
    "organ": Instrument(
        (1.0, 0.7, 0.0, 0.5, 0.0, 0.0, 0.0, 0.3), (0.005, 0.02), (1, 1)
    ),
}
NAMES = tuple(INSTRUMENTS)
DURATION = 0.75  # seconds


def is_held_out(instrument, pitch):
    """Whether the pair (instrument number, nearest MIDI pitch) is kept for testing."""
    return (round(pitch) + 3 * instrument) % 10 == 0


def pairs(*, held_out):
    """All (instrument number, pitch) of one side of the split."""
    every = [(i, p) for i in range(len(NAMES)) for p in PITCHES]
    return [pair for pair in every if is_held_out(*pair) == held_out]


def envelope(rng, instrument, duration, *, frame_rate):
    """Draw the loudness curve of a note, frame by frame, ending in its release."""
    rise = rng.uniform(*instrument.attack)
    sustain = rng.uniform(*instrument.sustain)
    release, velocity = rng.uniform(0.04, 0.12), rng.uniform(0.3, 0.9)
    onset = rng.uniform(0.0, 0.02)
    times = [onset, onset + rise, onset + rise + 0.15, duration - release, duration]
    t = np.arange(round(duration * frame_rate)) / frame_rate
    return velocity * np.interp(t, times, [0.0, 1.0, sustain, 0.95 * sustain, 0.0])


def intonation(rng, n_frames, frame_seconds):
    """Draw how far off pitch a player is, frame by frame, in cents: (n_frames,)."""
    slips = 40.0 * rng.standard_normal(n_frames) * (rng.random(n_frames) < 0.04)
    slips[0] = 60.0 * rng.standard_normal()
    decay = np.exp(-np.arange(n_frames) * frame_seconds / 0.04)
    return np.convolve(slips, decay)[:n_frames]


class Drawn(NamedTuple):
    """What chance decides of a note: all but its sound, which takes longer.

    loudness, cents: of each frame; early: samples of its period that are past when it
    begins; colour: gain of each partial; noise: of each sample.
    """

    loudness: np.ndarray
    cents: np.ndarray
    early: int
    colour: np.ndarray
    noise: np.ndarray


def drawn(rng, instrument, *, duration, sample_rate, hop_length):
    """Draw what `render` does not decide itself, in its order."""
    recipe = INSTRUMENTS[instrument]
    loudness = envelope(rng, recipe, duration, frame_rate=sample_rate / hop_length)
    cents = intonation(rng, len(loudness), hop_length / sample_rate)
    early = rng.integers(sample_rate // 50)  # anywhere in the period
    colour = 10 ** (rng.normal(0.0, 1.5, len(recipe.harmonics)) / 20)  # +-1.5 dB
    noise = rng.standard_normal(len(loudness) * hop_length)
    return Drawn(loudness, cents, early, colour, noise)


def render(rng, instrument, pitch, *, duration, sample_rate, hop_length):
    """Play one note.

    Args:
      rng: `numpy.random.Generator`, draws envelope, intonation, colour, phase, noise.
      instrument: a name of INSTRUMENTS.
      pitch: MIDI number, whole or not.
      duration: seconds.
      sample_rate: Hz.
      hop_length: samples to a frame of the loudness curve.

    Returns:
      x (n_samples,), float32, peak about 0.3 to 0.9, and loudness (n_frames,).
    """
    sizes = {"sample_rate": sample_rate, "hop_length": hop_length}
    chance = drawn(rng, instrument, duration=duration, **sizes)
    return sound(chance, instrument, pitch, **sizes)


def sound(chance, instrument, pitch, *, sample_rate, hop_length):
    """Play a note of which everything is known: see `render`."""
    frames = np.arange(len(chance.loudness))
    t = np.arange(len(frames) * hop_length) / hop_length  # in frames
    f0 = midi_to_hz(pitch + np.interp(t, frames, chance.cents) / 100.0)
    begin = np.full(chance.early, f0[0])
    amplitudes = chance.colour * INSTRUMENTS[instrument].harmonics
    tone = harmonic_oscillator(np.concatenate([begin, f0]), amplitudes, sample_rate)
    tone = tone[len(begin) :]
    tone = np.interp(t, frames, chance.loudness) * tone / np.abs(tone).max()
    x = tone + 2e-4 * chance.noise
    return x.astype(np.float32), chance.loudness.astype(np.float32)


def batch(
    seed,
    step,
    *,
    batch_size,
    n_samples,
    sample_rate,
    hop_length,
    held_out=False,
    part=slice(None),
):
    """Render the notes of one training step, each cut at a random frame.

    Half of the cuts are at the onset, which is where playing by oneself begins. Chance
    decides about all notes whatever the part; only those of the part are rendered.

    Args:
      seed: of the whole run.
      step: the batch's number; the same (seed, step) gives the same batch.
      batch_size: notes of all processes together.
      n_samples: length of each cut, a multiple of hop_length.
      sample_rate: Hz.
      hop_length: samples to a frame.
      held_out: draw from the test pairs.
      part: slice of the batch that this process brings: `neural.devices.rows`.

    Returns:
      dict: x (batch, n_samples), instrument (batch,), pitch (batch,), loudness
      (batch, n_samples / hop_length).
    """
    rng = np.random.default_rng([seed, step, held_out])
    chosen = rng.choice(pairs(held_out=held_out), batch_size)
    room, top = chosen[:, 1] - PITCHES[0], PITCHES[-1] - PITCHES[0]
    near = np.clip(rng.uniform(-0.5, 0.5, batch_size), -room, top - room)
    pitches = (chosen[:, 1] + near).astype(np.float32)
    sizes = {"sample_rate": sample_rate, "hop_length": hop_length}
    cut = n_samples // hop_length
    wanted = range(batch_size)[part]
    x, loudness = [], []
    for k, number in enumerate(chosen[:, 0]):
        chance = drawn(rng, NAMES[number], duration=DURATION, **sizes)
        room = max(1, len(chance.loudness) - cut + 1)
        start = rng.integers(2) * rng.integers(room)
        if k in wanted:
            note, level = sound(chance, NAMES[number], pitches[k], **sizes)
            x.append(note[start * hop_length :][:n_samples])
            loudness.append(level[start:][:cut])
    return {
        "x": np.stack(x),
        "instrument": chosen[part, 0].astype(np.int32),
        "pitch": pitches[part],
        "loudness": np.stack(loudness),
    }

"""What the tour plays with: a phrase and a voice made here, or the user's recording."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable

import numpy as np

from dsplab.convert import cents_to_ratio, db_to_amplitude, midi_to_hz
from dsplab.sources.oscillators import harmonic_oscillator, phase

RATE = 44100  # Hz, of the sounds made here
BEAT = 0.6  # seconds
HITS = tuple(0.05 + 0.5 * BEAT * n for n in range(24))  # seconds, one in each half beat
CHORDS = ((57, 60, 64, 67), (53, 57, 60, 64), (48, 55, 60, 64))  # Am7, Fmaj7, C
MELODY = (  # beat, beats, note
    (0.0, 1.5, 76),
    (1.5, 0.5, 74),
    (2.0, 1.0, 72),
    (3.0, 1.0, 69),
    (4.0, 1.5, 72),
    (5.5, 0.5, 71),
    (6.0, 1.0, 69),
    (7.0, 1.0, 64),
    (8.0, 1.0, 67),
    (9.0, 0.5, 69),
    (9.5, 2.3, 72),
)
BEATS = 13.0
LEVEL = 0.72  # of everything together; the loudest hit then stays below 1
VOWELS = {  # frequency (Hz), bandwidth (Hz), gain (dB) of each formant
    "a": ((730, 90, 0), (1090, 110, -4), (2440, 170, -18), (3400, 250, -24)),
    "o": ((430, 70, 0), (820, 90, -8), (2450, 160, -28), (3300, 250, -32)),
    "i": ((280, 60, 0), (2250, 130, -14), (2950, 200, -18), (3600, 300, -22)),
}
SUNG = ((0.0, 50.0, "a"), (0.9, 53.0, "o"), (1.8, 55.0, "a"), (2.7, 48.0, "i"))
SUNG_SECONDS = 3.8


@dataclasses.dataclass(frozen=True)
class Sound:
    """A signal and what is known about it.

    Attributes:
      name: for labels.
      x: (n_samples,) or (2, n_samples).
      sample_rate: Hz.
      f0: time in seconds to pitch in Hz, where known; NaN between notes.
      hits: times of the percussion in seconds, where known.
      ideal: rate to the very same music played at that speed, where known.
      percussion: the hits alone, where known.
      sung_at: pitch ratio (and keep_formants) to the same voice there, where known.
    """

    name: str
    x: np.ndarray
    sample_rate: int
    f0: Callable | None = None
    hits: np.ndarray | None = None
    ideal: Callable | None = None
    percussion: np.ndarray | None = None
    sung_at: Callable | None = None

    @property
    def duration(self):
        """Seconds."""
        return self.x.shape[-1] / self.sample_rate

    @property
    def mono(self):
        """The mean of the channels, (n_samples,)."""
        return self.x if self.x.ndim == 1 else self.x.mean(axis=0)

    def like(self, y, name=None):
        """The signal y at the same sample rate, about which nothing else is known."""
        return Sound(name or self.name, np.asarray(y), self.sample_rate)


@dataclasses.dataclass(frozen=True)
class Material:
    """The sounds of one run.

    Attributes:
      music: several voices and percussion, stereo; the user's recording if given.
      melody: one pitched voice; the user's recording, mixed to mono, if given.
      voice: singing; the user's recording, mixed to mono, if given.
      own: whether they are the user's.
      about: a sentence on what is heard.
    """

    music: Sound
    melody: Sound
    voice: Sound
    own: bool = False
    about: str = ""


def rendered():
    """The material that the project makes itself."""
    stereo = _phrase(1.0)
    music = Sound(
        "the phrase",
        stereo,
        RATE,
        hits=np.array(HITS),
        ideal=_phrase,
        percussion=LEVEL * percussion(1.0),
    )
    melody = Sound("the melody", _melody(1.0), RATE, f0=melody_f0, ideal=_melody)
    voice = Sound(
        "the voice",
        vowels(1.0),
        RATE,
        f0=sung_f0,
        ideal=vowels,
        sung_at=functools.partial(_vowels_at, 1.0),
    )
    about = (
        "Everything heard here is rendered by the project itself: a phrase of melody, "
        "chords and percussion, and a voice that sings three vowels."
    )
    return Material(music, melody, voice, about=about)


@functools.cache
def _phrase(rate):
    """Melody, chords and percussion at a speed, (2, n_samples): the score, replayed."""
    return LEVEL * (0.32 * _melody(rate) + _chords(rate) + percussion(rate))


def _clock(rate, seconds):
    """Score time in seconds of every sample."""
    return np.arange(round(seconds * RATE / rate)) * (rate / RATE)


def melody_f0(t):
    """Pitch in Hz of the melody at score times t, NaN in its rests."""
    t = np.asarray(t, dtype=float)
    f0 = np.full(t.shape, np.nan)
    for beat, beats, note in MELODY:
        u = t - beat * BEAT
        depth = 18.0 * np.clip((u - 0.25) / 0.3, 0.0, 1.0)  # cents, blooming late
        vibrato = cents_to_ratio(depth * np.sin(2 * np.pi * 5.2 * u))
        inside = (u >= 0) & (u < beats * BEAT)
        f0 = np.where(inside, float(midi_to_hz(note)) * vibrato, f0)
    return f0


@functools.cache
def _melody(rate):
    """A flute-like voice, (n_samples,), every note with a soft attack."""
    t = _clock(rate, BEATS * BEAT)
    f0 = melody_f0(t)
    level = np.zeros_like(t)
    for beat, beats, _ in MELODY:
        u, length = t - beat * BEAT, beats * BEAT
        rise, fall = np.clip(u / 0.04, 0, 1), np.clip((length - u) / 0.06, 0, 1)
        level += rise * fall * (0.65 + 0.35 * np.exp(-np.maximum(u, 0) / 0.5))
    harmonics = np.array([1.0, 0.42, 0.22, 0.1, 0.05, 0.03])
    f0 = np.where(np.isnan(f0), 440.0, f0)
    return 0.5 * level * harmonic_oscillator(f0, harmonics, RATE)


def _chords(rate):
    """Plucked, spread chords, (2, n_samples), low notes left and high ones right."""
    t = _clock(rate, BEATS * BEAT)
    y = np.zeros((2, t.size))
    k = np.arange(1, 7)[:, None]
    for bar, chord in enumerate(CHORDS):
        for voice, note in enumerate(chord):
            start = np.searchsorted(t, (4 * bar + 0.05 * voice) * BEAT)
            stop = np.searchsorted(t, (4 * bar + 5) * BEAT)
            u = t[start:stop] - t[start]
            level = np.minimum(u / 0.006, 1.0) * np.clip((u[-1] - u) / 0.6, 0.0, 1.0)
            decays = np.exp(-u * (0.6 + 0.5 * k)) / k**1.2
            f0 = np.full(u.size, float(midi_to_hz(note)))
            tone = 0.22 * level * harmonic_oscillator(f0, decays, RATE)
            angle = 0.5 * np.pi * (0.25 + 0.5 * voice / (len(chord) - 1))
            y[:, start:stop] += np.outer([np.cos(angle), np.sin(angle)], tone)
    return y


def percussion(rate):
    """A kick, a rim shot and a shaker, (2, n_samples); hits keep their own length."""
    n = round(BEATS * BEAT * RATE / rate)
    y = np.zeros((2, n))
    rng = np.random.default_rng(5)
    t = np.arange(int(0.25 * RATE)) / RATE
    kick_f0 = 52.0 + 160.0 * np.exp(-t / 0.02)
    kick = 0.8 * np.sin(2 * np.pi * phase(kick_f0, RATE)) * np.exp(-t / 0.07)
    noise = np.diff(rng.standard_normal(t.size + 2), n=2)  # bright
    shaker = 0.05 * noise * np.exp(-t / 0.016)
    rim = 0.1 * noise * np.exp(-t / 0.009) + 0.3 * np.sin(10500 * t) * np.exp(-t / 0.02)
    attack, release = np.minimum(t / 0.0005, 1), np.clip((0.25 - t) / 0.02, 0, 1)
    for n_hit, hit in enumerate(HITS):
        low = kick if n_hit % 4 == 0 else rim if n_hit % 4 == 2 else 0.0 * t
        start = round(hit * RATE / rate)
        room = max(0, min(t.size, n - start))
        for channel, pan in enumerate((0.9, 1.1)):
            both = (low + pan * shaker) * attack * release
            y[channel, start : start + room] += both[:room]
    return y


def sung_f0(t):
    """Pitch in Hz of the sung vowels at score times t: four notes, slid into."""
    t = np.asarray(t, dtype=float)
    starts = np.array([start for start, _, _ in SUNG])
    note = np.full(t.shape, SUNG[0][1])
    for start, pitch, _ in SUNG[1:]:
        slide = np.clip((t - start + 0.06) / 0.12, 0.0, 1.0)
        note = note + (pitch - note) * (0.5 - 0.5 * np.cos(np.pi * slide))
    since = t - starts[np.clip(np.searchsorted(starts, t, "right") - 1, 0, None)]
    depth = 0.3 * np.clip((since - 0.2) / 0.3, 0.0, 1.0)  # semitones
    return 440.0 * 2.0 ** ((note + depth * np.sin(2 * np.pi * 5.4 * t) - 69.0) / 12.0)


@functools.cache
def vowels(rate):
    """The sung vowels at a speed, (n_samples,)."""
    return _vowels_at(rate, 1.0)


def _vowels_at(rate, ratio, *, keep_formants=True):
    """The sung vowels at a speed and pitch ratio, (n_samples,): exact, by synthesis."""
    t = _clock(rate, SUNG_SECONDS)
    f0 = sung_f0(t) * ratio
    n_harmonics = int(7000 / f0.min())
    weights = _vowel_weights(t)
    coarse = slice(None, None, 64)  # formants move slowly
    k = np.arange(1, n_harmonics + 1)[:, None]
    f = k * f0[coarse] / (1.0 if keep_formants else ratio)
    gains = sum(w[coarse] * _formants(v, f) for v, w in weights.items())
    index = np.arange(t.size) / 64.0
    grid = np.arange(gains.shape[1])
    gains = np.stack([np.interp(index, grid, g) for g in gains])
    level = np.clip(np.minimum(t / 0.08, (SUNG_SECONDS - t) / 0.25), 0.0, 1.0)
    return 0.28 * level * harmonic_oscillator(f0, gains, RATE)


def _vowel_weights(t):
    """How much of each vowel sounds at each time; cross-fades of 0.15 s."""
    weights = {v: np.zeros_like(t) for v in VOWELS}
    for n, (start, _, vowel) in enumerate(SUNG):
        end = SUNG[n + 1][0] if n + 1 < len(SUNG) else np.inf
        rise = np.clip((t - start) / 0.15 + 0.5, 0, 1) if n else 1.0
        weights[vowel] = weights[vowel] + rise * np.clip((end - t) / 0.15 + 0.5, 0, 1)
    return weights


def _formants(vowel, f):
    """Gain of a vocal tract at frequencies f in Hz."""
    gain = 0.002
    for centre, bandwidth, db in VOWELS[vowel]:
        resonance = 1.0 / (1.0 + ((f - centre) / (bandwidth / 2.0)) ** 2)
        gain = gain + float(db_to_amplitude(db)) * resonance
    return gain / (1.0 + (f / 4500.0) ** 4)

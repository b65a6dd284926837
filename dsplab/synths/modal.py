"""Modal synthesis: whatever is struck rings in modes, each a sine that dies away.

A bar, a plate, a glass, a bell differ in three lists: how high their modes are, how
long they last, and how strongly they are struck. No wave is followed through the body;
each mode is known for all times as soon as it has begun.
"""

import math
from typing import NamedTuple

import numpy as np

from dsplab._arguments import as_signal, as_values, integer, positive, require
from dsplab._array import array_namespace, fft, wrapped_cumsum
from dsplab.sources.envelopes import decay
from dsplab.sources.oscillators import phase
from dsplab.synths._round_trip import numbers_like, steady
from dsplab.synths.notes import find_patch, play_notes, velocity_gain

BLOCK = 512  # samples, of which all blocks are multiples
PEAK = 0.45  # at velocity 127, were all modes to peak at once


def modes(frequency, t60, amplitude, *, sample_rate, n_samples):
    """Sound a set of modes that are set off together and left alone.

        y(t) = sum_k amplitude[k] 10^(-3 t / t60[k]) sin(2 pi frequency[k] t)

    A decaying sine is the power of one complex number, and z^(512 i + j) is a product
    of two: all samples are one product of matrices, many times quicker than as many
    sines.

    Args:
      frequency: Hz, (..., n_modes); what is not below sample_rate / 2 is left out.
      t60: seconds in which each falls by 60 dB, a number or (..., n_modes).
      amplitude: a number or (..., n_modes).
      sample_rate: Hz.
      n_samples: length of the result.

    Returns:
      Signal, (..., n_samples).

    >>> modes([1.0], 1e9, 1.0, sample_rate=12.0, n_samples=4).round(6)[1:].tolist()
    [0.5, 0.866025, 1.0]
    """
    frequency, t60 = as_values(frequency, name="frequency"), as_values(t60, name="t60")
    amplitude = as_values(amplitude, name="amplitude")
    if frequency.ndim == 0:
        raise ValueError("frequency must have 1 or more dimensions, got a number")
    xp, n = (
        array_namespace(frequency, t60, amplitude),
        integer(n_samples, name="n_samples"),
    )
    positive(sample_rate, name="sample_rate")
    shape = np.broadcast_shapes(frequency.shape, t60.shape, amplitude.shape)
    f, t60, amplitude = (
        xp.broadcast_to(xp.asarray(a, dtype=frequency.dtype), shape)[..., None]
        for a in (frequency, t60, amplitude)
    )
    audible = xp.where(f < 0.5 * sample_rate, amplitude, xp.zeros_like(f))
    n_blocks, block = -(-n // BLOCK), min(n, BLOCK)

    def powers(count, every):  # z^(every j), j = 0 ... count - 1
        turns = xp.broadcast_to(f * (every / sample_rate), (*shape, count))
        angle = 2.0 * np.pi * (wrapped_cumsum(turns) - turns)
        level = decay(t60[..., 0], count, sample_rate / every)
        return level * xp.cos(angle), level * xp.sin(angle)

    (c, s), (cos, sin) = powers(n_blocks, BLOCK), powers(block, 1)
    c, s = (xp.swapaxes(audible * part, -1, -2) for part in (c, s))
    y = s @ cos + c @ sin  # (..., n_blocks, block), the imaginary part
    return y.reshape(*y.shape[:-2], -1)[..., :n]


def resonate(x, frequency, t60, *, amplitude=1.0, sample_rate):
    """Drive a set of modes by any sound: a bow, a drum roll, another instrument.

    What comes out is the sound convolved with `modes`, the response to an impulse.

    Args:
      x: what drives them, (..., n_samples).
      frequency: Hz, (n_modes,).
      t60: seconds, a number or (n_modes,).
      amplitude: a number or (n_modes,).
      sample_rate: Hz.

    Returns:
      Signal like x, as long as it: the end of the ringing is cut off.
    """
    x = as_signal(x)
    n, xp = x.shape[-1], array_namespace(x)
    options = {"sample_rate": sample_rate, "n_samples": n}
    response = xp.asarray(modes(frequency, t60, amplitude, **options), dtype=x.dtype)
    transform, size = fft(x), 1 << (2 * n - 1).bit_length()
    Y = transform.rfft(x, size) * transform.rfft(response, size)
    return transform.irfft(Y, size)[..., :n].astype(x.dtype)


def mallet(frequency, contact):
    """How strongly a mallet sets off a mode: the spectrum of its push.

    The push lasts `contact` seconds and rises and falls like a Hann window: a hard
    mallet (0.0003) reaches far into the treble, a soft one (0.004) only its lowest
    modes.

        P(f) = sinc(f contact) + sinc(f contact - 1) / 2 + sinc(f contact + 1) / 2

    >>> mallet(np.array([0.0, 500.0, 1000.0]), 0.002).round(12).tolist()
    [1.0, 0.5, 0.0]
    """
    frequency = as_values(frequency, name="frequency")
    x = frequency * as_values(contact, name="contact")
    xp = array_namespace(x)
    return xp.sinc(x) + 0.5 * xp.sinc(x - 1.0) + 0.5 * xp.sinc(x + 1.0)


def string_ratios(n_modes, *, inharmonicity=0.0):
    """Modes of a stiff string, over the first: k sqrt((1 + B k^2) / (1 + B)).

    >>> string_ratios(3, inharmonicity=0.001).round(4).tolist()
    [1.0, 2.003, 3.012]
    """
    k = np.arange(1, integer(n_modes, name="n_modes") + 1)
    return k * np.sqrt((1.0 + inharmonicity * k**2) / (1.0 + inharmonicity))


def bar_ratios(n_modes):
    """Modes of a bar that hangs free: the roots of cosh b cos b = 1, squared.

    >>> bar_ratios(4).round(3).tolist()
    [1.0, 2.757, 5.404, 8.933]
    """
    b = _bar_roots(n_modes)
    return (b / b[0]) ** 2


def _bar_roots(n_modes):
    b = (np.arange(1, integer(n_modes, name="n_modes") + 1) + 0.5) * np.pi
    for _ in range(4):  # Newton, on cos b = 1 / cosh b
        b = b + (np.cos(b) - 1.0 / np.cosh(b)) / (np.sin(b) - np.tanh(b) / np.cosh(b))
    return b


def bar_levels(n_modes, position):
    """How far a free bar bends at a place, 0 to 1 along it, in each of its modes.

    Struck in the middle, it sounds in every other mode; struck at 0.224, where it hangs
    from its cord, not in the first.

    >>> bar_levels(3, 0.5).round(3).tolist()
    [0.608, 0.0, 0.711]
    """
    b = _bar_roots(n_modes)
    x = b * min(position, 1.0 - position)
    # sinh and cosh written as decaying exponentials: b grows
    sigma = (np.cosh(b) - np.cos(b)) / (np.sinh(b) - np.sin(b))
    growing = 0.5 * (1.0 - sigma) * np.exp(x) + 0.5 * (1.0 + sigma) * np.exp(-x)
    return np.abs(growing + np.cos(x) - sigma * np.sin(x)) / 2.0


def ring_ratios(n_modes):
    """Modes of a ring or the rim of a glass: n (n^2 - 1) / sqrt(n^2 + 1), n = 2, 3 ...

    >>> ring_ratios(3).round(3).tolist()
    [1.0, 2.828, 5.423]
    """
    n = np.arange(2.0, integer(n_modes, name="n_modes") + 2.0)
    modes_ = n * (n**2 - 1.0) / np.sqrt(n**2 + 1.0)
    return modes_ / modes_[0]


def plate_ratios(n_modes, *, aspect=1.3):
    """Modes of a plate supported at its edges, in order: m^2 + (n aspect)^2.

    >>> plate_ratios(4, aspect=1.0).round(3).tolist()
    [1.0, 2.5, 2.5, 4.0]
    """
    m = np.arange(1, integer(n_modes, name="n_modes") + 1)
    every = np.sort((m[:, None] ** 2 + (aspect * m) ** 2).ravel())
    return every[: m.size] / every[0]


class Patch(NamedTuple):
    """Something to strike."""

    ratios: tuple  # of its modes to f0
    levels: tuple  # how strongly each is struck
    t60: float  # seconds, of a mode at 440 Hz
    damping: float = 1.0  # t60 falls with this power of frequency
    contact: float = 0.001  # seconds, of the mallet at velocity 127
    release: float = 2.0  # seconds to fall by 60 dB once damped
    tremolo: float = 0.0  # depth, 0 to 1: a vibraphone's fans
    tremolo_rate: float = 5.5  # Hz


def _rows(*lists):
    return tuple(tuple(map(float, row)) for row in lists)


_BELL = (
    (0.5, 1.0, 1.2, 1.5, 2.0, 2.5, 2.67, 3.0, 4.0, 5.33),
    (0.6, 0.7, 0.8, 0.3, 1.0, 0.35, 0.3, 0.35, 0.3, 0.2),
)
PRESETS = {
    "marimba": Patch(*_rows((1, 4, 10), (1, 0.35, 0.15)), 0.7, 1.2, 0.0022, 0.6),
    "vibraphone": Patch(
        *_rows((1, 4, 10.2), (1, 0.25, 0.1)), 5.0, 0.9, 0.0012, 0.25, 0.3
    ),
    "glockenspiel": Patch(
        *_rows(bar_ratios(4), bar_levels(4, 0.1)), 5.0, 0.7, 0.0002, 2.0
    ),
    "bell": Patch(*_BELL, 6.0, 0.9, 0.0004, 5.0),
    "glass": Patch(*_rows(ring_ratios(5), (1, 0.6, 0.4, 0.25, 0.15)), 1.6, 0.8, 0.0003),
    "plate": Patch(
        *_rows(plate_ratios(24), 1 / np.sqrt(plate_ratios(24))), 2.5, 0.8, 0.0004
    ),
}


def voice(f0, held, sample_rate, *, velocity=100.0, patch="marimba"):
    """Strike one note.

    Args:
      f0: Hz at every sample, (..., n_samples), release included; it may bend.
      held: seconds until it is damped, a number or (...,).
      sample_rate: Hz.
      velocity: 1 to 127: level, and with it how hard the mallet is.
      patch: name of a preset or a `Patch`.

    Returns:
      Signal like f0.
    """
    f0, patch = as_signal(f0, name="f0"), find_patch(patch, PRESETS)
    xp, n = array_namespace(f0, held, velocity, *patch), f0.shape[-1]
    ratios = xp.asarray(patch.ratios, dtype=f0.dtype)
    require(f0 > 0.0, "f0 must be above 0 Hz")
    positive(sample_rate, name="sample_rate")
    first = f0[..., :1] * ratios  # (..., n_modes)
    held, velocity = numbers_like(f0, held=held, velocity=velocity)
    contact = patch.contact * (2.0 - velocity[..., None] / 127.0)
    levels = xp.asarray(patch.levels, dtype=f0.dtype) * mallet(first, contact)
    levels = levels * (first < 0.5 * sample_rate)
    levels = levels / (xp.abs(levels).sum(axis=-1, keepdims=True) + 1e-9)
    t60 = patch.t60 * (440.0 / first) ** patch.damping
    if steady(f0).shape[-1] == 1:
        y = modes(first, t60, levels, sample_rate=sample_rate, n_samples=n)
    else:
        y = _bending(f0, ratios, t60, levels, sample_rate)
    y = PEAK * velocity_gain(velocity)[..., None] * y
    t = xp.asarray(np.arange(n) / sample_rate, dtype=f0.dtype)
    return y * _player(patch, t, t - held[..., None])


def _bending(f0, ratios, t60, levels, sample_rate):
    """The modes of something whose pitch moves: a sine each."""
    n = f0.shape[-1]
    return sum(
        levels[..., k, None]
        * decay(t60[..., k], n, sample_rate)
        * array_namespace(f0).sin(2.0 * np.pi * phase(f0 * ratios[k], sample_rate))
        for k in range(ratios.shape[0])
    )


def _player(patch, t, since):
    """What hands and motors do to the level: the damper after the note, tremolo."""
    xp = array_namespace(since, *patch[2:])
    fans = 0.5 + 0.5 * xp.cos(2.0 * np.pi * patch.tremolo_rate * t)
    damped = xp.exp(-math.log(1000.0) * xp.maximum(since, 0.0) / patch.release)
    return damped * (1.0 - patch.tremolo * (1.0 - fans))


def tail(patch="marimba"):
    """Seconds that a note sounds on after its key is released."""
    return float(find_patch(patch, PRESETS).release)


def play(notes, sample_rate, *, patch="marimba", **options):
    """Strike notes; see `dsplab.synths.notes.play_notes`.

    >>> y = play([(0.0, 0.2, 69)], 8000, patch="glass")
    >>> bool(0.05 < np.abs(y).max() < 0.5)
    True
    """
    patch = find_patch(patch, PRESETS)
    options = {"patch": patch, "tail": tail(patch)} | options
    return play_notes(voice, notes, sample_rate, **options)

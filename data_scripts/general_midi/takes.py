"""Takes: one note of an engine, made fit for a sampler.

A sampler repeats the end of a recording as long as the key is held. Whatever is not
exactly periodic there clicks, flutters or goes out of tune. So a take is pitched such
that a whole number of periods fills a whole number of samples, and its loop is not cut
out but made: each partial's amplitude and phase are read where the loop begins, and
sines of exactly these go on for ever,

    y[n] = sum_k |A_k| cos(2 pi m_k n / L + arg A_k),   m_k whole, L the loop's length.

The recording fades into them where both agree. Breath is noise, which has no partials:
its spectrum is measured between them and given to noise of period L. Players of a
section are never in tune: each partial of theirs is a band of the lines of period L,
with random phases. A string dies away: its decay is taken out of the recording, and is
the sampler's to put back.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from dsplab.convert import midi_to_hz
from dsplab.resampling import downsample

RENDERED = 44100  # Hz, what the engines play at
RATES = (11025, 22050)  # Hz, of the takes: the first that keeps the treble
KEPT_DB = -45.0  # what a lower rate may take away
GUARD = 16  # samples on either side of a loop that repeat it, for interpolators
FADE = 0.04  # seconds in which the recording becomes its loop


class Sound(NamedTuple):
    """Something to record, and how. The recipe is what it is; see `recipes`."""

    recipe: Any  # (f0, n_samples, sample_rate, rng) -> signal; with ratios= if any
    roots: tuple  # MIDI pitches at which it is recorded
    attack: float = 0.2  # seconds before the loop
    t60: float | None = None  # seconds of its decay at middle C; None: it is sustained
    fall: float = 0.5  # t60 goes with this power of 1 / frequency
    loop: float = 0.02  # seconds at least; 0 for no loop: the recipe ends by itself
    ratios: Any = None  # of inharmonic partials: numbers, or a function of f0
    breath: bool = False  # whether there is noise in it that goes on
    spread_cents: float | None = None  # a section of players, so far apart
    turns: bool = False  # whether the recipe comes round by itself after the loop
    rates: tuple = RATES


class Take(NamedTuple):
    """A recording: samples in [-1, 1], and what a sampler must know."""

    x: np.ndarray
    sample_rate: int
    root: int
    loop: tuple | None


def record(sound, root, rng):
    """Record a sound at one pitch, at the lowest rate that does it justice."""
    for rate in sound.rates:
        take, lost_db = _record_at(sound, root, rate, np.random.default_rng(rng))
        if lost_db < KEPT_DB:
            break
    return take


def _record_at(sound, root, rate, rng):
    """A take, and how much of the sound lies above the rate's reach, in dB."""
    factor = max(RENDERED // rate, 1)
    rate, length, cycles = _fitted(sound, root, rate)
    f0, begin = cycles * rate / length, round(sound.attack * rate)
    multiples, told = _partials(sound, f0, length, cycles)
    slowest = length / np.diff(multiples, prepend=0).min()  # samples of a beat
    n = begin + max(length, round(10 * slowest)) + round(0.05 * rate)
    n = 2 * length + 4 * GUARD if sound.turns else n
    x = sound.recipe(f0, n * factor, rate * factor, rng, **told)
    lost_db = _above(x, rate * factor, 0.45 * rate)
    x = downsample(x, factor) if factor > 1 else x
    loop = (GUARD, GUARD + length)
    if sound.turns:
        y = x[length - GUARD : 2 * length + GUARD]  # where a filter has settled
    elif sound.loop == 0:
        y, loop = _ended(x[:begin], rate), None
    elif sound.spread_cents is not None:
        y = section(x, f0, rate, length, sound.spread_cents, rng)
        y = np.concatenate([y[-GUARD:], y, y[:GUARD]])
    else:
        if sound.t60 is not None:
            x = x * 10.0 ** (3.0 * np.arange(len(x)) / (rate * t60_at(sound, root)))
        breath = rng if sound.breath else None
        y = with_loop(x, multiples, length, begin, breath=breath)
        y, loop = _joined(x[:begin], y, round(FADE * rate)), (begin, begin + length)
    return Take(y, rate, root, loop), lost_db


def _fitted(sound, root, rate):
    """Sampling rate, samples of the loop, and periods in it."""
    if sound.turns:
        rate = 10 * round(0.1 * rate)
        length = round(sound.loop * rate)
        return rate, length, max(round(length * midi_to_hz(root) / rate), 1)
    periods = 1 if sound.ratios is None else 12  # in steps of which partials lie
    return fit_loop(float(midi_to_hz(root)), rate, sound.loop, periods)


def _partials(sound, f0, length, cycles):
    """Periods of each partial in a loop; and what a recipe is told of their ratios."""
    if sound.ratios is None:
        return np.arange(1, int(0.5 * length / cycles) + 1) * cycles, {}
    ratios = sound.ratios(f0) if callable(sound.ratios) else sound.ratios
    whole = np.round(np.asarray(ratios) * cycles)
    return np.unique(whole.astype(int)), {"ratios": whole / cycles}


def _joined(x, y, fade):
    """A recording that fades into the loop y which follows it; both agree there."""
    begin = len(x)
    far = np.clip((np.arange(begin) - begin + GUARD + fade) / fade, 0.0, 1.0)
    share = 0.5 - 0.5 * np.cos(np.pi * far)
    head = (1.0 - share) * x + share * y[np.arange(-begin, 0) % len(y)]
    return np.concatenate([head, y, y[:GUARD]])


def t60_at(sound, root):
    """Seconds in which a sound falls by 60 dB at a pitch."""
    return sound.t60 * 2.0 ** (-sound.fall * (root - 60) / 12.0)


def fit_loop(f0, sample_rate, shortest, multiple=1):
    """A loop that is in tune: (sampling rate, samples, periods in it).

    A whole number of periods fills a whole number of samples if the sampling rate gives
    way a little: to a whole number of Hz, which leaves 0.1 cents at most.

    >>> fit_loop(440.0, 22050, 0.01)
    (22088, 251, 5)
    """
    cycles = multiple * max(math.ceil(f0 * shortest / multiple), 1)
    length = round(cycles * sample_rate / f0)
    return round(length * f0 / cycles), length, cycles


def with_loop(x, multiples, length, begin, *, breath=None):
    """A loop that goes on where x is at `begin`: signal (length,).

    Args:
      x: recording, (n_samples,).
      multiples: of which frequencies it consists, in periods a loop, whole numbers.
      length: of the loop, samples.
      begin: sample of x at which it begins.
      breath: `numpy.random.Generator` for the noise between the partials; None: none.
    """
    multiples = multiples[multiples < 0.49 * length]
    spacing = np.diff(multiples, prepend=0).min() / length  # cycles a sample
    half = min(math.ceil(4.0 / spacing), (len(x) - 1) // 2)
    middle = min(max(begin, half), len(x) - half)
    window = np.hanning(2 * half + 1)[:-1]
    n = np.arange(-half, half) + middle - begin  # counted from the loop's first sample
    lines = np.exp(-2j * np.pi * multiples[:, None] * n / length)
    heard = x[middle - half : middle + half] * window / window.sum()
    amplitudes = 2.0 * lines @ heard
    spectrum = np.zeros(length // 2 + 1, dtype=complex)
    spectrum[multiples] = 0.5 * length * amplitudes
    if breath is not None:
        spectrum = spectrum + _breath(x[middle - half :], length, multiples, breath)
    return np.fft.irfft(spectrum, length)


def _breath(x, length, multiples, rng):
    """Spectrum of noise of period `length` as it is in x between the partials."""
    x = x[:length]
    power = np.abs(np.fft.rfft(x * np.hanning(len(x)))) ** 2 / (0.375 * len(x))
    width = max(int(0.5 * multiples[0] * len(x) / length), 2)
    between = [
        np.median(power[max(k - width, 0) : k + width]) for k in range(len(power))
    ]
    level = np.sqrt(np.asarray(between) / math.log(2.0))  # a median is below the mean
    bins = np.arange(length // 2 + 1) / length * len(x)
    drawn = rng.normal(size=(2, len(bins))) / math.sqrt(2.0)
    drawn[:, 0] = 0.0
    noise = drawn[0] + 1j * drawn[1]
    return noise * math.sqrt(length) * np.interp(bins, np.arange(len(level)), level)


def section(x, f0, sample_rate, length, cents, rng):
    """A loop of many players of the tone x: each partial a band of lines.

    Reference:
      P. O. Nasca's PADsynth, 2005: bands instead of lines, random phases, one FFT.
    """
    n = len(x)
    window = np.hanning(n)
    spectrum = np.abs(np.fft.rfft(x * window)) * 2.0 / window.sum()
    f = np.arange(length // 2 + 1) * sample_rate / length
    power = np.zeros(len(f))
    for k in range(1, int(0.48 * sample_rate / f0)):
        middle = round(k * f0 * n / sample_rate)
        level = spectrum[middle - 3 : middle + 4].max()
        wide = max(k * f0 * cents / 1731.0, 0.35 * sample_rate / length)  # Hz
        band = np.exp(-0.5 * ((f - k * f0) / wide) ** 2)
        power += level**2 * band / band.sum()
    phases = np.exp(2j * np.pi * rng.random(len(f)))
    return np.fft.irfft(np.sqrt(power) * phases * length / 2.0, length)


def _above(x, sample_rate, frequency):
    """How much of a sound lies above a frequency, in dB of the whole."""
    n = np.arange(len(x)) / len(x)
    faded = x * np.cos(0.5 * np.pi * np.maximum(2.0 * n - 1.0, 0.0)) ** 2
    power = np.abs(np.fft.rfft(faded)) ** 2
    edge = int(frequency * len(x) / sample_rate) + 1
    return 10.0 * math.log10(max(power[edge:].sum() / (power.sum() + 1e-30), 1e-20))


def _ended(x, rate):
    """The end faded out, so that nothing is cut off."""
    n = min(int(0.03 * rate), len(x) // 4)
    return np.concatenate([x[:-n], x[-n:] * np.linspace(1.0, 0.0, n)])

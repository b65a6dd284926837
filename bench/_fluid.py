"""FluidSynth's library, and how far our notes are from its notes.

Three things of a FluidSynth make a naive comparison unsound; each is dealt with here or
in `bench._unfolded`:

- It reads between samples with seven points: treble is lost, and what rises above half
  the sample rate comes back as other frequencies. `bench._unfolded` makes a bank for it
  on which that plays no part.
- It works in blocks of 64 samples, and notes begin with a block. All lengths here are
  multiples of 64, so that both begin at the same sample.
- A voice that a reset cuts off is heard again in the next note, unless a block was made
  in between. Here sixteen are.

What is left is its arithmetic: it cuts a pitch to whole cents, and attenuations (of the
envelope, and of all the rest) to whole centibels, so that it is up to 0.2 dB louder
than the file says and, where something moves the pitch, up to a cent flat.
"""

import ctypes

import numpy as np

RATE, BLOCK = 44100, 64
HELD, LASTS = 689 * BLOCK / RATE, 4.0  # seconds of each note, and until it is over
QUIETEST = -80.0  # dB: below, levels and pitches are those of FluidSynth's rounding
WINDOW, STEP = 441, 44  # samples
BARS = {
    "level of the attack, dB": 0.5,
    "level held, dB": 0.5,
    "pitch, cents": 1.0,
    "rise, %": 5.0,
    "release, %": 5.0,
}


class Fluid:
    """One note at a time, dry, with its best interpolation."""

    def __init__(self, name, bank):
        """Load a library and a bank."""
        self.library = library = ctypes.CDLL(name)
        library.new_fluid_settings.restype = ctypes.c_void_p
        library.new_fluid_synth.restype = ctypes.c_void_p
        library.fluid_version_str.restype = ctypes.c_char_p
        self.version = library.fluid_version_str().decode()
        settings = ctypes.c_void_p(library.new_fluid_settings())
        for name in (b"synth.reverb.active", b"synth.chorus.active"):
            library.fluid_settings_setint(settings, name, 0)
        self.synth = ctypes.c_void_p(library.new_fluid_synth(settings))
        library.fluid_synth_sfload(self.synth, str(bank).encode(), 1)
        library.fluid_synth_set_interp_method(self.synth, -1, 7)

    def note(self, program, key, velocity):
        """A note, as `play_note` makes it, LASTS seconds of it, (2, n)."""
        call, length = self.library, round(LASTS * RATE)
        call.fluid_synth_program_change(self.synth, 0, program)
        call.fluid_synth_noteon(self.synth, 0, key, velocity)
        held = self.write(round(HELD * RATE))
        call.fluid_synth_noteoff(self.synth, 0, key)
        rest = self.write(-(-length // BLOCK) * BLOCK - held.shape[1])
        call.fluid_synth_all_sounds_off(self.synth, -1)
        self.write(16 * BLOCK)
        call.fluid_synth_system_reset(self.synth)
        self.write(16 * BLOCK)
        return np.concatenate([held, rest], axis=1)[:, :length].astype(float)

    def write(self, n):
        """The next samples, (2, n)."""
        y = np.zeros((2, n), np.float32)
        left, right = (ctypes.c_void_p(row.ctypes.data) for row in y)
        self.library.fluid_synth_write_float(self.synth, n, left, 0, 1, right, 0, 1)
        return y


def differences(y, other):
    """By how much y, (2, n), differs from FluidSynth's, in the order of BARS.

    NaN where it makes no sense: of a pitch where nothing sounds any more, of a release
    that is lost in what 16 bits can hold.
    """
    length = round(LASTS * RATE)
    y = np.pad(y, [(0, 0), (0, max(length - y.shape[1], 0))])[:, :length].astype(float)
    levels = [
        level(y, *span) - level(other, *span)
        if level(other, *span) > QUIETEST
        else np.nan
        for span in ((0.0, 0.1), (0.5, HELD))
    ]
    louder = int(level(other[1:], 0.2, 0.9) > level(other[:1], 0.2, 0.9))
    return (*levels, drift(y[louder], other[louder]), *late(y, other))


def level(x, start=0.1, stop=0.4):
    """Level in dB between two times."""
    x = x[..., round(start * RATE) : round(stop * RATE)]
    return 10.0 * np.log10(np.mean(x**2) + 1e-15)


def drift(a, b):
    """Cents by which a is higher than b: how far it runs ahead in 0.6 s.

    Followed from a tenth of a second to the next, so that no period of a high note is
    taken for another.
    """
    if level(b, 0.8, 0.9) < QUIETEST:
        return np.nan
    lags = [0.0]
    for start in np.arange(1, 9) / 10.0:
        lags.append(lag(a, b, start, near=lags[-1]))
    return float((lags[2] - lags[8]) / (0.6 * RATE) * 1200.0 / np.log(2.0))


def lag(a, b, start, *, near, reach=5):
    """Samples by which a is behind b in a tenth of a second, next to a known lag."""
    part = slice(round(start * RATE), round((start + 0.1) * RATE))
    n = 1 << 14
    c = np.fft.irfft(np.fft.rfft(a[part], n) * np.conj(np.fft.rfft(b[part], n)), n)
    around = round(near) + np.arange(-reach, reach + 1)
    k = around[c[around].argmax()]
    bend = c[k - 1] - 2.0 * c[k] + c[k + 1]
    aside = 0.5 * (c[k - 1] - c[k + 1]) / min(bend, -1e-30)
    return k + float(np.clip(aside, -1.0, 1.0))


def late(y, other):
    """Differences of two times, in per cent: of the rise and of the release.

    The rise lasts until 6 dB below the loudest, the release until 20 dB below the end
    of the held note. Where levels hover, such moments mean little; so what counts is
    when ours is nearest in time to that level, give or take the 0.5 dB levels may be
    off. Three milliseconds, two of FluidSynth's blocks, are no difference.
    """
    (times, ours), (_, theirs) = (contour(x) for x in (y, other))
    held = times < HELD - WINDOW / RATE
    top = theirs[held].max()
    begun = np.flatnonzero(theirs > top - 6.0)[0]
    rise = apart(times, ours, begun, top - 6.0, origin=0.0, before=-np.inf)
    ends = [level(x, HELD - 0.1, HELD) for x in (y, other)]
    fallen = np.flatnonzero(~held & (times >= HELD) & (theirs < ends[1] - 20.0))
    if ends[1] < QUIETEST + 5.0 or not len(fallen):
        return rise, np.nan
    goal = ends[0] - 20.0
    return rise, apart(times, ours, fallen[0], goal, origin=HELD, before=np.inf)


def apart(times, ours, k, goal, *, origin, before):
    """Per cent between times[k] and the nearest at which ours passes the goal.

    Times count from the origin; `before` is the level that goes before it.
    """
    later = times >= origin
    past = np.concatenate([[before], ours[later][:-1]])
    passes = np.minimum(ours[later], past) <= goal + 0.5
    passes &= np.maximum(ours[later], past) >= goal - 0.5
    if not passes.any():
        return np.inf
    off = np.abs(times[later][passes] - times[k]).min()
    return 0.0 if off <= 0.003 else 100.0 * off / max(times[k] - origin, 1e-3)


def contour(x):
    """Times, and the level in dB of the WINDOW samples from each on."""
    power = np.cumsum(np.concatenate([[0.0], np.mean(x**2, axis=0)]))
    first = np.arange(0, x.shape[1] - WINDOW, STEP)
    mean = (power[first + WINDOW] - power[first]) / WINDOW
    return first / RATE, 10.0 * np.log10(mean + 1e-15)

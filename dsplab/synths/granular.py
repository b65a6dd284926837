"""Granular synthesis: a recording as a cloud of grains, each a moment of sound.

A grain is some hundredths of a second of a recording under a window. Where in the
recording the grains come from, how many there are, how high, how long, forwards or
backwards, left or right: that is the whole instrument. It stretches and freezes time,
and turns any sound into a texture.

Reference: C. Roads, "Microsound", 2001. Grains that rise are read without wrong notes.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from dsplab._arguments import as_curves, as_signal, as_values, one_of, positive
from dsplab._array import array_namespace, scatter_rows
from dsplab.convert import midi_to_hz
from dsplab.sources.envelopes import adsr
from dsplab.sources.transposition import doubled, highest_of, read_doubled
from dsplab.synths._recordings import recordings
from dsplab.synths.notes import find_patch, play_notes, velocity_gain

SHAPES = ("hann", "triangle", "plateau", "gauss", "decay", "swell")
LOWEST = 1.0  # Hz, of a note
DRAWS = 5  # random numbers for each grain


def granulate(
    x,
    sample_rate,
    *,
    noise,
    duration,
    position=0.0,
    speed=1.0,
    spray=0.02,
    density=40.0,
    grain=0.08,
    irregularity=0.5,
    pitch=0.0,
    pitch_spray=0.0,
    reverse=0.0,
    spread=0.5,
    shape="hann",
    highest=None,
):
    """Make a cloud of grains from a recording.

    Grain k begins at about k / density seconds, and is read from

        position + speed k / density + spray r_k   seconds of the recording,

    at the ratio 2^((pitch + pitch_spray r'_k) / 12). All r are drawn from [-1, 1). The
    recording is taken as a ring: before its start lies its end.

    Args:
      x: recording, (n_samples,) or (2, n_samples).
      sample_rate: Hz.
      noise: the random numbers, in [-1, 1), 5 for each grain or more, (n,):
        rng.uniform(-1, 1, n).
      duration: of the result, seconds.
      position: seconds into the recording: a number, or a curve over the result.
      speed: 1 as recorded, 0.5 stretches to twice the time, 0 freezes, -1 backwards.
      spray: seconds by which a grain may come from elsewhere: 0.02 hides that a
        frozen moment repeats, 1 scatters the recording.
      density: grains in a second, a Python number: below 15 one hears each.
      grain: length in seconds, a Python number: 0.02 is a click, 0.1 keeps the pitch of
        speech, 0.5 overlaps to a pad.
      irregularity: of the times between grains, 0 (a tone of its own at the density)
        to 1.
      pitch: semitones, a number or a curve over the result.
      pitch_spray: semitones by which a grain may be off.
      reverse: share of the grains that run backwards, 0 to 1.
      spread: of the grains between left and right, 0 (middle) to 1.
      shape: of a grain: "hann", "triangle", "plateau" (keeps attacks), "gauss",
        "decay" (struck), "swell" (the same backwards).
      highest: ratio at which grains are read at most, for what must be left out; None
        takes it from the grains (4 where they are traced by JAX).

    Returns:
      Signal (2, n_out), about as loud as the recording.

    Raises:
      ValueError: if there are too few random numbers, or a number is out of range.

    >>> x = np.sin(2 * np.pi * 200 * np.arange(8000) / 8000)
    >>> noise = np.random.default_rng(0).uniform(-1, 1, 1000)
    >>> granulate(x, 8000, noise=noise, duration=1.5, speed=0.0).shape
    (2, 12000)
    """
    x = as_signal(x, ndim=(1, 2))
    positive(sample_rate, name="sample_rate")
    one_of(shape, SHAPES, name="shape")
    n_out = max(round(positive(duration, name="duration") * sample_rate), 1)
    length = max(round(positive(grain, name="grain") * sample_rate), 2)
    n_grains = math.ceil(positive(density, name="density") * duration)
    draws = _draws(noise, n_grains, x)
    like = array_namespace(x, draws).zeros(n_out, dtype=x.dtype)
    _, position, pitch = as_curves(
        like, called="the result", position=position, pitch=pitch
    )
    begins, seconds = _onsets(draws[0], density, irregularity, sample_rate, n_out)
    origin = _at(position, begins) + speed * seconds + spray * draws[1]
    ratio = 2.0 ** ((_at(pitch, begins) + pitch_spray * draws[2]) / 12.0)
    if highest is None:
        highest = highest_of(ratio, default=4.0)
    backwards = draws[3] < 2.0 * reverse - 1.0
    rows = _grains(x, origin * sample_rate, ratio, backwards, length, highest)
    rows = rows * _window(shape, length, x)
    rows = _placed(rows, spread * draws[4]) / math.sqrt(max(density * grain / 2.0, 1.0))
    return scatter_rows(rows, begins, n_out)


def _draws(noise, n_grains, x):
    noise = as_signal(noise, name="noise", ndim=1)
    if noise.shape[-1] < DRAWS * n_grains:
        raise ValueError(
            f"noise must have at least {DRAWS * n_grains} numbers for {n_grains} "
            f"grains, got {noise.shape[-1]}"
        )
    xp = array_namespace(x, noise)
    return xp.asarray(noise, dtype=x.dtype)[: DRAWS * n_grains].reshape(DRAWS, n_grains)


def _onsets(draws, density, irregularity, sample_rate, n_out):
    """When grains begin: the sample, and the second."""
    xp = array_namespace(draws)
    k = xp.asarray(np.arange(draws.shape[-1]), dtype=draws.dtype)
    seconds = xp.maximum((k + 0.5 * irregularity * draws) / density, 0.0)
    return xp.clip(xp.floor(seconds * sample_rate), 0, n_out - 1).astype(int), seconds


def _at(curve, begins):
    return curve[begins] if curve.ndim else curve


def _grains(x, origin, ratio, backwards, length, highest):
    """Rows of the recording from each origin (in samples), (..., n_grains, length)."""
    xp = array_namespace(x, origin, ratio)
    n = x.shape[-1]
    origin = origin % n
    near = xp.floor(origin)  # whole samples apart from fractions, for float32's sake
    step = np.arange(length)
    step = xp.where(backwards[:, None], length - 1 - step, step)
    away = 2.0 * ((origin - near)[:, None] + ratio[:, None] * step).astype(x.dtype)
    whole = xp.floor(away)
    place = (whole + 2.0 * near[:, None]) % (2 * n)
    fraction = (away - whole).reshape(-1)
    rows = read_doubled(doubled(x, highest), place.reshape(-1), fraction)
    return rows.reshape(*x.shape[:-1], *away.shape)


def _window(shape, length, like):
    """A grain's rise and fall; the energy of each is that of the Hann window."""
    t = (np.arange(length) + 0.5) / length
    window = {
        "hann": 0.5 - 0.5 * np.cos(2 * np.pi * t),
        "triangle": 1.0 - np.abs(2.0 * t - 1.0),
        "plateau": np.minimum(1.0, 0.5 - 0.5 * np.cos(np.pi * np.minimum(t, 1 - t) * 8))
        * (np.minimum(t, 1 - t) < 0.125)
        + (np.minimum(t, 1 - t) >= 0.125),
        "gauss": np.exp(-0.5 * ((t - 0.5) / 0.15) ** 2),
        "decay": np.minimum(t / 0.02, 1.0) * np.exp(-5.0 * t) * (1.0 - t),
        "swell": np.minimum((1 - t) / 0.02, 1.0) * np.exp(-5.0 * (1 - t)) * t,
    }[shape]
    window = window * np.sqrt(0.375 / np.mean(window**2))
    return array_namespace(like).asarray(window, dtype=like.dtype)


def _placed(rows, place):
    """Grains between left (-1) and right (1): (2, n_grains, length)."""
    xp = array_namespace(rows, place)
    angle = (place + 1.0) * (np.pi / 4.0)
    gains = math.sqrt(2.0) * xp.stack([xp.cos(angle), xp.sin(angle)])
    return gains[:, :, None] * (rows if rows.ndim == 3 else rows[None])


class Patch(NamedTuple):
    """What one can turn. See `granulate`; times in seconds."""

    recording: Any = "strings"  # of the house, or (n_samples,) or (2, n_samples)
    sample_rate: float | None = None  # of the recording; None: that of the result
    root: float = 60.0  # MIDI pitch of the recording
    position: Any = 0.5
    speed: Any = 0.2
    spray: Any = 0.03
    density: float = 40.0
    grain: float = 0.1
    irregularity: Any = 0.5
    pitch_spray: Any = 0.0
    reverse: Any = 0.0
    spread: Any = 0.6
    shape: str = "hann"
    gain_db: Any = 6.0
    attack: Any = 0.05
    release: Any = 0.3


PRESETS = {
    "frozen strings": Patch(speed=0.0, spray=0.08, grain=0.2, attack=0.3, release=0.8),
    "cloud": Patch(
        speed=0.5, spray=0.4, grain=0.15, density=50.0, pitch_spray=0.12, reverse=0.3,
        spread=1.0, attack=0.4, release=1.0,
    ),
    "glass rain": Patch(
        recording="tines", position=0.0, speed=0.0, spray=0.01, density=14.0, grain=0.3,
        irregularity=1.0, pitch_spray=0.05, spread=1.0, shape="decay", attack=0.005,
        gain_db=-4.0,
    ),
    "insects": Patch(
        recording="tines", position=0.2, speed=0.1, spray=0.2, density=90.0,
        grain=0.012, pitch_spray=7.0, spread=1.0, shape="gauss",
        gain_db=0.0,
    ),
}  # fmt: skip


def with_recording(patch, x, sample_rate, *, root=60.0):
    """Return the patch, playing that recording, whose MIDI pitch is root.

    >>> with_recording("cloud", np.zeros(8000), 8000, root=69.0).root
    69.0
    """
    x = as_signal(x, ndim=(1, 2))
    positive(sample_rate, name="sample_rate")
    patch = find_patch(patch, PRESETS)
    return patch._replace(recording=x, sample_rate=sample_rate, root=root)


def voice(f0, held, sample_rate, *, velocity=100.0, patch="frozen strings", noise=None):
    """Play one note as a cloud of grains.

    Args:
      f0: Hz at every sample, release included, (n_samples,).
      held: seconds for which the key is down.
      sample_rate: Hz.
      velocity: 1 to 127.
      patch: a name of `PRESETS`, or a `Patch`.
      noise: the random numbers, in [-1, 1), (n_samples,); without, always the same.

    Returns:
      Signal (2, n_samples).

    >>> voice(np.full(2000, 220.0), 0.2, 8000, patch="cloud").shape
    (2, 2000)
    """
    f0 = as_signal(f0, name="f0", ndim=1)
    patch = find_patch(patch, PRESETS)
    n, rng = f0.shape[-1], np.random.default_rng(0)
    positive(sample_rate, name="sample_rate")
    if noise is None:
        enough = max(n, DRAWS * math.ceil(patch.density * n / sample_rate))
        noise = rng.uniform(-1.0, 1.0, enough).astype(f0.dtype)
    x, rate, root = _source(patch, f0, sample_rate)
    xp = array_namespace(f0, x, noise)
    own_pitch = float(midi_to_hz(root)) * sample_rate / rate
    pitch = 12.0 * xp.log2(xp.maximum(f0, LOWEST) / own_pitch)
    names = "spray density grain irregularity pitch_spray reverse spread shape".split()
    y = granulate(
        x, sample_rate, noise=noise, duration=n / sample_rate, pitch=pitch,
        position=patch.position * rate / sample_rate,
        speed=patch.speed * rate / sample_rate,
        **{name: getattr(patch, name) for name in names},
    )  # fmt: skip
    times = {"attack": patch.attack, "decay": 0.0, "release": patch.release}
    level = adsr(held, n, sample_rate, sustain=1.0, **times)
    gain = 0.25 * 10.0 ** (patch.gain_db / 20.0) * velocity_gain(velocity)
    level = xp.asarray(level, dtype=f0.dtype)
    return y * (level * xp.asarray(gain, dtype=f0.dtype))


def _source(patch, f0, sample_rate):
    """The recording, its sample rate and its pitch."""
    if not isinstance(patch.recording, str):
        rate = patch.sample_rate or sample_rate
        return as_values(patch.recording, name="recording"), rate, patch.root
    notes, rate = recordings(patch.recording)
    root = sorted(notes)[len(notes) // 2]
    x = array_namespace(f0).asarray(notes[root], dtype=f0.dtype)
    return x, rate, root


def tail(patch):
    """Seconds that a note sounds on after its key is released."""
    return float(find_patch(patch, PRESETS).release)


def play(notes, sample_rate, *, patch="frozen strings", rng=0, **options):
    """Play notes; rng draws the grains; options as for `play_notes`.

    >>> play([(0.0, 0.1, 60.0)], 8000, patch="insects").shape[0]
    2
    """
    options = {"tail": tail(patch), "rng": rng, **options}
    return play_notes(
        voice, notes, sample_rate, patch=find_patch(patch, PRESETS), **options
    )

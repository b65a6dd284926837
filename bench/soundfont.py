"""SoundFonts: how exact, and how fast beside FluidSynth and tinysoundfont.

1. What the format asks for, as FluidSynth 2.6 answers it, on banks made for it.
2. All General MIDI programs of a real bank, beside FluidSynth if its library is there
   (DSPLAB_FLUIDSYNTH names another one than the system's).
3. A song: CPU seconds of the whole, as many times real time. The song is the file that
   DSPLAB_SONG names, the bank DSPLAB_BANK, or TimGM6mb.sf2 where Debian has it.
"""

import ctypes
import ctypes.util
import importlib.util
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from bench._timing import cpu_seconds
from dsplab.formats.midi import read_midi
from dsplab.formats.soundfont import (
    Instrument,
    Preset,
    Sample,
    SoundFont,
    Zone,
    read_soundfont,
)
from dsplab.synths.soundfont import generators as g
from dsplab.synths.soundfont import play_note, stream

RATE = 44100
BANK = Path(os.environ.get("DSPLAB_BANK", "/usr/share/sounds/sf2/TimGM6mb.sf2"))
SONG = os.environ.get("DSPLAB_SONG")
DRY = {"reverb": False, "chorus": False}
KEYS, VELOCITIES = (36, 60, 84), (60, 127)
HELD, LASTS = 1.0, 3.0  # seconds of each note, and until it is over
# one song by tinysoundfont: bank, song, seconds
PEER = """
import sys, time, tinysoundfont
synth = tinysoundfont.Synth(samplerate=44100)
synth.sfload(sys.argv[1])
song = tinysoundfont.Sequencer(synth)
song.midi_load(sys.argv[2])
begin = time.process_time()
for _ in range(int(10 * float(sys.argv[3]))):
    song.process(0.1)
    synth.generate(4410)
print(time.process_time() - begin)
"""


def main():
    """Print three tables."""
    behaviours()
    if BANK.exists():
        programs()
        song()
    else:
        print(f"\n{BANK} is not there: no real bank, no song")


def bank(zone, *, pcm=None, loop=None):
    """A bank of one zone; the sample is a sine of 441 Hz, 100 samples a cycle."""
    if pcm is None:
        pcm = np.round(16000 * np.sin(2 * np.pi * np.arange(44100) / 100))
    sample = Sample("a", pcm.astype(np.int16), None, RATE, loop or (0, len(pcm)), 69)
    inner = (Zone({g.SAMPLE_MODES: 1} | zone, (), 0),)
    preset = Preset("p", 0, 0, (Zone({}, (), 0),))
    return SoundFont({}, (preset,), (Instrument("i", inner),), (sample,))


def note(zone, held=0.5, **options):
    """A note of that bank, dry."""
    pcm, loop = options.pop("pcm", None), options.pop("loop", None)
    y = play_note(
        69, held, RATE, sound_font=bank(zone, pcm=pcm, loop=loop), **DRY, **options
    )
    return y.astype(float)


def level(x, start=0.1, stop=0.4):
    """Level in dB between two times."""
    x = x[..., round(start * RATE) : round(stop * RATE)]
    return 10.0 * np.log10(np.mean(x**2) + 1e-15)


def behaviours():
    """What the format asks for: ours, what FluidSynth 2.6 answers, the difference."""
    print("| behaviour | FluidSynth 2.6 | ours | off |\n|---|---|---|---|")
    plain = level(note({}))
    loud = level(note({}, velocity=127))
    rows = [
        (f"velocity {v}, dB", db, level(note({}, velocity=v)) - loud)
        for v, db in ((111, -2.3), (64, -11.9), (32, -23.9))
    ]
    rows.append(("attenuation 100 cB, dB", -4.0, level(note({48: 100})) - plain))
    centre = np.sqrt(2.0 * np.mean(note({})[0, 4410:17640] ** 2))
    for pan, left, right in ((0, 0.707, 0.707), (250, 0.383, 0.924), (500, 0.0, 1.0)):
        rms = np.sqrt(np.mean(note({17: pan})[:, 4410:17640] ** 2, axis=1)) / centre
        rows += [
            (f"pan {pan}, left", left, rms[0]),
            (f"pan {pan}, right", right, rms[1]),
        ]
    decay = note({36: 0, 37: 1000}, held=1.0)
    top = level(decay, 0.0045, 0.0091)
    rows += [
        (f"decay of 1 s after {t} s, dB", db, level(decay, t, t + 0.0045) - top)
        for t, db in ((0.1, -9.2), (0.5, -47.6))
    ]
    rows.append(("sustain 120, dB", -11.51, level(note({37: 120})) - plain))
    rows += filter_rows()
    for name, theirs, ours in rows:
        print(f"| {name} | {theirs} | {ours:.3f} | {ours - theirs:+.3f} |")


def filter_rows():
    """Gains of the filter, from its answer to an impulse."""
    pcm = np.zeros(30000)
    pcm[2000] = 16384
    cutoff = round(1200 * np.log2(880.0 / g.hertz(0.0)))

    def spectrum(zone):
        x = note(zone, pcm=pcm, loop=(0, 0))[0, :30000]
        return np.abs(np.fft.rfft(x, 2 * RATE))

    flat = spectrum({})
    asked = {0: {880: -3.06, 1760: -12.3}, 100: {20: -4.9, 880: 1.85},
             200: {20: -9.9}}  # fmt: skip
    rows = []
    for q, gains in asked.items():
        bent = spectrum({8: cutoff, 9: q})
        for f, db in gains.items():
            ours = 20.0 * np.log10(bent[2 * f] / flat[2 * f])
            rows.append((f"filter 880 Hz, Q {q} cB, at {f} Hz, dB", db, ours))
    return rows


def programs():
    """Distribution of the differences to FluidSynth over all programs."""
    name = os.environ.get("DSPLAB_FLUIDSYNTH") or ctypes.util.find_library("fluidsynth")
    if name is None:
        print("\nFluidSynth's library is not installed: no comparison of programs")
        return
    theirs, sound_font, rows = Fluid(name, BANK), read_soundfont(BANK), []
    for program in range(128):
        for key in KEYS:
            for velocity in VELOCITIES:
                other = theirs.note(program, key, velocity)
                options = {"sound_font": sound_font, "program": program, **DRY}
                y = play_note(key, HELD, RATE, velocity=velocity, **options)
                if level(other, 0.0, HELD) > -90.0:
                    row = compare(y.astype(float), other, key)
                    rows.append((program, key, velocity, *row))
    names = "level of the attack, dB", "level held, dB", "pitch, cents", "release, %"
    bars = 0.5, 0.5, 1.0, 5.0
    print(f"\n{len(rows)} notes of {BANK.name} beside FluidSynth {theirs.version}\n")
    print("| off | median | 95 % | most | within the bar |\n|---|---|---|---|---|")
    table = np.array([row[3:] for row in rows])
    for column, what, bar in zip(table.T, names, bars, strict=True):
        x = np.abs(column[np.isfinite(column)])
        shares = [
            f"{np.median(x):.2f}",
            f"{np.percentile(x, 95):.2f}",
            f"{x.max():.2f}",
        ]
        within = f"{100 * np.mean(x <= bar):.1f} % (<= {bar})"
        print(f"| {what} | {' | '.join(shares)} | {within} |")
    print("\noutside (program, key, velocity, the four differences):")
    for row in rows:
        if any(abs(x) > bar for x, bar in zip(row[3:], bars, strict=True)):
            print("  ", *row[:3], *(f"{x:.2f}" for x in row[3:]))


def compare(y, other, key):
    """Differences in level (attack, held), pitch in cents, release in per cent."""
    n = round(LASTS * RATE)
    y = np.pad(y, [(0, 0), (0, max(n - y.shape[1], 0))])[:, :n]
    levels = [
        level(y, *span) - level(other, *span) if level(other, *span) > -80.0 else np.nan
        for span in ((0.0, 0.1), (0.5, HELD))
    ]
    fall = [falls(x) for x in (y, other)]
    late = abs(fall[0] - fall[1])
    off = 0.0 if late <= 0.011 else 100.0 * late / max(fall[1], 0.2)
    return (*levels, drift(y[0], other[0], key), off)


def falls(x):
    """Seconds after the release until the note is 20 dB quieter."""
    held, step = level(x, HELD - 0.1, HELD), 0.01
    for k in range(round((LASTS - HELD) / step)):
        if level(x, HELD + k * step, HELD + (k + 5) * step) < held - 20.0:
            return k * step
    return np.nan


def drift(a, b, key):
    """Cents by which a is higher than b: how far it runs ahead in 0.6 s."""
    if level(b, 0.8, 0.9) < -70.0:
        return np.nan
    lags = [lag(a, b, s) for s in (0.2, 0.5, 0.8)]
    period = RATE / (440.0 * 2.0 ** ((key - 69) / 12.0))
    steps = np.diff(lags)
    steps -= period * np.round(steps / period)
    return float(-steps.sum() / (0.6 * RATE) * 1200.0 / np.log(2.0))


def lag(a, b, start):
    """Samples by which a is behind b in the tenth of a second from start."""
    part = slice(round(start * RATE), round((start + 0.1) * RATE))
    n = 1 << 14
    c = np.fft.irfft(np.fft.rfft(a[part], n) * np.conj(np.fft.rfft(b[part], n)), n)
    c = np.roll(c, 120)[:241]
    k = int(np.clip(c.argmax(), 1, 239))
    bend = c[k - 1] - 2.0 * c[k] + c[k + 1]
    return k - 120 + 0.5 * (c[k - 1] - c[k + 1]) / min(bend, -1e-30)


class Fluid:
    """FluidSynth's library, one note at a time, dry, with its best interpolation."""

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
        """A note, as `play_note` makes it, LASTS seconds of it."""
        call = self.library
        call.fluid_synth_system_reset(self.synth)
        self.write(RATE // 4)
        call.fluid_synth_program_change(self.synth, 0, program)
        call.fluid_synth_noteon(self.synth, 0, key, velocity)
        held = self.write(round(HELD * RATE / 64) * 64)
        call.fluid_synth_noteoff(self.synth, 0, key)
        rest = self.write(round(LASTS * RATE) - held.shape[1])
        return np.concatenate([held, rest], axis=1).astype(float)

    def write(self, n):
        """The next samples, (2, n)."""
        y = np.zeros((2, n), np.float32)
        left, right = (ctypes.c_void_p(row.ctypes.data) for row in y)
        self.library.fluid_synth_write_float(self.synth, n, left, 0, 1, right, 0, 1)
        return y


def song():
    """CPU time of a whole piece."""
    if SONG is None:
        print("\nDSPLAB_SONG names no MIDI file: no song")
        return
    piece, sound_font = read_midi(SONG), read_soundfont(BANK)
    print(f"\n{Path(SONG).name}, {piece.duration:.0f} s, {BANK.name}\n")
    print("| player | CPU s | times real time |\n|---|---|---|")

    def line(name, seconds):
        print(
            f"| {name} | {seconds:.2f} | {piece.duration / seconds:.1f} |", flush=True
        )

    def play(**options):
        for _ in stream(piece.events, RATE, sound_font=sound_font, **options):
            pass

    play(**DRY)  # imports
    line("dsplab", cpu_seconds(play, 1))
    line("dsplab, without effects", cpu_seconds(lambda: play(**DRY), 1))
    if shutil.which("fluidsynth"):
        command = ["fluidsynth", "-niq", "-F", os.devnull, "-T", "raw", BANK, SONG]
        line("FluidSynth", cpu_of([str(part) for part in command]))
    if importlib.util.find_spec("tinysoundfont"):
        command = [sys.executable, "-c", PEER, BANK, SONG, piece.duration]
        line("tinysoundfont", cpu_of([str(part) for part in command]))
    else:
        print("\ntinysoundfont is not installed, left out")


def cpu_of(command):
    """CPU seconds of another program."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()

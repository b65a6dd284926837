"""SoundFonts: how exact, and how fast beside FluidSynth and tinysoundfont.

1. What the format asks for, as FluidSynth 2.6 answers it, on banks made for it.
2. All General MIDI programs of a real bank, beside FluidSynth if its library is there
   (DSPLAB_FLUIDSYNTH names another one than the system's): once from the same file, and
   once with a file for FluidSynth on which its interpolation plays no part. A minute
   of CPU time for TimGM6mb.sf2.
3. A song: CPU seconds of the whole, as many times real time. The song is the file that
   DSPLAB_SONG names, the bank DSPLAB_BANK, or TimGM6mb.sf2 where Debian has it.
"""

import ctypes.util
import importlib.util
import itertools
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from bench._fluid import BARS, HELD, RATE, Fluid, differences, level
from bench._timing import cpu_seconds
from bench._unfolded import write_unfolded
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

BANK = Path(os.environ.get("DSPLAB_BANK", "/usr/share/sounds/sf2/TimGM6mb.sf2"))
SONG = os.environ.get("DSPLAB_SONG")
DRY = {"reverb": False, "chorus": False}
KEYS, VELOCITIES = (36, 60, 84), (60, 127)
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
    sound_font = read_soundfont(BANK)
    table("as it is", sound_font, {key: Fluid(name, BANK) for key in KEYS})
    with tempfile.TemporaryDirectory() as folder:
        players = {}
        for key in KEYS:
            path = Path(folder) / f"{key}.sf2"
            write_unfolded(path, sound_font, key, rate=RATE)
            players[key] = Fluid(name, path)
        found = table("unfolded for FluidSynth", sound_font, players)
    print("\noutside (program, key, velocity, the differences):")
    for note, row in found.items():
        if any(abs(x) > bar for x, bar in zip(row, BARS.values(), strict=True)):
            print("  ", *note, *(f"{x:.2f}" for x in row))


def table(how, sound_font, players):
    """Compare all notes of the bank, and print how far they are apart."""
    found = {}
    for program, key, velocity in itertools.product(range(128), KEYS, VELOCITIES):
        other = players[key].note(program, key, velocity)
        if level(other, 0.0, HELD) > -90.0:
            options = {"sound_font": sound_font, "program": program, **DRY}
            y = play_note(key, HELD, RATE, velocity=velocity, **options)
            found[program, key, velocity] = differences(y, other)
    version = players[KEYS[0]].version
    print(f"\n{len(found)} notes of {BANK.name}, {how}, beside FluidSynth {version}\n")
    print("| off | notes | median | 95 % | most | within the bar |")
    print("|---|---|---|---|---|---|")
    columns = np.abs(np.array(list(found.values()))).T
    for column, (what, bar) in zip(columns, BARS.items(), strict=True):
        x = column[~np.isnan(column)]
        middle, most = np.percentile(x, (50, 95))
        within = f"{100 * np.mean(x <= bar):.2f} % (<= {bar})"
        figures = f"{len(x)} | {middle:.3f} | {most:.3f} | {x.max():.2f}"
        print(f"| {what} | {figures} | {within} |")
    return found


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

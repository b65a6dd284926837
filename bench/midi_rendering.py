"""A MIDI file becomes a sound file: seconds of music a second, and memory.

    python -m bench midi_rendering [60]                  our song, so many minutes (6)
    python -m bench.midi_rendering song.mid [font.sf2]   any file

Everybody reads the same MIDI file and the same SoundFont (TimGM6mb where it is
installed, else our own) and writes 16-bit stereo at 44.1 kHz, each in a process of its
own. CPU time, children included, once all is imported and a second of music has been
played; files are read and fonts loaded in that time. Room and chorus are on for all but
tinysoundfont and pretty_midi's sines, which have none, and where it says dry.
"""

import importlib.util
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import wave
from functools import partial
from pathlib import Path

import numpy as np

os.environ.setdefault("OMP_NUM_THREADS", "1")
RATE = 44100
FONTS = ("/usr/share/sounds/sf2/TimGM6mb.sf2", "/usr/share/soundfonts/default.sf2")
BARS_A_MINUTE = 26


def own(midi, font, target, **options):
    """Ours, block by block."""
    from dsplab.rendering import midi_to_audio

    options = {"sample_rate": RATE, "subtype": "PCM_16", "sound_font": font, **options}
    midi_to_audio(midi, target, **options)


def fluidsynth(midi, font, target, switches=()):
    """The program itself."""
    command = ["fluidsynth", "-niq", *switches, "-r", str(RATE), "-T", "wav"]
    command += ["-O", "s16", "-F", target, font, midi]
    subprocess.run(command, check=True, capture_output=True)


def tinysoundfont(midi, font, target):
    """TinySoundFont's sequencer, a second at a time: shorter blocks are slower."""
    from tinysoundfont import Sequencer, Synth

    synth = Synth(samplerate=RATE)
    synth.sfload(font)
    sequencer = Sequencer(synth)
    sequencer.midi_load(midi)
    with _wave(target) as write:
        rest = 2 * RATE  # samples, for the last tails
        while rest > 0:
            rest -= RATE * sequencer.is_empty()
            block = np.frombuffer(synth.generate(RATE), np.float32)
            write(block.reshape(-1, 2).T)


def pretty_midi_sines(midi, _font, target):
    """pretty_midi's own sound: a sine for every note, in one array."""
    import pretty_midi

    y = pretty_midi.PrettyMIDI(midi).synthesize(fs=RATE)
    with _wave(target) as write:
        write(np.stack([y, y]))


def pretty_midi_fluidsynth(midi, font, target):
    """FluidSynth through pretty_midi: one instrument after the other, in arrays."""
    import pretty_midi

    y = pretty_midi.PrettyMIDI(midi).fluidsynth(fs=RATE, sf2_path=font)
    with _wave(target) as write:
        write(np.stack([y, y]))


class _wave:
    """A 16-bit stereo file, by the standard library."""

    def __init__(self, target):
        self.file = wave.open(target, "wb")

    def __enter__(self):
        self.file.setparams((2, 2, RATE, 0, "NONE", ""))
        return self.write

    def write(self, y):
        """Append (2, n)."""
        pcm = np.rint(32767.0 * np.clip(y.T, -1.0, 1.0)).astype("<i2")
        self.file.writeframes(pcm.tobytes())

    def __exit__(self, *_):
        self.file.close()


DRY = {"reverb": False, "chorus": False}
PLAYERS = {  # name: what it needs, function
    "dsplab": ("dsplab", own),
    "dsplab, dry": ("dsplab", partial(own, **DRY)),
    "FluidSynth": ("fluidsynth", fluidsynth),
    "FluidSynth, dry": ("fluidsynth", partial(fluidsynth, switches=("-R0", "-C0"))),
    "tinysoundfont": ("tinysoundfont", tinysoundfont),
    "pretty_midi, FluidSynth": ("pretty_midi", pretty_midi_fluidsynth),
    "pretty_midi, sines": ("pretty_midi", pretty_midi_sines),
}


def measure(name, midi, font):
    """CPU seconds, seconds of sound, peak memory in MB."""
    play = PLAYERS[name][1]
    with tempfile.TemporaryDirectory() as folder:
        first, target = (str(Path(folder, part)) for part in ("first.mid", "sound.wav"))
        _write_song(first, bars=1)
        play(first, font, target)
        begin = _cpu()
        play(midi, font, target)
        seconds = _cpu() - begin
        with wave.open(target) as file:
            n = file.getnframes()
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peaks = [resource.getrusage(kind).ru_maxrss / 1024 for kind in kinds]
    return seconds, n / RATE, peaks[PLAYERS[name][0] == "fluidsynth"]


def _cpu():
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _write_song(path, *, bars):
    from dsplab.formats.midi import write_midi
    from tour.song import song

    write_midi(path, song(bars))


def _font():
    from dsplab.banks import general_midi

    return next((font for font in FONTS if Path(font).exists()), str(general_midi()))


def main(what=6, font=None):
    """Print one table, of a file or of so many minutes of our song."""
    with tempfile.TemporaryDirectory() as folder:
        midi = str(what)
        if isinstance(what, int):
            midi = str(Path(folder, "song.mid"))
            _write_song(midi, bars=BARS_A_MINUTE * what)
        _table(midi, font or _font())


def _table(midi, font):
    from dsplab.formats.midi import read_midi

    music = read_midi(midi)
    strokes = sum(event.kind == "note_on" for event in music.events)
    channels = len({event.channel for event in music.events})
    about = f"{music.duration:.0f} s, {strokes} notes on {channels} channels"
    print(f"{about}; {Path(font).name}\n")
    print("| player | CPU seconds | x real time | MB at most |\n|---|---|---|---|")
    spawn = multiprocessing.get_context("spawn")
    for name, (needs, _) in PLAYERS.items():
        if not (shutil.which(needs) or importlib.util.find_spec(needs)):
            print(f"| {name}: not installed, left out | | | |")
            continue
        with spawn.Pool(1) as process:
            seconds, sound, peak = process.apply(measure, (name, midi, font))
        row = f"{seconds:.1f} | {sound / seconds:.0f} | {peak:.0f}"
        print(f"| {name} | {row} |", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""FluidSynth, where it is installed, as another player of SoundFonts."""

import math
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from dsplab.formats.midi import write_midi
from dsplab.formats.soundfont import SoundFont, write_soundfont

LONGEST_TAIL = 60.0  # seconds after the end of the music
RATES, GAINS = (8000.0, 96000.0), (0.0, 10.0)
BYTES = 8  # of a sample of two channels, float32


def fluidsynth_blocks(
    midi, sample_rate, *, sound_font, gain=0.2, reverb=True, chorus=True,
    block_length=2**17,
):  # fmt: skip
    """Render a file by the `fluidsynth` program, block by block.

    Args:
      midi: a `MidiFile` that lets go of every key; channels beyond the sixteenth are
        played on the first ones.
      sample_rate: Hz, 8000 to 96000.
      sound_font: path of a SoundFont, or a `SoundFont`.
      gain: 0 to 10.
      reverb: whether there is a room.
      chorus: whether there is a chorus.
      block_length: samples in a block; the last one is shorter.

    Yields:
      Blocks (2, n), float32.

    Raises:
      ValueError: if the program is not there, cannot do it, or does not, with its own
        words.
    """
    program = shutil.which("fluidsynth")
    if program is None:
        raise ValueError("engine 'fluidsynth' must be installed: it is not found")
    for name, value, (least, most) in (
        ("sample_rate", sample_rate, RATES),
        ("gain", gain, GAINS),
    ):
        if not least <= value <= most:  # it would play on at some other value
            bounds = f"{least:g}..{most:g} for engine 'fluidsynth'"
            raise ValueError(f"{name} must be in {bounds}, got {value!r}")
    with tempfile.TemporaryDirectory() as folder:
        song = Path(folder, "song.mid")
        write_midi(song, midi)
        options = {"-R": int(bool(reverb)), "-C": int(bool(chorus))}
        options |= {"-g": f"{gain:.6g}", "-r": f"{sample_rate:.6g}"}
        options |= {"-T": "raw", "-O": "float", "-E": "little", "-F": "/dev/stdout"}
        words = [str(part) for pair in options.items() for part in pair]
        command = [program, "-niq", *words, _as_file(sound_font, folder), str(song)]
        most = math.ceil((midi.duration + LONGEST_TAIL) * sample_rate)
        yield from _output(command, most, block_length)


def _as_file(sound_font, folder):
    """Name of a file that holds the SoundFont."""
    if isinstance(sound_font, SoundFont):
        path = Path(folder, "font.sf2")
        write_soundfont(path, sound_font)
        return str(path)
    with open(sound_font, "rb"):  # says what is wrong with the path
        return str(sound_font)


def _output(command, most, block_length):
    """Blocks of what the program writes into its pipe, `most` samples at most."""
    with tempfile.TemporaryFile() as said:
        streams = {"stdin": subprocess.DEVNULL, "stderr": said}
        with subprocess.Popen(command, stdout=subprocess.PIPE, **streams) as program:
            n_read = 0
            try:
                while n_read < most and (data := _block(program.stdout, block_length)):
                    block = np.frombuffer(data, "<f4").reshape(-1, 2).T
                    n_read += block.shape[-1]
                    _require_success(said, program)
                    yield block.copy()
            finally:
                program.kill()
        if not n_read:
            _require_success(said, program, silent=True)


def _require_success(said, program, silent=False):
    """Raise the first of the program's complaints; a warning is none."""
    lines = os.pread(said.fileno(), 4096, 0).decode(errors="replace").splitlines()
    errors = [line for line in lines if "error" in line.lower()]
    if errors or silent:
        reason = (errors or lines or [f"exit status {program.returncode}"])[0]
        raise ValueError(f"engine 'fluidsynth' failed: {reason}")


def _block(pipe, length):
    """The bytes of the next block: whole samples."""
    data = pipe.read(BYTES * length)
    return data[: len(data) - len(data) % BYTES]

"""Notes of a real bank, beside FluidSynth, where both are installed.

Levels within 0.5 dB, pitches within a cent, times within 5 %. The notes are some on
which FluidSynth's versions from 2.3 to 2.6 agree (their filters' envelopes do not), and
not the brightest, of which its interpolation takes some treble away.
`python -m bench soundfont` goes through all programs.
"""

import shutil
import subprocess
from pathlib import Path

import mido
import numpy as np
import pytest

from dsplab.formats.soundfont import read_soundfont
from dsplab.synths.soundfont import play_note

RATE = 44100
BANK = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")
PROGRAM = shutil.which("fluidsynth")
pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="fluidsynth is not installed"),
    pytest.mark.skipif(not BANK.exists(), reason="TimGM6mb.sf2 is not installed"),
]
NOTES = [  # program, key, velocity
    (0, 48, 100), (0, 72, 64), (24, 52, 100), (33, 40, 100), (40, 67, 80),
    (48, 60, 100), (56, 65, 100), (65, 60, 70), (73, 76, 100), (80, 57, 100),
    (89, 60, 100),
]  # fmt: skip
APART, HELD = 3.0, 1.0  # seconds


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    """All notes one after the other, by FluidSynth."""
    folder = tmp_path_factory.mktemp("fluidsynth")
    song = mido.MidiFile(ticks_per_beat=500)  # at 120 beats a minute: 1000 a second
    track = mido.MidiTrack()
    song.tracks.append(track)
    for program, key, velocity in NOTES:
        track.append(mido.Message("program_change", program=program, time=0))
        track.append(mido.Message("note_on", note=key, velocity=velocity, time=0))
        track.append(mido.Message("note_off", note=key, time=round(1000 * HELD)))
        track.append(mido.Message("control_change", control=3, time=2000))
    song.save(folder / "notes.mid")
    (folder / "settings").write_text("interp 7\n")  # its best: the others lose treble
    command = [PROGRAM, "-n", "-i", "-q", "-f", folder / "settings", "-R", "0", "-C",
               "0", "-r", str(RATE), "-g", "0.2", "-O", "float", "-F",
               folder / "out.raw", "-T", "raw", BANK, folder / "notes.mid"]  # fmt: skip
    subprocess.run([str(part) for part in command], check=True, capture_output=True)
    return np.fromfile(folder / "out.raw", "<f4").reshape(-1, 2).T.astype(float)


@pytest.fixture(scope="module")
def sound_font():
    return read_soundfont(BANK)


def level(x, start, stop):
    x = x[..., round(start * RATE) : round(stop * RATE)]
    return 10.0 * np.log10(np.mean(x**2) + 1e-12)


def delay(x, y):
    """Samples by which x is behind y, at most 60."""
    n = 2 * len(x)
    spectrum = np.fft.rfft(x, n) * np.conj(np.fft.rfft(y, n))
    c = np.roll(np.fft.irfft(spectrum, n), 60)[:121]
    k = int(np.clip(c.argmax(), 1, 119))
    bend = c[k - 1] - 2.0 * c[k] + c[k + 1]
    return k - 60 + 0.5 * (c[k - 1] - c[k + 1]) / bend


@pytest.mark.parametrize("index", range(len(NOTES)))
def test_note_is_fluidsynths(index, theirs, sound_font):
    program, key, velocity = NOTES[index]
    options = {"sound_font": sound_font, "reverb": False, "chorus": False}
    y = play_note(key, HELD, RATE, program=program, velocity=velocity, **options)
    n = round(APART * RATE)
    ours = np.pad(y, [(0, 0), (0, max(n - y.shape[1], 0))])[:, :n].astype(float)
    begin = round(index * APART * RATE)
    begin += _first(theirs[:, begin:]) - _first(ours)  # a player keeps coarser time
    other = theirs[:, begin : begin + n]
    for start, stop in ((0.02, 0.12), (0.2, 0.9)):
        assert abs(level(ours, start, stop) - level(other, start, stop)) < 0.5
    a, b = ours[0], other[0]
    early, late = (slice(round(s * RATE), round((s + 0.1) * RATE)) for s in (0.2, 0.8))
    drift = (delay(a[late], b[late]) - delay(a[early], b[early])) / (0.6 * RATE)
    period = RATE / (440.0 * 2.0 ** ((key - 69) / 12.0))
    drift -= period / (0.6 * RATE) * np.round(drift * 0.6 * RATE / period)
    assert abs(1200.0 * np.log2(1.0 + drift)) < 1.0
    after = [_time_to_fall(x, 20.0) for x in (ours, other)]
    if np.isfinite(after).all():
        assert abs(after[0] - after[1]) <= max(0.05 * after[1], 0.02)


def _first(x):
    """The first sample that can be heard."""
    return int(np.flatnonzero(np.abs(x).max(axis=0) > 1e-5)[0])


def _time_to_fall(x, db):
    """Seconds after the release until a note is so many decibels quieter."""
    before, step = level(x, HELD - 0.1, HELD), 0.01
    times = np.arange(HELD, APART - 2 * step, step)
    quiet = [t - HELD for t in times if level(x, t, t + step) < before - db]
    return quiet[0] if quiet else np.inf

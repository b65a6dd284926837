"""Csound and STK, playing single notes of their physical models, if they are there.

Each peer is a function of (frequency, seconds) that returns the sound and the CPU
seconds it took, at 44.1 kHz.
"""

import resource
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile

SAMPLE_RATE = 44100
CSOUND = {
    "Csound pluck": "ares pluck 0.5, {f}, {f}, 0, 1",
    "Csound wgpluck2": "ares wgpluck2 0.3, 0.5, {f}, 0.2, 0.02",
    "Csound wgclar": "ares wgclar 0.5, {f}, -0.3, 0.1, 0.1, 0.05, 5, 0, 1",
    "Csound wgflute": "ares wgflute 0.5, {f}, 0.32, 0.1, 0.1, 0.05, 5, 0, 1",
}
ORCHESTRA = """<CsoundSynthesizer>
<CsInstruments>
sr = 44100
ksmps = 64
nchnls = 1
0dbfs = 1
gitab ftgen 1, 0, 16384, 10, 1
instr 1
{line}
out ares * 0.3
endin
</CsInstruments>
<CsScore>
i 1 0 {seconds}
</CsScore>
</CsoundSynthesizer>
"""
STK = {
    "STK Plucked": ("Plucked", "i.pluck(0.8);"),
    "STK Clarinet": ("Clarinet", "i.noteOn({f}, 0.8);"),
    "STK Flute": ("Flute", "i.noteOn({f}, 0.8);"),
}
PROGRAM = """#include <cstdio>
#include <ctime>
#include <stk/{name}.h>
int main() {{
  stk::Stk::setSampleRate(44100.0);
  stk::{name} i(20.0);
  i.setFrequency({f});
  {start}
  static float y[{n}];
  clock_t begin = clock();
  for (int n = 0; n < {n}; n++) y[n] = i.tick();
  fprintf(stderr, "%g", double(clock() - begin) / CLOCKS_PER_SEC);
  fwrite(y, sizeof(float), {n}, stdout);
}}
"""


def _children():
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


def _csound(line, frequency, seconds):
    with tempfile.TemporaryDirectory() as folder:
        score, wave = Path(folder) / "note.csd", Path(folder) / "note.wav"
        cpu = []
        for length in (0.01, seconds):  # the first, to know what starting it costs
            text = ORCHESTRA.format(line=line.format(f=frequency), seconds=length)
            score.write_text(text)
            before = _children()
            command = ["csound", "-d", "-m0", "-f", "-W", "-o", str(wave), str(score)]
            subprocess.run(command, check=True, capture_output=True)
            cpu.append(_children() - before)
        return soundfile.read(wave)[0], max(cpu[1] - cpu[0], 1e-3)


def _stk(name, start, frequency, seconds):
    n = int(seconds * SAMPLE_RATE)
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder) / "note.cpp", Path(folder) / "note"
        start = start.format(f=frequency)
        source.write_text(PROGRAM.format(name=name, start=start, f=frequency, n=n))
        command = ["g++", "-O2", "-w", "-o", str(program), str(source), "-lstk"]
        subprocess.run(command, check=True, capture_output=True)
        done = subprocess.run([str(program)], check=True, capture_output=True)
        return np.frombuffer(done.stdout, "float32").astype(float), float(done.stderr)


def peers():
    """Name to function of (frequency, seconds), for those that are installed."""
    found = {}
    if shutil.which("csound"):
        for name, line in CSOUND.items():
            found[name] = lambda f, s, line=line: _csound(line, f, s)
    if shutil.which("g++") and Path("/usr/include/stk/Stk.h").exists():
        for name, (kind, start) in STK.items():
            found[name] = lambda f, s, k=kind, start=start: _stk(k, start, f, s)
    return found


def missing():
    """Names of the peers that are not installed."""
    return sorted({*CSOUND, *STK} - set(peers()))

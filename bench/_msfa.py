"""Dexed's engine as a peer: built from a checkout of its sources, if there is one.

The environment variable DEXED names the checkout (the folder with Source/msfa). The
engine is built by g++ in a temporary folder, with a driver that plays one note; nothing
of it is kept.
"""

import ctypes
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

TUNING = """
#pragma once
#include <memory>
#include "synth.h"
struct TuningState {
  virtual ~TuningState() {}
  virtual int32_t midinote_to_logfreq(int n) { return 50857777 + (1 << 24) / 12 * n; }
  virtual bool is_standard_tuning() { return true; }
};
"""
CLIENT = """
#pragma once
struct MTSClient {};
inline bool MTS_HasMaster(MTSClient *) { return false; }
inline double MTS_NoteToFrequency(MTSClient *, int, int) { return 0; }
"""
DRIVER = """
#include <cstring>
#include <memory>
#include <new>
#include "synth.h"
#include "exp2.h"
#include "sin.h"
#include "freqlut.h"
#include "lfo.h"
#include "pitchenv.h"
#include "env.h"
#include "porta.h"
#include "dx7note.h"
extern "C" void render(const uint8_t *patch, int note, int velocity, double rate,
                       int blocks, int off, float *out) {
  Sin::init(); Exp2::init(); Tanh::init(); Freqlut::init(rate); Lfo::init(rate);
  PitchEnv::init(rate); Env::init_sr(rate); Porta::init_sr(rate);
  static FmCore core;
  Controllers c;
  memset(c.values_, 0, sizeof c.values_);
  c.values_[kControllerPitch] = 0x2000;
  c.masterTune = c.modwheel_cc = c.breath_cc = c.foot_cc = c.aftertouch_cc = 0;
  c.portamento_cc = 0;
  c.portamento_enable_cc = c.portamento_gliss_cc = c.mpeEnabled = false;
  c.refresh();
  c.core = &core;
  Lfo lfo;
  memset(&lfo, 0, sizeof lfo);
  lfo.reset(patch + 137);
  lfo.keydown();
  alignas(16) static char memory[sizeof(Dx7Note)];
  memset(memory, 0, sizeof memory);
  MTSClient client;
  Dx7Note *one = new (memory) Dx7Note(std::make_shared<TuningState>(), &client);
  one->init(patch, note, velocity, 1, &c);
  one->oscSync();
  AlignedBuf<int32_t, N> block;
  for (int b = 0; b < blocks; b++) {
    memset(block.get(), 0, N * sizeof(int32_t));
    if (b == off) one->keyup();
    int32_t value = lfo.getsample(), delay = lfo.getdelay();
    one->compute(block.get(), value, delay, &c);
    for (int j = 0; j < N; j++) out[b * N + j] = block.get()[j] / 16777216.0f;
  }
}
"""


def engine():
    """A function (patch, note, velocity, n_blocks, off) that plays, or None."""
    sources = Path(os.environ.get("DEXED", "")) / "Source"
    if "DEXED" not in os.environ or not (sources / "msfa").is_dir():
        return None
    with tempfile.TemporaryDirectory() as folder:
        render = _built(sources, Path(folder)).render
    render.argtypes = [
        ctypes.c_char_p, ctypes.c_int, ctypes.c_int, ctypes.c_double, ctypes.c_int,
        ctypes.c_int, ctypes.c_void_p,
    ]  # fmt: skip

    def play(patch, note, velocity, n_blocks, off):
        from dsplab.formats.dx7 import encode_sysex

        data = encode_sysex(patch)[6:161] + b"\x3f"
        out = np.zeros(64 * n_blocks, np.float32)
        key = note + patch.transpose
        render(data, key, velocity, 44100.0, n_blocks, off, out.ctypes.data)
        return out.astype(np.float64)

    return play


def _built(sources, folder):
    shutil.copytree(sources / "msfa", folder / "msfa")
    shutil.copy(sources / "Dexed.h", folder)
    (folder / "msfa" / "tuning.cc").unlink()
    (folder / "msfa" / "tuning.h").write_text(TUNING)
    (folder / "msfa" / "libMTSClient.h").write_text(CLIENT)
    (folder / "msfa" / "driver.cc").write_text(DRIVER)
    parts = sorted(str(p) for p in (folder / "msfa").glob("*.c*"))
    command = ["g++", "-O2", "-w", "-fPIC", "-shared", "-o", "engine.so", *parts]
    subprocess.run([*command, "-Imsfa"], cwd=folder, check=True)
    return ctypes.CDLL(str(folder / "engine.so"))


def banks():
    """The banks that come with the checkout, as (name, patches)."""
    import io
    import warnings
    import zipfile

    from dsplab.formats.dx7 import read_sysex

    with (
        zipfile.ZipFile(
            Path(os.environ["DEXED"]) / "assets" / "builtin_pgm.zip"
        ) as archive,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        for name in sorted(archive.namelist()):
            if name.lower().endswith(".syx"):
                yield name, read_sysex(io.BytesIO(archive.read(name)))

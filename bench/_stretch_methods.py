"""The stretching functions to compare: ours and those of the peers found here.

Each is called f(x, sample_rate, rate) with one channel and a speed. A peer that is not
installed is left out; `missing` names it.
"""

import importlib

# "plain_vocoder" is the classic one without its handling of attacks (transients=False),
# which no peer has: the same work on both sides
KINDS = (
    "ola",
    "wsola",
    "psola",
    "plain_vocoder",
    "phase_vocoder",
    "locked",
    "hptsm",
    "default",
)


def ours():
    """{kind: f(x, sample_rate, rate)} of what dsplab.stretch has."""
    methods = {}
    for name, kind, options in (
        ("ola", "ola", {}),
        ("wsola", "wsola", {}),
        ("psola", "psola", {}),
        ("phase_vocoder", "plain_vocoder", {"locking": "none", "transients": False}),
        ("phase_vocoder", "phase_vocoder", {"locking": "none"}),
        ("phase_vocoder", "locked", {"locking": "identity"}),
        ("hptsm", "hptsm", {}),
        ("time_stretch", "default", {}),
    ):
        function = _function(name)
        if function is not None:
            methods[kind] = _bind(function, options)
    return methods


def _function(name):
    spec = importlib.util.find_spec(f"dsplab.stretch.{name}")
    if spec is None:
        return None
    return getattr(importlib.import_module(f"dsplab.stretch.{name}"), name, None)


def _bind(function, options):
    def stretch(x, sample_rate, rate):
        return function(x, rate, sample_rate=sample_rate, **options)

    return stretch


def peers():
    """{kind: {name: f(x, sample_rate, rate)}} of the libraries installed here."""
    methods = {kind: {} for kind in KINDS}
    for add in (_pytsmod, _libtsm, _audiotsm, _librosa, _praat):
        add(methods)
    methods["plain_vocoder"] = methods["phase_vocoder"]
    return methods


def missing():
    """Names of the peers that are not installed."""
    names = ("pytsmod", "libtsm", "audiotsm", "librosa", "parselmouth")
    return [name for name in names if importlib.util.find_spec(name) is None]


def _library(name):
    found = importlib.util.find_spec(name)
    return None if found is None else importlib.import_module(name)


def praat_f0(x, sample_rate, hop_length):
    """Pitch on a grid of samples, 0 where there is none: what PyTSMod's PSOLA wants."""
    import numpy as np

    sound = _library("parselmouth").Sound(x, sample_rate)
    pitch = sound.to_pitch_ac(
        time_step=hop_length / sample_rate, pitch_floor=70, pitch_ceiling=800
    )
    times = np.arange(-(-len(x) // hop_length)) * hop_length / sample_rate
    return np.nan_to_num([pitch.get_value_at_time(t) for t in times])


def _pytsmod(methods):
    tsm = _library("pytsmod")
    if tsm is None:
        return

    def psola(x, sample_rate, rate):
        hop = round(0.01 * sample_rate)
        f0 = praat_f0(x, sample_rate, hop)
        sizes = {"p_hop_size": hop, "p_win_size": round(sample_rate / 30)}
        return tsm.tdpsola(x, sample_rate, f0, alpha=1 / rate, **sizes)

    def narrow(x, _, rate):
        return tsm.wsola(x, 1 / rate, tolerance=256)

    def locked(x, _, rate):
        return tsm.phase_vocoder(x, 1 / rate, phase_lock=True)

    methods["ola"]["PyTSMod"] = lambda x, _, r: tsm.ola(x, 1 / r)
    methods["wsola"]["PyTSMod"] = lambda x, _, r: tsm.wsola(x, 1 / r)
    methods["wsola"]["PyTSMod, tolerance 256"] = narrow
    methods["phase_vocoder"]["PyTSMod"] = lambda x, _, r: tsm.phase_vocoder(x, 1 / r)
    methods["locked"]["PyTSMod"] = locked
    methods["hptsm"]["PyTSMod"] = lambda x, _, r: tsm.hptsm(x, 1 / r)
    if _library("parselmouth"):
        methods["psola"]["PyTSMod, f0 by Praat"] = psola


def _libtsm(methods):
    tsm = _library("libtsm")
    if tsm is None:
        return

    def vocoder(lock):
        def stretch(x, sample_rate, rate):
            options = {"Fs": sample_rate, "phase_locking": lock}
            return tsm.pv_tsm(x, 1 / rate, **options)[:, 0]

        return stretch

    methods["wsola"]["libtsm"] = lambda x, _, r: tsm.wsola_tsm(x, 1 / r)[:, 0]
    methods["phase_vocoder"]["libtsm"] = vocoder(False)
    methods["locked"]["libtsm"] = vocoder(True)
    methods["hptsm"]["libtsm"] = lambda x, fs, r: tsm.hps_tsm(x, 1 / r, Fs=fs)[:, 0]


def _audiotsm(methods):
    tsm = _library("audiotsm")
    if tsm is None:
        return
    array = importlib.import_module("audiotsm.io.array")

    def run(make):
        def stretch(x, _, rate):
            writer = array.ArrayWriter(1)
            make(1, rate).run(array.ArrayReader(x[None]), writer)
            return writer.data[0]

        return stretch

    methods["ola"]["audiotsm"] = run(tsm.ola)
    methods["wsola"]["audiotsm"] = run(tsm.wsola)
    methods["phase_vocoder"]["audiotsm"] = run(tsm.phasevocoder)


def _librosa(methods):
    librosa = _library("librosa")
    if librosa is None:
        return

    def stretch(x, _, rate):
        return librosa.effects.time_stretch(x, rate=rate)

    methods["phase_vocoder"]["librosa"] = stretch
    methods["default"]["librosa"] = stretch


def _praat(methods):
    if _library("parselmouth") is None:
        return
    parselmouth = _library("parselmouth")
    praat = importlib.import_module("parselmouth.praat")

    def stretch(x, sample_rate, rate):
        sound = parselmouth.Sound(x, sample_rate)
        return praat.call(sound, "Lengthen (overlap-add)", 70, 800, 1 / rate).values[0]

    methods["wsola"]["Praat Lengthen"] = stretch
    methods["psola"]["Praat Lengthen"] = stretch

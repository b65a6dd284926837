"""Every public function of dsplab meets every bad input.

A function joins by being public: its required parameters are looked up by name in
`VALID`. Whatever comes in, the answer is a documented result or a ValueError that names
the argument, and the input is never changed.
"""

import importlib
import inspect
import pkgutil
import re

import numpy as np
import pytest

import dsplab
from dsplab.analysis.key import Key
from dsplab.sources.wavetable import make_tables
from dsplab.spectral_models.combined import WithNoise, WithResidual
from dsplab.spectral_models.tracking import Partials

RATE = 8000
N = 4000
RNG = np.random.default_rng(0)
X = np.sin(2 * np.pi * 200 * np.arange(N) / RATE) * (1 + 0.1 * RNG.standard_normal(N))
SPECTRUM = np.fft.rfft(RNG.standard_normal((129, 20)), n=256, axis=0)

PARTIALS = Partials(np.full((2, 9), 200.0), np.full((2, 9), 0.1), np.zeros((2, 9)))
WITH_NOISE = WithNoise(PARTIALS, np.full((20, 30), 0.1))
# a valid value for each required parameter, by its name in the glossary
VALID = {
    "x": X,
    "y": 0.9 * X,
    "reference": X,
    "X": SPECTRUM,
    "magnitude": abs(SPECTRUM),
    "mel": abs(SPECTRUM[:40]),
    "frames": np.ones((256, 20)),
    "angle": np.angle(SPECTRUM),
    "frequency": np.full((129, 20), 100.0),
    "f0": np.full(N, 200.0),
    "note": 60.0,
    "cents": 10.0,
    "ratio": 1.5,
    "amplitude": 0.5,
    "amplitudes": np.ones(3),
    "db": -6.0,
    "power": 0.5,
    "seconds": 0.5,
    "samples": 100.0,
    "sample_rate": RATE,
    "rate": 1.25,
    "semitones": 3.0,
    "hop_length": 64,
    "frame_length": 256,
    "n_fft": 256,
    "length": 64,
    "window": "hann",
    "n_samples": N,
    "factor": 2,
    "weights": np.array([0.0, 0.6, 0.3, 0.1]),
    "codes": np.arange(256),
    "output_position": np.arange(10.0),
    "position": np.arange(10.0),
    "delay": np.linspace(0.0, 10.0, N),
    "white": RNG.standard_normal(N),
    "tables": make_tables(X[:64], length=64),
    "kind": "lowpass",
    "cutoff": 500.0,
    "b": np.array([0.2, 0.3, 0.2]),
    "a": np.array([1.0, -0.6, 0.3]),
    "order": 4,
    "bandwidth": 80.0,
    "resonance": np.array([0.1, 0.9]),
    "formants": (np.array([500.0, 1500.0]), np.array([60.0, 90.0])),
    "vowels": ["a", "i"],
    "sections": np.array([[0.2, 0.3, 0.2, 1.0, -0.6, 0.3]]),
    "gain": 0.5,
    "impulse_response": RNG.standard_normal(200),
    "h": RNG.standard_normal(200),
    "noise": RNG.standard_normal(N),
    "decay": 0.5,
    "level": np.linspace(-60.0, 0.0, N),
    "threshold_db": -20.0,
    "loss": 10.0 * abs(X),
    "width": 0.5,
    "times": [0.1],
    "gains": [0.5],
    "bands": [("peaking", 500.0, 3.0)],
    "n_lines": 8,
    "onsets": np.array([0.1, 0.3]),
    "onsets_y": np.array([0.1, 0.3]),
    "notes": [(0.0, 0.1, 60.0, 90.0)],
    "held": 0.3,
    "time": np.linspace(0.0, 1.0, 20),
    "duration": 0.5,
    "t60": 0.5,
    "sources": np.ones((2, 20)),
    "depths": np.array([[0.5, 1.0], [2.0, 0.0]]),
    "value": "1/8",
    "tempo": 120.0,
    "n_steps": 8,
    "n_hits": 3,
    "style": "rock",
    "kit": "808",
    "registration": "888000000",
    "steps": "C2 - C3",
    "values": np.array([1.0, 2.0]),
    "events": np.array([[0.0, 10.0], [0.001, 20.0]]),
    "levels": np.array([0.0, 1.0, 0.5, 0.0]),
    "durations": np.array([0.1, 0.2, 0.3]),
    "velocity": 100.0,
    "name": "C4",
    "text": "C4 E4",
    "token": "C4/2",
    "breath": np.full(N, 0.8),
    "force": np.hanning(N),
    "shape": np.sin(np.pi * np.arange(1, 20) / 20),
    "u": np.sin(np.arange(60.0).reshape(6, 10)),
    "contact": 0.001,
    "n_modes": 4,
    "segments": 15,
    "partials": PARTIALS,
    "peaks": PARTIALS,
    "one": PARTIALS,
    "other": PARTIALS,
    "share": 0.5,
    "envelope": np.full((20, 30), 0.1),
    "frequencies": np.array([100.0, 1000.0]),
    "gains_db": np.array([0.0, -6.0]),
    "strength": np.tile([1.0, 0.1, 0.2, 0.1], 50) + 0.01 * np.arange(200),
    "frame_rate": 10.0,
    "period": 4.0,
    "classes": np.arange(12.0) % 5,
    "sounds": [X, 0.5 * X],
    "features": RNG.standard_normal((20, 4)),
    "query": RNG.standard_normal((3, 4)),
    "labels": np.arange(20) % 3,
    "n_clusters": 3,
    "key": Key(np.array(0), np.array(False), np.array(0.9), np.zeros(24)),
}
# a function whose parameter of that name means something else than in the table
SPECIAL = {
    "synths.granular.with_recording": {"patch": "cloud"},
    "synths.sampler.with_recording": {"patch": "soft pad"},
    **{
        f"synths.operators.{name}": {
            "carrier": np.full(N, 300.0),
            "modulator": 200.0,
            "index": 2.0,
            "deviation": 90.0,
            "p": np.linspace(0.0, 0.9, N),
            "amount": 0.5,
        }
        for name in (
            "phase_modulation",
            "frequency_modulation",
            "operator",
            "feedback_operator",
        )
    },
    "synths.operators.bessel": {"index": np.array([0.5, 3.0]), "n_orders": 5},
    "synths.operators.sidebands": {"carrier": 300.0, "modulator": 200.0, "index": 2.0},
    "synths.operators.lines": {
        "frequency": np.array([100.0, 0.0, 100.0]),
        "amplitude": np.array([0.5, 0.2, 0.1]),
    },
    "synths.operators.carson_bandwidth": {"modulator": 200.0, "index": 2.0},
    "shaping.phase_distortion.resonance": {"frequency": 900.0},
    "shaping.reduction.reduce_rate": {"clock": 2500.0},
    "filters.formants.resonator": {"frequency": 500.0},
    "filters.formants.vowel": {"name": "a"},
    "filters.response.transfer_function": {"z": np.array([0.6 + 0.8j, 2.0])},
    "filters.response.from_poles_and_zeros": {
        "zeros": np.array([0.5j, -0.5j]),
        "poles": np.array([0.9, 0.2]),
    },
    **{
        f"filters.response.{name}": {"frequency": np.linspace(0.0, 3900.0, 50)}
        for name in (
            "frequency_response",
            "group_delay",
            "laplace_response",
            "magnitude_db",
            "phase_response",
            "sections_response",
        )
    },
    "convert.hz_to_midi": {"frequency": 440.0},
    "convert.frames_to_samples": {"frames": 3.0},
    "convert.hz_to_mel": {"frequency": 440.0},
    "convert.mel_to_hz": {"mel": 10.0},
    "spectral.fft": {"x": X[:1024]},
    "spectral.ifft": {"X": np.ones(1024) + 0j},
    "spectral.idft": {"X": np.ones(100) + 0j},
    "spectral.dft": {"x": X[:100]},
    "analysis.comparison.cents_between": {
        "frequency": np.array([200.0, 300.0]),
        "reference": np.array([201.0, 299.0]),
    },
    "analysis.comparison.pitch_error": {
        "f0": np.array([200.0, 300.0]),
        "reference": np.array([201.0, 299.0]),
    },
    "analysis.comparison.interchannel_correlation": {"x": np.stack([X, 0.5 * X])},
    "analysis.comparison.sine_snr_db": {"frequency": 200.0, "x": np.tile(X, 2)},
    "analysis.consonance.roughness": {"amplitudes": np.array([1.0, 0.5])},
    "analysis.frame_loudness.a_weighting_db": {"frequency": np.linspace(0, 4e3, 9)},
    "analysis.spectral_shape.spectral_contrast": {"sample_rate": 16000},
    "analysis.loudness.loudness_range": {"x": np.tile(X, 8)},
    "analysis.loudness.short_term_loudness": {"x": np.tile(X, 8)},
    "synths.modal.modes": {"frequency": np.array([200.0, 300.0])},
    "synths.modal.resonate": {"frequency": np.array([200.0, 300.0])},
    "synths.modal.mallet": {"frequency": np.array([200.0, 300.0])},
    "synths.modal.bar_levels": {"position": 0.3},
    "synths.finite_difference.voice": {"f0": np.full(200, 200.0)},
    "synths.finite_difference.string_motion": {"n_samples": 50},
    "synths.finite_difference.most_segments": {"f0": 200.0},
    "sources.phasor.phase": {"frequency": np.full(N, 200.0)},
    "sources.modulation.lfo": {"frequency": np.full(N, 3.0)},
    "sources.rhythm.pattern": {"text": "x..o"},
    "synths.drum_kits.play": {"notes": [(0.0, 0.1, 36.0, 90.0)]},
    "sources.partials.sum_partials": {"amplitudes": np.ones((3, 1))},
    "sources.oscillators.oscillator": {"frequency": np.full(N, 200.0)},
    "sources.wavetable.wavetable_oscillator": {"frequency": np.full(N, 200.0)},
    "sources.transposition.varispeed": {"ratio": np.full(N, 1.25)},
    "sources.spline.read_spline": {
        "coefficients": X,
        "places": np.linspace(5.0, 900.0, 50),
    },
    "synths.granular.tail": {"patch": "cloud"},
    "synths.sampler.tail": {"patch": "strings"},
    "synths.wavetable.tail": {"patch": "sweep"},
    "synths.sampler.instrument": {"name": "tines"},
    "synths.sampler.map_keys": {"recordings": {60: X}},
    "sources.sync.sync_oscillator": {
        "frequency": np.full(N, 200.0),
        "synced": np.full(N, 330.0),
    },
    "sources.wavetable.make_tables": {"cycles": X[:100]},
    "effects.mixing.pan": {"position": 0.3},
    "effects.mixing.widen": {"x": np.stack([X, 0.5 * X])},
    "effects.tremolo.auto_pan": {"x": np.stack([X, 0.5 * X])},
    "effects.chorus.detuning_cents": {"depth": 0.002, "frequency": 5.0},
    "effects.feedback_delay_network.decay_times": {"frequency": 1000.0},
    "spectral_models.combined.add_residual": {"model": WithResidual(PARTIALS, X)},
    "spectral_models.combined.add_noise": {"model": WITH_NOISE},
    "spectral_models.combined.scale_time_with_noise": {"model": WITH_NOISE},
    "spectral_models.morphing.morph_with_noise": {
        "one": WITH_NOISE,
        "other": WITH_NOISE,
    },
    "spectral_models.morphing.morph_noise": {
        "one": WITH_NOISE.envelope,
        "other": WITH_NOISE.envelope,
    },
    "spectral_models.short_time.morph_spectra": {"other": X[:900]},
}
# pieces of public functions, shared by modules: called after the checks, or with what
# another function made
INNER = {
    "spectral": {"inverse_energy", "stft_sizes"},
    "filters.design": {"as_polynomial", "as_sections"},
    "filters.time_varying": {"integrator_gain"},
    "analysis.pitch": {"reduce_rate", "track_hop_length"},
    "analysis.pitch_marks": {"check_track"},
    "stretch.phase_vocoder": {
        "across_channels", "dual_window", "frame_centres", "lead_in", "nearest_peak",
        "unit", "vocoder_sizes", "with_neighbours",
    },
    "stretch.pitch_shift": {"true_envelope"},
    "stretch.psola": {"plan_grains", "place_grains"},
    "resampling": {"halfway"},
    "sources.spline": {"read_unchecked"},
    "analysis.loudness": {"gated_loudness", "gated_range"},
    "synths.operators": {"check_algorithm", "play_operators"},
    "shaping.averages": {"piecewise_linear", "polynomial", "smooth"},
    "shaping.curves": {"diode", "find_curve"},
    "sources.phasor": {"fractional_part", "phase_step", "wraps"},
    "sources.oscillators": {"jumps_of", "plain_wave"},
    "sources.transposition": {"doubled", "highest_of", "read_doubled", "travel"},
    "sources.wavetable": {"classic_table", "read_tables"},
    "sources.interpolation": {
        "lagrange", "polynomials", "read_in_blocks", "tap_weights", "weighted",
        "windowed_sinc",
    },
    "synths.drum_kits": {"as_hits", "place_hits"},
    "synths.notes": {"find_patch", "play_notes"},
    "effects.chorus": {"phases", "sweep"},
    "effects.delays": {"late"},
    "effects.feedback_delay_network": {"absorption"},
    "effects.mixing": {"pan_gains"},
    "analysis.peaks": {
        "analysis_sizes", "peaks_in", "read_evenly", "spectra",
        "transform_tables",
    },
    "analysis.folders": {  # of files: tests/test_cli_describe.py
        "describe_file", "describe_folder", "sound_files", "table_text",
    },
    "analysis.pyin": {"probabilities"},
    "analysis.two_way_mismatch": {"mismatch"},
    "spectral_models.tracking": {"lasting"},
    "spectral_models.sinusoidal": {"movement", "unbent"},
    "spectral_models.transformations": {"checked", "with_steps"},
    "spectral_models.harmonic": {"pitch_at_frames"},
    "spectral_models.stochastic": {"stochastic_sizes"},
}  # fmt: skip
# files, pictures, pages and exercises have tests of bad input of their own
ELSEWHERE = re.compile(
    r"dsplab\.(banks|formats|rendering|show|check|synths\.(singing|soundfont)|__main__)"
)


def public_functions():
    for info in pkgutil.walk_packages(dsplab.__path__, "dsplab."):
        parts = info.name.split(".")
        private = any(p.startswith("_") for p in parts)
        if private or ELSEWHERE.match(info.name):
            continue
        module = importlib.import_module(info.name)
        for name, f in inspect.getmembers(module, inspect.isfunction):
            inner = name in INNER.get(info.name.removeprefix("dsplab."), ())
            if f.__module__ == info.name and not (inner or name.startswith("_")):
                yield f"{info.name.removeprefix('dsplab.')}.{name}", f


FUNCTIONS = dict(public_functions())


def required(name):
    arguments = {}
    for p in inspect.signature(FUNCTIONS[name]).parameters.values():
        if p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL):
            value = SPECIAL.get(name, {}).get(p.name, VALID.get(p.name))
            assert value is not None, f"add {p.name!r} to VALID for {name}"
            arguments[p.name] = value
    return arguments


def outcome(name, arguments):
    """The result and None, or None and the message of the ValueError."""
    try:
        return FUNCTIONS[name](**arguments), None
    except ValueError as error:  # anything else fails the test
        return None, str(error)


def leaves(result):
    """The numeric arrays inside a result (tuples, named tuples, numbers)."""
    if isinstance(result, tuple | list):
        return [leaf for part in result for leaf in leaves(part)]
    array = np.asarray(result)
    return [array] if array.dtype.kind in "fciub" else []


CASES = [
    (name, argument)
    for name in FUNCTIONS
    for argument, value in required(name).items()
    if isinstance(value, np.ndarray)
]
ARRAYS = pytest.mark.parametrize("name, argument", CASES)
# where NaN is part of the language: a pitch track says "no pitch" with it
NAN_MEANS_SOMETHING = {"f0", "target_f0", "frequency", "reference"}
# and a result "no pitch", "no attack there" or "nothing but silence"
MAY_ANSWER_NAN = {
    "analysis.comparison.cents_between",
    "analysis.comparison.crest_db",
    "analysis.comparison.pitch_error",
    "analysis.consonance.inharmonicity",
    "analysis.onsets.attack_times",
    "analysis.onsets.onset_error",
    "analysis.onsets.pre_echo_db",
    "analysis.pitch.autocorrelation_pitch",
    "analysis.pitch.yin",
    "analysis.cepstral_pitch.cepstral_pitch",
    "analysis.pyin.pyin",
    "analysis.two_way_mismatch.two_way_mismatch",
}


def with_value(array, value):
    array = array.astype(np.result_type(array, np.float64))
    array.flat[array.size // 2] = value
    return array


def strided(array):
    """The same values, every second element of a larger array."""
    wide = np.repeat(array, 2, axis=-1)
    return wide[..., ::2]


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def is_documented(name, result):
    """Whether all numbers are finite, or NaN where the docstring says NaN."""
    leave = np.isinf if name in MAY_ANSWER_NAN else lambda a: ~np.isfinite(a)
    return not any(leave(leaf).any() for leaf in leaves(result))


@ARRAYS
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_no_silent_nan(name, argument, bad):
    arguments = required(name)
    arguments[argument] = with_value(arguments[argument], bad)
    result, message = outcome(name, arguments)
    if message is None:
        assert argument in NAN_MEANS_SOMETHING
        assert is_documented(name, result)
    else:
        assert argument in message


@ARRAYS
@pytest.mark.parametrize(
    "make",
    [
        lambda a: a[..., :0],
        lambda a: "a string",
        lambda a: None,
        lambda a: [[1.0], [1.0, 2.0]],
        lambda a: np.array(["1.0"]),
        lambda a: {"x": 1},
    ],
    ids=["empty", "string", "none", "ragged", "strings", "dict"],
)
def test_no_signal_at_all(name, argument, make):
    arguments = required(name)
    arguments[argument] = make(arguments[argument])
    result, message = outcome(name, arguments)
    assert message is not None, f"gave {result!r}"
    assert argument in message


@ARRAYS
@pytest.mark.parametrize(
    "make",
    [
        lambda a: a[..., :1],
        lambda a: a[..., :5],
        lambda a: a.flat[0],
        lambda a: a[None, None, None, None],
        lambda a: (100 * a.real).astype(np.int16),
        lambda a: a.real.astype(np.float16),
        lambda a: a.real > 0,
        lambda a: a + 1j,
        lambda a: a.real.tolist(),
        lambda a: 0.0 * a,
        lambda a: 1e30 * a,
        lambda a: a.astype(np.complex64 if np.iscomplexobj(a) else np.float32),
    ],
    ids=[
        "one sample", "short", "number", "rank 5", "int16", "float16", "bool",
        "complex", "list", "silence", "huge", "float32",
    ],
)  # fmt: skip
def test_odd_input_gives_a_finite_result_or_names_the_argument(name, argument, make):
    arguments = required(name)
    arguments[argument] = make(arguments[argument])
    result, message = outcome(name, arguments)
    if message is None:
        assert is_documented(name, result)
    else:
        assert argument in message


@ARRAYS
@pytest.mark.parametrize("make", [read_only, strided], ids=["read-only", "strided"])
def test_memory_layout_does_not_matter(name, argument, make):
    expected, _ = outcome(name, required(name))
    arguments = required(name)
    arguments[argument] = make(arguments[argument])
    result, message = outcome(name, arguments)
    assert message is None
    for got, wanted in zip(leaves(result), leaves(expected), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-12)


@ARRAYS
def test_inputs_are_never_changed(name, argument):
    arguments = {k: np.copy(v) if isinstance(v, np.ndarray) else v
                 for k, v in required(name).items()}  # fmt: skip
    _, message = outcome(name, arguments)
    assert message is None, message
    np.testing.assert_array_equal(arguments[argument], required(name)[argument])


NUMBERS = [
    (name, argument)
    for name, f in FUNCTIONS.items()
    for argument in inspect.signature(f).parameters
    if argument
    in ("rate", "sample_rate", "hop_length", "frame_length", "n_fft", "length")
    and not name.startswith("_")
]


@pytest.mark.parametrize("name, argument", NUMBERS)
@pytest.mark.parametrize("bad", [0, -1, -0.5, np.nan, np.inf, "fast", True], ids=str)
def test_sizes_and_rates_are_positive_numbers(name, argument, bad):
    arguments = required(name)
    arguments[argument] = bad
    result, message = outcome(name, arguments)
    assert message is not None, f"gave {result!r}"
    assert argument in message

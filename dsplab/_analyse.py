"""What the command `dsplab analyse` does: a page of plots and figures about a sound.

The file is measured piece by piece (`_measure`); what can be said of it in figures is
said here; `dsplab.show.analysis_page` draws the plots and writes the page.
"""

import importlib
import math
import os

import numpy as np

from dsplab._commands import UsageError, _clock, _db, _Progress, check_folder
from dsplab._measure import core_length, measure, sizes_of
from dsplab.convert import hz_to_midi

LEAST_VOICED = 0.1  # share of the frames from which on a sound has a pitch
LEAST_KEY = 0.6  # correlation from which on a key is named
LEAST_BEAT = 0.15  # how well onsets repeat after a beat, from which on there is one


def analyse(arguments):
    """Write a page about a sound file, beside it or where --output says."""
    from dsplab.formats.audio_blocks import audio_blocks, audio_size
    from dsplab.formats.audio_files import audio_format
    from dsplab.formats.whole_files import whole_file

    path = arguments.input
    output = arguments.output or f"{os.path.splitext(path)[0]}.html"
    if os.path.realpath(output) == os.path.realpath(path):
        raise UsageError(f"'{output}' is the input; choose another name for the page")
    check_folder(output)
    sizes = sizes_of(audio_size(path))
    length = np.broadcast_to(np.float32(0), (sizes.n_samples,))
    with _Progress("analysing", length, sizes.sample_rate, arguments.quiet):
        measures = measure(audio_blocks(path, core_length(sizes)), sizes)
        partials = excerpt_partials(measures)
        beats = beats_of(measures)
        page = importlib.import_module("dsplab.show.analysis_page").analysis_page(
            os.path.basename(path),
            facts(measures, audio_format(path), beats),
            measures,
            partials=partials,
            beats=beats[1],
        )
    with whole_file(output) as file:
        file.write(page.encode())
    print(output)


def excerpt_partials(measures):
    """The partials of the loudest seconds, and the samples from frame to frame."""
    from dsplab.spectral_models import sinusoidal_analysis

    rate = measures.sizes.sample_rate
    hop_length = max(round(0.006 * rate), 1)
    x = measures.excerpt.astype(np.float64)
    if rate < 1000 or x.size < 0.1 * rate or not x.any():
        return None, hop_length
    level = 20 * math.log10(max(float(np.abs(x).max()), 1e-9))
    options = {"hop_length": hop_length, "threshold_db": level - 60.0}
    partials = sinusoidal_analysis(x, rate, n_partials=60, shortest=0.06, **options)
    return partials, hop_length


def beats_of(measures):
    """(beats a minute, seconds of the beats); (None, none) where nothing repeats."""
    from dsplab.analysis.beats import beat_frames, tempo

    none = (None, np.zeros(0))
    sizes, strength = measures.sizes, measures.tracks["strength"]
    frame_rate = sizes.sample_rate / sizes.hop_length
    if sizes.seconds < 4.0 or not strength.any():
        return none
    bpm = float(tempo(strength, frame_rate))
    away = strength - strength.mean()
    lag = round(60.0 / bpm * frame_rate)
    near = [np.vdot(away[k:], away[:-k]) for k in range(max(lag - 2, 1), lag + 3)]
    if max(near) < LEAST_BEAT * np.vdot(away, away):
        return none
    frames = beat_frames(strength, 60.0 / bpm * frame_rate)
    return bpm, measures.times[np.flatnonzero(frames)]


def facts(measures, kind, beats):
    """[(heading, [(name, value), ...]), ...] of a sound."""
    sizes = measures.sizes
    named = {1: "mono", 2: "stereo"}.get(sizes.n_channels, "")
    file = [
        ("Format", kind),
        ("Sample rate", f"{sizes.sample_rate} Hz"),
        ("Channels", f"{sizes.n_channels} {named}".strip()),
        ("Duration", f"{_clock(sizes.seconds, 3)} ({sizes.n_samples} samples)"),
    ]
    return [
        ("The file", file),
        ("Level", _levels(measures)),
        ("Pitch and time", _musical(measures, beats)),
        ("Timbre", _timbre(measures)),
    ]


def _levels(measures):
    from dsplab.analysis.loudness import gated_loudness, gated_range

    rows = [
        ("Peak", f"{measures.peak:.4f} ({_db(measures.peak)})"),
        ("True peak", _number(measures.true_peak, "dBTP", least=-290.0)),
        ("RMS", f"{measures.rms:.4f} ({_db(measures.rms)})"),
    ]
    if measures.momentary.size:
        power = 10.0 ** ((measures.momentary + 0.691) / 10.0)
        gated = float(gated_loudness(power))
        rows += [
            ("Loudness (BS.1770)", _number(gated, "LUFS", least=-290.0)),
            ("Loudest 0.4 s", _number(measures.momentary.max(), "LUFS", least=-290.0)),
        ]
    if measures.short_term.size > 20:
        power = 10.0 ** ((measures.short_term + 0.691) / 10.0)
        rows.append(("Loudness range", f"{float(gated_range(power)):.1f} LU"))
    return rows


def _number(value, unit, *, least):
    return f"{value:.1f} {unit}" if value > least else "silence"


def _musical(measures, beats):
    f0 = measures.tracks["f0"]
    voiced = np.isfinite(f0)
    share = f"{100 * voiced.mean():.0f} % of the time" if voiced.size else "none"
    rows = []
    if voiced.mean() >= LEAST_VOICED:
        low, middle, high = np.nanpercentile(f0, [5, 50, 95])
        rows += [
            ("Pitch (middle)", f"{middle:.1f} Hz, {note_name(middle)}"),
            ("Pitch (5 to 95 %)", f"{low:.0f} to {high:.0f} Hz"),
        ]
    rows.append(("With a pitch", share))
    key = key_of(measures)
    if key:
        rows.append(("Key", key))
        rows.append(("Tuning", f"{100 * measures.tuning:+.0f} cents from 440 Hz"))
    if beats[0]:
        rows.append(("Tempo", f"{beats[0]:.1f} beats a minute"))
    return rows


def note_name(f0):
    """The nearest note, and how far it is.

    >>> note_name(442.0)
    'A4 +8 cents'
    """
    from dsplab.sources.notes import midi_to_name

    midi = float(hz_to_midi(f0))
    return f"{midi_to_name(round(midi))} {100 * (midi - round(midi)):+.0f} cents"


def key_of(measures):
    """The name of the key, or None where pitch classes resemble none."""
    from dsplab.analysis.key import key_name, key_of_classes

    loud = np.sqrt(measures.power.sum(axis=0))
    classes = measures.classes @ loud / max(float(loud.sum()), 1e-30)
    if measures.sizes.seconds < 3.0 or not classes.any():
        return None
    key = key_of_classes(classes)
    if np.count_nonzero(classes > 0.2 * classes.max()) < 4:  # fewer than four notes
        return None
    if float(key.strength) < LEAST_KEY:
        return None
    return f"{key_name(key)} (correlation {float(key.strength):.2f})"


def _timbre(measures):
    weight = measures.tracks["level"] ** 2
    if not weight.any():
        return []

    def mean(name):
        return float(np.average(measures.tracks[name], weights=weight))

    rows = [
        ("Spectral centroid", f"{mean('centroid'):.0f} Hz"),
        ("Spectral spread", f"{mean('spread'):.0f} Hz"),
        ("85 % of the energy below", f"{mean('rolloff'):.0f} Hz"),
        ("Flatness", f"{mean('flatness'):.4f} (white noise: 0.56)"),
        ("Zero crossings", f"{mean('crossings'):.0f} a second"),
    ]
    from dsplab.analysis.envelope import log_attack_time

    rate = measures.sizes.sample_rate
    if measures.sizes.seconds <= 4.0 and measures.excerpt.size > 0.1 * rate:
        attack = 10.0 ** float(log_attack_time(measures.excerpt, rate))
        rows.append(("Attack", f"{1000 * attack:.0f} ms"))
    return rows

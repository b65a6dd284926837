"""Description of sounds beside librosa, pyloudnorm, mir_eval, essentia.

Ten seconds at 22.05 kHz in float32, the peers' defaults and ours, one thread. Beats are
counted by mir_eval's metrics on rhythms whose beats are known. Pitch class profiles and
roughness are essentia's of the peaks that ours are of. A peer that is not
installed is left out. What is equal to librosa's is in tests/test_spectral_shape.py.
"""

import importlib.util

import numpy as np

from bench._timing import cpu_seconds
from dsplab.analysis import beats, chroma, consonance, envelope, loudness
from dsplab.analysis import spectral_shape as shape
from dsplab.analysis.mfcc import mfcc
from dsplab.analysis.peaks import spectral_peaks

RATE, SECONDS = 22050, 10


def sound(seconds=SECONDS):
    """A harmonic tone that swells twice a second, and a little noise."""
    t = np.arange(seconds * RATE) / RATE
    noise = np.random.default_rng(0).standard_normal(len(t))
    x = sum(np.sin(2 * np.pi * 220 * k * t) / k for k in range(1, 20))
    x = 0.1 * (1 + np.sin(4 * np.pi * t)) * x + 0.01 * noise
    return x.astype(np.float32)


def cases(x):
    """Name, ours and librosa's."""
    import librosa

    of = librosa.feature
    rows = {
        "centroid": (shape.spectral_centroid, of.spectral_centroid),
        "spread": (shape.spectral_spread, of.spectral_bandwidth),
        "rolloff": (shape.spectral_rolloff, of.spectral_rolloff),
        "contrast": (shape.spectral_contrast, of.spectral_contrast),
        "MFCC": (mfcc, of.mfcc),
        "onset strength": (beats.onset_strength, librosa.onset.onset_strength),
        "beats": (beats.beats, librosa.beat.beat_track),
    }
    for name, (ours, theirs) in rows.items():
        yield name, lambda f=ours: f(x, RATE), lambda f=theirs: f(y=x, sr=RATE)
    yield (
        "chroma",
        lambda: chroma.chroma(x, RATE),
        lambda: of.chroma_stft(y=x, sr=RATE, tuning=0.0),
    )
    yield (
        "flatness",
        lambda: shape.spectral_flatness(x),
        lambda: of.spectral_flatness(y=x),
    )
    yield "level", lambda: envelope.rms(x), lambda: of.rms(y=x)
    yield (
        "zero crossings",
        lambda: envelope.zero_crossing_rate(x),
        lambda: of.zero_crossing_rate(x),
    )


def speed():
    """CPU seconds for a second of sound, ours and theirs."""
    x = sound()
    print("| descriptor | dsplab | peer | ratio |\n|---|---|---|---|")
    rows = list(cases(x)) if _installed("librosa") else []
    if _installed("pyloudnorm"):
        import pyloudnorm

        def theirs():
            return pyloudnorm.Meter(RATE).integrated_loudness(x)

        rows.append(("loudness", lambda: loudness.loudness(x, RATE), theirs))
    for name, ours, peer in rows:
        a, b = (cpu_seconds(f, 5) / SECONDS for f in (ours, peer))
        print(f"| {name} | {a:.5f} | {b:.5f} | {b / a:.1f} |", flush=True)


def levels():
    """Programme loudness beside pyloudnorm, of noise whose level wanders."""
    if not _installed("pyloudnorm"):
        return
    import pyloudnorm

    print("\n| rate | LUFS | pyloudnorm (DeMan) |\n|---|---|---|")
    rng = np.random.default_rng(0)
    for rate in (16000, 44100, 48000):
        level = np.repeat(10 ** (rng.uniform(-60, -10, 24) / 20), rate // 2)
        x = level * rng.standard_normal((2, len(level)))
        meter = pyloudnorm.Meter(rate, filter_class="DeMan")
        print(
            f"| {rate} | {loudness.loudness(x, rate):.6f} "
            f"| {meter.integrated_loudness(x.T):.6f} |"
        )


def rhythm(kind, bpm, seconds=20):
    """Drums, swing, chords or syncopes at a tempo, and the seconds of the beats."""
    rng = np.random.default_rng(round(bpm))
    period = 60.0 / bpm
    x = 1e-3 * rng.standard_normal((seconds + 2) * RATE)
    times = np.arange(0.3 + 0.4 * rng.random(), seconds, period)
    t = np.arange(int(0.3 * RATE)) / RATE

    def hit(length):
        return rng.standard_normal(len(t)) * np.exp(-t / length)

    def tone(f):
        partials = sum(np.sin(2 * np.pi * f * k * t) / k for k in range(1, 9))
        return partials * np.exp(-t / 0.15)

    def put(sound, beat, late, gain):
        at = round((times[beat] + late * period) * RATE)
        x[at : at + len(sound)] += gain * sound[: max(len(x) - at, 0)]

    kick = np.sin(2 * np.pi * 55 * t) * np.exp(-t / 0.08)
    for beat in range(len(times)):
        if kind == "drums":
            put(hit(0.06) if beat % 2 else kick, beat, 0.0, 0.6)
            for late in (0.0, 0.5):
                put(hit(0.02), beat, late, 0.15)
        if kind == "swing":
            put(hit(0.05), beat, 0.0, 0.2)
            put(hit(0.05), beat, 2 / 3, 0.2 * (beat % 2))
            put(tone(110 * 2 ** (rng.integers(0, 8) / 12)), beat, 0.0, 0.4)
        if kind == "chords":
            root = 220 * 2 ** (rng.integers(-5, 6) / 12)
            for third in (1.0, 1.26, 1.5):
                put(tone(root * third), beat, 0.0, 0.15 if beat % 2 else 0.3)
            put(tone(2 * root), beat, 0.5, 0.15)
        if kind == "syncopes":
            put(kick if beat % 4 < 2 else hit(0.06), beat, 0.0, 0.7 * (beat % 2 == 0))
            put(kick, beat, 0.75, 0.7 * (beat % 4 == 0))
            put(tone(82.0), beat, 0.5, 0.4)
            for late in (0.0, 0.25, 0.5, 0.75):
                put(hit(0.015), beat, late, 0.2 if late == 0 else 0.1)
    return x, times


def known_beats():
    """F-measure and continuity (any metrical level) on rhythms with known beats."""
    if not (_installed("mir_eval") and _installed("librosa")):
        return
    import librosa
    import mir_eval

    print("\n| rhythm | F | AMLt | median ms | F, librosa | AMLt | ms |")
    print("|---|---|---|---|---|---|---|")
    for kind in ("drums", "swing", "chords", "syncopes"):
        rows = []
        for bpm in (64, 82, 100, 120, 133, 160):
            x, true = rhythm(kind, bpm)
            theirs = librosa.beat.beat_track(y=x, sr=RATE, units="time")[1]
            row = []
            for found in (beats.beats(x, RATE).times, theirs):
                away = [np.abs(found - time).min(initial=1.0) for time in true]
                row += [
                    mir_eval.beat.f_measure(true, found),
                    mir_eval.beat.continuity(true, found)[3],
                    1e3 * np.median([a for a in away if a < 0.07] or [np.nan]),
                ]
            rows.append(row)
        mean = np.nanmean(rows, axis=0)
        print(f"| {kind} | " + " | ".join(f"{value:.2f}" for value in mean) + " |")


def pitch_classes():
    """The profile of a chord, ours and essentia's of the same peaks.

    Without harmonics the two are one formula. With them essentia's weight falls with
    the octaves and is squared, ours is 0.6^(h - 1), as Gomez has it.
    """
    if not _installed("essentia"):
        return
    from essentia.standard import HPCP

    t = np.arange(RATE) / RATE
    noise = np.random.default_rng(0).standard_normal(RATE)
    chord = [np.sin(2 * np.pi * f * k * t) / k for f in (220, 277.2, 329.6)
             for k in range(1, 9)]  # fmt: skip
    x = 0.1 * np.sum(chord, axis=0) + 1e-3 * noise
    sizes = {"window_length": 1535, "n_fft": 2048, "hop_length": 512}
    f, a = (part.astype(np.float32) for part in
            spectral_peaks(x, RATE, n_peaks=60, **sizes)[:2])  # fmt: skip
    print("\n| classes | width | harmonics | largest difference | least cosine |")
    print("|---|---|---|---|---|")
    for n, width, harmonics in [(12, 1, 1), (12, 4 / 3, 1), (36, 4 / 3, 1),
                                (12, 4 / 3, 8)]:  # fmt: skip
        options = {"size": n, "windowSize": width, "harmonics": harmonics - 1}
        options |= {"minFrequency": 100, "maxFrequency": 5000, "bandPreset": False}
        profile = HPCP(sampleRate=RATE, **options)
        rows = [profile(f[a[:, m] > 0, m], a[a[:, m] > 0, m]) for m in range(44)]
        theirs = np.roll(np.array(rows).T, -3 * n // 12, axis=0)  # theirs begin at A
        options = {"n_classes": n, "width": width, "n_harmonics": harmonics}
        ours = chroma.hpcp(x, RATE, **options)
        lengths = np.linalg.norm(ours, axis=0) * np.linalg.norm(theirs, axis=0)
        cosine = ((ours * theirs).sum(axis=0) / lengths).min()
        away = abs(ours - theirs).max()
        print(f"| {n} | {width:.2f} | {harmonics} | {away:.1e} | {cosine:.6f} |")


def intervals():
    """Roughness of two tones of six harmonics, 0 to 12 semitones apart.

    Ours is Sethares' curve over all pairs; essentia's is a polynomial in Bark of peaks
    weighted by A, limited for each. So only the order of the intervals is compared.
    """
    if not _installed("essentia"):
        return
    from essentia.standard import Dissonance

    theirs, h = Dissonance(), np.arange(1, 7)
    print(
        "\n| lower tone, Hz | rank correlation | roughest | smoothest, ours; theirs |"
    )
    print("|---|---|---|---|")
    for f0 in (130.8, 261.6, 523.3):
        rows = []
        for semitones in range(13):
            f = np.append(f0 * h, f0 * h * 2 ** (semitones / 12) * (1 + 1e-7))
            a, order = np.append(1 / h, 1 / h), np.argsort(f)
            peer = theirs(f[order].astype(np.float32), a[order].astype(np.float32))
            rows.append((consonance.roughness(f, a) / a.sum(), peer))
        order = np.argsort(rows, axis=0)
        rank = np.corrcoef(np.argsort(order, axis=0).T)[0, 1]
        most, least = order[-1].tolist(), order[:4].T.tolist()
        print(f"| {f0} | {rank:.3f} | {most} | {least[0]}; {least[1]} |")


def _installed(name):
    if importlib.util.find_spec(name) is None:
        print(f"{name} is not installed: left out")
        return False
    return True


def main():
    """Print the tables."""
    speed()
    levels()
    known_beats()
    pitch_classes()
    intervals()

"""The singing voice held to its marks; no other open library sings from units to
compare with.

Pitch is tracked in the sound (autocorrelation) where vowels are steady; phase jumps are
those of harmonics at most 40 dB below the loudest, between the two frames at each
joint, in thousandths of a cycle; spectral steps are log-spectral distances from frame
to frame (256 samples) in 40 mel bands up to 5 kHz; formants are those of resonances
fitted to all harmonics of a vibrato, against the same at the pitch that was recorded.
"""

import numpy as np

from bench import _singing_measures as measures
from bench._timing import cpu_seconds
from dsplab.analysis.comparison import snr_db
from dsplab.sources.notes import Note
from dsplab.spectral_models import sinusoidal_synthesis
from dsplab.synths.singing import STYLES, parse_song, sing
from dsplab.synths.singing.database import find_voice
from dsplab.synths.singing.expression import pitch_curve
from dsplab.synths.singing.phonemes import CONSONANTS, VOWELS, Syllable
from dsplab.synths.singing.score import SungNote
from dsplab.synths.singing.selection import place_units, timetable
from dsplab.synths.singing.singer import LEAD, Tracks, as_partials, plan
from dsplab.synths.singing.units import measure

RATE, HOP = measures.RATE, measures.HOP
SONG = """tempo 72
notes C3 D3 E3/2 F3 G3 | A3/2 G3/2 | F3/2 E3 D3 C3/4
words do re mi   fa sol  la   si     la   sol fa mi
notes A2/2 E3/2 C4/2 A3/4 | G3/2 E3/2 A2/4
words glo- ri-  a    in     ex-  cel- sis
"""


def main():
    """Print the table."""
    print("| measure | mark | measured |\n|---|---|---|")
    for row in (*pitch(), *joints(), *formants(), *consonants(), *level(), *identity()):
        print("| " + " | ".join(row) + " |", flush=True)
    seconds = len(sing(SONG, RATE)) / RATE
    cpu = cpu_seconds(lambda: sing(SONG, RATE), 2)
    print(f"| CPU s for a second of song | | {cpu / seconds:.3f} |")


def pitch():
    """Cents off the score."""
    song = parse_song(SONG)
    table = timetable(place_units(song, find_voice("tenor")))
    for style in ("straight", "natural", "opera"):
        y = sing(SONG, RATE, style=style)
        errors = measures.pitch_errors(y, song, style, table)
        most, worst = np.quantile(errors, 0.99), errors.max()
        text = f"median {np.median(errors):.2f}, 99 % {most:.2f}, worst {worst:.2f}"
        yield f"pitch, {style}", "5 cents", text


def joints():
    """Jumps of phase, and of the spectrum."""
    voice, style, song = find_voice("tenor"), STYLES["straight"], parse_song(SONG)
    after = measures.phase_jumps(plan(song, voice, style))
    before = measures.phase_jumps(plan(song, voice, style, joined=False))
    text = f"{1e3 * after.max():.4f} (unjoined: {1e3 * before.max():.0f})"
    yield f"phase jump at {len(after)} joints, worst", "0", text
    steps = measures.spectral_steps(sing(SONG, RATE, style=style))
    times = np.arange(len(steps)) * HOP / RATE - LEAD
    which = measures.vowel_at(timetable(place_units(song, voice)), times)
    at_joint = {k: steps[k - 1 : k + 1].mean() for k in after_joints(song, voice)}
    rows = [
        (step / np.median(steps[which == which[k]]), step)
        for k, step in at_joint.items()
        if which[k] >= 0
    ]
    ratio = [row[0] for row in rows]
    above = [step for times_more, step in rows if times_more > 1.5]
    text = f"median {np.median(ratio):.2f}, worst {max(ratio):.2f} of {len(ratio)}"
    text += f"; {len(above)} above 1.5, at most {max(above, default=0.0):.2f} dB"
    yield "spectral step at joints / inside the same vowel", "1.5", text
    others = [step for k, step in at_joint.items() if which[k] < 0]
    inside = np.median(steps[which >= 0])
    text = f"{np.median(others):.2f} dB; inside vowels {inside:.2f} dB"
    yield "the same at joints inside consonants", "", text


def after_joints(song, voice):
    """Frames at which another unit goes on."""
    return plan(song, voice, STYLES["straight"]).joints


def formants():
    """How far formants move when the pitch does."""
    whole = find_voice("tenor")
    for pitch in (45, 53, 61):
        units = tuple(u for u in whole.units if round(u.pitch) == pitch)
        voice, worst = whole._replace(units=units), {}
        for name in VOWELS:
            recorded = _sung_formants(voice, name, pitch)
            for semitones in (-6, 6):
                moved = _sung_formants(voice, name, pitch + semitones)
                worst[name, semitones] = np.abs(moved / recorded - 1.0)
        table = np.array(list(worst.values()))
        text = ", ".join(
            f"F{k + 1} {100 * w:.1f} %" for k, w in enumerate(table.max(0))
        )
        middle = f"median {100 * np.median(table):.1f} %"
        yield f"formants at {pitch} -6, +6 semitones, worst", "3 %", f"{text}; {middle}"


def _sung_formants(voice, name, pitch):

    style = STYLES["straight"]._replace(vibrato_cents=100.0, vibrato_delay=0.1)
    song = [SungNote(Note(0.0, 1.6, float(pitch), 85.0), Syllable((), name, ()))]
    y = sing(song, RATE, voice=voice, style=style)
    inside = slice(round((LEAD + 0.35) * RATE), round((LEAD + 1.45) * RATE))
    x = y[inside]
    times = 0.35 + np.arange(1 + -(-len(x) // HOP)) * HOP / RATE
    f0 = pitch_curve([song[0].note], times, style)
    return measures.fitted_formants(x, f0, name)


def consonants():
    """Where vowels begin after each consonant."""
    errors = {}
    for consonant in CONSONANTS:
        words = " ".join(f"[{consonant} {vowel}]" for vowel in VOWELS)
        text = f"tempo 100\nnotes C3 C3 C3 C3 C3\nwords {words}"
        y = sing(text, RATE, style="straight")
        song = parse_song(text)
        found = [measures.vowel_onset(y, row.note.onset) for row in song]
        errors[consonant] = 1000.0 * np.array(found)
    seen = {c: e[np.isfinite(e)] for c, e in errors.items() if np.isfinite(e).any()}
    every = np.concatenate(list(seen.values()))
    text = f"median {np.median(np.abs(every)):.1f}, worst {np.abs(every).max():.1f} ms"
    yield f"vowels after {' '.join(seen)}: off the beat", "15 ms", text
    worst = max(seen, key=lambda c: np.abs(seen[c]).max())
    yield "the worst consonant", "", worst


def level():
    """The loudest that the voice becomes."""
    peaks = {}
    for style in STYLES:
        for vowel in VOWELS:
            words = " ".join(f"[{vowel}]" for _ in range(4))
            text = (
                f"dynamics ff\nnotes E2! -/0.2 A2! -/0.2 A3! -/0.2 E4!\nwords {words}"
            )
            peaks[style, vowel] = np.abs(sing(text, RATE, style=style)).max()
    loudest = max(peaks, key=peaks.get)
    text = f"{peaks[loudest]:.2f} ({', '.join(loudest)})"
    yield "peak of accents in fortissimo", "below 1", text


def identity():
    """A recording taken apart and put together again, nothing changed."""
    from data_scripts.voice.throat import speak

    rng = np.random.default_rng(0)
    x, edges = speak("_a_", [0.2, 1.0, 0.2], 110.0, RATE, rng=rng, breath=0.0)
    sounds = list(zip(edges[:-1], edges[1:], "_a_", strict=True))
    model = measure(x, sounds, RATE, hop_length=HOP)
    tracks = Tracks(model.f0, model.level_db, model.shape, model.noise_db, ())
    partials = as_partials(tracks, HOP / RATE)
    y = sinusoidal_synthesis(partials, RATE, hop_length=HOP, length=len(x))
    y, inside = _in_phase(x, y), slice(round(0.4 * RATE), round(1.0 * RATE))
    yield (
        "a held vowel, analysed and made again",
        "",
        f"{snr_db(x[inside], y[inside]):.1f} dB",
    )


def _in_phase(x, y):
    return y


if __name__ == "__main__":
    main()

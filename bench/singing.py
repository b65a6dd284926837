"""The singing voice held to its marks; no other open library sings from units to
compare with.

Pitch is tracked in the sound (autocorrelation) where vowels are steady; phase jumps are
those of harmonics at most 40 dB below the loudest, between the two frames at each
joint, in thousandths of a cycle; spectral steps are log-spectral distances from frame
to frame (256 samples) in 40 mel bands up to 5 kHz, the mean of three takes and of all
places of the grid of frames; formants are those of resonances fitted to all harmonics
of a note whose f0 slowly goes an octave up and down, against the same about the pitch
that was recorded. A smaller sweep, such as the vibrato of three semitones that is
printed beside it, leaves a first formant below its lowest f0 unheard: that of u at
300 Hz in a note of 392 Hz, say; and one that only touches it at its turn tells little.
There it measures the fit, not the voice, whose envelope is one curve for all pitches
(tests/test_singing.py).
"""

import numpy as np

from bench import _singing_measures as measures
from bench._timing import cpu_seconds
from dsplab.analysis.comparison import snr_db
from dsplab.filters.formants import vowel
from dsplab.sources.notes import Note, midi_to_name
from dsplab.spectral_models import sinusoidal_synthesis
from dsplab.synths.singing import STYLES, parse_song, sing
from dsplab.synths.singing.database import find_voice
from dsplab.synths.singing.expression import pitch_curve
from dsplab.synths.singing.phonemes import CONSONANTS, VOWELS, Syllable
from dsplab.synths.singing.score import SungNote
from dsplab.synths.singing.selection import place_units, timetable
from dsplab.synths.singing.singer import LEAD, Tracks, as_partials, plan, render
from dsplab.synths.singing.units import measure

RATE, HOP = measures.RATE, measures.HOP
VIBRATO = STYLES["straight"]._replace(
    vibrato_cents=300.0, vibrato_rate=0.5, vibrato_delay=0.1
)
SWEEP = VIBRATO._replace(vibrato_cents=1200.0, vibrato_rate=0.15)
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
    for name, texts in (("the song", [SONG]), ("other songs", list(other_songs()))):
        rows = [_steps(text, voice, style) for text in texts]
        ratio, inside, others = (np.concatenate(row) for row in zip(*rows, strict=True))
        text = f"median {np.median(ratio):.2f}, worst {ratio.max():.2f} of {len(ratio)}"
        text += f", {(ratio > 1.5).sum()} above 1.5"
        yield f"spectral step at joints / inside the vowel, {name}", "1.5", text
        text = f"99 % {np.quantile(inside, 0.99):.2f}, worst {inside.max():.2f}, "
        text += f"{100 * (inside > 1.5).mean():.1f} % above 1.5"
        yield "the same inside vowels, away from joints", "", text
        yield "the step at joints inside consonants", "", f"{np.median(others):.2f} dB"


def _steps(text, voice, style, *, seeds=3):
    """Ratios of spectral steps at joints of a song, and inside its vowels."""
    song = parse_song(text)
    tracks, table = plan(song, voice, style), timetable(place_units(song, voice))
    takes = [render(tracks, voice, style, rng=seed) for seed in range(seeds)]
    return measures.steps_at_joints(tracks, takes, table)


def other_songs(seed=1):
    """Texts: every vowel before every other, and words and melodies by chance."""
    rng = np.random.default_rng(seed)
    for one in (*VOWELS, "", ""):
        others = [other for other in VOWELS if other != one]
        words = [f"[{v}]" for other in others for v in (one, other)]
        if not one:
            starts, ends = rng.choice(list(CONSONANTS), 8), rng.choice([*"nlmrst"], 8)
            vowels = rng.choice(list(VOWELS), 8)
            rows = zip(starts, vowels, ends, rng.random(8) < 0.4, strict=True)
            words = [f"[{a} {v}{' ' + b if coda else ''}]" for a, v, b, coda in rows]
        names = [midi_to_name(int(pitch)) for pitch in rng.integers(43, 66, 8)]
        notes = [f"{name}/{rng.integers(1, 4)}" for name in names]
        tempo = rng.integers(60, 140)
        yield f"tempo {tempo}\nnotes {' '.join(notes)}\nwords {' '.join(words)}"


def formants():
    """How far formants move when the pitch does, and how far they are off the throat.

    A formant on which no harmonic falls is nowhere in the sound, and what is fitted
    there is a guess: the sweep of an octave to either side leaves none out, and passes
    below every first formant; the vibrato of three semitones leaves out some.
    """
    whole = find_voice("tenor")
    for pitch in (45, 53, 61):
        units = tuple(u for u in whole.units if round(u.pitch) == pitch)
        voice = whole._replace(units=units)
        moves, unseen, off = _moves(voice, pitch, SWEEP)
        text = f"{_worst(moves)}, of {np.isfinite(moves).sum()} formants"
        yield f"formants at {pitch} -6, +6 semitones, f0 swept, worst", "3 %", text
        text = f"{100 * np.abs(off).max():.1f} %"
        yield f"formants at {pitch}, off those of the throat, worst", "", text
        if unseen:
            yield "on which no harmonic falls", "", ", ".join(unseen)
        moves, unseen, _ = _moves(voice, pitch, VIBRATO)
        text = f"{_worst(moves)}, of {np.isfinite(moves).sum()} formants"
        yield f"formants at {pitch} -6, +6 semitones, vibrato, worst", "", text
        yield "the same where no harmonic falls on them", "", ", ".join(unseen)


def _worst(moves):
    """Words for how far formants move at most."""
    rows = enumerate(np.nanmax(moves, axis=0))
    worst = ", ".join(f"F{k + 1} {100 * w:.1f} %" for k, w in rows)
    return f"{worst}; median {100 * np.nanmedian(moves):.1f} %"


def _moves(voice, pitch, style):
    """How far seen formants move, texts of the unseen, how far all are off."""
    moves, unseen, off = [], [], []
    for name in VOWELS:
        recorded, seen = _sung_formants(voice, name, pitch, style)
        off.append(np.where(seen, recorded / vowel(name).frequencies[:3] - 1.0, 0))
        for semitones in (-6, 6):
            moved, again = _sung_formants(voice, name, pitch + semitones, style)
            move, heard = np.abs(moved / recorded - 1.0), seen & again
            moves.append(np.where(heard, move, np.nan))
            for k in np.flatnonzero(~heard):
                unseen.append(f"F{k + 1} of {name} {semitones:+d}: {move[k]:.1%}")
    return np.array(moves), unseen, off


def _sung_formants(voice, name, pitch, style):
    """Formants of a note in which f0 goes up and down, and which of them it shows."""
    duration = 0.5 + 1.05 / style.vibrato_rate
    song = [SungNote(Note(0.0, duration, float(pitch), 85.0), Syllable((), name, ()))]
    y = sing(song, RATE, voice=voice, style=style)
    x = y[round((LEAD + 0.35) * RATE) : round((LEAD + duration - 0.15) * RATE)]
    times = 0.35 + np.arange(1 + -(-len(x) // HOP)) * HOP / RATE
    f0 = pitch_curve([song[0].note], times, style)
    found = measures.fitted_formants(x, f0, name)
    return found, measures.scanned(vowel(name).frequencies[:3], f0)


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
        for sound in VOWELS:
            words = " ".join(f"[{sound}]" for _ in range(4))
            text = (
                f"dynamics ff\nnotes E2! -/0.2 A2! -/0.2 A3! -/0.2 E4!\nwords {words}"
            )
            peaks[style, sound] = np.abs(sing(text, RATE, style=style)).max()
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
    inside = slice(round(0.4 * RATE), round(1.0 * RATE))
    text = f"{snr_db(x[inside], y[inside]):.1f} dB"
    yield "a held vowel, analysed and made again", "", text


if __name__ == "__main__":
    main()

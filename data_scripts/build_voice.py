"""Build a voice for `dsplab sing` from a singer's labelled recordings.

    python -m data_scripts.build_voice RECORDINGS --output my.voice --name "My Name"
    python -m data_scripts.build_voice                       the shipped voice, again

RECORDINGS is a folder of sound files, each with a file of labels of the same name
beside it: Praat's .TextGrid, HTK's .lab or Audacity's .txt; every sound from silence to
silence is labelled with a phoneme (see dsplab/synths/singing/phonemes.py). Sing each
file on one pitch. `--words` prints what is worth recording; a word at two or three
pitches, six to twelve semitones apart, serves a whole voice.

Without a folder the project's own singer is recorded, a throat of formants and noise
(data_scripts/voice): nobody's recordings are in the shipped file. `--record FOLDER`
writes his recordings with their labels, `--espeak VOICE` lets espeak-ng speak instead.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from data_scripts.voice.throat import speak
from data_scripts.voice.word_list import words
from dsplab.convert import midi_to_hz
from dsplab.formats.audio_files import read_audio, write_audio
from dsplab.formats.labels import EXTENSIONS, read_labels
from dsplab.synths.singing.database import Voice, write_voice
from dsplab.synths.singing.phonemes import SILENCE
from dsplab.synths.singing.units import cut_units

SHIPPED = Path(__file__).parents[1] / "dsplab" / "banks" / "tenor.voice"
RATE = 44100
PITCHES = (45.0, 53.0, 61.0)  # A2, F3, Db4: eight semitones apart
SOUND_FILES = (".wav", ".flac", ".aiff", ".aif", ".ogg")


def build(recordings, sample_rate, *, name, licence="", copies=1, report=print):
    """Cut recordings into units and keep some of each kind.

    Args:
      recordings: rows (name, x, labels) of sounds and their labels.
      sample_rate: Hz, of all of them.
      name: of the voice.
      licence: under which it may be used.
      copies: most units of each pair of phonemes within a semitone.
      report: called with a line for each recording that cannot be used.

    Returns:
      `Voice`.
    """
    units, known, hop_length = [], {}, 2 * round(128 * sample_rate / 44100)
    for said, x, labels in recordings:
        try:
            found = cut_units(x, labels, sample_rate, hop_length=hop_length)
        except ValueError as error:
            report(f"{said} is left out: {error}")
            continue
        for unit in found:
            key = (unit.left, unit.right, round(unit.pitch))
            if known.get(key, 0) < copies:
                known[key] = known.get(key, 0) + 1
                units.append(unit)
    if not units:
        raise ValueError("there is no unit in these recordings")
    return Voice(name, sample_rate, hop_length, tuple(units), licence)


def own_recordings(pitches=PITCHES, only=None):
    """The project's own singer: rows (name, x, labels)."""
    for pitch in pitches:
        for number, word in enumerate(words()):
            if only is not None and not only({sound for sound, _ in word}):
                continue
            rng = np.random.default_rng([int(pitch), number])
            phonemes, durations = zip(*word, strict=True)
            f0 = float(midi_to_hz(pitch))
            x, edges = speak(phonemes, durations, f0, RATE, rng=rng)
            labels = list(zip(edges[:-1], edges[1:], phonemes, strict=True))
            said = "".join(phonemes).replace(SILENCE, "")
            yield f"{said}-{pitch:g}", x, labels


def read_recordings(folder):
    """Sounds of a folder with the labels beside them; and their sample rate."""
    rows, rates = [], set()
    for path in sorted(Path(folder).iterdir()):
        if path.suffix.lower() not in SOUND_FILES:
            continue
        beside = [path.with_suffix(extension) for extension in EXTENSIONS]
        labels = [label for label in beside if label.exists()]
        if not labels:
            print(f"{path.name} is left out: no labels beside it")
            continue
        x, rate = read_audio(path)
        rates.add(rate)
        rows.append((path.name, np.atleast_2d(x).mean(axis=0), read_labels(labels[0])))
    if len(rates) != 1:
        found = ", ".join(f"{rate} Hz" for rate in sorted(rates)) or "none"
        raise ValueError(f"the recordings must be of one sample rate, got {found}")
    return rows, rates.pop()


def record(folder, recordings):
    """Write recordings and their labels (Audacity's), to be looked at or changed."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    for said, x, labels in recordings:
        path = Path(folder) / said
        write_audio(path.with_name(said + ".wav"), x, RATE, subtype="PCM_16")
        rows = (f"{begin:.6f}\t{end:.6f}\t{text}\n" for begin, end, text in labels)
        path.with_name(said + ".txt").write_text("".join(rows))


def main(arguments=None):
    """Build a voice; say how large it is."""
    about = __doc__.splitlines()
    parser = argparse.ArgumentParser(
        "build_voice",
        description=about[0],
        epilog="\n".join(about[2:]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("recordings", nargs="?", metavar="RECORDINGS")
    parser.add_argument("--output", type=Path, default=SHIPPED)
    parser.add_argument("--name", default="tenor")
    parser.add_argument("--licence", default="MIT")
    parser.add_argument("--copies", type=int, default=1, help="of each pair (1)")
    parser.add_argument("--record", metavar="FOLDER", help="write our own recordings")
    parser.add_argument("--words", action="store_true", help="print the word list")
    parser.add_argument("--espeak", metavar="VOICE", help="such as la or it+f2")
    options = parser.parse_args(arguments)
    if options.words:
        return print("\n".join(" ".join(p for p, _ in word) for word in words()))
    if options.record:
        return record(options.record, own_recordings())
    start = time.perf_counter()
    recordings, rate = own_recordings(), RATE
    if options.recordings:
        recordings, rate = read_recordings(options.recordings)
    elif options.espeak:
        from data_scripts.voice.espeak import espeak_recordings

        recordings, rate = espeak_recordings(options.espeak, words())
    named = {"name": options.name, "licence": options.licence}
    voice = build(recordings, rate, copies=options.copies, **named)
    write_voice(options.output, voice)
    print(
        f"{options.output}: {len(voice.units)} units, "
        f"{options.output.stat().st_size / 1e6:.2f} MB, "
        f"{time.perf_counter() - start:.0f} s"
    )
    return None


if __name__ == "__main__":
    main()

"""Units: cut from recordings whose sounds are known, written, read, built by script."""

from ctypes.util import find_library

import numpy as np
import pytest

from data_scripts.build_voice import (
    build,
    main,
    own_recordings,
    read_recordings,
    record,
)
from data_scripts.voice.espeak import espeak_recordings
from data_scripts.voice.throat import speak
from data_scripts.voice.word_list import words
from dsplab import banks
from dsplab.analysis.comparison import snr_db
from dsplab.analysis.pitch import autocorrelation_pitch
from dsplab.formats.audio_files import write_audio
from dsplab.formats.errors import FormatError
from dsplab.spectral_models import sinusoidal_synthesis
from dsplab.synths.singing import read_voice, sing, write_voice
from dsplab.synths.singing.database import find_voice
from dsplab.synths.singing.phonemes import PHONEMES, SILENCE, VOWELS
from dsplab.synths.singing.singer import Tracks, as_partials
from dsplab.synths.singing.units import cut_units, measure, with_silence

RATE, HOP = 16000, 128
WORD = [("_", 0.1), ("s", 0.12), ("a", 0.6), ("l", 0.08), ("a", 0.2), ("_", 0.1)]


@pytest.fixture(scope="module")
def recording():
    phonemes, durations = zip(*WORD, strict=True)
    rng = np.random.default_rng(0)
    x, edges = speak(phonemes, durations, 150.0, RATE, rng=rng, breath=0.0)
    return x, list(zip(edges[:-1], edges[1:], phonemes, strict=True))


@pytest.fixture(scope="module")
def units(recording):
    return cut_units(*recording, RATE, hop_length=HOP)


def test_units_of_a_word(units):
    pairs = [(unit.left, unit.right) for unit in units]
    assert pairs == [("_", "s"), ("s", "a"), ("a", "l"), ("l", "a"), ("a", "_"),
                     ("a", "a")]  # fmt: skip
    for unit in units:
        assert abs(unit.pitch - 50.2) < 0.3  # 150 Hz
        span = (len(unit.f0) - 1) * HOP / RATE
        assert 0.0 <= unit.boundary < span < 0.6
        assert unit.level_db.shape == unit.shape.shape
        assert unit.noise_db.shape[-1] == 2 * len(unit.f0) - 1
    hiss, vowel = units[1], units[5]
    edge = round(hiss.boundary * RATE / HOP)
    assert not hiss.f0[: edge - 2].any() and (hiss.f0[edge + 1 :] > 0.0).all()
    assert abs(vowel.f0 / 150.0 - 1.0).max() < 0.01


def test_a_vowel_taken_apart_is_itself(recording):
    x, sounds = recording
    model = measure(x, sounds, RATE, hop_length=HOP)
    tracks = Tracks(model.f0, model.level_db, model.shape, model.noise_db, ())
    partials = as_partials(tracks, HOP / RATE)
    y = sinusoidal_synthesis(partials, RATE, hop_length=HOP, length=len(x))
    inside = slice(round(0.35 * RATE), round(0.7 * RATE))
    assert snr_db(x[inside], y[inside]) > 35.0
    # shapes hardly move while nothing does
    frames = slice(round(0.35 * RATE / HOP), round(0.7 * RATE / HOP))
    loud = model.level_db[:, frames].min(axis=-1) > -50.0
    assert np.ptp(model.shape[loud, frames], axis=-1).max() < 0.1


def test_a_high_vowel_leaves_no_harmonics_in_its_breath():
    """Four periods of 277 Hz are too few: 47 dB below they leaked."""
    rng = np.random.default_rng(0)
    x, edges = speak("_o_", [0.1, 0.6, 0.1], 277.2, RATE, rng=rng, breath=0.0)
    sounds = list(zip(edges[:-1], edges[1:], "_o_", strict=True))
    model = measure(x, sounds, RATE, hop_length=HOP)
    inside = slice(round(0.3 * RATE / HOP), round(0.5 * RATE / HOP))
    harmonics = model.level_db[:, inside].max()
    breath = model.noise_db[:6, 2 * inside.start : 2 * inside.stop].max()
    assert breath < harmonics - 50.0


def test_breath_is_steady_and_hiss_is_not_smeared(recording):
    """The noise of a vowel does not rise and fall by chance; an s stays where it is."""
    phonemes, durations = zip(*WORD, strict=True)
    x, edges = speak(phonemes, durations, 150.0, RATE, rng=np.random.default_rng(2))
    sounds = list(zip(edges[:-1], edges[1:], phonemes, strict=True))
    noise = measure(x, sounds, RATE, hop_length=HOP).noise_db
    frame = 0.5 * HOP / RATE
    inside = slice(round(0.32 / frame), round(0.72 / frame))
    assert noise[6:12, inside].std(axis=-1).max() < 2.0  # 4 to 5 as it is measured
    top = noise[-4]
    hiss = top[round(0.13 / frame) : round(0.19 / frame)].mean()
    assert hiss - top[round(0.26 / frame)] > 20.0  # 40 ms after it ends
    breath = np.median(noise[:, inside], axis=-1)
    plain = measure(*recording, RATE, hop_length=HOP).noise_db[:, inside]
    assert (breath - np.median(plain, axis=-1))[8:12].min() > 3.0


def test_labels_must_fit(recording):
    x, _ = recording
    with pytest.raises(ValueError, match="labels must end with the sound"):
        cut_units(x, [(0.0, 9.0, "a")], RATE)
    with pytest.raises(ValueError, match="pitch"):
        cut_units(np.zeros(RATE), [(0.1, 0.9, "a")], RATE)
    assert with_silence([(0.0, 0.1, "sil"), (0.1, 0.2, "a")], 0.3) == [
        (0.0, 0.1, "_"), (0.1, 0.2, "a"), (0.2, 0.3, "_"),
    ]  # fmt: skip


def test_a_voice_comes_back_from_its_file(units, tmp_path):
    few = {unit.left + unit.right: unit for unit in units}
    from dsplab.synths.singing import Voice

    voice = Voice("me", RATE, HOP, tuple(few.values()), "mine")
    paths = [tmp_path / name for name in ("a.voice", "b.voice")]
    for path in paths:
        write_voice(path, voice)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    again = read_voice(paths[0])
    assert again[:3] == voice[:3] and again.licence == "mine"
    for one, other in zip(again.units, voice.units, strict=True):
        assert one[:4] == other[:4]
        assert abs(one.level_db - other.level_db).max() <= 0.0101
        assert abs(one.noise_db - other.noise_db).max() <= 0.051
        assert abs(one.shape - other.shape).max() <= 1.01 / 1024
        assert abs(one.f0 - other.f0).max() <= 1.01 / 128


@pytest.mark.parametrize("cut", [0, 10, 1000, -1000, -10])
def test_damaged_voices_are_one_sentence(cut, units, tmp_path):
    from dsplab.synths.singing import Voice

    path = tmp_path / "a.voice"
    write_voice(path, Voice("me", RATE, HOP, tuple(units)))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(FormatError, match="a.voice"):
        read_voice(path)


def test_the_shipped_voice():
    voice = find_voice("tenor")
    assert banks.voice().stat().st_size < 3e6
    assert voice.licence == "MIT" and voice.sample_rate == 44100
    pairs = {(unit.left, unit.right) for unit in voice.units}
    for consonant in set(PHONEMES) - set(VOWELS):
        assert (SILENCE, consonant) in pairs and (consonant, SILENCE) in pairs
        assert {(consonant, v) for v in VOWELS} | {(v, consonant) for v in VOWELS} <= (
            pairs
        )
    assert {(one, other) for one in VOWELS for other in VOWELS} <= pairs
    pitches = sorted({round(unit.pitch) for unit in voice.units})
    assert pitches == [45, 53, 61]


def test_the_shipped_voice_is_what_the_script_makes():
    """A few words again: the same script, the same units."""
    wanted = [("_", "a", "s", "a", "_")]
    rows = [
        row
        for row in own_recordings([53.0], only=lambda sounds: sounds == {"_", "a", "s"})
        if row[0] == "asa-53"
    ]
    assert len(rows) == 1 and wanted
    made = build(rows, 44100, name="again").units
    stored = find_voice("tenor").units
    for unit in made:
        if "s" in (unit.left, unit.right):
            same = [u for u in stored if u[:2] == unit[:2] and round(u.pitch) == 53]
            loud = unit.level_db > -60.0
            assert abs(same[0].level_db - unit.level_db)[loud].max() < 0.2


AUDACITY, HTK, PRAAT = ".txt", ".lab", ".TextGrid"


def write_labels(path, sounds):
    """Labels as Audacity, HTK or Praat write them, by the extension."""
    rows = [(float(begin), float(end), text) for begin, end, text in sounds]
    if path.suffix == AUDACITY:
        text = "".join(f"{begin}\t{end}\t{said}\n" for begin, end, said in rows)
    elif path.suffix == HTK:
        text = "".join(f"{a * 1e7:.0f} {b * 1e7:.0f} {said}\n" for a, b, said in rows)
    else:
        intervals = "".join(f'{a}\n{b}\n"{said}"\n' for a, b, said in rows)
        text = (
            'File type = "ooTextFile"\nObject class = "TextGrid"\n\n'
            f"0\n{rows[-1][1]}\n<exists>\n1\n"
            f'"IntervalTier"\n"phones"\n0\n{rows[-1][1]}\n{len(rows)}\n{intervals}'
        )
    path.write_text(text)


def test_recordings_of_a_folder_become_a_voice(recording, tmp_path, capsys):
    """Two pitches, labels of three programs; then it sings what was never recorded."""
    x, sounds = recording
    for name, kind in (("sala", AUDACITY), ("again", HTK), ("high", PRAAT)):
        if name == "high":
            phonemes, durations = zip(*WORD, strict=True)
            rng = np.random.default_rng(1)
            x, _ = speak(phonemes, durations, 225.0, RATE, rng=rng, breath=0.0)
        write_audio(tmp_path / f"{name}.wav", np.stack([0.0 * x, 2.0 * x]), RATE)
        write_labels(tmp_path / f"{name}{kind}", sounds)
    write_audio(tmp_path / "noise.wav", 0.0 * x, RATE)
    (tmp_path / "noise.txt").write_text("0.1\t0.3\ta\n")
    write_audio(tmp_path / "unlabelled.wav", x, RATE)
    target = tmp_path / "my.voice"
    main([str(tmp_path), "--output", str(target), "--name", "me", "--licence", "mine"])
    said = capsys.readouterr().out
    assert "unlabelled.wav is left out" in said and "noise.wav is left out" in said
    voice = read_voice(target)
    assert (voice.name, voice.licence, voice.sample_rate) == ("me", "mine", RATE)
    pairs = sorted((unit.left, unit.right, round(unit.pitch)) for unit in voice.units)
    kinds = sorted({pair[:2] for pair in pairs})
    assert pairs == [(*kind, pitch) for kind in kinds for pitch in (50, 57)]  # a copy
    assert len(kinds) == 6
    y = sing("notes F3\nwords sa", RATE, voice=str(target), style="straight")
    track = autocorrelation_pitch(y, sample_rate=RATE, hop_length=HOP).f0
    steady = track[round(0.45 * RATE / HOP) : round(0.65 * RATE / HOP)]
    assert abs(1200.0 * np.log2(steady / 174.614)).max() < 5.0
    assert 0.01 < abs(y).max() < 1.0
    main([str(tmp_path), "--output", str(target), "--copies", "2"])
    assert len(read_voice(target).units) == 18  # the low ones twice


def test_folders_that_are_no_singer(recording, tmp_path):
    x, sounds = recording
    with pytest.raises(ValueError, match="got none"):
        read_recordings(tmp_path)
    for name, rate in (("a", RATE), ("b", 2 * RATE)):
        write_audio(tmp_path / f"{name}.wav", 0.0 * x, rate)
        write_labels(tmp_path / f"{name}.txt", sounds)
    with pytest.raises(ValueError, match="one sample rate, got 16000 Hz, 32000 Hz"):
        read_recordings(tmp_path)
    with pytest.raises(ValueError, match="no unit in these recordings"):
        build([("a", 0.0 * x, sounds)], RATE, name="a", report=lambda line: None)


def test_our_own_recordings_are_written_with_their_labels(tmp_path):
    rows = list(own_recordings([53.0], only=lambda sounds: sounds == {"_", "a"}))
    record(tmp_path, rows)
    (said, x, labels), *_ = rows
    again, rate = read_recordings(tmp_path)
    assert [row[0] for row in again] == [f"{said}.wav"] and rate == 44100
    assert abs(again[0][1] - x).max() < 1e-4
    assert [label.text for label in again[0][2]] == [text for *_, text in labels]
    edges = np.array([label[:2] for label in again[0][2]])
    assert np.allclose(edges, [row[:2] for row in labels], atol=1e-6)


@pytest.mark.skipif(find_library("espeak-ng") is None, reason="espeak-ng: not there")
def test_espeak_sings():
    """It says a word, its labels are where its sounds are, and its voice is in tune."""
    word = [(SILENCE, 0.1), ("a", 0.2), ("s", 0.1), ("a", 0.2), (SILENCE, 0.1)]
    vowel = [(SILENCE, 0.1), ("a", 0.5), (SILENCE, 0.1)]
    rows, rate = espeak_recordings("la", [word, vowel], pitches=(75,))
    (_, x, labels), *others = rows = list(rows)
    assert rate == 22050 and [text for *_, text in labels] == ["a", "s", "a"]
    assert len(others) == 1

    def high(begin, end):  # share of the energy above 4 kHz
        part = x[round((begin + 0.02) * rate) : round((end - 0.02) * rate)]
        power = abs(np.fft.rfft(part)) ** 2
        return power[round(4000 / rate * len(part)) :].sum() / power.sum()

    shares = [high(begin, end) for begin, end, _ in labels]
    assert shares[1] > 0.5 > 0.05 > max(shares[0], shares[2])
    voice = build(rows, rate, name="espeak")
    assert {("a", "s"), ("s", "a")} <= {unit[:2] for unit in voice.units}
    y = sing("notes A2\nwords [a]", rate, voice=voice, style="straight")
    track = autocorrelation_pitch(y, sample_rate=rate, hop_length=128).f0
    steady = track[round(0.45 * rate / 128) : round(0.65 * rate / 128)]
    assert abs(1200.0 * np.log2(steady / 110.0)).max() < 5.0
    with pytest.raises(ValueError, match="espeak-ng has no voice 'nobody'"):
        espeak_recordings("nobody", [word])


def test_the_word_list_is_said_aloud(capsys):
    main(["--words"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(list(words())) and lines[0] == "_ a _"

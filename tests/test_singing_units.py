"""Units: cut from recordings whose sounds are known, written, read, built by script."""

import numpy as np
import pytest

from data_scripts.build_voice import build, main, own_recordings
from data_scripts.voice.throat import speak
from data_scripts.voice.word_list import words
from dsplab import banks
from dsplab.analysis.comparison import snr_db
from dsplab.formats.audio_files import write_audio
from dsplab.formats.errors import FormatError
from dsplab.spectral_models import sinusoidal_synthesis
from dsplab.synths.singing import parse_song, read_voice, sing, write_voice
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
        assert abs(one.level_db - other.level_db).max() <= 0.051
        assert abs(one.shape - other.shape).max() <= 1.01 / 512
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


def test_recordings_of_a_folder_become_a_voice(recording, tmp_path, capsys):
    x, sounds = recording
    write_audio(tmp_path / "sala.wav", x, RATE)
    rows = (f"{begin}\t{end}\t{text}\n" for begin, end, text in sounds)
    (tmp_path / "sala.txt").write_text("".join(rows))
    write_audio(tmp_path / "noise.wav", 0.0 * x, RATE)
    (tmp_path / "noise.txt").write_text("0.1\t0.3\ta\n")
    write_audio(tmp_path / "unlabelled.wav", x, RATE)
    target = tmp_path / "my.voice"
    main([str(tmp_path), "--output", str(target), "--name", "me"])
    said = capsys.readouterr().out
    assert "unlabelled.wav is left out" in said and "noise.wav is left out" in said
    voice = read_voice(target)
    assert voice.name == "me" and len(voice.units) == 6
    y = sing(parse_song("notes D3\nwords sa"), 8000, voice=str(target))
    assert 0.01 < abs(y).max() < 1.0


def test_the_word_list_is_said_aloud(capsys):
    main(["--words"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(list(words())) and lines[0] == "_ a _"

"""Scores for singing: words to phonemes, texts, MIDI files with lyrics."""

import io

import numpy as np
import pytest

from dsplab.formats.errors import FormatError
from dsplab.formats.midi import read_midi, write_midi
from dsplab.formats.midi_notes import midi_of
from dsplab.sources.notes import Note
from dsplab.synths.singing.phonemes import PHONEMES, syllable
from dsplab.synths.singing.score import (
    LA,
    from_midi,
    parse_song,
    read_score,
    split_words,
)

SPELT = {
    "do": "d o", "re": "r e", "mi": "m i", "fa": "f a", "sol": "s o l", "la": "l a",
    "si": "s i", "ti": "t i", "glo": "g l o", "ces": "t S e s", "cum": "k u m",
    "gnus": "n j u s", "quo": "k w o", "ia": "j a", "lau": "l a u",
    "caeli": "t S e l i",
    "che": "k e", "gi": "d Z i", "sce": "S e", "ex": "e k s", "pacc": "p a k",
    "mus,": "m u s", "guan": "g w a n", "Tho": "t o", "phi": "f i", "tutti": "t u t i",
    "[z Z a]": "z Z a",
}  # fmt: skip


@pytest.mark.parametrize("text", SPELT)
def test_spelling(text):
    onset, vowel, coda = syllable(text)
    assert " ".join((*onset, vowel, *coda)) == SPELT[text]
    assert set((*onset, vowel, *coda)) <= set(PHONEMES)


@pytest.mark.parametrize(
    "text, match",
    [
        ("str", "no vowel"),
        ("[s x a]", "'x', which is no phoneme"),
        ("", "no vowel"),
        ("na\u00efve", "no phoneme"),
        (7, "text must be a string"),
    ],
)
def test_what_cannot_be_said(text, match):
    with pytest.raises(ValueError, match=match):
        syllable(text)


def test_a_text():
    song = parse_song(
        "; a remark\n# another\ntempo: 60\ndynamics p f\n"
        "notes A3 B3/2! - | C4\nwords a - men  _\ntempo 120\nnotes D4/2\n"
    )
    assert [row.note.onset for row in song] == [0.0, 1.0, 4.0, 5.0]
    assert [row.note.duration for row in song] == [1.0, 2.0, 1.0, 1.0]
    assert [row.note.pitch for row in song] == [57.0, 59.0, 60.0, 62.0]
    assert [row.note.velocity for row in song] == [55.0, 95.5, 100.0, 100.0]
    assert [row.words for row in song[2:]] == [None, LA]
    assert split_words("glo-ri-a | [t S e]-lum") == ["glo", "ri", "a", "[t S e]", "lum"]


@pytest.mark.parametrize(
    "text, match",
    [
        ("notes C4 D4\nwords la", "line 2: 1 syllables stand below 2 notes"),
        ("words la", "line 1: words stand below a line of notes"),
        ("notes C4+E4", r"line 1: 'C4\+E4' is a chord"),
        ("notes H4", "line 1: text has a token 'H4'"),
        ("tempo 0\nnotes C4", "line 1: tempo must be above 1"),
        ("tempo x", "tempo must be"),
        ("dynamics loud", "dynamics are one or two of pp p mp mf f ff"),
        ("song la", "a line begins with one of tempo, notes, words, dynamics"),
        ("", "must contain a line of notes"),
        ("notes C4\nwords st", "line 2: text 'st' has no vowel"),
        (3, "text must be a string"),
    ],
)
def test_errors_name_the_line(text, match):
    with pytest.raises(ValueError, match=match):
        parse_song(text)


def midi_file(notes, lyrics):
    midi = midi_of(notes)
    texts = tuple((time, "lyrics", text) for time, text in lyrics)
    file = io.BytesIO()
    write_midi(file, midi._replace(texts=texts))
    return file.getvalue()


def test_midi_with_lyrics(tmp_path):
    notes = [(0.0, 0.5, 60), (0.5, 0.6, 62), (1.0, 0.5, 64), (1.0, 0.5, 48),
             (1.5, 0.5, 65), (3.0, 0.5, 67)]  # fmt: skip
    lyrics = [(0.0, "glo-"), (0.5, "ri"), (1.0, "a\r"), (3.0, " in ")]
    data = midi_file(notes, lyrics)
    path = tmp_path / "song.mid"
    path.write_bytes(data)
    song = read_score(path)
    assert song == from_midi(read_midi(data))
    assert [row.note.pitch for row in song] == [60.0, 62.0, 64.0, 65.0, 67.0]
    assert np.allclose([row.note.duration for row in song], 0.5, atol=1e-3)
    said = [row.words and "".join((*row.words.onset, row.words.vowel)) for row in song]
    assert said == ["glo", "ri", "a", None, "i"]


def test_midi_without_lyrics_is_sung_on_la():
    song = from_midi(midi_of([Note(0.0, 0.5, 60.0), Note(1.0, 0.5, 62.0)]))
    assert [row.words for row in song] == [LA, LA]
    with pytest.raises(ValueError, match="no notes to sing"):
        from_midi(midi_of([Note(0.0, 0.5, 60.0)]), channel=5)


def test_files_that_cannot_be_read(tmp_path):
    path = tmp_path / "song.txt"
    path.write_text("notes C4\nwords la la\n")
    with pytest.raises(FormatError, match=r"song.txt.*line 2: 2 syllables"):
        read_score(path)
    path = tmp_path / "song.mid"
    path.write_bytes(b"no MIDI")
    with pytest.raises(FormatError, match="song.mid"):
        read_score(path)

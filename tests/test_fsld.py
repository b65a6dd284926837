"""FSLD's folder, in small: metadata, files, several opinions, splits by author."""

import json

import numpy as np
import pytest

from dsplab.formats.audio_files import write_audio
from dsplab.formats.errors import FormatError
from dsplab.synths.drum_loops import drum_loop
from neural.data import fsld

RATE = 8000


def opinion(**changes):
    roles = {"percussion": True, "bass": False, "chords": False, "melody": False}
    base = {
        "discard": False, "instrumentation": roles, "bpm": "126", "well_cut": True,
        "signature": "4/4", "key": "A", "mode": "min", "genres": ["hip hop"],
    }  # fmt: skip
    return base | changes


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "FSL10K"
    (root / "audio" / "wav").mkdir(parents=True)
    entries = {}
    for number, user in ((7, "ann"), (30, "bob"), (31, "bob"), (400, "eve"), (5, "x")):
        base = f"{number}_123"
        entries[str(number)] = {
            "name": f"loop {number}", "username": user, "license": "CC BY",
            "preview_url": f"previews/0/{base}-hq.mp3", "annotations": {"bpm": 100},
        }  # fmt: skip
        if number != 5:  # its file is missing
            x = drum_loop("rock", sample_rate=RATE, bars=1, tempo=126.0)
            name = f"{base}.wav.wav" if number == 31 else f"{base}.wav"
            write_audio(root / "audio" / "wav" / name, np.stack([x, x]), RATE)
    (root / "metadata.json").write_text(json.dumps(entries))
    write(root, "one", 7, opinion())
    write(root, "two", 7, opinion(bpm=128, genres=["global"], key="C"))
    write(root, "three", 7, opinion(bpm="?", well_cut=False, key="C"))
    write(root, "one", 30, opinion(discard=True))
    write(root, "one", 31, opinion(bpm=None, instrumentation={"bass": True}))
    write(root, "one", 5, opinion())
    return root


def write(root, who, number, said):
    path = root / "annotations" / who / f"sound-{number}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(said))


def test_majorities_decide_and_discarded_loops_are_left_out(folder):
    loops = fsld.open_loops(folder)
    assert loops.ids.tolist() == ["7", "31"]
    assert loops.paths.tolist() == ["audio/wav/7_123.wav", "audio/wav/31_123.wav.wav"]
    assert loops.bpm.tolist() == [127.0, 100.0]  # the middle; the author's
    assert loops.well_cut.tolist() == [False, True]
    assert loops.roles.tolist()[0] == [True, False, False, False, False, False]
    assert loops.roles.tolist()[1] == [False, True, False, False, False, False]
    for row in loops.genres:  # of the first, two of three said so
        assert row.tolist() == [genre == "hip hop" for genre in fsld.GENRES]
    assert loops.key.tolist() == ["C", "A"] and loops.mode.tolist() == ["min"] * 2
    assert loops.n_annotators.tolist() == [3, 1]
    every = fsld.open_loops(folder, annotated=False)
    assert every.ids.tolist() == ["7", "31", "400"]
    assert every.n_annotators.tolist() == [3, 1, 0] and not every.well_cut[2]
    some = fsld.take(every, [2, 0])
    assert some.ids.tolist() == ["400", "7"] and some.roles.shape == (2, 6)


def test_an_author_is_in_one_split_and_stays_there(folder):
    names = [f"author {k}" for k in range(3000)]
    loops = fsld.take(fsld.open_loops(folder, annotated=False), [0] * 6000)
    loops = loops._replace(usernames=np.array(names * 2))
    sides = fsld.split_of(loops, held_out=(0.1, 0.2))
    assert (sides[:3000] == sides[3000:]).all()
    parts = [(sides == name).mean() for name in fsld.SPLITS]
    np.testing.assert_allclose(parts, [0.7, 0.1, 0.2], atol=0.03)
    again = fsld.split_of(fsld.take(loops, [5, 17]), held_out=(0.1, 0.2))
    assert again.tolist() == sides[[5, 17]].tolist()


def test_bars_of_a_loop_have_two_seconds(folder):
    found, rate = fsld.bars(fsld.open_loops(folder), 0)
    assert rate == RATE and found.x.shape == (1, 2 * RATE)
    assert found.x.dtype == np.float32 and abs(found.bpm - 126.0) < 0.1
    far, _ = fsld.bars(fsld.open_loops(folder), 1, farthest=1.1)
    assert far.x.shape[0] == 0 and "too far" in far.why_not


def test_errors_say_what_was_found_where(folder, tmp_path):
    with pytest.raises(FormatError, match="it has no metadata.json; FSL10K was"):
        fsld.open_loops(tmp_path)
    for path in (folder / "audio" / "wav").iterdir():
        path.unlink()
    text = r"no loop in '.*FSL10K': 5 sounds.*4 of them annotated.*1 of these discarded"
    with pytest.raises(FormatError, match=text + ", 0 files found with the pattern"):
        fsld.open_loops(folder)
    write(folder, "one", 7, [])
    with pytest.raises(FormatError, match="sound-7.json': it is no JSON object"):
        fsld.open_loops(folder)
    (folder / "metadata.json").write_text('{"7": {}}')
    write(folder, "one", 7, opinion())
    with pytest.raises(FormatError, match="sound 7 has no preview_url"):
        fsld.open_loops(folder)
    (folder / "metadata.json").write_text("{")
    with pytest.raises(FormatError, match="it is no JSON: "):
        fsld.open_loops(folder)

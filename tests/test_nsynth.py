"""NSynth's format: written by our renderer, read lazily, from folders and archives."""

import json
import tarfile
import wave

import numpy as np
import pytest

from data_scripts import render_notes
from data_scripts.notes.instruments import (
    changed,
    from_engines,
    from_sound_font,
    render,
)
from data_scripts.notes.qualities import qualities
from dsplab.banks import general_midi
from dsplab.synths import fm, modal
from neural.data import nsynth
from neural.data.archives import Archive, Unzipped

PITCHES, VELOCITIES = (48, 72, 12), (50, 127)


@pytest.fixture(scope="session")
def rendered(tmp_path_factory):
    """Three instruments of the shipped bank, three pitches, two velocities."""
    folder = tmp_path_factory.mktemp("notes") / "set"
    counts = render_notes.render_set(
        folder,
        sound_font=general_midi(),
        programs=[12, 33, 80],
        pitches=PITCHES,
        velocities=VELOCITIES,
    )
    assert counts == {"train": 6, "valid": 6, "test": 6}
    return folder


def test_a_rendered_set_is_in_the_format_of_nsynth(rendered):
    for split in nsynth.SPLITS:
        folder = rendered / f"nsynth-{split}"
        entries = json.loads((folder / "examples.json").read_text())
        files = {path.stem for path in (folder / "audio").iterdir()}
        assert files == set(entries) and len(files) == 6
        for name, entry in entries.items():
            family, source, number, pitch, velocity = nsynth.parse_name(name)
            assert entry["note_str"] == name
            assert entry["instrument_str"] == f"{family}_{source}_{number:03d}"
            assert (entry["pitch"], entry["velocity"]) == (pitch, velocity)
            assert nsynth.FAMILIES[entry["instrument_family"]] == family
            assert nsynth.SOURCES[entry["instrument_source"]] == source
            assert entry["instrument_family_str"] == family
            assert entry["instrument_source_str"] == source
            assert entry["sample_rate"] == 16000 and len(entry["qualities"]) == 10
            assert isinstance(entry["instrument_name"], str)
            with wave.open(str(folder / "audio" / f"{name}.wav")) as file:
                assert file.getparams()[:4] == (1, 2, 16000, 64000)


def test_no_instrument_and_no_note_is_in_two_splits(rendered):
    sets = [nsynth.open_notes(rendered, split=split) for split in nsynth.SPLITS]
    for column in ("instrument", "names"):
        values = [set(getattr(notes, column).tolist()) for notes in sets]
        assert sum(map(len, values)) == len(set.union(*values))
    ids = [
        entry["note"]
        for split in nsynth.SPLITS
        for entry in json.loads(
            (rendered / f"nsynth-{split}" / "examples.json").read_text()
        ).values()
    ]
    assert len(set(ids)) == 18


def test_notes_sound_at_their_pitch_and_end_when_they_should(rendered):
    for split in nsynth.SPLITS:
        notes = nsynth.open_notes(rendered, split=split)
        for row in range(len(notes.names)):
            x = nsynth.audio(notes, row)
            assert x.shape == (64000,) and x.dtype == np.float32
            assert 0.02 < np.abs(x).max() < 1.0 and abs(x[-1]) < 1e-3
            f0 = 440.0 * 2.0 ** ((notes.pitch[row] - 69) / 12)
            power = np.abs(np.fft.rfft(x[:16000] * np.hanning(16000))) ** 2
            k = np.round(f0 * np.arange(1, int(7900 / f0))).astype(int)
            near = sum(power[k + d].sum() for d in range(-4, 5))
            assert near > 0.9 * power.sum()
            if notes.family[row] == nsynth.FAMILIES.index("synth_lead"):
                assert np.std(x[40000:48000]) > 10 * np.std(x[56000:])


def test_again_changes_nothing_and_goes_on_after_an_interruption(rendered, tmp_path):
    folder = tmp_path / "set"
    options = {"sound_font": general_midi(), "programs": [80], "pitches": (60, 60, 1)}
    options |= {"velocities": (50, 75, 100), "held_out": (0.0, 0.0)}
    render_notes.render_set(folder, **options)
    files = sorted((folder / "nsynth-train" / "audio").iterdir())
    before = [path.read_bytes() for path in files]
    entries = (folder / "nsynth-train" / "examples.json").read_bytes()
    # killed half way: one file is not there yet, nor is examples.json
    files[1].unlink()
    (folder / "nsynth-train" / "examples.json").unlink()
    with pytest.raises(ValueError, match="no examples.json; a rendering that was"):
        nsynth.open_notes(folder, split="train")
    (folder / "nsynth-train" / "audio" / ".f00.part").write_bytes(b"RIFF")
    times = [path.stat().st_mtime_ns for path in files if path.exists()]
    render_notes.render_set(folder, **options)
    assert [path.read_bytes() for path in files] == before
    assert (folder / "nsynth-train" / "examples.json").read_bytes() == entries
    assert [files[0].stat().st_mtime_ns, files[2].stat().st_mtime_ns] == times
    with pytest.raises(ValueError, match="holds sounds of other settings"):
        render_notes.render_set(folder, **options | {"seed": 1})
    assert not list(folder.rglob("*.part"))


@pytest.mark.slow
def test_jobs_do_not_change_the_notes(rendered, tmp_path):
    options = {"sound_font": general_midi(), "programs": [12, 33, 80], "jobs": 2}
    render_notes.render_set(
        tmp_path / "set", pitches=PITCHES, velocities=VELOCITIES, **options
    )
    for path in rendered.rglob("*.wav"):
        other = tmp_path / "set" / path.relative_to(rendered)
        assert other.read_bytes() == path.read_bytes()


@pytest.mark.slow
def test_without_a_sound_font_the_synthesizers_play(tmp_path, capsys):
    arguments = [str(tmp_path / "set"), "--versions", "1", "--count", "1"]
    arguments += ["--pitches", "60", "60", "1", "--velocities", "100"]
    assert render_notes.main(arguments) == 0
    assert "notes in train" in capsys.readouterr().out
    notes = nsynth.open_notes(tmp_path / "set", split="train")
    n = len(from_engines(1))
    assert len(notes.names) == n - 2 * round(0.1 * n)
    assert set(notes.source.tolist()) == {2}
    assert len(set(notes.family.tolist())) >= 7
    peaks = [np.abs(nsynth.audio(notes, row)).max() for row in range(n // 2)]
    assert 0.05 < min(peaks) and max(peaks) < 0.9
    assert render_notes.main(arguments[:-1] + ["90"]) == 1
    assert "other settings" in capsys.readouterr().err


def test_a_synthesizer_plays_a_note():
    struck, tried = from_engines(2)[-8], {"sound_font": None, "seed": 1}
    x = render(struck, 60, 100, **tried)
    assert x.shape == (64000,) and 0.05 < np.abs(x).max() < 0.9
    np.testing.assert_array_equal(x, render(struck, 60, 100, **tried))
    assert (x != render(struck, 60, 100, sound_font=None, seed=2)).any()
    (flute,) = [i for i in from_engines(1) if i.plays[:2] == ("winds", "flute")]
    assert not render(flute, 108, 100, **tried).any()  # too high for a flute


def test_instruments():
    assert len(from_engines(3)) == 3 * len(from_engines(1))
    names = [(i.family, i.source, i.number) for i in from_engines(3)]
    assert len(set(names)) == len(names)
    programs = {i.plays: i for i in from_sound_font(general_midi(), None)}
    assert len(programs) > 100 and not set(programs) & {55, 115, 119, 125}
    assert programs[30].distorted and programs[30].source == "electronic"
    bell, piano = modal.PRESETS["bell"], fm.PRESETS["electric piano"]
    assert changed(bell, [1, 2, 0]) is bell
    other = changed(bell, [1, 2, 1])
    assert 0.7 < other.t60 / bell.t60 < 1.4 and other.t60 != bell.t60
    assert other.ratios == bell.ratios and other == changed(bell, [1, 2, 1])
    assert changed(piano, [1, 2, 1]).operators[0].decay != piano.operators[0].decay


def test_splits_have_the_sizes_asked_for():
    sides = render_notes.split(range(50), (0.1, 0.2), 0)
    assert [sides.count(s) for s in nsynth.SPLITS] == [35, 5, 10]
    assert sides == render_notes.split(range(50), (0.1, 0.2), 0)
    assert sides != render_notes.split(range(50), (0.1, 0.2), 1)
    assert sorted(render_notes.split(range(3), (0.1, 0.1), 0)) == sorted(nsynth.SPLITS)


def test_qualities():
    t = np.arange(64000) / 16000
    tone = np.sin(2 * np.pi * 220 * t)
    held = (t < 3.0) * 1.0

    def names(x, pitch=57, **options):
        found = qualities(x, pitch, **options)
        return {n for n, has in zip(nsynth.QUALITIES, found, strict=True) if has}

    assert names(tone * held) == {"dark"}
    assert names(tone * np.exp(-6 * t)) == {"dark", "fast_decay", "percussive"}
    assert "long_release" in names(tone * np.exp(-0.3 * t))
    assert "nonlinear_env" in names(tone * held * (1 + 0.5 * np.sin(30 * t)))
    buzz = sum(np.sin(2 * np.pi * 220 * k * t) for k in range(1, 34))
    assert names(buzz * held, distorted=True) == {"bright", "distortion"}


def test_select(rendered):
    notes = nsynth.open_notes(rendered, split="train")
    family = nsynth.FAMILIES[notes.family[0]]
    assert len(nsynth.select(notes, families=[family]).names) == 6
    others = [name for name in nsynth.FAMILIES if name != family]
    assert not len(nsynth.select(notes, families=others).names)
    assert set(nsynth.select(notes, pitches=(50, 65)).pitch) == {60}
    assert set(nsynth.select(notes, velocities=[127, 25]).velocity) == {127}
    source = nsynth.SOURCES[notes.source[0]]
    assert len(nsynth.select(notes, sources=[source]).names) == 6
    without = nsynth.select(notes, without=["dark"])
    assert not without.qualities[:, 1].any()
    with pytest.raises(ValueError, match="'drum' is none of bass, brass"):
        nsynth.select(notes, families=["drum"])
    with pytest.raises(ValueError, match="must be at least one note"):
        nsynth.batch(nsynth.select(notes, pitches=(1, 2)), 0, 0, batch_size=1)


def test_a_batch_is_a_function_of_seed_and_step(rendered):
    notes = nsynth.open_notes(rendered, split="train")
    sizes = {"batch_size": 5, "n_samples": 3000}
    first, again = (nsynth.batch(notes, 1, 2, **sizes) for _ in range(2))
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])
    assert (nsynth.batch(notes, 1, 3, **sizes)["x"] != first["x"]).any()
    assert first["x"].shape == (5, 3000) and first["x"].dtype == np.float32
    assert first["pitch"].dtype == np.int32 and first["qualities"].shape == (5, 10)
    cut = nsynth.batch(notes, 1, 2, **sizes, anywhere=True)
    assert (cut["pitch"] == first["pitch"]).any() and (cut["x"] != first["x"]).any()
    long = nsynth.batch(notes, 1, 2, batch_size=1, n_samples=70000)["x"]
    assert not long[0, 64000:].any() and long[0, :64000].any()


@pytest.mark.parametrize("kind", ["w", "w:gz"])
def test_archives_are_read_where_they_lie(rendered, tmp_path, kind):
    path = tmp_path / "nsynth-train.jsonwav.tar.gz"
    with tarfile.open(path, kind) as tar:
        tar.add(rendered / "nsynth-train", "nsynth-train")
    there = nsynth.open_notes(path)
    here = nsynth.open_notes(rendered / "nsynth-train")
    assert there.names.tolist() == here.names.tolist()
    found = nsynth.open_notes(tmp_path, split="train")
    assert found.names.tolist() == here.names.tolist()
    found.place.close()
    for row in (5, 0, 3):
        np.testing.assert_array_equal(nsynth.audio(there, row), nsynth.audio(here, row))
    with pytest.raises(ValueError, match="it has no 'other'"):
        there.place.read("other")
    there.place.close()


def test_compressed_contents_are_found_anywhere(tmp_path):
    import gzip

    contents = np.random.default_rng(0).integers(0, 40, 3_000_000).astype(np.uint8)
    contents = contents.tobytes()
    (tmp_path / "a.gz").write_bytes(gzip.compress(contents, 1))
    with Unzipped(tmp_path / "a.gz", step=300_000) as file:
        assert file.seek(2_500_000) == 2_500_000
        assert file.read(10) == contents[2_500_000:2_500_010]
        for at in (0, 2_999_990, 1_234_567, 310_000, 2_000_000):
            file.seek(at)
            assert file.read(5) == contents[at : at + 5] and file.tell() == at + 5
        file.seek(2_999_990)
        assert file.read() == contents[-10:] and file.read(1) == b""


def test_damaged_archives_are_named(tmp_path, rendered):
    good = tmp_path / "good.tar.gz"
    with tarfile.open(good, "w:gz") as tar:
        tar.add(rendered / "nsynth-train", "nsynth-train")
    data = good.read_bytes()
    for name, bad, reason in (
        ("short.tar.gz", data[: len(data) // 2], "in the middle"),
        ("flipped.tar.gz", data[:5000] + b"\xff" * 64 + data[5064:], "damaged|no tar"),
        ("text.tar", b"not an archive" * 99, "it is no tar file"),
    ):
        (tmp_path / name).write_bytes(bad)
        with pytest.raises(ValueError, match=f"(?s){name}.*({reason})"):
            Archive(tmp_path / name)


def test_broken_folders_are_named(tmp_path, rendered):
    entry = {
        "instrument": 1, "pitch": 60, "velocity": 75, "sample_rate": 16000,
        "instrument_family": 3, "instrument_source": 0, "qualities": [0] * 10,
    }  # fmt: skip
    name = "guitar_acoustic_000-060-075"

    def fails(entries, match):
        text = entries if isinstance(entries, str) else json.dumps(entries)
        (tmp_path / "examples.json").write_text(text)
        with pytest.raises(ValueError, match=match):
            nsynth.open_notes(tmp_path)

    fails("{", "examples.json is no JSON")
    fails("[]", "examples.json has no notes")
    fails({name: 3}, f"the entry of '{name}' is no object")
    fails({name: entry | {"pitch": 200}}, "pitch of .* from 0 to 127, got 200")
    fails({name: entry | {"velocity": "75"}}, "velocity of .* got '75'")
    fails({name: entry | {"qualities": [1]}}, "qualities of .* must be 10 numbers")
    other = entry | {"sample_rate": 8000}
    fails({name: entry, "x": other}, "different sample rates")
    with pytest.raises(ValueError, match="split must be 'train', 'valid' or 'test'"):
        nsynth.open_notes(rendered, split="dev")
    with pytest.raises(FileNotFoundError, match="there is no"):
        nsynth.open_notes(tmp_path / "nowhere")
    (tmp_path / "examples.json").write_text(json.dumps({name: entry}))
    notes = nsynth.open_notes(tmp_path)
    with pytest.raises(ValueError, match=r"guitar.*wav'.* is missing"):
        nsynth.audio(notes, 0)
    (tmp_path / "audio").mkdir()
    file = tmp_path / "audio" / f"{name}.wav"
    file.write_bytes(b"RIFFnothing")
    with pytest.raises(ValueError, match="it is no WAV file"):
        nsynth.audio(notes, 0)
    with wave.open(str(file), "wb") as out:
        out.setparams((2, 2, 44100, 0, "NONE", ""))
        out.writeframes(bytes(8))
    with pytest.raises(ValueError, match="1 channel of 16 bits at 16000 Hz, got 2 of"):
        nsynth.audio(notes, 0)


def test_wrong_wishes_are_refused(tmp_path):
    bank = {"sound_font": general_midi()}
    for options, match in (
        ({"pitches": (60, 40, 1)}, "pitches must be lowest, highest, step"),
        ({"velocities": (0,)}, "velocities must be 1 to 127"),
        ({"held_out": (0.5, 0.5)}, "held_out must leave some"),
        ({"programs": [119], **bank}, "no instrument with these programs"),
    ):
        with pytest.raises(ValueError, match=match):
            render_notes.render_set(tmp_path / "set", **options)
    assert not (tmp_path / "set").exists()
    (tmp_path / "mine").write_text("letters")
    with pytest.raises(ValueError, match="is not empty and has no settings.json"):
        render_notes.render_set(tmp_path, **bank)

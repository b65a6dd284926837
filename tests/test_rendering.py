"""MIDI to sound: into arrays, files and loudspeakers; who plays what, and how long."""

import io
import os
import shutil
import stat

import numpy as np
import pytest

from dsplab.convert import midi_to_hz
from dsplab.formats.audio_files import read_audio
from dsplab.formats.errors import ClippedWarning, FormatError
from dsplab.formats.midi import Event, MidiFile, write_midi
from dsplab.formats.midi_notes import midi_of
from dsplab.rendering import midi_to_audio, play_midi, render_midi
from dsplab.rendering.loudspeakers import PLAYERS
from dsplab.synths import fm
from tour.song import song

RATE = 8000
DRY = {"reverb": False, "chorus": False}
NOTES = [(0.0, 0.3, 60), (0.3, 0.3, 64)]
ORGAN = {"engine": "additive:organ", **DRY}
BAND = song(1, tempo=300.0)  # a pedal, bends, swells, drums
BAND = BAND._replace(events=[e for e in BAND.events if e.channel in (0, 1, 3, 9)])


def same_sound(y, x):
    """Whether y is x, but for silence at the end."""
    n = max(x.shape[-1], y.shape[-1])
    padded = (np.pad(z, ((0, 0), (0, n - z.shape[-1]))) for z in (y, x))
    np.testing.assert_allclose(*padded, atol=2e-6)


def test_a_file_bytes_notes_and_midi_are_the_same(tmp_path):
    midi, data = midi_of(NOTES), io.BytesIO()
    write_midi(tmp_path / "a.mid", midi)
    write_midi(data, midi)
    y = render_midi(NOTES, RATE, **ORGAN)
    assert y.dtype == np.float32 and y.shape == (2, 5040)
    data.seek(0)
    for source in (tmp_path / "a.mid", data, data.getvalue(), midi, {0: NOTES}):
        np.testing.assert_array_equal(render_midi(source, RATE, **ORGAN), y)


def test_a_sound_file_holds_the_array(tmp_path):
    told = []
    options = {"sample_rate": RATE, "progress": told.append, **ORGAN}
    midi_to_audio(NOTES, tmp_path / "a.wav", **options)
    y, rate = read_audio(tmp_path / "a.wav")
    np.testing.assert_array_equal(y, render_midi(NOTES, RATE, **ORGAN))
    assert rate == RATE and told == [y.shape[-1] / RATE]
    with pytest.warns(ClippedWarning, match="peak"):
        midi_to_audio(NOTES, tmp_path / "a.flac", gain=20.0, **options)


def test_the_shipped_bank_plays_in_tune():
    y = render_midi([(0.0, 0.5, 69)], RATE, **DRY)
    spectrum = np.abs(np.fft.rfft(y.sum(axis=0), 2**17))
    partial = np.argmax(spectrum) * RATE / 2**17 / 440.0
    assert partial == pytest.approx(max(round(partial), 1), rel=1e-3)


def test_engines_play_channels_and_a_soundfont_the_rest():
    engines = {0: "fm:electric piano", 9: "drums:909"}
    programs = {33: (fm, fm.PRESETS["bass"])}
    y = render_midi(BAND, RATE, engines=engines, programs=programs, **DRY)
    whole = np.zeros_like(y)
    for chosen in (
        lambda event: event.channel in (0, 1, 9),
        lambda event: event.channel == 3,
    ):
        events = [event for event in BAND.events if chosen(event)]
        part = BAND._replace(events=events)
        x = render_midi(part, RATE, engines=engines, programs=programs, **DRY)
        whole[:, : x.shape[-1]] += x
    same_sound(y, whole)


def test_an_engine_for_all_leaves_the_drums_to_drums():
    y = render_midi(BAND, RATE, engine="fm:marimba", **DRY)
    engines = dict.fromkeys(range(9), "fm:marimba") | {9: "drums"}
    np.testing.assert_array_equal(y, render_midi(BAND, RATE, engines=engines, **DRY))


def test_duration_cuts_and_fades():
    whole = render_midi(NOTES, RATE, **ORGAN)
    y = render_midi(NOTES, RATE, duration=0.4, **ORGAN)
    n, fade = round(0.4 * RATE), round(0.05 * RATE)
    assert y.shape == (2, n) and np.abs(y[:, -2:]).max() < 0.01 * np.abs(y).max()
    np.testing.assert_array_equal(y[:, : n - fade], whole[:, : n - fade])


def test_music_of_years_is_refused_unless_a_duration_is_said():
    years = MidiFile([Event(0.0, "note_on", 0, 60, 100)], duration=1e8)
    with pytest.raises(ValueError, match="not last for more than limit = 14400"):
        render_midi(years, RATE)
    with pytest.raises(ValueError, match="limit = 0.2 s, it does for 0.6"):
        render_midi(NOTES, RATE, limit=0.2, **ORGAN)
    assert render_midi(years, RATE, duration=1.0, **DRY).shape == (2, RATE)


def test_a_key_that_nobody_lets_go_sounds_to_the_end():
    held = MidiFile([Event(0.0, "note_on", 0, 60, 100)], duration=1.0)
    played = [(0.0, 1.0, 60)]
    same_sound(render_midi(held, RATE, **DRY), render_midi(played, RATE, **DRY))


def test_silence():
    assert render_midi(MidiFile([]), RATE).shape == (2, 0)
    rest = midi_of(NOTES)._replace(duration=20.0)
    y = render_midi(rest, RATE, **ORGAN)
    assert y.shape == (2, 20 * RATE) and not y[:, 5040:].any()


@pytest.mark.parametrize(
    "options, reason",
    [
        ({"engine": "kazoo"}, "there is no engine 'kazoo'"),
        ({"engines": {0: "kazoo"}}, "there is no engine 'kazoo'"),
        ({"programs": {0: "fm:kazoo"}}, "fm has no preset 'kazoo'"),
        ({"gain": -1.0}, "gain must be"),
        ({"duration": 0.0}, "duration must be"),
        ({"limit": np.nan}, "limit must be"),
    ],
)
def test_bad_options(options, reason):
    with pytest.raises(ValueError, match=reason):
        render_midi(NOTES, RATE, **options)


def test_bad_files_leave_no_sound_file(tmp_path):
    (tmp_path / "bad.mid").write_bytes(b"MThd")
    target = tmp_path / "a.wav"
    with pytest.raises(FormatError, match=r"cannot read '.*bad.mid': .* \(byte 4\)"):
        midi_to_audio(tmp_path / "bad.mid", target)
    with pytest.raises(FileNotFoundError, match="none.mid"):
        midi_to_audio(tmp_path / "none.mid", target)
    with pytest.raises(FileNotFoundError, match="none.sf2"):
        midi_to_audio(NOTES, target, sound_font=tmp_path / "none.sf2")
    with pytest.raises(FormatError, match="unknown extension"):
        midi_to_audio(NOTES, tmp_path / "a.xyz")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.mid"]


# --- FluidSynth


@pytest.fixture
def with_fluidsynth():
    if shutil.which("fluidsynth") is None:
        pytest.skip("fluidsynth is not installed")


def test_fluidsynth_plays_the_same_piece(with_fluidsynth):
    notes = [(0.2, 0.5, 69), (1.0, 0.5, 64)]
    ours, theirs = (
        render_midi(notes, 22050, engine=engine, **DRY)
        for engine in ("soundfont", "fluidsynth")
    )
    for onset, pitch in ((0.25, 69), (1.05, 64)):
        span = slice(round(onset * 22050), round((onset + 0.4) * 22050))
        tops = [np.abs(np.fft.rfft(y[0, span], 2**16)) for y in (ours, theirs)]
        partials = [np.argmax(top) * 22050 / 2**16 for top in tops]
        partials = np.array(partials) / midi_to_hz(pitch)
        np.testing.assert_allclose(partials, np.rint(partials), rtol=3e-3)
        assert partials[0] == pytest.approx(partials[1], rel=1e-3)
    levels = [np.sqrt(np.mean(y[:, :22050] ** 2)) for y in (ours, theirs)]
    assert 20 * np.log10(levels[0] / levels[1]) == pytest.approx(0.0, abs=1.5)


def test_fluidsynth_ends_although_a_key_is_down(with_fluidsynth):
    held = MidiFile([Event(0.0, "note_on", 0, 60, 100)], duration=0.3)
    y = render_midi(held, 22050, engine="fluidsynth", **DRY)
    assert 0.3 < y.shape[-1] / 22050 < 20.0


def test_fluidsynth_says_what_is_wrong(with_fluidsynth, tmp_path):
    (tmp_path / "bad.sf2").write_bytes(b"no SoundFont")
    with pytest.raises(ValueError, match="engine 'fluidsynth' failed: .*error"):
        render_midi(NOTES, RATE, engine="fluidsynth", sound_font=tmp_path / "bad.sf2")


def test_what_fluidsynth_cannot_do(with_fluidsynth):
    with pytest.raises(ValueError, match="sample_rate must be in 8000..96000"):
        render_midi(NOTES, 4000, engine="fluidsynth")
    with pytest.raises(ValueError, match="gain must be in 0..10"):
        render_midi(NOTES, RATE, engine="fluidsynth", gain=11.0)


def test_fluidsynth_may_not_be_there(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match="engine 'fluidsynth' must be installed"):
        render_midi(NOTES, RATE, engine="fluidsynth")


# --- loudspeakers: a program of that name which writes down what it hears


def player(folder, monkeypatch, script):
    path = folder / "aplay"
    path.write_text(f"#!{shutil.which('sh')}\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    alone = {"aplay": PLAYERS["aplay"]}
    monkeypatch.setattr("dsplab.rendering.loudspeakers.PLAYERS", alone)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)


def test_play_midi_feeds_a_player(monkeypatch, tmp_path):
    player(tmp_path, monkeypatch, f"echo $@ > {tmp_path}/said; cat > {tmp_path}/heard")
    play_midi(NOTES, sample_rate=RATE, **ORGAN)
    heard = np.fromfile(tmp_path / "heard", "<i2").reshape(-1, 2).T / 32767
    np.testing.assert_allclose(heard, render_midi(NOTES, RATE, **ORGAN), atol=2e-5)
    assert "-f S16_LE -r 8000 -c 2" in (tmp_path / "said").read_text()


def test_a_player_that_cannot_play(monkeypatch, tmp_path):
    player(tmp_path, monkeypatch, "echo no sound card >&2; exit 1")
    with pytest.raises(ValueError, match="aplay does not play: no sound card"):
        play_midi(NOTES, sample_rate=RATE, **ORGAN)


def test_no_player(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match="nothing here plays sound: install one of"):
        play_midi(NOTES, sample_rate=RATE, **ORGAN)

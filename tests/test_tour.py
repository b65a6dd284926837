"""The tour: two tiny systems to a page that a browser finds nothing wrong with."""

import re
import shutil

import numpy as np
import pytest
import soundfile

from tour import __main__ as tour
from tour import browser, check, media, page, pictures, recording, sounds
from tour.records import Chapter, Figure, Player, Result, run

RATE = 8000


def tone(frequency=200.0, *, seconds=0.6, gain=0.5):
    x = gain * np.sin(2 * np.pi * frequency * np.arange(round(seconds * RATE)) / RATE)
    return sounds.Sound("a tone", x, RATE)


@pytest.fixture(scope="module")
def chapter():
    """One system that works and one that fails."""
    chapter = Chapter(1, "Tiny & small", "Two systems <to> test with.")
    links = {"source": "dsplab/frames.py", "lesson": "README.md"}

    @chapter.system('A "quiet" tone', **links)
    def quiet(material):
        """Plays <one> sine."""
        louder = tone(300.0, gain=0.9)
        picture = pictures.plots(pictures.wave(louder), alt='A sine, "drawn".')
        figures = [Figure("Error", "0", "dB", "a & b")]
        players = [Player("before", material), Player("after", louder)]
        return Result(players=players, picture=picture, figures=figures)

    @chapter.system("Broken", **links)
    def broken(_material):
        """Raises."""
        raise ValueError("rate must be <positive>")

    return chapter


@pytest.fixture(scope="module")
def entries(chapter, tmp_path_factory):
    """What the systems of that chapter gave, and the folder of its files."""
    folder = tmp_path_factory.mktemp("tour")
    (folder / "media").mkdir()
    return tour._entries(chapter, tone(gain=0.1), folder / "media"), folder


@pytest.fixture
def made(chapter, entries, tmp_path):
    """A page of that chapter, and its text."""
    shutil.copytree(entries[1] / "media", tmp_path / "media")
    options = {"about": "Made <here>.", "seconds": 1.0, "folder": tmp_path}
    text = page.build([(chapter, entries[0])], **options)
    path = tmp_path / "index.html"
    tour.write(path, text)
    return path, text


def test_page_shows_what_the_systems_gave(made):
    _, text = made
    for piece in ("A &quot;quiet&quot; tone", "Plays &lt;one&gt; sine.", "a &amp; b"):
        assert piece in text
    assert text.count("<audio") == 2
    assert text.count("<article") == 2
    assert "Made &lt;here&gt;." in text


def test_page_shows_what_failed(made):
    _, text = made
    assert "Failed in this run" in text
    assert "ValueError: rate must be &lt;positive&gt;" in text


def test_nothing_is_wrong_with_the_page(made):
    problems, n_players, n_pictures = check.read(made[0])
    assert problems == []
    assert (n_players, n_pictures) == (2, 1)


def test_a_browser_finds_nothing_wrong(made):
    program = browser.find()
    if program is None:
        pytest.skip("no Chromium on this machine")
    assert check.look(made[0], program) == []


@pytest.mark.parametrize(
    "before, after, problem",
    [
        (r'alt="[^"]*"', 'alt=""', "no alt text"),
        (r'aria-label="A[^"]*"', "", "no label"),
        (r'src="media/[^"]*flac"', 'src="media/none.flac"', "does not exist"),
        (r'href="#broken"', 'href="#nowhere"', "leads nowhere"),
        (r"</header>", '<img src="https://example.org/a.png" alt="x">', "not relative"),
        (r"</header>", '<p id="main">', "more than once"),
    ],
)
def test_check_finds_what_is_wrong_in_the_text(made, before, after, problem):
    path, text = made
    path.write_text(re.sub(before, after, text, count=1))
    assert any(problem in found for found in check.read(path)[0])


@pytest.mark.parametrize(
    "before, after, problem",
    [
        (r'src="media/[^"]*flac"', 'src="page.css"', "duration NaN"),
        (r'srcset="media/[^"]*"', 'srcset="none.webp"', "has no pixels"),
        (r"<script>", "<script>undefined.x;", "script error"),
        (r"</header>", '<p style="width:200vw">wide</p>', "sticks out"),
        (r"</header>", '<img src="none.png" alt="x">', "none.png"),
    ],
)
def test_check_finds_what_a_browser_sees(made, before, after, problem):
    program = browser.find()
    if program is None:
        pytest.skip("no Chromium on this machine")
    path, text = made
    (path.parent / "page.css").write_text("body {}")
    path.write_text(re.sub(before, after, text, count=1))
    assert any(problem in found for found in check.look(path, program))


def test_check_command(made, tmp_path, capsys):
    assert check.main([str(made[0])]) == 0
    assert "nothing wrong" in capsys.readouterr().out
    assert check.main([str(tmp_path / "none.html")]) == 2
    assert "there is no page" in capsys.readouterr().err


def test_files_of_an_older_page_are_removed(made):
    path, text = made
    stranger = path.parent / "media" / "mine.flac"
    stranger.write_bytes(b"not ours")
    files = set(path.parent.glob("media/*"))
    tour.write(path, re.sub(r"<audio.*?</audio>", "", text, flags=re.DOTALL))
    gone = files - set(path.parent.glob("media/*"))
    assert len(gone) == 2 and {p.suffix for p in gone} == {".flac"}
    assert stranger.exists()


def test_each_page_has_its_own_folder(tmp_path):
    assert tour.media_folder(tmp_path / "index.html").name == "media"
    assert tour.media_folder(tmp_path / "mine.html").name == "mine-media"


def test_players_are_equally_loud_and_never_clip(tmp_path):
    click = np.zeros(RATE)
    click[100] = 1.0
    players = [Player("1", tone(gain=0.01)), Player("2", tone(gain=0.9))]
    players.append(Player("3", sounds.Sound("a click", click, RATE)))
    clips = media.write_players(players, tmp_path)
    written = [soundfile.read(tmp_path / clip.path.split("/")[1])[0] for clip in clips]
    assert max(abs(x).max() for x in written) <= media.PEAK + 1e-3
    first, second = (media.loudness(x) for x in written[:2])
    assert first == pytest.approx(second, rel=1e-2)


def test_parts_of_a_whole_keep_their_levels():
    parts = [tone(gain=0.01).x, tone(gain=0.9).x]
    quiet, loud = media.gains(parts, same_loudness=False)
    assert quiet == loud


def test_equal_sounds_share_a_file(tmp_path):
    first = media.write_players([Player("before", tone())], tmp_path)
    second = media.write_players([Player("again", tone())], tmp_path)
    assert first[0].path == second[0].path


def test_pictures_have_the_colour_of_their_card():
    style = (page.HERE / "style.css").read_text()
    for colour in pictures.PAPER.values():
        assert f"--card: {colour};" in style


def test_silence_stays_silence():
    assert np.isfinite(media.gains([np.zeros(100)], same_loudness=True)).all()


@pytest.mark.parametrize("rate", [4000, 11025, 96000])
def test_players_have_a_rate_that_browsers_play(rate):
    y, playable = media.playable(0.5 * np.ones((2, rate)), rate)
    assert playable in media.PLAYABLE
    assert y.shape == (2, playable)


def test_an_outcome_keeps_the_reason(chapter):
    outcome = run(chapter.systems[1], None)
    assert outcome.result is None
    assert "rate must be <positive>" in outcome.error


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
@pytest.mark.parametrize("channels", [1, 2, 5])
def test_recordings_of_all_kinds_are_read(tmp_path, suffix, channels):
    if suffix == "mp3" and channels > 2:
        channels = 2
    path = tmp_path / f"voice.{suffix}"
    x = np.stack([tone(seconds=1.0).x] * channels, axis=-1)
    soundfile.write(path, x, RATE)
    material = recording.load(path)
    assert material.own and material.music.sample_rate == RATE
    assert material.music.x.ndim == (2 if channels == 2 else 1)
    assert material.voice.x.ndim == 1
    assert "voice" in material.about


def test_of_a_long_recording_the_loudest_part_is_taken(tmp_path):
    x = 0.01 * tone(seconds=40.0).x
    x[20 * RATE : 30 * RATE] *= 50.0
    soundfile.write(tmp_path / "long.wav", x, RATE)
    material = recording.load(tmp_path / "long.wav")
    assert material.music.duration == recording.EXCERPT
    assert "from 0:20.0 to 0:30.0" in material.about


@pytest.mark.parametrize(
    "name, x, rate, reason",
    [
        ("short.wav", 0.1 * np.ones(100), RATE, "holds 0.01 s of sound"),
        ("silent.wav", np.zeros(RATE), RATE, "nothing but silence"),
        ("slow.wav", 0.1 * np.ones(2000), 1000, "1000 samples a second"),
    ],
)
def test_a_recording_that_does_not_serve_gets_one_line(
    tmp_path, capsys, name, x, rate, reason
):
    path = tmp_path / name
    soundfile.write(path, x, rate)
    assert tour.main(["--input", str(path), "--output", str(tmp_path / "p.html")]) == 2
    said = capsys.readouterr().err
    assert reason in said and name in said
    assert said.count("\n") == 1


def test_a_file_that_is_no_sound_gets_one_line(tmp_path, capsys):
    path = tmp_path / "notes.txt"
    path.write_text("not a sound")
    for given in (path, tmp_path / "none.wav", tmp_path):
        assert tour.main(["--input", str(given)]) == 2
        said = capsys.readouterr().err
        assert str(given) in said and said.count("\n") == 1


def test_the_phrase_does_not_clip_and_can_be_replayed():
    material = sounds.rendered()
    for sound in (material.music, material.melody, material.voice):
        assert 0.1 < abs(sound.x).max() <= 1.0
        assert sound.ideal(2.0).shape[-1] == round(sound.x.shape[-1] / 2)


def test_pitch_keeps_formants_where_it_is_told_to():
    up = sounds.rendered().voice.sung_at(1.5)
    moved = sounds.rendered().voice.sung_at(1.5, keep_formants=False)
    assert up.shape == moved.shape == sounds.vowels(1.0).shape
    assert not np.allclose(up, moved)

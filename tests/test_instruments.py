"""Models as instruments: takes in tune, loops without a click, keyboards, fonts."""

import math
import shutil
import subprocess

import numpy as np
import pytest

from dsplab.analysis.pitch import yin
from dsplab.convert import hz_to_midi, midi_to_hz
from dsplab.formats.audio_files import read_audio
from dsplab.formats.midi import write_midi
from dsplab.formats.midi_notes import midi_of
from dsplab.formats.soundfont import NUMBERS, read_soundfont, write_soundfont
from dsplab.rendering import render_midi
from dsplab.synths.soundfont import play_note
from neural.__main__ import main
from neural.instruments import Instrument, fall_of_all, record
from neural.latents import straight
from neural.sampled import sound_font, with_drums

RATE, MODEL_RATE, SECONDS = 22050, 8000, 0.6
ASKED = []


def player(off=0.0, fall=0.0, wrong=()):
    """An instrument of three partials; its latent is the loudness of the third."""

    def notes(pitch, velocity, latent):
        ASKED.append((tuple(pitch), tuple(velocity), latent[:, 0]))
        t = np.arange(round(SECONDS * MODEL_RATE)) / MODEL_RATE
        strange = 7 * np.isin(pitch, wrong)
        f0 = midi_to_hz(pitch + off / 100 + strange)[:, None]
        level = 0.05 * np.minimum(t / 0.02, 1.0) * 10 ** (fall * t / 20)
        share = (1.0, 0.5, latent[:, :1])
        waves = (a * np.sin(2 * np.pi * (k + 1) * f0 * t) for k, a in enumerate(share))
        return level * sum(waves)

    def latent(word):
        return np.array([float(word)])

    return Instrument(notes, latent, straight, "0.3", (60, 72), MODEL_RATE, SECONDS)


def font_of(instrument, **options):
    takes = record(instrument, sample_rate=RATE, **options)
    return sound_font(takes, "three partials", sample_rate=RATE)


def pitch_of(x, sample_rate=RATE):
    """MIDI number of a sound's middle."""
    f0 = yin(x, sample_rate=sample_rate, f_max=2000.0).f0
    return float(hz_to_midi(np.nanmedian(f0)))


def test_takes_are_in_tune_and_equally_loud():
    takes = record(player(off=23.0), pitch=[60, 64.2, 64, 99], sample_rate=RATE)
    assert [take.pitch for take in takes] == [60, 64, 72]  # the nearest that it knows
    np.testing.assert_allclose([take.cents for take in takes], -23.0, atol=2.0)
    for take in takes:
        loud = np.sqrt((take.x[2000:4000] ** 2).mean())
        assert abs(loud - 0.2) < 0.01 and np.abs(take.x).max() < 0.98


def test_a_take_at_a_wrong_pitch_is_left_to_its_neighbours():
    options = {"pitch": [60, 62, 64], "sample_rate": RATE}
    takes = record(player(wrong=(62,)), **options)
    assert [take.pitch for take in takes] == [60, 64]
    everywhere = record(player(wrong=(60, 62, 64)), **options)
    assert len(everywhere) == 3 and all(math.isnan(take.cents) for take in everywhere)


def test_a_morph_lies_over_the_keyboard():
    instrument, wanted = player(), {"pitch": [60, 66, 72], "sample_rate": RATE}
    for sounds, options, expected in (
        (["0.0", "1.0"], {}, [0.0, 0.5, 1.0]),
        (["0.0", "1.0"], {"reach": (-0.5, 1.5)}, [-0.5, 0.5, 1.5]),
        (["0.0", "1.0"], {"keys": (60, 66)}, [0.0, 1.0, 2.0]),
        (["0.8"], {}, [0.8] * 3),
        ([], {}, [0.3] * 3),
    ):
        record(instrument, sounds=sounds, **options, **wanted)
        assert ASKED[-1][0] == (60, 66, 72)
        np.testing.assert_allclose(ASKED[-1][2], expected, atol=1e-6)


@pytest.mark.parametrize("fall", [0.0, -20.0])
def test_loops_do_not_click(fall):
    (take,) = record(player(fall=fall), pitch=[64], sample_rate=RATE)
    start, end = take.loop
    assert end - start >= 0.1 * RATE and abs(take.fall_db - fall) < 1.0
    np.testing.assert_array_equal(take.x[end - 8 : end], take.x[start - 8 : start])
    np.testing.assert_array_equal(take.x[end:], take.x[start : start + 8])
    long = np.concatenate([take.x[:end], *[take.x[start:end]] * 4])
    bends = np.abs(np.diff(long, 2))[1000:]
    before = np.abs(np.diff(take.x[:start], 2))[1000:]
    assert bends.max() < 1.05 * before.max()


def test_a_stroke_is_not_looped():
    takes = record(player(fall=-90.0), pitch=[60, 64], sample_rate=RATE)
    assert all(take.loop is None and take.x[-1] == 0.0 for take in takes)
    assert fall_of_all(takes) == 0.0


def test_every_key_plays_at_its_pitch():
    font = font_of(player(off=-30.0), pitch=[60, 66, 72])
    keys = NUMBERS["key_range"]
    ranges = [zone.generators[keys] for zone in font.instruments[0].zones]
    assert ranges == [(0, 63), (64, 69), (70, 127)]
    options = {"sound_font": font, "reverb": False, "chorus": False}
    for key in (55, 60, 63, 66, 71, 75):
        y = play_note(key, 2.0, RATE, **options)[0]
        assert abs(pitch_of(y[RATE : 2 * RATE]) - key) < 0.04, key
        first, last = (
            np.abs(y[round(a * RATE) : round(b * RATE)]).max()
            for a, b in ((0.1, 0.4), (1.6, 1.9))
        )
        assert 0.02 < first < 1.0 and 0.8 < last / first < 1.2


def test_what_falls_goes_on_falling():
    font = font_of(player(fall=-20.0), pitch=[60, 66])
    y = play_note(60, 2.0, RATE, sound_font=font, reverb=False, chorus=False)[0]
    early, late = (np.sqrt((y[n : n + 2205] ** 2).mean()) for n in (11025, 33075))
    assert abs(20 * np.log10(late / early) + 20.0) < 2.0


@pytest.mark.skipif(shutil.which("fluidsynth") is None, reason="no FluidSynth here")
def test_another_player_opens_it(tmp_path):
    font, song, out = (tmp_path / name for name in ("a.sf2", "a.mid", "a.wav"))
    write_soundfont(font, font_of(player(off=15.0), pitch=[60, 66, 72]))
    assert len(read_soundfont(font).samples) == 3
    write_midi(song, midi_of([(0.0, 1.5, 62), (2.0, 1.5, 70)]))
    command = ["fluidsynth", "-ni", "-R", "0", "-C", "0", "-r", str(RATE), "-F"]
    done = subprocess.run([*command, str(out), str(font), str(song)], check=True)
    assert done.returncode == 0
    y = read_audio(out)[0][0]
    for begin, key in ((0.7, 62), (2.7, 70)):
        heard = y[round(begin * RATE) :][: round(0.7 * RATE)]
        assert np.abs(heard).max() > 0.01
        assert abs(pitch_of(heard) - key) < 0.04


def test_drums_are_those_of_the_bank():
    font = with_drums(font_of(player(), pitch=[60]))
    assert [preset.bank for preset in font.presets] == [0, 128]
    hits = midi_of([(0.0, 0.2, 38)])
    on_drums = [event._replace(channel=9) for event in hits.events]
    options = {"sound_font": font, "reverb": False, "chorus": False}
    y = render_midi(hits._replace(events=on_drums), RATE, **options)
    z = render_midi(hits._replace(events=on_drums), RATE, reverb=False, chorus=False)
    np.testing.assert_array_equal(y, z)
    assert np.abs(y).max() > 0.01


def test_wrong_arguments():
    instrument = player()
    for options, message in (
        ({"sounds": ["0", "1", "2"]}, "sounds must be one or two, got 3"),
        ({"reach": (0.0,)}, "reach must be two numbers"),
        ({"pitch": []}, "pitch must be at least one MIDI number"),
        ({"pitch": [np.nan]}, "pitch must be finite"),
        ({"sample_rate": 44100.5}, "sample_rate must be an integer"),
    ):
        with pytest.raises(ValueError, match=message):
            record(instrument, **options)
    with pytest.raises(ValueError, match="takes must be at least one"):
        sound_font([], "nothing", sample_rate=RATE)


@pytest.fixture
def song(tmp_path):
    path = tmp_path / "song.mid"
    write_midi(path, midi_of([(0.0, 0.8, 60), (0.4, 0.6, 67)]))
    return path


def test_the_commands(song, tmp_path, capsys):
    out, font = tmp_path / "song.flac", tmp_path / "morph.sf2"
    timbre = ["--sounds", "1", "4", "--sample-rate", "16000"]
    assert main(["play", "gansynth", str(song), str(out), *timbre]) == 0
    y, sample_rate = read_audio(out)
    assert sample_rate == 16000 and y.shape[0] == 2 and 0.02 < np.abs(y).max() < 1.0
    assert y.shape[1] > 16000
    pitches = ["--pitches", "60", "67", "7"]
    assert main(["export", "gansynth", str(font), *timbre, *pitches]) == 0
    assert "morph.sf2: " in capsys.readouterr().out
    assert {s.root for s in read_soundfont(font).samples} <= {60, 67}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["play", "nothing", "SONG", "OUT"], "model must be one of wavenet, "),
        (["play", "wavenet", "SONG", "OUT"], "wavenet is no instrument"),
        (["play", "gansynth", "none.mid", "OUT"], "none.mid"),
        (["play", "gansynth", "SONG", "OUT", "--sounds", "flute"], "must be seeds"),
        (["play", "gansynth", "SONG", "OUT", "--gain", "-1"], "gain must be"),
        (["export", "gansynth", "OUT", "--pitches", "50", "70", "2"], "within 60 and"),
        (["export", "gansynth", "OUT", "--sample-rate", "0"], "sample_rate must be"),
    ],
)
def test_mistakes_get_one_line(arguments, message, song, tmp_path, capsys):
    out = tmp_path / "out.wav"
    named = {"SONG": str(song), "OUT": str(out)}
    assert main([named.get(word, word) for word in arguments]) == 1
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["song.mid"]

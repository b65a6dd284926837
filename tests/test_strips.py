"""Channels on synthesizers: General MIDI's laws, bends, drums, blocks of any length."""

import types
from functools import partial

import numpy as np
import pytest

from dsplab.formats.midi import Event, MidiFile
from dsplab.rendering.strips import LONGEST_NOTE, _Kept, as_engine, strip_blocks
from dsplab.synths import additive, drum_kits, fm, granular, subtractive

RATE, GAIN = 8000, 0.2
DRY = {"reverb": False, "chorus": False, "gain": GAIN}


def on(time, key=69, channel=0, velocity=100):
    return Event(time, "note_on", channel, key, velocity)


def off(time, key=69, channel=0):
    return Event(time, "note_off", channel, key, 64)


def control(time, number, value, channel=0):
    return Event(time, "control", channel, number, value)


def strip(*events, engine="additive:organ", duration=0.5, **options):
    midi = MidiFile(sorted(events, key=lambda e: e.time), duration=duration)
    chosen = as_engine(engine)
    blocks = strip_blocks(midi, lambda *_: chosen, RATE, **DRY | options)
    return np.concatenate(list(blocks), axis=-1)


def organ(duration=0.2, pitch=69.0, **options):
    return additive.play([(0.0, duration, pitch)], RATE, patch="organ", **options)


LOUD = (100 / 127) ** 2 * GAIN  # General MIDI's volume at first
MIDDLE = np.sqrt(0.5)


def test_a_note_is_what_the_engine_plays():
    y = strip(on(0.1), off(0.3))
    n = round(0.1 * RATE)
    assert not y[:, :n].any() and y.dtype == np.float32
    np.testing.assert_allclose(y[:, n:], 2 * [LOUD * MIDDLE * organ()], atol=1e-7)


@pytest.mark.parametrize("number", [7, 11])
def test_volume_and_expression(number):
    y = strip(control(0.0, number, 64), on(0.1), off(0.3))
    first = {7: 100, 11: 127}[number]
    np.testing.assert_allclose(
        y, (64 / first) ** 2 * strip(on(0.1), off(0.3)), atol=2e-5
    )


@pytest.mark.parametrize(
    "value, left, right", [(0, 1, 0), (127, 0, 1), (64, MIDDLE, MIDDLE)]
)
def test_pan(value, left, right):
    y = strip(control(0.0, 10, value), on(0.3), off(0.5))[:, round(0.3 * RATE) :]
    np.testing.assert_allclose(y, LOUD * np.outer([left, right], organ()), atol=1e-6)


def test_controllers_move_without_steps():
    y = strip(on(0.0, 57), control(0.2, 7, 0), off(0.5, 57))
    steady = strip(on(0.0, 57), off(0.5, 57))
    n = np.arange(y.shape[-1]) - round(0.2 * RATE)
    share = np.where(n < 0, 1.0, np.exp(-(np.maximum(n, 0) + 1) / (0.01 * RATE)))
    np.testing.assert_allclose(y, share**2 * steady, atol=1e-6)


def test_the_wheel_bends_as_its_range_says():
    wide = [control(0.0, 101, 0), control(0.0, 100, 0), control(0.0, 6, 12)]
    bent = Event(0.01, "pitch_bend", 0, 0, 8191)
    y = strip(*wide, bent, on(0.3), off(0.5))[0, round(0.3 * RATE) :]
    expected = LOUD * MIDDLE * organ(bend=np.full(1, 12.0))
    np.testing.assert_allclose(y, expected, atol=1e-6)


def test_a_wheel_that_moves_is_heard():
    moves = [Event(0.1, "pitch_bend", 0, 0, 4096)]
    y = strip(on(0.0), *moves, off(0.2))[0]
    n = np.arange(organ().size)
    held = np.maximum(n - round(0.1 * RATE) + 1, 0)
    bend = 2 * 4096 / 8191 * (1.0 - np.exp(-held / (0.01 * RATE)))
    np.testing.assert_allclose(y, LOUD * MIDDLE * organ(bend=bend), atol=1e-6)


def test_the_modulation_wheel_is_vibrato():
    y = strip(control(0.0, 1, 127), on(0.3), off(0.5))[0, round(0.3 * RATE) :]
    t = 0.3 + np.arange(organ().size) / RATE
    bend = 0.5 * np.sin(2 * np.pi * 5 * t)
    np.testing.assert_allclose(y, LOUD * MIDDLE * organ(bend=bend), atol=1e-5)


def test_the_pedal_holds():
    y = strip(control(0.0, 64, 127), on(0.0), off(0.05), control(0.2, 64, 0))
    np.testing.assert_allclose(y[0], LOUD * MIDDLE * organ(), atol=1e-7)


def test_blocks_of_any_length_are_the_same_sound():
    events = [on(0.02 * k, 60 + k) for k in range(9)] + [
        off(0.4, 60 + k) for k in range(9)
    ]
    events += [control(0.03 * k, 7, 90 - 9 * k) for k in range(10)]
    events += [control(0.0, 93, 90), Event(0.1, "pitch_bend", 0, 0, 3000)]
    whole = strip(*events, reverb=True)
    np.testing.assert_allclose(
        strip(*events, block_length=301, reverb=True), whole, atol=1e-6
    )


def test_sound_in_two_channels_keeps_its_width():
    y = strip(on(0.0), off(0.2), engine="granular:cloud")
    expected = granular.play([(0.0, 0.2, 69)], RATE, patch="cloud", rng=0)
    np.testing.assert_allclose(y, LOUD * expected, atol=1e-6)


def test_the_room_is_there_on_wish():
    dry, wet = (strip(on(0.0), off(0.1), reverb=reverb) for reverb in (False, True))
    assert wet.shape[-1] > dry.shape[-1] + RATE // 2
    louder = strip(control(0.0, 91, 127), on(0.0), off(0.1), reverb=True)
    n = dry.shape[-1]
    ratio = np.sqrt(np.mean(louder[:, n:] ** 2) / np.mean(wet[:, n:] ** 2))
    assert ratio == pytest.approx(127 / 40, rel=1e-3)


def test_a_key_held_for_ever_is_let_go():
    long = strip(on(0.0), duration=1e6, engine="fm")
    assert LONGEST_NOTE <= long.shape[-1] / RATE < LONGEST_NOTE + 2


def counting(made):
    """An engine of beeps that says what it makes."""

    def play(notes, sample_rate, *, patch, bend=None):
        made.append(notes[0].pitch)
        return np.ones(round(notes[0].duration * sample_rate))

    presets = {"beep": fm.PRESETS["bell"]}
    return types.SimpleNamespace(play=play, PRESETS=presets, tail=lambda patch: 0.0)


def test_notes_that_come_again_are_made_once():
    made = []
    events = [on(0.1 * k, 60 + k % 2) for k in range(8)]
    events += [off(0.1 * k + 0.05, 60 + k % 2) for k in range(8)]
    y = strip(*events, engine=(counting(made), "beep"))
    assert made == [60, 61] and y.shape[-1] == round(0.75 * RATE)
    bent = Event(0.45, "pitch_bend", 0, 0, 100)
    strip(*events, bent, engine=(counting(made), "beep"))
    assert len(made) == 2 + 2 + 3  # those after the bend


def test_sounds_are_kept_as_long_as_there_is_room():
    made, kept = [], _Kept(room=3 * 80)

    def sound(key):
        made.append(key)
        return np.zeros(100 if key == "long" else 10)

    for key in ("a", "b", "c", "a", "d", "b", "a", "long", "a"):
        kept(key, partial(sound, key))
    # d drives b out, as a came again; b drives out c; what is too long drives out all
    assert made == ["a", "b", "c", "d", "b", "long", "a"]


def drums(*keys, kit="808"):
    events = [on(0.1 * k, key, 9) for k, key in enumerate(keys)]
    return strip(*events, engine=f"drums:{kit}")


def test_drums_are_the_kit():
    notes = [(0.1 * k, 0.1, key, 100) for k, key in enumerate((36, 38, 46, 42, 46, 46))]
    expected = drum_kits.play(notes, RATE, kit="909", stereo=True)
    y = drums(36, 38, 46, 42, 46, 46, kit="909")
    np.testing.assert_allclose(y, LOUD * expected, atol=1e-6)


def test_drums_that_no_kit_has():
    np.testing.assert_array_equal(drums(35), drums(36))
    assert drums(27, 36).shape[-1] == drums(36).shape[-1] + round(0.1 * RATE)


def test_nothing_to_play():
    midi = MidiFile([on(0.0), off(0.1)], duration=0.1)
    assert not list(strip_blocks(midi, lambda *_: None, RATE, **DRY))


def test_engines_by_name():
    assert as_engine("fm").patch == "electric piano"
    assert as_engine("subtractive: strings").module is subtractive
    assert as_engine("drums").patch == "808"
    patch = fm.PRESETS["bell"]
    assert as_engine((fm, patch)).patch is patch


@pytest.mark.parametrize(
    "spec, reason",
    [
        ("kazoo", "there is no engine 'kazoo'; there are additive"),
        ("fm:kazoo", "fm has no preset 'kazoo'; it has electric piano"),
        ("drums:kazoo", "drums has no preset 'kazoo'; it has 808"),
        (3, "an engine must be"),
    ],
)
def test_no_engine(spec, reason):
    with pytest.raises(ValueError, match=reason):
        as_engine(spec)

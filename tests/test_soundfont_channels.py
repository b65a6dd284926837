"""What channels do to notes: wheels, pedals, pressure, registered numbers, drums."""

import numpy as np
import pytest

from dsplab.formats.midi import Event
from dsplab.formats.soundfont import (
    Instrument,
    Modulator,
    Preset,
    Sample,
    SoundFont,
    Zone,
)
from dsplab.synths.soundfont import envelopes, play_events, play_note, regions
from dsplab.synths.soundfont import generators as g
from dsplab.synths.soundfont.player import CHORUS, REVERB, Player

RATE = 44100
DRY = {"reverb": False, "chorus": False}
RELEASE = g.VOL_ENV + 5
CYCLE = np.round(16000 * np.sin(2 * np.pi * np.arange(44100) / 100)).astype(np.int16)


def bank(*zones, modulators=(), root=69):
    """A sine of 441 Hz at key 69, played by zones of generators."""
    inner = tuple(Zone({54: 1} | zone, modulators, 0) for zone in zones or ({},))
    sample = Sample("a", CYCLE, None, RATE, (0, len(CYCLE)), root)
    outer = (Zone({}, (), 0),)
    presets, instruments = (Preset("p", 0, 0, outer),), (Instrument("i", inner),)
    return SoundFont({}, presets, instruments, (sample,))


def control(*pairs, at=0.0):
    return [Event(at, "control", 0, *pair) for pair in pairs]


def bend(value, at=0.0):
    return [Event(at, "pitch_bend", 0, 0, value)]


def strike(held=0.5, key=69, at=0.0, channel=0):
    return [
        Event(at, "note_on", channel, key, 100),
        Event(at + held, "note_off", channel, key, 64),
    ]


def play(*parts, sound_font=None, **options):
    events = sorted((e for part in parts for e in part), key=lambda e: e.time)
    y = play_events(events, RATE, sound_font=sound_font or bank(), **(DRY | options))
    return y.astype(float)


def level(y, start, stop):
    x = y[..., round(start * RATE) : round(stop * RATE)]
    return 10.0 * np.log10(np.sum(x**2) / max(x.size, 1) + 1e-20)


def cents(y, seconds, span=0.02):
    """Pitch above 441 Hz around a time, from where the sine passes zero."""
    x = y[0, round((seconds - span) * RATE) : round((seconds + span) * RATE)]
    k = np.flatnonzero((x[:-1] < 0) & (x[1:] >= 0))
    where = k - x[k] / (x[k + 1] - x[k])
    frequency = (len(where) - 1) / (where[-1] - where[0]) * RATE
    return 1200.0 * np.log2(frequency / 441.0)


def spread(y):
    """From the lowest pitch to the highest, of a slow vibrato."""
    track = [cents(y, s, span=0.004) for s in np.arange(0.1, 0.9, 0.004)]
    return max(track) - min(track)


def test_ends_of_ranges_belong_to_them():
    (region,) = regions.regions_of(bank({43: (40, 80), 44: (20, 99)}), 0)
    inside = [(40, 20), (80, 99), (40, 99), (80, 20)]
    assert all(region.holds(*at) for at in inside)
    outside = [(39, 50), (81, 50), (60, 19), (60, 100)]
    assert not any(region.holds(*at) for at in outside)


def test_presets_stand_in_for_others():
    places = {(0, 0): 0, (0, 40): 1, (128, 0): 2, (128, 8): 3, (8, 3): 4}
    wanted = {(8, 3): 4, (8, 40): 1, (8, 41): 0, (0, 7): 0}
    assert {k: regions.find_preset(places, *k) for k in wanted} == wanted
    drums = {(128, 8): 3, (129, 8): 3, (128, 9): 2}
    assert {k: regions.find_preset(places, *k, drums=True) for k in drums} == drums
    assert regions.find_preset({}, 0, 0) is None


def test_of_two_presets_in_one_place_the_first_plays():
    one = bank({g.COARSE_TUNE: 0})
    both = one._replace(
        presets=(*one.presets, Preset("q", 0, 0, (Zone({52: 50}, (), 0),)))
    )
    assert abs(cents(play(strike(), sound_font=both), 0.3)) < 0.05


@pytest.mark.parametrize("bank_number", [0, 3])
def test_drums_play_the_bank_of_drums(bank_number):
    drums = Preset("drums", 0, 128, (Zone({g.COARSE_TUNE: 12}, (), 0),))
    both = bank()._replace(presets=(bank().presets[0], drums))
    bank_select = [Event(0.0, "control", 9, 0, bank_number)]
    chosen = [*bank_select, Event(0.0, "program", 9, 0, 0)]
    y = play(chosen, strike(channel=9), sound_font=both)
    assert abs(cents(y, 0.3) - 1200.0) < 0.05
    y = play_note(69, 0.5, RATE, sound_font=both, bank=128, **DRY).astype(float)
    assert abs(cents(y, 0.3) - 1200.0) < 0.05


def test_channels_begin_as_general_midi_says():
    said = control((7, 100), (10, 64), (11, 127), (1, 0), (8, 64), (101, 0), (100, 0))
    y = play(said, control((6, 2), (38, 0)), bend(4000), strike())
    assert np.array_equal(y, play(bend(4000), strike()))
    fine = Modulator(0x80 | 43, g.COARSE_TUNE, 12, 0, 0)  # the lower half of 11
    y = play(strike(), sound_font=bank(modulators=(fine,)))
    assert abs(cents(y, 0.3) - 1200.0 * 127 / 128) < 0.1


def test_shortest_release_makes_no_click():
    """96 dB in a 64th of a second."""
    y = play(strike(held=0.5))
    fall = level(y, 0.5065, 0.509) - level(y, 0.3, 0.45)
    assert -60.0 < fall < -35.0
    assert level(y, 0.525, 0.6) < -100.0


def test_a_note_of_no_length_sounds_for_ten_milliseconds():
    y = play(strike(held=0.001))
    assert level(y, 0.004, 0.01) > -40.0
    assert level(y, 0.03, 0.1) < -100.0


def test_times_have_limits():
    values = list(g.DEFAULTS)

    def timing(stage, timecents):
        now = values.copy()
        now[g.VOL_ENV + stage] = timecents
        return envelopes.envelope(now, g.VOL_ENV, 60, RATE)

    for stage, longest in ((0, 5000), (1, 8000), (2, 5000), (3, 8000), (5, 8000)):
        assert timing(stage, longest + 100) == timing(stage, longest)
        assert timing(stage, longest - 100) != timing(stage, longest)
        assert timing(stage, -32768) == timing(stage, -12000)


def test_the_modulation_envelope_releases_in_its_time():
    """All of an octave in two seconds: half of it after one."""
    zone = {g.MOD_ENV_TO_PITCH: 1200, g.MOD_ENV + 5: 1200, RELEASE: 4000}
    y = play(strike(held=0.3), sound_font=bank(zone))
    assert abs(cents(y, 0.2) - 1200.0) < 0.1
    assert abs(cents(y, 1.3) - 600.0) < 8.0
    assert abs(cents(y, 2.5)) < 0.1


@pytest.mark.parametrize("kind", ["wheel", "pressure", "key pressure"])
def test_vibrato_is_as_deep_as_asked(kind):
    """50 cents each way at full, of which the wheel's steps leave 127 / 128."""
    press = Modulator(10, g.VIB_LFO_TO_PITCH, 50, 0, 0)
    events = {
        "wheel": control((1, 127)),
        "pressure": [Event(0.0, "channel_pressure", 0, 0, 127)],
        "key pressure": [Event(0.0, "key_pressure", 0, 69, 127)],
    }[kind]
    slow = bank({24: -2400}, modulators=(press,))
    y = play(events, strike(held=1.0), sound_font=slow)
    assert abs(spread(y) - 100.0 * 127 / 128) < 2.0


def test_the_range_of_the_wheel_can_be_chosen():
    wide = control((101, 0), (100, 5), (6, 2), (38, 64))  # 2.5 semitones, not 0.5
    y = play(wide, control((1, 127)), strike(held=1.0), sound_font=bank({24: -2400}))
    assert abs(spread(y) - 500.0 * 127 / 128) < 8.0


def test_sends_are_a_fifth_at_most():
    """64 of 128 ways to 200 tenths of a per cent."""
    for controller, row in ((91, REVERB), (93, CHORUS)):
        player = Player(bank(), RATE)
        for event in control((controller, 64)) + strike()[:1]:
            player.play(event, 0)
        y = player.mix(0, 8192)
        straight = np.hypot(y[0], y[1])
        assert np.allclose(np.abs(y[row]), 0.1 * straight, atol=1e-6)
        assert not y[REVERB + CHORUS - row].any()


def test_balance_takes_away_from_one_side():
    plain = play(strike())
    for value, side, away in ((96, 0, 64), (32, 1, 64)):
        y = play(control((8, value)), strike())
        other = 1 - side
        assert abs(level(y[other], 0.1, 0.4) - level(plain[other], 0.1, 0.4)) < 1e-6
        db = 40.0 * np.log10(1.0 - away / 127.0)
        got = level(y[side], 0.1, 0.4) - level(plain[side], 0.1, 0.4)
        assert abs(got - db) < 0.02


def test_the_range_of_bends_counts_cents_and_reaches_notes_that_sound():
    half = control((101, 0), (100, 0), (6, 1), (38, 50))
    y = play(half, bend(8191), strike())
    assert abs(cents(y, 0.3) - 150.0) < 0.1
    late = control((101, 0), (100, 0), (6, 12), at=0.4)
    y = play(bend(8191), late, strike(held=0.8))
    assert abs(cents(y, 0.3) - 200.0) < 0.1 and abs(cents(y, 0.6) - 1200.0) < 0.3


def test_tuning_reaches_notes_that_sound():
    late = control((101, 0), (100, 1), (6, 96), (38, 0), at=0.3)
    y = play(late, strike(held=0.8))
    assert abs(cents(y, 0.2)) < 0.05 and abs(cents(y, 0.6) - 50.0) < 0.1


def test_unregistered_numbers_have_the_units_of_their_generators():
    def number(high, *lows):
        return control((99, 120), *((98, low) for low in lows), (38, 0), (6, high))

    y = play(number(64 + 8, 52), strike())  # fine tuning: by one
    assert abs(cents(y, 0.3) - 1024.0) < 0.05
    delay = control((99, 120), (98, 33), (38, 0), (6, 64 + 47))  # delay: by two
    y = play(delay, strike(held=2.0))
    begin = np.flatnonzero(np.abs(y[0]) > 1e-4)[0] / RATE
    assert abs(begin - 2.0 ** ((2 * 47 * 128 - 12000) / 1200)) < 0.003
    y = play(number(64 + 8, 26, 26), strike())  # two parts of 52
    assert abs(cents(y, 0.3) - 1024.0) < 0.05
    y = play(number(64 + 8, 100, 52), strike())  # 152: no generator
    assert abs(cents(y, 0.3)) < 0.05


def test_a_tuned_channel_chooses_the_samples_that_suit():
    low, high = {43: (0, 71)}, {43: (72, 127), g.COARSE_TUNE: 12}
    up = control((101, 0), (100, 2), (6, 64 + 4))
    y = play(up, strike(), sound_font=bank(low, high))
    assert abs(cents(y, 0.3) - 1600.0) < 0.05


def test_a_reset_undoes_wheels_tunings_and_pedals():
    moved = control((64, 127), (1, 127), (101, 0), (100, 2), (6, 67))
    reset = control((121, 0), at=0.4)
    y = play(moved, bend(8191), reset, strike(held=1.0))
    assert abs(cents(y, 0.2) - 500.0) < 60.0
    assert abs(cents(y, 0.7)) < 0.1
    held = play(control((64, 127)), strike(held=0.2), control((121, 0), at=0.5))
    assert level(held, 0.3, 0.45) > -40.0 and level(held, 0.6, 0.9) < -100.0


@pytest.mark.parametrize("pedal", [64, 66])
def test_pedals_are_down_from_64_on(pedal):
    for value, down in ((63, False), (64, True)):
        press = control((pedal, value), at=0.1)
        y = play(press, strike(held=0.3), control((pedal, 0), at=0.8))
        assert (level(y, 0.5, 0.7) > -40.0) == down


def test_sostenuto_holds_only_what_was_down():
    press, lift = control((66, 127), at=0.2), control((66, 0), at=0.9)
    y = play(press, lift, strike(held=0.1, at=0.3))
    assert level(y, 0.5, 0.8) < -100.0


def test_choked_sounds_fade_in_a_third_of_a_second():
    """2^(-2000 / 1200) s for 96 dB; layers of one stroke leave each other alone."""
    hat = {g.EXCLUSIVE_CLASS: 1, RELEASE: 1200}
    silent = hat | {44: (1, 64), g.ATTENUATION: 3600}
    quiet = [Event(0.5, "note_on", 0, 81, 10), Event(0.6, "note_off", 0, 81, 64)]
    y = play(strike(held=2.0), quiet, sound_font=bank(hat | {44: (65, 127)}, silent))
    fall = level(y, 0.59, 0.61) - level(y, 0.3, 0.45)
    assert abs(fall + 96.0 * 0.1 / 2.0 ** (-2000 / 1200)) < 2.0
    layers = play(strike(), sound_font=bank(hat, hat))
    single = play(strike(), sound_font=bank(hat))
    assert np.allclose(layers[:, :20000], 2.0 * single[:, :20000], atol=1e-6)


def test_pan_goes_no_further_than_the_side():
    far = bank({17: 500}, modulators=(Modulator(0x28A, 17, 1000, 0, 0),))
    y = play(control((10, 127)), strike(), sound_font=far)
    alone = play(strike(), sound_font=bank({17: 500}))
    assert np.allclose(y, alone, atol=1e-9)


def test_what_would_rise_too_high_is_silent_while_the_pitch_moves():
    """Partials from 15.5 to 21.3 kHz, a fifth and more up, with vibrato."""
    t = np.arange(3 * RATE) / RATE
    hertz = np.arange(15500, 21500, 440)
    x = sum(np.sin(2 * np.pi * f * t + f) for f in hertz)
    x *= np.minimum(np.minimum(20.0 * t, 1.0), 20.0 * (3.0 - t))  # no clicks
    whole = np.round(2.0**22 * x / np.abs(x).max()).astype(int)  # 24 bits
    pcm, low = (whole >> 8).astype(np.int16), (whole & 255).astype(np.uint8)
    one = bank({54: 0, g.VIB_LFO_TO_PITCH: 50, 24: -840})
    one = one._replace(samples=(Sample("a", pcm, low, RATE, (0, 0), 69),))
    plain = play(strike(), sound_font=one)
    for key in (76, 81, 88):
        y = play(strike(key=key), sound_font=one)
        assert level(y, 0.1, 0.4) < level(plain, 0.1, 0.4) - 80.0

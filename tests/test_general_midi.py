"""The shipped General MIDI bank: whole, in tune, balanced, without a click."""

import functools

import numpy as np
import pytest

from data_scripts.general_midi.bank import GUARD, LOUDNESS_DB, loudness_db, make_bank
from data_scripts.general_midi.percussion import ENDLESS, PERCUSSION
from data_scripts.general_midi.programs import PROGRAMS
from data_scripts.general_midi.sounds import SOUNDS
from data_scripts.general_midi.takes import fit_loop, section, with_loop
from data_scripts.make_general_midi import main
from dsplab.banks import general_midi
from dsplab.convert import midi_to_hz
from dsplab.formats.soundfont import NUMBERS, read_soundfont
from dsplab.synths.soundfont import play_note

RATE = 22050


@functools.cache
def bank():
    return read_soundfont(general_midi())


def loops():
    """(sample, its sound as numbers, sample and end of its loop)."""
    for sample in bank().samples:
        if sample.loop[1]:
            yield sample, sample.pcm.astype(float), *sample.loop


def zones(program, number):
    """Amounts of the zones of a preset's instrument."""
    (preset,) = [p for p in bank().presets if (p.program, p.bank) == (program, number)]
    instrument = bank().instruments[preset.zones[0].target]
    return [zone for zone in instrument.zones if zone.target is not None]


def note(key, held, program, **options):
    """A note without reverb and chorus, (2, n_samples)."""
    options = {"program": program, "reverb": False, "chorus": False} | options
    return play_note(key, held, RATE, sound_font=bank(), **options)


def test_all_programs_and_a_kit_are_there_and_the_file_is_small():
    places = {(preset.bank, preset.program) for preset in bank().presets}
    assert places == {(0, program) for program in range(128)} | {(128, 0)}
    assert len(PROGRAMS) == 128 and PROGRAMS[73].name == "Flute"
    assert (
        PROGRAMS[0].name == "Acoustic Grand Piano" and PROGRAMS[127].name == "Gunshot"
    )
    assert general_midi().stat().st_size <= 4_000_000


def test_every_key_sounds_and_no_two_takes_fight_for_it():
    key_range = NUMBERS["key_range"]
    for program, (_, layers) in enumerate(PROGRAMS):
        covered = np.zeros(128, dtype=int)
        for zone in zones(program, 0):
            low, high = zone.generators[key_range]
            covered[low : high + 1] += 1
        sides = sum(2 if layer.wide else 1 for layer in layers)
        assert (covered == sides).all(), PROGRAMS[program].name


def test_the_kit():
    number = NUMBERS
    pads = {
        zone.generators[number["key_range"]]: zone.generators for zone in zones(0, 128)
    }
    assert sorted(pads) == [(key, key) for key in range(35, 82)]
    classes = {
        key[0]: pad.get(number["exclusive_class"], 0) for key, pad in pads.items()
    }
    assert classes[42] == classes[44] == classes[46] > 0 == classes[38]
    assert classes[80] == classes[81] > 0 and classes[78] == classes[79] > 0
    pans = np.array([pad.get(NUMBERS["pan"], 0) for pad in pads.values()])
    assert (pans > 100).sum() > 8 and (pans < -100).sum() > 8
    assert abs(pads[36, 36].get(NUMBERS["pan"], 0)) == 0


def test_loops_go_on_as_they_begin():
    for sample, x, begin, end in loops():
        np.testing.assert_array_equal(x[end : end + GUARD], x[begin : begin + GUARD])
        np.testing.assert_array_equal(x[begin - GUARD : begin], x[end - GUARD : end])
        # the seam, and the place where the attack meets the loop, bend no more
        # sharply than the loop does anyway
        turns = np.diff(np.tile(x[begin:end], 3), 2)
        inside = np.abs(turns[: end - begin - 2]).max()
        seam = np.abs(turns[end - begin - 2 : end - begin]).max()
        assert seam <= 1.2 * inside + 3.0, sample.name
        if begin > 2 * GUARD:
            joint = np.abs(np.diff(x[begin - GUARD - 3 : begin - GUARD + 3], 2)).max()
            assert joint <= 1.5 * inside + 3.0, sample.name


def test_loops_are_in_tune():
    unpitched = PERCUSSION | ENDLESS
    for sample, x, begin, end in loops():
        if sample.name.rsplit(" ", 1)[0] in unpitched:
            continue
        f0, length = float(midi_to_hz(sample.root)), end - begin
        periods = round(length * f0 / sample.sample_rate)
        sounds = periods * sample.sample_rate / length
        assert abs(1200 * np.log2(sounds / f0)) < 0.1, sample.name
        # and it does have that many: between its partials there is nothing
        power = np.abs(np.fft.rfft(x[begin:end])) ** 2
        sound = SOUNDS[sample.name.rsplit(" ", 1)[0]]
        if sound.ratios is None and not sound.breath and sound.spread_cents is None:
            between = power[1:].sum() - power[periods::periods].sum()
            assert between < 1e-5 * power[1:].sum(), sample.name


# bass, mallet, guitar, strings, brass, reed, flute, lead
@pytest.mark.parametrize("program", [11, 16, 24, 33, 56, 71, 80])
def test_notes_are_in_tune_at_every_key(program):
    f0 = float(midi_to_hz(57))
    for key in (38, 57, 66, 83):
        f0 = float(midi_to_hz(key))
        y = play_note(
            key,
            0.36,
            RATE,
            sound_font=bank(),
            program=program,
            reverb=False,
            chorus=False,
        ).sum(axis=0)[1000:7600]  # before vibrato sets in
        n, window = np.arange(2200), np.hanning(2200)
        turns = [
            np.sum(window * y[k : k + 2200] * np.exp(-2j * np.pi * f0 * (n + k) / RATE))
            for k in range(0, 4400, 440)
        ]
        slip = np.angle(np.sum(np.array(turns[1:]) * np.conj(turns[:-1]))) / (2 * np.pi)
        assert abs(1200 * np.log2(1 + slip * RATE / 440 / f0)) < 1.0


def test_nothing_clips_and_takes_are_equally_loud():
    peaks = [np.abs(sample.pcm.astype(int)).max() for sample in bank().samples]
    assert max(peaks) <= 0.981 * 32767
    found = []
    for program in range(2, 114, 7):
        y = note(60, 0.5, program, gain=1.0)
        power = 10.0 ** (loudness_db(y[0], RATE) / 10.0)
        power += 10.0 ** (loudness_db(y[1], RATE) / 10.0)
        found.append(10.0 * np.log10(power))
    assert np.ptp(found) < 9.0 and np.std(found) < 2.5


def test_a_full_mix_does_not_clip():
    chords = [
        play_note(key, 0.4, RATE, sound_font=bank(), program=program, velocity=100)
        for program, key in ((0, 60), (0, 64), (0, 67), (48, 72), (33, 36), (56, 76))
    ]
    n = min(map(np.size, chords)) // 2
    assert np.abs(sum(y[:, :n] for y in chords)).max() < 0.9


def test_pianos_die_away_and_organs_do_not():
    level = {}
    for program in (0, 16):
        y = note(60, 1.6, program)
        parts = y[0, : int(1.5 * RATE)].reshape(15, -1)
        level[program] = 10 * np.log10((parts**2).mean(axis=1))
    assert level[0][14] < level[0][0] - 8.0
    assert abs(level[16][14] - level[16][3]) < 1.5


def test_velocity_makes_it_brighter():
    def bright(velocity):
        y = play_note(
            60,
            0.3,
            RATE,
            sound_font=bank(),
            program=56,
            velocity=velocity,
            reverb=False,
        )[0]
        power = np.abs(np.fft.rfft(y)) ** 2
        return power[len(power) // 8 :].sum() / power.sum()

    assert bright(120) > 3.0 * bright(30)


def test_a_loop_fits_its_pitch():
    rate, length, cycles = fit_loop(123.456, 22050, 0.02)
    assert abs(1200 * np.log2(cycles * rate / length / 123.456)) < 0.1
    assert length >= 0.02 * rate and abs(rate / 22050 - 1) < 0.01
    assert fit_loop(123.456, 22050, 0.1, multiple=12)[2] % 12 == 0


def test_a_loop_is_the_sound_that_it_continues():
    n = np.arange(12000)
    tone = sum(np.cos(2 * np.pi * 0.01 * k * n + k) / k for k in range(1, 9))
    multiples = 5 * np.arange(1, 40)
    loop = with_loop(tone, multiples, 500, 3000)
    np.testing.assert_allclose(loop, tone[3000:3500], atol=1e-3)
    white = 0.1 * np.random.default_rng(0).standard_normal(len(tone))
    noisy = with_loop(
        tone + white, 20 * multiples, 10000, 1000, breath=np.random.default_rng(1)
    )
    rest = noisy - with_loop(tone, 20 * multiples, 10000, 1000)
    assert abs(np.log2(rest.std() / white.std())) < 0.3


def test_a_section_has_the_spectrum_of_its_player():
    n = np.arange(20000)
    tone = np.sin(2 * np.pi * 0.01 * n) + 0.1 * np.sin(2 * np.pi * 0.03 * n)
    loop = section(tone, 100.0, 10000.0, 8000, 10.0, np.random.default_rng(0))
    power = np.abs(np.fft.rfft(loop)) ** 2
    first, third = power[60:100].sum(), power[200:280].sum()
    assert abs(10 * np.log10(first / third) - 20.0) < 0.5
    assert abs(loop.std() / tone.std() - 1.0) < 0.1


def test_the_command(tmp_path, capsys):
    target = tmp_path / "two.sf2"
    main(["--output", str(target), "--only", "80", "115", "--sizes"])
    assert "2 presets" in capsys.readouterr().out
    assert {p.program for p in read_soundfont(target).presets} == {80, 115}


@pytest.mark.slow
def test_the_script_makes_the_shipped_file():
    shipped = {sample.name: sample for sample in bank().samples}
    made = make_bank([0, 24, 48, 73, 98, 128])
    for sample in made.samples:
        there = shipped[sample.name]
        assert (sample.sample_rate, sample.loop, sample.root) == (
            there.sample_rate,
            there.loop,
            there.root,
        )
        difference = sample.pcm.astype(int) - there.pcm
        assert np.abs(difference).max() <= 2  # another FFT rounds otherwise
    assert LOUDNESS_DB < 0.0

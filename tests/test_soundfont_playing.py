"""What the SoundFont format asks of a player; where it is vague, what FluidSynth does.

The figures of the first tests were measured with FluidSynth 2.6 on banks like these.
"""

import tracemalloc

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
from dsplab.synths.soundfont import generators as g
from dsplab.synths.soundfont import play_events, play_note, stream

RATE = 44100
DRY = {"reverb": False, "chorus": False}
RELEASE, SUSTAIN = g.VOL_ENV + 5, g.VOL_ENV + 4


def sine(frequency=441.0, seconds=1.0, rate=RATE):
    """Whole cycles, so that it loops; int16."""
    n = round(round(frequency * seconds) * rate / frequency)
    cycles = np.arange(n) * round(frequency * seconds) / n
    return np.round(0.5 * 32767 * np.sin(2 * np.pi * cycles)).astype(np.int16)


def bank(*zones, pcm=None, preset=None, modulators=(), rate=RATE, **sample):
    """A bank with one preset: its zones are dictionaries of generators."""
    pcm = sine(rate=rate) if pcm is None else pcm
    options = {"loop": (0, len(pcm)), "root": 69} | sample
    samples = (Sample("a", pcm, None, rate, **options),)
    inner = tuple(
        Zone({g.SAMPLE_MODES: 1} | zone, modulators, 0) for zone in zones or ({},)
    )
    outer = (Zone(preset or {}, (), 0),)
    instruments = (Instrument("i", inner),)
    return SoundFont({}, (Preset("p", 0, 0, outer),), instruments, samples)


def note(sound_font, held=0.5, key=69, **options):
    """Both channels of a note, as float64."""
    y = play_note(key, held, RATE, sound_font=sound_font, **(DRY | options))
    return y.astype(float)


def level(y, start, stop, rate=RATE):
    """Level in dB between two times, in seconds."""
    x = y[..., round(start * rate) : round(stop * rate)]
    return 10.0 * np.log10(np.sum(np.float64(x) ** 2) / max(x.size, 1) + 1e-20)


def frequency_at(y, seconds, span=0.02):
    """Frequency of a sine around a time, from its crossings of zero."""
    first, last = (round((seconds + s) * RATE) for s in (-span, span))
    x = y[0, first:last]
    k = np.flatnonzero((x[:-1] < 0) & (x[1:] >= 0))
    where = k - x[k] / (x[k + 1] - x[k])
    return (len(where) - 1) / (where[-1] - where[0]) * RATE


def cents(y, seconds, reference=441.0):
    return 1200 * np.log2(frequency_at(y, seconds) / reference)


@pytest.mark.parametrize(("velocity", "db"), [(111, -2.3), (64, -11.9), (32, -23.9)])
def test_velocity_is_squared(velocity, db):
    loud, soft = (note(bank(), velocity=v) for v in (127, velocity))
    assert abs(level(soft, 0.1, 0.4) - level(loud, 0.1, 0.4) - db) < 0.05


@pytest.mark.parametrize("where", ["instrument", "preset"])
def test_attenuation_counts_for_four_tenths(where):
    zone = {g.ATTENUATION: 100}
    soft = bank(zone) if where == "instrument" else bank(preset=zone)
    ours = level(note(soft), 0.1, 0.4) - level(note(bank()), 0.1, 0.4)
    assert abs(ours + 4.0) < 0.01


@pytest.mark.parametrize(
    ("pan", "left", "right"),
    [(0, 0.7071, 0.7071), (250, 0.3827, 0.9239), (-500, 1.0, 0.0), (500, 0.0, 1.0)],
)
def test_pan_is_a_quarter_of_a_circle(pan, left, right):
    y = note(bank({g.PAN: pan}))
    middle = np.abs(note(bank())[0]).max() / np.sqrt(0.5)
    assert np.allclose(np.abs(y).max(axis=-1) / middle, [left, right], atol=2e-3)


def test_decay_falls_by_96_dB_in_its_time():
    y = note(bank({g.VOL_ENV + 3: 0, SUSTAIN: 1000}), held=2.0)
    start = level(y, 0.0045, 0.0091)  # two periods
    assert abs(level(y, 0.1, 0.1045) - start + 9.2) < 0.15
    assert abs(level(y, 0.5, 0.5045) - start + 47.6) < 0.15


def test_sustain_is_a_share_of_96_dB():
    y = note(bank({SUSTAIN: 120}))
    assert abs(level(y, 0.2, 0.4) - level(note(bank()), 0.2, 0.4) + 11.52) < 0.02


def test_stages_of_one_second():
    zone = {g.VOL_ENV + k: 0 for k in range(4)} | {SUSTAIN: 500, RELEASE: 0}
    y = note(bank(zone), held=4.5)
    top = level(note(bank()), 0.1, 0.4)
    assert level(y, 0.0, 0.98) < -120.0  # delay
    assert abs(level(y, 1.49, 1.51) - top + 6.02) < 0.2  # attack: straight in amplitude
    assert abs(level(y, 2.2, 2.8) - top) < 0.02  # hold
    assert abs(level(y, 3.245, 3.255) - top + 24.0) < 0.3  # decay: straight in dB
    assert abs(level(y, 3.8, 4.4) - top + 48.0) < 0.05  # sustain
    assert abs(level(y, 4.745, 4.755) - top + 72.0) < 0.4  # release


def test_release_from_the_attack_goes_on_from_there():
    y = note(bank({g.VOL_ENV + 1: 0, RELEASE: 0}), held=0.5)
    before, after = level(y, 0.49, 0.4995), level(y, 0.501, 0.51)
    assert abs(after - before) < 1.5


@pytest.mark.parametrize("which", ["vibrato", "modulation"])
def test_lfo_moves_the_pitch_at_its_frequency(which):
    depth, rate = {
        "vibrato": (g.VIB_LFO_TO_PITCH, g.VIB_LFO_FREQUENCY),
        "modulation": (g.MOD_LFO_TO_PITCH, g.MOD_LFO_FREQUENCY),
    }[which]
    four = round(1200 * np.log2(4.0 / g.hertz(0.0)))
    y = note(bank({depth: 100, rate: four}), held=1.0)
    # a triangle that begins upwards: its corners lie at 1/16 s, 3/16 s, ...
    assert abs(cents(y, 3 / 32) - 50.0) < 4.0
    assert abs(cents(y, 9 / 32) - 50.0) < 4.0
    assert abs(cents(y, 5 / 32) + 50.0) < 104.0
    assert cents(y, 0.5625) > 80.0 > -80.0 > cents(y, 0.6875)


def test_modulation_envelope_moves_the_pitch():
    zone = {g.MOD_ENV_TO_PITCH: 1200, g.MOD_ENV + 4: 500, g.MOD_ENV + 3: -3600}
    y = note(bank(zone), held=1.0)
    assert abs(cents(y, 0.8) - 600.0) < 0.5


def test_lfo_moves_the_volume():
    two = round(1200 * np.log2(2.0 / g.hertz(0.0)))
    y = note(bank({g.MOD_LFO_TO_VOLUME: 60, g.MOD_LFO_FREQUENCY: two}), held=1.0)
    plain = level(note(bank()), 0.1, 0.4)
    assert abs(level(y, 0.12, 0.13) - plain - 5.9) < 0.2  # louder first
    assert abs(level(y, 0.37, 0.38) - plain + 5.9) < 0.2


@pytest.mark.parametrize(
    ("q", "at"),
    [(0, {20: 0.0, 880: -3.0, 1760: -12.3}), (100, {20: -5.0, 880: 1.95}),
     (200, {20: -10.0, 880: 6.9}), (200, {880: 6.9})],
)  # fmt: skip
def test_filter(q, at):
    pcm = np.zeros(30000, np.int16)
    pcm[2000] = 16384
    cutoff = round(1200 * np.log2(880.0 / g.hertz(0.0)))
    zones = {}, {g.FILTER_CUTOFF: cutoff, g.FILTER_Q: q}
    flat, bent = (
        np.abs(np.fft.rfft(note(bank(zone, pcm=pcm, loop=(0, 0)))[0][:30000], 88200))
        for zone in zones
    )
    for frequency, db in at.items():
        ours = 20 * np.log10(bent[2 * frequency] / flat[2 * frequency])
        assert abs(ours - db) < 0.12


def test_filter_that_moves_is_the_one_that_stands_still():
    zone = {g.FILTER_CUTOFF: 8000, g.FILTER_Q: 60}
    still = note(bank(zone), held=0.6)
    # an envelope that is at its sustain after a moment
    moved = {g.MOD_ENV_TO_CUTOFF: 1200, g.MOD_ENV + 4: 500, g.FILTER_CUTOFF: 7400}
    y = note(bank(zone | moved), held=0.6)
    assert abs(level(y, 0.2, 0.5) - level(still, 0.2, 0.5)) < 0.01


@pytest.mark.parametrize(("mode", "during", "after"), [
    (0, False, False), (1, True, True), (3, True, False),
])  # fmt: skip
def test_loop_modes(mode, during, after):
    pcm = sine(seconds=0.3)
    zone = {g.SAMPLE_MODES: mode, RELEASE: 2400}
    y = note(bank(zone, pcm=pcm, loop=(0, 4400)), held=0.5)
    assert (level(y, 0.4, 0.49) > -40.0) == during
    assert (y.shape[1] > 0.9 * RATE and level(y, 0.85, 0.9) > -70.0) == after
    if mode == 3:  # from the release on it goes to its end, without a jump
        assert level(y, 0.55, 0.65) > -45.0
        assert np.abs(np.diff(y[0])).max() < 1.2 * np.abs(np.diff(y[0, :4410])).max()


def test_loop_mode_2_begins_when_the_key_is_let_go():
    zone = {g.SAMPLE_MODES: 2, RELEASE: 0}
    y = note(bank(zone, pcm=sine(seconds=0.3)), held=0.5)
    assert level(y, 0.0, 0.5) < -120.0 and level(y, 0.51, 0.55) > -40.0


def test_a_loop_has_no_seam():
    """41 whole cycles, read at another pitch: one partial and nothing else."""
    pcm = sine(frequency=441.0, seconds=0.1)
    y = note(bank(pcm=pcm, loop=(1000, 4400)), held=2.0, key=76)
    x = y[0, RATE // 2 : RATE // 2 + RATE] * np.kaiser(RATE, 14.0)
    spectrum = np.abs(np.fft.rfft(x)) ** 2
    peak = spectrum.argmax()
    near = spectrum[peak - 6 : peak + 7].sum()
    assert abs(peak - 441.0 * 2 ** (7 / 12)) < 1.0
    assert 10 * np.log10((spectrum.sum() - near) / near) < -85.0


@pytest.mark.parametrize("moves", [False, True])
def test_transposing_up_leaves_no_wrong_notes(moves):
    """A saw, 15 semitones up: what is no multiple of its pitch lies 80 dB lower."""
    n = 44100
    partials = np.arange(1, 50)
    angle = 2 * np.pi * 440.0 / RATE * np.arange(n)
    x = sum(np.sin(k * angle) / k for k in partials)
    pcm = np.round(x * 12000).astype(np.int16)
    zone = {g.MOD_ENV_TO_PITCH: 1200, g.MOD_ENV + 3: 8000} if moves else {}
    key = 81 if not moves else 72
    y = note(bank(zone, pcm=pcm, loop=(0, 0)), held=0.45, key=key)[0]
    x = y[4410 : 4410 + 8192] * np.kaiser(8192, 14.0)
    power = np.abs(np.fft.rfft(x, 65536)) ** 2
    f = np.fft.rfftfreq(65536, 1 / RATE)
    pitch = f[200:2200][power[200:2200].argmax()]
    off = np.abs(f / pitch - np.round(f / pitch)) * pitch
    wrong = power[(off > 60.0) & (f > 100.0)].sum() / power.sum()
    assert 10 * np.log10(wrong) < -80.0


def test_vibrato_makes_sidebands_near_and_nothing_far():
    """5 kHz, a fifth up, 50 cents up and down: the pitch moves within ticks, too."""
    zone = {g.VIB_LFO_TO_PITCH: 50, g.VIB_LFO_DELAY: -12000, g.VIB_LFO_FREQUENCY: -600}
    pcm = sine(frequency=5000.0, seconds=0.5)
    x = note(bank(zone, pcm=pcm, loop=(441, 21609)), held=1.0, key=76)[0]
    power = np.abs(np.fft.rfft(x[4410:37178] * np.kaiser(32768, 16.0))) ** 2
    far = np.abs(np.fft.rfftfreq(32768, 1 / RATE) - 5000.0 * 2 ** (7 / 12)) > 1000.0
    assert 10 * np.log10(power[far].sum() / power.sum()) < -80.0


def test_tuning():
    """Root key, scale tuning, coarse and fine tuning, correction."""
    assert abs(cents(note(bank(), key=81), 0.3) - 1200.0) < 0.05
    assert abs(cents(note(bank({g.ROOT_KEY: 57}), key=57), 0.3)) < 0.05
    half = bank({g.SCALE_TUNING: 50})
    assert abs(cents(note(half, key=81), 0.3) - 600.0) < 0.1
    tuned = bank({g.COARSE_TUNE: 2, g.FINE_TUNE: 30}, preset={g.FINE_TUNE: 5})
    assert abs(cents(note(tuned), 0.3) - 235.0) < 0.05
    assert abs(cents(note(bank(correction=-20)), 0.3) + 20.0) < 0.05
    assert abs(cents(note(bank({g.FORCED_KEY: 57}), key=81), 0.3) + 1200.0) < 0.05


@pytest.mark.parametrize("rate", [8000, 22050, 48000, 96000])
def test_any_sample_rate(rate):
    y = play_note(69, 0.5, rate, sound_font=bank(), **DRY)
    X = np.abs(np.fft.rfft(y[0, : rate // 2] * np.hanning(rate // 2), 8 * rate))
    assert abs(X.argmax() / 8 - 441.0) < 0.3
    assert abs(level(y, 0.1, 0.3, rate) - level(note(bank()), 0.1, 0.3)) < 0.05


def test_forced_velocity():
    forced = note(bank({g.FORCED_VELOCITY: 127}), velocity=10)
    assert np.allclose(forced, note(bank(), velocity=127))


def test_ranges_choose_and_layers_add_up():
    low = {g.KEY_RANGE: (0, 60)}
    high = {g.KEY_RANGE: (61, 127), g.COARSE_TUNE: 12}
    split = bank(low, high)
    assert abs(cents(note(split, key=57), 0.3) + 1200.0) < 0.05
    assert abs(cents(note(split, key=69), 0.3) - 1200.0) < 0.05
    both = note(bank({}, {}))
    assert np.allclose(both, 2.0 * note(bank()), atol=1e-6)
    quiet = bank({g.VELOCITY_RANGE: (1, 64)})
    assert note(quiet, velocity=100).shape[1] <= 1


def control(*pairs, at=0.0):
    return [Event(at, "control", 0, number, value) for number, value in pairs]


def strike(*, at=0.0, held=0.5, key=69, velocity=100, channel=0):
    return [
        Event(at, "note_on", channel, key, velocity),
        Event(at + held, "note_off", channel, key, 64),
    ]


def play(*events, sound_font=None, **options):
    events = sorted((e for part in events for e in part), key=lambda e: e.time)
    y = play_events(events, RATE, sound_font=sound_font or bank(), **(DRY | options))
    return y.astype(float)


@pytest.mark.parametrize("number", [7, 11])
def test_volume_and_expression_are_squared(number):
    plain, half = (
        level(play(control((7, 127), (number, v)), strike()), 0.1, 0.4)
        for v in (127, 64)
    )
    assert abs(half - plain + 11.9) < 0.05


def test_controllers_move_a_note_that_sounds():
    y = play(control((7, 127)), control((7, 32), at=0.25), strike())
    assert abs(level(y, 0.3, 0.45) - level(y, 0.1, 0.2) + 23.9) < 0.05
    y = play(control((10, 0)), control((10, 127), at=0.25), strike())
    assert level(y[1], 0.1, 0.2) < -100.0 and level(y[0], 0.3, 0.45) < -55.0


def test_balance():
    left = play(control((8, 0)), strike())
    assert level(left[1], 0.1, 0.4) < level(left[0], 0.1, 0.4) - 60.0


def test_pitch_bend_and_its_range():
    bend = [Event(0.25, "pitch_bend", 0, 0, 8191)]
    y = play(bend, strike(held=0.6))
    assert abs(cents(y, 0.2)) < 0.1 and abs(cents(y, 0.4) - 200.0) < 0.1
    wide = control((101, 0), (100, 0), (6, 12))
    assert abs(cents(play(wide, bend, strike(held=0.6)), 0.4) - 1200.0) < 0.3


def test_a_bend_that_comes_back_leaves_the_note_in_tune():
    bends = [Event(0.2 + 0.01 * k, "pitch_bend", 0, 0, 400 * k) for k in range(11)]
    bends.append(Event(0.35, "pitch_bend", 0, 0, 0))
    y = play(bends, strike(held=1.0))
    assert abs(cents(y, 0.7, 441.0)) < 0.02
    step = np.abs(np.diff(y[0, :RATE])).max()
    assert step < 1.1 * np.abs(np.diff(y[0, : RATE // 10])).max()


def test_registered_tuning():
    coarse = control((101, 0), (100, 2), (6, 67))
    assert abs(cents(play(coarse, strike()), 0.3) - 300.0) < 0.05
    fine = control((101, 0), (100, 1), (6, 96), (38, 0))
    assert abs(cents(play(fine, strike()), 0.3) - 50.0) < 0.1


def test_unregistered_generators():
    """120 and a generator's number: here the coarse tuning, by 12."""
    y = play(control((99, 120), (98, 51), (38, 12), (6, 64)), strike())
    assert abs(cents(y, 0.3) - 1200.0) < 0.05


def test_wheel_and_pressure_make_vibrato():
    for events in (control((1, 127)), [Event(0.0, "channel_pressure", 0, 0, 127)]):
        y = play(events, strike(held=1.0))
        spread = [cents(y, s) for s in np.arange(0.1, 0.9, 0.01)]
        assert 35.0 < max(spread) - min(spread) < 105.0


def test_sustain_and_sostenuto_hold_notes():
    short = play(strike(held=0.1))
    assert short.shape[1] < 0.3 * RATE
    held = play(control((64, 127)), control((64, 0), at=0.6), strike(held=0.1))
    assert level(held, 0.4, 0.58) > -45.0 and held.shape[1] < 0.8 * RATE
    caught = play(
        control((66, 127), at=0.05),
        control((66, 0), at=0.6),
        strike(held=0.1),
        strike(held=0.1, at=0.2, key=81),
    )
    assert abs(frequency_at(caught, 0.45) - 441.0) < 0.5  # the later note has gone


@pytest.mark.parametrize(("number", "gone"), [(120, True), (123, True), (121, False)])
def test_everything_off(number, gone):
    y = play(control((7, 100)), control((number, 0), at=0.3), strike(held=0.8))
    assert (y.shape[1] < 0.5 * RATE) == gone
    if number == 121:
        bent = [Event(0.0, "pitch_bend", 0, 0, 8191)]
        y = play(bent, control((121, 0), at=0.3), strike(held=0.8))
        assert abs(cents(y, 0.6)) < 0.1


def test_exclusive_class_chokes():
    hat = bank({g.EXCLUSIVE_CLASS: 1, RELEASE: 1200})
    y = play(strike(held=2.0), strike(held=2.0, at=0.5, key=81), sound_font=hat)
    x = y[0, RATE : RATE + 22050] * np.hanning(22050)
    X = np.abs(np.fft.rfft(x))
    assert X[round(441 / 2)] < 1e-3 * X[441]


def test_a_key_struck_again_lets_go_of_itself():
    slow = bank({RELEASE: -3600})
    y = play(strike(held=2.0), strike(held=2.0, at=0.5), sound_font=slow)
    once = play(strike(held=2.0), sound_font=slow)
    assert abs(level(y, 0.8, 1.2) - level(once, 0.8, 1.2)) < 0.5


def test_polyphony():
    many = [strike(held=1.0, key=60 + k, at=0.01 * k) for k in range(8)]
    y = play(*many, polyphony=2)
    two = play(*many[-2:])
    assert abs(level(y, 0.3, 0.9) - level(two, 0.3, 0.9)) < 0.1


def test_programs_fall_back():
    assert note(bank(), program=40, bank=7).shape[1] > RATE // 2
    nothing = bank()._replace(presets=())
    assert note(nothing).shape[1] <= 1


def test_modulators_of_the_file():
    """Velocity to nothing: all notes are as loud as the loudest."""
    none = Modulator(0x502, g.ATTENUATION, 0, 0, 0)
    flat = bank(modulators=(none,))
    assert np.allclose(note(flat, velocity=30), note(bank(), velocity=127), atol=1e-7)
    brighter = Modulator(0x80 | 74, g.FILTER_CUTOFF, 3000, 0, 0)
    dark = bank({g.FILTER_CUTOFF: 6000}, modulators=(brighter,))
    low, high = (level(play(control((74, v)), strike(), sound_font=dark), 0.1, 0.4)
                 for v in (0, 127))  # fmt: skip
    assert high > low + 3.0


def test_blocks_do_not_matter():
    """The same sound in one block and in many, to the noise of float32."""
    zone = {g.VIB_LFO_TO_PITCH: 30, g.MOD_ENV_TO_CUTOFF: 2000, g.FILTER_CUTOFF: 9000,
            g.MOD_ENV + 3: 0, g.MOD_ENV + 4: 800, RELEASE: -1200}  # fmt: skip
    events = sorted(strike(held=0.7) + strike(at=0.31, key=62), key=lambda e: e.time)
    events += control((7, 90), at=0.5)
    events.sort(key=lambda e: e.time)
    options = {"sound_font": bank(zone), **DRY}
    whole = play_events(events, RATE, **options)
    parts = list(stream(events, RATE, block_length=5000, **options))
    assert {part.shape[1] for part in parts[:-1]} == {5000}
    y = np.concatenate(parts, axis=1)[:, : whole.shape[1]]
    assert np.abs(y - whole[:, : y.shape[1]]).max() < 2e-3 * np.abs(whole).max()


def test_a_note_held_for_long_needs_little_memory():
    events = strike(held=60.0)
    blocks = stream(events, RATE, sound_font=bank(), block_length=2**15, **DRY)
    tracemalloc.start()
    n = sum(block.shape[1] for block in blocks)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert n > 60 * RATE
    assert peak < 40e6


def test_sends_ring_on():
    y = play(control((91, 127)), strike(held=0.2), reverb=True)
    dry = play(control((91, 127)), strike(held=0.2))
    assert y.shape[1] > dry.shape[1] + RATE
    assert -60.0 < level(y, 0.35, 0.5) < -20.0
    wide = play(control((93, 127)), strike(), chorus=True)
    assert np.abs(wide[0] - wide[1]).max() > 0.01 * np.abs(wide).max()


def test_effects_do_not_depend_on_blocks():
    events = control((91, 100), (93, 100)) + strike(held=0.4)
    options = {"sound_font": bank()}
    whole = play_events(events, RATE, **options)
    parts = stream(events, RATE, block_length=7000, **options)
    y = np.concatenate(list(parts), axis=1)
    n = min(y.shape[1], whole.shape[1], RATE)
    assert np.abs(y[:, :n] - whole[:, :n]).max() < 3e-4 * np.abs(whole).max()


def test_errors():
    with pytest.raises(ValueError, match="sample_rate"):
        play_events([], 0, sound_font=bank())
    with pytest.raises(ValueError, match="block_length"):
        stream([], RATE, sound_font=bank(), block_length=3)
    with pytest.raises(ValueError, match="polyphony"):
        stream([], RATE, sound_font=bank(), polyphony=0)


def test_events_that_nobody_ends():
    y = play([Event(0.0, "note_on", 0, 69, 100), Event(0.5, "note_on", 0, 81, 100)])
    assert RATE // 2 < y.shape[1] < 2 * RATE

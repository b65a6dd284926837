"""Wavetables: any cycle at any pitch, clean, and smooth from frame to frame."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest
from test_oscillators import wrong_notes_db

from dsplab.sources.oscillators import harmonic_oscillator
from dsplab.sources.wavetable import make_tables, wavetable_oscillator

RATE = 44100
CYCLE = np.random.default_rng(0).standard_normal(600)
CYCLE -= CYCLE.mean()
N = 1000


def test_versions_hold_ever_more_harmonics(xp):
    tables = np.asarray(make_tables(xp.asarray(CYCLE + 3.0), length=256))
    assert tables.shape == (19, 1, 259)
    spectra = np.abs(np.fft.rfft(tables[:, 0, 1:257])) / 128
    wanted = np.abs(np.fft.rfft(CYCLE))[:65] / 300
    for version, spectrum in enumerate(spectra):
        top = int(2 ** (version / 3) + 1e-9)
        np.testing.assert_allclose(
            spectrum[1 : top + 1], wanted[1 : top + 1], atol=1e-9
        )
        assert spectrum[top + 1 :].max() < 1e-12 and spectrum[0] < 1e-12
    np.testing.assert_array_equal(tables[..., :3], tables[..., -3:])


def test_a_table_plays_its_harmonics():
    spectrum = np.fft.rfft(CYCLE)[1:6] / 300
    angle = 2 * np.pi * 3000 * np.arange(N) / RATE
    expected = sum(
        (c * np.exp(1j * k * angle)).real for k, c in enumerate(spectrum, start=1)
    )
    y = wavetable_oscillator(np.full(N, 3000.0), make_tables(CYCLE), RATE)
    low = np.fft.rfft((np.asarray(y) - expected) * np.hanning(N))[: N * 15 // 44]
    assert np.abs(low).max() < 1e-4 * N


@pytest.mark.parametrize("f0", [55, 441 + 4, 1245, 4186])
def test_noise_of_a_cycle_has_no_wrong_notes(f0):
    y = wavetable_oscillator(np.full(RATE, float(f0)), make_tables(CYCLE), RATE)
    assert wrong_notes_db(y, f0) < (-50 if f0 < 100 else -90)


def test_position_mixes_neighbours():
    frames = np.stack([np.sin(2 * np.pi * k * np.arange(64) / 64) for k in (1, 2, 3)])
    tables = make_tables(frames)
    f, position = np.full(N, 500.0), np.linspace(0, 1, N)
    y = wavetable_oscillator(f, tables, RATE, position=position)
    place = 2 * position
    levels = np.stack([np.maximum(1 - np.abs(place - k), 0) for k in range(3)])
    np.testing.assert_allclose(y, harmonic_oscillator(f, levels, RATE), atol=1e-6)


def test_a_sweep_makes_no_steps():
    f = np.geomspace(200.0, 3000.0, 20000)
    y = wavetable_oscillator(f, make_tables(CYCLE[:64]), RATE)
    k = np.arange(1, 32)
    spectrum = np.fft.rfft(CYCLE[:64])[k] / 32
    phases = np.concatenate([[0.0], np.cumsum(f[:-1])]) / RATE
    partials = (k[:, None] * f < 15000) * np.exp(2j * np.pi * k[:, None] * phases)
    clean = (spectrum[:, None] * partials).real.sum(0)
    b = np.sinc(0.5 * (np.arange(201) - 100)) * np.blackman(201) * 0.5  # below 11 kHz
    difference = np.convolve(np.asarray(y) - clean, b, "same")[200:-200]
    assert np.abs(difference[:5000]).max() < 1e-3 * np.abs(clean).max()


def test_libraries_and_dtype():
    @jax.jit
    def play(f, cycles, position):
        tables = make_tables(cycles, length=256)
        return wavetable_oscillator(f, tables, RATE, position=position)

    f = np.stack([np.linspace(100.0, 9000.0, 500), np.full(500, 700.0)])
    cycles, position = np.stack([CYCLE[:100], CYCLE[100:200]]), np.linspace(0, 1, 500)
    y = play.__wrapped__(f, cycles, position)
    np.testing.assert_allclose(play(f, cycles, position), y, atol=1e-9)
    single = play.__wrapped__(f.astype(np.float32), cycles, position)
    assert single.dtype == np.float32 and single.shape == (2, 500)
    np.testing.assert_allclose(single, y, atol=1e-3)


def test_gradient_with_respect_to_position_and_cycle():
    frames = np.random.default_rng(1).standard_normal((3, 16))

    def energy(position, frames):
        tables = make_tables(frames, length=64)
        f = jnp.full(32, 900.0)
        return (wavetable_oscillator(f, tables, RATE, position=position) ** 2).sum()

    jax.test_util.check_grads(jax.jit(energy), (0.4, frames), 1, ["rev"], rtol=1e-4)


def test_errors():
    with pytest.raises(ValueError, match="tables must be the result of make_tables"):
        wavetable_oscillator(np.ones(9), np.ones((3, 1, 100)), RATE)
    with pytest.raises(ValueError, match="cycles must have at least 3 samples"):
        make_tables(np.ones(2))
    with pytest.raises(ValueError, match="length must be an integer at least 64"):
        make_tables(CYCLE, length=32)

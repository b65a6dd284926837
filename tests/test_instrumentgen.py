"""InstrumentGen: the delay pattern, who hears what, and what it may be asked."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from neural.autoregression import delayed, nats, read, undelayed
from neural.data.note_set import NoteSet
from neural.layers import count_parameters
from neural.notes import instrumentgen as model
from neural.notes.instrumentgen import Config
from neural.optimization import clipped, init_state
from neural.recipes import instrumentgen as recipe

SMALL = Config(
    n_codebooks=3,
    codebook_size=8,
    n_frames=6,
    n_layers=1,
    n_width=8,
    n_heads=2,
    lowest_pitch=60,
    n_pitches=5,
    velocities=(50, 100),
    n_families=0,
    n_sources=0,
    n_embedding=4,
)
RNG = np.random.default_rng(0)
CODES = RNG.integers(0, 8, (2, 3, 6))
TOLD = {
    "pitch": np.array([60, 63]),
    "velocity": np.array([50.0, 80.0]),
    "embedding": RNG.standard_normal((2, 4)).astype(np.float32),
}


@functools.cache
def random_params():
    """Parameters with nothing near zero."""
    params = model.init(jax.random.key(0), SMALL)
    rng = np.random.default_rng(1)
    return jax.tree.map(
        lambda a: a + 0.5 * rng.standard_normal(a.shape).astype(np.float32), params
    )


@functools.partial(jax.jit, static_argnames="names")
def _logits(params, codes, values, known, names):
    told = dict(zip(names, values, strict=True))
    return model.apply(params, codes, SMALL, known=known, **told)


def logits(codes=CODES, known=(True, True, True), **changed):
    told = TOLD | changed
    known = jnp.broadcast_to(jnp.asarray(known), (len(codes), 3))
    values = tuple(told.values())
    return _logits(random_params(), jnp.asarray(codes), values, known, tuple(told))


def test_each_codebook_is_written_a_step_later():
    steps = delayed(CODES, 8)
    assert steps.shape == (2, 8, 3)
    for t in range(8):
        for k in range(3):
            there = 0 <= t - k < 6
            wanted = CODES[:, k, t - k] if there else 8
            np.testing.assert_array_equal(steps[:, t, k], wanted)
    np.testing.assert_array_equal(undelayed(steps), CODES)


def test_the_published_size():
    paper = Config.paper()
    # 12 (4 + 4 + 8) 512^2, nine tables and nine heads; keys, norms, what is withheld
    assert count_parameters(model.init, paper) == 60_130_816
    assert paper.n_steps == 353 and Config.tiny().n_steps == Config.tiny().n_frames + 3
    rule = optax.adamw(1e-4)
    state = jax.eval_shape(
        lambda key: init_state(model.init(key, paper), rule), jax.random.key(0)
    )
    rows = jax.ShapeDtypeStruct((2,), jnp.int32)
    batch = {
        "codes": jax.ShapeDtypeStruct((2, 9, 345), jnp.int32),
        "known": jax.ShapeDtypeStruct((2, 5), bool),
        **dict.fromkeys(("pitch", "velocity", "family", "source"), rows),
        "embedding": jax.ShapeDtypeStruct((2, 512), jnp.float32),
    }
    step = functools.partial(model.train_step, config=paper, optimizer=rule)
    after, metrics = jax.eval_shape(step, state, batch)
    assert jax.tree.structure(after) == jax.tree.structure(state)
    assert metrics["loss"].shape == ()


def test_at_the_start_every_code_is_as_likely():
    params = model.init(jax.random.key(0), SMALL)
    known, names = jnp.ones((2, 3), bool), tuple(TOLD)
    found = _logits(params, jnp.asarray(CODES), tuple(TOLD.values()), known, names)
    np.testing.assert_allclose(nats(found, CODES), np.log(8), atol=0.02)


def test_a_code_depends_on_what_is_written_before_it_and_on_nothing_else():
    before = logits()
    for k, frame in ((0, 2), (1, 2), (2, 4)):
        changed = CODES.copy()
        changed[:, k, frame] = (changed[:, k, frame] + 1) % 8
        moved = np.abs(logits(changed) - before).max(axis=(0, 3)) > 1e-6
        step = np.arange(6)[None] + np.arange(3)[:, None]  # when each is written
        np.testing.assert_array_equal(moved, step > frame + k)


def test_written_step_by_step_it_is_the_same():
    params, told_all = random_params(), model.weights_of(TOLD, None, SMALL)

    @functools.partial(jax.jit, static_argnames="guided")
    def stepwise(guidance, guided):
        step, memory, n = model.step_of(params, told_all, guidance, SMALL, guided)
        first = jnp.full((n, 3), SMALL.nothing)
        return undelayed(read(step, memory, first, delayed(jnp.asarray(CODES), 8)))

    told, withheld = logits(), logits(known=(False, False, False))
    assert np.abs(told - withheld).max() > 0.1
    np.testing.assert_allclose(stepwise(1.0, False), told, atol=1e-4)
    np.testing.assert_allclose(stepwise(1.0, True), told, atol=1e-4)
    np.testing.assert_allclose(stepwise(0.0, True), withheld, atol=1e-4)
    pushed = withheld + 2.5 * (told - withheld)
    np.testing.assert_allclose(stepwise(2.5, True), pushed, atol=1e-4)


def test_what_is_withheld_does_not_matter_and_what_is_told_does():
    before = logits()
    others = {
        "pitch": TOLD["pitch"] + 1,
        "velocity": TOLD["velocity"] + 20.0,
        "embedding": -TOLD["embedding"],
    }
    for place, (name, value) in enumerate(others.items()):
        assert np.abs(logits(**{name: value}) - before).max() > 1e-3, name
        known = [True] * 3
        known[place] = False
        np.testing.assert_array_equal(
            logits(known=known, **{name: value}), logits(known=known)
        )


def test_it_learns_two_notes_by_heart_and_writes_the_one_asked_for():
    rule = clipped(optax.adam(1e-2))
    state = init_state(model.init(jax.random.key(0), SMALL), rule)
    batch = {"codes": CODES, "known": np.ones((2, 3), bool), **TOLD}
    step = functools.partial(
        model.train_step, config=SMALL, optimizer=rule, ema_decay=0.5
    )
    for _ in range(150):
        state, metrics = step(state, batch)
    assert metrics["loss"] < 0.05
    play = functools.partial(
        model.generate, state["ema"], jax.random.key(0), config=SMALL, temperature=0
    )
    written = play(
        pitch=[60, 63], velocity=TOLD["velocity"], embedding=TOLD["embedding"]
    )
    np.testing.assert_array_equal(written, CODES)


def test_the_same_key_writes_the_same_notes():
    play = functools.partial(
        model.generate, random_params(), config=SMALL, guidance=2.0, pitch=[60, 63]
    )
    one = play(jax.random.key(0))
    assert one.shape == (2, 3, 6) and one.min() >= 0 and one.max() < 8
    np.testing.assert_array_equal(one, play(jax.random.key(0)))
    assert (one != play(jax.random.key(1))).any()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"pitch": 59}, "pitch must be within 60 and 64, got 59"),
        ({"pitch": 60.5}, "pitch must be whole, got 60.5"),
        ({"pitch": 60, "velocity": 0}, "velocity must be within 1 and 127, got 0"),
        ({"pitch": 60, "guidance": -1.0}, "guidance must be"),
        ({"pitch": 60, "family": 2}, "it takes no 'family'"),
        ({"pitch": 60, "embedding": np.zeros(3)}, "embedding must be 4 numbers"),
    ],
)
def test_mistakes_are_named(asked, message):
    with pytest.raises(ValueError, match=message):
        model.generate(random_params(), jax.random.key(0), config=SMALL, **asked)


def test_a_model_that_is_told_families_may_go_without():
    config = dataclasses.replace(SMALL, n_families=3, n_sources=2)
    params = model.init(jax.random.key(0), config)
    assert config.told == ("pitch", "velocity", "family", "source", "embedding")
    play = functools.partial(
        model.generate, params, jax.random.key(0), config=config, pitch=60
    )
    assert play().shape == play(family=2, source=[0]).shape == (1, 3, 6)


def material(config, n=12):
    """Notes of three instruments, four of each."""
    rng = np.random.default_rng(0)
    third = np.repeat(np.arange(3, dtype=np.int32), n // 3)
    pitch = config.lowest_pitch + np.arange(n, dtype=np.int32) % config.n_pitches
    numbers = third, pitch, np.full(n, 100, np.int32), third, 0 * third
    names, has = np.array(["note"] * n), np.zeros((n, 10), bool)
    x = np.zeros((n, 100), np.float32)
    notes = NoteSet(x, *numbers, names, 8000, has, names)
    shape = (n, config.n_codebooks, config.n_frames)
    codes = rng.integers(0, config.codebook_size, shape)
    heard = 10.0 * third[:, None] + rng.random((n, config.n_embedding))
    return recipe.Material(notes, codes, heard.astype(np.float32), 0 * third)


def test_a_batch_is_told_other_notes_of_the_instrument_or_a_caption():
    config, some = Config.tiny(), material(Config.tiny())
    take = functools.partial(recipe.batch, some, 3, 1, config=config, batch_size=12)
    sounds = take(text=0.0)
    rows = [
        np.flatnonzero((some.codes == c).all(axis=(1, 2)))[0] for c in sounds["codes"]
    ]
    assert sorted(rows) == list(range(12))
    instrument = (sounds["embedding"][:, 0] // 10).astype(int)
    np.testing.assert_array_equal(instrument, some.notes.instrument[rows])
    assert (sounds["embedding"] != some.heard[rows]).any()  # not always its own
    np.testing.assert_array_equal(sounds["pitch"], some.notes.pitch[rows])
    texts = take(text=1.0)["embedding"]
    np.testing.assert_allclose(np.linalg.norm(texts, axis=1), 1.0, atol=1e-5)
    part = take(text=0.0, part=slice(2, 5))
    for name, value in part.items():
        np.testing.assert_array_equal(value, sounds[name][2:5])
    known = np.concatenate([take(text=0.0)["known"], sounds["known"]])
    assert known.shape == (24, 3) and known.mean() > 0.6


def test_how_often_each_thing_is_withheld():
    rng, paper = np.random.default_rng(0), Config.paper()
    known = np.stack([recipe._known(rng, paper) for _ in range(4000)])
    silent = (~known).all(axis=1).mean()
    np.testing.assert_allclose(silent, recipe.SILENT, atol=0.02)
    share = 1.0 - known.mean(axis=0)
    other = 1.0 - (1.0 - recipe.SILENT) * (1.0 - recipe.OTHERS_WITHHELD)
    wanted = [other, other, 0.37, 0.37, other]
    np.testing.assert_allclose(share, wanted, atol=0.03)


def test_a_unigram_knows_shares_only():
    config = dataclasses.replace(SMALL, n_codebooks=1, codebook_size=2)
    learned = np.array([[[0] * 8 + [1] * 0]])
    tested = np.array([[[0, 0, 0, 1]]])
    wanted = -(3 * np.log(0.9) + np.log(0.1)) / 4
    found = recipe.unigram_nats(learned, tested, config)
    np.testing.assert_allclose(found, wanted)

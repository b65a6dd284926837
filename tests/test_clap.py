"""Words and sounds in one space: how texts are read, what is near to what."""

import dataclasses
import functools

import jax
import numpy as np
import pytest

import neural
from data_scripts.render_notes import render_set
from dsplab.banks import general_midi
from neural import checkpoints
from neural.classifiers import clap
from neural.classifiers.clap import Config
from neural.data import captions
from neural.data.note_set import NoteSet
from neural.data.nsynth import FAMILIES, QUALITIES
from neural.recipes import clap as recipe
from neural.recipes.running import Run, settings

SMALL = dataclasses.replace(
    Config.tiny(), n_classes=4, n_channels=(8,), n_hidden=8, n_rows=64, n_width=8
)
HELD_OUT = (7, 38, 44, 56, 74, 86, 88, 93, 111)  # programs of nsynth-test


@pytest.fixture(scope="module")
def shipped():
    return neural.pretrained("clap")


@functools.cache
def random_params():
    params = clap.init(jax.random.key(0), SMALL)
    rng = np.random.default_rng(1)
    return jax.tree.map(
        lambda a: a + 0.3 * rng.standard_normal(a.shape).astype(np.float32), params
    )


def test_a_text_is_the_mean_of_its_words_and_a_word_that_of_its_parts():
    rows, weights = clap.bags(["Harp, harp", "a harp", "", "!?"], Config.tiny())
    assert rows.shape == weights.shape == (4, clap.MOST_PARTS)
    np.testing.assert_allclose(weights.sum(axis=1), [1, 1, 0, 0], atol=1e-6)
    harp = rows[0, :5]
    assert (rows[0, 5:10] == harp).all() and (rows[1, 1:6] == harp).all()
    np.testing.assert_allclose(weights[1, :6], [0.5] + [0.1] * 5, atol=1e-6)
    long = clap.bags(["strings " * 100], Config.tiny())[1]
    assert 0 < long.sum() < 1  # the rest is not read


def test_words_in_any_order_and_unknown_ones(shipped):
    params, config = shipped
    a, b, c = clap.read(params, ["bright harp", "Harp bright!", "guitars"], config)
    np.testing.assert_allclose(a, b, atol=1e-6)
    guitar, flute = clap.read(params, ["guitar", "flute"], config)
    assert c @ guitar > c @ flute + 0.5  # known by its parts
    empty, wordless = clap.read(params, ["", "?!"], config)
    np.testing.assert_array_equal(empty, wordless)
    assert np.isfinite(clap.read(params, "xylqz wvbk", config)).all()


def test_vectors_have_length_one_and_levels_do_not_matter():
    x = np.random.default_rng(0).standard_normal((3, 8000)).astype(np.float32)
    a = clap.embed(random_params(), x, 8000, SMALL)
    np.testing.assert_allclose(np.linalg.norm(a, axis=1), 1.0, atol=1e-5)
    quiet = clap.embed(random_params(), 0.01 * x, 8000, SMALL)
    np.testing.assert_allclose(a, quiet, atol=1e-4)


def test_the_loss_is_that_of_both_choices():
    rng = np.random.default_rng(2)
    picture = rng.random((5, 8, SMALL.n_bands)).astype(np.float32)
    texts = ["bass", "bright brass", "flute", "dark guitar", "organ"]
    rows, weights = clap.bags(texts, SMALL)
    params = random_params()
    told = {"picture": picture, "rows": rows, "weights": weights}
    found = jax.jit(clap.loss, static_argnames="config")(params, config=SMALL, **told)
    sounds = clap._hear(params, picture, SMALL)
    s = np.exp(params["log_scale"]) * sounds @ clap.read(params, texts, SMALL).T
    p = np.exp(np.asarray(s, float))
    down, across = (np.diag(p) / p.sum(axis=k) for k in (0, 1))
    np.testing.assert_allclose(found, -np.log(down * across).mean() / 2, rtol=1e-4)


def notes_of(family, quality, title=""):
    n, has = 4, np.zeros((4, 10), bool)
    has[:, QUALITIES.index(quality)] = True
    numbers = [np.full(n, v, np.int32) for v in (0, 60, 100, FAMILIES.index(family), 0)]
    t = np.arange(800) / 8000
    x = np.sin(2 * np.pi * np.array([[200], [400], [800], [1600]]) * t)
    names = np.array(["note"] * n)
    return NoteSet(
        x.astype(np.float32), *numbers, names, 8000, has, np.array([title] * n)
    )


def test_captions_say_what_the_labels_say():
    notes = notes_of("string", "percussive", "Pizzicato Strings 2")
    bright = captions.brightness(notes)
    assert bright.tolist() == [-1, 0, 0, 1]
    said = captions.caption(notes, 3, bright[3])
    assert said == "plucked bright percussive acoustic string"
    assert "sustained" in captions.caption(notes_of("reed", "dark"), 1, 0)
    rng = np.random.default_rng(0)
    many = [captions.caption(notes, 0, -1, rng) for _ in range(200)]
    words = {word for text in many for word in text.split()}
    assert {"dark", "mellow", "warm", "pizzicato", "natural"} <= words
    assert not words & {"bright", "sustained", "2"} and "" not in many
    assert len(set(many)) > 50


def test_a_batch_is_of_different_instruments_and_parts_make_it_whole():
    notes = notes_of("flute", "dark")._replace(instrument=np.arange(4))
    picture = np.arange(4.0)[:, None, None] * np.ones((4, 2, 3))
    material = recipe.Material(notes, picture, np.zeros(4, int))
    options = {"config": SMALL, "batch_size": 4}
    whole = recipe.batch(material, 0, 3, **options)
    assert sorted(whole["picture"][:, 0, 0]) == [0, 1, 2, 3]
    part = recipe.batch(material, 0, 3, part=slice(1, 3), **options)
    for name, rows in part.items():
        np.testing.assert_array_equal(rows, whole[name][1:3])


def test_sixteen_bits_on_disk_are_thirty_two_in_use(tmp_path):
    made_by = settings(SMALL, Run(tmp_path))
    params = jax.tree.map(lambda a: np.asarray(a, np.float16), random_params())
    checkpoints.save(tmp_path / "a.ckpt", params, step=1, config=made_by)
    loaded, _ = checkpoints.load_model(tmp_path / "a.ckpt", Config)
    assert {leaf.dtype.name for leaf in jax.tree.leaves(loaded)} == {"float32"}
    jax.tree.map(np.testing.assert_array_equal, loaded, params)


def test_the_shipped_one_knows_instruments_it_never_heard(shipped, tmp_path):
    params, config = shipped
    assert config == Config.tiny()
    render_set(
        tmp_path,
        sound_font=general_midi(),
        programs=HELD_OUT,
        pitches=(55, 65, 10),
        velocities=(100,),
        held_out=(0.0, 0.99),
    )
    material = recipe.load([tmp_path], config, split="test")
    assert len(material.notes.x) == 2 * len(HELD_OUT)
    assert recipe.told_apart(params, config, material) > 0.7  # by chance: 0.5
    share, chance = recipe.nearest(params, config, material)
    assert share > 2 * chance

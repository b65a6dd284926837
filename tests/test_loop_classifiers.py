"""Classifiers of loops: sizes, laws of their parts, and what the shipped ones reach."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import neural
from data_scripts import render_loops
from data_scripts.loops import roles
from dsplab.formats.audio_files import write_audio
from dsplab.resampling import resample
from dsplab.synths.drum_loops import STYLES
from neural.__main__ import main
from neural.checkpoints import load_model
from neural.classifiers import harmonic_cnn, loop_style
from neural.classifiers.harmonic_cnn import Config
from neural.evaluation.loop_scores import loop_scores, style_probabilities
from neural.layers import count_parameters
from neural.optimization import init_state
from neural.recipes import loop_role
from neural.recipes import loop_style as style_recipe
from neural.recipes.running import Run

RATE = 16000
SMALL = Config(
    n_classes=3, n_fft=256, hop_length=64, sample_rate=4000, n_levels=16,
    n_harmonics=2, lowest=48, n_channels=(4, 4, 6), n_hidden=8, n_groups=2,
)  # fmt: skip


@pytest.fixture(scope="module")
def params():
    return harmonic_cnn.init(jax.random.key(0), SMALL)


@pytest.fixture(scope="module")
def power():
    x = np.random.default_rng(0).normal(size=(6, 1280)).astype("f4")
    return np.asarray(harmonic_cnn.spectra(x, SMALL))


def test_the_papers_numbers_of_parameters():
    assert count_parameters(harmonic_cnn.init, Config.paper()) == 3_620_243
    paper = loop_style.Config.paper()
    assert count_parameters(loop_style.init, paper) == 2_300_100
    bar = jax.eval_shape(
        lambda x: loop_style.picture(x, paper), jnp.zeros((1, 88200), "f4")
    )
    assert bar.shape == (1, 320, 80)
    three_seconds = jnp.zeros((2, 48000), "f4")
    logits = jax.eval_shape(
        lambda x: harmonic_cnn.apply(
            harmonic_cnn.init(jax.random.key(0), Config.paper()),
            harmonic_cnn.spectra(x, Config.paper()),
            Config.paper(),
        ),
        three_seconds,
    )
    assert logits.shape == (2, 6)


def test_filters_stand_on_the_harmonics_and_q_makes_them_narrow():
    for quality in (1.0, 2.5):
        found = harmonic_cnn.harmonic_filters(jnp.array([quality]), SMALL)
        assert found.shape == (129, 2, 16)
        for k, h, level in ((40, 0, 3), (90, 1, 11), (20, 0, 4), (41, 1, 2)):
            f = (h + 1) * 440.0 * 2.0 ** ((48 + level - 69) / 12)
            width = (0.1079 * f + 24.7) / quality
            wanted = max(0.0, 1.0 - 2.0 * abs(k * 4000 / 256 - f) / width)
            np.testing.assert_allclose(found[k, h, level], wanted, atol=1e-6)
    assert (np.asarray(found) > 0).any()


def test_loops_do_not_know_each_other_nor_their_level(params, power):
    logits = harmonic_cnn.apply(params, power, SMALL)
    turned = harmonic_cnn.apply(params, power[::-1], SMALL)
    np.testing.assert_allclose(turned[::-1], logits, atol=1e-5)
    louder = harmonic_cnn.apply(params, 100.0 * power, SMALL)
    np.testing.assert_allclose(louder, logits, atol=1e-3)


def test_roles_start_at_chance_are_learned_and_do_not_exclude_one_another(
    params, power
):
    label = np.array([[1, 1, 0], [0, 0, 0], [1, 1, 1]] * 2, "f4")
    batch = {"power": power, "label": label}
    first = harmonic_cnn.loss(params, config=SMALL, **batch)
    assert abs(float(first) - np.log(2.0)) < 0.6
    rule = optax.adam(2e-2)
    step = functools.partial(harmonic_cnn.train_step, config=SMALL, optimizer=rule)
    state = init_state(params, rule)
    for _ in range(60):
        state, metrics = step(state, batch)
    # a sigmoid of a sigmoid would stay between 0.5 and 0.73, its loss above 0.31
    assert float(metrics["loss"]) < 0.05
    p = jax.nn.sigmoid(harmonic_cnn.apply(state["params"], power, SMALL))
    np.testing.assert_allclose(p, label, atol=0.2)


@pytest.fixture(scope="module")
def drums():
    """Three bars of each style, of a seed that was never learned from: (42, n)."""
    plans = [render_loops.plan(2027, k, style) for k in range(3) for style in STYLES]
    return np.stack([loop(RATE) for _, loop in plans]), list(STYLES) * 3


def test_the_shipped_classifier_knows_styles(drums):
    x, styles = drums
    params, config = neural.pretrained("loop-style")
    p = loop_style.probabilities(params, x, RATE, config)
    assert p.shape == (42, 14) and config.classes == tuple(sorted(STYLES))
    np.testing.assert_allclose(p.sum(axis=1), 1.0, atol=1e-5)
    said = [config.classes[k] for k in p.argmax(axis=1)]
    right = np.mean([a == b for a, b in zip(said, styles, strict=True)])
    assert right > 0.95 > style_recipe.MEL_STATISTICS > 1 / 14
    other = loop_style.probabilities(
        params, 0.1 * resample(x[:4], 88200), 44100, config
    )
    np.testing.assert_allclose(other, p[:4], atol=0.1)


def test_the_shipped_classifier_knows_roles_of_instruments_never_heard():
    plans = [roles.plan(2027, k, "test") for k in range(40)]
    x = np.stack([loop(RATE) for _, loop in plans])
    params, config = neural.pretrained("loop-role")
    label = np.array([[c in row[0].split("+") for c in config.classes]
                      for row, _ in plans])  # fmt: skip
    p = harmonic_cnn.probabilities(params, x, RATE, config)
    assert p.shape == (40, 5) and p.max() > 0.8 and p.min() < 0.3
    assert loop_role.f1(p, label).mean() > loop_role.MEL_STATISTICS > loop_role.CHANCE


def test_f1_is_what_it_says():
    label = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0]])
    p = np.array([[0.9, 0.1, 0], [0.2, 0.6, 0], [0.7, 0.9, 0], [0.1, 0.8, 0]])
    np.testing.assert_allclose(loop_role.f1(p, label), [0.5, 0.8, 0.0])


def test_scores_of_folders(drums, tmp_path, capsys):
    x, _ = drums
    for name in ("all", "one"):
        (tmp_path / name).mkdir()
    for k in range(14):
        write_audio(tmp_path / "all" / f"{k:02d}.wav", x[k], RATE)
        write_audio(tmp_path / "one" / f"{k:02d}.wav", np.stack([x[2]] * 2), RATE)
    every, notes = loop_scores(tmp_path / "all")
    same, _ = loop_scores(tmp_path / "one")
    assert every["inception score (styles)"] > 8.0 and every["styles"] >= 12
    assert abs(same["inception score (styles)"] - 1.0) < 1e-3 and same["styles"] == 1
    assert "14 loops" in notes[0] and "take 140 at least" in notes[0]
    assert style_probabilities(tmp_path / "one").shape == (14, 14)
    folders = [str(tmp_path / "all"), str(tmp_path / "one")]
    assert main(["evaluate", "--loops", *folders]) == 0
    shown = capsys.readouterr().out
    assert "features: loop-style of this project" in shown
    score = every["inception score (styles)"]
    assert f"inception score (styles) {score:17.4f}{1.0:12.4f}" in shown


def test_recipes_learn_what_the_table_says(tmp_path):
    loops = {"count": 9, "held_out": (0.0, 0.25)}
    render_loops.render_set(tmp_path / "styles", styles=["house", "funk"], **loops)
    small = loop_style.Config(
        n_classes=14, n_bands=16, n_channels=(4, 6), n_hidden=8, hop_length=1000,
        n_groups=2,
    )  # fmt: skip
    run = Run(tmp_path / "run", n_steps=2, batch_size=4, progress=False)
    found = style_recipe.train(small, run._replace(loops=tmp_path / "styles"))
    assert 0.0 <= found <= 1.0
    path = tmp_path / "run" / "loop-style.ckpt"
    _, config = load_model(path, loop_style.Config)
    assert config.classes == ("funk", "house") and config.n_classes == 2
    render_loops.render_set(tmp_path / "roles", of="roles", seed=5, **loops)
    run = run._replace(folder=tmp_path / "other", loops=tmp_path / "roles")
    config = dataclasses.replace(SMALL, seconds=0.5)
    assert 0.0 <= loop_role.train(config, run) <= 1.0
    _, config = load_model(tmp_path / "other" / "loop-role.ckpt", Config)
    assert set(config.classes) <= set(roles.ROLES) and config.seconds == 0.5

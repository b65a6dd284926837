"""Models told a note: the shipped ones reach their figures and play in tune."""

import importlib

import numpy as np
import pytest

import neural
from neural.data import notes
from neural.evaluation.entropy import bigram_entropy
from neural.recipes import told_notes

NAMES = "wavenet", "samplernn", "wavernn"


@pytest.fixture(scope="module", params=NAMES)
def shipped(request):
    """Model, recipe, parameters and configuration."""
    parts = [
        importlib.import_module(f"neural.{room}.{request.param}")
        for room in ("notes", "recipes")
    ]
    return *parts, *neural.pretrained(request.param)


def test_it_reaches_its_figure_on_pairs_never_trained_on(shipped):
    model, recipe, params, config = shipped
    assert config == model.Config.tiny()
    codes = np.asarray(recipe.held_out(config)["codes"])
    nats = recipe.held_out_nats(params, config)
    assert nats < recipe.HELD_OUT_NATS + 0.02
    if hasattr(recipe, "yardstick"):
        counting = recipe.yardstick(codes, config)
    else:
        counting = bigram_entropy(codes, n_codes=config.n_codes)
    assert nats < counting - 0.6


def test_it_plays_the_pitch_it_is_told_on_pairs_never_trained_on(shipped):
    model, recipe, params, config = shipped
    x, pitch = told_notes.played_pairs(
        model.generate,
        params,
        config,
        temperature=recipe.TEMPERATURE,
        times=2,
        seconds=0.35,
    )
    assert len(x) == 2 * len(notes.pairs(held_out=True))
    off = told_notes.cents_off(x, pitch, config.sample_rate)
    assert np.mean(off < 50) >= 0.6  # by chance: 0.08


def test_cents_off_by_ear():
    t = np.arange(2000) / 4000
    tones = np.sin(2 * np.pi * np.array([[440.0], [452.9], [880.0]]) * t)
    off = told_notes.cents_off(tones, [69, 69, 69], 4000)
    np.testing.assert_allclose(off, [0, 50, 0], atol=3)
    exact = told_notes.cents_off(tones, [69, 69, 69], 4000, octaves=True)
    np.testing.assert_allclose(exact, [0, 50, 1200], atol=3)
    assert told_notes.cents_off(0 * tones, [69, 69, 69], 4000).tolist() == 3 * [np.inf]

"""The codec without a network: there and back, nearest rows, what is left over."""

import dataclasses

import jax
import numpy as np
import pytest

import neural
from neural.data.bank_notes import bank_notes, louder
from neural.layers import count_parameters
from neural.notes import lapped_codec as model
from neural.notes.lapped_codec import Config
from neural.recipes import lapped_codec as recipe
from neural.recipes.running import Run
from neural.vector_quantization import k_means

SMALL = Config(sample_rate=8000, hop_length=8, n_codebooks=3, codebook_size=6)
RNG = np.random.default_rng(0)
PARAMS = {"codebooks": RNG.standard_normal((3, 6, 8)).astype(np.float32)}


@pytest.mark.parametrize("hop_length", [8, 128])
def test_the_transform_is_orthogonal_and_undone_by_its_transpose(hop_length):
    x = RNG.standard_normal((2, 12 * hop_length)).astype(np.float32)
    X = model.forward(x, hop_length)
    assert X.shape == (2, 12, hop_length)
    y = np.asarray(model.back(X, hop_length))
    np.testing.assert_allclose(y[:, :-hop_length], x[:, :-hop_length], atol=1e-5)
    x[:, -2 * hop_length :] = 0.0  # nothing at the end that has no second frame
    energy = np.sum(np.asarray(model.forward(x, hop_length)) ** 2)
    np.testing.assert_allclose(energy, np.sum(x**2), rtol=1e-5)


def test_a_frame_is_what_its_definition_says():
    x = RNG.standard_normal((1, 32)).astype(np.float32)
    padded, H = np.concatenate([np.zeros(8), x[0]]), 8
    for t, k in ((0, 0), (2, 5)):
        n = np.arange(2 * H)
        window = np.sin(np.pi * (n + 0.5) / (2 * H))
        cosine = np.cos(np.pi / H * (n + 0.5 + H / 2) * (k + 0.5))
        wanted = np.sqrt(2 / H) * np.sum(window * cosine * padded[t * H + n])
        np.testing.assert_allclose(model.forward(x, H)[0, t, k], wanted, atol=1e-5)


def test_each_code_is_the_row_nearest_to_what_is_left_over():
    x = RNG.standard_normal((2, 45)).astype(np.float32)
    codes = np.asarray(model.encode(PARAMS, x, SMALL))
    assert codes.shape == (2, 3, 6) and codes.dtype == np.int32
    frames = np.asarray(model.forward(np.pad(x, [(0, 0), (0, 3)]), 8))
    for row in range(2):
        for t in range(6):
            rest = frames[row, t]
            for book, code in zip(PARAMS["codebooks"], codes[row, :, t], strict=True):
                assert code == np.argmin(np.sum((rest - book) ** 2, axis=1))
                rest = rest - book[code]
    y = model.decode(PARAMS, codes, SMALL)
    X = sum(PARAMS["codebooks"][k][codes[:, k]] for k in range(3))
    np.testing.assert_allclose(y, model.back(X, 8), atol=1e-5)
    fewer = model.decode(PARAMS, codes[:, :1], SMALL)
    np.testing.assert_allclose(
        fewer, model.back(PARAMS["codebooks"][0][codes[:, 0]], 8), atol=1e-5
    )


def test_k_means_finds_groups_that_are_there():
    middle = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    points = np.repeat(middle, 50, axis=0) + 0.1 * RNG.standard_normal((150, 2))
    rows = k_means(points.astype(np.float32), 3, np.random.default_rng(1), 10)
    found = rows[np.argsort(rows @ [1.0, 2.0])]
    np.testing.assert_allclose(found, middle, atol=0.1)


def test_each_codebook_leaves_less():
    x = np.cumsum(RNG.standard_normal((20, 400)), axis=1).astype(np.float32)
    params = model.fit(x, SMALL, n_frames=800)
    assert params["codebooks"].shape == (3, 6, 8)
    codes = np.asarray(model.encode(params, x, SMALL))
    left = [
        np.sum((x - np.asarray(model.decode(params, codes[:, :n], SMALL))) ** 2)
        for n in (1, 2, 3)
    ]
    assert np.sum(x**2) > left[0] > left[1] > left[2]


def test_sizes():
    assert count_parameters(model.init, Config.paper()) == 9 * 1024 * 512
    assert count_parameters(model.init, Config.tiny()) == 4 * 256 * 128


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: model.encode(PARAMS, np.zeros(8), SMALL), "x must be signals"),
        (
            lambda: model.decode(PARAMS, np.zeros((1, 4, 2), int), SMALL),
            "1 to 3 codebooks",
        ),
    ],
)
def test_mistakes_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_recipe_writes_what_it_learned(tmp_path, monkeypatch):
    config = dataclasses.replace(Config.tiny(), codebook_size=4, n_codebooks=2)
    x = np.sin(np.arange(8192) * np.linspace(0.1, 0.4, 8)[:, None]).astype(np.float32)
    monkeypatch.setattr(recipe, "load", lambda folders, config, split=None: 0.5 * x)
    percent = recipe.train(config, Run(tmp_path, notes=("nowhere",)))
    params, loaded = neural.checkpoints.load_model(
        tmp_path / "lapped-codec.ckpt", Config
    )
    assert loaded == config and 0 < percent < 100
    again = recipe.left_over(params, 0.5 * x, config)
    np.testing.assert_allclose(100 * again, percent, rtol=1e-4)


def test_the_shipped_one_keeps_notes_it_never_heard():
    params, config = neural.pretrained("lapped-codec")
    assert config == Config.tiny()
    options = {"sample_rate": config.sample_rate, "n_samples": 8192}
    x = louder(bank_notes("trumpet+recorder", 62, **options), recipe.PEAK)
    assert recipe.left_over(params, x, config) < 0.25
    y = recipe.generate(params, config, duration=0.3, instrument="trumpet")
    assert y.shape == (2400,) and y.dtype == np.float32 and jax.numpy.isfinite(y).all()

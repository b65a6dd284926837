"""The run folder: log, picture, samples."""

import json

import matplotlib.image
import numpy as np
import pytest

from dsplab.formats.audio_files import read_audio
from dsplab.show import plot_curves
from neural import runs


def logged(folder, n=5, **values):
    lines = [{"step": i + 1, "seconds": 0.1 * i, **values} for i in range(n)]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "log.jsonl").write_text(text)
    return lines


def test_a_log_is_read_without_its_torn_end_and_cut(tmp_path):
    lines = logged(tmp_path, loss=2.0)
    with open(tmp_path / "log.jsonl", "a") as log:
        log.write('{"step": 6, "lo')
    assert runs.read_log(tmp_path) == lines
    runs.cut_log(tmp_path, 3)
    assert runs.read_log(tmp_path) == lines[:3]


def test_a_folder_without_a_run_is_said_so_and_may_be_begun(tmp_path):
    with pytest.raises(ValueError, match="holds no run: there is no log.jsonl"):
        runs.read_log(tmp_path)
    runs.cut_log(tmp_path, 0)
    assert runs.read_log(tmp_path) == [] and runs.draw(tmp_path) is None


def test_the_picture_has_a_panel_for_losses_and_one_for_gradients(tmp_path):
    logged(tmp_path, loss=2.0)
    one = matplotlib.image.imread(runs.draw(tmp_path))
    logged(tmp_path, n=300, loss=2.0, critic_loss=1.0, grad_norm=0.1, scale=3.0)
    two = matplotlib.image.imread(runs.draw(tmp_path))
    assert two.shape[0] == 2 * one.shape[0] and two[..., :3].min() < 0.5


def test_samples_are_kept_by_step_and_name(tmp_path):
    x = np.linspace(-0.5, 0.5, 99, dtype=np.float32)
    runs.keep_samples(
        tmp_path, 12, {"note": (x, 8000), "pair": (x[None][[0, 0]], 8000)}
    )
    found, sample_rate = read_audio(tmp_path / "samples" / "step_00000012-note.wav")
    np.testing.assert_allclose(found, x, atol=1e-4)
    assert sample_rate == 8000
    assert (tmp_path / "samples" / "step_00000012-pair.wav").exists()


def test_curves_are_named_and_long_ones_smoothed():
    x = np.arange(400.0)
    ax = plot_curves(x, {"a": x % 2, "b": 0 * x}, xlabel="step", log=False)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]
    pale, mean, *others = ax.get_lines()
    assert len(others) == 2
    assert np.ptp(mean.get_ydata()) < 0.2 < np.ptp(pale.get_ydata())
    with pytest.raises(ValueError, match="a must have one value for each x"):
        plot_curves(x, {"a": x[1:]}, xlabel="step")

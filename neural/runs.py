"""The run folder: what a training leaves for eyes and ears.

config.json     what was asked for
log.jsonl       one line for each logged step: step, loss, ..., seconds
loss.png        the log, drawn
samples/        what the model sounded like, step by step
checkpoints/    the last few states, see `checkpoints`
"""

import importlib
import json
import pathlib

from dsplab.formats.audio_files import write_audio
from neural import checkpoints


def read_log(folder):
    """Lines of a run's log: a list of dicts, oldest first; a torn last one is left out.

    Raises:
      ValueError: if there is no log in the folder.
    """
    path = pathlib.Path(folder) / "log.jsonl"
    if not path.exists():
        raise ValueError(f"{folder} holds no run: there is no log.jsonl")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def cut_log(folder, step):
    """Drop the lines of the log after a step, and a torn one."""
    path = pathlib.Path(folder) / "log.jsonl"
    log = read_log(folder) if path.exists() else []
    text = "".join(json.dumps(line) + "\n" for line in log if line["step"] <= step)
    checkpoints.write_safely(path, text.encode())


def draw(folder):
    """Draw the log into loss.png: losses above, the size of gradients below.

    Returns:
      Path of the picture; None if nothing was logged.
    """
    log = read_log(folder)
    if not log:
        return None
    panels = {"loss": {}, "gradients": {}}
    for name in log[-1]:
        if name in log[0] and name not in ("step", "seconds", "scale"):
            panel = panels["gradients" if "norm" in name else "loss"]
            panel[name] = [line[name] for line in log]
    panels = {name: curves for name, curves in panels.items() if curves}
    path = pathlib.Path(folder) / "loss.png"
    show = importlib.import_module("dsplab.show.curves")
    steps = [line["step"] for line in log]
    show.plot_panels(steps, panels, xlabel="step").savefig(path, dpi=110)
    return path


def keep_samples(folder, step, sounds):
    """Write what a model sounds like after a step.

    Args:
      folder: the run's.
      step: how many steps it has learned.
      sounds: dict of name to (signal, sample rate).
    """
    samples = pathlib.Path(folder) / "samples"
    samples.mkdir(parents=True, exist_ok=True)
    for name, (x, sample_rate) in sounds.items():
        write_audio(samples / f"step_{step:08d}-{name}.wav", x, sample_rate)

"""One training step and the loader, here and in PyTorch.

    python -m bench wavenet_training

* The step: `neural.notes.wavenet.train_step` of the shipped size (loss, gradients,
  clipping, Adam, moving average) beside the same network in PyTorch (eager, and by
  `torch.compile`), from the same parameters on the same batch; the losses are compared
  before the clocks start. One thread each, steps per CPU second.
* The loader: batches of 16 random stretches of 4000 samples from a folder of WAV files
  (`neural.data.sounds`) beside `torch.utils.data.DataLoader` (no worker processes) over
  the same files read by soundfile. Batches per CPU second.
"""

import functools
import tempfile
from pathlib import Path

import jax
import numpy as np
import optax
import soundfile

from bench._timing import cpu_seconds
from neural.conditions import condition_frames
from neural.data import sounds
from neural.notes import wavenet
from neural.optimization import clipped, init_state
from neural.recipes import wavenet as recipe

BATCH_SIZE, N_SAMPLES, N_FILES = 16, 4000, 200


def main():
    """Print both tables."""
    try:
        import torch
    except ImportError:
        torch = None
        print("torch is not installed: its rows are left out")
    else:
        torch.set_num_threads(1)
    for title, seconds in (("steps", steps(torch)), ("batches", loaders(torch))):
        print(f"\n{'':28}{title + ' per CPU second':>24}")
        for name, value in seconds.items():
            ratio = value / seconds["ours"]
            print(f"{name:28}{1 / value:24.1f}   ours is {ratio:.2f} x")


def steps(torch):
    """CPU seconds of one step of each."""
    config = wavenet.Config.tiny()
    rule = clipped(optax.adam(1e-3))
    params = wavenet.init(jax.random.key(0), config)
    batch = recipe.batch(0, 0, config)
    state = init_state(params, rule)
    update = functools.partial(wavenet.train_step, config=config, optimizer=rule)
    wanted = float(update(state, batch)[1]["loss"])

    found = {"ours": cpu_seconds(lambda: jax.block_until_ready(update(state, batch)))}
    if torch is None:
        return found
    for name, compiled in (("PyTorch, eager", False), ("PyTorch, compiled", True)):
        step = torch_step(torch, params, config, batch, compiled)
        loss = step()
        assert abs(loss - wanted) < 1e-4 * wanted, (loss, wanted)
        found[name] = cpu_seconds(step)
    return found


def torch_step(torch, params, config, batch, compiled):
    """A function that takes one step of the same network and returns the loss."""
    tensors = jax.tree.map(
        lambda x: torch.tensor(np.array(x), requires_grad=True), params
    )
    average = [leaf.detach().clone() for leaf in jax.tree.leaves(tensors)]
    leaves = jax.tree.leaves(tensors)
    adam = torch.optim.Adam(leaves, 1e-3)
    codes = torch.tensor(np.asarray(batch["codes"]), dtype=torch.int64)
    told = {k: v for k, v in batch.items() if k != "codes"}
    h = torch.tensor(np.asarray(condition_frames(config, **told)))
    loss_of = functools.partial(torch_loss, torch, config=config)
    if compiled:
        loss_of = torch.compile(loss_of)

    def step():
        adam.zero_grad(set_to_none=True)
        loss = loss_of(tensors, codes, h)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(leaves, 1.0)
        adam.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, leaves, 0.01)
        return loss.item()

    return step


def torch_loss(torch, params, codes, h, *, config):
    """Cross-entropy of the network, its arrays (batch, channels, time)."""
    functional = torch.nn.functional

    def conv(x, kernel, bias, dilation=1):
        x = functional.pad(x, ((len(kernel) - 1) * dilation, 0))
        return functional.conv1d(x, kernel.permute(2, 1, 0), bias, dilation=dilation)

    def dense(x, name, place=params):
        return conv(x, place[name]["kernel"][None], place[name].get("bias"))

    silence = torch.full_like(codes[:, :1], config.n_codes // 2)
    past = torch.cat([silence, codes[:, :-1]], 1)
    one_hot = functional.one_hot(past, config.n_codes).float().transpose(1, 2)
    stack = params["stack"]
    x, skips = conv(one_hot, stack["front"]["kernel"], None), 0.0
    for i, dilation in enumerate(config.dilations):
        layer = stack[f"layers_{i}"]
        frames = dense(h.transpose(1, 2), f"conditions_{i}", stack)
        frames = frames.repeat_interleave(config.hop_length, 2)[:, :, : codes.shape[1]]
        a = conv(x, layer["conv"]["kernel"], layer["conv"]["bias"], dilation) + frames
        f, g = a.chunk(2, 1)
        out = dense(torch.tanh(f) * torch.sigmoid(g), "out", layer)
        x, skips = x + out[:, : config.n_channels], skips + out[:, config.n_channels :]
    logits = dense(torch.relu(dense(torch.relu(skips), "head")), "logits")
    return functional.cross_entropy(logits, codes)


def loaders(torch):
    """CPU seconds of one batch of each."""
    with tempfile.TemporaryDirectory() as folder:
        rng = np.random.default_rng(0)
        for i in range(N_FILES):
            x = 0.1 * rng.standard_normal(64000)
            soundfile.write(Path(folder) / f"{i:03d}.wav", x, 16000)
        opened = sounds.open_sounds(folder, sample_rate=16000, shortest=N_SAMPLES)
        batches = iter(range(10**9))

        def ours():
            return sounds.batch(
                opened, 0, next(batches), batch_size=BATCH_SIZE, n_samples=N_SAMPLES
            )

        assert np.asarray(ours()["x"]).shape == (BATCH_SIZE, N_SAMPLES)
        found = {"ours": cpu_seconds(ours)}
        if torch is not None:
            batches_of = torch_batches(torch, [opened.folder / n for n in opened.names])
            found["PyTorch"] = cpu_seconds(lambda: next(batches_of))
        return found


def torch_batches(torch, paths):
    """Batches without end by PyTorch's DataLoader."""

    class Cuts(torch.utils.data.Dataset):
        def __len__(self):
            return len(paths)

        def __getitem__(self, i):
            with soundfile.SoundFile(paths[i]) as file:
                file.seek(int(torch.randint(file.frames - N_SAMPLES, ())))
                return torch.from_numpy(file.read(N_SAMPLES, dtype="float32"))

    loader = torch.utils.data.DataLoader(
        Cuts(), BATCH_SIZE, shuffle=True, drop_last=True
    )
    while True:
        yield from loader


if __name__ == "__main__":
    main()

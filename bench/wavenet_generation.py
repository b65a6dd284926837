"""WaveNet generation: ring buffers here, re-reading the past, and PyTorch.

    python -m bench.wavenet_generation

The shipped network plays the same notes four ways, in one run on this machine:

* ours: `neural.notes.wavenet.generate`, ring buffers inside `lax.scan`;
* re-reading: our jitted full convolution over the receptive field for every sample;
* PyTorch, eager: the same network with the same ring buffers, one Python loop over
  samples under `torch.inference_mode`, the convolution of each step one `addmm`;
* PyTorch, script: the same loop body compiled by `torch.jit.script`.

The twin's logits are compared with ours first. Rates are samples per second of CPU time
(all threads), because other work on a machine distorts wall time; the wall rate stands
beside. PyTorch runs on one thread and on two, and the better counts.
"""

import time
import warnings

import jax
import jax.numpy as jnp
import numpy as np

import neural
from neural.conditions import told
from neural.notes import wavenet

SECONDS = 1.0


def rates(play, n_samples):
    """Best of three: (samples per CPU second, samples per wall second)."""
    play()  # compiles, warms up
    best = (0.0, 0.0)
    for _ in range(3):
        cpu, wall = time.process_time(), time.perf_counter()
        play()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        best = (max(best[0], n_samples / cpu), max(best[1], n_samples / wall))
    return best


def ours(params, config, h, n_samples):
    """Our generation of len(h) notes."""
    return lambda: wavenet.sample(
        params, jax.random.key(0), h, 0.8, n_samples=n_samples, config=config
    ).block_until_ready()


def rereading(params, config, h, n_samples):
    """The definition: the whole receptive field again for every sample."""
    field = config.receptive_field

    @jax.jit
    def play(params, h):
        net = wavenet.WaveNet(config).bind({"params": params})
        now = h[:, 10:11]  # one condition frame, which holds for all of them

        def step(past, key):
            logits = net.from_one_hot(net.one_hot(past), now)[:, -1]
            code = jax.random.categorical(key, logits / 0.8)
            return jnp.concatenate([past[:, 1:], code[:, None]], axis=1), code

        past = jnp.full((len(h), field), config.n_codes // 2)
        return jax.lax.scan(step, past, jax.random.split(jax.random.key(0), n_samples))

    return lambda: jax.block_until_ready(play(params, h))


class Twin:
    """The same network in PyTorch, with cached generation."""

    def __init__(self, torch, params, config, h):
        """Take over the parameters, and apply the conditions' weights to the frames."""
        self.torch, self.config = torch, config

        def tensor(x):
            return torch.tensor(np.array(x, np.float32))

        stack = params["stack"]
        kernel = stack["front"]["kernel"]
        assert len(kernel) == 1, "the twin knows a front convolution of one tap"
        self.table = tensor(kernel[0])
        self.weights, self.frames = [], []
        for i in range(len(config.dilations)):
            layer = stack[f"layers_{i}"]
            kernel = np.asarray(layer["conv"]["kernel"])
            self.weights += [
                tensor(kernel.reshape(-1, kernel.shape[-1])),
                tensor(layer["conv"]["bias"]),
                tensor(layer["out"]["kernel"]),
                tensor(layer["out"]["bias"]),
            ]
            told = np.asarray(h) @ np.asarray(stack[f"conditions_{i}"]["kernel"])
            self.frames.append(tensor(np.moveaxis(told, 1, 0)))
        self.head = [
            tensor(params[name][part])
            for name in ("head", "logits")
            for part in ("kernel", "bias")
        ]
        self.batch = len(h)

    def start(self):
        """Ring buffers of zeros and the code of silence."""
        torch, c = self.torch, self.config
        buffers = [torch.zeros(d, self.batch, c.n_channels) for d in c.dilations]
        return buffers, torch.full((self.batch,), c.n_codes // 2)

    def play(self, step, n_samples, codes=None):
        """Draw codes, or with given codes return the logits of each."""
        torch, hop_length = self.torch, self.config.hop_length
        drawn, all_logits = [], []
        with torch.inference_mode():
            buffers, code = self.start()
            for t in range(n_samples):
                now = [f[min(t // hop_length, len(f) - 1)] for f in self.frames]
                logits = step(
                    self.table[code], now, buffers, self.weights, self.head, t
                )
                if codes is None:
                    p = torch.softmax(logits / 0.8, dim=-1)
                    code = torch.multinomial(p, 1)[:, 0]
                    drawn.append(code)
                else:
                    code = codes[:, t]
                    all_logits.append(logits)
            return torch.stack(drawn if codes is None else all_logits, dim=1)


def torch_step(torch):
    """One sample of the network, in PyTorch: eager, and compiled by TorchScript."""

    def step(
        x: torch.Tensor,
        now: list[torch.Tensor],
        buffers: list[torch.Tensor],
        weights: list[torch.Tensor],
        head: list[torch.Tensor],
        t: int,
    ):
        n = x.size(1)
        skips = torch.zeros(1)
        for i in range(len(buffers)):
            slot = t % buffers[i].size(0)
            taps = torch.cat([buffers[i][slot], x], dim=1)
            buffers[i][slot] = x
            a = torch.addmm(weights[4 * i + 1], taps, weights[4 * i]) + now[i]
            f, g = a.chunk(2, dim=1)
            z = torch.tanh(f) * torch.sigmoid(g)
            out = torch.addmm(weights[4 * i + 3], z, weights[4 * i + 2])
            x = x + out[:, :n]
            skips = skips + out[:, n:]
        y = torch.relu(torch.addmm(head[1], torch.relu(skips), head[0]))
        return torch.addmm(head[3], y, head[2])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit announces its retirement
        return step, torch.jit.script(step)


def main():
    """Print the table."""
    params, config = neural.pretrained("wavenet")
    n_samples = round(SECONDS * config.sample_rate)
    print(f"{'':34}samples per CPU second   per wall second")
    for batch in (1, 8):
        pitch = np.linspace(50, 70, batch)
        h = told(n_samples, config, pitch=pitch, instrument=np.arange(batch) % 4)
        table = {"ours": rates(ours(params, config, h, n_samples), batch * n_samples)}
        few = n_samples // 40
        again = rereading(params, config, h, few)
        table["re-reading the receptive field"] = rates(again, batch * few)
        table |= torch_rates(params, config, h, n_samples // 8)
        for name, (cpu, wall) in table.items():
            ratio = table["ours"][0] / cpu
            label = f"{batch} note{'s' * (batch > 1)}, {name}"
            print(f"{label:34}{cpu:16,.0f}{wall:18,.0f}   ours is {ratio:.1f} x")


def torch_rates(params, config, h, n_samples):
    """The PyTorch rows, after checking that the twin computes the same."""
    try:
        import torch
    except ImportError:
        print("torch is not installed: its rows are left out")
        return {}
    twin, found = Twin(torch, params, config, h), {}
    codes = np.random.default_rng(0).integers(config.n_codes, size=(len(h), 600))
    net = wavenet.WaveNet(config)
    expected = net.apply({"params": params}, codes, h)
    for name, step in zip(("eager", "script"), torch_step(torch), strict=True):
        logits = twin.play(step, 600, torch.tensor(codes)).numpy()
        difference = float(np.abs(logits - expected).max() / np.abs(expected).max())
        assert difference < 1e-4, difference
        best = (0.0, 0.0)
        for threads in (1, 2):
            torch.set_num_threads(threads)
            both = rates(lambda s=step: twin.play(s, n_samples), len(h) * n_samples)
            best = max(best, both)
        found[f"PyTorch, {name}"] = best
    return found


if __name__ == "__main__":
    main()

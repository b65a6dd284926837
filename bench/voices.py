"""One subtractive voice, and 64 at once, beside the synthesizers that learn.

A voice is an oscillator without wrong notes (BLEP), an ADSR for loudness and one for
the cutoff, an LFO, and a resonant filter whose cutoff changes at every sample; for the
peers, their own `Voice` (a sine, a bent saw, noise, envelopes and LFOs at 441 Hz, no
filter at all). A batch goes through `vmap`, all voices at once, or `lax.map`, one after
the other, which stays in the processor's cache. Seconds of sound for each CPU second of
all threads, best of five, four seconds at 44.1 kHz in float32; compiling is not
counted. torchsynth 1.0.2 needs modules that no longer exist: what little it uses of
them stands below.
"""

import importlib.util
import sys
import types
from functools import partial

import numpy as np

from bench._timing import cpu_seconds

SAMPLE_RATE, SECONDS, BATCH = 44100, 4.0, 64


def patches():
    """The plain voice that is compared, and a richer one."""
    from dsplab.synths.subtractive import PRESETS, Patch

    plain = Patch(
        filter="lowpass", cutoff=800.0, resonance=0.5, cutoff_octaves=3.0,
        lfo_octaves=0.5, lfo_hz=4.0,
    )  # fmt: skip
    ladder = plain._replace(filter="lowpass24")
    return {"plain": plain, "plain, ladder": ladder, "lead": PRESETS["lead"]}


def own():
    """Rows of ours: (name, CPU seconds of one, of a batch)."""
    import jax
    import jax.numpy as jnp

    from dsplab.synths.subtractive import voice

    n = round(SECONDS * SAMPLE_RATE)
    pitches = 55.0 * 2.0 ** (np.arange(BATCH) / 16)
    f0 = np.repeat(pitches[:, None], n, axis=1)
    for name, patch in patches().items():
        single = partial(voice, held=3.0, sample_rate=SAMPLE_RATE, patch=patch)
        yield f"dsplab {name}, NumPy", cpu_seconds(lambda s=single: s(f0[20])), None
        one = jax.jit(single)
        many = jax.jit(jax.vmap(single))
        x = jnp.asarray(f0, dtype=jnp.float32)
        first = cpu_seconds(lambda f=one, x=x: f(x[20]).block_until_ready())
        batch = cpu_seconds(lambda f=many, x=x: f(x).block_until_ready(), 3)
        yield f"dsplab {name}, JAX, vmap", first, batch
        queue = jax.jit(partial(jax.lax.map, single))
        batch = cpu_seconds(lambda f=queue, x=x: f(x).block_until_ready(), 3)
        yield f"dsplab {name}, JAX, lax.map", None, batch


def synthax_row():
    """SynthAX's voice, jitted."""
    import jax
    from synthax.config import SynthConfig
    from synthax.synth import Voice

    seconds = []
    for batch in (1, BATCH):
        synth = Voice(config=SynthConfig(batch, SAMPLE_RATE, SECONDS))
        params = synth.init(jax.random.PRNGKey(0))
        play = jax.jit(synth.apply)
        seconds.append(
            cpu_seconds(lambda f=play, p=params: jax.block_until_ready(f(p)), 3)
        )
    yield "SynthAX Voice, jitted", *seconds


def torchsynth_row():
    """torchsynth's voice, without gradients."""
    _stand_ins()
    import torch
    from torchsynth.config import SynthConfig
    from torchsynth.synth import Voice

    torch.set_num_threads(1)
    seconds = []
    for batch in (1, BATCH):
        config = SynthConfig(
            batch_size=batch,
            sample_rate=SAMPLE_RATE,
            buffer_size_seconds=SECONDS,
            reproducible=False,
        )
        synth = Voice(config)
        with torch.no_grad():
            seconds.append(cpu_seconds(lambda s=synth: s(0), 3))
    yield "torchsynth Voice, no gradients", *seconds


def _stand_ins():
    """What torchsynth imports and can no longer be had: two modules, by their use."""
    import torch
    import torchsynth

    class LightningModule(torch.nn.Module):
        device = torch.device("cpu")

    def resource_string(_, path):
        from pathlib import Path

        return (Path(torchsynth.__file__).parent / path).read_bytes()

    names = ("pytorch_lightning", "pytorch_lightning.core", "pkg_resources")
    modules = {name: types.ModuleType(name) for name in names}
    lightning = types.ModuleType("pytorch_lightning.core.lightning")
    lightning.LightningModule = LightningModule
    modules["pkg_resources"].resource_string = resource_string
    sys.modules.update(modules)
    sys.modules["pytorch_lightning.core.lightning"] = lightning


PEERS = {"synthax": synthax_row, "torchsynth": torchsynth_row}


def main():
    """Print one table."""
    print(f"| what | one voice | {BATCH} voices |\n|---|---|---|")
    for name, rows in {"dsplab": own, **PEERS}.items():
        if importlib.util.find_spec(name) is None:
            print(f"| {name}: not installed, left out | | |")
            continue
        for title, one, many in rows():
            figures = [one and SECONDS / one, many and BATCH * SECONDS / many]
            cells = (f"{f:.0f}" if f else "" for f in figures)
            print(f"| {title} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()

"""Fixtures that every test may take."""

import os
import platform
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

ROOT = Path(__file__).parent

# Most of what is compiled here runs once: XLA need not polish it, and without its
# emitters of fusions it takes a third of the time (read at first use). Without polish
# some loops would multiply and add in one rounding and others in two, so that what is
# computed twice differs (max(x) == x nowhere); AVX has no such instruction.
FLAGS = [
    "--xla_backend_optimization_level=0",
    "--xla_cpu_use_fusion_emitters=false",
    "--xla_cpu_parallel_codegen_split_count=1",
]
if platform.machine() in ("x86_64", "AMD64"):
    FLAGS.append("--xla_cpu_max_isa=AVX")
os.environ["XLA_FLAGS"] = " ".join([os.environ.get("XLA_FLAGS", ""), *FLAGS]).strip()
jax.config.update("jax_enable_x64", True)  # so that both libraries can be held to 1e-9
if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    jax.config.update("jax_compilation_cache_dir", str(ROOT / ".cache" / "jax"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)

# each takes 10 s or more: they come first, so that no core waits for one at the end
LONG = """
    test_neural_cli test_devices test_codec test_codec_discriminators test_gansynth
    test_bad_input test_check_solutions test_array test_tutorials test_tour
    test_loop_classifiers test_training test_wavenet test_told_notes test_adversarial
    test_phase_vocoder test_modal test_nsynth_spectral test_phase_distortion
    test_multiresolution test_mel_wavernn test_instrumentgen test_morphing
    test_progressive_gan test_nsynth_wavenet test_samplernn test_nsynth
""".split()


def pytest_collection_modifyitems(items):
    """Long files first; `--no-loadscope-reorder` keeps this order in parallel."""
    place = {name: k for k, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path.stem, len(LONG)))


@pytest.fixture(params=[np, jnp], ids=["numpy", "jax"])
def xp(request):
    """The array library a test runs in; every test that takes it runs twice."""
    return request.param


@pytest.fixture
def compiled(xp):
    """`jax.jit` where a test runs in JAX: one compilation, not one per operation."""
    return jax.jit if xp is jnp else lambda function: function


@pytest.fixture(autouse=True)
def numpy_in_doctests(doctest_namespace):
    """Doctests write np without importing it."""
    doctest_namespace["np"] = np


@pytest.fixture(scope="session")
def recordings():
    """Folder of real recordings (DSPLAB_AUDIO); without it the test is skipped."""
    folder = Path(os.environ.get("DSPLAB_AUDIO", ROOT.parent / "shared" / "audio"))
    if not folder.is_dir():
        pytest.skip(
            f"no recordings: set DSPLAB_AUDIO to their folder (not in {folder})"
        )
    return folder

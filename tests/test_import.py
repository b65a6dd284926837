import subprocess
import sys

import pytest

HEAVY = {"jax", "matplotlib", "scipy.signal", "scipy.fft", "IPython", "soundfile"}


@pytest.mark.parametrize(
    "statement, allowed",
    [
        ("import dsplab", set()),
        ("import dsplab.convert, dsplab.windows, dsplab.frames", set()),
        ("import dsplab.stretch, dsplab.analysis", set()),
        ("import dsplab.formats", {"soundfile"}),
        ("import dsplab.show", {"soundfile"}),
        ("import dsplab.__main__", set()),
    ],
)
def test_importing_is_light(statement, allowed):
    code = f"import sys; {statement}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0 and run.stderr == ""
    assert not (HEAVY - allowed) & set(run.stdout.split())

"""Measures of sets beside the published packages: the numbers, CPU time, memory.

    python -m bench evaluation                       what is not installed is named

Features of normal distributions, 5000 x 64 beside 5000 x 64. prdc (Naeem et al.) holds
whole matrices of distances, ours blocks of rows. Memory is what NumPy allocated beyond
the features at its highest.
"""

import contextlib
import importlib
import io
import tracemalloc

import numpy as np
from scipy.linalg import sqrtm

from bench._timing import cpu_seconds
from neural.evaluation.density_coverage import density_coverage
from neural.evaluation.frechet import frechet_distance
from neural.evaluation.precision_recall import precision_recall

N, D, K = 5000, 64, 5


def main():
    """Print the table."""
    R = np.random.RandomState
    real, generated = R(0).randn(N, D), R(1).randn(N, D) * 0.9 + 0.1

    def ours():
        found = precision_recall(real, generated, k=K)._asdict()
        return found | density_coverage(real, generated, k=K)._asdict()

    _line("precision ... coverage, ours", ours, lambda found: list(found.values()))
    prdc = _found("prdc")
    if prdc:

        def theirs():
            with contextlib.redirect_stdout(io.StringIO()):
                return prdc.compute_prdc(real, generated, nearest_k=K)

        _line("precision ... coverage, prdc", theirs, lambda f: list(f.values()))
    _line("Frechet distance, ours", lambda: frechet_distance(real, generated), float)
    _line("Frechet distance, SciPy's sqrtm", lambda: _by_sqrtm(real, generated), float)


def _by_sqrtm(real, generated):
    """The distance as pytorch-fid and its descendants calculate it."""
    a, b = np.cov(real, rowvar=False), np.cov(generated, rowvar=False)
    shift = real.mean(axis=0) - generated.mean(axis=0)
    return shift @ shift + np.trace(a + b) - 2.0 * np.trace(sqrtm(a @ b)).real


def _found(name):
    """A peer, or None after saying that it is not there."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        print(f"{name}: not measured ({error})")
        return None


def _line(name, run, values):
    tracemalloc.start()
    found = values(run())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    seconds = cpu_seconds(run, repeats=2)
    numbers = " ".join(f"{v:.12g}" for v in np.atleast_1d(found))
    print(f"{name:32} {seconds:7.2f} CPU s {peak / 1e6:8.0f} MB   {numbers}")


if __name__ == "__main__":
    main()

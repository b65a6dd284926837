"""How long something takes."""

import time

import numpy as np


def cpu_seconds(run, repeats=3):
    """Least CPU seconds (all threads) of a run, after a first that is not counted.

    Short ones are taken several at a time: a system may count threads by the tick.
    """
    run()
    together = max(1, round(0.1 / max(_once(run, 1), 1e-3)))
    return min(_once(run, together) for _ in range(repeats))


def _once(run, times):
    begin = time.process_time()
    for _ in range(times):
        run()
    return (time.process_time() - begin) / times


def seconds_of(runs, rounds=5):
    """{name: least (CPU, wall) seconds}, after a first run that is not counted.

    The runs take turns, so that a machine that slows down slows all of them.
    """
    for run in runs.values():
        run()
    times = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            cpu, wall = time.process_time(), time.perf_counter()
            run()
            spent = time.process_time() - cpu, time.perf_counter() - wall
            times[name].append(spent)
    return {name: np.min(spent, axis=0) for name, spent in times.items()}

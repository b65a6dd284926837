"""How long something takes, in CPU time."""

import time


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

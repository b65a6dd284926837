"""One call of a student's function: on copies, within a time limit, with its own lines.

Three things make the message of a failed exercise useless if nobody takes care of them:
a solution that changes its input (every later test then fails for another reason), one
that never returns (the notebook hangs), and a traceback that ends deep inside NumPy.
"""

import contextvars
import ctypes
import linecache
import sys
import sysconfig
import threading
import time
import traceback
from pathlib import Path

import numpy as np

_PATHS = (sysconfig.get_path(kind) for kind in ("stdlib", "purelib", "platlib"))
LIBRARIES = (*_PATHS, str(Path(__file__).parents[1]))

ADVICE = {
    IndexError: "An index runs past the end: which is the last frame that still fits "
    "into the signal?",
    RecursionError: "The function calls itself without end: which case stops it?",
    NameError: "A name is used that does not exist inside the function: a misspelling, "
    "or a variable that should be an argument?",
    ZeroDivisionError: "Which of your numbers can become zero?",
    MemoryError: "An array is far larger than it should be: check how its length is "
    "computed.",
}


class Wrong(Exception):
    """What is wrong with an answer, in a sentence, and what may help."""

    def __init__(self, message, hint=None):
        """Keep both; without a hint, that of the property is shown."""
        super().__init__(message)
        self.message, self.hint = message, hint


class TookTooLong(Wrong):
    """A call that did not return in time; nothing else is tried after it."""


class _Stopped(BaseException):
    """Raised inside the student's thread to end it; no `except Exception` stops it."""


class Student:
    """A student's function, called as a test wants it: it answers with an array.

    Args:
      function: the student's.
      signature: how the exercise writes the call, for messages.
    """

    def __init__(self, function, signature):
        """Nothing is called yet."""
        self.function, self.signature = function, signature
        self.call = ""  # the latest call, as text
        self.shape = ()  # of its result
        self.started = None  # when the call that is running now began

    def __call__(self, *args, **options):
        """Call the function on copies and return its result as an array.

        Raises:
          Wrong: for an exception, a changed input, or a result that is not an array of
            finite numbers.
        """
        self.call = _call_text(self.function, args, options)
        given = [np.copy(a) if isinstance(a, np.ndarray) else a for a in args]
        result = self._run(given, options)
        for before, after in zip(args, given, strict=True):
            if isinstance(before, np.ndarray) and not np.array_equal(before, after):
                raise Wrong(
                    "Your function changed the array it was given.",
                    "Whoever calls it still needs that array: work on a copy, "
                    "x = x.copy(), and write y = y + 1 rather than y += 1.",
                )
        array = _as_array(result)
        self.shape = array.shape
        return array

    def _run(self, args, options):
        self.started = time.monotonic()
        try:
            with np.errstate(all="ignore"):
                return self.function(*args, **options)
        except _Stopped:
            raise
        except BaseException as error:
            raise self._explain(error) from None
        finally:
            self.started = None

    def _explain(self, error):
        line = student_line(traceback.walk_tb(error.__traceback__))
        said = f"{type(error).__name__}: {error}"
        if isinstance(error, TypeError) and not line:
            return Wrong(said, f"The call must work in this form: {self.signature}")
        advice = next((a for e, a in ADVICE.items() if isinstance(error, e)), None)
        return Wrong(
            f"{said}\n{line}", advice or "The line above is where it happened."
        )


def _as_array(result):
    if result is None:
        raise Wrong("Your function returned nothing (None).", "Is there a `return`?")
    try:
        array = np.asarray(result)
    except Exception:  # a list of arrays of different lengths, or stranger things
        array = np.asarray(None)
    if array.dtype.kind not in "fciub":
        raise Wrong(
            f"Your function returned a {type(result).__name__}, not an array of "
            "numbers.",
            "Return one array; np.stack joins a list of equally long ones.",
        )
    if not np.isfinite(array).all():
        count = int((~np.isfinite(array)).sum())
        raise Wrong(
            f"{count} of {array.size} values of your result are NaN or infinite.",
            "Somewhere zero is divided by zero, or the logarithm of zero taken. Make "
            "the divisor at least a tiny number: np.maximum(divisor, 1e-8).",
        )
    return array


def within(limit, job, student):
    """Run job() in a thread of its own and return its value or raise its exception.

    A thread and not a signal, because only the main thread gets signals and a notebook
    need not be there. A call of `student` that runs longer than `limit` seconds is
    stopped, and reported with the line it was seen in.

    Raises:
      TookTooLong: with the student's line.
    """
    outcome, done = [], threading.Event()

    def target():
        try:
            outcome.append((job(), None))
        except BaseException as error:
            outcome.append((None, error))
        finally:
            done.set()

    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(target,), daemon=True)
    thread.start()
    try:
        while not done.wait(0.05):
            started = student.started
            if started is not None and time.monotonic() - started > limit:
                raise _too_long(limit, thread)
    finally:
        _stop(thread, done)  # also when the user interrupts the notebook
    value, error = outcome[0]
    if error is not None:
        raise error
    return value


def _too_long(limit, thread):
    frame = sys._current_frames().get(thread.ident)
    line = student_line(reversed(list(traceback.walk_stack(frame)))) if frame else ""
    return TookTooLong(
        f"Your function had not returned after {limit:g} seconds.\n{line}",
        "Does the loop end? Follow the variable in its condition through two rounds.",
    )


def _stop(thread, done):
    """Ask a thread to end by raising in it; give up on one inside compiled code."""
    for _ in range(10):
        if done.is_set():  # it ends by itself, and is past what catches
            return thread.join()
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(_Stopped)
        )
        thread.join(0.02)


def student_line(frames):
    """The last of (frame, line number) pairs that is in no library, as text."""
    found = ""
    for frame, number in frames:
        code = frame.f_code
        text = linecache.getline(code.co_filename, number).strip()
        if text and not code.co_filename.startswith(LIBRARIES):
            found = f"in {code.co_name}, line {number}:  {text}"
    return found


def _call_text(function, args, options):
    name = getattr(function, "__name__", "your_function")
    words = [describe(a) for a in args] + [
        f"{key}={describe(value)}" for key, value in options.items()
    ]
    return f"{name}({', '.join(words)})"


def describe(value):
    """An argument in few words: short arrays in full, long ones by their look."""
    if not isinstance(value, np.ndarray):
        return repr(value)
    if value.size <= 12:
        return np.array2string(value, precision=3, separator=", ").replace("\n", "")
    shape = value.size if value.ndim == 1 else value.shape
    flat = value.ravel()
    if (flat == flat[0]).all():
        return f"<{shape} samples, all {flat[0]:g}>"
    if np.count_nonzero(flat) == 1:
        return f"<{shape} samples, all 0 but number {np.flatnonzero(flat)[0]}>"
    if value.ndim == 1 and np.allclose(np.diff(flat), flat[1] - flat[0]):
        return f"<{shape} samples, {flat[0]:g}, {flat[1]:g} ... {flat[-1]:g}>"
    first = ", ".join(f"{v:.3g}" for v in flat[:3])
    return f"<{shape} samples, {first}, ...>"

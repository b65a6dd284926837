"""`check`, and what an exercise, a property and a report are."""

import dataclasses
import textwrap
import time
from collections.abc import Callable

from dsplab._arguments import one_of, positive
from dsplab.check.inputs import Signal, cases, simplest
from dsplab.check.trial import Student, TookTooLong, Wrong, within

EXERCISES = {}
N_CASES = 20  # inputs tried for each property
SECONDS = 0.7  # after which a property is believed, for slow solutions


@dataclasses.dataclass(frozen=True)
class Property:
    """A sentence that is true of every right solution.

    `test(student, **case)` raises `Wrong` where it is not; `space` holds the values the
    case may take (see `inputs`).
    """

    sentence: str
    hint: str
    points: int
    space: dict
    test: Callable


@dataclasses.dataclass
class Exercise:
    """A function to be written: how it is called, its task, what is true of it."""

    name: str
    signature: str
    task: str
    properties: list = dataclasses.field(default_factory=list)

    def property(self, sentence, hint, *, points=1, **space):
        """Add the decorated test as a property, tried on the cases of `space`."""

        def add(test):
            self.properties.append(Property(sentence, hint, points, space, test))
            return test

        return add


@dataclasses.dataclass(frozen=True)
class Failure:
    """What was wrong, on which call, and what may help."""

    message: str
    hint: str
    call: str


@dataclasses.dataclass
class Report:
    """The result of `check`: points, and a failure or None for each property tried."""

    exercise: Exercise
    failures: dict = dataclasses.field(default_factory=dict)

    @property
    def points(self):
        """Sum of the points of the properties that hold."""
        tried = self.failures.items()
        points = {p.sentence: p.points for p in self.exercise.properties}
        return sum(points[sentence] for sentence, failure in tried if failure is None)

    @property
    def total(self):
        """Sum of all points."""
        return sum(p.points for p in self.exercise.properties)

    @property
    def passed(self):
        """Whether every property holds."""
        return self.points == self.total

    @property
    def failure(self):
        """The first failure, or None."""
        return next((f for f in self.failures.values() if f is not None), None)

    def __str__(self):
        """Every property on a line, and the first failure in full."""
        verdict = "solved" if self.passed else "not there yet"
        lines = [
            f"{self.exercise.name}: {verdict}, {self.points} of {self.total} points"
        ]
        for p in self.exercise.properties:
            if p.sentence not in self.failures:
                mark = "-"
            else:
                mark = "ok" if self.failures[p.sentence] is None else "FAIL"
            lines.append(f"  {mark:<5} {p.sentence}  [{p.points}]")
            if self.failure and self.failures.get(p.sentence) is self.failure:
                lines += _details(self.failure)
        return "\n".join(lines)

    def _ipython_display_(self):
        """Show nothing at the end of a cell: `check` has printed the report already."""


def _details(failure):
    labels = {
        "": failure.message,
        "seen with ": failure.call,
        "hint: ": failure.hint,
    }
    lines = []
    for label, text in labels.items():
        for k, line in enumerate((label + text).splitlines()):
            indent = " " * (8 if k == 0 else 10)
            lines += textwrap.wrap(
                line, 78, initial_indent=indent, subsequent_indent=" " * 10
            )
    return lines


def exercise(name, signature, task):
    """Make a new exercise and put it on the list."""
    EXERCISES[name] = Exercise(name, signature, task)
    return EXERCISES[name]


def exercises():
    """Print what there is to solve: name, call, task.

    >>> exercises()  # doctest: +ELLIPSIS
    hann(length)
        the periodic Hann window ...
    """
    for item in EXERCISES.values():
        print(item.signature)
        print(textwrap.indent(textwrap.fill(item.task, 76), "    "))


def check(name, function, *, time_limit=4.0):
    """Test your own solution of an exercise, print what was found and return it.

    Args:
      name: of the exercise; `exercises()` lists them.
      function: your solution: the function itself, `check("dft", my_dft)`.
      time_limit: seconds after which a call counts as an endless loop.

    Returns:
      A `Report` with `passed`, `points`, `total`, `failures` and `failure` (the first).

    Raises:
      ValueError: if there is no such exercise, or function is not one.

    >>> report = check("receptive_field", lambda kernel_size, dilations: sum(dilations))
    ... # doctest: +ELLIPSIS
    receptive_field: not there yet, 0 of 3 points
      FAIL  one layer sees kernel_size taps  [1]
            Your result is 1, expected 2.
    ...
    >>> report.passed, report.points
    (False, 0)
    """
    item = EXERCISES[one_of(name, tuple(EXERCISES), name="name")]
    if not callable(function):
        raise ValueError(
            f"function must be the function itself, got {type(function).__name__}: "
            f'write check("{name}", my_function), without parentheses after its name'
        )
    positive(time_limit, name="time_limit")
    report, student = Report(item), Student(function, item.signature)
    current = []  # the property being tried, for a time-out
    try:
        within(time_limit, lambda: _try_all(item, student, report, current), student)
    except TookTooLong as wrong:
        report.failures[current[-1].sentence] = _failure(wrong, current[-1], student)
    print(report)
    return report


def _try_all(item, student, report, current):
    for p in item.properties:
        current.append(p)
        report.failures[p.sentence] = _try(p, student)


def _try(p, student):
    """Look for a case in which a property fails: a `Failure`, or None."""

    def wrong(case):
        values = {k: v.array() if isinstance(v, Signal) else v for k, v in case.items()}
        try:
            p.test(student, **values)
        except Wrong as reason:
            return reason
        except (IndexError, TypeError, ValueError):  # the result does not fit the test
            return Wrong(f"A result of shape {student.shape} cannot be right here.")
        return None

    def still_wrong(case):
        return time.monotonic() < end and wrong(case) is not None

    end = time.monotonic() + SECONDS
    for case in cases(p.space, count=N_CASES):
        if wrong(case) is not None:
            case = simplest(p.space, case, still_wrong)
            return _failure(wrong(case), p, student)
        if time.monotonic() > end:
            break
    return None


def _failure(wrong, p, student):
    return Failure(wrong.message, wrong.hint or p.hint, student.call)

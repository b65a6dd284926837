"""What the page is made of: chapters of systems, and what a system hands back."""

from __future__ import annotations

import dataclasses
import time
import traceback
from collections.abc import Callable

from tour.pictures import Picture
from tour.sounds import Sound


@dataclasses.dataclass(frozen=True)
class Player:
    """A sound to listen to, under a label of one to five words."""

    label: str
    sound: Sound


@dataclasses.dataclass(frozen=True)
class Figure:
    """A number measured in this run: what, how much, of which unit; `how` says how."""

    label: str
    value: str
    unit: str = ""
    how: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Result:
    """What a system shows.

    Attributes:
      players: sounds, in the order they should be heard.
      picture: what shows the system best.
      figures: what was measured.
      same_loudness: whether the players are brought to one loudness (before and after)
        or keep their levels against each other (the parts of a whole).
      note: a sentence about this very run, such as which excerpt is heard.
    """

    players: list[Player]
    picture: Picture
    figures: list[Figure]
    same_loudness: bool = True
    note: str = ""


@dataclasses.dataclass(frozen=True)
class System:
    """One entry of the tour; `render(material)` returns its Result."""

    name: str
    sentence: str
    source: str
    lesson: str
    render: Callable


@dataclasses.dataclass
class Chapter:
    """A part of the lecture and its systems, as they were added or are arranged."""

    number: int
    title: str
    text: str
    systems: list[System] = dataclasses.field(default_factory=list)

    def system(self, name, *, source, lesson):
        """Decorate the function that renders a system, and add it to the chapter.

        What the page says about the system is the function's docstring.
        """

        def add(render):
            sentence = " ".join(render.__doc__.split())
            self.systems.append(System(name, sentence, source, lesson, render))
            return render

        return add

    def arrange(self, modules):
        """Put the systems in the order of the modules that define them."""
        place = {module.__name__: number for number, module in enumerate(modules)}
        self.systems.sort(key=lambda system: place[system.render.__module__])


@dataclasses.dataclass(frozen=True)
class Outcome:
    """A system after its turn: its result, or what went wrong."""

    system: System
    seconds: float
    result: Result | None = None
    error: str = ""

    def failed(self, problem):
        """The same turn, ended by an exception."""
        error = "".join(traceback.format_exception(problem))
        return dataclasses.replace(self, result=None, error=error)


def run(system, material):
    """Give a system its turn. The page shows what it raises; nothing is swallowed."""
    start = time.perf_counter()
    try:
        return Outcome(
            system, result=system.render(material), seconds=time.perf_counter() - start
        )
    except Exception as problem:
        return Outcome(system, time.perf_counter() - start).failed(problem)

"""Lessons: their form, the students' notebooks, and the pieces of the build.

That every lesson runs from top to bottom is what `make tutorials` shows.
"""

import ast
import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LESSONS = sorted(ROOT.glob("tutorials/lesson_*.py"))
HEADINGS = ["Listen", "Look", "Derive", "Implement", "Check", "Play", "Exercises"]

jupytext = pytest.importorskip("jupytext", reason="extra 'tutorials' is not installed")
pytest.importorskip("nbclient", reason="extra 'tutorials' is not installed")
pytest.importorskip("sphinx", reason="extra 'tutorials' is not installed")

every_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda p: p.stem)


@pytest.fixture(scope="module")
def build():
    """tutorials/build.py as a module."""
    spec = importlib.util.spec_from_file_location("build", ROOT / "tutorials/build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cells(lesson, kind):
    return [c for c in jupytext.read(lesson).cells if c.cell_type == kind]


def tagged(lesson, tag):
    tags = [(c, c.metadata.get("tags", [])) for c in cells(lesson, "code")]
    return [cell.source for cell, its_tags in tags if tag in its_tags]


def test_there_are_lessons_in_order():
    numbers = [int(path.stem.split("_")[1]) for path in LESSONS]
    assert numbers == list(range(1, len(LESSONS) + 1)) and len(numbers) >= 3


def test_the_index_names_every_lesson(build):
    names = [path.stem for path in LESSONS]
    listed = re.findall(r"^lesson_\w+$", build.index(names), re.MULTILINE)
    assert sorted(listed) == names and listed != names  # the lecture has its own order
    assert "lesson_04_fm\n" in build.index(["lesson_04_fm"])
    assert "lesson_03" not in build.index(["lesson_04_fm"])


@every_lesson
def test_headings_are_the_seven_steps(lesson):
    text = "\n".join(c.source for c in cells(lesson, "markdown"))
    number = int(lesson.stem.split("_")[1])
    assert text.startswith(f"# {number}. ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS


@every_lesson
def test_cells_are_short_and_text_outweighs_code(lesson):
    code = [c.source for c in cells(lesson, "code")]
    for source in code:
        ast.parse(source)
        assert len([line for line in source.splitlines() if line.strip()]) <= 10, source
    text = "".join(c.source for c in cells(lesson, "markdown"))
    assert len(text) >= len("".join(code))


@every_lesson
def test_every_checked_function_is_solved_before(lesson):
    checks = re.findall(
        r'^check\("(\w+)", (\w+)\)', "\n".join(tagged(lesson, "check")), re.M
    )
    assert checks and all(name == function for name, function in checks)
    solved = re.findall(r"^def (\w+)", "\n".join(tagged(lesson, "solution")), re.M)
    assert set(name for name, _ in checks) <= set(solved)


@every_lesson
def test_exercises_are_numbered_from_one_and_end_in_a_proof(lesson):
    text = "\n".join(c.source for c in cells(lesson, "markdown"))
    numbers = re.findall(r"\*\*(?:Exercise )?(\d+)\.?\*\*", text)
    assert [int(n) for n in numbers] == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 9
    assert re.search(r"\*\*\d+\*\* \(prove\)", text)


@every_lesson
def test_sounds_have_players_and_plots_are_labelled_and_described(lesson):
    code = cells(lesson, "code")
    players = [c.source for c in code if "play(" in c.source]
    assert len(players) >= 4 and all("title=" in source for source in players)
    plots = [c for c in code if "plt.show()" in c.source]
    assert len(plots) >= 3
    for cell in plots:
        assert len(cell.metadata["alt"]) > 20
        assert (
            "xlabel" in cell.source or "plot_" in cell.source or "show_" in cell.source
        )


@every_lesson
def test_no_line_of_a_formula_looks_like_a_list(lesson):
    for source in (c.source for c in cells(lesson, "markdown")):
        assert source.count("$") % 2 == 0
        for formula in re.findall(r"\$[^$]+\$", source.replace("$$", "$")):
            assert not re.search(r"\n\s*[-+*] ", formula), formula


@every_lesson
def test_the_students_notebook_has_no_solutions(build, lesson):
    whole = build.read(lesson)
    blank = build.student(whole)
    assert len(blank.cells) == len(whole.cells)
    left = "\n".join(c.source for c in blank.cells)
    for cell in whole.cells:
        if "solution" in cell.metadata.get("tags", []):
            lines = [line.strip() for line in cell.source.splitlines()]
            body = [line for line in lines if line.startswith(("return", "**Answers"))]
            assert body and not any(line in left for line in body)
    for source in tagged(lesson, "solution"):
        assert source.splitlines()[0] in left  # the first line of the function stays
    assert all(not c.get("outputs") for c in blank.cells)
    for cell in blank.cells:
        if cell.cell_type == "code":
            ast.parse(cell.source)


def test_blank_keeps_first_lines_and_docstrings(build):
    source = (
        'def f(x,\n      y=2):\n    """Add."""\n    z = x\n    return z + y\n\ng = f(1)'
    )
    kept = 'def f(x,\n      y=2):\n    """Add."""\n    ...  # your solution'
    assert build.blank(source) == kept
    assert build.blank("x = 3") == "# your solution"


def test_a_plot_without_description_stops_the_build(build):
    from nbformat import v4

    picture = v4.new_output("display_data", {"image/png": ""})
    plot = v4.new_code_cell("plot()", outputs=[picture])
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("# 1. A"), plot])
    with pytest.raises(SystemExit, match="a plot needs a description"):
        build.dress(notebook, "lesson_01")
    plot.metadata["alt"] = "A curve"
    build.dress(notebook, "lesson_01")
    assert plot.metadata["mystnb"]["image"]["alt"] == "A curve"
    assert 'href="student/lesson_01.ipynb"' in notebook.cells[0].source


def test_a_warning_in_a_cell_stops_the_build(build):
    from nbformat import v4

    said = v4.new_output("stream", name="stderr", text="a.py:3: ClippedWarning: Peak 2")
    cell = v4.new_code_cell("play()", outputs=[said])
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("# 1"), cell])
    with pytest.raises(SystemExit, match="a cell warns"):
        build.dress(notebook, "lesson_01")
    said["text"] = "W0001 something a compiler says"
    build.dress(notebook, "lesson_01")


def test_answers_in_text_and_solutions_in_code_are_folded(build):
    from nbformat import v4

    tags = {"tags": ["solution"]}
    code = v4.new_code_cell("x = 1", metadata={"tags": ["solution"]})
    text = v4.new_markdown_cell("**Answers.** One.", metadata=tags)
    build.dress(v4.new_notebook(cells=[v4.new_markdown_cell("# 1"), code, text]), "a")
    assert "hide-input" in code.metadata.tags
    assert text.source.startswith("<details>") and "One." in text.source


@pytest.mark.parametrize(
    "formula, pieces",
    [
        (r"X[k] = \sum_n x[n]", ["<munder", "<mi>X</mi>"]),
        (r"a \cos b", ['<mspace width="0.17em"/><mi>cos</mi><mspace']),
        (r"|x|", ['<mo lspace="0" rspace="0" stretchy="false">']),
        (r"[-1, 1]", ['<mo form="prefix">&#x02212;</mo><mn>1</mn>']),
    ],
)
def test_formulas_become_mathml_with_the_spaces_of_tex(formula, pieces, monkeypatch):
    pytest.importorskip("latex2mathml", reason="extra 'tutorials' is not installed")
    monkeypatch.syspath_prepend(ROOT / "tutorials")
    mathml = importlib.import_module("mathml").mathml
    for piece in pieces:
        assert piece in mathml(formula, "block")


def test_an_error_in_a_cell_stops_the_build(build):
    from nbclient.exceptions import CellExecutionError
    from nbformat import v4

    notebook = v4.new_notebook(cells=[v4.new_code_cell("1 / 0")])
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        build.execute(notebook)


@pytest.mark.parametrize(
    "text, stops",
    [
        ('<script src="https://example.org/a.js"></script>', True),
        ("<link rel='stylesheet' href='//example.org/a.css'>", True),
        ('<img alt="x" src="http://example.org/a.png">', True),
        ('<a href="https://example.org">a link may lead out</a>', False),
        ('<script src="_static/a.js"></script>', False),
        ('<audio src="data:audio/flac;base64,AAAA"></audio>', False),
    ],
)
def test_a_page_that_loads_from_the_network_stops_the_build(
    build, tmp_path, text, stops
):
    page = tmp_path / "page.html"
    page.write_text(f"<html>{text}</html>")
    if stops:
        with pytest.raises(SystemExit, match="would load from the network"):
            build.inspect(page)
    else:
        build.inspect(page)

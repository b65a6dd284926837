"""Execute the lessons; write the solved pages and the students' notebooks to site/.

    python tutorials/build.py            all lessons
    python tutorials/build.py lesson_01  those whose names begin so

The sources are the percent scripts lesson_NN_*.py beside this file. Each is executed
from top to bottom in a fresh kernel; an error or a warning in a cell, a plot without a
description or a page that would ask the network for something stops the build.
"""

import argparse
import ast
import copy
import os
import re
import shutil
import sys
import time
from pathlib import Path

import jupytext
import nbclient
import nbformat
from sphinx.cmd.build import build_main

HERE = Path(__file__).parent
SITE = HERE.parent / "site"
WORK = HERE / "_build"  # what Sphinx reads
SECONDS_PER_CELL = 300
WARNING = re.compile(r"^.*Warning: ", re.MULTILINE)
FOLDED = "<details><summary>Show the answers</summary>\n\n{}\n\n</details>"
EXTERNAL = re.compile(
    r"<(?:script|link|img|audio|iframe|source)\b[^>]*\b(?:src|href)\s*=\s*"
    r"[\"'](?:https?:)?//[^\"']*",
    re.IGNORECASE,
)


def read(source):
    """Read a percent script as a notebook, with the same cell names every time."""
    notebook = jupytext.read(source)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02d}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata = nbformat.from_dict({"kernelspec": kernel})
    return notebook


def tagged(cell, tag):
    """Whether a cell carries the tag."""
    return tag in cell.metadata.get("tags", [])


def blank(source):
    """What is left of a solution for the student: the first lines of its functions.

    >>> print(blank("def f(x):\\n    '''Double.'''\\n    return 2 * x"))
    def f(x):
        '''Double.'''
        ...  # your solution
    """
    lines, kept = source.splitlines(), []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            end = body[0].lineno if body else node.end_lineno + 1
            kept += [*lines[node.lineno - 1 : end - 1], "    ...  # your solution"]
    return "\n".join(kept) or "# your solution"


def student(notebook):
    """Copy a notebook without its solutions and outputs."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if tagged(cell, "solution"):
            if cell.cell_type == "code":
                cell.source = blank(cell.source)
            else:
                cell.source = "*Your answer:*"
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def execute(notebook):
    """Run all cells in a fresh kernel; an error in a cell is an error of the build."""
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    client = nbclient.NotebookClient(
        notebook,
        timeout=SECONDS_PER_CELL,
        resources={"metadata": {"path": str(HERE.parent)}},
        extra_arguments=["--IPKernelApp.log_level=40"],  # errors, no advice
    )
    client.execute()


def dress(notebook, name):
    """Fold the solutions, describe the plots and link the student's notebook."""
    for cell in notebook.cells:
        outputs = cell.get("outputs", [])
        printed = "".join(o.text for o in outputs if o.get("name") == "stderr")
        if WARNING.search(printed):
            sys.exit(f"{name}: a cell warns\n{printed}")
        if tagged(cell, "solution") and cell.cell_type == "code":
            cell.metadata.tags.append("hide-input")
        elif tagged(cell, "solution"):
            cell.source = FOLDED.format(cell.source)
        has_plot = any("image/png" in o.get("data", {}) for o in outputs)
        if has_plot and "alt" not in cell.metadata:
            sys.exit(
                f'{name}: a plot needs a description, # %% alt="..."\n{cell.source}'
            )
        if "alt" in cell.metadata:
            cell.metadata["mystnb"] = {"image": {"alt": cell.metadata["alt"]}}
    link = (
        f'<p><a href="student/{name}.ipynb" download>This lesson as a notebook</a></p>'
    )
    title, newline, rest = notebook.cells[0].source.partition("\n")
    notebook.cells[0].source = f"{title}\n\n{link}\n{newline}{rest}"


def build_site():
    """Let Sphinx make pages of the executed notebooks, warnings being errors."""
    options = ["-q", "-W", "--keep-going", "-E", "-b", "html", "-c", str(HERE)]
    if build_main([*options, "-d", str(WORK / ".doctrees"), str(WORK), str(SITE)]):
        sys.exit("Sphinx could not build the site, see above")


def inspect(page):
    """Print the size of a page; refuse one that loads something from elsewhere."""
    text = page.read_text()
    outside = EXTERNAL.findall(text)
    if outside:
        sys.exit(f"{page.name} would load from the network: {outside[0]}")
    players, plots = text.count("<audio"), text.count("<img")
    print(f"{page}  {len(text) / 1e3:.0f} kB, {players} players, {plots} plots")


def index(names):
    """The first page, with those lessons, in the order of the lecture."""
    lines = (HERE / "index.md").read_text().splitlines(keepends=True)
    return "".join(
        line
        for line in lines
        if not line.startswith("lesson_") or line.strip() in names
    )


def main(argv=None):
    """Build everything, or the lessons whose names begin with the argument."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lesson", nargs="?", default="lesson_", help="name begins so")
    begins = parser.parse_args(argv).lesson
    sources = sorted(HERE.glob(f"{begins}*.py"))
    if not sources:
        sys.exit(f"no lesson's name begins with {begins!r} in {HERE}")
    for folder in (SITE, WORK):
        shutil.rmtree(folder, ignore_errors=True)
    notebooks = WORK / "extra" / "student"
    notebooks.mkdir(parents=True)
    for source in sources:
        name, start = source.stem, time.perf_counter()
        notebook = read(source)
        nbformat.write(student(notebook), notebooks / f"{name}.ipynb")
        execute(notebook)
        dress(notebook, name)
        nbformat.write(notebook, WORK / f"{name}.ipynb")
        print(f"{name}: executed in {time.perf_counter() - start:.0f} s", flush=True)
    (WORK / "index.md").write_text(index({source.stem for source in sources}))
    build_site()
    for page in [SITE / "index.html", *sorted(SITE.glob("lesson_*.html"))]:
        inspect(page)


if __name__ == "__main__":
    main()

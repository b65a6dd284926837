"""The rules of CONTRIBUTING.md that a machine can check."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = "dsplab", "neural", "data_scripts"
SOURCES = sorted(path for room in ROOMS for path in ROOT.glob(f"{room}/**/*.py"))
TESTS = sorted(ROOT.glob("tests/*.py"))
EVERY = pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))

STANDARD = set(sys.stdlib_module_names)
MAY_IMPORT = {
    "dsplab": STANDARD | {"numpy", "scipy", "soundfile", "mido", "tqdm", "dsplab"},
    "neural": STANDARD
    | {"numpy", "scipy", "jax", "flax", "optax", "orbax", "tqdm", "msgpack"}
    | {"dsplab", "neural"},
}
MAY_IMPORT["data_scripts"] = MAY_IMPORT["neural"] | {"data_scripts"}
ALSO = {"dsplab/_array/": {"jax"}, "dsplab/show": {"matplotlib", "IPython"}}
# who may be imported by whom: a room sees itself and the rooms above it
FLOORS = [
    ["_array"],
    ["_arguments"],
    ["convert", "windows", "quantise"],
    ["frames"],
    ["spectral"],
    ["phase_retrieval"],
    ["mel"],
    ["resampling"],
    ["sources"],
    ["filters"],
    ["shaping"],
    ["analysis"],
    ["stretch"],
    ["spectral_models"],
    ["effects"],
    ["synths"],
    ["rendering"],
    ["check", "__main__"],
]
HEAVY = ("jax", "flax", "matplotlib", "IPython", "scipy.signal", "scipy.fft")


def tree_of(path):
    return ast.parse(path.read_text())


def imports(tree):
    """(name, whether at module level) of everything imported."""
    top = set(map(id, tree.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module, id(node) in top
            for alias in node.names:
                yield f"{node.module}.{alias.name}", id(node) in top
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in top


@EVERY
def test_size_and_docstrings(path):
    tree = tree_of(path)
    assert len(path.read_text().splitlines()) <= 400
    assert ast.get_docstring(tree), "a module says what it is"
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef):
            continue
        documented = ast.get_docstring(node)
        first = node.body[1] if documented and len(node.body) > 1 else node.body[0]
        assert node.end_lineno - first.lineno < 40, f"{node.name} is too long"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            public = not node.name.startswith("_")
            assert not public or ast.get_docstring(node), node.name


@EVERY
def test_imports_stay_on_their_floor(path):
    name = str(path.relative_to(ROOT))
    room = name.split("/")[0]
    allowed = set(MAY_IMPORT[room])
    for prefix, more in ALSO.items():
        allowed |= more if name.startswith(prefix) else set()
    for module, top in imports(tree_of(path)):
        assert module.split(".")[0] in allowed, module
        if room == "dsplab":
            heavy = any(module == h or module.startswith(h + ".") for h in HEAVY)
            assert not (heavy and top), f"import {module} inside the function"


def floor_of(module):
    place = module.split(".")[1] if "." in module else ""
    for number, names in enumerate(FLOORS):
        if place in names:
            return number
    return None


@EVERY
def test_no_room_looks_upstairs(path):
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    own = floor_of(module)
    for other, _ in imports(tree_of(path)):
        if other.startswith("dsplab.show") and not module.startswith("dsplab.show"):
            raise AssertionError("show is imported by nobody in the packages")
        if (
            own is None
            or not other.startswith("dsplab.")
            or module == "dsplab.__main__"
        ):
            continue
        theirs = floor_of(other)
        assert theirs is None or theirs <= own, f"{module} imports {other}"


@pytest.mark.parametrize("room", ["notes", "loops", "timbre", "midi"])
def test_models_do_not_import_one_another(room):
    for path in ROOT.glob(f"neural/{room}/*.py"):
        module = f"neural.{room}.{path.stem}"
        if path.stem == "__init__":
            continue
        for other, _ in imports(tree_of(path)):
            if re.match(r"neural\.(notes|loops|timbre|midi)\.", other):
                own = other.startswith(module) or module.startswith(f"{other}_")
                assert own, f"{module} imports {other}"  # codec_discriminators: codec


def test_no_room_without_a_subject():
    names = {p.stem for p in SOURCES} | {p.parent.name for p in SOURCES}
    assert not names & {"utils", "util", "helpers", "common", "core", "base", "misc"}


@pytest.mark.parametrize("path", TESTS, ids=lambda p: p.name)
def test_tests_can_fail(path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ExceptHandler):
            caught = getattr(node.type, "id", None)
            assert caught not in (None, "Exception", "BaseException", "AssertionError")
        if isinstance(node, ast.Attribute):
            assert node.attr != "xfail", "no expected failures"


def test_the_tree_names_no_place_of_one_machine():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    pattern = re.compile(r"(^|[\s\"'(=])/(work|farm|home|root)/", re.MULTILINE)
    for name in filter(None, tracked):
        path = ROOT / name
        if path.suffix in {".py", ".md", ".cfg", ".toml", ".txt", ""} and path.exists():
            assert not pattern.search(path.read_text(errors="ignore")), name

"""Which part may import which: the arrows of the design, read from the source without importing it.

engine <- derivatives <- widgets        an arrow points at what may be imported
engine, derivatives <- autograder       nothing in backprop_course knows the autograder
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("backprop_course", "autograder")


@dataclass(frozen=True)
class Layer:
    """A part of the code: `ours` are the parts of ours it may import, `others` the other packages."""

    name: str
    ours: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


# The longest name that fits a module decides. A new part needs a line here.
LAYERS = [
    Layer("backprop_course.errors"),
    Layer("backprop_course.engine", ("backprop_course.errors",), ("numpy",)),
    Layer("backprop_course.derivatives", ("backprop_course.errors", "backprop_course.engine"), ("numpy",)),
    Layer(
        "backprop_course.optim",
        ("backprop_course.errors", "backprop_course.engine", "backprop_course.derivatives"),
        ("numpy", "scipy"),
    ),
    Layer("backprop_course.data", ("backprop_course.errors",), ("numpy", "sklearn")),
    Layer("backprop_course.quizzes", ("backprop_course.errors",), ("numpy",)),
    Layer("backprop_course.nn", ("backprop_course.errors", "backprop_course.engine"), ("numpy",)),
    Layer(
        "backprop_course.training",
        (
            "backprop_course",
            "backprop_course.errors",
            "backprop_course.engine",
            "backprop_course.nn",
            "backprop_course.optim",
        ),
        ("numpy", "matplotlib", "tqdm"),
    ),
    # Two texts to read, apart from the engine and from each other.
    Layer("backprop_course._refusals", ("backprop_course.errors",)),
    Layer("backprop_course.tape", ("backprop_course._refusals",), ("numpy",)),
    Layer("backprop_course.edf", ("backprop_course._refusals",), ("numpy",)),
    Layer(
        "backprop_course.widgets",
        (
            "backprop_course",
            "backprop_course.errors",
            "backprop_course.quizzes",
            "backprop_course.tape",
            "backprop_course.edf",
            "backprop_course.engine",
            "backprop_course.derivatives",
            "backprop_course.data",
            "backprop_course.optim",
            "backprop_course.nn",
            "backprop_course.training",
        ),
        ("numpy", "matplotlib", "anywidget", "traitlets", "IPython"),
    ),
    Layer(
        "backprop_course.cli",
        ("backprop_course.errors", "backprop_course.widgets"),  # the gallery that `explore` shows
        (
            "typer",
            "jupyterlab",
            "jupyter_client",
            "jupyter_server",
            "zmq",
            "nbclient",
            "nbformat",
            "tornado",
            "traitlets",
            "voila",
        ),
    ),
    Layer("backprop_course.docs", ("backprop_course.errors",), ("sphinx", "docutils")),
    Layer(
        "backprop_course",  # the public names alone
        ("backprop_course.errors", "backprop_course.engine", "backprop_course.derivatives"),
    ),
    # What `from autograder import check` needs: NumPy and the engine, nothing for notebooks or classes.
    Layer(
        "autograder",
        (
            "autograder.exercises",
            "autograder.probes",
            "autograder._outcome",
            "backprop_course",
            "backprop_course.errors",
        ),
        ("numpy",),
    ),
    Layer(
        "autograder.exercises",
        (
            "autograder",
            "autograder.probes",
            "backprop_course",
            "backprop_course.errors",
            "backprop_course.tape",
            "backprop_course.edf",
        ),
        ("numpy",),
    ),
    # What runs beside a submission must not be able to reach the reference.
    Layer("autograder.probes", (), ("numpy",)),
    Layer("autograder._outcome", (), ("numpy",)),
    Layer("autograder.sandbox", ("backprop_course.errors", "autograder._outcome"), ("numpy", "_sandbox")),
    Layer(
        "autograder.grading",
        (
            "autograder",
            "autograder.exercises",
            "autograder._outcome",
            "autograder.sandbox",
            "backprop_course",  # whose files a result's key depends on
            "backprop_course.errors",
            "backprop_course.cli",  # where the released units are
        ),
        ("numpy", "nbgrader", "nbformat", "sqlalchemy", "ijson", "rich", "distributed"),
    ),
    Layer(
        "autograder.cli",
        (
            "autograder",
            "autograder.exercises",
            "autograder.grading",
            "autograder.sandbox",
            "autograder.release",
            "autograder.trying",
            "backprop_course.errors",
            "backprop_course.cli",  # what to install when something is missing
        ),
        ("typer",),
    ),
    Layer("autograder.__main__", ("autograder", "autograder.cli")),
    Layer("autograder.gallery", ("autograder", "backprop_course.widgets")),
    Layer(
        "autograder.nbgrader",
        (
            "autograder",
            "autograder.exercises",
            "autograder.grading",
            "autograder.sandbox",
            "backprop_course.errors",
        ),
        (
            *("nbgrader", "nbconvert", "nbformat", "nbclient", "jupytext", "traitlets"),
            *("jupyter_client", "ipykernel", "_sandbox", "bleach", "jinja2"),
        ),
    ),
    Layer(
        "autograder.trying",
        (
            *("autograder", "autograder.exercises", "autograder._outcome", "autograder.release"),
            *("autograder.grading", "autograder.nbgrader", "autograder.sandbox", "backprop_course.errors"),
        ),
        ("numpy",),
    ),
    Layer(
        "autograder.release",
        ("autograder", "autograder.nbgrader", "backprop_course.errors"),
        ("nbgrader", "traitlets"),
    ),
]


def source_files() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in source_files()}


def is_within(module: str, part: str) -> bool:
    return module == part or module.startswith(f"{part}.")


def layer_of(module: str) -> Layer:
    return max(
        (layer for layer in LAYERS if is_within(module, layer.name)), key=lambda layer: len(layer.name)
    )


def imported(module: str, text: str, *, is_package: bool) -> Iterator[tuple[int, str]]:
    """Line and full name of everything a module imports, wherever in the file it does so."""
    for statement in ast.walk(ast.parse(text)):
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                yield statement.lineno, alias.name
        elif isinstance(statement, ast.ImportFrom):
            base = statement.module or ""
            if statement.level:
                above = module.split(".")
                keep = len(above) - statement.level + is_package
                base = ".".join([*above[:keep], *filter(None, [base])])
            for alias in statement.names:
                whole = f"{base}.{alias.name}"
                yield statement.lineno, whole if whole in MODULES else base


def wrong_arrows(module: str, text: str, *, is_package: bool) -> list[str]:
    layer = layer_of(module)
    wrong = []
    for line, name in imported(module, text, is_package=is_package):
        top = name.partition(".")[0]
        if top in PACKAGES:
            allowed = layer_of(name).name in (layer.name, *layer.ours)
        else:
            allowed = top in sys.stdlib_module_names or top in layer.others
        if not allowed:
            wrong.append(f"{module}:{line} imports {name}")
    return wrong


@pytest.mark.parametrize("module", MODULES)
def test_every_import_follows_an_arrow(module: str) -> None:
    path = MODULES[module]
    assert wrong_arrows(module, path.read_text(encoding="utf-8"), is_package=path.name == "__init__.py") == []


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_every_layer_has_modules(layer: Layer) -> None:
    assert layer in map(layer_of, MODULES)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("backprop_course.engine.tensor", "import matplotlib"),
        ("backprop_course.engine.tensor", "from ..derivatives import numerical"),
        ("backprop_course.engine.tensor", "from backprop_course import grad"),
        ("backprop_course.engine.tensor", "def f():\n    import scipy"),
        ("backprop_course.derivatives.transforms", "from ..widgets import graph_stepper"),
        ("backprop_course.widgets.graph_stepper", "from autograder import check"),
        ("backprop_course.cli.units", "import nbgrader"),
        ("autograder.judge", "import IPython"),
        ("autograder.judge", "from .sandbox import zygote"),
        ("autograder.sandbox.zygote", "from ..reference import cotangents_of"),
        ("autograder.exercises.nb04", "import torch"),
    ],
)
def test_an_arrow_the_wrong_way_is_found(module: str, text: str) -> None:
    assert len(wrong_arrows(module, text, is_package=False)) == 1


def loaded_by(statement: str) -> set[str]:
    """Every package a fresh Python has loaded after one statement."""
    program = f"import sys; {statement}; print(*sys.modules)"
    listing = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in listing.stdout.split()} - sys.stdlib_module_names


@pytest.mark.parametrize("package", PACKAGES)
def test_importing_a_package_loads_numpy_and_nothing_for_display_or_notebooks(package: str) -> None:
    loaded = loaded_by(f"import {package}")
    assert package in loaded
    assert loaded <= {*PACKAGES, *loaded_by("import numpy, numpy.random, numpy.linalg")}


# Jupyter reads its configuration by its path, and nobody imports it.
FOLDERS = {path.parent for path in MODULES.values() if path.name != "jupyter_server_config.py"}


@pytest.mark.parametrize("folder", sorted(FOLDERS), ids=lambda folder: folder.name)
def test_every_folder_of_modules_is_a_package(folder: Path) -> None:
    assert (folder / "__init__.py").is_file()

"""What is read from disk, damaged: an answer or an error of ours, never another one.

Notebooks (a learner's and a submission's), zips of a class, the journal, decisions and the record of a run.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from autograder.grading.journal import NAME as JOURNAL
from autograder.grading.journal import Journal, read_results
from autograder.grading.notebook import code_cells, script_cells
from autograder.grading.overrides import NAME as DECISIONS
from autograder.grading.overrides import read_overrides
from autograder.grading.seeds import secret_seed
from autograder.grading.stored import RUN, read_run
from autograder.grading.submissions import find_submissions
from backprop_course import nn
from backprop_course.cli.checks import run_checks
from backprop_course.cli.overview import overview, write_index
from backprop_course.cli.units import Unit, released_units
from backprop_course.cli.workspace import RECORD, copy_units, reset_exercise
from backprop_course.errors import CourseError
from backprop_course.training import checkpoint

UNIT = Unit(next(unit.folder for unit in released_units() if unit.id == "NB04"))

scalars = st.none() | st.booleans() | st.integers(-3, 99) | st.floats(allow_nan=False) | st.text(max_size=5)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)
marks = st.sampled_from(["NB04-E01", "NB04-E01-check", "NB04-E02"]) | anything
outputs = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "output_type": anything,
            "data": anything | st.fixed_dictionaries({"text/plain": anything}),
        },
    )
    | anything,
    max_size=2,
)
cells = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw"]) | anything,
        "source": st.lists(st.text(max_size=9) | anything, max_size=3) | anything,
        "input": anything,
        "metadata": st.fixed_dictionaries({"nbgrader": st.fixed_dictionaries({"grade_id": marks}) | anything})
        | anything,
        "outputs": outputs | anything,
    },
)
notebooks = st.fixed_dictionaries(
    {},
    optional={
        "cells": st.lists(cells | anything, max_size=3) | anything,
        "worksheets": st.lists(
            st.fixed_dictionaries({"cells": st.lists(cells | anything, max_size=2)}) | anything, max_size=2
        )
        | anything,
        "nbformat": st.integers(0, 6) | anything,
        "nbformat_minor": st.integers(0, 9) | anything,
        "metadata": anything,
    },
)


@st.composite
def damaged(draw: st.DrawFn, wholes: st.SearchStrategy[Any]) -> bytes:
    """JSON of some object, whole or cut off, in several encodings; or no JSON at all."""
    text = json.dumps(draw(wholes), ensure_ascii=draw(st.booleans()))
    data = text.encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"])), "surrogatepass")
    kind = draw(st.sampled_from(["whole", "cut off", "changed", "no JSON"]))
    if kind == "cut off":
        return data[: draw(st.integers(0, len(data)))]
    if kind == "changed":
        place = draw(st.integers(0, len(data)))
        return data[:place] + draw(st.binary(max_size=4)) + data[place + 1 :]
    return draw(st.binary(max_size=40)) if kind == "no JSON" else data


# Deeper than Python follows; a text that is no Unicode; nothing at all.
DEEP = [
    b"[" * 200_000,
    b'{"cells":' * 100_000,
    b'{"cells": [{"cell_type": "code", "source": "\\ud800"}]}',
    b"",
    b"\xff\xfe",
]


def ours_only(call: Callable[[], Any]) -> None:
    """Call; an error has to be ours, with what was expected, what was got and how to mend it."""
    try:
        call()
    except CourseError as error:
        missing = [part for part in ("what", "expected", "got", "mend") if not getattr(error, part)]
        if missing:
            raise AssertionError(f"{error} leaves out {missing}") from error


def read_as_a_learners(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / UNIT.id).mkdir()
        (folder / UNIT.id / UNIT.notebook.name).write_bytes(data)
        (folder / "index.ipynb").write_bytes(data)
        (folder / RECORD).write_bytes(data)
        ours_only(lambda: repr(overview(folder)))
        ours_only(lambda: write_index(folder))
        ours_only(lambda: reset_exercise(UNIT, "E01", folder))
        ours_only(lambda: copy_units((UNIT,), folder))


def read_as_grades(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in (JOURNAL, DECISIONS, RUN):
            (folder / file).write_bytes(data + b"\n")
        ours_only(lambda: list(read_results(folder)))
        ours_only(lambda: read_overrides(folder))
        ours_only(lambda: read_run(folder))

        def opened() -> None:
            with Journal(folder):
                pass

        ours_only(opened)


@pytest.mark.parametrize("data", DEEP, ids=range(len(DEEP)))
def test_the_deepest_and_the_emptiest_are_read_or_refused(data: bytes) -> None:
    ours_only(lambda: code_cells(data))
    ours_only(lambda: script_cells(data))
    read_as_a_learners(data)
    read_as_grades(data)


JUNK = [
    5,
    [],
    {},
    {"cells": 5},
    {"cells": [5]},
    {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": {}},
    {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [5]},
    {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code", "source": None}]},
    {"nbformat": "x", "cells": []},
    {"nbformat": 99, "cells": []},
    {"nbformat": 3, "worksheets": [5]},
]


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_what_is_no_notebook_is_refused_before_a_kernel_starts(tmp_path: Path, junk: Any) -> None:
    pytest.importorskip("nbformat")
    path = tmp_path / "NB04.ipynb"
    path.write_text(json.dumps(junk), encoding="utf-8")
    with pytest.raises(CourseError, match=r"is not a notebook|holds no check"):
        run_checks(path, timeout=1)


@hypothesis.settings(max_examples=100)
@hypothesis.given(damaged(notebooks | anything))
def test_a_damaged_submission_is_read_or_refused(data: bytes) -> None:
    ours_only(lambda: code_cells(data))
    ours_only(lambda: script_cells(data))


@hypothesis.settings(max_examples=15)
@hypothesis.given(damaged(notebooks | anything))
def test_a_damaged_notebook_of_a_learner_is_read_or_refused(data: bytes) -> None:
    read_as_a_learners(data)


lines = st.fixed_dictionaries(
    {},
    optional={
        name: anything
        for name in (
            "key",
            "student",
            "file",
            "state",
            "questions",
            "flags",
            "notes",
            "exercise",
            "points",
            "why",
            "students",
        )
    },
)


@hypothesis.settings(max_examples=30)
@hypothesis.given(damaged(lines | anything))
def test_damaged_grades_are_read_or_refused(data: bytes) -> None:
    read_as_grades(data)


@st.composite
def damaged_zips(draw: st.DrawFn) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in draw(
            st.lists(
                st.sampled_from(["a/NB04/NB04.ipynb", "../b.ipynb", "c.ipynb", "/d.ipynb", "e/"]), unique=True
            )
        ):
            archive.writestr(name, draw(st.binary(max_size=20)))
    data = bytearray(file.getvalue())
    for _ in range(draw(st.integers(0, 4))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))]) if draw(st.booleans()) else bytes(data)


def read_as_a_class(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "class.zip"
        path.write_bytes(data)

        def all_read() -> None:
            for submission in find_submissions(path, "NB04", ("NB04", "NB06"), ["forward"]).submissions:
                if submission.file is not None:
                    ours_only(submission.file.read)

        ours_only(all_read)


@hypothesis.settings(max_examples=60)
@hypothesis.given(damaged_zips())
def test_a_damaged_zip_of_a_class_is_read_or_refused(data: bytes) -> None:
    read_as_a_class(data)


@hypothesis.settings(max_examples=30)
@hypothesis.given(st.binary(max_size=20) | st.integers(-5, 10**6).map(lambda n: f"{n}\n".encode()))
def test_a_file_of_a_seed_is_read_or_refused(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "seed"
        path.write_bytes(data)
        ours_only(lambda: secret_seed(Path(name), file=path))


def saved_weights() -> bytes:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "weights.npz"
        nn.MLP([2, 1], rng=0).save(path)
        return path.read_bytes()


WEIGHTS = saved_weights()


@hypothesis.settings(max_examples=60)
@hypothesis.given(st.integers(0, len(WEIGHTS) - 1), st.binary(max_size=6))
def test_damaged_weights_are_read_or_refused(place: int, instead: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "weights.npz"
        path.write_bytes(WEIGHTS[:place] + instead + WEIGHTS[place + len(instead) :])
        ours_only(lambda: nn.MLP([2, 1], rng=0).load(path))
        ours_only(lambda: checkpoint.read(path))


@pytest.mark.slow
@hypothesis.settings(max_examples=150)
@hypothesis.given(damaged(notebooks | lines | anything), damaged_zips())
def test_more_damaged_files_are_read_or_refused(data: bytes, zipped: bytes) -> None:
    ours_only(lambda: code_cells(data))
    read_as_grades(data)
    read_as_a_class(zipped)

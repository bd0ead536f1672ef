"""Grades for other systems: what was never graded is empty, formulas are text, anonymous is anonymous."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from autograder.exercises import of_unit
from autograder.grading.deciding import decide
from autograder.grading.exports import export
from autograder.grading.run import grade_class
from autograder.sandbox import Zygote
from backprop_course.errors import UsageError
from tests.classroom import flat, member, released_notebook
from tests.grading.test_class import Here

AT = [exercise.id for exercise in of_unit("NB06")].index("NB06.E06")
NAMES = ("right-in-loops", "bias-not-summed", "cut-off", "not-yet-written")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, zygote: Zygote) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    notebook = released_notebook()
    files = {f"{name}.ipynb": member(name).make(notebook) for name in NAMES}
    files["=2+3.ipynb"] = files["right-in-loops.ipynb"] + b" "
    flat(folder / "in", files)
    grade_class(folder / "in", "NB06", folder / "out", seed=5, backend=Here(zygote))
    decide(folder / "out", "not-yet-written", "E06", 0.5, "was ill")
    return folder / "out"


def lines(path: Path) -> list[list[str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_the_plain_table_is_the_table_of_grades(out: Path) -> None:
    assert export(out, "csv").read_bytes() == (out / "grades.csv").read_bytes()


def test_canvas_gets_points_by_login_and_nothing_for_what_was_not_graded(out: Path) -> None:
    head, possible, *rest = lines(export(out, "canvas"))
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "NB06"]
    most = sum(exercise.points for exercise in of_unit("NB06"))
    assert possible == ["    Points Possible", "", "", "", "", f"{most:g}"]
    given = {line[3]: line[5] for line in rest}
    assert given == {
        "right-in-loops": "3",
        "bias-not-summed": "2",
        "cut-off": "",
        "not-yet-written": "0.5",
        "'=2+3": "3",
    }


def test_gradescope_gets_a_test_for_each_exercise(out: Path) -> None:
    folder = export(out, "gradescope")
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.iterdir()}
    assert len(found) == len(NAMES) + 1
    assert found["bias-not-summed"]["score"] == 2.0
    test = found["bias-not-summed"]["tests"][AT]
    assert (test["name"], test["score"], test["max_score"]) == ("NB06.E06", 2.0, 3.0)
    assert "M03" in test["output"]
    assert "score" not in found["cut-off"]
    assert found["not-yet-written"]["tests"][AT]["output"] == "NB06.E06: 0.5 points by hand: was ill"


@pytest.mark.parametrize("form", ["csv", "canvas", "gradescope"])
def test_an_anonymous_export_names_nobody_and_is_the_same_again(out: Path, form: str) -> None:
    path = export(out, form, anonymous=True)
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    text = "\n".join([*(file.name for file in files), *(file.read_text() for file in files)])
    for name in (*NAMES, "=2+3", "ipynb", "was ill", "dX"):
        assert name not in text
    assert text.count("student-") >= len(NAMES)
    again = export(out, form, anonymous=True)
    assert [file.read_text() for file in files] == [
        file.read_text() for file in (sorted(again.iterdir()) if again.is_dir() else [again])
    ]


def test_nothing_is_exported_where_nothing_was_graded(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no grades"):
        export(tmp_path, "csv")

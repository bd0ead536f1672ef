"""Grades for other systems: what was never graded is empty, formulas are text, anonymous is anonymous."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

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


def test_canvas_can_read_the_table(out: Path) -> None:
    """As its importer reads it: columns by their names, students by login, empty for no score."""
    head, possible, *rest = lines(export(out, "canvas"))
    assert "Student" in head[0]
    assert "ID" in head[1]
    assert re.search(r"SIS\s+User\s+ID", head[2])
    assert re.search(r"SIS\s+Login\s+ID", head[3])
    assert "Section" in head[4]
    assert "Points Possible" in possible[0]
    assert len({len(line) for line in (head, possible, *rest)}) == 1
    assert all(line[3] or line[1] for line in rest)
    # Numbers have a point and no thousands, whatever the machine's language is.
    assert all(re.fullmatch(r"(\d+(\.\d\d?)?)?", line[5]) for line in (possible, *rest))
    text = export(out, "canvas").read_bytes()
    assert not text.startswith(b"\xef\xbb\xbf")
    assert b";" not in text.split(b"\n")[0]


def test_files_downloaded_from_canvas_go_back_by_the_students_id(tmp_path: Path, zygote: Zygote) -> None:
    names = ("doejane_101_2002_NB06", "roe_LATE_102_2003_NB06-1", "x_y", "anon_7_8")
    flat(
        tmp_path / "in",
        {f"{name}.ipynb": member("right-in-loops").make(released_notebook()) for name in names},
    )
    grade_class(tmp_path / "in", "NB06", tmp_path / "out", seed=5, backend=Here(zygote))
    found = {line[0]: (line[1], line[3]) for line in lines(export(tmp_path / "out", "canvas"))[2:]}
    assert found == {
        names[0]: ("101", ""),
        names[1]: ("102", ""),
        "x_y": ("", "x_y"),
        "anon_7_8": ("", "anon_7_8"),
    }


def gradescope(folder: Path) -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}


def test_gradescope_gets_a_test_for_each_exercise(out: Path) -> None:
    found = gradescope(export(out, "gradescope"))
    assert found["bias-not-summed"]["score"] == 2.0
    test = found["bias-not-summed"]["tests"][AT]
    assert (test["name"], test["score"], test["max_score"]) == ("NB06.E06", 2.0, 3.0)
    assert "M03" in test["output"]
    assert "Hint 1: " in test["output"]
    assert ".hint()" not in test["output"], "what a notebook has"
    assert found["not-yet-written"]["tests"][AT]["output"] == "NB06.E06: 0.5 points by hand: was ill"


def test_gradescope_can_read_each_file(out: Path) -> None:
    """As its specification has it: a score above, numbers as numbers, known words."""
    for found in gradescope(export(out, "gradescope")).values():
        assert set(found) == {"score", "execution_time", "output", "visibility", "tests"}
        assert found["visibility"] == "visible"
        assert isinstance(found["execution_time"], int)
        assert found["score"] == pytest.approx(sum(test.get("score", 0) for test in found["tests"]))
        assert [test["name"] for test in found["tests"]] == [e.id for e in of_unit("NB06")]
        assert all(set(test) <= {"name", "max_score", "score", "output"} for test in found["tests"])


def test_who_was_never_graded_has_no_file_for_gradescope(out: Path) -> None:
    """A file without any score is against its specification, and one with 0 would be wrong."""
    folder = export(out, "gradescope")
    assert len(gradescope(folder)) == len(NAMES)  # the formula too, but not the notebook that breaks off
    assert "cut-off" not in gradescope(folder)
    (folder / "left.json").write_text("{}")
    assert "left" not in gradescope(export(out, "gradescope"))


@pytest.mark.parametrize(
    ("user", "score"),
    [
        ({"email": "Bias-Not-Summed@school.example", "name": "B.", "id": 1}, 2.0),
        ({"email": "bias-not-summed", "name": "B.", "id": 1}, 2.0),
        ({"email": "b@school.example", "name": "bias-not-summed", "id": 1}, None),
        ({"email": "cut-off@school.example", "name": "C.", "id": 2}, None),
        ({"email": None, "name": None, "id": 3}, None),
    ],
)
def test_the_autograder_for_gradescope_hands_out_what_is_here(
    out: Path, tmp_path: Path, user: dict[str, Any], score: float | None
) -> None:
    for name in ("source", "results"):
        (tmp_path / name).mkdir()
    with zipfile.ZipFile(export(out, "gradescope") / "autograder.zip") as archive:
        assert {"run_autograder", "setup.sh"} <= set(archive.namelist())
        assert archive.getinfo("run_autograder").external_attr >> 16 & 0o111
        archive.extractall(tmp_path / "source")
    (tmp_path / "submission_metadata.json").write_text(json.dumps({"id": 5, "users": [user]}))
    program = [sys.executable, str(tmp_path / "source" / "run_autograder"), str(tmp_path)]
    ended = subprocess.run(program, capture_output=True, text=True, check=False)
    written = tmp_path / "results" / "results.json"
    if score is None:
        assert ended.returncode == 1
        assert "not 0" in ended.stderr
        assert not written.exists()
    else:
        assert (ended.returncode, ended.stderr) == (0, "")
        assert json.loads(written.read_text())["score"] == score


@pytest.mark.parametrize("form", ["csv", "canvas", "gradescope"])
def test_an_anonymous_export_names_nobody_and_is_the_same_again(out: Path, form: str) -> None:
    path = export(out, form, anonymous=True)
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    text = "\n".join([*(file.name for file in files), *(file.read_text() for file in files)])
    for name in (*NAMES, "=2+3", "ipynb", "was ill", "dX"):
        assert name not in text
    assert text.count("student-") >= len(NAMES)
    assert not any(file.suffix == ".zip" for file in files)
    again = export(out, form, anonymous=True)
    assert [file.read_text() for file in files] == [
        file.read_text() for file in (sorted(again.iterdir()) if again.is_dir() else [again])
    ]


def test_nothing_is_exported_where_nothing_was_graded(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no grades"):
        export(tmp_path, "csv")

"""Finding who submitted what: each layout, and what must not be followed or must not stop the rest."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest

from autograder.exercises import of_unit
from autograder.grading.grade import grade_notebook
from autograder.grading.notebook import Unreadable, code_cells
from autograder.grading.submissions import ELSEWHERE, Submission, find_submissions
from autograder.sandbox import Zygote
from backprop_course.errors import UsageError
from tests.classroom import answering, build, flat, notebook_of, zipped

UNITS = ("NB04", "NB06")
RIGHT = notebook_of("def affine_backward(dY, X, W): ...")
OTHER = notebook_of("x = 1")


def found(path: Path, unit: str = "NB06") -> dict[str, Submission]:
    submissions = find_submissions(path, unit, UNITS, ["affine_backward"]).submissions
    assert len({s.student for s in submissions}) == len(submissions)
    return {s.student: s for s in submissions}


def files(path: Path, unit: str = "NB06") -> dict[str, str]:
    return {student: submission.name for student, submission in found(path, unit).items()}


# Layouts -------------------------------------------------------------------------------------------


def test_nbgraders_layout_knows_who_has_not_submitted(tmp_path: Path) -> None:
    build(tmp_path)
    (tmp_path / "elsewhere" / "NB04").mkdir(parents=True)
    (tmp_path / "elsewhere" / "NB04" / "NB04.ipynb").write_bytes(OTHER)
    names = files(tmp_path)
    assert names["right-in-loops"] == "right-in-loops/NB06/NB06.ipynb"
    assert names["nothing-submitted"] == names["elsewhere"] == ""


@pytest.mark.parametrize("name", ["NB06.zip", "answers.pdf", "NB06.py"])
@pytest.mark.parametrize("in_zip", [False, True])
def test_who_handed_in_no_notebook_has_not_handed_in_nothing(tmp_path: Path, name: str, in_zip: bool) -> None:
    members = {
        "right/NB06/NB06.ipynb": RIGHT,
        f"odd/NB06/{name}": b"x = 1",
        "odd/NB06/timestamp.txt": b"2026-11-21 10:00:00 UTC",
        "idle/NB06/timestamp.txt": b"2026-11-21 10:00:00 UTC",
    }
    if in_zip:
        submissions = found(zipped(tmp_path / "class.zip", members))
    else:
        for inside, data in members.items():
            (tmp_path / inside).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / inside).write_bytes(data)
        submissions = found(tmp_path)
    odd = submissions["odd"].file
    assert odd is not None
    assert submissions["odd"].name == f"odd/NB06/{name}"
    with pytest.raises(Unreadable, match=name):
        odd.read()
    assert submissions["idle"].file is None
    assert submissions["right"].name == "right/NB06/NB06.ipynb"


def test_an_empty_file_is_not_taken_for_a_notebook_of_another_unit(tmp_path: Path) -> None:
    flat(tmp_path, {"a.ipynb": b"", "b.ipynb": OTHER})
    submissions = found(tmp_path)
    assert submissions["a"].flags == ()
    assert submissions["b"].flags == (ELSEWHERE,)


def test_a_flat_folder_names_students_by_their_files(tmp_path: Path) -> None:
    flat(tmp_path, {"a.ipynb": RIGHT, "c/NB06.ipynb": RIGHT, "notes.txt": b"x"})
    assert files(tmp_path) == {"a": "a.ipynb", "c": "c/NB06.ipynb"}


CANVAS = "ana_123_456_hw.ipynb"  # as it is in a download of all submissions


@pytest.mark.parametrize(
    ("names", "students"),
    [
        (["zoe/hw.ipynb"], {"zoe": "zoe/hw.ipynb"}),
        (["zoe/hw.ipynb", "yan/hw.ipynb"], {"zoe": "zoe/hw.ipynb", "yan": "yan/hw.ipynb"}),
        (["zoe.ipynb", "yan/zoe.ipynb"], {"zoe": "zoe.ipynb", "yan": "yan/zoe.ipynb"}),
        (["zoe/6/hw.ipynb", "yan/6/hw.ipynb"], {"zoe": "zoe/6/hw.ipynb", "yan": "yan/6/hw.ipynb"}),
        (["zoe/hw.ipynb", "zoe/new.ipynb", "yan/a.ipynb"], {"zoe": "zoe/new.ipynb", "yan": "yan/a.ipynb"}),
        ([f"late/{CANVAS}"], {CANVAS[:-6]: f"late/{CANVAS}"}),
        (
            ["monday/zoe.ipynb", "monday/yan.ipynb", "friday/bo.ipynb", "friday/ana.ipynb"],
            {
                "zoe": "monday/zoe.ipynb",
                "yan": "monday/yan.ipynb",
                "bo": "friday/bo.ipynb",
                "ana": "friday/ana.ipynb",
            },
        ),
        (
            ["mo/zoe.ipynb", "mo/yan.ipynb", "mo/eve.ipynb", "fr/zoe.ipynb", "fr/bo.ipynb", "fr/cy.ipynb"],
            {
                "mo-zoe": "mo/zoe.ipynb",
                "yan": "mo/yan.ipynb",
                "eve": "mo/eve.ipynb",
                "fr-zoe": "fr/zoe.ipynb",
                "bo": "fr/bo.ipynb",
                "cy": "fr/cy.ipynb",
            },
        ),
    ],
)
@pytest.mark.parametrize("in_zip", [False, True])
def test_files_of_one_name_in_several_folders_are_several_students(
    tmp_path: Path, names: list[str], students: dict[str, str], in_zip: bool
) -> None:
    members = dict.fromkeys([*names, "top.ipynb"], RIGHT)
    path = zipped(tmp_path / "class.zip", members) if in_zip else flat(tmp_path, members)
    assert files(path) == students | {"top": "top.ipynb"}


@pytest.mark.parametrize("top", ["", "class/"])
@pytest.mark.parametrize("in_zip", [False, True])
def test_an_archive_in_a_students_own_folder_is_what_was_handed_in(
    tmp_path: Path, top: str, in_zip: bool
) -> None:
    members = {
        "ana/hw.zip": b"PK",
        "bea/hw.ipynb": RIGHT,
        "bea/data/set.zip": b"PK",
        "cy/a.7z": b"",
        "cy/b.rar": b"",
    }
    members = {f"{top}{name}": data for name, data in members.items()}
    path = zipped(tmp_path / "class.zip", members) if in_zip else flat(tmp_path, members)
    submissions = found(path)
    assert list(submissions) == ["ana", "bea", "cy"]
    ana = submissions["ana"].file
    assert ana is not None
    with pytest.raises(Unreadable, match=r"(?s)got: +hw\.zip.*unpack it"):
        ana.read()
    assert submissions["bea"].file is not None
    assert submissions["bea"].left_out == ()
    assert "2 files" in submissions["cy"].flags[0]


@pytest.mark.parametrize("name", ["all.zip", "NB06/all.zip", "ana/extra/all.zip"])
def test_an_archive_that_is_no_students_is_ignored(tmp_path: Path, name: str) -> None:
    flat(tmp_path, {"ana/hw.ipynb": RIGHT, "bea/hw.ipynb": RIGHT, name: b"PK"})
    collected = find_submissions(tmp_path, "NB06", UNITS, ["affine_backward"])
    assert [submission.student for submission in collected.submissions] == ["ana", "bea"]
    assert collected.ignored == [name]


def test_hidden_and_checkpoint_files_are_nobodys(tmp_path: Path) -> None:
    flat(
        tmp_path,
        {"a.ipynb": RIGHT, ".ipynb_checkpoints/a-checkpoint.ipynb": RIGHT, "__MACOSX/._a.ipynb": b""},
    )
    assert list(files(tmp_path)) == ["a"]


@pytest.mark.parametrize("top", ["", "class/"])
def test_a_zip_is_read_as_the_folder_it_holds(tmp_path: Path, top: str) -> None:
    archive = zipped(tmp_path / "all.zip", {f"{top}a.ipynb": RIGHT, f"{top}b/NB06.ipynb": OTHER})
    assert files(archive) == {"a": "a.ipynb", "b": "b/NB06.ipynb"}
    submission = found(archive)["b"]
    assert submission.file is not None
    assert submission.file.read() == OTHER


@pytest.mark.parametrize("top", ["", "submitted/"])
def test_a_zip_may_hold_nbgraders_layout(tmp_path: Path, top: str) -> None:
    archive = zipped(
        tmp_path / "all.zip", {f"{top}a/NB06/NB06.ipynb": RIGHT, f"{top}b/NB04/NB04.ipynb": OTHER}
    )
    assert files(archive) == {"a": "a/NB06/NB06.ipynb", "b": ""}


def test_one_notebook_is_a_class_of_one(tmp_path: Path) -> None:
    flat(tmp_path, {"a.ipynb": RIGHT})
    assert files(tmp_path / "a.ipynb") == {"a": "a.ipynb"}


def test_a_folder_that_is_worked_in_names_no_odd_students(tmp_path: Path) -> None:
    flat(
        tmp_path,
        {
            "ana.ipynb": RIGHT,
            "notebooks/NB04/NB04.ipynb": OTHER,
            "demo/submitted/bo/NB06/NB06.ipynb": RIGHT,
            "env/pyvenv.cfg": b"",
            "env/share/example.ipynb": OTHER,
            "grades/NB06/journal.jsonl": b"",
            "grades/NB06/ana.ipynb": OTHER,
            "node_modules/x/y.ipynb": OTHER,
            "tools.py": b"import os",
        },
    )
    assert files(tmp_path) == {"ana": "ana.ipynb", "bo": "demo/submitted/bo/NB06/NB06.ipynb"}


# Scripts -------------------------------------------------------------------------------------------

ANSWER = "def affine_backward(dY, X, W):\n    return dY @ W.T, X.T @ dY, dY.sum(axis=0)\n"
PLAIN = (
    "#!/usr/bin/env python\n# coding: utf-8\n\n# # Backprop through an affine layer, Übung\n\n# In[1]:\n\n\n"
    "get_ipython().run_line_magic('matplotlib', 'inline')\nimport numpy as np\n\n\n# In[ ]:\n\n\n" + ANSWER
)
PERCENT = (
    "# ---\n# jupyter: {kernelspec: {name: python3}}\n# ---\n\n# %% [markdown]\n# Übung.\n\n"
    "# %%\n# %matplotlib inline\n!pip install numpy\nimport numpy as np\n\n"
    '# %% broken\nx = (\n\n# %% tags=["a"]\n' + ANSWER
)
COLAB = (
    '# -*- coding: utf-8 -*-\n"""NB06.ipynb\n\nAutomatically generated by Colab. Übung\n"""\n\n'
    "!pip install -q numpy\nfrom google.colab import drive\nimport numpy as np\n\n"
    + ANSWER
    + '\ndrive.mount("/content/drive")\naffine_backward(np.ones((2, 3)), np.ones((2, 4)), np.ones((4, 3)))\n'
)


@pytest.mark.parametrize("text", [PLAIN, PERCENT, COLAB], ids=["plain", "percent", "colab"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_an_exported_script_is_graded_as_a_notebook_is(
    tmp_path: Path, zygote: Zygote, text: str, encoding: str
) -> None:
    flat(tmp_path, {"ana.py": text.encode(encoding), "helper.py": b"x = 1"})
    submission = found(tmp_path)["ana"]
    assert files(tmp_path) == {"ana": "ana.py"}
    assert submission.file
    result = grade_notebook(submission.file.read(), of_unit("NB06"), 5, zygote, submission.name)
    assert (result.state, result.score) == ("graded", 3.0)


def test_a_script_beside_a_notebook_counts_only_if_it_answers(tmp_path: Path) -> None:
    names = {"a/NB06/NB06.ipynb": RIGHT, "a/NB06/tools.py": b"x = 1", "b/NB06/mine.py": ANSWER.encode()}
    assert files(flat(tmp_path, names)) == {"a": "a/NB06/NB06.ipynb", "b": "b/NB06/mine.py"}


# Several files -------------------------------------------------------------------------------------


def test_of_two_files_of_a_student_the_newest_counts_and_it_is_said(tmp_path: Path) -> None:
    flat(tmp_path, {"a/hw.ipynb": RIGHT, "b/hw.ipynb": RIGHT, "b/hw-new.ipynb": RIGHT})
    submission = found(tmp_path)["b"]
    assert submission.name == "b/hw-new.ipynb"
    assert submission.flags == ("2 files, the newest counts; left out: b/hw.ipynb",)
    assert submission.left_out == ("b/hw.ipynb",)
    assert set(found(tmp_path)) == {"a", "b"}


def test_a_newer_notebook_without_any_answer_does_not_count(tmp_path: Path) -> None:
    flat(tmp_path, {"a/NB06/NB06.ipynb": RIGHT, "a/NB06/Untitled.ipynb": OTHER})
    assert found(tmp_path)["a"].name == "a/NB06/NB06.ipynb"


def test_what_is_nobodys_is_named_and_other_units_are_not(tmp_path: Path) -> None:
    names = {
        "a/NB06/NB06.ipynb": RIGHT,
        "a/NB06/old.ipynb": OTHER,
        "a/NB06/timestamp.txt": b"",
        "a/NB06/plot.png": b"",
        "a/NB04/NB04.ipynb": OTHER,
        "b/NB6/NB06.ipynb": RIGHT,
        "stray.ipynb": RIGHT,
    }
    flat(tmp_path, names)
    ignored = find_submissions(tmp_path, "NB06", UNITS, ["affine_backward"]).ignored
    assert ignored == ["a/NB06/plot.png", "b/NB6/NB06.ipynb", "stray.ipynb"]


def test_in_a_folder_of_notebooks_other_files_are_named(tmp_path: Path) -> None:
    flat(tmp_path, {"ana.ipynb": RIGHT, "notes.pdf": b"", "helper.py": b"x = 1", "NB04.ipynb": OTHER})
    ignored = find_submissions(tmp_path, "NB06", UNITS, ["affine_backward"]).ignored
    assert ignored == ["helper.py", "notes.pdf"]


# What leads elsewhere ------------------------------------------------------------------------------


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    secret = tmp_path / "outside" / "NB06"
    secret.mkdir(parents=True)
    (secret / "NB06.ipynb").write_bytes(RIGHT)
    return tmp_path / "outside"


@pytest.mark.parametrize("link", ["a", "a/NB06", "a/NB06/NB06.ipynb"])
def test_links_that_lead_out_are_not_followed(tmp_path: Path, outside: Path, link: str) -> None:
    flat(tmp_path / "in", {"b/NB06/NB06.ipynb": RIGHT})
    target = outside / Path(*Path(link).parts[1:])
    (tmp_path / "in" / link).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "in" / link).symlink_to(target)
    submissions = found(tmp_path / "in")
    assert set(submissions) == {"a", "b"}
    linked = submissions["a"].file
    assert linked is not None
    with pytest.raises(Unreadable, match="link"):
        linked.read()


def test_a_link_to_a_file_inside_is_a_file(tmp_path: Path) -> None:
    flat(tmp_path, {"a.ipynb": RIGHT})
    (tmp_path / "b.ipynb").symlink_to("a.ipynb")
    submission = found(tmp_path)["b"].file
    assert submission is not None
    assert submission.read() == RIGHT


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    flat(tmp_path, {"x/a.ipynb": RIGHT})
    (tmp_path / "x" / "again").symlink_to(tmp_path)
    (tmp_path / "self.ipynb").symlink_to("self.ipynb")
    assert found(tmp_path)["x"].name == "x/a.ipynb"


@pytest.mark.parametrize("name", ["../../etc/a.ipynb", "/etc/a.ipynb", "C:\\etc\\a.ipynb", "x/../../a.ipynb"])
def test_names_in_a_zip_lead_nowhere(tmp_path: Path, name: str) -> None:
    archive = zipped(tmp_path / "all.zip", {name: RIGHT, "b.ipynb": RIGHT})
    before = sorted(tmp_path.rglob("*"))
    names = files(archive)
    (student,) = set(names) - {"b"}
    assert student in {"a", "x", "etc"}
    assert ".." not in names[student]
    assert sorted(tmp_path.rglob("*")) == before


def test_a_pipe_in_the_folder_does_not_hold_up_the_rest(tmp_path: Path) -> None:
    flat(tmp_path, {"a.ipynb": RIGHT})
    os.mkfifo(tmp_path / "b.ipynb")
    pipe = found(tmp_path)["b"].file
    assert pipe is not None
    with pytest.raises(Unreadable):
        pipe.read()


def test_a_bomb_in_a_zip_is_not_unpacked_beyond_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograder.grading.submissions.MAX_BYTES", 1000)
    monkeypatch.setattr("autograder.grading.large.LARGEST", 9 << 20)
    blanks = b" " * 10_000_000
    archive = zipped(
        tmp_path / "all.zip",
        {"a.ipynb": blanks, "b.ipynb": RIGHT, "c.py": b"def affine_backward(): ..." + blanks},
    )
    bomb, script = (found(archive)[student].file for student in "ac")
    assert bomb is not None
    assert script is not None
    assert len(script.read()) == 1001
    with pytest.raises(Unreadable, match="too large"):
        bomb.read()


def test_a_damaged_file_in_a_zip_is_that_students_trouble(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "all.zip", {"a.ipynb": answering("..."), "b.ipynb": RIGHT})
    with zipfile.ZipFile(archive) as reader:
        start = reader.getinfo("a.ipynb").header_offset + 60
    data = bytearray(archive.read_bytes())
    data[start : start + 20] = bytes(20)
    archive.write_bytes(data)
    broken, whole = (found(archive)[student].file for student in ("a", "b"))
    assert broken is not None
    assert whole is not None
    with pytest.raises(Unreadable):
        broken.read()
    assert whole.read() == RIGHT


# Wrong use -----------------------------------------------------------------------------------------


def test_a_folder_without_notebooks_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(UsageError, match="no notebook for NB06") as raised:
        found(tmp_path)
    assert raised.value.got == "no .ipynb file, and no .py file that defines an answer; ignored: notes.txt"
    assert "STUDENT/NB06" in str(raised.value)
    flat(tmp_path, {f"{letter}.py": b"x = 1" for letter in "abcdef"})
    with pytest.raises(UsageError, match=r"ignored: a\.py, b\.py, c\.py, d\.py, e\.py and 2 more"):
        found(tmp_path)


def test_submissions_to_another_unit_only_are_named(tmp_path: Path) -> None:
    flat(tmp_path, {"a/NB04/NB04.ipynb": OTHER})
    with pytest.raises(UsageError, match="NB06") as raised:
        found(tmp_path)
    assert "NB04 only" in str(raised.value)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.txt", b"hello", "neither a notebook nor a zip"),
        ("a.zip", b"hello", "neither a notebook nor a zip"),
        ("a.ipynb", b"hello", "not a notebook"),
        ("a.ipynb", b'{"cells": 3}', "not a notebook"),
        ("a.ipynb", RIGHT[:-20], "breaks off"),
    ],
)
def test_a_file_that_is_no_notebook_is_wrong_use(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UsageError, match=says) as raised:
        found(tmp_path / name)
    assert raised.value.expected
    assert raised.value.mend


def test_a_path_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing at"):
        found(tmp_path / "nowhere")


# Bytes ---------------------------------------------------------------------------------------------

CELLS = ["x = 'ü'", "y = 2\nz = 3"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_notebook_is_read_in_any_unicode(encoding: str) -> None:
    assert code_cells(notebook_of(*CELLS).decode().encode(encoding)) == CELLS


def test_a_notebook_that_an_old_editor_saved_is_read() -> None:
    assert code_cells(notebook_of("# für dX\nx = 1").decode().encode("cp1252")) == ["# für dX\nx = 1"]


def test_sources_may_be_lists_or_texts_and_formats_old() -> None:
    listed = {
        "cells": [
            {"cell_type": "code", "source": ["y = 2\n", "z = 3"]},
            {"cell_type": "markdown", "source": "x"},
        ]
    }
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": "y = 2\nz = 3"}]}], "nbformat": 3}
    for notebook in (listed, old):
        assert code_cells(json.dumps(notebook).encode()) == ["y = 2\nz = 3"]


def test_cells_of_odd_types_are_left_out_or_empty() -> None:
    cells = [
        None,
        3,
        {},
        {"cell_type": "code"},
        {"cell_type": "code", "source": 5},
        {"cell_type": "code", "source": [1]},
    ]
    assert code_cells(json.dumps({"cells": cells}).encode()) == ["", "", ""]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a notebook"),
        (b"\xff\xfe\x00", "encoding|not a notebook"),
        ("{'ü': 1}".encode("latin-1"), "not a notebook"),
        (b"[]", "not a notebook"),
        (b"[" * 100_000, "not a notebook|breaks off"),
        (b'{"a":' * 100_000, "not a notebook|breaks off"),
        (b'{"cells": [' + b"9" * 10_000 + b"]}", "not a notebook"),
        (RIGHT[: len(RIGHT) // 2], "breaks off"),
    ],
)
def test_bytes_that_are_no_notebook_are_unreadable(data: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        code_cells(data)

"""Both commands in a folder of junk: they end with 0, 1 or 2, and with words, never with a traceback."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("typer")

import autograder.cli
import backprop_course.cli

JUNK = (b"", b"\x00\xff junk", b"[1, 2", b"{}", b'{"cells": [5]}', b"[" * 100_000, b"PK\x05\x06" + bytes(18))


def fill(folder: Path, junk: bytes) -> None:
    """Put junk wherever the commands look for a file, and a folder where they look for another."""
    for name in ("course/NB04", "out", "junk/NB04", "course/NB05/NB05.ipynb", "course/.backprop-course"):
        (folder / name).mkdir(parents=True)
    files = (
        "course/NB04/NB04.ipynb course/index.ipynb junk/a.ipynb junk/b.py junk/NB04/NB04.ipynb one.ipynb "
        "class.zip out/journal.jsonl out/run.json out/overrides.jsonl out/grades.csv"
    )
    for name in files.split():
        (folder / name).write_bytes(junk)


LEARNER = (
    ["progress"],
    ["progress", "--json"],
    ["units"],
    ["reset", "NB04"],
    ["reset", "NB04", "E01"],
    ["reset", "NB05"],
    ["check", "one.ipynb"],
    ["check", "course"],
    ["check", "class.zip"],
    ["progress", "--dir", "one.ipynb"],
    ["reset", "NB04", "--dir", "one.ipynb"],
    ["reset", "../NB04"],
)
TEACHER = (
    ["try", "NB99"],
    ["try", "../NB04"],
    ["explain", "out", "somebody"],
    ["explain", "nowhere", "somebody"],
    ["explain", "one.ipynb", "somebody"],
    ["export", "out"],
    ["export", "nowhere", "--format", "canvas"],
    ["override", "out", "somebody", "E01", "1", "--why", "so"],
    ["override", "out", "somebody", "E01", "nan", "--why", "so"],
    ["grade", "class.zip", "--unit", "NB04", "--out", "grades"],
    ["grade", "nowhere", "--unit", "NB04", "--out", "grades"],
    ["grade", "junk", "--unit", "NB99", "--out", "grades"],
    ["grade", "junk", "--unit", "NB04", "--out", "one.ipynb"],
    ["grade", "junk", "--unit", "NB04", "--out", "grades", "--seed-file", "nowhere"],
    ["grade", "junk", "--unit", "NB04", "--out", "grades", "--jobs", "0"],
)


@pytest.fixture(params=range(len(JUNK)))
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    fill(tmp_path, JUNK[request.param])
    return tmp_path


def ended_well(program: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", [program, *arguments])
    with pytest.raises(SystemExit) as ended:
        (backprop_course.cli if program == "backprop-course" else autograder.cli).main()
    return int(ended.value.code or 0)


def test_a_learners_commands_end_with_words(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("nbclient")
    for arguments in LEARNER:
        code = ended_well("backprop-course", arguments, monkeypatch)
        out, err = capsys.readouterr()
        assert code in (0, 1, 2), arguments
        assert out if code == 0 else err, arguments
        assert "Traceback" not in out + err, arguments


def test_a_teachers_commands_end_with_words(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in TEACHER:
        code = ended_well("autograder", arguments, monkeypatch)
        out, err = capsys.readouterr()
        assert code in (1, 2), arguments
        assert "expected" in err, arguments
        assert "Traceback" not in out + err, arguments


@pytest.mark.slow
def test_a_class_of_junk_is_graded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    fill(tmp_path, b'{"cells": [5]}')
    arguments = ["grade", "junk", "--unit", "NB04", "--out", "grades", "--jobs", "1"]
    code = ended_well("autograder", arguments, monkeypatch)
    out, err = capsys.readouterr()
    assert code in (0, 1, 2)
    assert "Traceback" not in out + err
    assert (tmp_path / "grades" / "grades.csv").is_file() or "expected" in err

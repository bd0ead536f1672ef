"""The command ``autograder`` from outside: exit codes, what it prints, and errors in the house's form."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Generator, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from autograder import cli
from autograder.exercises import find
from autograder.grading import local, run
from autograder.grading.backend import Task
from autograder.grading.explain import explanation
from autograder.grading.progress import ProgressBar
from autograder.grading.result import Question, Result
from autograder.grading.stored import Run, write_run
from autograder.judge import Outcome, judge
from autograder.sandbox import zygote
from tests.classroom import MEMBERS, answering, flat, member, notebook_of
from tests.grading.test_similarity import independent, renamed

FEW = [member(name) for name in ("right-in-loops", "bias-not-summed", "cut-off")]


def in_this_process(backend: object, tasks: Iterable[Task]) -> Generator[Result, None, None]:
    for task in tasks:
        with zygote.Zygote(task.limits) as here:
            yield task.done(here)


Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def autograder(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Command:
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["autograder", *arguments])
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    return command


def test_grade_says_what_came_out_and_where_it_is(autograder: Command, tmp_path: Path) -> None:
    flat(tmp_path / "in", members=FEW)
    code, out, err = autograder("grade", "in", "--unit", "nb06", "--jobs", "1")
    assert code == 0
    assert all(line.startswith("NB06: ") for line in err.splitlines())  # how far it is, on a slow machine
    assert "3 of 3 students: graded 2, unreadable 1" in out
    assert "isolation  " in out
    for name in ("grades.csv", "feedback", "report.html", "gradebook.db"):
        assert str(Path("grades/NB06") / name) in out
        assert (tmp_path / "grades" / "NB06" / name).exists()
    assert (tmp_path / "grades" / "NB06").stat().st_mode & 0o077 == 0


def test_grade_as_json_prints_a_line_for_each_submission(autograder: Command, tmp_path: Path) -> None:
    flat(tmp_path / "in", members=FEW)
    code, out, _ = autograder("grade", "in", "--unit", "NB06", "--seed", "3", "--out", "here", "--json")
    lines = {line["student"]: line for line in map(json.loads, out.splitlines())}
    assert code == 0
    assert set(lines) == {m.name for m in FEW}
    assert lines["bias-not-summed"]["score"] == 2.0
    assert lines["bias-not-summed"]["mistakes"] == [{"exercise": "NB06.E06", "code": "M03"}]
    assert lines["cut-off"]["score"] is None
    assert not (tmp_path / "here" / "seed").exists()


def test_files_that_are_left_out_are_named_after_a_run(
    autograder: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local.LocalBackend, "results", in_this_process)
    right = answering("...")
    flat(tmp_path / "in", {"zoe/hw.ipynb": right, "yan/hw.ipynb": right, "yan/hw-2.ipynb": right})
    code, out, _ = autograder("grade", "in", "--unit", "NB06", "--seed", "3")
    assert (code, "2 of 2 students" in out) == (0, True)
    assert "left out   1 file: yan/hw.ipynb; of each student one file counts" in out
    assert "ignored" not in out
    (tmp_path / "in" / "zoe" / "hw.pdf").write_bytes(b"")
    _, out, _ = autograder("grade", "in", "--unit", "NB06", "--seed", "3")
    assert "ignored    1 file: zoe/hw.pdf; no notebook with an answer, or out of place" in out
    assert "no answer" not in out
    _, out, _ = autograder("grade", "in", "--unit", "NB05", "--seed", "3")
    assert (
        "no answer  2 students: yan, zoe; none of the functions asked for: a notebook of another unit?" in out
    )


def test_similarity_is_told_where_it_is_asked_for(autograder: Command, tmp_path: Path) -> None:
    cells = independent("NB06")["s1"]
    files = {"ana.ipynb": notebook_of(*cells), "bo.ipynb": notebook_of(*map(renamed, cells))}
    flat(tmp_path / "in", files)
    code, out, _ = autograder("grade", "in", "--unit", "NB06", "--jobs", "1")
    page = tmp_path / "grades" / "NB06" / "similarity.html"
    assert (code, "similarity" in out, page.exists()) == (0, False, False)
    code, out, _ = autograder("grade", "in", "--unit", "NB06", "--similarity")
    assert code == 0
    assert "similarity.html: 1 pair to look at, a hint and no verdict" in out
    assert "ana and bo" in page.read_text(encoding="utf-8")
    code, out, _ = autograder("grade", "in", "--unit", "NB06", "--similarity", "--json")
    assert [json.loads(line)["student"] for line in out.splitlines()] == ["ana", "bo"]


def test_explain_says_why(autograder: Command, tmp_path: Path) -> None:
    flat(tmp_path / "in", members=FEW)
    autograder("grade", "in", "--unit", "NB06", "--out", "out", "--jobs", "1")
    assert autograder("explain", "out", "bias-not-summed", "e06")[0] == 0
    code, out, _ = autograder("explain", "out", "bias-not-summed", "nb06-e06")
    assert code == 0
    assert "score 2" in out
    assert "M03" in out
    assert "Worth: dX 1, dW 1, db 1." in out
    assert "Hint 1" in out
    code, out, _ = autograder("export", "out", "--format", "canvas")
    assert (code, Path(out.strip()).exists()) == (0, True)
    assert autograder("override", "out", "cut-off", "E06", "1", "--why", "read by hand")[0] == 0
    _, out, _ = autograder("explain", "out", "cut-off")
    assert "score 1" in out
    assert "breaks off" in out
    code, out, _ = autograder("override", "out", "cut-off", "E06", "--undo")
    assert (code, "1 point by hand taken back" in out) == (0, True)
    assert "1 point by hand, taken back" in autograder("explain", "out", "cut-off")[1]
    for wrong in (("E06",), ("E06", "1", "--undo"), ("E06", "1")):
        code, _, err = autograder("override", "out", "cut-off", *wrong)
        assert (code, "or --undo without POINTS" in err) == (2, True)
    _, out, _ = autograder("explain", "out", "right-in-loops", "--json")
    assert json.loads(out)["score"] == 3.0
    for arguments, says in (
        (("out", "bias-not-sumed"), "bias-not-summed"),
        (("out", "right-in-loops", "NB06.E99"), "NB06.E06"),
        (("out", "right-in-loops", "W1"), "give no exercise to see all"),
        (("in", "right-in-loops"), "There are no grades in in"),
    ):
        code, _, err = autograder("explain", *arguments)
        assert code == 2
        assert says in err


def test_the_demo_grades_the_example_class(autograder: Command, tmp_path: Path) -> None:
    code, out, _ = autograder("demo", "--dir", "example")
    assert code == 0
    assert f"{len(MEMBERS) + 1} of {len(MEMBERS) + 1} students" in out
    assert "autograder explain example/grades wrong-sign" in out
    assert (tmp_path / "example" / "grades" / "feedback" / "bias-not-summed.html").exists()
    assert autograder("explain", "example/grades", "wrong-sign")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("grade", "nowhere", "--unit", "NB06"), "nothing at nowhere"),
        (("grade", "empty", "--unit", "NB06"), "no notebook for NB06"),
        (("grade", "text.ipynb", "--unit", "NB06"), "not a notebook"),
        (("grade", "one", "--unit", "NB99"), "no unit of this name"),
        (("grade", "one", "--unit", "NB06", "--jobs", "0"), "--jobs"),
        (("grade", "one", "--unit", "NB06", "--backend", "dask"), "--scheduler"),
        (("grade", "one", "--unit", "NB06", "--out", "text.ipynb/out"), "cannot be made"),
        (("grade", "one", "--unit", "NB06", "--seed", "1", "--seed-file", "x"), "seed"),
    ],
)
def test_wrong_use_says_what_was_expected(
    autograder: Command, tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.ipynb").write_text("hello")
    flat(tmp_path / "one", {"a.ipynb": answering("...")})
    code, out, err = autograder(*arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert "expected:" in err
    assert "Traceback" not in err


def test_an_option_that_is_missing_or_unknown_is_wrong_use(autograder: Command) -> None:
    assert autograder("grade", "in")[0] == 2
    assert autograder("grade", "in", "--unit", "NB06", "--sed", "1")[0] == 2
    assert autograder("greade")[0] == 2


def test_an_interruption_says_that_nothing_is_lost(
    autograder: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object, **named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "build", interrupted)
    code, _, err = autograder("demo", "--dir", "example")
    assert code == 130
    assert "kept" in err


def test_grades_of_an_interrupted_run_are_not_taken_for_a_whole_class(
    autograder: Command, tmp_path: Path
) -> None:
    (tmp_path / "journal.jsonl").touch()
    interrupted = Run("NB06", "version", "seed", students={"idle": ""})
    for complete in (False, True):
        write_run(tmp_path, replace(interrupted, complete=complete))
        code, _, err = autograder("export", ".")
        assert (code, "interrupted" in err) == (0, not complete)
        code, _, err = autograder("explain", ".", "later")
        assert (code, "grade again" in err) == (2, not complete)


def test_points_below_zero_are_not_called_extra_credit(autograder: Command, tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").touch()
    write_run(tmp_path, Run("NB06", "version", "seed", complete=True, students={"idle": ""}))
    for given, is_extra in (("-1", False), ("99", True)):
        code, _, err = autograder("override", ".", "idle", "E06", "--why", "x", "--", given)
        assert (code, "extra credit" in err) == (2, is_extra)


def test_explain_tells_what_was_said_of_the_file(autograder: Command, tmp_path: Path) -> None:
    listing = {"ana": ["a.ipynb", "2 files, the newest counts"]}
    write_run(tmp_path, Run("NB06", "version", "seed", complete=True, students={"ana": ""}, listing=listing))
    code, out, _ = autograder("explain", ".", "ana")
    assert (code, "flag: 2 files, the newest counts" in out) == (0, True)


def test_equal_shares_of_many_parts_are_said_once() -> None:
    outcome = Outcome("raised", error_type="SyntaxError", message="invalid syntax")
    verdict = judge(find("NB04.E03"), lambda inputs: outcome, seed=0, visible=False)
    asked = (Question("NB04.E03", 0.0, 3.0, verdict),)
    assert "Worth: 0.231 for each of 13." in explanation(Result("ana", "", "graded", questions=asked))


def test_points_that_a_corrected_exercise_changes_are_shown_before_they_are_written(
    autograder: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flat(tmp_path / "in", members=FEW)
    command = ("grade", "in", "--unit", "NB06", "--out", "out", "--seed", "3", "--jobs", "1")
    asked: list[tuple[str, bool]] = []
    bars: list[ProgressBar] = []

    def bar_on_a_terminal(quiet: bool) -> ProgressBar:
        bars.append(ProgressBar(quiet, Console(file=io.StringIO(), force_terminal=True)))
        return bars[-1]

    def refuse(question: str) -> bool:
        asked.append((question, bars[-1]._progress.live.is_started))
        return False

    monkeypatch.setattr(cli, "ProgressBar", bar_on_a_terminal)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(cli.typer, "confirm", refuse)
    for again in (False, True):
        code, out, _ = autograder(*command)
        assert (code, asked, "changed" in out) == (0, [], False)
        assert ("3 of them by an earlier run, nothing graded anew: " in out) is again
    written = [tmp_path / "out" / name for name in ("grades.csv", "report.html", "run.json")]
    written += sorted((tmp_path / "out" / "feedback").iterdir())
    before = [path.read_bytes() for path in written]
    monkeypatch.setattr(run, "assignment_version", lambda exercises: "corrected")
    monkeypatch.setattr(local.LocalBackend, "results", with_a_point_less)
    code, out, _ = autograder(*command)
    assert (code, asked) == (0, [("Write them?", False)]), "asked once, under no bar that is drawn over it"
    assert "bias-not-summed  NB06.E06  2 -> 1" in out
    assert "right-in-loops  NB06.E06  3 -> 2" in out
    assert [path.read_bytes() for path in written] == before
    assert "Not written" in out
    assert "grades.csv" not in out
    code, out, _ = autograder(*command, "--yes")
    assert (code, len(asked)) == (0, 1)
    assert "right-in-loops,right-in-loops.ipynb,graded,2," in (tmp_path / "out" / "grades.csv").read_text()
    assert "<b>2</b> of" in (tmp_path / "out" / "feedback" / "right-in-loops.html").read_text()
    code, out, _ = autograder(*command)
    assert "->" not in out


@pytest.mark.parametrize(("option", "got"), [((), "no terminal"), (("--json",), "--json without --yes")])
def test_where_nobody_can_be_asked_no_points_change_without_yes(
    autograder: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: tuple[str, ...], got: str
) -> None:
    flat(tmp_path / "in", members=FEW[:1])
    command = ("grade", "in", "--unit", "NB06", "--out", "out", "--seed", "3", *option)
    monkeypatch.setattr(local.LocalBackend, "results", in_this_process)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: bool(option))  # it is not asked between lines of JSON
    assert autograder(*command)[0] == 0, "a first grading needs no --yes"
    kept = ("grades.csv", "report.html", "run.json", "gradebook.db", "feedback/right-in-loops.html")
    before = [(tmp_path / "out" / name).read_bytes() for name in kept]
    monkeypatch.setattr(run, "assignment_version", lambda exercises: "corrected")
    monkeypatch.setattr(local.LocalBackend, "results", with_a_point_less)
    code, out, err = autograder(*command)
    assert (code, "give the same command with --yes" in err, got in err) == (2, True, True)
    assert "right-in-loops  NB06.E06  3 -> 2" in (err if option else out)
    assert "grades.csv" not in out
    assert [(tmp_path / "out" / name).read_bytes() for name in kept] == before
    if option:
        assert [json.loads(line)["score"] for line in out.splitlines()] == [2.0]
    assert autograder(*command, "--yes")[0] == 0
    assert "right-in-loops,right-in-loops.ipynb,graded,2," in (tmp_path / "out" / "grades.csv").read_text()


def test_ctrl_c_at_the_question_writes_nothing(
    autograder: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flat(tmp_path / "in", members=FEW[:1])
    command = ("grade", "in", "--unit", "NB06", "--out", "out", "--seed", "3", "--jobs", "1")
    monkeypatch.setattr(local.LocalBackend, "results", in_this_process)
    autograder(*command)
    before = (tmp_path / "out" / "grades.csv").read_bytes()

    def interrupted(question: str) -> bool:
        raise cli.typer.Abort

    monkeypatch.setattr(run, "assignment_version", lambda exercises: "corrected")
    monkeypatch.setattr(local.LocalBackend, "results", with_a_point_less)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(cli.typer, "confirm", interrupted)
    code, out, err = autograder(*command)
    assert (code, "Traceback" in err) == (0, False)
    assert "Not written" in out
    assert (tmp_path / "out" / "grades.csv").read_bytes() == before


def with_a_point_less(backend: object, tasks: Iterable[Task]) -> Generator[Result, None, None]:
    for result in in_this_process(backend, tasks):
        lower = tuple(replace(question, score=(question.score or 1) - 1) for question in result.questions)
        yield replace(result, questions=lower)


def test_a_gradebook_that_fails_is_told_and_the_grades_are_there(autograder: Command, tmp_path: Path) -> None:
    flat(tmp_path / "in", members=FEW)
    bad = "sqlite:////no/such/folder/gradebook.db"
    code, out, err = autograder("grade", "in", "--unit", "NB06", "--out", "out", "--db", bad, "--jobs", "1")
    assert code == 1
    assert err.count("gradebook could not be opened") == 1
    assert "graded 2" in out
    assert (tmp_path / "out" / "grades.csv").exists()


def test_less_isolation_than_required_is_refused_and_nothing_is_run(
    autograder: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flat(tmp_path / "in", members=FEW)
    monkeypatch.setattr(local.LocalBackend, "results", in_this_process)
    monkeypatch.setattr(zygote.sys, "platform", "another")  # where there are no namespaces
    code, out, err = autograder("grade", "in", "--unit", "NB06", "--out", "out", "--require", "sandbox")
    assert (code, out) == (1, "")
    assert "expected: sandbox" in err
    assert "got:      limits" in err or "got:      process" in err
    assert not [row for row in (tmp_path / "out" / "journal.jsonl").read_text().splitlines() if "dX" in row]
    assert autograder("grade", "in", "--unit", "NB06", "--require", "much")[0] == 2


def test_release_checks_the_notebooks(autograder: Command) -> None:
    code, out, _ = autograder("release", "--check", "NB06")
    assert code == 0
    assert "NB06.ipynb fresh" in out
    assert autograder("release", "NB99")[0] == 2

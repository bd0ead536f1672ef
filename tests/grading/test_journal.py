"""The journal and the seed: what is written is found again, what a kill tore is dropped."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from autograder.exercises import of_unit
from autograder.grading.grade import grade_notebook
from autograder.grading.journal import (
    NAME,
    Journal,
    JournalError,
    places_in,
    read_results,
    result_at,
    result_key,
)
from autograder.grading.result import Result
from autograder.grading.run import make_folder
from autograder.grading.seeds import fingerprint, secret_seed
from autograder.grading.versions import assignment_version
from autograder.sandbox import Zygote
from backprop_course.errors import UsageError
from tests.classroom import answering


def results(count: int) -> list[Result]:
    return [
        Result(f"s{i}", f"s{i}.ipynb", "unreadable", key=f"{i:032}", reason="<no>\n") for i in range(count)
    ]


def test_a_graded_result_comes_back_whole(tmp_path: Path, zygote: Zygote) -> None:
    graded = grade_notebook(answering("return dY @ W.T, X.T @ dY, dY"), of_unit("NB06"), 5, zygote)
    with Journal(tmp_path) as journal:
        journal.append([graded])
    with Journal(tmp_path) as journal:
        assert journal[graded.key] == graded
    assert list(read_results(tmp_path)) == [graded]


def test_one_result_is_found_without_reading_the_others(tmp_path: Path) -> None:
    """Of two with one key the later counts; a name that looks like a key is a name."""
    one, two, three = results(3)
    misleading = replace(two, student=f'"key": "{three.key}"', file='\\"key": "', reason='"key": "0"')
    with Journal(tmp_path) as journal:
        journal.append([one, misleading, replace(one, student="again")])
    with open(tmp_path / NAME, "ab") as file:
        file.write(f'{{"student": "torn", "key": "{three.key}"'.encode())
    places = places_in(tmp_path, {one.key, two.key, three.key})
    assert set(places) == {one.key, two.key}
    assert places_in(tmp_path, {two.key}) == {two.key: places[two.key]}
    with open(tmp_path / NAME, "rb") as file:
        assert result_at(file, places[two.key]) == misleading
        assert result_at(file, places[one.key]).student == "again"


@pytest.mark.parametrize("cut", [1, 7, 60])
def test_a_torn_last_line_is_dropped_and_only_that(tmp_path: Path, cut: int) -> None:
    with Journal(tmp_path) as journal:
        journal.append(results(3))
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole[:-cut])
    with Journal(tmp_path) as journal:
        assert [result.key in journal for result in results(3)] == [True, True, False]
        journal.append(results(3)[2:])
    assert journal.path.read_bytes() == whole


def test_a_line_that_is_no_result_is_not_passed_over(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.append(results(2))
    first, second = journal.path.read_bytes().splitlines(keepends=True)
    journal.path.write_bytes(first[:20] + b"\n" + second)
    with pytest.raises(JournalError, match="Line 1"):
        Journal(tmp_path)


def test_two_graders_cannot_work_in_one_folder(tmp_path: Path) -> None:
    with Journal(tmp_path), pytest.raises(JournalError, match="Another grader"):
        Journal(tmp_path)
    with Journal(tmp_path):
        pass


def test_a_disk_that_is_full_costs_only_what_did_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Journal(tmp_path) as journal:
        journal.append(results(2))
        whole = journal.path.read_bytes()

        def full(descriptor: int, data: bytes) -> int:
            if len(data) > 10:
                return write(descriptor, data[:10])
            raise OSError(errno.ENOSPC, "No space left on device")

        write = os.write
        monkeypatch.setattr(os, "write", full)
        with pytest.raises(JournalError, match="room") as raised:
            journal.append([replace(results(1)[0], key="full")])
        assert "No space left" in str(raised.value)
        monkeypatch.undo()
        assert journal.path.read_bytes() == whole
        assert "full" not in journal
        journal.append(results(3)[2:])
    assert [r.key for r in read_results(tmp_path)] == [r.key for r in results(3)]


@pytest.mark.parametrize("place", ["file/out", "file"])
def test_a_folder_that_cannot_be_made_is_wrong_use(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match="cannot be made"):
        make_folder(tmp_path / place)


def test_journal_and_seed_are_for_their_owner_alone(tmp_path: Path) -> None:
    with Journal(tmp_path):
        secret_seed(tmp_path)
    for name in ("journal.jsonl", "seed"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_key_changes_with_each_thing_the_result_depends_on() -> None:
    keys = {
        result_key(student, data, version, seed)
        for student in ("a", "b")
        for data in (b"1", b"2")
        for version in ("v", "w")
        for seed in ("s", "t")
    }
    assert len(keys) == 16
    assert assignment_version(of_unit("NB04")) != assignment_version(of_unit("NB06"))
    assert fingerprint(1) != fingerprint(2)
    assert "20240917" not in fingerprint(20240917)


DECIDING = (
    *("autograder.judge", "autograder.probes.nb08"),
    *("autograder.grading.differences", "autograder.grading.grade", "autograder.sandbox.program"),
    *("autograder.sandbox.runner", "autograder.sandbox.standins", "autograder.sandbox.values"),
    *("backprop_course", "backprop_course.engine.tensor", "backprop_course.engine.primitives.losses"),
    *("backprop_course.derivatives.transforms", "backprop_course.edf", "backprop_course.tape"),
    *("backprop_course.nn", "backprop_course.optim", "backprop_course.training", "backprop_course.data"),
)
SHOWING = (
    *("autograder.cli", "autograder.report", "autograder.grading.pages", "autograder.grading.feedback"),
    *("backprop_course.widgets", "backprop_course.cli", "backprop_course.docs"),
)


@pytest.mark.parametrize(("modules", "counts"), [(DECIDING, True), (SHOWING, False)])
def test_a_version_is_that_of_the_modules_that_decide_verdicts(
    modules: Sequence[str], counts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, read = assignment_version(of_unit("NB06")), Path.read_bytes
    for module in modules:
        about = find_spec(module)
        assert about is not None
        with monkeypatch.context() as patch:  # its file has one byte more
            longer = lambda path, file=about.origin: read(path) + b"#" * (str(path) == file)  # noqa: E731
            patch.setattr(Path, "read_bytes", longer)
            assert (assignment_version(of_unit("NB06")) != before) is counts, module


def test_lines_are_plain_json(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.append(results(2))
    for line in journal.path.read_text(encoding="ascii").splitlines():
        assert json.loads(line)["state"] == "unreadable"


def test_a_seed_is_made_once_and_kept(tmp_path: Path) -> None:
    made = secret_seed(tmp_path)
    assert made == secret_seed(tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["seed"]
    (tmp_path / "other").mkdir()
    assert secret_seed(tmp_path / "other") != made


def test_a_seed_may_be_given_or_read(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text(" 17\n")
    assert secret_seed(tmp_path, seed=5) == 5
    assert secret_seed(tmp_path, file=tmp_path / "mine") == 17
    assert not (tmp_path / "seed").exists()


@pytest.mark.parametrize("text", ["", "seventeen", "-3", "1.5", "٣"])
def test_a_seed_that_is_no_number_is_wrong_use(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine").write_text(text)
    with pytest.raises(UsageError, match="seed"):
        secret_seed(tmp_path, file=tmp_path / "mine")


def test_two_seeds_or_a_file_that_is_not_there_are_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="twice"):
        secret_seed(tmp_path, seed=1, file=tmp_path / "mine")
    with pytest.raises(UsageError, match="cannot be read"):
        secret_seed(tmp_path, file=tmp_path / "mine")
    with pytest.raises(UsageError, match="whole number"):
        secret_seed(tmp_path, seed=-1)

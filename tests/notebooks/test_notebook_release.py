"""The released notebooks: fresh, the same every time, and nothing in them that gives an answer away."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
from notebook_units import solutions

from autograder.nbgrader.source import SourceError, released_path, solution_path, source_notebook
from autograder.release import REPOSITORY, release, released_notebook
from backprop_course.errors import UsageError


def test_the_release_is_fresh_and_the_same_every_time(unit: str) -> None:
    assert released_path(unit, REPOSITORY).read_bytes() == released_notebook(unit) == released_notebook(unit)


def test_the_release_holds_no_solution(solved: Any, released: Any) -> None:
    text = squeezed("\n".join(cell.source for cell in released.cells))
    assert solutions(solved)
    for body in solutions(solved):
        assert squeezed(body) not in text
        for line in re.findall(r"return .*", body):
            assert squeezed(line) not in text
    for cell in solved.cells:
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "markdown":
            assert squeezed(cell.source) not in text
    assert "SOLUTION" not in text


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_the_search_for_solutions_would_find_one(solved: Any) -> None:
    text = squeezed("\n".join(cell.source for cell in solved.cells))
    assert all(squeezed(body) in text for body in solutions(solved))


def test_the_release_holds_no_output_and_nothing_that_depends_on_the_machine(
    unit: str, released: Any
) -> None:
    for cell in released.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
        assert set(cell.metadata) <= {"tags", "nbgrader", "deletable", "editable"}
    assert released.metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    ids = [cell.id for cell in released.cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(rf"{unit}-(\d{{3}}|E\d\d(-check)?|R\d)", cell_id) for cell_id in ids)


def test_the_files_keys_are_in_order_and_a_newline_ends_it(unit: str) -> None:
    text = released_path(unit, REPOSITORY).read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), sort_keys=True, indent=1, ensure_ascii=False) + "\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a folder with the solutions and released notebooks of NB06 alone."""
    for path in (solution_path("NB06", REPOSITORY), released_path("NB06", REPOSITORY)):
        copy = tmp_path / path.relative_to(REPOSITORY)
        copy.parent.mkdir(parents=True)
        shutil.copy(path, copy)
    return tmp_path


def test_a_fresh_release_passes_the_check(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert release(check=True, root=clone) == 0
    assert capsys.readouterr().out == "notebooks/NB06/NB06.ipynb fresh\n"


def test_a_changed_text_makes_the_release_stale_and_a_release_mends_it(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    solution = solution_path("NB06", clone)
    solution.write_text(solution.read_text().replace("## Recap", "## In short"))
    before = released_path("NB06", clone).read_bytes()
    assert release(["NB06"], check=True, root=clone) == 1
    assert released_path("NB06", clone).read_bytes() == before
    said = capsys.readouterr().out
    assert "notebooks/NB06/NB06.ipynb is stale" in said
    assert f"to mend: python -m autograder release NB06 --root {shlex.quote(str(clone))}\n" in said

    assert release(["NB06"], root=clone) == 0
    assert release(["NB06"], check=True, root=clone) == 0
    assert b"## In short" in released_path("NB06", clone).read_bytes()


def test_a_missing_release_fails_the_check(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    released_path("NB06", clone).unlink()
    assert release(check=True, root=clone) == 1
    assert "notebooks/NB06/NB06.ipynb is missing" in capsys.readouterr().out


def test_an_unknown_unit_is_refused_with_those_there_are() -> None:
    with pytest.raises(
        UsageError, match=r"(?s)no unit 'NB66'.*expected: one of .*NB06.*got: +NB66.*to mend:"
    ):
        release(["NB66"])


def test_a_folder_without_solutions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"(?s)no solution texts.*expected:.*got:.*to mend: +run .* clone"):
        release(root=tmp_path)


def test_a_graded_cell_of_no_exercise_is_refused(clone: Path) -> None:
    solution = solution_path("NB06", clone)
    solution.write_text(solution.read_text().replace("NB06-E06-check", "NB06-E66-check"))
    with pytest.raises(SourceError, match=r"(?s)belongs to no exercise.*NB06-E06-check.*NB06-E66-check"):
        source_notebook("NB06", clone)


def test_an_exercise_without_its_cell_is_refused(clone: Path) -> None:
    solution = solution_path("NB06", clone)
    marks = r'nbgrader=\{[^}]*"grade_id": "NB06-E06",[^}]*\} '
    solution.write_text(re.sub(marks, "", solution.read_text()))
    with pytest.raises(SourceError, match=r"(?s)every exercise.*grade_id NB06-E06.*to mend:"):
        source_notebook("NB06", clone)

"""What an exercise's version depends on, and what a correction has run again."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from autograder import exercises
from autograder._courses import packages
from autograder._outcome import Outcome
from autograder.exercise import Exercise
from autograder.exercises import of_unit
from autograder.grading import backend, run, versions
from autograder.grading.grade import grade_notebook
from autograder.grading.result import Question, Result
from autograder.grading.run import Grading, grade_class
from autograder.grading.versions import exercise_versions
from autograder.judge import judge
from autograder.sandbox import Zygote
from tests.classroom import RIGHT, answering, flat
from tests.grading.test_class import Here, NoBackend

READ = Path.read_bytes


def correct(monkeypatch: pytest.MonkeyPatch, module: str, old: str, new: str) -> None:
    """Let a module of exercises read as if it had been corrected."""
    name = f"{module}.py"
    assert READ(Path(exercises.__file__).with_name(name)).count(old.encode()) == 1

    def read(path: Path) -> bytes:
        return READ(path).replace(old.encode(), new.encode()) if path.name == name else READ(path)

    monkeypatch.setattr(Path, "read_bytes", read)


@pytest.mark.parametrize(
    ("module", "old", "new", "unit", "changed"),
    [
        ("nb06", "M32(lambda dY, X, W: (dY", "M32(lambda dY, X, W: (2 * dY", "NB06", ["NB06.E06"]),
        ("nb06", "dW[i, j] += x[i] * g[j]", "dW[i, j] += g[j] * x[i]", "NB06", ["NB06.E06"]),
        ("nb06", "import M01, M02,", "import M01, M02, M15,", "NB06", []),  # a name that no exercise uses
        ("nb06", '"""NB06: backprop', '"""NB06: still backprop', "NB06", []),
        (
            "nb04",
            "BIAS_TIMES_INPUT = Kind(",
            "BIAS_TIMES_INPUT = Kind( ",
            "NB04",
            ["NB04.E01", "NB04.E02", "NB04.E03"],
        ),
    ],
)
def test_a_correction_changes_the_versions_of_what_uses_it(
    module: str, old: str, new: str, unit: str, changed: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = exercise_versions(of_unit(unit))
    correct(monkeypatch, module, old, new)
    after = exercise_versions(of_unit(unit))
    assert [id for id in before if before[id] != after[id]] == changed


def test_points_and_what_decides_all_verdicts_are_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    first, *others = of_unit("NB06")
    before = exercise_versions([first, *others])
    after = exercise_versions([replace(first, points=2 * first.points), *others])
    assert [id for id in before if before[id] != after[id]] == [first.id]
    monkeypatch.setattr(versions, "_release", lambda: "another one")
    assert not set(before.values()) & set(exercise_versions(of_unit("NB06")).values())


PARTS = {
    "helping.py": "def double(x):\n    return 2 * x\n\n\ndef half(x):\n    return x / 2\n",
    "qq01_more.py": "from .helping import double as twice\n\nA = declared('QQ01.E01', twice)\n",
    "qq01_other.py": "from . import helping\n\nB = declared('QQ01.E02', helping.half)\n",
    "qq01_all.py": "from .helping import *\n\nC = declared('QQ01.E03', half)\n",
    "qq01_loop.py": "for number in (4,):\n    globals()['D'] = declared('QQ01.E04', number)\n",
    "qq01_plain.py": "E, SIZE = declared('QQ01.E05', 5), 3\nSIZE += 1\nOTHER = 7\n",
    "qq01_late.py": (
        "class Late:\n    def __call__(self):\n        from .helping import half\n        return half\n\n\n"
        "F = declared('QQ01.E06', Late())\n"
    ),
}


@dataclass
class Package:
    """A package of declarations on disk, loaded as it is now."""

    folder: Path

    def versions(self) -> dict[str, str]:
        """Load it anew, and return the versions of what it declares."""
        forget()
        return exercise_versions(of_unit("QQ01"))

    def change(self, file: str, old: str, new: str) -> list[str]:
        """Correct a file, and return the exercises whose versions differ."""
        before, path = self.versions(), self.folder / file
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
        after = self.versions()
        return [id for id in after if after[id] != before[id]]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    folder = tmp_path / "qq_course"
    folder.mkdir()
    declared = (
        "from autograder.exercise import Exercise\n"
        "from autograder.instances import sizes\n"
        "from autograder.reference import cotangents_of\n\n\n"
        "def declared(id, about):\n"
        "    right = cotangents_of(lambda x: 2 * x)\n"
        "    answer = 'back(dY: (N,), x: (N,)) -> dx: (N,)'\n"
        "    tried = dict(instances=sizes(N=3), points=1, see='QQ01.W1')\n"
        "    return Exercise(id=id, answer=answer, reference=right, **tried)\n"
    )
    (folder / "__init__.py").write_text("")
    (folder / "declaring.py").write_text(declared)
    for name, text in PARTS.items():
        (folder / name).write_text(
            text if name == "helping.py" else f"from .declaring import declared\n{text}"
        )
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # which knows a correction by second and length
    monkeypatch.setenv("AUTOGRADER_EXERCISES", str(folder))
    yield Package(folder)
    forget()


def forget() -> None:
    """Let other courses be looked for, and loaded, anew."""
    packages.cache_clear()
    of_unit.cache_clear()
    importlib.invalidate_caches()


@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        ("helping.py", "2 * x", "x + x", ["E01", "E02", "E03"]),
        ("helping.py", "x / 2", "0.5 * x", ["E02", "E03", "E06"]),
        ("declaring.py", "2 * x", "x + x", ["E01", "E02", "E03", "E04", "E05", "E06"]),
        ("qq01_loop.py", "(4,)", "(5,)", ["E04"]),
        ("qq01_plain.py", "3", "4", ["E05"]),
        ("qq01_plain.py", "SIZE += 1", "SIZE += 2", ["E05"]),
        ("qq01_plain.py", "OTHER = 7", "OTHER = 8", []),
        ("qq01_plain.py", "SIZE += 1", "print(SIZE)", ["E05"]),  # nobody knows what it changes
    ],
)
def test_what_a_declaration_uses_is_followed_through_its_package(
    package: Package, file: str, old: str, new: str, changed: Sequence[str]
) -> None:
    assert package.change(file, old, new) == [f"QQ01.{id}" for id in changed]


def test_only_a_corrected_exercise_is_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zygote: Zygote
) -> None:
    asked: list[list[str]] = []

    def grade(data: bytes, exercises: Sequence[Exercise], *others: object) -> Result:
        asked.append([exercise.id for exercise in exercises])
        return grade_notebook(data, exercises, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(backend, "grade_notebook", grade)
    flat(tmp_path / "in", {"ana.ipynb": answering(RIGHT), "bo.ipynb": answering("")})

    def again(using: backend.Backend) -> Grading:
        return grade_class(tmp_path / "in", "NB06", tmp_path / "out", seed=5, backend=using)

    every = [exercise.id for exercise in of_unit("NB06")]
    first = again(Here(zygote))
    assert asked == [every, every]
    again(NoBackend())

    corrected = tuple(replace(e, points=2 * e.points) if e.id == "NB06.E06" else e for e in of_unit("NB06"))
    for module in (run, backend):
        monkeypatch.setattr(module, "of_unit", lambda unit: corrected)
    asked.clear()
    second = again(Here(zygote))
    assert asked == [["NB06.E06"], ["NB06.E06"]]
    assert second.changes == [("ana", "NB06.E06", 3.0, 6.0)]
    rows = {student: (row.state, len(row.scores)) for student, row in second.rows.items()}
    assert rows == {student: (row.state, len(row.scores)) for student, row in first.rows.items()}
    again(NoBackend())  # what was kept and what was run are one result


def test_what_had_trouble_is_asked_again_with_its_flags_forgotten() -> None:
    outcome = Outcome("raised", error_type="ValueError", message="no")
    verdict = judge(of_unit("NB06")[0], lambda inputs: outcome, seed=0, visible=False)
    asked = (
        Question("NB06.E01", 0.0, 1.0, verdict, version="v"),
        Question("NB06.E02", 0.0, 1.0, verdict, trouble="timeout", version="v"),
        Question("NB06.E03", 0.0, 1.0, verdict, version="old"),
    )
    flags = tuple(f"{question.exercise}: told" for question in asked)
    result = Result("ana", "", "partial", questions=asked, flags=("of all", *flags))
    kept = result.of_versions({question.exercise: "v" for question in asked})
    assert [question.exercise for question in kept.questions] == ["NB06.E01"]
    assert kept.flags == ("of all", "NB06.E01: told")

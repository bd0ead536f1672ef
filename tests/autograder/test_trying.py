"""`autograder try`: what a teacher is told of an exercise of their own before anybody works at it."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace

import numpy as np
import pytest

from autograder import _courses, cli, exercises
from autograder.exercise import Exercise
from autograder.instances import made, sizes
from autograder.mistakes import M03, M04, M06, M16, Kind
from autograder.reference import cotangents_of, values_of
from autograder.trying.declared import declaration, text_trouble
from tests.grading.test_other_courses import COURSE

SEEDS = (0, 1)
OWN = Kind(
    "own-slip",
    "an own slip is made",
    "The numbers are a little too large.",
    "Something is there that should not be.",
    "What is not there in the forward pass has no slope going back.",
    "MY01.W1",
)


def cubes(*mistakes, **changes):
    declared = {
        "id": "MY01.E01",
        "answer": "cubes_backward(dY: (N, d), X: (N, d)) -> dX: (N, d)",
        "reference": cotangents_of(lambda X: X**3),
        "instances": sizes(N=(1, 5), d=3),
        "points": 2,
        "see": "MY01.W1",
        "mistakes": mistakes,
    }
    return Exercise(**declared | changes)


def found(exercise):
    return [(finding.what, finding.trouble or finding.held) for finding in declaration(exercise, SEEDS)]


def trouble(exercise, what):
    return next(f.trouble for f in declaration(exercise, SEEDS) if f.what == what)


def test_a_sound_declaration_holds():
    signs = M06.each(lambda g: -g), M06.each(lambda g: -1.0 * g)
    assert found(cubes(OWN(lambda dY, X: 3 * X**2 * dY + 0.1), *signs)) == [
        ("reference", "its own numbers pass"),
        ("own-slip", "refused and named"),
        ("M06", "refused and named"),
        ("M06 (2)", "refused and named"),
    ]


def test_a_convention_is_accepted():
    relu = cubes(M16(lambda dY, X: dY * (X >= 0)), reference=cotangents_of(lambda X: np.maximum(X, 0.0)))
    assert ("M16", "accepted, with a remark") in found(relu)


def test_a_mistake_that_is_right_is_told_with_its_place():
    said = trouble(cubes(M04(lambda dY, X: 3 * X * X * dY)), "M04")
    assert "test_trying.py:" in said
    assert "has to be refused, and passes, with seed 0: 2 of 2 points" in said


def test_a_convention_that_is_no_answer_is_told():
    assert "is a convention and has to pass" in trouble(cubes(M16(lambda dY, X: dY @ X)), "M16")


def test_two_mistakes_that_give_the_same_are_told_by_both_names():
    exercise = cubes(M03(lambda dY, X: -3 * X**2 * dY), M06.each(lambda g: -g))
    assert "gives the same as M06 (test_trying.py:" in trouble(exercise, "M03")
    assert "declare only one of the two" in trouble(exercise, "M06")


def test_a_mistake_that_is_taken_for_another_is_told():
    exercise = cubes(M03(lambda dY, X: np.multiply(X, dY, out=X)))
    assert "is named M25, with seed 0" in trouble(exercise, "M03")


def test_a_mistake_that_is_never_named_is_told():
    rng = np.random.default_rng(0)
    said = trouble(cubes(M03(lambda dY: rng.random(dY.shape))), "M03")
    assert "is refused, but not named, with seed 0: 0 of 2 points; A second call" in said


def test_a_reference_whose_numbers_are_refused_is_told():
    exercise = cubes(accepts={"dX": lambda got, X: bool(np.all(got == X))})
    assert "do not pass with seed 0" in trouble(exercise, "reference")


@pytest.mark.parametrize(
    ("instances", "said"),
    [
        (sizes(N=(1, 2), d=3), "at least 3, not N = 2, d = 3"),
        (sizes(N=3, d=3), "all different"),
        (lambda signature, rng: sizes(N=5, d=3)(signature, rng)[1:], "two are needed"),
    ],
)
def test_sizes_that_confuse_mistakes_are_told(instances, said):
    assert said in trouble(cubes(instances=instances), "reference")


def test_a_declaration_that_fails_is_told_and_does_not_end_the_command():
    def broken(X):
        raise ZeroDivisionError("of the teacher's own")

    assert "could not be judged" in trouble(cubes(reference=values_of(broken)), "reference")
    assert found(cubes(instances=made()))[0][0] == "declaration"
    assert "can never be named" in trouble(cubes(M03(lambda dY, Z: dY)), "declaration")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"code": "Own Slip"}, "small letters"),
        ({"name": "An own slip."}, "completes"),
        ({"family": "too short"}, "its family"),
        ({"rule": "Take the transposed weights, that is W.T, going back."}, "holds code, '.T'"),
        ({"see": "chapter 1"}, "MY01.W1"),
    ],
)
def test_texts_that_are_no_hints_are_told(change, said):
    assert text_trouble(OWN) == ""
    assert said in text_trouble(replace(OWN, **change))


# Solution and stub.


@pytest.fixture
def course(tmp_path, monkeypatch):
    shutil.copytree(COURSE, tmp_path / "course")
    monkeypatch.setenv("AUTOGRADER_EXERCISES", str(tmp_path / "course" / "my_exercises"))
    monkeypatch.chdir(tmp_path / "course")
    forget()
    yield tmp_path / "course"
    forget()


def forget():
    for known in (_courses.packages, exercises.of_unit, exercises.units):
        known.cache_clear()


def text_of(course):
    return course / "solutions" / "MY01" / "MY01.py"


def change(course, before, after):
    text = course / "solutions" / "MY01" / "MY01.py"
    assert before in text.read_text()
    text.write_text(text.read_text().replace(before, after))


def tried(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["autograder", "try", *arguments])
    with pytest.raises(SystemExit) as left:
        cli.main()
    out, err = capsys.readouterr()
    return int(left.value.code or 0), out, err


def test_a_sound_course_holds_and_what_was_tried_is_said(course, monkeypatch, capsys):
    code, out, _ = tried(monkeypatch, capsys, "my01", "--seeds", "2")
    assert code == 0
    assert out.splitlines() == [
        "MY01.E01 unit_rows_backward, 4 points",
        "  ✓ solution: full points",
        "  ✓ empty stub: no points",
        "  ✓ reference: its own numbers pass",
        *(f"  ✓ {code}: refused and named" for code in ("length-fixed", "M03", "M06", "M12")),
    ]


def test_a_wrong_solution_is_told(course, monkeypatch, capsys):
    change(course, "length**3", "length**2")
    code, out, _ = tried(monkeypatch, capsys, "MY01.E01")
    assert code == 1
    assert "✗ solution: 0 of 4 points; dX wrong value" in out
    assert "✓ length-fixed" in out
    assert out.endswith("1 of these does not hold.\n")


def test_a_solution_that_is_released_is_told(course, monkeypatch, capsys):
    change(course, "    ### BEGIN SOLUTION\n", "")
    change(course, "    ### END SOLUTION", "    ### BEGIN SOLUTION\n    ### END SOLUTION")
    code, out, _ = tried(monkeypatch, capsys, "MY01.E01", "--seeds", "1")
    assert code == 1
    assert "✓ solution: full points" in out
    assert "✗ empty stub: what is released earns 4 of 4 points; dX right" in out


def test_without_a_text_the_mistakes_are_tried_all_the_same(course, monkeypatch, capsys):
    code, out, _ = tried(monkeypatch, capsys, "MY01", "--root", "elsewhere")
    assert code == 1
    assert "✗ solution: not tried: there is no elsewhere/solutions/MY01/MY01.py" in out
    assert "✓ length-fixed" in out


def test_a_text_that_lacks_a_cell_is_told(course, monkeypatch, capsys):
    change(course, '"grade_id": "MY01-E01-check"', '"grade_id": "MY01-E02-check"')
    code, out, _ = tried(monkeypatch, capsys, "MY01")
    assert code == 1
    assert "A graded cell of MY01 belongs to no exercise" in out


def test_exercises_that_nobody_would_meet_are_told(course, monkeypatch, capsys):
    module = course / "my_exercises" / "my01.py"
    with module.open("a") as file:
        file.write("\nimport dataclasses\nfrom autograder.exercises.nb06 import affine_backward\n")
        file.write('strayed = dataclasses.replace(unit_rows_backward, id="MY02.E01")\n')
        file.write("again = dataclasses.replace(unit_rows_backward)\n")
    code, out, _ = tried(monkeypatch, capsys, "MY01")
    assert code == 1
    assert "✗ MY02.E01: unit_rows_backward is in the module of MY01" in out
    assert "✗ MY01.E01: two exercises have this id" in out
    assert "NB06" not in out  # imported, and found where it belongs


def test_a_module_that_cannot_be_loaded_says_what_and_where(course, monkeypatch, capsys):
    module = course / "my_exercises" / "my01.py"
    module.write_text(module.read_text().replace('    "MY01.W1",\n)', ")"))
    code, _, err = tried(monkeypatch, capsys, "MY01")
    assert code == 2
    assert "The exercises in my01.py cannot be loaded" in err
    assert "missing 1 required positional argument: 'see', from line 12" in " ".join(err.split())


def test_a_unit_that_is_not_there_is_told(course, monkeypatch, capsys):
    code, _, err = tried(monkeypatch, capsys, "MY07")
    assert code == 2
    assert "MY07" in err


def test_one_of_ours_is_tried_from_anywhere(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code, out, _ = tried(monkeypatch, capsys, "NB00.E01", "--seeds", "1")
    assert (code, "✗" in out) == (0, False)
    assert "✓ solution: full points" in out

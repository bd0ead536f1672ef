"""The units' texts: what must be where, and that nothing is claimed which is not computed."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from typing import Any

import pytest
from course_map import parts_of, quizzes_of, reflections_of
from notebook_units import cells_of, solutions, solved
from worked_numbers import WORKED

from autograder.exercises import of_unit
from backprop_course.quizzes import questions_of


def asserted_numbers(source: str) -> set[float]:
    """Return the numbers that stand in the assertions of a cell."""
    numbers = set()
    for statement in ast.walk(ast.parse(source)):
        if isinstance(statement, ast.Assert):
            for node in ast.walk(statement.test):
                if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
                    numbers.add(node.value)
                if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
                    numbers.add(-ast.literal_eval(node.operand))
    return numbers


def definitions_in(source: str) -> dict[str, Any]:
    """Return what a stub's cell defines: functions, classes, and values by assignment."""
    found: dict[str, Any] = {}
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            found.update({target.id: node for target in node.targets if isinstance(target, ast.Name)})
    return found


def parameters_of(definition: Any) -> tuple[str, ...]:
    """Return the names of what a function or a class takes, without `self` and the name behind ``**``."""
    if isinstance(definition, ast.ClassDef):
        makers = [node for node in definition.body if getattr(node, "name", "") == "__init__"]
        return parameters_of(makers[0])[1:] if makers else ()
    return tuple(argument.arg for argument in definition.args.args)


@pytest.mark.parametrize("part", WORKED)
def test_every_worked_number_is_computed_and_asserted(part: str) -> None:
    cells = cells_of(solved(part.partition(".")[0]), part)
    asserted = set().union(*(asserted_numbers(cell.source) for cell in cells if cell.cell_type == "code"))
    assert set(WORKED[part]) <= asserted


def test_no_result_is_typed_into_the_prose(solved: Any) -> None:
    prose = "\n".join(cell.source for cell in solved.cells if cell.cell_type == "markdown")
    assert re.findall(r"\d\.\d{4,}", prose) == []


def test_the_parts_of_the_course_map_are_there(unit: str, solved: Any) -> None:
    tags = {tag for cell in solved.cells for tag in cell.metadata.get("tags", [])}
    assert parts_of(unit) <= tags


def test_a_cell_has_no_tag_of_another_unit(unit: str, solved: Any) -> None:
    tags = {tag for cell in solved.cells for tag in cell.metadata.get("tags", [])}
    assert {tag.partition(".")[0] for tag in tags} == {unit}


def test_an_exercise_is_why_stub_hint_check(unit: str, solved: Any) -> None:
    for exercise in of_unit(unit):
        why, stub, hint, check = cells_of(solved, exercise.id)
        assert why.source.startswith("###")
        assert exercise.id in why.source
        assert "**Why it matters:**" in why.source
        assert re.search(r"\*Difficulty [1-5] of 5, about \d+ minutes, ", why.source)
        assert re.search(rf", {exercise.points:g} point{'s' if exercise.points != 1 else ''}\b", why.source)
        assert stub.metadata.nbgrader.grade_id == exercise.grade_id
        assert stub.metadata.nbgrader.solution
        defined = definitions_in(stub.source)
        for form in exercise.forms:
            if not isinstance(defined[form.name], ast.Assign):
                taken = parameters_of(defined[form.name])
                assert taken == form.parameters[: len(taken)]
        assert solutions(type(solved)(cells=[stub]))
        assert hint.source.startswith("<details>\n<summary>Hint</summary>")
        assert check.source == f'check("{exercise.id}")'
        assert check.metadata.nbgrader.grade_id == f"{exercise.grade_id}-check"
        assert check.metadata.nbgrader.grade
        assert check.metadata.nbgrader.points == exercise.points


def test_a_quiz_is_one_line_and_all_that_are_declared_are_shown(unit: str, solved: Any) -> None:
    for quiz in quizzes_of(unit):
        assert cells_of(solved, quiz)[-1].source == f'quiz("{quiz}")'
        assert questions_of(quiz)


def test_a_reflection_is_a_question_and_an_answer_that_a_person_reads(unit: str, solved: Any) -> None:
    for reflection in reflections_of(unit):
        question, answer = cells_of(solved, reflection)
        assert question.source.startswith("###")
        assert answer.cell_type == "markdown"
        assert answer.metadata.nbgrader.grade_id == reflection.replace(".", "-")
        assert answer.metadata.nbgrader.grade
        assert answer.metadata.nbgrader.solution
        assert answer.metadata.nbgrader.points == 0
        assert "**What a good answer says.**" in answer.source


def test_a_stub_states_every_returned_name(unit: str, solved: Any) -> None:
    for exercise in of_unit(unit):
        _, stub, _, _ = cells_of(solved, exercise.id)
        defined = definitions_in(stub.source)
        for form in exercise.forms:
            if isinstance(defined[form.name], ast.Assign):
                continue
            docstring = ast.get_docstring(defined[form.name])
            assert docstring is not None
            returned = () if exercise.pieces or exercise.probe else form.returns
            taken = [name for name in parameters_of(defined[form.name]) if name != "self"]
            assert [name for name in (*taken, *returned) if name not in docstring] == []


def test_code_fits_the_width_of_a_cell(solved: Any) -> None:
    lines = [line for cell in solved.cells if cell.cell_type == "code" for line in cell.source.splitlines()]
    assert [line for line in lines if len(line) > 90] == []


def test_headings_descend_one_level_at_a_time(solved: Any) -> None:
    prose = (cell.source for cell in solved.cells if cell.cell_type == "markdown")
    levels = [len(marks) for text in prose for marks in re.findall(r"^(#+) ", text, re.MULTILINE)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))


def test_a_unit_opens_with_goals_what_is_needed_and_the_time(solved: Any) -> None:
    opening = solved.cells[0].source
    assert opening.startswith("# NB")
    assert "?" in opening
    for part in ("**Goals.**", "**You need**", "**Time:**"):
        assert part in opening


def test_a_unit_ends_with_five_lines_of_recap_and_a_look_ahead(solved: Any) -> None:
    recap = solved.cells[-1].source
    assert recap.startswith("## Recap")
    assert re.findall(r"^(\d)\. ", recap, re.MULTILINE) == list("12345")
    assert "**Further reading.**" in recap
    assert "**Next.**" in recap

"""The units' texts: what must be where, and that nothing is claimed which is not computed."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from typing import Any

import pytest
from notebook_units import cells_of, solutions, solved
from worked_numbers import WORKED

from autograder.exercises import of_unit

PARTS = {
    "NB04": ("W1", "W2", "W3", "W4", "W5", "G1", *(f"E0{i}" for i in range(1, 8))),
    "NB06": ("W5", *(f"E{number:02}" for number in range(1, 12))),
}


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


def functions_in(source: str) -> dict[str, tuple[str, ...]]:
    """Return the functions of a cell with the names of their parameters."""
    defined = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    return {node.name: tuple(argument.arg for argument in node.args.args) for node in defined}


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
    assert {f"{unit}.{part}" for part in PARTS[unit]} <= tags


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
        assert re.search(rf", {exercise.points:g} point{'s' if exercise.points > 1 else ''}\b", why.source)
        assert stub.metadata.nbgrader.grade_id == exercise.grade_id
        assert stub.metadata.nbgrader.solution
        assert {form.name: form.parameters for form in exercise.forms} == functions_in(stub.source)
        assert solutions(type(solved)(cells=[stub]))
        assert hint.source.startswith("<details>\n<summary>Hint</summary>")
        assert check.source == f'check("{exercise.id}")'
        assert check.metadata.nbgrader.grade_id == f"{exercise.grade_id}-check"
        assert check.metadata.nbgrader.grade
        assert check.metadata.nbgrader.points == exercise.points


def test_a_stub_states_every_returned_name(unit: str, solved: Any) -> None:
    for exercise in of_unit(unit):
        _, stub, _, _ = cells_of(solved, exercise.id)
        docstring = ast.get_docstring(ast.parse(stub.source).body[0])
        assert docstring is not None
        names = {name for form in exercise.forms for name in (*form.parameters, *form.returns)}
        assert [name for name in names if name not in docstring] == []


def test_code_fits_the_width_of_a_cell(solved: Any) -> None:
    lines = [line for cell in solved.cells if cell.cell_type == "code" for line in cell.source.splitlines()]
    assert [line for line in lines if len(line) > 90] == []


def test_headings_descend_one_level_at_a_time(solved: Any) -> None:
    prose = (cell.source for cell in solved.cells if cell.cell_type == "markdown")
    levels = [len(marks) for text in prose for marks in re.findall(r"^(#+) ", text, re.MULTILINE)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))


def test_a_unit_ends_with_five_lines_of_recap_and_a_look_ahead(solved: Any) -> None:
    recap = solved.cells[-1].source
    assert recap.startswith("## Recap")
    assert re.findall(r"^(\d)\. ", recap, re.MULTILINE) == list("12345")
    assert "**Further reading.**" in recap
    assert "**Next.**" in recap

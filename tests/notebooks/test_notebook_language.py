"""The units' language: spelling, links, names of parts, tables, pictures, and formulas that render."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from formula_commands import COMMANDS, ENVIRONMENTS
from notebook_units import released, solved

from autograder.exercises import of_unit
from autograder.nbgrader.source import solution_path, units_with_text
from autograder.release import REPOSITORY
from tests.markdown_text import (
    IMAGE,
    LINK,
    PART,
    RULE,
    fields,
    formulas,
    tables,
    without_code,
    without_formulas,
)

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")


def prose_of(notebook: Any) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def code_of(notebook: Any) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def tags_of(unit: str) -> set[str]:
    return {tag for cell in solved(unit).cells for tag in cell.metadata.get("tags", [])}


def quizzes_path(unit: str) -> Path:
    return REPOSITORY / "backprop_course" / "quizzes" / f"{unit.lower()}.py"


def misspelt(*paths: Path) -> str:
    """Return what codespell finds; its settings are in pyproject.toml."""
    command = [sys.executable, "-m", "codespell_lib", *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY).stdout


def test_a_unit_is_spelt_right(unit: str) -> None:
    paths = [solution_path(unit, REPOSITORY), quizzes_path(unit)]
    assert misspelt(*(path for path in paths if path.exists())) == ""


def test_the_documents_are_spelt_right() -> None:
    assert misspelt(*(REPOSITORY / name for name in DOCUMENTS)) == ""


def test_the_spelling_check_finds_something(tmp_path: Path) -> None:
    slip = tmp_path / "slip.md"
    slip.write_text("a gradiant that is recieved\n", encoding="utf-8")
    assert "recieved ==> received" in misspelt(slip)


def anchors_in(text: str) -> set[str]:
    """Return the anchors of a text: its own, and those that GitHub and JupyterLab make of its headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    made = {heading.replace(" ", "-") for heading in headings}
    made |= {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return made | set(re.findall(r'<a id="([^"]+)">', text))


def broken_links(text: str, folder: Path) -> list[str]:
    """Return the links of a text in `folder` that lead to no file and to no anchor."""
    broken = []
    for link in LINK.findall(without_code(text)):
        if re.match(r"[a-z]+:", link):  # somewhere outside: not for a test without a network
            continue
        name, _, anchor = unquote(link).partition("#")
        target = folder / name
        if name and not target.exists():
            broken.append(link)
        elif anchor:
            there = text if not name else target.read_text(encoding="utf-8")
            if anchor not in anchors_in(there if target.suffix != ".ipynb" else there.replace('\\"', '"')):
                broken.append(link)
    return broken


def test_the_links_of_a_unit_lead_somewhere(unit: str) -> None:
    text = "\n\n".join(prose_of(released(unit)))
    assert broken_links(text, REPOSITORY / "notebooks" / unit) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_links_of_a_document_lead_somewhere(name: str) -> None:
    assert broken_links((REPOSITORY / name).read_text(encoding="utf-8"), REPOSITORY) == []


def test_the_parts_that_a_unit_names_are_there(unit: str) -> None:
    written = units_with_text(REPOSITORY)
    texts = [cell.source for cell in solved(unit).cells]
    if quizzes_path(unit).exists():
        texts.append(quizzes_path(unit).read_text(encoding="utf-8"))
    named = {part for text in texts for part in PART.findall(text)}
    named |= {exercise.see for exercise in of_unit(unit)}
    named |= {
        kind.see for e in of_unit(unit) for piece in e.pieces for m in piece.mistakes for kind in m.kinds
    }
    named = {part for part in named if part and part.partition(".")[0] in written}
    assert {part for part in named if part not in tags_of(part.partition(".")[0])} == set()


def test_an_exercise_named_without_its_unit_is_one_of_this_unit(unit: str) -> None:
    named = {part for text in prose_of(solved(unit)) for part in re.findall(r"(?<![\w.])[WEGQR]\d\b", text)}
    assert {name for name in named if len(name) == 2 and name[0] in "EG"} == set()  # it is E01, and NB04.G1
    named = {part for text in prose_of(solved(unit)) for part in re.findall(r"(?<![\w.])E\d\d\b", text)}
    assert {f"{unit}.{name}" for name in named} <= tags_of(unit)


def test_a_table_has_a_header_and_rows_of_one_length(unit: str) -> None:
    for table in (table for text in prose_of(solved(unit)) for table in tables(text)):
        header, rule, *rows = table
        assert RULE.match(rule.strip(" >")), table
        assert all(fields(header)), table  # an empty header is read out as nothing
        assert {len(fields(row)) for row in (header, rule, *rows)} == {len(fields(header))}, table


def test_an_image_in_the_prose_has_a_description(unit: str) -> None:
    for text in map(without_code, prose_of(solved(unit))):
        assert all(alt.strip() for alt in IMAGE.findall(text))
        assert all(re.search(r'\balt="[^"]+"', tag) for tag in re.findall(r"<img\b[^>]*>", text))


def test_a_figure_is_shown_with_a_description(unit: str) -> None:
    for source in code_of(solved(unit)):
        calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
        made = [call for call in calls if name_of(call) in ("subplots", "figure", "subplot_mosaic")]
        pictures = [call for call in calls if name_of(call) == "picture"]
        assert not made or pictures, source
        for call in pictures:
            (alt,) = [keyword.value for keyword in call.keywords if keyword.arg == "alt"]
            assert not isinstance(alt, ast.Constant) or len(str(alt.value)) > 20, source


def test_what_is_made_to_be_seen_is_the_last_line_of_its_cell(unit: str) -> None:
    """A notebook shows the value of a cell's last line, and no other."""
    for source in code_of(solved(unit)):
        for statement in ast.parse(source).body[:-1]:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                assert name_of(statement.value) not in ("picture", "quiz", "GraphStepper"), source


def name_of(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def test_nothing_is_said_by_colour_alone(unit: str) -> None:
    prose = "\n".join(map(without_code, prose_of(solved(unit))))
    assert re.findall(r"<font\b|style=[\"'][^\"']*\bcolor\b|\\(?:text)?color\b", prose) == []


def test_what_folds_out_has_a_summary_and_an_end(unit: str) -> None:
    for text in map(without_code, prose_of(solved(unit))):
        folded = re.findall(r"^<details>\n<summary>[^<]+</summary>\n\n.*?\n\n</details>$", text, re.S | re.M)
        assert len(folded) == text.count("<details") == text.count("</details>") == text.count("<summary"), (
            text
        )


def troubles_of(formula: str) -> list[str]:
    """Return why a formula would not render, or not in all places."""
    bare = re.sub(r"\\[\\{}$&%#_|,;:! ]", " ", formula)
    troubles = []
    if "\n\n" in formula:
        troubles.append("an empty line")
    depth, lowest = 0, 0
    for character in bare:
        depth += {"{": 1, "}": -1}.get(character, 0)
        lowest = min(lowest, depth)
    if depth or lowest:
        troubles.append("braces")
    commands = re.findall(r"\\([A-Za-z]+)", bare)
    troubles += [f"\\{name}" for name in commands if name not in COMMANDS]
    troubles += [name for name in re.findall(r"\\begin\{(.+?)\}", bare) if name not in ENVIRONMENTS]
    if re.findall(r"\\begin\{(.+?)\}", bare) and commands.count("begin") != commands.count("end"):
        troubles.append("begin and end")
    if commands.count("left") != commands.count("right"):
        troubles.append("left and right")
    if re.search(r"[^\x00-\x7f]", re.sub(r"\\text\{[^}]*\}", "", formula)):
        troubles.append("a character that is no TeX")
    return troubles


def test_every_formula_can_be_rendered(unit: str) -> None:
    found = [formula for text in prose_of(solved(unit)) for formula in formulas(text)]
    assert {formula: troubles for formula in found if (troubles := troubles_of(formula))} == {}


def test_every_dollar_sign_belongs_to_a_formula(unit: str) -> None:
    assert [text for text in prose_of(solved(unit)) if "$" in without_formulas(text).replace(r"\$", "")] == []


@pytest.mark.parametrize(
    ("formula", "trouble"),
    [
        (r"\frac{1}{2", "braces"),
        (r"}{", "braces"),
        (r"\left( x", "left and right"),
        (r"\begin{aligned} x", "begin and end"),
        (r"\brace x", r"\brace"),
        ("a\n\nb", "an empty line"),
        ("σ(z)", "a character that is no TeX"),
    ],
)
def test_the_formula_check_finds_what_is_wrong(formula: str, trouble: str) -> None:
    assert trouble in troubles_of(formula)

"""What the pages name is there, and what is public is named: read from the sources, without a build."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
from pathlib import Path

import pytest

import backprop_course
from backprop_course.docs.errors_page import error_classes
from backprop_course.docs.mathml import repaired
from backprop_course.docs.names import chosen, listing
from backprop_course.docs.source_lines import lines_of
from backprop_course.errors import CourseError

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "backprop_course/docs"
PAGES = sorted(page for page in DOCS.rglob("*.md") if "units" not in page.parts)
DIRECTIVE = re.compile(r"^```\{names\} (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INCLUDE = re.compile(r"^```\{include\} (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MODULES_OF_NAMES = ("nn", "optim", "data", "training", "widgets", "tape", "edf")


def text_of(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def listed() -> list[tuple[str, str]]:
    """Module and name of all that the API pages list."""
    found = []
    for page in PAGES:
        for module, content in DIRECTIVE.findall(page.read_text(encoding="utf-8")):
            if module.startswith("backprop_course.widgets"):
                pytest.importorskip("anywidget")
            patterns = [line for line in content.split() if not line.startswith(":")]
            found += [(module, name) for name in chosen(importlib.import_module(module), patterns)]
    return found


def test_every_public_name_of_the_package_has_an_entry_once() -> None:
    entries = listed()
    objects = [getattr(importlib.import_module(module), name) for module, name in entries]
    assert len(entries) == len(set(entries))
    for name in backprop_course.__all__:
        value = getattr(backprop_course, name)
        is_error = isinstance(value, type) and issubclass(value, CourseError)
        assert is_error or name in MODULES_OF_NAMES or any(value is entry for entry in objects), name


@pytest.mark.parametrize("part", ["nn", "optim", "data", "training", "widgets"])
def test_every_public_name_of_a_part_has_an_entry(part: str) -> None:
    entries = {name for _, name in listed()}
    module = importlib.import_module(f"backprop_course.{part}")
    modules = {"init", "losses", "schedules"}
    assert set(module.__all__) - modules <= entries


def test_a_name_that_is_not_public_is_refused() -> None:
    with pytest.raises(ValueError, match="no public name 'grda'"):
        listing("backprop_course", ["grda"])


def error_classes_in_the_source() -> set[tuple[str, str]]:
    """Module and name of each class that inherits from a class of errors.py, read without importing."""
    known = {"CourseError"}
    found: dict[tuple[str, str], set[str]] = {}
    for package in ("backprop_course", "autograder"):
        for path in (ROOT / package).rglob("*.py"):
            for statement in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(statement, ast.ClassDef):
                    bases = {base.id for base in statement.bases if isinstance(base, ast.Name)}
                    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                    found[module.removesuffix(".__init__"), statement.name] = bases
    while more := {name for (_, name), bases in found.items() if bases & known and name not in known}:
        known |= more
    return {where for where, bases in found.items() if bases & known or where[1] == "CourseError"}


def test_every_error_class_has_a_section() -> None:
    blocks = re.findall(r"^```\{errors\}\n(.*?)^```$", text_of("errors.md"), re.MULTILINE | re.DOTALL)
    modules = [module for block in blocks for module in block.split()]
    assert {module for module, _ in error_classes_in_the_source()} == set(modules)


def test_the_errors_of_the_engine_say_how_they_are_mended() -> None:
    for error in error_classes("backprop_course.errors"):
        assert "\n" in (error.__doc__ or "").strip(), f"{error.__name__} has a first line only"


def files_to_read() -> list[str]:
    return re.findall(r"\{lines\}`([^`]+)`", text_of("engine.md"))


@pytest.mark.parametrize("name", files_to_read())
def test_every_file_of_the_reading_order_is_there(name: str) -> None:
    assert lines_of(name) > 0


def test_the_reading_order_begins_with_the_core_as_its_files_say() -> None:
    first, *following = ["engine/rules.py", "engine/tensor.py", "engine/walks.py"]
    assert files_to_read()[: 1 + len(following)] == [first, *following]
    for name, after in zip([first, *following], following, strict=False):
        docstring = ast.get_docstring(
            ast.parse((ROOT / "backprop_course" / name).read_text(encoding="utf-8"))
        )
        assert f"Read next: `{Path(after).stem}`" in (docstring or "")


def test_what_the_reading_order_tells_to_look_at_is_in_the_file() -> None:
    items = re.findall(
        r"^\d+\. \{lines\}`([^`]+)`(.*?)(?=^\d+\. |^## |\Z)", text_of("engine.md"), re.M | re.S
    )
    assert len(items) >= 10
    for name, told in items:
        source = (ROOT / "backprop_course" / name).read_text(encoding="utf-8")
        named = [word for word in re.findall(r"(?<!\})`([^`]+)`", told) if re.fullmatch(r"\w+", word)]
        assert [word for word in named if word not in source] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_what_is_included_is_there_once(page: Path) -> None:
    for target, options in INCLUDE.findall(page.read_text(encoding="utf-8")):
        text = (page.parent / target).read_text(encoding="utf-8")
        begin, end = (re.search(rf':{which}: "(.*)"', options) for which in ("start-after", "end-before"))
        for mark in filter(None, (begin, end)):
            assert mark[1] in text, f"{page.name}: {mark[1]!r} is not in {target}"


@pytest.mark.parametrize(
    ("tex", "written"),
    [
        (r"\frac12 x", r"\frac{1}{2} x"),
        (r"1, \dots, n", r"1, \ldots, n"),
        (r"\textstyle\sum_i", r"\sum_i"),
        (r"\frac{1}{2}\cdots", r"\frac{1}{2}\cdots"),
    ],
)
def test_formulas_are_written_as_docutils_reads_them(tex: str, written: str) -> None:
    assert repaired(tex) == written


def test_every_formula_of_the_units_becomes_mathml() -> None:
    if importlib.util.find_spec("docutils") is None:
        pytest.skip("docutils is not installed: pip install -e '.[docs]'")
    import json

    from backprop_course.docs.mathml import mathml

    for notebook in sorted((ROOT / "notebooks").glob("*/*.ipynb")):
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                text = re.sub(r"```.*?```|`[^`\n]*`", "", "".join(cell["source"]), flags=re.DOTALL)
                for block, inline in re.findall(r"\$\$(.+?)\$\$|\$(.+?)\$", text, re.DOTALL):
                    assert mathml(block or inline, block=bool(block)).startswith("<math")

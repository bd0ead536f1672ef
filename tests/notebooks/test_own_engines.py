"""NB07 and NB08 run what the learner has written: all of it, a part, or something that is not right yet."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from notebook_units import cells_of, released, run, solved

pytestmark = pytest.mark.notebook

WAITING = "This needs "


def said(notebook: Any) -> list[str]:
    """Return what the cells print."""
    return [out.text for cell in notebook.cells for out in cell.get("outputs", []) if "text" in out]


def errors(notebook: Any) -> list[str]:
    outputs = (out for cell in notebook.cells for out in cell.get("outputs", []))
    return [f"{out.ename}: {out.evalue}" for out in outputs if out.output_type == "error"]


def partly_solved(unit: str, *exercises: str, slip: tuple[str, str] = ("", "")) -> Any:
    """Run a released unit in which some exercises are solved, with a slip put into the last of them."""
    notebook = nbformat.from_dict(released(unit))
    for number in exercises:
        (_, stub, *_), (_, answer, *_) = (cells_of(of, f"{unit}.{number}") for of in (notebook, solved(unit)))
        stub.source = answer.source
    assert slip[0] in stub.source
    stub.source = stub.source.replace(*slip)
    return NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True).execute()


@pytest.mark.parametrize("name", ["NB07", "NB08"])
def test_a_solved_unit_waits_for_nothing(name: str) -> None:
    assert [text for text in said(run(name, with_solutions=True)) if WAITING in text] == []


@pytest.mark.parametrize("name", ["NB07", "NB08"])
def test_an_unsolved_unit_says_what_it_waits_for(name: str) -> None:
    assert [text for text in said(run(name, with_solutions=False)) if WAITING in text]


def test_an_engine_whose_broadcasting_is_not_undone_leaves_no_traceback() -> None:
    numbers = [f"E0{i}" for i in range(1, 8)]
    shown = partly_solved("NB07", *numbers, slip=("unbroadcast(out.grad, b.value.shape)", "out.grad"))
    assert errors(shown) == []
    assert any("This needs E01, E03, E04, E05, E06, E07.\nSo far: ValueError" in text for text in said(shown))


def test_a_framework_without_its_affine_node_says_what_it_waits_for() -> None:
    shown = partly_solved("NB08", "E04", "E06")
    assert errors(shown) == []
    assert any("This needs E04, E05, E06." in text for text in said(shown))

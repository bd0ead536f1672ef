"""Every notebook test that asks for a `unit` runs once for each unit of the course."""

from __future__ import annotations

from typing import Any

import notebook_units
import pytest

from autograder.nbgrader.source import units_with_text
from autograder.release import REPOSITORY


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for `unit` once for each unit of the course."""
    if "unit" in metafunc.fixturenames:
        metafunc.parametrize("unit", units_with_text(REPOSITORY))


@pytest.fixture(name="solved")
def _solved(unit: str) -> Any:
    return notebook_units.solved(unit)


@pytest.fixture(name="released")
def _released(unit: str) -> Any:
    return notebook_units.released(unit)


@pytest.fixture
def solved_run(unit: str) -> Any:
    return notebook_units.run(unit, with_solutions=True)


@pytest.fixture
def unsolved_run(unit: str) -> Any:
    return notebook_units.run(unit, with_solutions=False)

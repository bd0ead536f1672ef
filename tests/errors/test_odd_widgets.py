"""Widgets made with odd arguments: one that says what it shows, or an error of ours."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_course.errors import CourseError
from tests.errors.odd import odd_values

pytest.importorskip("anywidget")

import traitlets

from backprop_course import widgets

# A good argument for what has no default.
GOOD: dict[str, Callable[[], Any]] = {
    "f": lambda: lambda x: np.sum(np.sin(x)),
    "args": lambda: np.ones(2),
    "x": lambda: 1.0,
}
# Made of objects of the course or of an exercise, not of settings: they have tests of their own.
OF_OBJECTS = {"BackwardDebugger", "BreakIt", "EdfStepper", "Quiz", "StopLine", "TapeStepper", "TracerStepper"}
# Asked for their truth, or compared by traitlets, as Python asks any object.
TRUTHS = {
    "cached",
    "ledger",
    "predict",
    "residual",
    "scaled",
    "rectified",
    "numbers",
    "simple",
    "view",
    "state",
}
CLASSES = sorted(
    name
    for name in widgets.__all__
    if isinstance(getattr(widgets, name), type) and name[0].isupper() and name not in OF_OBJECTS
)


def settings(name: str) -> list[str]:
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(getattr(widgets, name)).parameters.values()
    return [
        parameter.name
        for parameter in parameters
        if parameter.kind not in kinds and parameter.name not in TRUTHS
    ]


def made(name: str, setting: str, value: Any) -> None:
    needed = {
        p.name: GOOD[p.name]()
        for p in inspect.signature(getattr(widgets, name)).parameters.values()
        if p.default is p.empty and p.name in GOOD and p.name != "args"
    }
    rest = [GOOD["args"]()] if "f" in needed and "x" not in needed else []
    positional = {"f": needed.pop("f", None)} if rest else {}
    arguments = {**needed, **positional, setting: value}
    first = [arguments.pop("f")] if rest else []
    getattr(widgets, name)(*first, *rest, **arguments).close()


@pytest.mark.parametrize("name", CLASSES)
def test_a_widget_with_one_odd_setting_is_made_or_refused(name: str) -> None:
    for setting in settings(name):
        for odd in (
            "None",
            "text",
            "minus one",
            "nan",
            "a dict",
            "an object",
            "texts",
            "rows of different lengths",
        ):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # overflow is NumPy's to tell
                try:
                    made(name, setting, odd_values()[odd])
                except Exception as error:
                    whole = isinstance(error, CourseError) and all((error.expected, error.got, error.mend))
                    if not whole and not isinstance(error, traitlets.TraitError):  # which says it well
                        pytest.fail(f"{name}({setting}={odd}): {type(error).__name__}: {error}")

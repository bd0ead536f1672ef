"""A function that raised, in one sentence, with the line where it is known."""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Callable
from typing import Any

from ..errors import CourseError


def name_of(f: Any) -> str:
    """Return how a function is called in a sentence."""
    name = getattr(f, "__name__", type(f).__name__)
    return "this function" if name == "<lambda>" else str(name)


def failure(error: Exception, *functions: Callable[..., Any] | None) -> str:
    """Say which of these functions raised what; an error of the course speaks for itself."""
    if isinstance(error, CourseError):
        return str(error)
    for f in functions:
        if f is not None and (where := line_of(error, f)):
            return f"{_capital(name_of(f))} raised {type(error).__name__}: {error}{where}"
    return f"This raised {type(error).__name__}: {error}"


def line_of(error: Exception, f: Callable[..., Any]) -> str:
    """Quote the line of `f` that raised, where it is known; else an empty string."""
    code = getattr(f, "__code__", None)
    for frame, line in traceback.walk_tb(error.__traceback__):
        if frame.f_code is code:
            source = linecache.getline(frame.f_code.co_filename, line).strip()
            return f" (line {line}: {source})" if source else f" (line {line})"
    return ""


def _capital(name: str) -> str:
    return "This function" if name == "this function" else name

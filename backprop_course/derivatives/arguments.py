"""What the transforms were called with, looked at before anything runs: functions, argnums, tuples."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from ..engine.refusals import not_a_function
from ..errors import UsageError


def function(f: Any, name: str) -> None:
    """Refuse what cannot be called, mostly the value of a function in its place."""
    if not callable(f):
        raise not_a_function(name, f)


def positions(argnums: Any) -> list[int]:
    """`argnums` as a list of integers.

    Raises
    ------
    UsageError
        If it is neither an integer nor a sequence of different ones.
    """
    try:
        found = [operator.index(i) for i in (argnums if is_sequence(argnums) else [argnums])]
    except TypeError:
        raise UsageError(
            "argnums says by position which arguments to differentiate by.",
            expected="an integer, or a tuple of integers, counted from 0",
            got=repr(argnums),
            mend="write argnums=1 for the second argument, whatever its name is",
        ) from None
    return different(found)


def is_sequence(argnums: Any) -> bool:
    """Whether several arguments are asked for, and the answer is a tuple; one number is no sequence."""
    return isinstance(argnums, Sequence | range) and not isinstance(argnums, str)


def passed(numbers: list[int], count: int) -> list[int]:
    """Which of `count` arguments are meant; negative numbers count from the last.

    Raises
    ------
    UsageError
        If one was not passed, or is named twice.
    """
    if len(numbers) == 1 and 0 <= numbers[0] < count:
        return numbers
    for i in numbers:
        if not -count <= i < count:
            raise UsageError(
                "argnums names an argument that was not passed.",
                expected=f"numbers from 0 to {count - 1}, counted from 0, of positional arguments",
                got=f"{i}",
                mend="count from 0, and pass what is differentiated by position",
            )
    return different([i % count for i in numbers])


def different(numbers: list[int]) -> list[int]:
    """Return `numbers`, held to be different ones."""
    if len(set(numbers)) < len(numbers):
        raise UsageError(
            "argnums names an argument twice.",
            expected="each position once",
            got=f"{tuple(numbers)}",
            mend="leave the second one out; both answers would be the same",
        )
    return numbers


def tuples(name: str, second: str, primals: Any, directions: Any) -> None:
    """Refuse primals and directions that are not given as tuples, one item per argument."""
    if not isinstance(primals, list | tuple) or not isinstance(directions, list | tuple):
        raise UsageError(
            f"{name} takes its primals and {second} as tuples.",
            expected=f"{name}(f, (x, y), (x_dot, y_dot))",
            got=f"{type(primals).__name__} and {type(directions).__name__}",
            mend="put them in parentheses, also when there is one: (x,)",
        )

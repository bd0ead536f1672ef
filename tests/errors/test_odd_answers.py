"""`check` with answers that nobody would hand in: it says what is wrong, and never fails itself."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from autograder import check
from autograder.exercises import of_unit
from backprop_course import Tensor
from tests.errors.odd import odd_values


class Failing:
    """An object that fails in every way an object can be asked."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise SystemExit(3)

    def __eq__(self, other: object) -> bool:
        raise KeyError("eq")

    def __bool__(self) -> bool:
        raise ValueError("bool")

    def __len__(self) -> int:
        return -1

    def __iter__(self) -> Any:
        raise RuntimeError("iter")

    def __repr__(self) -> str:
        raise RuntimeError("repr")

    def __hash__(self) -> int:
        raise TypeError("hash")


class Unsayable(Exception):
    """An error whose text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


def deep() -> list[Any]:
    found: list[Any] = []
    for _ in range(50_000):
        found = [found]
    return found


def inside_itself() -> list[Any]:
    found: list[Any] = []
    found.append(found)
    return found


def of_objects() -> Any:
    found = np.empty(1, dtype=object)
    found[0] = Failing()
    return found


RETURNED: dict[str, Callable[[], Any]] = {
    **{name: (lambda name=name: odd_values()[name]) for name in odd_values()},
    "failing": Failing,
    "objects that fail": of_objects,
    "a list in itself": inside_itself,
    "a deep list": deep,
    "a huge integer": lambda: 10**400,
    "half a character": lambda: "\ud800",
    "a view of a number, a terabyte long": lambda: np.broadcast_to(1.0, (10**6, 10**6)),
    "a masked array": lambda: np.ma.masked_array([1.0, 2.0], [0, 1]),
    "too many results": lambda: tuple(range(9)),
    "a recorded result": lambda: Tensor(np.ones(2), requires_grad=True) * 2.0,
}


def raising(error: BaseException) -> Callable[..., Any]:
    def answer(*args: Any, **kwargs: Any) -> Any:
        raise error

    return answer


def without_end(*args: Any) -> Any:
    return without_end(*args)


def in_place(*args: Any) -> None:
    for x in args:
        if isinstance(x, np.ndarray):
            x += 1


ANSWERS: dict[str, Callable[[], Any]] = {
    **{
        f"returns {name}": (lambda made=made: lambda *args, **kwargs: made())
        for name, made in RETURNED.items()
    },
    **{f"is {name}": made for name, made in RETURNED.items()},
    "raises": lambda: raising(ValueError("no")),
    "raises what cannot be said": lambda: raising(Unsayable()),
    "leaves": lambda: raising(SystemExit(1)),
    "stops an iteration": lambda: raising(StopIteration()),
    "has no memory": lambda: raising(MemoryError()),
    "calls itself without end": lambda: without_end,
    "writes into its arguments": lambda: in_place,
    "takes no argument": lambda: lambda: 1.0,
}


def judged(exercise: str, answer: Any) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        verdict = check(exercise, answer)
    assert str(verdict).strip()
    assert verdict.score < verdict.max_score


# An operator on arrays, one on graphs, a training loop: three ways of being called.
@hypothesis.settings(max_examples=25)
@hypothesis.given(st.sampled_from(["NB04.E01", "NB06.E05", "NB08.E01"]), st.sampled_from(sorted(ANSWERS)))
def test_an_odd_answer_gets_a_verdict(exercise: str, answer: str) -> None:
    judged(exercise, ANSWERS[answer]())


@pytest.mark.slow
@pytest.mark.parametrize("unit", [f"NB{n:02}" for n in range(1, 11)])
def test_every_odd_answer_gets_a_verdict_in_each_unit(unit: str) -> None:
    for answer in ANSWERS.values():
        judged(of_unit(unit)[0].id, answer())

"""The self-check quizzes: questions from `backprop_course.quizzes`, judged in the browser."""

from __future__ import annotations

import random
import zlib
from itertools import combinations
from typing import Any

import anywidget
import traitlets

from ..quizzes import Choice, Numeric, Order, Question, Shape, questions_of
from . import _assets
from ._quiz_forms import html_form, text_form

_NOT_THAT_ORDER = "Not that order. Ask of each item what must be there before it."
_EXACT = 1e-12  # an answer of zero has no relative tolerance


class Quiz(anywidget.AnyWidget):
    """The questions of a quiz one under another; made by `quiz`.

    An answer is judged in the browser, so that a saved notebook needs no kernel for it. Nothing is counted
    and nothing is sent.

    Attributes
    ----------
    quiz : dict
        See `quiz_to_dict`.
    """

    _esm = _assets.module("quiz")
    _css = _assets.style("quiz")
    quiz = traitlets.Dict().tag(sync=True)

    def __repr__(self) -> str:
        return text_form(self.quiz)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Add the forms that stand in where the widget cannot run."""
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return {**data, "text/plain": repr(self), "text/html": html_form(self.quiz)}, metadata


def quiz(quiz_id: str) -> Quiz:
    """Show a quiz of the course.

    Parameters
    ----------
    quiz_id : str
        Such as ``"NB04.Q1"``.

    Raises
    ------
    UsageError
        If there is no quiz of that name.

    Examples
    --------
    >>> from backprop_course.widgets import quiz
    >>> quiz("NB04.Q2")  # doctest: +ELLIPSIS
    Quiz NB04.Q2
    ...
    """
    return Quiz(quiz=quiz_to_dict(quiz_id))


def quiz_to_dict(quiz_id: str) -> dict[str, Any]:
    """Return a quiz as plain JSON types, with all that the browser needs to judge an answer.

    Parameters
    ----------
    quiz_id : str
        Such as ``"NB04.Q1"``.

    Returns
    -------
    dict
        ``id`` and ``questions``. Each question has an ``ask`` and a ``kind``, which is ``"choice"``,
        ``"number"``, ``"order"`` or ``"shape"``. Numbers are judged by intervals, orders by the pairs that
        must keep their order.

    Raises
    ------
    UsageError
        If there is no quiz of that name.
    """
    questions = [{"ask": question.ask, **_judged(question)} for question in questions_of(quiz_id)]
    return {"id": quiz_id, "questions": questions}


def _judged(question: Question) -> dict[str, Any]:
    match question:
        case Choice():
            return _choice(question)
        case Numeric():
            return _number(question)
        case Order():
            return _order(question)
        case Shape():
            return _shape(question)


def _choice(question: Choice) -> dict[str, Any]:
    """Return the options from another one on, always the same: authors tend to begin with the right one."""
    first = zlib.crc32(question.ask.encode()) % len(question.options)
    shown = (*question.options[first:], *question.options[:first])
    options = [{"text": o.text, "right": o.is_right, "feedback": o.feedback} for o in shown]
    return {"kind": "choice", "several": sum(o.is_right for o in question.options) > 1, "options": options}


def _number(question: Numeric) -> dict[str, Any]:
    def around(number: float) -> list[float]:
        room = question.rtol * abs(number) or _EXACT
        return [float(number - room), float(number + room)]

    return {
        "kind": "number",
        "interval": around(question.answer),
        "answer": f"{question.answer:.6g}".replace("-", "−"),
        "why": question.why,
        "slips": [{"interval": around(number), "text": text} for number, text in question.wrong.items()],
        "otherwise": question.otherwise,
    }


def _order(question: Order) -> dict[str, Any]:
    items = list(question.items)
    either = {frozenset(pair) for pair in question.either}
    before = [
        [i, j] for i, j in combinations(range(len(items)), 2) if frozenset((items[i], items[j])) not in either
    ]
    slips = [
        {"pair": [items.index(a), items.index(b)], "text": text} for (a, b), text in question.slips.items()
    ]
    return {
        "kind": "order",
        "items": items,
        "start": _mixed(len(items), before, question.ask),
        "before": before,
        "answer": ", ".join(items),
        "why": question.why,
        "slips": slips,
        "otherwise": _NOT_THAT_ORDER,
    }


def _mixed(size: int, before: list[list[int]], seed: str) -> list[int]:
    """Return an order that is not right, and the same one in every session."""
    order, chance = list(range(size)), random.Random(seed)
    for _ in range(100):
        chance.shuffle(order)
        if any(order.index(i) > order.index(j) for i, j in before):
            return order
    return order[::-1]


def _shape(question: Shape) -> dict[str, Any]:
    def plain(shape: tuple[int, ...] | None) -> list[int] | None:
        return None if shape is None else list(shape)

    return {
        "kind": "shape",
        "shape": plain(question.answer),
        "answer": "Not defined" if question.answer is None else str(tuple(question.answer)),
        "why": question.why,
        "slips": [{"shape": plain(shape), "text": text} for shape, text in question.wrong.items()],
        "otherwise": question.otherwise,
    }

"""A quiz without its module: as text, and as HTML whose answers fold out."""

from __future__ import annotations

import html
import re
from typing import Any

Data = dict[str, Any]

_ASKS = {"number": "a number", "shape": 'a shape such as 3, 4, or "not defined"'}
_SEVERAL = "more than one is right"


def text_form(quiz: Data) -> str:
    """Write the questions with their options, without the answers."""
    rows = [f"Quiz {quiz['id']}"]
    for place, question in enumerate(quiz["questions"], 1):
        rows += ["", f"{place}. {_asked(question)}"]
        if question["kind"] == "choice":
            rows += [f"   - {option['text']}" for option in question["options"]]
        elif question["kind"] == "order":
            rows += [f"   to order: {';  '.join(question['items'][i] for i in question['start'])}"]
        else:
            rows += [f"   ({_ASKS[question['kind']]})"]
    return "\n".join(rows)


def html_form(quiz: Data) -> str:
    """Write the questions as HTML that needs no script: what is said to an answer folds out of it."""
    questions = "".join(f"<li><p>{prose(_asked(q))}</p>{_answers(q)}</li>" for q in quiz["questions"])
    return f"<div><p><strong>Quiz {html.escape(quiz['id'])}</strong></p><ol>{questions}</ol></div>"


def prose(text: str) -> str:
    """Escape a text for HTML, its code in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def _asked(question: Data) -> str:
    return f"{question['ask']} ({_SEVERAL})" if question.get("several") else str(question["ask"])


def _answers(question: Data) -> str:
    if question["kind"] == "choice":
        return "".join(
            _folded(option["text"], ("✓ Right. " if option["right"] else "✗ Not this. ") + option["feedback"])
            for option in question["options"]
        )
    shown = ""
    if question["kind"] == "order":
        rows = "".join(f"<li>{prose(question['items'][i])}</li>" for i in question["start"])
        shown = f"<ul>{rows}</ul>"
    return shown + _folded("Answer", f"{question['answer']}. {question['why']}")


def _folded(summary: str, text: str) -> str:
    return f"<details><summary>{prose(summary)}</summary><p>{prose(text)}</p></details>"

"""The page a student gets: what each answer came to, what it looks like, hints, and what they had written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from .._places import heading
from .._verdict import in_points
from ..report import STYLE, as_html
from .overrides import Override, overridden, what_counts
from .pages import file_name, is_about, page, wide
from .result import Question, Result, Row
from .tables import points, write_whole

FOLDER = "feedback"
WITHHELD = "These points are withheld until a person has looked at the answer."
_NONE: Mapping[str, Override] = {}

_STATES = {
    "graded": "",
    "partial": "Some questions could not be judged, or not to the end; each says why.",
    "timeout": "The answers did not come back in time.",
    "crashed": "The process that ran the answers ended before they came back.",
    "out_of_memory": "The answers needed more memory than there is.",
    "unreadable": "The file could not be read as a notebook. It has no score, not a score of 0.",
    "not_submitted": "Nothing was submitted.",
}


def write_feedback(folder: Path, unit: str, result: Result, decided: Mapping[str, Override] = _NONE) -> Path:
    """Write a student's page, unless the one that is there was made from the same result; return its path.

    Parameters
    ----------
    folder : Path
        Of the grades.
    unit : str
    result : Result
    decided : mapping, optional
        What a person decided, by exercise.
    """
    path = folder / FOLDER / f"{file_name(result.student)}.html"
    if not _is_fresh(path, _about(result, decided)):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_whole(path, feedback(unit, result, decided))
    return path


_FORM = "4"  # of the page; one of an older form is written anew


def _about(result: Result, decided: Mapping[str, Override]) -> str:
    """Return what a page is made from, in a word: hints and names may not be read off it."""
    text = "".join(override.text for override in decided.values())
    parts = [_FORM, result.key, *([hashlib.sha256(text.encode()).hexdigest()[:16]] if text else [])]
    return " ".join(parts)


def feedback(unit: str, result: Result, decided: Mapping[str, Override] = _NONE) -> str:
    """Return a student's page as HTML."""
    row = overridden(Row.of(result, result.file), decided)
    most = sum(question.max_score for question in result.questions)
    parts = [f"<main>\n<h1>{escape(unit)}: {escape(result.student)}</h1>"]
    if row.score is not None:
        parts.append(f'<p class="score"><b>{points(row.score)}</b> of {in_points(most)}</p>')
    if _STATES[row.state]:
        parts.append(f"<p>{_STATES[row.state]}</p>")
    if result.reason:
        parts.append(f'<pre class="said">{escape(result.reason)}</pre>')
    if result.questions:
        parts.append(_overview(result.questions, row))
        parts += [_question(question, decided.get(question.exercise)) for question in result.questions]
        parts.append(
            '<p class="soft">Your answers were called with inputs that are not shown; each result you return '
            "is judged by itself. Hints open one inside the other; on paper all are open.</p>"
        )
    return page(
        f"{unit} {result.student}", "\n".join([*parts, "</main>"]), style=STYLE, about=_about(result, decided)
    )


def _overview(questions: Sequence[Question], row: Row) -> str:
    """Return a table of all questions, each with its points and with where to read on."""
    lines = []
    for question in questions:
        verdict = question.verdict
        result = "given by hand" if question.exercise in row.by_hand else _in_a_word(question)
        reread = "" if verdict.ok else heading(verdict.see)
        where = f'<br><span class="soft">read again: {escape(reread)}</span>' if reread else ""
        lines.append(
            f'<tr><th scope="row"><a href="#{escape(question.exercise)}">{escape(question.exercise)}</a> '
            f'<code>{escape(verdict.answer)}</code></th><td class="number">'
            f"{points(row.scores.get(question.exercise)) or '-'} of {points(question.max_score)}</td>"
            f"<td>{escape(result)}{where}</td></tr>"
        )
    return wide(
        '<table class="compact"><thead><tr><th scope="col">question</th><th scope="col" class="number">points'
        '</th><th scope="col">result, and what to read again</th></tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table>"
    )


def _in_a_word(question: Question) -> str:
    return "withheld" if question.trouble == "withheld" else question.verdict.result


def _question(question: Question, override: Override | None) -> str:
    id = escape(question.exercise)
    card = as_html(question.verdict, style=False, counts=what_counts(question, override))
    parts = [f'<h2 class="hidden" id="{id}">{id}</h2>', card]
    if question.trouble == "out_of_memory":  # the verdict says the rest
        parts.append(f'<p class="soft">{escape(question.reason)}</p>')
    if override is not None:
        by_hand = f"{in_points(override.points)} by hand: {override.why}"
        parts.append(f"<p><b>{escape(by_hand)}</b></p>")
    elif question.trouble == "withheld":
        parts.append(f"<p><b>{WITHHELD}</b></p>")
    if question.source:
        source = f"<pre><code>{escape(question.source)}</code></pre>"
        label = f'Your answer<span class="hidden"> to {id}</span>'
        parts.append(f"<details><summary>{label}</summary>{source}</details>")
    return "\n".join(parts)


def _is_fresh(path: Path, key: str) -> bool:
    try:
        with open(path, encoding="utf-8") as file:
            return is_about(file.read(1000), key)
    except (OSError, UnicodeDecodeError):
        return False

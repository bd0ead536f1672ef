"""The page a student gets: what each answer came to, what it looks like, hints, and what they had written."""

from __future__ import annotations

from html import escape
from pathlib import Path

from ..report import STYLE, as_html
from .pages import file_name, is_about, page
from .result import Question, Result
from .tables import points, write_whole

FOLDER = "feedback"

_STATES = {
    "graded": "",
    "partial": "Some questions could not be judged, or not to the end; each says why.",
    "timeout": "The answers did not come back in time.",
    "crashed": "The process that ran the answers ended before they came back.",
    "out_of_memory": "The answers needed more memory than there is.",
    "unreadable": "The file could not be read as a notebook. It has no score, not a score of 0.",
    "not_submitted": "Nothing was submitted.",
}


def write_feedback(folder: Path, unit: str, result: Result) -> Path:
    """Write a student's page, unless the one that is there was made from the same result; return its path."""
    path = folder / FOLDER / f"{file_name(result.student)}.html"
    if not _is_fresh(path, result.key):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_whole(path, feedback(unit, result))
    return path


def feedback(unit: str, result: Result) -> str:
    """Return a student's page as HTML."""
    most = sum(question.max_score for question in result.questions)
    parts = [f"<main>\n<h1>{escape(unit)}: {escape(result.student)}</h1>"]
    if result.score is not None:
        parts.append(f'<p class="score"><b>{points(result.score)}</b> of {points(most)} points</p>')
    if _STATES[result.state]:
        parts.append(f"<p>{_STATES[result.state]}</p>")
    if result.reason:
        parts.append(f"<pre>{escape(result.reason)}</pre>")
    parts += [_question(question) for question in result.questions]
    if result.questions:
        parts.append(
            '<p class="soft">Your answers were called with inputs that are not shown; each result you return '
            "is judged by itself. Hints open one inside the other.</p>"
        )
    return page(f"{unit} {result.student}", "\n".join([*parts, "</main>"]), style=STYLE, about=result.key)


def _question(question: Question) -> str:
    parts = [f'<h2 class="hidden">{escape(question.exercise)}</h2>', as_html(question.verdict, style=False)]
    if question.trouble == "out_of_memory":  # the verdict says the rest
        parts.append(f'<p class="soft">{escape(question.reason)}</p>')
    if question.source:
        source = f"<pre><code>{escape(question.source)}</code></pre>"
        parts.append(f"<details><summary>Your answer</summary>{source}</details>")
    return "\n".join(parts)


def _is_fresh(path: Path, key: str) -> bool:
    try:
        with open(path, encoding="utf-8") as file:
            return is_about(file.read(1000), key)
    except (OSError, UnicodeDecodeError):
        return False

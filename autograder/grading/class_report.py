"""The report on a class: states, pass rate by question, mistakes by frequency, what needs a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from ..exercise import Exercise
from .feedback import FOLDER
from .pages import file_name, page
from .result import STATES, Row
from .tables import in_words, points, write_whole

REPORT = "report.html"

_LISTED = 200  # rows of the list of what needs a person; grades.csv has all


def write_report(
    folder: Path, unit: str, exercises: Sequence[Exercise], rows: Sequence[Row], notes: str
) -> Path:
    """Write ``report.html`` and return its path."""
    write_whole(folder / REPORT, class_report(unit, exercises, rows, notes))
    return folder / REPORT


def class_report(unit: str, exercises: Sequence[Exercise], rows: Sequence[Row], notes: str) -> str:
    """Return the report as HTML; `notes` say how the answers were run."""
    parts = [
        f"<main>\n<h1>{escape(unit)}: {len(rows)} student{'s' * (len(rows) != 1)}</h1>",
        f'<p class="soft">{escape(notes)}</p>',
        _scores(exercises, rows),
        _states(rows),
        _questions(exercises, rows),
        _mistakes(rows),
        _needs_a_person(rows),
    ]
    return page(f"{unit} report", "\n".join([*parts, "</main>"]))


def _scores(exercises: Sequence[Exercise], rows: Sequence[Row]) -> str:
    scores = sorted(row.score for row in rows if row.score is not None)
    if not scores:
        return "<p>No submission has a score.</p>"
    middle = (scores[(len(scores) - 1) // 2] + scores[len(scores) // 2]) / 2
    most = sum(exercise.points for exercise in exercises)
    return (
        f'<p class="score">Median {points(middle)} of {points(most)} points, '
        f"mean {points(sum(scores) / len(scores))}, over {len(scores)} submissions with a score.</p>"
    )


def _states(rows: Sequence[Row]) -> str:
    counts = Counter(row.state for row in rows)
    lines = [(in_words(state), counts[state], len(rows)) for state in STATES if counts[state]]
    return _bars("States", ("state", "students"), lines)


def _questions(exercises: Sequence[Exercise], rows: Sequence[Row]) -> str:
    graded = [row for row in rows if row.scores]
    lines = []
    for exercise in exercises:
        right = sum(exercise.id in row.right for row in graded)
        scores = [row.scores[exercise.id] for row in graded if exercise.id in row.scores]
        mean = points(sum(scores) / len(scores)) if scores else "-"
        name = f"{exercise.id} {exercise.name}, mean {mean} of {points(exercise.points)} points"
        lines.append((name, right, len(graded)))
    return _bars("Questions", ("question", "right"), lines)


def _mistakes(rows: Sequence[Row]) -> str:
    counts = Counter(mistake for row in rows for mistake in row.mistakes)
    if not counts:
        return ""
    graded = sum(bool(row.scores) for row in rows)
    lines = [(f"{id}: {code} {name}", n, graded) for (id, code, name), n in counts.most_common()]
    return _bars("Mistakes, the most frequent first", ("looks like", "students"), lines)


def _needs_a_person(rows: Sequence[Row]) -> str:
    listed = [row for row in rows if row.flags or row.state != "graded"]
    if not listed:
        return ""
    lines = [
        f'<tr><td>{_link(row)}</td><td class="word">{escape(in_words(row.state))}</td>'
        f'<td class="number">{points(row.score)}</td><td>{escape(_said(row))}</td></tr>'
        for row in listed[:_LISTED]
    ]
    rest = f'<p class="soft">{len(listed) - _LISTED} more in grades.csv.</p>' if len(listed) > _LISTED else ""
    return (
        '<h2>To look at</h2>\n<div class="wide"><table><tr><th>student</th><th>state</th>'
        f'<th class="number">score</th><th>why</th></tr>\n{"".join(lines)}</table></div>{rest}'
    )


def _link(row: Row) -> str:
    name = escape(row.student)
    has_page = row.state != "not_submitted"
    return f'<a href="{FOLDER}/{escape(_url(row.student))}.html">{name}</a>' if has_page else name


def _url(student: str) -> str:
    return quote(file_name(student))


def _said(row: Row) -> str:
    troubles = [f"{id}: {in_words(trouble)}" for id, trouble in row.troubles.items()]
    return "; ".join(filter(None, [row.reason.partition("\n")[0], *troubles, *row.flags]))


def _bars(title: str, head: tuple[str, str], lines: Iterable[tuple[str, int, int]]) -> str:
    """Return a table of counts out of a whole, each with a bar that only repeats the numbers."""
    rows = "".join(
        f'<tr><td>{escape(name)}</td><td class="number">{count} of {whole}</td>'
        f'<td class="bar"><progress aria-hidden="true" value="{count}" max="{max(whole, 1)}"></progress></td>'
        "</tr>"
        for name, count, whole in lines
    )
    return (
        f'<h2>{escape(title)}</h2>\n<div class="wide"><table><tr><th>{escape(head[0])}</th>'
        f'<th class="number">{escape(head[1])}</th><th></th></tr>\n{rows}</table></div>'
    )

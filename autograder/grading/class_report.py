"""The report on a class: scores, states, questions, mistakes with examples, times, what needs a person.

One file that runs and loads nothing. Each plot has its numbers in a table below it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

import numpy as np

from .._verdict import in_points
from ..exercise import Exercise
from .examples import Mistake, examples
from .feedback import FOLDER
from .pages import file_name, page, wide
from .plots import STYLE, Line, histogram, rates
from .questions import FEWEST, QuestionStatistics, statistics
from .result import STATES, Row
from .tables import in_words, points, write_whole

REPORT = "report.html"

_LISTED = 200  # rows of the list of what needs a person; grades.csv has all
_MISTAKES = 50  # that are listed, each with an example
_BINS = 20
_NONE: Mapping[Mistake, str] = {}


def write_report(
    folder: Path, unit: str, exercises: Sequence[Exercise], rows: Sequence[Row], notes: str
) -> Path:
    """Write ``report.html`` and return its path."""
    frequent = (mistake for mistake, _ in _counted(rows).most_common(_MISTAKES))
    shown = examples(folder, frequent, rows)
    write_whole(folder / REPORT, class_report(unit, exercises, rows, notes, shown))
    return folder / REPORT


def class_report(
    unit: str,
    exercises: Sequence[Exercise],
    rows: Sequence[Row],
    notes: str,
    shown: Mapping[Mistake, str] = _NONE,
) -> str:
    """Return the report as HTML.

    Parameters
    ----------
    unit : str
    exercises : sequence of Exercise
    rows : sequence of Row
        One for each student.
    notes : str
        How the answers were run.
    shown : mapping, optional
        By mistake, the code of an answer that has it.
    """
    parts = [
        f"<main>\n<h1>{escape(unit)}: {len(rows)} student{'s' * (len(rows) != 1)}</h1>",
        f'<p class="soft">{escape(notes)}</p>',
        _scores(exercises, rows),
        _states(rows),
        _questions(statistics(exercises, rows)),
        _mistakes(rows, shown),
        _times(rows),
        _needs_a_person(rows),
    ]
    return page(f"{unit} report", "\n".join([*parts, "</main>"]), style=STYLE)


def _scores(exercises: Sequence[Exercise], rows: Sequence[Row]) -> str:
    scores = [row.score for row in rows if row.score is not None]
    if not scores:
        return "<p>No submission has a score.</p>"
    most = sum(exercise.points for exercise in exercises)
    said = (
        f"Median {points(float(np.median(scores)))} of {in_points(most)}, "
        f"mean {points(sum(scores) / len(scores))}, over {len(scores)} submissions with a score."
    )
    width = max(1.0, float(np.ceil(most / _BINS)))
    borders = np.arange(0.0, max(most, *scores) + width, width)
    if len(borders) > 2 and borders[-2] >= max(most, *scores):
        borders = borders[:-1]
    counts = np.histogram(scores, borders)[0].tolist()
    edges = [points(border) for border in borders]
    between = [
        (f"{low} to {'' if last else 'under '}{high}", count)
        for low, high, count, last in zip(
            edges, edges[1:], counts, [False] * (len(counts) - 1) + [True], strict=False
        )
    ]
    plot = histogram(f"Histogram of scores. {said}", counts, edges, "points")
    return f'<p class="score">{said}</p>\n{plot}\n{_numbers(("points", "students"), between)}'


def _states(rows: Sequence[Row]) -> str:
    counts = Counter(row.state for row in rows)
    lines = [(in_words(state), counts[state], len(rows), "") for state in STATES if counts[state]]
    return _bars("States", ("state", "students"), lines)


def _questions(found: Sequence[QuestionStatistics]) -> str:
    if not found or not found[0].asked:
        return ""
    lines = [
        Line(_short(q.exercise), q.rate, q.discrimination, q.low, q.high) for q in found if q.rate is not None
    ]
    heads = ("got it right", "discrimination, with its 95 % interval")
    plot = rates(
        "Pass rate and discrimination of each question; the numbers are in the table below.", heads, lines
    )
    body = "".join(
        f'<tr><th scope="row">{escape(q.exercise)} <code>{escape(q.name)}</code></th>'
        f'<td class="number">{q.right} of {q.asked}</td>'
        f'<td class="number">{points(q.mean) or "-"} of {points(q.points)}</td>'
        f'<td class="number">{_correlation(q)}</td></tr>'
        for q in found
    )
    heads_of = _head(("question", False), ("right", True), ("mean points", True), ("discrimination", True))
    return (
        f"<h2>Questions</h2>\n{plot}\n"
        f"{wide(f'<table><thead>{heads_of}</thead><tbody>{body}</tbody></table>')}\n"
        f'<p class="soft">{_ABOUT_DISCRIMINATION}</p>'
    )


_ABOUT_DISCRIMINATION = (
    "Discrimination is the correlation between the points for a question and the points for all the "
    "others (the corrected item-total correlation; for a question that is only right or wrong, the "
    "point-biserial): 1 where those who do well elsewhere get it and the others do not, 0 where it "
    "tells nothing, below 0 where the strong ones fail. A low value is a reason to read the question "
    "and its answers again, not a fault by itself: what nearly everyone gets right cannot discriminate. "
    "In brackets stands the 95 % interval (Fisher's z): with 30 students it is about 0.7 wide, with 300 "
    f"about 0.2. Fewer than {FEWEST} say nothing, and nothing is shown."
)


def _correlation(q: QuestionStatistics) -> str:
    if q.discrimination is None:
        return "-"
    return f"{q.discrimination:.2f} ({q.low:.2f} to {q.high:.2f})".replace("-", "\N{MINUS SIGN}")


def _short(exercise: str) -> str:
    return exercise.partition(".")[2] or exercise


def _counted(rows: Iterable[Row]) -> Counter[Mistake]:
    return Counter(mistake for row in rows for mistake in row.mistakes)


def _mistakes(rows: Sequence[Row], shown: Mapping[Mistake, str]) -> str:
    counts = _counted(rows)
    if not counts:
        return ""
    graded = sum(bool(row.scores) for row in rows)
    lines = [
        (f"{id}: {code}, {name}", n, graded, shown.get((id, code, name), ""))
        for (id, code, name), n in counts.most_common(_MISTAKES)
    ]
    rest = len(counts) - len(lines)
    more = f'<p class="soft">{rest} more, each at most as frequent.</p>' if rest else ""
    return _bars("Mistakes, the most frequent first", ("looks like", "students"), lines) + more


def _times(rows: Sequence[Row]) -> str:
    """Return how long submissions took; those that needed no process are left out."""
    timed = [row for row in rows if row.isolation]
    if not timed:
        return ""
    seconds = np.array([row.seconds for row in timed])
    middle, late = np.percentile(seconds, [50, 95])
    slowest = max(timed, key=lambda row: row.seconds)
    said = (
        f"Median {middle:.2g} s, 95 % under {late:.2g} s, {seconds.sum():.0f} s together; "
        f"the longest took {slowest.seconds:.2g} s"
    )
    # Times spread over factors: each bar reaches twice as far as the one before.
    first = int(np.floor(np.log2(max(seconds.min(), 0.004))))
    last = max(int(np.ceil(np.log2(max(seconds.max(), 0.008)))), first + 1)
    borders = 2.0 ** np.arange(first, last + 1)
    counts = np.histogram(np.clip(seconds, borders[0], borders[-1]), borders)[0].tolist()
    edges = [f"{border:.2g}" for border in borders]
    between = [(f"{low} to {high}", n) for low, high, n in zip(edges, edges[1:], counts, strict=False)]
    plot = histogram(f"Histogram of times. {said}.", counts, edges, "seconds of a submission")
    numbers = _numbers(("seconds", "students"), between)
    return f"<h2>Times</h2>\n<p>{said} ({_link(slowest)}).</p>\n{plot}\n{numbers}"


def _needs_a_person(rows: Sequence[Row]) -> str:
    listed = [row for row in rows if row.flags or row.state != "graded"]
    if not listed:
        return ""
    lines = [
        f'<tr><th scope="row">{_link(row)}</th><td class="word">{escape(in_words(row.state))}</td>'
        f'<td class="number">{points(row.score)}</td><td>{escape(_said(row))}</td></tr>'
        for row in listed[:_LISTED]
    ]
    rest = f'<p class="soft">{len(listed) - _LISTED} more in grades.csv.</p>' if len(listed) > _LISTED else ""
    heads = _head(("student", False), ("state", False), ("score", True), ("why", False))
    return (
        f"<h2>To look at: {len(listed)}</h2>\n"
        f"{wide(f'<table><thead>{heads}</thead><tbody>{chr(10).join(lines)}</tbody></table>')}{rest}"
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


def _bars(title: str, heads: tuple[str, str], lines: Iterable[tuple[str, int, int, str]]) -> str:
    """Return a table of counts out of a whole, with a bar that repeats the numbers, and with an example."""
    rows = "".join(
        f"<tr{' class=above' if code else ''}><td>{escape(name)}</td>"
        f'<td class="number">{count} of {whole}</td>'
        f'<td class="bar"><progress aria-hidden="true" value="{count}" max="{max(whole, 1)}"></progress></td>'
        f"</tr>{_example(name, code)}"
        for name, count, whole, code in lines
    )
    head = _head((heads[0], False), (heads[1], True)).replace("</tr>", "<td></td></tr>")
    table = wide(f"<table><thead>{head}</thead><tbody>\n{rows}</tbody></table>")
    return f"<h2>{escape(title)}</h2>\n{table}"


def _example(name: str, code: str) -> str:
    """Return an answer in a row of its own, folded away."""
    if not code:
        return ""
    of = f'An answer with it<span class="hidden">: {escape(name)}</span>'
    pre = f"<pre><code>{escape(code)}</code></pre>"
    return f'<tr><td colspan="3"><details><summary>{of}</summary>{pre}</details></td></tr>'


def _numbers(heads: tuple[str, str], lines: Iterable[tuple[str, int]]) -> str:
    """Return the numbers behind a plot, folded away."""
    rows = "".join(f'<tr><td>{escape(a)}</td><td class="number">{b}</td></tr>' for a, b in lines)
    head = _head((heads[0], False), (heads[1], True))
    return (
        "<details><summary>The numbers of this plot</summary>"
        f"<table><thead>{head}</thead><tbody>{rows}</tbody></table></details>"
    )


def _head(*columns: tuple[str, bool]) -> str:
    """Return the head of a table: what each column holds, and whether that is numbers."""
    kinds = {True: ' class="number"', False: ""}
    cells = "".join(f'<th scope="col"{kinds[number]}>{escape(name)}</th>' for name, number in columns)
    return f"<tr>{cells}</tr>"

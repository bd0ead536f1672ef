"""How a verdict reads: as text anywhere, as a small HTML card in a notebook or a feedback page.

Every mark has a word beside it, hints open one inside the other so that they are revealed one at a time
without a kernel, and everything that comes from a learner is escaped.
"""

from __future__ import annotations

import textwrap
from html import escape

from ._places import heading
from ._verdict import Diagnosis, State, Status, Verdict, in_points

_MARKS = {"right": "✓", "not judged": "○", "not yet written": "○"}
_ROW = {"✓": "right", "○": "open", "✗": "wrong"}
_OPEN = {"not yet written": "open", "missing": "open"}
_ROWS = (
    8  # where there are more results than these, the right ones share a line, and those that nobody judged
)


def as_text(verdict: Verdict, *, counts: str = "") -> str:
    """Return a verdict as lines of text, without its hints; `counts` as for `as_html`."""
    shown, folded = _folded(verdict)
    width = max((len(status.name) for status in shown), default=0)
    lines = [f"{verdict.exercise} {verdict.answer}: {counts or score(verdict)}"]
    lines += [f"  {_mark(s.state)} {s.name:{width}}  {words(s)}" for s in shown]
    if folded:
        state = folded[0].state
        names = f"{state}: {', '.join(s.name for s in folded)}"
        lines += textwrap.wrap(names, 96, initial_indent=f"  {_mark(state)} ", subsequent_indent="    ")
    paragraphs = [verdict.reason] if verdict.reason else []
    for diagnosis in verdict.diagnoses:
        paragraphs += [_sentence(looks_like(diagnosis)), *_evidence(verdict, diagnosis)]
    paragraphs += [*verdict.evidence, *(f"Remark: {remark}" for remark in verdict.remarks)]
    if verdict.hints:
        levels = len(verdict.hints)
        paragraphs.append(
            f".hint() gives a hint, in {levels} level{'s' * (levels > 1)}; see also {verdict.see}."
        )
    lines += [line for text in paragraphs for line in textwrap.wrap(text, 100)]
    return "\n".join(lines)


def _folded(verdict: Verdict) -> tuple[list[Status], list[Status]]:
    """Return the results that have a line each, and those that share one: they are in the same state."""
    if len(verdict.statuses) <= _ROWS:
        return list(verdict.statuses), []
    if all(_mark(status.state) == _MARKS["not judged"] for status in verdict.statuses):
        return [], list(verdict.statuses)  # of an answer as a whole, and so all the same
    right = [status for status in verdict.statuses if status.state == "right"]
    return [status for status in verdict.statuses if status.state != "right"], right


def _evidence(verdict: Verdict, diagnosis: Diagnosis) -> list[str]:
    """Return the numbers behind a diagnosis, unless the reason above it has said them."""
    return [] if diagnosis.evidence == verdict.reason else [diagnosis.evidence]


def as_html(verdict: Verdict, *, style: bool = True, counts: str = "") -> str:
    """Return a verdict as an HTML fragment.

    Parameters
    ----------
    verdict : Verdict
    style : bool
        Whether the fragment brings its own style sheet; a page with many of them includes `STYLE` once.
    counts : str
        What counts in the place of the verdict's own points, in words.
    """
    points = counts or score(verdict)
    title = f"{verdict.exercise} {verdict.answer}: {points}"
    own = "ok" if verdict.ok else "part" if verdict.score else _OPEN.get(verdict.result, "no")
    tone = "open" if counts else own
    parts = [
        f'<section class="bpc-card bpc-{tone}" role="group" aria-label="{escape(title)}">',
        f'<p class="bpc-title"><b>{escape(verdict.exercise)}</b> <code>{escape(verdict.answer)}</code>'
        f'<span class="bpc-score">{escape(points)}</span></p>',
        _rows(verdict),
    ]
    if verdict.reason:
        parts.append(f'<p class="bpc-reason">{escape(verdict.reason)}</p>')
    for diagnosis in verdict.diagnoses:
        parts.append(f'<p class="bpc-looks"><b>{escape(_sentence(looks_like(diagnosis)))}</b></p>')
        parts += [f'<p class="bpc-evidence">{escape(text)}</p>' for text in _evidence(verdict, diagnosis)]
    parts += [f'<p class="bpc-evidence">{escape(sentence)}</p>' for sentence in verdict.evidence]
    parts += [f'<p class="bpc-remark">Remark: {escape(remark)}</p>' for remark in verdict.remarks]
    if verdict.hints:
        parts.append(_hints(verdict.hints))
        parts.append(f'<p class="bpc-see">Walkthrough: <b>{_place(verdict)}</b></p>')
    return (STYLE if style else "") + "\n".join([*parts, "</section>"])


def score(verdict: Verdict) -> str:
    """Return the score in words: a visible check never sounds final."""
    points = f"{verdict.score:g} of {in_points(verdict.max_score)}"
    if not verdict.visible:
        return points
    return f"visible checks passed ({points})" if verdict.ok else f"{points} (visible checks)"


def looks_like(diagnosis: Diagnosis) -> str:
    """Return ``looks like M03: ...``."""
    named = (f"{code}: {name}" for code, name in zip(diagnosis.codes, diagnosis.names, strict=True))
    return "looks like " + ", together with ".join(named)


def words(status: Status) -> str:
    """Return the state of one gradient in words."""
    return f"{status.state}: {status.detail}" if status.detail else status.state


def _mark(state: State) -> str:
    return _MARKS.get(state, "✗")


def _rows(verdict: Verdict) -> str:
    shown, folded = _folded(verdict)
    width = min(max((len(status.name) for status in shown), default=0), 28)
    rows = "".join(map(_row, shown))
    if folded:
        inner = "".join(map(_row, folded))
        state, mark = folded[0].state, _mark(folded[0].state)
        rows += (
            f'<li class="bpc-row-{_ROW[mark]}"><details><summary><span class="bpc-mark" aria-hidden="true">'
            f"{mark}</span>"
            f'{len(folded)} {escape(state)}</summary><ul class="bpc-rows">{inner}</ul></details></li>'
        )
        width = min(max(len(status.name) for status in verdict.statuses), 28)
    label = 'aria-label="one line per result"'
    return f'<ul class="bpc-rows" {label} style="--bpc-names: {width + 1}ch">{rows}</ul>'


def _place(verdict: Verdict) -> str:
    """Return where to read, as a link where the card stands in the notebook that it leads to.

    The release puts an anchor with the part's id above its heading.
    """
    text = heading(verdict.see)
    here = verdict.visible and verdict.exercise.startswith(f"{verdict.see.partition('.')[0]}.")
    linked = here and text != verdict.see
    return f'<a href="#{escape(verdict.see)}">{escape(text)}</a>' if linked else escape(text)


def _row(status: Status) -> str:
    state = _ROW[_mark(status.state)]
    detail = f': <span class="bpc-detail">{escape(status.detail)}</span>' if status.detail else ""
    return (
        f'<li class="bpc-row-{state}"><span class="bpc-mark" aria-hidden="true">{_mark(status.state)}</span>'
        f"<code>{escape(status.name)}</code> <span>{escape(status.state)}</span>{detail}</li>"
    )


def _hints(hints: tuple[str, ...]) -> str:
    """Nest each level in the one before it."""
    html = ""
    for level in range(len(hints), 0, -1):
        summary = f"Hint {level} of {len(hints)}"
        html = f"<details><summary>{summary}</summary><p>{escape(hints[level - 1])}</p>{html}</details>"
    return html


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


# JupyterLab's colours where there are any, else tones that can be read on white and on black alike. A mark is
# drawn in its tone mixed with the colour of the text: darker on a light page, lighter on a dark one.
STYLE = """<style>
.bpc-card { max-width: 46em; margin: 4px 0; padding: 8px 14px; border-left: 4px solid var(--bpc-tone);
  background: var(--jp-layout-color2, rgba(128, 128, 128, 0.1)); border-radius: 3px; line-height: 1.45; }
.bpc-ok { --bpc-tone: var(--jp-success-color1, #2e9d57); }
.bpc-part { --bpc-tone: var(--jp-warn-color1, #c77c11); }
.bpc-no { --bpc-tone: var(--jp-error-color1, #dc4a4a); }
.bpc-open { --bpc-tone: var(--jp-border-color0, #8a8a8a); }
.bpc-card p { margin: 4px 0 !important; }
.bpc-card code { background: none; padding: 0; color: inherit; font-size: 0.95em; }
.bpc-card .bpc-title { display: flex; flex-wrap: wrap; gap: 0 0.6em; align-items: baseline; }
.bpc-card .bpc-score { margin-left: auto; }
.bpc-card ul.bpc-rows { list-style: none; margin: 6px 0; padding: 0; }
.bpc-card .bpc-rows li { margin: 0; }
.bpc-card .bpc-rows code { display: inline-block; font-weight: 600; }
.bpc-card .bpc-rows code { min-width: max(4em, var(--bpc-names, 0)); }
.bpc-card .bpc-mark { display: inline-block; width: 1.5em; font-weight: 700; }
.bpc-row-right .bpc-mark { color: color-mix(in srgb, var(--jp-success-color1, #2e9d57) 65%, currentcolor); }
.bpc-row-wrong .bpc-mark { color: color-mix(in srgb, var(--jp-error-color1, #dc4a4a) 75%, currentcolor); }
.bpc-card .bpc-evidence, .bpc-card .bpc-remark, .bpc-card .bpc-see { opacity: 0.85; }
.bpc-card details { margin: 4px 0; }
.bpc-card summary { cursor: pointer; width: fit-content; display: list-item; }
.bpc-card summary:focus-visible { outline: 2px solid var(--jp-brand-color1, #3b82f6); outline-offset: 2px; }
.bpc-card details > p { margin-left: 1em !important; }
</style>"""

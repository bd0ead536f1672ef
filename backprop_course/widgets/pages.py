"""Pages of widgets that need nothing else: module, style and recorded trace in one file of HTML.

They work from a file, from any static host, and without a network. Read next: `static/page.js`, which opens
the widget there, and `static/stand_in.js`, which stands in for the kernel.
"""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import anywidget

from ..errors import UsageError
from . import _assets
from ._widget import TracedWidget
from .gallery import Entry

MARK = '<meta name="generator" content="backprop-course">'
_TITLE = "Backpropagation, to be touched"
_LEAD = "Pictures of the course on how gradients are computed. They work as they are, without a network."
_LIVE = "<code>backprop-course explore</code> opens this picture with Python behind it."
_RECORDED = (
    "This page holds what was recorded, and Python is not behind it. "
    f"What it cannot answer is set back. {_LIVE}"
)
_WHOLE = "All of this was computed beforehand: nothing here needs a kernel."
_UNANSWERED = {
    "nothing": "That needs Python, which is not behind this page: the setting is back where it was.",
    "part": "These settings together need Python, which is not behind this page: {what} set back.",
}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src 'self' data:"

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
{mark}
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
{body}
</body>
</html>
"""
_WIDGET = """<nav aria-label="Gallery"><a href="{home}">All pictures</a></nav>
<main>
<h1>{name}</h1>
<p class="page-lead">{sentence} <span class="page-unit">Unit {unit} of the course.</span></p>
{about}<div id="widget"></div>
<div class="page-answer"><p id="answer" role="status"></p>
<button type="button" id="close" aria-label="Close this notice">×</button></div>
<noscript><p>Without JavaScript there is this picture of it.</p>
<p><img src="{picture}" alt="" style="max-width: 100%"></p></noscript>
<p class="page-note">{note}</p>
<details class="page-text"><summary>The same as text</summary><pre tabindex="0">{text}</pre></details>
</main>
<script id="recorded" type="application/json">{recorded}</script>
<script type="module">
{module}
</script>"""
_INDEX = """<main>
<h1>{title}</h1>
<p class="page-lead">{lead}</p>
<ul class="page-cards">
{cards}
</ul>
</main>"""
_CARD = """<li class="page-card"><img src="{picture}" alt=""{loading}>
<h2><a href="{address}">{name}</a></h2>
<p>{sentence}</p>
<p class="page-unit">Unit {unit} of the course</p></li>"""


def export(entries: Sequence[Entry], folder: Path) -> list[Path]:
    """Write a page for each entry, and ``index.html`` that leads to them.

    Parameters
    ----------
    entries : sequence of Entry
    folder : pathlib.Path
        Is made where it is not there. Pages of an earlier export are replaced.

    Returns
    -------
    list of pathlib.Path
        What was written, the index first.

    Raises
    ------
    UsageError
        If a file that is not such a page stands in the way, or the folder cannot be written to.
    """
    paths = [folder / name for name in ("index.html", *(f"{entry.slug}.html" for entry in entries))]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in paths:
            _require_ours(path)
        widgets = [entry.make() for entry in entries]
        texts = [page(entry, widget) for entry, widget in zip(entries, widgets, strict=True)]
        first = index(entries, [_picture(widget) for widget in widgets])
        for path, text in zip(paths, [first, *texts], strict=True):
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be used.",
            expected="a folder that can be written to",
            got=error.strerror or str(error),
            mend="give another folder, or change its permissions",
        ) from error
    return paths


def page(entry: Entry, widget: TracedWidget) -> str:
    """Return the page of one widget.

    Parameters
    ----------
    entry : Entry
    widget : TracedWidget
        What ``entry.make()`` gave.
    """
    asks = sorted(widget.asks)
    recorded = {
        "traits": _traits(widget),
        "asks": asks,
        "recorded": _answers(entry, asks),
        "unanswered": _UNANSWERED,
    }
    body = _WIDGET.format(
        home="index.html",
        name=escape(entry.name),
        sentence=escape(entry.sentence),
        unit=escape(entry.unit),
        about=f'<p class="page-note">{escape(entry.note)}</p>\n' if entry.note else "",
        picture=_picture(widget),
        note=_RECORDED if asks else _WHOLE,
        text=escape(str(widget)),
        recorded=_json(recorded),
        module=_assets.in_a_page(str(widget._esm)),
    )
    return _whole(entry.name, str(widget._css), body)


def index(
    entries: Sequence[Entry], pictures: Sequence[str], *, lead: str = _LEAD, address: str = "{}.html"
) -> str:
    """Return the page that leads to all others.

    Parameters
    ----------
    entries : sequence of Entry
    pictures : sequence of str
        The address of a picture of each, which may be a data URL.
    lead : str
        What is said above them.
    address : str
        Where the page of an entry is, with a place for its slug.
    """
    cards = [
        _CARD.format(
            picture=escape(picture),
            loading="" if picture.startswith("data:") else ' loading="lazy"',
            address=address.format(entry.slug),
            name=escape(entry.name),
            sentence=escape(entry.sentence),
            unit=escape(entry.unit),
        )
        for entry, picture in zip(entries, pictures, strict=True)
    ]
    return _whole(_TITLE, "", _INDEX.format(title=_TITLE, lead=escape(lead), cards="\n".join(cards)))


def _whole(title: str, style: str, body: str) -> str:
    style = _assets.page_style() + style
    return _PAGE.format(policy=_POLICY, mark=MARK, title=escape(title), style=style, body=body)


def _traits(widget: TracedWidget) -> dict[str, Any]:
    """Return what the widget's own module reads; what every widget has besides is left out."""
    common = anywidget.AnyWidget.class_trait_names()
    state = widget.get_state([name for name in widget.keys if name not in common])
    return {name: value for name, value in state.items() if not name.startswith("_")}


def _answers(entry: Entry, asks: Sequence[str]) -> list[dict[str, Any]]:
    """Return the kernel's answer to each combination of settings to be recorded, the first one included."""
    if not entry.record:
        return []
    states = []
    for choices in ({}, *entry.record):
        widget = entry.make()
        for values in itertools.product(*choices.values()):
            with widget.hold_trait_notifications():
                for name, value in zip(choices, values, strict=True):
                    setattr(widget, name, value)
            states.append(_traits(widget))
    moved = [name for name in states[0] if any(state[name] != states[0][name] for state in states)]
    return [
        {"settings": {name: state[name] for name in asks}, "answer": {name: state[name] for name in moved}}
        for state in states
    ]


def _json(value: Mapping[str, Any]) -> str:
    """Write JSON that may stand in a script element; bytes become base64, which `page.js` reads."""

    def as_base64(data: Any) -> dict[str, str]:
        return {"base64": base64.b64encode(bytes(data)).decode("ascii")}

    text = json.dumps(value, default=as_base64, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def _picture(widget: TracedWidget) -> str:
    return "data:image/png;base64," + base64.b64encode(widget.png()).decode("ascii")


def _require_ours(path: Path) -> None:
    """Refuse to replace a file that another program, or a person, has written."""
    if path.exists() and MARK not in path.read_text(encoding="utf-8", errors="replace")[:2000]:
        raise UsageError(
            f"{path} is in the way.",
            expected="a folder that is empty, or holds an earlier export",
            got="a file that is not a page of the gallery",
            mend="give another folder, or move the file away",
        )

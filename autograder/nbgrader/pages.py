"""What formgrader and nbgrader's feedback show of a submission: nothing that a browser would run.

nbgrader shows a submission's Markdown as nbconvert makes it, with the HTML that is in it: a script there
would run in the browser of who grades, with all rights of formgrader.
"""

from __future__ import annotations

import html
import re
from typing import Any

import bleach
from jinja2 import pass_context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import from_dict

from .source import NOTEBOOK_METADATA

_TAGS = frozenset(
    (
        *bleach.ALLOWED_TAGS,
        *("br", "del", "details", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "kbd", "p", "pre"),
        *("s", "span", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr"),
    )
)
_ATTRIBUTES = {
    "*": ["class", "id", "title"],
    "a": ["href"],
    "img": ["alt", "src"],
    "th": ["align"],
    "td": ["align"],
}
_PICTURES = ("image/png", "image/jpeg", "image/gif")  # not SVG, which may hold scripts
_EMPTY = {"image/gif": ""}
_DATA = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*")
_TAG = re.compile(r"[\w.-]{1,100}")  # of a cell: it becomes the name of a class
_NEARBY = re.compile(r"[^/\\:][^\\:]*")  # a file beside the notebook
_PROTOCOLS = frozenset(("http", "https", "mailto", "data"))  # data only in pictures: `_allowed` sees to it


class _Pictures(dict[str, dict[str, str]]):
    """The pictures among a cell's attachments, by name; nbconvert gives up a page where one is not there."""

    def __init__(self, attachments: Any) -> None:
        for name, kinds in attachments.items() if isinstance(attachments, dict) else ():
            found = kinds.items() if isinstance(kinds, dict) else ()
            self[str(name)] = {k: v for k, v in found if k in _PICTURES and isinstance(v, str)} or _EMPTY

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> dict[str, str]:
        return _EMPTY


@pass_context
def markdown_as_html(context: Any, source: str) -> str:
    """Return Markdown as HTML of harmless tags; takes the place of nbconvert's filter ``markdown2html``."""
    pictures = _Pictures(context.get("cell", {}).get("attachments", {}))
    renderer = IPythonRenderer(escape=False, attachments=pictures, anchor_link_text="")
    return clean(MarkdownWithMath(renderer=renderer).render(source))


def clean(made: str) -> str:
    """Return HTML without what a browser runs or fetches by itself from elsewhere."""
    cleaned: str = bleach.clean(made, tags=_TAGS, attributes=_allowed, protocols=_PROTOCOLS)
    return cleaned


def make_harmless(notebook: Any) -> None:
    """Take away what of a notebook ends up in a page as it stands: metadata, attachments, raw cells."""
    notebook.metadata = from_dict(NOTEBOOK_METADATA)
    for cell in notebook.cells:
        marks, tags = cell.metadata.get("nbgrader"), cell.metadata.get("tags")
        kept = [tag for tag in tags if _TAG.fullmatch(str(tag))] if isinstance(tags, list) else []
        cell.metadata = from_dict({"tags": kept} | ({} if marks is None else {"nbgrader": marks}))
        if "attachments" in cell:
            cell.attachments = from_dict(dict(_Pictures(cell.attachments)))
        if cell.cell_type == "raw":
            cell.source = f"<pre>{html.escape(cell.source)}</pre>"


def _allowed(tag: str, name: str, value: str) -> bool:
    if tag == "img" and name == "src":  # a picture from elsewhere tells its server who looks at the page
        return bool(_DATA.fullmatch(value) or _NEARBY.fullmatch(value))
    if name == "href" and "data:" in re.sub(r"[\x00-\x20]", "", html.unescape(value)).lower():
        return False
    return name in _ATTRIBUTES["*"] or name in _ATTRIBUTES.get(tag, ())

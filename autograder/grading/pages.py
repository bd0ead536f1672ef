"""What all pages have in common: one self-contained file, light and dark, that runs nothing.

Everything that comes from a submission is escaped; the page's own policy lets no script run and nothing be
loaded, should that ever fail.
"""

from __future__ import annotations

import hashlib
import re
from html import escape

_STYLE = """
:root { color-scheme: light dark; --text: #1d2530; --soft: #56606e; --line: #d5dae1; --back: #ffffff;
  --panel: #f4f6f8; --bar: #3670b3; --rest: #d5dae1; }
@media screen and (prefers-color-scheme: dark) { :root { --text: #e4e8ee; --soft: #a3adba; --line: #3a434f;
  --back: #14181d; --panel: #1d232a; --bar: #6aa5e6; --rest: #3a434f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1.25rem 3rem; max-width: 52rem; background: var(--back);
  color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 0.25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem; }
p { margin: 0.4rem 0; }
code, pre { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 0.9rem; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 4px; padding: 0.75rem;
  overflow-x: auto; tab-size: 4; }
.hidden { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
.soft { color: var(--soft); }
.score { font-size: 1.15rem; }
.wide { overflow-x: auto; }
.wide > table, .wide > svg { min-width: 36rem; }
.wide > table.compact { min-width: 0; }
main .bpc-card { max-width: none; margin-top: 1.25rem; background: var(--panel); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 0.35rem 0.75rem 0.35rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; overflow-wrap: break-word; }
th { font-weight: 600; color: var(--soft); }
tbody th { font-weight: 400; color: var(--text); }
tr.above > td { border-bottom: 0; }
td.word { white-space: nowrap; }
td.number, th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td.bar { width: 35%; min-width: 8rem; }
progress { display: block; width: 100%; height: 0.75rem; margin-top: 0.375rem; appearance: none;
  border: 0; background: var(--rest); border-radius: 2px; overflow: hidden; }
progress::-webkit-progress-bar { background: var(--rest); }
progress::-webkit-progress-value { background: var(--bar); }
progress::-moz-progress-bar { background: var(--bar); }
details { margin: 0.5rem 0 1.25rem; }
summary { cursor: pointer; width: fit-content; }
a { color: var(--bar); }
:focus-visible { outline: 2px solid var(--bar); outline-offset: 2px; }
caption { text-align: left; color: var(--soft); padding: 0 0 0.35rem; }
nav { margin: 1rem 0; }
pre.said { white-space: pre-wrap; overflow-wrap: anywhere; }
@media print {
  :root { color-scheme: only light; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  .wide > table, .wide > svg { min-width: 0; }
  section, svg, tr, pre { break-inside: avoid; }
  h2, h3, summary { break-after: avoid; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  details > summary { list-style: none; }
  a { color: inherit; }
}
"""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(title: str, body: str, *, style: str = "", about: str = "") -> str:
    """Return a whole page.

    Parameters
    ----------
    title : str
        Plain text.
    body : str
        HTML.
    style : str, optional
        Style elements to add.
    about : str, optional
        What the page was made from; `is_about` finds it again.
    """
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f'<meta name="about" content="{escape(about)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n{style}</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def wide(html: str) -> str:
    """Return a table or plot that is scrolled sideways, by keyboard too, where the page is narrow."""
    return f'<div class="wide" tabindex="0">{html}</div>'


def is_about(text: str, about: str) -> bool:
    """Whether a page, or the beginning of one, was made from `about`."""
    return f'<meta name="about" content="{escape(about)}">' in text[:1000]


def file_name(student: str) -> str:
    """Return a file name for a student, without suffix, that is safe on every system and used by no one else.

    Examples
    --------
    >>> file_name("ana")
    'ana'
    >>> file_name("../ana")
    '_ana-b70672d7'
    """
    safe = re.sub(r"[^\w.@+-]+", "_", student).strip(".")[:80]
    if safe == student and not safe.startswith("-") and not _RESERVED.fullmatch(safe):
        return safe
    return f"{safe.lstrip('-')}-{hashlib.sha256(student.encode('utf-8', 'replace')).hexdigest()[:8]}"


_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # names of devices on Windows

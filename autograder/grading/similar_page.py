"""The page about submissions that have much in common: pairs, how much, and the passages side by side."""

from __future__ import annotations

from html import escape
from pathlib import Path

from .pages import page, wide
from .similarity import FEWEST, PASSAGE, SHARE, Found, Pair
from .tables import write_whole

SIMILARITY = "similarity.html"

_PASSAGES = 12  # of a pair, the longest

_STYLE = """<style>
body { max-width: 76rem; }
.beside { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0 0.75rem; }
.beside pre { margin: 0.3rem 0; }
@media screen and (max-width: 40rem) { .beside { grid-template-columns: minmax(0, 1fr); } }
</style>
"""


def write_similarity(folder: Path, unit: str, found: Found) -> Path:
    """Write ``similarity.html`` and return its path."""
    write_whole(folder / SIMILARITY, similarity_page(unit, found))
    return folder / SIMILARITY


def similarity_page(unit: str, found: Found) -> str:
    """Return the page as HTML."""
    parts = [
        f"<main>\n<h1>{escape(unit)}: code that submissions have in common</h1>",
        "<p><b>This is a hint where to look, not a verdict.</b> It cannot tell copying from working together "
        "where that is allowed, from a common source, or from chance. Read both submissions, and ask.</p>",
        f'<p class="soft">{_ABOUT}</p>',
        f"<p>{found.compared} submissions were compared; {found.short} have too little code of their own to "
        "say anything.</p>",
    ]
    if not found.pairs:
        parts.append(f"<p>No two of them have that much in common.</p>{_more(found)}")
    else:
        parts += [_table(found), *map(_pair, range(1, len(found.pairs) + 1), found.pairs)]
    return page(f"{unit} similarity", "\n".join([*parts, "</main>"]), style=_STYLE)


_ABOUT = (
    "Compared is what students have written: lines of the released notebook, comments, imports and the "
    "names of variables do not count, nor does what more than a few have. Fingerprints (Schleimer, "
    f"Wilkerson and Aiken, 2003) find passages wherever they stand. A pair is listed from {FEWEST} "
    f"common fingerprints on, about 100 words and signs, where they are at least {SHARE:.0%} of what one "
    f"of the two has, or where {PASSAGE} words and signs in a row agree. Right answers written apart "
    "stay far below that in our tests; an exercise with one natural way to write it comes nearer."
)


def _table(found: Found) -> str:
    rows = "".join(
        f'<tr><th scope="row"><a href="#pair-{number}">{_names(pair)}</a></th>'
        f'<td class="number">{pair.shared}</td><td class="number">{pair.shares[0]:.0%}</td>'
        f'<td class="number">{pair.shares[1]:.0%}</td><td class="number">{pair.longest}</td></tr>'
        for number, pair in enumerate(found.pairs, start=1)
    )
    heads = ("in common", "of the first", "of the second", "longest passage")
    columns = "".join(f'<th scope="col" class="number">{head}</th>' for head in heads)
    head = f'<tr><th scope="col">pair</th>{columns}</tr>'
    table = f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"
    return f"<h2>Pairs, those with the most in common first</h2>\n{wide(table)}{_more(found)}"


def _more(found: Found) -> str:
    return f'<p class="soft">{found.more} more pairs are not shown.</p>' if found.more else ""


def _pair(number: int, pair: Pair) -> str:
    longest = sorted(pair.passages, key=lambda passage: -len(passage[0]))[:_PASSAGES]
    shown = "".join(
        f"<pre><code>{escape(first)}</code></pre><pre><code>{escape(second)}</code></pre>"
        for first, second in (passage for passage in pair.passages if passage in longest)
    )
    left = len(pair.passages) - len(longest)
    rest = f'<p class="soft">{left} shorter passages are not shown.</p>' if left else ""
    heads = f"<b>{escape(pair.first)}</b><b>{escape(pair.second)}</b>"
    label = f'The passages side by side<span class="hidden">: {_names(pair)}</span>'
    return (
        f'<h2 id="pair-{number}">{_names(pair)}</h2>\n'
        f'<details><summary>{label}</summary>\n<div class="beside">{heads}{shown}</div>{rest}</details>'
    )


def _names(pair: Pair) -> str:
    return f"{escape(pair.first)} and {escape(pair.second)}"

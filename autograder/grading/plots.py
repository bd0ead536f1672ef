"""Plots for pages that run nothing: inline SVG, drawn in the page's own colours, light and dark.

Each has a text for readers who do not see it; the numbers themselves stand in a table beside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from .pages import wide

_WIDTH = 720
_LABELS = 12  # below an axis

STYLE = """<style>
svg.plot { display: block; width: 100%; height: auto; margin: 0.75rem 0; }
svg.plot text { fill: var(--soft); font-size: 13px;
  stroke: var(--back); stroke-width: 4px; paint-order: stroke; }
svg.plot .bar { fill: var(--bar); }
svg.plot .track { fill: var(--rest); }
svg.plot .axis { stroke: var(--soft); stroke-width: 1; }
svg.plot .grid { stroke: var(--line); stroke-width: 1; }
svg.plot .whisker { stroke: var(--bar); stroke-width: 2; }
svg.plot .strong { fill: var(--text); }
</style>
"""


def histogram(says: str, counts: Sequence[int], edges: Sequence[str], axis: str) -> str:
    """Return bars side by side.

    Parameters
    ----------
    says : str
        What the plot shows, for readers who do not see it.
    counts : sequence of int
        One for each bar.
    edges : sequence of str
        What stands below the borders between bars, one more than there are bars.
    axis : str
        What the horizontal axis measures, with its unit.
    """
    left, right, top, floor = 12.0, _WIDTH - 12.0, 22.0, 190.0
    step = (right - left) / len(counts)
    most = max(*counts, 1)
    parts = [_head(says, 236)]
    for position, count in enumerate(counts):
        x, height = left + position * step, (floor - top) * count / most
        between = f"{edges[position]} to {edges[position + 1]}: {count}"
        parts.append(
            f'<rect class="bar" x="{x + 1:.1f}" y="{floor - height:.1f}" width="{max(step - 2, 1):.1f}" '
            f'height="{height:.1f}"><title>{escape(between)}</title></rect>'
        )
        if count:
            parts.append(_text(x + step / 2, floor - height - 5, str(count), "middle", strong=True))
    parts.append(f'<line class="axis" x1="{left}" y1="{floor}" x2="{right}" y2="{floor}"/>')
    for position in range(0, len(edges), math.ceil(len(edges) / _LABELS)):
        anchor = "start" if position == 0 else "end" if position == len(edges) - 1 else "middle"
        parts.append(_text(left + position * step, floor + 17, edges[position], anchor))
    parts.append(_text((left + right) / 2, floor + 38, axis, "middle"))
    return wide("".join([*parts, "</svg>"]))


@dataclass(frozen=True)
class Line:
    """One line of `rates`.

    Parameters
    ----------
    name : str
    share : float or None
        From 0 to 1.
    value, low, high : float or None
        From -1 to 1, with the ends of its interval.
    """

    name: str
    share: float | None
    value: float | None
    low: float | None
    high: float | None


def rates(says: str, heads: tuple[str, str], lines: Sequence[Line]) -> str:
    """Return, line by line, a share as a bar and a number between -1 and 1 as a point with its interval.

    Parameters
    ----------
    says : str
        What the plot shows, for readers who do not see it.
    heads : tuple of str
        Of the two halves.
    lines : sequence of Line
    """
    row, top = 26, 34
    bars, points = (84.0, 360.0), (410.0, _WIDTH - 24.0)
    floor = top + row * len(lines)

    def at(number: float) -> float:
        return points[0] + (number + 1) / 2 * (points[1] - points[0])

    parts = [_head(says, floor + 26)]
    parts += [_text(bars[0], 16, heads[0], "start", strong=True)]
    parts += [_text(points[0], 16, heads[1], "start", strong=True)]
    for number in (-1.0, -0.5, 0.0, 0.5, 1.0):
        kind = "grid" if number else "axis"
        parts.append(
            f'<line class="{kind}" x1="{at(number)}" y1="{top - 6}" x2="{at(number)}" y2="{floor}"/>'
        )
        parts.append(_text(at(number), floor + 16, f"{number:g}".replace("-", "\N{MINUS SIGN}"), "middle"))
    for number in (0, 50, 100):
        x = bars[0] + number / 100 * (bars[1] - bars[0])
        parts.append(_text(x, floor + 16, f"{number}%", "middle"))
    for position, line in enumerate(lines):
        middle = top + row * position + row / 2
        parts.append(_text(0, middle + 4, line.name, "start", strong=True))
        parts.append(_bar(bars, middle, 1.0, "track"))
        if line.share is not None:
            parts.append(_bar(bars, middle, line.share, "bar"))
        if line.value is None or line.low is None or line.high is None:
            parts.append(_text(at(0.0) + 6, middle + 4, "too few, or all alike", "start"))
            continue
        parts.append(
            f'<line class="whisker" x1="{at(line.low):.1f}" y1="{middle}" x2="{at(line.high):.1f}" '
            f'y2="{middle}"/><circle class="bar" cx="{at(line.value):.1f}" cy="{middle}" r="5">'
            f"<title>{escape(line.name)}: {line.value:.2f}</title></circle>"
        )
    return wide("".join([*parts, "</svg>"]))


def _bar(ends: tuple[float, float], middle: float, share: float, kind: str) -> str:
    width = share * (ends[1] - ends[0])
    return f'<rect class="{kind}" x="{ends[0]}" y="{middle - 7}" width="{width:.1f}" height="14"/>'


def _head(says: str, height: int) -> str:
    label = escape(says)
    return f'<svg class="plot" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{label}">'


def _text(x: float, y: float, text: str, anchor: str, *, strong: bool = False) -> str:
    kind = ' class="strong"' if strong else ""
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'

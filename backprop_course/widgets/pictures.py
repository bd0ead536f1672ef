"""Pictures that can be read without being seen: a figure or a graph together with its description."""

from __future__ import annotations

import base64
import html
import io
from typing import Any

from ..engine.graph import Graph
from ._operations import from_graph
from .trace_graph import Trace, graph_to_dict

_INK, _SOFT, _LINE = "#1d2329", "#59636e", "#8b949e"


class Picture:
    """A drawing with an alternative text; made by `picture`.

    Attributes
    ----------
    svg, alt : str
    """

    def __init__(self, svg: str, alt: str) -> None:
        self.svg, self.alt = svg, alt

    def __repr__(self) -> str:
        return f"[picture] {self.alt}"

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.svg.encode()).decode()
        style = (
            "max-width: 100%; height: auto; background: white; padding: 4px"  # readable in a dark theme too
        )
        return f'<img alt="{html.escape(self.alt)}" style="{style}" src="data:image/svg+xml;base64,{data}">'


def picture(drawing: Any, *, alt: str) -> Picture:  # Any: a Graph or a matplotlib figure, which has no types
    """Show a graph or a figure with an alternative text, which notebooks otherwise leave out.

    Parameters
    ----------
    drawing : Graph or matplotlib figure
        A graph is drawn with its values, from left to right. A figure is closed, so that it is shown once.
    alt : str
        What there is to see, for those who do not see it; also the text form of the picture.

    Examples
    --------
    >>> from backprop_course import trace
    >>> from backprop_course.widgets import picture
    >>> picture(trace(lambda x: x * x, 3.0), alt="Two edges lead from x to its square.")
    [picture] Two edges lead from x to its square.
    """
    if isinstance(drawing, Graph):
        return Picture(_graph_svg(graph_to_dict(from_graph(drawing))), alt)
    from matplotlib import pyplot as plt  # takes long to import: only where there is a figure

    buffer = io.StringIO()
    drawing.savefig(buffer, format="svg")
    plt.close(drawing)
    return Picture(buffer.getvalue(), alt)


def _graph_svg(trace: Trace) -> str:
    """Draw the values of a trace and the edges between them."""
    left, top, width, height = _frame(trace)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"',
            f'  viewBox="{left} {top} {width} {height}" font-family="sans-serif" text-anchor="middle">',
            '<marker id="head" orient="auto" markerWidth="9" markerHeight="9" refX="8" refY="4.5"',
            f'  markerUnits="userSpaceOnUse" fill="{_SOFT}"><path d="M0 0L9 4.5L0 9z"/></marker>',
            *(_edge_svg(edge) for edge in trace["edges"]),
            *(_node_svg(node) for node in trace["nodes"]),
            "</svg>",
        ]
    )


def _frame(trace: Trace, margin: int = 8) -> tuple[int, int, int, int]:
    """Return left, top, width and height of what is drawn: boxes, and edges that pass around them."""
    corners = [
        (x + dx, y + dy) for x, y, w, h in (n["box"] for n in trace["nodes"]) for dx, dy in ((0, 0), (w, h))
    ]
    xs, ys = zip(*corners, *(point for edge in trace["edges"] for point in edge["curve"]), strict=True)
    left, top = round(min(xs)) - margin, round(min(ys)) - margin
    return left, top, round(max(xs)) + margin - left, round(max(ys)) + margin - top


def _edge_svg(edge: Trace) -> str:
    start, *rest = (f"{x:.1f} {y:.1f}" for x, y in edge["curve"])
    return f'<path d="M{start}C{" ".join(rest)}" fill="none" stroke="{_SOFT}" marker-end="url(#head)"/>'


def _node_svg(node: Trace) -> str:
    left, top, width, height = node["box"]
    middle, radius = left + width / 2, 6 if node["kind"] == "compute" else height / 2
    return (
        f'<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="{radius}" '
        f'fill="white" stroke="{_LINE}"/>'
        f'<text x="{middle}" y="{top + 0.42 * height}" font-size="13" fill="{_SOFT}">'
        f"{html.escape(''.join(node['label']))}</text>"
        f'<text x="{middle}" y="{top + 0.78 * height}" font-size="15" fill="{_INK}">'
        f"{html.escape(node['value'])}</text>"
    )

"""A graph as SVG: boxes with names, formulas and values, and an arrow wherever a value is used.

The picture has a white ground of its own, so that it reads in light and in dark pages.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .layout import Layout, Point, lay_out, turned
from .text import formula, number_text, value_text

if TYPE_CHECKING:
    from ..graph import Graph, GraphNode

INK, SOFT, LINE = "#1d2329", "#59636e", "#8b949e"
MARGIN = 10
PAGE = 1400.0  # CSS pixels: wider pictures have to be scrolled sideways in a notebook


def graph_svg(graph: Graph) -> str:
    """Draw a graph from left to right, and one that would be too wide for a page from top to bottom.

    Numbers that stand in a formula have no box of their own.
    """
    drawn = [node for node in graph.nodes if not _is_literal(node) or node.index == graph.output]
    place = {node.index: k for k, node in enumerate(drawn)}
    edges = [(place[i], place[node.index]) for node in drawn for i in node.inputs if i in place]
    rows = [(_label(node, graph.nodes), _value(node)) for node in drawn]
    sizes = [(max(56.0, 7.2 * len(label) + 18, 8.2 * len(value) + 18), 52.0) for label, value in rows]
    layout = lay_out(sizes, edges)
    if layout.width > PAGE:
        layout = turned(lay_out([(height, width) for width, height in sizes], edges))
    left, top, width, height = _frame(layout, sizes)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img"',
            f'  viewBox="{left} {top} {width} {height}" font-family="sans-serif" text-anchor="middle">',
            f"<title>{html.escape(_description(graph))}</title>",
            f'<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="6" fill="white"/>',
            '<marker id="head" orient="auto" markerWidth="9" markerHeight="9" refX="8" refY="4.5"',
            f'  markerUnits="userSpaceOnUse" fill="{SOFT}"><path d="M0 0L9 4.5L0 9z"/></marker>',
            *map(_edge, layout.curves),
            *map(_box, drawn, rows, layout.centres, sizes),
            "</svg>",
        ]
    )


def _is_literal(node: GraphNode) -> bool:
    return node.kind == "constant" and node.shape == () and not node.name.isidentifier()


def _label(node: GraphNode, nodes: Sequence[GraphNode]) -> str:
    """The name, and how it was computed where there is room."""
    if node.kind != "compute":
        return node.name
    operands = [
        number_text(float(nodes[i].value)) if _is_literal(nodes[i]) else nodes[i].name for i in node.inputs
    ]
    settings = ", ".join(f"{key}={item}" for key, item in node.params.items() if item is not None)
    rest = f" = {formula(node.function, operands, settings)}"
    return node.name + (rest if len(rest) <= 18 else f" = {node.function}(…)")


def _value(node: GraphNode) -> str:
    text = value_text(node.value)
    return text if len(text) <= 18 else value_text(node.value, limit=0)


def _description(graph: Graph) -> str:
    count = sum(node.kind == "compute" for node in graph.nodes)
    inputs = ", ".join(node.name for node in graph.nodes if node.kind == "input")
    output = graph.nodes[graph.output].name
    return f"Computation graph of {count} operations from {inputs or 'constants'} to {output}"


def _frame(layout: Layout, sizes: Sequence[Point]) -> tuple[int, int, int, int]:
    """Left, top, width and height of all boxes and of the edges that pass around them."""
    boxes = list(zip(layout.centres, sizes, strict=True))
    xs = [x + side * w / 2 for (x, _), (w, _) in boxes for side in (-1, 1)] + [
        x for c in layout.curves for x, _ in c
    ]
    ys = [y + side * h / 2 for (_, y), (_, h) in boxes for side in (-1, 1)] + [
        y for c in layout.curves for _, y in c
    ]
    left, top = round(min(xs)) - MARGIN, round(min(ys)) - MARGIN
    return left, top, round(max(xs)) + MARGIN - left, round(max(ys)) + MARGIN - top


def _edge(curve: Sequence[Point]) -> str:
    start, *rest = (f"{x:.1f} {y:.1f}" for x, y in curve)
    return f'<path d="M{start}C{" ".join(rest)}" fill="none" stroke="{SOFT}" marker-end="url(#head)"/>'


def _box(node: GraphNode, row: tuple[str, str], centre: Point, size: Point) -> str:
    (x, y), (width, height), (label, value) = centre, size, row
    radius = 6 if node.kind == "compute" else height / 2
    dashes = ' stroke-dasharray="4 3"' if node.kind == "constant" else ""
    return (
        f'<rect x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width:.1f}" height="{height}" '
        f'rx="{radius}" fill="white" stroke="{LINE}"{dashes}/>'
        f'<text x="{x:.1f}" y="{y - 4:.1f}" font-size="13" fill="{SOFT}">{html.escape(label)}</text>'
        f'<text x="{x:.1f}" y="{y + 15:.1f}" font-size="15" fill="{INK}">{html.escape(value)}</text>'
    )

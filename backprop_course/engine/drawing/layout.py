"""Where the boxes of a graph go: layered, left to right, few crossings, straight long edges.

Sugiyama's four steps in their simplest form: longest-path layers, a waypoint in every layer that an edge
passes, order within a layer by barycentres, then heights by least squares that keep the order. Lengths are in
CSS pixels. Nothing here knows what a node means.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]
Box = tuple[Point, Point]  # centre, (width, height)

COLUMN_GAP = 48.0  # between the boxes of neighbouring layers: room for an arrow
ROW_GAP = 34.0  # between the boxes of one layer: room for a label
LANE = 26.0  # height that a passing edge is given
MARGIN = 28.0
PORT = 15.0  # between the arrow heads that arrive at one box


@dataclass(frozen=True)
class Layout:
    """Centres of the boxes; a curve for each edge, the centres of its label and its note; the size of it all.

    A curve is a chain of cubic Bézier pieces: a start point, then three points for each piece.
    """

    centres: list[Point]
    curves: list[list[Point]]
    labels: list[Point]
    notes: list[Point]
    width: float
    height: float


def lay_out(
    sizes: Sequence[Point],
    edges: Sequence[tuple[int, int]],
    labels: Sequence[Point] = (),
    notes: Sequence[Point] = (),
) -> Layout:
    """Place boxes of the given sizes so that every edge runs to the right.

    Parameters
    ----------
    sizes : sequence of (width, height)
        One for each node, in topological order.
    edges : sequence of (source, target)
        Indices into `sizes`, ``source < target``; parallel edges are kept apart.
    labels, notes : sequences of (width, height), optional
        Room to look for beside each edge. Labels are shown one at a time, notes together; of width 0 where
        there is none.
    """
    if not sizes:
        return Layout([], [], [], [], 2 * MARGIN, 2 * MARGIN)
    layer = layers(len(sizes), edges)
    boxes, segments, passages = _with_waypoints(sizes, edges, layer)
    columns = _ordered(layer, segments, len(boxes))
    ys = _heights(columns, segments, [height for _, height in boxes], len(sizes))
    xs = _column_centres(columns, boxes, _gaps(columns, edges, layer, notes))
    centres = [(xs[layer[node]], ys[node]) for node in range(len(boxes))]
    widths = [max(boxes[node][0] for node in column) for column in columns]
    for node in range(len(sizes), len(boxes)):  # a passing edge crosses its whole column level
        boxes[node] = (widths[layer[node]], LANE)
    curves = _curves(edges, passages, centres, boxes)
    placed = list(zip(centres[: len(sizes)], sizes, strict=True))
    labelled = [(_free_spot(curve, room, placed), room) for curve, room in zip(curves, labels, strict=False)]
    noted: list[Box] = []
    for curve, room in zip(curves, notes, strict=False):
        others = [box for box in noted if box[1][0]]
        noted.append((_free_spot(curve, room, [*placed, *others]) if room[0] else curve[0], room))
    return _moved_into_view(placed, curves, labelled, noted)


def turned(layout: Layout) -> Layout:
    """The same from top to bottom, when the boxes' widths and heights were exchanged before."""

    def exchanged(points: Iterable[Point]) -> list[Point]:
        return [(y, x) for x, y in points]

    return Layout(
        exchanged(layout.centres),
        [exchanged(curve) for curve in layout.curves],
        exchanged(layout.labels),
        exchanged(layout.notes),
        layout.height,
        layout.width,
    )


def layers(n: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Give each node its layer: one more than its deepest input; a leaf stands right before its first use."""
    inputs: list[list[int]] = [[] for _ in range(n)]
    uses: list[list[int]] = [[] for _ in range(n)]
    for source, target in edges:
        inputs[target].append(source)
        uses[source].append(target)
    layer = [0] * n
    for node in range(n):
        layer[node] = max((layer[source] + 1 for source in inputs[node]), default=0)
    for node in range(n):
        if not inputs[node] and uses[node]:
            layer[node] = min(layer[target] for target in uses[node]) - 1
    return layer


def _with_waypoints(
    sizes: Sequence[Point], edges: Sequence[tuple[int, int]], layer: list[int]
) -> tuple[list[Point], list[tuple[int, int]], list[list[int]]]:
    """Cut every edge into segments between neighbouring layers; `layer` grows by the waypoints."""
    boxes = list(sizes)
    segments: list[tuple[int, int]] = []
    passages: list[list[int]] = []
    for source, target in edges:
        waypoints = []
        for column in range(layer[source] + 1, layer[target]):
            waypoints.append(len(boxes))
            boxes.append((0.0, LANE))
            layer.append(column)
        segments.extend(pairwise([source, *waypoints, target]))
        passages.append(waypoints)
    return boxes, segments, passages


def _ordered(layer: list[int], segments: list[tuple[int, int]], n: int) -> list[list[int]]:
    """Order the nodes of each layer: barycentre sweeps forth and back; the fewest crossings win."""
    columns: list[list[int]] = [[] for _ in range(max(layer) + 1)]
    for node in range(n):
        columns[layer[node]].append(node)
    left, right = _neighbours(n, segments)
    best, fewest = [list(column) for column in columns], _crossings(columns, segments, layer)
    for sweep in range(12):
        forth = sweep % 2 == 0
        beside = left if forth else right
        for column in columns if forth else reversed(columns):
            place = {node: i for nodes in columns for i, node in enumerate(nodes)}
            centre = {
                v: sum(place[u] for u in beside[v]) / len(beside[v]) if beside[v] else place[v]
                for v in column
            }
            column.sort(key=lambda node, centre=centre: centre[node])  # type: ignore[misc]  # a default argument
        crossings = _crossings(columns, segments, layer)
        if crossings < fewest:
            best, fewest = [list(column) for column in columns], crossings
    return best


def _neighbours(n: int, segments: list[tuple[int, int]]) -> tuple[list[list[int]], list[list[int]]]:
    left: list[list[int]] = [[] for _ in range(n)]
    right: list[list[int]] = [[] for _ in range(n)]
    for source, target in segments:
        right[source].append(target)
        left[target].append(source)
    return left, right


def _crossings(columns: list[list[int]], segments: list[tuple[int, int]], layer: list[int]) -> int:
    place = {node: i for column in columns for i, node in enumerate(column)}
    between: dict[int, list[tuple[int, int]]] = {}
    for source, target in segments:
        between.setdefault(layer[source], []).append((place[source], place[target]))
    return sum(
        (a - c) * (b - d) < 0
        for ends in between.values()
        for i, (a, b) in enumerate(ends)
        for c, d in ends[:i]
    )


def _heights(
    columns: list[list[int]], segments: list[tuple[int, int]], height: list[float], n: int
) -> list[float]:
    """Line every node up with its neighbours on one side, then the other, without changing the order.

    Computed nodes follow computed ones, so that the main chain is straight; waypoints and leaves follow it.
    """
    left, right = _neighbours(len(height), segments)
    y = [0.0] * len(height)
    for column in columns:
        for i, node in enumerate(column):
            y[node] = i * (max(height) + ROW_GAP)

    def rank(node: int) -> int:
        return 1 if node >= n else 2 if not left[node] else 0

    def wanted(node: int, beside: list[int]) -> float:
        best = min(map(rank, beside), default=3)
        chosen = [y[u] for u in beside if rank(u) == best]
        return sum(chosen) / len(chosen) if best < 2 else y[node]

    for sweep in range(16):
        forth = sweep % 2 == 0
        beside = left if forth else right
        for column in columns if forth else reversed(columns):
            apart = [(height[a] + height[b]) / 2 + ROW_GAP for a, b in pairwise(column)]
            weights = [(1.0, 0.02, 0.0004)[rank(node)] for node in column]
            moved = spread([wanted(node, beside[node]) for node in column], apart, weights)
            for node, value in zip(column, moved, strict=True):
                y[node] = value
    return y


def spread(wanted: Sequence[float], apart: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Return the numbers nearest to `wanted` (weighted least squares) that keep the distances `apart`.

    Pool-adjacent-violators, after the shift that turns the distances into "not decreasing"; Barlow,
    Bartholomew, Bremner & Brunk, *Statistical Inference under Order Restrictions* (1972), ch. 1.
    """
    shift = [0.0]
    for distance in apart:
        shift.append(shift[-1] + distance)
    pools: list[tuple[float, float, int]] = []  # mean, weight, size
    for value, offset, w in zip(wanted, shift, weights, strict=False):
        mean, weight, size = value - offset, w, 1
        while pools and pools[-1][0] > mean:
            other, heavy, count = pools.pop()
            mean = (mean * weight + other * heavy) / (weight + heavy)
            weight, size = weight + heavy, size + count
        pools.append((mean, weight, size))
    flat = [mean for mean, _, size in pools for _ in range(size)]
    return [mean + offset for mean, offset in zip(flat, shift, strict=False)]


def _gaps(
    columns: list[list[int]], edges: Sequence[tuple[int, int]], layer: list[int], notes: Sequence[Point]
) -> list[float]:
    """Widen the gap after a column until the notes of the edges that leave it fit there."""
    gaps = [COLUMN_GAP] * len(columns)
    for (source, _), (width, _height) in zip(edges, notes, strict=False):
        gaps[layer[source]] = max(gaps[layer[source]], width + 14)
    return gaps


def _column_centres(columns: list[list[int]], boxes: list[Point], gaps: list[float]) -> list[float]:
    centres, x = [], 0.0
    for column, gap in zip(columns, gaps, strict=True):
        width = max(boxes[node][0] for node in column)
        centres.append(x + width / 2)
        x += width + gap
    return centres


def _curves(
    edges: Sequence[tuple[int, int]], passages: list[list[int]], centres: list[Point], boxes: list[Point]
) -> list[list[Point]]:
    curves = []
    ports = _ports(edges, passages, centres, boxes)
    for edge, (source, target) in enumerate(edges):
        stops = [(centres[source][0] + boxes[source][0] / 2, centres[source][1])]
        for node in passages[edge]:
            x, y = centres[node]
            stops += [(x - boxes[node][0] / 2, y), (x + boxes[node][0] / 2, y)]
        stops.append((centres[target][0] - boxes[target][0] / 2, centres[target][1] + ports[edge]))
        curve = [stops[0]]
        for (x0, y0), (x1, y1) in pairwise(stops):
            middle = (x0 + x1) / 2
            curve += [(middle, y0), (middle, y1), (x1, y1)]
        curves.append(curve)
    return curves


def _ports(
    edges: Sequence[tuple[int, int]], passages: list[list[int]], centres: list[Point], boxes: list[Point]
) -> list[float]:
    """Spread the edges that arrive at one box along its side; one that comes level stays level."""
    offset = [0.0] * len(edges)
    arriving: dict[int, list[int]] = {}
    for edge, (_, target) in enumerate(edges):
        arriving.setdefault(target, []).append(edge)
    for target, group in arriving.items():
        comes_from = {e: centres[(passages[e] or [edges[e][0]])[-1]][1] - centres[target][1] for e in group}
        group.sort(key=lambda e, comes_from=comes_from: (comes_from[e], e))  # type: ignore[misc]  # a default argument
        heights = [comes_from[e] for e in group]
        level = [i for i, dy in enumerate(heights) if abs(dy) < 4 and heights.count(dy) == 1]
        pivot = level[0] if level else (len(group) - 1) / 2
        port = min(PORT, (boxes[target][1] - 12) / (2 * max(pivot, len(group) - 1 - pivot, 1)))
        for i, edge in enumerate(group):
            offset[edge] = (i - pivot) * port + (heights[level[0]] if level else 0.0)
    return offset


def _free_spot(curve: list[Point], room: Point, taken: Sequence[Box]) -> Point:
    """Find the spot nearest to the middle of the curve's first piece where a label covers nothing."""
    x, y = (curve[0][0] + curve[3][0]) / 2, (curve[0][1] + curve[3][1]) / 2
    reach = [0.0] + [sign * step for step in range(3, 240, 3) for sign in (-1.0, 1.0)]
    return x, y + next(
        (dy for dy in reach if not any(_overlap((x, y + dy), room, box) for box in taken)), 0.0
    )


def _overlap(spot: Point, room: Point, box: Box) -> bool:
    (x, y), (width, height) = box
    return abs(spot[0] - x) < (room[0] + width) / 2 and abs(spot[1] - y) < (room[1] + height) / 2 + 3


def _moved_into_view(
    nodes: list[Box], curves: list[list[Point]], labels: list[Box], notes: list[Box]
) -> Layout:
    # A curve lies within its control points; those of a long edge may pass around all boxes.
    boxes = [*nodes, *labels, *notes, *((point, (0.0, 0.0)) for curve in curves for point in curve)]
    left = min(x - width / 2 for (x, _), (width, _) in boxes) - MARGIN / 2
    top = min(y - height / 2 for (_, y), (_, height) in boxes) - MARGIN / 2
    right = max(x + width / 2 for (x, _), (width, _) in boxes) + MARGIN / 2
    bottom = max(y + height / 2 for (_, y), (_, height) in boxes) + MARGIN / 2

    def moved(points: Iterable[Point]) -> list[Point]:
        return [(round(x - left, 1), round(y - top, 1)) for x, y in points]

    return Layout(
        centres=moved(at for at, _ in nodes),
        curves=[moved(curve) for curve in curves],
        labels=moved(at for at, _ in labels),
        notes=moved(at for at, _ in notes),
        width=round(right - left, 1),
        height=round(bottom - top, 1),
    )

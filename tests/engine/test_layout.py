"""Where boxes and edges go: properties that make a graph readable."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_course.engine.drawing.layout import Layout, lay_out, layers, spread

BOX = (90.0, 66.0)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    """Up to forty nodes; each may use any earlier ones, twice if it likes."""
    n = draw(st.integers(1, 40))
    edges = []
    for target in range(1, n):
        for source in draw(st.lists(st.integers(0, target - 1), max_size=3)):
            edges.append((source, target))
    return n, edges


def placed(n: int, edges: list[tuple[int, int]]) -> Layout:
    return lay_out([BOX] * n, edges, labels=[(180.0, 24.0)] * len(edges), notes=[(60.0, 14.0)] * len(edges))


@given(graphs())
def test_no_two_boxes_overlap_and_all_are_in_view(graph: tuple[int, list[tuple[int, int]]]) -> None:
    layout = placed(*graph)
    for (ax, ay), (bx, by) in combinations(layout.centres, 2):
        assert abs(ax - bx) >= BOX[0] or abs(ay - by) >= BOX[1]
    for x, y in layout.centres:
        assert BOX[0] / 2 <= x <= layout.width - BOX[0] / 2
        assert BOX[1] / 2 <= y <= layout.height - BOX[1] / 2


@given(graphs())
def test_an_edge_that_passes_around_all_boxes_is_in_view(graph: tuple[int, list[tuple[int, int]]]) -> None:
    layout = placed(*graph)
    for x, y in (point for curve in layout.curves for point in curve):
        assert 10 <= x <= layout.width - 10  # room for the stroke and the arrow's head
        assert 10 <= y <= layout.height - 10


@given(graphs())
def test_every_edge_runs_to_the_right_from_box_to_box(graph: tuple[int, list[tuple[int, int]]]) -> None:
    n, edges = graph
    layout = placed(n, edges)
    for (source, target), curve in zip(edges, layout.curves, strict=True):
        stops = curve[::3]
        assert all(a[0] < b[0] for a, b in pairwise(stops))
        assert stops[0][0] == pytest.approx(layout.centres[source][0] + BOX[0] / 2, abs=0.2)  # rounded to 0.1
        assert stops[-1][0] == pytest.approx(layout.centres[target][0] - BOX[0] / 2, abs=0.2)
        assert abs(stops[-1][1] - layout.centres[target][1]) < BOX[1] / 2


@given(graphs())
def test_edges_pass_between_boxes(graph: tuple[int, list[tuple[int, int]]]) -> None:
    n, edges = graph
    layout = placed(n, edges)
    for (source, target), curve in zip(edges, layout.curves, strict=True):
        for (left, y), (right, _) in pairwise(curve[::3]):
            for node, (x, cy) in enumerate(layout.centres):
                if node not in (source, target) and left + 1 < x < right - 1 and y == curve[::3][0][1]:
                    assert abs(cy - y) > BOX[1] / 2


@given(graphs())
def test_layers_grow_along_edges_and_a_leaf_stands_beside_its_first_use(
    graph: tuple[int, list[tuple[int, int]]],
) -> None:
    n, edges = graph
    layer = layers(n, edges)
    assert all(layer[source] < layer[target] for source, target in edges)
    for leaf in set(range(n)) - {target for _, target in edges}:
        uses = [layer[target] for source, target in edges if source == leaf]
        assert not uses or layer[leaf] == min(uses) - 1


def test_a_chain_is_straight_and_leaves_give_way() -> None:
    layout = lay_out([BOX] * 6, [(0, 2), (1, 2), (2, 4), (3, 4), (4, 5)])
    assert layout.centres[2][1] == layout.centres[4][1] == layout.centres[5][1]


def test_parallel_edges_are_kept_apart() -> None:
    first, second = lay_out([BOX] * 2, [(0, 1), (0, 1)]).curves
    assert abs(first[-1][1] - second[-1][1]) >= 10


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=8), st.floats(0, 30))
def test_spread_keeps_distances_and_moves_nothing_without_need(wanted: list[float], gap: float) -> None:
    apart = [gap] * (len(wanted) - 1)
    found = spread(wanted, apart, [1.0] * len(wanted))
    assert all(b - a >= gap - 1e-9 for a, b in pairwise(found))
    assert np.mean(found) == pytest.approx(np.mean(wanted), abs=1e-9)  # least squares keeps the mean
    if all(b - a >= gap for a, b in pairwise(wanted)):
        assert found == pytest.approx(wanted)


def test_nothing_to_place_is_no_error() -> None:
    assert lay_out([], []).centres == []

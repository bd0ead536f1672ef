"""NB07, continued: the order of a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..exercise import Exercise, Piece
from ..instances import made
from ..mistakes import Kind
from ..reference import values_of

ROOT_FIRST = Kind(
    "root-first",
    "the root comes first instead of last",
    "A node stands before the nodes that it is made from.",
    "The list is in the order of the walk back, or nodes are put into it on the way in.",
    "A node enters the list when all nodes that it is made from are in it: on the way out, not on the way "
    "in. The walk back reverses the list later.",
    "NB07.W3",
)
BY_DISTANCE = Kind(
    "by-distance",
    "the nodes are sorted by when they are first reached from the root",
    "Chains come out right; where a short and a long path meet, a node stands before one it is made from.",
    "The order of a search is taken for a topological order.",
    "Reversing the order in which a search first meets the nodes is not enough: a node reached by a short "
    "path may be needed by one on a longer path. A node comes after all that it is made from.",
    "NB07.W3",
)
LISTED_TWICE = Kind(
    "listed-twice",
    "a node that is used twice is listed twice",
    "Some nodes stand in the list several times.",
    "Nobody remembers which nodes were seen.",
    "There are as many ways to a node as there are paths from the root. Keep a set of the nodes that were "
    "visited, and leave at once when one of them comes up again.",
    "NB07.W3",
)
LEFT_OUT = Kind(
    "nodes-left-out",
    "leaves or the root are left out",
    "Some nodes that the root is made from are not in the list, or the root itself is not.",
    "A case at the edge of the graph is treated apart.",
    "A leaf is a node like any other: it is made from nothing, so nothing has to come before it. The root "
    "is a node too.",
    "NB07.W3",
)
TOO_DEEP = Kind(
    "too-deep",
    "the search calls itself once for each node on a path",
    "A long chain of operations ends in a RecursionError.",
    "Python's own stack serves as the memory of the search.",
    "A chain of many thousand operations is ordinary, and Python's calls nest a thousand deep. Keep the "
    "nodes that wait in a list of your own, each with whether its parents have been seen to.",
    "NB07.W4",
)


def after_parents(root: Any) -> list[Any]:
    """Return all nodes, each after those it is made from, without recursion."""
    order, seen, waiting = [], set(), [(root, False)]
    while waiting:
        node, parents_done = waiting.pop()
        if parents_done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            waiting.append((node, True))
            waiting += [(parent, False) for parent in reversed(node._prev)]
    return order


def on_the_way_in(root: Any) -> list[Any]:
    """Return all nodes as a search along each path first meets them."""
    seen: list[Any] = []

    def visit(node: Any) -> None:
        if node not in seen:
            seen.append(node)
            for parent in node._prev:
                visit(parent)

    visit(root)
    return seen


def level_by_level(root: Any) -> list[Any]:
    """Return all nodes by their distance from the root."""
    seen = [root]
    for node in seen:  # grows while it is read
        seen += [parent for parent in dict.fromkeys(node._prev) if parent not in seen]
    return seen


def _recursive(root: Any, *, remember: bool = True) -> list[Any]:
    order: list[Any] = []
    seen = set()

    def visit(node: Any) -> None:
        if id(node) not in seen:
            if remember:
                seen.add(id(node))
            for parent in node._prev:
                visit(parent)
            order.append(node)

    visit(root)
    return order


# Graphs: each node's parents, in an order in which they can be made; the root comes last.
MEETING = ((), (), (0, 1), (2, 0), (3,), (2, 4), (5, 3, 0))
WIDE = ((), (), (), (0, 1), (1, 2), (3, 4), (5, 3), (6, 2), (4, 7, 1))
_UNUSED = ((), (), (0, 1), (0,), (2, 2), (4, 0))
DIAMOND = ((), (0,), (0,), (1, 2))


def _numbered(shape: tuple[tuple[int, ...], ...]) -> Callable[[np.random.Generator], dict[str, Any]]:
    """Return a draw of names for the nodes of a graph, so that numbers do not tell the order."""

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        name = rng.permutation(len(shape)).tolist()
        parents = {name[i]: tuple(name[p] for p in prev) for i, prev in enumerate(shape)}
        return {"parents": parents, "root": name[-1]}

    return draw


def _sorted(parents: dict[int, tuple[int, ...]], root: int) -> list[int]:
    needed, waiting = set(), [root]
    while waiting:
        needed.add(node := waiting.pop())
        waiting += parents[node]
    return [node for node in parents if node in needed]


def _is_an_order(got: Any, right: Any, parents: dict[int, tuple[int, ...]]) -> str:
    order = np.ravel(got).tolist()
    if -1 in order or set(order) - set(right.tolist()):
        return "there is something in it that the root is not made from"
    if len(set(order)) < len(order):
        return "a node stands in it twice"
    if len(order) < len(right):
        return "a node is missing"
    place = {node: i for i, node in enumerate(order)}
    if any(place[p] > place[node] for node in order for p in parents[node]):
        return "a node stands before one that it is made from"
    return ""


build_topo = Exercise(
    id="NB07.E03",
    points=3,
    see="NB07.W3",
    shares={"order": 2.0},
    pieces=[
        Piece(
            answer="build_topo(root)",
            uses=("Tensor",),
            probe="nb07.ordered(parents, root) -> order",
            reference=values_of(_sorted),
            accepts={"order": _is_an_order},
            instances=made(
                _numbered(MEETING),
                _numbered(WIDE),
                there_is_a_diamond=_numbered(DIAMOND),
                one_node_is_used_twice_and_another_not_at_all=_numbered(_UNUSED),
                the_root_is_a_leaf=_numbered(((),)),
            ),
            mistakes=[
                ROOT_FIRST(on_the_way_in),
                ROOT_FIRST(level_by_level),
                ROOT_FIRST(lambda root: after_parents(root)[::-1]),
                BY_DISTANCE(lambda root: on_the_way_in(root)[::-1]),
                BY_DISTANCE(lambda root: level_by_level(root)[::-1]),
                LISTED_TWICE(lambda root: _recursive(root, remember=False)),
                LEFT_OUT(lambda root: [node for node in after_parents(root) if node._prev]),
                LEFT_OUT(lambda root: after_parents(root)[:-1]),
            ],
        ),
        Piece(
            answer="build_topo(root)",
            uses=("Tensor",),
            probe="nb07.deep(length) -> count, in_order",
            reference=values_of(lambda length: (length, True)),
            instances=made(lambda rng: {"length": 20_000}, lambda rng: {"length": 6_000}),
            time_limit=10.0,  # looking a node up in a list is slow, and right
            see="NB07.W4",
            mistakes=[TOO_DEEP(_recursive)],
        ),
    ],
)

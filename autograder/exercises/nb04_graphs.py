"""NB04: the order of a graph, and the walk back through it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from ..exercise import Exercise, Piece
from ..instances import made
from ..mistakes import M10, M11, M12, Kind
from ..reference import values_of

PARENTS_LATER = Kind(
    "parents-later",
    "a node is listed when it is reached, not when its parents are done",
    "A node stands before one of its parents.",
    "The node is added at the wrong moment of the walk.",
    "A node may be listed only when all its parents are. In a walk along the parents it is added on the "
    "way back, not on the way in.",
    "NB04.W4",
)
TURNED_ROUND = Kind(
    "turned-round",
    "the order is turned round",
    "Every node stands before its parents.",
    "Forward and backward order are exchanged.",
    "What is asked for is the order of the forward pass: inputs first, the loss last. The backward pass "
    "reads the same list from its end.",
    "NB04.W4",
)
AS_GIVEN = Kind(
    "as-given",
    "the nodes are listed as they were handed over",
    "The order is that of the keys, or their alphabetical one.",
    "The edges are not looked at.",
    "The keys of the graph may come in any order, and names mean nothing. Only the edges say what comes "
    "first.",
    "NB04.W4",
)
RECURSIVE = Kind(
    "too-deep",
    "the walk calls itself, and goes too deep",
    "A long chain ends in a RecursionError.",
    "Python limits how deep calls may be nested.",
    "A graph of a long loop is deeper than Python lets functions call themselves. Keep the nodes that are "
    "still to be done in a list of your own.",
    "NB04.W4",
)
CYCLE_UNNOTICED = Kind(
    "cycle-unnoticed",
    "a cycle is not noticed",
    "Something is returned where no order exists.",
    "A special case is not looked at.",
    "In a cycle every node waits for another one. If nodes are left over and none of them is ready, there is "
    "no order: say so with an error.",
    "NB04.W4",
)
SLOPES_OF_ANOTHER = Kind(
    "slopes-of-another-edge",
    "the local slopes of a node are paired with the wrong parents",
    "The numbers are right for nodes with one parent, and exchanged elsewhere.",
    "Two lists are read in different orders.",
    "The first slope of a node belongs to its first parent, the second to the second.",
    "NB04.W4",
)
FIRST_EDGE_ONLY = Kind(
    "one-parent-served",
    "only one parent of each node gets its share",
    "Whole branches of the graph stay at 0.",
    "A loop over the parents is missing or ends too early.",
    "Going back, a node sends its bar along every edge that enters it: to each of its parents.",
    "NB04.W4",
)

Parents: TypeAlias = Mapping[Any, tuple[Any, ...]]


def _order(parents: Parents) -> list[Any]:
    """Return a topological order by taking away what is ready (Kahn's way)."""
    waiting = {node: len(above) for node, above in parents.items()}
    users: dict[Any, list[Any]] = {node: [] for node in parents}
    for node, above in parents.items():
        for parent in above:
            users[parent].append(node)
    ready = [node for node, count in waiting.items() if count == 0]
    order = []
    while ready:
        order.append(ready.pop())
        for user in users[order[-1]]:
            waiting[user] -= 1
            if waiting[user] == 0:
                ready.append(user)
    if len(order) < len(parents):
        raise ValueError("there is a cycle")
    return order


def _valid(got: Any, parents: Parents) -> bool | str:
    if sorted(got) != sorted(parents):
        return "not every node is listed exactly once"
    place = {node: i for i, node in enumerate(got)}
    if all(place[parent] < place[node] for node, above in parents.items() for parent in above):
        return True
    return "a node is listed before one of its parents"


def _walk(*, early: bool = False, start: Any = list) -> Callable[..., list[Any]]:
    """Return the recursive walk along the parents, or one with a slip in it."""

    def topological_order(parents: Parents) -> list[Any]:
        order: list[Any] = []
        seen = set()

        def visit(node: Any) -> None:
            if node in seen:
                return
            seen.add(node)
            if early:
                order.append(node)
            for parent in parents[node]:
                visit(parent)
            if not early:
                order.append(node)

        for node in start(parents):
            visit(node)
        return order

    return topological_order


def _behind_the_first_parent(parents: Parents) -> list[Any]:
    """List a node as soon as one of its parents is listed."""
    order = [node for node, above in parents.items() if not above]
    users: dict[Any, list[Any]] = {node: [] for node in parents}
    for node, above in parents.items():
        for parent in dict.fromkeys(above):
            users[parent].append(node)
    seen = set(order)
    for node in order:
        reached = [user for user in users[node] if user not in seen]
        seen.update(reached)
        order += reached
    if len(order) < len(parents):
        raise ValueError("there is a cycle")
    return order


def _graph(rng: np.random.Generator, n: int) -> dict[str, Any]:
    """Draw a graph in which every node but the inputs has two parents, some of them the same one twice."""
    names = [f"n{i}" for i in rng.permutation(n)]
    parents: dict[str, tuple[str, ...]] = {}
    for i, name in enumerate(names):
        if i < 2:
            parents[name] = ()
        else:
            # The node before, so that all have a use but the last; and any other one.
            parents[name] = (names[i - 1], names[int(rng.integers(i))])
    return {name: parents[name] for name in rng.permutation(names).tolist()}


def _two_roots(parents: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return the graph with two more nodes that nobody uses, one of them without parents."""
    some = next(iter(parents))
    return {"spare": (), **parents, "other": (some, some)}


def _several_roots(n: int) -> Callable[[np.random.Generator], dict[str, Any]]:
    """Draw until no slip gives a valid order by luck."""

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        while True:
            parents = _two_roots(_graph(rng, n))
            wrong = [slip(parents) for _, slip in _SLIPS]
            if not any(_valid(order, parents) is True for order in wrong):
                return {"parents": parents}

    return draw


def _diamond(rng: np.random.Generator) -> dict[str, Any]:
    a, b, c, d = (f"n{i}" for i in rng.permutation(4))
    return {"parents": {d: (b, c), b: (a,), a: (), c: (a,)}}


_SLIPS: list[tuple[Kind, Callable[[Parents], list[Any]]]] = [
    (PARENTS_LATER, _walk(early=True)),
    (PARENTS_LATER, lambda parents: _walk(early=True, start=lambda p: list(p)[::-1])(parents)),
    (PARENTS_LATER, _behind_the_first_parent),
    (TURNED_ROUND, lambda parents: _order(parents)[::-1]),
    (TURNED_ROUND, lambda parents: _walk()(parents)[::-1]),
    (AS_GIVEN, lambda parents: list(parents)),
    (AS_GIVEN, lambda parents: list(parents)[::-1]),
    (AS_GIVEN, lambda parents: sorted(parents)),
]


def _cycle(*, behind: int) -> Callable[[np.random.Generator], dict[str, Any]]:
    def draw(rng: np.random.Generator) -> dict[str, Any]:
        parents = _graph(rng, 5)
        some = list(parents)[int(rng.integers(5))]
        ring = {f"r{i}": (f"r{(i + 1) % behind}", some) for i in range(behind)}
        return {"kind": "ValueError", "parents": {**ring, **parents}}

    return draw


topological_order = Exercise(
    id="NB04.E05",
    points=3,
    see="NB04.W4",
    pieces=[
        Piece(
            answer="topological_order(parents) -> order",
            reference=values_of(_order),
            accepts={"order": lambda got, parents: _valid(got, parents)},
            instances=made(_several_roots(8), _several_roots(11), the_graph_is_a_diamond=_diamond),
            mistakes=[kind(slip) for kind, slip in _SLIPS],
        ),
        Piece(
            answer="topological_order(parents) -> order",
            probe="nb04.chain(n, seed) -> chain",
            reference=values_of(lambda n: list(range(n))),
            instances=made(
                lambda rng: {"n": 1200, "seed": int(rng.integers(1 << 30))},
                lambda rng: {"n": 1300, "seed": int(rng.integers(1 << 30))},
            ),
            time_limit=10.0,
            mistakes=[RECURSIVE(_walk()), TURNED_ROUND(lambda parents: _order(parents)[::-1])],
        ),
        Piece(
            answer="topological_order(parents) -> order",
            probe="common.raises(kind, parents) -> cycle",
            reference=values_of(lambda: "ValueError"),
            instances=made(_cycle(behind=3), _cycle(behind=2), a_node_is_its_own_parent=_cycle(behind=1)),
            mistakes=[CYCLE_UNNOTICED(_walk()), CYCLE_UNNOTICED(lambda parents: list(parents))],
        ),
    ],
)


def _back(
    start: Callable[[float], float] = lambda seed: seed,
    share: Callable[[float, float], float] = lambda bar, slope: bar * slope,
    add: Callable[[float, float], float] = lambda before, new: before + new,
    edges: Callable[..., Any] = lambda above, slopes: list(zip(above, slopes, strict=True)),
    visited: Callable[[list[Any], Parents], list[Any]] = lambda order, parents: order[::-1],
) -> Any:
    """Return the walk back, or one with a slip in it."""

    def graph_backward(order: Any, parents: Parents, local_grads: Any, seed: float) -> dict[Any, float]:
        bars = dict.fromkeys(order, 0.0)
        bars[order[-1]] = start(seed)
        for node in visited(order, parents):
            for parent, slope in edges(parents[node], local_grads[node]):
                bars[parent] = add(bars[parent], share(bars[node], slope))
        return bars

    return graph_backward


def _by_levels(order: list[Any], parents: Parents) -> list[Any]:
    """Return the nodes in the order in which a walk from the root first meets them."""
    met = [order[-1]]
    for node in met:
        met += [parent for parent in dict.fromkeys(parents[node]) if parent not in met]
    return met


def _along_every_path(order: Any, parents: Parents, local_grads: Any, seed: float) -> dict[Any, float]:
    """Pass on the sum so far each time that something arrives: early parts are counted again."""
    bars = dict.fromkeys(order, 0.0)
    bars[order[-1]] = seed
    todo = [order[-1]]
    while todo:
        node = todo.pop()
        for parent, slope in zip(parents[node], local_grads[node], strict=True):
            bars[parent] += bars[node] * slope
            todo.append(parent)
    return bars


def _slopes(parents: Parents, rng: np.random.Generator) -> dict[Any, list[float]]:
    return {node: rng.uniform(-1.5, 1.5, len(above)).tolist() for node, above in parents.items()}


def _as_inputs(parents: dict[str, Any], rng: np.random.Generator, root: str = "") -> dict[str, Any]:
    order = _order(parents)
    if root:
        order.remove(root)
        order.append(root)
    seed = float(rng.choice((-1.0, 1.0)) * rng.uniform(1.5, 3.0))
    return {"order": order, "parents": parents, "local_grads": _slopes(parents, rng), "seed": seed}


def _woven(n: int) -> Callable[[np.random.Generator], dict[str, Any]]:
    """Draw until every slip shows: levels and depth must differ, and a node is a parent twice."""

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        while True:
            drawn = _as_inputs(_two_roots(_graph(rng, n)), rng, root="other")
            right = _back()(**drawn)
            wrong = [slip(**drawn) for _, slip in _BACKWARD_SLIPS]
            if all(any(abs(w[k] - right[k]) > 1e-3 for k in right) for w in wrong):
                return drawn

    return draw


def _diamonds(rng: np.random.Generator) -> dict[str, Any]:
    """One diamond behind another."""
    parents: dict[str, tuple[str, ...]] = {"v0": ()}
    for i in range(4):
        parents |= {f"a{i}": (f"v{i}",), f"b{i}": (f"v{i}",), f"v{i + 1}": (f"a{i}", f"b{i}")}
    return _as_inputs(parents, rng, root="v4")


def _single(rng: np.random.Generator) -> dict[str, Any]:
    return _as_inputs({"only": ()}, rng)


_BACKWARD_SLIPS = [
    (M10, _back(add=lambda before, new: new)),
    (M10, _back(edges=lambda above, slopes: list(dict(zip(above, slopes, strict=True)).items()))),
    (M11, _back(visited=_by_levels)),
    (M11, _back(visited=lambda order, parents: order)),
    (M11, _along_every_path),
    (M12, _back(start=lambda seed: 1.0)),
    (M12, _back(share=lambda bar, slope: slope)),
    (SLOPES_OF_ANOTHER, _back(edges=lambda above, slopes: list(zip(above, slopes[::-1], strict=True)))),
    (FIRST_EDGE_ONLY, _back(edges=lambda above, slopes: list(zip(above, slopes, strict=True))[:1])),
    (FIRST_EDGE_ONLY, _back(edges=lambda above, slopes: list(zip(above, slopes, strict=True))[-1:])),
]

graph_backward = Exercise(
    id="NB04.E06",
    answer="graph_backward(order, parents, local_grads, seed) -> bars",
    reference=values_of(_back()),
    instances=made(_woven(7), _woven(9), diamonds_of_diamonds=_diamonds, there_is_one_node=_single),
    points=4,
    see="NB04.W4",
    mistakes=[kind(slip) for kind, slip in _BACKWARD_SLIPS],
)

"""NB07, continued: the order of a graph, and the walk back through it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..exercise import Exercise, Piece
from ..instances import made
from ..mistakes import M11, M12, M24, Kind
from ..reference import answered_by, values_of

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
NOT_SEEDED = Kind(
    "not-seeded",
    "the root's own gradient is never set",
    "Every gradient stays zero.",
    "The walk has no beginning.",
    "The derivative of the root with respect to itself is one: that is where the walk begins, unless "
    "another gradient is given.",
    "NB07.W3",
)
SEEDED_ONCE = Kind(
    "seeded-once",
    "the root is set only if its gradient is zero",
    "A second call begins with what the first one left in the root.",
    "What is there already decides about the beginning.",
    "What stands in the root is left over from an earlier call. Each call begins anew: with the given "
    "gradient, or with one.",
    "NB07.W4",
)
LEAVES_FORGET = Kind(
    "leaves-forget",
    "gradients of the leaves are set to zero too",
    "After a second call the leaves hold the second gradient alone.",
    "Leaves and inner nodes are treated alike.",
    "Inner nodes begin each call at zero, leaves keep what they have and add: who wants a fresh gradient "
    "sets it to zero beforehand.",
    "NB07.W4",
)
TRUTH_OF_A_GRADIENT = Kind(
    "truth-of-a-gradient",
    "it is asked whether the given gradient is true, not whether there is one",
    "A given gradient of 0 is taken for none, and an array raises.",
    "The truth of a number stands where its presence is meant.",
    "An array has no single truth, and zero counts as false though it is a gradient like any other. Ask "
    "whether nothing was given.",
    "NB07.W4",
)
CONSTANT_ROOT = Kind(
    "constant-root",
    "a root that wants no gradient is walked back from",
    "Nothing is raised where nothing can be differentiated.",
    "A question at the beginning is missing.",
    "If no operand wanted a gradient there is nothing to compute. Say so loudly, instead of leaving zeros "
    "behind that look like a result.",
    "NB07.W4",
)
ONES_FOR_AN_ARRAY = Kind(
    "ones-for-an-array",
    "an array without a given gradient is walked back from",
    "Nothing is raised, and the gradient of the sum of the root is computed.",
    "A choice is made that the caller should make.",
    "Only a single number has an obvious gradient to begin with. For an array the caller has to say which "
    "combination of its entries is meant.",
    "NB07.W4",
)

# Orders of a graph, root last.


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


def _on_the_way_in(root: Any) -> list[Any]:
    seen: list[Any] = []

    def visit(node: Any) -> None:
        if node not in seen:
            seen.append(node)
            for parent in node._prev:
                visit(parent)

    visit(root)
    return seen


def _level_by_level(root: Any) -> list[Any]:
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
_MEETING = ((), (), (0, 1), (2, 0), (3,), (2, 4), (5, 3, 0))
_WIDE = ((), (), (), (0, 1), (1, 2), (3, 4), (5, 3), (6, 2), (4, 7, 1))
_UNUSED = ((), (), (0, 1), (0,), (2, 2), (4, 0))
_DIAMOND = ((), (0,), (0,), (1, 2))


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
                _numbered(_MEETING),
                _numbered(_WIDE),
                there_is_a_diamond=_numbered(_DIAMOND),
                one_node_is_used_twice_and_another_not_at_all=_numbered(_UNUSED),
                the_root_is_a_leaf=_numbered(((),)),
            ),
            mistakes=[
                ROOT_FIRST(_on_the_way_in),
                ROOT_FIRST(_level_by_level),
                ROOT_FIRST(lambda root: after_parents(root)[::-1]),
                BY_DISTANCE(lambda root: _on_the_way_in(root)[::-1]),
                BY_DISTANCE(lambda root: _level_by_level(root)[::-1]),
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


# Walks back: a list of nodes in the order of the walk, the root first.


def _back_in(
    order: Callable[[Any], list[Any]],
    *,
    fresh: Callable[[Any], bool] = lambda node: bool(node._prev),
    seed: Callable[[Any, Any], Any] = lambda root, grad: grad,
    given: Callable[[Any], bool] = lambda grad: grad is not None,
    constants_too: bool = False,
    arrays_too: bool = False,
) -> Any:
    """Return `backward`, or one with a slip in it."""

    def backward(self: Any, grad: Any = None) -> None:
        if not self.requires_grad and not constants_too:
            raise RuntimeError("this wants no gradient")
        if not given(grad):
            if np.size(self.value) != 1 and not arrays_too:
                raise ValueError("an array needs a gradient to begin with")
            grad = np.ones(np.shape(self.value))
        nodes, before = order(self), self.grad
        for node in nodes:
            if fresh(node):
                node.grad = np.zeros(np.shape(node.value))
        self.grad = seed(before, np.asarray(grad, float))
        for node in nodes:
            node._backward()

    return backward


def _from_root(root: Any) -> list[Any]:
    return after_parents(root)[::-1]


def _along_each_path(root: Any) -> list[Any]:
    return [root] + [node for parent in root._prev for node in _along_each_path(parent)]


def _weighted(shape: tuple[tuple[int, ...], ...], entries: tuple[int, ...], *seeds: Any) -> Any:
    """Return a draw of weights for the edges of a graph, and of the seeds that are not given as None or 0."""

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        parents = dict(enumerate(shape))
        weights = {
            i: [rng.uniform(0.5, 2.0, entries) * rng.choice((-1.0, 1.0)) for _ in prev]
            for i, prev in parents.items()
        }
        given = [rng.uniform(1.5, 3.0, entries) if seed is ... else seed for seed in seeds]
        return {"parents": parents, "weights": weights, "seeds": given}

    return draw


def _calls(name: str, instances: Any, *mistakes: Any) -> Piece:
    return Piece(
        answer="backward(self, grad=None)",
        uses=("Tensor",),
        probe=f"nb07.walked(parents, weights, seeds) -> {name}",
        reference=answered_by(_back_in(_from_root)),
        instances=instances,
        mistakes=mistakes,
    )


backward = Exercise(
    id="NB07.E04",
    points=5,
    see="NB07.W3",
    pieces=[
        _calls(
            "from_a_number",
            made(
                _weighted(_MEETING, (), None),
                _weighted(_WIDE, (), None),
                no_fork=_weighted(((), (0,)), (), None),
            ),
            M11(_back_in(_on_the_way_in)),
            M11(_back_in(_level_by_level)),
            M11(_back_in(after_parents)),
            M11(_back_in(_along_each_path)),
            NOT_SEEDED(_back_in(_from_root, seed=lambda before, grad: 0.0 * grad)),
        ),
        _calls(
            "from_a_given_gradient",
            made(
                _weighted(_MEETING, (3,), ...),
                _weighted(_WIDE, (4, 2), ...),
                the_gradient_of_a_number_is_given=_weighted(_DIAMOND, (), ...),
                a_gradient_of_0_is_given=_weighted(_DIAMOND, (), 0.0),
                a_gradient_of_0_is_given_to_a_wider_graph=_weighted(_WIDE, (), 0.0),
            ),
            M12(_back_in(_from_root, seed=lambda before, grad: np.ones(grad.shape))),
            TRUTH_OF_A_GRADIENT(_back_in(_from_root, given=bool)),
            TRUTH_OF_A_GRADIENT(_back_in(_from_root, given=lambda grad: bool(np.any(grad)))),
        ),
        _calls(
            "after_several_calls",
            made(_weighted(_MEETING, (), ..., None, ...), _weighted(_WIDE, (), ..., None)),
            M24(_back_in(_from_root, fresh=lambda node: False)),
            M24(_back_in(_from_root, seed=lambda before, grad: before + grad)),
            LEAVES_FORGET(_back_in(_from_root, fresh=lambda node: True)),
            SEEDED_ONCE(_back_in(_from_root, seed=lambda before, grad: before if np.any(before) else grad)),
        ),
        Piece(
            answer="backward(self, grad=None)",
            uses=("Tensor",),
            probe="nb07.refused(shape) -> no_gradient_wanted, array_without_a_gradient",
            reference=values_of(lambda: ("RuntimeError", "ValueError")),
            instances=made(
                lambda rng: {"shape": (3,)}, lambda rng: {"shape": (4, 2)}, lambda rng: {"shape": (2,)}
            ),
            see="NB07.W4",
            mistakes=[
                CONSTANT_ROOT(_back_in(_from_root, constants_too=True)),
                ONES_FOR_AN_ARRAY(_back_in(_from_root, arrays_too=True)),
            ],
        ),
    ],
)

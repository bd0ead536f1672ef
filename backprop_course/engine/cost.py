"""What a graph costs: multiply-adds, products of Jacobians, bytes; the counts of NB03.W5 and NB06.W2."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .graph import Graph, GraphNode


@dataclasses.dataclass(frozen=True)
class Cost:
    """Counts for one graph.

    Attributes
    ----------
    multiply_adds : int
        In the products of matrices, to evaluate the function once.
    vjp, jvp : int
        Multiply-adds of one reverse walk to all inputs, and of one forward walk from all of them.
    jacobian_reverse, jacobian_forward : int
        Multiply-adds of the full Jacobian: one reverse walk per entry of the output, one forward walk per
        entry of the inputs.
    elementwise : int
        Entries computed by everything that is not a product of matrices.
    products, products_uncached : int
        Products of Jacobians in a reverse walk that keeps what is shared, and path by path without sharing.
    bytes_value, bytes_jvp, bytes_vjp : int
        Memory (bytes) for values that must be kept at once: to evaluate, with tangents beside, and for a
        reverse walk, which needs them all.
    """

    multiply_adds: int
    vjp: int
    jvp: int
    jacobian_reverse: int
    jacobian_forward: int
    elementwise: int
    products: int
    products_uncached: int
    bytes_value: int
    bytes_jvp: int
    bytes_vjp: int

    def __str__(self) -> str:
        return "\n".join(
            f"{field.name:18} {getattr(self, field.name):>14,}" for field in dataclasses.fields(self)
        )

    __repr__ = __str__


def multiply_adds(node: GraphNode, shapes: list[tuple[int, ...]]) -> int:
    """Multiply-adds to compute a node, if it is a product of matrices or a sum of products."""
    if node.function in ("matmul", "affine"):
        return int(np.prod(node.shape, dtype=int)) * shapes[0][-1]
    if node.function == "summed_products":
        terms, _ = node.params["subscripts"]
        sizes: dict[str, int] = {}
        for term, shape in zip(terms, shapes, strict=True):
            for letter, n in zip(term, shape, strict=True):
                sizes[letter] = max(n, sizes.get(letter, 1))
        return int(np.prod(list(sizes.values()), dtype=int))
    return 0


def count_cost(graph: Graph) -> Cost:
    """Go through the nodes once ahead and once back, counting."""
    nodes = graph.nodes
    active = [node.kind == "input" for node in nodes]  # depends on an input
    for node in nodes:
        active[node.index] = active[node.index] or any(active[i] for i in node.inputs)
    total = one_walk = elementwise = 0
    for node in nodes:
        if node.kind != "compute":
            continue
        here = multiply_adds(node, [nodes[i].shape for i in node.inputs])
        total += here
        biased = node.function == "affine"  # its third input is added, not multiplied
        one_walk += here * sum(active[i] for i in (node.inputs[:2] if biased else node.inputs))
        elementwise += _size(node) if biased or not here else 0
    m = _size(nodes[graph.output])
    n = sum(_size(node) for node in nodes if node.kind == "input")
    cached, uncached = _products(graph, active)
    peak = _live_bytes(graph)
    kept = sum(_bytes(node) for node in nodes if node.kind == "compute")
    return Cost(
        total,
        one_walk,
        one_walk,
        m * one_walk,
        n * one_walk,
        elementwise,
        cached,
        uncached,
        peak,
        2 * peak,
        kept,
    )


def _size(node: GraphNode) -> int:
    return int(np.prod(node.shape, dtype=int))


def _bytes(node: GraphNode) -> int:
    return int(np.asarray(node.value).nbytes)


def _products(graph: Graph, active: list[bool]) -> tuple[int, int]:
    """Products of Jacobians, shared and path by path. The factors nearest the output need no product."""
    edges = 0
    paths: list[tuple[int, int]] = [(0, 0)] * len(
        graph.nodes
    )  # how many from the output, and their lengths summed
    paths[graph.output] = (1, 0)
    uncached = 0
    for node in reversed(graph.nodes):
        count, length = paths[node.index]
        if not count:
            continue
        if node.kind == "input":
            uncached += length - count
        for i in node.inputs:
            if active[i]:
                edges += node.index != graph.output
                more, longer = paths[i]
                paths[i] = (more + count, longer + length + count)
    return edges, max(uncached, 0)


def _live_bytes(graph: Graph) -> int:
    """Bytes of the largest set of computed values needed at once, when each is dropped after its last use."""
    last_use = {i: node.index for node in graph.nodes for i in node.inputs}
    live = peak = 0
    for node in graph.nodes:
        if node.kind != "compute":
            continue
        live += _bytes(node)
        peak = max(peak, live)
        done: set[Any] = {
            i for i in node.inputs if last_use[i] == node.index and graph.nodes[i].kind == "compute"
        }
        live -= sum(_bytes(graph.nodes[i]) for i in done)
    return peak

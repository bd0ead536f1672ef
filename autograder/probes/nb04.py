"""Probes of NB04: a graph too large to write down."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from .tools import wrote


def chain(topological_order: Callable[..., Any], n: int, seed: int) -> tuple[Any, ...]:
    """Order a chain of n nodes, each the only parent of the next, handed over in any order.

    The last one comes first, so that a walk that calls itself goes all the way down. Calls may nest a
    thousand deep, as in plain Python. A notebook's kernel allows more, and a chain too long for that would
    cost an answer that is right but quadratic many seconds.
    """
    nodes = [n - 1, *np.random.default_rng(seed).permutation(n - 1).tolist()]
    parents = {node: (node - 1,) if node else () for node in nodes}
    allowed = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    try:
        return (list(wrote(topological_order(parents))),)
    finally:
        sys.setrecursionlimit(allowed)

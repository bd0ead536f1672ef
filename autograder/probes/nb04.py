"""Probes of NB04: a graph too large to write down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .tools import wrote


def chain(topological_order: Callable[..., Any], n: int, seed: int) -> tuple[Any, ...]:
    """Order a chain of n nodes, each the only parent of the next, that are handed over in any order."""
    nodes = np.random.default_rng(seed).permutation(n).tolist()
    return (list(wrote(topological_order({node: (node - 1,) if node else () for node in nodes}))),)

"""Trees: nested lists, tuples and dicts. Parameters come in them, and so do their gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def leaves(tree: Any) -> Iterator[Any]:
    """Yield the leaves of `tree`, depth first, dicts in their own order."""
    if isinstance(tree, dict):
        tree = tree.values()
    elif not isinstance(tree, list | tuple):
        yield tree
        return
    for branch in tree:
        yield from leaves(branch)


def map_leaves(f: Callable[[Any], Any], tree: Any) -> Any:
    """Return a tree of the same structure with `f` applied to each leaf."""
    if isinstance(tree, dict):
        return {key: map_leaves(f, branch) for key, branch in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):  # a named tuple
        return type(tree)(*(map_leaves(f, branch) for branch in tree))
    if isinstance(tree, list | tuple):
        return type(tree)(map_leaves(f, branch) for branch in tree)
    return f(tree)


def with_leaves(tree: Any, new: Iterator[Any]) -> Any:
    """Return a tree of the same structure whose leaves are taken from `new`, in order."""
    return map_leaves(lambda _: next(new), tree)

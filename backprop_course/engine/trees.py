"""Trees: nested lists, tuples and dicts. Parameters come in them, and so do their gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

_BRANCHES = (list, tuple, dict)  # what a tree branches at; a tuple, as unions take three times as long to ask


def leaves(tree: Any) -> list[Any]:
    """Return the leaves of `tree`, depth first, dicts in their own order."""
    if isinstance(tree, dict):
        tree = tree.values()
    elif not isinstance(tree, _BRANCHES):
        return [tree]
    found = []
    for branch in tree:
        if isinstance(branch, _BRANCHES):
            found += leaves(branch)
        else:
            found.append(branch)
    return found


def with_paths(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the leaves in the same order, each after the text that leads to it: ``"['w'][0]"``."""
    if isinstance(tree, dict):
        for key, branch in tree.items():
            yield from with_paths(branch, f"{path}[{key!r}]")
    elif isinstance(tree, list | tuple):
        for i, branch in enumerate(tree):
            yield from with_paths(branch, f"{path}[{i}]")
    else:
        yield path, tree


def is_tree(x: Any) -> bool:
    """Whether an argument is a tree; lists of nothing but numbers are arrays."""
    if isinstance(x, list | tuple):
        return not all(isinstance(y, int | float) for y in leaves(x)) or any(isinstance(y, dict) for y in x)
    return isinstance(x, dict)


def map_leaves(f: Callable[[Any], Any], tree: Any) -> Any:
    """Return a tree of the same structure with `f` applied to each leaf."""
    if not isinstance(tree, _BRANCHES):
        return f(tree)
    if isinstance(tree, dict):
        return {key: map_leaves(f, branch) for key, branch in tree.items()}
    mapped = [map_leaves(f, branch) for branch in tree]
    if hasattr(tree, "_fields"):  # a named tuple
        return type(tree)(*mapped)
    return mapped if type(tree) is list else type(tree)(mapped)


def with_leaves(tree: Any, new: Iterator[Any]) -> Any:
    """Return a tree of the same structure whose leaves are taken from `new`, in order."""
    return map_leaves(lambda _: next(new), tree) if isinstance(tree, _BRANCHES) else next(new)

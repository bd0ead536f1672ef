"""A judged part: an array, a text or None, or a list or dict of those; and how two of them compare.

Our own values become parts by `plain`; what an answer returned becomes one by `_reading.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np

# Python cannot spell the recursion in a way that helps a reader, hence Any.
Part: TypeAlias = Any
Parts: TypeAlias = dict[str, Part]

NUMBERS = frozenset((bool, int, float))  # what thousands of entries of a list mostly are


def plain(value: Any) -> Part:
    """Return one of our own values as a part: numbers as arrays, what is regular as one array."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        if _numbers_only(value):
            try:
                return plain(np.array(value))
            except ValueError:  # rows of different lengths
                pass
        return [plain(item) for item in value]
    array = np.asarray(value)
    return array.astype(int) if array.dtype.kind == "b" else array


def _numbers_only(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return set(map(type, value)) <= NUMBERS or all(map(_numbers_only, value))
    return isinstance(value, (bool, int, float, np.generic))


def leaves(part: Part, path: str = "") -> Iterator[tuple[str, Part]]:
    """Yield the arrays, texts and Nones of a part, each with where it is: ``"[1]['w']"``."""
    if isinstance(part, list):
        for i, item in enumerate(part):
            yield from leaves(item, f"{path}[{i}]")
    elif isinstance(part, dict):
        for key, item in part.items():
            yield from leaves(item, f"{path}[{key!r}]")
    else:
        yield path, part


def arrays(part: Part) -> list[Any]:
    """Return the arrays of a part."""
    return [leaf for _, leaf in leaves(part) if isinstance(leaf, np.ndarray)]


def changed(change: Callable[[Any], Any], part: Part) -> Part:
    """Return a part whose arrays are changed."""
    if isinstance(part, list):
        return [changed(change, item) for item in part]
    if isinstance(part, dict):
        return {key: changed(change, item) for key, item in part.items()}
    return change(part) if isinstance(part, np.ndarray) else part


def same(a: Part, b: Part, close: Callable[[Any, Any], bool]) -> bool:
    """Whether part `a` is part `b`, arrays compared by `close`; further keys of a dict in `a` are ignored."""
    if isinstance(b, np.ndarray):
        return isinstance(a, np.ndarray) and close(a, b)
    if isinstance(b, list):
        if not isinstance(a, list) or len(a) != len(b):
            return False
        return all(same(x, y, close) for x, y in zip(a, b, strict=True))
    if isinstance(b, dict):
        return isinstance(a, dict) and all(key in a and same(a[key], b[key], close) for key in b)
    return type(a) is type(b) and bool(a == b)

"""Memory of a program: blocks of bytes, used again once their value has been read for the last time."""

from __future__ import annotations

from typing import Any

import numpy as np

_LINE = 64


class Blocks:
    """Blocks that are free, and how many bytes there are in all.

    A block serves values of any shape and dtype that fit: what counts is when they are alive.
    """

    def __init__(self) -> None:
        self.free: list[Any] = []
        self.bytes = 0

    def take(self, size: int) -> Any:
        """The smallest free block that holds `size` bytes, or a new one."""
        most = max(2 * size, 4096)  # a large block is left to large values
        fitting = [n for n, block in enumerate(self.free) if size <= block.nbytes <= most]
        if fitting:
            return self.free.pop(min(fitting, key=lambda n: self.free[n].nbytes))
        self.bytes += size
        room = np.empty(size + _LINE, np.uint8)
        start = -room.ctypes.data % _LINE  # no vector straddles two lines of the cache: 1 %
        return room[start : start + size]

    def give_back(self, block: Any) -> None:
        """Let later values use `block`."""
        self.free.append(block)


def shaped(block: Any, like: Any) -> Any:
    """The first bytes of `block` as an array of the shape, dtype and memory order of `like`.

    The memory order matters: sums round differently along another one.
    """
    axes = sorted(range(like.ndim), key=lambda a: -abs(like.strides[a]))  # the outermost first
    array = block[: like.nbytes].view(like.dtype).reshape([like.shape[a] for a in axes])
    return array.transpose([axes.index(a) for a in range(like.ndim)])


def same_layout(a: Any, b: Any) -> bool:
    """Whether two arrays have one shape, dtype and memory order."""
    return bool(a.shape == b.shape and a.dtype == b.dtype and shaped_strides(a) == shaped_strides(b))


def shaped_strides(like: Any) -> tuple[int, ...]:
    """Strides of what `shaped` makes for `like`; those of axes of one entry mean nothing and are 0."""
    strides, step = [0] * like.ndim, like.itemsize
    for a in sorted(range(like.ndim), key=lambda a: -abs(like.strides[a]))[::-1]:
        strides[a] = step if like.shape[a] > 1 else 0
        step *= like.shape[a]
    return tuple(strides)

"""What a Tensor looks like: its shape, its entries as numbers, its `repr`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from . import refusals

FLOAT64 = np.dtype(np.float64)


class Looks:
    """Reading a Tensor without recording anything."""

    __slots__ = ()

    value: Any
    node: Any
    name: str | None
    requires_grad: bool

    shape = property(lambda self: getattr(self.value, "shape", ()), doc="Sizes of the axes.")
    dtype = property(lambda self: getattr(self.value, "dtype", FLOAT64), doc="The dtype of the value.")
    ndim = property(lambda self: len(self.shape), doc="How many axes.")
    size = property(lambda self: getattr(self.value, "size", 1), doc="How many entries.")

    def item(self) -> float:
        """Return the one entry as a Python float.

        Raises
        ------
        NotScalarError
            If there is more than one.
        """
        if self.size != 1:
            raise refusals.not_one_entry("item() was asked of many entries.", self.shape, "index one first")
        return float(np.asarray(self.value).item())

    def numpy(self) -> Any:
        """Return a writable copy of the value as an ndarray."""
        return np.array(self.value)

    def __repr__(self) -> str:
        made = f", from {self.node.primitive.name}" if self.node else ", leaf" * self.requires_grad
        name = f", name={self.name!r}" if self.name else ""
        value = np.array2string(np.asarray(self.value), separator=", ", prefix="Tensor(", threshold=100)
        return f"Tensor({value}, shape={self.shape}{made}{name})"

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))  # type: ignore[index]  # Tensor defines it

    def __bool__(self) -> bool:
        return bool(self.value)

    def __float__(self) -> float:
        return self.item()

"""A Tensor without its graph: shape and entries, `repr`, copies, and writing to a leaf."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from . import refusals
from .modes import mode, tick
from .trees import leaves, map_leaves

FLOAT64 = np.dtype(np.float64)


class Bare:
    """Reading a Tensor, and writing to a leaf; nothing here is recorded."""

    __slots__ = tuple(
        "__weakref__ grad inputs name number params primitive requires_grad value values where".split()
    )

    value: Any  # a read-only ndarray, or a float
    grad: Any  # what `backward` left here: an array in the shape of the value, or None
    requires_grad: bool
    name: str | None
    # How it was made; a leaf was not.
    primitive: Any  # the function's entry in the registry, or None
    inputs: tuple[Any, ...]  # what it was called on: Tensors and constants
    values: Any  # their values then
    params: dict[str, Any]  # its settings
    number: int  # when: results are numbered in order; of a leaf, when `assign` last wrote here, or 0
    where: str  # the caller's line, under `detect_anomaly` only
    backward: Any  # set in `engine.backward`, where it is
    detached: Any  # set where `compile` is: what `detach` gives while it traces
    reshape: Any  # set where methods are
    transpose: Any
    at: Any  # set where indexing is declared: ``x.at[i].set(v)``

    shape = property(lambda self: getattr(self.value, "shape", ()), doc="Sizes of the axes.")
    dtype = property(lambda self: getattr(self.value, "dtype", FLOAT64), doc="The dtype of the value.")
    node = property(
        lambda self: self if self.primitive is not None else None,
        doc="How it was made: an object with `primitive`, `inputs` and `params`; None for a leaf.",
    )
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
        return float(np.asarray(looked_at(self)).item())

    def numpy(self) -> Any:
        """Return a writable copy of the value as an ndarray."""
        return np.array(looked_at(self))

    def __repr__(self) -> str:
        made = f", from {self.primitive.name}" if self.primitive else ", leaf" * self.requires_grad
        name = f", name={self.name!r}" if self.name else ""
        value = np.array2string(np.asarray(self.value), separator=", ", prefix="Tensor(", threshold=100)
        return f"Tensor({value}, shape={self.shape}{made}{name})"

    def __format__(self, form: str) -> str:
        if not form:
            return str(self)
        if not self.shape:
            return format(self.value, form)
        entry = {"all": lambda x: format(x, form)}
        return np.array2string(np.asarray(self.value), separator=", ", formatter=entry)  # type: ignore[arg-type]

    def __len__(self) -> int:
        if not self.shape:
            raise refusals.no_entries("len()")
        return len(self.value)

    def __iter__(self) -> Iterator[Any]:
        if not self.shape:
            raise refusals.no_entries("A loop, or several names on the left of =,")
        return (self[i] for i in range(len(self)))  # type: ignore[index]  # Tensor defines it

    def __bool__(self) -> bool:
        if self.size != 1:
            what = "Many entries were asked for one truth, by if, while, and, or, not."
            mend = "write .all() or .any() of a comparison; np.where(mask, a, b) chooses entry by entry"
            raise refusals.not_one_entry(what, self.shape, mend)
        return bool(looked_at(self))

    def __int__(self) -> int:
        if self.requires_grad and mode.depth:
            raise refusals.cut_to_an_integer()
        return int(self.item())

    __trunc__ = __int__

    def __float__(self) -> float:
        if self.requires_grad and mode.depth:
            raise refusals.left_silently()
        return self.item()

    def zero_grad(self) -> None:
        """Forget the gradient: `grad` is `None` again."""
        self.grad = None

    def detach(self) -> Any:
        """Return a constant with a copy of the value."""
        if mode.tracing and self.primitive is not None:
            return self.detached()
        return type(self)(self.value, name=self.name)  # type: ignore[call-arg]  # Tensor takes them

    def assign(self, array: Any) -> None:
        """Overwrite the value of a leaf in place; a walk recorded before raises `StaleValueError`.

        Parameters
        ----------
        array : array_like or Tensor, the shape of this Tensor

        Raises
        ------
        ImmutableError
            If this Tensor was computed, or shares a read-only array.
        ShapeError
            If `array` has another shape.
        """
        new = array if type(array) is np.ndarray else np.asarray(getattr(array, "value", array))
        if self.primitive is not None:
            raise refusals.not_a_leaf(self.primitive.name)
        if new.shape != self.shape:
            raise refusals.shapes(
                "assign() was given another shape.", self.shape, new.shape, "reshape it first"
            )
        if isinstance(self.value, np.ndarray):
            try:
                self.value.setflags(True)  # type: ignore[call-arg]  # by name it takes three times as long
            except ValueError:
                raise refusals.shared_read_only() from None
            self.value[...] = new
            self.value.setflags(False)  # type: ignore[call-arg]  # as above
        else:
            self.value = type(self.value)(new)
        self.number = tick()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.value, self.requires_grad, self.name)


def values_in(tree: Any) -> Any:
    """Replace the Tensors in nested lists, tuples and dicts by their values; not while `compile` traces."""
    return map_leaves(looked_at, tree)


def constants_in(tree: Any) -> Any:
    """The same, for a new Tensor.

    Raises
    ------
    GraphError
        In a function that is being differentiated, where a gradient would be lost by that.
    """
    if mode.depth and any(map(wants_gradient, leaves(tree))):
        raise refusals.made_anew()
    return values_in(tree)


def looked_at(x: Any) -> Any:
    """The value of a Tensor; what is no Tensor as it is.

    Raises
    ------
    GraphError
        While `compile` traces: what is computed from a value then would be the same for all inputs.
    """
    if not isinstance(x, Bare):
        return x
    if mode.tracing and x.primitive is not None:
        raise refusals.data_dependent()
    return x.value


def values_of(inputs: Iterable[Any]) -> list[Any]:
    """The values of the Tensors among `inputs`, and the others as they are."""
    return [x.value if isinstance(x, Bare) else x for x in inputs]


def wants_gradient(x: Any) -> bool:
    """Whether `x` is a Tensor that a gradient is wanted of."""
    return isinstance(x, Bare) and x.requires_grad

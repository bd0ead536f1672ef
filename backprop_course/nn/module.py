"""Module: what layers and networks have in common. Parameters are leaf Tensors among its attributes.

Nothing is registered. What a module has is found by looking at its attributes when somebody asks, so a call
costs nothing but `forward`. Read next: `linear`, `containers`; `pure` makes functions of modules.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from ..engine import Tensor
from ..engine.modes import mode
from ..errors import GraphError, ShapeError, UsageError
from . import saving


class Place(NamedTuple):
    """Where a parameter, buffer or part is kept: ``store[key]``; the store of a module is its attributes."""

    name: str
    store: Any
    key: Any
    value: Any


class Module:
    """A layer or a network: a function with parameters.

    Write a subclass with parameters as attributes and a `forward`. Attributes that are leaf Tensors are its
    parameters (frozen ones too); modules among its attributes are its parts, also in lists, tuples and dicts.

    Attributes
    ----------
    training : bool
        Whether layers that know two ways, such as `Dropout`, take that of training.
    buffer_names : tuple of str
        Attributes of the class that are arrays to be saved, but not learned.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import Tensor, nn
    >>> class Scale(nn.Module):
    ...     def __init__(self, n):
    ...         self.factor = Tensor(np.ones(n), requires_grad=True)
    ...     def forward(self, x):
    ...         return self.factor * x
    >>> Scale(2)
    Scale(): factor (2,): 2 parameters
    """

    training: bool = True
    buffer_names: ClassVar[tuple[str, ...]] = ()

    def forward(self, *inputs: Any) -> Any:
        """Return what the module makes of its inputs."""
        raise UsageError(
            f"{type(self).__name__} does not say what it computes.",
            expected="a method forward(self, x)",
            got="a subclass of Module without one",
            mend="write it: it returns the output for an input",
        )

    def __call__(self, *inputs: Any) -> Any:
        """Call `forward`."""
        return self.forward(*inputs)

    # What it has.

    def _items(self) -> Iterable[tuple[Any, Any]]:
        """Attributes by name; what stands in a list is named by its place there."""
        return vars(self).items()

    def _places(self) -> list[Place]:
        """All places of parameters and buffers, depth first; a shared parameter has several."""
        return [place for place in _walk(self, "", {id(self)}) if not isinstance(place.value, Module)]

    def named_modules(self) -> list[tuple[str, Module]]:
        """The module itself, named ``""``, and all its parts, depth first, each once."""
        places = _walk(self, "", {id(self)})
        return [
            ("", self),
            *((place.name, place.value) for place in places if isinstance(place.value, Module)),
        ]

    def named_parameters(self) -> list[tuple[str, Tensor]]:
        """Names, such as ``"0.weight"``, and parameters, each once, depth first."""
        found: dict[int, tuple[str, Tensor]] = {}
        for place in self._places():
            if isinstance(place.value, Tensor):
                found.setdefault(id(place.value), (place.name, place.value))
        return list(found.values())

    def parameters(self) -> list[Tensor]:
        """The parameters, in the order of `named_parameters`."""
        return [parameter for _, parameter in self.named_parameters()]

    def named_buffers(self) -> list[tuple[str, Any]]:
        """Names and arrays of what is kept but not learned."""
        return [(p.name, p.value) for p in self._places() if not isinstance(p.value, Tensor)]

    def count_parameters(self) -> int:
        """How many numbers are learned."""
        return sum(parameter.size for parameter in self.parameters())

    def multiply_adds(self) -> int:
        """Multiply-adds in the products of matrices, for one row of input."""
        return sum(part.multiply_adds() for _, part in self._parts())

    def _parts(self) -> list[tuple[str, Module]]:
        """The modules right below this one."""
        return [(place.name, place.value) for place in self._own() if isinstance(place.value, Module)]

    def _own(self) -> list[Place]:
        """Places of parameters, buffers and parts of this module, without those of the parts."""
        return list(_walk(self, "", {id(self)}, deep=False))

    def update_buffer(self, name: str, new: Any) -> None:
        """Write a buffer from within `forward`; call it, and compute `new`, under `no_grad`.

        Raises
        ------
        GraphError
            If `compile` records and the buffer is not among the inputs: its value would be a constant.
        """
        if mode.tracing and not isinstance(getattr(self, name), Tensor):
            raise GraphError(
                f"{type(self).__name__} writes to {name!r}, a constant of the compiled program.",
                expected="buffers as inputs: nn.pure(module, {**values, **nn.buffers(module)}, x)",
                got="a module that keeps them to itself",
                mend="hand them in as above, or call module.eval() first",
            )
        setattr(self, name, new if mode.tracing else getattr(new, "value", new))

    # Training and evaluation.

    def train(self, training: bool = True) -> Self:
        """Take the way of training, in all parts; return this module."""
        for _, module in self.named_modules():
            module.training = training
        return self

    def eval(self) -> Self:
        """Take the way of evaluation, in all parts; return this module."""
        return self.train(False)

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self.parameters():
            parameter.grad = None

    # Copies and files.

    def state_dict(self) -> dict[str, Any]:
        """Copies of all parameters and buffers, by name."""
        return {p.name: np.array(getattr(p.value, "value", p.value)) for p in self._state()}

    def load_state_dict(self, state: Mapping[str, Any]) -> Self:
        """Write the arrays of `state` into the parameters and buffers; return this module.

        Nothing is written unless all of it fits.

        Raises
        ------
        UsageError
            If names are missing or unknown.
        ShapeError
            If an array has another shape.
        """
        places = self._state()
        same_names(type(self).__name__, {p.name for p in places}, set(state))
        arrays = {p.name: np.asarray(getattr(state[p.name], "value", state[p.name])) for p in places}
        for place in places:
            same_shape(place, arrays[place.name])
        for place in places:
            if isinstance(place.value, Tensor):
                place.value.assign(arrays[place.name])
            else:
                place.store[place.key] = arrays[place.name].astype(np.asarray(place.value).dtype)
        return self

    def _state(self) -> list[Place]:
        """The places of what is saved: each parameter at the first of its places, and the buffers."""
        known = {id(parameter): name for name, parameter in self.named_parameters()}
        return [p for p in self._places() if known.get(id(p.value), p.name) == p.name]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all parameters and buffers to a `.npz` file, without pickle, replaced whole or not at all."""
        saving.write(path, self.state_dict())

    def load(self, path: str | os.PathLike[str]) -> Self:
        """Read what `save` wrote into this module, which must have the same names and shapes; return it."""
        return self.load_state_dict(saving.read(path))

    def copy(self) -> Self:
        """An independent copy, with its own generators; without a `forward` put into an instance."""
        twin = copy.deepcopy(self)
        for _, module in twin.named_modules():
            vars(module).pop("forward", None)
        return twin

    # To be read.

    def _settings(self) -> str:
        """What stands in the parentheses of `repr`."""
        return ""

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> list[str]:
        """The lines of `repr`: one for a layer, one more for each part."""
        parts = self._parts()
        shapes = ", ".join(f"{p.name} {p.value.shape}" for p in self._own() if isinstance(p.value, Tensor))
        n, products = self.count_parameters(), self.multiply_adds()
        counts = f"{n:,} parameter{'s' * (n != 1)}" + (
            f", {products:,} multiply-adds per row" if products else ""
        )
        end = ": ".join(filter(None, [")", shapes, counts * (n > 0)]))
        head = f"{type(self).__name__}({self._settings()}"
        if not parts:
            return [head + end]
        inner = []
        for name, part in parts:
            first, *rest = part._lines()
            inner += [f"  ({name}) {first}", *(f"  {line}" for line in rest)]
        return [head, *inner, end]


_CONTAINERS = (Module, list, tuple, dict)


def _walk(holder: Any, prefix: str, seen: set[int], deep: bool = True) -> Iterator[Place]:
    """Parameters, buffers and modules in a module, list, tuple or dict; if `deep`, also inside modules."""
    buffers: tuple[str, ...] = ()
    if isinstance(holder, Module):
        items, buffers, store = holder._items(), holder.buffer_names, vars(holder)
    else:
        items, store = holder.items() if isinstance(holder, dict) else enumerate(holder), holder
    for key, value in items:
        if isinstance(value, Tensor):
            if value.node is not None:
                continue  # a result that somebody kept
            if isinstance(holder, tuple):
                raise UsageError(
                    "A parameter stands in a tuple, where it cannot be replaced.",
                    expected="parameters as attributes, or in lists and dicts",
                    got=f"a tuple at {prefix.removesuffix('.')!r}",
                    mend="make it a list",
                )
            yield Place(f"{prefix}{key}", store, key, value)
        elif isinstance(value, _CONTAINERS) and id(value) not in seen:
            seen.add(id(value))
            if isinstance(value, Module):
                yield Place(f"{prefix}{key}", store, key, value)
                if not deep:
                    continue
            yield from _walk(value, f"{prefix}{key}.", seen, deep)
        elif key in buffers:
            yield Place(f"{prefix}{key}", store, key, value)


def same_names(what: str, wanted: set[str], given: set[str]) -> None:
    """Refuse names that are missing or unknown."""
    if missing := sorted(wanted - given):
        raise UsageError(
            f"Some parameters of {what} are missing.",
            expected=", ".join(map(repr, missing)),
            got=", ".join(map(repr, sorted(given))) or "no names",
            mend="hand in all of them, as nn.values(module) or state_dict() names them",
        )
    if unknown := sorted(given - wanted):
        raise UsageError(
            f"{what} has no parameters of these names.",
            expected=", ".join(map(repr, sorted(wanted))) or "no names",
            got=", ".join(map(repr, unknown)),
            mend="check that this is the right module: named_parameters() lists its names",
        )


def same_shape(place: Place, value: Any) -> None:
    """Refuse a value of another shape."""
    wanted = np.shape(place.value)
    if getattr(value, "shape", None) != wanted and np.shape(value) != wanted:
        raise ShapeError(
            f"{place.name!r} was given another shape.",
            expected=str(wanted),
            got=str(np.shape(value)),
            mend="check that this is the right module, with the same sizes",
        )


def a_module(found: Any, who: str) -> Module:
    """Return a module, or refuse what is none."""
    if isinstance(found, Module):
        return found
    raise UsageError(
        f"{who} takes a module.",
        expected="a layer or a network, such as nn.MLP([2, 8, 1])",
        got=type(found).__name__,
        mend="hand in the module itself, before its parameters or its output are taken from it",
    )

"""The methods of arrays that `Tensor` does not spell out: each calls the NumPy function of its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...errors import ImmutableError
from ..bare import values_in
from ..modes import mode
from ..tensor import Tensor, dispatch

_FUNCTIONS: tuple[Callable[..., Any], ...] = (
    *(
        np.all,
        np.any,
        np.argmax,
        np.argmin,
        np.argpartition,
        np.argsort,
        np.choose,
        np.conj,
        np.copy,
        np.cumprod,
    ),
    *(np.diagonal, np.nonzero, np.repeat, np.round, np.searchsorted, np.take, np.trace),
)
_WRITERS = {
    "sort": "np.sort(x)",
    "partition": "np.partition(x, kth)",
    "fill": "np.full_like(x, value)",
    "put": "x.at[i].set(v)",
    "resize": "np.resize(x, shape)",
}


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        return dispatch(function, (self, *args), kwargs)

    method.__name__ = function.__name__
    method.__doc__ = f"As ``np.{function.__name__}``."
    return method


def _refusing(name: str, instead: str) -> Callable[..., Any]:
    def method(self: Tensor, *_: Any, **__: Any) -> Any:
        raise ImmutableError(
            f"x.{name}() writes into an array, and a graph needs the old values.",
            expected="a function that makes a new Tensor",
            got=f"x.{name}(...)",
            mend=f"write {instead}",
        )

    method.__name__ = name
    method.__doc__ = f"Refused: it writes into the array. Write ``{instead}``."
    return method


def _reshape(self: Tensor, *shape: Any) -> Any:
    """The entries in another shape, a tuple or several integers."""
    return np.reshape(self, shape[0] if len(shape) == 1 else shape)


def _transpose(self: Tensor, *axes: Any) -> Any:
    """The axes permuted, given as a tuple or as several integers; reversed without arguments."""
    return np.transpose(self, axes[0] if len(axes) == 1 else axes or None)


def _compress(self: Tensor, condition: Any, axis: int | None = None) -> Any:
    """As ``np.compress``: the entries, or rows, where the condition holds."""
    return np.compress(condition, self, axis)


def _flatten(self: Tensor, order: Any = "C") -> Any:
    """As ``np.ravel``."""
    return np.ravel(self, order)


def _tolist(self: Tensor) -> Any:
    """The entries as Python floats in nested lists, without a graph."""
    return np.asarray(values_in(self)).tolist()


def _copied(self: Tensor, *_: Any) -> Any:
    """A leaf of its own; in a function being differentiated, where that would lose the gradient, recorded."""
    if self.requires_grad and mode.depth:
        return np.copy(self)
    make, arguments = self.__reduce__()
    return make(*arguments)


def _divmod(self: Tensor, other: Any) -> Any:
    return np.divmod(self, other)


def _rdivmod(self: Tensor, other: Any) -> Any:
    return np.divmod(other, self)


for _function in _FUNCTIONS:
    setattr(Tensor, _function.__name__, _method(_function))
for _name, _instead in _WRITERS.items():
    setattr(Tensor, _name, _refusing(_name, _instead))
_MORE = {
    "reshape": _reshape,
    "transpose": _transpose,
    "compress": _compress,
    "conj": Tensor.conjugate,  # type: ignore[attr-defined]  # set above
    "flatten": _flatten,
    "tolist": _tolist,
    "real": property(np.real, doc="The Tensor itself, as a new one: there is no imaginary part."),
    "imag": property(np.imag, doc="Zeros."),
    "mT": property(np.matrix_transpose, doc="The last two axes exchanged."),
    "__divmod__": _divmod,
    "__rdivmod__": _rdivmod,
    "__round__": _method(np.round),
    "__copy__": _copied,
    "__deepcopy__": _copied,
}
for _name, _what in _MORE.items():
    setattr(Tensor, _name, _what)

"""What PyTorch and NumPy call on an array and a Tensor does not have: what to write here in its place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, Never

import numpy as np

from ..errors import NoNameError

_IN_PLACE = "make a new Tensor, x = x + 1.0; a leaf takes a new array as a whole, by x.assign(array)"
_ONE_PLACE = "leave it out: everything is NumPy, on the processor"
_PRODUCT = "write A @ B"
INSTEAD = {
    "requires_grad_": "make the leaf so: Tensor(x, requires_grad=True)",
    "retain_grad": "leave it out: backward() leaves a gradient at every Tensor that wants one",
    "grad_fn": "read x.node, which is None for a leaf",
    "is_leaf": "write x.node is None",
    "data": "read x.value; x.assign(array) overwrites a leaf",
    "clone": "write x.detach() for a constant, 1.0 * x for a copy in the graph",
    "view": "write x.reshape(...)",
    "permute": "write np.transpose(x, axes)",
    "t": "write x.T",
    "unsqueeze": "write x[:, None], or np.expand_dims(x, axis)",
    "expand": "write np.broadcast_to(x, shape)",
    "dim": "read x.ndim",
    "numel": "read x.size",
    "norm": "write np.linalg.norm(x)",
    "pow": "write x**2.0",
    "mm": _PRODUCT,
    "bmm": _PRODUCT,
    "mv": _PRODUCT,
    "matmul": _PRODUCT,
    "float": "write x.astype(np.float32)",
    "double": "write x.astype(np.float64)",
    "half": "write x.astype(np.float16)",
    "to": _ONE_PLACE,
    "cpu": _ONE_PLACE,
    "cuda": _ONE_PLACE,
    "device": _ONE_PLACE,
}
_OURS = (
    "relu",
    "sigmoid",
    "softmax",
    "log_softmax",
    "logsumexp",
    "softplus",
    "gelu",
    "silu",
    "elu",
    "leaky_relu",
)


_WITH_OUT = "add sub mul div pow zero fill copy clamp clip exp sqrt uniform normal random detach".split()
_IN_PLACE_NAMES = [f"{name}_" for name in _WITH_OUT]


class Elsewhere:
    """A name from elsewhere: it stands in the class as a method would, and says what to write in its place.

    A `__getattr__` would answer for any name. But in a class that has one Python looks up every attribute of
    every object the long way: a graph of floats took half as much time again, one of small arrays a sixth.
    For a slip of the fingers Python's own error serves.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, x: Any, owner: type) -> Never:
        raise no_such_name(self.name, _there(owner))


def _there(owner: type) -> list[str]:
    """What a class has, without what stands there to say that it has not."""
    return [name for kind in owner.__mro__ for name, x in vars(kind).items() if type(x) is not Elsewhere]


def answer_for(owner: type, functions: Iterable[Any]) -> None:
    """Let `owner` answer for all names known here, and for NumPy's among the names of `functions`."""
    named = ((getattr(f, "__name__", ""), f) for f in functions)
    numpys = [name for name, f in named if getattr(np, name, None) is f]
    for name in (*INSTEAD, *_OURS, *_IN_PLACE_NAMES, *numpys):
        if not hasattr(owner, name):
            setattr(owner, name, Elsewhere(name))
    setattr(owner, "__dir__", lambda x: _there(type(x)))  # noqa: B010  # a type checker takes it for a slip


def no_such_name(name: str, there: list[str]) -> NoNameError:
    """Refuse an attribute from elsewhere that Tensors do not have; `there` are those they have."""
    near = difflib.get_close_matches(name, [one for one in there if not one.startswith("_")], n=3, cutoff=0.7)
    return NoNameError(
        f"A Tensor has no attribute {name!r}.",
        expected=f"one that it has; the nearest are {', '.join(near)}" if near else "one that it has",
        got=f"x.{name}",
        mend=_advice(name),
    )


def _advice(name: str) -> str:
    if name in INSTEAD:
        return INSTEAD[name]
    if name in _OURS:
        return f"write backprop_course.{name}(x)"
    return _IN_PLACE if name.endswith("_") else f"write np.{name}(x)"

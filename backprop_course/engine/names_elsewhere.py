"""What PyTorch and NumPy call on an array and a Tensor does not have: what to write here in its place."""

from __future__ import annotations

import difflib

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


def no_such_name(name: str, there: list[str]) -> NoNameError:
    """Refuse an attribute that Tensors do not have; `there` are those they have."""
    near = difflib.get_close_matches(name, [one for one in there if not one.startswith("_")], n=3, cutoff=0.7)
    return NoNameError(
        f"A Tensor has no attribute {name!r}.",
        expected=f"one that it has; the nearest are {', '.join(near)}" if near else "one that it has",
        got=f"x.{name}",
        mend=_advice(name, near),
    )


def _advice(name: str, near: list[str]) -> str:
    if name in INSTEAD:
        return INSTEAD[name]
    if name in _OURS:
        return f"write backprop_course.{name}(x)"
    if name.endswith("_") and not name.startswith("_"):
        return _IN_PLACE
    if callable(getattr(np, name, None)) and not isinstance(getattr(np, name), type):
        return f"write np.{name}(x)"
    if near:
        return f"write x.{near[0]}"
    return "see help(Tensor) for what it has; NumPy's functions take it: np.tanh(x)"

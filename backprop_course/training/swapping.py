"""A learner's own backward in place of the engine's, layer by layer, and how far it is from the reference.

What the learner's function returns is held to the shapes of the layer's inputs; its values may be wrong, and
training goes on with them. The reference is the engine's own vjp of the same forward.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import Function, nn, vjp
from ..engine.bare import wants_gradient
from ..errors import ShapeError, UsageError

if TYPE_CHECKING:
    from .history import History

Func = Callable[..., Any]

_ACTIVATIONS = {
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "softplus": nn.Softplus,
    "silu": nn.SiLU,
    "gelu": nn.GELU,
}
_CLASSES = {
    **_ACTIVATIONS,
    "affine": nn.Linear,
    "dropout": nn.Dropout,
    "batch_norm": nn.BatchNorm,
    "layer_norm": nn.LayerNorm,
}
_CALLS = {
    "affine": "(dY, X, W) -> dX, dW, db, with rows as examples and W of shape (inputs, outputs)",
    "dropout": "(dY, mask) -> dX, with a mask of 0 and 1 / (1 - p)",
    "batch_norm": "(dY, cache, axis) -> dX, dgamma, dbeta, with axis 0",
    "layer_norm": "(dY, cache, axis) -> dX, dgamma, dbeta, with axis 1; the cache of both is a dict of "
    "X, xhat, mean, var, inv_std, gamma, beta, eps",
    "loss": "(output, target) -> d_output, the gradient of the loss of a batch",
    **dict.fromkeys(_ACTIVATIONS, "(dY, X) -> dX, entry by entry"),
}


class Swapped:
    """The backward functions that a trainer was given."""

    def __init__(self) -> None:
        self.own: dict[str, Func] = {}
        self.pending: dict[str, float] = {}  # of the step that is being taken

    def put(self, kind: str, backward: Func | None) -> None:
        """Use `backward` for a kind of layer; `None` goes back to the engine's."""
        if kind not in _CALLS or not (backward is None or callable(backward)):
            raise UsageError(
                f"This cannot be the backward of {kind!r}.",
                expected="; ".join(f"{name}: {call}" for name, call in _CALLS.items()),
                got=repr(backward),
                mend="name one of these kinds, and hand in a function that is called like that",
            )
        if backward is None:
            self.own.pop(kind, None)
        else:
            self.own[kind] = backward

    def reason(self) -> str:
        """Why nothing is compiled; empty where nothing was put in."""
        names = ", ".join(map(repr, self.own))
        return f"a backward of yours runs for {names}, which the tape calls at each step" if names else ""

    def commit(self, history: History) -> None:
        """Record the differences of the step that was just taken."""
        for kind, difference in self.pending.items():
            history.differences.setdefault(kind, []).append(difference)
        self.pending.clear()

    def loss(self, loss: Func) -> Func:
        """The loss, with the learner's gradient where there is one."""
        own = self.own.get("loss")
        if own is None:
            return loss

        def swapped(output: Any, target: Any) -> Any:
            if not wants_gradient(output):
                return loss(output, target)
            call = _Call("loss", ("d_output",), lambda bar, out: _times(bar, own(out, target)), self)
            return call.apply(lambda out: loss(out, target), (output,))

        return swapped

    @contextlib.contextmanager
    def inside(self, model: Any) -> Iterator[None]:
        """Put the functions into the layers of `model`, and take them out again."""
        changed = []
        try:
            for _, module in model.named_modules():
                kind = _kind_of(module)
                if kind in self.own and "forward" not in vars(module):
                    module.forward = self._forward(kind, module, module.forward)
                    changed.append(module)
            yield
        finally:
            for module in changed:
                del module.forward
            self.pending.clear()

    def _forward(self, kind: str, module: Any, forward: Func) -> Func:
        own = self.own[kind]

        def affine(x: Any) -> Any:
            inputs = (x, module.weight) if module.bias is None else (x, module.weight, module.bias)
            if not any(map(wants_gradient, inputs)):
                return forward(x)
            rows = x if np.ndim(x) == 2 else np.reshape(x, (-1, module.n_in))

            def ask(bar: Any, X: Any, W: Any, *b: Any) -> Any:
                answer = own(bar, X, W)
                return answer[:2] if not b and isinstance(answer, tuple | list) else answer

            plain = (lambda X, W: X @ W) if module.bias is None else (lambda X, W, b: X @ W + b)
            call = _Call(kind, ("dX", "dW", "db")[: len(inputs)], ask, self)
            out = call.apply(plain, (rows, *inputs[1:]))
            return out if rows is x else np.reshape(out, (*np.shape(x)[:-1], module.n_out))

        def activation(x: Any) -> Any:
            if not wants_gradient(x):
                return forward(x)
            return _Call(kind, ("dX",), own, self).apply(forward, (x,))

        def dropout(x: Any) -> Any:
            if not (wants_gradient(x) and module.training and module.p):
                return forward(x)
            mask = forward(np.ones(np.shape(x), x.dtype))
            return _Call(kind, ("dX",), lambda bar, X: own(bar, mask), self).apply(lambda X: X * mask, (x,))

        def norm(x: Any) -> Any:
            inputs, axis = (x, module.weight, module.bias), int(kind == "layer_norm")
            usual = np.ndim(x) != 2 or module.weight is None or not any(map(wants_gradient, inputs))
            if usual or not (axis or module.training):
                return forward(x)
            if not axis:
                forward(getattr(x, "value", x))  # moves the running statistics

            def ask(bar: Any, X: Any, gamma: Any, beta: Any) -> Any:
                parts = _normalized(X, axis, module.eps)
                cache = {"X": X, **parts, "gamma": gamma, "beta": beta, "eps": module.eps}
                return own(bar, cache, axis)

            def plain(X: Any, gamma: Any, beta: Any) -> Any:
                return _normalized(X, axis, module.eps)["xhat"] * gamma + beta

            return _Call(kind, ("dX", "dgamma", "dbeta"), ask, self).apply(plain, inputs)

        special = {"affine": affine, "dropout": dropout, "batch_norm": norm, "layer_norm": norm}
        return special.get(kind, activation)


def _kind_of(module: Any) -> str:
    return next((kind for kind, cls in _CLASSES.items() if type(module) is cls), "")


def _normalized(X: Any, axis: int, eps: float) -> dict[str, Any]:
    mean = np.mean(X, axis=axis, keepdims=True)
    var = np.mean(np.square(X - mean), axis=axis, keepdims=True)
    inv_std = 1.0 / np.sqrt(var + eps)
    return {"xhat": (X - mean) * inv_std, "mean": mean, "var": var, "inv_std": inv_std}


@dataclass(frozen=True)
class _Call:
    """One call of a layer whose backward is the learner's.

    Attributes
    ----------
    kind : str
    names : tuple of str
        Of the cotangents, one for each input.
    ask : callable ``(out_bar, *inputs) -> cotangents``
        Calls the learner's function.
    notes : Swapped
        Where the difference is noted.
    """

    kind: str
    names: Sequence[str]
    ask: Func
    notes: Swapped

    def apply(self, plain: Func, inputs: tuple[Any, ...]) -> Any:
        """Run the layer on Tensors, as one node."""

        class Own(Function):
            @staticmethod
            def forward(ctx: Any, *arrays: Any) -> Any:
                ctx.save_for_backward(*arrays)
                return plain(*arrays)

            @staticmethod
            def backward(ctx: Any, out_bar: Any) -> Any:
                arrays = [_read_only(a) for a in ctx.saved_tensors]
                found = self.checked(self.ask(_read_only(out_bar), *arrays), arrays)
                self.compare(found, vjp(plain, *ctx.saved_tensors)[1](out_bar))
                return found

        Own.__name__ = f"your backward for {self.kind!r}"
        return Own.apply(*inputs)

    def checked(self, answer: Any, inputs: Sequence[Any]) -> tuple[Any, ...]:
        """The answer as arrays, one in the shape of each input.

        Raises
        ------
        ShapeError
            If there are too few or too many, or one has another shape.
        """
        answers = list(answer) if isinstance(answer, tuple | list) else [answer]
        if len(answers) != len(inputs):
            raise ShapeError(
                f"Your backward for {self.kind!r} returned another number of cotangents.",
                expected=f"{len(inputs)}: {', '.join(self.names)}",
                got=f"{len(answers)}",
                mend=f"return one for each input; it is called like this: {_CALLS[self.kind]}",
            )
        for name, found, x in zip(self.names, answers, inputs, strict=True):
            if np.shape(found) != np.shape(x):
                raise ShapeError(
                    f"Your backward for {self.kind!r} returned {name} in the wrong shape.",
                    expected=f"{np.shape(x)}, the shape of what it belongs to",
                    got=f"{np.shape(found)}",
                    mend="look for a missing transpose, or a sum over the examples that is missing",
                )
        return tuple(np.asarray(a, getattr(x, "dtype", float)) for a, x in zip(answers, inputs, strict=True))

    def compare(self, found: Sequence[Any], reference: Sequence[Any]) -> None:
        """Note the largest difference, as a share of the largest entry of the reference."""
        worst = self.notes.pending.get(self.kind, 0.0)
        for mine, right in zip(found, reference, strict=True):
            scale = float(np.max(np.abs(right), initial=0.0)) or 1.0
            share = float(np.max(np.abs(mine - right), initial=0.0)) / scale
            worst = max(worst, share if share == share else float("inf"))
        self.notes.pending[self.kind] = worst


def _read_only(a: Any) -> Any:
    """A view that a function cannot write to: what it changed would change the graph."""
    view = np.asarray(a).view()
    view.flags.writeable = False
    return view


def _times(bar: Any, gradient: Any) -> Any:
    """The cotangent of the outputs, for that of the loss; what is no array is left to be refused."""
    return gradient if np.ndim(gradient) == 0 else bar * np.asarray(gradient)

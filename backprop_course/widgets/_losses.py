"""Losses of two parameters to descend on: a line, a logistic model, or a function of one's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .. import compile as compiled
from .. import data as sets
from .. import hessian, value_and_grad
from ..derivatives.numerical import returned
from ..errors import UsageError
from ._failures import name_of

KINDS = ("least squares", "logistic")
SHOWN = 40  # more points than these are not written into the code to copy
_SCORES = (np.array([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0]), np.array([0.0, 0.0, 1.0, 0.0, 1.0, 1.0]))
_CODE = {
    "least squares": "np.sum((y - beta[0] - beta[1] * x) ** 2)",
    "logistic": "np.sum(np.logaddexp(0, beta[0] + beta[1] * x) - y * (beta[0] + beta[1] * x))",
}


@dataclass(frozen=True)
class Loss:
    """A loss of two parameters; `x`, `y` and `terms` are None for a function of one's own."""

    name: str
    of: Callable[..., Any]  # of the parameters, then of a share of the data where there are data
    x: Any
    y: Any
    code: str
    terms: Callable[..., Any] | None = None  # what each point adds

    def __call__(self, beta: Any) -> Any:
        """Return the loss on all data."""
        return self.of(beta) if self.x is None else self.of(beta, self.x, self.y)

    def with_gradient(self, beta: Any) -> tuple[Any, Any]:
        """Return the loss on all data, and its gradient."""
        value, gradient = (
            value_and_grad(self)(beta) if self.x is None else self._both(beta, self.x, self.y, 1.0)
        )
        return value, gradient

    def gradient_of(self, beta: Any, chosen: Any) -> Any:
        """Return the gradient of the loss on some of the points, scaled as if they were all."""
        return self._both(beta, self.x[chosen], self.y[chosen], self.x.size / len(chosen))[1]

    def curvatures(self, beta: Any) -> Any:
        """Return the Hessian."""
        return hessian(self)(beta) if self.x is None else self._bends(beta, self.x, self.y)

    def heights(self, across: Any, up: Any) -> Any:
        """Return the loss at each point of a grid, a row for each place of `up`."""
        if self.terms is not None:
            column = across[:, np.newaxis]  # a row at a time: all at once takes gigabytes for many points
            return np.array([np.sum(self.terms((column, b), self.x, self.y), axis=-1) for b in up])
        return np.array([[float(returned(self(np.array([a, b])))) for a in across] for b in up])

    # Our own losses do the same whatever the numbers are, so that they can be replayed. A learner's may not.
    @cached_property
    def _both(self) -> Any:
        return compiled(value_and_grad(lambda beta, x, y, share: self.of(beta, x, y) * share))

    @cached_property
    def _bends(self) -> Any:
        return compiled(hessian(self.of))


def loss_of(loss: Any, data: Any) -> Loss:
    """Return the loss that is meant; raises UsageError where none is."""
    if callable(loss):
        name = getattr(loss, "__name__", "f")
        code = f"loss = {name if name.isidentifier() else 'f'}  # your function"
        return Loss(name_of(loss), loss, None, None, code)
    if not isinstance(loss, str) or loss not in KINDS:
        raise UsageError(
            "The explorer needs a loss.",
            expected=f"{' or '.join(map(repr, KINDS))}, or a function of an array of two numbers",
            got=repr(loss)[:60],
            mend="write DescentExplorer('least squares')",
        )
    x, y = _checked(loss, data) if data is not None else _default(loss)
    terms = _squares if loss == "least squares" else _entropies
    return Loss(str(loss), lambda beta, x, y: np.sum(terms(beta, x, y)), x, y, _code(str(loss), x, y), terms)


def _squares(beta: Any, x: Any, y: Any) -> Any:
    return (y - beta[0] - beta[1] * x) ** 2


def _entropies(beta: Any, x: Any, y: Any) -> Any:
    z = beta[0] + beta[1] * x
    return np.logaddexp(0, z) - y * z


def _default(loss: str) -> tuple[Any, Any]:
    if loss == "logistic":
        return _SCORES
    X, y = sets.ols()
    return X[:, 0], y


def _checked(loss: str, data: Any) -> tuple[Any, Any]:
    try:
        x, y = (np.asarray(part, dtype=float) for part in data)
        x = x[:, 0] if x.ndim == 2 and x.shape[1] == 1 else x
        finite = bool(np.isfinite(x).all() and np.isfinite(y).all())
        sound = x.ndim == 1 and x.shape == y.shape and x.size > 0 and finite
        got = f"shapes {x.shape} and {y.shape}, {'finite' if finite else 'with nan or infinity'}"
    except (TypeError, ValueError):
        sound, got = False, repr(data)[:60]
    if sound and loss == "logistic" and not np.isin(y, (0, 1)).all():
        sound, got = False, "other targets than 0 and 1"
    if not sound:
        raise UsageError(
            "The explorer needs data: one feature and one target for each point.",
            expected="(x, y) of equal length, finite" + (", y of 0 and 1" if loss == "logistic" else ""),
            got=got,
            mend="hand over data=(x, y), or leave it out for an example",
        )
    return x, y


def _code(loss: str, x: Any, y: Any) -> str:
    given = f"x = np.array({x.tolist()})\ny = np.array({y.tolist()})"
    where = given if x.size <= SHOWN else "# x and y are your data"
    return f"{where}\n\ndef loss(beta, x=x, y=y):\n    return {_CODE[loss]}"

"""jacobian and hessian: all cotangents, or all tangents, of a basis."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine.graph import graph_of
from ..errors import UsageError
from .transforms import Run, grad

Func = Callable[..., Any]


def jacobian(f: Func, argnums: int | Sequence[int] = 0, mode: str = "auto") -> Jacobian:
    """Make the Jacobian of `f` in numerator layout: shape ``out.shape + in.shape``.

    Parameters
    ----------
    f : callable
        Maps Tensors to one Tensor.
    argnums : int or sequence of int
        Which arguments to differentiate by, counted from 0. With a sequence the result is a tuple.
    mode : {"auto", "reverse", "forward"}
        ``"reverse"`` sends the m cotangents of a basis back, all in one batched walk; ``"forward"`` sends n
        tangents ahead, one walk each. ``"auto"`` takes reverse unless n < m.

    Raises
    ------
    UsageError
        For any other mode.

    References
    ----------
    Griewank & Walther, *Evaluating Derivatives* (2008), ch. 3 and 4; the costs are those of NB03.W5.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import jacobian
    >>> J = jacobian(lambda x: x**2)
    >>> J(np.array([1.0, 3.0]))
    array([[2., 0.],
           [0., 6.]])
    >>> print(J.plan(np.array([1.0, 3.0])))
    reverse mode: 2 walks for a Jacobian of 2 x 2 entries, 0 multiply-adds
    """
    if mode not in ("auto", "reverse", "forward"):
        raise UsageError(
            "jacobian was asked for an unknown mode.",
            expected="'auto', 'reverse' or 'forward'",
            got=repr(mode),
            mend="leave it out to have it chosen by size",
        )
    return Jacobian(f, argnums, mode)


class Jacobian:
    """What `jacobian` makes: call it for the Jacobian, ask `plan` how it will be computed."""

    def __init__(self, f: Func, argnums: int | Sequence[int], mode: str) -> None:
        self.f, self.argnums, self.mode = f, argnums, mode
        self.numbers = [argnums] if isinstance(argnums, int) else list(argnums)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return the Jacobian at the arguments, by one run of `f`."""
        run = Run(lambda *xs: self.f(*xs, **kwargs), args, self.numbers)
        blocks = _columns(run) if self._mode(run) == "forward" else _rows(run)
        return blocks[0] if isinstance(self.argnums, int) else tuple(blocks)

    def plan(self, *args: Any, **kwargs: Any) -> JacobianPlan:
        """Say which mode a call with these arguments takes, and what it costs; `f` is run once."""
        run = Run(lambda *xs: self.f(*xs, **kwargs), args, self.numbers)
        n, m = sum(x.size for x in run.inputs), run.outs[0].size
        cost = graph_of(run.inputs, run.outs[0]).cost()
        chosen = self._mode(run)
        total = cost.jacobian_forward if chosen == "forward" else cost.jacobian_reverse
        return JacobianPlan(chosen, n, m, n if chosen == "forward" else m, total)

    def _mode(self, run: Run) -> str:
        if self.mode != "auto":
            return self.mode
        ahead = all(t.node is None or t.node.primitive.ours or len(t.node.primitive.jvp) for t in run.order)
        return "forward" if ahead and sum(x.size for x in run.inputs) < run.outs[0].size else "reverse"


@dataclasses.dataclass(frozen=True)
class JacobianPlan:
    """How a Jacobian is computed.

    Attributes
    ----------
    mode : {"reverse", "forward"}
    n, m : int
        Entries of the inputs, entries of the output.
    walks : int
        Reverse walks (sent in one batch) or forward walks.
    multiply_adds : int
        In the products of matrices of all walks together.
    """

    mode: str
    n: int
    m: int
    walks: int
    multiply_adds: int

    def __str__(self) -> str:
        return (
            f"{self.mode} mode: {self.walks:,} walks for a Jacobian of {self.m:,} x {self.n:,} entries, "
            f"{self.multiply_adds:,} multiply-adds"
        )


def _rows(run: Run) -> list[Any]:
    out = run.outs[0]
    basis = np.eye(out.size, dtype=out.dtype).reshape((out.size, *out.shape))
    if all(t.node.primitive.batched for t in run.order if t.node is not None):
        stacks = [
            np.broadcast_to(s, (out.size, *x.shape))
            for s, x in zip(run.pull([basis]), run.inputs, strict=True)
        ]
    else:
        stacks = [np.stack(column) for column in zip(*(run.pull([bar]) for bar in basis), strict=True)]
    return [np.reshape(s, out.shape + x.shape) for s, x in zip(stacks, run.inputs, strict=True)]


def _columns(run: Run) -> list[Any]:
    out = run.outs[0]
    blocks = []
    for i, x in enumerate(run.inputs):
        zeros = [np.zeros(other.shape, other.dtype)[()] for other in run.inputs]
        basis = np.eye(x.size, dtype=x.dtype).reshape((x.size, *x.shape))
        columns = [run.push([*zeros[:i], dot[()], *zeros[i + 1 :]])[0] for dot in basis]
        stack = np.stack(columns, axis=-1) if columns else np.zeros((*out.shape, 0), out.dtype)
        blocks.append(np.reshape(stack, out.shape + x.shape))
    return blocks


def hessian(f: Func, argnums: int = 0) -> Func:
    """Make the Hessian of a function whose value is one number: the Jacobian of its gradient.

    Returns
    -------
    callable
        Takes the arguments of `f`; returns an array of shape ``in.shape + in.shape``.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import hessian
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 2.0]))
    array([[4., 6.],
           [6., 0.]])
    """
    return jacobian(grad(f, argnums), argnums)

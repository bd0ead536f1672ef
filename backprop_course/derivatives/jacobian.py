"""jacobian and hessian: all cotangents, or all tangents, of a basis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine.tensor import Tensor
from ..errors import UsageError
from .transforms import Run, grad

Func = Callable[..., Any]


def jacobian(f: Func, argnums: int | Sequence[int] = 0, mode: str = "auto") -> Func:
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
    >>> jacobian(lambda x: x**2)(np.array([1.0, 3.0]))
    array([[2., 0.],
           [0., 6.]])
    """
    numbers = [argnums] if isinstance(argnums, int) else list(argnums)
    if mode not in ("auto", "reverse", "forward"):
        raise UsageError(
            "jacobian was asked for an unknown mode.",
            expected="'auto', 'reverse' or 'forward'",
            got=repr(mode),
            mend="leave it out to have it chosen by size",
        )

    def jacobian_at(*args: Any, **kwargs: Any) -> Any:
        run = Run(lambda *xs: f(*xs, **kwargs), args, numbers)
        out = run.outs[0]
        forward = mode == "forward" or (mode == "auto" and sum(x.size for x in run.inputs) < out.size)
        blocks = _columns(run, out) if forward else _rows(run, out)
        return blocks[0] if isinstance(argnums, int) else tuple(blocks)

    return jacobian_at


def _rows(run: Run, out: Tensor) -> list[Any]:
    basis = np.eye(out.size, dtype=out.dtype).reshape((out.size, *out.shape))
    if all(t.node.primitive.batched for t in run.order if t.node is not None):
        stacks = [
            np.broadcast_to(s, (out.size, *x.shape))
            for s, x in zip(run.pull([basis]), run.inputs, strict=True)
        ]
    else:
        stacks = [np.stack(column) for column in zip(*(run.pull([bar]) for bar in basis), strict=True)]
    return [np.reshape(s, out.shape + x.shape) for s, x in zip(stacks, run.inputs, strict=True)]


def _columns(run: Run, out: Tensor) -> list[Any]:
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

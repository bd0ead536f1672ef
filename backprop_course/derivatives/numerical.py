"""Derivatives by finite differences: slow, approximate, independent of every rule; not for the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine import refusals
from ..engine.bare import values_in
from ..engine.values import as_value
from ..errors import DtypeError
from . import arguments

Func = Callable[..., Any]


def numerical_jacobian(f: Func, x: Any, eps: float = 1e-6) -> Any:
    """Jacobian of `f` at `x` by central differences; shape ``out.shape + in.shape``.

    Two evaluations of `f` per entry of `x`. The error is about ``eps**2`` from truncation and ``1e-16 / eps``
    from rounding; 1e-6 is near the best for values around 1.

    Parameters
    ----------
    f : callable
        Maps an array to an array or a number. It is called with fresh arrays and may keep or change them.
    x : array_like of floats
    eps : float
        Half the distance of the two evaluations, in the unit of `x`.

    Raises
    ------
    DtypeError
        If `x` is made of integers.

    References
    ----------
    Nocedal & Wright, *Numerical Optimization* (2006), section 8.1.
    """
    arguments.function(f, "numerical_jacobian")
    x = np.asarray(as_value(values_in(x), copy=False))
    if x.dtype.kind != "f":
        raise DtypeError(
            "Finite differences need floating-point inputs.",
            expected="floats",
            got=f"dtype {x.dtype}",
            mend="convert with .astype(float)",
        )
    columns = []
    for i in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[i] += eps
        below[i] -= eps
        apart = float(above[i] - below[i])  # before `f` gets hold of them
        rise = floats(f(above[()])) - floats(f(below[()]))
        columns.append(rise / apart)
    if not columns:
        return np.zeros((*floats(f(x)).shape, *x.shape))
    return np.stack(columns, axis=-1).reshape(columns[0].shape + x.shape)


def returned(out: Any) -> Any:
    """What a function returned, without Tensors; `UsageError` if it returned nothing."""
    if out is None:
        raise refusals.nothing_returned()
    return values_in(out)


def floats(out: Any) -> Any:
    """The array that a function returned.

    Raises
    ------
    UsageError
        If it returned nothing.
    DtypeError
        If it returned text, a dict or anything else that is no array of real numbers.
    ShapeError
        If it returned rows of different lengths.
    """
    return np.asarray(as_value(returned(out), copy=False), float)


def numerical_gradient(f: Func, x: Any, eps: float = 1e-6) -> Any:
    """Gradient of a function whose value is one number, by central differences; see `numerical_jacobian`.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import numerical_gradient
    >>> numerical_gradient(lambda x: np.sum(x**2), np.array([1.0, -2.0])).round(6)
    array([ 2., -4.])
    """
    arguments.function(f, "numerical_gradient")
    return numerical_jacobian(lambda y: _one(floats(f(y))), x, eps)[()]


def _one(out: Any) -> Any:
    if out.size != 1:
        mend = "sum or average it, or ask for numerical_jacobian"
        what = "numerical_gradient was asked of a function whose value is not one number."
        raise refusals.not_one_entry(what, out.shape, mend)
    return out.reshape(())

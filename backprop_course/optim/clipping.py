"""Clipping: gradients that are too large made smaller, by their common norm or each entry by itself.

The two pure forms take a gradient as a nested dict, list or tuple of arrays, and compile; the two others
change the ``grad`` of Tensors. The conventions are PyTorch's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..engine import Tensor
from ..engine.trees import leaves, map_leaves
from ..engine.values import as_value
from ..errors import UsageError
from .groups import as_pairs
from .refusals import in_range

TINY = 1e-6  # added to the norm, as PyTorch does: a gradient of zeros stays one


def global_norm(grads: Any) -> Any:
    """Return the 2-norm of all entries of a tree of arrays together.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import optim
    >>> optim.global_norm({"W": np.array([[3.0]]), "b": np.array([4.0])})
    np.float64(5.0)
    """
    squares = [np.sum(g * g) for g in map(_number, leaves(grads))]
    if not squares:
        raise UsageError(
            "There are no gradients to take the norm of.",
            expected="a tree with at least one array",
            got=repr(grads),
            mend="call backward() first, or look at what was handed over",
        )
    return np.sqrt(sum(squares[1:], squares[0]))


def clip_by_norm(grads: Any, limit: float) -> tuple[Any, Any]:
    """Scale a gradient down to a norm of `limit` where it is larger; the direction stays.

    Parameters
    ----------
    grads : tree of arrays
        All gradients together: they are scaled by one factor.
    limit : float
        Largest 2-norm, above 0.

    Returns
    -------
    grads : tree of arrays, new ones
    norm : float
        The norm before.

    References
    ----------
    Pascanu, Mikolov & Bengio, "On the difficulty of training recurrent neural networks" (2013), algorithm 1.
    """
    limit = in_range("limit", limit, 0.0, open_below=True)
    norm = global_norm(grads)
    factor = np.minimum(limit / (norm + TINY), 1.0)
    return map_leaves(lambda g: g * _in_dtype_of(g, factor), grads), norm


def clip_by_value(grads: Any, limit: float) -> Any:
    """Cut each entry off at ``-limit`` and ``limit``; the direction changes.

    Parameters
    ----------
    grads : tree of arrays
    limit : float
        Largest absolute value, above 0.

    Returns
    -------
    tree of arrays, new ones
    """
    limit = in_range("limit", limit, 0.0, open_below=True)
    return map_leaves(lambda g: np.clip(_number(g), -limit, limit), grads)


def clip_grad_norm(params: Iterable[Tensor], limit: float) -> float:
    """Clip the ``grad`` of Tensors by their common norm, and return the norm before.

    Raises
    ------
    UsageError
        If none has a gradient.
    """
    with_grad = [t for _, t in as_pairs(params) if t.grad is not None]
    clipped, norm = clip_by_norm([t.grad for t in with_grad], limit)
    for t, g in zip(with_grad, clipped, strict=True):
        t.grad = g
    return float(norm)


def clip_grad_value(params: Iterable[Tensor], limit: float) -> None:
    """Clip the ``grad`` of Tensors entry by entry; those without one are passed over."""
    limit = in_range("limit", limit, 0.0, open_below=True)
    for _, t in as_pairs(params):
        if t.grad is not None:
            t.grad = clip_by_value(t.grad, limit)


def _in_dtype_of(g: Any, factor: Any) -> Any:
    """The factor in the dtype of `g`, so that float32 stays float32 beside float64."""
    dtype = getattr(g, "dtype", factor.dtype)
    return factor if factor.dtype == dtype else np.astype(np.reshape(factor, (1,)), dtype)[0]


def _number(g: Any) -> Any:
    """Return what has entries to compute with; `DtypeError` for None and text."""
    return g if isinstance(g, Tensor) else as_value(g, copy=False)

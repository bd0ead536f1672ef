"""Examples as a run takes them: checked once, and brought into the order of an epoch without new memory."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from ..errors import DtypeError, ShapeError, UsageError

_WHOLE = 2**26  # bytes: up to here an epoch's examples are put in order all at once, which is faster


def as_examples(X: Any, y: Any, dtype: Any) -> tuple[Any, Any]:
    """Check X and y, and take floats in the dtype of the parameters.

    Parameters
    ----------
    X, y : array_like, N rows each, N at least 1
        `y` may hold integers, which are kept.
    dtype : dtype
        float64 or float32.

    Raises
    ------
    ShapeError
        If they differ in their number of rows, or have none.
    DtypeError, UsageError
        If they do not hold real numbers; if X or y hold nan or infinities.
    """
    X, y = np.asarray(X), np.asarray(y)
    if X.ndim == 0 or y.ndim == 0 or len(X) != len(y) or not len(X):
        raise ShapeError(
            "X and y do not belong together.",
            expected="as many rows in y as in X, at least one",
            got=f"X of shape {X.shape} and y of shape {y.shape}",
            mend="make one row of X for each example; see backprop_course.data",
        )
    return _finite("X", X.astype(dtype) if X.dtype.kind in "iub" else X, dtype), _finite("y", y, dtype)


def _finite(name: str, a: Any, dtype: Any) -> Any:
    if a.dtype.kind in "iub":
        return a
    if a.dtype.kind != "f":
        raise DtypeError(
            f"{name} does not hold real numbers.",
            expected="floats, integers or booleans",
            got=f"dtype {a.dtype}",
            mend="convert the columns first: np.asarray(x, dtype=float)",
        )
    if not (good := np.isfinite(a)).all():
        place = tuple(int(i) for i in np.argwhere(~good)[0])
        raise UsageError(
            f"{name} holds values that are not finite.",
            expected="finite numbers",
            got=f"{np.count_nonzero(~good)} of {a.size} entries, the first at {place}: {a[place]}",
            mend="leave these rows out or fill them in; one of them makes every parameter nan",
        )
    return np.ascontiguousarray(a, dtype)


def fingerprint(X: Any, y: Any) -> int:
    """A number that tells other examples, or another order of them, with near certainty."""
    return zlib.crc32(y.tobytes(), zlib.crc32(X.tobytes()))


class Epochs:
    """The batches of an epoch in a given order.

    Parameters
    ----------
    X, y : ndarray, N rows each
    batch_size : int
        The last batch is shorter where it does not divide N.
    """

    def __init__(self, X: Any, y: Any, batch_size: int) -> None:
        self.X, self.y, self.size = X, y, batch_size
        self.count = -(-len(X) // batch_size)
        self.whole = X.nbytes + y.nbytes <= _WHOLE
        self.order: Any = None
        self.shuffled: Any = (X, y)

    def draw(self, rng: np.random.Generator) -> Any:
        """A new order; `None`, the order as it stands, where all examples are one batch."""
        return rng.permutation(len(self.X)) if self.count > 1 else None

    def arrange(self, order: Any) -> None:
        """Use this order from now on."""
        self.order = order
        if order is None:
            self.shuffled = (self.X, self.y)
        elif self.whole:
            if self.shuffled[0] is self.X:
                self.shuffled = (np.empty_like(self.X), np.empty_like(self.y))
            for source, target in zip((self.X, self.y), self.shuffled, strict=True):
                np.take(source, order, axis=0, out=target, mode="clip")  # "raise" would make a copy first

    def batch(self, k: int) -> tuple[Any, Any]:
        """Batch `k` of the epoch; views, which are good until the next epoch, or copies."""
        rows = slice(k * self.size, (k + 1) * self.size)
        if self.order is None or self.whole:
            X, y = self.shuffled
            return X[rows], y[rows]
        chosen = self.order[rows]
        return self.X[chosen], self.y[chosen]

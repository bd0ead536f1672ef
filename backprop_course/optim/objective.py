"""A function of a parameter tree as a function of one vector, with our gradients: what line searches take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..derivatives import hvp, value_and_grad
from ..engine import refusals as engine_refusals
from ..engine.bare import values_in
from ..engine.trees import leaves, with_leaves
from ..errors import MissingExtra, ShapeError, UsageError

Vector = np.ndarray
REMEMBERED = 32  # line searches ask again for a point they have asked for some evaluations before


class Objective:
    """A function to be made small, seen as a function of a vector of float64.

    Parameters
    ----------
    f : callable
        Maps a tree like `x0` to one number, by NumPy's functions.
    x0 : tree of arrays of floats, or of floats
        Its structure, shapes and dtypes are those that `f` is called with.
    both : callable, optional
        Returns the value and the gradient of `f` at a tree, in place of ``value_and_grad(f)``.

    Attributes
    ----------
    evaluations, gradients, products : int
        How often `f` was called (with or without a gradient), how many gradients were taken, and how many
        products of the Hessian with a vector.
    """

    def __init__(
        self, f: Callable[[Any], Any], x0: Any, both: Callable[[Any], tuple[Any, Any]] | None = None
    ) -> None:
        self.f, self.both = f, both or value_and_grad(f)
        self.like = values_in(x0)
        self.parts: list[Any] = [x if type(x) is float else np.asarray(x) for x in leaves(self.like)]
        for part in self.parts:
            if np.asarray(part).dtype.kind != "f":
                raise engine_refusals.integers(part)
        if not sum(np.size(part) for part in self.parts):
            raise UsageError(
                "There is nothing to vary.",
                expected="a start x0 with at least one number",
                got=repr(x0),
                mend="hand over an array of floats, or a dict or list of them",
            )
        self.evaluations = self.gradients = self.products = 0
        self.known: dict[bytes, tuple[float, Vector]] = {}

    def vector(self, tree: Any, what: str = "x0") -> Vector:
        """Return all entries of a tree like `x0` in a row.

        Raises
        ------
        ShapeError
            If it has another structure or other shapes.
        """
        found = [np.asarray(x) for x in leaves(values_in(tree))]
        shapes = [np.shape(part) for part in self.parts]
        if [x.shape for x in found] != shapes:
            raise ShapeError(
                f"{what} does not have the structure of the point.",
                expected=f"arrays of shapes {shapes}",
                got=str([x.shape for x in found]),
                mend=f"give {what} one array for each of the point, in its shape",
            )
        return np.concatenate([x.astype(np.float64).ravel() for x in found])

    def point(self, vector: Vector) -> Any:
        """Return the tree that `vector` has the entries of, in arrays of its own."""
        found, start = [], 0
        for part in self.parts:
            entries = vector[start : start + np.size(part)]
            start += np.size(part)
            array = np.array(entries, dtype=getattr(part, "dtype", None)).reshape(np.shape(part))
            found.append(float(entries[0]) if type(part) is float else array)
        return with_leaves(self.like, iter(found))

    def value(self, vector: Vector) -> float:
        """Return the value alone."""
        if (known := self.known.get(vector.tobytes())) is not None:
            return known[0]
        self.evaluations += 1
        return float(np.reshape(values_in(self.f(self.point(vector))), ()))

    def __call__(self, vector: Vector) -> tuple[float, Vector]:
        """Return the value and the gradient; points asked for shortly before are remembered."""
        key = vector.tobytes()
        if key not in self.known:
            value, gradient = self.both(self.point(vector))
            self.evaluations += 1
            self.gradients += 1
            if len(self.known) >= REMEMBERED:
                del self.known[next(iter(self.known))]
            self.known[key] = float(np.reshape(value, ())), self.vector(gradient)
        value, gradient = self.known[key]
        return value, gradient.copy()

    def product(self, vector: Vector, direction: Vector) -> Vector:
        """Return the product of the Hessian at `vector` with `direction`."""
        self.products += 1
        return self.vector(hvp(self.f, (self.point(vector),), (self.point(direction),))[0])


def scipy_optimize() -> Any:
    """Import `scipy.optimize`.

    Raises
    ------
    MissingExtra
        If SciPy is not installed.
    """
    try:
        from scipy import optimize
    except ModuleNotFoundError:
        raise MissingExtra(
            "This method comes with SciPy, which is not installed.",
            expected="the extra 'course'",
            got="an installation without the package scipy",
            mend="pip install 'backprop-course[course]'; method='gd' and backtracking() need NumPy alone",
        ) from None
    return optimize

"""gradient_check: two derivatives held against each other, and a report that says where they part."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..engine.bare import values_in
from ..engine.refusals import nothing_returned, shapes
from ..engine.trees import is_tree, leaves, map_leaves, with_paths
from ..engine.values import as_value
from ..errors import NoDerivativeError, UsageError
from . import arguments
from .numerical import floats, numerical_jacobian, returned
from .reports import ArgumentReport, GradientReport
from .transforms import jvp, vjp

Func = Callable[..., Any]


def gradient_check(
    f: Func,
    *args: Any,
    grad: Func | None = None,
    eps: float = 1e-6,
    rtol: float | None = None,
    rng: np.random.Generator | None = None,
) -> GradientReport:
    """Compare derivatives of `f` at `args` with central differences, entry by entry.

    Parameters
    ----------
    f : callable
        Maps arrays to an array. If it has more than one entry, it is multiplied with a random cotangent and
        summed: a gradient that is right for all-ones only does not pass. It is called with copies.
    *args : array_like of floats, or trees of them
        Where to check. Integers are left alone.
    grad : callable, optional
        The gradient to check: ``grad(*args)`` for an `f` of one entry, otherwise ``grad(out_bar, *args)``.
        Returns one array, or a tuple with one per float argument, each in the structure of its argument. By
        default the engine's own derivative is checked, in both modes (in one, where a function of one's own
        has no rule for the other; the report says so).
    eps : float
        The step, in the unit of the inputs. Differences are taken in float64, whatever the inputs are.
    rtol : float, optional
        Largest relative error that passes; 1e-5 by default, 1e-3 if an input is coarser than float64. Entries
        below 1e-6 of the largest one are compared with that.
    rng : Generator, optional
        Draws the cotangent; a fixed seed by default.

    Returns
    -------
    GradientReport
        With ``.ok``; printing it shows the worst entry of each argument.

    Raises
    ------
    UsageError
        If there is nothing to differentiate by, or `f` or `grad` return what does not fit.
    ShapeError
        If a gradient does not have the shape of its variable.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import gradient_check
    >>> gradient_check(lambda x: np.sum(x**2), np.array([1.0, 2.0]), grad=lambda x: 2 * x).ok
    True
    >>> print(gradient_check(lambda x: np.sum(x**2), np.array([1.0, 2.0]), grad=lambda x: x))
    gradients DISAGREE with central differences (step 1e-06, rtol 1e-05)
      argument 0, given: WRONG worst entry at (0,): 1 against 2, relative error 5.0e-01
    """
    arguments.function(f, "gradient_check")
    at = Variables(args)
    rtol = rtol or (1e-3 if any(x.dtype.itemsize < 8 for x in at.arrays) else 1e-5)
    out = returned(f(*at.filled([x.astype(float) for x in at.arrays])))
    if isinstance(out, tuple | list | dict) and any(np.ndim(values_in(x)) for x in leaves(out)):
        raise UsageError(
            "gradient_check takes a function of one result.",
            expected="a function that returns one array",
            got=f"a {type(out).__name__}",
            mend="check each result by itself: gradient_check(lambda x: f(x)[0], x)",
        )
    out = floats(out)
    rng = rng or np.random.default_rng(0)
    out_bar = np.ones(out.shape) if out.size == 1 else rng.normal(size=out.shape)

    def value_at(i: int, x: Any) -> float:
        changed = [x.copy() if j == i else other.astype(float) for j, other in enumerate(at.arrays)]
        return float(np.sum(out_bar * floats(f(*at.filled(changed)))))

    numerical = [
        np.asarray(numerical_jacobian(lambda x, i=i: value_at(i, x), x.astype(float), eps))
        for i, x in enumerate(at.arrays)
    ]
    if grad is None:
        found, skipped = _engines(f, at, out_bar)
    else:
        found, skipped = {"given": _given(grad, at, out_bar, out.size)}, ""
    reports = []
    for mode, slopes in found.items():
        for i, slope in enumerate(slopes):
            slope = np.asarray(values_in(slope))
            if slope.shape != at.arrays[i].shape:
                what = f"The gradient of argument {at.names[i]} has the wrong shape."
                raise shapes(
                    what, at.arrays[i].shape, slope.shape, "return a gradient in the shape of its variable"
                )
            reports.append(_compare(at, i, mode, slope, numerical[i], value_at, eps, rtol))
    return GradientReport(tuple(reports), eps, rtol, skipped)


class Variables:
    """The arrays of floats among the arguments, and the arguments made again with others in their places.

    Attributes
    ----------
    arrays : list of ndarray of floats
    owners : list of int
        Which argument each belongs to.
    paths : list of str
        Where it stands in a tree; empty for an argument that is an array itself.
    """

    def __init__(self, args: tuple[Any, ...]) -> None:
        self.trees = [
            values_in(x)
            if is_tree(x) or not isinstance(x, list | tuple)
            else np.asarray(as_value(x, copy=False))
            for x in args
        ]
        self.arrays: list[Any] = []
        self.owners: list[int] = []
        self.paths: list[str] = []
        for number, tree in enumerate(self.trees):
            for path, leaf in with_paths(tree):
                if _is_float(leaf):
                    self.arrays.append(np.asarray(leaf))
                    self.owners.append(number)
                    self.paths.append(path)
        self.names = [f"{number}{path}" for number, path in zip(self.owners, self.paths, strict=True)]
        if not self.arrays:
            raise UsageError(
                "gradient_check was given nothing to differentiate by.",
                expected="at least one floating-point argument",
                got=", ".join(f"dtype {np.asarray(x).dtype}" for x in leaves(self.trees)) or "no argument",
                mend="write 3.0 for 3, or convert with .astype(float)",
            )

    def filled(self, arrays: Iterable[Any]) -> list[Any]:
        """Return the arguments with `arrays` in the places of those of floats; the others are copied."""
        fresh = iter(arrays)
        return [
            map_leaves(
                lambda x: next(fresh) if _is_float(x) else x.copy() if isinstance(x, np.ndarray) else x, tree
            )
            for tree in self.trees
        ]


def _is_float(x: Any) -> bool:
    return isinstance(x, float) or getattr(getattr(x, "dtype", None), "kind", "") == "f"


def _check_takes(grad: Func, count: int, size: int) -> None:
    """Refuse a gradient with another number of arguments: often one with, or without, an out_bar."""
    try:
        signature = inspect.signature(grad)
    except (TypeError, ValueError):  # it hides them
        return
    try:
        signature.bind(*range(count))
    except TypeError as error:
        raise UsageError(
            f"grad cannot be called with {count} argument{'s' * (count != 1)}: {error}.",
            expected="grad(*args), as f has one entry"
            if size == 1
            else f"grad(out_bar, *args), as f has {size} entries",
            got=f"a function of {signature}",
            mend="take an out_bar first, and only where f has several entries",
        ) from None


def _given(grad: Func, at: Variables, out_bar: Any, size: int) -> list[Any]:
    """What the reader's gradient returns, one array for each variable."""
    args = at.filled(x.copy()[()] for x in at.arrays)
    handed = args if size == 1 else [out_bar, *args]
    _check_takes(grad, len(handed), size)
    found = grad(*handed)
    asked = sorted(set(at.owners))
    if found is None:
        raise nothing_returned("grad", "an array for each float argument")
    if len(asked) == 1 and not (isinstance(found, tuple) and len(found) == 1):
        found = [found]
    if not isinstance(found, tuple | list) or len(found) != len(asked):
        raise UsageError(
            "grad returned another number of gradients than there are float arguments.",
            expected=f"{len(asked)}",
            got=f"{len(found)}" if isinstance(found, tuple | list) else f"one {type(found).__name__}",
            mend="return a tuple with one gradient per float argument",
        )
    slopes: list[Any] = []
    for number, slope in zip(asked, found, strict=True):
        if slope is None:
            raise nothing_returned(f"For argument {number}, grad", "an array for each float argument")
        tree = at.trees[number]
        if not isinstance(tree, dict | list | tuple):
            slopes.append(np.asarray(values_in(slope), float))
            continue
        pairs = list(with_paths(values_in(slope)))
        kept = dict(pairs)
        wanted = [path for path, owner in zip(at.paths, at.owners, strict=True) if owner == number]
        if missing := [path for path in wanted if path not in kept]:
            raise UsageError(
                f"The gradient of argument {number} has another structure than the argument.",
                expected=f"entries {', '.join(wanted)}",
                got=f"entries {', '.join(kept)}; {missing[0]} is missing",
                mend="build it with the same keys and nesting",
            )
        slopes += [kept[path] for path in wanted]
    return slopes


def _engines(f: Func, at: Variables, out_bar: Any) -> tuple[dict[str, list[Any]], str]:
    """The engine's derivatives in the modes that have rules, and what is to be said of one that has not."""

    def of_floats(*floats: Any) -> Any:
        return f(*at.filled(floats))

    primals = [x[()] for x in at.arrays]
    found, without = {}, []
    for mode, derivative in (("reverse", _reverse), ("forward", _forward)):
        try:
            found[mode] = derivative(of_floats, primals, out_bar)
        except NoDerivativeError as error:
            without.append((mode, error))
    if len(without) == 2:
        raise without[0][1]
    return found, "".join(f"{mode}: not checked: {error.what}" for mode, error in without)


def _reverse(f: Func, primals: list[Any], out_bar: Any) -> list[Any]:
    out, f_vjp = vjp(f, *primals)
    return list(f_vjp(out_bar.astype(np.asarray(out).dtype)))


def _forward(f: Func, primals: list[Any], out_bar: Any) -> list[Any]:
    """One forward walk for each entry."""
    found = []
    for i, x in enumerate(primals):
        slopes = np.zeros(np.shape(x))
        for index in np.ndindex(np.shape(x)):
            tangents = [np.zeros(np.shape(p), np.asarray(p).dtype) for p in primals]
            tangents[i][index] = 1.0
            slopes[index] = np.sum(out_bar * jvp(f, tuple(primals), tuple(tangents))[1])
        found.append(slopes)
    return found


def _compare(
    at: Variables, i: int, mode: str, slope: Any, numerical: Any, value_at: Func, eps: float, rtol: float
) -> ArgumentReport:
    number, path = at.owners[i], at.paths[i]
    if not slope.size:
        return ArgumentReport(number, True, (), 0.0, 0.0, 0.0, False, mode, path)
    larger = np.maximum(np.abs(slope), np.abs(numerical))
    scale = float(np.max(larger, where=np.isfinite(larger), initial=0.0))
    with np.errstate(invalid="ignore"):  # inf and nan are far from everything
        error = np.abs(slope - numerical) / np.maximum(larger, max(1e-6 * scale, 1e-9))
    error = np.where(np.isfinite(error), error, np.inf)
    worst = tuple(int(k) for k in np.unravel_index(int(np.argmax(error)), error.shape))
    ok = bool(error[worst] <= rtol)
    kink = False
    if not ok:
        x = at.arrays[i].astype(float)
        above, below = x.copy(), x.copy()
        above[worst] += eps
        below[worst] -= eps
        here = value_at(i, x)
        right, left = (value_at(i, above) - here) / eps, (here - value_at(i, below)) / eps
        kink = abs(right - left) > 0.01 * max(abs(right), abs(left), 1e-9)
    entries = float(slope[worst]), float(numerical[worst]), float(error[worst])
    return ArgumentReport(number, ok, worst, *entries, kink, mode, path)

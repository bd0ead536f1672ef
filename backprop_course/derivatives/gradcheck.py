"""gradient_check: two derivatives held against each other, and a report that says where they part."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine.bare import values_in
from ..engine.refusals import nothing_returned, shapes
from ..errors import UsageError
from .numerical import numerical_jacobian, returned
from .transforms import jvp, vjp

Func = Callable[..., Any]


@dataclasses.dataclass(frozen=True)
class ArgumentReport:
    """How the gradient of one argument fared.

    Attributes
    ----------
    argnum : int
    ok, kink : bool
        `kink`: at the worst entry the slopes left and right of it differ, so no gradient can be right.
    worst : tuple of int
        Index of the entry with the largest relative error.
    given, numerical, relative_error : float
        The two derivatives there, and their distance divided by the larger of the two.
    mode : str
        ``"reverse"``, ``"forward"`` or ``"given"``: which derivative was checked.
    """

    argnum: int
    ok: bool
    worst: tuple[int, ...]
    given: float
    numerical: float
    relative_error: float
    kink: bool
    mode: str

    def __str__(self) -> str:
        word = "ok   " if self.ok else "WRONG"
        at = f" at {self.worst}" if self.worst else ""
        kink = "; the slopes left and right of it differ: a kink" if self.kink else ""
        return (
            f"argument {self.argnum}, {self.mode}: {word} worst entry{at}: "
            f"{self.given:.9g} against {self.numerical:.9g}, relative error {self.relative_error:.1e}{kink}"
        )


@dataclasses.dataclass(frozen=True)
class GradientReport:
    """What `gradient_check` found. Truthy when all is well; prints itself.

    Attributes
    ----------
    ok : bool
    arguments : tuple of ArgumentReport
    step : float
        Half the distance of the two evaluations of each central difference, in the unit of the input.
    rtol : float
        Relative tolerance.
    """

    arguments: tuple[ArgumentReport, ...]
    step: float
    rtol: float

    @property
    def ok(self) -> bool:
        """Whether every gradient of every argument agrees with its central differences."""
        return all(a.ok for a in self.arguments)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        head = "gradients agree" if self.ok else "gradients DISAGREE"
        lines = [
            f"{head} with central differences (step {self.step:g}, rtol {self.rtol:g})",
            *map(str, self.arguments),
        ]
        return "\n  ".join(lines)

    __repr__ = __str__


def gradient_check(
    f: Func,
    *args: Any,
    grad: Func | None = None,
    eps: float = 1e-6,
    rtol: float = 1e-5,
    rng: np.random.Generator | None = None,
) -> GradientReport:
    """Compare derivatives of `f` at `args` with central differences, entry by entry.

    Parameters
    ----------
    f : callable
        Maps arrays to an array. If it has more than one entry, it is multiplied with a random cotangent and
        summed: a gradient that is right for all-ones only does not pass.
    *args : array_like of floats
        Where to check. Arguments of integers are left alone.
    grad : callable, optional
        The gradient to check: ``grad(*args)`` for an `f` of one entry, otherwise ``grad(out_bar, *args)``.
        Returns one array, or a tuple with one per float argument. By default the engine's own derivative is
        checked, in both modes.
    eps : float
        The step, in the unit of the inputs.
    rtol : float
        Largest relative error that passes. Entries below 1e-6 of the largest one are compared with that.
    rng : Generator, optional
        Draws the cotangent; a fixed seed by default.

    Returns
    -------
    GradientReport
        With ``.ok``; printing it shows the worst entry of each argument.

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
    rng = rng or np.random.default_rng(0)
    arrays = [np.asarray(values_in(x)) for x in args]
    numbers = [i for i, x in enumerate(arrays) if x.dtype.kind == "f"]
    if not numbers:
        raise UsageError(
            "gradient_check was given nothing to differentiate by.",
            expected="at least one floating-point argument",
            got=", ".join(f"dtype {x.dtype}" for x in arrays) or "no argument",
            mend="write 3.0 for 3, or convert with .astype(float)",
        )
    out = np.asarray(returned(f(*args)))
    out_bar = np.ones(out.shape) if out.size == 1 else rng.normal(size=out.shape)

    def value_at(i: int, x: Any) -> float:
        changed = [x if j == i else other for j, other in enumerate(args)]
        return float(np.sum(out_bar * np.asarray(returned(f(*changed)))))

    numerical = {
        i: np.asarray(numerical_jacobian(lambda x, i=i: value_at(i, x), arrays[i], eps)) for i in numbers
    }
    reports = []
    for mode, found in _derivatives(f, args, numbers, grad, out_bar, out.size).items():
        for i, given in zip(numbers, found, strict=True):
            if given is None:
                raise nothing_returned("grad", "an array for each float argument")
            given = np.asarray(values_in(given))
            if given.shape != arrays[i].shape:
                mend = "a gradient has the shape of its variable"
                raise shapes(
                    f"The gradient of argument {i} has the wrong shape.", arrays[i].shape, given.shape, mend
                )
            reports.append(
                _compare(i, mode, given, numerical[i], lambda x, i=i: value_at(i, x), arrays[i], eps, rtol)
            )
    return GradientReport(tuple(reports), eps, rtol)


def _derivatives(
    f: Func, args: tuple[Any, ...], numbers: list[int], grad: Func | None, out_bar: Any, size: int
) -> dict[str, list[Any]]:
    """Collect the derivatives to check, by mode."""
    if grad is not None:
        found = grad(*args) if size == 1 else grad(out_bar, *args)
        found = list(found) if isinstance(found, tuple | list) else [found]
        if len(found) != len(numbers):
            raise UsageError(
                "grad returned another number of gradients than there are float arguments.",
                expected=f"{len(numbers)}",
                got=f"{len(found)}",
                mend="return a tuple with one gradient per float argument",
            )
        return {"given": found}

    def of_floats(*floats: Any) -> Any:
        replaced = dict(zip(numbers, floats, strict=True))
        return f(*(replaced.get(i, x) for i, x in enumerate(args)))

    primals = [np.asarray(values_in(args[i]))[()] for i in numbers]
    _, f_vjp = vjp(of_floats, *primals)
    reverse = list(f_vjp(out_bar))
    forward = []
    for i, x in enumerate(primals):
        slopes = np.zeros(np.shape(x))
        for index in np.ndindex(np.shape(x)):
            tangents = [np.zeros(np.shape(p)) for p in primals]
            tangents[i][index] = 1.0
            slopes[index] = np.sum(out_bar * jvp(of_floats, tuple(primals), tuple(tangents))[1])
        forward.append(slopes)
    return {"reverse": reverse, "forward": forward}


def _compare(
    i: int, mode: str, given: Any, numerical: Any, value_at: Func, x: Any, eps: float, rtol: float
) -> ArgumentReport:
    if not given.size:
        return ArgumentReport(i, True, (), 0.0, 0.0, 0.0, False, mode)
    larger = np.maximum(np.abs(given), np.abs(numerical))
    error = np.abs(given - numerical) / np.maximum(larger, max(1e-6 * float(np.nanmax(larger)), 1e-9))
    error = np.where(np.isfinite(error), error, np.inf)
    worst = tuple(int(k) for k in np.unravel_index(int(np.argmax(error)), error.shape))
    ok = bool(error[worst] <= rtol)
    kink = False
    if not ok:
        above, below = x.astype(float), x.astype(float)
        above[worst] += eps
        below[worst] -= eps
        here = value_at(x.astype(float))
        right, left = (value_at(above) - here) / eps, (here - value_at(below)) / eps
        kink = abs(right - left) > 0.01 * max(abs(right), abs(left), 1e-9)
    return ArgumentReport(
        i, ok, worst, float(given[worst]), float(numerical[worst]), float(error[worst]), kink, mode
    )

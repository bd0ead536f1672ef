"""What can be chosen in the decision boundary: points, models, step sizes; all else is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import data as sets
from ..errors import UsageError

YOURS, DRAWN = "your data", "your points"
MODELS = ("logistic regression", "network")
RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
HIDDEN = 8  # units at most
MOMENTUM = 0.9  # of the network's descent
MOST = 10_000  # points
EDITABLE = 500  # with more points than these some are drawn, and none is added by hand
LEVELS = (0.1, 0.5, 0.9)

Make = Callable[[int], Any]
SETS: dict[str, tuple[Make, str]] = {
    "moons": (lambda s: sets.moons(200, noise=0.15, rng=s), "data.moons(200, noise=0.15, rng={})"),
    "circles": (lambda s: sets.circles(200, noise=0.1, rng=s), "data.circles(200, noise=0.1, rng={})"),
    "two clouds": (lambda s: sets.blobs(200, classes=2, rng=s), "data.blobs(200, classes=2, rng={})"),
    "labels by chance": (lambda s: sets.logistic_2d(120, rng=s), "data.logistic_2d(120, rng={})"),
    "XOR": (lambda s: sets.gate("xor"), 'data.gate("xor")'),
}


def points_of(name: str, seed: int) -> tuple[Any, Any, str]:
    """Return a set of points by its name, and the code that makes it."""
    make, code = SETS[name]
    return (*make(seed), code.format(seed))


def one_of(given: Any, known: Any, what: str) -> Any:
    """Return what is known, or refuse it with a UsageError."""
    if isinstance(given, str) and given in known:
        return given
    raise UsageError(
        f"There is no such {what}.",
        expected=", ".join(map(repr, known)),
        got=repr(given)[:60],
        mend="write one of these",
    )


def choices(names: list[str], error: str) -> dict[str, Any]:
    """Return what can be chosen, as the browser has to know it."""
    return {
        "error": error,
        "title": "The boundary of a model, while it is trained",
        "sets": names,
        "drawn": DRAWN,
        "models": list(MODELS),
        "hidden": HIDDEN,
        "rates": [f"{rate:g}" for rate in RATES],
        "levels": [float(f"{np.log(p / (1 - p)):.6g}") for p in LEVELS],
        "editable": EDITABLE,
    }


def place_of(lr: Any) -> int:
    """Return the place of the nearest step size, or refuse it with a UsageError."""
    if isinstance(lr, int | float | np.number) and not isinstance(lr, bool) and 0 < lr < np.inf:
        return int(np.abs(np.log(RATES) - np.log(float(lr))).argmin())
    raise _refused("lr", "a finite number above 0", lr)


def whole(name: str, given: Any, least: int, most: int) -> int:
    """Return a whole number within its bounds, or refuse it with a UsageError."""
    if isinstance(given, int | np.integer) and not isinstance(given, bool) and least <= given <= most:
        return int(given)
    raise _refused(name, f"a whole number from {least} to {most}", given)


def _refused(name: str, expected: str, got: Any) -> UsageError:
    return UsageError(
        f"{name} is out of range.",
        expected=expected,
        got=repr(got)[:60],
        mend=f"leave {name} out, or look at it",
    )

"""Data of the network lab: sets of points in the plane, and what can be made of two coordinates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import data as sets
from ..errors import UsageError

OWN = "own data"
SHOWN = 500  # more points than these are trained on, but not drawn
WRITTEN = 40  # more points than these are not written into the code to copy

Make = Callable[[int, float, int], Any]


@dataclass(frozen=True)
class Kind:
    """A set of points: how it is made from a number, a noise and a seed, and the same as code."""

    make: Make
    code: str
    problem: str = "classification"
    half: float = 6.0  # the view goes from -half to half, both ways; 0 where the points decide


def _circles(n: int, noise: float, seed: int) -> Any:
    X, y = sets.circles(n, noise=noise, factor=0.4, rng=seed)
    return 4.5 * X, y


def _moons(n: int, noise: float, seed: int) -> Any:
    X, y = sets.moons(n, noise=noise, rng=seed)
    return 3.5 * (X - np.array([0.5, 0.25])), y


def _spirals(n: int, noise: float, seed: int) -> Any:
    X, y = sets.spirals(n, noise=noise / 2, rng=seed)
    return 5.0 * X, y


def _clouds(n: int, noise: float, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return np.where(y == 1, 2.0, -2.0)[:, None] + rng.normal(scale=0.7 + 3 * noise, size=(n, 2)), y


def _quarters(n: int, noise: float, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    X = rng.uniform(-5.0, 5.0, size=(n, 2))
    y = (X[:, 0] * X[:, 1] < 0).astype(int)
    return X + 0.3 * np.sign(X) + rng.normal(scale=4 * noise, size=(n, 2)), y


def _corners(n: int, noise: float, seed: int) -> Any:
    return sets.xor()


def _plane(n: int, noise: float, seed: int) -> Any:
    X, y = sets.plane(n, w=(0.5, 0.5), b=0.0, noise=noise, rng=seed)
    return 5.0 * X, y


def _hills(n: int, noise: float, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    X = rng.uniform(-5.0, 5.0, size=(n, 2))
    return X, np.sin(X[:, 0] / 2) * np.cos(X[:, 1] / 2) + rng.normal(scale=noise, size=n)


SETS = {
    "circles": Kind(
        _circles, "X, y = data.circles({n}, noise={noise}, factor=0.4, rng={seed})\nX = 4.5 * X\n"
    ),
    "quarters": Kind(
        _quarters,
        "rng = np.random.default_rng({seed})\nX = rng.uniform(-5.0, 5.0, size=({n}, 2))\n"
        "y = (X[:, 0] * X[:, 1] < 0).astype(int)\n"
        "X = X + 0.3 * np.sign(X) + rng.normal(scale=4 * {noise}, size=({n}, 2))\n",
    ),
    "two clouds": Kind(
        _clouds,
        "rng = np.random.default_rng({seed})\ny = np.arange({n}) % 2\n"
        "X = np.where(y == 1, 2.0, -2.0)[:, None] + rng.normal(scale=0.7 + 3 * {noise}, size=({n}, 2))\n",
    ),
    "spirals": Kind(_spirals, "X, y = data.spirals({n}, noise={noise} / 2, rng={seed})\nX = 5.0 * X\n"),
    "moons": Kind(
        _moons,
        "X, y = data.moons({n}, noise={noise}, rng={seed})\nX = 3.5 * (X - np.array([0.5, 0.25]))\n",
    ),
    "XOR": Kind(_corners, "X, y = data.xor()\n", half=0.0),
    "plane": Kind(
        _plane,
        "X, y = data.plane({n}, w=(0.5, 0.5), b=0.0, noise={noise}, rng={seed})\nX = 5.0 * X\n",
        "regression",
    ),
    "hills": Kind(
        _hills,
        "rng = np.random.default_rng({seed})\nX = rng.uniform(-5.0, 5.0, size=({n}, 2))\n"
        "y = np.sin(X[:, 0] / 2) * np.cos(X[:, 1] / 2) + rng.normal(scale={noise}, size={n})\n",
        "regression",
    ),
}

FEATURES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "x₁": (lambda X: X[:, 0], "X[:, 0]"),
    "x₂": (lambda X: X[:, 1], "X[:, 1]"),
    "x₁²": (lambda X: X[:, 0] ** 2, "X[:, 0] ** 2"),
    "x₂²": (lambda X: X[:, 1] ** 2, "X[:, 1] ** 2"),
    "x₁x₂": (lambda X: X[:, 0] * X[:, 1], "X[:, 0] * X[:, 1]"),
    "sin x₁": (lambda X: np.sin(X[:, 0]), "np.sin(X[:, 0])"),
    "sin x₂": (lambda X: np.sin(X[:, 1]), "np.sin(X[:, 1])"),
}


def inputs_of(X: Any, names: list[str]) -> Any:
    """Return what the network is given for points X (N, 2): one column for each name."""
    return np.column_stack([FEATURES[name][0](X) for name in names])


@dataclass(frozen=True)
class Points:
    """The points of a lab: for training and for testing, with their problem and their view.

    Attributes
    ----------
    X, y : ndarray, shapes (N, 2) and (N,), for training
    X_test, y_test : ndarray, as many rows as are kept apart; none where all train
    problem : str
        ``"classification"`` (y of 0 and 1) or ``"regression"``.
    view : list of pairs
        From where to where the map goes, for each coordinate.
    code : str
        Makes X, y and, where some are kept apart, X_test, y_test; after it `X` holds the points alone.
    """

    X: Any
    y: Any
    X_test: Any
    y_test: Any
    problem: str
    view: list[list[float]]
    code: str

    @property
    def top(self) -> float:
        """The largest target in size, at least a little above 0: the strongest colour of a regression."""
        return max(float(np.max(np.abs(self.y))), 1e-9)


def points_of(settings: dict[str, Any], own: Any) -> Points:
    """Return the points that settings ask for; `own` is the learner's ``(X, y)``, or None.

    Raises
    ------
    CourseError
        If the data are none that can be drawn and learned: the text is shown to the learner.
    """
    if settings["data"] == OWN:
        X, y, problem = own_points(own)
        code, half = _own_code(X, y), 0.0
    else:
        kind = SETS[settings["data"]]
        n, noise, seed = settings["n"], settings["noise"], settings["data_seed"]
        X, y = kind.make(n, noise, seed)
        problem, half = kind.problem, kind.half
        code = kind.code.format(n=n, noise=noise, seed=seed)
    view = [[-half, half], [-half, half]] if half else _square(X)
    share = settings["train"] / 100
    if share == 1:
        return Points(X, y, X[:0], y[:0], problem, view, code)
    seed = settings["data_seed"]
    (X, y), (X_test, y_test) = sets.split(X, y, (share, 1 - share), rng=seed)
    code += f"(X, y), (X_test, y_test) = data.split(X, y, ({share}, {1 - share}), rng={seed})\n"
    return Points(X, y, X_test, y_test, problem, view, code)


def own_points(own: Any) -> tuple[Any, Any, str]:
    """Return the learner's points, targets and problem; raises a CourseError where they do not do."""
    if not isinstance(own, tuple | list) or len(own) != 2:
        raise UsageError(
            "The lab needs data as a pair.",
            expected="(X, y): points (N, 2), and a class 0 or 1 or a number for each",
            got=type(own).__name__,
            mend="write NetworkLab(data=(X, y))",
        )
    X, y = sets.from_arrays(*own)
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if X.ndim != 2 or X.shape[1] != 2 or y.ndim != 1 or not len(X):
        raise UsageError(
            "The lab draws points of a plane.",
            expected="X of shape (N, 2), y of shape (N,), N at least 1",
            got=f"shapes {X.shape} and {y.shape}",
            mend="choose two columns: X[:, [0, 1]]",
        )
    if y.dtype.kind == "i":
        if y.max() > 1:
            raise UsageError(
                "The lab tells two classes apart.",
                expected="classes 0 and 1",
                got=f"{int(y.max()) + 1} classes",
                mend="ask whether it is one of them, y == 2 for example; or hand numbers over as floats",
            )
        return X, y, "classification"
    return X, y, "regression"


def _square(X: Any) -> list[list[float]]:
    low, high = X.min(axis=0), X.max(axis=0)
    half = 0.75 * max(float((high - low).max()), 1e-3) if len(X) > 1 else max(1.0, float(np.abs(X).max()))
    return [[float(f"{m - half:.4g}"), float(f"{m + half:.4g}")] for m in (low + high) / 2]


def _own_code(X: Any, y: Any) -> str:
    if len(X) > WRITTEN:
        return "# X (N, 2) and y (N,) are your data\n"
    return f"X = np.array({X.tolist()})\ny = np.array({y.tolist()})\n"

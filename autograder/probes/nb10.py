"""Probes of NB10: a learner's gradient check, name giver and training."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from .tools import Counting, Misfit, several, wrote

Array = npt.NDArray[np.float64]


def of_family(kind: str, A: Array) -> tuple[Callable[[Array], Any], Callable[[Array], Array]]:
    """Return a function of an array shaped like A, and its gradient."""
    if kind == "waves":
        return lambda x: np.sum(A * np.sin(x)), lambda x: A * np.cos(x)
    if kind == "tiny":
        return lambda x: 1e-10 * np.sum(A * np.exp(0.3 * x)), lambda x: 3e-11 * A * np.exp(0.3 * x)
    if kind == "bent":  # bends a million times as much as it slopes
        return lambda x: np.sum(1e6 * (x - A) ** 2 + x), lambda x: 2e6 * (x - A) + 1.0
    if kind == "plane":  # does not bend at all: every difference is exact, up to rounding
        return lambda x: np.sum(A * x), lambda x: 1.0 * A
    if kind == "kinks":
        return lambda x: np.sum(A * np.maximum(x, 0.0)), lambda x: A * (x > 0)
    raise ValueError(kind)


def spoilt(grad: Callable[[Array], Array], how: str, index: tuple[int, ...]) -> Callable[[Array], Array]:
    """Return a gradient that is right, or wrong in a given way at an index or everywhere."""

    def handed(x: Array) -> Array:
        g = np.array(grad(x))
        if how == "sign":
            g[index] = -g[index]
        elif how == "entry":
            g[index] *= 1.5
        elif how == "smaller":
            g[index] *= 0.9
        elif how == "zero":
            g[index] = 0.0
        elif how == "scaled":
            g *= 1.02
        elif how == "exchanged":  # the sum of all entries stays what it was
            g = g[::-1]
        return g

    return handed


def checked(gradient_check: Callable[..., Any], trials: dict[str, Any], n_dirs: int, seed: int) -> Any:
    """Hand over functions with gradients right and wrong; tell the verdicts, worst indices, and calls."""
    told: dict[str, Any] = {}
    for name, t in trials.items():
        f, grad = of_family(t["kind"], t["A"])
        f = Counting(f)
        handed = spoilt(grad, t["how"], tuple(t["index"]))
        verdict = gradient_check(f, handed, t["x"], n_dirs, np.random.default_rng(seed))
        ok, worst = several(verdict, 2, "gradient_check")
        told[f"ok_{name}"] = bool(wrote(ok))
        told[f"worst_{name}"] = [-1] if worst is None else list(np.atleast_1d(worst))
        told[f"fewer_calls_than_entries_{name}"] = f.calls < t["x"].size
    return told


def named(name_the_mistake: Callable[..., Any], gradients: list[Array], problem: dict[str, Any]) -> Any:
    """Ask for the name of each gradient's mistake."""
    asked = SimpleNamespace(**problem)
    return ([str(wrote(name_the_mistake(gradient, asked))) for gradient in gradients],)


# Of a right training about one start in 600 ends where the data are not fitted: no points hang on one start.
_STARTS = 3
_FITTED = 0.95


def trained(
    train_mlp: Callable[..., Any], X: Array, y: Array, X_new: Array, sizes: list[int], seed: int
) -> tuple[Any, ...]:
    """Train, and label new points; a start that does not fit its own data is followed by another."""
    for start in range(_STARTS):
        model, history = _training(train_mlp, X, y, sizes, seed + start)
        if np.mean((_predicted(model, X) > 0.5) == y) >= _FITTED:
            break
    return [int(above) for above in _predicted(model, X_new) > 0.5], np.asarray(history, float)


def predicting(
    train_mlp: Callable[..., Any], X: Array, y: Array, X_new: Array, sizes: list[int], seed: int
) -> tuple[Any, ...]:
    """Train twice with the same seed; predict new points at once, again, and in two halves."""
    (model, _), (other, _) = (_training(train_mlp, X, y, sizes, seed) for _ in range(2))
    p, half = _predicted(model, X_new), len(X_new) // 2
    by_halves = np.concatenate([_predicted(model, X_new[:half]), _predicted(model, X_new[half:])])
    # Sums of another length round differently, hence not bit by bit.
    return tuple(
        np.allclose(p, again, atol=1e-6)
        for again in (_predicted(model, X_new), by_halves, _predicted(other, X_new))
    )


def _training(train_mlp: Callable[..., Any], X: Array, y: Array, sizes: list[int], seed: int) -> Any:
    return several(train_mlp(X, y, sizes, np.random.default_rng(seed)), 2, "train_mlp")


def _predicted(model: Any, X: Array) -> Array:
    if not callable(model):
        raise Misfit(f"the model is a {type(model).__name__} that cannot be called")
    p = np.asarray(wrote(model(X)), float)
    if p.shape != (len(X),):
        raise Misfit(f"the model gives shape {p.shape} where ({len(X)},) is asked for: one number a row")
    return p

"""NB02.E06: a line search, driven along functions of which the value and the gradient are handed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..exercise import Exercise, Piece
from ..instances import made
from ..mistakes import M06, Kind
from ..probes.nb02 import landscape
from ..reference import answered_by

SLOPE_FORGOTTEN = Kind(
    "slope-forgotten",
    "the slope is missing in the test for sufficient decrease",
    "The step is accepted or refused by a bound that does not know how steep the function is.",
    "A factor of the condition is left out.",
    "The decrease that is asked for is a fraction of what the tangent promises: step times slope, and the "
    "slope is the gradient along the direction.",
    "NB02.W4",
)
ANY_DECREASE = Kind(
    "any-decrease",
    "any decrease is accepted, however small",
    "The step is larger than the condition allows.",
    "The condition of sufficient decrease is weakened.",
    "It is not enough that the function falls; it must fall by a given fraction of what its tangent "
    "promises.",
    "NB02.W4",
)
ONE_TOO_SMALL = Kind(
    "shrunk-once-more",
    "the step is shrunk once more after it was accepted, or before it was tried",
    "The step is too small by one factor.",
    "The loop tests and shrinks in the wrong order.",
    "The first step that is tried is 1, and the step that is returned is the one that passed the test.",
    "NB02.W4",
)
ALWAYS_HALVED = Kind(
    "always-halved",
    "the step is always halved, whatever factor is given",
    "The step is a power of one half.",
    "An argument is not used.",
    "By how much the step shrinks each time is the caller's choice, and comes in as an argument.",
    "NB02.W4",
)


def _search(
    promised: Callable[..., Any] = lambda c, eta, slope: c * eta * slope,
    factor: Callable[[float], float] = lambda rho: rho,
    shrink: Callable[[float, float], float] = lambda eta, rho: eta,
) -> Callable[..., float]:
    """Return the line search, or one with a slip in it."""

    def backtracking_line_search(f, grad, x, direction, c=1e-4, rho=0.5):  # type: ignore[no-untyped-def]  # as learners write it
        slope = grad(x) @ direction
        if slope >= 0:
            raise ValueError("this direction does not descend")
        eta = 1.0
        while eta > 1e-8:
            if f(x + eta * direction) <= f(x) + promised(c, eta, slope):
                break
            eta *= factor(rho)
        return float(shrink(eta, rho))

    return backtracking_line_search


_SLIPS = {
    "sign": _search(promised=lambda c, eta, slope: -c * eta * slope),
    "slope": _search(promised=lambda c, eta, slope: c * eta),
    "any": _search(promised=lambda c, eta, slope: 0.0),
    "small": _search(shrink=lambda eta, rho: eta * rho),
    "half": _search(factor=lambda rho: 0.5),
}


def _downhill(kind: str) -> Callable[[np.random.Generator], dict[str, Any]]:
    """Draw until the slips give steps of their own."""

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        while True:
            n = int(rng.integers(2, 6))
            A = rng.standard_normal((n, n))
            A = A @ A.T if kind == "bowl" else A
            x = 0.2 * rng.standard_normal(n)
            c, rho = float(rng.uniform(0.3, 0.45)), float(rng.uniform(0.6, 0.85))
            f, grad = landscape(kind, A)
            direction = -float(rng.uniform(1.5, 4.0)) * grad(x)
            steps = [search(f, grad, x, direction, c, rho) for search in (_search(), *_SLIPS.values())]
            if len({round(step, 9) for step in steps}) == len(steps):
                return {"kind": kind, "A": A, "x": x, "direction": direction, "c": c, "rho": rho}

    return draw


def _defaults(rng: np.random.Generator) -> dict[str, Any]:
    return {**_downhill("bowl")(rng), "c": 1e-4, "rho": 0.5}


def _small_step(rng: np.random.Generator) -> dict[str, Any]:
    A, x = rng.standard_normal((3, 3)), rng.standard_normal(3)
    direction = -1e-3 * landscape("valley", A)[1](x)
    return {"kind": "valley", "A": A, "x": x, "direction": direction, "c": 0.3, "rho": 0.7}


def _uphill(kind: str, scale: float) -> Callable[[np.random.Generator], dict[str, Any]]:
    def draw(rng: np.random.Generator) -> dict[str, Any]:
        n = int(rng.integers(3, 6))
        A, x = rng.standard_normal((n, n)), rng.standard_normal(n)
        A = A @ A.T if kind == "bowl" else A
        return {"kind": kind, "A": A, "x": x, "direction": scale * landscape(kind, A)[1](x)}

    return draw


backtracking_line_search = Exercise(
    id="NB02.E06",
    points=3,
    see="NB02.W4",
    shares={"eta": 2.0},
    pieces=[
        Piece(
            answer="backtracking_line_search(f, grad, x: (n,), direction: (n,), c, rho) -> eta",
            probe="nb02.line_search(kind, A: (n, n), x: (n,), direction: (n,), c, rho) -> eta",
            reference=answered_by(_search()),
            instances=made(
                _downhill("bowl"),
                _downhill("valley"),
                the_usual_constants=_defaults,
                the_first_step_will_do=_small_step,
            ),
            mistakes=[
                M06(_SLIPS["sign"]),
                SLOPE_FORGOTTEN(_SLIPS["slope"]),
                ANY_DECREASE(_SLIPS["any"]),
                ONE_TOO_SMALL(_SLIPS["small"]),
                ALWAYS_HALVED(_SLIPS["half"]),
            ],
        ),
        Piece(
            answer="backtracking_line_search(f, grad, x: (n,), direction: (n,), c, rho) -> eta",
            probe="nb02.line_search_uphill(kind, A: (n, n), x: (n,), direction: (n,)) -> uphill",
            reference=answered_by(_search()),
            instances=made(
                _uphill("bowl", 1.0), _uphill("quartic", 1.0), the_slope_is_small=_uphill("valley", 1e-3)
            ),
        ),
    ],
)

"""NB09: whether a model learns a handful of examples by heart."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..exercise import Exercise
from ..instances import made
from ..mistakes import Kind
from ..probes.nb09 import small_network
from ..reference import answered_by

NAN_IGNORED = Kind(
    "nan-ignored",
    "a loss that is not a number is not noticed",
    "The report speaks of something else where the loss is not finite.",
    "A comparison with a number that is none is always false.",
    "Ask first whether each loss is finite. A comparison with nan is never true, so a chain of conditions "
    "slides past it.",
    "NB09.W7",
)
HELD_OUT = Kind(
    "held-out",
    "the check looks at other examples than those it trains on",
    "Fewer examples are trained on than were handed in.",
    "Fitting and generalising are mixed up.",
    "This check asks whether the model can learn a few examples by heart. All of them are trained on, and "
    "their own loss is what counts.",
    "NB09.W7",
)
ANY_FALL = Kind(
    "any-fall-will-do",
    "any fall of the loss counts as fitting",
    "A model that hardly moves is reported as healthy.",
    "The condition is too weak.",
    "A healthy model learns a few examples by heart: the loss falls to a small part of what it was, as the "
    "exercise says.",
    "NB09.W7",
)
FIXED_BOUND = Kind(
    "fixed-bound",
    "the last loss is compared with a fixed number instead of with the first loss",
    "The verdict changes with the unit in which the loss is measured.",
    "A comparison has the wrong partner.",
    "Whether a loss is small depends on its unit. The first loss is the measure.",
    "NB09.W7",
)
STEPS_MISCOUNTED = Kind(
    "steps-miscounted",
    "another number of steps is taken than is asked for",
    "The number of training steps is wrong.",
    "A loop runs once too often, once too seldom, or on after it should have stopped.",
    "Take exactly as many steps as are asked for, unless the loss stops being finite: then stop at once.",
    "NB09.W7",
)
ALWAYS_WELL = Kind(
    "always-well",
    "the report does not depend on how the loss goes",
    "Sick models are reported as healthy.",
    "A condition is missing.",
    "Compare the last loss with the first before you say that all is well.",
    "NB09.W7",
)
GROWTH_UNNOTICED = Kind(
    "growth-unnoticed",
    "a loss that grows is not told from one that stands still",
    "The reason is wrong where the loss grows.",
    "Two symptoms get one name.",
    "A loss that grows speaks of steps that are too long; one that stays speaks of dead or equal units. Tell "
    "them apart by comparing with the first loss.",
    "NB09.W7",
)

LAST_STEP_ALONE = Kind(
    "last-step-alone",
    "the last loss is compared with the one before it instead of with the first",
    "A loss that has fallen, and swings a little, is reported as growing.",
    "A comparison has the wrong partner.",
    "Losses go up and down on their way. Whether training makes things worse is seen over all steps: compare "
    "with the first loss.",
    "NB09.W7",
)


def _checked(
    finite: Any = np.isfinite,
    part: Any = lambda X, y: (X, y),
    fits: Any = lambda first, last: last <= 0.1 * first,
    grows: Any = lambda first, last: last > first,
    count: Any = lambda steps: steps,
    measured: Any = None,
    start: Any = lambda losses: losses[0],
) -> Any:
    """Return the check, or one with a slip in it."""

    def overfit_check(model: Any, X: Any, y: Any, steps: int) -> dict[str, Any]:
        losses = []
        for _ in range(count(steps)):
            before = model.loss(*measured(X, y)) if measured else None
            loss = model.step(*part(X, y))
            losses.append(before if measured else loss)
            if not finite(losses[-1]):
                break
        losses.append(model.loss(*(measured or part)(X, y)))
        first, last = losses[0], losses[-1]
        if not all(map(finite, losses)):
            return {"ok": False, "reason": "not finite"}
        if fits(first, last):
            return {"ok": True, "reason": "fits"}
        return {"ok": False, "reason": "grows" if grows(start(losses), last) else "does not fall"}

    return overfit_check


def _held_out(share: float) -> Any:
    """Return the check of someone who trains on a share of the examples and looks at the others."""
    return _checked(
        part=lambda X, y: (X[: int(share * len(X))], y[: int(share * len(X))]),
        measured=lambda X, y: (X[int(share * len(X)) :], y[int(share * len(X)) :]),
    )


# What is wrong with a model, the length of its steps, how many of them, the unit in which it measures its
# loss (so that no fixed number can tell large from small), and what the report should say.
_MODELS = {
    "healthy": ("well", 0.1, 150, 1e4, "fits"),
    "with_long_steps": ("well", 0.6, 12, 1e-4, "grows"),
    "with_zero_weights": ("zero", 0.1, 60, 1e-3, "does not fall"),
    "with_a_swinging_loss": ("swinging", 0.35, 5, 10.0, "does not fall"),
    "fed_with_nan": ("nan", 0.1, 40, 1.0, "not finite"),
}


def _shows(losses: Any, state: str, expected: str) -> bool:
    """Whether a model behaves as it should, with room to spare."""
    if expected == "not finite":
        return not np.isfinite(losses).any()
    if not np.isfinite(losses).all():
        return False
    fall = losses[-2:] / losses[0]
    inside = {
        "fits": (fall < 0.02) & (losses[-2:] > 1.0),
        "does not fall": (fall > 0.3) & (fall < 0.97),
        "grows": fall > 5.0,
    }
    # A loss that swings goes up with the last step, and has fallen all the same.
    return bool(np.all(inside[expected])) and (state != "swinging" or fall[1] > 1.1 * fall[0])


def _model(
    rng: np.random.Generator, state: str, lr: float, steps: int, unit: float, expected: str
) -> dict[str, Any]:
    while True:
        N, seed = int(rng.integers(6, 9)), int(rng.integers(1 << 30))
        X, y = rng.standard_normal((N, 3)), rng.standard_normal(N)
        if state == "nan":
            X[:, 1] = np.nan
        network = small_network(3, 12, lr, state, seed, unit)
        with np.errstate(all="ignore"):
            losses = [*(network.step(X, y) for _ in range(steps)), network.loss(X, y)]
        if _shows(np.array(losses), state, expected):
            return {"X": X, "y": y, "lr": lr, "state": state, "steps": steps, "seed": seed, "unit": unit}


def _one_of_each(rng: np.random.Generator) -> dict[str, Any]:
    return {"models": [_model(rng, *how) for how in _MODELS.values()]}


_PARTS = [
    f"{what}_{model}"
    for model in _MODELS
    for what in ("ok", "reason", "steps", "examples")
    if what in ("ok", "reason") or model != "fed_with_nan"  # one may stop there, or go on
]

overfit_check = Exercise(
    id="NB09.E08",
    answer="overfit_check(model, X, y, steps)",
    probe=f"nb09.overfitted(models) -> {', '.join(_PARTS)}",
    reference=answered_by(_checked()),
    instances=made(_one_of_each),
    points=3,
    see="NB09.W7",
    shares={name: 3.0 for name in _PARTS if name.startswith("reason")},
    mistakes=[
        NAN_IGNORED(_checked(finite=lambda loss: True)),
        HELD_OUT(_checked(part=lambda X, y: (X[:-2], y[:-2]))),
        HELD_OUT(_checked(part=lambda X, y: (X[: len(X) // 2], y[: len(y) // 2]))),
        *(HELD_OUT(_held_out(share)) for share in (0.5, 0.7, 0.75, 0.8)),
        ANY_FALL(_checked(fits=lambda first, last: last < first)),
        FIXED_BOUND(_checked(fits=lambda first, last: last <= 0.1)),
        FIXED_BOUND(_checked(fits=lambda first, last: last <= 1e-3)),
        STEPS_MISCOUNTED(_checked(count=lambda steps: steps + 1)),
        STEPS_MISCOUNTED(_checked(count=lambda steps: steps - 1)),
        ALWAYS_WELL(_checked(fits=lambda first, last: True)),
        GROWTH_UNNOTICED(_checked(grows=lambda first, last: False)),
        LAST_STEP_ALONE(_checked(start=lambda losses: losses[-2])),
    ],
)

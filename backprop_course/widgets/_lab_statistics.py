"""How often a network of the lab learns: many starts at once, by the engine's gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import grad
from ..errors import UsageError
from ._lab_data import Points
from ._lab_flow import short
from ._lab_run import Run
from ._lab_settings import LOSSES, OPTIMIZERS, PENALTIES, Settings

Trace = dict[str, Any]

MOST_STARTS, MOST_STEPS = 200, 5000


def start_statistics(settings: Settings, points: Points, starts: int = 100, steps: int = 1000) -> Trace:
    """Train a network from many starts, all points in each step; say which get all of them right.

    Start number k is that of the lab with the seed k beyond that of the settings. Where a batch of the lab
    holds all points, a start ends where the lab ends with its seed.

    Parameters
    ----------
    settings : dict
        As `checked` returns them, of a classification.
    points : Points
    starts, steps : int
        How many, from 1 to 200 and from 0 to 5000.

    Returns
    -------
    dict, plain JSON
        ``seeds``; ``right``: for each start how many training points are strictly on their side; ``losses``:
        at the end, without a penalty; ``total``: how many points there are; ``steps``; ``sentence``.

    Raises
    ------
    UsageError
        If the problem is no classification, or a number is out of range.
    """
    if points.problem != "classification":
        raise _refused("problem", "a classification", "a regression", "choose one where points have a side")
    for name, value, most in (("starts", starts, MOST_STARTS), ("steps", steps, MOST_STEPS)):
        if not isinstance(value, int) or not (name == "starts") <= value <= most:
            raise _refused(
                name, f"a whole number up to {most}", repr(value), "more take too long to wait for"
            )
    seeds = [settings["seed"] + k for k in range(starts)]
    runs = [Run({**settings, "seed": seed, "batch": len(points.X)}, points) for seed in seeds]
    one = runs[0]
    names = [name for name, _ in one.model.named_parameters()]
    values: dict[str, Any] = {}
    for name in names:
        parts = [run.steps.values[name] for run in runs]
        values[name] = np.stack([part[None] if part.ndim == 1 else part for part in parts])
    objective, outputs = _objective(one)
    rule = OPTIMIZERS[settings["optimizer"]][0](None, lr=settings["rate"])
    state = rule.initial(values)
    with np.errstate(all="ignore"):
        gradient = grad(objective)
        for _ in range(steps):
            values, state = rule.updated(values, gradient(values), state)
        outs = outputs(values)[..., 0]
        losses = [float(one.trainer.loss(out[:, None], one.y)) for out in outs]
    right = [int(np.sum(np.where(points.y == 1, out > 0, out < 0))) for out in outs]
    total = len(points.y)
    won = sum(count == total for count in right)
    rarer = won > starts / 2  # the seeds of the rarer kind are told
    told = [seed for seed, count in zip(seeds, right, strict=True) if (count < total) == rarer]
    few = ", ".join(map(str, told[:8])) + (", ..." if len(told) > 8 else "")
    return {
        "seeds": seeds,
        "right": right,
        "losses": [short(loss) for loss in losses],
        "total": total,
        "steps": steps,
        "sentence": f"{won} of {starts} starts get all {total} training points right after {steps} steps "
        f"with all points in each; the lowest loss is {short(min(losses))}."
        + (f" Seeds that do{' not' if rarer else ''}: {few}." if told else ""),
    }


def _objective(run: Run) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """The sum of the losses of all starts, and their outputs, from values with one more axis in front."""
    cost, strength = PENALTIES[run.settings["penalty"]], run.settings["strength"]
    loss = LOSSES[run.points.problem][run.settings["loss"]][0]

    def outputs(values: Any) -> Any:
        out: Any = run.X
        for i, layer in enumerate(run.model.layers):
            if i in run.layers:
                out = out @ values[f"{i}.weight"]
                out = out + values[f"{i}.bias"] if f"{i}.bias" in values else out
            else:
                out = layer(out)
        return out

    def objective(values: Any) -> Any:
        out = outputs(values)
        target = np.broadcast_to(run.y, out.shape)
        total = loss(out, np.array(target), reduction="sum") / len(run.y)
        return total + cost(values, strength) if cost and strength else total

    return objective, outputs


def _refused(name: str, expected: str, got: str, why: str) -> UsageError:
    return UsageError(
        f"Statistics of starts cannot be made with this {name}.", expected=expected, got=got, mend=why
    )

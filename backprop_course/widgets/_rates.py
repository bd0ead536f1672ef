"""Step sizes that become smaller on the way, by schedules of `optim`: as they are used, told and written."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..engine.drawing.text import MINUS
from ..errors import UsageError
from ..optim import schedules

STEPS = 40
SCHEDULES: dict[str, tuple[Callable[[float], schedules.Schedule], str]] = {
    "constant": (schedules.Constant, "stays"),
    "step": (partial(schedules.Step, every=10, drop=0.5), "is halved after every 10 steps"),
    "exponential": (partial(schedules.Exponential, decay=0.9), "is multiplied by 0.9 after each step"),
    "inverse": (partial(schedules.Inverse, k=0.1), "is divided by 1 + 0.1 t at step t"),
    "cosine": (partial(schedules.Cosine, t_max=STEPS), f"falls to 0 at step {STEPS}, as half a wave does"),
}


def schedule_of(name: str, lr: float) -> schedules.Schedule:
    """Return the schedule that begins with a step size."""
    return SCHEDULES[name][0](lr)


def code_of(name: str, lr: float) -> str:
    """Return how the step size is written for an optimiser."""
    return repr(lr) if name == "constant" else f"optim.schedules.{schedule_of(name, lr)!r}"


def said_of(name: str, lr: float, limit: float | None) -> str:
    """Say how the step size moves, and when it is below the limit, where there is one."""
    rate = schedule_of(name, lr)
    if name == "constant":
        side = "below" if limit is not None and lr < limit else "not below"
        return "" if limit is None else f" The step size {short(lr)} is {side} the limit."
    moves = f" The step size is {short(lr)} at first and {SCHEDULES[name][1]}"
    if limit is None:
        return f"{moves}."
    below = next((t for t in range(STEPS) if rate(t) < limit), None)
    if below is None:
        return f"{moves}: none of {STEPS} steps is below the limit."
    return f"{moves}: it is below the limit {f'from step {below} on' if below else 'from the start'}."


def known(name: Any) -> str:
    """Return the name of a schedule, or refuse it."""
    if isinstance(name, str) and name in SCHEDULES:
        return str(name)
    raise UsageError(
        "There is no such schedule.",
        expected=", ".join(map(repr, SCHEDULES)),
        got=repr(name)[:60],
        mend="write one of these",
    )


def short(x: float) -> str:
    """Write a step size with three figures."""
    return f"{x:.3g}".replace("-", MINUS)

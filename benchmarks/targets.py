"""What our engine has to reach and what it aims at, and whether it does."""

from __future__ import annotations

from dataclasses import dataclass

from .running import Result


@dataclass(frozen=True)
class Target:
    """One bound: `engine` on `workload`, in float64 and on one thread."""

    engine: str
    workload: str
    must: float
    goal: float | None = None

    def measured(self, result: Result) -> float:
        """The number to hold against the bounds: seconds, milliseconds, MiB, or the ratio to the floor."""
        value = result.median(self.engine)
        unit = {"s": 1.0, "ms": 1e3, "MiB": 2.0**-20}.get(result.workload.unit)
        return result.ratio(self.engine) if unit is None else value * unit

    def verdict(self, value: float) -> str:
        """Say in one word how the measured number stands to the bounds."""
        if value > self.must:
            return "MISSED"
        return "met" if self.goal is None else "goal" if value <= self.goal else "must"


_COLUMNS = "scalar1000 op10 xor tiny small medium large jac50 jac1000 chain100000".split()
_MUST = {
    "tape": (20, 6, 3.5, 2.7, 2.3, 1.2, 1.06, 8, 4, 0.5),
    "compiled": (1.2, 1.5, 1.5, 1.4, 1.2, 1.05, 1.04),
}
_GOAL = {
    "tape": (14, 4, 2.3, 1.8, 1.6, 1.1, 1.03, 5, 3, 0.2),
    "compiled": (0.9, 1.0, 1.1, 1.1, 1.05, 1.0, 0.97),
}
TARGETS = (
    *(
        Target(engine, name, must, goal)
        for engine in _MUST
        for name, must, goal in zip(_COLUMNS, _MUST[engine], _GOAL[engine], strict=False)
    ),
    Target("tape", "memory", 3.0),
    Target("compiled", "memory", 0.1),
    Target("compiled", "first medium", 20.0),
    Target("compiled", "first scalar1000", 50.0),
)

"""What our engine has to reach and what it aims at, and whether it does."""

from __future__ import annotations

from dataclasses import dataclass

from .running import Result


@dataclass(frozen=True)
class Target:
    """One bound: the best of `engines` on `workload`, in float64 and on one thread."""

    name: str
    engines: tuple[str, ...]
    workload: str
    must: float
    goal: float | None = None

    def measured(self, result: Result) -> tuple[float, str] | None:
        """Give what is held against the bounds, in the unit of the table, and whose it is."""
        unit = {"s": 1.0, "ms": 1e3, "MiB": 2.0**-20}.get(result.workload.unit)
        found = [name for name in self.engines if name in result.samples]
        return min(
            ((result.ratio(e) if unit is None else result.median(e) * unit, e) for e in found), default=None
        )

    def verdict(self, value: float) -> str:
        """Say in one word how the measured number stands to the bounds."""
        if value > self.must:
            return "MISSED"
        return "met" if self.goal is None else "goal" if value <= self.goal else "must"


_COLUMNS = "scalar1000 op10 xor tiny small medium large jac50 jac1000 chain100000".split()
_FORMS = {"dynamic tape": ("tape", "tensors"), "compiled": ("compiled",)}
_MUST = {
    "dynamic tape": (20, 6, 3.5, 2.7, 2.3, 1.2, 1.06, 8, 4, 0.5),
    "compiled": (1.2, 1.5, 1.5, 1.4, 1.2, 1.05, 1.04),
}
_GOAL = {
    "dynamic tape": (14, 4, 2.3, 1.8, 1.6, 1.1, 1.03, 5, 3, 0.2),
    "compiled": (0.9, 1.0, 1.1, 1.1, 1.05, 1.0, 0.97),
}
TARGETS = (
    *(
        Target(name, _FORMS[name], workload, must, goal)
        for name in _MUST
        for workload, must, goal in zip(_COLUMNS, _MUST[name], _GOAL[name], strict=False)
    ),
    Target("dynamic tape", _FORMS["dynamic tape"], "memory", 3.0),
    Target("compiled", _FORMS["compiled"], "memory", 0.1),
    Target("compiled", _FORMS["compiled"], "first medium", 20.0),
    Target("compiled", _FORMS["compiled"], "first scalar1000", 50.0),
)

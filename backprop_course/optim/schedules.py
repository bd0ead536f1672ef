"""Schedules: the rate as a function of the time `t`, which counts steps (or epochs, whoever asks).

Alone they are functions, ``Cosine(0.1, t_max=100)(50)``; an optimiser takes one in place of its rate, and
asks it with the number of steps it has taken. Only `Plateau` remembers: it watches a number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from ..errors import UsageError
from .refusals import in_range

Limits = dict[str, tuple[float, float, bool]]  # setting: from, to below, whether without the lower


class Schedule:
    """Base of the schedules: call one with `t`, from 0 on, for the rate.

    Raises
    ------
    UsageError
        If a setting is out of range, or `t` is negative.
    """

    limits: ClassVar[Limits] = {}

    def __post_init__(self) -> None:
        for name, (low, high, open_below) in self.limits.items():
            in_range(name, getattr(self, name), low, high, open_below=open_below)

    def __call__(self, t: float) -> float:
        """Return the rate at time `t`."""
        return float(self.rate(in_range("t", t, 0.0)))

    def rate(self, t: float) -> float:
        """Return the rate at a time that is known to be good."""
        raise NotImplementedError

    def observe(self, value: float) -> None:
        """Look at the newest value of what is watched, once an epoch for example; most schedules do not."""

    def state_dict(self) -> dict[str, Any]:
        """Return what the schedule remembers, as plain arrays."""
        return {}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned."""


_POSITIVE = (0.0, math.inf, True)
_FROM_0 = (0.0, math.inf, False)


@dataclass
class Constant(Schedule):
    """The same rate always."""

    eta0: float
    limits: ClassVar[Limits] = {"eta0": _FROM_0}

    def rate(self, t: float) -> float:
        """Return eta0."""
        return self.eta0


@dataclass
class Inverse(Schedule):
    """``eta0 / (1 + k * t)``: falls like 1/t.

    References
    ----------
    Robbins & Monro, "A stochastic approximation method" (1951), for rates whose sum is infinite and whose
    sum of squares is finite.
    """

    eta0: float
    k: float = 1.0
    limits: ClassVar[Limits] = {"eta0": _FROM_0, "k": _FROM_0}

    def rate(self, t: float) -> float:
        """Return eta0 / (1 + k t)."""
        return self.eta0 / (1.0 + self.k * t)


@dataclass
class Step(Schedule):
    """``eta0 * drop ** (t // every)``: constant in between, and smaller by a factor after each stretch."""

    eta0: float
    every: float
    drop: float = 0.1
    limits: ClassVar[Limits] = {"eta0": _FROM_0, "every": _POSITIVE, "drop": _POSITIVE}

    def rate(self, t: float) -> float:
        """Return eta0 drop^floor(t / every)."""
        return float(self.eta0 * self.drop ** (t // self.every))


@dataclass
class Exponential(Schedule):
    """``eta0 * decay ** t``."""

    eta0: float
    decay: float
    limits: ClassVar[Limits] = {"eta0": _FROM_0, "decay": _POSITIVE}

    def rate(self, t: float) -> float:
        """Return eta0 decay^t."""
        return float(self.eta0 * self.decay**t)


@dataclass
class Cosine(Schedule):
    """Half a wave of a cosine from `eta0` at 0 to `eta_min` at `t_max`, and `eta_min` from there on.

    With ``eta_min = 0`` it is ``eta0 / 2 * (1 + cos(pi * t / t_max))``.

    References
    ----------
    Loshchilov & Hutter, "SGDR: stochastic gradient descent with warm restarts" (2017), equation 5, one run.
    """

    eta0: float
    t_max: float
    eta_min: float = 0.0
    limits: ClassVar[Limits] = {"eta0": _FROM_0, "t_max": _POSITIVE, "eta_min": _FROM_0}

    def rate(self, t: float) -> float:
        """Return the value of the wave."""
        wave = 1.0 + math.cos(math.pi * min(t / self.t_max, 1.0))
        return self.eta_min + (self.eta0 - self.eta_min) / 2 * wave


@dataclass
class WarmUp(Schedule):
    """From a fraction `start` of the rate up to all of it along a line, and then another schedule.

    ``then(0) * (start + (1 - start) * t / steps)`` before ``steps``, and ``then(t - steps)`` from there on.

    References
    ----------
    Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour" (2017), section 2.2.
    """

    then: Schedule
    steps: float
    start: float = 0.1
    limits: ClassVar[Limits] = {"steps": _POSITIVE, "start": _FROM_0}

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.then, Schedule):
            raise UsageError(
                "A warm-up leads into a schedule.",
                expected="a schedule",
                got=repr(self.then),
                mend="write WarmUp(Constant(0.1), steps=100) for a constant rate of 0.1",
            )

    def rate(self, t: float) -> float:
        """Return the point on the line, or what comes then."""
        if t < self.steps:
            return self.then(0.0) * (self.start + (1.0 - self.start) * t / self.steps)
        return self.then(t - self.steps)

    def observe(self, value: float) -> None:
        """Hand the value on."""
        self.then.observe(value)

    def state_dict(self) -> dict[str, Any]:
        """Return what the schedule after it remembers."""
        return self.then.state_dict()

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Hand the state on."""
        self.then.load_state_dict(state_dict)


@dataclass
class Plateau(Schedule):
    """A rate that is multiplied by `factor` when what is watched has not got better for long.

    Better means lower than the best so far by more than `threshold` of its size. After more than `patience`
    values in a row that were not, the rate falls, not below `eta_min`; then `cooldown` values do not count as
    bad. The time is not asked. Settings and behaviour are those of PyTorch's ReduceLROnPlateau.
    """

    eta0: float
    factor: float = 0.1
    patience: int = 10
    threshold: float = 1e-4
    cooldown: int = 0
    eta_min: float = 0.0
    now: float = field(init=False, repr=False)
    best: float = field(init=False, repr=False, default=math.inf)
    bad: int = field(init=False, repr=False, default=0)
    cooling: int = field(init=False, repr=False, default=0)
    limits: ClassVar[Limits] = {
        "eta0": _FROM_0,
        "factor": (0.0, 1.0, True),
        "patience": _FROM_0,
        "threshold": _FROM_0,
        "cooldown": _FROM_0,
        "eta_min": _FROM_0,
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        self.now = self.eta0

    def rate(self, t: float) -> float:
        """Return the rate as it stands."""
        return self.now

    def observe(self, value: float) -> None:
        """Look at the newest loss (or anything that should fall); nan counts as not better."""
        if value < self.best - (self.threshold * abs(self.best) if math.isfinite(self.best) else 0.0):
            self.best, self.bad = float(value), 0
        else:
            self.bad += 1
        if self.cooling > 0:
            self.cooling, self.bad = self.cooling - 1, 0
        if self.bad > self.patience:
            self.now = max(self.now * self.factor, self.eta_min)
            self.cooling, self.bad = self.cooldown, 0

    def state_dict(self) -> dict[str, Any]:
        """Return the rate, the best value, and the counts."""
        return {name: np.array(getattr(self, name)) for name in ("now", "best", "bad", "cooling")}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take them over."""
        self.now, self.best = float(state_dict["now"]), float(state_dict["best"])
        self.bad, self.cooling = int(state_dict["bad"]), int(state_dict["cooling"])


@dataclass
class PerEpoch(Schedule):
    """A schedule that counts epochs, for one who counts steps: ``schedule(t // steps)``."""

    schedule: Schedule
    steps: int
    limits: ClassVar[Limits] = {"steps": (1.0, math.inf, False)}

    def rate(self, t: float) -> float:
        """Return the rate of the epoch that step `t` belongs to."""
        return self.schedule(t // self.steps)

    def observe(self, value: float) -> None:
        """Hand the value on."""
        self.schedule.observe(value)

    def state_dict(self) -> dict[str, Any]:
        """Return what the schedule remembers."""
        return self.schedule.state_dict()

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Hand the state on."""
        self.schedule.load_state_dict(state_dict)

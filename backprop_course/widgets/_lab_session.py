"""What a user of the network lab does, one thing after the other, each of which can be undone.

A session holds no pictures: `NetworkLab` asks it and shows where it is. Everything that decides what is seen
is in its `State`, so that undoing is going back to an earlier one and making its run again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..errors import UsageError
from ._lab_data import OWN, Points, points_of
from ._lab_run import RATE, Change, Run
from ._lab_settings import Settings, checked

MOST_AT_ONCE = 2000  # steps that are taken before the browser is answered
UNDONE = 100  # how far back undo goes


@dataclass(frozen=True)
class State:
    """All that decides what is seen: settings, changes by hand, and where in the run one looks.

    Attributes
    ----------
    settings : dict
    changes : tuple of (step, place, value)
        As `Run` takes them.
    at, last : int
        The step looked at, and the furthest one of the run.
    example : int
        Which of the coming batch is followed.
    point : pair of floats, or None
        What is followed in its place.
    """

    settings: Settings
    changes: tuple[Change, ...] = ()
    at: int = 0
    last: int = 0
    example: int = 0
    point: tuple[float, float] | None = None

    def to_text(self) -> str:
        """Return JSON from which `read_state` makes the same."""
        return json.dumps(
            {name: getattr(self, name) for name in self.__dataclass_fields__}, ensure_ascii=False
        )


def read_state(text: str, own_problem: str) -> State:
    """Return the state that was written as text.

    Parameters
    ----------
    text : str
    own_problem : str
        As for `checked`.

    Raises
    ------
    UsageError
        If it is none.
    """
    try:
        given = json.loads(text)
        return State(
            checked(given["settings"], own_problem),
            tuple((int(step), int(place), float(value)) for step, place, value in given["changes"]),
            int(given["at"]),
            int(given["last"]),
            int(given["example"]),
            pair(given["point"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(
            "This text is not the state of a network lab.",
            expected="what lab.state returned",
            got=repr(text)[:60],
            mend="copy it whole; data of your own are handed over besides: NetworkLab((X, y), state=...)",
        ) from error


class Session:
    """A state, what was before it, and the run that belongs to it.

    Parameters
    ----------
    state : State
    own : pair of array_like, or None
        The learner's points.
    own_problem : str
        Their problem; empty where there are none.
    """

    def __init__(self, state: State, own: Any, own_problem: str) -> None:
        self.state = self.first = state
        self.own, self.own_problem = own, own_problem
        self.backwards: dict[str, Callable[..., Any]] = {}
        self.undone: list[State] = []
        self.done: list[State] = []
        self.runs = 0  # how many were made
        self._run: Run | None = None

    @property
    def points(self) -> Points:
        """The points of the present settings."""
        return points_of(self.state.settings, self.own)

    @property
    def run(self) -> Run:
        """The run that belongs to the state; another one only where settings or changes are others."""
        state, run = self.state, self._run
        if run is None or run.settings != state.settings or run.changes != state.changes:
            self._run = run = Run(state.settings, self.points, self.backwards, state.changes)
            self.runs += 1
        return run

    def arrive(self) -> Run:
        """Bring the run to the step of the state, or as far as its numbers are finite."""
        run = self.run
        at = run.go(self.state.at)
        last = max(at, self.state.last if run.end is None else min(self.state.last, run.end))
        self.state = replace(self.state, at=at, last=last)
        return run

    def begin(self, weights: Any, biases: Any, steps: int) -> None:
        """Set first weights and biases, and how many steps are to be taken."""
        changes = self.state.changes + self._given("weight", weights) + self._given("bias", biases)
        self.state = replace(self.state, changes=changes)
        if steps:
            self.state = replace(self.state, at=steps, last=steps)
        self.first = replace(self.state, at=0, last=0)

    def swap(self, kind: str, backward: Callable[..., Any] | None) -> None:
        """Put in a backward of the learner's, and begin anew; see `Trainer.use_backward`."""
        self.run.trainer.use_backward(kind, backward)  # refuses what there is not
        self.backwards.pop(kind, None)
        if backward is not None:
            self.backwards[kind] = backward
        self._run = None
        self.state = replace(self.first, example=0)

    def share(self) -> str:
        """Return code that shows the same lab."""
        own = "(X, y), " if self.state.settings["data"] == OWN else ""
        return f"NetworkLab({own}state={self.state.to_text()!r})"

    def do(self, do: str, asked: dict[str, Any]) -> None:
        """Do what is asked for; nothing is trained yet.

        Parameters
        ----------
        do : str
            ``"train"`` (``unit``: batch, epoch or example; ``steps``; ``more``: goes on with what was done
            before), ``"set"`` (``settings``), ``"edit"`` (``place``, ``value``), ``"reset"``, ``"undo"``,
            ``"redo"``, ``"look"``, ``"point"`` (``point``), ``"example"`` (``example``).
        asked : dict
            What belongs to it, and ``at``: the step that was looked at when it was asked.

        Raises
        ------
        UsageError
            If there is no such thing to do, or a value is none.
        """
        if isinstance(at := asked.get("at"), int):
            self.state = replace(self.state, at=max(0, min(at, self.state.last)))
        if do in ("undo", "redo"):
            source, target = (self.done, self.undone) if do == "undo" else (self.undone, self.done)
            if source:
                target.append(self.state)
                self.state = source.pop()
            return
        steps: dict[str, Callable[[dict[str, Any]], State]] = {
            "train": self._trained,
            "set": self._set,
            "edit": self._edited,
            "reset": self._reset,
            "point": lambda asked: replace(self.state, point=pair(asked["point"])),
            "example": lambda asked: replace(self.state, example=max(0, int(asked["example"])), point=None),
            "look": lambda asked: self.state,
        }
        if do not in steps:
            raise UsageError(
                "The lab was asked for something it does not know.",
                expected=", ".join(steps),
                got=repr(do)[:60],
                mend="set the trait asked to one of these",
            )
        before, self.state = self.state, steps[do](asked)
        looks = do in ("look", "point", "example") or asked.get("more")
        if not looks and self.state != before:
            self.done = [*self.done, before][-UNDONE:]
            self.undone = []

    def _trained(self, asked: dict[str, Any]) -> State:
        state, run = self.state, self.run
        run.go(state.at)
        unit, count = asked.get("unit", "batch"), max(1, int(asked.get("steps", 1)))
        if unit == "example":
            here = -1 if state.point is not None else state.example
            if here + 1 < len(run.batch[0]):
                return replace(state, example=here + 1, point=None)
            count = 1
        elif unit == "epoch":
            count = count * run.count - run.within
        at = state.at + min(count, MOST_AT_ONCE)
        return replace(state, at=at, last=max(at, state.last), example=0)

    def _set(self, asked: dict[str, Any]) -> State:
        wanted = asked["settings"]
        settings = checked({**self.state.settings, **wanted}, self.own_problem)
        if wanted.keys() == {"rate"} and self.state.at:  # a rate may change in the middle of a run
            return self._changed(RATE, settings["rate"])
        return State(settings, point=self.state.point)

    def _edited(self, asked: dict[str, Any]) -> State:
        place, value = asked["place"], asked["value"]
        most = len(self.run.places())
        if not (isinstance(place, int) and 0 <= place < most):
            raise UsageError(
                "There is no such weight.",
                expected=f"a place from 0 to {most - 1}",
                got=repr(place)[:60],
                mend="count the places along the layers, weights before biases",
            )
        if not (isinstance(value, int | float) and abs(value) <= 1e6):
            raise UsageError(
                "A weight is a number.",
                expected="one from -1e6 to 1e6",
                got=repr(value)[:40],
                mend="give a smaller one, or start anew with reset",
            )
        return self._changed(place, float(value))

    def _changed(self, place: int, value: float) -> State:
        """A change at the step looked at; later ones, and what was trained after it, are gone."""
        at = self.state.at
        kept = tuple(c for c in self.state.changes if c[0] < at or (c[0] == at and c[1] != place))
        return replace(self.state, changes=(*kept, (at, place, value)), last=at)

    def _reset(self, asked: dict[str, Any]) -> State:
        same = self.state.settings == self.first.settings
        changes = self.first.changes if same else ()
        return State(self.state.settings, changes, point=self.state.point)

    def _given(self, kind: str, given: Sequence[Any] | None) -> tuple[Change, ...]:
        """First weights or biases as changes before the first step."""
        if given is None:
            return ()
        run = self.run
        try:
            arrays = [np.asarray(part, dtype=float) for part in given]
        except (TypeError, ValueError) as error:
            raise UsageError(
                f"The first {kind} values are not numbers.",
                expected="a list with an array for each layer",
                got=repr(given)[:60],
                mend=f"leave {kind} values out to draw them",
            ) from error
        layers: list[Any] = [run.model.layers[number] for number in run.layers]
        expected = [getattr(layer, kind).shape for layer in layers if getattr(layer, kind) is not None]
        if [a.shape for a in arrays] != expected:
            raise UsageError(
                f"The first {kind} values do not fit the network.",
                expected=f"one array for each layer, of shapes {', '.join(map(str, expected)) or 'none'}",
                got=", ".join(str(a.shape) for a in arrays) or "none",
                mend="give each matrix a row for each input and a column for each output",
            )
        flat = [float(v) for array in arrays for v in array.ravel()]
        places = [i for i, (_, of, _) in enumerate(run.places()) if of == kind]
        return tuple((0, place, value) for place, value in zip(places, flat, strict=True))


def pair(point: Any) -> tuple[float, float] | None:
    """Return two coordinates, or None for None; refuse anything else."""
    if point is None:
        return None
    try:
        array = np.asarray(point, dtype=float)
    except (TypeError, ValueError):
        array = np.zeros(0)
    if array.shape != (2,) or not np.isfinite(array).all():
        raise UsageError(
            "A point has two coordinates.",
            expected="two finite numbers",
            got=repr(point)[:60],
            mend="write (1.0, 2.0), for example",
        )
    return float(array[0]), float(array[1])

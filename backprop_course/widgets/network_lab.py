"""The network lab: build a network, train it step by step, and look at every weight, gradient and unit."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import traitlets

from ..errors import CourseError, UsageError
from . import _assets
from ._failures import failure
from ._lab_code import code_of
from ._lab_data import OWN, own_points, points_of
from ._lab_picture import picture_of
from ._lab_run import RATE, Change, Run
from ._lab_settings import MOST_LAYERS, MOST_UNITS, Settings, checked, choices_of, problem_of
from ._lab_statistics import start_statistics
from ._widget import TracedWidget
from .trace_network import GRID, SENTENCES, WIDE, cloud_of, net_of, trace_network

Trace = dict[str, Any]

MOST_AT_ONCE = 2000  # steps that are taken before the browser is answered
UNDONE = 100  # how far back undo goes


@dataclass(frozen=True)
class _State:
    """All that decides what is seen: with it a run can be made again."""

    settings: Settings
    changes: tuple[Change, ...] = ()
    at: int = 0
    last: int = 0
    example: int = 0
    point: tuple[float, float] | None = None


class NetworkLab(TracedWidget):
    """Build a network for points of the plane, train it, and look inside at any step of the run.

    Everything is computed by the course's own `nn.MLP`, optimisers and training step. A run can be scrubbed,
    undone and repeated: one seed draws the points, another one the first weights and the batches.

    Parameters
    ----------
    data : str or pair of array_like
        ``"circles"``, ``"quarters"``, ``"two clouds"``, ``"spirals"``, ``"moons"``, ``"XOR"``; ``"plane"``
        and ``"hills"`` for regression; or your own ``(X, y)``: points (N, 2), and for each a class 0 or 1,
        or a number.
    steps : int
        How many steps are taken at once and recorded, so that they can be scrubbed where no kernel is.
    weights : sequence of array_like, optional
        Where the weights start, a matrix (inputs, outputs) for each layer; drawn by default.
    biases : sequence of array_like, optional
        Where the biases start.
    point : pair of floats, optional
        A point to send through the network.
    numbers : bool
        Whether numbers stand in the units and beside the edges.
    view : {"forward", "backward"}
        Whether edges show weights or gradients.
    simple : bool
        Whether all that is for training is left out, so that examples can be followed.
    state : str
        What `state` returned for another lab, in place of all settings.
    **settings
        ``n``, ``noise``, ``data_seed``, ``train`` (per cent), ``batch``, ``features``, ``hidden`` (units of
        each hidden layer), ``activations`` (one name, or one for each), ``bias``, ``output_bias``, ``loss``,
        ``optimizer``, ``rate``, ``penalty``, ``strength`` and ``seed``.

    Attributes
    ----------
    settings, net, cloud, now : dict
        See `trace_network`; synced with the browser.
    frame : bytes
        Numbers and maps of the step looked at.

    Raises
    ------
    UsageError
        If a setting is unknown or out of range. Data that do not do are told in the picture.

    Examples
    --------
    >>> from backprop_course.widgets import NetworkLab
    >>> lab = NetworkLab("moons", hidden=[4], optimizer="Adam", steps=20)
    >>> print(lab.sentence)  # doctest: +ELLIPSIS
    Step 20, 2 epochs: training loss 0...., test loss 0.....
    """

    _esm = _assets.module("network_lab")
    _css = _assets.style("controls", "network_lab")
    settings = traitlets.Dict().tag(sync=True)
    net = traitlets.Dict().tag(sync=True)
    cloud = traitlets.Dict().tag(sync=True)
    now = traitlets.Dict().tag(sync=True)
    frame = traitlets.Bytes(b"").tag(sync=True)
    recording: traitlets.List[Trace] = traitlets.List().tag(sync=True)
    recorded = traitlets.Bytes(b"").tag(sync=True)
    statistics = traitlets.Dict().tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)
    command = traitlets.Dict().tag(sync=True)
    answered = traitlets.Int(0).tag(sync=True)
    view = traitlets.Enum(("forward", "backward"), "forward").tag(sync=True)
    numbers = traitlets.Bool(False).tag(sync=True)
    reached = traitlets.Int(0).tag(sync=True)
    simple = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        data: Any = "circles",
        *,
        steps: int = 0,
        weights: Sequence[Any] | None = None,
        biases: Sequence[Any] | None = None,
        point: Sequence[float] | None = None,
        numbers: bool = False,
        view: str = "forward",
        simple: bool = False,
        state: str = "",
        **settings: Any,
    ) -> None:
        self._own, self._own_problem, error = None, "", ""
        self._backwards: dict[str, Callable[..., Any]] = {}
        self._undo: list[_State] = []
        self._redo: list[_State] = []
        self._run: Run | None = None
        self._runs = 0
        if not isinstance(data, str):
            self._own, self._own_problem, data = data, "classification", OWN
            try:
                self._own_problem = own_points(self._own)[2]
            except Exception as raised:  # data of any kind: the widget says what is wrong with them
                error = failure(raised)
        chosen = checked({"data": data, **settings}, self._own_problem)
        wanted = _State(chosen, point=_pair(point))
        wanted = _read(state, self._own_problem) if state else wanted
        if not error:
            try:
                points_of(wanted.settings, self._own)
            except CourseError as raised:  # such as points that cannot be parted
                error = failure(raised)
        super().__init__(
            trace=_trace(error, self._own_problem, wanted.settings), numbers=numbers, view=view, simple=simple
        )
        self._state = wanted
        if error:
            return
        self._state = replace(wanted, changes=wanted.changes + self._given(weights, biases))
        if steps:
            self._state = replace(self._state, at=steps, last=steps)
        self._first = replace(self._state, at=0, last=0)
        self._show()
        if self._state.last:
            self.record()
        self.observe(self._obey, "command")

    # What is seen.

    @property
    def sentence(self) -> str:
        """What is said of the step looked at."""
        said = [
            self.trace["error"] or self.problem or self.now["say"],
            *([self.now["bad"], self.now["differences"]] if self.now else []),
        ]
        return "\n".join(text for text in said if text)

    @property
    def state(self) -> str:
        """What another lab needs to show the same, as text; data of your own are not in it."""
        kept = {name: getattr(self._state, name) for name in _State.__dataclass_fields__}
        return json.dumps(kept, ensure_ascii=False)

    @property
    def model(self) -> Any:
        """A copy of the network with the weights of the step looked at, an `nn.MLP`."""
        run = self._made()
        run.steps.show()
        return run.model.copy()

    def _made(self) -> Run:
        """The run that belongs to the state; another one only where settings or changes are others."""
        state = self._state
        run = self._run
        if run is None or run.settings != state.settings or run.changes != state.changes:
            run = Run(state.settings, points_of(state.settings, self._own), self._backwards, state.changes)
            self._run, self._runs = run, self._runs + 1
        return run

    def _show(self) -> None:
        """Go to the step of the state, and tell the browser what is there."""
        run = self._made()
        at = run.go(self._state.at)
        last = max(at, self._state.last if run.end is None else min(self._state.last, run.end))
        self._state = replace(self._state, at=at, last=last)
        now, frame = trace_network(run, example=self._state.example, point=self._state.point, last=last)
        now |= {
            "title": _title(self._state.settings),
            "last": last,
            "run": self._runs,
            "rate": run.rate,
            "code": code_of(run),
            "share": f"NetworkLab(state={self.state!r})",
            "undo": bool(self._undo),
            "redo": bool(self._redo),
        }
        net, cloud = net_of(run), cloud_of(run)
        with self.hold_sync():
            self.settings, self.net, self.cloud = self._state.settings, net, cloud
            self.now, self.frame, self.problem = now, frame, ""
            if self.trace["title"] != now["title"]:
                self.trace = {**self.trace, "title": now["title"]}

    def record(self, frames: int = 24) -> None:
        """Keep some steps of the run, so that it can be scrubbed where there is no kernel.

        Parameters
        ----------
        frames : int
            How many at most; each takes some ten thousand bytes.
        """
        here = self._state
        steps = sorted({round(i * here.last / max(frames - 1, 1)) for i in range(frames)})
        found = []
        for step in steps:
            self._state = replace(here, at=step)
            self._show()
            found.append((self.now, self.frame))
        self._state = here
        self._show()
        with self.hold_sync():
            self.recording = [now for now, _ in found]
            self.recorded = b"".join(frame for _, frame in found)

    def use_backward(self, kind: str, backward: Callable[..., Any] | None) -> NetworkLab:
        """Train on a backward function of your own, from the start; returns the lab.

        Parameters
        ----------
        kind, backward
            As for `Trainer.use_backward`: ``"affine"`` is called with dY, X, W.

        Raises
        ------
        UsageError
            If there is no such kind, or backward is no function.
        """
        self._made().trainer.use_backward(kind, backward)  # refuses what there is not
        self._backwards = {name: own for name, own in self._backwards.items() if name != kind}
        if backward is not None:
            self._backwards[kind] = backward
        self._run = None
        self._state = replace(self._first, example=0)
        self._try(self._show)
        return self

    # What is asked.

    def _obey(self, change: Any) -> None:
        asked = change["new"]
        do = str(asked.get("do", ""))
        with self.hold_sync():
            if do and not self.trace["error"]:
                self._try(lambda: self._do(do, asked))
            self.answered = int(asked.get("id", 0))

    def _try(self, act: Callable[[], None]) -> None:
        before = self._state
        try:
            act()
        except Exception as raised:  # the learner's backward may raise anything; so may settings of a page
            self._state = before
            self.problem = failure(raised, *self._backwards.values())

    def _do(self, do: str, asked: dict[str, Any]) -> None:
        at = asked.get("at")
        if isinstance(at, int):
            self._state = replace(self._state, at=max(0, min(at, self._state.last)))
        if do in ("undo", "redo"):
            source, target = (self._undo, self._redo) if do == "undo" else (self._redo, self._undo)
            if source:
                target.append(self._state)
                self._state = source.pop()
        elif do == "statistics":
            settings = self._state.settings
            found = start_statistics(settings, points_of(settings, self._own))
            self.statistics = found
            return
        else:
            self._change(do, asked)
        self._show()

    def _change(self, do: str, asked: dict[str, Any]) -> None:
        before, state = self._state, self._state
        if do == "train":
            state = self._trained(asked)
        elif do == "set":
            state = self._set(asked["settings"])
        elif do == "edit":
            kept = tuple(
                c for c in state.changes if c[0] < state.at or (c[0] == state.at and c[1] != asked["place"])
            )
            made = (state.at, _place(asked["place"], self._made()), _finite(asked["value"]))
            state = replace(state, changes=(*kept, made), last=state.at)
        elif do == "reset":
            same = state.settings == self._first.settings
            changes = self._first.changes if same else ()
            state = _State(state.settings, changes, point=state.point)
        elif do == "point":
            state = replace(state, point=_pair(asked["point"]))
        elif do == "example":
            state = replace(state, example=max(0, int(asked["example"])), point=None)
        elif do != "look":
            raise UsageError(f"The lab does not know what to do for {do!r}.")
        if do not in ("look", "point", "example") and not asked.get("more") and state != before:
            self._undo = [*self._undo, before][-UNDONE:]
            self._redo = []
        self._state = state

    def _trained(self, asked: dict[str, Any]) -> _State:
        state, run = self._state, self._made()
        run.go(state.at)
        unit, count = asked.get("unit", "batch"), max(1, int(asked.get("steps", 1)))
        if unit == "example":
            size = len(run.batch[0])
            here = -1 if state.point is not None else state.example
            if here + 1 < size:
                return replace(state, example=here + 1, point=None)
            count = 1
        elif unit == "epoch":
            count = count * run.count - run.within
        at = state.at + min(count, MOST_AT_ONCE)
        return replace(state, at=at, last=max(at, state.last), example=0)

    def _set(self, wanted: dict[str, Any]) -> _State:
        state = self._state
        if wanted.keys() == {"rate"} and state.at:
            rate = checked({**state.settings, **wanted}, self._own_problem)["rate"]
            kept = tuple(c for c in state.changes if c[0] < state.at or (c[0] == state.at and c[1] != RATE))
            return replace(state, changes=(*kept, (state.at, RATE, rate)), last=state.at)
        settings = checked({**state.settings, **wanted}, self._own_problem)
        return _State(settings, point=state.point)

    def _given(self, weights: Any, biases: Any) -> tuple[Change, ...]:
        """First weights and biases as changes before the first step."""
        if weights is None and biases is None:
            return ()
        run = self._made()
        found: list[Change] = []
        for kind, given in (("weight", weights), ("bias", biases)):
            arrays = [] if given is None else [np.asarray(part, dtype=float) for part in given]
            expected = [
                np.shape(getattr(run.model.layers[n], kind).value)
                for n in run.layers
                if getattr(run.model.layers[n], kind) is not None
            ]
            if given is not None and [a.shape for a in arrays] != expected:
                raise UsageError(
                    f"The first {kind} values do not fit the network.",
                    expected=f"one array for each layer, of shapes {', '.join(map(str, expected))}",
                    got=", ".join(str(a.shape) for a in arrays) or "none",
                    mend="a matrix has a row for each input and a column for each output",
                )
            flat = [float(v) for array in arrays for v in array.ravel()]
            places = [i for i, (_, of, _) in enumerate(run.places()) if of == kind]
            found += [(0, place, value) for place, value in zip(places, flat, strict=False)]
        return tuple(sorted(found))

    # Without a browser.

    def text_form(self) -> str:
        """Return the settings, the losses on the way, and what is said now."""
        said = ", ".join(f"{name} {value}" for name, value in self._state.settings.items())
        steps, train, test = self.now["history"]
        few = range(0, len(steps), max(1, len(steps) // 8))
        rows = [f"  {steps[i]:>6}  {_cell(train[i]):>10}  {_cell(test[i]):>10}" for i in few]
        head = f"  {'step':>6}  {'training':>10}  {'test':>10}"
        flow = ["", *self.now["flow"]["forward"]] if self.numbers else []
        if self.simple:
            return "\n".join([self.trace["title"], *flow])
        return "\n".join([self.trace["title"], said, "", head, *rows, "", self.sentence, *flow])

    def png(self) -> bytes:
        """Draw the network, its output over the plane, and the losses."""
        seen = (self.trace["title"], self.net, self.cloud, self.now, self.frame)
        return picture_of(*seen, numbers=self.numbers, simple=self.simple)


def _trace(error: str, own_problem: str, settings: Settings) -> Trace:
    return {
        "error": error,
        "title": _title(settings),
        "choices": choices_of(own_problem),
        "sentences": SENTENCES,
        "grid": GRID,
        "wide": WIDE,
        "most": [MOST_LAYERS, MOST_UNITS],
        "problem": problem_of(settings, own_problem),
    }


def _title(settings: Settings) -> str:
    sizes = [len(settings["features"]), *settings["hidden"], 1]
    return f"A network {'-'.join(map(str, sizes))} on {settings['data']}"


def _read(text: str, own_problem: str) -> _State:
    try:
        given = json.loads(text)
        return _State(
            checked(given["settings"], own_problem),
            tuple((int(step), int(place), float(value)) for step, place, value in given["changes"]),
            int(given["at"]),
            int(given["last"]),
            int(given["example"]),
            _pair(given["point"]),
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


def _pair(point: Any) -> tuple[float, float] | None:
    if point is None:
        return None
    array = np.asarray(point, dtype=float)
    if array.shape != (2,) or not np.isfinite(array).all():
        raise UsageError(
            "A point has two coordinates.",
            expected="two finite numbers",
            got=repr(point)[:60],
            mend="(1.0, 2.0)",
        )
    return float(array[0]), float(array[1])


def _place(place: Any, run: Run) -> int:
    if isinstance(place, int) and 0 <= place < len(run.places()):
        return place
    raise UsageError(
        "There is no such weight.",
        expected=f"a place below {len(run.places())}",
        got=repr(place),
        mend="click it",
    )


def _finite(value: Any) -> float:
    if isinstance(value, int | float) and abs(value) <= 1e6:
        return float(value)
    raise UsageError(
        "A weight is a number.", expected="one from -1e6 to 1e6", got=repr(value)[:40], mend="write 0.5, say"
    )


def _cell(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.4g}"

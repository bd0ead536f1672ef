"""The network lab: build a network, train it step by step, and look at every weight, gradient and unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import traitlets

from ..errors import CourseError
from . import _assets
from ._boundary_settings import whole
from ._failures import failure
from ._lab_code import code_of
from ._lab_data import OWN, own_points
from ._lab_picture import picture_of
from ._lab_session import Session, State, pair, read_state
from ._lab_settings import MOST_LAYERS, MOST_UNITS, Settings, checked, choices_of, problem_of
from ._lab_statistics import start_statistics
from ._widget import TracedWidget
from .trace_network import GRID, SENTENCES, WIDE, cloud_of, net_of, trace_network

Trace = dict[str, Any]


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
    Step 20, 2 epochs: training loss 0..., test loss 0...
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
        own, problem, error = None, "", ""
        if not isinstance(data, str):
            own, problem, data = data, "classification", OWN
            try:
                problem = own_points(own)[2]
            except Exception as raised:  # data of any kind: the widget says what is wrong with them
                error = failure(raised)
        chosen = checked({"data": data, **settings}, problem)
        begun = read_state(state, problem) if state else State(chosen, point=pair(point))
        session = self._session = Session(begun, own, problem)
        try:
            error = error or _needs_points(session)
        except CourseError as raised:  # such as points that cannot be parted
            error = failure(raised)
        trace = _trace(error, problem, begun.settings)
        super().__init__(trace=trace, numbers=numbers, view=view, simple=simple)
        if error:
            return
        session.begin(weights, biases, whole("steps", steps, 0, 10**9))
        if session.state.last:
            self.record()
        else:
            self._show()
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
        return self._session.state.to_text()

    @property
    def model(self) -> Any:
        """A copy of the network with the weights of the step looked at, an `nn.MLP`."""
        run = self._session.arrive()
        run.steps.show()
        return run.model.copy()

    def _seen(self) -> tuple[Trace, bytes]:
        """Go to the step of the state, and return what moves along the run."""
        session = self._session
        run = session.arrive()
        state = session.state
        now, frame = trace_network(run, example=state.example, point=state.point, last=state.last)
        now |= {
            "title": _title(state.settings),
            "last": state.last,
            "run": session.runs,
            "rate": run.rate,
            "code": code_of(run),
            "share": session.share(),
            "undo": bool(session.done),
            "redo": bool(session.undone),
        }
        return now, frame

    def _show(self) -> None:
        """Go to the step of the state, and tell the browser what is there."""
        now, frame = self._seen()
        run = self._session.run
        net, cloud = net_of(run), cloud_of(run)
        with self.hold_sync():
            self.settings, self.net, self.cloud = self._session.state.settings, net, cloud
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
        session = self._session
        session.arrive()
        here = session.state
        steps = sorted({round(i * here.last / max(frames - 1, 1)) for i in range(frames)})
        found = []
        for step in steps:
            session.state = replace(here, at=step)
            found.append(self._seen())
        session.state = here
        with self.hold_sync():
            self._show()
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
        self._session.swap(kind, backward)
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
        session = self._session
        before = session.state
        try:
            act()
        except Exception as raised:  # the learner's backward may raise anything; so may settings of a page
            session.state = before
            self.problem = failure(raised, *session.backwards.values())

    def _do(self, do: str, asked: dict[str, Any]) -> None:
        session = self._session
        if do == "statistics":
            self.statistics = start_statistics(session.state.settings, session.points)
            return
        session.do(do, asked)
        self._show()

    # Without a browser.

    def text_form(self) -> str:
        """Return the settings, the losses on the way, and what is said now."""
        said = ", ".join(f"{name} {value}" for name, value in self.settings.items())
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


def _needs_points(session: Session) -> str:
    """Make the points, or raise what is wrong with them."""
    return "" if len(session.points.X) else "There are no points to train on."


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


def _cell(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.4g}"

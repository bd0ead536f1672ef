"""The descent explorer: paths down the map of a loss, as start, step size and method move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets

from ..errors import CourseError
from . import _assets, _plots
from ._losses import loss_of
from ._rates import SCHEDULES, STEPS, known
from ._widget import TracedWidget
from .trace_descent import (
    BY_RATE,
    EXPONENTS,
    METHODS,
    MOMENTA,
    failed,
    one_of,
    positive,
    trace_map,
    trace_run,
    two_numbers,
)

_SETTINGS = ("start", "method", "rate", "schedule", "momentum", "batch", "seed")


class DescentExplorer(TracedWidget):
    """Drag the start of a descent on the map of a loss of two parameters, and scrub along its path.

    Shown are fixed steps with momentum beside the limit 2/L, schedules that make the steps shorter,
    mini-batches with a visible seed, a line search, conjugate gradients and L-BFGS. The kernel makes
    each path anew by `backprop_course.optim`.

    Parameters
    ----------
    loss : {"least squares", "logistic"} or callable
        The sum of squares of a line, the sum of cross-entropies of a logistic model, or a function of an
        array of two numbers.
    data : pair of array_like, optional
        One feature and one target for each point.
    start : sequence of 2 floats
    method : str
        ``"fixed step"``, ``"mini-batches"``, ``"line search"``, ``"conjugate gradients"`` or ``"L-BFGS"``.
    lr : float
        Step size; the nearest of 20 places in each power of ten, from 1e-4 to 10.
    schedule : {"constant", "step", "exponential", "inverse", "cosine"}
        How the step size goes on, of fixed steps and mini-batches.
    view : pair of pairs of floats
        From where to where the map goes, for each parameter.
    seed : int
        Draws the mini-batches.

    Attributes
    ----------
    trace, run : dict
        See `trace_map` and `trace_run`.
    rate, momentum, batch, seed, step : int
        Places in ``trace["rates"]`` and ``trace["momenta"]``, the number of points of a mini-batch, what
        draws them, and the step looked at; all are synced with the browser, as are `start`, `method` and
        `schedule`.

    Raises
    ------
    UsageError
        If loss, view, start, method, lr or schedule are none. Data that do not do are told in the widget.

    Examples
    --------
    >>> from backprop_course.widgets import DescentExplorer
    >>> explorer = DescentExplorer("least squares", start=(4, -1), lr=0.0631)
    >>> print(explorer.run["setting"])  # doctest: +ELLIPSIS
    L = 33.62 is the largest curvature at the start, 2/L = 0.059488. The step size 0.0631 is not below ...
    """

    _esm = _assets.module("descent_explorer")
    _css = _assets.style("controls", "descent_explorer")
    run = traitlets.Dict().tag(sync=True)
    start = traitlets.List(traitlets.Float(), minlen=2, maxlen=2).tag(sync=True)
    method = traitlets.Enum(METHODS, METHODS[0]).tag(sync=True)
    rate = traitlets.Int(0).tag(sync=True)
    schedule = traitlets.Enum(tuple(SCHEDULES), "constant").tag(sync=True)
    momentum = traitlets.Int(0).tag(sync=True)
    batch = traitlets.Int(1).tag(sync=True)
    seed = traitlets.Int(0).tag(sync=True)
    step = traitlets.Int(STEPS).tag(sync=True)

    def __init__(
        self,
        loss: Any = "least squares",
        *,
        data: Any = None,
        start: Sequence[float] = (4.0, -1.0),
        method: str = METHODS[0],
        lr: float = 0.03,
        schedule: str = "constant",
        view: Any = ((-4, 6), (-2, 6)),
        seed: int = 0,
    ) -> None:
        self._loss = loss_of(loss, None)
        try:
            self._loss = loss_of(loss, data)
        except CourseError as error:  # of the data: the loss is one
            trace = failed(str(error))
        else:
            trace = trace_map(loss, data, view)
        place = int(np.abs(np.array(EXPONENTS) - np.log10(positive(lr))).argmin())
        super().__init__(
            trace=trace,
            start=two_numbers(start),
            method=one_of(method, trace["methods"]),
            rate=place,
            schedule=known(schedule),
            seed=seed,
        )
        self._made: tuple[Any, ...] = ()
        self._descend()
        self.observe(self._descend, _SETTINGS)

    @property
    def sentence(self) -> str:
        """What is said of the step looked at."""
        if self.trace["error"] or self.run["error"]:
            return str(self.trace["error"] or self.run["error"])
        return (
            f"{self.run['sentences'][min(self.step, len(self.run['sentences']) - 1)]}\n{self.run['setting']}"
        )

    @traitlets.validate("rate", "momentum", "batch", "step")
    def _within(self, proposal: Any) -> int:
        name, low = proposal["trait"].name, int(proposal["trait"].name == "batch")
        most = {"rate": len(EXPONENTS) - 1, "momentum": len(MOMENTA) - 1, "step": STEPS}
        return int(min(max(proposal["value"], low), most.get(name, max(self.trace["size"], 1))))

    @traitlets.validate("seed")
    def _not_negative(self, proposal: Any) -> int:
        return max(int(proposal["value"]), 0)

    @traitlets.validate("start")
    def _in_view(self, proposal: Any) -> list[float]:
        sides = zip(proposal["value"], self.trace["view"], strict=True)
        return [float(min(max(value, low), high)) for value, (low, high) in sides]

    def _descend(self, _: Any = None) -> None:
        settings = (*self.start, *(getattr(self, name) for name in _SETTINGS[1:]))
        if settings == self._made:  # several settings that move together ask once each
            return
        self._made = settings
        self.run = (
            {"error": self.trace["error"], "points": [], "sentences": []}
            if self.trace["error"]
            else trace_run(
                self._loss,
                self.start,
                self.method,
                lr=float(f"{10.0 ** EXPONENTS[self.rate]:.3g}"),
                schedule=self.schedule,
                momentum=MOMENTA[self.momentum],
                batch=self.batch,
                seed=self.seed,
            )
        )

    def text_form(self) -> str:
        """Return some steps of the path, and what the settings mean."""
        said = self.run["sentences"]
        few = said if len(said) <= 8 else [*said[:5], "...", said[-1]]
        moves = self.method in BY_RATE and self.schedule != "constant"
        how = f"{self.method}, schedule: {self.schedule}" if moves else self.method
        return "\n".join([self.trace["title"], how, "", *few, "", self.run.get("setting", "")])

    def png(self) -> bytes:
        """Draw the map, the path, the start and the minimum."""
        figure = _plots.new_figure(6.4, 4.6)
        plot = figure.add_subplot()
        for ring in self.trace["rings"]:
            plot.plot(*np.array(ring).T, color=_plots.LINE, linewidth=0.8)
        way = np.array([p or (np.nan, np.nan) for p in self.run["points"]]).reshape(-1, 2)
        plot.plot(*way.T, ".-", color=_plots.FORWARD, label=self.method)
        plot.plot(
            *self.start, "o", color="white", markeredgecolor=_plots.BACKWARD, markersize=9, label="start"
        )
        if self.trace["best"]:
            plot.plot(*self.trace["best"], "*", color=_plots.LOCAL, markersize=13, label="minimum")
        x, y = self.trace["view"]
        plot.set(xlim=x, ylim=y, xlabel="β₀", ylabel="β₁", title=self.trace["title"])
        plot.legend(fontsize=8, loc="upper right")
        return _plots.to_png(figure)

"""The perceptron stepper: one example at a time, and the line before and after."""

from __future__ import annotations

from typing import Any

import numpy as np
import traitlets

from ..errors import UsageError
from . import _assets, _plots
from ._widget import TracedWidget
from .trace_perceptron import GATES, trace_perceptron


class PerceptronStepper(TracedWidget):
    """Step through the perceptron rule on AND, OR and XOR, or on points of your own.

    Shown are the example looked at, its sum, output and target, what that does to bias and weights, and the
    line where the sum is 0, before and after. AND and OR settle; XOR comes back to weights it had before.
    All is recorded when the widget is made, so it runs without a kernel too.

    Parameters
    ----------
    gate : str
        The gate to begin with: ``"and"``, ``"or"``, ``"xor"``, or another of two inputs of `data.gate`.
    data : pair of array_like, optional
        Up to 200 points of two features, and their labels, in the place of the gates.
    passes : int
        How many passes at most.
    eta : float
        The step of the rule; starting at zeros, it scales the weights and changes nothing else.
    step : int
        Where to begin.

    Attributes
    ----------
    trace : dict
        See `trace_perceptron`. Where the data are none, its ``error`` says so.
    gate : str
        What is looked at, ``"your data"`` for data of your own; synced with the browser, as is `step`.
    step : int
        How many examples have been looked at.

    Raises
    ------
    UsageError
        If gate, passes or eta are none.

    Examples
    --------
    >>> from backprop_course.widgets import PerceptronStepper
    >>> stepper = PerceptronStepper("or", step=2)
    >>> print(stepper.sentence)  # doctest: +ELLIPSIS
    Pass 1, example 2 of 4: x = (0, 1), target 1. The sum is 0, so the output is 0: wrong, ...
    """

    _esm = _assets.module("perceptron_stepper")
    _css = _assets.style("controls", "points", "perceptron_stepper")
    gate = traitlets.Unicode().tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)

    def __init__(
        self, gate: str = "or", *, data: Any = None, passes: int = 8, eta: float = 1.0, step: int = 0
    ) -> None:
        names = GATES if isinstance(gate, str) and gate in GATES else (gate, *GATES)
        trace = trace_perceptron(names, data, passes=passes, eta=eta)
        if gate == "not":
            raise UsageError(
                "A stepper draws the plane of two inputs.",
                expected="a gate of two inputs",
                got=repr(gate),
                mend="write 'and', 'or' or 'xor'",
            )
        super().__init__(trace=trace)
        self.gate = self._names[0] if data is not None and self._names else gate
        self.step = step

    @property
    def _names(self) -> list[str]:
        return [run["name"] for run in self.trace["runs"]]

    @property
    def run(self) -> dict[str, Any]:
        """The run that is looked at, see `trace_perceptron`."""
        return dict(self.trace["runs"][self._names.index(self.gate)])

    @property
    def sentence(self) -> str:
        """What is said of the step looked at."""
        return str(self.trace["error"] or self.run["steps"][self.step]["sentence"])

    @traitlets.validate("gate")
    def _known(self, proposal: Any) -> str:
        value = str(proposal["value"])
        return value if value in self._names or not self._names else self._names[0]

    @traitlets.validate("step")
    def _within_the_run(self, proposal: Any) -> int:
        last = len(self.run["steps"]) - 1 if self._names else 0
        return int(min(max(proposal["value"], 0), last))

    @traitlets.observe("gate")
    def _from_the_start(self, _: Any) -> None:
        self.step = 0

    def text_form(self) -> str:
        """Return every update, and how it ends."""
        steps = self.run["steps"]
        said = [step["sentence"] for step in steps if step["wrong"]]
        few = said if len(said) <= 12 else [*said[:10], "...", said[-1]]
        rows = [f"{self.trace['title']}: {self.gate}", "", steps[0]["sentence"], *few, ""]
        return "\n".join([*rows, f"updates in each pass: {self.run['updates']}", self.run["ending"]])

    def png(self) -> bytes:
        """Draw the points with the line after each update, and the updates of each pass."""
        run = self.run
        figure = _plots.new_figure(7.2, 3.4)
        left, right = figure.subplots(1, 2)
        points, targets = np.array(run["points"]), np.array(run["targets"])
        for label, marker, colour in ((0, "o", _plots.FORWARD), (1, "^", _plots.BACKWARD)):
            left.scatter(
                *points[targets == label].T,
                s=60,
                zorder=3,
                marker=marker,
                color=colour,
                label=f"target {label}",
            )
        lines = [step["line"] for step in run["steps"] if step["wrong"] and step["line"]]
        for place, line in enumerate(lines):
            last = place == len(lines) - 1
            look = (
                {"color": _plots.INK, "linestyle": "-"} if last else {"color": _plots.LINE, "linestyle": "--"}
            )
            left.plot(*np.array(line).T, **look)
        x, y = run["view"]
        left.set(xlim=x, ylim=y, xlabel="x₁", ylabel="x₂", title=f"{self.gate}: the line after each update")
        left.legend(fontsize=8, loc="upper right")
        passes = range(1, len(run["updates"]) + 1)
        right.plot(passes, run["updates"], "o-", color=_plots.FORWARD)
        right.set(xlabel="pass", ylabel="updates", title="Updates in each pass", ylim=(-0.2, None))
        right.set(xticks=passes if len(passes) <= 20 else passes[::10])
        right.yaxis.get_major_locator().set_params(integer=True)
        return _plots.to_png(figure)

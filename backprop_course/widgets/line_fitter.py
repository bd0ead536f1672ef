"""The line fitter: drag points and a line; see each point's error, and its share of the gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets

from ..errors import UsageError
from . import _assets, _plots
from ._points import pair_of, points_of, view_of
from ._pulls import draw_pulls
from ._widget import TracedWidget
from .trace_line import LINES, LOSSES, code_of, first_points, frame_line, look_up, trace_line


class LineFitter(TracedWidget):
    """Drag points and a line, and watch the best lines of two losses and the gradients of the points.

    The kernel makes the trace anew when a point or a parameter moves. Which line and which loss is looked at,
    and how many gradients are added tip to tail, needs no kernel.

    Parameters
    ----------
    data : pair of array_like, optional
        Features and targets of up to 40 points; the four points of `backprop_course.data.ols` by default.
    beta : sequence of 2 floats
        Intercept and slope of your line.
    line : {"own", "squared", "absolute"}
        Whose errors and gradients are shown: those of your line or of one of the best lines.
    loss : {"squared", "absolute"}
    residuals : {"bars", "squares"}
    view : pair of pairs of floats, optional
        From where to where the plot goes, for x and y.

    Attributes
    ----------
    trace, run : dict
        What stays (see `frame_line`), and what moves (see `trace_line`).
    x, y, beta : list of floats
        Points and your line, synced with the browser, as are `line`, `loss` and `residuals`.
    point : int
        The point looked at, counted from 1, and how many gradients are added; 0 before the first.

    Raises
    ------
    UsageError
        If beta, view, line, loss or residuals are none. Data that do not do are told in the widget.

    Examples
    --------
    >>> from backprop_course.widgets import LineFitter
    >>> fitter = LineFitter(beta=(0.7, 2.2))
    >>> print(fitter.sentence)
    Point 4 of 4 at (3.000, 8.000): your line predicts 7.300, error −0.700, squared loss 0.490.
    Its gradient is (−1.400, −4.200). All 4 add up to (0.000, 0.000): the arrows close.
    """

    _esm = _assets.module("line_fitter")
    _css = _assets.style("controls", "fitters")
    run = traitlets.Dict().tag(sync=True)
    x = traitlets.List(traitlets.Float()).tag(sync=True)
    y = traitlets.List(traitlets.Float()).tag(sync=True)
    beta = traitlets.List(traitlets.Float(), minlen=2, maxlen=2).tag(sync=True)
    line = traitlets.Enum(LINES, "own").tag(sync=True)
    loss = traitlets.Enum(LOSSES, "squared").tag(sync=True)
    residuals = traitlets.Enum(("bars", "squares"), "squares").tag(sync=True)
    point = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        data: Any = None,
        *,
        beta: Sequence[float] = (0.0, 0.0),
        line: str = "own",
        loss: str = "squared",
        residuals: str = "squares",
        view: Any = None,
    ) -> None:
        for name, value, among in (
            ("line", line, LINES),
            ("loss", loss, LOSSES),
            ("residuals", residuals, ("bars", "squares")),
        ):
            if not isinstance(value, str) or value not in among:
                raise UsageError(
                    f"The fitter knows no such {name}.",
                    expected=", ".join(map(repr, among)),
                    got=repr(value)[:60],
                    mend="write one of these",
                )
        if view is not None:
            view_of(view)
        trace = frame_line(data, view)
        self._made: tuple[Any, ...] = ()
        super().__init__(trace=trace, beta=pair_of(beta, "beta"), line=line, loss=loss, residuals=residuals)
        if not trace["error"]:
            self.x, self.y = (part.tolist() for part in points_of(first_points(data)))
            self.point = len(self.x)
        self._fit()
        self.observe(self._fit, ("x", "y", "beta"))

    @property
    def sentence(self) -> str:
        """What is said of the point looked at."""
        if self.trace["error"]:
            return str(self.trace["error"])
        return look_up(self.run, self.line, self.loss, self.point)

    @property
    def code(self) -> str:
        """A program for the line and the loss looked at."""
        return "" if self.trace["error"] else code_of(self.run, self.line, self.loss)

    @traitlets.validate("point")
    def _within_the_points(self, proposal: Any) -> int:
        return int(min(max(proposal["value"], 0), self.trace["size"]))

    @traitlets.validate("x", "y")
    def _in_view(self, proposal: Any) -> list[float]:
        name = proposal["trait"].name
        low, high = self.trace["view"][name == "y"]
        values = proposal["value"]
        if len(values) != self.trace["size"] or not np.isfinite(values).all():
            return list(getattr(self, name))
        return [float(min(max(value, low), high)) for value in values]

    @traitlets.validate("beta")
    def _finite(self, proposal: Any) -> list[float]:
        values = proposal["value"]
        return [float(v) for v in values] if np.isfinite(values).all() else list(self.beta)

    def _fit(self, _: Any = None) -> None:
        settings = (*self.x, *self.y, *self.beta)
        if settings == self._made or len(self.x) != len(self.y):
            return  # several settings that move together ask once each
        self._made = settings
        self.run = (
            {"error": self.trace["error"]} if self.trace["error"] else trace_line(self.x, self.y, self.beta)
        )

    def text_form(self) -> str:
        """Return all three lines with both losses, then what is said of the point looked at."""
        names = self.trace["names"]
        rows = [f"  {'':<22}{'β₀':>10}{'β₁':>10}{'Σ e²':>12}{'Σ |e|':>12}"]
        for name, of in self.run["lines"].items():
            totals = [of["losses"][loss]["total"] for loss in LOSSES]
            cells = "".join(f"{t:>10}" for t in of["beta_texts"]) + "".join(f"{t:>12}" for t in totals)
            rows.append(f"  {names[name]:<22}{cells}")
        return "\n".join([self.trace["title"], "", *rows, "", self.sentence])

    def png(self) -> bytes:
        """Draw points, lines and errors, and the gradients tip to tail."""
        figure = _plots.new_figure(8.2, 3.8)
        left, right = figure.subplots(1, 2)
        (low, high), tall = self.trace["view"]
        ends = np.array([low, high])
        looks = {
            "own": ("-", _plots.INK),
            "squared": ("--", _plots.FORWARD),
            "absolute": (":", _plots.LOCAL),
        }
        for name, (style, colour) in looks.items():
            b0, b1 = self.run["lines"][name]["beta"]
            left.plot(ends, b0 + b1 * ends, style, color=colour, linewidth=2, label=self.trace["names"][name])
        at = self.run["lines"][self.line]
        left.vlines(self.x, self.y, at["predictions"], color=_plots.SOFT, linewidth=1.2)
        left.plot(self.x, self.y, "o", color=_plots.INK)
        left.set(xlim=(low, high), ylim=tall, xlabel="x", ylabel="y", title=self.trace["title"])
        left.legend(fontsize=8, loc="upper left")
        draw_pulls(right, at["losses"][self.loss]["sums"], self.point, ("∂L/∂β₀", "∂L/∂β₁"))
        return _plots.to_png(figure)

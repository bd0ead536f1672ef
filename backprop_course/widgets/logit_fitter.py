"""The logit fitter: drag two weights and points; see what each point pays, and its share of the gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets

from . import _assets, _plots
from ._points import pair_of, view_of
from ._pulls import draw_pulls
from ._widget import TracedWidget
from .trace_logit import first_points, frame_logit, look_up, map_logit, trace_logit


class LogitFitter(TracedWidget):
    """Drag weights and points of a logistic model of one feature, and watch minus log p of each point.

    The kernel makes curve, bars and gradients anew when a weight or a point moves, and with a point the map
    of the loss. How many gradients are added tip to tail needs no kernel.

    Parameters
    ----------
    data : pair of array_like, optional
        Features and targets of 0 and 1 of up to 40 points.
    w : sequence of 2 floats
        The model is sigmoid(w0 + w1 x).
    view : pair of pairs of floats
        From where to where w0 and w1 go.

    Attributes
    ----------
    trace, run : dict
        What stays (see `frame_logit`), and what moves (see `trace_logit`).
    map : dict
        Rings of equal loss over the weights, and the best weights or None; see `map_logit`.
    x : list of floats
        Features of the points, synced with the browser, kept in view; targets stay what they are.
    w : list of 2 floats
        Synced with the browser, kept in view.
    point : int
        The point looked at, counted from 1, and how many gradients are added; 0 before the first.

    Raises
    ------
    UsageError
        If w or view are none. Data that do not do are told in the widget.

    Examples
    --------
    >>> from backprop_course.widgets import LogitFitter
    >>> fitter = LogitFitter(([-1.0, 0.0, 2.0], [0, 1, 1]), w=(0, 0))
    >>> print(fitter.sentence)
    The total loss is 2.079, the mean 0.693.
    Point 3 of 3 at x = 2.000, y = 1: ŷ = 0.500, so what happened had p = 0.500, and −log p = 0.693.
    Its gradient is (−0.500, −1.000). All 3 add up to the whole gradient (−0.500, −1.500).
    """

    _esm = _assets.module("logit_fitter")
    _css = _assets.style("controls", "fitters", "logit_fitter")
    run = traitlets.Dict().tag(sync=True)
    map = traitlets.Dict().tag(sync=True)
    x = traitlets.List(traitlets.Float()).tag(sync=True)
    w = traitlets.List(traitlets.Float(), minlen=2, maxlen=2).tag(sync=True)
    point = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        data: Any = None,
        *,
        w: Sequence[float] = (0.0, 1.0),
        view: Any = ((-3, 3), (-2, 6)),
    ) -> None:
        trace = frame_logit(data, view_of(view))
        self._made: tuple[list[float], ...] = ()
        super().__init__(trace=trace, w=pair_of(w, "w"), point=trace["size"])
        if not trace["error"]:
            self.x = first_points(data)[0].tolist()
        self._fit()
        self.observe(self._fit, ("x", "w"))

    @property
    def sentence(self) -> str:
        """What is said of the point looked at."""
        return str(self.trace["error"]) or look_up(self.trace, self.run, self.point)

    @property
    def code(self) -> str:
        """A program for the present weights, with the whole gradient."""
        if self.trace["error"]:
            return ""
        return str(self.trace["code"].format(x=self.run["x"], y=self.trace["y"], w=self.run["w"]))

    @traitlets.validate("point")
    def _within_the_points(self, proposal: Any) -> int:
        return int(min(max(proposal["value"], 0), self.trace["size"]))

    @traitlets.validate("w")
    def _in_view(self, proposal: Any) -> list[float]:
        if not np.isfinite(proposal["value"]).all():
            return list(self.w)
        sides = zip(proposal["value"], self.trace["view"], strict=True)
        return [float(min(max(value, low), high)) for value, (low, high) in sides]

    @traitlets.validate("x")
    def _between_the_sides(self, proposal: Any) -> list[float]:
        values = proposal["value"]
        if len(values) != self.trace["size"] or not np.isfinite(values).all():
            return list(self.x)
        low, high = self.trace["across"]
        return [float(min(max(value, low), high)) for value in values]

    def _fit(self, _: Any = None) -> None:
        settings = (self.x, self.w)
        if settings == self._made:
            return  # both may move together, and ask once each
        before, self._made = self._made, settings
        if self.trace["error"]:
            self.run = {"error": self.trace["error"]}
            return
        if before[:1] != settings[:1]:
            self.map = map_logit(self.x, self.trace["y"], self.trace["view"])
        self.run = trace_logit(self.x, self.trace["y"], self.w, self.trace["across"])

    def text_form(self) -> str:
        """Return a row for each point, then what is said of the one looked at."""
        names = ("x_texts", "yhat_texts", "p_texts", "bar_texts")
        rows = [f"  {'x':>9}{'y':>4}{'ŷ':>9}{'p':>9}{'−log p':>9}   gradient"]
        for y, x, yhat, p, bar, pull in zip(
            self.trace["y"], *(self.run[name] for name in names), self.run["pull_texts"], strict=True
        ):
            rows.append(f"  {x:>9}{y:>4}{yhat:>9}{p:>9}{bar:>9}   {pull}")
        at = f"w0 = {self.w[0]:g}, w1 = {self.w[1]:g}"
        return "\n".join([self.trace["title"], at, "", *rows, "", self.sentence])

    def png(self) -> bytes:
        """Draw the curve, the bars and the gradients tip to tail."""
        figure = _plots.new_figure(9.6, 3.2)
        left, middle, right = figure.subplots(1, 3)
        x, y = np.array(self.run["x"]), np.array(self.trace["y"])
        low, high = self.trace["across"]
        fine = np.linspace(low, high, len(self.run["curve"]))
        left.plot(fine, self.run["curve"], color=_plots.INK)
        places = np.arange(1, x.size + 1)
        for label, marker, colour, hatch in ((1, "o", _plots.FORWARD, ""), (0, "s", _plots.BACKWARD, "//")):
            these = y == label
            left.plot(x[these], y[these], marker, color=colour, label=f"y = {label}")
            bars = np.array(self.run["bars"])[these]
            middle.bar(places[these], bars, color=colour, hatch=hatch, edgecolor="white")
        left.set(xlabel="x", ylabel="ŷ", ylim=(-0.08, 1.08), title=f"w0 = {self.w[0]:g}, w1 = {self.w[1]:g}")
        left.legend(fontsize=8, loc="center left")
        total = f"total {self.run['total']}, mean {self.run['mean']}"
        middle.set(xlabel="point", ylabel="−log p", title=total)
        draw_pulls(right, self.run["sums"], self.point, ("∂L/∂w₀", "∂L/∂w₁"))
        return _plots.to_png(figure)

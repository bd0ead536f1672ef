"""The dropout sampler: one mask after another, and the mean of all values so far."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import CourseError
from . import _assets, _plots
from ._live import Control, LiveWidget, Place, Trace
from .trace_dropout import DRAWS, as_terms, look_up, trace_dropout

PROBABILITIES = [round(i / 20, 2) for i in range(19)]
_CONTROLS = (
    Control("scaled", "Divide by 1 − p", "switch", (False, True), ("off", "on")),
    Control("rectified", "ReLU behind the sum", "switch", (False, True), ("off", "on")),
    Control("p", "Drop p", "slider", PROBABILITIES, [f"{p:.2f}" for p in PROBABILITIES]),
    Control("mask", "Masks", "slider", range(1, DRAWS + 1), [str(k) for k in range(1, DRAWS + 1)], True),
    Control("seed", "Seed", "seed"),
)


class DropoutSampler(LiveWidget):
    """Draw one dropout mask after another for a unit, and watch the mean of its values settle.

    Parameters
    ----------
    terms : sequence of 1 to 10 floats
        Weights times inputs of the unit.
    p : float
        The probability to drop a term; the nearest of 0, 0.05, ..., 0.9.
    scaled : bool
        Whether what is kept is divided by ``1 - p``.
    rectified : bool
        Whether a ReLU stands behind the sum.
    mask : int, 1 to 400
        The mask looked at.
    seed : int

    Attributes
    ----------
    run : dict
        See `trace_dropout`.
    p, scaled, rectified, mask, seed : int
        Places in the lists of what they can be, synced with the browser; ``value("p")`` is the value.

    Raises
    ------
    UsageError
        If a setting is none. Terms that do not do are told in the widget.

    Examples
    --------
    >>> from backprop_course.widgets import DropoutSampler
    >>> print(DropoutSampler((6, -4), p=0.5, mask=400).sentence)  # doctest: +ELLIPSIS
    Mask 400 keeps ...
    Over all masks the mean is 2: what is kept is divided by 1 − p = 0.5, and nothing is lost.
    """

    _esm = _assets.module("dropout_sampler")
    _css = _assets.style("controls", "live", "dropout_sampler")
    p = Place().tag(sync=True)
    scaled = Place().tag(sync=True)
    rectified = Place().tag(sync=True)
    mask = Place().tag(sync=True)
    seed = Place().tag(sync=True)

    def __init__(
        self,
        terms: Any = (6.0, -4.0, 3.0, 1.0),
        *,
        p: float = 0.2,
        scaled: bool = True,
        rectified: bool = False,
        mask: int = 1,
        seed: int = 0,
    ) -> None:
        trace = {"error": "", "title": "Dropout: one unit under many masks"}
        try:
            self._terms = as_terms(terms)
        except CourseError as error:
            trace = {"error": str(error), "title": ""}
        values = {"p": p, "scaled": scaled, "rectified": rectified, "mask": mask, "seed": seed}
        super().__init__(trace, _CONTROLS, **values)

    def make_run(self) -> Trace:
        """Return the masks and values for the present settings."""
        settings = {name: self.value(name) for name in ("scaled", "rectified", "seed")}
        return trace_dropout(self._terms, self.value("p"), **settings)

    def says(self) -> str:
        """Return what is said of the mask looked at."""
        return look_up(self.run, self.mask)

    def text_form(self) -> str:
        """Return some masks, and what is said of all."""
        some = [
            look_up(self.run, k).split("\n")[0] for k in sorted({0, 1, 2, self.mask, DRAWS - 1}) if k < DRAWS
        ]
        return "\n".join([self.trace["title"], "", *some, "", self.run["said"]])

    def picture(self) -> Any:
        """Draw all values, their running mean and the full sum."""
        figure = _plots.new_figure(6.8, 3.6)
        axes = figure.add_subplot()
        masks = np.arange(1, DRAWS + 1)
        axes.plot(masks, self.run["values"], ".", color=_plots.LINE, markersize=4, label="one mask")
        axes.plot(masks, self.run["means"], color=_plots.FORWARD, linewidth=2, label="mean so far")
        axes.axhline(
            self.run["full"], color=_plots.BACKWARD, linestyle="--", linewidth=2, label="without dropout"
        )
        axes.axhline(
            self.run["expected"], color=_plots.LOCAL, linestyle=":", linewidth=2, label="mean over all masks"
        )
        title = f"{self.trace['title']}, p = {self.value('p'):g}"
        axes.set(xlabel="masks drawn", ylabel="value of the unit", title=title)
        axes.grid(color=_plots.LINE, linewidth=0.4)
        axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
        return figure

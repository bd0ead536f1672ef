"""The zig-zag: why inputs that are all positive make a unit's weights go up and down together."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _assets, _plots
from ._live import Control, LiveWidget, Place, Trace
from .trace_zigzag import NAMES, STEPS, TARGET, trace_zigzag

CENTRES = [round(i / 10, 1) for i in range(31)]
SPREADS = [round(i / 10, 1) for i in range(1, 16)]
RATES = [0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0]
_CONTROLS = (
    Control("centre", "Centre", "slider", CENTRES, [f"{v:g}" for v in CENTRES]),
    Control("spread", "Spread", "slider", SPREADS, [f"{v:g}" for v in SPREADS]),
    Control("rate", "Step size η", "slider", RATES, [f"{v:g}" for v in RATES]),
    Control("step", "Step", "slider", range(STEPS + 1), [str(k) for k in range(STEPS + 1)], True),
    Control("seed", "Seed", "seed"),
)


class ZigZag(LiveWidget):
    """Watch two weights learn from one example at a time: with positive inputs, and with standardised ones.

    Parameters
    ----------
    centre : float
        Mean of the inputs, from 0 to 3 in tenths.
    spread : float
        Their standard deviation, from 0.1 to 1.5 in tenths.
    lr : float
        Step size; the nearest of 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.
    step : int
        The step looked at, from 0 to 60.
    seed : int
        Draws the inputs.

    Attributes
    ----------
    run : dict
        See `trace_zigzag`.
    centre, spread, rate, step, seed : int
        Places in the lists of what they can be, synced with the browser; ``value("rate")`` is the value.

    Raises
    ------
    UsageError
        If a setting is none.

    Examples
    --------
    >>> from backprop_course.widgets import ZigZag
    >>> print(ZigZag().sentence)  # doctest: +ELLIPSIS
    Positive, after 0 steps: 1.41 away. The next input is ...: one sign.
    Standardised, after 0 steps: 1.41 away. ...
    """

    _esm = _assets.module("zigzag")
    _css = _assets.style("controls", "live", "zigzag")
    centre = Place().tag(sync=True)
    spread = Place().tag(sync=True)
    rate = Place().tag(sync=True)
    step = Place().tag(sync=True)
    seed = Place().tag(sync=True)

    def __init__(
        self, centre: float = 1.0, spread: float = 0.4, *, lr: float = 0.2, step: int = 0, seed: int = 0
    ) -> None:
        trace = {"error": "", "title": "Two weights, one example at a time", "names": list(NAMES)}
        values = {"centre": centre, "spread": spread, "rate": lr, "step": step, "seed": seed}
        super().__init__(trace, _CONTROLS, **values)

    def make_run(self) -> Trace:
        """Return both paths for the present settings."""
        return trace_zigzag(*(self.value(name) for name in ("centre", "spread", "rate", "seed")))

    def says(self) -> str:
        """Return what is said of the step looked at, and of all."""
        return f"{self.run['sentences'][min(self.step, self.run['last']['step'])]}\n{self.run['said']}"

    def picture(self) -> Any:
        """Draw both paths side by side."""
        figure = _plots.new_figure(7.0, 3.7)
        for axes, name, path in zip(figure.subplots(1, 2), NAMES, self.run["paths"], strict=True):
            axes.plot(*np.array(path).T, "o-", color=_plots.FORWARD, markersize=3, linewidth=1, label="steps")
            axes.plot(*TARGET, "*", color=_plots.LOCAL, markersize=14, label="target")
            x, y = self.run["view"]
            axes.set(title=f"{name} inputs", xlabel="w₁", ylabel="w₂", xlim=x, ylim=y)
            axes.grid(color=_plots.LINE, linewidth=0.4)
            axes.legend(fontsize=8, loc="upper right")
        return figure

"""The activation explorer: a unit's curve and slope as weight and bias move, and where it is flat."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import UsageError
from . import _assets, _plots
from ._failures import name_of
from ._live import Control, LiveWidget, Place, Trace
from .trace_activation import (
    ACTIVATIONS,
    BIASES,
    HIGH,
    INPUTS,
    LOW,
    WEIGHTS,
    _plain,
    look_up,
    trace_activation,
)


class ActivationExplorer(LiveWidget):
    """Drag weight and bias of one unit, and see its curve, the slope, and the zones where it is flat.

    Parameters
    ----------
    activation : str or callable
        ``"sigmoid"``, ``"tanh"``, ``"relu"``, ``"leaky_relu"``, ``"elu"``, ``"softplus"``, ``"silu"``,
        ``"gelu"``, or a function of one's own that works entry by entry.
    weight : float
        From -3 to 3, in tenths.
    bias : float
        From -6 to 6, in fifths.
    x : float
        The input looked at, from -8 to 8, in tenths.

    Attributes
    ----------
    run : dict
        See `trace_activation`.
    activation, weight, bias, probe : int
        Places in the lists of what they can be, synced with the browser; ``value("weight")`` is the value.

    Raises
    ------
    UsageError
        If activation, weight, bias or x are none.

    Examples
    --------
    >>> from backprop_course.widgets import ActivationExplorer
    >>> print(ActivationExplorer("sigmoid", x=5).sentence)  # doctest: +ELLIPSIS
    At x = 5 the net input is z = wx + b = 5, and the output y = 0.9933. The activation's slope ...
    """

    _esm = _assets.module("activation_explorer")
    _css = _assets.style("controls", "live")
    activation = Place().tag(sync=True)
    weight = Place().tag(sync=True)
    bias = Place().tag(sync=True)
    probe = Place().tag(sync=True)

    def __init__(
        self, activation: Any = "sigmoid", *, weight: float = 1.0, bias: float = 0.0, x: float = 2.0
    ) -> None:
        functions = dict(ACTIVATIONS)
        if callable(activation):
            own, name = activation, name_of(activation)
            functions = {name: own, **{k: f for k, f in functions.items() if k != name}}
            activation = name
        if not isinstance(activation, str) or activation not in functions:
            raise UsageError(
                "There is no such activation.",
                expected=f"one of {', '.join(functions)}, or a function of an array",
                got=repr(activation)[:60],
                mend="write ActivationExplorer('sigmoid'), or hand over a function",
            )
        self._functions = functions
        controls = [
            Control("activation", "Activation", "picker", list(functions), list(functions)),
            Control("weight", "Weight w", "slider", WEIGHTS, [_plain(v) for v in WEIGHTS]),
            Control("bias", "Bias b", "slider", BIASES, [_plain(v) for v in BIASES]),
            Control("probe", "Input x", "slider", INPUTS, [_plain(v) for v in INPUTS], scrubs=True),
        ]
        super().__init__(
            {
                "error": "",
                "title": "One unit: y = φ(wx + b)",
                "view": [LOW, HIGH],
                "inCode": {"probe": list(map(str, INPUTS))},
            },
            controls,
            activation=activation,
            weight=weight,
            bias=bias,
            probe=x,
        )

    def make_run(self) -> Trace:
        """Return the curve for the present settings."""
        name, w, b = (self.value(setting) for setting in ("activation", "weight", "bias"))
        run = trace_activation(self._functions[name], w, b)
        return {**run, "name": f"{name}: w = {_plain(w)}, b = {_plain(b)}"}

    def says(self) -> str:
        """Return what is said of the input looked at."""
        return look_up(self.run, self.probe)

    def text_form(self) -> str:
        """Return settings and what is said."""
        return f"{self.trace['title']}\n{self.run.get('name', '')}\n\n{self.sentence}"

    def picture(self) -> Any:
        """Draw curve and slope, one above the other."""
        figure = _plots.new_figure(6.4, 4.4)
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        x, place = np.linspace(LOW, HIGH, len(self.run["y"])), self.value("probe")
        at = int(np.abs(x - place).argmin())
        rows = (
            (above, "y", "-", _plots.FORWARD, "output y"),
            (below, "slope", "--", _plots.BACKWARD, "slope dy/dx"),
        )
        for axes, name, style, colour, label in rows:
            values = np.array(self.run[name], dtype=float)
            axes.plot(x, values, style, color=colour, linewidth=2)
            axes.plot(place, values[at], "o", color="white", markeredgecolor=colour)
            for low, high in self.run["zones"]:
                axes.axvspan(low, high, facecolor="none", edgecolor=_plots.LINE, hatch="//", linewidth=0)
            axes.set(ylabel=label, xlim=(LOW, HIGH))
            axes.grid(color=_plots.LINE, linewidth=0.4)
        above.set(ylim=self.run["heights"], title=self.run["name"])
        below.set(xlabel="x, hatched where the slope is less than a hundredth", ylim=self.slopes())
        return figure

    def slopes(self) -> tuple[float, float]:
        """Return the range of the lower axis: upwards for weights from 0 on, downwards for others."""
        top = self.run["steepest"]
        return (-0.12 * top, top) if self.value("weight") >= 0 else (-top, 0.12 * top)

"""Chained arrows: a nudge of the input carried through each link of a chain, and a slope carried back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import _assets, _plots
from ._live import Control, LiveWidget, Place, Trace
from .trace_arrows import (
    DEGREES,
    frame_arrows,
    layer,
    links_of,
    look_up,
    loss,
    names_of,
    trace_arrows,
    value_of,
)

NUDGES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)  # times a power of ten near the view's width
MODES = ("forward", "back")
_PLACES = {1: 160, 2: 20}  # steps of a slider of the input
_SIDES = ("x1", "x2")
_ARROWS = {
    "tips": ("nudge, by the Jacobians", _plots.FORWARD, 4.0),
    "moved": ("what really happens", _plots.INK, 1.8),
    "bars": ("slope on the way back, to a scale of its own", _plots.BACKWARD, 4.0),
}  # what it is, its colour, and its width in dots


class ChainedArrows(LiveWidget):
    """Drag the input of a chain and a nudge of it, and see the arrow on its way through each link.

    Each link multiplies the nudge by its Jacobian; beside that stands what really happens. The way back
    carries a cotangent from the last value to the input. The kernel makes all directions of the nudge.

    Parameters
    ----------
    links : sequence of callable, optional
        Up to five functions, each of a number or a pair of numbers; two units and their loss by default.
    x : float or array_like of one or two floats, optional
    nudge : float, optional
        Length of the nudge; the nearest one of ten.
    direction : float
        Its direction in degrees: a multiple of 15, and of a number 0 (right) or 180 (left).
    mode : {"forward", "back"}
    passed : int, optional
        How many links have been passed; all by default.
    bar : float
        Direction of the last value's cotangent in degrees, where that is a pair. Its length is 1.
    names : sequence of str, optional
        Of the input and of each link's value: ``("x", "a", "L")``.
    view : pair of floats, or pair of such pairs, optional
        From where to where the input goes.

    Attributes
    ----------
    run : dict
        See `trace_arrows`.
    x1, x2, way, size, mode, passed, bar : int
        Places in the lists of what they can be, synced with the browser; ``value("size")`` is the value.

    Raises
    ------
    UsageError
        If a setting is none. Links and inputs that do not do are told in the widget.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course.widgets import ChainedArrows
    >>> print(ChainedArrows([np.square, np.sin], 0.8, nudge=0.2, passed=1).sentence)
    Link 1 of 2, square: ẏ = J₁ ẋ = 0.320. Really y moves by 0.360.
    """

    _esm = _assets.module("chained_arrows")
    _css = _assets.style("controls", "live", "chained_arrows")
    x1 = Place().tag(sync=True)
    x2 = Place().tag(sync=True)
    way = Place().tag(sync=True)
    size = Place().tag(sync=True)
    mode = Place().tag(sync=True)
    passed = Place().tag(sync=True)
    bar = Place().tag(sync=True)

    def __init__(
        self,
        links: Sequence[Callable[..., Any]] | None = None,
        x: Any = None,
        *,
        nudge: float | None = None,
        direction: float = 30.0,
        mode: str = "forward",
        passed: int | None = None,
        bar: float = 0.0,
        names: Sequence[str] | None = None,
        view: Any = None,
    ) -> None:
        if links is None:
            links, names = (layer, loss), ("x", "a", "L") if names is None else names
            x = (-0.3, 0.4) if x is None else x
            view = ((-1, 1), (-1, 1)) if view is None else view
        self._links = links_of(links)
        self._names = names_of(names, len(self._links))
        trace = frame_arrows(self._links, x, self._names, view)
        if trace["error"]:
            super().__init__(trace, ())
            return
        start = value_of(x, "The input")
        self._shape = start.shape
        controls, values = _controls(trace, start), dict(zip(_SIDES, start.ravel().tolist(), strict=False))
        values |= {"way": direction, "mode": mode, "passed": len(self._links) if passed is None else passed}
        values["size"] = _usual(trace["bounds"]) if nudge is None else nudge
        if trace["entries"][-1] == 2:
            values["bar"] = bar
        known = {name: list(control.values) for name, control in zip(_SIDES, controls, strict=False)}
        trace |= {"places": [known[name] for name in _SIDES[: start.size]], "sizes": _sizes(trace["bounds"])}
        super().__init__(trace, controls, **values)

    def make_run(self) -> Trace:
        """Return all arrows for the present settings."""
        x = np.reshape([self.value(name) for name in _SIDES if name in self.settings], self._shape)
        bar = self.value("bar") if "bar" in self.settings else 0.0
        return trace_arrows(self._links, x, self.value("size"), bar, self._names)

    def says(self) -> str:
        """Return what is said after the links passed."""
        return look_up(self.trace, self.run, self.value("mode"), self.passed, self.way)

    def text_form(self) -> str:
        """Return what is said after each link, forward and back."""
        lines = [self.trace["title"], ""]
        if self.run["error"]:
            return "\n".join([*lines, str(self.run["error"])])
        for mode in MODES:
            steps = range(len(self._links) + 1)
            lines += [look_up(self.trace, self.run, mode, passed, self.way) for passed in steps]
        return "\n".join(lines)

    def picture(self) -> Any:
        """Draw the input and each value with its arrows."""
        entries = self.trace["entries"]
        row = (1, len(entries)) if 2 in entries else (len(entries), 1)
        figure = _plots.new_figure(*((3.0 * row[1], 3.7) if 2 in entries else (7.0, 1.3 * row[0])))
        forward, n = self.value("mode") == "forward", len(self._links)
        for k, axes in enumerate(np.ravel(figure.subplots(*row, squeeze=False))):
            at, view = self.run["values"][k], self.trace["views"][k]
            arrows = {"tips": self.run["tips"][k][self.way]}
            if forward and k:
                arrows["moved"] = self.run["moved"][k][self.way]
            if not forward and k >= n - self.passed:
                arrows["bars"] = (view[0][1] - view[0][0]) / 3 * np.array(self.run["bars"][k])
            if not forward or k <= self.passed:
                for name, to in arrows.items():
                    _draw(axes, at, to, name)
            axes.plot(*at, *([0] if len(at) == 1 else []), "o", color=_plots.INK)
            axes.set(title=self.trace["heads"][k], xlim=view[0], ylim=(-1, 1) if len(at) == 1 else view[1])
            axes.locator_params(nbins=5)
            axes.grid(color=_plots.LINE, linewidth=0.4)
            if len(at) == 1:
                axes.set(yticks=[])
            if 2 in entries:
                axes.set_box_aspect(1 if len(at) == 2 else 0.25)
        marks = [figure.axes[0].plot([], [], "-", color=colour)[0] for _, colour, _ in _ARROWS.values()]
        figure.legend(
            marks, [label for label, *_ in _ARROWS.values()], loc="outside lower left", fontsize=8, ncols=3
        )
        return figure


def _draw(axes: Any, at: Sequence[float], to: Any, name: str) -> None:
    """Draw an arrow, on a number line above or below the line; none where its end is not finite."""
    if to is None:
        return
    _, colour, width = _ARROWS[name]
    lane = 0.4 if name == "tips" else -0.4
    (x, y), (u, v) = (at, to) if len(at) == 2 else ((at[0], lane), (to[0], 0))
    look = {"angles": "xy", "scale_units": "xy", "scale": 1, "units": "dots", "width": width}
    axes.quiver(x, y, u, v, color=colour, zorder=3, headwidth=4, headlength=5, headaxislength=5, **look)


def _controls(trace: Trace, start: Any) -> list[Control]:
    """Return the controls, the sliders of the input first."""
    names, first, last = trace["names"], trace["entries"][0], trace["entries"][-1]
    labels = [names[0]] if first == 1 else [f"{names[0]}{side}" for side in "₁₂"]
    controls = []
    for name, label, (low, high), value in zip(_SIDES, labels, trace["bounds"], start.ravel(), strict=False):
        places = [float(f"{v:.6g}") for v in np.linspace(low, high, _PLACES[first] + 1)]
        values = sorted({*places, float(value)})
        controls.append(Control(name, label, "slider", values, [_short(v) for v in values]))
    signs = {0: "right", 180: "left"} if first == 1 else {}
    ways, turns = DEGREES[first], [f"{d}°" for d in DEGREES[2]]
    sizes, n = _sizes(trace["bounds"]), len(names) - 1
    counts = ["none", *(f"{k} of {n}" for k in range(1, n + 1))]
    return [
        *controls,
        Control(
            "way", f"Way of {trace['dots'][0]}", "slider", ways, [signs.get(d, f"{d}°") for d in ways], True
        ),
        Control("size", f"Length of {trace['dots'][0]}", "slider", sizes, [_short(v) for v in sizes]),
        Control("mode", "Arrows", "choice", MODES, ("nudge, forward", "slope, back"), True),
        Control("passed", "Links passed", "slider", range(n + 1), counts, True),
        *([Control("bar", f"Way of {trace['bars'][-1]}", "slider", DEGREES[2], turns)] if last == 2 else []),
    ]


def _sizes(bounds: Sequence[Sequence[float]]) -> list[float]:
    power = 10.0 ** np.floor(np.log10(max(high - low for low, high in bounds)))
    return [float(f"{power * size:.6g}") for size in NUDGES]


def _usual(bounds: Sequence[Sequence[float]]) -> float:
    return max(high - low for low, high in bounds) / 4


def _short(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")

"""The finite-difference microscope: how good a difference is for each step, and what a check makes of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import traitlets

from . import _assets, _plots
from ._differences import Func
from ._widget import TracedWidget
from .trace_differences import EXPONENTS, METHODS, PRECISIONS, TOLERANCES, look_up, trace_differences

_STEP, _TOLERANCE = EXPONENTS.index(-6.0), TOLERANCES.index(-5.0)


class DifferenceMicroscope(TracedWidget):
    """Step through finite differences of a function, with steps from 1e-15 to 1e-1.

    Shown are the error of forward and central differences in float64 and float32, the slopes of truncation
    and rounding, and for each tolerance whether a check would pass or refuse a gradient, rightly or wrongly.

    Parameters
    ----------
    f : callable
        Maps a number or an array to one number by functions of NumPy.
    x : array_like of floats
        An array is followed along one random direction of length 1.
    grad : callable, optional
        Your gradient, ``grad(x)`` of the shape of `x`; by default the engine's is put to the test.
    seed : int
        Draws the direction.

    Attributes
    ----------
    trace : dict
        See `trace_differences`. Where `f` or `grad` raised, or `x` does not do, its ``error`` says so.
    method, precision : str
        ``"forward"`` or ``"central"``, ``"float64"`` or ``"float32"``.
    step, tolerance, tested : int
        Places in ``trace["steps"]``, ``trace["tolerances"]`` and ``trace["tested"]``; all are synced with the
        browser.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course.widgets import DifferenceMicroscope
    >>> microscope = DifferenceMicroscope(lambda x: np.sin(x**2), 1.3)
    >>> print(microscope.sentence)  # doctest: +ELLIPSIS
    The central difference in float64 with h = 1e−6 is −0.309196...
    """

    _esm = _assets.module("difference_microscope")
    _css = _assets.style("controls", "difference_microscope")
    method = traitlets.Enum(METHODS, "central").tag(sync=True)
    precision = traitlets.Enum(PRECISIONS, "float64").tag(sync=True)
    step = traitlets.Int(_STEP).tag(sync=True)
    tolerance = traitlets.Int(_TOLERANCE).tag(sync=True)
    tested = traitlets.Int(0).tag(sync=True)

    def __init__(self, f: Func, x: Any, grad: Func | None = None, *, seed: int = 0) -> None:
        super().__init__(trace=trace_differences(f, x, grad, seed=seed))

    @property
    def sentence(self) -> str:
        """What the controls' present position says."""
        if self.trace["error"]:
            return str(self.trace["error"])
        found = look_up(self.trace, self.method, self.precision, self.step, self.tolerance, self.tested)
        return f"{found['sentence']}\n{found['verdict']}"

    @traitlets.validate("step", "tolerance", "tested")
    def _within_the_trace(self, proposal: Any) -> int:
        sizes = {"step": len(EXPONENTS), "tolerance": len(TOLERANCES), "tested": len(self.trace["tested"])}
        return int(min(max(proposal["value"], 0), max(sizes[proposal["trait"].name] - 1, 0)))

    def text_form(self) -> str:
        """Return a table of relative errors, then what the present position says."""
        columns = list(self.trace["curves"])
        rows = [f"  {'h':>7}  " + "  ".join(f"{name:>15}" for name in columns)]
        for i in range(0, len(EXPONENTS), 4):
            errors = (self.trace["curves"][name]["relatives"][i] for name in columns)
            rows.append(f"  {self.trace['steps'][i]['text']:>7}  " + "  ".join(f"{e:>15}" for e in errors))
        return "\n".join([self.trace["title"], "", "relative errors", *rows, "", self.sentence])

    def png(self) -> bytes:
        """Draw the errors of all four differences, and the present tolerance."""
        figure = _plots.new_figure(7.2, 4.2)
        plot = figure.add_subplot()
        styles = {"central": "-", "forward": "--"}
        colours = {"float64": _plots.FORWARD, "float32": _plots.BACKWARD}
        h = 10.0 ** np.array(EXPONENTS)
        for name, curve in self.trace["curves"].items():
            method, precision = name.split()
            plot.loglog(
                h, 10.0 ** np.array(curve["log"]), styles[method], color=colours[precision], label=name
            )
        level = 10.0 ** TOLERANCES[self.tolerance]
        plot.axhline(level, color=_plots.SOFT, linestyle=":", label=f"tolerance {level:.1e}")
        plot.set(xlabel="step h", ylabel="relative error", ylim=(1e-14, 20), title=self.trace["title"])
        plot.grid(color=_plots.LINE, linewidth=0.4)
        plot.legend(fontsize=8, loc="upper left")
        return _plots.to_png(figure)

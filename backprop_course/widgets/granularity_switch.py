"""The granularity switch: the stepper, with the function cut coarser or finer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import traitlets

from . import _assets
from ._forms import png, text_form
from ._widget import TracedWidget
from .trace_cuts import trace_cuts


class GranularitySwitch(TracedWidget):
    """Step through one function as few large operations or as many small ones, and compare.

    Parameters
    ----------
    f : callable
        Maps Tensors to one Tensor of one entry.
    *args : arrays or floats
        Where to run it.
    names : sequence of str, optional
        Names of the arguments (default: those of the parameters of `f`).

    Attributes
    ----------
    trace : dict
        See `trace_cuts`.
    cut : int
        The place of the cut that is shown; synced with the browser, as `step`, `known` and `predict` are.

    Examples
    --------
    >>> from backprop_course import sigmoid
    >>> from backprop_course.widgets import GranularitySwitch
    >>> switch = GranularitySwitch(lambda z: sigmoid(z), 2.0)
    >>> [cut["name"] for cut in switch.trace["cuts"]]
    ['as recorded', 'written out']
    >>> switch.cut = 1
    >>> print(switch.sentence)  # doctest: +ELLIPSIS
    Written out: 4 operations, 4 edges to walk back, 4 numbers kept. Value and slopes are those of ...
    """

    _esm = _assets.module("granularity_switch")
    _css = _assets.style("controls", "graph_stepper", "granularity_switch")
    cut = traitlets.Int(0).tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    known = traitlets.Int(0).tag(sync=True)
    predict = traitlets.Bool(False).tag(sync=True)

    def __init__(self, f: Callable[..., Any], *args: Any, names: Sequence[str] | None = None) -> None:
        trace = trace_cuts(f, *args, names=names)
        trace.setdefault("cuts", [])
        start = trace.get("start", 0)
        last = len(trace["cuts"][start]["trace"]["steps"]) - 1 if trace["cuts"] else 0
        super().__init__(trace=trace, cut=start, step=last)

    @property
    def sentence(self) -> str:
        """What is said of the cut that is shown."""
        return str(self.trace["error"] or self.trace["cuts"][self.cut]["sentence"])

    @traitlets.validate("cut")
    def _within_the_cuts(self, proposal: Any) -> int:
        return int(min(max(proposal["value"], 0), max(len(self.trace["cuts"]) - 1, 0)))

    @traitlets.validate("step", "known")
    def _within_the_trace(self, proposal: Any) -> int:
        most = max((len(cut["trace"]["steps"]) for cut in self.trace["cuts"]), default=1) - 1
        return int(min(max(proposal["value"], 0), most))

    def text_form(self) -> str:
        """Return the table of all cuts, and the walks through the one that is shown."""
        rows = [self.trace["columns"], *(cut["row"] for cut in self.trace["cuts"])]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        table = [
            "  ".join(text.ljust(n) for text, n in zip(row, widths, strict=True)).rstrip() for row in rows
        ]
        walks = text_form(self.trace["cuts"][self.cut]["trace"])
        return "\n".join([self.trace["title"], "", *table, "", self.sentence, "", walks])

    def png(self) -> bytes:
        """Draw the graph of the cut that is shown, with all numbers filled in."""
        return png(self.trace["cuts"][self.cut]["trace"])

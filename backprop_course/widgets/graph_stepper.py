"""The graph stepper: a traced function, forward value by value, then backward edge by edge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import traitlets

from . import _assets
from ._forms import png, text_form
from ._widget import TracedWidget
from .trace_graph import trace_graph


class GraphStepper(TracedWidget):
    """Step through the computation graph of a function, forward and then backward.

    Parameters
    ----------
    f : callable
        Maps Tensors to one Tensor of one entry.
    *args : arrays or floats
        Where to run it. It runs once, here; the browser only shows what was recorded.
    names : sequence of str, optional
        Names of the arguments (default: those of the parameters of `f`).
    predict : bool
        Start in prediction mode: each number is hidden until it is typed, or asked for.

    Attributes
    ----------
    trace : dict
        See `trace_graph`. Where `f` could not be traced, its ``error`` says why.
    step : int
        The step that is shown, from 0 to the number of steps less one; synced with the browser.
    known : int
        In prediction mode, the last step whose number has been found.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course.widgets import GraphStepper
    >>> def loss(w, x):
    ...     y = np.tanh(w * x)
    ...     return y * y
    >>> stepper = GraphStepper(loss, 0.5, 2.0)
    >>> stepper.step = 2
    >>> stepper.sentence
    'Forward 2 of 3: y = tanh(v1) = tanh(1) = 0.761594.'
    """

    _esm = _assets.module("graph_stepper")
    _css = _assets.style("graph_stepper")
    step = traitlets.Int(0).tag(sync=True)
    known = traitlets.Int(0).tag(sync=True)
    predict = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self, f: Callable[..., Any], *args: Any, names: Sequence[str] | None = None, predict: bool = False
    ) -> None:
        super().__init__(trace=trace_graph(f, *args, names=names), predict=predict)

    @property
    def sentence(self) -> str:
        """What the step that is shown says."""
        steps = self.trace["steps"]
        return str(steps[self.step]["sentence"] if steps else self.trace["error"])

    @traitlets.validate("step", "known")
    def _within_the_trace(self, proposal: Any) -> int:
        return int(min(max(proposal["value"], 0), max(len(self.trace["steps"]) - 1, 0)))

    def text_form(self) -> str:
        """Return values on the way forward, products on the way back, then the gradients."""
        return text_form(self.trace)

    def png(self) -> bytes:
        """Draw the graph with all numbers filled in."""
        return png(self.trace)

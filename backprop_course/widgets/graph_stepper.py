"""Steppers: a graph, forward value by value, then backward edge by edge.

`GraphStepper` shows what a function computes; `TapeStepper` what a learner's own engine does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import traitlets

from . import _assets
from ._forms import png, text_form
from ._widget import TracedWidget
from .trace_graph import trace_graph
from .trace_tape import trace_tape


class Stepper(TracedWidget):
    """What steps through a trace of a graph.

    Attributes
    ----------
    trace : dict
        See `graph_to_dict`. Where there is no graph, its ``error`` says why.
    step : int
        The step that is shown, from 0 to the number of steps less one; synced with the browser.
    predict : bool
        Prediction mode: each number is hidden until it is typed, or asked for.
    known : int
        In prediction mode, the last step whose number has been found.
    """

    _esm = _assets.module("graph_stepper")
    _css = _assets.style("graph_stepper")
    step = traitlets.Int(0).tag(sync=True)
    known = traitlets.Int(0).tag(sync=True)
    predict = traitlets.Bool(False).tag(sync=True)

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


class GraphStepper(Stepper):
    """Step through the computation graph of a function, forward and then backward.

    Parameters
    ----------
    f : callable
        Maps Tensors to one Tensor of one entry.
    *args : arrays or floats
        Where to run it. It runs once, here; the browser only shows what was recorded.
    names : sequence of str, optional
        Names of the arguments (default: those of the parameters of `f`).
    ledger : bool
        Show a table of all shapes beside the graph.
    predict : bool
        Start in prediction mode: each number is hidden until it is typed, or asked for.

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

    def __init__(
        self,
        f: Callable[..., Any],
        *args: Any,
        names: Sequence[str] | None = None,
        ledger: bool = False,
        predict: bool = False,
    ) -> None:
        super().__init__(trace=trace_graph(f, *args, names=names, ledger=ledger), predict=predict)


class TapeStepper(Stepper):
    """Step through what a learner's own engine does, the one built in NB07.

    Its `backward` runs once, here, under watch: which closure is called when, and what it sends to whom.
    Afterwards all grads are as before. A picture of what is not sound says what was expected.

    Parameters
    ----------
    root : object with the fields value, grad, requires_grad, _prev and _backward, and a method backward
        The node to go back from.
    predict : bool
        Start in prediction mode.
    **names : the same kind of object
        What the nodes are called.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from backprop_course.widgets import TapeStepper
    >>> broken = SimpleNamespace(value=2.0, grad=0.0, requires_grad=True, _prev=())
    >>> print(TapeStepper(broken).sentence)
    This tape cannot be shown. The node without a name has no field _backward.
      expected: _backward, a function of no arguments
      got:      SimpleNamespace with value, grad, requires_grad, _prev
      to mend:  set self._backward in the constructor
    """

    def __init__(self, root: Any, *, predict: bool = False, **names: Any) -> None:
        super().__init__(trace=trace_tape(root, **names), predict=predict)

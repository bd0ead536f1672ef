"""Steppers: a graph, forward value by value, then backward edge by edge.

`GraphStepper` shows what a function computes; `TapeStepper` what a learner's own engine does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import traitlets

from ..engine import Graph, Tensor
from ..engine.drawing.text import joined
from . import _assets
from ._forms import png, text_form
from ._leaves import changed, checked, entries_of, rows_of
from ._operations import expression
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
    _css = _assets.style("controls", "graph_stepper")
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
    f : callable, Graph or Tensor
        Maps Tensors to one Tensor of one entry. Or what was recorded: a graph, as `trace` returns it, or a
        Tensor that was computed from others.
    *args : arrays or floats
        Where to run it. It runs here, and again whenever an input is changed; the browser only shows what
        was recorded. Of a graph or a Tensor they may be left out.
    names : sequence of str, optional
        Names of the arguments (default: those of the parameters of `f`).
    ledger : bool
        Show a table of all shapes beside the graph.
    predict : bool
        Start in prediction mode: each number is hidden until it is typed, or asked for.

    Attributes
    ----------
    changes : dict of str to float
        Inputs that are not what they were at first, such as ``{"w": 2.5, "W[0, 1]": -1.0}``; the function is
        traced again, and the step stays. Synced with the browser, where a slider and a field set it.
    leaves : dict
        ``rows``: of each input that can be changed ``name``, ``value`` at first and ``reach`` of its slider;
        ``changes`` that the trace belongs to; ``said``, why there is no trace for them, or what is odd in it.

    Raises
    ------
    UsageError
        If an input that is to be changed is not there, or not to a number.

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
    >>> stepper.changes = {"w": 0.0}
    >>> stepper.sentence
    'Forward 2 of 3: y = tanh(v1) = tanh(0) = 0.'
    """

    changes = traitlets.Dict().tag(sync=True)
    leaves = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        f: Callable[..., Any] | Graph | Tensor,
        *args: Any,
        names: Sequence[str] | None = None,
        ledger: bool = False,
        predict: bool = False,
    ) -> None:
        f, args = expression(f, args)
        self._f, self._args = f, args
        self._settings: dict[str, Any] = {"names": names, "ledger": ledger}
        trace = trace_graph(f, *args, names=names, ledger=ledger)
        inputs = [node["name"] for node in trace["nodes"] if node["kind"] == "input"]
        self._entries = {} if trace["error"] else entries_of(args, inputs)
        leaves = {"rows": rows_of(self._entries), "changes": {}, "said": ""}
        super().__init__(trace=trace, leaves=leaves, predict=predict)
        if self._entries:
            self.observe(self._trace_again, "changes")

    @traitlets.validate("changes")
    def _finite(self, proposal: Any) -> dict[str, float]:
        changes = checked(proposal["value"], self._entries)
        wrong = [name for name, value in changes.items() if not math.isfinite(value)]
        if not wrong:
            return changes
        said = f"{joined(wrong)} would be no finite number: the inputs are what they were."
        self.leaves = {**self.leaves, "said": said}
        return dict(self.changes)

    def _trace_again(self, _: Any) -> None:
        args = changed(self._args, self._entries, self.changes)
        trace = trace_graph(self._f, *args, **self._settings, like=self.trace)
        said = trace["error"] + " What is shown belongs to the inputs before." if trace["error"] else ""
        with self.hold_sync():
            self.leaves = {**self.leaves, "changes": dict(self.changes), "said": said or trace["strange"]}
            if not said:
                self.trace = trace
                self.known, self.step = self.known, self.step  # the graph may have become shorter


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

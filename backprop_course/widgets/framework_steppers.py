"""Steppers for the two other designs of NB08: a tracer with a table of rules, and node objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .graph_stepper import Stepper
from .trace_edf import trace_edf
from .trace_tracer import trace_tracer


class TracerStepper(Stepper):
    """Step through a walk back over traced nodes, with the dictionary of outgoing gradients beside it.

    Parameters
    ----------
    end : Node of `backprop_course.tape`
        The end node, with a value of one entry.
    backward_pass : callable, optional
        The walk to be watched, ``backward_pass(g, end_node)``; by default the package's own.
    predict : bool
        Start in prediction mode.
    **names : Node
        What nodes are called; others are ``n0, n1, ...`` in the order of the walk.

    Examples
    --------
    >>> from backprop_course import tape
    >>> from backprop_course.widgets import TracerStepper
    >>> x = tape.Node(3.0)
    >>> stepper = TracerStepper(x * x + x, x=x)
    >>> stepper.step = 100
    >>> stepper.sentence
    'Done. The gradient of n0: x_bar = 7. The entry of x is taken out last, and returned.'
    """

    def __init__(
        self,
        end: Any,
        backward_pass: Callable[[Any, Any], Any] | None = None,
        *,
        predict: bool = False,
        **names: Any,
    ) -> None:
        super().__init__(trace=trace_tracer(end, backward_pass, **names), predict=predict)


class EdfStepper(Stepper):
    """Step through one `Forward` and `Backward` of node objects: who calls whose addgrad, with what.

    Parameters
    ----------
    loss : CompNode of `backprop_course.edf`, or of a class of one's own that derives from it
    backward : callable, optional
        Goes back from the loss; by default `edf.Backward`.
    predict : bool
        Start in prediction mode.

    Examples
    --------
    >>> from backprop_course.widgets import EdfStepper
    >>> print(EdfStepper(3.0).sentence)
    This graph cannot be shown. There is no loss node to go back from.
      expected: a CompNode made since clear_compgraph()
      got:      float
      to mend:  hand over the last node: loss = edf.CrossEntropyLoss(probabilities, labels)
    """

    def __init__(
        self, loss: Any, backward: Callable[[Any], Any] | None = None, *, predict: bool = False
    ) -> None:
        super().__init__(trace=trace_edf(loss, backward), predict=predict)

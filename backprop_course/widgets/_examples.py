"""The three engines of NB07 and NB08 at work, each on an example that fits on a page."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import edf, tape
from .example_tape import Tensor, add, multiply, relu
from .framework_steppers import EdfStepper, TracerStepper
from .graph_stepper import TapeStepper


def own_tape() -> TapeStepper:
    """Walk back over ``relu(x·y + y)``, where two shares meet in y."""
    x, y = Tensor(3.0, requires_grad=True), Tensor(2.0, requires_grad=True)
    z = multiply(x, y)
    w = add(z, y)
    o = relu(w)
    return TapeStepper(o, x=x, y=y, z=z, w=w, o=o)


def tracer() -> TracerStepper:
    """Walk back over ``x² exp(−x²) + x``, whose square is used twice."""
    x: Any = tape.Node(2.0)  # its operators are set from a table, which types do not see
    y = x * x
    return TracerStepper(y * tape.exp(-y) + x, x=x)


def node_objects() -> EdfStepper:
    """Go back through a network for XOR of three hidden units; a graph that was there before stays."""
    before = edf.CompNodes[:], edf.Parameters[:]
    try:
        edf.clear_compgraph()
        rng = np.random.default_rng(3)
        x = edf.Input(np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]))
        labels = edf.Input(np.array([0, 1, 1, 0]))
        hidden, output = edf.AffineParams(2, 3, rng), edf.AffineParams(3, 2, rng)
        logits = edf.Affine(output, edf.Sigmoid(edf.Affine(hidden, x)))
        return EdfStepper(edf.CrossEntropyLoss(edf.Softmax(logits), labels))
    finally:
        edf.CompNodes[:], edf.Parameters[:] = before

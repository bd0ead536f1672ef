"""One example on its way through the network of a lab, forward and back, in numbers and in sentences."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..engine.drawing.text import MINUS
from ._lab_data import FEATURES
from ._lab_run import Run

Trace = dict[str, Any]

_SPOKEN = 4  # units of a layer that a sentence writes out, and terms of a sum
WRITTEN = 60  # more weights than these get no numbers beside their edges


def flow_of(run: Run, example: int = 0, point: Any = None) -> tuple[Trace, Any]:
    """Return what one example does in the network where the run is now.

    Parameters
    ----------
    run : Run
    example : int
        Which of the coming batch.
    point : pair of floats, optional
        A point without a target in its place.

    Returns
    -------
    flow : dict, plain JSON
        ``example``, ``size`` (of the batch), ``point`` (its coordinates), ``target`` (a text, or empty),
        ``values`` and ``bars`` (texts for each unit, in the order of `net_of`; bars are empty without a
        target), ``gradients`` (texts in the order of `Run.weights`; none where there are many weights),
        ``forward`` and ``backward``: a sentence for each layer, in the order in which they are reached.
    gradients : ndarray, shape (P,)
        Of the loss of this example alone; zeros without a target.
    """
    X, y = run.batch
    example = min(max(example, 0), len(X) - 1)
    free = point is not None
    if free:
        x, target = run.given(np.array([point], dtype=float)), np.zeros((1, 1))
        where = [float(v) for v in point]
    else:
        x, target = X[example : example + 1], y[example : example + 1]
        where = []
    seen = run.examine(x, target)
    outs, bars = seen.outs, seen.bars
    ends = [number - 1 for number in run.layers[1:]] + [len(run.model.layers) - 1]
    columns = [x[0], *(outs[str(end)][0] for end in ends)]
    sums = [outs[str(number)][0] for number in run.layers]
    sum_bars = [bars[str(number)][0] for number in run.layers]
    value_bars = [bars[str(end)][0] for end in ends]
    features = dict(zip(run.settings["features"], x[0], strict=True))
    shown = [short(features[name]) if name in features else "" for name in FEATURES]
    values = [*shown, *(short(v) for column in columns[1:] for v in column)]
    marks = [*[""] * len(FEATURES), *(short(v) for column in value_bars for v in column)]
    names = [*run.settings["activations"], run.model.layers[-1].__class__.__name__.lower()]
    names[-1] = "" if run.layers[-1] == len(run.model.layers) - 1 else names[-1]
    what = "Your point" if free else f"Example {example + 1} of {len(X)} in the coming batch"
    loss = "" if free else f"; the target is {short(float(target[0, 0]))} and the loss {short(seen.loss)}"
    pairs = ", ".join(f"{name} = {short(v)}" for name, v in features.items())
    forward = [f"{what}: {pairs}."]
    for layer in range(len(run.layers)):
        forward.append(_forward(run, layer, columns[layer], sums[layer], columns[layer + 1], names[layer]))
    forward[-1] += f" The output is {short(float(columns[-1][0]))}{loss}."
    if free:
        backward = ["A point of your own has no target, so there is no loss and nothing comes back."]
    else:
        backward = [
            f"{what}: the loss is {short(seen.loss)}. "
            f"Its slope along the output is {short(float(value_bars[-1][0]))}."
        ]
        for layer in reversed(range(len(run.layers))):
            backward.append(_backward(run, layer, sum_bars[layer], value_bars, names[layer]))
    flow = {
        "example": example,
        "size": len(X),
        "point": where,
        "target": "" if free else short(float(target[0, 0])),
        "values": values,
        "bars": [""] * len(values) if free else marks,
        "gradients": [] if free or len(seen.gradients) > WRITTEN else [short(g) for g in seen.gradients],
        "forward": forward,
        "backward": backward,
    }
    return flow, seen.gradients * (0.0 if free else 1.0)


def _place(run: Run, layer: int) -> str:
    return "Output" if layer == len(run.layers) - 1 else f"Hidden layer {layer + 1}"


def _forward(run: Run, layer: int, given: Any, sums: Any, values: Any, name: str) -> str:
    linear: Any = run.model.layers[run.layers[layer]]
    W = run.steps.values[f"{run.layers[layer]}.weight"]
    b = None if linear.bias is None else run.steps.values[f"{run.layers[layer]}.bias"]
    if len(sums) > _SPOKEN or len(given) > _SPOKEN:
        then = f", then {name}" if name else ""
        return (
            f"{_place(run, layer)}: each of {len(sums)} units weighs {len(given)} values and adds up{then}."
        )
    said = []
    for j, (z, a) in enumerate(zip(sums, values, strict=True)):
        terms = [f"{_factor(w)} × {_factor(x)}" for w, x in zip(W[:, j], given, strict=True)]
        total = " + ".join([*terms, *([_factor(b[j])] if b is not None else [])])
        after = f", {name} of it {short(float(a))}" if name else ""
        said.append(f"{total} = {short(float(z))}{after}")
    return f"{_place(run, layer)}: {'; '.join(said)}."


def _backward(run: Run, layer: int, sum_bars: Any, value_bars: list[Any], name: str) -> str:
    slope = f" times the slope of {name}" if name else ""
    if len(sum_bars) > _SPOKEN:
        return (
            f"{_place(run, layer)}: each unit hands its error signal{slope} on; a weight gets that times "
            "the value at its start."
        )
    said = [
        f"{short(float(bar))}{slope} is {short(float(z_bar))}" if name else f"{short(float(z_bar))}"
        for bar, z_bar in zip(value_bars[layer], sum_bars, strict=True)
    ]
    many = " Each weight gets it times the value at its start."
    if layer and len(value_bars[layer - 1]) <= _SPOKEN:
        before = "; ".join(short(float(bar)) for bar in value_bars[layer - 1])
        many += f" Through the weights the units before get {before}."
    sums = "sums" if len(said) > 1 else "sum"
    return f"{_place(run, layer)}: the error signal at the {sums}: {'; '.join(said)}.{many}"


def _factor(x: float) -> str:
    text = short(float(x))
    return f"({text})" if text.startswith(MINUS) else text


def short(x: float) -> str:
    """Write a number with four figures."""
    if math.isfinite(x):
        return f"{float(x):.4g}".replace("-", MINUS)
    return "nan" if math.isnan(x) else f"{MINUS}∞" if x < 0 else "∞"

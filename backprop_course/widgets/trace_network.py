"""The trace of the network lab: what is seen of a run at one step, as plain JSON and one buffer of bytes.

The buffer holds, one after the other: weights, gradients of the coming batch and gradients of one example,
each as float32 in the order of `Run.weights`; then a map of GRID x GRID bytes for each unit, in the order of
the units, and the map of the output, WIDE x WIDE. A byte of 128 is 0, 1 and 255 are the ends of the scale.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import sigmoid
from ._lab_data import FEATURES, SHOWN, inputs_of
from ._lab_flow import flow_of, short
from ._lab_run import Run
from ._lab_settings import LOSSES

Trace = dict[str, Any]

GRID, WIDE = 20, 60

SENTENCES = {
    "weight": "Weight from {start} to {end}: {weight}. Its gradient on the coming batch is {gradient}.",
    "bias": "Bias of {end}: {weight}. Its gradient on the coming batch is {gradient}.",
    "unit": "{end} goes from {low} to {high} over the map.",
    "off": "{end} is not an input of the network now.",
}


def net_of(run: Run) -> Trace:
    """Return what a network is made of: units in columns, and what stands between them.

    Parameters
    ----------
    run : Run

    Returns
    -------
    dict, plain JSON
        ``units``: dicts of ``column``, ``row``, ``name`` and ``label``; all features first, then the hidden
        layers, then the output. ``on``: whether each unit takes part. ``edges``: triples of the units at
        start and end, and the place among the weights. ``biases``: pairs of unit and place. ``places``: how
        many weights and biases there are; ``count``: steps of an epoch.
    """
    settings = run.settings
    sizes = [len(FEATURES), *settings["hidden"], 1]
    units: list[Trace] = []
    firsts = []
    for column, size in enumerate(sizes):
        firsts.append(len(units))
        for row in range(size):
            if column == 0:
                name = label = list(FEATURES)[row]
            elif column == len(sizes) - 1:
                name, label = "the output", "output"
            else:
                name, label = f"unit {row + 1} of hidden layer {column}", ""
            units.append({"column": column, "row": row, "name": name, "label": label})
    chosen = [list(FEATURES).index(name) for name in settings["features"]]
    edges, biases = [], []
    for place, (layer, kind, index) in enumerate(run.places()):
        end = firsts[layer + 1] + index[-1]
        if kind == "bias":
            biases.append([end, place])
        else:
            edges.append([chosen[index[0]] if layer == 0 else firsts[layer] + index[0], end, place])
    on = [unit["column"] > 0 or i in chosen for i, unit in enumerate(units)]
    return {
        "units": units,
        "on": on,
        "edges": edges,
        "biases": biases,
        "places": len(run.places()),
        "count": run.count,
    }


def cloud_of(run: Run) -> Trace:
    """Return the points to be drawn: some hundred at most, and where the map goes.

    Returns
    -------
    dict, plain JSON
        ``train`` and ``test``: lists of x₁, x₂ and the target as a shade from -1 to 1; ``view``; ``problem``;
        ``ends``: the texts at both ends of the scale; ``note``.
    """
    points = run.points
    classes = points.problem == "classification"
    top = points.top

    def some(X: Any, y: Any) -> list[list[float]]:
        shades = 2.0 * y - 1.0 if classes else y / top
        return [[round(float(v), 4) for v in row] for row in np.column_stack([X, shades])[:SHOWN]]

    many = len(points.X) > SHOWN
    return {
        "train": some(points.X, points.y),
        "test": some(points.X_test, points.y_test),
        "view": points.view,
        "problem": points.problem,
        "ends": ["class 0", "class 1"] if classes else [short(-top), short(top)],
        "note": f"{SHOWN} of {len(points.X)} training points are drawn." if many else "",
    }


def trace_network(
    run: Run, *, example: int = 0, point: Any = None, last: int | None = None
) -> tuple[Trace, bytes]:
    """Return what is seen of a run where it is now.

    Parameters
    ----------
    run : Run
    example : int
        Which example of the coming batch is followed through the network; the last one where there are fewer.
    point : pair of floats, optional
        A point of the learner's, in place of an example. It has no target, so nothing comes back from it.
    last : int, optional
        Where the history ends, if not where the run has been.

    Returns
    -------
    now : dict, plain JSON
        ``step``, ``epoch``, ``losses`` (texts, training and test), ``say`` (a sentence on the step), ``bad``
        (why the run ends, or an empty text), ``weights`` and ``gradients`` (texts in the order of
        `Run.weights`), ``ranges`` (texts, lowest and highest value of each unit over the map), ``history``
        (steps, training losses, test losses; null where one is not finite), ``differences`` (a sentence on
        the learner's backwards) and ``flow`` (see `flow_of`).
    frame : bytes
        See the top of this module.
    """
    batch = run.examine(*run.batch)
    flow, own = flow_of(run, example, point)
    maps, ranges = _maps(run)
    weights = run.weights
    train, test = run.losses[run.step] if run.step in run.losses else run.measured()
    now = {
        "step": run.step,
        "epoch": run.step // run.count,
        "losses": [short(train), short(test) if len(run.y_test) else "none kept apart"],
        "say": _said(run, train, test),
        "bad": why_it_ended(run),
        "weights": [short(w) for w in weights],
        "gradients": [short(g) for g in batch.gradients],
        "ranges": ranges,
        "history": _history(run, train, test, math.inf if last is None else last),
        "differences": _own_backwards(run),
        "flow": flow,
    }
    numbers = np.nan_to_num(np.concatenate([weights, batch.gradients, own]))
    numbers = np.clip(numbers, -1e38, 1e38).astype("<f4")  # what is larger would overflow
    return now, numbers.tobytes() + maps.tobytes()


def look_up(net: Trace, now: Trace, kind: str, number: int) -> str:
    """Return what is said of a part of the network, as the browser says it.

    Parameters
    ----------
    net, now : dict
        From `net_of` and `trace_network`.
    kind : {"weight", "bias", "unit"}
    number : int
        Which of ``net["edges"]``, ``net["biases"]`` or ``net["units"]``.
    """
    if kind == "unit":
        name = capital(net["units"][number]["name"])
        if not net["on"][number]:
            return SENTENCES["off"].format(end=name)
        low, high = now["ranges"][number]
        return SENTENCES["unit"].format(end=name, low=low, high=high)
    *start, end, place = net["edges" if kind == "weight" else "biases"][number]
    names = {"start": net["units"][start[0]]["name"]} if start else {}
    return SENTENCES[kind].format(
        **names,
        end=net["units"][end]["name"],
        weight=now["weights"][place],
        gradient=now["gradients"][place],
    )


def why_it_ended(run: Run) -> str:
    """Explain why a run cannot go on; an empty text where it can, or where it has not got there."""
    if run.end is None or run.step < run.end:
        return ""
    first, last = run.losses[0][0], run.measured()[0]
    largest = float(np.abs(run.weights).max())
    text = f"Step {run.end + 1} cannot be taken, as {run.bad}"
    if not last <= 10 * first:
        text += (
            f" The loss was {short(first)} at first and is {short(last)} now, and the largest weight is "
            f"{short(largest)}: each step overshoots, so the next gradient is larger still. "
            f"Take a smaller learning rate than {short(run.rate)}, and start again or undo."
        )
    else:
        text += f" The largest weight is {short(largest)}. Undo, or start again with other settings."
    return text


def capital(text: str) -> str:
    """Return a name as it stands at the start of a sentence; a feature keeps its letter."""
    return text if text in FEATURES else text[0].upper() + text[1:]


def _said(run: Run, train: float, test: float) -> str:
    kept = f", test loss {short(test)}" if len(run.y_test) else ""
    epoch, within = divmod(run.step, run.count)
    passed = f"{epoch} epoch{'s' if epoch != 1 else ''}"
    rest = f" and {within} of {run.count} batches" if within else ""
    return f"Step {run.step}, {passed}{rest}: training loss {short(train)}{kept}."


def _own_backwards(run: Run) -> str:
    kinds = list(run.trainer.swapped.own)
    if not kinds:
        return ""
    parts = [
        f"Your backward for {kind!r} is at work; it differs from the reference by "
        f"{short(run.differences.get(kind, math.nan))} of its largest entry."
        for kind in kinds
    ]
    return " ".join(parts)


def _history(run: Run, train: float, test: float, last: float) -> list[list[Any]]:
    losses = {**run.losses, run.step: (train, test)}
    steps = sorted(step for step in losses if step <= last)
    rows = ([losses[s][k] for s in steps] for k in range(2))
    return [steps, *([float(f"{v:.5g}") if math.isfinite(v) else None for v in row] for row in rows)]


def _maps(run: Run) -> tuple[Any, list[list[str]]]:
    """Every unit over the plane as bytes, and its lowest and highest value as texts."""
    small, wide = _lattice(run.points.view, GRID), _lattice(run.points.view, WIDE)
    outs = run.outputs(run.given(np.concatenate([small, wide])))
    columns = [inputs_of(small, list(FEATURES))]
    ends = [number - 1 for number in run.layers[1:]] + [len(run.model.layers) - 1]
    found = [outs[str(end)] for end in ends]
    columns += [out[: len(small)] for out in found]
    values = np.concatenate(columns, axis=1).T
    with np.errstate(all="ignore"):
        scales = np.maximum(1.0, np.max(np.abs(values), axis=1, keepdims=True))
        shades = [_bytes(values[:-1] / scales[:-1]), _bytes(shade_of(run, values[-1]))]
        shades.append(_bytes(shade_of(run, found[-1][len(small) :, 0])))
    ranges = [[short(float(row.min())), short(float(row.max()))] for row in values]
    return np.concatenate([part.ravel() for part in shades]), ranges


def shade_of(run: Run, out: Any) -> Any:
    """Return outputs as shades from -1 to 1: 2p - 1 for a probability, shares of the largest target else."""
    if run.points.problem == "regression":
        return out / run.points.top
    return out if LOSSES["classification"][run.settings["loss"]][1] else 2.0 * sigmoid(out) - 1.0


def _bytes(shades: Any) -> Any:
    whole = np.nan_to_num(np.rint(127.0 * shades), nan=0.0, posinf=127, neginf=-127)
    return (128 + np.clip(whole, -127, 127)).astype(np.uint8)


def _lattice(view: list[list[float]], n: int) -> Any:
    """The middles of n x n cells, row by row from the top of the picture."""
    (left, right), (bottom, top) = view
    middle = (np.arange(n) + 0.5) / n
    x, y = np.meshgrid(left + (right - left) * middle, top - (top - bottom) * middle)
    return np.stack([x.ravel(), y.ravel()], axis=1)

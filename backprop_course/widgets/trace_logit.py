"""The trace of the logit fitter: minus the logarithm of what happened, and the gradient, point by point.

The kernel makes it anew when a weight or a point is dragged, and the map of the loss when a point is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import binary_cross_entropy_with_logits, sigmoid
from ..errors import CourseError
from ._losses import loss_of
from ._points import pair_of, points_of, span_of, view_of
from ._pulls import pulls, three
from .trace_descent import trace_map

Trace = dict[str, Any]

CURVE = 121  # places at which the curve is drawn
_OF_POINT = (
    "{loss}\n"
    "Point {k} of {n} at x = {x}, y = {y}: ŷ = {yhat}, so what happened had p = {p}, and −log p = {bar}.\n"
    "Its gradient is {pull}. "
)
SENTENCES = {
    "none": "{loss}\nNo gradient is added yet: the sum begins at (0, 0).",
    "some": f"{_OF_POINT}The first {{k}} add up to {{sum}}.",
    "all": f"{_OF_POINT}All {{n}} add up to the whole gradient {{whole}}.",
}
LOSS = "The total loss is {total}, the mean {mean}."
CODE = """import numpy as np
from backprop_course import binary_cross_entropy_with_logits, grad, jacobian

x = np.array({x})
y = np.array({y})
w = np.array({w}, dtype=float)

def losses(w):
    return binary_cross_entropy_with_logits(w[0] + w[1] * x, y, reduction="none")

each = jacobian(losses)(w)  # a row for each point
whole = grad(lambda w: np.sum(losses(w)))(w)
print(np.sum(losses(w)), np.mean(losses(w)), each.sum(axis=0), whole)
"""


def frame_logit(data: Any = None, view: Any = ((-3, 3), (-2, 6))) -> Trace:
    """Return what does not move with weights and points: labels, views, sentences with places to fill.

    Parameters
    ----------
    data : pair of array_like, optional
        Features and targets of 0 and 1; six small scores by default.
    view : pair of pairs of floats
        From where to where w0 and w1 go.

    Returns
    -------
    dict
        ``error`` says why there is nothing to see, in place of all else.
    """
    try:
        x, y = first_points(data)
        bounds = view_of(view)
    except CourseError as error:
        return {"error": str(error), "title": "", "size": 0, "view": [[-1.0, 1.0], [-1.0, 1.0]]}
    return {
        "error": "",
        "title": f"A logistic model of {x.size} point{'s' * (x.size > 1)}",
        "size": int(x.size),
        "y": y.astype(int).tolist(),
        "across": span_of(x),
        "view": bounds,
        "sentences": SENTENCES,
        "loss": LOSS,
        "code": CODE,
    }


def first_points(data: Any) -> tuple[Any, Any]:
    """Return the points handed over, or six small scores without any."""
    if data is not None:
        return points_of(data, labels=True)
    example = loss_of("logistic", None)
    return example.x, example.y


def map_logit(x: Any, y: Any, view: Any) -> Trace:
    """Return the map of the loss over both weights: ``rings`` of equal loss, and ``best`` or None."""
    heights = trace_map("logistic", (x, y), view)
    return {"rings": heights["rings"], "best": heights["best"]}


def trace_logit(x: Any, y: Any, w: Any, across: Any = None) -> Trace:
    """Return probabilities, losses and gradients of a logistic model, point by point.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Up to 40 features, and targets of 0 and 1.
    w : array_like, shape (2,)
        The model is sigmoid(w0 + w1 x).
    across : pair of floats, optional
        From where to where the curve goes; a little farther than the points by default.

    Returns
    -------
    dict
        ``x``, ``w``, ``yhat``, ``bars`` (minus the logarithm of the probability of what happened), ``curve``,
        their texts, ``total`` and ``mean`` of the losses, and what `pulls` returns. ``error`` is empty.

    Raises
    ------
    UsageError
        If points or w are none.
    """
    x, y = points_of((x, y), labels=True)
    w = np.array(pair_of(w, "w"))

    def losses(weights: Any) -> Any:
        return binary_cross_entropy_with_logits(weights[0] + weights[1] * x, y, reduction="none")

    bars = np.asarray(losses(w))
    yhat = np.asarray(sigmoid(w[0] + w[1] * x))
    low, high = span_of(x) if across is None else across
    fine = np.linspace(low, high, CURVE)
    return {
        "error": "",
        "x": x.tolist(),
        "w": w.tolist(),
        "yhat": yhat.tolist(),
        "bars": bars.tolist(),
        "curve": np.round(sigmoid(w[0] + w[1] * fine), 5).tolist(),
        "x_texts": [three(v) for v in x],
        "yhat_texts": [three(v) for v in yhat],
        "p_texts": [three(v) for v in np.exp(-bars)],
        "bar_texts": [three(v) for v in bars],
        "total": three(bars.sum()),
        "mean": three(bars.mean()),
        "mean_bar": float(bars.mean()),
        **pulls(losses, w),
    }


def look_up(trace: Trace, run: Trace, point: int) -> str:
    """Return what is said when the gradients of the first `point` points are added."""
    n = trace["size"]
    k = min(point, n)
    loss = LOSS.format(total=run["total"], mean=run["mean"])
    if k == 0:
        return SENTENCES["none"].format(loss=loss)
    return SENTENCES["some" if k < n else "all"].format(
        k=k,
        n=n,
        x=run["x_texts"][k - 1],
        y=trace["y"][k - 1],
        yhat=run["yhat_texts"][k - 1],
        p=run["p_texts"][k - 1],
        bar=run["bar_texts"][k - 1],
        pull=run["pull_texts"][k - 1],
        sum=run["sum_texts"][k],
        whole=run["whole"],
        loss=loss,
    )

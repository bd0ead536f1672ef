"""The trace of the line fitter: points, a line of one's own, and the best lines of two losses.

The kernel makes it anew when a point or a parameter is dragged. Which line and which loss is looked at, and
how many gradients are added, is looked up in it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import data as sets
from .. import mae_loss, mse_loss
from ..errors import CourseError
from ._points import pair_of, points_of, span_of, view_of
from ._pulls import pulls, three

Trace = dict[str, Any]

ROUNDING = 1e-12
LINES = ("own", "squared", "absolute")
LOSSES = ("squared", "absolute")
_LOSS_OF = {"squared": mse_loss, "absolute": mae_loss}
_NAMES = {"own": "your line", "squared": "the best squared line", "absolute": "the best absolute line"}
_OF_POINT = (
    "Point {k} of {n} at ({x}, {y}): {line} predicts {prediction}, error {error}, {loss} loss {each}.\n"
    "Its gradient is {pull}. "
)
SENTENCES = {
    "none": "No gradient is added yet: the sum begins at (0, 0).",
    "some": f"{_OF_POINT}The first {{k}} add up to {{sum}}.",
    "all": f"{_OF_POINT}All {{n}} add up to the whole gradient {{whole}}.",
    "closed": f"{_OF_POINT}All {{n}} add up to {{whole}}: the arrows close.",
}
CODE = """import numpy as np
from backprop_course import {name}, grad, jacobian

x = np.array({x})
y = np.array({y})
beta = np.array({beta}, dtype=float)

def losses(beta):
    return {name}(beta[0] + beta[1] * x, y, reduction="none")

each = jacobian(losses)(beta)  # a row for each point
whole = grad(lambda beta: np.sum(losses(beta)))(beta)
print(np.sum(losses(beta)), each.sum(axis=0), whole)
"""


def frame_line(data: Any = None, view: Any = None) -> Trace:
    """Return what stays when points and parameters move: the view, sentences with places to fill, code.

    Parameters
    ----------
    data : pair of array_like, optional
        Features and targets; the four points of `backprop_course.data.ols` by default.
    view : pair of pairs of floats, optional
        From where to where the plot goes, for x and y; wide enough for all points by default.

    Returns
    -------
    dict
        ``error`` says why there is nothing to see, in place of all else.
    """
    try:
        x, y = points_of(first_points(data))
        bounds = [span_of(x), span_of(y, 0.25, 0.25)] if view is None else view_of(view)
    except CourseError as error:
        return {"error": str(error), "title": "", "size": 0, "view": [[-1.0, 1.0], [-1.0, 1.0]]}
    bounds = [[min(low, v.min()), max(high, v.max())] for (low, high), v in zip(bounds, (x, y), strict=True)]
    (left, right), (low, high) = bounds
    steep = float(f"{2 * (high - low) / (right - left):.2g}")
    return {
        "error": "",
        "title": f"A line through {x.size} point{'s' * (x.size > 1)}",
        "size": int(x.size),
        "view": bounds,
        "reach": [[low - (high - low), high + (high - low)], [-steep, steep]],
        "sentences": SENTENCES,
        "names": _NAMES,
        "functions": {name: of.__name__ for name, of in _LOSS_OF.items()},
        "code": CODE,
    }


def first_points(data: Any) -> Any:
    """Return the points handed over, or the four of the course without any."""
    return sets.ols() if data is None else data


def trace_line(x: Any, y: Any, beta: Any) -> Trace:
    """Return the losses and gradients of a line of one's own and of the best lines, point by point.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Up to 40 points.
    beta : array_like, shape (2,)
        Intercept and slope of a line of one's own.

    Returns
    -------
    dict
        For each of `LINES` its ``beta``, its predictions and errors, and for each of `LOSSES` the sum of
        losses and what `pulls` returns: numbers to draw by, and texts. ``error`` is empty.

    Raises
    ------
    UsageError
        If points or beta are none.
    """
    x, y = points_of((x, y))
    betas = {
        "own": np.array(pair_of(beta, "beta")),
        "squared": least_squares(x, y),
        "absolute": least_absolute(x, y),
    }
    return {
        "error": "",
        "x": x.tolist(),
        "y": y.tolist(),
        "x_texts": [three(v) for v in x],
        "y_texts": [three(v) for v in y],
        "lines": {name: _line(x, y, value) for name, value in betas.items()},
    }


def _line(x: Any, y: Any, beta: Any) -> Trace:
    prediction = beta[0] + beta[1] * x
    return {
        "beta": [float(v) for v in beta],
        "beta_texts": [three(v) for v in beta],
        "predictions": prediction.tolist(),
        "prediction_texts": [three(v) for v in prediction],
        "error_texts": [three(v) for v in prediction - y],
        "losses": {name: _loss(x, y, beta, name) for name in LOSSES},
    }


def _loss(x: Any, y: Any, beta: Any, name: str) -> Trace:
    """Return losses and gradients; a point that is on the line up to rounding is on it, and does not pull."""
    prediction = beta[0] + beta[1] * x
    y = np.where(np.abs(prediction - y) <= ROUNDING * np.maximum(np.abs(y), 1.0), prediction, y)

    def losses(b: Any) -> Any:
        return _LOSS_OF[name](b[0] + b[1] * x, y, reduction="none")

    each = np.asarray(losses(beta))
    return {"total": three(each.sum()), "texts": [three(v) for v in each], **pulls(losses, beta)}


def least_squares(x: Any, y: Any) -> Any:
    """Return intercept and slope of the line of least squares; the flattest where all x are equal."""
    middle = x.mean()
    spread = np.sum((x - middle) ** 2)
    slope = np.sum((x - middle) * (y - y.mean())) / spread if spread > 0 else 0.0
    return np.array([y.mean() - slope * middle, slope])


def least_absolute(x: Any, y: Any) -> Any:
    """Return intercept and slope of a line of least absolute errors.

    One of the best lines goes through two of the points, so all pairs are tried. Where no two points differ
    in x, the flat line at the median is as good as any.
    """
    i, j = np.triu_indices(x.size, 1)
    apart = x[i] != x[j]
    i, j = i[apart], j[apart]
    if i.size == 0:
        return np.array([np.median(y), 0.0])
    slope = (y[j] - y[i]) / (x[j] - x[i])
    start = y[i] - slope * x[i]
    best = int(np.argmin(np.abs(start[:, None] + slope[:, None] * x - y).sum(axis=1)))
    return np.array([start[best], slope[best]])


def look_up(run: Trace, line: str, loss: str, point: int) -> str:
    """Return what is said when the gradients of the first `point` points are added."""
    n = len(run["x"])
    k = min(point, n)
    if k == 0:
        return SENTENCES["none"]
    at, of = run["lines"][line], run["lines"][line]["losses"][loss]
    kind = "some" if k < n else "closed" if of["closes"] else "all"
    return SENTENCES[kind].format(
        k=k,
        n=n,
        x=run["x_texts"][k - 1],
        y=run["y_texts"][k - 1],
        line=_NAMES[line],
        prediction=at["prediction_texts"][k - 1],
        error=at["error_texts"][k - 1],
        loss=loss,
        each=of["texts"][k - 1],
        pull=of["pull_texts"][k - 1],
        sum=of["sum_texts"][k],
        whole=of["whole"],
    )


def code_of(run: Trace, line: str, loss: str) -> str:
    """Return a program for the line and the loss looked at, with its whole gradient."""
    return CODE.format(x=run["x"], y=run["y"], beta=run["lines"][line]["beta"], name=_LOSS_OF[loss].__name__)

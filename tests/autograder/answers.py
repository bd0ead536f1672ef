"""Right answers written in other styles than the reference: loops, lists, cached values, other formulas.

One entry at least for each exercise; a test insists on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercise import Exercise
from autograder.exercises import find, of_unit, units
from autograder.instances import Instance
from autograder.judge import Verdict, in_process, judge
from autograder.mistakes import Mistake

EXERCISES = [exercise for unit in units() for exercise in of_unit(unit)]
Answer = Callable[..., Any]


def answer_of(exercise: Exercise, compute: Callable[[Instance], dict[str, Any]]) -> Answer:
    """Make a function that answers as the exercise asks, out of one that returns gradients by name."""

    def answer(*inputs):
        variables = dict(zip(exercise.parameters, inputs, strict=True))
        sizes = {}
        for name, value in variables.items():
            sizes |= dict(zip(exercise.signature.shapes[name], np.shape(value), strict=True))
        gradients = compute(Instance(variables, "called", sizes))
        if exercise.keys:
            return {key: gradients[key] for key in exercise.keys}
        values = tuple(gradients[name] for name in exercise.returns)
        return values[0] if len(values) == 1 else values

    return answer


def reference(exercise: Exercise) -> Answer:
    return answer_of(exercise, exercise.expected)


def mistaken(exercise: Exercise, mistake: Mistake, only: str | None = None) -> Answer:
    """The answer of someone who made this mistake; with `only`, in one gradient and nowhere else."""

    def compute(instance):
        right = exercise.expected(instance)
        wrong = mistake.gradients(exercise.signature, instance, right)
        return wrong if only is None else {**right, only: wrong[only]}

    return answer_of(exercise, compute)


def logistic_ls_grads(w, b, x, t):
    z = w * x + b
    e = math.exp(-abs(z))
    y = (1.0 if z >= 0 else e) / (1.0 + e)
    slope = e / (1.0 + e) ** 2  # of the sigmoid, without cancellation
    return {"L": 0.5 * (y - t) ** 2, "y_bar": y - t, "z_bar": (y - t) * slope, "w_bar": x * (y - t) * slope,
            "b_bar": np.array((y - t) * slope)}  # fmt: skip


def logistic_ls_grads_by_tanh(w, b, x, t):
    y = 0.5 * (1.0 + np.tanh(0.5 * (b + x * w)))
    bars = {"y_bar": -(t - y)}
    bars["b_bar"] = bars["z_bar"] = bars["y_bar"] * (y - y * y)
    bars["w_bar"] = bars["b_bar"] * x
    return bars


def reg_logistic_ls_grads(w, b, x, t, lam):
    bars = logistic_ls_grads(w, b, x, t)
    return [bars["w_bar"] + w * lam, float(bars["b_bar"])]


def reg_logistic_ls_grads_as_an_array(w, b, x, t, lam):
    y = np.exp(w * x + b) / (1 + np.exp(w * x + b))
    return np.array([x, 1.0]) * (y - t) * y * (1 - y) + lam * np.array([w, 0.0])


def affine_backward(dY, X, W):
    n, d, k = len(X), len(W), len(W[0])
    dX = [[sum(dY[i, c] * W[j, c] for c in range(k)) for j in range(d)] for i in range(n)]
    dW = np.zeros(W.shape)
    for i in range(n):
        dW += np.outer(X[i], dY[i])
    return [dX, dW, [sum(dY[i, c] for i in range(n)) for c in range(k)]]


def affine_backward_by_einsum(dY, X, W):
    g = dY.astype(float)
    return np.einsum("nk,dk->nd", g, W), np.einsum("nd,nk->dk", X, g), np.ones(len(g)) @ g


RIGHT: dict[str, list[Answer]] = {
    "NB04.E01": [logistic_ls_grads, logistic_ls_grads_by_tanh],
    "NB04.E02": [reg_logistic_ls_grads, reg_logistic_ls_grads_as_an_array],
    "NB06.E06": [affine_backward, affine_backward_by_einsum],
}

AFFINE = find("NB06.E06")


def affine(dY, X, W):
    """The right answer of `AFFINE`, for answers that go wrong after it."""
    return dY @ W.T, X.T @ dY, dY.sum(axis=0)


def verdict(answer: Any, exercise: Exercise = AFFINE, seed: int = 0, visible: bool = True) -> Verdict:
    return judge(exercise, in_process(answer, time_limit=0.3), seed=seed, visible=visible)


def told(v: Verdict) -> str:
    """All that a verdict says in sentences."""
    return " ".join([v.reason, *v.evidence, *(d.evidence for d in v.diagnoses), *v.remarks])

"""NB05: one logistic unit, its loss and its gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_course import Tensor, sigmoid, value_and_grad

from ..exercise import Exercise, Piece
from ..instances import made, sizes
from ..mistakes import M01, M03, M04, M05, M06, M08, M09, M10, M12, M19, M20, M27, M29, M32, M34, Kind
from ..reference import cotangents_of, values_of

CLIPPED = Kind(
    "clipped",
    "the probability is kept away from 0 and 1 by force",
    "For large inputs the loss does not grow with the input any more.",
    "The loss is computed from a probability that has lost its digits.",
    "Cutting a probability off hides the overflow and changes the loss. Written with u itself, the logarithm "
    "of the sigmoid needs no cutting.",
    "NB05.W3",
)
LABEL_MISSING = Kind(
    "label-missing",
    "the label is not subtracted from the prediction",
    "The numbers would be right if every label were 0.",
    "One of the two terms of the error is left out.",
    "What the loss sends back to u is the difference between what the model believes and what is true.",
    "NB05.W3",
)
SIGMOID_MISSING = Kind(
    "sigmoid-missing",
    "the prediction is the score itself, without the sigmoid",
    "The numbers are those of linear regression.",
    "A step of the forward pass is left out.",
    "The label is compared with a probability. What the weights give is a score; the sigmoid makes a "
    "probability of it.",
    "NB05.W1",
)
SQUARED_ERROR = Kind(
    "squared-error",
    "the slope of the squared error stands where cross-entropy is asked for",
    "What arrives at the prediction is the plain difference to the label.",
    "The derivative belongs to another loss.",
    "The difference of prediction and label is what the fused loss sends to the score, or what half a "
    "squared error sends to the prediction. Differentiate the logarithms of this loss.",
    "NB05.W3",
)
ONE_BRANCH = Kind(
    "one-branch",
    "only the term of one class is differentiated",
    "The numbers are right for the labels of one class, and wrong for the other.",
    "One of two terms of the loss is left out.",
    "The loss has a term for each of the two classes. The label decides which of them is switched on.",
    "NB05.W3",
)
OFFSET_TIMES_INPUT = Kind(
    "offset-times-input",
    "the gradient of the offset is multiplied by the input",
    "The gradient of w0 is x times too large.",
    "The local derivative of one term of a sum is used for the other.",
    "The input stands beside w1 alone. Move w0 a little, and u moves by just as much.",
    "NB05.W3",
)
INPUT_LEFT_OUT = Kind(
    "input-left-out",
    "the gradient of the weight lacks the input",
    "The gradient of w1 equals what arrives at u.",
    "The local derivative of a product is forgotten.",
    "Move w1 a little: u moves by the input times as much. That factor stands between u and w1.",
    "NB05.W3",
)
FEATURES_COUNTED = Kind(
    "features-counted",
    "the mean is taken over the features instead of the examples",
    "The numbers are N/d times what is right, with N examples and d features.",
    "A factor is one over the wrong size.",
    "The loss is a mean over examples, so its gradient is one too. Each feature has a weight of its own, and "
    "nothing is averaged over them.",
    "NB05.W3",
)


def mean_loss(u: Any, y: Any) -> Any:
    """Mean binary cross-entropy of scores."""
    return np.mean(np.logaddexp(0.0, u) - y * u)


def _bce(u: Any, y: Any) -> Any:
    return value_and_grad(mean_loss)(np.asarray(u, np.float64), np.asarray(y, np.float64))


def _with_slope(du: Any) -> Any:
    """Return the right loss with another gradient of the scores."""

    def bce_with_logits(u: Any, y: Any) -> tuple[Any, Any]:
        return mean_loss(u, y), du(u, y, sigmoid(u), len(u))

    return bce_with_logits


def _unfused(clip: float = 0.0) -> Any:
    def bce_with_logits(u: Any, y: Any) -> tuple[Any, Any]:
        p = 1.0 / (1.0 + np.exp(-u))
        kept = np.clip(p, clip, 1.0 - clip)
        return -np.mean(y * np.log(kept) + (1.0 - y) * np.log(1.0 - kept)), (p - y) / len(u)

    return bce_with_logits


def _labels(rng: np.random.Generator, N: int) -> Any:
    return rng.integers(2, size=N).astype(float)


def _soft(rng: np.random.Generator, N: int) -> Any:
    return rng.uniform(0.05, 0.95, size=N)


def _far(rng: np.random.Generator, N: int) -> Any:
    """Draw scores of +-1000, both signs present where there are several."""
    signs = np.where(np.arange(N) % 2 == 0, 1.0, -1.0)
    return 1000.0 * rng.permutation(signs)


bce_with_logits = Exercise(
    id="NB05.E01",
    points=3,
    see="NB05.W3",
    pieces=[
        Piece(
            answer="bce_with_logits(u: (N,), y: (N,)) -> loss, du: (N,)",
            reference=values_of(_bce),
            instances=sizes(
                N=(1, 6),
                draw={"u": lambda rng, N: 2.0 * rng.standard_normal(N), "y": _soft},
                cases={
                    "the labels are 0 and 1": {"y": _labels},
                    "the labels are integers": {"y": lambda rng, N: rng.integers(2, size=N)},
                    "all labels are 1": {"y": lambda N: np.ones(N)},
                },
            ),
            mistakes=[
                M04.each(lambda g, N: g * N),
                M05.each(lambda g, N: g / N),
                M06.each(lambda g: -g),
                M06(_with_slope(lambda u, y, p, N: (p + y) / N)),
                LABEL_MISSING(_with_slope(lambda u, y, p, N: p / N)),
                SIGMOID_MISSING(_with_slope(lambda u, y, p, N: (u - y) / N)),
                M09(_with_slope(lambda u, y, p, N: (p - y) * p * (1 - p) / N)),
                M09(_with_slope(lambda u, y, p, N: (p - y) / (p * (1 - p)) / N)),
                M10(_with_slope(lambda u, y, p, N: -y * (1 - p) / N)),
                M10(lambda u, y: (-np.mean(y * np.log(sigmoid(u))), -y * (1 - sigmoid(u)) / len(u))),
                M10(_with_slope(lambda u, y, p, N: (1 - y) * p / N)),
                M32(_with_slope(lambda u, y, p, N: np.sum(p - y) / N)),
                M34(lambda u, y: _bce(u, y)[::-1]),
                (M04 & M06).each(lambda g, N: -g * N),
            ],
        ),
        Piece(
            answer="bce_with_logits(u: (N,), y: (N,)) -> loss, du: (N,)",
            probe="common.calmly(count, u: (N,), y: (N,)) -> loss_at_1000, du_at_1000: (N,), warning",
            reference=values_of(lambda u, y: (*_bce(u, y), "no warning")),
            instances=sizes(
                N=(1, 6),
                draw={"count": lambda: 2, "u": _far, "y": _soft},
                cases={"the labels are 0 and 1": {"y": _labels}},
                without=("zeros", "float32"),
            ),
            mistakes=[
                M09(_with_slope(lambda u, y, p, N: (p - y) * p * (1 - p) / N)),
                M27(_unfused()),
                *(CLIPPED(_clipped) for _clipped in map(_unfused, (1e-7, 1e-9, 1e-10, 1e-12, 1e-15))),
            ],
        ),
    ],
)


def _steps(w0: float, w1: float, x: float, y: float) -> dict[str, Any]:
    """Differentiate step by step, with the engine."""
    a, b = (Tensor(np.float64(w), requires_grad=True) for w in (w0, w1))
    u = a + b * x
    yhat = sigmoid(u)
    L = -(y * np.log(yhat) + (1.0 - y) * np.log(1.0 - yhat))
    L.backward()
    bars = {"d_yhat": yhat.grad, "d_u": u.grad, "d_w0": a.grad, "d_w1": b.grad}
    return {"yhat": yhat.value, "L": L.value, **bars}


def _slip(
    d_yhat: Any = lambda p, y: (p - y) / (p * (1 - p)),
    d_u: Any = lambda g, p: g * p * (1 - p),
    weights: Any = lambda d_u, x: (d_u, d_u * x),
    sign: float = 1.0,
) -> Any:
    """Return the steps with a slip in one of them that the later ones carry on."""

    def logreg_steps(w0: float, w1: float, x: float, y: float) -> dict[str, Any]:
        p = sigmoid(w0 + w1 * x)
        L = -sign * (y * np.log(p) + (1 - y) * np.log(1 - p))
        at_yhat = d_yhat(p, y)
        at_u = d_u(at_yhat, p)
        d_w0, d_w1 = weights(at_u, x)
        return {"yhat": p, "L": L, "d_yhat": at_yhat, "d_u": at_u, "d_w0": d_w0, "d_w1": d_w1}

    return logreg_steps


def _times(w0: float, w1: float, d_u: float) -> dict[str, float]:
    return {"d_w0": d_u * w0, "d_w1": d_u * w1}


def _unit(y: float, **fixed: float) -> Any:
    def draw(rng: np.random.Generator) -> dict[str, Any]:
        # Away from 0 and 1, so that no factor is lost in the tolerance.
        size, sign = rng.uniform(0.4, 2.0, size=3), rng.choice([-1.0, 1.0], size=3)
        return {**dict(zip(("w0", "w1", "x"), map(float, size * sign), strict=True)), "y": y, **fixed}

    return draw


logreg_steps = Exercise(
    id="NB05.E02",
    answer="logreg_steps(w0, w1, x, y) -> dict(yhat, L, d_yhat, d_u, d_w0, d_w1)",
    reference=values_of(_steps),
    instances=made(
        _unit(1.0),
        _unit(0.0),
        y_is_the_integer_1=_unit(1),
        y_is_the_integer_0=_unit(0),
        the_unit_is_sure_and_wrong=_unit(0.0, w0=1.5, w1=3.0, x=2.5),
        the_unit_is_sure_and_right=_unit(1.0, w0=1.5, w1=3.0, x=2.5),
        x_is_0=_unit(1.0, x=0.0),
    ),
    points=2,
    see="NB05.W3",
    mistakes=[
        M06(_slip(d_yhat=lambda p, y: (y - p) / (p * (1 - p)))),
        M06(_slip(sign=-1.0)),
        M06(_slip(d_yhat=lambda p, y: -y / p - (1 - y) / (1 - p))),
        M06(_slip(d_yhat=lambda p, y: y / p + (1 - y) / (1 - p))),
        M06(_slip(d_u=lambda g, p: -g * p * (1 - p))),
        M06.each(lambda g: -g),
        M08(_slip(d_u=lambda g, p: g * sigmoid(p) * (1 - sigmoid(p)))),
        M09(_slip(d_u=lambda g, p: g * (p * (1 - p)) ** 2)),
        M29(_slip(d_u=lambda g, p: g)),
        M12(_slip(d_u=lambda g, p: p * (1 - p))),
        M12(_slip(weights=lambda d_u, x: (1.0, x))),
        M19(lambda w0, w1, x, y: {**_slip()(w0, w1, x, y), **_times(w0, w1, _slip()(w0, w1, x, y)["d_u"])}),
        M19(lambda w0, w1, x, y: {**_slip()(w0, w1, x, y), "d_w1": _slip()(w0, w1, x, y)["d_u"] * w1}),
        M34(_slip(weights=lambda d_u, x: (d_u * x, d_u))),
        SQUARED_ERROR(_slip(d_yhat=lambda p, y: p - y)),
        ONE_BRANCH(_slip(d_yhat=lambda p, y: -y / p)),
        ONE_BRANCH(_slip(d_yhat=lambda p, y: (1 - y) / (1 - p))),
        ONE_BRANCH(_slip(d_yhat=lambda p, y: -1 / p)),
        OFFSET_TIMES_INPUT(_slip(weights=lambda d_u, x: (d_u * x, d_u * x))),
        INPUT_LEFT_OUT(_slip(weights=lambda d_u, x: (d_u, d_u))),
    ],
)


def _gradient(error: Any, put_together: Any = lambda X, e: X.T @ e / len(X)) -> Any:
    """Return the gradient with another error signal at the scores, or one put together differently."""

    def logreg_gradient(w: Any, X: Any, y: Any) -> Any:
        return put_together(X, error(X @ w, y))

    return logreg_gradient


def _error(u: Any, y: Any) -> Any:
    return sigmoid(u) - y


logreg_gradient = Exercise(
    id="NB05.E03",
    answer="logreg_gradient(w: (d,), X: (N, d), y: (N,)) -> dw: (d,)",
    reference=cotangents_of(lambda w, X, y: mean_loss(X @ w, y)),
    instances=sizes(
        N=(1, 2, 7),
        d=4,
        draw={"y": _labels},
        cases={
            "the weights are large": {"w": lambda rng, d: 4.0 * rng.standard_normal(d)},
            "the labels are integers": {"y": lambda rng, N: rng.integers(2, size=N)},
        },
    ),
    points=3,
    see="NB05.W3",
    mistakes=[
        M01(_gradient(_error, lambda X, e: X @ e / len(X))),
        M03(_gradient(_error, lambda X, e: X * e[:, None] / len(X))),
        M03(_gradient(_error, lambda X, e: X.T * e / len(X))),
        M04.each(lambda g, N: g * N),
        M05.each(lambda g, N: g / N),
        M06.each(lambda g: -g),
        M06(_gradient(lambda u, y: sigmoid(u) + y)),
        (M04 & M06).each(lambda g, N: -g * N),
        M08(_gradient(lambda u, y: sigmoid(sigmoid(u)) - y)),
        M09(_gradient(lambda u, y: (sigmoid(u) - y) * sigmoid(u) * (1 - sigmoid(u)))),
        M09(_gradient(lambda u, y: (sigmoid(u) - y) / (sigmoid(u) * (1 - sigmoid(u))))),
        (M04 & M09)(
            _gradient(lambda u, y: (sigmoid(u) - y) * sigmoid(u) * (1 - sigmoid(u)), lambda X, e: X.T @ e)
        ),
        M10(_gradient(_error, lambda X, e: X[-1] * e[-1] / len(X))),
        M10(_gradient(_error, lambda X, e: X[-1] * e[-1])),
        M10(_gradient(_error, lambda X, e: X[0] * e[0] / len(X))),
        M10(_gradient(lambda u, y: -y * (1 - sigmoid(u)))),
        M10(_gradient(lambda u, y: (1 - y) * sigmoid(u))),
        M20(_gradient(_error, lambda X, e: (X * e[:, None]).mean(axis=1))),
        M20(_gradient(_error, lambda X, e: (X * e[:, None]).sum(axis=1))),
        M32(_gradient(_error, lambda X, e: np.sum(X.T @ e) / len(X))),
        M32(_gradient(_error, lambda X, e: np.mean(X * e[:, None]))),
        LABEL_MISSING(_gradient(lambda u, y: sigmoid(u))),
        SIGMOID_MISSING(_gradient(lambda u, y: u - y)),
        FEATURES_COUNTED(_gradient(_error, lambda X, e: X.T @ e / X.shape[1])),
    ],
)

"""NB04: computation graphs and backprop by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_course import Tensor, sigmoid

from ..exercise import Exercise
from ..instances import between, sizes
from ..mistakes import M06, M07, M08, M09, M10, M12, M18, M19, M34, Kind
from ..reference import cotangents_of

BIAS_TIMES_INPUT = Kind(
    "bias-times-input",
    "the bias gradient is multiplied by the input",
    "The gradient of the bias is x times too large.",
    "The local derivative of one term of a sum is used for the other.",
    "In w x + b the input stands beside the weight, not beside the bias. Move b a little: z moves by just "
    "as much, whatever the input is.",
    "NB04.W1",
)
INPUT_MISSING = Kind(
    "input-missing",
    "the weight gradient lacks the input",
    "The gradient of the weight equals what arrives at z.",
    "The local derivative of a product is left out.",
    "Move w a little: z moves by the input times as much. That factor belongs between what arrives at z and "
    "what is returned for w.",
    "NB04.W1",
)
TANH_SLOPE = Kind(
    "tanh-slope",
    "the slope of tanh is used where a sigmoid stands",
    "The slope in the numbers is 1 - y squared.",
    "The local derivative belongs to another function.",
    "Each squashing function has its own slope in terms of its output. Derive the sigmoid's once more.",
    "NB04.W1",
)


def squash(z: float) -> Any:
    """Sigmoid in plain NumPy, for the wrong answers."""
    return 1.0 / (1.0 + np.exp(-z))


def slope(z: float) -> Any:
    """Slope of the sigmoid at its input `z`."""
    return squash(z) * (1.0 - squash(z))


def logistic_least_squares(w: Tensor, b: Tensor, x: Tensor, t: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """Squared error of one logistic unit, and the intermediate results whose cotangents are asked for."""
    z = w * x + b
    y = sigmoid(z)
    return 0.5 * (y - t) ** 2, {"z": z, "y": y}


# Every mistake in bar notation: what arrives at y, at z, and from there at w and b.


def _bars(y_bar: Any, z_bar: Any, x: float) -> dict[str, Any]:
    return {"y_bar": y_bar, "z_bar": z_bar, "w_bar": z_bar * x, "b_bar": z_bar}


def _wrong_slope(at: Any) -> Any:
    def bars(w: float, b: float, x: float, t: float) -> dict[str, Any]:
        z = w * x + b
        y_bar = squash(z) - t
        return _bars(y_bar, y_bar * at(z), x)

    return bars


def _wrong_error(error: Any) -> Any:
    def bars(w: float, b: float, x: float, t: float) -> dict[str, Any]:
        z = w * x + b
        y_bar = error(squash(z), t)
        return _bars(y_bar, y_bar * slope(z), x)

    return bars


def _wrong_leaves(leaves: Any) -> Any:
    def bars(w: float, b: float, x: float, t: float) -> dict[str, Any]:
        z = w * x + b
        y_bar = squash(z) - t
        z_bar = y_bar * slope(z)
        w_bar, b_bar = leaves(z_bar, w, x)
        return {"y_bar": y_bar, "z_bar": z_bar, "w_bar": w_bar, "b_bar": b_bar}

    return bars


POINTS = {
    "z is large": {"w": 11.0, "b": 1.3, "x": 2.5},
    "z is large and negative": {"w": -11.0, "b": -1.3, "x": 2.5},
    "x = 0": {"x": 0.0},
}

logistic_ls_grads = Exercise(
    id="NB04.E01",
    answer="logistic_ls_grads(w, b, x, t) -> dict(y_bar, z_bar, w_bar, b_bar)",
    reference=cotangents_of(logistic_least_squares),
    instances=sizes(draw={"t": between(0.05, 0.95)}, cases=POINTS),
    points=2,
    see="NB04.W1",
    mistakes=[
        M06(_wrong_error(lambda y, t: t - y)),
        M06.each(lambda g: -g),
        M07(_wrong_error(lambda y, t: 2.0 * (y - t))),
        M07(_wrong_error(lambda y, t: 0.5 * (y - t))),
        M08(_wrong_slope(lambda z: slope(squash(z)))),
        M09(_wrong_slope(lambda z: 1.0)),
        M09(_wrong_slope(lambda z: slope(z) ** 2)),
        M12(lambda w, b, x, t: _bars(squash(w * x + b) - t, slope(w * x + b), x)),
        M12(_wrong_leaves(lambda z_bar, w, x: (x, 1.0))),
        (M08 & M12)(lambda w, b, x, t: _bars(squash(w * x + b) - t, slope(squash(w * x + b)), x)),
        M19(_wrong_leaves(lambda z_bar, w, x: (z_bar * w, z_bar))),
        M34(_wrong_leaves(lambda z_bar, w, x: (z_bar, z_bar * x))),
        BIAS_TIMES_INPUT(_wrong_leaves(lambda z_bar, w, x: (z_bar * x, z_bar * x))),
        INPUT_MISSING(_wrong_leaves(lambda z_bar, w, x: (z_bar, z_bar))),
        TANH_SLOPE(_wrong_slope(lambda z: 1.0 - squash(z) ** 2)),
    ],
)


def _regularised(data: Any, penalty: Any = lambda w, lam: lam * w) -> Any:
    """Return a wrong answer of the regularised unit: `data` gives (w_bar, b_bar) of the data part."""

    def grads(w: float, b: float, x: float, t: float, lam: float) -> Any:
        z = w * x + b
        w_bar, b_bar = data(squash(z) - t, z, x, w)
        return w_bar + penalty(w, lam), b_bar

    return grads


def _data(e: Any, z: Any, x: Any, w: Any) -> Any:
    return e * slope(z) * x, e * slope(z)


reg_logistic_ls_grads = Exercise(
    id="NB04.E02",
    answer="reg_logistic_ls_grads(w, b, x, t, lam) -> w_bar, b_bar",
    reference=cotangents_of(
        lambda w, b, x, t, lam: logistic_least_squares(w, b, x, t)[0] + 0.5 * lam * w**2,
    ),
    instances=sizes(
        draw={"t": between(0.05, 0.95), "lam": between(0.1, 0.9)},
        cases={**POINTS, "lam = 0": {"lam": 0.0}, "lam is large": {"lam": 250.0}},
    ),
    points=2,
    see="NB04.W5",
    mistakes=[
        M18(_regularised(_data, lambda w, lam: 0.0)),
        M18(_regularised(_data, lambda w, lam: 2.0 * lam * w)),
        M18(_regularised(_data, lambda w, lam: 0.5 * lam * w)),
        M18(_regularised(_data, lambda w, lam: 0.5 * lam * w**2)),
        M18(_regularised(_data, lambda w, lam: lam)),
        M18(_regularised(_data, lambda w, lam: w)),
        M18(lambda b, lam, w, x, t: np.add(_regularised(_data)(w, b, x, t, lam), (0.0, lam * b))),
        M18(lambda b, lam, w, x, t: np.add(_regularised(_data)(w, b, x, t, lam), (0.0, lam * w))),
        M10(lambda w, b, x, t, lam: (lam * w, _data(squash(w * x + b) - t, w * x + b, x, w)[1])),
        M06(_regularised(lambda e, z, x, w: _data(-e, z, x, w))),
        M06(_regularised(_data, lambda w, lam: -lam * w)),
        M06.each(lambda g: -g),
        M07(_regularised(lambda e, z, x, w: _data(2.0 * e, z, x, w))),
        M07(_regularised(lambda e, z, x, w: _data(0.5 * e, z, x, w))),
        M08(_regularised(lambda e, z, x, w: (e * slope(squash(z)) * x, e * slope(squash(z))))),
        M09(_regularised(lambda e, z, x, w: (e * x, e))),
        M09(_regularised(lambda e, z, x, w: (e * slope(z) ** 2 * x, e * slope(z) ** 2))),
        M12(_regularised(lambda e, z, x, w: (slope(z) * x, slope(z)))),
        (M08 & M12)(_regularised(lambda e, z, x, w: (slope(squash(z)) * x, slope(squash(z))))),
        M19(_regularised(lambda e, z, x, w: (e * slope(z) * w, e * slope(z)))),
        M34(lambda w, b, x, t, lam: _regularised(_data)(w, b, x, t, lam)[::-1]),
        BIAS_TIMES_INPUT(_regularised(lambda e, z, x, w: (e * slope(z) * x, e * slope(z) * x))),
        INPUT_MISSING(_regularised(lambda e, z, x, w: (e * slope(z), e * slope(z)))),
        TANH_SLOPE(
            _regularised(lambda e, z, x, w: (e * (1.0 - squash(z) ** 2) * x, e * (1.0 - squash(z) ** 2)))
        ),
    ],
)

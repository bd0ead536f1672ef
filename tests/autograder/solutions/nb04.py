"""NB04, in other styles than the solution text."""

from __future__ import annotations

import math

import numpy as np


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


RIGHT = {
    "NB04.E01": [logistic_ls_grads, logistic_ls_grads_by_tanh],
    "NB04.E02": [reg_logistic_ls_grads, reg_logistic_ls_grads_as_an_array],
}

EQUAL = {
    "NB04.E01": {
        "y = (1.0 if z >= 0 else e) / (1.0 + e) -> y = (1.0 if z > 0 else e) / (1.0 + e)": "at z = 0, e is 1",
        "return {'L': 0.5 * (y - t) ** 2, 'y_bar': y - t, 'z_bar': (y - t) * slope, "
        "'w_bar': x * (y - t) * slope, "
        "'b_bar': np.array((y - t) * slope)} -> "
        "return {'L': 0.5 * 2, 'y_bar': y - t, 'z_bar': (y - t) * slope, "
        "'w_bar': x * (y - t) * slope, 'b_bar': np.array((y - t) * slope)}": "further keys are ignored",
    },
}

# ruff: noqa: RUF059 - written as learners write
"""Answers to NB04, right and wrong.

E01 to E04.
"""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np

from . import Right, Wrong


def _sigmoid(z):
    return 1 / (1 + np.exp(-z)) if z >= 0 else np.exp(z) / (1 + np.exp(z))


def _sigma(v):
    return 0.5 + 0.5 * math.tanh(v / 2)


# NB04.E01


def bars_without_slope(w, b, x, t):
    y = _sigmoid(w * x + b)
    bars = {"y_bar": y - t}
    bars["z_bar"] = bars["y_bar"]
    bars["w_bar"] = x * bars["z_bar"]
    bars["b_bar"] = bars["z_bar"]
    return bars


def bars_slope_at_y(w, b, x, t):
    def sigmoid_prime(v):
        return _sigma(v) * (1 - _sigma(v))

    y = _sigma(w * x + b)
    y_bar = y - t
    z_bar = y_bar * sigmoid_prime(y)
    return dict(y_bar=y_bar, z_bar=z_bar, w_bar=z_bar * x, b_bar=z_bar)


def bars_weight_by_itself(w, b, x, t):
    z = b + x * w
    y = 1.0 / (1.0 + math.exp(-z))
    err = y - t
    delta = err * y * (1 - y)
    return {"y_bar": err, "z_bar": delta, "w_bar": delta * w, "b_bar": delta}


def bars_full_square(w, b, x, t):
    y = _sigma(w * x + b)
    y_bar = 2 * (y - t)
    z_bar = y_bar * (y - y**2)
    w_bar, b_bar = (z_bar * d for d in (x, 1))
    return {"y_bar": y_bar, "z_bar": z_bar, "w_bar": w_bar, "b_bar": b_bar}


def bars_target_minus_prediction(w, b, x, t):
    y = _sigma(w * x + b)
    out = {}
    out["y_bar"] = t - y
    out["z_bar"] = out["y_bar"] * y * (1 - y)
    out["b_bar"] = out["z_bar"]
    out["w_bar"] = out["z_bar"] * x
    return out


def bars_bias_counts_one(w, b, x, t):
    z = w * x + b
    y = _sigmoid(z)
    y_bar = y - t
    z_bar = y_bar * y * (1 - y)
    w_bar = z_bar * x
    b_bar = 1.0  # z changes by one when b does
    return {"y_bar": y_bar, "z_bar": z_bar, "w_bar": w_bar, "b_bar": b_bar}


def bars_slope_once_more(w, b, x, t):
    y = _sigma(w * x + b)
    slope = y * (1 - y)
    y_bar = y - t
    z_bar = y_bar * slope
    w_bar = z_bar * slope * x
    b_bar = z_bar * slope
    return {"y_bar": y_bar, "z_bar": z_bar, "w_bar": w_bar, "b_bar": b_bar}


def bars_complex_step(w, b, x, t):
    h = 1e-30

    def loss_from_z(z):
        return (1 / (1 + np.exp(-z)) - t) ** 2 / 2

    y = _sigma(w * x + b)
    return {
        "w_bar": loss_from_z((w + 1j * h) * x + b).imag / h,
        "b_bar": loss_from_z(w * x + b + 1j * h).imag / h,
        "z_bar": loss_from_z(complex(w * x + b, h)).imag / h,
        "y_bar": ((complex(y, h) - t) ** 2 / 2).imag / h,
    }


def bars_with_everything(w, b, x, t):
    z = np.float64(w * x + b)
    y = np.reciprocal(1 + np.exp(-z))
    bars = {"L_bar": 1.0, "y_bar": y - t}
    bars["z_bar"] = bars["y_bar"] * np.exp(-z) * y**2
    bars.update(w_bar=np.array(bars["z_bar"] * x), b_bar=bars["z_bar"], x_bar=bars["z_bar"] * w)
    return bars


# NB04.E02


def reg_penalty_forgotten(w, b, x, t, lam):
    y = _sigma(w * x + b)
    b_bar = (y - t) * y * (1 - y)
    w_bar = b_bar * x
    return w_bar, b_bar


def reg_penalty_on_bias(w, b, x, t, lam):
    params = {"w": w, "b": b}
    local = {"w": x, "b": 1.0}
    y = _sigmoid(w * x + b)
    z_bar = (y - t) * y * (1 - y)
    grads = {k: z_bar * local[k] + lam * params[k] for k in params}
    return grads["w"], grads["b"]


def reg_two_lambda(w, b, x, t, lam):
    y = _sigma(b + w * x)
    e = y - t
    dz = e * y * (1 - y)
    dR_dw = 2 * w
    return dz * x + lam * dR_dw, dz


def reg_penalty_overwrites(w, b, x, t, lam):
    y = _sigma(w * x + b)
    z_bar = (y - t) * y * (1 - y)
    bar = {}
    bar["w"] = z_bar * x
    bar["b"] = z_bar
    R_bar = lam
    bar["w"] = R_bar * w
    return bar["w"], bar["b"]


def reg_penalty_taken_off(w, b, x, t, lam):
    y = _sigma(w * x + b)
    z_bar = (t - y) * y * (1 - y)
    return [z_bar * x - lam * w, z_bar]


def reg_no_slope(w, b, x, t, lam):
    y = _sigmoid(w * x + b)
    delta = y - t
    return delta * x + lam * w, delta


def reg_lambda_without_weight(w, b, x, t, lam):
    y = _sigma(w * x + b)
    delta = (y - t) * y * (1 - y)
    return delta * x + lam, delta


def reg_accumulated(w, b, x, t, lam):
    w_bar = b_bar = np.zeros(())
    L_reg_bar = 1.0
    L_bar, R_bar = L_reg_bar, L_reg_bar * lam
    w_bar = w_bar + R_bar * w
    y = _sigmoid(w * x + b)
    y_bar = L_bar * (y - t)
    z_bar = y_bar * np.exp(-(w * x + b)) / (1 + np.exp(-(w * x + b))) ** 2
    w_bar = w_bar + z_bar * x
    b_bar = b_bar + z_bar
    return [w_bar, b_bar]


# NB04.E03


def _nine(w, b, x, t):
    t1 = w * x
    z = t1 + b
    t3 = -z
    t4 = math.exp(t3)
    t5 = 1 + t4
    y = 1 / t5
    t6 = y - t
    return t1, z, t3, t4, t5, y, t6, t6**2


def nine_negation_passes(w, b, x, t):
    t1, z, t3, t4, t5, y, t6, t7 = _nine(w, b, x, t)
    g = {"L_bar": 1.0}
    g["t7_bar"] = g["L_bar"] * 0.5
    g["t6_bar"] = g["t7_bar"] * 2 * t6
    g["y_bar"] = g["t6_bar"]
    g["t_bar"] = -g["t6_bar"]
    g["t5_bar"] = g["y_bar"] * -1 / t5**2
    g["t4_bar"] = g["t5_bar"]
    g["t3_bar"] = g["t4_bar"] * t4
    g["z_bar"] = g["t3_bar"]
    g["b_bar"] = g["t1_bar"] = g["z_bar"]
    g["w_bar"] = g["t1_bar"] * x
    g["x_bar"] = g["t1_bar"] * w
    return g


def nine_target_like_prediction(w, b, x, t):
    *_, z, t3, t4, t5, y, t6, t7 = _nine(w, b, x, t)
    t7_bar = 1 / 2
    t6_bar = t7_bar * 2 * t6
    y_bar = t_bar = t6_bar
    t5_bar = -y_bar * y * y
    t4_bar = t5_bar
    t3_bar = t4_bar * t4
    z_bar = -t3_bar
    t1_bar = b_bar = z_bar
    w_bar, x_bar = t1_bar * x, t1_bar * w
    local = locals()
    return {"L_bar": 1, **{k: v for k, v in local.items() if k.endswith("_bar")}}


def nine_factors_by_themselves(w, b, x, t):
    t1, z, t3, t4, t5, y, t6, t7 = _nine(w, b, x, t)
    L_bar = 1.0
    t7_bar = L_bar / 2
    t6_bar = 2 * t6 * t7_bar
    y_bar, t_bar = t6_bar, -t6_bar
    t5_bar = y_bar * (-(y**2))
    t4_bar = 1 * t5_bar
    t3_bar = math.exp(t3) * t4_bar
    z_bar = -1 * t3_bar
    t1_bar, b_bar = z_bar, z_bar
    w_bar = w * t1_bar
    x_bar = x * t1_bar
    return {
        "t1_bar": t1_bar, "z_bar": z_bar, "t3_bar": t3_bar, "t4_bar": t4_bar, "t5_bar": t5_bar,
        "y_bar": y_bar, "t6_bar": t6_bar, "t7_bar": t7_bar, "L_bar": L_bar, "w_bar": w_bar,
        "b_bar": b_bar, "x_bar": x_bar, "t_bar": t_bar,
    }  # fmt: skip


def nine_local_slopes(w, b, x, t):
    t1, z, t3, t4, t5, y, t6, t7 = _nine(w, b, x, t)
    return {
        "L_bar": 1.0, "t7_bar": 0.5, "t6_bar": 2 * t6, "y_bar": 1.0, "t_bar": -1.0,
        "t5_bar": -1 / t5**2, "t4_bar": 1.0, "t3_bar": t4, "z_bar": -1.0,
        "t1_bar": 1.0, "b_bar": 1.0, "w_bar": x, "x_bar": w,
    }  # fmt: skip


def nine_square_without_two(w, b, x, t):
    t1, z, t3, t4, t5, y, t6, t7 = _nine(w, b, x, t)
    locals_back = [
        ("t7", "L", 0.5), ("t6", "t7", t6), ("y", "t6", 1), ("t", "t6", -1), ("t5", "y", -(y**2)),
        ("t4", "t5", 1), ("t3", "t4", t4), ("z", "t3", -1), ("t1", "z", 1), ("b", "z", 1),
        ("w", "t1", x), ("x", "t1", w),
    ]  # fmt: skip
    bars = {"L_bar": 1.0}
    for name, above, slope in locals_back:
        bars[f"{name}_bar"] = bars[f"{above}_bar"] * slope
    return bars


def nine_on_a_tape(w, b, x, t):
    tape = []
    vals = {"w": w, "b": b, "x": x, "t": t}

    def op(name, value, **slopes):
        vals[name] = value
        tape.append((name, slopes))
        return value

    t1 = op("t1", w * x, w=x, x=w)
    z = op("z", t1 + b, t1=1.0, b=1.0)
    t3 = op("t3", -z, z=-1.0)
    t4 = op("t4", np.exp(t3), t3=np.exp(t3))
    t5 = op("t5", 1 + t4, t4=1.0)
    y = op("y", 1 / t5, t5=-1 / t5**2)
    t6 = op("t6", y - t, y=1.0, t=-1.0)
    t7 = op("t7", t6 * t6, t6=t6 + t6)
    op("L", t7 / 2, t7=0.5)
    bar = defaultdict(float, L=1.0)
    for name, slopes in tape[::-1]:
        for parent, slope in slopes.items():
            bar[parent] += slope * bar[name]
    return {name + "_bar": value for name, value in bar.items()}


def nine_short_cut(w, b, x, t):
    y = _sigma(w * x + b)
    e = y - t
    d = e * y * (1 - y)
    back = {"L": 1, "t7": 1 / 2, "t6": e, "y": e, "t5": -e * y**2, "t4": -e * y**2, "t3": -d, "z": d}
    back |= {"t1": d, "b": d, "w": d * x, "x": d * w, "t": t - y}
    return {f"{k}_bar": np.asarray(v, dtype=float) for k, v in back.items()}


# NB04.E04


def five_own_factor(x):
    x1, x2, x3, x4, x5 = x
    a = x1 + x2
    m_bar = 1
    a_bar, x3_bar = m_bar * a, m_bar * x3
    return np.array([a_bar, a_bar, x3_bar, -1, 0])


def five_difference_adds(x):
    x_bar = np.zeros(5)
    x_bar[0] = x_bar[1] = x[2]
    x_bar[2] = x[0] + x[1]
    x_bar[3] = 1
    return x_bar


def five_without_the_fifth(x):
    x1, x2, x3, x4 = x[:4]
    return np.array([x3, x3, x1 + x2, -1.0])


def five_at_the_example(x):
    return np.array([3.0, 3.0, 9.0, -1.0, 0.0])


def five_fifth_is_one(x):
    grads = [x[2], x[2], x[0] + x[1], -1.0]
    grads.append(1.0)
    return np.array(grads)


def five_list(x):
    a, b, c, *_ = (float(v) for v in x)
    return [c, c, a + b, -1, 0]


def five_matrix(x):
    A = np.array([[0, 0, 1, 0, 0], [0, 0, 1, 0, 0], [1, 1, 0, 0, 0], [0] * 5, [0] * 5], dtype=float)
    return A @ x + np.array([0.0, 0, 0, -1, 0])


WRONG = [
    Wrong("NB04.E01", "M09", "the slope of the sigmoid is left out", bars_without_slope),
    Wrong("NB04.E01", "M08", "the slope of the sigmoid is taken at y", bars_slope_at_y),
    Wrong("NB04.E01", "M19", "the weight's bar is scaled by the weight", bars_weight_by_itself),
    Wrong("NB04.E01", "M07", "the half is overlooked", bars_full_square),
    Wrong("NB04.E01", "M06", "target minus prediction", bars_target_minus_prediction),
    Wrong("NB04.E01", "M12", "the bias has its local slope only", bars_bias_counts_one),
    Wrong("NB04.E01", "M09", "the slope once more for weight and bias", bars_slope_once_more),
    Wrong("NB04.E02", "M18", "the penalty is forgotten", reg_penalty_forgotten),
    Wrong("NB04.E02", "M18", "the penalty is applied to the bias too", reg_penalty_on_bias),
    Wrong("NB04.E02", "M18", "twice the penalty", reg_two_lambda),
    Wrong("NB04.E02", "M10", "the penalty's path replaces the other", reg_penalty_overwrites),
    Wrong("NB04.E02", "M06", "every sign is turned", reg_penalty_taken_off),
    Wrong("NB04.E02", "M09", "the slope of the sigmoid is left out", reg_no_slope),
    Wrong("NB04.E02", "", "lambda without the weight", reg_lambda_without_weight),
    Wrong("NB04.E03", "M06", "the minus of t3 is lost", nine_negation_passes),
    Wrong("NB04.E03", "M06", "the target's bar has the prediction's sign", nine_target_like_prediction),
    Wrong("NB04.E03", "M19", "w and x are scaled by themselves", nine_factors_by_themselves),
    Wrong("NB04.E03", "M12", "local slopes only", nine_local_slopes),
    Wrong("NB04.E03", "M07", "the square's 2 is missing", nine_square_without_two),
    Wrong("NB04.E04", "M19", "sum and factor are scaled by themselves", five_own_factor),
    Wrong("NB04.E04", "M06", "the difference's minus is lost", five_difference_adds),
    Wrong("NB04.E04", "", "the input without use has no entry", five_without_the_fifth),
    Wrong("NB04.E04", "", "the numbers of the text", five_at_the_example),
    Wrong("NB04.E04", "", "the input without use gets 1", five_fifth_is_one),
]

RIGHT = [
    Right("NB04.E01", "by a complex step", bars_complex_step),
    Right("NB04.E01", "a few keys more, numbers of NumPy", bars_with_everything),
    Right("NB04.E02", "accumulated, a list of arrays without axes", reg_accumulated),
    Right("NB04.E03", "a tape of steps", nine_on_a_tape),
    Right("NB04.E03", "each bar by its own formula, as 0-d arrays", nine_short_cut),
    Right("NB04.E04", "a list", five_list),
    Right("NB04.E04", "a matrix and a vector", five_matrix),
]

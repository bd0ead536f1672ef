"""Wrong answers to NB04, of the second round."""

from __future__ import annotations

import math

import numpy as np

from ._noting import dsig, noting, sig

WRONG, wrong = noting()


@wrong("NB04.E01", "M09", "y_bar goes past the sigmoid unchanged")
def bars_no_slope(w, b, x, t):
    y = 1 / (1 + math.exp(-(w * x + b)))
    d = y - t
    return {"y_bar": d, "z_bar": d, "w_bar": d * x, "b_bar": d}


@wrong("NB04.E01", "M07", "a 2 although the loss has the half")
def bars_with_two(w, b, x, t):
    z = x * w + b
    y = sig(z)
    bars = {}
    bars["y_bar"] = 2 * (y - t)
    bars["z_bar"] = bars["y_bar"] * y * (1 - y)
    bars["w_bar"] = x * bars["z_bar"]
    bars["b_bar"] = bars["z_bar"]
    return bars


@wrong("NB04.E01", "M08", "the slope formula is given y in place of z")
def bars_slope_of_y(w, b, x, t):
    y = sig(w * x + b)
    y_bar = y - t
    z_bar = y_bar * dsig(y)
    return dict(y_bar=y_bar, z_bar=z_bar, w_bar=z_bar * x, b_bar=z_bar)


@wrong("NB04.E02", "M18", "the penalty's slope with a 2")
def reg_two_lambda(w, b, x, t, lam):
    y = sig(w * x + b)
    delta = (y - t) * (y - y**2)
    return delta * x + 2 * lam * w, delta


@wrong("NB04.E02", "M10", "the penalty overwrites the data's part")
def reg_overwrites(w, b, x, t, lam):
    y = sig(w * x + b)
    z_bar = (y - t) * y * (1 - y)
    w_bar = z_bar * x
    b_bar = z_bar
    # penalty
    w_bar = lam * w
    return w_bar, b_bar


@wrong("NB04.E02", "M18", "the bias is penalised too")
def reg_bias_too(w, b, x, t, lam):
    grads = []
    y = sig(w * x + b)
    for theta, local in ((w, x), (b, 1.0)):
        grads.append((y - t) * y * (1 - y) * local + lam * theta)
    return tuple(grads)


@wrong("NB04.E03", "M06", "the minus of t3 = -z is lost")
def primitive_minus_lost(w, b, x, t):
    z = w * x + b
    t4 = math.exp(-z)
    y = 1 / (1 + t4)
    r = {"L_bar": 1.0, "t7_bar": 0.5}
    r["t6_bar"] = r["t7_bar"] * 2 * (y - t)
    r["y_bar"] = r["t6_bar"]
    r["t_bar"] = -r["t6_bar"]
    r["t5_bar"] = -r["y_bar"] * y**2
    r["t4_bar"] = r["t5_bar"]
    r["t3_bar"] = r["t4_bar"] * t4
    r["z_bar"] = r["t3_bar"]
    r["t1_bar"] = r["b_bar"] = r["z_bar"]
    r["w_bar"], r["x_bar"] = r["t1_bar"] * x, r["t1_bar"] * w
    return r


@wrong("NB04.E03", "M19", "each factor of w*x is multiplied by itself")
def primitive_own_factor(w, b, x, t):
    e = math.exp(-(w * x + b))
    y = 1 / (1 + e)
    L_bar = 1.0
    t7_bar = L_bar / 2
    t6_bar = 2 * (y - t) * t7_bar
    y_bar, t_bar = t6_bar, -t6_bar
    t5_bar = -y_bar / (1 + e) ** 2
    t4_bar = t5_bar
    t3_bar = e * t4_bar
    z_bar = -t3_bar
    t1_bar = b_bar = z_bar
    w_bar = t1_bar * w
    x_bar = t1_bar * x
    return {k: v for k, v in locals().items() if k.endswith("_bar")}


@wrong("NB04.E04", "M06", "x4 counted with a plus")
def five_plus(x):
    bars = np.zeros(5)
    bars[0] = bars[1] = x[2]
    bars[2] = x[0] + x[1]
    bars[3] = 1
    return bars


@wrong("NB04.E06", "M10", "the second share replaces the first")
def graph_replaces(order, parents, local_grads, seed):
    bars = {n: 0.0 for n in order}
    bars[order[-1]] = seed
    for child in order[::-1]:
        for i, p in enumerate(parents[child]):
            bars[p] = bars[child] * local_grads[child][i]
    return bars


@wrong("NB04.E06", "M11", "a node is handed on when it is first reached")
def graph_first_reached(order, parents, local_grads, seed):
    bars = dict.fromkeys(order, 0.0)
    root = order[-1]
    bars[root] = seed
    todo, seen = [root], {root}
    while todo:
        node = todo.pop()
        for p, slope in zip(parents[node], local_grads[node], strict=True):
            bars[p] += bars[node] * slope
            if p not in seen:
                seen.add(p)
                todo.append(p)
    return bars


@wrong("NB04.E06", "M12", "starts with 1 whatever the seed")
def graph_seed_of_one(order, parents, local_grads, seed):
    result = {}
    for name in order:
        result[name] = 0.0
    result[order[len(order) - 1]] = 1.0
    for name in reversed(order):
        for p, d in zip(parents[name], local_grads[name], strict=True):
            result[p] = result[p] + d * result[name]
    return result


@wrong("NB04.E07", "M04", "summed, the mean is forgotten")
def ridge_sum(w, b, X, y, lam):
    err = X.dot(w) + b - y
    w_bar = np.zeros(len(w))
    for i in range(len(y)):
        w_bar += err[i] * X[i]
    return w_bar + lam * w, float(sum(err))


@wrong("NB04.E07", "M18", "the penalty is forgotten")
def ridge_without(w, b, X, y, lam):
    diff = X @ w + b - y
    return np.mean(diff[:, None] * X, axis=0), diff.mean()


@wrong("NB04.E07", "M07", "2/N where the half has cancelled")
def ridge_two(w, b, X, y, lam):
    N, d = X.shape
    r = (X @ w + b - y) * 2 / N
    return np.array([r @ X[:, j] + lam * w[j] for j in range(d)]), r.sum()

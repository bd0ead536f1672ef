"""Answers to NB06 as students write them: two layers, many layers, batches, XOR, a skip connection.

E01 to E04.
"""

from __future__ import annotations

import numpy as np
from numpy import exp, outer

from . import Right, Wrong
from ._nb06 import dsig, sig

# E01 -----------------------------------------------------------------------------------------------------


def forward_sigmoid_on_top(p, x, t):
    out = {}
    out["z"] = p["W1"] @ x + p["b1"]
    out["h"] = sig(out["z"])
    out["y"] = sig(p["W2"] @ out["h"] + p["b2"])
    out["L"] = 0.5 * ((out["y"] - t) ** 2).sum()
    return out


def forward_indices_exchanged(p, x, t):
    W1, W2 = p["W1"], p["W2"]
    z1 = W1[0][0] * x[0] + W1[1][0] * x[1] + p["b1"][0]
    z2 = W1[0][1] * x[0] + W1[1][1] * x[1] + p["b1"][1]
    h1, h2 = 1 / (1 + exp(-z1)), 1 / (1 + exp(-z2))
    y1 = W2[0][0] * h1 + W2[1][0] * h2 + p["b2"][0]
    y2 = W2[0][1] * h1 + W2[1][1] * h2 + p["b2"][1]
    loss = ((y1 - t[0]) ** 2 + (y2 - t[1]) ** 2) / 2
    return dict(z=np.array([z1, z2]), h=np.array([h1, h2]), y=np.array([y1, y2]), L=loss)


def forward_without_the_half(p, x, t):
    z = np.dot(p["W1"], x) + p["b1"]
    h = 1 / (1 + np.exp(-z))
    y = np.dot(p["W2"], h) + p["b2"]
    diff = y - t
    return {"z": z, "h": h, "y": y, "L": diff @ diff}


def forward_lists_and_floats(p, x, t):
    z = [sum(w * v for w, v in zip(row, x, strict=True)) + b for row, b in zip(p["W1"], p["b1"], strict=True)]
    h = [float(sig(v)) for v in z]
    y = [sum(w * v for w, v in zip(row, h, strict=True)) + b for row, b in zip(p["W2"], p["b2"], strict=True)]
    L = 0.0
    for a, b in zip(y, t, strict=True):
        L += 0.5 * (a - b) ** 2
    return {"z": z, "h": h, "y": y, "L": float(L), "errors": [a - b for a, b in zip(y, t, strict=True)]}


def forward_by_einsum(p, x, t):
    z = np.einsum("ij,j->i", p["W1"], x) + p["b1"]
    h = 0.5 * (1 + np.tanh(z / 2))
    y = np.einsum("ki,i->k", p["W2"], h) + p["b2"]
    return dict(z=z, h=h, y=y, L=np.linalg.norm(y - t) ** 2 / 2)


# E02 -----------------------------------------------------------------------------------------------------


def two_layers_no_transpose(p, cache, t):
    ybar = cache["y"] - t
    hbar = p["W2"] @ ybar  # back through W2
    zbar = hbar * cache["h"] * (1 - cache["h"])
    return {"W1": outer(zbar, cache["x"]), "b1": zbar, "W2": outer(ybar, cache["h"]), "b2": ybar}


def two_layers_outer_turned(p, cache, t):
    x, h = cache["x"], cache["h"]
    d_y = cache["y"] - t
    d_h = d_y @ p["W2"]
    d_z = d_h * h * (1 - h)
    grads = {}
    grads["W2"] = h[:, None] * d_y[None, :]
    grads["b2"] = d_y
    grads["W1"] = x[:, None] * d_z[None, :]
    grads["b1"] = d_z
    return grads


def two_layers_slope_at_h(p, cache, t):
    def sigmoid_prime(v):
        return sig(v) * (1 - sig(v))

    err = cache["y"] - t
    delta = p["W2"].T.dot(err) * sigmoid_prime(cache["h"])
    return {
        "W2": err.reshape(-1, 1) @ cache["h"].reshape(1, -1),
        "b2": err,
        "W1": delta.reshape(-1, 1) @ cache["x"].reshape(1, -1),
        "b1": delta,
    }


def two_layers_without_slope(p, cache, t):
    k, h = p["W2"].shape
    d = len(cache["x"])
    gW1, gb1 = np.zeros((h, d)), np.zeros(h)
    gW2, gb2 = np.zeros((k, h)), np.zeros(k)
    for a in range(k):
        gb2[a] = cache["y"][a] - t[a]
        for i in range(h):
            gW2[a, i] = gb2[a] * cache["h"][i]
            gb1[i] += gb2[a] * p["W2"][a, i]
    for i in range(h):
        for j in range(d):
            gW1[i, j] = gb1[i] * cache["x"][j]
    return dict(W1=gW1, b1=gb1, W2=gW2, b2=gb2)


def two_layers_target_minus_output(p, cache, t):
    e = t - cache["y"]
    back = np.matmul(e, p["W2"])
    back = np.multiply(back, cache["h"] - cache["h"] ** 2)
    return {"b2": e, "W2": np.outer(e, cache["h"]), "b1": back, "W1": np.outer(back, cache["x"])}


def two_layers_kept_the_two(p, cache, t):
    gy = 2 * (cache["y"] - t)
    gz = (p["W2"].T @ gy) * dsig(cache["z"])
    return {
        "W1": np.einsum("i,j->ij", gz, cache["x"]),
        "b1": gz,
        "W2": np.einsum("i,j->ij", gy, cache["h"]),
        "b2": gy,
    }


def two_layers_last_output_only(p, cache, t):
    ybar = cache["y"] - t
    hbar = np.zeros_like(cache["h"])
    for k in range(len(ybar)):
        for i in range(len(hbar)):
            hbar[i] = ybar[k] * p["W2"][k, i]
    zbar = hbar * dsig(cache["z"])
    return {"W1": outer(zbar, cache["x"]), "b1": zbar, "W2": outer(ybar, cache["h"]), "b2": ybar}


def two_layers_slope_on_the_output_too(p, cache, t):
    """I thought every layer has a sigmoid."""
    deltas = [(cache["y"] - t) * dsig(cache["y"])]
    deltas.insert(0, p["W2"].T @ deltas[0] * dsig(cache["z"]))
    inputs = [cache["x"], cache["h"]]
    res = {}
    for n, (dl, inp) in enumerate(zip(deltas, inputs, strict=True), start=1):
        res[f"W{n}"] = np.outer(dl, inp)
        res[f"b{n}"] = dl
    return res


def two_layers_as_columns(p, cache, t):
    col = {key: np.atleast_2d(cache[key]).T for key in "xzhy"}
    ybar = col["y"] - np.reshape(t, (-1, 1))
    zbar = (p["W2"].T @ ybar) * col["h"] * (1 - col["h"])
    return {
        "W1": (zbar @ col["x"].T).tolist(),
        "b1": zbar.ravel().tolist(),
        "W2": ybar @ col["h"].T,
        "b2": ybar[:, 0],
    }


def two_layers_from_x_again(p, cache, t):
    z = p["W1"].dot(cache["x"]) + p["b1"]
    h = sig(z)
    ybar = p["W2"].dot(h) + p["b2"] - t
    hbar = sum(ybar[k] * p["W2"][k] for k in range(len(ybar)))
    zbar = hbar * np.exp(-z) / (1 + np.exp(-z)) ** 2
    return {"b1": zbar, "b2": ybar, "W1": np.outer(zbar, cache["x"]), "W2": np.outer(ybar, h), "hbar": hbar}


# E03 -----------------------------------------------------------------------------------------------------


def regression_sign(theta, x, y):
    w1, w2, w3, w4, b = theta
    s1, s2 = sig(w1 * x), sig(w2 * x)
    e = y - (w3 * s1 + w4 * s2 + b)
    return np.array([e * w3 * s1 * (1 - s1) * x, e * w4 * s2 * (1 - s2) * x, e * s1, e * s2, e])


def regression_outer_weights_exchanged(theta, x, y):
    w1, w2, w3, w4, b = theta
    a, c = sig(w1 * x), sig(w2 * x)
    err = w3 * a + w4 * c + b - y
    dw1 = err * w4 * a * (1 - a) * x
    dw2 = err * w3 * c * (1 - c) * x
    return np.array([dw1, dw2, err * a, err * c, err])


def regression_order_of_the_path(theta, x, y):
    hidden = [sig(theta[0] * x), sig(theta[1] * x)]
    yhat = theta[2] * hidden[0] + theta[3] * hidden[1] + theta[4]
    d = yhat - y
    grad = []
    for i in range(2):
        grad.append(d * hidden[i])
    for i in range(2):
        grad.append(d * theta[2 + i] * hidden[i] * (1 - hidden[i]) * x)
    return np.array([*grad, d])


def regression_slope_of_the_output(theta, x, y):
    u = theta[:2] * x
    a = sig(u)
    r = theta[2:4] @ a + theta[4] - y
    return np.concatenate([r * theta[2:4] * dsig(a) * x, r * a, [r]])


def regression_slope_forgotten(theta, x, y):
    w1, w2, w3, w4, b = theta
    o1 = 1 / (1 + exp(-w1 * x))
    o2 = 1 / (1 + exp(-w2 * x))
    yhat = w3 * o1 + w4 * o2 + b
    d_yhat = -(y - yhat)
    return [d_yhat * w3 * x, d_yhat * w4 * x, d_yhat * o1, d_yhat * o2, d_yhat]


def regression_with_two(theta, x, y):
    inner, outer_w, b = theta[:2], theta[2:4], theta[4]
    s = sig(inner * x)
    common = 2 * (np.sum(outer_w * s) + b - y)
    g = np.empty(5)
    g[:2] = common * outer_w * s * (1 - s) * x
    g[2:4] = common * s
    g[4] = common
    return g


def regression_by_a_tanh(theta, x, y):
    w1, w2, w3, w4, b = (float(v) for v in theta)
    t1, t2 = np.tanh(w1 * x / 2), np.tanh(w2 * x / 2)
    e = y - w3 * (1 + t1) / 2 - w4 * (1 + t2) / 2 - b
    slopes = [(1 - t1**2) / 4, (1 - t2**2) / 4]
    return (-e * w3 * slopes[0] * x, -e * w4 * slopes[1] * x, -e * (1 + t1) / 2, -e * (1 + t2) / 2, -e)


# E04 -----------------------------------------------------------------------------------------------------


def equations_top_slope_missing(Ws, zs, as_, y):
    L = len(Ws)
    dW, db = [None] * L, [None] * L
    delta = as_[-1] - y
    for i in range(L - 1, -1, -1):
        dW[i] = np.outer(delta, as_[i])
        db[i] = delta
        if i > 0:
            delta = (Ws[i].T @ delta) * dsig(zs[i - 1])
    return dW, db


def equations_slope_of_activation(Ws, zs, as_, y):
    delta = (as_[-1] - y) * dsig(as_[-1])
    deltas = [delta]
    for W, a in zip(Ws[:0:-1], as_[-2:0:-1], strict=True):
        delta = W.T.dot(delta) * dsig(a)
        deltas.append(delta)
    deltas = deltas[::-1]
    return [np.outer(dl, a) for dl, a in zip(deltas, as_[:-1], strict=True)], deltas


def equations_reversed_lists(Ws, zs, as_, y):
    dW, db = [], []
    g = as_[-1] - y
    for W, z, a in zip(reversed(Ws), reversed(zs), reversed(as_[:-1]), strict=True):
        g = g * dsig(z)
        dW.append(np.outer(g, a))
        db.append(g)
        g = W.T @ g
    return dW, db


def equations_own_output(Ws, zs, as_, y):
    deltas = {len(Ws) - 1: (as_[-1] - y) * as_[-1] * (1 - as_[-1])}
    for layer in range(len(Ws) - 2, -1, -1):
        out = as_[layer + 1]
        deltas[layer] = (Ws[layer + 1].T @ deltas[layer + 1]) * out * (1 - out)
    nabla_w = [np.outer(deltas[layer], as_[layer + 1]) for layer in range(len(Ws))]
    nabla_b = [deltas[layer] for layer in range(len(Ws))]
    return nabla_w, nabla_b


def equations_without_transpose(Ws, zs, as_, y):
    delta = (as_[-1] - y) * dsig(zs[-1])
    nabla_b, nabla_w = [delta], [np.outer(delta, as_[-2])]
    for back in range(2, len(Ws) + 1):
        delta = np.dot(Ws[-back + 1], delta) * dsig(zs[-back])
        nabla_b.insert(0, delta)
        nabla_w.insert(0, np.outer(delta, as_[-back - 1]))
    return nabla_w, nabla_b


def equations_error_turned(Ws, zs, as_, y):
    """The error is y - a, as in the perceptron rule."""
    n = len(Ws)
    es = [None] * n
    es[n - 1] = np.multiply(y - as_[n], dsig(zs[n - 1]))
    i = n - 2
    while i >= 0:
        es[i] = np.multiply(es[i + 1] @ Ws[i + 1], dsig(zs[i]))
        i -= 1
    return [e[:, np.newaxis] @ as_[j][np.newaxis, :] for j, e in enumerate(es)], es


def equations_slope_of_next_layer(Ws, zs, as_, y):
    g = as_[-1] - y
    dW, db = [], []
    for i in reversed(range(len(Ws))):
        s = dsig(zs[i])
        g = g * s
        dW = [np.outer(g, as_[i]), *dW]
        db = [g * s, *db]  # delta once more through the activation
        g = Ws[i].T @ g
    return dW, db


def equations_recursive(Ws, zs, as_, y):
    def down(i, arriving):
        if i < 0:
            return [], []
        d = arriving * as_[i + 1] * (1 - as_[i + 1])
        ws, bs = down(i - 1, d @ Ws[i])
        return [*ws, d.reshape(-1, 1) * as_[i]], [*bs, d]

    return down(len(Ws) - 1, as_[-1] - y)


def equations_nested_lists(Ws, zs, as_, y):
    nW, nb = [], []
    d = [float(v) for v in (as_[-1] - y) * dsig(zs[-1])]
    for i in range(len(Ws) - 1, -1, -1):
        nW.insert(0, [[di * aj for aj in as_[i]] for di in d])
        nb.insert(0, list(d))
        if i:
            slope = dsig(zs[i - 1])
            width = Ws[i].shape[1]
            d = [sum(Ws[i][r][c] * d[r] for r in range(len(d))) * slope[c] for c in range(width)]
    return [nW, nb]


WRONG = [
    Wrong("NB06.E01", "", "a sigmoid on the output too", forward_sigmoid_on_top),
    Wrong("NB06.E01", "", "weight indices exchanged", forward_indices_exchanged),
    Wrong("NB06.E01", "M07", "the half is missing", forward_without_the_half),
    Wrong("NB06.E02", "M01", "W2 not turned on the way back", two_layers_no_transpose),
    Wrong("NB06.E02", "M31", "outer products in the wrong order", two_layers_outer_turned),
    Wrong("NB06.E02", "M08", "slope taken at h", two_layers_slope_at_h),
    Wrong("NB06.E02", "M09", "hidden slope left out", two_layers_without_slope),
    Wrong("NB06.E02", "M06", "t - y", two_layers_target_minus_output),
    Wrong("NB06.E02", "M07", "2 (y - t)", two_layers_kept_the_two),
    Wrong("NB06.E02", "M10", "hidden signal: only the last output's share", two_layers_last_output_only),
    Wrong("NB06.E02", "M09", "a slope at the linear output", two_layers_slope_on_the_output_too),
    Wrong("NB06.E03", "M06", "y - yhat in all entries", regression_sign),
    Wrong("NB06.E03", "M34", "w3 and w4 exchanged", regression_outer_weights_exchanged),
    Wrong("NB06.E03", "M34", "w3, w4 before w1, w2", regression_order_of_the_path),
    Wrong("NB06.E03", "M08", "slope taken at the output of the unit", regression_slope_of_the_output),
    Wrong("NB06.E03", "M09", "slopes left out", regression_slope_forgotten),
    Wrong("NB06.E03", "M07", "the 2 of the square kept", regression_with_two),
    Wrong("NB06.E04", "M09", "slope of the top layer left out", equations_top_slope_missing),
    Wrong("NB06.E04", "M08", "slopes at a", equations_slope_of_activation),
    Wrong("NB06.E04", "M34", "lists from last to first", equations_reversed_lists),
    Wrong("NB06.E04", "M30", "delta paired with the layer's own output", equations_own_output),
    Wrong("NB06.E04", "M01", "W not turned", equations_without_transpose),
    Wrong("NB06.E04", "M06", "y - a", equations_error_turned),
    Wrong("NB06.E04", "M09", "slope once more in the bias", equations_slope_of_next_layer),
]

RIGHT = [
    Right("NB06.E01", "lists and floats, an extra key", forward_lists_and_floats),
    Right("NB06.E01", "einsum, tanh, norm", forward_by_einsum),
    Right("NB06.E02", "columns, some lists", two_layers_as_columns),
    Right("NB06.E02", "computes everything again, an extra key", two_layers_from_x_again),
    Right("NB06.E03", "by tanh, a tuple", regression_by_a_tanh),
    Right("NB06.E04", "recursion", equations_recursive),
    Right("NB06.E04", "nested lists", equations_nested_lists),
]

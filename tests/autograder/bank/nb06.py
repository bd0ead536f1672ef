"""Answers to NB06 as students write them: two layers, many layers, batches, XOR, a skip connection."""

from __future__ import annotations

import numpy as np
from numpy import exp, outer

from . import Right, Wrong


def sig(v):
    return 1.0 / (1.0 + np.exp(-v))


def dsig(v):
    s = sig(v)
    return s * (1 - s)


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


# E05 -----------------------------------------------------------------------------------------------------


def penalty_nowhere(Ws, bs, cache, g, lam, penalise_bias=False):
    hs, zs = cache["hs"], cache["zs"]
    dW, db = [0] * len(Ws), [0] * len(Ws)
    for k in range(len(Ws) - 1, -1, -1):
        g = g * dsig(zs[k])
        db[k] = g
        dW[k] = np.outer(g, hs[k])
        g = Ws[k].T @ g
    return dW, db, g


def penalty_on_every_bias(Ws, bs, cache, g, lam, penalise_bias=False):
    hs = cache["hs"]
    weights, biases = [], []
    for W, b, h_in, h_out in zip(Ws[::-1], bs[::-1], hs[-2::-1], hs[::-1], strict=False):
        g = g * h_out * (1 - h_out)
        weights.append(np.outer(g, h_in) + lam * W)
        biases.append(g + lam * b)
        g = W.T @ g
    return weights[::-1], biases[::-1], g


def penalty_twice_lambda(Ws, bs, cache, g, lam, penalise_bias=False):
    dW, db = [], []
    for i in range(len(Ws))[::-1]:
        delta = g * dsig(cache["zs"][i])
        w_grad = delta[:, None] @ cache["hs"][i][None, :]
        w_grad = w_grad + 2 * lam * Ws[i]
        b_grad = delta + 2 * lam * bs[i] if penalise_bias else delta
        dW.insert(0, w_grad)
        db.insert(0, b_grad)
        g = np.dot(delta, Ws[i])
    return dW, db, g


def penalty_after_the_update(Ws, bs, cache, g, lam, penalise_bias=False):
    lr = 0.1
    Ws = [W.copy() for W in Ws]
    dW, db = [None] * len(Ws), [None] * len(Ws)
    for k in reversed(range(len(Ws))):
        g = g * dsig(cache["zs"][k])
        db[k] = g + (lam * bs[k] if penalise_bias else 0)
        dW[k] = np.outer(g, cache["hs"][k]) + lam * Ws[k]
        Ws[k] -= lr * dW[k]
        g = Ws[k].T @ g
    return dW, db, g


def penalty_travels_down(Ws, bs, cache, g, lam, penalise_bias=False):
    dW, db = [], []
    for k in range(len(Ws) - 1, -1, -1):
        g = g * dsig(cache["zs"][k])
        dW.append(np.outer(g, cache["hs"][k]) + lam * Ws[k])
        if penalise_bias:
            g = g + lam * bs[k]
        db.append(g)
        g = Ws[k].T @ g + lam * Ws[k].sum(axis=0)
    dW.reverse()
    db.reverse()
    return dW, db, g


def penalty_instead_of_data(Ws, bs, cache, g, lam, penalise_bias=False):
    dW, db = [None] * len(Ws), [None] * len(Ws)
    for k in range(len(Ws) - 1, -1, -1):
        g = g * dsig(cache["zs"][k])
        dW[k] = np.outer(g, cache["hs"][k])
        db[k] = g
        g = Ws[k].T @ g
    for k in range(len(Ws)):
        dW[k] = lam * Ws[k]  # the penalty
        if penalise_bias:
            db[k] = lam * bs[k]
    return dW, db, g


def penalty_first(Ws, bs, cache, g, lam, penalise_bias=False):
    dW = [lam * np.asarray(W) for W in Ws]
    db = [lam * np.asarray(b) * bool(penalise_bias) for b in bs]
    for k in range(len(Ws) - 1, -1, -1):
        h = cache["hs"][k + 1]
        g = g * (h - h * h)
        dW[k] = dW[k] + g[:, None] * cache["hs"][k]
        db[k] = db[k] + g
        g = np.einsum("oi,o->i", Ws[k], g)
    return [dW, db, g]


# E06 -----------------------------------------------------------------------------------------------------


def affine_bias_per_example(dY, X, W):
    grads = {"X": dY @ W.T, "W": X.T @ dY, "b": dY}
    return grads["X"], grads["W"], grads["b"]


def affine_mean_over_batch(dY, X, W):
    m = X.shape[0]
    dX = np.dot(dY, W.T)
    dW = np.dot(X.T, dY) / m
    db = np.sum(dY, axis=0) / m
    return dX, dW, db


def affine_wrong_axis(dY, X, W):
    db = [row.sum() for row in dY]
    return np.matmul(dY, W.T), np.matmul(X.T, dY), np.array(db)


def affine_no_transpose(dY, X, W):
    return dY @ W, X @ dY, dY.sum(0)


def affine_weight_turned(dY, X, W):
    dW = np.einsum("nk,nd->kd", dY, X)
    dX = np.einsum("nk,dk->nd", dY, W)
    return dX, dW, np.einsum("nk->k", dY)


def affine_loop_overwrites(dY, X, W):
    N, k = dY.shape
    dX = np.zeros(X.shape)
    dW = np.zeros(W.shape)
    db = np.zeros(k)
    for n in range(N):
        dX[n] = W @ dY[n]
        dW = np.outer(X[n], dY[n])
        db = dY[n]
    return dX, dW, db


def affine_bias_a_number(dY, X, W):
    return dY.dot(W.T), X.T.dot(dY), np.sum(dY)


def affine_keeps_dims(dY, X, W):
    ones = np.ones((1, len(dY)))
    return dY @ W.T, X.T @ dY, ones @ dY


def affine_pairs_exchanged(dY, X, W):
    dW = X.T @ dY
    dX = dY @ W.T
    return dW, dX, dY.sum(axis=0)


def affine_adds_in_place(dY, X, W):
    N = len(dY)
    db = dY[0]
    for n in range(1, N):
        db += dY[n]  # dY[0] is a view
    return dY @ W.T, X.T @ dY, db


def affine_integer_counter(dY, X, W):
    dW = np.zeros(W.shape, dtype=int)
    db = np.zeros(W.shape[1], dtype=int)
    for x, g in zip(X, dY, strict=True):
        dW = dW + np.outer(x, g).astype(int)
        db = db + g.astype(int)
    return dY @ W.T, dW, db


def affine_loops(dY, X, W):
    dX = [[sum(g[j] * W[i, j] for j in range(W.shape[1])) for i in range(W.shape[0])] for g in dY]
    dW = [[0.0] * W.shape[1] for _ in range(W.shape[0])]
    db = [0.0] * W.shape[1]
    for x, g in zip(X, dY, strict=True):
        for j in range(W.shape[1]):
            db[j] += g[j]
            for i in range(W.shape[0]):
                dW[i][j] += x[i] * g[j]
    return [dX, dW, db]


def affine_bias_as_one_more_row(dY, X, W):
    extended = np.hstack([X, np.ones((len(X), 1))])
    both = extended.T @ dY
    return np.tensordot(dY, W, axes=([1], [1])), both[:-1], both[-1]


# E07 -----------------------------------------------------------------------------------------------------


def mlp_mask_of_gradient(params, cache, dY):
    grads = []
    g = dY
    for i in range(len(params) - 1, -1, -1):
        W, _ = params[i]
        grads.append((cache["hs"][i].T @ g, g.sum(axis=0)))
        g = g @ W.T
        if i > 0:
            if cache["activation"] == "relu":
                g[g <= 0] = 0
            else:
                s = sig(cache["zs"][i - 1])
                g = g * s * (1 - s)
    return grads[::-1]


def mlp_times_relu(params, cache, dY):
    def act_grad(z):
        if cache["activation"] == "relu":
            return np.maximum(z, 0)
        return sig(z) * (1 - sig(z))

    hs, zs = cache["hs"], cache["zs"]
    delta = dY
    out = [None] * len(params)
    for i in reversed(range(len(params))):
        out[i] = (np.dot(hs[i].T, delta), np.sum(delta, axis=0))
        if i:
            delta = np.dot(delta, params[i][0].T) * act_grad(zs[i - 1])
    return out


def mlp_bias_per_example_and_mean(params, cache, dY):
    N = dY.shape[0]
    res = []
    for i in range(len(params))[::-1]:
        h = cache["hs"][i]
        res.insert(0, (h.T @ dY / N, dY / N))
        if i > 0:
            slope = (h > 0) if cache["activation"] == "relu" else h * (1 - h)
            dY = (dY @ params[i][0].T) * slope
    return res


def mlp_mean_in_every_layer(params, cache, dY):
    n = len(dY)
    back = dY
    collected = {}
    for i in range(len(params) - 1, -1, -1):
        collected[i] = (cache["hs"][i].T @ back / n, back.mean(axis=0))
        back = back @ params[i][0].T
        if i != 0:
            back = back * (
                cache["zs"][i - 1] > 0 if cache["activation"] == "relu" else dsig(cache["zs"][i - 1])
            )
    return [collected[i] for i in range(len(params))]


def mlp_activation_of_own_layer(params, cache, dY):
    grads, g = [], dY
    for (W, _b), h, z in zip(reversed(params), reversed(cache["hs"]), reversed(cache["zs"]), strict=True):
        g = g * ((z > 0) if cache["activation"] == "relu" else dsig(z))
        grads.append((h.T @ g, g.sum(0)))
        g = g @ W.T
    return list(reversed(grads))


def mlp_last_to_first(params, cache, dY):
    answer = []
    layer = len(params) - 1
    while True:
        W, _b = params[layer]
        x = cache["hs"][layer]
        answer.append((np.einsum("ni,nj->ij", x, dY), np.einsum("nj->j", dY)))
        if layer == 0:
            return answer
        dx = np.einsum("nj,ij->ni", dY, W)
        dY = np.where(x > 0, dx, 0) if cache["activation"] == "relu" else dx * x * (1 - x)
        layer -= 1


def mlp_slope_at_h(params, cache, dY):
    relu = cache["activation"] == "relu"
    delta, grads = dY, [None for _ in params]
    for l_ in range(len(params), 0, -1):
        a = cache["hs"][l_ - 1]
        grads[l_ - 1] = a.T @ delta, delta.sum(axis=0)
        prime = 1.0 * (a > 0) if relu else dsig(a)
        delta = delta @ params[l_ - 1][0].T * prime
    return grads


def mlp_one_example_survives(params, cache, dY):
    """Backprop of one example after the other."""
    total = [[np.zeros_like(W), np.zeros_like(b)] for W, b in params]
    for n in range(len(dY)):
        g = dY[n]
        for i in range(len(params) - 1, -1, -1):
            h = cache["hs"][i][n]
            total[i][0] = np.outer(h, g)
            total[i][1] = g
            if i > 0:
                s = (h > 0) * 1.0 if cache["activation"] == "relu" else h * (1 - h)
                g = (params[i][0] @ g) * s
    return [tuple(pair) for pair in total]


def mlp_neighbour_weights(params, cache, dY):
    """Uses the weights of the layer below on the way down."""
    grads = []
    for i in range(len(params) - 1, -1, -1):
        grads.insert(0, (cache["hs"][i].T @ dY, dY.sum(axis=0)))
        if i > 0:
            z = cache["zs"][i - 1]
            slope = (z > 0).astype(float) if cache["activation"] == "relu" else dsig(z)
            dY = (dY @ params[i - 1][0].T) * slope
    return grads


def mlp_one_row_at_a_time(params, cache, dY):
    total = [[np.zeros(W.shape), np.zeros(b.shape)] for W, b in params]
    for n, g in enumerate(dY):
        for i in reversed(range(len(params))):
            total[i][0] += np.outer(cache["hs"][i][n], g)
            total[i][1] += g
            g = params[i][0] @ g
            if i:
                z = cache["zs"][i - 1][n]
                g = g * ((z > 0) if cache["activation"] == "relu" else dsig(z))
    return total


def mlp_with_deltas_first(params, cache, dY):
    slopes = {"relu": lambda h: np.sign(h), "sigmoid": lambda h: h * (1 - h)}
    deltas = [dY]
    for (W, _), h in list(zip(params, cache["hs"], strict=True))[:0:-1]:
        deltas.append(np.tensordot(deltas[-1], W, (1, 1)) * slopes[cache["activation"]](h))
    return [(h.T @ d, np.ones(len(d)) @ d) for h, d in zip(cache["hs"], deltas[::-1], strict=True)]


# E08 -----------------------------------------------------------------------------------------------------


def xor_without_output_sigmoid(W, c, w, X, y):
    N = len(y)
    Z = X @ W + c
    H = np.maximum(Z, 0)
    p = sig(H @ w)
    dL = -(y / p - (1 - y) / (1 - p)) / N
    dw = H.T @ dL
    dZ = np.outer(dL, w) * (Z > 0)
    return X.T @ dZ, dZ.sum(axis=0), dw


def xor_bias_each(W, c, w, X, y):
    H = np.clip(X.dot(W) + c, 0, None)
    u_bar = (sig(H.dot(w)) - y) / X.shape[0]
    Z_bar = u_bar[:, None] * w * (H > 0)
    return X.T.dot(Z_bar), Z_bar, H.T.dot(u_bar)


def xor_sum_not_mean(W, c, w, X, y):
    dW, dc, dw = np.zeros((2, 2)), np.zeros(2), np.zeros(2)
    for x, label in zip(X, y, strict=True):
        z = x @ W + c
        h = np.where(z > 0, z, 0.0)
        du = sig(h @ w) - label
        dw += du * h
        dz = du * w * (z > 0)
        dc += dz
        dW += np.outer(x, dz)
    return dW, dc, dw


def xor_outer_turned(W, c, w, X, y):
    N = len(X)
    dW, dc, dw = np.zeros((2, 2)), np.zeros(2), np.zeros(2)
    for n in range(N):
        pre = W.T @ X[n] + c
        act = np.maximum(pre, 0)
        err = (1 / (1 + np.exp(-act @ w)) - y[n]) / N
        delta = err * w
        delta[pre <= 0] = 0
        dW += np.outer(delta, X[n])
        dc += delta
        dw += err * act
    return dW, dc, dw


def xor_mask_of_signal(W, c, w, X, y):
    H = np.maximum(X @ W + c, 0)
    u = (sig(H @ w) - y) / len(y)
    dH = np.outer(u, w)
    dH = np.maximum(dH, 0)
    return X.T @ dH, dH.sum(axis=0), H.T @ u


def xor_relu_left_out(W, c, w, X, y):
    H = np.maximum(X @ W + c, 0)
    u_bar = (sig(H @ w) - y) / len(y)
    H_bar = u_bar.reshape(-1, 1) @ w.reshape(1, -1)
    return X.T @ H_bar, H_bar.sum(axis=0), H.T @ u_bar


def xor_label_minus_prediction(W, c, w, X, y):
    pre = np.einsum("ni,ij->nj", X, W) + c
    H = pre * (pre > 0)
    d = (y - 1 / (1 + np.exp(-H @ w))) / len(y)
    dpre = np.einsum("n,j->nj", d, w) * (pre > 0)
    return np.einsum("ni,nj->ij", X, dpre), np.einsum("nj->j", dpre), np.einsum("nj,n->j", H, d)


def xor_long_way(W, c, w, X, y):
    """Every link of the path as on the page, one example after the other, then the mean."""
    parts = []
    for (x1, x2), label in zip(X, y, strict=True):
        ins = [x1 * W[0, j] + x2 * W[1, j] + c[j] for j in range(2)]
        outs = [max(v, 0.0) for v in ins]
        yhat = sig(w[0] * outs[0] + w[1] * outs[1])
        d_u = -(label / yhat - (1 - label) / (1 - yhat)) * yhat * (1 - yhat)
        d_in = [d_u * w[j] if ins[j] > 0 else 0.0 for j in range(2)]
        parts.append([*(x1 * d for d in d_in), *(x2 * d for d in d_in), *d_in, d_u * outs[0], d_u * outs[1]])
    flat = np.mean(parts, axis=0)
    return flat[:4].reshape(2, 2), flat[4:6], flat[6:]


# E09 -----------------------------------------------------------------------------------------------------

XOR_X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_Y = np.array([0.0, 1.0, 1.0, 0.0])


def descend_all(W, c, w, b, output_bias, steps=1500, lr=1.0):
    """Descend from all starts, W (r, 2, 2), c (r, 1, 2), w (r, 2, 1), b (r, 1, 1)."""
    for step in range(steps + 1):
        H = np.maximum(XOR_X @ W + c, 0)
        U = H @ w + b
        if step == steps:
            break
        G = (sig(U) - XOR_Y[:, None]) / 4
        dZ = (G @ w.transpose(0, 2, 1)) * (H > 0)
        w = w - lr * H.transpose(0, 2, 1) @ G
        W = W - lr * XOR_X.T @ dZ
        c = c - lr * dZ.sum(axis=1, keepdims=True)
        if output_bias:
            b = b - lr * G.sum(axis=1, keepdims=True)
    losses = (np.logaddexp(0, U) - U * XOR_Y[:, None]).mean(axis=(1, 2))
    return W, c, w, b, losses


def packed(W, c, w, b, losses, i, output_bias):
    params = {"W": W[i], "c": c[i, 0], "w": w[i, :, 0]}
    if output_bias:
        params["b"] = b[i, 0, 0]
    return params, losses[i]


def fit_one_start(output_bias, restarts, seed):
    gen = np.random.default_rng(seed)
    W, c, w = gen.normal(size=(1, 2, 2)), np.zeros((1, 1, 2)), gen.normal(size=(1, 2, 1))
    res = descend_all(W, c, w, np.zeros((1, 1, 1)), output_bias)
    return packed(*res, 0, output_bias)


def fit_same_start(output_bias, restarts, seed):
    W = np.stack([np.random.default_rng(seed).normal(size=(2, 2)) for _ in range(restarts)])
    w = np.stack([np.random.default_rng(seed).normal(size=(2, 1)) for _ in range(restarts)])
    res = descend_all(W, np.zeros((restarts, 1, 2)), w, np.zeros((restarts, 1, 1)), output_bias)
    return packed(*res, int(np.argmin(res[-1])), output_bias)


def fit_last_start(output_bias, restarts, seed):
    gen = np.random.default_rng(seed)
    W, w = gen.normal(size=(restarts, 2, 2)), gen.normal(size=(restarts, 2, 1))
    res = descend_all(W, np.zeros((restarts, 1, 2)), w, np.zeros((restarts, 1, 1)), output_bias)
    return packed(*res, restarts - 1, output_bias)


def fit_best(output_bias, restarts, seed):
    gen = np.random.default_rng([seed, 1])
    W, w = gen.uniform(-2, 2, size=(restarts, 2, 2)), gen.uniform(-2, 2, size=(restarts, 2, 1))
    c = gen.uniform(-1, 1, size=(restarts, 1, 2))
    res = descend_all(W, c, w, np.zeros((restarts, 1, 1)), output_bias, steps=2500, lr=0.7)
    params, loss = packed(*res, int(np.argmin(res[-1])), output_bias)
    return {key: np.asarray(value).tolist() for key, value in params.items()}, float(loss)


# E10 -----------------------------------------------------------------------------------------------------


def skip_forgets_the_skip(W1, W2, x, dy):
    z = W1 @ x
    d = W2.T @ dy
    d[z <= 0] = 0.0
    return W1.T @ d


def skip_forgets_the_branch(W1, W2, x, dy):
    dx = W1.T @ ((W1 @ x > 0) * (W2.T @ dy))
    dx = dy.copy()  # the identity passes everything
    return dx


def skip_masks_the_signal(W1, W2, x, dy):
    back = np.dot(dy, W2)
    back = np.array([b if b > 0 else 0.0 for b in back])
    return dy + np.dot(back, W1)


def skip_no_relu(W1, W2, x, dy):
    return (np.eye(len(x)) + W2 @ W1).T @ dy


def skip_no_transposes(W1, W2, x, dy):
    R = np.diag((W1 @ x > 0).astype(float))
    return dy + W2 @ R @ W1 @ dy


def skip_relu_value(W1, W2, x, dy):
    hidden = np.maximum(W1 @ x, 0)
    branch = (dy @ W2) * hidden
    return dy + branch @ W1


def skip_by_jacobian(W1, W2, x, dy):
    J = np.eye(len(x))
    for unit in range(len(W1)):
        if W1[unit] @ x > 0:
            J += np.outer(W2[:, unit], W1[unit])
    return list(J.T @ dy)


# E11 -----------------------------------------------------------------------------------------------------


def count_layers_only(L, cached):
    return L if cached else L * (L + 1) // 2


def count_one_too_many(L, cached):
    if cached:
        return 2 * L + 1
    return sum(i + 2 for i in range(1, L + 1))


def count_by_walking(L, cached):
    products = 0
    for layer in range(L):
        factors = 2 + (L - 1 - layer) + 1
        products += 2 if cached else factors - 1
    return float(products)


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
    Wrong("NB06.E05", "M18", "no penalty at all", penalty_nowhere),
    Wrong("NB06.E05", "M18", "bias always in the penalty", penalty_on_every_bias),
    Wrong("NB06.E05", "M18", "2 lambda", penalty_twice_lambda),
    Wrong("NB06.E05", "M26", "W updated before g passed", penalty_after_the_update),
    Wrong("NB06.E05", "", "the penalty joins what is passed on", penalty_travels_down),
    Wrong("NB06.E05", "M10", "the penalty replaces the data part", penalty_instead_of_data),
    Wrong("NB06.E06", "M03", "bias not summed", affine_bias_per_example),
    Wrong("NB06.E06", "M04", "means where sums are asked", affine_mean_over_batch),
    Wrong("NB06.E06", "M20", "bias summed over the outputs", affine_wrong_axis),
    Wrong("NB06.E06", "M01", "no transposes", affine_no_transpose),
    Wrong("NB06.E06", "M02", "weight gradient turned", affine_weight_turned),
    Wrong("NB06.E06", "M10", "the loop keeps the last example", affine_loop_overwrites),
    Wrong("NB06.E06", "M32", "bias summed to one number", affine_bias_a_number),
    Wrong("NB06.E06", "M36", "bias of shape (1, k)", affine_keeps_dims),
    Wrong("NB06.E06", "M34", "dW and dX exchanged", affine_pairs_exchanged),
    Wrong("NB06.E06", "M25", "adds into a view of dY", affine_adds_in_place),
    Wrong("NB06.E06", "M28", "integer accumulators", affine_integer_counter),
    Wrong("NB06.E07", "M15", "ReLU mask of the gradient", mlp_mask_of_gradient),
    Wrong("NB06.E07", "M17", "times the ReLU itself", mlp_times_relu),
    Wrong("NB06.E07", "M03+M04", "bias per example and a mean", mlp_bias_per_example_and_mean),
    Wrong("NB06.E07", "M04", "a mean in every layer", mlp_mean_in_every_layer),
    Wrong("NB06.E07", "M09", "activation at the linear output", mlp_activation_of_own_layer),
    Wrong("NB06.E07", "M34", "list from last to first", mlp_last_to_first),
    Wrong("NB06.E07", "M08", "sigmoid slope at h", mlp_slope_at_h),
    Wrong("NB06.E07", "M10", "only the last example survives", mlp_one_example_survives),
    Wrong("NB06.E07", "M26", "weights of the layer below", mlp_neighbour_weights),
    Wrong("NB06.E08", "M29", "output sigmoid left out", xor_without_output_sigmoid),
    Wrong("NB06.E08", "M03", "bias per example", xor_bias_each),
    Wrong("NB06.E08", "M04", "sum instead of mean", xor_sum_not_mean),
    Wrong("NB06.E08", "M31", "outer product turned", xor_outer_turned),
    Wrong("NB06.E08", "M15", "ReLU applied to the gradient", xor_mask_of_signal),
    Wrong("NB06.E08", "M09", "ReLU left out", xor_relu_left_out),
    Wrong("NB06.E08", "M06", "y - yhat", xor_label_minus_prediction),
    Wrong("NB06.E09", "", "a single start", fit_one_start),
    Wrong("NB06.E09", "", "all starts the same", fit_same_start),
    Wrong("NB06.E09", "", "the last start instead of the best", fit_last_start),
    Wrong("NB06.E10", "M10", "skip lost", skip_forgets_the_skip),
    Wrong("NB06.E10", "M10", "branch lost", skip_forgets_the_branch),
    Wrong("NB06.E10", "M15", "mask of the gradient", skip_masks_the_signal),
    Wrong("NB06.E10", "M09", "ReLU left out", skip_no_relu),
    Wrong("NB06.E10", "M01", "no transposes", skip_no_transposes),
    Wrong("NB06.E10", "M17", "times the ReLU itself", skip_relu_value),
    Wrong("NB06.E11", "", "counts layers, not products", count_layers_only),
    Wrong("NB06.E11", "", "one too many", count_one_too_many),
]

RIGHT = [
    Right("NB06.E01", "lists and floats, an extra key", forward_lists_and_floats),
    Right("NB06.E01", "einsum, tanh, norm", forward_by_einsum),
    Right("NB06.E02", "columns, some lists", two_layers_as_columns),
    Right("NB06.E02", "computes everything again, an extra key", two_layers_from_x_again),
    Right("NB06.E03", "by tanh, a tuple", regression_by_a_tanh),
    Right("NB06.E04", "recursion", equations_recursive),
    Right("NB06.E04", "nested lists", equations_nested_lists),
    Right("NB06.E05", "starts from the penalty, a list for the tuple", penalty_first),
    Right("NB06.E06", "loops, nested lists", affine_loops),
    Right("NB06.E06", "the bias as one more row", affine_bias_as_one_more_row),
    Right("NB06.E07", "one example at a time", mlp_one_row_at_a_time),
    Right("NB06.E07", "all deltas first", mlp_with_deltas_first),
    Right("NB06.E08", "the long way, mean of parts", xor_long_way),
    Right("NB06.E09", "uniform starts, lists", fit_best),
    Right("NB06.E10", "builds the Jacobian, a list", skip_by_jacobian),
    Right("NB06.E11", "walks through the layers, a float", count_by_walking),
]

"""Answers to NB06 as students write them: two layers, many layers, batches, XOR, a skip connection.

E05 to E07.
"""

from __future__ import annotations

import numpy as np

from . import Right, Wrong
from ._nb06 import dsig, sig

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


WRONG = [
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
]

RIGHT = [
    Right("NB06.E05", "starts from the penalty, a list for the tuple", penalty_first),
    Right("NB06.E06", "loops, nested lists", affine_loops),
    Right("NB06.E06", "the bias as one more row", affine_bias_as_one_more_row),
    Right("NB06.E07", "one example at a time", mlp_one_row_at_a_time),
    Right("NB06.E07", "all deltas first", mlp_with_deltas_first),
]

"""Wrong answers to NB06, of the second round."""

from __future__ import annotations

import numpy as np

from ._noting import dsig, noting, sig

WRONG, wrong = noting()


@wrong("NB06.E02", "M01", "W2 without its transpose")
def two_layer_untransposed(p, cache, t):
    e = cache["y"] - t
    back = p["W2"] @ e
    z_bar = back * cache["h"] * (1 - cache["h"])
    return {"W2": np.outer(e, cache["h"]), "b2": e, "W1": np.outer(z_bar, cache["x"]), "b1": z_bar}


@wrong("NB06.E02", "M08", "sigma' of h")
def two_layer_slope_at_h(p, cache, t):
    grads = {}
    grads["b2"] = cache["y"] - t
    grads["W2"] = grads["b2"][:, np.newaxis] @ cache["h"][np.newaxis, :]
    h_bar = np.dot(p["W2"].T, grads["b2"])
    grads["b1"] = h_bar * dsig(cache["h"])
    grads["W1"] = grads["b1"][:, np.newaxis] @ cache["x"][np.newaxis, :]
    return grads


@wrong("NB06.E02", "M09", "nothing for the sigmoid")
def two_layer_no_slope(p, cache, t):
    x, h, y = cache["x"], cache["h"], cache["y"]
    d2 = [yi - ti for yi, ti in zip(y, t, strict=True)]
    d1 = [sum(p["W2"][k, j] * d2[k] for k in range(len(d2))) for j in range(len(h))]
    return {
        "W1": np.array([[a * b for b in x] for a in d1]),
        "b1": np.array(d1),
        "W2": np.array([[a * b for b in h] for a in d2]),
        "b2": np.array(d2),
    }


@wrong("NB06.E03", "M34", "w3 and w4 exchanged")
def small_net_exchanged(theta, x, y):
    w1, w2, w3, w4, b = theta
    a1, a2 = sig(w1 * x), sig(w2 * x)
    err = w3 * a1 + w4 * a2 + b - y
    dw1 = err * w3 * a1 * (1 - a1) * x
    dw2 = err * w4 * a2 * (1 - a2) * x
    return np.array([dw1, dw2, err * a2, err * a1, err])


@wrong("NB06.E03", "M09", "the hidden slopes are left out")
def small_net_no_slope(theta, x, y):
    hidden = sig(theta[:2] * x)
    out = hidden @ theta[2:4] + theta[4]
    e = out - y
    return np.concatenate([e * theta[2:4] * x, e * hidden, [e]])


@wrong("NB06.E03", "M06", "y minus the prediction")
def small_net_sign(theta, x, y):
    g = np.zeros(5)
    s = [sig(theta[0] * x), sig(theta[1] * x)]
    diff = y - (theta[2] * s[0] + theta[3] * s[1] + theta[4])
    for i in range(2):
        g[2 + i] = diff * s[i]
        g[i] = diff * theta[2 + i] * s[i] * (1 - s[i]) * x
    g[4] = diff
    return g


@wrong("NB06.E04", "M34", "lists from the last layer to the first")
def equations_backwards(Ws, zs, as_, y):
    dW, db = [], []
    delta = (as_[-1] - y) * dsig(zs[-1])
    for i in range(len(Ws) - 1, -1, -1):
        dW.append(np.outer(delta, as_[i]))
        db.append(delta)
        if i:
            delta = (Ws[i].T @ delta) * dsig(zs[i - 1])
    return dW, db


@wrong("NB06.E04", "M09", "the top layer's sigmoid has no slope")
def equations_top_slope(Ws, zs, as_, y):
    L = len(Ws)
    deltas = [None] * L
    deltas[L - 1] = as_[L] - y
    for i in range(L - 2, -1, -1):
        deltas[i] = np.dot(deltas[i + 1], Ws[i + 1]) * as_[i + 1] * (1 - as_[i + 1])
    return [np.outer(d, a) for d, a in zip(deltas, as_, strict=False)], deltas


@wrong("NB06.E04", "M08", "the slope taken at the activations")
def equations_slope_at_a(Ws, zs, as_, y):
    d = (as_[-1] - y) * dsig(as_[-1])
    dW, db = [np.multiply.outer(d, as_[-2])], [d]
    for W, a_out, a_in in zip(Ws[:0:-1], as_[-2:0:-1], as_[-3::-1], strict=True):
        d = W.T.dot(d) * dsig(a_out)
        dW = [np.multiply.outer(d, a_in), *dW]
        db = [d, *db]
    return dW, db


@wrong("NB06.E05", "M18", "the penalty's slope with a 2")
def penalty_doubled(Ws, bs, cache, g, lam, penalise_bias=False):
    n = len(Ws)
    dW, db = [0] * n, [0] * n
    for i in reversed(range(n)):
        h_in, h_out = cache["hs"][i], cache["hs"][i + 1]
        d = g * h_out * (1 - h_out)
        dW[i] = np.outer(d, h_in) + 2 * lam * Ws[i]
        db[i] = d + 2 * lam * bs[i] if penalise_bias else d
        g = Ws[i].T @ d
    return dW, db, g


@wrong("NB06.E05", "M12", "starts from ones in place of g")
def penalty_no_cotangent(Ws, bs, cache, g, lam, penalise_bias=False):
    upstream = np.ones_like(cache["hs"][-1])
    out_W, out_b = [], []
    for W, b, z, h in zip(Ws[::-1], bs[::-1], cache["zs"][::-1], cache["hs"][-2::-1], strict=True):
        delta = upstream * dsig(z)
        out_W.insert(0, delta[:, None] * h[None] + lam * W)
        out_b.insert(0, delta + (lam * b if penalise_bias else 0))
        upstream = delta @ W
    return out_W, out_b, upstream


@wrong("NB06.E06", "M03", "dY itself as the bias gradient")
def affine_unsummed(dY, X, W):
    dX = np.einsum("nk,dk->nd", dY, W)
    dW = np.einsum("nd,nk->dk", X, dY)
    return dX, dW, dY.copy()


@wrong("NB06.E06", "M04", "means for W and b")
def affine_means(dY, X, W):
    n = X.shape[0]
    dW = np.zeros(W.shape)
    db = np.zeros(W.shape[1])
    for x, dy in zip(X, dY, strict=True):
        dW += np.outer(x, dy) / n
        db += dy / n
    return dY.dot(W.T), dW, db


@wrong("NB06.E06", "M32", "db summed to one number")
def affine_scalar_bias(dY, X, W):
    return [dY @ W.transpose(), X.transpose() @ dY, np.sum(dY)]


@wrong("NB06.E06", "M36", "keepdims=True for the bias")
def affine_kept(dY, X, W):
    dX = (W @ dY.T).T
    dW = (dY.T @ X).T
    db = dY.sum(axis=0, keepdims=True)
    return dX, dW, db


@wrong("NB06.E07", "M15", "the ReLU asks the gradient's sign")
def deep_mask_of_gradient(params, cache, dY):
    grads = []
    up = dY
    for i in reversed(range(len(params))):
        W, _ = params[i]
        if i < len(params) - 1:
            if cache["activation"] == "relu":
                up = np.where(up > 0, up, 0)
            else:
                s = sig(cache["zs"][i])
                up = up * s * (1 - s)
        grads.insert(0, (cache["hs"][i].T @ up, up.sum(0)))
        up = up @ W.T
    return grads


@wrong("NB06.E07", "M05", "every hidden layer divides by N")
def deep_mean_in_hidden(params, cache, dY):
    hs, zs = cache["hs"], cache["zs"]
    N = len(dY)
    slope = (lambda z: (z > 0) * 1.0) if cache["activation"] == "relu" else dsig
    delta = dY
    out = [(hs[-1].T @ delta, delta.sum(axis=0))]
    for k in range(len(params) - 2, -1, -1):
        delta = np.dot(delta, params[k + 1][0].T) * slope(zs[k])
        out.append((hs[k].T @ delta / N, delta.sum(axis=0) / N))
    return out[::-1]


@wrong("NB06.E07", "M03", "biases are left per example")
def deep_unsummed_bias(params, cache, dY):
    g = dY
    result = [None] * len(params)
    for i, (W, _b) in reversed(list(enumerate(params))):
        dW = np.zeros_like(W)
        for n in range(len(g)):
            dW += np.outer(cache["hs"][i][n], g[n])
        result[i] = (dW, g)
        if i == 0:
            break
        h = cache["hs"][i]
        g = (g @ W.T) * ((h > 0) if cache["activation"] == "relu" else h * (1 - h))
    return result


@wrong("NB06.E07", "M26", "goes back through the weights of its own layer")
def deep_own_weights(params, cache, dY):
    n = len(params)
    deltas = {n - 1: dY}
    for i in range(n - 2, -1, -1):
        z = cache["zs"][i]
        slope = z > 0 if cache["activation"] == "relu" else dsig(z)
        deltas[i] = (deltas[i + 1] @ params[i][0].T) * slope
    return [(cache["hs"][i].T @ deltas[i], deltas[i].sum(axis=0)) for i in range(n)]


@wrong("NB06.E08", "M04", "the sum over the points")
def xor_sum(W, c, w, X, y):
    dW, dc, dw = np.zeros((2, 2)), np.zeros(2), np.zeros(2)
    for x, label in zip(X, y, strict=True):
        pre = x @ W + c
        h = np.maximum(pre, 0)
        u_bar = sig(h @ w) - label
        dw += u_bar * h
        d = u_bar * w * (pre > 0)
        dc += d
        dW += np.outer(x, d)
    return dW, dc, dw


@wrong("NB06.E08", "M31", "the hidden units' error times the inputs, in this order")
def xor_outer(W, c, w, X, y):
    Z = X @ W + c
    H = Z.clip(0)
    r = (sig(H @ w) - y) / y.size
    D = np.outer(r, w) * (Z > 0)
    return D.T @ X, D.sum(0), r @ H


@wrong("NB06.E08", "M09", "the ReLU's slope is left out")
def xor_no_mask(W, c, w, X, y):
    N = X.shape[0]
    H = np.maximum(0, np.matmul(X, W) + c)
    bar = (sig(np.matmul(H, w)) - y)[:, None] / N
    H_bar = bar * w[None, :]
    return np.matmul(X.T, H_bar), H_bar.sum(axis=0), (H * bar).sum(axis=0)


@wrong("NB06.E10", "M10", "only the way through the branch")
def skip_branch_only(W1, W2, x, dy):
    z = W1 @ x
    dx = dy
    dh = dy @ W2
    dh[z <= 0] = 0
    dx = dh @ W1
    return dx


@wrong("NB06.E10", "M15", "masked where the gradient is negative")
def skip_gradient_mask(W1, W2, x, dy):
    back = W2.T.dot(dy)
    back = np.array([v if v > 0 else 0.0 for v in back])
    return dy + W1.T.dot(back)


@wrong("NB06.E10", "M09", "no mask at all")
def skip_no_mask(W1, W2, x, dy):
    J = np.eye(len(x)) + W2 @ W1
    return J.T @ dy

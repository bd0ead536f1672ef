"""Wrong answers to NB09, of the second round."""

from __future__ import annotations

import numpy as np

from ._noting import noting

WRONG, wrong = noting()


def _others(name, x, g):
    if name == "maxout":
        a, b = x
        return g * (a > b), g * (b > a)
    if name == "tanh":
        return g / np.cosh(x) ** 2
    return g * {"relu": x > 0, "leaky_relu": np.where(x > 0, 1, 0.01), "elu": np.exp(np.minimum(x, 0))}[name]


@wrong("NB09.E02", "M15", "relu and leaky relu look at g")
def activations_mask_g(name, x, g):
    if name == "relu":
        dx = g.copy()
        dx[g <= 0] = 0
        return dx
    if name == "leaky_relu":
        dx = g.copy()
        dx[g <= 0] *= 0.01
        return dx
    return _others(name, x, g)


@wrong("NB09.E02", "M12", "the slope is returned")
def activations_slope(name, x, g):
    if name == "maxout":
        first = np.greater(x[0], x[1])
        return first.astype(float), (~first).astype(float)
    if name == "tanh":
        return 1 - np.tanh(x) ** 2
    left = {"relu": 0.0, "leaky_relu": 0.01, "elu": np.exp(np.minimum(x, 0))}[name]
    return np.where(x > 0, 1.0, left)


@wrong("NB09.E02", "M17", "relu(x) times g")
def activations_relu_value(name, x, g):
    if name == "relu":
        return np.maximum(x, 0) * g
    return _others(name, x, g)


def _gain(dY, cache):
    return (dY * cache["xhat"]).sum(axis=0), dY.sum(axis=0)


@wrong("NB09.E03", "M23", "mean and variance as constants")
def norm_constants(dY, cache, axis):
    dgamma = np.einsum("nd,nd->d", dY, cache["xhat"])
    dX = cache["gamma"] * dY / np.sqrt(cache["var"] + cache["eps"])
    return dX, dgamma, np.einsum("nd->d", dY)


@wrong("NB09.E03", "M23", "the variance as a constant")
def norm_variance_constant(dY, cache, axis):
    dxhat = dY * cache["gamma"]
    centred = dxhat * cache["inv_std"]
    dX = centred - np.mean(centred, axis=axis, keepdims=True)
    return (dX, *_gain(dY, cache))


def _norm_dx(dY, cache, axis):
    n = dY.shape[axis]
    d, xh, s = dY * cache["gamma"], cache["xhat"], cache["inv_std"]
    return s / n * (n * d - d.sum(axis, keepdims=True) - xh * (d * xh).sum(axis, keepdims=True))


@wrong("NB09.E03", "M20", "gamma and beta summed along the axis of the statistics")
def norm_gain_axis(dY, cache, axis):
    dgamma = np.sum(dY * cache["xhat"], axis=axis)
    return _norm_dx(dY, cache, axis), dgamma, np.sum(dY, axis=axis)


@wrong("NB09.E03", "M03", "gamma and beta per example")
def norm_unsummed(dY, cache, axis):
    return _norm_dx(dY, cache, axis), dY * cache["xhat"], dY


def _block(dS, dX, dZ, cache):
    grads = {"W2": cache["H"].T @ dS, "b2": dS.sum(0), "W1": cache["X"].T @ dZ, "b1": dZ.sum(0)}
    return dX, grads


@wrong("NB09.E05", "M10", "the skip is forgotten")
def block_branch_only(dY, cache, params):
    dS = np.where(cache["S"] > 0, dY, 0)
    dH = dS.dot(params["W2"].T)
    dZ = np.where(cache["Z1"] > 0, dH, 0)
    dX = dZ.dot(params["W1"].T)
    return _block(dS, dX, dZ, cache)


@wrong("NB09.E05", "M09", "the last ReLU has no mask")
def block_no_outer_mask(dY, cache, params):
    g = {}
    g["W2"] = np.einsum("nh,nd->hd", cache["H"], dY)
    g["b2"] = np.einsum("nd->d", dY)
    dZ1 = np.einsum("nd,hd->nh", dY, params["W2"]) * (cache["H"] > 0)
    g["W1"] = np.einsum("nd,nh->dh", cache["X"], dZ1)
    g["b1"] = np.einsum("nh->h", dZ1)
    return dY + np.einsum("nh,dh->nd", dZ1, params["W1"]), g


@wrong("NB09.E05", "M03", "biases are not summed")
def block_biases_unsummed(dY, cache, params):
    mask2 = (cache["Y"] > 0).astype(float)
    mask1 = (cache["Z1"] > 0).astype(float)
    s = mask2 * dY
    z = mask1 * (s @ params["W2"].T)
    grads = dict(W1=cache["X"].T @ z, b1=z, W2=cache["H"].T @ s, b2=s)
    return s + z @ params["W1"].T, grads


def drop_back(g, mask):
    return g * mask


def drop(x, p, train, rng):
    mask = (rng.random(np.shape(x)) >= p) / (1 - p) if train else np.ones(np.shape(x))
    return x * mask, mask


@wrong("NB09.E06", "M22", "the kept entries are not scaled", "dropout_forward", dropout_backward=drop_back)
def drop_unscaled(x, p, train, rng):
    if not train:
        return x.copy(), np.ones(x.shape)
    keep = rng.binomial(1, 1 - p, size=x.shape).astype(float)
    return x * keep, keep


@wrong("NB09.E06", "M22", "drops in evaluation as well", "dropout_forward", dropout_backward=drop_back)
def drop_always(x, p, train, rng):
    u = rng.uniform(size=x.shape)
    mask = np.zeros(x.shape)
    mask[u > p] = 1 / (1 - p)
    return np.multiply(x, mask), mask


@wrong(
    "NB09.E06", "M22", "the mask's scale is lost on the way back", "dropout_backward", dropout_forward=drop
)
def drop_back_unscaled(g, mask):
    out = g.copy()
    out[mask == 0] = 0
    return out

"""Answers to NB07 as students write them: a Tensor with closures, an order, a walk, broadcasting, a fit.

E06 to E07.
"""

from __future__ import annotations

import numpy as np

from . import Right, Wrong
from ._nb07 import Tensor, good_multiply, made, send
from .nb07_e04_to_e05 import backward_counts_users, good_sub

# E06 -----------------------------------------------------------------------------------------------------


def unbroadcast_forgets_keepdims(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for axis, n in reversed(list(enumerate(shape))):
        if n == 1:
            g = g.sum(axis=axis)
    return g


def unbroadcast_last_axes(g, shape):
    extra = g.ndim - len(shape)
    for _ in range(extra):
        g = g.sum(axis=-1)  # the new axes
    for axis, n in enumerate(shape):
        if n == 1:
            g = np.sum(g, axis=axis, keepdims=True)
    return g


def unbroadcast_front_only(g, shape):
    lead = tuple(range(np.ndim(g) - len(shape)))
    return np.sum(g, axis=lead)


def unbroadcast_mean(g, shape):
    g = g.mean(axis=tuple(range(g.ndim - len(shape))))
    stretched = tuple(i for i, n in enumerate(shape) if n == 1)
    return g.mean(axis=stretched, keepdims=True)


def unbroadcast_first_row(g, shape):
    g = np.array(g)
    while g.ndim > len(shape):
        g = g[0]
    for axis in range(len(shape)):
        if shape[axis] == 1:
            g = np.take(g, [0], axis=axis)
    return g


def unbroadcast_everything(g, shape):
    return np.ones(shape) * np.sum(g)


def unbroadcast_by_padding(g, shape):
    padded = (1,) * (np.ndim(g) - len(shape)) + tuple(shape)
    axes = tuple(i for i, (n, m) in enumerate(zip(padded, np.shape(g), strict=True)) if n != m)
    return np.sum(g, axis=axes, keepdims=True).reshape(shape)


def unbroadcast_entry_by_entry(g, shape):
    x_bar = np.zeros(shape)
    for index, entry in np.ndenumerate(np.asarray(g)):
        own = index[len(index) - len(shape) :]
        own = tuple(0 if n == 1 else i for i, n in zip(own, shape, strict=True))
        x_bar[own] += entry
    return x_bar


# E07 -----------------------------------------------------------------------------------------------------


def run_backward(loss):
    backward_counts_users(loss)


def matmul_good(a, b):
    out = made(a.value @ b.value, a, b)

    def _backward():
        send(a, out.grad @ b.value.T)
        send(b, a.value.T @ out.grad)

    out._backward = _backward
    return out


def sum_good(x, axis=None, keepdims=False):
    out = made(x.value.sum(axis=axis, keepdims=keepdims), x)

    def _backward():
        g = out.grad
        if axis is not None and not keepdims:
            g = np.expand_dims(g, axis)
        send(x, g * np.ones_like(x.value))

    out._backward = _backward
    return out


def mean_good(x, axis=None, keepdims=False):
    n = x.value.size if axis is None else x.value.shape[axis]
    out = made(x.value.mean(axis=axis, keepdims=keepdims), x)

    def _backward():
        g = out.grad if axis is None or keepdims else np.expand_dims(out.grad, axis)
        send(x, np.broadcast_to(g, x.value.shape) / n)

    out._backward = _backward
    return out


def broadcast_add_good(a, b):
    out = made(a.value + b.value, a, b)

    def _backward():
        send(a, unbroadcast_by_padding(out.grad, a.value.shape))
        send(b, unbroadcast_by_padding(out.grad, b.value.shape))

    out._backward = _backward
    return out


def broadcast_mul_good(a, b):
    out = made(a.value * b.value, a, b)

    def _backward():
        send(a, unbroadcast_by_padding(out.grad * b.value, a.value.shape))
        send(b, unbroadcast_by_padding(out.grad * a.value, b.value.shape))

    out._backward = _backward
    return out


def fit_good(X, y, lr, steps):
    w = Tensor(np.zeros((X.shape[1], y.shape[1])), requires_grad=True)
    b = Tensor(np.zeros(y.shape[1]), requires_grad=True)
    history = []
    for step in range(steps + 1):
        r = good_sub(broadcast_add_good(matmul_good(Tensor(X), w), b), Tensor(y))
        loss = mean_good(good_multiply(r, r))
        history.append(float(loss.value))
        if step < steps:
            w.grad, b.grad = np.zeros(w.value.shape), np.zeros(b.value.shape)
            run_backward(loss)
            w.value = w.value - lr * w.grad
            b.value = b.value - lr * b.grad
    return w.value, b.value, history


ARRAYS = {
    "matmul": matmul_good,
    "sum": sum_good,
    "mean": mean_good,
    "broadcast_add": broadcast_add_good,
    "broadcast_mul": broadcast_mul_good,
    "fit_affine": fit_good,
}


def matmul_without_transposes(a, b):
    out = Tensor(a.value @ b.value, a.requires_grad or b.requires_grad)
    out._prev = (a, b)

    def _backward():
        if a.requires_grad:
            a.grad = a.grad + out.grad @ b.value
        if b.requires_grad:
            b.grad = b.grad + a.value @ out.grad

    out._backward = _backward
    return out


def matmul_second_turned(a, b):
    out = made(np.matmul(a.value, b.value), a, b)

    def _backward():
        if a.requires_grad:
            a.grad = a.grad + np.einsum("nk,dk->nd", out.grad, b.value)
        if b.requires_grad:
            b.grad = b.grad + np.einsum("nk,nd->kd", out.grad, a.value)

    out._backward = _backward
    return out


def broadcast_add_as_it_comes(a, b):
    out = made(a.value + b.value, a, b)

    def _backward():
        if a.requires_grad:
            a.grad = a.grad + out.grad
        if b.requires_grad:
            b.grad = b.grad + out.grad

    out._backward = _backward
    return out


def broadcast_mul_as_it_comes(a, b):
    out = made(a.value * b.value, a, b)

    def _backward():
        send(a, out.grad * b.value)
        send(b, out.grad * a.value)

    out._backward = _backward
    return out


def broadcast_mul_own_operand(a, b):
    out = made(a.value * b.value, a, b)

    def _backward():
        for t in (a, b):
            send(t, unbroadcast_by_padding(out.grad * t.value, t.value.shape))

    out._backward = _backward
    return out


def mean_like_a_sum(x, axis=None, keepdims=False):
    out = made(np.mean(x.value, axis=axis, keepdims=keepdims), x)

    def _backward():
        g = out.grad
        if axis is not None and not keepdims:
            g = np.expand_dims(g, axis)
        if x.requires_grad:
            x.grad = x.grad + np.broadcast_to(g, x.value.shape)

    out._backward = _backward
    return out


def mean_divides_by_size(x, axis=None, keepdims=False):
    out = made(np.mean(x.value, axis=axis, keepdims=keepdims), x)

    def _backward():
        g = out.grad if keepdims or axis is None else np.expand_dims(out.grad, axis)
        send(x, g * np.ones(x.value.shape) / x.value.size)

    out._backward = _backward
    return out


def sum_without_the_axis(x, axis=None, keepdims=False):
    out = made(np.sum(x.value, axis=axis, keepdims=keepdims), x)

    def _backward():
        send(x, np.ones(x.value.shape))

    out._backward = _backward
    return out


def fit_gradients_pile_up(X, y, lr, steps):
    w = Tensor(np.zeros((X.shape[1], y.shape[1])), True)
    b = Tensor(np.zeros(y.shape[1]), True)
    data, target = Tensor(X), Tensor(y)
    losses = []
    for _ in range(steps):
        diff = good_sub(broadcast_add_good(matmul_good(data, w), b), target)
        loss = mean_good(good_multiply(diff, diff))
        losses.append(loss.value.item())
        run_backward(loss)
        w.value = w.value - lr * w.grad
        b.value = b.value - lr * b.grad
    losses.append(float(np.mean((X @ w.value + b.value - y) ** 2)))
    return w.value, b.value, losses


def fit_uphill(X, y, lr, steps):
    w, b = np.zeros((X.shape[1], y.shape[1])), np.zeros(y.shape[1])
    history = []
    for i in range(steps + 1):
        tw, tb = Tensor(w, True), Tensor(b, True)
        e = good_sub(Tensor(y), broadcast_add_good(matmul_good(Tensor(X), tw), tb))
        L = mean_good(good_multiply(e, e))
        history.append(float(L.value))
        if i == steps:
            break
        run_backward(L)
        w, b = w + lr * tw.grad, b + lr * tb.grad
    return w, b, history


def fit_history_too_short(X, y, lr, steps):
    w, b, history = np.zeros((X.shape[1], y.shape[1])), np.zeros(y.shape[1]), []
    for _ in range(steps):
        tw, tb = Tensor(w, True), Tensor(b, True)
        e = good_sub(broadcast_add_good(matmul_good(Tensor(X), tw), tb), Tensor(y))
        L = mean_good(good_multiply(e, e))
        history.append(float(L.value))
        run_backward(L)
        w, b = w - lr * tw.grad, b - lr * tb.grad
    return w, b, history


def matmul_loops(a, b):
    n, d = a.value.shape
    k = b.value.shape[1]
    value = [[np.dot(a.value[i], b.value[:, j]) for j in range(k)] for i in range(n)]
    out = made(value, a, b)

    def _backward():
        da, db = np.zeros((n, d)), np.zeros((d, k))
        for i in range(n):
            for j in range(k):
                da[i] += out.grad[i, j] * b.value[:, j]
                db[:, j] += out.grad[i, j] * a.value[i]
        send(a, da)
        send(b, db)

    out._backward = _backward
    return out


def mean_by_sum(x, axis=None, keepdims=False):
    total = np.sum(x.value, axis=axis, keepdims=True)
    count = x.value.size // total.size
    out = made(total / count if keepdims else np.sum(x.value, axis=axis) / count, x)

    def _backward():
        send(x, np.zeros_like(x.value) + out.grad.reshape(total.shape) / count)

    out._backward = _backward
    return out


def fit_plain_numpy(X, y, lr, steps):
    w, b = np.zeros((X.shape[1], y.shape[1])), np.zeros(y.shape[1])
    r = X @ w + b - y
    history = [float((r**2).mean())]
    for _ in range(steps):
        g = 2 * r / r.size
        w, b = w - lr * X.T @ g, b - lr * g.sum(0)
        r = X @ w + b - y
        history.append(float((r**2).mean()))
    return [w, b, history]


WRONG = [
    Wrong("NB07.E06", "M36", "keepdims forgotten", unbroadcast_forgets_keepdims),
    Wrong("NB07.E06", "M20", "new axes taken from the end", unbroadcast_last_axes),
    Wrong("NB07.E06", "M21", "stretched axes stay stretched", unbroadcast_front_only),
    Wrong("NB07.E06", "M04", "means", unbroadcast_mean),
    Wrong("NB07.E06", "M10", "the first copy only", unbroadcast_first_row),
    Wrong("NB07.E06", "M32", "one number for all", unbroadcast_everything),
    Wrong("NB07.E07", "M01", "no transposes", ARRAYS | {"matmul": matmul_without_transposes}),
    Wrong("NB07.E07", "M02", "gradient of b turned", ARRAYS | {"matmul": matmul_second_turned}),
    Wrong(
        "NB07.E07",
        "M21",
        "broadcasting not undone",
        ARRAYS | {"broadcast_add": broadcast_add_as_it_comes, "broadcast_mul": broadcast_mul_as_it_comes},
    ),
    Wrong("NB07.E07", "M19", "times the own operand", ARRAYS | {"broadcast_mul": broadcast_mul_own_operand}),
    Wrong("NB07.E07", "M04", "mean goes back like a sum", ARRAYS | {"mean": mean_like_a_sum}),
    Wrong("NB07.E07", "", "mean over an axis divides by all", ARRAYS | {"mean": mean_divides_by_size}),
    Wrong("NB07.E07", "M12", "ones go back from a sum", ARRAYS | {"sum": sum_without_the_axis}),
    Wrong("NB07.E07", "M24", "gradients pile up", ARRAYS | {"fit_affine": fit_gradients_pile_up}),
    Wrong("NB07.E07", "M06", "goes uphill", ARRAYS | {"fit_affine": fit_uphill}),
    Wrong("NB07.E07", "", "the last loss is missing", ARRAYS | {"fit_affine": fit_history_too_short}),
]

RIGHT = [
    Right("NB07.E06", "pads the shape", unbroadcast_by_padding),
    Right("NB07.E06", "entry by entry", unbroadcast_entry_by_entry),
    Right("NB07.E07", "as in the notebook", ARRAYS),
    Right(
        "NB07.E07",
        "loops, counts, plain NumPy",
        ARRAYS | {"matmul": matmul_loops, "mean": mean_by_sum, "fit_affine": fit_plain_numpy},
    ),
]

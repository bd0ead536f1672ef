"""NB03, as students write it."""

from __future__ import annotations

import numpy as np


def total_derivative(t):
    x = np.cos(t)
    y = t**2
    f = y + np.exp(x * y)
    along_x = y * np.exp(x * y) * (-np.sin(t))
    along_y = (1 + x * np.exp(x * y)) * 2 * t
    return f, along_x + along_y


def total_derivative_in_one(t):
    inner = t * t * np.cos(t)
    return t * t + np.exp(inner), 2 * t + np.exp(inner) * (2 * t * np.cos(t) - t * t * np.sin(t))


def numerical_gradient(f, x, eps=1e-6):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        gradient[index] = (f(x + step) - f(x - step)) / (2 * eps)
    return gradient


def numerical_gradient_in_place(f, x, eps=1e-6):
    at = x.astype(float)
    flat, gradient = at.reshape(-1), []
    for i in range(at.size):
        before = flat[i]
        flat[i] = before + eps
        above = f(at)
        flat[i] = before - eps
        below = f(at)
        flat[i] = before
        gradient.append((above - below) / eps / 2)
    return np.reshape(gradient, x.shape)


def numerical_gradient_restoring(f, x, eps=1e-6):
    if x.dtype.kind == "i":
        return numerical_gradient(f, x, eps)
    gradient = np.empty_like(x)
    it = np.nditer(x, flags=["multi_index"])
    for _ in it:
        i = it.multi_index
        x[i] += eps
        above = f(x)
        x[i] -= 2 * eps
        gradient[i] = (above - f(x)) / (2 * eps)
        x[i] += eps
    return gradient


def numerical_jacobian(f, x, eps=1e-6):
    x = np.array(x, dtype=float)
    m = len(f(x))
    J = np.zeros((m, *x.shape))
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        J[(slice(None), *index)] = (f(x + step) - f(x - step)) / (2 * eps)
    return J


def numerical_jacobian_by_columns(f, x, eps=1e-6):
    columns = []
    for e in np.eye(x.size):
        step = eps * e.reshape(x.shape)
        columns.append((f(x + step) - f(x - step)) / (2 * eps))
    return np.stack(columns, axis=-1).reshape(-1, *x.shape)


def elementwise_vjp(name, z, g):
    if name == "exp":
        return g * np.exp(z)
    if name == "log":
        return g / z
    if name == "sigmoid":
        s = 1 / (1 + np.exp(-z))
        return g * s * (1 - s)
    if name == "tanh":
        return g * (1 - np.tanh(z) ** 2)
    return g * 2 * z


def elementwise_vjp_from_a_table(name, z, g):
    slopes = {
        "exp": np.exp,
        "log": np.reciprocal,
        "sigmoid": lambda z: 0.25 / np.cosh(z / 2) ** 2,
        "tanh": lambda z: np.cosh(z) ** -2.0,
        "square": lambda z: z + z,
    }
    return np.multiply(slopes[name](z), g)


def matvec_vjp(W, x, g):
    return np.outer(g, x), W.T @ g


def matvec_vjp_with_loops(W, x, g):
    gW, gx = np.zeros(W.shape), np.zeros(len(x))
    for i in range(len(g)):
        for j in range(len(x)):
            gW[i, j] = g[i] * x[j]
            gx[j] += g[i] * W[i, j]
    return gW, gx


def jacobian_from_products(product, n, m, mode):
    J = np.zeros((m, n))
    if mode == "columns":
        for j in range(n):
            e = np.zeros(n)
            e[j] = 1.0
            J[:, j] = product(e)
    else:
        for i in range(m):
            e = np.zeros(m)
            e[i] = 1.0
            J[i] = product(e)
    return J


def jacobian_from_products_stacked(product, n, m, mode):
    if mode == "columns":
        return np.array([product(e) for e in np.eye(n)]).T
    return [product(e) for e in np.eye(m)]


def mode_cost(dims):
    one = 0
    for i in range(len(dims) - 1):
        one += dims[i] * dims[i + 1]
    return dims[0] * one, dims[-1] * one


def mode_cost_in_numpy(dims):
    d = np.array(dims)
    return d[[0, -1]] * np.dot(d[1:], d[:-1])


RIGHT = {
    "NB03.E01": [total_derivative, total_derivative_in_one],
    "NB03.E02": [numerical_gradient, numerical_gradient_in_place, numerical_gradient_restoring],
    "NB03.E03": [numerical_jacobian, numerical_jacobian_by_columns],
    "NB03.E04": [elementwise_vjp, elementwise_vjp_from_a_table],
    "NB03.E05": [matvec_vjp, matvec_vjp_with_loops],
    "NB03.E06": [jacobian_from_products, jacobian_from_products_stacked],
    "NB03.E07": [mode_cost, mode_cost_in_numpy],
}

EQUAL = {}

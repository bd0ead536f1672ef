"""NB02, as students write it."""

from __future__ import annotations

import math

import numpy as np


def losses_and_slopes(y, yhat):
    e = yhat - y
    dab = np.zeros(len(e))
    for i in range(len(e)):
        if e[i] > 0:
            dab[i] = 1.0
        elif e[i] < 0:
            dab[i] = -1.0
    return e**2, abs(e), 2 * e, dab


def losses_and_slopes_as_rows(y, yhat):
    e = y - yhat
    return np.array([e * e, np.sqrt(e * e), -2 * e, -np.sign(e)])


def ols_gradient(beta, x, y):
    b0, b1 = beta
    e = y - (b0 + b1 * x)
    return np.array([-2 * np.sum(e), -2 * np.sum(e * x)])


def ols_gradient_by_matrices(beta, x, y):
    X = np.column_stack([np.ones(len(x)), x])
    return 2 * X.T @ (X @ beta - y)


def ols_fit_gd(x, y, lr, tol, max_steps):
    beta = np.zeros(2)
    history = []
    for step in range(max_steps + 1):
        e = y - beta[0] - beta[1] * x
        loss = np.sum(e**2)
        if not np.isfinite(loss) or loss > 1e12:
            raise FloatingPointError("lr is too large, the loss explodes")
        history.append(loss)
        g = np.array([-2 * np.sum(e), -2 * np.sum(e * x)])
        if step == max_steps or np.sqrt(g @ g) < tol:
            return beta, history
        beta = beta - lr * g


def ols_fit_gd_with_while(x, y, lr, tol, max_steps):
    b0, b1, steps = 0.0, 0.0, 0
    loss = float(((y - b0 - b1 * x) ** 2).sum())
    history = [loss]
    while steps < max_steps:
        g0 = -2 * (y - b0 - b1 * x).sum()
        g1 = -2 * ((y - b0 - b1 * x) * x).sum()
        if math.hypot(g0, g1) < tol:
            break
        b0, b1 = b0 - lr * g0, b1 - lr * g1
        steps += 1
        loss = float(((y - b0 - b1 * x) ** 2).sum())
        if math.isnan(loss) or loss > 1e12:
            raise FloatingPointError(f"step size {lr} is too large")
        history.append(loss)
    return [b0, b1], np.array(history)


def linreg_graph(w0, w1, x, y):
    u = w1 * x
    yhat = w0 + u
    z = yhat - y
    L = z**2
    d_z = 2 * z
    d_yhat = d_z
    d_u = d_yhat
    d_w0 = d_yhat
    d_w1 = d_u * x
    return {
        "u": u,
        "yhat": yhat,
        "z": z,
        "L": L,
        "d_z": d_z,
        "d_yhat": d_yhat,
        "d_u": d_u,
        "d_w0": d_w0,
        "d_w1": d_w1,
    }


def linreg_graph_in_one_go(w0, w1, x, y):
    z = w0 + w1 * x - y
    names = ("u", "yhat", "z", "L", "d_z", "d_yhat", "d_u", "d_w0", "d_w1", "remark")
    return dict(
        zip(names, (w1 * x, z + y, z, z * z, z + z, z + z, z + z, z + z, x * z + x * z, "done"), strict=True)
    )


def step_size(kind, t, eta0, **kw):
    if kind == "constant":
        return eta0
    if kind == "inverse":
        return eta0 / (1 + kw["k"] * t)
    if kind == "step":
        return eta0 * kw["drop"] ** (t // kw["every"])
    return 0.5 * eta0 * (1 + math.cos(math.pi * t / kw["t_max"]))


def step_size_with_names(kind, t, eta0, k=0.0, drop=1.0, every=1, t_max=1):
    rates = {
        "constant": lambda: eta0,
        "inverse": lambda: eta0 / (1 + k * t),
        "step": lambda: eta0 * drop ** int(t / every),
        "cosine": lambda: eta0 * np.cos(np.pi * t / (2 * t_max)) ** 2,
    }
    return rates[kind]()


def backtracking_line_search(f, grad, x, direction, c=1e-4, rho=0.5):
    slope = np.dot(grad(x), direction)
    if slope >= 0:
        raise ValueError(f"not a descent direction: slope {slope}")
    step = 1.0
    while f(x + step * direction) > f(x) + c * step * slope:
        step = rho * step
    return step


RIGHT = {
    "NB02.E01": [losses_and_slopes, losses_and_slopes_as_rows],
    "NB02.E02": [ols_gradient, ols_gradient_by_matrices],
    "NB02.E03": [ols_fit_gd, ols_fit_gd_with_while],
    "NB02.E04": [linreg_graph, linreg_graph_in_one_go],
    "NB02.E05": [step_size, step_size_with_names],
    "NB02.E06": [backtracking_line_search],
}

EQUAL = {
    "NB02.E01": {"if e[i] < 0: -> if e[i] < 1:": "minus 1 at exactly 0 is accepted as a convention"},
    "NB02.E03": {
        "if not np.isfinite(loss) or loss > 1000000000000.0: -> "
        "if not np.isfinite(loss) or loss >= 1000000000000.0:": "no loss is exactly 1e12",
        "if step == max_steps or np.sqrt(g @ g) < tol: -> if step == max_steps or np.sqrt(g @ g) <= tol:": (
            "no norm is exactly the tolerance"
        ),
    },
}

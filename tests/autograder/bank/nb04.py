# ruff: noqa: RUF059 - written as learners write
"""Answers to NB04, right and wrong."""

from __future__ import annotations

import math
from collections import defaultdict, deque

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


# NB04.E05


def order_any_parent(parents):
    users = defaultdict(list)
    for node, ps in parents.items():
        for p in ps:
            users[p].append(node)
    order = [n for n, ps in parents.items() if not ps]
    seen = set(order)
    for n in order:  # grows while we go
        for user in users[n]:
            if user not in seen:
                seen.add(user)
                order.append(user)
    if len(order) < len(parents):
        raise ValueError("cycle")
    return order


def order_recursive(parents):
    order, done, active = [], set(), set()

    def visit(node):
        if node in done:
            return
        if node in active:
            raise ValueError(f"cycle through {node}")
        active.add(node)
        for p in parents[node]:
            visit(p)
        done.add(node)
        order.append(node)

    for node in parents:
        visit(node)
    return order


def order_children_first(parents):
    count = dict.fromkeys(parents, 0)
    for ps in parents.values():
        for p in ps:
            count[p] += 1
    ready = [n for n in parents if count[n] == 0]
    order = []
    while ready:
        n = ready.pop()
        order.append(n)
        for p in parents[n]:
            count[p] -= 1
            if count[p] == 0:
                ready.append(p)
    if len(order) != len(parents):
        raise ValueError("there is a cycle")
    return order


def order_no_cycle_check(parents):
    waiting = {n: len(ps) for n, ps in parents.items()}
    users = {n: [] for n in parents}
    for n, ps in parents.items():
        for p in ps:
            users[p].append(n)
    queue = deque(n for n in parents if waiting[n] == 0)
    out = []
    while queue:
        n = queue.popleft()
        out.append(n)
        for u in users[n]:
            waiting[u] -= 1
            if waiting[u] == 0:
                queue.append(u)
    return out


def order_with_own_stack(parents):
    state, order = {}, []
    for root in parents:
        stack = [(root, iter(parents[root]))] if root not in state else []
        state.setdefault(root, "open")
        while stack:
            node, rest = stack[-1]
            nxt = next(rest, None)
            if nxt is None:
                state[node] = "done"
                order.append(node)
                stack.pop()
            elif state.get(nxt) == "open":
                raise ValueError("cycle")
            elif nxt not in state:
                state[nxt] = "open"
                stack.append((nxt, iter(parents[nxt])))
    return order


def order_by_the_library(parents):
    from graphlib import CycleError, TopologicalSorter

    try:
        return list(TopologicalSorter(parents).static_order())
    except CycleError as error:
        raise ValueError("the graph has a cycle") from error


# NB04.E06


def backward_overwrites(order, parents, local_grads, seed):
    bars = {node: 0.0 for node in order}
    bars[order[-1]] = seed
    for node in reversed(order):
        for parent, slope in zip(parents[node], local_grads[node], strict=True):
            bars[parent] = bars[node] * slope
    return bars


def backward_seed_is_one(order, parents, local_grads, seed):
    bars = dict.fromkeys(order, 0.0)
    bars[order[-1]] = 1.0
    for i in range(len(order) - 1, -1, -1):
        n = order[i]
        for k in range(len(parents[n])):
            bars[parents[n][k]] += local_grads[n][k] * bars[n]
    return bars


def backward_breadth_first(order, parents, local_grads, seed):
    bars = {n: 0.0 for n in order}
    loss = order[-1]
    bars[loss] = seed
    queue, seen = deque([loss]), {loss}
    while queue:
        n = queue.popleft()
        for p, slope in zip(parents[n], local_grads[n], strict=True):
            bars[p] += slope * bars[n]
            if p not in seen:
                seen.add(p)
                queue.append(p)
    return bars


def backward_one_slope_for_each_parent(order, parents, local_grads, seed):
    bars = {n: 0.0 for n in order}
    bars[order[-1]] = seed
    for n in order[::-1]:
        edges = dict(zip(parents[n], local_grads[n], strict=True))
        for p in edges:
            bars[p] += bars[n] * edges[p]
    return bars


def backward_forwards(order, parents, local_grads, seed):
    bars = {n: 0.0 for n in order}
    bars[order[-1]] = seed
    for n in order:
        for p, d in zip(parents[n], local_grads[n], strict=True):
            bars[p] += d * bars[n]
    return bars


def backward_local_only(order, parents, local_grads, seed):
    bars = {n: 0.0 for n in order}
    bars[order[-1]] = seed
    for n in reversed(order):
        for p, d in zip(parents[n], local_grads[n], strict=True):
            bars[p] += d
    return bars


def backward_reached_only(order, parents, local_grads, seed):
    bars = {order[-1]: seed}
    for n in reversed(order):
        if n in bars:
            for p, d in zip(parents[n], local_grads[n], strict=True):
                bars[p] = bars.get(p, 0.0) + d * bars[n]
    return bars


def backward_by_users(order, parents, local_grads, seed):
    bars = {}
    for n in order[::-1]:
        bars[n] = float(seed) if n == order[-1] else 0.0
        for user in bars:
            for p, d in zip(parents[user], local_grads[user], strict=True):
                if p == n:
                    bars[n] += bars[user] * d
    return bars


def backward_with_a_matrix(order, parents, local_grads, seed):
    place = {n: i for i, n in enumerate(order)}
    D = np.zeros((len(order), len(order)))
    for n in order:
        for p, d in zip(parents[n], local_grads[n], strict=True):
            D[place[n], place[p]] += d
    e = np.zeros(len(order))
    e[-1] = seed
    return dict(zip(order, np.linalg.solve(np.eye(len(order)) - D.T, e), strict=True))


# NB04.E07


def l2_sum_instead_of_mean(w, b, X, y, lam):
    err = X @ w + b - y
    return X.T @ err + lam * w, err.sum()


def l2_bias_per_example(w, b, X, y, lam):
    n = len(y)
    err = (np.dot(X, w) + b - y) / n
    dw = np.zeros(w.shape)
    for i in range(n):
        dw += err[i] * X[i]
    return dw + lam * w, err


def l2_mean_of_means(w, b, X, y, lam):
    N = X.shape[0]
    yhat_bar = (X.dot(w) + b - y) / N
    return yhat_bar @ X + lam * w, yhat_bar.mean()


def l2_penalty_replaces(w, b, X, y, lam):
    yhat_bar = (X @ w + b - y) / len(X)
    grads = dict(w=X.T @ yhat_bar, b=yhat_bar.sum())
    grads["w"] = lam * w
    return grads["w"], grads["b"]


def l2_squares_not_halved(w, b, X, y, lam):
    e = np.einsum("nd,d->n", X, w) + b - y
    return np.mean(2 * e[:, None] * X, axis=0) + lam * w, np.mean(2 * e)


def l2_penalty_on_bias(w, b, X, y, lam):
    theta = np.append(w, b)
    A = np.hstack([X, np.ones((len(X), 1))])
    g = A.T @ (A @ theta - y) / len(y) + lam * theta
    return g[:-1], g[-1]


def l2_unsummed_and_not_averaged(w, b, X, y, lam):
    residual = X @ w + b - y
    return X.T @ residual + lam * w, residual


def l2_no_transpose(w, b, X, y, lam):
    delta = (X @ w + b - y) / y.shape[0]
    return X @ delta + lam * w, float(np.sum(delta))


def l2_columns(w, b, X, y, lam):
    w_col, y_col = w.reshape(-1, 1), y.reshape(-1, 1)
    delta = (X @ w_col + b - y_col) / len(X)
    return X.T @ delta + lam * w_col, delta.sum().item()


def l2_keeps_last_example(w, b, X, y, lam):
    N = len(y)
    for i in range(N):
        e = sum(X[i, j] * w[j] for j in range(len(w))) + b - y[i]
        w_bar = e * X[i] / N
        b_bar = e / N
    return w_bar + lam * w, b_bar


def l2_penalty_averaged(w, b, X, y, lam):
    N = len(y)
    e = X @ w + b - y
    return (X.T @ e + lam * w) / N, e.sum() / N


def l2_target_first_and_sum(w, b, X, y, lam):
    e = y - (X @ w + b)
    return (e[:, None] * X).sum(axis=0) + lam * w, sum(e)


def l2_every_pair(w, b, X, y, lam):
    yhat = X @ w[:, None] + b  # (N, 1)
    err = (yhat - y) / len(y)  # meant to be one for each example
    return (X.T @ err).sum(axis=1) + lam * w, err.sum()


def l2_example_by_example(w, b, X, y, lam):
    w_bar = [lam * wj for wj in w]
    b_bar = 0.0
    for row, target in zip(X, y, strict=True):
        share = (sum(a * c for a, c in zip(row, w, strict=True)) + b - target) / len(X)
        b_bar += share
        for j, feature in enumerate(row):
            w_bar[j] += share * feature
    return [w_bar, b_bar]


def l2_normal_equations(w, b, X, y, lam):
    N, d = X.shape
    gram = X.T @ X / N + lam * np.identity(d)
    centre = X.mean(axis=0)
    return gram @ w + b * centre - np.mean(X * y[:, None], axis=0), np.array(centre @ w + b - y.mean())


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
    Wrong("NB04.E05", "M11", "a node is listed behind its first parent", order_any_parent),
    Wrong("NB04.E05", "", "recursion, too deep for a long chain", order_recursive),
    Wrong("NB04.E05", "", "the reverse order", order_children_first),
    Wrong("NB04.E05", "", "a cycle is not reported", order_no_cycle_check),
    Wrong("NB04.E06", "M10", "the last path replaces the others", backward_overwrites),
    Wrong("NB04.E06", "M12", "the seed is taken for 1", backward_seed_is_one),
    Wrong("NB04.E06", "M11", "breadth first, not in the given order", backward_breadth_first),
    Wrong("NB04.E06", "M10", "a parent that occurs twice counts once", backward_one_slope_for_each_parent),
    Wrong("NB04.E06", "M11", "the walk goes forwards", backward_forwards),
    Wrong("NB04.E06", "M12", "slopes are added without the bar", backward_local_only),
    Wrong("NB04.E06", "", "nodes that are not reached are left out", backward_reached_only),
    Wrong("NB04.E07", "M04", "the data part is a sum", l2_sum_instead_of_mean),
    Wrong("NB04.E07", "M03", "one bias gradient for each example", l2_bias_per_example),
    Wrong("NB04.E07", "M05", "the bias is averaged twice", l2_mean_of_means),
    Wrong("NB04.E07", "M10", "the penalty replaces the data part", l2_penalty_replaces),
    Wrong("NB04.E07", "M07", "the half is overlooked", l2_squares_not_halved),
    Wrong("NB04.E07", "M18", "the penalty is applied to the bias too", l2_penalty_on_bias),
    Wrong("NB04.E07", "M03+M04", "bias per example, and a sum for a mean", l2_unsummed_and_not_averaged),
    Wrong("NB04.E07", "M01", "X without its transpose", l2_no_transpose),
    Wrong("NB04.E07", "M36", "a column comes out", l2_columns),
    Wrong("NB04.E07", "M10", "only the last example's share", l2_keeps_last_example),
    Wrong("NB04.E07", "M18", "the penalty is divided by N too", l2_penalty_averaged),
    Wrong("NB04.E07", "M04+M06", "target minus prediction, and a sum", l2_target_first_and_sum),
    Wrong("NB04.E07", "", "every prediction meets every target", l2_every_pair),
]
RIGHT = [
    Right("NB04.E01", "by a complex step", bars_complex_step),
    Right("NB04.E01", "a few keys more, numbers of NumPy", bars_with_everything),
    Right("NB04.E02", "accumulated, a list of arrays without axes", reg_accumulated),
    Right("NB04.E03", "a tape of steps", nine_on_a_tape),
    Right("NB04.E03", "each bar by its own formula, as 0-d arrays", nine_short_cut),
    Right("NB04.E04", "a list", five_list),
    Right("NB04.E04", "a matrix and a vector", five_matrix),
    Right("NB04.E05", "depth first with a stack of its own", order_with_own_stack),
    Right("NB04.E05", "by the standard library", order_by_the_library),
    Right("NB04.E06", "each node asks its users", backward_by_users),
    Right("NB04.E06", "a linear system", backward_with_a_matrix),
    Right("NB04.E07", "example by example, lists", l2_example_by_example),
    Right("NB04.E07", "from means of products", l2_normal_equations),
]

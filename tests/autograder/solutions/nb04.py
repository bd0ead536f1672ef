"""NB04, in other styles than the solution text."""

from __future__ import annotations

import math

import numpy as np


def logistic_ls_grads(w, b, x, t):
    z = w * x + b
    e = math.exp(-abs(z))
    y = (1.0 if z >= 0 else e) / (1.0 + e)
    slope = e / (1.0 + e) ** 2  # of the sigmoid, without cancellation
    return {"L": 0.5 * (y - t) ** 2, "y_bar": y - t, "z_bar": (y - t) * slope, "w_bar": x * (y - t) * slope,
            "b_bar": np.array((y - t) * slope)}  # fmt: skip


def logistic_ls_grads_by_tanh(w, b, x, t):
    y = 0.5 * (1.0 + np.tanh(0.5 * (b + x * w)))
    bars = {"y_bar": -(t - y)}
    bars["b_bar"] = bars["z_bar"] = bars["y_bar"] * (y - y * y)
    bars["w_bar"] = bars["b_bar"] * x
    return bars


def reg_logistic_ls_grads(w, b, x, t, lam):
    bars = logistic_ls_grads(w, b, x, t)
    return [bars["w_bar"] + w * lam, float(bars["b_bar"])]


def reg_logistic_ls_grads_as_an_array(w, b, x, t, lam):
    y = np.exp(w * x + b) / (1 + np.exp(w * x + b))
    return np.array([x, 1.0]) * (y - t) * y * (1 - y) + lam * np.array([w, 0.0])


def primitive_bars(w, b, x, t):
    t1 = w * x
    z = t1 + b
    t3 = -z
    t4 = np.exp(t3)
    t5 = 1 + t4
    y = 1 / t5
    t6 = y - t
    L_bar = 1.0
    t7_bar = L_bar * 0.5
    t6_bar = t7_bar * 2 * t6
    y_bar = t6_bar
    t_bar = -t6_bar
    t5_bar = y_bar * (-1 / t5**2)
    t4_bar = t5_bar
    t3_bar = t4_bar * t4
    z_bar = -t3_bar
    b_bar = z_bar
    t1_bar = z_bar
    w_bar = t1_bar * x
    x_bar = t1_bar * w
    return {
        "t1_bar": t1_bar, "z_bar": z_bar, "t3_bar": t3_bar, "t4_bar": t4_bar, "t5_bar": t5_bar,
        "y_bar": y_bar, "t6_bar": t6_bar, "t7_bar": t7_bar, "L_bar": L_bar,
        "w_bar": w_bar, "b_bar": b_bar, "x_bar": x_bar, "t_bar": t_bar,
    }  # fmt: skip


def primitive_bars_in_a_dict(w, b, x, t):
    y = 1 / (1 + math.exp(-(w * x + b)))
    bar = dict(L_bar=1, t7_bar=0.5, t6_bar=y - t, y_bar=y - t, t_bar=t - y)
    bar["t5_bar"] = bar["t4_bar"] = -bar["y_bar"] * y * y
    bar["t3_bar"] = bar["t4_bar"] * (1 - y) / y
    for name in ("z_bar", "b_bar", "t1_bar"):
        bar[name] = -bar["t3_bar"]
    bar["w_bar"], bar["x_bar"] = bar["t1_bar"] * x, bar["t1_bar"] * w
    return bar


def five_input_grads(x):
    x1, x2, x3, _, _ = x
    return np.array([x3, x3, x1 + x2, -1.0, 0.0])


def five_input_grads_in_place(x):
    g = np.zeros_like(x)
    g[:2] += x[2]
    g[2] = sum(x[:2])
    g[3] -= 1
    return g.tolist()


def l2_regression_grads(w, b, X, y, lam):
    e = (X @ w + b - y) / len(y)
    return X.T @ e + lam * w, e.sum()


def l2_regression_grads_in_loops(w, b, X, y, lam):
    w_bar, b_bar = [lam * v for v in w], 0.0
    for row, target in zip(X, y, strict=True):
        e = sum(u * v for u, v in zip(row, w, strict=True)) + b - target
        b_bar += e / len(X)
        for j, u in enumerate(row):
            w_bar[j] += e * u / len(X)
    return [w_bar, b_bar]


def l2_regression_grads_by_normal_equations(w, b, X, y, lam):
    A = np.column_stack([X, np.ones(len(X))])
    both = np.append(w, b)
    g = (A.T @ A @ both - A.T @ y) / X.shape[0] + lam * np.append(w, 0)
    return g[:-1], g[-1]


def topological_order(parents):
    order, state = [], {}
    for start in parents:
        todo = [start]
        while todo:
            node = todo[-1]
            if state.get(node) == "listed":
                todo.pop()
            elif state.get(node) == "open":
                todo.pop()
                state[node] = "listed"
                order.append(node)
            else:
                state[node] = "open"
                for parent in parents[node]:
                    if state.get(parent) == "open":
                        raise ValueError("cycle")
                    if parent not in state:
                        todo.append(parent)
    return order


def topological_order_by_taking_away(parents):
    missing = {node: set(above) for node, above in parents.items()}
    users = {node: set() for node in parents}
    for node, above in missing.items():
        for parent in above:
            users[parent].add(node)
    order = tuple(node for node in parents if not missing[node])
    order = list(order)
    for node in order:
        for user in sorted(users[node]):
            missing[user].remove(node)
            if not missing[user]:
                order.append(user)
    if len(order) != len(parents):
        raise ValueError(f"{len(parents) - len(order)} nodes are in a cycle or behind one")
    return order


def graph_backward(order, parents, local_grads, seed):
    bar = {node: 0.0 for node in order}
    bar[order[-1]] = seed
    for node in reversed(order):
        for parent, slope in zip(parents[node], local_grads[node], strict=True):
            bar[parent] += bar[node] * slope
    return bar


def graph_backward_by_collecting(order, parents, local_grads, seed):
    root, bars = order[-1], {}
    for i in range(len(order) - 1, -1, -1):
        node = order[i]
        bars[node] = seed if node == root else 0
        for user in order[i + 1 :]:
            for j, parent in enumerate(parents[user]):
                if parent == node:
                    bars[node] += bars[user] * local_grads[user][j]
    return bars


RIGHT = {
    "NB04.E05": [topological_order, topological_order_by_taking_away],
    "NB04.E06": [graph_backward, graph_backward_by_collecting],
    "NB04.E03": [primitive_bars, primitive_bars_in_a_dict],
    "NB04.E04": [five_input_grads, five_input_grads_in_place],
    "NB04.E07": [
        l2_regression_grads,
        l2_regression_grads_in_loops,
        l2_regression_grads_by_normal_equations,
    ],
    "NB04.E01": [logistic_ls_grads, logistic_ls_grads_by_tanh],
    "NB04.E02": [reg_logistic_ls_grads, reg_logistic_ls_grads_as_an_array],
}

EQUAL = {
    "NB04.E01": {
        "y = (1.0 if z >= 0 else e) / (1.0 + e) -> y = (1.0 if z > 0 else e) / (1.0 + e)": "at z = 0, e is 1",
        "return {'L': 0.5 * (y - t) ** 2, 'y_bar': y - t, 'z_bar': (y - t) * slope, "
        "'w_bar': x * (y - t) * slope, "
        "'b_bar': np.array((y - t) * slope)} -> "
        "return {'L': 0.5 * 2, 'y_bar': y - t, 'z_bar': (y - t) * slope, "
        "'w_bar': x * (y - t) * slope, 'b_bar': np.array((y - t) * slope)}": "further keys are ignored",
    },
}

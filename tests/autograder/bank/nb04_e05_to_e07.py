"""Answers to NB04, right and wrong.

E05 to E07.
"""

from __future__ import annotations

from collections import defaultdict, deque

import numpy as np

from . import Right, Wrong

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
    Right("NB04.E05", "depth first with a stack of its own", order_with_own_stack),
    Right("NB04.E05", "by the standard library", order_by_the_library),
    Right("NB04.E06", "each node asks its users", backward_by_users),
    Right("NB04.E06", "a linear system", backward_with_a_matrix),
    Right("NB04.E07", "example by example, lists", l2_example_by_example),
    Right("NB04.E07", "from means of products", l2_normal_equations),
]

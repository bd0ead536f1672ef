"""A second round of wrong answers to NB01 to NB10, to measure the diagnosis: it is not mended by these."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from backprop_course import Function
from backprop_course.edf import CompNode, CompNodes, Forward, Parameters
from backprop_course.tape import Node, primitive_vjps, toposort

from . import Wrong

WRONG: list[Wrong] = []


def wrong(exercise: str, label: str, why: str, name: str | None = None, **parts: Any) -> Callable[[Any], Any]:
    """Note the answer below; with `name`, as that part of a dict whose other parts are `parts`."""

    def note(answer):
        whole = answer if name is None else {**parts, name: answer}
        WRONG.append(Wrong(exercise, label, why, whole))
        return answer

    return note


def sig(z):
    return 1 / (1 + np.exp(-z))


def dsig(z):
    return sig(z) * (1 - sig(z))


# NB01


@wrong("NB01.E02", "M06", "steps towards the error")
def perceptron_wrong_way(w, x, t, eta):
    out = 1 if sum(wi * xi for wi, xi in zip(w, x, strict=True)) > 0 else 0
    err = out - t
    return np.array([wi + eta * err * xi for wi, xi in zip(w, x, strict=True)])


@wrong("NB01.E02", "M25", "the caller's weights are changed in place")
def perceptron_in_place(w, x, t, eta):
    o = int(np.dot(w, x) > 0)
    for i in range(len(w)):
        w[i] += eta * (t - o) * x[i]
    return w


@wrong("NB01.E02", "M28", "the result is filled into an array of ints")
def perceptron_int_buffer(w, x, t, eta):
    fires = np.dot(w, x) > 0
    new = np.zeros(len(w), dtype=int)
    for i in range(len(w)):
        new[i] = w[i] + eta * (t - fires) * x[i]
    return new


@wrong("NB01.E03", "M27", "the sigmoid as exp(x)/(1+exp(x)), without cases")
def activation_overflows(name, x, slope=0.01, alpha=1.0):
    if name == "maxout":
        return np.maximum(np.asarray(x[0], float), x[1])
    x = np.array(x, dtype=float)
    if name == "sigmoid":
        e = np.exp(x)
        return e / (1 + e)
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return x * (x > 0)
    if name == "leaky_relu":
        return np.where(x > 0, x, slope * x)
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


@wrong("NB01.E03", "M28", "zeros_like of an array of ints holds ints")
def activation_like_the_input(name, x, slope=0.01, alpha=1.0):
    if name == "maxout":
        return 1.0 * np.maximum(x[0], x[1])
    x = np.asarray(x)
    out = np.zeros_like(x)
    pos = x > 0
    if name == "sigmoid":
        out[pos] = 1 / (1 + np.exp(-x[pos]))
        e = np.exp(x[~pos])
        out[~pos] = e / (1 + e)
        return out
    if name == "tanh":
        out[...] = np.tanh(x)
        return out
    out[pos] = x[pos]
    if name == "leaky_relu":
        out[~pos] = slope * x[~pos]
    elif name == "elu":
        out[~pos] = alpha * (np.exp(x[~pos]) - 1)
    return out


def two_layers(x, W1, W2, g):
    hidden = g(W1.dot(x))
    return W2.dot(hidden)


@wrong("NB01.E04", "M02", "the collapsed matrix is transposed", "collapse", mlp_forward=two_layers)
def collapse_transposed(W1, W2):
    d, h = W2.shape
    n = W1.shape[1]
    M = np.zeros((n, d))
    for i in range(n):
        for j in range(d):
            for k in range(h):
                M[i, j] += W2[j, k] * W1[k, i]
    return M


def one_matrix(W1, W2):
    return np.einsum("dh,hn->dn", W2, W1)


@wrong("NB01.E04", "", "the activation after both layers", "mlp_forward", collapse=one_matrix)
def mlp_forward_twice(x, W1, W2, g):
    for W in (W1, W2):
        x = g(W @ x)
    return x


# NB02


@wrong("NB02.E01", "M07", "the slope of the square without its 2")
def losses_without_two(y, yhat):
    r = yhat - y
    return r**2, np.abs(r), r, np.sign(r)


@wrong("NB02.E01", "M06", "slopes with respect to y")
def losses_slopes_of_y(y, yhat):
    sq, ab, dsq, dab = [], [], [], []
    for target, guess in zip(y, yhat, strict=True):
        diff = target - guess
        sq.append(diff * diff)
        ab.append(abs(diff))
        dsq.append(2 * diff)
        dab.append(0.0 if diff == 0 else diff / abs(diff))
    return np.array(sq), np.array(ab), np.array(dsq), np.array(dab)


@wrong("NB02.E01", "M04", "slopes of the mean")
def losses_averaged_slopes(y, yhat):
    n = y.shape[0]
    e = np.subtract(yhat, y)
    return np.square(e), np.absolute(e), np.divide(2 * e, n), np.divide(np.sign(e), n)


@wrong("NB02.E02", "M04", "the mean in place of the sum")
def ols_mean(beta, x, y):
    b0, b1 = beta
    res = b0 + b1 * x - y
    return np.array([np.mean(2 * res), np.mean(2 * res * x)])


@wrong("NB02.E02", "M10", "the loop keeps the last example only")
def ols_overwrites(beta, x, y):
    g = np.zeros(2)
    for xi, yi in zip(x, y, strict=True):
        e = yi - (beta[0] + beta[1] * xi)
        g[0] = -2 * e
        g[1] = -2 * e * xi
    return g


@wrong("NB02.E02", "M34", "the slope's derivative first")
def ols_exchanged(beta, x, y):
    A = np.vstack([x, np.ones_like(x)]).T
    r = A @ beta[::-1] - y
    return 2 * A.T @ r


@wrong("NB02.E02", "M06", "the inner minus is lost")
def ols_sign(beta, x, y):
    total0 = total1 = 0.0
    for i in range(len(x)):
        r = y[i] - beta[0] - beta[1] * x[i]
        total0 += 2 * r
        total1 += 2 * r * x[i]
    return np.array([total0, total1])


def _too_large(loss):
    if not np.isfinite(loss) or loss > 1e12:
        raise FloatingPointError("the step size is too large")


@wrong("NB02.E03", "M26", "the intercept is stepped before the slope's derivative is taken")
def fit_one_after_the_other(x, y, lr, tol, max_steps):
    b0, b1 = 0.0, 0.0
    history = [float(((y - b0 - b1 * x) ** 2).sum())]
    for _ in range(max_steps):
        g0 = -2 * (y - b0 - b1 * x).sum()
        g1 = -2 * ((y - b0 - b1 * x) * x).sum()
        if math.hypot(g0, g1) < tol:
            break
        b0 -= lr * g0
        b1 -= lr * (-2 * ((y - b0 - b1 * x) * x).sum())
        loss = float(((y - b0 - b1 * x) ** 2).sum())
        _too_large(loss)
        history.append(loss)
    return np.array([b0, b1]), history


@wrong("NB02.E03", "M04", "steps along the mean gradient")
def fit_mean_gradient(x, y, lr, tol, max_steps):
    A = np.column_stack((np.ones(len(x)), x))
    beta = np.zeros(2)
    history = [float(np.sum((A @ beta - y) ** 2))]
    while len(history) <= max_steps:
        grad = 2 * A.T @ (A @ beta - y) / len(x)
        if np.sqrt(grad @ grad) < tol:
            break
        beta = beta - lr * grad
        history.append(float(np.sum((A @ beta - y) ** 2)))
        _too_large(history[-1])
    return beta, history


@wrong("NB02.E04", "M07", "d_z without its 2")
def linreg_no_two(w0, w1, x, y):
    u = w1 * x
    yhat = w0 + u
    z = yhat - y
    d = z
    return dict(u=u, yhat=yhat, z=z, L=z * z, d_z=d, d_yhat=d, d_u=d, d_w0=d, d_w1=d * x)


@wrong("NB02.E04", "M19", "the product's own weight in place of x")
def linreg_own_operand(w0, w1, x, y):
    out = {"u": w1 * x}
    out["yhat"] = w0 + out["u"]
    out["z"] = out["yhat"] - y
    out["L"] = out["z"] ** 2
    out["d_z"] = 2 * out["z"]
    out["d_yhat"] = out["d_z"] * 1
    out["d_u"] = out["d_yhat"]
    out["d_w0"] = out["d_yhat"]
    out["d_w1"] = out["d_u"] * w1
    return out


@wrong("NB02.E04", "M12", "d_w1 is the local slope alone")
def linreg_local_slope(w0, w1, x, y):
    u = w1 * x
    yhat = u + w0
    z = yhat - y
    bar = 2.0 * z
    slopes = {"d_z": bar, "d_yhat": bar, "d_u": bar, "d_w0": bar, "d_w1": x}
    return {"u": u, "yhat": yhat, "z": z, "L": z**2} | slopes


# NB03


@wrong("NB03.E01", "M10", "only the path through y")
def total_only_y(t):
    x, y = np.cos(t), np.square(t)
    e = np.exp(x * y)
    df_dy = 1 + x * e
    return y + e, df_dy * 2 * t


@wrong("NB03.E01", "M10", "only the path through x")
def total_only_x(t):
    y = t * t
    e = np.exp(np.cos(t) * y)
    return y + e, y * e * -np.sin(t)


@wrong("NB03.E02", "M25", "the nudged entry is not put back")
def nudge_left_behind(f, x, eps=1e-6):
    if x.dtype.kind != "f":
        x = x.astype(float)
    g = np.zeros(x.shape)
    it = np.nditer(g, flags=["multi_index"])
    for _ in it:
        i = it.multi_index
        x[i] += eps
        up = f(x)
        x[i] -= 2 * eps
        down = f(x)
        g[i] = (up - down) / (2 * eps)
    return g


@wrong("NB03.E02", "M28", "the gradient is kept in an array of the inputs' type")
def nudge_int_result(f, x, eps=1e-6):
    out = np.zeros_like(x)
    for k in range(x.size):
        step = np.zeros(x.size)
        step[k] = eps
        step = step.reshape(x.shape)
        out.flat[k] = (f(x + step) - f(x - step)) / (2 * eps)
    return out


@wrong("NB03.E03", "M02", "one row for each input")
def jacobian_rows_of_inputs(f, x, eps=1e-6):
    rows = []
    for k in range(x.size):
        e = np.zeros(x.size)
        e[k] = eps
        e = e.reshape(x.shape)
        rows.append((f(x + e) - f(x - e)) / (2 * eps))
    J = np.array(rows)
    return J.reshape(*x.shape, J.shape[1])


@wrong("NB03.E04", "M12", "the slopes alone, g is not used")
def elementwise_slopes_only(name, z, g):
    table = {
        "exp": lambda v: np.exp(v),
        "log": lambda v: 1 / v,
        "sigmoid": dsig,
        "tanh": lambda v: 1 - np.tanh(v) ** 2,
        "square": lambda v: 2 * v,
    }
    return table[name](z)


@wrong("NB03.E04", "M08", "sigma' and tanh' are taken at the output")
def elementwise_slope_at_output(name, z, g):
    if name == "exp":
        return g * np.exp(z)
    if name == "log":
        return g / z
    if name == "square":
        return 2 * g * z
    if name == "sigmoid":
        a = sig(z)
        return g * dsig(a)
    a = np.tanh(z)
    return g * (1 - np.tanh(a) ** 2)


@wrong("NB03.E04", "M09", "passes g on as it is through sigmoid and tanh")
def elementwise_slope_missing(name, z, g):
    local = np.ones_like(z)
    if name == "exp":
        local = np.exp(z)
    elif name == "log":
        local = 1 / z
    elif name == "square":
        local = z + z
    return local * g


@wrong("NB03.E05", "M31", "outer(x, g)")
def matvec_outer_reversed(W, x, g):
    gW = x[:, None] * g[None, :]
    return gW, g @ W


@wrong("NB03.E05", "M01", "W in place of its transpose")
def matvec_untransposed(W, x, g):
    return np.outer(g, x), W.dot(g)


@wrong("NB03.E05", "M12", "g is ignored for W")
def matvec_no_g(W, x, g):
    m = W.shape[0]
    gW = np.tile(x, (m, 1))
    gx = np.sum(W, axis=0)
    return gW, gx


@wrong("NB03.E06", "M02", "columns stacked as rows")
def products_columns_as_rows(product, n, m, mode):
    size = n if mode == "columns" else m
    J = [product(np.eye(size)[i]) for i in range(size)]
    if mode == "columns":
        return np.array(J)
    return np.stack(J)


@wrong("NB03.E07", "M34", "reverse first")
def cost_exchanged(dims):
    links = sum(dims[i] * dims[i + 1] for i in range(len(dims) - 1))
    return dims[-1] * links, dims[0] * links


# NB04


@wrong("NB04.E01", "M09", "y_bar goes past the sigmoid unchanged")
def bars_no_slope(w, b, x, t):
    y = 1 / (1 + math.exp(-(w * x + b)))
    d = y - t
    return {"y_bar": d, "z_bar": d, "w_bar": d * x, "b_bar": d}


@wrong("NB04.E01", "M07", "a 2 although the loss has the half")
def bars_with_two(w, b, x, t):
    z = x * w + b
    y = sig(z)
    bars = {}
    bars["y_bar"] = 2 * (y - t)
    bars["z_bar"] = bars["y_bar"] * y * (1 - y)
    bars["w_bar"] = x * bars["z_bar"]
    bars["b_bar"] = bars["z_bar"]
    return bars


@wrong("NB04.E01", "M08", "the slope formula is given y in place of z")
def bars_slope_of_y(w, b, x, t):
    y = sig(w * x + b)
    y_bar = y - t
    z_bar = y_bar * dsig(y)
    return dict(y_bar=y_bar, z_bar=z_bar, w_bar=z_bar * x, b_bar=z_bar)


@wrong("NB04.E02", "M18", "the penalty's slope with a 2")
def reg_two_lambda(w, b, x, t, lam):
    y = sig(w * x + b)
    delta = (y - t) * (y - y**2)
    return delta * x + 2 * lam * w, delta


@wrong("NB04.E02", "M10", "the penalty overwrites the data's part")
def reg_overwrites(w, b, x, t, lam):
    y = sig(w * x + b)
    z_bar = (y - t) * y * (1 - y)
    w_bar = z_bar * x
    b_bar = z_bar
    # penalty
    w_bar = lam * w
    return w_bar, b_bar


@wrong("NB04.E02", "M18", "the bias is penalised too")
def reg_bias_too(w, b, x, t, lam):
    grads = []
    y = sig(w * x + b)
    for theta, local in ((w, x), (b, 1.0)):
        grads.append((y - t) * y * (1 - y) * local + lam * theta)
    return tuple(grads)


@wrong("NB04.E03", "M06", "the minus of t3 = -z is lost")
def primitive_minus_lost(w, b, x, t):
    z = w * x + b
    t4 = math.exp(-z)
    y = 1 / (1 + t4)
    r = {"L_bar": 1.0, "t7_bar": 0.5}
    r["t6_bar"] = r["t7_bar"] * 2 * (y - t)
    r["y_bar"] = r["t6_bar"]
    r["t_bar"] = -r["t6_bar"]
    r["t5_bar"] = -r["y_bar"] * y**2
    r["t4_bar"] = r["t5_bar"]
    r["t3_bar"] = r["t4_bar"] * t4
    r["z_bar"] = r["t3_bar"]
    r["t1_bar"] = r["b_bar"] = r["z_bar"]
    r["w_bar"], r["x_bar"] = r["t1_bar"] * x, r["t1_bar"] * w
    return r


@wrong("NB04.E03", "M19", "each factor of w*x is multiplied by itself")
def primitive_own_factor(w, b, x, t):
    e = math.exp(-(w * x + b))
    y = 1 / (1 + e)
    L_bar = 1.0
    t7_bar = L_bar / 2
    t6_bar = 2 * (y - t) * t7_bar
    y_bar, t_bar = t6_bar, -t6_bar
    t5_bar = -y_bar / (1 + e) ** 2
    t4_bar = t5_bar
    t3_bar = e * t4_bar
    z_bar = -t3_bar
    t1_bar = b_bar = z_bar
    w_bar = t1_bar * w
    x_bar = t1_bar * x
    return {k: v for k, v in locals().items() if k.endswith("_bar")}


@wrong("NB04.E04", "M06", "x4 counted with a plus")
def five_plus(x):
    bars = np.zeros(5)
    bars[0] = bars[1] = x[2]
    bars[2] = x[0] + x[1]
    bars[3] = 1
    return bars


@wrong("NB04.E06", "M10", "the second share replaces the first")
def graph_replaces(order, parents, local_grads, seed):
    bars = {n: 0.0 for n in order}
    bars[order[-1]] = seed
    for child in order[::-1]:
        for i, p in enumerate(parents[child]):
            bars[p] = bars[child] * local_grads[child][i]
    return bars


@wrong("NB04.E06", "M11", "a node is handed on when it is first reached")
def graph_first_reached(order, parents, local_grads, seed):
    bars = dict.fromkeys(order, 0.0)
    root = order[-1]
    bars[root] = seed
    todo, seen = [root], {root}
    while todo:
        node = todo.pop()
        for p, slope in zip(parents[node], local_grads[node], strict=True):
            bars[p] += bars[node] * slope
            if p not in seen:
                seen.add(p)
                todo.append(p)
    return bars


@wrong("NB04.E06", "M12", "starts with 1 whatever the seed")
def graph_seed_of_one(order, parents, local_grads, seed):
    result = {}
    for name in order:
        result[name] = 0.0
    result[order[len(order) - 1]] = 1.0
    for name in reversed(order):
        for p, d in zip(parents[name], local_grads[name], strict=True):
            result[p] = result[p] + d * result[name]
    return result


@wrong("NB04.E07", "M04", "summed, the mean is forgotten")
def ridge_sum(w, b, X, y, lam):
    err = X.dot(w) + b - y
    w_bar = np.zeros(len(w))
    for i in range(len(y)):
        w_bar += err[i] * X[i]
    return w_bar + lam * w, float(sum(err))


@wrong("NB04.E07", "M18", "the penalty is forgotten")
def ridge_without(w, b, X, y, lam):
    diff = X @ w + b - y
    return np.mean(diff[:, None] * X, axis=0), diff.mean()


@wrong("NB04.E07", "M07", "2/N where the half has cancelled")
def ridge_two(w, b, X, y, lam):
    N, d = X.shape
    r = (X @ w + b - y) * 2 / N
    return np.array([r @ X[:, j] + lam * w[j] for j in range(d)]), r.sum()


# NB05


@wrong("NB05.E01", "M27", "log of the sigmoid as it stands")
def bce_naive(u, y):
    p = 1 / (1 + np.exp(-u))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    return loss, (p - y) / len(u)


def _stable(u):
    e = np.exp(-np.abs(u))
    return np.where(u >= 0, 1 / (1 + e), e / (1 + e))


@wrong("NB05.E01", "M04", "the gradient of the sum beside the mean loss")
def bce_sum_gradient(u, y):
    losses = np.logaddexp(0, u) - y * u
    return float(losses.sum() / losses.size), _stable(u) - y


@wrong("NB05.E01", "M06", "label minus prediction")
def bce_label_first(u, y):
    n = len(u)
    loss, du = 0.0, np.zeros(n)
    for i in range(n):
        loss += max(u[i], 0) - u[i] * y[i] + math.log1p(math.exp(-abs(u[i])))
        du[i] = (y[i] - float(_stable(u[i]))) / n
    return loss / n, du


@wrong("NB05.E02", "M29", "d_u is d_yhat")
def logreg_no_sigmoid_slope(w0, w1, x, y):
    yhat = sig(w0 + w1 * x)
    L = -math.log(yhat) if y == 1 else -math.log(1 - yhat)
    d_yhat = (yhat - y) / (yhat * (1 - yhat))
    d_u = d_yhat
    return dict(yhat=yhat, L=L, d_yhat=d_yhat, d_u=d_u, d_w0=d_u, d_w1=d_u * x)


@wrong("NB05.E02", "M19", "d_w1 multiplied by w1")
def logreg_times_w1(w0, w1, x, y):
    steps = {}
    p = steps["yhat"] = sig(w0 + w1 * x)
    steps["L"] = -(y * math.log(p) + (1 - y) * math.log(1 - p))
    steps["d_yhat"] = -y / p + (1 - y) / (1 - p)
    steps["d_u"] = steps["d_yhat"] * p * (1 - p)
    steps["d_w0"] = steps["d_u"]
    steps["d_w1"] = steps["d_u"] * w1
    return steps


@wrong("NB05.E03", "M04", "summed over the examples")
def logreg_gradient_sum(w, X, y):
    return sum((sig(row @ w) - label) * row for row, label in zip(X, y, strict=True))


@wrong("NB05.E03", "M09", "a sigmoid slope that the loss has cancelled")
def logreg_gradient_slope(w, X, y):
    p = sig(X @ w)
    err = (p - y) * p * (1 - p)
    return np.einsum("n,nd->d", err, X) / X.shape[0]


@wrong("NB05.E03", "M10", "= in the loop")
def logreg_gradient_last(w, X, y):
    N = len(X)
    grad = np.zeros(w.shape)
    for i in range(N):
        p = sig(np.dot(X[i], w))
        grad = (p - y[i]) * X[i] / N
    return grad


@wrong("NB05.E04", "M04", "descends along the sum")
def logreg_fit_sum(X, y, lr, tol, max_steps):
    w = np.zeros(X.shape[1])

    def loss():
        u = X @ w
        return float(np.mean(np.logaddexp(0, u) - y * u))

    history = [loss()]
    for _step in range(max_steps):
        g = X.T @ (sig(X @ w) - y)
        if np.linalg.norm(g) < tol:
            return w, history
        w = w - lr * g
        history.append(loss())
    return w, history


@wrong("NB05.E05", "M20", "sums down the columns")
def entropies_columns(p, q):
    p, q = np.asarray(p, float), np.asarray(q, float)
    logp = np.log(np.where(p > 0, p, 1))
    H = -(p * logp).sum(axis=0)
    CE = -(p * np.log(q)).sum(axis=0)
    return H, CE, CE - H


@wrong("NB05.E05", "M06", "the minus of entropy and cross entropy is lost")
def entropies_plus(p, q):
    safe = np.where(p == 0, 1.0, p)
    H = np.sum(p * np.log(safe), -1)
    CE = np.sum(p * np.log(q), -1)
    KL = np.sum(p * (np.log(safe) - np.log(q)), -1)
    return H, CE, KL


def soft(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@wrong("NB05.E06", "M13", "each score changes its own probability only")
def softmax_diagonal(z, g):
    out = np.empty_like(z)
    for n in range(len(z)):
        p = soft(z[n])
        for i in range(z.shape[1]):
            out[n, i] = g[n, i] * p[i] * (1 - p[i])
    return out


@wrong("NB05.E06", "M20", "a softmax down each column")
def softmax_columns(z, g):
    shifted = z - np.amax(z, axis=0)
    P = np.exp(shifted) / np.sum(np.exp(shifted), axis=0)
    return P * (g - np.sum(P * g, axis=0))


@wrong("NB05.E06", "M27", "no maximum taken off")
def softmax_unshifted(z, g):
    res = []
    for zi, gi in zip(z, g, strict=True):
        s = np.exp(zi) / np.exp(zi).sum()
        J = np.diag(s) - np.outer(s, s)
        res.append(J @ gi)
    return np.array(res)


@wrong("NB05.E07", "M14", "the one is added")
def softreg_plus_one(W, b, x, y):
    delta = soft(W @ x + b)
    delta[y] += 1
    return delta[:, None] * x, delta, delta @ W


@wrong("NB05.E07", "M35", "classes counted from 1")
def softreg_from_one(W, b, x, y):
    k = len(b)
    target = np.array([1.0 if c + 1 == y else 0.0 for c in range(k)])
    if y == 0:
        target[-1] = 1.0
    d = soft(W.dot(x) + b) - target
    return np.outer(d, x), d, W.T.dot(d)


@wrong("NB05.E07", "M31", "outer(x, delta)")
def softreg_outer(W, b, x, y):
    p = soft(b + W @ x)
    onehot = np.eye(b.size)[y]
    err = p - onehot
    dW = np.zeros((x.size, b.size))
    for j in range(x.size):
        dW[j] = x[j] * err
    return dW, err, np.einsum("kd,k->d", W, err)


def _rows(Z, y):
    y = np.asarray(y)
    return np.eye(Z.shape[1])[y] if y.ndim == 1 else y.astype(float)


@wrong("NB05.E08", "M04", "not divided by N")
def batch_ce_sum(Z, y):
    dZ = soft(Z)
    dZ -= _rows(Z, y)
    return dZ


@wrong("NB05.E08", "M14", "only the probabilities")
def batch_ce_no_labels(Z, y):
    m = Z.max(1)[:, None]
    P = np.exp(Z - m)
    for n in range(len(P)):
        P[n] = P[n] / P[n].sum()
    return P / len(Z)


@wrong("NB05.E08", "", "averaged over all entries, N*k")
def batch_ce_mean_of_all(Z, y):
    return (soft(Z) - _rows(Z, y)) / Z.size


# NB06


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


# NB07


class Tensor:
    """A value with the five fields."""

    def __init__(self, value, requires_grad=False):
        self.value = np.asarray(value, dtype=float)
        self.requires_grad = requires_grad
        self.grad = np.zeros(self.value.shape)
        self._prev = ()
        self._backward = lambda: None


def result_of(value, *operands):
    out = Tensor(value, any(t.requires_grad for t in operands))
    out._prev = operands
    return out


def give(t, share):
    if t.requires_grad:
        t.grad = t.grad + share


def add(a, b):
    out = result_of(a.value + b.value, a, b)

    def _backward():
        for t in (a, b):
            give(t, out.grad)

    out._backward = _backward
    return out


def multiply(a, b):
    out = result_of(a.value * b.value, a, b)

    def _backward():
        give(a, b.value * out.grad)
        give(b, a.value * out.grad)

    out._backward = _backward
    return out


@wrong("NB07.E01", "M19", "each operand gets its own value", "multiply", Tensor=Tensor, add=add)
def multiply_own(a, b):
    c = Tensor(a.value * b.value, a.requires_grad or b.requires_grad)
    c._prev = (a, b)

    def back():
        for operand in c._prev:
            if operand.requires_grad:
                operand.grad = operand.grad + operand.value * c.grad

    c._backward = back
    return c


@wrong("NB07.E01", "M10", "= in the product", "multiply", Tensor=Tensor, add=add)
def multiply_assigns(a, b):
    node = Tensor(np.multiply(a.value, b.value))
    node.requires_grad = a.requires_grad or b.requires_grad
    node._prev = (a, b)

    def step():
        if a.requires_grad:
            a.grad = node.grad * b.value
        if b.requires_grad:
            b.grad = node.grad * a.value

    node._backward = step
    return node


@wrong(
    "NB07.E01", "M12", "adds ones in place of the upstream gradient", "add", Tensor=Tensor, multiply=multiply
)
def add_ones(a, b):
    total = result_of(a.value + b.value, a, b)

    def _backward():
        give(a, np.ones_like(a.value))
        give(b, np.ones_like(b.value))

    total._backward = _backward
    return total


@wrong("NB07.E02", "M15", "looks where out.grad is positive")
def relu_of_gradient(x):
    out = result_of(np.maximum(x.value, 0), x)

    def _backward():
        if not x.requires_grad:
            return
        x.grad = x.grad + np.maximum(out.grad, 0)

    out._backward = _backward
    return out


@wrong("NB07.E02", "M17", "the ReLU's value times upstream")
def relu_value_as_slope(x):
    y = np.where(x.value > 0, x.value, 0.0)
    node = Tensor(y, x.requires_grad)
    node._prev = (x,)

    def _backward():
        if x.requires_grad:
            x.grad = x.grad + y * node.grad

    node._backward = _backward
    return node


@wrong("NB07.E02", "M10", "x.grad is overwritten")
def relu_assigns(x):
    alive = x.value > 0
    node = Tensor(x.value * alive, x.requires_grad)
    node._prev = (x,)

    def _backward():
        if x.requires_grad:
            x.grad = np.where(alive, node.grad, 0.0)

    node._backward = _backward
    return node


@wrong("NB07.E04", "M24", "inner nodes keep what an earlier call has left")
def backward_stale(self, grad=None):
    if not self.requires_grad:
        raise RuntimeError("needs requires_grad")
    if grad is None:
        if self.value.size != 1:
            raise ValueError("give a gradient")
        grad = 1.0
    order, done, stack = [], set(), [(self, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(node)
        elif id(node) not in done:
            done.add(id(node))
            stack.append((node, True))
            stack.extend((p, False) for p in node._prev)
    self.grad = self.grad + np.ones_like(self.value) * grad
    for node in order[::-1]:
        node._backward()


@wrong("NB07.E04", "M11", "each node hands on when it is first met")
def backward_breadth_first(self, grad=None):
    if not self.requires_grad:
        raise RuntimeError("this Tensor does not require a gradient")
    if grad is None and np.size(self.value) > 1:
        raise ValueError("backward of an array needs grad")
    queue, known = [self], {id(self)}
    for node in queue:
        for p in node._prev:
            if id(p) not in known:
                known.add(id(p))
                queue.append(p)
    for node in queue:
        if node._prev:
            node.grad = np.zeros_like(node.value)
    start = np.ones_like(self.value) * (1.0 if grad is None else grad)
    self.grad = start if self._prev else self.grad + start
    for node in queue:
        node._backward()


@wrong("NB07.E06", "M36", "axes of length 1 are lost")
def unbroadcast_loses_ones(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for axis in range(len(shape) - 1, -1, -1):
        if shape[axis] == 1:
            g = np.sum(g, axis=axis)
    return g


@wrong("NB07.E06", "M21", "only the axes in front are summed")
def unbroadcast_front_only(g, shape):
    front = g.ndim - len(shape)
    return np.sum(g, axis=tuple(range(front)))


def matmul(a, b):
    out = result_of(a.value @ b.value, a, b)

    def _backward():
        give(a, out.grad @ b.value.T)
        give(b, a.value.T @ out.grad)

    out._backward = _backward
    return out


def unbroadcast(g, shape):
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    ones = tuple(i for i, n in enumerate(shape) if n == 1)
    return g.sum(axis=ones, keepdims=True) if ones else g


def sum_(x, axis=None, keepdims=False):
    out = result_of(np.sum(x.value, axis=axis, keepdims=keepdims), x)

    def _backward():
        g = out.grad if axis is None or keepdims else np.expand_dims(out.grad, axis)
        give(x, np.broadcast_to(g, x.value.shape))

    out._backward = _backward
    return out


def mean_(x, axis=None, keepdims=False):
    out = result_of(np.mean(x.value, axis=axis, keepdims=keepdims), x)

    def _backward():
        g = out.grad if axis is None or keepdims else np.expand_dims(out.grad, axis)
        give(x, np.broadcast_to(g, x.value.shape) * out.value.size / x.value.size)

    out._backward = _backward
    return out


def broadcast_add(a, b):
    out = result_of(a.value + b.value, a, b)

    def _backward():
        give(a, unbroadcast(out.grad, a.value.shape))
        give(b, unbroadcast(out.grad, b.value.shape))

    out._backward = _backward
    return out


def broadcast_mul(a, b):
    out = result_of(a.value * b.value, a, b)

    def _backward():
        give(a, unbroadcast(out.grad * b.value, a.value.shape))
        give(b, unbroadcast(out.grad * a.value, b.value.shape))

    out._backward = _backward
    return out


def fit_affine(X, y, lr, steps):
    N, k = y.shape
    w, b, history = np.zeros((X.shape[1], k)), np.zeros(k), []
    for _ in range(steps + 1):
        r = X @ w + b - y
        history.append(float((r**2).mean()))
        if len(history) <= steps:
            w, b = w - lr * 2 * X.T @ r / (N * k), b - lr * 2 * r.sum(0) / (N * k)
    return w, b, history


ARRAY_OPS = dict(
    matmul=matmul,
    sum=sum_,
    mean=mean_,
    broadcast_add=broadcast_add,
    broadcast_mul=broadcast_mul,
    fit_affine=fit_affine,
)


@wrong("NB07.E07", "M01", "transposes are missing in the product", "matmul", **ARRAY_OPS)
def matmul_untransposed(a, b):
    z = result_of(a.value.dot(b.value), a, b)

    def _backward():
        give(a, z.grad.dot(b.value))
        give(b, a.value.dot(z.grad))

    z._backward = _backward
    return z


@wrong("NB07.E07", "M04", "the mean hands back what a sum would", "mean", **ARRAY_OPS)
def mean_without_count(x, axis=None, keepdims=False):
    node = result_of(x.value.mean(axis=axis, keepdims=keepdims), x)

    def _backward():
        up = node.grad
        if axis is not None and not keepdims:
            up = np.expand_dims(up, axis)
        give(x, up * np.ones_like(x.value))

    node._backward = _backward
    return node


@wrong("NB07.E07", "M19", "own operand, with broadcasting", "broadcast_mul", **ARRAY_OPS)
def broadcast_mul_own(a, b):
    node = result_of(a.value * b.value, a, b)

    def _backward():
        for t in node._prev:
            give(t, unbroadcast(node.grad * t.value, t.value.shape))

    node._backward = _backward
    return node


# NB08


def fit(g, x):
    g = np.asarray(g)
    g = g.sum(axis=tuple(range(g.ndim - np.ndim(x))))
    for i, n in enumerate(np.shape(x)):
        if n == 1:
            g = g.sum(axis=i, keepdims=True)
    return g


def _rules():
    return {
        "negative": [lambda g, ans, x: -g],
        "exp": [lambda g, ans, x: g * ans],
        "log": [lambda g, ans, x: g / x],
        "reciprocal": [lambda g, ans, x: -g * ans * ans],
        "add": [lambda g, ans, x, y: fit(g, x), lambda g, ans, x, y: fit(g, y)],
        "subtract": [lambda g, ans, x, y: fit(g, x), lambda g, ans, x, y: -fit(g, y)],
        "multiply": [lambda g, ans, x, y: fit(g * y, x), lambda g, ans, x, y: fit(g * x, y)],
        "dot": [lambda g, ans, x, y: g @ y.T, lambda g, ans, x, y: x.T @ g],
    }


@wrong("NB08.E01", "M21", "broadcasting is not undone in add and subtract")
def rules_without_fit(table):
    def same(g, ans, x, y):
        return g

    def minus(g, ans, x, y):
        return np.negative(g)

    table.update(_rules())
    table["add"] = [same, same]
    table["subtract"] = [same, minus]


@wrong("NB08.E01", "M06", "subtract passes g to both")
def rules_subtract_plus(table):
    for key, rules in _rules().items():
        table[key] = rules
    table["subtract"][1] = lambda g, ans, x, y: fit(g, y)


@wrong("NB08.E01", "M01", "the product's operands are not transposed")
def rules_dot_untransposed(table):
    table |= _rules()

    def for_x(g, ans, x, y):
        return np.matmul(g, y)

    def for_y(g, ans, x, y):
        return np.matmul(x, g)

    table["dot"] = [for_x, for_y]


def add_outgrads(prev, g):
    return g if prev is None else prev + g


@wrong("NB08.E02", "M10", "the last share wins", "backward_pass", add_outgrads=add_outgrads)
def pass_last_share(g, end_node):
    outgrads = {id(end_node): g}
    for node in toposort(end_node):
        bar = outgrads[id(node)]
        for argnum, parent in zip(node.argnums, node.parents, strict=True):
            vjp = primitive_vjps[node.fun][argnum]
            outgrads[id(parent)] = vjp(bar, node.value, *node.args, **node.kwargs)
    return bar


def back_to_root(g, end, root):
    bars = {id(end): np.asarray(g, dtype=float)}
    for node in toposort(end):
        bar = bars[id(node)]
        for argnum, parent in zip(node.argnums, node.parents, strict=True):
            share = primitive_vjps[node.fun][argnum](bar, node.value, *node.args, **node.kwargs)
            bars[id(parent)] = add_outgrads(bars.get(id(parent)), share)
    return bars[id(root)]


def make_vjp(fun, x):
    root = Node(np.array(x, dtype=float))
    end = fun(root)
    if not isinstance(end, Node):
        return (lambda g: np.zeros(np.shape(x))), end
    return (lambda g: back_to_root(g, end, root)), end.value


def grad_with(make, first=0):
    def grad(fun, argnum=0):
        def gradient(*args):
            place = argnum - first

            def of_one(a):
                return fun(*[a if i == place % len(args) else arg for i, arg in enumerate(args)])

            vjp, value = make(of_one, args[place])
            if np.size(value) != 1:
                raise ValueError("the output is not a single number")
            return vjp(np.ones(np.shape(value)))

        return gradient

    return grad


@wrong("NB08.E03", "M12", "vjp starts from ones, not from g", "make_vjp", grad=grad_with(make_vjp))
def make_vjp_of_ones(fun, x):
    root = Node(np.asarray(x, dtype=float))
    end = fun(root)
    if isinstance(end, Node):

        def vjp(g):
            return back_to_root(np.ones_like(end.value), end, root)

        return vjp, end.value
    return (lambda g: np.zeros_like(root.value)), end


WRONG.append(
    Wrong("NB08.E03", "M35", "argnum counted from 1", {"make_vjp": make_vjp, "grad": grad_with(make_vjp, 1)})
)


@wrong("NB08.E04", "M12", "self.grad is not used")
class SigmoidLocal(CompNode):
    def __init__(self, x):
        super().__init__(x)
        self.x = x

    def forward(self):
        self.value = 0.5 * (1 + np.tanh(0.5 * self.x.value))

    def backward(self):
        self.x.addgrad(self.value * (1 - self.value))


@wrong("NB08.E04", "M08", "the sigmoid is taken of the value once more")
class SigmoidTwice(CompNode):
    def __init__(self, x):
        super().__init__(x)
        self.x = x

    @staticmethod
    def squash(v):
        e = np.exp(-abs(v))
        return np.where(v < 0, e, 1.0) / (1 + e)

    def forward(self):
        self.value = self.squash(self.x.value)

    def backward(self):
        s = self.squash(self.value)
        self.x.addgrad(self.grad * s * (1 - s))


@wrong("NB08.E04", "M27", "1/(1+exp(-x)) as it stands")
class SigmoidPlain(CompNode):
    def __init__(self, x):
        super().__init__(x)
        self.x = x

    def forward(self):
        self.value = 1.0 / (1.0 + np.exp(-self.x.value))

    def backward(self):
        delta = np.multiply(self.grad, self.value - self.value**2)
        self.x.addgrad(delta)


class _Affine(CompNode):
    def __init__(self, params, x):
        super().__init__(params.w, params.b, x)
        self.params = params
        self.x = x

    def forward(self):
        self.value = self.x.value @ self.params.w.value + self.params.b.value


@wrong("NB08.E05", "M33", "sums over the examples by itself")
class AffineSummed(_Affine):
    def backward(self):
        self.params.w.addgrad(self.x.value.T @ self.grad)
        self.params.b.addgrad(self.grad.sum(axis=0))
        self.x.addgrad(self.grad @ self.params.w.value.T)


@wrong("NB08.E05", "M31", "each example's outer product the other way round")
class AffineOuter(_Affine):
    def backward(self):
        each = [np.outer(g, x) for g, x in zip(self.grad, self.x.value, strict=True)]
        self.params.w.addgrad(np.array(each))
        self.params.b.addgrad(self.grad)
        self.x.addgrad(np.einsum("nk,dk->nd", self.grad, self.params.w.value))


@wrong("NB08.E05", "M01", "w without its transpose")
class AffineUntransposed(_Affine):
    def backward(self):
        self.params.b.addgrad(self.grad)
        self.params.w.addgrad(np.einsum("nd,nk->ndk", self.x.value, self.grad))
        self.x.addgrad(self.grad @ self.params.w.value)


def Backward(loss):
    for n in CompNodes + Parameters:
        n.grad = np.zeros(np.shape(n.value))
    loss.grad = np.full(loss.value.shape, 1 / loss.value.size)
    for n in CompNodes[::-1]:
        n.backward()


def UpdateParameters(lr):
    for p in Parameters:
        p.value = p.value - lr * p.grad


def train_step_with(backward, update):
    def train_step(loss, lr):
        Forward()
        before = float(np.mean(loss.value))
        backward(loss)
        update(lr)
        return before

    return train_step


def backward_of_sum(loss):
    for n in [*Parameters, *CompNodes]:
        n.grad = np.zeros_like(n.value, dtype=float)
    loss.grad = np.ones_like(loss.value)
    for n in reversed(CompNodes):
        n.backward()


def backward_not_zeroed(loss):
    for node in [*CompNodes, *Parameters]:
        if getattr(node, "grad", None) is None:
            node.grad = np.zeros_like(node.value)
    for node in CompNodes:
        node.grad = np.zeros_like(node.value)
    loss.grad = np.ones(len(loss.value)) / len(loss.value)
    for node in reversed(CompNodes):
        node.backward()


def update_uphill(lr):
    for i in range(len(Parameters)):
        Parameters[i].value = Parameters[i].value + lr * Parameters[i].grad


def _edf(label, why, backward=Backward, update=UpdateParameters):
    step = train_step_with(backward, update)
    parts = {"Backward": backward, "UpdateParameters": update, "train_step": step}
    WRONG.append(Wrong("NB08.E06", label, why, parts))


_edf("M04", "ones at the loss, not 1/N", backward=backward_of_sum)
_edf("M24", "the parameters' gradients are not zeroed", backward=backward_not_zeroed)
_edf("M06", "a step uphill", update=update_uphill)


class _Fused(Function):
    @staticmethod
    def forward(ctx, u, y):
        e = np.exp(-np.abs(u))
        p = np.where(u >= 0, 1.0, e) / (1 + e)
        ctx.save_for_backward(p, y)
        return np.mean(np.maximum(u, 0) - u * y + np.log1p(e))


@wrong("NB08.E07", "M12", "g is not used")
class FusedNoCotangent(_Fused):
    @staticmethod
    def backward(ctx, g):
        p, y = ctx.saved_tensors
        return np.subtract(p, y) / len(y), None


@wrong("NB08.E07", "M04", "1/N is forgotten")
class FusedSum(_Fused):
    @staticmethod
    def backward(ctx, g):
        probs, labels = ctx.saved_tensors
        u_bar = np.array([g * (a - b) for a, b in zip(probs, labels, strict=True)])
        return u_bar, None


@wrong("NB08.E07", "M09", "the sigmoid's slope although the two are fused")
class FusedSlope(_Fused):
    @staticmethod
    def backward(ctx, g):
        p, y = ctx.saved_tensors
        return g * (p - y) * p * (1 - p) / p.size, None


# NB09


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


# NB10


def affine_fixed(dY, X, W):
    return dY @ W.T, X.T @ dY, dY.sum(axis=0)


def mse_fixed(X, y, W, w):
    H = np.tanh(X @ W)
    e = 2 * (H @ w - y) / len(y)
    return X.T @ (np.outer(e, w) * (1 - H**2)), H.T @ e


def residual_fixed(dY, X, W1, W2):
    return dY + ((dY @ W2.T) * (X @ W1 > 0)) @ W1.T


def relu_fixed(dY, X):
    return dY * (X > 0)


def normalize_fixed(dY, X, eps):
    s = 1 / np.sqrt(X.var(axis=0) + eps)
    xh = (X - X.mean(axis=0)) * s
    return s * (dY - dY.mean(axis=0) - xh * (dY * xh).mean(axis=0))


REPAIRED = dict(
    affine_backward_broken=affine_fixed,
    mse_backward_broken=mse_fixed,
    residual_backward_broken=residual_fixed,
    relu_backward_broken=relu_fixed,
    normalize_backward_broken=normalize_fixed,
)


@wrong("NB10.E04", "M32", "the bias mended with a sum over everything", "affine_backward_broken", **REPAIRED)
def affine_summed_whole(dY, X, W):
    db = 0.0
    for row in dY:
        db += row.sum()
    return dY.dot(W.T), np.einsum("nd,nk->dk", X, dY), db


@wrong("NB10.E04", "M23", "the mean is mended, the variance is not", "normalize_backward_broken", **REPAIRED)
def normalize_half_mended(dY, X, eps):
    std = np.sqrt(X.var(axis=0) + eps)
    dX = dY / std
    dX = dX - dX.sum(axis=0) / len(dX)
    return dX


@wrong("NB10.E04", "M17", "the value of the ReLU as its slope", "relu_backward_broken", **REPAIRED)
def relu_times_value(dY, X):
    mask = X * (X > 0)
    return mask * dY


@wrong("NB10.E04", "M05", "still divides by N a second time", "mse_backward_broken", **REPAIRED)
def mse_twice(X, y, W, w):
    N = X.shape[0]
    H = np.tanh(np.dot(X, W))
    err = (2 / N) * (np.dot(H, w) - y)
    dw = np.zeros_like(w)
    dW = np.zeros_like(W)
    for n in range(N):
        dw += err[n] * H[n]
        dW += np.outer(X[n], err[n] * w * (1 - H[n] ** 2)) / N
    return dW, dw


# without a name in the catalogue


@wrong("NB02.E05", "", "the cosine is not shifted")
def schedule_cosine(kind, t, eta0, **kw):
    if kind == "cosine":
        return float(eta0 * math.cos(math.pi * t / kw["t_max"]))
    if kind == "step":
        return eta0 * kw["drop"] ** (t // kw["every"])
    return eta0 / (1 + kw["k"] * t) if kind == "inverse" else eta0


@wrong("NB03.E02", "", "a difference to one side only")
def nudge_one_side(f, x, eps=1e-6):
    x = np.array(x, dtype=float)
    base = f(x.copy())
    g = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        moved = x.copy()
        moved[i] += eps * 1e3
        g[i] = (f(moved) - base) / (eps * 1e3)
    return g


@wrong("NB04.E05", "", "parents stand behind their children")
def order_reversed(parents):
    left = {n: set(p) for n, p in parents.items()}
    order = []
    while left:
        free = [n for n, p in left.items() if not p]
        if not free:
            raise ValueError("there is a cycle")
        for n in free:
            del left[n]
        for p in left.values():
            p.difference_update(free)
        order += free
    return order[::-1]


@wrong("NB05.E06", "", "p enters only once")
def softmax_without_outer_p(z, g):
    p = soft(z)
    return p * g - (p * g).sum(axis=1, keepdims=True)


@wrong("NB06.E01", "", "ReLU in place of the sigmoid")
def forward_relu(p, x, t):
    z = p["W1"] @ x + p["b1"]
    h = np.maximum(z, 0)
    y = p["W2"] @ h + p["b2"]
    return {"z": z, "h": h, "y": y, "L": 0.5 * np.sum((y - t) ** 2)}


@wrong("NB06.E06", "", "the bias takes the largest entry")
def affine_max_bias(dY, X, W):
    return np.inner(dY, W), np.tensordot(X, dY, axes=(0, 0)), dY.max(axis=0)


@wrong("NB09.E02", "", "elu's slope is its value on the left")
def activations_elu_value(name, x, g):
    if name == "elu":
        return g * np.where(x > 0, 1.0, np.expm1(np.minimum(x, 0)))
    return _others(name, x, g)


@wrong("NB09.E04", "", "kaiming's variance as a standard deviation")
def init_no_root(kind, fan_in, fan_out, rng):
    shape = (fan_in, fan_out)
    if kind == "zeros":
        return np.zeros(shape)
    sd = {"normal": 0.01, "xavier": 2 / (fan_in + fan_out), "kaiming": 2 / fan_in}[kind]
    return rng.normal(0, sd, shape)


@wrong("NB10.E01", "", "a small constant below")
def relative_error_blind(a, b):
    a, b = np.asarray(a, float), np.asarray(b, float)
    return float(np.max(np.abs(a - b) / (np.abs(a) + np.abs(b) + 1e-8)))

"""Answers to NB02, right and wrong."""

from __future__ import annotations

import math

import numpy as np

from . import Right, Wrong

# NB02.E01


def losses_residual_the_other_way(y, yhat):
    r = y - yhat  # residual
    return r**2, np.abs(r), 2 * r, np.sign(r)


def losses_half_square_slope(y, yhat):
    sq, ab, dsq, dab = [], [], [], []
    for target, pred in zip(y, yhat, strict=True):
        diff = pred - target
        sq.append(diff * diff)
        ab.append(abs(diff))
        dsq.append(diff)
        dab.append(0.0 if diff == 0 else diff / abs(diff))
    return np.array(sq), np.array(ab), np.array(dsq), np.array(dab)


def losses_slopes_of_the_mean(y, yhat):
    m = y.size
    err = yhat - y
    return np.square(err), np.abs(err), (2 / m) * err, (1 / m) * np.sign(err)


def losses_plus_one_at_the_corner(y, yhat):
    e = np.subtract(yhat, y)
    dab = np.ones(e.shape)
    dab[e < 0] = -1
    return e**2, np.maximum(e, -e), 2 * e, dab


def losses_each_with_its_slope(y, yhat):
    e = yhat - y
    squared = (e**2, 2 * e)
    absolute = (np.sqrt(e**2), (e > 0) * 1.0 - (e < 0))
    return (*squared, *absolute)


def losses_added_up(y, yhat):
    e = yhat - y
    return float(e @ e), float(np.linalg.norm(e, 1)), 2 * e, np.sign(e)


def losses_with_a_loop(y, yhat):
    rows = []
    for i in range(len(y)):
        e = float(yhat[i]) - float(y[i])
        sign = 1.0 if e > 0 else -1.0 if e < 0 else 0.0
        rows.append((e**2, e * sign, 2 * e, sign))
    return [list(column) for column in zip(*rows, strict=True)]


# NB02.E02


def ols_plus_sign(beta, x, y):
    a, b = beta
    res = y - (a + b * x)
    return np.array([2 * res.sum(), 2 * np.dot(res, x)])


def ols_mean(beta, x, y):
    X = np.column_stack([np.ones_like(x), x])
    return 2 * X.T @ (X @ beta - y) / X.shape[0]


def ols_without_two(beta, x, y):
    g0 = g1 = 0.0
    for xi, yi in zip(x, y, strict=True):
        err = beta[0] + beta[1] * xi - yi
        g0 += err
        g1 += err * xi
    return np.array([g0, g1])


def ols_only_the_last(beta, x, y):
    grad = np.zeros(2)
    for i in range(len(x)):
        e = y[i] - beta[0] - beta[1] * x[i]
        grad[0] = -2 * e
        grad[1] = -2 * e * x[i]
    return grad


def ols_slope_first(beta, x, y):
    e = y - np.polyval(beta[::-1], x)
    d_slope, d_intercept = -2 * np.sum(x * e), -2 * np.sum(e)
    return np.array([d_slope, d_intercept])


def ols_one_column_for_each_example(beta, x, y):
    e = y - beta[0] - beta[1] * x
    return np.array([-2 * e, -2 * e * x])


def ols_summed_the_wrong_way(beta, x, y):
    X = np.vstack([np.ones(len(x)), x])  # (2, N)
    e = y - beta @ X
    return np.sum(-2 * e * X, axis=0)


def ols_mean_and_sign(beta, x, y):
    e = y - (beta[0] + beta[1] * x)
    return np.array([2 * np.mean(e), 2 * np.mean(e * x)])


def ols_input_forgotten(beta, x, y):
    e = y - (beta[0] + beta[1] * x)
    total = -2 * sum(e)
    return np.full(2, total)


def ols_design_matrix(beta, x, y):
    X = np.vander(x, 2, increasing=True)
    return 2.0 * np.einsum("nd,n->d", X, X @ np.asarray(beta) - y)


def ols_from_moments(beta, x, y):
    n, sx, sy, sxx, sxy = len(x), x.sum(), y.sum(), (x * x).sum(), (x * y).sum()
    b0, b1 = beta
    return [2 * (n * b0 + sx * b1 - sy), 2 * (sx * b0 + sxx * b1 - sxy)]


# NB02.E03


def _too_large(loss):
    if not np.isfinite(loss) or loss > 1e12:
        raise FloatingPointError("the step size is too large")
    return float(loss)


def fit_one_after_the_other(x, y, lr, tol, max_steps):
    b0, b1 = 0.0, 0.0
    history = [_too_large(np.sum((y - b0 - b1 * x) ** 2))]
    for _ in range(max_steps):
        g0 = -2 * np.sum(y - b0 - b1 * x)
        g1 = -2 * np.sum((y - b0 - b1 * x) * x)
        if math.hypot(g0, g1) < tol:
            break
        b0 = b0 - lr * g0
        b1 = b1 - lr * -2 * np.sum((y - b0 - b1 * x) * x)
        history.append(_too_large(np.sum((y - b0 - b1 * x) ** 2)))
    return np.array([b0, b1]), history


def fit_on_the_mean(x, y, lr, tol, max_steps):
    X = np.stack([np.ones(len(x)), x], axis=1)
    beta = np.zeros(2)
    losses = [float(np.sum((X @ beta - y) ** 2))]
    step = 0
    while step < max_steps:
        g = 2 / len(x) * X.T @ (X @ beta - y)
        if np.linalg.norm(g) < tol:
            break
        beta -= lr * g
        losses.append(_too_large(np.sum((X @ beta - y) ** 2)))
        step += 1
    return beta, losses


def fit_without_two(x, y, lr, tol, max_steps):
    def residuals(b):
        return y - b[0] - b[1] * x

    b, hist = np.array([0.0, 0.0]), [float(np.sum(y**2))]
    for _ in range(max_steps):
        r = residuals(b)
        g = -np.array([r.sum(), r @ x])
        if np.sqrt(g @ g) < tol:
            return b, hist
        b = b - lr * g
        hist.append(_too_large(residuals(b) @ residuals(b)))
    return b, hist


def fit_tests_after_the_step(x, y, lr, tol, max_steps):
    beta = np.zeros(2)
    history = [float(np.sum(y**2))]
    for _ in range(max_steps):
        e = y - beta[0] - beta[1] * x
        g = -2 * np.array([np.sum(e), np.sum(e * x)])
        beta = beta - lr * g
        history.append(_too_large(np.sum((y - beta[0] - beta[1] * x) ** 2)))
        if np.linalg.norm(g) < tol:
            break
    return beta, history


def fit_history_without_the_start(x, y, lr, tol, max_steps):
    beta, history = np.zeros(2), []
    for _ in range(max_steps):
        e = beta[0] + beta[1] * x - y
        g = np.array([2 * np.sum(e), 2 * np.sum(e * x)])
        if np.linalg.norm(g) < tol:
            break
        beta = beta - lr * g
        history.append(_too_large(np.sum((beta[0] + beta[1] * x - y) ** 2)))
    return beta, history


def fit_with_matrices(x, y, lr, tol, max_steps):
    X = np.c_[np.ones(x.size), x]
    H, c = X.T @ X, X.T @ y
    beta = np.zeros((2, 1))
    history = []
    for step in range(max_steps + 1):
        with np.errstate(over="ignore", invalid="ignore"):
            loss = float(np.sum((y[:, None] - X @ beta) ** 2))
        if math.isnan(loss) or loss > 1e12:
            raise FloatingPointError(f"loss {loss} after {step} steps: the step size is too large")
        history.append(loss)
        g = 2 * (H @ beta - c[:, None])
        if step == max_steps or np.linalg.norm(g) < tol:
            break
        beta = beta - lr * g
    return beta[:, 0], history


def fit_with_floats(x, y, lr, tol, max_steps):
    points = list(zip(x.tolist(), y.tolist(), strict=True))
    a = b = 0.0

    def loss():
        value = sum((q - a - b * p) ** 2 for p, q in points)
        if not value <= 1e12:
            raise FloatingPointError("exploded, the step size is too large")
        return value

    history = [loss()]
    while len(history) <= max_steps:
        ga = sum(-2 * (q - a - b * p) for p, q in points)
        gb = sum(-2 * (q - a - b * p) * p for p, q in points)
        if (ga**2 + gb**2) ** 0.5 < tol:
            break
        a, b = a - lr * ga, b - lr * gb
        history.append(loss())
    return [a, b], history


# NB02.E04


def graph_half_slope(w0, w1, x, y):
    u = w1 * x
    yhat = w0 + u
    z = yhat - y
    d_z = z
    return {
        "u": u, "yhat": yhat, "z": z, "L": z * z,
        "d_z": d_z, "d_yhat": d_z, "d_u": d_z, "d_w0": d_z, "d_w1": d_z * x,
    }  # fmt: skip


def graph_scaled_by_itself(w0, w1, x, y):
    out = {}
    out["u"] = w1 * x
    out["yhat"] = w0 + out["u"]
    out["z"] = out["yhat"] - y
    out["L"] = out["z"] ** 2
    out["d_z"] = 2 * out["z"]
    for name in ("d_yhat", "d_u", "d_w0"):
        out[name] = out["d_z"]
    out["d_w1"] = out["d_u"] * w1
    return out


def graph_local_slopes(w0, w1, x, y):
    u = w1 * x
    yhat = w0 + u
    z = yhat - y
    values = dict(u=u, yhat=yhat, z=z, L=z**2)
    slopes = dict(d_z=2 * z, d_yhat=1.0, d_u=1.0, d_w0=1.0, d_w1=x)
    return values | slopes


def graph_target_first(w0, w1, x, y):
    u = w1 * x
    yhat = w0 + u
    z = yhat - y
    L = z**2
    d_z = 2 * (y - yhat)  # derivative of the square
    d_yhat = d_z * 1
    d_u = d_yhat * 1
    d_w0 = d_yhat * 1
    d_w1 = d_u * x
    names = ["u", "yhat", "z", "L", "d_z", "d_yhat", "d_u", "d_w0", "d_w1"]
    return dict(zip(names, [u, yhat, z, L, d_z, d_yhat, d_u, d_w0, d_w1], strict=True))


def graph_with_a_tape(w0, w1, x, y):
    v = {"u": w1 * x}
    v["yhat"] = v["u"] + w0
    v["z"] = v["yhat"] - y
    v["L"] = v["z"] * v["z"]
    bar = dict.fromkeys(["L", "z", "yhat", "u", "w0", "w1", "x", "y"], 0.0)
    bar["L"] = 1.0
    edges = [
        ("L", "z", 2 * v["z"]), ("z", "yhat", 1), ("z", "y", -1), ("yhat", "w0", 1),
        ("yhat", "u", 1), ("u", "w1", x), ("u", "x", w1),
    ]  # fmt: skip
    for out, into, slope in edges:
        bar[into] += bar[out] * slope
    return {**v, **{f"d_{name}": value for name, value in bar.items()}}  # a few more than asked


def graph_zero_d_arrays(w0, w1, x, y):
    w0, w1, x, y = map(np.asarray, (w0, w1, x, y))
    z = w0 + w1 * x - y
    return {
        "L": np.square(z), "z": z, "yhat": z + y, "u": w1 * x,
        "d_z": 2 * z, "d_yhat": 2 * z, "d_u": 2 * z, "d_w0": 2 * z, "d_w1": 2 * z * x,
    }  # fmt: skip


# NB02.E05


def rate_from_one(kind, t, eta0, **kw):
    t = t + 1  # the first step is number one
    if kind == "constant":
        return eta0
    if kind == "inverse":
        return eta0 / (1 + kw["k"] * t)
    if kind == "step":
        return eta0 * kw["drop"] ** (t // kw["every"])
    if kind == "cosine":
        return eta0 / 2 * (1 + math.cos(math.pi * t / kw["t_max"]))


def rate_drops_smoothly(kind, t, eta0, **kw):
    rules = {
        "constant": lambda: eta0,
        "inverse": lambda: eta0 / (1 + kw["k"] * t),
        "step": lambda: eta0 * kw["drop"] ** (t / kw["every"]),
        "cosine": lambda: 0.5 * eta0 * (1 + np.cos(np.pi * t / kw["t_max"])),
    }
    return float(rules[kind]())


def rate_cosine_not_halved(kind, t, eta0, k=0.0, drop=1.0, every=1, t_max=1):
    if kind == "inverse":
        eta0 /= 1 + k * t
    elif kind == "step":
        for _ in range(t // every):
            eta0 *= drop
    elif kind == "cosine":
        eta0 *= 1 + math.cos(math.pi * t / t_max)
    return eta0


def rate_match(kind, t, eta0, **kw):
    match kind:
        case "constant":
            return eta0
        case "inverse":
            return np.float64(eta0) / (1 + kw.get("k") * t)
        case "step":
            return math.prod([eta0] + [kw["drop"]] * (t // kw["every"]))
        case "cosine":
            return eta0 * math.cos(math.pi * t / (2 * kw["t_max"])) ** 2


# NB02.E06


def search_moves_x(f, grad, x, direction, c=1e-4, rho=0.5):
    s = grad(x) @ direction
    if s >= 0:
        raise ValueError("direction does not lead down")
    f0, eta = f(x), 1.0
    x += eta * direction
    while f(x) > f0 + c * eta * s:
        x -= eta * direction
        eta *= rho
        x += eta * direction
    return eta


def search_any_decrease(f, grad, x, direction, c=1e-4, rho=0.5):
    slope = np.sum(grad(x) * direction)
    if not slope < 0:
        raise ValueError(f"slope is {slope}")
    step = 1.0
    while f(x + step * direction) >= f(x):
        step = step * rho
    return step


def search_slope_is_gradient_length(f, grad, x, direction, c=1e-4, rho=0.5):
    g = grad(x)
    if np.dot(g, direction) >= 0:
        raise ValueError
    eta = 1.0
    while f(x + eta * direction) > f(x) - c * eta * np.dot(g, g):
        eta = rho * eta
    return eta


def search_never_refuses(f, grad, x, direction, c=1e-4, rho=0.5):
    eta, s = 1.0, np.dot(grad(x), direction)
    for _ in range(60):
        if f(x + eta * direction) <= f(x) + c * eta * s:
            break
        eta *= rho
    return eta


def search_by_powers(f, grad, x, direction, c=1e-4, rho=0.5):
    slope = float(np.vdot(grad(x), direction))
    if slope >= 0:
        raise ValueError("the slope must be negative")
    start, k = float(f(x)), 0
    while True:
        eta = np.prod([rho] * k)
        if f(np.add(x, eta * direction)) <= start + c * eta * slope:
            return eta
        k += 1


def search_by_recursion(f, grad, x, direction, c=1e-4, rho=0.5):
    s = sum(a * b for a, b in zip(grad(x), direction, strict=True))
    if s >= 0:
        raise ValueError(f"not a descent direction: {s}")

    def attempt(eta):
        enough = f(x + eta * direction) <= f(x) + c * eta * s
        return np.array(eta) if enough else attempt(eta * rho)

    return attempt(1.0)


WRONG = [
    Wrong("NB02.E01", "M06", "both slopes with respect to the target", losses_residual_the_other_way),
    Wrong("NB02.E01", "M07", "the slope of half the square", losses_half_square_slope),
    Wrong("NB02.E01", "M04", "slopes of the mean losses", losses_slopes_of_the_mean),
    Wrong("NB02.E01", "M16", "slope 1 at the corner", losses_plus_one_at_the_corner),
    Wrong("NB02.E01", "M34", "each loss followed by its slope", losses_each_with_its_slope),
    Wrong("NB02.E01", "M32", "the losses are added up", losses_added_up),
    Wrong("NB02.E02", "M06", "the minus of the residual is lost", ols_plus_sign),
    Wrong("NB02.E02", "M04", "the gradient of the mean", ols_mean),
    Wrong("NB02.E02", "M07", "the 2 is missing", ols_without_two),
    Wrong("NB02.E02", "M10", "each example replaces the one before", ols_only_the_last),
    Wrong("NB02.E02", "M34", "slope first, then intercept", ols_slope_first),
    Wrong("NB02.E02", "M03", "one gradient for each example", ols_one_column_for_each_example),
    Wrong("NB02.E02", "M20", "summed over the parameters", ols_summed_the_wrong_way),
    Wrong("NB02.E02", "M04+M06", "mean, and the minus is lost", ols_mean_and_sign),
    Wrong("NB02.E02", "", "the input is left out", ols_input_forgotten),
    Wrong("NB02.E03", "M26", "the slope is updated with the new intercept", fit_one_after_the_other),
    Wrong("NB02.E03", "M04", "steps along the gradient of the mean", fit_on_the_mean),
    Wrong("NB02.E03", "M07", "the 2 is missing", fit_without_two),
    Wrong("NB02.E03", "", "stops one step late", fit_tests_after_the_step),
    Wrong("NB02.E03", "", "the loss at the start is not kept", fit_history_without_the_start),
    Wrong("NB02.E04", "M07", "the slope of half the square", graph_half_slope),
    Wrong("NB02.E04", "M19", "the weight's bar is scaled by the weight", graph_scaled_by_itself),
    Wrong("NB02.E04", "M12", "the slopes of single assignments", graph_local_slopes),
    Wrong("NB02.E04", "M06", "target minus prediction on the way back", graph_target_first),
    Wrong("NB02.E05", "M35", "steps are counted from 1", rate_from_one),
    Wrong("NB02.E05", "", "parts of a period count too", rate_drops_smoothly),
    Wrong("NB02.E05", "", "the cosine is not halved", rate_cosine_not_halved),
    Wrong("NB02.E06", "M25", "the caller's x is moved", search_moves_x),
    Wrong("NB02.E06", "", "any decrease will do", search_any_decrease),
    Wrong("NB02.E06", "", "the direction is taken for the gradient's", search_slope_is_gradient_length),
    Wrong("NB02.E06", "", "a direction upwards is not refused", search_never_refuses),
]
RIGHT = [
    Right("NB02.E01", "a loop, lists returned", losses_with_a_loop),
    Right("NB02.E02", "a matrix of powers, einsum", ols_design_matrix),
    Right("NB02.E02", "from sums of products, a list returned", ols_from_moments),
    Right("NB02.E03", "columns and matrices", fit_with_matrices),
    Right("NB02.E03", "plain floats, a list as beta", fit_with_floats),
    Right("NB02.E04", "a list of edges, a few keys more", graph_with_a_tape),
    Right("NB02.E04", "arrays without axes", graph_zero_d_arrays),
    Right("NB02.E05", "match and case, other formulas", rate_match),
    Right("NB02.E06", "powers of rho", search_by_powers),
    Right("NB02.E06", "by recursion, a 0-d array", search_by_recursion),
]

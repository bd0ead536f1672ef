"""Wrong answers to NB02, of the second round."""

from __future__ import annotations

import math

import numpy as np

from ._noting import noting

WRONG, wrong = noting()


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

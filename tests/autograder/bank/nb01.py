# ruff: noqa: RUF007 - written as learners write
"""Answers to NB01, right and wrong."""

from __future__ import annotations

import math

import numpy as np

from . import Right, Wrong

GOOD_GATES = {"OR": ((1, 1), 1), "AND": ((1, 1), 2), "NOT": ((-1,), 0)}


# NB01.E01


def unit_on(x, w, theta):
    total = 0.0
    for i in range(len(x)):
        total += x[i] * w[i]
    if total >= theta:
        return 1
    return 0


def unit_strictly_above(x, w, theta):
    if np.dot(x, w) > theta:
        return 1
    else:
        return 0


def unit_threshold_added(x, w, theta):
    # the threshold is like a bias
    z = sum(xi * wi for xi, wi in zip(x, w, strict=True)) + theta
    return int(z >= 0)


def unit_as_bool(x, w, theta):
    return np.inner(w, x) >= theta


# NB01.E02


def perceptron_wrong_way(w, x, t, eta):
    out = 1 if np.dot(w, x) > 0 else 0
    if out == t:
        return w.copy()
    return w + eta * (out - t) * x


def perceptron_changes_w(w, x, t, eta):
    o = int(np.sum(w * x) > 0)
    for i in range(len(w)):
        w[i] += eta * (t - o) * x[i]
    return w


def perceptron_on_at_zero(w, x, t, eta):
    s = 0
    for wi, xi in zip(w, x, strict=True):
        s = s + wi * xi
    o = 1 if s >= 0 else 0
    return np.array([wi + eta * (t - o) * xi for wi, xi in zip(w, x, strict=True)])


def perceptron_forgets_the_input(w, x, t, eta):
    fired = float(w @ x > 0)
    err = t - fired
    return w + eta * err * np.ones(w.shape)


def perceptron_scales_its_weights(w, x, t, eta):
    o = np.heaviside(w @ x, 0.0)
    return np.asarray([wi + eta * (t - o) * wi for wi in w])


def perceptron_by_cases(w, x, t, eta):
    w_new = [float(v) for v in w]
    net = sum(a * b for a, b in zip(w_new, x, strict=True))
    output = 1 if net > 0 else 0
    if output < t:
        w_new = [a + eta * b for a, b in zip(w_new, x, strict=True)]
    elif output > t:
        w_new = [a - eta * b for a, b in zip(w_new, x, strict=True)]
    return w_new


def perceptron_with_heaviside(w, x, t, eta):
    return np.add(w, np.multiply(eta * (t - np.heaviside(np.vdot(w, x), 0)), x))


# NB01.E03


def _careful_sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, e) / (1 + e)


def activation_textbook_sigmoid(name, x, slope=0.01, alpha=1.0):
    if name == "maxout":
        return np.maximum(x[0], x[1]) * 1.0
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 1 / (1 + np.exp(-x))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return x * (x > 0)
    if name == "leaky_relu":
        return np.where(x > 0, x, slope * x)
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def activation_elu_both_sides(name, x, slope=0.01, alpha=1.0):
    if name == "maxout":
        a, b = x
        return np.where(a > b, a, b).astype(float)
    x = np.array(x, dtype=float)
    table = {
        "sigmoid": lambda: _careful_sigmoid(x),
        "tanh": lambda: np.tanh(x),
        "relu": lambda: np.maximum(x, 0),
        "leaky_relu": lambda: np.maximum(x, 0) + slope * np.minimum(x, 0),
        "elu": lambda: np.where(x > 0, x, alpha * (np.exp(x) - 1)),
    }
    return table[name]()


def activation_tanh_by_exponentials(name, x, slope=0.01, alpha=1.0):
    if name == "maxout":
        return np.max(np.stack([x[0], x[1]]).astype(float), axis=0)
    x = np.asarray(x) + 0.0
    if name == "sigmoid":
        return _careful_sigmoid(x)
    elif name == "tanh":
        up, down = np.exp(x), np.exp(-x)
        return (up - down) / (up + down)
    elif name == "relu":
        return np.maximum(x, 0.0)
    elif name == "leaky_relu":
        return np.where(x > 0, x, slope * x)
    elif name == "elu":
        return np.where(x > 0, x, alpha * (np.exp(-np.abs(x)) - 1))


def activation_keeps_the_type(name, x, slope=0.01, alpha=1.0):
    if name == "maxout":
        return np.maximum(*x)
    out = x.copy()
    negative = x < 0
    if name == "relu":
        out[negative] = 0
    elif name == "leaky_relu":
        out[negative] = slope * x[negative]
    elif name == "elu":
        out[negative] = alpha * (np.exp(x[negative]) - 1)
    elif name == "sigmoid":
        out = _careful_sigmoid(x)
    elif name == "tanh":
        out = np.tanh(x)
    return out


def activation_cuts_in_place(name, x, slope=0.01, alpha=1.0):
    if name == "maxout":
        z1, z2 = x
        return np.maximum(z1, z2).astype(float)
    x = np.asarray(x, dtype=float)  # floats are handed on as they are
    below = x < 0
    if name == "sigmoid":
        return _careful_sigmoid(x)
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        x[below] = 0
    if name == "leaky_relu":
        x[below] *= slope
    if name == "elu":
        x[below] = alpha * np.expm1(x[below])
    return x


def activation_slope_on_both_sides(name, x, slope=0.01, alpha=1.0):
    if name == "maxout":
        return np.maximum(x[0], x[1]).astype(float)
    x = np.asarray(x).astype(float)
    if name == "leaky_relu":
        return slope * x
    if name == "relu":
        return (x + abs(x)) / 2
    if name == "elu":
        return np.where(x > 0, x, alpha * np.expm1(-np.abs(x)))
    return {"sigmoid": _careful_sigmoid, "tanh": np.tanh}[name](x)


def activation_number_by_number(name, x, slope=0.01, alpha=1.0):
    if name == "maxout":
        first, second = (np.asarray(part, dtype=float) for part in x)
        flat = [max(a, b) for a, b in zip(first.ravel(), second.ravel(), strict=True)]
        return np.reshape(flat, first.shape)

    def one(z):
        z = float(z)
        if name == "sigmoid":
            return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))
        if name == "tanh":
            return math.tanh(z)
        if z > 0:
            return z
        return {"relu": 0.0, "leaky_relu": slope * z, "elu": alpha * math.expm1(min(z, 0.0))}[name]

    x = np.asarray(x)
    result = np.empty(x.shape)
    for place in np.ndindex(x.shape):
        result[place] = one(x[place])
    return result


def activation_sigmoid_by_tanh(name, x, slope=0.01, alpha=1.0):
    if name == "maxout":
        return np.maximum.reduce([np.asarray(z, float) for z in x])
    x = np.array(x, dtype=np.float64, copy=True)
    match name:
        case "sigmoid":
            return 0.5 * (1 + np.tanh(x / 2))
        case "tanh":
            return 2 * _careful_sigmoid(2 * x) - 1
        case "relu":
            return x.clip(min=0)
        case "leaky_relu":
            return np.maximum(x, 0) + slope * np.minimum(x, 0)
        case "elu":
            return np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0))
    raise ValueError(name)


# NB01.E04


def forward_by_loops(x, W1, W2, g):
    hidden = np.array([sum(W1[i, j] * x[j] for j in range(len(x))) for i in range(len(W1))])
    active = g(hidden)
    return [float(sum(W2[o, i] * active[i] for i in range(len(active)))) for o in range(len(W2))]


def forward_row_vectors(x, W1, W2, g):
    hidden = g(x[None, :] @ W1.T)
    return (hidden @ W2.T).squeeze(axis=0)


def forward_without_transposes(x, W1, W2, g):
    h = g(x @ W1)
    return h @ W2


def forward_output_activated(x, W1, W2, g):
    for W in (W1, W2):
        x = g(np.dot(W, x))
    return x


def forward_column(x, W1, W2, g):
    column = x.reshape(-1, 1)
    return W2 @ g(W1 @ column)


def collapse_einsum(W1, W2):
    return np.einsum("hn,dh->dn", W1, W2)


def collapse_rows_of_inputs(W1, W2):
    return W1.T @ W2.T


def collapse_column_by_column(W1, W2):
    return np.column_stack([W2 @ W1[:, j] for j in range(W1.shape[1])])


# NB01.E05


def count_biases_of_inputs(sizes, bias=True):
    work = sum(a * b for a, b in zip(sizes, sizes[1:], strict=False))
    return work + (sum(sizes) if bias else 0), work


def count_last_pair_only(sizes, bias=True):
    for k in range(len(sizes) - 1):
        weights = sizes[k] * sizes[k + 1]
        biases = sizes[k + 1] if bias else 0
    return weights + biases, weights


def count_wrong_way_round(sizes, bias=True):
    params = flops = 0
    for a, b in zip(sizes[:-1], sizes[1:], strict=True):
        flops += a * b
        params += a * b
        if bias:
            params += b
    return flops, params


def count_from_the_second_layer(sizes, bias=True):
    params, macs = 0, 0
    for layer in range(1, len(sizes) - 1):
        macs += sizes[layer] * sizes[layer + 1]
        params += (sizes[layer] + int(bias)) * sizes[layer + 1]
    return (params, macs)


def count_adds_the_bias(sizes, bias=True):
    n = 0
    for i in range(1, len(sizes)):
        n += (sizes[i - 1] + (1 if bias else 0)) * sizes[i]
    return n, n


def count_by_recursion(sizes, bias=True):
    if len(sizes) < 2:
        return [0, 0]
    params, work = count_by_recursion(sizes[1:], bias)
    here = sizes[0] * sizes[1]
    return [params + here + bias * sizes[1], work + here]


def count_with_dot(sizes, bias=True):
    s = np.array(sizes)
    work = np.dot(s[:-1], s[1:])
    return work + s[1:].sum() * bias, work


WRONG = [
    Wrong(
        "NB01.E01", "", "off at exactly theta", {"GATES": GOOD_GATES, "threshold_unit": unit_strictly_above}
    ),
    Wrong("NB01.E01", "", "theta is added", {"GATES": GOOD_GATES, "threshold_unit": unit_threshold_added}),
    Wrong(
        "NB01.E01",
        "",
        "AND is an OR",
        {"GATES": {"OR": ((1, 1), 1), "AND": ((1, 1), 1), "NOT": ((-1,), 0)}, "threshold_unit": unit_on},
    ),
    Wrong("NB01.E02", "M06", "output minus target", perceptron_wrong_way),
    Wrong("NB01.E02", "M25", "the weights are changed in place", perceptron_changes_w),
    Wrong("NB01.E02", "", "on at exactly zero", perceptron_on_at_zero),
    Wrong("NB01.E02", "", "the input is left out", perceptron_forgets_the_input),
    Wrong("NB01.E02", "M19", "the weight stands in place of its input", perceptron_scales_its_weights),
    Wrong("NB01.E03", "M27", "sigmoid by its formula", activation_textbook_sigmoid),
    Wrong("NB01.E03", "M27", "elu takes the exponential of large numbers", activation_elu_both_sides),
    Wrong("NB01.E03", "M27", "tanh by its formula", activation_tanh_by_exponentials),
    Wrong("NB01.E03", "M28", "the result has the type of the input", activation_keeps_the_type),
    Wrong("NB01.E03", "M25", "negative entries are replaced in place", activation_cuts_in_place),
    Wrong("NB01.E03", "", "leaky on both sides", activation_slope_on_both_sides),
    Wrong(
        "NB01.E04",
        "M01",
        "the weights are not transposed for a row",
        {"mlp_forward": forward_without_transposes, "collapse": collapse_einsum},
    ),
    Wrong(
        "NB01.E04",
        "",
        "the output is activated too",
        {"mlp_forward": forward_output_activated, "collapse": collapse_einsum},
    ),
    Wrong(
        "NB01.E04", "M36", "a column comes out", {"mlp_forward": forward_column, "collapse": collapse_einsum}
    ),
    Wrong(
        "NB01.E04",
        "M02",
        "the collapsed matrix is transposed",
        {"mlp_forward": forward_row_vectors, "collapse": collapse_rows_of_inputs},
    ),
    Wrong("NB01.E05", "", "inputs have biases too", count_biases_of_inputs),
    Wrong("NB01.E05", "M10", "only the last pair counts", count_last_pair_only),
    Wrong("NB01.E05", "M34", "the pair is exchanged", count_wrong_way_round),
    Wrong("NB01.E05", "M35", "layers are counted from 1, the first is missed", count_from_the_second_layer),
    Wrong("NB01.E05", "", "adding a bias counts as work", count_adds_the_bias),
]
RIGHT = [
    Right("NB01.E01", "a loop and two returns", {"GATES": GOOD_GATES, "threshold_unit": unit_on}),
    Right(
        "NB01.E01",
        "a bool from NumPy, other weights, arrays",
        {
            "GATES": {
                "OR": (np.array([2.0, 2.0]), 1.5),
                "AND": ([0.5, 0.5], 0.75),
                "NOT": (np.array([-3.0]), -1),
            },
            "threshold_unit": unit_as_bool,
        },
    ),
    Right("NB01.E02", "three cases, a list returned", perceptron_by_cases),
    Right("NB01.E02", "NumPy calls in place of operators", perceptron_with_heaviside),
    Right("NB01.E03", "number by number", activation_number_by_number),
    Right("NB01.E03", "the sigmoid by tanh, match and case", activation_sigmoid_by_tanh),
    Right(
        "NB01.E04",
        "loops and a list; column by column",
        {"mlp_forward": forward_by_loops, "collapse": collapse_column_by_column},
    ),
    Right("NB01.E04", "rows; einsum", {"mlp_forward": forward_row_vectors, "collapse": collapse_einsum}),
    Right("NB01.E05", "by recursion, a list returned", count_by_recursion),
    Right("NB01.E05", "integers of NumPy", count_with_dot),
]

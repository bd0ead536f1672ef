# ruff: noqa: RUF059 - written as learners write
"""Answers to NB05, right and wrong.

E05 to E08.
"""

from __future__ import annotations

import math

import numpy as np

from . import Right, Wrong


def _soft(z):
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


# NB05.E05


def _entropy(p):
    return -np.sum(p * np.log(np.where(p > 0, p, 1.0)), axis=-1)


def distances_plus_entropy(p, q):
    with_logs = np.sum(np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0), axis=-1)
    ce = -np.sum(p * np.log(q), axis=-1)
    return with_logs, ce, ce + with_logs


def distances_straight_formulas(p, q):
    H = -np.sum(p * np.log(p), axis=-1)
    CE = -np.sum(p * np.log(q), axis=-1)
    KL = np.sum(p * np.log(p / q), axis=-1)
    return H, CE, KL


def distances_first_axis(p, q):
    H = -np.sum(p * np.log(np.where(p == 0, 1, p)), axis=0)
    CE = -np.sum(p * np.log(q), axis=0)
    return H, CE, CE - H


def distances_one_number(p, q):
    safe = p[p > 0]
    H = -(safe * np.log(safe)).sum()
    CE = -(p * np.log(q)).sum()
    return float(H), float(CE), float(CE - H)


def distances_divergence_second(p, q):
    H, CE = _entropy(p), -np.einsum("...k,...k->...", p, np.log(q))
    KL = CE - H
    return H, KL, CE


def distances_keep_the_axis(p, q):
    logp = np.zeros(np.shape(p))
    np.log(p, out=logp, where=p > 0)
    H = -(p * logp).sum(axis=-1, keepdims=True)
    CE = -(p * np.log(q)).sum(axis=-1, keepdims=True)
    return H, CE, CE - H


def distances_mean_over_outcomes(p, q):
    H = -np.mean(p * np.log(np.where(p > 0, p, 1)), axis=-1)
    CE = -np.mean(p * np.log(q), axis=-1)
    return H, CE, CE - H


def distances_in_bits(p, q):
    H = -np.sum(p * np.log2(np.where(p > 0, p, 1)), axis=-1)
    CE = -np.sum(p * np.log2(q), axis=-1)
    return H, CE, CE - H


def distances_divergence_from_q(p, q):
    H, CE = _entropy(p), -np.sum(p * np.log(q), axis=-1)
    KL = CE + H
    return H, CE, KL


def distances_row_by_row(p, q):
    p, q = np.asarray(p, float), np.asarray(q, float)
    if p.ndim > 1:
        parts = [distances_row_by_row(a, b) for a, b in zip(p, q, strict=True)]
        return tuple(np.array([part[i] for part in parts]) for i in range(3))
    H = CE = KL = 0.0
    for a, b in zip(p, q, strict=True):
        if a == 0:
            continue
        H -= a * math.log(a)
        CE -= a * math.log(b)
        KL += a * math.log(a / b)
    return H, CE, KL


def distances_masked(p, q):
    logp = np.log(p, out=np.zeros_like(p, dtype=float), where=np.asarray(p) > 0)
    H = -np.vecdot(p, logp) if hasattr(np, "vecdot") else -(p * logp).sum(-1)
    KL = (p * (logp - np.log(q))).sum(-1)
    return [H, H + KL, KL]


# NB05.E06


def softmax_entry_by_entry(z, g):
    p = _soft(z)
    return g * p * (1 - p)


def softmax_without_maximum(z, g):
    e = np.exp(z)
    p = e / e.sum(axis=1, keepdims=True)
    return p * (g - (g * p).sum(axis=1, keepdims=True))


def softmax_one_maximum_for_all(z, g):
    e = np.exp(z - z.max())
    p = (e.T / e.sum(axis=1)).T
    return p * g - p * np.sum(g * p, axis=1)[:, None]


def softmax_down_the_columns(z, g):
    e = np.exp(z - z.max(axis=0))
    p = e / e.sum(axis=0)
    return p * (g - (g * p).sum(axis=0))


def softmax_cotangent_ignored(z, g):
    dz = np.zeros_like(z)
    for n, row in enumerate(z):
        p = _soft(row)
        J = np.diag(p) - np.outer(p, p)
        dz[n] = J.sum(axis=0)
    return dz


def softmax_sign(z, g):
    p = _soft(z)
    dots = np.einsum("nk,nk->n", g, p)
    return p * (dots[:, None] - g)


def softmax_plain_sum(z, g):
    p = _soft(z)
    return p * (g - g.sum(axis=1, keepdims=True))


def softmax_mean_over_the_batch(z, g):
    p = _soft(z)
    return p * (g - np.sum(g * p))


def softmax_shifts_in_place(z, g):
    z -= z.max(axis=1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(axis=1, keepdims=True)
    return z * (g - np.sum(z * g, axis=1, keepdims=True))


def softmax_matrix_for_each_row(z, g):
    out = []
    for scores, cot in zip(z, g, strict=True):
        top = max(scores)
        e = [math.exp(s - top) for s in scores]
        p = np.array(e) / sum(e)
        out.append((np.diag(p) - np.outer(p, p)).T @ cot)
    return out


def softmax_all_jacobians(z, g):
    p = _soft(z)
    J = np.einsum("ni,ij->nij", p, np.eye(z.shape[1])) - p[:, :, None] * p[:, None, :]
    return np.einsum("nij,ni->nj", J, g)


# NB05.E07


def regression_label_left_out(W, b, x, y):
    p = _soft(W @ x + b)
    dz = p
    return np.outer(dz, x), dz, W.T @ dz


def regression_label_added(W, b, x, y):
    onehot = np.eye(len(b))[y]
    dz = _soft(W.dot(x) + b) + onehot
    return dz[:, None] * x, dz, dz @ W


def regression_outer_swapped(W, b, x, y):
    dz = _soft(b + W @ x)
    dz[y] -= 1
    return x[:, None] * dz[None, :], dz, (W * dz[:, None]).sum(axis=0)


def regression_no_transpose(W, b, x, y):
    k, d = W.shape
    dz = _soft(W @ x + b) - (np.arange(k) == y)
    return np.outer(dz, x), dz, np.dot(W, dz)


def regression_classes_from_one(W, b, x, y):
    dz = _soft(W @ x + b)
    dz[y - 1] -= 1.0
    return np.outer(dz, x), dz.copy(), W.T.dot(dz)


def regression_x_first(W, b, x, y):
    target = [1.0 if c == y else 0.0 for c in range(len(b))]
    dz = _soft(W @ x + b) - target
    dx = W.T @ dz
    dW = np.outer(dz, x)
    return dx, dW, dz


def regression_label_minus_p(W, b, x, y):
    dz = -_soft(W @ x + b)
    dz[y] += 1
    db = dz
    dW = np.array([d * x for d in dz])
    dx = sum(dz[i] * W[i] for i in range(len(dz)))
    return dW, db, dx


def regression_diagonal_softmax(W, b, x, y):
    p = _soft(W @ x + b)
    dp = np.zeros_like(p)
    dp[y] = -1 / p[y]
    dz = dp * p * (1 - p)
    return np.outer(dz, x), dz, W.T @ dz


def regression_bias_one_number(W, b, x, y):
    dz = _soft(W @ x + b)
    dz[y] = dz[y] - 1
    return np.outer(dz, x), np.sum(dz), dz @ W


def regression_columns(W, b, x, y):
    z = W @ x[:, None] + b[:, None]
    dz = _soft(z[:, 0])[:, None]
    dz[y, 0] -= 1
    return dz @ x[None, :], dz, W.T @ dz


def regression_softmax_skipped(W, b, x, y):
    p = _soft(W @ x + b)
    dz = np.zeros_like(p)
    dz[y] = -1 / p[y]  # the loss looks at one entry only
    return np.outer(dz, x), dz, W.T @ dz


def regression_by_loops(W, b, x, y):
    k, d = len(W), len(x)
    z = [sum(W[i][j] * x[j] for j in range(d)) + b[i] for i in range(k)]
    top = max(z)
    total = sum(math.exp(v - top) for v in z)
    dz = [math.exp(z[i] - top) / total - (i == y) for i in range(k)]
    dW = [[dz[i] * x[j] for j in range(d)] for i in range(k)]
    return [dW, dz, [sum(dz[i] * W[i][j] for i in range(k)) for j in range(d)]]


def regression_by_the_jacobian(W, b, x, y):
    p = _soft(np.einsum("ij,j->i", W, x) + b)
    dz = (np.diag(p) - np.multiply.outer(p, p))[y] * (-1 / p[y])
    return np.kron(dz[:, None], x[None]), dz, np.tensordot(dz, W, axes=(0, 0))


# NB05.E08


def _rows(y, k):
    return np.eye(k)[y] if np.ndim(y) == 1 else np.asarray(y, dtype=float)


def batch_not_averaged(Z, y):
    dZ = np.empty(Z.shape)
    for n in range(len(Z)):
        dZ[n] = _soft(Z[n]) - _rows(y, Z.shape[1])[n]
    return dZ


def batch_averaged_over_entries(Z, y):
    N, k = Z.shape
    return (_soft(Z) - _rows(y, k)) / (N * k)


def batch_averaged_twice(Z, y):
    N = Z.shape[0]
    weight = 1.0 / N
    errors = weight * (_soft(Z) - _rows(y, Z.shape[1]))
    return errors / N


def batch_down_the_columns(Z, y):
    e = np.exp(Z - Z.max(axis=0, keepdims=True))
    return (e / e.sum(axis=0, keepdims=True) - _rows(y, Z.shape[1])) / len(Z)


def batch_labels_left_out(Z, y):
    P = _soft(Z)
    return P / P.shape[0]


def batch_diagonal_softmax(Z, y):
    P, Y = _soft(Z), _rows(y, Z.shape[1])
    # -Y / P from the loss times P (1 - P) from the softmax, P cancels
    return -Y * (1 - P) / len(Z)


def batch_without_maximum(Z, y):
    P = np.exp(Z)
    P /= np.sum(P, axis=1, keepdims=True)
    if y.ndim == 1:
        P[np.arange(len(y)), y] -= 1
    else:
        P -= y
    return P / len(y)


def batch_labels_minus_p(Z, y):
    return (_rows(y, Z.shape[1]) - _soft(Z)) / Z.shape[0]


def batch_classes_from_one(Z, y):
    N, k = Z.shape
    Y = np.zeros((N, k))
    if y.ndim == 1:
        for n, label in enumerate(y):
            Y[n, label - 1] = 1
    else:
        Y = y
    return (_soft(Z) - Y) / N


def batch_shifts_in_place(Z, y):
    Z -= Z.max(axis=1)[:, None]
    P = np.exp(Z) / np.exp(Z).sum(axis=1)[:, None]
    P -= _rows(y, Z.shape[1])
    return P / len(P)


def batch_labels_added(Z, y):
    P = _soft(Z)
    if y.ndim == 2:
        return (P + y) / len(P)
    P[range(len(P)), y] += 1
    return P / len(P)


def batch_label_minus_p_sum(Z, y):
    N = len(Z)
    P = _soft(Z)
    hot = np.zeros_like(P)
    hot[np.arange(N), y if y.ndim == 1 else y.argmax(axis=1)] = 1
    return hot - P


def batch_numbers_only(Z, y):
    P = _soft(Z)
    P[np.arange(len(Z)), y] -= 1
    return P / len(Z)


def batch_row_by_row(Z, y):
    result = []
    for n, row in enumerate(Z.tolist()):
        top = max(row)
        e = [math.exp(v - top) for v in row]
        c = int(y[n]) if y.ndim == 1 else int(np.argmax(y[n]))
        result.append([(v / sum(e) - (j == c)) / len(Z) for j, v in enumerate(e)])
    return result


def batch_by_take_along(Z, y):
    shifted = Z - np.max(Z, axis=1, keepdims=True)
    logp = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    labels = y if y.ndim == 1 else np.nonzero(y)[1]
    dZ = np.exp(logp)
    picked = np.take_along_axis(dZ, labels[:, None], axis=1)
    np.put_along_axis(dZ, labels[:, None], picked - 1, axis=1)
    return dZ * (1 / len(Z))


WRONG = [
    Wrong("NB05.E05", "M06", "the entropy without its minus", distances_plus_entropy),
    Wrong("NB05.E05", "M27", "the logarithm of 0", distances_straight_formulas),
    Wrong("NB05.E05", "M20", "summed over the first axis", distances_first_axis),
    Wrong("NB05.E05", "M32", "summed over everything", distances_one_number),
    Wrong("NB05.E05", "M34", "the divergence comes second", distances_divergence_second),
    Wrong("NB05.E05", "M36", "the last axis is kept", distances_keep_the_axis),
    Wrong("NB05.E05", "M04", "means over the outcomes", distances_mean_over_outcomes),
    Wrong("NB05.E05", "", "in bits", distances_in_bits),
    Wrong("NB05.E05", "M06", "the entropy is added to the cross entropy", distances_divergence_from_q),
    Wrong("NB05.E06", "M13", "entry by entry", softmax_entry_by_entry),
    Wrong("NB05.E06", "M27", "no maximum is taken off", softmax_without_maximum),
    Wrong("NB05.E06", "M27", "one maximum for all rows", softmax_one_maximum_for_all),
    Wrong("NB05.E06", "M20", "softmax along the columns", softmax_down_the_columns),
    Wrong("NB05.E06", "M12", "the Jacobian's columns are summed", softmax_cotangent_ignored),
    Wrong("NB05.E06", "M06", "the mean less the cotangent", softmax_sign),
    Wrong("NB05.E06", "", "a sum without weights", softmax_plain_sum),
    Wrong("NB05.E06", "M20", "the weighted sum over the whole batch", softmax_mean_over_the_batch),
    Wrong("NB05.E06", "M25", "the scores are changed in place", softmax_shifts_in_place),
    Wrong("NB05.E07", "M14", "the label is not taken off", regression_label_left_out),
    Wrong("NB05.E07", "M14", "the label is added", regression_label_added),
    Wrong("NB05.E07", "M31", "inputs down, classes across", regression_outer_swapped),
    Wrong("NB05.E07", "M01", "W without its transpose", regression_no_transpose),
    Wrong("NB05.E07", "M35", "classes are counted from 1", regression_classes_from_one),
    Wrong("NB05.E07", "M34", "dx first", regression_x_first),
    Wrong("NB05.E07", "M06", "label minus prediction", regression_label_minus_p),
    Wrong("NB05.E07", "M13", "the softmax is taken for its diagonal", regression_diagonal_softmax),
    Wrong("NB05.E07", "M32", "the bias gradient is one number", regression_bias_one_number),
    Wrong("NB05.E07", "M36", "columns come out", regression_columns),
    Wrong("NB05.E07", "", "the softmax is skipped", regression_softmax_skipped),
    Wrong("NB05.E08", "M04", "a sum instead of a mean", batch_not_averaged),
    Wrong("NB05.E08", "", "the mean over all entries", batch_averaged_over_entries),
    Wrong("NB05.E08", "M05", "averaged twice", batch_averaged_twice),
    Wrong("NB05.E08", "M20", "softmax along the columns", batch_down_the_columns),
    Wrong("NB05.E08", "M14", "the labels are not taken off", batch_labels_left_out),
    Wrong("NB05.E08", "M13", "the softmax is taken for its diagonal", batch_diagonal_softmax),
    Wrong("NB05.E08", "M27", "no maximum is taken off", batch_without_maximum),
    Wrong("NB05.E08", "M06", "labels minus predictions", batch_labels_minus_p),
    Wrong("NB05.E08", "M35", "classes are counted from 1", batch_classes_from_one),
    Wrong("NB05.E08", "M25", "the scores are changed in place", batch_shifts_in_place),
    Wrong("NB05.E08", "M14", "the labels are added", batch_labels_added),
    Wrong("NB05.E08", "M04+M06", "labels minus predictions, and a sum", batch_label_minus_p_sum),
    Wrong("NB05.E08", "", "one-hot rows are not understood", batch_numbers_only),
]

RIGHT = [
    Right("NB05.E05", "by recursion over rows", distances_row_by_row),
    Right("NB05.E05", "masked logarithms, a list returned", distances_masked),
    Right("NB05.E06", "a matrix for each row, a list of rows", softmax_matrix_for_each_row),
    Right("NB05.E06", "all matrices at once", softmax_all_jacobians),
    Right("NB05.E07", "loops and lists", regression_by_loops),
    Right("NB05.E07", "by the row of the Jacobian", regression_by_the_jacobian),
    Right("NB05.E08", "row by row, lists", batch_row_by_row),
    Right("NB05.E08", "by logarithms and indices", batch_by_take_along),
]

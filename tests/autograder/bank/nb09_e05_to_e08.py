"""Answers to NB09 as students write them: batches, normalisation, a residual block, dropout, stopping.

E05 to E08.
"""

from __future__ import annotations

import copy

import numpy as np

from . import Right, Wrong

# E05 -----------------------------------------------------------------------------------------------------


def block_skip_lost(dY, cache, params):
    dS = dY * (cache["S"] > 0)
    dZ1 = (dS @ params["W2"].T) * (cache["Z1"] > 0)
    grads = {
        "W1": cache["X"].T @ dZ1,
        "b1": dZ1.sum(axis=0),
        "W2": cache["H"].T @ dS,
        "b2": dS.sum(axis=0),
    }
    return dZ1 @ params["W1"].T, grads


def block_branch_lost(dY, cache, params):
    g = np.where(cache["Y"] > 0, dY, 0)
    grads = {"W2": np.dot(cache["H"].T, g), "b2": np.sum(g, axis=0)}
    dx = g
    h = np.where(cache["H"] > 0, np.dot(g, params["W2"].T), 0)
    grads["W1"] = np.dot(cache["X"].T, h)
    grads["b1"] = np.sum(h, axis=0)
    return dx, grads


def block_skip_past_the_mask(dY, cache, params):
    """The shortcut takes dY as it came, before the last ReLU."""
    dS = dY * (cache["S"] > 0)
    dH = dS @ params["W2"].T
    dZ = dH * (cache["Z1"] > 0)
    dX = dY + dZ @ params["W1"].T
    return dX, dict(W1=cache["X"].T @ dZ, b1=dZ.sum(0), W2=cache["H"].T @ dS, b2=dS.sum(0))


def block_mask_of_branch(dY, cache, params):
    F = cache["H"] @ params["W2"] + params["b2"]
    dS = dY * (F > 0)
    dZ = (dS @ params["W2"].T) * (cache["Z1"] > 0)
    grads = {"b2": dS.sum(axis=0), "W2": cache["H"].T @ dS, "b1": dZ.sum(axis=0), "W1": cache["X"].T @ dZ}
    return dS + dZ @ params["W1"].T, grads


def block_last_relu_forgotten(dY, cache, params):
    grads = {}
    grads["b2"] = np.einsum("nd->d", dY)
    grads["W2"] = np.einsum("nh,nd->hd", cache["H"], dY)
    back = np.einsum("nd,hd->nh", dY, params["W2"])
    back = back * np.heaviside(cache["Z1"], 0)
    grads["b1"] = np.einsum("nh->h", back)
    grads["W1"] = np.einsum("nd,nh->dh", cache["X"], back)
    return dY + np.einsum("nh,dh->nd", back, params["W1"]), grads


def block_biases_per_row(dY, cache, params):
    out = (cache["S"] > 0) * dY
    inner = (cache["Z1"] > 0) * out.dot(params["W2"].T)
    return out + inner.dot(params["W1"].T), {
        "W1": cache["X"].T.dot(inner),
        "b1": inner,
        "W2": cache["H"].T.dot(out),
        "b2": out,
    }


def block_masks_of_gradients(dY, cache, params):
    def relu_back(g):
        g = g.copy()
        g[g < 0] = 0
        return g

    dS = relu_back(dY)
    dZ = relu_back(dS @ params["W2"].T)
    return dS + dZ @ params["W1"].T, {
        "W1": cache["X"].T @ dZ,
        "b1": dZ.sum(axis=0),
        "W2": cache["H"].T @ dS,
        "b2": dS.sum(axis=0),
    }


def block_row_means(dY, cache, params):
    N = len(dY)
    dS = dY * (cache["S"] > 0)
    dZ = (dS @ params["W2"].T) * (cache["Z1"] > 0)
    return dS + dZ @ params["W1"].T, {
        "W1": cache["X"].T @ dZ / N,
        "b1": dZ.mean(axis=0),
        "W2": cache["H"].T @ dS / N,
        "b2": dS.mean(axis=0),
    }


def block_row_by_row(dY, cache, params):
    grads = {key: np.zeros(np.shape(value)) for key, value in params.items()}
    rows = []
    for n, g in enumerate(dY):
        s = np.array([gi if yi > 0 else 0.0 for gi, yi in zip(g, cache["Y"][n], strict=True)])
        grads["b2"] += s
        grads["W2"] += np.outer(cache["H"][n], s)
        z = np.array([v if h > 0 else 0.0 for v, h in zip(params["W2"] @ s, cache["H"][n], strict=True)])
        grads["b1"] += z
        grads["W1"] += np.outer(cache["X"][n], z)
        rows.append(s + params["W1"] @ z)
    grads["S"] = None
    return [rows, grads]


# E06 -----------------------------------------------------------------------------------------------------


def good_dropout(x, p, train, rng):
    mask = (rng.random(x.shape) >= p) / (1 - p) if train else np.ones(x.shape)
    return x * mask, mask


def good_dropout_back(g, mask):
    return g * mask


def dropout_new_mask(g, mask):
    keep = np.count_nonzero(mask) / mask.size
    fresh = (np.random.default_rng(0).random(g.shape) < keep) / max(keep, 1e-9)
    return g * fresh


def dropout_unscaled(x, p, train, rng):
    if not train:
        return x, np.ones_like(x)
    mask = np.where(rng.random(x.shape) < p, 0.0, 1.0)
    return x * mask, mask


def dropout_always_on(x, p, train, rng):
    mask = (rng.uniform(size=x.shape) > p).astype(float)
    mask /= 1 - p
    return mask * x, mask


def dropout_keeps_p(x, p, train, rng):
    if train:
        mask = rng.binomial(1, p, size=x.shape) / p if p > 0 else np.zeros(x.shape)
    else:
        mask = np.ones(x.shape)
    return x * mask, mask


def dropout_scaled_by_p(x, p, train, rng):
    mask = np.ones(x.shape)
    if train:
        mask = (rng.random(x.shape) >= p) * 1.0
        if p > 0:
            mask = mask / p
    return x * mask, mask


def dropout_scales_in_eval(x, p, train, rng):
    """As in the old paper: nothing in training, times 1 - p afterwards."""
    if train:
        mask = (rng.random(x.shape) >= p).astype(x.dtype)
    else:
        mask = np.full(x.shape, 1 - p)
    return x * mask, mask


def dropout_back_zeros_only(g, mask):
    return np.where(mask > 0, g, 0.0)


def dropout_back_passes_all(g, mask):
    return g


def dropout_one_mask_for_all_rows(x, p, train, rng):
    mask = np.ones(x.shape)
    if train:
        mask = mask * (rng.random(x.shape[-1:]) >= p) / (1 - p)
    return x * mask, mask


def dropout_by_choice(x, p, train, rng):
    if train:
        mask = rng.choice([0.0, 1 / (1 - p)], size=np.shape(x), p=[p, 1 - p])
    else:
        mask = np.full(np.shape(x), 1.0)
    return [np.multiply(x, mask), mask]


# E07 -----------------------------------------------------------------------------------------------------


class StoppingKeepsTheName:
    def __init__(self, patience):
        self.patience = patience
        self.best_score = np.inf
        self.count = 0
        self.best = None

    def update(self, score, params):
        if score < self.best_score:
            self.best_score, self.best, self.count = score, params, 0
            return False
        self.count += 1
        return self.count >= self.patience


class StoppingShallowCopy(StoppingKeepsTheName):
    def update(self, score, params):
        better = score < self.best_score
        stop = super().update(score, params)
        if better:
            self.best = dict(params)
        return stop


class StoppingReturnsTheLast:
    def __init__(self, patience):
        self.patience, self.waited, self.lowest, self.best = patience, 0, float("inf"), None

    def update(self, score, params):
        self.best = {k: v.copy() for k, v in params.items()}
        if score < self.lowest:
            self.lowest = score
            self.waited = 0
        else:
            self.waited += 1
        return self.waited >= self.patience


class StoppingEqualIsBetter:
    def __init__(self, patience):
        self.patience = patience
        self.scores = []
        self.best = None
        self.waited = 0

    def update(self, score, params):
        if not self.scores or score <= min(self.scores):
            self.best = copy.deepcopy(params)
            self.waited = 0
        else:
            self.waited += 1
        self.scores.append(score)
        return self.waited >= self.patience


class StoppingOneTooLate:
    def __init__(self, patience):
        self.p, self.n, self.min, self.best = patience, 0, np.inf, None

    def update(self, score, params):
        if score < self.min:
            self.min = score
            self.n = 0
            self.best = copy.deepcopy(params)
        else:
            self.n += 1
        return self.n > self.p


class StoppingNeverResets:
    def __init__(self, patience):
        self.patience, self.bad, self.low, self.best = patience, 0, np.inf, None

    def update(self, score, params):
        if score < self.low:
            self.low = score
            self.best = {name: np.array(a) for name, a in params.items()}
        else:
            self.bad += 1
        return self.bad >= self.patience


class StoppingByHistory:
    """Keeps all scores, and looks at the place of the smallest."""

    best = None

    def __init__(self, patience):
        self.patience = patience
        self.history = []

    def update(self, score, params):
        self.history.append(float(score))
        at = self.history.index(min(self.history))
        if at == len(self.history) - 1:
            self.best = copy.deepcopy(dict(params))
        return np.bool_(len(self.history) - 1 - at >= self.patience)


# E08 -----------------------------------------------------------------------------------------------------


def overfit_ignores_nan(model, X, y, steps):
    first = model.loss(X, y)
    for _ in range(steps):
        model.step(X, y)
    last = model.loss(X, y)
    if last <= first / 10:
        return {"ok": True, "reason": "fits"}
    if last > first:
        return {"ok": False, "reason": "grows"}
    return {"ok": False, "reason": "does not fall"}


def overfit_holds_out(model, X, y, steps):
    cut = int(0.8 * len(X))
    losses = [model.loss(X[cut:], y[cut:])]
    for _ in range(steps):
        model.step(X[:cut], y[:cut])
        losses.append(model.loss(X[cut:], y[cut:]))
    if not np.all(np.isfinite(losses)):
        return dict(ok=False, reason="not finite")
    if losses[-1] <= 0.1 * losses[0]:
        return dict(ok=True, reason="fits")
    return dict(ok=False, reason="grows" if losses[-1] > losses[0] else "does not fall")


def overfit_fixed_bound(model, X, y, steps):
    losses = [model.step(X, y) for _ in range(steps)] + [model.loss(X, y)]
    if not np.isfinite(losses).all():
        reason = "not finite"
    elif losses[-1] < 0.01:
        reason = "fits"
    elif losses[-1] > losses[0]:
        reason = "grows"
    else:
        reason = "does not fall"
    return {"ok": reason == "fits", "reason": reason}


def overfit_last_two(model, X, y, steps):
    old = new = start = model.loss(X, y)
    for _ in range(steps):
        old, new = new, model.step(X, y)
        if not np.isfinite(new):
            return {"ok": False, "reason": "not finite"}
    new = model.loss(X, y)
    if not np.isfinite(new):
        return {"ok": False, "reason": "not finite"}
    if new > old:
        return {"ok": False, "reason": "grows"}
    return {"ok": bool(new <= start / 10), "reason": "fits" if new <= start / 10 else "does not fall"}


def overfit_stops_early(model, X, y, steps):
    seen = []
    for _ in range(steps):
        loss = model.step(X, y)
        seen.append(loss)
        if not np.isfinite(loss):
            return {"ok": False, "reason": "not finite", "losses": seen}
    seen.append(model.loss(X, y))
    table = [
        (not np.isfinite(seen[-1]), "not finite"),
        (seen[-1] > seen[0], "grows"),
        (seen[-1] > seen[0] / 10, "does not fall"),
        (True, "fits"),
    ]
    reason = next(word for holds, word in table if holds)
    return {"reason": reason, "ok": np.bool_(reason == "fits"), "losses": seen}


def e06(forward=good_dropout, backward=good_dropout_back):
    return {"dropout_forward": forward, "dropout_backward": backward}


WRONG = [
    Wrong("NB09.E05", "M10", "skip lost", block_skip_lost),
    Wrong("NB09.E05", "M10", "branch lost", block_branch_lost),
    Wrong("NB09.E05", "", "the skip passes by the last mask", block_skip_past_the_mask),
    Wrong("NB09.E05", "", "mask of the branch instead of the sum", block_mask_of_branch),
    Wrong("NB09.E05", "M09", "last ReLU forgotten", block_last_relu_forgotten),
    Wrong("NB09.E05", "M03", "biases per row", block_biases_per_row),
    Wrong("NB09.E05", "M15", "masks of the gradients", block_masks_of_gradients),
    Wrong("NB09.E05", "M04", "means", block_row_means),
    Wrong("NB09.E06", "M22", "a new mask on the way back", e06(backward=dropout_new_mask)),
    Wrong("NB09.E06", "M22", "no scale", e06(dropout_unscaled)),
    Wrong("NB09.E06", "M22", "active without training", e06(dropout_always_on)),
    Wrong("NB09.E06", "M22", "p is what is kept", e06(dropout_keeps_p)),
    Wrong("NB09.E06", "M22", "divides by p", e06(dropout_scaled_by_p)),
    Wrong("NB09.E06", "M22", "scale moved to the evaluation", e06(dropout_scales_in_eval)),
    Wrong("NB09.E06", "M22", "the scale is lost on the way back", e06(backward=dropout_back_zeros_only)),
    Wrong("NB09.E06", "M22", "the mask is lost on the way back", e06(backward=dropout_back_passes_all)),
    Wrong("NB09.E06", "", "one mask for all rows", e06(dropout_one_mask_for_all_rows)),
    Wrong("NB09.E07", "M25", "keeps the caller's dict", StoppingKeepsTheName),
    Wrong("NB09.E07", "M25", "new dict, old arrays", StoppingShallowCopy),
    Wrong("NB09.E07", "", "best is the last", StoppingReturnsTheLast),
    Wrong("NB09.E07", "", "an equal score counts as better", StoppingEqualIsBetter),
    Wrong("NB09.E07", "", "stops one update too late", StoppingOneTooLate),
    Wrong("NB09.E07", "", "does not begin to count anew", StoppingNeverResets),
    Wrong("NB09.E08", "", "nan ignored", overfit_ignores_nan),
    Wrong("NB09.E08", "", "looks at held-out examples", overfit_holds_out),
    Wrong("NB09.E08", "", "a fixed bound", overfit_fixed_bound),
    Wrong("NB09.E08", "", "compares with the loss before", overfit_last_two),
]

RIGHT = [
    Right("NB09.E05", "row by row, an extra key", block_row_by_row),
    Right("NB09.E06", "plain", e06()),
    Right(
        "NB09.E06", "by choice, a list", e06(dropout_by_choice, lambda g, mask: np.multiply(mask, g).tolist())
    ),
    Right("NB09.E07", "all scores, class attribute", StoppingByHistory),
    Right("NB09.E08", "stops at once, extra key, a NumPy bool", overfit_stops_early),
]

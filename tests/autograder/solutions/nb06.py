"""NB06, in other styles than the solution text."""

from __future__ import annotations

import numpy as np


def affine_backward(dY, X, W):
    n, d, k = len(X), len(W), len(W[0])
    dX = [[sum(dY[i, c] * W[j, c] for c in range(k)) for j in range(d)] for i in range(n)]
    dW = np.zeros(W.shape)
    for i in range(n):
        dW += np.outer(X[i], dY[i])
    return [dX, dW, [sum(dY[i, c] for i in range(n)) for c in range(k)]]


def affine_backward_by_einsum(dY, X, W):
    g = dY.astype(float)
    return np.einsum("nk,dk->nd", g, W), np.einsum("nd,nk->dk", X, g), np.ones(len(g)) @ g


RIGHT = {"NB06.E06": [affine_backward, affine_backward_by_einsum]}

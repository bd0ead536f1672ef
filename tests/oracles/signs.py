"""The signs of eigenvectors and singular vectors are free: each implementation chooses its own."""

from __future__ import annotations

from typing import Any


def signed(factors: Any, xp: Any) -> tuple[Any, ...]:
    """Factors of eigh or svd with signs chosen so that the entries of each vector sum up above 0."""
    if len(factors) == 2:
        values, vectors = factors
        return values, vectors * xp.sign(xp.sum(vectors, -2))[..., None, :]
    u, s, vh = factors
    signs = xp.sign(xp.sum(u, -2))
    return u * signs[..., None, :], s, vh * signs[..., :, None]

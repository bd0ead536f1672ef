"""NB06: a skip connection, and the number of products that a backward pass needs."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_course import relu

from ..exercise import Exercise
from ..instances import made, sizes
from ..mistakes import M01, M06, M09, M10, M12, M15, M16, M17, Kind
from ..reference import cotangents_of, values_of

MASK_TOO_EARLY = Kind(
    "mask-too-early",
    "the ReLU's mask is applied before the way back through the second matrix",
    "The shapes do not meet: a mask of hidden units against an output.",
    "Two steps of the way back are taken in the wrong order.",
    "The last step of the forward pass is the first of the way back. The second matrix comes after the ReLU, "
    "so its transpose is passed before the mask.",
    "NB06.W7",
)


def _branch(
    mask: Any = lambda z, g: z > 0,
    skip: float = 1.0,
    sign: float = 1.0,
    upstream: Any = lambda dy: dy,
    early: bool = False,
) -> Any:
    """Return the way back through both paths, or one with a slip in it."""

    def skip_backward(W1: Any, W2: Any, x: Any, dy: Any) -> Any:
        z = W1 @ x
        g = W2.T @ (upstream(dy) * mask(z, dy) if early else upstream(dy))
        h = g if early else g * mask(z, g)
        return skip * dy + sign * (W1.T @ h)

    return skip_backward


def _one_input_alone(rng: np.random.Generator, h: int, d: int) -> Any:
    """Draw weights with two rows that look at the first input only; where that is 0, so is z."""
    W1 = rng.standard_normal((h, d))
    W1[rng.permutation(h)[:2], 1:] = 0.0
    return W1


def _first_is_zero(rng: np.random.Generator, d: int) -> Any:
    return np.append(0.0, rng.standard_normal(d - 1))


skip_backward = Exercise(
    id="NB06.E10",
    answer="skip_backward(W1: (h, d), W2: (d, h), x: (d,), dy: (d,)) -> dx: (d,)",
    reference=cotangents_of(lambda W1, W2, x: x + W2 @ relu(W1 @ x)),
    instances=sizes(
        h=(1, 5),
        d=(1, 3),
        # Drawn until some units are on and some off, and cotangents of both signs reach them.
        draw={
            "x": lambda rng, d, W1: _half_on(rng, d, W1),
            "dy": lambda rng, d, W1, W2, x: _of_both_signs(rng, d, W1, W2, x),
        },
        cases={
            "all hidden units are off": {
                "W1": lambda rng, h, d: -rng.uniform(0.1, 1.0, size=(h, d)),
                "x": lambda rng, d: rng.uniform(0.1, 1.0, size=d),
            },
            "some inputs of the ReLU are exactly 0": {"W1": _one_input_alone, "x": _first_is_zero},
            "a unit's input is exactly 0": {"W1": _one_input_alone, "x": _first_is_zero},
        },
        without=("zeros",),
    ),
    points=3,
    see="NB06.W7",
    mistakes=[
        M01(lambda W1, W2, x, dy: dy + W2 @ ((W1 @ x > 0) * (W1 @ dy))),
        M01(lambda W1, W2, x, dy: dy + W1.T @ ((W1 @ x > 0) * (W2 @ dy))),
        M01(lambda W1, W2, x, dy: dy + W1 @ ((W1 @ x > 0) * (W2.T @ dy))),
        M06.each(lambda g: -g),
        M06(_branch(sign=-1.0)),
        M09(_branch(mask=lambda z, g: 1.0)),
        M10(_branch(skip=0.0)),
        M10(_branch(sign=0.0)),
        M12(_branch(upstream=np.ones_like)),
        M12(lambda W1, W2, x, dy: 1.0 + W1.T @ ((W1 @ x > 0) * (W2.T @ dy))),
        M12(lambda W1, W2, x, dy: 1.0 + W1.T @ ((W1 @ x > 0) * (W2.T @ np.ones_like(dy)))),
        M15(_branch(mask=lambda z, g: g > 0)),
        M16(_branch(mask=lambda z, g: z >= 0)),
        M17(_branch(mask=lambda z, g: np.maximum(z, 0.0))),
        MASK_TOO_EARLY(_branch(early=True)),
    ],
)


def _half_on(rng: np.random.Generator, d: int, W1: Any) -> Any:
    for _ in range(100):
        x = rng.standard_normal(d)
        if 0 < np.sum(W1 @ x > 0) < len(W1):
            break
    return x


def _of_both_signs(rng: np.random.Generator, d: int, W1: Any, W2: Any, x: Any) -> Any:
    on = W1 @ x > 0
    for _ in range(100):
        dy = rng.standard_normal(d)
        g = W2.T @ dy
        seen = g[on] if on.sum() > 1 else g
        if seen.min() < 0 < seen.max():
            break
    return dy


OTHER_WAY = Kind(
    "other-way",
    "the counts with and without a cache are exchanged",
    "What grows with the square of the depth stands where what grows with the depth is asked for.",
    "A condition is read the wrong way round.",
    "With a cache each layer takes what its neighbour above has computed; without one, each layer starts "
    "again at the loss.",
    "NB06.W2",
)
FACTORS_COUNTED = Kind(
    "factors-counted",
    "factors are counted, not products",
    "The count of each chain is too large by one.",
    "Posts are counted in place of the fence between them.",
    "A chain of three factors needs two products.",
    "NB06.W2",
)
ONE_CHAIN = Kind(
    "one-chain",
    "only the longest chain is counted",
    "The count without a cache grows with the depth and not with its square.",
    "A sum over the layers is missing.",
    "Every layer has a gradient of its own. Without a cache each of them needs a chain that begins at the "
    "loss.",
    "NB06.W2",
)
END_LEFT_OUT = Kind(
    "end-left-out",
    "one end of the chain is left out or counted twice",
    "The count is off by one, or by one for each layer.",
    "A loop begins or ends one step too early or too late.",
    "Write out the chains for one layer and for two, from the loss to the weights, and count what stands "
    "between the factors.",
    "NB06.W2",
)
TERMS_COUNTED = Kind(
    "terms-counted",
    "what is added up is counted, not the products",
    "The count is that of pairs of layers, or of layers.",
    "Additions are counted in place of products.",
    "Count how often two Jacobians are multiplied, whatever is added up inside.",
    "NB06.W2",
)


def _count(direct: Any, cached_count: Any) -> Any:
    return lambda L, cached: cached_count(L) if cached else direct(L)


def _products(L: int) -> int:
    return L * (L + 3) // 2


def _depth(low: int, high: int, cached: bool) -> Any:
    def draw(rng: np.random.Generator) -> dict[str, Any]:
        return {"L": int(rng.integers(low, high)), "cached": cached}

    return draw


count_products = Exercise(
    id="NB06.E11",
    answer="count_products(L, cached) -> count",
    reference=values_of(_count(_products, lambda L: 2 * L)),
    instances=made(
        _depth(8, 50, False),
        _depth(8, 50, True),
        **{
            f"L_is_{L}{'_and_products_are_cached' if cached else ''}": (
                lambda rng, L=L, cached=cached: {"L": L, "cached": cached}
            )
            for L in (1, 2, 3, 24, 50)
            for cached in (False, True)
        },
    ),
    points=1,
    see="NB06.W2",
    mistakes=[
        OTHER_WAY(_count(lambda L: 2 * L, _products)),
        FACTORS_COUNTED(_count(lambda L: L * (L + 5) // 2, lambda L: 2 * L)),
        FACTORS_COUNTED(_count(lambda L: L * (L + 5) // 2, lambda L: 4 * L)),
        FACTORS_COUNTED(_count(lambda L: L * (L + 5) // 2, lambda L: 3 * L)),
        ONE_CHAIN(_count(lambda L: L + 1, lambda L: 2 * L)),
        ONE_CHAIN(_count(lambda L: L + 1, lambda L: L + 1)),
        END_LEFT_OUT(_count(lambda L: L * (L + 1) // 2, lambda L: 2 * L)),
        END_LEFT_OUT(_count(lambda L: L * (L + 1) // 2, lambda L: 2 * L - 1)),
        END_LEFT_OUT(_count(_products, lambda L: 2 * L - 1)),
        END_LEFT_OUT(_count(_products, lambda L: 2 * L + 1)),
        END_LEFT_OUT(_count(_products, lambda L: 2 * (L - 1))),
        END_LEFT_OUT(_count(_products, lambda L: 2 * (L + 1))),
        END_LEFT_OUT(_count(lambda L: _products(L) - 1, lambda L: 2 * L)),
        END_LEFT_OUT(_count(lambda L: _products(L - 1), lambda L: 2 * L)),
        END_LEFT_OUT(_count(lambda L: _products(L - 1), lambda L: 2 * (L - 1))),
        END_LEFT_OUT(_count(lambda L: _products(L + 1), lambda L: 2 * (L + 1))),
        TERMS_COUNTED(_count(lambda L: L * (L + 1) // 2, lambda L: L)),
        TERMS_COUNTED(_count(lambda L: L * (L - 1) // 2, lambda L: L)),
        TERMS_COUNTED(_count(lambda L: L * (L - 1) // 2, lambda L: L - 1)),
        TERMS_COUNTED(_count(_products, lambda L: L)),
    ],
)

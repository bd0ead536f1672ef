"""The trace of the product counter: every product of Jacobians that the gradients of all weights need.

Layer by layer, from the loss on. Without a cache each gradient multiplies its own chain from the first
factor; with one, a product that an earlier chain has begun with is not done again.
"""

from __future__ import annotations

from typing import Any

from ..errors import UsageError

Trace = dict[str, Any]
DEEPEST = 24
LONGEST = 6  # factors that a sentence writes out
SENTENCES = {
    "none": "Depth {depth}, {mode}: no product is done yet. {total} are to come.",
    "new": "Product {k} of {total}, for {weight}: {left} · {right}.",
    "again": "Product {k} of {total}, for {weight}: {left} · {right}. It has been computed before, "
    "for {before}.",
    "all uncached": "Depth {depth}, without a cache: {total} products, a chain for each of {depth} weights. "
    "With a cache: {other}.",
    "all cached": "Depth {depth}, with a cache: {total} products, 2 for each weight: one hands the signal "
    "on, one turns it into the gradient. Without a cache: {other}.",
}


def chain(layer: int, depth: int) -> list[str]:
    """Return the factors of the gradient of one layer's weights, from the loss on."""
    down = [f"J_h{i}(h{i - 1})" for i in range(depth, layer + 1, -1)]
    return ["J_L(y)", f"J_y(h{depth})", *down, f"J_h{layer + 1}(W{layer})"]


def trace_products(deepest: int = DEEPEST) -> Trace:
    """Count the products for every depth up to `deepest`.

    Returns
    -------
    dict, plain JSON
        ``error``, ``title``; ``depths``: for each, ``depth``, ``uncached`` and ``cached`` (counts), ``rows``
        (from the last layer to the first: ``weight``, ``left`` and ``right`` of each product, ``repeated``,
        how many of them an earlier row has computed); ``sentences`` with places to fill; ``code``.

    Raises
    ------
    UsageError
        If `deepest` is not a whole number from 1 to `DEEPEST`.
    """
    if not isinstance(deepest, int) or isinstance(deepest, bool) or not 1 <= deepest <= DEEPEST:
        raise UsageError(
            "The counter goes down to some depth.",
            expected=f"a whole number from 1 to {DEEPEST}",
            got=repr(deepest)[:40],
            mend="write ProductCounter(6)",
        )
    return {
        "error": "",
        "title": "Products of Jacobians for the gradients of all weights",
        "depths": [_counted(depth) for depth in range(1, deepest + 1)],
        "sentences": SENTENCES,
        "code": _CODE,
    }


def order_of(counted: Trace, cached: bool) -> list[tuple[int, int]]:
    """List the products of one depth as (row, place in the row), in the order in which they are done."""
    return [
        (row, place)
        for row, own in enumerate(counted["rows"])
        for place in range(own["repeated"] if cached else 0, len(own["left"]))
    ]


def look_up(trace: Trace, depth: int, cached: bool, product: int) -> str:
    """Return what is said when so many products are done; `depth` is a place in ``trace["depths"]``."""
    counted = trace["depths"][depth]
    order = order_of(counted, cached)
    mode, other = ("cached", "uncached") if cached else ("uncached", "cached")
    places = {
        "depth": counted["depth"],
        "mode": "with a cache" if cached else "without a cache",
        "total": counted[mode],
        "other": counted[other],
    }
    if not 0 < product < len(order):
        kind = "none" if product <= 0 else f"all {mode}"
        return str(trace["sentences"][kind].format(**places))
    row, place = order[product - 1]
    own = counted["rows"][row]
    kind = "again" if place < own["repeated"] else "new"
    before = counted["rows"][max(row - 1, 0)]["weight"]
    places |= {"k": product, "weight": own["weight"], "before": before}
    return str(trace["sentences"][kind].format(**places, left=own["left"][place], right=own["right"][place]))


def _counted(depth: int) -> Trace:
    begun: set[tuple[str, ...]] = set()
    rows: list[Trace] = []
    for layer in reversed(range(depth)):
        factors = chain(layer, depth)
        products = [tuple(factors[:n]) for n in range(2, len(factors) + 1)]
        rows.append(
            {
                "weight": f"W{layer}",
                "left": [_written(product[:-1]) for product in products],
                "right": [product[-1] for product in products],
                "repeated": sum(product in begun for product in products),
            }
        )
        begun |= set(products)
    return {
        "depth": depth,
        "uncached": sum(len(row["left"]) for row in rows),
        "cached": len(begun),
        "rows": rows,
    }


def _written(factors: tuple[str, ...]) -> str:
    shown = factors if len(factors) <= LONGEST else (*factors[:2], "…", factors[-1])
    return f"({' · '.join(shown)})" if len(factors) > 1 else factors[0]


_CODE = """def chain(layer, depth):
    down = [f"J_h{i}(h{i - 1})" for i in range(depth, layer + 1, -1)]
    return ["J_L(y)", f"J_y(h{depth})", *down, f"J_h{layer + 1}(W{layer})"]

depth = DEPTH
chains = [chain(layer, depth) for layer in reversed(range(depth))]
begun = {tuple(c[:n]) for c in chains for n in range(2, len(c) + 1)}
print("without a cache:", sum(len(c) - 1 for c in chains), "with a cache:", len(begun))"""

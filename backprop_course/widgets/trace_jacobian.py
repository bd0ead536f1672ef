"""The trace of the Jacobian builder: a Jacobian by columns or by rows, and what each way costs.

Either for a function, whose products are counted as it was run, or for a chain of matrices of given sizes,
whose first and last size can be moved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..derivatives import jvp, vjp
from ..derivatives.numerical import returned
from ..engine.drawing.text import MINUS, shape_text
from ..engine.graph import trace as trace_of
from ..errors import UsageError
from ._failures import failure, name_of

Trace = dict[str, Any]

MOST = 24  # rows and columns that are shown
MOST_PRODUCTS = 500
STEPS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 30, 50, 100, 200, 500)  # where the first and last size can go
LARGEST = 1000

SENTENCES = {
    "none": "Nothing is known yet of the {m} × {n} entries. {jvps} would give the columns, {vjps} the rows.",
    "columns": "JVP {k} of {n} has filled column {k}: {spent} of {total} {unit}. "
    "It keeps {held} numbers at once, values and their tangents.",
    "rows": "VJP {k} of {m} has filled row {k}: {spent} of {total} {unit}. "
    "It stores {stored} numbers on the way, all that the way back needs.",
    "all columns": "Complete after {jvps}: {total} {unit}, {held} numbers kept at once. "
    "By rows: {other}, and {stored} numbers stored. {verdict}",
    "all rows": "Complete after {vjps}: {total} {unit}, {stored} numbers stored. "
    "By columns: {other}, and {held} numbers kept at once. {verdict}",
}


def trace_chain(sizes: Sequence[int], seed: int = 0) -> Trace:
    """Return the trace for a chain of matrices, whose first and last size can be moved.

    A product with a vector costs one multiply-add for each entry of each matrix. A JVP keeps a value and its
    tangent, link by link; a VJP needs all values that entered a link, as links that bend do.

    Parameters
    ----------
    sizes : sequence of int
        Number of inputs, sizes in between, number of outputs.
    seed : int
        Draws the matrices.

    Returns
    -------
    dict, plain JSON
        ``error``, ``title``, ``heading`` (with places for n and m), ``note``, ``unit`` (what is counted);
        ``n`` and ``m``, the sizes to choose from; ``start``, their places; ``between``, the other sizes;
        ``texts`` and ``shades`` of the largest Jacobian, of which the others are a corner; for each n and m
        ``columns`` and ``rows`` (cost of one product), ``logs`` of both totals, ``held``, ``stored`` and
        ``verdicts``; ``sentences`` and ``code`` with places to fill.

    Raises
    ------
    UsageError
        If there are fewer than two sizes, or one is not a whole number from 1 to 1000.
    """
    sizes = _sizes(sizes)
    n, m, between = sizes[0], sizes[-1], sizes[1:-1]
    most = max(12, n, m)
    steps = sorted({step for step in STEPS if step <= most} | {n, m})
    rng = np.random.default_rng(seed)
    corner = [min(most, MOST), *between, min(most, MOST)]
    J = np.eye(corner[0])
    for a, b in pairwise(corner):
        J = rng.standard_normal((b, a)) / np.sqrt(a) @ J

    def of(place: Callable[[list[int]], int]) -> list[list[int]]:
        return [[place([a, *between, b]) for b in steps] for a in steps]

    per = of(lambda s: sum(a * b for a, b in pairwise(s)))
    return {
        **_counted(steps, steps, per, per),
        "title": f"The Jacobian of a chain: {' → '.join(map(str, sizes))}",
        "heading": f"The Jacobian of a chain: {' → '.join(map(str, ['{n}', *between, '{m}']))}",
        "note": f"The links are matrices drawn at random (seed {seed}).",
        "unit": "multiply-adds",
        "start": {"n": steps.index(n), "m": steps.index(m)},
        "between": list(between),
        "held": of(lambda s: 2 * max(s)),
        "stored": of(lambda s: sum(s[:-1])),
        **_shown(J),
        "code": _CHAIN.replace("{seed}", str(seed)),
    }


def trace_jacobian(f: Callable[..., Any], x: Any) -> Trace:
    """Return the trace for a function of one array, each product made by the engine.

    Parameters
    ----------
    f : callable
        Maps an array to an array.
    x : array_like of floats
    """
    point = np.asarray(x, dtype=float)
    try:
        with np.errstate(all="ignore"):
            return _of_function(f, point)
    except Exception as error:  # the learner's function may raise anything: the widget says what it was
        return _failed(failure(error, f))


def _of_function(f: Callable[..., Any], point: Any) -> Trace:
    out, pull = vjp(f, point)
    shape = np.shape(returned(out))
    n, m = point.size, int(np.prod(shape, dtype=int))
    if not 0 < n + m <= MOST_PRODUCTS or not n * m:
        return _failed(
            f"{name_of(f)} maps {shape_text(point.shape)} to {shape_text(shape)}. That takes {n} JVPs or {m} "
            f"VJPs, and the builder makes from 1 to {MOST_PRODUCTS} in all."
        )
    rows = [_flat(pull(_unit(i, shape))[0]) for i in range(m)]
    columns = [_flat(jvp(f, (point,), (_unit(j, point.shape),))[1]) for j in range(n)]
    J, by_columns = np.array(rows), np.array(columns).T
    if not np.allclose(J, by_columns, rtol=1e-8, atol=1e-12, equal_nan=True):
        if not (np.isfinite(J).all() and np.isfinite(by_columns).all()):  # 0 times nan is nan
            return _failed(
                f"The Jacobian of {name_of(f)} is not finite here: what is nan or infinite spreads along "
                "rows in one way to build it and along columns in the other. Choose another x."
            )
        return _failed(
            f"{name_of(f)} has rules for JVPs and for VJPs that disagree; gradient_check says where."
        )
    cost = trace_of(f, point).cost()
    has_products = cost.multiply_adds > 0
    per = (cost.jvp, cost.vjp) if has_products else (cost.elementwise, cost.elementwise)
    return {
        **_counted([n], [m], [[per[0]]], [[per[1]]]),
        "title": (title := f"The Jacobian of {name_of(f)}: {shape_text(point.shape)} to {shape_text(shape)}"),
        "heading": title,
        "note": ""
        if has_products
        else "There are no products of matrices here; entries computed are counted.",
        "unit": "multiply-adds" if has_products else "computed entries",
        "start": {"n": 0, "m": 0},
        "between": [],
        "held": [[cost.bytes_jvp // 8]],
        "stored": [[cost.bytes_vjp // 8]],
        **_shown(J),
        "code": _FUNCTION,
    }


def look_up(trace: Trace, mode: str, products: int, n: int, m: int) -> str:
    """Return what is said after some products; `n` and `m` are places in the lists of sizes."""
    sizes = {"n": trace["n"][n], "m": trace["m"][m]}
    needed = sizes["n"] if mode == "columns" else sizes["m"]
    products = min(products, needed)
    other = "rows" if mode == "columns" else "columns"
    others = sizes["m"] if mode == "columns" else sizes["n"]
    kind = "none" if products == 0 else f"all {mode}" if products == needed else mode
    per = trace[mode][n][m]
    filled = {
        **sizes,
        "k": products,
        "jvps": f"{sizes['n']} JVP{'s' * (sizes['n'] > 1)}",
        "vjps": f"{sizes['m']} VJP{'s' * (sizes['m'] > 1)}",
        "unit": trace["unit"],
        "spent": f"{products * per:,}",
        "total": f"{needed * per:,}",
        "other": f"{others * trace[other][n][m]:,}",
        "held": f"{trace['held'][n][m]:,}",
        "stored": f"{trace['stored'][n][m]:,}",
        "verdict": trace["verdicts"][n][m],
    }
    return str(trace["sentences"][kind].format(**filled))


def _counted(ns: Sequence[int], ms: Sequence[int], columns: list[list[int]], rows: list[list[int]]) -> Trace:
    totals = [[(n * columns[i][j], m * rows[i][j]) for j, m in enumerate(ms)] for i, n in enumerate(ns)]
    return {
        "error": "",
        "n": list(ns),
        "m": list(ms),
        "columns": columns,
        "rows": rows,
        "logs": [[[round(float(np.log10(max(t, 1))), 3) for t in pair] for pair in line] for line in totals],
        "verdicts": [[_verdict(*pair) for pair in line] for line in totals],
        "sentences": SENTENCES,
    }


def _verdict(columns: int, rows: int) -> str:
    if columns == rows:
        return "Both cost the same."
    less, more, name = (columns, rows, "Columns") if columns < rows else (rows, columns, "Rows")
    return f"{name} are cheaper, {more / max(less, 1):.3g} to 1."


def _shown(J: Any) -> Trace:
    J = J[:MOST, :MOST]
    finite = np.abs(J[np.isfinite(J)])
    scale = float(finite.max(initial=0.0)) or 1.0
    shades = np.clip(np.nan_to_num(J / scale, nan=0.0), -1, 1)
    return {"texts": [[_text(v) for v in row] for row in J], "shades": np.round(shades, 3).tolist()}


def _sizes(sizes: Sequence[int]) -> list[int]:
    given = list(sizes) if isinstance(sizes, Sequence) and not isinstance(sizes, str) else []
    whole = [int(s) for s in given if isinstance(s, int | np.integer) and 0 < s <= LARGEST]
    if len(whole) < 2 or len(whole) != len(given):
        raise UsageError(
            "A chain has sizes.",
            expected=f"two or more whole numbers from 1 to {LARGEST}, inputs first",
            got=repr(sizes)[:60],
            mend="write JacobianBuilder(sizes=(100, 50, 40, 30, 1)), or hand over a function and a point",
        )
    return whole


def _unit(i: int, shape: tuple[int, ...]) -> Any:
    unit = np.zeros(shape)
    unit.flat[i] = 1.0
    return unit[()]


def _flat(value: Any) -> Any:
    return np.asarray(returned(value), dtype=float).ravel()


def _text(x: float) -> str:
    if not np.isfinite(x):
        return "nan" if np.isnan(x) else "∞" if x > 0 else f"{MINUS}∞"
    mantissa, _, exponent = f"{float(x) + 0.0:.3g}".partition("e")
    return (f"{mantissa}e{int(exponent)}" if exponent else mantissa).replace("-", MINUS)


_CHAIN = """import numpy as np
from itertools import pairwise

sizes = {sizes}
rng = np.random.default_rng({seed})
links = [rng.standard_normal((b, a)) for a, b in pairwise(sizes)]
per_product = sum(A.size for A in links)
print("by columns:", sizes[0] * per_product, "by rows:", sizes[-1] * per_product)"""
_FUNCTION = """from backprop_course import jacobian, trace

print(jacobian(f, mode="{engine_mode}").plan(x))
print(trace(f, x).cost())"""


def _failed(sentence: str) -> Trace:
    return {"error": sentence, "title": "", "n": [], "m": []}

"""NB08: three framework designs. The first one's table of rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..exercise import Exercise, Piece
from ..instances import sizes
from ..mistakes import M01, M02, M06, M12, M19, M21, M34, Kind
from ..reference import cotangents_of
from .nb07 import LOCAL_MISSING
from .nb07_functions import QUOTIENT_RULE, WRONG_PLACE


def _fit(g: Any, x: Any) -> Any:
    """Sum back what broadcasting has copied."""
    g = np.asarray(g)
    g = g.sum(axis=tuple(range(g.ndim - np.ndim(x))))
    return g.sum(axis=tuple(i for i, n in enumerate(np.shape(x)) if n == 1), keepdims=True)


def _table(name: str, *rules: Any) -> Any:
    """Return `register_rules` of someone who writes these for one function."""

    def register_rules(table: dict[str, Any]) -> None:
        table[name] = list(rules)

    return register_rules


def _to_fit(*rules: Any) -> list[Any]:
    """Return rules of two arguments with broadcasting undone."""
    first, second = rules
    return [
        lambda g, ans, x, y: _fit(first(g, ans, x, y), x),
        lambda g, ans, x, y: _fit(second(g, ans, x, y), y),
    ]


def _nonzero(rng: np.random.Generator, n: int, k: int) -> Any:
    return rng.uniform(0.4, 2.0, (n, k)) * rng.choice((-1.0, 1.0), (n, k))


def _rule_of_one(
    name: str, forward: Any, rule: Any, mistakes: Mapping[Kind, Sequence[Any]], draw: Any = None
) -> Piece:
    draws = {"name": lambda: name} | ({"x": draw} if draw else {})
    return Piece(
        answer="register_rules(table)",
        probe=f"nb08.rules_of(g: (n, k), name, ans: (n, k), x: (n, k)) -> {name}_x: (n, k)",
        reference=cotangents_of(forward, **{f"{name}_x": "x"}),
        instances=sizes(
            n=4,
            k=3,
            draw=draws,
            derive={"ans": lambda x: np.asarray(forward(x))},
            without=("zeros",) if draw else (),
        ),
        mistakes=[
            M12(_table(name, lambda g, ans, x: rule(np.ones_like(g), ans, x))),
            *(kind(_table(name, wrong)) for kind, rules in mistakes.items() for wrong in rules),
        ],
    )


def _rules_of_two(
    name: str, forward: Any, right: Sequence[Any], mistakes: Mapping[Kind, Sequence[Any]]
) -> Piece:
    return Piece(
        answer="register_rules(table)",
        probe=f"nb08.rules_of(g: (n, k), name, ans: (n, k), x: (n, k), y: (n, k)) "
        f"-> {name}_x: (n, k), {name}_y: (n, k)",
        reference=cotangents_of(forward, **{f"{name}_x": "x", f"{name}_y": "y"}),
        instances=sizes(
            n=4,
            k=3,
            draw={"name": lambda: name},
            derive={"ans": lambda x, y: forward(x, y)},
            cases={
                "y is one row": {"y": lambda rng, k: rng.standard_normal(k)},
                "x is one row": {"x": lambda rng, k: rng.standard_normal(k)},
                "x is one column": {"x": lambda rng, n: rng.standard_normal((n, 1))},
                "y is one column": {"y": lambda rng, n: rng.standard_normal((n, 1))},
                "y is one number": {"y": lambda rng: np.asarray(rng.uniform(0.5, 2.0))},
            },
        ),
        mistakes=[
            M21(_table(name, *right)),
            M12(
                _table(
                    name, *_to_fit(*(lambda g, ans, x, y, r=r: r(np.ones_like(g), ans, x, y) for r in right))
                )
            ),
            *(kind(_table(name, *_to_fit(*wrong))) for kind, pairs in mistakes.items() for wrong in pairs),
        ],
    )


_DOT = lambda g, ans, x, y: g @ y.T, lambda g, ans, x, y: x.T @ g

_DOT_PIECE = Piece(
    answer="register_rules(table)",
    probe="nb08.rules_of(g: (n, k), name, ans: (n, k), x: (n, d), y: (d, k)) -> dot_x: (n, d), dot_y: (d, k)",
    reference=cotangents_of(lambda x, y: x @ y, dot_x="x", dot_y="y"),
    instances=sizes(n=(1, 5), k=3, d=4, draw={"name": lambda: "dot"}, derive={"ans": lambda x, y: x @ y}),
    mistakes=[
        M01(_table("dot", lambda g, ans, x, y: g @ y, _DOT[1])),
        M01(_table("dot", _DOT[0], lambda g, ans, x, y: x @ g)),
        M01(_table("dot", lambda g, ans, x, y: g @ y, lambda g, ans, x, y: x @ g)),
        M02(_table("dot", lambda g, ans, x, y: y @ g.T, _DOT[1])),
        M02(_table("dot", _DOT[0], lambda g, ans, x, y: g.T @ x)),
        M12(_table("dot", *(lambda g, ans, x, y, r=r: r(np.ones_like(g), ans, x, y) for r in _DOT))),
        M34(_table("dot", *_DOT[::-1])),
    ],
)


def _positive(rng: np.random.Generator, n: int, k: int) -> Any:
    return rng.uniform(0.3, 2.5, (n, k))


register_rules = Exercise(
    id="NB08.E01",
    points=4,
    see="NB08.W2",
    pieces=[
        _rule_of_one(
            "negative", lambda x: np.negative(x), lambda g, ans, x: -g, {M06: [lambda g, ans, x: g]}
        ),
        _rule_of_one(
            "exp",
            lambda x: np.exp(x),
            lambda g, ans, x: g * ans,
            {
                WRONG_PLACE: [lambda g, ans, x: g * x, lambda g, ans, x: g * np.exp(ans)],
                LOCAL_MISSING: [lambda g, ans, x: g],
            },
        ),
        _rule_of_one(
            "log",
            lambda x: np.log(x),
            lambda g, ans, x: g / x,
            {WRONG_PLACE: [lambda g, ans, x: g / ans], LOCAL_MISSING: [lambda g, ans, x: g]},
            _positive,
        ),
        _rule_of_one(
            "reciprocal",
            lambda x: 1.0 / x,
            lambda g, ans, x: -g * ans**2,
            {
                M06: [lambda g, ans, x: g * ans**2],
                WRONG_PLACE: [lambda g, ans, x: -g * x**2],
                QUOTIENT_RULE: [lambda g, ans, x: -g * ans, lambda g, ans, x: -g / ans**2 * x],
                LOCAL_MISSING: [lambda g, ans, x: g, lambda g, ans, x: -g],
            },
            _nonzero,
        ),
        _rules_of_two("add", lambda x, y: np.add(x, y), [lambda g, ans, x, y: g] * 2, {}),
        _rules_of_two(
            "subtract",
            lambda x, y: np.subtract(x, y),
            [lambda g, ans, x, y: g, lambda g, ans, x, y: -g],
            {
                M06: [
                    [lambda g, ans, x, y: g, lambda g, ans, x, y: g],
                    [lambda g, ans, x, y: -g, lambda g, ans, x, y: g],
                ]
            },
        ),
        _rules_of_two(
            "multiply",
            lambda x, y: np.multiply(x, y),
            [lambda g, ans, x, y: g * y, lambda g, ans, x, y: g * x],
            {
                M19: [[lambda g, ans, x, y: g * x, lambda g, ans, x, y: g * y]],
                LOCAL_MISSING: [[lambda g, ans, x, y: g, lambda g, ans, x, y: g]],
            },
        ),
        _DOT_PIECE,
    ],
)

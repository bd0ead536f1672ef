"""The trace of the path highlighter: routes, products and sums, against the engine and by hand."""

from __future__ import annotations

import json
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
import pytest

from backprop_course import grad, jacobian
from backprop_course.errors import UsageError
from backprop_course.widgets import PathHighlighter, trace_paths
from backprop_course.widgets.trace_paths import MOST_ROUTES, look_up, way_of

from .functions import fan_out, layer, logistic

TEXT = 5e-7  # numbers are written with six decimals


def skip(x: Any) -> Any:
    a = 2 * x
    h = np.tanh(a)
    y = h + x
    return y


def ladder(x: Any) -> Any:
    """Seven rungs with two ways past each: 128 routes."""
    for _ in range(7):
        x = x * 1.1 + np.sin(x)
    return x


def pair(trace: dict[str, Any], start: str, end: str) -> Any:
    names = [node["name"] for node in trace["nodes"]]
    return trace["pairs"].get(f"{names.index(start)},{names.index(end)}")


def number(text: str) -> float:
    return float(text.strip("()").replace("−", "-"))


def test_the_routes_of_a_fan_out_are_those_of_the_text() -> None:
    trace = trace_paths(fan_out, 2.0)
    routes = [way_of(trace, route["edges"]) for route in pair(trace, "x", "L")["routes"]]
    assert routes == [
        ("x → y → u → L", "4 × 3 × (−0.756802)"),
        ("x → y → v → L", "4 × (−0.653644) × 12"),
    ]


@pytest.mark.parametrize(
    ("f", "args"), [(fan_out, (2.0,)), (skip, (0.3,)), (logistic, (2.0, -1.0, 1.5, 0.0))]
)
def test_products_over_all_routes_add_up_to_the_engines_slope(f: Any, args: tuple[float, ...]) -> None:
    trace = trace_paths(f, *args)
    inputs = [node["name"] for node in trace["nodes"] if node["kind"] == "input"]
    slopes = grad(f, tuple(range(len(args))))(*args)
    for name, slope in zip(inputs, slopes, strict=True):
        found = pair(trace, name, trace["nodes"][trace["end"]]["name"])
        values = [number(route["value"]) for route in found["routes"]]
        assert sum(values) == pytest.approx(float(slope), abs=TEXT * len(values))
        assert number(found["total"]) == pytest.approx(float(slope), abs=TEXT)


def test_a_product_is_that_of_the_factors_on_its_edges() -> None:
    trace = trace_paths(fan_out, 2.0)
    for found in trace["pairs"].values():
        for route in found["routes"]:
            edges = [trace["edges"][i] for i in route["edges"]]
            assert all(a["target"] == b["source"] for a, b in pairwise(edges))
            product = prod(number(edge["factor"]) for edge in edges)
            assert number(route["value"]) == pytest.approx(product, rel=1e-5)  # of factors with six decimals


def test_a_way_without_a_function_on_it_adds_one() -> None:
    trace = trace_paths(skip, 0.3)
    direct = next(r for r in pair(trace, "x", "y")["routes"] if len(r["edges"]) == 1)
    assert direct["value"] == "1"
    place = pair(trace, "x", "y")["routes"].index(direct) + 1
    assert look_up(trace, trace["start"], trace["end"], place).endswith("x → y, one edge, whose slope is 1.")


def test_an_operand_used_twice_makes_two_routes() -> None:
    found = pair(trace_paths(lambda x: x * x, 3.0), "x", "v1")
    assert [found["count"], found["total"], [r["value"] for r in found["routes"]]] == [2, "6", ["3", "3"]]


def test_many_routes_are_counted_and_summed_but_not_all_listed() -> None:
    trace = trace_paths(ladder, 0.3)
    found = trace["pairs"][f"{trace['start']},{trace['end']}"]
    assert found["count"] == 2**7
    assert len(found["routes"]) == MOST_ROUTES
    assert found["sentence"].startswith(f"128 routes lead from x to x′, of which {MOST_ROUTES} are listed.")
    assert number(found["total"]) == pytest.approx(float(grad(ladder)(0.3)), abs=TEXT)
    assert "each of the 28 edges between once" in found["sentence"]
    assert len(json.dumps(trace)) < 200_000


def test_the_edge_that_every_route_shares_is_named() -> None:
    assert "Every route uses x → y." in pair(trace_paths(fan_out, 2.0), "x", "L")["sentence"]


def test_jacobians_are_multiplied_from_the_end_on() -> None:
    W, x, b = np.arange(6.0).reshape(2, 3) / 10, np.ones(3), np.zeros(2)
    trace = trace_paths(layer, W, x, b)
    found = pair(trace, "x", "v4")
    assert way_of(trace, found["routes"][0]["edges"])[1] == "J(2,) · J(2, 2) · J(2, 2) · J(2, 3)"
    slope = jacobian(lambda x: layer(W, x, b))(x)
    np.testing.assert_allclose(json.loads(found["total"]), np.asarray(slope), rtol=5e-4)  # four digits


def test_where_no_route_leads_a_sentence_says_so() -> None:
    trace = trace_paths(fan_out, 2.0)
    assert look_up(trace, 1, 0, 0) == "No route leads from y to x: x is not computed from y."
    assert look_up(trace, 0, 0, 0) == "x is both ends. Choose two values."


@pytest.mark.parametrize(
    ("f", "x", "why"),
    [
        (lambda x: x * (1 / 0), 1.0, "ZeroDivisionError"),
        (lambda x: (x * x).sum(), np.ones(100), "more than 64 entries"),
        (lambda x: sum((x * k for k in range(40)), x), 1.0, "draws at most 25"),
        (lambda x: x * x, 2, "write 2.0"),
        (lambda x: x * x, np.zeros(0), "x and v1 in this function have no entries"),
        (lambda x: np.sum(x), np.zeros((0, 2)), "x in this function has no entries"),
        (lambda x: x[:0], np.ones(2), "v1 in this function has no entries"),
    ],
    ids=["raises", "large", "long", "integer", "empty", "empty table", "cut to nothing"],
)
def test_what_cannot_be_shown_leaves_a_sentence(f: Any, x: Any, why: str) -> None:
    assert why in trace_paths(f, x)["error"]
    assert "could not be traced" not in trace_paths(f, x)["error"]  # as of an error that is ours
    widget = PathHighlighter(f, x)
    assert why in str(widget)
    assert widget._repr_mimebundle_()[0]["image/png"]


def test_a_slope_that_is_not_finite_is_written_and_the_trace_stays_plain_json() -> None:
    trace = trace_paths(lambda x: np.log(x) * x, 0.0)
    json.dumps(trace, allow_nan=False)
    assert "nan" in pair(trace, "x", "v2")["total"]


def test_the_highlighter_begins_with_the_pair_that_is_asked_for() -> None:
    paths = PathHighlighter(fan_out, 2.0, start="y", end="L")
    assert paths.sentence.startswith("2 routes lead from y to L.")
    paths.route = 2
    assert paths.sentence == "Route 2 of 2: y → v → L. (−0.653644) × 12 = −7.843723."
    data, _ = paths._repr_mimebundle_()
    assert "y → u → L:  3 × (−0.756802) = −2.270407" in data["text/plain"]
    with pytest.raises(UsageError, match="no value called 'q'"):
        PathHighlighter(fan_out, 2.0, start="q")

"""The Jacobian builder's trace: counts against the formula and the engine, and the widget around it."""

from __future__ import annotations

import base64
import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from backprop_course import jacobian
from backprop_course.errors import UsageError
from backprop_course.widgets import JacobianBuilder, trace_chain, trace_jacobian
from backprop_course.widgets.trace_jacobian import MOST, look_up

A = np.random.default_rng(1).standard_normal((4, 3))


def layer(x: Any) -> Any:
    return np.tanh(A @ x)


def numbers(texts: list[list[str]]) -> Any:
    return np.array([[float(text.replace("−", "-")) for text in row] for row in texts])


def test_the_chain_of_the_unit_costs_what_the_unit_says() -> None:
    trace = trace_chain((100, 50, 40, 30, 1))
    n, m = trace["start"]["n"], trace["start"]["m"]
    assert (trace["n"][n], trace["m"][m]) == (100, 1)
    assert trace["columns"][n][m] == trace["rows"][n][m] == 8230
    assert look_up(trace, "columns", 100, n, m) == (
        "Complete after 100 JVPs: 823,000 multiply-adds, 200 numbers kept at once. "
        "By rows: 8,230, and 220 numbers stored. Rows are cheaper, 100 to 1."
    )
    assert look_up(trace, "rows", 1, n, m).startswith(
        "Complete after 1 VJP: 8,230 multiply-adds, 220 numbers"
    )


@pytest.mark.parametrize("sizes", [(8, 6, 5, 3), (2, 9), (1, 1), (3, 20, 7, 20)])
def test_every_size_that_can_be_chosen_is_counted_link_by_link(sizes: tuple[int, ...]) -> None:
    trace = trace_chain(sizes)
    for i, n in enumerate(trace["n"]):
        for j, m in enumerate(trace["m"]):
            chain = [n, *sizes[1:-1], m]
            cost = sum(a * b for a, b in pairwise(chain))
            assert trace["columns"][i][j] == trace["rows"][i][j] == cost
            # Three decimals of the exponent are kept for drawing.
            assert trace["logs"][i][j] == pytest.approx(np.log10([n * cost, m * cost]), abs=6e-4)
            assert trace["stored"][i][j] == sum(chain[:-1])
            cheaper = {-1: "Columns are cheaper", 0: "Both cost the same", 1: "Rows are cheaper"}
            assert trace["verdicts"][i][j].startswith(cheaper[int(np.sign(n - m))])


def test_the_chain_is_that_of_its_seed_and_no_more_of_it_is_kept_than_is_shown() -> None:
    trace = trace_chain((30, 4, 40), seed=5)
    assert np.shape(trace["texts"]) == (MOST, MOST)
    assert trace["texts"] == trace_chain((30, 4, 40), seed=5)["texts"]
    assert trace["texts"] != trace_chain((30, 4, 40), seed=6)["texts"]
    assert "seed 5" in trace["note"]
    assert np.linalg.matrix_rank(numbers(trace["texts"]), tol=0.1) == 4  # as wide as the narrowest link
    json.dumps(trace, allow_nan=False)


def test_a_function_is_counted_as_it_was_run() -> None:
    trace = trace_jacobian(layer, np.ones(3))
    assert (trace["n"], trace["m"]) == ([3], [4])
    assert (trace["columns"], trace["rows"]) == ([[12]], [[12]])  # one product with A, there and back
    # Three digits are written.
    np.testing.assert_allclose(numbers(trace["texts"]), jacobian(layer)(np.ones(3)), rtol=6e-3)
    assert "Columns are cheaper, 1.33 to 1." in look_up(trace, "rows", 4, 0, 0)
    json.dumps(trace, allow_nan=False)


def test_a_function_without_products_of_matrices_counts_entries() -> None:
    trace = trace_jacobian(lambda x: np.exp(x) * x, np.ones((2, 2)))
    assert trace["unit"] == "computed entries"
    assert trace["columns"] == [[8]]  # exp and the product, four entries each
    assert "no products of matrices" in trace["note"]


def test_steps_count_up_to_the_whole() -> None:
    builder = JacobianBuilder(sizes=(8, 6, 5, 3))
    said = []
    for builder.products in range(10):
        said.append(builder.sentence)
    assert said[0].startswith("Nothing is known yet of the 3 × 8 entries. 8 JVPs would")
    assert said[2].startswith("JVP 2 of 8 has filled column 2: 186 of 744 multiply-adds.")
    assert said[8].startswith("Complete after 8 JVPs")
    assert said[9] == said[8]


@pytest.mark.parametrize(
    ("f", "x", "says"),
    [
        (lambda x: 1 / 0, np.ones(3), "raised ZeroDivisionError"),
        (lambda x: x, np.ones(300), "300 JVPs or 300 VJPs"),
        (lambda x: x[:0], np.ones(3), "3 JVPs or 0 VJPs"),
        (lambda x: None, np.ones(3), "returned None"),
        (lambda x: x * x, np.array([np.nan, 1.0]), "is not finite here"),
    ],
)
def test_a_function_that_does_not_do_is_told_in_a_sentence(f: Any, x: Any, says: str) -> None:
    builder = JacobianBuilder(f, x)
    assert says in builder.trace["error"]
    assert builder.sentence == str(builder) == builder.trace["error"]
    assert builder._repr_mimebundle_()[0]["image/png"]


@pytest.mark.parametrize("sizes", [(3,), (), (3, 0), (3, 2.5), "34", (3, 10_000), 5])
def test_sizes_that_make_no_chain_are_refused(sizes: Any) -> None:
    with pytest.raises(UsageError, match="A chain has sizes"):
        JacobianBuilder(sizes=sizes)


def test_a_function_wants_a_point() -> None:
    with pytest.raises(UsageError, match="a function and a point"):
        JacobianBuilder(layer)
    with pytest.raises(UsageError, match="a function and a point"):
        JacobianBuilder(np.ones(3), np.ones(3))  # type: ignore[arg-type]


@pytest.mark.parametrize("builder", [JacobianBuilder(), JacobianBuilder(layer, np.ones(3))])
def test_text_and_picture_say_what_it_shows(builder: JacobianBuilder) -> None:
    data, _ = builder._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert "Complete after 3 " in data["text/plain"]
    assert builder.trace["title"] in data["text/plain"]


def test_a_place_outside_becomes_the_nearest() -> None:
    builder = JacobianBuilder()
    builder.n, builder.m, builder.products = 99, -4, -1
    assert (builder.n, builder.m, builder.products) == (len(builder.trace["n"]) - 1, 0, 0)
    assert str(builder).startswith("The Jacobian of a chain: 12 → 6 → 5 → 1")


def test_the_code_to_copy_counts_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    exec(trace_chain((8, 6, 5, 3))["code"].replace("{sizes}", "(8, 6, 5, 3)"), {})
    assert capsys.readouterr().out.strip() == "by columns: 744 by rows: 279"
    code = trace_jacobian(layer, np.ones(3))["code"].replace("{engine_mode}", "forward")
    exec(code, {"f": layer, "x": np.ones(3)})
    assert "forward mode: 3 walks" in capsys.readouterr().out

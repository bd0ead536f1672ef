"""The trace of the product counter: counts against the engine's own graph, and the sentences about them."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from backprop_course.errors import UsageError
from backprop_course.widgets import ProductCounter, trace_products
from backprop_course.widgets._cuts import contract
from backprop_course.widgets._operations import Recording, record
from backprop_course.widgets._walks import carry
from backprop_course.widgets.trace_products import chain, look_up, order_of

TRACE = trace_products()


def network(depth: int) -> Recording:
    """One unit a layer, as nodes h1, ..., y, L: what the counter's Jacobians stand for."""

    def net(*Ws: Any) -> Any:
        h: Any = 0.3  # data: nothing comes back to it
        for W in Ws:
            h = np.tanh(W * h)
        return np.square(np.exp(h))

    recorded = record(net, [0.5] * depth, None, "net")
    kept = {op.name for op in recorded.operations if op.function in ("tanh", "exp")}
    return contract(recorded, kept)


def route_lengths(recording: Recording) -> list[int]:
    """How many edges lead from each weight to the loss: here there is one way from each."""
    above = {recording.output: 0}
    for c in carry(recording):
        above[c.source] = above[c.target] + 1
    return [above[i] for i, op in enumerate(recording.operations) if op.kind == "input"]


@pytest.mark.parametrize("depth", [1, 2, 3, 7, 24])
def test_both_counts_are_those_of_the_engines_graph(depth: int) -> None:
    recording = network(depth)
    counted = TRACE["depths"][depth - 1]
    assert counted["uncached"] == sum(edges - 1 for edges in route_lengths(recording))
    assert counted["cached"] == len(carry(recording)) - 1  # the first edge is multiplied by 1


@pytest.mark.parametrize("depth", [1, 2, 6, 24])
def test_the_counts_grow_like_a_square_and_like_a_line(depth: int) -> None:
    counted = TRACE["depths"][depth - 1]
    assert (counted["uncached"], counted["cached"]) == (depth * (depth + 3) // 2, 2 * depth)
    assert len(order_of(counted, cached=False)) == counted["uncached"]
    assert len(order_of(counted, cached=True)) == counted["cached"]


def test_the_chain_of_a_weight_begins_at_the_loss_and_ends_at_the_weight() -> None:
    assert chain(0, 3) == ["J_L(y)", "J_y(h3)", "J_h3(h2)", "J_h2(h1)", "J_h1(W0)"]
    assert chain(2, 3) == ["J_L(y)", "J_y(h3)", "J_h3(W2)"]


def test_what_is_repeated_begins_like_the_row_above() -> None:
    for counted in TRACE["depths"]:
        rows = counted["rows"]
        for above, below in pairwise(rows):
            n = below["repeated"]
            assert above["left"][:n] == below["left"][:n]
            assert above["right"][:n] == below["right"][:n]
            assert len(below["left"]) - n == 2


def test_sentences_name_the_product_and_say_what_was_there_before() -> None:
    assert look_up(TRACE, 1, False, 1) == "Product 1 of 5, for W1: J_L(y) · J_y(h2)."
    assert look_up(TRACE, 1, False, 3) == (
        "Product 3 of 5, for W0: J_L(y) · J_y(h2). It has been computed before, for W1."
    )
    assert look_up(TRACE, 1, True, 3) == "Product 3 of 4, for W0: (J_L(y) · J_y(h2)) · J_h2(h1)."
    assert look_up(TRACE, 1, False, 0).endswith("no product is done yet. 5 are to come.")
    assert look_up(TRACE, 1, True, 4).startswith("Depth 2, with a cache: 4 products")


def test_the_trace_is_plain_json_and_small() -> None:
    assert len(json.dumps(TRACE, allow_nan=False)) < 250_000


@pytest.mark.parametrize("depth", [0, 25, -1, 2.5, True, "6"])
def test_a_depth_that_is_none_is_refused(depth: Any) -> None:
    with pytest.raises(UsageError, match="from 1 to 24"):
        ProductCounter(depth)
    with pytest.raises(UsageError, match="from 1 to 24"):
        trace_products(depth)


def test_the_counter_has_text_and_picture() -> None:
    counter = ProductCounter(6, cached=True)
    data, _ = counter._repr_mimebundle_()
    assert "6               27            12" in data["text/plain"]
    assert data["image/png"]
    counter.depth = 100
    assert counter.depth == 23

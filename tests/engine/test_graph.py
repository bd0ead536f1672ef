"""trace shows what a function did: names, order, values, and what each edge carries back."""

from __future__ import annotations

import itertools
import re
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from backprop_course import NotScalarError, ShapeError, UsageError, affine, defvjp, primitive, sigmoid, trace


def logistic(w, b, x, t):
    z = w * x + b
    y = sigmoid(z)
    L = 0.5 * (y - t) ** 2
    return L


def test_nodes_are_named_after_arguments_and_local_variables():
    graph = trace(logistic, 2.0, -1.0, 1.5, 0.0)
    names = {node.name: node for node in graph.nodes}
    assert {"w", "b", "x", "t", "z", "y", "L"} <= set(names)
    assert names["z"].function == "add"
    assert names["y"].value == pytest.approx(0.880797, abs=5e-7)
    assert graph.nodes[graph.output].name == "L"
    assert all(i < node.index for node in graph.nodes for i in node.inputs)


def test_backward_gives_the_bars_of_the_course():
    graph = trace(logistic, 2.0, -1.0, 1.5, 0.0)
    bars = {node.name: bar for node, bar in zip(graph.nodes, graph.backward(), strict=True)}
    assert bars["y"] == pytest.approx(0.880797, abs=5e-7)
    assert bars["z"] == bars["b"] == pytest.approx(0.092478, abs=5e-7)
    assert bars["w"] == pytest.approx(0.138717, abs=5e-7)


def test_contributions_meet_at_a_fan_out():
    # curriculum NB04.W3: y = x^2, u = 3y, v = sin y, L = uv at x = 2
    def f(x):
        y = x * x
        u = 3.0 * y
        v = np.sin(y)
        return u * v

    graph = trace(f, 2.0)
    index = {node.name: node.index for node in graph.nodes}
    assert graph.nodes[graph.output].value == pytest.approx(-9.081630, abs=5e-7)
    bars = graph.backward()
    assert bars[index["y"]] == pytest.approx(-10.114131, abs=5e-7)
    assert bars[index["x"]] == pytest.approx(-40.456524, abs=5e-7)
    into_y = [share for _, to, _, share in graph.contributions() if to == index["y"]]
    assert sum(into_y) == pytest.approx(bars[index["y"]])
    assert len(into_y) == 2


def test_an_unused_input_has_no_cotangent_and_a_constant_output_is_a_graph_too():
    # curriculum NB04.W3: (x1 + x2) x3 - x4 with x5 unused
    graph = trace(lambda x1, x2, x3, x4, x5: (x1 + x2) * x3 - x4, 5.0, 4.0, 3.0, 2.0, 1.0)
    assert graph.backward()[:5] == [3.0, 3.0, 9.0, -1.0, None]
    assert trace(lambda x: 3.0, 1.0).nodes[-1].value == 3.0


def test_arrays_need_a_cotangent():
    graph = trace(np.tanh, np.zeros(3))
    with pytest.raises(NotScalarError, match="cotangent"):
        graph.backward()
    np.testing.assert_array_equal(graph.backward(np.ones(3))[0], np.ones(3))


def test_looking_at_local_names_leaves_the_profiler_as_it_was():
    before = sys.getprofile()
    trace(logistic, 2.0, -1.0, 1.5, 0.0)
    assert sys.getprofile() is before


def test_forward_replays_with_new_values():
    graph = trace(logistic, 2.0, -1.0, 1.5, 0.0)
    assert graph.forward() == pytest.approx(0.387902, abs=5e-7)
    assert graph.forward(0.0, 0.0, 1.0, 0.5) == 0.0
    assert graph.backward()[:2] == [0.0, 0.0]
    bars = trace(logistic, 1.0, 0.0, 1.0, 0.0).backward()
    graph.forward(1.0, 0.0, 1.0, 0.0)
    assert graph.backward()[:4] == bars[:4]
    with pytest.raises(UsageError, match="number of arguments"):
        graph.forward(1.0)
    with pytest.raises(ShapeError, match="input 'x'"):
        graph.forward(1.0, 0.0, np.ones(2), 0.0)


def test_cost_of_the_jacobian_chain_of_the_course(rng):
    # curriculum NB03.W5: sizes 100, 50, 40, 30, 1 cost 8,230 multiply-adds a product
    sizes = [100, 50, 40, 30, 1]
    weights = [rng.normal(size=(m, n)) for n, m in itertools.pairwise(sizes)]

    def f(x):
        for W in weights:
            x = W @ x
        return x

    cost = trace(f, rng.normal(size=100)).cost()
    assert (cost.multiply_adds, cost.vjp, cost.jvp) == (8230, 8230, 8230)
    assert (cost.jacobian_reverse, cost.jacobian_forward) == (8230, 823000)
    assert cost.bytes_vjp == 8 * (50 + 40 + 30 + 1)
    assert cost.bytes_value == 8 * (50 + 40)


def test_products_with_and_without_caching(rng):
    # curriculum NB06.W2: 2L products where deltas are kept, L(L + 3)/2 where every path is multiplied out
    L = 24
    u = rng.normal(size=3)
    x = rng.normal(size=3)

    @primitive
    def layer(W, h):
        return np.tanh(W @ h)

    defvjp(
        layer,
        lambda g, out, W, h: np.outer(g * (1 - out**2), h),
        lambda g, out, W, h: W.T @ (g * (1 - out**2)),
    )

    def loss(*weights):
        h = x
        for W in weights:
            h = layer(W, h)
        return np.square(u @ h)

    cost = trace(loss, *(rng.normal(size=(3, 3)) for _ in range(L))).cost()
    assert (cost.products, cost.products_uncached) == (48, 324)
    assert "products_uncached" in str(cost)


def test_one_multiply_add_per_weight_forward_and_two_backward(rng):
    # curriculum S0-24
    cost = trace(lambda W, x: W @ x, rng.normal(size=(4, 3)), rng.normal(size=3)).cost()
    assert (cost.multiply_adds, cost.vjp) == (12, 24)


def test_an_affine_layer_costs_its_product_and_its_sum(rng):
    arrays = rng.normal(size=(5, 4)), rng.normal(size=(4, 3)), rng.normal(size=3)
    fused = trace(affine, *arrays).cost()
    apart = trace(lambda x, W, b: x @ W + b, *arrays).cost()
    assert fused.multiply_adds == 5 * 4 * 3
    for count in ("multiply_adds", "vjp", "jvp", "jacobian_reverse", "jacobian_forward", "elementwise"):
        assert getattr(fused, count) == getattr(apart, count), count


def test_dot_names_every_node_and_edge():
    dot = trace(logistic, 2.0, -1.0, 1.5, 0.0).to_dot()
    assert dot.startswith("digraph")
    assert dot.count("->") == 11
    assert 'label="z\\nadd"' in dot


def test_the_picture_shows_names_formulas_and_values_and_is_well_formed():
    picture = trace(logistic, 2.0, -1.0, 1.5, 0.0)._repr_svg_()
    root = ElementTree.fromstring(picture)
    texts = [t.text for t in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "y = σ(z)" in texts
    assert "0.880797" in texts
    assert root.find("{http://www.w3.org/2000/svg}title").text.startswith("Computation graph of 6 operations")


def test_the_picture_of_sixty_nodes_keeps_boxes_apart():
    def f(x, y):
        for _ in range(20):
            x, y = np.tanh(x * y), x + y
        return x + y

    root = ElementTree.fromstring(trace(f, 0.5, 0.3)._repr_svg_())
    boxes = [
        [float(r.get(k)) for k in ("x", "y", "width", "height")]
        for r in root.iter("{http://www.w3.org/2000/svg}rect")
    ][1:]
    assert len(boxes) == 63
    for (a, b, w, h), (c, d, _, k) in itertools.combinations(boxes, 2):
        assert a + w <= c or c <= a or b + h <= d or d + k <= b or (a, b) == (c, d)


def test_text_in_pictures_is_escaped():
    graph = trace(lambda x: x * 2.0, 1.0)
    graph.nodes[0].name = "<script>"
    assert "<script>" not in graph._repr_svg_()


def test_parameter_trees_are_inputs_named_by_their_place():
    def model(p, x):
        h = p["layers"][0]["W"] @ x + p["b"]
        return np.sum(h * h) * p["times"]

    params = {"layers": [{"W": np.array([[1.0, 2.0]])}], "b": np.array([0.5]), "times": 3}
    graph = trace(model, params, np.array([1.0, -1.0]))
    inputs = [node.name for node in graph.nodes if node.kind == "input"]
    assert inputs == ["p['layers'][0]['W']", "p['b']", "x"]
    np.testing.assert_array_equal(graph.backward()[1], [-3.0])  # 3 * 2 * h, h = -0.5
    params["b"] = np.array([1.5])
    assert graph.forward(params, np.array([1.0, -1.0])) == 0.75
    with pytest.raises(UsageError, match=r"expected: 3(.|\n)*got: +2"):
        graph.forward(params)
    assert [n.name for n in trace(lambda x: np.sum(x), [1.0, 2.0]).nodes][:1] == ["x"]


@pytest.mark.parametrize("out", [lambda x: (x, x * x), lambda x: {"a": x}, lambda x: [x]])
def test_a_function_of_several_results_is_not_drawn_as_a_constant(out):
    with pytest.raises(UsageError, match=r"The function to trace returned several results"):
        trace(out, 2.0)


def test_a_long_graph_is_drawn_from_top_to_bottom():
    def chain(x):
        for _ in range(60):
            x = np.tanh(x) * 1.5
        return x

    def size(svg):
        return [int(re.search(rf'{side}="(\d+)"', svg)[1]) for side in ("width", "height")]

    width, height = size(trace(lambda x: np.tanh(x) * 1.5, 0.3)._repr_svg_())
    assert width > height
    width, height = size(trace(chain, 0.3)._repr_svg_())
    assert width < 400 < 60 * 52 < height

"""Runs of the network lab against the trainer and the engine, and what is said of them."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from backprop_course import Tensor, data, grad, nn
from backprop_course.errors import CourseError, UsageError
from backprop_course.widgets._lab_code import code_of
from backprop_course.widgets._lab_data import FEATURES, OWN, SETS, points_of
from backprop_course.widgets._lab_run import RATE, Run
from backprop_course.widgets._lab_settings import ACTIVATIONS, LOSSES, OPTIMIZERS, checked
from backprop_course.widgets._lab_statistics import start_statistics
from backprop_course.widgets.trace_network import (
    GRID,
    WIDE,
    cloud_of,
    look_up,
    net_of,
    trace_network,
    why_it_ended,
)


def run_of(changes: Any = (), backwards: Any = None, **settings: Any) -> Run:
    made = checked(settings)
    return Run(made, points_of(made, None), backwards, changes)


def weights_of(model: Any) -> Any:
    return np.concatenate([np.ravel(p.value) for p in model.parameters()])


@pytest.mark.parametrize("name", SETS)
def test_the_code_of_each_data_set_makes_the_points_of_the_lab(name: str) -> None:
    settings = checked({"data": name, "n": 50, "noise": 0.2, "data_seed": 3, "train": 60})
    points = points_of(settings, None)
    names: dict[str, Any] = {"np": np, "data": data}
    exec(points.code, names)
    np.testing.assert_array_equal(names["X"], points.X)
    np.testing.assert_array_equal(names["y"], points.y)
    assert len(points.X) + len(points.X_test) == (4 if name == "XOR" else 50)
    (left, right), (bottom, top) = points.view
    inside = (points.X[:, 0] > left) & (points.X[:, 0] < right) & (points.X[:, 1] > bottom)
    assert np.mean(inside & (points.X[:, 1] < top)) > 0.9  # noise may throw a few out


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"optimizer": "Adam", "data": "moons", "batch": 7, "activations": ["relu", "sigmoid"]},
        {"data": "plane", "loss": "Huber", "features": ["x1", "x2", "x1x2"], "hidden": []},
        {"loss": "squared error", "penalty": "L1", "strength": 0.01, "optimizer": "momentum"},
        {"data": "XOR", "batch": 4, "output_bias": False, "penalty": "L2", "strength": 0.1},
        {"data": "hills", "loss": "absolute error", "train": 100, "bias": False, "optimizer": "RMSProp"},
    ],
)
def test_the_code_to_copy_ends_with_the_weights_of_the_lab(settings: dict[str, Any]) -> None:
    run = run_of(**settings)
    run.go(33)
    names: dict[str, Any] = {}
    exec(code_of(run).replace("print(", "found = ("), names)
    # The trainer takes the same compiled steps in the same order, so not a bit may differ.
    np.testing.assert_array_equal(weights_of(names["model"]), run.weights)
    assert names["found"]["loss"] == pytest.approx(run.measured()[0], rel=1e-12)  # another order of sums


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_any_step_can_be_returned_to_and_gone_on_from(optimizer: str) -> None:
    run = run_of(optimizer=optimizer, batch=15)
    run.go(20)
    at_twenty = run.weights
    run.go(531)  # beyond the first thinning of what is kept
    at_the_end, losses = run.weights, dict(run.losses)
    run.go(20)
    np.testing.assert_array_equal(run.weights, at_twenty)
    run.go(531)
    np.testing.assert_array_equal(run.weights, at_the_end)
    assert {step: run.losses[step] for step in losses} == losses


def test_gradients_and_error_signals_are_those_of_the_engine() -> None:
    run = run_of(penalty="L2", strength=0.1)
    run.go(5)
    X, y = run.batch
    values = {name: np.array(value) for name, value in run.steps.values.items()}

    def loss(values: Any) -> Any:
        return nn.binary_cross_entropy(nn.pure(run.model, values, X)[0], y) + nn.l2(values, 0.1)

    seen = run.examine(X, y)
    expected = grad(loss)(values)
    # The same operations, perhaps in another order.
    np.testing.assert_allclose(
        seen.gradients, np.concatenate([np.ravel(g) for g in expected.values()]), rtol=1e-12
    )
    p = 1 / (1 + np.exp(-seen.outs["4"]))
    np.testing.assert_allclose(seen.bars["4"], (p - y) / len(y), rtol=1e-9)


def test_one_example_is_followed_by_hand() -> None:
    changes = [(0, 0, 1.0), (0, 1, 0.5), (0, 2, -1.0), (0, 3, 1.0), (0, 6, 2.0), (0, 7, -0.5)]
    settings = {"hidden": [2], "activations": "relu", "data": "plane", "batch": 5}
    run = run_of(tuple(changes), **settings)
    now, _ = trace_network(run, point=(1.0, 2.0))
    # The sums are 1 - 2 = -1 and 0.5 + 2 = 2.5, the relus 0 and 2.5, the output -1.25.
    assert now["flow"]["values"][-3:] == ["0", "2.5", "−1.25"]
    assert "1 × 1 + (−1) × 2 + 0 = −1, relu of it 0" in now["flow"]["forward"][1]
    assert "no target" in now["flow"]["backward"][0]
    assert "".join(now["flow"]["bars"]) == ""
    now, _ = trace_network(run, example=2)
    x, target = run.batch[0][2], run.batch[1][2, 0]
    out = 2 * max(x[0] - x[1], 0) - 0.5 * max(0.5 * x[0] + x[1], 0)
    assert now["flow"]["values"][-1] == f"{out:.4g}".replace("-", "−")
    assert now["flow"]["bars"][-1] == f"{2 * (out - target):.4g}".replace("-", "−")
    assert now["flow"]["forward"][0].startswith("Example 3 of 5")


def test_the_bytes_are_numbers_then_maps() -> None:
    run = run_of()
    run.go(7)
    now, frame = trace_network(run)
    net = net_of(run)
    places, units = net["places"], len(net["units"])
    numbers = np.frombuffer(frame, "<f4", 3 * places)
    np.testing.assert_array_equal(numbers[:places], run.weights.astype("<f4"))
    maps = np.frombuffer(frame, np.uint8, offset=12 * places)
    assert len(maps) == units * GRID**2 + WIDE**2
    # The first input grows from left to right, the second from bottom to top.
    first, second = maps[: GRID**2].reshape(GRID, GRID), maps[GRID**2 : 2 * GRID**2].reshape(GRID, GRID)
    assert (first[0] == first[-1]).all()
    assert first[0, 0] < 10 < 245 < first[0, -1]
    assert second[0, 0] > 245 > 10 > second[-1, 0]
    # The middle of the plane is 0 for both features, to half a cell.
    assert abs(int(first[0, GRID // 2]) - 128) < 127 / GRID + 1
    wide = maps[-(WIDE**2) :].reshape(WIDE, WIDE)
    left, top = run.points.view[0][0], run.points.view[1][1]
    cell = (run.points.view[0][1] - left) / WIDE
    point = np.array([[left + 10.5 * cell, top - 20.5 * cell]])
    logit = run.outputs(run.given(point))["4"][0, 0]
    assert wide[20, 10] == round(128 + 127 * math.tanh(logit / 2))  # 2p - 1 is a tanh of half the logit
    json.dumps(now, allow_nan=False)


def test_the_largest_network_takes_less_than_fifty_kilobytes_a_frame() -> None:
    run = run_of(hidden=[8] * 6, features=list(FEATURES))
    run.go(450)
    now, frame = trace_network(run)
    assert len(frame) + len(json.dumps(now, ensure_ascii=False).encode()) < 50_000


def test_numbers_that_go_bad_are_explained_and_the_run_ends_before_them() -> None:
    run = run_of(data="plane", rate=10.0, activations="relu")
    assert run.go(5000) == run.step < 5000
    assert run.end == run.step
    assert np.isfinite(run.weights).all()
    said = why_it_ended(run)
    assert f"Step {run.step + 1} cannot be taken" in said
    assert "overshoots" in said
    assert "learning rate than 10" in said
    now, _ = trace_network(run)
    json.dumps(now, allow_nan=False)
    assert now["bad"] == said
    run.go(3)
    assert trace_network(run)[0]["bad"] == ""


def test_a_change_by_hand_counts_from_its_step_on() -> None:
    plain, changed = run_of(), run_of(((10, 3, 0.75), (20, RATE, 0.3)))
    for run in (plain, changed):
        run.go(9)
    np.testing.assert_array_equal(plain.weights, changed.weights)
    changed.go(10)
    assert changed.weights[3] == 0.75
    assert changed.rate == 0.03
    changed.go(20)
    assert changed.rate == 0.3
    at_twenty = changed.weights
    changed.go(40)
    changed.go(20)
    np.testing.assert_array_equal(changed.weights, at_twenty)
    assert '# left out: at step 10, values["0.weight"][0, 3] = 0.75' in code_of(changed)
    assert "# left out: from step 20 on the learning rate was 0.3" in code_of(changed)


def test_a_change_before_the_first_step_is_in_the_code() -> None:
    run = run_of(((0, 2, -0.5), (0, 8, 0.25), (0, RATE, 0.1)))
    run.go(12)
    names: dict[str, Any] = {}
    exec(code_of(run).replace("print(", "("), names)
    np.testing.assert_array_equal(weights_of(names["model"]), run.weights)


def test_a_backward_of_the_learners_trains_and_is_compared() -> None:
    def right(dY: Any, X: Any, W: Any) -> Any:
        return dY @ W.T, X.T @ dY, dY.sum(axis=0)

    def wrong(dY: Any, X: Any, W: Any) -> Any:
        return dY @ W.T, X.T @ dY, 0.5 * dY.sum(axis=0)

    runs = [run_of((), own) for own in (None, {"affine": right}, {"affine": wrong})]
    for run in runs:
        run.go(20)
    plain, same, other = runs
    np.testing.assert_allclose(same.weights, plain.weights, rtol=1e-9)  # sums in another order, 20 steps long
    assert not np.allclose(other.weights, plain.weights, rtol=1e-3)
    assert "differs from the reference by 0.5" in trace_network(other)[0]["differences"]
    assert 'trainer.use_backward("affine", wrong)' in code_of(other)


def test_a_start_of_the_statistics_ends_where_the_lab_ends() -> None:
    settings = checked(
        {"data": "XOR", "hidden": [2], "activations": "relu", "batch": 4, "rate": 1.0, "seed": 7}
    )
    points = points_of(settings, None)
    found = start_statistics(settings, points, starts=6, steps=200)
    assert found["seeds"] == list(range(7, 13))
    for k in (0, 5):
        run = Run({**settings, "seed": 7 + k}, points)
        run.go(200)
        # The same steps with other shapes; 200 of them leave rounding far below the four figures.
        assert float(found["losses"][k]) == pytest.approx(run.measured()[0], rel=1e-3)
    assert str(sum(right == 4 for right in found["right"])) in found["sentence"].split()[0]


def test_without_an_output_bias_two_units_never_learn_xor() -> None:
    settings = checked(
        {"data": "XOR", "hidden": [2], "activations": "relu", "batch": 4, "rate": 1.0, "output_bias": False}
    )
    found = start_statistics(settings, points_of(settings, None), starts=40, steps=300)
    assert max(found["right"]) < 4  # a law: NB06.W6 proves it
    assert found["sentence"].startswith("0 of 40 starts")


def test_every_activation_and_loss_makes_a_frame() -> None:
    for activation in ACTIVATIONS:
        run = run_of(activations=activation, n=20)
        run.go(3)
        json.dumps(trace_network(run)[0], allow_nan=False)
    for problem, losses in LOSSES.items():
        for loss in losses:
            run = run_of(data="circles" if problem == "classification" else "plane", loss=loss, n=20)
            run.go(3)
            json.dumps(trace_network(run)[0], allow_nan=False)


def test_what_is_said_of_a_part_has_its_numbers() -> None:
    run = run_of()
    net, (now, _) = net_of(run), trace_network(run)
    start, end, place = net["edges"][5]
    said = look_up(net, now, "weight", 5)
    assert said.startswith(f"Weight from x₂ to unit 2 of hidden layer 1: {now['weights'][place]}.")
    assert (net["units"][start]["name"], net["units"][end]["row"]) == ("x₂", 1)
    assert look_up(net, now, "unit", 2) == "x₁² is not an input of the network now."
    assert look_up(net, now, "bias", 0).startswith("Bias of unit 1 of hidden layer 1: 0.")


def test_ten_thousand_points_are_learned_and_five_hundred_drawn() -> None:
    X = np.random.default_rng(0).normal(size=(10_000, 2))
    settings = checked({"data": OWN, "batch": 1000, "train": 100}, "classification")
    run = Run(settings, points_of(settings, (X, (X[:, 0] > 0).astype(int))))
    run.go(2)
    cloud = cloud_of(run)
    assert len(cloud["train"]) == 500
    assert cloud["note"] == "500 of 10000 training points are drawn."
    assert run.count == 10


@pytest.mark.parametrize(
    ("own", "says"),
    [
        (([[1.0, np.nan]], [1]), "finite"),
        ((np.zeros((0, 2)), np.zeros(0)), "."),
        (([[1.0, 2.0]] * 3, [0, 1, 2]), "two classes"),
        (([[1.0, 2.0, 3.0]] * 2, [0, 1]), "plane"),
        (([[1.0, 2.0]] * 2, [0]), "rows"),
        (3, "pair"),
    ],
)
def test_data_that_do_not_do_are_refused(own: Any, says: str) -> None:
    with pytest.raises(CourseError, match=says):
        points_of(checked({"data": OWN}, "classification"), own)


@pytest.mark.parametrize(
    "settings",
    [
        {"data": "clouds"},
        {"colour": 1},
        {"hidden": [9]},
        {"hidden": [2] * 7},
        {"hidden": 3},
        {"features": []},
        {"features": ["x3"]},
        {"activations": "step"},
        {"rate": -1},
        {"rate": float("nan")},
        {"batch": 0},
        {"loss": "hinge"},
        {"seed": -1},
        {"optimizer": "adam"},
        {"penalty": "L3"},
        {"data": OWN},
    ],
)
def test_settings_that_there_are_not_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="network lab does not know"):
        checked(settings)


@pytest.mark.parametrize("change", [{"starts": 0}, {"starts": 1000}, {"steps": -1}])
def test_statistics_have_limits(change: dict[str, int]) -> None:
    settings = checked({"data": "XOR"})
    with pytest.raises(UsageError, match="Statistics"):
        start_statistics(settings, points_of(settings, None), **change)
    settings = checked({"data": "plane"})
    with pytest.raises(UsageError, match="classification"):
        start_statistics(settings, points_of(settings, None))


def test_nothing_of_a_frame_is_a_tensor() -> None:
    run = run_of()
    assert not any(isinstance(out, Tensor) for out in run.outputs(run.X).values())

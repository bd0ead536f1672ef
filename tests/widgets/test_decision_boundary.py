"""The trainings of the decision boundary against the engine, and the widget around them."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest

from backprop_course import data, grad, sigmoid
from backprop_course.errors import UsageError
from backprop_course.widgets import DecisionBoundary, trace_training
from backprop_course.widgets._pasted import points_from_text
from backprop_course.widgets.trace_boundary import GRID, cross_at, surfaces_of

X, Y = data.logistic_2d(80, rng=5)
ONES = np.column_stack([np.ones(len(X)), X])


def mean_loss(w: Any) -> Any:
    u = ONES @ w
    return np.mean(np.logaddexp(0, u) - Y * u)


def descended(steps: int, lr: float) -> list[Any]:
    """Weights (b, w1, w2) of logistic regression after each step, as NB05 takes them."""
    met = [np.zeros(3)]
    for _ in range(steps):
        met.append(met[-1] - lr * grad(mean_loss)(met[-1]))
    return met


def nodes_of(run: dict[str, Any]) -> Any:
    return np.meshgrid(*(np.linspace(low, high, GRID) for low, high in run["view"]))


def test_the_surface_is_that_of_gradient_descent_by_the_engine() -> None:
    run, surface = trace_training(X, Y, lr=0.5, steps=40)
    met = descended(40, 0.5)
    A, B = nodes_of(run)
    for step, logits in zip(run["moments"], surfaces_of(surface), strict=True):
        b, w1, w2 = met[step]
        # A logit is sent to the next of 1/2000; the order of the sums differs by rounding alone.
        np.testing.assert_allclose(logits, b + w1 * A + w2 * B, rtol=0, atol=0.5 / 2000 + 1e-9)


def test_losses_and_shares_are_those_of_each_step() -> None:
    run, _ = trace_training(X, Y, lr=0.5, steps=40)
    met = descended(40, 0.5)
    # Five figures are sent.
    assert run["losses"] == pytest.approx([float(mean_loss(w)) for w in met], rel=1e-4)
    for step, said in zip(run["moments"], run["sentences"], strict=True):
        right = np.mean((ONES @ met[step] > 0) == (Y == 1))
        assert f"mean loss {mean_loss(met[step]):.4f}, {right:.0%} of the points are right" in said
    assert "½ everywhere" in run["sentences"][0]


def test_the_formula_has_the_weights() -> None:
    b, w1, w2 = descended(40, 0.5)[-1]
    said = trace_training(X, Y, lr=0.5, steps=40)[0]["sentences"][-1].replace("−", "-").replace(" ", "")
    for w, x in ((w1, "x₁"), (w2, "x₂")):
        assert f"{w:+.3f}".rstrip("0") + x in said
    assert f"σ({b:.3f}".rstrip("0") in said


def test_a_cross_reads_the_probability_of_the_model() -> None:
    run, surface = trace_training(X, Y, lr=0.5, steps=40)
    A, B = nodes_of(run)
    b, w1, w2 = descended(40, 0.5)[-1]
    p = sigmoid(b + w1 * A[4, 20] + w2 * B[4, 20])
    # The logit is off by at most 1/4000, so p by a quarter of that; three decimals may go either way.
    read = float(cross_at(run, surface, len(run["moments"]) - 1, 20, 4).split("p = ")[1].rstrip("."))
    assert read == pytest.approx(p, abs=0.0005 + 1 / 16000)


def test_a_network_learns_what_no_line_separates() -> None:
    X, y = data.gate("xor")
    line = trace_training(X, y, model="logistic regression", steps=150)[0]
    net = trace_training(X, y, model="network", hidden=4, steps=150)[0]
    assert line["losses"][-1] == pytest.approx(np.log(2), abs=1e-5)  # 0 is its minimum, and its start
    assert "100% of the points" in net["sentences"][-1]
    assert net["losses"][-1] < 0.05


def test_a_seed_draws_the_same_weights_again() -> None:
    one, again, other = (trace_training(X, Y, model="network", steps=10, seed=s)[1] for s in (1, 1, 2))
    assert one == again != other


def test_an_answer_is_plain_json_and_small() -> None:
    boundary = DecisionBoundary(model="network", hidden=8, steps=500)
    size = len(json.dumps(boundary.run, allow_nan=False)) + len(boundary.surface)
    assert size < 60_000  # 500 steps are the most; with the usual 150 it is below 50 kB:
    boundary = DecisionBoundary(model="network", hidden=8)
    assert len(json.dumps(boundary.run)) + len(boundary.surface) < 50_000


@pytest.mark.parametrize("model", ["logistic regression", "network"])
@pytest.mark.parametrize("dataset", ["moons", "circles", "two clouds", "labels by chance", "XOR"])
def test_the_code_to_copy_ends_with_the_loss_shown(
    model: str, dataset: str, capsys: pytest.CaptureFixture[str]
) -> None:
    boundary = DecisionBoundary(dataset=dataset, model=model, steps=12, seed=3)
    names: dict[str, Any] = {}
    exec(boundary.run["code"], names)
    found = names["trainer"].evaluate(names["X"], names["y"][:, None])["loss"]
    assert boundary.run["losses"][-1] == pytest.approx(found, rel=1e-4)  # five figures are sent
    assert str(found) in capsys.readouterr().out


def test_the_code_holds_few_points_and_the_scale() -> None:
    few = DecisionBoundary([[0, 5000], [100, 200], [50, 900]], ["a", "b", "a"], steps=5)
    names: dict[str, Any] = {}
    exec(few.run["code"], names)
    assert names["trainer"].history.loss[-1] > 0
    assert "z₁" in few.sentence
    assert "# X and y are your points" in DecisionBoundary(X, Y, steps=5).run["code"]


def test_features_of_odd_sizes_are_scaled_for_the_training_alone() -> None:
    far = DecisionBoundary(1000 * X + 7, Y, steps=20)
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    expected = trace_training(Z, Y, steps=20)[0]["losses"]
    assert far.run["losses"] == pytest.approx(expected, rel=1e-4)
    assert far.run["points"][0] == pytest.approx(1000 * X[0] + 7, abs=1e-4)


def test_one_class_alone_has_no_boundary() -> None:
    boundary = DecisionBoundary(X, np.ones(len(X)), steps=100, lr=2)
    assert boundary.run["labels"] == [1] * len(X)
    assert "no boundary to be seen" in boundary.sentence


def test_ten_thousand_points_are_trained_on_and_drawn_in_part() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(10_000, 2))
    boundary = DecisionBoundary(X, X[:, 0] > 0, steps=3)
    assert len(boundary.run["points"]) == 500
    assert not boundary.run["editable"]
    assert "10,000 points" in boundary.sentence
    assert "500 of the points are drawn" in boundary.sentence


def test_points_drawn_by_hand_are_learned_in_the_same_frame() -> None:
    boundary = DecisionBoundary(steps=5)
    frame = boundary.run["view"]
    boundary.points = [[0.1, 0.2, 1], [0.5, 0.5, 0], [0.0, np.nan, 1], [1, 2], [0, 0, 7]]
    boundary.dataset = "your points"
    assert boundary.run["points"] == [[0.1, 0.2], [0.5, 0.5]]
    assert boundary.run["labels"] == [1, 0]
    assert boundary.run["view"] == frame
    boundary.points = [*boundary.points, [50.0, 0.0, 0]]
    assert boundary.run["view"][0][1] > 50
    boundary.points = []
    assert boundary.sentence.startswith("There are no points")
    assert boundary.surface == b""
    assert boundary._repr_mimebundle_()[0]["image/png"]
    assert cross_at(boundary.run, b"", 0, 0, 0).endswith(").")


def test_pasted_points_become_yours() -> None:
    boundary = DecisionBoundary(steps=5)
    boundary.pasted = "x1,x2,kind\n0 0 no\n1;1;yes\n\n2,\t3,\tyes"
    assert boundary.pasted_answer == "3 points taken."
    assert (boundary.dataset, boundary.pasted) == ("your points", "")
    assert boundary.run["points"] == [[0, 0], [1, 1], [2, 3]]
    assert boundary.run["labels"] == [0, 1, 1]
    before = boundary.run
    boundary.pasted = "1 1 a\n2 2 b\n3 3 c"
    assert "two classes" in boundary.pasted_answer
    assert boundary.run == before


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no line"),
        ("a, b, c", "no line"),
        ("1, 2", "line 1"),
        ("1, 2, 0\n1, two, 1", "line 2"),
        ("1, 2, 3, 4", "line 1"),
        ("1, 2,", "line 1"),
    ],
)
def test_text_that_holds_no_points_is_refused_with_its_line(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        points_from_text(text)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (([[0.0, np.nan]], [1]), "not finite"),
        (([], []), "at least one"),
        ((np.zeros((3, 3)), [0, 1, 0]), "two axes"),
        ((np.zeros((3, 2)), [0, 1, 2]), "two classes"),
        ((np.zeros((10_001, 2)), np.zeros(10_001)), "too many points"),
        ((np.zeros((3, 2)), None), "row by row"),
        ((None, [1]), "made of numbers"),
    ],
)
def test_data_that_have_no_boundary_are_told_in_a_sentence(given: Any, says: str) -> None:
    boundary = DecisionBoundary(*given)
    assert says in boundary.sentence
    assert str(boundary) == boundary.sentence
    assert boundary._repr_mimebundle_()[0]["image/png"]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"dataset": "stars"}, "no such set"),
        ({"model": "forest"}, "no such model"),
        ({"model": np.ones(2)}, "no such model"),
        ({"hidden": 9}, "hidden"),
        ({"lr": 0}, "lr"),
        ({"lr": np.nan}, "lr"),
        ({"steps": 501}, "steps"),
        ({"seed": -1}, "seed"),
    ],
)
def test_settings_that_are_none_are_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        DecisionBoundary(**settings)


def test_settings_are_kept_in_range_and_train_anew() -> None:
    boundary = DecisionBoundary(steps=8, step=3)
    assert boundary.run["moments"][boundary.moment] == 3
    before = boundary.run
    boundary.rate, boundary.hidden, boundary.seed, boundary.moment = 99, 0, -4, 99
    assert (boundary.rate, boundary.hidden, boundary.seed) == (len(boundary.trace["rates"]) - 1, 1, 0)
    assert boundary.moment == len(boundary.run["moments"]) - 1
    assert boundary.run != before
    boundary.rate = 0
    assert boundary.run["losses"] != before["losses"]


def test_a_step_size_that_is_far_too_large_is_still_shown() -> None:
    boundary = DecisionBoundary(model="network", hidden=8, lr=10)
    json.dumps(boundary.run, allow_nan=False)
    assert (
        len(boundary.run["sentences"]) == len(boundary.run["moments"]) == len(surfaces_of(boundary.surface))
    )


def test_the_widget_says_in_text_and_picture_what_it_shows() -> None:
    boundary = DecisionBoundary(X, Y, steps=30, step=0)
    bundle, _ = boundary._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert boundary.run["sentences"][-1] in bundle["text/plain"]
    assert boundary.run["setting"] in bundle["text/plain"]
    assert boundary.sentence.startswith("Step 0 of 30")

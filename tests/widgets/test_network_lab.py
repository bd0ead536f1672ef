"""The network lab as a widget: what it does when it is asked, undoes, records, and says."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest

from backprop_course import nn
from backprop_course.errors import UsageError
from backprop_course.widgets.network_lab import NetworkLab
from backprop_course.widgets.trace_network import GRID, WIDE


def ask(lab: NetworkLab, do: str, **more: Any) -> None:
    """Ask as the browser does."""
    lab.command = {"id": lab.answered + 1, "do": do, "at": lab.now["step"], **more}
    assert lab.command["id"] == lab.answered


def weights(lab: NetworkLab) -> Any:
    return np.frombuffer(lab.frame, "<f4", lab.net["places"])


def test_training_goes_on_by_batch_epoch_and_example() -> None:
    lab = NetworkLab()
    ask(lab, "train", steps=3)
    assert lab.now["step"] == 3
    ask(lab, "train", steps=1, unit="epoch")  # to the end of the epoch of ten batches
    assert (lab.now["step"], lab.now["epoch"]) == (10, 1)
    ask(lab, "train", unit="example")
    assert (lab.now["step"], lab.now["flow"]["example"]) == (10, 1)
    for _ in range(9):
        ask(lab, "train", unit="example")
    assert (lab.now["step"], lab.now["flow"]["example"]) == (11, 0)
    assert lab.sentence.startswith("Step 11, 1 epoch and 1 of 10 batches")


def test_training_in_one_go_and_bit_by_bit_is_the_same() -> None:
    whole, parts = NetworkLab(steps=60, optimizer="Adam"), NetworkLab(optimizer="Adam")
    for steps in (1, 7, 12, 40):
        ask(parts, "train", steps=steps)
    assert whole.frame == parts.frame
    ask(parts, "look", at=13)
    ask(parts, "look", at=60)
    assert whole.frame == parts.frame


def test_a_weight_that_is_set_counts_and_what_came_after_is_forgotten() -> None:
    lab = NetworkLab(steps=50)
    ask(lab, "look", at=20)
    ask(lab, "edit", place=4, value=1.25)
    assert weights(lab)[4] == 1.25
    assert lab.now["last"] == 20
    assert lab.now["history"][0][-1] == 20
    ask(lab, "train", steps=10)
    assert weights(lab)[4] != 1.25
    ask(lab, "look", at=20)
    assert weights(lab)[4] == 1.25


def test_undo_and_redo_go_through_all_that_was_done() -> None:
    lab = NetworkLab()
    seen = [(lab.state, lab.frame)]
    for do, more in (
        ("train", {"steps": 30}),
        ("edit", {"place": 2, "value": -1.0}),
        ("train", {"steps": 5}),
        ("set", {"settings": {"rate": 0.3}}),
        ("train", {"steps": 5}),
        ("set", {"settings": {"hidden": [3]}}),
        ("train", {"steps": 8}),
        ("reset", {}),
    ):
        ask(lab, do, **more)
        seen.append((lab.state, lab.frame))
    assert lab.now["undo"]
    for state, frame in reversed(seen[:-1]):
        ask(lab, "undo")
        assert (lab.state, lab.frame) == (state, frame)
    assert not lab.now["undo"]
    for state, frame in seen[1:]:
        ask(lab, "redo")
        assert (lab.state, lab.frame) == (state, frame)


def test_parts_of_one_run_are_undone_together() -> None:
    lab = NetworkLab()
    for more in (False, True, True):
        ask(lab, "train", steps=4, more=more)
    ask(lab, "undo")
    assert lab.now["step"] == 0


def test_another_rate_in_the_middle_of_a_run_does_not_start_anew() -> None:
    lab = NetworkLab(steps=20)
    ask(lab, "set", settings={"rate": 1.0})
    assert (lab.now["step"], lab.now["rate"]) == (20, 1.0)
    ask(lab, "look", at=5)
    assert lab.now["rate"] == 0.03
    ask(lab, "set", settings={"optimizer": "Adam"})
    assert (lab.now["step"], lab.now["last"]) == (0, 0)


def test_the_state_of_a_lab_makes_the_same_lab() -> None:
    lab = NetworkLab("moons", hidden=[3, 3], activations="relu", steps=25)
    ask(lab, "edit", place=0, value=0.5)
    ask(lab, "train", steps=10)
    again = eval(lab.now["share"], {"NetworkLab": NetworkLab})
    assert again.state == lab.state
    assert again.frame == lab.frame
    own = ([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0]], [0.5, 1.5, 1.0])
    lab = NetworkLab(own, steps=5, hidden=[2])
    again = eval(lab.now["share"], {"NetworkLab": NetworkLab, "X": own[0], "y": own[1]})
    assert again.frame == lab.frame
    for text in ("{}", "no json", "[1]"):
        with pytest.raises(UsageError, match="state of a network lab"):
            NetworkLab(state=text)


def test_the_recording_holds_steps_from_the_first_to_the_last() -> None:
    lab = NetworkLab(steps=100, hidden=[3])
    size = 12 * lab.net["places"] + GRID**2 * len(lab.net["units"]) + WIDE**2
    assert len(lab.recorded) == size * len(lab.recording)
    steps = [now["step"] for now in lab.recording]
    assert steps[0] == 0
    assert steps[-1] == 100
    assert len(steps) == 24
    ask(lab, "look", at=steps[7])
    assert lab.frame == lab.recorded[7 * size : 8 * size]


def test_weights_can_be_handed_over_and_a_point_followed() -> None:
    W1, W2 = np.array([[1.0, 0.5, -1.0], [-1.0, 1.0, 2.0]]), np.array([[2.0], [1.0], [-0.5]])
    lab = NetworkLab(
        data=([[1.0, 2.0], [0.0, 1.0]], [1.0, 0.0]),
        hidden=[3],
        activations="relu",
        bias=False,
        output_bias=False,
        train=100,
        weights=[W1, W2],
        point=(1, 2),
    )
    h = np.maximum(np.array([1.0, 2.0]) @ W1, 0)  # 0, 2.5, 3
    assert lab.now["flow"]["values"][-4:] == ["0", "2.5", "3", f"{float(h @ W2[:, 0]):g}"]
    assert lab.model(np.array([[1.0, 2.0]])).value[0, 0] == pytest.approx(1.0)
    ask(lab, "point", point=[0.0, 0.0])
    assert lab.now["flow"]["values"][-1] == "0"
    ask(lab, "example", example=0)
    assert lab.now["flow"]["target"] in ("1", "0")
    with pytest.raises(UsageError, match="do not fit the network"):
        NetworkLab(weights=[W1])


def test_a_backward_of_ones_own_is_plugged_in_and_what_it_raises_is_told() -> None:
    def relu_backward(dY: Any, X: Any) -> Any:
        return dY * (X > 0)

    def broken(dY: Any, X: Any) -> Any:
        return dY / None

    lab = NetworkLab(activations="relu", steps=20)
    before = weights(lab).copy()
    assert lab.use_backward("relu", relu_backward) is lab
    assert lab.now["step"] == 0
    ask(lab, "train", steps=20)
    assert "differs from the reference by 0 of" in lab.sentence
    np.testing.assert_allclose(weights(lab), before, rtol=1e-5)  # float32
    lab.use_backward("relu", broken)
    assert "Broken raised TypeError" in lab.problem or "broken raised TypeError" in lab.problem
    assert lab.sentence.splitlines()[0] == lab.problem
    lab.use_backward("relu", None)
    assert lab.problem == ""
    with pytest.raises(UsageError, match="backward of 'softmax'"):
        lab.use_backward("softmax", relu_backward)


def test_statistics_of_starts_are_made_when_asked_for() -> None:
    lab = NetworkLab("XOR", hidden=[2], activations="relu", batch=4, rate=1.0, output_bias=False)
    ask(lab, "statistics")
    assert lab.statistics["sentence"].startswith("0 of 100 starts")
    assert lab.problem == ""
    ask(lab, "set", settings={"data": "plane"})
    ask(lab, "statistics")
    assert "classification" in lab.problem


@pytest.mark.parametrize(
    "asked",
    [
        {"do": "edit", "place": 10**6, "value": 1.0},
        {"do": "edit", "place": 0, "value": "much"},
        {"do": "edit", "place": 0, "value": float("nan")},
        {"do": "set", "settings": {"hidden": [99]}},
        {"do": "dance"},
        {"do": "point", "point": [1.0]},
    ],
)
def test_what_cannot_be_done_is_told_and_changes_nothing(asked: dict[str, Any]) -> None:
    lab = NetworkLab(steps=4)
    before = lab.state
    ask(lab, **asked)
    assert lab.problem
    assert lab.state == before
    ask(lab, "train", steps=1)
    assert lab.problem == ""


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (([[np.nan, 1.0]], [0]), "finite"),
        (([], []), ""),
        (([[1.0, 2.0]] * 4, [0, 1, 2, 1]), "two classes"),
        (np.ones(3), "pair"),
        (
            ([[1.0, 2.0]], [1.0]),
            "A part would stay empty",
        ),  # one point cannot be parted into training and test
    ],
)
def test_data_that_do_not_do_are_told_in_a_sentence(data: Any, says: str) -> None:
    lab = NetworkLab(data)
    assert says in lab.sentence
    assert lab.sentence == str(lab) == lab.trace["error"]
    assert lab._repr_mimebundle_()[0]["image/png"]


def test_ten_thousand_points_of_ones_own_are_learned() -> None:
    X = np.random.default_rng(0).normal(size=(10_000, 2))
    lab = NetworkLab((X, (X[:, 0] * X[:, 1] > 0).astype(int)), batch=100, steps=20)
    assert lab.settings["data"] == "own data"
    assert "500 of 5000" in lab.cloud["note"]
    assert len(json.dumps(lab.cloud)) < 50_000
    assert "# X (N, 2) and y (N,) are your data" in lab.now["code"]


def test_a_run_that_overflows_is_explained_and_can_be_undone() -> None:
    lab = NetworkLab("plane", rate=10.0, activations="relu")
    for _ in range(10):
        ask(lab, "train", steps=500, more=True)
    assert "cannot be taken" in lab.sentence
    assert "overshoots" in lab.sentence
    json.dumps(lab.now, allow_nan=False)
    assert lab._repr_mimebundle_()[0]["image/png"]


def test_the_widget_says_in_text_and_picture_what_it_shows() -> None:
    lab = NetworkLab("hills", steps=40)
    bundle, _ = lab._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert lab.sentence in bundle["text/plain"]
    assert "learning" not in repr(lab)
    assert len(repr(lab)) < 80
    assert isinstance(lab.model, nn.MLP)


def test_names_of_inputs_may_be_plain_letters() -> None:
    lab = NetworkLab(features=["x2", "x1x2"], hidden=[])
    assert lab.settings["features"] == ["x₂", "x₁x₂"]
    assert lab.net["places"] == 3


def test_a_simple_lab_shows_the_flow_in_text_and_picture() -> None:
    lab = NetworkLab("XOR", hidden=[2], activations="relu", point=(1, 0), numbers=True, simple=True)
    assert "\n".join(lab.now["flow"]["forward"]) in str(lab)
    assert "loss" not in str(lab)
    assert lab.png().startswith(b"\x89PNG")

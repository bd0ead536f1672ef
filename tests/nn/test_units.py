"""Threshold units: gates wired by hand, and the perceptron rule on OR, AND and XOR."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from backprop_course import ShapeError, UsageError, nn

CORNERS = [[0, 0], [0, 1], [1, 0], [1, 1]]
OR, AND, XOR = [0, 1, 1, 1], [0, 0, 0, 1], [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("name", "truth"),
    [("OR", OR), ("AND", AND), ("NOR", [1, 0, 0, 0]), ("AND NOT", [0, 0, 1, 0])],
)
def test_gates_of_two_inputs_have_their_truth_tables(name, truth):
    np.testing.assert_array_equal(nn.gate(name)(CORNERS), truth)


def test_not_is_a_unit_that_always_fires_unless_stopped():
    np.testing.assert_array_equal(nn.gate("NOT")([[0], [1]]), [1.0, 0.0])


def test_gates_are_named_in_small_letters_too():
    for name in ("and", "or", "nor", "not", "and not"):
        assert repr(nn.gate(name)) == repr(nn.gate(name.upper()))


@pytest.mark.parametrize("n", [1, 3, 5])
def test_gates_of_many_inputs_ask_all_any_or_none(n):
    rows = np.array(list(itertools.product([0, 1], repeat=n)))
    np.testing.assert_array_equal(nn.gate("AND", n)(rows), rows.all(axis=1))
    np.testing.assert_array_equal(nn.gate("OR", n)(rows), rows.any(axis=1))
    np.testing.assert_array_equal(nn.gate("NOR", n)(rows), ~rows.any(axis=1))


def test_three_units_compute_xor():
    x = np.array(CORNERS)
    first, second = nn.gate("AND NOT")(x), nn.gate("AND NOT")(x[:, ::-1])
    np.testing.assert_array_equal(nn.gate("OR")(np.stack([first, second], axis=1)), XOR)


def test_one_inhibitory_input_stops_the_unit_whatever_the_others_do():
    unit = nn.McCullochPitts(4, threshold=1, inhibitory=(3,))
    np.testing.assert_array_equal(unit([[1, 1, 1, 0], [1, 1, 1, 1], [0, 0, 0, 0]]), [1.0, 0.0, 0.0])
    assert repr(unit) == "McCullochPitts(4, threshold=1, inhibitory=(3,))"
    assert unit.parameters() == []


def test_a_unit_fires_at_its_threshold_exactly():
    unit = nn.McCullochPitts(3, threshold=2)
    np.testing.assert_array_equal(unit([[1, 0, 0], [1, 1, 0], [1, 1, 1]]), [0.0, 1.0, 1.0])


def test_the_perceptron_learns_or_as_in_the_lecture():
    # NB01.W3: 1, 2, 1, 0 updates, then bias 0 and weights (1, 1).
    unit = nn.Perceptron(2)
    assert unit.fit(CORNERS, OR) == [1, 2, 1, 0]
    np.testing.assert_array_equal(unit.weight.value, [1.0, 1.0])
    assert unit.bias.item() == 0.0
    np.testing.assert_array_equal(unit(CORNERS), OR)


@pytest.mark.parametrize("eta", [0.25, 1.0, 8.0])
def test_the_step_scales_the_weights_of_a_perceptron_that_starts_at_zero(eta):
    unit, plain = nn.Perceptron(2, eta=eta), nn.Perceptron(2)
    assert unit.fit(CORNERS, AND) == plain.fit(CORNERS, AND)
    np.testing.assert_array_equal(unit.weight.value, eta * plain.weight.value)
    np.testing.assert_array_equal(unit(CORNERS), AND)


def test_the_perceptron_never_settles_on_xor():
    updates = nn.Perceptron(2).fit(CORNERS, XOR, passes=50)
    assert len(updates) == 50
    assert min(updates) > 0


def test_an_update_follows_the_rule_and_leaves_the_example_alone():
    unit = nn.Perceptron(2, eta=0.5)
    x = np.array([2.0, -1.0])
    assert not unit.update(x, 0.0)  # the sum is 0, the output 0: right
    assert unit.update(x, 1.0)
    np.testing.assert_array_equal(unit.weight.value, [1.0, -0.5])
    assert unit.bias.item() == 0.5
    assert unit.update(x, 0.0)
    np.testing.assert_array_equal(unit.weight.value, [0.0, 0.0])
    np.testing.assert_array_equal(x, [2.0, -1.0])


def test_a_trained_perceptron_goes_through_a_file(tmp_path):
    unit = nn.Perceptron(2)
    unit.fit(CORNERS, OR)
    unit.save(tmp_path / "or.npz")
    np.testing.assert_array_equal(nn.Perceptron(2).load(tmp_path / "or.npz")(CORNERS), OR)
    assert repr(unit) == "Perceptron(2, eta=1.0): weight (2,), bias (): 3 parameters, 2 multiply-adds per row"


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: nn.gate("XOR"), UsageError, r"'OR'.*got: +'XOR'.*several units"),
        (lambda: nn.McCullochPitts(2, 1, inhibitory=(2,)), UsageError, r"from 0 to 1.*got: +\(2,\)"),
        (lambda: nn.gate("OR")([[0.5, 1.0]]), UsageError, r"inputs of 0 and 1.*got: +from 0\.5 to 1\.0"),
        (lambda: nn.gate("OR")([[0, 1, 1]]), ShapeError, r"\(\.\.\., 2\).*got: +shape \(1, 3\)"),
        (lambda: nn.Perceptron(2)([1.0]), ShapeError, r"Perceptron.*\(\.\.\., 2\).*got: +shape \(1,\)"),
        (lambda: nn.Perceptron(2).fit(CORNERS, [0, 1]), ShapeError, r"row by row.*\(4, 2\) and \(2,\)"),
        (lambda: nn.Perceptron(2).fit(CORNERS, [-1, 1, 1, 1]), UsageError, r"0 and 1.*from -1\.0 to 1\.0"),
    ],
)
def test_bad_inputs_are_refused(call, error, text):
    with pytest.raises(error, match=f"(?s){text}"):
        call()

"""The contestants of ``benchmarks.epochs`` take the same steps: else their times could not be compared."""

from __future__ import annotations

import importlib

import pytest

from benchmarks.epochs.__main__ import tolerance
from benchmarks.epochs.cases import CASES, loss


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize(
    "name",
    [
        "ours",
        pytest.param("with_sklearn", marks=pytest.mark.oracle),
        pytest.param("with_torch", marks=pytest.mark.oracle),
    ],
)
def test_all_reach_the_loss_of_the_loop_by_hand(case, name, request):
    if name == "with_torch":
        request.getfixturevalue("torch").set_num_threads(1)
    by_hand = importlib.import_module("benchmarks.epochs.by_hand")
    other = importlib.import_module(f"benchmarks.epochs.{name}")
    right = loss(case, by_hand.train(case, 2).params)
    assert loss(case, other.train(case, 2).params) == pytest.approx(right, rel=tolerance(case, name))

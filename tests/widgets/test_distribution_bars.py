"""The numbers of the distribution bars against the formulas, and the widget around them."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest

from backprop_course.widgets import DistributionBars, trace_distributions
from backprop_course.widgets.trace_distributions import moved


def test_the_three_are_those_of_the_formulas_and_the_shares_add_up() -> None:
    p, q = np.array([0.5, 0.3, 0.15, 0.05]), np.array([0.1, 0.2, 0.3, 0.4])
    run = trace_distributions(p, q)
    assert run["H"] == pytest.approx(-np.sum(p * np.log(p)), rel=1e-12)
    assert run["CE"] == pytest.approx(-np.sum(p * np.log(q)), rel=1e-12)
    assert run["KL"] == pytest.approx(np.sum(p * np.log(p / q)), rel=1e-12)
    assert sum(run["shares"]) == pytest.approx(run["CE"], rel=1e-12)
    assert run["texts"]["exchanged"] == f"{np.sum(q * np.log(q / p)):.3f}"
    assert run["kind"] == "gap"


def test_the_numbers_of_the_walkthrough_come_out() -> None:
    run = trace_distributions([0.7, 0.3], [0.5, 0.5])
    assert (run["H"], run["CE"], run["KL"]) == pytest.approx((0.610864, 0.693147, 0.082283), abs=5e-7)


def test_equal_distributions_have_no_gap() -> None:
    run = trace_distributions([1, 2, 3], [2, 4, 6])
    assert run["kind"] == "equal"
    assert run["texts"]["KL"] == "0.000"
    assert run["p"] == pytest.approx([1 / 6, 1 / 3, 1 / 2], rel=1e-15)


def test_what_never_happens_adds_nothing_and_what_is_called_impossible_costs_without_limit() -> None:
    certain = trace_distributions([1, 0], [0.25, 0.75])
    assert certain["H"] == 0
    assert certain["CE"] == certain["KL"] == pytest.approx(np.log(4), rel=1e-12)
    assert certain["texts"]["exchanged"] == "∞"
    wrong = trace_distributions([0.5, 0.5], [1, 0])
    assert wrong["kind"] == "infinite"
    assert wrong["CE"] is wrong["KL"] is wrong["shares"][1] is None
    assert json.loads(json.dumps(wrong, allow_nan=False)) == wrong


@pytest.mark.parametrize("seed", range(4))
def test_a_moved_bar_leaves_a_distribution_in_which_the_others_keep_their_ratios(seed: int) -> None:
    rng = np.random.default_rng(seed)
    before = rng.dirichlet(np.ones(5))
    after = np.array(moved(before, 2, 0.6))
    assert after.sum() == pytest.approx(1, rel=1e-12)
    assert after[2] == 0.6
    others = [0, 1, 3, 4]
    np.testing.assert_allclose(after[others] / after[0], before[others] / before[0], rtol=1e-12)


def test_a_bar_that_is_moved_beyond_its_ends_stops_there() -> None:
    assert moved([0.5, 0.5], 0, 7) == [1.0, 0.0]
    assert moved([0.5, 0.25, 0.25], 0, -1) == [0.0, 0.5, 0.5]
    assert moved([0.0, 1.0], 1, 0.25) == [0.75, 0.25]


def test_the_widget_does_what_was_done_by_hand() -> None:
    bars = DistributionBars([0.5, 0.25, 0.25])
    before = bars.run["KL"]
    bars.move = {"of": "q", "at": 0, "to": 0.5, "from": bars.q}
    assert bars.q == pytest.approx([0.5, 0.25, 0.25], rel=1e-12)
    assert bars.run["kind"] == "equal"
    assert bars.run["move"] == bars.move
    assert before > 0
    bars.move = {"of": "r"}
    assert bars.run["kind"] == "equal"
    bars.p = [1.0, 0.0, 0.0]
    assert bars.run["H"] == 0


def test_what_is_no_distribution_does_not_take_the_place_of_one() -> None:
    bars = DistributionBars([0.5, 0.5])
    for wrong in ([], [1.0], [0.5, -0.5], [float("nan"), 1.0], [0.0, 0.0], [0.2, 0.3, 0.5]):
        bars.q = wrong
        assert bars.q == [0.5, 0.5]
    bars.chosen = 9
    assert bars.chosen == 3


def test_each_outcome_says_its_numbers() -> None:
    bars = DistributionBars([0.5, 0.5], [0.25, 0.75], names=["heads", "tails"])
    bars.chosen = 2
    assert bars.sentence == (
        "H(p) = 0.693, CE(p, q) = 0.837, KL(p, q) = 0.144 nats: CE is longer than H by the divergence.\n"
        "At tails: p = 0.500, q = 0.750; this adds 0.144 to CE. "
        "With p and q exchanged the divergence is KL(q, p) = 0.131."
    )
    bars.q = [1.0, 0.0]
    assert "q calls tails impossible, and it happens with probability 0.500." in bars.sentence


def test_the_code_to_copy_computes_the_same_numbers() -> None:
    bars = DistributionBars([0.5, 0.5, 0.0], [0.2, 0.3, 0.5])
    names: dict[str, Any] = {}
    exec(bars.code, names)
    assert (names["H"], names["KL"]) == pytest.approx((bars.run["H"], bars.run["KL"]), rel=1e-12)


@pytest.mark.parametrize(
    ("p", "q", "says"),
    [
        ([0.5, np.nan], None, "p = [0.5, nan]"),
        ([], None, "shape (0,)"),
        (np.ones(10_000), None, "shape (10000,)"),
        ([0.5, -0.5], None, "p is no distribution"),
        ([[1], [1, 2]], None, "p is no distribution"),
        ("half", None, "'half'"),
        ([0.5, 0.5], [1, 1, 1], "2 and 3 entries"),
        ([0.5, 0.5], [0, 0], "q is no distribution"),
    ],
)
def test_what_is_no_distribution_is_told_in_a_sentence(p: Any, q: Any, says: str) -> None:
    bars = DistributionBars(p, q)
    assert says in bars.sentence == str(bars) == bars.trace["error"]
    assert bars.code == ""
    assert bars._repr_mimebundle_()[0]["image/png"]


def test_names_are_as_many_as_outcomes() -> None:
    assert "1 names" in DistributionBars([0.5, 0.5], names=["heads"]).sentence


def test_the_widget_says_in_text_and_picture_what_it_shows() -> None:
    for bars in (DistributionBars(), DistributionBars([0.5, 0.5], [1, 0])):
        bundle, _ = bars._repr_mimebundle_()
        assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
        assert bars.sentence in bundle["text/plain"]
        assert bars.run["share_texts"][1] in bundle["text/plain"]
        assert len(repr(bars)) < 80

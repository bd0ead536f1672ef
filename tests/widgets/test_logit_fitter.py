"""The trace of the logit fitter against the formulas of logistic regression, and the widget around it."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest

from backprop_course.errors import UsageError
from backprop_course.widgets import LogitFitter, trace_logit

X = np.array([-2.5, -1.8, -1.1, -0.5, -0.2, 0.4, 0.6, 1.0, 1.3, 2.0, 2.7])
Y = np.array([0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 1])


def test_bars_are_minus_the_logarithm_of_what_happened_and_add_up() -> None:
    run = trace_logit(X, Y, (0.5, 0.4))
    yhat = 1 / (1 + np.exp(-(0.5 + 0.4 * X)))
    bars = -np.log(np.where(Y == 1, yhat, 1 - yhat))
    np.testing.assert_allclose(run["yhat"], yhat, rtol=1e-12)
    np.testing.assert_allclose(run["bars"], bars, rtol=1e-12)
    assert run["total"] == f"{bars.sum():.3f}"
    assert run["mean"] == f"{bars.mean():.3f}"


def test_gradients_are_error_times_feature_and_add_up() -> None:
    run = trace_logit(X, Y, (0.5, 0.4))
    error = 1 / (1 + np.exp(-(0.5 + 0.4 * X))) - Y
    sums = np.vstack([[0, 0], np.cumsum(np.column_stack([error, error * X]), axis=0)])
    # Six figures are sent: at most half of the last one off.
    np.testing.assert_allclose(run["sums"], sums, rtol=5e-6, atol=1e-12)
    assert run["whole"] == run["sum_texts"][-1]


def test_far_off_weights_give_long_bars_not_infinite_ones() -> None:
    run = trace_logit([-1.0, 1.0], [1, 0], (0.0, 1000.0))
    assert run["bars"] == [1000.0, 1000.0]
    json.dumps(run, allow_nan=False)


def test_the_frame_has_the_map_and_its_minimum_and_is_plain_json() -> None:
    fitter = LogitFitter((X, Y))
    json.dumps([fitter.trace, fitter.map], allow_nan=False)
    best = trace_logit(X, Y, fitter.map["best"])
    # The search ends where the slope is at most 1e-6, and three decimals of the best weights are sent; the
    # curvature of eleven points is below 11 * 2.7² / 4.
    np.testing.assert_allclose(best["sums"][-1], 0, atol=5e-4 * 21)
    json.dumps(trace_logit(X, Y, (0, 0)), allow_nan=False)


def test_the_widget_makes_a_new_trace_when_a_weight_moves_and_keeps_it_in_view() -> None:
    fitter = LogitFitter((X, Y), w=(0.5, 0.4))
    assert fitter.sentence.startswith(f"The total loss is {fitter.run['total']}, ")
    fitter.w = [0.5, 4.0]
    assert fitter.run["w"] == [0.5, 4.0]
    fitter.w = [-70.0, 70.0]
    assert fitter.w == [-3.0, 6.0]
    fitter.w = [float("nan"), 1.0]
    assert fitter.w == [-3.0, 6.0]
    fitter.point = -1
    assert fitter.point == 0
    assert fitter.sentence.endswith("No gradient is added yet: the sum begins at (0, 0).")


def test_each_point_says_its_numbers() -> None:
    fitter = LogitFitter(([-1.0, 0.0, 2.0], [0, 1, 1]), w=(0, 0))
    fitter.point = 2
    assert fitter.sentence == (
        "The total loss is 2.079, the mean 0.693.\n"
        "Point 2 of 3 at x = 0.000, y = 1: ŷ = 0.500, so what happened had p = 0.500, and −log p = 0.693.\n"
        "Its gradient is (−0.500, 0.000). The first 2 add up to (0.000, −0.500)."
    )


def test_the_code_to_copy_computes_the_same_sums() -> None:
    fitter = LogitFitter((X, Y), w=(0.5, 0.4))
    names: dict[str, Any] = {}
    exec(fitter.code, names)
    np.testing.assert_allclose(names["whole"], fitter.run["sums"][-1], rtol=5e-6)
    assert f"{float(np.sum(names['losses'](names['w']))):.3f}" == fitter.run["total"]


@pytest.mark.parametrize(
    ("points", "says"),
    [
        (([1.0, np.nan], [1.0, 0.0]), "point 1 is (nan, 0)"),
        (([], []), "0 points"),
        ((np.arange(10_000.0), np.ones(10_000)), "10,000 points"),
        (([1.0, 2.0], [1.0, 0.5]), "a target of 0.5"),
        ("points", "needs data"),
    ],
)
def test_data_that_do_not_do_are_told_in_a_sentence(points: Any, says: str) -> None:
    fitter = LogitFitter(points)
    assert says in fitter.sentence == str(fitter) == fitter.trace["error"]
    assert fitter.code == ""
    assert fitter._repr_mimebundle_()[0]["image/png"]


def test_settings_that_are_none_are_refused() -> None:
    with pytest.raises(UsageError, match="needs w as a pair"):
        LogitFitter(w=3)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="needs a view"):
        LogitFitter(view=((0, 0), (1, 2)))


def test_classes_that_can_be_parted_have_no_best_weights_to_show() -> None:
    fitter = LogitFitter(([-1.0, 1.0, 2.0], [0, 1, 0]))
    assert fitter.map["best"] is not None
    fitter.x = [-1.0, 1.0, -2.0]
    assert fitter.map["best"] is None


def test_a_point_that_moves_takes_curve_losses_and_map_along_and_stays_in_view() -> None:
    fitter = LogitFitter((X, Y), w=(0.5, 0.4))
    first, across = fitter.map, fitter.trace["across"]
    fitter.w = [0.0, 1.0]
    assert fitter.map is first  # weights move on it
    moved = [*X[:-1].tolist(), -1.0]
    fitter.x = moved
    expected = trace_logit(moved, Y, (0.0, 1.0), across)
    assert fitter.run == expected
    assert fitter.run["bars"][-1] == pytest.approx(np.log1p(np.exp(1.0)))
    assert fitter.map["best"][1] < first["best"][1]  # it stands on the wrong side now
    fitter.x = [*X[:-1].tolist(), 700.0]
    assert fitter.x[-1] == across[1]
    before = fitter.x
    fitter.x = [1.0, 2.0]
    assert fitter.x == before
    fitter.x = [float("nan")] * len(X)
    assert fitter.x == before


def test_the_widget_says_in_text_and_picture_what_it_shows() -> None:
    fitter = LogitFitter((X, Y))
    bundle, _ = fitter._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert fitter.sentence in bundle["text/plain"]
    assert len(bundle["text/plain"].splitlines()) == 4 + len(X) + 4
    assert len(repr(fitter)) < 80

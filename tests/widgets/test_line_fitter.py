"""The trace of the line fitter against the engine, formulas and NumPy, and the widget around it."""

from __future__ import annotations

import base64
import json
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from backprop_course import data
from backprop_course.errors import UsageError
from backprop_course.widgets import LineFitter, trace_line
from backprop_course.widgets.trace_line import LINES, LOSSES, least_absolute

RNG = np.random.default_rng(5)
X = np.arange(9.0)
Y = np.append(1 + 0.5 * X[:-1] + 0.3 * RNG.standard_normal(8), 14.0)


def test_the_trace_is_plain_json_and_small() -> None:
    x = np.linspace(0, 1, 40)
    text = json.dumps(trace_line(x, RNG.standard_normal(40), (0.3, -1.0)), allow_nan=False)
    assert len(text.encode()) < 60_000  # forty points are the most; a lesson's nine take a quarter
    assert len(json.dumps(trace_line(X, Y, (0, 0))).encode()) < 16_000


def test_gradients_are_those_of_the_formulas_and_add_up() -> None:
    beta = (0.5, 1.5)
    losses = trace_line(X, Y, beta)["lines"]["own"]["losses"]
    e = beta[0] + beta[1] * X - Y
    for name, slope in (("squared", 2 * e), ("absolute", np.sign(e))):
        each = np.column_stack([slope, slope * X])
        expected = np.vstack([[0, 0], np.cumsum(each, axis=0)])
        # Six figures are sent: at most half of the last one off.
        np.testing.assert_allclose(losses[name]["sums"], expected, rtol=5e-6, atol=1e-9)
        last = ", ".join(f"{v:.3f}".replace("-", "−") for v in expected[-1])
        assert losses[name]["whole"] == losses[name]["sum_texts"][-1] == f"({last})"
    assert losses["squared"]["total"] == f"{np.sum(e**2):.3f}"
    assert losses["absolute"]["total"] == f"{np.sum(np.abs(e)):.3f}"


def test_at_the_line_of_least_squares_the_arrows_close() -> None:
    X4, y4 = data.ols()
    fit = trace_line(X4, y4, (0, 0))["lines"]
    assert fit["squared"]["beta"] == pytest.approx([0.7, 2.2], rel=1e-12)
    assert fit["squared"]["losses"]["squared"]["closes"]
    assert not fit["own"]["losses"]["squared"]["closes"]
    assert fit["own"]["losses"]["squared"]["whole"] == "(−32.000, −70.000)"  # NB02.W2, by hand


def test_the_squared_line_is_that_of_numpy_and_follows_the_outlier_farther() -> None:
    steady = Y.copy()
    steady[-1] = 5.0
    slopes = {}
    for name in LOSSES:
        before, after = (trace_line(X, y, (0, 0))["lines"][name]["beta"] for y in (steady, Y))
        slopes[name] = abs(after[1] - before[1])
    slope, start = np.polyfit(X, Y, 1)
    np.testing.assert_allclose(
        trace_line(X, Y, (0, 0))["lines"]["squared"]["beta"], [start, slope], rtol=1e-9
    )
    assert slopes["absolute"] < slopes["squared"] / 2


@pytest.mark.parametrize("seed", range(5))
def test_no_nearby_line_has_less_absolute_error(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((2, 7))
    b0, b1 = least_absolute(x, y)
    least = np.abs(b0 + b1 * x - y).sum()
    # The sum is convex: what is least among lines close by is least among all.
    for step in 1e-4 * rng.standard_normal((50, 2)):
        assert np.abs(b0 + step[0] + (b1 + step[1]) * x - y).sum() >= least - 1e-12
    through = [
        (i, j)
        for i, j in combinations(range(7), 2)
        if abs(b0 + b1 * x[i] - y[i]) < 1e-9 > abs(b0 + b1 * x[j] - y[j])
    ]
    assert through


def test_points_on_the_best_absolute_line_do_not_pull_at_it() -> None:
    for seed in range(20):
        x, y = np.random.default_rng(seed).standard_normal((2, 9))
        absolute = trace_line(x, y, (0, 0))["lines"]["absolute"]
        pulls = absolute["losses"]["absolute"]["pull_texts"]
        on_it = [i for i, error in enumerate(absolute["error_texts"]) if error == "0.000"]
        assert [pulls[i] for i in on_it] == ["(0.000, 0.000)"] * len(on_it)
        assert len(on_it) >= 2


def test_points_above_each_other_and_single_points_have_best_lines_too() -> None:
    fit = trace_line([2.0, 2.0, 2.0], [1.0, 2.0, 6.0], (0, 0))["lines"]
    assert fit["squared"]["beta"] == [3.0, 0.0]
    assert fit["absolute"]["beta"] == [2.0, 0.0]
    assert trace_line([2.0], [1.0], (0, 0))["lines"]["squared"]["beta"] == [1.0, 0.0]


def test_the_widget_makes_a_new_trace_when_a_point_or_a_parameter_moves() -> None:
    fitter = LineFitter()
    before = fitter.run
    fitter.y = [1.0, 3.0, 4.0, 2.0]
    assert fitter.run["lines"]["squared"]["beta"] != before["lines"]["squared"]["beta"]
    assert fitter.run["lines"]["own"]["beta"] == before["lines"]["own"]["beta"]
    fitter.beta = [2.5, 0.0]
    assert fitter.run["lines"]["own"]["losses"]["squared"]["total"] == "5.000"  # 2.25 + 0.25 + 2.25 + 0.25


def test_settings_are_kept_in_range() -> None:
    fitter = LineFitter(view=((0, 3), (0, 10)))
    fitter.y = [1.0, 3.0, -4.0, 80.0]
    assert fitter.y == [1.0, 3.0, 0.0, 10.0]
    fitter.y = [1.0, 2.0]
    assert fitter.y == [1.0, 3.0, 0.0, 10.0]
    fitter.y = [1.0, 2.0, float("nan"), 4.0]
    assert fitter.y == [1.0, 3.0, 0.0, 10.0]
    fitter.beta = [float("inf"), 0.0]
    assert fitter.beta == [0.0, 0.0]
    fitter.point = 99
    assert fitter.point == 4


def test_each_point_says_its_numbers() -> None:
    fitter = LineFitter(beta=(1.0, 1.0))
    fitter.point = 0
    assert fitter.sentence == "No gradient is added yet: the sum begins at (0, 0)."
    fitter.point = 3
    assert fitter.sentence == (
        "Point 3 of 4 at (2.000, 4.000): your line predicts 3.000, error −1.000, squared loss 1.000.\n"
        "Its gradient is (−2.000, −4.000). The first 3 add up to (−4.000, −6.000)."
    )
    fitter.loss = "absolute"
    assert "Its gradient is (−1.000, −2.000). The first 3 add up to (−2.000, −3.000)." in fitter.sentence
    fitter.line, fitter.loss, fitter.point = "squared", "squared", 4
    assert fitter.sentence.endswith("add up to (0.000, 0.000): the arrows close.")


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("loss", LOSSES)
def test_the_code_to_copy_prints_the_same_sums(
    line: str, loss: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fitter = LineFitter((X, Y), beta=(1.0, 0.5), line=line, loss=loss)
    names: dict[str, Any] = {}
    exec(fitter.code, names)
    assert capsys.readouterr().out
    shown = fitter.run["lines"][line]["losses"][loss]
    # Six figures are sent; at the best line the rounding left over is as small beside the terms.
    np.testing.assert_allclose(names["whole"], shown["sums"][-1], rtol=1e-5, atol=1e-9)
    assert shown["total"] == f"{float(np.sum(names['losses'](names['beta']))):.3f}"


@pytest.mark.parametrize(
    ("points", "says"),
    [
        (([1.0, np.nan], [1.0, 2.0]), "point 1 is (nan, 2)"),
        (([], []), "0 points"),
        ((np.arange(10_000.0), np.arange(10_000.0)), "10,000 points"),
        (([1.0, 2.0], [1.0]), "shapes (2,) and (1,)"),
        (3, "needs data"),
    ],
)
def test_data_that_do_not_do_are_told_in_a_sentence(points: Any, says: str) -> None:
    fitter = LineFitter(points)
    assert says in fitter.sentence == str(fitter) == fitter.trace["error"]
    assert fitter.code == ""
    assert fitter._repr_mimebundle_()[0]["image/png"]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"beta": (1.0,)}, "needs beta"),
        ({"beta": (1.0, np.nan)}, "needs beta"),
        ({"beta": "steep"}, "needs beta"),
        ({"line": "best"}, "no such line"),
        ({"loss": "cubed"}, "no such loss"),
        ({"residuals": []}, "no such residuals"),
        ({"view": ((1, 0), (0, 1))}, "needs a view"),
        ({"view": 3}, "needs a view"),
    ],
)
def test_settings_that_are_none_are_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        LineFitter(**settings)


def test_a_view_is_widened_until_all_points_are_in_it() -> None:
    assert LineFitter(view=((0, 1), (2, 4))).trace["view"] == [[0, 3], [1, 8]]


def test_the_widget_says_in_text_and_picture_what_it_shows() -> None:
    fitter = LineFitter((X, Y), line="absolute")
    bundle, _ = fitter._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert fitter.sentence in bundle["text/plain"]
    assert fitter.run["lines"]["squared"]["losses"]["absolute"]["total"] in bundle["text/plain"]
    assert len(repr(fitter)) < 80

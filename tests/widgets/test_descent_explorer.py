"""The maps and paths of the descent explorer against theory, and the widget around them."""

from __future__ import annotations

import base64
import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_course import data, optim
from backprop_course.errors import UsageError
from backprop_course.widgets import DescentExplorer, trace_map, trace_run
from backprop_course.widgets._losses import loss_of
from backprop_course.widgets._rates import SCHEDULES, STEPS, schedule_of
from backprop_course.widgets.trace_descent import METHODS

SQUARES = loss_of("least squares", None)
START = (4.0, -1.0)
LIMIT = 2 / np.linalg.eigvalsh([[8.0, 12.0], [12.0, 28.0]]).max()  # the Hessian of the four points


def valley(p: Any) -> Any:
    return (1 - p[0]) ** 2 + 20 * (p[1] - p[0] ** 2) ** 2


def test_the_map_is_plain_json_and_knows_the_line_of_least_squares() -> None:
    trace = trace_map()
    json.dumps(trace, allow_nan=False)
    # The search ends where the slope is at most 1e-6, far below the 5 decimals sent.
    assert trace["best"] == [0.7, 2.2]
    assert trace["methods"] == list(METHODS)
    assert trace["size"] == 4


def test_points_of_a_ring_have_equal_loss() -> None:
    ring = np.array(max(trace_map()["rings"], key=len))
    heights = np.array([SQUARES(point) for point in ring])
    # Between the points of the grid rings are straight lines, whose sag is at most curvature * gap² / 8
    # with curvature 34 and a gap of 0.16 across a cell; the three decimals add 0.0005 times the slope.
    assert np.ptp(heights) <= 2 * (34 * 0.16**2 / 8 + 0.0005 * 700)


@pytest.mark.parametrize("method", METHODS)
def test_every_run_is_plain_json_with_a_sentence_for_each_point(method: str) -> None:
    run = trace_run(SQUARES, START, method)
    json.dumps(run, allow_nan=False)
    assert run["error"] == ""
    assert run["points"][0] == list(START)
    assert len(run["sentences"]) == len(run["points"]) <= STEPS + 1
    assert run["sentences"][-1].endswith(run["ending"])


def test_a_fixed_step_is_the_step_against_the_gradient() -> None:
    X, y = data.ols()
    A = np.column_stack([np.ones(4), X[:, 0]])
    beta = np.array(START)
    for point in trace_run(SQUARES, START, lr=0.03)["points"]:
        assert point == pytest.approx(beta, abs=1e-5)  # five decimals are sent
        beta = beta + 0.03 * 2 * A.T @ (y - A @ beta)


RATES: dict[str, Callable[[int], float]] = {  # of step t, as the course writes them
    "constant": lambda t: 0.05,
    "step": lambda t: 0.05 * 0.5 ** (t // 10),
    "exponential": lambda t: 0.05 * 0.9**t,
    "inverse": lambda t: 0.05 / (1 + 0.1 * t),
    "cosine": lambda t: 0.05 / 2 * (1 + np.cos(np.pi * t / 40)),
}


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_each_step_has_the_size_that_the_schedule_gives(schedule: str) -> None:
    X, y = data.ols()
    A = np.column_stack([np.ones(4), X[:, 0]])
    beta = np.array(START)
    run = trace_run(SQUARES, START, lr=0.05, schedule=schedule)
    json.dumps(run, allow_nan=False)
    batches = trace_run(SQUARES, START, "mini-batches", lr=0.05, schedule=schedule, batch=4)
    assert len(run["points"]) > 25
    for t, point in enumerate(run["points"]):
        assert point == pytest.approx(beta, abs=1e-5)  # five decimals are sent
        assert batches["points"][t] == pytest.approx(beta, abs=1e-5)
        beta = beta + RATES[schedule](t) * 2 * A.T @ (y - A @ beta)
    assert ("The step from here has η" in run["sentences"][20]) == (schedule != "constant")
    assert schedule == "constant" or f"η = {RATES[schedule](20):.3g}." in run["sentences"][20]


def test_a_schedule_says_from_which_step_on_it_is_below_the_limit() -> None:
    said = trace_run(SQUARES, START, lr=0.1, schedule="inverse")["setting"]
    first = next(t for t in range(STEPS) if 0.1 / (1 + 0.1 * t) < LIMIT)
    assert f"is divided by 1 + 0.1 t at step t: it is below the limit from step {first} on." in said
    said = trace_run(SQUARES, START, lr=0.05, schedule="step")["setting"]
    assert "is halved after every 10 steps: it is below the limit from the start." in said
    said = trace_run(SQUARES, START, lr=1.0, schedule="step")["setting"]
    assert f"none of {STEPS} steps is below the limit" in said
    flat = trace_run(loss_of(lambda p: -np.sum(p**2), None), START, lr=0.1, schedule="cosine")["setting"]
    assert "no limit 2/L. The step size is 0.1 at first and falls to 0 at step 40" in flat


def test_a_schedule_ends_no_later_than_the_explorer() -> None:
    assert schedule_of("cosine", 0.1)(STEPS) == 0
    assert all(schedule_of(name, 0.1)(STEPS - 1) > 0 for name in SCHEDULES)


@pytest.mark.parametrize("method", METHODS[:2])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_code_to_copy_follows_the_schedule(schedule: str, method: str) -> None:
    run = trace_run(SQUARES, START, method, lr=0.03, schedule=schedule, momentum=0.5, batch=2, seed=3)
    names: dict[str, Any] = {}
    exec(run["code"], names)
    end = names["beta"].value if method == "mini-batches" else names["run"].x
    assert run["points"][-1] == pytest.approx(end, abs=1e-5)  # five decimals are sent


def test_the_explorer_shows_its_schedule_where_the_method_has_one() -> None:
    explorer = DescentExplorer(lr=0.1, schedule="inverse")
    assert "fixed step, schedule: inverse" in str(explorer)
    assert "below the limit from step" in explorer.sentence
    before = explorer.run
    explorer.schedule = "exponential"
    assert explorer.run != before
    explorer.method = "L-BFGS"
    assert explorer.run == trace_run(SQUARES, START, "L-BFGS")
    assert "schedule" not in str(explorer)


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_the_limit_parts_paths_that_come_nearer_from_paths_that_go_away(momentum: float) -> None:
    limit = LIMIT * (1 + momentum)
    best = np.array([0.7, 2.2])
    for share, side in ((0.95, "is below the limit"), (1.05, "is not below the limit")):
        run = trace_run(SQUARES, START, lr=limit * share, momentum=momentum)
        assert side in run["setting"]
        first, last = (np.linalg.norm(np.subtract(run["points"][k], best)) for k in (0, -1))
        assert (last < first) == (share < 1)
    assert f"2/L = {LIMIT:.5g}" in run["setting"]


def test_searches_find_the_minimum_that_the_fixed_step_has_not_reached() -> None:
    steps = {}
    for method in METHODS[2:]:
        run = trace_run(SQUARES, START, method)
        steps[method] = len(run["points"]) - 1
        # They end where the slope is at most 1e-3; the smallest curvature is 2.4.
        assert run["points"][-1] == pytest.approx([0.7, 2.2], abs=1e-3)
    assert steps["conjugate gradients"] < steps["line search"]


def test_a_batch_of_all_points_is_the_fixed_step_and_a_seed_draws_the_same_again() -> None:
    full = trace_run(SQUARES, START, "mini-batches", lr=0.02, momentum=0.5, batch=4)
    fixed = trace_run(SQUARES, START, "fixed step", lr=0.02, momentum=0.5)
    np.testing.assert_allclose(full["points"], fixed["points"], atol=2e-5)  # five decimals are sent
    one, again, other = (trace_run(SQUARES, START, "mini-batches", lr=0.02, seed=s) for s in (1, 1, 2))
    assert one == again
    assert one["points"] != other["points"]
    assert "1 of 4 points, drawn with seed 1" in one["setting"]


def test_mini_batches_that_diverge_end_early() -> None:
    run = trace_run(SQUARES, START, "mini-batches", lr=1.0)
    assert run["ending"] == "End: it diverged."
    assert len(run["points"]) < STEPS
    json.dumps(run, allow_nan=False)


def test_a_loss_that_is_not_curved_upwards_has_no_limit() -> None:
    run = trace_run(loss_of(lambda p: -np.sum(p**2), None), START)
    assert "no limit 2/L" in run["setting"]


def test_the_logistic_loss_is_the_sum_of_cross_entropies() -> None:
    x, y = [-1.0, 0.5, 2.0], [0.0, 1.0, 1.0]
    p = 1 / (1 + np.exp(-(0.3 - 0.7 * np.array(x))))
    expected = -np.sum(np.array(y) * np.log(p) + (1 - np.array(y)) * np.log(1 - p))
    assert loss_of("logistic", (x, y))(np.array([0.3, -0.7])) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("loss", ["least squares", "logistic"])
@pytest.mark.parametrize("method", METHODS)
def test_the_code_to_copy_ends_where_the_path_ends(loss: str, method: str) -> None:
    run = trace_run(loss_of(loss, None), (3.0, -1.0), method, lr=0.05, momentum=0.5, batch=2, seed=3)
    names: dict[str, Any] = {}
    exec(run["code"], names)
    end = names["beta"].value if method == "mini-batches" else names["run"].x
    assert run["points"][-1] == pytest.approx(end, abs=1e-5)  # five decimals are sent


def test_a_function_of_ones_own_is_descended_by_the_same_optimiser() -> None:
    explorer = DescentExplorer(valley, start=(-1.5, 0.5), method="L-BFGS", view=((-1.7, 1.6), (-0.7, 2.2)))
    steps = optim.minimize(valley, np.array([-1.5, 0.5]), tol=1e-3).steps
    assert len(explorer.run["points"]) == steps + 1
    assert explorer.trace["best"] == pytest.approx([1, 1], abs=1e-5)
    assert "mini-batches" not in explorer.trace["methods"]


def test_the_code_names_a_function_of_ones_own(capsys: pytest.CaptureFixture[str]) -> None:
    exec(DescentExplorer(valley, method="L-BFGS").run["code"], {"valley": valley})
    exec(DescentExplorer(lambda p: valley(p), method="L-BFGS").run["code"], {"f": valley})
    named, unnamed = capsys.readouterr().out.splitlines()
    assert named == unnamed


def test_ten_thousand_points_are_not_written_into_the_code() -> None:
    x = np.linspace(-2, 2, 10_000)
    explorer = DescentExplorer(data=(x, 1 + x), lr=1e-4, method="mini-batches")
    assert "# x and y are your data" in explorer.run["code"]
    assert len(json.dumps(explorer.run)) < 50_000
    assert "1 of 10000 points" in explorer.sentence
    assert explorer._repr_mimebundle_()[0]["image/png"]


def test_the_map_of_many_points_is_made_row_by_row() -> None:
    x = np.linspace(-2, 2, 10_000)
    loss = loss_of("least squares", (x, 1 + x))
    tracemalloc.start()
    heights = loss.heights(np.linspace(-4, 6, 81), np.linspace(-2, 6, 3))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # One row of the map is 81 * 10,000 numbers, and a few such arrays are there at once; all 3 rows would be
    # three times as much.
    assert peak < 3.5 * 8 * 81 * x.size
    assert heights[2, 40] == pytest.approx(loss(np.array([1.0, 6.0])), rel=1e-12)


def test_settings_are_kept_in_range_and_make_a_new_path() -> None:
    explorer = DescentExplorer()
    before = explorer.run
    explorer.rate = 1000
    assert explorer.rate == len(explorer.trace["rates"]) - 1
    assert explorer.run != before
    assert "diverged" in explorer.sentence
    explorer.start, explorer.batch, explorer.seed = [40.0, -40.0], 9, -1
    assert (explorer.start, explorer.batch, explorer.seed) == ([6.0, -2.0], 4, 0)
    explorer.step = 0
    assert explorer.sentence.startswith("Step 0 of")


def raises(p: Any) -> Any:
    nothing: Any = None
    return nothing(p)


@pytest.mark.parametrize(
    ("f", "says"),
    [
        (raises, "Raises raised TypeError: 'NoneType' object is not callable"),
        (lambda p: np.log(-1 - p[0] ** 2), "no finite value"),
        (lambda p: p, ""),
    ],
)
def test_functions_that_do_not_do_are_told_in_a_sentence(f: Any, says: str) -> None:
    explorer = DescentExplorer(f)
    assert explorer.sentence == str(explorer) == explorer.trace["error"]
    assert says.lower() in explorer.sentence.lower()
    assert explorer.sentence
    assert explorer._repr_mimebundle_()[0]["image/png"]


@pytest.mark.parametrize(
    ("loss", "data", "says"),
    [
        ("least squares", ([1.0, np.nan], [1.0, 2.0]), "with nan"),
        ("least squares", ([1.0, 2.0], [1.0, np.nan]), "with nan"),
        ("least squares", ([], []), "shapes (0,) and (0,)"),
        ("least squares", ([1.0], [1.0, 2.0]), "shapes (1,) and (2,)"),
        ("least squares", 3, "got:      3"),
        ("logistic", ([1.0], [2.0]), "other targets than 0 and 1"),
    ],
)
def test_data_that_do_not_do_are_told_in_a_sentence(loss: str, data: Any, says: str) -> None:
    explorer = DescentExplorer(loss, data=data)
    assert explorer.sentence == str(explorer) == explorer.trace["error"]
    assert explorer.sentence.startswith("The explorer needs data")
    assert says in explorer.sentence
    explorer.start, explorer.method, explorer.batch = [3.0, 3.0], "mini-batches", 9  # a page may still ask
    assert explorer.run["points"] == []
    bundle, _ = explorer._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert bundle["text/plain"] == explorer.sentence


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"loss": "cubes"}, "needs a loss"),
        ({"loss": np.ones(2)}, "needs a loss"),
        ({"start": (1.0, np.inf)}, "needs a start"),
        ({"start": "here"}, "needs a start"),
        ({"lr": 0}, "needs a step size"),
        ({"lr": "fast"}, "needs a step size"),
        ({"method": "newton"}, "no such method"),
        ({"schedule": "linear"}, "no such schedule"),
        ({"schedule": None}, "no such schedule"),
        ({"loss": valley, "method": "mini-batches"}, "no such method"),
        ({"view": ((1, 1), (0, 2))}, "needs a view"),
        ({"view": None}, "needs a view"),
    ],
)
def test_settings_that_are_none_are_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        DescentExplorer(**settings)


def test_the_widget_says_in_text_and_picture_what_it_shows() -> None:
    explorer = DescentExplorer(method="conjugate gradients")
    bundle, _ = explorer._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert explorer.run["sentences"][-1] in bundle["text/plain"]
    assert len(repr(explorer)) < 80

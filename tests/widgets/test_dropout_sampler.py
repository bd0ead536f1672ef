"""Masks, values and means of the dropout sampler against counting all masks, and the widget around it."""

from __future__ import annotations

import base64
import itertools
import json
from typing import Any

import numpy as np
import pytest

from backprop_course.errors import UsageError
from backprop_course.widgets import DropoutSampler, trace_dropout
from backprop_course.widgets.trace_dropout import DRAWS, look_up

TERMS = (6.0, -4.0)


def test_the_four_masks_of_the_course_have_half_the_full_sum_as_their_mean() -> None:
    run = trace_dropout(TERMS, 0.5, scaled=False)
    assert set(run["values"]) == {0, 6, -4, 2}
    assert run["expected"] == 1
    assert run["full"] == 2
    assert "only 1 − p = 0.5 of the full sum 2" in run["said"]


def test_the_division_restores_the_sum_but_not_behind_a_relu() -> None:
    assert trace_dropout(TERMS, 0.2)["expected"] == pytest.approx(2)
    run = trace_dropout(TERMS, 0.5, rectified=True)
    assert set(run["values"]) == {0, 12, 4}
    assert (run["expected"], run["full"]) == (4, 2)  # the example of the unit
    assert "behind a ReLU that is not" in run["said"]


def test_values_are_those_of_the_masks_shown() -> None:
    run = trace_dropout((6, -4, 3, 1), 0.35, seed=7)
    json.dumps(run, allow_nan=False)
    kept = np.array([[int(k) for k in mask] for mask in run["kept"]])
    assert run["values"] == pytest.approx(kept @ [6, -4, 3, 1] / 0.65, rel=1e-3)  # four figures are sent
    assert run["means"][-1] == pytest.approx(np.mean(kept @ [6, -4, 3, 1] / 0.65), rel=1e-5)
    # 1600 draws: the share stays within five standard deviations of 0.65.
    assert np.mean(kept) == pytest.approx(0.65, abs=5 * np.sqrt(0.65 * 0.35 / 1600))
    low, high = run["view"]
    assert low - 1e-3 <= min(run["values"]) <= max(run["values"]) <= high + 1e-2


def test_the_expectation_is_that_of_all_masks() -> None:
    terms, p = (1.0, 2.0, -7.0), 0.3
    by_hand = 0.0
    for mask in itertools.product((0, 1), repeat=3):
        chance = float(np.prod([1 - p if k else p for k in mask]))
        by_hand += chance * max(float(np.dot(mask, terms)), 0.0)
    assert trace_dropout(terms, p, scaled=False, rectified=True)["expected"] == pytest.approx(by_hand)


def test_a_sentence_names_what_is_kept() -> None:
    run = trace_dropout((6, -4, 3), 0.5)
    names = {"000": "nothing", "100": "6", "011": "−4 and 3", "111": "6, −4 and 3"}
    for mask, text in names.items():
        assert f" keeps {text}: " in look_up(run, run["kept"].index(mask))
    assert "nothing is ever dropped" in trace_dropout((6,), 0.0)["said"]


def test_the_code_gives_the_mean_shown(capsys: pytest.CaptureFixture[str]) -> None:
    for scaled, rectified in itertools.product((False, True), repeat=2):
        run = trace_dropout(p=0.4, scaled=scaled, rectified=rectified, seed=5)
        exec(run["code"], {})
        assert run["means"][-1] == pytest.approx(float(capsys.readouterr().out), rel=1e-5)


def test_a_message_is_small_and_settings_make_a_new_one() -> None:
    sampler = DropoutSampler(mask=DRAWS)
    assert len(json.dumps(sampler.run)) < 50_000
    assert sampler.sentence.startswith("Mask 400 keeps")
    before = sampler.run
    sampler.p = 100
    assert sampler.value("p") == 0.9
    sampler.seed = 3
    assert sampler.run["kept"] != before["kept"]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"p": "half"}, "no such drop p"),
        ({"p": np.nan}, "no such drop p"),
        ({"scaled": 2}, "no such divide by"),
        ({"seed": -1}, "no such seed"),
    ],
)
def test_settings_that_are_none_are_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        DropoutSampler(**settings)


@pytest.mark.parametrize("terms", [(), [np.nan], [1.0, np.inf], list(range(10_000)), "six", None])
def test_terms_that_do_not_do_are_told_in_a_sentence(terms: Any) -> None:
    sampler = DropoutSampler(terms)
    assert sampler.sentence == str(sampler) == sampler.trace["error"]
    assert sampler.sentence.startswith("The sampler needs the terms")
    assert "1 to 10 finite numbers" in sampler.sentence
    sampler.p = 4  # a page may still ask
    assert sampler.run["error"] == sampler.sentence
    bundle, _ = sampler._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert bundle["text/plain"] == sampler.sentence
    with pytest.raises(UsageError, match="needs the terms"):
        trace_dropout(terms)


def test_the_widget_says_in_text_and_picture_what_it_shows() -> None:
    bundle, _ = DropoutSampler()._repr_mimebundle_()
    assert bundle["image/png"]
    assert "Mask 400 keeps" in bundle["text/plain"]

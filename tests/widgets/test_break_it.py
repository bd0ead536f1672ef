"""Trainings with a sound and a broken backward function, and the widget that shows both."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder import check
from backprop_course import Tensor, data, nn
from backprop_course.errors import UsageError
from backprop_course.widgets import BreakIt
from backprop_course.widgets.break_it import look_up
from backprop_course.widgets.trace_break import (
    EXAMPLES,
    RATE,
    STEPS,
    Training,
    compare,
    sound_backward,
    train,
)


@pytest.fixture(scope="module")
def sound() -> Training:
    return train(sound_backward, 1)


@pytest.fixture(scope="module")
def bench() -> BreakIt:
    return BreakIt(check)


def place(bench: BreakIt, code: str) -> int:
    return next(k for k, label in enumerate(bench.trace["mistakes"]) if label.startswith(f"{code}: "))


def test_the_sound_training_is_that_of_the_library(sound: Training) -> None:
    X, y = data.moons(EXAMPLES, noise=0.15, rng=1)
    model = nn.MLP([2, 8, 8, 2], "relu", rng=0)
    rng = np.random.default_rng(1)
    for parameter in model.parameters():  # weights and bias of each layer in turn, as `train` draws them
        shape = parameter.shape
        drawn = rng.standard_normal(shape) * np.sqrt(2 / shape[0]) if len(shape) == 2 else np.zeros(shape)
        parameter.value = drawn
    losses = []
    for _ in range(20):
        model.zero_grad()
        loss = nn.cross_entropy(model(X), y.astype(int))
        losses.append(float(loss.value))
        loss.backward()
        for parameter in model.parameters():
            assert isinstance(parameter, Tensor)
            parameter.value = parameter.value - RATE * parameter.grad
    # The same sums in another order: rounding, which 20 steps do not make much larger.
    np.testing.assert_allclose(sound.losses[:20], losses, rtol=1e-10)
    assert len(sound.losses) == STEPS + 1
    assert not sound.stopped


def test_the_sound_function_is_a_right_answer_of_the_exercise() -> None:
    assert check("NB06.E07", sound_backward).ok


def test_a_seed_gives_the_same_training_and_another_one_another(sound: Training) -> None:
    assert train(sound_backward, 1) == sound
    assert train(sound_backward, 2).losses[0] != sound.losses[0]


def changed(change: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda *inputs: [tuple(map(change, pair)) for pair in sound_backward(*inputs)]


@pytest.mark.parametrize(
    ("backward", "kind", "says"),
    [
        (sound_backward, "learns as well", "A falling loss does not show that a gradient is right."),
        (changed(lambda g: g / 4), "learns less", "still learns: its loss ends at"),
        (changed(np.zeros_like), "does not learn", "does not learn: its loss goes from"),
        (changed(lambda g: -g), "diverges", "the loss has left all bounds"),
        (changed(lambda g: g[None]), "stops", "has the shape (1, 2, 8), where (2, 8) is needed"),
        (changed(lambda g: g * np.nan), "diverges", "after step 1"),
        (lambda params, cache, dY: [], "stops", "There are 0 pairs of gradients for 3 layers"),
        (lambda params, cache, dY: dY @ params[1][0], "stops", "Two arrays do not meet in a product"),
        (lambda params, cache, dY: 1 / 0, "stops", "ZeroDivisionError"),
        (lambda params, cache, dY: None, "stops", "TypeError"),
    ],
)
def test_what_becomes_of_a_training_is_said_plainly(
    sound: Training, backward: Any, kind: str, says: str
) -> None:
    found = compare(sound, train(backward, 1))
    json.dumps(found, allow_nan=False)
    assert found["kind"] == kind
    assert says in found["outcome"]
    assert len(found["texts"]) == STEPS + 1


def test_every_mistake_of_the_list_is_refused_by_the_check_and_most_are_named(bench: BreakIt) -> None:
    kinds = set()
    for mistake in range(1, len(bench.trace["mistakes"])):
        bench.mistake = mistake
        assert not bench.run["ok"]
        label = bench.trace["mistakes"][mistake].partition(" (")[0]
        assert f"It looks like {label}" in bench.run["verdict"]
        kinds.add(bench.run["kind"])
    assert kinds == {"learns as well", "learns less", "does not learn", "diverges", "stops"}


def test_nothing_broken_is_passed_and_its_curves_are_one(bench: BreakIt) -> None:
    bench.mistake = 0
    assert bench.run["ok"]
    assert bench.run["verdict"] == "The check passes it: 6 of 6 points."
    assert bench.run["sound"] == bench.run["broken"]
    assert "both curves are one" in bench.sentence


def test_both_trainings_follow_the_seed(bench: BreakIt) -> None:
    bench.mistake = place(bench, "M10")
    before = bench.run
    bench.seed = 5
    assert bench.run["sound"][0] == bench.run["broken"][0] != before["sound"][0]
    assert bench.run["verdict"] == before["verdict"]
    bench.seed = 1
    assert bench.run == before


def test_a_step_that_the_broken_one_does_not_reach_has_no_number(bench: BreakIt) -> None:
    bench.mistake = place(bench, "M03")
    assert (
        look_up(bench.trace, bench.run, 0).split("\n")[1] == "Step 0 of 150: loss 0.695 sound, 0.695 broken."
    )
    assert look_up(bench.trace, bench.run, STEPS).split("\n")[1].endswith(" sound, – broken.")


def test_positions_are_kept_in_range(bench: BreakIt) -> None:
    bench.step, bench.mistake, bench.seed = 10**6, -3, -1
    assert (bench.step, bench.mistake, bench.seed) == (STEPS, 0, 0)
    bench.step, bench.mistake, bench.seed = STEPS, 0, 1


def test_the_code_to_copy_breaks_the_same(bench: BreakIt, capsys: pytest.CaptureFixture[str]) -> None:
    bench.mistake = place(bench, "M06")
    names: dict[str, Any] = {}
    exec(bench.run["code"], names)
    assert "M06" in capsys.readouterr().out
    assert names["broken"].run["broken"] == bench.run["broken"]


def test_the_widget_says_in_text_and_picture_what_it_shows(bench: BreakIt) -> None:
    bench.mistake = place(bench, "M12")
    bundle, _ = bench._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert bench.run["outcome"] in bundle["text/plain"]
    assert len(repr(bench)) < 80


@pytest.mark.parametrize("given", [None, "NB06.E07", check.progress])
def test_without_the_check_there_is_nothing_to_break(given: Any) -> None:
    with pytest.raises(UsageError, match="The mistakes come from the check"):
        BreakIt(given)

"""Schedules: their formulas, at the ends too; alone, in an optimiser, saved and restored."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest

from backprop_course import Tensor, optim
from backprop_course.errors import UsageError
from backprop_course.optim.schedules import (
    Constant,
    Cosine,
    Exponential,
    Inverse,
    PerEpoch,
    Plateau,
    Schedule,
    Step,
    WarmUp,
)


@pytest.mark.parametrize(
    ("schedule", "formula"),
    [
        (Constant(0.3), lambda t: 0.3),
        (Inverse(0.3, k=0.5), lambda t: 0.3 / (1 + 0.5 * t)),
        (Step(0.3, every=4, drop=0.5), lambda t: 0.3 * 0.5 ** (t // 4)),
        (Exponential(0.3, decay=0.9), lambda t: 0.3 * 0.9**t),
        (Cosine(0.3, t_max=20), lambda t: 0.3 / 2 * (1 + math.cos(math.pi * t / 20))),
        (Cosine(0.3, t_max=20, eta_min=0.1), lambda t: 0.1 + 0.1 * (1 + math.cos(math.pi * t / 20))),
        (WarmUp(Constant(0.3), steps=8, start=0.0), lambda t: 0.3 * min(t / 8, 1)),
        (
            WarmUp(Exponential(0.3, 0.5), steps=8),
            lambda t: 0.3 * (0.1 + 0.9 * t / 8 if t < 8 else 0.5 ** (t - 8)),
        ),
        (PerEpoch(Exponential(0.3, decay=0.5), steps=6), lambda t: 0.3 * 0.5 ** (t // 6)),
    ],
    ids=lambda x: "" if inspect.isfunction(x) else repr(x),  # of a function it would hold an address
)
def test_a_schedule_is_its_formula(schedule, formula):
    for t in range(21):
        rate = schedule(t)
        assert type(rate) is float
        assert rate == pytest.approx(formula(t), rel=1e-14, abs=1e-16)


def test_the_first_and_the_last_rate_are_the_ends():
    assert Cosine(0.3, t_max=20)(0) == 0.3
    assert Cosine(0.3, t_max=20)(20) == 0.0
    assert Cosine(0.3, t_max=20, eta_min=0.1)(1000) == 0.1
    assert Step(0.3, every=4)(3) == 0.3
    assert Step(0.3, every=4)(4) == pytest.approx(0.03)
    assert WarmUp(Cosine(0.3, t_max=10), steps=5)(5) == 0.3


def test_a_plateau_lowers_the_rate_after_more_bad_values_than_patience():
    schedule = Plateau(1.0, factor=0.5, patience=2, threshold=0.0)
    rates = []
    for loss in [3.0, 2.0, 2.0, 2.0, 2.0, 1.0, 1.5, math.nan, 1.0, 1.0, 1.0, 1.0]:
        schedule.observe(loss)
        rates.append(schedule(99))
    assert rates == [1.0] * 4 + [0.5] * 4 + [0.25] * 3 + [0.125]


def test_a_plateau_waits_after_a_fall_and_stops_at_the_least_rate():
    schedule = Plateau(1.0, factor=0.1, patience=0, cooldown=3, eta_min=0.05)
    rates = []
    for _ in range(11):
        schedule.observe(1.0)
        rates.append(schedule(0))
    assert rates == [1.0] + [0.1] * 4 + [0.05] * 6


def test_an_improvement_within_the_threshold_does_not_count():
    schedule = Plateau(1.0, factor=0.5, patience=0, threshold=0.01)
    for loss in (-100.0, -100.5):  # a loss may be negative
        schedule.observe(loss)
    assert schedule(0) == 0.5
    schedule.observe(-102.0)
    assert schedule(0) == 0.5


def run(optimizer, w, losses):
    rates = []
    for loss in losses:
        optimizer.zero_grad()
        (w * 2.0).sum().backward()
        rates.append(optimizer.lr)
        optimizer.step()
        optimizer.observe(loss)
    return rates


def test_a_plateau_in_several_groups_looks_at_each_loss_once():
    a, b = Tensor([1.0], requires_grad=True), Tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([{"params": [a]}, {"params": [b]}], lr=Plateau(1.0, factor=0.5, patience=1))
    for _ in range(3):
        optimizer.observe(1.0)
    assert optimizer.lr == (0.5, 0.5)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Plateau(1.0, factor=0.5, patience=1),
        lambda: WarmUp(Plateau(1.0, factor=0.5, patience=1), steps=3),
        lambda: PerEpoch(Plateau(1.0, factor=0.5, patience=1), steps=2),
        lambda: Cosine(1.0, t_max=8),
    ],
)
def test_a_schedule_goes_on_where_it_was_saved(make):
    losses = [3.0, 3.0, 3.0, 2.0, 2.0, 2.0, 2.0, 2.0]
    w = Tensor([1.0], requires_grad=True)
    whole = run(optim.SGD([w], lr=make()), w, losses)
    optimizer = optim.SGD([w], lr=make())
    first = run(optimizer, w, losses[:4])
    saved = {key: np.array(array) for key, array in optimizer.state_dict().items()}
    optimizer = optim.SGD([w], lr=make())
    optimizer.load_state_dict(saved)
    assert first + run(optimizer, w, losses[4:]) == whole
    assert len(set(whole)) > 2


def test_setting_a_rate_takes_the_place_of_the_schedule():
    w = Tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([w], lr=Constant(0.1))
    optimizer.lr = 0.7
    assert optimizer.lr == 0.7
    optimizer.lr = Inverse(0.4)
    optimizer.steps = 3
    assert optimizer.lr == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: Constant(-0.1), "eta0 is out of range"),
        (lambda: Inverse(0.1, k=-1), "k is out of range"),
        (lambda: Step(0.1, every=0), "every is out of range"),
        (lambda: Exponential(0.1, decay=0.0), "decay is out of range"),
        (lambda: Cosine(0.1, t_max=0), "t_max is out of range"),
        (lambda: Plateau(0.1, factor=1.0), "factor is out of range"),
        (lambda: WarmUp(0.1, steps=5), "leads into a schedule"),
        (lambda: WarmUp(Constant(0.1), steps=0), "steps is out of range"),
        (lambda: PerEpoch(Constant(0.1), steps=0), "steps is out of range"),
        (lambda: Constant(0.1)(-1), "t is out of range"),
    ],
)
def test_refusals_name_the_setting(call, text):
    with pytest.raises(UsageError, match=text):
        call()


def test_every_schedule_starts_at_its_rate():
    for kind in Schedule.__subclasses__():
        if "eta0" in kind.limits:
            others = {"every": 3, "decay": 0.5, "t_max": 9}
            known = {name: value for name, value in others.items() if name in kind.limits}
            assert kind(eta0=0.25, **known)(0) == 0.25

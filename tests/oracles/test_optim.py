"""Optimisers, schedules and clipping against those of PyTorch: fifty steps on the same problem."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import backprop_course as bc
from backprop_course import Tensor, optim
from backprop_course.optim import schedules

pytestmark = pytest.mark.oracle

STEPS = 50
# Both do the same operations in another order; the difference of a last digit grows in fifty steps of a
# smooth problem to some 1e-13, and 1e-9 is far below any mistake in a formula.
RTOL, ATOL = 1e-9, 1e-11


@pytest.fixture(params=[0, 1])
def problem(request):
    """Data and start of a small network: weights, biases, and a parameter without axes."""
    rng = np.random.default_rng(100 + request.param)
    shapes = {"W1": (3, 4), "b1": (4,), "W2": (4, 2), "b2": (2,), "scale": ()}
    start = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return rng.normal(size=(8, 3)), rng.normal(size=(8, 2)), start


def ours(problem, make, steps=STEPS, clip=None):
    X, Y, start = problem
    p = {name: Tensor(value, requires_grad=True) for name, value in start.items()}
    optimizer = make(p)
    for _ in range(steps):
        optimizer.zero_grad()
        out = np.tanh(X @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
        loss = bc.mse_loss(out * p["scale"], Y)
        loss.backward()
        if clip:
            clip(list(p.values()))
        optimizer.step()
        optimizer.observe(loss.item())
    return {name: t.value for name, t in p.items()}


def theirs(problem, torch, make, steps=STEPS, clip=None, schedule=None):
    X, Y, start = problem
    X, Y = torch.tensor(X), torch.tensor(Y)
    p = {name: torch.tensor(value, requires_grad=True) for name, value in start.items()}
    optimizer = make(p)
    scheduler = schedule(optimizer) if schedule else None
    for _ in range(steps):
        optimizer.zero_grad()
        out = torch.tanh(X @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
        loss = torch.nn.functional.mse_loss(out * p["scale"], Y)
        loss.backward()
        if clip:
            clip(list(p.values()))
        optimizer.step()
        if isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
            scheduler.step(loss.item())
        elif scheduler:
            scheduler.step()
    return {name: t.detach().numpy() for name, t in p.items()}


def assert_same_way(found, expected, problem):
    for name, value in found.items():
        np.testing.assert_allclose(value, expected[name], rtol=RTOL, atol=ATOL)
        assert not np.allclose(value, problem[2][name], rtol=1e-6)  # it went somewhere


RULES = {
    "gradient descent": ("GradientDescent", "SGD", {"lr": 0.1}),
    "SGD": ("SGD", "SGD", {"lr": 0.1}),
    "SGD, momentum": ("SGD", "SGD", {"lr": 0.05, "momentum": 0.9}),
    "SGD, Nesterov": ("SGD", "SGD", {"lr": 0.05, "momentum": 0.8, "nesterov": True}),
    "SGD, decay": ("SGD", "SGD", {"lr": 0.1, "weight_decay": 0.1}),
    "SGD, all": (
        "SGD",
        "SGD",
        {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    ),
    "AdaGrad": ("AdaGrad", "Adagrad", {}),
    "AdaGrad, all": (
        "AdaGrad",
        "Adagrad",
        {"lr": 0.1, "lr_decay": 0.05, "weight_decay": 0.1, "initial_accumulator_value": 0.3, "eps": 1e-3},
    ),
    "RMSProp": ("RMSProp", "RMSprop", {}),
    "RMSProp, momentum": ("RMSProp", "RMSprop", {"lr": 0.001, "momentum": 0.9}),
    "RMSProp, centred": ("RMSProp", "RMSprop", {"lr": 0.001, "centered": True}),
    "RMSProp, all": (
        "RMSProp",
        "RMSprop",
        {"lr": 0.001, "alpha": 0.9, "eps": 1e-3, "momentum": 0.5, "centered": True, "weight_decay": 0.1},
    ),
    "Adam": ("Adam", "Adam", {}),
    "Adam, all": ("Adam", "Adam", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1}),
    "AdamW": ("AdamW", "AdamW", {}),
    "AdamW, all": ("AdamW", "AdamW", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.3}),
}


@pytest.mark.parametrize("name", RULES)
def test_fifty_steps_go_the_same_way(name, problem, torch):
    mine, peer, settings = RULES[name]
    assert_same_way(
        ours(problem, lambda p: getattr(optim, mine)(list(p.values()), **settings)),
        theirs(problem, torch, lambda p: getattr(torch.optim, peer)(list(p.values()), **settings)),
        problem,
    )


GROUPS = {
    "SGD": ("SGD", "SGD", {"lr": 0.1}, {"lr": 0.02, "momentum": 0.9, "weight_decay": 0.1}),
    "AdaGrad": ("AdaGrad", "Adagrad", {"lr": 0.1}, {"lr_decay": 0.1}),
    "RMSProp": ("RMSProp", "RMSprop", {"lr": 0.01}, {"lr": 0.001, "centered": True, "momentum": 0.9}),
    "Adam": ("Adam", "Adam", {"lr": 0.01}, {"lr": 0.05, "betas": (0.5, 0.9), "weight_decay": 0.1}),
    "AdamW": ("AdamW", "AdamW", {"lr": 0.01}, {"lr": 0.05, "weight_decay": 0.0}),
}


@pytest.mark.parametrize("name", GROUPS)
def test_groups_with_settings_of_their_own(name, problem, torch):
    mine, peer, settings, own = GROUPS[name]

    def groups(p):
        return [{"params": [p["W1"], p["W2"], p["scale"]], **own}, {"params": [p["b1"], p["b2"]]}]

    assert_same_way(
        ours(problem, lambda p: getattr(optim, mine)(groups(p), **settings)),
        theirs(problem, torch, lambda p: getattr(torch.optim, peer)(groups(p), **settings)),
        problem,
    )


@pytest.mark.parametrize("name", ["SGD, all", "AdaGrad, all", "RMSProp, all", "Adam, all", "AdamW, all"])
def test_a_parameter_that_has_a_gradient_only_now_and_then(name, torch, rng):
    mine, peer, settings = RULES[name]
    start = rng.normal(size=3), rng.normal(size=2)
    a, b = (Tensor(x, requires_grad=True) for x in start)
    c, d = (torch.tensor(x, requires_grad=True) for x in start)
    optimizer = getattr(optim, mine)([a, b], **settings)
    peers = getattr(torch.optim, peer)([c, d], **settings)
    for k in range(20):
        optimizer.zero_grad()
        peers.zero_grad()
        np.sum(a**2 + (np.sum(b**4) if k % 3 == 1 else 0.0)).backward()
        (c**2 + ((d**4).sum() if k % 3 == 1 else 0.0)).sum().backward()
        optimizer.step()
        peers.step()
    np.testing.assert_allclose(a.value, c.detach(), rtol=RTOL, atol=ATOL)
    np.testing.assert_allclose(b.value, d.detach(), rtol=RTOL, atol=ATOL)


def test_single_precision_stays_within_its_rounding(torch, rng):
    start = rng.normal(size=(4, 3)).astype(np.float32)
    w, v = Tensor(start, requires_grad=True), torch.tensor(start, requires_grad=True)
    optimizer, peers = optim.AdamW([w], lr=0.05), torch.optim.AdamW([v], lr=0.05)
    for _ in range(STEPS):
        optimizer.zero_grad()
        peers.zero_grad()
        np.sum(w**4).backward()
        (v**4).sum().backward()
        optimizer.step()
        peers.step()
    assert w.dtype == np.float32
    # an ulp of 6e-8 a step, fifty steps, near values of about 1
    np.testing.assert_allclose(w.value, v.detach(), rtol=1e-5, atol=1e-5)


SCHEDULES = {
    "step": (
        lambda: schedules.Step(0.1, every=7, drop=0.5),
        lambda o, S: S.StepLR(o, step_size=7, gamma=0.5),
    ),
    "exponential": (lambda: schedules.Exponential(0.1, 0.95), lambda o, S: S.ExponentialLR(o, gamma=0.95)),
    "inverse": (
        lambda: schedules.Inverse(0.1, k=0.2),
        lambda o, S: S.LambdaLR(o, lambda t: 1 / (1 + 0.2 * t)),
    ),
    "cosine": (
        lambda: schedules.Cosine(0.1, t_max=STEPS, eta_min=0.01),
        lambda o, S: S.CosineAnnealingLR(o, T_max=STEPS, eta_min=0.01),
    ),
    "warm-up": (
        lambda: schedules.WarmUp(schedules.Constant(0.1), steps=20, start=0.25),
        lambda o, S: S.LinearLR(o, start_factor=0.25, total_iters=20),
    ),
    "plateau": (
        lambda: schedules.Plateau(0.2, factor=0.5, patience=2, threshold=0.1, cooldown=3, eta_min=0.05),
        lambda o, S: S.ReduceLROnPlateau(o, factor=0.5, patience=2, threshold=0.1, cooldown=3, min_lr=0.05),
    ),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_lead_the_same_way(name, problem, torch):
    schedule, peer = SCHEDULES[name]
    first = schedule()
    eta0 = getattr(first, "eta0", 0.1)
    assert_same_way(
        ours(problem, lambda p: optim.SGD(list(p.values()), lr=first)),
        theirs(
            problem,
            torch,
            lambda p: torch.optim.SGD(list(p.values()), lr=eta0),
            schedule=lambda o: peer(o, torch.optim.lr_scheduler),
        ),
        problem,
    )
    assert first(STEPS) != eta0 or name == "warm-up"  # the rate moved


CLIPPINGS = {
    "norm": (
        lambda params: optim.clip_grad_norm(params, 0.3),
        lambda params, utils: utils.clip_grad_norm_(params, 0.3),
    ),
    "value": (
        lambda params: optim.clip_grad_value(params, 0.05),
        lambda params, utils: utils.clip_grad_value_(params, 0.05),
    ),
}


@pytest.mark.parametrize("name", CLIPPINGS)
def test_clipped_gradients_lead_the_same_way(name, problem, torch):
    mine, peer = CLIPPINGS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of PyTorch, about itself
        expected = theirs(
            problem,
            torch,
            lambda p: torch.optim.SGD(list(p.values()), lr=0.1),
            clip=lambda params: peer(params, torch.nn.utils),
        )
    found = ours(problem, lambda p: optim.SGD(list(p.values()), lr=0.1), clip=mine)
    assert_same_way(found, expected, problem)
    free = ours(problem, lambda p: optim.SGD(list(p.values()), lr=0.1))
    assert any(not np.allclose(free[key], value) for key, value in found.items())  # clipping did something

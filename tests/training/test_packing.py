"""Parameters in one vector: the same numbers by fewer calls, and only where a rule allows it."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_course import Tensor, cross_entropy, nn, optim
from backprop_course.training.packing import Packing
from backprop_course.training.steps import Steps

RULES = {
    "SGD": lambda p: optim.SGD(p, lr=0.1),
    "momentum": lambda p: optim.SGD(p, lr=0.1, momentum=0.9),
    "AdaGrad": lambda p: optim.AdaGrad(p, lr=0.1),
    "RMSProp": lambda p: optim.RMSProp(p, lr=0.01, momentum=0.5),
    "Adam": lambda p: optim.Adam(p, lr=0.01),
    "AdamW": lambda p: optim.AdamW(
        [{"params": p[:1], "weight_decay": 0.1}, {"params": p[1:], "weight_decay": 0.0}], lr=0.01
    ),
}


def stepped(rule, model, X, y, *, steps, compile=True):
    optimizer = rule(model.parameters()).name(model.named_parameters())
    run = Steps(model, cross_entropy, optimizer, compile=compile)
    for _ in range(steps):
        run(X, y, optimizer.lr)
    return run


@pytest.mark.parametrize("name", RULES)
def test_a_packed_step_is_the_step_of_the_parameters_one_by_one(name, moons):
    model = nn.MLP([2, 6, 5, 2], rng=np.random.default_rng(1))
    packed = stepped(RULES[name], model, *moons, steps=5)
    apart = stepped(RULES[name], model, *moons, steps=5, compile=False)
    assert packed.path == "compiled"
    assert packed.packing is not None
    assert packed.state.keys() == apart.state.keys()
    for mine, right in ((packed.values, apart.values), (packed.state, apart.state)):
        for key, value in right.items():
            # the same formulas entry by entry; sums over examples may add in another order
            np.testing.assert_allclose(mine[key], value, rtol=1e-10, atol=1e-14)


def test_values_are_views_of_the_vectors_and_go_back_into_model_and_optimiser(moons):
    model = nn.MLP([2, 6, 2], rng=np.random.default_rng(1))
    run = stepped(RULES["Adam"], model, *moons, steps=3)
    assert all(np.shares_memory(value, run.updated["0"]) for value in run.values.values())
    run.show()
    for name, p in model.named_parameters():
        np.testing.assert_array_equal(p.value, run.values[name])
    np.testing.assert_array_equal(run.optimizer.state["count/0"], [3.0] * 4)
    again = Steps(model, cross_entropy, run.optimizer, compile=True)
    for key, array in run.kept_state.items():
        np.testing.assert_array_equal(again.kept_state[key], array)


def test_what_was_kept_can_be_put_back(moons):
    run = stepped(RULES["Adam"], nn.MLP([2, 6, 2], rng=1), *moons, steps=2)
    kept = run.keep()
    first = [run(*moons, 0.01)[0] for _ in range(3)]
    run.put(kept)
    assert [run(*moons, 0.01)[0] for _ in range(3)] == first


class Normalised(optim.SGD):
    """Steps of the same length for every parameter: this rule looks at a whole parameter at once."""

    def rule(self, p, g, kept, factors, settings):
        return p - factors * g / np.sqrt(np.sum(g * g)), kept


def test_a_rule_that_looks_at_whole_parameters_is_not_packed(moons):
    model = nn.MLP([2, 6, 2], rng=np.random.default_rng(1))

    def rule(p):
        return Normalised(p, lr=0.1)

    run = stepped(rule, model, *moons, steps=3)
    assert run.path == "compiled"
    assert run.packing is None
    for name, value in stepped(rule, model, *moons, steps=3, compile=False).values.items():
        np.testing.assert_allclose(run.values[name], value, rtol=1e-10)


def test_parameters_that_have_taken_different_numbers_of_steps_stay_apart():
    a, b = (Tensor(np.ones(3), requires_grad=True, name=name) for name in "ab")
    optimizer = optim.Adam([("a", a), ("b", b)], lr=0.1)
    assert Packing.of(optimizer, *optimizer.current()) is not None
    a.sum().backward()
    optimizer.step()
    assert Packing.of(optimizer, *optimizer.current()) is None


def test_dtypes_are_not_mixed_in_a_vector_and_one_parameter_needs_none():
    a, b = Tensor(np.ones(3), requires_grad=True), Tensor(np.ones(3, np.float32), requires_grad=True)
    mixed, single = optim.SGD([a, b], lr=0.1), optim.SGD([a], lr=0.1)
    assert Packing.of(mixed, *mixed.current()) is None
    assert Packing.of(single, *single.current()) is None


def test_a_parameter_that_is_used_twice_gets_both_gradients(make, moons):
    class Tied(nn.Module):
        def __init__(self):
            self.first = nn.Linear(2, 2, rng=np.random.default_rng(1))
            self.again = self.first

        def forward(self, x):
            return self.again(np.tanh(self.first(x)))

    losses = [make(model=Tied(), compile=compile).fit(*moons, epochs=3).loss for compile in (True, False)]
    np.testing.assert_allclose(*losses, rtol=1e-10)


def test_a_plan_that_computes_something_else_is_not_used(moons, monkeypatch):
    from backprop_course.engine import plan

    model, replay = nn.MLP([2, 6, 2], rng=1), plan.Compiled.__call__

    def wrong(self, *args):
        found = replay(self, *args)
        found[0]["0"][3] += 1e-3
        return found

    monkeypatch.setattr(plan.Compiled, "__call__", wrong)
    optimizer = RULES["Adam"](model.parameters()).name(model.named_parameters())
    run = Steps(model, cross_entropy, optimizer, compile=True)
    apart = stepped(RULES["Adam"], model, *moons, steps=1, compile=False)
    run(*moons, 0.01)
    assert run.path == "tape"
    assert "does not compute what the tape computes" in run.why
    for name, value in apart.values.items():
        np.testing.assert_allclose(run.values[name], value, rtol=1e-12)

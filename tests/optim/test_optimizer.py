"""What all first-order optimisers share: groups, names, the pure form, saving, and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_course import Tensor, compile, optim, value_and_grad
from backprop_course.errors import ShapeError, UsageError

RULES = {
    "GradientDescent": lambda params, **more: optim.GradientDescent(params, 0.1, **more),
    "SGD": lambda params, **more: optim.SGD(params, 0.1, **more),
    "SGD with momentum": lambda params, **more: optim.SGD(params, 0.1, momentum=0.9, **more),
    "SGD with Nesterov and decay": lambda params, **more: optim.SGD(
        params, 0.1, momentum=0.9, nesterov=True, weight_decay=0.01, **more
    ),
    "Adam": lambda params, **more: optim.Adam(params, 0.1, **more),
    "Adam with decay": lambda params, **more: optim.Adam(
        params, 0.1, betas=(0.8, 0.9), eps=1e-6, weight_decay=0.01, **more
    ),
    "AdamW": lambda params, **more: optim.AdamW(params, 0.1, **more),
    "AdaGrad": lambda params, **more: optim.AdaGrad(params, 0.1, **more),
    "AdaGrad with decays": lambda params, **more: optim.AdaGrad(
        params, 0.1, lr_decay=0.1, weight_decay=0.01, initial_accumulator_value=0.5, **more
    ),
    "RMSProp": lambda params, **more: optim.RMSProp(params, 0.1, **more),
    "RMSProp, centred with momentum": lambda params, **more: optim.RMSProp(
        params, 0.1, alpha=0.9, momentum=0.8, centered=True, weight_decay=0.01, **more
    ),
}


@pytest.fixture(params=RULES)
def make(request):
    return RULES[request.param]


def parameters(rng, dtype=np.float64):
    shapes = {"W": (3, 2), "b": (2,), "s": ()}
    return {name: rng.normal(size=shape).astype(dtype) for name, shape in shapes.items()}


def loss(p, X):
    return np.mean(np.tanh(X @ p["W"] + p["b"]) ** 2) + (p["s"] - 3.0) ** 2


def tensors(values):
    return {name: Tensor(value, requires_grad=True) for name, value in values.items()}


def test_steps_on_tensors_and_pure_updates_give_the_same_numbers(make, rng):
    X, values = rng.normal(size=(5, 3)), parameters(rng)
    params = tensors(values)
    bound, pure = make(params), make(None)
    state = pure.initial(values)
    for _ in range(5):
        bound.zero_grad()
        loss(params, X).backward()
        bound.step()
        _, grads = value_and_grad(loss)(values, X)
        values, state = pure.updated(values, grads, state)
    for name, t in params.items():
        np.testing.assert_array_equal(t.value, values[name])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_compiled_step_gives_the_same_bits_in_place_by_one_recording(make, dtype, rng):
    X, start = rng.normal(size=(5, 3)).astype(dtype), parameters(rng, dtype)
    rule = make(None)

    def step(values, state, X, lr):
        out, grads = value_and_grad(loss)(values, X)
        return *rule.updated(values, grads, state, lr), out

    fast = compile(step, donate=(0, 1))
    plain, quick = ({name: value.copy() for name, value in start.items()} for _ in range(2))
    plain_state, quick_state = rule.initial(start), rule.initial(start)
    memory = [id(array) for array in quick.values()]
    for k in range(6):
        plain, plain_state, expected = step(plain, plain_state, X, 0.1 / (k + 1))
        quick, quick_state, found = fast(quick, quick_state, X, 0.1 / (k + 1))
        assert found == expected
    assert len(fast.plans) == 1
    assert [id(array) for array in quick.values()] == memory
    for ours, theirs in ((quick, plain), (quick_state, plain_state)):
        assert list(ours) == list(theirs)
        for key, array in ours.items():
            assert array.dtype == theirs[key].dtype
            np.testing.assert_array_equal(array, theirs[key])


def test_nothing_given_to_updated_is_changed(make, rng):
    rule, values, grads = make(None), parameters(rng), parameters(rng)
    state = rule.initial(values)
    before = [{k: np.array(a) for k, a in tree.items()} for tree in (values, grads, state)]
    rule.updated(values, grads, state)
    for tree, copy in zip((values, grads, state), before, strict=True):
        assert list(tree) == list(copy)
        for key, array in tree.items():
            np.testing.assert_array_equal(array, copy[key])


@pytest.mark.parametrize("lr", [0.1, np.float64(0.1), np.array(0.1), np.float32(0.1)], ids=type)
def test_values_and_state_are_arrays_of_the_dtype_of_each_parameter(make, lr, rng):
    values, grads = ({**parameters(rng), "small": rng.normal(size=3).astype(np.float32)} for _ in range(2))
    rule = make(None)
    state = rule.initial(values)
    expected = {key: array.dtype for key, array in {**values, **state}.items()}
    for _ in range(2):
        values, state = rule.updated(values, grads, state, lr)
    for key, array in {**values, **state}.items():
        assert isinstance(array, np.ndarray)
        assert array.dtype == expected[key]


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_a_rule_of_ones_own_is_an_optimiser(decay, rng):
    class Averaged(optim.Optimizer):
        """Steps along the mean of all gradients so far."""

        def kept(self, settings):
            return {"total": 0.0}

        def factors(self, t, lr, settings):
            return lr / t, settings["decay"] * lr * np.ones(t.shape)

        def rule(self, p, g, kept, factors, settings):
            step, decay = factors
            total = kept["total"] + g
            return p - step * total - decay * p, {"total": total}

    w = Tensor([4.0, -2.0], requires_grad=True)
    optimizer = Averaged([w], 0.1, decay=decay)
    expected, seen = w.value, []
    for _ in range(3):
        optimizer.zero_grad()
        np.sum(w**2).backward()
        seen.append(w.grad)
        expected = expected - 0.1 * np.mean(seen, axis=0) - decay * 0.1 * expected
        optimizer.step()
    np.testing.assert_allclose(w.value, expected, rtol=1e-14)
    assert set(optimizer.state_dict()) >= {"state/total/0", "state/count/0", "setting/0/decay"}


def test_a_parameter_without_a_gradient_stays_and_does_not_age(make, rng):
    values, grads = parameters(rng), parameters(rng)
    alone = {"W": values["W"]}
    rule, other = make(None), make(None)
    state, state_alone = rule.initial(values), other.initial(alone)
    late = dict(grads)
    del late["W"]
    after, state = rule.updated(values, late, state)
    assert after["W"] is values["W"]
    after, state = rule.updated(after, grads, state)
    alone, _ = other.updated(alone, {"W": grads["W"]}, state_alone)
    np.testing.assert_array_equal(after["W"], alone["W"])


def test_groups_have_settings_of_their_own(rng):
    a, b = (Tensor(rng.normal(size=3), requires_grad=True) for _ in range(2))
    optimizer = optim.SGD([{"params": [a]}, {"params": [b], "lr": 0.5, "momentum": 0.9}], lr=0.1)
    assert optimizer.lr == (0.1, 0.5)
    start = a.value.copy(), b.value.copy()
    for _ in range(2):
        optimizer.zero_grad()
        np.sum(a + b).backward()
        optimizer.step()
    np.testing.assert_allclose(a.value, start[0] - 0.1 * 2, rtol=1e-15)
    np.testing.assert_allclose(b.value, start[1] - 0.5 * (1 + 1.9), rtol=1e-15)


def test_a_single_tensor_needs_no_list():
    w = Tensor([1.0], requires_grad=True)
    assert [group["params"] for group in optim.SGD(w, 0.1).param_groups] == [[w]]


def test_rates_of_groups_can_be_set_together_or_each(rng):
    a, b = (Tensor(rng.normal(size=3), requires_grad=True) for _ in range(2))
    optimizer = optim.SGD([{"params": [a]}, {"params": b, "lr": 0.5}], lr=0.1)
    optimizer.lr = 0.2
    assert optimizer.lr == (0.2, 0.2)
    optimizer.lr = (0.3, 0.4)
    assert optimizer.lr == (0.3, 0.4)
    optimizer.param_groups[1]["lr"] = 0.7
    assert optimizer.lr == (0.3, 0.7)
    with pytest.raises(ShapeError, match="2 rates, or one number"):
        optimizer.lr = (0.1, 0.2, 0.3)


def test_a_schedule_in_place_of_the_rate_is_asked_with_the_steps_taken():
    w = Tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([w], lr=lambda t: 1.0 / (1 + t))
    seen = []
    for _ in range(3):
        optimizer.zero_grad()
        w.sum().backward()
        seen.append(optimizer.lr)
        optimizer.step()
    assert seen == [1.0, 1 / 2, 1 / 3]
    assert w.value[0] == pytest.approx(1.0 - (1 + 1 / 2 + 1 / 3))


@pytest.mark.parametrize(
    ("make", "setting", "value"),
    [
        (optim.SGD, "momentum", 0.9),
        (optim.SGD, "weight_decay", 0.1),
        (optim.AdaGrad, "lr_decay", 0.5),
        (optim.RMSProp, "centered", True),
        (optim.Adam, "betas", [0.5, 0.6]),
    ],
)
def test_a_setting_may_be_changed_between_steps(make, setting, value):
    first, second = (Tensor([4.0, -2.0], requires_grad=True) for _ in range(2))
    changed, same = make([first], lr=0.1), make([second], lr=0.1)
    for k in range(4):
        if k == 2:
            changed.param_groups[0][setting] = value
            np.testing.assert_array_equal(first.value, second.value)
        for w, optimizer in ((first, changed), (second, same)):
            optimizer.zero_grad()
            np.sum(w**2).backward()
            optimizer.step()
    assert not np.array_equal(first.value, second.value)
    again = make([second], lr=0.1)
    again.param_groups[0][setting] = value
    again.step()
    saved = changed.state_dict()
    changed.load_state_dict(saved)
    assert changed.param_groups[0][setting] == value


def test_names_of_a_module_are_taken_over_by_identity(make, rng):
    values = parameters(rng)
    params = tensors(values)
    optimizer = make(list(params.values()))
    assert list(optimizer.current()[0]) == ["0", "1", "2"]
    assert optimizer.name(reversed(params.items())) is optimizer
    values, state = optimizer.current()
    assert list(values) == ["W", "b", "s"]
    assert not {key for key in state if key.startswith(("velocity", "mean"))} & {"mean/0", "velocity/0"}
    values, state = optimizer.updated(values, values, state)
    optimizer.adopt(values, state, steps=4)
    assert optimizer.steps == 4
    for name, t in params.items():
        np.testing.assert_array_equal(t.value, values[name])


def test_names_must_cover_the_parameters(rng):
    params = tensors(parameters(rng))
    optimizer = optim.SGD(params, 0.1)
    del params["b"]
    with pytest.raises(UsageError, match="parameter 'b' of shape"):
        optimizer.name(params)


def test_what_is_handed_out_is_a_copy(make, rng):
    params = tensors(parameters(rng))
    optimizer = make(params)
    values, state = optimizer.current()
    for array in [*values.values(), *state.values()]:
        array[...] = 77.0
    again, fresh = optimizer.current()
    assert not any((np.asarray(array) == 77.0).any() for array in [*again.values(), *fresh.values()])


def train(optimizer, params, X, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        loss(params, X).backward()
        optimizer.step()


def test_an_interrupted_run_goes_on_as_if_it_had_not_been(make, rng, tmp_path):
    X, values = rng.normal(size=(5, 3)), parameters(rng)
    whole, first = tensors(values), tensors(values)
    train(make(whole), whole, X, 7)
    optimizer = make(first)
    train(optimizer, first, X, 3)
    np.savez(tmp_path / "state.npz", **optimizer.state_dict())
    second = tensors({name: t.value for name, t in first.items()})
    optimizer = make(second)
    with np.load(tmp_path / "state.npz", allow_pickle=False) as saved:
        optimizer.load_state_dict(saved)
    assert optimizer.steps == 3
    train(optimizer, second, X, 4)
    for name, t in whole.items():
        np.testing.assert_array_equal(t.value, second[name].value)


def test_settings_are_saved_and_restored(rng):
    params = tensors(parameters(rng))
    saved = optim.Adam(params, 0.3, betas=(0.5, 0.6), eps=1e-3).state_dict()
    other = optim.Adam(params)
    other.load_state_dict(saved)
    assert other.lr == 0.3
    assert other.param_groups[0]["betas"] == (0.5, 0.6)
    assert other.param_groups[0]["eps"] == 1e-3


@pytest.mark.parametrize(
    ("spoil", "error", "text"),
    [
        (lambda s: s.update(optimizer=np.array("SGD")), UsageError, "belongs to another optimiser"),
        (lambda s: s.pop("state/mean/W"), UsageError, "expected: state/mean/W"),
        (lambda s: s.update({"state/mean/Z": np.zeros(2)}), UsageError, "got:      state/mean/Z"),
        (lambda s: s.update({"state/mean/W": np.zeros(2)}), ShapeError, "'state/mean/W'"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_whole(spoil, error, text, rng):
    optimizer = optim.Adam(tensors(parameters(rng)), 0.1)
    before = optimizer.state_dict()
    spoilt = {**before, "setting/0/lr": np.array(9.0), "steps": np.array(5)}
    spoil(spoilt)
    with pytest.raises(error, match=text):
        optimizer.load_state_dict(spoilt)
    after = optimizer.state_dict()
    assert all((after[key] == before[key]).all() for key in before)


def test_parameters_of_no_group_pass_through(rng):
    values = parameters(rng)
    optimizer = optim.SGD({"b": Tensor(values["b"], requires_grad=True)}, 0.1)
    after, _ = optimizer.updated(values, {"b": np.ones(2)}, optimizer.initial(values))
    assert after["W"] is values["W"]
    np.testing.assert_allclose(after["b"], values["b"] - 0.1)


def test_repr_shows_groups_and_settings(rng):
    a, b = (Tensor(rng.normal(size=3), requires_grad=True) for _ in range(2))
    shown = repr(optim.SGD([{"params": [a]}, {"params": [b], "lr": 0.5}], lr=0.1))
    assert shown.startswith("SGD(1 parameters: lr=0.1")
    assert "lr=0.5" in shown


W = Tensor([1.0, 2.0], requires_grad=True)


class Counting(optim.Optimizer):
    """A rule with a slot of a name that is taken."""

    def kept(self, settings):
        return {"count": 0.0}


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: optim.SGD([], 0.1), "nothing to optimise"),
        (lambda: optim.SGD(iter(()), 0.1), "used up"),
        (lambda: optim.SGD(3.0, 0.1), "takes Tensors"),
        (lambda: optim.SGD([np.ones(2)], 0.1), "takes Tensors"),
        (lambda: optim.SGD([W * 2], 0.1), "this Tensor was computed"),
        (lambda: optim.SGD([W, W], 0.1), "given twice"),
        (lambda: optim.SGD([("a", W), ("a", Tensor([1.0]))], 0.1), "one name"),
        (lambda: optim.SGD([{"params": [W], "rate": 0.1}], 0.1), "got:      'rate'"),
        (lambda: optim.SGD([{"lr": 0.1}], 0.1), "takes Tensors"),
        (lambda: optim.SGD([W], -0.1), "lr is out of range"),
        (lambda: optim.SGD([W], np.nan), "lr is out of range"),
        (lambda: optim.SGD([W], "0.1"), "got:      '0.1'"),
        (lambda: optim.SGD([W], 0.1, momentum=1.0), "momentum is out of range"),
        (lambda: optim.SGD([W], 0.1, nesterov=True), "with nesterov=True"),
        (lambda: optim.SGD([{"params": [W], "momentum": -1}], 0.1), "momentum is out of range"),
        (lambda: optim.SGD([W], 0.1, weight_decay=-1), "weight_decay is out of range"),
        (lambda: optim.Adam([W], betas=0.9), "a pair of numbers"),
        (lambda: optim.Adam([W], betas=(0.9, 0.9, 0.9)), "two running means"),
        (lambda: optim.Adam([W], betas=(0.9, 1.0)), r"betas\[1\] is out of range"),
        (lambda: optim.Adam([W], eps=-1), "eps is out of range"),
        (lambda: optim.AdamW([W], weight_decay=np.nan), "weight_decay is out of range"),
        (lambda: optim.AdaGrad([W], lr_decay=-1), "lr_decay is out of range"),
        (lambda: optim.RMSProp([W], alpha=1.5), "alpha is out of range"),
        (lambda: optim.SGD([W], lambda t: None).lr, "lr is out of range"),
        (lambda: Counting([W], 0.1), "other than 'count'"),
        (lambda: optim.Optimizer([W], 0.1, on=None).state_dict(), "on=None"),
        (lambda: optim.SGD([W], 0.1).step(), "backward\\(\\) before step"),
        (lambda: optim.SGD(None, 0.1).step(), "rule alone"),
        (lambda: optim.SGD([W], 0.1).initial({"a": np.ones(2)}), "not among the values"),
        (lambda: optim.SGD(None, 0.1).updated({}, {"a": np.ones(2)}, {}), "not among the values"),
    ],
)
def test_refusals_say_what_to_do(make, text):
    with pytest.raises(UsageError, match=text):
        make()

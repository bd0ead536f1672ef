"""What every layer keeps: right derivatives in both modes, its dtype, and compiled the bits of the tape."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from backprop_course import Tensor, compile, grad, gradient_check, hvp, nn, trace, value_and_grad
from tests.nn.table import LAYERS, make

WAYS = [pytest.param(True, id="train"), pytest.param(False, id="eval")]


def seeded() -> np.random.Generator:
    return np.random.default_rng(5)  # the same masks each time a function is evaluated


@pytest.mark.parametrize("training", WAYS)
@pytest.mark.parametrize("name", LAYERS)
def test_derivatives_agree_with_differences_in_both_modes(name, training, rng):
    module, x = make(name, rng)
    module.train(training)
    names = [key for key, _ in module.named_parameters()]

    def f(x, *arrays):
        return nn.pure(module, dict(zip(names, arrays, strict=True)), x, rng=seeded())[0]

    report = gradient_check(f, x, *nn.values(module).values(), rng=rng)
    assert report.ok, report
    assert {a.mode for a in report.arguments} == {"reverse", "forward"}


@pytest.mark.parametrize("name", LAYERS)
def test_derivatives_of_derivatives_agree_with_differences_too(name, rng):
    module, x = make(name, rng)
    args = {"the input": x, **nn.values(module)}
    along = {key: rng.normal(size=array.shape) for key, array in args.items()}

    def energy(args):
        values = {key: w for key, w in args.items() if key != "the input"}
        return np.sum(np.sin(nn.pure(module, values, args["the input"], rng=seeded())[0]))

    def gradient_at(step):
        return grad(energy)({key: array + step * along[key] for key, array in args.items()})

    found, step = hvp(energy, (args,), (along,))[0], 1e-6
    above, below = gradient_at(step), gradient_at(-step)
    for key in args:
        # Gradients of size 1 with 16 digits, divided by 2e-6: ten digits are left, and 1e-6 is a wide margin.
        slope = (above[key] - below[key]) / (2 * step)
        np.testing.assert_allclose(found[key], slope, rtol=1e-6, atol=1e-6, err_msg=key)


@pytest.mark.parametrize("training", WAYS)
@pytest.mark.parametrize("name", LAYERS)
def test_float32_stays_float32(name, training, rng):
    module, x = make(name, rng, np.float32)
    module.train(training)
    before = {key: (array.shape, array.dtype) for key, array in module.state_dict().items()}
    assert {dtype for _, dtype in before.values()} <= {np.dtype(np.float32)}
    out = module(x)
    assert out.dtype == np.float32
    if isinstance(out, Tensor):
        out.backward(np.ones(out.shape, np.float32))
        assert {p.grad.dtype for p in module.parameters()} == {np.dtype(np.float32)}
    assert {key: (array.shape, array.dtype) for key, array in module.state_dict().items()} == before
    values = {key: array for key, array in nn.values(module).items()}
    assert nn.pure(module, values, x)[0].dtype == np.float32


@pytest.mark.parametrize("training", WAYS)
@pytest.mark.parametrize("name", LAYERS)
def test_compiled_it_gives_the_tapes_numbers_bit_for_bit(name, training, rng):
    module, x = make(name, rng)
    module.train(training)
    bar = rng.normal(size=module(x).shape)

    def step(values, buffers, x, bar):
        kept = dict(buffers)

        def loss(values):
            out, new = nn.pure(module, {**values, **buffers}, x)
            kept.update(new)
            return np.sum(out * bar)

        value, grads = value_and_grad(loss)(values)
        return {key: w - 0.01 * grads[key] for key, w in values.items()}, kept, value

    if not module.parameters():  # its outputs and buffers are what there is to compare

        def step(values, buffers, x, bar):
            out, new = nn.pure(module, buffers, x)
            return values, {**buffers, **new}, np.sum(out * bar)

    start = nn.values(module) or {"none": np.zeros(1)}
    twin = module.copy()  # with generators in the same state
    ours = (start, nn.buffers(module))
    fast = compile(step)
    compiled = []
    for k in range(3):
        *ours, value = fast(*ours, x + k, bar)
        compiled.append((value, *ours))
    module = twin
    theirs = (start, nn.buffers(module))
    for k in range(3):
        *theirs, value = step(*theirs, x + k, bar)
        expected = (value, *theirs)
        assert compiled[k][0] == value
        for found, known in zip(compiled[k][1:], expected[1:], strict=True):
            assert found.keys() == known.keys()
            for key in known:
                np.testing.assert_array_equal(found[key], getattr(known[key], "value", known[key]))


@pytest.mark.parametrize("name", LAYERS)
def test_lists_are_taken_for_arrays(name, rng):
    module, x = make(name, rng)
    module.eval()
    np.testing.assert_array_equal(
        getattr(module(x.tolist()), "value", module(x.tolist())), getattr(module(x), "value", module(x))
    )


@pytest.mark.parametrize("name", LAYERS)
def test_state_goes_through_a_file_into_the_same_outputs(name, rng, tmp_path):
    module, x = make(name, rng)
    module.save(tmp_path / "w.npz")
    other = make(name, rng)[0].load(tmp_path / "w.npz").eval()
    values = lambda m: nn.pure(m, nn.values(m), x)[0]  # noqa: E731
    np.testing.assert_array_equal(values(other), values(module.eval()))


@pytest.mark.parametrize("name", LAYERS)
def test_it_goes_to_another_process_by_pickle(name, rng):
    module, x = make(name, rng)
    twin = pickle.loads(pickle.dumps(module))
    first, second = module(x), twin(x)  # masks too: the generator went along in its state
    np.testing.assert_array_equal(getattr(first, "value", first), getattr(second, "value", second))


@pytest.mark.parametrize("name", LAYERS)
def test_multiply_adds_are_those_of_the_recorded_products(name, rng):
    module, x = make(name, rng)
    assert trace(module, x).cost().multiply_adds == module.multiply_adds() * (x.size // max(x.shape[-1], 1))


@pytest.mark.parametrize("name", LAYERS)
def test_repr_is_of_one_line_or_names_each_part(name, rng):
    module, _ = make(name, rng)
    text = repr(module)
    assert text.startswith(type(module).__name__ + "(")
    assert text.count("\n") == 0 or all(type(part).__name__ in text for _, part in module.named_modules())
    if module.parameters():
        assert f"{module.count_parameters()} parameter" in text.splitlines()[-1]

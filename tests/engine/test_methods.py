"""Tensors have the methods of arrays, with NumPy's calls and values; those that write are refused."""

from __future__ import annotations

import copy
import operator

import numpy as np
import pytest

from backprop_course import Tensor, grad, numerical_gradient
from backprop_course.errors import ImmutableError
from tests.strategies import values

# About bytes in memory, which a Tensor does not show; x.value is the array.
MEMORY = {"base", "byteswap", "ctypes", "data", "device", "flags", "flat", "getfield", "itemsize", "nbytes"}
MEMORY |= {"setfield", "setflags", "strides", "to_device", "tobytes", "tofile", "view", "dump", "dumps"}

WRITERS = ["sort", "partition", "fill", "put", "resize"]

DIFFERENTIABLE = {
    "sum": lambda x: x.sum(axis=0),
    "mean": lambda x: x.mean(1, keepdims=True),
    "prod": lambda x: x.prod(),
    "var": lambda x: x.var(axis=1, ddof=1),
    "std": lambda x: x.std(),
    "max": lambda x: x.max(axis=0),
    "min": lambda x: x.min(),
    "cumsum": lambda x: x.cumsum(0),
    "cumprod": lambda x: x.cumprod(axis=1),
    "clip": lambda x: x.clip(-0.5, 0.5),
    "dot": lambda x: x.dot(np.arange(3.0)),
    "trace": lambda x: x.trace(offset=1),
    "diagonal": lambda x: x.diagonal(),
    "swapaxes": lambda x: x.swapaxes(0, 1),
    "squeeze": lambda x: x.squeeze(),
    "repeat": lambda x: x.repeat(2, axis=0),
    "reshape": lambda x: x.reshape(3, 2),
    "reshape by a tuple": lambda x: x.reshape((6,)),
    "transpose": lambda x: x.transpose(),
    "transpose by axes": lambda x: x.transpose(1, 0),
    "ravel": lambda x: x.ravel(),
    "flatten": lambda x: x.flatten("F"),
    "take": lambda x: x.take([0, 0, 2], axis=1),
    "compress": lambda x: x.compress([True, False, True], axis=1),
    "round": lambda x: x.round(1),
    "copy": lambda x: x.copy(),
    "conj": lambda x: x.conj(),
    "conjugate": lambda x: x.conjugate(),
    "astype": lambda x: x.astype(np.float64),
    "real": lambda x: x.real,
    "imag": lambda x: x.imag,
    "T": lambda x: x.T,
    "mT": lambda x: x.mT,
    "divmod": lambda x: divmod(x, 0.7)[1],
    "divmod from the right": lambda x: divmod(7.0, x)[1],
    "abs": abs,
    "pow": lambda x: abs(x) ** 1.5,
    "rpow": lambda x: 2.0**x,
    "mod": lambda x: x % 0.7,
    "matmul": lambda x: x @ np.ones((3, 2)),
    "rmatmul": lambda x: np.ones((4, 2)) @ x,
}

PLAIN = {
    "all": lambda x: x.all(axis=0),
    "any": lambda x: x.any(),
    "argmax": lambda x: x.argmax(axis=1),
    "argmin": lambda x: x.argmin(),
    "argsort": lambda x: x.argsort(axis=0),
    "argpartition": lambda x: x.argpartition(1),
    "nonzero": lambda x: x.nonzero()[1],
    "searchsorted": lambda x: x.ravel().searchsorted([0.0, 0.5]),
    "tolist": lambda x: x.tolist(),
    "item": lambda x: x[0, 1].item(),
    "shape": lambda x: x.shape,
}


def test_every_public_attribute_of_arrays_is_there_but_for_those_about_memory():
    missing = {name for name in dir(np.ndarray) if not name.startswith("_") and not hasattr(Tensor, name)}
    assert missing == MEMORY


def test_every_one_is_tried_here():
    names = {name for name in dir(np.ndarray) if not name.startswith("_")} - MEMORY - set(WRITERS)
    tried = {*DIFFERENTIABLE, *PLAIN, "dtype", "ndim", "size", "choose"}
    assert names <= tried


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_values_and_slopes_of_methods_and_operators(name, rng):
    f, x = DIFFERENTIABLE[name], rng.normal(size=(2, 3))
    np.testing.assert_allclose(values(f(Tensor(x, requires_grad=True))), f(x), rtol=1e-14)
    weights = rng.normal(size=np.shape(f(x)))
    slope = grad(lambda x: np.sum(f(x) * weights))(x)
    expected = numerical_gradient(lambda x: np.sum(f(x) * weights), x)
    np.testing.assert_allclose(slope, expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", PLAIN)
def test_plain_answers_of_methods(name, rng):
    f, x = PLAIN[name], rng.normal(size=(2, 3))
    got = f(Tensor(x, requires_grad=True))
    assert not isinstance(got, Tensor)
    np.testing.assert_array_equal(got, f(x))


def test_choose_and_round():
    assert Tensor([0, 1]).choose([np.array([1.0, 2.0]), np.array([3.0, 4.0])]).tolist() == [1.0, 4.0]
    assert round(Tensor(1.26, requires_grad=True), 1).item() == pytest.approx(1.3)


@pytest.mark.parametrize("name", WRITERS)
def test_methods_that_write_are_refused_with_what_to_write_instead(name):
    x = Tensor([2.0, 1.0], requires_grad=True)
    with pytest.raises(
        ImmutableError, match=rf"x\.{name}\(\) writes into an array(.|\n)*to mend: +write (np|x)"
    ):
        getattr(x, name)(0)
    np.testing.assert_array_equal(x.value, [2.0, 1.0])


@pytest.mark.parametrize(
    "operate", [operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ipow]
)
def test_operators_that_write_into_arrays_make_new_tensors(operate):
    x = Tensor([2.0, 3.0], requires_grad=True)
    y = operate(x, 2.0)
    assert y is not x
    np.testing.assert_array_equal(x.value, [2.0, 3.0])
    np.testing.assert_array_equal(y.value, operate(np.array([2.0, 3.0]), 2.0))


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy])
def test_a_copy_made_in_a_differentiated_function_keeps_its_gradient(make):
    assert grad(lambda x: make(x * x) * x)(2.0) == 12.0
    assert grad(lambda x: make([x])[0] * x)(2.0) == 4.0
    np.testing.assert_array_equal(grad(lambda x: np.sum(make(x) * x))(np.array([1.0, 3.0])), [2.0, 6.0])


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy])
def test_a_copy_made_outside_is_a_leaf_of_its_own(make):
    x = Tensor([1.0, 2.0], requires_grad=True, name="x")
    twin = make(x)
    assert (twin.name, twin.requires_grad) == ("x", True)
    np.sum(twin * x).backward()
    np.testing.assert_array_equal(twin.grad, [1.0, 2.0])
    np.testing.assert_array_equal(x.grad, [1.0, 2.0])


def test_an_unknown_argument_is_blamed_on_the_method_that_was_called():
    with pytest.raises(TypeError, match=r"^sum\(\) got an unexpected keyword argument 'dim'"):
        Tensor([1.0, 2.0]).sum(dim=0)

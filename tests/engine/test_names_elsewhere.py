"""Names that a Tensor does not have: the error is ours, and says what to write here."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from backprop_course import NoNameError, Tensor
from backprop_course.engine import names_elsewhere


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("requires_grad_", r"Tensor\(x, requires_grad=True\)"),
        ("add_", r"x\.assign\(array\)"),
        ("sigmoid", r"backprop_course\.sigmoid\(x\)"),
        ("log1p", r"np\.log1p\(x\)"),
        ("softmax", r"backprop_course\.softmax\(x\)"),
    ],
)
def test_a_name_that_is_not_there_is_answered_by_what_to_write(name: str, advice: str) -> None:
    with pytest.raises(NoNameError, match=rf"got: *x\.{name}\n *to mend: .*{advice}"):
        getattr(Tensor(np.ones(3)), name)


def test_a_slip_of_the_fingers_gets_the_error_of_python() -> None:
    with pytest.raises(AttributeError, match="'Tensor' object has no attribute 'sahpe'") as caught:
        getattr(Tensor(np.ones(3)), "sahpe")  # noqa: B009  # a type checker knows that it is not there
    assert type(caught.value) is AttributeError


def test_tensors_have_no_hook_for_missing_names_which_would_slow_every_attribute() -> None:
    assert not hasattr(Tensor, "__getattr__")


def test_names_from_elsewhere_are_not_offered_by_dir() -> None:
    x = Tensor(np.ones(3))
    assert {"shape", "backward"} <= set(dir(x))
    assert not {"data", "requires_grad_", "log1p"} & set(dir(x))


def test_no_advice_is_for_a_name_that_a_tensor_has() -> None:
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    assert [name for name in names_elsewhere.INSTEAD if hasattr(x, name)] == []


def test_what_protocols_ask_for_is_refused_as_python_does() -> None:
    x = Tensor(np.ones(3), requires_grad=True)
    assert not hasattr(x, "_repr_html_")
    with pytest.raises(AttributeError) as caught:
        getattr(x, "__array_interface__")  # noqa: B009  # a type checker knows that it is not there
    assert type(caught.value) is AttributeError
    for twin in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert np.array_equal(twin.value, x.value)

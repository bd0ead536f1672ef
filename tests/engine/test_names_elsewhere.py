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
        ("sahpe", r"x\.shape"),
        ("nothing_like_it", r"help\(Tensor\)"),
    ],
)
def test_a_name_that_is_not_there_is_answered_by_what_to_write(name: str, advice: str) -> None:
    with pytest.raises(NoNameError, match=rf"got: *x\.{name}\n *to mend: .*{advice}"):
        getattr(Tensor(np.ones(3)), name)


def test_no_advice_is_for_a_name_that_a_tensor_has() -> None:
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    assert [name for name in names_elsewhere.INSTEAD if hasattr(x, name)] == []


def test_what_protocols_ask_for_is_refused_as_python_does() -> None:
    x = Tensor(np.ones(3), requires_grad=True)
    assert not hasattr(x, "_repr_html_")
    with pytest.raises(AttributeError) as caught:
        x.__array_interface__  # noqa: B018  # asking is the test
    assert type(caught.value) is AttributeError
    for twin in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert np.array_equal(twin.value, x.value)

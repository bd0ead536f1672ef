"""Public functions with odd arguments: an answer, an error of ours, or what Python and NumPy themselves say.

What must not happen is an error that stems from the course's own workings, such as an attribute that an
object of ours was expected to have. Python's `TypeError` about a call (too many arguments) is its own.
"""

from __future__ import annotations

import inspect
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

import backprop_course
from backprop_course import Tensor, Trainer, cross_entropy, nn, optim
from backprop_course.errors import CourseError
from tests.errors.odd import odd_values
from tests.errors.public import PUBLIC

# What NumPy and Python say of numbers and indices; the course's own checks stand before attributes and keys.
THEIRS = (TypeError, ValueError, IndexError, OverflowError, MemoryError, OSError)
ODD = sorted(odd_values())


def is_theirs(error: Exception) -> bool:
    """Whether a built-in error is what Python or NumPy say of a call or of an operation on odd values."""
    return isinstance(error, THEIRS) and not isinstance(error, KeyError)


def tried(call: Callable[[], Any]) -> None:
    """Call, and let pass what may happen; the error of ours has to be whole."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # overflow of the largest floats is NumPy's to tell
        try:
            call()
        except Exception as error:
            whole = isinstance(error, CourseError) and all(
                (error.what, error.expected, error.got, error.mend)
            )
            if not whole and (isinstance(error, CourseError) or not is_theirs(error)):
                raise


def model() -> nn.Module:
    return nn.MLP([3, 2], rng=0)


def trainer() -> Trainer:
    network = model()
    return Trainer(network, cross_entropy, optim.SGD(network.parameters(), lr=0.1))


# A good argument for each name of a parameter; all others but one in a call are good.
GOOD: dict[str, Callable[[], Any]] = {
    "n_in": lambda: 3,
    "n_out": lambda: 2,
    "n": lambda: 4,
    "sizes": lambda: [3, 2, 1],
    "shape": lambda: (2, 3),
    "output": lambda: np.ones((4, 2)),
    "target": lambda: np.ones((4, 2)),
    "logits": lambda: np.ones((4, 2)),
    "labels": lambda: np.zeros(4, int),
    "prediction": lambda: np.ones(3),
    "p": lambda: np.array([0.5, 0.5]),
    "q": lambda: np.array([0.5, 0.5]),
    "params": lambda: [Tensor(np.ones(3), requires_grad=True)],
    "parameters": lambda: {"weight": np.ones(3)},
    "module": model,
    "model": model,
    "trainer": trainer,
    "X": lambda: np.ones((4, 3)),
    "y": lambda: np.zeros(4, int),
    "x": lambda: np.ones(3),
    "x0": lambda: np.ones(2),
    "f": lambda: lambda x: np.sum(x * x),
    "loss": lambda: cross_entropy,
    "W": lambda: np.ones((3, 2)),
    "b": lambda: np.ones(2),
    "out_bar": lambda: np.ones(3),
    "values": lambda: nn.values(model()),
    "grads": lambda: {"w": np.ones(3)},
    "name": lambda: "xor",
    "primals": lambda: (np.ones(3),),
    "tangents": lambda: (np.ones(3),),
    "vectors": lambda: (np.ones(3),),
}
# They read bundled files, or change the table of rules for every test after.
LEFT_OUT = {"defvjp", "defjvp", "data.from_csv", "data.digits", "data.iris", "data.wine", "data.diabetes"}
NAMES = sorted(PUBLIC.keys() - LEFT_OUT)


def required(function: Callable[..., Any]) -> list[str]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # a built-in class
        return []
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in parameters if p.kind in kinds and p.default is p.empty]


@pytest.mark.parametrize("name", NAMES)
def test_one_odd_argument_beside_good_ones_is_answered_or_refused(name: str) -> None:
    names = required(PUBLIC[name])
    for place in range(len(names)):
        for odd in ODD:
            arguments = [GOOD.get(each, lambda: 3)() for each in names]
            arguments[place] = odd_values()[odd]
            try:
                tried(lambda arguments=arguments: PUBLIC[name](*arguments))
            except Exception as error:
                where = "".join(traceback.format_tb(error.__traceback__)[-2:])
                pytest.fail(f"{name}({names[place]}={odd}): {type(error).__name__}: {error}\n{where}")


TRANSFORMS = ("grad", "value_and_grad", "jacobian", "hessian", "elementwise_grad", "compile")


def results() -> dict[str, Callable[..., Any]]:
    """Functions to differentiate, by what they return."""
    return {
        "a sum": lambda x: np.sum(np.sin(x)),
        "an array": lambda x: np.sin(x),
        "nothing": lambda x: None,
        "text": lambda x: "a",
        "a pair": lambda x: (x, x),
        "a dict": lambda x: {"a": x},
        "a constant": lambda x: 3.0,
        "an integer": lambda x: 3,
        "a float of it": lambda x: float(np.sum(x)),
        "an object": lambda x: object(),
        "complex": lambda x: 1j * x,
        "with nothing in it": lambda x: [x, None],
    }


@hypothesis.settings(max_examples=60)
@hypothesis.given(st.sampled_from(TRANSFORMS), st.sampled_from(sorted(results())), st.sampled_from(ODD))
def test_a_transform_of_any_function_at_anything_is_answered_or_refused(
    of: str, result: str, at: str
) -> None:
    tried(lambda: getattr(backprop_course, of)(results()[result])(odd_values()[at]))


@pytest.mark.slow
@hypothesis.settings(max_examples=1500)
@hypothesis.given(st.sampled_from(TRANSFORMS), st.sampled_from(sorted(results())), st.sampled_from(ODD))
def test_every_transform_of_any_function_at_anything_is_answered_or_refused(
    of: str, result: str, at: str
) -> None:
    tried(lambda: getattr(backprop_course, of)(results()[result])(odd_values()[at]))


OPERATORS = ("add", "subtract", "multiply", "true_divide", "power", "matmul", "maximum", "where")


@hypothesis.settings(max_examples=60)
@hypothesis.given(st.sampled_from(OPERATORS), st.sampled_from(ODD), st.booleans())
def test_an_operation_of_a_tensor_with_anything_is_answered_or_refused(
    of: str, odd: str, reflected: bool
) -> None:
    x, other = Tensor(np.ones((2, 3)), requires_grad=True), odd_values()[odd]
    pair = (other, x) if reflected else (x, other)
    tried(lambda: np.where(np.ones(3, bool), *pair) if of == "where" else getattr(np, of)(*pair))


@pytest.mark.parametrize("odd", ["None", "text", "a dict", "an object", "texts", "objects", "a function"])
def test_what_is_no_number_is_named_in_the_refusal(odd: str) -> None:
    with pytest.raises(backprop_course.DtypeError, match="'multiply' was applied to what is no real number"):
        Tensor(np.ones(2), requires_grad=True) * odd_values()[odd]


@pytest.mark.parametrize("of", ["jacobian", "hessian"])
@pytest.mark.parametrize("x", [1.5, np.ones(3)])
def test_the_derivatives_of_a_constant_are_zeros(of: str, x: Any) -> None:
    assert np.all(np.asarray(getattr(backprop_course, of)(lambda x: 3.0)(x)) == 0.0)

"""What the optimisers say no to, and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import UsageError


def in_range(name: str, value: Any, low: float, high: float = np.inf, *, open_below: bool = False) -> float:
    """Return a setting as a float, or refuse it: at least `low` (above it if `open_below`), below `high`."""
    good = isinstance(value, int | float | np.number | np.ndarray) and np.ndim(value) == 0
    if good and (low < value < high or (value == low and not open_below)):
        return float(value)
    lower = "above" if open_below else "at least"
    upper = "finite" if high == np.inf else f"below {high:g}"
    raise UsageError(
        f"{name} is out of range.",
        expected=f"a number {lower} {low:g} and {upper}",
        got=repr(value),
        mend=f"look at the value of {name}",
    )


def names_unknown(missing: Sequence[str], there: Sequence[str]) -> UsageError:
    """Refuse dicts of parameters and of gradients that do not belong together."""
    return UsageError(
        "Some parameters are not among the values.",
        expected=", ".join(map(repr, missing)),
        got=", ".join(map(repr, there)) or "no names",
        mend="use the same names; optimizer.name(module.named_parameters()) takes over those of a module",
    )


def no_gradients(bound: bool) -> UsageError:
    """Refuse a step without gradients."""
    if not bound:
        return UsageError(
            "This optimiser is its rule alone: it holds no parameters.",
            expected="an optimiser made with parameters",
            got="one made with None",
            mend="call updated(values, grads, state), or hand parameters over when making it",
        )
    return UsageError(
        "No parameter has a gradient, so there is no step to take.",
        expected="loss.backward() before step()",
        got="grad is None for all parameters",
        mend="compute the loss from these very Tensors, call backward(), then step(), then zero_grad()",
    )


def not_of_the_model(name: str, shape: tuple[int, ...]) -> UsageError:
    """Refuse names that leave a parameter out."""
    return UsageError(
        "A parameter of the optimiser is not among those named.",
        expected="every parameter of the optimiser",
        got=f"parameter {name!r} of shape {shape} without a name",
        mend="make the optimiser with the parameters of this very model: model.parameters()",
    )


def slot_taken(slot: str) -> UsageError:
    """Refuse names of slots that would be mistaken for something else in the state."""
    return UsageError(
        "A slot of the rule cannot have this name.",
        expected="a word without '/', other than 'count', which the optimiser keeps itself",
        got=repr(slot),
        mend="give the slot in kept() another name",
    )


def not_an_array(key: str, value: Any) -> UsageError:
    """Refuse to save what could be read again by unpickling alone."""
    return UsageError(
        "A setting cannot be saved as a plain array.",
        expected="numbers, truth values, text, or tuples of them",
        got=f"{key}={value!r}",
        mend="give the rule plain settings",
    )

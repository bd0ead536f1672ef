"""Where the right numbers come from: the engine's derivative of the forward function, or a plain function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from backprop_course import Tensor
from backprop_course.errors import UsageError

from ._signature import Signature
from .instances import Instance

Gradients: TypeAlias = dict[str, npt.NDArray[np.float64]]
Reference: TypeAlias = Callable[[Signature, Instance], Gradients]


class cotangents_of:  # reads as a function where an exercise is declared
    """The reference that differentiates a forward function with the engine.

    The cotangent that starts the walk is the one parameter of the answer that `forward` does not have
    (``dY``); without such a parameter the output is a scalar and the walk starts from 1. What the answer
    returns is matched with variables by name: ``dX``, ``X_bar`` or ``X`` is the cotangent of ``X``. A
    parameter of `forward` that the answer is not given (the bias of an affine map) is zero: nothing may
    depend on it.

    Parameters
    ----------
    forward : callable
        The forward function on Tensors, its parameters named as the answer's. It returns its output, or the
        output and a dict of intermediate results whose cotangents are asked for too: ``loss, {"z": z, "y":
        y}``.
    """

    def __init__(self, forward: Callable[..., Any]) -> None:
        self.forward, self.names = forward, _parameters(forward)

    def upstream(self, signature: Signature) -> str | None:
        """Return the answer's parameter that holds the cotangent arriving from upstream, if there is one."""
        return next((p for p in signature.parameters if p not in self.names), None)

    def __call__(self, signature: Signature, instance: Instance) -> Gradients:
        """Return the cotangents that the answer should return."""
        asked = {_variable(returned, self.names): returned for returned in signature.returns}
        variables = {name: _double(value) for name, value in instance.variables.items()}
        for name in set(self.names) - set(variables):
            variables[name] = np.zeros(signature.shape(asked[name], instance.sizes))
        tensors = {name: Tensor(variables[name], requires_grad=True) for name in self.names}
        out, inner = _output(self.forward(**tensors))
        upstream = self.upstream(signature)
        out.backward(variables[upstream] if upstream else None)
        tensors |= inner
        return {returned: _cotangent(tensors[_variable(returned, tensors)]) for returned in signature.returns}


def values_of(function: Callable[..., Any]) -> Reference:
    """Return the reference that computes the answer by a plain function, where no derivative is asked for.

    Parameters
    ----------
    function : callable
        Its parameters are named as the answer's; it returns what the answer returns.
    """

    def reference(signature: Signature, instance: Instance) -> Gradients:
        return named(called_by_name(function, instance.known), signature)

    return reference


def called_by_name(function: Callable[..., Any], known: Mapping[str, Any]) -> Any:
    """Call `function` with those of the `known` variables that it has parameters for."""
    return function(**{name: known[name] for name in _parameters(function)})


def named(returned: Any, signature: Signature) -> Gradients:
    """Return what one of our own functions returned, as arrays by name."""
    if isinstance(returned, dict):
        return {name: np.asarray(returned[name]) for name in signature.returns}
    values = (
        (returned,) if len(signature.returns) == 1 and not isinstance(returned, tuple) else tuple(returned)
    )
    return {name: np.asarray(value) for name, value in zip(signature.returns, values, strict=True)}


@lru_cache(maxsize=4096)
def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(function).parameters)


def _variable(returned: str, known: Any) -> str:
    for name in (
        returned,
        returned.removesuffix("_bar"),
        returned.removeprefix("d_"),
        returned.removeprefix("d"),
    ):
        if name in known:
            return name
    return returned


def _double(value: Any) -> Any:
    return np.asarray(value, np.float64) if isinstance(value, (np.ndarray, np.floating)) else value


def _output(returned: Any) -> tuple[Tensor, dict[str, Tensor]]:
    out, inner = returned if isinstance(returned, tuple) else (returned, {})
    if not isinstance(out, Tensor):
        raise UsageError(
            "The forward function of an exercise did not return a Tensor.",
            expected="a Tensor, or a Tensor and a dict of intermediate Tensors",
            got=type(out).__name__,
        )
    return out, inner


def _cotangent(t: Tensor) -> npt.NDArray[np.float64]:
    return np.zeros(t.shape) if t.grad is None else np.asarray(t.grad)

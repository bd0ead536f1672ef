"""Where the right numbers come from: the engine's derivative of the forward function, or a plain function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from backprop_course import Tensor
from backprop_course.errors import UsageError

from ._parts import Parts, changed, plain
from ._signature import Signature
from .instances import Instance, called_by_name, parameters_of

Reference: TypeAlias = Callable[[Signature, Instance], Parts]


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
        The forward function on Tensors, its parameters named as the answer's; lists and dicts of arrays
        arrive as lists and dicts of Tensors, texts and integers as they are. It returns its output, or the
        output and a dict of intermediate results whose cotangents are asked for too: ``loss, {"z": z, "y":
        y}``.
    **variables : str
        Which variable a returned gradient belongs to where its name does not tell: ``dW="Ws"``.
    """

    def __init__(self, forward: Callable[..., Any], **variables: str) -> None:
        self.forward, self.names, self.variables = forward, parameters_of(forward), variables

    def upstream(self, signature: Signature) -> str | None:
        """Return the answer's parameter that holds the cotangent arriving from upstream, if there is one."""
        return next((p for p in signature.parameters if p not in self.names), None)

    def __call__(self, signature: Signature, instance: Instance) -> Parts:
        """Return the cotangents that the answer should return."""
        asked = {self._variable(returned, self.names): returned for returned in signature.returns}
        variables = dict(instance.known)
        for name in set(self.names) - set(variables):
            variables[name] = np.zeros(signature.shape(asked[name], instance.sizes))
        tensors = {name: _tensors(variables[name]) for name in self.names}
        out, inner = _output(self.forward(**tensors))
        upstream = self.upstream(signature)
        out.backward(np.asarray(variables[upstream], np.float64) if upstream else None)
        tensors |= inner
        return {
            returned: _cotangents(tensors[self._variable(returned, tensors)])
            for returned in signature.returns
        }

    def by_differences(self, signature: Signature, instance: Instance, eps: float = 1e-6) -> Parts:
        """Return the cotangents of variables by central differences; intermediate results are left out."""
        variables = {name: _arrays(instance.known[name]) for name in self.names if name in instance.known}
        asked = {returned: self._variable(returned, self.names) for returned in signature.returns}
        for returned, name in asked.items():
            if name in self.names and name not in variables:
                variables[name] = np.zeros(signature.shape(returned, instance.sizes))
        upstream = self.upstream(signature)
        out_bar = np.asarray(instance.known[upstream], np.float64) if upstream else 1.0

        def value() -> float:
            out, _ = _output(self.forward(**{name: _tensors(tree) for name, tree in variables.items()}))
            return float(np.sum(out_bar * np.asarray(out.value)))

        def slopes(array: Any) -> Any:
            if array.dtype != np.float64:  # a whole number is a setting
                return np.zeros(array.shape)
            found = np.zeros(array.shape)
            for i in np.ndindex(array.shape):
                here = array[i]
                array[i] = here + eps
                above = value()
                array[i] = here - eps
                found[i] = (above - value()) / (2 * eps)
                array[i] = here
            return found

        return {
            returned: changed(slopes, variables[name])
            for returned, name in asked.items()
            if name in variables
        }

    def _variable(self, returned: str, known: Any) -> str:
        if returned in self.variables:
            return self.variables[returned]
        for name in (
            returned,
            returned.removesuffix("_bar"),
            returned.removeprefix("d_"),
            returned.removeprefix("d"),
        ):
            if name in known:
                return name
        return returned


def values_of(function: Callable[..., Any]) -> Reference:
    """Return the reference that computes the answer by a plain function, where no derivative is asked for.

    Parameters
    ----------
    function : callable
        Its parameters are named as the answer's; it returns what the answer returns.
    """

    def reference(signature: Signature, instance: Instance) -> Parts:
        return named(called_by_name(function, instance.known), signature)

    return reference


class answered_by:  # reads as a function where an exercise is declared
    """The reference that runs the exercise's probe on a right answer.

    Parameters
    ----------
    function : object, optional
        The right answer where one name is asked for.
    **functions : object
        The right answers by name, where there are several.
    """

    def __init__(self, function: Any = None, **functions: Any) -> None:
        self.function, self.functions = function, functions

    def answers(self, names: tuple[str, ...]) -> dict[str, Any]:
        """Return the right answers by name."""
        return self.functions if self.function is None else {names[0]: self.function, **self.functions}

    def __call__(self, signature: Signature, instance: Instance) -> Parts:
        """Refuse: only an exercise with a probe can have its answer driven."""
        raise UsageError(
            "An exercise's reference is a right answer, and there is no probe that drives it.",
            expected="a probe, or reference=values_of(...)",
            got="answered_by(...)",
            mend='declare probe="nbXX.name(inputs) -> parts"',
        )


def named(returned: Any, signature: Signature) -> Parts:
    """Return what one of our own functions returned, as parts by name."""
    if isinstance(returned, dict) and (signature.keys or set(signature.returns) <= set(returned)):
        return {name: plain(returned[name]) for name in signature.returns}
    single = len(signature.returns) == 1 and not (isinstance(returned, tuple) and len(returned) == 1)
    values = (returned,) if single else tuple(returned)
    return {name: plain(value) for name, value in zip(signature.returns, values, strict=True)}


def _output(returned: Any) -> tuple[Tensor, dict[str, Tensor]]:
    out, inner = returned if isinstance(returned, tuple) else (returned, {})
    if not isinstance(out, Tensor):
        raise UsageError(
            "The forward function of an exercise did not return a Tensor.",
            expected="a Tensor, or a Tensor and a dict of intermediate Tensors",
            got=type(out).__name__,
            mend="compute it from the Tensors that it is handed, with NumPy functions",
        )
    return out, inner


def _tensors(value: Any) -> Any:
    """Return what can be differentiated as Tensors in double precision, anything else as it is."""
    if isinstance(value, (list, tuple)):
        return [_tensors(item) for item in value]
    if isinstance(value, dict):
        return {key: _tensors(item) for key, item in value.items()}
    if isinstance(value, (float, np.floating)) or (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        return Tensor(np.asarray(value, np.float64), requires_grad=True)
    return value


def _arrays(value: Any) -> Any:
    """Return a copy whose floats are arrays in double precision that can be written to."""
    if isinstance(value, (list, tuple)):
        return [_arrays(item) for item in value]
    if isinstance(value, dict):
        return {key: _arrays(item) for key, item in value.items()}
    if isinstance(value, (float, np.floating)) or (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        return np.array(value, np.float64)
    return value


def _cotangents(tensors: Any) -> Any:
    if isinstance(tensors, list):
        return [_cotangents(item) for item in tensors]
    if isinstance(tensors, dict):
        return {key: _cotangents(item) for key, item in tensors.items()}
    return np.zeros(tensors.shape) if tensors.grad is None else np.asarray(tensors.grad)

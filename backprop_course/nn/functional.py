"""pure: a module as a function of its parameters, for `grad`, `jvp`, `hvp` and `compile`."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..engine import Tensor
from ..errors import UsageError
from .module import Module, Place, a_module, same_names, same_shape

_one_at_a_time = threading.RLock()


def values(module: Module) -> dict[str, Any]:
    """Copies of the parameters of a module, by name: what `pure` takes."""
    return {name: np.array(p.value) for name, p in a_module(module, "nn.values").named_parameters()}


def buffers(module: Module) -> dict[str, Any]:
    """Copies of the buffers of a module, by name: what `pure` gives back when they change."""
    return {name: np.array(a) for name, a in a_module(module, "nn.buffers").named_buffers()}


def pure(
    module: Module, values: Mapping[str, Any], *inputs: Any, rng: np.random.Generator | None = None
) -> tuple[Any, dict[str, Any]]:
    """Run a module with other values in place of its parameters, and leave it as it was.

    Parameters
    ----------
    module : Module
        Meanwhile other threads must not call it; give each its own ``module.copy()``.
    values : dict of str to array or Tensor
        All parameters by name, with their shapes; see `nn.values`. Buffers may be among them, and are the
        module's own where they are not. On plain arrays, plain NumPy runs.
    *inputs
        What ``module(...)`` takes.
    rng : Generator, optional
        Draws in place of the module's own generators.

    Returns
    -------
    out : what ``module(*inputs)`` returns
    buffers : dict of str to array or Tensor
        The buffers that changed, without derivative; ``{}`` when none did.

    Raises
    ------
    UsageError
        If names are missing or unknown.
    ShapeError
        If a value has not the shape of its parameter.
    GraphError
        If `compile` records, and a buffer changes that is not among `values`.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import grad, nn
    >>> layer = nn.Linear(2, 1, init=1.0)
    >>> grad(lambda values: np.sum(nn.pure(layer, values, np.array([[3.0, 4.0]]))[0]))(nn.values(layer))
    {'weight': array([[3.], [4.]]), 'bias': array([1.])}
    """
    with _one_at_a_time:
        places = a_module(module, "nn.pure")._places()
        drawing = [vars(m) for _, m in module.named_modules() if "rng" in vars(m)] if rng is not None else []
        generators = [attributes["rng"] for attributes in drawing]
        try:
            given = _put_in_place(module, places, values)
            for attributes in drawing:
                attributes["rng"] = rng
            out = module.forward(*inputs)
            now = {p.name: p.store[p.key] for p in places if not isinstance(p.value, Tensor)}
            return out, {name: new for name, new in now.items() if new is not given[name]}
        finally:
            for p in places:
                p.store[p.key] = p.value
            for attributes, own in zip(drawing, generators, strict=True):
                attributes["rng"] = own


def _put_in_place(module: Module, places: list[Place], values: Mapping[str, Any]) -> dict[str, Any]:
    """Put values in place of parameters and buffers; return what is there now, by name."""
    if not isinstance(values, Mapping):
        raise UsageError(
            "nn.pure takes the parameters by name.",
            expected="a dict of arrays, as nn.values(module) gives it",
            got=type(values).__name__,
            mend="write nn.pure(module, nn.values(module), x)",
        )
    first: dict[int, str] = {}  # a parameter that has several places goes by the name of the first
    given: dict[str, Any] = {}
    kept = set()
    for p in places:
        if isinstance(p.value, Tensor):
            name = first.setdefault(id(p.value), p.name)
        else:
            kept.add(name := p.name)
        given[name] = value = values.get(name, p.value)
        if value is not p.value:
            same_shape(p, value)
            p.store[p.key] = value
    missing = given.keys() - values.keys() - kept
    if missing or len(given) < len(values) + len(kept - values.keys()):
        same_names(type(module).__name__, set(given), {*values, *kept})
    return given

"""Tensor, Node, and recording: calling NumPy on Tensors remembers the calls.

No formula of a derivative stands here and no list of functions: `record` calls any function on the values
and, where a gradient is wanted, keeps a `Node` that says what was called on what. Read next: `walks`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import refusals, rules
from .bare import Bare, looked_at, values_in, values_of, wants_gradient
from .calls import bind
from .modes import assert_finite, callers_line, clock, mode
from .trees import leaves
from .values import as_value, getitem, of_floats

Params = dict[str, Any]


class Node:
    """How a Tensor was made: the primitive, its inputs as given and their values, its settings, and when."""

    __slots__ = ("inputs", "number", "params", "primitive", "values", "where")

    def __init__(self, primitive: rules.Primitive, inputs: Any, values: Any, params: Params) -> None:
        self.primitive, self.inputs, self.values, self.params = primitive, inputs, values, params
        self.number = next(clock)
        self.where = ""  # the caller's line, under `detect_anomaly`


def _operators(ufunc: np.ufunc) -> tuple[Callable[..., Tensor], Callable[..., Tensor]]:
    """Make an operator and its reflected twin."""
    p = rules.entry(ufunc)
    return lambda a, b: record(p, (a, b)), lambda a, b: record(p, (b, a))


def _methods(*functions: Callable[..., Any]) -> list[Callable[..., Any]]:
    """Make methods of NumPy functions."""
    return [lambda self, *args, _f=f, **kwargs: dispatch(_f, (self, *args), kwargs) for f in functions]


class Tensor(Bare):
    """An array of floats that remembers how it was made.

    NumPy's functions and Python's operators work on Tensors as they stand; `backward` fills in gradients.

    Parameters
    ----------
    value : array_like of real numbers
        The floating dtype is kept. A Python float stays one (the fast path of scalar graphs). Integers and
        booleans are constants; complex numbers are refused.
    requires_grad : bool
        Whether `backward` leaves a gradient here; `DtypeError` if that is asked of integers.
    name : str, optional
        Shown in `repr` and in drawings.
    copy : bool
        Whether the Tensor owns a copy of an array or shares it; `value` is read-only either way.
    """

    __slots__ = ()

    def __init__(
        self, value: Any, requires_grad: bool = False, name: str | None = None, copy: bool = True
    ) -> None:
        self.value = value if type(value) is float else as_value(values_in(value), copy=copy)
        if requires_grad and self.dtype.kind != "f":
            raise refusals.integers(self.value)
        self.requires_grad, self.name = requires_grad, name
        self.grad = self.node = None
        self.written = 0  # when `assign` last wrote here

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **params: Any) -> Any:
        if params.pop("out", None) is not None:
            raise refusals.written_into(ufunc.__name__)
        return dispatch(ufunc if method == "__call__" else getattr(ufunc, method), inputs, params)

    def __array_function__(
        self, function: rules.Function, _: Any, args: tuple[Any, ...], kwargs: Params
    ) -> Any:
        return dispatch(function, args, kwargs)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        if self.requires_grad:
            raise refusals.cut_off(self.shape)
        return np.array(looked_at(self), dtype=dtype, copy=copy)

    def backward(self, grad: Any = None) -> None:
        """Fill in `grad` of everything this Tensor was computed from; leaves accumulate over calls.

        `grad` is the cotangent to start from, in this Tensor's shape; 1.0 by default, for one entry.
        Raises `NotScalarError`, `ShapeError`, `GraphError` or `StaleValueError`; see `engine.backward`.
        """
        from .backward import backward

        backward(self, grad)

    # Sugar: operators and methods are one line each.
    T = property(lambda self: dispatch(np.transpose, (self,), {}), doc="The axes in reverse order.")
    __add__, __radd__ = _operators(np.add)
    __sub__, __rsub__ = _operators(np.subtract)
    __mul__, __rmul__ = _operators(np.multiply)
    __truediv__, __rtruediv__ = _operators(np.true_divide)
    __pow__, __rpow__ = _operators(np.power)
    __matmul__, __rmatmul__ = _operators(np.matmul)
    __mod__, __rmod__ = _operators(np.remainder)
    __floordiv__, __rfloordiv__ = _operators(np.floor_divide)
    __neg__, __pos__, __abs__ = _methods(np.negative, np.positive, np.absolute)
    __lt__, __le__, __gt__, __ge__ = _methods(np.less, np.less_equal, np.greater, np.greater_equal)
    __eq__, __ne__, __hash__ = *_methods(np.equal, np.not_equal), object.__hash__
    exp, log, sqrt, abs = _methods(np.exp, np.log, np.sqrt, np.absolute)
    sin, cos, tanh, square = _methods(np.sin, np.cos, np.tanh, np.square)
    sum, mean, prod, var, std = _methods(np.sum, np.mean, np.prod, np.var, np.std)
    max, min, cumsum, clip, dot = _methods(np.max, np.min, np.cumsum, np.clip, np.dot)
    argmax, argmin, argsort, diagonal = _methods(np.argmax, np.argmin, np.argsort, np.diagonal)
    swapaxes, squeeze, repeat, ravel = _methods(np.swapaxes, np.squeeze, np.repeat, np.ravel)
    astype, trace, take = _methods(np.astype, np.trace, np.take)

    def reshape(self, *shape: Any) -> Any:
        """Return the entries in another shape, a tuple or several integers."""
        return dispatch(np.reshape, (self, shape[0] if len(shape) == 1 else shape), {})

    def transpose(self, *axes: Any) -> Any:
        """Return the axes permuted, given as a tuple or as several integers; reversed without arguments."""
        return dispatch(np.transpose, (self, axes[0] if len(axes) == 1 else axes or None), {})

    def __getitem__(self, index: Any) -> Tensor:
        return record(rules.entry(getitem), (self,), {"index": values_in(index)})

    def __setitem__(self, index: Any, value: Any) -> None:
        raise refusals.item_set(index)


def record(primitive: rules.Primitive, inputs: tuple[Any, ...], params: Params = {}) -> Tensor:  # noqa: B006  # never changed
    """Call `primitive` on the values of `inputs`; where one wants a gradient, remember the call."""
    wanted, scalar = False, True
    values = []
    for x in inputs:
        if isinstance(x, Tensor):
            wanted = wanted or x.requires_grad
            x = x.value
        scalar = scalar and (type(x) is float or type(x) is int)
        values.append(x)
    try:  # scalar graphs stay with Python's floats, which are ten times faster than NumPy's
        value = of_floats(primitive, values, params) if scalar else primitive.function(*values, **params)
    except ValueError as error:
        raise refusals.call_failed(primitive.name, values, error) from None
    if mode.special:
        return specially(Node(primitive, inputs, values, params), value, wanted)
    return made(value, Node(primitive, inputs, values, params) if wanted else None, wanted)


def specially(node: Node, value: Any, wanted: bool) -> Tensor:
    """Finish `record` where `no_grad`, `detect_anomaly` or `compile` has a say."""
    wanted = wanted and mode.recording
    if mode.anomaly:
        node.where = callers_line()
        assert_finite(value, f"forward value of '{node.primitive.name}'", node.where)
    return made(value, node if wanted or mode.tracing else None, wanted)


def made(value: Any, node: Node | None, wanted: bool) -> Tensor:
    """Wrap a fresh result, which is known to be good."""
    out = Tensor.__new__(Tensor)
    out.grad = out.name = None
    out.node, out.requires_grad, out.written = node, wanted, 0
    if isinstance(value, np.ndarray):
        if node is None and value.base is not None:
            value = value.copy()  # the leaf it is a view of may be assigned to, and no node would notice
        value.flags.writeable = False
    out.value = value
    return out


def dispatch(function: rules.Function, args: tuple[Any, ...], kwargs: Params) -> Any:
    """Answer the call of any function in which a Tensor takes part."""
    if (p := rules.table.get(function)) is not None:
        inputs, params = bind(p, args, kwargs)
        if list in map(type, inputs):
            inputs = tuple(np.asarray(x) if type(x) is list else x for x in inputs)
        return record(p, inputs, params)
    if (definition := rules.compositions.get(function)) is not None:
        return definition(*args, **kwargs)
    if rules.on_import and rules.entered_late():
        return dispatch(function, args, kwargs)
    if function in rules.static:
        return function(*values_of(args), **kwargs)
    if mode.tracing and function in rules.plain:
        return record(rules.asked.setdefault(function, rules.Primitive(function)), args, kwargs)
    if function in rules.plain or not any(map(wants_gradient, leaves((args, kwargs)))):
        return function(*values_in(args), **values_in(kwargs))
    raise refusals.no_rule(function, [p.name for p in rules.table.values()])

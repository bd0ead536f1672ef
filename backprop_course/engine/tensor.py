"""Tensor, and recording: calling NumPy on Tensors remembers the calls.

No list of functions stands here: `record` calls any function on the values and, where a gradient is wanted,
the result remembers what was called on what. Results are the nodes of the graph. Read next: `walks`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import refusals, rule_refusals, rules
from .bare import FLOAT64, Bare, constants_in, looked_at, values_in, values_of, wants_gradient
from .calls import bind
from .modes import assert_finite, callers_line, mode, switched_on, tick
from .trees import leaves
from .values import as_value, getitem, held, of_floats

Params = dict[str, Any]


new = object.__new__
NONE: Params = {}  # never changed
NUMBERS = frozenset((float, int))


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
        self.value = value if type(value) is float else as_value(constants_in(value), copy=copy)
        if requires_grad and self.dtype.kind != "f":
            raise refusals.integers(self.value)
        self.requires_grad, self.name = requires_grad, name
        self.grad = self.primitive = None
        self.inputs, self.values, self.params, self.number = (), (), NONE, 0

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **params: Any) -> Any:
        if not params and method == "__call__" and (p := rules.table.get(ufunc)) is not None:
            return record(p, inputs)
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
    swapaxes, squeeze, ravel, astype = _methods(np.swapaxes, np.squeeze, np.ravel, np.astype)

    def __getitem__(self, index: Any) -> Tensor:
        return record(rules.entry(getitem), (self,), {"index": values_in(index)})

    def __setitem__(self, index: Any, value: Any) -> None:
        raise refusals.item_set(index)


def record(primitive: rules.Primitive, inputs: tuple[Any, ...], params: Params = NONE) -> Tensor:
    """Call `primitive` on the values of `inputs`; where one wants a gradient, remember the call."""
    wanted, values = False, []
    for x in inputs:
        if isinstance(x, Tensor):
            values.append(x.value)
            if x.requires_grad:
                wanted = True
        elif type(x) is list:
            arrays = (as_value(x, copy=False) if type(x) is list else x for x in inputs)
            return record(primitive, tuple(arrays), params)
        else:
            values.append(x)
    try:  # scalar graphs stay with Python's floats, which are ten times faster than NumPy's
        if values and type(values[0]) in NUMBERS and NUMBERS.issuperset(map(type, values)):
            value = of_floats(primitive, values, params)
        else:
            value = primitive.call(*values, **params) if params else primitive.call(*values)
    except (ValueError, TypeError) as error:
        raise refusals.call_failed(primitive.name, values, error) from None
    special = switched_on and mode.special
    if not wanted and not special:
        return made(value)
    if type(value) is np.ndarray and value.dtype is FLOAT64:  # most often: no call, 3 % of `op10`
        value.setflags(False)  # type: ignore[call-arg]  # by name it takes three times as long
    else:
        held(value)
    out: Tensor = new(Tensor)
    out.value, out.requires_grad, out.number = value, wanted, tick()
    out.primitive, out.inputs, out.values, out.params = primitive, inputs, values, params
    out.grad = out.name = None
    return specially(out) if special else out


def specially(out: Tensor) -> Tensor:
    """Finish `record` where `no_grad`, `detect_anomaly` or `compile` has a say."""
    if mode.anomaly:
        out.where = callers_line()
        assert_finite(out.value, f"forward value of '{out.primitive.name}'", out.where)
    out.requires_grad &= mode.recording and out.primitive.function not in rules.plain
    return out if out.requires_grad or mode.tracing else made(out.value)


def made(value: Any) -> Tensor:
    """Wrap a fresh result that wants no gradient: it remembers nothing."""
    out: Tensor = new(Tensor)
    if type(value) is np.ndarray and value.base is not None:
        value = value.copy()  # the leaf it is a view of may be assigned to, and nothing would notice
    out.value, out.requires_grad, out.number = held(value), False, 0
    out.inputs, out.values, out.params = (), (), NONE
    out.primitive = out.grad = out.name = None
    return out


def dispatch(function: rules.Function, args: tuple[Any, ...], kwargs: Params) -> Any:
    """Answer the call of any function in which a Tensor takes part."""
    if (p := rules.table.get(function)) is not None:
        return record(p, *bind(p, args, kwargs)) if kwargs or len(args) > 1 else record(p, args)
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
    raise rule_refusals.no_rule(function, [p.name for p in rules.table.values()])

"""Function: a forward and a backward of one's own, with a context that carries what backward needs."""

from __future__ import annotations

import inspect
from typing import Any, Self

import numpy as np

from ..errors import CourseError
from . import refusals, rule_refusals, rules
from .bare import values_in, wants_gradient
from .tensor import Tensor, record
from .trees import map_leaves
from .walks import pullback, topological_order


class Context:
    """What `forward` leaves for `backward`.

    Attributes
    ----------
    saved_tensors : tuple
        What `save_for_backward` was given.
    needs_input_grad : tuple of bool
        For each input of `forward`, whether its cotangent will be used.
    """

    def __init__(self, needs_input_grad: tuple[bool, ...]) -> None:
        self.saved_tensors: tuple[Any, ...] = ()
        self.needs_input_grad = needs_input_grad

    def save_for_backward(self, *values: Any) -> None:
        """Keep `values` for `backward`, as ``ctx.saved_tensors``."""
        self.saved_tensors = values


class Function:
    """An operation whose derivative you write yourself.

    Subclass it with two static methods, in the manner of ``torch.autograd.Function``, and call ``apply``:

    - ``forward(ctx, *inputs)`` gets plain arrays and returns one array;
    - ``backward(ctx, out_bar)`` gets the cotangent of the output and returns one cotangent per input of
      `forward` (a tuple; the one alone if there is one), `None` for an input without a derivative.

    Forward mode (`jvp`, `hvp`) and derivatives of derivatives come from `backward`, where that is written in
    NumPy functions that do not write into arrays. For derivatives of derivatives, what it saved (on `ctx`
    too) must be inputs of `forward` or its output; they are handed over as Tensors then.

    Raises
    ------
    UsageError
        If one of the two is no static method, if `forward` returns no array, or `backward` another number of
        cotangents than there are inputs.
    ShapeError
        If a cotangent does not have the shape of its input.
    NoDerivativeError
        If a second derivative is asked for and `forward` saved something computed on the way; if `backward`
        returns None for an input whose cotangent is needed.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import Function, Tensor
    >>> class Exp(Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         y = np.exp(x)
    ...         ctx.save_for_backward(y)
    ...         return y
    ...
    ...     @staticmethod
    ...     def backward(ctx, out_bar):
    ...         (y,) = ctx.saved_tensors
    ...         return out_bar * y
    >>> x = Tensor([0.0, 1.0], requires_grad=True)
    >>> Exp.apply(x).sum().backward()
    >>> x.grad
    array([1.        , 2.71828183])
    """

    @staticmethod
    def forward(ctx: Context, *inputs: Any) -> Any:
        """Compute the value from plain arrays."""
        raise rule_refusals.yours_to_write("forward(ctx, *inputs)")

    @staticmethod
    def backward(ctx: Context, out_bar: Any) -> Any:
        """Compute the cotangents of the inputs from that of the output."""
        raise rule_refusals.yours_to_write("backward(ctx, out_bar)")

    def __init_subclass__(cls, **settings: Any) -> None:
        """Hold the two methods to be static, as they are called without an instance."""
        super().__init_subclass__(**settings)
        for method in ("forward", "backward"):
            if inspect.isfunction(vars(cls).get(method)):
                raise rule_refusals.not_static(cls.__name__, method)

    def __new__(cls, *_: Any, **__: Any) -> Self:
        """Refuse to make one: a Function is applied."""
        raise rule_refusals.not_applied(cls.__name__)

    @classmethod
    def apply(cls, *inputs: Any) -> Tensor:
        """Call `forward` on the values of `inputs` and record it as one node."""
        ctx = Context(tuple(map(wants_gradient, inputs)))
        kept: list[Any] = []  # the arrays that forward saw, and its output

        def call(*arrays: Any) -> Any:
            value = values_in(cls.forward(ctx, *arrays))
            if value is None or isinstance(value, tuple | list | dict):
                raise refusals.not_one_array(f"forward of {cls.__name__}", value)
            kept[:] = [value, *arrays]
            return value if type(value) is float else np.array(value)[()]

        def joint(out_bar: Any, out: Any, *primals: Any) -> tuple[Any, ...]:
            recorded = any(isinstance(x, Tensor) for x in (out, *primals))
            bars = cls.backward(_linked(cls, ctx, kept, (out, *primals)) if recorded else ctx, out_bar)
            if bars is None:
                raise refusals.nothing_returned(f"backward of {cls.__name__}", "a cotangent for each input")
            bars = tuple(bars) if isinstance(bars, tuple | list) else (bars,)
            if len(bars) != len(primals):
                raise rule_refusals.wrong_count(cls.__name__, len(primals), len(bars))
            for position, (bar, wanted) in enumerate(zip(bars, ctx.needs_input_grad, strict=True)):
                if wanted and bar is None:
                    raise rule_refusals.no_cotangent(cls.__name__, position)
            return bars

        primitive = rules.Primitive(call)
        primitive.name, primitive.joint = cls.__name__, joint
        primitive.jvp = Transposed(cls.__name__, joint, len(inputs))
        return record(primitive, inputs)


class Transposed:
    """Jacobian-vector products from a `backward`: it is linear in its cotangent, so it has a transpose.

    Its i-th item is the jvp rule of input i: a walk back over the recorded `backward`.

    References
    ----------
    Townsend, "A new trick for calculating Jacobian vector products" (2017).
    """

    def __init__(self, name: str, joint: rules.Function, count: int) -> None:
        self.name, self.joint, self.count = name, joint, count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, position: int) -> rules.Function:
        def rule(x_dot: Any, out: Any, *primals: Any) -> Any:
            value = out.value if isinstance(out, Tensor) else out
            start = Tensor(np.zeros_like(value) if np.ndim(value) else 0.0 * value, requires_grad=True)
            try:
                bar = self.joint(start, out, *primals)[position]
                total = None if bar is None else np.sum(bar * x_dot)
            except CourseError as error:
                raise rule_refusals.not_transposed(self.name, error) from error
            recorded = any(isinstance(x, Tensor) for x in (x_dot, out, *primals))
            found = _slope(total, start, recorded) if isinstance(total, Tensor) else None
            return np.zeros_like(value) if found is None else found

        return rule


def _slope(total: Tensor, start: Tensor, recorded: bool) -> Any:
    """The cotangent of `start`, on which `total` depends linearly; None if it does not."""
    order = topological_order([total])
    leading = {start}
    for t in order:
        if any(isinstance(x, Tensor) and x in leading for x in t.inputs):
            leading.add(t)
    one = 1.0 if type(total.value) is float else np.ones((), total.dtype)[()]
    walked = [t for t in order if t in leading]
    return pullback(walked, {total: one}, leading, record=recorded).get(start)


def _linked(cls: type[Function], ctx: Context, kept: list[Any], tensors: tuple[Any, ...]) -> Context:
    """The context with Tensors in place of the inputs and the output, so that `backward` can be recorded."""

    def link(value: Any) -> Any:
        found = [t for array, t in zip(kept, tensors, strict=True) if array is value]
        is_number = type(value) is float and not any(type(array) is float for array in kept)
        if not found and getattr(np.asarray(value).dtype, "kind", "") == "f" and not is_number:
            raise rule_refusals.saved_on_the_way(cls.__name__)
        return found[0] if found else value

    linked = Context(ctx.needs_input_grad)
    linked.__dict__.update({name: map_leaves(link, value) for name, value in ctx.__dict__.items()})
    return linked

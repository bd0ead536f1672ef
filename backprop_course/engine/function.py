"""Function: a forward and a backward of one's own, with a context that carries what backward needs."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import refusals, rules
from .bare import values_in, wants_gradient
from .tensor import Tensor, record


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

    Derivatives of derivatives work where `backward` is written in NumPy functions and what it saved are
    inputs of `forward` or its output; they are handed over as Tensors then.

    Raises
    ------
    UsageError
        If `backward` returns another number of cotangents than there are inputs.
    ShapeError
        If a cotangent does not have the shape of its input.
    NoDerivativeError
        If a second derivative is asked for and `forward` saved something computed on the way.

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
        raise refusals.yours_to_write("forward(ctx, *inputs)")

    @staticmethod
    def backward(ctx: Context, out_bar: Any) -> Any:
        """Compute the cotangents of the inputs from that of the output."""
        raise refusals.yours_to_write("backward(ctx, out_bar)")

    @classmethod
    def apply(cls, *inputs: Any) -> Tensor:
        """Call `forward` on the values of `inputs` and record it as one node."""
        ctx = Context(tuple(map(wants_gradient, inputs)))
        kept: list[Any] = []  # the arrays that forward saw, and its output

        def call(*arrays: Any) -> Any:
            value = values_in(cls.forward(ctx, *arrays))
            kept[:] = [value, *arrays]
            return value if type(value) is float else np.array(value)[()]

        def joint(out_bar: Any, out: Any, *primals: Any) -> tuple[Any, ...]:
            recorded = any(isinstance(x, Tensor) for x in (out_bar, *primals))
            bars = cls.backward(_linked(cls, ctx, kept, (out, *primals)) if recorded else ctx, out_bar)
            bars = tuple(bars) if isinstance(bars, tuple | list) else (bars,)
            if len(bars) != len(primals):
                raise refusals.wrong_count(cls.__name__, len(primals), len(bars))
            return bars

        primitive = rules.Primitive(call)
        primitive.name, primitive.joint = cls.__name__, joint
        return record(primitive, inputs)


def _linked(cls: type[Function], ctx: Context, kept: list[Any], tensors: tuple[Any, ...]) -> Context:
    """The context with Tensors in place of the inputs and the output, so that `backward` can be recorded."""
    linked = Context(ctx.needs_input_grad)
    linked.__dict__.update(ctx.__dict__)
    saved = []
    for value in ctx.saved_tensors:
        found = [t for array, t in zip(kept, tensors, strict=True) if array is value]
        is_number = type(value) is float and not any(type(array) is float for array in kept)
        if not found and np.asarray(value).dtype.kind == "f" and not is_number:
            raise refusals.saved_on_the_way(cls.__name__)
        saved.append(found[0] if found else value)
    linked.saved_tensors = tuple(saved)
    return linked

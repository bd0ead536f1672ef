"""NB07: build your own Tensor engine."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..exercise import Exercise, Piece
from ..instances import sizes
from ..mistakes import M10, M12, M19
from ..reference import answered_by, values_of


class Tensor:
    """A value, its gradient, and how to send one back: for right and wrong operations alike."""

    def __init__(self, value: Any, requires_grad: bool = False, prev: tuple[Tensor, ...] = ()) -> None:
        self.value, self.requires_grad, self._prev = np.asarray(value, float), requires_grad, prev
        self.grad = np.zeros_like(self.value)
        self._backward: Any = lambda: None


def _operation(forward: Any, a_bar: Any, b_bar: Any, *, accumulate: bool = True) -> Any:
    """Return an operation of two Tensors from its rules."""

    def operation(a: Tensor, b: Tensor) -> Tensor:
        out = Tensor(forward(a.value, b.value), a.requires_grad or b.requires_grad, (a, b))

        def _backward() -> None:
            for operand, rule in ((a, a_bar), (b, b_bar)):
                if operand.requires_grad:
                    g = rule(out.grad, a.value, b.value)
                    operand.grad = operand.grad + g if accumulate else g

        out._backward = _backward
        return out

    return operation


_ADD = (np.add, lambda g, a, b: g, lambda g, a, b: g)
_MULTIPLY = (np.multiply, lambda g, a, b: g * b, lambda g, a, b: g * a)


def _pieces(name: str, right: Any, rules: Any, mistakes: Any) -> list[Piece]:
    """Return what is asked of one operation: two operands, the same one twice, one that wants no gradient."""
    functions = {"Tensor": Tensor, name: right}
    answer = f"Tensor(value, requires_grad=False); {name}(a, b)"
    shape = "(n, k)"
    _, a_bar, b_bar = rules
    return [
        Piece(
            answer=answer,
            probe=f"nb07.two_operands(a: {shape}, b: {shape}, g: {shape}, before: {shape}) "
            f"-> {name}_value: {shape}, {name}_a: {shape}, {name}_b: {shape}, {name}_prev",
            reference=answered_by(**functions),
            instances=sizes(n=4, k=3),
            mistakes=mistakes,
        ),
        Piece(
            answer=answer,
            probe=f"nb07.repeated_operand(a: {shape}, g: {shape}) -> {name}_with_itself: {shape}",
            reference=values_of(lambda a, g: a_bar(g, a, a) + b_bar(g, a, a)),
            instances=sizes(n=4, k=3),
        ),
        Piece(
            answer=answer,
            probe=f"nb07.one_constant(a: {shape}, b: {shape}, g: {shape}) "
            f"-> {name}_beside_a_constant: {shape}, {name}_constant: {shape}",
            reference=values_of(lambda a, b, g: (a_bar(g, a, b), np.zeros_like(b))),
            instances=sizes(n=4, k=3),
        ),
    ]


tensor = Exercise(
    id="NB07.E01",
    points=4,
    see="NB07.W2",
    pieces=[
        Piece(
            answer="Tensor(value, requires_grad=False)",
            probe="nb07.fields(x: (n, k)) -> value: (n, k), grad: (n, k), requires_grad, prev",
            reference=answered_by(Tensor),
            instances=sizes(n=4, k=3),
        ),
        *_pieces(
            "add",
            _operation(*_ADD),
            _ADD,
            [
                M10(add=_operation(*_ADD, accumulate=False)),
                M12(add=_operation(np.add, lambda g, a, b: np.ones_like(g), lambda g, a, b: np.ones_like(g))),
            ],
        ),
        *_pieces(
            "multiply",
            _operation(*_MULTIPLY),
            _MULTIPLY,
            [
                M10(multiply=_operation(*_MULTIPLY, accumulate=False)),
                M12(multiply=_operation(np.multiply, lambda g, a, b: b, lambda g, a, b: a)),
                M19(multiply=_operation(np.multiply, lambda g, a, b: g * a, lambda g, a, b: g * b)),
            ],
        ),
    ],
)

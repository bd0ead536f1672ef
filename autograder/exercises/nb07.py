"""NB07: build your own Tensor engine. Fields, first operations, ReLU."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from .._mistake import Mistake
from ..exercise import Exercise, Piece
from ..instances import sizes
from ..mistakes import M09, M10, M12, M15, M16, M17, M19, M28, Kind
from ..reference import answered_by

LATE_BINDING = Kind(
    "late-binding",
    "a closure made in a loop sees the loop's last operand",
    "One operand receives nothing, or the last one receives everything.",
    "A closure reads its variables when it is called, not when it is made.",
    "When the closure is called, the loop is over, and its variable stands at the last operand. Let one "
    "closure go through all operands, or bind the operand when the closure is made.",
    "NB07.W2",
)
READ_TOO_EARLY = Kind(
    "upstream-read-early",
    "the upstream gradient is read while the result is made",
    "What was zero when the result was made is sent back, whatever has arrived since.",
    "A value is read in the forward pass that only exists in the backward pass.",
    "While the result is made nothing has arrived at it yet. Read its gradient inside the closure, which is "
    "called when the gradient is complete.",
    "NB07.W2",
)
CONSTANT_GETS_GRADIENT = Kind(
    "constant-gets-gradient",
    "an operand that wants no gradient receives one",
    "The gradient of a constant is not zero any more.",
    "Nobody asks whether the operand wants a gradient.",
    "Data and constants want no gradient. Look at the operand's own mark before you add to its gradient.",
    "NB07.W2",
)
MARK_NOT_PASSED_ON = Kind(
    "mark-not-passed-on",
    "the result does not want a gradient where an operand does, or the other way round",
    "With one constant among the operands the result's mark is wrong.",
    "The mark of the result does not follow from those of its operands.",
    "A gradient has to pass through the result as soon as one operand wants it; if no operand does, the "
    "result is a constant.",
    "NB07.W2",
)
LOCAL_MISSING = Kind(
    "local-derivative-missing",
    "the local derivative is left out",
    "What arrives from upstream is passed on unchanged.",
    "A link of the chain is missing.",
    "Downstream is upstream times local. Move the operand a little and see how much the result moves: that "
    "factor belongs between what arrives and what is passed on.",
    "NB07.W2",
)


class Tensor:
    """A value, its gradient, and how to send one back: for right and wrong operations alike."""

    def __init__(self, value: Any, requires_grad: bool = False, prev: Sequence[Any] = ()) -> None:
        self.value, self.requires_grad, self._prev = np.asarray(value, float), requires_grad, tuple(prev)
        self.grad: Any = np.zeros(self.value.shape)
        self._backward: Callable[[], Any] = lambda: None


class _IntegerGradient(Tensor):
    def __init__(self, value: Any, requires_grad: bool = False) -> None:
        super().__init__(value, requires_grad)
        self.grad = np.zeros_like(value)


def operation(
    forward: Any,
    *rules: Any,
    accumulate: bool = True,
    in_place: bool = False,
    constants_too: bool = False,
    wanted: Callable[[Iterable[bool]], bool] = any,
) -> Any:
    """Return an operation on Tensors from its rules ``(g, out, *values)``, one for each operand."""

    def apply(*operands: Any) -> Tensor:
        values = [t.value for t in operands]
        out = Tensor(forward(*values), wanted([t.requires_grad for t in operands]), operands)

        def _backward() -> None:
            for t, rule in zip(operands, rules, strict=True):
                if t.requires_grad or constants_too:
                    g = rule(out.grad, out.value, *values)
                    if in_place:
                        t.grad += g
                    else:
                        t.grad = t.grad + g if accumulate else g

        out._backward = _backward
        return out

    return apply


def _looped(forward: Any, *rules: Any, all_called: bool) -> Any:
    """Return the operation of someone whose closures are made in a loop over the operands."""

    def apply(*operands: Any) -> Tensor:
        values = [t.value for t in operands]
        out = Tensor(forward(*values), True, operands)
        closures = []
        for t, rule in zip(operands, rules, strict=True):

            def _backward() -> None:
                t.grad = t.grad + rule(out.grad, out.value, *values)  # noqa: B023  # that is the mistake

            closures.append(_backward)
        out._backward = (lambda: [closure() for closure in closures]) if all_called else closures[-1]
        return out

    return apply


def _once(forward: Any, *rules: Any) -> Any:
    """Return the operation of someone who sends each Tensor one share, however often it is an operand."""

    def apply(*operands: Any) -> Tensor:
        values = [t.value for t in operands]
        out = Tensor(forward(*values), any(t.requires_grad for t in operands), operands)

        def _backward() -> None:
            for t, rule in dict(zip(operands, rules, strict=True)).items():
                if t.requires_grad:
                    t.grad = t.grad + rule(out.grad, out.value, *values)

        out._backward = _backward
        return out

    return apply


def _early(forward: Any, *rules: Any) -> Any:
    return operation(forward, *(lambda g, out, *values, rule=rule: 0.0 * g for rule in rules))


def binary_pieces(
    name: str, forward: Any, a_bar: Any, b_bar: Any, mistakes: Sequence[Mistake]
) -> list[Piece]:
    """Return what is asked of an operation: two operands, the same twice, one constant, what it remembers."""
    rules = (forward, a_bar, b_bar)
    shape = "(n, k)"
    arrays = f"a: {shape}, b: {shape}, g: {shape}"

    def piece(probe: str, *mistakes: Mistake) -> Piece:
        return Piece(
            answer=f"{name}(a, b)",
            uses=("Tensor",),
            probe=f"nb07.{probe}",
            reference=answered_by(operation(*rules)),
            # Away from 0: there is a quotient among the operations.
            instances=sizes(n=4, k=3, draw=dict.fromkeys("ab", _away_from_zero), without=("zeros",)),
            mistakes=mistakes,
        )

    return [
        piece(
            f"binary({arrays}, before: {shape}) -> {name}_value: {shape}, {name}_a: {shape}, "
            f"{name}_b: {shape}",
            *mistakes,
            M10(operation(*rules, accumulate=False)),
            LATE_BINDING(_looped(*rules, all_called=False)),
            LATE_BINDING(_looped(*rules, all_called=True)),
            READ_TOO_EARLY(_early(*rules)),
        ),
        piece(
            f"repeated_operand(a: {shape}, g: {shape}, before: {shape}) -> {name}_with_itself: {shape}",
            M10(operation(*rules, accumulate=False)),
            M10(_once(*rules)),
        ),
        piece(
            f"one_constant({arrays}) -> {name}_beside_a_constant: {shape}, {name}_constant: {shape}, "
            f"{name}_constant_first: {shape}",
            CONSTANT_GETS_GRADIENT(operation(*rules, constants_too=True)),
        ),
        piece(
            f"recorded(a: {shape}, b: {shape}) -> {name}_made_from, {name}_wants_a_gradient",
            MARK_NOT_PASSED_ON(operation(*rules, wanted=all)),
            MARK_NOT_PASSED_ON(operation(*rules, wanted=lambda marks: True)),
            MARK_NOT_PASSED_ON(operation(*rules, wanted=lambda marks: False)),
        ),
    ]


def _away_from_zero(rng: np.random.Generator, n: int, k: int) -> Any:
    return rng.uniform(0.4, 2.0, (n, k)) * rng.choice((-1.0, 1.0), (n, k))


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
        Piece(
            answer="Tensor(value, requires_grad=False)",
            probe="nb07.from_integers(x: (n, k), number) -> grad_type, grad_of_a_number",
            reference=answered_by(Tensor),
            instances=sizes(n=4, k=3, draw={"x": lambda rng, n, k: rng.integers(-9, 9, (n, k))}),
            mistakes=[M28(_IntegerGradient)],
        ),
        *binary_pieces(
            "add",
            np.add,
            lambda g, out, a, b: g,
            lambda g, out, a, b: g,
            [
                M12(operation(np.add, *[lambda g, out, a, b: np.ones_like(g)] * 2)),
            ],
        ),
        *binary_pieces(
            "multiply",
            np.multiply,
            lambda g, out, a, b: g * b,
            lambda g, out, a, b: g * a,
            [
                LOCAL_MISSING(operation(np.multiply, *[lambda g, out, a, b: g] * 2)),
                M12(operation(np.multiply, lambda g, out, a, b: b, lambda g, out, a, b: a)),
                M19(operation(np.multiply, lambda g, out, a, b: g * a, lambda g, out, a, b: g * b)),
            ],
        ),
    ],
)


def _relu(rule: Any, **settings: Any) -> Any:
    return operation(lambda x: np.maximum(x, 0.0), rule, **settings)


def _on(g: Any, out: Any, x: Any) -> Any:
    return g * (x > 0)


def _whole(rng: np.random.Generator, n: int, k: int) -> Any:
    return rng.permutation(np.resize([-2.0, -1.0, 0.0, 1.0, 2.0], n * k)).reshape(n, k)


def _with_zeros(rng: np.random.Generator, n: int, k: int) -> Any:
    return rng.permutation(np.resize([-1.0, 0.0, 1.0], n * k)).reshape(n, k) * rng.uniform(0.1, 2.0, (n, k))


relu = Exercise(
    id="NB07.E02",
    answer="relu(x)",
    uses=("Tensor",),
    probe="nb07.unary(x: (n, k), g: (n, k), before: (n, k)) -> value: (n, k), x_grad: (n, k)",
    reference=answered_by(_relu(_on)),
    instances=sizes(
        n=4,
        k=3,
        cases={"some x are 0": {"x": _with_zeros}, "whole numbers, some of them 0": {"x": _whole}},
        # A gradient of 0 where x is negative would hide what sets the conventions at 0 apart.
        without=("zeros",),
    ),
    points=2,
    see="NB07.W2",
    mistakes=[
        M09(_relu(lambda g, out, x: g)),
        M10(_relu(_on, accumulate=False)),
        M12(_relu(lambda g, out, x: (x > 0).astype(float))),
        M15(_relu(lambda g, out, x: np.maximum(g, 0.0))),
        M15(_relu(lambda g, out, x: np.maximum(g, 0.0) * (x > 0))),
        M16(_relu(lambda g, out, x: g * (x >= 0))),
        M17(_relu(lambda g, out, x: g * np.maximum(x, 0.0))),
        READ_TOO_EARLY(_relu(lambda g, out, x: 0.0 * g)),
    ],
)

"""Answers without a learner: told in parts, or those of someone who makes a declared mistake.

With them an exercise is tried before anybody works at it: by `declared`, and by the tests of all exercises.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._in_process import same
from .._outcome import Call, Outcome, Value
from .._parts import Parts
from ..exercise import Piece
from ..instances import Instance
from ..judge import in_process
from ..mistakes import Mistake


class Telling:
    """An answer that is told in parts: what a piece gives on an instance, without any code of a learner's.

    Parameters
    ----------
    piece : Piece
    compute : callable
        Maps an instance to the parts by name.
    seed : int
        That the answer will be judged with: it knows the instances by their inputs.
    """

    takes_probes = True

    def __init__(self, piece: Piece, compute: Callable[[Instance], Parts], seed: int = 0) -> None:
        self.piece, self.compute = piece, compute
        self.instances = piece.draw(seed)

    def __call__(self, inputs: tuple[Value, ...]) -> Outcome:
        """Return what the call of a learner's function would come to."""
        instance = self.instance(inputs)
        try:
            return Outcome("returned", self.form(self.compute(instance)))
        except Exception as error:
            return Outcome("raised", error_type=type(error).__name__, message=str(error))

    def instance(self, inputs: tuple[Value, ...]) -> Instance:
        """Return the instance that has these inputs; a new one where the judge has changed one of them."""
        for instance in self.instances:
            if same(self.piece.inputs(instance), inputs):
                return instance
        variables = dict(zip(self.piece.parameters, inputs, strict=True))
        sizes: dict[str, int] = {}
        for name, value in variables.items():
            if isinstance(value, np.ndarray):
                letters = self.piece.signature.shapes[name]
                sizes |= {str(d): size for d, size in zip(letters, value.shape, strict=True)}
        return Instance(variables, "called", sizes)

    def form(self, parts: Parts) -> Any:
        """Return parts in the form that a learner returns."""
        if self.piece.keys:
            return {key: parts[key] for key in self.piece.keys}
        values = tuple(parts[name] for name in self.piece.returns)
        return values[0] if len(values) == 1 else values


def mistaken(piece: Piece, mistake: Mistake, seed: int = 0, only: str | None = None) -> Call:
    """Return the answer of someone who made this mistake; with `only`, in one part and nowhere else."""
    if only is None and mistake.how == "answer":
        if piece.probe:
            return in_process(piece.wrong_answers(mistake))
        return in_process(_answer(piece, mistake, seed))

    def compute(instance: Instance) -> Parts:
        right = piece.expected(instance)
        wrong = piece.mistaken(mistake, instance, right)
        return wrong if only is None else {**right, only: wrong[only]}

    return Telling(piece, compute, seed)


def _answer(piece: Piece, mistake: Mistake, seed: int) -> Callable[..., Any]:
    """Return the mistake as a function of the inputs: it may change them in place."""
    telling = Telling(piece, lambda instance: {}, seed)

    def answer(*inputs: Value) -> Any:
        known = telling.instance(inputs)
        handed = dict(zip(piece.parameters, inputs, strict=True))
        instance = Instance({**known.variables, **handed}, known.label, known.sizes)
        return telling.form(piece.mistaken(mistake, instance, {}))

    return answer

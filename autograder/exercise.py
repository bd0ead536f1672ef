"""What an exercise is: one declaration, from which check, verdict, diagnosis and tests follow.

The declarations themselves are in `exercises/`; `judge.py` says how an answer is judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ._signature import Signature, parse
from .instances import Instance, Sampler
from .mistakes import Mistake
from .reference import Gradients, Reference, cotangents_of


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One exercise.

    Parameters
    ----------
    id : str
        As in the course map, ``"NB06.E06"``.
    answer : str
        Name, arguments and returned gradients with their shapes:
        ``"affine_backward(dY: (N, k), X: (N, d), W: (d, k)) -> dX: (N, d), dW: (d, k), db: (k,)"``.
    reference : callable
        Gives the right numbers, see `reference.cotangents_of`.
    instances : callable
        Gives what the answer is tried on, see `instances.sizes`.
    points : float
        For a right answer; each returned gradient earns an equal share.
    see : str
        The walkthrough part that teaches it, ``"NB06.W5"``.
    mistakes : sequence of Mistake
        The standard wrong answers. Each must be refused, and named; a test insists on it.
    rtol : float
        Relative difference to the reference that still counts as equal.
    time_limit : float
        Seconds that one call may take.
    """

    id: str
    answer: str
    reference: Reference
    instances: Sampler
    points: float
    see: str
    mistakes: Sequence[Mistake] = ()
    rtol: float = 1e-6
    time_limit: float = 2.0
    signature: Signature = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "signature", parse(self.answer))

    @property
    def name(self) -> str:
        """Name of the function that answers."""
        return self.signature.name

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of its arguments, in order."""
        return self.signature.parameters

    @property
    def returns(self) -> tuple[str, ...]:
        """Names of the gradients it returns, in order."""
        return self.signature.returns

    @property
    def keys(self) -> tuple[str, ...] | None:
        """Keys of the dict it returns; None when it returns one value or a tuple."""
        return self.signature.keys

    @property
    def unit(self) -> str:
        """The unit it belongs to, ``"NB06"``."""
        return self.id.partition(".")[0]

    @property
    def grade_id(self) -> str:
        """The ``grade_id`` of its solution cell; the check's cell has ``-check`` behind it."""
        return self.id.replace(".", "-")

    @property
    def upstream(self) -> str | None:
        """Name of the argument that holds the cotangent arriving from upstream, if there is one."""
        return self.reference.upstream(self.signature) if isinstance(self.reference, cotangents_of) else None

    def draw(self, seed: int) -> Sequence[Instance]:
        """Return the instances of a seed: always the same ones for the same exercise and seed."""
        own = [ord(letter) for letter in self.id]
        return self.instances(self.signature, np.random.default_rng([seed, *own]))

    def inputs(self, instance: Instance) -> tuple[object, ...]:
        """Return the arguments of an instance in the order in which the answer takes them."""
        return tuple(instance.variables[name] for name in self.parameters)

    def expected(self, instance: Instance) -> Gradients:
        """Return the right gradients by name."""
        with np.errstate(all="ignore"):
            return self.reference(self.signature, instance)

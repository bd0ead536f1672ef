"""What an exercise is: one declaration, from which check, verdict, diagnosis and tests follow.

Most exercises are one piece: a function that is called with arrays. One that asks for several things is made
of pieces, each tried and scored by itself. What cannot be called with plain values has a probe that drives
it. The declarations themselves are in `exercises/`; `judge.py` says how an answer is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np

from backprop_course.errors import UsageError

from . import probes
from ._in_process import copied
from ._outcome import Target
from ._parts import Part, Parts, changed
from ._required import require_fields, require_judges, require_known, require_parts
from ._signature import Signature, parse_forms, parse_probe
from .instances import Instance, Sampler, called_by_name
from .mistakes import Mistake
from .reference import Reference, answered_by, cotangents_of, named

# Called by the names of its parameters with `got`, `right`, the parts' right values and the inputs. It gives
# True or an empty text if what came is right, else False or what is wrong with it, without numbers.
Accept: TypeAlias = Callable[..., bool | str]

_SEEDS_KEPT = 4


@dataclass(frozen=True, kw_only=True)
class Piece:
    """What is tried in one go, and scored by itself.

    Parameters
    ----------
    answer : str
        What the learner writes. A function is declared with its arguments, the returned parts and their
        shapes: ``"affine_backward(dY: (N, k), X: (N, d), W: (d, k)) -> dX: (N, d), dW: (d, k), db: (k,)"``.
        With a probe several forms may stand there, with semicolons between.
    reference : callable
        Gives the right parts: see `reference.cotangents_of`, `values_of` and `answered_by`.
    instances : callable
        Gives what the answer is tried on, see `instances.sizes` and `made`.
    mistakes : sequence of Mistake
        The standard wrong answers. Each must be refused, and named; a test insists on it.
    probe : str
        What drives the answer, where it cannot be called with plain values and give plain values, see
        `probes`: ``"nb03.counted(A: (m, n), mode) -> J: (m, n), calls"``. Inputs and parts are its own.
    uses : tuple of str
        Other names of the learner's that the probe is handed behind the answers, None where absent.
    accepts : mapping of str to callable
        Decides whether a part is right, where several values are: see `Accept`.
    rtol, atol : float
        Difference to the reference that still counts as equal: relative to an entry; relative to the largest
        right number or 1.
    time_limit : float
        Seconds that one call may take.
    see : str
        The walkthrough part that teaches it, ``"NB06.W5"``; the exercise's own by default.
    id, number : str, int
        Of the exercise, and of the piece in it; filled in.
    """

    answer: str
    reference: Reference
    instances: Sampler
    mistakes: Sequence[Mistake] = ()
    probe: str = ""
    uses: tuple[str, ...] = ()
    accepts: Mapping[str, Accept] = field(default_factory=dict)
    rtol: float = 1e-6
    # Where a sigmoid is saturated, y (1 - y) keeps only some digits, whichever way it is computed.
    atol: float = 1e-9
    time_limit: float = 2.0
    see: str = ""
    id: str = ""
    number: int = 0
    forms: tuple[Signature, ...] = field(init=False)
    signature: Signature = field(init=False)
    # A class is graded with one seed, and checks come again: instances, and what is right there, are kept.
    _drawn: dict[int, Sequence[Instance]] = field(init=False, repr=False, compare=False)
    _right: WeakKeyDictionary[Instance, Parts] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._set(
            forms=parse_forms(self.answer) if self.answer else (), _drawn={}, _right=WeakKeyDictionary()
        )
        if self.probe:
            self._set(signature=parse_probe(self.probe)[1])
        elif self.forms:
            self._set(signature=self.forms[0])
            if len(self.forms) > 1 or not self.signature.returns:
                raise UsageError(
                    f"The answer of {self.id or 'an exercise'} cannot be called with plain values.",
                    expected="one function with arguments and returned parts, or a probe",
                    got=self.answer,
                    mend='declare probe="nbXX.name(inputs) -> parts"',
                )

    def _set(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the functions, classes or values that answer."""
        return tuple(form.name for form in self.forms)

    @property
    def name(self) -> str:
        """The first of them."""
        return self.names[0]

    @property
    def title(self) -> str:
        """All of them, for a sentence."""
        *others, last = self.names
        return f"{', '.join(others)} and {last}" if others else last

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the inputs, in order."""
        return self.signature.parameters

    @property
    def returns(self) -> tuple[str, ...]:
        """Names of the parts, in order."""
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
    def upstream(self) -> str | None:
        """Name of the argument that holds the cotangent arriving from upstream, if there is one."""
        return self.reference.upstream(self.signature) if isinstance(self.reference, cotangents_of) else None

    @property
    def target(self) -> Target:
        """What is called, in this process or another."""
        probe = parse_probe(self.probe)[0] if self.probe else ""
        return Target(self.names, probe, self.uses, self.time_limit)

    def draw(self, seed: int) -> Sequence[Instance]:
        """Return the instances of a seed, always the same; refuse what asks for more than they have."""
        if seed not in self._drawn:
            own = [ord(letter) for letter in self.id] + ([self.number] if self.number else [])
            drawn = self.instances(self.signature, np.random.default_rng([seed, *own]))
            require_known(self.mistakes, drawn[0].known, probe=bool(self.probe), of=self.id)
            require_judges(self.accepts, drawn[0].known, self.returns, of=self.id)
            if len(self._drawn) >= _SEEDS_KEPT:
                self._drawn.pop(next(iter(self._drawn)), None)
            self._drawn[seed] = drawn
            return drawn
        return self._drawn[seed]

    def inputs(self, instance: Instance) -> tuple[object, ...]:
        """Return the arguments of an instance in the order in which they are taken."""
        return tuple(map(instance.variables.__getitem__, self.parameters))

    def expected(self, instance: Instance) -> Parts:
        """Return the right parts by name."""
        if instance not in self._right:
            with np.errstate(all="ignore"):
                self._right[instance] = self._computed(instance)
        return dict(self._right[instance])

    def _computed(self, instance: Instance) -> Parts:
        if isinstance(self.reference, answered_by) and self.probe:
            return self.driven(self.reference.answers(self.names), instance)
        return self.reference(self.signature, instance)

    def driven(self, answers: Mapping[str, Any], instance: Instance) -> Parts:
        """Return what the probe tells of answers of our own."""
        functions = [answers[name] for name in self.names] + [answers.get(name) for name in self.uses]
        inputs = tuple(copied(value) for value in self.inputs(instance))
        return named(probes.run(self.target.probe, functions, inputs), self.signature)

    def mistaken(self, mistake: Mistake, instance: Instance, right: Parts) -> Parts:
        """Return the parts that a mistake gives; raises where the wrong answer would raise."""
        if mistake.how == "each":
            return {
                name: self._changed(mistake, instance, name, part)
                if name in (mistake.only or right)
                else part
                for name, part in right.items()
            }
        if mistake.how == "answer" and self.probe:
            return self.driven(self.wrong_answers(mistake), instance)
        return named(called_by_name(mistake.function, instance.known), self.signature)

    def wrong_answers(self, mistake: Mistake) -> dict[str, Any]:
        """Return the answers by name of someone who makes a mistake, for the probe."""
        right = self.reference.answers(self.names) if isinstance(self.reference, answered_by) else {}
        own = {} if mistake.function is None else {self.name: mistake.function}
        return {**right, **own, **mistake.answers}

    def _changed(self, mistake: Mistake, instance: Instance, name: str, part: Part) -> Part:
        def change(g: Any) -> Any:
            return np.asarray(called_by_name(mistake.function, {**instance.known, "g": g, "name": name}))

        return changed(change, part)


def _undeclared(*_: Any) -> Any:
    raise UsageError(
        "This exercise is made of pieces.",
        expected="one of its pieces",
        got="the exercise",
        mend="go through exercise.tried",
    )


@dataclass(frozen=True, kw_only=True)
class Exercise(Piece):
    """One exercise: a piece, or several.

    Parameters
    ----------
    id : str
        As in the course map, ``"NB06.E06"``.
    points : float
        For a right answer; each part earns an equal share.
    see : str
        The walkthrough part that teaches it, ``"NB06.W5"``.
    pieces : sequence of Piece
        If there are several; then answer, reference, instances and so on are theirs.
    shares : mapping of str to float
        How much a part counts, where not 1.
    needs : tuple of str
        Modules that an answer may import besides NumPy and the standard library.
    """

    answer: str = ""
    reference: Reference = _undeclared
    instances: Sampler = _undeclared
    points: float
    pieces: Sequence[Piece] = field(default=(), repr=False, compare=False)
    shares: Mapping[str, float] = field(default_factory=dict)
    needs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.pieces:
            declared = {
                "answer": self.answer or self.probe,
                "reference": self.reference,
                "instances": self.instances,
            }
            require_fields([name for name, got in declared.items() if got in ("", _undeclared)], of=self.id)
        super().__post_init__()
        if not self.pieces:
            require_parts(self.shares, self.returns, of=self.id)
            return
        pieces = tuple(
            replace(piece, id=self.id, see=piece.see or self.see, number=piece.number or number)
            for number, piece in enumerate(self.pieces, 1)
        )
        forms = {form.name: form for piece in pieces for form in piece.forms}
        returns = tuple(name for piece in pieces for name in piece.returns)
        if len(set(returns)) < len(returns):
            raise UsageError(
                f"Two parts of {self.id} have the same name.",
                expected="names that are all different",
                got=", ".join(returns),
                mend="rename one where its piece says what it returns",
            )
        first = next(iter(forms.values()))
        self._set(
            pieces=pieces,
            forms=tuple(forms.values()),
            signature=Signature(first.name, first.parameters, returns, None, first.shapes),
            uses=tuple(dict.fromkeys(name for piece in pieces for name in piece.uses)),
            mistakes=[mistake for piece in pieces for mistake in piece.mistakes],
        )
        require_parts(self.shares, returns, of=self.id)

    @property
    def tried(self) -> Sequence[Piece]:
        """Its pieces; itself where it is one piece."""
        return self.pieces or (self,)

    @property
    def grade_id(self) -> str:
        """The ``grade_id`` of its solution cell; the check's cell has ``-check`` behind it."""
        return self.id.replace(".", "-")

    def share(self, part: str) -> float:
        """Return how much a part counts."""
        return self.shares.get(part, 1.0)

    def only(self, piece: Piece) -> Self:
        """Return the exercise with one of its pieces alone."""
        if not self.pieces:
            return self
        shares = {name: share for name, share in self.shares.items() if name in piece.returns}
        return replace(self, pieces=(piece,), mistakes=(), uses=(), shares=shares)

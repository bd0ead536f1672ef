"""What an answer is tried on: arrays of all-different sizes, and the special cases that catch lucky answers.

An exercise says ``instances=sizes(N=(1, 5), d=3, k=4)``; the shapes come from its answer line. Two instances
with different sizes serve for naming a mistake; there N is at least 3, so that a mean and a sum, a row and an
unsummed row, a factor N and a factor 2 cannot be taken for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np

from ._outcome import Value
from ._signature import Signature


@dataclass(frozen=True)
class Instance:
    """One set of arguments.

    Parameters
    ----------
    variables : mapping of str to value
        By parameter name.
    label : str
        What is special about it, ``"N = 1"``; goes into ``"wrong where ..."``.
    sizes : mapping of str to int
    naming : bool
        Whether a match here may help to name a mistake.
    single : bool
        Whether the inputs are single precision, so that the tolerances are looser.
    """

    variables: Mapping[str, Value]
    label: str
    sizes: Mapping[str, int] = field(default_factory=dict)
    naming: bool = False
    single: bool = False

    @property
    def known(self) -> dict[str, Any]:
        """Variables and sizes by name: what a reference or a mistake may ask for."""
        return {**self.sizes, **self.variables}


Draw: TypeAlias = Callable[[np.random.Generator], Value]
Sampler: TypeAlias = Callable[[Signature, np.random.Generator], Sequence[Instance]]


def between(low: float, high: float) -> Draw:
    """Return a draw of one float, evenly spread."""
    return lambda rng: float(rng.uniform(low, high))


def sizes(
    *,
    draw: Mapping[str, Draw] | None = None,
    cases: Mapping[str, Mapping[str, Value]] | None = None,
    **letters: int | tuple[int, ...],
) -> Sampler:
    """Return the sampler of most exercises.

    Parameters
    ----------
    **letters : int or tuple of int
        The size of each letter in the answer's shapes. Of several, the largest is used where a mistake
        is named, each other one in an instance of its own.
    draw : mapping of str to callable, optional
        How to draw a variable that is not standard normal.
    cases : mapping of str to mapping, optional
        Special instances: a label, and the variables that are fixed there.

    Returns
    -------
    callable
        Maps an answer's signature and a generator to instances: two for naming, one for each further size,
        zeros, read-only, Fortran order and float32 (the middle ones only where there are arrays), and the
        cases.
    """
    first = {letter: max(size) if isinstance(size, tuple) else size for letter, size in letters.items()}
    further = [(letter, s) for letter, size in letters.items() if isinstance(size, tuple) for s in size]

    def sample(signature: Signature, rng: np.random.Generator) -> list[Instance]:
        def instance(label: str, lengths: Mapping[str, int], naming: bool = False) -> Instance:
            variables = {p: _drawn(p, signature, lengths, rng, draw or {}) for p in signature.parameters}
            return Instance(variables, label, dict(lengths), naming)

        def changed(label: str, change: Callable[[Value], Value], single: bool = False) -> Instance:
            drawn = instance(label, first)
            return replace(drawn, variables={p: change(v) for p, v in drawn.variables.items()}, single=single)

        second = other_sizes(first, rng)
        instances = [
            instance(_said(first) or "the inputs are drawn at random", first, naming=True),
            instance(_said(second) or "the inputs are drawn anew", second, naming=True),
        ]
        instances += [
            instance(f"{letter} = {size}", {**second, letter: size})
            for letter, size in further
            if size != first[letter]
        ]
        if any(signature.shapes[p] for p in signature.parameters):
            instances += [
                changed("some inputs are zero", lambda v: _with_zeros(v, rng)),
                changed("the inputs are read-only", _read_only),
                changed("the arrays are in Fortran order", _fortran_ordered),
            ]
        instances.append(changed("the inputs are float32", _single, single=True))
        for label, fixed in (cases or {}).items():
            drawn = instance(label, first)
            instances.append(replace(drawn, variables={**drawn.variables, **fixed}))
        return instances

    return sample


def other_sizes(first: Mapping[str, int], rng: np.random.Generator) -> dict[str, int]:
    """Return sizes of at least 3, all different, and none as it was in `first`."""
    pool = np.arange(3, 5 + 2 * len(first))
    while True:
        drawn = dict(zip(first, rng.permutation(pool).tolist(), strict=False))
        if all(drawn[letter] != size for letter, size in first.items()):
            return drawn


def _drawn(
    name: str,
    signature: Signature,
    lengths: Mapping[str, int],
    rng: np.random.Generator,
    draw: Mapping[str, Draw],
) -> Value:
    if name in draw:
        return draw[name](rng)
    shape = signature.shape(name, lengths)
    if shape:
        return rng.standard_normal(shape)
    # Away from 0, where factors and signs would not show.
    return float(rng.uniform(0.3, 2.5) * rng.choice((-1.0, 1.0)))


def _said(lengths: Mapping[str, int]) -> str:
    return ", ".join(f"{letter} = {size}" for letter, size in lengths.items())


def _with_zeros(value: Value, rng: np.random.Generator) -> Value:
    return np.where(rng.random(value.shape) < 0.4, 0.0, value) if isinstance(value, np.ndarray) else value


def _read_only(value: Value) -> Value:
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    return value


def _fortran_ordered(value: Value) -> Value:
    return np.asfortranarray(value) if isinstance(value, np.ndarray) else value


def _single(value: Value) -> Value:
    if isinstance(value, np.ndarray):
        return value.astype(np.float32) if value.dtype.kind == "f" else value
    return np.float32(value) if type(value) is float else value

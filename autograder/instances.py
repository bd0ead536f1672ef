"""What an answer is tried on: arrays of all-different sizes, and the special cases that catch lucky answers.

An exercise says ``instances=sizes(N=(1, 5), d=3, k=4)``; the shapes come from its answer line. Two instances
with different sizes serve for naming a mistake; there N is at least 3, so that a mean and a sum, a row and an
unsummed row, a factor N and a factor 2 cannot be taken for each other.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal, TypeAlias

import numpy as np

from ._outcome import Value
from ._signature import Signature


@dataclass(frozen=True, eq=False)
class Instance:
    """One set of arguments; never written to, so that what follows from it is computed once.

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

    Attributes
    ----------
    follows : dict
        What `_trial.py` keeps of it; a copy with another label begins with nothing.
    """

    variables: Mapping[str, Value]
    label: str
    sizes: Mapping[str, int] = field(default_factory=dict)
    naming: bool = False
    single: bool = False
    follows: dict[int, Any] = field(default_factory=dict, init=False, repr=False)

    @property
    def known(self) -> dict[str, Any]:
        """Variables and sizes by name: what a reference or a mistake may ask for."""
        return {**self.sizes, **self.variables}

    @property
    def large(self) -> bool:
        """Whether the arguments hold numbers that overflow an exponential."""
        return any(np.any(np.abs(leaf) >= 300.0) for leaf in _floats(self.variables))


# Called by the names of its parameters: ``rng``, sizes, and variables that are drawn before it.
Draw: TypeAlias = Callable[..., Value]
Sampler: TypeAlias = Callable[[Signature, np.random.Generator], Sequence[Instance]]
Special: TypeAlias = Literal["zeros", "read-only", "Fortran order", "float32"]
_LABELS: Mapping[Special, str] = {
    "zeros": "some inputs are zero",
    "read-only": "the inputs are read-only",
    "Fortran order": "the arrays are in Fortran order",
    "float32": "the inputs are float32",
}


def special(label: str) -> str:
    """Return by which name an instance of that label is left out, empty if it is not a usual special one."""
    return next((name for name, said in _LABELS.items() if said == label), "")


def called_by_name(function: Callable[..., Any], known: Mapping[str, Any]) -> Any:
    """Call `function` with those of the `known` variables that it has parameters for."""
    return function(**{name: known[name] for name in parameters_of(function)})


@lru_cache(maxsize=4096)
def parameters_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of a function's parameters that have no default."""
    parameters = inspect.signature(function).parameters.values()
    return tuple(p.name for p in parameters if p.default is p.empty)


def between(low: float, high: float) -> Draw:
    """Return a draw of one float, evenly spread."""
    return lambda rng: float(rng.uniform(low, high))


def sizes(
    *,
    draw: Mapping[str, Draw] | None = None,
    derive: Mapping[str, Draw] | None = None,
    cases: Mapping[str, Mapping[str, Any]] | None = None,
    without: Sequence[Special] = (),
    second: Mapping[str, int] | None = None,
    **letters: int | tuple[int, ...],
) -> Sampler:
    """Return the sampler of most exercises.

    Parameters
    ----------
    **letters : int or tuple of int
        The size of each letter in the answer's shapes. Of several, the largest is used where a mistake
        is named, each other one in an instance of its own.
    draw : mapping of str to callable, optional
        How to draw a variable that is not standard normal, by the names of the draw's parameters: ``lambda
        rng, N, k: rng.integers(k, size=N)``. A name that the answer has no parameter for is known to
        `derive`, to the reference and to mistakes only.
    derive : mapping of str to callable, optional
        Variables that follow from the others, such as the cache of a real forward pass: ``lambda X, W:
        {"X": X, "H": X @ W}``. They are made after the special instances' changes, so that they stay true.
    cases : mapping of str to mapping, optional
        Special instances: a label, and the variables that are fixed there, or how to draw them there.
    without : sequence of str, optional
        Those of the usual special instances that make no sense here: ``float32`` where a small step or a
        tolerance is part of the exercise, ``zeros`` where inputs are positive.
    second : mapping of str to int, optional
        The sizes of the second instance for naming, where not any will do.

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
        def instance(
            label: str,
            lengths: Mapping[str, int],
            *,
            fixed: Mapping[str, Any] | None = None,
            base: Callable[[Value], Value] = lambda value: value,
            **marks: bool,
        ) -> Instance:
            variables = _drawn(signature, lengths, rng, draw or {}, fixed or {}, derive or {})
            variables = {p: base(v) for p, v in variables.items()}
            for name, make in (derive or {}).items():
                if name not in (fixed or {}):
                    variables[name] = called_by_name(make, {"rng": rng, **lengths, **variables})
            return Instance(variables, label, dict(lengths), **marks)

        def changed(label: str, change: Callable[[Value], Value], *, single: bool = False) -> Instance:
            made = instance(label, first)
            changed = {p: mapped(change, v) for p, v in made.variables.items()}
            return replace(made, variables=changed, single=single)

        def zeros(value: Value) -> Value:
            return mapped(lambda v: _with_zeros(v, rng), value)

        others = second or other_sizes(first, rng)
        instances = [
            instance(_said(first) or "the inputs are drawn at random", first, naming=True),
            instance(_said(others) or "the inputs are drawn anew", others, naming=True),
        ]
        instances += [
            instance(f"{letter} = {size}", {**others, letter: size})
            for letter, size in further
            if size != first[letter]
        ]
        if any(arrays_in(v) for v in instances[0].variables.values()):
            if "zeros" not in without:
                instances.append(instance(_LABELS["zeros"], first, base=zeros))
            if "read-only" not in without:
                instances.append(changed(_LABELS["read-only"], _read_only))
            if "Fortran order" not in without:
                instances.append(changed(_LABELS["Fortran order"], _fortran_ordered))
        if "float32" not in without and any(_floats(v) for v in instances[0].variables.values()):
            instances.append(changed(_LABELS["float32"], _single, single=True))
        instances += [instance(label, first, fixed=fixed) for label, fixed in (cases or {}).items()]
        return instances

    return sample


def made(*makes: Callable[[np.random.Generator], Mapping[str, Value]], **cases: Any) -> Sampler:
    """Return the sampler that makes each instance by a function of its own.

    Parameters
    ----------
    *makes : callable
        Each maps a generator to the variables of one instance. The first two serve for naming, or the only
        one twice. Its label is the first line of the function's docstring, if it has one.
    **cases : callable
        Further ones under their name, underscores read as spaces.
    """

    def sample(signature: Signature, rng: np.random.Generator) -> list[Instance]:
        every = [(make, _label(make, i)) for i, make in enumerate(makes if len(makes) > 1 else makes * 2)]
        every += [(make, name.replace("_", " ")) for name, make in cases.items()]
        return [Instance(make(rng), label, naming=i < 2) for i, (make, label) in enumerate(every)]

    return sample


def _label(make: Callable[..., Any], number: int) -> str:
    said = ("the inputs are drawn at random", "the inputs are drawn anew")[min(number, 1)]
    return (make.__doc__ or said).strip().splitlines()[0].rstrip(".")


def mapped(change: Callable[[Value], Value], value: Value) -> Value:
    """Return a tree of inputs with its leaves changed."""
    if isinstance(value, dict):
        return {key: mapped(change, item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(mapped(change, item) for item in value)
    return change(value)


def arrays_in(value: Value) -> list[Any]:
    """Return the arrays in a tree of inputs."""
    found: list[Any] = []
    mapped(lambda leaf: found.append(leaf) if isinstance(leaf, np.ndarray) else None, value)
    return found


def _floats(value: Value) -> list[Any]:
    found: list[Any] = []
    mapped(
        lambda leaf: found.append(leaf) if np.asarray(leaf).dtype.kind == "f" else None,
        dict(value) if isinstance(value, Mapping) else value,
    )
    return found


def other_sizes(first: Mapping[str, int], rng: np.random.Generator) -> dict[str, int]:
    """Return sizes of at least 3, all different, and none as it was in `first`."""
    pool = np.arange(3, 5 + 2 * len(first))
    while True:
        drawn = dict(zip(first, rng.permutation(pool).tolist(), strict=False))
        if all(drawn[letter] != size for letter, size in first.items()):
            return drawn


def _drawn(
    signature: Signature,
    lengths: Mapping[str, int],
    rng: np.random.Generator,
    draw: Mapping[str, Draw],
    fixed: Mapping[str, Any],
    derive: Mapping[str, Draw],
) -> dict[str, Value]:
    """Return the variables that do not follow from others: those of the answer, then hidden ones."""
    variables: dict[str, Value] = {}
    for name in dict.fromkeys((*signature.parameters, *draw, *fixed)):
        if name in fixed and not callable(fixed[name]):
            variables[name] = fixed[name]
        elif make := fixed.get(name) or draw.get(name):
            variables[name] = called_by_name(make, {"rng": rng, **lengths, **variables})
        elif name not in derive:
            variables[name] = _normal(signature.shape(name, lengths), rng)
    return variables


def _normal(shape: tuple[int, ...], rng: np.random.Generator) -> Value:
    if shape:
        return rng.standard_normal(shape)
    # Away from 0, where factors and signs would not show.
    return float(rng.uniform(0.3, 2.5) * rng.choice((-1.0, 1.0)))


def _said(lengths: Mapping[str, int]) -> str:
    return ", ".join(f"{letter} = {size}" for letter, size in lengths.items())


def _with_zeros(value: Value, rng: np.random.Generator) -> Value:
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return value
    return np.where(rng.random(value.shape) < 0.4, 0.0, value)


def _read_only(value: Value) -> Value:
    if isinstance(value, np.ndarray):
        value = value.copy(order="K")  # a derived variable may hold the very array of another one
        value.flags.writeable = False
    return value


def _fortran_ordered(value: Value) -> Value:
    return np.asfortranarray(value) if isinstance(value, np.ndarray) else value


def _single(value: Value) -> Value:
    if isinstance(value, np.ndarray):
        return value.astype(np.float32) if value.dtype.kind == "f" else value
    return np.float32(value) if type(value) is float else value

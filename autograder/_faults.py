"""What can be wrong with an answer as a whole, in telling order, before any number is compared."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ._diagnosis import broadcast_shapes, product_sizes
from ._evidence import ledger
from ._outcome import Outcome, Value
from ._reading import Array, Unreadable
from ._trial import Trial, is_stub
from ._verdict import Result
from .exercise import Exercise
from .mistakes import M24, M25, Kind


@dataclass(frozen=True)
class Fault:
    """Why the whole answer earns nothing.

    Parameters
    ----------
    result : str
        In a word or two.
    reason : str
        In a sentence, with the learner's line.
    advice : tuple of str
        Hints, to be revealed one at a time.
    kind : Kind or None
        The mistake it is, if it has a name.
    values_known : bool
        Whether the gradients can still be told right from wrong.
    """

    result: Result
    reason: str
    advice: tuple[str, ...] = ()
    kind: Kind | None = None
    values_known: bool = False


def fault(exercise: Exercise, trials: Sequence[Trial], second: Trial | None) -> Fault | None:
    """Return what is wrong with the whole answer, None if its gradients can be judged one by one.

    Parameters
    ----------
    exercise : Exercise
    trials : sequence of Trial
        At least one.
    second : Trial or None
        The first instance once more, right after the first call.
    """
    every = [*trials, second] if second else list(trials)
    changed = sorted({i for t in every for i in t.outcome.inputs_changed})
    names = [exercise.parameters[i] for i in changed]
    if is_stub(trials[0].outcome):
        return Fault("not yet written", f"{exercise.name} is not yet written.")
    for t in every:
        if found := _no_call(exercise, t) or _raised(exercise, t, names):
            return found
    for t in every:
        if t.structure:
            how = f"return {', '.join(exercise.returns)}" + (
                " as a dict" if exercise.keys else " in this order"
            )
            return Fault("wrong structure", f"{_said(t.structure)}{_where(t, trials)}.", (_said(how + "."),))
    if any(
        not isinstance(value, np.ndarray) or value.shape != t.right[name].shape
        for t, name, value in _all(every)
    ):
        return None  # shapes and types are told first, gradient by gradient
    if names:
        return _changed_inputs(exercise, names)
    return _not_repeatable(exercise, trials[0], second) if second else None


def _no_call(exercise: Exercise, t: Trial) -> Fault | None:
    name, outcome = exercise.name, t.outcome
    if outcome.kind == "missing":
        said = (
            f"{name} cannot be called: {outcome.message}." if outcome.message else f"{name} is not defined."
        )
        return Fault("missing", said, (f"Run the cell that defines {name}, then check again.",))
    if outcome.kind == "timeout":
        return Fault(
            "timeout",
            f"{name} did not return within {exercise.time_limit:g} seconds.",
            (
                "A loop does not end, or the work grows much faster than the arrays.",
                "See whether the condition of each while loop can become false.",
            ),
        )
    if outcome.kind == "died":
        return Fault(
            "died", f"The process that ran {name} ended before it returned. {outcome.message}".rstrip()
        )
    return None


_ARGUMENTS = re.compile(r"takes .*positional arguments? but|missing \d+ required|unexpected keyword argument")


def _raised(exercise: Exercise, t: Trial, changed: Sequence[str]) -> Fault | None:
    outcome = t.outcome
    if outcome.kind != "raised":
        return None
    if outcome.error_type == "TypeError" and outcome.line is None and _ARGUMENTS.search(outcome.message):
        asked = f"{exercise.name}({', '.join(exercise.parameters)})"
        return Fault(
            "wrong arguments",
            f"{exercise.name} could not be called with the {len(exercise.parameters)} arguments of {asked}: "
            f"{outcome.message}.",
            (f"Write the definition as {asked}.",),
        )
    if "read-only" in outcome.message and any(map(_is_read_only, t.instance.variables.values())):
        return _changed_inputs(exercise, changed, _line(outcome))
    return Fault("raised", f"{_error(outcome)}{_line(outcome)}.", _explained(exercise, t))


def _is_read_only(value: Value) -> bool:
    return isinstance(value, np.ndarray) and not value.flags.writeable


def _changed_inputs(exercise: Exercise, names: Sequence[str], line: str = "") -> Fault:
    what = " and ".join(names) or "one of its arguments"
    return Fault(
        "changed inputs",
        f"{exercise.name} changes {what} in place{line}. Nothing counts until it leaves them alone.",
        (M25.footprint, M25.family, M25.rule),
        M25,
        values_known=True,
    )


def _not_repeatable(exercise: Exercise, first: Trial, second: Trial) -> Fault | None:
    pairs = [(name, first.array(name), second.array(name)) for name in exercise.returns]
    differing = [
        (name, a, b) for name, a, b in pairs if a is not None and b is not None and not first.close(b, a)
    ]
    if not differing:
        return None
    stale = all(_multiple(a, b) for _, a, b in differing)
    names = ", ".join(name for name, _, _ in differing)
    return Fault(
        "not repeatable",
        f"A second call of {exercise.name} with the same arguments gives another {names}.",
        (M24.footprint, M24.family, M24.rule)
        if stale
        else ("Something outside the function, or a random number, enters the result.",),
        M24 if stale else None,
        values_known=True,
    )


def _multiple(a: Array, b: Array) -> bool:
    """Whether the second result is twice the first: the first is still in it."""
    return a.shape == b.shape and bool(np.any(a)) and np.allclose(b, 2.0 * a, rtol=1e-9, atol=0.0)


def _error(outcome: Outcome) -> str:
    message = " ".join(outcome.message.split())
    text = f"{outcome.error_type}: {message}" if message else outcome.error_type
    return f"It raised {text[:400]}"


def _line(outcome: Outcome) -> str:
    if outcome.line is None:
        return ""
    return f" (line {outcome.line})" if isinstance(outcome.line, int) else f" ({outcome.line})"


def _explained(exercise: Exercise, t: Trial) -> tuple[str, ...]:
    """Return what an error means in terms of the exercise's own shapes."""
    outcome, sizes = t.outcome, t.instance.sizes
    letters = {size: f"{letter} = {size}" for letter, size in sizes.items()}
    shapes = ledger(exercise, sizes)
    said = []
    if met := product_sizes(outcome.message):
        a, b = (letters.get(size, str(size)) for size in met)
        said.append(f"In a matrix product the inner sizes must be equal; here {a} meets {b}.")
    elif pair := broadcast_shapes(outcome.message):
        said.append(f"Arrays of shapes {pair[0]} and {pair[1]} cannot be combined entry by entry.")
    elif outcome.error_type == "IndexError":
        said.append("An index runs past the end of an axis, or there are more indices than axes.")
    elif outcome.error_type == "NameError":
        said.append(
            "A name is used that the function does not know: a typing slip, or a variable of another cell."
        )
    if shapes:
        said.append(f"Here {shapes}. Write the shape under each factor of the line that failed.")
    return tuple(said)


def _where(t: Trial, trials: Sequence[Trial]) -> str:
    return "" if t.instance is trials[0].instance else f", where {t.instance.label}"


def _said(text: str) -> str:
    return text[:1].upper() + text[1:]


def _all(trials: Sequence[Trial]) -> list[tuple[Trial, str, Array | Unreadable]]:
    return [(t, name, value) for t in trials for name, value in t.got.items()]

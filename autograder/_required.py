"""What a declaration must not be: what asks for names that nobody knows, or gives shares to no part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from backprop_course.errors import UsageError

from ._mistake import Mistake
from .instances import parameters_of


def require_known(mistakes: Iterable[Mistake], known: Iterable[str], *, probe: bool, of: str) -> None:
    """Refuse a mistake whose code asks for a parameter that nothing is known by: it would never be named.

    Parameters
    ----------
    mistakes : iterable of Mistake
    known : iterable of str
        The inputs, sizes and hidden variables of the exercise.
    probe : bool
        Whether a probe drives the answers, so that they are not called by the names of their parameters.
    of : str
        Whose mistakes they are, ``"NB06.E06"``.

    Raises
    ------
    UsageError
        With the mistake, its parameter and the names that are known.
    """
    for mistake in mistakes:
        if mistake.how == "answer" and probe:
            continue
        names = [*known, *(("g", "name") if mistake.how == "each" else ())]
        for parameter in parameters_of(mistake.function):
            if parameter not in names:
                raise UsageError(
                    f"A mistake that is declared for {of} can never be named.",
                    expected=f"parameters among {', '.join(names)}",
                    got=f"the parameter {parameter!r} of {' & '.join(mistake.codes)}",
                    mend="rename the parameter, or give it a default if it is none of the exercise's.",
                )


def require_judges(
    accepts: Mapping[str, Callable[..., Any]], known: Iterable[str], parts: Sequence[str], *, of: str
) -> None:
    """Refuse an ``accepts`` that is of no part, or asks for what nobody knows: every answer would be wrong.

    Parameters
    ----------
    accepts : mapping of str to callable
    known : iterable of str
        The inputs, sizes and hidden variables of the exercise.
    parts : sequence of str
        What an answer returns.
    of : str
        Whose they are, ``"NB06.E06"``.

    Raises
    ------
    UsageError
        With the part, and the names that are known.
    """
    names = [*known, *parts, "got", "right"]
    for part, judged in accepts.items():
        unknown = [name for name in parameters_of(judged) if name not in names]
        if part not in parts or unknown:
            raise UsageError(
                f"What {of} accepts can never be right.",
                expected=f"parameters among {', '.join(names)}" if unknown else f"a part: {', '.join(parts)}",
                got=f"the parameter {unknown[0]!r} for {part}" if unknown else f"accepts={{{part!r}: ...}}",
                mend="rename it, or give a parameter a default if it is none of the exercise's.",
            )


def require_parts(named: Iterable[str], parts: Sequence[str], *, of: str) -> None:
    """Refuse a share for what no answer returns: it would count for nothing.

    Raises
    ------
    UsageError
        With the name, and the parts that there are.
    """
    for name in named:
        if name not in parts:
            raise UsageError(
                f"{of} gives a share of its points to what is no part of the answer.",
                expected=f"parts among {', '.join(parts)}",
                got=f"shares={{{name!r}: ...}}",
                mend="name a part as the answer line does.",
            )


def require_fields(missing: Sequence[str], *, of: str) -> None:
    """Refuse an exercise that is one piece and lacks what a piece is made of.

    Raises
    ------
    UsageError
        With what is missing.
    """
    if missing:
        raise UsageError(
            f"The declaration of {of} is not complete.",
            expected="answer, reference and instances, or pieces that have them",
            got=f"no {' and no '.join(missing)}",
            mend=f"declare {missing[0]}=...",
        )

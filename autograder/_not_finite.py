"""Instances on which the right answer itself is nan or infinite: no answer can be held against it there.

Nothing equals nan, so that a right answer would lose its points to a slip of the declaration.
"""

from __future__ import annotations

from collections.abc import Sequence

from ._at_once import rights
from ._trial import Trial
from .exercise import Piece
from .instances import special


def not_judged_for(piece: Piece, trials: Sequence[Trial]) -> str:
    """Return why an answer cannot be judged, empty where everything right is a number.

    A part for which the exercise declares with `accepts` what is right may be anything.
    """
    if trials[0].outcome.kind == "missing" or trials[0].is_stub:
        return ""
    for t in trials:
        odd = rights(t.instance, t.right).odd
        if odd and (names := [n for n in piece.returns if n in odd and n not in piece.accepts]):
            break
    else:
        return ""
    name = special(t.instance.label)
    mend = f'add without=("{name}",) to its sizes(...), or ' if name else ""
    return (
        f"This answer could not be judged, and the exercise is at fault: where {t.instance.label}, its own "
        f"{' and '.join(names)} holds nan or infinity. To mend the declaration of {piece.id}: {mend}draw "
        "inputs for which its reference is finite."
    )

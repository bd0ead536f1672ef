"""What `gradient_check` found, and how it reads."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class ArgumentReport:
    """How the gradient of one argument fared.

    Attributes
    ----------
    argnum : int
    path : str
        Where in the argument, if that is a tree: ``"['w']"``.
    ok, kink : bool
        `kink`: at the worst entry the slopes left and right of it differ, so no gradient can be right.
    worst : tuple of int
        Index of the entry with the largest relative error.
    given, numerical, relative_error : float
        The two derivatives there, and their distance divided by the larger of the two.
    mode : str
        ``"reverse"``, ``"forward"`` or ``"given"``: which derivative was checked.
    """

    argnum: int
    ok: bool
    worst: tuple[int, ...]
    given: float
    numerical: float
    relative_error: float
    kink: bool
    mode: str
    path: str = ""

    def __str__(self) -> str:
        word = "ok   " if self.ok else "WRONG"
        at = f" at {self.worst}" if self.worst else ""
        kink = "; the slopes left and right of it differ: a kink" if self.kink else ""
        return (
            f"argument {self.argnum}{self.path}, {self.mode}: {word} worst entry{at}: "
            f"{self.given:.9g} against {self.numerical:.9g}, relative error {self.relative_error:.1e}{kink}"
        )


@dataclasses.dataclass(frozen=True)
class GradientReport:
    """What `gradient_check` found. Truthy when all is well; prints itself.

    Attributes
    ----------
    ok : bool
    arguments : tuple of ArgumentReport
    step : float
        Half the distance of the two evaluations of each central difference, in the unit of the input.
    rtol : float
        Relative tolerance.
    skipped : str
        Which mode could not be checked, and why; mostly empty.
    """

    arguments: tuple[ArgumentReport, ...]
    step: float
    rtol: float
    skipped: str = ""

    @property
    def ok(self) -> bool:
        """Whether every gradient of every argument agrees with its central differences."""
        return all(a.ok for a in self.arguments)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        head = "gradients agree" if self.ok else "gradients DISAGREE"
        lines = [
            f"{head} with central differences (step {self.step:g}, rtol {self.rtol:g})",
            *map(str, self.arguments),
            *filter(None, [self.skipped]),
        ]
        return "\n  ".join(lines)

    __repr__ = __str__

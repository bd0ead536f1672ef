"""The error family: each says what happened, what was expected, what was got, and how to mend it.

Every class is ours (`CourseError`) and a built-in one besides, so that both ``except CourseError``
and the ``except ValueError`` of someone who does not know us catch it.
"""

from __future__ import annotations


class CourseError(Exception):
    """Base of all errors raised on purpose by the course.

    Parameters
    ----------
    what : str
        One sentence: what happened.
    expected, got, mend : str, optional
        What was expected, what came instead, and what the reader can do about it.
    """

    def __init__(self, what: str, *, expected: str = "", got: str = "", mend: str = "") -> None:
        self.what, self.expected, self.got, self.mend = what, expected, got, mend
        super().__init__(what)

    def __str__(self) -> str:
        rows = (("expected:", self.expected), ("got:     ", self.got), ("to mend: ", self.mend))
        return "\n".join([self.what, *(f"  {label} {text}" for label, text in rows if text)])

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.what, self.expected, self.got, self.mend)


def _rebuild(cls: type[CourseError], what: str, expected: str, got: str, mend: str) -> CourseError:
    return cls(what, expected=expected, got=got, mend=mend)


class ShapeError(CourseError, ValueError):
    """Shapes that do not fit each other."""


class DtypeError(CourseError, TypeError):
    """A dtype that has no derivative: integers, booleans, complex numbers, objects."""


class NoDerivativeError(CourseError, TypeError):
    """A function without a derivative rule was applied to a Tensor."""


class NotScalarError(CourseError, ValueError):
    """A gradient was asked of something that is not one number."""


class NoEntriesError(CourseError, TypeError):
    """One number was asked for its length, or for its entries."""


class GraphError(CourseError, RuntimeError):
    """The recorded graph does not allow what was asked of it."""


class StaleValueError(GraphError):
    """A value that the backward walk needs was overwritten after it was recorded."""


class ImmutableError(CourseError, TypeError):
    """A Tensor's value was to be changed where it cannot be."""


class AnomalyError(CourseError, FloatingPointError):
    """A value that is not finite appeared under `detect_anomaly`."""


class UsageError(CourseError, ValueError):
    """An argument of a public call is not one of those it takes."""


class MissingExtra(CourseError, ImportError):
    """A package of an extra is needed and not installed."""


class NoStepError(CourseError, ArithmeticError):
    """A line search found no step that lowers the function enough."""

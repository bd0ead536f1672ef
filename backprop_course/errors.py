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
    """Shapes that do not fit each other.

    Print the shapes of what is meant, sizes by name (N, D, H, C), and look which axis is one too many or
    stands in another place: a transpose, a sum over the batch or `np.reshape` mends most of them.
    """


class DtypeError(CourseError, TypeError):
    """A dtype that has no derivative: integers, booleans, complex numbers, objects.

    Write ``2.0`` for ``2``, or ``x.astype(float)``, where a derivative is wanted; what is only looked up or
    counted needs none and can be passed as a plain array.
    """


class NoDerivativeError(CourseError, TypeError):
    """A function without a derivative rule was applied to a Tensor.

    The message names functions that are near it and have a rule. Write it with those, or give it rules of its
    own by `primitive` and `defvjp`.
    """


class NotScalarError(CourseError, ValueError):
    """A gradient was asked of something that is not one number.

    Sum or average it first, as a loss does, or ask for what a vector has: `jacobian`, or `vjp` with a
    cotangent.
    """


class NoEntriesError(CourseError, TypeError):
    """One number was asked for its length, or for its entries.

    A loss is one number already. Look at the array it was made from, or leave the loop and the index away.
    """


class NoNameError(CourseError, AttributeError):
    """A Tensor was asked for an attribute that it does not have.

    Mostly it is one of PyTorch's, or of arrays: NumPy's functions take Tensors as they stand. The message
    says what to write in its place.
    """


class GraphError(CourseError, RuntimeError):
    """The recorded graph does not allow what was asked of it.

    Mostly the value was cut off from what it was computed from: by ``float``, by ``.value``, under `no_grad`,
    or because nothing in it wants a gradient. Compute it anew from Tensors with ``requires_grad=True``.
    """


class StaleValueError(GraphError):
    """A value that the backward walk needs was overwritten after it was recorded.

    Walk back first and update then; or compute the output again after the update.
    """


class ImmutableError(CourseError, TypeError):
    """A Tensor's value was to be changed where it cannot be.

    Make a new one: ``x = x.at[i].set(v)``, ``np.where(mask, v, x)`` or arithmetic. A leaf takes a new array
    as a whole, by ``assign``.
    """


class AnomalyError(CourseError, FloatingPointError):
    """A value that is not finite appeared under `detect_anomaly`.

    The message names the operation and its line. Look there for a logarithm of 0, a division by 0, or an
    exponential of something large; functions of logits, such as `cross_entropy`, avoid all three.
    """


class UsageError(CourseError, ValueError):
    """An argument of a public call is not one of those it takes.

    The message lists those that are taken; ``help(name)`` says what they mean.
    """


class MissingExtra(CourseError, ImportError):
    """A package of an extra is needed and not installed.

    Install the extra that the message names: ``pip install 'backprop-course[course]'`` for notebooks,
    widgets and plots, ``[grader]`` for grading.
    """


class NoStepError(CourseError, ArithmeticError):
    """A line search found no step that lowers the function enough.

    The direction may not lead down: compare the gradient with `numerical_gradient`. Or the point is as good
    as the rounding of the function allows.
    """

"""What the engine says no to, and how: one function an error, so that the engine reads without them.

Here stands what is about values, Tensors and graphs; `rule_refusals` has what is about rules.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..errors import (
    AnomalyError,
    CourseError,
    DtypeError,
    GraphError,
    ImmutableError,
    NoEntriesError,
    NotScalarError,
    ShapeError,
    StaleValueError,
    UsageError,
)


def integers(value: Any) -> DtypeError:
    """Refuse a derivative with respect to integers."""
    one = f"{np.asarray(value).item()}" if np.size(value) == 1 else ""
    return DtypeError(
        "Integers have no derivative.",
        expected="floating-point numbers",
        got=f"dtype {np.asarray(value).dtype}" + (f", the number {one}" if one else ""),
        mend=f"write {one}.0"
        if one.lstrip("-").isdigit()
        else "write 3.0 for 3, or convert with .astype(float)",
    )


def not_real(dtype: Any) -> DtypeError:
    """Refuse complex numbers, objects and text."""
    return DtypeError(
        "A Tensor holds real numbers.",
        expected="floats (or integers and booleans, as constants)",
        got=f"dtype {dtype}" + (" (complex numbers are out of scope)" if np.dtype(dtype).kind == "c" else ""),
        mend="convert first, e.g. np.asarray(x, dtype=float)"
        if np.dtype(dtype).kind == "c"
        else "convert first, e.g. np.asarray(x, dtype=float); what is no number (None, a name, a function) "
        "is for an argument of its own that is not differentiated",
    )


def ragged(error: ValueError) -> ShapeError:
    """Refuse a nested list that is not rectangular."""
    return ShapeError(
        "The rows of a nested list have different lengths.",
        expected="a rectangular array of numbers",
        got=str(error).split(". The detected")[0],
        mend="make the rows equally long, or keep them as separate Tensors",
    )


_INSTEAD = {
    **{name: f"write backprop_course.{name}(x) instead" for name in ("softmax", "log_softmax", "logsumexp")},
    "polygamma": "differentiate scipy.special.digamma, with grad or elementwise_grad, once for each order",
}


def _scipys() -> str:
    """The function of SciPy that is being called just now, if one is."""
    frame, name = sys._getframe(1), ""
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith("scipy.special."):
            name = frame.f_code.co_name
        elif name:  # whoever called it
            return name
        frame = frame.f_back  # type: ignore[assignment]  # None ends the loop
    return name


def cut_off(shape: tuple[int, ...]) -> GraphError:
    """Refuse to turn a Tensor that wants a gradient into a plain array."""
    if name := _scipys():
        return GraphError(
            "A Tensor that wants a gradient was to become a plain array, which would cut it off silently.",
            expected="a function that asks Tensors, as SciPy's ufuncs do (expit, erf, gammaln, ...)",
            got=f"scipy.special.{name}, which turns what it is given into arrays, on shape {shape}",
            mend=_INSTEAD.get(
                name, "write it with functions that have a rule (COVERAGE.md), or t.detach() first"
            ),
        )
    return GraphError(
        "A Tensor that wants a gradient was to become a plain array, which would cut it off silently.",
        expected="NumPy functions applied to the Tensor itself",
        got=f"np.asarray, np.array or an unknown function, on a Tensor of shape {shape}",
        mend="t.detach() to leave the graph on purpose; np.stack([t1, t2]) instead of np.array([t1, t2]), "
        "t * np.ones(shape) instead of np.full(shape, t)",
    )


def made_anew() -> GraphError:
    """Refuse ``Tensor(t)`` in a function that is being differentiated."""
    return GraphError(
        "A new Tensor was made of one that wants a gradient, which would cut it off silently.",
        expected="the Tensor itself, or NumPy functions of it",
        got="Tensor(...) of Tensors, in a function being differentiated",
        mend="leave out Tensor(); np.stack([t1, t2]) for Tensor([t1, t2]); t.detach() to leave the graph",
    )


def left_silently() -> GraphError:
    """Refuse ``float(x)`` in a function that is being differentiated."""
    return GraphError(
        "A function being differentiated made a Python float of a Tensor, which would lose its gradient.",
        expected="NumPy's functions, such as np.sin(x), which are recorded",
        got="float(x), or a function of the math module, which calls it",
        mend="write np.sin for math.sin; x.item() if the number is not to be differentiated",
    )


def cut_to_an_integer() -> GraphError:
    """Refuse ``int(x)`` in a function that is being differentiated."""
    return GraphError(
        "A function being differentiated made an integer of a Tensor, which would lose its gradient.",
        expected="a number that stays a Tensor, such as np.trunc(x), whose slope is 0",
        got="int(x), or math.trunc(x), which calls it",
        mend="int(x.item()) if the integer is not to be differentiated, as for an index or a number of steps",
    )


def no_entries(asked: str) -> NoEntriesError:
    """Refuse to count or to go through the entries of one number."""
    return NoEntriesError(
        f"{asked} was asked of a Tensor that is one number.",
        expected="a Tensor with at least one axis",
        got="shape ()",
        mend="use the number itself; np.atleast_1d(x) makes an array with one entry of it",
    )


def not_a_function(name: str, got: Any) -> UsageError:
    """Refuse what cannot be called, mostly the value of a function in its place."""
    return UsageError(
        f"{name} takes a function.",
        expected=f"{name}(f, ...), with the function itself",
        got=f"{type(got).__name__}, which cannot be called",
        mend="leave out the call inside: grad(f)(x), not grad(f(x))",
    )


def nothing_returned(
    which: str = "The function to differentiate", expected: str = "a Tensor or an array, or a tree of them"
) -> UsageError:
    """Refuse `None` where a result must be."""
    return UsageError(
        f"{which} returned None.",
        expected=expected,
        got="None, which is what a function without a return statement gives",
        mend="end it with a return; what is printed is not returned",
    )


def written_into(name: str) -> ImmutableError:
    """Refuse ``out=`` and the in-place operators of arrays."""
    return ImmutableError(
        f"A result of '{name}' was to be written into an array, but a Tensor takes part.",
        expected="an operation that makes a new Tensor",
        got="out=... (an in-place operator such as a += t makes one)",
        mend="write a = a + t",
    )


def setting(name: str, key: str) -> UsageError:
    """Refuse a setting of NumPy that has no meaning for Tensors."""
    return UsageError(
        f"'{name}' does not take {key}= when a Tensor takes part.",
        expected=f"a call without {key}=",
        got=f"{key}=...",
        mend="leave it out; convert or select with a function of its own (np.where, x[mask])",
    )


def item_set(index: Any) -> ImmutableError:
    """Refuse ``x[i] = v``."""
    return ImmutableError(
        "An entry of a Tensor was to be changed in place; the graph would no longer know its old value.",
        expected="an expression that makes a new Tensor",
        got=f"x[{index!r}] = ...",
        mend="x = x.at[i].set(v) or x = x.at[i].add(v), or np.where(mask, v, x)",
    )


def not_a_leaf(name: str) -> ImmutableError:
    """Refuse to assign to what was computed."""
    return ImmutableError(
        "Only a leaf can be assigned to; this Tensor was computed.",
        expected="a Tensor made by Tensor(...)",
        got=f"a result of '{name}'",
        mend="assign to the leaf it came from, or make a new Tensor of it",
    )


def shared_read_only() -> ImmutableError:
    """Refuse to assign through a shared array that is read-only."""
    return ImmutableError(
        "This Tensor shares an array that is read-only.",
        expected="an array that may be written to",
        got="Tensor(array, copy=False) of a read-only array",
        mend="make the Tensor with copy=True",
    )


def shapes(what: str, expected: Any, got: Any, mend: str) -> ShapeError:
    """Refuse a shape that is not the one it must be."""
    return ShapeError(what, expected=f"{expected}", got=f"{got}", mend=mend)


_PARTS = {"summed_products": "einsum", "solve_matrix": "solve", "cholesky_of_symmetric_part": "cholesky"}


def call_failed(name: str, values: Sequence[Any], error: Exception) -> Exception:
    """Say what did not fit: a shape, or what is no number; an error about something else stays what it is."""
    if isinstance(error, CourseError):
        return error
    if isinstance(error, TypeError):
        return no_number(name, values, error)
    if "read-only" in str(error):
        return UsageError(
            f"'{name}' wrote into an array that it was handed, and a graph needs the old values.",
            expected="a function that makes new arrays",
            got=str(error),
            mend="work on a copy, x.copy(), or write x = x * 2 for x *= 2",
        )
    about_shapes = not isinstance(error, np.exceptions.AxisError) and "singular" not in str(error).lower()
    about_shapes = about_shapes and "positive definite" not in str(error) and "converge" not in str(error)
    if not about_shapes or not any(np.shape(x) for x in values if not isinstance(x, str)):
        return error  # NumPy's own says it
    name = _PARTS.get(name, name)
    if name == "matmul":
        return ShapeError(
            "The inner sizes of a matrix product differ.",
            expected="A @ B with as many columns in A as there are rows in B",
            got=" @ ".join(str(np.shape(x)) for x in values),
            mend="look for a missing transpose (.T), or for operands in the wrong order",
        )
    return ShapeError(
        f"'{name}' cannot be applied to these shapes.",
        expected="shapes that fit, or broadcast: equal from the right, or 1",
        got=f"{', '.join(str(np.shape(x)) for x in values)} ({error})",
        mend="look for a missing transpose or axis; reshape or sum the one that does not fit",
    )


def no_number(name: str, values: Iterable[Any], error: TypeError) -> TypeError:
    """Say which argument is no number; if all are, the error is about something else and stays what it is."""
    for position, x in enumerate(values):
        dtype = x.dtype if isinstance(x, np.ndarray | np.generic) else None
        if dtype is None and (isinstance(x, (bool, int, float, list, tuple)) or hasattr(x, "shape")):
            continue  # numbers, what holds some, and Tensors
        if dtype is None or dtype.kind not in "fiub":
            return DtypeError(
                f"'{name}' was applied to what is no real number.",
                expected="real numbers, arrays of them, or Tensors",
                got=f"{_shown(x, dtype)} as input {position}",
                mend="look where it comes from: a function without a return gives None, a file gives text",
            )
    return error


def _shown(x: Any, dtype: Any) -> str:
    if dtype is not None:
        return f"an array of dtype {dtype}"
    return "None" if x is None else f"a {type(x).__name__}"


def not_one_entry(what: str, shape: Any, mend: str) -> NotScalarError:
    """Refuse what makes sense for one number only."""
    return NotScalarError(what, expected="one entry (size 1)", got=f"shape {shape}", mend=mend)


def no_graph() -> GraphError:
    """Refuse a backward walk from a Tensor that remembers nothing."""
    return GraphError(
        "backward() was called on a Tensor that wants no gradient.",
        expected="a Tensor computed from at least one made with requires_grad=True",
        got="a constant, or something computed under no_grad()",
        mend="make the leaves with Tensor(..., requires_grad=True)",
    )


def stale(name: str, where: str) -> StaleValueError:
    """Refuse to walk back through an operation whose input was overwritten since."""
    return StaleValueError(
        f"An input of '{name}' was overwritten by assign() after it was recorded.",
        expected="leaves that keep their values until backward() is done",
        got="a newer value" + (f" (recorded at {where})" if where else ""),
        mend="call backward() before assign(), or run the forward pass again after it",
    )


def not_finite(value: Any, what: str, where: str) -> AnomalyError:
    """Refuse nan and infinity, under `detect_anomaly`."""
    array = np.asarray(value)
    bad = ~np.isfinite(array)
    first = tuple(int(i) for i in np.argwhere(bad)[0])
    at = f"{int(bad.sum())} of {bad.size} entries, the first at {first}: " if first else ""
    return AnomalyError(
        f"The {what} is not finite.",
        expected="finite numbers",
        got=f"{at}{array[first]}",
        mend=f"look at the inputs of the line that made it: {where}",
    )


def data_dependent() -> GraphError:
    """Refuse to look at a value while a function is being compiled."""
    return GraphError(
        "A compiled function decided something by the values of its inputs.",
        expected="the same operations whatever the values are",
        got="an if, a while, float(x), a sort or an index that looks at a value",
        mend="use np.where or np.maximum to choose entry by entry, or run the function without compile",
    )


def not_one_array(which: str, got: Any) -> UsageError:
    """Refuse several results, or none, where one array must be."""
    if got is None:
        return nothing_returned(which, "one array")
    return UsageError(
        f"{which} returned several results.",
        expected="one array",
        got=f"a {type(got).__name__} of {len(got)}",
        mend="stack them into one array and take its entries apart afterwards, or write a function for each",
    )


def argument_count(name: str, expected: int, got: int) -> UsageError:
    """Refuse a call with too few or too many arguments."""
    return UsageError(
        f"{name}() was given another number of arguments than the graph has inputs.",
        expected=f"{expected}",
        got=f"{got}",
        mend="pass one value per input, or none to keep them all",
    )


def not_donated(got: Any, given: int | None = None) -> UsageError:
    """Refuse numbers that name no argument."""
    return UsageError(
        "donate= does not name arguments of the compiled function.",
        expected="the number of an argument, or several" + (f", below {given}" if given is not None else ""),
        got=repr(got),
        mend="write donate=0 for the first argument, donate=(0, 2) for the first and the third",
    )


def donated_in_vain(number: int, got: str) -> UsageError:
    """Refuse to overwrite what must not change."""
    return UsageError(
        f"Argument {number} cannot be donated.",
        expected="arrays that may be written to and share no memory with another argument",
        got=got,
        mend="pass a copy, or leave out donate=",
    )


def other_arguments(got: str, known: Iterable[str]) -> ShapeError:
    """Refuse arguments that a program was not made for."""
    return ShapeError(
        "A function compiled with fixed=True was given arguments of another kind.",
        expected=" or ".join(known),
        got=got,
        mend="pass arguments of the same structure, shapes and dtypes, or leave out fixed=True",
    )

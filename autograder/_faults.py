"""What can be wrong with an answer as a whole, in telling order, before any number is compared."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ._diagnosis import broadcast_shapes, product_sizes
from ._evidence import inside, ledger
from ._outcome import Outcome, Value
from ._parts import Part, arrays, same
from ._reading import Array, Returned, unreadable
from ._trial import Trial
from ._verdict import Result
from .exercise import Piece
from .instances import arrays_in
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
    evidence : tuple of str
        What an error means in terms of the exercise's shapes.
    advice : tuple of str
        Hints, to be revealed one at a time.
    kind : Kind or None
        The mistake it is, if it has a name.
    values_known : bool
        Whether the gradients can still be told right from wrong.
    """

    result: Result
    reason: str
    evidence: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    kind: Kind | None = None
    values_known: bool = False


def fault(piece: Piece, trials: Sequence[Trial], second: Trial | None, *, visible: bool) -> Fault | None:
    """Return what is wrong with the whole answer, None if its gradients can be judged one by one.

    Parameters
    ----------
    piece : Piece
    trials : sequence of Trial
        At least one.
    second : Trial or None
        The first instance once more, right after the first call.
    visible : bool
        Whether the text of an error may be shown: a learner could print hidden inputs with it.
    """
    every = [*trials, second] if second else list(trials)
    changed = sorted({i for t in every for i in t.outcome.inputs_changed})
    names = [piece.parameters[i] for i in changed]
    if trials[0].is_stub:
        # A stub and a forgotten return look the same from outside.
        returned_nothing = trials[0].outcome.kind == "returned" and trials[0].outcome.value is None
        verb = "is" if len(piece.names) == 1 else "are"
        or_else = ", or a return is missing" if returned_nothing else ""
        return Fault("not yet written", f"{piece.title} {verb} not yet written{or_else}.")
    for t in every:
        where = "" if t is trials[0] else f", where {t.instance.label}"
        if found := _no_call(piece, t, where, visible) or _raised(piece, t, names, where, visible):
            return found
    for t in every:
        if t.structure:
            where = "" if t is trials[0] else f", where {t.instance.label}"
            form = "a dict with the keys" if piece.keys else "in this order:"
            advice = f"Return {form} {', '.join(piece.returns)}."
            return Fault("wrong structure", f"{piece.title} {t.structure}{where}.", advice=(advice,))
    if names:
        return _changed_inputs(piece, names)
    return _not_repeatable(piece, trials[0], second) if second else None


def _no_call(piece: Piece, t: Trial, where: str, visible: bool) -> Fault | None:
    name, outcome = piece.title, t.outcome
    if outcome.kind == "missing":
        name = outcome.error_type or name
        how = f"cannot be called: {outcome.message}" if outcome.message else "is not defined"
        run = f"Run the cell that defines {name}, then check again."
        handed_in = f"The file that is handed in has to define {name}."
        return Fault("missing", f"{name} {how}.", advice=(run if visible else handed_in,))
    if outcome.kind == "timeout":
        limit = f"{piece.time_limit:g} seconds"
        advice = (
            "A loop does not end, or the work grows much faster than the arrays.",
            "See whether the condition of each while loop can become false.",
        )
        return Fault("timeout", f"{name} did not return within {limit}{where}.", advice=advice)
    if outcome.kind == "died":
        said = f"The process that ran {name} ended before it returned{where}. {outcome.message}"
        return Fault("died", said.rstrip())
    return None


_ARGUMENTS = re.compile(r"takes .*positional arguments? but|missing \d+ required|unexpected keyword argument")


def _raised(piece: Piece, t: Trial, changed: Sequence[str], where: str, visible: bool) -> Fault | None:
    outcome = t.outcome
    if outcome.kind != "raised":
        return None
    if outcome.error_type == "TypeError" and outcome.line is None and _ARGUMENTS.search(outcome.message):
        return _wrong_arguments(piece, outcome if visible else None)
    if outcome.error_type == "Misfit":
        said = outcome.message if visible else "it has another form than is asked for"
        compare = "Compare what you return, and the attributes you set, with what the exercise says."
        return Fault("wrong structure", f"{piece.title}{where}: {said}.", advice=(compare,))
    if "read-only" in outcome.message and any(map(_is_read_only, t.instance.variables.values())):
        return _changed_inputs(piece, changed, _line(outcome))
    if outcome.error_type == "ImportError" and outcome.message.endswith(NOT_THERE):
        return _not_there(f"{piece.title} fails{_line(outcome)}{where}")
    message = " ".join(outcome.message.split())[:300] if visible or _python_says(outcome) else ""
    said = f"{piece.title} raised {outcome.error_type[:60]}{_line(outcome)}{where}"
    advice: tuple[str, ...] = ("Look at the line named above: which values and shapes meet there?",)
    if outcome.error_type in ("NameError", "SyntaxError", "IndentationError", "MemoryError"):
        advice = ("Look at the line named above, and run the cell again once it is mended.",)
    else:
        advice += ("Write the shape under each factor of that line, and see which two do not meet.",)
    return Fault(
        "raised", f"{said}: {message}" if message else f"{said}.", _explained(piece, t, visible), advice
    )


# What a stand-in of the sandbox says. The name before it is not repeated: a learner can raise this, too.
NOT_THERE = "is not available where this exercise is graded"


def _not_there(said: str) -> Fault:
    reason = f"{said}: it calls a function of a package that {NOT_THERE}."
    advice = (
        "The course's package and others that differentiate are not there for an exercise that asks for "
        "derivatives: the answer would be a call of them. Of backprop_course, sigmoid, relu and softmax are.",
        "Write the derivative down as a formula, in NumPy.",
    )
    return Fault("raised", reason, advice=advice)


def _wrong_arguments(piece: Piece, outcome: Outcome | None) -> Fault:
    forms = [(f"{form.name}({', '.join(form.parameters)})", len(form.parameters)) for form in piece.forms]
    asked = " and ".join(form for form, _ in forms)
    count = f"with {forms[0][1]} arguments, " if len(forms) == 1 else ""
    said = f"{piece.title} cannot be called {count}as {asked}"
    said += f": {outcome.message}." if outcome else "."
    return Fault("wrong arguments", said, advice=(f"Write the definition as {asked}.",))


# Texts of Python's own about a cell that it cannot parse. Only these are shown where inputs are hidden: an
# exception of this type with another text may carry them.
_STATEMENT = (
    r"(function definition|class definition|'(if|elif|else|for|while|try|except|finally|with)' statement)"
)
_TARGET = (
    r"(function call|(conditional )?expression|literal|comparison|attribute|subscript|operator|lambda|"
    r"list comprehension|dict literal|set display|f-string expression|True|False|None|ellipsis)"
)
_PARSER = re.compile(
    "|".join(
        (
            r"invalid syntax(\. Perhaps you forgot a comma\?)?",
            r"invalid syntax\. Maybe you meant '==' or ':=' instead of '='\?",
            r"expected ('[:(=]'|'except' or 'finally' block)",
            rf"expected an indented block( after {_STATEMENT} on line \d{{1,4}})?",
            r"unexpected (indent|EOF while parsing|character after line continuation character)",
            r"unindent does not match any outer indentation level",
            r"inconsistent use of tabs and spaces in indentation",
            r"unterminated (triple-quoted )?(f-)?string( literal)? \(detected at line \d{1,4}\)",
            r"EO[LF] while scanning (triple-quoted )?string literal",
            r"unmatched '[)\]}]'",
            r"'[(\[{]' was never closed",
            r"closing parenthesis '[)\]}]' does not match opening parenthesis '[(\[{]'( on line \d{1,4})?",
            rf"cannot (assign to|delete) {_TARGET}( here\. Maybe you meant '==' instead of '='\?)?",
            r"positional argument follows keyword argument( unpacking)?",
            r"invalid (decimal|hexadecimal|imaginary) literal",
            r"'(return|yield|await)' outside function|'break' outside loop|'continue' not properly in loop",
            r"Missing parentheses in call to 'print'\. Did you mean print\(\.\.\.\)\?",
            r"Generator expression must be parenthesized",
        )
    )
)


def _python_says(outcome: Outcome) -> bool:
    parsing = outcome.error_type in ("SyntaxError", "IndentationError", "TabError")
    return parsing and bool(_PARSER.fullmatch(outcome.message))


def _is_read_only(value: Value) -> bool:
    return any(not array.flags.writeable for array in arrays_in(value))


def _changed_inputs(piece: Piece, names: Sequence[str], line: str = "") -> Fault:
    what = " and ".join(names) or "one of its arguments"
    return Fault(
        "changed inputs",
        f"{piece.title} changes {what} in place{line}. Nothing counts until arguments stay as they are.",
        advice=(M25.footprint, M25.family, M25.rule),
        kind=M25,
        values_known=True,
    )


def _not_repeatable(piece: Piece, first: Trial, second: Trial) -> Fault | None:
    differing = [name for name in piece.returns if not _same(first, first.got, second.got, name)]
    if not differing:
        return None
    stale = all(_multiple(first.got.get(name), second.got.get(name)) for name in differing)
    said = f"A second call of {piece.title} with the same arguments gives another {', '.join(differing)}."
    if stale:
        hints = (M24.footprint, M24.family, M24.rule)
        return Fault("not repeatable", said, advice=hints, kind=M24, values_known=True)
    hint = "Something outside the function, or a random number, enters the result."
    return Fault("not repeatable", said, advice=(hint,), values_known=True)


def _same(t: Trial, a: Returned, b: Returned, name: str) -> bool:
    def close(x: Array, y: Array) -> bool:
        if x.shape != y.shape:
            return False
        identical = x.dtype == y.dtype and x.tobytes() == y.tobytes()
        return identical or t.close(np.nan_to_num(y), np.nan_to_num(x))

    if name not in a or name not in b:
        return name not in a and name not in b
    if unreadable(a[name]) or unreadable(b[name]):
        return bool(unreadable(a[name])) and bool(unreadable(b[name]))
    return same(b[name], a[name], close)


def _multiple(a: Part, b: Part) -> bool:
    """Whether the second result is twice the first: the first is still in it."""
    return any(map(np.any, arrays(a))) and same(
        b, a, lambda y, x: y.shape == x.shape and np.allclose(y, 2.0 * x, rtol=1e-9, atol=0.0)
    )


def _line(outcome: Outcome) -> str:
    if outcome.line is None:
        return ""
    return f" in line {outcome.line}" if isinstance(outcome.line, int) else f" in {outcome.line[:200]}"


def _explained(piece: Piece, t: Trial, visible: bool) -> tuple[str, ...]:
    """Return what an error means in terms of the exercise's own shapes.

    A message is the learner's word. Where inputs are hidden, only sizes that the exercise itself has are
    taken from it: otherwise it could carry numbers of the inputs into the feedback.
    """
    outcome, sizes = t.outcome, t.instance.sizes
    letters = {size: f"{letter} = {size}" for letter, size in sizes.items()}
    said = []
    own = {*sizes.values(), 1}
    met, pair = product_sizes(outcome.message), broadcast_shapes(outcome.message)
    if not visible and met and not own.issuperset(met):
        met = None
    if not visible and pair and not own.issuperset(map(int, re.findall(r"\d+", " ".join(pair)))):
        pair = None
    if met:
        a, b = (letters.get(size, str(size)) for size in met)
        said.append(f"In a matrix product the inner sizes must be equal; here {a} meets {b}.")
    elif pair:
        said.append(f"Arrays of shapes {pair[0]} and {pair[1]} cannot be combined entry by entry.")
    elif outcome.error_type == "IndexError":
        said.append("An index runs past the end of an axis, or there are more indices than axes.")
    elif outcome.error_type == "MemoryError":
        said.append("More memory was asked for than a call may use: look for an array that grows in a loop.")
    elif outcome.error_type == "NameError":
        said.append(
            "A name is used that the function does not know: a typing slip, or a variable of another cell."
        )
    if outcome.globals_read:
        said.append(reads_globals(outcome))
    shapes = ", ".join(filter(None, (ledger(piece, sizes), inside(t.instance.variables, piece.parameters))))
    if shapes and outcome.error_type in ("ValueError", "IndexError"):
        said.append(f"Here {shapes}.")
    return tuple(said)


def reads_globals(outcome: Outcome) -> str:
    names = ", ".join(outcome.globals_read[:5])
    return (
        f"It reads {names} of the notebook, which no argument brings in: that may be another exercise's data."
    )

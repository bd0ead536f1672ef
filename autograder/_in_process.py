"""Calls an answer in this process: what `check` does in a notebook. A class is graded in a sandbox."""

from __future__ import annotations

import contextlib
import dis
import io
import linecache
import os
import types
import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

import backprop_course

from . import probes
from ._outcome import Call, Outcome, Target, Value, decoded
from ._time_limit import OutOfTime, TimeLimit


class in_process:  # reads as a function where an answer is judged
    """The calls of what a learner handed in, in this process, with copied inputs.

    Whatever an answer raises is caught, except an interrupt from the keyboard; what it prints is counted and
    not shown; warnings cost nothing.

    Parameters
    ----------
    answer : object
        A function, which answers whatever is asked for; or a dict of functions, classes and values by name.
        None of them need be callable.
    time_limit : float, optional
        Seconds after which a call is interrupted, where the platform allows it: in the main thread of a
        system with interval timers. The target's own by default.
    names : sequence of str
        All that may be handed in by name, for what is said where nothing of it is.
    """

    def __init__(self, answer: object, *, time_limit: float | None = None, names: Sequence[str] = ()) -> None:
        self.answer, self.time_limit, self.names = answer, time_limit, names

    def of(self, target: Target) -> Call:
        """Return the call of one target."""
        by_name = self.answer if isinstance(self.answer, Mapping) else {target.names[0]: self.answer}
        limit = self.time_limit or target.time_limit

        def call(inputs: tuple[Value, ...]) -> Outcome:
            for name in target.names:
                if by_name.get(name) is None:
                    return Outcome("missing", error_type=name, message=self._how_it_is_missing(name, by_name))
            answers = [by_name[name] for name in target.names]
            if not target.probe:
                return _called(answers[0], inputs, limit)
            functions = [*answers, *(by_name.get(name) for name in target.uses)]
            return _called(partial(probes.run, target.probe, functions), inputs, limit, answers)

        return call

    def _how_it_is_missing(self, name: str, by_name: Mapping[str, object]) -> str:
        if name in by_name:
            return "it is None, not a function"
        if by_name and self.names and not set(by_name) & set(self.names):
            return f"the answer must be called {name}, not {', '.join(map(str, by_name))}"
        return ""

    def __call__(self, inputs: tuple[Value, ...]) -> Outcome:
        """Call the one function."""
        return _called(self.answer, inputs, self.time_limit or 2.0)


def _called(
    function: object, inputs: tuple[Value, ...], limit: float, answers: Sequence[object] = ()
) -> Outcome:
    """Call a function with copies of the inputs; a probe takes them as one tuple, and drives `answers`."""
    if not callable(function):
        return Outcome("missing", message=f"it is {_described(function)}, not a function")
    handed = tuple(copied(value) for value in inputs)
    arguments = (handed,) if answers else handed
    sink = _Counter()
    try:
        with (
            contextlib.redirect_stdout(sink),
            contextlib.redirect_stderr(sink),
            _quiet(),
            TimeLimit(limit),
        ):
            value = decoded(function(*arguments))
    except KeyboardInterrupt:
        raise
    except OutOfTime:
        return Outcome("timeout", message=f"interrupted after {limit:g} s", printed=sink.count)
    except BaseException as error:  # an answer may raise anything, SystemExit too
        return Outcome(
            "raised",
            inputs_changed=_changed(inputs, handed),
            error_type=type(error).__name__,
            message=_text_of(error),
            line=_learners_line(error, answers or (function,)),
            printed=sink.count,
            globals_read=_globals_read(answers or (function,)),
        )
    return Outcome(
        "returned",
        value,
        _changed(inputs, handed),
        printed=sink.count,
        globals_read=_globals_read(answers or (function,)),
    )


def copied(value: Value) -> Value:
    """Return a copy that keeps an array's order and whether it may be written to."""
    if isinstance(value, np.ndarray):
        copy = value.copy(order="K")
        copy.flags.writeable = value.flags.writeable
        return copy
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(copied(item) for item in value)
    return value


def same(a: Value, b: Value) -> bool:
    """Whether two trees of inputs hold the same, nan included."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return (
            type(a) is type(b) and a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
        )
    if isinstance(a, dict):
        return type(b) is dict and a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and bool(a == b)


def _changed(before: tuple[Value, ...], after: tuple[Value, ...]) -> tuple[int, ...]:
    return tuple(i for i, (a, b) in enumerate(zip(before, after, strict=True)) if not same(a, b))


class _Counter(io.TextIOBase):
    """A stream that counts what is written to it and keeps nothing."""

    count = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.count += len(text)
        return len(text)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


_OURS = tuple(
    str(Path(file).resolve().parent) + os.sep
    for file in (__file__, backprop_course.__file__, np.__file__, os.__file__)
    if file
)


def _is_the_learners(file: str) -> bool:
    """Whether a frame's file is a cell or a module of the learner's, not a library's or ours."""
    installed = f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}"
    return not file.startswith(("<frozen", "<__array_function__", *_OURS)) and not any(
        p in file for p in installed
    )


def _learners_line(error: BaseException, answers: Sequence[object]) -> str | None:
    """Return the last line of the learner's own file or cell that the error passed through."""
    own = [answer.__code__ for answer in answers if isinstance(answer, types.FunctionType)]
    files = {code.co_filename for code in own}
    found = None
    step = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        if code.co_filename in files or (
            _is_the_learners(code.co_filename) and step is not error.__traceback__
        ):
            found = (code, step.tb_lineno)
        step = step.tb_next
    if found is None:
        return None
    code, number = found
    source = linecache.getline(code.co_filename, number).strip()
    where = f"line {number}"
    if code in own:
        where = f"line {number - code.co_firstlineno + 1} of the function"
    elif not code.co_name.startswith("<"):
        where = f"line {number - code.co_firstlineno + 1} of {code.co_name}"
    return f"{where}, {source!r}" if source else where


def _globals_read(answers: Sequence[object]) -> tuple[str, ...]:
    """Return the names of arrays and numbers that functions read from the notebook they were written in."""
    found: list[str] = []
    for answer in answers:
        if isinstance(answer, types.FunctionType):
            for step in dis.get_instructions(answer):
                value = answer.__globals__.get(step.argval) if step.opname == "LOAD_GLOBAL" else None
                if isinstance(value, (np.ndarray, np.number, float, int)):
                    found.append(step.argval)
    return tuple(dict.fromkeys(found))


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # an exception whose own text raises
        return ""


def _described(value: object) -> str:
    kind = type(value).__name__
    return kind if value is None else f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"

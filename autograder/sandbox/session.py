"""One submission while it is graded: its answers are called in a child, and in another one when that is lost.

A question whose child dies is asked once more in a fresh child before it costs anything; one that runs out of
time is not. Either way the questions after it go on in a fresh child. What somebody else ends is asked again
without a word: in a sandbox no answer can reach its zygote, or kill itself.
"""

from __future__ import annotations

import builtins
import json
import operator
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import Literal, Protocol, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from .._outcome import Call, Opaque, Outcome, Value
from .frames import Closed, Header, Packed, packed
from .ran import Place, Ran, words_of
from .replies import Replies
from .values import BadFrame, TooLarge
from .zygote import Child, Ending, SandboxError, Zygote

_T = TypeVar("_T")

Trouble: TypeAlias = Literal["timeout", "crashed", "out_of_memory"]

_NUMPY_NAMES = frozenset(
    ("LinAlgError", "AxisError", "UFuncTypeError", "object", "longdouble", "clongdouble", "Misfit")
)

_INNOCENT = 4  # times that a question is asked again which others have ended
_TEXT = 2000  # characters of what a child says that are kept
_STATEMENTS = 2000  # that it says to have run


class _Lost(Exception):
    """A child was lost while it was asked something."""

    def __init__(self, trouble: Trouble, message: str, *, innocent: bool = False) -> None:
        self.trouble: Trouble = trouble
        self.message = message
        self.innocent = innocent  # whether no answer can have done it
        super().__init__(message)


class Session:
    """One submission in its children; a context manager.

    Parameters
    ----------
    zygote : Zygote
    cells : sequence of str
        The notebook's code cells in order.
    names : sequence of str
        The functions that answer.
    """

    def __init__(self, zygote: Zygote, cells: Sequence[str], names: Sequence[str]) -> None:
        self._zygote, self._cells, self._names = zygote, list(cells), list(names)
        self._child: Child | None = None
        self._set_up_fully = True
        self._hopeless: _Lost | None = None
        self._deadline = time.monotonic() + zygote.limits.submission
        self.level = ""
        self.notes: tuple[str, ...] = ()
        self.places: dict[str, Place] = {}
        self.ran = Ran(self._cells)
        self.flags: list[str] = []
        self._coming: tuple[Called, list[tuple[Value, ...]]] | None = None  # inputs whose replies will come

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    # What is shown of a reply must stand in the notebook: else it could carry hidden inputs out.
    @cached_property
    def _lines(self) -> set[str]:
        return {line.strip() for cell in self._cells for line in cell.splitlines()}

    @cached_property
    def _words(self) -> list[frozenset[str]]:
        return [words_of(cell) for cell in self._cells]

    def _is_word(self, name: str) -> bool:
        """Whether a word stands in the notebook."""
        return any(name in words for words in self._words)

    def question(self, name: str, seconds: float | None = None) -> Question:
        """Return the `Call` of one answer.

        Parameters
        ----------
        name : str
            Of the function.
        seconds : float, optional
            For one call; the limits' own by default.
        """
        return Question(self, _Called((name,)), seconds or self._zygote.limits.call)

    @property
    def memory(self) -> int:
        """Bytes that an answer may use."""
        return self._zygote.limits.memory

    def ask(
        self,
        called: Called,
        inputs: tuple[Value, ...],
        seconds: float,
        following: Sequence[tuple[Value, ...]] = (),
    ) -> Outcome:
        """Call what is asked in the present child, or in a fresh one; `_Lost` if it is lost.

        Without waiting the child goes on with the inputs that are `following`: those it will be asked next.
        Each call has its own time.
        """
        seconds = min(seconds, self._deadline - time.monotonic())
        if seconds <= 0:
            limit = self._zygote.limits.submission
            raise _Lost("timeout", f"the whole submission took more than {limit:g} s")
        if self._coming and not (self._coming[0] is called and _identical(self._coming[1][0], inputs)):
            self._end()  # what is still to come is not asked for any more
        child = self.ready()
        if not self._coming:
            self._begin(child, called, [inputs, *following], seconds)
        outcome, more = self._heard(lambda: self._next(child, called, len(inputs), seconds), seconds)
        coming = self._coming[1][1:] if self._coming else []
        self._coming = (called, coming) if coming and more else None
        return outcome

    def _next(self, child: Child, called: Called, arguments: int, seconds: float) -> tuple[Outcome, bool]:
        """Return what the next call came to, and whether the child says that it goes on."""
        header, body = child.hear(seconds)
        if known := _REPLIES.find(child.number, header, body):
            return known
        shown: list[Opaque] = []

        def opaque(name: str) -> Opaque:
            shown.append(self._opaque(name))
            return shown[-1]

        told, value = child.read(header, body, opaque)
        outcome = self._outcome(told, value, arguments, called.names[0])
        return outcome if shown else _REPLIES.kept(header, body, told, outcome), told.get("more") is True

    def _begin(self, child: Child, called: Called, inputs: list[tuple[Value, ...]], seconds: float) -> None:
        request = {"do": "call", "names": called.names, "probe": called.probe, "uses": called.uses}
        try:
            sent = _SENT.packed(inputs)
            self._heard(lambda: child.send(request, sent, seconds), seconds)
        except TooLarge as error:
            if len(inputs) == 1:
                raise _Lost("crashed", f"more was to be sent than can be: {error}") from error
            self._begin(child, called, inputs[:1], seconds)
        else:
            self._coming = called, inputs

    def ready(self) -> Child:
        """Return a child in which the answers are defined; `_Lost` if there can be none."""
        if self._hopeless is not None:
            raise self._hopeless
        while self._child is None:
            self._child = self._zygote.child()
            self.level, self.notes = self._child.level, self._child.notes
            try:
                self._set_up(self._child)
            except _Lost as lost:
                if lost.innocent:
                    raise
                if not self._set_up_fully:
                    self._hopeless = lost
                    raise
                self._set_up_fully = False
                self.flags.append(f"only definitions were run: {lost.message} before an answer was called")
        return self._child

    def _set_up(self, child: Child) -> None:
        request = {
            "do": "set up",
            "names": self._names,
            "definitions only": not self._set_up_fully,
        }
        limit, cells = self._zygote.limits.set_up, _as_bytes(self._cells)
        try:
            reply, _ = self._heard(lambda: child.ask(request, cells, limit), limit)
        except TooLarge as error:
            self._end()
            raise _Lost("crashed", f"more was to be sent than can be: {error}") from error
        found = reply.get("found")
        self.places = {
            name: place
            for name in self._names
            if isinstance(found, dict) and (place := self._place(found.get(name)))
        }

        ran = reply.get("ran")
        told_places = ran[:_STATEMENTS] if isinstance(ran, list) else ()
        self.ran = Ran(self._cells, [place for told in told_places if (place := self._place(told))])

    def _place(self, told: object) -> Place | None:
        if not isinstance(told, list) or len(told) != 3 or not all(type(n) is int for n in told):
            return None
        place = Place(*told)
        if not 0 <= place.cell < len(self._cells):
            return None
        lines = self._cells[place.cell].count("\n") + 1
        return place if 1 <= place.first <= place.last <= lines else None

    def _heard(self, exchange: Callable[[], _T], seconds: float) -> _T:
        """Return what an exchange with the child gives; `_Lost` if the child is lost by it."""
        try:
            return exchange()
        except TimeoutError:
            self._end()
            raise _Lost("timeout", f"it took more than {seconds:g} s") from None
        except (Closed, BadFrame) as error:
            ending = self._end()
            trouble: Trouble = "out_of_memory" if self._ran_out(ending) else "crashed"
            innocent = trouble == "crashed" and self.level == "sandbox" and _ended_by_others(ending)
            raise _Lost(trouble, _how(ending, error), innocent=innocent) from None

    def _ran_out(self, ending: Ending | None) -> bool:
        """Whether a child died of a lack of memory: it was killed or gave up, and had taken much."""
        return ending is not None and ending.by_itself and ending.memory > 0.5 * self.memory

    def _end(self) -> Ending | None:
        child, self._child, self._coming = self._child, None, None
        return child.end() if child is not None else None

    def _outcome(self, reply: Header, value: Value, arguments: int, name: str) -> Outcome:
        """Read what a child says of a call; it may say anything."""
        kind = reply.get("kind")
        if kind == "missing":
            return Outcome("missing", error_type=self._name(_text(reply, "error"), ""))
        if kind not in ("returned", "raised"):
            return Outcome("died", message="its process said something that is no answer")
        if "unsent" in reply:
            value = Opaque("value that is too large or cannot be sent")
        error, line, printed = _text(reply, "error"), _text(reply, "line"), reply.get("printed")
        return Outcome(
            kind,
            value=value if kind == "returned" else None,
            inputs_changed=_positions(reply.get("changed"), arguments),
            error_type=self._name(error, "Exception"),
            message=_text(reply, "message"),
            line=self._where(line, name) if line and line in self._lines else None,
            printed=printed if type(printed) is int and 0 <= printed < 2**63 else 0,
            globals_read=self._known(reply.get("globals")),
        )

    def _where(self, line: str, name: str) -> str:
        """Return a line of the notebook with its number in the answer, where it is found there once."""
        if place := self.places.get(name):
            what, lines = "function", self._cells[place.cell].splitlines()[place.first - 1 : place.last]
        else:  # a cell that cannot be parsed
            what = "cell"
            lines = next((cell for cell in self._cells if f"def {name}" in cell), "").splitlines()
        found = [number for number, text in enumerate(lines, start=1) if text.strip() == line]
        return f"line {found[0]} of the {what}, {line!r}" if len(found) == 1 else repr(line)

    def _opaque(self, type_name: str) -> Opaque:
        return Opaque(self._name(type_name, "object"))

    def _known(self, names: object) -> tuple[str, ...]:
        """Return those of some names that stand in the notebook."""
        told: Iterable[object] = names if isinstance(names, list) else ()
        return tuple(name for name in told if isinstance(name, str) and self._is_word(name))

    def _name(self, said: str, otherwise: str) -> str:
        """Return a class's name if it is Python's, NumPy's or in the notebook."""
        name = said.removeprefix("array of ")
        if not name:
            return otherwise
        known = name in _NUMPY_NAMES or hasattr(builtins, name) or self._is_word(name)
        return said if known else otherwise


class Called(Protocol):
    """What one call calls: a function with the inputs, or a probe with what some names stand for."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names that must be there; one without a probe."""
        ...

    @property
    def probe(self) -> str:
        """Name of the probe; empty for none."""
        ...

    @property
    def uses(self) -> tuple[str, ...]:
        """Names that the probe gets too, None for those that are not there."""
        ...


class CalledWithin(Called, Protocol):
    """The same with a limit of its own for one call."""

    @property
    def time_limit(self) -> float:
        """Seconds."""
        ...


@dataclass(frozen=True)
class _Called:
    names: tuple[str, ...]
    probe: str = ""
    uses: tuple[str, ...] = ()


class Question:
    """One answer of a submission, as the judge calls it.

    Attributes
    ----------
    trouble : str or None
        ``timeout``, ``crashed`` or ``out_of_memory`` if it could not be called to the end.
    message : str
        What happened then.
    failure : SandboxError or None
        Set when not the answer but the grader's own machinery failed.
    """

    def __init__(self, session: Session, called: Called, seconds: float) -> None:
        self._session, self._called, self._seconds = session, called, seconds
        self._left = max(session._zygote.limits.question, seconds)
        self._asked_again = 0
        self._over = False
        self.trouble: Trouble | None = None
        self.message = ""
        self.failure: SandboxError | None = None

    def __call__(self, inputs: tuple[Value, ...]) -> Outcome:
        """Call the answer with copies of `inputs`."""
        return self._outcome(self._called, inputs, self._seconds)

    def of(self, target: CalledWithin) -> Call:
        """Return the `Call` of one piece of the answer; its trouble is that of the whole answer."""
        self._left = max(self._left, target.time_limit)
        return _Calls(self, target)

    def _outcome(
        self,
        called: Called,
        inputs: tuple[Value, ...],
        seconds: float,
        following: Sequence[tuple[Value, ...]] = (),
    ) -> Outcome:
        if self._over:
            return self._lost()
        try:
            outcome = self._ask(called, inputs, seconds, following)
        except _Lost as lost:
            self._over, self.trouble, self.message = True, lost.trouble, lost.message
            return self._lost()
        except SandboxError as error:
            self.failure = error
            raise
        if outcome.kind == "raised" and outcome.error_type == "MemoryError":
            allowed = self._session.memory >> 20
            self.trouble, self.message = "out_of_memory", f"it needed more than {allowed} MiB of memory"
        return outcome

    def _ask(
        self,
        called: Called,
        inputs: tuple[Value, ...],
        seconds: float,
        following: Sequence[tuple[Value, ...]],
    ) -> Outcome:
        if self._left <= 0:
            raise _Lost("timeout", "all calls together took too long")
        while True:
            try:
                return self._ask_once(called, inputs, seconds, following)
            except _Lost as lost:
                self._asked_again += 1
                if lost.trouble == "timeout" or self._asked_again > (_INNOCENT if lost.innocent else 1):
                    raise
                if not lost.innocent:
                    self._session.flags.append(f"{called.names[0]} was asked again: its process had died")

    def _ask_once(
        self,
        called: Called,
        inputs: tuple[Value, ...],
        seconds: float,
        following: Sequence[tuple[Value, ...]],
    ) -> Outcome:
        self._session.ready()  # making a process ready is not the answer's time
        begun = time.monotonic()
        try:
            return self._session.ask(called, inputs, seconds, following)
        finally:
            self._left -= time.monotonic() - begun

    def _lost(self) -> Outcome:
        said = f"{self.message[:1].upper()}{self.message[1:]}."
        return Outcome("timeout" if self.trouble == "timeout" else "died", message=said)


class _Calls:
    """The calls of one piece of an answer."""

    def __init__(self, question: Question, target: CalledWithin) -> None:
        self._question, self._target = question, target
        self._expected: list[tuple[Value, ...]] = []

    def ahead(self, inputs: Sequence[tuple[Value, ...]]) -> None:
        """Be told what it will be called with, in order, so that its process need not wait for each."""
        self._expected = list(inputs)

    def __call__(self, inputs: tuple[Value, ...]) -> Outcome:
        following: list[tuple[Value, ...]] = []
        for position, expected in enumerate(self._expected):
            if _identical(expected, inputs):
                following = self._expected = self._expected[position + 1 :]
                break
        return self._question._outcome(self._target, inputs, self._target.time_limit, following)


class _Sent:
    """Inputs as they are sent: every submission is sent those of the same instances, which never change."""

    def __init__(self, most: int = 256, largest: int = 1 << 16) -> None:
        self._most, self._largest = most, largest
        # With the inputs themselves: as long as they are there, no others can have their identities.
        self._known: dict[tuple[tuple[int, ...], ...], tuple[list[tuple[Value, ...]], Packed]] = {}

    def packed(self, inputs: list[tuple[Value, ...]]) -> Packed:
        """Return them as a frame holds them; `TooLarge` if they may not be sent."""
        key = tuple(tuple(map(id, given)) for given in inputs)
        if key in self._known:
            return self._known[key][1]
        sent = packed(inputs)
        if len(sent.tree) + len(sent.body) <= self._largest:
            if len(self._known) >= self._most:
                self._known.clear()
            self._known[key] = inputs, sent
        return sent


_SENT = _Sent()
_REPLIES = Replies()


def _identical(a: tuple[Value, ...], b: tuple[Value, ...]) -> bool:
    return len(a) == len(b) and all(map(operator.is_, a, b))


def _ended_by_others(ending: Ending | None) -> bool:
    """Whether a process in a sandbox was killed from outside, or by the kernel."""
    return ending is not None and (
        ending.with_zygote or (ending.by_itself and ending.code == -signal.SIGKILL)
    )


def _how(ending: Ending | None, error: Exception) -> str:
    if isinstance(error, BadFrame):
        return f"its process said something that is no answer: {error}"
    if ending is None or not ending.by_itself:
        return "its process closed the connection"
    if ending.code < 0:
        return f"its process was ended by signal {-ending.code}"
    return f"its process ended with exit code {ending.code}"


def _as_bytes(cells: Sequence[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer(json.dumps(cells).encode(), np.uint8)


def _text(reply: Header, key: str) -> str:
    said = reply.get(key)
    return said[:_TEXT] if isinstance(said, str) else ""


def _positions(changed: object, arguments: int) -> tuple[int, ...]:
    told: Iterable[object] = changed if isinstance(changed, list) else ()
    return tuple(sorted({n for n in told if type(n) is int and 0 <= n < arguments}))

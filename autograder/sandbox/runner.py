"""The child's side: runs a submission's statements, then calls its functions as asked.

It only computes. Over the socket comes what to call and with which arrays, those of one answer's calls in a
row, and nothing else: no reference, no score. All it says is checked by the other side.

Loaded in the zygote; imports NumPy and the standard library only. Read before: `program.py`.
"""

from __future__ import annotations

import ast
import builtins
import gc
import importlib
import io
import json
import os
import re
import socket
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import CodeType, ModuleType, TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from .frames import Closed, Frames, Header, encode
from .program import Program, Statement
from .standins import Quiet
from .values import TooLarge

_MESSAGE = 2000  # characters of an exception's text that are sent
_STATEMENTS = 2000  # whose places are sent
_NAMES = 20  # of the notebook's data that are sent

_CELL = re.compile(r"<cell ([0-9]{1,9})>")  # as `program.file_name` names it


class _Printed(io.RawIOBase):
    """Takes what is printed, however much, and keeps its length."""

    name = "<printed>"
    size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.size += len(data)
        return len(data)


@dataclass
class Runner:
    """One submission in its process; prepared in the process that is forked for it, or before."""

    namespace: dict[str, Any] = field(default_factory=dict)
    failures: dict[str, Header] = field(
        default_factory=dict
    )  # by name: why the statement that binds it failed
    program: Program = field(default_factory=lambda: Program(()))
    printed: _Printed = field(default_factory=_Printed)

    def serve(self, connection: socket.socket) -> None:
        """Answer requests until the other side closes."""
        # NumPy's own stream is inherited: no two children may share it.
        np.random.seed(int.from_bytes(os.urandom(4), "little"))  # noqa: NPY002
        requests = Frames(connection)
        while True:
            gc.disable()  # a request leaves no garbage, and a learner's destructor may never come back
            try:
                request, value = requests.receive()
            except Closed:
                return
            finally:
                gc.enable()
            if request["do"] == "set up":
                reply, _ = self._set_up(request, value)
                _send(connection, {"id": request["id"], **reply}, None)
                continue
            for number, inputs in enumerate(value):
                reply, returned = self._call(request, inputs)
                # After a call that came to nothing the other side may have no use for the rest.
                more = number + 1 < len(value) and reply["kind"] == "returned" and not _is_nothing(returned)
                _send(connection, {"id": request["id"] + number, **reply, "more": more}, returned)
                if not more:
                    break

    def prepare(self) -> None:
        """Make the module that a notebook's names are in, and what it prints to."""
        sys.stdin = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        sys.stdout, sys.stderr = _text(self.printed), _text(self.printed)
        warnings.simplefilter("ignore")
        module = ModuleType("__main__")
        sys.modules["__main__"] = module
        self.namespace = module.__dict__
        self.namespace.update(__builtins__=builtins, get_ipython=Quiet(), display=Quiet())

    def _set_up(self, request: Header, cells: npt.NDArray[np.uint8]) -> tuple[Header, object]:
        names: list[str] = request["names"]
        found: dict[str, list[int]] = {}
        gc.disable()  # none of the many small objects of a parsed notebook is garbage
        try:
            self.program = Program(json.loads(cells.tobytes()))
            statements = self.program.needed(names, definitions_only=request["definitions only"])
        finally:
            gc.freeze()
            gc.enable()
        waiting = statements
        while waiting:
            failed = [statement for statement in waiting if not self._run(statement, found)]
            # Cells may stand in another order than the one in which they were run.
            left = [statement for statement in failed if not statement.binds <= found.keys()]
            waiting = left if len(failed) < len(waiting) else []
        for name in names:
            if name not in self.namespace:
                self._blame_a_broken_cell(name)
        here = {name: found[name] for name in names if name in found and name in self.namespace}
        ran = [[s.cell, _first_line(s), s.node.end_lineno or 1] for s in statements][:_STATEMENTS]
        return {"kind": "ready", "found": here, "ran": ran}, None

    def _run(self, statement: Statement, found: dict[str, list[int]]) -> bool:
        """Run one statement, note where it bound its names; False if it may succeed once others have run."""
        failure = self._execute(statement)
        for name in statement.binds:
            if failure is not None:
                self.failures[name] = failure
            else:
                self.failures.pop(name, None)
                found[name] = [statement.cell, _first_line(statement), statement.node.end_lineno or 1]
        return failure is None or failure["error"] != "NameError"

    def _execute(self, statement: Statement) -> Header | None:
        try:
            exec(self.program.compiled(statement), self.namespace)
        except BaseException as error:  # SystemExit and KeyboardInterrupt too: it is a learner's
            return self._described(error)
        return None

    def _blame_a_broken_cell(self, name: str) -> None:
        for cell, error in self.program.broken.items():
            if re.search(rf"\bdef\s+{name}\b|\b{name}\s*=", self.program.cells[cell]):
                self.failures[name] = {
                    "kind": "raised",
                    "error": "SyntaxError",
                    "message": str(error.msg)[:_MESSAGE],
                    "line": self.program.line(cell, error.lineno or 0)[:_MESSAGE],
                }

    def _call(self, request: Header, inputs: tuple[Any, ...]) -> tuple[Header, object]:
        names: list[str] = request["names"]
        for name in names:
            if name not in self.namespace:
                return self.failures.get(name, {"kind": "missing", "error": name}), None
        before = [_copied(value) for value in inputs]
        self.printed.size = 0
        value = None
        try:
            if request["probe"]:
                found = [self.namespace[name] for name in names]
                found += [self.namespace.get(name) for name in request["uses"]]
                value = importlib.import_module("_probes").run(request["probe"], found, inputs)
            else:
                value = self.namespace[names[0]](*inputs)
            reply: Header = {"kind": "returned"}
        except BaseException as error:
            reply = self._described(error)
        changed = [i for i, pair in enumerate(zip(inputs, before, strict=True)) if not _same(*pair)]
        told = {"changed": changed, "printed": self.printed.size, "globals": self._globals_read(names)}
        return {**reply, **told}, value

    def _globals_read(self, names: Sequence[str]) -> list[str]:
        """Return the names of arrays and numbers of the notebook that functions read."""
        loaded: list[str] = []
        for name in names:
            code = getattr(self.namespace.get(name), "__code__", None)
            loaded += code.co_names if isinstance(code, CodeType) else ()
        kinds = (np.ndarray, np.number, float, int)
        return [n for n in dict.fromkeys(loaded) if isinstance(self.namespace.get(n), kinds)][:_NAMES]

    def _described(self, error: BaseException) -> Header:
        try:
            message = str(error)[:_MESSAGE]
        except BaseException:
            message = ""
        if isinstance(error, NameError) and (cause := self.failures.get(str(error.name))):
            message += f" (the line that defines it failed: {cause['error']}: {cause['message']})"
        return {
            "kind": "raised",
            "error": type(error).__name__[:_MESSAGE],
            "message": message[:_MESSAGE],
            "line": self._line(error.__traceback__)[:_MESSAGE],
        }

    def _line(self, traceback: TracebackType | None) -> str:
        """Return the innermost line of the learner's own."""
        line = ""
        while traceback is not None:
            if named := _CELL.fullmatch(traceback.tb_frame.f_code.co_filename):
                line = self.program.line(int(named[1]), traceback.tb_lineno)
            traceback = traceback.tb_next
        return line


def _send(connection: socket.socket, reply: Header, returned: object) -> None:
    try:
        frame = encode(reply, returned)
    except BaseException as error:  # the answer's value is hostile, or larger than may be sent
        what = str(error) if isinstance(error, TooLarge) else "that cannot be sent"
        frame = encode({**reply, "unsent": f"a value {what}"[:_MESSAGE]})
    connection.sendall(frame)


def _text(raw: io.RawIOBase) -> io.TextIOWrapper:
    # No buffer between, as Python itself does under -u.
    return io.TextIOWrapper(raw, encoding="utf-8", write_through=True)  # type: ignore[arg-type]


def _is_nothing(value: object) -> bool:
    """Whether this is what a stub returns."""
    if type(value) is tuple:
        return all(item is None or item is ... for item in value)
    return value is None or value is ...


def _first_line(statement: Statement) -> int:
    decorators: list[ast.expr] = getattr(statement.node, "decorator_list", [])
    return min([statement.node.lineno, *(decorator.lineno for decorator in decorators)])


def _copied(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, (list, tuple)):
        return type(value)(_copied(item) for item in value)
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return value


def _same(value: Any, before: Any) -> bool:
    """Whether an input is bit for bit what it was."""
    if type(value) is not type(before):
        return False
    if isinstance(value, np.ndarray):
        same_form = value.shape == before.shape and value.dtype == before.dtype
        return bool(same_form) and value.tobytes() == before.tobytes()
    if isinstance(value, (list, tuple)):
        return len(value) == len(before) and all(_same(a, b) for a, b in zip(value, before, strict=True))
    if isinstance(value, dict):
        return value.keys() == before.keys() and all(_same(value[key], before[key]) for key in before)
    return True

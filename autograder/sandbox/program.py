"""Which statements of a notebook run, and in what order: the answers and what they need.

A learner's notebook also plots, trains and prints. Of its top-level statements those are run that bind an
answer or, directly or through others, a name that an answer loads; in the order of the notebook, each by
itself, so that a statement that fails or a cell that cannot be parsed costs only what needs it. A name that
is defined twice is defined twice here too: the last one wins, as in a notebook's run.

Loaded in the zygote; imports the standard library only.
"""

from __future__ import annotations

import ast
import dis
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from types import CodeType

from .magics import without_magics

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)
# By operation: how far its argument is shifted to be the position of a name. The lowest bit of LOAD_GLOBAL's
# says whether a call follows. Read here because `dis` describes each instruction, at ten times the cost.
_LOADS = {
    dis.opmap[name]: int(name == "LOAD_GLOBAL")
    for name in ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS")
    if name in dis.opmap
}
_EXTENDED = dis.opmap["EXTENDED_ARG"]
_SCOPES = (*_DEFINITIONS, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, slots=True)
class Statement:
    """One top-level statement.

    Parameters
    ----------
    cell : int
        Position of its cell.
    node : ast.stmt
    binds : frozenset of str
        Names it binds or deletes.
    changes : frozenset of str
        Names whose objects it changes: ``W[0] = 1``, ``net.bias = b``, ``layers.append(h)``.
    loads : frozenset of str, optional
        Names that it loads, where they were looked up in advance.
    code : code object, optional
        Of this cell, where it was compiled in advance.
    """

    cell: int
    node: ast.stmt
    binds: frozenset[str]
    changes: frozenset[str]
    loads: frozenset[str] | None = None
    code: CodeType | None = None

    @property
    def is_import(self) -> bool:
        """Whether it binds what it binds by importing it."""
        return isinstance(self.node, _IMPORTS)

    @property
    def is_definition(self) -> bool:
        """Whether running it can hardly do more than bind a name."""
        if isinstance(self.node, (*_IMPORTS, *_DEFINITIONS)):
            return True
        plain = isinstance(self.node, (ast.Assign, ast.AnnAssign))
        return plain and not any(isinstance(n, ast.Call) for n in ast.walk(self.node))


@dataclass
class Program:
    """The statements of a notebook's code cells.

    Parameters
    ----------
    cells : sequence of str
        Source text, in order.
    """

    cells: Sequence[str]
    statements: list[Statement] = field(default_factory=list)
    broken: dict[int, SyntaxError] = field(default_factory=dict)  # by cell: those that cannot be parsed
    annotations: bool = False  # ``from __future__ import annotations``, the one feature not in Python anyway
    _codes: dict[tuple[int, int], CodeType] = field(default_factory=dict)  # by cell and identity of the node

    def __post_init__(self) -> None:
        for cell, source in enumerate(self.cells):
            try:
                self.statements += _read(source, cell)
            except SyntaxError as error:
                self.broken[cell] = error
        for statement in self.statements:
            if isinstance(statement.node, ast.ImportFrom) and statement.node.module == "__future__":
                if any(alias.name == "annotations" for alias in statement.node.names):
                    self.annotations = True

    def needed(self, names: Iterable[str], *, definitions_only: bool = False) -> list[Statement]:
        """Return the statements that the `names` need, in order."""
        names = list(names)
        left_out = self._unwritten(names)
        candidates = [
            s for s in self.statements if (not definitions_only or s.is_definition) and s not in left_out
        ]
        binding: dict[str, list[int]] = {}
        for position, statement in enumerate(candidates):
            for name in statement.binds | statement.changes:
                binding.setdefault(name, []).append(position)
        imported = {name for s in candidates if s.is_import for name in s.binds}
        wanted, seen = list(names), set(names)
        chosen = {position for position, s in enumerate(candidates) if "*" in s.binds}
        while wanted:
            for position in binding.get(wanted.pop(), ()):
                if position in chosen:
                    continue
                loads = self._loads(candidates[position])
                if _is_call_on_module(candidates[position], imported) and not loads <= imported:
                    continue  # np.testing.assert_allclose(mine, theirs) changes nothing of NumPy
                chosen.add(position)
                wanted += loads - seen
                seen |= loads
        return [candidates[position] for position in sorted(chosen)]

    def _unwritten(self, names: Iterable[str]) -> list[Statement]:
        """Return the copies of an answer that are still to be written, where another one is written."""
        stubs = []
        for name in names:
            copies = [s for s in self.statements if getattr(s.node, "name", None) == name]
            unwritten = [s for s in copies if _is_stub(s.node)]
            stubs += unwritten if len(unwritten) < len(copies) else []
        return stubs

    def compiled(self, statement: Statement) -> CodeType:
        """Return the code of one statement; its lines are those of the cell."""
        if statement.code is not None and not self.annotations:
            return statement.code
        key = statement.cell, id(statement.node)
        found = self._codes.get(key)  # asked for twice: for its names, and to be run
        if found is None:
            flags = annotations.compiler_flag if self.annotations else 0
            found = self._codes[key] = _compiled(statement, flags)
        return found

    def line(self, cell: int, number: int) -> str:
        """Return one line of a cell, without its indentation; empty where there is none."""
        lines = self.cells[cell].splitlines() if 0 <= cell < len(self.cells) else []
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""

    def _loads(self, statement: Statement) -> frozenset[str]:
        if statement.loads is not None and not self.annotations:
            return statement.loads
        try:
            return frozenset(_global_names(self.compiled(statement)))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return frozenset()  # it will fail in its turn, when it is run


# Statements of cells that were read in advance, by the cell's text; never changed in a submission's process.
_READ: dict[str, list[Statement]] = {}


def read_in_advance(cells: Iterable[str]) -> None:
    """Parse and compile cells that most notebooks hold as they were released.

    A process that is forked from this one need not do it again. Nothing of them is run.
    """
    for cell, source in enumerate(cells):
        try:
            _READ[source] = [_in_advance(statement) for statement in _read(source, cell)]
        except SyntaxError:
            continue  # each notebook that has it says so


def _in_advance(statement: Statement) -> Statement:
    try:
        code = _compiled(statement, 0)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return statement
    return replace(statement, loads=frozenset(_global_names(code)), code=code)


def _read(source: str, cell: int) -> list[Statement]:
    """Return the statements of a cell; `SyntaxError` if it cannot be parsed."""
    known = _READ.get(source)
    if known is None:
        return [_statement(cell, node) for node in _parsed(source, cell)]
    # The name of its file, which tracebacks show, is that of the cell.
    return [s if s.cell == cell else replace(s, cell=cell, code=None) for s in known]


def _compiled(statement: Statement, flags: int) -> CodeType:
    module = ast.Module([statement.node], [])
    code: CodeType = compile(module, file_name(statement.cell), "exec", flags=flags, dont_inherit=True)
    return code


def file_name(cell: int) -> str:
    """Return the name under which a cell is compiled; tracebacks show it."""
    return f"<cell {cell}>"


def _parsed(source: str, cell: int) -> list[ast.stmt]:
    error: Exception | None = None
    for text in (source, without_magics(source)):
        try:
            return ast.parse(text, file_name(cell)).body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as failed:
            error = error or failed
    if isinstance(error, SyntaxError):
        raise error
    raise SyntaxError(str(error) or "nested too deeply")  # null characters, thousands of parentheses


def _statement(cell: int, node: ast.stmt) -> Statement:
    binds: set[str] = set()
    changes: set[str] = set()
    for inner in _in_this_scope(node):
        if isinstance(inner, _DEFINITIONS):
            binds.add(inner.name)
        elif isinstance(inner, _IMPORTS):
            binds |= {alias.asname or alias.name.partition(".")[0] for alias in inner.names}
        elif isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Load):
            binds.add(inner.id)
        elif isinstance(inner, (ast.Attribute, ast.Subscript)) and not isinstance(inner.ctx, ast.Load):
            changes |= _root(inner)
        elif isinstance(inner, ast.Expr) and isinstance(inner.value, ast.Call):
            if isinstance(inner.value.func, ast.Attribute):
                changes |= _root(inner.value.func)
    return Statement(cell, node, frozenset(binds), frozenset(changes - binds))


def _is_stub(node: ast.stmt) -> bool:
    """Whether a function does nothing yet: a docstring, ``...``, ``pass``, ``raise NotImplementedError``."""
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    return all(_does_nothing(statement) for statement in node.body)


def _does_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Raise) and statement.exc is not None:
        raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
        return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
    if isinstance(statement, ast.Return):
        return statement.value is None
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _in_this_scope(node: ast.AST) -> Iterator[ast.AST]:
    """Walk `node`, not into functions, classes and comprehensions: what they bind is their own."""
    pending = [node]
    while pending:
        inner = pending.pop()
        yield inner
        if not isinstance(inner, _SCOPES):
            pending += ast.iter_child_nodes(inner)


def _root(node: ast.expr) -> set[str]:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def _is_call_on_module(statement: Statement, imported: set[str]) -> bool:
    return isinstance(statement.node, ast.Expr) and not statement.binds and statement.changes <= imported


def _global_names(code: CodeType) -> set[str]:
    """Return the global names that code loads, that of its functions and classes included."""
    names, found, high = code.co_names, set(), 0
    words = code.co_code
    for at in range(0, len(words), 2):
        operation, low = words[at], words[at + 1]
        if operation in _LOADS:
            found.add(names[(high | low) >> _LOADS[operation]])
        high = (high | low) << 8 if operation == _EXTENDED else 0
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _global_names(constant)
    return found

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


@dataclass(frozen=True, slots=True)
class Cell:
    """The statements of a cell, and what they do together.

    So that a cell which does nothing for an answer is passed over without a look at its statements: each look
    at one that was read in advance would copy memory which is shared with the zygote.

    Parameters
    ----------
    statements : tuple of Statement
    touches, defines, imports : frozenset of str
        Names that are bound or changed; those of functions and classes; those bound by importing.
    annotations : bool
        Whether it has ``from __future__ import annotations``.
    """

    statements: tuple[Statement, ...]
    touches: frozenset[str]
    defines: frozenset[str]
    imports: frozenset[str]
    annotations: bool


@dataclass
class Program:
    """The statements of a notebook's code cells.

    Parameters
    ----------
    cells : sequence of str
        Source text, in order.
    """

    cells: Sequence[str]
    broken: dict[int, SyntaxError] = field(default_factory=dict)  # by cell: those that cannot be parsed
    annotations: bool = False  # ``from __future__ import annotations``, the one feature not in Python anyway
    _read: list[tuple[int, Cell]] = field(default_factory=list)
    _codes: dict[tuple[int, int], CodeType] = field(default_factory=dict)  # by cell and identity of the node

    def __post_init__(self) -> None:
        for position, source in enumerate(self.cells):
            try:
                self._read.append((position, _read(source, position)))
            except SyntaxError as error:
                self.broken[position] = error
        self.annotations = any(cell.annotations for _, cell in self._read)

    def needed(self, names: Iterable[str], *, definitions_only: bool = False) -> list[Statement]:
        """Return the statements that the `names` need, in order."""
        wanted = list(names)
        seen, unwritten = set(wanted), self._unwritten(wanted)
        imported = frozenset[str]().union(*(cell.imports for _, cell in self._read))
        chosen = {
            (position, index): statement
            for position, cell in self._read
            if "*" in cell.touches
            for index, statement in enumerate(cell.statements)
            if "*" in statement.binds and (not definitions_only or statement.is_definition)
        }
        while wanted:
            name = wanted.pop()
            for position, cell in self._read:
                if name not in cell.touches:
                    continue
                for index, statement in enumerate(cell.statements):
                    place = position, index
                    if place in chosen or place in unwritten:
                        continue
                    if name not in statement.binds and name not in statement.changes:
                        continue
                    if definitions_only and not statement.is_definition:
                        continue
                    statement = _placed(statement, position)
                    loads = self._loads(statement)
                    if _is_call_on_module(statement, imported) and not loads <= imported:
                        continue  # np.testing.assert_allclose(mine, theirs) changes nothing of NumPy
                    chosen[place] = statement
                    wanted += loads - seen
                    seen |= loads
        return [_placed(chosen[place], place[0]) for place in sorted(chosen)]

    def _unwritten(self, names: Iterable[str]) -> set[tuple[int, int]]:
        """Return the places of copies of an answer that are still to be written, where another is written."""
        stubs: set[tuple[int, int]] = set()
        for name in names:
            copies = {
                (position, index): statement.node
                for position, cell in self._read
                if name in cell.defines
                for index, statement in enumerate(cell.statements)
                if getattr(statement.node, "name", None) == name
            }
            unwritten = {place for place, node in copies.items() if _is_stub(node)}
            stubs |= unwritten if len(unwritten) < len(copies) else set()
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


# Cells that were read in advance, by their text; never changed in a submission's process.
_READ: dict[str, Cell] = {}


def read_in_advance(cells: Iterable[str]) -> None:
    """Parse and compile cells that most notebooks hold as they were released.

    A process that is forked from this one need not do it again. Nothing of them is run.
    """
    for cell, source in enumerate(cells):
        try:
            _READ[source] = _summed_up(
                [_in_advance(statement) for statement in _read(source, cell).statements]
            )
        except SyntaxError:
            continue  # each notebook that has it says so


def _in_advance(statement: Statement) -> Statement:
    try:
        code = _compiled(statement, 0)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return statement
    return replace(statement, loads=frozenset(_global_names(code)), code=code)


def _read(source: str, cell: int) -> Cell:
    """Return what a cell holds; `SyntaxError` if it cannot be parsed."""
    return _READ.get(source) or _summed_up([_statement(cell, node) for node in _parsed(source, cell)])


def _summed_up(statements: Iterable[Statement]) -> Cell:
    every = tuple(statements)
    features = {
        alias.name
        for s in every
        if isinstance(s.node, ast.ImportFrom) and s.node.module == "__future__"
        for alias in s.node.names
    }
    return Cell(
        every,
        frozenset().union(*(s.binds | s.changes for s in every)),
        frozenset(s.node.name for s in every if isinstance(s.node, _DEFINITIONS)),
        frozenset().union(*(s.binds for s in every if s.is_import)),
        "annotations" in features,
    )


def _placed(statement: Statement, cell: int) -> Statement:
    """Return a statement as that of a cell, whose name tracebacks show as that of its file."""
    return statement if statement.cell == cell else replace(statement, cell=cell, code=None)


def _compiled(statement: Statement, flags: int) -> CodeType:
    module = ast.Module([statement.node], [])
    code: CodeType = compile(module, file_name(statement.cell), "exec", flags=flags, dont_inherit=True)
    return code


def file_name(cell: int) -> str:
    """Return the name under which a cell is compiled; tracebacks show it."""
    return f"<cell {cell}>"


def _parsed(source: str, cell: int) -> list[ast.stmt]:
    error: Exception | None = None
    for as_python in (str, without_magics):
        try:
            return ast.parse(as_python(source), file_name(cell)).body
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


def _is_call_on_module(statement: Statement, imported: frozenset[str]) -> bool:
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

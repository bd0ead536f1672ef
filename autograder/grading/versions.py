"""What verdicts depend on, as hashes: one an exercise, so that after a correction only what changed is run.

An exercise's version is made from two things. What all verdicts depend on: the judge, the sandbox, the engine
that references call. And its declaration: the statement that binds it, with those that bind what it uses,
followed through the modules of its package.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib import metadata
from importlib.util import resolve_name
from pathlib import Path
from types import ModuleType

import backprop_course

from ..exercise import Exercise
from ..exercises import modules_of

# What decides verdicts: of this package the judge, the probes, the sandbox and what asks the answers; of the
# course all that a reference calls. Of a package's own modules all but some.
_VERDICT = (
    *("*.py", "probes/*.py", "sandbox/*.py"),
    *(f"grading/{name}.py" for name in ("differences", "grade", "notebook", "renamed", "result")),
)
_NO_VERDICT = (
    *("__main__.py", "_environment.py", "_interrupted.py"),
    *("check.py", "cli.py", "gallery.py", "release.py", "report.py"),
)
_PARTS = ("data", "derivatives", "engine", "nn", "optim", "training")
_CALLED = ("*.py", *(f"{part}/**/*.py" for part in _PARTS))

_EVERY = "*"  # all names of a module


def assignment_version(exercises: Sequence[Exercise]) -> str:
    """Return a hash of all that decides the verdicts on these exercises."""
    return _hash(exercise_versions(exercises).values())


def exercise_versions(exercises: Sequence[Exercise]) -> dict[str, str]:
    """Return by id a hash of all that decides the verdict on each exercise.

    Its declaration with all that this uses of its package, the judge, the sandbox, the engine that references
    call, and this package's release.
    """
    common = _common()
    declarations = _Declarations()
    return {
        exercise.id: _hash([common, _said(exercise), *declarations.of(exercise)]) for exercise in exercises
    }


def _said(exercise: Exercise) -> str:
    return f"{exercise.id} {exercise.answer} {exercise.points}"


def _common() -> str:
    package, course = Path(__file__).parents[1], Path(backprop_course.__file__).parent
    modules = [path for path in _found(package, _VERDICT) if path.name not in _NO_VERDICT]
    modules += _found(course, _CALLED)
    digest = hashlib.sha256(_release().encode())
    for module in modules:
        digest.update(f"{module.parent.name}/{module.name}\0".encode() + module.read_bytes())
    return digest.hexdigest()


def _found(folder: Path, patterns: Sequence[str]) -> list[Path]:
    return sorted(path for pattern in patterns for path in folder.glob(pattern))


def _release() -> str:
    try:
        return metadata.version("backprop-course")
    except metadata.PackageNotFoundError:  # run from a source tree that is not installed
        return "source"


def _hash(parts: Iterable[str]) -> str:
    hashes = [hashlib.sha256(part.encode()).digest() for part in parts]
    return hashlib.sha256(b"".join(hashes)).hexdigest()[:16]


class _Declarations:
    """The statements that exercises are made of; each module is read once."""

    def __init__(self) -> None:
        self._read: dict[str, _Module] = {}

    def of(self, exercise: Exercise) -> list[str]:
        """Return the text of the statements that an exercise depends on, always in the same order."""
        modules = modules_of(exercise.unit)
        waiting = [
            (module.__name__, name)
            for module in modules
            for name, value in vars(module).items()
            if isinstance(value, Exercise) and value.id == exercise.id
        ]
        seen, texts = set(waiting), set[str]()
        while waiting:
            module, name = waiting.pop()
            for text, used in self._module(module).binding(name):
                texts.add(f"{module.rpartition('.')[2]}\0{text}")  # a folder's package has no name of its own
                waiting += (new := used - seen)
                seen |= new
        return sorted(texts)

    def _module(self, name: str) -> _Module:
        if name not in self._read:
            self._read[name] = _Module(sys.modules[name])
        return self._read[name]


class _Module:
    """The top-level statements of a module, by the names that they bind."""

    def __init__(self, module: ModuleType) -> None:
        self._name, self._package = module.__name__, module.__package__ or ""
        source = Path(module.__file__).read_bytes() if module.__file__ else b""
        self._lines = source.decode().splitlines(keepends=True)
        self._statements: dict[str, list[ast.stmt]] = {_EVERY: []}
        self._always: list[ast.stmt] = []  # of these it is not known what they change
        for statement in ast.parse(source).body:
            names = list(_bound(statement))
            for name in (*names, _EVERY):
                self._statements.setdefault(name, []).append(statement)
            if not names and not _is_text(statement):
                self._always.append(statement)

    def binding(self, name: str) -> Iterator[tuple[str, set[tuple[str, str]]]]:
        """Yield the text of each statement that binds a name, and what it uses: modules and names there."""
        for statement in (*self._statements.get(name, ()), *self._always):
            yield self._text(statement, name), set(self._used(statement, name))

    def _text(self, statement: ast.stmt, name: str) -> str:
        if isinstance(statement, ast.Import | ast.ImportFrom):  # what else it imports is nothing to this name
            wanted = [each for each in statement.names if _as(each) == name] or statement.names
            origin = (
                "." * statement.level + (statement.module or "")
                if isinstance(statement, ast.ImportFrom)
                else ""
            )
            return f"{origin} {', '.join(ast.unparse(each) for each in wanted)}"
        begins = [statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", ()))]
        return "".join(self._lines[min(begins) - 1 : statement.end_lineno])

    def _used(self, statement: ast.stmt, name: str) -> Iterator[tuple[str, str]]:
        for node in ast.walk(statement):
            if isinstance(node, ast.ImportFrom):
                wanted = {name, "*"} if node is statement and name != _EVERY else None
                yield from self._imported(node, wanted)
            elif isinstance(node, ast.Name) and node.id in self._statements:
                yield self._name, node.id

    def _imported(self, node: ast.ImportFrom, wanted: set[str] | None) -> Iterator[tuple[str, str]]:
        """Yield what comes from modules of the same package."""
        origin = resolve_name("." * node.level + (node.module or ""), self._package)
        for each in node.names:
            if wanted is None or _as(each) in wanted:
                inner = f"{origin}.{each.name}"  # a module, where that is imported
                module, name = (inner, _EVERY) if inner in sys.modules else (origin, each.name)
                if module in sys.modules and module.startswith(f"{self._package}."):
                    yield module, _EVERY if name == "*" else name


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a plain statement binds; of any other none."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (_as(each) for each in names if each.name != "*")
        case ast.Assign(targets=targets):
            plain = [target for target in targets if isinstance(target, ast.Name | ast.Tuple | ast.List)]
            nodes = [node for target in plain for node in ast.walk(target)]
            if len(plain) == len(targets) and not any(
                isinstance(n, ast.Attribute | ast.Subscript) for n in nodes
            ):
                yield from (node.id for node in nodes if isinstance(node, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.AugAssign(target=ast.Name(id=name)):
            yield name


def _as(imported: ast.alias) -> str:
    return imported.asname or imported.name.partition(".")[0]


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)

"""The errors as they stand in the source, read without importing: classes, where they are made, raises."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("backprop_course", "autograder")
PARTS = ("what", "expected", "got", "mend")
HOLE = "\N{WHITE SQUARE}"  # what is filled in when the message is made


@dataclass(frozen=True)
class Made:
    """A place where an error is made: the class, and by part its texts, one for each branch."""

    where: str
    error: str
    texts: dict[str, list[str]]


@dataclass(frozen=True)
class Raised:
    """A ``raise``: what is called or named there."""

    where: str
    module: str
    name: str


@functools.cache
def trees() -> dict[str, ast.Module]:
    """Path within the repository -> syntax tree, for both packages."""
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


@functools.cache
def classes() -> dict[tuple[str, str], ast.ClassDef]:
    """Module path and name of each of our error classes -> its definition."""
    defined = {
        (path, node.name): node
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    ours = {("backprop_course/errors.py", "CourseError")}
    while True:
        names = {name for _, name in ours}
        more = {where for where, node in defined.items() if names & {_last(base) for base in node.bases}}
        if more <= ours:
            return {where: defined[where] for where in sorted(ours)}
        ours |= more


@functools.cache
def error_names() -> dict[str, frozenset[str]]:
    """Module path -> the names that stand for one of our error classes there, defined or imported."""
    names = {name for _, name in classes()}
    found = {}
    for path, tree in trees().items():
        imported = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
            if alias.name in names
        }
        found[path] = frozenset(imported | {name for where, name in classes() if where == path})
    return found


def bases_of(name: str) -> set[str]:
    """Names of all classes that an error class of ours inherits from, as far as the source says."""
    bases = {_last(base) for (_, own), node in classes().items() if own == name for base in node.bases}
    return bases.union(*(bases_of(base) for base in bases))


@functools.cache
def makers() -> frozenset[str]:
    """Functions that say in their annotation that they return an error of ours."""
    return frozenset(
        node.name
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and node.returns is not None
        and _last(node.returns) in error_names()[path] | {"CourseError"}
    )


@functools.cache
def made() -> list[Made]:
    """Every place where an error of ours is made."""
    return list(_made())


def _made() -> Iterator[Made]:
    for path in trees():
        for function, node in _calls(path):
            name = _last(node.func)
            if name in error_names()[path]:
                given = {keyword.arg or "**": keyword.value for keyword in node.keywords}
                given |= {"what": node.args[0]} if node.args else {}
                texts = {part: sorted(_texts(value, function)) for part, value in given.items()}
                yield Made(f"{path}:{node.lineno}", name, texts)


def raised() -> Iterator[Raised]:
    """Every ``raise`` of something new."""
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Raise) and node.exc is not None:
                what = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
                yield Raised(f"{path}:{node.lineno}", path, _last(what))


@functools.cache
def _calls(path: str) -> list[tuple[ast.FunctionDef | None, ast.Call]]:
    """Every call in a module, with the function it stands in."""
    found: list[tuple[ast.FunctionDef | None, ast.Call]] = []

    def walk(tree: ast.AST, function: ast.FunctionDef | None) -> None:
        for node in ast.iter_child_nodes(tree):
            if isinstance(node, ast.Call):
                found.append((function, node))
            walk(node, node if isinstance(node, ast.FunctionDef) else function)

    walk(trees()[path], None)
    return found


def _last(node: ast.expr) -> str:
    """``b`` of ``a.b`` and of ``a.b[c]``; an empty text for anything else."""
    if isinstance(node, ast.Subscript):
        return _last(node.value)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _texts(node: ast.expr, function: ast.FunctionDef | None, callers: bool = True) -> set[str]:
    """The texts that an expression may come to; what is only known when it runs is a `HOLE`."""
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    if isinstance(node, ast.JoinedStr):
        return {"".join(str(x.value) if isinstance(x, ast.Constant) else HOLE for x in node.values)}
    if isinstance(node, ast.IfExp):
        return _texts(node.body, function, callers) | _texts(node.orelse, function, callers)
    if isinstance(node, ast.BoolOp):
        return set().union(*(_texts(value, function, callers) for value in node.values))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = (_texts(side, function, callers) for side in (node.left, node.right))
        return {a + b for a in left for b in right}
    if isinstance(node, ast.Name) and function is not None:
        return _named(node.id, function, callers)
    return {HOLE}


def _named(name: str, function: ast.FunctionDef, callers: bool) -> set[str]:
    """The texts of a name: what the function assigns to it, or what callers hand to a maker of errors."""
    assigned = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and any(_last(target) == name for target in node.targets)
    ]
    if assigned:
        return set().union(*(_texts(value, None) for value in assigned))
    arguments = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    if not callers or function.name not in makers():
        return {HOLE}
    place = arguments.index(name) if name in arguments else None
    found: set[str] = set()
    for path in trees():
        for caller, call in _calls(path):
            if _last(call.func) == function.name:
                handed = {keyword.arg: keyword.value for keyword in call.keywords}
                if name in handed:
                    found |= _texts(handed[name], caller, callers=False)
                elif place is not None and place < len(call.args):
                    found |= _texts(call.args[place], caller, callers=False)
    return found or {HOLE}

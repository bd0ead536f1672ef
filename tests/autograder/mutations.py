"""Random small edits of a right answer: an operator swapped, a term dropped, a bound moved."""

from __future__ import annotations

import ast
import copy
import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from .solutions import RIGHT

_OPERATORS = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.FloorDiv: (ast.Div,),
}
_COMPARISONS = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
}


@dataclass(frozen=True)
class Mutant:
    """An edited answer.

    Parameters
    ----------
    answer : object
        As in `RIGHT`.
    line : str
        The edited line as it was, an arrow, and as it is.
    """

    answer: Any
    line: str


def mutants(exercise: str, count: int = 10) -> list[Mutant]:
    """Return `count` of the edits of the first right answer of an exercise, drawn by its id."""
    right = RIGHT[exercise][0]
    module = importlib.import_module(f"{__package__}.solutions.{exercise[:4].lower()}")
    names = [f.__name__ for f in (right.values() if isinstance(right, dict) else [right]) if callable(f)]
    own = [n for n in _parsed(inspect.getsource(module)).body if getattr(n, "name", None) in names]
    # Not defaults of arguments: an exercise hands in every argument.
    nodes = [n for definition in own for n in ast.walk(definition)]
    defaults = {id(n) for a in nodes if isinstance(a, ast.arguments) for n in ast.walk(a)}
    edits = [(node, edit) for node in nodes if id(node) not in defaults for edit in _edits(node)]
    rng = np.random.default_rng([ord(letter) for letter in exercise])
    chosen = rng.permutation(len(edits))[:count]
    return [_mutant(right, own, vars(module), *edits[i]) for i in sorted(chosen.tolist())]


@cache
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


def _edits(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what may stand in place of a node."""
    if isinstance(node, ast.BinOp):
        for operator in _OPERATORS.get(type(node.op), ()):
            yield ast.BinOp(node.left, operator(), node.right)
        yield node.left
        yield node.right
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not)):
        yield node.operand
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for comparison in _COMPARISONS.get(type(node.ops[0]), ()):
            yield ast.Compare(node.left, [comparison()], node.comparators)
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield ast.Constant(node.value + 1)
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value
    elif isinstance(node, ast.AugAssign):
        yield ast.Assign([node.target], node.value)
    elif isinstance(node, ast.IfExp):
        yield ast.IfExp(node.test, node.orelse, node.body)


def _mutant(right: Any, own: list[Any], module: dict[str, Any], node: ast.AST, edit: ast.AST) -> Mutant:
    edited = _Replace(node, edit)
    # The edited node keeps its identity in the copy: that is how it is found.
    body = [edited.visit(copy.deepcopy(definition, {id(node): node})) for definition in own]
    changed = ast.fix_missing_locations(ast.Module(body, []))
    namespace = dict(module)
    exec(compile(changed, "<mutant>", "exec"), namespace)

    def twin(answer: Any) -> Any:
        return namespace[answer.__name__] if callable(answer) else answer

    mutated = {name: twin(f) for name, f in right.items()} if isinstance(right, dict) else twin(right)
    return Mutant(mutated, f"{edited.before} -> {edited.after}")


class _Replace(ast.NodeTransformer):
    def __init__(self, node: ast.AST, edit: ast.AST) -> None:
        self.node, self.edit, self.before, self.after = node, copy.deepcopy(edit), "", ""

    def visit(self, node: ast.AST) -> Any:
        if node is self.node:
            if isinstance(node, ast.stmt):
                self.before, self.after = ast.unparse(node), ast.unparse(ast.fix_missing_locations(self.edit))
            return ast.copy_location(self.edit, node)
        if not isinstance(node, ast.stmt) or isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            return self.generic_visit(node)
        before = ast.unparse(node)
        after = self.generic_visit(node)
        text = ast.unparse(after) if isinstance(after, ast.AST) else ""
        if text != before and not self.before:
            lines = [p for p in zip(before.splitlines(), text.splitlines(), strict=False) if p[0] != p[1]]
            self.before, self.after = (line.strip() for line in lines[0])
        return after

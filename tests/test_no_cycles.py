"""No module needs itself to be imported: what imports what while it is imported has an order."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter

import pytest

from .test_layers import MODULES, imported


class AtImport(ast.NodeTransformer):
    """What of a module is run when it is imported: no function, and nothing for type checkers alone."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.body = [ast.Pass()]
        return node

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return node.orelse
        return self.generic_visit(node)


def needs(module: str, text: str, *, is_package: bool = False) -> set[str]:
    """The modules of ours that have to be imported before this one is."""
    run = ast.unparse(AtImport().visit(ast.parse(text)))
    return {name for _, name in imported(module, run, is_package=is_package)} & set(MODULES) - {module}


def in_order(graph: dict[str, set[str]]) -> list[str]:
    """The modules, each behind those it needs."""
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"these import each other: {' <- '.join(error.args[1])}")


def test_all_modules_can_be_put_in_an_order_in_which_each_needs_earlier_ones_alone() -> None:
    texts = {module: (path.read_text(encoding="utf-8"), path.name) for module, path in MODULES.items()}
    graph = {m: needs(m, text, is_package=name == "__init__.py") for m, (text, name) in texts.items()}
    assert set(in_order(graph)) == set(MODULES)
    assert graph["autograder.judge"]  # imports are seen at all


def test_a_circle_is_found_and_an_import_in_a_function_makes_none() -> None:
    one, other = "autograder.judge", "autograder._trial"
    late = {one: needs(one, "from . import _trial"), other: needs(other, "def f():\n    from . import judge")}
    assert in_order(late) == [other, one]
    with pytest.raises(pytest.fail.Exception, match=r"autograder\.judge"):
        in_order({**late, other: needs(other, "if True:\n    from .judge import judge")})

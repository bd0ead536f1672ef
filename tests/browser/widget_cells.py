"""The cells of the course that show a widget, and the cells they build on, to be run in one kernel."""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Iterator
from dataclasses import dataclass

from anywidget import AnyWidget

from autograder.nbgrader.source import source_notebook, units_with_text
from autograder.release import REPOSITORY
from backprop_course import widgets

_TAG = re.compile(r"NB\d\d\.[GQ]\d")  # widgets and quizzes
_MAKERS = {
    name for name, kind in vars(widgets).items() if isinstance(kind, type) and issubclass(kind, AnyWidget)
}
_MAKERS.add("quiz")


@dataclass(frozen=True)
class Cell:
    """A solved code cell: the names it sets, those it wants from before, and whether it shows a widget."""

    source: str
    sets: frozenset[str]
    wants: frozenset[str]
    shows: bool


def widget_cells() -> dict[str, list[Cell]]:
    """Return, for each unit, the cells that have to run, in their order, for its widgets to be shown."""
    return {unit: _needed(_cells(unit)) for unit in units_with_text(REPOSITORY)}


def _needed(cells: list[Cell]) -> list[Cell]:
    """Keep what shows a widget and, for each name that is wanted, the last cell before that sets it."""
    keep: set[int] = set()
    todo = [place for place, cell in enumerate(cells) if cell.shows]
    while todo:
        place = todo.pop()
        if place in keep:
            continue
        keep.add(place)
        for name in cells[place].wants:
            todo += [before for before in range(place) if name in cells[before].sets][-1:]
    return [cells[place] for place in sorted(keep)]


def _cells(unit: str) -> list[Cell]:
    cells = []
    for cell in source_notebook(unit, REPOSITORY).cells:
        if cell.cell_type == "code":
            tree = ast.parse(cell.source)
            tagged = any(_TAG.fullmatch(tag) for tag in cell.metadata.get("tags", ()))
            makes = any(_makes(node) for node in ast.walk(tree))
            shows = tagged and makes and isinstance(tree.body[-1], ast.Expr)
            cells.append(Cell(cell.source, *_names(cell.source, tree), shows))
    return cells


def _makes(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _MAKERS


def _names(source: str, tree: ast.Module) -> tuple[frozenset[str], frozenset[str]]:
    """Names that a cell sets, and names it wants; what it changes (``x += 1``, ``T.f = f``) is both."""
    top = symtable.symtable(source, "cell", "exec")
    sets = {name.get_name() for name in top.get_symbols() if name.is_assigned() or name.is_imported()}
    asks = {
        name.get_name()
        for table in _tables(top)
        for name in table.get_symbols()
        if name.is_referenced() and (table is top or name.is_global())
    }
    changes = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.AugAssign | ast.Assign)
        for target in ([node.target] if isinstance(node, ast.AugAssign) else node.targets)
        if isinstance(node, ast.AugAssign) or isinstance(target, ast.Attribute | ast.Subscript)
        for name in [_root(target)]
        if name in asks | sets
    }
    return frozenset(sets | changes), frozenset((asks - sets) | changes)


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _tables(child)


def _root(target: ast.expr) -> str:
    while isinstance(target, ast.Attribute | ast.Subscript):
        target = target.value
    return target.id if isinstance(target, ast.Name) else ""

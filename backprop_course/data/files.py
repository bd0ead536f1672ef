"""CSV files, read into the form `(X, y)`; a bad one is refused by line and column."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from ..errors import UsageError
from .checks import Pair
from .own import as_targets


def from_csv(
    path: str | Path,
    target: int | str = -1,
    *,
    kind: str = "auto",
    classes: Sequence[Any] | None = None,
    header: bool | None = None,
    delimiter: str = ",",
) -> Pair:
    """Read examples from a text file, one a line.

    Parameters
    ----------
    path : str or Path
        A file in UTF-8. Empty lines are passed over.
    target : int or str
        The column of the targets: its place, counted from 0 or from the end (-1 is the last), or its name in
        the header. All other columns are features.
    kind, classes
        As for `from_arrays`.
    header : bool, optional
        Whether the first line has names; by default it does if none of its cells is a number.
    delimiter : str
        What stands between two cells, one character.

    Returns
    -------
    X : ndarray of float64, shape (N, columns - 1)
    y : ndarray of int64 (classes) or float64 (numbers), shape (N,)

    Raises
    ------
    UsageError
        If a cell is empty or no number, a line has another number of cells, the target is not among the
        columns, or nothing is there: with the line and the column, both counted from 1.
    FileNotFoundError
        If there is no such file.
    """
    rows = _cells(Path(path), delimiter)
    first_line, first = rows[0]
    if header is None:
        header = not any(_number(cell) is not None for cell in first)
    names = first if header else None
    rows = rows[1:] if header else rows
    place = _place(target, names, len(first), delimiter)
    if not rows:
        _refuse(
            path, first_line, "has names and no examples", "at least one line below the header", repr(first)
        )

    def cell_at(line: int, column: int, text: str) -> float:
        number = _number(text)
        if number is not None and np.isfinite(number):
            return number
        name = f" ({names[column]!r})" if names else ""
        got = repr(text) if text.strip() else "an empty cell"
        _refuse(path, line, f"column {column + 1}{name} is no number", "a finite number", got)

    for line, cells in rows:
        if len(cells) != len(first):
            _refuse(
                path,
                line,
                "has another number of cells",
                f"{len(first)}, as line {first_line}",
                f"{len(cells)}",
            )
        if not cells[place].strip():
            _refuse(path, line, f"column {place + 1} has no target", "a label or a number", "an empty cell")
    X = np.array(
        [[cell_at(line, k, text) for k, text in enumerate(cells) if k != place] for line, cells in rows]
    )
    texts = [cells[place].strip() for _, cells in rows]
    numeric = all(_number(text) is not None for text in texts)
    named = classes is not None and any(isinstance(label, str) for label in classes)
    if kind != "numbers" and (named or not numeric):
        return X, as_targets(np.array(texts), kind, classes)
    y = np.array([cell_at(line, place, cells[place]) for line, cells in rows])
    whole = not any(set(text) & set(".eEnN") for text in texts)
    return X, as_targets(y.astype(np.int64) if whole else y, kind, classes)


def _cells(path: Path, delimiter: str) -> list[tuple[int, list[str]]]:
    """Every line that is not empty: its number and its cells."""
    rows = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            rows = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
        except csv.Error as error:
            _refuse(
                path,
                reader.line_num,
                "cannot be read",
                "cells, in quotes where they hold the delimiter",
                str(error),
            )
        except UnicodeDecodeError as error:
            _refuse(
                path,
                reader.line_num + 1,
                "is not UTF-8",
                "text in UTF-8",
                f"byte {error.object[error.start]:#x}",
            )
    if not rows:
        raise UsageError(
            f"{path.name} is empty.",
            expected="one example a line",
            got="no line with anything in it",
            mend="look at the file",
        )
    return rows


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _place(target: int | str, names: list[str] | None, columns: int, delimiter: str) -> int:
    if columns < 2:
        raise UsageError(
            "There is one column only.",
            expected="at least one feature and the target",
            got=f"1 cell a line, with {delimiter!r} between cells",
            mend="name another delimiter: delimiter=';' or delimiter='\\t'",
        )
    known = [name.strip() for name in names] if names else []
    if isinstance(target, str) and target in known:
        return known.index(target)
    if isinstance(target, int) and -columns <= target < columns:
        return target % columns
    raise UsageError(
        "The target is not among the columns.",
        expected=f"{', '.join(map(repr, known)) or 'no name (no header)'}; or {-columns} to {columns - 1}",
        got=repr(target),
        mend="write target='name', or its place counted from 0",
    )


def _refuse(path: str | Path, line: int, what: str, expected: str, got: str) -> NoReturn:
    raise UsageError(
        f"{Path(path).name}, line {line}: {what}.",
        expected=expected,
        got=got,
        mend="correct that line, or leave it out",
    )

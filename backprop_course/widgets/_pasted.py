"""Points written as text, one a line: what somebody pastes out of a table."""

from __future__ import annotations

import re

from ..errors import UsageError

_BETWEEN = re.compile(r"\s*[,;\t]\s*|\s+")


def points_from_text(text: str) -> tuple[list[list[float]], list[str]]:
    """Read points and labels.

    Parameters
    ----------
    text : str
        Lines of two numbers and a label, between them commas, semicolons, tabs or blanks. A first line
        without numbers is taken for a heading; empty lines are passed over.

    Returns
    -------
    points : list of pairs of floats
    labels : list of str

    Raises
    ------
    UsageError
        If a line is something else, named by its number counted from 1, or if there are no points.

    Examples
    --------
    >>> lines = ["height, width, kind", "1.5, 2, cat", "3, 1, dog"]
    >>> points_from_text(chr(10).join(lines))
    ([[1.5, 2.0], [3.0, 1.0]], ['cat', 'dog'])
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if lines and not any(_is_number(cell) for cell in _BETWEEN.split(lines[0][1])):
        del lines[0]
    points, labels = [], []
    for number, line in lines:
        cells = _BETWEEN.split(line)
        if len(cells) != 3 or not all(map(_is_number, cells[:2])) or not cells[2]:
            raise _refused(f"line {number}: {line[:60]!r}")
        points.append([float(cell) for cell in cells[:2]])
        labels.append(cells[2])
    if not points:
        raise _refused("no line with numbers")
    return points, labels


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _refused(got: str) -> UsageError:
    return UsageError(
        "These are no points.",
        expected="in each line two numbers and a label: 0.5, -1.2, 1",
        got=got,
        mend="put commas or blanks between the three, and a point into decimal numbers",
    )

"""Cells as plain Python: IPython's magics and shell lines taken out.

Loaded in the zygote; imports the standard library only.
"""

from __future__ import annotations

import re

_PYTHON_INSIDE = ("time", "timeit", "capture", "prun")  # cell magics whose body is the cell's own Python
_LINE = re.compile(r"^(?P<indent>\s*)(?:(?P<target>[\w\s,.\[\]]+=\s*)[%!].*|[%!?].*|[\w.]+\?{1,2}\s*)$")


def without_magics(source: str) -> str:
    r"""Return a cell that is not Python as Python, line by line; what a magic would have done is left out.

    Examples
    --------
    >>> print(without_magics("%matplotlib inline\nfiles = !ls\nx = 1"))
    pass
    files = None
    x = 1
    """
    lines = source.splitlines()
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if lines and (words := lines[first].split()) and words[0].startswith("%%"):
        if words[0][2:] not in _PYTHON_INSIDE:
            return ""
        lines[first] = ""
    return "\n".join(_plain(line) for line in lines)


def _plain(line: str) -> str:
    found = _LINE.match(line)
    if not found:
        return line
    return found["indent"] + (f"{found['target'].strip()} None" if found["target"] else "pass")

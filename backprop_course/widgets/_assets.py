"""JavaScript and CSS of the widgets, as the two strings that anywidget loads.

The files in `static/` are plain ES modules that a browser can load as they stand. anywidget takes one module,
so the line that imports the shared helper is replaced by the helper itself. No bundler, no network.
"""

from __future__ import annotations

import re
from pathlib import Path

_STATIC = Path(__file__).parent / "static"
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|let|class)\b)", re.MULTILINE)


def module(name: str) -> str:
    """Return the ES module ``static/<name>.js`` with the helpers it imports written in."""
    source = _read(f"{name}.js")
    return _IMPORT.sub(lambda line: _EXPORT.sub("", _read(line[1])) + "\n", source)


def style(name: str) -> str:
    """Return the shared style sheet followed by ``static/<name>.css``."""
    return _read("common.css") + _read(f"{name}.css")


def _read(file: str) -> str:
    return (_STATIC / file).read_text(encoding="utf-8")

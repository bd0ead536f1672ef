"""JavaScript and CSS of the widgets, as the two strings that anywidget loads.

The files in `static/` are plain ES modules that a browser can load as they stand. anywidget takes one module,
so each line that imports a shared helper is replaced by the helper itself, once. No bundler, no network.
"""

from __future__ import annotations

import re
from pathlib import Path

_STATIC = Path(__file__).parent / "static"
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+\.js)";\n', re.MULTILINE)
_DEFAULT = re.compile(r"^export default ", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|let|class)\b)", re.MULTILINE)


def module(name: str) -> str:
    """Return the ES module ``static/<name>.js`` with the helpers it imports written in."""
    return _written_in(_read(f"{name}.js"), set())


def style(*names: str) -> str:
    """Return the shared style sheet followed by ``static/<name>.css`` of each name."""
    return "".join(_read(f"{name}.css") for name in ("common", *names))


def in_a_page(source: str) -> str:
    """Return the script of a page that shows the widget of this module, with `page.js` around it.

    The module becomes the body of a function: what it exports is what that returns; its names meet no others.
    """
    widget = _DEFAULT.sub("return ", source, count=1).replace("</script", "<\\/script")
    return f"{module('page')}\nshow((() => {{\n{widget}\n}})());"


def page_style() -> str:
    """Return the style sheet of pages around widgets."""
    return _read("page.css")


def _written_in(source: str, done: set[str]) -> str:
    def helper(line: re.Match[str]) -> str:
        if line[1] in done:
            return ""
        done.add(line[1])
        return _EXPORT.sub("", _written_in(_read(line[1]), done)) + "\n"

    return _IMPORT.sub(helper, source)


def _read(file: str) -> str:
    return (_STATIC / file).read_text(encoding="utf-8")

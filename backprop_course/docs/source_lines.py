"""The role ``lines``: the name of a file of the package and how many lines it has today."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[1]


def lines_of(name: str) -> int:
    """Count the lines of a file, such as ``engine/rules.py``."""
    return len((PACKAGE / name).read_text(encoding="utf-8").splitlines())


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    from docutils import nodes
    from sphinx.util.docutils import SphinxRole

    class Lines(SphinxRole):
        def run(self) -> tuple[list[Any], list[Any]]:
            try:
                count = lines_of(self.text)
            except OSError as error:
                message = self.inliner.reporter.error(str(error), line=self.lineno)
                return [nodes.literal(text=self.text)], [message]
            return [nodes.literal(text=self.text), nodes.Text(f" ({count} lines)")], []

    app.add_role("lines", Lines())
    return {"parallel_read_safe": True, "parallel_write_safe": True}

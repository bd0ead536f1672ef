"""The directive ``errors``: a section for each error class of the modules it lists, at ``#error-NAME``."""

from __future__ import annotations

import importlib
from typing import Any

from ..errors import CourseError


def error_classes(module_name: str) -> list[type[CourseError]]:
    """List the error classes that a module defines, in its order."""
    module = importlib.import_module(module_name)
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, CourseError) and value.__module__ == module_name
    ]


def anchor(name: str) -> str:
    """Return the anchor of an error class: the same for ever, so that messages may point at it."""
    return f"error-{name}"


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    from docutils import nodes
    from sphinx.util.docutils import SphinxDirective

    class Errors(SphinxDirective):
        has_content = True

        def run(self) -> list[Any]:
            modules = [line.strip() for line in self.content if line.strip()]
            return [self.section(error) for module in modules for error in error_classes(module)]

        def section(self, error: type[CourseError]) -> Any:
            name = error.__name__
            section = nodes.section(ids=[anchor(name)], names=[anchor(name)])
            section += nodes.title(text=name)
            options = "   :show-inheritance:\n"
            text = f".. autoexception:: {error.__module__}.{name}\n{options}"
            section += self.parse_text_to_nodes(f"````{{eval-rst}}\n{text}\n````\n")
            domain = self.env.domains.standard_domain
            domain.note_hyperlink_target(anchor(name), self.env.docname, anchor(name), name)
            return section

    app.add_directive("errors", Errors)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

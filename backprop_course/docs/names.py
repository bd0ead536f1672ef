"""The directive ``names``: a table of public names and the entry of each, made from the docstrings.

Its argument is a module; each line of its content is a public name of it or a pattern (``trace_*``).
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable
from fnmatch import fnmatchcase
from types import ModuleType
from typing import Any


def public_names(module: ModuleType) -> list[str]:
    """List `__all__` or, without one, the functions and classes that a module defines."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    ]


def chosen(module: ModuleType, patterns: Iterable[str]) -> list[str]:
    """List the public names that fit the patterns, in their order; a pattern that fits none is an error."""
    names: dict[str, None] = {}
    for pattern in patterns:
        fitting = [name for name in public_names(module) if fnmatchcase(name, pattern)]
        if not fitting:
            raise ValueError(f"{module.__name__} has no public name {pattern!r}")
        names.update(dict.fromkeys(fitting))
    return list(names)


def entry(module: str, name: str, value: Any, *, inherited: bool = False) -> list[str]:
    """Write the directive of autodoc that documents one name."""
    if inspect.isclass(value):
        kind = "exception" if issubclass(value, BaseException) else "class"
        options = ["   :members:"] + ["   :inherited-members: object"] * inherited
    else:
        kind, options = ("function", []) if callable(value) else ("data", [])
    return [f".. auto{kind}:: {module}.{name}", *options, ""]


def listing(module_name: str, patterns: Iterable[str], *, inherited: bool = False) -> str:
    """Write the table and the entries as reStructuredText."""
    module = importlib.import_module(module_name)
    names = chosen(module, patterns)
    lines = [f".. currentmodule:: {module_name}", "", ".. autosummary::", ""]
    lines += [f"   {name}" for name in names] + [""]
    for name in names:
        lines += entry(module_name, name, getattr(module, name), inherited=inherited)
    return "\n".join(lines)


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    from docutils.parsers.rst import directives
    from sphinx.util.docutils import SphinxDirective

    class Names(SphinxDirective):
        required_arguments = 1
        has_content = True
        option_spec = {"inherited": directives.flag}  # noqa: RUF012

        def run(self) -> list[Any]:
            patterns = [line.strip() for line in self.content if line.strip()]
            try:
                text = listing(self.arguments[0], patterns, inherited="inherited" in self.options)
            except (ImportError, ValueError) as error:
                raise self.error(str(error)) from None
            fenced = f"````{{eval-rst}}\n{text}\n````\n"
            found: list[Any] = self.parse_text_to_nodes(fenced)
            return found

    app.add_directive("names", Names)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

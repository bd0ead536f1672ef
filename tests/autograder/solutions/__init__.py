"""Right answers, as good students write them: a module for each unit, a second one where styles are many.

``RIGHT`` maps an exercise to its right answers, at least one, better one for each route and style: a
function, or a dict by name where an exercise asks for several things. The first one serves for random edits
too; those of them that change nothing stand in ``EQUAL``, as the edited line with the reason. ``STUBS`` maps
an exercise to its stub where a function without a body will not do.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

_MODULES = [
    importlib.import_module(f"{__name__}.{info.name}") for info in sorted(pkgutil.iter_modules(__path__))
]


def _all(name: str) -> dict[str, Any]:
    return {id: found for module in _MODULES for id, found in getattr(module, name, {}).items()}


RIGHT: dict[str, list[Any]] = {}
for _module in _MODULES:
    for _exercise, _answers in getattr(_module, "RIGHT", {}).items():
        RIGHT.setdefault(_exercise, []).extend(_answers)
EQUAL: dict[str, dict[str, str]] = _all("EQUAL")
STUBS: dict[str, Any] = _all("STUBS")

"""What a submission finds in place of the course's own packages while it is graded.

The reference is computed with `backprop_course`, so that it is not there. Calls of ``check`` that stand
in a learner's cells do nothing and cost nothing.

Loaded in the zygote; imports the standard library only.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType


class Quiet:
    """Answers every call and every attribute with itself."""

    def __call__(self, *args: object, **kwargs: object) -> Quiet:  # noqa: D102  # said above
        return self

    def __getattr__(self, name: str) -> Quiet:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __repr__(self) -> str:
        return "(not checked while it is graded)"


class _Hidden(MetaPathFinder):
    """Refuses to find the packages that are not there for these exercises."""

    def __init__(self, packages: Sequence[str]) -> None:
        self.packages = frozenset(packages)

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name.partition(".")[0] in self.packages:
            raise ModuleNotFoundError(f"{name} is not available where this exercise is graded", name=name)
        return None


def hide(packages: Sequence[str]) -> None:
    """Make `packages` impossible to import, and put a quiet ``check`` where the autograder's is expected."""
    sys.path[:] = [entry for entry in sys.path if not _holds_only(Path(entry), packages)]
    sys.meta_path.insert(0, _Hidden(packages))
    stand_in = ModuleType("autograder", "Stands for the autograder while a submission is graded.")
    stand_in.check = Quiet()  # type: ignore[attr-defined]  # a module is given its one name
    stand_in.__path__ = []
    sys.modules["autograder"] = stand_in


def _holds_only(entry: Path, packages: Sequence[str]) -> bool:
    """Whether a folder of the path is there for the hidden packages: a source tree, not site-packages."""
    return any((entry / name).is_dir() for name in packages) and not (entry / "numpy").is_dir()

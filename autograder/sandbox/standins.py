"""What a submission finds in place of packages that are not there while it is graded.

The reference is computed with `backprop_course`, so it is not there, unless an exercise needs it or a part of
it; of its functions those are that an answer may use in a forward computation, in plain NumPy. A ``check`` in
a learner's cell does nothing and costs nothing.

Loaded in the zygote; imports NumPy and the standard library only.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt


def sigmoid(x: npt.ArrayLike) -> Any:
    """1 / (1 + exp(-x)), without overflow."""
    small = np.exp(-np.abs(x))
    return np.where(np.asarray(x) >= 0, 1.0, small)[()] / (1.0 + small)


def relu(x: npt.ArrayLike) -> Any:
    """The larger of x and 0."""
    return np.maximum(x, 0.0)


def softmax(x: npt.ArrayLike, axis: int = -1) -> Any:
    """exp(x_i) / sum_j exp(x_j) along an axis, without overflow."""
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


FORWARD: dict[str, Callable[..., Any]] = {"sigmoid": sigmoid, "relu": relu, "softmax": softmax}


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


class Unavailable:
    """Stands for a function that is not there: it may be imported, and not called."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *args: object, **kwargs: object) -> None:  # noqa: D102  # said above
        raise ImportError(f"{self.name} is not available where this exercise is graded")


class _StandIn(ModuleType):
    """A module that has every name."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        if self.__name__.partition(".")[0] == "autograder":
            return Quiet()
        return Unavailable(f"{self.__name__}.{name}")


class _Finder(MetaPathFinder, Loader):
    """Finds stand-ins for packages that are not there, and what is there of one of them."""

    def __init__(self, packages: Sequence[str], there: Mapping[str, str]) -> None:
        self.packages, self.there = frozenset(packages), there

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name in self.there:
            return _spec_at(name, self.there[name])
        if any(name.startswith(f"{module}.") for module in self.there):
            return None  # the folder of what is there has it, or nothing has
        return ModuleSpec(name, self, is_package=True) if name.partition(".")[0] in self.packages else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = _StandIn(spec.name)
        if spec.name == "backprop_course":
            vars(module).update(FORWARD)  # for ``import *``
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is to be executed."""


def hide(packages: Sequence[str], there: Mapping[str, str]) -> None:
    """Put stand-ins where `packages` would be imported from.

    Parameters
    ----------
    packages : sequence of str
    there : dict of str to str
        Modules that are to be found all the same, with their files or folders.
    """
    sys.path[:] = [entry for entry in sys.path if not _holds_only(Path(entry), ("autograder", *packages))]
    sys.meta_path.insert(0, _Finder(packages, there))


def _spec_at(name: str, path: str) -> ModuleSpec | None:
    if os.path.isdir(path):
        return spec_from_file_location(name, f"{path}/__init__.py", submodule_search_locations=[path])
    return spec_from_file_location(name, path)


def _holds_only(entry: Path, packages: Sequence[str]) -> bool:
    """Whether a folder of the path is there for the hidden packages: a source tree, not site-packages."""
    return any((entry / name).is_dir() for name in packages) and not (entry / "numpy").is_dir()

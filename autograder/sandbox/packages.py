"""Which packages a submission may import: all that are installed, but for those that give derivatives.

Where an exercise needs one of them, it says so (`Exercise.needs`). The rest are not there: their folders are
covered, and in their place is a stand-in (`standins.py`). Loaded in both processes; standard library only.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable, Mapping

COURSE = "backprop_course"
_OF_COURSE = ("errors",)  # what every part of the course's package imports

# Ours, and those that differentiate: an answer that calls one answers nothing.
_DIFFERENTIATE = (
    *("torch", "functorch", "tensorflow", "keras", "jax", "jaxlib", "flax", "autograd", "autodidact"),
    *("theano", "pytensor", "aesara", "mxnet", "chainer", "paddle", "mindspore", "tinygrad", "micrograd"),
    *("minitorch", "mygrad", "casadi", "algopy", "numdifftools", "ad", "adolc", "sympy", "symengine"),
)


def hidden(needs: Iterable[str]) -> tuple[str, ...]:
    """Return the packages that are not there for an exercise that needs some of them.

    Examples
    --------
    >>> "backprop_course" in hidden(["backprop_course.edf"]), "torch" in hidden(["torch"])
    (True, False)
    """
    return tuple(name for name in ("autograder", COURSE, *_DIFFERENTIATE) if name not in needs)


def course_files(needs: Iterable[str]) -> dict[str, str]:
    """Return what of the course's package an exercise needs: paths by module name, empty for nothing.

    ``{"backprop_course": "/path/backprop_course"}`` stands for all of it.
    """
    wanted = {name for name in needs if name.partition(".")[0] == COURSE}
    if not wanted:
        return {}
    root = _location(COURSE)
    if COURSE in wanted:
        return {COURSE: root}
    parts = {name.split(".")[1] for name in wanted} | set(_OF_COURSE)
    return {f"{COURSE}.{part}": _path(root, part) for part in sorted(parts)}


def inside(files: Mapping[str, str], folder: str) -> dict[str, str]:
    """Return where `course_files` are once they are shown below `folder`."""
    parents = {name: f"{folder}/{COURSE}" if "." in name else folder for name in files}
    return {name: f"{parents[name]}/{os.path.basename(path)}" for name, path in files.items()}


def _location(name: str) -> str:
    found = importlib.util.find_spec(name)
    assert found is not None
    assert found.submodule_search_locations
    return next(iter(found.submodule_search_locations))


def _path(root: str, part: str) -> str:
    folder = os.path.join(root, part)
    return folder if os.path.isdir(folder) else f"{folder}.py"

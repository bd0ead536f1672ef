"""Probes: small scripts that drive what a learner has written and tell what came of it as plain values.

A probe is handed the learner's functions, classes or values, then raw inputs, and gives a dict of arrays,
numbers and texts, or a tuple in the order of the declaration. It runs where the answer runs: in the notebook
for `check`, in the confined process for a grader. So it holds no right answer and judges nothing; it calls,
counts, catches, and reports. The judge's process runs the same probe on a right answer, or computes what
should come out in another way.

Loaded beside submissions: NumPy and the standard library only. Read next: `tools.py`, `common.py`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from typing import Any


def run(probe: str, functions: Sequence[Any], inputs: Sequence[Any]) -> Any:
    """Run a probe.

    Parameters
    ----------
    probe : str
        ``"nb09.dropout"``: the function ``dropout`` of ``nb09.py`` in this folder.
    functions : sequence
        What the learner wrote, in the order in which the exercise names it.
    inputs : sequence
        Plain values.

    Returns
    -------
    dict of str to value, or tuple
        Whatever the probe found out. What the learner's code raises comes out.
    """
    return find(probe)(*functions, *inputs)


def find(probe: str) -> Callable[..., Any]:
    """Return a probe by its name."""
    module, _, name = probe.partition(".")
    function: Callable[..., Any] = getattr(importlib.import_module(f".{module}", __name__), name)
    return function


def load_all() -> None:
    """Import every module of probes, so that a process forked from this one needs no file."""
    for info in pkgutil.iter_modules(__path__):
        importlib.import_module(f".{info.name}", __name__)

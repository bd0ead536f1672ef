"""Writes `COVERAGE.md`: what each function of NumPy does on Tensors, found out by doing it.

``python -m backprop_course.engine.coverage`` writes the file; with ``--check`` it only says by the exit code
whether the file is what would be written.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from . import rule_refusals, rules
from .tensor import Tensor
from .trees import leaves, map_leaves
from .values import as_value
from .walks import pullback, pushforward, topological_order

PAGE = Path(__file__).parents[1] / "COVERAGE.md"
Function = Callable[..., Any]

_HEAD = """\
# Coverage

What the functions of NumPy {version} (and of the course) do when a Tensor is among their arguments. Each is
called by its own name: `np.tanh(x)`, `np.linalg.solve(a, b)`, `x.sum()`, `x @ w`; where NumPy has two names
for one function (`np.abs`, `np.acos`, `np.concat`), by either.

This page is written by `python -m backprop_course.engine.coverage`, which calls every function on its samples
and walks back and ahead over what was recorded, twice. A test holds that it is fresh.

- **how**: *rule*: it has rules of its own; *written*: it is written with functions that have.
- **vjp**, **jvp**, **second order**: what works; "2nd" means by the second array only.
- **tested in**: where values, both rules, adjointness, second order, batches of cotangents and float32 are
  held, in `tests/engine/`. `tests/oracles/` compares the same samples with PyTorch and JAX.
"""

_PLAIN = """\
## Plain arrays

The answers of these are plain arrays or numbers, without a graph: comparisons, positions, counts, shapes.
"""

_WITHOUT = """\
## Without a derivative here

Where a gradient is wanted, these raise `NoDerivativeError` and give the reason; on Tensors that want none
they return plain arrays.
"""

_SECTIONS = {
    "np.linalg": "Linear algebra: `np.linalg`",
    "np": "NumPy: `np`",
    "methods": "Methods of ufuncs",
    "bc": "Activations and losses: `backprop_course`",
    "special": "Special functions: `scipy.special`, once SciPy is imported",
    "parts": "Parts that others are written with",
}
_ORDER = ("np", "np.linalg", "methods", "bc", "special", "parts")


def name_of(function: Function) -> tuple[str, str]:
    """The section a function belongs to, and the name it is called by."""
    name = getattr(function, "__name__", "")
    ufunc = getattr(function, "__self__", None)
    if isinstance(ufunc, np.ufunc):
        return "methods", f"np.{ufunc.__name__}.{name}"
    for section, module in (("np", np), ("np.linalg", np.linalg)):
        if getattr(module, name, None) is function:
            return section, f"{section}.{name}"
    if isinstance(function, np.ufunc):
        return "special", f"special.{name}"
    if getattr(sys.modules["backprop_course"], name, None) is function:
        return "bc", name
    return "parts", rules.table[function].name if function in rules.table else name


def _is_float(x: Any) -> bool:
    return isinstance(x, float) or getattr(getattr(x, "dtype", None), "kind", "") == "f"


def works(function: Function, sample: tuple[Any, ...]) -> tuple[list[bool], list[bool], list[bool]]:
    """Whether vjp, jvp and second derivatives are there, for each array of floats of a sample."""
    inputs, params = (sample[:-1], sample[-1]) if isinstance(sample[-1], dict) else (sample, {})
    arrays = [x for x in leaves(list(inputs)) if _is_float(x)]

    def recorded(i: int) -> tuple[Tensor, list[Tensor]]:
        given = iter([Tensor(as_value(x, copy=True), requires_grad=i == k) for k, x in enumerate(arrays)])
        tensors: list[Tensor] = []

        def filled(x: Any) -> Any:
            if not _is_float(x):
                return x
            tensors.append(next(given))
            return tensors[-1]

        out = function(*map_leaves(filled, list(inputs)), **params)
        outs = leaves(list(out) if isinstance(out, tuple) else out)
        return tensors[i], [t for t in outs if isinstance(t, Tensor)]

    found: tuple[list[bool], list[bool], list[bool]] = ([], [], [])
    for i in range(len(arrays)):
        for kind, ask in enumerate((_pulls, _pushes, _pulls_twice)):
            try:
                found[kind].append(ask(*recorded(i)))
            except TypeError:  # NoDerivativeError is one
                found[kind].append(False)
    return found


def _ones(t: Tensor) -> Any:
    return np.ones(t.shape, t.dtype)[()]


def _pulls(x: Tensor, outs: list[Tensor]) -> bool:
    bars = pullback(topological_order(outs), {t: _ones(t) for t in outs})
    return bool(np.shape(bars.get(x, _ones(x))) == x.shape)  # no cotangent: no result depends on x


def _pushes(x: Tensor, outs: list[Tensor]) -> bool:
    dots = pushforward(topological_order(outs), {x: _ones(x)})
    return all(np.shape(dots.get(t, _ones(t))) == t.shape for t in outs)


def _pulls_twice(x: Tensor, outs: list[Tensor]) -> bool:
    """Walk back, recording; then walk back over that walk, where it depends on `x` at all."""
    bars = pullback(topological_order(outs), {t: Tensor(_ones(t)) for t in outs}, record=True)
    bar = bars.get(x)
    return not (isinstance(bar, Tensor) and bar.requires_grad) or _pulls(x, [bar])


def _mark(found: Iterable[list[bool]]) -> str:
    """A word for a list of answers, one per array, over all samples."""
    answers = list(found)
    if all(all(one) for one in answers):
        return "yes"
    if all(one[1:] == [True] for one in answers):
        return "2nd"
    return "no" if not any(any(one) for one in answers) else "some"


def rows() -> dict[str, list[str]]:
    """Section -> lines of its table."""
    importlib.import_module("scipy.special")
    rules.entered_late()
    entries = [(f, p.samples, "rule", "test_primitives") for f, p in rules.table.items() if p.ours]
    entries += [(f, rules.samples_of[f], "written", "test_compositions") for f in rules.compositions]
    sections: dict[str, list[str]] = {section: [] for section in _ORDER}
    for function, samples, how, test in entries:
        section, name = name_of(function)
        if name.startswith("special."):
            section, test = name_of(function)[0], "test_special"
            name = name if section == "special" else name.removeprefix("special.")
        answers = [works(function, sample) for sample in samples(np.random.default_rng(0))]  # type: ignore[misc]
        marks = [_mark(each) for each in zip(*answers, strict=True)]
        sections[section].append(f"| `{name}` | {how} | {' | '.join(marks)} | {test} |")
    return {section: sorted(lines, key=str.lower) for section, lines in sections.items()}


def _names(functions: Iterable[Function]) -> str:
    return ", ".join(sorted(f"`{name_of(f)[1]}`" for f in functions))


def page() -> str:
    """The whole text of `COVERAGE.md`."""
    version = ".".join(np.__version__.split(".")[:2])
    parts = [_HEAD.format(version=version)]
    for section, lines in rows().items():
        head = "| function | how | vjp | jvp | second order | tested in |\n|---|---|---|---|---|---|"
        parts.append(f"## {_SECTIONS[section]} ({len(lines)})\n\n{head}\n" + "\n".join(lines) + "\n")
    parts.append(f"{_PLAIN}\n{_names(rules.plain | rules.static)}\n")
    why: dict[str, list[Function]] = {}
    for function, reason in rule_refusals.reasons.items():
        why.setdefault(reason, []).append(function)
    lines = [f"- {_names(functions)}: {reason}." for reason, functions in why.items()]
    lines += [f"- all of `{module}`: {reason}." for module, reason in rule_refusals.modules.items()]
    parts.append(_WITHOUT + "\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def main(arguments: list[str] | None = None) -> int:
    """Write the page, or with ``--check`` compare it; the exit code is 1 when it is stale."""
    parser = argparse.ArgumentParser(prog="python -m backprop_course.engine.coverage", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the page is stale")
    fresh = page()
    if not parser.parse_args(arguments).check:
        PAGE.write_text(fresh, encoding="utf-8")
        return 0
    return int(not PAGE.exists() or PAGE.read_text(encoding="utf-8") != fresh)


if __name__ == "__main__":
    sys.exit(main())

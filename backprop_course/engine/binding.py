"""The Python around a program: arguments taken apart and checked, results put together, all in one function.

Walking trees and comparing signatures costs 12 us a call; generated lines that know the structure cost 0.3.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from .trees import map_leaves

_KNOWN = (tuple, list, dict, float, np.ndarray)  # their names are read in a program as what they are
OTHER = object()  # what a generated function answers to arguments that it was not made for


class Text:
    """Lines of Python and the objects that they name."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.lines: list[str] = []
        self.names = names

    def name(self, x: Any) -> str:
        """Write `x` into a line, as it is or by a name."""
        if type(x) in (int, str, bool) or x is None:
            return repr(x)
        found = f"dtype_{x}" if isinstance(x, np.dtype) else getattr(x, "__name__", "")
        if not any(x is known for known in _KNOWN) and not (isinstance(x, np.dtype) and found.isidentifier()):
            found = f"k{len(self.names)}"
        self.names[found] = x
        return found

    def refuse(self, *conditions: str) -> None:
        """Answer `OTHER` where one of the conditions holds."""
        self.lines += [f"if {' or '.join(conditions)}:", "    return OTHER"]


def takes(
    args: tuple[Any, ...], is_input: Callable[[Any], bool], names: dict[str, Any], held: dict[int, list[str]]
) -> list[str]:
    """Lines that take arguments of this structure apart, into x0, x1, ...; anything else is refused.

    Arrays are known again by identity: parameters and whole data sets come back. Checks (0.14 us an array),
    and the lines of `held`, which make views of an array (0.2 us each), run only when another one comes.
    """
    text, count = Text(names), itertools.count()
    known: list[str] = []

    def take(name: str, tree: Any, number: Any) -> None:
        if isinstance(tree, list | tuple | dict):
            take_apart(name, tree, number)
        elif isinstance(tree, np.ndarray):
            start = len(text.lines)
            text.refuse(*_differences(text, name, tree))
            assigned = [line.split(" = ")[0] for line in held.get(number, ())]
            inside = [*text.lines[start:], *held.get(number, ()), f"held{number} = {name}"]
            text.lines[start:] = [f"if {name} is not held{number}:", *(f"    {line}" for line in inside)]
            known.extend([*assigned, f"held{number}"])
            names[f"held{number}"] = None
        else:
            text.refuse(*_differences(text, name, tree, number is not None))

    def take_apart(name: str, tree: Any, numbers: Any) -> None:
        if tree is not args:
            text.refuse(f"type({name}) is not {text.name(type(tree))}")
        text.refuse(f"len({name}) != {len(tree)}")
        if isinstance(tree, dict):
            text.refuse(f"list({name}) != {text.name(list(tree))}")
            name, tree, numbers = f"{name}.values()", tree.values(), numbers.values()
        stem = name.removesuffix(".values()")
        below = [
            (f"x{number}" if type(number) is int else f"{stem}_{n}", branch, number)
            for n, (branch, number) in enumerate(zip(tree, numbers, strict=True))
        ]
        if below:
            text.lines.append(f"{''.join(f'{each[0]}, ' for each in below)}= {name}")
        for each in below:
            take(*each)

    take("args", args, map_leaves(lambda x: next(count) if is_input(x) else None, args))
    return [f"global {', '.join(known)}", *text.lines] if known else text.lines


def _differences(text: Text, name: str, value: Any, is_input: bool = True) -> list[str]:
    """Another type; of an array another shape, dtype or memory order; of a setting another value."""
    found = [f"type({name}) is not {text.name(type(value))}"]
    if isinstance(value, np.ndarray):
        found += [f"{name}.shape != {value.shape!r}", f"{name}.dtype is not {text.name(value.dtype)}"]
        found += [f"{name}.strides != {value.strides!r}"]
    elif not is_input:
        fixed = text.name(value)
        same = "" if type(value) in (int, str) else f"{name} is not {fixed} and "
        found += [f"({same}{name} != {fixed})"]
    return found


def gives(tree: Any, results: list[str], names: dict[str, Any]) -> str:
    """One expression that puts the results into the structure of `tree`."""
    text, left = Text(names), iter(results)

    def give(tree: Any) -> str:
        if isinstance(tree, dict):
            return "{" + ", ".join(f"{text.name(key)}: {give(branch)}" for key, branch in tree.items()) + "}"
        if isinstance(tree, list | tuple):
            inside = "".join(f"{give(branch)}, " for branch in tree)
            if type(tree) is list:
                return f"[{inside}]"
            if type(tree) is tuple:
                return f"({inside})"
            return f"{text.name(type(tree))}({inside if hasattr(tree, '_fields') else f'({inside})'})"
        return next(left)

    return give(tree)


def made(name: str, lines: list[str], names: dict[str, Any]) -> tuple[Callable[..., Any], str]:
    """The function of these lines, and its text."""
    source = "\n".join([f"def {name}(args):", *(f"    {line}" for line in lines)])
    names["OTHER"] = OTHER
    exec(compile(source, f"<{name}>", "exec"), names)  # our own text, made of names and numbers
    return names[name], source

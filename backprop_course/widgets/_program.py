"""What was recorded, as a program: one line for each operation, to be copied into a notebook."""

from __future__ import annotations

import re

import numpy as np

from ._calls import public
from ._literals import identifiers, is_long, literal
from ._operations import Recording

_OURS = ["np", "at", "value", "gradients", "name", "gradient"]  # names of the program's last lines


def program(recording: Recording, widget: str, options: str = "") -> str:
    """Return a program that makes the recorded values and gradients, and shows them in a widget.

    Where an operation has no line of its own, the function itself is called, and a remark says so.

    Parameters
    ----------
    recording : Recording
    widget : str
        Name of the widget's class.
    options : str
        What it is given besides, such as ``", ledger=True"``.
    """
    operations = recording.operations
    taken = [*_OURS, *public(), widget]
    own = recording.called if recording.called.isidentifier() else "f"
    names = identifiers([op.name for op in operations], [own, *taken])
    lines, large = _lines(recording, names)
    inputs = [i for i, op in enumerate(operations) if op.kind == "input"]
    large += [names[i] for i in inputs if is_long(operations[i].value)]
    remarks = [f"# {name}: your own array of this name" for name in dict.fromkeys(large)]
    f = own
    if lines is None:
        body: list[str] = []
        remarks.append(f"# {own} is your own function: this runs where it is defined.")
    else:
        [f] = identifiers([own], taken)
        head = f"def {f}({', '.join(names[i] for i in inputs)}):"
        lines.append(f"return {names[recording.output]}")
        body = ["", head, *(f"    {line}" for line in "\n".join(lines).split("\n")), "", ""]
    at = [names[i] if is_long(operations[i].value) else literal(operations[i].value) for i in inputs]
    after = [f"at = {_tuple(at)}"]
    has_gradient = bool(inputs) and np.size(operations[recording.output].value) == 1
    if has_gradient:
        after += [
            f"value, gradients = value_and_grad({f}, {_tuple([str(k) for k in range(len(inputs))])})(*at)",
            'print("value", value)',
            f"for name, gradient in zip({[names[i] for i in inputs]!r}, gradients):",
            '    print(f"{name}_bar", gradient)',
        ]
    else:
        after.append(f'print("value", {f}(*at))')
    text = "\n".join([*body, *after])
    used = sorted(name for name in public() if re.search(rf"(?<![\w.]){name}\(", text) and name != f)
    imports = [f"from backprop_course import {', '.join(used)}"] if used else []
    imports += [f"from backprop_course.widgets import {widget}", ""]
    numpy = ["import numpy as np", ""] if "np." in text else []
    return "\n".join([*numpy, *imports, *remarks, text, "", f"{widget}({f}, *at{options})"]) + "\n"


def _lines(recording: Recording, names: list[str]) -> tuple[list[str] | None, list[str]]:
    """Return one line for each operation, or `None`; and the names of arrays too large to be written."""
    operations = recording.operations
    lines: list[str] = []
    large: list[str] = []
    texts = list(names)
    for i, op in enumerate(operations):
        if op.kind == "compute":
            if op.code is None:
                return None, []
            lines.append(f"{names[i]} = {op.code([texts[j] for j in op.inputs])}")
        elif op.kind == "constant" and is_long(op.value):
            large.append(names[i])
        elif op.kind == "constant" and (op.shape or i == recording.output):
            lines.append(assigned(names[i], literal(op.value)))
        elif op.kind == "constant":
            texts[i] = literal(op.value)
    return lines, large


def assigned(name: str, text: str) -> str:
    """Write an assignment; further lines of the text stay below its first.

    Examples
    --------
    >>> print(assigned("x", chr(10).join(["[1,", " 2]"])))
    x = [1,
         2]
    """
    return f"{name} = " + text.replace("\n", "\n" + " " * (len(name) + 3))


def _tuple(texts: list[str]) -> str:
    if any("\n" in text for text in texts):
        inner = "".join(f"    {text},\n".replace("\n ", "\n     ") for text in texts)
        return f"(\n{inner})"
    return f"({', '.join(texts)}{',' * (len(texts) == 1)})"

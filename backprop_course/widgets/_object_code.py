"""Programs for a notebook that make the objects of a stepper again: of a tape, of a tracer, of EDF."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .. import edf, tape
from ._calls import infix, setting
from ._literals import identifiers, is_long, literal, origins
from ._program import assigned

_OPERATORS = {
    "__add__": "add",
    "__sub__": "subtract",
    "__mul__": "multiply",
    "__truediv__": "divide",
    "__pow__": "power",
    "__matmul__": "matmul",
    "__neg__": "negative",
}


def tracer_code(nodes: Sequence[Any], names: Mapping[int, str], run: Callable[..., Any]) -> str:
    """Return a program for the nodes of a tracer, end node first; `names` are by ``id``.

    Empty where an argument of a call cannot be written.
    """
    labels = identifiers(names.values(), ["tape", "np", "TracerStepper"])
    by_id = dict(zip(names, labels, strict=True))
    lines: list[str] = []
    own: list[str] = []
    for node in reversed(nodes):
        if node.fun is None:
            text: str | None = _around("tape.Node(", node.value)
        else:
            parents = dict(zip(node.argnums, node.parents, strict=True))
            parts = [
                by_id[id(parents[k])] if k in parents else _argument(arg) for k, arg in enumerate(node.args)
            ]
            text = _traced(node, parts)
            own += [] if _is_tapes(node.fun) else [node.fun.__name__]
        if text is None:
            return ""
        lines.append(assigned(by_id[id(node)], text))
    end = by_id[id(nodes[0])]
    roots = [by_id[id(node)] for node in nodes if node.fun is None]
    seed = literal(np.ones(np.shape(nodes[0].value))[()])
    is_own = run is not tape.backward_pass
    walk = f", {run.__name__}" if is_own else ""
    imports, remark = origins([run] if is_own else [])
    remarks = [f"# {name} is a function of your own." for name in dict.fromkeys(own)]
    called = run.__name__ if is_own else "tape.backward_pass"
    given = "".join(f", {root}={root}" for root in roots)
    return _joined(
        ["from backprop_course import tape", "from backprop_course.widgets import TracerStepper", *imports],
        [*remarks, remark],
        [*lines, "", f'print("the gradient", {called}({seed}, {end}))'],
        f"TracerStepper({end}{walk}{given})",
    )


def tape_code(order: Sequence[Any], names: Sequence[str]) -> str:
    """Return a program for the nodes of a learner's own tape, operands first.

    What else an operation was given is looked for in its closure. Empty where it is not found there.
    """
    labels = identifiers(names, ["TapeStepper", "np"])
    by_id = {id(node): label for node, label in zip(order, labels, strict=True)}
    lines: list[str] = []
    used: list[Any] = []
    for node, label in zip(order, labels, strict=True):
        if node._prev:
            made = _called(node, by_id)
            if made is None:
                return ""
            text, function = made
            used.append(function)
        else:
            wants = ", requires_grad=True" if node.requires_grad else ""
            text = _around(f"{type(node).__name__}(", node.value, f"{wants})")
            used.append(type(node))
        lines.append(assigned(label, text))
    leaves = [by_id[id(node)] for node in order if not node._prev and node.requires_grad]
    end = labels[-1]
    imports, remark = origins(used)
    named = [label for label, name in zip(labels, names, strict=True) if label == name]
    picture = f"picture = TapeStepper({end}{''.join(f', {name}={name}' for name in named)})"
    grads = [f'print("{leaf}.grad", {leaf}.grad)' for leaf in leaves]
    return _joined(
        ["from backprop_course.widgets import TapeStepper", *imports],
        [remark],
        [*lines, f"{picture}  # afterwards all grads are as before", "", f"{end}.backward()", *grads],
        "picture",
    )


def _called(node: Any, by_id: Mapping[int, str]) -> tuple[str, Any] | None:
    """Return the call that made a node, and the function or class it needs; `None` where it is not known."""
    closure = node._backward
    owner, _, name = getattr(closure, "__qualname__", "").partition(".<locals>")[0].rpartition(".")
    known = getattr(closure, "__globals__", {})
    function = getattr(known.get(owner), name, None) if owner else known.get(name)
    if not inspect.isfunction(closure) or not inspect.isfunction(function):
        return None
    captured = inspect.getclosurevars(closure).nonlocals
    left = list(node._prev)
    texts: list[str | None] = []
    for parameter in inspect.signature(function).parameters.values():
        held = captured.get(parameter.name, parameter.empty)
        place = next((k for k, operand in enumerate(left) if operand is held), None)
        if held is parameter.empty and left:
            place = 0  # an operand that the closure has no use for
        if place is not None:
            texts.append(by_id[id(left.pop(place))])
        elif held is not parameter.empty:
            texts.append(_argument(held))
        elif parameter.default is parameter.empty:
            return None
    if left or None in texts:
        return None
    arguments = [str(text) for text in texts]
    if not owner:
        return f"{name}({', '.join(arguments)})", function
    with_operator = infix(_OPERATORS.get(name, ""), arguments)
    return with_operator or f"{arguments[0]}.{name}({', '.join(arguments[1:])})", known[owner]


def edf_code(loss: Any, run: Callable[..., Any], objects: Sequence[Any], names: Sequence[str]) -> str:
    """Return a program for the node objects of the present graph.

    A node is made from its attributes that are called as the parameters of its class. Empty where one is
    missing.
    """
    labels = identifiers(names, ["edf", "np", "EdfStepper"])
    label_of = {id(thing): label for thing, label in zip(objects, labels, strict=True)}
    known: dict[int, str] = {}  # what is written already
    lines = ["edf.clear_compgraph()"]

    def written(held: Any) -> str | None:
        if id(held) in known:
            return known[id(held)]
        if isinstance(held, edf.AffineParams):
            count = sum(line.count("edf.AffineParams") for line in lines) + 1
            [label] = identifiers([f"params{count}"], labels)
            lines.append(f"{label} = edf.AffineParams{held.w.value.shape}")
            for field, parameter in (("w", held.w), ("b", held.b)):
                own = known[id(parameter)] = label_of[id(parameter)]
                lines.extend([f"{own} = {label}.{field}", assigned(f"{own}.value", literal(parameter.value))])
        elif isinstance(held, edf.Input | edf.Parameter):
            label = label_of[id(held)]
            lines.append(assigned(label, _around(f"edf.{type(held).__name__}(", held.value)))
        else:
            return _argument(held)
        known[id(held)] = label
        return label

    for node in edf.CompNodes:
        parameters = list(inspect.signature(type(node)).parameters)
        texts = [written(vars(node)[name]) if name in vars(node) else None for name in parameters]
        if None in texts:
            return ""
        kind = f"edf.{type(node).__name__}" if type(node).__module__ == edf.__name__ else type(node).__name__
        known[id(node)] = label_of[id(node)]
        lines.append(f"{known[id(node)]} = {kind}({', '.join(map(str, texts))})")
    is_own = run is not edf.Backward
    own = [type(node) for node in edf.CompNodes if type(node).__module__ != edf.__name__]
    imports, remark = origins([*own, *([run] if is_own else [])])
    end = label_of[id(loss)]
    weights = [label_of[id(thing)] for thing in objects if isinstance(thing, edf.Parameter)]
    grads = [f'print("{label}.grad", {label}.grad)' for label in weights]
    back = run.__name__ if is_own else "edf.Backward"
    return _joined(
        ["from backprop_course import edf", "from backprop_course.widgets import EdfStepper", *imports],
        [remark],
        [*lines, "", "edf.Forward()", f"{back}({end})", *grads],
        f"EdfStepper({end}{f', {back}' if is_own else ''})",
    )


def _traced(node: Any, parts: Sequence[str | None]) -> str | None:
    """Write the call of a tracer's function."""
    settings = {key: setting(value) for key, value in node.kwargs.items()}
    if None in parts or None in settings.values():
        return None
    operands, name = [str(part) for part in parts], node.fun.__name__
    is_tapes = _is_tapes(node.fun)
    if is_tapes and not settings and (text := infix({"dot": "matmul"}.get(name, name), operands)):
        return text
    inside = [*operands, *(f"{key}={text}" for key, text in settings.items())]
    return f"{'tape.' if is_tapes else ''}{name}({', '.join(inside)})"


def _is_tapes(function: Any) -> bool:
    return getattr(tape, function.__name__, None) is function


def _around(before: str, value: Any, after: str = ")") -> str:
    """Write a value inside of a call; its further lines stay below its first."""
    return before + literal(value).replace("\n", "\n" + " " * len(before)) + after


def _argument(value: Any) -> str | None:
    is_array = isinstance(value, np.ndarray | np.generic) and not is_long(value)
    return literal(value) if is_array else setting(value)


def _joined(imports: Sequence[str], remarks: Sequence[str], lines: Sequence[str], shown: str) -> str:
    numpy = ["import numpy as np", ""] if any("np." in line for line in lines) else []
    return "\n".join([*numpy, *imports, "", *filter(None, remarks), *lines, "", shown]) + "\n"

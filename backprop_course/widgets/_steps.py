"""The two walks as steps: what is computed, what an edge carries, what a reader is told and asked.

A step is said three ways with the same numbers: a sentence, an equation of labelled parts, and the short form
that the picture writes beside an edge. The walk back itself is in `_walks`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ..engine.drawing.text import bar_code, bar_mark, formula, joined, number_text, shape_text, value_text
from ._operations import Operation, Recording
from ._walks import Carried, Walk

Part = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One step of the stepper; see `graph_to_dict` for its parts."""

    phase: str
    sentence: str
    node: int | None = None
    edge: int | None = None
    bar: str = ""
    equation: list[Part] = field(default_factory=list)
    pill: list[Part] = field(default_factory=list)
    question: list[Part] = field(default_factory=list)
    ask: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the step as plain JSON."""
        return asdict(self)


def start_step(recording: Recording) -> Step:
    """Step 0: the inputs are given, nothing is computed."""
    inputs = [op for op in recording.operations if op.kind == "input"]
    given = joined([f"{op.name} = {value_text(op.value)}" for op in inputs])
    said = f"Given: {given}. " if inputs else ""
    said += "Nothing is computed yet: step with the arrow keys or the buttons."
    return Step("start", said, equation=[part("given", op.name, value_text(op.value)) for op in inputs])


def forward_steps(recording: Recording) -> list[Step]:
    """One step per computed node."""
    operations = recording.operations
    order = [i for i, op in enumerate(operations) if op.kind == "compute"]
    steps = []
    strange = False
    for count, i in enumerate(order, start=1):
        op = operations[i]
        by_name, by_value, answer = (
            formula_of(op, operations),
            _with_values(op, operations),
            value_text(op.value),
        )
        middle = f" = {by_value}" if by_value else ""
        said = f"Forward {count} of {len(order)}: {op.name} = {by_name}{middle} = {answer}."
        if not np.all(np.isfinite(op.value)):
            said += " Not every entry is a finite number." if op.shape else " That is not a finite number."
            said += "" if strange else " It is the first such value: look at its inputs."
            strange = True
        left = [part("name", "", op.name), _sign("="), part("formula", "", by_name), _sign("=")]
        right = [part("formula", "", by_value), _sign("=")] if by_value else []
        where = _inputs_text(op, operations)
        ask = _ask(op.value, f"{op.name} = {by_name}", f", where {where}" if where else "")
        equation = [*left, *right, part("value", "", answer, answer=True)]
        steps.append(Step("forward", said, node=i, equation=equation, ask=ask))
    return steps


def backward_steps(
    recording: Recording, carried: Sequence[Carried], seed: Any = None, opening: str = ""
) -> list[Step]:
    """Start at the output, take one step per edge, end with the inputs that nothing comes back to."""
    operations, out = recording.operations, recording.operations[recording.output]
    reached = {recording.output, *(c.source for c in carried)}
    start = np.ones(out.shape)[()] if seed is None else seed
    one = value_text(start)
    slope = f"{bar_mark(out.name)} = ∂{out.name}/∂{out.name}" if seed is None else bar_mark(out.name)
    said = (
        opening or f"Backward starts at the output: {bar_code(out.name)} = ∂{out.name}/∂{out.name} = {one}."
    )
    equation = [part("sum", slope, one, answer=True)]
    ask = _ask(start, f"{bar_code(out.name)}, with which the walk back begins", "")
    if seed is None:
        what = f"{bar_code(out.name)} = ∂{out.name}/∂{out.name}, the slope of the output in itself"
        ask = _ask(1.0, what, "")
    bar = _held(one, out.shape)
    steps = [Step("backward", said, node=recording.output, bar=bar, equation=equation, ask=ask)]
    steps += [_edge_step(operations, c, number, len(carried)) for number, c in enumerate(carried)]
    for i, op in enumerate(operations):
        if op.kind == "input" and i not in reached:
            zero = value_text(np.zeros(op.shape)[()])
            why = (
                f"No path leads from {op.name} to {out.name}, so" if seed is None else "Nothing has arrived:"
            )
            said = f"{why} {bar_code(op.name)} = {zero}."
            equation = [part("sum", bar_mark(op.name), zero, answer=True)]
            steps.append(Step("backward", said, node=i, bar=zero, equation=equation))
    return steps


def _edge_step(operations: Sequence[Operation], c: Carried, edge: int, edges: int) -> Step:
    source, target = operations[c.source], operations[c.target]
    x, y = source.name, target.name
    slope = f"∂{y}/∂{x}"
    upstream, downstream, total = value_text(c.upstream), value_text(c.downstream), value_text(c.sum)
    sign, local, short, times = _local(c, slope, shape_text(target.shape + source.shape))
    said = f"{c.note} " if c.note else ""
    said += (
        f"Backward {edge + 1} of {edges}, from {y} to {x}: upstream {bar_code(y)} = {upstream}, {times}, "
        f"gives downstream {downstream}."
    )
    goal = bar_mark(x) if c.paths == 1 else f"path {c.path} of {c.paths} to {bar_mark(x)}"
    equation = [
        part("upstream", f"upstream {bar_mark(y)}", upstream),
        _sign(sign),
        part("local", f"local {slope}", local, secret=True),
        _sign("="),
        part("downstream", f"downstream {goal}", downstream, answer=True),
    ]
    if c.before is not None:
        said += f" {bar_code(x)} adds it up: {value_text(c.before)} + {_bracketed(downstream)} = {total}"
        complete = c.path == c.paths
        label = f"{bar_mark(x)}, all {c.paths} paths" if complete else f"{bar_mark(x)} so far"
        equation += [_sign("→"), part("sum", label, total, secret=True)]
        said += ", from all its paths." if complete else f", with {_paths(c.paths - c.path)} to come."
    elif c.paths > 1:
        said += f" {bar_code(x)} = {total} so far, with {_paths(c.paths - 1)} to come."
    else:
        said += f" {bar_code(x)} = {total}."
    arrives = f"upstream {bar_code(y)} = {upstream}, and {y} = {formula_of(target, operations)}"
    return Step(
        "backward",
        said,
        node=c.source,
        edge=edge,
        bar=_held(total, source.shape),
        equation=equation,
        pill=_pill(sign, _short(c.upstream), short, _short(c.downstream)),
        question=_pill(sign, _short(c.upstream), "?", "?"),
        ask=_ask(
            c.downstream, f"what {y} sends to {x}: {arrives}", f", with {_inputs_text(target, operations)}"
        ),
    )


def _local(c: Carried, slope: str, jacobian: str) -> tuple[str, str, str, str]:
    """Write the local derivative: its sign, itself, its short form, and how the sentence says it."""
    if c.local is None:
        return (
            "·",
            f"Jacobian {jacobian}",
            f"J{jacobian}",
            f"times the local Jacobian {slope} of shape {jacobian}",
        )
    text = value_text(c.local)
    if np.ndim(c.local):
        return "⊙", text, _short(c.local), f"times local {slope} = {text} entry by entry"
    return "×", text, text, f"times local {slope} = {text}"


def _held(text: str, shape: tuple[int, ...]) -> str:
    """Write what fits into a card."""
    return text if len(text) < 20 else shape_text(shape)


def end_step(recording: Recording, carried: Sequence[Carried], walk: Walk | None = None) -> Step:
    """Close with the gradients of the inputs side by side, or with the reason why there are none."""
    out = recording.operations[recording.output]
    inputs = [(i, op) for i, op in enumerate(recording.operations) if op.kind == "input"]
    if np.size(out.value) != 1 and walk is None:
        said = (
            f"{out.name} has shape {shape_text(out.shape)}, and a gradient starts from one number: "
            "reduce it, for example with .sum(), to see the backward walk."
        )
        return Step("end", said)
    sums = {c.source: c.sum for c in carried}  # the last sum of a node is its cotangent
    sums.setdefault(recording.output, walk.seed if walk else 1.0)
    bars = [(op.name, value_text(sums.get(i, np.zeros(op.shape)[()]))) for i, op in inputs]
    said = f"Done. The gradient of {out.name}: " + joined([f"{bar_code(x)} = {text}" for x, text in bars])
    said += f". {walk.closing}".rstrip() if walk else "."
    return Step("end", said, equation=[part("sum", bar_mark(x), text) for x, text in bars])


def formula_of(op: Operation, operations: Sequence[Operation]) -> str:
    """Write how a node is computed, by the names of its inputs."""
    operands = [number_text(o.value) if o.is_literal else o.name for o in (operations[i] for i in op.inputs)]
    return _written(op, operands)


def _written(op: Operation, operands: Sequence[str]) -> str:
    return op.written(operands) if op.written else formula(op.function, operands, op.settings)


def _with_values(op: Operation, operations: Sequence[Operation]) -> str:
    """Write how a node is computed, by the values of its inputs; empty where that says nothing."""
    inputs = [operations[i] for i in op.inputs]
    if any(o.shape for o in inputs):
        return ""
    text = _written(op, [number_text(o.value) for o in inputs])
    return "" if text == value_text(op.value) else text  # the negative of 2 is written −2 either way


def _inputs_text(op: Operation, operations: Sequence[Operation]) -> str:
    inputs = (operations[i] for i in dict.fromkeys(op.inputs))
    return joined([f"{o.name} = {value_text(o.value)}" for o in inputs if not o.is_literal])


def _ask(answer: Any, what: str, where: str) -> dict[str, Any] | None:
    """Ask for one number, within a hundredth of the true one, or for the shape of an array."""
    if np.ndim(answer):
        shape = [int(n) for n in np.shape(answer)]
        return {"kind": "shape", "shape": shape, "sentence": f"Predict the shape of {what}{where}."}
    value = float(answer)
    if not math.isfinite(value):
        return None
    slack = max(abs(value) / 100, 1e-6)
    return {
        "kind": "number",
        "low": value - slack,
        "high": value + slack,
        "sentence": f"Predict {what}{where}.",
    }


def part(role: str, label: str, text: str, *, answer: bool = False, secret: bool = False) -> Part:
    """One part of an equation: an `answer` is asked for in prediction mode, a `secret` is covered there."""
    return {"role": role, "label": label, "text": text, "answer": answer, "secret": secret}


def _sign(text: str) -> Part:
    return part("sign", "", text)


def _pill(sign: str, upstream: str, local: str, downstream: str) -> list[Part]:
    texts = (
        ("upstream", upstream),
        ("sign", f" {sign} "),
        ("local", local),
        ("sign", " = "),
        ("downstream", downstream),
    )
    return [{"role": role, "text": text} for role, text in texts]


def _short(value: Any) -> str:
    """Write a number, or the shape that stands for an array in the picture."""
    return shape_text(np.shape(value)) if np.ndim(value) else number_text(float(value))


def _bracketed(text: str) -> str:
    return f"({text})" if text.startswith("−") else text


def _paths(n: int) -> str:
    return f"{n} path{'s' * (n != 1)}"

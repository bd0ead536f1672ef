"""Expressions that nobody thought of: random graphs with fan-out, reuse and broadcasting, in three engines.

A program is a list of steps over a growing pool of values. Hypothesis draws it, and shrinks it to the
shortest one that the engines disagree about; `str` of a program shows it.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

from backprop_course import Tensor
from backprop_course.engine.graph import graph_of
from tests.cases import Case
from tests.oracles.comparing import (
    ATOL,
    RTOL,
    assert_same,
    by_jax,
    by_torch,
    by_us,
    peers_may_warn,
)

pytestmark = pytest.mark.oracle

UNARY = {
    "sin": lambda xp, x: xp.sin(x),
    "tanh": lambda xp, x: xp.tanh(x),
    "bell": lambda xp, x: xp.exp(-x * x),
    "root": lambda xp, x: xp.sqrt(1.0 + x**2),
    "arctan": lambda xp, x: xp.arctan(x),
    "log": lambda xp, x: xp.log1p(x * x),
    "kink": lambda xp, x: xp.where(x > 0.0513, x, 0.3 * x),
    "half": lambda xp, x: 0.5 - x / 3.0,
}
BINARY = {
    "+": lambda xp, a, b: a + b,
    "-": lambda xp, a, b: a - b,
    "*": lambda xp, a, b: a * b,
    "/": lambda xp, a, b: a / (1.0 + b * b),
    "logaddexp": lambda xp, a, b: xp.logaddexp(a, b),
    "hypot": lambda xp, a, b: xp.hypot(1.0 + a * a, b),
}
REDUCE = {
    "sum": lambda xp, x, axis: xp.sum(x, axis),
    "mean": lambda xp, x, axis: xp.mean(x, axis),
    "spread": lambda xp, x, axis: xp.mean((x - xp.mean(x)) ** 2, axis),
    "running": lambda xp, x, axis: xp.cumsum(x, axis),
}
LIMIT = 48  # entries of one value


@dataclasses.dataclass
class Program:
    shapes: list[tuple[int, ...]]
    seed: int
    steps: list[tuple[Any, ...]]

    def arrays(self) -> list[Any]:
        rng = np.random.default_rng(self.seed)
        return [rng.normal(size=s) for s in self.shapes]

    def run(self, xp: Any, *leaves: Any) -> Any:
        """All results that are used, as one vector; each step is scaled so that numbers stay of size 1."""
        pool = list(leaves)
        for kind, name, operands, setting, scale in self.steps:
            pool.append(scale * apply(xp, kind, name, [pool[i] for i in operands], setting))
        join = xp.concatenate
        last = join([xp.reshape(x, (-1,)) for x in pool[-2:]])
        return join([last, xp.reshape(sum(xp.mean(x) for x in pool), (1,))])

    def __str__(self) -> str:
        lines = [f"x{i}: {shape}" for i, shape in enumerate(self.shapes)]
        for i, (_, name, operands, setting, scale) in enumerate(self.steps, len(self.shapes)):
            inputs = ", ".join(f"x{k}" for k in operands)
            lines.append(
                f"x{i} = {scale:.2g} * {name}({inputs}{'' if setting is None else f'; {setting!r}'})"
            )
        return "\n".join(lines)


def apply(xp: Any, kind: str, name: str, xs: list[Any], setting: Any) -> Any:
    if kind == "unary":
        return UNARY[name](xp, *xs)
    if kind == "binary":
        return BINARY[name](xp, *xs)
    if kind == "reduce":
        return REDUCE[name](xp, *xs, setting)
    if kind == "index":
        return xs[0][setting]
    if kind == "matmul":
        return xs[0] @ xs[1]
    if kind == "gram":  # a matrix of any array, with itself: one value used twice
        rows = xp.reshape(xs[0], (-1, setting))
        return rows @ xp.swapaxes(rows, 0, 1)
    if kind == "join":
        return xp.concatenate([xp.reshape(x, (-1,)) for x in xs])
    return xp.reshape(xs[0], setting)


@st.composite
def programs(draw: Any) -> Program:
    shapes = draw(
        st.lists(
            st.sampled_from([(), (3,), (2, 3), (3, 2), (2, 1), (1, 3), (2, 2, 3)]), min_size=1, max_size=3
        )
    )
    program = Program(shapes, draw(st.integers(0, 2**32 - 1)), [])
    pool = program.arrays()
    for _ in range(draw(st.integers(1, 9))):
        kind, name, operands, setting = draw(steps(pool))
        out = apply(np, kind, name, [pool[i] for i in operands], setting)
        scale = 1.0 / max(1.0, float(np.max(np.abs(out))))
        program.steps.append((kind, name, operands, setting, scale))
        pool.append(scale * out)
    return program


@st.composite
def steps(draw: Any, pool: list[Any]) -> tuple[Any, ...]:
    """A step that the values in the pool allow; late values are as likely as early ones."""
    i = draw(st.integers(0, len(pool) - 1))
    j = draw(st.integers(0, len(pool) - 1))
    a, b = pool[i], pool[j]
    possible: list[Any] = [
        st.tuples(st.just("unary"), st.sampled_from(sorted(UNARY)), st.just([i]), st.none())
    ]
    if a.shape != b.shape and not fits(a, b):
        j, b = i, a  # the square of a value instead
    possible.append(st.tuples(st.just("binary"), st.sampled_from(sorted(BINARY)), st.just([i, j]), st.none()))
    if a.ndim:
        axis = st.integers(-a.ndim, a.ndim - 1)
        possible += [
            st.tuples(st.just("reduce"), st.sampled_from(sorted(REDUCE)), st.just([i]), axis),
            st.tuples(st.just("index"), st.just("index"), st.just([i]), indices(a.shape)),
            st.tuples(
                st.just("reshape"), st.just("reshape"), st.just([i]), st.sampled_from([(-1,), (1, *a.shape)])
            ),
        ]
        if a.size // a.shape[-1] <= 6:
            possible.append(st.just(("gram", "gram", [i], a.shape[-1])))
    matching = [k for k, x in enumerate(pool) if a.ndim and 1 <= x.ndim <= 2 and x.shape[0] == a.shape[-1]]
    if matching:
        possible.append(
            st.tuples(st.just("matmul"), st.just("@"), st.sampled_from([[i, k] for k in matching]), st.none())
        )
    if a.size + b.size <= LIMIT:
        possible.append(st.just(("join", "join", [i, j], None)))
    found: tuple[Any, ...] = draw(st.one_of(possible))
    return found


def fits(a: Any, b: Any) -> bool:
    try:
        return int(np.prod(np.broadcast_shapes(a.shape, b.shape))) <= LIMIT
    except ValueError:
        return False


def indices(shape: tuple[int, ...]) -> Any:
    n = shape[0]
    choices: list[Any] = [0, -1, slice(None, None, 1), (..., None), slice(n // 2, None), np.arange(3) % n]
    choices += [np.array([0, n - 1, 0]), np.arange(n) % 2 == 0]  # an entry taken twice; a mask
    if len(shape) > 1:
        choices += [(slice(None), 0), (..., -1), (np.array([0, 0]), np.array([0, shape[1] - 1]))]
    return st.sampled_from(choices)


def case_of(program: Program) -> Case:
    arrays = program.arrays()
    out = program.run(np, *arrays)
    rng = np.random.default_rng(program.seed + 1)
    dots = [rng.normal(size=x.shape) for x in arrays]
    return Case(
        lambda *xs: program.run(np, *xs), arrays, {}, arrays, dots, [True], rng.normal(size=out.shape)
    )


HOW = {"deadline": None, "suppress_health_check": list(hypothesis.HealthCheck), "derandomize": True}


@hypothesis.settings(max_examples=200, **HOW)
@hypothesis.given(program=programs())
def test_random_graphs_agree_with_torch(torch, program):
    hypothesis.note(str(program))
    case = case_of(program)
    ours = by_us(case)
    with peers_may_warn():
        theirs = by_torch(case, lambda *xs: program.run(torch, *xs), torch)
    assert_same(ours, theirs, str(program), rtol=RTOL, atol=ATOL)


@hypothesis.settings(max_examples=40, phases=[hypothesis.Phase.generate], **HOW)
@hypothesis.given(program=programs())
def test_random_graphs_agree_with_jax(jax, program):
    hypothesis.note(str(program))
    case = case_of(program)
    ours = by_us(case, whole=False)
    with peers_may_warn():
        theirs = by_jax(case, lambda *xs: program.run(jax.numpy, *xs), jax, whole=False)
    assert_same(ours, theirs, str(program), rtol=RTOL, atol=ATOL)


@hypothesis.settings(max_examples=60, **HOW)
@hypothesis.given(program=programs())
def test_backward_and_a_second_backward_agree_with_vjp(program):
    hypothesis.note(str(program))
    case = case_of(program)
    leaves = [Tensor(x, requires_grad=True) for x in case.primals]
    out = case.ours(*leaves)
    expected = by_us(case, whole=False)["vjp"]
    out.backward(case.out_bar)
    out.backward(case.out_bar)
    for leaf, bar in zip(leaves, expected, strict=True):
        np.testing.assert_allclose(leaf.grad, 2.0 * bar, rtol=RTOL, atol=ATOL)


def test_the_programs_are_graphs_with_fan_out_and_every_kind_of_step():
    kinds, reused, sizes = set(), 0, []

    @hypothesis.settings(max_examples=120, **HOW)
    @hypothesis.given(program=programs())
    def look(program):
        nonlocal reused
        kinds.update(step[0] for step in program.steps)
        used = [i for step in program.steps for i in step[2]]
        reused += len(used) > len(set(used))
        leaves = [Tensor(x, requires_grad=True) for x in program.arrays()]
        sizes.append(len(graph_of(leaves, program.run(np, *leaves)).nodes))

    look()
    assert kinds == {"unary", "binary", "reduce", "index", "reshape", "gram", "matmul", "join"}
    assert reused > 30
    assert max(sizes) > 25

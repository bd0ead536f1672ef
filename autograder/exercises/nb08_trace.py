"""NB08, continued: the walk over a trace, and what is built on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from backprop_course import Tensor
from backprop_course.tape import Node, primitive_vjps, toposort

from ..exercise import Exercise, Piece
from ..instances import made, sizes
from ..mistakes import M06, M10, M11, M12, M25, M34, M35, Kind
from ..probes.nb08 import PAIRS, PROGRAMS
from ..reference import answered_by, cotangents_of, values_of
from .nb07_backward import TRUTH_OF_A_GRADIENT

POSITION_FOR_ARGUMENT = Kind(
    "position-for-argument",
    "the position among the parents is taken for the number of the argument",
    "Where a constant stands before a traced value the wrong rule is used.",
    "Two ways of counting are mixed up.",
    "Constants are arguments but no parents, so the first parent may be the second argument. The node "
    "remembers the number of the argument for each parent: the table is asked with that.",
    "NB08.W2",
)
ARGUMENT_IGNORED = Kind(
    "argument-ignored",
    "the gradient is always taken by the first argument",
    "The numbers are those for the first argument, whichever is asked for.",
    "A parameter of the function is not used.",
    "Only the argument that is asked for is traced; the others are handed on as they are.",
    "NB08.W2",
)
NO_PATH = Kind(
    "no-path",
    "an output that does not depend on the argument is not thought of",
    "A constant function fails, or gives something else than zeros.",
    "A case at the edge is missing.",
    "Where nothing in the output was made from the argument there is no node to walk back from. The "
    "cotangent is zero then, in the shape of the argument.",
    "NB08.W2",
)
SUM_FOR_AN_ARRAY = Kind(
    "sum-for-an-array",
    "an output that is an array is summed without a word",
    "Nothing is raised where the gradient of an array is asked for.",
    "A choice is made that the caller should make.",
    "A gradient belongs to one number. For an array the caller has to say which combination of its entries "
    "is meant, and has a tool for that.",
    "NB08.W2",
)


def _add_outgrads(prev: Any, g: Any) -> Any:
    return g if prev is None else prev + g


def _in_place(prev: Any, g: Any) -> Any:
    if prev is None:
        return g
    prev += g
    return prev


def _walk(
    order: Callable[[Any], Any] = toposort,
    add: Callable[[Any, Any], Any] = _add_outgrads,
    begin: Callable[[Any], Any] = lambda g: g,
    argnums: Callable[[Any], Any] = lambda node: node.argnums,
) -> Any:
    """Return `backward_pass`, or one with a slip in it."""

    def backward_pass(g: Any, end_node: Any) -> Any:
        outgrads, last = {end_node: begin(g)}, None
        for node in order(end_node):
            if node not in outgrads:
                continue
            last = outgrads.pop(node)
            for argnum, parent in zip(argnums(node), node.parents, strict=False):
                rule = primitive_vjps[node.fun][argnum]
                outgrads[parent] = add(outgrads.get(parent), rule(last, node.value, *node.args))
        return last

    return backward_pass


def _collecting(order: Callable[[Any], Any]) -> Any:
    """Return a walk that keeps every entry, passes on what has arrived, and gives what is at the root."""

    def backward_pass(g: Any, end_node: Any) -> Any:
        nodes = list(order(end_node))
        outgrads = {node: None for node in nodes} | {end_node: g}
        for node in nodes:
            for argnum, parent in zip(node.argnums, node.parents, strict=True):
                share = primitive_vjps[node.fun][argnum](outgrads[node], node.value, *node.args)
                outgrads[parent] = _add_outgrads(outgrads[parent], share)
        return next(outgrads[node] for node in nodes if not node.parents)

    return backward_pass


def _first_reached(end_node: Any) -> list[Any]:
    reached = [end_node]
    for node in reached:  # grows while it is read
        reached += [parent for parent in dict.fromkeys(node.parents) if parent not in reached]
    return reached


def _traced(program: str, shape: tuple[int, ...] = (3,)) -> Any:
    def draw(rng: np.random.Generator) -> dict[str, Any]:
        x, g, h = rng.uniform(0.5, 2.0, (3, *shape)) * rng.choice((-1.0, 1.0), (3, *shape))
        return {"x": x, "g": g, "h": h, "program": program}

    return draw


backward_pass = Exercise(
    id="NB08.E02",
    points=4,
    see="NB08.W2",
    needs=("backprop_course.tape",),
    shares={"root_bar": 3.0},
    pieces=[
        Piece(
            answer="add_outgrads(prev, g)",
            probe="nb08.added(a: (n, k), b: (n, k), c: (n, k)) -> one: (n, k), two: (n, k), three: (n, k)",
            reference=answered_by(_add_outgrads),
            instances=sizes(n=4, k=3, cases={"the first is 0": {"a": lambda n, k: np.zeros((n, k))}}),
            mistakes=[
                M10(lambda prev, g: g),
                M10(lambda prev, g: g if prev is None else prev),
                M25(_in_place),
                TRUTH_OF_A_GRADIENT(lambda prev, g: prev + g if prev else g),
            ],
        ),
        Piece(
            answer="backward_pass(g, end_node)",
            uses=("Node",),
            probe="nb08.walk(g: (n, k), x: (n, k), program) -> root_bar: (n, k)",
            reference=cotangents_of(lambda x, program: PROGRAMS[program](x), root_bar="x"),
            instances=sizes(
                n=4,
                k=3,
                draw={"program": lambda: "paths of several lengths"},
                cases={
                    program: {"program": program}
                    for program in PROGRAMS
                    if program != "paths of several lengths"
                }
                | {"there is one number": {"x": lambda rng: rng.uniform(0.5, 2.0), "g": -1.7}},
            ),
            mistakes=[
                M10(_walk(add=lambda prev, g: g)),
                M10(_walk(add=lambda prev, g: g if prev is None else prev)),
                M11(_walk(order=_first_reached)),
                M11(_collecting(_first_reached)),
                M12(_walk(begin=np.ones_like)),
                TRUTH_OF_A_GRADIENT(_walk(add=lambda prev, g: prev + g if prev else g)),
                POSITION_FOR_ARGUMENT(_walk(argnums=lambda node: range(len(node.parents)))),
            ],
        ),
    ],
)

# E03: putting it together.


def _make_vjp(
    cotangent: Callable[[Any], Any] = lambda g: g, nothing: Callable[[Any], Any] = np.zeros_like
) -> Any:
    """Return `make_vjp`, or one with a slip in it."""

    def make_vjp(fun: Any, x: Any) -> Any:
        end = fun(Node(x))
        if not isinstance(end, Node):
            return lambda g: nothing(x), end
        return lambda g: _walk()(cotangent(g), end), end.value

    return make_vjp


def _blind(fun: Any, x: Any) -> Any:
    end = fun(Node(x))
    return lambda g: _walk()(g, end), end.value


def _constant_or_cotangent(fun: Any, x: Any) -> Any:
    vjp, value = _make_vjp()(fun, x)
    return (vjp, value) if isinstance(fun(Node(x)), Node) else (lambda g: g, value)


def _grad(argnum_of: Callable[[int], int] = lambda argnum: argnum, *, arrays_too: bool = False) -> Any:
    """Return `grad`, or one with a slip in it."""

    def grad(fun: Any, argnum: int = 0) -> Any:
        i = argnum_of(argnum)

        def gradfun(*args: Any) -> Any:
            vjp, value = _make_vjp()(lambda x: fun(*args[:i], x, *args[i + 1 :]), args[i])
            if np.size(value) != 1 and not arrays_too:
                raise ValueError("the output is not one number")
            return vjp(np.ones_like(value))

        return gradfun

    return grad


def _pulled_back(x: Any, g: Any, h: Any, program: str) -> tuple[Any, ...]:
    def vjp(cotangent: Any) -> Any:
        root = Tensor(x, requires_grad=True)
        PROGRAMS[program](root).backward(cotangent)
        return root.grad

    return PROGRAMS[program](x), vjp(g), vjp(h)


def _constant(n: int, k: int) -> Any:
    return lambda rng: {name: rng.standard_normal(s) for name, s in (("x", n), ("g", k), ("constant", k))}


def _numbers(pair: str) -> Any:
    def draw(rng: np.random.Generator) -> dict[str, Any]:
        return {"x": float(rng.uniform(0.5, 1.4)), "y": float(rng.uniform(1.6, 3.0)), "pair": pair}

    return draw


def _refuses(got: Any) -> str:
    return "" if got in ("ValueError", "TypeError") else "a ValueError is asked for"


make_vjp = Exercise(
    id="NB08.E03",
    points=4,
    see="NB08.W2",
    needs=("backprop_course.tape",),
    pieces=[
        Piece(
            answer="make_vjp(fun, x)",
            probe="nb08.pulled_back(x, g, h, program) -> value, first_vjp, second_vjp",
            reference=values_of(_pulled_back),
            instances=made(
                _traced("fan-out"),
                _traced("paths of several lengths", (4, 2)),
                a_chain=_traced("a chain"),
                one_number=_traced("fan-out", ()),
            ),
            mistakes=[
                M12(_make_vjp(np.ones_like)),
                M34(lambda fun, x: _make_vjp()(fun, x)[::-1]),
                M06(_make_vjp(lambda g: -g)),
            ],
        ),
        Piece(
            answer="make_vjp(fun, x)",
            probe="nb08.unrelated(x, g, constant) -> value_of_a_constant, vjp_of_a_constant",
            reference=values_of(lambda x, constant: (constant, np.zeros_like(x))),
            instances=made(_constant(3, 4), _constant(5, 3)),
            mistakes=[
                NO_PATH(_blind),
                NO_PATH(_make_vjp(nothing=lambda x: 0.0)),
                NO_PATH(_make_vjp(nothing=np.ones_like)),
                NO_PATH(_constant_or_cotangent),
            ],
        ),
        Piece(
            answer="grad(fun, argnum=0)",
            probe="nb08.gradients(x, y, pair) -> by_default, by_first, by_second",
            reference=cotangents_of(
                lambda x, y, pair: PAIRS[pair](x, y), by_default="x", by_first="x", by_second="y"
            ),
            instances=made(_numbers("a difference of products"), _numbers("a power and a quotient")),
            mistakes=[
                ARGUMENT_IGNORED(_grad(lambda argnum: 0)),
                M35(_grad(lambda argnum: (argnum - 1) % 2)),
                M06(lambda fun, argnum=0: lambda *args: -_grad()(fun, argnum)(*args)),
            ],
        ),
        Piece(
            answer="grad(fun, argnum=0)",
            probe="nb08.of_an_array(x) -> array_output",
            reference=values_of(lambda: "ValueError"),
            accepts={"array_output": _refuses},
            instances=made(
                lambda rng: {"x": rng.standard_normal(3)}, lambda rng: {"x": rng.standard_normal((2, 4))}
            ),
            mistakes=[SUM_FOR_AN_ARRAY(_grad(arrays_too=True))],
        ),
    ],
)

"""Probes of NB08: rules in a table, a walk over a trace, and a Function with its context."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from .common import QUIET
from .tools import Misfit, field, raised, several, wrote

Array = npt.NDArray[np.float64]
Fun = Callable[..., Any]


def rules_of(register_rules: Fun, g: Array, name: str, ans: Array, *args: Array) -> tuple[Any, ...]:
    """Let the learner fill a table, and apply the rules of one function."""
    table: Any = {}
    returned = register_rules(table)
    table = returned if isinstance(returned, Mapping) else table
    if not table:
        raise NotImplementedError  # a stub's: the judge says "not yet written"
    if name not in table:
        raise Misfit(f"the table has no rules for {name}")
    rules = [table[name]] if callable(table[name]) else table[name]
    if len(rules) != len(args):
        raise Misfit(f"the table has {len(rules)} rules for {name}, which has {len(args)} arguments")
    return tuple(wrote(rules[i](g, ans, *args)) for i in range(len(args)))


def added(add_outgrads: Fun, first: Array, second: Array, third: Array) -> tuple[Any, ...]:
    """Accumulate three contributions; tell what there is after each."""
    one = wrote(add_outgrads(None, first))
    two = wrote(add_outgrads(first, second))
    return one, two, wrote(add_outgrads(two, third))


# Functions of traced values, in operators alone: whatever class records them, it has these.
PROGRAMS: dict[str, Fun] = {
    "a chain": lambda x: (2.0 - x * 3.0) / 4.0,
    "fan-out": lambda x: (x * x - 3.0) * (1.5 - x) + x,
    # They part at a node that is not the root: what it passes on too early is lost.
    "paths of several lengths": lambda x: _parting(x * 1.5),
    "a repeated argument": lambda x: _squared(2.0 - x),
    "a path whose gradient is 0": lambda x: (x * 0.0) * x + x * 4.0,
    "the root itself": lambda x: x,
}
PAIRS: dict[str, Fun] = {
    "a difference of products": lambda x, y: x * y - 3.0 * y / x,
    "a power and a quotient": lambda x, y: x**2 / y - y * 0.7,
}


def _parting(z: Any) -> Any:
    return (-(2.0 - z * 0.5)) * z + z * z * z


def _squared(z: Any) -> Any:
    return z * z


def seen_by(answer: Any, name: str) -> Any:
    """Return what an answer sees under a name: its notebook's, or that of a module imported there."""
    around = getattr(answer, "__globals__", {})
    modules = [vars(value) for value in around.values() if isinstance(value, ModuleType)]
    return next((seen[name] for seen in (around, *modules) if name in seen), None)


class _Bare:
    """A root without a class of its own."""

    fun, args, parents, argnums = None, (), (), ()

    def __init__(self, value: Any) -> None:
        self.value, self.kwargs = value, dict[str, Any]()


def _node(Node: Any, backward_pass: Fun, g: Array) -> Any:
    """Return the notebook's class of traced values: by name, or as the answer sees it."""
    Node = Node or seen_by(backward_pass, "Node")
    if Node is not None:
        return Node
    wrote(backward_pass(g, _Bare(g)))
    raise Misfit("there is no Node: run the cell that imports it")


def walk(backward_pass: Fun, Node: Any, g: Array, x: Array, program: str) -> tuple[Any, ...]:
    """Record a program and walk back from its end."""
    root = _node(Node, backward_pass, g)(x)
    return (wrote(backward_pass(g, PROGRAMS[program](root))),)


def pulled_back(make_vjp: Fun, x: Array, g: Array, h: Array, program: str) -> tuple[Any, ...]:
    """Trace a program once and send two cotangents back."""
    vjp, value = several(make_vjp(PROGRAMS[program], x), 2, "make_vjp")
    return value, wrote(vjp(g)), wrote(vjp(h))


def unrelated(make_vjp: Fun, x: Array, g: Array, constant: Array) -> tuple[Any, ...]:
    """Trace a function whose value does not depend on its argument."""
    vjp, value = several(make_vjp(lambda _: constant, x), 2, "make_vjp")
    return value, wrote(vjp(g))


def gradients(grad: Fun, x: float, y: float, pair: str) -> tuple[Any, ...]:
    """Take the gradient of a function of two numbers by each of them, and without saying by which."""
    f = PAIRS[pair]
    return wrote(wrote(grad(f))(x, y)), wrote(wrote(grad(f, 0))(x, y)), wrote(wrote(grad(f, argnum=1))(x, y))


def of_an_array(grad: Fun, x: Array) -> tuple[str | None]:
    """Ask for the gradient of a function that gives an array."""
    return (raised("ValueError", wrote(grad(PROGRAMS["fan-out"])), x),)


class Context:
    """What forward leaves for backward."""

    def __init__(self) -> None:
        self.saved_tensors: tuple[Any, ...] = ()
        self.needs_input_grad = (True, False)

    def save_for_backward(self, *values: Any) -> None:
        """Keep values."""
        self.saved_tensors = values


def fused(cls: Any, u: Array, y: Array, g: Any) -> tuple[Any, ...]:
    """Go forward and back through a Function; tell what it returns in the place of the labels too."""
    ctx = Context()
    loss = wrote(field(cls, "forward")(ctx, u, y))
    returned = wrote(field(cls, "backward")(ctx, g))
    u_bar, *others = returned if isinstance(returned, (tuple, list)) else (returned,)
    for_y = [type(other).__name__ if other is not None else "None" for other in others]
    return loss, wrote(u_bar), ", ".join(for_y) or "nothing"


def fused_calmly(cls: Any, u: Array, y: Array, g: Any) -> tuple[Any, ...]:
    """Go forward and back through a Function with NumPy's warnings on, and tell the first one."""
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("always")
        loss, u_bar, _ = fused(cls, u, y, g)
    said = [str(w.message) for w in caught if issubclass(w.category, RuntimeWarning)]
    return loss, u_bar, said[0] if said else QUIET


def exponentials(cls: Any, u: Array, y: Array, g: Any) -> tuple[int]:
    """Count the exponentials that backward takes of arrays that come from forward."""
    ctx = Context()
    wrote(field(cls, "forward")(ctx, u.view(_Watched), y))
    _Watched.seen.clear()
    wrote(field(cls, "backward")(ctx, g))
    return (len(_Watched.seen),)


class _Watched(np.ndarray[Any, Any]):
    """An array that remembers which exponentials are taken of it and of what is computed from it."""

    seen: ClassVar[list[str]] = []

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **settings: Any) -> Any:
        if ufunc in (np.exp, np.exp2, np.expm1, np.tanh, np.logaddexp):
            self.seen.append(ufunc.__name__)
        plain = [x.view(np.ndarray) if isinstance(x, _Watched) else x for x in inputs]
        if out := settings.get("out"):
            settings["out"] = tuple(x.view(np.ndarray) if isinstance(x, _Watched) else x for x in out)
        result = getattr(ufunc, method)(*plain, **settings)
        return result.view(_Watched) if isinstance(result, np.ndarray) else result

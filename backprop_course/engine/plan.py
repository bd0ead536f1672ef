"""compile: a function recorded once, and then replayed without recording: the define-then-run design.

Because rules are NumPy calls, a backward walk run on Tensors is a recorded graph like any other: a whole
training step, with its gradients and its update, becomes one flat program. Read `program` for how it runs.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import GraphError
from . import refusals, rules
from .bare import Bare
from .modes import tracing
from .program import Program
from .straight import straight_line
from .tensor import Tensor, made, record
from .trees import leaves, map_leaves, with_leaves
from .values import as_value
from .walks import topological_order

Func = Callable[..., Any]


def compile(  # the name that the design gives it
    f: Func, *example_args: Any, donate: int | Sequence[int] = (), reuse: bool = False
) -> Compiled:
    """Make a function that gives what `f` gives by replaying what it recorded.

    Parameters
    ----------
    f : callable
        Maps arrays, or nested lists, tuples and dicts of them, to the same. Transforms such as `grad` may be
        called inside. It must do the same operations whatever the values are.
    *example_args
        Arguments to record with; only their structure, shapes and dtypes matter. Without any, the first call
        records. Arguments of other shapes are recorded anew.
    donate : int or sequence of int
        Arguments whose arrays may be overwritten by outputs of their shape and dtype, in order.
    reuse : bool
        Whether results may be the program's own buffers, which the next call overwrites.

    Returns
    -------
    Compiled
        A callable; ``.replayed`` says whether the last call ran the program.

    Raises
    ------
    GraphError
        If `f` decides something by values (an ``if``, a sort, an index).

    References
    ----------
    Abadi et al., "TensorFlow: a system for large-scale machine learning" (2016), for define-then-run.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import compile, value_and_grad
    >>> def step(w, x, y):
    ...     loss, g = value_and_grad(lambda w: np.mean((x @ w - y) ** 2))(w)
    ...     return w - 0.1 * g, loss
    >>> w, x, y = np.zeros(2), np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([1.0, 2.0])
    >>> fast = compile(step, w, x, y, donate=0)
    >>> for _ in range(100):
    ...     w, loss = fast(w, x, y)
    >>> w.round(4)
    array([1., 1.])
    """
    numbers = (donate,) if isinstance(donate, int) else tuple(donate)
    compiled = Compiled(f, numbers, reuse)
    if example_args:
        compiled.record(*example_args)
    return compiled


class Compiled:
    """What `compile` returns; see there."""

    def __init__(self, f: Func, donate: tuple[int, ...], reuse: bool) -> None:
        self.f, self.donate, self.reuse = f, donate, reuse
        self.plans: dict[Any, Plan] = {}

    def __call__(self, *args: Any) -> Any:
        """Replay the program for arguments of these shapes, recording it first where there is none."""
        values, signature = _flattened(args)
        plan = self.plans.get(signature)
        if plan is None:
            plan = self.record(*args)
        return plan.run(values, args)

    def record(self, *args: Any) -> Plan:
        """Record and plan `f` for arguments of these shapes."""
        for i in self.donate:
            if not -len(args) <= i < len(args):
                raise refusals.argument_count("compile(donate=...)", i + 1, len(args))
        plan = Plan(self.f, args, [i % len(args) for i in self.donate], self.reuse)
        self.plans[_flattened(args)[1]] = plan
        return plan


def _flattened(args: tuple[Any, ...]) -> tuple[list[Any], Any]:
    """The leaves that vary, and what must stay the same: structure, shapes, dtypes, other leaves."""
    values: list[Any] = []
    kinds: list[Any] = []
    for x in leaves(args):
        if isinstance(x, Bare):
            x = x.value
        if isinstance(x, np.ndarray):
            values.append(x)
            kinds.append((x.shape, x.dtype))
        elif isinstance(x, float | np.generic):
            values.append(x)
            kinds.append(type(x))
        else:
            kinds.append(x)
    return values, (_structure(args), *kinds)


def _structure(tree: Any) -> Any:
    if isinstance(tree, dict):
        return tuple((key, _structure(branch)) for key, branch in tree.items())
    if isinstance(tree, list | tuple):
        return (type(tree), *map(_structure, tree))
    return None


class Plan:
    """The program for arguments of one structure.

    Attributes
    ----------
    bytes : int
        Memory of all its buffers.
    """

    def __init__(self, f: Func, args: tuple[Any, ...], donate: list[int], reuse: bool) -> None:
        self.f, self.reuse = f, reuse
        with tracing():
            inputs: list[Tensor] = []
            owners: list[int] = []

            def lift(number: int, x: Any) -> Any:
                if not isinstance(x, Bare | np.ndarray | np.generic | float):
                    return x
                inputs.append(_input(x))
                owners.append(number)
                return inputs[-1]

            lifted = [map_leaves(functools.partial(lift, number), arg) for number, arg in enumerate(args)]
            self.out = f(*lifted)
            outs = [x if isinstance(x, Tensor) else Tensor(x) for x in leaves(self.out)]
            outs, order = _expanded(outs, inputs)
        self.kinds = [type(t.value) for t in outs]
        self.donated = _matched(outs, inputs, owners, donate)
        self.straight = straight_line(order, inputs, outs)
        self.program = None if self.straight else Program(order, inputs, outs, self.donated)
        self.bytes = self.program.bytes if self.program else 0
        kept = {id(self.program.buffer_of.get(id(t))) for t in outs} if self.program else set()
        self.owned = [bool(kept) and k not in self.donated for k in range(len(outs))]

    def run(self, values: list[Any], args: tuple[Any, ...]) -> Any:
        """Run the program on the leaves of the arguments."""
        if self.straight is not None:
            try:
                results = list(self.straight(*values))
            except (ArithmeticError, ValueError):  # a corner that NumPy decides about, by inf or nan
                return self.f(*args)
        else:
            assert self.program is not None  # one of the two is there
            results = self.program.run(values)
        found = map(self._shown, range(len(results)), results)
        return with_leaves(self.out, iter(list(found)))

    def _shown(self, k: int, value: Any) -> Any:
        kind = self.kinds[k]
        if kind is float:
            return float(value)
        if kind is not np.ndarray:
            return value[()] if isinstance(value, np.ndarray) else value
        return value if self.reuse or not self.owned[k] else np.array(value)


def _input(x: Any) -> Tensor:
    value = x.value if isinstance(x, Bare) else x if type(x) is float else as_value(x, copy=False)
    return made(value, False, _INPUT)


_INPUT = rules.Primitive(lambda: None)
_INPUT.name = "input"


def _matched(
    outs: list[Tensor], inputs: list[Tensor], owners: list[int], donate: list[int]
) -> dict[int, int]:
    """Which output overwrites which donated input: the first free one of its shape and dtype."""
    free = [
        i for i, owner in enumerate(owners) if owner in donate and isinstance(inputs[i].value, np.ndarray)
    ]
    found: dict[int, int] = {}
    for k, t in enumerate(outs):
        for i in free:
            if isinstance(t.value, np.ndarray) and (t.shape, t.dtype) == (inputs[i].shape, inputs[i].dtype):
                found[k] = i
                free.remove(i)
                break
    return found


# Primitives of our own are NumPy calls too: they are recorded in their turn, so that all of them get buffers.


def _expanded(outs: list[Tensor], inputs: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
    """Outputs and computed Tensors in order, in NumPy's calls; what depends on no input is left out."""
    known: dict[int, Any] = {id(t): t for t in inputs}
    ours = {id(t) for t in inputs}
    for t in topological_order(outs):
        if id(t) in known:
            continue
        node = t.node
        if node is None:
            continue
        found = tuple(known.get(id(x), x) if isinstance(x, Tensor) else x for x in node.inputs)
        if not any(isinstance(x, Tensor) and (x.node is not None) for x in found):
            known[id(t)] = made(t.value)  # the same for all inputs
            continue
        if node.primitive.name == "lifted":
            known[id(t)] = found[0]
            continue
        known[id(t)] = _in_numpy_calls(node.primitive, found, node.params)
    final = [known.get(id(t), t) for t in outs]
    order = [t for t in topological_order(final) if t.node is not None and id(t) not in ours]
    return final, order


def _in_numpy_calls(primitive: rules.Primitive, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
    raw = getattr(primitive.function, "__wrapped__", None)
    if primitive.function is np.mean:
        total = np.sum(inputs[0], **params)
        return np.true_divide(total, inputs[0].size / max(total.size, 1))
    if raw is not None and primitive.ours:
        try:
            return raw(*inputs, **params)
        except GraphError:  # it looks at values, to scatter them for example: one call of its own
            pass
    return record(primitive, inputs, params)

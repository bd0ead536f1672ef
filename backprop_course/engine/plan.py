"""compile: a function recorded once, and then replayed without recording: the define-then-run design.

Because rules are NumPy calls, a backward walk run on Tensors is a recorded graph like any other: a whole
training step, with its gradients and its update, becomes one flat program. What is recorded becomes `steps`
(by `lowering`), these get memory (`lifetimes`, `memory`), and are written as Python (`program`, `straight`),
with the arguments taken apart around them (`binding`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import numpy as np

from . import refusals, rules
from .allocation import no_collection
from .bare import Bare
from .binding import OTHER, gives, made, takes
from .lowering import lowered
from .modes import mode, tracing
from .program import Program
from .steps import Step
from .straight import is_straight, straight_lines
from .tensor import Tensor, record
from .trees import leaves, map_leaves
from .values import as_value

Func = Callable[..., Any]
_IN_TEXT = (Step, float, int, np.generic)


def compile(  # the name that the design gives it
    f: Func, *example_args: Any, donate: int | Sequence[int] = (), reuse: bool = False, fixed: bool = False
) -> Compiled:
    """Make a function that gives what `f` gives by replaying what it recorded.

    Parameters
    ----------
    f : callable
        Maps arrays, or nested lists, tuples and dicts of them, to the same. Transforms such as `grad` may be
        called inside. It must do the same operations whatever the values are.
    *example_args
        Arguments to record with; only their structure, shapes, dtypes and memory order matter. Without any,
        the first call records. Arguments of another kind are recorded anew, when they come.
    donate : int or sequence of int
        Arguments whose arrays may be overwritten by outputs of their shape and dtype, in order.
    reuse : bool
        Whether results may be the program's own buffers, which the next call overwrites.
    fixed : bool
        Whether arguments that would need another recording are refused instead.

    Returns
    -------
    Compiled
        A callable. Its programs are in ``.plans``, each with its ``.source`` in Python. They have one set of
        buffers and keep hold of the arrays that they were last called with: use one in one thread at a time.

    Raises
    ------
    GraphError
        If `f` decides something by values (an ``if``, a sort, an index).
    ShapeError
        If `fixed`, for arguments of another structure, shape or dtype, or other constants.

    Notes
    -----
    What `f` does besides NumPy calls on its arguments happens once, while it is recorded: printing, drawing
    from a generator (see `engine.randomness` for draws that are repeated), reading the clock, and what it
    computes from the ``.value`` of a Tensor. Arrays that it finds elsewhere than in its arguments are
    constants, and must not change; where a Tensor that it finds there is assigned to, it is recorded anew.
    Floats and arrays among the arguments vary freely; anything else is a setting, and each has a program
    of its own: pass a counter as a float, not as an int. A donated array must share no memory with another
    argument, and its old entries are gone after the call.

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
    if not callable(f):
        raise refusals.not_a_function("compile", f)
    compiled = Compiled(f, _numbers(donate), reuse, fixed)
    if example_args:
        compiled.record(*example_args)
    return compiled


def _numbers(donate: Any) -> tuple[int, ...]:
    given = (donate,) if isinstance(donate, int | np.integer) else donate
    whole = isinstance(given, Iterable) and not isinstance(given, str)
    numbers = tuple(given) if whole else ()
    if not whole or any(isinstance(n, bool) or not isinstance(n, int | np.integer) for n in numbers):
        raise refusals.not_donated(donate)
    return tuple(int(n) for n in numbers)


class Compiled:
    """What `compile` returns; see there."""

    def __init__(self, f: Func, donate: tuple[int, ...], reuse: bool, fixed: bool) -> None:
        self.f, self.donate, self.reuse, self.fixed = f, donate, reuse, fixed
        self.plans: dict[Any, Plan] = {}
        self._latest: Func = lambda args: OTHER

    def __repr__(self) -> str:
        programs = "1 program" if len(self.plans) == 1 else f"{len(self.plans)} programs"
        return f"<compiled {getattr(self.f, '__name__', type(self.f).__name__)}, {programs} in .plans>"

    def __call__(self, *args: Any) -> Any:
        """Replay the program for such arguments, recording it first where there is none."""
        found = self._latest(args)
        return found if found is not OTHER else self._another(args)

    def _another(self, args: tuple[Any, ...]) -> Any:
        """Replay another plan than last time; or take part in what is recorded around this call."""
        if any(isinstance(x, Tensor) and (x.requires_grad or mode.tracing) for x in leaves(args)):
            return self.f(*args)
        args = map_leaves(_plain, args)
        plan = self.plans.get(_signature(args))
        if plan is None or plan.is_outdated():
            if self.fixed and self.plans and plan is None:
                raise refusals.other_arguments(
                    _described(args), [plan.described for plan in self.plans.values()]
                )
            plan = self.record(*args)
        self._latest = plan.replay
        return plan.replay(args)

    def record(self, *args: Any) -> Plan:
        """Record and plan `f` for such arguments."""
        if any(not -len(args) <= i < len(args) for i in self.donate):
            raise refusals.not_donated(self.donate, len(args))
        args = map_leaves(_plain, args)
        donate = {i % len(args) for i in self.donate}
        for i in donate:
            _require_own_memory(args, i)
        with no_collection():
            plan = Plan(self.f, args, donate, self.reuse)
        self.plans[_signature(args)] = plan
        self._latest = plan.replay
        return plan


def _require_own_memory(args: tuple[Any, ...], donated: int) -> None:
    """Refuse to donate what cannot be written to, or what another array would change with."""
    own = [x for x in leaves(args[donated]) if isinstance(x, np.ndarray)]
    others = [x for n, arg in enumerate(args) if n != donated for x in leaves(arg)]
    for n, x in enumerate(own):
        if not x.flags.writeable:
            raise refusals.donated_in_vain(donated, "an array that may only be read, or a Tensor")
        if any(
            isinstance(y, np.ndarray) and np.may_share_memory(x, y) and np.shares_memory(x, y)
            for y in own[:n] + others
        ):
            raise refusals.donated_in_vain(donated, "an array whose memory another argument shares")


def _plain(x: Any) -> Any:
    """A leaf as programs take it: a Tensor's value, a plain array, a dtype there is only one of."""
    if isinstance(x, Bare):
        x = x.value
    if isinstance(x, np.ndarray):
        x = np.asarray(x)
        if not x.dtype.isnative:
            x = x.astype(x.dtype.newbyteorder("="))
        known = np.dtype(x.dtype.str)
        return x.view(known) if x.dtype == known and x.dtype is not known else x
    return x


def _is_input(x: Any) -> bool:
    """Whether a leaf is a number or an array, which may change from call to call; an int is a setting."""
    return isinstance(x, np.ndarray | np.generic | float)


def _signature(tree: Any) -> Any:
    """What must stay the same from call to call."""
    if isinstance(tree, dict):
        return (dict, *((key, _signature(branch)) for key, branch in tree.items()))
    if isinstance(tree, list | tuple):
        return (type(tree), *map(_signature, tree))
    if isinstance(tree, np.ndarray):
        return tree.shape, tree.dtype, tree.strides
    if _is_input(tree):
        return type(tree)
    return type(tree), tree if isinstance(tree, Hashable) else id(tree)  # which a plan keeps alive


def _described(args: tuple[Any, ...]) -> str:
    def told(x: Any) -> str:
        return f"{x.dtype}{list(x.shape)}" if isinstance(x, np.ndarray) else type(x).__name__

    return ", ".join(told(x) if _is_input(x) else repr(x) for x in leaves(args))


class Plan:
    """The program for arguments of one structure.

    Attributes
    ----------
    replay : callable
        Takes the arguments of `f` as a tuple and gives its results, or `binding.OTHER` where they are of
        another kind.
    source : str
        The text of `replay`: Python that one could have written by hand.
    straight : bool
        Whether it is made of Python's floats alone.
    bytes : int
        Memory of all its buffers.
    """

    def __init__(self, f: Func, args: tuple[Any, ...], donate: set[int], reuse: bool) -> None:
        held: dict[int, list[str]]
        self.described = _described(args)
        with tracing():
            inputs: list[Tensor] = []
            owners: list[int] = []

            def lift(number: int, x: Any) -> Any:
                if not _is_input(x):
                    return x
                inputs.append(
                    record(_INPUT, (x if isinstance(x, float | np.generic) else as_value(x, copy=False),))
                )
                owners.append(number)
                return inputs[-1]

            lifted = [map_leaves(functools.partial(lift, n), arg) for n, arg in enumerate(args)]
            out = f(*lifted)
            steps, taken, outs, constants = lowered(list(leaves(out)), inputs)
        self._constants = [(t, t.number) for t in constants]
        order = steps.needed(outs)
        self.straight = is_straight(order, taken) and all(isinstance(x, _IN_TEXT) for x in outs)
        if self.straight:
            lines, names, results = straight_lines(order, taken, outs)
            self.bytes, held = 0, {}
            lines = ["try:", "    pass", *(f"    {line}" for line in lines)]
            lines += [
                "except (ArithmeticError, ValueError):",
                "    return f(*args)  # NumPy gives inf or nan",
            ]
            names["f"] = f
        else:
            free = {n for n, owner in enumerate(owners) if owner in donate}
            program = Program(order, taken, outs, _matched(outs, taken, free), reuse)
            lines, names, results = program.lines, program.names, program.results
            self.bytes, held = program.bytes, program.held
        for n, (t, _) in enumerate(self._constants):
            names[f"leaf{n}"] = t
        written = [f"leaf{n}.number != {number}" for n, (_, number) in enumerate(self._constants)]
        lines = [*([f"if {' or '.join(written)}: return OTHER"] if written else ()), *lines]
        last = f"return {gives(out, results, names)}"
        self.replay, self.source = made("replay", [*takes(args, _is_input, names, held), *lines, last], names)

    def is_outdated(self) -> bool:
        """Whether a Tensor that is no argument was assigned to since."""
        return any(t.number != number for t, number in self._constants)


_INPUT, _DETACHED = rules.Primitive(lambda x: x), rules.Primitive(lambda x: x)
_INPUT.name, _INPUT.batched, _DETACHED.name = "input", True, "detached"


def _detached(x: Tensor) -> Tensor:
    out = record(_DETACHED, (x,))
    out.requires_grad = False
    return out


Tensor.detached = _detached


def _matched(outs: list[Any], inputs: list[Step], free: set[int]) -> dict[int, int]:
    """Which output overwrites which donated input: the first free one of its shape and dtype."""
    found: dict[int, int] = {}
    for k, x in enumerate(outs):
        like = x.like if type(x) is Step else x
        for i in sorted(free):
            given = inputs[i].like
            both = isinstance(like, np.ndarray) and isinstance(given, np.ndarray)
            if both and (like.shape, like.dtype) == (given.shape, given.dtype):
                found[k] = i
                free.remove(i)
                break
    return found

"""vjp, jvp, grad and their kin: run the function on fresh Tensors, walk, take the wrapping off again.

Arguments may be nested lists, tuples and dicts of arrays; a derivative has the structure of what it belongs
to. The transforms nest: called on Tensors that want a gradient, they return Tensors that remember the walk.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..engine import refusals
from ..engine.bare import wants_gradient
from ..engine.custom import primitive
from ..engine.modes import differentiating, mode, tick
from ..engine.primitives._tools import anywhere, linear, unary
from ..engine.primitives.elementwise import cast
from ..engine.rules import entry
from ..engine.scalars import Scalar, pullback_of_floats
from ..engine.tensor import NONE, Tensor, new
from ..engine.trees import leaves, map_leaves, with_leaves
from ..engine.values import as_value, held
from ..engine.walks import pullback, pushforward, topological_order
from . import arguments

Func = Callable[..., Any]


@primitive
def lifted(x: Any) -> Any:
    """Return `x` itself: a transform's own input, not to be taken for what only has the same value."""
    return x


linear(lifted, lambda out_bar, out, x: out_bar, samples=unary(anywhere))

LIFTED = entry(lifted)
nothing = contextlib.nullcontext()
_TENSORS = {Tensor, Scalar}
_PLAIN = {np.ndarray, float}


class Run:
    """One run of a function on fresh Tensors, and the walks one may take over it.

    Parameters
    ----------
    f : callable
        Maps trees of Tensors to a tree of Tensors (or of constants).
    args : sequence of trees of array_like
        All arguments of the call.
    argnums : sequence of int
        Which of them are differentiated by.
    settings : dict
        Passed to `f` by name.
    """

    def __init__(
        self, f: Func, args: Sequence[Any], argnums: Sequence[int], settings: dict[str, Any] = NONE
    ) -> None:
        self.primals = [args[i] for i in argnums]
        self.plain = _PLAIN.issuperset(map(type, args))  # no trees and no Tensors: less to look for
        given = self.primals if self.plain else leaves(self.primals)
        self.inputs = [lift(x) for x in given]
        fresh = iter(self.inputs)
        filled = list(args)
        for i in argnums:
            filled[i] = next(fresh) if self.plain else with_leaves(args[i], fresh)
        inside = mode.depth
        mode.depth += 1
        try:
            self.out = f(*filled, **settings)
        finally:
            mode.depth -= 1
        returned = [self.out] if type(self.out) is Tensor else leaves(self.out)
        self.outs = [x if isinstance(x, Tensor) else constant(x) for x in returned]
        self._order: list[Tensor] | None = None
        # Where a value of ours depends on a Tensor of the caller, our walks are part of the caller's graph.
        self.wrap = not self.plain and not _TENSORS.isdisjoint(map(type, leaves(args)))
        self.nested = mode.tracing or (self.wrap and any(map(wants_gradient, given)))
        if inside and not self.nested:
            first = min((x.number for x in self.inputs), default=0)
            self.nested = any(t.primitive is LIFTED and t.number < first for t in self.order)
        self.wrap = self.wrap or self.nested

    @property
    def order(self) -> list[Tensor]:
        """All Tensors that the outputs depend on, in the order of the run."""
        if self._order is None:
            self._order = topological_order(self.outs)
        return self._order

    def pull(self, out_bars: Iterable[Any]) -> list[Any]:
        """Cotangents of the inputs, for those of the outputs; zeros where nothing depends on an input."""
        bars: dict[Tensor, Any] = {}
        for t, bar in zip(self.outs, out_bars, strict=True):
            bars[t] = bars[t] + bar if t in bars else bar
        if type(self.outs[0]) is Scalar and len(bars) == 1 and not (self.nested or mode.anomaly):
            out, bar = next(iter(bars.items()))
            found = pullback_of_floats(out, bar, set(self.inputs)) if type(bar) is float else None
            if found is not None:
                return [self.seen(found.get(x), x) for x in self.inputs]
        return self.pull_from(bars)

    def pull_from(self, bars: dict[Tensor, Any]) -> list[Any]:
        """The same, for cotangents of any Tensors of the run."""
        walked, wanted = self.order, None
        # Leaves come first. Those that want a gradient and are not ours are passed over.
        if self.nested or any(t.requires_grad for t in itertools.takewhile(_is_leaf, self.order)):
            stop = set(self.inputs)
            walked, wanted = [t for t in walked if t not in stop], leading_to(self.inputs, walked)
        if self.nested:  # rules may call transforms in their turn
            with differentiating:
                bars = pullback(walked, bars, wanted, record=True)
        else:  # memory is what counts here, and only ours are asked for
            bars = pullback(walked, bars, wanted, kept=set(self.inputs))
        return [self.seen(bars.get(x), x) for x in self.inputs]

    def push(self, dots: Iterable[Any]) -> list[Any]:
        """Tangents of the outputs, for those of the inputs; zeros where an output depends on none."""
        with differentiating if self.nested else nothing:
            given = dict(zip(self.inputs, dots, strict=True))
            found = pushforward(self.order, given, record=self.nested)
        return [self.seen(found.get(t), t) for t in self.outs]

    def seen(self, bar: Any, like: Tensor) -> Any:
        """Return `bar` as the caller shall see it: zeros for `None`, the dtype of `like`, its own array."""
        if bar is None:
            bar = np.zeros(like.shape, like.dtype)[()]
        if isinstance(bar, Tensor):
            bar = bar if bar.dtype == like.dtype else cast(bar, to=like.dtype)
            return bar if self.nested else self.shown(bar)
        if type(like.value) is float and np.ndim(bar) == 0:
            bar = float(bar)
        elif isinstance(bar, np.ndarray):
            if bar.base is not None or bar.dtype != like.dtype or not bar.flags.writeable:
                bar = bar.astype(like.dtype)
        elif getattr(bar, "dtype", None) != like.dtype:
            bar = like.dtype.type(bar)
        return Tensor(bar) if self.wrap else bar

    def shown(self, x: Any) -> Any:
        """Return a value of the run as the caller shall see it: a Tensor if Tensors came in, else plain."""
        if self.nested:
            return x
        value = x.value if isinstance(x, Tensor) else x
        if self.wrap:
            return Tensor(value)
        return value.copy() if isinstance(value, np.ndarray) else value


def lift(x: Any) -> Tensor:
    """Make a fresh input of `x`, recorded so that derivatives of derivatives find the way back to `x`."""
    value: Any
    if type(x) is np.ndarray:
        value = x.view()  # most often: `as_value` asks more
    else:
        value = x.value if isinstance(x, Tensor) else x if type(x) is float else as_value(x, copy=False)
    if type(value) is not float and value.dtype.kind != "f":
        raise refusals.integers(value)
    out: Tensor = new(Tensor)
    out.value, out.requires_grad, out.number = held(value), True, tick()
    out.primitive, out.inputs, out.values, out.params = LIFTED, (x,), (value,), NONE
    out.grad = out.name = None
    return out


def constant(x: Any) -> Tensor:
    """What a function returned without a Tensor: it depends on none."""
    if x is None:
        raise refusals.nothing_returned()
    return Tensor(x)


def one_like(out: Tensor) -> Any:
    """The cotangent 1 for an output of one entry, in its shape and dtype."""
    if type(out.value) is float:
        return 1.0
    return np.ones(out.shape, out.dtype) if out.shape else out.dtype.type(1.0)


def leading_to(targets: Iterable[Tensor], order: list[Tensor]) -> set[Tensor]:
    """Return the Tensors in `order` that depend on `targets`, and the targets."""
    found = set(targets)
    for t in order:
        if any(isinstance(x, Tensor) and x in found for x in t.inputs):
            found.add(t)
    return found


def _is_leaf(t: Tensor) -> bool:
    return t.primitive is None


def directions(run: Run, trees: Sequence[Any], likes: Sequence[Tensor], what: str) -> list[Any]:
    """Check cotangents or tangents against the shapes they must have, and return them as a flat list."""
    found = [x if isinstance(x, Tensor | float) else np.asarray(x)[()] for x in leaves(list(trees))]
    if len(found) != len(likes) or any(np.shape(d) != x.shape for d, x in zip(found, likes, strict=True)):
        shapes = [x.shape for x in likes]
        mend = "give it the shape of what it belongs to"
        raise refusals.shapes(f"A {what} has the wrong shape.", shapes, [np.shape(d) for d in found], mend)
    if any(map(wants_gradient, found)):
        run.nested = run.wrap = True
    elif any(isinstance(d, Tensor) for d in found):
        run.wrap = True
    return [d if run.nested or not isinstance(d, Tensor) else d.value for d in found]


def vjp(f: Func, *primals: Any) -> tuple[Any, Callable[..., tuple[Any, ...]]]:
    """Value of `f` and its vector-Jacobian product at `primals`.

    Parameters
    ----------
    f : callable
        Maps Tensors with the shapes of `primals` to a Tensor, or to a tree of them.
    *primals : array_like of floats, or trees of them
        Where to differentiate. Integers are refused.

    Returns
    -------
    out : ndarray (or Tensor, where Tensors came in)
    f_vjp : callable
        Maps a cotangent with the shape of `out` to a tuple, one cotangent per primal; one reverse walk.

    Raises
    ------
    ShapeError
        If the cotangent does not have the shape of `out`.
    DtypeError
        If a primal is made of integers.

    References
    ----------
    Griewank & Walther, *Evaluating Derivatives* (2008), ch. 3.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import vjp
    >>> out, f_vjp = vjp(lambda W, x: W @ x, np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, -1.0]))
    >>> out
    array([-1., -1.])
    >>> f_vjp(np.array([1.0, 0.0]))
    (array([[ 1., -1.],
           [ 0.,  0.]]), array([1., 2.]))
    """
    arguments.function(f, "vjp")
    run = Run(f, primals, range(len(primals)))

    def f_vjp(out_bar: Any) -> tuple[Any, ...]:
        bars = run.pull(directions(run, [out_bar], run.outs, "cotangent"))
        return tuple(with_leaves(run.primals, iter(bars)))

    return map_leaves(run.shown, run.out), f_vjp


def jvp(f: Func, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Value of `f` and its derivative in the direction `tangents`: one forward walk.

    Parameters
    ----------
    f : callable
        Maps Tensors to a Tensor, or to a tree of them.
    primals, tangents : sequences of array_like of floats, one item per argument, or trees of them
        Where and in which direction to differentiate; same shapes.

    Returns
    -------
    out, out_dot : ndarray (or Tensor, where Tensors came in), both in the structure of the output

    Raises
    ------
    ShapeError
        If a tangent does not have the shape of its primal.

    Examples
    --------
    >>> from backprop_course import jvp
    >>> jvp(lambda x, y: x * y, (3.0, 4.0), (1.0, 0.5))
    (12.0, 5.5)
    """
    arguments.function(f, "jvp")
    arguments.tuples("jvp", "tangents", primals, tangents)
    run = Run(f, primals, range(len(primals)))
    dots = run.push(directions(run, tangents, run.inputs, "tangent"))
    return map_leaves(run.shown, run.out), with_leaves(run.out, iter(dots))


def value_and_grad(f: Func, argnums: int | Sequence[int] = 0) -> Func:
    """Make a function that returns the value of `f` and its gradient; see `grad`."""
    arguments.function(f, "grad")
    numbers, several = arguments.positions(argnums), arguments.is_sequence(argnums)

    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        run = Run(f, args, arguments.passed(numbers, len(args)), kwargs)
        if len(run.outs) != 1 or run.outs[0].size != 1:
            what = "grad was asked of a function whose value is not one number."
            mend = "reduce it with .sum() or .mean(), or use vjp, jacobian or elementwise_grad"
            raise refusals.not_one_entry(what, ", ".join(str(t.shape) for t in run.outs), mend)
        out = run.outs[0]
        bars = with_leaves(run.primals, iter(run.pull([one_like(out)])))
        return map_leaves(run.shown, run.out), tuple(bars) if several else bars[0]

    return value_and_gradient


def grad(f: Func, argnums: int | Sequence[int] = 0) -> Func:
    """Make the gradient of a function whose value is one number.

    Parameters
    ----------
    f : callable
        Maps Tensors to a Tensor of one entry.
    argnums : int or sequence of int
        Which arguments to differentiate by, counted from 0. With a sequence the gradient is a tuple.

    Returns
    -------
    callable
        Takes the arguments of `f`; returns the gradient in the shapes of the chosen arguments (zeros where
        `f` does not depend on one). One run of `f` and one reverse walk.

    Raises
    ------
    NotScalarError
        If the value of `f` has more than one entry.
    DtypeError
        If a chosen argument is made of integers.
    UsageError
        If `f` is no function or returns nothing, or if `argnums` names what was not passed.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import grad
    >>> grad(lambda x: np.sin(x**2))(1.3)
    -0.3091960801711923
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    """
    both = value_and_grad(f, argnums)
    return lambda *args, **kwargs: both(*args, **kwargs)[1]


def elementwise_grad(f: Func) -> Func:
    """Make the derivative of a function that works entry by entry: same shape in, same shape out.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import elementwise_grad
    >>> elementwise_grad(np.tanh)(np.array([0.0, 1.0])).round(4)
    array([1.  , 0.42])
    """
    arguments.function(f, "elementwise_grad")

    def slopes(x: Any) -> Any:
        out, f_vjp = vjp(f, x)
        if np.shape(out) != np.shape(x):
            mend = "use jacobian or vjp for functions that mix entries"
            raise refusals.shapes(
                "elementwise_grad needs a function that keeps the shape.", np.shape(x), np.shape(out), mend
            )
        return f_vjp(np.ones(np.shape(x)))[0]

    return slopes


def hvp(f: Func, primals: Sequence[Any], vectors: Sequence[Any]) -> Any:
    """Product of the Hessian of `f` with `vectors`: a forward walk over a reverse walk; no Hessian is made.

    Parameters
    ----------
    f : callable
        Maps Tensors to a Tensor of one entry.
    primals, vectors : sequences of array_like of floats
        Where, and the direction; same shapes.

    Returns
    -------
    tuple
        One item per primal, in its shape.

    References
    ----------
    Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6 (1994).

    Examples
    --------
    >>> from backprop_course import hvp
    >>> hvp(lambda x, y: x * x * y, (3.0, 2.0), (1.0, 0.0))
    (4.0, 6.0)
    """
    arguments.tuples("hvp", "vectors", primals, vectors)
    return jvp(grad(f, argnums=range(len(primals))), primals, vectors)[1]

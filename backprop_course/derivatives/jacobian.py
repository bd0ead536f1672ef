"""jacobian and hessian: all cotangents, or all tangents, of a basis."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine.graph import graph_of
from ..engine.modes import mode
from ..engine.primitives._tools import ones_of
from ..engine.rules import entry
from ..engine.tensor import Tensor
from ..engine.trees import with_leaves
from ..errors import UsageError
from . import arguments
from .transforms import Run, grad

Func = Callable[..., Any]
MATMUL = entry(np.matmul)


def jacobian(f: Func, argnums: int | Sequence[int] = 0, mode: str = "auto") -> Jacobian:
    """Make the Jacobian of `f` in numerator layout: shape ``out.shape + in.shape``.

    Parameters
    ----------
    f : callable
        Maps Tensors to a Tensor, or to a tree of them.
    argnums : int or sequence of int
        Which arguments to differentiate by, counted from 0. With a sequence the result is a tuple. For an
        argument that is a tree it is a tree of blocks, and for outputs in a tree, a tree of all that.
    mode : {"auto", "reverse", "forward"}
        ``"reverse"`` sends the m cotangents of a basis back, all in one batched walk; ``"forward"`` sends n
        tangents ahead, one walk each. ``"auto"`` takes reverse unless n < m.

    Raises
    ------
    UsageError
        For any other mode, and as `grad`.

    References
    ----------
    Griewank & Walther, *Evaluating Derivatives* (2008), ch. 3 and 4; the costs are those of NB03.W5.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import jacobian
    >>> J = jacobian(lambda x: x**2)
    >>> J(np.array([1.0, 3.0]))
    array([[2., 0.],
           [0., 6.]])
    >>> print(J.plan(np.array([1.0, 3.0])))
    reverse mode: 2 walks for a Jacobian of 2 x 2 entries, 0 multiply-adds
    """
    arguments.function(f, "jacobian")
    if mode not in ("auto", "reverse", "forward"):
        raise UsageError(
            "jacobian was asked for an unknown mode.",
            expected="'auto', 'reverse' or 'forward'",
            got=repr(mode),
            mend="leave it out to have it chosen by size",
        )
    return Jacobian(f, argnums, mode)


class Jacobian:
    """What `jacobian` makes: call it for the Jacobian, ask `plan` how it will be computed."""

    def __init__(self, f: Func, argnums: int | Sequence[int], mode: str) -> None:
        self.f, self.argnums, self.mode = f, argnums, mode
        self.numbers, self.several = arguments.positions(argnums), arguments.is_sequence(argnums)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return the Jacobian at the arguments, by one run of `f`."""
        run = self._run(args, kwargs)
        rows = _columns(run) if self._mode(run) == "forward" else _rows(run)
        if run.plain and type(run.out) is Tensor and not self.several:
            return rows[0][0]
        found = (with_leaves(run.primals, iter(blocks)) for blocks in rows)
        return with_leaves(run.out, iter([tuple(t) if self.several else t[0] for t in found]))

    def _run(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Run:
        return Run(self.f, args, arguments.passed(self.numbers, len(args)), kwargs)

    def plan(self, *args: Any, **kwargs: Any) -> JacobianPlan:
        """Say which mode a call with these arguments takes, and what it costs; `f` is run once."""
        run = self._run(args, kwargs)
        if len(run.outs) != 1:
            raise UsageError(
                "The plan of a Jacobian is made for a function of one result.",
                expected="a function that returns one array",
                got=f"{len(run.outs)} of them",
                mend="ask for each result by itself: jacobian(lambda x: f(x)[0]).plan(x)",
            )
        n, m = _size(run.inputs), run.outs[0].size
        cost = graph_of(run.inputs, run.outs[0]).cost()
        chosen = self._mode(run)
        total = cost.jacobian_forward if chosen == "forward" else cost.jacobian_reverse
        return JacobianPlan(chosen, n, m, n if chosen == "forward" else m, total)

    def _mode(self, run: Run) -> str:
        if self.mode != "auto":
            return self.mode
        if _size(run.inputs) >= _size(run.outs):
            return "reverse"
        ahead = all(t.node is None or t.node.primitive.ours or len(t.node.primitive.jvp) for t in run.order)
        return "forward" if ahead else "reverse"


@dataclasses.dataclass(frozen=True)
class JacobianPlan:
    """How a Jacobian is computed.

    Attributes
    ----------
    mode : {"reverse", "forward"}
    n, m : int
        Entries of the inputs, entries of the output.
    walks : int
        Reverse walks (sent in one batch) or forward walks.
    multiply_adds : int
        In the products of matrices of all walks together.
    """

    mode: str
    n: int
    m: int
    walks: int
    multiply_adds: int

    def __str__(self) -> str:
        return (
            f"{self.mode} mode: {self.walks:,} walks for a Jacobian of {self.m:,} x {self.n:,} entries, "
            f"{self.multiply_adds:,} multiply-adds"
        )


def _size(tensors: list[Tensor]) -> int:
    return tensors[0].size if len(tensors) == 1 else sum([t.size for t in tensors])


def _rows(run: Run) -> list[list[Any]]:
    """Blocks by output and input, from the cotangents of a basis of each output in turn."""
    if len(run.outs) == 1:
        blocks = _batched(run, run.outs[0])
        if blocks is not None:
            return [blocks]
    rows = []
    for k, out in enumerate(run.outs):
        basis = np.eye(out.size, dtype=out.dtype).reshape((out.size, *out.shape))

        def pulled(bar: Any, k: int = k) -> list[Any]:
            return run.pull([bar if j == k else _zeros(t) for j, t in enumerate(run.outs)])

        if out.size:
            stacks = [np.stack(column) for column in zip(*map(pulled, basis), strict=True)]
        else:
            stacks = [np.zeros((0, *x.shape), x.dtype) for x in run.inputs]
        rows.append([np.reshape(s, out.shape + x.shape) for s, x in zip(stacks, run.inputs, strict=True)])
    return rows


def _batched(run: Run, out: Tensor) -> list[Any] | None:
    """Blocks by input, from all cotangents of a basis in one walk; None where a rule takes no batch."""
    t, slopes, matrix = _inside(run, out)
    if matrix is not None and len(run.inputs) == 1 and run.inputs[0] is t:  # the shape is right as it is
        return [run.seen(matrix, t)]
    m = out.size
    if matrix is not None and any([t is x for x in run.inputs]):  # no walk at all, which saves 10 us
        stacks = [run.seen(matrix if t is x else None, x) for x in run.inputs]
    elif all([t.primitive is None or t.primitive.batched for t in run.order]):
        stacks = run.pull_from({t: _diagonal(slopes, t) if matrix is None else matrix})
    else:
        return None
    blocks = []
    for stack, x in zip(stacks, run.inputs, strict=True):
        shape = out.shape + x.shape
        if isinstance(stack, float):  # one zero, of one number that `out` does not depend on
            stack = x.dtype.type(stack)
        if len(stack.shape) == len(x.shape):  # zeros, where `out` does not depend on it, come once
            stack = np.broadcast_to(stack, (m, *x.shape))
        blocks.append(stack if stack.shape == shape else np.reshape(stack, shape))
    return blocks


def _inside(run: Run, out: Tensor) -> tuple[Tensor, Any, Any]:
    """Find the Tensor as far inside as the Jacobian is told by one cotangent, that cotangent, or a matrix.

    What works entry by entry has a diagonal Jacobian, which one cotangent of ones tells: its m entries are
    multiplied where a basis has m * m. And diag(slopes) W is W with its rows scaled, m * n products where a
    dense one takes m * m * n.
    """
    t, shape, slopes = out, out.shape, ones_of(out.size, out.dtype)
    if not shape or run.nested or mode.anomaly:  # those checks are the walk's
        return t, slopes, None
    if len(shape) > 1:
        slopes = slopes.reshape(shape)
    while (own := _only_input(t)) is not None:
        p, (i, x) = t.primitive, own
        if p is MATMUL and i == 1 and t.value.ndim == 1 and t.values[0].ndim == 2:
            return x, slopes, slopes[:, None] * t.values[0]
        if not p.diagonal or x.shape != shape:
            break
        handed = slopes, t.value, *t.values
        slopes = p.vjp[i](*handed, **t.params) if t.params else p.vjp[i](*handed)
        t = x
    return t, slopes, None


def _diagonal(slopes: Any, t: Tensor) -> Any:
    """Cotangents of a basis, each times its slope, stacked."""
    basis = np.zeros((t.size, *t.shape), slopes.dtype)
    basis.reshape(-1)[:: t.size + 1] = slopes.reshape(-1)  # in half the time of np.eye
    return basis


def _only_input(t: Tensor) -> tuple[int, Tensor] | None:
    """Return position and Tensor of the one input that wants a gradient, for a primitive of ours.

    None also where an input was written since: to refuse that is the walk's affair.
    """
    p, number, found = t.primitive, t.number, None
    if p is None or not p.ours:
        return None
    for i, x in enumerate(t.inputs):
        if type(x) is np.ndarray or not isinstance(x, Tensor):
            continue
        if x.number > number or (x.requires_grad and found is not None):
            return None
        if x.requires_grad:
            found = i, x
    return found


def _columns(run: Run) -> list[list[Any]]:
    """The same, from the tangents of a basis of each input in turn."""
    rows: list[list[Any]] = [[] for _ in run.outs]
    for i, x in enumerate(run.inputs):
        zeros = [_zeros(other) for other in run.inputs]
        basis = np.eye(x.size, dtype=x.dtype).reshape((x.size, *x.shape))
        columns = [run.push([*zeros[:i], dot[()], *zeros[i + 1 :]]) for dot in basis]
        for k, out in enumerate(run.outs):
            own = [column[k] for column in columns]
            stack = np.stack(own, axis=-1) if own else np.zeros((*out.shape, 0), out.dtype)
            rows[k].append(np.reshape(stack, out.shape + x.shape))
    return rows


def _zeros(like: Tensor) -> Any:
    return np.zeros(like.shape, like.dtype)[()]


def hessian(f: Func, argnums: int | Sequence[int] = 0) -> Func:
    """Make the Hessian of a function whose value is one number: the Jacobian of its gradient.

    Returns
    -------
    callable
        Takes the arguments of `f`; returns an array of shape ``in.shape + in.shape``. With a sequence of
        `argnums` it is a tuple of tuples: ``H[i][j]`` is the derivative by the j-th of the slope by the i-th,
        of shape ``in_i.shape + in_j.shape``. With trees for arguments it is a tree of trees.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import hessian
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 2.0]))
    array([[4., 6.],
           [6., 0.]])
    >>> H = hessian(lambda x, y: np.sum(x**2) * y, argnums=(0, 1))(np.array([3.0, 1.0]), 2.0)
    >>> H[0][1]
    array([6., 2.])
    """
    return jacobian(grad(f, argnums), argnums)

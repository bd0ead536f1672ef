"""Products of matrices and of everything that is one in disguise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import UsageError
from ..custom import primitive
from ..rules import declare, entry
from ._calls import compose
from ._tools import EachArgument, broadcast, given, row_sum, shape_of, sum_to, unbroadcast


def turned(x: Any) -> Any:
    """Exchange the last two axes."""
    return np.swapaxes(x, -1, -2) if len(shape_of(x)) > 2 else x.T


def _matrices(out_bar: Any, out: Any, a: Any, b: Any) -> tuple[Any, Any, Any, int]:
    """Read vectors as matmul does: the left one as a row, the right one as a column."""
    batch = len(shape_of(out_bar)) - len(shape_of(out))
    if len(shape_of(b)) == 1:
        b, out_bar = b[:, None], out_bar[..., None]
    if len(shape_of(a)) == 1:
        a, out_bar = a[None, :], out_bar[..., None, :]
    return out_bar, a, b, batch


def quick_matmul(a: Any, b: Any) -> Any:
    """`np.matmul`; of matrices and vectors by the method of arrays, which asks less before it calls BLAS."""
    if type(a) is np.ndarray and type(b) is np.ndarray and 0 < a.ndim < 3 and 0 < b.ndim < 3:
        return a.dot(b)
    return np.matmul(a, b)


# Y = A B: A_bar = Y_bar B', B_bar = A' Y_bar (NB03.W6). Stacks of matrices broadcast, and are summed back.
def _matmul_vjp_left(out_bar: Any, out: Any, a: Any, b: Any) -> Any:
    if type(out_bar) is np.ndarray and type(b) is np.ndarray and out_bar.ndim == 2 == b.ndim:
        return out_bar.dot(b.T)
    if len(shape_of(a)) <= 2 and len(shape_of(b)) == 2:  # a batch of cotangents is one more row of rows
        return quick_matmul(out_bar, b.T)
    y_bar, _, b, batch = _matrices(out_bar, out, a, b)
    a_bar = np.matmul(y_bar, turned(b))
    return sum_to(a_bar if len(shape_of(a)) > 1 else a_bar[..., 0, :], shape_of(a), batch)


def _matmul_vjp_right(out_bar: Any, out: Any, a: Any, b: Any) -> Any:
    if type(out_bar) is np.ndarray and type(a) is np.ndarray and a.ndim == 2 == b.ndim == out_bar.ndim:
        return a.T.dot(out_bar)
    if len(shape_of(a)) == 2 and len(shape_of(b)) == 1:
        return quick_matmul(out_bar, a)  # as a row: x_bar' = y_bar' A
    if len(shape_of(a)) == 2 == len(shape_of(b)):
        return quick_matmul(a.T, out_bar)
    y_bar, a, _, batch = _matrices(out_bar, out, a, b)
    b_bar = np.matmul(turned(a), y_bar)
    return sum_to(b_bar if len(shape_of(b)) > 1 else b_bar[..., 0], shape_of(b), batch)


declare(
    np.matmul,
    vjp=[_matmul_vjp_left, _matmul_vjp_right],
    jvp=[lambda a_dot, out, a, b: np.matmul(a_dot, b), lambda b_dot, out, a, b: np.matmul(a, b_dot)],
    samples=given(
        ((2, 3), (3, 4)),
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 4)),
        ((5, 2, 3), (3, 4)),
        ((2, 3), (5, 3, 4)),
        ((5, 1, 2, 3), (6, 3, 4)),
        ((3,), (5, 3, 4)),
        ((5, 2, 3), (3,)),
        ((2, 0), (0, 3)),
    ),
)


entry(np.matmul).call = quick_matmul


@primitive
def affine(x: Any, W: Any, b: Any) -> Any:
    """``x @ W + b`` as one node: a layer of a network before its activation.

    Parameters
    ----------
    x : array_like or Tensor, shape (d,), (N, d) or (..., N, d)
    W : array_like or Tensor, shape (d, k)
    b : array_like or Tensor, shape (k,)
    """
    return np.matmul(x, W) + b


def _quick_affine(x: Any, W: Any, b: Any) -> Any:
    if type(x) is np.ndarray and type(W) is np.ndarray and type(b) is np.ndarray and x.ndim == 2 == W.ndim:
        out = x.dot(W)
        if b.ndim == 1 and out.dtype == b.dtype:
            return np.add(out, b, out)  # no third array
        return out + b
    return np.matmul(x, W) + b


declare(
    affine,
    vjp=[
        lambda out_bar, out, x, W, b: _matmul_vjp_left(out_bar, out, x, W),
        lambda out_bar, out, x, W, b: _matmul_vjp_right(out_bar, out, x, W),
        lambda out_bar, out, x, W, b: (
            row_sum(out_bar) if out.ndim == 2 == len(out_bar.shape) else unbroadcast(out_bar, b, out)
        ),
    ],
    jvp=[
        lambda x_dot, out, x, W, b: np.matmul(x_dot, W),
        lambda W_dot, out, x, W, b: np.matmul(x, W_dot),
        lambda b_dot, out, x, W, b: broadcast(b_dot, out),
    ],
    samples=given(
        ((2, 3), (3, 4), (4,)), ((3,), (3, 4), (4,)), ((5, 2, 3), (3, 4), (4,)), ((0, 3), (3, 2), (2,))
    ),
)
entry(affine).call = _quick_affine


@primitive
def summed_products(*operands: Any, subscripts: tuple[tuple[str, ...], str]) -> Any:
    """`np.einsum` in its plain form: a letter is once in an operand, and in the result or another operand."""
    terms, result = subscripts
    return np.einsum(f"{','.join(terms)}->{result}", *operands)


def _others(i: int, operands: Sequence[Any], terms: Sequence[str]) -> tuple[list[Any], list[str]]:
    return [x for j, x in enumerate(operands) if j != i], [t for j, t in enumerate(terms) if j != i]


def _einsum_vjp(i: int, out_bar: Any, out: Any, *operands: Any, subscripts: Any) -> Any:
    # Linear in each operand: the cotangent takes its place, and its letters become the result.
    terms, result = subscripts
    batch = len(shape_of(out_bar)) - len(shape_of(out))
    free = "".join(letter for letter in _LETTERS if letter not in "".join(terms))[:batch]
    others, other_terms = _others(i, operands, terms)
    full = free + terms[i]
    x_bar = summed_products(out_bar, *others, subscripts=((free + result, *other_terms), full))
    return sum_to(x_bar, shape_of(operands[i]), batch)


def _einsum_jvp(i: int, x_dot: Any, out: Any, *operands: Any, subscripts: Any) -> Any:
    return summed_products(*operands[:i], x_dot, *operands[i + 1 :], subscripts=subscripts)


_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

declare(
    summed_products,
    vjp=EachArgument(_einsum_vjp),
    jvp=EachArgument(_einsum_jvp),
    samples=given(
        ((2, 3), (3, 4), {"subscripts": (("ij", "jk"), "ik")}),
        ((2, 3), (3,), (2,), {"subscripts": (("ij", "j", "i"), "")}),
        ((5, 2, 3), (5, 3), {"subscripts": (("bij", "bj"), "ib")}),
        ((2, 1), (2, 4), {"subscripts": (("ij", "ij"), "ij")}),
    ),
)


def _einsum(subscripts: Any, *operands: Any, optimize: Any = False) -> Any:
    """Bring any call to the plain form: dots spelled out, diagonals taken, lone letters summed."""
    if not isinstance(subscripts, str):
        return _einsum_from_lists(subscripts, *operands)
    terms, result = _spelled_out(subscripts.replace(" ", ""), [len(shape_of(x)) for x in operands])
    plain_terms, plain_operands = [], []
    for i, (x, term) in enumerate(zip(operands, terms, strict=True)):
        while repeated := next((letter for letter in term if term.count(letter) > 1), None):
            first = term.index(repeated)
            second = term.index(repeated, first + 1)
            x = np.diagonal(x, axis1=first, axis2=second)
            term = term[:first] + term[first + 1 : second] + term[second + 1 :] + repeated
        elsewhere = result + "".join(terms[:i] + terms[i + 1 :])
        if alone := [k for k, letter in enumerate(term) if letter not in elsewhere]:
            x = np.sum(x, axis=tuple(alone))
            term = "".join(letter for letter in term if letter in elsewhere)
        plain_terms.append(term)
        plain_operands.append(x)
    return summed_products(*plain_operands, subscripts=(tuple(plain_terms), result))


def _spelled_out(subscripts: str, ranks: list[int]) -> tuple[list[str], str]:
    """Terms and result with letters for every ``...``, the result also where it was left out."""
    left, _, result = subscripts.partition("->")
    terms = left.split(",")
    if lost := sorted(set(result) - set(left)):
        raise UsageError(
            f"The result of einsum asks for '{lost[0]}', which no operand has.",
            expected="letters after -> that also stand before it",
            got=subscripts,
            mend="look for a slip in the letters, or leave out -> and what follows",
        )
    free = [letter for letter in _LETTERS if letter not in subscripts]
    widest = max(
        (rank - len(t.replace("...", "")) for t, rank in zip(terms, ranks, strict=True) if "..." in t),
        default=0,
    )
    dots = "".join(free[:widest])
    spelled = [
        t.replace("...", dots[widest - (r - len(t.replace("...", ""))) :])
        for t, r in zip(terms, ranks, strict=True)
    ]
    if "->" not in subscripts:
        once = sorted(letter for letter in set(left) - {",", "."} if left.count(letter) == 1)
        result = ("..." if widest else "") + "".join(once)
    return spelled, result.replace("...", dots)


def _einsum_from_lists(*args: Any) -> Any:
    """The other form: ``np.einsum(x, [0, 1], y, [1, 2], [0, 2])``."""

    def letters(sublist: Any) -> str:
        return "".join("..." if n is Ellipsis else _LETTERS[n] for n in sublist)

    pairs = len(args) // 2
    terms = ",".join(letters(args[2 * i + 1]) for i in range(pairs))
    result = "->" + letters(args[-1]) if len(args) % 2 else ""
    return _einsum(terms + result, *(args[2 * i] for i in range(pairs)))


compose(
    np.einsum,
    _einsum,
    given(
        ("ij,jk->ik", (2, 3), (3, 4), {}),
        ("ii->i", (3, 3), {}),
        ("ij->j", (2, 3), {}),
        ("...ij,jk->...ik", (5, 2, 3), (3, 4), {}),
        ("bi,bi", (2, 3), (2, 3), {}),
        ("ij,ij,i->", (2, 3), (2, 3), (2,), {}),
        ("iij->j", (2, 2, 3), {}),
    ),
)


def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    ranks = len(shape_of(a)), len(shape_of(b))
    if isinstance(axes, int):
        axes = (range(ranks[0] - axes, ranks[0]), range(axes))
    left, right = ([ax] if isinstance(ax, int) else list(ax) for ax in axes)
    left, right = [i % ranks[0] for i in left], [i % ranks[1] for i in right]
    a_term = list(_LETTERS[: ranks[0]])
    b_term = list(_LETTERS[ranks[0] : sum(ranks)])
    for i, j in zip(left, right, strict=True):
        b_term[j] = a_term[i]
    result = [t for i, t in enumerate(a_term) if i not in left] + [
        t for j, t in enumerate(b_term) if j not in right
    ]
    return summed_products(a, b, subscripts=(("".join(a_term), "".join(b_term)), "".join(result)))


def _dot(a: Any, b: Any) -> Any:
    if not shape_of(a) or not shape_of(b):
        return np.multiply(a, b)
    if len(shape_of(a)) <= 2 and len(shape_of(b)) <= 2:
        return np.matmul(a, b)
    return _tensordot(a, b, ([-1], [max(len(shape_of(b)) - 2, 0)]))


def _inner(a: Any, b: Any) -> Any:
    return np.multiply(a, b) if not shape_of(a) or not shape_of(b) else _tensordot(a, b, ([-1], [-1]))


def _outer(a: Any, b: Any) -> Any:
    return np.ravel(a)[:, None] * np.ravel(b)


def _kron(a: Any, b: Any) -> Any:
    rank = max(len(shape_of(a)), len(shape_of(b)))
    a_shape = (1,) * (rank - len(shape_of(a))) + shape_of(a)
    b_shape = (1,) * (rank - len(shape_of(b))) + shape_of(b)
    spread_a = np.reshape(a, [n for size in a_shape for n in (size, 1)])
    spread_b = np.reshape(b, [n for size in b_shape for n in (1, size)])
    return np.reshape(spread_a * spread_b, [m * n for m, n in zip(a_shape, b_shape, strict=True)])


def _cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    flat = shape_of(a)[-1] == shape_of(b)[-1] == 2
    a, b = (np.pad(x, [(0, 0)] * (len(shape_of(x)) - 1) + [(0, 3 - shape_of(x)[-1])]) for x in (a, b))
    turns = np.array([1, 2, 0])
    product = (a * b[..., turns] - a[..., turns] * b)[..., turns]
    return product[..., 2] if flat else np.moveaxis(product, -1, axisc)  # of vectors in a plane: one number


def _convolve(a: Any, v: Any, mode: str = "full") -> Any:
    a, v = np.atleast_1d(a), np.atleast_1d(v)
    if shape_of(v)[0] > shape_of(a)[0]:
        a, v = v, a
    n, m = shape_of(a)[0], shape_of(v)[0]
    windows = np.arange(n + m - 1)[:, None] + np.arange(m)  # each entry of the result sees m neighbours
    full = np.matmul(np.pad(a, m - 1)[windows], v[::-1])
    first, length = {"full": (0, n + m - 1), "same": ((m - 1) // 2, n), "valid": (m - 1, n - m + 1)}[mode]
    return full[first : first + length]


compose(
    np.tensordot, _tensordot, given(((2, 3, 4), (3, 4, 5), {}), ((2, 3), (3, 2), {"axes": ([0, 1], [1, 0])}))
)
compose(np.dot, _dot, given(((), (3,)), ((2, 3), (3,)), ((2, 3), (4, 3, 5)), ((2, 3), (3, 4))))
compose(np.inner, _inner, given(((3,), (3,)), ((2, 3), (4, 3))))
compose(np.outer, _outer, given(((3,), (2,)), ((2, 2), (3,))))
compose(np.vdot, lambda a, b: np.matmul(np.ravel(a), np.ravel(b)), given(((2, 3), (2, 3))))
compose(np.kron, _kron, given(((2, 3), (2, 2)), ((3,), (2, 2))))
compose(np.cross, _cross, given(((3,), (3,)), ((2, 3), (2, 3)), ((3, 2), (3, 2), {"axis": 0})))
compose(
    np.convolve,
    _convolve,
    given(*[((5,), (3,), {"mode": m}) for m in ("full", "same", "valid")], ((2,), (4,))),
)


def _correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    if shape_of(v)[0] > shape_of(a)[0]:
        return _correlate(v, a, mode)[::-1]
    return _convolve(a, v[::-1], mode)


compose(
    np.correlate,
    _correlate,
    given(
        *[((5,), (3,), {"mode": m}) for m in ("full", "same", "valid")], ((2,), (5,)), ((2,), (4,), "same")
    ),
)


# Products along the last axis under their own names.


def _vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    if axis != -1:
        x1, x2 = np.moveaxis(x1, axis, -1), np.moveaxis(x2, axis, -1)
    return np.sum(x1 * x2, axis=-1)


def _matvec(x1: Any, x2: Any) -> Any:
    return np.matmul(x1, x2[..., None])[..., 0]


def _vecmat(x1: Any, x2: Any) -> Any:
    return np.matmul(x1[..., None, :], x2)[..., 0, :]


_ROWS = given(((3,), (3,)), ((2, 3), (3,)), ((3, 2), (3, 2), {"axis": 0}))
compose(np.vecdot, _vecdot, _ROWS)
compose(np.linalg.vecdot, _vecdot, _ROWS)
if hasattr(np, "matvec"):  # NumPy 2.2
    compose(np.matvec, _matvec, given(((2, 3), (3,)), ((2, 3), (4, 3))))
    compose(np.vecmat, _vecmat, given(((3,), (3, 2)), ((4, 3), (3, 2))))
compose(np.linalg.outer, lambda x1, x2: _outer(x1, x2), given(((3,), (2,))))
compose(np.linalg.matmul, lambda x1, x2: np.matmul(x1, x2), given(((2, 3), (3, 2))))
compose(np.linalg.tensordot, lambda x1, x2, axes=2: _tensordot(x1, x2, axes), given(((2, 3), (2, 3))))
compose(np.linalg.cross, lambda x1, x2, axis=-1: _cross(x1, x2, axis=axis), given(((2, 3), (2, 3))))
compose(np.linalg.trace, lambda x, offset=0: np.trace(x, offset, -2, -1), given(((2, 3, 3), {})))
compose(np.linalg.diagonal, lambda x, offset=0: np.diagonal(x, offset, -2, -1), given(((2, 3, 3), {})))
compose(np.linalg.matrix_transpose, lambda x: np.swapaxes(x, -1, -2), given(((2, 3, 4), {})))


def _multi_dot(arrays: Sequence[Any]) -> Any:
    product = arrays[0]
    for factor in arrays[1:]:
        product = np.matmul(product, factor)
    return product


compose(np.linalg.multi_dot, _multi_dot, given(([(2, 3), (3, 4), (4, 2)], {})))

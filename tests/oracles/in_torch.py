"""Ours in PyTorch, with the calls of NumPy's."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracles.signs import signed


def _axes(rank: int) -> tuple[int, ...]:
    return tuple(range(rank))


def torch_functions(torch: Any) -> dict[str, Any]:
    """Name -> PyTorch function, taking the calls of NumPy's."""
    F, la = torch.nn.functional, torch.linalg

    def dims(x: Any, axis: Any) -> Any:
        return _axes(x.ndim) if axis is None else axis

    def extreme(function: Any) -> Any:
        return lambda x, axis=None, keepdims=False: function(x, dims(x, axis), keepdims)

    def spread(function: Any) -> Any:
        def f(x: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False, correction: Any = None) -> Any:
            return function(x, axis, correction=ddof if correction is None else correction, keepdim=keepdims)

        return f

    def product(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        axes = (
            sorted((a % x.ndim for a in (axis if isinstance(axis, tuple) else (axis,))), reverse=True)
            if (axis is not None)
            else sorted(_axes(x.ndim), reverse=True)
        )
        for a in axes:
            x = torch.prod(x, a, keepdim=keepdims)
        return x

    def running(function: Any) -> Any:
        return lambda x, axis=None: function(x.reshape(-1), 0) if axis is None else function(x, axis)

    def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
        return la.norm(x, ord, axis, keepdims)

    def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return torch.logsumexp(x, dims(x, axis), keepdims)

    def index(i: Any) -> Any:
        def one(k: Any) -> Any:
            return torch.from_numpy(k) if isinstance(k, np.ndarray) else k

        return tuple(map(one, i)) if isinstance(i, tuple) else one(i)

    def getitem(x: Any, index_: Any) -> Any:
        parts = index_ if isinstance(index_, tuple) else (index_,)
        if any(isinstance(k, slice) and (k.step or 1) < 0 for k in parts):  # which PyTorch does not know
            flipped = [k for k in parts if k is not None].index(
                next(k for k in parts if isinstance(k, slice) and (k.step or 1) < 0)
            )
            x = torch.flip(x, (flipped,))
            index_ = tuple(
                slice(None, None, -k.step) if isinstance(k, slice) and (k.step or 1) < 0 else k for k in parts
            )
        return x[index(index_)]

    def set_at(x: Any, v: Any, index: Any) -> Any:
        # Where an index comes twice PyTorch says nothing about the order: write one after the other.
        if isinstance(index, np.ndarray):
            for k, i in enumerate(index):
                x = torch.cat([x[:i], v[k][None], x[i + 1 :]])
            return x
        y = x.clone()
        y[index] = v
        return y

    def add_at(x: Any, v: Any, index: Any) -> Any:
        if isinstance(index, np.ndarray):
            return torch.index_add(x, 0, torch.from_numpy(index), v)
        y = x.clone()
        y[index] = y[index] + v
        return y

    def quantile(function: Any, scale: float = 1.0) -> Any:
        def f(a: Any, q: Any, axis: Any = None, keepdims: bool = False) -> Any:
            return function(a, torch.as_tensor(q, dtype=a.dtype) / scale, axis, keepdims)

        return f

    def svd(a: Any, full_matrices: bool = True) -> Any:
        return signed(la.svd(a, full_matrices=full_matrices), torch)

    def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: float = 0.0) -> Any:
        widths = (
            np.broadcast_to(np.asarray(pad_width), (x.ndim, 2))
            if not isinstance(pad_width, int)
            else (np.full((x.ndim, 2), pad_width))
        )
        flat = [int(w) for pair in widths[::-1] for w in pair]
        if mode == "constant":
            return F.pad(x, flat, value=constant_values)
        out = F.pad(x[None, None], flat, mode="replicate" if mode == "edge" else mode)
        return out[0, 0]

    def cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False) -> Any:
        rows = m if rowvar else m.T
        rows = rows if y is None else torch.stack([rows, y])
        return torch.cov(rows, correction=0 if bias else 1)

    def corrcoef(x: Any, y: Any = None) -> Any:
        return torch.corrcoef(x if y is None else torch.stack([x, y]))

    def convolve(a: Any, v: Any, mode: str = "full") -> Any:
        a, v = (v, a) if len(v) > len(a) else (a, v)
        m = len(v)
        full = F.conv1d(a[None, None], torch.flip(v, (0,))[None, None], padding=m - 1)[0, 0]
        first, length = {
            "full": (0, len(full)),
            "same": ((m - 1) // 2, len(a)),
            "valid": (m - 1, len(a) - m + 1),
        }[mode]
        return full[first : first + length]

    def repeat(x: Any, repeats: Any, axis: Any = None) -> Any:
        repeats = repeats if isinstance(repeats, int) else torch.tensor(repeats)
        return torch.repeat_interleave(x, repeats, axis)

    def take(x: Any, indices: Any, axis: Any = None) -> Any:
        indices = torch.tensor(indices)
        if axis is None:
            return torch.take(x, indices)
        moved = torch.movedim(x, axis, 0)[indices]
        return torch.movedim(moved, _axes(indices.ndim), tuple(axis + i for i in range(indices.ndim)))

    def delete(x: Any, obj: Any, axis: Any = None) -> Any:
        x, axis = (x.reshape(-1), 0) if axis is None else (x, axis)
        kept = np.delete(np.arange(x.shape[axis]), obj)
        return torch.index_select(x, axis, torch.from_numpy(kept))

    def diff(a: Any, n: int = 1, axis: int = -1, *ends: Any, prepend: Any = None, append: Any = None) -> Any:
        before, after = (*ends, None, None)[:2] if ends else (prepend, append)
        like = [1 if i == axis % a.ndim else size for i, size in enumerate(a.shape)]
        parts = [
            x if x is None or np.ndim(x) else torch.full(like, x, dtype=a.dtype) for x in (before, after)
        ]
        a = torch.cat([x for x in (parts[0], a, parts[1]) if x is not None], axis)
        return torch.diff(a, n, axis)

    def slopes(f: Any, x: Any, edge_order: int) -> Any:
        """Slopes of the parabolas through each three neighbours along the first axis; at the ends as asked.

        By hand: `torch.gradient` is not differentiated by the points.
        """
        x = x.reshape(-1, *[1] * (f.ndim - 1))
        h, d = x[1:] - x[:-1], (f[1:] - f[:-1]) / (x[1:] - x[:-1])
        inner = (d[:-1] * h[1:] + d[1:] * h[:-1]) / (h[1:] + h[:-1])
        if edge_order == 1:
            return torch.cat([d[:1], inner, d[-1:]])
        first = d[0] - h[0] * (d[1] - d[0]) / (h[0] + h[1])
        last = d[-1] + h[-1] * (d[-1] - d[-2]) / (h[-1] + h[-2])
        return torch.cat([first[None], inner, last[None]])

    def gradient(f: Any, *spacing: Any, axis: Any = None, edge_order: int = 1) -> Any:
        axes = _axes(f.ndim) if axis is None else (axis,)
        spacing = spacing * len(axes) if len(spacing) == 1 else spacing or (torch.tensor(1.0),) * len(axes)
        out = []
        for a, h in zip(axes, spacing, strict=True):
            points = h if h.ndim else h * torch.arange(f.shape[a], dtype=f.dtype)
            out.append(torch.movedim(slopes(torch.movedim(f, a, 0), points, edge_order), 0, a))
        return out[0] if len(out) == 1 else out

    def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
        return torch.tensordot(a, b, axes)

    def dot(a: Any, b: Any) -> Any:
        if a.ndim == 0 or b.ndim == 0:
            return a * b
        if b.ndim > 2:
            return torch.tensordot(a, b, ([a.ndim - 1], [b.ndim - 2]))
        return torch.matmul(a, b)

    def cross(a: Any, b: Any, axis: int = -1) -> Any:
        return la.cross(a, b, dim=axis)

    def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
        return torch.diagonal(x, offset, axis1, axis2).sum(-1)

    def transpose(x: Any, axes: Any = None) -> Any:
        return x.permute(_axes(x.ndim)[::-1] if axes is None else axes)

    def split(x: Any, indices_or_sections: Any, axis: int = 0) -> Any:
        return list(torch.tensor_split(x, indices_or_sections, axis))

    def flip(x: Any, axis: Any = None) -> Any:
        return torch.flip(x, _axes(x.ndim) if axis is None else (axis,))

    def squeeze(x: Any, axis: Any = None) -> Any:
        return torch.squeeze(x) if axis is None else torch.squeeze(x, axis)

    def expand_dims(x: Any, axis: Any) -> Any:
        rank = x.ndim + len(np.atleast_1d(axis))
        for a in sorted(int(a) % rank for a in np.atleast_1d(axis)):
            x = torch.unsqueeze(x, a)
        return x

    def sort(x: Any, axis: Any = -1) -> Any:
        return torch.sort(x.reshape(-1)).values if axis is None else torch.sort(x, axis).values

    def roll(x: Any, shift: Any, axis: Any = None) -> Any:
        return torch.roll(x, shift, axis)

    def append(x: Any, v: Any, axis: Any = None) -> Any:
        return torch.cat([x.reshape(-1), v.reshape(-1)]) if axis is None else torch.cat([x, v], axis)

    def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False) -> Any:
        w = torch.ones_like(a) if weights is None else torch.as_tensor(weights)
        mean = (a * w).sum(axis) / w.expand_as(a).sum(axis)
        return (mean, w.sum()) if returned else mean

    def median(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        if isinstance(axis, tuple):
            x = x.movedim(axis, tuple(range(-len(axis), 0))).flatten(-len(axis))
            axis = -1
        return torch.quantile(x, 0.5, axis, keepdims)

    def nansum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return torch.nansum(x, dims(x, axis), keepdims)

    def nanmean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return torch.nanmean(x, axis, keepdims)

    def lstsq(a: Any, b: Any) -> Any:
        x = la.lstsq(a, b if b.ndim > 1 else b[:, None], driver="gels").solution
        residuals = ((a @ x - (b if b.ndim > 1 else b[:, None])) ** 2).sum(0)
        return x if b.ndim > 1 else x[:, 0], residuals

    def ptp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return extreme(torch.amax)(x, axis, keepdims) - extreme(torch.amin)(x, axis, keepdims)

    def symmetric(a: Any) -> Any:
        return (a + a.mT) / 2  # ours are functions of the symmetric part; PyTorch reads one triangle

    def cond(x: Any, p: Any = None) -> Any:
        if p in (None, 2, -2):
            return la.cond(x, p)
        return la.matrix_norm(x, p) * la.matrix_norm(la.inv(x), p)  # la.cond is refused a second derivative

    def vander(x: Any, N: Any = None, increasing: bool = False) -> Any:
        powers = range(len(x) if N is None else N)  # torch.vander is refused a second derivative
        return torch.stack([x**k for k in (powers if increasing else reversed(powers))], -1)

    def shift_axis(x: Any, axis: int) -> Any:
        return torch.movedim(x, axis, 0)

    def outer_of(function: Any) -> Any:
        return lambda a, b: function(a.reshape(a.shape + (1,) * b.ndim), b)

    same = (
        "arccos arccosh arcsin arcsinh arctan arctan2 arctanh ceil cos cosh deg2rad exp exp2 expm1 floor "
        "fmax fmin fmod hypot log log10 log1p log2 logaddexp logaddexp2 matmul maximum minimum multiply "
        "negative positive rad2deg reciprocal sigmoid sign sin sinh sqrt square subtract tan tanh trunc add "
        "copysign frexp i0 fliplr flipud atleast_1d atleast_2d atleast_3d remainder where "
        "hstack vstack dstack column_stack inner kron"
    ).split()
    found = {name: getattr(torch, name) for name in same}
    found |= {
        "degrees": torch.rad2deg,
        "radians": torch.deg2rad,
        "absolute": torch.abs,
        "fabs": torch.abs,
        "add.accumulate": lambda x, axis=0: torch.cumsum(x, axis),
        "add.outer": outer_of(torch.add),
        "add.reduce": lambda x, axis=0, keepdims=False: torch.sum(x, axis, keepdim=keepdims),
        "amax": extreme(torch.amax),
        "amin": extreme(torch.amin),
        "append": append,
        "around": torch.round,
        "array_split": split,
        "astype": lambda x, dtype: x.to(torch.float64),
        "average": average,
        "broadcast_arrays": lambda *xs: list(torch.broadcast_tensors(*xs)),
        "broadcast_to": lambda x, shape: torch.broadcast_to(x, shape),
        "cbrt": lambda x: x ** (1.0 / 3.0),  # the samples are positive
        "clip": lambda a, a_min=None, a_max=None: torch.minimum(
            torch.maximum(a, torch.as_tensor(a_min)), torch.as_tensor(a_max)
        ),
        "compress": lambda c, a, axis=None: torch.index_select(a, axis, torch.from_numpy(np.flatnonzero(c))),
        "concatenate": lambda xs, axis=0: torch.cat(xs, axis),
        "conjugate": lambda x: x,
        "convolve": convolve,
        "copy": torch.clone,
        "corrcoef": corrcoef,
        "cov": cov,
        "cross": cross,
        "cumprod": running(torch.cumprod),
        "cumsum": running(torch.cumsum),
        "delete": delete,
        "diagonal": lambda x, offset=0, axis1=0, axis2=1: torch.diagonal(x, offset, axis1, axis2),
        "diag": lambda x, k=0: torch.diag(x, k),
        "diagflat": torch.diagflat,
        "diff": diff,
        "divide": torch.true_divide,
        "divide.outer": outer_of(torch.true_divide),
        "divmod": lambda a, b: (torch.div(a, b, rounding_mode="floor"), torch.remainder(a, b)),
        "dot": dot,
        "dsplit": lambda x, indices_or_sections: split(x, indices_or_sections, 2),
        "einsum": torch.einsum,
        "elu": F.elu,
        "affine": lambda x, w, b: x @ w + b,
        "engine.add_at": add_at,
        "engine.cast": lambda x, to: x,
        "engine.concatenate": lambda *xs, axis: torch.cat(xs, axis),
        "engine.contiguous": lambda x: x.clone(),
        "engine.erf": torch.erf,
        "engine.getitem": lambda x, index: getitem(x, index),
        "engine.label_cross_entropy": lambda x, y: (
            -torch.sum(F.log_softmax(x, -1) * torch.movedim(torch.as_tensor(y), 0, -1), -1)
        ),
        "engine.lifted": lambda x: x,
        "engine.log_softmax": lambda x: F.log_softmax(x, -1),
        "engine.logabsdet": lambda a: la.slogdet(a)[1],
        "engine.logsumexp": logsumexp,
        "engine.mean_squared_error": F.mse_loss,
        "engine.norm2": lambda x, axis=None, keepdims=False: la.vector_norm(x, 2, axis, keepdims),
        "engine.pinv": la.pinv,
        "engine.prod_last": lambda x: torch.prod(x, -1),
        "engine.reshape": lambda x, shape: torch.reshape(x, (shape,) if isinstance(shape, int) else shape),
        "engine.running_product": lambda x: torch.cumprod(x, -1),
        "engine.running_sum": lambda x: torch.cumsum(x, -1),
        "engine.set_at": set_at,
        "engine.singular_values": la.svdvals,
        "engine.softmax": lambda x: F.softmax(x, -1),
        "engine.softmax_by_class": lambda x: torch.movedim(F.softmax(x, -1), -1, 0),
        "engine.softmax_cross_entropy": lambda x, y: -(y * F.log_softmax(x, -1)).sum(-1),
        "engine.solve_matrix": la.solve,
        "engine.summed_products": lambda *xs, subscripts: torch.einsum(
            f"{','.join(subscripts[0])}->{subscripts[1]}", *xs
        ),
        "expand_dims": expand_dims,
        "extract": lambda c, a: a[torch.as_tensor(c)],
        "fix": torch.trunc,
        "flip": flip,
        "float_power": torch.float_power,
        "floor_divide": lambda a, b: torch.div(a, b, rounding_mode="floor"),
        "gelu": F.gelu,
        "gradient": gradient,
        "hsplit": lambda x, indices_or_sections: split(x, indices_or_sections, 1),
        "leaky_relu": F.leaky_relu,
        "ldexp": lambda x, n: torch.ldexp(x, torch.as_tensor(n, dtype=x.dtype)),
        "linalg.cholesky": lambda a: la.cholesky(symmetric(a)),
        "linalg.cond": cond,
        "linalg.cross": cross,
        "linalg.det": la.det,
        "linalg.diagonal": lambda x: torch.diagonal(x, 0, -2, -1),
        "linalg.eigh": lambda a: signed(la.eigh(symmetric(a)), torch),
        "linalg.eigvalsh": lambda a: la.eigvalsh(symmetric(a)),
        "linalg.inv": la.inv,
        "linalg.lstsq": lstsq,
        "linalg.matmul": torch.matmul,
        "linalg.matrix_norm": lambda x, ord="fro": la.matrix_norm(x, ord),
        "linalg.matrix_power": lambda a, n: la.matrix_power(a, n),
        "linalg.matrix_transpose": lambda x: x.mT,
        "linalg.multi_dot": la.multi_dot,
        "linalg.norm": norm,
        "linalg.outer": torch.outer,
        "linalg.pinv": la.pinv,
        "linalg.qr": lambda a: tuple(la.qr(a)),
        "linalg.slogdet": lambda a: tuple(la.slogdet(a)),
        "linalg.solve": lambda a, b: la.solve(a, b),
        "linalg.svd": svd,
        "linalg.svdvals": la.svdvals,
        "linalg.tensordot": tensordot,
        "linalg.tensorinv": lambda a, ind=2: la.tensorinv(a, ind),
        "linalg.tensorsolve": lambda a, b, axes=None: la.tensorsolve(a, b, axes),
        "linalg.trace": lambda x: torch.diagonal(x, 0, -2, -1).sum(-1),
        "linalg.vector_norm": lambda x, axis=None, ord=2: la.vector_norm(x, ord, axis),
        "matrix_transpose": lambda x: x.mT,
        "max": extreme(torch.amax),
        "maximum.outer": outer_of(torch.maximum),
        "maximum.reduce": lambda x, axis=0, keepdims=False: torch.amax(x, axis, keepdims),
        "maxout": lambda a, b, c: torch.maximum(torch.maximum(a, b), c),
        "mean": lambda x, axis=None, keepdims=False: torch.mean(x, dims(x, axis), keepdims),
        "median": median,
        "min": extreme(torch.amin),
        "minimum.outer": outer_of(torch.minimum),
        "minimum.reduce": lambda x, axis=0, keepdims=False: torch.amin(x, axis, keepdims),
        "moveaxis": lambda x, source, destination: torch.movedim(x, source, destination),
        "multiply.accumulate": lambda x, axis=0: torch.cumprod(x, axis),
        "multiply.outer": outer_of(torch.multiply),
        "multiply.reduce": lambda x, axis=0, keepdims=False: torch.prod(x, axis, keepdims),
        "nan_to_num": torch.nan_to_num,
        "nanmax": extreme(torch.amax),  # the samples of these hold no nan; test_corners has some
        "nanmin": extreme(torch.amin),
        "nanmean": nanmean,
        "nanmedian": median,
        "nanpercentile": quantile(torch.nanquantile, 100.0),
        "nanprod": product,
        "nanquantile": quantile(torch.nanquantile),
        "nanstd": spread(torch.std),
        "nansum": nansum,
        "nanvar": spread(torch.var),
        "outer": lambda a, b: torch.outer(a.reshape(-1), b.reshape(-1)),
        "pad": pad,
        "percentile": quantile(torch.quantile, 100.0),
        "power": torch.pow,
        "prod": product,
        "ptp": ptp,
        "quantile": quantile(torch.quantile),
        "ravel": lambda x, order="C": (x if order == "C" else x.permute(_axes(x.ndim)[::-1])).reshape(-1),
        "real": lambda x: x,
        "real_if_close": lambda x: x,
        "relu": torch.relu,
        "repeat": repeat,
        "rint": torch.round,
        "roll": roll,
        "rollaxis": shift_axis,
        "rot90": lambda x, k=1: torch.rot90(x, k),
        "round": torch.round,
        "silu": F.silu,
        "softplus": lambda x: F.softplus(x, threshold=1000.0),  # PyTorch switches to the identity at 20
        "sort": sort,
        "split": split,
        "squeeze": squeeze,
        "stack": lambda xs, axis=0: torch.stack(xs, axis),
        "std": spread(torch.std),
        "subtract.outer": outer_of(torch.subtract),
        "sum": lambda x, axis=None, keepdims=False: torch.sum(x, dims(x, axis), keepdims),
        "swapaxes": lambda x, axis1, axis2: torch.swapaxes(x, axis1, axis2),
        "take": take,
        "take_along_axis": lambda x, indices, axis: torch.take_along_dim(x, torch.as_tensor(indices), axis),
        "tensordot": tensordot,
        "tile": lambda x, reps: torch.tile(x, (reps,) if isinstance(reps, int) else reps),
        "trace": trace,
        "transpose": transpose,
        "trapezoid": lambda y, x=None, dx=1.0: (
            torch.trapezoid(y, dx=dx) if x is None else torch.trapezoid(y, x)
        ),
        "tril": lambda x, k=0: torch.tril(x, k),
        "triu": lambda x, k=0: torch.triu(x, k),
        "vander": vander,
        "var": spread(torch.var),
        "vdot": lambda a, b: torch.dot(a.reshape(-1), b.reshape(-1)),
        "vsplit": split,
    }
    return found

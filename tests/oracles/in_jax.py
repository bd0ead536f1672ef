"""Ours in JAX, where the name or the calls are not NumPy's own."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracles.signs import signed


def jax_functions(jax: Any) -> dict[str, Any]:
    """Name -> JAX function, where its name or its calls are not NumPy's own."""
    jnp, nn = jax.numpy, jax.nn

    def put(g: Any, shape: Any, index: Any) -> Any:
        return jnp.zeros(shape).at[index].add(g)

    def packed_operands(*operands: Any, subscripts: Any) -> Any:
        return jnp.einsum(f"{','.join(subscripts[0])}->{subscripts[1]}", *operands)

    def polydiv(u: Any, v: Any) -> Any:
        # JAX leaves the remainder as long as u; NumPy takes off what is zero by construction.
        quotient, remainder = jnp.polydiv(u, v)
        return quotient, remainder[len(u) - len(v) + 1 :]

    def with_arrays(name: str) -> Any:
        function = getattr(jnp, name)  # which takes no lists
        return lambda *args, **kw: function(
            *args, **{k: np.asarray(v) if isinstance(v, list) else v for k, v in kw.items()}
        )

    def choose(a: Any, choices: Any, mode: str = "raise") -> Any:
        return jnp.choose(a, choices, mode="clip" if mode == "raise" else mode)  # no index is out of range

    def piecewise(x: Any, conditions: Any, pieces: Any) -> Any:
        translated = {np.sin: jnp.sin, np.exp: jnp.exp}
        rest = ~np.any(np.array(conditions), axis=0)
        parts = [translated[p](x) if callable(p) else p for p in pieces]
        return sum(jnp.where(c, p, 0.0) for c, p in zip([*conditions, rest], parts, strict=True))

    def clip(a: Any, a_min: Any = None, a_max: Any = None) -> Any:
        return jnp.clip(a, a_min, a_max)

    def in_jax(function: Any) -> Any:
        return getattr(jnp, function.__name__)

    def over_axes(function: Any, a: Any, axes: Any) -> Any:
        for axis in np.atleast_1d(axes):
            out = in_jax(function)(a, axis=int(axis))
            a = out if out.ndim == a.ndim else jnp.expand_dims(out, int(axis))
        return a

    return {
        "apply_along_axis": lambda f, axis, a, *more: jnp.apply_along_axis(in_jax(f), axis, a, *more),
        "apply_over_axes": over_axes,
        "bincount": lambda x, weights, minlength: jnp.zeros(minlength).at[x].add(weights),
        "block": lambda rows: jnp.concatenate([jnp.concatenate(row, -1) for row in rows], -2),
        "choose": choose,
        "clip": clip,
        "compress": lambda c, a, axis=None: jnp.take(a, np.flatnonzero(c), axis),
        "delete": with_arrays("delete"),
        "elu": nn.elu,
        "affine": lambda x, w, b: x @ w + b,
        "engine.add_at": lambda x, v, index: x.at[index].add(v),
        "engine.cast": lambda x, to: jnp.asarray(x, to),
        "engine.concatenate": lambda *xs, axis: jnp.concatenate(xs, axis),
        "engine.erf": jax.scipy.special.erf,
        "engine.getitem": lambda x, index: x[np.asarray(index) if isinstance(index, list) else index],
        "engine.lifted": lambda x: x,
        "engine.log_softmax": nn.log_softmax,
        "engine.logabsdet": lambda a: jnp.linalg.slogdet(a)[1],
        "engine.logsumexp": nn.logsumexp,
        "engine.norm2": lambda x, axis=None, keepdims=False: jnp.sqrt(
            jnp.sum(x * x, axis, keepdims=keepdims)
        ),
        "engine.pinv": jnp.linalg.pinv,
        "engine.prod_last": lambda x: jnp.prod(x, -1),
        "engine.put": put,
        "engine.reshape": lambda x, shape: jnp.reshape(x, shape),
        "engine.running_product": lambda x: jnp.cumprod(x, -1),
        "engine.running_sum": lambda x: jnp.cumsum(x, -1),
        "engine.singular_values": lambda a: jnp.linalg.svd(a, compute_uv=False),
        "engine.softmax": nn.softmax,
        "engine.contiguous": lambda x: jnp.array(x),
        "engine.label_cross_entropy": lambda x, y: (
            -jnp.sum(nn.log_softmax(x) * jnp.moveaxis(jnp.asarray(y), 0, -1), -1)
        ),
        "engine.mean_squared_error": lambda x, y: jnp.mean((x - y) ** 2),
        "engine.softmax_by_class": lambda x: jnp.moveaxis(nn.softmax(x), -1, 0),
        "engine.softmax_cross_entropy": lambda x, y: -jnp.sum(y * nn.log_softmax(x), -1),
        "engine.solve_matrix": jnp.linalg.solve,
        "engine.summed_products": packed_operands,
        "extract": lambda c, a: jnp.ravel(a)[np.flatnonzero(c)],
        "fix": jnp.trunc,
        "gelu": lambda x: nn.gelu(x, approximate=False),
        "insert": lambda a, i, v, axis=None: jnp.insert(a, np.asarray(i), v, axis),
        "leaky_relu": nn.leaky_relu,
        "linalg.eigh": lambda a: signed(jnp.linalg.eigh(a), jnp),
        "linalg.svd": lambda a, full_matrices: signed(jnp.linalg.svd(a, full_matrices=full_matrices), jnp),
        "maxout": lambda a, b, c: jnp.maximum(jnp.maximum(a, b), c),
        "nanquantile": with_arrays("nanquantile"),
        "piecewise": piecewise,
        "polydiv": polydiv,
        "polyint": with_arrays("polyint"),
        "quantile": with_arrays("quantile"),
        "real_if_close": lambda x: x,
        "relu": nn.relu,
        "repeat": with_arrays("repeat"),
        "sigmoid": nn.sigmoid,
        "silu": nn.silu,
        "softplus": nn.softplus,
        "take": with_arrays("take"),
        "unique": lambda x, **also: (jnp.sort(jnp.ravel(x)),),  # entries of the samples are all different
    }

"""One function, three engines: ours, PyTorch and JAX answer the same questions about it as plain arrays."""

from __future__ import annotations

import contextlib
import itertools
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from backprop_course import Tensor, hessian, hvp, jacobian, jvp, vjp
from tests.cases import Case, flat_leaves

# All three compute in float64, 2.2e-16, and each result here is at most some hundred operations away from its
# inputs, which are of size 1: 1e-10 leaves four digits for the conditioning of the samples, and no wrong
# formula is that near to a right one at random points.
RTOL = ATOL = 1e-10


def by_us(case: Case, *, whole: bool = True) -> dict[str, Any]:
    """Value, vjp, jvp and Hessian-vector product; Jacobians and Hessians too where it is to be `whole`.

    Second derivatives are those of the results summed with the weights `out_bar`.
    """
    f, xs, dots = case.ours, case.primals, case.dots
    out, f_vjp = vjp(f, *xs)
    every = tuple(range(len(xs)))
    found = {
        "value": out,
        "vjp": list(f_vjp(case.out_bar)),
        "jvp": jvp(f, xs, dots)[1],
    }
    if whole:
        found["jacobian"] = list(jacobian(f, every, mode="reverse")(*xs))
        for back, ahead in zip(found["jacobian"], jacobian(f, every, mode="forward")(*xs), strict=True):
            np.testing.assert_allclose(back, ahead, rtol=RTOL, atol=ATOL)

    def s(*args: Any) -> Any:
        return np.sum(f(*args) * case.out_bar)

    found["hvp"] = list(hvp(s, xs, dots))
    if whole:
        # As Tensors: NumPy asks those of the other arguments alone how `np.full_like` and its like are done.
        found["hessian"] = [hessian(s, i)(*map(Tensor, xs)).numpy() for i in every]
    return found


def by_torch(case: Case, function: Any, torch: Any) -> dict[str, Any]:
    """Reverse mode by `torch.autograd`, forward mode by `torch.func.jvp`."""
    tensors = [torch.tensor(x) for x in case.primals]
    out_bar, dots = torch.tensor(case.out_bar), [torch.tensor(x) for x in case.dots]

    def f(*floats: Any) -> Any:
        also = lambda x: torch.from_numpy(x) if isinstance(x, np.ndarray) else x  # noqa: E731
        outs = flat_leaves(case.call(function, floats, also))
        # What stands for a constant in a peer is a constant for it, too.
        rows = [torch.as_tensor(x, dtype=torch.float64) for x in itertools.compress(outs, case.kept)]
        return torch.cat([x.reshape(-1) for x in rows])

    def pulled(out: Any, xs: Any, bar: Any, **how: Any) -> list[Any]:
        if not out.requires_grad:
            return [torch.zeros_like(x) for x in xs]
        bars = torch.autograd.grad(out, xs, bar, allow_unused=True, retain_graph=True, **how)
        return [torch.zeros_like(x) if g is None else g for x, g in zip(xs, bars, strict=True)]

    xs = [t.clone().requires_grad_() for t in tensors]
    out = f(*xs)
    rows = [pulled(out, xs, e) for e in torch.eye(out.numel(), dtype=torch.float64)]
    jacobians = [
        torch.stack([row[i] for row in rows]) if rows else torch.zeros((0, *x.shape))
        for i, x in enumerate(xs)
    ]
    found = {
        "value": out,
        "vjp": pulled(out, xs, out_bar),
        "jvp": torch.func.jvp(f, tuple(tensors), tuple(dots))[1],
        "jacobian": jacobians,
    }
    slopes = pulled(torch.sum(out * out_bar), xs, None, create_graph=True)
    found["hvp"] = pulled(sum(torch.sum(g * d) for g, d in zip(slopes, dots, strict=True)), xs, None)
    blocks = [[pulled(g, [x], None)[0] for g in s.reshape(-1)] for s, x in zip(slopes, xs, strict=True)]
    found["hessian"] = [
        torch.stack(b).reshape(x.shape + x.shape) if b else torch.zeros(x.shape + x.shape)
        for b, x in zip(blocks, xs, strict=True)
    ]
    return {key: as_arrays(value, lambda t: t.numpy(force=True)) for key, value in found.items()}


def by_jax(case: Case, function: Any, jax: Any, *, whole: bool) -> dict[str, Any]:
    """Everything in one function, compiled without optimization: compiling is what takes the time here."""
    jnp = jax.numpy

    def f(*floats: Any) -> Any:
        outs = flat_leaves(case.call(function, floats))
        return jnp.concatenate(
            [jnp.ravel(jnp.asarray(x, float)) for x in itertools.compress(outs, case.kept)]
        )

    def s(*xs: Any) -> Any:
        return jnp.sum(f(*xs) * case.out_bar)

    every = tuple(range(len(case.primals)))

    def ask(xs: Any, dots: Any) -> dict[str, Any]:
        out, pull = jax.vjp(f, *xs)
        found = {
            "value": out,
            "vjp": pull(jnp.asarray(case.out_bar)),
            "jvp": jax.jvp(f, xs, dots)[1],
        }
        if whole:
            found["jacobian"] = jax.vmap(pull)(jnp.eye(out.size))
        found["hvp"] = jax.jvp(jax.grad(s, every), xs, dots)[1]
        if whole:
            found["hessian"] = tuple(jax.hessian(s, i)(*xs) for i in every)
        return found

    plainly = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
    found = jax.jit(ask, compiler_options=plainly)(
        tuple(map(jnp.asarray, case.primals)), tuple(map(jnp.asarray, case.dots))
    )
    return {key: as_arrays(value, np.asarray) for key, value in found.items()}


def as_arrays(value: Any, convert: Any) -> Any:
    return [convert(x) for x in value] if isinstance(value, tuple | list) else convert(value)


def assert_same(ours: dict[str, Any], theirs: dict[str, Any], what: str, rtol: float, atol: float) -> None:
    assert ours.keys() == theirs.keys()
    for key, mine in ours.items():
        pairs = zip(mine, theirs[key], strict=True) if isinstance(mine, list) else [(mine, theirs[key])]
        for i, (a, b) in enumerate(pairs):
            np.testing.assert_allclose(a, b, rtol=rtol, atol=atol, err_msg=f"{what}: {key} {i}")


@contextlib.contextmanager
def peers_may_warn() -> Iterator[None]:
    """What a peer warns of while it computes is not ours to fail on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield

"""Special functions: `erf` by ourselves, and those of `scipy.special` once SciPy is imported.

SciPy is never imported from here. When a Tensor meets one of its functions, whoever called it has imported
SciPy, and `register_scipy` enters the rules.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

from .. import rules
from ..custom import primitive
from ..rules import declare
from ._tools import anywhere, binary, elementwise, inside_one, positive, unary

_erf = np.vectorize(math.erf, otypes=[float])


@primitive
def erf(x: Any) -> Any:
    """The error function, entry by entry, from the standard library."""
    return _erf(x).astype(getattr(x, "dtype", float))[()] if np.size(x) else np.zeros_like(x)


def _bell(x: Any) -> Any:
    return (2.0 / math.sqrt(math.pi)) * np.exp(-x * x)


elementwise(erf, lambda out, x: _bell(x), samples=unary(anywhere))


def register_scipy() -> None:
    """Enter the functions of `scipy.special` that learners use."""
    special = sys.modules["scipy.special"]
    erfs, gammas = special.erf, special.digamma
    elementwise(special.expit, lambda out, x: out * (1.0 - out), samples=unary(anywhere))
    elementwise(special.logit, lambda out, x: 1.0 / (x * (1.0 - x)), samples=unary(_unit_interval))
    elementwise(special.log_expit, lambda out, x: special.expit(-x), samples=unary(anywhere))
    elementwise(erfs, lambda out, x: _bell(x), samples=unary(anywhere), name="special.erf")
    elementwise(special.erfc, lambda out, x: -_bell(x), samples=unary(anywhere))
    elementwise(
        special.erfinv,
        lambda out, x: (math.sqrt(math.pi) / 2.0) * np.exp(out * out),
        samples=unary(inside_one),
    )
    elementwise(special.gammaln, lambda out, x: gammas(x), samples=unary(positive))
    elementwise(special.gamma, lambda out, x: out * gammas(x), samples=unary(positive))
    elementwise(gammas, lambda out, x: hurwitz_zeta(x, s=2.0), samples=unary(positive))
    elementwise(
        special.xlogy,
        lambda out, a, b: np.log(np.where(np.equal(a, 0), 1.0, b)),  # 0 log 0 = 0, and so is its slope
        lambda out, a, b: a / np.where(np.equal(a, 0), 1.0, b),
        samples=binary(positive, positive),
    )
    elementwise(
        special.xlog1py,
        lambda out, a, b: np.log1p(b),
        lambda out, a, b: a / (1.0 + b),
        samples=binary(positive, positive),
    )
    declare(
        hurwitz_zeta,
        vjp=[lambda out_bar, out, x, s: out_bar * (-s * hurwitz_zeta(x, s=s + 1.0))],
        jvp=[lambda x_dot, out, x, s: x_dot * (-s * hurwitz_zeta(x, s=s + 1.0))],
        samples=lambda rng: iter([(positive(rng, (3,)), {"s": 2.0}), (positive(rng, (2, 2)), {"s": 3.0})]),
    )
    elementwise(special.entr, lambda out, x: -np.log(x) - 1.0, samples=unary(positive))


@primitive
def hurwitz_zeta(x: Any, *, s: float) -> Any:
    """Sum of ``1 / (n + x)**s`` over n from 0; its multiples are the derivatives of digamma."""
    return sys.modules["scipy.special"].zeta(s, x)


rules.on_import["scipy.special"] = register_scipy


def _unit_interval(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return rng.uniform(0.1, 0.9, size=shape)

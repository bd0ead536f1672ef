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
    elementwise(erfs, lambda out, x: _bell(x), samples=unary(anywhere))
    elementwise(special.erfc, lambda out, x: -_bell(x), samples=unary(anywhere))
    elementwise(
        special.erfinv,
        lambda out, x: (math.sqrt(math.pi) / 2.0) * np.exp(out * out),
        samples=unary(inside_one),
    )
    elementwise(special.gammaln, lambda out, x: gammas(x), samples=unary(positive))
    elementwise(special.gamma, lambda out, x: out * gammas(x), samples=unary(positive))
    elementwise(gammas, lambda out, x: special.polygamma(1, x), samples=unary(positive))
    elementwise(
        special.xlogy,
        lambda out, a, b: np.log(np.where(np.equal(a, 0), 1.0, b)),  # 0 log 0 = 0, and so is its slope
        lambda out, a, b: np.true_divide(a, b),
        samples=binary(positive, positive),
    )
    elementwise(
        special.xlog1py,
        lambda out, a, b: np.log1p(b),
        lambda out, a, b: a / (1.0 + b),
        samples=binary(positive, positive),
    )
    elementwise(special.entr, lambda out, x: -np.log(x) - 1.0, samples=unary(positive))
    rules.table[special.polygamma] = _polygamma(special)


rules.on_import["scipy.special"] = register_scipy


def _unit_interval(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return rng.uniform(0.1, 0.9, size=shape)


def _polygamma(special: Any) -> rules.Primitive:
    """Derivatives of digamma: each is the next one."""
    p = rules.Primitive(special.polygamma)
    p.vjp = [None, lambda out_bar, out, n, x: out_bar * special.polygamma(n + 1, x)]
    p.jvp = [None, lambda x_dot, out, n, x: x_dot * special.polygamma(n + 1, x)]
    p.batched = p.ours = True
    p.arrays = 2
    return p

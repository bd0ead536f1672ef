"""Special functions: `erf` by ourselves, and those of `scipy.special` once SciPy is imported.

SciPy is never imported from here. When a Tensor meets one of its functions, whoever called it has imported
SciPy, and `register_scipy` enters the rules.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import rules
from ..custom import primitive
from ..rules import declare
from ._tools import anywhere, binary, broadcast, elementwise, inside_one, positive, unary, unbroadcast

_ROOT_PI = math.sqrt(math.pi)
_ROOT_2_PI = math.sqrt(2.0 * math.pi)
_erf = np.vectorize(math.erf, otypes=[float])


@primitive
def erf(x: Any) -> Any:
    """The error function, entry by entry, from the standard library."""
    return _erf(x).astype(getattr(x, "dtype", float))[()] if np.size(x) else np.zeros_like(x)


def _bell(x: Any) -> Any:
    return (2.0 / math.sqrt(math.pi)) * np.exp(-x * x)


elementwise(erf, lambda out, x: _bell(x), samples=unary(anywhere))


@primitive
def polygamma(x: Any, *, degree: int) -> Any:
    """The derivative of that order of digamma: SciPy's is no ufunc and does not ask Tensors."""
    return sys.modules["scipy.special"].polygamma(degree, x).astype(getattr(x, "dtype", float))[()]


def register_scipy() -> None:
    """Enter the functions of `scipy.special` that learners use, each by its derivative.

    References
    ----------
    *NIST Digital Library of Mathematical Functions*: 5.2 and 5.15 (gamma and polygamma functions), 7.2 (error
    functions), 10.6 and 10.29 (Bessel functions).
    """
    s = sys.modules["scipy.special"]

    def enter(function: Any, *slopes: Any, samples: Any) -> None:
        name = f"special.{function.__name__}"
        if slopes[0] is not None:
            elementwise(function, *slopes, samples=samples, name=name)
            return
        declare(  # no derivative by the first argument, such as an order
            function,
            vjp=[None, lambda out_bar, out, n, x: unbroadcast(out_bar * slopes[1](out, n, x), x, out)],
            jvp=[None, lambda x_dot, out, n, x: broadcast(x_dot * slopes[1](out, n, x), out)],
            samples=samples,
            name=name,
        )

    enter(s.expit, lambda out, x: out * (1.0 - out), samples=unary(anywhere))
    enter(s.logit, lambda out, x: 1.0 / (x * (1.0 - x)), samples=unary(_unit_interval))
    enter(s.log_expit, lambda out, x: s.expit(-x), samples=unary(anywhere))
    enter(s.exp2, lambda out, x: out * math.log(2.0), samples=unary(anywhere))
    enter(s.exp10, lambda out, x: out * math.log(10.0), samples=unary(anywhere))
    enter(s.expm1, lambda out, x: out + 1.0, samples=unary(anywhere))
    enter(s.log1p, lambda out, x: 1.0 / (1.0 + x), samples=unary(positive))
    enter(s.cbrt, lambda out, x: 1.0 / (3.0 * out * out), samples=unary(positive))

    enter(s.erf, lambda out, x: _bell(x), samples=unary(anywhere))
    enter(s.erfc, lambda out, x: -_bell(x), samples=unary(anywhere))
    enter(s.erfcx, lambda out, x: 2.0 * x * out - 2.0 / math.sqrt(math.pi), samples=unary(anywhere))
    enter(s.erfinv, lambda out, x: _ROOT_PI / 2.0 * np.exp(out * out), samples=unary(inside_one))
    enter(s.erfcinv, lambda out, x: -_ROOT_PI / 2.0 * np.exp(out * out), samples=unary(_unit_interval))
    enter(s.ndtr, lambda out, x: np.exp(-0.5 * x * x) / _ROOT_2_PI, samples=unary(anywhere))
    enter(s.log_ndtr, lambda out, x: np.exp(-0.5 * x * x - out) / _ROOT_2_PI, samples=unary(anywhere))
    enter(s.ndtri, lambda out, x: _ROOT_2_PI * np.exp(0.5 * out * out), samples=unary(_unit_interval))

    enter(s.gammaln, lambda out, x: s.digamma(x), samples=unary(positive))
    enter(s.gamma, lambda out, x: out * s.digamma(x), samples=unary(positive))
    enter(s.rgamma, lambda out, x: -out * s.digamma(x), samples=unary(positive))
    enter(s.digamma, lambda out, x: polygamma(x, degree=1), samples=unary(positive))
    declare(
        polygamma,
        vjp=[lambda out_bar, out, x, degree: out_bar * polygamma(x, degree=degree + 1)],
        jvp=[lambda x_dot, out, x, degree: x_dot * polygamma(x, degree=degree + 1)],
        samples=_orders_of_polygamma,
        name="special.polygamma",
    )
    enter(
        s.beta,
        lambda out, a, b: out * (s.digamma(a) - s.digamma(a + b)),
        lambda out, a, b: out * (s.digamma(b) - s.digamma(a + b)),
        samples=binary(positive, positive),
    )
    enter(
        s.betaln,
        lambda out, a, b: s.digamma(a) - s.digamma(a + b),
        lambda out, a, b: s.digamma(b) - s.digamma(a + b),
        samples=binary(positive, positive),
    )

    enter(
        s.xlogy,
        lambda out, a, b: np.log(np.where(np.equal(a, 0), 1.0, b)),  # 0 log 0 = 0, and so is its slope
        lambda out, a, b: a / np.where(np.equal(a, 0), 1.0, b),
        samples=binary(positive, positive),
    )
    enter(
        s.xlog1py,
        lambda out, a, b: np.log1p(b),
        lambda out, a, b: a / (1.0 + b),
        samples=binary(positive, positive),
    )
    enter(s.entr, lambda out, x: -np.log(x) - 1.0, samples=unary(positive))
    enter(
        s.rel_entr,
        lambda out, a, b: np.log(a / b) + 1.0,
        lambda out, a, b: -a / b,
        samples=binary(positive, positive),
    )
    enter(
        s.kl_div,
        lambda out, a, b: np.log(a / b),
        lambda out, a, b: 1.0 - a / b,
        samples=binary(positive, positive),
    )

    enter(s.j0, lambda out, x: -s.j1(x), samples=unary(anywhere))
    enter(s.j1, lambda out, x: (s.j0(x) - s.jv(2.0, x)) / 2.0, samples=unary(anywhere))
    enter(
        s.jv, None, lambda out, n, x: (s.jv(n - 1.0, x) - s.jv(n + 1.0, x)) / 2.0, samples=_orders(1.0, 2.5)
    )
    enter(s.i0, lambda out, x: s.i1(x), samples=unary(anywhere))
    enter(s.i1, lambda out, x: (s.i0(x) + s.iv(2.0, x)) / 2.0, samples=unary(anywhere))
    enter(
        s.iv, None, lambda out, n, x: (s.iv(n - 1.0, x) + s.iv(n + 1.0, x)) / 2.0, samples=_orders(1.0, 2.5)
    )


rules.on_import["scipy.special"] = register_scipy


def _unit_interval(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return rng.uniform(0.1, 0.9, size=shape)


def _orders(*orders: float) -> Any:
    """Samples of a function of an order and an array."""

    def samples(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
        for order in orders:
            for shape in ((), (3,), (2, 4), (0, 3)):
                yield order, positive(rng, shape)

    return samples


def _orders_of_polygamma(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    for order, shape in ((1, (3,)), (2, (2, 4)), (1, (0, 3)), (3, ())):
        yield positive(rng, shape), {"degree": order}

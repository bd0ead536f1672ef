"""The functions of `scipy.special` against JAX: value, both modes, second order."""

from __future__ import annotations

import pytest

from backprop_course.engine import rules
from tests.cases import cases
from tests.oracles.comparing import assert_same, by_jax, by_us, peers_may_warn
from tests.strategies import primitives

pytestmark = pytest.mark.oracle

SAME = "beta betaln entr erf erfc erfinv expit gamma gammaln i0 i1 kl_div log_ndtr logit ndtr ndtri rel_entr"
NAMES = [*SAME.split(), "xlog1py", "xlogy", "cbrt", "erfcinv", "exp10", "exp2", "expm1", "log1p", "log_expit"]
NAMES += ["erfcx", "polygamma", "psi", "rgamma"]
WITHOUT = {
    "j0": "JAX's recurrence loses all digits in second order near 0",
    "j1": "the same recurrence",
    "iv": "JAX has it for the orders 0 and 1 alone",
    "jv": "JAX has it for whole orders alone",
}


def in_jax(name, jax):
    theirs, jnp = jax.scipy.special, jax.numpy
    others = {
        "cbrt": jnp.cbrt,
        "erfcinv": lambda x: theirs.erfinv(1.0 - x),
        "exp10": lambda x: 10.0**x,
        "exp2": jnp.exp2,
        "expm1": jnp.expm1,
        "log1p": jnp.log1p,
        "log_expit": jax.nn.log_sigmoid,
        "polygamma": lambda x, degree: theirs.polygamma(degree, x),
        "psi": theirs.digamma,
        "rgamma": lambda x: 1.0 / theirs.gamma(x),
    }
    return others.get(name) or getattr(theirs, name)


@pytest.fixture(scope="module")
def ours():
    pytest.importorskip("scipy.special")
    rules.entered_late()
    return {p.name.removeprefix("special."): p for p in primitives() if p.name.startswith("special.")}


def test_every_function_has_a_peer_or_a_reason_why_not(ours):
    assert {*NAMES, *WITHOUT} == set(ours)


@pytest.mark.parametrize("name", NAMES)
def test_jax_agrees(name, ours, jax, rng):
    p = ours[name]
    with peers_may_warn():
        theirs = in_jax(name, jax)
    every = [c for c in cases(p.function, p.samples, rng) if c.out_bar.size]
    for case in every[1:2]:
        with peers_may_warn():
            found = by_jax(case, theirs, jax, whole=False)
        # JAX sums other series than SciPy does, for the gamma functions and the inverse ones above all.
        assert_same(by_us(case, whole=False), found, name, rtol=1e-9, atol=1e-9)

"""The whole table, on its own samples, against PyTorch and JAX: value, both modes, Jacobian, second order."""

from __future__ import annotations

import itertools

import pytest

from tests.cases import cases, everything
from tests.oracles.comparing import ATOL, RTOL, assert_same, by_jax, by_torch, by_us, peers_may_warn
from tests.oracles.peers import NOT_JAX, NOT_TORCH, OURS, WITHOUT, peers_of

pytestmark = pytest.mark.oracle

KNOWN = {name: pair for name, pair in everything().items() if "special." not in name}
EACH = pytest.mark.parametrize("name", sorted(KNOWN.keys() - WITHOUT.keys()))

# Wider where a formula divides by gaps, twice in second order, or takes an inverse of an inverse.
WIDER = {"linalg.eigh", "linalg.svd", "linalg.qr", "linalg.cond", "linalg.pinv", "engine.pinv", "polyfit"}
WIDER |= {"linalg.lstsq", "linalg.norm", "linalg.matrix_norm"}


def tolerance(name):
    return {"rtol": 1e-8, "atol": 1e-8} if name in WIDER else {"rtol": RTOL, "atol": ATOL}


@pytest.fixture(scope="module")
def peers(torch, jax):
    with peers_may_warn():
        return peers_of(KNOWN, torch, jax)


def test_every_function_has_a_peer_or_a_reason_why_not(peers):
    alone = {name for name, pair in peers.items() if pair == (None, None)}
    assert alone == set(WITHOUT)
    assert all(peers[name][0] is None and peers[name][1] for name in NOT_TORCH)
    assert all(peers[name][0] and peers[name][1] is None for name in NOT_JAX)


@EACH
def test_torch_agrees(name, peers, torch, rng):
    theirs = peers[name][0]
    if theirs is None:
        assert peers[name][1] is not None  # then JAX is asked about more samples
        return
    function, samples = KNOWN[name]
    for case in cases(OURS.get(name, function), samples, rng):
        ours = by_us(case)
        with peers_may_warn():
            found = by_torch(case, theirs, torch)
        assert_same(ours, found, name, **tolerance(name))


@EACH
def test_jax_agrees(name, peers, jax, rng):
    by, theirs = peers[name]
    if theirs is None:
        assert by is not None  # then PyTorch has been asked about all samples
        return
    function, samples = KNOWN[name]
    # Each sample is compiled, which takes its time: one, without Jacobians, where PyTorch has seen them all.
    every = [c for c in cases(OURS.get(name, function), samples, rng) if c.out_bar.size]
    for case in itertools.islice(reversed(every), 1 if by else 2):
        ours = by_us(case, whole=not by)
        with peers_may_warn():
            found = by_jax(case, theirs, jax, whole=not by)
        assert_same(ours, found, name, **tolerance(name))

"""Fixtures for all tests: a seeded generator, and the other packages some results are compared with.

A test that compares with another package takes it as a fixture and is marked ``oracle``::

    @pytest.mark.oracle
    def test_tanh_agrees_with_torch(torch, rng): ...

Where the package is absent the test is skipped, and the reason says what to install.
"""

from __future__ import annotations

import importlib
import warnings
import zlib
from types import ModuleType

import hypothesis
import numpy as np
import pytest

# No test asserts a time, and what hypothesis found once is found again.
hypothesis.settings.register_profile("course", deadline=None, derandomize=True)
hypothesis.settings.load_profile("course")


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Return a generator seeded by the test's own name: the same numbers however tests are selected."""
    return np.random.default_rng(zlib.crc32(request.node.nodeid.encode()))


def peer(name: str) -> ModuleType:
    """Import another package, or skip the test with a reason when it is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a peer warns of while it is imported is not ours to fail on
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            pytest.skip(f"{name} is not installed; it comes with: pip install -e '.[bench]'")


@pytest.fixture(scope="session")
def torch() -> ModuleType:
    return peer("torch")


@pytest.fixture(scope="session")
def jax() -> ModuleType:
    module = peer("jax")
    module.config.update("jax_enable_x64", True)
    return module


@pytest.fixture(scope="session")
def autograd() -> ModuleType:
    return peer("autograd")

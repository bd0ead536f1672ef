"""A zygote for all tests that need one: it forks a fresh child for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autograder.sandbox import Limits, Zygote


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    # Little memory, so that it is used up long before the time is, on a busy machine too.
    with Zygote(Limits(set_up=2.0, memory=64 << 20)) as warm:
        yield warm

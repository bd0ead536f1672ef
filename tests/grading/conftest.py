"""A zygote for all tests that need one: it forks a fresh child for each."""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.sandbox import Limits, Zygote


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    # Little memory, so that it is used up long before the time is, on a busy machine too.
    with Zygote(Limits(set_up=2.0, memory=64 << 20)) as warm:
        yield warm


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that a child of any user may write to."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        yield Path(folder)


@pytest.fixture(scope="session", autouse=True)
def _alembic_is_asked_once() -> Iterator[None]:
    """For each new gradebook nbgrader starts a process for seconds, to be told the same version."""
    import nbgrader.api

    with pytest.MonkeyPatch.context() as patch:
        asked = functools.cache(nbgrader.api.get_alembic_version)
        patch.setattr(nbgrader.api, "get_alembic_version", asked)
        yield

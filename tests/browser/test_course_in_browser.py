"""The course as `backprop-course start` opens it in a browser: nothing in the way, nothing from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from backprop_course.cli.units import released_units

from ..cli.running import PATIENCE, running_course

pytestmark = pytest.mark.browser


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with running_course(tmp_path) as address:
        yield address


def test_the_course_opens_without_asking_for_anything(
    address: str, new_page: Callable[..., Any], keep: Callable[..., None]
) -> None:
    page = new_page()  # it fails the test when a request leaves this machine
    page.set_default_timeout(1000 * PATIENCE)
    page.goto(address)
    for unit in released_units():
        page.locator(".jp-DirListing-item", has_text=unit.id).wait_for()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(3000)  # questions come a moment after everything else
    keep(page, "course")
    assert page.locator(".jp-Dialog").count() == 0
    assert page.locator(".Toastify__toast").count() == 0

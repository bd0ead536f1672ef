"""The gallery of `backprop-course explore`: from its first page to a kernel that answers, offline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ..cli.running import PATIENCE, running_course
from .blank_page import is_wider_than_the_page

pytestmark = pytest.mark.browser


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with running_course(tmp_path, "explore", pattern=r"http://\S+/\?token=\w+") as address:
        yield address


def test_a_card_leads_to_a_widget_whose_kernel_answers(
    address: str, new_page: Callable[..., Any], keep: Callable[..., None]
) -> None:
    page = new_page(reduced_motion="reduce")  # it fails the test when a request leaves this machine
    page.set_default_timeout(1000 * PATIENCE)
    page.goto(address)
    keep(page, "gallery-live")
    page.get_by_role("link", name="Descent explorer").press("Enter")
    explorer = page.locator(".bc-descent")
    explorer.wait_for()
    explorer.get_by_role("slider", name="Step size η").press("End")
    explorer.get_by_text("diverged").wait_for()
    keep(page, "gallery-live-descent")
    page.set_viewport_size({"width": 360, "height": 740})
    assert not is_wider_than_the_page(page)
    keep(page, "gallery-live-descent-phone")
    page.get_by_role("link", name="All pictures").press(
        "Enter"
    )  # where that cannot end the kernel, it complains
    page.get_by_role("heading", name="Backpropagation, to be touched").wait_for()

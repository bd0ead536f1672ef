"""Pictures of the stages, and the browser that they are taken with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from html import escape
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import browser, new_page

__all__ = ["browser", "new_page"]

Stage = Callable[[str, Any], None]


@pytest.fixture
def stage(
    tmp_path: Path,
    request: pytest.FixtureRequest,
    new_page: Callable[..., Any],
) -> Iterator[Stage]:
    """Keep a picture of a page, of an element, or of what a command printed, under the stage's name.

    The last picture is of what was on the page when the journey ended, however it ended.
    """
    numbers, journey = count(1), request.path.stem.removeprefix("test_")
    folder = tmp_path / "pictures"
    folder.mkdir()
    pages: list[Any] = []

    def keep(name: str, shown: Any) -> None:
        if isinstance(shown, str):
            text, shown = shown, new_page(viewport={"width": 1000, "height": 300})
            shown.set_content(f"<title>{escape(name)}</title><pre>{escape(text)}</pre>")
        elif hasattr(shown, "goto"):
            pages.append(shown)
        path = folder / f"{journey}-{next(numbers):02d}-{name}.png"
        shown.screenshot(path=str(path))
        if kept := os.environ.get("JOURNEYS"):
            Path(kept).mkdir(parents=True, exist_ok=True)
            shutil.copy(path, kept)

    yield keep
    if pages:
        keep("end", pages[-1])

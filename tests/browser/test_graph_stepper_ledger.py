"""The ledger of shapes beside the graph stepper."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .blank_page import faint_texts, is_wider_than_the_page
from .stepper_page import SHAPES, TAPE, Show, Shown, last
from .stepper_page import show as show

pytestmark = pytest.mark.browser


def cells(widget: Shown, name: str) -> list[str]:
    row = widget.root.get_by_role("row").filter(
        has=widget.page.get_by_role("rowheader", name=name, exact=True)
    )
    return [str(text) for text in row.get_by_role("cell").all_text_contents()]


def test_the_ledger_of_shapes_fills_in_with_the_walk(show: Show) -> None:
    widget = show(SHAPES)
    assert cells(widget, "W") == ["", "(2, 3)", "", ""]
    assert cells(widget, "v1") == ["W @ x", "", "", ""]
    widget.set(step=1)
    assert cells(widget, "v1") == ["W @ x", "(2,)", "", ""]
    widget.set(step=last(SHAPES))
    assert cells(widget, "W") == ["", "(2, 3)", "(2, 3)", "(2,) · (2, 2, 3)"]
    widget.set(step=0)
    assert cells(widget, "v1") == ["W @ x", "", "", ""]


def test_the_ledger_hides_what_is_to_be_predicted(show: Show) -> None:
    step = 1 + [s["phase"] for s in TAPE["steps"]].count("forward") + 1  # the first share that is sent
    widget = show(TAPE, predict=True)
    widget.set(step=step)
    name = TAPE["nodes"][TAPE["steps"][step]["node"]]["name"]
    assert cells(widget, name)[-1] == "0"
    widget.press("Show")
    assert cells(widget, name)[-1] == "1"
    assert widget.root.locator(".bc-new").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_ledger_can_be_read_in_both_themes_and_on_a_phone(
    show: Show, keep: Callable[..., None], scheme: str
) -> None:
    widget = show(TAPE, color_scheme=scheme, viewport={"width": 360, "height": 800})
    widget.set(step=last(TAPE) - 1)
    assert not is_wider_than_the_page(widget.page)
    assert faint_texts(widget.page) == []
    keep(widget.page, f"graph-stepper-ledger-phone-{scheme}")
    wide = show(SHAPES, color_scheme=scheme)
    wide.set(step=last(SHAPES) - 1)
    keep(wide.root, f"graph-stepper-ledger-{scheme}")

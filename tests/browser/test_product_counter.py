"""The ES module of the product counter in a blank page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backprop_course.widgets import ProductCounter, trace_products
from backprop_course.widgets.trace_products import look_up

from .blank_page import (
    faint_marks,
    faint_texts,
    is_clean_after_dispose,
    is_wider_than_the_page,
    open_widget,
    unmarked_focus,
)

pytestmark = pytest.mark.browser

TRACE = trace_products()


@pytest.fixture
def show(new_page: Callable[..., Any]) -> Callable[..., Any]:
    def show(depth: int, cached: bool = False, product: int = 999, **options: Any) -> Any:
        traits = {"trace": TRACE, "depth": depth - 1, "cached": cached, "product": product}
        return open_widget(new_page, ProductCounter, traits, **options)

    return show


def said(page: Any) -> str:
    return str(page.get_by_role("status").first.text_content())


def test_arrows_do_one_product_after_the_other_and_say_it(show: Callable[..., Any]) -> None:
    page = show(3)
    page.get_by_role("application").focus()
    page.keyboard.press("Home")
    for cached in (False, True):
        total = TRACE["depths"][2]["cached" if cached else "uncached"]
        for k in range(total + 1):
            assert said(page) == look_up(TRACE, 2, cached, k)
            solid = page.locator(".bc-staircase .bc-product[data-kind=new]").count()
            again = page.locator(".bc-staircase .bc-product[data-kind=again]").count()
            assert solid + again == k
            page.keyboard.press("ArrowRight")
        page.get_by_role("button", name="with a cache", exact=True).click()
        page.get_by_role("button", name="No product").click()
        page.get_by_role("application").focus()
    assert unmarked_focus(page) == 0
    assert is_clean_after_dispose(page)


def test_the_slider_moves_the_depth_with_all_products_done(show: Callable[..., Any]) -> None:
    page = show(6)
    depth = page.get_by_role("slider", name="Depth")
    depth.press("ArrowRight")
    assert said(page) == look_up(TRACE, 6, False, 999)
    assert depth.get_attribute("aria-valuetext") == "7 layers"
    depth.press("End")
    assert "24 with a cache" not in said(page)
    assert said(page) == look_up(TRACE, 23, False, 999)
    page.get_by_role("button", name="Reset").click()
    assert said(page) == look_up(TRACE, 5, False, 999)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_in_both_themes_and_on_a_phone(
    show: Callable[..., Any], keep: Callable[..., None], scheme: str
) -> None:
    page = show(8, product=20, color_scheme=scheme)
    assert faint_texts(page) == []
    lines = (
        f".bc-count-{kind}[data-mode={mode}]" for kind in ("line", "point") for mode in ("cached", "uncached")
    )
    cells = (f".bc-staircase .bc-product[data-kind={kind}]" for kind in ("new", "again", "open"))
    assert faint_marks(page, *lines, *cells, ".bc-product[data-now=true]", ".bc-hatch") == {}
    keep(page.locator(".bc-widget"), f"products-{scheme}")
    cached = show(8, True, 5, color_scheme=scheme)
    kept = (".bc-staircase .bc-product[data-kind=kept]", ".bc-legend .bc-product", ".bc-kept")
    assert faint_marks(cached, *kept, ".bc-staircase .bc-product[data-kind=open]") == {}
    keep(cached.locator(".bc-widget"), f"products-cached-{scheme}")
    phone = show(24, cached=True, color_scheme=scheme, viewport={"width": 360, "height": 1000})
    assert not is_wider_than_the_page(phone)
    keep(phone, f"products-phone-{scheme}")

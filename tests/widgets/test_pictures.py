"""A picture shows the graph or figure it was made from, with its description, and closes the figure."""

from __future__ import annotations

import base64
import re
from xml.etree import ElementTree

from backprop_course import trace
from backprop_course.widgets import picture

SVG = "{http://www.w3.org/2000/svg}"


def decoded(page: str) -> str:
    """Return the image that the page embeds."""
    found = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    assert found is not None
    return base64.b64decode(found[1]).decode()


def product_and_spare(a, b, spare):
    product = a * b
    return product


def test_a_graph_is_drawn_with_every_value_and_an_arrow_for_every_edge() -> None:
    shown = picture(trace(product_and_spare, 2.0, -3.5, 7.0), alt="a and b meet in a product")
    drawn = ElementTree.fromstring(shown.svg)
    texts = [text.text for text in drawn.iter(f"{SVG}text")]
    assert sorted(texts) == sorted(["a", "2", "b", "−3.5", "spare", "7", "product = a × b", "−7"])
    arrows = [path for path in drawn.iter(f"{SVG}path") if path.get("marker-end")]
    assert len(arrows) == 2


def test_a_graph_keeps_the_size_of_its_texts_and_is_scrolled_sideways_by_keyboard_too() -> None:
    page = picture(trace(product_and_spare, 2.0, -3.5, 7.0), alt="a graph")._repr_html_()
    assert page.startswith('<div tabindex="0" style="overflow-x: auto"><img ')
    assert "max-width: none" in page


def test_the_page_embeds_the_drawing_and_its_description() -> None:
    shown = picture(trace(product_and_spare, 2.0, -3.5, 7.0), alt='a "small" graph & no more')
    page = shown._repr_html_()
    assert 'alt="a &quot;small&quot; graph &amp; no more"' in page
    assert decoded(page) == shown.svg
    assert repr(shown) == '[picture] a "small" graph & no more'


def test_a_figure_is_drawn_and_closed_so_that_a_notebook_shows_it_once() -> None:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    axes.plot([0, 1], [0, 1])
    shown = picture(figure, alt="a rising line")
    assert ElementTree.fromstring(shown.svg).tag == f"{SVG}svg"
    assert not plt.fignum_exists(figure.number)

"""The product counter: what backpropagation multiplies with and without a cache, as the depth moves."""

from __future__ import annotations

from typing import Any

import traitlets

from ..errors import UsageError
from . import _assets, _plots
from ._widget import TracedWidget
from .trace_products import DEEPEST, look_up, order_of, trace_products


class ProductCounter(TracedWidget):
    """Count the products of Jacobians that the gradients of all weights need.

    Parameters
    ----------
    depth : int
        Layers to begin with, from 1 to 24.
    cached : bool
        Begin with the cache.

    Attributes
    ----------
    trace : dict
        See `trace_products`.
    depth : int
        The place of the depth in ``trace["depths"]``: one less than the depth. Synced with the browser.
    cached : bool
    product : int
        How many products are done; synced too.

    Raises
    ------
    UsageError
        If `depth` is none.

    Examples
    --------
    >>> from backprop_course.widgets import ProductCounter
    >>> print(ProductCounter(6).sentence)
    Depth 6, without a cache: 27 products, a chain for each of 6 weights. With a cache: 12.
    """

    _esm = _assets.module("product_counter")
    _css = _assets.style("controls", "product_counter")
    depth = traitlets.Int(0).tag(sync=True)
    cached = traitlets.Bool(False).tag(sync=True)
    product = traitlets.Int(0).tag(sync=True)

    def __init__(self, depth: int = 6, *, cached: bool = False) -> None:
        if not isinstance(depth, int) or isinstance(depth, bool) or not 1 <= depth <= DEEPEST:
            raise UsageError(
                "A network has some layers.",
                expected=f"a whole number from 1 to {DEEPEST}",
                got=repr(depth)[:40],
                mend="write ProductCounter(6)",
            )
        trace = trace_products()
        done = trace["depths"][depth - 1]["cached" if cached else "uncached"]
        super().__init__(trace=trace, depth=depth - 1, cached=bool(cached), product=done)

    @property
    def sentence(self) -> str:
        """What is said of the product done last, or of all."""
        return look_up(self.trace, self.depth, self.cached, self.product)

    @traitlets.validate("depth")
    def _within_the_depths(self, proposal: Any) -> int:
        return int(min(max(proposal["value"], 0), len(self.trace["depths"]) - 1))

    @traitlets.validate("product")
    def _not_negative(self, proposal: Any) -> int:
        return int(max(proposal["value"], 0))

    def text_form(self) -> str:
        """Return both counts for some depths, and what is said."""
        some = [d for d in self.trace["depths"] if d["depth"] in (1, 2, 3, 6, 12, 24, self.depth + 1)]
        rows = [f"  {d['depth']:5}  {d['uncached']:15}  {d['cached']:12}" for d in some]
        return "\n".join(
            [self.trace["title"], "  depth  without a cache  with a cache", *rows, "", self.sentence]
        )

    def png(self) -> bytes:
        """Draw the products of one depth, and both counts over the depth."""
        figure = _plots.new_figure(8.4, 3.4)
        left, right = figure.subplots(1, 2)
        counted = self.trace["depths"][self.depth]
        new = set(order_of(counted, cached=True))
        for row, place in order_of(counted, cached=False):
            look = (
                {"facecolor": _plots.FORWARD}
                if (row, place) in new
                else {"facecolor": "white", "hatch": "///"}
            )
            left.bar(place, 0.8, 0.9, bottom=row - 0.4, edgecolor=_plots.INK, **look)
        figure.suptitle(self.trace["title"], fontsize=10)
        left.set(xlabel="products, from the loss on", xticks=[])
        left.set_yticks(range(len(counted["rows"])), [row["weight"] for row in counted["rows"]], fontsize=7)
        left.invert_yaxis()
        depths = [d["depth"] for d in self.trace["depths"]]
        for mode, style, colour in (("uncached", "s--", _plots.BACKWARD), ("cached", "o-", _plots.FORWARD)):
            right.plot(depths, [d[mode] for d in self.trace["depths"]], style, color=colour, label=mode, ms=3)
        right.set(xlabel="depth", ylabel="products")
        right.legend(loc="upper left")
        return _plots.to_png(figure)

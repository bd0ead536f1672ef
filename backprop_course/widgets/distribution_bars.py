"""Two distributions as bars to be dragged, with entropy, cross entropy and divergence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets

from ..errors import CourseError
from . import _assets, _plots
from ._widget import TracedWidget
from .trace_distributions import CODE, SENTENCES, distribution, look_up, moved, trace_distributions

_EXAMPLE = (0.5, 0.3, 0.15, 0.05)


class DistributionBars(TracedWidget):
    """Drag the bars of a true distribution p and a believed one q, and see what the belief costs.

    When a bar moves, the kernel scales the others so that all add up to 1, and computes H, CE and KL anew.

    Parameters
    ----------
    p, q : sequence of floats, optional
        2 to 12 entries, not below 0, scaled to add up to 1. Without `q` all outcomes are believed equally.
    names : sequence of str, optional
        Of the outcomes.

    Attributes
    ----------
    trace, run : dict
        What stays, and what `trace_distributions` returns.
    p, q : list of floats
        Synced with the browser.
    move : dict
        The last bar that was dragged: ``of`` ("p" or "q"), ``at`` (its place), ``to`` (its height) and
        ``from`` (the distribution before).
    chosen : int
        The bar looked at: p and q of the first outcome are 0 and 1, of the second 2 and 3.

    Examples
    --------
    >>> from backprop_course.widgets import DistributionBars
    >>> bars = DistributionBars([0.7, 0.3])
    >>> print(bars.sentence)  # doctest: +ELLIPSIS
    H(p) = 0.611, CE(p, q) = 0.693, KL(p, q) = 0.082 nats: CE is longer than H by the divergence.
    At outcome 1: p = 0.700, q = 0.500; this adds 0.485 to CE. With p ... KL(q, p) = 0.087.
    """

    _esm = _assets.module("distribution_bars")
    _css = _assets.style("controls", "fitters", "distribution_bars")
    run = traitlets.Dict().tag(sync=True)
    p = traitlets.List(traitlets.Float()).tag(sync=True)
    q = traitlets.List(traitlets.Float()).tag(sync=True)
    move = traitlets.Dict().tag(sync=True)
    chosen = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        p: Sequence[float] | None = None,
        q: Sequence[float] | None = None,
        *,
        names: Sequence[str] | None = None,
    ) -> None:
        self._names = names
        trace: dict[str, Any] = {"error": "", "title": "True p and believed q"}
        try:
            true = distribution(_EXAMPLE if p is None else p, "p")
            run = trace_distributions(true, np.ones(true.shape) if q is None else q, names)
            trace |= {"names": run["names"], "sentences": SENTENCES, "code": CODE, "given": names is not None}
        except CourseError as error:
            trace |= {"error": str(error), "title": ""}
            run = {"error": str(error), "p": [], "q": []}
        super().__init__(trace=trace, p=run["p"], q=run["q"], run={**run, "move": {}})
        self.observe(self._take, "move")
        self.observe(self._compare, ("p", "q"))

    @property
    def sentence(self) -> str:
        """What is said of both distributions and of the outcome looked at."""
        return str(self.trace["error"]) or look_up(self.run, self.chosen // 2)

    @property
    def code(self) -> str:
        """A program for the present distributions."""
        return "" if self.trace["error"] else CODE.format(p=self.run["p"], q=self.run["q"])

    @traitlets.validate("chosen")
    def _within_the_bars(self, proposal: Any) -> int:
        return int(min(max(proposal["value"], 0), max(2 * len(self.p) - 1, 0)))

    @traitlets.validate("p", "q")
    def _a_distribution(self, proposal: Any) -> list[float]:
        try:
            trace_distributions(proposal["value"], self.run.get("p", proposal["value"]))
        except CourseError:  # what was there stays
            return list(self.run.get(proposal["trait"].name, []))
        return list(proposal["value"])

    def _take(self, change: Any) -> None:
        """Do what was done by hand: one bar is set, the others are scaled."""
        move = change["new"]
        if {"of", "at", "to", "from"} <= set(move) and move["of"] in ("p", "q"):
            setattr(self, move["of"], moved(move["from"], move["at"], move["to"]))
        self._compare()

    def _compare(self, _: Any = None) -> None:
        if not self.trace["error"]:
            self.run = {**trace_distributions(self.p, self.q, self._names), "move": self.move}

    def text_form(self) -> str:
        """Return a row for each outcome, then what is said of them."""
        rows = [f"  {'':<14}{'p':>9}{'q':>9}{'−p log q':>11}"]
        for cells in zip(
            *(self.run[name] for name in ("names", "p_texts", "q_texts", "share_texts")), strict=True
        ):
            rows.append("  {:<14}{:>9}{:>9}{:>11}".format(*cells))
        return "\n".join([self.trace["title"], "", *rows, "", self.sentence])

    def png(self) -> bytes:
        """Draw the bars of p and q, and those of CE and of H with KL."""
        figure = _plots.new_figure(8.2, 3.2)
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        places = np.arange(len(self.p))
        hatched = {"hatch": "//", "edgecolor": "white"}
        left.bar(places - 0.2, self.run["p"], 0.4, color=_plots.FORWARD, label="p, true")
        left.bar(places + 0.2, self.run["q"], 0.4, color=_plots.BACKWARD, label="q, believed", **hatched)
        left.set(ylim=(0, 1), ylabel="probability")
        left.set_xticks(places, [name.removeprefix("outcome ") for name in self.run["names"]])
        left.legend(fontsize=8, loc="upper right")
        H, CE = self.run["H"], self.run["CE"]
        end = 2 * H + 1 if CE is None else CE
        right.barh([1, 0], [end, H], 0.5, color=[_plots.SOFT, _plots.FORWARD])
        right.barh(0, end - H, 0.5, left=H, color=_plots.LOCAL, hatch="..", edgecolor="white")
        right.set(yticks=[1, 0], yticklabels=["CE", "H + KL"], xlabel="nats", xlim=(0, 1.1 * end or 1))
        texts = self.run["texts"]
        right.set_title(f"H {texts['H']}, KL {texts['KL']}, CE {texts['CE']}", fontsize=9)
        return _plots.to_png(figure)

"""The Jacobian builder: column by column with JVPs or row by row with VJPs, and what that costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import traitlets

from ..errors import UsageError
from . import _assets, _plots
from ._boundary_settings import whole
from ._widget import TracedWidget
from .trace_jacobian import look_up, trace_chain, trace_jacobian

_SIZES = (8, 6, 5, 3)


class JacobianBuilder(TracedWidget):
    """Build a Jacobian product by product, and count what columns and rows cost.

    Parameters
    ----------
    f : callable, optional
        Maps an array to an array; the engine makes its products. Without it a chain of matrices is taken,
        whose first and last size can be moved.
    x : array_like of floats, optional
        Where to differentiate `f`.
    sizes : sequence of int
        Of the chain: number of inputs, sizes in between, number of outputs.
    seed : int
        Draws the chain's matrices.

    Attributes
    ----------
    trace : dict
        See `trace_chain`.
    mode : str
        ``"columns"`` or ``"rows"``.
    products : int
        How many have been made.
    n, m : int
        Places in ``trace["n"]`` and ``trace["m"]``; all are synced with the browser.
    along : str
        Which of both the plot of the costs follows.

    Examples
    --------
    >>> from backprop_course.widgets import JacobianBuilder
    >>> builder = JacobianBuilder(sizes=(100, 50, 40, 30, 1))
    >>> builder.mode, builder.products = "rows", 1
    >>> print(builder.sentence)  # doctest: +ELLIPSIS
    Complete after 1 VJP: 8,230 multiply-adds, 220 numbers stored. By columns: 823,000, ... cheaper, 100 to 1.
    """

    _esm = _assets.module("jacobian_builder")
    _css = _assets.style("controls", "jacobian_builder")
    mode = traitlets.Enum(("columns", "rows"), "columns").tag(sync=True)
    products = traitlets.Int(0).tag(sync=True)
    n = traitlets.Int(0).tag(sync=True)
    m = traitlets.Int(0).tag(sync=True)
    along = traitlets.Enum(("n", "m"), "n").tag(sync=True)

    def __init__(
        self,
        f: Callable[..., Any] | None = None,
        x: Any = None,
        *,
        sizes: Sequence[int] = _SIZES,
        seed: int = 0,
    ) -> None:
        if f is not None and (not callable(f) or x is None):
            raise UsageError(
                "The builder takes a function and a point.",
                expected="a callable f and an array x",
                got=f"{type(f).__name__} and {type(x).__name__}",
                mend="write JacobianBuilder(f, x), or JacobianBuilder(sizes=(8, 6, 5, 3))",
            )
        trace = trace_chain(sizes, whole("seed", seed, 0, 2**32)) if f is None else trace_jacobian(f, x)
        super().__init__(trace=trace, **trace.get("start", {}))

    @property
    def sentence(self) -> str:
        """What is said after the products that have been made."""
        if self.trace["error"]:
            return str(self.trace["error"])
        return look_up(self.trace, self.mode, self.products, self.n, self.m)

    @traitlets.validate("n", "m")
    def _within_the_sizes(self, proposal: Any) -> int:
        return int(min(max(proposal["value"], 0), max(len(self.trace[proposal["trait"].name]) - 1, 0)))

    @traitlets.validate("products")
    def _not_negative(self, proposal: Any) -> int:
        return max(int(proposal["value"]), 0)

    def text_form(self) -> str:
        """Return what both ways cost, from nothing known to complete."""
        needed = {"columns": self.trace["n"][self.n], "rows": self.trace["m"][self.m]}
        sizes = {"n": needed["columns"], "m": needed["rows"]}
        rows = [self.trace["heading"].format(**sizes), "", look_up(self.trace, "columns", 0, self.n, self.m)]
        for mode in needed:
            rows += [f"by {mode}:", f"  {look_up(self.trace, mode, 1, self.n, self.m)}"]
            if needed[mode] > 1:
                rows.append(f"  {look_up(self.trace, mode, needed[mode], self.n, self.m)}")
        return "\n".join([*rows, *([self.trace["note"]] if self.trace["note"] else [])])

    def png(self) -> bytes:
        """Draw the Jacobian, and the costs of both ways over the number of inputs."""
        n, m = self.trace["n"][self.n], self.trace["m"][self.m]
        movable = len(self.trace["n"]) > 1
        figure = _plots.new_figure(7.2, 3.4)
        plots = np.ravel(figure.subplots(1, 1 + movable, squeeze=False))
        shades = np.array(self.trace["shades"])[:m, :n]
        plots[0].imshow(shades, vmin=-1, vmax=1, cmap="PuOr", aspect="auto")
        plots[0].set(xticks=[], yticks=[], xlabel=f"{n} inputs: a JVP fills a column")
        plots[0].set_ylabel(f"{m} outputs: a VJP fills a row")
        if movable:
            logs = np.array([self.trace["logs"][i][self.m] for i in range(len(self.trace["n"]))])
            for way, (name, line) in enumerate((("columns, by JVPs", "-"), ("rows, by VJPs", "--"))):
                colour = (_plots.FORWARD, _plots.BACKWARD)[way]
                plots[1].loglog(self.trace["n"], 10.0 ** logs[:, way], line, color=colour, label=name)
            plots[1].set(xlabel=f"inputs n, with m = {m}", ylabel=self.trace["unit"])
            plots[1].legend(fontsize=8, loc="upper left")
        figure.suptitle(self.trace["heading"].format(n=n, m=m), fontsize=10)
        return _plots.to_png(figure)

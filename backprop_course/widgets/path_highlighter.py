"""The path highlighter: all routes between two values, their products and the sum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import traitlets

from ..errors import UsageError
from . import _assets
from ._forms import png
from ._widget import TracedWidget
from .trace_paths import look_up, trace_paths, way_of


class PathHighlighter(TracedWidget):
    """Go through all routes between two values of a function; multiply along each, and add up.

    Parameters
    ----------
    f : callable
        Maps Tensors to one Tensor.
    *args : arrays or floats
        Where to run it. It runs once, here.
    start, end : str, optional
        Names of the two values (default: the first input and the output).
    names : sequence of str, optional
        Names of the arguments (default: those of the parameters of `f`).

    Attributes
    ----------
    trace : dict
        See `trace_paths`.
    route : int
        The route that is shown, counted from 1; 0 for all. Synced with the browser, as the two below.
    start, end : int
        Places of the two values in ``trace["nodes"]``.

    Raises
    ------
    UsageError
        If no value has the name that is given.

    Examples
    --------
    >>> from backprop_course.widgets import PathHighlighter
    >>> def product(x):
    ...     u = 3 * x
    ...     v = x + 1
    ...     L = u * v
    ...     return L
    >>> paths = PathHighlighter(product, 2.0)
    >>> print(paths.sentence)  # doctest: +ELLIPSIS
    2 routes lead from x to L. Their products add up to ∂L/∂x = 15. The walk back ...
    >>> paths.route = 1
    >>> paths.sentence
    'Route 1 of 2: x → u → L. 3 × 3 = 9.'
    """

    _esm = _assets.module("path_highlighter")
    _css = _assets.style("controls", "graph_stepper", "path_highlighter")
    start = traitlets.Int(0).tag(sync=True)
    end = traitlets.Int(0).tag(sync=True)
    route = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        f: Callable[..., Any],
        *args: Any,
        start: str | None = None,
        end: str | None = None,
        names: Sequence[str] | None = None,
    ) -> None:
        trace = trace_paths(f, *args, names=names)
        ends = {
            side: trace.get(side, 0) if name is None or trace["error"] else _place(trace, name)
            for side, name in (("start", start), ("end", end))
        }
        super().__init__(trace={**trace, **ends}, **ends)

    @property
    def sentence(self) -> str:
        """What is said of the route that is shown, or of all."""
        if self.trace["error"]:
            return str(self.trace["error"])
        return look_up(self.trace, self.start, self.end, self.route)

    @traitlets.validate("start", "end", "route")
    def _within(self, proposal: Any) -> int:
        return int(min(max(proposal["value"], 0), max(len(self.trace["nodes"]) - 1, 0)))

    def text_form(self) -> str:
        """Return the routes of the pair, their products and the sum."""
        pair = self.trace["pairs"].get(f"{self.start},{self.end}", {"routes": []})
        rows = []
        for route in pair["routes"]:
            way, factors = way_of(self.trace, route["edges"])
            rows.append(f"  {way}:  {factors} = {route['value']}")
        return "\n".join([self.trace["title"], "", *rows, look_up(self.trace, self.start, self.end, 0)])

    def png(self) -> bytes:
        """Draw the graph, with the edges between both values strong."""
        pair = self.trace["pairs"].get(f"{self.start},{self.end}", {"between": []})
        edges = [
            {**edge, "carries": False, "term": edge["factor"], "is_strong": i in pair["between"]}
            for i, edge in enumerate(self.trace["edges"])
        ]
        return png({**self.trace, "edges": edges, "steps": []})


def _place(trace: dict[str, Any], name: str) -> int:
    names = [node["name"] for node in trace["nodes"]]
    if not isinstance(name, str) or name not in names:
        raise UsageError(
            f"The function has no value called {name!r}.",
            expected="one of " + ", ".join(names),
            got=repr(name),
            mend="take the name of a parameter or of a local variable of the function",
        )
    return names.index(name)

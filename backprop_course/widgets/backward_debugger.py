"""The backward debugger: your gradients beside the reference and beside differences, entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import traitlets

from ..errors import UsageError
from . import _assets, _plots
from ._compare import compare_backward
from ._failures import failure, name_of
from ._widget import TracedWidget
from .trace_backward import look_up, start_of, trace_backward

_BOARD = {"error": "", "title": "", "parts": []}


class Check(Protocol):
    """What is handed in as the check: that of the autograder."""

    def compared(self, id: str, answer: object) -> dict[str, Any]:
        """Return an answer's arrays beside the right ones."""


class BackwardDebugger(TracedWidget):
    """Look at your own backward function: each gradient as a map beside the reference and beside differences.

    Parameters
    ----------
    subject : str or callable
        The exercise, ``"NB06.E06"``, with `check`; or the forward function that `backward` belongs to.
    backward : callable or dict
        Yours. For a forward function: ``backward(*args)`` where that gives one number, else
        ``backward(out_bar, *args)``; it returns one array, or a tuple with one for each argument of floats.
    *args : array_like
        Where to try a forward function.
    check : object, optional
        The autograder's, ``from autograder import check``; for an exercise.
    seed : int
        Draws ``out_bar``, for a forward function of several outputs.

    Attributes
    ----------
    trace : dict
        See `trace_backward`.
    part, row, column : int
        The cell that is looked at, synced with the browser. At first the first wrong one.

    Raises
    ------
    UsageError
        If there is no check for an exercise, or nothing to differentiate by.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course.widgets import BackwardDebugger
    >>> def square(x):
    ...     return np.sum(x**2)
    >>> print(BackwardDebugger(square, lambda x: x, np.array([1.0, -2.0])).sentence)
    dx[0]: yours 1, reference 2, differences 2; relative error 0.5, ratio 0.5. Wrong.
    """

    _esm = _assets.module("backward_debugger")
    _css = _assets.style("controls", "backward_debugger")
    part = traitlets.Int(0).tag(sync=True)
    row = traitlets.Int(0).tag(sync=True)
    column = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        subject: str | Callable[..., Any],
        backward: Any,
        *args: Any,
        check: Check | None = None,
        seed: int = 0,
    ) -> None:
        self._subject, self._args, self._check, self._seed = subject, args, check, seed
        trace = self._traced(backward)
        super().__init__(trace=trace, **start_of(trace))

    def update(self, backward: Any) -> None:
        """Look at another version of the backward function, in the pictures that are on the page."""
        trace = self._traced(backward)
        with self.hold_sync():
            self.trace = trace
            for name, place in start_of(trace).items():
                setattr(self, name, place)

    @property
    def sentence(self) -> str:
        """What is said of the cell that is looked at."""
        if self.trace["error"]:
            return str(self.trace["error"])
        return look_up(self.trace, self.part, self.row, self.column)

    def _traced(self, backward: Any) -> dict[str, Any]:
        if isinstance(self._subject, str):
            if not hasattr(self._check, "compared"):
                raise UsageError(
                    "An exercise needs the check that knows it.",
                    expected="check=check, after: from autograder import check",
                    got=repr(self._check)[:60],
                    mend=f'write BackwardDebugger("{self._subject}", your_function, check=check)',
                )
            assert self._check is not None
            return trace_backward(
                self._check.compared(self._subject, backward),
                _CODE_OF_EXERCISE.format(self._subject, _own(backward)),
            )
        for name, given in (("forward function or exercise", self._subject), ("backward function", backward)):
            if not callable(given):
                raise UsageError(
                    f"The debugger takes a {name}.",
                    expected="a function",
                    got=type(given).__name__,
                    mend="write BackwardDebugger(f, backward, x), without calling f or backward",
                )
        try:
            with np.errstate(all="ignore"):
                comparison = compare_backward(self._subject, backward, self._args, self._seed)
        except UsageError:
            raise
        except Exception as error:  # the learner's function may raise anything: the widget says what it was
            return {**_BOARD, "error": failure(error, self._subject)}
        return trace_backward(comparison, _CODE_OF_FUNCTION.format(_own(self._subject), _own(backward)))

    @traitlets.validate("part", "row", "column")
    def _within_the_trace(self, proposal: Any) -> int:
        parts, name = self.trace["parts"], proposal["trait"].name
        if not parts:
            return 0
        shown = parts[min(self.part, len(parts) - 1)]
        size = {"part": len(parts), "row": len(shown["rows"]), "column": shown["columns"]}[name]
        return int(min(max(proposal["value"], 0), size - 1))

    def text_form(self) -> str:
        """Return a table of the gradients, and what they look like."""
        rows = [self.trace["title"], *([self.trace["reason"]] if self.trace["reason"] else [])]
        rows += [f"on {self.trace['where']}", ""]
        width = max(len(part["name"]) for part in self.trace["parts"])
        for i, part in enumerate(self.trace["parts"]):
            mark = "✓" if part["right"] else "✗"
            detail = f": {part['detail']}" if part["detail"] else ""
            worst = f", largest relative error {part['worst']}" if part["worst"] else ""
            rows.append(f"  {mark} {part['name']:{width}}  {part['state']}{detail}{worst}")
            if part["first"]:
                rows.append(f"    {look_up(self.trace, i, *part['first'])}")
        return "\n".join([*rows, "", *self.trace["said"]]).rstrip()

    def png(self) -> bytes:
        """Draw yours, the reference and the relative error of up to four gradients, wrong ones first."""
        parts = sorted(self.trace["parts"], key=lambda part: bool(part["right"]))[:4]
        figure = _plots.new_figure(7.2, 0.5 + 1.9 * len(parts))
        figure.suptitle(self.trace["title"], fontsize=10)
        grid = figure.subplots(len(parts), 3, squeeze=False)
        for row, part in zip(grid, parts, strict=True):
            found = {m["key"]: m for m in part["maps"]}
            for plot, key in zip(row, ("yours", "reference", "error"), strict=True):
                plot.set(xticks=[], yticks=[])
                if key not in found:
                    plot.axis("off")
                    continue
                _draw(plot, found[key], f"{part['name']}: {found[key]['title']}")
        return _plots.to_png(figure)


_CODE_OF_EXERCISE = """from autograder import check

found = check.compared("{0}", {1})
part = {{part["name"]: part for part in found["parts"]}}["{{name}}"]
print(part["got"], part["right"], part["numerical"], sep="\\n\\n")"""
_CODE_OF_FUNCTION = """from backprop_course import gradient_check

print(gradient_check({0}, *args, grad={1}))  # args: where to try it"""


def _own(function: Any) -> str:
    """Return how a function is written in code."""
    if isinstance(function, dict):
        return "{" + ", ".join(f'"{name}": {name}' for name in function) + "}"
    name = name_of(function)
    return "your_function" if name == "this function" else name


def _draw(plot: Any, shown: dict[str, Any], title: str) -> None:
    shades = np.array(shown["shades"])
    low, colours = (0, "Oranges") if shown["key"] == "error" else (-1, "PuOr")
    plot.imshow(shades, vmin=low, vmax=1, cmap=colours, aspect="auto")
    plot.set_title(f"{title} {shown['shape']}", fontsize=8)
    if shades.shape[1] <= 6 and shades.shape[0] <= 6:
        for i, j in np.ndindex(shades.shape):
            strong = abs(shades[i, j]) > 0.7
            colour = "white" if strong else _plots.INK
            plot.text(j, i, shown["texts"][i][j], ha="center", va="center", fontsize=6.5, color=colour)

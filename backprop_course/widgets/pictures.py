"""Pictures that can be read without being seen: a figure or a graph together with its description."""

from __future__ import annotations

import base64
import html
import io
from typing import Any

from ..engine.graph import Graph


class Picture:
    """A drawing with an alternative text; made by `picture`.

    Attributes
    ----------
    svg, alt : str
    shrinks : bool
        Whether it is made smaller where the page is narrow. A graph is scrolled sideways instead: its texts
        could not be read.
    """

    def __init__(self, svg: str, alt: str, *, shrinks: bool = True) -> None:
        self.svg, self.alt, self.shrinks = svg, alt, shrinks

    def __repr__(self) -> str:
        return f"[picture] {self.alt}"

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.svg.encode()).decode()
        width = "100%" if self.shrinks else "none"
        # white, so that it can be read in a dark theme too
        style = f"max-width: {width}; height: auto; background: white; padding: 4px"
        img = f'<img alt="{html.escape(self.alt)}" style="{style}" src="data:image/svg+xml;base64,{data}">'
        return img if self.shrinks else f'<div tabindex="0" style="overflow-x: auto">{img}</div>'


def picture(drawing: Any, *, alt: str) -> Picture:  # Any: a Graph or a matplotlib figure, which has no types
    """Show a graph or a figure with an alternative text, which notebooks otherwise leave out.

    Parameters
    ----------
    drawing : Graph or matplotlib figure
        A graph is drawn with its values, from left to right. A figure is closed, so that it is shown once.
    alt : str
        What there is to see, for those who do not see it; also the text form of the picture.

    Examples
    --------
    >>> from backprop_course import trace
    >>> from backprop_course.widgets import picture
    >>> picture(trace(lambda x: x * x, 3.0), alt="Two edges lead from x to its square.")
    [picture] Two edges lead from x to its square.
    """
    if isinstance(drawing, Graph):
        return Picture(drawing._repr_svg_(), alt, shrinks=False)
    from matplotlib import pyplot as plt  # takes long to import: only where there is a figure

    buffer = io.StringIO()
    drawing.savefig(buffer, format="svg")
    plt.close(drawing)
    return Picture(buffer.getvalue(), alt)

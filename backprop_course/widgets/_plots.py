"""Pictures of widgets drawn with matplotlib, in the light theme of static/common.css."""

from __future__ import annotations

import io
import textwrap
from typing import Any

INK, SOFT, LINE = "#1d2329", "#59636e", "#b7c0c9"
FORWARD, BACKWARD, LOCAL = "#0064a3", "#b04a00", "#00704f"


def new_figure(width: float, height: float) -> Any:
    """Return a figure of so many inches that pyplot does not know of."""
    from matplotlib.figure import Figure  # slow to import, and seldom needed

    return Figure(figsize=(width, height), facecolor="white", layout="constrained")


def to_png(figure: Any, scale: float = 1.5) -> bytes:
    """Return a figure as a PNG, with `scale` pixels per CSS pixel."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(96 * scale)
    for plot in figure.axes:
        plot.minorticks_off()  # on a logarithmic axis they take a third of the time
    canvas: Any = FigureCanvasAgg(figure)  # its methods carry no annotations
    target = io.BytesIO()
    canvas.print_png(target, metadata={"Software": None}, pil_kwargs={"compress_level": 4})
    return target.getvalue()


def sentence_png(sentence: str) -> bytes:
    """Return the picture of a widget that has nothing to show but why."""
    lines = [line for text in sentence.splitlines() for line in textwrap.wrap(text, 88)] or [""]
    figure = new_figure(7.2, 0.3 + 0.2 * len(lines))
    figure.text(0.02, 0.5, "\n".join(lines), va="center", color=INK, fontsize=9, parse_math=False)
    return to_png(figure)

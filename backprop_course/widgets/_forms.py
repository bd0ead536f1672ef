"""A trace without a browser: as text, and as a picture with all numbers filled in."""

from __future__ import annotations

import io
from typing import Any

Trace = dict[str, Any]

# The light theme of static/common.css.
_INK, _SOFT, _LINE, _BACKWARD, _FORWARD = "#1d2329", "#59636e", "#c9d0d7", "#b04a00", "#0064a3"
_CSS_PIXELS_PER_INCH = 96
_POINTS_PER_PIXEL = 72 / _CSS_PIXELS_PER_INCH


def text_form(trace: Trace) -> str:
    """Write the trace as text: values on the way forward, products on the way back, then the gradients."""
    rows = [trace["title"], "", "forward"]
    for node in trace["nodes"]:
        made = f" = {node['formula']}" if node["formula"] else ""
        rows.append(f"  {node['name']}{made} = {node['value']}" + ("" if made else f"  ({node['kind']})"))
    back = [step for step in trace["steps"] if step["phase"] == "backward"]
    if back:
        rows += ["", "backward: upstream × local = downstream"]
        rows += [f"  {_product(step, trace)}" for step in back]
    return "\n".join([*rows, "", trace["steps"][-1]["sentence"]])


def _product(step: Trace, trace: Trace) -> str:
    if step["edge"] is None:
        return f"{trace['nodes'][step['node']]['name']}_bar = {step['bar']}"
    edge = trace["edges"][step["edge"]]
    source, target = (trace["nodes"][edge[end]]["name"] for end in ("source", "target"))
    numbers = "".join(part["text"] for part in step["pill"])
    return f"{target} to {source}: {numbers}, {source}_bar = {step['bar']}"


def png(trace: Trace, scale: float = 2.0) -> bytes:
    """Draw the last step of a trace, every value and every cotangent filled in, as a PNG.

    Parameters
    ----------
    trace : dict
        As `trace_graph` returns it.
    scale : float
        Pixels of the picture per CSS pixel.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # slow to import, and seldom needed
    from matplotlib.figure import Figure

    width, height = trace["width"], trace["height"]
    figure = Figure(figsize=(width / _CSS_PIXELS_PER_INCH, height / _CSS_PIXELS_PER_INCH), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    _draw(axes, trace)
    target = io.BytesIO()
    canvas: Any = FigureCanvasAgg(figure)  # its methods carry no annotations
    figure.set_dpi(_CSS_PIXELS_PER_INCH * scale)
    canvas.print_png(target, metadata={"Software": None})
    return target.getvalue()


def _draw(axes: Any, trace: Trace) -> None:
    from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon
    from matplotlib.path import Path

    bars = {step["node"]: step["bar"] for step in trace["steps"] if step["phase"] == "backward"}
    for edge in trace["edges"]:
        curve, carries = edge["curve"], edge["carries"]
        is_strong = edge.get("is_strong", False)
        colour = _BACKWARD if carries else _FORWARD if is_strong else _SOFT
        path = Path(curve, [Path.MOVETO] + [Path.CURVE4] * (len(curve) - 1))
        axes.add_patch(
            PathPatch(
                path,
                fill=False,
                edgecolor=colour,
                linestyle="--" if carries else "-",
                linewidth=2.6 if is_strong else 1.1,
            )
        )
        (x, y), length = (
            (curve[0], 9) if carries else (curve[-1], -9)
        )  # the arrow points back where a cotangent went
        axes.add_patch(
            Polygon([(x, y), (x + length, y - 4.5), (x + length, y + 4.5)], color=colour, linewidth=0)
        )
        if edge["term"]:
            white = {"boxstyle": "round,pad=0.15", "facecolor": "white", "linewidth": 0}
            _write(axes, edge["note"], edge["term"], 11.5, _BACKWARD, bbox=white)
    for i, node in enumerate(trace["nodes"]):
        x, y, width, height = node["box"]
        style = "round,pad=0,rounding_size=" + ("7" if node["kind"] == "compute" else "20")
        axes.add_patch(
            FancyBboxPatch(
                (x, y), width, height, boxstyle=style, facecolor="white", edgecolor=_LINE, linewidth=1.1
            )
        )
        middle, rows = x + width / 2, (17, 37, 56) if node["bar"] else (19, 39, 39)
        _write(axes, (middle, y + rows[0] - 4), "".join(node["label"]), 12, _SOFT)
        _write(axes, (middle, y + rows[1] - 5), node["value"], 14, _INK)
        if i in bars and node["bar"]:
            _write(axes, (middle, y + rows[2] - 5), f"{node['bar']} {bars[i]}", 12, _BACKWARD)


def _write(axes: Any, at: Any, text: str, pixels: float, colour: str, **more: Any) -> None:
    axes.text(*at, text, ha="center", va="center", fontsize=pixels * _POINTS_PER_PIXEL, color=colour, **more)

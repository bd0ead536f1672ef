"""The network lab without a browser: a picture of the network, its output over the plane, and the losses."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _plots
from ._lab_flow import WRITTEN
from .trace_network import WIDE

Trace = dict[str, Any]

SHADES = ("#f0a662", "#fbfbfa", "#6aaede")  # of the light theme in static/network_lab.css


def picture_of(
    title: str,
    net: Trace,
    cloud: Trace,
    now: Trace,
    frame: bytes,
    *,
    numbers: bool = False,
    simple: bool = False,
) -> bytes:
    """Return a PNG.

    Parameters
    ----------
    title : str
    net, cloud, now : dict
        From `net_of`, `cloud_of` and `trace_network`.
    frame : bytes
        From `trace_network`.
    numbers : bool
        Whether to write values into the units, and weights beside the edges.
    simple : bool
        Whether to draw the network alone.
    """
    weights, written = np.frombuffer(frame, "<f4", net["places"]), now if numbers else None
    if simple:
        figure = _plots.new_figure(7.2, 3.6)
        _draw_network(figure.add_subplot(), net, weights, written)
        return _plots.to_png(figure)
    from matplotlib.colors import LinearSegmentedColormap  # slow to import, and seldom needed

    figure = _plots.new_figure(9.6, 3.4)
    network, output, losses = figure.subplots(1, 3, width_ratios=(1.5, 1, 1.1))
    _draw_network(network, net, weights, written)
    shades = np.frombuffer(frame, np.uint8)[-(WIDE**2) :].reshape(WIDE, WIDE)
    (left, right), (bottom, top) = cloud["view"]
    paint = LinearSegmentedColormap.from_list("lab", SHADES)
    output.imshow((shades - 128.0) / 127.0, cmap=paint, vmin=-1, vmax=1, extent=(left, right, bottom, top))
    for points, filled in ((cloud["train"], True), (cloud["test"], False)):
        for sign, marker, colour in ((1, "o", _plots.FORWARD), (-1, "^", _plots.BACKWARD)):
            own = np.array([p for p in points if (p[2] > 0) == (sign > 0)]).reshape(-1, 3)
            face = colour if filled else "none"
            output.scatter(own[:, 0], own[:, 1], s=9, marker=marker, facecolor=face, edgecolor=colour, lw=0.6)
    output.set(xlim=(left, right), ylim=(bottom, top), xlabel="x₁", ylabel="x₂", title="output")
    steps, train, test = now["history"]
    losses.plot(steps, [np.nan if v is None else v for v in train], color=_plots.FORWARD, label="training")
    if any(v is not None for v in test):
        losses.plot(
            steps, [np.nan if v is None else v for v in test], "--", color=_plots.BACKWARD, label="test"
        )
    losses.set(xlabel="step", ylabel="loss", title=f"loss up to step {steps[-1]}")
    losses.legend(fontsize=8, loc="upper right")
    figure.suptitle(title, fontsize=10)
    return _plots.to_png(figure)


def _draw_network(plot: Any, net: Trace, weights: Any, written: Trace | None) -> None:
    shown = [i for i, on in enumerate(net["on"]) if on]
    columns = [[i for i in shown if net["units"][i]["column"] == c] for c in range(net_columns(net))]
    at = {
        unit: (c, (len(column) - 1) / 2 - row)
        for c, column in enumerate(columns)
        for row, unit in enumerate(column)
    }
    scale = max(float(np.abs(weights).max(initial=0.0)), 1e-9)
    for start, end, place in net["edges"]:
        w = float(weights[place])
        style = {"color": _plots.FORWARD, "ls": "-"} if w >= 0 else {"color": _plots.BACKWARD, "ls": "--"}
        ends = np.array([at[start], at[end]]).T
        plot.plot(*ends, linewidth=0.4 + 3 * abs(w) / scale, zorder=1, **style)
        if written and net["places"] <= WRITTEN:
            x, y = ends[:, 0] + 0.28 * (ends[:, 1] - ends[:, 0])  # where labels do not meet
            look = {"boxstyle": "round,pad=0.1", "facecolor": "white", "linewidth": 0}
            plot.text(x, y, written["weights"][place], ha="center", va="center", fontsize=8, bbox=look)
    dots, size = np.array(list(at.values())), 700 if written else 150
    plot.scatter(*dots.T, s=size, color="white", edgecolor=_plots.INK, zorder=2)
    for unit, (x, y) in at.items():
        if written:
            plot.text(x, y, written["flow"]["values"][unit], ha="center", va="center", fontsize=8, zorder=3)
        if net["units"][unit]["column"] == 0:
            plot.annotate(
                net["units"][unit]["label"],
                (x - (0.2 if written else 0.14), y),
                ha="right",
                va="center",
                fontsize=9,
            )
    plot.margins(0.16, 0.12)
    plot.axis("off")
    plot.set_title("weights: solid +, dashed −", fontsize=10)


def net_columns(net: Trace) -> int:
    """Return how many columns of units a network has."""
    return 1 + int(net["units"][-1]["column"])

"""The network lab without a browser: a picture of the network, its output over the plane, and the losses."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _plots
from .trace_network import WIDE

Trace = dict[str, Any]


def picture_of(title: str, net: Trace, cloud: Trace, now: Trace, frame: bytes) -> bytes:
    """Return a PNG.

    Parameters
    ----------
    title : str
    net, cloud, now : dict
        From `net_of`, `cloud_of` and `trace_network`.
    frame : bytes
        From `trace_network`.
    """
    figure = _plots.new_figure(9.6, 3.4)
    network, output, losses = figure.subplots(1, 3, width_ratios=(1.5, 1, 1.1))
    _draw_network(network, net, np.frombuffer(frame, "<f4", net["places"]))
    shades = np.frombuffer(frame, np.uint8)[-(WIDE**2) :].reshape(WIDE, WIDE)
    (left, right), (bottom, top) = cloud["view"]
    output.imshow(
        (shades - 128.0) / 127.0, cmap="PuOr", vmin=-1.3, vmax=1.3, extent=(left, right, bottom, top)
    )
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
    losses.legend(fontsize=8)
    figure.suptitle(title, fontsize=10)
    return _plots.to_png(figure)


def _draw_network(plot: Any, net: Trace, weights: Any) -> None:
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
    plot.scatter(*np.array(list(at.values())).T, s=150, color="white", edgecolor=_plots.INK, zorder=2)
    for unit, (x, y) in at.items():
        if net["units"][unit]["column"] == 0:
            plot.annotate(net["units"][unit]["label"], (x - 0.14, y), ha="right", va="center", fontsize=9)
    plot.margins(0.16, 0.12)
    plot.axis("off")
    plot.set_title("weights: solid +, dashed −", fontsize=10)


def net_columns(net: Trace) -> int:
    """Return how many columns of units a network has."""
    return 1 + int(net["units"][-1]["column"])

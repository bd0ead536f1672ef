"""The gradient of a sum as the sum of the gradients of its terms, one point after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import grad, jacobian
from ..engine.drawing.text import MINUS, number_text
from . import _plots

CLOSED = 1e-9  # a sum this small beside its terms is zero up to rounding


def pulls(losses: Callable[..., Any], parameters: Any) -> dict[str, Any]:
    """Return each term's gradient, and the sums of the first ones.

    Parameters
    ----------
    losses : callable
        Maps the two parameters to one loss for each of n points.
    parameters : array_like, shape (2,)

    Returns
    -------
    dict
        ``sums`` (n + 1 points, from (0, 0) on), ``sum_texts`` (the same written), ``pull_texts`` (each
        gradient written), ``whole`` (the gradient of the sum, written) and ``closes`` (whether it is zero).
    """
    point = np.asarray(parameters, dtype=float)
    each = np.asarray(jacobian(losses)(point))
    whole = np.asarray(grad(lambda p: np.sum(losses(p)))(point))
    sums = np.vstack([np.zeros(2), np.cumsum(each, axis=0)])
    return {
        "sums": [[float(f"{v:.6g}") for v in row] for row in sums],
        "sum_texts": [pair_text(row) for row in sums],
        "pull_texts": [pair_text(row) for row in each],
        "whole": pair_text(whole),
        "closes": bool(np.abs(whole).max() <= CLOSED * max(np.abs(each).max(), 1.0)),
    }


def three(x: float) -> str:
    """Write a number with three decimals, so that columns of them stand still as they change."""
    x = float(x)
    if not np.isfinite(x) or abs(x) >= 1e6:
        return number_text(x)
    text = f"{x:.3f}".replace("-", MINUS)
    return "0.000" if text == f"{MINUS}0.000" else text


def pair_text(pair: Any) -> str:
    """Write two numbers as a pair."""
    return f"({', '.join(three(v) for v in pair)})"


def draw_pulls(plot: Any, sums: Any, k: int, labels: tuple[str, str]) -> None:
    """Draw gradients tip to tail by matplotlib: the first `k` plain, the others dotted, and their sum."""
    way = np.array(sums)
    plot.plot(*way[: k + 1].T, ".-", color=_plots.BACKWARD, label="gradient of each point")
    plot.plot(*way[k:].T, ":", color=_plots.BACKWARD)
    plot.plot(*np.array([way[0], way[k]]).T, "--", color=_plots.LOCAL, linewidth=2.2, label="their sum")
    plot.plot(*way[k], "D", color=_plots.LOCAL)
    plot.set(xlabel=labels[0], ylabel=labels[1], title="Gradients, tip to tail")
    plot.axhline(0, color=_plots.LINE, linewidth=0.6, zorder=0)
    plot.axvline(0, color=_plots.LINE, linewidth=0.6, zorder=0)
    plot.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=2, frameon=False)

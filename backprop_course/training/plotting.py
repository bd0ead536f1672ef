"""The picture of a history: loss, metrics and gradients, on a light or a dark ground."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from ..errors import MissingExtra

if TYPE_CHECKING:
    from .history import History

_DASHES = ("-", "--", ":", "-.")  # colour is never the only sign


def figure(history: History, *, dark: bool) -> Any:
    """Draw a history as a matplotlib figure."""
    try:
        import matplotlib
        from matplotlib import pyplot as plt  # takes long to import: only where something is drawn
    except ImportError:
        raise MissingExtra(
            "A history is drawn by matplotlib, which is not installed.",
            expected="the extra 'course'",
            got="an installation without the package matplotlib",
            mend="pip install 'backprop-course[course]'; without it, look at history.to_dict()",
        ) from None
    parts = [_losses]
    parts += [_metrics] if history.metrics else []
    parts += [_gradients] if len(history.norm_steps) > 1 else []
    with plt.style.context("dark_background" if dark else "default"):
        fig, axes = plt.subplots(
            1, len(parts), figsize=(4.4 * len(parts), 3.4), layout="constrained", squeeze=False
        )
        for ax, draw in zip(axes[0], parts, strict=True):
            draw(ax, history)
            ax.grid(alpha=0.25)
            if ax.get_legend_handles_labels()[0]:
                ax.legend(fontsize="small", framealpha=0.6, loc="upper right")
    if (
        "inline" in matplotlib.get_backend()
    ):  # a notebook shows what is returned, and again what is still open
        plt.close(fig)
    return fig


def _marker(history: History) -> str:
    return "o" if len(history) < 3 else ""  # a line through one point is not to be seen


def _losses(ax: Any, history: History) -> None:
    marker = _marker(history)
    ax.plot(history.epochs, history.loss, f"{marker}-", label="training")
    if history.val_loss:
        ax.plot(history.epochs, history.val_loss, f"{marker}--", label="validation")
    if history.best_epoch is not None:
        ax.axvline(history.best_epoch, linestyle=":", color="gray", label="weights kept")
    positive = [v for v in history.loss + history.val_loss if 0 < v < float("inf")]
    if positive and max(positive) > 100 * min(positive):
        ax.set_yscale("log")
    ax.set(title="Loss", xlabel="epoch", ylabel="mean loss")


def _metrics(ax: Any, history: History) -> None:
    for dash, (name, values) in zip(itertools.cycle(_DASHES), history.metrics.items(), strict=False):
        ax.plot(history.epochs, values, _marker(history) + dash, label=name)
    ax.set(title="Metrics", xlabel="epoch")


def _gradients(ax: Any, history: History) -> None:
    for dash, (layer, norms) in zip(
        itertools.cycle(_DASHES), history.norms["gradient"].items(), strict=False
    ):
        if any(norm > 0 for norm in norms):
            ax.plot(history.norm_steps, norms, dash, label=f"layer {layer}")
    ax.set_yscale("log")
    ax.set(title="Norm of the gradient", xlabel="step")

"""The trace of the stop line: two losses over the epochs, and where each patience would have stopped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import UsageError
from ._live import Trace, decimals, rounded

PATIENCES = range(1, 31)
MOST = 600  # more epochs than these are thinned out


def trace_stopping(history: Any) -> Trace:
    """Return both losses epoch by epoch, with what is to be said of stopping there.

    Parameters
    ----------
    history : History, or pair of sequences of floats
        Training and validation losses, one of each for every epoch.

    Returns
    -------
    dict
        ``epochs`` (those shown; all of them up to 600), ``loss`` and ``val`` (to be drawn, None where not
        finite), ``top`` (of the axis), ``best`` (epoch of the least validation loss), ``texts`` (for each
        epoch shown), ``patience`` (for each of 1 to 30: ``stop``, None where it would not have stopped,
        ``best`` and ``text``), ``sentence`` and ``hidden`` (with places to fill), ``last`` and ``error``.

    Raises
    ------
    UsageError
        If it is neither.
    """
    loss, val = _losses(history)
    if not loss.size:
        return {"error": "There is no epoch in this history yet: train first."}
    if val.size != loss.size or not np.isfinite(val).any():
        got = "no finite validation loss" if val.size == loss.size else f"{val.size} validation losses"
        return {
            "error": f"A stop line needs a validation loss for each of the {loss.size} epochs, got {got}. "
            "Hand them over when training: fit(..., validation=(X_val, y_val))."
        }
    best = int(np.nanargmin(np.where(np.isfinite(val), val, np.nan)))
    even = np.linspace(0, loss.size - 1, min(loss.size, MOST)).round().astype(int)
    shown = np.unique(np.append(even, best))
    least = float(val[best])
    return {
        "error": "",
        "epochs": (shown + 1).tolist(),
        "loss": rounded(loss[shown]),
        "val": rounded(val[shown]),
        "top": _top(loss, val),
        "best": best + 1,
        "texts": {
            "epoch": [str(k + 1) for k in shown],
            "loss": [decimals(float(loss[k]), 3) for k in shown],
            "val": [decimals(float(val[k]), 3) for k in shown],
            "more": [_more(float(val[k]), least, best + 1) for k in shown],
        },
        "patience": [_stop(val, patience) for patience in PATIENCES],
        "sentence": "Stop after epoch {epoch}: training loss {loss}, validation loss {val}, {more}.",
        "hidden": "Stop after epoch {epoch}: training loss {loss}.\n"
        "Where would you stop? Choose, then show the validation curve.",
        "last": {"stop": len(shown) - 1},
    }


def look_up(run: Trace, place: int, patience: int, revealed: bool) -> str:
    """Return what is said of a position; the browser fills the same places."""
    texts = {name: text[place] for name, text in run["texts"].items()}
    if not revealed:
        return str(run["hidden"].format_map(texts))
    return f"{run['sentence'].format_map(texts)}\n{run['patience'][patience]['text']}"


def _losses(history: Any) -> tuple[Any, Any]:
    pair = (history.loss, history.val_loss) if hasattr(history, "val_loss") else history
    try:
        if isinstance(pair, Sequence) and not isinstance(pair, str) and len(pair) == 2:
            loss, val = (np.asarray(part, dtype=float) for part in pair)
            if loss.ndim == val.ndim == 1:
                return loss, val
    except (TypeError, ValueError):
        pass
    raise UsageError(
        "A stop line needs the losses of a training run.",
        expected="the History that fit returned, or (training losses, validation losses)",
        got=repr(history)[:60],
        mend="write StopLine(trainer.fit(X, y, epochs=100, validation=(X_val, y_val)))",
    )


def _stop(val: Any, patience: int) -> Trace:
    """Where training ends with this patience: as many epochs in a row without a new best."""
    lowest, best, waited, stop = np.inf, 0, 0, None
    for epoch, loss in enumerate(val.tolist(), 1):
        if loss < lowest:
            lowest, best, waited = loss, epoch, 0
        else:
            waited += 1
        if waited >= patience:
            stop = epoch
            break
    kept = f"keeps the weights of epoch {best}, with validation loss {decimals(lowest, 3)}"
    ends = f"stops after epoch {stop}" if stop else f"runs to the last epoch, {val.size},"
    return {"stop": stop, "best": best, "text": f"With patience {patience} training {ends} and {kept}."}


def _more(val: float, least: float, best: int) -> str:
    if val == least:
        return "the least of all"
    if not np.isfinite(val) or least <= 0:
        return f"where the least is {decimals(least, 3)}, in epoch {best}"
    return f"{val / least:.2f} times the least, {decimals(least, 3)} in epoch {best}"


def _top(loss: Any, val: Any) -> float:
    """Top of the axis: all there is, but at most four times the losses of the first epochs."""
    everything = np.concatenate([loss, val])
    everything = everything[np.isfinite(everything)]
    first = [v for v in (loss[0], val[0]) if np.isfinite(v) and v > 0]
    top = min(float(everything.max()), 4 * max(first)) if first else float(everything.max())
    return 1.05 * top if top > 0 else 1.0

"""The stop line: training and validation losses, and where to stop."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _assets, _plots
from ._live import Control, LiveWidget, Place, Trace
from .trace_stopping import PATIENCES, look_up, trace_stopping


class StopLine(LiveWidget):
    """Move the line where training stops along the curves of a run; validation can be hidden at first.

    Shown with it is where early stopping would have ended the run, for each patience, and which weights it
    would have kept. All of it is in the page: nothing has to be asked.

    Parameters
    ----------
    history : History, or pair of sequences of floats
        Training and validation losses.
    stop : int, optional
        Epoch of the line, counted from 1; the last one by default.
    patience : int, 1 to 30
    revealed : bool
        Whether the validation curve is shown from the beginning.

    Attributes
    ----------
    run : dict
        See `trace_stopping`.
    stop, patience, revealed : int
        Places in ``run["epochs"]`` and in the patiences from 1 on, and 0 or 1; synced with the browser.

    Raises
    ------
    UsageError
        If there are no losses in what was handed over, or stop or patience are no numbers.

    Examples
    --------
    >>> from backprop_course.widgets import StopLine
    >>> line = StopLine(([0.9, 0.6, 0.4, 0.2], [0.9, 0.7, 0.8, 1.0]), stop=3, patience=2, revealed=True)
    >>> print(line.sentence)
    Stop after epoch 3: training loss 0.400, validation loss 0.800, 1.14 times the least, 0.700 in epoch 2.
    With patience 2 training stops after epoch 4 and keeps the weights of epoch 2, with validation loss 0.700.
    """

    _esm = _assets.module("stop_line")
    _css = _assets.style("controls", "live", "stop_line")
    stop = Place().tag(sync=True)
    patience = Place().tag(sync=True)
    revealed = Place().tag(sync=True)

    def __init__(
        self, history: Any, *, stop: int | None = None, patience: int = 10, revealed: bool = False
    ) -> None:
        self._made = trace_stopping(history)
        epochs = self._made.get("epochs", [1])
        controls = [
            Control("revealed", "Validation curve", "switch", (False, True), ("hidden", "shown"), True),
            Control("stop", "Stop after", "slider", epochs, [str(k) for k in epochs], True),
            Control("patience", "Patience", "slider", PATIENCES, [str(k) for k in PATIENCES], True),
        ]
        title = "Training and validation: where would you stop?"
        super().__init__(
            {"error": self._made["error"], "title": title, "code": _CODE},
            controls,
            stop=epochs[-1] if stop is None else stop,
            patience=patience,
            revealed=revealed,
        )

    def make_run(self) -> Trace:
        """Return the curves, which no setting changes."""
        return {**self._made, "inCode": {"patience": [str(k) for k in PATIENCES]}}

    def says(self) -> str:
        """Return what is said of the line's place."""
        return look_up(self.run, self.stop, self.patience, bool(self.revealed))

    def text_form(self) -> str:
        """Return what is said with the validation curve shown."""
        return f"{self.trace['title']}\n\n{look_up(self.run, self.stop, self.patience, True)}"

    def picture(self) -> Any:
        """Draw both curves, the line, and what early stopping keeps."""
        figure = _plots.new_figure(6.6, 3.8)
        axes = figure.add_subplot()
        run, found = self.run, self.run["patience"][self.patience]
        for name, style, colour, label in (
            ("loss", "-", _plots.FORWARD, "training"),
            ("val", "--", _plots.BACKWARD, "validation"),
        ):
            values = np.array(run[name], dtype=float)
            axes.plot(run["epochs"], values, style, color=colour, linewidth=2, label=label)
        axes.axvline(self.value("stop"), color=_plots.INK, linewidth=2, label="stop here")
        if found["stop"]:
            label = f"patience {self.value('patience')} stops"
            axes.axvline(found["stop"], color=_plots.LOCAL, linestyle=":", linewidth=2, label=label)
        axes.set(xlabel="epoch", ylabel="loss", ylim=(0, run["top"]), title=self.trace["title"])
        axes.grid(color=_plots.LINE, linewidth=0.4)
        axes.legend(fontsize=8, loc="upper right")
        return figure


_CODE = (
    "history = trainer.fit(X, y, epochs=..., validation=(X_val, y_val), patience={patience})\n"
    "print(history.best_epoch, min(history.val_loss))"
)

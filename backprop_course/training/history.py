"""History: what a training run left behind, epoch by epoch, and how it reads. Read next: `diagnosis`."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import UsageError

KINDS = ("weight", "gradient", "update", "activation", "dead", "spread")


class History:
    """What was recorded while a model was trained.

    Attributes
    ----------
    epochs : list of int
        Numbers of the epochs, counted from 1; the lists below have one entry for each.
    first_loss : float or None
        Of the first batch, before any step.
    loss : list of float
        Mean loss over the examples of the epoch, each as it was when its batch came by.
    val_loss : list of float
        Loss on the validation data after the epoch; empty without them.
    metrics : dict of str to list of float
        By name; with validation data also under ``"val_" + name``.
    lr : list of float, or of tuples of floats with one for each group
        The rate of the last step of the epoch.
    seconds : list of float
        How long the epoch took, validation included.
    norm_steps : list of int
        Steps, counted from 1, at which the network was measured.
    norms : dict of str to dict of str to list of float
        Kind, then layer, then one number for each of `norm_steps`. ``"weight"``, ``"gradient"``, ``"update"``
        are Euclidean norms over all parameters of the layer; ``"activation"`` is the root mean square of its
        outputs, ``"dead"`` the share of its units that were 0 for the whole batch (relu only), ``"spread"``
        how unlike its units are: 0 when all have the same weights.
    differences : dict of str to list of float
        By kind of layer, for each step: the largest difference of the learner's backward to the reference, as
        a share of the reference's largest entry. See `Trainer.use_backward`.
    best_epoch : int or None
        The epoch whose weights were kept, where there was a `patience`.
    stopped : str
        Why the run ended before its last epoch; empty when it did not.
    diverged : bool
        Whether that was because of numbers that are not finite. The model keeps the last good parameters.
    path, why : str
        ``"compiled"`` or ``"tape"``, and the reason where it is the tape.

    Examples
    --------
    >>> history = History()
    >>> history.record(loss=0.7, lr=0.1, seconds=0.01)
    >>> history.record(loss=0.2, lr=0.1, seconds=0.01)
    >>> history
    History of 2 epochs
      loss  0.7 to 0.2, least 0.2 in epoch 2
    """

    def __init__(self) -> None:
        self.epochs: list[int] = []
        self.first_loss: float | None = None
        self.loss: list[float] = []
        self.val_loss: list[float] = []
        self.metrics: dict[str, list[float]] = {}
        self.lr: list[Any] = []  # a float, or a tuple of them
        self.seconds: list[float] = []
        self.norm_steps: list[int] = []
        self.norms: dict[str, dict[str, list[float]]] = {kind: {} for kind in KINDS}
        self.differences: dict[str, list[float]] = {}
        self.best_epoch: int | None = None
        self.stopped = ""
        self.diverged = False
        self.path = ""
        self.why = ""

    def record(
        self,
        *,
        loss: float,
        lr: Any,
        seconds: float,
        val_loss: float | None = None,
        metrics: dict[str, float] | None = None,
    ) -> None:
        """Append one epoch."""
        self.epochs.append(len(self.epochs) + 1)
        self.loss.append(loss)
        self.lr.append(lr)
        self.seconds.append(seconds)
        if val_loss is not None:
            self.val_loss.append(val_loss)
        for name, value in (metrics or {}).items():
            self.metrics.setdefault(name, []).append(value)

    def measured(self, step: int, layers: dict[str, dict[str, float]]) -> None:
        """Append one measurement: kind, then layer, then its number."""
        self.norm_steps.append(step)
        for kind, found in layers.items():
            for layer, value in found.items():
                self.norms[kind].setdefault(layer, []).append(value)

    def to_dict(self) -> dict[str, list[Any]]:
        """One list for each column, all of them as long as there are epochs."""
        columns: dict[str, list[Any]] = {"epoch": list(self.epochs), "loss": list(self.loss)}
        if self.val_loss:
            columns["val_loss"] = list(self.val_loss)
        columns |= {name: list(values) for name, values in self.metrics.items()}
        return {**columns, "lr": list(self.lr), "seconds": list(self.seconds)}

    def to_csv(self, path: str | Path) -> None:
        """Write one line for each epoch, with the names of the columns above (UTF-8)."""
        columns = self.to_dict()
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(zip(*columns.values(), strict=True))

    def facts(self) -> dict[str, Any]:
        """All of it in JSON's types, for checkpoints; `from_facts` is the way back."""
        return dict(vars(self))

    @classmethod
    def from_facts(cls, facts: dict[str, Any]) -> History:
        """Make the history that `facts` described."""
        history = cls()
        for name, value in facts.items():
            setattr(history, name, value)
        history.lr = [tuple(lr) if isinstance(lr, list) else lr for lr in history.lr]
        return history

    def plot(self, *, dark: bool = False) -> Any:
        """Draw loss, metrics, and the norms of the gradients layer by layer.

        Parameters
        ----------
        dark : bool
            Light lines on a dark ground.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        UsageError
            If nothing was recorded yet.
        MissingExtra
            If matplotlib is not installed.
        """
        if not self.epochs:
            raise UsageError(
                "There is nothing to draw yet.",
                expected="a history with at least one complete epoch",
                got=repr(self),
                mend="train for an epoch first",
            )
        from .plotting import figure

        return figure(self, dark=dark)

    def __len__(self) -> int:
        return len(self.epochs)

    def __repr__(self) -> str:
        path = f", {self.path}" if self.path else ""
        lines = [f"History of {len(self)} epoch{'s' * (len(self) != 1)}{path}"]
        rows = [("loss", self.loss), ("val_loss", self.val_loss), *self.metrics.items()]
        width = max(len(name) for name, values in rows if values or name == "loss")
        lines += [f"  {name:{width}}  {_course(name, values)}" for name, values in rows if values]
        if self.best_epoch is not None:
            lines.append(f"  kept the weights of epoch {self.best_epoch}")
        for kind, values in self.differences.items():
            lines.append(f"  your backward for {kind!r} is off by {max(values):.2g} of the reference at most")
        if self.why:
            lines.append(f"  not compiled: {self.why}")
        if self.stopped:
            lines.append(f"  stopped: {self.stopped}")
        return "\n".join(lines)


def _course(name: str, values: Sequence[float]) -> str:
    """From where to where a column went; for losses also where it was least."""
    text = f"{values[0]:.4g} to {values[-1]:.4g}"
    finite = [v for v in values if math.isfinite(v)]
    if name.endswith("loss") and finite:
        least = min(finite)
        text += f", least {least:.4g} in epoch {values.index(least) + 1}"
    return text

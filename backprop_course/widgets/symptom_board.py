"""The symptom board: networks that do not learn, a guess, what `diagnose` says, and treatments."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import _assets, _plots
from ._live import Control, LiveWidget, Place, Trace
from .trace_symptoms import EPOCHS, PATIENTS, SYMPTOMS, TREATMENTS, trace_symptoms

_UNSAID = "not yet said"
_GUESSES = (_UNSAID, *SYMPTOMS)
_CONTROLS = (
    Control("patient", "Patient", "choice", tuple(PATIENTS), tuple(PATIENTS), resets=("guess", "treatment")),
    Control("guess", "Your guess", "picker", _GUESSES, _GUESSES, scrubs=True),
    Control("treatment", "Treatment", "picker", tuple(TREATMENTS), tuple(TREATMENTS)),
)
_ASK = "What ails it? Look at the curve and at the gradients, and choose."


class SymptomBoard(LiveWidget):
    """Seven networks on the same data, most of them ill: look, name the symptom, and try a treatment.

    Each is trained by the `Trainer`, and `diagnose` says whether the guess is right. With a treatment the
    network is trained once more, and both curves are shown.

    Parameters
    ----------
    patient : str
        ``"A"`` to ``"G"``.
    guess : str, optional
        What ails it: ``"rate too high"``, ``"rate too low"``, ``"symmetry"``, ``"exploding gradients"``,
        ``"vanishing gradients"``, ``"a number that is none in the data"`` or ``"nothing"``.
    treatment : str
        ``"none"``, ``"steps 100 times shorter"``, ``"steps 1000 times longer"``,
        ``"weights drawn by fan-in"``, ``"ReLU as the activation"`` or ``"the spoilt example taken out"``.

    Attributes
    ----------
    run : dict
        See `trace_symptoms`.
    patient, guess, treatment : int
        Places in the lists of what they can be, synced with the browser; ``value("patient")`` is the value.

    Raises
    ------
    UsageError
        If a setting is none.

    Examples
    --------
    >>> from backprop_course.widgets import SymptomBoard
    >>> print(SymptomBoard("B").sentence)  # doctest: +ELLIPSIS
    Patient B: the loss goes from 0.703 to 0.325. At the start ...
    What ails it? Look at the curve and at the gradients, and choose.
    """

    _esm = _assets.module("symptom_board")
    _css = _assets.style("controls", "live", "symptom_board")
    patient = Place().tag(sync=True)
    guess = Place().tag(sync=True)
    treatment = Place().tag(sync=True)

    def __init__(self, patient: str = "A", *, guess: str = _UNSAID, treatment: str = "none") -> None:
        trace = {"error": "", "title": "What ails these networks?", "ask": _ASK, "epochs": EPOCHS}
        trace["guessing"] = math.log(2)
        super().__init__(trace, _CONTROLS, patient=patient, guess=guess, treatment=treatment)

    def make_run(self) -> Trace:
        """Return what was seen of the present patient, and of the treatment."""
        return trace_symptoms(self.value("patient"), self.value("treatment"))

    def says(self) -> str:
        """Return what is seen, whether the guess is right, and what the treatment did."""
        seen = f"Patient {self.value('patient')}: {self.run['before']['seen']}"
        verdict = self.run["verdicts"][self.guess - 1] if self.guess else _ASK
        return "\n".join(filter(None, [seen, verdict, self.run["treated"]]))

    def picture(self) -> Any:
        """Draw the loss over the epochs, and the gradient's norm in each layer."""
        figure = _plots.new_figure(7.4, 3.4)
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        runs = [(self.run["before"], "o-", _plots.FORWARD, f"patient {self.value('patient')}")]
        if self.run["after"]:
            runs.append((self.run["after"], "s--", _plots.BACKWARD, self.value("treatment")))
        for run, style, colour, label in runs:
            loss, norms = (np.array(run[name], dtype=float) for name in ("loss", "gradients"))
            left.plot(loss, style, color=colour, markersize=3, label=label)
            right.semilogy(range(1, norms.size + 1), 10.0**norms, style, color=colour, markersize=4)
        left.axhline(self.trace["guessing"], color=_plots.INK, linestyle=":", label="guessing")
        if max((v for run, *_ in runs for v in run["loss"] if v is not None), default=0) > 2:
            left.set_yscale("log")
        left.set(xlabel="epoch", ylabel="training loss", xlim=(-1, EPOCHS + 1), title=self.trace["title"])
        right.set(xlabel="layer", ylabel="gradient's norm at the start")
        left.legend(fontsize=8, loc="upper right")
        return figure

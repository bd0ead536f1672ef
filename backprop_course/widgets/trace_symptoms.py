"""The trace of the symptom board: networks that do not learn, treatments, and what `diagnose` says."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np

from .. import Trainer, data, diagnose, nn, optim
from ..errors import UsageError
from ._live import Trace, decimals, rounded, scientific

EPOCHS = 30
SEED, BATCH_SEED = 0, 1  # of data and weights, and of the order of the examples
BAD_DATA = "a number that is none in the data"
SYMPTOMS = (
    "rate too high",
    "rate too low",
    "symmetry",
    "exploding gradients",
    "vanishing gradients",
    BAD_DATA,
    "nothing",
)


@dataclass(frozen=True)
class Patient:
    """A network on the moons: how it is made and trained."""

    sizes: tuple[int, ...] = (2, 16, 16, 2)
    activation: str = "tanh"
    lr: float = 0.1
    momentum: float = 0.0
    init: str = ""
    spoilt: bool = False


PATIENTS = {
    "A": Patient(lr=1e-4),
    "B": Patient(),
    "C": Patient(activation="relu", init="zeros"),
    "D": Patient(lr=4.0, momentum=0.9),
    "E": Patient(sizes=(2, *[16] * 8, 2), activation="sigmoid"),
    "F": Patient(spoilt=True),
    "G": Patient(sizes=(2, *[64] * 5, 2), activation="relu", init="large"),
}
TREATMENTS = {
    "none": lambda patient: patient,
    "steps 100 times shorter": lambda patient: replace(patient, lr=patient.lr / 100),
    "steps 1000 times longer": lambda patient: replace(patient, lr=patient.lr * 1000),
    "weights drawn by fan-in": lambda patient: replace(patient, init=""),
    "ReLU as the activation": lambda patient: replace(patient, activation="relu"),
    "the spoilt example taken out": lambda patient: replace(patient, spoilt=False),
}
_DRAWN = f"Data and weights are drawn with seed {SEED}, batches with seed {BATCH_SEED}."
_INITS: dict[str, Any] = {"": None, "zeros": "zeros", "large": partial(nn.init.normal, std=1.0)}
_INIT_CODE = {"": "", "zeros": ', init="zeros"', "large": ", init=functools.partial(nn.init.normal, std=1.0)"}


def trace_symptoms(patient: str = "A", treatment: str = "none") -> Trace:
    """Train a patient, and once more with a treatment, and say what can be seen and what `diagnose` finds.

    Parameters
    ----------
    patient : str
        ``"A"`` to ``"G"``.
    treatment : str
        A name of `TREATMENTS`.

    Returns
    -------
    dict
        ``before`` and ``after`` (None without a treatment), each with ``loss`` (before the first step, then
        one for each epoch; None where not finite), ``gradients`` (log10 of the norm of each layer's gradient
        at the first step; None for 0), ``seen``, ``symptom``, ``found``; ``verdicts`` (what is said of each
        of `SYMPTOMS` as a guess), ``treated``, ``code`` and ``error``.

    Examples
    --------
    >>> from backprop_course.widgets import trace_symptoms
    >>> trace_symptoms("D")["before"]["symptom"]
    'rate too high'
    """
    ill = PATIENTS[patient]
    well = TREATMENTS[treatment](ill)
    before = _examined(ill)
    before = {**before, "seen": f"{before['seen']} {_DRAWN}"}
    after = _examined(well) if treatment != "none" else None
    return {
        "error": "",
        "before": before,
        "after": after,
        "verdicts": [_verdict(guess, before) for guess in SYMPTOMS],
        "treated": "" if after is None else _treated(treatment, before, after),
        "code": _code(well),
    }


@cache
def _examined(patient: Patient) -> Trace:
    """Train once; whoever asks again gets the same."""
    X, y = data.moons(200, noise=0.15, rng=SEED)
    if patient.spoilt:
        X[3, 1] = np.nan
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the history says it too
            model = nn.MLP(patient.sizes, patient.activation, init=_INITS[patient.init], rng=SEED)
            optimizer = optim.SGD(model.parameters(), lr=patient.lr, momentum=patient.momentum)
            trainer = Trainer(model, nn.cross_entropy, optimizer, rng=BATCH_SEED, progress=False)
            history = trainer.fit(X, y, epochs=EPOCHS)
    except UsageError as error:
        where = str(error).split("\n")[0]
        return {
            "loss": [],
            "gradients": [],
            "seen": "training did not begin, and there is no curve.",
            "symptom": BAD_DATA,
            "found": f"The trainer refuses it: {where}",
        }
    loss = [math.nan if history.first_loss is None else history.first_loss, *history.loss]
    gradients = [float(values[0]) for values in history.norms["gradient"].values()]
    findings = diagnose(history)
    ends = f", then: {history.stopped}" if history.diverged else f" to {decimals(loss[-1], 3)}"
    found = (
        f"It saw: {findings[0].saw}. It advises: {findings[0].advice}." if findings else "Nothing to report."
    )
    return {
        "loss": rounded(loss),
        "gradients": [round(math.log10(g), 3) if 0 < g < math.inf else None for g in gradients],
        "seen": f"the loss goes from {decimals(loss[0], 3)}{ends}. At the start the gradient has the norm "
        f"{scientific(gradients[0])} in the first layer and {scientific(gradients[-1])} in the last.",
        "symptom": findings[0].symptom if findings else "nothing",
        "found": found,
    }


def _verdict(guess: str, before: Trace) -> str:
    if guess == before["symptom"]:
        return f"✓ Yes: {guess}. {before['found']}" if guess != "nothing" else "✓ Yes: this one is sound."
    name = {"nothing": "nothing ails this one"}.get(before["symptom"], before["symptom"])
    return f"✗ You say {guess}; diagnose says: {name}. {before['found']}"


def _treated(treatment: str, before: Trace, after: Trace) -> str:
    seen = f"With {treatment}: {after['seen']}"
    if after["symptom"] == "nothing":
        healed = (
            "and nothing ails it now" if before["symptom"] != "nothing" else "and it is as sound as before"
        )
        return f"{seen} diagnose has nothing to report, {healed}."
    return f"{seen} diagnose says: {after['symptom']}."


def _code(patient: Patient) -> str:
    spoil = "X[3, 1] = np.nan\n" if patient.spoilt else ""
    imports = "import functools\n" if patient.init == "large" else "import numpy as np\n" if spoil else ""
    return (
        f"{imports}from backprop_course import Trainer, data, diagnose, nn, optim\n\n"
        f"X, y = data.moons(200, noise=0.15, rng={SEED})\n{spoil}"
        f"model = nn.MLP({list(patient.sizes)}, {patient.activation!r}"
        f"{_INIT_CODE[patient.init]}, rng={SEED})\n"
        f"optimizer = optim.SGD(model.parameters(), lr={patient.lr:g}, momentum={patient.momentum})\n"
        f"trainer = Trainer(model, nn.cross_entropy, optimizer, rng={BATCH_SEED})\n"
        f"history = trainer.fit(X, y, epochs={EPOCHS})\nprint(diagnose(history))"
    )

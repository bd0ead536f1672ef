"""What the symptom board shows of each patient, against `diagnose`, and the widget around it."""

from __future__ import annotations

import json
import re
import warnings
from typing import Any

import pytest

from backprop_course.errors import UsageError
from backprop_course.training import Diagnosis
from backprop_course.widgets import SymptomBoard, trace_symptoms
from backprop_course.widgets.trace_symptoms import BAD_DATA, PATIENTS, SYMPTOMS

ILLS = {
    "A": "rate too low",
    "B": "nothing",
    "C": "symmetry",
    "D": "rate too high",
    "E": "vanishing gradients",
    "F": BAD_DATA,
    "G": "exploding gradients",
}
CURES = {
    "A": "steps 1000 times longer",
    "C": "weights drawn by fan-in",
    "D": "steps 100 times shorter",
    "E": "ReLU as the activation",
    "F": "the spoilt example taken out",
    "G": "weights drawn by fan-in",
}


@pytest.mark.parametrize("patient", PATIENTS)
def test_every_patient_has_its_own_symptom_and_a_cure(patient: str) -> None:
    run = trace_symptoms(patient, CURES.get(patient, "none"))
    json.dumps(run, allow_nan=False)
    assert run["before"]["symptom"] == ILLS[patient]
    assert patient not in CURES or run["after"]["symptom"] == "nothing"
    right = [verdict for verdict in run["verdicts"] if verdict.startswith("✓")]
    assert right == [run["verdicts"][SYMPTOMS.index(ILLS[patient])]]


def test_each_symptom_is_there_once() -> None:
    assert sorted(ILLS.values()) == sorted(SYMPTOMS)


def test_what_does_not_help_is_said() -> None:
    assert "diagnose says: symmetry" in trace_symptoms("C", "ReLU as the activation")["treated"]
    assert "nothing ails it now" in trace_symptoms("D", CURES["D"])["treated"]
    assert "as sound as before" in trace_symptoms("B", "ReLU as the activation")["treated"]


def test_gradients_tell_two_flat_curves_apart() -> None:
    equal, deep = (trace_symptoms(patient)["before"]["gradients"] for patient in "CE")
    assert equal[0] is None  # exactly 0
    assert deep[0] < -5 < deep[-1]


@pytest.mark.parametrize("patient", ["C", "F", "G"])
def test_the_code_is_that_of_the_treated_patient(patient: str) -> None:
    names: dict[str, Any] = {}
    code = trace_symptoms(patient, CURES[patient])["code"].replace("rng=1)", "rng=1, progress=False)")
    exec(code, names)
    assert names["diagnose"](names["history"]) == Diagnosis()
    last = trace_symptoms(patient, CURES[patient])["after"]["loss"][-1]
    assert names["history"].loss[-1] == pytest.approx(last, rel=1e-3)  # four figures are sent


def test_the_code_of_a_patient_shows_what_ails_it() -> None:
    code = trace_symptoms("G")["code"].replace("rng=1)", "rng=1, progress=False)")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it diverges, and says so
        names: dict[str, Any] = {}
        exec(code, names)
    assert names["diagnose"](names["history"]).symptoms[0] == "exploding gradients"


def test_the_board_asks_first_and_then_judges() -> None:
    board = SymptomBoard("C")
    assert "Look at the curve" in board.sentence
    board.guess = 1 + SYMPTOMS.index("vanishing gradients")
    assert "✗ You say vanishing gradients; diagnose says: symmetry." in board.sentence
    board.guess = 1 + SYMPTOMS.index("symmetry")
    assert "✓ Yes: symmetry. It saw: all units" in board.sentence
    board.patient = 100
    assert board.value("patient") == "G"
    assert len(json.dumps(board.run)) < 50_000


def test_the_seeds_shown_are_those_of_the_code_and_said_once() -> None:
    board = SymptomBoard("D", treatment=CURES["D"])
    seed, of_batches = re.findall(r"drawn with seed (\d+), batches with seed (\d+)", board.sentence)[0]
    assert re.findall(r"rng=(\d+)", board.run["code"]) == [seed, seed, of_batches]
    assert board.sentence.count("seed") == 2
    assert f"seed {of_batches}" in board._repr_mimebundle_()[0]["text/plain"]


def test_patients_in_text_and_picture() -> None:
    for patient in "AFG":
        bundle, _ = SymptomBoard(patient, treatment=CURES[patient])._repr_mimebundle_()
        assert bundle["image/png"]
        assert f"Patient {patient}: " in bundle["text/plain"]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"patient": "Z"}, "no such patient"),
        ({"patient": None}, "no such patient"),
        ({"guess": "a cold"}, "no such your guess"),
        ({"treatment": "rest"}, "no such treatment"),
    ],
)
def test_settings_that_are_none_are_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        SymptomBoard(**settings)

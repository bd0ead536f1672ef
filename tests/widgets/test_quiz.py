"""Quizzes as Python hands them to the browser: every declared one, what judges them, text and HTML."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from typing import Any

import pytest

import backprop_course.quizzes as quizzes
from backprop_course.errors import UsageError
from backprop_course.quizzes import Choice, Numeric, Order, Question, Shape, right, wrong
from backprop_course.widgets import Quiz, quiz, quiz_to_dict


def declared() -> list[str]:
    units = [name for _, name, _ in pkgutil.iter_modules(quizzes.__path__) if re.fullmatch(r"nb\d\d", name)]
    return [id for unit in units for id in importlib.import_module(f"{quizzes.__name__}.{unit}").QUIZZES]


ONE_OF_EACH: tuple[Question, ...] = (
    Choice("Which is `dy/dx`?", (wrong("`x`", "That is the input."), right("`2 * x`", "The power rule."))),
    Choice(
        "Which are even?", (right("two", "2 × 1."), wrong("three", "It is odd."), right("four", "2 × 2."))
    ),
    Numeric("What is a half?", 0.5, "One of two.", wrong={-0.5: "Mind the sign.", 2: "Upside down."}),
    Order(
        "In which order?",
        ("a", "b", "`c`", "d"),
        why="The alphabet.",
        slips={("b", "a"): "a comes first."},
        either=[("`c`", "d")],
    ),
    Shape("The shape of A @ B, of (3, 2) and (2, 4)?", (3, 4), "Rows, columns.", wrong={(4, 3): "Turned."}),
    Shape("The shape of B @ A, of (3, 2) and (2, 4)?", None, "4 is not 3.", wrong={(4, 2): "4 meets 3."}),
)


@pytest.fixture
def sample(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """One question of each kind, by the name NB04.Q9."""
    nb04 = importlib.import_module("backprop_course.quizzes.nb04")
    monkeypatch.setitem(nb04.QUIZZES, "NB04.Q9", ONE_OF_EACH)
    return quiz_to_dict("NB04.Q9")


@pytest.mark.parametrize("quiz_id", declared())
def test_every_declared_quiz_can_be_shown_answered_and_read(quiz_id: str) -> None:
    shown = quiz(quiz_id)
    data, _ = shown._repr_mimebundle_()
    json.dumps(shown.quiz, allow_nan=False)
    assert {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"} <= set(data)
    for question in shown.quiz["questions"]:
        assert question["ask"] in data["text/plain"]
        assert question["ask"].count("`") % 2 == 0
        if question["kind"] == "order":
            assert len(set(question["items"])) == len(question["items"])
            assert is_out_of_order(question)
        if question["kind"] in ("number", "shape"):
            key = {"number": "interval", "shape": "shape"}[question["kind"]]
            assert question[key] not in [slip[key] for slip in question["slips"]]


@pytest.mark.parametrize("bad", ["NB04.Q99", "NB99.Q1", "Q1", "", "questions", "NB04"])
def test_a_name_that_is_no_quiz_is_refused_with_those_that_are(bad: str) -> None:
    with pytest.raises(UsageError, match=r"There is no quiz") as refused:
        quiz(bad)
    assert "NB04.Q1" in str(refused.value)


def is_out_of_order(question: dict[str, Any]) -> bool:
    place = question["start"].index
    return any(place(i) > place(j) for i, j in question["before"])


def test_a_number_is_judged_by_an_interval_around_it(sample: dict[str, Any]) -> None:
    number = sample["questions"][2]
    low, high = number["interval"]
    assert (low, high) == pytest.approx((0.4975, 0.5025), rel=1e-12)  # three correct digits: rtol 5e-3
    assert number["slips"][0]["interval"] == pytest.approx([-0.5025, -0.4975], rel=1e-12)
    assert [slip["text"] for slip in number["slips"]] == ["Mind the sign.", "Upside down."]


def test_an_answer_of_zero_still_has_room_for_round_off(monkeypatch: pytest.MonkeyPatch) -> None:
    nb04 = importlib.import_module("backprop_course.quizzes.nb04")
    monkeypatch.setitem(nb04.QUIZZES, "NB04.Q9", (Numeric("Zero?", 0.0, "Yes."),))
    low, high = quiz_to_dict("NB04.Q9")["questions"][0]["interval"]
    assert low < 0 < high < 1e-9  # far below any number that a reader would type as an answer


def test_an_order_is_judged_by_the_pairs_that_may_not_change_places(sample: dict[str, Any]) -> None:
    order = sample["questions"][3]
    assert order["before"] == [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3]]  # all but c and d
    assert order["slips"] == [{"pair": [1, 0], "text": "a comes first."}]
    assert is_out_of_order(order)
    assert order["start"] == quiz_to_dict("NB04.Q9")["questions"][3]["start"]


def test_a_shape_that_is_not_defined_is_null(sample: dict[str, Any]) -> None:
    assert [question["shape"] for question in sample["questions"][4:]] == [[3, 4], None]
    assert sample["questions"][5]["slips"] == [{"shape": [4, 2], "text": "4 meets 3."}]


def test_only_a_choice_with_several_right_options_says_so(sample: dict[str, Any]) -> None:
    assert [question.get("several") for question in sample["questions"][:2]] == [False, True]


def test_the_right_option_does_not_stand_in_one_place_through_the_course() -> None:
    places = [
        [option["right"] for option in question["options"]].index(True)
        for quiz_id in declared()
        for question in quiz_to_dict(quiz_id)["questions"]
        if question["kind"] == "choice" and not question["several"]
    ]
    assert len(places) > 30
    assert max(places.count(place) for place in set(places)) < 0.6 * len(places)


def test_the_text_form_asks_and_does_not_answer(sample: dict[str, Any]) -> None:
    text = repr(Quiz(quiz=sample))
    for row in (
        "Quiz NB04.Q9",
        "1. Which is `dy/dx`?\n   - ",
        "   - `x`",
        "   - `2 * x`",
        "2. Which are even? (more than one is right)\n   - ",
        "   - two",
        "3. What is a half?\n   (a number)",
        '6. The shape of B @ A, of (3, 2) and (2, 4)?\n   (a shape such as 3, 4, or "not defined")',
    ):
        assert row in text
    for secret in ("power rule", "One of two", "The alphabet", "4 is not 3"):
        assert secret not in text


def test_the_html_form_folds_every_answer_away_and_escapes(sample: dict[str, Any]) -> None:
    sample["questions"][0]["ask"] = "Is 1 < 2 & `a < b`?"
    form = Quiz(quiz=sample)._repr_mimebundle_()[0]["text/html"]
    assert "Is 1 &lt; 2 &amp; <code>a &lt; b</code>?" in form
    assert "<details><summary><code>x</code></summary><p>✗ Not this. That is the input.</p></details>" in form
    assert "<details><summary>Answer</summary><p>0.5. One of two.</p></details>" in form
    assert "<summary>Answer</summary><p>Not defined. 4 is not 3.</p>" in form
    assert "<script" not in form


def test_the_module_is_one_file_without_network() -> None:
    assert not re.search(r"^\s*import\b", Quiz._esm, re.MULTILINE)
    assert re.findall(r"^export.*$", Quiz._esm, re.MULTILINE) == ["export default { render };"]
    assert "fetch(" not in Quiz._esm
    assert "save_changes()" not in Quiz._esm.partition("function render(")[2]  # no answer leaves the browser

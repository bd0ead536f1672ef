"""The ES module of the quizzes in a blank page: each kind answered wrongly and rightly, by mouse and keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backprop_course.widgets import Quiz, quiz_to_dict

from ..widgets.test_quiz import ONE_OF_EACH
from .blank_page import faint_texts, is_clean_after_dispose, is_wider_than_the_page, open_widget
from .on_page import THEMES, keeping_its_keys, marks_the_focus

pytestmark = pytest.mark.browser

ONE, SEVERAL, NUMBER, ORDER, SHAPE, UNDEFINED = range(6)
FOCUSED = "document.activeElement.textContent || document.activeElement.getAttribute('aria-label')"


class Asked:
    """One question on a page."""

    def __init__(self, page: Any, index: int) -> None:
        self.page = page
        self.root = page.get_by_role("group").nth(index)

    @property
    def said(self) -> str:
        return str(self.root.get_by_role("status").text_content())

    def press(self, name: str) -> None:
        self.root.get_by_role("button", name=name, exact=True).click()

    def type(self, text: str) -> str:
        """Type into the field and check by Enter; return what is said."""
        self.root.get_by_role("textbox").fill(text)
        self.page.keyboard.press("Enter")
        return self.said

    @property
    def items(self) -> list[str]:
        return [str(text) for text in self.root.locator(".bc-grip").all_text_contents()]


@pytest.fixture
def page(show: Callable[..., Any]) -> Any:
    return show()


@pytest.fixture
def show(new_page: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    from backprop_course.quizzes import nb04

    monkeypatch.setitem(nb04.QUIZZES, "NB04.Q9", ONE_OF_EACH)
    return lambda **options: open_widget(new_page, Quiz, {"quiz": quiz_to_dict("NB04.Q9")}, **options)


def test_a_wrong_option_says_what_it_overlooks_and_one_can_try_again(page: Any) -> None:
    question = Asked(page, ONE)
    question.press("x")
    assert question.said == "✗ Not yet. That is the input."
    assert page.get_by_text("The power rule.").count() == 0
    question.press("2 * x")
    assert question.said == "✓ Right. The power rule."
    pressed = question.root.get_by_role("button", pressed=True)
    assert pressed.all_text_contents() == ["2 * x"]


def test_options_are_reached_and_taken_by_keyboard(page: Any) -> None:
    question = Asked(page, ONE)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(FOCUSED) == "2 * x"
    assert question.said == ""
    page.keyboard.press("Enter")
    assert question.said.startswith("✓ Right.")
    page.keyboard.press("ArrowDown")  # round to the first
    page.keyboard.press(" ")
    assert question.said.startswith("✗ Not yet.")


def test_of_several_right_options_all_must_be_ticked(page: Any) -> None:
    question = Asked(page, SEVERAL)
    question.press("Check")
    assert question.said == "Tick all that are right, then check."
    two, three, four = (question.root.get_by_role("checkbox", name=name) for name in ("two", "three", "four"))
    two.check()
    question.press("Check")
    assert question.said == "✗ Not yet. What is ticked is right, but not all that is right is ticked."
    three.focus()
    page.keyboard.press(" ")
    assert question.said == ""  # a verdict stands only beside the answer that it judges
    question.press("Check")
    assert question.said == "✗ Not yet. three: It is odd."
    three.uncheck()
    four.check()
    question.press("Check")
    assert question.said.startswith("✓ Right. ")
    assert set(question.said.removeprefix("✓ Right. ").split("\n")) == {"two: 2 × 1.", "four: 2 × 2."}


@pytest.mark.parametrize("typed", ["0.5", "1/2", ".5", "0,5", "5e-1", "+0.5", " 50e-2 ", "0.499", "−1/-2"])
def test_a_number_may_be_written_in_many_ways(page: Any, typed: str) -> None:
    assert Asked(page, NUMBER).type(typed) == "✓ Right. One of two."


def test_a_number_that_is_not_right_says_what_it_can(page: Any) -> None:
    question = Asked(page, NUMBER)
    assert question.type("−0.5") == "✗ Not yet. Mind the sign."
    assert question.type("2") == "✗ Not yet. Upside down."
    assert question.type("0.6").startswith("✗ Not yet. Not that number.")
    for no_number in ("", "half", "1/0", "1/2/3", "0.5 or so", "1e"):
        assert question.type(no_number) == "Type one number, such as 0.25, 1/4, 1e-3 or −3."
    question.root.get_by_role("textbox").fill("0.5")
    assert question.said == ""
    question.press("Check")
    assert question.said == "✓ Right. One of two."


@pytest.mark.parametrize("typed", ["3, 4", "(3, 4)", "3x4", "3 × 4", "[3,4]", "3 4", "(3, 4,)"])
def test_a_shape_may_be_written_in_many_ways(page: Any, typed: str) -> None:
    assert Asked(page, SHAPE).type(typed) == "✓ Right. Rows, columns."


def test_a_shape_that_is_not_right_says_what_it_can(page: Any) -> None:
    question = Asked(page, SHAPE)
    assert question.type("4, 3") == "✗ Not yet. Turned."
    for other in ("3", "()", "3, 4, 1", "34"):
        assert question.type(other).startswith("✗ Not yet. Not that shape.")
    for no_shape in ("", "three by four", "3.4", "3, n"):
        assert question.type(no_shape).startswith("Type a shape, such as 3, 4")
    question.press("The shape is not defined")
    assert question.said.startswith("✗ Not yet.")


def test_that_a_shape_is_not_defined_can_be_the_answer(page: Any) -> None:
    question = Asked(page, UNDEFINED)
    assert question.type("4, 2") == "✗ Not yet. 4 meets 3."
    question.press("The shape is not defined")
    assert question.said == "✓ Right. 4 is not 3."


def test_items_are_ordered_by_their_arrows(page: Any) -> None:
    question = Asked(page, ORDER)
    assert sorted(question.items) == ["a", "b", "c", "d"]
    question.press("Check")
    assert question.said.startswith("✗ Not yet.")
    for item in "dcba":
        for _ in range(3):
            question.press(f"Move {item} up")
    assert question.items == ["a", "b", "c", "d"]
    question.press("Move d up")  # these two may stand either way
    question.press("Check")
    assert question.said == "✓ Right. The alphabet."
    question.press("Move a down")
    assert question.said == "a is now at place 2 of 4."
    question.press("Check")
    assert question.said == "✗ Not yet. a comes first."


def test_items_are_ordered_by_keyboard_and_keep_the_focus(page: Any) -> None:
    question = Asked(page, ORDER)
    grip = question.root.locator(".bc-grip", has_text="a")
    grip.focus()
    for _ in range(4):
        page.keyboard.press("ArrowUp")
    assert question.items[0] == "a"
    assert page.evaluate(FOCUSED) == "a"
    page.keyboard.press("ArrowDown")
    assert question.items[1] == "a"
    assert grip.get_attribute("aria-label") == "a, place 2 of 4. Up and down keys move it."
    names = []
    for _ in range(3):
        page.keyboard.press("Tab")
        names.append(page.evaluate(FOCUSED))
    assert names == [*question.items[2:], "Check"]  # one stop for each item


def test_items_are_ordered_by_dragging(page: Any) -> None:
    question = Asked(page, ORDER)
    first, last = question.items[0], question.items[-1]
    grips = [question.root.locator(".bc-grip").nth(i).bounding_box() for i in range(4)]
    page.mouse.move(grips[0]["x"] + 20, grips[0]["y"] + 10)
    page.mouse.down()
    for box in grips:
        page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.up()
    assert question.items[-1] == first
    assert question.items[-2] == last
    page.mouse.move(grips[0]["x"] + 20, grips[0]["y"] + 10)  # let go: it stays
    assert question.items[-1] == first


def test_the_notebook_hears_no_key_that_an_answer_needs(page: Any) -> None:
    with keeping_its_keys(page):
        Asked(page, NUMBER).root.get_by_role("textbox").focus()
        for key in ("d", "d", "0", "ArrowLeft", "Enter"):
            page.keyboard.press(key)
        Asked(page, ORDER).root.locator(".bc-grip").first.focus()
        page.keyboard.press("ArrowDown")


def test_the_focus_is_seen_on_everything_that_takes_it(page: Any) -> None:
    marks_the_focus(page, 17)


def test_nothing_is_sent_to_the_kernel(page: Any) -> None:
    Asked(page, ONE).press("x")
    Asked(page, NUMBER).type("3")
    Asked(page, ORDER).press("Check")
    assert page.evaluate("model.saved") == 0


def test_disposing_leaves_nothing(page: Any) -> None:
    assert is_clean_after_dispose(page)


@pytest.mark.parametrize("data", [{}, {"id": "Q", "questions": [{"kind": "riddle", "ask": "?"}]}])
def test_a_quiz_that_cannot_be_shown_says_so(new_page: Callable[..., Any], data: dict[str, Any]) -> None:
    page = open_widget(new_page, Quiz, {"quiz": data})
    assert "The quiz could not be drawn" in page.get_by_role("alert").text_content()


@pytest.mark.parametrize("theme", THEMES)
def test_answers_are_legible_and_fit(show: Callable[..., Any], keep: Callable[..., None], theme: str) -> None:
    page = show(**THEMES[theme])
    Asked(page, ONE).press("x")
    Asked(page, SEVERAL).root.get_by_role("checkbox").nth(1).check()
    Asked(page, SEVERAL).press("Check")
    Asked(page, NUMBER).type("0.5")
    Asked(page, ORDER).press("Check")
    assert faint_texts(page) == []
    assert not is_wider_than_the_page(page)
    keep(page.locator(".bc-quiz"), f"quiz-{theme}")

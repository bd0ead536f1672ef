"""Submissions that are odd or out of measure: each costs what it must, and the grader stays as it is."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import nbformat
import numpy as np
import pytest

from autograder.exercises import find
from autograder.grading.classroom import Notebook, as_bytes, released_notebook, with_answer
from autograder.grading.grade import grade_notebook
from autograder.sandbox import Limits, Session, Zygote
from autograder.sandbox.ran import Place, Ran
from autograder.sandbox.values import MAX_BODY


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    with Zygote(Limits(set_up=1.0)) as warm:
        yield warm


def call(zygote: Zygote, cell: str, *inputs: Any) -> Any:
    with Session(zygote, [cell], ["f"]) as session:
        return session.question("f")(inputs)


def test_an_error_that_cannot_be_told_is_told_by_its_type(zygote: Zygote) -> None:
    cell = """
class Mute(Exception):
    def __str__(self): raise KeyError("no text")
def f(): raise Mute
"""
    outcome = call(zygote, cell)
    assert (outcome.kind, outcome.error_type, outcome.message) == ("raised", "Mute", "")


@pytest.mark.parametrize(
    ("given", "does"),
    [
        ([1.0, 2.0], "x[0] = 'a'"),
        ([1.0, 2.0], "x.append(3.0)"),
        ([np.ones(2)], "x[0] = x[0].astype(np.float32)"),
        ([np.ones(2)], "x[0][1] = np.nan"),
        ({"w": np.ones(2)}, "x['w'] *= 2"),
        ({"w": 1.0}, "x['b'] = 1.0"),
        ((np.ones(2), [3]), "x[1][0] = True"),
    ],
)
def test_a_change_inside_an_input_is_told_whatever_holds_it(zygote: Zygote, given: Any, does: str) -> None:
    cell = f"import numpy as np\ndef f(x, y):\n    {does}\n    return 1.0\ndef g(x, y): return 1.0"
    with Session(zygote, [cell], ["f", "g"]) as session:
        assert session.question("f")((given, 2.0)).inputs_changed == (0,)
        assert session.question("g")((given, 2.0)).inputs_changed == ()


def test_what_the_notebook_shows_with_stands_for_nothing_and_breaks_nothing(zygote: Zygote) -> None:
    cell = """
shown = display(get_ipython().run_line_magic("time", ""))
text = repr(shown)
def f(): return text, hasattr(shown, "__array__")
"""
    text, like_an_array = call(zygote, cell).value
    assert text == "(not checked while it is graded)"
    assert not like_an_array  # or NumPy would make one of it


def test_a_cell_that_is_parsed_and_cannot_be_compiled_costs_only_itself() -> None:
    broken = "return 3", "def g():\n    nonlocal x\n    x = 1"
    released = [*broken, "def f(x): return 2 * x"]
    with Zygote() as own:
        for ahead in ((), tuple(released)):
            own.read_in_advance(ahead)
            with Session(own, released, ["f", "g"]) as session:
                assert session.question("f")((3.0,)).value == 6.0
                outcome = session.question("g")(())
                assert (outcome.kind, outcome.error_type) == ("raised", "SyntaxError")


# What other programs save --------------------------------------------------------------------------


def of_colab(notebook: Notebook) -> Notebook:
    """As Colab saves it: its own settings and ids, outputs with its marks, no ids of cells."""
    notebook["nbformat_minor"] = 0
    notebook["metadata"] = {
        "colab": {"provenance": [], "toc_visible": True, "authorship_tag": "ABX9TyN"},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
        "accelerator": "GPU",
    }
    for n, cell in enumerate(notebook["cells"]):
        del cell["id"]
        cell["metadata"] |= {"id": f"x{n}Yz", "colab": {"base_uri": "https://localhost:8080/", "height": 35}}
        if cell["cell_type"] == "code":
            cell["execution_count"] = n
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["seen\n"]}]
    return notebook


def of_vs_code(notebook: Notebook) -> Notebook:
    """As VS Code saves it: sources in one piece, languages with the cells, the environment's interpreter."""
    notebook["metadata"] = {
        "kernelspec": {"display_name": ".venv (3.12.1)", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "version": "3.12.1", "nbconvert_exporter": "python"},
        "vscode": {"interpreter": {"hash": "31f2aee4e71d21fbe5cf8b01ff0e069b9275f58929596ceb"}},
    }
    for cell in notebook["cells"]:
        cell["metadata"] = {"vscode": {"languageId": "python"}}
        cell["source"] = "".join(cell["source"])
    return notebook


def of_an_old_jupyter(notebook: Notebook) -> Notebook:
    """In nbformat 3: worksheets, ``input`` in the place of ``source``, headings as cells of their own."""
    old = nbformat.reads(as_bytes(notebook).decode(), as_version=3)
    assert "cells" not in old
    return dict(old)


def test_whatever_program_has_saved_a_notebook_its_answers_count_the_same() -> None:
    exercises = [find("NB06.E06"), find("NB06.E01")]
    answer = with_answer(released_notebook(), "return dY @ W.T, X.T @ dY, dY")
    with Zygote() as own:
        plain = grade_notebook(as_bytes(answer), exercises, 5, own)
        assert [question.score for question in plain.questions] == [2.0, 0.0]
        for saved in (of_colab, of_vs_code, of_an_old_jupyter):
            other = grade_notebook(as_bytes(saved(copy.deepcopy(answer))), exercises, 5, own)
            assert replace(other, seconds=plain.seconds) == plain, saved.__name__


# What is too much ----------------------------------------------------------------------------------


def test_definitions_that_never_end_are_not_tried_again_for_the_next_answer(zygote: Zygote) -> None:
    cell = "def f(x=[1 for _ in iter(int, 1)]): return 1\ndef g(): return 2"
    with Session(zygote, [cell], ["f", "g"]) as session:
        first, second = session.question("f"), session.question("g")
        assert first(()).kind == "timeout"
        child = session._zygote.child
        session._zygote.child = None  # type: ignore[method-assign, assignment]
        try:
            assert second(()).kind == "timeout"
        finally:
            session._zygote.child = child  # type: ignore[method-assign]
        assert first.message == second.message
        assert "only definitions were run" in session.flags[0]


def test_a_submission_that_has_used_all_its_time_is_asked_no_more() -> None:
    with Zygote(Limits(submission=1.0, call=30.0)) as own:
        cell = "def f(x):\n    while x: pass\n    return x\ndef g(x): return x"
        with Session(own, [cell], ["f", "g"]) as session:
            assert session.question("f")((1.0,)).kind == "timeout"
            late = session.question("g")
            assert late((0.0,)).kind == "timeout"
            assert late.message == "the whole submission took more than 1 s"


def test_what_cannot_be_sent_is_the_trouble_of_that_answer_alone(zygote: Zygote) -> None:
    with Session(zygote, ["def f(x): return 1.0"], ["f"]) as session:
        question = session.question("f")
        assert question((np.zeros(MAX_BODY + 1, np.uint8),)).kind == "died"
        assert question.trouble == "crashed"
        assert "more was to be sent than can be" in question.message
        assert session.question("f")((1.0,)).value == 1.0


def test_a_notebook_that_cannot_be_sent_is_a_trouble_and_no_crash_of_the_grader(zygote: Zygote) -> None:
    with Session(zygote, ["def f(): return 1.0", "#" * (MAX_BODY + 1)], ["f"]) as session:
        question = session.question("f")
        assert question(()).kind == "died"
        assert "more was to be sent than can be" in question.message


# What a child makes up -----------------------------------------------------------------------------


def test_no_child_makes_more_of_a_notebook_than_there_is() -> None:
    cells = ["a = 1\n" * 50]
    places = [Place(0, first, last) for first in range(1, 50) for last in range(first, 51)]
    lines = Ran(cells, places).lines(["a"])
    assert 0 < sum(map(len, lines)) <= 3 * len(cells[0])


@pytest.mark.parametrize(
    "told",
    ["[9, 1, 1]", "[-1, 1, 1]", "[0, 0, 1]", "[0, 3, 2]", "[0, 1, 99]", "[0, 1]", "[0, 1.0, 1]", "7", "None"],
)
def test_a_place_that_is_not_in_the_notebook_is_none(zygote: Zygote, told: str) -> None:
    forger = f"""
import sys
runner = sys.modules["_sandbox.runner"]
send = runner._send
def forge(connection, reply, returned):
    if reply["kind"] == "ready":
        reply = {{**reply, "found": {{"f": {told}}}, "ran": [{told}]}}
    send(connection, reply, returned)
def f(forged=setattr(runner, "_send", forge)): return 1.0
"""
    with Session(zygote, [forger], ["f"]) as session:
        assert session.question("f")(()).value == 1.0
        assert session.places == {}
        assert session.ran.lines(["f"]) == []

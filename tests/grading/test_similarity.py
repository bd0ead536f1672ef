"""Similarity: copies are found whatever their names and order, right answers written apart are not listed."""

from __future__ import annotations

import builtins
import importlib
import inspect
import itertools
import keyword
import random
import re
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.exercises import of_unit, units
from autograder.grading.fingerprints import LENGTH, WINDOW, Given, fingerprints, winnowed
from autograder.grading.released import released_cells
from autograder.grading.similar_page import similarity_page, write_similarity
from autograder.grading.similarity import FEWEST, PASSAGE, Found, Pair, similar, similar_submissions
from tests.autograder.bank import RIGHT
from tests.classroom import RIGHT as CANONICAL
from tests.classroom import answering, flat, notebook_of
from tests.grading.test_pages import HOSTILE, read_whole

UNITS = [unit for unit in units() if re.fullmatch(r"NB\d\d", unit)]


def written(answer: Any) -> str:
    """The source of an answer that is one function or class, else nothing."""
    is_one = inspect.isfunction(answer) or inspect.isclass(answer)
    return textwrap.dedent(inspect.getsource(answer)) if is_one else ""


def independent(unit: str) -> dict[str, list[str]]:
    """Right answers to a whole unit, each student with other ones, as many as there are ways to answer."""
    solutions = importlib.import_module(f"tests.autograder.solutions.{unit.lower()}").RIGHT
    of = {
        exercise.id: [*map(written, solutions.get(exercise.id, []))]
        + [written(right.answer) for right in RIGHT if right.exercise == exercise.id]
        for exercise in of_unit(unit)
    }
    ways = {id: [text for text in texts if text] for id, texts in of.items()}
    most = max(len(texts) for texts in ways.values())
    return {f"s{n}": [texts[n] for texts in ways.values() if n < len(texts)] for n in range(most)}


def compared(unit: str, classroom: dict[str, list[str]]) -> Found:
    return similar(list(classroom), lambda student: classroom[student], released_cells(unit))


def renamed(code: str) -> str:
    """The same code with other variables, other layout and other remarks."""
    names = set(re.findall(r"(?<![.\w])[a-zA-Z_]\w*", re.sub(r"(['\"]).*?\1", "", code)))
    for name in sorted(names - {"np", "self", *dir(builtins), *keyword.kwlist}):
        code = re.sub(rf"(?<![.\w'\"]){name}(?![\w'\"])", f"{name}_of_mine", code)
    lines = code.split("\n")
    return "\n".join(itertools.chain.from_iterable((line, "    # my own idea", "") for line in lines))


# What must be found, and what must not -----------------------------------------------------------


@pytest.mark.parametrize("unit", UNITS)
def test_right_answers_that_were_written_apart_are_not_listed(unit: str) -> None:
    found = compared(unit, independent(unit))
    assert [(pair.first, pair.second, pair.shared, pair.longest) for pair in found.pairs] == []


def test_there_are_units_written_apart_that_are_long_enough_to_say_something() -> None:
    assert sum(compared(unit, independent(unit)).compared for unit in UNITS) > 20


def test_a_copy_with_other_names_remarks_and_layout_is_found() -> None:
    classroom = independent("NB06")
    classroom["copy"] = [renamed(cell) for cell in classroom["s1"]]
    (pair,) = compared("NB06", classroom).pairs
    assert {pair.first, pair.second} == {"s1", "copy"}
    assert min(pair.shares) > 0.95
    assert pair.longest >= PASSAGE


def test_a_copy_with_its_functions_in_another_order_is_found() -> None:
    classroom = independent("NB06")
    cells = classroom["s1"]
    classroom["copy"] = ["\n\n".join(random.Random(3).sample(cells, len(cells)))]
    (pair,) = compared("NB06", classroom).pairs
    assert {pair.first, pair.second} == {"s1", "copy"}
    assert min(pair.shares) > 0.8


def test_one_long_answer_copied_into_a_unit_of_ones_own_is_found() -> None:
    classroom = independent("NB06")
    longest = max(classroom["s1"], key=len)
    classroom["s0"] = [*classroom["s0"], renamed(longest)]
    (pair,) = compared("NB06", classroom).pairs
    assert {pair.first, pair.second} == {"s0", "s1"}
    assert pair.longest >= PASSAGE


def test_short_answers_say_nothing_even_where_they_are_the_same() -> None:
    found = compared("NB06", {name: [f"def affine_backward(dY, X, W):\n    {CANONICAL}"] for name in "ab"})
    assert (found.pairs, found.compared, found.short) == ([], 0, 2)


def test_the_released_notebook_is_nobodys_own() -> None:
    released = list(released_cells("NB06"))
    edited = [cell.replace("\n", "\n\n") + "\n# mine" for cell in released]
    found = compared("NB06", {"a": released, "b": edited})
    assert (found.pairs, found.short) == ([], 2)
    assert len(fingerprints(released, Given.of(released)).hashes) == 0
    assert len(fingerprints(released, Given.of(())).hashes) > 100


def test_what_many_have_does_not_count() -> None:
    """Code that a class was shown stands in all notebooks; what two have beside it still shows."""
    classroom = independent("NB06")
    shown = classroom.pop("s1")
    everyone = {f"t{n}": [*shown, f"a{n} = {n}"] for n in range(8)}
    assert compared("NB06", everyone).pairs == []
    both = classroom["s2"]
    everyone |= {"ana": [*shown, *both], "bo": [*both, *shown]}
    (pair,) = compared("NB06", everyone).pairs
    assert (pair.first, pair.second) == ("ana", "bo")


def test_passages_stand_side_by_side_as_they_were_written() -> None:
    classroom = independent("NB06")
    classroom["copy"] = [renamed(cell) for cell in classroom["s1"]]
    (pair,) = compared("NB06", classroom).pairs
    first, second = max(pair.passages, key=lambda passage: len(passage[0]))
    theirs, ours = (first, second) if pair.first == "copy" else (second, first)
    assert "_of_mine" in theirs
    assert "_of_mine" not in ours
    assert {line.strip() for line in ours.split("\n")} - {"..."} <= {
        line.strip() for cell in classroom["s1"] for line in cell.split("\n")
    }


def test_the_order_of_students_changes_nothing_but_who_is_named_first() -> None:
    classroom = independent("NB06")
    classroom["copy"] = [renamed(cell) for cell in classroom["s1"]]
    backwards = dict(reversed(classroom.items()))
    (one,), (other,) = compared("NB06", classroom).pairs, compared("NB06", backwards).pairs
    assert (one.first, one.second, one.shared) == (other.second, other.first, other.shared)
    assert one.shares == other.shares[::-1]


# Winnowing -----------------------------------------------------------------------------------------


def test_a_shared_passage_of_the_guaranteed_length_leaves_a_common_fingerprint() -> None:
    rng = random.Random(5)
    words = [f"x.{letter}{digit}" for letter in "abcdefgh" for digit in range(9)]

    def code(count: int) -> list[str]:
        return [rng.choice(words) for _ in range(count)]

    shared = code(60)
    one = "\n".join([*code(100), *shared, *code(100)])
    other = "\n".join([*code(70), *shared, *code(30)])
    prints = [fingerprints([text], Given.of(())) for text in (one, other)]
    both = np.intersect1d(prints[0].hashes, prints[1].hashes)
    starts = np.sort(prints[0].starts[np.isin(prints[0].hashes, both)])
    # Each line has three tokens; the passage has 180, and among any LENGTH + WINDOW - 1 of them one is kept.
    assert starts[0] <= 300 + WINDOW
    assert starts[-1] >= 480 - LENGTH - WINDOW
    assert np.diff(starts).max() <= WINDOW


def test_winnowing_keeps_one_of_each_window(rng: np.random.Generator) -> None:
    hashes = rng.integers(0, 50, size=500).astype(np.uint64)
    kept = winnowed(hashes, 6)
    for start in range(len(hashes) - 5):
        window = hashes[start : start + 6]
        rightmost = start + 5 - int(np.argmin(window[::-1]))
        assert rightmost in kept
    assert len(winnowed(hashes[:0])) == 0
    assert len(winnowed(hashes[:2])) == 1


def test_fingerprints_are_the_same_in_every_process() -> None:
    """A hash of Python's own would change with each run."""
    prints = fingerprints(["def f(a, b):\n    return a.sum(axis=0) @ b.T + np.tanh(a) * 2 - b"], Given.of(()))
    assert prints.hashes.tolist() == [2090014884301424186, 978509451265599126]


# Files and the page --------------------------------------------------------------------------------


def test_submissions_are_compared_where_they_are_found(tmp_path: Path) -> None:
    cells = independent("NB06")["s1"]
    files = {
        "ana.ipynb": notebook_of(*cells),
        "bo.py": "\n\n# %%\n".join(map(renamed, cells)).encode(),
        "cy.ipynb": answering(CANONICAL),
        "dan.ipynb": b"{",
    }
    found = similar_submissions(flat(tmp_path / "in", files), "NB06")
    assert [(pair.first, pair.second) for pair in found.pairs] == [("ana", "bo")]
    assert (found.compared, found.short) == (2, 2)
    text = write_similarity(tmp_path, "NB06", found).read_text(encoding="utf-8")
    read_whole(text)
    assert "not a verdict" in text
    assert "_of_mine" in text


def test_endless_code_is_not_compared(tmp_path: Path) -> None:
    flat(tmp_path / "in", {f"{name}.ipynb": notebook_of("affine_backward = 1\n" * 10**5) for name in "ab"})
    assert similar_submissions(tmp_path / "in", "NB06").short == 2


def test_the_page_shows_hostile_names_and_code_as_text() -> None:
    pair = Pair(HOSTILE, HOSTILE, FEWEST, (0.5, 1.0), PASSAGE, [(HOSTILE, HOSTILE)] * 30)
    text = similarity_page("NB06", Found([pair, pair], 3, 2, 0))
    read_whole(text)
    assert "18 shorter passages are not shown" in text
    assert "3 more pairs are not shown" in text


def test_the_page_of_a_class_without_pairs_says_so() -> None:
    text = similarity_page("NB06", Found([], 0, 5, 1))
    read_whole(text)
    assert "No two of them" in text

"""One verdict from what was found about the pieces of an exercise."""

from __future__ import annotations

import pytest

from autograder._merging import Judged, merged
from autograder._verdict import Status
from autograder.exercises import find


@pytest.mark.parametrize(
    ("reasons", "said"),
    [
        (["", ""], ""),
        (["add raised ValueError: no"], "add raised ValueError: no"),
        (["add raised ValueError: no", "add raised ValueError: no"], "add raised ValueError: no"),
        (
            ["add raised ValueError: no", "", "multiply is cut."],
            "add raised ValueError: no. multiply is cut.",
        ),
        (["add is cut.", "multiply raised ValueError: no"], "add is cut. multiply raised ValueError: no"),
    ],
)
def test_several_reasons_are_sentences_of_their_own(reasons, said):
    pieces = [Judged([Status("add_value", "not judged")], "raised", reason) for reason in reasons]
    assert merged(find("NB07.E01"), pieces, visible=True).reason == said

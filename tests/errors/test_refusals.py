"""Every public function is made to refuse once: the error has all four parts, filled in."""

from __future__ import annotations

import builtins
import re

import pytest

from backprop_course.errors import CourseError
from tests.errors.public import PUBLIC
from tests.errors.triggers import NEVER, TRIGGERS


def test_every_public_function_has_a_refusal_or_a_reason_to_have_none() -> None:
    assert sorted(PUBLIC.keys() - TRIGGERS.keys() - NEVER.keys()) == []
    assert sorted((TRIGGERS.keys() | NEVER.keys()) - PUBLIC.keys()) == []
    assert TRIGGERS.keys().isdisjoint(NEVER)


@pytest.mark.parametrize("name", TRIGGERS)
def test_a_refusal_says_what_was_expected_what_was_got_and_how_to_mend_it(name: str) -> None:
    with pytest.raises(CourseError) as caught:
        TRIGGERS[name]()
    error = caught.value
    rows = ("expected:", "got:", "to mend:")
    assert re.search(r"[.?]$", error.what), error.what
    assert [row.split()[0] for row in str(error).splitlines()[-3:]] == ["expected:", "got:", "to"], rows
    for part in (error.what, error.expected, error.got, error.mend):
        assert part.strip()
        assert not re.search(r"<function|object at 0x|\bNone of None\b", part), part
    assert any(vars(builtins).get(base.__name__) is base for base in type(error).__mro__[1:-3])

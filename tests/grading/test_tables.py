"""Tables and pages: names that are harmless everywhere, files that are whole or not there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.grading.pages import file_name
from autograder.grading.tables import plain, points, write_whole


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "=\nx"])
def test_what_a_spreadsheet_would_compute_gets_an_apostrophe(text: str) -> None:
    assert plain(text).startswith(("'=", "'+", "'-", "'@", "'\t", "x"))
    assert "\n" not in plain(text)


def test_other_text_stays() -> None:
    assert plain("right-in-loops") == "right-in-loops"
    assert plain("1 = 1") == "1 = 1"


@pytest.mark.parametrize(
    ("score", "text"), [(None, ""), (0.0, "0"), (3.0, "3"), (1.33, "1.33"), (10.0, "10"), (0.1, "0.1")]
)
def test_points_have_no_more_digits_than_they_need(score: float | None, text: str) -> None:
    assert points(score) == text


@settings(deadline=None)
@given(st.text(min_size=1), st.text(min_size=1))
def test_file_names_are_safe_and_each_students_own(one: str, other: str) -> None:
    name = file_name(one)
    assert name
    assert len(name) <= 90
    assert not set(name) & set('/\\:*?"<>|\0\n')
    assert not name.startswith((".", "-"))
    assert not name.endswith(".")
    assert (file_name(other) == name) is (other == one)


@pytest.mark.parametrize("device", ["con", "NUL", "com1", "aux.x"])
def test_names_of_devices_are_not_used(device: str) -> None:
    assert file_name(device) != device


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_whole(tmp_path / "a", "first")

    def fails(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fails)
    with pytest.raises(OSError, match="disk full"):
        write_whole(tmp_path / "a", "second")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a", "first")]

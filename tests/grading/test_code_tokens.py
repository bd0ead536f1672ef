"""Tokens by one expression: what it finds in code, and that nothing submitted can stop it."""

from __future__ import annotations

import io
import tokenize
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.grading import tokens as module
from autograder.grading.tokens import logical_lines, tokens, without_remarks

SKIPPED = {
    tokenize.NEWLINE,
    tokenize.NL,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}
FOLDER = Path(__file__).parents[1] / "autograder"


def has_f_string(code: str) -> bool:
    """Python 3.12 and later takes them apart, earlier ones and ours do not."""
    return any(token.kind == "string" and "f" in token.text[:2].lower() for token in tokens(code))


def code_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


CODE = [path for path in sorted(FOLDER.rglob("nb*.py")) if not has_f_string(code_of(path))]


@pytest.mark.parametrize("path", [*CODE, Path(module.__file__)], ids=lambda path: path.stem)
def test_the_tokens_are_pythons(path: Path) -> None:
    theirs = tokenize.generate_tokens(io.StringIO(code_of(path)).readline)
    expected = [token.string for token in theirs if token.type not in SKIPPED]
    assert [token.text for token in tokens(code_of(path)) if token.kind != "newline"] == expected


def test_there_is_code_to_compare_with_python() -> None:
    assert len(CODE) >= 3


@settings(deadline=None)
@given(st.text(alphabet="'\"\\\n#ab1 .()[]{}=*rf%!?\x00é", max_size=200))
def test_nothing_is_lost_or_stops_it(code: str) -> None:
    found = list(tokens(code))
    assert all(code[token.at : token.at + len(token.text)] == token.text for token in found)
    left = list(code)
    for token in found:
        left[token.at : token.at + len(token.text)] = [" "] * len(token.text)
    assert "".join(left).replace("\\\n", "").strip(" \t\f") == ""
    assert all(token.line == code.count("\n", 0, token.at) for token in found)
    without_remarks(code)


@pytest.mark.parametrize(
    "code", ["(" * 200_000, "'''" + "a\\" * 100_000, '"' * 200_001, "x" * 500_000, "-" * 200_000]
)
def test_endless_code_is_read_once(code: str) -> None:
    assert sum(len(token.text) for token in tokens(code)) == len(code)


def test_logical_lines_go_on_in_brackets_and_have_no_remarks() -> None:
    code = 'def f(a,\n      b):  # two\n    """Says so."""\n    return (a +\n            b)\n'
    assert [" ".join(t.text for t in line) for line in logical_lines(code)] == [
        "def f ( a , b ) :",
        "return ( a + b )",
    ]


def test_remarks_are_left_out_and_the_layout_stays() -> None:
    docstring = '    """Ana\'s way.\n\n    Two lines.\n    """\n'
    code = f'# by Ana\n\ndef f(x):\n{docstring}    y = "#1"  # hers\n\n    return y\n'
    assert without_remarks(code) == 'def f(x):\n    y = "#1"\n    return y'

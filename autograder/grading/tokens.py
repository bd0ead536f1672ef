"""Tokens of Python code as it was submitted: by one regular expression that takes whatever it is given.

Submitted code is never given to Python's own parser in the grader's process, which may not come back from it;
and Python's tokenizer stops at what is not Python, such as a magic.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

Kind: TypeAlias = Literal["comment", "string", "newline", "number", "name", "operator"]

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\f]+|\\\n)
    |(?P<comment>\#[^\n]*)
    |(?P<string>[rbuftRBUFT]{0,2}(?:
        \"\"\"(?:[^\\]|\\.)*?(?:\"\"\"|\Z) | '''(?:[^\\]|\\.)*?(?:'''|\Z)
        | "(?:[^"\\\n]|\\.)*(?:"|(?=\n)|\Z) | '(?:[^'\\\n]|\\.)*(?:'|(?=\n)|\Z)))
    |(?P<newline>\n)
    |(?P<number>(?:\d|\.\d)(?:[\w.]|(?<=[eE])[+-](?=\d))*)
    |(?P<name>[^\W\d]\w*)
    |(?P<operator>\.\.\.|\*\*=?|//=?|<<=?|>>=?|[-+*/%@&|^=<>!:]=|->|.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A token: its kind and text, where it begins, and the line of code it begins on, from 0."""

    kind: Kind
    text: str
    at: int
    line: int


def tokens(code: str) -> Iterator[Token]:
    """Yield the tokens of some code, spaces left out, whatever it is.

    Examples
    --------
    >>> [token.text for token in tokens("y = W@x  # forward")]
    ['y', '=', 'W', '@', 'x', '# forward']
    """
    line = 0
    for match in _TOKEN.finditer(code):
        kind, text = match.lastgroup, match.group()
        if kind != "space":
            yield Token(kind, text, match.start(), line)  # type: ignore[arg-type]  # one of the groups' names
        if "\n" in text:
            line += text.count("\n")


def logical_lines(code: str) -> Iterator[list[Token]]:
    """Yield the tokens of each logical line, comments and docstrings left out.

    A line goes on while a bracket is open; a text that stands alone is a docstring.
    """
    line: list[Token] = []
    depth = 0
    for token in tokens(code):
        if token.kind == "newline":
            if depth <= 0 and line:
                yield from _unless_docstring(line)
                line, depth = [], 0
        elif token.kind != "comment":
            if token.kind == "operator":
                depth += _DEPTH.get(token.text, 0)
            line.append(token)
    yield from _unless_docstring(line)


_DEPTH = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


def _unless_docstring(line: list[Token]) -> Iterator[list[Token]]:
    if any(token.kind != "string" for token in line):
        yield line


def without_remarks(code: str) -> str:
    """Return code as it is laid out, without comments, docstrings and the lines that are empty then.

    What is left says what an answer computes; who wrote it is in the remarks, if anywhere.
    """
    kept = [False] * (code.count("\n") + 1)
    for line in logical_lines(code):
        last = line[-1]
        for number in range(line[0].line, last.line + last.text.count("\n") + 1):
            kept[number] = True
    bare = list(code)
    for token in tokens(code):
        if token.kind == "comment":
            bare[token.at : token.at + len(token.text)] = [""] * len(token.text)
    lines = "".join(bare).split("\n")
    return "\n".join(text.rstrip() for text, keep in zip(lines, kept, strict=True) if keep and text.strip())

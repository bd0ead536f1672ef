"""What stands in a Markdown text: prose, formulas, tables, links, and the parts of the course it names."""

from __future__ import annotations

import re

FENCED = re.compile(r"^(?P<fence>```|~~~).*?^(?P=fence)[ ]*$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
INLINE = re.compile(r"(?<![\\$])\$(?!\$)((?:[^$\\]|\\.)+?)\$", re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(\s*([^)\s]+)")
IMAGE = re.compile(r"!\[([^\]]*)\]\(")
PART = re.compile(r"\bNB\d\d\.[WEGQR]\d+\b")
RULE = re.compile(r"^\|?[ ]*:?-+:?[ ]*(\|[ ]*:?-+:?[ ]*)*\|?[ ]*$")  # the line below a table's header


def without_code(text: str) -> str:
    """Blank out code, fenced or in backticks."""
    return CODE.sub(" ", FENCED.sub("", text))


def formulas(text: str) -> list[str]:
    """Return the formulas of a text, those on lines of their own first."""
    text = without_code(text)
    return DISPLAY.findall(text) + INLINE.findall(DISPLAY.sub(" ", text))


def without_formulas(text: str) -> str:
    """Blank out code and formulas."""
    return INLINE.sub(" ", DISPLAY.sub(" ", without_code(text)))


def tables(text: str) -> list[list[str]]:
    """Return the tables of a text, each a list of its lines: those that begin with a bar."""
    blocks = re.findall(r"(?:^[ >]*\|.*(?:\n|\Z))+", FENCED.sub("", text), re.MULTILINE)
    return [block.strip().splitlines() for block in blocks]


def fields(row: str) -> list[str]:
    """Return the fields of a table's line; a bar in code or in a formula divides as well."""
    inner = row.strip(" >").removeprefix("|").removesuffix("|")
    return [field.strip() for field in re.split(r"(?<!\\)\|", inner)]

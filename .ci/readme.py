"""Print a command of README.md as it stands there: ``python3 .ci/readme.py test``.

A command is a fenced block under a comment ``<!-- command: NAME -->``. Standard library only: this runs
before anything is installed.
"""

import re
import sys
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"
BLOCK = re.compile(r"^<!-- (\w+): ([\w ]+) -->\n```\w+\n(.*?)\n```$", re.MULTILINE | re.DOTALL)


def blocks(kind: str) -> dict[str, str]:
    """Return the marked blocks of one kind (``command``, ``output``) by name."""
    found = BLOCK.findall(README.read_text(encoding="utf-8"))
    return {name: text for block_kind, name, text in found if block_kind == kind}


if __name__ == "__main__":
    sys.stdout.write(blocks("command")[sys.argv[1]] + "\n")

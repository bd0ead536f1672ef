"""Ctrl-C before the command has begun."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Python as it is when Ctrl-C is pressed while a module is looked for.
INTERRUPTED = """
import sys
sys.argv = [{command!r}, "grade", "submitted", "--unit", "NB06"]
class Pressed:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Pressed())
from autograder.__main__ import main
main()
"""


def interrupted(command: str, module: str) -> subprocess.CompletedProcess[str]:
    text = INTERRUPTED.format(command=command, module=module)
    return subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("module", ["autograder.check", "autograder.cli", "typer"])
def test_an_interrupted_start_is_told_in_one_line(module: str) -> None:
    ended = interrupted("/usr/bin/autograder", module)
    assert (ended.returncode, ended.stdout) == (130, "")
    assert ended.stderr == "Interrupted before anything was done.\n"


def test_who_imports_the_autograder_sees_the_interruption() -> None:
    assert "KeyboardInterrupt" in interrupted("notebook.py", "autograder.check").stderr


def test_a_test_run_that_imports_it_is_not_the_command() -> None:
    assert "KeyboardInterrupt" in interrupted("/usr/lib/pytest/__main__.py", "autograder.check").stderr

"""Plain nbgrader commands read this file in the folder they are called from: the repository."""

from pathlib import Path

from autograder.nbgrader import configure

configure(get_config(), Path(__file__).parent)  # noqa: F821 (nbgrader hands the name to this file)

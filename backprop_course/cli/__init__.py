"""The command ``backprop-course``: open the course, check notebooks without a window, start over.

Exit codes: 0 done, 1 something asked for failed, 2 wrong use. What the commands do lives beside this
file (`workspace`, `lab`, `checks`, `doctor`); `commands` names them and their options. Anything beyond
the standard library is imported when a command needs it, so that what is missing can be named.
"""

from __future__ import annotations

import sys

from backprop_course.cli.doctor import missing_extra
from backprop_course.errors import CourseError, UsageError


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        try:
            from backprop_course.cli.commands import app
        except ModuleNotFoundError as error:
            raise missing_extra(error, "course") from error
        app()
    except CourseError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2 if isinstance(error, UsageError) else 1)
    except KeyboardInterrupt:
        sys.exit(130)  # as a shell reports a program that Ctrl-C ended

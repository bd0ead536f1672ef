"""The settings with which plain nbgrader commands work on the repository and give our grades."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from traitlets.log import get_logger

from autograder._environment import put_interpreter_on_path
from backprop_course.errors import CourseError

from .source import source_path, stale_sources, write_source

# The body of a function that is still to be written: it returns None, which the check card answers with
# "not yet written", so that running a whole unsolved notebook shows no traceback.
STUB = "# YOUR CODE HERE\n..."


def configure(c: Any, root: Path) -> None:  # Any: traitlets' Config grows its attributes as they are named
    """Set up nbgrader for the course; called by ``nbgrader_config.py``.

    The source notebooks are made from ``solutions`` where they are missing or older, the release is
    ``notebooks``, and answers are judged by the course's own judge instead of being run in a kernel.

    Parameters
    ----------
    c : Config
        What ``get_config()`` returns in an nbgrader configuration file.
    root : Path
        The repository, which is also nbgrader's course directory.
    """
    put_interpreter_on_path()  # nbgrader calls `alembic` by its bare name
    set_release(c)
    set_judge(c)
    # By name: formgrader shows the configuration as JSON.
    c.HTMLExporter.filters = {"markdown2html": "autograder.nbgrader.pages.markdown_as_html"}
    c.ExportApp.plugin_class = "autograder.nbgrader.export.EmptyIfNotGraded"
    set_folders(c, root.resolve())


def set_folders(c: Any, root: Path) -> None:
    """Map nbgrader's folders to those of the repository."""
    c.CourseDirectory.root = str(root)
    c.CourseDirectory.release_directory = "notebooks"
    if "course_id" not in c.CourseDirectory:  # PostgreSQL insists that an assignment's course is there
        c.CourseDirectory.course_id = "default_course"
    c.Judge.seed_folder = str(root / "source")  # as confidential as the solutions in it
    # The release is generated and the same every time, and in a fresh clone it is there already: without
    # this, nbgrader would skip it, and the unit would never enter the gradebook.
    c.GenerateAssignment.force = True
    refresh_sources(root)


def refresh_sources(root: Path) -> None:
    """Make the source notebooks that are missing or stale; one that cannot be made is taken away.

    After an error here nbgrader, and JupyterLab, which reads this file too, would go on without any of these
    settings. So a text that does not fit is reported, and there is nothing to release until it is mended.
    """
    for unit in stale_sources(root):
        try:
            write_source(unit, root, root)
        except (CourseError, OSError) as error:
            with contextlib.suppress(OSError):
                source_path(unit, root).unlink(missing_ok=True)
            get_logger().warning("The source of %s could not be made. %s", unit, error)


def set_release(c: Any) -> None:
    """Set what a released notebook looks like."""
    c.ClearSolutions.code_stub = {"python": STUB}


def set_judge(c: Any) -> None:
    """Put the judge in the place of the kernel, and the gradebook's marks in the place of a submission's."""
    from nbgrader.converters import Autograde
    from nbgrader.preprocessors import DeduplicateIds, Execute, SaveAutoGrades

    from .marks import RestoreMarks
    from .preprocessor import Judge
    from .scores import SaveScores

    ours = {Execute: Judge, DeduplicateIds: RestoreMarks, SaveAutoGrades: SaveScores}
    plain = Autograde()
    for stage in ("sanitize_preprocessors", "autograde_preprocessors"):
        c.Autograde[stage] = [ours.get(step, step) for step in getattr(plain, stage)]

"""The environment in which programs called by their bare name are found."""

from __future__ import annotations

import os
import sysconfig


def put_interpreter_on_path() -> None:
    """Put the scripts of the running interpreter first on PATH.

    nbgrader starts ``alembic`` by its bare name, which fails where the environment it is installed in
    has not been activated, and would run another environment's ``alembic`` where that comes first.
    """
    scripts = sysconfig.get_path("scripts")
    folders = [folder for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    if folders[:1] != [scripts]:
        os.environ["PATH"] = os.pathsep.join([scripts, *folders])

"""A process that grades: one task after the other, over a pipe, with a zygote of its own.

Started by `local.py` as ``python -m autograder.grading.worker NUMBER``, the number of its end of the pipe. It
ends when the pipe is closed or the process that started it is gone.
"""

from __future__ import annotations

import sys
from multiprocessing.connection import Connection

from ..sandbox import Limits, SandboxError, Zygote
from ..sandbox.confine import die_with_parent
from .backend import Task


def main() -> None:
    """Grade what comes over the pipe."""
    die_with_parent()
    pipe: Connection[object, Task] = Connection(int(sys.argv[1]))
    zygote = Zygote(Limits())
    try:
        while True:
            try:
                task = pipe.recv()
            except (EOFError, ConnectionError):
                return
            if task.limits != zygote.limits:
                zygote.close()
                zygote = Zygote(task.limits)
            try:
                pipe.send(task.done(zygote))
            except SandboxError as error:
                pipe.send(error)
    finally:
        zygote.close()


if __name__ == "__main__":
    main()

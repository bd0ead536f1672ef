"""The default backend: worker processes on this machine.

A worker that is lost costs nothing: its task is given to another one.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Generator, Iterable
from multiprocessing.connection import Connection, Pipe, wait

from backprop_course.errors import UsageError

from ..sandbox import SandboxError
from .backend import Task
from .result import Result

_MOST_LOST = 5  # workers that one task may cost


class _Worker:
    """One process, and the task it has."""

    def __init__(self) -> None:
        self._start()
        # Since when, by the monotonic clock, and on what; one attribute, since another thread reads it.
        self.work: tuple[float, Task] | None = None
        self._lost = 0  # times it was lost with this task

    def give(self, task: Task) -> None:
        """Let it grade."""
        self.work, self._lost = (time.monotonic(), task), 0
        self._send(task)

    def take(self) -> Result | None:
        """Return the result it sends; None if it was lost, was started again and has its task again."""
        assert self.work is not None
        _, task = self.work
        try:
            said = self.pipe.recv()
        except (EOFError, OSError):
            self.close()
            self._start()
            self._lost += 1
            if self._lost < _MOST_LOST:
                self._send(task)
                return None
            said = Result(
                "", "", "crashed", reason=f"The process that grades was lost {_MOST_LOST} times with it."
            )
        self.work = None
        if isinstance(said, SandboxError):
            raise said
        return task.named(said)

    def close(self) -> None:
        """End it; in the middle of a task it is killed, and what it started ends with it."""
        self.pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=0 if self.work else 10)
        self._process.kill()
        self._process.wait()

    def _start(self) -> None:
        self.pipe: Connection[Task, Result | SandboxError]
        self.pipe, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "autograder.grading.worker", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for the grader, which then ends its workers
            )

    def _send(self, task: Task) -> None:
        with contextlib.suppress(OSError):  # it is lost: `take` will find out
            self.pipe.send(task)


class LocalBackend:
    """Grades with worker processes.

    Parameters
    ----------
    jobs : int, optional
        How many at once; as many as there are processors by default.
    """

    def __init__(self, jobs: int | None = None) -> None:
        if jobs is not None and jobs < 1:
            raise UsageError(
                "No process, no grades.",
                expected="--jobs of at least 1",
                got=str(jobs),
                mend="leave --jobs away to use all processors",
            )
        self.jobs = jobs or os.cpu_count() or 1
        self._workers: list[_Worker] = []

    def longest(self) -> tuple[str, float] | None:
        """Return whose submission has been at work for longest, and for how many seconds; None if none is."""
        at_work = [work for worker in list(self._workers) if (work := worker.work)]
        if not at_work:
            return None
        since, task = min(at_work, key=lambda work: work[0])
        return task.student, time.monotonic() - since

    def results(self, tasks: Iterable[Task]) -> Generator[Result, None, None]:
        """Yield results as they come; closing the iterator ends the workers."""
        pending = iter(tasks)
        workers = self._workers = []
        try:
            while len(workers) < self.jobs and (task := next(pending, None)):
                workers.append(_Worker())
                workers[-1].give(task)
            while busy := {worker.pipe: worker for worker in workers if worker.work}:
                for pipe in wait(list(busy)):
                    worker = next(worker for worker in workers if worker.pipe is pipe)
                    result = worker.take()
                    if result is None:
                        continue
                    if task := next(pending, None):
                        worker.give(task)
                    yield result
        finally:
            self._workers = []
            for worker in workers:
                worker.close()

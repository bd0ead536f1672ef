"""A backend beyond one machine: the workers of a `dask.distributed` cluster, each with a zygote of its own.

Workers see no database and no folder of the grader's: a batch of tasks goes there, results come back. A
worker that is lost costs nothing; its batch is graded by another one.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from backprop_course.errors import CourseError, UsageError

from ..exercises import of_unit
from ..sandbox import Zygote
from .backend import Task
from .result import Result
from .versions import assignment_version

if TYPE_CHECKING:
    from distributed import Client, Future

_BATCH = 8  # tasks that are sent together
_AHEAD = 2  # batches for each thread of the cluster that are sent before one is back
_CONNECT = 10.0  # seconds

_of_thread = threading.local()


class OtherVersion(CourseError, RuntimeError):
    """A worker would judge in another way than this machine."""


class DaskBackend:
    """Grades on the workers of a cluster.

    Parameters
    ----------
    address : str
        Of its scheduler, ``tcp://host:8786``.
    """

    def __init__(self, address: str) -> None:
        self.address = address

    def results(self, tasks: Iterable[Task]) -> Generator[Result, None, None]:
        """Yield results as they come; closing the iterator cancels what is still to be done."""
        from distributed import as_completed
        from distributed.scheduler import KilledWorker

        pending = iter(tasks)
        client = self._client()
        try:
            running = as_completed(loop=client.loop)
            batches: dict[Any, list[Task]] = {}  # by the key of its future
            suspects: list[Task] = []

            def sent(batch: list[Task]) -> Future[list[Result]]:
                return client.submit(_graded, batch, _version(batch[0].unit), pure=False)

            def send(batch: list[Task]) -> None:
                future = sent(batch)
                batches[future.key] = batch
                running.add(future)

            threads = sum(client.nthreads().values()) or 1
            for batch in islice(_batched(pending), _AHEAD * threads):
                send(batch)
            for future in running:
                batch = batches.pop(future.key)
                error = future.exception()
                if isinstance(error, KilledWorker):
                    suspects += batch
                elif error is not None:
                    raise error
                if following := next(_batched(pending), None):
                    send(following)
                if error is None:
                    yield from future.result()
            # One of them is to blame, the others were with it: whoever loses a worker now is there alone.
            for task in suspects:
                try:
                    yield from sent([task]).result()
                except KilledWorker as error:
                    reason = f"The processes that grade were lost with it: {error}"
                    yield task.named(Result("", "", "crashed", reason=reason))
        finally:
            client.close()

    def _client(self) -> Client:
        from distributed import Client

        try:
            return Client(self.address, timeout=_CONNECT, set_as_default=False)
        except (OSError, ValueError) as error:
            raise UsageError(
                "The scheduler cannot be reached.",
                expected="the address of a running dask scheduler, tcp://host:8786",
                got=f"{self.address}: {error}",
                mend="start one with `dask scheduler`, and workers with `dask worker ADDRESS`",
            ) from error


def _batched(pending: Iterator[Task]) -> Iterator[list[Task]]:
    while batch := list(islice(pending, _BATCH)):
        yield batch


def _graded(batch: Sequence[Task], version: str) -> list[Result]:
    """Grade on a worker."""
    own = _version(batch[0].unit)
    if own != version:
        raise OtherVersion(
            "A worker has another version of the exercises or of the judge.",
            expected=version,
            got=own,
            mend="install the same release of backprop-course on every worker",
        )
    return [task.done(_zygote(task)) for task in batch]


@functools.cache
def _version(unit: str) -> str:
    return assignment_version(of_unit(unit))


def _zygote(task: Task) -> Zygote:
    """Return this thread's zygote, which ends with its process."""
    kept: Any = getattr(_of_thread, "zygote", None)
    if kept is None or kept.limits != task.limits:
        if kept is not None:
            kept.close()
        kept = _of_thread.zygote = Zygote(task.limits)
    zygote: Zygote = kept
    return zygote

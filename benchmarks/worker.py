"""One engine in a process of its own: ``python -m benchmarks.worker NAME`` answers requests on a pipe.

Requests are pickled tuples ``(method, *arguments)``, answers are ``(status, value)`` with the statuses
``"ok"``, ``"absent"`` (the engine does not offer this) and ``"failed"``. What an engine prints goes to
stderr.
"""

from __future__ import annotations

import gc
import importlib
import importlib.metadata
import pickle
import sys
import time
import tracemalloc
from types import ModuleType
from typing import Any, BinaryIO

import numpy as np

from .engines import BY_NAME
from .workloads import Batch, Case, NotOffered, Workload, inputs

resource: ModuleType | None
try:
    import resource
except ImportError:  # not on Windows
    resource = None

_LONG = 0.01  # seconds, from where on CPU time is known well enough


class Worker:
    """Answers the requests for one engine; the public methods are the requests."""

    def __init__(self, name: str) -> None:
        self.engine = BY_NAME[name]
        self.module: Any = None
        self.case: Case | None = None
        self.calls = 0  # how many make up one timed batch

    def load(self) -> str:
        """Import the engine and return its version (empty for our own)."""
        try:
            self.module = importlib.import_module(f".engines.{self.engine.module}", __package__)
        except ImportError as error:
            raise NotOffered(f"not installed, or not with this NumPy: {error}") from None
        return importlib.metadata.version(self.engine.package) if self.engine.package else ""

    def make(self, workload: Workload, dtype: str) -> list[Any]:
        """Prepare a workload, run it once, and return what it computed."""
        self.case = None  # the one before is let go first
        gc.collect()
        self.case = self._case(workload, dtype)
        self.calls = 0
        return [_as_numpy(x) for x in self.case.read(self.case.run())]

    def time(self, seconds: float) -> Batch:
        """Run the workload for about `seconds`."""
        assert self.case is not None  # made before
        run = self.case.run
        if not self.calls:
            self.calls = _calls_for(run, seconds) if seconds else 1
        gc.collect()
        if self.calls > 1:
            run()  # fills the caches that other engines have used meanwhile
        faults, cpu, start = _page_faults(), time.process_time(), time.perf_counter()
        for _ in range(self.calls):
            run()
        wall = time.perf_counter() - start
        busy = (time.process_time() - cpu) / wall if wall > _LONG else 1.0
        return Batch(wall / self.calls, busy, (_page_faults() - faults) / self.calls)

    def memory(self, workload: Workload, dtype: str) -> tuple[int, int]:
        """Bytes that one step takes at its peak, and bytes kept between steps.

        Parameters and inputs are not counted: they are made a second time to know how much that is.
        `tracemalloc` sees what Python and NumPy allocate.
        """
        self.case = None
        gc.collect()
        tracemalloc.start()
        try:
            given = inputs(workload, dtype)
            own = tracemalloc.get_traced_memory()[0]
            del given
            before = tracemalloc.get_traced_memory()[0]
            case = self._case(workload, dtype)
            for _ in range(3):
                case.run()
            gc.collect()
            kept = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            case.run()
            return tracemalloc.get_traced_memory()[1] - kept, kept - before - own
        finally:
            tracemalloc.stop()

    def _case(self, workload: Workload, dtype: str) -> Case:
        make = getattr(self.module, workload.kind, None)
        if make is None:
            raise NotOffered(f"has no {workload.kind}")
        case: Case = make(workload, dtype)
        return case


def _calls_for(run: Any, seconds: float) -> int:
    """How many calls take about `seconds`."""
    calls = 1
    while True:
        start = time.perf_counter()
        for _ in range(calls):
            run()
        spent = time.perf_counter() - start
        if spent >= seconds / 4:
            return max(1, round(calls * seconds / max(spent, 1e-9)))
        calls *= 4


def _page_faults() -> int:
    return 0 if resource is None else resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def _as_numpy(x: Any) -> Any:
    return np.asarray(x).copy()


def serve(requests: BinaryIO, answers: BinaryIO, name: str) -> None:
    """Answer requests until the pipe is closed."""
    worker = Worker(name)
    while True:
        try:
            method, *arguments = pickle.load(requests)
        except EOFError:
            return
        try:
            answer = "ok", getattr(worker, method)(*arguments)
        except NotOffered as reason:
            answer = "absent", str(reason)
        except Exception as error:  # whatever an engine raises: the others go on
            answer = "failed", f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        pickle.dump(answer, answers)
        answers.flush()


if __name__ == "__main__":
    pipe = sys.stdout.buffer
    sys.stdout = sys.stderr
    serve(sys.stdin.buffer, pipe, sys.argv[1])

"""The parent of the workers: starts one process per engine, has results compared, times them in turn."""

from __future__ import annotations

import os
import pickle
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .engines import ENGINES, Engine
from .workloads import Workload, largest_difference

ROOT = Path(__file__).resolve().parents[1]
_PAUSE = 0.06  # seconds: OpenBLAS's threads spin for 2**26 ticks of the clock, waiting for work


@dataclass(frozen=True)
class Setting:
    """How long to measure: `rounds` of batches that take about `seconds` for each engine."""

    rounds: int
    seconds: float
    slow_rounds: int  # for what takes long by itself


FULL = Setting(rounds=15, seconds=0.02, slow_rounds=5)
QUICK = Setting(rounds=1, seconds=0.0, slow_rounds=1)


@dataclass
class Result:
    """What was measured of one workload in one dtype with one number of threads.

    Attributes
    ----------
    samples : dict
        By engine, one number per round, in seconds or bytes.
    reasons : dict
        By engine, why there are no samples.
    faults : dict
        By engine, page faults in one call, on average.
    kept : dict
        By engine, the bytes kept between steps, where memory was measured.
    """

    workload: Workload
    dtype: str
    threads: int
    samples: dict[str, list[float]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    faults: dict[str, float] = field(default_factory=dict)
    kept: dict[str, float] = field(default_factory=dict)

    def median(self, engine: str) -> float:
        """Median over the rounds."""
        return statistics.median(self.samples[engine])

    def minimum(self, engine: str) -> float:
        """Least of the rounds."""
        return min(self.samples[engine])

    def ratio(self, engine: str) -> float:
        """Median over the rounds of the ratio to the floor in the same round: both met the same machine."""
        pairs = zip(self.samples[engine], self.samples["floor"], strict=True)
        return statistics.median(mine / floor for mine, floor in pairs)


class Failure(Exception):
    """An engine computed something else than the reference, or one of our own did not run."""


class Peer:
    """The process of one engine."""

    def __init__(self, engine: Engine, threads: int) -> None:
        self.engine = engine
        self.busy = 0.0  # largest ratio of CPU time to wall time
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"{__package__}.worker", engine.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=_environment(threads),
        )

    def ask(self, *request: Any) -> tuple[str, Any]:
        """Send a request and wait for the answer; a process that died is an answer too."""
        assert self.process.stdin is not None  # both are pipes
        assert self.process.stdout is not None
        try:
            pickle.dump(request, self.process.stdin)
            self.process.stdin.flush()
            status, value = pickle.load(self.process.stdout)
        except (EOFError, BrokenPipeError):
            return "failed", f"its process died with code {self.process.wait()}"
        return status, value

    def close(self) -> None:
        """Let the process end."""
        self.process.communicate()


def _environment(threads: int) -> dict[str, str]:
    """Variables that hold every engine to a number of threads, read when its libraries are loaded."""
    names = ("OPENBLAS", "OMP", "MKL", "BLIS", "VECLIB_MAXIMUM", "NUMEXPR")
    variables = {f"{name}_NUM_THREADS": str(threads) for name in names}
    if threads == 1:
        variables["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    return {**os.environ, **variables, "NPROC": str(threads), "PYTHONHASHSEED": "0"}


class Session:
    """All engines, each in its process, with one number of threads. Use as a context.

    Attributes
    ----------
    versions : dict
        By engine that is here, its version.
    absent : dict
        By engine that is not, the reason.
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.versions: dict[str, str] = {}
        self.absent: dict[str, str] = {}
        self.peers: dict[str, Peer] = {}

    def __enter__(self) -> Session:
        for engine in ENGINES:
            peer = Peer(engine, self.threads)
            status, value = peer.ask("load")
            if status == "ok":
                self.peers[engine.name], self.versions[engine.name] = peer, value
            else:
                self.absent[engine.name] = value
                peer.close()
        return self

    def __exit__(self, *_: object) -> None:
        for peer in self.peers.values():
            peer.close()

    def measure(self, workload: Workload, dtype: str, setting: Setting) -> Result:
        """Compare the results of all engines, then time them in turn, round by round.

        Raises
        ------
        Failure
            If an engine computes something else than the reference, or one of our own does not run.
        """
        result = Result(workload, dtype, self.threads, reasons=dict(self.absent))
        ready = list(self._agreeing(workload, dtype, result))
        if workload.unit == "MiB":
            for peer in ready:
                status, found = peer.ask("memory", workload, dtype)
                if status == "ok":
                    peak, result.kept[peer.engine.name] = found
                    result.samples[peer.engine.name] = [peak]
                else:
                    self._missing(peer, result, status, found)
            return result
        slow = workload.unit != "us"
        order = random.Random(0)
        for _ in range(setting.slow_rounds if slow else setting.rounds):
            for peer in order.sample(ready, len(ready)):  # so that nobody always follows the same neighbour
                time.sleep(_PAUSE if self.threads > 1 else 0)
                status, batch = peer.ask("time", 0.0 if slow else setting.seconds)
                if status == "ok":
                    result.samples.setdefault(peer.engine.name, []).append(batch.seconds)
                    result.faults[peer.engine.name] = batch.faults
                    peer.busy = max(peer.busy, batch.busy)
                else:
                    self._missing(peer, result, status, batch)
                    ready.remove(peer)
        return result

    def _missing(self, peer: Peer, result: Result, status: str, reason: str) -> None:
        """Note why an engine has no numbers; our own have to."""
        if status == "failed" and not peer.engine.package:
            raise Failure(f"{peer.engine.name} failed in {result.workload.name}, {result.dtype}: {reason}")
        result.samples.pop(peer.engine.name, None)
        result.reasons[peer.engine.name] = reason

    def _agreeing(self, workload: Workload, dtype: str, result: Result) -> Iterable[Peer]:
        textbook = self.peers["textbook"]
        status, reference = textbook.ask("make", workload, "float64")
        if status != "ok":
            self._missing(textbook, result, "failed", reference)
        for name, peer in self.peers.items():
            if workload.engines and name not in workload.engines:
                continue
            status, found = peer.ask("make", workload, dtype)
            if status != "ok":
                self._missing(peer, result, status, found)
            elif (far := largest_difference(workload, dtype, reference, found)) > 1:
                raise Failure(
                    f"{name} computes something else than the reference in {workload.name}, {dtype}: "
                    f"{far:.3g} times what rounding may explain"
                )
            else:
                yield peer

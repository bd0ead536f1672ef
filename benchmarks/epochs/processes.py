"""The processes of the contestants: each has its own, so that their libraries do not meet."""

from __future__ import annotations

import importlib
import multiprocessing
from multiprocessing.connection import Connection
from typing import Any

from .cases import Case


def serve(requests: Connection, name: str) -> None:
    """Train on request, in a process of its own, until there are no more requests."""
    module = importlib.import_module(f".{name}", __package__)
    while True:
        try:
            case, epochs = requests.recv()
        except EOFError:
            return
        requests.send(module.train(case, epochs))


class Process:
    """A contestant in its process."""

    def __init__(self, name: str) -> None:
        context = multiprocessing.get_context("spawn")
        self.requests, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, name))
        self.process.start()
        theirs.close()

    def train(self, case: Case, epochs: int) -> Any:
        """Train there."""
        self.requests.send((case, epochs))
        return self.requests.recv()

    def close(self) -> None:
        """Let it end."""
        self.requests.close()
        self.process.join()

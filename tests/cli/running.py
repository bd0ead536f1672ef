"""A running course, or gallery: started as a subprocess, asked over HTTP, ended by a signal."""

from __future__ import annotations

import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Queue
from urllib.parse import urlsplit

ADDRESS = r"http://\S+/lab(?:/tree/index\.ipynb)?\?token=\w+"
PATIENCE = 180  # seconds; far above what it takes, so that a loaded machine does not fail a test


def environment_for(scratch: Path) -> dict[str, str]:
    """Environment variables of a machine without a screen, whose Jupyter has never been used."""
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "JUPYTER_TOKEN", "JUPYTER_PORT", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    places = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime"}
    return kept | {name: str(scratch / place) for name, place in places.items()}


class Started:
    """A command that ends in `backprop-course start` or `explore`, on its own terminal, and what it printed.

    Parameters
    ----------
    command : list of str
        The command and its arguments.
    folder : pathlib.Path
        Where it runs.
    scratch : pathlib.Path
        Where Jupyter keeps what it would keep in the home folder.
    patience : float
        Seconds to wait for each line it prints.
    """

    def __init__(self, command: list[str], folder: Path, scratch: Path, patience: float = PATIENCE) -> None:
        # On a terminal Jupyter would ask whether it is meant to end; on a pipe it would not.
        self.terminal, stdin = pty.openpty()
        self.process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            env=environment_for(scratch),
            start_new_session=True,
        )
        os.close(stdin)
        self.output, self._patience = "", patience
        self._lines: Queue[str | None] = Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put(None)

    def _next(self) -> bool:
        """Take the next line in; False when there are no more."""
        line = self._lines.get(timeout=self._patience)
        self.output += line or ""
        return line is not None

    def address(self, pattern: str = ADDRESS) -> str:
        while not (found := re.search(pattern, self.output)):
            assert self._next(), f"it ended without an address:\n{self.output}"
        return found[0]

    def send(self, number: int) -> None:
        """Signal the whole foreground group, as a terminal does."""
        os.killpg(self.process.pid, number)

    def end(self) -> int:
        """Wait for the end and return the exit code; `output` is complete then."""
        while self._next():
            pass
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        with suppress(ProcessLookupError):
            self.send(signal.SIGKILL)
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        os.close(self.terminal)


@contextmanager
def running_course(
    folder: Path, *arguments: str, pattern: str = ADDRESS, patience: float = PATIENCE
) -> Iterator[str]:
    """Run `backprop-course start`, or what the arguments say; its address, as a browser is given it."""
    command = [sys.executable, "-m", "backprop_course.cli", *(arguments or ("start",)), "--no-browser"]
    started = Started(command, folder=folder, scratch=folder, patience=patience)
    try:
        yield started.address(pattern).replace("localhost", "127.0.0.1")
    finally:
        started.close()


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def free_port() -> int:
    with taken_port() as port:
        return port


def ask(address: str, path: str = "/lab", body: bytes | None = None) -> tuple[int, str]:
    """Ask the server for `path` with the token of its printed address."""
    parts = urlsplit(address)
    headers = {"Authorization": parts.query.replace("=", " ")}
    request = urllib.request.Request(f"{parts.scheme}://{parts.netloc}{path}", body, headers)
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        return response.status, response.read().decode()

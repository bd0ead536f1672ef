"""`backprop-course start` with a real JupyterLab: it answers, one Ctrl-C ends it, nothing is asked for."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from queue import Queue
from urllib.parse import urlsplit

import pytest
from jupyter_client import BlockingKernelClient

from backprop_course.cli.lab import can_open_browser
from backprop_course.cli.units import released_units

ADDRESS = re.compile(r"http://\S+/lab\?token=\w+")
PATIENCE = 60  # seconds; far above what it takes, so that a loaded machine does not fail the test


class Started:
    """A running `backprop-course start` on a terminal of its own, and what it has printed."""

    def __init__(self, *arguments: str, home: Path) -> None:
        hidden = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "JUPYTER_TOKEN", "JUPYTER_PORT")
        environment = {name: value for name, value in os.environ.items() if name not in hidden}
        # On a terminal Jupyter would ask whether it is meant to end; on a pipe it would not.
        self.terminal, stdin = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "backprop_course.cli", "start", *arguments],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=home,
            env=environment | {"HOME": str(home)},
            start_new_session=True,
        )
        os.close(stdin)
        self.output = ""
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
        line = self._lines.get(timeout=PATIENCE)
        self.output += line or ""
        return line is not None

    def address(self) -> str:
        while not (found := ADDRESS.search(self.output)):
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


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Started]]:
    with ExitStack() as running:

        def begin(*arguments: str) -> Started:
            started = Started(*arguments, home=tmp_path)
            running.callback(started.close)
            return started

        yield begin


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


def run_a_kernel(address: str, home: Path) -> None:
    """Start a kernel, as opening a notebook does, and wait until it is ready."""
    kernel = json.loads(ask(address, "/api/kernels", b"{}")[1])
    (connection,) = home.rglob(f"runtime/kernel-{kernel['id']}.json")
    client = BlockingKernelClient(connection_file=str(connection))
    client.load_connection_file()
    client.start_channels()
    client.wait_for_ready(timeout=PATIENCE)
    client.stop_channels()


def left_behind(home: Path) -> list[str]:
    """Connection files of servers and kernels that have not ended properly."""
    return [path.name for path in home.rglob("runtime/*.json")]


def test_the_course_opens_and_one_ctrl_c_ends_it(start: Callable[..., Started], tmp_path: Path) -> None:
    port = free_port()
    started = start("--port", str(port), "--no-browser")
    address = started.address()
    assert urlsplit(address).port == port
    assert ask(address)[0] == 200
    copied = {path.parent.name for path in (tmp_path / "course").glob("*/*.ipynb")}
    assert copied == {unit.id for unit in released_units()}
    run_a_kernel(address, tmp_path)  # a learner's kernel has to end as well
    assert len(left_behind(tmp_path)) == 2
    started.send(signal.SIGINT)
    assert started.end() == 0
    assert left_behind(tmp_path) == []
    assert "Shut down this Jupyter server" not in started.output
    assert "Traceback" not in started.output


def test_the_server_asks_nothing_of_the_network(start: Callable[..., Started]) -> None:
    address = start("--no-browser").address()
    assert json.loads(ask(address, "/lab/api/news")[1]) == {"news": []}
    assert json.loads(ask(address, "/lab/api/update")[1]) == {"notification": None}
    notices = json.loads(ask(address, "/lab/api/settings/@jupyterlab/apputils-extension:notification")[1])
    defaults = {name: setting["default"] for name, setting in notices["schema"]["properties"].items()}
    assert defaults["fetchNews"] == "false"  # by itself JupyterLab asks every learner for a decision
    assert defaults["checkForUpdates"] is False
    page = ask(address)[1]
    assert '"news": {"disabled": true}' in page
    assert '"can_install": false' in page


def test_a_port_that_is_taken_is_named(start: Callable[..., Started]) -> None:
    with taken_port() as port:
        started = start("--port", str(port), "--no-browser")
        assert started.end() == 1
    assert f"Port {port} cannot be used." in started.output
    assert "to mend:" in started.output
    assert "Traceback" not in started.output


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {"BROWSER": "firefox"}, True),
        ("darwin", {}, True),
    ],
)
def test_a_browser_is_opened_only_where_one_can_be(
    platform: str, environment: dict[str, str], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(os, "environ", environment)
    assert can_open_browser() is expected

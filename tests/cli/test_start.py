"""`backprop-course start` with a real JupyterLab: it answers, one Ctrl-C ends it, nothing is asked for."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from jupyter_client import BlockingKernelClient

from backprop_course.cli.lab import can_open_browser
from backprop_course.cli.units import released_units

from .running import PATIENCE, Started, ask, free_port, taken_port


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Started]]:
    with ExitStack() as running:

        def begin(*arguments: str) -> Started:
            command = [sys.executable, "-m", "backprop_course.cli", "start", *arguments]
            started = Started(command, folder=tmp_path, scratch=tmp_path)
            running.callback(started.close)
            return started

        yield begin


def run_a_kernel(address: str, scratch: Path) -> None:
    """Start a kernel, as opening a notebook does, and wait until it is ready."""
    kernel = json.loads(ask(address, "/api/kernels", b"{}")[1])
    (connection,) = scratch.glob(f"runtime/kernel-{kernel['id']}.json")
    client = BlockingKernelClient(connection_file=str(connection))
    client.load_connection_file()
    client.start_channels(hb=False)  # a busy machine may miss a beat
    client.wait_for_ready(timeout=PATIENCE)
    client.stop_channels()


def left_behind(scratch: Path) -> list[str]:
    """Connection files of servers and kernels that have not ended properly."""
    return [path.name for path in scratch.glob("runtime/*.json")]


def test_the_course_opens_and_one_ctrl_c_ends_it(start: Callable[..., Started], tmp_path: Path) -> None:
    port = free_port()
    started = start("--port", str(port), "--no-browser", "--verbose")
    address = started.address()
    assert urlsplit(address).port == port
    assert ask(address)[0] == 200
    assert ask(address, "/api/contents/index.ipynb")[0] == 200
    copied = {path.parent.name for path in (tmp_path / "course").glob("*/*.ipynb")}
    assert copied == {unit.id for unit in released_units()}
    run_a_kernel(address, tmp_path)  # a learner's kernel has to end as well
    assert len(left_behind(tmp_path)) == 2
    started.send(signal.SIGINT)
    assert started.end() == 0
    assert left_behind(tmp_path) == []
    assert "Shut down this Jupyter server" not in started.output
    assert "not trusted" not in started.output  # the index that it opens on was signed
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


def test_voila_and_the_status_of_what_widgets_ask_are_left_out(start: Callable[..., Started]) -> None:
    address = start("--no-browser").address()
    untracked = re.search(r'"untracked_message_types": \[(.*?)\]', ask(address)[1])
    assert untracked
    assert {'"comm_msg"', '"kernel_info_request"'} <= set(untracked[1].split(", "))
    with pytest.raises(urllib.error.HTTPError, match="404"):
        ask(address, "/voila/tree")
    disabled = re.search(r'"disabledExtensions": \[(.*?)\]', ask(address)[1])
    assert disabled
    assert '"@voila-dashboards/jupyterlab-preview"' in disabled[1]


def test_a_folder_that_is_open_already_is_not_opened_twice(start: Callable[..., Started]) -> None:
    first = start("--no-browser")
    address = first.address()
    second = start("--no-browser")
    assert second.end() == 0
    assert "is open already" in second.output
    assert address in second.output
    elsewhere = start("--no-browser", "--dir", "other")
    assert urlsplit(elsewhere.address()).port != urlsplit(address).port
    first.send(signal.SIGKILL)  # what it leaves behind must not count as running
    first.end()
    assert urlsplit(start("--no-browser").address()).port is not None


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


def test_what_takes_longest_to_load_and_is_not_needed_is_left_out() -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom backprop_course.cli.lab import address_of_running\n"
        "assert address_of_running(Path('nowhere')) is None\n"
        "assert 'jupyter_events' in sys.modules and 'lark' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=PATIENCE)

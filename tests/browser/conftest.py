"""Headless Chromium and a real JupyterLab, for the tests marked ``browser``.

Pictures of what was seen are kept in ``test-results/``, to be looked at.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from backprop_course.cli.lab import DEFAULTS

PATIENCE = 90.0  # seconds until a server that does not answer is given up; nothing is asserted about speed
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright; both are gone when the last browser test is done."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed; on Debian: apt-get install chromium")
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="Playwright is not installed; it comes with [test]"
    )
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """Open pages that note every complaint of the console and every request that leaves this machine.

    They are in ``page.complaints``; the test fails when there is one, unless it clears the list.
    """
    contexts, pages = [], []

    def open_page(**options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1100, "height": 700}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.complaints = []
        page.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("request", lambda r: page.complaints.append(f"asked for {r.url}") if _leaves(r.url) else None)
        pages.append(page)
        return page

    yield open_page
    complaints = [text for page in pages for text in page.complaints]
    for context in contexts:
        context.close()
    assert complaints == []


def _leaves(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "blob:", "data:", "about:"))


@pytest.fixture
def keep(request: pytest.FixtureRequest) -> Callable[[Any, str], None]:
    """Keep a picture of an element or a page in ``test-results/``."""
    folder = request.config.rootpath / "test-results"
    folder.mkdir(exist_ok=True)

    def screenshot(what: Any, name: str) -> None:
        what.screenshot(path=str(folder / f"{name}.png"))

    return screenshot


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its address, and the folder it shows."""

    url: str
    folder: Path

    def add_notebook(self, name: str, *sources: str) -> None:
        """Write a notebook of code cells into the folder."""
        cells = [
            {
                "cell_type": "code",
                "id": f"cell-{i}",
                "metadata": {},
                "outputs": [],
                "execution_count": None,
                "source": text,
            }
            for i, text in enumerate(sources)
        ]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
        (self.folder / name).write_text(json.dumps(notebook), encoding="utf-8")

    def use_theme(self, theme: str) -> None:
        """Choose the theme of pages opened from now on."""
        self._set("@jupyterlab/apputils-extension/themes", {"theme": theme})

    def render_all_cells(self) -> None:
        """Let pages opened from now on hold all cells of a notebook, not only those in sight."""
        self._set("@jupyterlab/notebook-extension/tracker", {"windowingMode": "none"})

    def _set(self, plugin: str, settings: dict[str, Any]) -> None:
        path = self.folder.parent / "settings" / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings), encoding="utf-8")


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab on a free port, with folders of its own and no news from outside."""
    folder = tmp_path_factory.mktemp("lab") / "work"
    folder.mkdir()
    with running_lab(folder) as lab:
        yield lab


@contextmanager
def running_lab(folder: Path) -> Iterator[Lab]:
    """Start a JupyterLab that shows a folder, with what else it needs beside that; end it afterwards."""
    scratch = folder.parent
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    lab = Lab(f"http://127.0.0.1:{port}", folder)
    lab._set("@jupyterlab/apputils-extension/notification", {"fetchNews": "false", "checkForUpdates": False})
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": lab.folder,
        "ServerApp.allow_root": True,
        "IdentityProvider.token": "",
        "LabApp.expose_app_in_browser": True,
        "JupyterNotebookApp.expose_app_in_browser": True,
        "LabApp.extension_manager": "readonly",
        "LabApp.user_settings_dir": scratch / "settings",
        "LabApp.workspaces_dir": scratch / "workspaces",
    }
    places = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime"}
    places |= {"IPYTHONDIR": "ipython", "MPLCONFIGDIR": "matplotlib"}
    places |= {"JUPYTERLAB_SETTINGS_DIR": "settings"}  # Notebook's too, which the same server serves
    environment = os.environ | {name: str(scratch / folder) for name, folder in places.items()}
    environment["JUPYTER_CONFIG_PATH"] = str(DEFAULTS)  # as `backprop-course start` opens it
    log = scratch / "jupyterlab.log"
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", *(f"--{k}={v}" for k, v in options.items())],
            env=environment,
            cwd=lab.folder,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(f"{lab.url}/api/status", process, log)
        yield lab
    finally:
        process.send_signal(signal.SIGTERM)  # the server ends its kernels itself
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start. Its last words:\n{log.read_text(encoding='utf-8')[-2000:]}")

"""`backprop-course explore`: pages that are written, and a gallery that answers until one Ctrl-C."""

from __future__ import annotations

import builtins
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from backprop_course.cli import main
from backprop_course.widgets.gallery import gallery

from .running import Started, ask, free_port, taken_port

SHOWN = "application/vnd.jupyter.widget-view+json"
ADDRESS = r"http://\S+/\?token=\w+"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["backprop-course", "explore", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_an_export_is_written_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "pages"
    assert run(monkeypatch, "--export", str(folder)) == 0
    assert capsys.readouterr().out == (
        f"Writing the gallery into {folder} ...\n"
        f"{len(gallery())} pages and {folder / 'index.html'}: open it in a browser\n"
    )
    assert {path.name for path in folder.iterdir()} == {
        "index.html",
        *(f"{entry.slug}.html" for entry in gallery()),
    }


def test_a_file_in_the_way_is_wrong_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "index.html").write_text("mine")
    assert run(monkeypatch, "--export", str(tmp_path)) == 2
    assert "index.html is in the way." in capsys.readouterr().err
    assert (tmp_path / "index.html").read_text() == "mine"


def test_where_voila_is_missing_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    imported = builtins.__import__

    def without_voila(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] == "voila":
            raise ModuleNotFoundError(f"No module named {name!r}", name="voila")
        return imported(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without_voila)
    assert run(monkeypatch, "--no-browser") == 1
    told = capsys.readouterr().err
    assert "The package voila is needed for this and not installed." in told
    assert "[course]" in told


@pytest.fixture
def explore(tmp_path: Path) -> Iterator[Callable[..., Started]]:
    with ExitStack() as running:

        def begin(*arguments: str) -> Started:
            command = [sys.executable, "-m", "backprop_course.cli", "explore", "--no-browser", *arguments]
            started = Started(command, folder=tmp_path, scratch=tmp_path)
            running.callback(started.close)
            return started

        yield begin


def test_the_gallery_opens_to_who_has_the_token_and_one_ctrl_c_ends_it(
    explore: Callable[..., Started], tmp_path: Path
) -> None:
    port = free_port()
    started = explore("--port", str(port))
    address = started.address(ADDRESS)
    assert urlsplit(address).port == port
    status, page = ask(address, "/")
    assert status == 200
    for entry in gallery():
        assert f'href="voila/render/{entry.slug}.ipynb"' in page
    without_token = ask(address.replace("token=", "token=not"), "/voila/render/graph-stepper.ipynb")[1]
    assert SHOWN not in without_token
    assert SHOWN in ask(address, "/voila/render/graph-stepper.ipynb")[1]  # a kernel runs from here on
    started.send(signal.SIGINT)
    assert started.end() == 0
    assert "Traceback" not in started.output


def test_a_port_that_is_taken_is_named(explore: Callable[..., Started]) -> None:
    with taken_port() as port:
        started = explore("--port", str(port))
        assert started.end() == 1
    assert f"Port {port} cannot be used." in started.output

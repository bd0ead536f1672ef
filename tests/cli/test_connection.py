"""What a kernel says reaches the page at once, from the servers of `start` and `explore` alike."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketHandler, websocket_connect
from traitlets import Any as Any_
from traitlets.config import Config

from backprop_course.cli.connection import Prompt
from backprop_course.cli.explore import _settings
from backprop_course.cli.lab import DEFAULTS

_WHICH = """
from jupyterlab.labapp import LabApp
server = LabApp.initialize_server(argv=["--ServerApp.open_browser=False", "--ServerApp.allow_root=True"])
print("class:", server.kernel_websocket_connection_class.__name__)
"""


def test_nothing_waits_until_what_was_sent_before_is_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    held_back: list[int] = []

    def connect(connection: Any) -> None:  # Jupyter's own, which needs a kernel
        stream = connection.websocket_handler.ws_connection.stream
        held_back.append(stream.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    monkeypatch.setattr(ZMQChannelsWebsocketConnection, "connect", connect)

    class Handler(WebSocketHandler):
        def open(self, *_: str, **__: str) -> None:
            for kind in (ZMQChannelsWebsocketConnection, Prompt):
                with_any = type("WithAny", (kind,), {"websocket_handler": Any_()})  # no kernel is behind it
                with_any(websocket_handler=self).connect()
            self.close()

    async def opened() -> None:
        sockets = bind_sockets(0, "127.0.0.1")
        server = HTTPServer(Application([("/", Handler)]))
        server.add_sockets(sockets)
        client = await websocket_connect(f"ws://127.0.0.1:{sockets[0].getsockname()[1]}/")
        assert await client.read_message() is None
        server.stop()

    asyncio.run(opened())
    assert held_back[0] == 0, "Jupyter does this by itself now: connection.py has become dead"
    assert held_back[1] == 1


def test_the_server_of_start_uses_it(tmp_path: Path) -> None:
    environment = os.environ | {"JUPYTER_CONFIG_PATH": str(DEFAULTS), "JUPYTER_CONFIG_DIR": str(tmp_path)}
    said = subprocess.run(
        [sys.executable, "-c", _WHICH], capture_output=True, text=True, env=environment, cwd=tmp_path
    )
    assert "class: Prompt\n" in said.stdout, said.stderr


def test_the_server_of_explore_uses_it(tmp_path: Path) -> None:
    voila = pytest.importorskip("voila.app", reason="Voilà is not installed; it comes with [explore]")
    server = voila.Voila(config=Config(_settings(str(tmp_path), "token", None, verbose=False)))
    assert server.kernel_websocket_connection_class is Prompt

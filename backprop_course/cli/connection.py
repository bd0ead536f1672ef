"""The connection between a page and its kernel: what a widget asks for is answered at once."""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class Prompt(ZMQChannelsWebsocketConnection):
    """Jupyter's own connection, whose messages are sent as soon as they are made.

    TCP by default keeps a small message back until the one before is acknowledged (Nagle's algorithm, RFC
    896), and the browser's system waits 40 ms with that, in the hope of data to send along (RFC 1122,
    4.2.3.2). A kernel says "busy" before it answers, so every answer to a widget came 40 ms late.
    """

    def connect(self) -> Any:
        """Open the connection."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()

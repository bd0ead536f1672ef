"""Frames between the grader and the process that runs a submission: a prefix, a JSON header, raw bytes.

Lengths are checked before anything is read or built, and memory grows with what arrives, not with what was
announced. Loaded in both processes; imports NumPy and the standard library only. Next: `values.py`.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from .values import MAX_BODY, BadFrame, TooLarge, pack, unpack

Header: TypeAlias = dict[str, Any]

MAX_HEADER = 1 << 20  # bytes

_PREFIX = struct.Struct("!4sIQ")
_MAGIC = b"NBG1"


class Closed(ConnectionError):
    """The other side closed its end."""


def encode(header: Header, value: object = None) -> bytes:
    """Return the frame of `header` and `value`.

    Parameters
    ----------
    header : dict
        Plain JSON types; ``"value"`` is taken.
    value : tree of arrays, numbers, strings and None in lists, tuples and dicts
        Anything else in it is sent as the name of its type.

    Raises
    ------
    TooLarge
        If the value may not be sent.
    """
    tree, chunks = pack(value)
    text = json.dumps({**header, "value": tree}).encode()
    if len(text) > MAX_HEADER:
        raise TooLarge("too many parts")
    return b"".join([_PREFIX.pack(_MAGIC, len(text), sum(map(len, chunks))), text, *chunks])


def decode(
    header: bytes, body: bytes | bytearray, opaque: Callable[[str], object] = str
) -> tuple[Header, Any]:
    """Return the header and the value of a frame whose two parts arrived.

    Parameters
    ----------
    header, body : bytes
    opaque : callable
        Makes the stand-in for a value that could not be sent, from the name of its type.

    Raises
    ------
    BadFrame
        If they are not what `encode` would have written. No other error comes out, whatever the bytes are.
    """
    try:
        fields = json.loads(header.decode())
    except (ValueError, RecursionError) as error:
        raise BadFrame("a header that is not JSON") from error
    if not isinstance(fields, dict):
        raise BadFrame("a header that is not an object")
    return fields, unpack(fields.pop("value", None), body, opaque)


def receive(
    connection: socket.socket,
    seconds: float | None = None,
    opaque: Callable[[str], object] = str,
    more: Callable[[], float] | None = None,
) -> tuple[Header, Any]:
    """Read one frame.

    Parameters
    ----------
    connection : socket
    seconds : float, optional
        For the whole frame, however slowly it trickles in; None waits for ever.
    opaque : callable
        As for `decode`.
    more : callable, optional
        Asked when the time is up: how many seconds there are still, 0 or less for none.

    Raises
    ------
    TimeoutError, Closed, BadFrame
    """
    clock = _Clock(seconds, more)
    magic, header_size, body_size = _PREFIX.unpack(_exactly(connection, _PREFIX.size, clock))
    if magic != _MAGIC or header_size > MAX_HEADER or body_size > MAX_BODY:
        raise BadFrame("not a frame, or larger than allowed")
    header = _exactly(connection, header_size, clock)
    return decode(bytes(header), _exactly(connection, body_size, clock), opaque)


class _Clock:
    """How long there is still to wait."""

    def __init__(self, seconds: float | None, more: Callable[[], float] | None) -> None:
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._more = more

    def left(self) -> float | None:
        """Return the seconds to wait for; None for ever. `TimeoutError` when there are none."""
        if self._deadline is None:
            return None
        left = self._deadline - time.monotonic()
        if left <= 0.0 and self._more is not None and (granted := self._more()) > 0.0:
            left = granted
            self._deadline = time.monotonic() + granted
        if left <= 0.0:
            raise TimeoutError
        return left


def _exactly(connection: socket.socket, size: int, clock: _Clock) -> bytearray:
    """Read `size` bytes; memory grows with what arrives, not with what was announced."""
    arrived = bytearray()
    for most in _portions(size):
        while most:
            connection.settimeout(clock.left())
            try:
                chunk = connection.recv(most)
            except TimeoutError:
                continue  # the clock says whether there is more
            except ConnectionError as error:
                raise Closed("the connection was reset") from error
            if not chunk:
                raise Closed("the connection was closed")
            arrived += chunk
            most -= len(chunk)
    return arrived


def _portions(size: int, portion: int = 1 << 20) -> Iterator[int]:
    yield from [portion] * (size // portion)
    yield size % portion

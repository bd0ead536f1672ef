"""Frames between the grader and the process that runs a submission: a prefix, a JSON header, raw bytes.

Lengths are checked before anything is read or built, and memory grows with what arrives, not with what was
announced. Loaded in both processes; imports NumPy and the standard library only. Next: `values.py`.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from .values import MAX_BODY, BadFrame, TooLarge, pack, unpack

Header: TypeAlias = dict[str, Any]

MAX_HEADER = 1 << 20  # bytes

_PREFIX = struct.Struct("!4sIQ")
_MAGIC = b"NBG1"
_AT_LEAST, _AT_MOST = 1 << 16, 1 << 20  # bytes that are asked for at once

_ENCODER = json.JSONEncoder(
    check_circular=False, separators=(",", ":")
)  # no value is deeper than `pack` allows


class Closed(ConnectionError):
    """The other side closed its end."""


@dataclass(frozen=True)
class Packed:
    """A value as a frame holds it: its tree as JSON, and its arrays' bytes."""

    tree: str
    body: bytes


def packed(value: object) -> Packed:
    """Return a value as a frame holds it; `TooLarge` if it may not be sent."""
    tree, chunks = pack(value)
    return Packed(_ENCODER.encode(tree), b"".join(chunks))


def encode(header: Header, value: object = None) -> bytes:
    """Return the frame of `header` and `value`.

    Parameters
    ----------
    header : dict
        Plain JSON types; ``"value"`` is taken.
    value : tree of arrays, numbers, strings and None in lists, tuples and dicts, or Packed
        Anything else in it is sent as the name of its type.

    Raises
    ------
    TooLarge
        If the value may not be sent.
    """
    if isinstance(value, Packed):
        fields, body = _ENCODER.encode(header)[:-1] + ("," if header else ""), value.body
        text = f'{fields}"value":{value.tree}}}'.encode()
    else:
        tree, chunks = pack(value)
        body, text = b"".join(chunks), _ENCODER.encode({**header, "value": tree}).encode()
    if len(text) > MAX_HEADER:
        raise TooLarge("too many parts")
    return b"".join([_PREFIX.pack(_MAGIC, len(text), len(body)), text, body])


def decode(header: bytes, body: bytes, opaque: Callable[[str], object] = str) -> tuple[Header, Any]:
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


class Frames:
    """The frames that arrive over a connection.

    What arrives with a frame and is not part of it is kept for the next one.

    Parameters
    ----------
    connection : socket
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._arrived = bytearray()

    def receive(
        self,
        seconds: float | None = None,
        opaque: Callable[[str], object] = str,
        more: Callable[[], float] | None = None,
    ) -> tuple[Header, Any]:
        """Read one frame.

        Parameters
        ----------
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
        return decode(*self.parts(seconds, more), opaque)

    def parts(
        self, seconds: float | None = None, more: Callable[[], float] | None = None
    ) -> tuple[bytes, bytes]:
        """Read one frame and return its header and its body as they came; as `receive` otherwise."""
        arrived, begin, clock = self._arrived, _PREFIX.size, _Clock(seconds, more)
        if len(arrived) < begin:
            self._wait_for(begin, clock)
        magic, header_size, body_size = _PREFIX.unpack_from(arrived)
        if magic != _MAGIC or header_size > MAX_HEADER or body_size > MAX_BODY:
            raise BadFrame("not a frame, or larger than allowed")
        middle = begin + header_size
        end = middle + body_size
        if len(arrived) < end:
            self._wait_for(end, clock)
        with memoryview(arrived) as frame:
            parts = bytes(frame[begin:middle]), bytes(frame[middle:end])
        del arrived[:end]
        return parts

    def _wait_for(self, size: int, clock: _Clock) -> None:
        """Wait until `size` bytes have arrived; memory grows with them, not with what was announced."""
        arrived = self._arrived
        while len(arrived) < size:
            wait = clock.left()
            if self._connection.gettimeout() != wait:
                self._connection.settimeout(wait)
            try:
                chunk = self._connection.recv(min(max(size - len(arrived), _AT_LEAST), _AT_MOST))
            except TimeoutError:
                continue  # the clock says whether there is more
            except ConnectionError as error:
                raise Closed("the connection was reset") from error
            if not chunk:
                raise Closed("the connection was closed")
            arrived += chunk


class _Clock:
    """How long there is still to wait."""

    def __init__(self, seconds: float | None, more: Callable[[], float] | None) -> None:
        self._seconds, self._more = seconds, more
        self._deadline: float | None = None

    def left(self) -> float | None:
        """Return the seconds to wait for; None for ever. `TimeoutError` when there are none."""
        if self._seconds is None:
            return None
        if self._deadline is None:  # asked for the first time: all of it, to a digit
            self._deadline = time.monotonic() + self._seconds
            return self._seconds
        left = self._deadline - time.monotonic()
        if left <= 0.0 and self._more is not None and (granted := self._more()) > 0.0:
            left = granted
            self._deadline = time.monotonic() + granted
        if left <= 0.0:
            raise TimeoutError
        return left

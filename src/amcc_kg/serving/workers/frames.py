"""How messages travel between the server and its workers: two lengths, a head of JSON, a body of bytes.

Knows sockets that block; the server's own side reads with `Frames`, which takes whatever has arrived.
"""

from __future__ import annotations

import json
import struct
from contextlib import suppress
from socket import socket
from typing import Any

_LENGTHS = struct.Struct(">II")


def pack(head: dict[str, Any], body: bytes = b"") -> bytes:
    """Return a message as bytes."""
    encoded = json.dumps(head).encode()
    return b"".join((_LENGTHS.pack(len(encoded), len(body)), encoded, body))


def read(connection: socket) -> tuple[dict[str, Any], bytes] | None:
    """Wait for a message and return it, None if the other end has gone; one at a time."""
    frames = Frames()
    with suppress(ConnectionError):
        while piece := connection.recv(1 << 20):
            if message := frames.feed(piece):
                return message
    return None


class Frames:
    """Puts messages together from pieces."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._wanted = _LENGTHS.size

    def feed(self, piece: bytes) -> tuple[dict[str, Any], bytes] | None:
        """Take a piece and return the message that it completes, None if it does not; one at a time."""
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size < self._wanted:
            return None
        whole = piece if len(self._pieces) == 1 else b"".join(self._pieces)
        head_length, body_length = _LENGTHS.unpack_from(whole)
        self._wanted = _LENGTHS.size + head_length + body_length
        self._pieces = [whole]
        if self._size < self._wanted:
            return None
        body_at = _LENGTHS.size + head_length
        message = json.loads(whole[_LENGTHS.size : body_at]), whole[body_at:]
        self._pieces, self._size, self._wanted = [], 0, _LENGTHS.size
        return message

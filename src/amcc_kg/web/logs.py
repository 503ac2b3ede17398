"""The log: one line of JSON for each request and each event, to standard error.

Lines are gathered and written a few times a second. Nothing a client sends stands in them unbounded.
"""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from amcc_kg.web.messages import Request

_MOST = 400
_PERIOD = 0.2
_FULL = 256 << 10


class Log:
    """Where lines go."""

    def __init__(self, *, quiet: bool = False) -> None:
        """Write events, and unless `quiet` requests too."""
        self.quiet = quiet
        self._lines: list[bytes] = []
        self._size = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    def gather(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on write a few times a second instead of at once."""
        self._loop = loop
        self._tick()

    def event(self, what: str, detail: str = "") -> None:
        """Write that something happened."""
        self._put(_line({"time": _now(), "event": what, "detail": detail[:_MOST]}))

    def request(self, fragment: bytes, client: str, seconds: float) -> None:
        """Write that a request was answered; `fragment` is what `describe` returned for it."""
        if not self.quiet:
            head = f'{{"time": "{_now()}", "client": "{client}", "ms": {seconds * 1000:.2f}, '
            self._put(head.encode() + fragment)

    def flush(self) -> None:
        """Write what has been gathered."""
        lines, self._lines, self._size = self._lines, [], 0
        if lines:
            # A log that nobody reads any more must not stop the server.
            with suppress(OSError):
                os.write(sys.stderr.fileno(), b"".join(lines))

    def _put(self, line: bytes) -> None:
        self._lines.append(line)
        self._size += len(line)
        if self._loop is None or self._size > _FULL:
            self.flush()

    def _tick(self) -> None:
        self.flush()
        assert self._loop is not None
        self._loop.call_later(_PERIOD, self._tick)


def describe(request: Request, method: str, status: int, size: int, source: str) -> bytes:
    """Return what the log says of a request apart from when, from whom, and how long; ends the line."""
    entry: dict[str, object] = {"method": method, "path": request.path[:_MOST], "status": status}
    entry |= {"bytes": size, "from": source}
    sent = request.query or request.body[:_MOST].decode(errors="replace")
    if sent:
        entry["query"] = sent[:_MOST]
    return _line(entry)[1:]


def _line(entry: dict[str, object]) -> bytes:
    return json.dumps(entry).encode() + b"\n"


def _now() -> str:
    seconds = time.time()
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{int(seconds % 1 * 1000):03d}Z"

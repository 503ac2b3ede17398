"""One client connection: HTTP/1.1 from bytes to requests and from answers to bytes, RFC 9112.

A request that came before, byte for byte, is answered from memory without being parsed. Everything else is
parsed by httptools and handed to the dispatcher, one request after another. A client that is slow, idle or
sends too much loses the connection. Knows framing and time; nothing of what is asked.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Final, cast

import httptools

if TYPE_CHECKING:
    from amcc_kg.web.cache import Cache
    from amcc_kg.web.config import Limits
    from amcc_kg.web.dispatching import Dispatcher
    from amcc_kg.web.responding import Output

_RAW_MOST: Final = 8 << 10
_JOINED_MOST: Final = 64 << 10
_LINGER: Final = 2.0
_IDLE, _HEAD, _BODY, _WORKING, _WRITING, _LINGERING = range(6)


class RefusedError(Exception):
    """A request that is not even read to its end; its arguments are the status and the reason."""


@dataclass(slots=True)
class Received:
    """A request as it came; `raw` is all its bytes if they came in one piece with nothing else."""

    target: bytes = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    method: bytes = b""
    version: str = "1.1"
    body: bytes = b""
    keep_alive: bool = True
    raw: bytes | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """What a request that is known byte for byte is answered with: all but the date, and what is logged.

    `client` is the client that the request itself names, empty if it names none.
    """

    first: bytes
    rest: bytes
    fragment: bytes
    client: str
    status: int


class Connection(asyncio.Protocol):
    """The server's end of a connection."""

    __slots__ = (
        "_chunks", "_current", "_dispatcher", "_eof", "_head", "_known", "_limits", "_parser", "_paused",
        "_pending", "_received", "_size", "_state", "_transport", "_unsent", "deadline", "peer", "trusted",
    )  # fmt: skip

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._limits: Limits = dispatcher.limits
        self._transport: asyncio.Transport
        self._parser = httptools.HttpRequestParser(self)
        self._pending: list[Received] = []
        self._received = Received()
        self._chunks: list[bytes] = []
        self._head = self._size = self._unsent = 0
        self._state = _IDLE
        self._paused = self._eof = False
        self._known: Cache[bytes, Hit]
        self.deadline = 0.0
        self.peer = ""
        self.trusted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet a client, or send it away if there are too many."""
        # uvloop's transports are transports without being derived from asyncio's class.
        self._transport = cast("asyncio.Transport", transport)
        name = self._transport.get_extra_info("peername")
        self.peer = str(name[0]) if isinstance(name, tuple) and name else ""
        dispatcher = self._dispatcher
        self.trusted = dispatcher.trusts(self.peer)
        self._known = dispatcher.known[self.trusted]
        self.deadline = dispatcher.now() + self._limits.head_time
        dispatcher.connections.add(self)
        if len(dispatcher.connections) > self._limits.connections:
            self._refuse(503, "too many connections")

    def connection_lost(self, error: Exception | None) -> None:
        """Forget the client."""
        self._dispatcher.connections.discard(self)
        self._dispatcher.unsent -= self._unsent
        self._unsent = 0
        self._pending.clear()
        self._eof = True

    def data_received(self, data: bytes) -> None:
        """Answer what is known; parse what is not."""
        whole = self._state == _IDLE and not self._pending
        if whole:
            hit = self._known.get(data)
            if hit is not None:
                dispatcher = self._dispatcher
                self._transport.write(hit.first + dispatcher.date + hit.rest)
                self.deadline = dispatcher.now() + self._limits.idle_time
                dispatcher.reused(hit, self.peer)
                return
        elif self._state == _LINGERING:
            return
        try:
            self._parse(data)
        except RefusedError as refused:
            self._refuse(*refused.args)
            return
        if whole and len(self._pending) == 1 and self._state == _IDLE and len(data) <= _RAW_MOST:
            self._pending[0].raw = data
        self._next()

    def eof_received(self) -> bool:
        """The client sends no more; it may still be waiting for answers."""
        self._eof = True
        return self._state in (_WORKING, _WRITING)

    def pause_writing(self) -> None:
        """The client takes an answer more slowly than it is made."""
        self._paused = True

    def resume_writing(self) -> None:
        """The client has caught up."""
        self._paused = False
        if self._state == _WRITING:
            self._written()

    def expire(self) -> None:
        """Do what the deadline demands, which has passed."""
        if self._state in (_HEAD, _BODY):
            self._refuse(408, "the request was not sent in time")
        elif self._state == _WRITING:
            self._transport.abort()
        elif self._state != _WORKING:
            self._transport.close()

    def drain(self) -> None:
        """Close if no request is under way; otherwise the last answer closes."""
        if self._state == _IDLE and not self._pending:
            self._transport.close()

    # What httptools calls.

    def on_message_begin(self) -> None:
        """Begin a request."""
        if len(self._pending) >= self._limits.pipelined:
            raise RefusedError(429, "too many requests sent ahead")
        self._received = Received()
        self._chunks = []
        self._head = self._size = 0

    def on_url(self, part: bytes) -> None:
        """Take a piece of the request target."""
        self._received.target += part
        if len(self._received.target) > self._limits.url:
            raise RefusedError(414, f"the URL is longer than {self._limits.url} bytes; post the query")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._head += len(name) + len(value) + 4
        if self._head > self._limits.head:
            raise RefusedError(431, f"the headers are longer than {self._limits.head} bytes")
        self._received.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Look at what decides how the body is read."""
        received = self._received
        received.method = self._parser.get_method()
        received.version = self._parser.get_http_version()
        expected = self._dispatcher.check(received)
        if self._state in (_IDLE, _HEAD):
            self._state = _BODY
            self.deadline = self._dispatcher.now() + self._limits.body_time
            if expected:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, part: bytes) -> None:
        """Take a piece of the body."""
        self._size += len(part)
        if self._size > self._limits.body:
            raise RefusedError(413, f"the body is longer than {self._limits.body} bytes")
        self._chunks.append(part)

    def on_message_complete(self) -> None:
        """A request is whole."""
        received = self._received
        received.body = b"".join(self._chunks)
        received.keep_alive = self._parser.should_keep_alive()
        self._pending.append(received)
        self._head = 0
        if self._state == _BODY:
            self._state = _IDLE

    def _parse(self, data: bytes) -> None:
        """Feed the parser; raises `RefusedError` for what is no request or too large a one."""
        if self._state == _IDLE and not self._pending:
            self._state = _HEAD
            self._head = 0
            self.deadline = self._dispatcher.now() + self._limits.head_time
        before = self._size
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Another protocol was proposed, RFC 9110 section 7.8: it is declined by answering in this one.
            for received in self._pending[-1:]:
                received.keep_alive = False
        except httptools.HttpParserCallbackError as error:
            cause = error.__context__ or error.__cause__
            raise (
                cause if isinstance(cause, RefusedError) else RefusedError(400, "not an HTTP request")
            ) from error
        except httptools.HttpParserError as error:
            raise RefusedError(400, "not an HTTP request") from error
        if self._state == _HEAD and before == self._size:
            # Counted also here, because a header that never ends is not reported.
            self._head += len(data)
            if self._head > self._limits.head + self._limits.url:
                raise RefusedError(431, f"the headers are longer than {self._limits.head} bytes")

    def _next(self) -> None:
        """Start on the next request unless one is under way."""
        if self._state in (_WORKING, _WRITING, _LINGERING):
            if len(self._pending) > 1:
                self._transport.pause_reading()
            return
        if self._pending and self._state in (_IDLE, _HEAD, _BODY):
            received = self._pending.pop(0)
            self._state = _WORKING
            self.deadline = 0.0
            self._dispatcher.work(self._work(received))

    async def _work(self, received: Received) -> None:
        started = perf_counter()
        output, close = await self._dispatcher.answer(self, received, started)
        if not self._transport.is_closing():
            self.send(output, close=close)

    def send(self, output: Output, *, close: bool) -> None:
        """Write an answer; the next request has its turn when the client has taken it."""
        dispatcher, body = self._dispatcher, output.body
        head = output.first + dispatcher.date + output.rest
        if len(body) <= _JOINED_MOST:
            self._transport.write(head + body)
        else:
            self._transport.writelines((head, body))
        self._received.keep_alive = not close
        self._state = _WRITING
        if self._paused:
            self._unsent = len(body)
            dispatcher.unsent += len(body)
            self.deadline = dispatcher.now() + self._limits.write_time + len(body) / self._limits.write_rate
        else:
            self._written()

    def _written(self) -> None:
        self._dispatcher.unsent -= self._unsent
        self._unsent = 0
        if not self._received.keep_alive or (self._eof and not self._pending):
            self._linger()
            return
        self._state = _IDLE
        self.deadline = self._dispatcher.now() + self._limits.idle_time
        self._transport.resume_reading()
        self._next()

    def _refuse(self, status: int, reason: str) -> None:
        """Answer a request that is not read to its end, and close."""
        if self._state in (_WORKING, _WRITING):
            # Earlier answers come first: nothing more is read, and the connection ends with them.
            self._transport.pause_reading()
            self._pending.clear()
            self._eof = True
            return
        output = self._dispatcher.refusal(self, status, reason)
        self._transport.write(output.first + self._dispatcher.date + output.rest + output.body)
        self._linger()

    def _linger(self) -> None:
        """Close once the client has had time to read; closing on unread bytes could destroy the answer."""
        self._state = _LINGERING
        self.deadline = self._dispatcher.now() + _LINGER
        if self._eof:
            self._transport.close()
        elif self._transport.can_write_eof():
            self._transport.write_eof()

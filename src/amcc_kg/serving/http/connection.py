"""One client connection: when it is read, worked for, written to and closed, RFC 9112 section 9.

A request that came before, byte for byte, is answered from memory without being parsed. Everything else is
parsed and handed to the dispatcher, one request after another. A client that is slow, idle or sends too much
loses the connection. Knows turns and time; nothing of what is asked.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Final, cast

from amcc_kg.serving.http.request_parser import Parser, RefusedError

if TYPE_CHECKING:
    from amcc_kg.serving.config import Limits
    from amcc_kg.serving.http.cache import Cache
    from amcc_kg.serving.http.dispatch import Dispatcher
    from amcc_kg.serving.http.request_parser import Received
    from amcc_kg.serving.http.responses import Output

_RAW_MOST: Final = 8 << 10
_JOINED_MOST: Final = 64 << 10
_LINGER: Final = 2.0
_IDLE, _HEAD, _BODY, _WORKING, _WRITING, _LINGERING = range(6)


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
        "_at_work", "_closes", "_dispatcher", "_eof", "_held", "_known", "_limits", "_parser", "_paused",
        "_refused", "_state", "_transport", "_unsent", "deadline", "peer", "site", "trusted",
    )  # fmt: skip

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._limits: Limits = dispatcher.limits
        self._transport: asyncio.Transport
        self._parser = Parser(self._limits, dispatcher.check, self._hold)
        self._refused: RefusedError | None = None
        self._at_work = self._held = self._unsent = 0
        self._state = _IDLE
        self._closes = self._eof = self._paused = False
        self._known: Cache[bytes, Hit]
        self.deadline = 0.0
        self.peer = self.site = ""
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
        try:
            dispatcher.arrive(self)
        except RefusedError as refused:
            if dispatcher.is_flooded(self):
                self._transport.abort()
            else:
                self._refuse(refused)

    def connection_lost(self, error: Exception | None) -> None:
        """Forget the client."""
        self._dispatcher.leave(self)
        self._dispatcher.unsent -= self._unsent
        self._unsent = 0
        self._parser.forget()
        # What is being worked on is still in memory.
        self._release(self._held - self._at_work)
        self._eof = True

    def data_received(self, data: bytes) -> None:
        """Answer what is known; parse what is not."""
        parser = self._parser
        # Only between two requests: in the middle of one, the same bytes mean something else.
        fresh = self._state == _IDLE and not parser.is_midway
        if fresh:
            hit = self._known.get(data)
            if hit is not None:
                dispatcher = self._dispatcher
                if not dispatcher.unsent or dispatcher.may_send(len(hit.rest)):
                    self._transport.write(hit.first + dispatcher.date + hit.rest)
                    dispatcher.reused(hit, self.peer)
                    if self._paused:
                        self._wait()
                    else:
                        self.deadline = dispatcher.now() + self._limits.idle_time
                    return
        elif self._state == _LINGERING or self._refused is not None:
            return
        try:
            parser.feed(data)
        except RefusedError as refused:
            self._refuse(refused)
        else:
            if fresh and len(parser.whole) == 1 and not parser.is_midway and len(data) <= _RAW_MOST:
                parser.whole[0].raw = data
        self._next()

    def eof_received(self) -> bool:
        """The client sends no more; it may still be waiting for answers."""
        self._eof = True
        return self._state in (_WORKING, _WRITING)

    def pause_writing(self) -> None:
        """The client takes an answer more slowly than it is made."""
        self._paused = True
        if self._state == _IDLE:
            self._wait()

    def resume_writing(self) -> None:
        """The client has caught up."""
        self._paused = False
        if self._state == _WRITING:
            self._written()

    def expire(self) -> None:
        """Do what the deadline demands, which has passed."""
        if self._state in (_HEAD, _BODY):
            self._refuse(RefusedError(408, "the request was not sent in time"))
        elif self._state == _WRITING or self._transport.is_closing():
            self._transport.abort()
        elif self._state != _WORKING:
            self.deadline = self._dispatcher.now() + self._limits.write_time
            self._transport.close()

    def drain(self) -> None:
        """Close if no request is under way; otherwise the last answer closes."""
        if self._state == _IDLE:
            self._transport.close()

    def send(self, output: Output, *, close: bool) -> None:
        """Write an answer; the next request has its turn when the client has taken it."""
        body = output.body
        head = output.first + self._dispatcher.date + output.rest
        if len(body) <= _JOINED_MOST:
            self._transport.write(head + body)
        else:
            self._transport.writelines((head, body))
        self._closes = close
        if self._paused:
            self._wait()
        else:
            self._written()

    def _next(self) -> None:
        """Start on the next request unless one is under way."""
        waiting = self._parser.whole
        if self._state in (_WORKING, _WRITING, _LINGERING):
            if len(waiting) > 1 or (self._refused is not None and self._state != _LINGERING):
                self._transport.pause_reading()
        elif waiting:
            received = waiting.pop(0)
            self._state = _WORKING
            self.deadline = 0.0
            self._at_work = len(received.body)
            self._dispatcher.work(self._work(received))
        else:
            self._await_rest()

    def _await_rest(self) -> None:
        """Give a request that has begun the time that its part may take."""
        state = _HEAD if self._parser.is_midway else _IDLE
        time = self._limits.head_time
        if self._parser.is_in_body:
            state, time = _BODY, self._limits.body_time
        if state not in (_IDLE, self._state):
            self._state = state
            self.deadline = self._dispatcher.now() + time
        if self._parser.is_expecting:
            self._parser.is_expecting = False
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    async def _work(self, received: Received) -> None:
        started = perf_counter()
        try:
            output, close = await self._dispatcher.answer(self, received, started)
        finally:
            self._release(self._at_work)
            self._at_work = 0
        if not self._transport.is_closing():
            self.send(output, close=close)

    def _wait(self) -> None:
        """Read no further answer into being until the client has taken this one; its time is limited."""
        dispatcher, size = self._dispatcher, self._transport.get_write_buffer_size()
        self._state = _WRITING
        self._unsent = size
        dispatcher.unsent += size
        self.deadline = dispatcher.now() + self._limits.write_time + size / self._limits.write_rate

    def _written(self) -> None:
        self._dispatcher.unsent -= self._unsent
        self._unsent = 0
        waiting = self._parser.whole
        if self._closes:
            self._linger()
        elif self._refused is not None and not waiting:
            self._state = _IDLE
            self._refuse(self._refused)
        elif self._eof and not waiting:
            self._linger()
        else:
            self._state = _IDLE
            self.deadline = self._dispatcher.now() + self._limits.idle_time
            if self._refused is None:
                self._transport.resume_reading()
            self._next()

    def _refuse(self, refused: RefusedError) -> None:
        """Answer a request that is not read to its end, and close."""
        self._refused = refused
        if self._state in (_WORKING, _WRITING) or self._parser.whole:
            # Earlier answers come first.
            return
        output = self._dispatcher.refusal(self, *refused.args)
        self._transport.write(output.first + self._dispatcher.date + output.rest + output.body)
        self._linger()

    def _linger(self) -> None:
        """Close once the client has had time to read; closing on unread bytes could destroy the answer."""
        self._state = _LINGERING
        self._parser.forget()
        self._release(self._held)
        self.deadline = self._dispatcher.now() + _LINGER
        if self._eof:
            self._transport.close()
            return
        self._transport.resume_reading()
        if self._transport.can_write_eof():
            self._transport.write_eof()

    def _hold(self, size: int) -> None:
        """Count bytes of a body that stay in memory; raises `RefusedError` if they are too many."""
        self._dispatcher.shares.hold(self.site, size)
        self._held += size

    def _release(self, size: int) -> None:
        self._dispatcher.shares.release(self.site, size)
        self._held -= size

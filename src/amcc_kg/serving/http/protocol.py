"""HTTP/1.1 as it arrives on a connection: what uvicorn's protocol lacks of turns, time and limits, RFC 9112.

A request that came before, byte for byte, is answered from memory without being parsed. Everything else is
parsed and handed to the application when it is whole, one request after another. A client that is slow, idle
or sends too much loses the connection. Knows turns, sizes and time; nothing of what is asked.
"""

from __future__ import annotations

import asyncio
import re
from functools import partial
from typing import Any, Final, cast
from urllib.parse import unquote

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from amcc_kg.serving.http import addresses
from amcc_kg.serving.http.connections import Connections, Hit
from amcc_kg.serving.http.messages import ALWAYS, RefusedError, Request, refused, wire

# What uvicorn calls a list of raw headers.
Headers = list[tuple[bytes, bytes]]
_RAW_MOST: Final = 8 << 10
_JOINED_MOST: Final = 64 << 10
_LINGER: Final = 2.0
# For a client that has closed its side: long enough for an answer that is nearly there.
_GRACE: Final = 0.3
_SPOKEN: Final = "the versions of HTTP spoken here are 1.0 and 1.1"
_OTHER_VERSION: Final = "Invalid HTTP version"
_METHOD: Final = re.compile(rb"[\r\n]*[!#$%&'*+.^_`|~0-9A-Za-z-]+(?: |$)")
# Headers of which a request has one at most, or that decide how it is read.
_SINGLE: Final = (b"host", b"content-length", b"transfer-encoding", b"expect", b"content-encoding")
_IDLE, _HEAD, _BODY, _WORKING, _WRITING, _LINGERING = range(6)


class Cycle(RequestResponseCycle):
    """One request and its response."""

    raw: bytes = b""  # all bytes of the request if they came in one piece with nothing else
    extra: Headers  # that the version of the protocol asks for


class Protocol(HttpToolsProtocol):
    """The server's end of a connection; the application's state has what all share in `connections`."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        # Without uvicorn's leniency: what follows a request that ends the connection is no request.
        self.parser = httptools.HttpRequestParser(self)
        self._shared: Connections = app_state["connections"]
        self._limits = self._shared.config.limits
        self._whole: list[Cycle] = []
        self._refused: RefusedError | None = None
        self._chunks: list[bytes] = []
        self._pieces: list[bytes] = []
        self._head = self._size = self._held = self._at_work = self._unsent = 0
        self._state = _IDLE
        self._is_midway = self._is_in_body = self._closes = self._is_stopped = self._is_over = False
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self._peer = self._site = ""

    # What the event loop calls.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Greet a client, or send it away if there are too many."""
        super().connection_made(transport)
        shared = self._shared
        self._peer = self.client[0] if self.client else ""
        trusted = shared.trusts(self._peer)
        # A proxy's connections are those of all its clients.
        self._site = "" if trusted else addresses.site(self._peer)
        self._known = shared.known[trusted]
        self._allow(self._limits.head_time)
        try:
            shared.arrive(self._site)
        except RefusedError as error:
            if shared.is_flooded(self._site):
                transport.abort()
            else:
                self._refuse(error)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client; the application is told that it has gone."""
        super().connection_lost(exc)
        self._shared.leave(self._site)
        self._shared.unsent -= self._unsent
        self._shared.release(self._site, self._held)
        self._unsent = self._held = 0
        self._whole.clear()
        self._chunks.clear()
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Answer what is known; parse what is not."""
        # Only between two requests: in the middle of one, the same bytes mean something else.
        fresh = self._state == _IDLE and not self._is_midway
        if fresh:
            hit = self._known.get(data)
            if hit is not None and self._shared.may_send(len(hit.rest)):
                self.transport.write(STATUS_LINE[hit.status] + self._date() + hit.rest)
                self._shared.reused(hit, self._peer)
                if self.flow.write_paused:
                    self._wait()
                else:
                    # Later than what its timer waits for.
                    self._deadline = self.loop.time() + self._limits.idle_time
                return
        elif self._state == _LINGERING or self._refused is not None:
            return
        try:
            self._feed(data)
        except RefusedError as error:
            self._refuse(error)
        else:
            if fresh and len(self._whole) == 1 and not self._is_midway and len(data) <= _RAW_MOST:
                self._whole[0].raw = data
        self._next()

    def eof_received(self) -> bool:  # type: ignore[override]
        """The client sends no more: it takes at most what it is answered now, or it has gone."""
        self._closes = self._is_over = True
        if self._state == _WORKING:
            self._allow(_GRACE)
        return self._state in (_WORKING, _WRITING)

    def pause_writing(self) -> None:
        """The client takes an answer more slowly than it is made."""
        super().pause_writing()
        if self._state == _IDLE:
            self._wait()

    def resume_writing(self) -> None:
        """The client has caught up."""
        super().resume_writing()
        if self._state == _WRITING:
            self._written()

    # What uvicorn calls: its server to end, and a cycle, which writes and closes through its protocol.

    def shutdown(self) -> None:
        """Close if no request is under way; otherwise the next answer closes."""
        self._shared.is_draining = True
        self._shared.forget()
        if self._state == _IDLE:
            self.transport.close()
        elif self._state in (_WORKING, _WRITING):
            self.cycle.keep_alive = False
            self._closes = True

    def write(self, data: bytes) -> None:
        """Write a piece of an answer, its head with what follows, so that both travel in one packet."""
        self._pieces.append(data)
        if len(self._pieces) > 1:
            self._flush()

    def _flush(self) -> None:
        pieces, self._pieces = self._pieces, []
        if pieces and len(pieces[-1]) > _JOINED_MOST:
            self.transport.writelines(pieces)
        elif pieces:
            self.transport.write(b"".join(pieces))

    def is_closing(self) -> bool:
        """Tell whether nothing more can be written."""
        return self.transport.is_closing()

    def close(self) -> None:
        """Close when the answer is written."""
        self._closes = True

    def on_response_complete(self) -> None:
        """An answer has been written; the next request has its turn when the client has taken it."""
        self.server_state.total_requests += 1
        self._flush()
        self._shared.release(self._site, self._at_work)
        self._held -= self._at_work
        self._at_work = 0
        if not self.transport.is_closing():
            self._written()

    # What httptools calls.

    def on_message_begin(self) -> None:
        """Begin a request."""
        if len(self._whole) >= self._limits.pipelined:
            raise refused(429, "too many requests sent ahead")
        super().on_message_begin()
        self._chunks = []
        self._head = self._size = 0
        self._is_midway = True
        self._is_in_body = False

    def on_url(self, url: bytes) -> None:
        """Take a piece of the request target."""
        super().on_url(url)
        if len(self.url) > self._limits.url:
            raise refused(414, f"the URL is longer than {self._limits.url} bytes; post the query")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; those behind a body have been checked by nobody, and are read but not believed."""
        self._head += len(name) + len(value) + 4
        if self._head > self._limits.head:
            raise self._too_long()
        if not self._is_in_body:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Look at what decides how the body is read."""
        self.scope["method"] = self.parser.get_method().decode("ascii", "replace")
        self.scope["http_version"] = self.parser.get_http_version()
        self._check()
        self._is_in_body = True
        self._head = 0

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._size += len(body)
        if self._size > self._limits.body:
            raise refused(413, f"the body is longer than {self._limits.body} bytes")
        self._shared.hold(self._site, len(body))
        self._held += len(body)
        self._chunks.append(body)

    def on_message_complete(self) -> None:
        """A request is whole."""
        path, _, query = self.url.partition(b"?")
        scope = self.scope
        scope["path"], scope["raw_path"], scope["query_string"] = unquote(path.decode("latin-1")), path, query
        old, stays = scope["http_version"] == "1.0", self.parser.should_keep_alive()
        cycle = Cycle(
            scope=scope,
            # It writes through here, so that a connection is not closed on bytes that nobody has read.
            transport=cast("asyncio.Transport", self),
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=[],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=stays,
            on_response=self.on_response_complete,
        )
        # A client of the old version is told that the connection stays, which it would not think.
        cycle.extra = [(b"connection", b"keep-alive")] if old and stays else []
        cycle.body += b"".join(self._chunks)
        cycle.more_body = False
        cycle.message_event.set()
        scope["extensions"] = {"amcc.known": {"keep": partial(self._keep, cycle)}}
        self._chunks = []
        self._whole.append(cycle)
        self._is_midway = self._is_in_body = self.expect_100_continue = False

    def _feed(self, data: bytes) -> None:
        """Parse bytes; raises `RefusedError` for what is no request or too large a one."""
        before, size = len(self._whole), self._size
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Another protocol was proposed, RFC 9110 section 7.8: it is declined by answering in this one.
            for cycle in self._whole[-1:]:
                cycle.keep_alive = False
        except httptools.HttpParserError as error:
            raise self._fault(error, data) from error
        if self._is_midway and len(self._whole) == before and self._size == size:
            # Counted also here, because a header that never ends is not reported.
            self._head += len(data)
            if self._head > self._limits.head + self._limits.url:
                raise self._too_long()

    def _fault(self, error: httptools.HttpParserError, data: bytes) -> RefusedError:
        """Return what is said of bytes that are no request."""
        cause = error.__context__ or error.__cause__
        if isinstance(cause, RefusedError):
            return cause
        no_method = isinstance(error, httptools.HttpParserInvalidMethodError)
        if no_method and not self._whole and _METHOD.match(data):
            return refused(501, "the method is not known here")
        return refused(505, _SPOKEN) if str(error) == _OTHER_VERSION else refused(400, "not an HTTP request")

    def _too_long(self) -> RefusedError:
        return refused(431, f"the headers are longer than {self._limits.head} bytes")

    def _check(self) -> None:
        """Raise `RefusedError` for a request that could be read in two ways, or whose body is too long."""
        version = self.scope["http_version"]
        given: dict[bytes, list[bytes]] = {name: [] for name in _SINGLE}
        for name, value in self.headers:
            if name in given:
                given[name].append(value)
        hosts, lengths, codings, expected, contents = given.values()
        named = all(not host or addresses.AUTHORITY.fullmatch(host.decode("latin-1")) for host in hosts)
        chunked = version == "1.1" and [coding.lower() for coding in codings] == [b"chunked"]
        odd = expected and not self.expect_100_continue
        most = self._limits.body
        for is_wrong, status, reason in (
            (version == "0.9", 400, "a request names its version of HTTP"),
            (version not in ("1.0", "1.1"), 505, _SPOKEN),
            (len(hosts) > 1 or (version == "1.1" and not hosts), 400, "a request has exactly one Host"),
            (not named, 400, "the Host is not an authority"),
            (len(lengths) > 1 or (lengths and codings), 400, "the length of the body is given twice"),
            (codings and not chunked, 501, "the only transfer coding understood is chunked"),
            (any(int(length) > most for length in lengths), 413, f"the body is longer than {most} bytes"),
            (contents not in ([], [b"identity"]), 415, "a compressed body is not understood"),
            (odd, 417, "the only expectation understood is 100-continue"),
        ):
            if is_wrong:
                raise refused(status, reason)

    # Turns and time.

    def _next(self) -> None:
        waiting = self._whole
        if self._state in (_WORKING, _WRITING, _LINGERING):
            if len(waiting) > 1 or (self._refused is not None and self._state != _LINGERING):
                self._read_on(stopped=True)
        elif waiting:
            self._state, self._deadline = _WORKING, 0.0
            cycle = self.cycle = waiting.pop(0)
            self._at_work = len(cycle.body)
            cycle.keep_alive = cycle.keep_alive and not self._shared.is_draining
            cycle.default_headers = self.server_state.default_headers + cycle.extra
            self._start_asgi_task(cycle, self.app)
        elif self._is_midway:
            state = _BODY if self._is_in_body else _HEAD
            if state != self._state:
                self._state = state
                self._allow(self._limits.body_time if self._is_in_body else self._limits.head_time)
            if self._is_in_body and self.expect_100_continue:
                self.expect_100_continue = False
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _wait(self) -> None:
        """Read no further answer into being until the client has taken this one; its time is limited."""
        size = self.transport.get_write_buffer_size()
        self._state = _WRITING
        self._unsent = size
        self._shared.unsent += size
        self._allow(self._limits.write_time + size / self._limits.write_rate)

    def _written(self) -> None:
        self._shared.unsent -= self._unsent
        self._unsent = 0
        if self.flow.write_paused:
            self._wait()
        elif self._closes:
            self._linger()
        elif self._refused is not None and not self._whole:
            self._state = _IDLE
            self._refuse(self._refused)
        else:
            self._state = _IDLE
            self._allow(self._limits.idle_time)
            if self._refused is None:
                self._read_on(stopped=False)
            if self._whole or self._is_midway:
                self._next()

    def _read_on(self, *, stopped: bool) -> None:
        # Not by the flow, which the application has read on whenever it waits for its client to go.
        if stopped != self._is_stopped:
            self._is_stopped = stopped
            (self.transport.pause_reading if stopped else self.transport.resume_reading)()

    def _refuse(self, error: RefusedError) -> None:
        """Answer a request that is not read to its end, and close."""
        self._refused = error
        if self._state in (_WORKING, _WRITING) or self._whole:
            # Earlier answers come first.
            return
        answer = error.answer
        unread = Request("?", "?", client=self._peer)
        self._shared.log.answered(unread, "?", answer.status, len(answer.body), "refused", 0.0)
        headers = [*wire(answer), *ALWAYS, (b"connection", b"close")]
        self.transport.write(STATUS_LINE[answer.status] + self._date() + _lines(headers) + answer.body)
        self._linger()

    def _linger(self) -> None:
        """Close once the client has had time to read; closing on unread bytes could destroy the answer."""
        self._state = _LINGERING
        self._whole.clear()
        self._chunks.clear()
        self._shared.release(self._site, self._held)
        self._held = 0
        self._allow(_LINGER)
        self._read_on(stopped=False)
        if self._is_over or not self.transport.can_write_eof():
            self.transport.close()
        else:
            self.transport.write_eof()

    def _allow(self, seconds: float) -> None:
        """Set when the connection has to have got on."""
        self._deadline = self.loop.time() + seconds
        if self._timer is None or self._timer.when() > self._deadline:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self.loop.call_later(seconds, self._expire)

    def _expire(self) -> None:
        """Do what the deadline demands, if it has passed: it may have been put off since."""
        self._timer = None
        if self._deadline == 0.0:
            return
        left = self._deadline - self.loop.time()
        if left > 0:
            self._timer = self.loop.call_later(left, self._expire)
        elif self._state in (_HEAD, _BODY):
            self._refuse(refused(408, "the request was not sent in time"))
        elif self._state == _WRITING or self.transport.is_closing():
            self.transport.abort()
        else:
            self._allow(self._limits.write_time)
            self.transport.close()

    # What is known.

    def _date(self) -> bytes:
        """Return the headers that uvicorn makes once a second, as they are sent."""
        headers, shared = self.server_state.default_headers, self._shared
        if shared.dated[0] is not headers:
            shared.dated = headers, _lines(headers)[:-2]
        return shared.dated[1]

    def _keep(
        self, cycle: Cycle, status: int, headers: Headers, body: bytes, fragment: bytes, client: str
    ) -> None:
        """Have the bytes of a request answered with this answer when they come again."""
        if cycle.raw and cycle.keep_alive and not self._shared.is_draining:
            rest = _lines([*cycle.extra, *headers]) + body
            # The same bytes from another peer are that peer's, unless they say themselves whose they are.
            hit = Hit(status, rest, fragment, "" if client == self._peer else client)
            self._known.put(cycle.raw, hit, len(cycle.raw) + len(rest) + 1000)


def _lines(headers: Headers) -> bytes:
    """Return headers as they are sent, with the empty line that ends them."""
    return b"".join([b"%b: %b\r\n" % header for header in headers]) + b"\r\n"

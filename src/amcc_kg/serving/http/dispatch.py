"""From a received request to the bytes of its answer: checks, addresses, routes, errors, the log.

Knows all connections together: their limits, and the answers that are known byte for byte. Knows nothing of
sockets or of what handlers do.
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace
from email.utils import formatdate
from time import perf_counter
from typing import TYPE_CHECKING

from amcc_kg.serving import routes
from amcc_kg.serving.http import addresses, conditions, logs, responses
from amcc_kg.serving.http.cache import Cache
from amcc_kg.serving.http.connection import Hit
from amcc_kg.serving.http.messages import Answer, Request, UnreadableError, problem
from amcc_kg.serving.http.request_parser import SPOKEN, RefusedError
from amcc_kg.serving.http.shares import Shares

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from amcc_kg.serving.http.connection import Connection
    from amcc_kg.serving.http.request_parser import Received
    from amcc_kg.serving.http.responses import Output
    from amcc_kg.serving.service import Service

_HOST = re.compile(rb"[A-Za-z0-9.\-_]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?")
_LARGE = 64 << 10
# Connections beyond the limit whose clients are still told so.
_SPARE = 100
_ELSEWHERE = (301, 302, 303, 307, 308)
_METHODS = ("GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH")


class Dispatcher:
    """What all connections share."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.limits = service.config.limits
        self.connections: set[Connection] = set()
        self.shares = Shares(self.limits)
        self.unsent = 0
        self.date = b""
        quarter = self.limits.cache // 4
        # Apart for trusted peers, whose forwarded headers change what the same bytes mean.
        self.known: dict[bool, Cache[bytes, Hit]] = {trusted: Cache(quarter) for trusted in (False, True)}
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self.now = self._loop.time
        service.on_swap = self.forget
        self._tick()

    def forget(self) -> None:
        """Forget the answers that are known byte for byte."""
        for cache in self.known.values():
            cache.clear()

    def trusts(self, peer: str) -> bool:
        """Tell whether a peer's forwarded headers are believed."""
        return addresses.is_within(peer, self.service.config.trusted)

    def arrive(self, connection: Connection) -> None:
        """Count a connection; raises `RefusedError` if it is one too many."""
        # A proxy's connections are those of all its clients.
        connection.site = "" if connection.trusted else addresses.site(connection.peer)
        self.connections.add(connection)
        self.shares.arrive(connection.site)
        if len(self.connections) > self.limits.connections:
            raise RefusedError(503, "too many connections")

    def is_flooded(self, connection: Connection) -> bool:
        """Tell whether a connection is so much too many that not even a reason can be given."""
        most = self.limits.connections + _SPARE
        return len(self.connections) > most or self.shares.is_flooding(connection.site)

    def leave(self, connection: Connection) -> None:
        """Forget a connection."""
        self.connections.discard(connection)
        self.shares.leave(connection.site)

    def may_send(self, size: int) -> bool:
        """Tell whether an answer may be sent although others wait to be taken; a small one always may."""
        return size <= _LARGE or self.unsent + size <= self.limits.unsent

    def reused(self, hit: Hit, peer: str) -> None:
        """Count and log a request of a peer that was answered without being parsed."""
        metrics = self.service.metrics
        metrics.reused += 1
        metrics.requests[hit.status] += 1
        self.service.log.request(hit.fragment, hit.client or peer, 0.0)

    def work(self, coroutine: Coroutine[None, None, None]) -> None:
        """Run a coroutine and hold on to it until it ends."""
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def check(self, received: Received) -> bool:
        """Look at a request's headers; return whether the client waits for a word before it sends the body.

        Raises `RefusedError` for a request that could be read in two ways, or whose body would be too long.
        """
        if received.version == "0.9":
            raise RefusedError(400, "a request names its version of HTTP")
        if received.version not in ("1.0", "1.1"):
            raise RefusedError(505, SPOKEN)
        counted: dict[bytes, list[bytes]] = {}
        for name, value in received.headers:
            if name in (b"host", b"content-length", b"transfer-encoding", b"expect", b"content-encoding"):
                counted.setdefault(name, []).append(value)
        hosts = counted.get(b"host", [])
        if len(hosts) > 1 or (received.version == "1.1" and not hosts):
            raise RefusedError(400, "a request has exactly one Host")
        if hosts and hosts[0] and not _HOST.fullmatch(hosts[0]):
            raise RefusedError(400, "the Host is not an authority")
        lengths, codings = counted.get(b"content-length", []), counted.get(b"transfer-encoding", [])
        if len(lengths) > 1 or (lengths and codings):
            raise RefusedError(400, "the length of the body is given twice")
        if codings and (received.version != "1.1" or [c.lower() for c in codings] != [b"chunked"]):
            raise RefusedError(501, "the only transfer coding understood is chunked")
        if lengths and int(lengths[0]) > self.limits.body:
            raise RefusedError(413, f"the body is longer than {self.limits.body} bytes")
        if b"content-encoding" in counted and counted[b"content-encoding"] != [b"identity"]:
            raise RefusedError(415, "a compressed body is not understood")
        expected = counted.get(b"expect")
        if expected and expected[0].lower() != b"100-continue":
            raise RefusedError(417, "the only expectation understood is 100-continue")
        return bool(expected)

    async def answer(self, connection: Connection, received: Received, started: float) -> tuple[Output, bool]:
        """Return what to send, and whether to close the connection after it."""
        method = received.method.decode("ascii", "replace")
        request = Request(method, "/", client=connection.peer)
        try:
            request = self._request(connection, received, method)
            conditions.ASKED.set(request)
            answer = await self._handle(request, method)
        except UnreadableError as error:
            answer = problem(400, str(error))
        except Exception as error:
            self.service.log.event("error", f"{request.path}: {type(error).__name__}: {error}")
            answer = problem(500, "an error of this program")
        if answer.status in _ELSEWHERE and not self.service.config.base:
            answer = _led_here(answer, request.base)
        if not self.may_send(len(answer.body)):
            answer = problem(503, "too many answers are waiting to be taken", (("Retry-After", "2"),))
        packed = responses.wants_packing(request, answer)
        if packed and answer.memo.packed is None and len(answer.body) > responses.SLOW_TO_PACK:
            await self._loop.run_in_executor(None, responses.pack, answer)
        close = not received.keep_alive or self.service.draining
        old = received.version == "1.0"
        output = responses.render(request, answer, packed=packed, close=close, old=old)
        self._count(request, received, answer, output, started)
        if method == "HEAD":
            output = responses.Output(output.status, output.first, output.rest, b"")
        if answer.memo.is_reused and received.raw and not close and method in ("GET", "HEAD"):
            fragment = logs.describe(request, method, output.status, len(output.body), "bytes")
            rest = output.rest + output.body
            # The same bytes from another peer are that peer's, unless they say themselves whose they are.
            client = "" if request.client == connection.peer else request.client
            hit = Hit(output.first, rest, fragment, client, output.status)
            known = self.known[connection.trusted]
            known.put(received.raw, hit, len(received.raw) + len(rest) + 1000)
        return output, close

    def refusal(self, connection: Connection, status: int, reason: str) -> Output:
        """Return the answer to a request that was not read to its end."""
        request = Request("?", "?", client=connection.peer)
        answer = problem(status, reason)
        self.service.metrics.answered(status, 0.0)
        fragment = logs.describe(request, "?", status, len(answer.body), "refused")
        self.service.log.request(fragment, connection.peer, 0.0)
        return responses.render(request, answer, packed=False, close=True)

    def _count(
        self, request: Request, received: Received, answer: Answer, output: Output, started: float
    ) -> None:
        """Count and log an answer that was worked out."""
        seconds = perf_counter() - started
        self.service.metrics.answered(output.status, seconds)
        if not self.service.log.quiet:
            source = "cache" if answer.memo.is_reused else "handler"
            method = received.method.decode("ascii", "replace")
            fragment = logs.describe(request, method, output.status, len(output.body), source)
            self.service.log.request(fragment, request.client, seconds)

    def _request(self, connection: Connection, received: Received, method: str) -> Request:
        headers: dict[str, str] = {}
        for raw_name, raw_value in received.headers:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1").strip()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        config = self.service.config
        path, query = addresses.path_and_query(received.target)
        client = connection.peer
        if connection.trusted:
            client = addresses.client(connection.peer, headers, config.trusted)
        fallback = f"{config.host}:{config.port}"
        base = addresses.base(config.base, headers, fallback, is_trusted=connection.trusted)
        if method != "GET":
            # RFC 9110 section 14.2: for other methods a range means nothing.
            headers.pop("range", None)
        seen = "GET" if method == "HEAD" else method
        spelt = addresses.spelling(received.target)
        return Request(seen, path, query, headers, received.body, client, base, spelt=spelt)

    async def _handle(self, request: Request, method: str) -> Answer:
        if request.path == "*":
            return Answer(204, b"", headers=(("Allow", ", ".join(_METHODS[:4])),), vary=(), storable=False)
        found = routes.find(request.path)
        if found is None:
            return problem(404, "nothing is here")
        route, rest = found
        if method == "OPTIONS":
            headers = (("Allow", route.allowed), *responses.PREFLIGHT)
            return Answer(204, b"", headers=headers, vary=(), storable=False)
        if request.method not in route.methods:
            return problem(405, f"{method[:20]} is not possible here", (("Allow", route.allowed),))
        if rest:
            request = addresses.with_rest(request, rest)
        return await route.handler(self.service, request)

    def _tick(self) -> None:
        """Once a second: the date, and the connections whose time is up."""
        self.date = f"Date: {formatdate(time.time(), usegmt=True)}\r\n".encode()
        now = self.now()
        for connection in [c for c in self.connections if 0 < c.deadline < now]:
            connection.expire()
        self.service.metrics.connections = len(self.connections)
        self._loop.call_later(1.0 - time.time() % 1.0, self._tick)


def _led_here(answer: Answer, base: str) -> Answer:
    """Return a redirection to a path where it leads to this server under the name that the request gave it.

    Whoever asks may have made that name up, and a redirection may be kept and shown to others.
    """
    path = "/"
    headers = tuple(
        (name, path + value[len(base) :] if name == "Location" and value.startswith(base) else value)
        for name, value in answer.headers
    )
    body = answer.body.replace(base.encode(), path.encode())
    return replace(answer, headers=headers, body=body)

"""From an ASGI request to a handler's answer and back: addresses, methods, clients that go, errors, the log.

Two layers: `Exchanges` is around everything, `Endpoint` is what a route leads to. Knows nothing of what
handlers do, nor of who speaks HTTP.

What lets the scripts of any site read the answers is not left to Starlette's CORS middleware: it sends `Vary:
Origin` beside `*`, where the Fetch standard (CORS protocol and HTTP caches) wants `*` always and no Vary, so
that a shared cache need not keep each answer twice; and it answers a preflight with 200 and without `Allow`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from functools import wraps
from http import HTTPStatus
from time import perf_counter
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from amcc_kg.serving.http import addresses, negotiation
from amcc_kg.serving.http.messages import (
    ALWAYS,
    TEXT,
    Answer,
    RefusedError,
    Request,
    UnreadableError,
    problem,
    redirect,
    refusal,
    wire,
)
from amcc_kg.serving.http.records import describe
from amcc_kg.serving.http.representations import JUDGED, Sent, represent
from amcc_kg.serving.service import Handler, Service

METHODS = "GET, HEAD, POST, OPTIONS"
# What a URL leads to that means something here.
GOOD = (200, 303, 304)
_ELSEWHERE = (301, 302, 303, 307, 308)
_ASKED = "amcc.exchange"
_NAMES = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:\s*,\s*[!#$%&'*+.^_`|~0-9A-Za-z-]+)*")


@dataclass(slots=True)
class Exchange:
    """A request, by which method it was really made, and whether its answer was in memory."""

    service: Service
    request: Request
    method: str
    is_reused: bool = False


class Exchanges:
    """The layer around the router: has a request answered, codes and cuts the answer, counts and logs."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, as ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        service: Service = scope["app"].state.service
        peer = scope["client"][0] if scope.get("client") else ""
        exchange = Exchange(service, Request(scope["method"], "/", client=peer), scope["method"])
        refused: Answer | None = None
        try:
            sent = await self._answered(exchange, scope, receive)
            if not service.connections.may_send(len(sent.body)):
                refused = problem(503, "too many answers are waiting to be taken")
        except ClientDisconnect:
            # As nginx has it: nobody is told, but whoever reads the log.
            fragment = describe(exchange.request, exchange.method, 499, 0, "handler")
            service.log.request(fragment, exchange.request.client, perf_counter() - started)
            return
        except UnreadableError as error:
            refused = problem(400, str(error))
        except HTTPException as error:
            refused = problem(error.status_code, error.detail)
        except Exception as error:  # one request may not end the server
            service.log.event("error", f"{exchange.request.path}: {type(error).__name__}: {error}")
            refused = problem(500, "an error of this program")
        if refused is not None:
            exchange.is_reused = False
            sent = Sent(refused.status, wire(refused), refused.body)
        sent.headers.extend(ALWAYS)
        self._note(exchange, scope, sent, perf_counter() - started)
        await send({"type": "http.response.start", "status": sent.status, "headers": sent.headers})
        await send({"type": "http.response.body", "body": sent.body})

    async def _answered(self, exchange: Exchange, scope: Scope, receive: Receive) -> Sent:
        """Return what is sent; raises `ClientDisconnect` if the client goes before its request is whole."""
        service = exchange.service
        exchange.request = _request(service, scope, exchange.request.client)
        if scope["method"] not in ("GET", "HEAD"):
            body, most = bytearray(), service.config.limits.body
            async for piece in StarletteRequest(scope, receive).stream():
                body += piece
                if len(body) > most:
                    raise HTTPException(413, f"the body is longer than {most} bytes")
            exchange.request = replace(exchange.request, body=bytes(body))
        messages: list[Message] = []

        async def gather(message: Message) -> None:
            messages.append(message)

        inner = dict(scope) | {
            "path": exchange.request.path,
            # RFC 9110 section 9.3.2: the headers are those that a GET would get.
            "method": exchange.request.method,
            "headers": [header for header in scope["headers"] if header[0] not in JUDGED],
            _ASKED: exchange,
        }
        await self._app(inner, receive, gather)
        start, *pieces = messages
        whole = Sent(start["status"], list(start["headers"]), b"".join(piece["body"] for piece in pieces))
        return await represent(scope["method"], Headers(scope=scope), whole, service.packed)

    def _note(self, exchange: Exchange, scope: Scope, sent: Sent, seconds: float) -> None:
        """Count and log an answer, and have it given again to the same bytes if it may be."""
        request, method, (status, headers, body) = exchange.request, exchange.method, sent
        source = "cache" if exchange.is_reused else "handler"
        exchange.service.log.answered(request, method, status, len(body), source, seconds)
        known = scope.get("extensions", {}).get("amcc.known")
        if known and exchange.is_reused and method in ("GET", "HEAD"):
            fragment = describe(request, method, status, len(body), "bytes")
            known["keep"](status, headers, body, fragment, request.client)


@dataclass(frozen=True)
class Endpoint:
    """What answers at a route: one handler for GET and maybe POST, and OPTIONS for any site's scripts.

    A URL has no parameters but those that it `takes`; with None the handler is the judge of that.
    GET and HEAD are led by 301 to the same path with or without its last slash: with `moved` in any case,
    with `either` where a path is missing and its other form is not.
    """

    handler: Handler
    methods: tuple[str, ...] = ("GET",)
    takes: tuple[str, ...] | None = ()
    moved: bool = False
    either: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, as ASGI has it; raises `ClientDisconnect` if its client goes before."""
        exchange: Exchange = scope[_ASKED]
        request = exchange.request
        if values := scope["path_params"].values():
            # Not the one that is decoded to the end: in it an encoded slash would be a slash.
            request = replace(request, rest=next(iter(values)))
        if request.method not in self.methods:
            answer = _other_method(exchange, ", ".join((*self.methods, "HEAD", "OPTIONS")))
        # Clients of the protocol follow nowhere.
        elif self.moved and request.method == "GET" and not ("POST" in self.methods and request.query):
            answer = _elsewhere(request)
        else:
            answer = await _while_there(receive, self._answer(exchange.service, request))
        exchange.is_reused = answer.is_reused
        await response(answer)(scope, receive, send)

    async def _answer(self, service: Service, request: Request) -> Answer:
        wrong = "" if self.takes is None or not request.query else request.unknown(*self.takes)
        # What is not here, or in the other form, is so whatever it is asked.
        if wrong and not self.either:
            return await for_people(_refusing(wrong))(service, request)
        answer = await _handled(self.handler, service, request)
        if answer.status == 404 and self.either and request.rest:
            path, rest, spelt = map(other_form, (request.path, request.rest, request.spelt))
            other = replace(request, path=path, rest=rest, spelt=spelt)
            found = await _handled(self.handler, service, other) if rest else answer
            if found.status != 404 and found.status < 500:
                answer = _elsewhere(request)
        if wrong and answer.status in GOOD:
            answer = await for_people(_refusing(wrong))(service, request)
        if answer.status in _ELSEWHERE and not service.config.base:
            answer = _led_here(answer, request.base)
        return answer


def _refusing(reason: str) -> Handler:
    async def refuse(service: Service, request: Request) -> Answer:
        return refusal(400, reason)

    return refuse


async def _handled(handler: Handler, service: Service, request: Request) -> Answer:
    try:
        return await handler(service, request)
    except RefusedError as error:
        return error.answer


def for_people(handler: Handler) -> Handler:
    """Return a handler that answers as the given one, a problem as a page for those who prefer pages."""

    @wraps(handler)
    async def answer(service: Service, request: Request) -> Answer:
        found = await _handled(handler, service, request)
        accept = request.headers.get("accept", "")
        is_plain = found.status < 400 or found.media != TEXT
        if is_plain or "html" not in accept or negotiation.choose("thing", accept) is not negotiation.HTML:
            return found
        call = {
            "status": found.status,
            "title": HTTPStatus(found.status).phrase,
            "reason": found.body.decode(errors="replace").strip(),
            "base": request.base,
        }
        page = await service.run("problem", call, client=request.client)
        if page.status != found.status:
            return found
        return replace(found, body=page.body, media=page.media, storable=False)

    return answer


def _other_method(exchange: Exchange, allowed: str) -> Answer:
    """Answer OPTIONS, and tell any other method that it is not among those allowed."""
    if exchange.method == "OPTIONS":
        return _preflight(exchange.request, allowed)
    return problem(405, f"{exchange.method[:20]} is not possible here", (("Allow", allowed),))


def _preflight(request: Request, allowed: str) -> Answer:
    """Answer OPTIONS: any site's scripts may ask, with whatever headers they want to send."""
    asked = request.headers.get("access-control-request-headers", "")
    # `*` stands for all but Authorization, https://fetch.spec.whatwg.org/#http-access-control-allow-headers.
    headers = (
        ("Allow", allowed),
        ("Access-Control-Allow-Methods", METHODS),
        ("Access-Control-Allow-Headers", asked if _NAMES.fullmatch(asked) else "*, Authorization"),
        ("Access-Control-Max-Age", "86400"),
    )
    return Answer(204, b"", headers=headers, vary=("Access-Control-Request-Headers",), storable=False)


def _request(service: Service, scope: Scope, peer: str) -> Request:
    """Return what is asked; raises `UnreadableError` if that cannot be told."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1").strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    authority, local = addresses.origin_form(raw)
    given: bytes = scope["query_string"]
    path, query = addresses.path_and_query(local + b"?" + given if given else local)
    root: str = scope.get("root_path", "")
    if authority is not None:
        # RFC 9112 section 3.2.2: whatever Host says.
        headers["host"] = authority
    config = service.config
    trusted = service.connections.trusts(peer)
    client = addresses.client(peer, headers, config.trusted) if trusted else peer
    base = addresses.base(config.base, headers, f"{config.host}:{config.port}", is_trusted=trusted)
    if root and not config.base:
        base = f"{base.rstrip('/')}{root}/"
    seen = "GET" if scope["method"] == "HEAD" else scope["method"]
    spelt = local.decode().removeprefix(root)
    return Request(seen, path.removeprefix(root), query, headers, b"", client, base, spelt=spelt)


async def _while_there(receive: Receive, work: Awaitable[Answer]) -> Answer:
    """Return what work gives; raises `ClientDisconnect`, and gives it up, if the client goes before."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    working, going = asyncio.ensure_future(work), asyncio.ensure_future(gone())
    try:
        await asyncio.wait((working, going), return_when=asyncio.FIRST_COMPLETED)
    finally:
        going.cancel()
        working.cancel()
    if not working.done():
        raise ClientDisconnect
    return working.result()


def response(answer: Answer) -> Response:
    """Return an answer as Starlette sends it."""
    found = Response(answer.body, answer.status)
    found.raw_headers = wire(answer)
    return found


def other_form(path: str) -> str:
    """Return a path with a slash at its end, or without the one it has."""
    return path.removesuffix("/") if path.endswith("/") else f"{path}/"


def _elsewhere(request: Request) -> Answer:
    """Lead to the same path with or without its last slash."""
    last = request.spelt.removesuffix("/").rpartition("/")[2]
    # Relative, so that no Host that a client makes up leads anywhere; with a dot, so that it has no scheme.
    dot = "./" if ":" in last else ""
    place = f"../{last}" if request.spelt.endswith("/") else f"{dot}{last}/"
    return redirect(f"{place}?{request.query}" if request.query else place)


def _led_here(answer: Answer, base: str) -> Answer:
    """Lead here by a path: whoever asks may make the server's name up, and others be shown the answer."""
    headers = tuple(
        (name, "/" + value[len(base) :] if name == "Location" and value.startswith(base) else value)
        for name, value in answer.headers
    )
    return replace(answer, headers=headers, body=answer.body.replace(base.encode(), b"/"))


def unrouted(asked: StarletteRequest, error: Exception) -> Response:
    """Answer what no route leads to, or a route of files refuses."""
    exchange: Exchange = asked.scope[_ASKED]
    assert isinstance(error, HTTPException)
    allowed = (error.headers or {}).get("Allow", "GET, HEAD")
    if exchange.request.path == "*":
        return response(_preflight(exchange.request, METHODS))
    if exchange.method == "OPTIONS" or error.status_code == 405:
        return response(_other_method(exchange, f"{allowed}, OPTIONS"))
    return response(problem(404, "nothing is here"))

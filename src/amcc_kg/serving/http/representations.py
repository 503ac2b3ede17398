"""Which bytes of an answer are sent: coded, in part, or not at all because the client holds them.

An ASGI middleware between the application's answers and whoever speaks HTTP. It knows headers and bytes, by
RFC 9110 sections 8.8 (validators), 12.5.3 (Accept-Encoding), 13 (preconditions) and 14 (ranges), and nothing
of what an answer is about. Answers are whole in memory here.
"""

from __future__ import annotations

import asyncio
import gzip
from email.utils import parsedate_to_datetime
from functools import lru_cache

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header, parse_etags, parse_range_header

from amcc_kg.serving.http.cache import Cache
from amcc_kg.serving.http.messages import TEXT

_CODED = "Accept-Encoding"
_GZIP = "-gz"
_WORTH_PACKING = 400
_PACKABLE = ("text/", "application/")
# Larger bodies are packed outside of the event loop.
_SLOW_TO_PACK = 256 << 10
# What the layers further in need not look at, because it is judged here.
_JUDGED = (b"if-match", b"if-none-match", b"if-modified-since", b"if-unmodified-since", b"if-range", b"range")


class Representations:
    """Codes, cuts and confirms what an application answers; compressed bodies are kept by their tags."""

    def __init__(self, app: ASGIApp, packed: Cache[str, bytes]) -> None:
        self._app = app
        self._packed = packed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, as ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        inner = dict(scope)
        # RFC 9110 section 9.3.2: the headers are those that a GET would get.
        inner["method"] = "GET" if scope["method"] == "HEAD" else scope["method"]
        inner["headers"] = [header for header in scope["headers"] if header[0] not in _JUDGED]
        begun: list[Message] = []
        pieces: list[bytes] = []

        async def gather(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.append(message)
                return
            pieces.append(message.get("body", b""))
            if not message.get("more_body", False):
                body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
                await self._send(scope["method"], asked, begun[0], body, send)

        await self._app(inner, receive, gather)

    async def _send(self, method: str, asked: Headers, start: Message, body: bytes, send: Send) -> None:
        headers = MutableHeaders(raw=start["headers"])
        status: int = start["status"]
        if status not in (204, 304) and method in ("GET", "HEAD", "POST"):
            status, body = await self._represent(method, asked, status, headers, body)
        body = b"" if method == "HEAD" else body
        await send({"type": "http.response.start", "status": status, "headers": headers.raw})
        await send({"type": "http.response.body", "body": body})

    async def _represent(
        self, method: str, asked: Headers, status: int, headers: MutableHeaders, body: bytes
    ) -> tuple[int, bytes]:
        """Return the status and the bytes, and bring the headers in line with them."""
        wanted = asked.get("range") if method == "GET" and status == 200 else None
        ranged = wanted is not None and headers.get("accept-ranges") == "bytes"
        packable = is_packable(headers.get("content-type", ""), len(body))
        packs = not ranged and coding(asked.get("accept-encoding"), packable=packable)
        tag = headers.get("etag", "").strip('"')
        whole = body
        if packs:
            body = await self._pack(tag, body)
            packs = len(body) < len(whole)
        if packable or packs:
            headers["vary"] = ", ".join((*filter(None, (headers.get("vary"),)), _CODED))
        if packs:
            headers["content-encoding"] = "gzip"
            headers["content-length"] = str(len(body))
            if tag:
                tag += _GZIP
                headers["etag"] = f'"{tag}"'
        if status != 200:
            return status, body
        failed = _judge(asked, tag, headers.get("last-modified"))
        if failed == 412:
            return _replaced(headers, 412, "the precondition does not hold for what is here now\n")
        # Whoever posts a query wants its answer: that nothing is new is one to GET and HEAD only.
        if failed == 304 and method != "POST":
            for name in ("content-type", "content-length", "content-encoding"):
                del headers[name]
            return 304, b""
        if wanted is not None and ranged and asked.get("if-range", f'"{tag}"') == f'"{tag}"':
            return _part(wanted, headers, body)
        return status, body

    async def _pack(self, tag: str, body: bytes) -> bytes:
        """Return a body compressed, always the same bytes, or as it is where that does not pay."""
        found = self._packed.get(tag) if tag else None
        if found is None:
            if len(body) > _SLOW_TO_PACK:
                found = await asyncio.get_running_loop().run_in_executor(None, _packed, body)
            else:
                found = _packed(body)
            if tag:
                self._packed.put(tag, found, len(found) + len(tag) + 100)
        return found if len(found) < len(body) else body


def is_packable(media: str, size: int) -> bool:
    """Tell whether compressing may pay."""
    return size >= _WORTH_PACKING and media.startswith(_PACKABLE)


@lru_cache(maxsize=1024)
def coding(accepted: str | None, *, packable: bool) -> bool:
    """Tell whether an answer is to be sent as gzip rather than as it is, by a value of Accept-Encoding.

    What need not be compressed is only for who refuses it as it is. Who refuses both gets it as it is.
    """
    if not accepted:
        return False
    found = parse_accept_header(accepted, Accept)
    packed, plain = found.quality("gzip"), found.quality("identity")
    named = {name.lower() for name, _ in found}
    # As it is, it is acceptable unless that is refused by name, or with all that is not named.
    refused = not plain and bool(named & {"identity", "*"})
    if not packed:
        return False
    return refused or (packable and packed >= (plain if "identity" in named else 0))


def coded_tag(opaque: str, *, packed: bool) -> str:
    """Return the entity tag of an answer, compressed or as it is."""
    return f'"{opaque}{_GZIP if packed else ""}"'


def matches(condition: str, tag: str) -> bool:
    """Tell whether a value of If-None-Match names a strong entity tag, given with its quotation marks."""
    return condition in (tag, "*") or parse_etags(condition).contains_weak(tag.strip('"'))


def _judge(asked: Headers, tag: str, changed: str | None) -> int:
    """Return 412 or 304 where a precondition fails, else 0, in the order of RFC 9110 section 13.2.2."""
    required = asked.get("if-match")
    if required is not None:
        if required.strip() != "*" and not (tag and parse_etags(required).contains(tag)):
            return 412
    elif _is_later(changed, asked.get("if-unmodified-since")):
        return 412
    if not tag:
        return 0
    condition = asked.get("if-none-match")
    if condition is not None:
        return 304 if matches(condition, f'"{tag}"') else 0
    # A date counts only where no tag is named.
    since = asked.get("if-modified-since")
    return 304 if since is not None and _is_later(changed, since) is False else 0


def _is_later(changed: str | None, date: str | None) -> bool | None:
    """Tell whether the first date is later; None where one is missing or none, which is no condition."""
    if changed is None or date is None:
        return None
    try:
        return parsedate_to_datetime(changed) > parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return None


def _part(wanted: str, headers: MutableHeaders, body: bytes) -> tuple[int, bytes]:
    """Return status and bytes for a Range header; one range only, several get the whole."""
    ranges = parse_range_header(wanted)
    if ranges is None or ranges.units != "bytes" or len(ranges.ranges) != 1:
        return 200, body
    part = ranges.range_for_length(len(body))
    if part is None:
        headers["content-range"] = f"bytes */{len(body)}"
        return _replaced(headers, 416, f"the file has {len(body)} bytes\n")
    headers["content-range"] = f"bytes {part[0]}-{part[1] - 1}/{len(body)}"
    headers["content-length"] = str(part[1] - part[0])
    return 206, body[part[0] : part[1]]


def _replaced(headers: MutableHeaders, status: int, reason: str) -> tuple[int, bytes]:
    """Return a refusal in place of an answer."""
    for name in ("etag", "content-encoding", "content-location", "last-modified", "link"):
        del headers[name]
    headers["cache-control"], headers["content-type"] = "no-store", TEXT
    headers["content-length"] = str(len(reason))
    return status, reason.encode()


def _packed(body: bytes) -> bytes:
    return gzip.compress(body, 6, mtime=0)

"""An answer as bytes: conditions, encodings, parts, and the headers that every answer carries.

RFC 9110 sections 8.8 (validators), 12.5.3 (Accept-Encoding), 13 (conditions), 14 (ranges).
Knows bytes and headers; nothing of connections or of what an answer is about.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING

from amcc_kg.serving.http.conditions import accepts_gzip, matches
from amcc_kg.serving.http.messages import TEXT

if TYPE_CHECKING:
    from amcc_kg.serving.http.messages import Answer, Request

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_ALWAYS = (
    b"X-Content-Type-Options: nosniff\r\n"
    b"Content-Security-Policy: " + POLICY.encode() + b"\r\n"
    b"Referrer-Policy: same-origin\r\n"
    b"Access-Control-Allow-Origin: *\r\n"
    b"Access-Control-Expose-Headers: Accept-Ranges, Allow, Content-Location, Content-Range, ETag, "
    b"Link, Location, Retry-After\r\n"
)
PREFLIGHT = (
    ("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS"),
    ("Access-Control-Allow-Headers", "Accept, Content-Type, If-None-Match, If-Range, Range"),
    ("Access-Control-Max-Age", "86400"),
)
_ONE_LINE = dict.fromkeys((*range(32), 127), " ")
_PUBLIC, _PRIVATE = "public, max-age=60", "no-store"
# What passes by itself, and after how many seconds to try again where nothing better is known.
_BUSY, _PAUSE = (429, 503), "2"
_WORTH_PACKING = 400
_PACKABLE = ("text/", "application/")
# Larger bodies are packed outside of the event loop.
SLOW_TO_PACK = 256 << 10
_STATUS = {s.value: f"HTTP/1.1 {s.value} {s.phrase}\r\n".encode() for s in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Output:
    """What goes onto the wire: the date belongs between `first` and `rest`."""

    status: int
    first: bytes
    rest: bytes
    body: bytes


def tag_of(answer: Answer) -> str:
    """Return the opaque part of the strong entity tag: a hash of the body where no other was given."""
    memo = answer.memo
    if not memo.tag:
        memo.tag = sha256(answer.body).hexdigest()[:24]
    return memo.tag


def pack(answer: Answer) -> bytes:
    """Return the compressed body, always the same bytes; the body itself where compressing does not pay."""
    memo = answer.memo
    if memo.packed is None:
        packed = gzip.compress(answer.body, 6, mtime=0)
        memo.packed = packed if len(packed) < len(answer.body) else answer.body
    return memo.packed


def is_packable(answer: Answer) -> bool:
    """Tell whether compressing may pay."""
    return len(answer.body) >= _WORTH_PACKING and answer.media.startswith(_PACKABLE)


def size_of(answer: Answer) -> int:
    """Return how many bytes an answer takes in memory, about, with its compressed body."""
    return len(answer.body) + (len(answer.body) // 3 if is_packable(answer) else 0) + 800


def wants_packing(request: Request, answer: Answer) -> bool:
    """Tell whether the answer to this request is to be compressed."""
    if not is_packable(answer) or (answer.ranged and "range" in request.headers):
        return False
    return accepts_gzip(request)


def render(request: Request, answer: Answer, *, packed: bool, close: bool, old: bool = False) -> Output:
    """Return the bytes of an answer to a request; `packed` as `wants_packing` has it.

    `close` tells whether the connection ends with it, `old` whether the client speaks HTTP/1.0 and would
    think so unless told otherwise.
    """
    status, body, media, headers = answer.status, answer.body, answer.media, list(answer.headers)
    if packed:
        body = pack(answer)
        packed = body is not answer.body
    is_public, tag = status == 200 and answer.storable, ""
    if is_public or status == 304:
        tag = f'"{tag_of(answer)}-gz"' if packed else f'"{tag_of(answer)}"'
    if is_public:
        if request.method == "GET" and _is_held(request, tag, headers):
            status, body = 304, b""
        elif answer.ranged:
            status, body = _part(request, tag, body, headers)
            media = TEXT if status == 416 else media
            is_public = status != 416
    if is_public or status == 304:
        headers.append(("ETag", tag))
    named = {name for name, _ in headers}
    if "Cache-Control" not in named:
        headers.append(("Cache-Control", _PUBLIC if is_public or 300 <= status < 400 else _PRIVATE))
    if status in _BUSY and "Retry-After" not in named:
        headers.append(("Retry-After", _PAUSE))
    if packed and status not in (204, 304):
        headers.append(("Content-Encoding", "gzip"))
    vary = [*answer.vary, *(("Accept-Encoding",) if is_packable(answer) else ())]
    if vary:
        headers.append(("Vary", ", ".join(vary)))
    # RFC 9110 section 8.6: neither has a length.
    if status not in (204, 304):
        headers.append(("Content-Type", media))
        headers.append(("Content-Length", str(len(body))))
    if close:
        headers.append(("Connection", "close"))
    elif old:
        headers.append(("Connection", "keep-alive"))
    # A value comes from a graph or a URL; whatever is in it, it stays one line.
    lines = "".join(f"{name}: {value.translate(_ONE_LINE)}\r\n" for name, value in headers)
    return Output(status, _STATUS[status], lines.encode("latin-1", "replace") + _ALWAYS + b"\r\n", body)


def _is_held(request: Request, tag: str, headers: list[tuple[str, str]]) -> bool:
    """Tell whether the client holds the answer; a date counts only where it names no tag."""
    condition = request.headers.get("if-none-match")
    if condition is not None:
        return matches(condition, tag)
    since = request.headers.get("if-modified-since")
    changed = next((value for name, value in headers if name == "Last-Modified"), None)
    if since is None or changed is None:
        return False
    try:
        return parsedate_to_datetime(changed) <= parsedate_to_datetime(since)
    except (TypeError, ValueError):
        # RFC 9110 section 13.1.3: what is no date is no condition.
        return False


def _part(request: Request, tag: str, body: bytes, headers: list[tuple[str, str]]) -> tuple[int, bytes]:
    """Return status and bytes for a Range header; one range only, several get the whole."""
    headers.append(("Accept-Ranges", "bytes"))
    wanted = request.headers.get("range")
    if wanted is None or request.headers.get("if-range", tag) != tag:
        return 200, body
    from werkzeug.http import parse_range_header

    ranges = parse_range_header(wanted)
    if ranges is None or ranges.units != "bytes" or len(ranges.ranges) != 1:
        return 200, body
    part = ranges.range_for_length(len(body))
    if part is None:
        headers.append(("Content-Range", f"bytes */{len(body)}"))
        return 416, f"the file has {len(body)} bytes\n".encode()
    headers.append(("Content-Range", f"bytes {part[0]}-{part[1] - 1}/{len(body)}"))
    return 206, body[part[0] : part[1]]

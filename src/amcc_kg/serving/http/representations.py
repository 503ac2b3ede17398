"""Which bytes of an answer are sent: coded, in part, or not at all because the client holds them.

Knows headers and bytes, by RFC 9110 sections 8.8 (validators), 12.5.3 (Accept-Encoding), 13 (preconditions)
and 14 (ranges), and nothing of what an answer is about. Answers are whole in memory here.

The graph, the program and the request decide an answer together, so a hash of these three is its entity tag;
what order a query leaves open may differ between two evaluations, so no part of such an answer can be had.
Who shows a tag has had the answer, which holds as long as the tag does: nothing has to be evaluated for that,
even by a server that has forgotten the answer, or has never made it. Who works out a tag without having had
the answer fools nobody else.

Ranges are read by werkzeug. Starlette refuses a unit that it does not know, which RFC 9110 section 14.2 has a
server pass over, cuts only files on a disk, and before anybody has asked whether `If-Match` holds (13.2.2).
"""

from __future__ import annotations

import asyncio
import gzip
import os
from dataclasses import replace
from email.utils import parsedate_to_datetime
from functools import lru_cache, partial
from hashlib import sha256
from typing import NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header, parse_etags, parse_range_header

from amcc_kg.graph.cache import engine_versions
from amcc_kg.serving.config import Config
from amcc_kg.serving.http.cache import Cache
from amcc_kg.serving.http.messages import TEXT, Answer, Request, hash_tag
from amcc_kg.terms.version import PACKAGE, __version__

# What is judged here, so that nothing further in need look at it.
JUDGED = (b"if-match", b"if-none-match", b"if-modified-since", b"if-unmodified-since", b"if-range", b"range")
_CODED = "Accept-Encoding"
_GZIP = "-gz"
_WORTH_PACKING = 400
_PACKABLE = ("text/", "application/")
# Larger bodies are packed outside of the event loop.
_SLOW_TO_PACK = 256 << 10
_PROGRAM = (".css", ".html", ".json", ".py", ".svg", ".trig", ".ttl", ".txt")

# The 304 for an answer that has never been made, and no headers of its own.
UNMODIFIED = Answer(304, b"", vary=("Accept", _CODED), is_reused=True)


class Sent(NamedTuple):
    """What is sent of an answer: its status, its headers as they travel, its bytes."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def unmodified(answer: Answer) -> Answer:
    """Return the 304 for who holds an answer, which is all that has to be kept of it for that."""
    place = tuple(header for header in answer.headers if header[0] == "Content-Location")
    vary = (*answer.vary, _CODED) if _is_packable(answer.media, len(answer.body)) else answer.vary
    return Answer(304, b"", headers=place, vary=vary, is_reused=True)


@lru_cache(maxsize=1)
def program() -> str:
    """Return a hash of which program this is, and which engines write its answers, by the dates of its files.

    To read them all would take a tenth of the time in which a server has to answer.
    """
    digest = sha256(f"{__version__} {engine_versions()}".encode())
    for place, folders, names in os.walk(PACKAGE):
        folders.sort()
        for name in sorted(names):
            if name.endswith(_PROGRAM):
                path = f"{place}/{name}"
                told = os.stat(path)  # noqa: PTH116 (a Path for each file takes longer than the rest)
                digest.update(f"{path[len(PACKAGE) :]}\0{told.st_size}\0{told.st_mtime_ns}\0".encode())
    return digest.hexdigest()


def edition(graph: str, config: Config) -> str:
    """Return what all answers over a version of the graph depend on besides their requests."""
    return repr((graph, program(), config.base, config.max_rows, config.max_bytes))


def tag_of(edition: str, key: tuple[str, ...]) -> str:
    """Return the opaque part of the strong entity tag of the answer that has this key."""
    return hash_tag(repr((edition, key)).encode(errors="surrogateescape"))


def unchanged(request: Request, tag: str, held: Answer) -> Answer | None:
    """Return a 304 if the client holds the answer of this tag that it stands for, else None.

    `*` asks whether there is an answer at all, which has to be found out; so does a condition that is judged
    before this one.
    """
    condition = request.headers.get("if-none-match")
    if request.method != "GET" or not condition or condition == "*":
        return None
    if not request.headers.keys().isdisjoint(("if-match", "if-unmodified-since")):
        return None
    if coding(request.headers.get("accept-encoding"), packable=_CODED in held.vary):
        tag += _GZIP
    return replace(held, tag=tag) if _matches(condition, tag) else None


async def represent(method: str, asked: Headers, whole: Sent, packed: Cache[str, bytes]) -> Sent:
    """Return what is sent to a request of a method with some headers, of an answer that is here whole."""
    headers = MutableHeaders(raw=whole.headers)
    status, body = await _represent(method, asked, whole.status, headers, whole.body, packed)
    return Sent(status, headers.raw, b"" if method == "HEAD" else body)


async def _represent(
    method: str, asked: Headers, status: int, headers: MutableHeaders, body: bytes, packed: Cache[str, bytes]
) -> tuple[int, bytes]:
    if status in (204, 304) or method not in ("GET", "HEAD", "POST"):
        return status, body
    wanted = asked.get("range") if method == "GET" and status == 200 else None
    ranged = wanted is not None and headers.get("accept-ranges") == "bytes"
    packable = _is_packable(headers.get("content-type", ""), len(body))
    packs = not ranged and coding(asked.get("accept-encoding"), packable=packable)
    tag = headers.get("etag", "").strip('"')
    if packs:
        smaller = await _pack(packed, tag, body)
        if packs := len(smaller) < len(body):
            body = smaller
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


async def _pack(packed: Cache[str, bytes], tag: str, body: bytes) -> bytes:
    """Return a body compressed, always the same bytes."""
    if tag and (found := packed.get(tag)) is not None:
        return found
    compress = partial(gzip.compress, body, 6, mtime=0)
    found = await asyncio.to_thread(compress) if len(body) > _SLOW_TO_PACK else compress()
    if tag:
        packed.put(tag, found, len(found) + len(tag) + 100)
    return found


def _is_packable(media: str, size: int) -> bool:
    return size >= _WORTH_PACKING and media.startswith(_PACKABLE)


@lru_cache(maxsize=1024)
def coding(accepted: str | None, *, packable: bool) -> bool:
    """Tell whether an answer is to be sent as gzip rather than as it is, by a value of Accept-Encoding.

    What need not be compressed is only for who refuses it as it is. Who refuses both gets it as it is.
    """
    found = parse_accept_header(accepted, Accept)
    packed, plain = found.quality("gzip"), found.quality("identity")
    named = {name.lower() for name, _ in found}
    # As it is, it is acceptable unless that is refused by name, or with all that is not named.
    refused = not plain and bool(named & {"identity", "*"})
    return packed > 0 and (refused or (packable and packed >= (plain if "identity" in named else 0)))


def _matches(condition: str, tag: str) -> bool:
    """Tell whether a value of If-None-Match names a strong entity tag."""
    return condition in (f'"{tag}"', "*") or parse_etags(condition).contains_weak(tag)


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
        return 304 if _matches(condition, tag) else 0
    # A date counts only where no tag is named.
    return 304 if _is_later(changed, asked.get("if-modified-since")) is False else 0


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
    for name in ("etag", "content-encoding", "content-location", "last-modified", "link"):
        del headers[name]
    headers["cache-control"], headers["content-type"] = "no-store", TEXT
    headers["content-length"] = str(len(reason))
    return status, reason.encode()

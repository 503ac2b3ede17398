"""Whether a client already holds an answer, RFC 9110 section 13, told from what was asked and not from bytes.

The graph, the program and the request decide an answer together, so a hash of these three is its entity tag;
what order a query leaves open may differ between two evaluations, and no part of such an answer can be asked
for. A tag is only ever issued with an answer of status 200. A client that shows it has had that answer, which
holds as long as the tag does: nothing has to be evaluated to say so, even by a server that has forgotten the
answer, or has never made it. Whoever works out a tag without having had the answer fools nobody else.
Knows requests, keys and tags; nothing of what an answer is about.
"""

from __future__ import annotations

import os
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from amcc_kg.graph.cache import engine_versions
from amcc_kg.serving.config import Config
from amcc_kg.serving.http.messages import Answer, Memo, Request
from amcc_kg.serving.http.representations import coded_tag, coding, is_packable, matches
from amcc_kg.terms.version import PACKAGE, __version__

# The request that is being answered, for what is called on the way without it.
ASKED: ContextVar[Request | None] = ContextVar("ASKED", default=None)
_CODED = "Accept-Encoding"
_PROGRAM = (".css", ".html", ".json", ".py", ".svg", ".ttl", ".txt")


@dataclass(frozen=True, slots=True)
class Facts:
    """What of an answer is kept when its body is forgotten: what a 304 has to repeat.

    Attributes:
        vary: request headers that the answer depends on, without Accept-Encoding.
        place: the value of Content-Location, empty if there is none.
        is_packable: whether who accepts gzip gets it compressed, None if that is not known.
    """

    vary: tuple[str, ...] = ("Accept",)
    place: str = ""
    is_packable: bool | None = None


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


def tag(edition: str, key: tuple[str, ...]) -> str:
    """Return the opaque part of the strong entity tag of the answer that has this key."""
    return sha256(repr((edition, key)).encode(errors="surrogateescape")).hexdigest()[:24]


def unchanged(opaque: str, facts: Facts) -> Answer | None:
    """Return the 304 for the request being answered if its client holds the answer of this tag, else None.

    `*` asks whether there is an answer at all, which has to be found out; so does a condition that is judged
    before this one.
    """
    request = ASKED.get()
    condition = request.headers.get("if-none-match") if request is not None else None
    if request is None or request.method != "GET" or not condition or condition == "*":
        return None
    if not request.headers.keys().isdisjoint(("if-match", "if-unmodified-since")):
        return None
    packed = coding(request.headers.get("accept-encoding"), packable=facts.is_packable is not False)
    tag = coded_tag(opaque, packed=packed)
    if not matches(condition, tag):
        return None
    vary = (*facts.vary, *(() if facts.is_packable is False else (_CODED,)))
    place = (("Content-Location", facts.place),) if facts.place else ()
    return Answer(304, b"", headers=place, vary=vary, memo=Memo(tag.strip('"'), is_reused=True))


def facts_of(answer: Answer) -> Facts:
    """Return what is to be kept of an answer."""
    place = next((value for name, value in answer.headers if name == "Content-Location"), "")
    return Facts(answer.vary, place, is_packable(answer.media, len(answer.body)))

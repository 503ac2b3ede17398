"""A request and its answer, as handlers see them.

Knows what HTTP says, not how it travels: codings, conditions and parts are known in
`amcc_kg.serving.http.representations`.
"""

from __future__ import annotations

import re
from binascii import a2b_qp
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from urllib.parse import unquote

from amcc_kg.terms.spelling import nearest

TEXT = "text/plain; charset=utf-8"
_MOST_FIELDS = 100
_BADLY_ENCODED = re.compile("%(?![0-9A-Fa-f]{2})")
_POLICY = (
    b"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    b"frame-ancestors 'none'"
)
_EXPOSED = (
    b"Accept-Ranges, Allow, Amcc-Hint, Amcc-Note, Content-Location, Content-Range, ETag, Link, Location, "
    b"Retry-After"
)
# What every answer carries, whatever it is.
ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", _POLICY),
    (b"referrer-policy", b"same-origin"),
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", _EXPOSED),
]
_ONE_LINE = dict.fromkeys((*range(32), 127), " ")
_PUBLIC, _PRIVATE = "public, max-age=60", "no-store"
# What passes by itself, and after how many seconds to try again where nothing better is known.
_BUSY, _PAUSE = (429, 503), "2"
_TRUTH = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}


class UnreadableError(ValueError):
    """A request whose parameters cannot be read; its text is the reason."""


@dataclass(eq=False)
class RefusedError(Exception):
    """A request that is answered with a problem."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks."""

    method: str  # `GET`, `POST`, …; a HEAD reaches handlers as `GET`
    path: str  # the path, percent-decoded except for `%2F`, starting with a slash
    query: str = ""  # the query string as it came
    # By lower-case name; repeated ones are joined by a comma.
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""  # the whole body
    client: str = ""  # the address of the client
    base: str = "http://localhost/"  # this server's own URL as the client knows it, ending in a slash
    rest: str = ""  # what the `*` of the route stands for
    spelt: str = ""  # the path as it came

    def parameter(self, name: str) -> str | None:
        """Return the value of a field of the query, None if it has none; raises `UnreadableError` for two."""
        values = [value for key, value in fields(self.query) if key == name]
        if len(values) > 1:
            raise UnreadableError(f"more than one {name} is given")
        return values[0] if values else None

    def unknown(self, *known: str) -> str:
        """Return what is wrong with a field of the query that is not known; raises `UnreadableError`."""
        return unknown((name for name, _ in fields(self.query)), known)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler answers."""

    status: int = 200  # the status code
    body: bytes = b""  # the whole body, not compressed
    media: str = TEXT  # the media type with its charset
    headers: tuple[tuple[str, str], ...] = ()  # but for those that depend on bytes, conditions or the server
    vary: tuple[str, ...] = ("Accept",)  # request headers that the answer depends on
    storable: bool = True  # whether the answer is the same for everybody until the graph changes
    ranged: bool = False  # whether a part of it may be asked for
    rows: int = 0  # rows or triples in the body, where there is a bound to how many may be
    tag: str = ""  # the opaque part of its strong entity tag, empty where that is the hash of its body
    is_reused: bool = False  # whether it was in memory


def problem(status: int, reason: str, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Return an error answer: one line of plain text."""
    return Answer(status, f"{' '.join(reason.split())}\n".encode(errors="replace"), TEXT, headers, (), False)


def refused(status: int, reason: str, headers: tuple[tuple[str, str], ...] = ()) -> RefusedError:
    """Return the exception by which a request is answered with a problem."""
    return RefusedError(problem(status, reason, headers))


def refusal(status: int, reason: str, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Return an error answer in place of one that would depend on what the client accepts."""
    return replace(problem(status, reason, headers), vary=("Accept",))


def redirect(location: str, status: int = 301) -> Answer:
    """Return a redirection to a URL made of ASCII characters, by 301 for good."""
    return Answer(status, f"see {location}\n".encode(), TEXT, (("Location", location),), storable=False)


def fields(encoded: str) -> list[tuple[str, str]]:
    """Return the fields of a query string or form; raises `UnreadableError` if not UTF-8 or too many."""
    if encoded.count("&") >= _MOST_FIELDS:
        raise UnreadableError(f"more than {_MOST_FIELDS} parameters")
    pairs = (piece.partition("=") for piece in encoded.replace("+", " ").split("&") if piece)
    try:
        return [(_decoded(name), _decoded(value)) for name, _, value in pairs]
    except UnicodeDecodeError as error:
        raise UnreadableError("the parameters are not UTF-8") from error


def unknown(given: Iterable[str], known: Sequence[str], besides: str = "") -> str:
    """Return which name of a parameter is not among those known, and which are; empty if all are known.

    One that is taken `besides` is named last.
    """
    for name in given:
        if name not in known and name != besides:
            takes = f"it takes {', '.join(known) or 'none'}{f' besides {besides}' if besides else ''}"
            return f"there is no parameter {name[:100]!r}; {takes}{nearest(name[:100], [*known, besides])}"
    return ""


def truth(name: str, text: str) -> bool:
    """Return what a parameter that is true or false is given as; raises `RefusedError`."""
    if (found := _TRUTH.get(text.lower())) is None:
        raise refused(400, f"{name} is {text[:100]!r}; allowed: true, false")
    return found


def _decoded(text: str) -> str:
    """Return a text that is percent-encoded, as `unquote` does, with what is encoded badly left as it is."""
    if not text.isascii() or _BADLY_ENCODED.search(text):
        return unquote(text, errors="strict")
    # Quoted-printable is the same but for the sign, and decoded in one go: a query, of which every other
    # character is encoded, takes `unquote` as long as the engine takes to answer many a one.
    return a2b_qp(text.replace("=", "%3D").replace("%", "=")).decode()


def hash_tag(content: bytes) -> str:
    """Return the opaque part of the entity tag of what has this content."""
    return sha256(content).hexdigest()[:24]


def wire(answer: Answer) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer as they travel, as if its body were sent as it is."""
    status, headers = answer.status, [(name.lower(), value) for name, value in answer.headers]
    named = {name for name, _ in headers}
    is_public = status == 200 and answer.storable
    if is_public or status == 304:
        headers.append(("etag", f'"{answer.tag or hash_tag(answer.body)}"'))
    if "cache-control" not in named:
        headers.append(("cache-control", _PUBLIC if is_public or 300 <= status < 400 else _PRIVATE))
    if status in _BUSY and "retry-after" not in named:
        headers.append(("retry-after", _PAUSE))
    if answer.ranged:
        headers.append(("accept-ranges", "bytes"))
    if answer.vary:
        headers.append(("vary", ", ".join(answer.vary)))
    # RFC 9110 section 8.6: neither has a length.
    if status not in (204, 304):
        headers += (("content-type", answer.media), ("content-length", str(len(answer.body))))
    # A value comes from a graph or a URL; whatever is in it, it stays one line.
    return [(n.encode(), v.translate(_ONE_LINE).encode("latin-1", "replace")) for n, v in headers]

"""Who asks, by which name this server was called, and what path is meant.

Knows what proxies say of a request that they pass on, in `X-Forwarded-…` or in `Forwarded` as RFC 7239 has
it, and whose word counts; percent-encoding and what a path may not hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import unquote

from amcc_kg.serving.config import Network
from amcc_kg.serving.http.messages import UnreadableError

# RFC 9112 section 3.2.2.
_ABSOLUTE = re.compile(rb"https?://([^/?#]*)", re.IGNORECASE)
AUTHORITY = re.compile(r"[A-Za-z0-9.\-_]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?")

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PAIR = re.compile(rf'\s*({_TOKEN})=(?:({_TOKEN})|"((?:[^"\\]|\\.)*)")\s*(;|,|$)')
_NODE = re.compile(r"(?:\[([^\]]*)\]|([^:]*))(?::[0-9A-Za-z._-]+)?")
_PREFIX = "x-forwarded-"


@dataclass(frozen=True, slots=True)
class Forwarding:
    """What proxies have said."""

    clients: tuple[str, ...]  # whom each says to have the request from, the nearest proxy's word last
    host: str  # by which name the last one was called, empty if it does not say
    scheme: str  # in lower case, by which scheme


def forwarding(headers: dict[str, str]) -> Forwarding:
    """Return what the headers of a request say.

    `Forwarded` counts only where no `X-Forwarded-…` is: a proxy that writes the one leaves the other as its
    client sent it.
    """
    if any(name.startswith(_PREFIX) for name in headers):
        chain = headers.get(f"{_PREFIX}for")
        clients = [name.strip() for name in chain.split(",")] if chain else []
        names = "host", "proto"
        last = {name: headers.get(_PREFIX + name, "").rpartition(",")[2].strip() for name in names}
    else:
        elements = _elements(headers.get("forwarded", ""))
        clients, last = [_address(told["for"]) for told in elements if "for" in told], elements[-1]
    return Forwarding(tuple(clients), last.get("host", ""), last.get("proto", "").lower())


def _elements(value: str) -> list[dict[str, str]]:
    """Return what each proxy has said, by name in lower case; nothing of a value that is not well-formed."""
    found: list[dict[str, str]] = [{}]
    at = 0
    while at < len(value):
        pair = _PAIR.match(value, at)
        if pair is None:
            return [{}]
        name, token, quoted, mark = pair.groups()
        found[-1][name.lower()] = re.sub(r"\\(.)", r"\1", quoted) if token is None else token
        if mark == ",":
            found.append({})
        at = pair.end()
    return found


def _address(node: str) -> str:
    """Return the address of a node without its port, RFC 7239 section 6; of one without, its own words."""
    found = _NODE.fullmatch(node)
    return (found[1] or found[2] or "") if found else node


@lru_cache(maxsize=1024)
def is_within(address: str, networks: tuple[Network, ...]) -> bool:
    """Tell whether an address lies in one of the networks; what is no address does not."""
    found = _parsed(address)
    return found is not None and any(found in network for network in networks)


@lru_cache(maxsize=1024)
def site(address: str) -> str:
    """Return what an address is counted as: itself, or the network that an IPv6 client picks its own from."""
    found = _parsed(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found.packed[:8] + bytes(8), 64)))
    return address if found is None else str(found)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Return an address, as IPv4 if IPv6 only says it in its own way; None for what is none."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def client(peer: str, headers: dict[str, str], trusted: tuple[Network, ...]) -> str:
    """Return the address of the client: the last in the chain that no trusted peer vouches to be a proxy."""
    for name in [peer, *reversed(forwarding(headers).clients)]:
        # What comes after a percent sign is the name of a link of another machine, and any text at all.
        if (name != peer and "%" in name) or _parsed(name) is None:
            return peer
        if not is_within(name, trusted):
            return name
    return peer


def base(configured: str | None, headers: dict[str, str], fallback: str, *, is_trusted: bool) -> str:
    """Return this server's URL as the client knows it, ending in a slash."""
    if configured:
        return configured if configured.endswith("/") else f"{configured}/"
    host, scheme = headers.get("host") or fallback, "http"
    if is_trusted:
        forwarded = forwarding(headers)
        if forwarded.host and not set(forwarded.host) & set(" /\\\"'<>?#@%"):
            host = forwarded.host
        if forwarded.scheme == "https":
            scheme = "https"
    return f"{scheme}://{host}/"


def origin_form(target: bytes) -> tuple[str | None, bytes]:
    """Return the authority a target names, or None, and its rest; raises `UnreadableError` if it is none."""
    found = _ABSOLUTE.match(target)
    if found is None:
        return None, target
    authority, rest = found[1].decode("latin-1"), target[found.end() :]
    if not AUTHORITY.fullmatch(authority):
        raise UnreadableError("the URL names no server")
    return authority, rest if rest.startswith(b"/") else b"/" + rest


def path_and_query(target: bytes) -> tuple[str, str]:
    """Return a request target's path, decoded but for `%2F`, and its query string as it came.

    Raises `UnreadableError` for what is not a path, not UTF-8, or tries to leave its folder.
    """
    if target == b"*":
        return "*", ""
    encoded, _, query = origin_form(target)[1].partition(b"?")
    try:
        path = unquote(encoded.decode().replace("%2F", "%252F").replace("%2f", "%252F"), errors="strict")
        text = query.decode()
    except UnicodeDecodeError as error:
        raise UnreadableError("the URL is not UTF-8") from error
    if not path.startswith("/") or "#" in text or any(c < " " or c == "\x7f" for c in path):
        raise UnreadableError("the URL is not a path")
    if any(segment in (".", "..") for segment in path.replace("\\", "/").split("/")):
        raise UnreadableError("the URL has dots for segments")
    return path, text

"""What proxies say of a request that they pass on: `X-Forwarded-…`, or `Forwarded` as RFC 7239 has it.

Whose word counts is not known here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PAIR = re.compile(rf'\s*({_TOKEN})=(?:({_TOKEN})|"((?:[^"\\]|\\.)*)")\s*(;|,|$)')
_NODE = re.compile(r"(?:\[([^\]]*)\]|([^:]*))(?::[0-9A-Za-z._-]+)?")
_PREFIX = "x-forwarded-"


@dataclass(frozen=True, slots=True)
class Forwarding:
    """What proxies have said.

    Attributes:
        clients: whom each says to have the request from, the nearest proxy's word last.
        host: by which name the last one was called, empty if it does not say.
        scheme: in lower case, by which scheme.
    """

    clients: tuple[str, ...] = ()
    host: str = ""
    scheme: str = ""


def of(headers: dict[str, str]) -> Forwarding:
    """Return what the headers of a request say.

    `Forwarded` counts only where no `X-Forwarded-…` is: a proxy that writes the one leaves the other as its
    client sent it.
    """
    if any(name.startswith(_PREFIX) for name in headers):
        chain = headers.get(f"{_PREFIX}for", "")
        return Forwarding(
            tuple(name.strip() for name in chain.split(",")) if chain else (),
            headers.get(f"{_PREFIX}host", "").rpartition(",")[2].strip(),
            headers.get(f"{_PREFIX}proto", "").rpartition(",")[2].strip().lower(),
        )
    if "forwarded" not in headers:
        return Forwarding()
    elements = _elements(headers["forwarded"])
    clients = tuple(_address(element["for"]) for element in elements if "for" in element)
    last = elements[-1] if elements else {}
    return Forwarding(clients, last.get("host", ""), last.get("proto", "").lower())


def _elements(value: str) -> list[dict[str, str]]:
    """Return what each proxy has said, by name in lower case; nothing of a value that is not well-formed."""
    found: list[dict[str, str]] = [{}]
    at = 0
    while at < len(value):
        pair = _PAIR.match(value, at)
        if pair is None:
            return []
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

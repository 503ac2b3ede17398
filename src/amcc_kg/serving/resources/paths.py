"""Which IRI a path of this server names, and at which path an IRI is answered for.

A path stands for two IRIs: the one below the persistent address, which leads here, and the one below this
server's own address, as it is in anybody's graph whose IRIs begin with where it is served. Knows spellings
and which paths are taken; nothing of what is said of an IRI.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    from amcc_kg.serving.resources.statements import Statements

# What RFC 3987 lets stand in a path, a query or a fragment; the rest is percent-encoded.
_IN_URL = "/:@!$&'()*+,;=-._~%"
# The first segments of paths at which something else than things is answered for.
RESERVED = frozenset(
    (
        *("sparql", "healthz", "readyz", "metrics", "ask", "queries", "query", ".well-known", "downloads"),
        *("openapi.json", "static", "favicon.svg", "favicon.ico", "robots.txt", "about", "explain"),
    )
)
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
_STRAY = re.compile(r"%(?![0-9A-Fa-f]{2})")
# What no IRI may hold, https://www.w3.org/TR/rdf11-concepts/#section-IRIs.
_FORBIDDEN = re.compile(r'[\x00-\x20<>"{}|^`\\]')


def namespaces(base: str) -> tuple[str, ...]:
    """Return what the IRIs begin with that are answered for below a server's URL."""
    return tuple(dict.fromkeys((base, prefixes.BASE)))


def encoded(text: str, more: str = "") -> str:
    """Return a path as a URL spells it; characters of `more` stay as they are, too."""
    return quote(text, safe=_IN_URL + more)


def candidates(path: str, *, exact: bool = False) -> list[str]:
    """Return the IRIs that a decoded path may mean, the most literal first.

    An IRI may hold a character as it is, or percent-encoded in capital or small letters; one that the path is
    `exact`ly spelt like holds it as it is.
    """
    mended = path if exact else _STRAY.sub("%25", path)
    spelt = [mended]
    others = () if exact else ((mended, "?#"), (mended, ""), (path.replace("%", "%25"), ""))
    for text, safe in others:
        capital = encoded(text, safe)
        spelt += [capital, _ENCODED.sub(lambda m: m[0].lower(), capital)]
    return list(dict.fromkeys(text for text in spelt if not _FORBIDDEN.search(text)))


def split(iri: str, base: str) -> tuple[str, str] | None:
    """Return the namespace that an IRI begins with and what follows it, None if it lies elsewhere."""
    # The start page answers at the server's own URL, whatever a graph says of that.
    space = next((space for space in namespaces(base) if iri.startswith(space) and iri != base), None)
    return None if space is None else (space, iri.removeprefix(space))


def path(found: Statements, iri: str, base: str) -> str | None:
    """Return the path, without its first slash, at which an IRI is answered for.

    None where only `/about?iri=` answers for it: it lies elsewhere, or its path is another's, be it only as a
    link spells that.
    """
    parts = split(iri, base)
    if parts is None:
        return None
    space, rest = parts
    if space != prefixes.BASE and rest.partition("/")[0] in RESERVED:
        return None
    others = {space + encoded(rest), *(other + rest for other in namespaces(base))} - {iri}
    return None if any(map(found.occurs, others)) else rest


def document(found: Statements, iri: str, suffix: str | None, base: str) -> str:
    """Return the URL of the description of an IRI in the format of a suffix, or in any."""
    ending, where = f".{suffix}" if suffix else "", path(found, iri, base)
    # Where the IRI with the suffix is a thing's own, its path is taken.
    if where is None or (ending and any(found.occurs(space + where + ending) for space in namespaces(base))):
        return f"{base}about{ending}?iri={quote(iri, safe='')}"
    return f"{base}{encoded(where)}{ending}"


def below(found: Statements, base: str) -> dict[str, str]:
    """Return the subjects and named graphs that paths stand for, each with what follows its namespace."""
    iris = {iri for space in namespaces(base) for iri in found.below(space)}
    return {iri: parts[1] for iri in sorted(iris) if (parts := split(iri, base))}


def is_member(iri: str, container: str) -> bool:
    """Tell whether an IRI is a container's with one more segment."""
    rest = iri.removeprefix(container)
    return bool(rest) and iri.startswith(container) and "/" not in rest and "#" not in rest


def members(found: Statements, base: str, container: str) -> list[str]:
    """Return, sorted, the things one segment below a decoded path that ends, not begins, in a slash."""
    spelt = [iri for space in namespaces(base) for iri in candidates(space + container)]
    return sorted({iri for prefix in spelt for iri in found.below(prefix) if is_member(iri, prefix)})

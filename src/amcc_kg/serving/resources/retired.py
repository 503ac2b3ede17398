"""Answers for IRIs that are gone: where their successor is, or that there is none, and what may be meant.

RFC 9110: 301 where one thing takes the place of another (section 15.4.2), 410 otherwise (section 15.5.11).
Knows what the register of retired IRIs says; nothing of which IRI a path may mean.
"""

from __future__ import annotations

from collections.abc import Mapping

from amcc_kg.repository.retirement import Retired
from amcc_kg.serving.http.messages import Answer, redirect, refusal
from amcc_kg.serving.resources import paths, signposts, statements
from amcc_kg.serving.resources.statements import Statements
from amcc_kg.serving.workers.tasks import Loaded
from amcc_kg.terms import prefixes

# The name of the download that lists what is retired.
FILE = "retired.ttl"


def of(loaded: Loaded) -> Mapping[str, Retired]:
    """Return the retired IRIs of a loaded graph; plain files retire none."""
    return {} if loaded.knowledge is None else loaded.knowledge.retired.by_iri


def answer(found: Statements, retired: Retired, suffix: str | None, base: str) -> Answer:
    """Answer for a retired IRI, in whose place its successor is answered for at the same `suffix`."""
    if retired.successor is not None:
        return redirect(url(found, retired.successor, suffix, base))
    return _gone(retired.said(), [url(found, iri, suffix, base) for iri in retired.candidates])


def container(loaded: Loaded, path: str, base: str) -> Answer | None:
    """Answer for a path that ends in a slash and below which all is retired; None if nothing is.

    It has moved to where all its things have; such a path has no entry in the register.
    """
    this = prefixes.BASE + path
    known = loaded.knowledge.retired.below(this) if loaded.knowledge else []
    direct = [one for one in known if one.iri == this or paths.is_member(one.iri, this)]
    if not direct:
        return None
    found = statements.of(loaded)
    followers = sorted({f"{iri.rpartition('/')[0]}/" for one in direct for iri in one.candidates})
    ours = (iri for iri in followers if iri.startswith(prefixes.BASE) and iri != prefixes.BASE)
    listed = [iri for iri in ours if "#" not in iri]
    if listed == followers and len(listed) == 1 and all(one.successor for one in direct):
        return redirect(url(found, listed[0], None, base))
    named = f"; what takes its place lies below {', '.join(f'<{iri}>' for iri in listed)}" if listed else ""
    reason = f"what lay below /{path[:300]} is retired{named}"
    return _gone(reason, [url(found, iri, None, base) for iri in listed])


def terms_of(loaded: Loaded, document: str) -> list[Retired]:
    """Return the retired terms whose IRIs are a document's with `#name` behind it, sorted."""
    return [] if loaded.knowledge is None else loaded.knowledge.retired.below(f"{document}#")


def url(found: Statements, iri: str, suffix: str | None, base: str) -> str:
    """Return the URL at which an IRI is answered for, here or elsewhere, in the format of a suffix or any."""
    if paths.path(found, iri, base) is None and not found.occurs(iri):
        return paths.encoded(iri, "?#")
    return paths.document(found, iri, suffix, base)


def _gone(reason: str, candidates: list[str]) -> Answer:
    links = ", ".join(signposts.link(href, "related") for href in candidates)
    return refusal(410, reason, (("Link", links),) if links else ())

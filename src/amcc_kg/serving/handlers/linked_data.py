"""Linked data: every IRI of the graph is answered for, under this server's own address.

The things' own IRIs mostly lie elsewhere, at the persistent address, which leads here by a 303. A URL of this
server is then not the thing's name but that of a document about it, so it answers at once with the
representation that the client prefers, names that one's own URL in `Content-Location`, and says in `Link`
what it describes: `curl -H 'Accept: text/turtle'` prints Turtle without following anything, and the subject
in it is the thing's own IRI. A thing whose IRI is a URL of this very server answers with 303, unless it is a
document that hash IRIs lie in (https://www.w3.org/TR/cooluris/).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from amcc_kg.serving.handlers import downloads
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.http.messages import Answer, Request, not_acceptable, problem, redirect
from amcc_kg.serving.pages import pages
from amcc_kg.serving.resources import endpoint_terms
from amcc_kg.serving.resources import paths as naming
from amcc_kg.serving.service import Service
from amcc_kg.terms import prefixes

_OWN = re.compile(
    rf"({re.escape(prefixes.DESCRIPTION_GRAPH)}|{re.escape(endpoint_terms.DEFAULT_GRAPH)})([/#.]|$)"
)
_DATASET = re.compile(rf"{re.escape(prefixes.BASE)}dataset([/#.]|$)")


async def thing(service: Service, request: Request) -> Answer:
    """Answer for the thing, or the container of things, that a path names."""
    path = request.path.removeprefix("/")
    # In a repository the persistent address is the things' own, in plain files whatever they say.
    spaces = naming.namespaces(request.base)
    ordered = spaces if service.config.files else spaces[::-1]
    plain = (request.spelt or request.path).removeprefix("/"), path
    # Of a repository no IRI has a query part, so it would only make the same answer many.
    queried = service.config.files and request.query
    parts = request.query, unquote(request.query)
    with_query = [f"{path}?{query}" for path, query in zip(plain, parts, strict=True)] if queried else []
    if path.endswith("/"):
        if with_query:
            answer = await _described(service, request, _spelt(ordered, with_query))
            if answer.status != 404:
                return answer
        return _with_query(request, await _container(service, request, path))
    spelt = _spelt(ordered, with_query) + _spelt(ordered, plain)
    return _with_query(request, await _described(service, request, spelt))


def _spelt(spaces: Iterable[str], paths: Iterable[str]) -> list[tuple[str, bool]]:
    """Return the IRIs that a path may mean, as spelt and then decoded, each with whether it is exact."""
    return [
        (space + path, exact) for space in spaces for path, exact in zip(paths, (True, False), strict=False)
    ]


async def about(service: Service, request: Request) -> Answer:
    """Answer for any IRI of the graph: `/about?iri=…` serves those that lie elsewhere."""
    if request.rest and by_suffix(request.path) is None:
        return await thing(service, request)
    iri = request.parameter("iri")
    if not iri:
        return await pages.dressed(service, request, problem(400, "say what about: /about?iri=IRI"))
    return await _described(service, request, [(iri, False)], about=True)


def by_suffix(path: str) -> tuple[str, negotiation.Offer] | None:
    """Return a path without the suffix that names a representation, and the representation."""
    stem, dot, suffix = path.rpartition(".")
    offer = negotiation.by_suffix("thing", suffix) if dot and stem else None
    return (stem, offer) if offer else None


async def _described(
    service: Service, request: Request, iris: list[tuple[str, bool]], *, about: bool = False
) -> Answer:
    accepted = negotiation.choose("thing", request.headers.get("accept"))
    preferred = accepted.name if accepted else None
    suffixed = by_suffix(request.path)
    format, suffix = (suffixed[1].name, suffixed[1].suffix) if suffixed else (preferred, None)
    plain = {"format": preferred, "fixed": False, "suffix": None}
    fixed = {"format": format, "fixed": True, "suffix": suffix}
    choices: list[dict[str, str | bool | None]]
    choices = [{"iri": iri, "exact": exact, **(fixed if about else plain)} for iri, exact in iris]
    if suffixed and not about:
        stems = [(iri.removesuffix(f".{suffix}"), exact) for iri, exact in iris]
        choices += [{"iri": iri, "exact": exact, **fixed} for iri, exact in stems]
    call: dict[str, Any] = {"choices": choices, "base": request.base}

    async def make() -> Answer:
        whole = await _add_beside(service, call, {iri for iri, _ in iris})
        reply = await service.run("describe", call, client=request.client)
        return replace(reply, storable=reply.storable and whole).answer()

    # An IRI that ends like a suffix may exist, so the preference counts even where there is a suffix.
    key = ("thing", request.path, *(iri for iri, _ in iris), preferred or "", request.base)
    return await pages.dressed(service, request, await service.remember(key, make))


async def _container(service: Service, request: Request, path: str) -> Answer:
    offer = negotiation.choose("thing", request.headers.get("accept"))
    if offer is None:
        return not_acceptable(f"this can be had as {negotiation.media_types('thing')}")
    call = {"path": path, "format": offer.name, "base": request.base}

    async def make() -> Answer:
        await _add_beside(service, call, {prefixes.BASE + path})
        return (await service.run("contained", call, client=request.client)).answer()

    answer = await service.remember(("container", path, offer.name, request.base), make)
    return await pages.dressed(service, request, answer)


async def _add_beside(service: Service, call: dict[str, Any], iris: set[str]) -> bool:
    """Add to a call what is said of some IRIs beside the graph; return whether that is known to its end."""
    # Only where it has saved queries does the endpoint say something of itself.
    call["own"] = not service.config.files and any(_OWN.match(iri) for iri in iris)
    if not any(_DATASET.match(iri) for iri in iris):
        return True
    # What the dataset's description mints is answered for here, though no graph holds it.
    call["dataset"] = await downloads.dataset(service)
    return call["dataset"] is not None or bool(service.config.files)


def _with_query(request: Request, answer: Answer) -> Answer:
    """Keep the query of a path that leads to the same with a slash at its end, or without one."""
    location = dict(answer.headers).get("Location", "")
    path = unquote(location.removeprefix(request.base))
    is_slashed = answer.status == 301 and path.rstrip("/") == request.path.strip("/")
    if not is_slashed or not request.query:
        return answer
    return replace(redirect(301, f"{location}?{request.query}"), vary=answer.vary)

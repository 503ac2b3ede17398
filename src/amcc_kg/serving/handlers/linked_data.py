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

from amcc_kg.serving.exchange import GOOD, for_people
from amcc_kg.serving.handlers import downloads
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.http.messages import Answer, Request, problem, redirect, refusal
from amcc_kg.serving.resources import paths as naming
from amcc_kg.serving.service import Service
from amcc_kg.terms import prefixes

_OWN = re.compile(rf"({re.escape(prefixes.DESCRIPTION_GRAPH)}|{re.escape(prefixes.DEFAULT_GRAPH)})([/#.]|$)")
_DATASET = re.compile(rf"{re.escape(prefixes.BASE)}dataset([/#.]|$)")


@for_people
async def thing(service: Service, request: Request) -> Answer:
    """Answer for the thing, or the container of things, that a path names."""
    path = request.path.removeprefix("/")
    # In a repository the persistent address is the things' own, in plain files whatever they say.
    spaces = naming.namespaces(request.base)
    ordered = spaces if service.config.files else spaces[::-1]
    plain = request.spelt.removeprefix("/"), path
    # Of a repository no IRI has a query part.
    if service.config.files and request.query:
        with_query = f"{plain[0]}?{request.query}", f"{path}?{unquote(request.query)}"
        answer = await _described(service, request, _spelt(ordered, with_query))
        if answer.status != 404:
            return answer
    if path.endswith("/"):
        return _with_query(request, await _container(service, request, path))
    return _with_query(request, await _described(service, request, _spelt(ordered, plain)))


def _spelt(spaces: Iterable[str], paths: Iterable[str]) -> list[tuple[str, bool]]:
    """Return the IRIs that a path may mean, as spelt and then decoded, each with whether it is exact."""
    return [
        (space + path, exact) for space in spaces for path, exact in zip(paths, (True, False), strict=False)
    ]


@for_people
async def about(service: Service, request: Request) -> Answer:
    """Answer for any IRI of the graph: `/about?iri=…` serves those that lie elsewhere."""
    if request.rest and by_suffix(request.path) is None:
        return await thing(service, request)
    if wrong := request.unknown("iri"):
        return problem(400, wrong)
    iri = request.parameter("iri")
    if not iri:
        return problem(400, "say what about: /about?iri=IRI")
    return await _described(service, request, [(iri, False)], about=True)


def by_suffix(path: str) -> negotiation.Offer | None:
    """Return the representation that the suffix of a path names, None if it names none."""
    stem, dot, suffix = path.rpartition(".")
    return negotiation.by_suffix("thing", suffix) if dot and stem else None


async def _described(
    service: Service, request: Request, iris: list[tuple[str, bool]], *, about: bool = False
) -> Answer:
    accepted, suffixed = negotiation.choose("thing", request.headers.get("accept")), by_suffix(request.path)
    preferred = accepted.name if accepted else None
    plain = {"format": preferred, "fixed": about, "suffix": None}
    named = {"format": suffixed.name, "fixed": True, "suffix": suffixed.suffix} if suffixed else plain
    choices = [{"iri": iri, "exact": exact, **(named if about else plain)} for iri, exact in iris]
    if suffixed and not about:
        stems = [(iri.removesuffix(f".{suffixed.suffix}"), exact) for iri, exact in iris]
        choices += [{"iri": iri, "exact": exact, **named} for iri, exact in stems]
    call = {"choices": choices, "base": request.base}

    async def make() -> Answer:
        beside = await _beside(service, [iri for iri, _ in iris])
        reply = await service.run("describe", call | beside, client=request.client)
        # Another time all may be known that is said beside the graph.
        whole = service.config.files or beside.get("dataset", "") is not None
        return replace(reply, storable=reply.storable and bool(whole))

    # An IRI that ends like a suffix may exist, so the preference counts even where there is a suffix.
    key = ("thing", request.path, *(iri for iri, _ in iris), preferred or "", request.base)
    return await service.remember(request, key, make)


async def _container(service: Service, request: Request, path: str) -> Answer:
    call = {"path": path, "format": negotiation.chosen("thing", request).name, "base": request.base}

    async def make() -> Answer:
        beside = await _beside(service, [prefixes.BASE + path])
        return await service.run("contained", call | beside, client=request.client)

    return await service.remember(request, ("container", *call.values()), make)


async def _beside(service: Service, iris: list[str]) -> dict[str, Any]:
    """Return what a task is to know of some IRIs beside the graph."""
    # Only where it has saved queries does the endpoint say something of itself.
    known: dict[str, Any] = {"own": not service.config.files and any(map(_OWN.match, iris))}
    if any(map(_DATASET.match, iris)):
        # What the dataset's description mints is answered for here, though no graph holds it.
        known["dataset"] = await downloads.dataset(service)
    return known


def _with_query(request: Request, answer: Answer) -> Answer:
    """Refuse the query of a thing that takes none, and keep that of a path that leads to its other form."""
    if answer.status in GOOD and (wrong := request.unknown()):
        return refusal(400, wrong)
    location = dict(answer.headers).get("Location", "")
    path = unquote(location.removeprefix(request.base))
    is_slashed = answer.status == 301 and path.rstrip("/") == request.path.strip("/")
    if not is_slashed or not request.query:
        return answer
    return replace(redirect(f"{location}?{request.query}"), vary=answer.vary)

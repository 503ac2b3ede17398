"""Saved queries as URLs: the list, a query's page, its answer in any format, and the query itself as data.

`/queries/NAME` negotiates, `/queries/NAME.csv` does not. Fields of the query string are the query's
parameters. Knows names and formats; values are judged where the graph is.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from amcc_kg.serving.exchange import for_people
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.http.messages import (
    Answer,
    RefusedError,
    Request,
    fields,
    problem,
    redirect,
    refused,
    truth,
)
from amcc_kg.serving.resources import signposts
from amcc_kg.serving.service import Service
from amcc_kg.terms import prefixes
from amcc_kg.terms.spelling import nearest


@for_people
async def queries(service: Service, request: Request) -> Answer:
    """Answer with the list of saved queries, or with a saved query's answer."""
    if request.rest:
        return await _query(service, request)
    offer = negotiation.chosen("queries", request)
    if offer is negotiation.TURTLE:
        return await _examples(service, request, offer, None)
    if offer is negotiation.HTML:
        return await service.answer(request, "listing", {"base": request.base})
    return await service.answer(request, "catalogue", {})


@for_people
async def named(service: Service, request: Request) -> Answer:
    """Answer for the IRI of a saved query: for people its page, for programs its description."""
    if not request.rest:
        return redirect("../queries/", 303)
    entry, suffix = await _found(service, request)
    name = entry["name"]
    offer = _offer("query", request, name, suffix or None)
    # Relative, so that no Host that a client makes up leads anywhere.
    if offer is negotiation.HTML:
        return replace(redirect(f"../queries/{quote(name)}", 303), vary=("Accept",))
    if request.base == prefixes.BASE and not suffix:
        return replace(redirect(f"{quote(name)}.{offer.suffix}", 303), vary=("Accept",))
    return await _examples(service, request, offer, name)


async def examples(service: Service, request: Request) -> Answer:
    """Answer with all saved queries as data, https://www.w3.org/TR/shacl/#sparql-constraints-prefixes."""
    suffix = request.rest.removeprefix(".")
    offer = negotiation.by_suffix("graph", suffix) if suffix else negotiation.chosen("graph", request)
    if offer is None or (suffix and suffix == request.rest):
        return problem(404, "there is nothing here; the saved queries are at /.well-known/sparql-examples")
    return await _examples(service, request, offer, None)


async def _query(service: Service, request: Request) -> Answer:
    entry, suffix = await _found(service, request)
    name = entry["name"]
    offer = _offer(negotiation.SAVED[entry["form"]], request, name, suffix)
    given: dict[str, list[str]] = {}
    for key, value in fields(request.query):
        given.setdefault(key, []).append(value)
    wanted = given.pop("evidence", ["false"])
    if len(wanted) > 1:
        return problem(400, f"{name}: evidence is given twice")
    evidence = truth("evidence", wanted[0] or "false")
    call = {
        "name": name,
        "parameters": dict(sorted(given.items())),
        "format": offer.name,
        "evidence": evidence,
        # Only a page has links, so all else is the same under every name of this server.
        "base": request.base if offer is negotiation.HTML else "",
    }
    return await service.answer(request, "saved", call, repeatable=entry["repeatable"])


async def _found(service: Service, request: Request) -> tuple[dict[str, Any], str | None]:
    """Return what is known of the saved query that a path names, and the suffix, or raise `RefusedError`."""
    answer = await service.answer(request, "catalogue", {})
    if answer.status != 200:
        raise RefusedError(answer)
    known = _read(answer.body)
    if request.rest in known:
        return known[request.rest], None
    name, _, suffix = request.rest.rpartition(".")
    if name not in known:
        raise RefusedError(await _unknown(service, request, known))
    return known[name], suffix


@lru_cache(maxsize=2)
def _read(body: bytes) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in json.loads(body)}


def _offer(kind: str, request: Request, name: str, suffix: str | None) -> negotiation.Offer:
    """Return the representation that a suffix names, or else a request prefers; raises `RefusedError`."""
    if suffix is None:
        return negotiation.chosen(kind, request)
    offer = negotiation.by_suffix(kind, suffix)
    if offer is None:
        suffixes = ", ".join(f".{one.suffix}" for one in negotiation.OFFERS[kind])
        raise refused(404, f"{name} cannot be had as .{suffix}; there are {suffixes}")
    return offer


async def _examples(service: Service, request: Request, offer: negotiation.Offer, name: str | None) -> Answer:
    call = {"format": offer.name, "base": request.base, "name": name}
    headers = () if name is None else _links(request.base, quote(name), offer)
    return await service.answer(request, "examples", call, headers=headers)


def _links(base: str, name: str, offer: negotiation.Offer) -> tuple[tuple[str, str], ...]:
    """Return the headers that say the URL of a saved query's description, and those of the others."""
    links = [signposts.link(f"{prefixes.BASE}query/{name}", "describes")]
    for other in negotiation.OFFERS["query"]:
        if other is not offer:
            path = f"queries/{name}" if other is negotiation.HTML else f"query/{name}.{other.suffix}"
            links.append(signposts.link(f"{base}{path}", "alternate", other.type))
    return ("Content-Location", f"{base}query/{name}.{offer.suffix}"), ("Link", ", ".join(links))


async def _unknown(service: Service, request: Request, known: dict[str, dict[str, Any]]) -> Answer:
    """Answer for a name that no saved query bears: it may be retired."""
    stem, _, suffix = request.rest.partition(".")
    call = {"iri": f"{prefixes.BASE}query/{stem}", "suffix": suffix or None, "base": request.base}
    answer = await service.run("retired", call, client=request.client)
    if answer.status == 404:
        hint = nearest(stem, known) or "; /queries/ lists them"
        return problem(404, f"no saved query is called {stem[:200]!r}{hint}")
    location, described = dict(answer.headers).get("Location", ""), f"{request.base}query/"
    # Where a query has moved to, its answers have too, if those are what is asked for.
    if not request.path.startswith("/queries/") or not location.startswith(described):
        return answer
    string = f"?{request.query}" if request.query else ""
    # Relative, so that no Host that a client makes up leads anywhere.
    return redirect(f"{quote(location.removeprefix(described))}{string}", answer.status)

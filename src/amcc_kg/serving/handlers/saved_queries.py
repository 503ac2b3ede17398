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

from amcc_kg.serving.http import negotiation
from amcc_kg.serving.http.messages import Answer, Request, not_acceptable, problem, redirect
from amcc_kg.serving.pages import pages
from amcc_kg.serving.service import Service
from amcc_kg.terms import prefixes
from amcc_kg.terms.spelling import nearest

_EVIDENCE = {"true": True, "1": True, "on": True, "false": False, "0": False, "": False}


async def queries(service: Service, request: Request) -> Answer:
    """Answer with the list of saved queries, or with a saved query's answer."""
    if not request.rest:
        return await _list(service, request)
    answer = await _query(service, request)
    return await pages.dressed(service, request, answer)


async def named(service: Service, request: Request) -> Answer:
    """Answer for the IRI of a saved query: for people its page, for programs its description."""
    if not request.rest:
        return redirect(303, "../queries/")
    known = await catalogue(service, request)
    if isinstance(known, Answer):
        return known
    name, suffix = request.rest, ""
    if name not in known:
        name, _, suffix = request.rest.rpartition(".")
        if name not in known:
            return await pages.dressed(service, request, await _unknown(service, request, known))
    accept = request.headers.get("accept")
    offer = negotiation.by_suffix("query", suffix) if suffix else negotiation.choose("query", accept)
    if offer is None and suffix:
        return await pages.dressed(service, request, _no_suffix(name, suffix, "query"))
    if offer is None:
        return not_acceptable(f"this can be had as {negotiation.media_types('query')}")
    # Relative, so that no Host that a client makes up leads anywhere.
    if offer is negotiation.HTML:
        return replace(redirect(303, f"../queries/{quote(name)}"), vary=("Accept",))
    if request.base == prefixes.BASE and not suffix:
        return replace(redirect(303, f"{quote(name)}.{offer.suffix}"), vary=("Accept",))
    return await _examples(service, request, offer, name)


async def examples(service: Service, request: Request) -> Answer:
    """Answer with all saved queries as data, https://www.w3.org/TR/shacl/#sparql-constraints-prefixes."""
    suffix = request.rest.removeprefix(".")
    if suffix:
        offer = negotiation.by_suffix("graph", suffix) if request.rest.startswith(".") else None
        if offer is None:
            return problem(
                404, "there is nothing here; the saved queries are at /.well-known/sparql-examples"
            )
    else:
        offer = negotiation.choose("graph", request.headers.get("accept"))
    if offer is None:
        return not_acceptable(f"this can be had as {negotiation.media_types('graph')}")
    return await _examples(service, request, offer, None)


async def catalogue(service: Service, request: Request) -> dict[str, dict[str, Any]] | Answer:
    """Return what is known of each saved query, by name, or the answer to give if that cannot be had."""
    answer = await service.answer(request, "catalogue", {}, ("catalogue",))
    return _read(answer.body) if answer.status == 200 else answer


@lru_cache(maxsize=2)
def _read(body: bytes) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in json.loads(body)}


async def _list(service: Service, request: Request) -> Answer:
    offer = negotiation.choose("queries", request.headers.get("accept"))
    if offer is None:
        return not_acceptable(f"this can be had as {negotiation.media_types('queries')}")
    if offer is negotiation.TURTLE:
        return await _examples(service, request, offer, None)
    task = "listing" if offer is negotiation.HTML else "catalogue"
    base = request.base if task == "listing" else ""
    return await service.answer(request, task, {"base": request.base}, ("queries", task, base))


async def _query(service: Service, request: Request) -> Answer:
    known = await catalogue(service, request)
    if isinstance(known, Answer):
        return known
    name, offer = request.rest, None
    if name not in known:
        name, _, suffix = request.rest.rpartition(".")
        if name not in known:
            return await _unknown(service, request, known)
        kind = negotiation.SAVED[known[name]["form"]]
        offer = negotiation.by_suffix(kind, suffix)
        if offer is None:
            return _no_suffix(name, suffix, kind)
    else:
        offer = negotiation.choose(negotiation.SAVED[known[name]["form"]], request.headers.get("accept"))
    if offer is None:
        return not_acceptable(
            f"this can be had as {negotiation.media_types(negotiation.SAVED[known[name]['form']])}"
        )
    given: dict[str, str] = {}
    for key, value in request.parameters:
        if key in given:
            return problem(400, f"{name}: the parameter {key} is given twice")
        given[key] = value
    wanted = given.pop("evidence", "").lower()
    if wanted not in _EVIDENCE:
        return problem(400, f"{name}: evidence is {wanted[:100]!r}; allowed: true, false")
    evidence = _EVIDENCE[wanted]
    call: dict[str, Any] = {"name": name, "parameters": given, "format": offer.name, "base": request.base}
    call["evidence"] = evidence
    base = request.base if offer is negotiation.HTML else ""
    fields = (text for pair in sorted(given.items()) for text in pair)
    full = ("saved", name, offer.name, str(evidence), base, *fields)
    return await service.answer(request, "saved", call, full, repeatable=known[name]["repeatable"])


async def _examples(service: Service, request: Request, offer: negotiation.Offer, name: str | None) -> Answer:
    call = {"format": offer.name, "base": request.base, "name": name}

    async def make() -> Answer:
        answer = (await service.run("examples", call, client=request.client)).answer()
        if name is None or answer.status != 200:
            return answer
        return replace(answer, headers=_links(request.base, quote(name), offer))

    return await service.remember(("examples", offer.name, name or "", request.base), make)


def _links(base: str, name: str, offer: negotiation.Offer) -> tuple[tuple[str, str], ...]:
    """Return the headers that say the URL of a saved query's description, and those of the others."""
    links = [f'<{prefixes.BASE}query/{name}>; rel="describes"']
    for other in negotiation.OFFERS["query"]:
        if other is not offer:
            path = f"queries/{name}" if other is negotiation.HTML else f"query/{name}.{other.suffix}"
            links.append(f'<{base}{path}>; rel="alternate"; type="{other.media.partition(";")[0]}"')
    return ("Content-Location", f"{base}query/{name}.{offer.suffix}"), ("Link", ", ".join(links))


def _no_suffix(name: str, suffix: str, kind: str) -> Answer:
    suffixes = ", ".join(f".{one.suffix}" for one in negotiation.OFFERS[kind])
    return problem(404, f"{name} cannot be had as .{suffix}; there are {suffixes}")


async def _unknown(service: Service, request: Request, known: dict[str, dict[str, Any]]) -> Answer:
    """Answer for a name that no saved query bears: it may be retired."""
    stem, _, suffix = request.rest.partition(".")
    call = {"iri": f"{prefixes.BASE}query/{stem}", "suffix": suffix or None, "base": request.base}
    answer = (await service.run("retired", call, client=request.client)).answer()
    if answer.status != 404:
        return _with_parameters(answer, request)
    hint = nearest(stem, known) or "; /queries/ lists them"
    return problem(404, f"no saved query is called {stem[:200]!r}{hint}")


def _with_parameters(answer: Answer, request: Request) -> Answer:
    """Return where a query has moved to as where its answers have, if those are what is asked for."""
    location = dict(answer.headers).get("Location", "")
    described = f"{request.base}query/"
    if not request.path.startswith("/queries/") or not location.startswith(described):
        return answer
    string = f"?{request.query}" if request.query else ""
    # Relative, so that no Host that a client makes up leads anywhere.
    return redirect(answer.status, f"{quote(location.removeprefix(described))}{string}")

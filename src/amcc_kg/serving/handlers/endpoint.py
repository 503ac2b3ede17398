"""Queries of one's own: the query part of the SPARQL 1.1 Protocol, https://www.w3.org/TR/sparql11-protocol/,
and the form for readers.

Reads requests and decides representations; a worker parses and evaluates. Nothing here looks into a query
but to learn whether its answer would be the same again.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from amcc_kg.serving.http import negotiation
from amcc_kg.serving.http.messages import TEXT, Answer, Request, fields, refusal, refused
from amcc_kg.serving.http.representations import UNMODIFIED
from amcc_kg.serving.pages import blank_forms
from amcc_kg.serving.service import Service
from amcc_kg.sparql.checks import is_repeatable
from amcc_kg.sparql.prologue import form

_FORM, _DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"
_UPDATE = "application/sparql-update"
_READ_ONLY = "updates are refused: the graph is read-only"
_KINDS = ("select", "ask", "graph")
_OF_FORM = {"SELECT": ("select",), "ASK": ("ask",), "CONSTRUCT": ("graph",), "DESCRIBE": ("graph",)}


async def answer(service: Service, request: Request) -> Answer:
    """Answer a query, or describe the service where there is none."""
    if request.method == "GET" and not request.query:
        offer = negotiation.chosen("description", request, "the description")
        if offer is negotiation.HTML:
            return await service.answer(request, "ask", {"base": request.base, "query": None})
        asked = {"format": offer.name, "base": request.base}
        return await service.answer(request, "service-description", asked)
    call = _read(request)
    offers = {kind: negotiation.choose(kind, request.headers.get("accept")) for kind in _KINDS}
    if not any(offers.values()):
        kinds = _OF_FORM.get(form(call["query"]) or "", _KINDS)
        types = dict.fromkeys(name for k in kinds for name in negotiation.media_types(k).split(", "))
        return refusal(406, f"answers can be had as {', '.join(types)}")
    call["formats"] = {kind: offer.name if offer else None for kind, offer in offers.items()}
    repeatable = is_repeatable(call["query"])
    return await service.answer(request, "sparql", call, repeatable=repeatable, held=UNMODIFIED)


def _read(request: Request) -> dict[str, Any]:
    """Return the one query that a request holds, and the dataset named for it; raises `RefusedError`."""
    given = fields(request.query)
    if request.method == "POST":
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media == _UPDATE:
            raise refused(400, _READ_ONLY)
        if media not in (_FORM, _DIRECT):
            accepted = (("Accept-Post", f"{_FORM}, {_DIRECT}"),)
            raise refused(415, f"a query is posted as {_FORM} or as {_DIRECT}", accepted)
        try:
            text = request.body.decode()
        except UnicodeDecodeError as error:
            raise refused(400, f"the body is not UTF-8: byte {error.start + 1} is wrong") from error
        if media == _DIRECT and any(name == "query" for name, _ in given):
            raise refused(400, "a query in the body and another in the URL")
        given += fields(text) if media == _FORM else [("query", text)]
    values: dict[str, list[str]] = defaultdict(list)
    for name, value in given:
        values[name].append(value)
    query = values["query"]
    if "update" in values:
        raise refused(400, _READ_ONLY)
    if len(query) != 1:
        raise refused(400, "more than one query is given" if query else "no query is given")
    if any(name.startswith("using-") for name in values):
        raise refused(400, _READ_ONLY)
    return {"query": query[0], "default": values["default-graph-uri"], "named": values["named-graph-uri"]}


async def ask(service: Service, request: Request) -> Answer:
    """Answer with the form and, as a table, what the query in it gives."""
    negotiation.chosen("page", request)
    query = request.parameter("query")
    call = {"base": request.base, "query": query}
    if query is None:
        return await service.answer(request, "ask", call)
    # Fetched before the query, because afterwards there may be no worker that could write it.
    form = await service.answer(request, "blank", {"base": request.base}, vary=())
    answer = await service.answer(request, "ask", call, repeatable=is_repeatable(query))
    if answer.status < 400 or answer.media != TEXT or form.status != 200:
        return answer
    # A reader's query is not lost with the page: it stands in the form again, beside what went wrong.
    body = blank_forms.filled(form.body, query, answer.body.decode(errors="replace").strip())
    return Answer(answer.status, body, form.media, answer.headers, storable=False)

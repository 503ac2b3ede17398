"""Queries of one's own: the query part of the SPARQL 1.1 Protocol, https://www.w3.org/TR/sparql11-protocol/,
and the form for readers.

Reads requests and decides representations; a worker parses and evaluates. Nothing here looks into a query
but to learn of which form it is and whether its answer would be the same again. What clients of other
endpoints send beside the protocol is heeded, or else the header field `Amcc-Note` says why not.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from typing import Any

from amcc_kg.serving.http import negotiation
from amcc_kg.serving.http.messages import TEXT, Answer, Request, fields, refusal, refused, truth, unknown
from amcc_kg.serving.http.representations import UNMODIFIED
from amcc_kg.serving.pages import blank_forms
from amcc_kg.serving.service import Service
from amcc_kg.sparql.checks import is_repeatable
from amcc_kg.sparql.prologue import form

PARAMETERS = (
    *("query", "default-graph-uri", "named-graph-uri", "evidence", "infer", "timeout"),
    *("format", "output", "results"),
)
# By any of these clients say which representation they want, as they may by Accept.
WORDS = PARAMETERS[-3:]
_FORM, _DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"
_NUMBER = re.compile(r"\d{1,12}(\.\d{1,12})?")
_UPDATE = "application/sparql-update"
_READ_ONLY = "updates are refused: the graph is read-only"
_KINDS = ("select", "ask", "graph")
_OF_FORM = {"SELECT": ("select",), "ASK": ("ask",), "CONSTRUCT": ("graph",), "DESCRIBE": ("graph",)}


async def answer(service: Service, request: Request) -> Answer:
    """Answer a query, or describe the service where there is none."""
    if request.method == "GET" and not request.query:
        offer = negotiation.chosen("description", request, "the description")
        if offer is negotiation.HTML:
            return await ask(service, request)
        asked = {"format": offer.name, "base": request.base}
        return await service.answer(request, "service-description", asked)
    values = _read(request)
    query, evidence = values["query"][0], _truth(values, "evidence", "false")
    timeout, notes = _timeout(values, service.config.timeout)
    call = {
        "query": query,
        "default": values["default-graph-uri"],
        "named": values["named-graph-uri"],
        "evidence": evidence,
        "infer": _truth(values, "infer", "true"),
        "timeout": timeout,
    }
    accept = request.headers.get("accept")
    rows = {kind: f"evidence-{kind}" if evidence else kind for kind in _KINDS}
    offers = {kind: negotiation.choose(row, accept) for kind, row in rows.items()}
    words = [(name, word) for name in WORDS for word in values[name] if word]
    if words or evidence or not any(offers.values()):
        kinds = _OF_FORM.get(form(query) or "", _KINDS)
        notes += _worded(words, rows, offers, kinds, accept)
        if not any(offers.values()):
            types = dict.fromkeys(
                name for k in kinds for name in negotiation.media_types(rows[k]).split(", ")
            )
            return refusal(406, f"answers can be had as {', '.join(types)}")
        if offers[kinds[0]] is negotiation.HTML:
            return _noted(await _page(service, request, call), notes)
    call["formats"] = {kind: offer.name if offer else None for kind, offer in offers.items()}
    repeatable = is_repeatable(query)
    answer = await service.answer(request, "sparql", call, repeatable=repeatable, held=UNMODIFIED)
    return _noted(answer, notes)


def _worded(
    words: list[tuple[str, str]],
    rows: dict[str, str],
    offers: dict[str, negotiation.Offer | None],
    kinds: tuple[str, ...],
    accept: str | None,
) -> list[str]:
    """Put into `offers` what the URL asks for where Accept does not say; return what is not heeded."""
    if negotiation.says_nothing(accept):
        for kind, row in rows.items():
            meant = [offer for _, word in words if (offer := negotiation.by_word(row, word))]
            offers[kind] = meant[0] if meant else offers[kind]
    row, sent, notes = rows[kinds[0]], offers[kinds[0]], []
    for name, word in words:
        if (offer := negotiation.by_word(row, word)) is None:
            notes.append(f"{name}={word[:100]} is ignored: this can be had as {negotiation.media_types(row)}")
        elif sent is not None and offer is not sent:
            notes.append(f"{name}={word[:100]} is ignored: {sent.type} is asked for, too")
    return notes


def _noted(answer: Answer, notes: list[str]) -> Answer:
    """Return an answer with what was not heeded of a request, in ASCII."""
    if not notes:
        return answer
    text = "; ".join(notes).encode("ascii", "replace").decode()
    return replace(answer, headers=(*answer.headers, ("Amcc-Note", text)))


def _one(values: dict[str, list[str]], name: str) -> str:
    """Return the value of a parameter, empty if it has none; raises `RefusedError` for two."""
    if len(values[name]) > 1:
        raise refused(400, f"more than one {name} is given")
    return "".join(values[name])


def _truth(values: dict[str, list[str]], name: str, default: str) -> bool:
    return truth(name, _one(values, name) or default)


def _timeout(values: dict[str, list[str]], most: float) -> tuple[float | None, list[str]]:
    """Return the seconds a client gives its query, None for the `most` there are, and what to note."""
    text = _one(values, "timeout")
    if text and not _NUMBER.fullmatch(text):
        raise refused(400, f"timeout is {text[:100]!r}; expected a number of seconds")
    if not text or 0 < float(text) <= most:
        return float(text) if text else None, []
    return None, [f"timeout={text} is ignored: a query has {most:g} s here"]


def _read(request: Request) -> dict[str, list[str]]:
    """Return the values of each parameter of a request, one query among them; raises `RefusedError`."""
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
    if any(name.startswith("using-") for name in values):
        raise refused(400, _READ_ONLY)
    wrong = unknown(values, PARAMETERS)
    if len(query) != 1:
        raise refused(
            400, "more than one query is given" if query else f"no query is given; {wrong}".rstrip("; ")
        )
    if wrong:
        raise refused(400, wrong)
    return values


async def ask(service: Service, request: Request) -> Answer:
    """Answer with the form and, as a table, what the query in it gives."""
    negotiation.chosen("page", request)
    evidence = truth("evidence", request.parameter("evidence") or "false")
    call = {"query": request.parameter("query"), "evidence": evidence, "infer": True, "timeout": None}
    return await _page(service, request, call | {"default": [], "named": []})


async def _page(service: Service, request: Request, call: dict[str, Any]) -> Answer:
    """Answer with the form and what a call, as `answer` makes it, gives."""
    call, query = call | {"base": request.base}, call["query"]
    if query is None:
        return await service.answer(request, "ask", call)
    # Fetched before the query, because afterwards there may be no worker that could write it.
    gaps = {"base": request.base, "evidence": call["evidence"]}
    form = await service.answer(request, "blank", gaps, vary=())
    answer = await service.answer(request, "ask", call, repeatable=is_repeatable(query))
    if answer.status < 400 or answer.media != TEXT or form.status != 200:
        return answer
    # A reader's query is not lost with the page: it stands in the form again, beside what went wrong.
    body = blank_forms.filled(form.body, query, answer.body.decode(errors="replace").strip())
    return Answer(answer.status, body, form.media, answer.headers, storable=False)

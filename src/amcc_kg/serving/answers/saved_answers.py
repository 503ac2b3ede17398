"""Saved queries in a worker: the catalogue of them and their answers, with receipts where asked for.

A value that a client gives is bound as a term, never spliced into a text. Knows nothing of HTTP but the
status that fits a refusal.
"""

from __future__ import annotations

import re
import shlex  # noqa: F401
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

# With shlex, all that explanations, receipts and formats ask for late: a worker can import nothing more.
import amcc_kg.diagnosis.diagnosis
import amcc_kg.reasoning.proofs
import amcc_kg.receipts.answer_receipts
import amcc_kg.terms.xml_text  # noqa: F401
from amcc_kg.graph import answers
from amcc_kg.graph.answers import Question, Result
from amcc_kg.graph.hints import header
from amcc_kg.graph.store import LocalStore
from amcc_kg.knowledge_graph import KnowledgeGraph
from amcc_kg.receipts.writing import formats as receipts_writing
from amcc_kg.receipts.writing import rdf
from amcc_kg.repository.saved_queries import Parameter, SavedQuery
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.http.messages import Answer, refusal, unknown
from amcc_kg.serving.pages import renderer, views
from amcc_kg.serving.resources import serialization
from amcc_kg.serving.workers.tasks import Loaded, as_json, once
from amcc_kg.sparql.checks import is_repeatable
from amcc_kg.sparql.prologue import Term, form
from amcc_kg.terms.errors import AmccError, EngineError, InputError, PlacedError

# How a browser asks for values of a type.
_INPUTS = {"integer": "number", "date": "date"}
_HEADER = re.compile(r"\A(?:#\+.*\n?)+")


@once
def knowledge(loaded: Loaded) -> KnowledgeGraph:
    """Return the graph of a repository, to be asked in the store that has been loaded and no file read."""
    assert loaded.knowledge is not None
    compiled = loaded.knowledge.compiled
    store, retired = LocalStore(compiled, whole=loaded.store), loaded.knowledge.retired
    return KnowledgeGraph(views.NO_SOURCES, compiled, store, retired=retired)


@once
def queries(loaded: Loaded) -> dict[str, SavedQuery]:
    """Return the saved queries by name; none where plain files are served."""
    records = loaded.knowledge.compiled.queries if loaded.knowledge is not None else ()
    # Those whose files are as they should be, without the paths of these.
    names = sorted(str(record["name"]) for record in records if "error" not in record)
    return {name: replace(knowledge(loaded).find(name), path=None) for name in names}


def catalogue(loaded: Loaded, call: dict[str, Any]) -> Answer:
    """Answer with what is known of every saved query, as JSON."""
    return as_json([entry(loaded, query) for query in queries(loaded).values()])


def entry(loaded: Loaded, query: SavedQuery) -> dict[str, Any]:
    """Return what is known of a saved query, the values that its parameters may take included."""
    return {
        "name": query.name,
        "title": query.title,
        "question": query.question,
        "tags": list(query.tags),
        "form": form(query.text) or "SELECT",
        "repeatable": is_repeatable(query.text),
        "parameters": [
            {
                "name": parameter.name,
                "type": parameter.type,
                "default": parameter.default,
                "description": parameter.description,
                "allowed": knowledge(loaded).allowed_values(query, parameter.name),
            }
            for parameter in query.parameters
        ],
    }


def listing(loaded: Loaded, call: dict[str, Any]) -> Answer:
    """Answer with the page of all saved queries, each with its form; `call` holds `base`."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for query in queries(loaded).values():
        known = entry(loaded, query)
        filled = known | {"fields": [_field(parameter, {}) for parameter in known["parameters"]]}
        groups.setdefault(next(iter(query.tags), "others").capitalize(), []).append(filled)
    return renderer.page(loaded, "queries.html", call["base"], groups=sorted(groups.items()))


def answer(loaded: Loaded, call: dict[str, Any]) -> Answer:
    """Answer a saved query.

    `call` holds `name`, `parameters` (lists of values), `format`, `evidence` (whether rows show what
    they rest on) and `base`.
    """
    query = queries(loaded)[call["name"]]
    kind = negotiation.SAVED[form(query.text) or "SELECT"]
    offer = next((one for one in negotiation.OFFERS[kind] if one.name == call["format"]), None)
    if offer is None:
        return refusal(406, f"this can be had as {negotiation.media_types(kind)}")
    # An empty field of a form is one that was left alone.
    filled = {name: [v for v in values if v.strip()] for name, values in call["parameters"].items()}
    given = {name: values for name, values in filled.items() if values}
    wrong = unknown(call["parameters"], [parameter.name for parameter in query.parameters], "evidence")
    if wrong and offer is not negotiation.HTML:
        return refusal(400, f"{query.name}: {wrong}")
    if offer is negotiation.QUERY_TEXT:
        return _text(loaded, query, given)
    try:
        if wrong:
            raise InputError(f"{query.name}: {wrong}")
        found = _asked(loaded, query, given, call["evidence"])
    except EngineError as error:
        raise EngineError(f"{query.name}: the query failed") from error
    except AmccError as error:
        is_page = offer is negotiation.HTML
        return _page(loaded, call, query, given, str(error)) if is_page else refusal(400, str(error))
    if offer is negotiation.HTML:
        return _page(loaded, call, query, given, found)
    try:
        body = written(loaded, found, offer.name, call["evidence"])
    except (InputError, serialization.UnsayableError) as error:
        return refusal(406, str(error))
    return Answer(200, body, offer.media, header(found.hints), rows=len(found))


def _page(
    loaded: Loaded, call: dict[str, Any], query: SavedQuery, given: dict[str, list[str]], found: Result | str
) -> Answer:
    """Answer with a query's page: its form as it was filled in, and its answer or why it was not asked."""
    known, base, evidence = entry(loaded, query), call["base"], call["evidence"]
    string = urlencode(given | ({"evidence": ["true"]} if evidence else {}), doseq=True)
    content = known | {
        "fields": [
            _field(parameter, {parameter["name"]: [value]} if value else {}, number)
            for parameter in known["parameters"]
            for number, value in enumerate(given.get(parameter["name"], [""]))
        ],
        "evidence": evidence,
        "text": body_of(query),
        "links": [
            (f"{base}queries/{query.name}.{offer.suffix}{'?' if string else ''}{string}", offer.suffix)
            for offer in negotiation.OFFERS[negotiation.SAVED[known["form"]]]
            if offer not in (negotiation.HTML, negotiation.QUERY_TEXT)
        ],
    }
    if isinstance(found, str):
        return renderer.page(loaded, "query.html", base, status=400, **content, error=found, table=None)
    table = views.Reader(loaded, base).table(found, found.receipts if evidence else None)
    # Places in the text as the page shows it.
    left_out = query.text.partition(content["text"].strip())[0].count("\n")
    hints = [hint._replace(line=hint.line - left_out) for hint in found.hints]
    page = renderer.page(loaded, "query.html", base, **content, error="", table=table, hints=hints)
    return replace(page, headers=header(hints), rows=len(found))


def _text(loaded: Loaded, query: SavedQuery, given: dict[str, list[str]]) -> Answer:
    """Answer with the query as it is written; values are judged as for its answer, but none need be given."""
    wanted = tuple(parameter for parameter in query.parameters if parameter.name in given)
    try:
        knowledge(loaded).bind(replace(query, parameters=wanted), given)
    except AmccError as error:
        return refusal(400, str(error))
    return Answer(200, query.text.encode(), negotiation.QUERY_TEXT.media)


def body_of(query: SavedQuery) -> str:
    """Return the text of a query without its header."""
    return _HEADER.sub("", query.text).strip() + "\n"


def defaults(loaded: Loaded, parameters: Iterable[Parameter]) -> dict[str, Term]:
    """Return the terms that parameters stand for where nothing is given, without those that have none."""
    found: dict[str, Term] = {}
    for parameter in parameters:
        # Each by itself, so that one without a value leaves the others theirs.
        with suppress(AmccError):
            bound = knowledge(loaded).bind(SavedQuery("", None, "", parameters=(parameter,)), {})
            found |= {name: term for name, term in bound.items() if not isinstance(term, tuple)}
    return found


def written(loaded: Loaded, found: Result, format: str, evidence: bool) -> bytes:
    """Return an answer in a format by its name, with its receipts where these are wanted.

    Raises `InputError` and `UnsayableError` for what the format cannot say.
    """
    assert loaded.knowledge is not None
    version = loaded.knowledge.compiled.key.graph
    if found.kind == answers.GRAPH:
        graph = rdf.graph(found, list(found.receipts), version) if evidence else found
        return serialization.write({}, graph.triples, format)
    if evidence:
        return receipts_writing.write(found, list(found.receipts), format, version).encode()
    return answers.write(found, format).encode()


def _asked(loaded: Loaded, query: SavedQuery, given: dict[str, list[str]], evidence: bool) -> Result:
    known = knowledge(loaded)
    for parameter in query.parameters:
        if parameter.default is None and parameter.name not in given:
            labels = known.allowed_values(query, parameter.name)
            allowed = f"; allowed: {', '.join(labels)}" if labels else ""
            wanted = f"give it as ?{parameter.name}=VALUE{allowed}"
            raise InputError(f"{query.name}: the parameter {parameter.name} is missing; {wanted}")
    try:
        question = Question(query.text, known.bind(query, given))
        return known.ask(question, source=query.source, evidence=evidence)
    except PlacedError as error:
        raise InputError(f"{query.name}: {error.reason}") from error


def _field(parameter: dict[str, Any], given: dict[str, list[str]], number: int = 0) -> dict[str, Any]:
    """Return a field of a form, of several the one of a number: what it is, what may be, what is chosen."""
    value = given.get(parameter["name"], [parameter["default"] or ""])[0]
    options = list(dict.fromkeys(parameter["allowed"]))
    if parameter["type"] == "boolean" and not options:
        options = ["true", "false"]
    chosen = next((text for text in options if text.casefold() == value.casefold()), value)
    if options and chosen not in options:
        # What was given stays in sight, also if it is not allowed.
        options.insert(0, chosen)
    kind, place = _INPUTS.get(parameter["type"], "text"), parameter["name"] + (f"-{number}" if number else "")
    return parameter | {"value": chosen, "options": options, "input": kind, "id": place}

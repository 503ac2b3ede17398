"""The description of the interface, made from what there is: OpenAPI 3.1, https://spec.openapis.org/oas/v3.1.0.

Saved queries, their parameters and the values these may take come from the graph; media types come from the
table of offers. Nothing is written down twice.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

import amcc_kg
from amcc_kg.web import naming, negotiation, saved_answers, statements
from amcc_kg.web.tasks import Reply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from amcc_kg.web.tasks import Loaded

    Json: TypeAlias = dict[str, Any]

_TEXT = {media: {"schema": {"type": "string"}} for media in ("text/plain", "text/html")}
_RESULTS = "application/sparql-results+json"
_TERM = {
    "type": "object",
    "required": ["type", "value"],
    "properties": {
        "type": {"enum": ["uri", "literal", "bnode", "triple"]},
        "value": {},
        "datatype": {"type": "string"},
        "xml:lang": {"type": "string"},
    },
}
_SCHEMAS: Json = {
    # SPARQL 1.1 Query Results JSON Format, https://www.w3.org/TR/sparql11-results-json/
    "Results": {
        "type": "object",
        "required": ["head"],
        "properties": {
            "head": {
                "type": "object",
                "properties": {"vars": {"type": "array", "items": {"type": "string"}}},
            },
            "results": {
                "type": "object",
                "required": ["bindings"],
                "properties": {
                    "bindings": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "additionalProperties": {"$ref": "#/components/schemas/Term"},
                        },
                    }
                },
            },
            "boolean": {"type": "boolean"},
            "evidence": {"type": "array", "items": {"type": "object"}},
        },
    },
    "Term": _TERM,
    "Catalogue": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["name", "title", "question", "tags", "form", "repeatable", "parameters"],
            "properties": {
                "name": {"type": "string"},
                "title": {"type": "string"},
                "question": {"type": "string"},
                "tags": {"type": "array", "items": {"type": "string"}},
                "form": {"enum": ["SELECT", "ASK", "CONSTRUCT", "DESCRIBE"]},
                "repeatable": {
                    "type": "boolean",
                    "description": "Whether the same call has the same answer until the graph changes.",
                },
                "parameters": {"type": "array", "items": {"type": "object", "required": ["name", "type"]}},
            },
        },
    },
    "Downloads": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["name", "size", "sha256", "media"],
            "properties": {
                "name": {"type": "string"},
                "size": {"type": "integer", "minimum": 0},
                "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                "media": {"type": "string"},
            },
        },
    },
}
_ERRORS = {
    400: "the request cannot be understood, and why",
    404: "there is nothing of that name, and what is near",
    406: "none of the media types accepted can be had, and which can",
    413: "the answer or the request is too large",
    415: "a query cannot be posted as this media type",
    429: "too many queries of this client are waiting",
    500: "the query engine broke off",
    503: "the server is busy, or loads the graph; `Retry-After` says when to try again",
    504: "no answer within the time a query may take",
}
_EVIDENCE = {
    "name": "evidence",
    "in": "query",
    "description": "whether each row is to show the passages that it rests on",
    "schema": {"type": "boolean", "default": False},
}


def answer(loaded: Loaded, call: Json) -> Reply:
    """Answer with the description; `call` holds `base`."""
    body = json.dumps(document(loaded, call["base"]), indent=1, ensure_ascii=False) + "\n"
    return Reply(200, body.encode(), "application/json")


def document(loaded: Loaded, base: str) -> Json:
    """Return the description of all paths of this server."""
    errors = {
        f"Error{status}": {"description": reason, "content": _TEXT} for status, reason in _ERRORS.items()
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "SPARQL, linked data and saved queries",
            "version": amcc_kg.__version__,
            "description": "A read-only knowledge graph. Errors are one line of plain text that names the "
            "reason; those who prefer HTML get a page that does.",
        },
        "servers": [{"url": base.rstrip("/")}],
        "paths": _fixed() | _queries(loaded) | _things(loaded, base),
        "components": {"schemas": _SCHEMAS, "responses": errors},
    }


def _fixed() -> Json:
    html, text = ("text/html",), ("text/plain",)
    return {
        "/": _get("The start page", html, ()),
        "/sparql": _sparql(),
        "/queries/": _get("The saved queries", ("html-catalogue",), (406,)),
        "/ask": _get(
            "A form for a query, and its answer as a table",
            html,
            (400, 413),
            [{"name": "query", "in": "query", "schema": {"type": "string"}}],
        ),
        "/openapi.json": _get("This description", ("application/json",), ()),
        "/.well-known/void": _get("What the dataset holds: VoID and DCAT", _media("graph"), (404, 406)),
        "/.well-known/sparql-examples": _get("The saved queries as RDF", _media("graph"), (404, 406)),
        "/downloads/": _get("The list of downloads", ("html-downloads",), (404, 406)),
        "/healthz": _get("Whether the server runs", text, ()),
        "/readyz": _get("Whether the graph is loaded", text, ()),
        "/metrics": _get("Measurements for Prometheus", text, ()),
    }


def _sparql() -> Json:
    media = tuple(dict.fromkeys(m for kind in ("select", "graph") for m in _media(kind)))
    query = {"name": "query", "in": "query", "required": True, "schema": {"type": "string", "minLength": 1}}
    graphs = [
        {
            "name": name,
            "in": "query",
            "schema": {"type": "array", "items": {"type": "string", "format": "iri"}},
        }
        for name in ("default-graph-uri", "named-graph-uri")
    ]
    failures = (400, 406, 413)
    get = _operation("Answer a SPARQL 1.1 query", media, failures, [query, *graphs])
    post = _operation("Answer a SPARQL 1.1 query", media, (*failures, 415), [])
    form = {"type": "object", "required": ["query"], "properties": {"query": {"type": "string"}}}
    post["requestBody"] = {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {"schema": form},
            "application/sparql-query": {"schema": {"type": "string"}},
        },
    }
    return {"get": get, "post": post}


def _queries(loaded: Loaded) -> Json:
    paths: Json = {}
    for query in saved_answers.queries(loaded).values():
        entry = saved_answers.entry(loaded, query)
        parameters = [_parameter(parameter) for parameter in entry["parameters"]] + [_EVIDENCE]
        kind = negotiation.SAVED[entry["form"]]
        operation = _operation(entry["title"], _media(kind), (400, 404, 406), parameters)
        operation |= {
            "description": entry["question"],
            "operationId": entry["name"],
            "tags": ["saved queries"],
        }
        suffixes = [offer.suffix for offer in negotiation.OFFERS[kind]]
        suffix = {"name": "suffix", "in": "path", "required": True, "schema": {"enum": suffixes}}
        fixed = operation | {"operationId": f"{entry['name']}-as", "parameters": [suffix, *parameters]}
        paths[f"/queries/{query.name}"] = {"get": operation}
        paths[f"/queries/{query.name}.{{suffix}}"] = {"get": fixed}
    return paths


def _parameter(parameter: Json) -> Json:
    schema: Json = {"type": "string"}
    if parameter["type"] == "date":
        schema["format"] = "date"
    elif parameter["type"] in ("integer", "boolean"):
        schema["type"] = parameter["type"]
    elif parameter["type"] == "decimal":
        schema["type"] = "number"
    if parameter["allowed"]:
        schema["enum"] = sorted(set(parameter["allowed"]))
    if parameter["default"] is not None and schema["type"] == "string":
        allowed = {text.casefold(): text for text in parameter["allowed"]}
        schema["default"] = allowed.get(parameter["default"].casefold(), parameter["default"])
    given: Json = {"name": parameter["name"], "in": "query", "schema": schema}
    if parameter["default"] is None:
        given["required"] = True
    elif schema["type"] == "string":
        given["example"] = schema["default"]
    return given | ({"description": parameter["description"]} if parameter["description"] else {})


def _things(loaded: Loaded, base: str) -> Json:
    below = naming.below(statements.of(loaded), base).values()
    simple = [name for name in below if name.count("/") == 1 and "#" not in name and not name.endswith("/")]
    about = {"name": "iri", "in": "query", "required": True, "schema": {"type": "string"}}
    paths: Json = {
        "/about": _get("What is said of any IRI of the graph", _media("thing"), (400, 404, 406), [about])
    }
    if simple:
        kinds = sorted({name.partition("/")[0] for name in simple})
        kind = {"name": "kind", "in": "path", "required": True, "schema": {"enum": kinds}}
        kind["example"] = simple[0].partition("/")[0]
        name = {"name": "name", "in": "path", "required": True, "example": simple[0].partition("/")[2]}
        name["schema"] = {"type": "string", "pattern": "^[a-z0-9][a-z0-9.-]*$"}
        media = _media("thing")
        paths["/{kind}/"] = _get("The things of a kind", media, (400, 404, 406), [kind])
        paths["/{kind}/{name}"] = _get("What is said of a thing", media, (400, 404, 406), [kind, name])
    return paths


def _media(kind: str) -> tuple[str, ...]:
    return tuple(offer.media.partition(";")[0] for offer in negotiation.OFFERS[kind])


def _get(title: str, media: Iterable[str], errors: Iterable[int], parameters: Iterable[Json] = ()) -> Json:
    return {"get": _operation(title, media, errors, parameters)}


def _operation(title: str, media: Iterable[str], errors: Iterable[int], parameters: Iterable[Json]) -> Json:
    content: Json = {}
    for name in media:
        if name.startswith("html-"):
            reference = {"$ref": f"#/components/schemas/{name.removeprefix('html-').capitalize()}"}
            content |= {"text/html": {"schema": {"type": "string"}}, "text/turtle": {}}
            content["application/json"] = {"schema": reference}
        elif name == _RESULTS:
            content[name] = {"schema": {"$ref": "#/components/schemas/Results"}}
        else:
            content[name] = {} if name.startswith("application/") else {"schema": {"type": "string"}}
    responses: Json = {"200": {"description": title, "content": content}}
    for status in (*errors, 429, 500, 503, 504):
        responses[str(status)] = {"$ref": f"#/components/responses/Error{status}"}
    return {"summary": title, "parameters": list(parameters), "responses": responses}

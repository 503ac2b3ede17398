"""What the description of the interface is put together from: schemas, responses, parameters, operations.

Knows OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0) and what every answer of this server has in common;
nothing of which paths there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from amcc_kg.serving.http import negotiation

if TYPE_CHECKING:
    from collections.abc import Iterable

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
SCHEMAS: Json = {
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
    410: "it is retired, and what may be meant instead; `Link` names that as related",
    413: "the answer or the request is too large",
    414: "the URL is too long",
    415: "a query cannot be posted as this media type",
    429: "too many queries of this client are waiting",
    431: "the headers are too long",
    500: "the query engine broke off",
    503: "the server is busy, or loads the graph; `Retry-After` says when to try again",
    504: "no answer within the time a query may take",
}
# What any request may be refused with, and what only one that a worker has to answer.
ANYWHERE, WORKED = (400, 414, 431), (429, 500, 503, 504)
_LOCATION = {
    "Location": {"description": "where it is", "schema": {"type": "string", "format": "uri-reference"}}
}
RESPONSES: Json = {
    **{f"Error{status}": {"description": reason, "content": _TEXT} for status, reason in _ERRORS.items()},
    "Status301": {
        "description": "it is elsewhere, for good",
        "headers": _LOCATION,
        "content": _TEXT,
    },
    "Status303": {"description": "another document is about it", "headers": _LOCATION, "content": _TEXT},
    "Status304": {"description": "the client has it already: `If-None-Match` names its entity tag"},
    "Status416": {"description": "no such part; `Content-Range` says how long the whole is"},
}
HEADERS: Json = {
    "ETag": {
        "description": "a strong entity tag, the same until the bytes are others",
        "schema": {"type": "string"},
    },
    "Link": {
        "description": "what it describes, and the same in other media types: RFC 8288",
        "schema": {"type": "string"},
    },
    "Last-Modified": {
        "description": "when what it was made of last changed, or the graph as it says itself",
        "schema": {"type": "string"},
    },
    "Content-Location": {
        "description": "the URL of this very representation",
        "schema": {"type": "string", "format": "uri"},
    },
}
EVIDENCE: Json = {
    "name": "evidence",
    "in": "query",
    "description": "whether each row is to show the passages that it rests on",
    "schema": {"type": "boolean", "default": False},
}
CONDITION: Json = {
    "name": "If-None-Match",
    "in": "header",
    "description": "entity tags that the client has",
    "schema": {"type": "string", "pattern": "^[!-~]{0,60}$"},
}
RANGE: Json = {
    "name": "Range",
    "in": "header",
    "description": "the part that is wanted, as in `bytes=0-99`",
    "schema": {"type": "string", "pattern": "^bytes=[0-9]{1,9}-[0-9]{0,9}$"},
    "example": "bytes=0-99",
}
GRAPHS: Json = {
    name: {"type": "array", "items": {"type": "string", "format": "iri"}}
    for name in ("default-graph-uri", "named-graph-uri")
}


def media(row: str) -> tuple[str, ...]:
    """Return the media types of a row of the table of representations."""
    return tuple(offer.media.partition(";")[0] for offer in negotiation.OFFERS[row])


def suffixes(row: str) -> Json:
    """Return the parameter of a path that names a representation of a row."""
    return in_path("suffix", {"enum": [offer.suffix for offer in negotiation.OFFERS[row]]})


def in_path(name: str, schema: Json, example: str = "") -> Json:
    """Return a parameter of a path."""
    given: Json = {"name": name, "in": "path", "required": True, "schema": schema}
    return given | ({"example": example} if example else {})


def in_query(name: str, schema: Json, *, required: bool = False) -> Json:
    """Return a parameter of a query string."""
    return {"name": name, "in": "query", "required": required, "schema": schema}


def reading(operation: Json) -> Json:
    """Return the path that can only be read: by GET, and by HEAD for the headers alone."""
    return {"get": operation, "head": without_bodies(operation)}


def without_bodies(operation: Json) -> Json:
    """Return what a HEAD is answered with where a GET is answered by the operation."""
    head = {key: value for key, value in operation.items() if key not in ("operationId", "responses")}
    found: Json = {}
    for status, response in operation["responses"].items():
        known = RESPONSES[response["$ref"].rpartition("/")[2]] if "$ref" in response else response
        found[status] = {key: value for key, value in known.items() if key != "content"}
    return head | {"responses": found}


def operation(
    title: str,
    media: Iterable[str],
    others: Iterable[int] = (),
    parameters: Iterable[Json] = (),
    *,
    works: bool = True,
    stores: bool = True,
    links: bool = False,
    dates: bool = False,
) -> Json:
    """Return an operation.

    Args:
        title: what it answers.
        media: the media types of its good answers; `html-catalogue` is a page, or JSON of that schema.
        others: its further statuses.
        parameters: what can be given.
        works: whether a worker may have to answer it.
        stores: whether its good answers have entity tags, so that a client need not fetch them again.
        links: whether they name what they describe and the other representations.
        dates: whether they tell when they changed, and link to what describes them.
    """
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
    given = list(parameters)
    statuses = {*others, *ANYWHERE, *(WORKED if works else ())}
    headers = ("ETag",) * stores + ("Link", "Content-Location") * links
    headers += ("Link", "Last-Modified") * dates
    good: Json = {"description": title, "content": content}
    if headers:
        good["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
    responses: Json = {"200": good}
    if stores:
        given.append(CONDITION)
        statuses.add(304)
    for status in sorted(statuses):
        kind = "Error" if status in _ERRORS else "Status"
        responses[str(status)] = {"$ref": f"#/components/responses/{kind}{status}"}
    return {"summary": title, "parameters": given, "responses": responses}


def partial(operation: Json) -> Json:
    """Return an operation that can also give a part of what it answers with."""
    good = operation["responses"]["200"]
    further = {"206": good | {"description": "the part asked for"}}
    further["416"] = {"$ref": "#/components/responses/Status416"}
    parameters = [*operation["parameters"], RANGE]
    return operation | {"parameters": parameters, "responses": operation["responses"] | further}

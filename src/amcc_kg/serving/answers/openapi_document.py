"""The description of the interface, made from what there is: OpenAPI 3.1, https://spec.openapis.org/oas/v3.1.0.

Saved queries, their parameters and the values these may take come from the graph; media types come from the
table of offers. Nothing is written down twice. Knows which paths there are; `openapi_parts` knows how one is
described.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from amcc_kg.serving.answers import openapi_parts, saved_answers
from amcc_kg.serving.answers.openapi_parts import in_path, in_query, media, operation, reading, suffixes
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.pages import static_files
from amcc_kg.serving.resources import paths as naming
from amcc_kg.serving.resources import statements
from amcc_kg.serving.workers.tasks import Reply
from amcc_kg.terms.version import __version__

if TYPE_CHECKING:
    from amcc_kg.serving.answers.openapi_parts import Json
    from amcc_kg.serving.workers.tasks import Loaded

_HTML, _PLAIN = ("text/html",), ("text/plain",)
_NAME = "[A-Za-z0-9][A-Za-z0-9._-]*"


def answer(loaded: Loaded, call: Json) -> Reply:
    """Answer with the description; `call` holds `base`."""
    body = json.dumps(document(loaded, call["base"]), indent=1, ensure_ascii=False) + "\n"
    return Reply(200, body.encode(), "application/json")


def document(loaded: Loaded, base: str) -> Json:
    """Return the description of all paths of this server."""
    paths = _fixed() | _files() | _things(loaded, base)
    if loaded.knowledge is not None:
        paths |= _of_repository() | _queries(loaded)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "SPARQL, linked data and saved queries",
            "version": __version__,
            "description": "A read-only knowledge graph. Errors are one line of plain text that names the "
            "reason; those who prefer HTML get a page that does. Every path also answers OPTIONS.",
        },
        "servers": [{"url": base.rstrip("/")}],
        "paths": paths,
        "components": {
            "schemas": openapi_parts.SCHEMAS,
            "responses": openapi_parts.RESPONSES,
            "headers": openapi_parts.HEADERS,
        },
    }


def _fixed() -> Json:
    query = in_query("query", {"type": "string"})
    catalogue = operation("The saved queries", ("html-catalogue",), (406,))
    return {
        "/": reading(operation("The start page", _HTML, (406,))),
        "/sparql": _sparql(),
        "/sparql/": _sparql(),
        "/ask": reading(
            operation("A form for a query, and its answer as a table", _HTML, (406, 413), [query])
        ),
        "/queries": reading(_moved("The saved queries")),
        "/queries/": reading(catalogue),
        "/openapi.json": reading(operation("This description", ("application/json",))),
        "/healthz": _state("Whether the server runs"),
        "/readyz": _state("Whether the graph is loaded", 503),
        "/metrics": _state("Measurements for Prometheus"),
    }


def _state(title: str, *others: int) -> Json:
    """Return a path that the server answers by itself and anew each time."""
    return reading(operation(title, _PLAIN, others, works=False, stores=False))


def _files() -> Json:
    """Return the paths of what pages and robots refer to."""
    icon = operation("The icon", ("image/svg+xml",), works=False)
    style = in_path("file", {"type": "string"}, static_files.name("style.css"))
    static = operation("A file of the pages", ("text/css", "image/svg+xml"), (404,), [style], works=False)
    return {
        "/static/{file}": reading(static),
        "/favicon.svg": reading(icon),
        "/favicon.ico": reading(icon),
        "/robots.txt": reading(operation("What robots may fetch", _PLAIN, works=False)),
    }


def _of_repository() -> Json:
    """Return the paths that there are where a repository is served and not plain files."""
    graph, known = media("graph"), suffixes("graph")
    void, examples = "What the dataset holds: VoID and DCAT", "The saved queries as RDF"
    every = tuple(dict.fromkeys((*graph, "text/plain")))
    file = in_path("file", {"type": "string", "pattern": "^[A-Za-z0-9.-]+$"}, "SHA256SUMS")
    document = in_path("file", {"type": "string", "pattern": "^[A-Za-z0-9.-]+$"})
    return {
        "/": reading(operation("The start page, or what it is about as data", media("start"), (406,))),
        "/.well-known/void": reading(operation(void, graph, (406,))),
        "/.well-known/void.{suffix}": reading(operation(void, graph, (404,), [known])),
        "/.well-known/sparql-examples": reading(operation(examples, graph, (406,))),
        "/.well-known/sparql-examples.{suffix}": reading(operation(examples, graph, (404,), [known])),
        "/downloads": reading(_moved("The list of downloads")),
        "/downloads/": reading(operation("The list of downloads", ("html-downloads",), (406,))),
        "/downloads/{file}": reading(_download("A download", every, file)),
        "/downloads/documents/{file}": reading(_download("What one document states", every, document)),
    }


def _moved(title: str) -> Json:
    """Return the operation of a path that lacks its slash."""
    moved = operation(title, (), (301,), works=False, stores=False)
    del moved["responses"]["200"]
    return moved


def _download(title: str, types: tuple[str, ...], file: Json) -> Json:
    return openapi_parts.partial(operation(title, types, (404, 503), [file], works=False, dates=True))


def _sparql() -> Json:
    rows = ("select", "graph", "description")
    types = tuple(dict.fromkeys(name for row in rows for name in media(row)))
    # Without any field, the endpoint describes itself.
    text: Json = {"type": "string", "minLength": 1}
    graphs = [in_query(name, schema) for name, schema in openapi_parts.GRAPHS.items()]
    title, failures = "Answer a SPARQL 1.1 query", (406, 413)
    get = operation(title, types, failures, [in_query("query", text, required=True), *graphs])
    post = operation(title, types, (*failures, 415), stores=False)
    fields = {"query": {"type": "string"}} | openapi_parts.GRAPHS
    post["requestBody"] = {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {"type": "object", "required": ["query"], "properties": fields}
            },
            "application/sparql-query": {"schema": {"type": "string"}},
        },
    }
    return reading(get) | {"post": post}


def _queries(loaded: Loaded) -> Json:
    paths: Json = {}
    known = saved_answers.queries(loaded)
    for query in known.values():
        entry = saved_answers.entry(loaded, query)
        parameters = [_parameter(parameter) for parameter in entry["parameters"]] + [openapi_parts.EVIDENCE]
        row = negotiation.SAVED[entry["form"]]
        said = {"description": entry["question"], "tags": ["saved queries"]}
        chosen = operation(entry["title"], media(row), (406, 413), parameters) | said
        fixed = operation(entry["title"], media(row), (404, 413), [suffixes(row), *parameters]) | said
        paths[f"/queries/{query.name}"] = reading(chosen | {"operationId": entry["name"]})
        paths[f"/queries/{query.name}.{{suffix}}"] = reading(fixed | {"operationId": f"{entry['name']}-as"})
    if known:
        name = in_path("name", {"enum": sorted(known)})
        title, types = "What a saved query is: SHACL's SPARQL executables", media("query")
        paths["/query/{name}"] = reading(operation(title, types, (303, 404, 406), [name], links=True))
        paths["/query/{name}.{suffix}"] = reading(
            operation(title, types, (303, 404), [name, suffixes("query")], links=True)
        )
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
    given = in_query(parameter["name"], schema, required=parameter["default"] is None)
    if "default" in schema:
        given["example"] = schema["default"]
    return given | ({"description": parameter["description"]} if parameter["description"] else {})


def _things(loaded: Loaded, base: str) -> Json:
    about = in_query("iri", {"type": "string", "minLength": 1}, required=True)
    below = naming.below(statements.of(loaded), base)
    if below:
        about["example"] = next(iter(below))
    title, types, known = "What is said of a thing", media("thing"), suffixes("thing")
    # An IRI that is retired leads on, or is gone.
    anything, further = "What is said of any IRI of the graph", (301, 404, 406, 410, 413)
    paths: Json = {
        "/about": reading(operation(anything, types, further, [about], links=True)),
        "/about.{suffix}": reading(operation(anything, types, further, [known, about], links=True)),
    }
    names = [tuple(rest.split("/")) for iri, rest in below.items() if "#" not in iri and iri[-1] != "/"]
    hashed = sorted({rest.partition("#")[0] for rest in below.values() if "#" in rest})
    vocabularies = [name for name in hashed if name and "/" not in name]
    if vocabularies:
        given = [in_path("vocabulary", {"enum": vocabularies})]
        of_terms = "The terms of a vocabulary: what their hash IRIs resolve to"
        paths["/{vocabulary}"] = reading(operation(of_terms, types, further, given, links=True))
        paths["/{vocabulary}.{suffix}"] = reading(
            operation(of_terms, types, further, [*given, known], links=True)
        )
    for depth, labels in ((2, ("kind", "name")), (3, ("kind", "name", "part"))):
        deep = [parts for parts in names if len(parts) == depth and all(parts)]
        if not deep:
            continue
        first = in_path(labels[0], {"enum": sorted({parts[0] for parts in deep})}, deep[0][0])
        given = [first, *(_named(labels[n], [parts[n] for parts in deep]) for n in range(1, depth))]
        path = "/" + "/".join(f"{{{label}}}" for label in labels)
        container = path.rpartition("/")[0] + "/"
        lists = operation("The things that lie directly below", types, further, given[:-1])
        paths[container] = reading(lists)
        paths[path] = reading(operation(title, types, (303, *further), given, links=True))
        paths[f"{path}.{{suffix}}"] = reading(
            operation(title, types, (303, *further), [*given, known], links=True)
        )
    return paths


def _named(label: str, known: list[str]) -> Json:
    """Return the parameter of a path whose values are names such as those known."""
    schema: Json = {"type": "string", "minLength": 1}
    if all(re.fullmatch(_NAME, name) for name in known):
        schema["pattern"] = f"^{_NAME}$"
    return in_path(label, schema, known[0])

"""The description of the interface, OpenAPI 3.1: https://spec.openapis.org/oas/v3.1.0.

What is the same for every graph stands in `openapi.json` beside this module: an OpenAPI document whose
operations are short for what they become here. Saved queries, their parameters and the values these may take
come from the graph, media types from the table of offers.

An operation in the file has a `summary`; `media`, its media types, rows of the table of offers, or schemas of
what is JSON beside a page; further `statuses` and `parameters` by their names. Unless it says otherwise a
worker may have to answer it (`works`) and its answers have entity tags (`stores`); they may have `links` to
what they describe and in what else it can be had, `notes` on what was not heeded, may be dated (`dates`) and
may come in parts (`ranged`). Paths in `x-repository` are there where a repository is served, `x-patterns` are
for paths that the graph makes.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, TypeAlias

from amcc_kg.serving.answers import saved_answers
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.http.messages import Answer
from amcc_kg.serving.pages import static_files
from amcc_kg.serving.resources import paths as naming
from amcc_kg.serving.resources import statements
from amcc_kg.serving.workers.tasks import Loaded, as_json, once
from amcc_kg.terms.version import __version__

Json: TypeAlias = dict[str, Any]

_FILE = Path(__file__).parent / "openapi.json"
_TEXT = {"schema": {"type": "string"}}
_NAME = "[A-Za-z0-9][A-Za-z0-9._-]*"
_AS_IT_IS = ("description", "tags", "operationId", "requestBody")
# The types of JSON Schema for those of parameters that are no strings.
_TYPES = {"integer": "integer", "boolean": "boolean", "decimal": "number"}
# What any request may be refused with, and what only one that a worker has to answer.
_ANYWHERE, _WORKED = (400, 414, 431), (429, 500, 503, 504)


@once
def whole(loaded: Loaded) -> Json:
    """Return what the file says; workers cannot open it."""
    document: Json = json.loads(_FILE.read_text(encoding="utf-8"))
    document["info"]["version"] = __version__
    document["x-parameters"]["static"]["example"] = static_files.name("style.css")
    return document


def answer(loaded: Loaded, call: Json) -> Answer:
    """Answer with the description of all paths of this server; `call` holds `base`."""
    known, below = whole(loaded), naming.below(statements.of(loaded), call["base"])
    common = _Operations(known, next(iter(below), ""))
    paths = known["paths"] | (known["x-repository"] if loaded.knowledge is not None else {})
    found = {path: common.item(spec) for path, spec in paths.items()}
    found |= _things(common, below) | _queries(loaded, common)
    document = {key: value for key, value in known.items() if not key.startswith("x-")}
    return as_json(document | {"servers": [{"url": call["base"].rstrip("/")}], "paths": found})


class _Operations:
    """Makes operations of what is short for them; `example` is an IRI of the graph, empty if it has none."""

    def __init__(self, document: Json, example: str) -> None:
        self._parameters: Json = document["x-parameters"]
        if example:
            self._parameters = self._parameters | {"iri": self._parameters["iri"] | {"example": example}}
        self._patterns, self._components = document["x-patterns"], document["components"]

    def item(self, spec: Json) -> Json:
        """Return a path: it can be read, by GET, and by HEAD for the headers alone; some take a POST."""
        get = self._operation({key: value for key, value in spec.items() if key != "post"})
        head = {key: value for key, value in get.items() if key not in ("operationId", "responses")}
        head["responses"] = {status: self._bare(one) for status, one in get["responses"].items()}
        more = {"post": self._operation(spec["post"])} if "post" in spec else {}
        return {"get": get, "head": head} | more

    def pattern(self, name: str, parameters: list[Any], **more: Any) -> Json:
        """Return a path that the graph makes, with its parameters and what else is said of it."""
        return self.item(self._patterns[name] | {"parameters": parameters} | more)

    def _operation(self, spec: Json) -> Json:
        statuses = {*spec.get("statuses", ()), *_ANYWHERE, *(_WORKED if spec.get("works", True) else ())}
        stores = spec.get("stores", True)
        headers = ("ETag",) * stores + ("Link", "Content-Location") * spec.get("links", False)
        headers += ("Link", "Last-Modified") * spec.get("dates", False)
        headers += ("Amcc-Note",) * spec.get("notes", False) + ("Amcc-Hint",) * spec.get("hints", False)
        good: Json = {"description": spec["summary"], "content": self._content(spec["media"])}
        if headers:
            good["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
        given = [self._parameter(one, spec) for one in spec.get("parameters", ())]
        responses: Json = {"200": good} if spec["media"] else {}
        if stores:
            given += [self._parameters["If-Match"], self._parameters["If-None-Match"]]
            statuses |= {304, 412}
        if spec.get("ranged"):
            given.append(self._parameters["Range"])
            statuses.add(416)
            responses["206"] = good | {"description": "the part asked for"}
        for status in sorted(statuses):
            kind = "Error" if f"Error{status}" in self._components["responses"] else "Status"
            responses[str(status)] = {"$ref": f"#/components/responses/{kind}{status}"}
        said = {key: spec[key] for key in _AS_IT_IS if key in spec}
        return {"summary": spec["summary"], "parameters": given, "responses": responses} | said

    def _parameter(self, named: str | Json, spec: Json) -> Json:
        if named == "suffix":
            (row,) = spec["media"]
            return _in_path("suffix", {"enum": [offer.suffix for offer in negotiation.OFFERS[row]]})
        found: Json = self._parameters[named] if isinstance(named, str) else named
        return found

    def _content(self, media: list[str]) -> Json:
        content: Json = {}
        for name in media:
            if name in self._components["schemas"]:
                listed = {"schema": {"$ref": f"#/components/schemas/{name}"}}
                content |= {"text/html": _TEXT, "text/turtle": {}, "application/json": listed}
                continue
            for one in [offer.type for offer in negotiation.OFFERS.get(name, ())] or [name]:
                content[one] = {} if one.startswith("application/") else _TEXT
            if negotiation.JSON.type in content:
                content[negotiation.JSON.type] = {"schema": {"$ref": "#/components/schemas/Results"}}
        return content

    def _bare(self, response: Json) -> Json:
        """Return a response without its body, as a HEAD has it."""
        if "$ref" in response:
            response = self._components["responses"][response["$ref"].rpartition("/")[2]]
        return {key: value for key, value in response.items() if key != "content"}


def _queries(loaded: Loaded, common: _Operations) -> Json:
    paths: Json = {}
    known = saved_answers.queries(loaded)
    for query in known.values():
        entry = saved_answers.entry(loaded, query)
        name, parameters = entry["name"], [*map(_parameter, entry["parameters"]), "evidence"]
        said = {"summary": entry["title"], "description": entry["question"], "tags": ["saved queries"]}
        said["media"] = [negotiation.SAVED[entry["form"]]]
        paths[f"/queries/{name}"] = common.pattern("saved", parameters, **said, operationId=name)
        said["operationId"] = f"{name}-as"
        paths[f"/queries/{name}.{{suffix}}"] = common.pattern("saved-as", ["suffix", *parameters], **said)
    if known:
        named = _in_path("name", {"enum": sorted(known)})
        paths["/query/{name}"] = common.pattern("query", [named])
        paths["/query/{name}.{suffix}"] = common.pattern("query-as", [named, "suffix"])
    return paths


def _parameter(parameter: Json) -> Json:
    item: Json = {"type": _TYPES.get(parameter["type"], "string")}
    if parameter["type"] == "date":
        item["format"] = "date"
    if parameter["allowed"]:
        item["enum"] = sorted(set(parameter["allowed"]))
    schema: Json = {"type": "array", "items": item, "minItems": 1}
    if parameter["default"] is not None and item["type"] == "string":
        allowed = {text.casefold(): text for text in parameter["allowed"]}
        schema["default"] = [allowed.get(parameter["default"].casefold(), parameter["default"])]
    given = {"name": parameter["name"], "in": "query", "required": parameter["default"] is None}
    given |= {"schema": schema} | ({"example": schema["default"]} if "default" in schema else {})
    said = parameter["description"].rstrip(".")
    repeated = "May be given more than once: any of the values will do."
    return given | {"description": f"{said[:1].upper()}{said[1:]}. {repeated}" if said else repeated}


def _things(common: _Operations, below: dict[str, str]) -> Json:
    paths: Json = {}
    names = [tuple(rest.split("/")) for iri, rest in below.items() if "#" not in iri and iri[-1] != "/"]
    hashed = sorted({rest.partition("#")[0] for rest in below.values() if "#" in rest})
    if vocabularies := [name for name in hashed if name and "/" not in name]:
        given: list[Any] = [_in_path("vocabulary", {"enum": vocabularies})]
        paths["/{vocabulary}"] = common.pattern("vocabulary", given)
        paths["/{vocabulary}.{suffix}"] = common.pattern("vocabulary", [*given, "suffix"])
    for depth, labels in ((2, ("kind", "name")), (3, ("kind", "name", "part"))):
        deep = [parts for parts in names if len(parts) == depth and all(parts)]
        if not deep:
            continue
        first = _in_path(labels[0], {"enum": sorted({parts[0] for parts in deep})}, deep[0][0])
        given = [first, *(_named(labels[n], [parts[n] for parts in deep]) for n in range(1, depth))]
        path = "/" + "/".join(f"{{{label}}}" for label in labels)
        paths[path.rpartition("/")[0] + "/"] = common.pattern("container", given[:-1])
        paths[path] = common.pattern("thing", given)
        paths[f"{path}.{{suffix}}"] = common.pattern("thing", [*given, "suffix"])
    return paths


def _in_path(name: str, schema: Json, example: str = "") -> Json:
    given: Json = {"name": name, "in": "path", "required": True, "schema": schema}
    return given | ({"example": example} if example else {})


def _named(label: str, known: list[str]) -> Json:
    """Return the parameter of a path whose values are names such as those known."""
    schema: Json = {"type": "string", "minLength": 1}
    if all(re.fullmatch(_NAME, name) for name in known):
        schema["pattern"] = f"^{_NAME}$"
    return _in_path(label, schema, known[0])

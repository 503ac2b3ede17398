"""The OpenAPI description: valid, whole, with the values that parameters may take. See also `test_schema`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import jsonschema_rs
import openapi_spec_validator
import pytest
from behind import named
from starlette.routing import Match

from amcc_kg.serving import routes
from amcc_kg.serving.handlers import endpoint
from amcc_kg.serving.http import negotiation

if TYPE_CHECKING:
    from live import Server

NAMES = sorted(path.stem for path in (Path(__file__).parents[2] / "queries").glob("*.rq"))
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


@pytest.fixture(scope="module")
def document(site: Server) -> dict[str, Any]:
    answer = site.get("/openapi.json")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    found: dict[str, Any] = json.loads(answer.body)
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(p, m, o) for p, item in document["paths"].items() for m, o in item.items() if m in METHODS]


def test_the_description_is_openapi(document: dict[str, Any], server: Server):
    """As the specification's own schema has it, https://spec.openapis.org/oas/3.1/schema/."""
    openapi_spec_validator.validate(document, cls=openapi_spec_validator.OpenAPIV31SpecValidator)
    plain = json.loads(server.get("/openapi.json").body)
    openapi_spec_validator.validate(plain, cls=openapi_spec_validator.OpenAPIV31SpecValidator)


def test_the_description_has_the_shape_of_openapi(document: dict[str, Any]):
    assert document["openapi"] == "3.1.0"
    assert {"title", "version"} <= document["info"].keys()
    names = [o["operationId"] for _, _, o in operations(document) if "operationId" in o]
    assert len(names) == len(set(names))
    for path, _, operation in operations(document):
        assert path.startswith("/")
        good = operation["responses"].keys() & {"200", "301"}
        assert all(operation["responses"][status] for status in good)
        assert good or "301" in operation["responses"]
        given = [(p["in"], p["name"]) for p in operation["parameters"]]
        assert len(given) == len(set(given))
        in_path = {name for place, name in given if place == "path"}
        assert set(re.findall(r"\{(\w+)\}", path)) == in_path
        for parameter in operation["parameters"]:
            schema = parameter["schema"]
            validator = jsonschema_rs.validator_for(schema)
            for value in (parameter.get("example"), schema.get("default")):
                assert value is None or validator.is_valid(value), (path, parameter)


def test_every_reference_is_to_something(document: dict[str, Any]):
    references = re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document))
    assert references
    for reference in references:
        at: Any = document
        for step in reference.split("/"):
            at = at[step]


def instances(path: str, operation: dict[str, Any]) -> str:
    """Return a path with values in place of its parameters."""
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            values = parameter["schema"].get("enum", ["x"])
            value = parameter.get("example", values[0])
            path = path.replace(f"{{{parameter['name']}}}", value)
    assert "{" not in path
    return path


def test_every_route_is_described_with_its_methods(document: dict[str, Any]):
    described: dict[str, set[str]] = {}
    for path, method, operation in operations(document):
        asked = {"type": "http", "path": instances(path, operation), "method": "GET"}
        found = next(route for route in routes.ROUTES if route.matches(asked)[0] is Match.FULL)
        described.setdefault(getattr(found, "path", ""), set()).add(method.upper())
    for path, _, methods in routes.EXACT:
        assert described.get(path) == {*methods, "HEAD"}, path
    for path in (*dict(routes.WITH_REST), "/{rest:path}"):
        assert described.get(path) == {"GET", "HEAD"}, path


@pytest.mark.parametrize(
    ("path", "method", "statuses"),
    [
        ("/downloads/{file}", "get", {"200", "206", "304", "404", "412", "416"}),
        ("/query/{name}", "get", {"200", "303", "304", "404", "406"}),
        ("/query/{name}.{suffix}", "get", {"200", "303", "404"}),
        ("/{kind}/{name}", "get", {"200", "303", "304", "404", "406", "413"}),
        ("/{kind}/{name}.{suffix}", "get", {"200", "304", "404"}),
        ("/{kind}/{name}/{part}", "get", {"200", "304", "404"}),
        ("/{vocabulary}", "get", {"200", "304", "404"}),
        ("/about.{suffix}", "head", {"200", "304", "404"}),
        ("/.well-known/void.{suffix}", "get", {"200", "304", "404"}),
        ("/.well-known/sparql-examples.{suffix}", "head", {"200", "304", "404"}),
        ("/sparql", "post", {"200", "400", "406", "413", "414", "415", "431", "504"}),
    ],
)
def test_what_clients_should_be_ready_for_is_said(
    document: dict[str, Any], path: str, method: str, statuses: set[str]
):
    assert statuses <= document["paths"][path][method]["responses"].keys()


def test_the_example_of_each_path_is_there(site: Server, document: dict[str, Any]):
    site.get("/downloads/", timeout=60)
    for path, method, operation in operations(document):
        asked = {
            p["name"]: p["example"] for p in operation["parameters"] if p["in"] == "query" and "example" in p
        }
        needed = {p["name"] for p in operation["parameters"] if p["in"] == "query" and p.get("required")}
        if method == "get" and needed <= asked.keys() and path != "/downloads/documents/{file}":
            answer = site.get(f"{instances(path, operation)}?{urlencode(asked, doseq=True)}".rstrip("?"))
            assert str(answer.status) in operation["responses"].keys() & {"200", "301", "303"}, path


def test_what_a_worker_has_no_part_in_does_not_wait_for_one(document: dict[str, Any]):
    for path in ("/healthz", "/metrics", "/robots.txt"):
        assert not {"429", "500", "503", "504"} & document["paths"][path]["get"]["responses"].keys()


def test_every_parameter_of_a_url_is_described(document: dict[str, Any]):
    judged = {"/sparql": endpoint.PARAMETERS, "/about": ("iri",)}
    for path, *_ in routes.EXACT:
        named = [p["name"] for p in document["paths"][path]["get"]["parameters"] if p["in"] == "query"]
        assert named == list(judged.get(path) or routes.PARAMETERS.get(path) or ()), path


def test_a_form_may_name_graphs_as_the_url_may(document: dict[str, Any]):
    post = document["paths"]["/sparql"]["post"]["requestBody"]["content"]
    fields = post["application/x-www-form-urlencoded"]["schema"]["properties"]
    assert {"query", "default-graph-uri", "named-graph-uri"} < fields.keys()
    assert set(endpoint.PARAMETERS) == fields.keys()


def test_every_saved_query_is_there_with_its_parameters_and_their_values(
    site: Server, document: dict[str, Any]
):
    for entry in json.loads(site.get("/queries/", Accept="application/json").body):
        operation = document["paths"][f"/queries/{entry['name']}"]["get"]
        assert operation["description"] == entry["question"]
        described = {p["name"]: p["schema"] for p in operation["parameters"] if p["in"] == "query"}
        assert described.keys() == {p["name"] for p in entry["parameters"]} | {"evidence"}
        for parameter in entry["parameters"]:
            allowed = sorted(set(parameter["allowed"]))
            assert described[parameter["name"]]["items"].get("enum", []) == allowed
        suffixes = document["paths"][f"/queries/{entry['name']}.{{suffix}}"]["get"]["parameters"][0]
        assert suffixes["schema"]["enum"] == [o.suffix for o in negotiation.OFFERS["saved-select"]]
    assert {f"/queries/{name}" for name in NAMES} <= document["paths"].keys()


def test_every_value_that_the_description_allows_is_allowed(site: Server, document: dict[str, Any]):
    for path, _, operation in operations(document):
        for parameter in operation["parameters"]:
            schema = parameter["schema"].get("items", parameter["schema"])
            for value in schema.get("enum", []) if parameter["in"] == "query" else []:
                answer = site.get(f"{path}.json?{urlencode({parameter['name']: value})}")
                if "{" not in path:
                    assert answer.status == 200, (path, value)


def test_answers_in_json_fit_their_schemas(site: Server, document: dict[str, Any]):
    schemas = {"$defs": document["components"]["schemas"]}
    text = json.dumps(schemas).replace("#/components/schemas/", "#/$defs/")
    for name, path, accept in (
        ("Results", "/queries/posts?evidence=true", "application/sparql-results+json"),
        ("Results", "/sparql?query=ASK%7B%7D", "application/sparql-results+json"),
        ("Catalogue", "/queries/", "application/json"),
        ("Downloads", "/downloads/", "application/json"),
    ):
        validator = jsonschema_rs.validator_for({**json.loads(text), "$ref": f"#/$defs/{name}"})
        validator.validate(json.loads(site.get(path, Accept=accept).body))


def test_the_server_is_named_as_the_client_knows_it(site: Server, document: dict[str, Any]):
    assert document["servers"] == [{"url": site.url.rstrip("/")}]
    with named("https://example.org/kg/") as running:
        found = json.loads(running.get("/openapi.json").body)
        assert found["servers"] == [{"url": "https://example.org/kg"}]


def test_plain_files_are_described_without_what_they_do_not_have(server: Server):
    found = json.loads(server.get("/openapi.json").body)
    assert "/sparql" in found["paths"]
    assert not [path for path in found["paths"] if path.startswith("/queries/w")]

"""The OpenAPI description: valid, whole, with the values that parameters may take. See also `test_schema`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import jsonschema_rs
import pytest
from behind import named

from amcc_kg.web import negotiation, routes

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


def test_the_description_has_the_shape_of_openapi(document: dict[str, Any]):
    assert document["openapi"] == "3.1.0"
    assert {"title", "version"} <= document["info"].keys()
    names = [o["operationId"] for _, _, o in operations(document) if "operationId" in o]
    assert len(names) == len(set(names))
    for path, _, operation in operations(document):
        assert path.startswith("/")
        assert operation["responses"]["200"]["description"]
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


def test_every_fixed_route_is_described(document: dict[str, Any]):
    exact = {route.pattern for route in routes.ROUTES if not route.pattern.endswith("*")}
    unsaid = {"/favicon.ico", "/favicon.svg", "/robots.txt", "/sparql/", "/queries", "/downloads"}
    assert exact - unsaid <= document["paths"].keys()


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
            assert described[parameter["name"]].get("enum", []) == allowed
        suffixes = document["paths"][f"/queries/{entry['name']}.{{suffix}}"]["get"]["parameters"][0]
        assert suffixes["schema"]["enum"] == [o.suffix for o in negotiation.OFFERS["saved-select"]]
    assert {f"/queries/{name}" for name in NAMES} <= document["paths"].keys()


def test_every_value_that_the_description_allows_is_allowed(site: Server, document: dict[str, Any]):
    for path, _, operation in operations(document):
        for parameter in operation["parameters"]:
            for value in parameter["schema"].get("enum", []) if parameter["in"] == "query" else []:
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

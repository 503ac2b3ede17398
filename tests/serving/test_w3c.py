"""The W3C's tests of the SPARQL 1.1 Protocol and of service descriptions, from their manifests."""

from __future__ import annotations

import json
import os
import re
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
import yaml
from live import Server
from rdflib import RDF, Graph, Namespace, URIRef
from rdflib.collection import Collection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdflib.term import Node

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
RDFS = Namespace("http://www.w3.org/2000/01/rdf-schema#")

SUITE = Path(os.environ["AMCC_W3C"]) / "sparql" / "sparql11" if "AMCC_W3C" in os.environ else None
IN_CI = os.environ.get("CI", "").lower() == "true"
pytestmark = pytest.mark.skipif(
    SUITE is None and not IN_CI, reason="AMCC_W3C does not name the W3C's test suites"
)
ROOT = Path(__file__).parents[2]
TABULAR = "application/sparql-results+json"
FORMATS = {"boolean": TABULAR, "tabular": TABULAR, "RDF": "text/turtle"}

# Where another status than 400 says more exactly what is wrong.
REFUSED = {
    "bad_query_method": 405,
    "bad_query_wrong_media_type": 415,
    "bad_query_missing_form_type": 415,
    "bad_query_missing_direct_type": 415,
}


class Case(NamedTuple):
    name: str
    graph: Graph
    requests: list[Node]


def _manifest(folder: str) -> Graph:
    assert SUITE is not None
    return Graph().parse(SUITE / folder / "manifest.ttl")


def _cases() -> list[Case]:
    if SUITE is None:
        return []
    graph, found = _manifest("protocol"), []
    for entries in graph.objects(None, MF.entries):
        for test in Collection(graph, entries):
            action = graph.value(test, MF.action)
            requests = list(Collection(graph, graph.value(action, HT.requests)))
            found.append(Case(str(test).rpartition("#")[2], graph, requests))
    return found


CASES = _cases()
# The suite mixes both halves of the protocol: what expects an update to succeed is the half not served here.
QUERIES = [case for case in CASES if "update" not in case.name]
UPDATES = [case for case in CASES if "update" in case.name]


@pytest.fixture(scope="module")
def fixtures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The manifest's graphs under the names that it gives them."""
    assert SUITE is not None
    quads: set[str] = set()
    manifest = _manifest("protocol")
    for data in manifest.objects(None, UT.graphData):
        name, file = manifest.value(data, RDFS.label), manifest.value(data, UT.graph)
        lines = (SUITE / "protocol" / str(file).rpartition("/")[2]).read_text().splitlines()
        quads |= {f"{line.rstrip(' .')} <{name}> ." for line in lines if line.strip()}
    path = tmp_path_factory.mktemp("w3c") / "fixtures.nq"
    path.write_text("\n".join(sorted(quads)) + "\n")
    with Server(path) as running:
        yield running


def _send(server: Server, graph: Graph, request: Node) -> tuple[int, str, bytes]:
    """Send a request exactly as the manifest has it, with no header it does not mention."""
    method = str(graph.value(request, HT.methodName))
    target = str(graph.value(request, HT.absolutePath))
    connection = HTTPConnection(*server.address, timeout=10)
    connection.putrequest(method, target, skip_accept_encoding=True)
    headers = graph.value(request, HT.headers)
    for header in Collection(graph, headers) if headers else ():
        connection.putheader(str(graph.value(header, HT.fieldName)), str(graph.value(header, HT.fieldValue)))
    content = graph.value(request, HT.body)
    body = b""
    if content is not None:
        coding = str(graph.value(content, CNT.characterEncoding) or "utf-8")
        body = str(graph.value(content, CNT.chars)).encode(coding)
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    return answer.status, answer.headers.get_content_type(), answer.read()


@pytest.mark.parametrize("case", QUERIES, ids=[case.name for case in QUERIES])
def test_query_protocol(fixtures: Server, case: Case):
    for request in case.requests:
        response = case.graph.value(request, HT.resp)
        status, media, body = _send(fixtures, case.graph, request)
        expected = {
            str(code).rpartition("StatusCode")[2] for code in case.graph.objects(response, MF.expectedStatus)
        }
        # A manifest states a status whole, or as a class such as 4xx.
        assert any(re.fullmatch(code.replace("x", "[0-9]"), str(status)) for code in expected), (status, body)
        if status >= 400:
            assert status == REFUSED.get(case.name, 400), body
        boolean = case.graph.value(response, MF.expectedBoolean)
        if boolean is not None:
            assert json.loads(body)["boolean"] is boolean.toPython()
        format_ = case.graph.value(response, MF.expectedFormat)
        if format_ is not None and status == 200:
            assert media == FORMATS[str(format_)]


@pytest.mark.parametrize("case", UPDATES, ids=[case.name for case in UPDATES])
def test_every_update_is_refused(fixtures: Server, case: Case):
    # What follows it in the manifest reads what it should have changed.
    status, _, body = _send(fixtures, case.graph, case.requests[0])
    assert 400 <= status < 500, (status, body)


def test_all_twenty_query_cases_are_run():
    assert len(QUERIES) == 20


def test_the_public_workflow_runs_the_suites_at_a_fixed_state():
    text = (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    (job,) = yaml.safe_load(text)["jobs"].values()
    fetched = {step["with"]["repository"]: step["with"]["ref"] for step in job["steps"] if "ref" in str(step)}
    assert fetched.keys() == {"w3c/rdf-tests", "w3c/data-shapes"}
    assert all(re.fullmatch("[0-9a-f]{40}", commit) for commit in fetched.values())
    steps = [str(step) for step in job["steps"]]
    named = next(number for number, step in enumerate(steps) if "AMCC_W3C=" in step)
    assert named < next(number for number, step in enumerate(steps) if "make test" in step)


def test_the_documentation_states_how_many_pass():
    text = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
    assert re.search(r"-k query_protocol +# 20 passed", text)
    assert re.search(r"-k service_description +# 3 passed", text)


@pytest.fixture(scope="module")
def description(fixtures: Server) -> tuple[Graph, str]:
    answer = fixtures.get("/sparql", Accept="text/turtle")
    assert answer.status == 200
    return Graph().parse(data=answer.text, format="turtle"), fixtures.url


def test_service_description_returns_rdf(description: tuple[Graph, str]):
    assert len(description[0]) > 10


def test_service_description_has_endpoint_triple(description: tuple[Graph, str]):
    graph, url = description
    assert (None, SD.endpoint, URIRef(f"{url}sparql")) in graph


def test_service_description_conforms_to_schema(description: tuple[Graph, str]):
    """What https://www.w3.org/TR/sparql11-service-description/ demands of each thing it names."""
    graph, _ = description
    services = set(graph.subjects(RDF.type, SD.Service))
    assert len(services) == 1
    objects = {
        SD.supportedLanguage: SD.Language,
        SD.defaultDataset: SD.Dataset,
        SD.defaultGraph: SD.Graph,
        SD.namedGraph: SD.NamedGraph,
        SD.graph: SD.Graph,
    }
    for predicate, kind in objects.items():
        for thing in graph.objects(None, predicate):
            assert predicate == SD.supportedLanguage or (thing, RDF.type, kind) in graph
    for dataset in graph.subjects(RDF.type, SD.Dataset):
        assert len(set(graph.objects(dataset, SD.defaultGraph))) == 1
    for named in graph.subjects(RDF.type, SD.NamedGraph):
        assert len(set(graph.objects(named, SD.name))) == 1
        assert len(set(graph.objects(named, SD.graph))) == 1
    known = {str(term) for term in _terms(graph) if str(term).startswith(str(SD))}
    assert known <= {str(SD[name]) for name in _VOCABULARY}


def _terms(graph: Graph) -> set[Node]:
    return {node for triple in graph for node in triple}


_VOCABULARY = (
    "Service", "Dataset", "Graph", "NamedGraph", "Language", "endpoint", "supportedLanguage", "SPARQL11Query",
    "defaultEntailmentRegime", "resultFormat", "defaultDataset", "defaultGraph", "namedGraph", "name",
    "graph",
)  # fmt: skip

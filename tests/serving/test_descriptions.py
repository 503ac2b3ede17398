"""What the server says of its dataset and its saved queries, for programs that look in the usual places."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from pyoxigraph import QuerySolutions, RdfFormat, Store
from rdflib import RDF, VOID, Graph, Literal, URIRef

from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    from live import Server

BASE = prefixes.BASE
_DCAT = prefixes.PREFIXES["dcat"]
DATASET = URIRef(f"{BASE}dataset")
NAMES = sorted(path.stem for path in (Path(__file__).parents[2] / "queries").glob("*.rq"))
SYNTAXES = {
    "text/turtle": "turtle",
    "application/n-triples": "nt",
    "application/ld+json": "json-ld",
    "application/rdf+xml": "xml",
}
# The question by which the SIB's editors and assistants find examples: https://github.com/sib-swiss/sparql-examples
SIB = """PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX schema: <https://schema.org/>
SELECT DISTINCT ?query ?comment ?text ?target WHERE {
  ?query a sh:SPARQLExecutable ; rdfs:comment ?comment ; schema:target ?target ;
    sh:select|sh:ask|sh:construct ?text .
} ORDER BY STR(?query)"""
PREFIXES = """PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT DISTINCT ?prefix ?namespace WHERE {
  [] sh:declare [ sh:prefix ?prefix ; sh:namespace ?namespace ] } ORDER BY ?prefix"""


@pytest.mark.parametrize("accept", SYNTAXES)
@pytest.mark.parametrize("path", ["/.well-known/void", "/.well-known/sparql-examples"])
def test_descriptions_come_in_every_syntax(site: Server, path: str, accept: str):
    answer = site.get(path, Accept=accept)
    assert answer.headers["content-type"].partition(";")[0] == accept
    graph = Graph().parse(data=answer.text, format=SYNTAXES[accept])
    expected = Graph().parse(data=site.get(f"{path}.nt").text, format="nt")
    assert len(graph) == len(expected) > 100


@pytest.mark.parametrize("path", ["/.well-known/void", "/.well-known/sparql-examples"])
def test_what_cannot_be_had_is_refused(site: Server, path: str):
    assert site.get(path, Accept="image/png").status == 406
    assert site.get(f"{path}.png").status == 404
    assert site.get(f"{path}x").status == 404
    assert site.request("POST", path, b"").status == 405


def test_the_dataset_is_described_with_where_this_server_has_it(site: Server):
    graph = Graph().parse(data=site.get("/.well-known/void").text, format="turtle")
    assert (DATASET, RDF.type, VOID.Dataset) in graph
    assert (DATASET, RDF.type, URIRef(f"{_DCAT}Dataset")) in graph
    assert (DATASET, VOID.sparqlEndpoint, URIRef(f"{site.url}sparql")) in graph
    assert (DATASET, VOID.uriSpace, Literal(BASE)) in graph
    service = graph.value(predicate=URIRef(f"{_DCAT}servesDataset"), object=DATASET)
    assert (service, URIRef(f"{_DCAT}endpointURL"), URIRef(f"{site.url}sparql")) in graph
    triples = int(graph.value(DATASET, VOID.triples))
    counted = site.rows("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[0]["n"]
    # Blank nodes of inferred triples cannot be cited and are not published.
    assert 0.9 < triples / int(counted) <= 1


def test_every_file_that_the_description_names_can_be_had(site: Server):
    graph = Graph().parse(data=site.get("/.well-known/void").text, format="turtle")
    dumps = sorted({str(url) for url in graph.objects(None, VOID.dataDump)})
    assert len(dumps) > 20
    files = {f"/downloads/{url.partition('/downloads/')[2]}" for url in dumps}
    # Each under its published name, and where this server has it.
    assert set(dumps) == {f"{start.rstrip('/')}{file}" for start in (BASE, site.url) for file in files}
    for name in ("downloadURL", "accessURL"):
        urls = {str(url) for url in graph.objects(None, URIRef(f"{_DCAT}{name}"))}
        # Whoever takes the first dump there is must be able to read it.
        assert {url for url in urls - set(dumps) if "rdf12" not in url} == set()
        assert set(dumps) < urls
    for file in files:
        assert site.request("HEAD", file).status == 200


def test_every_iri_that_the_description_mints_is_answered_for(site: Server):
    graph = Graph().parse(data=site.get("/.well-known/void").text, format="turtle")
    minted = {node for node in graph.subjects() if str(node).startswith(str(DATASET))}
    assert len({node for node in minted if "#" in str(node)}) > 50
    found: dict[str, Graph] = {}
    for node in minted:
        path = f"/{str(node).removeprefix(BASE).partition('#')[0]}"
        if path not in found:
            answer = site.get(path, Accept="text/turtle")
            assert answer.status == 200, path
            found[path] = Graph().parse(data=answer.text, format="turtle")
        said = set(found[path].predicate_objects(node))
        assert said >= {pair for pair in graph.predicate_objects(node) if isinstance(pair[1], URIRef)}, node
    assert (DATASET, VOID.sparqlEndpoint, URIRef(f"{site.url}sparql")) in found["/dataset"]
    one = next(node for node in minted if "#class-" in str(node))
    assert f"<{one}> " in site.get(f"/about.nt?iri={quote(str(one), safe='')}").text
    assert site.get("/dataset/ontology", Accept="text/html").status == 200
    assert site.get("/dataset/nothing").status == 404


def test_saved_queries_are_found_as_others_look_for_them(site: Server):
    store = Store()
    store.load(site.get("/.well-known/sparql-examples").body, RdfFormat.TURTLE)
    found = store.query(SIB)
    assert isinstance(found, QuerySolutions)
    rows = [{name.value: row[name].value for name in found.variables} for row in found]
    assert [row["query"] for row in rows] == [f"{BASE}query/{name}" for name in NAMES]
    for row in rows:
        assert row["target"] == f"{site.url}sparql"
        assert row["comment"].endswith(("?", "."))
        # As it stands it answers, parameters and all.
        answer = site.query(row["text"])
        assert answer.status == 200, row["query"]
        assert len(site.rows(row["text"])) > 0, row["query"]


def test_prefixes_are_declared_once_and_rightly(site: Server):
    store = Store()
    store.load(site.get("/.well-known/sparql-examples").body, RdfFormat.TURTLE)
    declared = {row["prefix"].value: row["namespace"].value for row in store.query(PREFIXES)}
    assert declared["amcc"] == prefixes.ONTOLOGY
    assert all(prefixes.PREFIXES[prefix] == namespace for prefix, namespace in declared.items())


def test_parameters_are_described(site: Server):
    graph = Graph().parse(data=site.get("/.well-known/sparql-examples").text, format="turtle")
    query = URIRef(f"{BASE}query/commitments-by-status")
    parameter = graph.value(query, URIRef(f"{prefixes.SH}parameter"))
    assert str(graph.value(parameter, URIRef(f"{prefixes.SH}name"))) == "status"
    default = graph.value(parameter, URIRef(f"{prefixes.SH}defaultValue"))
    assert str(default).startswith(f"{BASE}status/")


def test_one_query_is_described_by_itself(site: Server):
    graph = Graph().parse(data=site.get("/query/posts.ttl").text, format="turtle")
    queries = set(graph.subjects(RDF.type, URIRef(f"{prefixes.SH}SPARQLSelectExecutable")))
    assert queries == {URIRef(f"{BASE}query/posts")}

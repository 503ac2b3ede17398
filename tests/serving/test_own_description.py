"""The endpoint asked about itself, as editors and assistants ask, and nobody else disturbed by that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from pyoxigraph import QuerySolutions, RdfFormat, Store, parse
from rdflib import RDF, VOID, Graph, Namespace, URIRef

import amcc_kg
from amcc_kg.graph import answers
from amcc_kg.serving.answers import service_description
from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    from live import Server

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.stem for path in (ROOT / "queries").glob("*.rq"))
SD = Namespace(service_description.SD)
GRAPH = prefixes.DESCRIPTION_GRAPH
# In the manner of the SIB's editor, which asks the default graph: https://github.com/sib-swiss/sparql-editor
EXAMPLES = """PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX spex: <https://purl.expasy.org/sparql-examples/ontology#>
SELECT DISTINCT ?example ?comment ?text WHERE {
  ?example a sh:SPARQLExecutable .
  ?example rdfs:comment ?comment .
  ?example sh:select|sh:ask|sh:construct|spex:describe ?text } ORDER BY STR(?example)"""
PREFIXES = """PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT DISTINCT ?prefix ?namespace WHERE { ?one sh:prefix ?prefix . ?one sh:namespace ?namespace }"""
PARTITIONS = """PREFIX void: <http://rdfs.org/ns/void#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?class ?property ?count ?label WHERE {
  ?part void:class ?class ; void:propertyPartition ?inner .
  ?inner void:property ?property . OPTIONAL { ?inner void:triples ?count }
  OPTIONAL { ?class rdfs:label ?label } }"""
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


@pytest.fixture(scope="module", params=["endpoint", "service description"])
def asked(request: pytest.FixtureRequest, site: Server) -> object:
    """Ask in one of the two places that such editors look in."""
    if request.param == "endpoint":
        return site.rows
    store = Store()
    store.load(site.get("/sparql", Accept="text/turtle").body, RdfFormat.TURTLE)

    def rows(text: str) -> list[dict[str, str]]:
        found = store.query(text)
        assert isinstance(found, QuerySolutions)
        names = [name.value for name in found.variables]
        return [{n: row[n].value for n in names if row[n] is not None} for row in found]

    return rows


def test_saved_queries_are_found_as_examples(asked, site: Server):
    rows = asked(EXAMPLES)
    assert [row["example"] for row in rows] == [f"{prefixes.BASE}query/{name}" for name in NAMES]
    for row in rows:
        assert site.query(row["text"]).status == 200


def test_prefixes_are_found(asked):
    found = {row["prefix"]: row["namespace"] for row in asked(PREFIXES)}
    assert {"amcc", "event", "rdfs", "skos"} <= found.keys()
    assert found.items() <= prefixes.PREFIXES.items()


def test_partitions_are_found_and_count_what_is_there(asked, site: Server):
    rows = asked(PARTITIONS)
    assert len(rows) > 100
    for row in rows[:: len(rows) // 10]:
        query = f"SELECT (COUNT(*) AS ?n) {{ ?s a <{row['class']}> ; <{row['property']}> ?o }}"
        assert site.rows(query)[0]["n"] == row["count"], row


def test_a_query_may_join_the_description_with_the_graph(site: Server):
    assert any(row.get("label") for row in site.rows(PARTITIONS))
    held = site.rows(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}")[0]["n"]
    assert held == site.rows(f"SELECT (COUNT(*) AS ?n) FROM <{GRAPH}> {{ ?s ?p ?o }}")[0]["n"]
    given = site.query(COUNT, ("default-graph-uri", GRAPH))
    assert json.loads(given.body)["results"]["bindings"][0]["n"]["value"] == held


def test_whoever_counts_the_graph_counts_the_graph(site: Server):
    for _ in range(3):
        before = site.rows(COUNT), site.rows("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")
        assert len(site.rows(EXAMPLES)) == len(NAMES)
        # Whether asked of the same worker or of another.
        assert (site.rows(f"{COUNT} "), site.rows("SELECT DISTINCT ?g  { GRAPH ?g { ?s ?p ?o } }")) == before
    merged = list(parse(site.get("/downloads/amcc-kg.nt", timeout=60).body, RdfFormat.N_TRIPLES))
    assert 0.9 < len(merged) / int(before[0][0]["n"]) <= 1
    assert {"g": GRAPH} not in before[1]
    kinds = {row["c"] for row in site.rows("SELECT DISTINCT ?c { ?s a ?c }")}
    assert not {kind for kind in kinds if kind.startswith((prefixes.SH, str(VOID)))}
    # An editor that adds every prefix that it has been told of asks for nothing by that.
    declared = "".join(f"PREFIX {p}: <{n}>\n" for p, n in prefixes.PREFIXES.items())
    assert site.rows(declared + COUNT) == before[0]


@pytest.mark.parametrize("name", NAMES)
def test_saved_queries_answer_as_where_nobody_serves(site: Server, name: str):
    assert len(site.rows(EXAMPLES)) == len(NAMES)
    served = site.get(f"/queries/{name}.csv")
    knowledge = amcc_kg.open(ROOT)
    assert served.status == 200
    assert served.text == answers.write(knowledge.query(name), "csv")


def test_the_union_default_graph_is_told_of_because_it_is_one(site: Server):
    graph = Graph().parse(data=site.get("/sparql", Accept="text/turtle").text, format="turtle")
    (service,) = graph.subjects(RDF.type, SD.Service)
    assert (service, SD.feature, SD.UnionDefaultGraph) in graph
    outside = "{ ?s ?p ?o FILTER NOT EXISTS { GRAPH ?g { ?s ?p ?o } } }"
    inside = "{ GRAPH ?g { ?s ?p ?o } FILTER NOT EXISTS { ?s ?p ?o } }"
    for pattern in (outside, inside):
        assert site.query(f"ASK {pattern}").text.count("false") == 1
    (default,) = graph.objects(graph.value(service, SD.defaultDataset), SD.defaultGraph)
    assert str(graph.value(default, VOID.triples)) == site.rows(COUNT)[0]["n"]
    collection = graph.value(service, SD.availableGraphs)
    names = {graph.value(node, SD.name) for node in graph.objects(collection, SD.namedGraph)}
    assert names == {URIRef(GRAPH)}


def test_a_default_graph_that_is_no_union_is_not_said_to_be_one(server: Server):
    graph = Graph().parse(data=server.get("/sparql", Accept="text/turtle").text, format="turtle")
    assert (None, SD.feature, SD.UnionDefaultGraph) not in graph
    assert (None, SD.availableGraphs, None) not in graph


@pytest.mark.parametrize("path", ["graph/description", "graph/default"])
def test_the_graphs_of_the_description_are_answered_for(site: Server, path: str):
    graph = Graph().parse(data=site.get(f"/{path}", Accept="text/turtle").text, format="turtle")
    assert (URIRef(prefixes.DEFAULT_GRAPH), VOID.triples, None) in graph
    assert site.get(f"/{path}", Accept="text/html").status == 200
    assert site.get(f"/{path}.jsonld").headers["content-type"] == "application/ld+json"
    assert site.get(f"/{path}x").status == 404
    some = next(s for s in graph.subjects() if "#class-" in str(s))
    assert site.get(f"/about.nt?iri={quote(str(some), safe='')}").status == 200


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        (EXAMPLES, True),
        (PREFIXES, True),
        (PARTITIONS, True),
        ("SELECT * { ?s <http://www.w3.org/ns/shacl#select> ?o }", True),
        ("PREFIX void: <http://rdfs.org/ns/void#>\n# void:class\nSELECT ('void:class' AS ?a) {}", False),
        (f"DESCRIBE <{prefixes.BASE}query/who-chaired>", True),
        (f"PREFIX query: <{prefixes.BASE}query/> DESCRIBE query:who-chaired", True),
        (f"SELECT * {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}", True),
        (COUNT, False),
        (f"SELECT * {{ GRAPH <{prefixes.INFERRED_GRAPH}> {{ ?s ?p ?o }} }}", False),
        ("PREFIX sh: <http://www.w3.org/ns/shacl#> SELECT * { ?s ?p ?o }", False),
        ("PREFIX q: <http://e/> SELECT * { ?s q:sh ?o", False),
        ("", False),
    ],
)
def test_a_query_asks_for_the_description_by_naming_one_of_its_terms(text: str, asks: bool):
    assert service_description.asked(text) is asks


def test_the_form_on_a_page_asks_as_programs_do(site: Server):
    page = site.get(f"/ask?query={quote(PREFIXES)}", Accept="text/html")
    assert page.status == 200
    assert prefixes.ONTOLOGY in page.text


def test_plain_files_have_no_description(server: Server):
    assert server.rows("SELECT * { ?s <http://www.w3.org/ns/shacl#select> ?o }") == []
    assert server.get("/graph/description", Accept="text/turtle").status == 404


def test_answers_with_rdf_are_framed_by_class_as_downloads_are(site: Server):
    query = "CONSTRUCT { ?s a ?c ; ?p ?o } { ?s a ?c ; ?p ?o } LIMIT 200"
    answers = [
        site.query(query, Accept="application/ld+json"),
        site.get("/event/amcc-3.jsonld"),
        site.get("/.well-known/void.jsonld"),
        site.get("/.well-known/sparql-examples.jsonld"),
        site.get("/sparql", Accept="application/ld+json"),
    ]
    for answer in answers:
        document = json.loads(answer.body)
        assert document["@context"]
        assert any("@type" in thing for thing in document["@graph"])
        assert f"{prefixes.RDF}type" not in answer.text
    graph = {quad.triple for quad in parse(answers[1].body, RdfFormat.JSON_LD)}
    other = {quad.triple for quad in parse(site.get("/event/amcc-3.nt").body, RdfFormat.N_TRIPLES)}
    other = {t for t in other if not t.subject.value.startswith(site.url)}
    assert {t for t in graph if not t.subject.value.startswith(site.url)} == other

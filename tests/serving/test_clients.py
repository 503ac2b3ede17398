"""Clients that nobody here wrote read the server, each over a real socket and with its own habits."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import pandas
import pytest
import SPARQLWrapper
from live import Server, settles
from rdflib import RDF, RDFS, Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.plugins.stores.sparqlstore import SPARQLStore

from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    from collections.abc import Iterator

COMUNICA = Path(__file__).parent / "clients" / "node_modules" / ".bin"
BASE = prefixes.BASE
ONTOLOGY = f"{BASE}ontology#"
MEETING, CHAIR = URIRef(f"{BASE}event/amcc-3"), URIRef(f"{BASE}person/s-iswaran")
PROLOGUE = f"PREFIX amcc: <{ONTOLOGY}>\nPREFIX rdfs: <{RDFS}>\n"
CHAIRED = f"""{PROLOGUE}
SELECT ?name ?passage WHERE {{
  GRAPH ?passage {{ <{MEETING}> amcc:chairedBy ?person }}
  ?passage amcc:inDocument <{BASE}document/2018-09-20-amcc-3> .
  ?person rdfs:label ?name
}}
"""
# What the clients are held against: one chair, named by one sentence.
PASSAGE = f"{BASE}document/2018-09-20-amcc-3/s05a"
NAME = "S Iswaran"


@pytest.fixture(scope="module")
def site() -> Iterator[Server]:
    """A server over the repository that these tests stand in, when all its workers know all tasks."""
    with Server("--quiet", cwd=Path(__file__).parent) as running:
        assert settles(lambda: running.get("/").status == 200, 15)
        yield running


def program(name: str, where: Path | None = None, needs: str = "") -> str:
    """Return the path of a program; without it a test is skipped, but fails where everything is installed."""
    found = shutil.which(name, path=None if where is None else str(where))
    if found is None:
        message = f"{name} is missing; {needs or f'Debian has it in {name}'}"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found


def printed(*command: str | Path) -> bytes:
    """Return what a program prints; it must end well."""
    environment = os.environ | {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}
    done = subprocess.run([*map(str, command)], capture_output=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


# SPARQLWrapper


def wrapped(site: Server, query: str, form: str) -> object:
    client = SPARQLWrapper.SPARQLWrapper(f"{site.url}sparql")
    client.setQuery(query)
    client.setReturnFormat(form)
    client.setTimeout(15)
    return client


@pytest.mark.parametrize(
    ("method", "encoding"), [("GET", "urlencoded"), ("POST", "urlencoded"), ("POST", "postdirectly")]
)
def test_sparqlwrapper_reads_rows_by_get_and_by_post(site: Server, method: str, encoding: str):
    client = wrapped(site, CHAIRED, SPARQLWrapper.JSON)
    client.setMethod(method)
    client.setRequestMethod(encoding)
    (row,) = client.queryAndConvert()["results"]["bindings"]
    assert row["name"] == {"type": "literal", "xml:lang": "en", "value": NAME}
    assert row["passage"] == {"type": "uri", "value": PASSAGE}


def test_sparqlwrapper_reads_rows_as_xml_csv_and_tsv(site: Server):
    document = wrapped(site, CHAIRED, SPARQLWrapper.XML).queryAndConvert()
    assert [node.firstChild.data for node in document.getElementsByTagName("literal")] == [NAME]
    for form, comma in ((SPARQLWrapper.CSV, ","), (SPARQLWrapper.TSV, "\t")):
        lines = wrapped(site, CHAIRED, form).queryAndConvert().decode().splitlines()
        cells = [
            [cell.strip("?<>").partition("@")[0].strip('"') for cell in line.split(comma)] for line in lines
        ]
        assert cells == [["name", "passage"], [NAME, PASSAGE]]


def test_sparqlwrapper_reads_truth(site: Server):
    query = f"{PROLOGUE}ASK {{ <{MEETING}> amcc:chairedBy <{CHAIR}> }}"
    assert wrapped(site, query, SPARQLWrapper.JSON).queryAndConvert()["boolean"] is True


@pytest.mark.parametrize("form", ["turtle", "n3", "rdf+xml", "json-ld"])
def test_sparqlwrapper_reads_graphs(site: Server, form: str):
    query = f"CONSTRUCT {{ ?s ?p <{CHAIR}> }} WHERE {{ ?s ?p <{CHAIR}> }}"
    found = wrapped(site, query, form).queryAndConvert()
    graph = found if isinstance(found, Graph) else Graph().parse(data=found)
    assert (MEETING, URIRef(f"{ONTOLOGY}chairedBy"), CHAIR) in graph


def test_sparqlwrapper_knows_a_mistake_in_a_query_for_one(site: Server):
    with pytest.raises(SPARQLWrapper.SPARQLExceptions.QueryBadFormed, match="line 1"):
        wrapped(site, "SELECT ?x WHERE { ?x ?y }", SPARQLWrapper.JSON).query()


# rdflib


def test_rdflib_uses_the_endpoint_as_a_graph(site: Server):
    graph = Graph(SPARQLStore(f"{site.url}sparql"))
    assert list(graph.objects(MEETING, URIRef(f"{ONTOLOGY}chairedBy"))) == [CHAIR]
    assert graph.value(CHAIR, RDFS.label) == Literal(NAME, lang="en")
    assert (CHAIR, RDF.type, URIRef(f"{ONTOLOGY}Person")) in graph
    counted = site.rows("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
    assert len(graph) == int(counted[0]["n"])


def test_rdflib_binds_what_it_knows_and_reads_one_graph(site: Server):
    store = SPARQLStore(f"{site.url}sparql")
    rows = list(Graph(store).query(CHAIRED, initBindings={"name": Literal(NAME, lang="en")}))
    assert [str(row.passage) for row in rows] == [PASSAGE]
    passage = Graph(store, URIRef(PASSAGE))
    assert set(passage.subjects(URIRef(f"{ONTOLOGY}chairedBy"), None)) == {MEETING}


def test_rdflib_follows_its_own_accept_header_to_a_thing(site: Server):
    graph = Graph().parse(f"{site.url}event/amcc-3")
    assert (MEETING, URIRef(f"{ONTOLOGY}chairedBy"), CHAIR) in graph


# pandas


def test_pandas_reads_the_csv_of_a_query(site: Server):
    url = f"{site.url}sparql?{urlencode({'query': CHAIRED})}"
    frame = pandas.read_csv(url, storage_options={"Accept": "text/csv"})
    assert frame.to_dict("records") == [{"name": NAME, "passage": PASSAGE}]


def test_pandas_reads_the_csv_of_a_saved_query_by_its_address_alone(site: Server):
    frame = pandas.read_csv(f"{site.url}queries/who-chaired.csv", parse_dates=["heldOn"])
    assert frame["name"].tolist().count(NAME) >= 1
    assert str(frame["heldOn"].dtype).startswith("datetime64")
    agreed = pandas.read_csv(f"{site.url}queries/commitments-by-status.csv?status=agreed")
    every = pandas.read_csv(f"{site.url}queries/commitments.csv")
    assert 0 < len(agreed) < len(every)


# curl


def curl(*arguments: str | Path) -> bytes:
    return printed(program("curl"), "--silent", "--show-error", "--max-time", "30", *arguments)


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("text/turtle", "text/turtle"),
        ("application/rdf+xml", "application/rdf+xml"),
        ("application/ld+json", "application/ld+json"),
        ("text/html", "text/html"),
    ],
)
def test_curl_gets_the_representation_that_it_asks_for(site: Server, accept: str, media: str):
    written = curl("-o", os.devnull, "-w", "%{http_code} %{content_type}", "-H", f"Accept: {accept}",
                   f"{site.url}event/amcc-3").decode()  # fmt: skip
    assert written.partition(";")[0] == f"200 {media}"


def test_curl_gets_turtle_about_the_canonical_iri(site: Server):
    turtle = curl("-H", "Accept: text/turtle", f"{site.url}event/amcc-3")
    assert (MEETING, URIRef(f"{ONTOLOGY}chairedBy"), CHAIR) in Graph().parse(data=turtle, format="turtle")


def test_curl_is_told_by_head_what_get_would_say(site: Server):
    target = f"{site.url}event/amcc-3.ttl"
    head = curl("--head", target).decode().lower()
    got = curl("-D", "-", "-o", os.devnull, target).decode().lower()
    kept = [line for line in head.splitlines() if not line.startswith("date:")]
    assert kept == [line for line in got.splitlines() if not line.startswith("date:")]
    assert f"content-length: {len(curl(target))}" in head


def test_curl_keeps_a_tag_and_need_not_fetch_again(site: Server, tmp_path: Path):
    tag, kept = tmp_path / "tag", tmp_path / "kept"
    command = ("--etag-save", tag, "--etag-compare", tag, "-o", kept, "-w", "%{http_code} %{size_download}")
    target = f"{site.url}queries/who-chaired.csv"
    first = curl(*command, target).decode().split()
    assert first == ["200", str(kept.stat().st_size)]
    assert curl(*command, target) == b"304 0"


def test_curl_asks_in_every_way_the_protocol_has(site: Server, tmp_path: Path):
    query = tmp_path / "query.rq"
    query.write_text(CHAIRED, encoding="utf-8")
    accept = ("-H", "Accept: text/csv", f"{site.url}sparql")
    answers = {
        curl("--get", "--data-urlencode", f"query@{query}", *accept),
        curl("--data-urlencode", f"query@{query}", *accept),
        curl("--data-binary", f"@{query}", "-H", "Content-Type: application/sparql-query", *accept),
        curl("--compressed", "--http1.0", "--data-urlencode", f"query@{query}", *accept),
    }
    assert [list(csv.reader(io.StringIO(answer.decode()))) for answer in answers] == [
        [["name", "passage"], [NAME, PASSAGE]]
    ]


def test_curl_resumes_a_download_and_its_checksum_is_right(site: Server, tmp_path: Path):
    sums = dict(
        reversed(line.split()) for line in curl(f"{site.url}downloads/SHA256SUMS").decode().splitlines()
    )
    name = next(name for name in sums if name.endswith(".nq"))
    target, kept = f"{site.url}downloads/{name}", tmp_path / name
    assert curl("--range", "0-999", "-o", kept, "-w", "%{http_code}", target) == b"206"
    assert kept.stat().st_size == 1000
    assert curl("--continue-at", "-", "-o", kept, "-w", "%{http_code}", target) == b"206"
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == sums[name]


# raptor


@pytest.mark.parametrize(("suffix", "syntax"), [("ttl", "turtle"), ("rdf", "rdfxml"), ("nt", "ntriples")])
def test_rapper_reads_a_thing_in_every_syntax_as_rdflib_does(site: Server, suffix: str, syntax: str):
    rapper = program("rapper", needs="Debian has it in raptor2-utils")
    url = f"{site.url}event/amcc-3.{suffix}"
    read = Graph().parse(data=printed(rapper, "-q", "-i", syntax, url), format="nt")
    assert (MEETING, URIRef(f"{ONTOLOGY}chairedBy"), CHAIR) in read
    assert isomorphic(
        read, Graph().parse(data=site.get(f"/event/amcc-3.{suffix}").text, format=_RDFLIB[suffix])
    )


_RDFLIB = {"ttl": "turtle", "rdf": "xml", "nt": "nt"}


def test_rapper_guesses_what_it_is_given_at_the_address_of_a_thing(site: Server):
    rapper = program("rapper", needs="Debian has it in raptor2-utils")
    read = Graph().parse(data=printed(rapper, "-q", "-g", f"{site.url}person/s-iswaran"), format="nt")
    assert (CHAIR, RDFS.label, Literal(NAME, lang="en")) in read


# Comunica


def comunica(name: str, *arguments: str) -> list[dict[str, dict[str, str]]]:
    """Return the bindings that one of Comunica's programs finds."""
    found = program(name, COMUNICA, "run `npm ci` in tests/serving/clients")
    answer = printed(found, *arguments, "-t", "application/sparql-results+json")
    return json.loads(answer)["results"]["bindings"]


def test_comunica_sends_a_query_to_the_endpoint(site: Server):
    (row,) = comunica("comunica-sparql", f"sparql@{site.url}sparql", "-q", CHAIRED)
    assert (row["name"]["value"], row["passage"]["value"]) == (NAME, PASSAGE)


def test_comunica_finds_out_by_itself_that_it_is_an_endpoint_and_joins_it_with_a_document(site: Server):
    query = f"""{PROLOGUE}
SELECT ?name ?title WHERE {{
  <{MEETING}> amcc:chairedBy ?person ; rdfs:label ?title .
  ?person rdfs:label ?name
}}
"""
    rows = comunica("comunica-sparql", f"{site.url}sparql", f"{site.url}person/s-iswaran", "-q", query)
    assert {row["name"]["value"] for row in rows} == {NAME}


def test_comunica_follows_links_from_thing_to_thing(site: Server):
    """It starts at the meeting's own IRI and must fetch the chair and the post to know whose post it is.

    The IRIs lie at the persistent address; the test sends every request of the client to this server instead,
    so nothing else is reached.
    """
    query = f"""{PROLOGUE}
SELECT DISTINCT ?name ?body WHERE {{
  <{MEETING}> amcc:chairedBy ?person .
  ?person rdfs:label ?name ; amcc:holdsPost ?post .
  ?post amcc:postIn ?body
}}
"""
    elsewhere = f"{site.url}about?iri="
    # It asks for many things at once; a server that says 503 for now is to be asked again.
    patient = ["--httpRetryOnServerError", "--httpRetryCount", "9", "--httpRetryDelay", "500"]
    rows = comunica(
        "comunica-sparql-link-traversal",
        str(MEETING),
        "--lenient",
        *patient,
        "--proxy",
        elsewhere,
        "-q",
        query,
    )
    assert [(row["name"]["value"], row["body"]["value"]) for row in rows] == [(NAME, f"{BASE}body/singapore")]
    one = site.get(f"/about?iri={quote(str(MEETING), safe='')}", Accept="text/turtle").text
    assert "postIn" not in one

"""Queries of one's own with what their rows rest on: in every format, within bounds, as for saved ones."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from live import Server, settles

import amcc_kg
from amcc_kg.graph.answers import Question
from amcc_kg.receipts.writing import formats as receipts_writing
from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from live import Response

ROOT = Path(__file__).parents[2]
CHAIRED = f"""PREFIX amcc: <{prefixes.ONTOLOGY}>
SELECT ?who ?event WHERE {{ ?event amcc:chairedBy ?who }} ORDER BY STR(?event) STR(?who)"""
EMPTY = f"SELECT ?x WHERE {{ ?x <{prefixes.ONTOLOGY}chairedBy> <x:nobody> }}"
ASK = f"ASK {{ <{prefixes.BASE}event/amcc-3> <{prefixes.ONTOLOGY}chairedBy> ?who }}"
DENIED = f"ASK {{ <{prefixes.BASE}event/amcc-3> <{prefixes.ONTOLOGY}chairedBy> <x:nobody> }}"
CONSTRUCT = f"CONSTRUCT WHERE {{ ?event <{prefixes.ONTOLOGY}chairedBy> ?who }}"
MEDIA = {
    "json": "application/sparql-results+json",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "xml": "application/sparql-results+xml",
    "html": "text/html",
}
FORM, DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"


def asked(site: Server, text: str, accept: str, *more: tuple[str, str]) -> Response:
    return site.query(text, ("evidence", "true"), *more, Accept=accept)


def expected(text: str, format: str, *, inference: bool = True) -> str:
    """Return what Python writes; its quotes are those of the graph, as the server's are."""
    kg = amcc_kg.open(ROOT)
    found = kg.ask(Question(text, inference=inference), evidence=True)
    return receipts_writing.write(found, list(found.receipts), format, kg.compiled.key.graph)


@pytest.mark.parametrize("format", ["json", "csv", "tsv", "xml"])
@pytest.mark.parametrize("text", [CHAIRED, EMPTY])
def test_rows_come_with_their_receipts_in_every_format(site: Server, text: str, format: str):
    answer = asked(site, text, MEDIA[format])
    assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, MEDIA[format])
    assert answer.text == expected(text, format)


@pytest.mark.parametrize("text", [ASK, DENIED])
@pytest.mark.parametrize("format", ["json", "xml"])
def test_a_yes_or_no_comes_with_its_receipt(site: Server, text: str, format: str):
    assert asked(site, text, MEDIA[format]).text == expected(text, format)


def test_a_yes_or_no_with_its_receipt_is_no_table(site: Server):
    answer = asked(site, ASK, "text/csv")
    assert answer.status == 406
    assert "application/sparql-results+json" in answer.text


def test_a_graph_comes_with_its_receipts_as_that_of_a_saved_query_does(site: Server):
    turtle = asked(site, CONSTRUCT, "text/turtle")
    assert turtle.status == 200
    assert "rs:ResultSet" in turtle.text or "prov:wasDerivedFrom" in turtle.text
    assert "document/2018-09-20-amcc-3/s05a" in turtle.text
    assert asked(site, CONSTRUCT, "application/n-triples").text.count("wasDerivedFrom") > 3
    assert asked(site, CONSTRUCT, "application/rdf+xml").status == 200
    # Statements about statements have named graphs of their own in no syntax.
    assert asked(site, CONSTRUCT, "application/trig").status == 406


def test_every_way_of_asking_gives_the_same(site: Server):
    got = asked(site, CHAIRED, MEDIA["json"])
    fields = {"query": CHAIRED, "evidence": "true"}
    form = site.request(
        "POST", "/sparql", urlencode(fields).encode(), Content_Type=FORM, Accept=MEDIA["json"]
    )
    direct = site.request(
        "POST", "/sparql?evidence=true", CHAIRED.encode(), Content_Type=DIRECT, Accept=MEDIA["json"]
    )
    assert got.body == form.body == direct.body
    plain = json.loads(site.query(CHAIRED, Accept=MEDIA["json"]).body)
    assert json.loads(got.body)["results"] == plain["results"]
    assert "evidence" not in plain
    again = asked(site, CHAIRED, MEDIA["json"])
    tag = again.headers["etag"]
    held = site.query(CHAIRED, ("evidence", "true"), Accept=MEDIA["json"], If_None_Match=tag)
    assert (held.status, held.body) == (304, b"")
    assert site.query(CHAIRED, Accept=MEDIA["json"]).headers["etag"] != tag


@pytest.mark.parametrize("path", ["/ask", "/sparql"])
def test_people_see_what_each_row_rests_on(site: Server, path: str):
    page = site.get(f"{path}?{urlencode({'query': CHAIRED, 'evidence': 'true'})}", Accept="text/html")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert '<th scope="col">Rests on</th>' in page.text
    assert "<p>who chaired the AMCC</p>" in page.text
    assert re.search(r'name="evidence" value="true" checked', page.text)
    (link,) = re.findall(r'href="/(sparql\?[^"]+)"', page.text)
    assert "evidence" in json.loads(site.get(f"/{link.replace('&amp;', '&')}").body)
    bare = site.get(f"/ask?{urlencode({'query': CHAIRED})}", Accept="text/html")
    assert "Rests on" not in bare.text
    assert re.search(r'name="evidence" value="true">', bare.text)


@pytest.mark.parametrize("text", [EMPTY, DENIED])
def test_people_see_what_is_absent(site: Server, text: str):
    page = site.get(f"/ask?{urlencode({'query': text, 'evidence': 'true'})}", Accept="text/html").text
    assert "No" in page
    record = json.loads(asked(site, text, MEDIA["json"]).body)["evidence"][0]
    assert (
        len(re.findall(r'<p class="hint">nothing in the graph says ', page)) == len(record["absences"]) == 1
    )


@pytest.mark.parametrize("accept", [*MEDIA.values(), "*/*"])
@pytest.mark.parametrize("text", ["SELECT ?x { ?x ?y }", "SELECT * { SERVICE <http://x/> { ?s ?p ?o } }", ""])
def test_a_query_is_refused_as_without_evidence(site: Server, text: str, accept: str):
    answer, plain = asked(site, text, accept), site.query(text, Accept="text/csv")
    assert answer.status == plain.status == 400
    assert plain.text.strip()[:20] in answer.text
    assert "Traceback" not in answer.text


def test_evidence_is_true_or_false_and_said_once(site: Server):
    for more in ((("evidence", "perhaps"),), (("evidence", "true"), ("evidence", "true"))):
        for target in ("/sparql", "/ask"):
            answer = site.get(f"{target}?{urlencode([('query', CHAIRED), *more])}")
            assert answer.status == 400
            assert "evidence" in answer.text


@pytest.mark.parametrize("text", ["SELECT ?s { ?s a <thing> }", "BASE <http://e/> SELECT ?s { ?s a <t> }"])
def test_an_iri_is_told_from_the_same_base_with_evidence_and_without(site: Server, text: str):
    assert json.loads(asked(site, text, MEDIA["json"]).body)["results"]["bindings"] == []
    near = "SELECT ?who { <event/amcc-3> <ontology#chairedBy> ?who }"
    found = json.loads(asked(site, near, MEDIA["json"]).body)
    assert found["results"] == json.loads(site.query(near).body)["results"]
    (record,) = found["evidence"]
    assert record["complete"] and record["passages"]


def test_the_dataset_of_the_protocol_counts_with_evidence_too(site: Server):
    passage = f"{prefixes.BASE}document/2018-09-20-amcc-3/s05a"
    query = f"SELECT ?who {{ ?event <{prefixes.ONTOLOGY}chairedBy> ?who }}"
    found = json.loads(asked(site, query, MEDIA["json"], ("default-graph-uri", passage)).body)
    (record,) = found["evidence"]
    assert [triple["passages"] for triple in record["triples"]] == [[passage]]
    assert record["complete"]
    absent = f"ASK {{ <{prefixes.BASE}event/amcc-2> <{prefixes.ONTOLOGY}chairedBy> ?who }}"
    denied = json.loads(asked(site, absent, MEDIA["json"], ("default-graph-uri", passage)).body)
    assert denied["boolean"] is False
    assert denied["evidence"][0]["absences"][0]["from"] == [passage]


def test_what_is_asked_of_the_description_rests_on_it(site: Server):
    query = f"SELECT ?query {{ ?query a <{prefixes.SH}SPARQLExecutable> }} LIMIT 1"
    found = json.loads(asked(site, query, MEDIA["json"]).body)
    (record,) = found["evidence"]
    assert [triple["files"] for triple in record["triples"]] == [[prefixes.DESCRIPTION_GRAPH]]


def test_without_inference_only_what_is_asserted_counts(site: Server):
    query = f"SELECT ?c {{ <{prefixes.BASE}body/csa> a ?c }} ORDER BY STR(?c)"
    every, some = (site.query(query, ("infer", word), Accept="text/csv").text for word in ("true", "false"))
    assert set(some.splitlines()) < set(every.splitlines())
    assert asked(site, query, "text/csv", ("infer", "false")).text == expected(query, "csv", inference=False)
    assert site.query(query, ("infer", "no")).status == 400
    (denied,) = json.loads(
        asked(site, f"ASK {{ <{prefixes.BASE}body/csa> a <x:y> }}", MEDIA["json"], ("infer", "false")).body
    )["evidence"]
    assert denied["absences"][0]["assertedOnly"]


PARTS = st.lists(
    st.sampled_from(
        (
            *(
                "?s amcc:chairedBy ?o .",
                "?s a ?c .",
                "?s rdfs:label ?l .",
                "?o rdfs:label ?of . ?s amcc:chairedBy ?o .",
                "VALUES ?n { 1 }",
            ),
            *("OPTIONAL { ?s amcc:heldAt ?p }", "FILTER NOT EXISTS { ?s amcc:heldAt ?p }", "BIND(1 AS ?one)"),
            *(
                "MINUS { ?s a amcc:Event }",
                "GRAPH ?g { ?s amcc:chairedBy ?o }",
                "?s amcc:madeAt/amcc:heldAt ?p .",
            ),
            "{ ?s a amcc:Event } UNION { ?s amcc:chairedBy ?o }",
        )
    ),
    min_size=1,
    max_size=4,
    unique=True,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PARTS, st.sampled_from(("SELECT *", "SELECT (COUNT(*) AS ?count)", "ASK")), st.booleans())
def test_the_rows_with_evidence_are_those_without(site: Server, parts: list[str], form: str, infer: bool):
    declared = "".join(f"PREFIX {name}: <{prefixes.PREFIXES[name]}> " for name in ("amcc", "rdfs"))
    text = f"{declared}{form} {{ {' '.join(parts)} }} {'' if form == 'ASK' else 'LIMIT 12'}"
    inferred = ("infer", str(infer).lower())
    plain = site.query(text, inferred, Accept=MEDIA["json"])
    told = site.query(text, inferred, ("evidence", "true"), Accept=MEDIA["json"])
    assert plain.status == told.status, text
    if plain.status == 200:
        found, shown = json.loads(told.body), json.loads(plain.body)
        records = found.pop("evidence")
        assert found == shown, text
        # One record for each row; of no rows, why there are none.
        assert len(records) == max(1, len(shown.get("results", {}).get("bindings", ())))


def test_plain_files_have_no_evidence(server: Server):
    answer = server.query("ASK {}", ("evidence", "true"))
    assert (answer.status, "plain files" in answer.text) == (400, True)
    assert "evidence" not in server.get("/ask").text
    assert server.query("ASK { ?s ?p ?o }", ("infer", "false")).status == 200


@pytest.fixture(scope="module")
def narrow() -> Iterator[Server]:
    """A server that may answer with twelve rows and twelve thousand bytes at most, within two seconds."""
    options = ("--max-rows", "12", "--max-bytes", "12000", "--timeout", "2")
    with Server("--quiet", *options, cwd=Path(__file__).parent) as running:
        assert settles(lambda: running.get("/readyz").status == 200, 15)
        yield running


@pytest.mark.parametrize("accept", [*MEDIA.values()])
def test_the_bounds_hold_with_evidence(narrow: Server, accept: str):
    for text, most in (
        ("SELECT * { ?s ?p ?o } LIMIT 13", "12 rows"),
        ("SELECT * { ?s ?p ?o } LIMIT 12", "12000 bytes"),
    ):
        answer = narrow.query(text, ("evidence", "true"), Accept=accept)
        if answer.status == 200:
            assert most == "12000 bytes"
            assert len(answer.body) <= 12000
        else:
            assert answer.status == 413
            assert most in answer.text
    few = narrow.query(f"{CHAIRED} LIMIT 1", ("evidence", "true"), Accept=accept)
    assert few.status == 200
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    assert narrow.query(slow, ("evidence", "true"), Accept=accept).status == 504


def test_a_table_of_receipts_has_the_columns_of_saved_queries(site: Server):
    own = next(csv.reader(io.StringIO(asked(site, CHAIRED, "text/csv").text)))
    saved = next(csv.reader(io.StringIO(site.get("/queries/who-chaired.csv?evidence=true").text)))
    assert own[2:] == [name for name in saved if name.startswith("evidence")]


def test_the_form_takes_prefixes_of_the_graph_and_links_to_what_the_endpoint_takes(site: Server):
    text = "SELECT ?who { event:amcc-3 amcc:chairedBy ?who }"
    page = site.get(f"/ask?{urlencode({'query': text})}", Accept="text/html")
    assert (page.status, "s-iswaran" in page.text) == (200, True)
    assert "PREFIX" not in page.text.partition("<textarea")[2].partition("</textarea>")[0]
    link = html.unescape(re.search(r'href="[^"]*(sparql\?[^"]*)"', page.text)[1])
    assert "s-iswaran" in site.get(f"/{link}", Accept="text/csv").text
    assert site.query(text).status == 400
    broken = site.get(f"/ask?{urlencode({'query': text.replace('}', '')})}", Accept="text/html")
    assert "line 1, column 47: the query ends too early" in broken.text

"""The SPARQL 1.1 Protocol as this server speaks it, over a real socket."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin
from xml.etree import ElementTree

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pyoxigraph import QueryResultsFormat, RdfFormat, parse, parse_query_results
from rdflib import RDF, Graph
from rdflib.compare import isomorphic

from amcc_kg.serving.pages import static_files
from amcc_kg.sparql import checks

if TYPE_CHECKING:
    from live import Server

SELECT = "SELECT ?s { ?s <http://e/p> ?o } ORDER BY ?s"
CONSTRUCT = "CONSTRUCT { ?s <http://e/q> ?o } { ?s <http://e/p> ?o }"
FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"

RESULTS = {
    "application/sparql-results+json": ("application/sparql-results+json", QueryResultsFormat.JSON),
    "application/json": ("application/sparql-results+json", QueryResultsFormat.JSON),
    "application/sparql-results+xml": ("application/sparql-results+xml", QueryResultsFormat.XML),
    "text/csv": ("text/csv; charset=utf-8", None),
    "text/tab-separated-values": ("text/tab-separated-values; charset=utf-8", QueryResultsFormat.TSV),
}
GRAPHS = {
    "text/turtle": ("text/turtle; charset=utf-8", RdfFormat.TURTLE),
    "application/n-triples": ("application/n-triples", RdfFormat.N_TRIPLES),
    "application/ld+json": ("application/ld+json", RdfFormat.JSON_LD),
    "application/rdf+xml": ("application/rdf+xml", RdfFormat.RDF_XML),
    "application/trig": ("application/trig", RdfFormat.TRIG),
    "application/n-quads": ("application/n-quads", RdfFormat.N_QUADS),
}


@pytest.mark.parametrize("accept", RESULTS)
def test_select_and_ask_come_in_every_result_format(server: Server, accept: str):
    media, syntax = RESULTS[accept]
    answer = server.query(SELECT, Accept=accept)
    assert (answer.status, answer.headers["content-type"]) == (200, media)
    assert len(answer.body) == int(answer.headers["content-length"])
    if syntax is not None:
        assert len(list(parse_query_results(answer.body, syntax))) == 3
    else:
        assert answer.text.splitlines() == ["s", "http://e/a", "http://e/a", "http://e/b"]
    assert server.query("ASK { ?s ?p ?o }", Accept=accept).headers["content-type"] == media


@pytest.mark.parametrize("accept", GRAPHS)
@pytest.mark.parametrize("query", [CONSTRUCT, "DESCRIBE <http://e/b>"])
def test_graphs_come_in_every_syntax(server: Server, accept: str, query: str):
    media, syntax = GRAPHS[accept]
    answer = server.query(query, Accept=accept)
    assert (answer.status, answer.headers["content-type"]) == (200, media)
    assert len(list(parse(answer.body, syntax))) == (3 if query == CONSTRUCT else 1)


RESULTS_XML, RDF_XML = "application/sparql-results+xml", "application/rdf+xml"
# What the value of a query is when read from XML: the same as from JSON.
KEPT = "a\rb\r\nc\td\u0085e"


def test_a_value_is_read_from_xml_as_it_is(server: Server):
    escaped = json.dumps(KEPT)
    rows = server.query(f"SELECT ({escaped} AS ?x) {{}}", Accept=RESULTS_XML)
    namespace = "{http://www.w3.org/2005/sparql-results#}"
    assert ElementTree.fromstring(rows.body).findtext(f".//{namespace}literal") == KEPT
    graph = server.query(f"CONSTRUCT {{ <x:s> <x:p#p> {escaped} }} {{}}", Accept=RDF_XML)
    assert [str(value) for value in Graph().parse(data=graph.text, format="xml").objects()] == [KEPT]


@pytest.mark.parametrize(
    ("character", "name"), [("\\u0000", "U+0000"), ("\\u0001", "U+0001"), ("\\uFFFE", "U+FFFE")]
)
def test_a_character_that_xml_cannot_hold_is_refused_with_its_place_and_what_can(
    server: Server, character: str, name: str
):
    query = f'SELECT ?ok ?x {{ VALUES (?ok ?x) {{ ("a" "b") ("c" "d{character}e") }} }}'
    refused = server.query(query, Accept=RESULTS_XML)
    assert (refused.status, refused.headers["content-type"]) == (406, "text/plain; charset=utf-8")
    assert refused.text == (
        f"XML has no way to write the character {name} of row 2, column x; this answer can be had as "
        "application/sparql-results+json, text/csv, text/tab-separated-values\n"
    )
    assert server.query(query, Accept="application/json").status == 200
    query = f'CONSTRUCT {{ <x:s> <x:p#p> "d{character}e" }} {{}}'
    refused = server.query(query, Accept=RDF_XML)
    assert refused.status == 406
    assert (
        f"the character {name} of a value of <x:p#p>; this answer can be had as text/turtle" in refused.text
    )
    assert RDF_XML not in refused.text
    assert server.query(query, Accept="application/n-triples").status == 200


@pytest.mark.parametrize(
    ("predicate", "named"),
    [
        ("http://ex.org/p/", "<http://ex.org/p/>"),
        ("http://ex.org/1", "<http://ex.org/1>"),
        ("http://ex.org/it's&1", "<http://ex.org/it's&1>"),
        (f"{RDF}li", "rdf:li"),
        (f"{RDF}Description", "rdf:Description"),
    ],
)
def test_a_predicate_that_rdf_xml_has_no_name_for_is_refused(server: Server, predicate: str, named: str):
    query = f"CONSTRUCT {{ <x:s> <{predicate}> <x:o> , 'o' , [] }} {{}}"
    refused = server.query(query, Accept=RDF_XML)
    assert refused.status == 406
    assert refused.text.startswith(f"the predicate {named} ")
    assert "text/turtle" in refused.text
    assert server.query(query, Accept="text/turtle").status == 200


@pytest.mark.parametrize("subject", ["<x:s>", "_:s"])
@pytest.mark.parametrize("kind", ["http://ex.org/1", "http://ex.org/k/?a&b='", "http://ex.org/Kind"])
def test_a_class_needs_no_name_to_be_said_in_rdf_xml(server: Server, subject: str, kind: str):
    query = f"CONSTRUCT {{ {subject} a <{kind}> ; <x:p#p> 'v' , <x:o> , [] . <x:t> a <{kind}> }} {{}}"
    written = server.query(query, Accept=RDF_XML)
    assert written.status == 200
    graph = Graph().parse(data=written.text, format="xml")
    plain = Graph().parse(data=server.query(query, Accept="text/turtle").text, format="turtle")
    assert isomorphic(graph, plain)


def test_a_graph_holds_no_triple_twice_and_is_the_same_bytes_each_time(server: Server):
    query = "CONSTRUCT { <x:a> <x:b> ?o } { ?s <http://e/p> ?o }"
    first = server.query(query, Accept="application/n-triples").text
    second = server.query(f"{query}#", Accept="application/n-triples").text
    assert first == second == "<x:a> <x:b> <http://e/b> .\n<x:a> <x:b> <http://e/c> .\n"


@pytest.mark.parametrize(
    "accept",
    ["image/png", "text/html;q=0", "application/sparql-results+json;q=0, */*;q=0", "text/turtle"],
)
def test_a_select_that_no_accepted_format_can_hold_is_refused_with_what_there_is(server: Server, accept: str):
    answer = server.query(SELECT, Accept=accept)
    assert answer.status == 406
    assert "text/csv" in answer.text


@pytest.mark.parametrize(
    "accept", ["", "*/*", "garbage", ";;;,,,q=1", "a/b;q=nan, */*;q=0.1", "\xff/\xff, */*"]
)
def test_strange_accept_headers_get_an_answer_or_a_clear_refusal(server: Server, accept: str):
    assert server.query(SELECT, Accept=accept).status in (200, 406)


def test_three_ways_to_ask_give_the_same_answer(server: Server):
    by_get = server.query(SELECT)
    form = urlencode({"query": SELECT}).encode()
    by_form = server.request("POST", "/sparql", form, Content_Type=FORM)
    direct = server.request("POST", "/sparql/", SELECT.encode(), Content_Type=f"{DIRECT}; charset=utf-8")
    assert by_get.body == by_form.body == direct.body
    assert by_get.headers["etag"] == by_form.headers["etag"]


def test_a_chunked_body_is_read(server: Server):
    sent = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    sent += b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nASK\r\n3\r\n {}\r\n0\r\n\r\n"
    assert b'"boolean":true' in server.raw(sent)


@pytest.mark.parametrize(
    ("method", "target", "body", "media", "status", "reason"),
    [
        ("GET", "/sparql?query=SELECT", None, None, 400, "line 1"),
        ("GET", "/sparql?query=", None, None, 400, "empty"),
        ("GET", "/sparql?x=1", None, None, 400, "no query"),
        ("GET", "/sparql?query=ASK%7B%7D&query=ASK%7B%7D", None, None, 400, "more than one"),
        ("GET", "/sparql?query=%FF", None, None, 400, "UTF-8"),
        ("GET", "/sparql?update=CLEAR%20ALL", None, None, 400, "read-only"),
        ("GET", "/sparql?query=DROP%20ALL", None, None, 400, "DROP is an update"),
        ("GET", "/sparql?" + "a=1&" * 200, None, None, 400, "parameters"),
        ("GET", "/sparql?query=" + "x" * 20_000, None, None, 414, "post the query"),
        ("POST", "/sparql", b"query=ASK%7B%7D", None, 415, DIRECT),
        ("POST", "/sparql", b"ASK {}", "text/plain", 415, DIRECT),
        ("POST", "/sparql", b"CLEAR ALL", "application/sparql-update", 400, "read-only"),
        ("POST", "/sparql", b"update=CLEAR+ALL", FORM, 400, "read-only"),
        ("POST", "/sparql", b"INSERT DATA { <a:> <b:> <c:> }", DIRECT, 400, "INSERT is an update"),
        ("POST", "/sparql", b"ASK { \xff }", DIRECT, 400, "byte 7"),
        ("POST", "/sparql?using-graph-uri=http://e/g", b"ASK {}", DIRECT, 400, "read-only"),
        ("POST", "/sparql?query=ASK%7B%7D", b"ASK {}", DIRECT, 400, "another"),
        ("POST", "/sparql", b"x" * 2_000_000, DIRECT, 413, "bytes"),
        ("PUT", "/sparql", b"ASK {}", DIRECT, 405, "PUT"),
        ("DELETE", "/sparql", None, None, 405, "DELETE"),
        ("PATCH", "/sparql", b"", DIRECT, 405, "PATCH"),
        ("GET", "/sparql/../secret", None, None, 400, "dots"),
        ("GET", "/nothing%00here", None, None, 400, "path"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_line(
    server: Server, method: str, target: str, body: bytes | None, media: str | None, status: int, reason: str
):
    headers = {"Content_Type": media} if media else {}
    answer = server.request(method, target, body, **headers)
    assert answer.status == status, answer.text
    assert reason in answer.text
    assert answer.text.count("\n") == 1
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    if status == 405:
        assert answer.headers["allow"] == "GET, POST, HEAD, OPTIONS"


def test_a_syntax_error_names_line_and_column(server: Server):
    answer = server.query("SELECT ?s {\n  ?s ?p FROG\n}")
    assert answer.status == 400
    assert answer.text.startswith("line 2, column ")
    assert "?s ?p FROG" in answer.text


def test_an_undeclared_prefix_is_named_with_the_line_that_would_declare_it(server: Server):
    answer = server.query("ASK { ?s rdfs:label ?o }")
    assert "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>" in answer.text


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE is refused"),
        ("SELECT * { \\u0053ERVICE SILENT <http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE is refused"),
        ("SELECT * FROM <http://127.0.0.1:1/x> { ?s ?p ?o }", "nothing is fetched"),
        ("SELECT * FROM NAMED <file:///etc/passwd> { GRAPH ?g { ?s ?p ?o } }", "nothing is fetched"),
    ],
)
def test_nothing_outside_is_reached(server: Server, query: str, reason: str):
    answer = server.query(query)
    assert (answer.status, reason in answer.text) == (400, True), answer


def test_the_dataset_can_be_chosen_among_the_graphs_that_are_here(server: Server):
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    named = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"

    def counted(query: str, *graphs: tuple[str, str]) -> str:
        answer = server.query(query, *graphs)
        assert answer.status == 200, answer
        return json.loads(answer.body)["results"]["bindings"][0]["n"]["value"]

    default, one = ("default-graph-uri", "http://e/g"), ("named-graph-uri", "http://e/h")
    assert counted(count) == "4"
    assert counted(named) == "2"
    assert counted(count, default) == "1"
    assert counted(count, default, default) == "1"
    assert counted(named, default) == "0"
    assert counted(named, one) == "1"
    assert counted(count, one) == "0"
    assert counted(count.replace("{ ", "FROM <http://e/h> { ", 1), default, one) == "1"
    answer = server.query(count, ("default-graph-uri", "http://elsewhere/"))
    assert (answer.status, "nothing is fetched" in answer.text) == (400, True)
    assert server.query(count, ("default-graph-uri", "not an IRI")).status == 400


def test_relative_iris_resolve_against_the_base_of_the_graph(server: Server):
    assert json.loads(
        server.query("ASK { FILTER(STR(<event/x>) = 'https://w3id.org/amcc-kg/event/x') }").body
    )["boolean"]


def test_head_says_what_get_would(server: Server):
    target = f"/sparql?{urlencode({'query': SELECT})}"
    got, head = server.get(target), server.request("HEAD", target)
    assert head.body == b""
    assert {**head.headers, "date": ""} == {**got.headers, "date": ""}


def test_options_and_cors_let_other_sites_read(server: Server):
    answer = server.request(
        "OPTIONS", "/sparql", Origin="https://elsewhere", Access_Control_Request_Method="POST"
    )
    assert answer.status == 204
    assert answer.headers["allow"] == "GET, POST, HEAD, OPTIONS"
    assert "POST" in answer.headers["access-control-allow-methods"]
    for reply in (answer, server.query(SELECT), server.query("x"), server.get("/nothing")):
        assert reply.headers["access-control-allow-origin"] == "*"


def test_an_answer_is_compressed_for_who_takes_it_and_differs_by_tag(server: Server):
    query = "SELECT * { ?s ?p ?o . ?a ?b ?c }"
    plain, packed = server.query(query), server.query(query, Accept_Encoding="br, gzip;q=0.5")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert int(packed.headers["content-length"]) == len(packed.body) < len(plain.body)
    assert packed.headers["etag"] != plain.headers["etag"]
    for answer in (plain, packed):
        assert answer.headers["vary"] == "Accept, Accept-Encoding"
    assert "content-encoding" not in server.query(query, Accept_Encoding="gzip;q=0").headers


def test_a_client_that_has_the_answer_is_told_so(server: Server):
    first = server.query(SELECT)
    tag = first.headers["etag"]
    for condition in (tag, f'"other", W/{tag}', "*"):
        again = server.query(SELECT, If_None_Match=condition)
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
        assert "max-age" in again.headers["cache-control"]
    assert server.query(SELECT, If_None_Match='"other"').status == 200


@pytest.mark.parametrize("name", ["?größe", "?变量", "_:é", "?a\u0301", "?x\u00d7"])
def test_names_in_any_script_are_read_where_nothing_can_be_imported(server: Server, name: str):
    assert server.query(f"ASK {{ {name} ?p ?o }}").status == (400 if name == "?x\u00d7" else 200)


@pytest.mark.parametrize("opening", ["{", "(", "[ <x:p> "])
def test_a_query_nested_too_deeply_is_refused_at_its_place(server: Server, opening: str):
    answer = server.request(
        "POST",
        "/sparql",
        f"ASK {{\n?s ?p {opening * 50_000}".encode(),
        Content_Type="application/sparql-query",
    )
    assert answer.status == 400
    column = 7 + len(opening) * 999
    assert answer.text == f"line 2, column {column}: brackets nested more than 1000 deep\n"
    deep = f"ASK {{ FILTER({'(' * 500}true{')' * 500}) }}"
    assert server.query(deep).status == 200


@pytest.mark.parametrize(
    ("first", "repeated", "last", "column"),
    [
        ("ASK { FILTER(", "!", "1) }", 2000),
        ("ASK { BIND(1", "+1", " AS ?o) }", 4001),
        ("ASK { ?s ?p ?o FILTER(?s = 1", "||?s=?p", ") }", 13994),
        ("ASK { ?s <a:a>", "/<a:a>", " ?o }", 12001),
        ("ASK { ?s (a", "|<a:a>", ") ?o }", 12001),
        ("ASK { ?s ?p ?o ", "MINUS { ?s ?p 1 } ", "}", 36001),
        ("SELECT *  { ?s ?p ?o ", "filter(?s != ?o) ", "}", 34001),
    ],
)
def test_a_chain_that_is_too_long_is_refused_at_its_place(
    server: Server, first: str, repeated: str, last: str, column: int
):
    for count in (50_000, 2_001):
        query = f"{first}\n{repeated * count}{last}".encode()
        answer = server.request("POST", "/sparql", query, Content_Type=DIRECT)
        assert answer.status == 400
        reason = "more than 2000 operators or clauses in one chain"
        assert answer.text == f"line 2, column {column}: {reason}\n"


@pytest.mark.parametrize(
    "query",
    [
        f"ASK {{ FILTER({'!' * 1990}1) }}",
        f"ASK {{ FILTER({'(' * 990}{'!' * 990}1{')' * 990}) }}",
        f"ASK {{ FILTER(1{'+1' * 1990}) }}",
        "ASK { VALUES ?x { %s } }" % ("-1 +2.5 'a/b'^^<x:y/z> <http://e/a/b> " * 3000),
        "ASK { FILTER(1 IN (%s)) }" % ("-1, 2 * 3, " * 3000 + "1"),
        f"ASK {{ {'# a/b+c '} {'-' * 5000}\n }}",
        "CONSTRUCT { %s } {}" % ("<x:a> <x:b> -1 , 'c'^^<x:d> ; a <x:e/f> . " * 3000),
        f"SELECT {' '.join(f'(1 AS ?x{n})' for n in range(1990))} {{}}",
    ],
)
def test_a_long_query_without_long_chains_is_answered(server: Server, query: str):
    answer = server.request("POST", "/sparql", query.encode(), Content_Type=DIRECT)
    assert answer.status == 200, answer.text[:300]


def test_a_query_that_is_too_deep_all_the_same_is_told_that_it_may_be(server: Server):
    query = f"ASK {{ FILTER({'abs(' * 990}1{')' * 990}) }}"
    answer = server.request("POST", "/sparql", query.encode(), Content_Type=DIRECT)
    assert answer.status == 200 or (answer.status == 500 and "nested too deeply" in answer.text)


def test_many_short_paths_are_no_long_chain():
    checks.refuse_deep("ASK { %s }" % ("?s ^<x:a>/<x:b>|a ?o ; a/a ?c , ?d . ?s a/a ?o FILTER(?o) " * 900))


def test_what_differs_each_time_is_never_stored(server: Server):
    for function in ("UUID()", "rand()", "STRUUID ()"):
        query = f"SELECT ({function} AS ?x) {{}}"
        for ask in (lambda q: server.query(q), lambda q: server.get(f"/ask?{urlencode({'query': q})}")):
            answers = [ask(query) for _ in range(6)]
            assert {answer.status for answer in answers} == {200}
            assert len({answer.body for answer in answers}) == 6
            assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
            assert not any("etag" in answer.headers for answer in answers)
    assert "etag" in server.query("SELECT * { ?now_and_then <http://e/knows> ?x }").headers


@pytest.mark.parametrize("target", ["/sparql", "/sparql?query=ASK%7B%7D", "/nothing-here", "/metrics"])
def test_every_answer_carries_the_headers_that_protect_readers(server: Server, target: str):
    headers = server.get(target).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "server" not in headers
    assert "date" in headers


def test_the_service_describes_itself_in_what_is_asked_for(server: Server):
    for accept, (media, syntax) in GRAPHS.items():
        if accept not in ("application/trig", "application/n-quads"):
            answer = server.get("/sparql", Accept=accept)
            assert (answer.status, answer.headers["content-type"]) == (200, media)
            assert len(list(parse(answer.body, syntax))) > 20
    graph = Graph().parse(data=server.get("/sparql").text, format="turtle")
    names = {str(name) for name in graph.objects(None, None)}
    assert {"http://e/g", "http://e/h"} <= names
    assert server.get("/sparql", Accept="image/png").status == 406


def test_operators_can_ask(server: Server):
    assert server.get("/healthz").text == "alive\n"
    assert server.get("/readyz").text.startswith("ready, graph ")
    figures = server.get("/metrics").text
    assert 'amcc_requests_total{status="200"}' in figures
    assert "amcc_request_seconds_bucket" in figures
    families = {family.name: family for family in text_string_to_metric_families(figures)}
    counted = {sample.labels["status"]: sample.value for sample in families["amcc_requests"].samples}
    assert families["amcc_requests"].type == "counter"
    assert counted["200"] >= 2
    buckets = [s.value for s in families["amcc_request_seconds"].samples if s.name.endswith("_bucket")]
    assert families["amcc_request_seconds"].type == "histogram"
    assert buckets == sorted(buckets)
    assert families["amcc_statements"].samples[0].value == 6


def test_redirections_lead_to_a_path_whatever_name_the_request_gave_the_server(server: Server):
    for target, place in (("/queries", "/queries/"), ("/downloads", "/downloads/")):
        answer = server.get(target, Host="evil.example")
        assert (answer.status, urljoin(target, answer.headers["location"])) == (301, place)
        assert "evil" not in answer.text + str(answer.headers)
        assert answer.headers["cache-control"] == "public, max-age=60"


def test_what_has_no_body_has_no_length(server: Server):
    for target in ("/sparql", "*"):
        answer = server.request("OPTIONS", target)
        assert (answer.status, answer.body) == (204, b"")
        assert "content-length" not in answer.headers
        assert "content-type" not in answer.headers


def test_scripts_of_other_sites_may_read_what_they_need(server: Server):
    exposed = server.query(SELECT).headers["access-control-expose-headers"].lower().split(", ")
    wanted = "accept-ranges allow amcc-hint amcc-note content-location content-range etag link location"
    assert sorted(exposed) == [*wanted.split(), "retry-after"]


def test_files_with_a_checksum_in_their_name_are_kept_for_good(server: Server):
    name = static_files.name("style.css")
    headers = server.get(f"/static/{name}").headers
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert server.get(f"/static/{name}", If_None_Match=headers["etag"]).status == 304
    assert "immutable" not in server.get("/favicon.svg").headers["cache-control"]


def test_a_condition_that_no_answer_was_given_for_is_no_answer(server: Server):
    """A failing query has no tag, whatever the client claims to hold."""
    tag = server.query(SELECT).headers["etag"]
    for query, status in (("SELECT", 400), ("SELECT * FROM <http://none/> { ?s ?p ?o }", 400)):
        for condition in ("*", tag, f'{tag}, "x"', '"000000000000000000000000"'):
            assert server.query(query, If_None_Match=condition).status == status
    assert server.query(SELECT, Accept="text/csv", If_None_Match=tag).status == 200
    assert server.query(SELECT, Accept="image/png", If_None_Match=tag).status == 406
    posted = server.request("POST", "/sparql", SELECT.encode(), Content_Type=DIRECT, If_None_Match=tag)
    assert posted.status == 200

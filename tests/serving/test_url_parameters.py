"""No parameter of a URL is passed over in silence: it is heeded, refused, or said not to be heeded."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from live import Server

from amcc_kg.serving import routes
from amcc_kg.serving.handlers import endpoint
from amcc_kg.serving.pages import static_files
from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    from pathlib import Path

JSON = "application/sparql-results+json"
TYPES = f"SELECT ?c {{ <{prefixes.BASE}body/csa> a ?c }} ORDER BY STR(?c)"
GRAPH = "CONSTRUCT WHERE { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?o }"
# What each route answers with when nothing is wrong.
INSTANCES = {
    "/explain.{rest:path}": "/explain.json",
    "/queries/{rest:path}": "/queries/who-chaired.json",
    "/downloads/{rest:path}": "/downloads/SHA256SUMS",
    "/query/{rest:path}": "/query/who-chaired.ttl",
    "/.well-known/sparql-examples{rest:path}": "/.well-known/sparql-examples.ttl",
    "/.well-known/void{rest:path}": "/.well-known/void.ttl",
    "/about{rest:path}": "/about.ttl",
    "/{rest:path}": "/event/amcc-3",
}
_STATEMENT = {"subject": "event:amcc-3", "predicate": "a", "object": "amcc:Event"}
NEEDED = {
    "/explain": _STATEMENT,
    "/explain.{rest:path}": _STATEMENT,
    "/about": {"iri": f"{prefixes.BASE}event/amcc-3"},
    "/about{rest:path}": {"iri": f"{prefixes.BASE}event/amcc-3"},
    "/sparql": {"query": "ASK {}"},
}
PATHS = [path for path, *_ in (*routes.EXACT, *routes.WITH_REST)]


@pytest.mark.parametrize("path", [*PATHS, "/{rest:path}"])
def test_a_parameter_that_nothing_takes_is_refused_and_those_taken_are_named(site: Server, path: str):
    target, needed = INSTANCES.get(path, path), NEEDED.get(path, {})
    assert site.get(f"{target}?{urlencode(needed)}".rstrip("?"), timeout=60).status == 200
    for given in ({"nonsense": "1"}, {"nonsense": ""}):
        refused = site.get(f"{target}?{urlencode(needed | given)}", timeout=60)
        assert refused.status == 400, path
        assert "there is no parameter 'nonsense'; it takes " in refused.text
        assert all(name in refused.text for name in routes.PARAMETERS.get(path) or needed)
        assert refused.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("/sparql?qurey=ASK%7B%7D", "no query is given; there is no parameter 'qurey'"),
        ("/sparql?qurey=ASK%7B%7D", "did you mean 'query'?"),
        ("/sparql?query=ASK%7B%7D&evidense=true", "did you mean 'evidence'?"),
        ("/ask?query=ASK%7B%7D&format=json", "it takes query, evidence"),
        ("/about?iri=x:y&subject=1", "it takes iri"),
        (
            "/queries/commitments-by-status.csv?statos=agreed",
            "it takes status besides evidence; did you mean",
        ),
        ("/queries/who-chaired.csv?on=", "it takes none besides evidence"),
        ("/event/amcc-3.ttl?format=json", "it takes none"),
        (f"/static/{static_files.name('style.css')}?v=1", "it takes none"),
        ("/event/?page=2", "it takes none"),
    ],
)
@pytest.mark.parametrize("accept", ["text/html", "*/*"])
def test_the_refusal_says_what_may_be_meant(site: Server, target: str, reason: str, accept: str):
    answer = site.get(target, Accept=accept)
    assert answer.status == 400
    assert reason in answer.text.replace("&#39;", "'").replace("&#x27;", "'")
    is_page = accept == "text/html" and not target.startswith(("/sparql", "/static"))
    assert answer.headers["content-type"].startswith("text/html" if is_page else "text/plain")


def test_a_client_that_holds_the_answer_is_refused_too(site: Server):
    tag = site.get("/event/amcc-3").headers["etag"]
    assert site.get("/event/amcc-3", If_None_Match=tag).status == 304
    assert site.get("/event/amcc-3?x=1", If_None_Match=tag).status == 400


def test_a_posted_form_is_read_as_closely_as_a_url(site: Server):
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    refused = site.request("POST", "/sparql", b"query=ASK%7B%7D&nonsense=1", **form)
    assert (refused.status, "there is no parameter 'nonsense'" in refused.text) == (400, True)
    direct = {"Content_Type": "application/sparql-query"}
    assert site.request("POST", "/sparql?nonsense=1", b"ASK {}", **direct).status == 400
    assert site.request("POST", "/sparql?format=json", b"ASK {}", **direct).status == 200


def test_a_query_part_that_belongs_to_an_iri_is_no_parameter(tmp_path: Path):
    path = tmp_path / "graph.ttl"
    path.write_text(f"<{prefixes.BASE}q?x=1> <x:p> 1 . <{prefixes.BASE}q> <x:p> 2 .", encoding="utf-8")
    with Server("--quiet", path) as running:
        assert running.get("/q?x=1", Accept="text/turtle").text.count("q?x=1>") > 0
        assert running.get("/q", Accept="text/turtle").status == 200
        refused = running.get("/q?x=2", Accept="text/turtle")
        assert (refused.status, "there is no parameter 'x'; it takes none" in refused.text) == (400, True)


@pytest.mark.parametrize("name", endpoint.WORDS)
@pytest.mark.parametrize(
    ("query", "word", "media"),
    [
        (TYPES, "csv", "text/csv"),
        (TYPES, "text/csv", "text/csv"),
        (TYPES, "JSON", JSON),
        (TYPES, JSON, JSON),
        (TYPES, "srx", "application/sparql-results+xml"),
        (TYPES, "xml", "application/sparql-results+xml"),
        (TYPES, "sparql-results+xml", "application/sparql-results+xml"),
        (GRAPH, "json", "application/ld+json"),
        (GRAPH, "xml", "application/rdf+xml"),
        (GRAPH, "nt", "application/n-triples"),
        (GRAPH, "turtle", "text/turtle"),
        (GRAPH, "application/trig", "application/trig"),
    ],
)
@pytest.mark.parametrize("accept", [None, "*/*", "text/html,application/xml;q=0.9,*/*;q=0.8"])
def test_a_format_is_heeded_where_accept_does_not_say(
    site: Server, name: str, query: str, word: str, media: str, accept: str | None
):
    answer = site.query(query, (name, word), **({"Accept": accept} if accept else {}))
    assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, media)
    assert "amcc-note" not in answer.headers


@pytest.mark.parametrize(
    ("more", "accept", "media", "note"),
    [
        ((("format", "json"),), "text/csv", "text/csv", "format=json is ignored: text/csv is asked for, too"),
        ((("format", "csv"),), "text/csv", "text/csv", ""),
        ((("format", "xlsx"),), "*/*", JSON, f"format=xlsx is ignored: this can be had as {JSON}, "),
        ((("format", "auto\r\nX: ü"),), "*/*", JSON, "is ignored"),
        ((("output", "xlsx"), ("results", "tsv")), "*/*", "text/tab-separated-values", "output=xlsx is"),
        ((("timeout", "5"),), "*/*", JSON, ""),
        ((("timeout", "30000"),), "*/*", JSON, "timeout=30000 is ignored: a query has 10 s here"),
        ((("timeout", "0"),), "*/*", JSON, "timeout=0 is ignored"),
        ((("evidence", ""), ("infer", ""), ("timeout", ""), ("format", "")), "*/*", JSON, ""),
    ],
)
def test_what_is_not_heeded_is_said_in_a_header(
    site: Server, more: tuple[tuple[str, str], ...], accept: str, media: str, note: str
):
    for _ in range(3):  # the third time from memory
        answer = site.query(TYPES, *more, Accept=accept)
        assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, media)
        assert note in answer.headers.get("amcc-note", "")
        assert bool(note) == ("amcc-note" in answer.headers)
        assert answer.headers.get("amcc-note", "").isascii()
    assert "Amcc-Note" in answer.headers["access-control-expose-headers"]
    assert json.loads(site.query(TYPES).body)  # without them it is as ever
    assert "amcc-note" not in site.query(TYPES).headers


@pytest.mark.parametrize("timeout", ["soon", "-1", "1e3", "nan", "10,60"])
def test_a_time_that_cannot_be_read_is_refused(site: Server, timeout: str):
    answer = site.query("ASK {}", ("timeout", timeout))
    assert (answer.status, "expected a number of seconds" in answer.text) == (400, True)


def test_a_query_ends_when_its_client_says(site: Server):
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    answer = site.query(slow, ("timeout", "0.5"))
    assert (answer.status, re.search(r"no answer within ([\d.]+) s", answer.text)[1]) == (504, "0.5")  # type: ignore[index]

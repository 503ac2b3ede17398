"""Saved queries are URLs: each in every format, its parameters judged, with receipts for those who ask."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import pytest
from live import Server, settles
from pyoxigraph import QueryResultsFormat, parse_query_results

import amcc_kg
from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    from collections.abc import Iterator

QUERIES = Path(__file__).parents[2] / "queries"
NAMES = sorted(path.stem for path in QUERIES.glob("*.rq"))
JSON = "application/sparql-results+json"
MEDIA = {
    "json": JSON,
    "csv": "text/csv; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "xml": "application/sparql-results+xml",
    "html": "text/html; charset=utf-8",
    "rq": "application/sparql-query; charset=utf-8",
}
ACCEPTED = {
    "*/*": MEDIA["html"],
    "text/html": MEDIA["html"],
    "application/json": JSON,
    JSON: JSON,
    "application/sparql-results+xml": MEDIA["xml"],
    "text/csv": MEDIA["csv"],
    "text/tab-separated-values": MEDIA["tsv"],
    "application/sparql-query": MEDIA["rq"],
    "text/turtle": None,
}


def rows(body: bytes) -> list[dict[str, str]]:
    return [{n: t["value"] for n, t in row.items()} for row in json.loads(body)["results"]["bindings"]]


@pytest.mark.parametrize("suffix", MEDIA)
@pytest.mark.parametrize("name", NAMES)
def test_every_saved_query_answers_in_every_format(site: Server, name: str, suffix: str):
    answer = site.get(f"/queries/{name}.{suffix}")
    assert (answer.status, answer.headers["content-type"]) == (200, MEDIA[suffix])
    if suffix == "rq":
        assert answer.body == (QUERIES / f"{name}.rq").read_bytes()
        return
    count = len(rows(site.get(f"/queries/{name}.json").body))
    assert count > 0
    if suffix == "html":
        assert answer.text.count("<tr>") == count + 1
    elif suffix == "csv":
        assert len(list(csv.reader(io.StringIO(answer.text)))) == count + 1
    else:
        syntax = QueryResultsFormat.from_media_type(MEDIA[suffix].partition(";")[0])
        assert len(list(parse_query_results(answer.body, syntax))) == count


@pytest.mark.parametrize("name", NAMES)
def test_the_answer_is_the_one_that_python_gets(site: Server, name: str):
    kg = amcc_kg.open(QUERIES.parent)
    assert site.get(f"/queries/{name}.csv").text == kg.query(name).to_string("csv")
    assert site.get(f"/queries/{name}.json").text == kg.query(name).to_string("json")


@pytest.mark.parametrize("accept", ACCEPTED)
def test_without_a_suffix_the_preferred_format_is_sent(site: Server, accept: str):
    answer = site.get("/queries/who-chaired", Accept=accept)
    wanted = ACCEPTED[accept]
    assert answer.status == (406 if wanted is None else 200)
    if wanted is not None:
        assert answer.headers["content-type"] == wanted
        assert "accept" in answer.headers["vary"].lower()


def test_parameters_choose_rows(site: Server):
    default = rows(site.get("/queries/commitments-by-status.json").body)
    assert {row["status"] for row in default} == {f"{prefixes.BASE}status/under-consideration"}
    planned = rows(site.get("/queries/commitments-by-status.json?status=Planned").body)
    assert {row["status"] for row in planned} == {f"{prefixes.BASE}status/planned"}
    iri = quote(planned[0]["status"], safe="")
    for given in ("status:planned", f"<{planned[0]['status']}>", planned[0]["status"]):
        answer = site.get(f"/queries/commitments-by-status.json?status={quote(given, safe='')}")
        assert rows(answer.body) == planned
    assert rows(site.get(f"/queries/commitments-by-status.json?status={iri}").body) == planned
    before = rows(site.get("/queries/member-states.json?on=2018-04-26").body)
    after = rows(site.get("/queries/member-states.json?on=2025-12-01").body)
    assert len(before) < len(after)
    # An empty field of a form is one that was left alone.
    assert rows(site.get("/queries/commitments-by-status.json?status=").body) == default


def test_any_of_the_values_of_a_repeated_parameter_will_do(site: Server):
    each = {
        s: rows(site.get(f"/queries/commitments-by-status.json?status={s}").body)
        for s in ("planned", "agreed")
    }
    both = rows(site.get("/queries/commitments-by-status.json?status=planned&status=&status=agreed").body)
    assert len(both) == sum(map(len, each.values())) > 0
    assert all(row in both for some in each.values() for row in some)
    page = site.get("/queries/commitments-by-status?status=planned&status=agreed", Accept="text/html").text
    assert re.findall(r"<option selected>(.*?)</option>", page) == ["planned", "agreed"]
    assert "status=planned&amp;status=agreed" in page
    assert len(set(re.findall(r' id="([^"]*)"', page))) == len(re.findall(r' id="', page))


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("commitments-by-status.csv?status=plannd", "allowed: "),
        ("commitments-by-status.csv?status=plannd", "in principle"),
        ("commitments-by-status.csv?statos=planned", "did you mean 'status'"),
        ("commitments-by-status.csv?status=planned&status=agred", "'agred'"),
        ("commitments-by-status.csv?evidence=true&evidence=true", "given twice"),
        ("member-states.json?on=yesterday", "a date such as"),
        ("member-states.json?on=2018-02-30", "a date such as"),
        ("commitments-by-status.rq?status=plannd", "allowed: "),
        ("commitments-by-status.rq?statos=planned", "did you mean 'status'"),
        ("member-states.rq?on=yesterday", "a date such as"),
        ("who-chaired.rq?x=1", "it takes none"),
        ("who-chaired.csv?x=1", "it takes none"),
        ("who-chaired.csv?evidence=perhaps", "allowed: true, false"),
        ("evidence-for.csv?thing=nobody%20knows%20this", "nothing is called"),
        ("evidence-for.csv?thing=%22%3E%3Cscript%3E", "nothing is called"),
    ],
)
def test_a_value_that_cannot_be_is_refused_in_one_line(site: Server, target: str, reason: str):
    answer = site.get(f"/queries/{target}")
    assert answer.status == 400
    assert answer.headers["content-type"].startswith("text/plain")
    assert reason in answer.text
    assert answer.text.count("\n") == 1
    if ".rq?" in target:
        return
    page = site.get(f"/queries/{target.replace('.csv', '').replace('.json', '')}", Accept="text/html")
    assert (page.status, page.headers["content-type"]) == (400, MEDIA["html"])
    assert "<script" not in page.text
    for shown in (answer.text, page.text):
        assert str(QUERIES) not in shown
        assert "Traceback" not in shown


def test_a_query_is_shown_without_the_values_that_its_answer_would_need(site: Server):
    shown = site.get("/queries/evidence-for.rq")
    assert (shown.status, shown.body) == (200, (QUERIES / "evidence-for.rq").read_bytes())
    assert site.get("/queries/evidence-for.rq?thing=event:amcc-3").body == shown.body


@pytest.mark.parametrize("injected", ['planned" . ?s ?p ?o', "planned> } #", "'; DROP", "?status", "\\u0022"])
def test_a_value_is_never_part_of_the_query(site: Server, injected: str):
    answer = site.get(f"/queries/commitments-by-status.json?{urlencode({'status': injected})}")
    assert answer.status == 400


def test_what_is_not_there_is_not_found_and_the_nearest_is_named(site: Server):
    answer = site.get("/queries/who-chiared")
    assert answer.status == 404
    assert "did you mean 'who-chaired'" in answer.text
    assert ".csv" in site.get("/queries/who-chaired.ttl").text
    assert site.get("/queries/who-chaired.ttl").status == 404
    assert site.get("/queries/who-chaired/x").status == 404
    assert site.get("/queries").status == 301


def test_the_list_comes_as_a_page_as_json_and_as_rdf(site: Server):
    page = site.get("/queries/", Accept="text/html").text
    known = json.loads(site.get("/queries/", Accept="application/json").body)
    assert [entry["name"] for entry in known] == NAMES
    for name in NAMES:
        assert f'href="/queries/{name}"' in page
    status = next(e for e in known if e["name"] == "commitments-by-status")["parameters"][0]
    assert "under consideration" in status["allowed"]
    assert status["default"] == "under consideration"
    assert "<option selected>under consideration</option>" in page
    assert site.get("/queries/", Accept="text/turtle").headers["content-type"].startswith("text/turtle")


def test_rows_come_with_what_they_rest_on(site: Server):
    plain = json.loads(site.get("/queries/who-chaired.json").body)
    with_evidence = json.loads(site.get("/queries/who-chaired.json?evidence=true").body)
    assert "evidence" not in plain
    assert with_evidence["results"] == plain["results"]
    records = with_evidence["evidence"]
    assert len(records) == len(plain["results"]["bindings"])
    places = [(p["place"], p["quotes"]) for record in records for p in record["passages"]]
    assert any(place == "sentence 5" and "who chaired the AMCC" in quotes for place, quotes in places)
    assert "evidence" in site.get("/queries/who-chaired.csv?evidence=true").text.splitlines()[0]
    assert "<?evidence" in site.get("/queries/who-chaired.xml?evidence=true").text
    page = site.get("/queries/who-chaired.html?evidence=true").text
    assert '<th scope="col">Rests on</th>' in page
    assert "<p>who chaired the AMCC</p>" in page
    assert "checked" in page


@pytest.mark.parametrize("name", NAMES)
def test_every_query_can_say_what_its_rows_rest_on(site: Server, name: str):
    answer = json.loads(site.get(f"/queries/{name}.json?evidence=true").body)
    assert len(answer["evidence"]) == len(answer["results"]["bindings"])
    assert all(record["triples"] or record["absences"] for record in answer["evidence"])
    assert site.get(f"/queries/{name}.html?evidence=true").status == 200


@pytest.mark.parametrize("evidence", ["", "&evidence=true"])
@pytest.mark.parametrize("suffix", ["json", "csv", "tsv", "xml", "html"])
def test_an_answer_without_rows_is_one(site: Server, suffix: str, evidence: str):
    answer = site.get(f"/queries/member-states.{suffix}?on=1900-01-01{evidence}")
    assert (answer.status, answer.headers["content-type"]) == (200, MEDIA[suffix])
    if suffix == "json":
        assert json.loads(answer.body)["results"]["bindings"] == []


def test_sentences_of_the_sources_are_not_published(site: Server):
    """Quotes are short; the texts belong to their owners."""
    seed = QUERIES.parent / "seeds" / "2018-09-20-amcc-3.txt"
    if not seed.is_file():
        pytest.skip("no source text is held here")
    sentence = next(line for line in seed.read_text(encoding="utf-8").splitlines() if "who chaired" in line)
    assert len(sentence) > 150
    for target in ("/queries/who-chaired.json?evidence=true", "/document/2018-09-20-amcc-3/s05"):
        assert sentence not in site.get(target).text


def test_the_same_question_has_the_same_entity_tag(site: Server):
    first = site.get("/queries/commitments-by-status.json?status=planned")
    again = site.get(
        "/queries/commitments-by-status.json?status=planned", If_None_Match=first.headers["etag"]
    )
    assert (again.status, again.body) == (304, b"")


def test_a_server_over_plain_files_has_no_saved_queries(server: Server):
    assert json.loads(server.get("/queries/", Accept="application/json").body) == []
    assert server.get("/queries/").status == 200
    assert server.get("/queries/who-chaired").status == 404
    assert server.get("/.well-known/sparql-examples").status == 404


@pytest.fixture(scope="module")
def narrow() -> Iterator[Server]:
    """A server that may answer with twelve rows and two thousand bytes at most."""
    with Server("--quiet", "--max-rows", "12", "--max-bytes", "2000", cwd=Path(__file__).parent) as running:
        assert settles(lambda: running.get("/readyz").status == 200, 15)
        yield running


@pytest.mark.parametrize(
    ("target", "accept", "most"),
    [
        ("/queries/norms.json", "*/*", "2000 bytes"),
        ("/queries/norms.csv", "*/*", "2000 bytes"),
        ("/queries/norms.csv?evidence=true", "*/*", "2000 bytes"),
        ("/queries/norms", "text/html", "2000 bytes"),
        ("/event/amcc-3", "text/turtle", "12 rows"),
        ("/event/amcc-3.csv", "*/*", "12 rows"),
        ("/about?iri=https%3A%2F%2Fw3id.org%2Famcc-kg%2Fevent%2Famcc-3", "text/turtle", "12 rows"),
        ("/commitment/", "application/n-triples", "12 rows"),
        ("/person/", "text/html", "2000 bytes"),
        ("/sparql?query=SELECT%20%2A%20%7B%3Fs%20%3Fp%20%3Fo%7D", "text/csv", "2000 bytes"),
    ],
)
def test_the_bounds_of_answers_hold_for_every_kind_of_answer(
    narrow: Server, target: str, accept: str, most: str
):
    answer = narrow.get(target, Accept=accept)
    assert answer.status == 413
    assert f"the answer has more than {most}" in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_what_keeps_within_the_bounds_is_answered_whole(narrow: Server, site: Server):
    for target in (
        "/queries/follow-through.json?promise=commitment:asean-to-work-towards-framework",
        "/queries/follow-through.csv?promise=commitment:asean-to-work-towards-framework&evidence=true",
        "/place/istana.csv",
    ):
        answer = narrow.get(target)
        assert (answer.status, answer.body) == (200, site.get(target).body)
    assert narrow.get("/").status == 200

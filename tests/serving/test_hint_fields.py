"""Hints on queries over HTTP: a header field of ASCII and a list above the answer; the answer as it was."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from amcc_kg.serving.http import negotiation
from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    from live import Server

PROLOGUE = f"PREFIX amcc: <{prefixes.ONTOLOGY}>\n"
SLIP = PROLOGUE + "SELECT ?x ?y {\n  ?x amcc:chairdBy ?y\n}"
HINT = "line 3, column 6: amcc:chairdBy occurs nowhere in the graph, did you mean amcc:chairedBy?"
MATCH = "?x amcc:chairdBy ?y"
WHY = f"line 3, column 3: no rows: nothing in the graph matches {MATCH}, amcc:chairdBy occurs nowhere"


@pytest.mark.parametrize("accept", ["text/csv", "application/sparql-results+json", "application/xml"])
@pytest.mark.parametrize("evidence", ["true", "false"])
def test_a_slip_is_named_in_a_header_field(site: Server, accept: str, evidence: str):
    answer = site.query(SLIP, ("evidence", evidence), Accept=accept)
    assert answer.status == 200 and answer.headers["amcc-hint"] == f"{HINT}; {WHY}"
    assert "Amcc-Hint" in answer.headers["access-control-expose-headers"]
    if accept == "text/csv" and evidence == "false":
        assert answer.text == "x,y\r\n"
    again = site.query(SLIP, ("evidence", evidence), Accept=accept)
    assert (again.text, again.headers["amcc-hint"]) == (answer.text, answer.headers["amcc-hint"])


def test_a_query_without_slips_has_no_such_field(site: Server):
    assert "amcc-hint" not in site.query(PROLOGUE + "SELECT ?x { ?x amcc:chairedBy ?y }").headers
    assert "amcc-hint" not in site.query(PROLOGUE + "ASK { ?x amcc:chairedBy ?y }").headers
    assert "amcc-hint" not in site.get("/queries/who-chaired.csv").headers


@pytest.mark.parametrize("offer", negotiation.OFFERS["graph"], ids=lambda offer: offer.name)
def test_an_empty_graph_says_why_in_each_format(site: Server, offer: negotiation.Offer):
    why = "line 2, column 25: no triples: nothing in the graph matches ?x amcc:chairedBy amcc:chairedBy"
    text = f"{PROLOGUE}CONSTRUCT {{ ?x a ?y }} {{ ?x amcc:chairedBy amcc:chairedBy }}"
    empty = site.query(text, Accept=offer.type)
    assert empty.status == 200 and empty.headers["amcc-hint"] == why
    full = site.query(f"{PROLOGUE}CONSTRUCT {{ ?x a ?y }} {{ ?x amcc:chairedBy ?y }}", Accept=offer.type)
    assert full.status == 200 and "amcc-hint" not in full.headers


@pytest.mark.parametrize("offer", negotiation.OFFERS["ask"], ids=lambda offer: offer.name)
@pytest.mark.parametrize("found", ["?y", "amcc:chairedBy"])
def test_a_no_needs_no_reason(site: Server, offer: negotiation.Offer, found: str):
    answer = site.query(f"{PROLOGUE}ASK {{ ?x amcc:chairedBy {found} }}", Accept=offer.type)
    assert answer.status == 200 and "amcc-hint" not in answer.headers


def test_without_inference_it_is_said_what_that_would_find(site: Server):
    text = f"PREFIX schema: <{prefixes.PREFIXES['schema']}> SELECT ?x {{ ?x a schema:Event }}"
    answer = site.query(text, ("infer", "false"), Accept="text/csv")
    assert answer.headers["amcc-hint"].endswith(
        "no rows: nothing asserted matches ?x a schema:Event, but with what is inferred there is a match"
    )


def test_places_are_those_of_the_query_where_its_iris_are_relative(site: Server):
    answer = site.query("SELECT ?who { <event/amcc-3> <ontology#chairdBy> ?who }", Accept="text/csv")
    assert answer.headers["amcc-hint"].startswith(
        "line 1, column 30: <ontology#chairdBy> occurs nowhere in the graph, "
        f"did you mean <{prefixes.ONTOLOGY}chairedBy>?"
    )


def test_places_in_the_form_are_those_of_what_stands_in_it(site: Server):
    answer = site.get(f"/ask?query={quote('SELECT ?x { ?x amcc:chairdBy ?y }')}", Accept="text/html")
    assert answer.headers["amcc-hint"].startswith("line 1, column 16: amcc:chairdBy occurs nowhere")


def test_what_is_not_ascii_is_escaped(site: Server):
    answer = site.query(PROLOGUE + "SELECT ?x { ?x amcc:ch\u0430iredBy ?y }", Accept="text/csv")
    assert answer.headers["amcc-hint"].startswith(
        "line 2, column 23: CYRILLIC SMALL LETTER A (U+0430) in amcc:ch\\u0430iredBy, "
    )


def test_a_page_shows_hints_above_the_answer(site: Server):
    page = site.get(f"/ask?query={quote(SLIP)}&evidence=true", Accept="text/html").text
    hint = page.index(HINT.replace(", did", "; did"))
    assert hint < page.index("No rows") < page.index("nothing in the graph says ?x amcc:chairdBy ?y")
    assert 'class="hints"' not in site.get("/queries/who-chaired", Accept="text/html").text


def test_a_saved_query_without_rows_says_why(site: Server):
    answer = site.get("/queries/evidence-for.csv?thing=amcc:chairedBy&evidence=true")
    assert answer.status == 200 and answer.text.count("\n") == 1
    assert "no rows: " in answer.headers["amcc-hint"]
    assert 'class="hints"' in site.get("/queries/evidence-for?thing=amcc:chairedBy", Accept="text/html").text


def test_places_on_a_page_are_those_of_the_query_that_it_shows(site: Server):
    answer = site.get("/queries/evidence-for?thing=amcc:chairedBy", Accept="text/html")
    shown = unescape(answer.text.partition("<pre><code>")[2].partition("</code>")[0])
    line, column = map(int, re.search(r"line (\d+), column (\d+): no rows", answer.text).groups())
    of_file = site.get("/queries/evidence-for.csv?thing=amcc:chairedBy").headers["amcc-hint"]
    in_file, _ = map(int, re.search(r"line (\d+), column (\d+): no rows", of_file).groups())
    file = site.get("/queries/evidence-for.rq").text
    assert shown.split("\n")[line - 1] == file.split("\n")[in_file - 1] != "" and in_file > line
    assert answer.headers["amcc-hint"].startswith(f"line {line}, column {column}: no rows: ")


def test_a_page_names_one_version_of_the_graph(site: Server):
    page = site.get(f"/ask?query={quote(SLIP)}&evidence=true", Accept="text/html").text
    (absent,) = re.findall(r"absent from version ([0-9a-f]{64}) of the graph", page)
    (shown,) = re.findall(r"Graph version <code>([0-9a-f]+)</code>", page)
    assert len(shown) >= 12 and absent.startswith(shown)

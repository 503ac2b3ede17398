"""Why a statement holds, as a URL: in every format and way of asking, or what is nearest to it."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from pyoxigraph import BlankNode, RdfFormat, parse
from rdflib import PROV, Graph

import amcc_kg
from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    from live import Response, Server

ROOT = Path(__file__).parents[2]
INFERRED = {"subject": f"<{prefixes.BASE}event/amcc-3>", "predicate": "a", "object": "schema:Event"}
ASSERTED = {"subject": "event:amcc-3", "predicate": "amcc:chairedBy", "object": "S Iswaran"}
FALSE = {"subject": "event:amcc-3", "predicate": "amcc:chairedBy", "object": "person:josephine-teo"}
MEDIA = {"html": "text/html", "json": "application/json", "ttl": "text/turtle", "svg": "image/svg+xml"}


def asked(site: Server, suffix: str = "", accept: str = "*/*", **given: str) -> Response:
    return site.get(f"/explain{suffix}?{urlencode(given)}", Accept=accept)


def bare(told: Any) -> Any:
    """Return what JSON says without what stands in the files that the server does not read."""
    if isinstance(told, dict):
        left_out = ("places", "axiom_places", "sentence")
        return {key: bare(value) for key, value in told.items() if key not in left_out}
    return [bare(one) for one in told] if isinstance(told, list) else told


@pytest.mark.parametrize("given", [INFERRED, ASSERTED])
@pytest.mark.parametrize("suffix", MEDIA)
def test_a_proof_comes_in_every_format_in_every_way_of_asking(
    site: Server, given: dict[str, str], suffix: str
):
    answer = asked(site, f".{suffix}", **given)
    assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, MEDIA[suffix])
    for other in (
        asked(site, accept=MEDIA[suffix], **given),
        asked(site, **given, format=suffix),
        asked(site, **given, format=MEDIA[suffix], accept="text/html"),
    ):
        assert (other.status, other.body) == (200, answer.body)
    tag = answer.headers["etag"]
    again = site.get(f"/explain.{suffix}?{urlencode(given)}", If_None_Match=tag)
    assert (again.status, again.body) == (304, b"")
    assert site.request("HEAD", f"/explain.{suffix}?{urlencode(given)}").headers["etag"] == tag


@pytest.mark.parametrize("given", [INFERRED, ASSERTED, FALSE])
def test_the_proof_is_the_one_that_python_finds(site: Server, given: dict[str, str]):
    told = amcc_kg.open(ROOT).explain(*given.values())
    answer = asked(site, ".json", **given)
    assert answer.status == (200 if told.holds else 404)
    assert bare(json.loads(answer.body)) == bare(told.to_dict())


def test_a_proof_as_data_and_as_a_drawing_can_be_read(site: Server):
    turtle = Graph().parse(data=asked(site, ".ttl", **INFERRED).text, format="turtle")
    assert (None, PROV.wasGeneratedBy, None) in turtle
    drawing = ElementTree.fromstring(asked(site, ".svg", **INFERRED).text)
    assert "schema:Event" in "".join(drawing.itertext())
    page = asked(site, ".html", **ASSERTED).text
    assert "<p>who chaired the AMCC</p>" in page
    assert 'href="/person/s-iswaran"' in page
    for link in re.findall(r'href="(/explain[^"]+)"', page):
        assert site.get(unescape(link)).status == 200


def test_sentences_of_the_sources_are_not_published(site: Server):
    seed = ROOT / "seeds" / "2018-09-20-amcc-3.txt"
    if not seed.is_file():
        pytest.skip("no source text is held here")
    sentence = next(line for line in seed.read_text(encoding="utf-8").splitlines() if "who chaired" in line)
    for suffix in MEDIA:
        assert sentence not in asked(site, f".{suffix}", **ASSERTED).text


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "subject, predicate, object: missing; ask as /explain?subject="),
        ({"subject": "event:amcc-3", "predicate": "a"}, "object: missing"),
        (ASSERTED | {"object": " "}, "object: missing"),
        (
            ASSERTED | {"predicate": "amcc:chairdBy"},
            "predicate: amcc:chairdBy does not occur in the graph; did",
        ),
        (
            ASSERTED | {"object": "S Iswarn"},
            "object: nothing is called 'S Iswarn'; did you mean 'S Iswaran'?",
        ),
        (ASSERTED | {"subject": '"text"'}, "subject: '\"text\"' is a literal; expected an IRI"),
        (ASSERTED | {"predicate": "5"}, "predicate: "),
        (ASSERTED | {"object": '"open'}, "object: "),
        (ASSERTED | {"format": "docx"}, "a proof can be had as html (text/html), json (application/json)"),
        (ASSERTED | {"nonsense": "1"}, "it takes subject, predicate, object, format"),
    ],
)
@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*"])
def test_what_cannot_be_read_is_named_with_what_is_near(
    site: Server, given: dict[str, str], reason: str, accept: str
):
    answer = asked(site, accept=accept, **given)
    assert answer.status == (406 if "format" in given else 400)
    assert reason in unescape(answer.text)
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("suffix", MEDIA)
def test_a_statement_that_does_not_hold_is_not_found_and_the_nearest_is_named(site: Server, suffix: str):
    answer = asked(site, f".{suffix}", **FALSE)
    assert (answer.status, answer.headers["cache-control"]) == (404, "no-store")
    media = answer.headers["content-type"].partition(";")[0]
    assert media == (MEDIA[suffix] if suffix in ("html", "json") else "text/plain")
    assert "s-iswaran" in answer.text
    if media != "application/json":
        assert "does not hold" in answer.text
        assert "What does hold, same subject and predicate:" in answer.text


def test_what_is_retired_or_occurs_nowhere_is_said_where_it_does_not_hold(site: Server):
    absent = asked(site, ".json", **ASSERTED | {"object": "person:s-iswarn"})
    assert (absent.status, "did you mean 'person:s-iswaran'" in absent.text) == (404, True)
    retired = asked(site, accept="text/turtle", **ASSERTED | {"object": "status:directed"})
    assert (retired.status, "is retired" in retired.text) == (404, True)


def test_an_unknown_suffix_is_not_found(site: Server):
    answer = asked(site, ".docx", **ASSERTED)
    assert (answer.status, "svg (image/svg+xml)" in answer.text) == (404, True)


def test_every_inferred_statement_on_a_page_leads_to_its_proof(site: Server):
    compiled = amcc_kg.open(ROOT).compiled
    inferred = {quad.triple for quad in parse(compiled.inferred, RdfFormat.N_TRIPLES, lenient=True)}
    proofs = 0
    for path in ("/event/amcc-3", "/body/csa", "/person/s-iswaran", "/ontology", "/place/istana"):
        page = site.get(path, Accept="text/html").text
        named = f"{prefixes.BASE}{path[1:]}"
        wanted = {t for t in inferred if getattr(t.subject, "value", "") == named}
        links = re.findall(r'<a href="(/explain\?[^"]+)">proof</a>', page)
        assert len(links) == len(set(links)) == len(wanted)
        for link in links:
            answer = site.get(unescape(link), Accept="application/json")
            assert answer.status == 200, link
            assert not json.loads(answer.body)["proofs"][0]["asserted"]
        proofs += len(links)
    assert proofs > 10
    whole = site.get("/graph/inferred", Accept="text/html").text
    nameable = [t for t in inferred if not {type(t.subject), type(t.object)} & {BlankNode}]
    assert whole.count(">proof</a>") == len(nameable)


def test_what_a_receipt_has_as_inferred_leads_to_its_proof_too(site: Server):
    query = "SELECT ?c { <event/amcc-3> a ?c } ORDER BY STR(?c)"
    page = site.get(
        f"/ask?{urlencode({'query': f'BASE <{prefixes.BASE}> {query}', 'evidence': 'true'})}"
    ).text
    links = re.findall(r'inferred: <a href="(/explain[^"]+)"[^>]*>([^<]+)</a>', page)
    assert ("event:amcc-3 a schema:Event") in [unescape(text) for _, text in links]
    for link, _ in links:
        assert site.get(unescape(link)).status == 200


def test_the_page_of_an_inferred_statement_leads_to_its_proof(site: Server):
    compiled = amcc_kg.open(ROOT).compiled
    line = compiled.inferred.decode().splitlines()[0]
    page = site.get(prefixes.statement(line).removeprefix(prefixes.BASE[:-1]), Accept="text/html").text
    (link,) = re.findall(r'<a href="(/explain\?[^"]+)">its proof</a>', page)
    assert site.get(unescape(link)).status == 200
    stated = compiled.asserted.decode().splitlines()[0]
    other = site.get(prefixes.statement(stated).removeprefix(prefixes.BASE[:-1]), Accept="text/html")
    assert (other.status, "its proof" in other.text) == (200, False)


def test_plain_files_have_no_proofs(server: Server):
    answer = asked(server, **INFERRED)
    assert (answer.status, "plain files" in answer.text) == (404, True)


def test_a_text_is_explained_as_a_text(site: Server):
    told = asked(site, ".json", subject="S Iswaran", predicate="rdfs:label", object='"S Iswaran"')
    assert (told.status, json.loads(told.body)["triple"]["object"]) == (404, '"S Iswaran"')
    assert asked(site, ".json", subject="S Iswaran", predicate="rdfs:label", object='"Foo bar"').status == 404
    said = unescape(asked(site, subject="S Iswaran", predicate="rdfs:label", object="S Iswaran").text)
    assert "As a text it is written with its quotes: '\"S Iswaran\"@en'" in said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("<foo", "'<foo' is no IRI; one stands between < and >"),
        ("evnt:x", "the prefix evnt: is not known; did you mean 'event'?"),
    ],
)
def test_what_is_no_term_is_said(site: Server, given: str, said: str):
    answer = asked(site, subject=given, predicate="a", object="amcc:Event")
    assert answer.status == 400
    assert said in answer.text


def test_only_the_words_of_a_passage_stand_in_quotation_marks(site: Server):
    page = asked(site, ".html", subject="event:amcc-3", predicate="amcc:chairedBy", object="S Iswaran").text
    quoted = [unescape(text) for text in re.findall(r"<q [^>]*>(.*?)</q>", page)]
    assert "who chaired the AMCC" in quoted
    kept = {str(o) for o in Graph().parse(ROOT / "data/documents/2018-09-20-amcc-3/document.ttl").objects()}
    assert all(any(text in one for one in kept) for text in quoted)
    assert "(no text of this source is held here)" in page

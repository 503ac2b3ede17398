"""Every IRI of the graph answers: by negotiation, by suffix, with what belongs to it, however it is spelt."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urljoin, urlsplit

import pytest
from behind import HERE, free_port, named
from hypothesis import given, settings
from hypothesis import strategies as st
from live import Server, settles
from rdflib import OWL, RDFS, Dataset, Graph, Literal, URIRef

import amcc_kg
from amcc_kg.serving import routes
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.resources import paths, statements
from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE = prefixes.BASE
TURTLE, HTML = "text/turtle; charset=utf-8", "text/html; charset=utf-8"
# One IRI of each kind that there is.
THINGS = (
    "body/csa",
    "person/s-iswaran",
    "event/amcc-3",
    "document/2018-09-20-amcc-3",
    "document/2018-09-20-amcc-3/s05",
    "document/2018-09-20-amcc-3/dateline",
    "status/agreed",
    "ontology",
    f"ontology/{amcc_kg.__version__}",
    "ontology/alignments",
    "shapes",
    "graph/register",
    "graph/inferred",
    "dataset",
)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
ACCEPTED = {
    None: HTML,
    "": HTML,
    "*/*": HTML,
    BROWSER: HTML,
    "text/html": HTML,
    "application/xhtml+xml": HTML,
    "text/*": HTML,
    "text/turtle": TURTLE,
    "TEXT/TURTLE": TURTLE,
    "text/turtle;charset=UTF-8": TURTLE,
    "text/turtle, application/rdf+xml;q=0.9, */*;q=0.1": TURTLE,
    "text/html;q=0.1, text/turtle": TURTLE,
    "application/rdf+xml": "application/rdf+xml",
    "application/ld+json, application/json": "application/ld+json",
    "application/json": "application/ld+json",
    "application/n-triples": "application/n-triples",
    "application/trig": "application/trig",
    "application/n-quads": "application/n-quads",
    "text/csv": "text/csv; charset=utf-8",
    "image/png, text/turtle;q=0.5": TURTLE,
    "image/png": None,
    "text/turtle;q=0": None,
}
SYNTAXES = {
    "ttl": "turtle",
    "nt": "nt",
    "jsonld": "json-ld",
    "rdf": "xml",
    "trig": "trig",
    "nq": "nquads",
}
KEPT = "/%()+'&=;@!$,*~"
ODD = (
    "person/José",
    "person/J%C3%BCrgen",
    "person/j%c3%b6rg",
    "place/東京",
    "place/a%20b",
    "place/a%2Fb",
    "place/50%25",
    "place/what%3F",
    "place/(x)+'y'&z=1;@!$,*~",
)


@pytest.mark.parametrize("accept", ACCEPTED)
@pytest.mark.parametrize("thing", THINGS)
def test_each_kind_of_thing_answers_with_the_representation_that_is_preferred(
    site: Server, thing: str, accept: str | None
):
    headers = {} if accept is None else {"Accept": accept}
    answer = site.get(f"/{thing}", **headers)
    wanted = ACCEPTED[accept]
    if wanted is None:
        assert answer.status == 406
        assert "text/turtle" in answer.text
        return
    assert (answer.status, answer.headers["content-type"]) == (200, wanted)
    assert "accept" in answer.headers["vary"].lower()
    assert f'<{BASE}{thing}>; rel="describes"' in answer.headers["link"]
    by_suffix = site.get(answer.headers["content-location"].removeprefix(site.url.rstrip("/")))
    assert by_suffix.headers["content-type"] == wanted
    assert by_suffix.body == answer.body


# What there is at each kind of address: the row of the table of representations.
ROWS = {
    **dict.fromkeys(THINGS, "thing"),
    "commitment/agreement-on-mechanism": "thing",
    "post/prime-minister": "thing",
    "place/istana": "thing",
    "ontology%23Commitment": "thing",
    "event/": "thing",
    "document/2018-09-20-amcc-3/": "thing",
    f"about?iri={quote(f'{BASE}event/amcc-3', safe='')}": "thing",
    "about?iri=http%3A%2F%2Fwww.wikidata.org%2Fentity%2FQ334": "thing",
    "query/who-chaired": "query",
    "queries/": "queries",
    "queries/who-chaired": "saved-select",
    ".well-known/sparql-examples": "graph",
    "sparql": "description",
}


def cases() -> Iterator[tuple[str, str | None, negotiation.Offer | None]]:
    """Return every kind of address with Accept headers and what the table of representations has for them."""
    for path, row in ROWS.items():
        offers = negotiation.OFFERS[row]
        by_name = {offer.media.partition(";")[0]: offer for offer in reversed(offers)}
        by_alias = {alias: offer for offer in reversed(offers) for alias in offer.aliases}
        wanted: dict[str | None, negotiation.Offer | None] = dict.fromkeys((None, "", "*/*"), offers[0])
        wanted |= {"image/png": None, f"{next(iter(by_name))};q=0": None}
        wanted |= by_alias | by_name
        for name, offer in by_name.items():
            wanted[f"image/png, {name};q=0.5"] = offer
            if "charset" in offer.media:
                wanted[f"{name};charset=UTF-8"] = offer
        name, offer = next(iter(by_name.items()))  # the last in the table
        wanted |= {name.upper(): offer, f"*/*;q=0.1, {name}": offer}
        if negotiation.HTML in offers:
            wanted[BROWSER] = negotiation.HTML
        yield from ((path, accept, offer) for accept, offer in wanted.items())


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("path", "accept", "offer"), list(cases()))
def test_the_table_of_representations_holds_for_each_kind_of_address(
    site: Server, path: str, accept: str | None, offer: negotiation.Offer | None, method: str
):
    headers = {} if accept is None else {"Accept": accept}
    answer = site.request(method, f"/{path}", **headers)
    if offer is None:
        assert answer.status == 406
        if method == "GET":
            assert all(o.media.partition(";")[0] in answer.text for o in negotiation.OFFERS[ROWS[path]])
        return
    assert "accept" in answer.headers["vary"].lower()
    if path.startswith("query/") and offer is negotiation.HTML:
        assert (answer.status, answer.headers["location"]) == (303, "../queries/who-chaired")
        return
    assert (answer.status, answer.headers["content-type"]) == (200, offer.media)
    if ROWS[path] == "query" or (ROWS[path] == "thing" and not path.endswith("/")):
        assert 'rel="describes"' in answer.headers["link"]
        assert urlsplit(answer.headers["content-location"]).path.endswith(f".{offer.suffix}")
    if method == "HEAD":
        got = site.get(f"/{path}", **headers)
        assert answer.body == b""
        assert answer.headers | {"date": ""} == got.headers | {"date": ""}


@pytest.mark.parametrize("thing", [*THINGS, *list(ROWS)[len(THINGS) :], "event/unheard-of"])
def test_methods_other_than_reading_are_refused_and_head_is_get_without_the_body(site: Server, thing: str):
    got, head = site.get(f"/{thing}"), site.request("HEAD", f"/{thing}")
    assert (head.status, head.body) == (got.status, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    options = site.request("OPTIONS", f"/{thing}")
    assert options.status in (200, 204)
    assert "GET" in options.headers["allow"]
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        if thing == "sparql" and method == "POST":
            continue  # queries are posted there
        refused = site.request(method, f"/{thing}", b"x", Content_Type="text/turtle")
        assert refused.status == 405
        assert "GET" in refused.headers["allow"]


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("suffix", SYNTAXES)
def test_every_syntax_holds_the_same_statements_about_the_canonical_iri(
    site: Server, thing: str, suffix: str
):
    answer = site.get(f"/{thing}.{suffix}")
    assert answer.status == 200
    merged = _merged(answer.text, SYNTAXES[suffix])
    expected = _merged(site.get(f"/{thing}.nt").text, "nt")
    # Only the document that says it differs.
    here = URIRef(f"{site.url}{thing}.{suffix}"), URIRef(f"{site.url}{thing}.nt")
    ours, theirs = (
        {_named(t) for t in graph if t[0] != document}
        for graph, document in zip((merged, expected), here, strict=True)
    )
    assert ours == theirs
    assert (URIRef(BASE + thing), None, None) in merged or (None, None, URIRef(BASE + thing)) in merged


def _merged(text: str, syntax: str) -> Graph:
    if syntax in ("trig", "nquads"):
        dataset = Dataset(default_union=False)
        dataset.parse(data=text, format=syntax)
        return dataset.default_graph
    return Graph().parse(data=text, format=syntax)


def _named(triple: tuple[object, ...]) -> tuple[str, ...]:
    """Return a triple as text, blank nodes alike."""
    return tuple(node.n3() if isinstance(node, URIRef | Literal) else "[]" for node in triple)  # type: ignore[union-attr]


def test_every_iri_of_the_graph_answers(site: Server):
    query = """SELECT DISTINCT ?iri {
      { ?iri ?p ?o } UNION { ?s ?iri ?o } UNION { ?s ?p ?iri } UNION { GRAPH ?iri { ?s ?p ?o } }
      FILTER (isIRI(?iri)) } ORDER BY STR(?iri)"""
    iris = [row["iri"] for row in site.rows(query)]
    assert len(iris) > 300
    # Named by the version that came after it.
    prior = {row["iri"] for row in site.rows(f"SELECT ?iri {{ ?s <{OWL.priorVersion}> ?iri }}")}
    silent = []
    for iri in iris:
        path = f"/{iri.removeprefix(BASE).partition('#')[0]}"
        if not iri.startswith(BASE):
            path = f"/about?iri={quote(iri, safe='')}"
        answer = site.get(path, Accept="application/n-triples")
        if answer.status != (410 if iri in prior else 200) or f"<{iri}>" not in answer.text:
            silent.append((iri, answer.status))
    assert silent == []


def test_a_description_holds_both_directions_the_names_of_neighbours_and_the_passages(site: Server):
    graph = Graph().parse(data=site.get("/event/amcc-3.ttl").text, format="turtle")
    event, amcc = URIRef(f"{BASE}event/amcc-3"), prefixes.ONTOLOGY
    chair = URIRef(f"{BASE}person/s-iswaran")
    assert (event, URIRef(f"{amcc}chairedBy"), chair) in graph
    assert (URIRef(f"{BASE}commitment/agreement-on-mechanism"), URIRef(f"{amcc}madeAt"), event) in graph
    assert "S Iswaran" in {str(label) for label in graph.objects(chair, RDFS.label)}
    passage = URIRef(f"{BASE}document/2018-09-20-amcc-3/s05a")
    assert (passage, URIRef(f"{amcc}quote"), Literal("who chaired the AMCC")) in graph
    document = URIRef(f"{site.url}event/amcc-3.ttl")
    assert (document, URIRef("http://xmlns.com/foaf/0.1/primaryTopic"), event) in graph
    assert (document, URIRef("http://purl.org/dc/terms/source"), passage) in graph


def test_trig_and_csv_say_which_passage_states_what(site: Server):
    dataset = Dataset()
    dataset.parse(data=site.get("/event/amcc-3.trig").text, format="trig")
    event, passage = URIRef(f"{BASE}event/amcc-3"), URIRef(f"{BASE}document/2018-09-20-amcc-3/s05a")
    chaired = (event, URIRef(f"{prefixes.ONTOLOGY}chairedBy"), URIRef(f"{BASE}person/s-iswaran"))
    assert chaired in dataset.graph(passage)
    rows = list(csv.reader(io.StringIO(site.get("/event/amcc-3.csv").text)))
    assert rows[0] == ["subject", "predicate", "object", "graph"]
    assert [*map(str, chaired), str(passage)] in rows


def test_turtle_is_printed_without_following_anything_and_starts_with_the_thing(site: Server):
    answer = site.get("/event/amcc-3", Accept="text/turtle")
    assert answer.status == 200
    first = next(line for line in answer.text.splitlines() if line and not line.startswith("@prefix"))
    assert first.startswith("event:amcc-3 a ")
    assert "\\/" not in answer.text


def test_hash_terms_resolve_to_the_document_that_defines_them(site: Server):
    turtle = Graph().parse(data=site.get("/ontology", Accept="text/turtle").text, format="turtle")
    own = {s for s in turtle.subjects() if str(s).startswith(prefixes.ONTOLOGY)}
    assert {URIRef(f"{prefixes.ONTOLOGY}{name}") for name in ("Commitment", "chairedBy", "quote")} <= own
    page = site.get("/ontology", Accept="text/html").text
    assert all(f'id="{str(term).partition("#")[2]}"' in page for term in own)


@pytest.mark.parametrize(
    "path", ["/event/amcc-33", "/unheard/of", "/event/amcc-3/x", "/x.ttl", "/about?iri=x:y"]
)
@pytest.mark.parametrize("accept", ["text/turtle", "text/html", "*/*"])
def test_what_the_graph_says_nothing_of_is_not_found_and_the_answer_helps(
    site: Server, path: str, accept: str
):
    answer = site.get(path, Accept=accept)
    assert answer.status == 404
    assert answer.headers["content-type"] == (HTML if accept == "text/html" else "text/plain; charset=utf-8")
    assert "the graph says nothing of" in answer.text
    if path == "/event/amcc-33":
        assert "did you mean" in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_things_are_listed_below_the_path_they_share(site: Server):
    graph = Graph().parse(data=site.get("/event/", Accept="text/turtle").text, format="turtle")
    members = set(graph.objects(URIRef(f"{BASE}event/"), RDFS.member))
    assert URIRef(f"{BASE}event/amcc-3") in members
    assert all((member, RDFS.label, None) in graph for member in members)
    assert "the third ASEAN Ministerial Conference on Cybersecurity" in site.get("/event/").text
    assert site.get("/nothing/").status == 404
    assert site.get("/event/", Accept="image/png").status == 406


@pytest.mark.parametrize("query", ["", "?x=1&y=%20"])
@pytest.mark.parametrize("accept", ["text/turtle", "text/html", "*/*"])
@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/person", "/person/"),
        ("/event", "/event/"),
        ("/event/amcc-3/", "/event/amcc-3"),
        ("/event/amcc-3.ttl/", "/event/amcc-3.ttl"),
        ("/document/2018-09-20-amcc-3/s05a/", "/document/2018-09-20-amcc-3/s05a"),
        ("/status/agreed/", "/status/agreed"),
        ("/status/directed/", "/status/directed"),
        ("/dataset/", "/dataset"),
        ("/graph/description/", "/graph/description"),
        ("/graph/register.html/", "/graph/register.html"),
        (f"/ontology/{amcc_kg.__version__}/", f"/ontology/{amcc_kg.__version__}"),
        ("/event//", "/event/"),
    ],
)
def test_a_path_leads_to_the_form_with_or_without_its_slash_that_exists(
    site: Server, path: str, there: str, accept: str, query: str
):
    answer = site.get(f"{path}{query}", Accept=accept)
    assert answer.status == 301
    assert urljoin(f"{site.url.rstrip('/')}{path}", answer.headers["location"]) == (
        f"{site.url.rstrip('/')}{there}{query}"
    )
    assert site.get(there, Accept=accept).status in (200, 406, 410)


@pytest.mark.parametrize(
    "path", ["/nothing/", "/nothing", "/event/amcc-33/", "/event/amcc-3/x/", "/x.ttl/", "//"]
)
def test_a_path_that_exists_in_neither_form_is_not_found(site: Server, path: str):
    assert site.get(path).status == 404


def test_over_plain_files_a_path_leads_to_the_form_that_exists_too(tmp_path: Path):
    port = free_port()
    for base in (f"http://127.0.0.1:{port}/", BASE):
        path = tmp_path / "graph.ttl"
        path.write_text(f"<{base}thing/one> <x:p> <{base}thing/two/three> .", encoding="utf-8")
        with Server("--quiet", path, "--port", str(port)) as running:
            for asked, there in (("/thing", "thing/"), ("/thing/one/", "thing/one"), ("/thing//", "thing/")):
                answer = running.get(asked, Accept="text/turtle")
                assert answer.status == 301, (base, asked)
                assert urljoin(f"{running.url[:-1]}{asked}", answer.headers["location"]) == (
                    f"{running.url}{there}"
                )
                assert running.get(f"/{there}", Accept="text/turtle").status in (200, 303)


def test_about_describes_iris_that_lie_elsewhere(site: Server):
    iri = "http://www.wikidata.org/entity/Q334"
    answer = site.get(f"/about?iri={quote(iri, safe='')}", Accept="text/turtle")
    assert answer.status == 200
    graph = Graph().parse(data=answer.text, format="turtle")
    assert (URIRef(f"{BASE}body/singapore"), None, URIRef(iri)) in graph
    assert site.get(f"/about.ttl?iri={quote(iri, safe='')}").body == answer.body
    assert site.get("/about").status == 400


def test_the_iri_of_a_saved_query_leads_people_to_its_page_and_programs_to_its_description(site: Server):
    page = site.get("/query/who-chaired", Accept="text/html")
    assert page.status == 303
    assert (
        urljoin(f"{site.url}query/who-chaired", page.headers["location"]) == f"{site.url}queries/who-chaired"
    )
    for accept in ("text/csv, text/turtle;q=0.5", "text/turtle"):
        answer = site.get("/query/who-chaired", Accept=accept)
        assert (answer.status, answer.headers["content-type"]) == (200, TURTLE)
        assert answer.headers["content-location"] == f"{site.url}query/who-chaired.ttl"
        assert f'<{BASE}query/who-chaired>; rel="describes"' in answer.headers["link"]
        assert f'<{site.url}query/who-chaired.nq>; rel="alternate"' in answer.headers["link"]
        assert site.get("/query/who-chaired.ttl").body == answer.body
    for suffix in ("csv", "xyz"):
        missing = site.get(f"/query/who-chaired.{suffix}")
        assert missing.status == 404
        assert ".jsonld" in missing.text
    assert site.get("/query/who-chaired", Accept="text/csv").status == 406
    for target, accept in (("/query/who-chaired", "text/turtle"), ("/query/who-chaired.ttl", "*/*")):
        graph = Graph().parse(data=site.get(target, Accept=accept).text, format="turtle")
        assert (URIRef(f"{BASE}query/who-chaired"), URIRef(f"{prefixes.SH}select"), None) in graph
    assert site.get("/query/who-chiared").status == 404


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over IRIs that are spelt in every way, and over text that means mischief."""
    path = tmp_path_factory.mktemp("odd") / "odd.nt"
    label = f"<{RDFS.label}>"
    lines = [f'<{BASE}{name}> {label} "{number}" .' for number, name in enumerate(ODD)]
    lines += [
        f'<{BASE}file/x.ttl> {label} "a name like a suffix" .',
        f'<{BASE}file/x> {label} "its stem" .',
        f'<{BASE}raw/control> {label} "a\\u0001b" .',
        f'<{BASE}raw/return> {label} "a\\rb\\r\\nc" .',
        f'<{BASE}raw/predicate> <{BASE}p/> "x" .',
        f'<{BASE}file/x> <{BASE}p> "01"^^<{prefixes.XSD}integer> .',
        f'<javascript:alert(1)> {label} "<script>alert(1)</script>" .',
        f"<{BASE}file/x> <{BASE}p> <javascript:alert(1)> .",
        f"<{BASE}file/x> <{BASE}p> <javascript:alert(2)> .",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    with Server("--quiet", path) as running:
        yield running


@pytest.mark.parametrize("name", ODD)
def test_iris_come_back_as_they_are_written_however_they_are_asked_for(odd: Server, name: str):
    links = [f"/{quote(name, safe=KEPT)}", f"/{quote(unquote(name), safe='/')}"]
    if name == "place/a%2Fb":
        links.pop()  # an encoded slash is another character than a slash
    for link in links:
        answer = odd.get(link, Accept="text/turtle")
        assert answer.status == 200, link
        graph = Graph().parse(data=answer.text, format="turtle")
        assert (URIRef(BASE + name), RDFS.label, None) in graph
        assert answer.headers["content-location"].isascii()
        again = odd.get(answer.headers["content-location"].removeprefix(odd.url.rstrip("/")))
        assert again.body == answer.body


def test_pages_link_to_oddly_spelt_iris(odd: Server):
    page = odd.get("/person/").text + odd.get("/place/").text
    for name in ODD:
        link = quote(name, safe=KEPT).replace("&", "&amp;").replace("'", "&#39;")
        assert f'href="/{link}"' in page


def test_a_name_that_ends_like_a_suffix_is_a_name(odd: Server):
    page = odd.get("/file/x.ttl")
    assert page.headers["content-type"] == HTML
    assert "a name like a suffix" in page.text
    stem = odd.get("/file/x", Accept="text/turtle")
    again = odd.get(stem.headers["content-location"].removeprefix(odd.url.rstrip("/")))
    assert again.body == stem.body


def test_what_rdf_xml_cannot_say_is_refused_with_the_formats_that_can(odd: Server):
    for name, reason in (
        ("raw/control", f"the character U+0001 of a value of <{RDFS.label}>"),
        ("raw/predicate", f"the predicate <{BASE}p/> ends in no XML name"),
        ("raw/", "the character U+0001"),
    ):
        refused = odd.get(f"/{name}", Accept="application/rdf+xml")
        assert refused.status == 406
        assert reason in refused.text
        assert "it can be had as text/html, text/turtle" in refused.text
        assert odd.get(f"/{name}", Accept="application/n-triples").status == 200
    graph = Graph().parse(data=odd.get("/raw/return.rdf").text, format="xml")
    assert (URIRef(f"{BASE}raw/return"), RDFS.label, Literal("a\rb\r\nc")) in graph


def test_nothing_is_a_link_that_would_run_and_nothing_is_echoed_unescaped(odd: Server):
    page = odd.get("/file/x").text
    assert 'href="javascript' not in page
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    answer = odd.get("/%3Cscript%3Ealert(1)%3C/script%3E", Accept="text/html")
    assert answer.status == 404
    assert "<script" not in answer.text


def test_where_things_have_the_servers_own_address_they_lead_to_documents():
    with named(BASE) as running:
        answer = running.get("/event/amcc-3", Accept="text/turtle")
        assert (answer.status, answer.headers["location"]) == (303, f"{BASE}event/amcc-3.ttl")
        assert "accept" in answer.headers["vary"].lower()
        assert running.get("/event/amcc-3.ttl").status == 200
        assert running.get("/ontology", Accept="text/turtle").status == 200
        assert running.get("/event/amcc-33").status == 404


OWN = """\
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix : <{base}> .
@prefix v: <{base}words#> .
<thing/one> a v:Thing ; rdfs:label "the first" ; v:next <thing/two> , <sparql> , <{canonical}thing/one> .
<thing/two> a v:Thing ; rdfs:label "the second" ; v:at <place/東京> .
<place/東京> rdfs:label "Tokyo" .
<a%20b/c> rdfs:label "below a folder with a space" .
<sparql> rdfs:label "a thing that has the name of a service" .
<{canonical}thing/one> rdfs:label "another thing of that name" .
v:Thing rdfs:label "thing" .
<caf%C3%A9> rdfs:label "encoded" .
<café> rdfs:label "decoded" .
<shelf/> rdfs:label "a container s" ; v:next <thing/two> .
<shelf/book> rdfs:label "a book" .
<empty/> rdfs:label "a container e" ; v:next <thing/two> .
<sh%C3%A9lf/> rdfs:label "a container s" ; v:next <thing/two> .
<vocabulary/#Word> rdfs:label "word" .
<both/> rdfs:label "words and more" .
<both/#Word> rdfs:label "word" .
<both/x> rdfs:label "x" .
<drinks> v:at <café> , <caf%C3%A9> .
<place/M%c3%bcnster> rdfs:label "small letters" .
<place/M%C3%BCnster> rdfs:label "capital letters" .
<q?x=1&y=%20> rdfs:label "with a query" .
<q?x=ü> rdfs:label "with a query in other letters" .
<q> rdfs:label "without a query" .
<folder/?x=1> rdfs:label "with a query after a slash" .
<http://elsewhere.example/x> rdfs:label "elsewhere" ; v:next <thing/one> .
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over a file whose IRIs are URLs of that server."""
    path, port = tmp_path_factory.mktemp("own") / "own.ttl", free_port()
    base = f"http://127.0.0.1:{port}/"
    path.write_text(f"@base <{base}> .\n" + OWN.format(base=base, canonical=BASE), encoding="utf-8")
    with Server("--quiet", path, "--port", str(port)) as running:
        assert running.url == base
        assert settles(lambda: running.get("/").status == 200, 15)
        yield running


@pytest.mark.parametrize("name", ["thing/one", "thing/two", "place/東京", "a%20b/c"])
def test_iris_below_the_servers_own_address_answer(own: Server, name: str):
    led = own.get(f"/{quote(name, safe=KEPT)}", Accept="text/turtle")
    # The thing is no document, so its URL leads to one: https://www.w3.org/TR/cooluris/#r303gendocument.
    assert led.status == 303
    answer = own.get(led.headers["location"].removeprefix(own.url.rstrip("/")))
    assert (answer.status, answer.headers["content-type"]) == (200, TURTLE)
    graph = Graph().parse(data=answer.text, format="turtle")
    assert (URIRef(own.url + name), RDFS.label, None) in graph
    assert (URIRef(BASE + name), RDFS.label, None) not in graph or name == "thing/one"
    missing = own.get(f"/{quote(name, safe=KEPT)}x")
    assert missing.status == 404
    assert f"<{own.url}" in missing.text


@pytest.mark.parametrize("name", ["shelf/", "empty/", "sh%C3%A9lf/"])
@pytest.mark.parametrize("syntax", ["turtle", "xml", "json-ld", "nt"])
def test_an_iri_that_ends_in_a_slash_is_described_with_what_is_below_it(own: Server, name: str, syntax: str):
    accept = next(
        offer.media for offer in negotiation.OFFERS["thing"] if SYNTAXES.get(offer.suffix) == syntax
    )
    answer = own.get(f"/{name}", Accept=accept.partition(";")[0])
    assert answer.status == 200
    graph = Graph().parse(data=answer.text, format=syntax)
    this = URIRef(own.url + name)
    assert (this, RDFS.label, None) in graph
    assert (URIRef(f"{own.url}thing/two"), RDFS.label, Literal("the second")) in graph
    below = set(graph.objects(this, RDFS.member))
    assert below == ({URIRef(f"{own.url}shelf/book")} if name == "shelf/" else set())
    page = own.get(f"/{name}", Accept="text/html").text
    assert f"<h1>a container {name[0]}</h1>" in page
    assert 'href="/thing/two"' in page
    assert ('href="/shelf/book"' in page) == (name == "shelf/")


def test_a_vocabulary_whose_iri_ends_in_a_slash_is_described(own: Server):
    page = own.get("/vocabulary/", Accept="text/html")
    assert (page.status, 'id="Word"' in page.text) == (200, True)
    graph = Graph().parse(data=own.get("/vocabulary/", Accept="text/turtle").text, format="turtle")
    assert (URIRef(f"{own.url}vocabulary/#Word"), RDFS.label, Literal("word")) in graph
    assert own.get("/nowhere/").status == 404
    # With other things below it, those are listed.
    both = own.get("/both/", Accept="text/html")
    assert (both.status, "<h1>words and more</h1>" in both.text, 'href="/both/x"' in both.text) == (
        200,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/caf%C3%A9", "caf%C3%A9"),
        ("/place/M%c3%bcnster", "place/M%c3%bcnster"),
        ("/place/M%C3%BCnster", "place/M%C3%BCnster"),
        ("/q?x=1&y=%20", "q?x=1&y=%20"),
        ("/q%3Fx=1&y=%20", "q?x=1&y=%20"),
        ("/q?x=%C3%BC", "q?x=ü"),
        ("/q", "q"),
        ("/folder/?x=1", "folder/?x=1"),
    ],
)
@pytest.mark.parametrize("accept", ["text/turtle", "application/rdf+xml", "text/html"])
def test_a_path_means_the_iri_that_is_spelt_like_it(own: Server, path: str, name: str, accept: str):
    sent = f"GET {path} HTTP/1.1\r\nHost: {own.url.split('/')[2]}\r\nAccept: {accept}\r\n"
    led = own.raw(f"{sent}Connection: close\r\n\r\n".encode()).decode()
    assert led.startswith("HTTP/1.1 303 ")
    target = led.partition("\r\nlocation: ")[2].partition("\r\n")[0]
    answer = own.get(urlsplit(target)._replace(scheme="", netloc="").geturl())
    assert answer.status == 200
    assert f'<{quote(own.url + name, safe=KEPT + "?#:")}>; rel="describes"' in answer.headers["link"]
    if accept == "text/html":
        label = Graph().parse(
            data=own.get(f"/about.nt?iri={quote(own.url + name, safe='')}").text, format="nt"
        )
        assert f"<h1>{label.value(URIRef(own.url + name), RDFS.label)}</h1>" in answer.text
    else:
        syntax = "turtle" if accept == "text/turtle" else "xml"
        graph = Graph().parse(data=answer.text, format=syntax)
        assert (URIRef(own.url + name), RDFS.label, None) in graph


@pytest.mark.parametrize("accept", ["text/turtle", "application/rdf+xml", "text/html"])
def test_a_query_part_that_no_iri_has_is_not_passed_over(own: Server, accept: str):
    refused = own.get("/q?x=2", Accept=accept)
    assert refused.status == 400
    assert "; it takes none" in refused.text


def test_pages_link_to_each_of_two_spellings(own: Server):
    page = own.get("/").text + own.get("/place/").text
    assert 'href="/place/M%c3%bcnster"' in page
    assert 'href="/place/M%C3%BCnster"' in page


def test_of_two_spellings_that_a_url_writes_alike_the_other_is_answered_for_all_the_same(own: Server):
    page = own.get(f"/about?iri={quote(own.url + 'drinks', safe='')}", Accept="text/html").text
    encoded, other = "/caf%C3%A9", f"/about?iri={quote(own.url + 'café', safe='')}"
    assert f'href="{encoded}"' in page
    assert f'href="{other}"' in page
    answer = own.get(other, Accept="text/turtle")
    assert f'<{own.url}café> rdfs:label "decoded"' in answer.text
    # Its other representations are where its own are, not where those of its twin are.
    assert "about.nt?iri=" in answer.headers["link"]


def test_hash_terms_containers_and_the_start_page_know_the_servers_own_address(own: Server):
    words = own.get("/words", Accept="text/turtle")
    assert words.status == 200
    term = URIRef(f"{own.url}words#Thing")
    assert (term, RDFS.label, Literal("thing")) in Graph().parse(data=words.text, format="turtle")
    listed = Graph().parse(data=own.get("/thing/", Accept="text/turtle").text, format="turtle")
    assert (URIRef(f"{own.url}thing/"), RDFS.member, URIRef(f"{own.url}thing/two")) in listed
    start = own.get("/", Accept="text/html").text
    assert 'href="/thing/"' in start
    assert 'href="/words"' in start
    assert f"<code>{own.url}…</code>" in start
    kinds = json.loads(own.get("/openapi.json").body)["paths"]["/{kind}/"]["get"]["parameters"]
    assert "thing" in kinds[0]["schema"]["enum"]


def test_where_two_iris_have_one_path_each_is_linked_to_where_it_answers(own: Server):
    page = own.get("/thing/two.html").text
    assert f'href="/about?iri={quote(f"{own.url}thing/one", safe="")}"' in page
    page = own.get(f"/about.html?iri={quote(f'{own.url}thing/one', safe='')}").text
    assert f'href="/about?iri={quote(f"{BASE}thing/one", safe="")}"' in page
    assert f'href="/about?iri={quote(f"{own.url}sparql", safe="")}"' in page
    assert 'href="/thing/two"' in page


def test_every_route_that_is_no_things_is_kept_from_links_to_things():
    known = [path for path, *_ in (*routes.EXACT, *routes.WITH_REST)] + ["/static"]
    first = {path.partition("{")[0].strip("/").rstrip(".").partition("/")[0] for path in known} - {""}
    assert first == paths.RESERVED


def test_links_follow_the_forwarded_host_only_of_trusted_peers():
    forwarded = {"X_Forwarded_Host": "kg.example.org", "X_Forwarded_Proto": "https", "Accept": "text/turtle"}
    with Server("--trusted-proxy", "127.0.0.0/8", cwd=HERE) as running:
        answer = running.get("/event/amcc-3", **forwarded)
        assert answer.headers["content-location"] == "https://kg.example.org/event/amcc-3.ttl"
        assert "<https://kg.example.org/event/amcc-3.ttl>" in answer.text
    with Server(cwd=HERE) as running:
        assert "kg.example.org" not in running.get("/event/amcc-3", **forwarded).text


def test_a_base_with_a_path_is_kept_in_links():
    with named("https://example.org/kg/") as running:
        page = running.get("/event/amcc-3", Accept="text/html").text
        assert 'href="/kg/person/s-iswaran"' in page
        assert 'href="/kg/queries/"' in page
        assert 'href="/person' not in page


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30), st.sampled_from(["person/", "a%20", "é"]))
def test_no_path_breaks_the_search_for_what_it_may_mean(text: str, start: str):
    found = statements.Statements([])
    for iri in paths.candidates(BASE + start + text):
        assert not set(iri) & set('<>"{}|^`\\ \n\t')
        assert iri.startswith(BASE)
        assert not found.occurs(iri)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_no_accept_header_breaks_the_choice(header: str):
    chosen = negotiation.choose("thing", header)
    assert chosen is None or chosen in negotiation.OFFERS["thing"]


@pytest.mark.parametrize("path", ["/queries", "/downloads", "/query/", "/query/who-chaired"])
def test_no_host_that_a_client_makes_up_is_where_it_is_led(site: Server, path: str):
    answer = site.get(path, Host="evil.example", Accept="text/html")
    assert answer.status in (301, 303)
    assert "evil" not in answer.headers["location"] + answer.text
    landed = urljoin(f"{site.url.rstrip('/')}{path}", answer.headers["location"])
    assert landed.startswith(site.url)
    assert site.get(landed.removeprefix(site.url.rstrip("/"))).status == 200

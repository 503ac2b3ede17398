"""Every IRI of the graph answers: by negotiation, by suffix, with what belongs to it, however it is spelt."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import pytest
from behind import HERE, named
from hypothesis import given, settings
from hypothesis import strategies as st
from live import Server
from rdflib import RDFS, Dataset, Graph, Literal, URIRef

from amcc_kg import terms
from amcc_kg.web import describing, negotiation, statements

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE = terms.BASE
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
    "ontology/0.1.0",
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


@pytest.mark.parametrize("thing", [*THINGS, "event/unheard-of"])
def test_methods_other_than_reading_are_refused_and_head_is_get_without_the_body(site: Server, thing: str):
    got, head = site.get(f"/{thing}"), site.request("HEAD", f"/{thing}")
    assert (head.status, head.body) == (got.status, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    options = site.request("OPTIONS", f"/{thing}")
    assert options.status in (200, 204)
    assert "GET" in options.headers["allow"]
    for method in ("POST", "PUT", "DELETE", "PATCH"):
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
    silent = []
    for iri in iris:
        path = f"/{iri.removeprefix(BASE).partition('#')[0]}"
        if not iri.startswith(BASE):
            path = f"/about?iri={quote(iri, safe='')}"
        answer = site.get(path, Accept="application/n-triples")
        if answer.status != 200 or f"<{iri}>" not in answer.text:
            silent.append((iri, answer.status))
    assert silent == []


def test_a_description_holds_both_directions_the_names_of_neighbours_and_the_passages(site: Server):
    graph = Graph().parse(data=site.get("/event/amcc-3.ttl").text, format="turtle")
    event, amcc = URIRef(f"{BASE}event/amcc-3"), terms.ONTOLOGY
    chair = URIRef(f"{BASE}person/s-iswaran")
    assert (event, URIRef(f"{amcc}chairedBy"), chair) in graph
    assert (URIRef(f"{BASE}commitment/agreement-on-mechanism"), URIRef(f"{amcc}madeAt"), event) in graph
    assert "S Iswaran" in {str(label) for label in graph.objects(chair, RDFS.label)}
    passage = URIRef(f"{BASE}document/2018-09-20-amcc-3/s05")
    assert (passage, URIRef(f"{amcc}quote"), Literal("who chaired the AMCC")) in graph
    document = URIRef(f"{site.url}event/amcc-3.ttl")
    assert (document, URIRef("http://xmlns.com/foaf/0.1/primaryTopic"), event) in graph
    assert (document, URIRef("http://purl.org/dc/terms/source"), passage) in graph


def test_trig_and_csv_say_which_passage_states_what(site: Server):
    dataset = Dataset()
    dataset.parse(data=site.get("/event/amcc-3.trig").text, format="trig")
    event, passage = URIRef(f"{BASE}event/amcc-3"), URIRef(f"{BASE}document/2018-09-20-amcc-3/s05")
    chaired = (event, URIRef(f"{terms.ONTOLOGY}chairedBy"), URIRef(f"{BASE}person/s-iswaran"))
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
    own = {s for s in turtle.subjects() if str(s).startswith(terms.ONTOLOGY)}
    assert {URIRef(f"{terms.ONTOLOGY}{name}") for name in ("Commitment", "chairedBy", "quote")} <= own
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
    assert (page.status, page.headers["location"]) == (303, "/queries/who-chaired")
    for target, accept in (("/query/who-chaired", "text/turtle"), ("/query/who-chaired.ttl", "*/*")):
        graph = Graph().parse(data=site.get(target, Accept=accept).text, format="turtle")
        assert (URIRef(f"{BASE}query/who-chaired"), URIRef(f"{terms.SH}select"), None) in graph
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
        f'<{BASE}file/x> <{BASE}p> "01"^^<{terms.XSD}integer> .',
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
    for iri in describing.candidates(BASE + start + text):
        assert not set(iri) & set('<>"{}|^`\\ \n\t')
        assert iri.startswith(BASE)
        assert not found.occurs(iri)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_no_accept_header_breaks_the_choice(header: str):
    chosen = negotiation.choose("thing", header)
    assert chosen is None or chosen in negotiation.OFFERS["thing"]

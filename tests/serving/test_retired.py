"""What is gone says so: by 301 to what takes its place, by 410 with what is near, on the ontology's page.

The rules are shown on a small repository; that no IRI of an earlier version falls silent, on this one.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin

import mini_repository
import pytest
from live import Server
from rdflib import RDF, Graph, URIRef

from amcc_kg.repository import retirement
from amcc_kg.repository.files import Repository, find
from amcc_kg.serving.http import negotiation
from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE = prefixes.BASE
HTML, TEXT = "text/html; charset=utf-8", "text/plain; charset=utf-8"
SUFFIXES = [offer.suffix for offer in negotiation.OFFERS["thing"]]
RETIRED = """<aim/stage>
    dcterms:isReplacedBy <commitment/stage> ;
    owl:deprecated true .

<fête/été>
    dcterms:isReplacedBy <event/fair-2> ;
    owl:deprecated true .

<query/old>
    dcterms:isReplacedBy <query/events> ;
    owl:deprecated true .

<ontology/1>
    dcterms:isVersionOf <ontology> ;
    owl:deprecated true ;
    skos:changeNote "Served no longer."@en .

<ontology#dull>
    owl:deprecated true ;
    skos:changeNote "Nobody asked for it."@en .

<ontology#ledBy>
    dcterms:isReplacedBy amcc:chairedBy ;
    owl:deprecated true .

<person/both>
    dcterms:isReplacedBy <event/fair-2> , <person/ana> ;
    owl:deprecated true .

<status/vague>
    owl:deprecated true ;
    skos:changeNote "No source <b>said</b> it."@en .
"""
QUERY = """#+ title: Events
#+ question: Which events are there?
#+ tags: [events]

PREFIX amcc: <https://w3id.org/amcc-kg/ontology#>
SELECT ?event WHERE { ?event a amcc:Event } ORDER BY ?event
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    made = mini_repository.build(tmp_path_factory.mktemp("retired") / "mini")
    (made.root / "queries/events.rq").write_text(QUERY, encoding="utf-8")
    mini_repository.write(made.retired_file, RETIRED)
    return made


@pytest.fixture(scope="module")
def small(repository: Repository) -> Iterator[Server]:
    with Server("--quiet", cwd=repository.root) as running:
        yield running


@pytest.mark.parametrize("suffix", ["", *(f".{suffix}" for suffix in SUFFIXES)])
def test_one_successor_is_led_to_in_the_same_representation(small: Server, suffix: str):
    wanted = f"/commitment/stage{suffix}"
    for path in (f"/aim/stage{suffix}", f"/about{suffix}?iri={quote(f'{BASE}aim/stage', safe='')}"):
        for method in ("GET", "HEAD"):
            moved = small.request(method, path)
            assert (moved.status, moved.headers["location"]) == (301, wanted)
            assert "accept" in moved.headers["vary"].lower()
            assert moved.headers["cache-control"] == "public, max-age=60"
    there = small.get(wanted)
    assert there.status == 200
    assert there.headers["content-type"].partition(";")[0] in {
        offer.media.partition(";")[0]
        for offer in negotiation.OFFERS["thing"]
        if f".{offer.suffix}" == (suffix or ".html")
    }


@pytest.mark.parametrize("accept", ["text/turtle", "text/html", "image/png", "*/*"])
def test_it_is_led_on_whatever_is_accepted(small: Server, accept: str):
    assert small.get("/aim/stage", Accept=accept).headers["location"] == "/commitment/stage"


def test_spellings_of_a_retired_iri_lead_on_too(small: Server):
    for path in ("/f%C3%AAte/%C3%A9t%C3%A9", "/f%c3%aate/%c3%a9t%c3%a9.ttl"):
        moved = small.get(path)
        suffix = ".ttl" if path.endswith(".ttl") else ""
        assert (moved.status, moved.headers["location"]) == (301, f"/event/fair-2{suffix}")


@pytest.mark.parametrize(
    ("path", "said", "candidates"),
    [
        ("person/both", "one of these takes its place", ("event/fair-2", "person/ana")),
        ("status/vague", "No source <b>said</b> it", ()),
        ("ontology/1", "Served no longer", ("ontology",)),
    ],
)
@pytest.mark.parametrize("accept", ["text/html", "text/turtle", "*/*", "image/png"])
def test_without_one_successor_it_is_gone_and_the_candidates_are_named(
    small: Server, path: str, said: str, candidates: tuple[str, ...], accept: str
):
    gone = small.get(f"/{path}", Accept=accept)
    assert gone.status == 410
    assert gone.headers["content-type"] == (HTML if accept == "text/html" else TEXT)
    assert "accept" in gone.headers["vary"].lower()
    assert gone.headers["cache-control"] == "no-store"
    related = re.findall(r'<([^>]*)>; rel="related"', gone.headers.get("link", ""))
    assert related == [small.url + candidate for candidate in candidates]
    if accept == "text/html":
        assert [f'href="/{one}" title="{BASE}{one}"' in gone.text for one in candidates] == [
            True for _ in candidates
        ]
        assert "<b>" not in gone.text
    else:
        assert said in gone.text
        assert gone.text.count("\n") == 1
        assert all(f"<{BASE}{one}>" in gone.text for one in candidates)
    head = small.request("HEAD", f"/{path}", Accept=accept)
    assert (head.status, head.body) == (410, b"")
    assert head.headers["content-length"] == gone.headers["content-length"]
    assert all(small.get(url.removeprefix(small.url.rstrip("/"))).status == 200 for url in related)


def test_candidates_are_offered_in_the_representation_that_was_asked_for(small: Server):
    gone = small.get("/person/both.nt")
    assert gone.headers["link"] == (
        f'<{small.url}event/fair-2.nt>; rel="related", <{small.url}person/ana.nt>; rel="related"'
    )


def test_a_folder_whose_things_have_all_moved_leads_to_where_they_are(small: Server):
    moved = small.get("/aim/")
    assert (moved.status, moved.headers["location"]) == (301, "/commitment/")
    gone = small.get("/status/")
    assert (gone.status, "link" in gone.headers) == (410, False)
    assert small.get("/unheard/").status == 404
    # What still has things lists those alone.
    listed = Graph().parse(data=small.get("/person/", Accept="text/turtle").text, format="turtle")
    assert (None, None, URIRef(f"{BASE}person/ana")) in listed
    assert (None, None, URIRef(f"{BASE}person/both")) not in listed


def test_a_retired_query_leads_to_the_one_that_answers_now(small: Server):
    for path, wanted in (
        ("/queries/old", "queries/events"),
        ("/queries/old.csv", "queries/events.csv"),
        ("/query/old", "query/events"),
        ("/query/old.ttl", "query/events.ttl"),
    ):
        moved = small.get(path)
        assert moved.status == 301
        assert urljoin(small.url + path[1:], moved.headers["location"]) == small.url + wanted
    kept = small.get("/queries/old.csv?evidence=true").headers["location"]
    assert urljoin(f"{small.url}queries/old.csv", kept) == f"{small.url}queries/events.csv?evidence=true"
    assert small.get("/queries/older").status == 404


def test_retired_terms_are_on_the_page_of_their_vocabulary_and_its_rdf_leads_to_them(small: Server):
    page = small.get("/ontology", Accept="text/html").text
    # Their hash IRIs resolve to this page, so they lead to their place on it.
    assert 'id="ledBy"' in page
    assert 'id="dull"' in page
    assert "Nobody asked for it." in page
    assert f'title="{prefixes.ONTOLOGY}chairedBy"' in page[page.index('id="ledBy"') :]
    # The document itself is that of this version; its headers lead to what is gone.
    answer = small.get("/ontology.ttl")
    assert "ledBy" not in answer.text
    listed = f"{small.url}downloads/retired.ttl"
    assert f'<{listed}>; rel="related"; type="text/turtle"' in answer.headers["link"]
    old, replaced = URIRef(f"{prefixes.ONTOLOGY}ledBy"), URIRef(retirement.REPLACED_BY)
    graph = Graph().parse(data=small.get("/downloads/retired.ttl").text, format="turtle")
    assert (old, replaced, URIRef(f"{prefixes.ONTOLOGY}chairedBy")) in graph
    moved = small.get("/ontology%23ledBy.ttl")
    assert (moved.status, moved.headers["location"]) == (301, "/ontology%23chairedBy.ttl")


def test_what_is_retired_is_no_thing_of_the_graph(small: Server):
    everywhere = "{ ?iri ?p ?o } UNION { ?s ?p ?iri } UNION { GRAPH ?iri { ?s ?p ?o } }"
    found = small.rows(f"SELECT DISTINCT ?iri {{ {everywhere} FILTER (isIRI(?iri)) }}")
    iris = {row["iri"] for row in found}
    assert f"{BASE}commitment/stage" in iris
    assert not iris & {
        f"{BASE}{one}" for one in ("aim/stage", "person/both", "status/vague", "ontology#dull")
    }
    assert "aim" not in small.get("/", Accept="text/html").text
    missing = small.get("/person/bot").text
    assert f"{BASE}person/both" not in missing.partition("did you mean")[2]


def test_it_can_be_downloaded_as_it_is_written(small: Server, repository: Repository):
    assert small.get("/downloads/retired.ttl").body == repository.retired_file.read_bytes()
    assert "retired.ttl" in small.get("/downloads/SHA256SUMS").text


def test_a_repository_that_has_retired_nothing_serves_as_before(tmp_path: Path):
    made = mini_repository.build(tmp_path / "mini")
    with Server("--quiet", cwd=made.root) as running:
        assert running.get("/aim/stage").status == 404
        assert "Retired" not in running.get("/ontology", Accept="text/html").text
        assert running.get("/downloads/retired.ttl").status == 404


# ---- this repository ----

ROOT = Path(__file__).parents[2]
EARLIER = sorted((ROOT / "tests").glob("iris-*.txt"))


def known_before() -> list[str]:
    """The IRIs below the base that earlier versions had."""
    found = [line for path in EARLIER for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(found) > 300
    return found


def test_no_iri_of_an_earlier_version_falls_silent(site: Server):
    """It answers, or leads to what answers, or is gone with what may be meant instead."""
    silent = []
    for iri in known_before():
        if "#" in iri:
            continue
        path = f"/{quote(iri.removeprefix(BASE))}"
        answer = site.get(path, Accept="text/turtle")
        for _ in range(3):
            if answer.status not in (301, 303):
                break
            path = urljoin(site.url + path[1:], answer.headers["location"])
            assert path.startswith(site.url), path
            path = f"/{path.removeprefix(site.url)}"
            answer = site.get(path, Accept="text/turtle")
        related = re.findall(r'<([^>]*)>; rel="related"', answer.headers.get("link", ""))
        lost = [url for url in related if site.get(f"/{url.removeprefix(site.url)}").status != 200]
        if lost or not (answer.status == 200 or (answer.status == 410 and "retired" in answer.text)):
            silent.append((iri, answer.status, lost))
    assert silent == []


def test_every_term_of_an_earlier_version_is_declared_or_listed_as_retired(site: Server):
    repository = find(ROOT)
    retired = retirement.Register(repository)
    ontology = Graph()
    for path in repository.ontology_files:
        ontology.parse(path)
    hashed = [iri for iri in known_before() if iri.startswith(prefixes.ONTOLOGY)]
    assert len(hashed) > 90
    gone = [iri for iri in hashed if (URIRef(iri), RDF.type, None) not in ontology]
    assert [iri for iri in gone if retired.find(iri) is None] == []
    page = site.get("/ontology", Accept="text/html").text
    assert [iri for iri in hashed if f'id="{iri.partition("#")[2]}"' not in page] == []

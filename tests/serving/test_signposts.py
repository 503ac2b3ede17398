"""Programs that read no page: links in headers, schema.org in pages, dates of files, what cannot be had."""

from __future__ import annotations

import json
import os
import re
import shutil
import warnings
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyshacl
import pytest
import rdflib
from live import Server, settles
from rdflib import DCAT, DCTERMS, RDF, SH, Graph, URIRef

from amcc_kg.publishing import filenames
from amcc_kg.serving.resources import signposts
from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    from live import Response

ROOT = Path(__file__).parents[2]
SHAPES = ROOT / "tests" / "dcat" / "dcat-ap-3.ttl"
LINK = re.compile(r'<([^>]*)>; rel="([^"]*)"(?:; type="([^"]*)")?')
FILE = "/downloads/amcc-kg.nt"
LONG_AGO = "Mon, 01 Jan 2001 00:00:00 GMT"


class Link(NamedTuple):
    target: str
    relation: str
    media: str


def links(answer: Response) -> list[Link]:
    return [Link(*found) for found in LINK.findall(answer.headers["link"])]


def targets(answer: Response, relation: str) -> list[str]:
    return [link.target for link in links(answer) if link.relation == relation]


class Scripts(HTMLParser):
    """The data that stand in the scripts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.data: list[str] = []
        self._is_open = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_open = tag == "script" and dict(attrs)["type"] == "application/ld+json"

    def handle_data(self, data: str) -> None:
        if self._is_open:
            self.data.append(data)
            self._is_open = False


# ---- FAIR Signposting ----


@pytest.mark.parametrize("path", ["/", "/dataset"])
def test_pages_of_the_dataset_tell_how_to_cite_it_what_describes_it_and_where_its_files_are(
    site: Server, path: str
):
    answer = site.get(path, Accept="text/html")
    assert targets(answer, "cite-as") == [prefixes.DATASET]
    assert targets(answer, "license") == ["https://creativecommons.org/licenses/by/4.0/"]
    assert targets(answer, "author") == [f"{prefixes.BASE}agent/amcc-kg-authors"]
    assert "https://schema.org/Dataset" in targets(answer, "type")
    items = targets(answer, "item")
    assert len(items) == len(filenames.EVERYTHING)
    for link in links(answer):
        if link.relation in ("item", "describedby"):
            found = site.request("GET", link.target.removeprefix(site.url.rstrip("/")), timeout=60)
            assert found.status == 200
            assert found.headers["content-type"].partition(";")[0] == link.media


def test_the_author_is_answered_for(site: Server):
    (author,) = targets(site.get("/"), "author")
    assert (
        "The amcc-kg authors" in site.get(f"/{author.removeprefix(prefixes.BASE)}", Accept="text/turtle").text
    )


def test_files_lead_back_to_the_page_and_to_what_describes_them(site: Server):
    for name in (*filenames.EVERYTHING, "ontology.ttl", "amcc-kg-evidence-rdf12.ttl"):
        answer = site.request("HEAD", f"/downloads/{name}", timeout=60)
        assert targets(answer, "collection") == [site.url]
        assert targets(answer, "cite-as") == [f"{prefixes.BASE}downloads/{name}"]
        assert f"{site.url}.well-known/void.ttl" in targets(answer, "describedby")
        assert targets(answer, "license")
    assert targets(site.get("/downloads/void.ttl"), "describes") == [prefixes.DATASET]
    assert targets(site.get("/.well-known/void"), "describes") == [prefixes.DATASET]


def test_what_needs_a_reader_of_rdf_1_2_is_not_the_first_to_be_taken(site: Server):
    listed = json.loads(site.request("GET", "/downloads/", timeout=60, Accept="application/json").body)
    names = [file["name"] for file in listed]
    assert names[-1] == "amcc-kg-evidence-rdf12.ttl"
    assert listed[-1]["media"].startswith("text/turtle; version=1.2")


def test_plain_files_are_no_dataset_of_ours(server: Server):
    assert "link" not in server.get("/").headers
    assert not Scripts(server.get("/").text).data


# ---- schema.org ----


@pytest.mark.parametrize("path", ["/", "/dataset"])
def test_pages_of_the_dataset_carry_schema_org_s_terms(site: Server, path: str):
    (data,) = Scripts(site.get(path, Accept="text/html").text).data
    dataset = json.loads(data)
    graph = Graph().parse(data=site.get("/.well-known/void", timeout=60).text, format="turtle")
    this = URIRef(prefixes.DATASET)
    assert (dataset["@type"], dataset["@id"]) == ("Dataset", prefixes.DATASET)
    for key, predicate in (
        ("name", DCTERMS.title),
        ("description", DCTERMS.description),
        ("license", DCTERMS.license),
        ("datePublished", DCTERMS.issued),
        ("dateModified", DCTERMS.modified),
    ):
        assert dataset[key] == str(graph.value(this, predicate)), key
    assert set(dataset["keywords"]) == {str(o) for o in graph.objects(this, DCAT.keyword)}
    assert [agent["@id"] for agent in dataset["publisher"]] == [str(graph.value(this, DCTERMS.publisher))]
    assert {file["contentUrl"] for file in dataset["distribution"]} <= {
        str(url) for url in graph.objects(None, DCAT.downloadURL)
    }
    # 50 to 5,000 characters is what search engines take.
    assert 50 <= len(dataset["description"]) <= 5000


def test_text_of_the_graph_cannot_end_the_script_that_it_stands_in(tmp_path: Path):
    for name in ("ontology", "queries", "data"):
        shutil.copytree(ROOT / name, tmp_path / name)
    path = tmp_path / "data/register/dataset.ttl"
    evil = "</script><script>alert(1)</script>&lt;<!--"
    text = re.sub(r'dcterms:title "[^"]*"', lambda _: f'dcterms:title "{evil}"', path.read_text())
    path.write_text(text)
    with Server("--quiet", cwd=tmp_path) as running:
        assert settles(lambda: running.get("/").status == 200, 60)
        page = running.get("/").text
        assert "<script>" not in page
        (data,) = Scripts(page).data
        assert json.loads(data)["name"] == evil


# ---- when files changed ----


def test_files_tell_when_they_changed_and_are_not_sent_to_who_has_them_since(site: Server):
    whole = site.request("GET", FILE, timeout=60)
    changed = whole.headers["last-modified"]
    inputs = [path for folder in ("ontology", "data", "queries") for path in (ROOT / folder).rglob("*.*")]
    newest = max(int(path.stat().st_mtime) for path in inputs)
    assert parsedate_to_datetime(changed).timestamp() >= newest
    held = site.get(FILE, If_Modified_Since=changed)
    assert (held.status, held.body) == (304, b"")
    assert held.headers["etag"] == whole.headers["etag"]
    assert site.get(FILE, If_Modified_Since=LONG_AGO).body == whole.body
    # RFC 9110 section 13.1.3: a tag counts for more than a date, and what is no date for nothing.
    assert site.get(FILE, If_Modified_Since=changed, If_None_Match='"other"').status == 200
    assert site.get(FILE, If_Modified_Since=LONG_AGO, If_None_Match=whole.headers["etag"]).status == 304
    assert site.get(FILE, If_Modified_Since="yesterday").status == 200
    assert site.get(FILE, If_Modified_Since="Mon, 01 Jan 2001 00:00:00").status == 200
    assert site.request("HEAD", FILE).headers["last-modified"] == changed


def test_a_file_that_was_edited_has_changed(tmp_path: Path):
    for name in ("ontology", "queries", "data"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for path in tmp_path.rglob("*.*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    with Server("--quiet", cwd=tmp_path) as running:
        assert settles(lambda: running.get("/").status == 200, 60)
        old = running.request("HEAD", FILE, timeout=60).headers["last-modified"]
    # Then it is as old as the graph says that it is.
    assert parsedate_to_datetime(old).timestamp() % 86400 == 0
    edited = parsedate_to_datetime(old).timestamp() + 3600
    os.utime(tmp_path / "data/register/people.ttl", (edited, edited))
    with Server("--quiet", cwd=tmp_path) as running:
        assert settles(lambda: running.get("/").status == 200, 60)
        new = running.request("HEAD", FILE, timeout=60).headers["last-modified"]
    assert parsedate_to_datetime(new).timestamp() == edited


# ---- what cannot be had ----


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/ask", "/ask?query=ASK{}", "/dataset", "/dataset/ontology", "/downloads/", "/queries/"),
        *("/queries/who-chaired", "/query/who-chaired", "/.well-known/void", "/.well-known/sparql-examples"),
        *("/sparql", "/sparql?query=ASK{}", "/event/amcc-3", "/event/", "/ontology", "/about?iri=x:y"),
        *("/graph/description", "/graph/default", "/graph/inferred"),
    ],
)
def test_what_cannot_be_had_is_refused_with_what_can_be(site: Server, path: str):
    answer = site.get(path, Accept="image/png")
    if path.endswith("x:y"):
        assert answer.status == 404
        return
    assert answer.status == 406
    assert "Accept" in answer.headers["vary"].split(", ")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    offered = re.findall(r"[a-z]+/[a-z.+-]+", answer.text.partition(" can be had as ")[2])
    assert offered
    for media in offered:
        again = site.request("GET", path, timeout=60, Accept=media)
        assert again.status != 406, media


def test_the_start_is_a_page_for_people_and_for_programs_what_it_is_a_page_of(site: Server):
    assert site.get("/").headers["content-type"].startswith("text/html")
    assert "Accept" in site.get("/").headers["vary"]
    graph = Graph().parse(
        data=site.request("GET", "/", timeout=60, Accept="text/turtle").text, format="turtle"
    )
    assert (URIRef(prefixes.DATASET), RDF.type, DCAT.Dataset) in graph


# ---- harvesting ----


def test_what_is_harvested_here_has_what_dcat_ap_asks_for_the_service_included(
    site: Server, monkeypatch: pytest.MonkeyPatch
):
    graph = Graph().parse(data=site.request("GET", "/.well-known/void", timeout=60).text, format="turtle")
    service = URIRef(f"{site.url}sparql#service")
    (catalogue,) = graph.subjects(RDF.type, DCAT.Catalog)
    assert (catalogue, DCAT.service, service) in graph
    # pyshacl leaves it switched on.
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", rdflib.NORMALIZE_LITERALS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, report, text = pyshacl.validate(graph, shacl_graph=Graph().parse(SHAPES), allow_warnings=True)
    assert isinstance(report, Graph)
    assert not set(report.subjects(SH.resultSeverity, SH.Violation)), text
    about = {report.value(r, SH.focusNode) for r in report.subjects(RDF.type, SH.ValidationResult)}
    assert not about & {service, catalogue, URIRef(prefixes.DATASET)}, text


def test_links_lead_to_a_server_that_is_named_by_its_address():
    base = "http://[::1]:8080/"
    found = LINK.findall(signposts.of_file((), (), base, "amcc-kg.nt"))
    assert (base, "collection", "text/html") in found

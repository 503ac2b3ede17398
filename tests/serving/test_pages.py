"""The pages: well-formed, readable without scripts, each link leading somewhere, nothing inline."""

from __future__ import annotations

import gzip
import re
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag, urlencode, urljoin, urlsplit

import pytest
from behind import free_port, named
from html5rdf import HTMLParser as Html5
from live import Server, settles

from amcc_kg.serving.pages import static_files
from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    from pathlib import Path

    from live import Response

PAGES = (
    "/",
    "/queries/",
    "/queries/who-chaired",
    "/queries/commitments-by-status?status=planned&evidence=true",
    "/queries/commitments-by-status?status=nonsense",
    "/ask",
    "/ask?query=SELECT%20%3Fs%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D%20ORDER%20BY%20%3Fs%20LIMIT%205",
    "/ask?query=ASK%20%7B%7D",
    "/ask?query=CONSTRUCT%20WHERE%20%7B%20%3Fs%20a%20%3Fc%20%7D",
    "/ask?query=nonsense",
    "/ask?evidence=true&query=DESCRIBE%20%3Chttps%3A%2F%2Fw3id.org%2Famcc-kg%2Fplace%2Fistana%3E",
    "/event/",
    "/event/amcc-3",
    "/body/csa",
    "/document/",
    "/document/2018-09-20-amcc-3",
    "/document/2018-09-20-amcc-3/s05",
    "/document/un-a-70-174",
    "/ontology",
    "/graph/register",
    "/status/agreed",
    "/about?iri=http%3A%2F%2Fwww.wikidata.org%2Fentity%2FQ334",
    "/downloads/",
    "/explain?subject=event:amcc-3&predicate=a&object=schema:Event",
    "/explain?subject=event:amcc-3&predicate=amcc:chairedBy&object=S%20Iswaran",
    "/explain?subject=event:amcc-3&predicate=amcc:chairedBy&object=body:csa",
    "/explain?subject=event:amcc-3",
    "/event/unheard-of",
    "/status/directed",
)
FILE = """\
@base <{base}> . @prefix : <{base}words#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<thing/one> a :Thing ; rdfs:label "one" ; :next <thing/two> , <a/b> , <sparql> , <thing/unsaid> .
<thing/two> a :Thing ; rdfs:label "two" ; :next [ rdfs:label "nameless" ] .
<a/b> rdfs:label "below a" . <a> rdfs:label "a" . <sparql> rdfs:label "no service" .
:Thing rdfs:label "thing" . :next rdfs:label "next" .
"""
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
FIELDS = ("input", "select", "textarea")


class Page(HTMLParser):
    """What the tests want to know of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.labelled: list[str] = []
        self.fields: list[dict[str, str]] = []
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.headings: list[int] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        assert len(known) == len(attrs), (tag, attrs)
        self.tags.append(tag)
        self.attributes |= known.keys()
        if "id" in known:
            self.ids.append(known["id"])
        if tag in ("a", "link", "form"):
            self.links.append(known.get("href", known.get("action", "")))
        if tag == "label":
            self.labelled.append(known["for"])
        if tag in FIELDS:
            self.fields.append(known)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))


# https://www.w3.org/TR/html-aam-1.0/#html-element-role-mappings: a form or a section is one if it has a name.
NAMED_LANDMARK = re.compile(
    r"<(?:nav|aside|form|section|[a-z]+(?=[^>]* role=\"(?:region|navigation|search|form|complementary)\"))"
    r"(?=[ >])([^>]*)>"
)


def landmarks(text: str) -> list[str]:
    """Return the names of the landmarks of a page, as they are read aloud."""
    names = []
    for attributes in NAMED_LANDMARK.findall(text):
        label = re.search(r' aria-label="([^"]*)"', attributes)
        by = re.search(r' aria-labelledby="([^"]*)"', attributes)
        if by:
            heading = re.search(rf'<(\w+)[^>]* id="{by[1]}"[^>]*>(.*?)</\1>', text, re.DOTALL)
            assert heading, by[1]
            label = re.fullmatch("(?s)(.*)", re.sub("<[^>]+>", "", heading[2]))
        if label:
            names.append(" ".join(unescape(label[1]).split()).casefold())
    assert "main" in names and "" not in names
    return names


def page(site: Server, path: str) -> Response:
    answer = site.get(path, Accept="text/html")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_html_without_an_error(site: Server, path: str):
    Html5(strict=True).parse(page(site, path).text)


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_made_for_everybody(site: Server, path: str):
    text = page(site, path).text
    seen = Page(text)
    assert '<html lang="en">' in text
    assert seen.links[0].startswith("/static/style.")
    assert 'href="#main"' in text
    assert "main" in seen.ids
    assert len(seen.ids) == len(set(seen.ids))
    assert seen.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(seen.headings, seen.headings[1:], strict=False)), seen.headings
    assert re.search(r"<title>[^<]+</title>", text)
    assert {field["id"] for field in seen.fields} == set(seen.labelled)
    assert seen.tags.count("table") <= seen.tags.count("thead")
    # Every table can be scrolled with the keyboard, and has a name.
    assert text.count("<table") <= text.count('class="wide" role="region" aria-label="')


@pytest.mark.parametrize("path", PAGES)
def test_no_two_landmarks_of_a_page_bear_one_name(site: Server, path: str):
    """On every page that can be reached too: `walk` looks there."""
    assert repeated(landmarks(page(site, path).text)) == []


def test_terms_of_one_name_are_told_apart(tmp_path: Path):
    labels = ("As data", "as data", "Terms", "Main", "About it")
    path = tmp_path / "words.ttl"
    terms = "".join(f'<http://e/v#t{n}> rdfs:label "{label}" .\n' for n, label in enumerate(labels))
    one = '<http://e/v> rdfs:label "words" ; rdfs:seeAlso <http://e/o> .\n'
    one += "<http://e/o> rdfs:seeAlso <http://e/v> .\n"
    header = "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    path.write_text(header + terms + one, encoding="utf-8")
    with Server("--quiet", path) as running:
        for iri in ("http://e/v", "http://e/o", "http://e/v#t0"):
            text = page(running, f"/about?{urlencode({'iri': iri})}").text
            assert repeated(landmarks(text)) == []
        assert '<section class="entry"' in page(running, "/about?iri=http://e/v").text


@pytest.mark.parametrize("path", PAGES)
def test_pages_need_no_scripts_and_hold_no_styles(site: Server, path: str):
    answer = page(site, path)
    seen = Page(answer.text)
    assert not {"style", "iframe", "object", "img"} & set(seen.tags)
    # Data for programs, which no browser runs.
    assert answer.text.count("<script") == answer.text.count('<script type="application/ld+json">')
    assert not {name for name in seen.attributes if name.startswith("on")}
    assert "style" not in seen.attributes
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy


def repeated(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def walk(site: Server) -> set[str]:
    """Walk through all pages and return which; where a link names a place on a page, the place is there."""
    waiting, seen, broken = deque(["/"]), {"/"}, []
    ids: dict[str, set[str]] = {}
    wanted: list[tuple[str, str, str]] = []
    while waiting:
        at = waiting.popleft()
        answer = site.get(at, Accept=BROWSER)
        # That there was an earlier version is said where it was, and that it is gone where it is gone.
        is_gone = answer.status == 410 and " is retired" in answer.text
        if answer.status not in (200, 303) and not is_gone:
            broken.append((at, answer.status))
        links = [answer.headers["location"]] if answer.status == 303 else []
        if answer.status == 200 and answer.headers["content-type"].startswith("text/html"):
            parsed = Page(answer.text)
            assert repeated(landmarks(answer.text)) == [], at
            ids[at] = set(parsed.ids)
            links = parsed.links
        for link in links:
            target = urljoin(urljoin(site.url, at), link)
            if not target.startswith(site.url):
                assert urlsplit(target).scheme in ("http", "https"), target
                continue
            whole, place = urldefrag(target)
            path = "/" + whole.removeprefix(site.url)
            if place:
                wanted.append((at, path, unquote(place)))
            # One suffix stands for all: tests of linked data read each of them.
            is_syntax = re.search(r"\.(jsonld|rdf|nt|trig|nq|csv|tsv|xml|json|rq)(\?|$)", path)
            if path not in seen and not is_syntax:
                seen.add(path)
                waiting.append(path)
    assert broken == []
    assert [(a, p, i) for a, p, i in wanted if p in ids and i not in ids[p]] == []
    return ids.keys()


def test_every_internal_link_leads_somewhere(site: Server):
    assert len(walk(site)) > 250


def test_every_internal_link_over_plain_files_leads_somewhere(tmp_path: Path):
    """Whether the IRIs of the files lie here, elsewhere, or at the persistent address."""
    port, count = free_port(), 0
    for base in (f"http://127.0.0.1:{port}/", "http://elsewhere.example/", prefixes.BASE):
        path = tmp_path / "graph.ttl"
        path.write_text(FILE.format(base=base), encoding="utf-8")
        with Server("--quiet", path, "--port", str(port)) as running:
            pages = walk(running)
            assert {"/", "/ask"} <= pages
            if base == running.url:
                assert {"/thing/", "/thing/one.html", "/words", "/a/b.html"} <= pages
            count += len(pages)
    assert count > 15


def test_a_thing_is_shown_with_the_sentences_that_its_statements_rest_on(site: Server):
    text = page(site, "/event/amcc-3").text
    row = text[text.index(">chaired by</a>") :]
    assert ">S Iswaran</a>" in row[: row.index("</tr>")]
    link = re.search(
        r'<a href="#([^"]+)"[^>]*>sentence 5, the reporter of the article</a>', row[: row.index("</tr>")]
    )
    assert link
    passage = text[text.index(f'id="{link[1]}"') :]
    passage = passage[: passage.index("</article>")]
    assert "<p>who chaired the AMCC</p>" in passage
    assert "a news article of 20 September 2018" in passage


def test_what_follows_is_kept_apart_from_what_is_stated(site: Server):
    text = page(site, "/event/amcc-3").text
    stated, inferred = text.split('<h2 id="inferred">')
    assert "schema:Event" not in stated
    assert "schema:Event" in inferred


def test_a_passage_shows_what_it_states_and_who_speaks(site: Server):
    text = page(site, "/document/2018-09-20-amcc-3/s09a").text
    assert "What this passage states" in text
    assert "Sentence 9, S Iswaran, quoted directly</h1>" in text
    document = page(site, "/document/2018-09-20-amcc-3").text
    places = [f">sentence {number}, " for number in range(1, 12)]
    at = [document.index(place) for place in places]
    assert at == sorted(at)


def test_a_divided_sentence_shows_its_stretches_by_voice_in_the_order_of_the_text(site: Server):
    text = page(site, "/document/2018-09-20-amcc-3/s04").text
    assert "Sentence 4</h1>" in text
    assert "Stretches of this sentence, by voice" in text and "What this passage states" not in text
    voices = re.findall(r'<a href="/document/2018-09-20-amcc-3/s04[abc]">sentence 4, ([^<]*)</a>', text)
    assert voices == [
        "Cyber Security Agency of Singapore",
        "the reporter of the article",
        "Cyber Security Agency of Singapore",
    ]


def test_the_query_form_shows_answers_as_a_table_and_errors_in_place(site: Server):
    rows = page(site, "/ask?query=SELECT%20%3Fx%20%7B%20VALUES%20%3Fx%20%7B%201%202%20%7D%20%7D")
    assert "2 rows" in rows.text
    assert "Yes" in page(site, "/ask?query=ASK%20%7B%7D").text
    wrong = page(site, "/ask?query=SELECT%20%3Fx%20%7B%20%3C%2Ftextarea%3E")
    assert wrong.status == 400
    assert 'role="alert"' in wrong.text
    assert "line 1" in wrong.text
    assert "&lt;/textarea&gt;" in wrong.text
    refused = page(
        site, "/ask?query=SELECT%20%2A%20%7BSERVICE%20%3Chttp%3A%2F%2Fx%2F%3E%7B%3Fs%20%3Fp%20%3Fo%7D%7D"
    )
    assert refused.status == 400
    assert "SERVICE is refused" in refused.text
    assert "textarea" in page(site, "/sparql").text


def test_the_form_starts_with_a_query_that_has_an_answer(site: Server):
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", page(site, "/ask").text, re.DOTALL)
    assert found
    text = found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", '"').replace("&amp;", "&")
    assert len(site.rows(text)) > 0


def test_files_of_pages_are_named_by_what_is_in_them(site: Server):
    for name, (media, content) in static_files.files().items():
        answer = site.get(f"/static/{name}")
        assert (answer.status, answer.headers["content-type"], answer.body) == (200, media, content)
    assert site.get("/static/style.css").status == 404
    assert site.get("/static/../tasks.py").status == 400
    assert site.get("/static/%2e%2e%2ftasks.py").status in (400, 404)
    for icon in ("/favicon.svg", "/favicon.ico"):
        assert site.get(icon).headers["content-type"] == "image/svg+xml"
    assert "Disallow: /sparql" in site.get("/robots.txt").text


def test_the_stylesheet_knows_light_dark_and_paper(site: Server):
    style = site.get(f"/static/{static_files.name('style.css')}").text
    for query in ("prefers-color-scheme: dark", "@media print", "max-width"):
        assert query in style
    assert "url(" not in style
    assert style.count("{") == style.count("}")


def test_problems_are_pages_only_for_those_who_read_pages(site: Server):
    for accept, media in (("text/html", "text/html"), ("*/*", "text/plain"), ("text/turtle", "text/plain")):
        answer = site.get("/event/unheard-of", Accept=accept)
        assert answer.status == 404
        assert answer.headers["content-type"].startswith(media)


def test_plain_files_have_pages_too(server: Server):
    for path in ("/", "/ask", "/about?iri=http%3A%2F%2Fe%2Fa", "/about?iri=http%3A%2F%2Fe%2Fg"):
        answer = page(server, path)
        assert answer.status == 200
        Html5(strict=True).parse(answer.text)
    assert "/queries/" not in page(server, "/").text
    assert page(server, "/downloads/").status == 404


def test_under_a_base_with_a_path_all_links_keep_it():
    with named("https://example.org/kg/") as running:
        for path in ("/", "/event/amcc-3", "/queries/", "/queries/who-chaired", "/ask", "/event/"):
            for link in Page(page(running, path).text).links:
                outside = not link.startswith(("/", "https://example.org")) or link.startswith("//")
                assert outside or link.removeprefix("https://example.org").startswith("/kg/"), (path, link)


def test_a_query_that_fails_stands_in_the_form_again_beside_the_reason(graph_file: Path):
    numbers = " ".join(f"VALUES ?{name} {{ {' '.join(map(str, range(100)))} }}" for name in "abcdef")
    query = f"SELECT (COUNT(*) AS ?n) {{ {numbers} FILTER('<b>' != \"</textarea>\") }}"
    with Server("--quiet", graph_file, "--timeout", "1") as running:
        answer = running.get(f"/ask?{urlencode({'query': query})}", Accept="text/html")
        assert (answer.status, answer.headers["cache-control"]) == (504, "no-store")
        shown = re.search(r"<textarea[^>]*>(.*?)</textarea>", answer.text, re.DOTALL)
        assert shown and unescape(shown[1]) == query
        assert '<p class="error" role="alert">no answer within 1 s' in answer.text
        Html5(strict=True).parse(answer.text)


def test_a_query_that_finds_no_free_worker_is_not_lost(graph_file: Path):
    numbers = " ".join(f"VALUES ?{name} {{ {' '.join(map(str, range(100)))} }}" for name in "abcdef")
    slow = f"SELECT (COUNT(*) AS ?n) {{ {numbers} }}"
    limits = {"queue": 2, "share": 3, "queue_time": 0.5}
    with (
        Server("--quiet", graph_file, "--timeout", "4", **limits) as running,
        ThreadPoolExecutor(8) as threads,
    ):
        assert settles(lambda: running.get("/ask?query=ASK%7B%7D").status == 200)
        jobs = [threads.submit(running.query, f"{slow} #{number}") for number in range(6)]
        time.sleep(0.3)
        answer = running.get(f"/ask?{urlencode({'query': 'ASK { ?s ?p 1 }'})}", Accept="text/html")
        assert answer.status in (429, 503)
        assert "retry-after" in answer.headers
        assert ">ASK { ?s ?p 1 }</textarea>" in answer.text
        assert 'role="alert"' in answer.text
        assert {job.result().status for job in jobs} <= {429, 503, 504}


def test_a_good_answer_to_a_query_of_ones_own_is_kept(site: Server):
    target = f"/ask?{urlencode({'query': 'SELECT ?s { ?s ?p ?o } ORDER BY STR(?s) LIMIT 3'})}"
    first = site.get(target)
    assert (first.status, first.headers["cache-control"]) == (200, "public, max-age=60")
    assert site.get(target, If_None_Match=first.headers["etag"]).status == 304
    assert site.get("/ask?query=nonsense").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("target", ["/ask?query=ASK%7B%7D&query=ASK%7B%7D", "/about?iri=x:a&iri=x:b"])
def test_what_is_asked_twice_is_refused(site: Server, target: str):
    answer = site.get(target)
    assert answer.status == 400
    assert "more than one " in answer.text


@pytest.mark.parametrize(
    ("target", "status"),
    [("/nothing-there", 404), ("/status/directed", 410), ("/queries/norms?colour=red", 400), ("/", 200)],
)
def test_a_page_that_comes_compressed_says_so_whatever_its_status(site: Server, target: str, status: int):
    plain = site.get(target, Accept="text/html")
    packed = site.get(target, **{"Accept": "text/html", "Accept-Encoding": "gzip"})
    assert plain.status == packed.status == status
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body

"""What nobody would write by hand: any query, any parameters, any Accept header, over a real socket.

Whatever comes, the answer is one of those that the protocol knows, in one line where it is a refusal, and the
server is none the worse for it.
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from live import Response, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

# 504 is an answer too: a random query may well be a hard one.
KNOWN = {200, 204, 301, 303, 304, 400, 404, 406, 413, 414, 415, 429, 431, 503, 504}
REVEALING = ("Traceback", 'File "', "/src/", "site-packages", "pyoxigraph", "rdflib")
LETTERS = (
    "SELECT ASK CONSTRUCT DESCRIBE WHERE { } ( ) [ ] ?s ?p ?o * . ; , a UNION OPTIONAL MINUS FILTER BIND "
    "VALUES GRAPH FROM NAMED <http://e/a> <http://e/g> e:a PREFIX e: BASE 1 'x' \"\"\" ''' \\u0041 # LIMIT "
    "OFFSET ORDER BY GROUP HAVING COUNT SUM AS DISTINCT REDUCED EXISTS NOT IN ^ | / + ! = < > && || REGEX "
    "STR SERVICE INSERT DELETE LOAD _:b @en ^^ true UNDEF \x00 \ufeff \u2028 \u00e9 \U0001d4b3"
)
WORDS = st.sampled_from(LETTERS.split(" "))
QUERIES = st.one_of(
    st.text(max_size=80),
    st.lists(WORDS, max_size=25).map(" ".join),
    st.lists(WORDS, max_size=12).map(lambda words: f"SELECT * WHERE {{ {' '.join(words)} }}"),
    st.lists(WORDS, max_size=12).map(lambda words: f"SELECT * {{ ?s ?p ?o }} {' '.join(words)}"),
)
RANGES = (
    "text/turtle application/json text/html */* text/* application/sparql-results+json text/csv image/png "
    "application/ld+json application/rdf+xml text/turtle;version=1.2 a/b;q=0 */*;q=0 ;q=1 , ;; q=2 q=-1 "
    "text/turtle;q=0.0001 text/turtle;q=1e9"
)
MEDIA = st.sampled_from(RANGES.split(" "))
ACCEPTS = st.one_of(
    st.lists(MEDIA, max_size=8).map(",".join), st.text(string.printable.strip() + " \t", max_size=60)
)
TARGETS = ("/sparql", "/event/amcc-3", "/queries/", "/queries/who-chaired", "/.well-known/void", "/ontology")
FUZZED = settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def sturdy(graph_file: object) -> Iterator[Server]:
    """A server over a few triples, whose deadline no small query reaches."""
    with Server(str(graph_file), "--timeout", "5") as running:
        yield running
        assert running.get("/healthz").status == 200
    assert '"event": "error"' not in running.log


def is_sound(answer: Response) -> None:
    assert answer.status in KNOWN, answer
    if answer.status >= 400:
        assert answer.headers["content-type"].startswith(("text/plain", "text/html"))
        assert len(answer.body) < 5000
        if answer.headers["content-type"].startswith("text/plain"):
            assert answer.text.count("\n") == 1
        assert not any(word in answer.text for word in REVEALING)


@FUZZED
@given(QUERIES)
def test_any_query_is_answered_or_refused_in_a_line(sturdy: Server, query: str) -> None:
    by_get = sturdy.query(query)
    is_sound(by_get)
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    by_form = sturdy.request("POST", "/sparql", urlencode({"query": query}).encode(), **form)
    direct = {"Content_Type": "application/sparql-query"}
    by_post = sturdy.request("POST", "/sparql", query.encode(), **direct)
    assert by_get.status == by_form.status == by_post.status
    if by_get.status >= 400:
        assert by_get.body == by_form.body == by_post.body


@FUZZED
@given(st.binary(max_size=60), st.sampled_from(TARGETS))
def test_any_query_string_is_answered_or_refused_in_a_line(sturdy: Server, sent: bytes, target: str) -> None:
    # Only what no client can put into a request line is left out.
    for text in (quote(sent, safe="=&?%+;/:@!$'()*,~[]{}|\\^`\""), urlencode({"query": sent})):
        is_sound(sturdy.get(f"{target}?{text}"))


@FUZZED
@given(ACCEPTS, st.sampled_from(TARGETS))
def test_any_accept_header_gets_what_it_takes_or_406(site: Server, accept: str, target: str) -> None:
    answer = site.get(target, Accept=accept)
    is_sound(answer)
    assert answer.status in (200, 400, 406)
    if answer.status == 200 and target == "/event/amcc-3" and accept.strip() in RANGES.split(" ")[:3:2]:
        assert answer.headers["content-type"].startswith(accept.strip())


@FUZZED
@given(QUERIES)
def test_the_query_page_shows_any_query_without_taking_it_for_markup(sturdy: Server, query: str) -> None:
    answer = sturdy.get(f"/ask?{urlencode({'query': f'<script>{query}'})}", Accept="text/html")
    is_sound(answer)
    assert "<script" not in answer.text

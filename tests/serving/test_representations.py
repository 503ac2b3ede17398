"""Which bytes are sent of an answer: codings, preconditions, slashes, on every route and for every status."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from live import Response

from amcc_kg.serving import routes
from amcc_kg.serving.http import representations
from amcc_kg.serving.pages import static_files

if TYPE_CHECKING:
    from live import Server

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
CROSS = "SELECT+%2A+%7B+" + "+".join(
    f"VALUES+%3F{v}+%7B+{'+'.join(map(str, range(40)))}+%7D" for v in "abcde"
)
# For every route what is there, what is not, and what is refused.
TARGETS = (
    *("/", "/sparql", "/sparql?query=ASK%7B%7D", "/sparql?query=SELECT", f"/sparql?query={CROSS}+%7D"),
    *("/ask", "/ask?query=ASK%7B%7D", "/ask?query=SELECT+%2A+WHERE+%7B", "/healthz", "/readyz"),
    *("/queries/", "/queries", "/queries/who-chaired", "/queries/who-chaired.csv", "/queries/nothing"),
    *(
        "/queries/commitments-by-status?status=zzz",
        "/query/who-chaired",
        "/query/who-chaired.ttl",
        "/query/x",
    ),
    *("/downloads/", "/downloads/SHA256SUMS", "/downloads/nothing", "/openapi.json", "/robots.txt"),
    *("/favicon.svg", "/favicon.ico", f"/static/{static_files.name('style.css')}", "/static/nothing.css"),
    *("/about", "/about.ttl?iri=https://w3id.org/amcc-kg/event/amcc-3", "/about?iri=x:y", "/about/x"),
    *("/.well-known/void", "/.well-known/void.zip", "/.well-known/sparql-examples", "/person/nobody"),
    *("/event/amcc-3", "/event/amcc-3.ttl", "/event/", "/event", "/ontology/0.1.0", "/%ff", "/a/../b"),
)
CODINGS = ("gzip", "*", "identity", "br", "deflate", "x", "")
WEIGHTS = ("", ";q=0", ";q=1", ";q=0.5", ";q=0.001", "; q=0.0")
ACCEPTED = st.lists(
    st.builds("".join, st.tuples(st.sampled_from(CODINGS), st.sampled_from(WEIGHTS))), max_size=4
)
MANY = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# What differs each time it is asked for.
FLEETING = ("/healthz", "/readyz")


def decoded(answer: Response) -> bytes:
    """Return the body by its own headers."""
    return gzip.decompress(answer.body) if answer.headers.get("content-encoding") == "gzip" else answer.body


@MANY
@given(
    st.sampled_from(TARGETS),
    st.sampled_from(["GET", "HEAD", "POST", "PUT", "OPTIONS"]),
    ACCEPTED,
    st.booleans(),
)
def test_a_body_decoded_by_its_own_headers_is_the_plain_body(
    site: Server, target: str, method: str, accepted: list[str], browser: bool
):
    accept = BROWSER if browser else "*/*"
    plain = site.request(method, target, Accept=accept, timeout=60)
    found = site.request(method, target, Accept=accept, Accept_Encoding=", ".join(accepted), timeout=60)
    assert found.status == plain.status
    assert "content-encoding" not in plain.headers
    assert found.headers.get("content-encoding") in (None, "gzip")
    if method != "HEAD":
        assert decoded(found) == decoded(plain)
        assert len(found.body) == int(found.headers.get("content-length", 0))
    if "content-encoding" in found.headers:
        assert "Accept-Encoding" in found.headers["vary"]
        assert found.headers.get("etag") != plain.headers.get("etag") or "etag" not in plain.headers
    if method == "HEAD":
        got = site.request("GET", target, Accept=accept, Accept_Encoding=", ".join(accepted), timeout=60)
        assert {**found.headers, "date": ""} == {**got.headers, "date": ""}


@pytest.mark.parametrize(
    ("accepted", "packable", "packed"),
    [
        (None, True, False),
        ("", True, False),
        ("gzip", True, True),
        ("gzip", False, False),
        ("br, gzip;q=0.5", True, True),
        ("gzip;q=0", True, False),
        ("*", True, True),
        ("gzip;q=0, *", True, False),
        ("*;q=0", True, False),
        ("identity;q=0, gzip;q=0.1", False, True),
        ("identity;q=0", True, False),
        ("gzip, *;q=0", False, True),
        ("identity, gzip;q=0.5", True, False),
        ("identity;q=0.5, gzip;q=0.5", True, True),
        ("GZIP", True, True),
        ("nonsense;;q", True, False),
    ],
)
def test_the_coding_is_the_one_that_is_preferred(accepted: str | None, packable: bool, packed: bool):
    assert representations.coding(accepted, packable=packable) is packed


STORED = (
    *("/", "/sparql?query=ASK%7B%7D", "/queries/who-chaired.csv", "/downloads/SHA256SUMS", "/event/amcc-3"),
    *("/openapi.json", "/favicon.svg", f"/static/{static_files.name('style.css')}", "/.well-known/void"),
)


@pytest.mark.parametrize("target", STORED)
@pytest.mark.parametrize("coding", ["", "gzip"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_preconditions_are_evaluated_on_every_route(site: Server, target: str, coding: str, method: str):
    def ask(**conditions: str) -> Response:
        return site.request(method, target, timeout=60, Accept_Encoding=coding, **conditions)

    whole = ask()
    tag = whole.headers["etag"]
    for held in (tag, f'"other", {tag}', "*"):
        assert ask(If_Match=held).status == 200
        assert ask(If_None_Match=held).status == 304
        assert ask(If_Match=held, If_None_Match=held).status == 304
    for other in ('"other"', f"W/{tag}", '"a", "b"'):
        refused = ask(If_Match=other)
        assert (refused.status, refused.headers["cache-control"]) == (412, "no-store")
        assert "etag" not in refused.headers
        # Judged first, whatever else is asked.
        assert ask(If_Match=other, If_None_Match=tag).status == 412
        assert ask(If_Match=other, Range="bytes=0-9").status == 412
    assert ask(If_None_Match='"other"').status == 200
    assert ask(If_None_Match=f"W/{tag}").status == 304


def test_conditions_hold_for_a_posted_query_too(site: Server):
    def post(**conditions: str) -> Response:
        return site.request(
            "POST", "/sparql", b"ASK {}", Content_Type="application/sparql-query", **conditions
        )

    plain = post()
    assert plain.status == 200
    assert post(If_Match='"other"').status == 412
    assert post(If_Match="*").status == 200
    assert post(If_None_Match='"other"').status == 200
    tag = plain.headers["etag"]
    assert (post(If_Match=tag).status, post(If_None_Match=tag).status) == (200, 200)


def test_a_part_is_had_only_of_what_the_client_holds(site: Server):
    target = "/downloads/SHA256SUMS"
    whole = site.get(target, timeout=60)
    tag = whole.headers["etag"]
    part = site.get(target, Range="bytes=0-9", If_Match=tag)
    assert (part.status, part.body) == (206, whole.body[:10])
    assert site.get(target, Range="bytes=0-9", If_Match='"old"').status == 412
    assert site.get(target, Range="bytes=0-9", If_Range='"old"').status == 200
    assert site.get(target, Range="bytes=0-9", If_Range=tag, Accept_Encoding="gzip").status == 206
    changed = whole.headers["last-modified"]
    assert site.get(target, If_Unmodified_Since=changed).status == 200
    assert site.get(target, If_Unmodified_Since="Thu, 01 Jan 1970 00:00:00 GMT").status == 412
    assert site.get(target, If_Modified_Since=changed).status == 304


def test_what_is_no_good_answer_has_no_precondition(site: Server):
    for target, status in (("/person/nobody", 404), ("/sparql?query=SELECT", 400), ("/queries", 301)):
        for name in ("If_Match", "If_None_Match"):
            assert site.get(target, **{name: '"x"'}).status == status
            assert site.get(target, **{name: "*"}).status == status


@pytest.mark.parametrize("asked", ["authorization", "x-requested-with, cache-control", "X-Any-Thing", ""])
@pytest.mark.parametrize(
    "target", ["/sparql", "/event/amcc-3", "/queries/", "/static/x.css", "/nothing", "*"]
)
def test_a_preflight_allows_any_header_of_a_request(site: Server, asked: str, target: str):
    headers = {"Access_Control_Request_Headers": asked} if asked else {}
    answer = site.request(
        "OPTIONS", target, Origin="https://app.example", Access_Control_Request_Method="POST", **headers
    )
    assert answer.status == 204
    allowed = answer.headers["access-control-allow-headers"].lower().split(", ")
    assert set(asked.lower().split(", ")) <= {*allowed, ""} or allowed == ["*", "authorization"]
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_preflight_gives_nothing_back_that_is_no_list_of_names(site: Server):
    evil = 'x", <script>; y'
    answer = site.request("OPTIONS", "/sparql", Access_Control_Request_Headers=evil)
    assert answer.headers["access-control-allow-headers"] == "*, Authorization"


EITHER = (
    *(path for path, _, _ in routes.EXACT if path != "/"),
    *(
        "/queries/who-chaired",
        "/queries/who-chaired.csv",
        "/query/who-chaired",
        "/query/who-chaired.ttl",
        "/query/",
    ),
    *("/downloads/SHA256SUMS", f"/static/{static_files.name('style.css')}", "/.well-known/void.ttl"),
    *(
        "/event/amcc-3",
        "/event/amcc-3.ttl",
        "/event/",
        "/person/",
        "/.well-known/sparql-examples.nt",
    ),
)


@pytest.mark.parametrize("path", EITHER)
@pytest.mark.parametrize("query", ["", "?a=b%20c&d="])
def test_a_path_with_or_without_its_last_slash_leads_to_the_form_that_exists(
    site: Server, path: str, query: str
):
    other = path[:-1] if path.endswith("/") else f"{path}/"
    # A query is answered at once, as the W3C's tests of the protocol ask it.
    query = "" if path == "/sparql" else query
    for method in ("GET", "HEAD"):
        led = site.request(method, other + query, timeout=60)
        assert led.status == 301, led
        assert urljoin(other + query, led.headers["location"]) == path + query
    if not query and path not in ("/about", "/explain"):
        there = site.get(path, timeout=60)
        assert there.status in (200, 303)


@pytest.mark.parametrize(
    "path", ["/queries/nothing", "/downloads/nothing", "/static/x.css", "/person/nobody", "/x"]
)
def test_a_path_that_exists_in_neither_form_is_missing(site: Server, path: str):
    assert site.get(path).status == 404
    led = site.get(f"{path}/")
    assert led.status == 404 or site.get(urljoin(f"{path}/", led.headers["location"])).status == 404


def test_the_authority_of_the_target_counts_and_not_the_host(site: Server):
    head = b"GET http://kg.example.org:81/event/amcc-3 HTTP/1.1\r\nHost: other.example\r\n"
    received = site.raw(head + b"Accept: text/turtle\r\nConnection: close\r\n\r\n").decode()
    assert received.startswith("HTTP/1.1 200 ")
    assert re.search(r"(?m)^content-location: http://kg\.example\.org:81/event/amcc-3\.ttl\r$", received)
    assert "other.example" not in received
    for target in (
        b"http:///event/amcc-3",
        b"http://a<b>/event/amcc-3",
        b"http://u@x/event",
        b"ftp://x/event",
    ):
        refused = site.raw(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert refused.startswith(b"HTTP/1.1 400 "), refused

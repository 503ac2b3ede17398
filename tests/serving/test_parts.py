"""The parts of the server that need no socket: negotiation, addresses, the queue, the cache, conditions."""

from __future__ import annotations

import asyncio
import json
from ipaddress import ip_address, ip_network
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from amcc_kg.serving.answers import sparql_query
from amcc_kg.serving.http import addresses, negotiation, representations
from amcc_kg.serving.http.cache import Cache
from amcc_kg.serving.http.messages import Answer, UnreadableError, fields, wire
from amcc_kg.serving.workers import processes
from amcc_kg.serving.workers.pool import Queue

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("kind", "accept", "chosen"),
    [
        ("select", None, "json"),
        ("select", "", "json"),
        ("select", "*/*", "json"),
        ("select", "text/*", "csv"),
        ("select", "application/xml", "xml"),
        ("select", "text/csv;q=0.9, application/sparql-results+xml;q=0.8", "csv"),
        ("select", "text/csv; charset=utf-8", "csv"),
        ("select", "text/csv;q=0, text/*", "tsv"),
        ("select", "image/png", None),
        ("select", BROWSER, "xml"),
        ("graph", "*/*", "turtle"),
        ("graph", "application/ld+json, */*;q=0.1", "jsonld"),
        ("graph", "application/n-triples, text/turtle", "turtle"),
        ("graph", "text/turtle;q=0.5, application/rdf+xml", "rdfxml"),
        ("graph", "text/html", None),
        ("description", BROWSER, "html"),
    ],
)
def test_negotiation(kind: str, accept: str | None, chosen: str | None):
    offer = negotiation.choose(kind, accept)
    assert (offer.name if offer else None) == chosen


@given(st.sampled_from(sorted(negotiation.OFFERS)), st.text(max_size=60))
def test_no_accept_header_breaks_negotiation(kind: str, accept: str):
    offer = negotiation.choose(kind, accept)
    assert offer is None or offer in negotiation.OFFERS[kind]


TRUSTED = (ip_network("10.0.0.0/8"), ip_network("::1/128"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("10.1.1.1", "1.2.3.4", "1.2.3.4"),
        ("10.1.1.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("10.1.1.1", "1.2.3.4, 10.9.9.9", "1.2.3.4"),
        ("10.1.1.1", "<script>", "10.1.1.1"),
        ("10.1.1.1", "", "10.1.1.1"),
        ("10.1.1.1", 'fe80::1%", "status": "0', "10.1.1.1"),
        ("::1", "2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_client_is_whoever_a_trusted_proxy_says(peer: str, forwarded: str, client: str):
    assert addresses.client(peer, {"x-forwarded-for": forwarded}, TRUSTED) == client


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ("for=1.2.3.4", "1.2.3.4"),
        ('for=6.6.6.6, For="1.2.3.4:4711";proto=https', "1.2.3.4"),
        ('for="[2001:db8::1]:4711";by=10.1.1.1', "2001:db8::1"),
        ("for=1.2.3.4, for=10.9.9.9", "1.2.3.4"),
        ("for=unknown", "10.1.1.1"),
        ("for=_hidden, for=10.9.9.9", "10.1.1.1"),
        ('for="fe80::1%<script>"', "10.1.1.1"),
        ('for="1.2.3.4', "10.1.1.1"),
        (";;==", "10.1.1.1"),
    ],
)
def test_the_client_is_also_read_from_the_standard_header(forwarded: str, client: str):
    assert addresses.client("10.1.1.1", {"forwarded": forwarded}, TRUSTED) == client
    # A proxy that writes the other header leaves this one as its client made it up.
    both = {"forwarded": forwarded, "x-forwarded-for": "7.7.7.7"}
    assert addresses.client("10.1.1.1", both, TRUSTED) == "7.7.7.7"


def test_the_address_is_also_read_from_the_standard_header():
    headers = {"host": "inside", "forwarded": 'for=1.2.3.4;host="kg.example:8443";proto=HTTPS'}
    assert addresses.base(None, headers, "x", is_trusted=True) == "https://kg.example:8443/"
    assert addresses.base(None, headers, "x", is_trusted=False) == "http://inside/"


@given(st.text(max_size=60))
def test_no_forwarded_header_breaks_the_server(forwarded: str):
    headers = {"forwarded": forwarded}
    ip_address(addresses.client("10.1.1.1", headers, TRUSTED))
    assert addresses.base(None, headers, "x", is_trusted=True).startswith("http")


def test_an_ipv6_client_is_its_network_because_it_picks_its_address_itself():
    assert (
        addresses.site("2001:db8:1:2:3:4:5:6") == addresses.site("2001:db8:1:2::9") != addresses.site("::1")
    )
    assert addresses.site("::ffff:192.0.2.1") == addresses.site("192.0.2.1") == "192.0.2.1"


def test_forwarded_names_count_only_from_trusted_peers():
    headers = {"host": "inside:8080", "x-forwarded-host": "kg.example", "x-forwarded-proto": "https"}
    assert addresses.base(None, headers, "x", is_trusted=True) == "https://kg.example/"
    assert addresses.base(None, headers, "x", is_trusted=False) == "http://inside:8080/"
    assert (
        addresses.base("https://told.example/kg", headers, "x", is_trusted=True) == "https://told.example/kg/"
    )
    evil = headers | {"x-forwarded-host": "a/<script>"}
    assert addresses.base(None, evil, "x", is_trusted=True) == "https://inside:8080/"


@pytest.mark.parametrize(
    "target", [b"/a/../b", b"/%2e%2e/b", b"/..%5c/b", b"/a%00", b"/%ff", b"x", b"/./a", b"/a%0ab"]
)
def test_paths_that_lead_elsewhere_are_refused(target: bytes):
    with pytest.raises(UnreadableError):
        addresses.path_and_query(target)


def test_paths_are_decoded_once_and_an_encoded_slash_stays():
    assert addresses.path_and_query(b"/a%C3%A9/b%2Fc?x=%20") == ("/aé/b%2Fc", "x=%20")
    assert addresses.path_and_query(b"http://other/path?q")[0] == "/path"
    assert addresses.path_and_query(b"/%252e%252e/")[0] == "/%2e%2e/"


def test_clients_take_turns():
    queue: Queue[str] = Queue(10, 10)
    for entry in ("a1", "a2", "a3"):
        queue.add("a", entry)
    queue.add("b", "b1")
    assert [queue.take(2) for _ in range(5)] == [("a", "a1"), ("b", "b1"), ("a", "a2"), ("a", "a3"), None]


def test_the_last_worker_is_kept_from_a_client_of_whom_something_runs():
    queue: Queue[str] = Queue(10, 10)
    queue.started("a")
    queue.add("a", "a2")
    assert queue.take(1) is None
    assert queue.take(2) == ("a", "a2")
    queue.add("a", "a3")
    queue.add("b", "b1")
    assert queue.take(1) == ("b", "b1")
    queue.finished("a")
    assert queue.take(1) == ("a", "a3")


def test_a_client_has_a_share_and_the_queue_an_end():
    queue: Queue[str] = Queue(3, 2)
    queue.add("a", "a1")
    queue.started("a")
    assert not queue.may_add("a")
    assert queue.may_add("b")
    queue.add("b", "b1")
    queue.add("c", "c1")
    assert not queue.has_room()
    queue.remove("b", "b1")
    assert queue.has_room()


def test_the_cache_keeps_to_its_bytes_and_forgets_the_longest_unused():
    cache: Cache[str, str] = Cache(100)
    for key in "abcd":
        cache.put(key, key, 25)
    assert cache.get("a") == "a"
    cache.put("e", "e", 25)
    assert cache.get("b") is None
    assert (cache.get("a"), cache.get("e"), cache.size, len(cache)) == ("a", "e", 100, 4)
    cache.put("large", "large", 26)
    assert cache.get("large") is None


def _sent(answer: Answer, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Return what goes out of an answer: its status, headers and bytes."""
    asked = Headers({name.replace("_", "-"): value for name, value in headers.items()})
    whole = representations.Sent(answer.status, wire(answer), answer.body)
    found = asyncio.run(representations.represent(method, asked, whole, Cache(1 << 20)))
    return found.status, {n.decode(): v.decode("latin-1") for n, v in found.headers}, found.body


@pytest.mark.parametrize(
    ("wanted", "status", "body", "content_range"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=5-100", 206, b"56789", "bytes 5-9/10"),
        ("bytes=10-", 416, b"the file has 10 bytes\n", "bytes */10"),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
        ("nonsense", 200, b"0123456789", None),
    ],
)
def test_a_part_of_a_download_can_be_asked_for(
    wanted: str, status: int, body: bytes, content_range: str | None
):
    answer = Answer(200, b"0123456789", ranged=True)
    found = _sent(answer, range=wanted)
    assert (found[0], found[2]) == (status, body)
    assert found[1]["content-length"] == str(len(body))
    assert found[1].get("content-range") == content_range
    assert _sent(answer, range=wanted, if_range='"old"')[0] == 200


def test_headers_cannot_be_split_by_what_an_answer_says():
    answer = Answer(200, b"", headers=(("Link", "<http://e/\r\nSet-Cookie: x>"),))
    sent = _sent(answer)[1]
    assert "set-cookie" not in sent
    assert not set("\r\n") & set(sent["link"])


@given(
    st.lists(
        st.tuples(st.dictionaries(st.text(max_size=5), st.integers()), st.binary(max_size=50)), max_size=5
    )
)
def test_frames_arrive_whole_however_they_are_cut(messages: list[tuple[dict[str, int], bytes]]):
    frames, found = processes.Frames(), []
    for head, body in messages:
        packed = processes.pack(head, body)
        for piece in (packed[i : i + 7] for i in range(0, len(packed), 7)):
            if message := frames.feed(piece):
                found.append(message)
    assert found == messages


@pytest.mark.parametrize(
    "values", [[], [{}], [{"a": 'x"},{"y'}], [{"a": "}},{"}, {}, {"b": '"'}, {"a": "\n,\r\n"}]]
)
def test_rows_are_counted_exactly(values: list[dict[str, str]]):
    from pyoxigraph import QueryResultsFormat, Store

    def cell(row: dict[str, str], name: str) -> str:
        return json.dumps(row[name]) if name in row else "UNDEF"

    rows = " ".join(f"({cell(row, 'a')} {cell(row, 'b')})" for row in values)
    query = f"SELECT ?a ?b {{ VALUES (?a ?b) {{ {rows} }} }}"
    for name, syntax in (
        ("json", QueryResultsFormat.JSON),
        ("xml", QueryResultsFormat.XML),
        ("csv", QueryResultsFormat.CSV),
        ("tsv", QueryResultsFormat.TSV),
    ):
        body = Store().query(query).serialize(format=syntax)
        assert sparql_query.ROWS[name](body) == len(values), (name, body)


_PIECES = [*"a=&+_.\t\n\r é", "%", "%3d", "%26", "%0A", "%25", "%C3%A9", "%C3", "%g0"]


@given(st.lists(st.sampled_from(_PIECES)).map("".join))
def test_parameters_are_read_as_forms_are(encoded: str) -> None:
    try:
        expected = parse_qsl(encoded, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        with pytest.raises(UnreadableError, match="not UTF-8"):
            fields(encoded)
    else:
        assert fields(encoded) == expected

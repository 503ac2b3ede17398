"""Which bytes are a request, however they come, and how much a connection may hold of the server."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from typing import TYPE_CHECKING

import pytest
from live import Server, everything, settles, statuses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ASK = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
OTHER = b"GET /sparql?query=ASK%7B%7D%23 HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /sparql HTTP/1.1\r\nHost: x\r\n"
TYPE = b"Content-Type: application/sparql-query\r\n"


@pytest.fixture(scope="module")
def server(graph_file: Path) -> Iterator[Server]:
    with Server(graph_file) as running:
        make_known(running, ASK, OTHER)
        yield running
    assert "Traceback" not in running.log
    assert '"event": "error"' not in running.log


def make_known(server: Server, *requests: bytes) -> None:
    """Ask until the answers to these very bytes are remembered."""
    for request in requests:
        before = reused(server)
        for _ in range(4):
            with server.socket() as connection:
                connection.sendall(request)
                assert answers(connection, 1) == [200]
        assert reused(server) > before


def reused(server: Server) -> int:
    found = re.search(r"(?m)^amcc_reused_total (\S+)", server.get("/metrics").text)
    assert found
    return int(float(found[1]))


def answers(connection: socket.socket, count: int) -> list[int]:
    """Read so many answers whose lengths are given, and return their statuses."""
    found, received = [], b""
    while len(found) < count:
        head, mark, rest = received.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if mark and (length is None or len(rest) >= int(length[1])):
            found += statuses(head)
            received = rest[int(length[1]) :] if length else rest
            continue
        piece = connection.recv(1 << 16)
        assert piece, (found, received)
        received += piece
    assert received == b""
    return found


@pytest.mark.parametrize("length", [b"Content-Length: %d\r\n\r\n" % len(ASK), b"", b"Content-Le"])
def test_what_continues_a_request_is_not_taken_for_a_request_of_its_own(server: Server, length: bytes):
    begun = POST + b"Content-Type: text/plain\r\n" + length
    with server.socket() as connection:
        connection.sendall(HEALTH + begun)
        assert answers(connection, 1) == [200]
        connection.sendall(ASK)
        if length.endswith(b"\r\n\r\n"):
            # It was the body, in a media type that no query comes in.
            assert answers(connection, 1) == [415]
        else:
            # It was the rest of the headers, and none of them is one.
            assert statuses(everything(connection)) == [400]


def test_a_chunk_that_looks_like_a_known_request_is_a_chunk(server: Server):
    with server.socket() as connection:
        connection.sendall(HEALTH + POST + TYPE + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(ASK))
        assert answers(connection, 1) == [200]
        connection.sendall(ASK)
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.sendall(b"\r\n0\r\n\r\n")
        assert answers(connection, 1) == [400]


def test_the_rest_of_a_request_has_its_time_and_no_more(graph_file: Path):
    with Server(graph_file, head_time=0.5, body_time=0.5, idle_time=60) as server:
        for begun in (POST, POST + TYPE + b"Content-Length: 9\r\n\r\nASK"):
            with server.socket() as connection:
                connection.sendall(HEALTH + begun)
                assert answers(connection, 1) == [200]
                started = time.monotonic()
                assert statuses(everything(connection)) == [408]
                assert time.monotonic() - started < 5


@pytest.mark.parametrize(("first", "second"), [(HEALTH, OTHER), (ASK, HEALTH), (ASK, OTHER)])
def test_requests_that_are_cut_anywhere_are_all_answered(server: Server, first: bytes, second: bytes):
    both = first + second
    for _ in range(3):
        for position in range(1, len(both)):
            with server.socket() as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.sendall(both[:position])
                if position >= len(first):
                    # What came with a whole request is there again when this one comes back.
                    assert answers(connection, 1) == [200]
                connection.sendall(both[position:])
                assert answers(connection, 1 if position >= len(first) else 2) in ([200], [200, 200])
    # No part of a request has become one.
    for position in (1, 4, 20, len(second) - 4):
        assert statuses(server.raw(second[position:] + b"\r\n\r\n", 0.5)) in ([], [400], [501])


def test_each_request_ends_the_connection_or_not_as_it_says_itself(graph_file: Path):
    with Server(graph_file) as server, server.socket() as connection:
        last = HEALTH.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        connection.sendall(ASK + last)
        received = everything(connection)
    assert statuses(received) == [200, 200]
    assert received.lower().count(b"connection: close") == 1


@contextlib.contextmanager
def reading_nothing(server: Server) -> Iterator[socket.socket]:
    """Connect as a client that has hardly room for what it does not read."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    # Each request is a packet of its own, as the ones before it were.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.settimeout(15)
    with connection:
        connection.connect(server.address)
        yield connection


COUNTED = "{" + "+".join(map(str, range(20))) + "}"
LARGE = f"/sparql?query=SELECT+*+{{VALUES+?a{COUNTED}VALUES+?b{COUNTED}VALUES+?c{COUNTED}}}"


@pytest.fixture
def large(graph_file: Path) -> Iterator[tuple[Server, bytes]]:
    """A server that knows an answer of more than a megabyte, and the bytes that ask for it."""
    target = LARGE.replace("{", "%7B").replace("}", "%7D")
    request = f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    limits = {"write_time": 1.5, "write_rate": 1 << 30, "unsent": 8 << 20, "connections": 500}
    with Server(graph_file, "--quiet", **limits) as running:
        make_known(running, request)
        assert len(running.get(target).body) > 1 << 20
        yield running, request


def test_a_client_that_takes_no_known_answer_gets_no_more_of_them(large: tuple[Server, bytes]):
    server, request = large
    before, most = server.memory(), 0
    with reading_nothing(server) as connection, contextlib.suppress(OSError):
        for _ in range(200):
            connection.sendall(request)
            time.sleep(0.005)
            most = max(most, server.memory() - before)
        # It is sent away when its time is up.
        assert settles(lambda: open_connections(server) <= 1, 10)
        most = max(most, server.memory() - before)
    assert most < 20 << 20


def test_known_answers_that_nobody_takes_have_a_bound_all_together(large: tuple[Server, bytes]):
    server, request = large
    before, most = server.memory(), 0
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            # The first ones still find room in what the system keeps by itself.
            connection = stack.enter_context(reading_nothing(server))
            for _ in range(4):
                connection.sendall(request)
                time.sleep(0.005)
            most = max(most, server.memory() - before)
        refused = server.raw(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert statuses(refused) == [503]
        assert b"\r\nretry-after: " in refused.lower()
        # A small answer is had by anybody.
        assert server.get("/healthz").status == 200
    assert most < 40 << 20
    assert settles(lambda: statuses(server.raw(request, 1)) == [200])


def open_connections(server: Server) -> int:
    """Return how many are open, this one included."""
    found = re.search(r"(?m)^amcc_connections (\S+)", server.get("/metrics").text)
    assert found
    return int(float(found[1]))


BODY = b"a" * 900_000


def begin_body(server: Server, stack: contextlib.ExitStack, source: str) -> socket.socket:
    """Send nearly all of a large body."""
    connection = stack.enter_context(server.socket(source))
    connection.sendall(POST + TYPE + b"Content-Length: 1000000\r\n\r\n" + BODY)
    return connection


def test_bodies_that_are_being_read_have_a_bound_all_together(graph_file: Path):
    with Server(graph_file, bodies=8 << 20, body_time=60) as server, contextlib.ExitStack() as stack:
        # Of one client as many as a quarter of it holds; four clients fill it.
        held = [begin_body(server, stack, f"127.0.0.{n}") for n in (2, 2, 3, 3, 4, 4, 5, 5)]
        own = begin_body(server, stack, "127.0.0.2")
        received = everything(own)
        assert statuses(received) == [429]
        assert b"of yours" in received
        assert b"\r\nretry-after: " in received.lower()
        held += [begin_body(server, stack, f"127.0.0.{n}") for n in (6, 7)]
        received = everything(begin_body(server, stack, "127.0.0.8"))
        assert statuses(received) == [503]
        assert b"\r\nretry-after: " in received.lower()
        # What has no body is asked as ever.
        assert server.get("/sparql?query=ASK%7B%7D").status == 200
        for connection in held:
            connection.close()
        asked = POST + TYPE + b"Connection: close\r\nContent-Length: 100006\r\n\r\nASK {}" + b" " * 100_000
        assert settles(lambda: statuses(server.raw(asked)) == [200])
        # Bodies that have been answered are no longer counted.
        assert {status for _ in range(120) for status in statuses(server.raw(asked))} == {200}


def test_one_client_may_open_so_many_connections_and_others_as_before(graph_file: Path):
    with Server(graph_file, client_connections=20) as server, contextlib.ExitStack() as stack:
        held = [stack.enter_context(server.socket("127.0.0.2")) for _ in range(20)]
        one_more = stack.enter_context(server.socket("127.0.0.2"))
        received = everything(one_more)
        assert statuses(received) == [429]
        assert b"\r\nretry-after: " in received.lower()
        for connection in held:
            connection.sendall(ASK)
            assert answers(connection, 1) == [200]
        assert server.get("/healthz").status == 200
        # Who goes on all the same is not even told.
        flood = [stack.enter_context(server.socket("127.0.0.2")) for _ in range(60)]
        assert everything(flood[-1]) == b""
        stack.close()
        assert settles(lambda: open_connections(server) <= 1, 15)
        with server.socket("127.0.0.2") as connection:
            connection.sendall(ASK)
            assert answers(connection, 1) == [200]


def test_a_trusted_proxy_may_open_more(graph_file: Path):
    with (
        Server(graph_file, "--trusted-proxy", "127.0.0.2/32", client_connections=5) as server,
        contextlib.ExitStack() as stack,
    ):
        for _ in range(50):
            connection = stack.enter_context(server.socket("127.0.0.2"))
            connection.sendall(ASK)
            assert answers(connection, 1) == [200]


def test_headers_behind_a_body_have_an_end_and_are_not_believed(graph_file: Path):
    chunked = POST + TYPE + b"Transfer-Encoding: chunked\r\n\r\n6\r\nASK {}\r\n0\r\n"
    with Server(graph_file, "--trusted-proxy", "127.0.0.1/32") as server:
        with server.socket() as connection, contextlib.suppress(OSError):
            connection.sendall(chunked + b"X: ")
            for _ in range(100):
                connection.sendall(b"y" * 10_000)
            assert statuses(everything(connection)) == [431]
        with server.socket() as connection:
            connection.sendall(chunked + b"X-Forwarded-For: 192.0.2.9\r\n\r\n")
            assert answers(connection, 1) == [200]
    assert "192.0.2.9" not in server.log


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET /healthz HTTP/2.0", 505),
        (b"GET /healthz HTTP/3.0", 505),
        (b"BREW /healthz HTTP/1.1", 501),
        (b"PROPFIND /healthz HTTP/1.1", 405),
        (b"TRACE /healthz HTTP/1.1", 405),
        (b"GET /healthz", 400),
        (b"\x16\x03\x01 / HTTP/1.1", 400),
    ],
)
def test_what_this_server_does_not_speak_is_refused_as_such(server: Server, line: bytes, status: int):
    received = server.raw(line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert statuses(received) == [status], received


def test_a_client_of_the_old_version_is_told_whether_the_connection_stays(server: Server):
    old = ASK.replace(b"1.1", b"1.0")
    received = server.raw(old)
    assert (statuses(received), b"\r\nconnection: close\r\n" in received.lower()) == ([200], True)
    kept = old.replace(b"\r\n\r\n", b"\r\nConnection: keep-alive\r\n\r\n")
    with server.socket() as connection:
        for _ in range(4):
            connection.sendall(kept)
            received = connection.recv(1 << 16)
            assert statuses(received) == [200]
            assert b"\r\nconnection: keep-alive\r\n" in received.lower()
        connection.sendall(old)
        assert b"\r\nconnection: close\r\n" in everything(connection).lower()

"""Clients that mean harm: they are sent away, and everybody else is served as before."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
import termios
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import pytest
from live import PROCESSES, SOURCE, Server, everything, settles, statuses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ASK = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def server(graph_file: Path) -> Iterator[Server]:
    """One server for the whole module; at its end nothing may have leaked."""
    with Server(graph_file, "--timeout", "1") as running:
        assert settles(lambda: len(running.processes()) == PROCESSES)
        running.get("/sparql?query=ASK%7B%7D", Accept="*/*;q=0.5")
        files, processes = running.open_files(), len(running.processes())
        yield running
        assert running.get("/sparql?query=ASK%7B%7D").status == 200
        assert settles(lambda: running.open_files() <= files + 2)
        assert settles(lambda: len(running.processes()) == processes)
    assert "Traceback" not in running.log
    assert '"event": "error"' not in running.log


# What a request may take that should take a millisecond, in seconds: enough for a machine that is busy.
PATIENCE = 2.0
VALUES = " ".join(f'"{n:0200}"' for n in range(4000))
LARGE = f"SELECT * {{ VALUES ?a {{ {VALUES} }} VALUES ?b {{ 1 2 3 4 5 }} }}".encode()
TYPE = b"Content-Type: application/sparql-query\r\n"
POST = b"POST /sparql HTTP/1.1\r\nHost: x\r\n"
AMBIGUOUS = {
    "length twice": POST + b"Content-Length: 6\r\nContent-Length: 5\r\n\r\nASK {}",
    "length and coding": POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "coding twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n",
    "coding disguised": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "space before colon": POST + b"Content-Length : 5\r\n\r\nASK {}",
    "folded header": b"GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n Content-Length: 5\r\n\r\n",
    "negative length": POST + b"Content-Length: -1\r\n\r\n",
    "length with sign": POST + b"Content-Length: +5\r\n\r\nASK {}",
    "length too long": POST + b"Content-Length: 99999999999999999999999\r\n\r\n",
    "bad chunk": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nASK {}\r\n0\r\n\r\n",
    "no host": b"GET /sparql HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /sparql HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "odd host": b"GET /sparql HTTP/1.1\r\nHost: a/<b>\r\n\r\n",
    "no version": b"GET /sparql\r\n\r\n",
    "nul in header": b"GET /sparql HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n",
    "not http": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "http/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "tunnel": b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n",
    "old coding": b"POST /sparql HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "compressed": POST + b"Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_what_can_be_read_in_two_ways_is_refused_and_ends_the_connection(server: Server, name: str):
    # What a proxy might have let through as a second request must not be answered as one.
    received = server.raw(AMBIGUOUS[name] + ASK)
    found = statuses(received)
    assert len(found) == 1, received
    assert 400 <= found[0] <= 501, received


def test_pipelined_requests_are_answered_in_their_order(server: Server):
    targets = [b"/healthz", b"/sparql?query=ASK%7B%7D", b"/nothing-here", b"/sparql?query=x", b"/healthz"]
    sent = b"".join(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % target for target in targets)
    with server.socket() as connection:
        connection.settimeout(2)
        connection.sendall(sent + sent)
        assert statuses(everything(connection)) == [200, 200, 404, 400, 200] * 2


def test_too_many_pipelined_requests_end_the_connection(server: Server):
    found = statuses(server.raw(ASK * 5000))
    assert len(found) <= 65
    assert server.get("/healthz").status == 200


def test_a_request_in_single_bytes_is_answered(server: Server):
    with server.socket() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for position in range(len(ASK)):
            connection.sendall(ASK[position : position + 1])
        connection.settimeout(2)
        assert statuses(connection.recv(4096)) == [200]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 100_000 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 10_000_000, 431),
        (b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n" + b"a" * 10_000_000, 413),
        (
            b"POST /sparql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            + (b"10000\r\n" + b"a" * 65536 + b"\r\n") * 100,
            413,
        ),
    ],
    ids=["url", "headers", "header", "body", "chunks"],
)
def test_what_is_too_large_is_refused_before_it_is_read(server: Server, sent: bytes, status: int):
    with server.socket() as connection:
        connection.settimeout(3)
        with suppress(OSError):
            connection.sendall(sent)
        received = everything(connection)
    assert statuses(received) == [status], received[:300]


def test_a_body_is_asked_for_only_if_it_would_be_read(server: Server):
    head = POST + TYPE + b"Expect: 100-continue\r\n"
    with server.socket() as connection:
        connection.sendall(head + b"Content-Length: 6\r\n\r\n")
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"ASK {}")
        assert statuses(connection.recv(4096)) == [200]
    assert statuses(server.raw(head + b"Content-Length: 99999999\r\n\r\n")) == [413]


@pytest.mark.parametrize(
    "target",
    [
        "/../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd",
        "/%252e%252e/etc/passwd",
        "/downloads/../../etc/passwd", "/downloads/..%5c..%5cetc/passwd",
        "/static/%2e%2e%2f%2e%2e/etc/passwd",
        "/static//etc/passwd", "/downloads//etc/passwd", "//etc/passwd", "/file:///etc/passwd",
        "/queries/../x",
        "/queries/%00", "/static/%c0%ae%c0%ae/etc/passwd", "/about?iri=file:///etc/passwd",
    ],
)  # fmt: skip
def test_no_path_leads_to_a_file(server: Server, target: str):
    answer = server.get(target)
    assert answer.status in (400, 404), answer
    assert b"root:" not in answer.body


def test_nothing_that_was_sent_comes_back_as_markup(server: Server):
    evil = "<script>alert(1)</script>"
    for target in (
        f"/{evil}",
        "/sparql?query=%3Cscript%3Ealert(1)%3C/script%3E",
        "/queries/%3Cscript%3Ealert(1)",
    ):
        answer = server.get(target.replace("<", "%3C").replace(">", "%3E"), Accept="text/html, */*;q=0.1")
        is_page = answer.headers["content-type"].startswith("text/html")
        assert not (is_page and b"<script" in answer.body), answer


def test_slow_clients_lose_their_connection_and_nobody_waits_for_them(graph_file: Path):
    limits = {"head_time": 1, "body_time": 1.5, "idle_time": 1, "write_time": 1, "write_rate": 10 << 20}
    with Server(graph_file, **limits) as server, ExitStack() as stack:
        silent, heads, bodies, idle, takers = (
            [stack.enter_context(server.socket()) for _ in range(20)] for _ in range(5)
        )
        for connection in heads:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: ")
        for connection in bodies:
            connection.sendall(POST + b"Content-Length: 100000\r\n\r\n")
        for connection in idle:
            connection.sendall(ASK)
            assert statuses(connection.recv(4096)) == [200]
        for connection in takers:
            connection.sendall(POST + TYPE + b"Content-Length: %d\r\n\r\n%b" % (len(LARGE), LARGE))
        for _ in range(40):
            for connection in heads + bodies:
                with suppress(OSError):
                    connection.sendall(b"y")
            begun = time.monotonic()
            assert server.get("/healthz").status == 200
            assert time.monotonic() - begun < PATIENCE
            time.sleep(0.1)
        for connection in silent + idle:
            assert everything(connection) == b""
        for connection in heads + bodies:
            assert statuses(everything(connection)) in ([408], [])
        assert settles(
            lambda: float(server.get("/metrics").text.split("\namcc_connections ")[1].split()[0]) < 2
        )


def test_a_client_that_takes_no_answer_holds_up_nobody(server: Server):
    with ExitStack() as stack:
        for _ in range(20):
            connection = stack.enter_context(server.socket())
            connection.sendall(POST + TYPE + b"Content-Length: %d\r\n\r\n%b" % (len(LARGE), LARGE))
        for _ in range(20):
            begun = time.monotonic()
            assert server.get("/sparql?query=ASK%7B%7D").status == 200
            assert time.monotonic() - begun < PATIENCE
    # They have all the same answer, which is in memory once.
    assert server.memory() < 400 << 20


def test_a_thousand_connections_held_open_hurt_nobody(server: Server):
    with ExitStack() as stack:
        # From five clients, because one may open 256: tests/serving/test_connections.py.
        held = [stack.enter_context(server.socket(f"127.0.0.{2 + n % 5}")) for n in range(1000)]
        for connection in held[::2]:
            connection.sendall(ASK)
        times = []
        for _ in range(200):
            begun = time.monotonic()
            assert server.get("/sparql?query=ASK%7B%7D").status == 200
            times.append(time.monotonic() - begun)
        assert sorted(times)[-10] < PATIENCE / 4
        for connection in held[::2]:
            assert statuses(connection.recv(4096)) == [200]
    assert settles(lambda: server.open_files() < 100)


def unread(graph_file: Path) -> tuple[subprocess.Popen[str], int]:
    """Start a server whose log nobody reads, and return it with its port."""
    code = [sys.executable, "-m", "amcc_kg", "serve", str(graph_file), "--port", "0"]
    environment = os.environ | {"PYTHONPATH": str(SOURCE)}
    process = subprocess.Popen(
        code, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline().rstrip("/\n").rpartition(":")[2])


def test_a_log_that_nobody_reads_holds_up_nobody(graph_file: Path):
    process, port = unread(graph_file)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        # More than a pipe holds.
        for _ in range(100):
            connection.sendall(ASK * 20)
            received = b""
            while received.count(b'"boolean":true') < 20:
                received += connection.recv(1 << 16)
    process.terminate()
    assert process.communicate(timeout=10)[1].count('"status": 200') > 100


def test_a_log_that_nobody_reads_does_not_keep_the_server_from_ending(graph_file: Path):
    process, port = unread(graph_file)
    sent = b"GET /healthz?%b HTTP/1.1\r\nHost: x\r\n\r\n" % (b"x" * 100)
    with process, socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        # Until the pipe is full, and the thread that writes has been left waiting.
        for _ in range(150):
            connection.sendall(sent * 20)
            received = b""
            while received.count(b"it takes none\n") < 20:
                received += connection.recv(1 << 16)
        assert process.stderr is not None
        assert settles(lambda: process.stderr and waiting(process.stderr.fileno()) > 60_000)
        process.terminate()
        try:
            assert process.wait(timeout=20) == 0
        finally:
            process.kill()


def waiting(pipe: int) -> int:
    """Return how many bytes can be read from a pipe."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def test_the_log_is_lines_of_json_and_bounded(graph_file: Path):
    with Server(graph_file) as server:
        server.get("/sparql?query=ASK%7B%7D%23" + "x" * 10_000)
        server.raw(b"GET /%0d%0a%22fake%22 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        server.stop()
        lines = server.log.splitlines()
        assert len(lines) >= 3
        for line in lines:
            assert isinstance(json.loads(line), dict)
            assert len(line) < 2000

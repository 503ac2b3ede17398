"""After much use and after sudden death: as quick as before, nothing left behind, nothing to repair."""

from __future__ import annotations

import contextlib
import signal
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from live import Server, everything, settles

if TYPE_CHECKING:
    from collections.abc import Iterator

resource = pytest.importorskip("resource")

HELD = 1000
QUERY = "SELECT ?s ?o WHERE { ?s ?p ?o }"
REQUEST = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: h\r\n\r\n"
pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks at /proc")


@pytest.fixture
def many_files() -> Iterator[None]:
    """Let this process hold as many sockets as the test needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = HELD + 300
    if soft < wanted:
        if hard != resource.RLIM_INFINITY and hard < wanted:
            pytest.skip(f"the system allows {hard} open files")
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def fresh(graph_file: Path) -> Iterator[Server]:
    with Server("--quiet", graph_file) as running:
        warm(running)
        yield running


def warm(server: Server) -> None:
    """Ask until every process is as it stays: late tasks known, first answers made."""
    assert settles(lambda: server.get("/").status == 200, 15)
    for number in range(20):
        assert server.query(f"{QUERY} LIMIT {number}").status == 200


def typical_seconds(server: Server, times: int = 30) -> float:
    """Return the median time of a request that a worker must answer, on a connection of its own."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        assert server.query(f"{QUERY} # {began}").status == 200
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def children_files(server: Server) -> dict[int, int]:
    """Return how many files each process below the server holds open."""
    found = {}
    for pid in server.processes():
        with contextlib.suppress(OSError):
            found[pid] = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return found


@pytest.mark.usefixtures("many_files")
def test_a_thousand_open_connections_slow_nobody_and_leave_nothing(fresh: Server):
    before = typical_seconds(fresh)
    files, processes, memory = fresh.open_files(), children_files(fresh), fresh.memory()
    with contextlib.ExitStack() as held:
        connections = []
        for number in range(HELD):
            # From five clients, because one may open 256: tests/serving/test_connections.py.
            connection = held.enter_context(fresh.socket(f"127.0.0.{2 + number % 5}"))
            # A third says nothing, a third stops in the middle, a third has had an answer.
            connection.sendall((b"", REQUEST[:30], REQUEST)[number % 3])
            connections.append(connection)
        for connection in connections[2::3]:
            assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
        assert fresh.open_files() >= HELD  # all are really held
        assert is_prompt(fresh, before)
        # Those that stopped in the middle may go on.
        for connection in connections[1:30:3]:
            connection.sendall(REQUEST[30:])
            assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
    assert settles(lambda: fresh.open_files() <= files, 10), (files, fresh.open_files())
    assert is_prompt(fresh, before)
    assert children_files(fresh) == processes
    assert fresh.memory() < memory + (24 << 20)


def test_waves_of_connections_do_not_add_up(fresh: Server):
    def wave() -> None:
        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(one, range(400)))

    def one(number: int) -> bool:
        with fresh.socket() as connection:
            if number % 4 == 0:
                connection.sendall(b"GET /" + b"x" * (number % 50))
                return True  # gone in the middle of a request
            if number % 4 == 1:
                target = f"/sparql?query={quote(QUERY)}".encode()
                connection.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: h\r\n\r\n")
                return True  # gone before the answer
            connection.sendall(REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            return everything(connection).startswith(b"HTTP/1.1 200 ")

    def quiet() -> bool:
        return fresh.open_files() <= files

    files, processes = fresh.open_files(), children_files(fresh)
    wave()
    wave()
    assert settles(quiet, 10), (files, fresh.open_files())
    memory = fresh.memory()
    for _ in range(4):
        wave()
    assert settles(quiet, 10), (files, fresh.open_files())
    assert children_files(fresh) == processes
    assert fresh.memory() < memory + (4 << 20)


def is_prompt(server: Server, before: float) -> bool:
    """Tell whether the server answers about as it did; a machine that is busy for a moment gets another."""
    return settles(lambda: typical_seconds(server, 15) < max(5 * before, 0.1), 20)


def test_killed_under_load_and_started_again_it_serves_the_same_and_leaves_no_process(
    tmp_path: Path,
):
    """The repository's graph, whose compiled form is kept on disk between starts."""
    cache, here = tmp_path / "cache", Path(__file__).parent
    target = "/event/amcc-3.ttl"
    first = Server("--quiet", "--workers", "3", cache=cache, cwd=here)
    try:
        warm(first)
        expected = first.get(target).body
        with load(first):
            time.sleep(0.5)
            left_behind = first.processes()
            first.process.send_signal(signal.SIGKILL)
            first.process.wait(10)
    finally:
        first.process.kill()
        first.process.communicate()
    assert len(left_behind) >= 4
    assert settles(lambda: not [pid for pid in left_behind if is_running(pid)], 15)

    # The very same port: nothing may still hold it.
    port = str(first.address[1])
    with Server("--quiet", "--port", port, cache=cache, cwd=here) as again:
        assert again.query("ASK { ?s ?p ?o }").status == 200
        assert settles(lambda: again.get("/").status == 200, 15)
        assert again.get(target).body == expected


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextlib.contextmanager
def load(server: Server) -> Iterator[None]:
    """Ask from eight threads, repeated and new queries, until the end of the block."""
    over = threading.Event()

    def ask(thread: int) -> None:
        number = 0
        while not over.is_set():
            number += 1
            with contextlib.suppress(OSError, HTTPException):
                server.query(QUERY if number % 2 else f"{QUERY} LIMIT {number}{thread}", timeout=5)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(20)

"""Queries that never end, end everything, or want too much: each costs itself and nothing else."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from live import PROCESSES, Server, everything, settles

if TYPE_CHECKING:
    from collections.abc import Iterator

XSD = "http://www.w3.org/2001/XMLSchema#"


def numbers(name: str, count: int) -> str:
    return f"VALUES ?{name} {{ {' '.join(map(str, range(count)))} }}"


CROSS = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(numbers(name, 100) for name in 'abcdef')} }}"
SORTED_CROSS = f"SELECT * {{ {' '.join(numbers(name, 100) for name in 'abcdef')} }} ORDER BY ?a DESC(?f)"
# The engine's order over these is not one, and its sort may end the process when it finds out.
MIXED = " ".join(
    f'{n} "s{n}" "20{n + 10}-01-11"^^<{XSD}date> "20{n + 10}-03"^^<{XSD}gYearMonth> {n}.5 <x:{n}>'
    for n in range(40)
)
ABORTING = f"SELECT ?x {{ VALUES ?x {{ {MIXED} }} }} ORDER BY ?x"
BOMB = (
    f"SELECT (GROUP_CONCAT(?t) AS ?all) {{ {' '.join(numbers(n, 100) for n in 'abcd')} BIND(STR(?a) AS ?t) }}"
)
DISTINCT_BOMB = (
    f"SELECT DISTINCT ?a ?b ?c ?d ?e {{ {' '.join(numbers(n, 60) for n in 'abcde')} }} ORDER BY ?e"
)
MANY_ROWS = f"SELECT * {{ {' '.join(numbers(n, 30) for n in 'abc')} }}"
JOINED = "BIND(CONCAT(STR(?a), '-', STR(?b), '-', STR(?c)) AS ?t)"
MANY_TRIPLES = f"CONSTRUCT {{ <x:a> <x:b> ?t }} {{ {' '.join(numbers(n, 30) for n in 'abc')} {JOINED} }}"


def works(server: Server) -> bool:
    return server.query(f"ASK {{ ?s ?p ?o }} #{time.monotonic_ns()}").status == 200


@pytest.mark.parametrize("query", [CROSS, SORTED_CROSS], ids=["cross", "sorted"])
def test_a_query_without_end_is_ended_at_its_deadline(server: Server, query: str):
    started = time.monotonic()
    answer = server.query(query)
    # The sorted one may meet the memory's end before its own.
    assert answer.status in ((504,) if query == CROSS else (504, 413)), answer
    assert time.monotonic() - started < 3
    if answer.status == 504:
        assert answer.text == "no answer within 1.5 s; ask for less, for example with LIMIT\n"
    assert answer.headers["cache-control"] == "no-store"
    assert works(server)


def test_values_that_the_engine_cannot_compare_have_an_order_all_the_same(server: Server):
    answers = [server.query(f"{ABORTING} # {number}") for number in range(3)]
    assert {answer.status for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert len(json.loads(answers[0].text)["results"]["bindings"]) == 240


@pytest.mark.parametrize("query", [BOMB, DISTINCT_BOMB], ids=["string", "distinct"])
def test_memory_has_an_end(server: Server, query: str):
    answer = server.query(query)
    assert answer.status in (504, 413), answer.status
    assert answer.text.count("\n") == 1
    assert works(server)


@pytest.mark.parametrize("query", [BOMB, DISTINCT_BOMB, SORTED_CROSS], ids=["string", "distinct", "sorted"])
def test_a_query_that_needs_too_much_memory_is_told_so(graph_file: Path, query: str):
    with Server(graph_file, "--timeout", "60", "--memory", "64") as server:
        answer = server.query(query, timeout=70)
        assert (answer.status, answer.text.count("\n")) == (413, 1), answer
        assert "more memory than a query may take" in answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert works(server)


def busy(pids: list[int]) -> list[int]:
    """Return those of the processes that run at this moment."""
    return [pid for pid in pids if state(pid) == "R"]


def figure(server: Server, name: str) -> float:
    return float(server.get("/metrics").text.split(f"\n{name} ")[1].split()[0])


def test_a_worker_that_dies_over_its_query_costs_that_one_request(own: Server):
    """As the system ends a process when memory runs out: without a word, in the middle of its work."""
    workers = all_processes(own)[1:]
    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(own.query, CROSS)
        # Twice in a row, because a process that reads its job runs for a moment too.
        assert settles(lambda: busy(workers) and not time.sleep(0.1) and busy(workers), 3)
        (victim,) = busy(workers)
        os.kill(victim, signal.SIGKILL)
        answer = asked.result()
    assert (answer.status, answer.headers["content-type"]) == (500, "text/plain; charset=utf-8")
    assert answer.text.startswith("the query engine broke off while answering: ")
    assert answer.text.count("\n") == 1
    assert answer.headers["cache-control"] == "no-store"
    assert own.query("ASK { ?s ?p ?o }").status == 200
    assert figure(own, "amcc_worker_deaths_total") == 1
    assert settles(lambda: victim not in own.processes() and len(own.processes()) == PROCESSES)


def test_the_system_ends_a_worker_first_where_memory_runs_out(own: Server):
    processes = all_processes(own)
    wanted = [Path(f"/proc/{pid}/oom_score_adj") for pid in processes]
    assert settles(lambda: [int(path.read_text()) for path in wanted[1:]] == [1000] * 3)
    for path in (*wanted[:1], Path(f"/proc/{own.process.pid}/oom_score_adj")):
        assert int(path.read_text()) < 1000


def test_where_memory_cannot_be_bounded_the_log_says_so_at_the_start(graph_file: Path, tmp_path: Path):
    with Server(graph_file) as bounded:
        assert works(bounded)
    assert "memory" not in bounded.log
    elsewhere = "from pathlib import Path; from amcc_kg.serving.workers import zygote\n"
    elsewhere += f"zygote.MEMORY = Path({str(tmp_path / 'none')!r})"
    # Read by every Python that starts with this folder among its own, as the one behind the server does.
    (tmp_path / "sitecustomize.py").write_text(elsewhere, encoding="utf-8")
    with Server(graph_file, before=f"sys.path.insert(0, {str(tmp_path)!r})") as server:
        assert works(server)
    said = [json.loads(line) for line in server.log.splitlines()]
    (line,) = [entry for entry in said if entry.get("event") == "memory not bounded"]
    assert "--memory" in line["detail"]


@pytest.mark.parametrize(
    "accept", ["application/sparql-results+json", "text/csv", "text/tab-separated-values"]
)
def test_too_many_rows_are_an_error_and_never_a_part_of_the_answer(server: Server, accept: str):
    answer = server.query(MANY_ROWS, Accept=accept)
    assert (answer.status, answer.headers["content-type"]) == (413, "text/plain; charset=utf-8")
    assert "more than 20000 rows" in answer.text
    exact = server.query(f"{MANY_ROWS} LIMIT 20000", Accept=accept)
    assert exact.status == 200
    assert server.query(f"{MANY_ROWS} LIMIT 20001", Accept=accept).status == 413


def test_too_many_triples_are_an_error(server: Server):
    assert server.query(MANY_TRIPLES).status == 413
    assert (
        server.query(f"{MANY_TRIPLES} LIMIT 20000", Accept="application/n-triples").body.count(b"\n") == 20000
    )


def test_too_many_bytes_are_an_error(graph_file: Path):
    with Server(graph_file, "--max-bytes", "10000") as server:
        answer = server.query(MANY_ROWS)
        assert (answer.status, "10000 bytes" in answer.text) == (413, True)
        assert server.query("ASK {}").status == 200


def test_deep_nesting_and_long_queries_are_answered_or_refused(server: Server):
    for query in (
        "ASK " + "{" * 20_000 + "}" * 20_000,
        f"ASK {{ FILTER({'(' * 20_000}1{')' * 20_000}) }}",
        f"ASK {{ FILTER({'!' * 50_000}true) }}",
        f"ASK {{ ?s {'^' * 30_000}<x:p> ?o }}",
        f"ASK {{ ?s ({'<x:p>/' * 10_000}<x:p>) ?o }}",
        f"SELECT * {{ {'OPTIONAL { ?s ?p ?o } ' * 2000} }}",
        "#" * 500_000,
    ):
        answer = server.request(
            "POST", "/sparql", query.encode(), timeout=20, Content_Type="application/sparql-query"
        )
        assert answer.status in (200, 400, 413, 500, 504), answer
        assert works(server)


@pytest.fixture(scope="module")
def layered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over twenty layers of thirty nodes, each node linked to all of the next layer."""
    path = tmp_path_factory.mktemp("layered") / "layers.nt"
    links = (
        f"<http://e/{layer}-{a}> <http://e/p> <http://e/{layer + 1}-{b}> .\n"
        for layer in range(19)
        for a in range(30)
        for b in range(30)
    )
    path.write_text("".join(links), encoding="utf-8")
    with Server(path, "--timeout", "1.5", "--memory", "256") as running:
        yield running


def test_paths_whose_ways_grow_exponentially_are_ended_at_the_deadline(layered: Server):
    for ways in (
        "/".join(["<http://e/p>"] * 19),
        "|".join(["(<http://e/p>/<http://e/p>)"] * 2) + "/(<http://e/p>" + "/<http://e/p>" * 11 + ")",
    ):
        started = time.monotonic()
        answer = layered.query(f"SELECT (COUNT(*) AS ?n) {{ ?s ({ways}) ?o }}")
        assert answer.status == 504, answer
        assert time.monotonic() - started < 4
        assert works(layered)


def test_paths_without_bound_end(layered: Server):
    """Where each node counts once, the engine may be done in time; it may take no longer in any case."""
    step = "<http://e/p>"
    for path in (f"({step}*/{step}*/{step}*/{step}*)*", f"({step}+|^{step}+)+", f"(({step}*)+/({step}+)*)+"):
        started = time.monotonic()
        answer = layered.query(f"ASK {{ <http://e/0-0> {path} <http://e/nowhere> }} # {path}")
        assert answer.status in (200, 504), answer
        assert time.monotonic() - started < 4
        every = layered.query(f"SELECT (COUNT(*) AS ?n) {{ ?s {path} ?o }}")
        assert every.status in (200, 413, 504), every
        assert works(layered)


def test_large_joins_and_regexes_end(server: Server):
    clique = " ".join(f"(<x:{a}> <x:{b}>)" for a in range(40) for b in range(40))
    text = "a" * 4000
    for query in (
        f"SELECT (COUNT(*) AS ?n) {{ VALUES (?a ?b) {{ {clique} }} VALUES (?b ?c) {{ {clique} }}"
        f" VALUES (?c ?d) {{ {clique} }} VALUES (?d ?e) {{ {clique} }} }}",
        f'ASK {{ FILTER(REGEX("{text}!", "^(a+)+$")) }}',
        f'ASK {{ FILTER(REGEX("{text}", "{"(a?){50}" * 40}{"a{1000}" * 3}")) }}',
        f'ASK {{ FILTER(REPLACE("{text}", "(a|aa)+", "$1$1$1$1$1$1") = "") }}',
    ):
        answer = server.request(
            "POST", "/sparql", query.encode(), timeout=20, Content_Type="application/sparql-query"
        )
        assert answer.status in (200, 400, 500, 504), answer.status
    assert works(server)


def test_a_worker_can_open_nothing(server: Server):
    """By looking at the process itself: no query may try, so that none has to be trusted not to."""
    assert works(server)
    all_processes(server)
    limited = 0
    for pid in server.processes():
        limits = Path(f"/proc/{pid}/limits").read_text()
        soft_and_hard = next(
            line for line in limits.splitlines() if line.startswith("Max open files")
        ).split()
        if soft_and_hard[3:5] == ["0", "0"]:
            limited += 1
            assert re.search(r"Max core file size +0 +0 ", limits)
            assert "unlimited" not in next(
                x for x in limits.splitlines() if x.startswith("Max address space")
            )
    assert limited == 3


def all_processes(server: Server) -> list[int]:
    """Return the process that forks workers and the workers, once they are all there."""
    assert settles(lambda: len(server.processes()) == PROCESSES)
    return server.processes()


def state(pid: int) -> str:
    """Return the letter that the system shows for a process: "T" for a stopped one."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.fixture
def own(graph_file: Path) -> Iterator[Server]:
    with Server(graph_file, "--timeout", "3") as running:
        yield running


def test_workers_that_are_killed_are_replaced(own: Server):
    before = all_processes(own)
    for pid in before[1:]:
        os.kill(pid, signal.SIGKILL)
    assert settles(lambda: set(all_processes(own)[1:]).isdisjoint(before[1:]))
    assert works(own)


@pytest.mark.parametrize("padding", [0, 400_000], ids=["short", "long"])
def test_a_request_that_its_dead_worker_had_not_read_is_answered_by_another(own: Server, padding: int):
    for _ in range(3):
        workers = all_processes(own)[1:]
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        assert settles(lambda held=workers: all(state(pid) == "T" for pid in held))
        query = f"ASK {{ ?s ?p ?o }} #{time.monotonic_ns()}{'#' * padding}"
        with ThreadPoolExecutor(1) as thread:
            asked = thread.submit(
                own.request, "POST", "/sparql", query.encode(), Content_Type="application/sparql-query"
            )
            time.sleep(0.2)
            for pid in workers:
                os.kill(pid, signal.SIGKILL)
            assert asked.result().status == 200, asked.result().text


def test_a_zygote_that_is_killed_is_replaced_and_the_graph_loaded_anew(own: Server):
    before = all_processes(own)
    zygote = before[0]
    os.kill(zygote, signal.SIGKILL)
    assert settles(lambda: own.get("/readyz").status == 200 and works(own))
    assert settles(lambda: zygote not in own.processes() and len(own.processes()) == len(before))


def test_one_client_cannot_take_every_worker(graph_file: Path):
    """Clients are told apart by a proxy that this server trusts."""
    with Server(graph_file, "--timeout", "1.5", "--trusted-proxy", "127.0.0.0/8") as server:
        with ThreadPoolExecutor(30) as threads:
            slow = [
                threads.submit(server.query, f"{CROSS}#{n}", timeout=20, X_Forwarded_For="9.9.9.9")
                for n in range(25)
            ]
            time.sleep(1)
            started = time.monotonic()
            other = server.query("ASK { ?s ?p ?o }", X_Forwarded_For="8.8.8.8")
            assert (other.status, time.monotonic() - started < 4) == (200, True)
            answers = [answer.result() for answer in slow]
        assert {answer.status for answer in answers} <= {429, 504}
        refused = [answer for answer in answers if answer.status == 429]
        assert len(refused) >= 9
        assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)


def test_nobody_takes_every_worker_at_once(graph_file: Path):
    with Server(graph_file, "--timeout", "8", "--trusted-proxy", "127.0.0.0/8") as server:
        all_processes(server)
        with ThreadPoolExecutor(4) as threads:
            slow = [
                threads.submit(server.query, f"{CROSS}#{n}", timeout=20, X_Forwarded_For="9.9.9.9")
                for n in range(3)
            ]
            assert settles(lambda: figure(server, "amcc_workers_busy") == 2)
            started = time.monotonic()
            for number in range(3):
                other = server.query(f"ASK {{ ?s ?p ?o }} #{number}", X_Forwarded_For="8.8.8.8")
                assert (other.status, time.monotonic() - started < 4) == (200, True)
            answers = [answer.result() for answer in slow]
        assert sorted(answer.status for answer in answers) == [429, 504, 504]
        (refused,) = [answer for answer in answers if answer.status == 429]
        assert int(refused.headers["retry-after"]) > 0
        assert "still running" in refused.text


def test_too_many_waiting_queries_are_sent_away(graph_file: Path):
    with Server(
        graph_file, "--timeout", "1", "--workers", "1", "--trusted-proxy", "127.0.0.0/8", queue_time=2
    ) as server:
        with ThreadPoolExecutor(80) as threads:
            jobs = [
                threads.submit(server.query, f"{CROSS}#{n}", timeout=20, X_Forwarded_For=f"9.9.9.{n % 8}")
                for n in range(80)
            ]
            answers = [job.result() for job in jobs]
        statuses = {answer.status for answer in answers}
        assert 503 in statuses
        assert statuses <= {429, 503, 504}
        assert all("retry-after" in answer.headers for answer in answers if answer.status == 503)
        assert works(server)


def test_the_same_question_asked_at_once_is_answered_once(own: Server):
    query = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(numbers(name, 60) for name in 'abc')} }}"
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda _: own.query(query), range(12)))
    assert {answer.status for answer in answers} == {200}
    assert json.loads(answers[0].body)["results"]["bindings"][0]["n"]["value"] == str(60**3)


@pytest.fixture
def patient(graph_file: Path) -> Iterator[Server]:
    with Server(graph_file, "--timeout", "60") as running:
        yield running


def leave(server: Server, query: str, after: float = 0.3) -> None:
    """Ask a query and go before it is answered."""
    with server.socket() as connection:
        target = f"/sparql?{urlencode({'query': query})}"
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(after)


def test_a_worker_whose_client_has_gone_is_ended(graph_file: Path):
    with Server(graph_file, "--timeout", "60") as server:
        workers = all_processes(server)[1:]
        for number in range(2):
            leave(server, f"{CROSS}#{number}")
        assert settles(lambda: figure(server, "amcc_workers_busy") == 0, 3)
        assert settles(lambda: len(set(all_processes(server)[1:]) & set(workers)) == 1)
        assert works(server)
        # It was not the query's fault.
        assert figure(server, "amcc_worker_deaths_total") == 0
    assert '"event": "error"' not in server.log
    assert server.log.count('"status": 499') == 2


def test_what_waits_for_a_client_that_has_gone_is_dropped(graph_file: Path):
    with Server(graph_file, "--timeout", "60") as server:
        all_processes(server)
        with ThreadPoolExecutor(18) as threads:
            for number in range(18):
                threads.submit(leave, server, f"{CROSS}#{number}", 0.05)
        # None of them counts any more against their client, who would be refused otherwise.
        assert settles(lambda: figure(server, "amcc_queue_length") == 0, 3)
        assert settles(lambda: figure(server, "amcc_workers_busy") == 0, 3)
        started = time.monotonic()
        assert works(server)
        assert time.monotonic() - started < 3


def test_a_query_that_another_waits_for_too_goes_on(patient: Server):
    slow = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(numbers(name, 220) for name in 'abc')} }}"
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(leave, patient, slow, 0.4)
        assert settles(lambda: figure(patient, "amcc_workers_busy") == 1)
        other = threads.submit(patient.query, slow)
        first.result()
        answer = other.result()
    assert answer.status == 200
    assert json.loads(answer.body)["results"]["bindings"][0]["n"]["value"] == str(220**3)
    # The one who came second has kept it for those who come later.
    assert patient.query(slow).headers["etag"] == answer.headers["etag"]


def test_a_client_that_has_said_all_may_still_take_a_quick_answer(own: Server):
    with own.socket() as connection:
        connection.sendall(b"GET /sparql?query=ASK%7B%7D%23half HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        assert b'"boolean":true' in everything(connection)

"""A server from start to end: it starts at once, swaps graphs without a dropped request, leaves nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from threading import Event
from urllib.parse import quote

import pytest
from live import GRAPH, PROCESSES, SOURCE, Server, settles

EVENT = "https://w3id.org/amcc-kg/event/amcc-3"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


def count(server: Server) -> str:
    return server.rows(COUNT)[0]["n"]


@pytest.fixture
def changing(tmp_path: Path) -> Path:
    path = tmp_path / "graph.trig"
    path.write_text(GRAPH, encoding="utf-8")
    return path


def gone(processes: list[int]) -> bool:
    def alive(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    return not any(map(alive, processes))


def test_it_prints_its_addresses_and_answers_soon_after_its_start(changing: Path):
    started = time.monotonic()
    with Server(changing) as server:
        assert count(server) == "4"
        # 0.2 s on the machine this was written on; the test only tells a slow start from a hanging one.
        assert time.monotonic() - started < 5


@pytest.mark.parametrize("suffix", ["ttl", "nt", "jsonld", "rdf", "trig", "nq", "csv"])
def test_programs_are_told_of_a_thing_before_pages_are_ready(suffix: str):
    """By the first workers themselves: one that is forked later has another process id."""
    with Server("--quiet", cwd=Path(__file__).parent) as server:
        first = set(server.processes())
        answer = server.get(f"/event/amcc-3.{suffix}")
        assert answer.status == 200
        assert first <= set(server.processes())
        assert settles(lambda: server.get("/").status == 200, 15)
        assert server.get(f"/about.{suffix}?iri={quote(EVENT, safe='')}").body


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_its_processes(changing: Path, number: signal.Signals):
    with Server(changing) as server:
        count(server)
        processes = server.processes()
        server.process.send_signal(number)
        assert server.process.wait(10) == 0
        assert settles(lambda: gone(processes))


def test_requests_under_way_are_answered_before_it_ends(changing: Path):
    numbers = " ".join(map(str, range(220)))  # about a second of work: it outlasts the signal
    slow = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'VALUES ?{v} {{ {numbers} }}' for v in 'abc')} }}"
    with Server(changing, "--timeout", "10") as server, ThreadPoolExecutor(1) as threads:
        idle = server.socket()
        job = threads.submit(server.query, slow)
        time.sleep(0.2)
        server.process.send_signal(signal.SIGTERM)
        answer = job.result()
        assert (answer.status, answer.headers.get("connection")) == (200, "close")
        assert server.stop() == 0
        idle.settimeout(2)
        assert idle.recv(10) == b""
        idle.close()


def test_killed_outright_it_leaves_nothing_and_starts_again(changing: Path):
    endless = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'?s{i} ?p{i} ?o{i} .' for i in range(30))} }}"
    server = Server(changing, "--timeout", "60")
    assert settles(lambda: len(server.processes()) == PROCESSES)
    processes = server.processes()
    port = server.address[1]
    with ThreadPoolExecutor(1) as threads:
        job = threads.submit(server.query, endless)
        time.sleep(0.3)
        server.process.kill()
        with pytest.raises((OSError, HTTPException)):
            job.result()
    server.process.wait(10)
    assert settles(lambda: gone(processes), within=3)
    with Server(changing, "--port", str(port)) as again:
        assert count(again) == "4"
    server.process.communicate()


@pytest.mark.parametrize("stopped", ["none", "workers", "all"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_however_it_ends_and_whatever_is_stopped_no_process_outlives_it(
    changing: Path, number: signal.Signals, stopped: str
):
    server = Server(changing, "--timeout", "1")
    assert settles(lambda: len(server.processes()) == PROCESSES)
    processes = server.processes()
    for pid in {"none": [], "workers": processes[1:], "all": processes}[stopped]:
        os.kill(pid, signal.SIGSTOP)
    server.process.send_signal(number)
    server.process.wait(20)
    assert settles(lambda: gone(processes), within=3)
    server.process.communicate()


# Whatever asks the C library for something waits for it, as on a machine that has much else to do.
SLOW = """
import ctypes, time
load = ctypes.CDLL
def slowly(*given, **more):
    time.sleep(0.3)
    return load(*given, **more)
ctypes.CDLL = slowly
"""


def test_a_worker_that_is_stopped_before_it_has_begun_does_not_outlive_the_server(
    changing: Path, tmp_path: Path
):
    # Python runs a module of this name when it starts.
    (tmp_path / "sitecustomize.py").write_text(SLOW)
    server = Server(changing, before=f"sys.path.insert(0, {str(tmp_path)!r})")
    assert settles(lambda: server.get("/readyz").status == 200)
    processes = server.processes()
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    server.process.kill()
    server.process.wait(20)
    try:
        assert settles(lambda: gone(processes), within=3)
    finally:
        for pid in processes:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    server.process.communicate()


def test_killed_while_it_loads_nothing_needs_repair(tmp_path: Path, cache: Path):
    root = Path(__file__).parent.parent.parent
    folder = tmp_path / "checkout"
    for name in ("ontology", "queries", "data"):
        shutil.copytree(root / name, folder / name)
    environment = os.environ | {"PYTHONPATH": str(SOURCE), "AMCC_CACHE": str(tmp_path / "cache")}
    for pause in (0.15, 0.4):
        process = subprocess.Popen(
            [sys.executable, "-m", "amcc_kg", "--repo", str(folder), "serve", "--port", "0"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        time.sleep(pause)
        process.kill()
        process.wait(10)
    with Server(cache=tmp_path / "cache", cwd=folder) as server:
        assert int(count(server)) > 1000


def test_a_new_version_is_swapped_in_without_a_dropped_request(changing: Path):
    with Server(changing) as server, ThreadPoolExecutor(4) as threads:
        done = Event()

        def ask() -> list[tuple[int, str]]:
            found = []
            while not done.is_set():
                answer = server.query(COUNT)
                found.append((answer.status, answer.headers.get("etag", "")))
            return found

        jobs = [threads.submit(ask) for _ in range(4)]
        for version in range(4):
            changing.write_text(GRAPH + f"<x:{version}> <x:b> <x:c> .\n" * (version + 1), encoding="utf-8")
            with changing.open("a") as file:
                file.writelines(f"<x:s{n}> <x:b> <x:c> .\n" for n in range(version))
            expected = str(4 + version + 1)
            server.process.send_signal(signal.SIGHUP)
            assert settles(lambda wanted=expected: count(server) == wanted)
        done.set()
        answers = [answer for job in jobs for answer in job.result()]
    assert {status for status, _ in answers} == {200}
    assert len({tag for _, tag in answers}) >= 4
    assert settles(lambda: gone(server.processes()))


def test_a_graph_that_does_not_load_leaves_the_old_one_in_place(changing: Path):
    with Server(changing) as server:
        assert settles(lambda: len(server.processes()) == PROCESSES)
        changing.write_text("this is no graph", encoding="utf-8")
        server.process.send_signal(signal.SIGHUP)
        assert settles(lambda: "graph not loaded" in server.logged())
        assert server.get("/readyz").status == 200
        assert count(server) == "4"
        assert len(server.processes()) == PROCESSES
        server.stop()
        events = [json.loads(line) for line in server.log.splitlines()]
        assert any(e.get("event") == "graph not loaded" and "graph.trig:1" in e["detail"] for e in events)


def test_with_watch_a_changed_file_is_seen(changing: Path):
    with Server(changing, "--watch") as server:
        assert count(server) == "4"
        time.sleep(1.2)
        changing.write_text(f"{GRAPH}<x:a> <x:b> <x:c> .", encoding="utf-8")
        assert settles(lambda: count(server) == "5")


@pytest.mark.parametrize("option", ["--watch", "SIGHUP"])
def test_a_changed_repository_is_served_anew(tmp_path: Path, option: str):
    root = Path(__file__).parent.parent.parent
    folder = tmp_path / "checkout"
    for name in ("ontology", "queries", "data"):
        shutil.copytree(root / name, folder / name)
    options = ("--watch",) if option == "--watch" else ()
    with Server("--quiet", *options, cache=tmp_path / "cache", cwd=folder) as server:
        before = count(server)
        assert settles(lambda: server.get("/queries/events.csv").status in (200, 404), 15)
        page = server.get("/place/istana", Accept="text/html").text
        assert "the old name" not in page
        time.sleep(1.2)
        places = folder / "data" / "register" / "places.ttl"
        text = places.read_text(encoding="utf-8")
        addition = "<https://w3id.org/amcc-kg/place/istana> <http://www.w3.org/2004/02/skos/core#altLabel> "
        places.write_text(f'{text}\n{addition}"the old name"@en .\n', encoding="utf-8")
        query = folder / "queries" / "who-chaired.rq"
        (folder / "queries" / "who-sat.rq").write_text(query.read_text(encoding="utf-8"), encoding="utf-8")
        if option == "SIGHUP":
            server.process.send_signal(signal.SIGHUP)
        assert settles(lambda: "the old name" in server.get("/place/istana.ttl").text, 60)
        assert int(count(server)) > int(before)
        assert settles(lambda: server.get("/queries/who-sat.csv").status == 200, 15)
        assert "the old name" in server.get("/place/istana", Accept="text/html").text


def test_what_clients_hold_of_the_old_version_is_not_taken_for_the_new_one(changing: Path):
    with Server(changing) as server:
        tag = server.query(COUNT).headers["etag"]
        assert server.query(COUNT, If_None_Match=tag).status == 304
        changing.write_text(f"{GRAPH}<x:a> <x:b> <x:c> .", encoding="utf-8")
        server.process.send_signal(signal.SIGHUP)
        assert settles(lambda: server.query(COUNT, If_None_Match=tag).status == 200)


def test_of_servers_started_together_on_one_port_one_serves_and_the_others_say_why(changing: Path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "amcc_kg", "serve", "--port", str(port), "-q", str(changing)]
    environment = os.environ | {"PYTHONPATH": str(SOURCE)}
    started = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    try:
        # Each says its addresses, or ends without a word.
        said = [process.stdout.readline() if process.stdout else "" for process in started]
        assert sorted(map(bool, said)) == [False, False, True]
        for process, line in zip(started, said, strict=True):
            if not line:
                _, complaint = process.communicate(timeout=20)
                assert process.returncode == 2
                assert f"cannot listen on 127.0.0.1 port {port}: Address already in use" in complaint
    finally:
        for process in started:
            process.kill()
            process.communicate()


EARLY = """
import socket, sys, threading
from amcc_kg.serving import server
def ask(address):
    with socket.create_connection(address, 15) as client:
        client.sendall(b"GET /healthz HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n")
        connected.set()
        print(client.recv(100).split(b"\\r")[0].decode(), file=sys.stderr, flush=True)
def serve(config, listening, zygote, serve=server._serve):
    threading.Thread(target=ask, args=[listening.getsockname()]).start()
    connected.wait()
    serve(config, listening, zygote)
connected = threading.Event()
server._serve = serve
"""


def test_who_connects_before_it_is_ready_is_answered_when_it_is(changing: Path):
    with Server(changing, "--quiet", before=EARLY) as server:
        assert count(server) == "4"
    assert "HTTP/1.1 200 OK" in server.log


# SIGHUP comes as soon as the graph is being loaded, and again and again until it is.
IMPATIENT = """
import os, signal
from amcc_kg.serving.workers import processes
def hasty(work):
    def run(*arguments):
        found = work(*arguments)
        os.kill(os.getpid(), signal.SIGHUP)
        return found
    return run
processes.start, processes.Frames.feed = hasty(processes.start), hasty(processes.Frames.feed)
"""


def test_a_signal_to_load_anew_does_no_harm_before_the_graph_is_loaded(changing: Path):
    with Server(changing, before=IMPATIENT) as server:
        assert count(server) == "4"
        changing.write_text(f"{GRAPH}<x:a> <x:b> <x:c> .", encoding="utf-8")
        server.process.send_signal(signal.SIGHUP)
        assert settles(lambda: count(server) == "5")


@pytest.mark.parametrize("closed", ["<&- >&- 2>&-", "<&- >&-", "2>&-"])
def test_it_serves_without_standard_streams(changing: Path, closed: str):
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    serve = [sys.executable, "-m", "amcc_kg", "serve", "--port", str(address[1]), str(changing)]
    process = subprocess.Popen(
        ["sh", "-c", f'exec "$@" {closed}', "sh", *serve],
        env=os.environ | {"PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )

    def answered() -> bool:
        try:
            with socket.create_connection(address, 15) as connection:
                connection.sendall(b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n\r\n")
                return connection.recv(12) == b"HTTP/1.1 200"
        except OSError:
            return False

    try:
        assert settles(lambda: answered() or process.poll() is not None, 15)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()


def fails(*arguments: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "amcc_kg", "serve", "--port", "0", *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done
    return done.stderr


def test_what_cannot_be_served_is_said_in_one_line(tmp_path: Path, changing: Path):
    broken = tmp_path / "broken.ttl"
    broken.write_text("<a> <b>\n  nonsense .")
    assert f"{broken}:2:" in fails(broken)
    assert "cannot be read: No such file" in fails(tmp_path / "missing.ttl")
    assert "unknown suffix '.txt'" in fails(tmp_path / "x.txt")
    assert "--base ftp://x" in fails(changing, "--base", "ftp://x")
    assert "--trusted-proxy nonsense" in fails(changing, "--trusted-proxy", "nonsense")
    assert "cannot listen on 203.0.113.1" in fails(changing, "--host", "203.0.113.1")


@pytest.mark.parametrize("package", ["uvloop", "markupsafe"])
def test_a_missing_package_is_named_with_what_installs_it(changing: Path, package: str):
    code = f"import sys; sys.modules[{package!r}] = None; import importlib.util as u; f = u.find_spec\n"
    code += f"u.find_spec = lambda n, *a: None if n == {package!r} else f(n, *a)\n"
    code += f"from amcc_kg.__main__ import main; sys.exit(main(['serve', {str(changing)!r}, '--port', '0']))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done
    assert f"needs {package}, which is not installed: pip install 'amcc-kg[serve]'" in done.stderr


def test_memory_stays_flat_over_many_requests(changing: Path):
    with Server(changing, "--quiet") as server:
        connection = server.socket()

        def ask(first: int, last: int) -> None:
            for number in range(first, last, 50):
                lines = [
                    f"GET /sparql?query=ASK%7B%7D%23{n % 7 if n % 2 else n} HTTP/1.1\r\nHost: x\r\n\r\n"
                    for n in range(number, number + 50)
                ]
                connection.sendall("".join(lines).encode())
                received = b""
                while received.count(b'"boolean":true') < 50:
                    received += connection.recv(1 << 16)

        ask(0, 3000)
        before = server.memory()
        ask(3000, 6000)
        # What is remembered of answers is bounded; a few MB of the bound may still be filling up.
        assert server.memory() - before < 25 << 20
        connection.close()


def test_the_log_names_who_asked_even_if_another_asked_the_same_before(changing: Path):
    with Server(changing) as running:
        asked = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /sparql HTTP/1.1\r\nHost: x\r\n\r\n"
        clients = ["127.0.0.2", "127.0.0.3", "127.0.0.2", "127.0.0.4"]
        for request in asked:
            for client in clients:
                with socket.create_connection(running.address, 15, source_address=(client, 0)) as connection:
                    connection.sendall(request)
                    assert connection.recv(12) == b"HTTP/1.1 200"
    lines = [json.loads(line) for line in running.log.splitlines()]
    for path in ("/healthz", "/sparql"):
        assert [line["client"] for line in lines if line.get("path") == path] == clients


def test_the_log_names_the_client_behind_a_trusted_proxy(changing: Path):
    with Server(changing, "--trusted-proxy", "127.0.0.1") as running:
        for client in ("192.0.2.7", "192.0.2.8", "192.0.2.7"):
            assert running.get("/sparql", X_Forwarded_For=client).status == 200
    lines = [json.loads(line) for line in running.log.splitlines()]
    assert [e["client"] for e in lines if e.get("path") == "/sparql"] == [
        "192.0.2.7",
        "192.0.2.8",
        "192.0.2.7",
    ]


# Room for no answer at all.
FORGETFUL = """
import functools
from amcc_kg.serving import config
config.Limits = functools.partial(config.Limits, cache=1)
"""


def stopped(server: Server) -> None:
    """Stop everything but the server itself: whatever needs the engine now hangs."""
    assert settles(lambda: len(server.processes()) == PROCESSES)
    for pid in server.processes():
        os.kill(pid, signal.SIGSTOP)


def test_what_a_client_holds_is_confirmed_without_the_engine_after_eviction_and_restart(changing: Path):
    query = "SELECT * { ?s ?p ?o . ?a ?b ?c }"
    # An answer is forgotten at once where none fits in.
    with Server(changing, before=FORGETFUL) as server:
        answer = server.query(query)
        tag, vary = answer.headers["etag"], answer.headers["vary"]
        packed = server.query(query, Accept_Encoding="gzip").headers["etag"]
        tiny = server.query("ASK {}", Accept_Encoding="gzip").headers["etag"]
        assert packed == f'{tag[:-1]}-gz"'
        for again in range(2):
            if again:
                server.stop()
                server = Server(changing, before=FORGETFUL)
                assert settles(lambda held=server: held.get("/readyz").status == 200)
            stopped(server)
            for condition, accepted in ((tag, ""), (packed, "gzip"), (f'"x", {tag}', "gzip;q=0")):
                found = server.query(query, If_None_Match=condition, Accept_Encoding=accepted, timeout=3)
                assert (found.status, found.body) == (304, b"")
                assert found.headers["etag"] == (packed if accepted == "gzip" else tag)
                assert (found.headers["vary"], found.headers["cache-control"]) == (vary, "public, max-age=60")
            if not again:
                assert (
                    server.query("ASK {}", If_None_Match=tiny, Accept_Encoding="gzip", timeout=3).status
                    == 304
                )
        server.process.kill()
        server.process.communicate()


def test_the_log_says_when_from_whom_what_and_how_long(changing: Path):
    with Server(changing) as running:
        running.query("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
        running.get("/sparql", X_Forwarded_For='x", "status": 1')
    (line,) = [entry for entry in map(json.loads, running.log.splitlines()) if "query" in entry]
    assert line.keys() >= {"time", "client", "ms", "method", "path", "status", "bytes", "query"}
    assert 0 < line["ms"] < 15_000
    assert (line["client"], line["status"], line["method"]) == ("127.0.0.1", 200, "GET")


def test_unless_told_otherwise_it_listens_on_this_machine_alone(changing: Path):
    with Server(changing) as running:
        assert running.address[0] == "127.0.0.1"
        port = f"{running.address[1]:04X}"
        tables = [Path("/proc/net") / name for name in ("tcp", "tcp6")]
        lines = [
            line.split() for table in tables if table.exists() for line in table.read_text().splitlines()
        ]
        listening = [line[1] for line in lines if line[3] == "0A" and line[1].endswith(f":{port}")]
        assert listening == [f"0100007F:{port}"]


def test_literals_that_are_kept_in_another_form_are_told_of_at_the_start(tmp_path: Path):
    (file := tmp_path / "a.ttl").write_text("@prefix : <urn:> . :a :b 007, 7, [ :c 'x'@fr-CA ] .")
    with Server(file) as server:
        assert server.rows("SELECT ?n { ?s <urn:b> ?n FILTER(ISNUMERIC(?n)) }") == [{"n": "7"}]
    said = f"2 literals are kept in another form than written: {file}:1:26, {file}:1:39"
    assert f'"detail": "{said}"' in server.log
    file.write_text("@prefix : <urn:> . :a :b 7, 'X@FR' .")
    with Server(file) as server:
        assert count(server) == "2"
    assert "kept" not in server.log

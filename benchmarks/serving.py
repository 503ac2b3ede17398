"""How many requests a second `amcc serve` answers, beside other SPARQL servers over the same data.

    apt install wrk                      # and, to measure it too, virtuoso-opensource
    pip install 'amcc-kg[serve,benchmarks]'
    python benchmarks/serving.py [--rounds N] [--seconds S]

Everything runs on the same two cores, wrk included, over 8 connections; the servers take turns, so that a
busy machine slows all alike. A peer that is not found is named and left out. Also measured: the time from the
start of the process to its first answer of several kinds, and whether memory grows with requests.
Exit code 1 if a limit is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from socket import create_server
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS, CORES = 8, 2
OURS, OXIGRAPH, ENDPOINT, VIRTUOSO = "amcc serve", "oxigraph serve-read-only", "rdflib-endpoint", "Virtuoso"
SAVED, TEXT, THING, UNSEEN = "saved query", "the same as SPARQL", "thing as Turtle", "query never seen"
REPEATED_LIMIT = 1.0  # times oxigraph, for requests that came before
UNSEEN_LIMIT, UNSEEN_ENDPOINT_LIMIT = 0.3, 2.0  # times oxigraph and rdflib-endpoint, for those that did not
P99_LIMIT = 15.0  # milliseconds
START_LIMIT = 500.0  # milliseconds, to the addresses and to the first answer of each kind
PRINTED = "addresses printed"
# What is asked for first after a start: the target, what is accepted, the limit.
STARTS = {
    "a query": ("/sparql?query=ASK%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D", "*/*", START_LIMIT),
    "/event/amcc-3 as Turtle": ("/event/amcc-3", "text/turtle", START_LIMIT),
    "the start page": ("/", "text/html", START_LIMIT),
    "a saved query": ("/queries/who-chaired.json", "*/*", START_LIMIT),
}
GROWTH_LIMIT = 1.03  # times the memory before
GROWTH_REQUESTS = 100_000
THINGS = 40
ROWS_MEDIA, GRAPH_MEDIA = "application/sparql-results+json", "text/turtle"

# wrk's thread runs `init` and `request`; `done` runs once in the main thread. Each target is a line of a
# file; in a target that is never to come again a number takes the place of UNSEEN.
SCRIPT = """
local targets, ready, at, first = {}, {}, 0, FIRST
for line in io.lines("TARGETS") do targets[#targets + 1] = line end
function init()
  for i, target in ipairs(targets) do
    ready[i] = target:find("UNSEEN", 1, true) and "" or wrk.format("GET", target)
  end
end
function request()
  local turn = at % #targets + 1
  at = at + 1
  if ready[turn] ~= "" then return ready[turn] end
  return wrk.format("GET", (targets[turn]:gsub("UNSEEN", tostring(first + at))))
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("\\nRESULT %d %d %d %f\\n", summary.requests, summary.duration,
    e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(99)))
end
"""
# Its own command makes the default graph the union of all, which is another dataset than the others serve.
ENDPOINT_PROGRAM = """
import sys, uvicorn
from rdflib import Dataset
from rdflib_endpoint import SparqlEndpoint
dataset = Dataset()
dataset.parse(sys.argv[1], format="nquads")
uvicorn.run(SparqlEndpoint(graph=dataset), host="127.0.0.1", port=int(sys.argv[2]), log_level="error")
"""
VIRTUOSO_SETTINGS = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
[TempDatabase]
DatabaseFile = temporary.db
TransactionFile = temporary.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DirsAllowed = {home}
NumberOfBuffers = 20000
MaxDirtyBuffers = 15000
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 20
MaxKeepAlives = 20
KeepAliveTimeout = 60
[SPARQL]
ResultSetMaxRows = 100000
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """A server that runs: its name, port, and how a target that asks a query begins."""

    name: str
    port: int
    endpoint: str
    process: subprocess.Popen[bytes]

    def get(self, target: str, accept: str) -> tuple[int, bytes]:
        """Return the status and the body of an answer."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", target, headers={"Accept": accept})
            answer = connection.getresponse()
            return answer.status, answer.read()

    def asks(self, query: str) -> str:
        """Return the target that asks a query."""
        return f"{self.endpoint}query={quote(query, safe='')}"


@dataclass(slots=True)
class Figures:
    """What the rounds of one measurement gave: requests a second, and milliseconds of the 99th percentile."""

    rates: list[float] = field(default_factory=list)
    p99s: list[float] = field(default_factory=list)
    errors: int = 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each; the median counts")
    parser.add_argument("--seconds", type=int, default=5, help="length of a measurement")
    asked = parser.parse_args()
    if shutil.which("wrk") is None:
        print("wrk is not installed: apt install wrk", file=sys.stderr)
        return 2
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    sys.path.insert(0, str(ROOT / "src"))
    # Ended early, it ends the servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["AMCC_CACHE"] = str(folder / "cache")
        data = folder / "graph.nq"
        data.write_bytes(quads())
        print(
            f"{date.today()}, {platform.platform()}, {len(os.sched_getaffinity(0))} cores, "
            f"Python {platform.python_version()}"
        )
        print(f"{data.read_bytes().count(b' .')} statements, {CONNECTIONS} connections\n")
        start = start_times()
        peers = [stack.enter_context(running(ours()))]
        for begin in (oxigraph, endpoint, virtuoso):
            try:
                peers.append(stack.enter_context(running(begin(data, folder))))
            except (OSError, RuntimeError) as error:
                print(f"left out: {error}")
        targets = choose_targets(peers, data)
        figures = measure(peers, targets, folder, asked.rounds, asked.seconds)
        growth = memory_growth(peers[0], targets[OURS], folder)
    return report(figures, start, growth, asked.rounds)


def quads() -> bytes:
    """Return what the compiled graph holds as N-Quads: the default graph and the named ones."""
    from amcc_kg.graph import compiler
    from amcc_kg.repository import files

    compiled = compiler.compile_graph(files.find(ROOT))
    return compiled.asserted + compiled.inferred + compiled.named


# The servers, each a command over the same data.

Begun = tuple[str, int, str, list[str], Path]


def ours(*_: Path) -> Begun:
    amcc = Path(sys.executable).parent / "amcc"
    command = [str(amcc)] if amcc.exists() else [sys.executable, "-m", "amcc_kg"]
    port = free_port()
    return OURS, port, "/sparql?", [*command, "serve", "--quiet", "--port", str(port)], ROOT


def oxigraph(data: Path, folder: Path) -> Begun:
    program, store, port = found("oxigraph", OXIGRAPH), str(folder / "oxigraph"), free_port()
    subprocess.run([program, "load", "-l", store, "-f", str(data)], capture_output=True, check=True)
    command = [program, "serve-read-only", "-l", store, "--bind", f"127.0.0.1:{port}"]
    return OXIGRAPH, port, "/query?", command, folder


def endpoint(data: Path, folder: Path) -> Begun:
    python, port = str(Path(found("rdflib-endpoint", ENDPOINT)).parent / "python"), free_port()
    return ENDPOINT, port, "/?", [python, "-c", ENDPOINT_PROGRAM, str(data), str(port)], folder


def virtuoso(data: Path, folder: Path) -> Begun:
    program = found("virtuoso-t", VIRTUOSO)
    home, port = folder / "virtuoso", free_port()
    home.mkdir()
    settings = VIRTUOSO_SETTINGS.format(sql=free_port(), http=port, home=home)
    (home / "virtuoso.ini").write_text(settings, encoding="ascii")
    command = [program, "+foreground", "+configfile", "virtuoso.ini"]
    # Unless told otherwise, it takes the union of all graphs for the default graph.
    return VIRTUOSO, port, "/sparql?default-graph-uri=urn%3Adefault&", command, home


def found(program: str, name: str) -> str:
    beside = str(Path(sys.executable).parent)
    path = shutil.which(program, path=os.pathsep.join((beside, os.environ.get("PATH", ""))))
    if path is None:
        raise FileNotFoundError(f"{name}: {program} is not installed")
    return path


def free_port() -> int:
    with create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextlib.contextmanager
def running(begun: Begun) -> Iterator[Peer]:
    """Run a server to the end of the block; raises `RuntimeError` if it does not start."""
    name, port, path, command, folder = begun
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        peer = Peer(name, port, path, process)
        end = time.monotonic() + 60
        while not answers(peer):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{name}: it does not start")
            time.sleep(0.1)
        if name == VIRTUOSO:
            fill_virtuoso(folder)
        yield peer
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(peer: Peer) -> bool:
    try:
        return peer.get(peer.asks("ASK {}"), ROWS_MEDIA)[0] == 200
    except OSError:
        return False


def fill_virtuoso(folder: Path) -> None:
    """Load the data over Virtuoso's own protocol."""
    program = next(filter(None, map(shutil.which, ("isql-vt", "isql-v", "isql"))), None)
    if program is None:
        raise RuntimeError(f"{VIRTUOSO}: isql-vt is not installed")
    (folder / "graph.nq").write_bytes((folder.parent / "graph.nq").read_bytes())
    port = re.search(r"ServerPort = (\S+)", (folder / "virtuoso.ini").read_text())
    assert port is not None
    data = folder / "graph.nq"
    load = f"DB.DBA.TTLP_MT(file_to_string_output('{data}'), '', 'urn:default', 512); checkpoint;"
    done = subprocess.run([program, port[1], "dba", "dba", f"exec={load}"], capture_output=True)
    if done.returncode or b"Error" in done.stdout + done.stderr:
        raise RuntimeError(f"{VIRTUOSO}: it does not load the data")


# What is asked.


def choose_targets(peers: list[Peer], data: Path) -> dict[str, dict[str, list[str]]]:
    """Return for each server and kind of request the targets, which all servers answer."""
    from amcc_kg.terms import prefixes

    queries = {path.stem: path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("queries/*.rq"))}
    # A parameter's default is bound by our saved queries but not in the text alone.
    queries = {name: text for name, text in queries.items() if "#+ parameters:" not in text}
    differing: dict[str, list[str]] = {}
    for name, text in list(queries.items()):
        counts = {peer.name: row_count(peer, text) for peer in peers}
        for peer_name, count in counts.items():
            if count != counts[OURS]:
                differing.setdefault(peer_name, []).append(name)
        if None in counts.values() or counts.get(OXIGRAPH, counts[OURS]) != counts[OURS]:
            del queries[name]
    print(f"{len(queries)} saved queries are asked in turn")
    for peer_name, names in differing.items():
        print(f"other rows or none from {peer_name}: {', '.join(names)}")
    pattern = rf"^<{re.escape(prefixes.BASE)}((?:body|event|person|document)/[^/>\s]+)> ".encode()
    things = sorted({name.decode() for name in re.findall(pattern, data.read_bytes(), re.MULTILINE)})[:THINGS]
    print(f"{len(things)} things are asked for in turn; of the peers by DESCRIBE\n")
    return {
        peer.name: {
            SAVED: [
                f"/queries/{name}.json" if peer.name == OURS else peer.asks(text)
                for name, text in queries.items()
            ],
            TEXT: [peer.asks(text) for text in queries.values()],
            THING: [
                f"/{thing}.ttl" if peer.name == OURS else peer.asks(f"DESCRIBE <{prefixes.BASE}{thing}>")
                for thing in things
            ],
            # A condition that always holds, never in the same words.
            UNSEEN: [
                peer.asks(text.replace("WHERE {", 'WHERE { FILTER ("UNSEEN" != "")', 1))
                for text in queries.values()
            ],
        }
        for peer in peers
    }


def row_count(peer: Peer, query: str) -> int | None:
    """Return how many rows a server gives, None if it does not answer."""
    try:
        status, body = peer.get(peer.asks(query), ROWS_MEDIA)
        return len(json.loads(body)["results"]["bindings"]) if status == 200 else None
    except (OSError, ValueError, KeyError):
        return None


# Measuring.


def measure(
    peers: list[Peer], targets: dict[str, dict[str, list[str]]], folder: Path, rounds: int, seconds: int
) -> dict[tuple[str, str], Figures]:
    figures: dict[tuple[str, str], Figures] = {}
    for turn in range(rounds + 1):
        for kind in (SAVED, TEXT, THING, UNSEEN):
            for peer in peers:
                requests, taken, errors, p99 = wrk(
                    peer, targets[peer.name][kind], kind, folder, seconds if turn else 1
                )
                if turn:  # the first is only to warm up
                    found_here = figures.setdefault((kind, peer.name), Figures())
                    found_here.rates.append((requests - errors) / taken)
                    found_here.p99s.append(p99)
                    found_here.errors += errors
    return figures


_NUMBER = iter(range(1, 1 << 30))


def wrk(
    peer: Peer, targets: list[str], kind: str, folder: Path, seconds: int
) -> tuple[int, float, int, float]:
    """Return the number of requests, the seconds they took, the errors, and the p99 in milliseconds."""
    lines, script = folder / "targets", folder / "wrk.lua"
    lines.write_text("\n".join(targets), encoding="ascii")
    first = next(_NUMBER) * 10_000_000
    script.write_text(SCRIPT.replace("TARGETS", str(lines)).replace("FIRST", str(first)), encoding="ascii")
    accept = GRAPH_MEDIA if kind == THING else ROWS_MEDIA
    done = subprocess.run(
        [
            *("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s"),
            *("-H", f"Accept: {accept}", "-s", str(script), f"http://127.0.0.1:{peer.port}"),
        ],
        capture_output=True,
        check=True,
        text=True,
    )
    found_here = re.search(r"RESULT (\d+) (\d+) (\d+) ([\d.]+)", done.stdout)
    assert found_here is not None, done.stdout
    requests, microseconds, errors, p99 = map(float, found_here.groups())
    return int(requests), microseconds / 1e6, int(errors), p99 / 1000


def start_times(runs: int = 21) -> dict[str, float]:
    """Return the milliseconds from the start of the process to the addresses it prints and to each answer.

    Every answer is the first that its process is asked for.
    """
    taken: dict[str, list[float]] = {PRINTED: []}
    for _ in range(runs):
        for title, (target, accept, _) in STARTS.items():
            name, port, path, command, folder = ours()
            began = time.perf_counter()
            process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            try:
                assert process.stdout is not None
                process.stdout.readline()
                taken[PRINTED].append((time.perf_counter() - began) * 1000)
                status, _ = Peer(name, port, path, process).get(target, accept)
                taken.setdefault(title, []).append((time.perf_counter() - began) * 1000)
                assert status == 200, target
            finally:
                process.terminate()
                process.communicate(timeout=20)
    return {title: statistics.median(times) for title, times in taken.items()}


def memory_growth(peer: Peer, targets: dict[str, list[str]], folder: Path) -> tuple[float, float]:
    """Return the megabytes that the server and its processes hold before and after the requests."""
    # The cache of answers is bounded: it is full before the first look.
    mixed = targets[SAVED] + targets[THING] + targets[TEXT]
    ask_until(30_000, lambda: wrk(peer, targets[UNSEEN], UNSEEN, folder, 5)[0])
    ask_until(20_000, lambda: wrk(peer, mixed, SAVED, folder, 2)[0])
    before = memory(peer)
    # A fifth of them never seen: what a cache cannot answer must not gather either.
    ask_until(GROWTH_REQUESTS // 5, lambda: wrk(peer, targets[UNSEEN], UNSEEN, folder, 2)[0])
    ask_until(GROWTH_REQUESTS - GROWTH_REQUESTS // 5, lambda: wrk(peer, mixed, SAVED, folder, 2)[0])
    return before, memory(peer)


def ask_until(wanted: int, ask: Callable[[], int]) -> None:
    while wanted > 0:
        wanted -= ask()


def memory(peer: Peer) -> float:
    """Return what a server and the processes below it hold, shared pages once, in megabytes."""
    kilobytes, waiting = 0, [peer.process.pid]
    while waiting:
        process = Path("/proc") / str(waiting.pop())
        with contextlib.suppress(OSError):
            held = re.search(r"^Pss:\s+(\d+)", (process / "smaps_rollup").read_text(), re.MULTILINE)
            kilobytes += int(held[1]) if held else 0
            for children in process.glob("task/*/children"):
                waiting += map(int, children.read_text().split())
    return kilobytes / 1024


# Reporting.


def report(
    figures: dict[tuple[str, str], Figures], start: dict[str, float], growth: tuple[float, float], rounds: int
) -> int:
    print(f"medians of {rounds} rounds; a request that is refused or broken off counts as an error only\n")
    print(f"{'':48}{'requests/s':>12}{'p99 ms':>9}{'errors':>8}")
    rates = {key: statistics.median(found.rates) for key, found in figures.items()}
    p99s = {key: statistics.median(found.p99s) for key, found in figures.items()}
    for (kind, name), one in figures.items():
        key = (kind, name)
        print(f"{kind:22}{name:26}{rates[key]:12,.0f}{p99s[key]:9.1f}{one.errors:8}")
    print()
    good = True

    def line(text: str, value: float, is_met: bool, limit: str) -> None:
        nonlocal good
        good &= is_met
        print(f"{text:46}{value:9.2f}   ({limit}){'' if is_met else '   MISSED'}")

    for kind in (SAVED, TEXT, THING, UNSEEN):
        for name, limit in (
            (OXIGRAPH, UNSEEN_LIMIT if kind == UNSEEN else REPEATED_LIMIT),
            (ENDPOINT, UNSEEN_ENDPOINT_LIMIT if kind == UNSEEN else REPEATED_LIMIT),
        ):
            if (kind, name) in rates:
                ratio = rates[kind, OURS] / rates[kind, name]
                line(f"{kind}: amcc / {name.split()[0]}", ratio, ratio >= limit, f"at least {limit:g}")
        p99 = p99s[kind, OURS]
        line(f"{kind}: p99, ms", p99, p99 < P99_LIMIT, f"under {P99_LIMIT:g}")
        errors = figures[kind, OURS].errors
        line(f"{kind}: errors", errors, errors == 0, "none")
    for title, milliseconds in start.items():
        limit = STARTS[title][2] if title in STARTS else START_LIMIT
        line(f"{title} after, ms", milliseconds, milliseconds <= limit, f"at most {limit:g}")
    before, after = growth
    print(f"memory before and after {GROWTH_REQUESTS:,} requests: {before:.1f} MB, {after:.1f} MB")
    line("memory after / before", after / before, after <= before * GROWTH_LIMIT, f"at most {GROWTH_LIMIT:g}")
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())

"""How long a cold `amcc query` takes, against bare Python and against a plain rdflib script.

    python benchmarks/cold_start.py [RUNS]

Every program starts anew for every run; the runs are interleaved, so that a busy machine slows all alike.
Exit code 1 if a ratio is above its limit.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
QUERY = "who-chaired"
BARE_LIMIT, RDFLIB_LIMIT = 13.0, 0.35
RDFLIB_SCRIPT = """
import sys
from rdflib import Dataset
dataset = Dataset()
dataset.parse(sys.argv[1], format="nquads")
sys.stdout.buffer.write(dataset.query(open(sys.argv[2]).read()).serialize(format="csv"))
"""


def main() -> int:
    runs = max(15, int(sys.argv[1])) if len(sys.argv) > 1 else 21
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        environment["AMCC_CACHE"] = folder
        graph = Path(folder) / "graph.nq"
        graph.write_bytes(quads())
        amcc = Path(sys.executable).parent / "amcc"
        ours = [str(amcc)] if amcc.exists() else [sys.executable, "-m", "amcc_kg"]
        if not amcc.exists():
            environment["PYTHONPATH"] = str(ROOT / "src")
        query_file = str(ROOT / "queries" / f"{QUERY}.rq")
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            f"amcc query {QUERY} --format csv": [*ours, "query", QUERY, "--format", "csv"],
            "the same with plain rdflib": [sys.executable, "-c", RDFLIB_SCRIPT, str(graph), query_file],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        answers = {name: run(command, environment) for name, command in commands.items()}  # fills the caches
        if rows(answers[f"amcc query {QUERY} --format csv"]) != rows(answers["the same with plain rdflib"]):
            print("the two answers differ", file=sys.stderr)
            return 1
        for _ in range(runs):
            for name, command in commands.items():
                started = time.perf_counter()
                run(command, environment)
                times[name].append(time.perf_counter() - started)
    return report({name: statistics.median(taken) for name, taken in times.items()}, runs)


def quads() -> bytes:
    """Return what the compiled graph holds as N-Quads: the default graph and the named ones."""
    sys.path.insert(0, str(ROOT / "src"))
    from amcc_kg.graph import compiler
    from amcc_kg.repository import files

    compiled = compiler.compile_graph(files.find(ROOT))
    return compiled.asserted + compiled.inferred + compiled.named


def run(command: list[str], environment: dict[str, str]) -> bytes:
    return subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True).stdout


def rows(answer: bytes) -> list[str]:
    return sorted(answer.decode().split())


def report(medians: dict[str, float], runs: int) -> int:
    bare, ours, plain = medians.values()
    print(
        f"{date.today()}, {platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    print(f"medians of {runs} interleaved runs, whole process\n")
    for name, seconds in medians.items():
        print(f"{name:40} {seconds * 1000:8.1f} ms   {seconds / bare:6.2f} x bare Python")
    print(f"\namcc / bare Python   {ours / bare:6.2f}   (at most {BARE_LIMIT:g})")
    print(f"amcc / plain rdflib  {ours / plain:6.3f}   (at most {RDFLIB_LIMIT:g})")
    return int(ours / bare > BARE_LIMIT or ours / plain > RDFLIB_LIMIT)


if __name__ == "__main__":
    sys.exit(main())

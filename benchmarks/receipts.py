"""What evidence costs: every saved query with `--evidence` and without, and a page of a big graph.

    python benchmarks/receipts.py [RUNS]

Whole processes, the two of a pair interleaved, medians. The big graph is generated: 100,000 triples in a
thousand passages. Exit code 1 if a ratio is above its limit.
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
SAVED_LIMIT, PAGE_LIMIT = 2.0, 10.0
PAGE = 100
DOCUMENTS, PASSAGES, EVENTS = 100, 10, 10
PREFIXES = """@base <https://w3id.org/amcc-kg/> .
@prefix amcc: <https://w3id.org/amcc-kg/ontology#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

"""
ONTOLOGY = """amcc:Meeting a owl:Class ; rdfs:subClassOf amcc:Event .
amcc:Event a owl:Class .
amcc:Passage a owl:Class .
amcc:chairedBy a owl:ObjectProperty ; rdfs:subPropertyOf amcc:ledBy .
amcc:ledBy a owl:ObjectProperty .
"""
QUERY_PREFIXES = """PREFIX amcc: <https://w3id.org/amcc-kg/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""
QUERIES = {
    "join": "SELECT ?e ?label ?who ?on { ?e amcc:chairedBy ?who ; rdfs:label ?label ; amcc:heldOn ?on } "
    "ORDER BY STR(?e)",
    "optional": "SELECT ?e ?next ?guests { ?e a amcc:Meeting OPTIONAL { ?e amcc:follows ?next } "
    "OPTIONAL { ?e amcc:guests ?guests FILTER(?guests > 50) } } ORDER BY STR(?e)",
    "path": "SELECT ?e { <https://w3id.org/amcc-kg/event/d7-p9-e9> amcc:follows+ ?e } ORDER BY STR(?e)",
    "group": "SELECT ?who (COUNT(?e) AS ?n) { ?e amcc:attendedBy ?who } GROUP BY ?who ORDER BY STR(?who)",
    "negation": "SELECT ?e { ?e a amcc:Meeting FILTER NOT EXISTS { ?e amcc:follows ?x } } ORDER BY STR(?e)",
    "distinct": "SELECT DISTINCT ?who { ?e amcc:attendedBy ?who } ORDER BY STR(?who)",
    "inference": "SELECT ?e ?who { ?e a amcc:Event ; amcc:ledBy ?who } ORDER BY STR(?e)",
    "passages": "SELECT ?e ?p { GRAPH ?p { ?e amcc:chairedBy ?who } } ORDER BY STR(?e)",
}


def main() -> int:
    runs = max(5, int(sys.argv[1])) if len(sys.argv) > 1 else 9
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    amcc = Path(sys.executable).parent / "amcc"
    ours = [str(amcc)] if amcc.exists() else [sys.executable, "-m", "amcc_kg"]
    if not amcc.exists():
        environment["PYTHONPATH"] = str(ROOT / "src")
    print(
        f"{date.today()}, {platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    print(f"medians of {runs} interleaved runs, whole process\n")
    with tempfile.TemporaryDirectory() as folder:
        environment["AMCC_CACHE"] = f"{folder}/cache"
        names = sorted(path.stem for path in (ROOT / "queries").glob("*.rq"))
        saved = {name: pair([*ours, "query", name], ROOT, environment, runs) for name in names}
        missed = report("the article, every saved query, all rows", saved, SAVED_LIMIT)
        big = Path(folder) / "big"
        count = generate(big)
        call = [*ours, "query", "--limit", str(PAGE)]
        pages = {name: pair([*call, f"{name}.rq"], big, environment, runs) for name in QUERIES}
        return int(report(f"{count:,} triples, a page of {PAGE} rows", pages, PAGE_LIMIT) or missed)


def pair(command: list[str], folder: Path, environment: dict[str, str], runs: int) -> tuple[float, float]:
    """Return the median seconds of a call without evidence and with it."""
    calls = (command, [*command, "--evidence"])
    times: tuple[list[float], list[float]] = ([], [])
    for run in range(runs + 1):
        for call, taken in zip(calls, times, strict=True):
            started = time.perf_counter()
            subprocess.run(call, cwd=folder, env=environment, stdout=subprocess.PIPE, check=True)
            if run:  # the first fills the caches
                taken.append(time.perf_counter() - started)
    return statistics.median(times[0]), statistics.median(times[1])


def generate(folder: Path) -> int:
    """Write a repository with passages full of meetings; return how many triples it has."""
    for name in ("ontology", "data/documents", "queries"):
        (folder / name).mkdir(parents=True)
    (folder / "ontology" / "ontology.ttl").write_text(PREFIXES + ONTOLOGY)
    for name, query in QUERIES.items():
        (folder / f"{name}.rq").write_text(QUERY_PREFIXES + query)
    count = 0
    for document in range(DOCUMENTS):
        where = folder / "data" / "documents" / f"d{document}"
        where.mkdir()
        described = [f"<document/d{document}> rdfs:label 'document {document}' ."]
        for passage in range(PASSAGES):
            name = f"<document/d{document}/p{passage}>"
            described.append(f"{name} a amcc:Passage ; amcc:inDocument <document/d{document}> ;")
            described.append(f"    amcc:number {passage} ; amcc:quote 'words {document}-{passage}' .")
            told = [
                event(document, passage, number, document * 1000 + passage * 10 + number)
                for number in range(EVENTS)
            ]
            (where / f"p{passage}.ttl").write_text(PREFIXES + "\n".join(told))
            count += EVENTS * 10 + 4
        (where / "document.ttl").write_text(PREFIXES + "\n".join(described))
        count += 1
    return count


def event(document: int, passage: int, number: int, seed: int) -> str:
    """Return ten triples about a meeting."""
    name = f"event/d{document}-p{passage}-e{number}"
    before = f"event/d{document}-p{passage - (number == 0)}-e{(number - 1) % EVENTS}"
    follows = f"amcc:follows <{before}>" if (passage, number) != (0, 0) else "amcc:first true"
    guests = " , ".join(f"<person/n{(seed * 7 + step * 13) % 400}>" for step in range(4))
    return (
        f"<{name}> a amcc:Meeting ; rdfs:label 'meeting {seed}' ; {follows} ;\n"
        f"    amcc:chairedBy <person/n{seed % 400}> ; amcc:attendedBy {guests} ;\n"
        f"    amcc:heldOn '20{seed % 90 + 10}-01-01'^^xsd:date ; amcc:guests {seed % 100} .\n"
    )


def report(title: str, medians: dict[str, tuple[float, float]], limit: float) -> bool:
    """Print a table; tell whether a ratio is above the limit."""
    print(f"{title} (at most {limit:g} x)\n")
    for name, (bare, shown) in medians.items():
        over = "  above the limit" if shown / bare > limit else ""
        print(f"{name:24} {bare * 1000:8.1f} ms {shown * 1000:8.1f} ms {shown / bare:6.2f} x{over}")
    print()
    return any(shown / bare > limit for bare, shown in medians.values())


if __name__ == "__main__":
    sys.exit(main())

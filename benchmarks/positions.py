"""How fast RDF text is read with the place of every term, against rdflib and pyoxigraph, which keep none.

    python benchmarks/positions.py [TRIPLES]

Each reader runs in a process of its own, on the same made-up data, one after the other, three times; what
counts is the fastest run. rdflib builds its graph; pyoxigraph hands over its terms, which are numbered as
ours are: once fed the whole file, and once line by line, which is how it would tell a triple's line. Exit
code 1 if ours is slower than rdflib or takes more memory than the limit.
"""

from __future__ import annotations

import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNS = 3
BYTES_LIMIT = 600
OURS = "amcc_kg.syntax.reading, columns and offsets"
READERS = {
    OURS: """
from amcc_kg.syntax.reading import load
found = load(Path(sys.argv[1]))
count = len(found)
""",
    "pyoxigraph, terms numbered, no places": """
import pyoxigraph
ids, found = {}, array("I")
for quad in pyoxigraph.parse(path=sys.argv[1]):
    found.extend([ids.setdefault(term, len(ids)) for term in quad][:3])
count = len(found) // 3
""",
    "pyoxigraph, the same fed by lines": """
import io
import pyoxigraph
class Lines(io.RawIOBase):
    def __init__(self, path):
        self.file, self.line = open(path, "rb"), 0
    def readable(self):
        return True
    def read(self, size=-1):
        self.line += 1
        return self.file.readline()
lines, ids, found, at = Lines(sys.argv[1]), {}, array("I"), array("I")
format_ = pyoxigraph.RdfFormat.from_extension(sys.argv[1].rpartition(".")[2])
for quad in pyoxigraph.parse(lines, format=format_):
    found.extend([ids.setdefault(term, len(ids)) for term in quad][:3])
    at.append(lines.line)
count = len(found) // 3
""",
    "rdflib, a graph, no places": """
from rdflib import Graph
found = Graph()
found.parse(sys.argv[1])
count = len(found)
""",
}
FRAME = """
import json, sys, time
from array import array
from pathlib import Path
# Not getrusage: its figure begins with what the parent had.
def peak():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
before = peak()
start = time.perf_counter()
{}
taken = time.perf_counter() - start
print(json.dumps([count, taken, peak() - before]))
"""


def main() -> int:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    print(
        f"{date.today()}, {platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    print(f"fastest of {RUNS} runs, each with its imports\n")
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {
            "flat.ttl": flat(size),
            "nested.ttl": nested(size),
            "flat.nt": lines(size),
        }.items():
            file = Path(folder) / name
            file.write_text(text)
            good &= compare(file)
    return 0 if good else 1


def compare(file: Path) -> bool:
    """Print how the readers do on a file; tell whether ours keeps to its limits."""
    best: dict[str, tuple[int, float, int]] = {}
    for _ in range(RUNS):
        for name, code in READERS.items():
            found = run(code, file)
            if name not in best or found[1] < best[name][1]:
                best[name] = found
    print(f"{file.name}, {file.stat().st_size / 1e6:.1f} MB")
    for name, (count, taken, used) in best.items():
        speed = f"{count / taken / 1000:7.0f} thousand triples/s"
        print(f"  {name:40} {count:9} triples {taken:7.2f} s {speed} {used // count:5} bytes/triple")
    print()
    count, taken, used = best[OURS]
    *_, (_, theirs, _) = best.values()
    return (
        taken <= theirs and used // count <= BYTES_LIMIT and len({count for count, *_ in best.values()}) == 1
    )


def run(code: str, file: Path) -> tuple[int, float, int]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", FRAME.format(code), str(file)]
    answer = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout
    count, taken, used = json.loads(answer)
    return count, taken, used


def flat(size: int) -> str:
    """Return Turtle as data is mostly written: a block a subject, seven triples each."""
    dice = random.Random(1)
    people = size // 7
    parts = [
        "@prefix ex: <http://example.org/> .\n@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n",
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n",
    ]
    for n in range(people):
        born = f"{dice.randint(1900, 1999)}-{dice.randint(10, 12)}-{dice.randint(10, 28)}"
        parts.append(
            f"\nex:person{n}\n    a ex:Person ;\n    ex:age {dice.randint(1, 99)} ;\n"
            f'    ex:born "{born}"^^xsd:date ;\n    ex:name "Person number {n}" ;\n'
            f"    ex:knows ex:person{dice.randrange(people)}, ex:another{dice.randrange(people)} ;\n"
            f'    rdfs:label "a label of person {n}"@en .\n'
        )
    return "".join(parts)


def nested(size: int) -> str:
    """Return Turtle with blank nodes in brackets and lists, twelve triples a subject."""
    parts = ["@prefix ex: <http://example.org/> .\n"]
    for n in range(size // 12):
        parts.append(
            f"ex:p{n} ex:at\n    [ a ex:Address ;\n      "
            f'ex:street "Street {n}" ; ex:geo [ ex:lat {n}.5 ; ex:long "{n}" ] ] ;\n'
            f'    ex:tags ( "a" "b" ) .\n'
        )
    return "".join(parts)


def lines(size: int) -> str:
    """Return the flat data as N-Triples."""
    sys.path.insert(0, str(ROOT / "src"))
    from amcc_kg.syntax.reading import parse

    return "".join(f"{s} {p} {o} .\n" for s, p, o in parse(flat(size)).triples())


if __name__ == "__main__":
    started = time.perf_counter()
    code = main()
    print(f"{time.perf_counter() - started:.0f} s in all")
    sys.exit(code)

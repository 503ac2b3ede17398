"""How long closing a graph takes: this program's rules, owlrl, and reasonable, which is written in Rust.

    pip install 'amcc-kg[benchmarks]'
    python benchmarks/reasoning.py [SIZE…] [--runs N]

Made-up data in the vocabulary of this repository, closed with its ontology; a size is a number of triples.
Every measurement is a process of its own that reads the data and closes it; engines and sizes take turns, so
that a busy machine slows all alike; the fastest run of each counts, because other work only ever adds. At the
smallest size it is also checked that owlrl derives the same about things, and counted what reasonable derives
(it has no property chains). Exit code 1 if a ratio is beyond its limit or the answers differ.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

ROOT = Path(__file__).resolve().parent.parent
SIZES = [10_000, 100_000, 1_000_000]
OWLRL_SIZE = 10_000  # beyond that owlrl takes hours
OWLRL_LIMIT = 100  # times faster than owlrl
REASONABLE_LIMIT = 1.0  # times the time of reasonable, from REASONABLE_SIZE on
REASONABLE_SIZE = 100_000
GROWTH_LIMIT = 12.0  # for ten times the data
BASE = "https://w3id.org/amcc-kg/"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
META = (
    "<http://www.w3.org/2002/07/owl#",
    "<http://www.w3.org/2000/01/rdf-schema#",
    "<http://www.w3.org/1999/",
)
DATATYPES = "<http://www.w3.org/2001/XMLSchema#"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "sizes", nargs="*", type=int, default=SIZES, metavar="SIZE", help="numbers of triples"
    )
    parser.add_argument("--runs", type=int, default=3, help="measurements of each; the fastest counts")
    parser.add_argument("--engine", help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--digest", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.engine:
        print(json.dumps(measure(asked.engine, asked.data, asked.digest)))
        return 0
    return compare(sorted(asked.sizes or SIZES), asked.runs)


def compare(sizes: list[int], runs: int) -> int:
    engines = ["rules", "reasonable"] if installed("reasonable") else ["rules"]
    times: dict[tuple[str, int], list[tuple[float, float]]] = {}
    answers: dict[str, tuple[str, int]] = {}
    counts: dict[int, tuple[int, int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        files = {size: Path(folder) / f"{size}.ttl" for size in sizes}
        for size, data in files.items():
            data.write_text(generate(size), encoding="utf-8")
        for turn in range(runs):
            for size, data in files.items():
                for engine in [*engines, *(["owlrl"] if size == OWLRL_SIZE and turn == 0 else [])]:
                    checked = size == sizes[0] and turn == 0
                    command = [sys.executable, __file__, "--engine", engine, "--data", str(data)]
                    done = subprocess.run(
                        [*command, *(["--digest"] if checked else [])], stdout=subprocess.PIPE, check=True
                    )
                    found = json.loads(done.stdout)
                    times.setdefault((engine, size), []).append((found["load"], found["close"]))
                    if checked:
                        answers[engine] = found["digest"], found["things"]
                    if engine == "rules":
                        counts[size] = found["before"], found["after"]
    return report(sizes, runs, times, answers, counts)


def report(
    sizes: list[int],
    runs: int,
    times: dict[tuple[str, int], list[tuple[float, float]]],
    answers: dict[str, tuple[str, int]],
    counts: dict[int, tuple[int, int]],
) -> int:
    print(
        f"{date.today()}, {platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    print(f"the fastest of {runs} runs that take turns (owlrl: of one); seconds to read and to close\n")
    print(f"{'triples':>9} {'closed':>9}  {'engine':<11} {'read':>8} {'close':>8} {'both':>8}")
    both: dict[tuple[str, int], float] = {}
    read: dict[tuple[str, int], float] = {}
    for (engine, size), taken in times.items():
        load, close = min(taken, key=sum)
        both[engine, size], read[engine, size] = load + close, load
        before, after = counts[size]
        print(f"{before:9,} {after:9,}  {engine:<11} {load:8.3f} {close:8.3f} {both[engine, size]:8.3f}")
    print()
    good = answers["rules"] == answers.get("owlrl", answers["rules"])
    for engine, (_, number) in answers.items():
        print(f"at {sizes[0]:,} {engine} derives or keeps {number:,} triples about things")
    if not good:
        print("rules and owlrl do not derive the same   WRONG")
    print()
    if ("owlrl", OWLRL_SIZE) in both:
        ratio = both["owlrl", OWLRL_SIZE] / both["rules", OWLRL_SIZE]
        good &= line(
            f"owlrl / rules at {OWLRL_SIZE:,}", ratio, ratio >= OWLRL_LIMIT, f"at least {OWLRL_LIMIT}"
        )
    for size in sizes:
        if ("reasonable", size) in both and size >= REASONABLE_SIZE:
            ratio = both["rules", size] / both["reasonable", size]
            good &= line(
                f"rules / reasonable at {size:,}",
                ratio,
                ratio <= REASONABLE_LIMIT,
                f"at most {REASONABLE_LIMIT:g}",
            )
    if {100_000, 1_000_000} <= set(sizes):
        ratio = both["rules", 1_000_000] / both["rules", 100_000]
        good &= line(
            "rules at 1,000,000 / at 100,000", ratio, ratio <= GROWTH_LIMIT, f"at most {GROWTH_LIMIT:g}"
        )
        # Without these the figure above cannot be told from what memory costs any engine on the machine.
        print(f"{'  of these, reading alone':<36} {read['rules', 1_000_000] / read['rules', 100_000]:8.2f}")
        if ("reasonable", 1_000_000) in both:
            ratio = both["reasonable", 1_000_000] / both["reasonable", 100_000]
            print(f"{'  the same of reasonable':<36} {ratio:8.2f}")
    if not any(engine == "reasonable" for engine, _ in both):
        print("reasonable is not installed and was not compared")
    return int(not good)


def line(what: str, ratio: float, holds: bool, limit: str) -> bool:
    print(f"{what:<36} {ratio:8.2f}   ({limit}){'' if holds else '   MISSED'}")
    return holds


def installed(module: str) -> bool:
    from importlib.util import find_spec

    return find_spec(module) is not None


def measure(engine: str, data: Path, digest: bool) -> dict[str, float | int | str]:
    """Read and close in this process; return seconds, and the digest of what follows about things."""
    sys.path.insert(0, str(ROOT / "src"))
    ontology = [ROOT / "ontology" / f"{name}.ttl" for name in ("amcc", "alignments", "schemes")]
    measured = {"rules": by_rules, "owlrl": by_owlrl, "reasonable": by_reasonable}[engine]
    load, close, before, triples = measured([data, *ontology])
    found: dict[str, float | int | str] = {"load": load, "close": close, "before": before, "after": 0}
    if engine == "rules":
        found["after"] = sum(1 for _ in triples())
    if digest:
        told = sorted({" ".join(triple) for triple in triples() if is_about_things(triple)})
        found["things"] = len(told)
        found["digest"] = hashlib.sha256("\n".join(told).encode()).hexdigest()
    return found


Closed: TypeAlias = tuple[float, float, int, Callable[[], Iterable[tuple[str, ...]]]]
"""Seconds to read and to close, triples before if that is known, and the triples after, in text."""


def by_rules(files: list[Path]) -> Closed:
    import pyoxigraph

    from amcc_kg.reasoning import fixpoint

    started = time.perf_counter()
    store = pyoxigraph.Store()
    for path in files:
        # As the program itself reads: a bulk load leaves memory in which closing takes a fifth longer.
        store.load(path=str(path), format=pyoxigraph.RdfFormat.TURTLE)
    loaded = time.perf_counter()
    before = len(store)
    begun = time.perf_counter()
    clashes = fixpoint.close(store)
    ended = time.perf_counter()
    assert not clashes
    return (
        loaded - started,
        ended - begun,
        before,
        lambda: ((str(q.subject), str(q.predicate), str(q.object)) for q in store),
    )


def by_owlrl(files: list[Path]) -> Closed:
    import owlrl
    from rdflib import Graph

    started = time.perf_counter()
    graph = Graph()
    for path in files:
        graph.parse(path, format="turtle")
    loaded, before = time.perf_counter(), len(graph)
    semantics = owlrl.OWLRL_Semantics
    owlrl.DeductiveClosure(semantics, axiomatic_triples=False, datatype_axioms=False).expand(graph)
    return loaded - started, time.perf_counter() - loaded, before, lambda: in_text(graph)


def by_reasonable(files: list[Path]) -> Closed:
    import reasonable  # type: ignore[import-untyped, import-not-found, unused-ignore]

    started = time.perf_counter()
    reasoner = reasonable.PyReasoner()
    for path in files:
        reasoner.load_file(str(path))
    loaded = time.perf_counter()
    closed = reasoner.reason()
    return loaded - started, time.perf_counter() - loaded, 0, lambda: in_text(closed)


def in_text(triples: Iterable[tuple[Any, ...]]) -> Iterable[tuple[str, ...]]:
    from rdflib import Literal

    for triple in triples:
        if not isinstance(triple[0], Literal):
            yield tuple(term.n3() for term in triple)


def is_about_things(triple: tuple[str, ...]) -> bool:
    """Tell whether a triple says something of a thing that is not true of everything."""
    subject, predicate, object_ = triple
    if not subject.startswith(f"<{BASE}") or subject.startswith(f"<{BASE}ontology") or object_[0] == '"':
        return False
    if predicate == TYPE:
        return object_.startswith("<") and not object_.startswith((*META, DATATYPES))
    return not predicate.startswith(META)


def generate(size: int, seed: int = 1) -> str:
    """Return about `size` triples: groups of bodies in trees four deep, with posts, meetings, documents."""
    chance = random.Random(seed)
    ontology, xsd = f"{BASE}ontology#", "http://www.w3.org/2001/XMLSchema#"
    lines: list[str] = []

    def say(subject: str, predicate: str, object_: str) -> None:
        verb = TYPE if predicate == "a" else f"<{ontology}{predicate}>"
        if predicate == "label":
            verb = "<http://www.w3.org/2000/01/rdf-schema#label>"
        shown = f"<{ontology}{object_}>" if predicate == "a" else object_
        lines.append(f"<{BASE}{subject}> {verb} {shown} .\n")

    def thing(name: str) -> str:
        return f"<{BASE}{name}>"

    kinds = ("RegionalOrganisation", "State", "GovernmentAgency", "MinisterialForum", "Committee")
    group = 0
    while len(lines) < size:
        bodies = [f"body/{group}-{at}" for at in range(12)]
        for at, body in enumerate(bodies):
            say(body, "a", kinds[at] if at < len(kinds) else "GovernmentAgency")
            say(body, "label", f'"body {at} of {group}"@en')
            if at:
                say(body, "partOf", thing(bodies[(at - 1) // 2]))
        say(bodies[3], "forumOf", thing(bodies[0]))
        for at in range(8):
            person, post = f"person/{group}-{at}", f"post/{group}-{at}"
            say(person, "a", "Person")
            say(person, "label", f'"person {at} of {group}"')
            say(person, "holdsPost", thing(post))
            say(post, "a", "Post")
            say(post, "postIn", thing(chance.choice(bodies)))
        for at in range(6):
            event, commitment = f"event/{group}-{at}", f"commitment/{group}-{at}"
            membership, passage = f"membership/{group}-{at}", f"document/{group}/s{at}"
            say(event, "a", "Meeting")
            say(event, "label", f'"meeting {at} of {group}"@en')
            say(event, "ordinal", f'"{at + 1}"^^<{xsd}integer>')
            day = f"20{chance.randrange(10, 25)}-0{chance.randrange(1, 10)}-1{chance.randrange(10)}"
            say(event, "heldOn", f'"{day}"^^<{xsd}date>')
            say(event, "meetingOf", thing(chance.choice(bodies)))
            say(event, "chairedBy", thing(f"person/{group}-{chance.randrange(8)}"))
            say(event, "heldAt", thing(f"place/{chance.randrange(50)}"))
            for guest in chance.sample(range(8), 3):
                say(event, "attendedBy", thing(f"person/{group}-{guest}"))
            say(event, "discussed", thing(f"topic/{chance.randrange(40)}"))
            say(commitment, "a", "Undertaking")
            say(commitment, "label", f'"commitment {at} of {group}"@en')
            say(commitment, "madeBy", thing(chance.choice(bodies)))
            say(commitment, "madeAt", thing(event))
            say(commitment, "about", thing(f"topic/{chance.randrange(40)}"))
            say(commitment, "status", thing("status/agreed"))
            say(membership, "member", thing(bodies[at]))
            say(membership, "membershipIn", thing(bodies[0]))
            say(passage, "a", "Sentence")
            say(passage, "inDocument", thing(f"document/{group}"))
            say(passage, "attributedTo", thing(f"person/{group}-{at}"))
            say(passage, "number", f'"{at}"^^<{xsd}integer>')
            say(passage, "quote", f'"the words {at} of {group}"')
        group += 1
    return "".join(lines)


if __name__ == "__main__":
    sys.exit(main())

"""The W3C's RDF 1.1 test suites of Turtle, TriG, N-Triples and N-Quads, run by their manifests.

`AMCC_W3C` names the folder that holds them as `rdf/rdf11/rdf-turtle/manifest.ttl` and so on.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from canonical_datasets import canonical
from rdflib import RDF, Dataset, Graph, Namespace
from rdflib.collection import Collection

from amcc_kg.syntax.reading import parse
from amcc_kg.syntax.reading.reader import SYNTAXES
from amcc_kg.syntax.reading.source import Source

pytestmark = pytest.mark.usefixtures("literals_as_written")

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
RDFT = Namespace("http://www.w3.org/ns/rdftest#")
SUITES = {"rdf-turtle": 313, "rdf-trig": 356, "rdf-n-triples": 70, "rdf-n-quads": 87}


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    kind: str
    action: Path
    base: str
    result: Path | None


def cases() -> list[Case]:
    folder = os.environ.get("AMCC_W3C")
    if not folder:
        return []
    return [case for suite in SUITES for case in manifest(Path(folder) / "rdf" / "rdf11" / suite)]


def manifest(folder: Path) -> list[Case]:
    graph = Graph().parse(folder / "manifest.ttl")
    top = graph.value(None, RDF.type, MF.Manifest)
    entries = graph.value(top, MF.entries)
    assert entries is not None
    base = graph.value(top, MF.assumedTestBase)
    found = []
    for entry in Collection(graph, entries):
        action = Path(str(graph.value(entry, MF.action)).removeprefix("file://"))
        result = graph.value(entry, MF.result)
        found.append(
            Case(
                f"{folder.name}/{graph.value(entry, MF.name)}",
                str(graph.value(entry, RDF.type)).removeprefix(str(RDFT)),
                action,
                f"{base or ''}{action.name}",
                None if result is None else Path(str(result).removeprefix("file://")),
            )
        )
    return found


CASES = cases()
absent = pytest.mark.skipif(not CASES, reason="AMCC_W3C does not name the folder of the W3C's test suites")


@absent
def test_suites_are_whole() -> None:
    counts = {suite: sum(case.name.startswith(f"{suite}/") for case in CASES) for suite in SUITES}
    assert counts == SUITES


@absent
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_w3c(case: Case) -> None:
    source = read(case.action, case.base)
    if "Negative" in case.kind:
        assert source.problems
        return
    assert not source.problems
    if case.result is not None:
        theirs = Dataset()
        theirs.parse(case.result, format="nquads" if case.result.suffix == ".nq" else "nt")
        assert canonical(source) == canonical(theirs)
        assert canonical(source) == canonical(read(case.result))


def read(path: Path, base: str = "") -> Source:
    """Not `load`: it refuses a NUL as a sign of a binary file, and the suites hold some."""
    return parse(path.read_bytes().decode(), SYNTAXES[path.suffix], base=base)

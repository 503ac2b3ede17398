"""The W3C's test suites of Turtle, TriG, N-Triples and N-Quads, RDF 1.1 and 1.2, run by their manifests.

`AMCC_W3C` names the folder that holds them as `rdf/rdf11/rdf-turtle/manifest.ttl`,
`rdf/rdf12/rdf-turtle/syntax/manifest.ttl` and so on.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from canonical_datasets import canonical
from rdflib import RDF, Graph, Namespace
from rdflib.collection import Collection

from amcc_kg.syntax.reading import parse
from amcc_kg.syntax.reading.reader import SYNTAXES
from amcc_kg.syntax.reading.source import Source

pytestmark = pytest.mark.usefixtures("literals_as_written")

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
RDFT = Namespace("http://www.w3.org/ns/rdftest#")
SUITES = {
    "rdf11/rdf-turtle": 313,
    "rdf11/rdf-trig": 356,
    "rdf11/rdf-n-triples": 70,
    "rdf11/rdf-n-quads": 87,
    "rdf11/rdf-xml": 166,
    "rdf12/rdf-xml/eval": 31,
    "rdf12/rdf-turtle/syntax": 74,
    "rdf12/rdf-turtle/eval": 29,
    "rdf12/rdf-trig/syntax": 35,
    "rdf12/rdf-trig/eval": 25,
    "rdf12/rdf-n-triples/syntax": 29,
    "rdf12/rdf-n-triples/c14n": 41,
    "rdf12/rdf-n-quads/syntax": 27,
    "rdf12/rdf-n-quads/c14n": 41,
}


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
    return [case for suite in SUITES for case in manifest(Path(folder) / "rdf" / suite, suite)]


def manifest(folder: Path, suite: str) -> list[Case]:
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
                f"{suite}/{str(entry).rpartition('#')[2]}",
                str(graph.value(entry, RDF.type)).removeprefix(str(RDFT)),
                action,
                f"{base or ''}{action.relative_to(folder.resolve()).as_posix()}",
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
    if "C14N" in case.kind:
        assert case.result is not None
        assert canonical_lines(source) == case.result.read_text(encoding="utf-8")
    elif case.result is not None:
        theirs = case.result.read_text(encoding="utf-8")
        assert canonical(source) == canonical(theirs)
        assert canonical(source) == canonical(read(case.result))


def canonical_lines(source: Source) -> str:
    """The statements in canonical form: keys, but for the characters that it escapes besides."""
    text = ""
    for row, terms in enumerate(source.triples()):
        line = " ".join([*terms, *filter(None, [source.graph(row)])])
        text += re.sub(r"[\x00-\x1f\x7f\ufffe\uffff]", escaped, line) + " .\n"
    # "A Canonical Form of N-Triples": which labels blank nodes have is left open.
    return text.replace("_:f0-", "_:")


def escaped(found: re.Match[str]) -> str:
    short = {"\b": r"\b", "\t": r"\t", "\f": r"\f"}
    return short.get(found[0], f"\\u{ord(found[0]):04X}")


def read(path: Path, base: str = "") -> Source:
    """Not `load`: it refuses a NUL as a sign of a binary file, and the suites hold some."""
    return parse(path.read_bytes().decode(), SYNTAXES[path.suffix], base=base)

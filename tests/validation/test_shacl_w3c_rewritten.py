"""The data of W3C's tests of SHACL, rewritten in RDF/XML and JSON-LD: the same findings, in their places."""

from __future__ import annotations

import html
import json
from collections import Counter
from pathlib import Path

import pytest
from rdflib import Graph
from test_shacl_w3c import MF, SHT, SUITES, needs_suite, suite

from amcc_kg.syntax import rdflib_bridge
from amcc_kg.syntax.writing import jsonld, rdfxml
from amcc_kg.terms import keys
from amcc_kg.terms.errors import AmccError
from amcc_kg.validation.findings.report import Finding
from amcc_kg.validation.inputs.check import check
from amcc_kg.validation.inputs.files import resolve

pytestmark = pytest.mark.usefixtures("literals_as_written")

WRITERS = {"rdf": rdfxml.serialize, "jsonld": jsonld.serialize}
PREFIXES = {"rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "xsd": "http://www.w3.org/2001/XMLSchema#"}


@needs_suite
@pytest.mark.parametrize("syntax", WRITERS)
def test_findings_and_places_are_the_same_in_every_syntax(syntax: str, tmp_path: Path) -> None:
    valued = placed = 0
    wrong = []
    for case in (case for name in SUITES for case in suite(name)):
        action = case.graph.value(case.node, MF.action)
        data, shapes = (
            Path(str(case.graph.value(action, part)).removeprefix("file://"))
            for part in (SHT.dataGraph, SHT.shapesGraph)
        )
        graph = Graph()
        rdflib_bridge.add(graph, rdflib_bridge.load(data))
        copy = tmp_path / f"{data.stem}.{syntax}"
        copy.write_bytes(WRITERS[syntax](graph, PREFIXES))
        expected, found = findings(data, shapes), findings(copy, shapes)
        assert Counter(map(told, found)) == Counter(map(told, expected)), case.name
        for finding in found:
            if finding.value_key is None:
                continue
            valued += 1
            if finding.place is None or finding.place.file != copy.as_posix():
                continue
            placed += 1
            text = copy.read_text("utf-8")[finding.place.start : finding.place.end]
            value = finding.value_key
            # Of a literal, what it says; language and datatype may stand elsewhere.
            known = keys.literal(keys.value(value)) if value[0] == '"' else value
            # A step backwards is shown at the object of its statement, whose subject is the value.
            if known not in meant(text, syntax) and "^" not in finding.path_text:
                wrong.append((case.name, finding.value_key, text))
    assert wrong == []
    assert valued > 100
    assert placed >= 0.99 * valued


def findings(data: Path, shapes: Path) -> tuple[Finding, ...]:
    try:
        return check(resolve(None, [data], [shapes])).findings
    except AmccError:
        return ()


def told(finding: Finding) -> tuple[object, ...]:
    """What a finding says, blank nodes without their labels."""
    terms = (finding.focus_key, finding.value_key or "")
    named = ("_:" if key.startswith("_:") else key for key in terms)
    return finding.component_key, finding.severity, finding.path_text, *named


def meant(text: str, syntax: str) -> set[str]:
    """The keys of the terms that the characters at a place may stand for, whatever their datatype."""
    if syntax == "rdf":
        written = html.unescape(text[1:-1] if text[0] in "\"'" else text)
        blank = f"_:f0-{written}"
    else:
        written = json.loads(text)
        blank = f"_:f0-{written.removeprefix('_:')}"
        prefix, _, local = written.partition(":")
        if prefix in PREFIXES:
            return {f"<{PREFIXES[prefix]}{local}>"}
    return {f"<{written}>", blank, keys.literal(written)}

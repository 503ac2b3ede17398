"""The W3C's tests of SHACL, by their manifests: every one of Core and of SPARQL, in the default engine.

`AMCC_W3C` names the folder that holds `data-shapes-test-suite/tests`. Without it these tests are skipped.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from rdflib import BNode, Graph, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from amcc_kg.syntax.reading import Terms, load
from amcc_kg.terms import keys
from amcc_kg.terms.errors import InputError
from amcc_kg.validation.components.reader import read as read_shapes
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.engine.engines import results
from amcc_kg.validation.shapes import path_nodes, property_paths
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph

pytestmark = pytest.mark.usefixtures("literals_as_written")

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
SH = Namespace("http://www.w3.org/ns/shacl#")
SUITES = {"core": 98, "sparql": 22}
FOLDER = Path(os.environ.get("AMCC_W3C", "")) / "data-shapes-test-suite" / "tests"
HERE = bool(os.environ.get("AMCC_W3C")) and FOLDER.is_dir()
needs_suite = pytest.mark.skipif(
    not HERE, reason="AMCC_W3C names no folder with data-shapes-test-suite/tests"
)

Row = tuple[str, ...]


@dataclass(frozen=True)
class Case:
    graph: Graph
    node: Node

    @property
    def name(self) -> str:
        return str(self.node).rsplit("/tests/", 1)[-1]


@cache
def manifest(path: Path) -> Graph:
    with keys.as_written():
        return Graph().parse(path, format="turtle", publicID=path.as_uri())


def cases(path: Path) -> list[Case]:
    graph = manifest(path)
    found = [
        Case(graph, node)
        for head in graph.objects(URIRef(path.as_uri()), MF.entries)
        for node in Collection(graph, head)
    ]
    for included in sorted(graph.objects(URIRef(path.as_uri()), MF.include)):
        found += cases(Path(str(included).removeprefix("file://")))
    return found


def suite(name: str) -> list[Case]:
    return cases((FOLDER / name / "manifest.ttl").resolve()) if HERE else []


@needs_suite
@pytest.mark.parametrize("name", SUITES)
def test_all_tests_of_a_suite_are_run(name: str) -> None:
    assert len(suite(name)) == SUITES[name]


@pytest.mark.parametrize("case", [c for name in SUITES for c in suite(name)], ids=lambda c: c.name)
def test_case(case: Case) -> None:
    action = case.graph.value(case.node, MF.action)
    files = [
        Path(str(case.graph.value(action, part)).removeprefix("file://"))
        for part in (SHT.dataGraph, SHT.shapesGraph)
    ]
    expected = case.graph.value(case.node, MF.result)
    if expected == SHT.Failure:
        with pytest.raises(InputError):
            validated(*files)
    else:
        assert expected is not None
        assert validated(*files) == reported(case.graph, expected)


def validated(data: Path, shapes: Path) -> Counter[Row]:
    terms = Terms()
    whole, asked = Data(terms), ShapesGraph(terms)
    source = load(data, terms, "f0")
    whole.add(source.s, source.p, source.o)
    source = load(shapes, terms, "f0" if shapes == data else "s0")
    asked.add(source.s, source.p, source.o)
    known = terms.keys
    return Counter(
        (
            named(known[result.focus]),
            property_paths.text(result.path),
            "" if result.value is None else named(known[result.value]),
            result.component,
            named(known[result.shape]),
            result.severity,
        )
        for result in results(whole, read_shapes(asked), "columns")
    )


def path_text(graph: Graph, result: Node) -> str:
    path = graph.value(result, SH.resultPath)
    return "" if path is None else property_paths.text(path_nodes.read(graph, path))


def reported(graph: Graph, report: Node) -> Counter[Row]:
    def value(result: Node, predicate: URIRef) -> str:
        node = graph.value(result, predicate)
        return "" if node is None else named(keys.of_rdflib(node))

    return Counter(
        (
            value(result, SH.focusNode),
            path_text(graph, result),
            value(result, SH.value),
            value(result, SH.sourceConstraintComponent),
            value(result, SH.sourceShape),
            value(result, SH.resultSeverity),
        )
        for result in graph.objects(report, SH.result)
    )


def named(key: str) -> str:
    """The key, but one for all blank nodes: their labels are not the manifest's."""
    return "_" if key[0] == "_" else key


def test_blank_nodes_are_not_told_apart() -> None:
    assert named(keys.of_rdflib(BNode("x"))) == "_"

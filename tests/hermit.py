"""HermiT, a full DL reasoner, by way of owlready2: what it reads, and whether it finds that consistent."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from rdflib import OWL, RDF, XSD, Dataset, Graph, Literal

from amcc_kg.reasoning import closure
from amcc_kg.terms import prefixes


def for_hermit(dataset: Dataset, folder: Path) -> Path:
    """Write the graph as one file of N-Triples that HermiT reads.

    HermiT knows no xsd:date, xsd:gYear or xsd:gYearMonth: they become xsd:dateTime, and so do the ranges. A
    file without owl:imports, for nothing is to be fetched.
    """
    graph = Graph()
    begin = {XSD.date: "{}T00:00:00", XSD.gYearMonth: "{}-01T00:00:00", XSD.gYear: "{}-01-01T00:00:00"}
    for subject, predicate, object_ in closure.merge(dataset):
        if predicate in {OWL.imports, OWL.versionIRI}:
            continue
        if isinstance(object_, Literal) and object_.datatype in begin:
            text = begin[object_.datatype].format(object_)
            graph.add((subject, predicate, Literal(text, datatype=XSD.dateTime)))
        else:
            graph.add((subject, predicate, XSD.dateTime if object_ in begin else object_))
    classes = set(graph.subjects(RDF.type, OWL.Class))
    for thing in {s for s, c in graph.subject_objects(RDF.type) if c in classes}:
        graph.add((thing, RDF.type, OWL.NamedIndividual))  # or owlready2 passes over it
    path = folder / "graph.nt"
    graph.serialize(path, format="nt", encoding="utf-8")
    return path


def is_consistent(path: Path) -> bool:
    import owlready2

    world = owlready2.World()
    loaded = world.get_ontology(path.as_uri()).load()
    classes = Graph().parse(path).subjects(RDF.type, OWL.Class)
    assert len(list(loaded.classes())) >= len({c for c in classes if str(c).startswith(prefixes.ONTOLOGY)})
    named = {f"{prefixes.BASE}person/s-iswaran", f"{prefixes.BASE}body/amcc"}
    assert {individual.iri for individual in loaded.individuals()} >= named
    try:
        owlready2.sync_reasoner_hermit(world, debug=0)
    except owlready2.OwlReadyInconsistentOntologyError:
        return False
    assert list(world.inconsistent_classes()) == []
    return True


@pytest.fixture
def java() -> None:
    """HermiT runs in Java; continuous integration has it, a laptop may not."""
    if shutil.which("java") is None:
        if os.environ.get("CI"):
            pytest.fail(
                "HermiT needs Java, which is missing: install a Java runtime for continuous integration"
            )
        pytest.skip("HermiT needs Java, which is missing here; continuous integration runs this test")

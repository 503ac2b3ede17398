"""JSON-LD as those meet it who frame it: by class and by short names, nothing lost on the way."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest
from pyld import jsonld as pyld
from rdflib import Graph, URIRef
from rdflib.compare import isomorphic

from amcc_kg.graph import compiler
from amcc_kg.publishing import downloads
from amcc_kg.repository.files import Repository
from amcc_kg.serving.resources import serialization
from amcc_kg.syntax.writing import jsonld
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import InputError

pytestmark = pytest.mark.usefixtures("literals_as_written")

PROJECT = Path(__file__).parent.parent.parent
RDF_TYPE = pyoxigraph.NamedNode(f"{prefixes.RDF}type")
E = "http://e/"


def framed(document: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The things of a class that a frame finds, by PyLD and without a network."""
    found = pyld.frame(document, {"@context": document["@context"], "@type": kind})
    things: list[dict[str, Any]] = found.get("@graph", [found] if "@id" in found else [])
    return things


def served(triples: Iterable[pyoxigraph.Triple]) -> bytes:
    return serialization.serialize(list(triples), "jsonld", {})


@pytest.fixture(scope="module")
def merged() -> dict[str, bytes]:
    repository = Repository(PROJECT)
    inferred = compiler.inferred_triples(compiler.compile_graph(repository))
    return downloads.downloads(repository.dataset(), inferred, repository)


def test_a_frame_by_type_finds_all_of_a_class_in_the_download(merged: dict[str, bytes]) -> None:
    document = json.loads(merged["amcc-kg.jsonld"])
    graph = Graph().parse(data=merged["amcc-kg.nt"], format="nt")
    kinds = {o for o in graph.objects(None, URIRef(RDF_TYPE.value)) if str(o).startswith(prefixes.ONTOLOGY)}
    for kind in sorted(kinds)[:12]:
        wanted = {str(s) for s in graph.subjects(URIRef(RDF_TYPE.value), kind)}
        found = framed(document, prefixes.shorten(str(kind)))
        expanded = {pyld.expand({"@context": document["@context"], **thing})[0]["@id"] for thing in found}
        assert expanded == wanted, kind


def test_every_jsonld_download_is_its_turtle(merged: dict[str, bytes]) -> None:
    names = [name for name in merged if name.endswith(".jsonld")]
    assert names
    for name in names:
        twin = merged[name.replace(".jsonld", ".ttl")]
        graph = Graph().parse(data=merged[name], format="json-ld")
        assert isomorphic(graph, Graph().parse(data=twin, format="turtle")), name


def test_what_is_served_is_written_as_what_is_downloaded() -> None:
    text = (
        f'<{E}a> a <{E}C> ; <{E}p> "01"^^<{prefixes.XSD}integer> , "1.0"^^<{prefixes.XSD}decimal> , "x"@en ,'
        f' "y" , "a\\nb" , <{E}b> , "raw"^^<{E}type> .'
    )
    triples = [quad.triple for quad in pyoxigraph.parse(text.encode(), pyoxigraph.RdfFormat.TURTLE)]
    assert served(triples) == jsonld.serialize(Graph().parse(data=text, format="turtle"), prefixes.PREFIXES)
    again = {quad.triple for quad in pyoxigraph.parse(served(triples), pyoxigraph.RdfFormat.JSON_LD)}
    assert again == set(triples)
    assert framed(json.loads(served(triples)), f"{E}C")[0]["@id"] == f"{E}a"


def test_an_iri_that_looks_like_a_short_name_stays_whole() -> None:
    thing, other = pyoxigraph.NamedNode("event:1"), pyoxigraph.NamedNode(f"{prefixes.BASE}event/1")
    triples = {pyoxigraph.Triple(node, RDF_TYPE, node) for node in (thing, other)}
    written = served(triples)
    assert {quad.triple for quad in pyoxigraph.parse(written, pyoxigraph.RdfFormat.JSON_LD)} == triples
    graph = Graph().parse(data=written, format="json-ld")
    assert {str(s) for s in graph.subjects()} == {thing.value, other.value}


def test_a_base_direction_is_kept_and_a_triple_term_refused() -> None:
    node, predicate = pyoxigraph.NamedNode(f"{E}a"), pyoxigraph.NamedNode(f"{E}p")
    text = pyoxigraph.Literal("x", language="he", direction=pyoxigraph.BaseDirection.RTL)
    (object_,) = json.loads(served([pyoxigraph.Triple(node, predicate, text)]))["@graph"]
    assert object_[f"{E}p"] == [{"@language": "he", "@value": "x", "@direction": "rtl"}]
    triple = pyoxigraph.Triple(node, predicate, node)
    with pytest.raises(serialization.UnsayableError, match="triple term"):
        served([pyoxigraph.Triple(node, predicate, triple)])


def test_what_is_no_term_is_refused() -> None:
    from rdflib import Variable

    with pytest.raises(InputError, match="no RDF term"):
        jsonld.serialize([(URIRef("x:a"), URIRef("x:b"), Variable("v"))], {})

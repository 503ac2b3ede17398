"""SHACL property paths between their three forms: RDF nodes, rdflib's path objects, SPARQL text (by `.n3()`).

SHACL section 2.3.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdflib import RDF, SH, BNode, URIRef
from rdflib.collection import Collection
from rdflib.paths import AlternativePath, InvPath, MulPath, Path, SequencePath

from amcc_kg.terms.errors import InputError

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

_REPEATS = {SH.zeroOrMorePath: "*", SH.oneOrMorePath: "+", SH.zeroOrOnePath: "?"}


def read(graph: Graph, node: Node) -> URIRef | Path:
    """Return the path that a node of `graph` describes; raises `InputError` if it describes none."""
    if isinstance(node, URIRef):
        return node
    if (node, RDF.first, None) in graph:
        return SequencePath(*(read(graph, member) for member in Collection(graph, node)))
    inverse = graph.value(node, SH.inversePath)
    if inverse is not None:
        return InvPath(read(graph, inverse))
    alternatives = graph.value(node, SH.alternativePath)
    if alternatives is not None:
        return AlternativePath(*(read(graph, member) for member in Collection(graph, alternatives)))
    for predicate, sign in _REPEATS.items():
        repeated = graph.value(node, predicate)
        if repeated is not None:
            return MulPath(read(graph, repeated), sign)  # type: ignore[arg-type]
    raise InputError("a shape's sh:path is no property path")


def write(graph: Graph, path: URIRef | Path) -> Node:
    """Add the description of a path to `graph` and return its node."""
    if isinstance(path, URIRef):
        return path
    node = BNode()
    if isinstance(path, SequencePath):
        Collection(graph, node, [write(graph, part) for part in path.args])
    elif isinstance(path, AlternativePath):
        members = BNode()
        Collection(graph, members, [write(graph, part) for part in path.args])
        graph.add((node, SH.alternativePath, members))
    elif isinstance(path, InvPath):
        graph.add((node, SH.inversePath, write(graph, path.arg)))
    elif isinstance(path, MulPath):
        predicate = next(p for p, sign in _REPEATS.items() if sign == path.mod)
        graph.add((node, predicate, write(graph, path.path)))
    return node

"""SHACL property paths (section 2.3.1) as nodes of rdflib's graphs, from and to plain values."""

from __future__ import annotations

from rdflib import RDF, SH, BNode, Graph, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from amcc_kg.terms.errors import InputError
from amcc_kg.validation.shapes.property_paths import SIGNS, Path, joined

_PREDICATES = {sign: SH[name] for name, sign in SIGNS.items()}


def read(graph: Graph, node: Node) -> Path:
    """Return the path that a node of `graph` describes; raises `InputError` if it describes none."""
    if isinstance(node, URIRef):
        return f"<{node}>"
    if (node, RDF.first, None) in graph:
        return joined("/", (read(graph, member) for member in Collection(graph, node)))
    for sign, predicate in _PREDICATES.items():
        inner = graph.value(node, predicate)
        if inner is not None:
            if sign == "|":
                return joined("|", (read(graph, member) for member in Collection(graph, inner)))
            return (sign, read(graph, inner))
    raise InputError("a shape's sh:path is no property path")


def write(graph: Graph, path: Path) -> Node:
    """Add the description of a path to `graph` and return its node."""
    if isinstance(path, str):
        return URIRef(path[1:-1])
    sign, *parts = path
    node = BNode()
    nodes = [write(graph, part) for part in parts]
    if sign == "/":
        Collection(graph, node, nodes)
    elif sign == "|":
        members = BNode()
        Collection(graph, members, nodes)
        graph.add((node, SH.alternativePath, members))
    else:
        graph.add((node, _PREDICATES[sign], nodes[0]))
    return node

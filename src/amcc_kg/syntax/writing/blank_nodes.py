"""Labels of blank nodes that depend on what the nodes say, not on the process that parsed them.

Knows rdflib's canonical form of a graph; gives each graph of a dataset labels of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from rdflib import BNode, Graph
from rdflib.compare import to_canonical_graph
from rdflib.term import Node

from amcc_kg.syntax.writing.ntriples import Triple


def stable(triples: Iterable[Triple], scope: str) -> set[Triple]:
    """Return the triples with blank nodes labelled by their content.

    Args:
        triples: one graph.
        scope: the name of the graph; equal nodes of different graphs stay different.
    """
    triples = set(triples)
    if not any(isinstance(node, BNode) for triple in triples for node in triple):
        return triples
    graph = Graph()
    for triple in triples:
        graph.add(triple)

    def label(node: Node) -> Node:
        if not isinstance(node, BNode):
            return node
        return BNode("b" + sha256(f"{scope} {node}".encode()).hexdigest()[:16])

    return {(label(s), label(p), label(o)) for s, p, o in to_canonical_graph(graph)}

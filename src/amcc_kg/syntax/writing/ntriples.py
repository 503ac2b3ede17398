"""Canonical N-Triples and N-Quads: one spelling for each triple, lines sorted.

Knows how a term is spelt (RDF 1.2 N-Triples, section 4, "A Canonical Form of N-Triples"), in which order
terms stand, and labels of blank nodes that hang on no process; every other writer builds on this.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256

from rdflib import XSD, BNode, Graph, Literal, URIRef
from rdflib.compare import to_canonical_graph
from rdflib.term import Node

from amcc_kg.terms.errors import InputError

Triple = tuple[Node, Node, Node]

_ESCAPES = {"\b": r"\b", "\t": r"\t", "\n": r"\n", "\f": r"\f", "\r": r"\r", '"': r"\"", "\\": r"\\"}
_ESCAPED = re.compile(r'[\x00-\x1f"\\\x7f\ufffe\uffff]')


def plain(triple: Triple) -> Triple:
    """Write `"x"^^xsd:string` as `"x"`: one term in RDF 1.1, two in rdflib."""
    s, p, o = triple
    if isinstance(o, Literal) and o.datatype == XSD.string:
        return s, p, Literal(str(o))
    return triple


def stable(triples: Iterable[Triple], scope: str) -> set[Triple]:
    """Return the triples of one graph with blank nodes labelled by what they say.

    `scope` is the name of the graph; equal nodes of different graphs stay different.
    """
    triples = set(triples)
    if not any(isinstance(node, BNode) for triple in triples for node in triple):
        return triples
    graph = Graph()
    graph += triples

    def label(node: Node) -> Node:
        if not isinstance(node, BNode):
            return node
        return BNode("b" + sha256(f"{scope} {node}".encode()).hexdigest()[:16])

    return {(label(s), label(p), label(o)) for s, p, o in to_canonical_graph(graph)}


def quoted(text: str) -> str:
    """Return a string in double quotes, escaped as the canonical form asks."""
    escaped = _ESCAPED.sub(lambda found: _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04X}", text)
    return f'"{escaped}"'


def term(node: Node) -> str:
    """Return the canonical spelling of an IRI, a blank node or a literal.

    Raises `InputError` for what RDF 1.1 does not know, such as a variable.
    """
    if isinstance(node, URIRef):
        return f"<{node}>"
    if isinstance(node, BNode):
        return f"_:{node}"
    if not isinstance(node, Literal):
        raise InputError(f"{node!r} is no RDF term")
    if node.language:
        return f"{quoted(node)}@{node.language}"
    if node.datatype is None or node.datatype == XSD.string:
        return quoted(node)
    return f"{quoted(node)}^^<{node.datatype}>"


def line(triple: Triple, graph: Node | None = None) -> str:
    """Return one line, without its end, for a triple, or for a quad when `graph` is given."""
    return " ".join(map(term, triple if graph is None else (*triple, graph))) + " ."


def lines(triples: Iterable[Triple]) -> list[str]:
    """Return the sorted lines of a set of triples, each once."""
    return sorted(set(map(line, triples)))


def serialize(triples: Iterable[Triple]) -> bytes:
    """Return the triples as canonical N-Triples."""
    return _joined(lines(triples))


def serialize_quads(quads: Iterable[tuple[Triple, Node | None]]) -> bytes:
    """Return quads as canonical N-Quads; the graph of the default graph is None."""
    return _joined(sorted({line(triple, graph) for triple, graph in quads}))


def order(node: Node) -> tuple[int, str]:
    """Return the sort key of a term: IRIs, then literals, then blank nodes, each by its spelling."""
    if isinstance(node, URIRef):
        return 0, str(node)
    return (1 if isinstance(node, Literal) else 2), term(node)


def _joined(all_lines: list[str]) -> bytes:
    return "".join(f"{text}\n" for text in all_lines).encode()
